/* Running a chat template, and proving what it did to each turn. */
#include "chat_impl.h"
#include "segment.h"

/* Roles that templates know; another one is text like any other. */
static bool known_role(struct str role)
{
    static const char *const known[] = {"system", "user",      "assistant",
                                        "tool",   "developer", "function",
                                        "model",  "ipython"};
    for (size_t i = 0; i < COUNTOF(known); i++)
        if (str_eq(role, str_of(known[i])))
            return true;
    return false;
}

static bool assistants(const struct chat_turn *t)
{
    return str_eq(t->role, STR("assistant"));
}

static bool blank(struct str s)
{
    return segment_leading(s) == s.n;
}

/* ---- running it */

static struct jinja_value message(struct arena *a, const struct chat_turn *t,
                                  uint32_t from)
{
    struct jinja_value m = jinja_map(a);
    jinja_put(a, m, STR("role"),
              known_role(t->role) ? jinja_own(t->role)
                                  : jinja_data(a, t->role, JINJA_MADE));
    jinja_put(a, m, STR("content"), jinja_data(a, t->content, from));
    return m;
}

static int run(const struct chat *c, struct chat_writer *w,
               const struct chat_turn *turns, size_t n, bool prompt,
               struct err *e)
{
    struct arena *a = &w->arena;
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += turns[i].content.n + turns[i].role.n;
    if (bytes > CHAT_MAX)
        return err_set(e, STATUS_DATA,
                       "a chat template is not run over more than %zu MiB",
                       CHAT_MAX >> 20);
    struct jinja_value list = jinja_list(a, n), vars = jinja_map(a);
    uint32_t from = 0;
    for (size_t i = 0; i < n; i++) {
        list.as.list->v[i] = message(a, &turns[i], from);
        from += (uint32_t)turns[i].content.n;
    }
    for (size_t i = 0; i < c->vars.as.map->n; i++)
        jinja_put(a, vars, c->vars.as.map->v[i].key,
                  c->vars.as.map->v[i].value);
    jinja_put(a, vars, STR("messages"), list);
    jinja_put(a, vars, STR("add_generation_prompt"), jinja_bool(prompt));
    uint64_t most = (1u << 20) + 1024 * (uint64_t)n + 32 * (uint64_t)bytes;
    struct err inner = {0};
    if (jinja_run(c->template, a, vars, most, &w->out, &inner) == 0)
        return 0;
    return err_set(e, STATUS_DATA, "%s: chat template: %s", c->path,
                   inner.text);
}

/* ---- what became of each turn */

struct fate {
    const struct chat *c;
    struct chat_writer *w;
    const struct chat_turn *turns;
    size_t n;
    size_t *base; /* [n + 1] origins of contents */
    size_t *next; /* [n] bytes of the content seen so far */
    size_t *end;  /* [n] in the output, behind the last of them; 0: none */
    struct err *e;
    size_t range; /* of what the template marks as generated */
};

/* The turn that has the byte of this origin. */
static size_t turn_of(const struct fate *f, size_t origin)
{
    size_t low = 0, high = f->n;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (f->base[mid] <= origin)
            low = mid;
        else
            high = mid;
    }
    return low;
}

static int lost(const struct fate *f, size_t turn, size_t from, size_t to)
{
    struct str s = f->turns[turn].content;
    while (from > 0 && ((unsigned char)s.p[from] & 0xc0) == 0x80)
        from--;
    return err_set(f->e, STATUS_DATA,
                   "%s: the chat template leaves out, changes or repeats what "
                   "turn %zu says from character %zu on: \"%.*s\"",
                   f->c->path, turn, utf8_count(str_sub(s, 0, from)),
                   STR_ARG(str_sub(s, from, to)));
}

/* The template took out `missing` of a turn and wrote the same in front of
 * byte `at`: then it is the turn's again. */
static bool restored(struct fate *f, size_t turn, size_t at, size_t missing)
{
    struct jinja_output *o = &f->w->out;
    size_t from = f->next[turn];
    struct str text = str_sub(f->turns[turn].content, from, from + missing);
    if (missing > at || blank(text) ||
        !str_eq(text, str_sub(buf_view(&o->text), at - missing, at)))
        return false;
    for (size_t i = 0; i < missing; i++)
        if (o->from.v[at - missing + i] != JINJA_OWN)
            return false;
    for (size_t i = 0; i < missing; i++)
        o->from.v[at - missing + i] = (uint32_t)(f->base[turn] + from + i);
    return true;
}

/* A run of one turn's bytes at [at,end) of the output, which begins with byte
 * `from` of its content. */
static int follow(struct fate *f, size_t turn, size_t at, size_t end,
                  size_t from)
{
    size_t next = f->next[turn], begins = at;
    struct str content = f->turns[turn].content;
    if (from < next)
        return lost(f, turn, from, from + (end - at));
    if (from > next && restored(f, turn, at, from - next))
        begins = at - (from - next);
    else if (from > next && (next > 0 || !blank(str_sub(content, 0, from))))
        return lost(f, turn, next, from);
    f->w->trimmed |= from > next && begins == at;
    if (next > 0 && begins != f->end[turn])
        return err_set(f->e, STATUS_DATA,
                       "%s: the chat template writes into turn %zu, in front "
                       "of character %zu",
                       f->c->path, turn, utf8_count(str_sub(content, 0, from)));
    f->next[turn] = from + (end - at);
    f->end[turn] = end;
    return 0;
}

/* What the template left out at the end of a turn. */
static int finish_turn(struct fate *f, size_t turn)
{
    struct str content = f->turns[turn].content;
    size_t missing = content.n - f->next[turn], at = f->end[turn] + missing;
    if (missing == 0)
        return 0;
    if (f->end[turn] > 0 && at <= f->w->out.text.n &&
        restored(f, turn, at, missing)) {
        f->next[turn] += missing;
        f->end[turn] = at;
        return 0;
    }
    f->w->trimmed = true;
    if (blank(str_sub(content, f->next[turn], content.n)))
        return 0;
    return lost(f, turn, f->next[turn], content.n);
}

static int follow_all(struct fate *f)
{
    const struct jinja_output *o = &f->w->out;
    for (size_t i = 0; i < o->from.n;) {
        size_t origin = o->from.v[i], end = i + 1;
        if (origin > JINJA_ORIGINS) {
            i++;
            continue;
        }
        size_t turn = turn_of(f, origin);
        while (end < o->from.n && o->from.v[end] == origin + (end - i) &&
               o->from.v[end] < f->base[turn + 1])
            end++;
        if (follow(f, turn, i, end, origin - f->base[turn]))
            return -1;
        i = end;
    }
    for (size_t turn = 0; turn < f->n; turn++)
        if (finish_turn(f, turn))
            return -1;
    return 0;
}

/* ---- pieces */

/* Behind the first special token in own, a stretch of the template's text;
 * 0 where there is none. */
static size_t first_token(const struct chat *c, struct str own)
{
    size_t best = own.n, longest = 0;
    for (size_t i = 0; i < c->tokens.n; i++) {
        struct str token = c->tokens.v[i];
        size_t found = str_find(own, token, 0);
        if (found == own.n || found > best ||
            (found == best && token.n <= longest))
            continue;
        best = found;
        longest = token.n;
    }
    return longest ? best + longest : 0;
}

/* Where what ends the turn that was over at byte `at` ends itself. */
static size_t turn_end(struct fate *f, size_t at)
{
    enum { LOOK = 256 }; /* bytes: no token is further off */
    const struct jinja_output *o = &f->w->out;
    size_t end = at;
    while (end < o->from.n && end < at + LOOK && o->from.v[end] == JINJA_OWN)
        end++;
    struct str own = str_sub(buf_view(&o->text), at, end);
    if (!str_eq(own, buf_view(&f->w->seen))) { /* it is mostly the same */
        f->w->seen.n = 0;
        buf_str(&f->w->seen, own);
        f->w->seen_end = first_token(f->c, own);
    }
    return at + f->w->seen_end;
}

static void put_piece(struct fate *f, struct chat_piece p)
{
    struct chat_piece *last = NULL;
    if (f->w->pieces.n)
        last = &f->w->pieces.v[f->w->pieces.n - 1];
    if (p.text.n == 0)
        return;
    if (last && last->what == p.what && last->turn == p.turn)
        last->text.n += p.text.n;
    else
        vec_push(&f->w->pieces, p);
}

/* The template's own bytes [at,end), learnt where [from,to) says so. */
static void put_own(struct fate *f, size_t at, size_t end, size_t from,
                    size_t to)
{
    struct str text = buf_view(&f->w->out.text);
    const size_t cuts[] = {at, from, to, end};
    for (size_t i = 0; i < 3; i++) {
        size_t a = size_max(at, size_min(cuts[i], end));
        size_t b = size_max(a, size_min(cuts[i + 1], end));
        put_piece(f, (struct chat_piece){str_sub(text, a, b),
                                         i == 1 ? CHAT_END : CHAT_OWN, SIZE_MAX,
                                         0});
    }
}

/* A run of the template's own bytes [at,end) behind turn `turn`. */
static void put_between(struct fate *f, size_t turn, size_t at, size_t end)
{
    const struct size_vec *g = &f->w->out.generation;
    if (g->n == 0) {
        bool ends = turn < f->n && assistants(&f->turns[turn]);
        put_own(f, at, end, at, ends ? turn_end(f, at) : at);
        return;
    }
    while (at < end) {
        size_t *i = &f->range;
        while (*i + 2 < g->n && g->v[*i + 2] <= at)
            *i += 2;
        size_t stop = *i + 2 < g->n ? size_min(end, g->v[*i + 2]) : end;
        put_own(f, at, stop, g->v[*i], g->v[*i + 1]);
        at = stop;
    }
}

static void put_pieces(struct fate *f, size_t stop)
{
    const struct jinja_output *o = &f->w->out;
    struct str text = buf_view(&o->text);
    size_t turn = SIZE_MAX;
    for (size_t i = 0, end; i < stop; i = end) {
        uint32_t origin = o->from.v[i];
        for (end = i + 1;
             end < stop && o->from.v[end] == origin && origin > JINJA_ORIGINS;)
            end++;
        if (origin == JINJA_OWN) {
            put_between(f, turn, i, end);
            continue;
        }
        if (origin == JINJA_MADE) {
            put_piece(f, (struct chat_piece){str_sub(text, i, end), CHAT_MADE,
                                             SIZE_MAX, 0});
            continue;
        }
        turn = turn_of(f, origin);
        put_piece(f, (struct chat_piece){str_sub(text, i, end), CHAT_CONTENT,
                                         turn, origin - f->base[turn]});
    }
}

int chat_write(const struct chat *c, struct chat_writer *w,
               const struct chat_turn *turns, size_t n, bool begun,
               struct err *e)
{
    arena_reset(&w->arena);
    w->pieces.n = 0;
    w->trimmed = false;
    bool answer = begun && n > 0 && assistants(&turns[n - 1]);
    if (answer && blank(turns[n - 1].content)) { /* nothing is begun */
        answer = false;
        n--;
    }
    if (run(c, w, turns, n, begun && !answer, e))
        return -1;
    struct fate f = {c, w, turns, n, NULL, NULL, NULL, e, 0};
    f.base = arena_alloc(&w->arena, 3 * (n + 1) * sizeof *f.base);
    memset(f.base, 0, 3 * (n + 1) * sizeof *f.base);
    f.next = f.base + n + 1;
    f.end = f.next + n + 1;
    for (size_t i = 0; i < n; i++)
        f.base[i + 1] = f.base[i] + turns[i].content.n;
    if (follow_all(&f))
        return -1;
    put_pieces(&f, answer ? f.end[n - 1] : w->out.text.n);
    return 0;
}

void chat_writer_free(struct chat_writer *w)
{
    arena_free(&w->arena);
    jinja_output_free(&w->out);
    vec_free(&w->pieces);
    buf_free(&w->seen);
}

void chat_end(const struct chat *c, struct buf *out)
{
    static const struct chat_turn turns[] = {{STR("user"), STR("x")},
                                             {STR("assistant"), STR("y")}};
    struct chat_writer w = {0};
    struct err e = {0};
    if (chat_write(c, &w, turns, COUNTOF(turns), false, &e) == 0)
        for (size_t i = 1; i < w.pieces.n; i++) {
            struct str s = w.pieces.v[i].text;
            if (w.pieces.v[i].what != CHAT_END ||
                w.pieces.v[i - 1].what != CHAT_CONTENT)
                continue;
            s = str_sub(s, segment_leading(s), s.n);
            buf_str(out, str_sub(s, 0, segment_trailing(s)));
            break;
        }
    chat_writer_free(&w);
}

/* Applies edits.  M2 is the format of ERRANT (Bryant et al. 2017): S, then
 * `A from to|||type|||correction|||REQUIRED|||-NONE-|||0`, in tokens. */
#include "corrupt_output.h"
#include "segment.h"

struct applied { /* an edit as it stands in the corrupted text, in bytes */
    size_t from, to;
    const struct edit *edit;
};
VEC_NAMED(applied_vec, struct applied);

static void apply(const struct outcome *o, size_t target, struct buf *out,
                  struct applied_vec *where)
{
    struct str text = o->targets->v[target].text;
    size_t done = 0;
    const struct edit *last = NULL;
    for (size_t i = 0; i < o->edits->n; i++) {
        const struct edit *x = &o->edits->v[i];
        if (x->target != target ||
            (last && last->from == x->from && last->to == x->to))
            continue;
        last = x;
        buf_str(out, str_sub(text, done, x->from));
        if (where)
            vec_push(where, ((struct applied){out->n, out->n + x->wrong.n, x}));
        buf_str(out, x->wrong);
        done = x->to;
    }
    buf_str(out, str_sub(text, done, text.n));
}

void output_text(const struct outcome *o, size_t i, struct buf *out)
{
    apply(o, i, out, NULL);
}

/* The string of the record that target field names. */
static const struct json *node_of(const struct json *root, struct str field)
{
    if (!str_starts(field, STR("/messages/")))
        return json_get(root, field.p[1] == 'c' ? "completion" : "text");
    const struct json *m = json_begin(json_get(root, "messages"));
    size_t n = 0;
    for (size_t k = STR("/messages/").n; field.p[k] != '/'; k++)
        n = n * 10 + (size_t)(field.p[k] - '0');
    for (; n > 0; n--)
        m = json_next(m);
    return json_get(m, "content");
}

void output_line(const struct outcome *o, struct arena *a, struct buf *out)
{
    struct str line = o->record->line;
    size_t done = 0;
    for (size_t t = 0; t < o->targets->n; t++) {
        const struct json *v = node_of(o->record->root, o->targets->v[t].field);
        struct buf text = {0};
        output_text(o, t, &text);
        size_t at = (size_t)(v->p - line.p);
        buf_str(out, str_sub(line, done, at));
        json_put_string(
            out,
            (struct str){arena_copy(a, text.p ? text.p : "", text.n), text.n});
        done = at + v->n;
        buf_free(&text);
    }
    buf_str(out, str_sub(line, done, line.n));
}

/* The words of s with one space between them. */
static void put_flat(struct buf *out, struct str s)
{
    size_t start = out->n;
    while (s.n > 0) {
        size_t lead = segment_leading(s), n = 0;
        s = str_sub(s, lead, s.n);
        if (s.n > 0 && lead > 0 && out->n > start)
            buf_char(out, ' ');
        while (n < s.n && segment_leading(str_sub(s, n, s.n)) == 0)
            n++;
        buf_str(out, str_sub(s, 0, n));
        s = str_sub(s, n, s.n);
    }
}

static void cut_tokens(struct str text, struct span_vec *out)
{
    for (size_t i = 0; i < text.n;) {
        i += segment_leading(str_sub(text, i, text.n));
        size_t from = i;
        while (i < text.n && segment_leading(str_sub(text, i, text.n)) == 0)
            i++;
        if (i > from)
            vec_push(out, ((struct span){from, i}));
    }
}

/* The tokens [from,to) that the edit stands in, or that what is right would
 * grow together with.  *first is where to look from. */
static struct span tokens_of(const struct span_vec *t, const struct applied *x,
                             size_t *first)
{
    struct str right = x->edit->right;
    bool left_gap = right.n > 0 && segment_leading(right) > 0;
    bool right_gap = right.n > 0 && segment_trailing(right) < right.n;
    struct span s = {*first, 0};
    while (s.from < t->n && (t->v[s.from].to < x->from ||
                             (t->v[s.from].to == x->from && left_gap)))
        s.from++;
    s.to = *first = s.from;
    while (s.to < t->n && (t->v[s.to].from < x->to ||
                           (t->v[s.to].from == x->to && !right_gap)))
        s.to++;
    return s;
}

/* One line for the first edit and those behind it that share tokens with it;
 * returns how many they are. */
static size_t put_edit(struct str text, const struct span_vec *t,
                       const struct applied_vec *where, size_t *first,
                       struct buf *out)
{
    const struct applied *x = where->v;
    size_t n = 1;
    struct span s = tokens_of(t, x, first);
    struct buf right = {0}, flat = {0};
    if (s.to > s.from && t->v[s.from].from < x->from)
        buf_str(&right, str_sub(text, t->v[s.from].from, x->from));
    buf_str(&right, x->edit->right);
    for (; n < where->n; n++) {
        struct span more = tokens_of(t, x + n, first);
        if (more.from >= s.to)
            break;
        buf_str(&right, str_sub(text, x[n - 1].to, x[n].from));
        buf_str(&right, x[n].edit->right);
        s.to = size_max(s.to, more.to);
    }
    if (s.to > s.from && t->v[s.to - 1].to > x[n - 1].to)
        buf_str(&right, str_sub(text, x[n - 1].to, t->v[s.to - 1].to));
    if (right.n > 0)
        put_flat(&flat, buf_view(&right));
    buf_printf(out, "A %zu %zu|||%c:", s.from, s.to,
               s.to == s.from ? 'M'
               : flat.n == 0  ? 'U'
                              : 'R');
    for (size_t k = 0; k < x->edit->kind.n; k++) {
        char c = x->edit->kind.p[k];
        buf_char(out, c >= 'a' && c <= 'z' ? (char)(c - 32) : c);
    }
    buf_cstr(out, "|||");
    if (flat.n > 0)
        buf_str(out, buf_view(&flat));
    buf_cstr(out, "|||REQUIRED|||-NONE-|||0\n");
    buf_free(&right);
    buf_free(&flat);
    return n;
}

void output_m2(const struct outcome *o, struct buf *out)
{
    for (size_t t = 0; t < o->targets->n; t++) {
        struct buf text = {0};
        struct applied_vec where = {0};
        struct span_vec tokens = {0};
        apply(o, t, &text, &where);
        struct str s = {text.p ? text.p : "", text.n};
        cut_tokens(s, &tokens);
        buf_char(out, 'S');
        for (size_t i = 0; i < tokens.n; i++) {
            buf_char(out, ' ');
            buf_str(out, str_sub(s, tokens.v[i].from, tokens.v[i].to));
        }
        buf_char(out, '\n');
        size_t first = 0;
        for (size_t i = 0; i < where.n;) {
            struct applied_vec rest = {where.v + i, where.n - i, 0};
            i += put_edit(s, &tokens, &rest, &first, out);
        }
        if (where.n == 0)
            buf_cstr(out, "A -1 -1|||noop|||-NONE-|||REQUIRED|||-NONE-|||0\n");
        buf_char(out, '\n');
        buf_free(&text);
        vec_free(&where);
        vec_free(&tokens);
    }
}

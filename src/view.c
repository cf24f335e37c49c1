/* Rows of any stage to segments; what is looked for and what is counted. */
#include "view_impl.h"

const char *const view_open[KIND_COUNT] = {"[_", "[:", "",  "[-",
                                           "[!", "[?", "[+"};
const char *const view_close[KIND_COUNT] = {"_]", ":]", "",  "-]",
                                            "!]", "?]", "+]"};

struct view *view_new(const struct view_opts *o)
{
    struct view *v = mem_zero(1, sizeof *v);
    v->o = o;
    sequence_start(&v->sequence, o->tokenizer, false);
    return v;
}

void view_counts_free(struct view_counts *c)
{
    tally_free(&c->classes);
}

void view_free(struct view *v)
{
    if (!v)
        return;
    sequence_free(&v->sequence);
    arena_free(&v->arena);
    vec_free(&v->targets);
    vec_free(&v->edits);
    classes_free(&v->classes);
    vec_free(&v->segments);
    vec_free(&v->tokens.ids);
    vec_free(&v->tokens.kinds);
    buf_free(&v->scratch);
    view_counts_free(&v->counts);
    mem_free(v);
}

size_t view_lead(struct str text)
{
    size_t n = 0;
    while (n < text.n && text.p[n] == '\n')
        n++;
    return n;
}

bool view_shows(uint32_t cp)
{
    bool control = cp < 0x20 || (cp >= 0x7f && cp < 0xa0);
    bool turns =
        (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069);
    return !control && !turns;
}

/* ---- a document with its errors in */

static void put(struct view *v, enum kind kind, struct str text)
{
    if (text.n)
        vec_push(&v->segments,
                 (struct segment){kind_weights[kind] > 0, kind, text, false});
}

/* Each place as it would be written wrong, once for each alternative, and
 * then as it is. */
static void put_target(struct view *v, size_t target, size_t *edit)
{
    struct str text = v->targets.v[target].text;
    size_t done = 0;
    const struct edit *d = v->edits.v + *edit, *end = v->edits.v + v->edits.n;
    while (d < end && d->target == target) {
        size_t from = d->from, to = d->to;
        put(v, KIND_CONTEXT, str_sub(text, done, from));
        for (; d < end && d->target == target && d->from == from && d->to == to;
             d++)
            put(v, KIND_WRONG, d->wrong);
        put(v, KIND_RIGHT, str_sub(text, from, to));
        done = to;
    }
    put(v, KIND_CONTEXT, str_sub(text, done, text.n));
    *edit = (size_t)(d - v->edits.v);
}

static void put_turns(struct view *v, const struct json *turns)
{
    size_t target = 0, edit = 0;
    for (const struct json *t = json_begin(turns); t < json_end(turns);
         t = json_next(t)) {
        const struct json *content = json_get(t, "content");
        struct str role = json_string(json_get(t, "role"), &v->arena);
        if (t != json_begin(turns))
            put(v, KIND_CONTEXT, STR("\n"));
        if (content->type != JSON_STRING)
            continue;
        if (str_eq(role, STR("assistant")))
            put_target(v, target++, &edit);
        else
            put(v, KIND_PROMPT, json_string(content, &v->arena));
    }
}

/* The errors of a probe are of the whole answer, of which it has a part: they
 * do not fit its own text. */
static bool is_probe(const struct record *rec)
{
    return json_get(rec->root, "probe") != NULL;
}

static int read_document(struct view *v, const struct record *rec,
                         struct err *e)
{
    size_t edit = 0;
    v->document = true;
    if (record_targets(rec, &v->arena, &v->targets, e) != 0 ||
        (!is_probe(rec) &&
         record_edits(rec, &v->arena, &v->targets, &v->edits, e) != 0))
        return -1;
    if (!json_get(rec->root, "completion") && json_get(rec->root, "messages")) {
        put_turns(v, json_get(rec->root, "messages"));
        return 0;
    }
    if (json_get(rec->root, "completion"))
        put(v, KIND_PROMPT, record_prompt(rec, &v->arena));
    put_target(v, 0, &edit);
    return 0;
}

/* ---- the other stages */

static int read_tokens(struct view *v, const struct record *rec, struct err *e)
{
    const struct tokenizer_info *info = tokenizer_info(v->o->tokenizer);
    if (json_get(rec->root, "kinds")) {
        if (record_tokens(rec, &v->tokens, e) != 0)
            return -1;
        if (v->tokens.hash && v->tokens.hash != info->hash)
            return record_refuse(rec, e, "tokens of another tokenizer");
    } else {
        v->tokens.ids.n = v->tokens.kinds.n = 0;
        if (!json_i32s(json_get(rec->root, "input_ids"), &v->tokens.ids))
            return record_refuse(rec, e, "input_ids must be whole numbers");
    }
    if (sequence_decode(&v->sequence, &v->tokens, &v->segments, e) == 0)
        return 0;
    char text[sizeof e->text];
    memcpy(text, e->text, sizeof text);
    return record_refuse(rec, e, "%s", text);
}

/* The errors of a sequence that was kept with its document. */
static int read_errors(struct view *v, const struct record *rec, struct err *e)
{
    if (!json_get(rec->root, "errors") || is_probe(rec))
        return 0;
    if (record_targets(rec, &v->arena, &v->targets, e) != 0)
        return -1;
    return record_edits(rec, &v->arena, &v->targets, &v->edits, e);
}

/* Of the errors, or else what insec-pair noted of them; of a probe that of the
 * first, which is the one it has. */
static void read_classes(struct view *v, const struct record *rec)
{
    v->classes.names.n = v->classes.ends.n = 0;
    for (size_t i = 0; i < v->edits.n; i++)
        vec_push(&v->classes.names, v->edits.v[i].kind);
    const struct json *list = json_get(rec->root, "errors");
    if (is_probe(rec) && list && list->type == JSON_ARRAY && json_count(list)) {
        const struct json *name = json_get(json_begin(list), "class");
        if (name && name->type == JSON_STRING)
            vec_push(&v->classes.names, json_string(name, &v->arena));
    } else if (!v->document && v->edits.n == 0)
        (void)record_error_classes(rec, &v->arena, &v->classes);
}

static int read_row(struct view *v, const struct record *rec, struct err *e)
{
    arena_reset(&v->arena);
    v->segments.n = v->edits.n = v->targets.n = 0;
    v->tokens.ids.n = v->tokens.kinds.n = 0;
    v->document = false;
    bool segments = json_get(rec->root, "segments") != NULL;
    bool tokens = !segments && json_get(rec->root, "input_ids") != NULL;
    if (!segments && !tokens) {
        if (read_document(v, rec, e) != 0)
            return -1;
    } else if ((segments ? record_segments(rec, &v->arena, &v->segments, e)
                         : read_tokens(v, rec, e)) != 0) {
        return -1;
    } else if (segments && read_errors(v, rec, e) != 0) {
        return -1;
    }
    read_classes(v, rec);
    if (v->o->tokens && !tokens)
        return sequence_encode(&v->sequence, &v->segments, false, &v->tokens,
                               e);
    return 0;
}

/* ---- what is looked for */

static const char *const keys[] = {"class=", "rule=", "kind=", "id=", "text="};

int view_check(const struct view_opts *o, struct err *e)
{
    struct str kind = STR("kind=");
    if (!o->grep)
        return 0;
    struct str s = str_of(o->grep);
    if (str_starts(s, kind) && kind_of(str_sub(s, kind.n, s.n)) < 0)
        return err_set(e, STATUS_USAGE, "--grep: no kind \"%s\"",
                       o->grep + kind.n);
    for (size_t i = 0; i < COUNTOF(keys); i++)
        if (str_starts(s, str_of(keys[i])))
            return 0;
    return err_set(
        e, STATUS_USAGE,
        "--grep: \"%s\" is none of class=, rule=, kind=, id=, text=", o->grep);
}

static bool matches(const struct view *v, const struct record *rec)
{
    if (!v->o->grep)
        return true;
    struct str s = str_of(v->o->grep);
    size_t at = str_find(s, STR("="), 0);
    struct str want = str_sub(s, at + 1, s.n);
    switch (s.p[0]) {
    case 'i':
        return str_eq(rec->id, want);
    case 'c':
        for (size_t i = 0; i < v->classes.names.n; i++)
            if (str_eq(v->classes.names.v[i], want))
                return true;
        return false;
    case 'r':
        for (size_t i = 0; i < v->edits.n; i++)
            if (str_eq(v->edits.v[i].rule, want))
                return true;
        return false;
    default:
        for (size_t i = 0; i < v->segments.n; i++) {
            const struct segment *g = &v->segments.v[i];
            if (s.p[0] == 'k' ? str_eq(str_of(kind_names[g->kind]), want)
                              : str_find(g->text, want, 0) < g->text.n)
                return true;
        }
        return s.p[0] == 't' && want.n == 0;
    }
}

/* ---- counts */

static void count(struct view *v)
{
    struct view_counts *c = &v->counts;
    size_t chars = 0, learnt = 0, bytes = 0, bucket = 0;
    c->found++;
    for (size_t i = 0; i < v->segments.n; i++) {
        const struct segment *g = &v->segments.v[i];
        c->bytes[g->kind] += g->text.n;
        chars += utf8_count(g->text);
        bytes += g->text.n;
        learnt += g->label ? g->text.n : 0;
    }
    while (chars >> (bucket + 1) && bucket + 1 < VIEW_LENGTHS)
        bucket++;
    c->lengths[bucket]++;
    if (!v->document && bytes)
        c->shares[size_min(learnt * VIEW_SHARES / bytes, VIEW_SHARES - 1)]++;
    for (size_t i = 0; i < v->classes.names.n; i++)
        tally_add(&c->classes, v->classes.names.v[i], 0, 1);
}

void view_count(const struct view *v, struct view_counts *sum)
{
    const struct view_counts *c = &v->counts;
    sum->rows += c->rows;
    sum->found += c->found;
    for (int k = 0; k < KIND_COUNT; k++)
        sum->bytes[k] += c->bytes[k];
    for (int i = 0; i < VIEW_LENGTHS; i++)
        sum->lengths[i] += c->lengths[i];
    for (int i = 0; i < VIEW_SHARES; i++)
        sum->shares[i] += c->shares[i];
    tally_merge(&sum->classes, &c->classes);
}

struct tally row_classes(const struct view *v)
{
    struct tally c = {0};
    for (size_t i = 0; i < v->classes.names.n; i++)
        tally_add(&c, v->classes.names.v[i], 0, 1);
    tally_sort(&c);
    return c;
}

struct str view_summary(struct view *v)
{
    struct tally c = row_classes(v);
    v->scratch.n = 0;
    for (size_t i = 0; i < c.n; i++) {
        buf_cstr(&v->scratch, i ? ", " : "");
        buf_str(&v->scratch, c.v[i].name);
        if (c.v[i].n[0] > 1)
            buf_printf(&v->scratch, " %llu", (unsigned long long)c.v[i].n[0]);
    }
    tally_free(&c);
    return buf_view(&v->scratch);
}

int view_row(struct view *v, const struct record *rec, uint64_t n,
             struct buf *out, struct err *e)
{
    if (read_row(v, rec, e) != 0)
        return -1;
    v->counts.rows++;
    if (!matches(v, rec))
        return 0;
    count(v);
    if (v->o->records && n >= (uint64_t)v->o->records)
        return 0;
    (v->o->html ? html_row : text_row)(v, rec, out);
    return 0;
}

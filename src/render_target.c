/*
 * What is written for a record: its sequence in the shape that a trainer
 * reads, or pairs and steps made from its errors.  Field names and types are
 * those of TRL and axolotl; insec-pair(1) says which reads what.
 */
#include "render_impl.h"

/* ---- the sequence as one row */

/* Only turns of the assistant say what is to be learnt: a turn that says it,
 * even if it is nothing, has its end learnt by axolotl. */
static void put_content(struct render *r, const struct turn *t, size_t end,
                        bool parts, struct buf *out)
{
    const struct segment_vec *s = &r->script.segments;
    size_t start = out->n;
    r->left.n = 0;
    for (size_t i = t->first; i < end; i++) {
        struct str text = s->v[i].text;
        text.n -= i + 1 == end ? t->tail : 0;
        text = str_sub(text, i == t->first ? t->head : 0, text.n);
        if (!parts || text.n == 0) {
            buf_str(&r->left, text);
            continue;
        }
        buf_cstr(out, out->n > start ? "," : "");
        buf_cstr(out, "{\"type\":\"text\"");
        json_put_field(out, "text", text);
        if (str_eq(t->role, STR("assistant")))
            buf_cstr(out,
                     s->v[i].label ? ",\"train\":true" : ",\"train\":false");
        buf_char(out, '}');
    }
    if (!parts)
        json_put_string(out, buf_view(&r->left));
}

void target_messages(struct render *r, bool parts, struct buf *out)
{
    const struct turn_vec *turns = &r->script.turns;
    json_put_key(out, "messages");
    buf_char(out, '[');
    for (size_t i = 0; i < turns->n; i++) {
        size_t end =
            i + 1 < turns->n ? turns->v[i + 1].first : r->script.segments.n;
        buf_cstr(out, i ? ",{" : "{");
        json_put_field(out, "role", turns->v[i].role);
        json_put_key(out, "content");
        buf_cstr(out, parts ? "[" : "");
        put_content(r, &turns->v[i], end, parts, out);
        buf_cstr(out, parts ? "]}" : "}");
    }
    buf_char(out, ']');
}

static void put_segments(struct render *r, struct buf *out)
{
    record_put_segments(out, &r->script.segments);
    script_classes(&r->script, &r->classes);
    record_put_error_classes(out, &r->classes);
}

static int put_sequence(struct render *r, const struct record *rec,
                        struct buf *out, struct err *e)
{
    const struct segment_vec *s = &r->script.segments;
    int target = r->o->target;
    bool talk = target == RENDER_PARTS || target == RENDER_MESSAGES;
    if (talk && r->script.turns.n == 0)
        return record_refuse(rec, e,
                             "a text has no turns: this target needs prompt "
                             "and completion, or messages");
    row_open(r, rec, out);
    if (talk) {
        target_messages(r, target == RENDER_PARTS, out);
    } else if (target == RENDER_SEGMENTS) {
        put_segments(r, out);
    } else {
        r->left.n = 0;
        for (size_t i = 0; i < s->n; i++)
            buf_str(&r->left, s->v[i].text);
        json_put_field(out, "text", buf_view(&r->left));
    }
    buf_cstr(out, "}\n");
    return 0;
}

/* ---- a row for each error */

static int too_much(const struct record *rec, struct err *e)
{
    return record_refuse(rec, e,
                         "errors: a row for each would be more than %zu MiB",
                         RENDER_MAX >> 20);
}

/* What comes before the last error is given, what comes behind it is
 * learnt; without errors, what comes behind the last prompt. */
static void put_given(struct render *r, const struct record *rec,
                      struct buf *out)
{
    const struct segment_vec *s = &r->script.segments;
    size_t from = 0;
    bool wrong = false;
    for (size_t i = 0; i < s->n; i++) {
        bool is_wrong = s->v[i].kind == KIND_WRONG;
        wrong |= is_wrong;
        if (is_wrong || (!wrong && s->v[i].kind == KIND_PROMPT))
            from = i + 1;
    }
    size_t to = from;
    while (to < s->n && s->v[to].kind != KIND_PROMPT)
        to++;
    r->left.n = r->right.n = 0;
    for (size_t i = 0; i < to; i++)
        buf_str(i < from ? &r->left : &r->right, s->v[i].text);
    row_open(r, rec, out);
    json_put_field(out, "prompt", buf_view(&r->left));
    json_put_field(out, "completion", buf_view(&r->right));
    buf_cstr(out, "}\n");
}

static int put_completions(struct render *r, const struct record *rec,
                           struct buf *out, struct err *e)
{
    size_t start = out->n;
    for (size_t i = 0; i < size_max(r->edits.n, 1); i++) {
        if (row_script(r, rec, r->edits.n ? i : SIZE_MAX, e) != 0)
            return -1;
        put_given(r, rec, out);
        if (out->n - start > RENDER_MAX)
            return too_much(rec, e);
    }
    return 0;
}

/* The text in front of byte `to` of piece p, in r->left. */
static struct str before(struct render *r, size_t p, size_t to)
{
    r->left.n = 0;
    for (size_t i = 0; i < p; i++)
        buf_str(&r->left, r->pieces.v[i].text);
    buf_str(&r->left, str_sub(r->pieces.v[p].text, 0, to));
    return buf_view(&r->left);
}

static void put_kto(struct render *r, const struct record *rec,
                    struct str completion, bool label, struct buf *out)
{
    row_open(r, rec, out);
    json_put_field(out, "prompt", buf_view(&r->left));
    json_put_field(out, "completion", completion);
    buf_cstr(out, label ? ",\"label\":true}\n" : ",\"label\":false}\n");
}

/* Error number i of piece p, right and wrong from one prompt. */
static void put_pair(struct render *r, const struct record *rec, size_t p,
                     size_t i, struct buf *out)
{
    const struct render_text *t = &r->text;
    struct place g = place_of(t, i);
    struct str wrong = place_attempt(r->o, t, &g, &t->edits[i], &r->arena);
    struct str right = str_sub(t->text, g.from, g.to);
    struct str prompt = before(r, p, g.from);
    if (r->o->target == RENDER_KTO) {
        const struct edit *d = &t->edits[i];
        put_kto(r, rec, wrong, false, out);
        if (i == 0 || d[-1].from != d->from || d[-1].to != d->to)
            put_kto(r, rec, right, true, out);
        return;
    }
    row_open(r, rec, out);
    json_put_field(out, "prompt", prompt);
    json_put_field(out, "chosen", right);
    json_put_field(out, "rejected", wrong);
    buf_cstr(out, "}\n");
}

static int put_pairs(struct render *r, const struct record *rec,
                     struct buf *out, struct err *e)
{
    size_t start = out->n, target = 0, first = 0, held = 0;
    for (size_t p = 0; p < r->pieces.n; p++) {
        if (!r->pieces.v[p].target)
            continue;
        size_t last = first;
        while (last < r->edits.n && r->edits.v[last].target == target)
            last++;
        if (last > first && row_units(r, &r->pieces.v[p], first, last, e))
            return -1;
        for (size_t i = 0; i < last - first; i++) {
            put_pair(r, rec, p, i, out);
            held += r->edits.v[first + i].wrong.n + r->pieces.v[p].text.n;
            if (out->n - start > RENDER_MAX || held > RENDER_MAX)
                return too_much(rec, e);
        }
        if (r->edits.n == 0 && r->o->target == RENDER_KTO) {
            (void)before(r, p, 0);
            put_kto(r, rec, r->pieces.v[p].text, true, out);
        }
        first = last;
        target++;
    }
    return out->n - start > RENDER_MAX ? too_much(rec, e) : 0;
}

/* ---- steps, each right or wrong */

struct steps {
    struct buf *texts, *labels;
};

static void put_step(struct steps *s, struct str text, bool label)
{
    text = str_sub(text, 0, segment_trailing(text));
    text = str_sub(text, segment_leading(text), text.n);
    if (text.n == 0)
        return;
    buf_cstr(s->texts, s->texts->n ? "," : "");
    json_put_string(s->texts, text);
    buf_cstr(s->labels, s->labels->n ? "," : "");
    buf_cstr(s->labels, label ? "true" : "false");
}

static size_t put_steps(struct render *r, struct steps *s)
{
    const struct render_text *t = &r->text;
    size_t unit = 0, bytes = 0;
    for (size_t i = 0; i < t->n && bytes <= RENDER_MAX;) {
        struct place g = place_next(t, i);
        for (; unit < t->units.n && t->units.v[unit].to <= g.from; unit++)
            put_step(
                s, str_sub(t->text, t->units.v[unit].from, t->units.v[unit].to),
                true);
        for (; i < g.last && bytes <= RENDER_MAX; i++) {
            const struct edit *d = &t->edits[i];
            put_step(s, place_attempt(r->o, t, &g, d, &r->arena), false);
            bytes += g.to - g.from + d->wrong.n;
        }
    }
    for (; unit < t->units.n; unit++)
        put_step(s,
                 str_sub(t->text, t->units.v[unit].from, t->units.v[unit].to),
                 true);
    return bytes;
}

static int put_prm(struct render *r, const struct record *rec, struct buf *out,
                   struct err *e)
{
    struct steps s = {&r->left, &r->right};
    size_t p = r->pieces.n;
    if (r->targets.n != 1)
        return record_refuse(rec, e, "target prm needs a single answer");
    while (!r->pieces.v[--p].target)
        ;
    if (row_units(r, &r->pieces.v[p], 0, r->edits.n, e) != 0)
        return -1;
    row_open(r, rec, out);
    json_put_field(out, "prompt", before(r, p, 0));
    r->left.n = r->right.n = 0;
    if (put_steps(r, &s) > RENDER_MAX)
        return too_much(rec, e);
    json_put_key(out, "completions");
    buf_char(out, '[');
    buf_str(out, buf_view(&r->left));
    buf_char(out, ']');
    json_put_key(out, "labels");
    buf_char(out, '[');
    buf_str(out, buf_view(&r->right));
    buf_cstr(out, "]}\n");
    return 0;
}

int target_rows(struct render *r, const struct record *rec, struct buf *out,
                struct err *e)
{
    switch (r->o->target) {
    case RENDER_PROMPT:
        return put_completions(r, rec, out, e);
    case RENDER_DPO:
    case RENDER_KTO:
        return put_pairs(r, rec, out, e);
    case RENDER_PRM:
        return put_prm(r, rec, out, e);
    default:
        return put_sequence(r, rec, out, e);
    }
}

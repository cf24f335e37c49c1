/* A finished sequence as a row: its texts, and what it took back. */
#include <math.h>

#include "complete_impl.h"

/* Offsets in code points, of places that are asked for in ascending order. */
struct ruler {
    struct str text;
    size_t byte, cp;
};

static int64_t ruler_at(struct ruler *r, size_t byte)
{
    if (byte < r->byte)
        r->byte = r->cp = 0;
    r->cp += utf8_count(str_sub(r->text, r->byte, byte));
    r->byte = byte;
    return (int64_t)r->cp;
}

/* The retractions as errors of /raw; insec-record(5). */
static void put_retracted(const struct complete *c, struct buf *out)
{
    struct str raw = buf_view(&c->raw), clean = buf_view(&c->clean);
    struct ruler at = {raw, 0, 0};
    json_put_key(out, "retracted");
    buf_char(out, '[');
    for (size_t i = 0; i < c->resolved.list.n; i++) {
        const struct retraction *t = &c->resolved.list.v[i];
        buf_cstr(out, i ? ",{" : "{");
        json_put_field(out, "field", STR("/raw"));
        json_put_i64(out, "start", ruler_at(&at, t->wrong.from));
        json_put_i64(out, "end", ruler_at(&at, t->wrong.to));
        json_put_field(out, "right", str_sub(clean, t->at, t->end));
        json_put_field(out, "wrong", str_sub(raw, t->wrong.from, t->wrong.to));
        json_put_field(out, "class", STR("own"));
        json_put_field(out, "rule", STR("model"));
        size_t from = t->reason.from;
        if (from < t->reason.to && raw.p[from] == ' ')
            from++;
        json_put_field(out, "reason", str_sub(raw, from, t->reason.to));
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

/* Bytes of raw that were given; they are well-formed. */
static size_t given(struct complete *c, const struct slot *s)
{
    struct buf text = {0};
    tokenizer_decode(c->tokenizer, s->ids.v + s->q.prompt, s->q.n - s->q.prompt,
                     true, &text);
    size_t n = size_min(text.n, c->raw.n);
    buf_free(&text);
    return n;
}

static void join(struct complete *c)
{
    c->raw.n = 0;
    for (size_t i = 0; i < c->pieces.n; i++)
        buf_str(&c->raw, c->pieces.v[i].text);
}

/* Where the text since the last special token begins, in raw. */
static size_t last_run(const struct complete *c)
{
    size_t from = 0, at = 0;
    for (size_t i = 0; i < c->pieces.n; i++) {
        const struct resolve_piece *p = &c->pieces.v[i];
        at += p->text.n;
        if (p->what == RESOLVE_OTHER ||
            (p->what != RESOLVE_TEXT && c->marks.id[p->what - 1] >= 0))
            from = at;
    }
    return from;
}

/* Leaves out the text of the stop, and what came with its last token. */
static void cut_stop(struct complete *c, const struct slot *s)
{
    size_t from = size_max(last_run(c), given(c, s)), at = c->raw.n;
    for (size_t i = 0; i < c->stops.n; i++)
        at =
            size_min(at, str_find(buf_view(&c->raw), c->stops.v[i].text, from));
    for (size_t end = c->raw.n; end > at;) {
        struct str *last = &c->pieces.v[c->pieces.n - 1].text;
        size_t less = size_min(end - at, last->n);
        last->n -= less;
        end -= less;
        c->pieces.n -= last->n == 0;
    }
    join(c);
}

static void put_logprobs(const struct slot *s, struct buf *out)
{
    json_put_key(out, "logprobs");
    buf_char(out, '[');
    for (size_t i = 0; i < s->logprobs.n; i++)
        buf_printf(out, i ? ",%.6g" : "%.6g",
                   (double)fmaxf(s->logprobs.v[i], -1e6f));
    buf_char(out, ']');
}

static void count(struct complete *c, const struct slot *s)
{
    c->counts.completions++;
    c->counts.ended += s->ended;
    c->counts.retractions += c->resolved.retractions;
    c->counts.unfinished += c->resolved.unfinished;
    c->counts.stray += c->resolved.stray;
}

int complete_put(struct complete *c, const struct slot *s, struct buf *out,
                 struct err *e)
{
    arena_reset(&c->arena);
    c->pieces.n = c->raw.n = c->clean.n = c->draft.n = 0;
    resolve_split(&c->marks, s->ids.v + s->q.prompt, s->ids.n - s->q.prompt,
                  &c->arena, &c->pieces);
    join(c);
    if (s->stopped)
        cut_stop(c, s);
    if (resolve(c->segmenter, (enum unit)c->o->unit, &c->pieces, &c->clean,
                &c->resolved, e))
        return -1;
    resolve_draft(&c->resolved, buf_view(&c->raw), buf_view(&c->clean),
                  &c->draft);
    buf_str(out, s->row);
    json_put_field(out, "completion",
                   buf_view(c->o->resolve ? &c->clean : &c->raw));
    json_put_field(out, "raw", buf_view(&c->raw));
    json_put_field(out, "draft", buf_view(&c->draft));
    json_put_i64(
        out, "given",
        (int64_t)utf8_count(str_sub(buf_view(&c->raw), 0, given(c, s))));
    json_put_i64(out, "sample", s->q.sample);
    json_put_i64(out, "retractions", (int64_t)c->resolved.list.n);
    put_retracted(c, out);
    json_put_field(out, "stopped",
                   s->ended     ? STR("end")
                   : s->stopped ? STR("stop")
                                : STR("length"));
    if (c->o->logprobs)
        put_logprobs(s, out);
    buf_cstr(out, "}\n");
    count(c, s);
    return 0;
}

/*
 * How likely a model finds what is given: the answer as a whole, a flag after
 * each of its units, and an error against what is right at the same place.
 */
#include <math.h>
#include <string.h>

#include "complete_impl.h"
#include "kern.h"

/* Tokens whose logits are held at a time. */
enum { STEP = 64 };

struct error_score {
    size_t start, end;
    double wrong, right;
};

struct scorer {
    struct complete *c;
    struct slot *s;        /* the sequence; its ids are those in the decoder */
    struct i32_vec before; /* ids of the one before it */
    double sum;            /* of the log-probabilities asked for */
    size_t n;              /* how many */
    VEC(float) marks;      /* after each id from q.from - 1 on: a flag */
    VEC(struct error_score) errors;
    struct span_vec units;
};

/* What the logits after id number t say of the next one and of a flag. */
static void look(struct scorer *w, size_t t, const float *logits)
{
    const struct complete *c = w->c;
    size_t next = t + 1;
    int32_t id = next < w->s->ids.n ? w->s->ids.v[next] : c->end;
    double lse =
        (double)kern_get()->logsumexp(logits, (size_t)c->model.config.vocab);
    double flag = 0;
    for (int i = 0; i < 3; i++)
        if (i != RESOLVE_RIGHT - 1 && c->marks.id[i] >= 0)
            flag += exp((double)logits[c->marks.id[i]] - lse);
    vec_push(&w->marks, (float)fmin(flag, 1));
    if (id < 0 || (next == w->s->ids.n && w->s->q.part != PART_WHOLE))
        return;
    w->sum += fmax((double)logits[id] - lse, -1e6); /* and never NaN */
    w->n++;
}

/* Runs the sequence through the network, less what it begins with in common
 * with the one before. */
static void run(struct scorer *w)
{
    struct decoder *d = w->c->decoder;
    struct i32_vec *ids = &w->s->ids;
    int32_t rows[STEP] = {0};
    size_t vocab = (size_t)w->c->model.config.vocab;
    size_t at = 0, from = w->s->q.from - 1;
    while (at < from && at < w->before.n && ids->v[at] == w->before.v[at])
        at++;
    decoder_cut(d, 0, at);
    w->sum = 0;
    w->n = w->marks.n = 0;
    for (size_t n; at < ids->n; at += n) {
        n = size_min(STEP, (at < from ? from : ids->n) - at);
        if (at < from) {
            decoder_feed(d, ids->v + at, rows, n);
            continue;
        }
        const float *logits = decoder_step(d, ids->v + at, rows, n);
        for (size_t i = 0; i < n; i++)
            look(w, at + i, logits + i * vocab);
    }
    w->c->counts.tokens += w->n;
    w->before.n = 0;
    vec_reserve(&w->before, ids->n);
    memcpy(w->before.v, ids->v, ids->n * sizeof *ids->v);
    w->before.n = ids->n;
}

/* The units of the answer, and how likely a flag is behind each. */
static int put_units(struct scorer *w, struct buf *out, struct err *e)
{
    struct complete *c = w->c;
    const struct request *q = &w->s->q;
    struct buf bytes = {0};
    size_t t = q->prompt, cp = 0, byte = 0;
    c->raw.n = w->units.n = 0;
    tokenizer_decode(c->tokenizer, w->s->ids.v + t, q->n - t, true, &c->raw);
    struct str text = buf_view(&c->raw);
    if (utf8_check(text) == text.n &&
        segment_units(c->segmenter, text, (enum unit)c->o->unit, &w->units, e))
        return -1;
    json_put_key(out, "unit_scores");
    buf_char(out, '[');
    for (size_t i = 0; i < w->units.n; i++) {
        size_t to = w->units.v[i].to;
        for (; t < q->n && bytes.n < to; t++)
            tokenizer_decode(c->tokenizer, &w->s->ids.v[t], 1, true, &bytes);
        cp += utf8_count(str_sub(text, byte, to));
        byte = to;
        buf_cstr(out, i ? ",{" : "{");
        json_put_i64(out, "end", (int64_t)cp);
        buf_printf(out, ",\"mark\":%.6g}",
                   (double)w->marks.v[size_max(t, q->from) - q->from]);
    }
    buf_char(out, ']');
    buf_free(&bytes);
    return 0;
}

static void put_errors(const struct scorer *w, struct buf *out)
{
    json_put_key(out, "error_scores");
    buf_char(out, '[');
    for (size_t i = 0; i < w->errors.n; i++) {
        const struct error_score *x = &w->errors.v[i];
        buf_cstr(out, i ? ",{" : "{");
        json_put_i64(out, "start", (int64_t)x->start);
        json_put_i64(out, "end", (int64_t)x->end);
        buf_printf(out, ",\"wrong\":%.6g,\"right\":%.6g}", x->wrong, x->right);
    }
    buf_char(out, ']');
}

static int put_whole(struct scorer *w, struct buf *out, struct err *e)
{
    run(w);
    buf_str(out, w->s->row);
    json_put_key(out, "logprob");
    buf_printf(out, "%.8g", w->sum);
    json_put_i64(out, "tokens", (int64_t)w->n);
    w->c->counts.completions++;
    return put_units(w, out, e);
}

static void add_part(struct scorer *w)
{
    const struct request *q = &w->s->q;
    run(w);
    if (q->part == PART_WRONG)
        vec_push(&w->errors, (struct error_score){q->start, q->end, w->sum, 0});
    else
        w->errors.v[w->errors.n - 1].right = w->sum;
}

static int end_row(struct scorer *w, struct buf *row, struct writer *out,
                   struct err *e)
{
    put_errors(w, row);
    buf_cstr(row, "}\n");
    w->errors.n = 0;
    writer_str(out, buf_view(row));
    row->n = 0;
    return writer_flush(out, e);
}

int complete_score(struct complete *c, struct str requests, struct writer *out,
                   struct err *e)
{
    struct scorer w = {.c = c, .s = &c->slots[0]};
    struct buf row = {0};
    int rc = 0;
    while (!rc && requests.n > 0) {
        complete_take(c, &requests, w.s);
        if (w.s->q.part != PART_WHOLE) {
            add_part(&w);
            continue;
        }
        if (row.n > 0)
            rc = end_row(&w, &row, out, e);
        if (!rc)
            rc = put_whole(&w, &row, e);
    }
    if (!rc && row.n > 0)
        rc = end_row(&w, &row, out, e);
    buf_free(&row);
    vec_free(&w.before);
    vec_free(&w.marks);
    vec_free(&w.errors);
    vec_free(&w.units);
    return rc;
}

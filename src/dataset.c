/*
 * Rows from shards.  It neither repacks nor truncates: a row is what
 * insec-pack made of it, without its padding.
 */
#include "dataset.h"

#include <math.h>

#include "rng.h"
#include "shard.h"

/* ---- reading */

static int refuse(struct err *e, const char *path, const char *what)
{
    struct where at = {path ? path : "<stdin>", 0, 0};
    return err_at(e, at, "%s", what);
}

/* Adds tokens [from,to) of the shard as one document. */
static int add_doc(struct dataset *d, const struct shard *s, size_t from,
                   size_t to, int32_t vocab)
{
    for (size_t i = from; i < to; i++) {
        if (s->ids[i] < 0 || s->ids[i] >= vocab || s->kinds[i] >= KIND_COUNT)
            return -1;
        vec_push(&d->ids, s->ids[i]);
        vec_push(&d->kinds, s->kinds[i]);
    }
    vec_push(&d->docs, d->ids.n);
    d->longest_doc = size_max(d->longest_doc, to - from);
    return 0;
}

/* Adds one row: the stretches of it between bounds, *next being the first
 * bound behind its start.  A stretch of padding is left out. */
static int add_row(struct dataset *d, const struct shard *s, size_t row,
                   size_t *next, int32_t vocab)
{
    size_t at = row * s->length, end = at + s->length, first = d->ids.n;
    while (at < end) {
        while (*next < s->n_cu && (size_t)s->cu[*next] <= at)
            ++*next;
        size_t to = *next < s->n_cu ? (size_t)s->cu[*next] : end;
        to = size_min(to, end);
        size_t used = to;
        while (used > at && s->kinds[used - 1] == KIND_PAD)
            used--;
        if (used > at && add_doc(d, s, at, used, vocab))
            return -1;
        at = to;
    }
    if (d->ids.n == first)
        return 0;
    vec_push(&d->rows, d->docs.n - 1);
    d->longest_row = size_max(d->longest_row, d->ids.n - first);
    return 0;
}

static int add_shard(struct dataset *d, const struct shard *s, const char *path,
                     const struct tokenizer_info *t, struct err *e)
{
    if (s->tokenizer != t->hash)
        return refuse(e, path, "a shard of another tokenizer");
    if (s->vocab > t->vocab_size)
        return refuse(e, path, "its vocabulary is larger than the tokenizer's");
    size_t next = 0;
    for (size_t row = 0; row < s->rows; row++)
        if (add_row(d, s, row, &next, t->vocab_size))
            return refuse(e, path, "an id or a kind that does not exist");
    for (size_t i = 0; i < s->docs; i++)
        vec_push(&d->weights, s->weights ? s->weights[i] : 1);
    return 0;
}

static int add_file(struct dataset *d, const char *path,
                    const struct tokenizer_info *t, struct err *e)
{
    struct shard_reader *r = shard_open(path, e);
    if (!r)
        return -1;
    struct shard s;
    int rc;
    while ((rc = shard_next(r, &s, e)) > 0) {
        rc = add_shard(d, &s, path, t, e);
        shard_free(&s);
        if (rc)
            break;
    }
    shard_close(r);
    return rc;
}

int dataset_read(struct dataset *d, char *const *paths,
                 const struct tokenizer_info *t, struct err *e)
{
    char dash[] = "-";
    char *const standard[] = {dash, NULL};
    *d = (struct dataset){0};
    vec_push(&d->docs, 0);
    vec_push(&d->rows, 0);
    if (!paths || !paths[0])
        paths = standard;
    for (; *paths; paths++)
        if (add_file(d, *paths, t, e)) {
            dataset_free(d);
            return -1;
        }
    d->hash = rng_hash(0, d->ids.v, d->ids.n * sizeof *d->ids.v);
    d->hash = rng_hash(d->hash, d->kinds.v, d->kinds.n);
    d->hash = rng_hash(d->hash, d->docs.v, d->docs.n * sizeof *d->docs.v);
    d->hash = rng_hash(d->hash, d->rows.v, d->rows.n * sizeof *d->rows.v);
    d->hash =
        rng_hash(d->hash, d->weights.v, d->weights.n * sizeof *d->weights.v);
    return 0;
}

void dataset_free(struct dataset *d)
{
    vec_free(&d->ids);
    vec_free(&d->kinds);
    vec_free(&d->docs);
    vec_free(&d->rows);
    vec_free(&d->weights);
}

/* ---- order */

static size_t row_start(const struct dataset *d, size_t row)
{
    return d->docs.v[d->rows.v[row]];
}

size_t dataset_row_tokens(const struct dataset *d, size_t row)
{
    return row_start(d, row + 1) - row_start(d, row);
}

double dataset_row_squares(const struct dataset *d, size_t row)
{
    double sum = 0;
    for (size_t i = d->rows.v[row]; i < d->rows.v[row + 1]; i++) {
        double n = (double)(d->docs.v[i + 1] - d->docs.v[i]);
        sum += n * n;
    }
    return sum;
}

/* The weight of the targets of a document, signs aside. */
static double doc_weight(const struct dataset *d, size_t doc,
                         const float weights[KIND_COUNT])
{
    double sum = 0;
    for (size_t i = d->docs.v[doc] + 1; i < d->docs.v[doc + 1]; i++)
        sum += fabs((double)(weights[d->kinds.v[i]] * d->weights.v[doc]));
    return sum;
}

double dataset_weight(const struct dataset *d, const size_t *rows, size_t n,
                      const float weights[KIND_COUNT])
{
    double sum = 0;
    for (size_t r = 0; r < n; r++)
        for (size_t doc = d->rows.v[rows[r]]; doc < d->rows.v[rows[r] + 1];
             doc++)
            sum += doc_weight(d, doc, weights);
    return sum;
}

void dataset_order(const struct dataset *d, uint64_t seed, int64_t epoch,
                   size_t *order)
{
    uint64_t key = rng_hash(seed, "order", 5);
    struct rng r = rng_from(rng_mix(key, (uint64_t)epoch));
    size_t n = dataset_rows(d);
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    for (size_t i = n; i > 1; i--) {
        size_t j = rng_below(&r, i), swap = order[j];
        order[j] = order[i - 1];
        order[i - 1] = swap;
    }
}

size_t dataset_take(const struct dataset *d, const size_t *rows, size_t n,
                    size_t max)
{
    size_t i = 0, tokens = 0;
    for (; i < n; i++) {
        tokens += dataset_row_tokens(d, rows[i]);
        if (tokens > max && i > 0)
            break;
    }
    return i;
}

int64_t dataset_steps(const struct dataset *d, uint64_t seed, int64_t epoch,
                      size_t max)
{
    size_t n = dataset_rows(d);
    size_t *order = mem_zero(n, sizeof *order);
    dataset_order(d, seed, epoch, order);
    int64_t steps = 0;
    for (size_t at = 0; at < n; at += dataset_take(d, order + at, n - at, max))
        steps++;
    mem_free(order);
    return steps;
}

/* ---- batches */

void dataset_batch_new(struct dataset_batch *b, size_t max)
{
    b->max = max;
    b->ids = mem_zero(max, sizeof *b->ids);
    b->targets = mem_zero(max, sizeof *b->targets);
    b->cu = mem_zero(max + 1, sizeof *b->cu);
    b->weights = mem_zero(max, sizeof *b->weights);
    b->kinds = mem_zero(max, sizeof *b->kinds);
    b->rivals = mem_zero(max, sizeof *b->rivals);
    b->margins = mem_zero(max, sizeof *b->margins);
}

void dataset_batch_free(struct dataset_batch *b)
{
    mem_free(b->ids);
    mem_free(b->targets);
    mem_free(b->cu);
    mem_free(b->weights);
    mem_free(b->kinds);
    mem_free(b->rivals);
    mem_free(b->margins);
}

static bool starts(const struct dataset *d, size_t from, size_t i,
                   enum kind kind)
{
    return d->kinds.v[i] == kind && (i == from || d->kinds.v[i - 1] != kind);
}

/* The rivals of a document whose first token is at `at`.  The correction of
 * a stretch of `wrong` is the next stretch of `right`; up to where the two
 * differ they are one text, so both ids there have the same context. */
static void fill_rivals(const struct dataset *d, size_t from, size_t to,
                        size_t at, int32_t *rivals)
{
    size_t r = from;
    for (size_t i = from; i < to; i++) {
        if (!starts(d, from, i, KIND_WRONG))
            continue;
        for (r = size_max(r, i); r < to && !starts(d, from, r, KIND_RIGHT);)
            r++;
        size_t k = 0;
        while (r + k < to && d->kinds.v[i + k] == KIND_WRONG &&
               d->kinds.v[r + k] == KIND_RIGHT &&
               d->ids.v[i + k] == d->ids.v[r + k])
            k++;
        if (i + k > from && r + k < to && d->kinds.v[i + k] == KIND_WRONG &&
            d->kinds.v[r + k] == KIND_RIGHT)
            rivals[at + (i + k - 1 - from)] = d->ids.v[r + k];
    }
}

/* One document; token i + 1 is what token i must predict. */
static void fill_doc(const struct dataset *d, size_t doc,
                     const float weights[KIND_COUNT], struct dataset_batch *b)
{
    size_t at = b->b.n, from = d->docs.v[doc], to = d->docs.v[doc + 1];
    float weight = d->weights.v[doc];
    for (size_t i = from; i < to; i++, at++) {
        enum kind kind = i + 1 < to ? d->kinds.v[i + 1] : KIND_PAD;
        b->ids[at] = d->ids.v[i];
        b->kinds[at] = kind;
        b->targets[at] = kind == KIND_PAD ? -1 : d->ids.v[i + 1];
        b->weights[at] = kind == KIND_PAD ? 0 : weights[kind] * weight;
        b->rivals[at] = -1;
    }
    fill_rivals(d, from, to, b->b.n, b->rivals);
    b->b.n = at;
    b->cu[++b->b.docs] = (int32_t)at;
}

void dataset_fill(const struct dataset *d, const size_t *rows, size_t n,
                  const float weights[KIND_COUNT], struct dataset_batch *b)
{
    b->b = (struct model_batch){
        .ids = b->ids,
        .targets = b->targets,
        .weights = b->weights,
        .cu = b->cu,
        .rivals = b->rivals,
        .margins = b->margins,
    };
    b->cu[0] = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t doc = d->rows.v[rows[i]]; doc < d->rows.v[rows[i] + 1];
             doc++)
            fill_doc(d, doc, weights, b);
}

/*
 * Documents into rows, rows into shards.  The order of documents is the only
 * thing that decides what goes where.
 *
 * The open rows are searched one after another: with 64 of them that is less
 * work than copying the document, so there is no cleverer search to keep in
 * step with it.
 */
#include "packer.h"

#include "record.h"

struct open_row {
    size_t used;
    int32_t *ids;   /* [length]; owns */
    uint8_t *kinds; /* [length]; owns */
    struct size_vec ends;
    struct buf names;
};

struct packer {
    struct packer_opts opts;
    struct open_row *slots; /* [open_rows]; owns */
    struct open_row **open; /* [open_rows]: first n_open in use, oldest first,
                               then the free ones; owns */
    size_t n_open;
    struct packer_counts count; /* rows: those given out */
    struct where first;         /* the document that named the tokenizer */

    /* The shard being filled; shard's arrays borrow from these. */
    struct shard shard;
    struct i32_vec ids, cu;
    VEC(uint8_t) kinds;
    struct buf names;
};

struct packer *packer_new(const struct packer_opts *opts)
{
    struct packer *p = mem_zero(1, sizeof *p);
    p->opts = *opts;
    p->slots = mem_zero(opts->open_rows, sizeof *p->slots);
    p->open = mem_zero(opts->open_rows, sizeof *p->open);
    for (size_t i = 0; i < opts->open_rows; i++)
        p->open[i] = &p->slots[i];
    return p;
}

void packer_free(struct packer *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->opts.open_rows; i++) {
        struct open_row *row = &p->slots[i];
        mem_free(row->ids);
        mem_free(row->kinds);
        vec_free(&row->ends);
        buf_free(&row->names);
    }
    mem_free(p->slots);
    mem_free(p->open);
    vec_free(&p->ids);
    vec_free(&p->kinds);
    vec_free(&p->cu);
    buf_free(&p->names);
    mem_free(p);
}

/* ---- rows into shards */

static int flush_shard(struct packer *p, struct err *e)
{
    struct shard *s = &p->shard;
    if (s->rows == 0)
        return 0;
    s->length = p->opts.length;
    s->ids = p->ids.v;
    s->kinds = p->kinds.v;
    s->cu = p->cu.v;
    s->n_cu = p->cu.n;
    s->doc_ids = p->names;
    int r = p->opts.emit(p->opts.ctx, s, e);
    s->rows = s->docs = 0;
    p->ids.n = p->kinds.n = p->cu.n = p->names.n = 0;
    return r;
}

/* Bytes of tensors that n rows, their bounds and names take. */
static size_t tensor_bytes(const struct packer *p, size_t rows, size_t bounds,
                           size_t names)
{
    return rows * p->opts.length * 5 + bounds * sizeof(int32_t) + names;
}

static void pad_row(struct packer *p, struct open_row *row)
{
    for (size_t i = row->used; i < p->opts.length; i++) {
        row->ids[i] = p->shard.pad;
        row->kinds[i] = KIND_PAD;
    }
    if (row->used < p->opts.length)
        vec_push(&row->ends, p->opts.length);
}

/* Puts a row behind those of the shard, which is given out first where the
 * row would make it too large. */
static int put_row(struct packer *p, struct open_row *row, struct err *e)
{
    struct shard *s = &p->shard;
    size_t length = p->opts.length, docs = row->ends.n;
    pad_row(p, row);
    if (tensor_bytes(p, s->rows + 1, p->cu.n + row->ends.n + 1,
                     p->names.n + row->names.n) > p->opts.shard_bytes &&
        flush_shard(p, e) < 0)
        return -1;
    if (s->rows == 0)
        vec_push(&p->cu, 0);
    int32_t base = (int32_t)(s->rows * length);
    for (size_t i = 0; i < row->ends.n; i++)
        vec_push(&p->cu, base + (int32_t)row->ends.v[i]);
    vec_reserve(&p->ids, length);
    memcpy(p->ids.v + p->ids.n, row->ids, length * sizeof *row->ids);
    p->ids.n += length;
    vec_reserve(&p->kinds, length);
    memcpy(p->kinds.v + p->kinds.n, row->kinds, length);
    p->kinds.n += length;
    buf_str(&p->names, buf_view(&row->names));
    s->rows++;
    s->docs += docs;
    p->count.rows++;
    row->used = row->ends.n = row->names.n = 0;
    return 0;
}

/* ---- documents into rows */

/* Gives out the i-th open row and keeps the rest in order. */
static int close_row(struct packer *p, size_t i, struct err *e)
{
    struct open_row *row = p->open[i];
    p->n_open--;
    memmove(p->open + i, p->open + i + 1,
            (p->n_open - i) * sizeof(struct open_row *));
    p->open[p->n_open] = row;
    return put_row(p, row, e);
}

/* The open row that n tokens fit best, or n_open; *fullest is the row with
 * the least room of all. */
static size_t best_fit(const struct packer *p, size_t n, size_t *fullest)
{
    size_t best = p->n_open, best_used = 0, most = 0;
    *fullest = 0;
    for (size_t i = 0; i < p->n_open; i++) {
        size_t used = p->open[i]->used;
        if (used > most) {
            most = used;
            *fullest = i;
        }
        if (used + n <= p->opts.length && used > best_used) {
            best_used = used;
            best = i;
        }
    }
    return best;
}

static struct open_row *open_row(struct packer *p)
{
    struct open_row *row = p->open[p->n_open++];
    if (!row->ids) {
        row->ids = mem_zero(p->opts.length, sizeof *row->ids);
        row->kinds = mem_zero(p->opts.length, 1);
    }
    return row;
}

static int check_tokenizer(struct packer *p, const struct pack_doc *doc,
                           struct err *e)
{
    struct shard *s = &p->shard;
    if (p->count.docs == 0) {
        s->tokenizer = doc->tokenizer;
        s->vocab = doc->vocab;
        s->pad = doc->pad;
        p->first = doc->at;
    } else if (s->tokenizer != doc->tokenizer || s->vocab != doc->vocab ||
               s->pad != doc->pad) {
        return err_at(e, doc->at,
                      "another tokenizer than %s:%llu has: %016llx of %d ids, "
                      "pad %d, not %016llx of %d, pad %d",
                      p->first.name, (unsigned long long)p->first.line,
                      (unsigned long long)doc->tokenizer, doc->vocab, doc->pad,
                      (unsigned long long)s->tokenizer, s->vocab, s->pad);
    }
    return 0;
}

int packer_add(struct packer *p, const struct pack_doc *doc, struct err *e)
{
    size_t fullest, i;
    if (check_tokenizer(p, doc, e) < 0)
        return -1;
    i = best_fit(p, doc->n, &fullest);
    if (i == p->n_open) {
        if (p->n_open == p->opts.open_rows && close_row(p, fullest, e) < 0)
            return -1;
        open_row(p);
        i = p->n_open - 1;
    }
    struct open_row *row = p->open[i];
    memcpy(row->ids + row->used, doc->ids, doc->n * sizeof *row->ids);
    memcpy(row->kinds + row->used, doc->kinds, doc->n);
    row->used += doc->n;
    vec_push(&row->ends, row->used);
    buf_str(&row->names, doc->name);
    buf_char(&row->names, '\n');
    p->count.docs++;
    p->count.tokens += doc->n;
    return row->used == p->opts.length ? close_row(p, i, e) : 0;
}

int packer_finish(struct packer *p, struct err *e)
{
    while (p->n_open > 0) {
        if (close_row(p, 0, e) < 0)
            return -1;
    }
    return flush_shard(p, e);
}

struct packer_counts packer_count(const struct packer *p)
{
    struct packer_counts c = p->count;
    c.rows += p->n_open;
    return c;
}

/*
 * Documents into rows.  The order of documents and the options are the only
 * things that decide what goes where.
 *
 * The open rows are searched one after another: with 64 of them that is less
 * work than copying the document, so there is no cleverer search to keep in
 * step with it.
 */
#include "packer_impl.h"

#include "rng.h"

struct held {  /* a document that waits in the window */
    size_t at; /* in bytes: its ids, kinds and name */
    uint32_t n, name;
    float weight;
};

struct packer {
    struct packer_opts opts;
    struct pack_row *slots; /* [n_slots]; owns */
    struct pack_row **open; /* [n_slots]: first n_open in use, oldest first,
                               then the free ones; owns */
    size_t n_slots, n_open;
    struct packer_counts count;
    struct where first; /* the document that named the tokenizer */
    struct pack_out out;

    VEC(struct held) held;
    struct buf bytes, spare;
    uint64_t windows;   /* drained so far */
    VEC(uint32_t) size; /* scratch, as are the next three */
    VEC(uint32_t) row;
    struct size_vec start;
    VEC(bool) may;
};

struct packer *packer_new(const struct packer_opts *opts)
{
    struct packer *p = mem_zero(1, sizeof *p);
    p->opts = *opts;
    p->n_slots = opts->fit == PACK_STREAM ? opts->open_rows : 1;
    p->slots = mem_zero(p->n_slots, sizeof *p->slots);
    p->open = mem_zero(p->n_slots, sizeof *p->open);
    for (size_t i = 0; i < p->n_slots; i++)
        p->open[i] = &p->slots[i];
    p->out.length = opts->length;
    p->out.shard_bytes = opts->shard_bytes;
    p->out.ctx = opts->ctx;
    p->out.emit = opts->emit;
    return p;
}

void packer_free(struct packer *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n_slots; i++)
        pack_row_free(&p->slots[i]);
    mem_free(p->slots);
    mem_free(p->open);
    pack_out_free(&p->out);
    vec_free(&p->held);
    buf_free(&p->bytes);
    buf_free(&p->spare);
    vec_free(&p->size);
    vec_free(&p->row);
    vec_free(&p->start);
    vec_free(&p->may);
    mem_free(p);
}

/* A slice of a document; the name stays. */
static struct pack_doc part(const struct pack_doc *doc, size_t from, size_t to)
{
    struct pack_doc d = *doc;
    d.ids = (const char *)doc->ids + from * sizeof(int32_t);
    d.kinds = doc->kinds + from;
    d.n = to - from;
    return d;
}

/* ---- one document */

/* Gives out the i-th open row and keeps the rest in order. */
static int close_row(struct packer *p, size_t i, struct err *e)
{
    struct pack_row *row = p->open[i];
    p->n_open--;
    memmove(p->open + i, p->open + i + 1,
            (p->n_open - i) * sizeof(struct pack_row *));
    p->open[p->n_open] = row;
    return pack_out_row(&p->out, row, e);
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

/* Into the i-th open row, which is given out when it is full. */
static int fill_row(struct packer *p, size_t i, const struct pack_doc *doc,
                    struct err *e)
{
    struct pack_row *row = p->open[i];
    pack_row_add(row, doc, p->opts.length);
    p->count.docs++;
    bool full = row->used == p->opts.length || p->opts.fit == PACK_ONE;
    return full ? close_row(p, i, e) : 0;
}

static int stream_doc(struct packer *p, const struct pack_doc *doc,
                      struct err *e)
{
    size_t fullest, i = best_fit(p, doc->n, &fullest);
    if (i == p->n_open) {
        if (p->n_open == p->n_slots && close_row(p, fullest, e) < 0)
            return -1;
        i = p->n_open++;
    }
    return fill_row(p, i, doc, e);
}

static const bool *cuts_of(struct packer *p, const struct pack_doc *doc)
{
    p->may.n = 0;
    vec_reserve(&p->may, doc->n);
    pack_cuts(doc->kinds, doc->n, p->may.v);
    return p->may.v;
}

static int concat_doc(struct packer *p, const struct pack_doc *doc,
                      struct err *e)
{
    size_t room = p->opts.length - (p->n_open ? p->open[0]->used : 0);
    const bool *may = NULL;
    if (doc->n > room) {
        may = cuts_of(p, doc);
        p->count.cut++;
    }
    for (size_t from = 0, to; from < doc->n; from = to) {
        to = size_min(doc->n, from + room);
        struct pack_doc piece = part(doc, from, to);
        p->n_open = 1;
        p->count.errors_cut += from > 0 && !may[from];
        if (fill_row(p, 0, &piece, e) < 0)
            return -1;
        room = p->opts.length;
    }
    return 0;
}

static int fit_doc(struct packer *p, const struct pack_doc *doc, struct err *e)
{
    return p->opts.fit == PACK_CONCAT ? concat_doc(p, doc, e)
                                      : stream_doc(p, doc, e);
}

/* ---- a window of documents */

static void hold(struct packer *p, const struct pack_doc *doc)
{
    struct held h = {p->bytes.n, (uint32_t)doc->n, (uint32_t)doc->name.n,
                     doc->weight};
    buf_add(&p->bytes, doc->ids, doc->n * sizeof(int32_t));
    buf_add(&p->bytes, doc->kinds, doc->n);
    buf_str(&p->bytes, doc->name);
    vec_push(&p->held, h);
}

static struct pack_doc held_doc(const struct packer *p, struct held h)
{
    const char *ids = p->bytes.p + h.at;
    const char *kinds = ids + h.n * sizeof(int32_t);
    return (struct pack_doc){.n = h.n,
                             .ids = ids,
                             .kinds = (const uint8_t *)kinds,
                             .name = {kinds + h.n, h.name},
                             .weight = h.weight};
}

/* Fisher and Yates, drawn from the seed and the window's number. */
static void shuffle_held(struct packer *p)
{
    struct rng rng = rng_from(rng_mix(p->opts.seed, p->windows));
    for (size_t i = p->held.n; i > 1; i--) {
        size_t k = (size_t)rng_below(&rng, i);
        struct held h = p->held.v[i - 1];
        p->held.v[i - 1] = p->held.v[k];
        p->held.v[k] = h;
    }
}

/* start[r] to start[r + 1] become row r's documents, in their order, in
 * size, which is not needed any more. */
static void group_rows(struct packer *p, size_t rows)
{
    p->start.n = 0;
    vec_reserve(&p->start, rows + 2);
    size_t *start = p->start.v;
    memset(start, 0, (rows + 2) * sizeof *start);
    for (size_t i = 0; i < p->held.n; i++)
        start[p->row.v[i] + 2]++;
    for (size_t r = 2; r <= rows + 1; r++)
        start[r] += start[r - 1];
    for (size_t i = 0; i < p->held.n; i++)
        p->size.v[start[p->row.v[i] + 1]++] = (uint32_t)i;
}

/* The row with the most room. */
static size_t emptiest(struct packer *p, size_t rows)
{
    size_t best = 0, least = SIZE_MAX;
    for (size_t r = 0; r < rows; r++) {
        size_t used = 0;
        for (size_t k = p->start.v[r]; k < p->start.v[r + 1]; k++)
            used += p->held.v[p->size.v[k]].n;
        if (used < least) {
            least = used;
            best = r;
        }
    }
    return best;
}

/* Documents from to to of p->size stay, for the next window. */
static void keep_held(struct packer *p, size_t from, size_t to)
{
    size_t n = 0;
    p->spare.n = 0;
    for (size_t k = from; k < to; k++) { /* in their order, so n <= size[k] */
        struct held h = p->held.v[p->size.v[k]];
        size_t at = p->spare.n;
        buf_add(&p->spare, p->bytes.p + h.at,
                h.n * (sizeof(int32_t) + 1) + h.name);
        h.at = at;
        p->held.v[n++] = h;
    }
    struct buf spare = p->bytes;
    p->bytes = p->spare;
    p->spare = spare;
    p->held.n = n;
}

/* Gives out all rows of the window but the emptiest, whose documents go into
 * the next window with those that come. */
static int window_rows(struct packer *p, bool last, struct err *e)
{
    size_t n = p->held.n;
    p->size.n = p->row.n = 0;
    vec_reserve(&p->size, n);
    vec_reserve(&p->row, n);
    for (size_t i = 0; i < n; i++)
        p->size.v[i] = p->held.v[i].n;
    size_t rows = pack_best_fit(p->size.v, n, p->opts.length, p->row.v);
    group_rows(p, rows);
    size_t kept = last ? rows : emptiest(p, rows);
    for (size_t r = 0; r < rows; r++) {
        for (size_t k = p->start.v[r]; r != kept && k < p->start.v[r + 1];
             k++) {
            struct pack_doc doc = held_doc(p, p->held.v[p->size.v[k]]);
            pack_row_add(&p->slots[0], &doc, p->opts.length);
            p->count.docs++;
        }
        if (r != kept && pack_out_row(&p->out, &p->slots[0], e) < 0)
            return -1;
    }
    if (last)
        keep_held(p, 0, 0);
    else
        keep_held(p, p->start.v[kept], p->start.v[kept + 1]);
    return 0;
}

/* Gives the held documents to their rows. */
static int drain(struct packer *p, bool last, struct err *e)
{
    if (p->opts.shuffle)
        shuffle_held(p);
    p->windows++;
    if (p->opts.fit == PACK_WINDOW)
        return window_rows(p, last, e);
    for (size_t i = 0; i < p->held.n; i++) {
        struct pack_doc doc = held_doc(p, p->held.v[i]);
        if (fit_doc(p, &doc, e) < 0)
            return -1;
    }
    p->held.n = p->bytes.n = 0;
    return 0;
}

/* ---- all documents */

static int check_tokenizer(struct packer *p, const struct pack_doc *doc,
                           struct err *e)
{
    struct shard *s = &p->out.shard;
    if (!p->first.name) {
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

/* What the budget leaves of a document; possibly nothing. */
static struct pack_doc afford(struct packer *p, const struct pack_doc *doc)
{
    uint64_t left = p->opts.budget - p->count.tokens;
    if (!p->opts.budget || doc->n <= left)
        return *doc;
    size_t n = pack_piece(cuts_of(p, doc), 0, doc->n, (size_t)left);
    p->count.cut += n > 0;
    return part(doc, 0, n);
}

bool packer_full(const struct packer *p)
{
    return p->opts.budget && p->count.tokens == p->opts.budget;
}

int packer_add(struct packer *p, const struct pack_doc *doc, struct err *e)
{
    if (packer_full(p))
        return 0;
    if (check_tokenizer(p, doc, e) < 0)
        return -1;
    struct pack_doc d = afford(p, doc);
    if (d.n == 0)
        return 0;
    p->count.tokens += d.n;
    if (!p->opts.shuffle && p->opts.fit != PACK_WINDOW)
        return fit_doc(p, &d, e);
    hold(p, &d);
    return p->held.n >= p->opts.window ? drain(p, false, e) : 0;
}

int packer_finish(struct packer *p, struct err *e)
{
    if (p->held.n > 0 && drain(p, true, e) < 0)
        return -1;
    while (p->n_open > 0) {
        if (close_row(p, 0, e) < 0)
            return -1;
    }
    return pack_out_flush(&p->out, e);
}

struct packer_counts packer_count(const struct packer *p)
{
    struct packer_counts c = p->count;
    c.rows = p->out.rows + p->n_open;
    return c;
}

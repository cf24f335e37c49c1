/*
 * Shards: insec-shard(5).  Nothing that a shard says is believed: a reader of
 * struct shard may index by any number in it.
 */
#include "shard_impl.h"

#include <zstd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "tensors are copied as they lie in memory");

#define STEP ((size_t)1 << 20) /* bytes read at a time */

struct shard_reader {
    struct reader *in;
    const char *name; /* borrows: the path or "<stdin>" */
    uint64_t number;  /* of the shard last begun, from 1 */
    struct buf bytes; /* of the shard being read */
    char ahead;       /* the first byte of the next shard, once read */
    bool has_ahead, at_end;
    bool behind; /* a failure may belong to what follows the shard */
};

void shard_free(struct shard *s)
{
    mem_free(s->ids);
    mem_free(s->kinds);
    mem_free(s->cu);
    mem_free(s->weights);
    buf_free(&s->doc_ids);
    memset(s, 0, sizeof *s);
}

/* ---- writing */

static struct st_tensor weights_tensor(const struct shard *s)
{
    return (struct st_tensor){
        STR("document_weights"),     ST_F32, 1, {s->docs}, s->weights,
        s->docs * sizeof *s->weights};
}

/* The tensors of s into t[5]; returns how many. */
static size_t fill_tensors(struct st_tensor *t, const struct shard *s)
{
    size_t cells = s->rows * s->length, n = 2;
    t[0] = (struct st_tensor){
        STR("input_ids"),     ST_I32, 2,
        {s->rows, s->length}, s->ids, cells * sizeof *s->ids};
    t[1] =
        (struct st_tensor){STR("cu_seqlens"), ST_I32, 1,
                           {s->n_cu},         s->cu,  s->n_cu * sizeof *s->cu};
    if (s->weights)
        t[n++] = weights_tensor(s);
    t[n++] = (struct st_tensor){STR("kinds"),         ST_U8,    2,
                                {s->rows, s->length}, s->kinds, cells};
    if (s->doc_ids.n > 0)
        t[n++] =
            (struct st_tensor){STR("document_ids"), ST_U8,        1,
                               {s->doc_ids.n},      s->doc_ids.p, s->doc_ids.n};
    return n;
}

static int compress(ZSTD_CCtx *z, struct buf *out, struct str in, bool last,
                    struct err *e)
{
    ZSTD_inBuffer from = {in.p, in.n, 0};
    size_t left;
    do {
        buf_reserve(out, ZSTD_CStreamOutSize());
        ZSTD_outBuffer to = {out->p + out->n, out->cap - out->n, 0};
        left = ZSTD_compressStream2(z, &to, &from,
                                    last ? ZSTD_e_end : ZSTD_e_continue);
        if (ZSTD_isError(left))
            return err_set(e, STATUS_SYSTEM, "cannot compress a shard: %s",
                           ZSTD_getErrorName(left));
        out->n += to.pos;
    } while (last ? left > 0 : from.pos < from.size);
    return 0;
}

int shard_put(struct buf *out, const struct shard *s, int level, struct err *e)
{
    const struct shard_zip zip = {.level = level};
    return shard_put_as(out, s, &zip, e);
}

static ZSTD_CCtx *zip_new(const struct shard_zip *zip)
{
    ZSTD_CCtx *z = ZSTD_createCCtx();
    if (!z)
        die(STATUS_SYSTEM, "out of memory");
    ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, zip->level);
    ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    ZSTD_CCtx_setParameter(z, ZSTD_c_enableLongDistanceMatching, zip->far);
    ZSTD_CCtx_setParameter(z, ZSTD_c_nbWorkers, zip->threads);
    return z;
}

int shard_put_as(struct buf *out, const struct shard *s,
                 const struct shard_zip *zip, struct err *e)
{
    struct st_tensor t[5];
    size_t n = fill_tensors(t, s), total = 0;
    for (size_t i = 0; i < n; i++)
        total += t[i].bytes;
    if (total > SHARD_MAX)
        return err_set(e, STATUS_DATA, "a shard of %zu bytes is over the limit",
                       total);
    struct shard_meta meta = {0};
    struct buf head = {0};
    shard_meta_fill(&meta, s);
    st_header(&head, t, n, meta.v, meta.n);
    arena_free(&meta.arena);

    ZSTD_CCtx *z = zip_new(zip);
    ZSTD_CCtx_setPledgedSrcSize(z, head.n + total);
    int r = compress(z, out, buf_view(&head), false, e);
    for (size_t i = 0; r == 0 && i < n; i++)
        r = compress(z, out, (struct str){t[i].data, t[i].bytes}, i + 1 == n,
                     e);
    ZSTD_freeCCtx(z);
    buf_free(&head);
    return r;
}

/* ---- reading */

struct shard_reader *shard_open(const char *path, struct err *e)
{
    struct reader *in = reader_open(path, 0, e);
    if (!in)
        return NULL;
    struct shard_reader *r = mem_zero(1, sizeof *r);
    r->in = in;
    r->name = reader_where(in).name;
    return r;
}

void shard_close(struct shard_reader *r)
{
    if (!r)
        return;
    reader_close(r->in);
    buf_free(&r->bytes);
    mem_free(r);
}

/* Gives an error its place: the file, and the shard within it. */
static int blame(const struct shard_reader *r, struct err *e)
{
    char why[sizeof e->text];
    memcpy(why, e->text, sizeof why);
    int status = e->status;
    err_set(e, status, "shard %llu%s: %.400s", (unsigned long long)r->number,
            r->behind ? " or what follows it" : "", why);
    e->at = (struct where){.name = r->name};
    return -1;
}

/* Fills r->bytes up to want bytes; memory grows only as bytes come. */
static int fill(struct shard_reader *r, size_t want, struct err *e)
{
    while (r->bytes.n < want) {
        size_t n = size_min(want - r->bytes.n, STEP);
        buf_reserve(&r->bytes, n);
        ptrdiff_t got = reader_bytes(r->in, r->bytes.p + r->bytes.n, n, e);
        if (got < 0)
            return -1;
        if (got == 0)
            return err_set(e, STATUS_DATA,
                           "truncated: %zu bytes, %zu were announced",
                           r->bytes.n, want);
        r->bytes.n += (size_t)got;
    }
    return 0;
}

/* Reads one byte on.  That makes the reader finish the frame, and so compare
 * its checksum. */
static int look_ahead(struct shard_reader *r, struct err *e)
{
    ptrdiff_t got = reader_bytes(r->in, &r->ahead, 1, e);
    r->has_ahead = got > 0;
    r->at_end = got == 0;
    r->behind = got < 0 && r->bytes.n > 0;
    return got < 0 ? -1 : 0;
}

/* The bytes of one safetensors file into r->bytes: 1, 0, -1. */
static int read_bytes(struct shard_reader *r, struct err *e)
{
    if (!r->has_ahead && !r->at_end && look_ahead(r, e) < 0)
        return -1;
    if (r->at_end)
        return 0;
    r->bytes.n = 0;
    buf_char(&r->bytes, r->ahead);
    r->has_ahead = false;
    if (fill(r, 8, e) < 0)
        return -1;
    uint64_t n = st_header_bytes(r->bytes.p);
    if (n < 2 || n > SHARD_HEADER)
        return err_set(e, STATUS_DATA, "not a shard");
    if (fill(r, 8 + (size_t)n, e) < 0)
        return -1;
    size_t span;
    if (st_span(buf_view(&r->bytes), &span, e) < 0)
        return -1;
    if (span > SHARD_MAX)
        return err_set(e, STATUS_DATA, "%zu bytes are over the limit of %zu",
                       span, SHARD_MAX);
    if (fill(r, 8 + (size_t)n + span, e) < 0 || look_ahead(r, e) < 0)
        return -1;
    return 1;
}

/* A tensor that must have this type and shape, copied; NULL on refusal. */
static void *take(const struct st_file *f, const struct st_tensor *want,
                  struct err *e)
{
    const struct st_tensor *t = st_get(f, want->name.p);
    if (!t) {
        err_set(e, STATUS_DATA, "no tensor %s", want->name.p);
        return NULL;
    }
    if (t->type != want->type || t->rank != want->rank ||
        memcmp(t->shape, want->shape, sizeof t->shape) != 0) {
        err_set(e, STATUS_DATA, "tensor %s: not the type and shape announced",
                want->name.p);
        return NULL;
    }
    void *copy = mem_alloc(t->bytes + 1); /* may be empty */
    if (t->bytes > 0)
        memcpy(copy, t->data, t->bytes);
    return copy;
}

static int take_tensors(const struct st_file *f, struct shard *s, struct err *e)
{
    struct st_tensor t[5], weights = weights_tensor(s);
    const struct st_tensor *cu = st_get(f, "cu_seqlens");
    const struct st_tensor *names = st_get(f, "document_ids");
    s->n_cu = cu && cu->rank == 1 ? cu->shape[0] : 0;
    if (names && names->type == ST_U8 && names->rank == 1) {
        buf_reserve(&s->doc_ids, names->bytes + IO_PADDING);
        buf_add(&s->doc_ids, names->data, names->bytes);
    } else if (names) {
        return err_set(e, STATUS_DATA, "tensor document_ids: not U8 [n]");
    }
    fill_tensors(t, s);
    s->ids = take(f, &t[0], e);
    s->cu = s->ids ? take(f, &t[1], e) : NULL;
    s->kinds = s->cu ? take(f, &t[2], e) : NULL;
    if (!s->kinds || !st_get(f, weights.name.p))
        return s->kinds ? 0 : -1;
    s->weights = take(f, &weights, e);
    return s->weights ? 0 : -1;
}

int shard_next(struct shard_reader *r, struct shard *s, struct err *e)
{
    memset(s, 0, sizeof *s);
    r->number++;
    int got = read_bytes(r, e);
    if (got == 0)
        return 0;
    struct st_file f;
    if (got < 0 || st_parse(buf_view(&r->bytes), &f, e) < 0)
        return blame(r, e);
    got = 1;
    if (shard_meta_take(&f, s, e) < 0 || take_tensors(&f, s, e) < 0 ||
        shard_check(s, e) < 0 || shard_meta_check(&f, s, e) < 0)
        got = blame(r, e);
    st_free(&f);
    if (got < 0)
        shard_free(s);
    return got;
}

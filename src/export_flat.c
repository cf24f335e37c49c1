/*
 * Flat arrays of tokens: OLMo-core's trio, Megatron's pair, datatrove's four
 * files, llm.c's one, and NumPy's own.  All numbers lowest byte first.
 */
#include "export_impl.h"

#include <math.h>
#include <stdio.h>
#include <zlib.h>

/* Two bytes an id where every id fits, else four. */
static size_t id_width(const struct shard *s)
{
    return s->vocab <= 65536 ? 2 : 4;
}

/* ---- OLMo-core: ids, a byte a token, start,end a document */

/* A gzip file with no time in it. */
static int gzip(struct buf *out, struct str in, struct err *e)
{
    z_stream z = {0};
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return err_set(e, STATUS_SYSTEM, "cannot compress with zlib");
    size_t room = deflateBound(&z, in.n);
    buf_reserve(out, room);
    z.next_in = (Bytef *)(uintptr_t)in.p; /* not written to */
    z.avail_in = (uInt)in.n;
    z.next_out = (Bytef *)out->p + out->n;
    z.avail_out = (uInt)room;
    int r = deflate(&z, Z_FINISH);
    out->n += z.total_out;
    deflateEnd(&z);
    return r == Z_STREAM_END
               ? 0
               : err_set(e, STATUS_SYSTEM, "cannot compress with zlib");
}

int export_olmo(const struct shard *s, struct export_file *f, struct err *e)
{
    struct export_doc d;
    struct buf csv = {0};
    size_t start = 0;
    for (size_t at = 0; export_doc_next(s, &at, &d); start += d.n) {
        export_ids(&f[0].bytes, &d, id_width(s));
        for (size_t i = 0; i < d.n; i++)
            buf_char(&f[1].bytes, export_learnt(d.kinds[i]));
        buf_printf(&csv, "%zu,%zu\n", start, start + d.n);
    }
    int r = gzip(&f[2].bytes, buf_view(&csv), e);
    buf_free(&csv);
    return r;
}

/* ---- Megatron-LM: an index of sequences, a document each */

int export_megatron(const struct shard *s, struct export_file *f, struct err *e)
{
    struct export_doc d;
    struct buf sizes = {0}, offsets = {0}, docs = {0};
    size_t width = s->vocab < 65500 ? 2 : 4; /* as Megatron decides it */
    uint64_t n = 0;
    (void)e;
    export_int(&docs, 0, 8);
    for (size_t at = 0; export_doc_next(s, &at, &d);) {
        export_int(&sizes, d.n, 4);
        export_int(&offsets, f[0].bytes.n, 8);
        export_ids(&f[0].bytes, &d, width);
        export_int(&docs, ++n, 8);
    }
    struct buf *idx = &f[1].bytes;
    buf_add(idx, "MMIDIDX\0\0", 9);
    export_int(idx, 1, 8);                  /* version */
    export_int(idx, width == 2 ? 8 : 4, 1); /* uint16 or int32 */
    export_int(idx, n, 8);
    export_int(idx, n + 1, 8);
    buf_str(idx, buf_view(&sizes));
    buf_str(idx, buf_view(&offsets));
    buf_str(idx, buf_view(&docs));
    buf_free(&sizes);
    buf_free(&offsets);
    buf_free(&docs);
    return 0;
}

/* ---- datatrove: ids, ends of documents, a byte a token, three lines */

/* 1234567 is "1.23 MT". */
static void put_metric(struct buf *out, uint64_t n)
{
    int power = n ? (int)floor(log10((double)n)) : 0;
    const char *unit = &"\0kMGTPE"[power / 3];
    buf_printf(out, "%.*f ", 2 - power % 3, (double)n / pow(10, power / 3 * 3));
    if (*unit)
        buf_char(out, *unit);
    buf_char(out, 'T');
}

int export_datatrove(const struct shard *s, struct export_file *f,
                     struct err *e)
{
    struct export_doc d;
    uint64_t n = 0;
    (void)e;
    for (size_t at = 0; export_doc_next(s, &at, &d);) {
        export_ids(&f[0].bytes, &d, id_width(s));
        for (size_t i = 0; i < d.n; i++)
            buf_char(&f[2].bytes, export_learnt(d.kinds[i]));
        n += d.n;
        export_int(&f[1].bytes, n, 8);
    }
    buf_printf(&f[3].bytes, "%016llx|%zu\n%llu\n",
               (unsigned long long)s->tokenizer, id_width(s),
               (unsigned long long)n);
    put_metric(&f[3].bytes, n);
    return 0;
}

/* ---- llm.c: 256 int32 of header, ids */

int export_llmc(const struct shard *s, struct export_file *f, struct err *e)
{
    struct export_doc d;
    struct buf *out = &f->bytes;
    bool small = id_width(s) == 2;
    (void)e;
    for (int i = 0; i < 256; i++)
        export_int(out, 0, 4);
    for (size_t at = 0; export_doc_next(s, &at, &d);)
        export_ids(out, &d, id_width(s));
    const int32_t head[3] = {small ? 20240520 : 20240801, small ? 1 : 7,
                             (int32_t)((out->n - 1024) / id_width(s))};
    memcpy(out->p, head, sizeof head);
    return 0;
}

/* ---- NumPy: the tensors of the shard as they are */

static void put_npy(struct buf *out, const char *type, const char *shape,
                    struct str data)
{
    char head[128];
    int n = snprintf(head, sizeof head,
                     "{'descr': '%s', 'fortran_order': False, 'shape': %s, }",
                     type, shape);
    buf_add(out, "\x93NUMPY\1\0", 8);
    export_int(out, 128 - 10, 2);
    buf_add(out, head, (size_t)n);
    while (out->n % 128 != 127)
        buf_char(out, ' ');
    buf_char(out, '\n');
    buf_str(out, data);
}

int export_npy(const struct shard *s, struct export_file *f, struct err *e)
{
    char shape[64], bounds[64];
    size_t cells = s->rows * s->length;
    (void)e;
    snprintf(shape, sizeof shape, "(%zu, %zu)", s->rows, s->length);
    snprintf(bounds, sizeof bounds, "(%zu,)", s->n_cu);
    put_npy(&f[0].bytes, "<i4", shape,
            (struct str){(const char *)s->ids, cells * sizeof *s->ids});
    put_npy(&f[1].bytes, "|u1", shape,
            (struct str){(const char *)s->kinds, cells});
    put_npy(&f[2].bytes, "<i4", bounds,
            (struct str){(const char *)s->cu, s->n_cu * sizeof *s->cu});
    return 0;
}

/* The table of formats, and what the layouts share. */
#include "export_impl.h"

/* Names have a place for the number of the part. */
static const struct {
    bool mask, streams;
    int (*put)(const struct shard *s, struct export_file *f, struct err *e);
    const char *names[EXPORT_FILES];
} formats[] = {
    [EXPORT_SHARD] = {true, true, NULL, {"%05llu.shard"}},
    [EXPORT_AXOLOTL] = {true, true, export_axolotl, {"%05llu.jsonl"}},
    [EXPORT_TRL] = {true, true, export_trl, {"%05llu.jsonl"}},
    [EXPORT_OLMO] = {true,
                     false,
                     export_olmo,
                     {"token_ids_part_%04llu.npy",
                      "labels_mask_part_%04llu.npy",
                      "token_ids_part_%04llu.csv.gz"}},
    [EXPORT_MEGATRON] = {false,
                         false,
                         export_megatron,
                         {"%05llu.bin", "%05llu.idx"}},
    [EXPORT_MDS] = {true, false, export_mds, {"shard.%05llu.mds"}},
    [EXPORT_DATATROVE] = {true,
                          false,
                          export_datatrove,
                          {"%05llu.ds", "%05llu.ds.index", "%05llu.ds.loss",
                           "%05llu.ds.metadata"}},
    [EXPORT_LLMC] = {false, false, export_llmc, {"%05llu.bin"}},
    [EXPORT_NPY] = {true,
                    false,
                    export_npy,
                    {"%05llu.input_ids.npy", "%05llu.kinds.npy",
                     "%05llu.cu_seqlens.npy"}},
};

void export_format_name(enum export_format format, struct buf *out)
{
    const char *name = EXPORT_FORMATS;
    for (int i = 0; i < (int)format; i++)
        name = strchr(name, '|') + 1;
    out->n = 0;
    buf_add(out, name, strcspn(name, "|"));
    buf_char(out, 0);
}

bool export_has_mask(enum export_format format)
{
    return formats[format].mask;
}

bool export_streams(enum export_format format)
{
    return formats[format].streams;
}

bool export_name(enum export_format format, int i, uint64_t n, struct buf *out)
{
    const char *name = i < EXPORT_FILES ? formats[format].names[i] : NULL;
    if (!name)
        return false;
    buf_printf(out, name, (unsigned long long)n);
    buf_char(out, 0);
    return true;
}

int export_put(enum export_format format, const struct shard *s, uint64_t n,
               const struct shard_zip *zip,
               struct export_file files[EXPORT_FILES], struct err *e)
{
    int count = 0;
    for (; count < EXPORT_FILES; count++) {
        files[count].name.n = files[count].bytes.n = 0;
        if (!export_name(format, count, n, &files[count].name))
            break;
    }
    int r = formats[format].put ? formats[format].put(s, files, e)
                                : shard_put_as(&files[0].bytes, s, zip, e);
    return r < 0 ? -1 : count;
}

void export_free(struct export_file files[EXPORT_FILES])
{
    for (int i = 0; i < EXPORT_FILES; i++) {
        buf_free(&files[i].name);
        buf_free(&files[i].bytes);
    }
}

bool export_doc_next(const struct shard *s, size_t *at, struct export_doc *d)
{
    while (*at + 1 < s->n_cu && shard_is_pad(s, *at))
        ++*at;
    if (*at + 1 >= s->n_cu)
        return false;
    size_t from = (size_t)s->cu[*at], to = (size_t)s->cu[*at + 1];
    *d = (struct export_doc){to - from, s->ids + from, s->kinds + from};
    ++*at;
    return true;
}

void export_int(struct buf *out, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_char(out, (char)(v >> 8 * i & 255));
}

void export_ids(struct buf *out, const struct export_doc *d, size_t width)
{
    buf_reserve(out, d->n * width);
    for (size_t i = 0; i < d->n; i++)
        for (size_t b = 0; b < width; b++)
            out->p[out->n++] = (char)((uint32_t)d->ids[i] >> 8 * b & 255);
}

/*
 * JSON rows for axolotl (a document each, which it packs itself) and TRL
 * (packed rows without their padding, with the lengths of the documents), and
 * MosaicML's MDS, whose samples are JSON too.
 */
#include "export_impl.h"

/* [1,1,0]: value of each token of d. */
enum field { ONES, LEARNT, LABELS };

static void put_field(struct buf *out, const char *name,
                      const struct export_doc *d, enum field what)
{
    json_put_key(out, name);
    buf_reserve(out, 12 * d->n + 2);
    buf_char(out, '[');
    for (size_t i = 0; i < d->n; i++) {
        bool learnt = export_learnt(d->kinds[i]);
        if (i)
            buf_char(out, ',');
        if (what == LABELS)
            buf_i64(out, learnt ? d->ids[i] : -100);
        else
            buf_char(out, what == ONES || learnt ? '1' : '0');
    }
    buf_char(out, ']');
}

static void put_ids(struct buf *out, const struct export_doc *d)
{
    json_put_key(out, "input_ids");
    json_put_i32s(out, d->ids, d->n);
}

int export_axolotl(const struct shard *s, struct export_file *f, struct err *e)
{
    struct export_doc d;
    (void)e;
    for (size_t at = 0; export_doc_next(s, &at, &d);) {
        buf_char(&f->bytes, '{');
        put_ids(&f->bytes, &d);
        put_field(&f->bytes, "attention_mask", &d, ONES);
        put_field(&f->bytes, "labels", &d, LABELS);
        buf_cstr(&f->bytes, "}\n");
    }
    return 0;
}

/* Stretches at to end of s as a row. */
static void put_row(struct buf *out, const struct shard *s, size_t at,
                    size_t end)
{
    size_t stop = end - shard_is_pad(s, end - 1);
    size_t from = (size_t)s->cu[at], to = (size_t)s->cu[stop];
    struct export_doc d = {to - from, s->ids + from, s->kinds + from};
    buf_char(out, '{');
    put_ids(out, &d);
    put_field(out, "labels", &d, LABELS);
    put_field(out, "assistant_masks", &d, LEARNT);
    json_put_key(out, "seq_lengths");
    for (size_t i = at; i < stop; i++) {
        buf_char(out, i > at ? ',' : '[');
        buf_i64(out, s->cu[i + 1] - s->cu[i]);
    }
    buf_cstr(out, "]}\n");
}

int export_trl(const struct shard *s, struct export_file *f, struct err *e)
{
    (void)e;
    for (size_t at = 0, end; at + 1 < s->n_cu; at = end) {
        for (end = at + 1; (size_t)s->cu[end] % s->length != 0;)
            end++;
        put_row(&f->bytes, s, at, end);
    }
    return 0;
}

/* ---- MDS: u32 n, u32 offsets [n+1], the configuration, the samples */

static void mds_config(struct buf *out)
{
    buf_cstr(out, "{\"column_encodings\": [\"json\"], "
                  "\"column_names\": [\"turns\"], \"column_sizes\": [null], "
                  "\"compression\": null, \"format\": \"mds\", "
                  "\"hashes\": [\"sha256\"], \"size_limit\": null, "
                  "\"version\": 2}");
}

/* A turn is what is given, then what is learnt. */
static void put_turns(struct buf *out, const struct export_doc *d)
{
    buf_char(out, '[');
    for (size_t at = 0; at < d->n;) {
        size_t mid = at, end;
        while (mid < d->n && !export_learnt(d->kinds[mid]))
            mid++;
        for (end = mid; end < d->n && export_learnt(d->kinds[end]);)
            end++;
        buf_cstr(out, at ? ",{" : "{");
        json_put_key(out, "input_ids");
        json_put_i32s(out, d->ids + at, mid - at);
        json_put_key(out, "labels");
        json_put_i32s(out, d->ids + mid, end - mid);
        buf_char(out, '}');
        at = end;
    }
    buf_char(out, ']');
}

int export_mds(const struct shard *s, struct export_file *f, struct err *e)
{
    struct buf config = {0}, samples = {0};
    struct size_vec ends = {0};
    struct export_doc d;
    mds_config(&config);
    for (size_t at = 0; export_doc_next(s, &at, &d);) {
        size_t size = samples.n;
        export_int(&samples, 0, 4);
        put_turns(&samples, &d);
        uint32_t n = (uint32_t)(samples.n - size - 4);
        memcpy(samples.p + size, &n, 4);
        vec_push(&ends, samples.n);
    }
    size_t first = 4 + 4 * (ends.n + 1) + config.n;
    int r = 0;
    if (first + samples.n > UINT32_MAX)
        r = err_set(e, STATUS_DATA,
                    "an MDS shard of %zu bytes is over the "
                    "limit of 4 GiB; see --shard-size",
                    first + samples.n);
    export_int(&f->bytes, ends.n, 4);
    export_int(&f->bytes, first, 4);
    for (size_t i = 0; i < ends.n; i++)
        export_int(&f->bytes, first + ends.v[i], 4);
    buf_str(&f->bytes, buf_view(&config));
    buf_str(&f->bytes, buf_view(&samples));
    buf_free(&config);
    buf_free(&samples);
    vec_free(&ends);
    return r;
}

void export_mds_index(struct buf *out, const struct export_part *parts,
                      size_t n)
{
    struct buf config = {0};
    mds_config(&config);
    buf_cstr(out, "{\"version\": 2, \"shards\": [");
    for (size_t i = 0; i < n; i++) {
        buf_cstr(out, i ? ",\n" : "\n");
        buf_str(out, str_sub(buf_view(&config), 0, config.n - 1));
        buf_cstr(out, ", \"raw_data\": {\"basename\": ");
        json_put_string(out, parts[i].name);
        buf_printf(out,
                   ", \"bytes\": %llu, \"hashes\": {\"sha256\": \"%s\"}}, "
                   "\"samples\": %llu, \"zip_data\": null}",
                   (unsigned long long)parts[i].bytes, parts[i].sha256,
                   (unsigned long long)parts[i].samples);
    }
    buf_cstr(out, "\n]}\n");
    buf_free(&config);
}

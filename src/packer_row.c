/* Documents into a row, rows into shards. */
#include "packer_impl.h"

#include "record.h"

void pack_row_free(struct pack_row *row)
{
    mem_free(row->ids);
    mem_free(row->kinds);
    vec_free(&row->ends);
    buf_free(&row->names);
    vec_free(&row->weights);
}

void pack_row_add(struct pack_row *row, const struct pack_doc *doc,
                  size_t length)
{
    if (!row->ids) {
        row->ids = mem_zero(length, sizeof *row->ids);
        row->kinds = mem_zero(length, 1);
    }
    memcpy(row->ids + row->used, doc->ids, doc->n * sizeof *row->ids);
    memcpy(row->kinds + row->used, doc->kinds, doc->n);
    row->used += doc->n;
    vec_push(&row->ends, row->used);
    buf_str(&row->names, doc->name);
    buf_char(&row->names, '\n');
    vec_push(&row->weights, doc->weight);
    row->weighted = row->weighted || doc->weight != 1;
}

void pack_out_free(struct pack_out *out)
{
    vec_free(&out->ids);
    vec_free(&out->kinds);
    vec_free(&out->cu);
    buf_free(&out->names);
    vec_free(&out->weights);
}

int pack_out_flush(struct pack_out *out, struct err *e)
{
    struct shard *s = &out->shard;
    if (s->rows == 0)
        return 0;
    s->length = out->length;
    s->ids = out->ids.v;
    s->kinds = out->kinds.v;
    s->cu = out->cu.v;
    s->n_cu = out->cu.n;
    s->doc_ids = out->names;
    s->weights = out->weighted ? out->weights.v : NULL;
    int r = out->emit(out->ctx, s, e);
    s->rows = s->docs = 0;
    out->ids.n = out->kinds.n = out->cu.n = out->names.n = out->weights.n = 0;
    out->weighted = false;
    return r;
}

/* Bytes of tensors that all rows take with this one. */
static size_t tensor_bytes(const struct pack_out *out,
                           const struct pack_row *row)
{
    size_t bounds = out->cu.n + row->ends.n + 1;
    size_t n = (out->shard.rows + 1) * out->length * 5 +
               bounds * sizeof(int32_t) + out->names.n + row->names.n;
    if (out->weighted || row->weighted)
        n += (out->weights.n + row->weights.n) * sizeof(float);
    return n;
}

static void pad_row(const struct pack_out *out, struct pack_row *row)
{
    for (size_t i = row->used; i < out->length; i++) {
        row->ids[i] = out->shard.pad;
        row->kinds[i] = KIND_PAD;
    }
    if (row->used < out->length)
        vec_push(&row->ends, out->length);
}

int pack_out_row(struct pack_out *out, struct pack_row *row, struct err *e)
{
    struct shard *s = &out->shard;
    size_t length = out->length, docs = row->ends.n;
    pad_row(out, row);
    if (tensor_bytes(out, row) > out->shard_bytes && pack_out_flush(out, e) < 0)
        return -1;
    if (s->rows == 0)
        vec_push(&out->cu, 0);
    int32_t base = (int32_t)(s->rows * length);
    for (size_t i = 0; i < row->ends.n; i++)
        vec_push(&out->cu, base + (int32_t)row->ends.v[i]);
    vec_reserve(&out->ids, length);
    memcpy(out->ids.v + out->ids.n, row->ids, length * sizeof *row->ids);
    out->ids.n += length;
    vec_reserve(&out->kinds, length);
    memcpy(out->kinds.v + out->kinds.n, row->kinds, length);
    out->kinds.n += length;
    buf_str(&out->names, buf_view(&row->names));
    for (size_t i = 0; i < row->weights.n; i++)
        vec_push(&out->weights, row->weights.v[i]);
    out->weighted = out->weighted || row->weighted;
    row->weighted = false;
    s->rows++;
    s->docs += docs;
    out->rows++;
    row->used = row->ends.n = row->names.n = row->weights.n = 0;
    return 0;
}

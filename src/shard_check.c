/*
 * What may stand in a shard's tensors.  A user of struct shard indexes by the
 * numbers in it, so each is looked at once, here.
 */
#include "shard.h"

#include <math.h>

#include "record.h"

static int check_bounds(const struct shard *s, struct err *e)
{
    size_t cells = s->rows * s->length, n = s->n_cu;
    if (n == 0 || s->cu[0] != 0 || (size_t)s->cu[n - 1] != cells)
        return err_set(e, STATUS_DATA, "cu_seqlens does not go from 0 to %zu",
                       cells);
    for (size_t i = 1; i < n; i++) {
        int32_t from = s->cu[i - 1], to = s->cu[i];
        if (to <= from)
            return err_set(e, STATUS_DATA, "cu_seqlens[%zu]: %d after %d", i,
                           to, from);
        if ((size_t)from / s->length != (size_t)(to - 1) / s->length)
            return err_set(e, STATUS_DATA,
                           "cu_seqlens[%zu]: %d to %d is in two rows", i, from,
                           to);
    }
    return 0;
}

static int check_cells(const struct shard *s, struct err *e)
{
    size_t docs = 0;
    for (size_t i = 0; i + 1 < s->n_cu; i++) {
        bool pad = shard_is_pad(s, i);
        docs += !pad;
        for (size_t c = (size_t)s->cu[i]; c < (size_t)s->cu[i + 1]; c++) {
            size_t row = c / s->length, col = c % s->length;
            if (s->kinds[c] >= KIND_COUNT)
                return err_set(e, STATUS_DATA, "kinds[%zu,%zu]: no kind %d",
                               row, col, s->kinds[c]);
            if ((s->kinds[c] == KIND_PAD) != pad)
                return err_set(e, STATUS_DATA,
                               "kinds[%zu,%zu]: padding inside a document", row,
                               col);
            if (s->ids[c] < 0 || s->ids[c] >= s->vocab ||
                (pad && s->ids[c] != s->pad))
                return err_set(e, STATUS_DATA,
                               "input_ids[%zu,%zu]: %d, vocabulary %d, pad %d",
                               row, col, s->ids[c], s->vocab, s->pad);
        }
    }
    if (docs != s->docs)
        return err_set(e, STATUS_DATA, "%zu documents, the metadata says %zu",
                       docs, s->docs);
    return 0;
}

/* One JSON string or number a line, a line a document. */
static int check_names(const struct shard *s, struct err *e)
{
    struct str all = buf_view(&s->doc_ids);
    if (all.n == 0)
        return 0;
    struct json_parser *p = json_parser_new();
    size_t line = 0, at = 0;
    int r = 0;
    while (r == 0 && at < all.n) {
        size_t end = str_find(all, STR("\n"), at);
        const struct json *v;
        if (end == all.n || json_parse(p, str_sub(all, at, end), &v, e) < 0 ||
            (v->type != JSON_STRING && v->type != JSON_NUMBER))
            r = err_set(e, STATUS_DATA, "document_ids, line %zu: not an id",
                        line + 1);
        at = end + 1;
        line++;
    }
    json_parser_free(p);
    if (r == 0 && line != s->docs)
        r = err_set(e, STATUS_DATA, "%zu document_ids for %zu documents", line,
                    s->docs);
    return r;
}

static int check_weights(const struct shard *s, struct err *e)
{
    for (size_t i = 0; s->weights && i < s->docs; i++)
        if (!(fabsf(s->weights[i]) <= WEIGHT_MAX))
            return err_set(e, STATUS_DATA, "document_weights[%zu]: %g", i,
                           (double)s->weights[i]);
    return 0;
}

int shard_check(const struct shard *s, struct err *e)
{
    if (check_bounds(s, e) < 0 || check_cells(s, e) < 0 ||
        check_weights(s, e) < 0)
        return -1;
    return check_names(s, e);
}

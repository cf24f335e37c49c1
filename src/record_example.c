/* Segments, kinds and tokens of a record. */
#include "record.h"

#include <math.h>

const char *const kind_names[KIND_COUNT] = {
    "pad", "prompt", "context", "wrong", "mark", "reason", "right",
};
const float kind_weights[KIND_COUNT] = {0, 0, 1, 0, 1, 1, 1};

int kind_of(struct str name)
{
    for (int k = 0; k < KIND_COUNT; k++)
        if (str_eq(name, str_of(kind_names[k])))
            return k;
    return -1;
}

/* A foreign row (axolotl's) has no kind: then the label tells. */
static bool read_segment(const struct json *v, struct arena *a,
                         struct segment *s)
{
    const struct json *label = json_get(v, "label");
    const struct json *text = json_get(v, "text");
    const struct json *kind = json_get(v, "kind");
    if (!label || !json_bool(label, &s->label) || !text ||
        text->type != JSON_STRING)
        return false;
    s->text = json_string(text, a);
    s->kind = s->label ? KIND_CONTEXT : KIND_PROMPT;
    const struct json *special = json_get(v, "special");
    s->special = false;
    if (special && !json_bool(special, &s->special))
        return false;
    if (!kind)
        return true;
    int code = kind->type == JSON_STRING ? kind_of(json_string(kind, a)) : -1;
    if (code < 0)
        return false;
    s->kind = (enum kind)code;
    return true;
}

int record_segments(const struct record *r, struct arena *a,
                    struct segment_vec *out, struct err *e)
{
    out->n = 0;
    const struct json *list = json_get(r->root, "segments");
    if (!list || list->type != JSON_ARRAY)
        return record_refuse(r, e, "no list of segments in the record");
    for (const struct json *v = json_begin(list); v < json_end(list);
         v = json_next(v)) {
        struct segment s;
        if (!read_segment(v, a, &s))
            return record_refuse_at(r, v, e,
                                    "segments[%zu] needs a label, a text and "
                                    "a kind that is known",
                                    out->n);
        vec_push(out, s);
    }
    return 0;
}

bool record_is_chat(const struct segment_vec *segments)
{
    for (size_t i = 0; i < segments->n; i++)
        if (segments->v[i].special)
            return true;
    return false;
}

void record_put_segments(struct buf *out, const struct segment_vec *segments)
{
    static const struct str open[] = {
        STR("{\"label\":false,\"text\":"),
        STR("{\"label\":true,\"text\":"),
    };
    static const struct str close[KIND_COUNT] = {
        [KIND_PAD] = STR(",\"kind\":\"pad\""),
        [KIND_PROMPT] = STR(",\"kind\":\"prompt\""),
        [KIND_CONTEXT] = STR(",\"kind\":\"context\""),
        [KIND_WRONG] = STR(",\"kind\":\"wrong\""),
        [KIND_MARK] = STR(",\"kind\":\"mark\""),
        [KIND_REASON] = STR(",\"kind\":\"reason\""),
        [KIND_RIGHT] = STR(",\"kind\":\"right\""),
    };
    bool chat = record_is_chat(segments);
    json_put_key(out, "segments");
    buf_char(out, '[');
    for (size_t i = 0; i < segments->n; i++) {
        const struct segment *s = &segments->v[i];
        if (i)
            buf_char(out, ',');
        buf_str(out, open[s->label]);
        json_put_string(out, s->text);
        buf_str(out, close[s->kind]);
        if (chat)
            buf_cstr(out,
                     s->special ? ",\"special\":true" : ",\"special\":false");
        buf_char(out, '}');
    }
    buf_char(out, ']');
}

/* ---- classes of errors */

static bool read_stretch(const struct json *list, struct arena *a,
                         struct error_classes *out)
{
    if (list->type != JSON_ARRAY)
        return false;
    for (const struct json *v = json_begin(list); v < json_end(list);
         v = json_next(v)) {
        if (v->type != JSON_STRING)
            return false;
        vec_push(&out->names, json_string(v, a));
    }
    vec_push(&out->ends, out->names.n);
    return true;
}

bool record_error_classes(const struct record *r, struct arena *a,
                          struct error_classes *out)
{
    const struct json *list = json_get(r->root, "error_classes");
    bool good = list && list->type == JSON_ARRAY;
    out->names.n = out->ends.n = 0;
    for (const struct json *v = good ? json_begin(list) : NULL;
         good && v < json_end(list); v = json_next(v))
        good = read_stretch(v, a, out);
    if (!good)
        out->names.n = out->ends.n = 0;
    return good;
}

void record_put_error_classes(struct buf *out, const struct error_classes *c)
{
    json_put_key(out, "error_classes");
    buf_char(out, '[');
    for (size_t i = 0, k = 0; i < c->ends.n; i++) {
        buf_cstr(out, i ? ",[" : "[");
        for (size_t first = k; k < c->ends.v[i]; k++) {
            buf_cstr(out, k > first ? "," : "");
            json_put_string(out, c->names.v[k]);
        }
        buf_char(out, ']');
    }
    buf_char(out, ']');
}

void classes_free(struct error_classes *c)
{
    vec_free(&c->names);
    vec_free(&c->ends);
}

/* ---- tokens */

/* Appends one [code,run]. */
static bool read_run(const struct json *pair, struct tokens *t)
{
    int64_t code, run;
    if (pair->type != JSON_ARRAY || json_count(pair) != 2 ||
        !json_i64(json_begin(pair), &code) ||
        !json_i64(json_begin(pair) + 1, &run))
        return false;
    size_t left = t->ids.n - t->kinds.n;
    if (code < 0 || code >= KIND_COUNT || run < 1 || (uint64_t)run > left)
        return false;
    vec_reserve(&t->kinds, (size_t)run);
    memset(t->kinds.v + t->kinds.n, (int)code, (size_t)run);
    t->kinds.n += (size_t)run;
    return true;
}

static int read_kinds(const struct record *r, struct tokens *t, struct err *e)
{
    const struct json *runs = json_get(r->root, "kinds");
    if (!runs || runs->type != JSON_ARRAY)
        return record_refuse(r, e, "no list of kinds in the record");
    size_t n = 0;
    for (const struct json *v = json_begin(runs); v < json_end(runs);
         v = json_next(v), n++)
        if (!read_run(v, t))
            return record_refuse_at(r, v, e,
                                    "kinds[%zu] is no [code,run] that fits "
                                    "input_ids",
                                    n);
    if (t->kinds.n != t->ids.n)
        return record_refuse_at(r, runs, e, "kinds cover %zu of %zu input_ids",
                                t->kinds.n, t->ids.n);
    return 0;
}

static int read_tokenizer(const struct record *r, struct tokens *t,
                          struct err *e)
{
    const struct json *v = json_get(r->root, "tokenizer");
    if (!v)
        return 0;
    const struct json *hash = json_get(v, "hash");
    const struct json *vocab = json_get(v, "vocab_size");
    const struct json *pad = json_get(v, "pad_id");
    int64_t id;
    if (!hash || !json_hash(hash, &t->hash) || !vocab ||
        !json_i64(vocab, &t->vocab) || t->vocab < 1 || t->vocab > INT32_MAX ||
        !pad || !json_i64(pad, &id) || id < -1 || id >= t->vocab)
        return record_refuse_at(r, v, e,
                                "tokenizer needs hash, vocab_size and pad_id");
    t->pad = (int32_t)id;
    return 0;
}

static int read_weight(const struct record *r, struct tokens *t, struct err *e)
{
    const struct json *v = json_get(r->root, "weight");
    double w;
    if (!v)
        return 0;
    if (!json_f64(v, &w) || !(fabs(w) <= (double)WEIGHT_MAX))
        return record_refuse_at(r, v, e,
                                "weight is not a number from -1e6 to 1e6");
    t->weight = (float)w;
    return 0;
}

int record_tokens(const struct record *r, struct tokens *t, struct err *e)
{
    t->ids.n = t->kinds.n = 0;
    t->hash = 0;
    t->vocab = 0;
    t->pad = -1;
    t->weight = 1;
    const struct json *ids = json_get(r->root, "input_ids");
    if (!ids || !json_i32s(ids, &t->ids))
        return record_refuse(r, e, "no list of input_ids in the record");
    if (read_kinds(r, t, e) < 0 || read_weight(r, t, e) < 0)
        return -1;
    return read_tokenizer(r, t, e);
}

static bool same8(const uint8_t *p, uint8_t byte)
{
    uint64_t w;
    memcpy(&w, p, 8);
    return w == byte * 0x0101010101010101u;
}

void record_put_tokens(struct buf *out, const struct tokens *t)
{
    json_put_key(out, "input_ids");
    if (t->texts)
        json_put_small(out, t->ids.v, t->ids.n, t->texts);
    else
        json_put_i32s(out, t->ids.v, t->ids.n);
    json_put_key(out, "kinds");
    buf_char(out, '[');
    for (size_t i = 0; i < t->kinds.n;) {
        size_t to = i;
        while (t->kinds.n - to >= 8 && same8(t->kinds.v + to, t->kinds.v[i]))
            to += 8;
        while (to < t->kinds.n && t->kinds.v[to] == t->kinds.v[i])
            to++;
        buf_cstr(out, i ? ",[" : "[");
        buf_u64(out, t->kinds.v[i]);
        buf_char(out, ',');
        buf_u64(out, to - i);
        buf_char(out, ']');
        i = to;
    }
    buf_char(out, ']');
    if (t->vocab == 0)
        return;
    json_put_key(out, "tokenizer");
    buf_printf(out, "{\"hash\":\"%016llx\",\"vocab_size\":%lld,\"pad_id\":%d}",
               (unsigned long long)t->hash, (long long)t->vocab, (int)t->pad);
}

/* What a shard says of itself: the strings of its __metadata__. */
#include "shard_impl.h"

#include <stdio.h>

/* ---- writing */

static void meta_text(struct shard_meta *m, const char *key, const char *text)
{
    size_t n = strlen(text);
    m->v[m->n++] = (struct st_pair){key, {arena_copy(&m->arena, text, n), n}};
}

static void meta_number(struct shard_meta *m, const char *key, uint64_t v)
{
    struct buf b = {0};
    buf_u64(&b, v);
    buf_char(&b, 0);
    meta_text(m, key, b.p);
    buf_free(&b);
}

/* count has a place for any byte: kinds may not have been checked yet. */
static void count_kinds(const struct shard *s, uint64_t count[256])
{
    memset(count, 0, 256 * sizeof *count);
    for (size_t i = 0; i < s->rows * s->length; i++)
        count[s->kinds[i]]++;
}

void shard_meta_fill(struct shard_meta *m, const struct shard *s)
{
    uint64_t count[256];
    count_kinds(s, count);
    struct buf b = {0};
    buf_printf(&b, "%016llx%c", (unsigned long long)s->tokenizer, 0);
    meta_text(m, "format", "insec-shard");
    meta_text(m, "version", SHARD_FORMAT);
    meta_text(m, "tokenizer", b.p);
    meta_number(m, "vocab_size", (uint64_t)s->vocab);
    meta_number(m, "pad_id", (uint64_t)s->pad);
    meta_number(m, "rows", s->rows);
    meta_number(m, "length", s->length);
    meta_number(m, "documents", s->docs);
    for (int k = 0; k < KIND_COUNT; k++) {
        b.n = 0;
        buf_printf(&b, "tokens_%s", kind_names[k]);
        meta_number(m, arena_copy(&m->arena, b.p, b.n), count[k]);
    }
    buf_free(&b);
}

/* ---- reading */

/* A decimal number of the metadata. */
static int meta_get(const struct st_file *f, const char *key, size_t max,
                    size_t *out, struct err *e)
{
    const char *text = st_meta(f, key);
    size_t v = 0;
    for (const char *p = text; p && *p; p++) {
        if (*p < '0' || *p > '9' || v > max)
            return err_set(e, STATUS_DATA, "metadata: bad %s", key);
        v = v * 10 + (size_t)(*p - '0');
    }
    if (!text || !*text || v > max)
        return err_set(e, STATUS_DATA, "metadata: %s %s", text ? "bad" : "no",
                       key);
    *out = v;
    return 0;
}

static int meta_hash(const struct st_file *f, uint64_t *out, struct err *e)
{
    const char *text = st_meta(f, "tokenizer");
    uint64_t v = 0;
    if (!text || strspn(text, "0123456789abcdef") != 16 || text[16])
        return err_set(e, STATUS_DATA, "metadata: no tokenizer hash");
    for (const char *p = text; *p; p++)
        v = v << 4 | (uint64_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
    *out = v;
    return 0;
}

int shard_meta_take(const struct st_file *f, struct shard *s, struct err *e)
{
    const char *format = st_meta(f, "format"), *v = st_meta(f, "version");
    if (!format || strcmp(format, "insec-shard") != 0 || !v)
        return err_set(e, STATUS_DATA, "a safetensors file, but not a shard");
    if (strcmp(v, SHARD_FORMAT) != 0)
        return err_set(e, STATUS_DATA, "format version %.20s, not %s", v,
                       SHARD_FORMAT);
    size_t vocab = 0, pad = 0;
    if (meta_get(f, "vocab_size", INT32_MAX, &vocab, e) < 0 ||
        meta_get(f, "pad_id", INT32_MAX, &pad, e) < 0 ||
        meta_get(f, "rows", SHARD_MAX, &s->rows, e) < 0 ||
        meta_get(f, "length", SHARD_LENGTH, &s->length, e) < 0 ||
        meta_get(f, "documents", SHARD_MAX, &s->docs, e) < 0 ||
        meta_hash(f, &s->tokenizer, e) < 0)
        return -1;
    if (s->length == 0 || pad >= vocab)
        return err_set(e, STATUS_DATA,
                       "metadata: length %zu, pad id %zu of %zu", s->length,
                       pad, vocab);
    s->vocab = (int32_t)vocab;
    s->pad = (int32_t)pad;
    return 0;
}

int shard_meta_check(const struct st_file *f, const struct shard *s,
                     struct err *e)
{
    uint64_t count[256];
    count_kinds(s, count);
    for (int k = 0; k < KIND_COUNT; k++) {
        char key[32];
        size_t n = 0;
        snprintf(key, sizeof key, "tokens_%s", kind_names[k]);
        if (meta_get(f, key, SHARD_MAX, &n, e) < 0)
            return -1;
        if (n != count[k])
            return err_set(e, STATUS_DATA, "metadata: %s is %zu, not %llu", key,
                           n, (unsigned long long)count[k]);
    }
    return 0;
}

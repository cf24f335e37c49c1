/*
 * Documents of a shard as rows of tokens.  It trusts the shard: shard_next
 * has checked it.
 */
#include "unpacker.h"

#include <stdio.h>
#include <stdlib.h>

#include "record.h"
#include "rng.h"

struct unpacker {
    const struct shard *s;     /* borrows */
    const struct tokenizer *t; /* borrows; NULL: tokens, not text */
    struct size_vec at;   /* [docs]: the stretch of cu that is document i */
    struct size_vec name; /* [docs + 1]: where its id begins; empty where the
                             shard keeps none */
};

struct unpacker *unpacker_new(const struct shard *s, const struct tokenizer *t)
{
    struct unpacker *u = mem_zero(1, sizeof *u);
    u->s = s;
    u->t = t;
    for (size_t i = 0; i + 1 < s->n_cu; i++) {
        if (!shard_is_pad(s, i))
            vec_push(&u->at, i);
    }
    struct str names = buf_view(&s->doc_ids);
    for (size_t at = 0; at < names.n; at = str_find(names, STR("\n"), at) + 1)
        vec_push(&u->name, at);
    vec_push(&u->name, names.n);
    return u;
}

int unpacker_check(const struct shard *s, const struct tokenizer *t,
                   struct err *e)
{
    const struct tokenizer_info *info = tokenizer_info(t);
    if (s->tokenizer && s->tokenizer != info->hash)
        return err_set(e, STATUS_DATA,
                       "a shard is of tokenizer %016llx, not of %016llx; "
                       "see -t",
                       (unsigned long long)s->tokenizer,
                       (unsigned long long)info->hash);
    for (size_t i = 0; i < s->rows * s->length; i++) {
        if (s->kinds[i] != KIND_PAD && !tokenizer_has(t, s->ids[i]))
            return err_set(e, STATUS_DATA,
                           "id %d of a shard has no token; see -t", s->ids[i]);
    }
    return 0;
}

void unpacker_free(struct unpacker *u)
{
    if (!u)
        return;
    vec_free(&u->at);
    vec_free(&u->name);
    mem_free(u);
}

/* The id that was kept, or one made from the content. */
static void put_id(const struct unpacker *u, size_t doc, const struct tokens *t,
                   struct buf *out)
{
    json_put_key(out, "id");
    if (u->s->doc_ids.n > 0) {
        size_t from = u->name.v[doc], to = u->name.v[doc + 1] - 1;
        buf_str(out, str_sub(buf_view(&u->s->doc_ids), from, to));
        return;
    }
    uint64_t hash = rng_hash(0, t->ids.v, t->ids.n * sizeof *t->ids.v);
    buf_printf(out, "\"%016llx\"", (unsigned long long)hash);
}

/* As short as reads back the same. */
static void put_weight(float w, struct buf *out)
{
    char text[32];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)w);
        if (strtof(text, NULL) == w)
            break;
    }
    json_put_key(out, "weight");
    buf_cstr(out, text);
}

static void put_text(const struct unpacker *u, const struct tokens *t,
                     struct buf *out)
{
    struct buf bytes = {0}, text = {0};
    tokenizer_decode(u->t, t->ids.v, t->ids.n, true, &bytes);
    utf8_repair(&text, buf_view(&bytes));
    json_put_field(out, "text", buf_view(&text));
    buf_free(&bytes);
    buf_free(&text);
}

void unpacker_put(const struct unpacker *u, size_t from, size_t to,
                  struct buf *out)
{
    const struct shard *s = u->s;
    for (size_t doc = from; doc < to; doc++) {
        size_t at = u->at.v[doc];
        size_t begin = (size_t)s->cu[at];
        size_t n = (size_t)s->cu[at + 1] - begin;
        struct tokens t = {/* borrows from the shard */
                           .ids = {s->ids + begin, n, n},
                           .kinds = {s->kinds + begin, n, n},
                           .hash = s->tokenizer,
                           .vocab = s->vocab,
                           .pad = s->pad};
        buf_char(out, '{');
        put_id(u, doc, &t, out);
        if (s->weights)
            put_weight(s->weights[doc], out);
        if (u->t)
            put_text(u, &t, out);
        else
            record_put_tokens(out, &t);
        buf_cstr(out, "}\n");
    }
}

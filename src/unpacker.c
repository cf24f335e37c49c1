/*
 * Documents of a shard as rows of tokens.  It trusts the shard: shard_next
 * has checked it.
 */
#include "unpacker.h"

#include "record.h"
#include "rng.h"

struct unpacker {
    const struct shard *s; /* borrows */
    struct size_vec at;    /* [docs]: the stretch of cu that is document i */
    struct size_vec name;  /* [docs + 1]: where its id begins; empty where the
                              shard keeps none */
};

struct unpacker *unpacker_new(const struct shard *s)
{
    struct unpacker *u = mem_zero(1, sizeof *u);
    u->s = s;
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
        record_put_tokens(out, &t);
        buf_cstr(out, "}\n");
    }
}

/*
 * Pieces met before, and their ids.  The tables are bounded: what comes later
 * takes the place of what hashes alike.
 */
#include <endian.h>

#include "bpe_impl.h"
#include "rng.h"

#define START_BITS 14 /* grows by two */
#define LEAST_BITS 8
#define BATCH      64

void bpe_cache_start(struct bpe_work *w, size_t bytes)
{
    w->most = LEAST_BITS;
    while (w->most < 40 && sizeof *w->brief << (w->most + 1) <= bytes)
        w->most++;
    w->bits = w->most < START_BITS ? w->most : START_BITS;
    w->pool_bits = w->most + 1;
    w->tag_bits = w->most - 3;
    w->filled = 0;
    w->pooled = 1;
    w->brief = mem_huge(sizeof *w->brief << w->bits);
    w->tags = mem_huge(sizeof *w->tags << w->tag_bits);
    w->pool = mem_huge(sizeof *w->pool << w->pool_bits);
}

void bpe_cache_free(struct bpe_work *w)
{
    mem_huge_free(w->brief, sizeof *w->brief << w->bits);
    mem_huge_free(w->tags, sizeof *w->tags << w->tag_bits);
    mem_huge_free(w->pool, sizeof *w->pool << w->pool_bits);
}

static inline uint64_t hash_of(const uint64_t key[2])
{
    return key[0] * 0x9e3779b97f4a7c15u ^ key[1] * 0xc2b2ae3d27d4eb4fu;
}

/* The two places where a key stands first lie side by side. */
static inline struct short_word *place(const struct bpe_work *w,
                                       const uint64_t key[2])
{
    return &w->brief[hash_of(key) >> (64 - w->bits) & ~(uint64_t)1];
}

/* The first n <= SHORT_KEY bytes at p; room: bytes that may be read there. */
static inline void make_key(const char *p, size_t n, size_t room,
                            uint64_t key[2])
{
    static const uint8_t ones[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                     255, 255, 255, 255, 255, 255, 255, 255};
    if (LIKELY(room >= 16)) {
        uint64_t mask[2];
        memcpy(key, p, 16);
        memcpy(mask, ones + 16 - n, 16);
        key[0] &= mask[0];
        key[1] &= mask[1];
    } else {
        key[0] = key[1] = 0;
        memcpy(key, p, n);
    }
    key[1] |= htole64((uint64_t)n << 56);
}

static inline bool has(const struct short_word *s, const uint64_t key[2])
{
    return ((s->key[0] ^ key[0]) | (s->key[1] ^ key[1])) == 0;
}

/* The other two of the bucket of place s. */
static inline struct short_word *spare(const struct bpe_work *w,
                                       const struct short_word *s)
{
    return &w->brief[(size_t)(s - w->brief) ^ 2];
}

/* Where the key stands, or NULL.  Which of two places it is cannot be
 * foreseen, so that is no branch. */
static inline const struct short_word *lookup(const struct bpe_work *w,
                                              const struct short_word *at,
                                              const uint64_t key[2])
{
    const struct short_word *s = at + !has(at, key);
    if (LIKELY(has(s, key)))
        return s;
    s = spare(w, at);
    s += !has(s, key);
    return has(s, key) ? s : NULL;
}

/* The place for a new key: a free one, or else the last it would take. */
static struct short_word *free_place(struct bpe_work *w, const uint64_t key[2])
{
    struct short_word *s = place(w, key);
    struct short_word *all[] = {s, s + 1, spare(w, s), spare(w, s) + 1};
    for (size_t i = 0; i < COUNTOF(all); i++) {
        if (all[i]->key[1])
            continue;
        w->filled++;
        return all[i];
    }
    return all[3];
}

static void grow(struct bpe_work *w)
{
    size_t n = (size_t)1 << w->bits;
    struct short_word *old = w->brief;
    w->bits = w->bits + 2 < w->most ? w->bits + 2 : w->most;
    w->brief = mem_huge(sizeof *w->brief << w->bits);
    w->filled = 0;
    for (size_t i = 0; i < n; i++)
        if (old[i].key[1])
            *free_place(w, old[i].key) = old[i];
    mem_huge_free(old, sizeof *old * n);
}

/* Keeps what a short piece came to, or only that it has more ids. */
static void keep(struct bpe_work *w, struct str piece, const int32_t *ids,
                 size_t n)
{
    uint64_t key[2];
    make_key(piece.p, piece.n, piece.n, key);
    struct short_word *s = free_place(w, key);
    memcpy(s->key, key, sizeof s->key);
    s->ids[0] = 0;
    if (n > SHORT_IDS || ids[0] >= SHORT_ID)
        return;
    memcpy(s->ids, ids, n * sizeof *ids);
    s->ids[0] |= (int32_t)(n << 24);
}

/* SHORT_IDS ids are written, which are n; returns where the next one goes. */
static inline int32_t *give(const struct short_word *s, int n, int32_t *to)
{
    memcpy(to, s->ids, sizeof s->ids);
    to[0] &= SHORT_ID - 1;
    return to + n;
}

static inline struct long_tag *tag_row(const struct bpe_work *w, uint64_t hash)
{
    return &w->tags[hash >> (64 - w->tag_bits) & ~(uint64_t)(TAG_ROW - 1)];
}

/* Appends what is in the pool of this piece, or returns false. */
static bool give_long(const struct bpe_work *w, struct str piece, uint64_t hash,
                      struct i32_vec *ids)
{
    const struct long_tag *row = tag_row(w, hash);
    for (size_t k = 0; k < TAG_ROW; k++) {
        if (row[k].hash != (uint32_t)hash)
            continue;
        const int32_t *at = w->pool + row[k].at;
        size_t n = (size_t)at[0] >> 8;
        if (((size_t)at[0] & 255) != piece.n ||
            memcmp(at + 1 + n, piece.p, piece.n))
            continue;
        vec_reserve(ids, n);
        memcpy(ids->v + ids->n, at + 1, n * sizeof *at);
        ids->n += n;
        return true;
    }
    return false;
}

static void keep_long(struct bpe_work *w, struct str piece, uint64_t hash,
                      const int32_t *ids, size_t n)
{
    size_t size = 1 + n + (piece.n + 3) / 4;
    if (w->pooled + size > (size_t)1 << w->pool_bits) {
        memset(w->tags, 0, sizeof *w->tags << w->tag_bits);
        w->pooled = 1;
    }
    struct long_tag *row = tag_row(w, hash);
    size_t k = 0;
    while (k < TAG_ROW - 1 && row[k].at)
        k++;
    row[k] = (struct long_tag){(uint32_t)hash, (uint32_t)w->pooled};
    int32_t *to = w->pool + w->pooled;
    to[0] = (int32_t)(piece.n | n << 8);
    memcpy(to + 1, ids, n * sizeof *ids);
    memcpy(to + 1 + n, piece.p, piece.n);
    w->pooled += size;
}

/* A piece of up to LONG_KEY bytes, in the pool or not. */
static int encode_long(const struct bpe *b, struct bpe_work *w,
                       struct str piece, struct i32_vec *ids, int *bad)
{
    uint64_t hash = rng_hash(0, piece.p, piece.n);
    size_t base = ids->n;
    if (give_long(w, piece, hash, ids))
        return 0;
    if (bpe_encode_piece(b, w, piece, ids, bad))
        return -1;
    if (ids->n - base <= LONG_IDS)
        keep_long(w, piece, hash, ids->v + base, ids->n - base);
    return 0;
}

/* A short piece met for the first time. */
static int encode_short(const struct bpe *b, struct bpe_work *w,
                        struct str piece, struct i32_vec *ids, int *bad)
{
    size_t base = ids->n;
    if (bpe_encode_piece(b, w, piece, ids, bad))
        return -1;
    keep(w, piece, ids->v + base, ids->n - base);
    return 0;
}

/* A piece that is not in the table of short ones. */
static int miss(const struct bpe *b, struct bpe_work *w, struct str piece,
                struct i32_vec *ids, int *bad)
{
    if (piece.n > BPE_PIECE_MAX)
        return -1;
    if (piece.n <= SHORT_KEY)
        return encode_short(b, w, piece, ids, bad);
    if (piece.n <= LONG_KEY)
        return encode_long(b, w, piece, ids, bad);
    return bpe_encode_piece(b, w, piece, ids, bad);
}

/* One batch: all places are fetched before the first is looked at. */
static int encode_batch(const struct bpe *b, struct bpe_work *w,
                        const struct bpe_pieces *p, struct i32_vec *ids,
                        int *bad)
{
    uint64_t keys[BATCH][2];
    const struct short_word *at[BATCH];
    size_t from = p->from;
    if (w->filled > (size_t)5 << (w->bits - 3) && w->bits < w->most)
        grow(w);
    for (size_t i = 0; i < p->n; from = p->ends[i++]) {
        size_t len = p->ends[i] - from;
        if (UNLIKELY(len > SHORT_KEY)) {
            struct str piece = {p->text.p + from, len};
            if (len <= LONG_KEY)
                __builtin_prefetch(tag_row(w, rng_hash(0, piece.p, len)));
            continue;
        }
        make_key(p->text.p + from, len, p->text.n - from, keys[i]);
        at[i] = place(w, keys[i]);
        __builtin_prefetch(at[i]);
    }
    from = p->from;
    vec_reserve(ids, p->n * SHORT_IDS);
    int32_t *to = ids->v + ids->n;
    for (size_t i = 0; i < p->n; from = p->ends[i++]) {
        struct str piece = {p->text.p + from, p->ends[i] - from};
        const struct short_word *s = NULL;
        if (LIKELY(piece.n <= SHORT_KEY))
            s = lookup(w, at[i], keys[i]);
        int n = s ? s->ids[0] >> 24 : 0;
        if (LIKELY(n)) {
            to = give(s, n, to);
            continue;
        }
        ids->n = (size_t)(to - ids->v);
        if (s ? encode_long(b, w, piece, ids, bad)
              : miss(b, w, piece, ids, bad))
            return -1;
        vec_reserve(ids, (p->n - i) * SHORT_IDS);
        to = ids->v + ids->n;
    }
    ids->n = (size_t)(to - ids->v);
    return 0;
}

int bpe_encode(const struct bpe *b, struct bpe_work *w, struct str piece,
               struct i32_vec *ids, int *bad)
{
    *bad = -1;
    if (piece.n == 0)
        return 0;
    struct bpe_pieces one = {piece, 0, &piece.n, 1};
    return encode_batch(b, w, &one, ids, bad);
}

int bpe_encode_run(const struct bpe *b, struct bpe_work *w,
                   const struct bpe_pieces *p, struct i32_vec *ids, int *bad)
{
    struct bpe_pieces batch = {p->text, p->from, p->ends, 0};
    *bad = -1;
    for (size_t left = p->n; left; left -= batch.n) {
        batch.n = size_min(BATCH, left);
        if (encode_batch(b, w, &batch, ids, bad))
            return -1;
        batch.ends += batch.n;
        batch.from = batch.ends[-1];
    }
    return 0;
}

/*
 * Ways to the same ids: the naive loop (the specification), a scan over kept
 * ranks for short pieces; bpe_long.c has those for long ones.
 */
#include "bpe_impl.h"

#define SHORT_MAX 40   /* bytes; up to here the scan is faster */
#define WINDOWED  1024 /* from there on, windows are */
#define WINDOW    512

/* Printable Latin-1 characters stand for themselves; the other 68 bytes are
 * numbered from U+0100 on. */
static bool names_itself(uint32_t c)
{
    return (c >= 0x21 && c <= 0x7e) || (c >= 0xa1 && c <= 0xac) ||
           (c >= 0xae && c <= 0xff);
}

uint32_t bpe_byte_char(uint8_t byte)
{
    if (names_itself(byte))
        return byte;
    if (byte <= 0x20)
        return 0x100u + byte;
    if (byte <= 0xa0) /* 7f..a0 follow 00..20 */
        return 0x100u + 33u + (byte - 0x7fu);
    return 0x100u + 67u; /* ad */
}

int bpe_char_byte(uint32_t cp)
{
    if (cp < 0x100)
        return names_itself(cp) ? (int)cp : -1;
    if (cp <= 0x120)
        return (int)(cp - 0x100);
    if (cp <= 0x142)
        return (int)(cp - 0x121 + 0x7f);
    return cp == 0x143 ? 0xad : -1;
}

void bpe_start(struct bpe *b, size_t n)
{
    for (size_t i = 0; i < 256; i++)
        b->bytes[i] = -1;
    b->cap = 16;
    while (b->cap < n + n / 4)
        b->cap *= 2;
    b->ordered = true;
    b->maybe = mem_zero(b->cap, 1);
    b->slots = mem_huge(b->cap * sizeof *b->slots);
    for (size_t i = 0; i < b->cap; i++)
        b->slots[i].left = -1;
}

/* Notes that a merge has this id for a part. */
static void use(struct bpe *b, int32_t id)
{
    while (b->used.n <= (size_t)id)
        vec_push(&b->used, false);
    b->used.v[id] = true;
}

void bpe_add(struct bpe *b, int32_t left, int32_t right, int32_t made)
{
    size_t bit = bpe_hash(left, right) & (8 * b->cap - 1);
    b->maybe[bit >> 3] |= (uint8_t)(1u << (bit & 7));
    use(b, left);
    use(b, right);
    b->ordered &= (size_t)made >= b->used.n || !b->used.v[made];
    *bpe_slot(b, left, right) =
        (struct bpe_merge){left, right, {b->merges++, made}};
}

void bpe_hint(const struct bpe *b, int32_t left, int32_t right)
{
    __builtin_prefetch(&b->slots[bpe_hash(left, right) & (b->cap - 1)], 1);
}

void bpe_free(struct bpe *b)
{
    mem_huge_free(b->slots, b->cap * sizeof *b->slots);
    mem_free(b->maybe);
    mem_free(b->first);
    vec_free(&b->used);
    bpe_free_chars(b);
    bytemap_free(&b->words);
    *b = (struct bpe){0};
}

struct bpe_work *bpe_work_new(void)
{
    struct bpe_work *w = mem_zero(1, sizeof *w);
    w->length = WINDOW;
    bpe_cache_start(w, BPE_CACHE);
    return w;
}

void bpe_work_cache(struct bpe_work *w, size_t bytes)
{
    bpe_cache_free(w);
    bpe_cache_start(w, bytes);
}

void bpe_work_window(struct bpe_work *w, size_t bytes)
{
    w->length = bytes;
}

void bpe_work_free(struct bpe_work *w)
{
    if (!w)
        return;
    bpe_cache_free(w);
    vec_free(&w->symbols);
    vec_free(&w->heap);
    vec_free(&w->window);
    vec_free(&w->ranks);
    vec_free(&w->sizes);
    vec_free(&w->spans);
    mem_free(w);
}

void bpe_finish(struct bpe *b)
{
    vec_free(&b->used);
    if (b->chars)
        return;
    b->first = mem_alloc(65536 * sizeof *b->first);
    for (size_t i = 0; i < 65536; i++) {
        int32_t left = b->bytes[i >> 8], right = b->bytes[i & 255];
        b->first[i] = left < 0 || right < 0 ? (struct bpe_pair){NO_RANK, -1}
                                            : bpe_pair(b, left, right);
    }
}

int bpe_put_symbols(const struct bpe *b, struct str piece, struct i32_vec *ids,
                    int *bad)
{
    if (b->chars)
        return (*bad = bpe_put_chars(b, piece, ids)) < 0 ? 0 : -1;
    vec_reserve(ids, piece.n);
    for (size_t i = 0; i < piece.n; i++) {
        int32_t id = b->bytes[(uint8_t)piece.p[i]];
        if (id < 0) {
            *bad = (uint8_t)piece.p[i];
            ids->n -= i;
            return -1;
        }
        ids->v[ids->n++] = id;
    }
    return 0;
}

int bpe_encode_naive(const struct bpe *b, struct str piece, struct i32_vec *ids,
                     int *bad)
{
    size_t base = ids->n;
    int32_t whole = bytemap_get(&b->words, piece);
    if (whole >= 0) {
        vec_push(ids, whole);
        return 0;
    }
    if (bpe_put_symbols(b, piece, ids, bad))
        return -1;
    for (;;) {
        size_t at = 0;
        uint32_t best = NO_RANK;
        for (size_t i = base; i + 1 < ids->n; i++) {
            uint32_t rank = bpe_rank(b, ids->v[i], ids->v[i + 1]);
            if (rank < best) {
                best = rank;
                at = i;
            }
        }
        if (best == NO_RANK)
            return 0;
        ids->v[at] = bpe_slot(b, ids->v[at], ids->v[at + 1])->pair.made;
        for (size_t i = at + 1; i + 1 < ids->n; i++)
            ids->v[i] = ids->v[i + 1];
        ids->n--;
    }
}

/* What neighbours merge to: (i, i + 1), [n - 1] of them. */
static void first_pairs(const struct bpe *b, const char *p, const int32_t *id,
                        size_t n, struct bpe_pair *pair)
{
    const uint8_t *u = (const uint8_t *)p;
    for (size_t i = 0; i + 1 < n; i++)
        pair[i] = b->first ? b->first[u[i] << 8 | u[i + 1]]
                           : bpe_pair(b, id[i], id[i + 1]);
}

/* id[0..n), those of the bytes p, in place; what each pair merges to is kept
 * beside it.  Returns the new length. */
static size_t merge_short(const struct bpe *b, const char *p, int32_t *id,
                          size_t n)
{
    struct bpe_pair pair[SHORT_MAX];
    first_pairs(b, p, id, n, pair);
    while (n > 1) {
        size_t at = 0;
        uint32_t best = pair[0].rank;
        for (size_t i = 1; i + 1 < n; i++) {
            at = pair[i].rank < best ? i : at;
            best = pair[i].rank < best ? pair[i].rank : best;
        }
        if (best == NO_RANK)
            break;
        id[at] = pair[at].made;
        n--;
        if (at + 1 < n) /* both new pairs are fetched at once */
            bpe_hint(b, id[at], id[at + 2]);
        if (at)
            bpe_hint(b, id[at - 1], id[at]);
        for (size_t i = at + 1; i < n; i++) {
            id[i] = id[i + 1];
            pair[i - 1] = pair[i];
        }
        if (at + 1 < n)
            pair[at] = bpe_pair(b, id[at], id[at + 1]);
        if (at)
            pair[at - 1] = bpe_pair(b, id[at - 1], id[at]);
    }
    return n;
}

void bpe_encode_heap(const struct bpe *b, struct bpe_work *w, struct str piece,
                     struct i32_vec *ids)
{
    int bad;
    size_t base = ids->n;
    if (bpe_put_symbols(b, piece, ids, &bad) == 0)
        ids->n = base + bpe_merge_heap(b, w, ids->v + base, ids->n - base);
}

int bpe_encode_piece(const struct bpe *b, struct bpe_work *w, struct str piece,
                     struct i32_vec *ids, int *bad)
{
    size_t base = ids->n;
    int32_t whole = bytemap_get(&b->words, piece);
    if (whole >= 0) {
        vec_push(ids, whole);
        return 0;
    }
    if (piece.n > WINDOWED)
        return bpe_encode_windows(b, w, piece, ids, bad);
    if (bpe_put_symbols(b, piece, ids, bad))
        return -1;
    int32_t *id = ids->v + base;
    size_t n = ids->n - base;
    ids->n = base + (n <= SHORT_MAX ? merge_short(b, piece.p, id, n)
                                    : bpe_merge_heap(b, w, id, n));
    return 0;
}

/*
 * Three ways to the same ids: the naive loop (the specification), a scan
 * over kept ranks for short pieces, a heap over a linked list for long ones.
 */
#include "bpe_impl.h"

#define SHORT_MAX 40 /* bytes; up to here the scan is faster */

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
    while (b->cap < n + n / 3)
        b->cap *= 2;
    b->maybe = mem_zero(b->cap / 2, 1);
    b->slots = mem_alloc(b->cap * sizeof *b->slots);
    for (size_t i = 0; i < b->cap; i++)
        b->slots[i].left = -1;
}

static inline uint64_t pair_hash(int32_t left, int32_t right)
{
    uint64_t pair = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    return pair * 0x9e3779b97f4a7c15u >> 20;
}

static inline struct bpe_merge *slot_of(const struct bpe *b, int32_t left,
                                        int32_t right)
{
    size_t i = pair_hash(left, right) & (b->cap - 1);
    while (b->slots[i].left >= 0 &&
           (b->slots[i].left != left || b->slots[i].right != right))
        i = (i + 1) & (b->cap - 1);
    return &b->slots[i];
}

void bpe_add(struct bpe *b, int32_t left, int32_t right, int32_t made)
{
    size_t bit = pair_hash(left, right) & (4 * b->cap - 1);
    b->maybe[bit >> 3] |= (uint8_t)(1u << (bit & 7));
    *slot_of(b, left, right) =
        (struct bpe_merge){left, right, b->merges++, made};
}

void bpe_free(struct bpe *b)
{
    mem_free(b->slots);
    mem_free(b->maybe);
    mem_free(b->first);
    bpe_free_chars(b);
    bytemap_free(&b->words);
    *b = (struct bpe){0};
}

struct bpe_work *bpe_work_new(void)
{
    struct bpe_work *w = mem_zero(1, sizeof *w);
    bpe_cache_start(w);
    return w;
}

void bpe_work_free(struct bpe_work *w)
{
    if (!w)
        return;
    bpe_cache_free(w);
    vec_free(&w->symbols);
    vec_free(&w->heap);
    mem_free(w);
}

static uint32_t rank_of(const struct bpe *b, int32_t left, int32_t right)
{
    size_t bit = pair_hash(left, right) & (4 * b->cap - 1);
    if (!(b->maybe[bit >> 3] >> (bit & 7) & 1))
        return NO_RANK;
    const struct bpe_merge *m = slot_of(b, left, right);
    return m->left < 0 ? NO_RANK : m->rank;
}

void bpe_finish(struct bpe *b)
{
    if (b->chars)
        return;
    b->first = mem_alloc(65536 * sizeof *b->first);
    for (size_t i = 0; i < 65536; i++) {
        int32_t left = b->bytes[i >> 8], right = b->bytes[i & 255];
        b->first[i] = left < 0 || right < 0 ? NO_RANK : rank_of(b, left, right);
    }
}

/* The ids of the single bytes or characters, appended. */
static int put_symbols(const struct bpe *b, struct str piece,
                       struct i32_vec *ids, int *bad)
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
    if (put_symbols(b, piece, ids, bad))
        return -1;
    for (;;) {
        size_t at = 0;
        uint32_t best = NO_RANK;
        for (size_t i = base; i + 1 < ids->n; i++) {
            uint32_t rank = rank_of(b, ids->v[i], ids->v[i + 1]);
            if (rank < best) {
                best = rank;
                at = i;
            }
        }
        if (best == NO_RANK)
            return 0;
        ids->v[at] = slot_of(b, ids->v[at], ids->v[at + 1])->made;
        for (size_t i = at + 1; i + 1 < ids->n; i++)
            ids->v[i] = ids->v[i + 1];
        ids->n--;
    }
}

/* Ranks of neighbours: of (i, i + 1), [n - 1] of them. */
static void first_ranks(const struct bpe *b, const char *p, const int32_t *id,
                        size_t n, uint32_t *rank)
{
    const uint8_t *u = (const uint8_t *)p;
    for (size_t i = 0; i + 1 < n; i++)
        rank[i] = b->first ? b->first[u[i] << 8 | u[i + 1]]
                           : rank_of(b, id[i], id[i + 1]);
}

/* id[0..n), those of the bytes p, in place; the rank of each pair is kept
 * beside it.  Returns the new length. */
static size_t merge_short(const struct bpe *b, const char *p, int32_t *id,
                          size_t n)
{
    uint32_t rank[SHORT_MAX];
    first_ranks(b, p, id, n, rank);
    while (n > 1) {
        size_t at = 0;
        uint32_t best = rank[0];
        for (size_t i = 1; i + 1 < n; i++) {
            at = rank[i] < best ? i : at;
            best = rank[i] < best ? rank[i] : best;
        }
        if (best == NO_RANK)
            break;
        id[at] = slot_of(b, id[at], id[at + 1])->made;
        n--;
        for (size_t i = at + 1; i < n; i++) {
            id[i] = id[i + 1];
            rank[i - 1] = rank[i];
        }
        if (at + 1 < n)
            rank[at] = rank_of(b, id[at], id[at + 1]);
        if (at)
            rank[at - 1] = rank_of(b, id[at - 1], id[at]);
    }
    return n;
}

static void heap_down(uint64_t *h, size_t n, size_t i)
{
    uint64_t x = h[i];
    for (size_t c; (c = 2 * i + 1) < n; i = c) {
        c += c + 1 < n && h[c + 1] < h[c];
        if (x <= h[c])
            break;
        h[i] = h[c];
    }
    h[i] = x;
}

static void heap_push(struct bpe_work *w, uint32_t rank, int32_t at)
{
    if (rank == NO_RANK)
        return;
    uint64_t x = (uint64_t)rank << 32 | (uint32_t)at;
    vec_push(&w->heap, x);
    size_t i = w->heap.n - 1;
    for (; i && w->heap.v[(i - 1) / 2] > x; i = (i - 1) / 2)
        w->heap.v[i] = w->heap.v[(i - 1) / 2];
    w->heap.v[i] = x;
}

static uint64_t heap_pop(struct bpe_work *w)
{
    uint64_t x = w->heap.v[0];
    w->heap.v[0] = w->heap.v[--w->heap.n];
    if (w->heap.n)
        heap_down(w->heap.v, w->heap.n, 0);
    return x;
}

static uint32_t rank_at(const struct bpe *b, const struct symbol *s, int32_t at)
{
    if (s[at].id < 0 || s[at].behind < 0)
        return NO_RANK;
    return rank_of(b, s[at].id, s[s[at].behind].id);
}

/* A heap entry is stale unless the pair at its place still has its rank:
 * a rank belongs to one pair only. */
static void heap_merge(const struct bpe *b, struct bpe_work *w)
{
    struct symbol *s = w->symbols.v;
    while (w->heap.n) {
        uint64_t top = heap_pop(w);
        int32_t at = (int32_t)(uint32_t)top;
        if (rank_at(b, s, at) != (uint32_t)(top >> 32))
            continue;
        int32_t gone = s[at].behind;
        s[at].id = slot_of(b, s[at].id, s[gone].id)->made;
        s[at].behind = s[gone].behind;
        s[gone].id = -1;
        if (s[at].behind >= 0)
            s[s[at].behind].before = at;
        heap_push(w, rank_at(b, s, at), at);
        if (s[at].before >= 0)
            heap_push(w, rank_at(b, s, s[at].before), s[at].before);
    }
}

/* As merge_short, for any length. */
static size_t merge_long(const struct bpe *b, struct bpe_work *w, int32_t *id,
                         size_t n)
{
    w->symbols.n = w->heap.n = 0;
    vec_reserve(&w->symbols, n);
    for (size_t i = 0; i < n; i++)
        vec_push(&w->symbols, (struct symbol){id[i], (int32_t)i - 1,
                                              i + 1 < n ? (int32_t)i + 1 : -1});
    for (size_t i = 0; i + 1 < n; i++) {
        uint32_t rank = rank_of(b, id[i], id[i + 1]);
        if (rank != NO_RANK)
            vec_push(&w->heap, (uint64_t)rank << 32 | i);
    }
    for (size_t i = w->heap.n / 2; i--;)
        heap_down(w->heap.v, w->heap.n, i);
    heap_merge(b, w);
    size_t m = 0;
    for (int32_t at = n ? 0 : -1; at >= 0; at = w->symbols.v[at].behind)
        id[m++] = w->symbols.v[at].id;
    return m;
}

void bpe_encode_heap(const struct bpe *b, struct bpe_work *w, struct str piece,
                     struct i32_vec *ids)
{
    int bad;
    size_t base = ids->n;
    if (put_symbols(b, piece, ids, &bad) == 0)
        ids->n = base + merge_long(b, w, ids->v + base, ids->n - base);
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
    if (put_symbols(b, piece, ids, bad))
        return -1;
    int32_t *id = ids->v + base;
    size_t n = ids->n - base;
    ids->n = base + (n <= SHORT_MAX ? merge_short(b, piece.p, id, n)
                                    : merge_long(b, w, id, n));
    return 0;
}

/*
 * All different pieces stand in one row of symbols, a stop between two.  Each
 * pair of symbols knows how often it occurs and where, so that a merge visits
 * its own places only; a heap holds the pairs, and what it says of a pair is
 * checked when it comes out.  Time and memory are linear in the bytes of the
 * different pieces, but for the heap's logarithm.
 */
#include <stdlib.h>

#include "bpe.h"
#include "bytemap.h"
#include "vocab.h"

#define STOP (-1) /* between pieces */
#define GONE (-2) /* part of the symbol before it */

struct pair {
    int32_t left, right;
    uint64_t count;
    uint32_t round;   /* the last merge that added to it */
    VEC(uint32_t) at; /* places, some of them no longer true */
};

struct best {
    uint64_t count;
    int32_t left, right;
    uint32_t pair;
};

struct train {
    struct vocab *v;
    int32_t *id;     /* [n] symbols; GONE behind the first byte of one */
    uint32_t *start; /* [n] at the last byte of a symbol: its first */
    uint32_t *word;  /* [n] index into count */
    uint64_t *count; /* [words] */
    uint32_t *slots; /* [cap] index into pairs, + 1 */
    size_t cap;
    uint32_t round;
    VEC(struct pair) pairs;
    VEC(struct best) heap;
    VEC(uint32_t) grown;  /* pairs that this round's merge added to */
    struct bytemap known; /* tokens by their bytes */
};

static bool before(const struct best *a, const struct best *b)
{
    if (a->count != b->count)
        return a->count > b->count;
    return a->left != b->left ? a->left < b->left : a->right < b->right;
}

static void heap_push(struct train *t, uint32_t pair)
{
    const struct pair *p = &t->pairs.v[pair];
    struct best x = {p->count, p->left, p->right, pair};
    vec_push(&t->heap, x);
    struct best *h = t->heap.v;
    size_t i = t->heap.n - 1;
    for (; i && before(&x, &h[(i - 1) / 2]); i = (i - 1) / 2)
        h[i] = h[(i - 1) / 2];
    h[i] = x;
}

static struct best heap_pop(struct train *t)
{
    struct best *h = t->heap.v, top = h[0], x = h[--t->heap.n];
    size_t n = t->heap.n, i = 0;
    for (size_t c; (c = 2 * i + 1) < n; i = c) {
        c += c + 1 < n && before(&h[c + 1], &h[c]);
        if (!before(&h[c], &x))
            break;
        h[i] = h[c];
    }
    h[i] = x;
    return top;
}

static size_t slot_of(const struct train *t, int32_t left, int32_t right)
{
    uint64_t key = (uint64_t)(uint32_t)left << 32 | (uint32_t)right;
    size_t i = (key * 0x9e3779b97f4a7c15u >> 32) & (t->cap - 1);
    for (; t->slots[i]; i = (i + 1) & (t->cap - 1)) {
        const struct pair *p = &t->pairs.v[t->slots[i] - 1];
        if (p->left == left && p->right == right)
            break;
    }
    return i;
}

static void grow(struct train *t)
{
    t->cap = t->cap ? t->cap * 2 : 1 << 16;
    mem_free(t->slots);
    t->slots = mem_zero(t->cap, sizeof *t->slots);
    for (size_t i = 0; i < t->pairs.n; i++) {
        const struct pair *p = &t->pairs.v[i];
        t->slots[slot_of(t, p->left, p->right)] = (uint32_t)i + 1;
    }
}

/* Counts the pair at place at, which is new. */
static void pair_gain(struct train *t, int32_t left, int32_t right, uint32_t at)
{
    if (t->pairs.n * 2 >= t->cap)
        grow(t);
    size_t slot = slot_of(t, left, right);
    if (!t->slots[slot]) {
        vec_push(&t->pairs, (struct pair){left, right, 0, 0, {0}});
        t->slots[slot] = (uint32_t)t->pairs.n;
    }
    uint32_t pair = t->slots[slot] - 1;
    struct pair *p = &t->pairs.v[pair];
    p->count += t->count[t->word[at]];
    vec_push(&p->at, at);
    if (p->round != t->round) {
        p->round = t->round;
        vec_push(&t->grown, pair);
    }
}

static void pair_lose(struct train *t, int32_t left, int32_t right, uint32_t at)
{
    size_t slot = slot_of(t, left, right);
    if (t->slots[slot])
        t->pairs.v[t->slots[slot] - 1].count -= t->count[t->word[at]];
}

static int by_place(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Merges left and right where they meet, from left to right. */
static void merge(struct train *t, uint32_t pair, int32_t made)
{
    const struct str *tokens = t->v->tokens.v;
    struct pair p = t->pairs.v[pair];
    t->pairs.v[pair].at.v = NULL; /* p has it now; pairs may move */
    t->pairs.v[pair].at.n = t->pairs.v[pair].at.cap = 0;
    uint32_t shift = (uint32_t)tokens[p.left].n;
    uint32_t size = shift + (uint32_t)tokens[p.right].n;
    t->round++;
    t->grown.n = 0;
    bool sorted = true;
    for (size_t i = 1; i < p.at.n; i++)
        sorted &= p.at.v[i - 1] <= p.at.v[i];
    if (!sorted) /* a token that is made in two ways */
        qsort(p.at.v, p.at.n, sizeof *p.at.v, by_place);
    for (size_t i = 0; i < p.at.n; i++) {
        uint32_t at = p.at.v[i], end = at + size;
        if (t->id[at] != p.left || t->id[at + shift] != p.right)
            continue;
        uint32_t from = t->start[at - 1];
        int32_t ahead = t->id[at - 1] == STOP ? STOP : t->id[from];
        int32_t behind = t->id[end];
        if (ahead != STOP)
            pair_lose(t, ahead, p.left, at);
        if (behind != STOP)
            pair_lose(t, p.right, behind, at);
        t->id[at] = made;
        t->id[at + shift] = GONE;
        t->start[end - 1] = at;
        if (ahead != STOP)
            pair_gain(t, ahead, made, from);
        if (behind != STOP)
            pair_gain(t, made, behind, at);
    }
    t->pairs.v[pair].count = 0;
    vec_free(&p.at);
    for (size_t i = 0; i < t->grown.n; i++)
        heap_push(t, t->grown.v[i]);
}

/* The 256 bytes, in the order of their names' code points. */
static void put_bytes(struct train *t, int32_t byte_id[256])
{
    for (uint32_t cp = 0; cp < 0x144; cp++) {
        int byte = bpe_char_byte(cp);
        if (byte < 0)
            continue;
        char c = (char)byte;
        struct str bytes = {arena_copy(&t->v->arena, &c, 1), 1};
        byte_id[byte] = (int32_t)t->v->tokens.n;
        bytemap_put(&t->known, bytes, byte_id[byte]);
        vec_push(&t->v->tokens, bytes);
    }
}

/* Lays the pieces out and counts their pairs. */
static void lay_out(struct train *t, const struct words *w)
{
    int32_t byte_id[256];
    size_t n = w->bytes.n + w->n + 1, words = 0;
    t->id = mem_alloc(n * sizeof *t->id);
    t->start = mem_zero(n, sizeof *t->start);
    t->word = mem_zero(n, sizeof *t->word);
    t->count = mem_zero(w->n + 1, sizeof *t->count);
    put_bytes(t, byte_id);
    uint32_t at = 0;
    t->id[at++] = STOP;
    for (size_t i = 0; i < w->cap; i++) {
        const struct word_slot *s = &w->slots[i];
        if (!s->times)
            continue;
        t->count[words] = s->times;
        const char *p = w->bytes.p + s->at;
        for (size_t k = 0; k < s->len; k++, at++) {
            t->id[at] = byte_id[(uint8_t)p[k]];
            t->start[at] = at;
            t->word[at] = (uint32_t)words;
            if (k)
                pair_gain(t, t->id[at - 1], t->id[at], at - 1);
        }
        t->id[at++] = STOP;
        words++;
    }
    for (size_t i = 0; i < t->pairs.n; i++)
        heap_push(t, (uint32_t)i);
}

/* The id of what the pair makes, new or known; -1 where it spells a mark. */
static int32_t made_by(struct train *t, const struct pair *p,
                       const struct vocab_marks *marks)
{
    struct str left = t->v->tokens.v[p->left], right = t->v->tokens.v[p->right];
    char *bytes = arena_alloc(&t->v->arena, left.n + right.n);
    struct str made = {bytes, left.n + right.n};
    memcpy(bytes, left.p, left.n);
    memcpy(bytes + left.n, right.p, right.n);
    for (size_t i = 0; i < marks->n; i++)
        if (str_eq(made, marks->v[i]))
            return -1;
    int32_t id = bytemap_get(&t->known, made);
    if (id >= 0)
        return id;
    id = (int32_t)t->v->tokens.n;
    vec_push(&t->v->tokens, made);
    bytemap_put(&t->known, made, id);
    return id;
}

static void learn(struct train *t, size_t entries, uint64_t min_count,
                  const struct vocab_marks *marks)
{
    while (t->heap.n && t->v->tokens.n < entries) {
        struct best top = heap_pop(t);
        const struct pair *p = &t->pairs.v[top.pair];
        if (p->count < min_count)
            continue;
        if (p->count != top.count) {
            heap_push(t, top.pair);
            continue;
        }
        int32_t made = made_by(t, p, marks);
        if (made < 0)
            continue;
        vec_push(&t->v->merges, (struct vocab_merge){p->left, p->right});
        merge(t, top.pair, made);
    }
}

int vocab_train(struct vocab *v, const struct words *w, size_t entries,
                uint64_t min_count, const struct vocab_marks *marks,
                struct err *e)
{
    if (w->bytes.n + w->n + 1 >= UINT32_MAX)
        return err_set(e, STATUS_DATA,
                       "more than 4 GiB of different pieces of text");
    struct train t = {.v = v};
    grow(&t);
    lay_out(&t, w);
    learn(&t, entries, min_count, marks);
    for (size_t i = 0; i < t.pairs.n; i++)
        vec_free(&t.pairs.v[i].at);
    vec_free(&t.pairs);
    vec_free(&t.heap);
    vec_free(&t.grown);
    bytemap_free(&t.known);
    mem_free(t.id);
    mem_free(t.start);
    mem_free(t.word);
    mem_free(t.count);
    mem_free(t.slots);
    return 0;
}

void vocab_free(struct vocab *v)
{
    arena_free(&v->arena);
    vec_free(&v->tokens);
    vec_free(&v->merges);
}

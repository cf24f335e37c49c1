/*
 * Best fit of the longest first ("Fewer Truncations Improve Language
 * Modeling", arXiv:2404.10830).  Rows with the same room left form a list; a
 * tree of bits over the rooms finds the smallest that is large enough in a
 * few steps.  Lengths are sorted by counting, so a window of documents takes
 * time in proportion to their number.
 */
#include "packer_impl.h"

#define NONE UINT32_MAX
enum { LEVELS = 5 }; /* 64^5 is more than any row's length */

/* A set of numbers: bit i of a level says that word i below is not 0. */
struct bits {
    uint64_t *level[LEVELS]; /* own */
    size_t words[LEVELS];
};

static void bits_start(struct bits *b, size_t n)
{
    for (int l = 0; l < LEVELS; l++) {
        n = (n + 63) / 64;
        b->words[l] = n;
        b->level[l] = mem_zero(n, sizeof *b->level[l]);
    }
}

static void bits_free(struct bits *b)
{
    for (int l = 0; l < LEVELS; l++)
        mem_free(b->level[l]);
}

static void bits_set(struct bits *b, size_t i)
{
    for (int l = 0; l < LEVELS; l++, i /= 64)
        b->level[l][i / 64] |= (uint64_t)1 << i % 64;
}

static void bits_clear(struct bits *b, size_t i)
{
    for (int l = 0; l < LEVELS; l++, i /= 64) {
        b->level[l][i / 64] &= ~((uint64_t)1 << i % 64);
        if (b->level[l][i / 64])
            return;
    }
}

/* The smallest number of the set that is at least i, or SIZE_MAX. */
static size_t bits_from(const struct bits *b, size_t i)
{
    for (int l = 0; l < LEVELS; l++) {
        size_t word = i / 64;
        if (word >= b->words[l])
            return SIZE_MAX;
        uint64_t rest = b->level[l][word] >> i % 64;
        if (rest) {
            i += (size_t)__builtin_ctzll(rest);
            while (l-- > 0)
                i = i * 64 + (size_t)__builtin_ctzll(b->level[l][i]);
            return i;
        }
        i = word + 1;
    }
    return SIZE_MAX;
}

/* Documents by length, the longest first, equals as they came. */
static uint32_t *by_length(const uint32_t *n, size_t docs, size_t length)
{
    size_t *at = mem_zero(length + 2, sizeof *at);
    uint32_t *order = mem_zero(docs + 1, sizeof *order);
    for (size_t i = 0; i < docs; i++)
        at[length - n[i] + 1]++;
    for (size_t k = 1; k <= length; k++)
        at[k] += at[k - 1];
    for (size_t i = 0; i < docs; i++)
        order[at[length - n[i]]++] = (uint32_t)i;
    mem_free(at);
    return order;
}

/* Rows were numbered as they were opened: number them by first document. */
static void renumber(uint32_t *row, size_t docs, size_t rows)
{
    uint32_t *name = mem_zero(rows + 1, sizeof *name);
    uint32_t given = 0;
    memset(name, 0xff, rows * sizeof *name);
    for (size_t i = 0; i < docs; i++) {
        if (name[row[i]] == NONE)
            name[row[i]] = given++;
        row[i] = name[row[i]];
    }
    mem_free(name);
}

size_t pack_best_fit(const uint32_t *n, size_t docs, size_t length,
                     uint32_t *row)
{
    uint32_t *order = by_length(n, docs, length);
    uint32_t *head = mem_zero(length + 1, sizeof *head); /* 1 + row, by room */
    uint32_t *next = mem_zero(docs + 1, sizeof *next);   /* likewise, by row */
    struct bits rooms;
    size_t rows = 0;
    bits_start(&rooms, length + 1);
    for (size_t k = 0; k < docs; k++) {
        size_t i = order[k], room = bits_from(&rooms, n[i]);
        uint32_t r;
        if (room == SIZE_MAX) {
            room = length;
            r = (uint32_t)rows++;
        } else {
            r = head[room] - 1;
            head[room] = next[r];
            if (!head[room])
                bits_clear(&rooms, room);
        }
        row[i] = r;
        room -= n[i];
        if (room > 0) {
            if (!head[room])
                bits_set(&rooms, room);
            next[r] = head[room];
            head[room] = r + 1;
        }
    }
    renumber(row, docs, rows);
    bits_free(&rooms);
    mem_free(order);
    mem_free(head);
    mem_free(next);
    return rows;
}

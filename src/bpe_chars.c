/*
 * Models over characters (SentencePiece's kind): their table, and where a
 * text can be cut without a merge ever reaching across.
 *
 * A merge joins two symbols, and so the last character of one and the first
 * of the other.  Where no merge at all joins such a pair, a border between
 * the two stays a border, whatever else is merged: the text can be cut there.
 */
#include "bpe_impl.h"

#define PAGES     0x1100 /* of 256 code points */
#define GLUE_BITS 20     /* pairs that hash alike only cut less often */

void bpe_start_chars(struct bpe *b)
{
    b->chars = mem_zero(PAGES, sizeof *b->chars);
    b->glue = mem_zero((size_t)1 << GLUE_BITS >> 3, 1);
}

void bpe_free_chars(struct bpe *b)
{
    for (size_t i = 0; b->chars && i < PAGES; i++)
        mem_free(b->chars[i]);
    mem_free(b->chars);
    mem_free(b->glue);
}

void bpe_add_char(struct bpe *b, uint32_t cp, int32_t id)
{
    int32_t **page = &b->chars[cp >> 8];
    if (!*page) {
        *page = mem_alloc(256 * sizeof **page);
        memset(*page, 0xff, 256 * sizeof **page);
    }
    (*page)[cp & 255] = id;
}

/* ASCII pairs have the first bits to themselves. */
static inline size_t glue_bit(uint32_t left, uint32_t right)
{
    if (LIKELY((left | right) < 128))
        return left << 7 | right;
    uint64_t pair = (uint64_t)left << 32 | right;
    return (size_t)(pair * 0x9e3779b97f4a7c15u >> (64 - GLUE_BITS));
}

static inline bool glued(const struct bpe *b, uint32_t left, uint32_t right)
{
    size_t bit = glue_bit(left, right);
    return b->glue[bit >> 3] >> (bit & 7) & 1;
}

void bpe_glue(struct bpe *b, struct str left, struct str right)
{
    uint32_t last = 0, first = 0;
    if (!left.n || !right.n)
        return;
    size_t at = left.n - 1;
    while (at && ((uint8_t)left.p[at] & 0xc0) == 0x80)
        at--;
    utf8_step(left.p + at, left.p + left.n, &last);
    utf8_step(right.p, right.p + right.n, &first);
    size_t bit = glue_bit(last, first);
    b->glue[bit >> 3] |= (uint8_t)(1u << (bit & 7));
}

size_t bpe_cut(const struct bpe *b, struct str text, size_t from, size_t *ends,
               size_t max)
{
    const char *p = text.p + from, *end = text.p + text.n;
    size_t n = 0;
    uint32_t last, next;
    if (p == end || max == 0)
        return 0;
    p += utf8_step(p, end, &last);
    for (; p < end && n < max; last = next) {
        size_t step = 1;
        next = (uint8_t)*p;
        if (next >= 0x80)
            step = utf8_step(p, end, &next);
        if (!glued(b, last, next))
            ends[n++] = (size_t)(p - text.p);
        p += step;
    }
    if (n < max)
        ends[n++] = text.n;
    return n;
}

int bpe_put_chars(const struct bpe *b, struct str text, struct i32_vec *ids)
{
    const char *p = text.p, *end = text.p + text.n;
    vec_reserve(ids, text.n);
    int32_t *to = ids->v + ids->n;
    while (p < end) {
        uint32_t cp = (uint8_t)*p;
        size_t step = cp < 0x80 ? 1 : utf8_step(p, end, &cp);
        if (UNLIKELY(!step))
            return (uint8_t)*p;
        const int32_t *page = b->chars[cp >> 8];
        if (LIKELY(page && page[cp & 255] >= 0)) {
            *to++ = page[cp & 255];
            p += step;
            continue;
        }
        while (step--)
            *to++ = b->bytes[(uint8_t)*p++];
    }
    ids->n = (size_t)(to - ids->v);
    return -1;
}

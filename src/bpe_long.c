/*
 * Long pieces: merging with a heap over a linked list, and windows.
 *
 * Why windows are exact: a row of tokens is what the merges make of its text
 * if, and only if, every two neighbours are what they make of the text of
 * these two alone.  (Think of the first merge, in the order of merging, that
 * reaches across one of the borders.  Up to then each token has been merged
 * for itself, so the same merge would come in the text of the two alone.)
 * All neighbours in a merged window have that property.  So if the next
 * window begins where a token of this one does, and begins with the same
 * token, the rows can be joined at it.  If it does not, both go back, and the
 * next try is larger: a text that never fits is merged as one in the end.
 */
#include "bpe_impl.h"

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
    return bpe_rank(b, s[at].id, s[s[at].behind].id);
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
        s[at].id = bpe_slot(b, s[at].id, s[gone].id)->pair.made;
        s[at].behind = s[gone].behind;
        s[gone].id = -1;
        if (s[at].behind >= 0)
            s[s[at].behind].before = at;
        heap_push(w, rank_at(b, s, at), at);
        if (s[at].before >= 0)
            heap_push(w, rank_at(b, s, s[at].before), s[at].before);
    }
}

size_t bpe_merge_heap(const struct bpe *b, struct bpe_work *w, int32_t *id,
                      size_t n)
{
    w->symbols.n = w->heap.n = 0;
    vec_reserve(&w->symbols, n);
    for (size_t i = 0; i < n; i++)
        vec_push(&w->symbols, (struct symbol){id[i], (int32_t)i - 1,
                                              i + 1 < n ? (int32_t)i + 1 : -1});
    for (size_t i = 0; i + 1 < n; i++) {
        uint32_t rank = bpe_rank(b, id[i], id[i + 1]);
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

/* Merges all of one rank in the window; the pairs they make come later, since
 * merges are in order.  Returns how many are left. */
static size_t sweep(const struct bpe *b, struct bpe_work *w, size_t n,
                    uint32_t rank)
{
    int32_t *id = w->window.v;
    uint32_t *ranks = w->ranks.v, *sizes = w->sizes.v;
    size_t to = 0;
    bool fresh = false; /* is the last one that was put there new? */
    for (size_t i = 0; i < n; to++) {
        bool merge = i + 1 < n && ranks[i] == rank;
        int32_t made = merge ? bpe_slot(b, id[i], id[i + 1])->pair.made : id[i];
        uint32_t size = sizes[i] + (merge ? sizes[i + 1] : 0);
        i += 1 + merge;
        uint32_t next = ranks[i - 1];
        if (to && (fresh || merge))
            ranks[to - 1] = bpe_rank(b, id[to - 1], made);
        id[to] = made;
        sizes[to] = size;
        ranks[to] = next;
        fresh = merge;
    }
    return to;
}

/* w->window, merged; sizes likewise. */
static void merge_window(const struct bpe *b, struct bpe_work *w)
{
    int32_t *id = w->window.v;
    size_t n = w->window.n, at = 0;
    vec_reserve(&w->ranks, n);
    uint32_t *ranks = w->ranks.v, *sizes = w->sizes.v;
    for (size_t i = 0; i + 1 < n; i++)
        ranks[i] = bpe_rank(b, id[i], id[i + 1]);
    while (b->ordered && n > 1) {
        uint32_t best = NO_RANK;
        size_t found = 0;
        for (size_t i = 0; i + 1 < n; i++)
            best = ranks[i] < best ? ranks[i] : best;
        for (size_t i = 0; i + 1 < n; i++)
            found += ranks[i] == best;
        if (best == NO_RANK) {
            w->window.n = n;
            return;
        }
        if (found < n / 16)
            break;
        n = sweep(b, w, n, best);
    }
    w->window.n = bpe_merge_heap(b, w, id, n);
    for (size_t i = 0; i < w->window.n; i++) {
        size_t next = i + 1 < w->window.n ? (size_t)w->symbols.v[at].behind : n;
        uint32_t size = 0;
        for (size_t k = at; k < next; k++)
            size += sizes[k];
        sizes[i] = size;
        at = next;
    }
}

/* Fills w->window with the symbols of text, and w->sizes with their bytes. */
static int fill_window(const struct bpe *b, struct bpe_work *w, struct str text,
                       int *bad)
{
    w->window.n = w->sizes.n = 0;
    if (bpe_put_symbols(b, text, &w->window, bad))
        return -1;
    vec_reserve(&w->sizes, w->window.n);
    const char *p = text.p, *end = text.p + text.n;
    for (size_t i = 0; i < w->window.n; i++) {
        uint32_t cp, size = 1;
        /* A byte that stands for itself is never the id of a character. */
        if (b->chars && w->window.v[i] != b->bytes[(uint8_t)*p])
            size = (uint32_t)utf8_step(p, end, &cp);
        w->sizes.v[i] = size;
        p += size;
    }
    return 0;
}

/* Is the byte at i within a character of a text that has such?  Its bytes may
 * be tokens of their own, but no window can begin there. */
static bool within(const struct bpe *b, struct str text, size_t i)
{
    return b->chars && i < text.n && ((uint8_t)text.p[i] & 0xc0) == 0x80;
}

/* Takes back tokens of text[0..at), at least one, until they cover `bytes`;
 * returns where the last one left begins.  0: they all went, or all but the
 * first. */
static size_t take_back(struct bpe_work *w, struct i32_vec *ids,
                        const struct bpe *b, struct str text, size_t bytes)
{
    size_t at = text.n, from = at;
    while (w->spans.n > 1 && (at - from < bytes || within(b, text, from))) {
        w->spans.n--;
        ids->n--;
        from -= w->spans.v[w->spans.n - 1];
    }
    return from;
}

/* How many tokens of a window of text to take, of which the last is where the
 * next one begins: what is near the end may still change. */
static size_t to_take(const struct bpe *b, const struct bpe_work *w,
                      struct str text, size_t *start)
{
    size_t at = 0, n = 0;
    for (size_t i = 0; i < w->window.n && at <= text.n - text.n / 8; i++) {
        if (!within(b, text, at)) {
            *start = at;
            n = i + 1;
        }
        at += w->sizes.v[i];
    }
    return n;
}

/* Does the window begin with the token that the last one ended with? */
static bool joins(const struct bpe_work *w, const struct i32_vec *ids)
{
    return w->spans.n == 0 || (w->window.v[0] == ids->v[ids->n - 1] &&
                               w->sizes.v[0] == w->spans.v[w->spans.n - 1]);
}

/* Takes n tokens of the window; the first of them is there already, unless it
 * is the first of all. */
static void take(struct bpe_work *w, size_t n, struct i32_vec *ids)
{
    for (size_t i = w->spans.n > 0; i < n; i++) {
        vec_push(ids, w->window.v[i]);
        vec_push(&w->spans, w->sizes.v[i]);
    }
}

/* Where the window ends that begins at `at`: with a whole character. */
static size_t window_end(const struct bpe *b, struct str piece, size_t at,
                         size_t len)
{
    size_t end = at + size_min(len, piece.n - at);
    while (within(b, piece, end))
        end++;
    return end;
}

int bpe_encode_windows(const struct bpe *b, struct bpe_work *w,
                       struct str piece, struct i32_vec *ids, int *bad)
{
    size_t base = ids->n, at = 0, far = 0, len = w->length;
    w->spans.n = 0;
    while (piece.n) {
        size_t end = window_end(b, piece, at, len), start = 0;
        if (fill_window(b, w, str_sub(piece, at, end), bad)) {
            ids->n = base;
            return -1;
        }
        merge_window(b, w);
        if (!joins(w, ids)) {
            len *= 2;
            at = take_back(w, ids, b, str_sub(piece, 0, at), len / 8);
            if (w->spans.n == 1) /* without a beginning that is known */
                ids->n = base, w->spans.n = at = 0;
            continue;
        }
        if (end == piece.n) {
            take(w, w->window.n, ids);
            break;
        }
        size_t n = to_take(b, w, str_sub(piece, at, end), &start);
        if (start)
            take(w, n, ids);
        at += start;
        /* Windows get small again only on new ground, so this ends. */
        len = !start ? 2 * len : at > far ? w->length : len;
        far = size_max(far, at);
    }
    return 0;
}

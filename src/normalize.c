/*
 * Text is cut where composition cannot reach across (ICU's boundaries), and
 * each stretch is normalised alone, so that the way back is known.
 */
#include "normalize.h"

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf16.h>

/* Longer stretches are put in canonical order first: ICU inserts marks one
 * by one, which is quadratic on a hostile run of them. */
#define STRETCH_LONG 128

struct work {
    const UNormalizer2 *nfc, *nfd;
    VEC(UChar32) points; /* of one stretch, decomposed */
    VEC(UChar32) sorted;
    VEC(UChar) in, out;
};

static int failed(struct err *e, UErrorCode code)
{
    return err_set(e, STATUS_SYSTEM, "cannot normalise: %s", u_errorName(code));
}

static void put_decomposed(struct work *w, UChar32 c)
{
    UChar d[32]; /* the longest full decomposition has 4 characters */
    UErrorCode code = U_ZERO_ERROR;
    int32_t n = unorm2_getDecomposition(w->nfd, c, d, COUNTOF(d), &code);
    if (n < 0 || U_FAILURE(code)) {
        vec_push(&w->points, c);
        return;
    }
    for (int32_t i = 0; i < n;) {
        UChar32 part;
        U16_NEXT(d, i, n, part);
        vec_push(&w->points, part);
    }
}

/* Stable sort of v[0..n) by combining class, by counting. */
static void sort_marks(struct work *w, UChar32 *v, size_t n)
{
    size_t at[257] = {0};
    w->sorted.n = 0;
    vec_reserve(&w->sorted, n);
    for (size_t i = 0; i < n; i++)
        at[u_getCombiningClass(v[i]) + 1]++;
    for (size_t k = 1; k < 257; k++)
        at[k] += at[k - 1];
    for (size_t i = 0; i < n; i++)
        w->sorted.v[at[u_getCombiningClass(v[i])]++] = v[i];
    memcpy(v, w->sorted.v, n * sizeof *v);
}

static void reorder(struct work *w)
{
    size_t n = w->points.n;
    UChar32 *v = w->points.v;
    for (size_t i = 0; i < n;) {
        size_t end = i;
        while (end < n && u_getCombiningClass(v[end]))
            end++;
        if (end > i + 1)
            sort_marks(w, v + i, end - i);
        i = end + (end == i);
    }
}

/* One stretch, appended in NFC. */
static int put_stretch(struct work *w, struct str s, struct buf *out,
                       struct err *e)
{
    const char *p = s.p, *end = s.p + s.n;
    UErrorCode code = U_ZERO_ERROR;
    w->points.n = w->in.n = 0;
    bool is_long = s.n > STRETCH_LONG;
    while (p < end) {
        uint32_t c;
        p += utf8_step(p, end, &c);
        if (is_long)
            put_decomposed(w, (UChar32)c);
        else
            vec_push(&w->points, (UChar32)c);
    }
    if (is_long)
        reorder(w);
    vec_reserve(&w->in, w->points.n * 2);
    for (size_t i = 0; i < w->points.n; i++)
        U16_APPEND_UNSAFE(w->in.v, w->in.n, w->points.v[i]);
    vec_reserve(&w->out, w->in.n * 3 + 16); /* NFC grows UTF-16 at most 3x */
    int32_t n = unorm2_normalize(w->nfc, w->in.v, (int32_t)w->in.n, w->out.v,
                                 (int32_t)w->out.cap, &code);
    if (U_FAILURE(code))
        return failed(e, code);
    for (int32_t i = 0; i < n;) {
        UChar32 c;
        U16_NEXT(w->out.v, i, n, c);
        utf8_put(out, (uint32_t)c);
    }
    return 0;
}

/* Length of the leading part of s that is NFC and stays apart from the rest,
 * by a quick look only. */
static size_t plain(const struct work *w, struct str s)
{
    size_t boundary = 0;
    for (size_t i = 0; i < s.n;) {
        uint32_t c = (uint8_t)s.p[i];
        size_t step = 1;
        if (c >= 0x80)
            step = utf8_step(s.p + i, s.p + s.n, &c);
        if (c < 0x300) { /* always NFC, always begins a stretch */
            boundary = i;
        } else {
            if (unorm2_hasBoundaryBefore(w->nfc, (UChar32)c))
                boundary = i;
            if (!unorm2_isInert(w->nfc, (UChar32)c) &&
                u_getIntPropertyValue((UChar32)c, UCHAR_NFC_QUICK_CHECK) !=
                    UNORM_YES)
                return boundary;
            if (u_getCombiningClass((UChar32)c))
                return boundary;
        }
        i += step;
    }
    return s.n;
}

/* End of the stretch that begins at from. */
static size_t stretch_end(const struct work *w, struct str s, size_t from)
{
    size_t i = from;
    for (;;) {
        uint32_t c;
        i += utf8_step(s.p + i, s.p + s.n, &c);
        if (i == s.n)
            return i;
        utf8_step(s.p + i, s.p + s.n, &c);
        if (unorm2_hasBoundaryBefore(w->nfc, (UChar32)c))
            return i;
    }
}

static int normalize(struct work *w, struct normal *n, struct str text,
                     struct err *e)
{
    n->text.n = n->from.n = 0;
    bool changed = false;
    for (size_t i = 0; i < text.n;) {
        size_t same = plain(w, str_sub(text, i, text.n));
        vec_reserve(&n->from, same);
        for (size_t k = 1; k <= same; k++)
            n->from.v[n->from.n++] = i + k;
        buf_add(&n->text, text.p + i, same);
        i += same;
        if (i == text.n)
            break;
        size_t end = stretch_end(w, text, i), before = n->text.n;
        struct str old = str_sub(text, i, end);
        if (put_stretch(w, old, &n->text, e))
            return -1;
        struct str made = str_sub(buf_view(&n->text), before, n->text.n);
        bool kept = str_eq(made, old);
        for (size_t k = 1; k <= made.n; k++)
            vec_push(&n->from, kept ? i + k : end);
        changed |= !kept;
        i = end;
    }
    return changed;
}

int normalize_nfc(struct normal *n, struct str text, struct err *e)
{
    UErrorCode code = U_ZERO_ERROR;
    struct work w = {unorm2_getNFCInstance(&code),
                     unorm2_getNFDInstance(&code),
                     {0},
                     {0},
                     {0},
                     {0}};
    if (U_FAILURE(code))
        return failed(e, code);
    if (plain(&w, text) == text.n)
        return 0;
    int changed = normalize(&w, n, text, e);
    vec_free(&w.points);
    vec_free(&w.sorted);
    vec_free(&w.in);
    vec_free(&w.out);
    return changed;
}

void normalize_free(struct normal *n)
{
    buf_free(&n->text);
    vec_free(&n->from);
}

/* The rules SB3 to SB11 of the annex, from full stop to full stop. */
#include <stdlib.h>

#include <unicode/ubrk.h>
#include <unicode/uchar.h>
#include <unicode/ures.h>
#include <unicode/utext.h>

#include "mem.h"
#include "segment_bounds.h"

#define UNKNOWN 0xFF
#define BLOCK   16 /* bytes that are looked at together */
#define NEAR    64 /* bytes about a bound that ICU is shown */

struct suppression { /* an end of what ICU's list keeps together */
    char p[15];
    uint8_t n; /* without the full stop */
};

struct bounds {
    UBreakIterator *it; /* owns */
    UText *utext;       /* owns */
    struct str text;    /* borrows */
    size_t last;        /* the bound given last */
    bool icu;           /* it goes over the whole text, from last on */
    bool done;
    bool listed;          /* list is whole: nothing else is kept together */
    uint8_t from[128];    /* by their last byte, where they begin in list */
    bool stop[256];       /* bytes that must be looked at */
    uint8_t class[65536]; /* of code points, UNKNOWN until asked for */
    VEC(struct suppression) list;
};

/* Can the byte begin a bound, or must it be looked at? */
static bool is_stop(unsigned char c)
{
    return c == '.' || c == '!' || c == '?' || c == '\n' || c == '\r' ||
           c >= 0x80;
}

/* ---- ICU */

static unsigned char last_byte(const struct suppression *s)
{
    return (unsigned char)s->p[s->n - 1];
}

static int suppression_order(const void *a, const void *b)
{
    return (int)last_byte(a) - (int)last_byte(b);
}

/* Adds the ends of an entry: all of it, and up to each inner full stop, as
 * in "Ph." of "Ph.D." */
static bool add_suppression(struct bounds *b, const UChar *u, int32_t n)
{
    struct suppression s = {{0}, 0};
    for (int32_t i = 0; i < n; i++) {
        if (u[i] == '.') {
            if (s.n == 0 || s.p[s.n - 1] == '.')
                return false;
            vec_push(&b->list, s);
        }
        if (u[i] >= 0x80 || s.n == sizeof s.p)
            return false;
        s.p[s.n++] = (char)u[i];
    }
    return n > 0 && u[n - 1] == '.';
}

static void load_list(struct bounds *b)
{
    UErrorCode status = U_ZERO_ERROR;
    UResourceBundle *top = ures_open(U_ICUDATA_NAME "-brkitr", "en", &status);
    UResourceBundle *r = ures_getByKey(top, "exceptions", NULL, &status);
    r = ures_getByKey(r, "SentenceBreak", r, &status);
    b->listed = U_SUCCESS(status);
    for (int32_t i = 0; b->listed && i < ures_getSize(r); i++) {
        int32_t n = 0;
        const UChar *u = ures_getStringByIndex(r, i, &n, &status);
        b->listed = U_SUCCESS(status) && add_suppression(b, u, n);
    }
    ures_close(r);
    ures_close(top);
    if (b->list.n > 0)
        qsort(b->list.v, b->list.n, sizeof *b->list.v, suppression_order);
    b->listed = b->listed && b->list.n < 256;
    for (size_t i = b->list.n; b->listed && i-- > 0;)
        b->from[last_byte(&b->list.v[i])] = (uint8_t)i;
}

struct bounds *bounds_new(struct err *e)
{
    UErrorCode status = U_ZERO_ERROR;
    struct bounds *b = mem_zero(1, sizeof *b);
    memset(b->class, UNKNOWN, sizeof b->class);
    for (int c = 0; c < 256; c++)
        b->stop[c] = is_stop((unsigned char)c);
    b->it = ubrk_open(UBRK_SENTENCE, "en@ss=standard", NULL, 0, &status);
    if (U_FAILURE(status)) {
        err_set(e, STATUS_SYSTEM, "sentence bounds: %s", u_errorName(status));
        bounds_free(b);
        return NULL;
    }
    load_list(b);
    return b;
}

void bounds_free(struct bounds *b)
{
    if (!b)
        return;
    ubrk_close(b->it);
    utext_close(b->utext);
    vec_free(&b->list);
    mem_free(b);
}

static bool show_icu(struct bounds *b, struct str text)
{
    UErrorCode status = U_ZERO_ERROR;
    b->utext = utext_openUTF8(b->utext, text.p, (int64_t)text.n, &status);
    ubrk_setUText(b->it, b->utext, &status);
    return U_SUCCESS(status);
}

/* From the last bound on ICU goes over the text. */
static void leave_to_icu(struct bounds *b)
{
    b->icu = show_icu(b, b->text);
    b->done = !b->icu;
    if (b->last > 0)
        (void)ubrk_isBoundary(b->it, (int32_t)b->last);
    else
        (void)ubrk_first(b->it);
}

int bounds_start(struct bounds *b, struct str text, bool icu, struct err *e)
{
    b->text = text;
    b->last = 0;
    b->icu = false;
    b->done = text.n == 0;
    if (icu && !b->done)
        leave_to_icu(b);
    return icu && b->done && text.n > 0
               ? err_set(e, STATUS_SYSTEM, "sentence bounds: ICU failed")
               : 0;
}

/* Could what ends at `at` be one of ICU's abbreviations, and a space? */
static bool may_be_kept(const struct bounds *b, size_t at)
{
    const char *p = b->text.p;
    if (!b->listed)
        return true;
    at -= p[at - 1] == ' ';
    unsigned char last = at < 2 ? 0 : (unsigned char)p[at - 2];
    if (at < 2 || p[at - 1] != '.' || last >= 0x80)
        return false;
    for (size_t i = b->from[last]; i < b->list.n; i++) {
        const struct suppression *s = &b->list.v[i];
        size_t k = s->n;
        if (last_byte(s) != last)
            break;
        while (k > 0 && at > 1 + s->n - k &&
               p[at - 2 - (s->n - k)] == s->p[k - 1])
            k--;
        if (k == 0)
            return true;
    }
    return false;
}

/* Is there a bound at `at` in ICU's eyes?  It is shown what stands about. */
static bool icu_agrees(struct bounds *b, size_t at)
{
    size_t from = at - b->last > NEAR ? at - NEAR : b->last;
    size_t to = b->text.n - at > NEAR ? at + NEAR : b->text.n;
    while (from < at && (b->text.p[from] & 0xC0) == 0x80)
        from++;
    while (to < b->text.n && (b->text.p[to] & 0xC0) == 0x80)
        to++;
    return show_icu(b, str_sub(b->text, from, to)) &&
           ubrk_isBoundary(b->it, (int32_t)(at - from));
}

/* ---- the walk */

/* The Sentence_Break class of the character at i, and its length. */
static uint8_t class_at(struct bounds *b, size_t i, size_t *n)
{
    const unsigned char *p = (const unsigned char *)b->text.p + i;
    uint32_t cp = p[0];
    *n = 1;
    if (cp >= 0xF0)
        *n = utf8_step(b->text.p + i, b->text.p + b->text.n, &cp);
    else if (cp >= 0xE0)
        cp = (cp & 15) << 12 | (p[1] & 63u) << 6 | (p[2] & 63u), *n = 3;
    else if (cp >= 0x80)
        cp = (cp & 31) << 6 | (p[1] & 63u), *n = 2;
    if (cp > 0xFFFF)
        return (uint8_t)u_getIntPropertyValue((UChar32)cp,
                                              UCHAR_SENTENCE_BREAK);
    if (b->class[cp] == UNKNOWN)
        b->class[cp] =
            (uint8_t)u_getIntPropertyValue((UChar32)cp, UCHAR_SENTENCE_BREAK);
    return b->class[cp];
}

static bool is_paragraph(uint8_t class)
{
    return class == U_SB_SEP || class == U_SB_CR || class == U_SB_LF;
}

static bool is_ignored(uint8_t class)
{
    return class == U_SB_EXTEND || class == U_SB_FORMAT;
}

typedef signed char block __attribute__((vector_size(BLOCK)));

/* Is a byte of the block to be looked at? */
static bool has_stop(const char *p)
{
    block v;
    uint64_t any[BLOCK / 8];
    memcpy(&v, p, sizeof v);
    v = (v == '.') | (v == '!') | (v == '?') | (v == '\n') | (v == '\r') |
        (v < 0);
    memcpy(any, &v, sizeof v);
    return any[0] | any[1];
}

/* The first byte to look at from i on, or the end. */
static size_t next_stop(const struct bounds *b, size_t i)
{
    const char *p = b->text.p;
    size_t n = b->text.n;
    while (i + BLOCK <= n && !has_stop(p + i))
        i += BLOCK;
    while (i < n && !b->stop[(unsigned char)p[i]])
        i++;
    return i;
}

enum verdict { GOES_ON, BOUND, ASK };

/* Behind the paragraph separator at i; CR LF is one. */
static size_t behind_paragraph(struct bounds *b, size_t i)
{
    size_t n;
    (void)class_at(b, i, &n);
    bool crlf =
        b->text.p[i] == '\r' && i + 1 < b->text.n && b->text.p[i + 1] == '\n';
    return i + n + crlf;
}

/* Does a small letter come before anything that could begin a sentence? */
static enum verdict see_lower(struct bounds *b, size_t *at)
{
    size_t i = *at, n;
    while (i < b->text.n) {
        uint8_t class = class_at(b, i, &n);
        if (class == U_SB_LOWER) {
            *at = i;
            return GOES_ON;
        }
        if (is_ignored(class))
            return ASK;
        if (is_paragraph(class) || class == U_SB_UPPER ||
            class == U_SB_OLETTER || class == U_SB_ATERM || class == U_SB_STERM)
            break;
        i += n;
    }
    return BOUND;
}

static bool letter_before(struct bounds *b, size_t i)
{
    size_t n;
    if (i == 0)
        return false;
    do
        i--;
    while (i > 0 && (b->text.p[i] & 0xC0) == 0x80);
    uint8_t class = class_at(b, i, &n);
    return class == U_SB_UPPER || class == U_SB_LOWER;
}

static size_t behind_run(struct bounds *b, size_t i, uint8_t class)
{
    size_t n;
    while (i < b->text.n && class_at(b, i, &n) == class)
        i += n;
    return i;
}

/* A terminator stands at *at: is there a bound behind it, and where?  Where
 * not, *at becomes the place to look on from. */
static enum verdict judge(struct bounds *b, size_t *at)
{
    size_t i = *at, n, end = b->text.n;
    bool before = letter_before(b, i);
    bool stop = class_at(b, i, &n) == U_SB_ATERM;
    i += n;
    uint8_t class = i < end ? class_at(b, i, &n) : U_SB_OTHER;
    if (stop && i < end &&
        (class == U_SB_NUMERIC || (class == U_SB_UPPER && before))) {
        *at = i;
        return GOES_ON;
    }
    i = behind_run(b, i, U_SB_CLOSE);
    i = behind_run(b, i, U_SB_SP);
    class = i < end ? class_at(b, i, &n) : U_SB_OTHER;
    *at = i;
    if (i == end)
        return BOUND;
    if (is_ignored(class))
        return ASK;
    if (is_paragraph(class)) {
        *at = behind_paragraph(b, i);
        return BOUND;
    }
    if (class == U_SB_SCONTINUE || class == U_SB_ATERM || class == U_SB_STERM)
        return GOES_ON;
    return stop ? see_lower(b, at) : BOUND;
}

/* The next bound by the walk, or SIZE_MAX: ICU must take over. */
static size_t walk(struct bounds *b)
{
    size_t i = b->last, n;
    while ((i = next_stop(b, i)) < b->text.n) {
        uint8_t class = class_at(b, i, &n);
        enum verdict v = GOES_ON;
        if (is_paragraph(class))
            return behind_paragraph(b, i);
        if (is_ignored(class))
            return SIZE_MAX;
        if (class == U_SB_ATERM || class == U_SB_STERM)
            v = judge(b, &i);
        else
            i += n;
        if (v == ASK)
            return SIZE_MAX;
        if (v == BOUND &&
            (i == b->text.n || !may_be_kept(b, i) || icu_agrees(b, i)))
            return i;
    }
    return i;
}

size_t bounds_next(struct bounds *b)
{
    if (b->done)
        return SIZE_MAX;
    if (!b->icu) {
        size_t at = walk(b);
        if (at != SIZE_MAX) {
            b->last = at;
            b->done = at == b->text.n;
            return at;
        }
        leave_to_icu(b);
    }
    int32_t next = b->icu ? ubrk_next(b->it) : UBRK_DONE;
    b->done = next == UBRK_DONE || (size_t)next == b->text.n;
    b->last = next == UBRK_DONE ? b->text.n : (size_t)next;
    return b->last;
}

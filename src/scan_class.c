/* A class is a pattern; it is compiled when a page beyond the first is asked
 * for. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "scan_class.h"

#include <pcre2.h>

#include "diag.h"
#include "mem.h"
#include "onig.h"
#include "str.h"

static const struct {
    const char *pattern;
    uint8_t bit;
} classes[SCAN_CLASSES] = {
    {"\\p{L}+", LETTER},
    {"\\p{N}+", NUMBER},
    {"\\s+", SPACE},
    {"[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+", UPPER},
    {"[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+", LOWER},
};

static pcre2_code *compile(const char *pattern, bool young)
{
    int code;
    PCRE2_SIZE at;
    struct buf made = {0};
    struct err e;
    if (onig_to_pcre2(str_of(pattern), young, &made, &e))
        die_err(&e);
    pcre2_code *re = pcre2_compile((PCRE2_SPTR)made.p, made.n,
                                   PCRE2_UTF | PCRE2_UCP, &code, &at, NULL);
    if (!re)
        die(STATUS_SYSTEM, "out of memory");
    buf_free(&made);
    return re;
}

/* Sets bit in page[of[b]] for the characters of text that re matches; of[b]
 * tells which character byte b belongs to. */
static void mark_class(const pcre2_code *re, uint8_t bit, struct str text,
                       const uint8_t *of, uint8_t *page)
{
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    if (!match)
        die(STATUS_SYSTEM, "out of memory");
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(match);
    for (size_t i = 0; i < text.n; i = v[1]) {
        if (pcre2_match(re, (PCRE2_SPTR)text.p, text.n, i, PCRE2_NO_UTF_CHECK,
                        match, NULL) < 0)
            break;
        for (size_t b = v[0]; b < v[1]; b++)
            page[of[b]] |= bit;
    }
    pcre2_match_data_free(match);
}

static const pcre2_code *code_of(struct scan_classes *c, size_t class)
{
    if (!c->codes[class])
        c->codes[class] = compile(classes[class].pattern, true);
    return c->codes[class];
}

void scan_classes_fill(struct scan_classes *c, uint32_t first,
                       uint8_t page[256])
{
    struct buf text = {0};
    uint8_t of[256 * 4];
    memset(page, 0, 256);
    for (uint32_t k = 0; k < 256; k++) {
        size_t from = text.n;
        if ((first + k) >> 11 != 0x1b)
            utf8_put(&text, first + k);
        memset(of + from, (int)k, text.n - from);
    }
    for (size_t k = 0; k < COUNTOF(classes); k++) {
        /* The first page, which all need, has no young ones. */
        pcre2_code *old = first ? NULL : compile(classes[k].pattern, false);
        mark_class(old ? old : code_of(c, k), classes[k].bit, buf_view(&text),
                   of, page);
        pcre2_code_free(old);
    }
    for (uint32_t k = 0; k < 256; k++)
        if (!(page[k] & (LETTER | NUMBER | SPACE)))
            page[k] |= OTHER;
    buf_free(&text);
}

void scan_classes_free(struct scan_classes *c)
{
    for (size_t i = 0; i < SCAN_PAGES; i++)
        mem_free(c->pages[i]);
    for (size_t i = 0; i < SCAN_CLASSES; i++)
        pcre2_code_free(c->codes[i]);
}

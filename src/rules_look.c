/* What a window holds: its words with the rules that they trigger, and which
 * bytes. */
#include <unicode/uchar.h>

#include "rules_impl.h"

/* Length in bytes of the word character at i, which is not ASCII, or 0: \w as
 * PCRE2 has it. */
static size_t word_char(struct str text, size_t i)
{
    uint32_t cp;
    size_t n = utf8_step(text.p + i, text.p + text.n, &cp);
    bool word = n > 0 &&
                (U_GET_GC_MASK((UChar32)cp) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
    return word ? n : 0;
}

/* The word that begins at i, and its rules. */
static struct word word_at(const struct matcher *m, size_t i)
{
    struct str t = m->text;
    struct word w = {i, i, NULL, 0};
    uint64_t hash = WORD_HASH;
    while (w.to < t.n) {
        unsigned char c = (unsigned char)t.p[w.to];
        if (c >= 0x80) {
            size_t n = word_char(t, w.to), end = w.to + n;
            if (n == 0)
                break;
            for (; w.to < end; w.to++)
                hash = word_hash(hash, (unsigned char)t.p[w.to]);
        } else {
            if (!m->lower[c])
                break;
            hash = word_hash(hash, m->lower[c]);
            w.to++;
        }
    }
    if (w.to > i && w.to - i <= WORD_BYTES)
        w.rules = rules_triggered(m->rules, hash, &w.n);
    return w;
}

void matcher_look(struct matcher *m, struct str text, struct span window)
{
    struct str t = str_sub(text, 0, window.to);
    uint64_t seen[4] = {0};
    m->text = t;
    m->whole = text;
    m->words.n = 0;
    m->from = window.from;
    for (size_t i = window.from; i < t.n;) {
        struct word w = word_at(m, i);
        if (w.to > i) {
            vec_push(&m->words, w);
            i = w.to;
        } else {
            do
                i++;
            while (i < t.n && (t.p[i] & 0xC0) == 0x80);
        }
    }
    /* A look-behind may see one byte more. */
    for (size_t i = window.from - (window.from > 0); i < t.n; i++)
        seen[(unsigned char)t.p[i] / 64] |= UINT64_C(1) << (t.p[i] & 63);
    memcpy(m->seen, seen, sizeof seen);
}

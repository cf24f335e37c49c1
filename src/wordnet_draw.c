/* Sister terms and antonyms over the synsets of a word. */
#include "wordnet_impl.h"

#define LEMMA 48  /* bytes of the longest word that is looked up */
#define DRAWS 24  /* hyponyms that are looked at */
#define MANY  999 /* pointers of a synset, by the format */

struct lemma {
    char p[LEMMA];
    size_t n;
    bool plural;  /* the text's word is its plural in s */
    bool capital; /* and it begins with a capital */
    enum wordnet_pos pos;
    struct wordnet_entry entry;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_vowel(char c)
{
    return strchr("aeiou", lower(c)) && c;
}

/* The word as the index has it; false: it is too long, or not ASCII. */
static bool read_lemma(struct str word, struct lemma *out)
{
    out->n = 0;
    if (word.n == 0 || word.n > LEMMA)
        return false;
    for (size_t i = 0; i < word.n; i++) {
        unsigned char c = (unsigned char)word.p[i];
        if (c <= ' ' ? c != ' ' : c >= 0x7F)
            return false;
        out->p[out->n++] = c == ' ' ? '_' : lower(word.p[i]);
    }
    out->capital = word.p[0] >= 'A' && word.p[0] <= 'Z';
    return true;
}

static bool find_lemma(const struct wordnet *w, struct lemma *l)
{
    return wordnet_find(w, l->pos, (struct str){l->p, l->n}, &l->entry);
}

/* Looks for the singular of which the noun l may be the plural. */
static bool find_singular(const struct wordnet *w, struct lemma *l)
{
    if (l->n < 4 || l->p[l->n - 1] != 's' || l->p[l->n - 2] == 's')
        return false;
    l->plural = true;
    if (memcmp(l->p + l->n - 3, "ies", 3) == 0) {
        l->n -= 2;
        l->p[l->n - 1] = 'y';
        return find_lemma(w, l);
    }
    l->n--;
    if (find_lemma(w, l))
        return true;
    l->n--;
    return l->p[l->n] == 'e' && find_lemma(w, l);
}

static bool find_as(const struct wordnet *w, struct str word,
                    enum wordnet_pos pos, struct lemma *l)
{
    *l = (struct lemma){.pos = pos};
    if (!read_lemma(word, l))
        return false;
    if (pos == WORDNET_NOUN) { /* "years" is a noun too, but seldom meant */
        struct lemma single = *l;
        if (find_singular(w, &single) && single.entry.tagged > 0) {
            *l = single;
            return true;
        }
    }
    return find_lemma(w, l);
}

static bool find_word(const struct wordnet *w, struct str word,
                      enum wordnet_pos pos, struct lemma *l)
{
    if (pos != WORDNET_ANY)
        return find_as(w, word, pos, l);
    for (int i = 0; i < WORDNET_ANY; i++)
        if (find_as(w, word, (enum wordnet_pos)i, l))
            return true;
    return false;
}

static bool ends_in(struct str s, const char *tail)
{
    size_t n = strlen(tail);
    return s.n >= n && memcmp(s.p + s.n - n, tail, n) == 0;
}

/* Has the noun a plural that is made by rule? */
static bool has_plain_plural(struct str s)
{
    static const char *const odd[] = {
        "man",  "mouse", "louse", "foot", "tooth", "goose", "child", "sheep",
        "fish", "deer",  "ox",    "f",    "fe",    "is",    "us",    "um",
        "on",   "ics",   "s",     "o",    "x",     "z",     "craft", "ese"};
    for (size_t i = 0; i < COUNTOF(odd); i++)
        if (ends_in(s, odd[i]))
            return ends_in(s, "ion") || ends_in(s, "son") || ends_in(s, "ox");
    return true;
}

static void put_word(struct buf *out, struct str word, bool plural)
{
    for (size_t i = 0; i < word.n; i++)
        buf_char(out, word.p[i] == '_' ? ' ' : word.p[i]);
    if (!plural)
        return;
    char before = word.n > 1 ? word.p[word.n - 2] : 0;
    if (ends_in(word, "y") && !is_vowel(before)) {
        out->n--;
        buf_cstr(out, "ies");
    } else if (ends_in(word, "ch") || ends_in(word, "sh") ||
               ends_in(word, "x")) {
        buf_cstr(out, "es");
    } else {
        buf_char(out, 's');
    }
}

/* Does one of a and b stand in the other, case apart? */
static bool overlaps(struct str a, struct str b)
{
    if (a.n > b.n)
        return overlaps(b, a);
    for (size_t i = 0; i + a.n <= b.n; i++) {
        size_t k = 0;
        while (k < a.n && lower(a.p[k]) == lower(b.p[i + k]))
            k++;
        if (k == a.n)
            return true;
    }
    return false;
}

/* Is the synset among the senses of the entry? */
static bool has_sense(const struct wordnet_entry *e, size_t offset)
{
    struct str rest = e->offsets;
    size_t one;
    for (size_t i = 0; i < e->senses && rest.n > 0; i++)
        if (wordnet_number(wordnet_field(&rest), 10, &one) && one == offset)
            return true;
    return false;
}

/* A word without the mark of where it may stand, as in "awake(p)". */
static struct str plain_word(struct str word)
{
    return str_sub(word, 0, str_find(word, STR("("), 0));
}

/* Is the first word of a hyponym one that readers take in that sense, and
 * none that could mean the same as l? */
static bool fits(const struct wordnet *w, const struct lemma *l,
                 const struct wordnet_synset *s, struct str *word)
{
    struct lemma other = {.pos = l->pos};
    *word = plain_word(wordnet_word(s, 0));
    return read_lemma(*word, &other) && find_lemma(w, &other) &&
           other.entry.first == s->offset && other.capital <= l->capital &&
           !memchr(other.p, '_', other.n) &&
           (other.entry.tagged > 0 || l->entry.tagged == 0) &&
           !has_sense(&l->entry, s->offset) &&
           !has_sense(&other.entry, l->entry.first) &&
           !overlaps(*word, (struct str){l->p, l->n}) &&
           is_vowel(word->p[0]) == is_vowel(l->p[0]) &&
           (!l->plural || has_plain_plural(*word));
}

/* The offsets of the synsets that s points at with symbol or symbol-i, of its
 * own part of speech. */
static size_t pointed(const struct wordnet_synset *s, char symbol,
                      size_t to[MANY])
{
    struct str rest = s->pointers;
    struct wordnet_pointer p;
    size_t n = 0;
    for (size_t i = 0; i < s->n_pointers && n < MANY; i++) {
        if (!wordnet_pointer(&rest, &p))
            break;
        bool same =
            p.symbol.n == 1 || (p.symbol.n == 2 && p.symbol.p[1] == 'i');
        if (same && p.symbol.p[0] == symbol && p.pos == s->pos)
            to[n++] = p.offset;
    }
    return n;
}

bool wordnet_sister(const struct wordnet *w, struct str word,
                    enum wordnet_pos pos, struct rng *r, struct buf *out)
{
    struct lemma l;
    struct wordnet_synset s;
    size_t to[MANY], n;
    if (!find_word(w, word, pos, &l) ||
        !wordnet_read(w, l.pos, l.entry.first, &s) ||
        pointed(&s, '@', to) == 0 || !wordnet_read(w, l.pos, to[0], &s) ||
        (n = pointed(&s, '~', to)) == 0)
        return false;
    for (int i = 0; i < DRAWS; i++) {
        struct str other;
        size_t at = to[rng_below(r, n)];
        if (at == l.entry.first || !wordnet_read(w, l.pos, at, &s) ||
            !fits(w, &l, &s, &other))
            continue;
        put_word(out, other, l.plural);
        return true;
    }
    return false;
}

/* Which word of the synset l is, from 1; 0: none. */
static size_t place_in(const struct lemma *l, const struct wordnet_synset *s)
{
    struct lemma other;
    for (size_t i = 0; i < s->n_words; i++)
        if (read_lemma(plain_word(wordnet_word(s, i)), &other) &&
            str_eq((struct str){other.p, other.n}, (struct str){l->p, l->n}))
            return i + 1;
    return 0;
}

/* A draw among the antonyms of l in synset s; an empty word: it has none. */
static struct str antonym_in(const struct wordnet *w, const struct lemma *l,
                             const struct wordnet_synset *s, struct rng *r)
{
    struct str rest = s->pointers, found = STR("");
    struct wordnet_pointer p;
    struct wordnet_synset there;
    size_t place = place_in(l, s), seen = 0;
    for (size_t i = 0; i < s->n_pointers && wordnet_pointer(&rest, &p); i++)
        if (str_eq(p.symbol, STR("!")) &&
            (p.source == 0 || p.source == place) &&
            wordnet_read(w, p.pos, p.offset, &there)) {
            struct str word = plain_word(
                wordnet_word(&there, p.target > 0 ? p.target - 1 : 0));
            if (word.n > 0 && rng_below(r, ++seen) == 0)
                found = word;
        }
    return found;
}

bool wordnet_antonym(const struct wordnet *w, struct str word,
                     enum wordnet_pos pos, struct rng *r, struct buf *out)
{
    static const enum wordnet_pos order[] = {WORDNET_ADJ, WORDNET_ADV,
                                             WORDNET_VERB, WORDNET_NOUN};
    struct lemma l;
    struct wordnet_synset s;
    for (size_t i = 0; i < COUNTOF(order); i++) {
        if ((pos != WORDNET_ANY && pos != order[i]) ||
            !find_word(w, word, order[i], &l) ||
            !wordnet_read(w, l.pos, l.entry.first, &s))
            continue;
        struct str other = antonym_in(w, &l, &s, r);
        if (other.n == 0 || (l.plural && !has_plain_plural(other)))
            continue;
        put_word(out, other, l.plural);
        return true;
    }
    return false;
}

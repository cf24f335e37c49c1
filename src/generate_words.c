/*
 * Calls that take another word for a word: of the same kind, of the opposite
 * sense, or from elsewhere in the text.  The new word has the case of the
 * old one.
 */
#include "generate.h"

#define REACH 4096 /* bytes of text on either side that are looked through */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

void put_cased(struct buf *out, struct str like, struct str word)
{
    bool first = like.n > 0 && is_upper(like.p[0]), all = like.n > 1;
    for (size_t i = 0; i < like.n; i++)
        all = all && !is_lower(like.p[i]);
    for (size_t i = 0; i < word.n; i++)
        buf_char(out,
                 is_lower(word.p[i]) && ((all && first) || (first && i == 0))
                     ? (char)(word.p[i] - 32)
                     : word.p[i]);
}

/* Can the word stand behind the article in front of the match, if there is
 * one? */
static bool fits_article(const struct call *c, struct str word)
{
    struct str t = c->x->subject;
    size_t at = c->x->n_groups > 0 ? c->x->groups[0] : 0;
    bool vowel = word.n > 0 && strchr("aeiouAEIOU", word.p[0]);
    for (size_t n = 2; n <= 3; n++)
        if (at >= n && t.p[at - 1] == ' ' && (t.p[at - n] | 32) == 'a' &&
            (n == 2 || t.p[at - 2] == 'n') &&
            (at == n || strchr(" \n\"(", t.p[at - n - 1])))
            return vowel == (n == 3);
    return true;
}

/* Draws from WordNet, for calls that name a part of speech and for words
 * that are in no list of ours. */
static bool draw_net(const struct call *c, bool sister, struct buf *out)
{
    const struct wordnet *w = lexicon_net(c->x->lexicon);
    struct str word = c->arg[0];
    struct buf b = {0};
    bool found = w && (sister ? wordnet_sister : wordnet_antonym)(
                          w, word, c->pos, &c->x->rng, &b);
    found = found && fits_article(c, buf_view(&b));
    if (found)
        put_cased(out, is_lower(b.p[0]) ? word : STR(""), buf_view(&b));
    buf_free(&b);
    return found;
}

static bool draw_other(const struct call *c, struct str_list of,
                       struct buf *out)
{
    struct str word = c->arg[0];
    struct str other = of.v[rng_below(&c->x->rng, of.n)];
    put_cased(out, is_lower(other.p[0]) ? word : STR(""), other);
    return fits_article(c, other);
}

bool draw_sister(const struct call *c, struct buf *out)
{
    struct str_list kind = lexicon_sisters(c->x->lexicon, c->arg[0]);
    return c->pos == WORDNET_ANY && kind.n > 1 ? draw_other(c, kind, out)
                                               : draw_net(c, true, out);
}

bool draw_antonym(const struct call *c, struct buf *out)
{
    struct str_list kind = lexicon_antonyms(c->x->lexicon, c->arg[0]);
    return c->pos == WORDNET_ANY && kind.n > 1 ? draw_other(c, kind, out)
                                               : draw_net(c, false, out);
}

/* The end of the capitalised name that begins at i, 0: none does, or it may
 * have its capital from the beginning of a sentence. */
static size_t name_end(struct str t, size_t i)
{
    if (!is_upper(t.p[i]) || i < 2 || t.p[i - 1] != ' ' ||
        !is_lower(t.p[i - 2]))
        return 0;
    size_t end = i;
    for (;;) {
        size_t k = end;
        while (k < t.n && (is_upper(t.p[k]) || is_lower(t.p[k])))
            k++;
        if (k < end + 3 || !is_upper(t.p[end]) || !is_lower(t.p[end + 1]))
            break;
        end = k;
        if (end + 1 >= t.n || t.p[end] != ' ')
            return end;
        end++;
    }
    return end > i ? end - 1 : 0;
}

static size_t number_end(struct str t, size_t i)
{
    size_t end = i;
    if (i > 0 &&
        (t.p[i - 1] == '.' || t.p[i - 1] == ',' || is_lower(t.p[i - 1]) ||
         is_upper(t.p[i - 1]) || (t.p[i - 1] >= '0' && t.p[i - 1] <= '9')))
        return 0;
    while (end < t.n && t.p[end] >= '0' && t.p[end] <= '9')
        end++;
    bool more = end + 1 < t.n && (t.p[end] == '.' || t.p[end] == ',') &&
                t.p[end + 1] >= '0' && t.p[end + 1] <= '9';
    return end > i && !more ? end : 0;
}

bool draw_elsewhere(const struct call *c, struct buf *out)
{
    struct str t = c->x->subject, word = c->arg[0], found = {0};
    size_t at = c->x->n_groups > 0 ? c->x->groups[0] : 0, seen = 0;
    size_t to = size_min(t.n, at + REACH);
    bool name = word.n > 0 && is_upper(word.p[0]);
    for (size_t i = at > REACH ? at - REACH : 0; i < to; i++) {
        size_t end = name ? name_end(t, i) : number_end(t, i);
        if (end == 0)
            continue;
        struct str other = str_sub(t, i, end);
        i = end - 1;
        /* Names that share a word may mean the same. */
        bool fits = name ? str_find(other, word, 0) == other.n &&
                               str_find(word, other, 0) == word.n
                         : other.n == word.n && !str_eq(other, word);
        if (fits && rng_below(&c->x->rng, ++seen) == 0)
            found = other;
    }
    buf_str(out, found);
    return found.n > 0;
}

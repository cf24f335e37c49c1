/*
 * Word lists and misspellings, for the generators of rules.
 *
 * A list is plain text, one entry a line, `#` for comments; an empty one is
 * an error.  Misspellings are
 * lines `wrong->right` as in codespell's dictionary, which can be read as it
 * is; entries with several answers or a remark, and "misspellings" that are
 * words themselves, are left out.
 */
#ifndef INSEC_LEXICON_H
#define INSEC_LEXICON_H

#include "diag.h"
#include "mem.h"
#include "str.h"
#include "wordnet.h"

struct lexicon; /* immutable once settled; shared by threads */

struct str_list {
    const struct str *v; /* borrows from the lexicon */
    size_t n;
};

VEC_NAMED(str_vec, struct str);

struct lexicon *lexicon_new(void); /* returns owned; knows the built-in
                                      misspellings */
void lexicon_free(struct lexicon *x);

/* Adds a dictionary of misspellings, a file. */
int lexicon_dictionary(struct lexicon *x, const char *path,
                       struct err *e) MUST_USE;
/* Maps WordNet's files in folder dir, for the calls that name a part of
 * speech and for words of no kind. */
int lexicon_wordnet(struct lexicon *x, const char *dir, struct err *e) MUST_USE;
const struct wordnet *lexicon_net(const struct lexicon *x); /* or NULL */
/* The list of that name (built in, a kind, or a file where it has a '/'),
 * loaded once; NULL with *e filled where there is none.  Lives as long as x. */
const struct str_list *lexicon_list(struct lexicon *x, struct str name,
                                    struct err *e);
/* The words of its kind ("sisters.txt": lines `kind: a|b|c`), itself among
 * them; none: n is 0.  A word of several kinds has its first. */
struct str_list lexicon_sisters(const struct lexicon *x, struct str word);
/* Likewise the opposite ("antonyms.txt": lines `a|b`), case apart. */
struct str_list lexicon_antonyms(const struct lexicon *x, struct str word);

/* Sorts what was added; before the first look-up. */
void lexicon_settle(struct lexicon *x);

/* The misspellings of a word in lower case; none: n is 0. */
struct str_list lexicon_misspellings(const struct lexicon *x, struct str lower);
/* Number of words that have misspellings. */
size_t lexicon_words(const struct lexicon *x);

#endif

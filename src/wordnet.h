/*
 * WordNet's database files as they are: the format is wndb(5WN), whose index
 * and data files Debian's wordnet-base puts into /usr/share/wordnet.
 *
 * The files are mapped and searched in place: opening reads nothing, and a
 * look-up touches a few pages.  A file that breaks the format has no words.
 */
#ifndef INSEC_WORDNET_H
#define INSEC_WORDNET_H

#include "diag.h"
#include "rng.h"
#include "str.h"

enum wordnet_pos {
    WORDNET_NOUN,
    WORDNET_VERB,
    WORDNET_ADJ,
    WORDNET_ADV,
    WORDNET_ANY /* the first of them that knows the word */
};

/* The part of speech called noun, verb, adj or adv; else WORDNET_ANY. */
enum wordnet_pos wordnet_pos(struct str name);

struct wordnet; /* immutable; shared by threads */

/* Maps index.* and data.* of folder dir, all eight.  Returns owned, or NULL
 * with *e filled. */
struct wordnet *wordnet_open(const char *dir, struct err *e);
void wordnet_free(struct wordnet *w); /* NULL is fine */

/* Appends a sister term of an ASCII word, as WordNet writes it: another
 * hyponym of the hypernym of the word's commonest sense, a single word that
 * is most often meant in that sense, and has been seen in texts if word has.
 * A noun may be a plural in s; its sister is one then.  The sister begins
 * with a vowel if the word does, for the article's sake.  false: none was
 * found in a few draws. */
bool wordnet_sister(const struct wordnet *w, struct str word,
                    enum wordnet_pos pos, struct rng *r, struct buf *out);
/* Likewise an antonym of its commonest sense. */
bool wordnet_antonym(const struct wordnet *w, struct str word,
                     enum wordnet_pos pos, struct rng *r, struct buf *out);

#endif

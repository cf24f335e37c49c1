/* What wordnet.c reads and wordnet_draw.c draws from; nobody else includes
 * it.  All slices borrow from the mapped files. */
#ifndef INSEC_WORDNET_IMPL_H
#define INSEC_WORDNET_IMPL_H

#include "mem.h"
#include "wordnet.h"

struct wordnet {
    struct str index[WORDNET_ANY], data[WORDNET_ANY]; /* owns the mappings */
};

struct wordnet_entry {     /* a line of an index file */
    size_t senses, tagged; /* how many; and that texts were found to use */
    size_t first;          /* offset of the commonest */
    struct str offsets;    /* of all */
};

struct wordnet_synset { /* a line of a data file */
    enum wordnet_pos pos;
    size_t offset, n_words, n_pointers;
    struct str words, pointers;
};

struct wordnet_pointer {
    struct str symbol;
    enum wordnet_pos pos;
    size_t offset;
    size_t source, target; /* words, from 1; 0: of the whole synset */
};

/* The next field of *rest, which separates fields by spaces. */
struct str wordnet_field(struct str *rest);
/* A number of up to nine digits. */
bool wordnet_number(struct str s, unsigned base, size_t *out);
/* The entry of a lemma: in lower case, spaces as underscores. */
bool wordnet_find(const struct wordnet *w, enum wordnet_pos pos,
                  struct str lemma, struct wordnet_entry *out);
/* What follows the lemma on its line. */
bool wordnet_read_entry(struct str rest, struct wordnet_entry *out);
/* The synset at an offset. */
bool wordnet_read(const struct wordnet *w, enum wordnet_pos pos, size_t offset,
                  struct wordnet_synset *out);
/* Word i of it, from 0; behind the last, an empty one. */
struct str wordnet_word(const struct wordnet_synset *s, size_t i);
/* Takes the next pointer off *rest. */
bool wordnet_pointer(struct str *rest, struct wordnet_pointer *out);

#endif

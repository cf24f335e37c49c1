/*
 * What a data set says of itself when it is given away: a card, as on the
 * Hugging Face hub (README.md with YAML in front), and Croissant metadata
 * (version 1.0, JSON-LD).  Both say that the errors in it are meant to be
 * there.  What only the publisher knows, the publisher has to say: a card
 * needs a licence, and Croissant also an address, a creator and a date.
 */
#ifndef INSEC_CARD_H
#define INSEC_CARD_H

#include "manifest.h"

struct card {
    const char *name;    /* of the data set */
    const char *license; /* as the hub spells it: "cc-by-4.0" */
    /* For Croissant: all of them, or NULL. */
    const char *url, *creator, *published;
    const struct tally *classes; /* of errors, by PACK_*; borrows */
};

#define CARD_OPTIONS(c)                                                        \
    {0,         "card", "NAME", OPT_STRING,                                    \
     &(c).name, 0,      0,      "write a card for a data set of this name"},   \
        {0,                                                                    \
         "license",                                                            \
         "ID",                                                                 \
         OPT_STRING,                                                           \
         &(c).license,                                                         \
         0,                                                                    \
         0,                                                                    \
         "the licence that the card gives"},                                   \
        {0,        "url",                                                      \
         "URL",    OPT_STRING,                                                 \
         &(c).url, 0,                                                          \
         0,        "where the data set is published, for Croissant metadata"}, \
        {0,                                                                    \
         "creator",                                                            \
         "NAME",                                                               \
         OPT_STRING,                                                           \
         &(c).creator,                                                         \
         0,                                                                    \
         0,                                                                    \
         "the organization that made it, likewise"},                           \
    {                                                                          \
        0, "published", "DATE", OPT_STRING, &(c).published, 0, 0,              \
            "the day of that, as in 2026-11-23, likewise"                      \
    }

/* What is wrong with the call: a message, or NULL. */
const char *card_misfit(const struct card *c);

/* Append the files; m must be complete, and for Croissant c. */
void card_put_readme(struct buf *out, const struct card *c,
                     const struct manifest *m);
void card_put_croissant(struct buf *out, const struct card *c,
                        const struct manifest *m);

#endif

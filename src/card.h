/*
 * What a data set says of itself when it is given away: a card, as on the
 * Hugging Face hub (README.md with YAML in front), and Croissant metadata
 * (version 1.0, JSON-LD).  Both say that the errors in it are meant to be
 * there.  Who publishes it adds what only they know.
 */
#ifndef INSEC_CARD_H
#define INSEC_CARD_H

#include "manifest.h"

struct card {
    const char *name;    /* of the data set */
    const char *license; /* as the hub spells it: "cc-by-4.0" */
};

/* Lower-case letters, digits, dots and hyphens. */
bool card_license_ok(const char *license);

/* Append the files; m must be complete. */
void card_put_readme(struct buf *out, const struct card *c,
                     const struct manifest *m);
void card_put_croissant(struct buf *out, const struct card *c,
                        const struct manifest *m);

#endif

/* The counts that insec-corrupt --stats shows; they only add up. */
#ifndef INSEC_CORRUPT_COUNT_H
#define INSEC_CORRUPT_COUNT_H

#include "corrupt_candidates.h"
#include "rules.h"

struct counts {
    uint64_t records, clean;   /* copies, of them left alone */
    uint64_t units;            /* in the others */
    uint64_t drawn;            /* units drawn for an error */
    uint64_t nothing;          /* of them, those where nothing could go wrong */
    uint64_t over;             /* of them, those over --max */
    uint64_t rejected;         /* candidates that were right, or drawn before */
    uint64_t checked, refuted; /* candidates; those found right by a check */
    uint64_t answered, missing; /* places with an answer, without */
    struct candidate_counts candidates;
    struct class_count {
        uint64_t places, errors; /* errors: with alternatives */
    } * class;                   /* [classes]; owns */
    struct rule_count {
        uint64_t errors, rejected, limits;
    } * rule; /* [rules]; owns */
    size_t classes, rules;
};

void counts_init(struct counts *c, size_t classes, size_t rules);
void counts_free(struct counts *c);
void counts_add(struct counts *to, const struct counts *c);
/* One more error; rule SIZE_MAX: structural; first: at a new place. */
void counts_made(struct counts *c, size_t class_id, size_t rule, bool first);
/* Appends the fields; rate is what was asked for. */
void counts_put(const struct counts *c, const struct rules *r, double rate,
                struct buf *json);

#endif

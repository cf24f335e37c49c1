/* What corrupt.c (which places) and corrupt_draw.c (which error there) share;
 * nobody else includes it. */
#ifndef INSEC_CORRUPT_WORK_H
#define INSEC_CORRUPT_WORK_H

#include "corrupt.h"
#include "corrupt_check.h"
#include "corrupt_count.h"

/* What a key is for, so that no two draws share one. */
enum salt {
    SALT_CLEAN = 1,
    SALT_UNIT,
    SALT_CLASS,
    SALT_SITE,
    SALT_WRONG,
    SALT_RETRY,
    SALT_WINDOW,
};

struct corruptor {
    struct corrupt_opts opts;
    struct rules *rules;     /* borrows */
    const struct pool *pool; /* borrows */
    struct class
    {
        double weight;
        uint64_t hash;       /* of the name */
        enum structure kind; /* STRUCTURE_KINDS: it has rules only */
    } * class;               /* [classes]; owns */
    size_t classes;
    const struct candidates *candidates; /* borrows; or NULL */
    const struct answers *answers; /* borrows; NULL: rules and structure */
    size_t model, own;             /* class ids */
    struct counts counts;
};

struct place { /* a unit of a record */
    size_t target, index;
    struct span at;
    uint64_t key; /* of (seed, id, copy, field, place) */
};

struct choice {          /* a site with its score in the race */
    struct site site;    /* rule NULL: a structural error */
    enum structure kind; /* that one */
    double score;
    uint64_t key;
};

struct racer {
    double score;
    size_t class_id;
};

struct pending {
    struct edit edit;
    size_t order; /* alternatives stay in the order they were drawn */
    size_t rule;  /* id, or SIZE_MAX */
};

struct corrupt_worker {
    const struct corruptor *c;
    struct segmenter *segmenter;
    struct matcher *matcher;
    struct command *command; /* owns; NULL: no --check-command */
    struct err err;
    bool failed;                   /* the command did, and err says how */
    const struct corrupt_row *row; /* at hand */
    struct span_vec units;         /* of all targets, one after another */
    struct size_vec first;         /* [targets + 1] into units */
    VEC(bool) used;                /* [units] an error stands there */
    struct span_vec own[UNIT_RECORD + 1]; /* units for rules that have one */
    size_t own_target[UNIT_RECORD + 1];   /* that they are of; or SIZE_MAX */
    size_t target;                        /* of the place at hand */
    struct span_vec *protect; /* [n_protect]; of each target, when needed */
    size_t n_protect;
    VEC(struct place) places;
    struct site_vec sites;
    VEC(struct racer) racers;
    VEC(struct choice) choices; /* of one class */
    VEC(struct pending) made;
    size_t first_made; /* at the place at hand */
    struct buf wrong, why;
    struct span_vec answer; /* units of one; words */
    struct span_vec words;
    struct counts counts;
};

/* A number in [0,1) of a key, for one purpose. */
static inline double draw_unit(uint64_t key, uint64_t salt)
{
    struct rng r = rng_from(rng_mix(key, salt));
    return rng_unit(&r);
}

/* The units of a kind in the target of the place at hand; ctx is the worker. */
const struct span_vec *corrupt_units(void *ctx, enum unit unit);

/* Puts one error and its alternatives into w->made; false where nothing
 * fits. */
bool corrupt_place(struct corrupt_worker *w, const struct place *p);

/* The classes that can have a turn at a place, and which one has it: taken
 * out of them. */
void corrupt_race(struct corrupt_worker *w, const struct place *p);
size_t corrupt_next_racer(struct corrupt_worker *w);
/* The choice of a class at place p that wins, into w->choices; with all, every
 * choice, in their order. */
void corrupt_choices(struct corrupt_worker *w, const struct place *p,
                     size_t class_id, bool all);
/* Draws until the nth candidate of a choice is wrong and new, and puts it into
 * w->made, not yet counted; false: there is none. */
bool corrupt_draw(struct corrupt_worker *w, const struct place *p,
                  const struct choice *x, size_t class_id, size_t nth);
/* No other error may stand in the units from p's to the byte `to`. */
void corrupt_use(struct corrupt_worker *w, const struct place *p, size_t to);
/* Errors at a place, by --retry. */
size_t corrupt_wanted(const struct corrupt_worker *w, const struct place *p);

/* As corrupt_place, with a model that chooses, or writes itself.  What it
 * writes counts as a place whether it is wrong or not. */
bool corrupt_ask_model(struct corrupt_worker *w, const struct place *p);

/* Is the text in w->wrong wrong there, as far as the checks can tell? */
bool corrupt_passes(struct corrupt_worker *w, const struct edit *edit);
/* Appends the request for a place. */
void corrupt_request(struct corrupt_worker *w, const struct place *p);
/* As corrupt_place, with the answer of a model. */
bool corrupt_merge(struct corrupt_worker *w, const struct place *p);

#endif

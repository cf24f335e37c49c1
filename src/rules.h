/*
 * Rules: what can be made wrong in a text, from CSV tables; insec-rules(5).
 *
 * A set of rules is read once and shared; each thread matches with its own
 * matcher.  Rules find sites and make candidates; which of them are used is
 * corrupt's.
 */
#ifndef INSEC_RULES_H
#define INSEC_RULES_H

#include "lexicon.h"
#include "rng.h"
#include "segment.h"
#include "template.h"
#include "trigger.h"

struct rules;

struct rule {
    struct str class, name; /* "number", "number.year" */
    size_t id, class_id;    /* index of the rule, of the class */
    double weight;
    uint64_t hash; /* of the name */
    const struct template *wrong, *reason;
    void *code;        /* the compiled pattern; NULL: every word with a
                          known misspelling.  Where words or any_word says so
                          it is anchored */
    bool jit;          /* code is machine code */
    void *asked;       /* what the prompt must match; NULL: anything */
    int unit;          /* enum unit that a match stays in; -1: that drawn */
    bool words;        /* only tried at the words that trigger it */
    bool any_word;     /* only tried at the starts of words */
    unsigned groups;   /* highest group number */
    uint64_t first[4]; /* bytes a match can start with, as bits */
    struct trigger_needs needs;
};

/* lexicon must outlive the rules.  Returns owned. */
struct rules *rules_new(struct lexicon *lexicon);
void rules_free(struct rules *r);
/* Adds a table; name borrows and stands in messages.  A table with an error
 * is refused at the error's line and column; then r is only good for
 * rules_free. */
int rules_add(struct rules *r, const char *name, struct str csv,
              struct err *e) MUST_USE;
/* Builds the index of trigger words; after the last rules_add. */
void rules_settle(struct rules *r);

const struct lexicon *rules_lexicon(const struct rules *r);
size_t rules_n(const struct rules *r);
const struct rule *rules_at(const struct rules *r, size_t i);
/* Index of a class of that name, which is added if it is not there. */
size_t rules_class(struct rules *r, struct str name);
size_t rules_classes(const struct rules *r);

struct rule_class {
    struct str name;
    /* Indices of its rules that weigh something: [n_words] those that words
     * trigger, [n_any] those of any word, [n_search] those that search. */
    const uint32_t *words, *any, *search;
    size_t n_words, n_any, n_search;
    bool asks;                   /* a rule of it looks at the prompt */
    bool asks_all;               /* every rule of it does */
    const struct rule *misspelt; /* the rule without a pattern, or NULL */
};
const struct rule_class *rules_class_at(const struct rules *r, size_t class_id);

/* The hash of a word in lower case, byte by byte from WORD_HASH on (FNV-1a). */
#define WORD_HASH UINT64_C(0xcbf29ce484222325)
static inline uint64_t word_hash(uint64_t hash, unsigned char c)
{
    return (hash ^ c) * UINT64_C(0x100000001b3);
}
/* The rules (indices, of all classes) that the word of this hash triggers. */
const uint32_t *rules_triggered(const struct rules *r, uint64_t word,
                                size_t *n);

/* A place where a rule applies. */
struct site {
    const struct rule *rule;
    size_t from, to; /* bytes of the text */
    size_t at;       /* where the match was tried: from, or in front of it */
    size_t groups;   /* index of its bounds in the matcher's pool */
    size_t n_groups;
};
VEC_NAMED(site_vec, struct site);

struct matcher; /* one per thread */

struct matcher *matcher_new(const struct rules *r); /* returns owned */
void matcher_free(struct matcher *m);
/* Sets the window of text, which must be well-formed UTF-8, for the next
 * scans: what stands in front of the window is seen by look-behinds, nothing
 * behind it is.  The text is borrowed until the next one is set. */
void matcher_look(struct matcher *m, struct str text, struct span window);
/* From now on, of(ctx, unit) gives the units of that kind of the text that is
 * looked at, for rules that have a unit of their own: their matches begin in
 * the window and may end behind it.  Without it they have the window only. */
void matcher_units(struct matcher *m, void *ctx,
                   const struct span_vec *(*of)(void *ctx, enum unit unit));
/* The key of what is drawn at a site: of a place's key, the rule and where it
 * was tried. */
static inline uint64_t site_key(uint64_t place, const struct rule *rule,
                                size_t at)
{
    return rng_mix(rng_mix(place, rule->hash), at);
}
/* A race between the sites of a scan, so that most need not be matched: the
 * one of the lowest score wins. */
struct race {
    uint64_t key;  /* of the place */
    uint64_t salt; /* what tells scores from other draws, finalised */
    void *ctx;
    bool (*takes)(void *ctx, const struct site *site); /* may it be one? */
    double best;                                       /* INFINITY to start */
};
/* The score of the site of that key and its rule: exponential, so that the
 * chance to win is in proportion to the weight.  One that is not below `best`
 * may be given as INFINITY. */
double race_score(const struct race *r, uint64_t site, double weight);
/* Fills out with the sites of a class's rules in the window: with a race,
 * only some, of which the last has won; with NULL, all.  Matches may overlap.
 * A rule that reaches its match limit gives no more sites there. */
void matcher_scan(struct matcher *m, size_t class_id, struct race *race,
                  struct site_vec *out);
/* The prompt that the text of the next scans answers; it is borrowed until
 * the next one is set. */
void matcher_ask(struct matcher *m, struct str prompt);
/* Appends a candidate for a site of the last scan; false: there is none. */
bool matcher_wrong(struct matcher *m, const struct site *s, struct str text,
                   struct rng rng, struct buf *out);
/* Appends the reason why wrong is wrong there. */
void matcher_reason(struct matcher *m, const struct site *s, struct str text,
                    struct str wrong, struct buf *out);
/* How often rule i reached its match limit. */
uint64_t matcher_limits(const struct matcher *m, size_t i);

#endif

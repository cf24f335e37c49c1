/*
 * Task chain: variables defined by one operation each over a dependency
 * graph, modulo a prime, in the manner of iGSM (arXiv 2407.20311, 2408.16293
 * section 2).  The definitions come shuffled; the solution computes what the
 * question needs, in dependency order.
 *
 *     Let c = b * a. Let a = 4. Let b = a + 5. What is c modulo 7?
 *     b = a + 5 = 4 + 5 = 2.
 *     c = b * a = 2 * 4 = 1.
 *     Answer: 1.
 *
 * chain.c draws and evaluates, chain_text.c writes, chain_parse.c reads a
 * prompt, chain_check.c judges completions.
 */
#ifndef INSEC_CHAIN_H
#define INSEC_CHAIN_H

#include "problem.h"

#define CHAIN_OPS         32 /* at most; at least 1 */
#define CHAIN_DISTRACTORS 12 /* at most */
#define CHAIN_MODULUS     97 /* at most */
#define CHAIN_VARS        52 /* all of these and at most 8 given values */

enum chain_style { CHAIN_EQUATION, CHAIN_WORDS };
#define CHAIN_STYLES "equation|words"

enum chain_op { CHAIN_GIVEN, CHAIN_ADD, CHAIN_SUB, CHAIN_MUL };

/* A name: "b" alone (item), or "pens in each red box". */
struct chain_name {
    struct str item, kind, box; /* kind "red", box "box": empty in equations;
                                   borrow from the prompt or static text */
};

struct chain_term {
    int var;   /* index, or -1 for a constant */
    int value; /* the constant */
};

struct chain_var {
    struct chain_name name;
    enum chain_op op;
    struct chain_term term[2]; /* CHAIN_GIVEN: a constant in [0] */
    /* filled by chain_settle: */
    int value;
    int depth;   /* operations on the longest way to a given value, itself
                    included */
    bool needed; /* the question depends on it */
    enum { CHAIN_NEW, CHAIN_OPEN, CHAIN_SETTLED } state;
};

struct chain {
    struct chain_var var[CHAIN_VARS];
    int n;
    int shown[CHAIN_VARS]; /* order of the definitions in the prompt */
    int asked;             /* the question's variable */
    int modulus;
    enum chain_style style;
    int steps[CHAIN_VARS]; /* needed operations in the order of the solution:
                              depth first, left term first */
    int n_steps;           /* both filled by chain_settle */
};

/* Draws a problem of that many needed operations. */
void chain_draw(struct chain *c, const struct problem_opts *o, int ops,
                struct rng *r);
/* Evaluates all; the index of a variable on a cycle, or -1 if all is well. */
int chain_settle(struct chain *c);
/* Hash of what must not be shared between train and test: the expression
 * that the question unfolds to, without names, order of definitions,
 * distractors, and the sides of a sum or product; constants and given values
 * count only in problems of one or two operations. */
uint64_t chain_structure(const struct chain *c);

/* A step's line in parts, so that a wrong one can be named. */
enum { STEP_NAME, STEP_RULE, STEP_VALUES, STEP_RESULT, STEP_PARTS };

void chain_put_prompt(struct buf *b, const struct chain *c);
void chain_put_name(struct buf *b, const struct chain *c, int var);
/* The right side of var's definition in the style of a step: "a + 5". */
void chain_put_rule(struct buf *b, const struct chain *c, int var);
/* The same with values put in: "4 + 5". */
void chain_put_values(struct buf *b, const struct chain *c, int var);
/* Appends var's step without a newline, and where its parts end. */
void chain_put_step(struct buf *b, const struct chain *c, int var,
                    size_t ends[STEP_PARTS]);
/* The name at *s: false where there is none. */
bool chain_scan_name(struct scan *s, enum chain_style style,
                     struct chain_name *name);
int chain_find(const struct chain *c, const struct chain_name *name); /* -1 */

/* Reads a prompt back, in either style, and settles it.  Refuses what is not
 * of the form that chain_put_prompt writes, names defined twice or never,
 * cycles, numbers not below the modulus, and moduli that are not prime. */
int chain_parse(struct str prompt, struct chain *c, struct err *e) MUST_USE;

/* As sums_make and sums_check. */
int chain_make(const struct problem_opts *o, uint64_t level_key, uint64_t key,
               struct problem *p);
int chain_check(struct str prompt, struct str completion, struct verdict *v,
                struct err *e) MUST_USE;

#endif

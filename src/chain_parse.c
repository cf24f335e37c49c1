/* Task chain: reads a problem from the text of its prompt, trusting nothing
 * else.  Two passes: definitions name variables that may come later. */
#include "chain.h"

/* A definition as it stands: names, not yet variables. */
struct raw_term {
    struct chain_name name;
    bool constant;
    int64_t value;
};

struct raw {
    enum chain_op op;
    struct raw_term term[2];
};

struct chain_reading {
    struct chain *c;
    struct scan at;
    const char *start;
    struct raw raw[CHAIN_VARS];
    struct chain_name asked;
};

static int refuse(const struct chain_reading *r, struct err *e,
                  const char *what)
{
    return err_set(e, STATUS_DATA, "prompt: byte %zu: %s",
                   (size_t)(r->at.p - r->start), what);
}

bool chain_scan_name(struct scan *s, enum chain_style style,
                     struct chain_name *name)
{
    struct scan at = *s;
    *name = (struct chain_name){{"", 0}, {"", 0}, {"", 0}};
    if (!scan_word(&at, &name->item))
        return false;
    if (style == CHAIN_WORDS &&
        (!scan_lit(&at, " in each ") || !scan_word(&at, &name->kind) ||
         !scan_lit(&at, " ") || !scan_word(&at, &name->box)))
        return false;
    *s = at;
    return true;
}

int chain_find(const struct chain *c, const struct chain_name *name)
{
    for (int i = 0; i < c->n; i++) {
        const struct chain_name *n = &c->var[i].name;
        if (str_eq(n->item, name->item) && str_eq(n->kind, name->kind) &&
            str_eq(n->box, name->box))
            return i;
    }
    return -1;
}

static bool scan_term(struct scan *s, struct raw_term *t)
{
    t->constant = scan_number(s, &t->value);
    return t->constant || chain_scan_name(s, CHAIN_EQUATION, &t->name);
}

static bool scan_sign(struct scan *s, enum chain_op *op)
{
    *op = scan_lit(s, " + ")   ? CHAIN_ADD
          : scan_lit(s, " - ") ? CHAIN_SUB
          : scan_lit(s, " * ") ? CHAIN_MUL
                               : CHAIN_GIVEN;
    return *op != CHAIN_GIVEN;
}

/* "b = a + 3" behind "Let " */
static bool scan_equation(struct scan *s, struct chain_name *name,
                          struct raw *d)
{
    if (!chain_scan_name(s, CHAIN_EQUATION, name) || !scan_lit(s, " = ") ||
        !scan_term(s, &d->term[0]))
        return false;
    if (scan_sign(s, &d->op))
        return scan_term(s, &d->term[1]) &&
               !(d->term[0].constant && d->term[1].constant);
    return d->term[0].constant;
}

/* " minus the ", for two variables or behind a number */
static bool scan_join(struct scan *s, enum chain_op *op)
{
    *op = scan_lit(s, " plus the ")    ? CHAIN_ADD
          : scan_lit(s, " minus the ") ? CHAIN_SUB
          : scan_lit(s, " times the ") ? CHAIN_MUL
                                       : CHAIN_GIVEN;
    return *op != CHAIN_GIVEN;
}

/* "3 more than the pens in each red box": the number is the second term,
 * but in "3 minus the pens in each red box". */
static bool scan_number_rule(struct scan *s, struct raw *d)
{
    bool left = false;
    if (scan_lit(s, " more than the "))
        d->op = CHAIN_ADD;
    else if (scan_lit(s, " fewer than the "))
        d->op = CHAIN_SUB;
    else if (scan_lit(s, " times the "))
        d->op = CHAIN_MUL;
    else if ((left = scan_lit(s, " minus the ")))
        d->op = CHAIN_SUB;
    else
        return false;
    if (!left) {
        d->term[1] = d->term[0];
        d->term[0].constant = false;
    }
    return chain_scan_name(s, CHAIN_WORDS, &d->term[left].name);
}

/* "cups in each blue bag are 3 more than the pens in each red box" */
static bool scan_words(struct scan *s, struct chain_name *name, struct raw *d)
{
    if (!chain_scan_name(s, CHAIN_WORDS, name) || !scan_lit(s, " are "))
        return false;
    d->term[0].constant = scan_number(s, &d->term[0].value);
    if (d->term[0].constant)
        return scan_number_rule(s, d);
    return scan_lit(s, "the ") &&
           chain_scan_name(s, CHAIN_WORDS, &d->term[0].name) &&
           scan_join(s, &d->op) &&
           chain_scan_name(s, CHAIN_WORDS, &d->term[1].name);
}

/* 1: a definition was read; 0: there is none here; -1. */
static int read_definition(struct chain_reading *r, struct err *e)
{
    struct chain *c = r->c;
    struct chain_name name;
    struct raw d = {.op = CHAIN_GIVEN};
    bool good;
    struct scan *s = &r->at;
    if (c->style == CHAIN_EQUATION && scan_lit(s, "Let ")) {
        good = scan_equation(s, &name, &d);
    } else if (c->style == CHAIN_WORDS && scan_lit(s, "There are ")) {
        d.term[0].constant = true;
        good = scan_number(s, &d.term[0].value) && scan_lit(s, " ") &&
               chain_scan_name(s, CHAIN_WORDS, &name);
    } else if (c->style == CHAIN_WORDS && scan_lit(s, "The ")) {
        good = scan_words(s, &name, &d);
    } else {
        return 0;
    }
    if (!good || !scan_lit(s, ". "))
        return refuse(r, e, "malformed definition");
    if (c->n == CHAIN_VARS)
        return refuse(r, e, "too many definitions");
    if (chain_find(c, &name) >= 0)
        return refuse(r, e, "a name is defined twice");
    r->raw[c->n] = d;
    c->shown[c->n] = c->n;
    c->var[c->n++] = (struct chain_var){
        .name = name, .op = d.op, .term = {{-1, 0}, {-1, 0}}};
    return 1;
}

static int read_question(struct chain_reading *r, struct err *e)
{
    struct scan *s = &r->at;
    struct chain_name *n = &r->asked;
    int64_t modulus;
    bool good;
    *n = (struct chain_name){{"", 0}, {"", 0}, {"", 0}};
    if (r->c->style == CHAIN_EQUATION)
        good = scan_lit(s, "What is ") &&
               chain_scan_name(s, CHAIN_EQUATION, n) && scan_lit(s, " modulo ");
    else
        good = scan_lit(s, "How many ") && scan_word(s, &n->item) &&
               scan_lit(s, " are in each ") && scan_word(s, &n->kind) &&
               scan_lit(s, " ") && scan_word(s, &n->box) &&
               scan_lit(s, ", modulo ");
    if (!good || !scan_number(s, &modulus) || !scan_lit(s, "?") ||
        s->p < s->end)
        return refuse(r, e, "no definition and no question");
    if (modulus > CHAIN_MODULUS || !is_prime((int)modulus))
        return refuse(r, e, "the modulus is no prime up to 97");
    r->c->modulus = (int)modulus;
    return 0;
}

static int resolve_term(const struct chain_reading *r, struct chain_term *t,
                        const struct raw_term *raw, struct err *e)
{
    *t = (struct chain_term){-1, 0};
    if (raw->constant) {
        if (raw->value >= r->c->modulus)
            return refuse(r, e, "a number is not below the modulus");
        t->value = (int)raw->value;
        return 0;
    }
    t->var = chain_find(r->c, &raw->name);
    return t->var < 0 ? refuse(r, e, "a name is never defined") : 0;
}

static int resolve(struct chain_reading *r, struct err *e)
{
    struct chain *c = r->c;
    for (int i = 0; i < c->n; i++) {
        for (int t = 0; t < (c->var[i].op == CHAIN_GIVEN ? 1 : 2); t++) {
            if (resolve_term(r, &c->var[i].term[t], &r->raw[i].term[t], e))
                return -1;
        }
    }
    c->asked = chain_find(c, &r->asked);
    if (c->asked < 0)
        return refuse(r, e, "the question's name is never defined");
    if (chain_settle(c) >= 0)
        return refuse(r, e, "a definition depends on itself");
    return 0;
}

int chain_parse(struct str prompt, struct chain *c, struct err *e)
{
    struct chain_reading r = {.c = c, .start = prompt.p};
    r.at = (struct scan){prompt.p, prompt.p + prompt.n};
    bool equation =
        str_starts(prompt, STR("Let ")) || str_starts(prompt, STR("What "));
    c->style = equation ? CHAIN_EQUATION : CHAIN_WORDS;
    c->n = 0;
    for (;;) {
        int got = read_definition(&r, e);
        if (got < 0)
            return -1;
        if (!got)
            break;
    }
    return read_question(&r, e) ? -1 : resolve(&r, e);
}

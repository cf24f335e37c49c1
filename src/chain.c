/* Task chain: the graph.  Draws problems and evaluates them; writes and reads
 * no text.  See chain.h. */
#include "chain.h"

#define GIVEN_MOST 8

/* ---- evaluation */

static int operate(enum chain_op op, int x, int y, int modulus)
{
    switch (op) {
    case CHAIN_ADD:
        return (x + y) % modulus;
    case CHAIN_SUB:
        return (x - y + modulus) % modulus;
    case CHAIN_MUL:
        return x * y % modulus;
    default:
        return x;
    }
}

/* Settles var and all it depends on; needed: for the question. */
static int settle(struct chain *c, int var, bool needed)
{
    struct chain_var *v = &c->var[var];
    int value[2] = {0, 0}, terms = v->op == CHAIN_GIVEN ? 1 : 2;
    if (v->state == CHAIN_OPEN)
        return var;
    if (v->state == CHAIN_SETTLED)
        return -1;
    v->state = CHAIN_OPEN;
    v->depth = 0;
    for (int i = 0; i < terms; i++) {
        const struct chain_term *t = &v->term[i];
        value[i] = t->value;
        if (t->var < 0)
            continue;
        int bad = settle(c, t->var, needed);
        if (bad >= 0)
            return bad;
        value[i] = c->var[t->var].value;
        if (c->var[t->var].depth > v->depth)
            v->depth = c->var[t->var].depth;
    }
    v->value = operate(v->op, value[0], value[1], c->modulus);
    v->depth += v->op != CHAIN_GIVEN;
    v->needed = needed;
    v->state = CHAIN_SETTLED;
    if (needed && v->op != CHAIN_GIVEN)
        c->steps[c->n_steps++] = var;
    return -1;
}

int chain_settle(struct chain *c)
{
    c->n_steps = 0;
    for (int i = 0; i < c->n; i++)
        c->var[i].state = CHAIN_NEW;
    int bad = settle(c, c->asked, true);
    for (int i = 0; i < c->n && bad < 0; i++)
        bad = settle(c, i, false);
    return bad;
}

/* ---- structure */

static uint64_t unfold(const struct chain *c, int var, bool values,
                       uint64_t known[CHAIN_VARS])
{
    const struct chain_var *v = &c->var[var];
    uint64_t side[2] = {1, 1};
    if (known[var])
        return known[var];
    for (int i = 0; i < (v->op == CHAIN_GIVEN ? 1 : 2); i++) {
        if (v->term[i].var >= 0)
            side[i] = unfold(c, v->term[i].var, values, known);
        else if (values)
            side[i] = rng_mix(2, (uint64_t)v->term[i].value);
    }
    bool swap = side[0] > side[1] && v->op != CHAIN_SUB;
    uint64_t key = rng_mix(rng_mix(v->op, side[swap]), side[!swap]);
    known[var] = key ? key : 1;
    return known[var];
}

uint64_t chain_structure(const struct chain *c)
{
    uint64_t known[CHAIN_VARS] = {0};
    return unfold(c, c->asked, c->n_steps <= 2, known);
}

/* ---- drawing */

struct drawing {
    struct chain *c;
    struct rng *r;
    bool loose[CHAIN_VARS]; /* an operation that no later one uses yet */
    int n_loose;
    int n_given, given_most;
};

static int add_given(struct drawing *d)
{
    struct chain *c = d->c;
    /* 0 would empty products, but modulo 2 it must vary */
    int lo = c->modulus > 2;
    int value = lo + (int)rng_below(d->r, (uint64_t)(c->modulus - lo));
    c->var[c->n] = (struct chain_var){.term = {{-1, value}, {-1, 0}}};
    d->n_given++;
    return c->n++;
}

/* A variable for the next operation, other than `other`: a loose one, or, if
 * it need not be loose, as likely any, a new given value among them. */
static int draw_var(struct drawing *d, bool must, int other)
{
    struct chain *c = d->c;
    bool spare = other >= 0 && d->loose[other];
    int loose = d->n_loose - spare;
    if (must || (loose > 0 && rng_below(d->r, 2))) {
        int k = (int)rng_below(d->r, (uint64_t)loose);
        for (int i = 0;; i++) {
            if (d->loose[i] && i != other && k-- == 0)
                return i;
        }
    }
    int old = c->n - (other >= 0);
    int k = (int)rng_below(
        d->r, (uint64_t)(old + (d->n_given < d->given_most || !old)));
    if (k == old)
        return add_given(d);
    return k + (other >= 0 && k >= other);
}

static struct chain_term draw_constant(struct drawing *d, enum chain_op op)
{
    /* times 1 says nothing, unless there is nothing else (modulo 2) */
    int lo = op == CHAIN_MUL && d->c->modulus > 2 ? 2 : 1;
    int n = d->c->modulus - lo;
    return (struct chain_term){-1, lo + (int)rng_below(d->r, (uint64_t)n)};
}

/* Appends an operation; must: how many of its terms must be loose. */
static int add_operation(struct drawing *d, int must)
{
    struct chain_var v = {.op = CHAIN_ADD};
    v.op += (enum chain_op)rng_below(d->r, 3);
    bool two = must == 2 || rng_below(d->r, 2);
    int first = draw_var(d, must >= 1, -1);
    /* a constant stands on the right, but for half of the differences */
    bool swap = two || v.op == CHAIN_SUB ? rng_below(d->r, 2) : 0;
    v.term[swap] = (struct chain_term){first, 0};
    if (two)
        v.term[!swap] = (struct chain_term){draw_var(d, must == 2, first), 0};
    else
        v.term[!swap] = draw_constant(d, v.op);
    d->c->var[d->c->n] = v;
    return d->c->n++;
}

/* Operations of which the last needs all others: one can use up at most two
 * loose ones, so with k to come at most k + 1 may be loose. */
static void draw_needed(struct drawing *d, int ops)
{
    for (int left = ops - 1; left >= 0; left--) {
        int must = d->n_loose > left ? d->n_loose - left : 0;
        int v = add_operation(d, must);
        for (int i = 0; i < 2; i++) {
            int used = d->c->var[v].term[i].var;
            if (used >= 0 && d->loose[used]) {
                d->loose[used] = false;
                d->n_loose--;
            }
        }
        d->loose[v] = true;
        d->n_loose++;
    }
    d->c->asked = d->c->n - 1;
}

static void draw_distractors(struct drawing *d, int n)
{
    d->n_loose = 0;
    d->loose[d->c->asked] = false;
    d->given_most = 0;
    for (int i = 0; i < n; i++)
        add_operation(d, 0);
}

static void shuffle(struct chain *c, bool sorted, struct rng *r)
{
    for (int i = 0; i < c->n; i++) {
        int at = (int)rng_below(r, (uint64_t)i + 1);
        c->shown[i] = c->shown[at];
        c->shown[at] = i;
    }
    for (int i = 1; sorted && i < c->n; i++) {
        int at = i, v = c->shown[i];
        for (; at && c->var[c->shown[at - 1]].depth > c->var[v].depth; at--)
            c->shown[at] = c->shown[at - 1];
        c->shown[at] = v;
    }
}

void chain_draw(struct chain *c, const struct problem_opts *o, int ops,
                struct rng *r)
{
    struct drawing d = {.c = c, .r = r};
    d.given_most = ops / 2 + 2 < GIVEN_MOST ? ops / 2 + 2 : GIVEN_MOST;
    c->n = 0;
    c->modulus = o->modulus;
    c->style = (enum chain_style)o->style;
    draw_needed(&d, ops);
    draw_distractors(&d, o->distractors);
    chain_settle(c);
    shuffle(c, o->sorted, r);
}

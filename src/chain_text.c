/* Task chain: prompts, steps and names as text, in both styles.  Decides
 * nothing; chain_parse.c reads what this writes. */
#include "chain.h"

/* What a definition in words says of its terms, by operation. */
static const char *const signs[] = {"", " + ", " - ", " * "};
static const char *const joins[] = {"", " plus the ", " minus the ",
                                    " times the "};

static void put_thing(struct buf *b, const struct chain_name *n)
{
    buf_str(b, n->item);
    buf_cstr(b, " in each ");
    buf_str(b, n->kind);
    buf_char(b, ' ');
    buf_str(b, n->box);
}

void chain_put_name(struct buf *b, const struct chain *c, int var)
{
    if (c->style == CHAIN_WORDS)
        put_thing(b, &c->var[var].name);
    else
        buf_str(b, c->var[var].name.item);
}

static void put_term(struct buf *b, const struct chain *c,
                     const struct chain_term *t)
{
    if (t->var < 0)
        buf_i64(b, t->value);
    else
        chain_put_name(b, c, t->var);
}

/* "3 more than the pens in each red box" */
static void put_rule_words(struct buf *b, const struct chain *c,
                           const struct chain_var *v)
{
    const struct chain_term *t = v->term;
    if (v->op == CHAIN_GIVEN) {
        buf_i64(b, t[0].value);
    } else if (t[0].var >= 0 && t[1].var >= 0) {
        buf_cstr(b, "the ");
        put_term(b, c, &t[0]);
        buf_cstr(b, joins[v->op]);
        put_term(b, c, &t[1]);
    } else {
        bool left = t[0].var < 0; /* only a difference has it on the left */
        buf_i64(b, t[!left].value);
        buf_cstr(b, left                 ? " minus the "
                    : v->op == CHAIN_ADD ? " more than the "
                    : v->op == CHAIN_SUB ? " fewer than the "
                                         : " times the ");
        put_term(b, c, &t[left]);
    }
}

void chain_put_rule(struct buf *b, const struct chain *c, int var)
{
    const struct chain_var *v = &c->var[var];
    if (c->style == CHAIN_WORDS) {
        put_rule_words(b, c, v);
        return;
    }
    put_term(b, c, &v->term[0]);
    if (v->op != CHAIN_GIVEN) {
        buf_cstr(b, signs[v->op]);
        put_term(b, c, &v->term[1]);
    }
}

static void put_definition(struct buf *b, const struct chain *c, int var)
{
    const struct chain_var *v = &c->var[var];
    if (c->style == CHAIN_EQUATION) {
        buf_cstr(b, "Let ");
        chain_put_name(b, c, var);
        buf_cstr(b, " = ");
        chain_put_rule(b, c, var);
    } else if (v->op == CHAIN_GIVEN) {
        buf_cstr(b, "There are ");
        buf_i64(b, v->term[0].value);
        buf_char(b, ' ');
        chain_put_name(b, c, var);
    } else {
        buf_cstr(b, "The ");
        chain_put_name(b, c, var);
        buf_cstr(b, " are ");
        chain_put_rule(b, c, var);
    }
    buf_cstr(b, ". ");
}

void chain_put_prompt(struct buf *b, const struct chain *c)
{
    const struct chain_name *n = &c->var[c->asked].name;
    for (int i = 0; i < c->n; i++)
        put_definition(b, c, c->shown[i]);
    if (c->style == CHAIN_EQUATION) {
        buf_cstr(b, "What is ");
        chain_put_name(b, c, c->asked);
        buf_printf(b, " modulo %d?", c->modulus);
    } else {
        buf_cstr(b, "How many ");
        buf_str(b, n->item);
        buf_cstr(b, " are in each ");
        buf_str(b, n->kind);
        buf_char(b, ' ');
        buf_str(b, n->box);
        buf_printf(b, ", modulo %d?", c->modulus);
    }
}

static int term_value(const struct chain *c, const struct chain_term *t)
{
    return t->var < 0 ? t->value : c->var[t->var].value;
}

void chain_put_values(struct buf *b, const struct chain *c, int var)
{
    const struct chain_var *v = &c->var[var];
    buf_i64(b, term_value(c, &v->term[0]));
    if (v->op != CHAIN_GIVEN) {
        buf_cstr(b, signs[v->op]);
        buf_i64(b, term_value(c, &v->term[1]));
    }
}

void chain_put_step(struct buf *b, const struct chain *c, int var,
                    size_t ends[STEP_PARTS])
{
    size_t from = b->n;
    bool words = c->style == CHAIN_WORDS;
    bool given = c->var[var].op == CHAIN_GIVEN;
    buf_cstr(b, words ? "The " : "");
    chain_put_name(b, c, var);
    buf_cstr(b, words ? " are " : " = ");
    ends[STEP_NAME] = b->n - from;
    if (!words && !given) {
        chain_put_rule(b, c, var);
        buf_cstr(b, " = ");
    }
    ends[STEP_RULE] = b->n - from;
    if (!given) {
        chain_put_values(b, c, var);
        buf_cstr(b, " = ");
    }
    ends[STEP_VALUES] = b->n - from;
    buf_i64(b, c->var[var].value);
    buf_char(b, '.');
    ends[STEP_RESULT] = b->n - from;
}

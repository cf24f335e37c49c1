/* Task chain: makes records and judges completions.  A step is right when it
 * is, byte for byte, the step of the variable that it names, and what it uses
 * has been given or computed before; order is free. */
#include "chain.h"

#include <stdio.h>

static const char *const kinds[] = {"red", "blue", "green", "old",
                                    "new", "big",  "small", "white"};
static const char *const boxes[] = {"box", "bag", "jar", "tin",
                                    "cup", "can", "pot", "crate"};
static const char *const items[] = {"pens", "keys",  "coins", "nuts",
                                    "pins", "beads", "figs",  "shells"};
static const char letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* Gives each variable another name, drawn without replacement. */
static void draw_names(struct chain *c, struct rng *r)
{
    uint64_t most = c->style == CHAIN_WORDS ? 512 : c->n <= 26 ? 26 : 52;
    uint16_t pool[512];
    for (uint16_t i = 0; i < most; i++)
        pool[i] = i;
    for (int i = 0; i < c->n; i++) {
        uint64_t at = rng_below(r, most--);
        uint16_t k = pool[at];
        struct chain_name *n = &c->var[i].name;
        pool[at] = pool[most];
        if (c->style == CHAIN_WORDS)
            *n = (struct chain_name){str_of(items[k % 8]),
                                     str_of(kinds[k / 8 % 8]),
                                     str_of(boxes[k / 64])};
        else
            *n = (struct chain_name){{letters + k, 1}, {"", 0}, {"", 0}};
    }
}

int chain_make(const struct problem_opts *o, uint64_t level_key, uint64_t key,
               struct problem *p)
{
    struct chain c;
    struct rng level = rng_from(level_key), r = rng_from(key);
    size_t ends[STEP_PARTS];
    p->level = range_draw(o->ops, &level);
    chain_draw(&c, o, p->level, &r);
    if (!split_has(o->split, chain_structure(&c)))
        return 0;
    draw_names(&c, &r);
    chain_put_prompt(&p->prompt, &c);
    for (int i = 0; i < c.n_steps; i++) {
        buf_char(&p->completion, '\n');
        chain_put_step(&p->completion, &c, c.steps[i], ends);
    }
    buf_i64(&p->answer, c.var[c.asked].value);
    put_answer(&p->completion, buf_view(&p->answer));
    return 1;
}

struct chain_judging {
    struct chain c;
    bool done[CHAIN_VARS]; /* given, or computed by a step so far */
    struct buf text;       /* owns; scratch */
};

/* verdict_wrong with the text of *b, which is scratch, inserted. */
static void wrong_text(struct verdict *v, const char *before,
                       const struct buf *b, const char *after)
{
    verdict_wrong(v, "%s%.*s%s", before, (int)size_min(b->n, 200), b->p, after);
}

/* The variable that the line is a step of, or -1. */
static int line_variable(const struct chain *c, struct str line)
{
    struct scan at = {line.p, line.p + line.n};
    struct chain_name name;
    bool words = c->style == CHAIN_WORDS;
    if ((words && !scan_lit(&at, "The ")) ||
        !chain_scan_name(&at, c->style, &name) ||
        !scan_lit(&at, words ? " are " : " = "))
        return -1;
    return chain_find(c, &name);
}

/* Is all computed that var's definition uses? */
static bool terms_done(struct chain_judging *j, int var, struct verdict *v)
{
    const struct chain_term *t = j->c.var[var].term;
    for (int i = 0; i < 2; i++) {
        if (t[i].var < 0 || j->done[t[i].var])
            continue;
        j->text.n = 0;
        chain_put_name(&j->text, &j->c, t[i].var);
        wrong_text(v, "uses ", &j->text, " before it is computed");
        return false;
    }
    return true;
}

/* Says what the part of var's step should have been. */
static void wrong_part(struct chain_judging *j, int var, size_t part,
                       struct verdict *v)
{
    struct buf *b = &j->text;
    b->n = 0;
    if (part <= STEP_RULE || j->c.var[var].op == CHAIN_GIVEN) {
        chain_put_name(b, &j->c, var);
        buf_cstr(b, j->c.style == CHAIN_WORDS ? " are " : " is ");
        chain_put_rule(b, &j->c, var);
        wrong_text(v, "", b, "");
    } else if (part == STEP_VALUES) {
        chain_put_values(b, &j->c, var);
        wrong_text(v, "the values put in give ", b, "");
    } else {
        chain_put_values(b, &j->c, var);
        buf_printf(b, " is %d modulo %d", j->c.var[var].value, j->c.modulus);
        wrong_text(v, "", b, "");
    }
}

static bool chain_step(void *ctx, struct str line, struct verdict *v)
{
    struct chain_judging *j = ctx;
    size_t ends[STEP_PARTS];
    int var = line_variable(&j->c, line);
    if (var < 0) {
        verdict_wrong(v, "no step of a variable in the problem");
        return false;
    }
    j->text.n = 0;
    chain_put_step(&j->text, &j->c, var, ends);
    size_t part = part_differing(line, buf_view(&j->text), ends, STEP_PARTS);
    bool again = j->done[var];
    j->done[var] = true; /* even if wrong, so that later steps are judged by
                            themselves */
    if (part <= STEP_RULE) {
        wrong_part(j, var, part, v);
        return false;
    }
    if (!terms_done(j, var, v))
        return false;
    if (part < STEP_PARTS) {
        wrong_part(j, var, part, v);
        return false;
    }
    v->unneeded += again || !j->c.var[var].needed;
    return true;
}

static bool chain_ready(void *ctx, struct verdict *v)
{
    struct chain_judging *j = ctx;
    if (j->done[j->c.asked])
        return true;
    j->text.n = 0;
    chain_put_name(&j->text, &j->c, j->c.asked);
    wrong_text(v, "answers before computing ", &j->text, "");
    return false;
}

int chain_check(struct str prompt, struct str completion, struct verdict *v,
                struct err *e)
{
    struct chain_judging j = {.text = {0}};
    char answer[16];
    if (chain_parse(prompt, &j.c, e))
        return -1;
    for (int i = 0; i < j.c.n; i++)
        j.done[i] = j.c.var[i].op == CHAIN_GIVEN;
    v->level = j.c.n_steps;
    snprintf(answer, sizeof answer, "%d", j.c.var[j.c.asked].value);
    struct judge judge = {&j, chain_step, chain_ready, str_of(answer)};
    judge_completion(&judge, completion, v);
    buf_free(&j.text);
    return 0;
}

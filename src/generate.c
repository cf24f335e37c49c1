/* The table of calls, and those that draw words. */
#include "generate.h"

static bool draw_pick(const struct call *c, struct buf *out)
{
    buf_str(out, c->arg[rng_below(&c->x->rng, c->n)]);
    return true;
}

static bool draw_lexicon(const struct call *c, struct buf *out)
{
    if (c->list->n == 0)
        return false;
    buf_str(out, c->list->v[rng_below(&c->x->rng, c->list->n)]);
    return true;
}

/* A misspelling of an ASCII word, in the word's own case. */
static bool draw_misspell(const struct call *c, struct buf *out)
{
    struct str word = c->arg[0];
    char lower[64];
    if (word.n > sizeof lower)
        return false;
    bool first = word.n > 0 && word.p[0] >= 'A' && word.p[0] <= 'Z';
    bool all = word.n > 1;
    for (size_t i = 0; i < word.n; i++) {
        bool up = word.p[i] >= 'A' && word.p[i] <= 'Z';
        all = all && up;
        lower[i] = (char)(up ? word.p[i] + 32 : word.p[i]);
    }
    struct str_list l =
        lexicon_misspellings(c->x->lexicon, (struct str){lower, word.n});
    if (l.n == 0)
        return false;
    struct str wrong = l.v[rng_below(&c->x->rng, l.n)];
    for (size_t i = 0; i < wrong.n; i++)
        buf_char(out, all || (first && i == 0) ? (char)(wrong.p[i] - 32)
                                               : wrong.p[i]);
    return true;
}

static const struct generator generators[] = {
    {"pick", '|', 2, GENERATE_ARGS, false, draw_pick},
    {"lexicon", ' ', 1, 1, true, draw_lexicon},
    {"misspell", ' ', 1, 1, false, draw_misspell},
    {"int", ' ', 2, 2, false, draw_int},
    {"near", ' ', 1, 1, false, draw_near},
    {"digits", ' ', 1, 1, false, draw_digits},
    {"ordinal", ' ', 1, 1, false, draw_ordinal},
    {"slip", ' ', 1, GENERATE_ARGS, false, draw_slip},
};

const struct generator *generator_find(struct str name)
{
    for (size_t i = 0; i < COUNTOF(generators); i++)
        if (str_eq(str_of(generators[i].name), name))
            return &generators[i];
    return NULL;
}

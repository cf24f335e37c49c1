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
    for (size_t i = 0; i < word.n; i++)
        lower[i] = word.p[i] >= 'A' && word.p[i] <= 'Z' ? (char)(word.p[i] + 32)
                                                        : word.p[i];
    struct str_list l =
        lexicon_misspellings(c->x->lexicon, (struct str){lower, word.n});
    if (l.n == 0)
        return false;
    put_cased(out, word, l.v[rng_below(&c->x->rng, l.n)]);
    return true;
}

static bool draw_upper(const struct call *c, struct buf *out)
{
    for (size_t i = 0; i < c->arg[0].n; i++) {
        char ch = c->arg[0].p[i];
        buf_char(out, ch >= 'a' && ch <= 'z' ? (char)(ch - 32) : ch);
    }
    return true;
}

static bool draw_lower(const struct call *c, struct buf *out)
{
    for (size_t i = 0; i < c->arg[0].n; i++) {
        char ch = c->arg[0].p[i];
        buf_char(out, ch >= 'A' && ch <= 'Z' ? (char)(ch + 32) : ch);
    }
    return true;
}

static const struct generator generators[] = {
    {"pick", '|', 2, GENERATE_ARGS, false, false, draw_pick},
    {"lexicon", ' ', 1, 1, true, false, draw_lexicon},
    {"misspell", ' ', 1, 1, false, false, draw_misspell},
    {"int", ' ', 2, 2, false, false, draw_int},
    {"near", ' ', 1, 1, false, false, draw_near},
    {"digits", ' ', 1, 1, false, false, draw_digits},
    {"ordinal", ' ', 1, 1, false, false, draw_ordinal},
    {"upper", '|', 1, 1, false, false, draw_upper},
    {"lower", '|', 1, 1, false, false, draw_lower},
    {"keyboard", ' ', 1, 2, false, false, draw_keyboard},
    {"double", ' ', 1, 1, false, false, draw_double},
    {"drop", ' ', 1, 1, false, false, draw_drop},
    {"transpose", ' ', 1, 1, false, false, draw_transpose},
    {"ocr", ' ', 1, 1, false, false, draw_ocr},
    {"sister", '|', 1, 2, false, true, draw_sister},
    {"antonym", '|', 1, 2, false, true, draw_antonym},
    {"elsewhere", '|', 1, 1, false, false, draw_elsewhere},
    {"scaled", ' ', 1, 1, false, false, draw_scaled},
    {"operand", ' ', 4, GENERATE_ARGS, false, false, draw_operand},
    {"operator", ' ', 4, GENERATE_ARGS, false, false, draw_operator},
    {"otherwise", ' ', 5, 5, false, false, draw_otherwise},
    {"uncarried", ' ', 5, 5, false, false, draw_uncarried},
    {"negated", ' ', 5, 5, false, false, draw_negated},
    {"slip", ' ', 1, GENERATE_ARGS, false, false, draw_slip},
};

const struct generator *generator_find(struct str name)
{
    for (size_t i = 0; i < COUNTOF(generators); i++)
        if (str_eq(str_of(generators[i].name), name))
            return &generators[i];
    return NULL;
}

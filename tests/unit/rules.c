/*
 * The built-in packs, rule by rule: each fires on a text that it is for, on
 * the span that it should, and no candidate that differs from the right text
 * is one that the table forbids.  A rule without a row fails.
 */
#include "packs.h"
#include "rules.h"
#include "tap.h"

#define DRAWS 40

struct row {
    const char *rule, *text, *right;
    const char *wrong; /* the one candidate there is, or NULL: any */
    const char *never; /* a candidate that would be right, or NULL */
};

static const struct row rows[] = {
#include "rules_rows.h"
#include "rules_rows_text.h"
#include "rules_rows_world.h"
};

/* Texts on which a rule must not fire. */
static const struct row quiet[] = {
    {"arithmetic.sum", "1 + 2 + 3 = 6", NULL, NULL, NULL},
    {"arithmetic.sum", "a + 3 = 2 * 4", NULL, NULL, NULL},
    {"number.integer", "b = 2 + 3 = 5.", NULL, NULL, NULL},
    {"number.integer", "version 1.2.3 of 10:30", NULL, NULL, NULL},
    {"number.year", "1,887 or 18875 or 1887.5", NULL, NULL, NULL},
    {"negation.is", "is not the", NULL, NULL, NULL},
    {"negation.is", "Where is he?", NULL, NULL, NULL},
    {"negation.modal", "could not go", NULL, NULL, NULL},
    {"negation.never", "never mind", NULL, NULL, NULL},
    {"spelling.ful", "fulfil the armful", NULL, NULL, NULL},
};

static struct rules *set;
static struct matcher *matcher;

/* The row's text; what stands in front of \\036 becomes the prompt. */
static struct str text_of(const struct row *r)
{
    struct str all = str_of(r->text);
    size_t at = str_find(all, STR("\036"), 0);
    matcher_ask(matcher, str_sub(all, 0, at == all.n ? 0 : at));
    return at == all.n ? all : str_sub(all, at + 1, all.n);
}

static const struct rule *rule_named(const char *name)
{
    for (size_t i = 0; i < rules_n(set); i++)
        if (str_eq(rules_at(set, i)->name, str_of(name)))
            return rules_at(set, i);
    return NULL;
}

/* The first site of a rule in text; NULL: there is none. */
static const struct site *site_of(const struct rule *rule, struct str text,
                                  struct site_vec *sites)
{
    sites->n = 0;
    matcher_look(matcher, text, (struct span){0, text.n});
    matcher_scan(matcher, rule->class_id, NULL, sites);
    for (size_t i = 0; i < sites->n; i++)
        if (sites->v[i].rule == rule)
            return &sites->v[i];
    return NULL;
}

/* Draws candidates and checks them against the row. */
static bool candidates_fit(const struct row *r, const struct site *s)
{
    size_t good = 0;
    struct str text = text_of(r), right = str_of(r->right);
    for (uint64_t i = 0; i < DRAWS; i++) {
        struct buf b = {0}, why = {0};
        bool fits = true;
        if (matcher_wrong(matcher, s, text, rng_from(i), &b) &&
            !str_eq(buf_view(&b), right)) {
            matcher_reason(matcher, s, text, buf_view(&b), &why);
            fits = why.n > 0 &&
                   (!r->wrong || str_eq(buf_view(&b), str_of(r->wrong))) &&
                   (!r->never || !str_eq(buf_view(&b), str_of(r->never)));
            if (!fits)
                printf("# %s: %.*s: %.*s\n", r->rule, (int)b.n, b.p, (int)why.n,
                       why.p ? why.p : "");
            good++;
        }
        buf_free(&b);
        buf_free(&why);
        if (!fits)
            return false;
    }
    return good > DRAWS / 4;
}

static void test_rows(void)
{
    struct site_vec sites = {0};
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct row *r = &rows[i];
        const struct rule *rule = rule_named(r->rule);
        struct str text = text_of(r);
        const struct site *s = rule ? site_of(rule, text, &sites) : NULL;
        bool found =
            s && str_eq(str_sub(text, s->from, s->to), str_of(r->right));
        if (s && !found)
            printf("# got %.*s\n", (int)(s->to - s->from), text.p + s->from);
        ok(found, "%s has its site", r->rule);
        ok(found && candidates_fit(r, s), "%s makes errors", r->rule);
    }
    for (size_t i = 0; i < COUNTOF(quiet); i++) {
        const struct rule *rule = rule_named(quiet[i].rule);
        ok(rule && !site_of(rule, str_of(quiet[i].text), &sites),
           "%s keeps still", quiet[i].rule);
    }
    vec_free(&sites);
}

int main(void)
{
    struct lexicon *lexicon = lexicon_new();
    struct str text;
    const char *name;
    struct err e;
    lexicon_settle(lexicon);
    ok(lexicon_wordnet(lexicon, "tests/wordnet", &e) == 0, "a WordNet");
    set = rules_new(lexicon);
    for (size_t i = 0; (name = pack_name(i)); i++)
        if (strstr(name, ".csv")) {
            bool good = pack_find(name, strlen(name), &text) &&
                        rules_add(set, name, text, &e) == 0;
            ok(good, "%s compiles", name);
            if (!good)
                printf("# %s\n", e.text);
        }
    rules_settle(set);
    matcher = matcher_new(set);
    test_rows();
    for (size_t i = 0; i < rules_n(set); i++) {
        size_t k = 0;
        while (k < COUNTOF(rows) &&
               !str_eq(rules_at(set, i)->name, str_of(rows[k].rule)))
            k++;
        if (k == COUNTOF(rows))
            ok(false, "%.*s has a row", STR_ARG(rules_at(set, i)->name));
    }
    matcher_free(matcher);
    rules_free(set);
    lexicon_free(lexicon);
    return tap_end();
}

/* The parts that rules are made of: plain arithmetic, trigger words, what is
 * protected, misspellings, numbers that keep their form. */
#include "generate.h"
#include "protect.h"
#include "tap.h"
#include "trigger.h"

static void test_eval(void)
{
    static const struct {
        const char *text;
        bool good;
        double value;
        int64_t modulus;
    } rows[] = {
        {"2 + 3", true, 5, 0},
        {"2+3*4", true, 14, 0},
        {"(2 + 3) * 4", true, 20, 0},
        {"2 - 5", true, -3, 0},
        {"-2 \xE2\x88\x92 5", true, -7, 0},
        {"12 \xC3\x97 4 \xC3\xB7 6", true, 8, 0},
        {"$1,200 + $300", true, 1500, 0},
        {"0.5 + 0.25", true, 0.75, 0},
        {"2^5", true, 32, 0},
        {"(4 + 5) mod 7", true, 2, 7},
        {"(2 - 5) mod 7", true, 4, 7},
        {"1 / 0", false, 0, 0},
        {"a + 3", false, 0, 0},
        {"2 +", false, 0, 0},
        {"", false, 0, 0},
        {"(2", false, 0, 0},
        {"((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1",
         false, 0, 0},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        double value = 0;
        int64_t modulus = 0;
        bool good = number_eval(str_of(rows[i].text), &value, &modulus);
        ok(good == rows[i].good && (!good || (value == rows[i].value &&
                                              modulus == rows[i].modulus)),
           "eval \"%.20s\"", rows[i].text);
    }
}

static void test_trigger(void)
{
    static const struct {
        const char *pattern, *words; /* NULL: no trigger */
    } rows[] = {
        {"\\b(is|are) not\\b", "is are"},
        {"\\b(?:Is|ARE)\\b", "is are"},
        {"(?i)\\bcan['\xE2\x80\x99]t\\b", "can"},
        {"\\b(do|did)n't", "don didn"},
        {"\\b([Ww])h(ich|at)\\b", "which what which what"},
        {"\\bre(al)?ly\\b", "really rely"},
        {"\\b(a|b)\\s+c", "a b"},
        {"\\b(a|b)\\s*c", NULL},
        {"\\b(a|b)(?= [cd])", "a b"},
        {"\\b(a|b)(?= ?[cd])", NULL},
        {"\\b(a|b)(?=c| d)", NULL},
        {"\\b(a|b)(?=;| (?:d|e)|$)", "a b"},
        {"\\b(a|b)(?=;", NULL},
        {"\\bmax\\((?=\\w)", "max"},
        {"\\bself\\.x", "self"},
        {"\\bself\\.?x", NULL},
        {"\\bself.x", NULL},
        {"\\b(you['\xE2\x80\x99]re)\\b", "you"},
        {"\\b(you['r]re)\\b", NULL},
        {"\\b(break)$", "break"},
        {"\\bis\\d", NULL},
        {"\\b[a]\\_", NULL},
        {"\\b(is|are)", NULL},
        {"\\bis\\b|\\bare\\b", NULL},
        {"\\b\\w+ful\\b", NULL},
        {"is\\b", NULL},
        {"\\b(a|b)+\\b", NULL},
        {"\\b", NULL},
        {"\\b(a|)\\b", NULL},
        {"\\b(a|(b))\\b", NULL},
        {"", NULL},
    };
    struct trigger_words *w = mem_alloc(sizeof *w);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        bool good = trigger_derive(str_of(rows[i].pattern), w);
        struct buf b = {0};
        for (size_t k = 0; good && k < w->n; k++) {
            if (k > 0)
                buf_char(&b, ' ');
            buf_add(&b, w->word[k].p, w->word[k].n);
        }
        ok(good == (rows[i].words != NULL) &&
               (!good || str_eq(buf_view(&b), str_of(rows[i].words))),
           "trigger %zu", i);
        buf_free(&b);
    }
    mem_free(w);
}

/* What every match holds: bytes, and 9 for some digit. */
static void test_needs(void)
{
    static const struct {
        const char *pattern, *needs; /* sorted */
    } rows[] = {
        {"", ""},
        {"a", "a"},
        {"(?i)a=", "="},
        {"a(?i)b", "a"},
        {"a|b", ""},
        {"(a|b)c", "c"},
        {"(?:ab)c?d*e+", "abe"},
        {"(a)?b", "b"},
        {"(a){0,2}(b){1,2}", "b"},
        {"x\\.\\(", "(.x"},
        {"[0-9]+=", "9="},
        {"[0-9]?=", "="},
        {"[^0-9]=[]0-9]", "="},
        {"\\d{2}-", "-9"},
        {"(?<=[0-9]) m", " 9m"},
        {"(?<=ab)c", "c"},
        {"(?<!a)c(?!d)", "c"},
        {"a(?=b)", "ab"},
        {"a(?=b|c)", "a"},
        {"(.)\\12", ""},
        {"\xC3\xA9?b", "b"},
        {"a{b", "ab{"},
        {"a(?<n>b)c", "a"},
        {"a[[:alpha:]]b", ""},
        {"a\\x41b", "a"},
        {"(a(?<n>b))?c", ""},
        {"a(?#b)c", "a"},
        {"a(*ACCEPT)c", "a"},
        {"\\Qa|b\\E", ""},
        {"a\\Kb\\b$", "ab"},
        {"(?>a)b", "ab"},
        {"a((((((((((((((((((((((b", ""},
        {"a\\", ""},
        {"a[", ""},
        {"a)", ""},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct trigger_needs x;
        struct buf b = {0};
        trigger_needs(str_of(rows[i].pattern), &x);
        for (int c = 0; c < 128; c++) {
            if ((x.byte[c / 64] >> (c % 64)) & 1)
                buf_char(&b, (char)c);
            if (c == '9' && x.digit)
                buf_char(&b, '9');
        }
        if (!str_eq(buf_view(&b), str_of(rows[i].needs)))
            printf("# %s: \"%.*s\"\n", rows[i].pattern, (int)b.n,
                   b.p ? b.p : "");
        ok(str_eq(buf_view(&b), str_of(rows[i].needs)), "needs %zu", i);
        buf_free(&b);
    }
}

static void test_protect(void)
{
    static const struct {
        const char *text, *kept;
    } rows[] = {
        {"see http://a.b/1887, or", "http://a.b/1887"},
        {"(see www.two.example)", "www.two.example"},
        {"to two.three@four.example.", "two.three@four.example"},
        {"call `two(3)` now", "`two(3)`"},
        {"x ```\ntwo\n``` y", "```\ntwo\n```"},
        {"an <a href=\"3\">b", "<a href=\"3\">"},
        {"3 < 5 and 7 > 2", ""},
        {"at 7:30 @ two", ""},
        {"a lone ` here", ""},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        struct span_vec v = {0};
        struct str text = str_of(rows[i].text), kept = str_of(rows[i].kept);
        protect_find(text, true, true, &v);
        bool good = v.n == (kept.n > 0);
        if (v.n == 1)
            good = good && str_eq(str_sub(text, v.v[0].from, v.v[0].to), kept);
        ok(good, "protect %zu", i);
        if (v.n == 1)
            ok(protect_hits(&v, v.v[0].from, v.v[0].from + 1) &&
                   !protect_hits(&v, v.v[0].to, v.v[0].to + 1) &&
                   (v.v[0].from == 0 ||
                    !protect_hits(&v, v.v[0].from - 1, v.v[0].from)),
               "its bounds %zu", i);
        vec_free(&v);
    }
}

/* Which patterns can only begin at the start of a word? */
static void test_any_word(void)
{
    static const struct {
        const char *pattern;
        bool any;
    } rows[] = {
        {"\\b[a-z]{4,14}\\b", true},
        {"\\b([a-z]+)ing\\b", true},
        {"\\b([a-z]*)rn", true},
        {"\\b(?:[A-Z])x", true},
        {"\\b([A-Z])([a-z])\\b", true},
        {"\\b[0-9]", true},
        {"[a-z]+\\b", false},
        {"\\b([a-z]*) x", false},
        {"\\b([a-z]|-)x", false},
        {"\\b([a-z]+)?-", false},
        {"\\b[^a]", false},
        {"\\b[a-z]{0,3}-", false},
        {"\\b[a-z ]+", false},
        {"\\b[a-z]|x", false},
        {"\\b", false},
        {"\\b(", false},
        {"\\b([a-z]?)", false},
        {"", false},
    };
    for (size_t i = 0; i < COUNTOF(rows); i++)
        ok(trigger_any_word(str_of(rows[i].pattern)) == rows[i].any,
           "any word %zu", i);
}

/* Every draw of `call` on text satisfies the row's form: digits as 9. */
static void test_numbers(void)
{
    static const struct {
        const char *call, *text, *form;
    } rows[] = {
        {"digits", "12,345.60", "99,999.99"},
        {"digits", "007", "999"},
        {"near", "1887", "9999"},
        {"near", "7", NULL},
        {"ordinal", "21st", NULL},
        {"slip", "12", NULL},
        {"near", "1,200", "9,999"},
    };
    struct lexicon *lexicon = lexicon_new();
    lexicon_settle(lexicon);
    for (size_t i = 0; i < COUNTOF(rows); i++) {
        const struct generator *g = generator_find(str_of(rows[i].call));
        struct str arg = str_of(rows[i].text);
        size_t made = 0, bad = 0;
        for (uint64_t k = 0; k < 200; k++) {
            struct expansion x = {.rng = rng_from(k), .lexicon = lexicon};
            struct call c = {&x, &arg, 1, NULL, WORDNET_ANY};
            struct buf b = {0};
            if (g->draw(&c, &b) && !str_eq(buf_view(&b), arg)) {
                made++;
                for (size_t n = 0; n < b.n && rows[i].form; n++)
                    if (b.p[n] >= '0' && b.p[n] <= '9')
                        b.p[n] = '9';
                bad +=
                    rows[i].form && !str_eq(buf_view(&b), str_of(rows[i].form));
            }
            buf_free(&b);
        }
        ok(made > 150 && bad == 0, "%s %s keeps its form", rows[i].call,
           rows[i].text);
    }
    ok(lexicon_words(lexicon) > 300, "there are misspellings");
    struct str_list l = lexicon_misspellings(lexicon, STR("separate"));
    ok(l.n > 0 && str_eq(l.v[0], STR("seperate")), "separate is misspelt");
    ok(lexicon_misspellings(lexicon, STR("seperate")).n == 0,
       "a misspelling is no word");
    lexicon_free(lexicon);
}

int main(void)
{
    test_eval();
    test_trigger();
    test_needs();
    test_any_word();
    test_protect();
    test_numbers();
    return tap_end();
}

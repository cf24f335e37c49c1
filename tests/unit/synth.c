/* Properties of the synthetic tasks: what is made is judged right, whatever
 * is changed in it is not. */
#include <stdlib.h>

#include "chain.h"
#include "mem.h"
#include "sums.h"
#include "synth.h"
#include "tap.h"

static const struct problem_opts usual = {
    .seed = 7,
    .draws = 1000,
    .ops = {2, 6},
    .modulus = 7,
    .digits = {2, 4},
    .terms = 2,
};

static bool judge(struct str prompt, struct str completion, struct verdict *v)
{
    struct err e = {0};
    *v = (struct verdict){0};
    int bad = sums_knows(prompt) ? sums_check(prompt, completion, v, &e)
                                 : chain_check(prompt, completion, v, &e);
    if (bad)
        printf("# %s\n# %.*s\n", e.text, (int)prompt.n, prompt.p);
    return !bad && v->right;
}

static void make(const char *task, const struct problem_opts *o, uint64_t i,
                 struct problem *p)
{
    struct err e = {0};
    if (synth_make(synth_task(task), o, i, p, &e)) {
        printf("Bail out! %s\n", e.text);
        exit(1);
    }
}

/* ---- what is made is right, to the count */

static bool made_is_right(const char *task, const struct problem_opts *o, int n)
{
    struct problem p = {0};
    struct verdict v;
    bool good = true;
    for (int i = 0; i < n && good; i++) {
        make(task, o, (uint64_t)i, &p);
        good = judge(buf_view(&p.prompt), buf_view(&p.completion), &v) &&
               v.steps == p.level && v.right_steps == p.level &&
               v.unneeded == 0 && v.first_wrong == 0 && v.level == p.level &&
               v.reason[0] == 0 && p.completion.p[0] == '\n';
        if (!good)
            printf("# %s %d: %s\n# %.*s%.*s\n", task, i, v.reason,
                   (int)p.prompt.n, p.prompt.p, (int)p.completion.n,
                   p.completion.p);
    }
    problem_free(&p);
    return good;
}

static void test_made(void)
{
    static const int moduli[] = {2, 3, 7, 97};
    for (int i = 0; i < 16; i++) {
        struct problem_opts o = usual;
        o.style = i & 1;
        o.sorted = i & 2;
        o.modulus = moduli[i / 4];
        o.distractors = i % 3 * 6;
        o.ops = (struct range){1, CHAIN_OPS};
        ok(made_is_right("chain", &o, 300),
           "chain: modulus %d, style %d, %d distractors", o.modulus, o.style,
           o.distractors);
    }
    for (int terms = 2; terms <= SUM_TERMS; terms++) {
        struct problem_opts o = usual;
        o.terms = terms;
        o.digits = (struct range){1, SUM_DIGITS};
        ok(made_is_right("sums", &o, 300), "sums: %d terms", terms);
    }
}

/* ---- whatever is changed is wrong */

/* Every digit to every other digit, every byte taken out but the first
 * newline, which says nothing. */
static bool changes_are_wrong(const struct problem *p, struct buf *t)
{
    struct verdict v;
    struct str prompt = buf_view(&p->prompt);
    t->n = 0;
    buf_str(t, buf_view(&p->completion));
    for (size_t i = 1; i < t->n; i++) {
        char was = t->p[i];
        for (char d = '0'; was >= '0' && was <= '9' && d <= '9'; d++) {
            t->p[i] = d;
            if (d != was && (judge(prompt, buf_view(t), &v) || !v.reason[0]))
                return false;
        }
        t->p[i] = was;
    }
    for (size_t i = 1; i < p->completion.n; i++) {
        t->n = 0;
        buf_str(t, str_sub(buf_view(&p->completion), 0, i));
        if (judge(prompt, buf_view(t), &v)) /* cut short */
            return false;
        buf_str(t, str_sub(buf_view(&p->completion), i + 1, p->completion.n));
        if (judge(prompt, buf_view(t), &v))
            return false;
    }
    return true;
}

static size_t split_lines(struct str text, struct str *line, size_t most)
{
    size_t n = 0;
    while (n < most && text.n) {
        size_t end = str_find(text, STR("\n"), 1);
        line[n++] = str_sub(text, 0, end);
        text = str_sub(text, end, text.n);
    }
    return n;
}

/* Lines left out are missed; neighbours swapped are right, or use what is
 * not yet computed. */
static bool lines_matter(const struct problem *p, struct buf *t, bool sums)
{
    struct str line[64], prompt = buf_view(&p->prompt);
    struct verdict v;
    size_t n = split_lines(buf_view(&p->completion), line, COUNTOF(line));
    for (size_t cut = 0; cut < n; cut++) {
        t->n = 0;
        for (size_t i = 0; i < n; i++) {
            if (i != cut)
                buf_str(t, line[i]);
        }
        if (judge(prompt, buf_view(t), &v))
            return false;
    }
    for (size_t at = 0; at + 1 < n; at++) {
        t->n = 0;
        for (size_t i = 0; i < n; i++)
            buf_str(t, line[i == at ? at + 1 : i == at + 1 ? at : i]);
        bool right = judge(prompt, buf_view(t), &v);
        if (right ? sums || at + 2 == n
                  : v.first_wrong != (int64_t)at + 1 ||
                        (!sums && !strstr(v.reason, "before")))
            return false;
    }
    return true;
}

static void test_changed(const char *task, int style, int terms)
{
    struct problem_opts o = usual;
    struct problem p = {0};
    struct buf t = {0};
    int bad = 0;
    o.style = style;
    o.terms = terms;
    o.distractors = 2;
    for (uint64_t i = 0; i < 60; i++) {
        make(task, &o, i, &p);
        bad += !changes_are_wrong(&p, &t);
        bad += !lines_matter(&p, &t, strcmp(task, "sums") == 0);
    }
    ok(bad == 0, "%s, style %d: no change passes", task, style);
    buf_free(&t);
    problem_free(&p);
}

/* ---- verdicts, one by one */

#define PROMPT                                                                 \
    "Let d = b - a. Let c = b * a. Let a = 4. Let b = a + 5. "                 \
    "What is c modulo 7?"

static const struct verdict_case {
    const char *completion;
    int right, steps, right_steps, unneeded, first_wrong;
    const char *reason;
} verdicts[] = {
    {"\nb = a + 5 = 4 + 5 = 2.\nc = b * a = 2 * 4 = 1.\nAnswer: 1.", 1, 2, 2, 0,
     0, ""},
    {" b = a + 5 = 4 + 5 = 2.\nc = b * a = 2 * 4 = 1.\nAnswer: 1.\n", 1, 2, 2,
     0, 0, ""},
    {"\na = 4.\nb = a + 5 = 4 + 5 = 2.\nd = b - a = 2 - 4 = 5.\n"
     "c = b * a = 2 * 4 = 1.\nAnswer: 1.",
     1, 4, 4, 2, 0, ""},
    {"\nb = a + 5 = 4 + 5 = 2.\nb = a + 5 = 4 + 5 = 2.\n"
     "c = b * a = 2 * 4 = 1.\nAnswer: 1.",
     1, 3, 3, 1, 0, ""},
    {"\nc = b * a = 2 * 4 = 1.\nAnswer: 1.", 0, 1, 0, 0, 1,
     "uses b before it is computed"},
    {"\nb = a + 5 = 4 + 5 = 9.\nc = b * a = 2 * 4 = 1.\nAnswer: 1.", 0, 2, 1, 0,
     1, "4 + 5 is 2 modulo 7"},
    {"\nb = a + 5 = 3 + 5 = 2.\nc = b * a = 2 * 4 = 1.\nAnswer: 1.", 0, 2, 1, 0,
     1, "the values put in give 4 + 5"},
    {"\nb = a + 6 = 4 + 6 = 3.\nc = b * a = 3 * 4 = 5.\nAnswer: 5.", 0, 2, 0, 0,
     1, "b is a + 5"},
    {"\na = 5.\nb = a + 5 = 4 + 5 = 2.\nc = b * a = 2 * 4 = 1.\nAnswer: 1.", 0,
     3, 2, 0, 1, "a is 4"},
    {"\nb = a + 5 = 4 + 5 = 2.\nx = b * a = 2 * 4 = 1.\nAnswer: 1.", 0, 2, 1, 0,
     2, "no step of a variable in the problem"},
    {"\nb = a + 5 = 4 + 5 = 2.\nc = b * a = 2 * 4 = 1.\nAnswer: 2.", 0, 2, 2, 0,
     3, "the answer is 1"},
    {"\nb = a + 5 = 4 + 5 = 2.\nAnswer: 1.", 0, 1, 1, 0, 2,
     "answers before computing c"},
    {"\nb = a + 5 = 4 + 5 = 2.\nc = b * a = 2 * 4 = 1.\nAnswer: 1.\nb", 0, 2, 2,
     0, 3, "text after the answer"},
    {"\nb = a + 5 = 4 + 5 = 2.\n\nc = b * a = 2 * 4 = 1.\nAnswer: 1.", 0, 3, 2,
     0, 2, "no step of a variable in the problem"},
    {"\nb = a + 5 = 4 + 5 = 2.", 0, 1, 1, 0, 2, "no answer"},
    {"", 0, 0, 0, 0, 1, "no answer"},
};

static void test_verdicts(void)
{
    for (size_t i = 0; i < COUNTOF(verdicts); i++) {
        const struct verdict_case *c = &verdicts[i];
        struct verdict v;
        judge(STR(PROMPT), str_of(c->completion), &v);
        ok(v.right == c->right && v.steps == c->steps &&
               v.right_steps == c->right_steps && v.unneeded == c->unneeded &&
               v.first_wrong == c->first_wrong && v.level == 2 &&
               strcmp(v.reason, c->reason) == 0,
           "verdict %zu: %s", i, v.reason);
    }
}

/* ---- prompts that are refused */

static const char *const refused[] = {
    "",
    "Let",
    "What is b modulo 7?",
    "Let b = 3. What is c modulo 7?",
    "Let b = 3. What is b modulo 8?",
    "Let b = 3. What is b modulo 101?",
    "Let b = 3. What is b modulo 7? ",
    "Let b = 03. What is b modulo 7?",
    "Let b = 7. What is b modulo 7?",
    "Let b = 3 + 2. What is b modulo 7?",
    "Let b = a. Let a = 1. What is b modulo 7?",
    "Let b = 3. Let b = 4. What is b modulo 7?",
    "Let b = c + 1. What is b modulo 7?",
    "Let b = b + 1. What is b modulo 7?",
    "Let a = 1. Let b = c + 1. Let c = b + 1. What is a modulo 7?",
    "Let b = 3.What is b modulo 7?",
    "Let b = 3 / 2. What is b modulo 7?",
    "There are 3 pens in each red box. How many pens, modulo 7?",
    "The pens in each red box are 3 over the figs in each old can. ",
    "12",
    "12 =",
    "12 + =",
    "12 + 07 =",
    "12 + 7 = ",
    "1 + 1000000000000000000 =",
    "1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 + 1 =",
};

static void test_refused(void)
{
    struct verdict v = {0};
    for (size_t i = 0; i < COUNTOF(refused); i++) {
        struct str s = str_of(refused[i]);
        struct err e = {0};
        int got = sums_knows(s) ? sums_check(s, STR(""), &v, &e)
                                : chain_check(s, STR(""), &v, &e);
        ok(got == -1 && e.status == STATUS_DATA, "refused: \"%s\": %s",
           refused[i], e.text);
    }
    struct buf b = {0};
    struct err e = {0};
    for (int i = 0; i < 300000; i++)
        buf_printf(&b, "Let %c%c%c%c = 1. ", 'a' + i % 26, 'a' + i / 26 % 26,
                   'a' + i / 676 % 26, 'a' + i / 17576);
    ok(chain_check(buf_view(&b), STR(""), &v, &e) == -1, "many: %s", e.text);
    b.n = 0;
    for (int i = 0; i < 1 << 20; i++)
        buf_cstr(&b, "\nb = ");
    ok(!judge(STR(PROMPT), buf_view(&b), &v) && v.steps == 1 << 20,
       "a million wrong steps");
    b.n = 0;
    buf_reserve(&b, 1 << 24);
    memset(b.p, '7', 1 << 24);
    b.n = 1 << 24;
    ok(sums_check(buf_view(&b), STR(""), &v, &e) == -1, "16 MiB of digits");
    buf_free(&b);
}

int main(void)
{
    test_made();
    test_changed("chain", CHAIN_EQUATION, 2);
    test_changed("chain", CHAIN_WORDS, 2);
    test_changed("sums", 0, 2);
    test_changed("sums", 0, 5);
    test_verdicts();
    test_refused();
    return tap_end();
}

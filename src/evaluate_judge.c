/* What a row says: its members, and whether a text of it is right. */
#include <math.h>

#include "evaluate_impl.h"
#include "segment.h"
#include "synth.h"

struct str row_text(struct evaluator *v, const struct json *in,
                    const char *name)
{
    const struct json *s = json_get(in, name);
    return s && s->type == JSON_STRING ? json_string(s, &v->arena)
                                       : (struct str){NULL, 0};
}

int64_t row_whole(const struct json *in, const char *name, int64_t none)
{
    const struct json *s = json_get(in, name);
    int64_t i;
    return s && json_i64(s, &i) ? i : none;
}

double row_number(const struct json *in, const char *name)
{
    const struct json *s = json_get(in, name);
    double x;
    return s && json_f64(s, &x) ? x : (double)NAN;
}

const struct json *row_list(const struct json *in, const char *name)
{
    const struct json *s = json_get(in, name);
    return s && s->type == JSON_ARRAY ? s : NULL;
}

/* ---- what it adds */

void outcome_add(struct evaluator *v, int cell, double n, double sum)
{
    vec_push(&v->items, (struct outcome_item){cell, n, sum});
}

void outcome_yes(struct evaluator *v, int cell, bool true_)
{
    outcome_add(v, cell, 1, true_);
}

void outcome_of(struct evaluator *v, struct str class, int cell,
                struct outcome_item x)
{
    struct outcome o = {.level = -1, .part = true, .items = 1};
    x.cell = cell;
    outcome_add(v, cell, x.n, x.sum);
    class.n = utf8_check(str_sub(class, 0, size_min(class.n, 256)));
    if (class.n == 0)
        return;
    o.class_n = (uint32_t) class.n;
    buf_add(&v->parts, &o, sizeof o);
    buf_add(&v->parts, &x, sizeof x);
    buf_str(&v->parts, class);
}

/* ---- right or wrong */

/* Does the text end in the answer, as a word of its own? */
static bool ends_in(struct str text, struct str answer)
{
    size_t n = segment_trailing(text);
    if (n > 0 && text.p[n - 1] == '.' &&
        !(answer.n > 0 && answer.p[answer.n - 1] == '.'))
        n--;
    if (answer.n == 0 || n < answer.n ||
        memcmp(text.p + n - answer.n, answer.p, answer.n))
        return false;
    char before = n > answer.n ? text.p[n - answer.n - 1] : ' ';
    return memchr(" \t\n=:$(*\"", before, 9);
}

static void read_check(const struct json *check, struct judged *j)
{
    if (!check)
        return;
    const struct json *right = json_get(check, "right");
    j->known = right && json_bool(right, &j->right);
    j->level = row_whole(check, "level", -1);
    j->unneeded = row_whole(check, "unneeded", -1);
}

int evaluate_judge(struct evaluator *v, const struct record *r, struct str text,
                   const char *name, struct judged *j, struct err *e)
{
    struct str prompt = row_text(v, r->root, "prompt"), answer;
    struct verdict verdict;
    struct err why = {0};
    *j = (struct judged){false, false, -1, -1};
    switch (v->judge) {
    case JUDGE_CHECK:
        read_check(json_get(r->root, name), j);
        return 0;
    case JUDGE_ANSWER:
        answer = row_text(v, r->root, "answer");
        j->known = answer.p;
        j->right = answer.p && ends_in(text, answer);
        return 0;
    case JUDGE_PROBLEM:
        if (synth_judge(prompt, text, &verdict, &why))
            return record_refuse(r, e, "%s", why.text);
        *j = (struct judged){true, verdict.right, verdict.level,
                             verdict.unneeded};
        return 0;
    }
    return 0;
}

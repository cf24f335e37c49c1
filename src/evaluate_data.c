/* Rows that no model has answered: scores, documents, examples, tokens. */
#include <math.h>

#include "evaluate_impl.h"
#include "segment.h"
#include "synth.h"

/* Bytes of text to be judged for one row; more is refused. */
#define MOST ((size_t)64 << 20)

/* The class of the error that has this score: errors come in the same order,
 * some without a score.  *at is the error to go on from. */
static struct str class_of(struct evaluator *v, const struct json *list,
                           const struct json **at, const struct json *score)
{
    for (; list && *at < json_end(list); *at = json_next(*at))
        if (row_whole(*at, "start", -1) == row_whole(score, "start", -2) &&
            row_whole(*at, "end", -1) == row_whole(score, "end", -2)) {
            struct str class = row_text(v, *at, "class");
            *at = json_next(*at);
            return class;
        }
    return STR("");
}

void evaluate_scores(struct evaluator *v, const struct record *r)
{
    double tokens = row_number(r->root, "tokens");
    const struct json *list = row_list(r->root, "error_scores");
    const struct json *errors = row_list(r->root, "errors"), *at;
    at = errors ? json_begin(errors) : NULL;
    outcome_add(v, CELL_LOSS, tokens, -row_number(r->root, "logprob"));
    for (const struct json *t = list ? json_begin(list) : NULL;
         t && t < json_end(list); t = json_next(t)) {
        double odds = row_number(t, "wrong") - row_number(t, "right");
        if (!isnan(odds))
            outcome_of(v, class_of(v, errors, &at, t), CELL_ODDS,
                       (struct outcome_item){0, 1, odds});
    }
}

/* ---- documents with errors */

/* Bytes of the word that s begins with. */
static size_t word(struct str s)
{
    size_t n = 0;
    while (n < s.n && segment_leading(str_sub(s, n, size_min(n + 4, s.n))) == 0)
        n++;
    return n;
}

/* Is that no error at all: the same but for white space and for how
 * characters are composed? */
static int no_op(struct evaluator *v, const struct edit *x, bool *yes,
                 struct err *e)
{
    struct str s[2] = {x->wrong, x->right};
    for (int i = 0; i < 2; i++) {
        int changed = normalize_nfc(&v->normal[i], s[i], e);
        if (changed < 0)
            return -1;
        if (changed)
            s[i] = buf_view(&v->normal[i].text);
    }
    *yes = true;
    for (;;) {
        size_t gap[2];
        for (int i = 0; i < 2; i++) {
            gap[i] = segment_leading(s[i]);
            s[i] = str_sub(s[i], gap[i], s[i].n);
        }
        if (s[0].n == 0 || s[1].n == 0 || !gap[0] != !gap[1])
            break;
        size_t n = size_min(word(s[0]), word(s[1]));
        if (memcmp(s[0].p, s[1].p, n) != 0)
            break;
        s[0] = str_sub(s[0], n, s[0].n);
        s[1] = str_sub(s[1], n, s[1].n);
    }
    *yes = s[0].n == 0 && s[1].n == 0;
    return 0;
}

/* Is the problem solved right with the error in? */
static void judge_error(struct evaluator *v, struct str prompt,
                        const struct edit *x)
{
    struct str text = v->targets.v[x->target].text;
    struct verdict verdict;
    struct err why;
    v->text.n = 0;
    buf_str(&v->text, str_sub(text, 0, x->from));
    buf_str(&v->text, x->wrong);
    buf_str(&v->text, str_sub(text, x->to, text.n));
    if (synth_judge(prompt, buf_view(&v->text), &verdict, &why) == 0)
        outcome_of(v, x->kind, CELL_FALSE_ERROR,
                   (struct outcome_item){0, 1, verdict.right});
}

int evaluate_document(struct evaluator *v, const struct record *r,
                      const struct json *list, struct err *e)
{
    struct str prompt = row_text(v, r->root, "prompt");
    size_t n = json_count(list), work = 0;
    v->targets.n = v->edits.n = 0;
    outcome_add(v, CELL_RECORDS, 1, 1);
    outcome_add(v, CELL_WITH_ERRORS, 1, n > 0);
    outcome_add(v, CELL_ERRORS, 1, (double)n);
    if (n == 0)
        return 0;
    if (record_targets(r, &v->arena, &v->targets, e) ||
        record_edits(r, &v->arena, &v->targets, &v->edits, e))
        return -1;
    for (size_t i = 0; i < v->edits.n; i++) {
        const struct edit *x = &v->edits.v[i];
        bool same;
        if (no_op(v, x, &same, e))
            return -1;
        outcome_of(v, x->kind, CELL_NO_OP, (struct outcome_item){0, 1, same});
        work += v->targets.v[x->target].text.n + x->wrong.n;
        if (work > MOST && v->judge == JUDGE_PROBLEM)
            return record_refuse(r, e, "too many errors to judge each");
        if (v->judge == JUDGE_PROBLEM && prompt.p)
            judge_error(v, prompt, x);
    }
    return 0;
}

void evaluate_packing(struct evaluator *v, const struct json *classes)
{
    for (const struct json *k = json_begin(classes); k < json_end(classes);
         k = json_next(k + 1)) {
        double n = row_number(k + 1, "errors");
        double dropped = row_number(k + 1, "dropped");
        if (n >= 0 && dropped >= 0)
            outcome_of(v, json_string(k, &v->arena), CELL_DROPPED,
                       (struct outcome_item){0, n, dropped});
    }
}

void evaluate_example(struct evaluator *v, const struct json *list)
{
    double marks = 0;
    for (const struct json *t = json_begin(list); t < json_end(list);
         t = json_next(t))
        marks += str_eq(row_text(v, t, "kind"), STR("mark"));
    outcome_add(v, CELL_RECORDS, 1, 1);
    outcome_add(v, CELL_MARKS, 1, marks);
}

int evaluate_tokens(struct evaluator *v, const struct record *r, struct err *e)
{
    struct tokens t = {0};
    double kinds[KIND_COUNT] = {0}, learnt = 0;
    int rc = record_tokens(r, &t, e);
    for (size_t i = 0; !rc && i < t.kinds.n; i++) {
        kinds[t.kinds.v[i]]++;
        learnt += kind_weights[t.kinds.v[i]] > 0;
    }
    double n = (double)t.ids.n;
    outcome_add(v, CELL_RECORDS, 1, 1);
    outcome_add(v, CELL_TOKENS, 1, n);
    outcome_add(v, CELL_LEARNT, n, learnt);
    for (int k = 0; k < KIND_COUNT; k++)
        outcome_add(v, CELL_KINDS + k, n, kinds[k]);
    vec_free(&t.ids);
    vec_free(&t.kinds);
    return rc;
}

/* Rows that no model has answered: scores, documents, examples, tokens. */
#include <math.h>

#include "evaluate_impl.h"

void evaluate_scores(struct evaluator *v, const struct record *r)
{
    double tokens = row_number(r->root, "tokens");
    const struct json *list = row_list(r->root, "error_scores");
    outcome_add(v, CELL_LOSS, tokens, -row_number(r->root, "logprob"));
    for (const struct json *t = list ? json_begin(list) : NULL;
         t && t < json_end(list); t = json_next(t)) {
        double odds = row_number(t, "wrong") - row_number(t, "right");
        if (!isnan(odds))
            outcome_add(v, CELL_ODDS, 1, odds);
    }
}

void evaluate_document(struct evaluator *v, const struct json *list)
{
    size_t n = json_count(list);
    outcome_add(v, CELL_RECORDS, 1, 1);
    outcome_add(v, CELL_ERRORS, 1, (double)n);
    outcome_add(v, CELL_WITH_ERRORS, 1, n > 0);
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

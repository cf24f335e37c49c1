/*
 * One row judged: what kind of row it is, whether its texts are right, what
 * it took back.
 */
#include <math.h>

#include "evaluate_impl.h"
#include "resolve.h"
#include "rng.h"
#include "segment.h"

enum probe {
    PROBE_NONE,
    PROBE_INTERNAL,
    PROBE_CLEAN,
    PROBE_EXTERNAL,
    PROBE_WAIT
};
static const char *const probe_names[] = {"", "internal", "clean", "external",
                                          "wait"};

struct evaluator *evaluator_new(enum evaluate_judging judge)
{
    struct evaluator *v = mem_zero(1, sizeof *v);
    v->judge = judge;
    v->parser = json_parser_new();
    return v;
}

void evaluator_free(struct evaluator *v)
{
    json_parser_free(v->parser);
    arena_free(&v->arena);
    vec_free(&v->items);
    buf_free(&v->parts);
    vec_free(&v->targets);
    vec_free(&v->edits);
    normalize_free(&v->normal[0]);
    normalize_free(&v->normal[1]);
    buf_free(&v->text);
    mem_free(v);
}

static void pair(struct evaluator *v, enum evaluate_pair what, bool true_)
{
    v->outcome.pair.known |= (uint8_t)(1u << what);
    v->outcome.pair.yes |= (uint8_t)((unsigned)true_ << what);
}

/* ---- probes: the beginning of the answer was given */

struct planted { /* the retraction of what was given, if there is one */
    bool now;    /* it is what the model did first */
    bool later;  /* it did at all */
    struct str right, reason;
    int64_t at; /* code points of the completion, where the correction is */
};

/* Bytes of the text up to code point cp, at most all. */
static size_t place(struct str text, int64_t cp)
{
    size_t at = cp < 0 ? 0 : utf8_offset(text, (size_t)cp);
    return size_min(at, text.n);
}

static struct planted find_planted(struct evaluator *v, const struct record *r)
{
    struct planted found = {.at = -1};
    const struct json *list = row_list(r->root, "retracted");
    struct str raw = row_text(v, r->root, "raw");
    int64_t given = row_whole(r->root, "given", 0);
    for (const struct json *t = list ? json_begin(list) : NULL;
         t && t < json_end(list) && !found.later; t = json_next(t)) {
        int64_t start = row_whole(t, "start", -1),
                end = row_whole(t, "end", -1);
        if (start < 0 || start >= given || end < given)
            continue;
        struct str gap = str_sub(raw, 0, place(raw, end));
        size_t from = size_min(place(raw, given), gap.n);
        gap = str_sub(gap, from, gap.n);
        found.later = true;
        found.now = segment_leading(gap) == gap.n;
        found.right = row_text(v, t, "right");
        found.reason = row_text(v, t, "reason");
        found.at = start;
    }
    return found;
}

/* Is the correction what the reference says at that place? */
static void exact(struct evaluator *v, const struct record *r,
                  const struct planted *p)
{
    struct str want = row_text(v, r->root, "reference");
    if (!want.p)
        return;
    size_t at = place(want, p->at);
    outcome_yes(v, CELL_EXACT,
                p->later && p->right.n > 0 && want.n - at >= p->right.n &&
                    memcmp(want.p + at, p->right.p, p->right.n) == 0);
}

static void take_internal(struct evaluator *v, const struct record *r,
                          const struct judged *final)
{
    struct planted p = find_planted(v, r);
    const struct json *list = row_list(r->root, "errors");
    outcome_yes(v, CELL_DETECTED, p.now);
    outcome_yes(v, CELL_DETECTED_LATER, p.later);
    pair(v, PAIR_DETECTED, p.now);
    exact(v, r, &p);
    if (p.later && list && json_count(list) > 0) {
        struct str reason = row_text(v, json_begin(list), "reason");
        outcome_yes(v, CELL_REASON,
                    str_eq(p.reason, v->class) ||
                        (reason.n > 0 && str_eq(p.reason, reason)));
    }
    if (!final->known)
        return;
    outcome_yes(v, CELL_CORRECT, final->right);
    pair(v, PAIR_CORRECT, final->right);
    if (p.later)
        outcome_yes(v, CELL_CORRECT_DETECTED, final->right);
    outcome_yes(v, str_eq(v->class, STR("own")) ? CELL_OWN : CELL_INJECTED,
                final->right);
}

static void take_probe(struct evaluator *v, const struct record *r,
                       enum probe probe, const struct judged *final)
{
    if (probe == PROBE_INTERNAL)
        take_internal(v, r, final);
    if (probe == PROBE_CLEAN) {
        struct planted p = find_planted(v, r);
        outcome_yes(v, CELL_ALARM, p.now);
        outcome_yes(v, CELL_ALARM_LATER, p.later);
        pair(v, PAIR_ALARM, p.now);
    }
    if (probe == PROBE_EXTERNAL && final->known)
        outcome_yes(v, CELL_EXTERNAL, final->right);
    if (probe == PROBE_WAIT && final->known)
        outcome_yes(v, CELL_WAIT, final->right);
}

/* ---- answers to prompts */

static void take_edits(struct evaluator *v, struct str draft, struct str text)
{
    double ratio = metrics_edit_ratio(draft, text, &v->arena);
    outcome_add(v, CELL_TOO_LONG, 1, isnan(ratio));
    if (isnan(ratio))
        return;
    outcome_add(v, CELL_EDITS, 1, ratio);
    outcome_add(v, CELL_UNEDITED, 1, ratio == 0);
    for (int i = 0; i < 10; i++)
        outcome_add(v, CELL_EDIT_BINS + i, 1, i == (int)fmin(9, ratio * 10));
}

/* Flags: all, and those that took back the beginning of what then came. */
static void take_flags(struct evaluator *v, const struct json *list, bool right)
{
    double all = 0, vain = 0;
    for (const struct json *t = json_begin(list); t < json_end(list);
         t = json_next(t)) {
        struct str now = row_text(v, t, "right"), old = row_text(v, t, "wrong");
        all++;
        vain += resolve_vain(old, now);
    }
    outcome_add(v, right ? CELL_FLAGS_RIGHT : CELL_FLAGS_WRONG, 1, all);
    outcome_add(v, CELL_FLAGS_FALSE, 1, vain);
}

static void take_both(struct evaluator *v, bool before, bool after, bool flag)
{
    outcome_yes(v, CELL_BEFORE, before);
    outcome_yes(v, CELL_AFTER, after);
    pair(v, PAIR_BEFORE, before);
    outcome_yes(v, CELL_GAINED, !before && after);
    outcome_yes(v, CELL_LOST, before && !after);
    outcome_yes(v, CELL_BOTH_RIGHT, before && after);
    outcome_yes(v, CELL_BOTH_WRONG, !before && !after);
    outcome_yes(v, before ? CELL_BROKEN : CELL_FIXED, before ? !after : after);
    outcome_yes(v, CELL_VERDICT, flag == !before);
    outcome_yes(v, before ? CELL_VERDICT_RIGHT : CELL_VERDICT_WRONG,
                flag == !before);
    outcome_yes(v, CELL_ERROR, !before);
}

static int take_answer(struct evaluator *v, const struct record *r,
                       const struct judged *final, struct err *e)
{
    struct str text = row_text(v, r->root, "completion");
    struct str draft = row_text(v, r->root, "draft");
    const struct json *list = row_list(r->root, "retracted");
    struct judged before = *final;
    if (!draft.p)
        draft = text;
    if (!str_eq(draft, text) &&
        evaluate_judge(v, r, draft, "draft_check", &before, e))
        return -1;
    take_edits(v, draft, text);
    if (!final->known)
        return 0;
    outcome_yes(v, CELL_ACCURATE, final->right);
    pair(v, PAIR_AFTER, final->right);
    if (final->unneeded >= 0)
        outcome_add(v, CELL_UNNEEDED, 1, (double) final->unneeded);
    if (list)
        take_flags(v, list, final->right);
    v->outcome.undrafted = !before.known;
    if (before.known)
        take_both(v, before.right, final->right, list && json_count(list) > 0);
    return 0;
}

/* A row that a model has written; its completion is without what was taken
 * back. */
static int take_completion(struct evaluator *v, const struct record *r,
                           struct err *e)
{
    struct str name = row_text(v, r->root, "probe");
    const struct json *list = row_list(r->root, "errors");
    struct str raw = row_text(v, r->root, "raw");
    struct str text = row_text(v, r->root, "completion");
    struct judged final;
    int probe = COUNTOF(probe_names);
    while (--probe > 0 && !str_eq(name, str_of(probe_names[probe])))
        ;
    if (name.n > 0 && probe == 0)
        return record_refuse(r, e, "no such probe: %.*s", STR_ARG(name));
    if (list && json_count(list) > 0 && probe != PROBE_NONE)
        v->class = row_text(v, json_begin(list), "class");
    if (str_eq(raw, text) && row_whole(r->root, "retractions", 0) > 0)
        return record_refuse(r, e,
                             "completion holds what was taken back; "
                             "insec-generate --resolve leaves it out");
    if (evaluate_judge(v, r, text, "check", &final, e))
        return -1;
    v->outcome.level =
        final.level >= 0 ? final.level : row_whole(r->root, "level", -1);
    uint64_t key = rng_mix(rng_hash(0, r->id.p, r->id.n), (uint64_t)probe);
    v->outcome.pair.key =
        rng_mix(key, (uint64_t)row_whole(r->root, "sample", 0));
    if (probe == PROBE_NONE)
        return take_answer(v, r, &final, e);
    take_probe(v, r, (enum probe)probe, &final);
    return 0;
}

static int take(struct evaluator *v, const struct record *r, struct err *e)
{
    const struct json *root = r->root, *errors = row_list(root, "errors");
    const struct json *segments = row_list(root, "segments");
    const struct json *classes = json_get(root, "errors_by_class");
    bool written = json_get(root, "raw") || json_get(root, "probe");
    if (!isnan(row_number(root, "logprob")) &&
        row_number(root, "tokens") >= 0) {
        evaluate_scores(v, r);
        return 0;
    }
    if (json_get(root, "input_ids"))
        return evaluate_tokens(v, r, e);
    if (segments && !written)
        evaluate_example(v, segments);
    else if (errors && !written)
        return evaluate_document(v, r, errors, e);
    else if (classes && classes->type == JSON_OBJECT)
        evaluate_packing(v, classes);
    else if (row_text(v, root, "completion").p)
        return take_completion(v, r, e);
    else
        return record_refuse(r, e, "no completion, and no row of another kind");
    return 0;
}

int evaluate_row(struct evaluator *v, const struct row *row, struct buf *out,
                 struct err *e)
{
    struct record r;
    arena_reset(&v->arena);
    v->items.n = v->parts.n = 0;
    v->class = (struct str){NULL, 0};
    memset(&v->outcome, 0, sizeof v->outcome);
    v->outcome.level = -1;
    if (record_parse(v->parser, &v->arena, row->text, row->at, &r, e) ||
        take(v, &r, e))
        return -1;
    v->outcome.templated = evaluate_template(v, &r, &v->outcome.template);
    v->outcome.items = (uint32_t)v->items.n;
    v->class.n = utf8_check(str_sub(v->class, 0, size_min(v->class.n, 256)));
    v->outcome.class_n = (uint32_t)v->class.n;
    buf_add(out, &v->outcome, sizeof v->outcome);
    buf_add(out, v->items.v, v->items.n * sizeof *v->items.v);
    buf_add(out, v->class.p, v->outcome.class_n);
    buf_str(out, buf_view(&v->parts));
    return 0;
}

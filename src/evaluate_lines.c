/* The metrics of a tally, and the comparison of two. */
#include <math.h>

#include "evaluate.h"

enum form { RATE, MEAN };

/* The metrics that are one cell.  By class: of the planted error, or for clean
 * probes of that which their twin has. */
static const struct metric {
    const char *id, *name;
    enum form form;
    enum evaluate_cell cell;
    bool by_class, by_level, drafted; /* drafted: needs all drafts judged */
} metrics[] = {
    {"M1", "detection", RATE, CELL_DETECTED, true, true, false},
    {"M1", "detection_later", RATE, CELL_DETECTED_LATER, true, true, false},
    {"M2", "false_alarm", RATE, CELL_ALARM, true, true, false},
    {"M2", "false_alarm_later", RATE, CELL_ALARM_LATER, true, true, false},
    {"M3", "correction", RATE, CELL_CORRECT, true, true, false},
    {"M3", "correction_if_taken_back", RATE, CELL_CORRECT_DETECTED, true, true,
     false},
    {"M3", "exact_fix", RATE, CELL_EXACT, true, true, false},
    {"M4", "reason", RATE, CELL_REASON, true, true, false},
    {"M5", "correct_internal", RATE, CELL_CORRECT, true, true, false},
    {"M5", "correct_external", RATE, CELL_EXTERNAL, true, true, false},
    {"M5", "correct_wait", RATE, CELL_WAIT, true, true, false},
    {"M6", "accuracy_before", RATE, CELL_BEFORE, false, true, true},
    {"M6", "accuracy_after", RATE, CELL_AFTER, false, true, true},
    {"M7", "gained", RATE, CELL_GAINED, false, true, true},
    {"M7", "lost", RATE, CELL_LOST, false, true, true},
    {"M7", "fixed", RATE, CELL_FIXED, false, true, true},
    {"M7", "broken", RATE, CELL_BROKEN, false, true, true},
    {"M7", "both_right", RATE, CELL_BOTH_RIGHT, false, true, true},
    {"M7", "both_wrong", RATE, CELL_BOTH_WRONG, false, true, true},
    {"M8", "correction_injected", RATE, CELL_INJECTED, false, true, false},
    {"M8", "correction_own_probes", RATE, CELL_OWN, false, true, false},
    {"M8", "correction_own", RATE, CELL_FIXED, false, true, true},
    {"M9", "verdict", RATE, CELL_VERDICT, false, true, true},
    {"M9", "verdict_on_wrong", RATE, CELL_VERDICT_WRONG, false, true, true},
    {"M9", "verdict_on_right", RATE, CELL_VERDICT_RIGHT, false, true, true},
    {"M10", "flags_if_right", MEAN, CELL_FLAGS_RIGHT, false, true, false},
    {"M10", "flags_if_wrong", MEAN, CELL_FLAGS_WRONG, false, true, false},
    {"M10", "false_flags", MEAN, CELL_FLAGS_FALSE, false, true, false},
    {"M10", "unneeded_steps", MEAN, CELL_UNNEEDED, false, true, false},
    {"M11", "accuracy", RATE, CELL_ACCURATE, false, true, false},
    {"M12", "error_log_odds", MEAN, CELL_ODDS, true, false, false},
    {"M12", "error_rate", RATE, CELL_ERROR, false, true, true},
    {"M14", "edit_ratio", MEAN, CELL_EDITS, false, true, false},
    {"M14", "unedited", RATE, CELL_UNEDITED, false, true, false},
    {"M14", "too_long", RATE, CELL_TOO_LONG, false, false, false},
    {"M15", "records", MEAN, CELL_RECORDS, false, false, false},
    {"M15", "errors", MEAN, CELL_ERRORS, false, false, false},
    {"M15", "with_errors", RATE, CELL_WITH_ERRORS, false, false, false},
    {"M15", "no_op", RATE, CELL_NO_OP, true, false, false},
    {"M15", "false_error", RATE, CELL_FALSE_ERROR, true, false, false},
    {"M15", "dropped", RATE, CELL_DROPPED, true, false, false},
    {"M15", "template_overlap", RATE, CELL_OVERLAP, false, false, false},
    {"M15", "marks", MEAN, CELL_MARKS, false, false, false},
    {"M15", "tokens", MEAN, CELL_TOKENS, false, false, false},
    {"M15", "learnt_tokens", RATE, CELL_LEARNT, false, false, false},
    {"M16", "loss", MEAN, CELL_LOSS, false, false, false},
};

static const char *const group_names[] = {"all", "class", "level"};

static bool shown(const struct metric *m, enum evaluate_of of)
{
    return of == OF_ALL || (of == OF_CLASS ? m->by_class : m->by_level);
}

/* One cell of every group; those without items only where it is all. */
static void put_metric(const struct evaluate_tally *t, const struct metric *m,
                       struct evaluate_lines *out)
{
    for (size_t i = 0; i < t->groups.n; i++) {
        const struct evaluate_group *g = &t->groups.v[i];
        struct cell c = g->cells[m->cell];
        if (m->drafted && t->undrafted)
            c = (struct cell){0, 0};
        if (!shown(m, g->of) || (g->of != OF_ALL && !(c.n > 0)))
            continue;
        struct evaluate_line l = {
            m->id, m->name, group_names[g->of], g->name, {0, 0, 0}, c.sum, c.n};
        l.value = m->form == RATE ? metrics_rate(c.sum, c.n)
                                  : metrics_mean(c.sum, c.n);
        vec_push(out, l);
    }
}

/* ---- metrics made of several cells */

static void derive(const struct evaluate_group *g, const char *id,
                   const char *name, struct estimate value,
                   struct evaluate_lines *out)
{
    if (g->of != OF_ALL && isnan(value.value))
        return;
    vec_push(out, (struct evaluate_line){id, name, group_names[g->of], g->name,
                                         value, (double)NAN, (double)NAN});
}

static struct estimate alone(double value)
{
    return (struct estimate){value, (double)NAN, (double)NAN};
}

/* Precision, F1 and Youden's index of the flag, as if there were as many
 * clean probes as wrong ones. */
static void derive_detection(const struct evaluate_group *g,
                             struct evaluate_lines *out)
{
    struct cell hit = g->cells[CELL_DETECTED], miss = g->cells[CELL_ALARM];
    double p1 = hit.sum / hit.n, p2 = miss.sum / miss.n;
    double none = p1 + p2 > 0 ? 0 : (double)NAN;
    derive(g, "M2", "precision", alone(p1 / (p1 + p2) + none), out);
    derive(g, "M2", "f1", alone(2 * p1 / (p1 + p2 + 1)), out);
    derive(g, "M2", "youden",
           metrics_difference(hit.sum, hit.n, miss.sum, miss.n), out);
}

static void derive_blind_spot(const struct evaluate_group *g,
                              struct evaluate_lines *out)
{
    struct cell in = g->cells[CELL_CORRECT], ext = g->cells[CELL_EXTERNAL];
    struct cell wait = g->cells[CELL_WAIT];
    struct estimate b = metrics_blind_spot(in.sum, in.n, ext.sum, ext.n);
    struct estimate w = metrics_blind_spot(wait.sum, wait.n, ext.sum, ext.n);
    double cut = b.value > 0 ? (b.value - w.value) / b.value : (double)NAN;
    derive(g, "M5", "blind_spot", b, out);
    derive(g, "M5", "blind_spot_wait", w, out);
    derive(g, "M5", "blind_spot_cut", alone(cut), out);
}

static void derive_change(const struct evaluate_group *g, bool drafted,
                          struct evaluate_lines *out)
{
    struct cell up = g->cells[CELL_GAINED], down = g->cells[CELL_LOST];
    struct cell own = g->cells[CELL_FIXED], in = g->cells[CELL_INJECTED];
    double n = drafted ? up.n : 0;
    derive(g, "M6", "change", metrics_change(up.sum, down.sum, n), out);
    derive(g, "M8", "gap",
           metrics_difference(in.sum, in.n, own.sum, drafted ? own.n : 0), out);
}

static void put_derived(const struct evaluate_tally *t,
                        struct evaluate_lines *out)
{
    for (size_t i = 0; i < t->groups.n; i++) {
        const struct evaluate_group *g = &t->groups.v[i];
        derive_detection(g, out);
        derive_blind_spot(g, out);
        derive_change(g, t->undrafted == 0, out);
    }
}

/* The histogram of edit ratios, and the kinds of tokens. */
static void put_shares(const struct evaluate_group *g, struct arena *a,
                       struct evaluate_lines *out)
{
    for (int i = 0; i < 10; i++) {
        struct cell c = g->cells[CELL_EDIT_BINS + i];
        char *of = arena_copy(a, "0.0-0.1", 7);
        of[2] = (char)('0' + i);
        of[4] = i == 9 ? '1' : '0';
        of[6] = i == 9 ? '0' : (char)('1' + i);
        if (c.n > 0)
            vec_push(out, (struct evaluate_line){
                              "M14", "edit_ratio", "bin", str_of(of),
                              metrics_rate(c.sum, c.n), c.sum, c.n});
    }
    for (int k = 0; k < KIND_COUNT; k++) {
        struct cell c = g->cells[CELL_KINDS + k];
        if (c.n > 0)
            vec_push(out, (struct evaluate_line){
                              "M15", "kind", "kind", str_of(kind_names[k]),
                              metrics_rate(c.sum, c.n), c.sum, c.n});
    }
}

/* Of all errors in documents, those of each class. */
static void put_classes(const struct evaluate_tally *t,
                        struct evaluate_lines *out)
{
    double all = t->groups.v[0].cells[CELL_NO_OP].n;
    for (size_t i = 0; i < t->groups.n; i++) {
        const struct evaluate_group *g = &t->groups.v[i];
        double n = g->cells[CELL_NO_OP].n;
        if (g->of == OF_CLASS && n > 0)
            vec_push(out, (struct evaluate_line){"M15", "error_class", "class",
                                                 g->name, metrics_rate(n, all),
                                                 n, all});
    }
}

/* By number and then as they came: a stable sort of few lines. */
static int number_of(const struct evaluate_line *l)
{
    int n = 0;
    for (const char *p = l->id + 1; *p; p++)
        n = 10 * n + (*p - '0');
    return n;
}

static void sort(const struct evaluate_lines *in, struct evaluate_lines *out)
{
    for (int m = 1; m <= 16; m++)
        for (size_t i = 0; i < in->n; i++)
            if (number_of(&in->v[i]) == m)
                vec_push(out, in->v[i]);
}

void evaluate_lines_of(const struct evaluate_tally *t, struct arena *a,
                       struct evaluate_lines *out)
{
    struct evaluate_lines all = {0};
    for (size_t i = 0; i < COUNTOF(metrics); i++)
        put_metric(t, &metrics[i], &all);
    put_derived(t, &all);
    put_classes(t, &all);
    put_shares(&t->groups.v[0], a, &all);
    sort(&all, out);
    vec_free(&all);
}

/* ---- two models */

static void compare(const struct evaluate_tally *t,
                    const struct evaluate_tally *other, enum evaluate_pair what,
                    double n[4])
{
    const unsigned bit = 1u << what;
    size_t j = 0;
    for (size_t i = 0; i < t->pairs.n; i++) {
        const struct evaluate_paired *x = &t->pairs.v[i], *y;
        while (j < other->pairs.n && other->pairs.v[j].key < x->key)
            j++;
        if (j == other->pairs.n)
            return;
        y = &other->pairs.v[j];
        if (y->key == x->key && x->known & y->known & bit)
            n[(x->yes & bit ? 2 : 0) + (y->yes & bit ? 1 : 0)]++;
    }
}

void evaluate_compare(const struct evaluate_tally *t,
                      const struct evaluate_tally *other,
                      struct evaluate_lines *out)
{
    static const struct {
        const char *id, *name;
    } what[PAIR_COUNT] = {{"M11", "accuracy"},
                          {"M6", "accuracy_before"},
                          {"M1", "detection"},
                          {"M2", "false_alarm"},
                          {"M3", "correction"}};
    for (int w = 0; w < PAIR_COUNT; w++) {
        double n[4] = {0}, nan = (double)NAN;
        bool judged = w != PAIR_BEFORE || !(t->undrafted + other->undrafted);
        if (judged)
            compare(t, other, (enum evaluate_pair)w, n);
        double all = n[0] + n[1] + n[2] + n[3];
        struct evaluate_line l = {what[w].id,
                                  what[w].name,
                                  "against",
                                  STR("difference"),
                                  metrics_change(n[2], n[1], all),
                                  nan,
                                  all};
        vec_push(out, l);
        l.of = STR("only_this");
        l.value = metrics_rate(n[2], all);
        l.count = n[2];
        vec_push(out, l);
        l.of = STR("only_other");
        l.value = metrics_rate(n[1], all);
        l.count = n[1];
        vec_push(out, l);
        l.of = STR("p_value");
        l.value = alone(all > 0 ? metrics_mcnemar(n[2], n[1]) : nan);
        l.count = nan;
        vec_push(out, l);
    }
}

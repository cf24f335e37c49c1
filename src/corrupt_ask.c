/* Places that a model fills: asked for with --emit-requests, answered with
 * --merge. */
#include "corrupt_work.h"

static struct request request_of(struct corrupt_worker *w,
                                 const struct place *p)
{
    const struct target *t = &w->row->targets->v[p->target];
    struct str unit = str_sub(t->text, p->at.from, p->at.to);
    struct request r = {.id = w->row->id,
                        .field = t->field,
                        .copy = w->row->copy,
                        .start = p->at.from + segment_leading(unit)};
    r.prompt = corrupt_prompt(w->row->record, w->row->arena, t->field);
    r.context = str_sub(t->text, 0, p->at.from);
    return r;
}

void corrupt_request(struct corrupt_worker *w, const struct place *p)
{
    struct request r = request_of(w, p);
    request_put(w->row->requests, &r);
}

/* The answer's first unit, without white space around it. */
static struct str first_unit(struct corrupt_worker *w, struct str answer)
{
    struct err e;
    w->answer.n = 0;
    enum unit unit = (enum unit)w->c->opts.unit;
    if (segment_units(w->segmenter, answer, unit, &w->answer, &e) ||
        w->answer.n == 0)
        return STR("");
    return structure_body(answer, w->answer.v[0]);
}

bool corrupt_merge(struct corrupt_worker *w, const struct place *p)
{
    struct request r = request_of(w, p);
    struct str text = w->row->targets->v[p->target].text, answer;
    if (!answers_find(w->c->answers, &r, &answer)) {
        w->counts.missing++;
        return false;
    }
    w->counts.answered++;
    struct edit edit = {.target = p->target,
                        .from = r.start,
                        .to = p->at.to,
                        .right = str_sub(text, r.start, p->at.to),
                        .wrong = first_unit(w, answer),
                        .kind = STR("model"),
                        .rule = STR("model"),
                        .reason = STR("the text does not go on like this")};
    w->wrong.n = 0;
    buf_str(&w->wrong, edit.wrong);
    if (edit.wrong.n == 0 || check_same(edit.wrong, edit.right) ||
        !corrupt_passes(w, &edit)) {
        w->counts.rejected++;
        return false;
    }
    if (w->c->opts.reason != REASON_TEXT)
        edit.reason = w->c->opts.reason == REASON_CLASS ? edit.kind : STR("");
    vec_push(&w->made, ((struct pending){edit, w->made.n, SIZE_MAX}));
    counts_made(&w->counts, w->c->model, SIZE_MAX, true);
    return true;
}

/* Places that a model in the same process fills: it writes a unit itself, or
 * chooses among the candidates of the rules. */
#include "corrupt_work.h"

enum { CHOICES = 64, ROUNDS = 4 };

static struct corrupt_ask ask_of(struct corrupt_worker *w,
                                 const struct place *p)
{
    struct str text = w->row->targets->v[p->target].text;
    return (struct corrupt_ask){
        .row = w->row,
        .target = p->target,
        .unit = p->at,
        .body =
            p->at.from + segment_leading(str_sub(text, p->at.from, p->at.to)),
        .key = p->key,
        .wanted = corrupt_wanted(w, p),
    };
}

/* ---- what the model writes itself */

static struct str word_at(struct str s, const struct span_vec *words, size_t i)
{
    return structure_body(s, words->v[i]);
}

static bool parts_words(char c)
{
    return c && strchr(".,;:!?", c);
}

struct frame { /* words at either end that right and wrong share */
    size_t front, back;
    bool stop; /* and a full stop or comma behind what differs */
    bool word; /* only the first word that differs counts */
};

static size_t last_word(const struct span_vec *words, const struct frame *f)
{
    return f->word ? f->front : words->n - 1 - f->back;
}

/* Narrows *f to what the two share; false where no word differs.  A side that
 * would have nothing left keeps a word.  The words are left in w. */
static bool narrow(struct corrupt_worker *w, struct str right, struct str wrong,
                   struct frame *f)
{
    struct span_vec *r = &w->words, *g = &w->answer;
    struct err e; /* words are never refused */
    r->n = g->n = 0;
    if (segment_units(w->segmenter, right, UNIT_WORD, r, &e) ||
        segment_units(w->segmenter, wrong, UNIT_WORD, g, &e) || r->n == 0 ||
        g->n == 0)
        return false;
    size_t some = size_min(r->n, g->n), front = 0, back = 0;
    while (front < some &&
           check_same(word_at(right, r, front), word_at(wrong, g, front)))
        front++;
    if (front == r->n && front == g->n)
        return false;
    f->front = size_min(f->front, size_min(front, some - 1));
    while (back < some - 1 - f->front &&
           check_same(word_at(right, r, r->n - 1 - back),
                      word_at(wrong, g, g->n - 1 - back)))
        back++;
    f->back = size_min(f->back, back);
    f->word = f->word && f->front == front;
    struct str a = word_at(right, r, last_word(r, f));
    struct str b = word_at(wrong, g, last_word(g, f));
    char last = a.p[a.n - 1];
    f->stop = f->stop && a.n > 1 && b.n > 1 && b.p[b.n - 1] == last &&
              parts_words(last);
    return true;
}

/* What is left of s, whose words these are, within the frame. */
static struct str within(struct str s, const struct span_vec *words,
                         const struct frame *f)
{
    size_t from = (size_t)(word_at(s, words, f->front).p - s.p);
    size_t to = words->v[last_word(words, f)].to;
    return str_sub(s, from, to - f->stop);
}

static struct frame whole_frame(const struct corrupt_model *m)
{
    return (struct frame){SIZE_MAX, SIZE_MAX, true, m->first_word};
}

/* The error that a unit is, in a frame that is no wider than its own. */
static bool own_edit(struct corrupt_worker *w, const struct corrupt_ask *a,
                     struct str unit, struct frame *f, struct edit *x)
{
    struct str text = a->row->targets->v[a->target].text;
    struct str right = str_sub(text, a->body, a->unit.to);
    if (!narrow(w, right, unit, f))
        return false;
    *x = (struct edit){.target = a->target,
                       .right = within(right, &w->words, f),
                       .wrong = within(unit, &w->answer, f),
                       .kind = STR("own"),
                       .rule = STR("model")};
    x->from = (size_t)(x->right.p - text.p);
    x->to = x->from + x->right.n;
    return true;
}

static struct str own_reason(struct corrupt_worker *w, const struct edit *x)
{
    if (w->c->opts.reason != REASON_TEXT)
        return w->c->opts.reason == REASON_CLASS ? x->kind : STR("");
    if (x->right.n > 40 || x->wrong.n > 40)
        return STR("the text does not go on like this");
    w->why.n = 0;
    buf_cstr(&w->why, "it is ");
    buf_str(&w->why, x->right);
    buf_cstr(&w->why, ", not ");
    buf_str(&w->why, x->wrong);
    return (struct str){arena_copy(w->row->arena, w->why.p, w->why.n),
                        w->why.n};
}

enum corrupt_verdict corrupt_judge(struct corrupt_worker *w,
                                   const struct corrupt_ask *a, struct str unit)
{
    struct edit x;
    struct frame f = whole_frame(a->row->model);
    if (!own_edit(w, a, unit, &f, &x))
        return CORRUPT_SAME;
    w->row = a->row;
    w->wrong.n = 0;
    buf_str(&w->wrong, x.wrong);
    return corrupt_passes(w, &x) ? CORRUPT_WRONG : CORRUPT_REFUTED;
}

int corrupt_trouble(const struct corrupt_worker *w, struct err *e)
{
    if (w->failed)
        *e = w->err;
    return w->failed ? -1 : 0;
}

static bool place_own(struct corrupt_worker *w, const struct place *p)
{
    struct corrupt_ask a = ask_of(w, p);
    struct corrupt_said said[CORRUPT_ALTERNATIVES];
    size_t n = w->row->model->say(w->row->model->ctx, &a, said);
    struct frame f =
        whole_frame(w->row->model); /* alternatives have one span */
    struct edit x;
    size_t first = w->made.n;
    for (size_t i = 0; i < 3 * n; i++) /* it has settled then */
        (void)own_edit(w, &a, said[i % n].unit, &f, &x);
    for (size_t i = 0; i < n; i++) {
        bool fresh = own_edit(w, &a, said[i].unit, &f, &x);
        for (size_t k = first; k < w->made.n && fresh; k++)
            fresh = !check_same(w->made.v[k].edit.wrong, x.wrong);
        if (!fresh)
            continue;
        x.reason = own_reason(w, &x);
        counts_made(&w->counts, w->c->own, SIZE_MAX, w->made.n == first);
        vec_push(&w->made, ((struct pending){x, w->made.n, SIZE_MAX}));
    }
    return true;
}

/* ---- what the model chooses */

/* Candidates of a class into w->made: the first of each choice, then the
 * second, and so on. */
static void gather(struct corrupt_worker *w, const struct place *p,
                   size_t class_id)
{
    corrupt_choices(w, p, class_id, true);
    size_t n = size_min(w->choices.n, CHOICES);
    for (size_t nth = 0; nth < ROUNDS; nth++)
        for (size_t i = 0; i < n; i++)
            if (w->made.n - w->first_made < CORRUPT_RANKED)
                corrupt_draw(w, p, &w->choices.v[i], class_id, nth);
}

/* Keeps of the candidates what the model says: an error, and for more at the
 * place those of the same span. */
static void keep_picked(struct corrupt_worker *w, size_t class_id,
                        const struct corrupt_said *said, size_t n,
                        size_t wanted)
{
    struct pending all[CORRUPT_RANKED];
    struct pending *made = w->made.v + w->first_made;
    memcpy(all, made, (w->made.n - w->first_made) * sizeof *made);
    w->made.n = w->first_made;
    for (size_t i = 0; i < n && w->made.n - w->first_made < wanted; i++) {
        struct pending x = all[said[i].pick];
        const struct edit *first = &all[said[0].pick].edit;
        if (x.edit.from != first->from || x.edit.to != first->to)
            continue;
        x.order = w->made.n;
        vec_push(&w->made, x);
        counts_made(&w->counts, class_id, x.rule, i == 0);
    }
}

static bool place_ranked(struct corrupt_worker *w, const struct place *p,
                         size_t class_id)
{
    struct edit candidates[CORRUPT_RANKED];
    struct corrupt_said said[CORRUPT_RANKED] = {{.pick = 0}};
    gather(w, p, class_id);
    struct corrupt_ask a = ask_of(w, p);
    a.candidates = candidates;
    a.n = w->made.n - w->first_made;
    for (size_t i = 0; i < a.n; i++) {
        candidates[i] = w->made.v[w->first_made + i].edit;
        corrupt_use(w, p, candidates[i].to);
    }
    if (a.n == 0)
        return false;
    size_t n = 1;
    if (a.n > 1)
        n = w->row->model->say(w->row->model->ctx, &a, said);
    keep_picked(w, class_id, said, n, a.wanted);
    return true;
}

bool corrupt_ask_model(struct corrupt_worker *w, const struct place *p)
{
    if (!w->row->model->ranks)
        return place_own(w, p);
    corrupt_race(w, p);
    while (w->racers.n > 0)
        if (place_ranked(w, p, corrupt_next_racer(w)))
            return true;
    w->counts.nothing++;
    return false;
}

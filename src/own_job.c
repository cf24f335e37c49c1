/* Places to sequences of tokens: each document is encoded once, and places
 * that share what stands before them are decoded by one slot. */
#include <math.h>
#include <stdlib.h>

#include "own_impl.h"
#include "segment.h"

enum { REACH = 64 }; /* bytes of a word that a score looks at, on each side */

void own_job_free(struct own_job *job)
{
    if (!job)
        return;
    for (size_t i = 0; i < job->n_docs; i++) {
        vec_free(&job->docs[i].ids);
        vec_free(&job->docs[i].ends);
    }
    arena_free(&job->arena);
    vec_free(&job->targets);
    vec_free(&job->items);
    vec_free(&job->pool);
    vec_free(&job->sorted);
    buf_free(&job->out);
    mem_free(job);
}

static struct str keep(struct own_job *job, struct str s)
{
    return (struct str){arena_copy(&job->arena, s.p ? s.p : "", s.n), s.n};
}

/* ---- the document */

/* What stands before the target at field, as insec-pair writes it: the
 * prompt, or the turns before it with a newline between. */
static void put_before(const struct record *r, struct arena *a,
                       struct str field, struct buf *out)
{
    const struct json *turns = json_get(r->root, "messages");
    if (str_eq(field, STR("/completion")))
        buf_str(out, record_prompt(r, a));
    if (!str_starts(field, STR("/messages/")) || !turns)
        return;
    size_t n = 0;
    for (size_t k = STR("/messages/").n; field.p[k] != '/'; k++)
        n = n * 10 + (size_t)(field.p[k] - '0');
    const struct json *t = json_begin(turns);
    bool parted = false;
    for (size_t i = 0; i <= n && t < json_end(turns); i++, t = json_next(t)) {
        const struct json *content = json_get(t, "content");
        if (!content || content->type != JSON_STRING)
            continue;
        if (parted)
            buf_char(out, '\n');
        parted = true;
        if (i < n)
            buf_str(out, json_string(content, a));
    }
}

static void copy_row(struct own_job *job, const struct corrupt_row *row)
{
    job->n_docs = row->targets->n;
    job->docs = arena_alloc(&job->arena, job->n_docs * sizeof *job->docs);
    for (size_t i = 0; i < job->n_docs; i++) {
        struct target t = row->targets->v[i];
        t.field = keep(job, t.field);
        t.text = (struct str){NULL, 0}; /* until its document is there */
        vec_push(&job->targets, t);
        job->docs[i] = (struct own_doc){0};
    }
    job->own.arena = &job->arena;
    job->own.targets = &job->targets;
    job->own.model = row->model;
    job->own.answer = keep(job, row->answer);
}

static int open_doc(struct own *o, struct own_doc *d, size_t target,
                    const struct corrupt_row *row, struct err *e)
{
    const struct target *t = &row->targets->v[target];
    int32_t bos = tokenizer_info(o->tokenizer)->bos;
    struct buf b = {0};
    put_before(row->record, row->arena, t->field, &b);
    d->ready = true;
    d->shift = b.n;
    buf_str(&b, t->text);
    d->text = keep(o->job, buf_view(&b));
    buf_free(&b);
    o->job->targets.v[target].text = str_sub(d->text, d->shift, d->text.n);
    if (bos >= 0)
        vec_push(&d->ids, bos);
    d->bos = d->ids.n;
    return encoder_encode(o->encoder, d->text, &d->ids, &d->ends, e);
}

/* How many tokens of the text end at the byte or before it. */
static size_t tokens_until(const struct own_doc *d, size_t byte)
{
    size_t lo = 0, hi = d->ends.n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (d->ends.v[mid] <= byte)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* ---- a place */

static int encode(struct own *o, struct str s, struct own_ids *out,
                  struct err *e)
{
    struct i32_vec *pool = &o->job->pool;
    out->from = pool->n;
    if (s.n > 0 && encoder_encode(o->encoder, s, pool, NULL, e))
        return -1;
    out->n = pool->n - out->from;
    return 0;
}

/* The words that an edit stands in, with the space before them; where it
 * only leaves out, the word behind it too. */
static struct span words_of(struct str text, size_t unit, const struct edit *x)
{
    size_t low = size_max(unit, x->from - size_min(x->from, REACH));
    size_t high = size_min(text.n, x->to + REACH);
    low = size_min(low, x->from);
    while (low < x->from && (text.p[low] & 0xC0) == 0x80)
        low++;
    while (high > x->to && high < text.n && (text.p[high] & 0xC0) == 0x80)
        high--;
    struct span s = {x->from, x->to};
    while (s.from > low &&
           segment_trailing(str_sub(text, low, s.from)) == s.from - low)
        s.from--;
    s.from = low + segment_trailing(str_sub(text, low, s.from));
    if (segment_leading(x->wrong) == x->wrong.n)
        s.to += segment_leading(str_sub(text, s.to, high));
    while (s.to < high && segment_leading(str_sub(text, s.to, high)) == 0)
        s.to++;
    return s;
}

/* Where the text in front of a byte of the target ends in whole tokens, and
 * what is left of it up to there. */
static struct str branch_at(const struct own_doc *d, size_t byte,
                            struct own_branch *b)
{
    size_t n = tokens_until(d, d->shift + byte);
    b->at = d->bos + n;
    return str_sub(d->text, n > 0 ? d->ends.v[n - 1] : 0, d->shift + byte);
}

static int force(struct own *o, const struct own_item *it, size_t i,
                 struct own_branch *b, struct err *e)
{
    const struct own_doc *d = &o->job->docs[it->ask.target];
    const struct edit *x = &it->ask.candidates[i];
    struct str text = str_sub(d->text, d->shift, d->text.n);
    struct span s = words_of(text, it->ask.unit.from, x);
    struct buf forced = {0};
    buf_str(&forced, branch_at(d, s.from, b));
    buf_str(&forced, str_sub(text, s.from, x->from));
    buf_str(&forced, x->wrong);
    buf_str(&forced, str_sub(text, x->to, s.to));
    int rc = encode(o, buf_view(&forced), &b->ids, e);
    buf_free(&forced);
    b->pick = i;
    b->ids.n = size_min(b->ids.n, (size_t)o->o->max_tokens);
    /* The first token of all has no probability. */
    b->given = b->at == 0 && b->ids.n > 0;
    return rc;
}

static int branch_order(const void *a, const void *b)
{
    const struct own_branch *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->pick > y->pick) - (x->pick < y->pick);
}

static int add_branches(struct own *o, struct own_item *it, struct err *e)
{
    const struct own_doc *d = &o->job->docs[it->ask.target];
    size_t n = size_max(it->ask.n, 1);
    it->branches = arena_alloc(&o->job->arena, n * sizeof *it->branches);
    memset(it->branches, 0, n * sizeof *it->branches);
    it->n_branches = n;
    if (it->ask.n == 0) {
        struct own_branch *b = it->branches;
        struct str left = branch_at(d, it->ask.unit.from, b);
        size_t end = d->bos + tokens_until(d, d->shift + it->ask.unit.to);
        it->need = 16 + 2 * (end - b->at);
        it->need = size_min(it->need, (size_t)o->o->max_tokens);
        int rc = encode(o, left, &b->ids, e);
        b->given = b->ids.n;
        return rc;
    }
    for (size_t i = 0; i < n; i++) {
        if (force(o, it, i, &it->branches[i], e))
            return -1;
        it->need = size_max(it->need, it->branches[i].ids.n);
    }
    qsort(it->branches, n, sizeof *it->branches, branch_order);
    return 0;
}

static int add_item(struct own *o, const struct corrupt_ask *a, struct err *e)
{
    struct own_job *job = o->job;
    if (job->n_docs == 0)
        copy_row(job, a->row);
    struct own_doc *d = &job->docs[a->target];
    if (!d->ready && open_doc(o, d, a->target, a->row, e))
        return -1;
    struct own_item it = {.ask = *a};
    if (add_branches(o, &it, e))
        return -1;
    it.ask.row = &job->own;
    it.ask.candidates = NULL;
    it.units = arena_alloc(&job->arena, a->wanted * sizeof *it.units);
    it.scores = arena_alloc(&job->arena, (a->n + 1) * sizeof *it.scores);
    for (size_t i = 0; i < a->n; i++)
        it.scores[i] = -INFINITY;
    vec_push(&job->items, it);
    return 0;
}

void own_ask(struct own *o, const struct corrupt_ask *a)
{
    if (!o->failed && add_item(o, a, &o->err))
        o->failed = true;
}

/* ---- windows */

static const struct own_item *item_at(const struct own_job *job, size_t i)
{
    return &job->items.v[job->sorted.v[i]];
}

/* Can the item's branches be decoded in the context, with the document from
 * `start` on? */
static bool fits(const struct own *o, const struct own_item *it, size_t start)
{
    const struct own_branch *last = &it->branches[it->n_branches - 1];
    return last->at - start + last->given + it->need <=
           (size_t)o->model.config.context;
}

/* Where a window begins that has room for the item and half of what is left
 * for what stands before it. */
static size_t window_for(const struct own *o, const struct own_item *it)
{
    const struct own_branch *b = it->branches;
    size_t last = it->branches[it->n_branches - 1].at - b->at;
    size_t taken = it->need + b->given + last;
    size_t context = (size_t)o->model.config.context;
    size_t room = context > taken ? (context - taken + 1) / 2 : 0;
    return b->at - size_min(b->at, room);
}

static int by_place(const void *a, const void *b, void *ctx)
{
    const struct own_job *job = ctx;
    size_t i = *(const size_t *)a, k = *(const size_t *)b;
    const struct own_item *x = &job->items.v[i], *y = &job->items.v[k];
    if (x->ask.target != y->ask.target)
        return x->ask.target < y->ask.target ? -1 : 1;
    if (x->branches[0].at != y->branches[0].at)
        return x->branches[0].at < y->branches[0].at ? -1 : 1;
    return (i > k) - (i < k);
}

/* An item can be decoded where something stands in front of it. */
static bool is_decodable(const struct own *o, const struct own_item *it)
{
    const struct own_branch *b = it->branches;
    size_t start = window_for(o, it);
    return b->at - start + b->given > 0 && it->need > 0 && fits(o, it, start);
}

static void cut_runs(struct own *o, struct own_job *job)
{
    struct own_run run = {job, 0, 0, 0};
    size_t target = SIZE_MAX;
    for (size_t i = 0; i < job->items.n; i++)
        if (is_decodable(o, &job->items.v[i]))
            vec_push(&job->sorted, i);
        else
            o->counts.unasked++;
    if (job->sorted.n == 0)
        return;
    qsort_r(job->sorted.v, job->sorted.n, sizeof *job->sorted.v, by_place, job);
    for (size_t i = 0; i < job->sorted.n; i++) {
        const struct own_item *it = item_at(job, i);
        bool anew = it->ask.target != target;
        if (!anew && fits(o, it, run.start))
            continue;
        run.end = i;
        if (run.end > run.first)
            vec_push(&o->runs, run);
        job->left += run.end > run.first;
        run.first = i;
        run.start = anew && fits(o, it, 0) ? 0 : window_for(o, it);
        target = it->ask.target;
    }
    run.end = job->sorted.n;
    vec_push(&o->runs, run);
    job->left++;
}

/* ---- the row */

struct own_job *own_take(struct own *o, struct err *e)
{
    struct own_job *job = mem_zero(1, sizeof *job);
    struct own_packet packet;
    struct buf nothing = {0};
    memcpy(&packet, o->in.p, sizeof packet);
    job->row.text = str_sub(o->in, sizeof packet, sizeof packet + packet.n);
    job->row.at = packet.at;
    o->in = str_sub(o->in, sizeof packet + packet.n + IO_PADDING, o->in.n);
    o->job = job;
    o->telling = false;
    int rc = corrupt_rows_work(o->asker, &job->row, &nothing, e);
    buf_free(&nothing);
    if (rc == 0 && o->failed) {
        *e = o->err;
        rc = -1;
    }
    if (rc) {
        own_job_free(job);
        return NULL;
    }
    o->counts.places += job->items.n;
    cut_runs(o, job);
    return job;
}

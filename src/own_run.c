/* Decoding: the runs of many rows side by side.  A slot that has done its
 * run takes the next one; within a run each place branches off what the slot
 * holds already. */
#include <math.h>
#include <string.h>

#include "kern.h"
#include "own_impl.h"
#include "segment.h"

/* Tokens fed at a time when prompts are read; bounds the memory. */
enum { FEED = 2048, SALT_SAMPLE = 0x6f776e };

static struct own_item *item_of(const struct own_slot *s)
{
    const struct own_job *job = s->run.job;
    return &job->items.v[job->sorted.v[s->i]];
}

static const struct own_branch *branch_of(const struct own_slot *s)
{
    return &item_of(s)->branches[s->branch];
}

/* Id number i of what stands before a branch, from the window's start. */
static int32_t id_at(const struct own_slot *s, size_t i)
{
    const struct own_branch *b = branch_of(s);
    const struct own_doc *d = &s->run.job->docs[item_of(s)->ask.target];
    size_t of_doc = b->at - s->run.start;
    return i < of_doc ? d->ids.v[s->run.start + i]
                      : s->run.job->pool.v[b->ids.from + i - of_doc];
}

static size_t prefix_of(const struct own_slot *s)
{
    const struct own_branch *b = branch_of(s);
    return b->at - s->run.start + b->given;
}

/* ---- where a slot stands */

static bool ranks(const struct own_slot *s)
{
    return item_of(s)->ask.n > 0;
}

/* Gets a slot ready to go on behind the prefix of its branch. */
static void branch_off(const struct own *o, struct own_slot *s)
{
    const struct own_item *it = item_of(s);
    size_t room = (size_t)o->model.config.context - prefix_of(s);
    s->n = 0;
    s->sum = 0;
    s->text.n = s->seen = 0;
    s->limit = ranks(s) ? branch_of(s)->ids.n - branch_of(s)->given
                        : size_min(room, (size_t)o->o->max_tokens);
    s->rng = rng_from(rng_mix(rng_mix(it->ask.key, SALT_SAMPLE), s->tried));
    s->fed = false;
}

static void leave(struct own *o, struct own_slot *s)
{
    s->branch = s->tried = s->misses = 0;
    if (++s->i < s->run.end) {
        branch_off(o, s);
        return;
    }
    s->run.job->left--;
    s->busy = false;
}

bool own_start(struct own *o, struct own_slot *s)
{
    if (o->started == o->runs.n)
        return false;
    s->run = o->runs.v[o->started++];
    s->i = s->run.first;
    s->held = s->branch = s->tried = s->misses = 0;
    s->busy = true;
    branch_off(o, s);
    return true;
}

struct feed {
    int32_t ids[FEED], rows[FEED];
    size_t n;
};

static void flush(struct own *o, struct feed *f)
{
    if (f->n > 0)
        decoder_feed(o->decoder, f->ids, f->rows, f->n);
    o->counts.fed += f->n;
    f->n = 0;
}

/* Brings the caches of the slots to where they stand, less one id, which is
 * the next to go through. */
static void feed_slots(struct own *o)
{
    struct feed f;
    f.n = 0;
    for (int64_t k = 0; k < o->o->batch; k++) {
        struct own_slot *s = &o->slots[k];
        if (!s->busy || s->fed)
            continue;
        size_t n = prefix_of(s), at = size_min(s->held, n - 1);
        const struct own_branch *b = branch_of(s);
        at = size_min(at, b->at - s->run.start);
        decoder_cut(o->decoder, (size_t)k, at);
        for (; at + 1 < n; at++) {
            f.ids[f.n] = id_at(s, at);
            f.rows[f.n] = (int32_t)k;
            if (++f.n == FEED)
                flush(o, &f);
        }
        s->last = id_at(s, n - 1);
        s->held = b->at - s->run.start;
        s->fed = true;
        o->counts.prefix += n;
    }
    flush(o, &f);
}

/* ---- a sample */

/* Can a unit end where a word begins in the text from `from` on?  Only then
 * is it cut, which costs; an end that is missed is found at a later one. */
static bool may_end(struct str text, size_t from, enum unit unit)
{
    for (size_t i = size_max(from, 1); i < text.n; i++) {
        size_t gap = segment_trailing(str_sub(text, 0, i));
        if (gap == 0 || gap == i || strchr(" \t\r\n", text.p[i]))
            continue;
        if (unit != UNIT_SENTENCE || memchr(text.p + gap, '\n', i - gap))
            return true;
        char c = text.p[gap - 1];
        if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != ',')
            return true;
    }
    return false;
}

/* The text up to the end of its first unit, where that is known; all of it
 * with `over`.  false: it goes on. */
static bool first_unit(struct own *o, struct own_slot *s, bool over,
                       struct str *unit, struct err *e)
{
    struct str text = buf_view(&s->text);
    *unit = (struct str){NULL, 0};
    size_t good = utf8_check(text);
    if (good < text.n && (over || text.n - good >= 4))
        return true; /* broken */
    text.n = good;
    size_t from = s->seen;
    s->seen = text.n;
    if (!over && !may_end(text, from, (enum unit)o->o->unit))
        return false;
    o->units.n = 0;
    if (segment_units(o->segmenter, text, (enum unit)o->o->unit, &o->units,
                      e)) {
        o->failed = true;
        return true;
    }
    if (o->units.n > 0) {
        struct span first = o->units.v[0];
        struct str body = str_sub(text, first.from, first.to);
        *unit = str_sub(body, segment_leading(body), body.n);
    }
    return over || o->units.n > 1;
}

static bool is_new(const struct own_item *it, struct str unit)
{
    for (size_t i = 0; i < it->n_units; i++)
        if (str_eq(it->units[i], unit))
            return false;
    return true;
}

/* Takes the unit, where it is wrong; then another sample or another place. */
static void judge(struct own *o, struct own_slot *s, struct str unit)
{
    struct own_item *it = item_of(s);
    struct own_counts *n = &o->counts;
    bool taken = false;
    n->samples++;
    s->tried++;
    if (unit.n == 0) {
        n->broken++;
    } else if (!is_new(it, unit)) {
        n->repeated++;
    } else {
        enum corrupt_verdict v = corrupt_judge(o->judge, &it->ask, unit);
        taken = v == CORRUPT_WRONG;
        n->same += v == CORRUPT_SAME;
        n->refuted += v == CORRUPT_REFUTED;
        n->kept += taken;
    }
    s->misses = taken ? 0 : s->misses + 1;
    if (taken)
        it->units[it->n_units++] = (struct str){
            arena_copy(&s->run.job->arena, unit.p, unit.n), unit.n};
    /* Without chance another sample is the same again. */
    bool again = o->o->sample.temperature > 0 &&
                 s->misses < (size_t)o->o->samples &&
                 it->n_units < it->ask.wanted;
    if (again)
        branch_off(o, s);
    else
        leave(o, s);
}

static void sample(struct own *o, struct own_slot *s, float *logits,
                   struct err *e)
{
    struct str unit = {NULL, 0};
    for (size_t i = 0; i < o->banned.n; i++)
        logits[o->banned.v[i]] = -INFINITY;
    int32_t id = sampler_choose(o->sampler, logits, &s->rng);
    bool over = id == o->end;
    o->counts.tokens++;
    if (!over) {
        tokenizer_decode(o->tokenizer, &id, 1, false, &s->text);
        s->last = id;
        s->n++;
    }
    if (first_unit(o, s, over, &unit, e))
        judge(o, s, unit);
    else if (s->n >= s->limit)
        judge(o, s, (struct str){NULL, 0});
}

/* ---- a score */

static void score(struct own *o, struct own_slot *s, const float *logits)
{
    struct own_item *it = item_of(s);
    const struct own_branch *b = branch_of(s);
    if (s->n < s->limit) {
        int32_t id = s->run.job->pool.v[b->ids.from + b->given + s->n];
        s->sum += (double)logits[id] -
                  (double)kern_get()->logsumexp(logits,
                                                (size_t)o->model.config.vocab);
        s->n++;
        s->last = id;
        o->counts.tokens++;
    }
    if (s->n < s->limit)
        return;
    if (s->n > 0 && !isnan(s->sum))
        it->scores[b->pick] = s->sum / (double)s->n;
    o->counts.candidates++;
    if (++s->branch < it->n_branches)
        branch_off(o, s);
    else
        leave(o, s);
}

int own_step(struct own *o, struct err *e)
{
    size_t n = 0, vocab = (size_t)o->model.config.vocab;
    feed_slots(o);
    for (int64_t k = 0; k < o->o->batch; k++)
        if (o->slots[k].busy) {
            o->ids[n] = o->slots[k].last;
            o->live[n++] = (int32_t)k;
        }
    float *logits = decoder_step(o->decoder, o->ids, o->live, n);
    for (size_t i = 0; i < n; i++) {
        struct own_slot *s = &o->slots[o->live[i]];
        if (ranks(s))
            score(o, s, logits + i * vocab);
        else
            sample(o, s, logits + i * vocab, e);
    }
    return o->failed ? -1 : corrupt_trouble(o->judge, e);
}

/* The tasks of insec-synth; see synth.h. */
#include "synth.h"

#include "chain.h"
#include "sums.h"

struct synth_task {
    const char *name;
    int (*make)(const struct problem_opts *o, uint64_t level_key, uint64_t key,
                struct problem *p);
};

static const struct synth_task tasks[] = {
    {"chain", chain_make},
    {"sums", sums_make},
};

const struct synth_task *synth_task(const char *name)
{
    for (size_t i = 0; i < COUNTOF(tasks); i++) {
        if (strcmp(tasks[i].name, name) == 0)
            return &tasks[i];
    }
    return NULL;
}

int synth_make(const struct synth_task *t, const struct problem_opts *o,
               uint64_t number, struct problem *p, struct err *e)
{
    uint64_t task_key = rng_hash(o->seed, t->name, strlen(t->name));
    uint64_t key = rng_mix(task_key, number);
    for (int draw = 1; draw <= o->draws; draw++) {
        problem_clear(p);
        if (t->make(o, key, rng_mix(key, (uint64_t)draw), p))
            return 0;
    }
    return err_set(e, STATUS_USAGE,
                   "%s: none of %d draws for record %llu is in the split; "
                   "these options leave too few different problems",
                   t->name, o->draws, (unsigned long long)number);
}

void synth_put(struct buf *out, const struct synth_task *t, uint64_t seed,
               uint64_t number, const struct problem *p)
{
    buf_cstr(out, "{\"id\":\"");
    buf_cstr(out, t->name);
    buf_char(out, '-');
    buf_u64(out, seed);
    buf_char(out, '-');
    buf_u64(out, number);
    buf_char(out, '"');
    json_put_field(out, "prompt", buf_view(&p->prompt));
    json_put_field(out, "completion", buf_view(&p->completion));
    json_put_field(out, "answer", buf_view(&p->answer));
    buf_cstr(out, "}\n");
}

static const struct json *get_text(const struct record *r, const char *key,
                                   struct err *e)
{
    const struct json *v = json_get(r->root, key);
    if (!v)
        record_refuse(r, e, "no %s", key);
    else if (v->type != JSON_STRING)
        record_refuse_at(r, v, e, "%s must be a string", key);
    return v && v->type == JSON_STRING ? v : NULL;
}

int synth_judge(struct str prompt, struct str completion, struct verdict *v,
                struct err *e)
{
    *v = (struct verdict){0};
    return sums_knows(prompt) ? sums_check(prompt, completion, v, e)
                              : chain_check(prompt, completion, v, e);
}

bool synth_structure(struct str prompt, uint64_t *out)
{
    struct chain c;
    struct err e;
    if (sums_structure(prompt, out))
        return true;
    if (chain_parse(prompt, &c, &e))
        return false;
    *out = chain_structure(&c);
    return true;
}

int synth_check(const struct record *r, struct arena *a, struct verdict *v,
                struct err *e)
{
    struct err why = {0};
    const struct json *prompt = get_text(r, "prompt", e);
    const struct json *completion = prompt ? get_text(r, "completion", e) : 0;
    *v = (struct verdict){0};
    if (!completion)
        return -1;
    struct str p = json_string(prompt, a), c = json_string(completion, a);
    return synth_judge(p, c, v, &why)
               ? record_refuse_at(r, prompt, e, "%s", why.text)
               : 0;
}

void synth_put_check(struct buf *out, const struct record *r,
                     const struct verdict *v)
{
    static const char *const drop[] = {"check", NULL};
    record_open(out, r, drop);
    json_put_key(out, "check");
    buf_cstr(out, v->right ? "{\"right\":true" : "{\"right\":false");
    json_put_i64(out, "steps", v->steps);
    json_put_i64(out, "right_steps", v->right_steps);
    json_put_i64(out, "unneeded", v->unneeded);
    json_put_i64(out, "first_wrong", v->first_wrong);
    json_put_i64(out, "level", v->level);
    json_put_field(out, "reason", str_of(v->reason));
    buf_cstr(out, "}}\n");
}

void synth_tally_add(struct synth_tally *to, const struct synth_tally *from)
{
    for (int i = 0; i < SYNTH_LEVELS; i++) {
        to->records[i] += from->records[i];
        to->right[i] += from->right[i];
    }
}

static void put_share(struct buf *json, uint64_t right, uint64_t records)
{
    json_put_i64(json, "right", (int64_t)right);
    json_put_f64(json, "share", records ? (double)right / (double)records : 0);
}

void synth_put_tally(struct buf *json, const struct synth_tally *t, bool judged)
{
    uint64_t records = 0, right = 0;
    for (int i = 0; i < SYNTH_LEVELS; i++) {
        records += t->records[i];
        right += t->right[i];
    }
    if (judged)
        put_share(json, right, records);
    json_put_key(json, "levels");
    buf_char(json, '[');
    for (int i = 0, n = 0; i < SYNTH_LEVELS; i++) {
        if (!t->records[i])
            continue;
        buf_cstr(json, n++ ? ",{" : "{");
        json_put_i64(json, "level", i);
        json_put_i64(json, "records", (int64_t)t->records[i]);
        if (judged)
            put_share(json, t->right[i], t->records[i]);
        buf_char(json, '}');
    }
    buf_char(json, ']');
}

/*
 * Rows around render.c: what of a record is the document, what is drawn, what
 * is counted and checked.  Options mean here what insec-pair(1) says.
 */
#include "render_impl.h"

#include "rng.h"

struct render *render_new(const struct render_opts *o, struct err *e)
{
    struct render *r = mem_zero(1, sizeof *r);
    r->o = o;
    r->joined = o->chat != NULL;
    r->segmenter = segmenter_new(e);
    if (o->style == RENDER_BACKSPACE)
        r->text.encoder = encoder_new(o->tokenizer);
    if (r->segmenter)
        return r;
    render_free(r);
    return NULL;
}

void render_free(struct render *r)
{
    if (!r)
        return;
    segmenter_free(r->segmenter);
    encoder_free(r->text.encoder);
    arena_free(&r->arena);
    vec_free(&r->targets);
    vec_free(&r->edits);
    vec_free(&r->pieces);
    vec_free(&r->text.units);
    vec_free(&r->text.ids);
    script_free(&r->script);
    classes_free(&r->classes);
    vec_free(&r->spare);
    chat_writer_free(&r->chat);
    buf_free(&r->left);
    buf_free(&r->right);
    mem_free(r);
}

/* ---- the document */

/* Every turn but the first begins with the newline that parts it from the
 * one before, so that a segment's edge falls before it. */
static struct str turn_text(struct arena *a, struct str content, bool first)
{
    if (first)
        return content;
    char *p = arena_alloc(a, content.n + 1);
    p[0] = '\n';
    memcpy(p + 1, content.p, content.n);
    return (struct str){p, content.n + 1};
}

/* A turn without content (a tool call) is no text.  record_targets has
 * checked that messages is a list and that every turn has a role. */
static int add_turns(struct render *r, const struct record *rec, struct err *e)
{
    const struct json *turns = json_get(rec->root, "messages");
    const struct json *end = json_end(turns);
    size_t n = 0;
    for (const struct json *t = json_begin(turns); t < end; t = json_next(t)) {
        const struct json *content = json_get(t, "content");
        struct str role = json_string(json_get(t, "role"), &r->arena);
        if (content->type == JSON_STRING) {
            struct str text = json_string(content, &r->arena);
            bool parted = r->pieces.n > 0 && !r->joined;
            text = turn_text(&r->arena, text, !parted);
            bool target = str_eq(role, STR("assistant"));
            vec_push(&r->pieces, (struct piece){text, role, target, parted});
        } else if (content->type != JSON_NULL) {
            return record_refuse_at(
                rec, content, e, "messages[%zu]: content must be a string", n);
        }
        n++;
    }
    return 0;
}

static int add_pieces(struct render *r, const struct record *rec, struct err *e)
{
    struct str field = r->targets.n ? r->targets.v[0].field : STR("");
    if (r->targets.n == 0 || str_starts(field, STR("/messages/")))
        return add_turns(r, rec, e);
    struct str role = STR("");
    if (str_eq(field, STR("/completion"))) {
        const struct json *v = json_get(rec->root, "prompt");
        if (v && v->type != JSON_STRING)
            return record_refuse_at(rec, v, e, "prompt must be a string");
        struct str prompt = record_prompt(rec, &r->arena);
        vec_push(&r->pieces, (struct piece){prompt, STR("user"), false, false});
        role = STR("assistant");
    }
    vec_push(&r->pieces,
             (struct piece){r->targets.v[0].text, role, true, false});
    return 0;
}

/* Errors count from the start of their piece. */
static void shift_edits(struct render *r)
{
    size_t target = 0, edit = 0;
    for (size_t i = 0; i < r->pieces.n; i++) {
        const struct piece *p = &r->pieces.v[i];
        if (!p->target)
            continue;
        for (; edit < r->edits.n && r->edits.v[edit].target == target; edit++) {
            r->edits.v[edit].from += p->parted;
            r->edits.v[edit].to += p->parted;
        }
        target++;
    }
}

/* The bytes of the words that wrong begins with and right too; of wrong more
 * is left. */
static size_t words_shared(struct str wrong, struct str right)
{
    size_t same = 0, n = 0;
    while (same < wrong.n && same < right.n && wrong.p[same] == right.p[same]) {
        if (wrong.p[same] == ' ')
            n = same;
        same++;
    }
    return same == right.n && same < wrong.n && wrong.p[same] == ' ' ? same : n;
}

/* Where units are words, what an error begins with and has right is no part
 * of the attempt, so that one flag takes back one word where it can. */
static void trim_edits(struct render *r)
{
    struct edit *x = r->edits.v;
    for (size_t i = 0, next = 0; i < r->edits.n; i = next) {
        while (next < r->edits.n && same_span(&x[i], &x[next]))
            next++;
        if (next - i > 1)
            continue;
        size_t n = words_shared(x[i].wrong, x[i].right);
        x[i].from += n;
        x[i].wrong = str_sub(x[i].wrong, n, x[i].wrong.n);
        x[i].right = str_sub(x[i].right, n, x[i].right.n);
    }
}

static bool drawn(const struct render *r, const struct record *rec,
                  double share, uint64_t what)
{
    if (share <= 0)
        return false;
    uint64_t key = rng_hash((uint64_t)r->o->seed, rec->id.p, rec->id.n);
    struct rng rng = rng_from(rng_mix(key, what));
    return rng_unit(&rng) < share;
}

int row_document(struct render *r, const struct record *rec, struct err *e)
{
    r->targets.n = r->edits.n = r->pieces.n = 0;
    if (record_targets(rec, &r->arena, &r->targets, e) != 0 ||
        record_edits(rec, &r->arena, &r->targets, &r->edits, e) != 0 ||
        add_pieces(r, rec, e) != 0)
        return -1;
    if (r->edits.n && drawn(r, rec, r->o->clean, 1))
        r->edits.n = 0;
    r->text.confirm = r->edits.n == 0 && drawn(r, rec, r->o->confirm, 2);
    shift_edits(r);
    if (r->o->unit == UNIT_WORD)
        trim_edits(r);
    return 0;
}

/* ---- from document to segments */

int row_units(struct render *r, const struct piece *p, size_t first,
              size_t last, struct err *e)
{
    struct render_text *t = &r->text;
    t->text = p->text;
    t->parted = p->parted;
    t->edits = r->edits.v + first;
    t->n = last - first;
    t->units.n = 0;
    return segment_units(r->segmenter, t->text, (enum unit)r->o->unit,
                         &t->units, e);
}

static int add_target(struct render *r, const struct piece *p, size_t first,
                      size_t last, struct err *e)
{
    struct render_text *t = &r->text;
    t->text = p->text;
    t->parted = p->parted;
    t->n = 0;
    if (last > first && row_units(r, p, first, last, e) != 0)
        return -1;
    size_t n = render_text(r->o, t, &r->arena, &r->script, e);
    if (n == SIZE_MAX)
        return -1;
    return n > RENDER_MAX ? 1 : 0;
}

int row_script(struct render *r, const struct record *rec, size_t only,
               struct err *e)
{
    size_t target = 0, first = 0;
    script_clear(&r->script);
    for (size_t i = 0; i < r->pieces.n; i++) {
        const struct piece *p = &r->pieces.v[i];
        if (p->role.n)
            vec_push(
                &r->script.turns,
                (struct turn){p->role, r->script.segments.n, p->parted, 0});
        if (!p->target) {
            render_put(&r->script.segments, KIND_PROMPT, p->text);
            continue;
        }
        size_t last = first;
        if (only != SIZE_MAX) {
            first = only;
            last = only + (r->edits.v[only].target == target);
        }
        while (only == SIZE_MAX && last < r->edits.n &&
               r->edits.v[last].target == target)
            last++;
        int status = add_target(r, p, first, last, e);
        if (status < 0)
            return -1;
        if (status > 0)
            return record_refuse(rec, e,
                                 "errors: the wrong attempts are more than "
                                 "%zu MiB",
                                 RENDER_MAX >> 20);
        first = last;
        target++;
    }
    if (r->o->end)
        render_mark(&r->script.segments, &r->arena, r->o->end, NULL);
    return 0;
}

/* ---- the row */

void row_open(struct render *r, const struct record *rec, struct buf *out)
{
    static const char *const own[][4] = {
        [RENDER_SEGMENTS] = {"segments", "error_classes"},
        [RENDER_STRING] = {"segments", "text"},
        [RENDER_PARTS] = {"segments", "messages"},
        [RENDER_MESSAGES] = {"segments", "messages"},
        [RENDER_PROMPT] = {"segments", "prompt", "completion"},
        [RENDER_DPO] = {"prompt", "chosen", "rejected"},
        [RENDER_KTO] = {"prompt", "completion", "label"},
        [RENDER_PRM] = {"prompt", "completions", "labels"},
    };
    static const char *const document[] = {"text", "prompt", "completion",
                                           "messages", "errors"};
    static const char *const probe[] = {"id",     "of",        "probe",
                                        "commit", "reference", "errors"};
    const char *drop[COUNTOF(own[0]) + COUNTOF(document) + COUNTOF(probe) + 1];
    size_t n = 0;
    for (size_t i = 0; i < COUNTOF(own[0]) && own[r->o->target][i]; i++)
        drop[n++] = own[r->o->target][i];
    for (size_t i = 0; i < COUNTOF(document) && !r->o->keep; i++)
        drop[n++] = document[i];
    for (size_t i = 0; i < COUNTOF(probe) && r->o->style == RENDER_PROBE; i++)
        drop[n++] = probe[i];
    drop[n] = NULL;
    record_open(out, rec, drop);
}

int render_record(struct render *r, const struct record *rec, struct buf *out,
                  struct err *e)
{
    const struct render_opts *o = r->o;
    arena_reset(&r->arena);
    script_clear(&r->script);
    if (o->check &&
        (json_get(rec->root, "segments") || json_get(rec->root, "input_ids"))) {
        if (check_stage(r, rec, e) != 0)
            return -1;
        buf_str(out, rec->line);
        buf_char(out, '\n');
        row_count(r);
        return 0;
    }
    if (row_document(r, rec, e) != 0)
        return -1;
    bool probe = o->style == RENDER_PROBE;
    bool whole = o->check || o->target <= RENDER_MESSAGES;
    if (!probe && whole && row_script(r, rec, SIZE_MAX, e) != 0)
        return -1;
    if (!probe && o->check && check_document(r, rec, e) != 0)
        return -1;
    if (!probe && o->chat && chat_script(r, rec, false, e) != 0)
        return -1;
    row_count(r);
    return (probe ? probe_rows : target_rows)(r, rec, out, e);
}

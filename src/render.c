/*
 * From a text, its units and its errors to segments: the styles that repeat
 * the units, and what all styles share.  Knows nothing of rows.
 */
#include "render_impl.h"

/* ---- what styles imply */

struct style {
    const char *wrong, *right, *back, *fine;
    enum render_cut cut;
    bool answer; /* repeats the answer, not units */
};

static const struct style styles[] = {
    [RENDER_INSEC] = {.wrong = "<|wrong|>",
                      .right = "<|right|>",
                      .cut = RENDER_UNIT},
    [RENDER_RETRY] = {.back = "[BACK]", .cut = RENDER_WORD},
    [RENDER_BACKSPACE] = {.back = "<|backspace|>", .cut = RENDER_SPAN},
    [RENDER_CONTINUE] = {.wrong = " Wait, that is a mistake.",
                         .right = " Corrected:",
                         .cut = RENDER_UNIT},
    [RENDER_PAM] = {.wrong = "\nLet me check: this is wrong.",
                    .right = "\nThe answer again:\n",
                    .fine = "\nLet me check: this is right.",
                    .cut = RENDER_WHOLE,
                    .answer = true},
    [RENDER_CHAT] = {.cut = RENDER_WHOLE, .answer = true},
    [RENDER_CRITIQUE] = {.wrong = "\nIncorrect step:",
                         .right = "\nCorrected solution:\n",
                         .back = "\nExplanation:",
                         .cut = RENDER_WHOLE,
                         .answer = true},
    [RENDER_RESET] = {.back = "[RESET]", .cut = RENDER_SPAN, .answer = true},
    [RENDER_RESTART] = {.wrong = "\nWait, that is a mistake.",
                        .right = "\nLet me start again.\n",
                        .cut = RENDER_UNIT,
                        .answer = true},
    [RENDER_PROBE] = {.back = " Wait", .cut = RENDER_UNIT},
};

static int settle_mark(const char **mark, const char *own, const char *option,
                       struct err *e)
{
    if (!*mark)
        *mark = own;
    else if (!own)
        return err_set(e, STATUS_USAGE, "%s: the style has no such mark",
                       option);
    if (*mark && !**mark)
        return err_set(e, STATUS_USAGE, "%s: a mark cannot be empty", option);
    if (*mark && utf8_check(str_of(*mark)) != strlen(*mark))
        return err_set(e, STATUS_USAGE, "%s: not well-formed UTF-8", option);
    return 0;
}

int render_settle(struct render_opts *o, struct err *e)
{
    static const char review[] =
        "Review your answer. If it is right, give it again; if it holds a "
        "mistake, correct it.";
    const struct style *s = &styles[o->style];
    const char *ask = o->style == RENDER_CHAT ? review : NULL;
    if (settle_mark(&o->wrong, s->wrong, "--mark-wrong", e) ||
        settle_mark(&o->right, s->right, "--mark-right", e) ||
        settle_mark(&o->back, s->back, "--mark-back", e) ||
        settle_mark(&o->fine, s->fine, "--mark-fine", e) ||
        settle_mark(&o->ask, ask, "--ask", e) ||
        (o->end && settle_mark(&o->end, o->end, "--end", e)))
        return -1;
    if (o->cut == RENDER_BY_STYLE)
        o->cut = s->cut;
    if (o->cut == RENDER_WHOLE && !s->answer)
        return err_set(e, STATUS_USAGE,
                       "--cut whole is for styles that repeat the answer");
    if (o->confirm > 0 && o->style != RENDER_PAM && o->style != RENDER_CHAT)
        return err_set(e, STATUS_USAGE,
                       "--confirm is for the styles pam and chat");
    if (o->end &&
        ((o->target != RENDER_SEGMENTS && o->target != RENDER_STRING) ||
         o->style == RENDER_PROBE))
        return err_set(e, STATUS_USAGE,
                       "--end is for whole sequences: targets segments and "
                       "text");
    if (o->chat && o->target != RENDER_SEGMENTS && o->target != RENDER_STRING)
        return err_set(e, STATUS_USAGE,
                       "--chat-template is for the targets segments and text: "
                       "the trainer applies it to others");
    if (o->chat && o->end)
        return err_set(e, STATUS_USAGE,
                       "--end: the chat template ends the sequence");
    if (o->style == RENDER_PROBE && o->target != RENDER_SEGMENTS &&
        o->target != RENDER_MESSAGES && o->target != RENDER_PROMPT)
        return err_set(e, STATUS_USAGE,
                       "style probe has the targets segments, messages and "
                       "prompt-completion");
    return 0;
}

bool render_repeats(const struct render_opts *o)
{
    return styles[o->style].answer;
}

/* ---- segments */

void render_put(struct segment_vec *out, enum kind kind, struct str text)
{
    if (text.n == 0)
        return;
    vec_push(out, (struct segment){kind_weights[kind] > 0, kind, text, false});
}

void render_wrong(struct script *out, struct str text,
                  const struct edit *const *errors, size_t n)
{
    for (size_t i = 0; text.n && i < n; i++)
        vec_push(&out->faults, (struct fault){out->segments.n, errors[i]});
    render_put(&out->segments, KIND_WRONG, text);
}

void script_clear(struct script *s)
{
    s->segments.n = s->faults.n = s->turns.n = 0;
}

void script_free(struct script *s)
{
    vec_free(&s->segments);
    vec_free(&s->faults);
    vec_free(&s->turns);
}

void script_classes(const struct script *s, struct error_classes *out)
{
    size_t fault = 0;
    out->names.n = out->ends.n = 0;
    for (size_t i = 0; i < s->segments.n; i++) {
        if (s->segments.v[i].kind != KIND_WRONG)
            continue;
        if (i == 0 || s->segments.v[i - 1].kind != KIND_WRONG)
            vec_push(&out->ends, 0);
        for (; fault < s->faults.n && s->faults.v[fault].segment == i; fault++)
            vec_push(&out->names, s->faults.v[fault].edit->kind);
        out->ends.v[out->ends.n - 1] = out->names.n;
    }
}

void render_mark(struct segment_vec *out, struct arena *a, const char *mark,
                 const struct edit *d)
{
    struct str s = str_of(mark), hole = STR("%{class}");
    size_t at = str_find(s, hole, 0);
    if (at == s.n || !d) {
        render_put(out, KIND_MARK, s);
        return;
    }
    size_t n = s.n - hole.n + d->kind.n, rest = at + hole.n;
    char *p = arena_alloc(a, n);
    memcpy(p, s.p, at);
    if (d->kind.n)
        memcpy(p + at, d->kind.p, d->kind.n);
    memcpy(p + at + d->kind.n, s.p + rest, s.n - rest);
    render_put(out, KIND_MARK, (struct str){p, n});
}

void render_said(struct segment_vec *out, struct arena *a, struct str text)
{
    text = str_sub(text, 0, segment_trailing(text));
    text = str_sub(text, segment_leading(text), text.n);
    if (text.n == 0)
        return;
    char *p = arena_alloc(a, text.n + 1);
    p[0] = ' ';
    memcpy(p + 1, text.p, text.n);
    render_put(out, KIND_REASON, (struct str){p, text.n + 1});
}

void render_reason(const struct render_opts *o, struct segment_vec *out,
                   struct arena *a, const struct edit *d)
{
    if (o->reason != RENDER_NO_REASON)
        render_said(out, a, o->reason == RENDER_CLASS ? d->kind : d->reason);
}

/* ---- backspaces */

/* Where wrong parts from right: the start of the word that differs. */
static size_t parting(struct str wrong, struct str right)
{
    size_t n = size_min(wrong.n, right.n), edge = 0;
    bool space = true;
    for (size_t i = 0; i < n && wrong.p[i] == right.p[i];) {
        size_t more =
            segment_leading(str_sub(right, i, size_min(i + 4, right.n)));
        if (more && !space)
            edge = i;
        space = more > 0;
        uint32_t cp;
        size_t step = utf8_step(right.p + i, right.p + right.n, &cp);
        if (i + step > n || memcmp(wrong.p + i, right.p + i, step) != 0)
            break;
        i += step;
    }
    return edge;
}

static size_t put_wiped(const struct render_opts *o, struct render_text *t,
                        struct str wrong, const struct edit *d,
                        struct script *out, struct err *e)
{
    t->ids.n = 0;
    if (encoder_encode(t->encoder, wrong, &t->ids, NULL, e) != 0)
        return SIZE_MAX;
    render_wrong(out, wrong, &d, 1);
    for (size_t i = 0; i < t->ids.n; i++)
        render_put(&out->segments, KIND_MARK, str_of(o->back));
    return wrong.n + t->ids.n * (sizeof(struct segment) + strlen(o->back));
}

static size_t put_backspaces(const struct render_opts *o, struct render_text *t,
                             const struct place *g, struct arena *a,
                             struct script *out, struct err *e)
{
    struct str right = str_sub(t->text, g->from, g->to);
    size_t edge = SIZE_MAX, bytes = 0;
    struct str *wrong = arena_alloc(a, (g->last - g->first) * sizeof *wrong);
    for (size_t i = g->first; i < g->last && bytes <= RENDER_MAX; i++) {
        wrong[i - g->first] = place_attempt(o, t, g, &t->edits[i], a);
        edge = size_min(edge, parting(wrong[i - g->first], right));
        bytes += (g->to - g->from) + t->edits[i].wrong.n;
    }
    if (bytes > RENDER_MAX)
        return bytes;
    render_put(&out->segments, KIND_CONTEXT, str_sub(right, 0, edge));
    for (size_t i = g->first; i < g->last && bytes <= RENDER_MAX; i++) {
        struct str w = wrong[i - g->first];
        struct str wiped = str_sub(w, size_min(edge, w.n), w.n);
        size_t more = put_wiped(o, t, wiped, &t->edits[i], out, e);
        if (more == SIZE_MAX)
            return more;
        bytes += more;
    }
    render_put(&out->segments, KIND_RIGHT, str_sub(right, edge, right.n));
    return bytes;
}

/* ---- the text */

static void put_attempt(const struct render_opts *o, struct str wrong,
                        const struct edit *d, struct arena *a,
                        struct script *out)
{
    struct segment_vec *s = &out->segments;
    render_wrong(out, wrong, &d, 1);
    if (o->style == RENDER_RETRY) {
        render_mark(s, a, o->back, d);
        return;
    }
    render_mark(s, a, o->wrong, d);
    render_reason(o, s, a, d);
    render_mark(s, a, o->right, d);
}

/* A phrase runs into a text that begins without white space, as the first
 * unit of a text does: then a space ends it. */
static void part(struct arena *a, struct segment *phrase)
{
    size_t n = phrase->text.n;
    char *p = arena_alloc(a, n + 1);
    memcpy(p, phrase->text.p, n);
    p[n] = ' ';
    phrase->text = (struct str){p, n + 1};
}

static size_t put_place(const struct render_opts *o, struct render_text *t,
                        const struct place *g, struct arena *a,
                        struct script *out)
{
    struct str right = str_sub(t->text, g->from, g->to);
    size_t bytes = 0;
    bool tight = o->style == RENDER_CONTINUE && segment_leading(right) == 0;
    for (size_t i = g->first; i < g->last && bytes <= RENDER_MAX; i++) {
        const struct edit *d = &t->edits[i];
        put_attempt(o, place_attempt(o, t, g, d, a), d, a, out);
        if (tight)
            part(a, &out->segments.v[out->segments.n - 1]);
        bytes += right.n + d->wrong.n;
    }
    render_put(&out->segments, KIND_RIGHT, right);
    return bytes;
}

size_t render_text(const struct render_opts *o, struct render_text *t,
                   struct arena *a, struct script *out, struct err *e)
{
    size_t done = 0, bytes = 0;
    if (render_repeats(o))
        return answer_text(o, t, a, out);
    for (size_t i = 0; i < t->n && bytes <= RENDER_MAX;) {
        struct place g = place_next(t, i);
        render_put(&out->segments, KIND_CONTEXT,
                   str_sub(t->text, done, g.from));
        size_t more = o->style == RENDER_BACKSPACE
                          ? put_backspaces(o, t, &g, a, out, e)
                          : put_place(o, t, &g, a, out);
        if (more == SIZE_MAX)
            return more;
        bytes += more;
        done = g.to;
        i = g.last;
    }
    render_put(&out->segments, KIND_CONTEXT, str_sub(t->text, done, t->text.n));
    return bytes;
}

void render_strip(const struct segment_vec *segments, struct buf *out)
{
    for (size_t i = 0; i < segments->n; i++) {
        enum kind k = segments->v[i].kind;
        if (segments->v[i].special)
            continue;
        if (k != KIND_WRONG && k != KIND_MARK && k != KIND_REASON)
            buf_str(out, segments->v[i].text);
    }
}

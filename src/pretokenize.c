/*
 * Each step finds its matches with PCRE2's JIT; pieces go down the chain one
 * at a time, so memory does not grow with the text.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "pretokenize.h"

#include <pcre2.h>

#include "onig.h"
#include "scan.h"

#define JIT_STACK_START (32 << 10)
#define JIT_STACK_MAX   (64 << 20)
#define MATCH_LIMIT     10000000

const char *pretok_preset(int preset)
{
    static const enum scan_kind kinds[] = {SCAN_GPT2, SCAN_CL100K, SCAN_CL100K,
                                           SCAN_QWEN2, SCAN_O200K};
    return scan_pattern(kinds[preset]);
}

struct step {
    pcre2_code *code;  /* owns; NULL: puts a space in front */
    pcre2_code *young; /* owns; for text that may hold characters which PCRE2
                          does not know; NULL: code serves */
    enum pretok_how how;
    bool invert;
    enum scan_kind scan; /* what cuts in the place of code */
};

struct pretok {
    VEC(struct step) steps;
    bool leads[256]; /* what those characters begin with */
};

struct pretok_run {
    const struct pretok *p;
    pcre2_match_data *match; /* owns */
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    struct scan **scans; /* [steps]; owns; NULL: none */
    struct buf led;      /* a piece with its space */
    bool young;          /* the text holds one of leads */
    int (*each)(void *ctx, const struct piece *piece, struct err *e);
    void *ctx;
};

struct pretok *pretok_new(void)
{
    return mem_zero(1, sizeof(struct pretok));
}

void pretok_free(struct pretok *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->steps.n; i++) {
        pcre2_code_free(p->steps.v[i].code);
        pcre2_code_free(p->steps.v[i].young);
    }
    vec_free(&p->steps);
    mem_free(p);
}

static pcre2_code *compile(struct str pattern, uint32_t options, struct err *e)
{
    int bad;
    PCRE2_SIZE at;
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    if (!context)
        die(STATUS_SYSTEM, "out of memory");
    pcre2_set_newline(context, PCRE2_NEWLINE_LF);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
                                     PCRE2_UTF | options, &bad, &at, context);
    pcre2_compile_context_free(context);
    if (!code) {
        char text[128];
        pcre2_get_error_message(bad, (PCRE2_UCHAR *)text, sizeof text);
        err_set(e, STATUS_DATA, "pattern: byte %zu: %s", at, text);
        return NULL;
    }
    /* Without JIT the interpreter gives the same pieces. */
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
    return code;
}

int pretok_regex(struct pretok *p, struct str pattern, enum pretok_how how,
                 bool invert, struct err *e)
{
    /* These patterns leave nothing between their matches. */
    bool whole = how == PRETOK_ISOLATED || (how == PRETOK_REMOVED && invert);
    struct step step = {.how = how,
                        .invert = invert,
                        .scan = whole ? scan_of(pattern) : SCAN_NONE};
    const uint32_t options = PCRE2_UCP | PCRE2_MULTILINE;
    struct buf made = {0}, young = {0};
    if (onig_to_pcre2(pattern, false, &made, e) == 0)
        step.code = compile(buf_view(&made), options, e);
    bool bad = !step.code;
    if (!bad && !step.scan && onig_to_pcre2(pattern, true, &young, e) == 0 &&
        !str_eq(buf_view(&made), buf_view(&young)))
        bad = !(step.young = compile(buf_view(&young), options, e));
    if (step.young)
        onig_young(p->leads);
    if (bad)
        pcre2_code_free(step.code);
    else
        vec_push(&p->steps, step);
    buf_free(&made);
    buf_free(&young);
    return bad ? -1 : 0;
}

int pretok_literal(struct pretok *p, struct str text, enum pretok_how how,
                   bool invert, struct err *e)
{
    if (!text.n)
        return err_set(e, STATUS_DATA,
                       "pattern: an empty one is not "
                       "supported");
    struct step step = {.how = how, .invert = invert};
    step.code = compile(text, PCRE2_LITERAL, e);
    if (!step.code)
        return -1;
    vec_push(&p->steps, step);
    return 0;
}

void pretok_prefix_space(struct pretok *p)
{
    vec_push(&p->steps, (struct step){0});
}

size_t pretok_steps(const struct pretok *p)
{
    return p->steps.n;
}

struct pretok_run *pretok_run_new(const struct pretok *p)
{
    struct pretok_run *r = mem_zero(1, sizeof *r);
    r->p = p;
    r->match = pcre2_match_data_create(1, NULL);
    r->context = pcre2_match_context_create(NULL);
    r->stack = pcre2_jit_stack_create(JIT_STACK_START, JIT_STACK_MAX, NULL);
    if (!r->match || !r->context || !r->stack)
        die(STATUS_SYSTEM, "out of memory");
    pcre2_jit_stack_assign(r->context, NULL, r->stack);
    r->scans = mem_zero(p->steps.n + 1, sizeof *r->scans);
    for (size_t i = 0; i < p->steps.n; i++)
        if (p->steps.v[i].scan)
            r->scans[i] = scan_new(p->steps.v[i].scan);
    return r;
}

void pretok_run_free(struct pretok_run *r)
{
    if (!r)
        return;
    pcre2_jit_stack_free(r->stack);
    pcre2_match_context_free(r->context);
    pcre2_match_data_free(r->match);
    for (size_t i = 0; i < r->p->steps.n; i++)
        scan_free(r->scans[i]);
    mem_free(r->scans);
    buf_free(&r->led);
    mem_free(r);
}

static int descend(struct pretok_run *r, size_t step, const struct piece *piece,
                   struct err *e);

/* A piece of which the last stretch is still open, because the next may
 * join it. */
struct cut {
    struct pretok_run *r;
    size_t step;
    const struct piece *whole;
    size_t from, to; /* the open stretch */
    bool open;
    bool match; /* was the last one seen a match? */
};

static int emit(const struct cut *c, size_t from, size_t to, struct err *e)
{
    if (from == to)
        return 0;
    struct piece part = {str_sub(c->whole->text, from, to),
                         c->whole->at +
                             (c->whole->led && from ? from - 1 : from),
                         c->whole->led && from == 0};
    return descend(c->r, c->step + 1, &part, e);
}

static bool joins(const struct cut *c, enum pretok_how how, bool match)
{
    switch (how) {
    case PRETOK_PREVIOUS:
        return match && !c->match;
    case PRETOK_NEXT:
        return !match && c->match;
    case PRETOK_CONTIGUOUS:
        return match == c->match;
    default:
        return false;
    }
}

/* Takes the next stretch, a match or what lies between two. */
static int take(struct cut *c, size_t from, size_t to, bool match,
                struct err *e)
{
    const struct step *s = &c->r->p->steps.v[c->step];
    match ^= s->invert;
    if (s->how == PRETOK_REMOVED && match)
        return 0;
    bool join = c->open && joins(c, s->how, match);
    c->match = match;
    if (join) {
        c->to = to;
        return 0;
    }
    if (c->open && emit(c, c->from, c->to, e))
        return -1;
    c->open = true;
    c->from = from;
    c->to = to;
    return 0;
}

/* The next match at or after from: 1, 0, -1. */
static int find(struct cut *c, size_t from, size_t *start, size_t *end,
                struct err *e)
{
    const struct step *s = &c->r->p->steps.v[c->step];
    struct str text = c->whole->text;
    const pcre2_code *code = s->young && c->r->young ? s->young : s->code;
    int n = pcre2_jit_match(code, (PCRE2_SPTR)text.p, text.n, from, 0,
                            c->r->match, c->r->context);
    if (n == PCRE2_ERROR_JIT_BADOPTION) /* there is no JIT */
        n = pcre2_match(code, (PCRE2_SPTR)text.p, text.n, from,
                        PCRE2_NO_UTF_CHECK, c->r->match, c->r->context);
    if (n == PCRE2_ERROR_NOMATCH)
        return 0;
    if (n < 0) {
        char what[128];
        pcre2_get_error_message(n, (PCRE2_UCHAR *)what, sizeof what);
        return err_set(e, STATUS_DATA, "cannot cut the text: %s", what);
    }
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(c->r->match);
    *start = at[0];
    *end = at[1];
    return 1;
}

static size_t next_char(struct str text, size_t i)
{
    for (i++; i < text.n && ((uint8_t)text.p[i] & 0xc0) == 0x80;)
        i++;
    return i;
}

/* The same by a scanner. */
static int scan(struct pretok_run *r, size_t step, const struct piece *piece,
                struct err *e)
{
    struct cut c = {r, step, piece, 0, 0, false, false};
    size_t from = 0, n, ends[64];
    while (
        (n = scan_cut(r->scans[step], piece->text, from, ends, COUNTOF(ends))))
        for (size_t i = 0; i < n; from = ends[i++])
            if (emit(&c, from, ends[i], e))
                return -1;
    return 0;
}

/* Matches from left to right; an empty one right behind another does not
 * count (as in the Rust bindings of Oniguruma). */
static int split(struct pretok_run *r, size_t step, const struct piece *piece,
                 struct err *e)
{
    struct cut c = {r, step, piece, 0, 0, false, false};
    size_t done = 0, from = 0, start = 0, end = 0;
    bool matched = false;
    int found = 0;
    while (from <= piece->text.n &&
           (found = find(&c, from, &start, &end, e)) > 0) {
        bool empty = start == end;
        from = empty ? next_char(piece->text, end) : end;
        if (empty && matched && end == done)
            continue;
        if (done < start && take(&c, done, start, false, e))
            return -1;
        if (take(&c, start, end, true, e))
            return -1;
        done = end;
        matched = true;
    }
    if (found < 0 ||
        (done < piece->text.n && take(&c, done, piece->text.n, false, e)))
        return -1;
    return c.open ? emit(&c, c.from, c.to, e) : 0;
}

/* A piece as step finds it, on to the last. */
static int descend(struct pretok_run *r, size_t step, const struct piece *piece,
                   struct err *e)
{
    if (step == r->p->steps.n)
        return r->each(r->ctx, piece, e);
    if (r->scans[step])
        return scan(r, step, piece, e);
    if (r->p->steps.v[step].code)
        return split(r, step, piece, e);
    if (piece->led || (piece->text.n && piece->text.p[0] == ' '))
        return descend(r, step + 1, piece, e);
    r->led.n = 0;
    buf_char(&r->led, ' ');
    buf_str(&r->led, piece->text);
    struct piece led = {buf_view(&r->led), piece->at, true};
    return descend(r, step + 1, &led, e);
}

struct scan *pretok_scan(struct pretok_run *r)
{
    return r->p->steps.n == 1 ? r->scans[0] : NULL;
}

int pretok_each(struct pretok_run *r, struct str text,
                int (*each)(void *ctx, const struct piece *piece,
                            struct err *e),
                void *ctx, struct err *e)
{
    struct piece all = {text, 0, false};
    r->each = each;
    r->ctx = ctx;
    r->young = false;
    for (size_t i = 0; i < text.n; i++)
        r->young |= r->p->leads[(uint8_t)text.p[i]];
    /* A pattern may look at every byte a few times, but no oftener. */
    size_t limit = MATCH_LIMIT + 8 * size_min(text.n, UINT32_MAX / 16);
    pcre2_set_match_limit(r->context, (uint32_t)limit);
    return text.n ? descend(r, 0, &all, e) : 0;
}

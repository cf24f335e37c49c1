/* Compiles tables of rules.  Matching is rules_match.c's. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <math.h>
#include <stdlib.h>

#include "rules.h"
#include "rules_csv.h"
#include "rules_pattern.h"
#include "trigger.h"

#define NAME_LONGEST 60

struct trigger { /* a word and a rule to try there */
    uint64_t word;
    uint32_t rule;
};

struct rules {
    struct lexicon *lexicon; /* borrows */
    struct arena arena;
    VEC(struct rule) rule;
    VEC(struct rule_class) classes;
    VEC(struct trigger) triggers; /* sorted by word, then rule */
    uint32_t *triggered;          /* owns; their rules */
    struct slot {
        uint64_t word;
        uint32_t first, n;
    } * slot; /* owns; [slots], a power of two; n == 0: free */
    size_t slots;
};

struct rules *rules_new(struct lexicon *lexicon)
{
    struct rules *r = mem_zero(1, sizeof *r);
    r->lexicon = lexicon;
    return r;
}

static void rule_free(struct rule *rule)
{
    pcre2_code_free(rule->code);
    pcre2_code_free(rule->asked);
}

void rules_free(struct rules *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->rule.n; i++)
        rule_free(&r->rule.v[i]);
    arena_free(&r->arena);
    vec_free(&r->rule);
    vec_free(&r->classes);
    vec_free(&r->triggers);
    mem_free(r->triggered);
    mem_free(r->slot);
    mem_free(r);
}

size_t rules_class(struct rules *r, struct str name)
{
    for (size_t i = 0; i < r->classes.n; i++)
        if (str_eq(r->classes.v[i].name, name))
            return i;
    struct rule_class kept = {
        .name = {arena_copy(&r->arena, name.p, name.n), name.n}};
    vec_push(&r->classes, kept);
    return r->classes.n - 1;
}

/* A letter may match in its other case too, so it is no fixed byte. */
static bool is_fixed(uint32_t unit)
{
    return unit < 0x80 && !((unit | 32) >= 'a' && (unit | 32) <= 'z');
}

/* NULL with *e filled where the pattern is malformed. */
static pcre2_code *compile_code(const struct rule_pattern *p, struct where at,
                                uint32_t options, struct err *e)
{
    struct str pattern = p->pattern;
    int code;
    PCRE2_SIZE offset;
    pcre2_code *c =
        pcre2_compile((PCRE2_SPTR)pattern.p, pattern.n,
                      PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | options,
                      &code, &offset, NULL);
    if (!c) {
        PCRE2_UCHAR text[200];
        pcre2_get_error_message(code, text, sizeof text);
        at.col += p->moved ? 0 : offset;
        err_at(e, at, "pattern: %s", (const char *)text);
        return NULL;
    }
    return c;
}

/* Fills in the bytes that a match begins with. */
static void find_bytes(struct rule *rule)
{
    uint32_t type, unit;
    const uint8_t *map;
    const pcre2_code *c = rule->code;
    memset(rule->first, 0xFF, sizeof rule->first);
    pcre2_pattern_info(c, PCRE2_INFO_FIRSTBITMAP, (void *)&map);
    if (map)
        for (int i = 0; i < 256; i++)
            if (!(map[i / 8] & (1 << (i % 8))))
                rule->first[i / 64] &= ~(UINT64_C(1) << (i % 64));
    pcre2_pattern_info(c, PCRE2_INFO_FIRSTCODETYPE, &type);
    pcre2_pattern_info(c, PCRE2_INFO_FIRSTCODEUNIT, &unit);
    if (type == 1 && is_fixed(unit)) {
        memset(rule->first, 0, sizeof rule->first);
        rule->first[unit / 64] |= UINT64_C(1) << (unit % 64);
    }
}

static void add_triggers(struct rules *r, struct rule *rule, struct str pattern)
{
    struct trigger_words *words = mem_alloc(sizeof *words);
    rule->words = trigger_derive(pattern, words);
    rule->any_word = !rule->words && trigger_any_word(pattern);
    for (size_t i = 0; rule->words && i < words->n; i++) {
        uint64_t hash = WORD_HASH;
        for (size_t k = 0; k < words->word[i].n; k++)
            hash = word_hash(hash, (unsigned char)words->word[i].p[k]);
        vec_push(&r->triggers, ((struct trigger){hash, (uint32_t)rule->id}));
    }
    mem_free(words);
}

/* Compiles the pattern, whose calls are spelt out.  One that is only tried at
 * words is anchored, which PCRE2's machine code must know beforehand. */
static int compile_matcher(struct rule *rule, const struct rule_pattern *p,
                           struct where at, struct err *e)
{
    uint32_t groups;
    rule->code = compile_code(p, at, rule->words ? PCRE2_ANCHORED : 0, e);
    if (!rule->code)
        return -1;
    pcre2_pattern_info(rule->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    rule->groups = groups;
    find_bytes(rule);
    if (rule->any_word) {
        pcre2_code_free(rule->code);
        rule->code = compile_code(p, at, PCRE2_ANCHORED, e);
        if (!rule->code)
            return -1;
    }
    /* Without machine code the interpreter does the same, slower. */
    rule->jit = pcre2_jit_compile(rule->code, PCRE2_JIT_COMPLETE) == 0;
    return 0;
}

static int compile_pattern(struct rules *r, struct rule *rule,
                           const struct rule_row *row, struct err *e)
{
    struct rule_pattern p;
    struct str text = row->field[COLUMN_PATTERN];
    struct where at = row->at[COLUMN_PATTERN];
    if (str_eq(text, STR("%{misspelt}")))
        return 0;
    if (pattern_expand(r->lexicon, &r->arena, text, &p, e)) {
        struct err why = *e;
        return err_at(e, at, "pattern: %s", why.text);
    }
    if (p.asked.p) {
        struct rule_pattern asked = {.pattern = p.asked};
        struct where inner = at;
        inner.col += 8; /* "%{asked " */
        rule->asked = compile_code(&asked, inner, 0, e);
        if (!rule->asked)
            return -1;
        (void)pcre2_jit_compile(rule->asked, PCRE2_JIT_COMPLETE);
    } else {
        add_triggers(r, rule, p.pattern);
    }
    if (rule->unit < 0) /* else a match may end behind what is looked at */
        trigger_needs(p.pattern, &rule->needs);
    return compile_matcher(rule, &p, at, e);
}

static struct template_names group_names(struct rules *r, pcre2_code *code)
{
    struct template_names names = {NULL, 0};
    uint32_t n, size;
    PCRE2_SPTR table;
    if (!code)
        return names;
    pcre2_pattern_info(code, PCRE2_INFO_NAMECOUNT, &n);
    pcre2_pattern_info(code, PCRE2_INFO_NAMEENTRYSIZE, &size);
    pcre2_pattern_info(code, PCRE2_INFO_NAMETABLE, (void *)&table);
    names.v = arena_alloc(&r->arena, (n + 1) * sizeof *names.v);
    for (; names.n < n; names.n++, table += size)
        names.v[names.n] =
            (struct template_name){str_of((const char *)table + 2),
                                   (unsigned)(table[0] << 8 | table[1])};
    return names;
}

static int plain_name(struct str s, struct where at, struct err *e)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z') &&
            !(s.p[i] >= '0' && s.p[i] <= '9') && !strchr("._-", s.p[i]))
            return err_at(e, at,
                          "a name has letters, digits, '.', '_' and '-' "
                          "only, not \"%.*s\"",
                          STR_ARG(s));
    if (s.n > NAME_LONGEST)
        return err_at(e, at, "a name longer than %d bytes", NAME_LONGEST);
    return s.n > 0 ? 0 : err_at(e, at, "an empty name");
}

static int parse_weight(struct rule *rule, struct str s, struct where at,
                        struct err *e)
{
    char *end;
    rule->weight = strtod(s.p, &end);
    if (s.n == 0 || *end || !isfinite(rule->weight) || rule->weight < 0)
        return err_at(e, at, "malformed weight \"%.*s\"", STR_ARG(s));
    return 0;
}

static int compile_templates(struct rules *r, struct rule *rule,
                             const struct rule_row *row, struct err *e)
{
    struct template_names names = group_names(r, rule->code);
    struct template_source s = {&r->arena, r->lexicon,
                                &names,    rule->groups,
                                false,     row->at[COLUMN_WRONG]};
    rule->wrong = template_compile(&s, row->field[COLUMN_WRONG], e);
    s.reason = true;
    s.at = row->at[COLUMN_REASON];
    if (rule->wrong)
        rule->reason = template_compile(&s, row->field[COLUMN_REASON], e);
    return rule->reason ? 0 : -1;
}

static int add_rule(struct rules *r, const struct rule_row *row, struct err *e)
{
    const struct str *f = row->field;
    const struct where *at = row->at;
    struct rule rule = {.class = f[COLUMN_CLASS], .name = f[COLUMN_RULE]};
    if (plain_name(rule.class, at[COLUMN_CLASS], e) ||
        plain_name(rule.name, at[COLUMN_RULE], e))
        return -1;
    rule.hash = rng_hash(0, rule.name.p, rule.name.n);
    for (size_t i = 0; i < r->rule.n; i++)
        if (r->rule.v[i].hash == rule.hash)
            return err_at(e, at[COLUMN_RULE], "a second rule \"%.*s\"",
                          STR_ARG(rule.name));
    struct str unit = f[COLUMN_UNIT];
    rule.unit = unit.n > 0 ? segment_unit(unit) : -1;
    if (unit.n > 0 && rule.unit < 0)
        return err_at(e, at[COLUMN_UNIT], "no unit \"%.*s\": " UNIT_NAMES,
                      STR_ARG(unit));
    if (parse_weight(&rule, f[COLUMN_WEIGHT], at[COLUMN_WEIGHT], e))
        return -1;
    rule.id = r->rule.n;
    rule.class_id = rules_class(r, rule.class);
    if (compile_pattern(r, &rule, row, e) ||
        compile_templates(r, &rule, row, e)) {
        rule_free(&rule);
        return -1;
    }
    if (template_needs_net(rule.wrong) && !lexicon_net(r->lexicon))
        rule.weight = 0;
    vec_push(&r->rule, rule);
    return 0;
}

int rules_add(struct rules *r, const char *name, struct str csv, struct err *e)
{
    struct rule_row_vec rows = {0};
    int rc = rule_rows(name, csv, &r->arena, &rows, e);
    for (size_t i = 0; i < rows.n && rc == 0; i++)
        rc = add_rule(r, &rows.v[i], e);
    vec_free(&rows);
    return rc;
}

static int trigger_order(const void *a, const void *b)
{
    const struct trigger *x = a, *y = b;
    if (x->word != y->word)
        return x->word < y->word ? -1 : 1;
    return (x->rule > y->rule) - (x->rule < y->rule);
}

static struct slot *slot_at(const struct rules *r, uint64_t word)
{
    size_t i = (word ^ word >> 32) & (r->slots - 1);
    while (r->slot[i].n > 0 && r->slot[i].word != word)
        i = (i + 1) & (r->slots - 1);
    return &r->slot[i];
}

/* The list that a rule is in: 0 words, 1 any word, 2 search. */
static int list_of(const struct rule *rule)
{
    return rule->words ? 0 : rule->any_word ? 1 : 2;
}

/* Lists the rules of each class. */
static void settle_class(struct rules *r, size_t class_id)
{
    struct rule_class *class = &r->classes.v[class_id];
    const uint32_t *list[3];
    size_t n[3] = {0};
    *class = (struct rule_class){.name = class->name, .asks_all = true};
    for (int k = 0; k < 3; k++) {
        uint32_t *v = arena_alloc(&r->arena, (r->rule.n + 1) * sizeof *v);
        list[k] = v;
        for (size_t i = 0; i < r->rule.n; i++) {
            const struct rule *rule = &r->rule.v[i];
            if (rule->class_id != class_id || rule->weight <= 0 ||
                list_of(rule) != k)
                continue;
            class->asks |= rule->asked != NULL;
            class->asks_all &= rule->asked != NULL;
            if (rule->code)
                v[n[k]++] = (uint32_t)i;
            else
                class->misspelt = rule;
        }
    }
    class->words = list[0], class->n_words = n[0];
    class->any = list[1], class->n_any = n[1];
    class->search = list[2], class->n_search = n[2];
}

void rules_settle(struct rules *r)
{
    for (size_t i = 0; i < r->classes.n; i++)
        settle_class(r, i);
    size_t n = r->triggers.n, kept = 0;
    mem_free(r->slot);
    mem_free(r->triggered);
    r->slots = 64;
    while (r->slots < 2 * n)
        r->slots *= 2;
    r->slot = mem_zero(r->slots, sizeof *r->slot);
    r->triggered = mem_zero(n + 1, sizeof *r->triggered);
    if (n > 0)
        qsort(r->triggers.v, n, sizeof *r->triggers.v, trigger_order);
    for (size_t i = 0; i < n; i++) {
        const struct trigger *t = &r->triggers.v[i];
        if (i > 0 && trigger_order(t - 1, t) == 0)
            continue;
        struct slot *s = slot_at(r, t->word);
        if (s->n == 0)
            *s = (struct slot){t->word, (uint32_t)kept, 0};
        s->n++;
        r->triggered[kept++] = t->rule;
    }
}

const uint32_t *rules_triggered(const struct rules *r, uint64_t word, size_t *n)
{
    const struct slot *s = slot_at(r, word);
    *n = s->n;
    return r->triggered + s->first;
}

const struct lexicon *rules_lexicon(const struct rules *r)
{
    return r->lexicon;
}

size_t rules_n(const struct rules *r)
{
    return r->rule.n;
}

const struct rule *rules_at(const struct rules *r, size_t i)
{
    return &r->rule.v[i];
}

size_t rules_classes(const struct rules *r)
{
    return r->classes.n;
}

const struct rule_class *rules_class_at(const struct rules *r, size_t class_id)
{
    return &r->classes.v[class_id];
}

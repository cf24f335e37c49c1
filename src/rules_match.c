/* Finds the sites of rules in a window of text and makes their candidates.
 * The words of a window are looked up once for all classes; a class tries its
 * rules where a word triggers them, and searches with the rest, unless the
 * window's bytes show that they cannot match. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <unicode/uchar.h>

#include "rules.h"

#define MATCH_LIMIT 100000
#define JIT_STACK   (1u << 20)
#define WORD_BYTES  64

struct word {
    size_t from, to;
    const uint32_t *rules; /* [n] that it triggers; borrows */
    size_t n;
};

struct matcher {
    const struct rules *rules; /* borrows */
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    pcre2_match_data *data, *asked;
    struct str prompt; /* borrows */
    struct str text;   /* up to the window's end; borrows */
    size_t from;       /* where the window begins */
    VEC(struct word) words;
    uint64_t seen[4];     /* the window's bytes, as bits */
    struct size_vec pool; /* bounds of the groups of the sites */
    uint64_t *limits;     /* [rules] */
    bool *spent;          /* [rules] has met its limit in this window */
};

struct scan { /* of one class in the window */
    struct matcher *m;
    struct str text; /* up to the window's end */
    size_t class_id;
    const struct rule_class *class;
    struct race *race; /* or NULL */
    struct site_vec *out;
};

struct matcher *matcher_new(const struct rules *r)
{
    struct matcher *m = mem_zero(1, sizeof *m);
    unsigned groups = 0;
    for (size_t i = 0; i < rules_n(r); i++)
        groups = (unsigned)size_max(groups, rules_at(r, i)->groups);
    m->rules = r;
    m->context = pcre2_match_context_create(NULL);
    m->stack = pcre2_jit_stack_create(32 << 10, JIT_STACK, NULL);
    m->data = pcre2_match_data_create(groups + 1, NULL);
    m->asked = pcre2_match_data_create(1, NULL);
    pcre2_set_match_limit(m->context, MATCH_LIMIT);
    pcre2_jit_stack_assign(m->context, NULL, m->stack);
    m->limits = mem_zero(rules_n(r) + 1, sizeof *m->limits);
    m->spent = mem_zero(rules_n(r) + 1, sizeof *m->spent);
    return m;
}

void matcher_free(struct matcher *m)
{
    if (!m)
        return;
    pcre2_match_data_free(m->data);
    pcre2_match_data_free(m->asked);
    pcre2_jit_stack_free(m->stack);
    pcre2_match_context_free(m->context);
    vec_free(&m->pool);
    vec_free(&m->words);
    mem_free(m->limits);
    mem_free(m->spent);
    mem_free(m);
}

uint64_t matcher_limits(const struct matcher *m, size_t i)
{
    return m->limits[i];
}

void matcher_ask(struct matcher *m, struct str prompt)
{
    m->prompt = prompt;
}

/* What in the prompt asks for what the rule breaks; false: nothing does. */
static bool find_asked(struct matcher *m, const struct rule *rule,
                       struct str *asked)
{
    struct str p = m->prompt;
    int rc = p.n > 0 ? pcre2_match(rule->asked, (PCRE2_SPTR)p.p, p.n, 0,
                                   PCRE2_NO_UTF_CHECK, m->asked, m->context)
                     : PCRE2_ERROR_NOMATCH;
    if (rc < 0) {
        m->limits[rule->id] += rc != PCRE2_ERROR_NOMATCH;
        return false;
    }
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(m->asked);
    *asked = str_sub(p, v[0], size_max(v[0], v[1]));
    return true;
}

/* A site joins the race, if it is ahead. */
static void add_site(struct scan *s, struct site site)
{
    struct race *race = s->race;
    if (race) {
        double score = race->score(race->ctx, site.rule, site.at, race->best);
        if (score >= race->best || !race->takes(race->ctx, &site))
            return;
        race->best = score;
    }
    vec_push(s->out, site);
}

/* Tries rule at from (anchored: only there); true and a new site, or false.
 * *end is where the match ends. */
static bool match(struct scan *s, const struct rule *rule, size_t from,
                  uint32_t anchored, size_t *end)
{
    struct matcher *m = s->m;
    int rc = pcre2_match(rule->code, (PCRE2_SPTR)s->text.p, s->text.n, from,
                         anchored | PCRE2_NO_UTF_CHECK, m->data, m->context);
    if (rc < 0) {
        if (rc != PCRE2_ERROR_NOMATCH) { /* a limit, of steps or of stack */
            m->limits[rule->id]++;
            m->spent[rule->id] = true;
        }
        return false;
    }
    const PCRE2_SIZE *v = pcre2_get_ovector_pointer(m->data);
    *end = v[1];
    if (v[0] > v[1]) /* \K in a look-around */
        return true;
    size_t at = anchored ? from : v[0];
    struct site site = {rule, v[0], v[1], at, m->pool.n, rule->groups + 1u};
    for (size_t i = 0; i < 2 * site.n_groups; i++)
        vec_push(&m->pool,
                 i < 2 * (size_t)rc && v[i] != PCRE2_UNSET ? v[i] : SIZE_MAX);
    add_site(s, site);
    return true;
}

/* Could a site of rule at from still win?  Asked before it is matched. */
static bool is_ahead(const struct scan *s, const struct rule *rule, size_t at)
{
    const struct race *race = s->race;
    return !race || race->score(race->ctx, rule, at, race->best) < race->best;
}

static size_t lower_word(struct str word, char lower[WORD_BYTES])
{
    if (word.n > WORD_BYTES)
        return 0;
    for (size_t i = 0; i < word.n; i++) {
        char c = word.p[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    return word.n;
}

/* Length in bytes of the word character at i, or 0: \w as PCRE2 has it. */
static size_t word_char(struct str text, size_t i)
{
    unsigned char c = (unsigned char)text.p[i];
    uint32_t cp;
    if (c < 0x80)
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
               (c >= 'a' && c <= 'z') || c == '_';
    size_t n = utf8_step(text.p + i, text.p + text.n, &cp);
    bool word = n > 0 &&
                (U_GET_GC_MASK((UChar32)cp) & (U_GC_L_MASK | U_GC_N_MASK)) != 0;
    return word ? n : 0;
}

static void add_word(struct matcher *m, size_t from, size_t to)
{
    char lower[WORD_BYTES];
    struct word w = {from, to, NULL, 0};
    size_t n = lower_word(str_sub(m->text, from, to), lower);
    if (n > 0)
        w.rules = rules_triggered(m->rules, rng_hash(0, lower, n), &w.n);
    vec_push(&m->words, w);
}

void matcher_look(struct matcher *m, struct str text, struct span window)
{
    struct str t = str_sub(text, 0, window.to);
    m->text = t;
    m->from = window.from;
    m->words.n = 0;
    memset(m->seen, 0, sizeof m->seen);
    for (size_t i = window.from; i < t.n;) {
        size_t start = i, n;
        while (i < t.n && (n = word_char(t, i)) > 0)
            i += n;
        if (i > start)
            add_word(m, start, i);
        else
            do
                i++;
            while (i < t.n && (t.p[i] & 0xC0) == 0x80);
    }
    for (size_t i = window.from; i < t.n; i++) {
        unsigned char c = (unsigned char)t.p[i];
        m->seen[c / 64] |= UINT64_C(1) << (c % 64);
    }
}

/* The words that have a known misspelling. */
static void scan_misspelt(struct scan *s)
{
    struct matcher *m = s->m;
    const struct lexicon *x = rules_lexicon(m->rules);
    char lower[WORD_BYTES];
    for (size_t i = 0; i < m->words.n; i++) {
        const struct word *w = &m->words.v[i];
        if (!is_ahead(s, s->class->misspelt, w->from))
            continue;
        size_t n = lower_word(str_sub(s->text, w->from, w->to), lower);
        if (lexicon_misspellings(x, (struct str){lower, n}).n == 0)
            continue;
        struct site site = {s->class->misspelt, w->from, w->to, w->from,
                            m->pool.n,          1};
        vec_push(&m->pool, w->from);
        vec_push(&m->pool, w->to);
        add_site(s, site);
    }
}

static void try_at(struct scan *s, const struct rule *rule, size_t at)
{
    size_t end;
    if (!s->m->spent[rule->id] && is_ahead(s, rule, at))
        match(s, rule, at, PCRE2_ANCHORED, &end);
}

static void scan_words(struct scan *s)
{
    struct matcher *m = s->m;
    for (size_t i = 0; i < m->words.n; i++) {
        const struct word *w = &m->words.v[i];
        for (size_t k = 0; k < w->n; k++) {
            const struct rule *rule = rules_at(m->rules, w->rules[k]);
            if (rule->class_id == s->class_id && rule->weight > 0)
                try_at(s, rule, w->from);
        }
        unsigned char c = (unsigned char)s->text.p[w->from];
        for (size_t k = 0; k < s->class->n_any; k++) {
            const struct rule *rule = rules_at(m->rules, s->class->any[k]);
            if ((rule->first[c / 64] >> (c % 64)) & 1)
                try_at(s, rule, w->from);
        }
    }
}

static void search(struct scan *s, const struct rule *rule, size_t from)
{
    size_t end;
    while (from <= s->text.n && !s->m->spent[rule->id] &&
           match(s, rule, from, 0, &end)) {
        if (end == from || end < from) { /* an empty match: step on */
            from++;
            while (from < s->text.n && (s->text.p[from] & 0xC0) == 0x80)
                from++;
        } else {
            from = end;
        }
    }
}

/* Searches with the rules that no word triggers. */
static void scan_rest(struct scan *s)
{
    struct matcher *m = s->m;
    if (s->class->asks_all && m->prompt.n == 0)
        return;
    for (size_t i = 0; i < s->class->n_search; i++) {
        const struct rule *rule = rules_at(m->rules, s->class->search[i]);
        bool can = false;
        for (int k = 0; k < 4; k++)
            can |= (m->seen[k] & rule->first[k]) != 0;
        if (rule->last >= 0)
            can &= (m->seen[rule->last / 64] >> (rule->last % 64)) & 1;
        struct str asked;
        if (!can || (rule->asked && !find_asked(m, rule, &asked)))
            continue;
        m->spent[rule->id] = false;
        search(s, rule, m->from);
    }
}

void matcher_scan(struct matcher *m, size_t class_id, struct race *race,
                  struct site_vec *out)
{
    const struct rule_class *class = rules_class_at(m->rules, class_id);
    struct scan s = {m, m->text, class_id, class, race, out};
    m->pool.n = 0;
    for (size_t i = 0; i < class->n_words; i++)
        m->spent[class->words[i]] = false;
    for (size_t i = 0; i < class->n_any; i++)
        m->spent[class->any[i]] = false;
    if (class->misspelt)
        scan_misspelt(&s);
    if (class->n_words > 0 || class->n_any > 0)
        scan_words(&s);
    if (class->n_search > 0)
        scan_rest(&s);
}

/* The highest digit around the site where all numbers there have one digit,
 * as in arithmetic modulo a small prime; else 9. */
static int64_t ceiling_near(struct str text, const struct site *s)
{
    const size_t reach = 1024;
    size_t from = s->from > reach ? s->from - reach : 0;
    size_t to = size_min(text.n, s->to + reach);
    int64_t top = 0;
    size_t numbers = 0, run = 0;
    for (size_t i = from; i < to; i++) {
        char c = text.p[i];
        run = c >= '0' && c <= '9' ? run + 1 : 0;
        if (run > 1)
            return 9;
        if (run == 1) {
            numbers++;
            top = c - '0' > top ? c - '0' : top;
        }
    }
    return numbers >= 6 ? top : 9;
}

static struct expansion expansion_of(struct matcher *m, const struct site *s,
                                     struct str text)
{
    return (struct expansion){.lexicon = rules_lexicon(m->rules),
                              .subject = text,
                              .groups = m->pool.v + s->groups,
                              .n_groups = s->n_groups,
                              .right = str_sub(text, s->from, s->to),
                              .ceiling = 9};
}

bool matcher_wrong(struct matcher *m, const struct site *s, struct str text,
                   struct rng rng, struct buf *out)
{
    struct expansion x = expansion_of(m, s, text);
    x.rng = rng;
    x.ceiling = ceiling_near(text, s);
    return template_expand(s->rule->wrong, &x, out);
}

void matcher_reason(struct matcher *m, const struct site *s, struct str text,
                    struct str wrong, struct buf *out)
{
    struct expansion x = expansion_of(m, s, text);
    x.rng = rng_from(rng_hash(s->rule->hash, wrong.p, wrong.n));
    x.wrong = wrong;
    x.asked = STR("");
    if (s->rule->asked)
        (void)find_asked(m, s->rule, &x.asked);
    size_t start = out->n;
    if (!template_expand(s->rule->reason, &x, out))
        out->n = start;
}

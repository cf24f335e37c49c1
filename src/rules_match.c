/* Finds the sites of rules in a window of text.
 * The words of a window are looked up once for all classes; a class searches
 * with some of its rules and tries the others where a word triggers them, in
 * a race in the order of their scores, unless the window's bytes show that
 * they cannot match. */
#include <math.h>

#include "rules_impl.h"

#define MATCH_LIMIT 100000
#define JIT_STACK   (1u << 20)
#define REACH       32768 /* bytes behind the window that a match may take */

struct scan { /* of one class in the window */
    struct matcher *m;
    struct str text; /* up to the window's end */
    size_t end;      /* where a match of the rule at hand must end */
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
    for (int c = 0; c < 128; c++)
        m->lower[c] = (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32
                                      : (c >= 'a' && c <= 'z') || c == '_' ||
                                              (c >= '0' && c <= '9')
                                          ? c
                                          : 0);
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
    vec_free(&m->chances);
    vec_free(&m->able);
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

void matcher_units(struct matcher *m, void *ctx,
                   const struct span_vec *(*of)(void *ctx, enum unit unit))
{
    m->units_ctx = ctx;
    m->units_of = of;
}

/* Where a match of rule that begins at `at` must end: with the window, or
 * with the unit that the rule asks for. */
static size_t end_for(const struct scan *s, const struct rule *rule, size_t at)
{
    struct matcher *m = s->m;
    if (rule->unit < 0 || !m->units_of)
        return s->text.n;
    const struct span_vec *v = m->units_of(m->units_ctx, (enum unit)rule->unit);
    size_t lo = 0, hi = v->n; /* the first that ends behind `at` */
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (v->v[mid].to <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    size_t end = lo < v->n ? v->v[lo].to : s->text.n;
    if (end <= s->text.n + REACH)
        return end;
    end = s->text.n + REACH;
    while ((m->whole.p[end] & 0xC0) == 0x80)
        end--;
    return end;
}

static double score_draw(const struct race *r, uint64_t site)
{
    struct rng rng = rng_from(rng_finalise(site ^ r->salt));
    return rng_unit(&rng);
}

double race_score(const struct race *r, uint64_t site, double weight)
{
    double u = score_draw(r, site);
    if (u >= r->best * weight) /* -log1p(-u) is not below u */
        return INFINITY;
    return -log1p(-u) / weight;
}

static double score_of(const struct race *r, const struct rule *rule, size_t at)
{
    return race_score(r, site_key(r->key, rule, at), rule->weight);
}

/* A site joins the race, if it is ahead. */
static bool add_site(struct scan *s, struct site site)
{
    struct race *race = s->race;
    if (race) {
        double score = score_of(race, site.rule, site.at);
        if (score >= race->best || !race->takes(race->ctx, &site))
            return false;
        race->best = score;
    }
    vec_push(s->out, site);
    return true;
}

/* Tries rule from `from` on (anchored: only there), up to s->end; true and a
 * new site, or false.  *end is where the match ends. */
static bool match(struct scan *s, const struct rule *rule, size_t from,
                  bool anchored, size_t *end)
{
    struct matcher *m = s->m;
    int rc = (rule->jit ? pcre2_jit_match : pcre2_match)(
        rule->code, (PCRE2_SPTR)m->whole.p, s->end, from, PCRE2_NO_UTF_CHECK,
        m->data, m->context);
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
    if (s->end > s->text.n && v[0] >= s->text.n) /* it is another unit's */
        return false;
    size_t at = anchored ? from : v[0];
    struct site site = {rule, v[0], v[1], at, m->pool.n, rule->groups + 1u};
    for (size_t i = 0; i < 2 * site.n_groups; i++)
        vec_push(&m->pool,
                 i < 2 * (size_t)rc && v[i] != PCRE2_UNSET ? v[i] : SIZE_MAX);
    add_site(s, site);
    return true;
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

/* A word with a known misspelling is a site. */
static void try_misspelt(struct scan *s, const struct word *w)
{
    struct matcher *m = s->m;
    char lower[WORD_BYTES];
    size_t n = lower_word(str_sub(s->text, w->from, w->to), lower);
    if (lexicon_misspellings(rules_lexicon(m->rules), (struct str){lower, n})
            .n == 0)
        return;
    struct site site = {s->class->misspelt, w->from, w->to, w->from,
                        m->pool.n,          1};
    vec_push(&m->pool, w->from);
    vec_push(&m->pool, w->to);
    add_site(s, site);
}

static void try_at(struct scan *s, const struct rule *rule,
                   const struct word *w)
{
    size_t end;
    if (!rule->code) {
        try_misspelt(s, w);
        return;
    }
    s->end = end_for(s, rule, w->from);
    if (!s->m->spent[rule->id])
        match(s, rule, w->from, true, &end);
}

/* Could a match of rule be in the window, by the window's bytes? */
static bool can_match(const struct matcher *m, const struct rule *rule)
{
    const uint64_t digits = UINT64_C(0x3FF) << '0';
    const struct trigger_needs *x = &rule->needs;
    return !(x->byte[0] & ~m->seen[0]) && !(x->byte[1] & ~m->seen[1]) &&
           !(x->digit && !(m->seen[0] & digits));
}

static bool is_before(const struct chance *a, const struct chance *b)
{
    if (a->score != b->score)
        return a->score < b->score;
    return a->word != b->word ? a->word < b->word : a->rule < b->rule;
}

/* Moves chance i of the heap v[n] down to its place. */
static void sift(struct chance *v, size_t n, size_t i)
{
    struct chance x = v[i];
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        child += child + 1 < n && is_before(&v[child + 1], &v[child]);
        if (!is_before(&v[child], &x))
            break;
        v[i] = v[child];
    }
    v[i] = x;
}

/* Tries the chances from the lowest score on, until one is a site. */
static void run_race(struct scan *s)
{
    struct matcher *m = s->m;
    size_t n = m->chances.n, sites = s->out->n;
    struct chance *v = m->chances.v;
    for (size_t i = n / 2; i-- > 0;)
        sift(v, n, i);
    while (n > 0 && s->out->n == sites) {
        if (!v[0].exact) {
            const struct rule *rule = rules_at(m->rules, v[0].rule);
            v[0].score = score_of(s->race, rule, m->words.v[v[0].word].from);
            v[0].exact = true;
            sift(v, n, 0);
            continue;
        }
        try_at(s, rules_at(m->rules, v[0].rule), &m->words.v[v[0].word]);
        v[0] = v[--n];
        if (n > 0)
            sift(v, n, 0);
    }
}

/* Rule has a chance at word i: it is tried there, or later if it can win. */
static void add_chance(struct scan *s, const struct rule *rule, size_t i,
                       uint64_t site)
{
    struct matcher *m = s->m;
    if (!s->race) {
        try_at(s, rule, &m->words.v[i]);
        return;
    }
    double least = score_draw(s->race, site) / rule->weight;
    if (least < s->race->best)
        vec_push(&m->chances, ((struct chance){least, (uint32_t)rule->id,
                                               (uint32_t)i, false}));
}

static void scan_words(struct scan *s)
{
    struct matcher *m = s->m;
    const struct rule_class *class = s->class;
    uint64_t key = s->race ? s->race->key : 0;
    m->chances.n = m->able.n = 0;
    for (size_t k = 0; k < class->n_any; k++)
        if (can_match(m, rules_at(m->rules, class->any[k])))
            vec_push(
                &m->able,
                ((struct able){
                    rules_at(m->rules, class->any[k]),
                    rng_mix(key, rules_at(m->rules, class->any[k])->hash)}));
    for (size_t i = 0; i < m->words.n; i++) {
        const struct word *w = &m->words.v[i];
        for (size_t k = 0; k < w->n; k++) {
            const struct rule *rule = rules_at(m->rules, w->rules[k]);
            if (rule->class_id == s->class_id && rule->weight > 0 &&
                can_match(m, rule))
                add_chance(s, rule, i, site_key(key, rule, w->from));
        }
        unsigned char c = (unsigned char)s->text.p[w->from];
        uint64_t at = rng_finalise(w->from + RNG_STEP);
        for (size_t k = 0; k < m->able.n; k++) {
            const struct able *a = &m->able.v[k];
            if ((a->rule->first[c / 64] >> (c % 64)) & 1) /* its site_key */
                add_chance(s, a->rule, i, rng_finalise(a->key ^ at));
        }
        if (class->misspelt)
            add_chance(s, class->misspelt, i,
                       site_key(key, class->misspelt, w->from));
    }
    if (s->race)
        run_race(s);
}

static void search(struct scan *s, const struct rule *rule, size_t from)
{
    size_t end;
    while (from <= s->text.n && !s->m->spent[rule->id]) {
        s->end = end_for(s, rule, from);
        if (!match(s, rule, from, false, &end)) {
            if (s->end >= s->text.n)
                break;
            from = s->end; /* on to the rule's next unit */
            continue;
        }
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
        can = can && can_match(m, rule);
        struct str asked;
        if (!can || (rule->asked && !matcher_find_asked(m, rule, &asked)))
            continue;
        m->spent[rule->id] = false;
        search(s, rule, m->from);
    }
}

void matcher_scan(struct matcher *m, size_t class_id, struct race *race,
                  struct site_vec *out)
{
    const struct rule_class *class = rules_class_at(m->rules, class_id);
    struct scan s = {m, m->text, 0, class_id, class, race, out};
    m->pool.n = 0;
    for (size_t i = 0; i < class->n_words; i++)
        m->spent[class->words[i]] = false;
    for (size_t i = 0; i < class->n_any; i++)
        m->spent[class->any[i]] = false;
    if (class->n_search > 0)
        scan_rest(&s);
    if (class->n_words > 0 || class->n_any > 0 || class->misspelt)
        scan_words(&s);
}

/*
 * The naive twins of the matcher: a rule that is tried at words only has no
 * match anywhere else, a rule that is left out has none at all, and the winner
 * of a race is the best of all sites.  On the built-in rules and real text.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <math.h>
#include <pcre2.h>

#include "io.h"
#include "packs.h"
#include "rules.h"
#include "tap.h"

static struct rules *set;
static struct matcher *matcher;
static size_t n_sites, n_races;

/* Has out the site of rule that was tried at `at`? */
static bool has_site(const struct site_vec *out, const struct rule *rule,
                     size_t at)
{
    for (size_t i = 0; i < out->n; i++)
        if (out->v[i].rule == rule && out->v[i].at == at)
            return true;
    return false;
}

/* Every byte of the window is tried with rule: are the matches in out? */
static bool finds_all(const struct rule *rule, struct str text, size_t from,
                      const struct site_vec *out, pcre2_match_data *data)
{
    bool tried = rule->words || rule->any_word;
    for (size_t i = from; i < text.n; i++) {
        if ((text.p[i] & 0xC0) == 0x80)
            continue;
        int rc = pcre2_match(rule->code, (PCRE2_SPTR)text.p, text.n, i,
                             PCRE2_NO_UTF_CHECK, data, NULL);
        const PCRE2_SIZE *v = pcre2_get_ovector_pointer(data);
        if (rc < 0 && !tried)
            break;
        if (rc < 0 || v[0] > v[1])
            continue;
        size_t at = tried ? i : v[0];
        if (!has_site(out, rule, at)) {
            printf("# %.*s at %zu of %.*s\n", STR_ARG(rule->name), i,
                   (int)(text.n - from), text.p + from);
            return false;
        }
        n_sites++;
        if (!tried) /* the search goes on behind a match */
            i = size_max(v[1], i + 1) - 1;
    }
    return true;
}

static bool takes_any(void *ctx, const struct site *site)
{
    (void)ctx;
    return site->rule != NULL;
}

/* Is the winner of the race the best of all? */
static bool best_wins(size_t class_id, const struct site_vec *all, uint64_t key)
{
    struct race race = {key, 7, NULL, takes_any, INFINITY}, open = race;
    struct site_vec out = {0};
    const struct site *best = NULL;
    double least = INFINITY;
    for (size_t i = 0; i < all->n; i++) {
        const struct site *s = &all->v[i];
        double score =
            race_score(&open, site_key(key, s->rule, s->at), s->rule->weight);
        if (score < least) {
            least = score;
            best = s;
        }
    }
    matcher_scan(matcher, class_id, &race, &out);
    bool good = (best == NULL) == (out.n == 0);
    if (best && out.n > 0) {
        const struct site *s = &out.v[out.n - 1];
        good = s->rule == best->rule && s->at == best->at && race.best == least;
        n_races++;
    }
    vec_free(&out);
    return good;
}

/* All classes in one window of text. */
static bool test_window(struct str text, struct span window, uint64_t key)
{
    struct site_vec all = {0};
    pcre2_match_data *data = pcre2_match_data_create(40, NULL);
    struct str t = str_sub(text, 0, window.to);
    bool good = true;
    matcher_look(matcher, text, window);
    for (size_t c = 0; c < rules_classes(set) && good; c++) {
        all.n = 0;
        matcher_scan(matcher, c, NULL, &all);
        for (size_t i = 0; i < rules_n(set) && good; i++) {
            const struct rule *rule = rules_at(set, i);
            if (rule->class_id == c && rule->code && !rule->asked &&
                rule->weight > 0)
                good = finds_all(rule, t, window.from, &all, data);
        }
        good = good && best_wins(c, &all, rng_mix(key, c));
    }
    pcre2_match_data_free(data);
    vec_free(&all);
    return good;
}

/* Every `step`th sentence of a file. */
static void test_file(const char *path, enum unit unit, size_t step)
{
    struct err e;
    struct buf b = {0};
    struct span_vec units = {0};
    struct segmenter *seg = segmenter_new(&e);
    bool good = io_slurp(path, &b, &e) == 0 &&
                segment_units(seg, buf_view(&b), unit, &units, &e) == 0;
    for (size_t i = 0; i < units.n && good; i += step) {
        struct span w = units.v[i];
        if (w.to - w.from < 600)
            good = test_window(buf_view(&b), w, i);
    }
    ok(good, "%s", path);
    segmenter_free(seg);
    vec_free(&units);
    buf_free(&b);
}

int main(void)
{
    struct lexicon *lexicon = lexicon_new();
    struct str text;
    const char *name;
    struct err e;
    lexicon_settle(lexicon);
    set = rules_new(lexicon);
    for (size_t i = 0; (name = pack_name(i)); i++)
        if (strstr(name, ".csv") && pack_find(name, strlen(name), &text) &&
            rules_add(set, name, text, &e))
            ok(false, "%s", e.text);
    rules_settle(set);
    matcher = matcher_new(set);
    test_file("examples/text/jargon.txt", UNIT_SENTENCE, 9);
    test_file("src/rng.c", UNIT_LINE, 2);
    test_file("tests/unit/rules_rows.h", UNIT_LINE, 1);
    test_file("tests/unit/rules_rows_text.h", UNIT_LINE, 1);
    test_file("tests/unit/rules_rows_world.h", UNIT_LINE, 1);
    ok(n_sites > 3000 && n_races > 1000, "%zu sites, %zu races", n_sites,
       n_races);
    matcher_free(matcher);
    rules_free(set);
    lexicon_free(lexicon);
    return tap_end();
}

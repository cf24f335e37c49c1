/* Learning a vocabulary against the naive way: count all pairs anew for
 * every merge, on random words over few letters. */
#include "rng.h"
#include "vocab.h"

#include "tap.h"

#define WORDS  60
#define LENGTH 24

struct naive {
    int32_t id[WORDS][LENGTH];
    size_t len[WORDS];
    uint64_t times[WORDS];
    struct str tokens[2000];
    size_t n_tokens;
    struct arena arena;
};

/* The commonest pair, of equals the lowest. */
static uint64_t best_pair(const struct naive *s, struct vocab_merge *best)
{
    static uint64_t count[500][500];
    uint64_t most = 0;
    memset(count, 0, sizeof count);
    for (size_t w = 0; w < WORDS; w++)
        for (size_t i = 0; i + 1 < s->len[w]; i++)
            count[s->id[w][i]][s->id[w][i + 1]] += s->times[w];
    for (int a = 0; a < 500; a++)
        for (int b = 0; b < 500; b++)
            if (count[a][b] > most) {
                most = count[a][b];
                *best = (struct vocab_merge){a, b};
            }
    return most;
}

static int32_t made_by(struct naive *s, struct vocab_merge m)
{
    struct str a = s->tokens[m.left], b = s->tokens[m.right];
    char *p = arena_alloc(&s->arena, a.n + b.n);
    memcpy(p, a.p, a.n);
    memcpy(p + a.n, b.p, b.n);
    struct str made = {p, a.n + b.n};
    for (size_t i = 0; i < s->n_tokens; i++)
        if (str_eq(s->tokens[i], made))
            return (int32_t)i;
    s->tokens[s->n_tokens] = made;
    return (int32_t)s->n_tokens++;
}

static void merge(struct naive *s, struct vocab_merge m, int32_t made)
{
    for (size_t w = 0; w < WORDS; w++) {
        size_t n = 0;
        int32_t *id = s->id[w];
        for (size_t i = 0; i < s->len[w]; i++)
            if (i + 1 < s->len[w] && id[i] == m.left && id[i + 1] == m.right) {
                id[n++] = made;
                i++;
            } else {
                id[n++] = id[i];
            }
        s->len[w] = n;
    }
}

/* Makes the words; in another order for words that are to come out alike. */
static void make(struct naive *s, struct words *w, uint64_t seed, int letters)
{
    struct rng r = rng_from(seed);
    struct buf word = {0};
    for (size_t k = 0; k < WORDS; k++) {
        s->len[k] = 1 + rng_below(&r, LENGTH);
        s->times[k] = 1 + rng_below(&r, 3);
        word.n = 0;
        for (size_t i = 0; i < s->len[k]; i++) {
            int c = (int)rng_below(&r, (uint64_t)letters);
            buf_char(&word, (char)('!' + c));
            s->id[k][i] = c; /* '!' has the lowest code point: id 0 */
        }
        words_add(w, buf_view(&word), s->times[k]);
    }
    buf_free(&word);
}

static bool same(uint64_t seed, int letters, uint64_t min_count)
{
    static struct naive s;
    static const struct vocab_marks none;
    struct words w = {0};
    struct vocab v = {0};
    struct err e;
    s = (struct naive){0};
    make(&s, &w, seed, letters);
    bool good = vocab_train(&v, &w, 256 + 150, min_count, &none, &e) == 0;
    s.n_tokens = 256;
    for (size_t i = 0; i < 256 && good; i++)
        s.tokens[i] = v.tokens.v[i];
    struct vocab_merge m;
    size_t n = 0;
    while (good && s.n_tokens < 256 + 150 && best_pair(&s, &m) >= min_count) {
        good = n < v.merges.n && v.merges.v[n].left == m.left &&
               v.merges.v[n].right == m.right;
        merge(&s, m, made_by(&s, m));
        n++;
    }
    good = good && n == v.merges.n && s.n_tokens == v.tokens.n;
    for (size_t i = 0; good && i < s.n_tokens; i++)
        good = str_eq(s.tokens[i], v.tokens.v[i]);
    words_free(&w);
    vocab_free(&v);
    arena_free(&s.arena);
    return good;
}

int main(void)
{
    diag_program("vocab");
    for (int letters = 1; letters <= 6; letters++) {
        size_t bad = 0;
        for (uint64_t seed = 1; seed <= 20; seed++)
            bad += !same(seed * 100 + (uint64_t)letters, letters, 1 + seed % 3);
        ok(!bad, "%d letters: as the naive way", letters);
    }
    return tap_end();
}

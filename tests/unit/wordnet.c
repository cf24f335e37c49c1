/*
 * WordNet's format, read from the small database in tests/wordnet, and from
 * the real one where it is installed: every lemma is found, and what is drawn
 * is what the files say.
 */
#include "wordnet_impl.h"
#include "tap.h"

#define REAL "/usr/share/wordnet"

/* Are 200 draws all among `words` (with spaces about each), and each drawn? */
static void test_draws(const struct wordnet *w, bool sister, const char *word,
                       enum wordnet_pos pos, const char *words)
{
    bool good = true;
    size_t seen = 0, n = 0;
    for (uint64_t i = 0; i < 200; i++) {
        struct rng r = rng_from(i);
        struct buf b = {0};
        bool drew = (sister ? wordnet_sister : wordnet_antonym)(w, str_of(word),
                                                                pos, &r, &b);
        buf_char(&b, 0);
        const char *at = drew ? strstr(words, b.p) : NULL;
        if (drew && !at)
            printf("# %s: %s\n", word, b.p);
        good = good && (at != NULL) == (words[0] != 0) && drew == (at != NULL);
        if (at && at - words < 64)
            seen |= (size_t)1 << (at - words);
        buf_free(&b);
    }
    for (const char *p = words; *p; p++)
        n += *p != ' ' && (p == words || p[-1] == ' ');
    for (; seen; seen &= seen - 1)
        n--;
    ok(good && n == 0, "%s of %s", sister ? "sisters" : "antonyms", word);
}

static void test_small(const struct wordnet *w)
{
    test_draws(w, true, "dog", WORDNET_NOUN, "wolf jackal");
    test_draws(w, true, "Dogs", WORDNET_ANY, "jackals");
    test_draws(w, true, "domestic dog", WORDNET_NOUN, "wolf jackal");
    test_draws(w, true, "ant", WORDNET_NOUN, "earwig");
    test_draws(w, true, "bees", WORDNET_NOUN, "flies");
    test_draws(w, true, "bee", WORDNET_NOUN, "fly");
    test_draws(w, true, "writer", WORDNET_NOUN, "painter woman man");
    test_draws(w, true, "writers", WORDNET_NOUN, "painters");
    test_draws(w, true, "Bach", WORDNET_ANY, "Verdi");
    test_draws(w, true, "bach", WORDNET_ANY, "");
    test_draws(w, true, "walk", WORDNET_ANY, "crawl swim");
    test_draws(w, true, "walk", WORDNET_NOUN, "");
    test_draws(w, true, "canine", WORDNET_NOUN, "");
    test_draws(w, true, "dogmatic", WORDNET_ANY, "");
    test_draws(w, true, "", WORDNET_ANY, "");
    test_draws(w, true, "d\xC3\xB6g", WORDNET_ANY, "");
    test_draws(w, true, "happy", WORDNET_ADJ, "");
    test_draws(w, false, "happy", WORDNET_ADJ, "unhappy");
    test_draws(w, false, "awake", WORDNET_ANY, "asleep");
    test_draws(w, false, "Failure", WORDNET_ANY, "success");
    test_draws(w, false, "roughly", WORDNET_ADV, "gently");
    test_draws(w, false, "forget", WORDNET_VERB, "remember");
    test_draws(w, false, "dog", WORDNET_ANY, "");
}

/* Every lemma of an index is found by the search, its synset read. */
static bool finds_all(const struct wordnet *w, enum wordnet_pos pos)
{
    size_t step = w->index[pos].n > 100000 ? 50 : 1, n = 0;
    struct str rest = w->index[pos];
    while (rest.n > 0) {
        struct str line = str_sub(rest, 0, str_find(rest, STR("\n"), 0));
        rest = str_sub(rest, size_min(line.n + 1, rest.n), rest.n);
        if (line.n == 0 || line.p[0] == ' ' || n++ % step != 0)
            continue;
        struct wordnet_entry entry;
        struct wordnet_synset s;
        struct str lemma = wordnet_field(&line);
        bool there = wordnet_find(w, pos, lemma, &entry) &&
                     wordnet_read(w, pos, entry.first, &s);
        if (!there) {
            printf("# %.*s\n", STR_ARG(lemma));
            return false;
        }
    }
    return n > 0;
}

/* Files that break the format have no words. */
static void test_broken(void)
{
    struct wordnet w = {.index = {STR("dog n 1 1 @ 1 1 00000099  \n")},
                        .data = {STR("00000000 03 n 01 dog")}};
    struct rng r = rng_from(1);
    struct buf b = {0};
    ok(!wordnet_sister(&w, STR("dog"), WORDNET_NOUN, &r, &b), "no synset");
    w.index[0] = STR("dog n 1 1 @ 1 1 00000000  \n");
    ok(!wordnet_sister(&w, STR("dog"), WORDNET_NOUN, &r, &b), "a cut synset");
    w.data[0] = STR("00000000 03 n 01 dog 0 999 @ 00000000 n 0000");
    ok(!wordnet_sister(&w, STR("dog"), WORDNET_NOUN, &r, &b), "a circle");
    w.index[0] = STR("dog");
    ok(!wordnet_sister(&w, STR("dog"), WORDNET_NOUN, &r, &b), "a cut entry");
    w.index[0] = STR("\n\n\n");
    ok(!wordnet_sister(&w, STR("dog"), WORDNET_NOUN, &r, &b), "empty lines");
    buf_free(&b);
}

int main(void)
{
    struct err e;
    struct wordnet *w = wordnet_open("tests/wordnet", &e);
    ok(w != NULL, "the small one opens");
    if (w) {
        test_small(w);
        for (int i = 0; i < WORDNET_ANY; i++)
            ok(finds_all(w, (enum wordnet_pos)i), "it has its words %d", i);
    }
    wordnet_free(w);
    ok(!wordnet_open("tests/unit", &e) && e.status == STATUS_SYSTEM,
       "a folder without");
    ok(wordnet_pos(STR("adj")) == WORDNET_ADJ &&
           wordnet_pos(STR("pronoun")) == WORDNET_ANY,
       "parts of speech");
    test_broken();
    w = wordnet_open(REAL, &e);
    for (int i = 0; w && i < WORDNET_ANY; i++)
        ok(finds_all(w, (enum wordnet_pos)i), "the real one has them %d", i);
    if (w)
        test_draws(w, false, "cold", WORDNET_ADJ, "hot");
    wordnet_free(w);
    return tap_end();
}

/* Lists are sorted arrays of slices over the files' own bytes; misspellings
 * are looked up through an open hash of the right words. */
#include <stdio.h>
#include <stdlib.h>

#include "io.h"
#include "lexicon.h"
#include "lexicon_kinds.h"
#include "packs.h"
#include "rng.h"

#define WORD_LONGEST 63

struct pair {
    struct str right, wrong;
};

struct entry { /* a right word and its stretch of x->wrong */
    struct str right;
    uint32_t first, n;
};

struct named {
    struct str name;
    struct str_list list;
};

struct lexicon {
    struct arena arena; /* owns every text and list */
    VEC(struct pair) pairs;
    VEC(struct named *) lists;
    struct kinds sisters, antonyms;
    struct wordnet *wordnet; /* owns; or NULL */
    struct entry *slot;      /* owns; [slots], a power of two; free: first == n
                                == 0 and right.p == NULL */
    size_t slots, words;
    struct str *wrong; /* owns; sorted by right, then wrong */
};

static int str_order(struct str a, struct str b)
{
    int order = memcmp(a.p, b.p, size_min(a.n, b.n));
    return order ? order : (a.n > b.n) - (a.n < b.n);
}

static int pair_order(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = str_order(x->right, y->right);
    return order ? order : str_order(x->wrong, y->wrong);
}

static bool plain_word(struct str s)
{
    if (s.n == 0 || s.n > WORD_LONGEST)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < 'a' || s.p[i] > 'z')
            return false;
    return true;
}

/* The next line of *rest without its newline and carriage return. */
static struct str take_line(struct str *rest)
{
    size_t to = str_find(*rest, STR("\n"), 0);
    struct str line = str_sub(*rest, 0, to);
    *rest = str_sub(*rest, size_min(to + 1, rest->n), rest->n);
    if (line.n > 0 && line.p[line.n - 1] == '\r')
        line.n--;
    return line;
}

static void add_pairs(struct lexicon *x, struct str text)
{
    while (text.n > 0) {
        struct str line = take_line(&text);
        size_t arrow = str_find(line, STR("->"), 0);
        if (arrow == line.n)
            continue;
        struct pair p = {.wrong = str_sub(line, 0, arrow),
                         .right = str_sub(line, arrow + 2, line.n)};
        if (plain_word(p.wrong) && plain_word(p.right))
            vec_push(&x->pairs, p);
    }
}

struct lexicon *lexicon_new(void)
{
    struct lexicon *x = mem_zero(1, sizeof *x);
    struct str text = {0};
    if (pack_find("misspellings.txt", 16, &text))
        add_pairs(x, text);
    if (pack_find("sisters.txt", 11, &text))
        kinds_read(&x->sisters, text);
    if (pack_find("antonyms.txt", 12, &text))
        kinds_read(&x->antonyms, text);
    return x;
}

void lexicon_free(struct lexicon *x)
{
    if (!x)
        return;
    arena_free(&x->arena);
    vec_free(&x->pairs);
    vec_free(&x->lists);
    kinds_free(&x->sisters);
    kinds_free(&x->antonyms);
    wordnet_free(x->wordnet);
    mem_free(x->slot);
    mem_free(x->wrong);
    mem_free(x);
}

/* The bytes of a file, kept in the arena. */
static int keep_file(struct lexicon *x, const char *path, struct str *text,
                     struct err *e)
{
    struct buf b = {0};
    int rc = io_slurp(path, &b, e);
    if (rc == 0) {
        text->p = arena_copy(&x->arena, b.p ? b.p : "", b.n);
        text->n = b.n;
    }
    buf_free(&b);
    return rc;
}

int lexicon_dictionary(struct lexicon *x, const char *path, struct err *e)
{
    struct str text;
    if (keep_file(x, path, &text, e))
        return -1;
    add_pairs(x, text);
    return 0;
}

int lexicon_wordnet(struct lexicon *x, const char *dir, struct err *e)
{
    x->wordnet = wordnet_open(dir, e);
    return x->wordnet ? 0 : -1;
}

const struct wordnet *lexicon_net(const struct lexicon *x)
{
    return x->wordnet;
}

const struct str_list *lexicon_list(struct lexicon *x, struct str name,
                                    struct err *e)
{
    for (size_t i = 0; i < x->lists.n; i++)
        if (str_eq(x->lists.v[i]->name, name))
            return &x->lists.v[i]->list;
    if (kinds_named(&x->sisters, name))
        return kinds_named(&x->sisters, name);
    if (str_eq(name, STR("antonyms")))
        return &x->antonyms.all;
    char *path = arena_copy(&x->arena, name.p, name.n);
    struct str text;
    char file[80];
    int n = snprintf(file, sizeof file, "%.60s.txt", path);
    if (memchr(name.p, '/', name.n)) {
        if (keep_file(x, path, &text, e))
            return NULL;
    } else if (!pack_find(file, (size_t)n, &text)) {
        err_set(e, STATUS_DATA, "no lexicon \"%.*s\"", STR_ARG(name));
        return NULL;
    }
    struct str_vec lines = {0};
    while (text.n > 0) {
        struct str line = take_line(&text);
        if (line.n > 0 && line.p[0] != '#' && utf8_check(line) == line.n)
            vec_push(&lines, line);
    }
    if (lines.n == 0) {
        err_set(e, STATUS_DATA, "an empty lexicon");
        vec_free(&lines);
        return NULL;
    }
    struct named *l = arena_alloc(&x->arena, sizeof *l);
    struct str *v = arena_alloc(&x->arena, (lines.n + 1) * sizeof *v);
    if (lines.n > 0)
        memcpy(v, lines.v, lines.n * sizeof *v);
    *l = (struct named){{path, name.n}, {v, lines.n}};
    vec_free(&lines);
    vec_push(&x->lists, l);
    return &l->list;
}

struct str_list lexicon_sisters(const struct lexicon *x, struct str word)
{
    return kinds_of(&x->sisters, word);
}

struct str_list lexicon_antonyms(const struct lexicon *x, struct str word)
{
    char lower[WORD_LONGEST];
    if (word.n > sizeof lower)
        return (struct str_list){NULL, 0};
    for (size_t i = 0; i < word.n; i++)
        lower[i] = word.p[i] >= 'A' && word.p[i] <= 'Z' ? (char)(word.p[i] + 32)
                                                        : word.p[i];
    return kinds_of(&x->antonyms, (struct str){lower, word.n});
}

static struct entry *entry_at(const struct lexicon *x, struct str right)
{
    size_t i = rng_hash(0, right.p, right.n) & (x->slots - 1);
    while (x->slot[i].n > 0 && !str_eq(x->slot[i].right, right))
        i = (i + 1) & (x->slots - 1);
    return &x->slot[i];
}

void lexicon_settle(struct lexicon *x)
{
    mem_free(x->slot);
    mem_free(x->wrong);
    x->words = 0;
    x->slots = 64;
    while (x->slots < 2 * x->pairs.n)
        x->slots *= 2;
    x->slot = mem_zero(x->slots, sizeof *x->slot);
    x->wrong = mem_zero(x->pairs.n + 1, sizeof *x->wrong);
    if (x->pairs.n > 0)
        qsort(x->pairs.v, x->pairs.n, sizeof *x->pairs.v, pair_order);
    for (size_t i = 0; i < x->pairs.n; i++) { /* the right words */
        struct entry *s = entry_at(x, x->pairs.v[i].right);
        s->right = x->pairs.v[i].right;
        x->words += s->n == 0;
        s->n = 1;
    }
    size_t n = 0;
    for (size_t i = 0; i < x->pairs.n; i++) {
        const struct pair *p = &x->pairs.v[i];
        struct entry *s = entry_at(x, p->right);
        if (i == 0 || !str_eq(p[-1].right, p->right))
            *s = (struct entry){p->right, (uint32_t)n, 1};
        else if (str_eq(p[-1].wrong, p->wrong))
            continue;
        if (entry_at(x, p->wrong)->n > 0) /* a word itself */
            continue;
        x->wrong[n++] = p->wrong;
        s->n = (uint32_t)n - s->first + 1;
    }
}

struct str_list lexicon_misspellings(const struct lexicon *x, struct str lower)
{
    struct str_list none = {NULL, 0};
    if (lower.n == 0 || lower.n > WORD_LONGEST)
        return none;
    const struct entry *s = entry_at(x, lower);
    if (s->n < 2)
        return none;
    return (struct str_list){x->wrong + s->first, s->n - 1};
}

size_t lexicon_words(const struct lexicon *x)
{
    return x->words;
}

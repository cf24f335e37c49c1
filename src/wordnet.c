/* Files, lines and fields of wndb(5WN).  What is drawn from them is in
 * wordnet_draw.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wordnet_impl.h"

static const char *const pos_names[] = {"noun", "verb", "adj", "adv"};

enum wordnet_pos wordnet_pos(struct str name)
{
    for (int i = 0; i < WORDNET_ANY; i++)
        if (str_eq(str_of(pos_names[i]), name))
            return (enum wordnet_pos)i;
    return WORDNET_ANY;
}

static int map_file(const char *dir, const char *kind, int pos, struct str *out,
                    struct err *e)
{
    char path[4096];
    struct stat st;
    int n = snprintf(path, sizeof path, "%s/%s.%s", dir, kind, pos_names[pos]);
    int fd = n < (int)sizeof path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        return err_set(e, STATUS_SYSTEM, "%s: %s", path, strerror(errno));
    void *p = MAP_FAILED;
    bool empty = fstat(fd, &st) == 0 && st.st_size == 0;
    if (!empty)
        p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    int why = errno;
    close(fd);
    if (empty)
        return err_set(e, STATUS_DATA, "%s: an empty file", path);
    if (p == MAP_FAILED)
        return err_set(e, STATUS_SYSTEM, "%s: %s", path, strerror(why));
    *out = (struct str){p, (size_t)st.st_size};
    return 0;
}

struct wordnet *wordnet_open(const char *dir, struct err *e)
{
    struct wordnet *w = mem_zero(1, sizeof *w);
    for (int i = 0; i < WORDNET_ANY; i++)
        if (map_file(dir, "index", i, &w->index[i], e) ||
            map_file(dir, "data", i, &w->data[i], e)) {
            wordnet_free(w);
            return NULL;
        }
    return w;
}

void wordnet_free(struct wordnet *w)
{
    if (!w)
        return;
    for (int i = 0; i < WORDNET_ANY; i++) {
        if (w->index[i].p)
            munmap((void *)(uintptr_t)w->index[i].p, w->index[i].n);
        if (w->data[i].p)
            munmap((void *)(uintptr_t)w->data[i].p, w->data[i].n);
    }
    mem_free(w);
}

struct str wordnet_field(struct str *rest)
{
    size_t i = 0, to;
    while (i < rest->n && rest->p[i] == ' ')
        i++;
    for (to = i; to < rest->n && rest->p[to] != ' '; to++)
        ;
    struct str field = str_sub(*rest, i, to);
    *rest = str_sub(*rest, to, rest->n);
    return field;
}

bool wordnet_number(struct str s, unsigned base, size_t *out)
{
    *out = 0;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
                                                : 99;
        if (digit >= base || i > 8)
            return false;
        *out = *out * base + digit;
    }
    return s.n > 0;
}

/* The line of s that byte i is in; *from is where it begins. */
static struct str line_at(struct str s, size_t i, size_t *from)
{
    const char *before = i > 0 ? memrchr(s.p, '\n', i) : NULL;
    *from = before ? (size_t)(before - s.p) + 1 : 0;
    return str_sub(s, *from, str_find(s, STR("\n"), *from));
}

bool wordnet_find(const struct wordnet *w, enum wordnet_pos pos,
                  struct str lemma, struct wordnet_entry *out)
{
    struct str s = w->index[pos];
    size_t lo = 0, hi = s.n;
    while (lo < hi) {
        size_t from;
        struct str line = line_at(s, lo + (hi - lo) / 2, &from), rest = line;
        /* The licence is indented, and so comes first. */
        struct str key =
            line.n > 0 && line.p[0] != ' ' ? wordnet_field(&rest) : STR("");
        int order = memcmp(lemma.p, key.p, size_min(lemma.n, key.n));
        if (order == 0)
            order = (lemma.n > key.n) - (lemma.n < key.n);
        if (order == 0)
            return wordnet_read_entry(rest, out);
        if (order < 0)
            hi = from;
        else
            lo = from + line.n + 1;
    }
    return false;
}

bool wordnet_read_entry(struct str rest, struct wordnet_entry *out)
{
    size_t pointers;
    (void)wordnet_field(&rest); /* part of speech */
    if (!wordnet_number(wordnet_field(&rest), 10, &out->senses) ||
        !wordnet_number(wordnet_field(&rest), 10, &pointers))
        return false;
    for (size_t i = 0; i < pointers; i++)
        (void)wordnet_field(&rest);
    (void)wordnet_field(&rest); /* the number of senses again */
    if (!wordnet_number(wordnet_field(&rest), 10, &out->tagged))
        return false;
    out->offsets = rest;
    return out->senses > 0 &&
           wordnet_number(wordnet_field(&rest), 10, &out->first);
}

bool wordnet_read(const struct wordnet *w, enum wordnet_pos pos, size_t offset,
                  struct wordnet_synset *out)
{
    struct str s = w->data[pos];
    size_t said;
    if (offset >= s.n || (offset > 0 && s.p[offset - 1] != '\n'))
        return false;
    struct str rest = str_sub(s, offset, str_find(s, STR("\n"), offset));
    if (!wordnet_number(wordnet_field(&rest), 10, &said) || said != offset)
        return false;
    (void)wordnet_field(&rest); /* the lexicographer's file */
    (void)wordnet_field(&rest); /* the type */
    if (!wordnet_number(wordnet_field(&rest), 16, &out->n_words))
        return false;
    out->words = rest;
    for (size_t i = 0; i < 2 * out->n_words && rest.n > 0; i++)
        (void)wordnet_field(&rest);
    if (!wordnet_number(wordnet_field(&rest), 10, &out->n_pointers))
        return false;
    out->pointers = rest;
    out->pos = pos;
    out->offset = offset;
    return true;
}

struct str wordnet_word(const struct wordnet_synset *s, size_t i)
{
    struct str rest = s->words, word = STR("");
    for (size_t k = 0; k <= i && k < s->n_words; k++) {
        word = wordnet_field(&rest);
        (void)wordnet_field(&rest); /* the lexicographer's id */
    }
    return i < s->n_words ? word : STR("");
}

bool wordnet_pointer(struct str *rest, struct wordnet_pointer *out)
{
    out->symbol = wordnet_field(rest);
    struct str offset = wordnet_field(rest), pos = wordnet_field(rest);
    struct str ends = wordnet_field(rest);
    if (pos.n != 1 || ends.n != 4 ||
        !wordnet_number(offset, 10, &out->offset) ||
        !wordnet_number(str_sub(ends, 0, 2), 16, &out->source) ||
        !wordnet_number(str_sub(ends, 2, 4), 16, &out->target))
        return false;
    out->pos = pos.p[0] == 'n'   ? WORDNET_NOUN
               : pos.p[0] == 'v' ? WORDNET_VERB
               : pos.p[0] == 'r' ? WORDNET_ADV
                                 : WORDNET_ADJ;
    return true;
}

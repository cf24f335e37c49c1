/* Spells out %{words LIST} as a group of alternatives, the longest first, and
 * takes a leading %{asked PATTERN} off. */
#include <stdlib.h>

#include "rules_pattern.h"

static int longest_first(const void *a, const void *b)
{
    const struct str *x = a, *y = b;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return memcmp(x->p, y->p, x->n);
}

static void put_quoted(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] && strchr("\\^$.[]|()?*+{}", s.p[i]))
            buf_char(out, '\\');
        buf_char(out, s.p[i]);
    }
}

static void put_words(struct buf *out, const struct str_list *list)
{
    struct str *v = mem_zero(list->n, sizeof *v);
    memcpy(v, list->v, list->n * sizeof *v);
    qsort(v, list->n, sizeof *v, longest_first);
    buf_cstr(out, "(?:");
    for (size_t i = 0; i < list->n; i++) {
        if (i > 0)
            buf_char(out, '|');
        put_quoted(out, v[i]);
    }
    buf_char(out, ')');
    mem_free(v);
}

/* Behind the brace that closes the one at text.p[1]; 0: none does. */
static size_t call_end(struct str text)
{
    size_t depth = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\')
            i++;
        else if (text.p[i] == '{')
            depth++;
        else if (text.p[i] == '}' && --depth == 0)
            return i + 1;
    }
    return 0;
}

int pattern_expand(struct lexicon *x, struct arena *a, struct str text,
                   struct rule_pattern *out, struct err *e)
{
    static const struct str asked = {"%{asked ", 8}, words = {"%{words ", 8};
    *out = (struct rule_pattern){{NULL, 0}, text, false};
    if (str_starts(text, asked)) {
        size_t end = call_end(text);
        if (end == 0)
            return err_set(e, STATUS_DATA, "%%{asked is not closed");
        struct str inner = str_sub(text, asked.n, end - 1);
        out->asked = (struct str){arena_copy(a, inner.p, inner.n), inner.n};
        out->pattern = text = str_sub(text, end, text.n);
        out->moved = true;
    }
    if (str_find(text, words, 0) == text.n)
        return 0;
    struct buf b = {0};
    for (size_t from = 0; from < text.n;) {
        size_t at = str_find(text, words, from);
        size_t end = str_find(text, STR("}"), at);
        buf_str(&b, str_sub(text, from, at));
        from = size_min(end + 1, text.n);
        if (at == text.n)
            break;
        const struct str_list *list =
            end < text.n ? lexicon_list(x, str_sub(text, at + words.n, end), e)
                         : NULL;
        if (!list) {
            buf_free(&b);
            return end < text.n
                       ? -1
                       : err_set(e, STATUS_DATA, "%%{words is not closed");
        }
        put_words(&b, list);
    }
    out->pattern = (struct str){arena_copy(a, b.p, b.n), b.n};
    out->moved = true;
    buf_free(&b);
    return 0;
}

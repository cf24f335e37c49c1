/* Rank files: lines to tokens, tokens to merges. */
#include "tiktoken.h"

#include "bytemap.h"

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* The bytes of a word of base64, with its padding; dst has room for them.
 * Returns how many, or 0 where it is none. */
static size_t from_base64(struct str s, char *dst)
{
    size_t n = 0;
    uint32_t bits = 0;
    if (!s.n || s.n % 4)
        return 0;
    while (s.n && s.p[s.n - 1] == '=' && n < 2)
        s.n--, n++;
    n = 0;
    for (size_t i = 0; i < s.n; i++) {
        int d = digit(s.p[i]);
        if (d < 0)
            return 0;
        bits = bits << 6 | (uint32_t)d;
        if (i % 4)
            dst[n++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    return n;
}

/* A line without its end: one token. */
static int take_line(struct str line, struct vocab *v, struct bytemap *ids)
{
    size_t gap = str_find(line, STR(" "), 0), rank = 0;
    if (gap + 1 >= line.n || line.n - gap > 9)
        return -1;
    for (size_t i = gap + 1; i < line.n; i++) {
        if (line.p[i] < '0' || line.p[i] > '9')
            return -1;
        rank = rank * 10 + (size_t)(line.p[i] - '0');
    }
    char *bytes = arena_alloc(&v->arena, line.n);
    struct str token = {bytes, from_base64(str_sub(line, 0, gap), bytes)};
    if (!token.n || rank >= 1 << 24 || bytemap_get(ids, token) >= 0)
        return -1;
    while (v->tokens.n <= rank)
        vec_push(&v->tokens, (struct str){0});
    if (v->tokens.v[rank].p)
        return -1;
    v->tokens.v[rank] = token;
    bytemap_put(ids, token, (int32_t)rank);
    return 0;
}

static int take_lines(struct str text, struct vocab *v, struct bytemap *ids,
                      struct err *e)
{
    uint64_t number = 0;
    for (size_t at = 0; at < text.n;) {
        size_t end = str_find(text, STR("\n"), at);
        struct str line = str_sub(text, at, end);
        at = end + 1;
        number++;
        if (line.n && line.p[line.n - 1] == '\r')
            line.n--;
        if (line.n && take_line(line, v, ids))
            return err_at(e, (struct where){NULL, number, 0},
                          "not a token and its rank, or one given twice");
    }
    for (size_t i = 0; i < v->tokens.n; i++)
        if (!v->tokens.v[i].p)
            return err_set(e, STATUS_DATA, "rank %zu is missing", i);
    if (!v->tokens.n)
        return err_set(e, STATUS_DATA, "no ranks");
    return 0;
}

/* Every way to make token id of two: by the left rank, then the right. */
static void put_merges(struct vocab *v, const struct bytemap *ids, size_t id)
{
    struct str token = v->tokens.v[id];
    size_t first = v->merges.n;
    for (size_t cut = 1; cut < token.n; cut++) {
        struct vocab_merge m = {bytemap_get(ids, str_sub(token, 0, cut)),
                                bytemap_get(ids, str_sub(token, cut, token.n))};
        if (m.left < 0 || m.right < 0)
            continue;
        vec_push(&v->merges, m);
        size_t i = v->merges.n - 1;
        for (; i > first && v->merges.v[i - 1].left > m.left; i--)
            v->merges.v[i] = v->merges.v[i - 1];
        v->merges.v[i] = m;
    }
}

int tiktoken_read(struct str text, struct vocab *v, struct err *e)
{
    struct bytemap ids = {0};
    int bad = take_lines(text, v, &ids, e);
    for (size_t i = 0; !bad && i < v->tokens.n; i++)
        put_merges(v, &ids, i);
    v->whole = true;
    bytemap_free(&ids);
    return bad ? -1 : 0;
}

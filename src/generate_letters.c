/* Calls that change the letters of one word, as fingers and scanners do:
 * ASCII letters only, anything else of the word stays. */
#include "generate.h"

#define LETTERS 64

/* The places of ASCII letters in s from place `first` on; how many. */
static size_t letters_of(struct str s, size_t first, size_t at[LETTERS])
{
    size_t n = 0;
    for (size_t i = first; i < s.n && n < LETTERS; i++)
        if ((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z')
            at[n++] = i;
    return n;
}

/* Writes s with [from,to) replaced. */
static bool put_edited(struct buf *out, struct str s, size_t from, size_t to,
                       struct str with)
{
    buf_add(out, s.p, from);
    buf_str(out, with);
    buf_add(out, s.p + to, s.n - to);
    return true;
}

static const char *const qwerty[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
static const char *const qwertz[] = {"qwertzuiop", "asdfghjkl", "yxcvbnm"};
static const char *const azerty[] = {"azertyuiop", "qsdfghjklm", "wxcvbn"};

/* The keys that touch c's; each row stands half a key right of the one
 * above. */
static size_t neighbours(const char *const rows[3], char c, char out[8])
{
    size_t n = 0;
    for (int r = 0; r < 3; r++) {
        const char *p = strchr(rows[r], c);
        if (!p)
            continue;
        long k = p - rows[r];
        for (int up = -1; up <= 1; up++)
            for (long d = -1; d <= 1; d++) {
                int row = r + up;
                if (row < 0 || row > 2 || (up == 0 && d == 0) ||
                    (up == 1 && d == 1) || (up == -1 && d == -1))
                    continue;
                if (k + d >= 0 && k + d < (long)strlen(rows[row]))
                    out[n++] = rows[row][k + d];
            }
    }
    return n;
}

bool draw_keyboard(const struct call *c, struct buf *out)
{
    const char *const *rows = qwerty;
    size_t at[LETTERS], n = letters_of(c->arg[0], 0, at);
    char near[8];
    if (n < 2)
        return false;
    if (c->n > 1 && str_eq(c->arg[1], STR("qwertz")))
        rows = qwertz;
    else if (c->n > 1 && str_eq(c->arg[1], STR("azerty")))
        rows = azerty;
    else if (c->n > 1 && !str_eq(c->arg[1], STR("qwerty")))
        return false;
    size_t i = at[rng_below(&c->x->rng, n)];
    char was = c->arg[0].p[i];
    size_t k = neighbours(rows, (char)(was | 32), near);
    if (k == 0)
        return false;
    char now = near[rng_below(&c->x->rng, k)];
    if (!(was & 32)) /* a capital */
        now = (char)(now - 32);
    return put_edited(out, c->arg[0], i, i + 1, (struct str){&now, 1});
}

bool draw_double(const struct call *c, struct buf *out)
{
    size_t at[LETTERS], n = letters_of(c->arg[0], 1, at);
    if (n == 0)
        return false;
    size_t i = at[rng_below(&c->x->rng, n)];
    return put_edited(out, c->arg[0], i, i, str_sub(c->arg[0], i, i + 1));
}

bool draw_drop(const struct call *c, struct buf *out)
{
    size_t at[LETTERS], n = letters_of(c->arg[0], 1, at);
    if (n < 2)
        return false;
    size_t i = at[rng_below(&c->x->rng, n)];
    return put_edited(out, c->arg[0], i, i + 1, STR(""));
}

bool draw_transpose(const struct call *c, struct buf *out)
{
    size_t at[LETTERS], n = letters_of(c->arg[0], 1, at);
    if (n < 2)
        return false;
    size_t k = rng_below(&c->x->rng, n - 1), i = at[k];
    if (at[k + 1] != i + 1 || c->arg[0].p[i] == c->arg[0].p[i + 1])
        return false;
    char two[2] = {c->arg[0].p[i + 1], c->arg[0].p[i]};
    return put_edited(out, c->arg[0], i, i + 2, (struct str){two, 2});
}

/* What a scanner takes for what. */
static const struct {
    const char *from, *to;
} looks[] = {
    {"rn", "m"}, {"m", "rn"}, {"cl", "d"}, {"d", "cl"},  {"vv", "w"},
    {"w", "vv"}, {"li", "h"}, {"ri", "n"}, {"nn", "rm"}, {"l", "1"},
    {"1", "l"},  {"I", "l"},  {"O", "0"},  {"0", "O"},   {"e", "c"},
    {"c", "e"},  {"h", "b"},  {"b", "h"},  {"S", "5"},   {"5", "S"},
    {"B", "8"},  {"8", "B"},  {"t", "f"},  {"f", "t"},   {"i", "j"},
    {"u", "ii"}, {"n", "ri"}, {"Z", "2"},  {"2", "Z"},   {"g", "9"},
    {"9", "g"},  {"o", "0"},  {"a", "o"},  {"y", "v"},   {"G", "C"},
    {"6", "b"},  {"T", "7"},  {"7", "T"},  {"D", "0"},   {"E", "F"},
    {"R", "K"},  {"U", "V"},  {"q", "g"},  {"z", "2"},   {"k", "lc"},
};

bool draw_ocr(const struct call *c, struct buf *out)
{
    struct str s = c->arg[0];
    size_t seen = 0, from = 0, which = 0;
    for (size_t i = 0; i < size_min(s.n, LETTERS); i++)
        for (size_t k = 0; k < COUNTOF(looks); k++)
            if (str_starts(str_sub(s, i, s.n), str_of(looks[k].from)) &&
                rng_below(&c->x->rng, ++seen) == 0) {
                from = i;
                which = k;
            }
    if (seen == 0)
        return false;
    size_t to = from + strlen(looks[which].from);
    return put_edited(out, s, from, to, str_of(looks[which].to));
}

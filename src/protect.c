/* Looks for the few bytes that give such a stretch away and widens from
 * there, never further than REACH, so that runs of them stay linear. */
#include "protect.h"

#define REACH 512

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z');
}

/* The end of what starts at i and has no white space, quote or bracket. */
static size_t run_end(struct str t, size_t i)
{
    size_t stop = size_min(t.n, i + REACH), from = i;
    while (i < stop && !is_space(t.p[i]) && !strchr("<>\"'", t.p[i]))
        i++;
    while (i > from && t.p[i - 1] && strchr(".,;:!?)", t.p[i - 1]))
        i--;
    return i;
}

static size_t run_start(struct str t, size_t i, size_t floor, const char *also)
{
    size_t stop = size_max(floor, i > 64 ? i - 64 : 0);
    while (i > stop &&
           (is_alnum(t.p[i - 1]) || (t.p[i - 1] && strchr(also, t.p[i - 1]))))
        i--;
    return i;
}

/* The position behind the next `mark` within reach on this line, or i. */
static size_t closed_by(struct str t, size_t i, char mark, size_t from)
{
    size_t stop = size_min(t.n, from + REACH);
    for (size_t k = from; k < stop && t.p[k] != '\n'; k++)
        if (t.p[k] == mark)
            return k + 1;
    return i;
}

/* What is given away by the byte at i; empty: nothing is. */
static struct span look(struct str t, size_t i, size_t floor)
{
    struct span s = {i, i};
    struct str rest = str_sub(t, i, t.n);
    switch (t.p[i]) {
    case '`':
        if (str_starts(rest, STR("```"))) {
            size_t close = str_find(t, STR("```"), i + 3);
            s.to = size_min(t.n, close + 3);
        } else {
            s.to = closed_by(t, i, '`', i + 1);
        }
        break;
    case '<':
        if (i + 1 < t.n &&
            (is_alnum(t.p[i + 1]) || t.p[i + 1] == '/' || t.p[i + 1] == '!'))
            s.to = closed_by(t, i, '>', i + 1);
        break;
    case ':':
        if (str_starts(rest, STR("://"))) {
            s.from = run_start(t, i, floor, "+.-");
            s.to = s.from < i ? run_end(t, i + 3) : s.from;
        }
        break;
    case '@':
        s.from = run_start(t, i, floor, "._%+-");
        s.to = s.from < i && i + 1 < t.n && is_alnum(t.p[i + 1])
                   ? run_end(t, i + 1)
                   : s.from;
        break;
    case 'w':
        if (str_starts(rest, STR("www.")))
            s.to = run_end(t, i);
        break;
    default:
        break;
    }
    return s;
}

void protect_find(struct str text, bool code, bool urls, struct span_vec *out)
{
    const bool gives_away[256] = {
        ['`'] = code, ['<'] = true, [':'] = urls, ['@'] = urls, ['w'] = urls};
    size_t floor = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (!gives_away[(unsigned char)text.p[i]])
            continue;
        struct span s = look(text, i, floor);
        if (s.to <= s.from || s.to <= i)
            continue;
        vec_push(out, s);
        floor = s.to;
        i = s.to - 1;
    }
}

bool protect_hits(const struct span_vec *spans, size_t from, size_t to)
{
    size_t lo = 0, hi = spans->n; /* the first that ends behind from */
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (spans->v[mid].to <= from)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < spans->n && spans->v[lo].from < size_max(to, from + 1);
}

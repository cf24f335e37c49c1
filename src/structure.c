/* Draws units and the reasons that go with them; where they go is
 * corrupt's. */
#include "structure.h"

#define TRIES 8

const char *const structure_names[STRUCTURE_KINDS] = {
    "future", "intruder", "skip", "repeat", "swap", "truncate"};

struct str structure_body(struct str text, struct span unit)
{
    struct str s = str_sub(text, unit.from, unit.to);
    return str_sub(s, segment_leading(s), s.n);
}

/* The white space in front of a unit. */
static struct str gap_before(struct str text, struct span unit)
{
    struct str s = str_sub(text, unit.from, unit.to);
    return str_sub(s, 0, segment_leading(s));
}

static bool is_word_byte(char c)
{
    return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
           (unsigned char)c >= 0x80;
}

/* Are two units the same, but for case and what is no word?  Then neither
 * can stand wrongly for the other.  A unit with no word is like any other. */
static bool alike(struct str a, struct str b)
{
    size_t i = 0, k = 0, same = 0;
    for (;; i++, k++, same++) {
        while (i < a.n && !is_word_byte(a.p[i]))
            i++;
        while (k < b.n && !is_word_byte(b.p[k]))
            k++;
        if (i == a.n || k == b.n)
            break;
        char x = a.p[i], y = b.p[k];
        if (x != y && ((x ^ y) != 32 || (x | 32) < 'a' || (x | 32) > 'z'))
            return false;
    }
    return (i == a.n && k == b.n) || same == 0;
}

static struct str body_at(const struct structure_place *p, size_t i)
{
    return structure_body(p->text, p->units[i]);
}

bool structure_fits(enum structure kind, const struct structure_place *p,
                    struct span *at)
{
    struct span unit = p->units[p->due];
    at->from = unit.from + gap_before(p->text, unit).n;
    at->to = unit.to;
    switch (kind) {
    case STRUCTURE_FUTURE:
        return p->due + 1 < p->n;
    case STRUCTURE_REPEAT:
        return p->due > 0;
    case STRUCTURE_SKIP:
    case STRUCTURE_SWAP:
        if (p->due + 1 == p->n || !p->next_free ||
            alike(body_at(p, p->due), body_at(p, p->due + 1)))
            return false;
        at->to = p->units[p->due + 1].to;
        return true;
    case STRUCTURE_INTRUDER:
    case STRUCTURE_TRUNCATE:
    case STRUCTURE_KINDS:
        break;
    }
    return true;
}

/* A later unit, never one with the due one's text. */
static bool draw_future(const struct structure_place *p, struct rng *rng,
                        struct structure_wrong *out)
{
    struct str right = body_at(p, p->due);
    for (int i = 0; i < TRIES; i++) {
        size_t k = p->due + 1 + rng_below(rng, p->n - p->due - 1);
        if (str_eq(body_at(p, k), right))
            continue;
        buf_str(out->text, body_at(p, k));
        out->steps = k - p->due;
        return true;
    }
    return false;
}

/* An earlier unit, mostly the one before. */
static bool draw_repeat(const struct structure_place *p, struct rng *rng,
                        struct structure_wrong *out)
{
    struct str right = body_at(p, p->due);
    for (int i = 0; i < TRIES; i++) {
        size_t back = rng_below(rng, 2) ? 1 : 1 + rng_below(rng, p->due);
        struct str wrong = body_at(p, p->due - back);
        if (alike(wrong, right))
            continue;
        buf_str(out->text, wrong);
        out->steps = back;
        return true;
    }
    return false;
}

/* Where the word characters before i begin, and the others before those. */
static size_t back_over(struct str s, size_t i, bool words)
{
    while (i > 0 && is_word_byte(s.p[i - 1]) == words)
        i--;
    return i;
}

/* The unit's beginning: at least a word is left and at least one missing; of
 * a single word, at least two letters are left.  No mark ends it. */
static bool draw_truncate(const struct structure_place *p, struct rng *rng,
                          struct structure_wrong *out)
{
    struct str s = body_at(p, p->due);
    size_t last = back_over(s, back_over(s, s.n, false), true);
    size_t first = 0;
    while (first < s.n && !is_word_byte(s.p[first]))
        first++;
    if (last > first) { /* two words or more */
        size_t cut = first + 1 + rng_below(rng, last - first);
        cut = back_over(s, cut, true);
        cut = back_over(s, cut > first ? cut : last, false);
        buf_str(out->text, str_sub(s, 0, cut));
        return cut > first;
    }
    size_t end = back_over(s, s.n, false);
    if (end < first + 4)
        return false;
    size_t cut = first + 2 + rng_below(rng, end - first - 3);
    while (cut > first && (s.p[cut] & 0xC0) == 0x80)
        cut--;
    buf_str(out->text, str_sub(s, 0, cut));
    return cut > first;
}

bool structure_draw(enum structure kind, const struct structure_place *p,
                    struct rng *rng, struct structure_wrong *out)
{
    struct str guest;
    switch (kind) {
    case STRUCTURE_FUTURE:
        return draw_future(p, rng, out);
    case STRUCTURE_INTRUDER:
        guest = pool_draw(p->pool, p->id, body_at(p, p->due), rng);
        buf_str(out->text, guest);
        return guest.n > 0;
    case STRUCTURE_REPEAT:
        return draw_repeat(p, rng, out);
    case STRUCTURE_SKIP:
        buf_str(out->text, body_at(p, p->due + 1));
        return true;
    case STRUCTURE_SWAP:
        buf_str(out->text, body_at(p, p->due + 1));
        buf_str(out->text, gap_before(p->text, p->units[p->due + 1]));
        buf_str(out->text, body_at(p, p->due));
        return true;
    case STRUCTURE_TRUNCATE:
        return draw_truncate(p, rng, out);
    case STRUCTURE_KINDS:
        break;
    }
    return false;
}

void structure_reason(enum structure kind, const char *noun, size_t steps,
                      struct buf *out)
{
    switch (kind) {
    case STRUCTURE_FUTURE:
        if (steps == 1)
            buf_printf(out, "too early: one %s comes before this one", noun);
        else
            buf_printf(out, "too early: %zu %ss come before this one", steps,
                       noun);
        break;
    case STRUCTURE_INTRUDER:
        buf_printf(out, "this %s does not belong here", noun);
        break;
    case STRUCTURE_SKIP:
        buf_printf(out, "one %s is missing before this one", noun);
        break;
    case STRUCTURE_REPEAT:
        if (steps == 1)
            buf_printf(out, "this repeats the %s before", noun);
        else
            buf_printf(out, "this repeats what stood %zu %ss before", steps,
                       noun);
        break;
    case STRUCTURE_SWAP:
        buf_printf(out, "these two %ss are in the wrong order", noun);
        break;
    case STRUCTURE_TRUNCATE:
        buf_printf(out, "the %s breaks off", noun);
        break;
    case STRUCTURE_KINDS:
        break;
    }
}

/* Templates of rows: what is left of a prompt when its numbers and names are
 * taken out. */
#include "evaluate_impl.h"
#include "rng.h"
#include "synth.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c | 32) >= 'a' && (c | 32) <= 'z';
}

/* Appends text with each number as 0 and each single letter as the number of
 * its first use. */
static void mask(struct str text, struct buf *out)
{
    char seen[256] = {0};
    char next = 0;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        bool before = i > 0 && is_letter(text.p[i - 1]);
        bool behind = i + 1 < text.n && is_letter(text.p[i + 1]);
        if (is_digit(c)) {
            if (i == 0 || !is_digit(text.p[i - 1]))
                buf_char(out, '0');
        } else if (is_letter(c) && !before && !behind) {
            char *name = &seen[(unsigned char)c];
            if (!*name)
                *name = ++next;
            buf_char(out, *name);
        } else {
            buf_char(out, c);
        }
    }
}

bool evaluate_template(struct evaluator *v, const struct record *r,
                       uint64_t *out)
{
    struct str text = row_text(v, r->root, "prompt");
    uint64_t key;
    if (!text.p)
        text = row_text(v, r->root, "text");
    if (!text.p)
        return false;
    if (synth_structure(text, &key)) {
        *out = rng_mix(key, 1);
        return true;
    }
    v->text.n = 0;
    mask(text, &v->text);
    *out = rng_hash(2, v->text.p, v->text.n);
    return true;
}

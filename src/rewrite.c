/* Step after step, between two buffers. */
#include "rewrite.h"

/* Appends text, of which byte k came from byte at + k. */
static void put(struct normal *n, struct str text, size_t at)
{
    vec_reserve(&n->from, text.n);
    for (size_t k = 1; k <= text.n; k++)
        n->from.v[n->from.n++] = at + k;
    buf_str(&n->text, text);
}

/* Appends text that came as a whole from what ends at end. */
static void put_whole(struct normal *n, struct str text, size_t end)
{
    vec_reserve(&n->from, text.n);
    for (size_t k = 0; k < text.n; k++)
        n->from.v[n->from.n++] = end;
    buf_str(&n->text, text);
}

static int replace(struct normal *n, const struct rewrite_step *step,
                   struct str text)
{
    size_t at = str_find(text, step->what, 0), done = 0;
    if (at == text.n)
        return 0;
    for (; at < text.n; at = str_find(text, step->what, done)) {
        put(n, str_sub(text, done, at), done);
        done = at + step->what.n;
        put_whole(n, step->with, done);
    }
    put(n, str_sub(text, done, text.n), done);
    return 1;
}

static int one_step(struct normal *n, const struct rewrite_step *step,
                    struct str text, struct err *e)
{
    n->text.n = n->from.n = 0;
    switch (step->how) {
    case REWRITE_NFC:
        return normalize_nfc(n, text, e);
    case REWRITE_PREPEND:
        if (!text.n || !step->what.n)
            return 0;
        put_whole(n, step->what, 0);
        put(n, text, 0);
        return 1;
    case REWRITE_REPLACE:
        break;
    }
    return replace(n, step, text);
}

int rewrite(struct rewriting *w, const struct rewrite_steps *steps,
            struct str *text, struct err *e)
{
    bool changed = false;
    for (size_t i = 0; i < steps->n; i++) {
        struct normal *old = &w->made[w->last], *n = &w->made[!w->last];
        int done = one_step(n, &steps->v[i], *text, e);
        if (done < 0)
            return -1;
        if (!done)
            continue;
        for (size_t k = 0; changed && k < n->from.n; k++)
            if (n->from.v[k])
                n->from.v[k] = old->from.v[n->from.v[k] - 1];
        changed = true;
        w->last = !w->last;
        *text = buf_view(&n->text);
    }
    return changed;
}

const struct size_vec *rewriting_from(const struct rewriting *w)
{
    return &w->made[w->last].from;
}

void rewriting_free(struct rewriting *w)
{
    normalize_free(&w->made[0]);
    normalize_free(&w->made[1]);
}

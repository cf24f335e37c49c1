/* Added tokens in text: where one may begin, and which stands there. */
#include "tokenizer_impl.h"

size_t tokenizer_added_at(const struct tokenizer *t, const char *p, size_t n,
                          int special)
{
    const struct first_bytes *f = &t->first[special != 0];
    uint64_t lengths = f->has[(uint8_t)*p] ? 2 : 0; /* one byte */
    if (n > 1)
        lengths |= f->lengths[tokenizer_pair(p)];
    for (size_t len = size_min(n, f->longest); len; len--) {
        if (len < 64 && !(lengths >> len & 1))
            continue;
        int32_t id = bytemap_get(&t->added, (struct str){p, len});
        if (id >= 0 && (t->tokens.v[id].flags & TOKEN_SPECIAL) == special)
            return len;
    }
    return 0;
}

size_t tokenizer_next_added(const struct tokenizer *t, struct str text,
                            size_t i, int special)
{
    const struct first_bytes *f = &t->first[special != 0];
    const uint8_t *p = (const uint8_t *)text.p;
    if (f->n == 1) {
        const char *hit = memchr(text.p + i, f->last, text.n - i);
        return hit ? (size_t)(hit - text.p) : text.n;
    }
    while (i < text.n && !f->has[p[i]])
        i++;
    return i;
}

size_t tokenizer_marks_in(const struct tokenizer *t, struct str text)
{
    size_t found = 0, i = 0;
    if (!t->first[1].n)
        return 0;
    while ((i = tokenizer_next_added(t, text, i, TOKEN_SPECIAL)) < text.n) {
        size_t len =
            tokenizer_added_at(t, text.p + i, text.n - i, TOKEN_SPECIAL);
        found += len > 0;
        i += len ? len : 1;
    }
    return found;
}

int32_t tokenizer_next_special(const struct tokenizer *t, struct str text,
                               size_t from, size_t *at, size_t *len)
{
    *len = 0;
    for (*at = from;; ++*at) {
        *at = tokenizer_next_added(t, text, *at, TOKEN_SPECIAL);
        if (*at >= text.n)
            return -1;
        *len = tokenizer_added_at(t, text.p + *at, text.n - *at, TOKEN_SPECIAL);
        if (*len)
            return bytemap_get(&t->added, (struct str){text.p + *at, *len});
    }
}

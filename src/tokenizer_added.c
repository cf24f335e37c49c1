/* Added tokens in text: where one may begin, and which stands there. */
#include "tokenizer_impl.h"

static struct added_edge *edge(const struct added_tree *r, int32_t node,
                               char byte)
{
    uint64_t key = ((uint64_t)node << 8 | (uint8_t)byte) + 1;
    size_t i = key * 0x9e3779b97f4a7c15u >> 32 & (r->cap - 1);
    while (r->edges[i].key && r->edges[i].key != key)
        i = (i + 1) & (r->cap - 1);
    return &r->edges[i];
}

static void grow(struct added_tree *r)
{
    struct added_tree old = *r;
    r->cap = old.cap ? old.cap * 2 : 64;
    r->edges = mem_zero(r->cap, sizeof *r->edges);
    for (size_t i = 0; i < old.cap; i++) {
        uint64_t key = old.edges[i].key - 1;
        if (old.edges[i].key)
            *edge(r, (int32_t)(key >> 8), (char)(key & 255)) = old.edges[i];
    }
    mem_free(old.edges);
}

void added_tree_put(struct added_tree *r, struct str text, int32_t id)
{
    int32_t node = 0;
    r->last = (uint8_t)text.p[0];
    r->n += !r->has[r->last];
    r->has[r->last] = true;
    if (!r->ids.n)
        vec_push(&r->ids, -1);
    for (size_t i = 0; i < text.n; i++) {
        if (r->used * 2 >= r->cap)
            grow(r);
        struct added_edge *e = edge(r, node, text.p[i]);
        if (!e->key) {
            e->key = ((uint64_t)node << 8 | (uint8_t)text.p[i]) + 1;
            e->to = (int32_t)r->ids.n;
            r->used++;
            vec_push(&r->ids, -1);
        }
        node = e->to;
    }
    r->ids.v[node] = id;
}

void added_tree_free(struct added_tree *r)
{
    mem_free(r->edges);
    vec_free(&r->ids);
}

size_t tokenizer_added_at(const struct tokenizer *t, struct str p, int special,
                          int32_t *id)
{
    const struct added_tree *r = &t->trees[special != 0];
    size_t found = 0;
    int32_t node = 0;
    for (size_t i = 0; r->n && i < p.n; i++) {
        const struct added_edge *e = edge(r, node, p.p[i]);
        if (!e->key)
            break;
        node = e->to;
        if (r->ids.v[node] < 0)
            continue;
        *id = r->ids.v[node];
        found = i + 1;
    }
    return found;
}

size_t tokenizer_next_added(const struct tokenizer *t, struct str text,
                            size_t i, int special)
{
    const struct added_tree *f = &t->trees[special != 0];
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
    if (!t->trees[1].n)
        return 0;
    while ((i = tokenizer_next_added(t, text, i, TOKEN_SPECIAL)) < text.n) {
        int32_t id;
        size_t len =
            tokenizer_added_at(t, str_sub(text, i, text.n), TOKEN_SPECIAL, &id);
        found += len > 0;
        i += len ? len : 1;
    }
    return found;
}

int32_t tokenizer_next_special(const struct tokenizer *t, struct str text,
                               size_t from, size_t *at, size_t *len)
{
    int32_t id;
    *len = 0;
    for (*at = from;; ++*at) {
        *at = tokenizer_next_added(t, text, *at, TOKEN_SPECIAL);
        if (*at >= text.n)
            return -1;
        *len = tokenizer_added_at(t, str_sub(text, *at, text.n), TOKEN_SPECIAL,
                                  &id);
        if (*len)
            return id;
    }
}

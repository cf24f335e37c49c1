/* Values: what they hold, how they compare, how they are written. */
#include <inttypes.h>
#include <stdio.h>

#include "jinja_impl.h"

struct jinja_value jinja_own(struct str s)
{
    return jinja_string((struct jinja_text){s.p, NULL, s.n});
}

struct jinja_value jinja_string(struct jinja_text s)
{
    struct jinja_value v = {.type = JINJA_STRING};
    v.as.s = s;
    return v;
}

struct jinja_value jinja_data(struct arena *a, struct str s, uint32_t from)
{
    uint32_t *origin = arena_alloc(a, (s.n + 1) * sizeof *origin);
    for (size_t i = 0; i < s.n; i++)
        origin[i] = from == JINJA_MADE ? from : from + (uint32_t)i;
    return jinja_string((struct jinja_text){s.p, origin, s.n});
}

struct jinja_value jinja_bool(bool yes)
{
    struct jinja_value v = {.type = JINJA_BOOL};
    v.as.yes = yes;
    return v;
}

struct jinja_value jinja_int(int64_t i)
{
    struct jinja_value v = {.type = JINJA_INT};
    v.as.i = i;
    return v;
}

struct jinja_value jinja_map(struct arena *a)
{
    struct jinja_value v = {.type = JINJA_MAP};
    v.as.map = arena_alloc(a, sizeof *v.as.map);
    *v.as.map = (struct jinja_map){0};
    return v;
}

struct jinja_value jinja_list(struct arena *a, size_t n)
{
    struct jinja_value v = {.type = JINJA_LIST};
    v.as.list = arena_alloc(a, sizeof *v.as.list);
    v.as.list->v = arena_alloc(a, (n + 1) * sizeof *v.as.list->v);
    v.as.list->n = n;
    memset(v.as.list->v, 0, n * sizeof *v.as.list->v);
    return v;
}

void jinja_put(struct arena *a, struct jinja_value map, struct str key,
               struct jinja_value value)
{
    struct jinja_map *m = map.as.map;
    for (size_t i = 0; i < m->n; i++)
        if (str_eq(m->v[i].key, key)) {
            m->v[i].value = value;
            return;
        }
    if (m->n == m->cap) {
        m->cap = m->cap ? 2 * m->cap : 4;
        struct jinja_pair *v = arena_alloc(a, m->cap * sizeof *v);
        if (m->n)
            memcpy(v, m->v, m->n * sizeof *v);
        m->v = v;
    }
    m->v[m->n++] = (struct jinja_pair){key, value};
}

struct jinja_value jinja_get(const struct jinja_map *m, struct str key)
{
    for (size_t i = 0; i < m->n; i++)
        if (str_eq(m->v[i].key, key))
            return m->v[i].value;
    return (struct jinja_value){.type = JINJA_UNDEFINED};
}

struct str jinja_bytes(struct jinja_text s)
{
    return (struct str){s.p, s.n};
}

struct jinja_text jinja_cut(struct jinja_text s, size_t from, size_t to)
{
    return (struct jinja_text){s.p + from, s.from ? s.from + from : NULL,
                               to - from};
}

const char *jinja_type_name(const struct jinja_value *v)
{
    static const char *const names[] = {
        "undefined", "none",   "a truth value", "a number", "a number",
        "a string",  "a list", "a mapping",     "a macro"};
    return names[v->type];
}

bool jinja_true(const struct jinja_value *v)
{
    switch (v->type) {
    case JINJA_UNDEFINED:
    case JINJA_NONE:
        return false;
    case JINJA_BOOL:
        return v->as.yes;
    case JINJA_INT:
        return v->as.i != 0;
    case JINJA_REAL:
        return v->as.r != 0;
    case JINJA_STRING:
        return v->as.s.n > 0;
    case JINJA_LIST:
        return v->as.list->n > 0;
    case JINJA_MAP:
        return v->as.map->n > 0;
    default:
        return true;
    }
}

/* Numbers, and truth values as 0 and 1, as Python has them. */
static bool number_of(const struct jinja_value *v, double *x)
{
    *x = v->type == JINJA_REAL   ? v->as.r
         : v->type == JINJA_INT  ? (double)v->as.i
         : v->type == JINJA_BOOL ? v->as.yes
                                 : 0;
    return v->type >= JINJA_BOOL && v->type <= JINJA_REAL;
}

/* The data is no deeper than the caller made it, and what a template nests
 * is bounded by its depth. */
bool jinja_equal(const struct jinja_value *x, const struct jinja_value *y,
                 size_t *cost)
{
    double p, q;
    *cost += 1;
    if (number_of(x, &p) && number_of(y, &q))
        return p == q;
    if (x->type != y->type)
        return false;
    switch (x->type) {
    case JINJA_STRING:
        *cost += x->as.s.n;
        return str_eq(jinja_bytes(x->as.s), jinja_bytes(y->as.s));
    case JINJA_LIST:
        if (x->as.list->n != y->as.list->n)
            return false;
        for (size_t i = 0; i < x->as.list->n; i++)
            if (!jinja_equal(&x->as.list->v[i], &y->as.list->v[i], cost))
                return false;
        return true;
    case JINJA_MAP:
        if (x->as.map->n != y->as.map->n)
            return false;
        *cost += x->as.map->n * x->as.map->n;
        for (size_t i = 0; i < x->as.map->n; i++) {
            struct jinja_value other =
                jinja_get(y->as.map, x->as.map->v[i].key);
            if (!jinja_equal(&x->as.map->v[i].value, &other, cost))
                return false;
        }
        return true;
    case JINJA_MACRO:
        return x->as.node == y->as.node;
    default:
        return true; /* undefined, none */
    }
}

/* ---- texts in the making */

void jinja_add(struct jinja_builder *b, struct jinja_text s)
{
    buf_add(&b->text, s.p, s.n);
    vec_reserve(&b->from, s.n);
    for (size_t i = 0; i < s.n; i++)
        b->from.v[b->from.n++] = s.from ? s.from[i] : JINJA_OWN;
    b->data |= s.from != NULL;
}

void jinja_add_own(struct jinja_builder *b, const char *s)
{
    jinja_add(b, (struct jinja_text){s, NULL, strlen(s)});
}

int jinja_built(struct jinja_state *s, struct jinja_builder *b,
                struct jinja_value *v)
{
    struct jinja_text t = {
        arena_copy(s->a, b->text.n ? b->text.p : "", b->text.n), NULL,
        b->text.n};
    if (b->data && b->from.n) {
        size_t bytes = b->from.n * sizeof *b->from.v;
        t.from = memcpy(arena_alloc(s->a, bytes), b->from.v, bytes);
    }
    buf_free(&b->text);
    vec_free(&b->from);
    *v = jinja_string(t);
    return jinja_spend(s, t.n);
}

int jinja_join(struct jinja_state *s, struct jinja_text x, struct jinja_text y,
               struct jinja_text *out)
{
    size_t n = x.n + y.n;
    uint32_t *from = NULL;
    if (jinja_spend(s, n)) /* first: it bounds the memory */
        return -1;
    char *p = arena_alloc(s->a, n + 1);
    if (x.n)
        memcpy(p, x.p, x.n);
    if (y.n)
        memcpy(p + x.n, y.p, y.n);
    if (x.from || y.from) {
        from = arena_alloc(s->a, (n + 1) * sizeof *from);
        for (size_t i = 0; i < n; i++) {
            const struct jinja_text *t = i < x.n ? &x : &y;
            size_t at = i < x.n ? i : i - x.n;
            from[i] = t->from ? t->from[at] : JINJA_OWN;
        }
    }
    *out = (struct jinja_text){p, from, n};
    return 0;
}

/* ---- printing */

/* Python's repr of a float, where "%.17g" does not say more than needed. */
static void real_text(double r, char *text, size_t size)
{
    for (int digits = 1; digits <= 17; digits++) {
        double back;
        snprintf(text, size, "%.*g", digits, r);
        if (sscanf(text, "%lf", &back) == 1 && back == r)
            break;
    }
    if (!strpbrk(text, ".einf"))
        snprintf(text + strlen(text), size - strlen(text), ".0");
}

int jinja_print(struct jinja_state *s, const struct jinja_value *v,
                struct jinja_text *out)
{
    char text[40] = "";
    switch (v->type) {
    case JINJA_STRING:
        *out = v->as.s;
        return 0;
    case JINJA_UNDEFINED:
        break;
    case JINJA_NONE:
        snprintf(text, sizeof text, "None");
        break;
    case JINJA_BOOL:
        snprintf(text, sizeof text, v->as.yes ? "True" : "False");
        break;
    case JINJA_INT:
        snprintf(text, sizeof text, "%" PRId64, v->as.i);
        break;
    case JINJA_REAL:
        real_text(v->as.r, text, sizeof text - 4);
        break;
    default:
        return jinja_refuse(s->e, s->line, "printing %s is not known here",
                            jinja_type_name(v));
    }
    size_t n = strlen(text);
    *out = (struct jinja_text){arena_copy(s->a, text, n), NULL, n};
    return 0;
}

/* ---- JSON */

static void json_string_of(struct jinja_builder *b, struct jinja_text s)
{
    static const char plain[] = "\"\\\n\r\t\b\f", letter[] = "\"\\nrtbf";
    jinja_add_own(b, "\"");
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i], text[8] = {'\\', 0};
        const char *known = c ? strchr(plain, c) : NULL;
        if (!known && (unsigned char)c >= 0x20) {
            jinja_add(b, jinja_cut(s, i, i + 1));
            continue;
        }
        if (known)
            text[1] = letter[known - plain];
        else
            snprintf(text, sizeof text, "\\u%04x", (unsigned)c);
        for (const char *p = text; *p; p++) {
            uint32_t made = JINJA_MADE;
            jinja_add(b, (struct jinja_text){p, s.from ? &made : NULL, 1});
        }
    }
    jinja_add_own(b, "\"");
}

static void new_line(struct jinja_builder *b, int64_t indent, int depth)
{
    if (indent < 0)
        return;
    jinja_add_own(b, "\n");
    for (int64_t i = 0; i < indent * depth; i++)
        jinja_add_own(b, " ");
}

static int put_json(struct jinja_state *s, const struct jinja_value *v,
                    int64_t indent, int depth, struct jinja_builder *b)
{
    bool map = v->type == JINJA_MAP;
    struct jinja_text text;
    if (depth > JINJA_DEPTH || v->type == JINJA_UNDEFINED ||
        v->type == JINJA_MACRO)
        return jinja_refuse(s->e, s->line, "tojson of %s",
                            depth > JINJA_DEPTH ? "what is nested too deeply"
                                                : jinja_type_name(v));
    if (v->type == JINJA_STRING) {
        json_string_of(b, v->as.s);
        return 0;
    }
    if (v->type == JINJA_NONE || v->type == JINJA_BOOL) {
        jinja_add_own(b, v->type == JINJA_NONE ? "null"
                         : v->as.yes           ? "true"
                                               : "false");
        return 0;
    }
    if (v->type != JINJA_LIST && !map) {
        if (jinja_print(s, v, &text))
            return -1;
        jinja_add(b, text);
        return 0;
    }
    size_t n = map ? v->as.map->n : v->as.list->n;
    jinja_add_own(b, map ? "{" : "[");
    for (size_t i = 0; i < n; i++) {
        if (i)
            jinja_add_own(b, indent < 0 ? ", " : ",");
        new_line(b, indent, depth + 1);
        if (map) {
            struct str key = v->as.map->v[i].key;
            json_string_of(b, (struct jinja_text){key.p, NULL, key.n});
            jinja_add_own(b, ": ");
        }
        if (put_json(s, map ? &v->as.map->v[i].value : &v->as.list->v[i],
                     indent, depth + 1, b))
            return -1;
    }
    if (n)
        new_line(b, indent, depth);
    jinja_add_own(b, map ? "}" : "]");
    return 0;
}

int jinja_json(struct jinja_state *s, const struct jinja_value *v,
               int64_t indent, struct jinja_value *out)
{
    struct jinja_builder b = {0};
    int bad = put_json(s, v, indent, 0, &b);
    if (!bad)
        return jinja_built(s, &b, out);
    buf_free(&b.text);
    vec_free(&b.from);
    return -1;
}

/* Methods of strings and mappings, and functions. */
#include "jinja_impl.h"

/* ---- strings */

/* Is the code point at s.p[at..] one of set?  NULL: white space. */
static size_t in_set(struct str s, size_t at, const struct str *set)
{
    uint32_t cp;
    size_t n = utf8_step(s.p + at, s.p + s.n, &cp);
    if (n == 0)
        return 0;
    if (set) {
        struct str c = str_sub(s, at, at + n);
        return str_find(*set, c, 0) < set->n ? n : 0;
    }
    bool space = (cp >= 0x09 && cp <= 0x0d) || (cp >= 0x1c && cp <= 0x20) ||
                 cp == 0x85 || cp == 0xa0 || cp == 0x1680 ||
                 (cp >= 0x2000 && cp <= 0x200a) || cp == 0x2028 ||
                 cp == 0x2029 || cp == 0x202f || cp == 0x205f || cp == 0x3000;
    return space ? n : 0;
}

struct jinja_text jinja_strip(struct jinja_text t, const struct str *set,
                              bool left, bool right)
{
    struct str s = jinja_bytes(t);
    size_t from = 0, to = s.n, step;
    while (left && from < to && (step = in_set(s, from, set)) > 0)
        from += step;
    while (right && to > from) {
        size_t at = to - 1;
        while (at > from && ((unsigned char)s.p[at] & 0xc0) == 0x80)
            at--;
        if (!in_set(str_sub(s, 0, to), at, set))
            break;
        to = at;
    }
    return jinja_cut(t, from, to);
}

static int strip(struct jinja_state *s, struct str name,
                 const struct jinja_args *args, struct jinja_value *v)
{
    struct jinja_value chars = jinja_arg(args, 0, NULL);
    struct str set =
        chars.type == JINJA_STRING ? jinja_bytes(chars.as.s) : STR("");
    if (jinja_spend(s, 1 + set.n * (v->as.s.n / 64 + 1)))
        return -1;
    v->as.s = jinja_strip(v->as.s, chars.type == JINJA_STRING ? &set : NULL,
                          *name.p != 'r', *name.p != 'l');
    return jinja_spend(s, v->as.s.n);
}

/* The pieces between separators, or between white space. */
static int split(struct jinja_state *s, const struct jinja_args *args,
                 struct jinja_value *v)
{
    struct jinja_value by = jinja_arg(args, 0, "sep"), most;
    struct jinja_text t = v->as.s;
    struct str text = jinja_bytes(t);
    most = jinja_arg(args, 1, "maxsplit");
    int64_t left =
        most.type == JINJA_INT && most.as.i >= 0 ? most.as.i : INT64_MAX;
    if (by.type != JINJA_STRING || by.as.s.n == 0)
        return jinja_refuse(s->e, s->line,
                            "split without a separator is not known here");
    struct str sep = jinja_bytes(by.as.s);
    VEC(struct jinja_text) parts = {0};
    for (size_t at = 0;;) {
        size_t end = left-- > 0 ? str_find(text, sep, at) : text.n;
        vec_push(&parts, jinja_cut(t, at, end));
        if (end == text.n)
            break;
        at = end + sep.n;
    }
    int bad = jinja_spend(s, text.n + 4 * parts.n);
    if (!bad) {
        *v = jinja_list(s->a, parts.n);
        for (size_t i = 0; i < parts.n; i++)
            v->as.list->v[i] = jinja_string(parts.v[i]);
    }
    vec_free(&parts);
    return bad;
}

int jinja_replace(struct jinja_state *s, const struct jinja_args *args,
                  struct jinja_value *v)
{
    struct jinja_value old = jinja_arg(args, 0, NULL);
    struct jinja_value new = jinja_arg(args, 1, NULL);
    struct jinja_text t = v->as.s;
    struct jinja_builder b = {0};
    if (old.type != JINJA_STRING || new.type != JINJA_STRING ||
        old.as.s.n == 0 || args->n > 2)
        return jinja_refuse(s->e, s->line, "this replace is not known here");
    struct str text = jinja_bytes(t), sep = jinja_bytes(old.as.s);
    size_t most = s->left / (new.as.s.n + 1); /* bounds the memory */
    for (size_t at = 0; most > 0; most--) {
        size_t end = str_find(text, sep, at);
        jinja_add(&b, jinja_cut(t, at, end));
        if (end == text.n)
            break;
        jinja_add(&b, new.as.s);
        at = end + sep.n;
    }
    return jinja_built(s, &b, v);
}

/* ASCII letters in the other case.  What was data is made of data then. */
int jinja_case(struct jinja_state *s, struct str name, struct jinja_value *v)
{
    struct jinja_text t = v->as.s;
    struct jinja_builder b = {0};
    bool lower = str_eq(name, STR("lower")), up = !lower;
    bool title = str_eq(name, STR("title"));
    bool capital = str_eq(name, STR("capitalize"));
    for (size_t i = 0; i < t.n; i++) {
        char c = t.p[i];
        bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';
        if ((unsigned char)c >= 0x80) {
            buf_free(&b.text);
            vec_free(&b.from);
            return jinja_refuse(s->e, s->line,
                                "%.*s of letters beyond ASCII is not known "
                                "here",
                                STR_ARG(name));
        }
        char d = letter ? (char)(up ? c & ~32 : c | 32) : c;
        uint32_t made = JINJA_MADE;
        if (d == c)
            jinja_add(&b, jinja_cut(t, i, i + 1));
        else
            jinja_add(&b, (struct jinja_text){&d, t.from ? &made : NULL, 1});
        up = title ? !letter : capital || lower ? false : up;
    }
    return jinja_built(s, &b, v);
}

static int ends_with(const struct jinja_args *args, bool start,
                     struct jinja_value *v)
{
    struct jinja_value part = jinja_arg(args, 0, NULL);
    struct str text = jinja_bytes(v->as.s), p;
    if (part.type != JINJA_STRING)
        return -1;
    p = jinja_bytes(part.as.s);
    bool yes =
        p.n <= text.n && str_eq(p, start ? str_sub(text, 0, p.n)
                                         : str_sub(text, text.n - p.n, text.n));
    *v = jinja_bool(yes);
    return 0;
}

static int string_method(struct jinja_state *s, struct str name,
                         const struct jinja_args *args, struct jinja_value *v)
{
    if (str_eq(name, STR("strip")) || str_eq(name, STR("lstrip")) ||
        str_eq(name, STR("rstrip")))
        return strip(s, name, args, v);
    if (str_eq(name, STR("split")))
        return split(s, args, v);
    if (str_eq(name, STR("replace")))
        return jinja_replace(s, args, v);
    if (str_eq(name, STR("upper")) || str_eq(name, STR("lower")) ||
        str_eq(name, STR("title")) || str_eq(name, STR("capitalize")))
        return jinja_case(s, name, v);
    bool start = str_eq(name, STR("startswith"));
    if (start || str_eq(name, STR("endswith"))) {
        if (ends_with(args, start, v) == 0)
            return jinja_spend(s, 1);
        return jinja_refuse(s->e, s->line, "%.*s needs a string",
                            STR_ARG(name));
    }
    return jinja_unknown(s, "string method", name);
}

/* ---- mappings */

int jinja_items(struct jinja_state *s, struct jinja_value *v)
{
    const struct jinja_map *m = v->as.map;
    if (jinja_spend(s, 4 * m->n))
        return -1;
    struct jinja_value list = jinja_list(s->a, m->n);
    for (size_t i = 0; i < m->n; i++) {
        struct jinja_value pair = jinja_list(s->a, 2);
        pair.as.list->v[0] = jinja_own(m->v[i].key);
        pair.as.list->v[1] = m->v[i].value;
        list.as.list->v[i] = pair;
    }
    *v = list;
    return 0;
}

static int map_method(struct jinja_state *s, struct str name,
                      const struct jinja_args *args, struct jinja_value *v)
{
    bool keys = str_eq(name, STR("keys"));
    if (str_eq(name, STR("items")))
        return jinja_items(s, v);
    if (str_eq(name, STR("get"))) {
        struct jinja_value key = jinja_arg(args, 0, NULL);
        if (key.type != JINJA_STRING)
            return jinja_refuse(s->e, s->line, "get needs a string");
        *v = jinja_get(v->as.map, jinja_bytes(key.as.s));
        if (v->type == JINJA_UNDEFINED && args->n > 1)
            *v = jinja_arg(args, 1, NULL);
        else if (v->type == JINJA_UNDEFINED)
            v->type = JINJA_NONE;
        return jinja_spend(s, 8);
    }
    if (!keys && !str_eq(name, STR("values")))
        return jinja_unknown(s, "method of a mapping", name);
    if (jinja_items(s, v))
        return -1;
    for (size_t i = 0; i < v->as.list->n; i++)
        v->as.list->v[i] = v->as.list->v[i].as.list->v[!keys];
    return 0;
}

int jinja_method(struct jinja_state *s, struct str name,
                 const struct jinja_args *args, struct jinja_value *v)
{
    if (v->type == JINJA_STRING)
        return string_method(s, name, args, v);
    if (v->type == JINJA_MAP)
        return map_method(s, name, args, v);
    return jinja_refuse(s->e, s->line, "%s has no method \"%.*s\"",
                        jinja_type_name(v), STR_ARG(name));
}

/* ---- functions */

static const char *const functions[] = {"raise_exception", "namespace", "dict",
                                        "range"};

bool jinja_is_function(struct str name)
{
    for (size_t i = 0; i < COUNTOF(functions); i++)
        if (str_eq(name, str_of(functions[i])))
            return true;
    return false;
}

static int range(struct jinja_state *s, const struct jinja_args *args,
                 struct jinja_value *v)
{
    struct jinja_value a = jinja_arg(args, 0, NULL);
    struct jinja_value b = jinja_arg(args, 1, NULL);
    if (args->n < 1 || args->n > 2 || a.type != JINJA_INT ||
        (args->n == 2 && b.type != JINJA_INT))
        return jinja_refuse(s->e, s->line, "this range is not known here");
    int64_t from = args->n == 2 ? a.as.i : 0,
            to = args->n == 2 ? b.as.i : a.as.i;
    uint64_t n = to > from ? (uint64_t)to - (uint64_t)from : 0;
    if (jinja_spend(s, n))
        return -1;
    *v = jinja_list(s->a, n);
    for (uint64_t i = 0; i < n; i++)
        v->as.list->v[i] = jinja_int(from + (int64_t)i);
    return 0;
}

int jinja_function(struct jinja_state *s, struct str name,
                   const struct jinja_args *args, struct jinja_value *v)
{
    if (str_eq(name, STR("raise_exception"))) {
        struct jinja_value why = jinja_arg(args, 0, NULL);
        struct str text =
            why.type == JINJA_STRING ? jinja_bytes(why.as.s) : STR("no reason");
        return jinja_refuse(s->e, s->line, "the template refuses: %.*s",
                            (int)size_min(text.n, 200), text.p);
    }
    if (str_eq(name, STR("range")))
        return range(s, args, v);
    if (!jinja_is_function(name))
        return jinja_unknown(s, "function", name);
    *v = jinja_map(s->a);
    for (size_t i = 0; i < args->n; i++) {
        if (!args->name[i].n)
            return jinja_refuse(s->e, s->line, "this %.*s is not known here",
                                STR_ARG(name));
        jinja_put(s->a, *v, args->name[i], args->v[i]);
    }
    v->as.map->open = str_eq(name, STR("namespace"));
    return 0;
}

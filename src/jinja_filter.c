/* Filters: what may stand behind "|". */
#include "jinja_impl.h"

static int wrong_type(struct jinja_state *s, struct str name,
                      const struct jinja_value *v)
{
    return jinja_refuse(s->e, s->line,
                        "filter \"%.*s\" of %s is not known "
                        "here",
                        STR_ARG(name), jinja_type_name(v));
}

/* ---- of lists */

static int join(struct jinja_state *s, const struct jinja_args *args,
                struct jinja_value *v)
{
    struct jinja_value by = jinja_arg(args, 0, "d");
    struct jinja_builder b = {0};
    struct jinja_text text;
    int bad = 0;
    for (size_t i = 0; i < v->as.list->n && !bad; i++) {
        if (i && by.type == JINJA_STRING)
            jinja_add(&b, by.as.s);
        bad = jinja_print(s, &v->as.list->v[i], &text);
        if (bad == 0) {
            bad = jinja_spend(s, text.n + 1);
            jinja_add(&b, text);
        }
    }
    if (!bad)
        return jinja_built(s, &b, v);
    buf_free(&b.text);
    vec_free(&b.from);
    return -1;
}

/* select, reject, selectattr, rejectattr: the elements of which a test (of
 * the member that the first argument names) is true, or false. */
static int sift(struct jinja_state *s, struct str name,
                const struct jinja_args *args, struct jinja_value *v)
{
    bool keep = *name.p == 's', attr = name.n > 6;
    struct jinja_args rest = {.n = 0};
    struct jinja_value test = jinja_arg(args, attr, NULL), member;
    member = jinja_arg(args, 0, NULL);
    for (size_t i = 1U + attr; i < args->n; i++, rest.n++) {
        rest.v[rest.n] = args->v[i];
        rest.name[rest.n] = args->name[i];
    }
    if (attr && member.type != JINJA_STRING)
        return jinja_unknown(s, "this form of filter", name);
    struct jinja_value list = jinja_list(s->a, v->as.list->n);
    size_t n = 0;
    for (size_t i = 0; i < v->as.list->n; i++) {
        struct jinja_value x = v->as.list->v[i];
        if (jinja_spend(s, 1))
            return -1;
        if (attr && x.type != JINJA_MAP)
            return wrong_type(s, name, &x);
        if (attr)
            x = jinja_get(x.as.map, jinja_bytes(member.as.s));
        if (test.type == JINJA_STRING &&
            jinja_test(s, jinja_bytes(test.as.s), &rest, &x))
            return -1;
        if (jinja_true(&x) == keep)
            list.as.list->v[n++] = v->as.list->v[i];
    }
    list.as.list->n = n;
    *v = list;
    return 0;
}

/* map("filter", ...) or map(attribute="name"). */
static int map(struct jinja_state *s, const struct jinja_args *args,
               struct jinja_value *v)
{
    struct jinja_value attribute = jinja_arg(args, JINJA_ARGS, "attribute");
    struct jinja_value filter = jinja_arg(args, 0, NULL);
    struct jinja_args rest = {.n = 0};
    for (size_t i = 1; i < args->n; i++, rest.n++) {
        rest.v[rest.n] = args->v[i];
        rest.name[rest.n] = args->name[i];
    }
    struct jinja_value list = jinja_list(s->a, v->as.list->n);
    for (size_t i = 0; i < v->as.list->n; i++) {
        struct jinja_value x = v->as.list->v[i];
        if (jinja_spend(s, 1))
            return -1;
        if (attribute.type == JINJA_STRING && x.type == JINJA_MAP)
            x = jinja_get(x.as.map, jinja_bytes(attribute.as.s));
        else if (filter.type != JINJA_STRING)
            return jinja_unknown(s, "this form of filter", STR("map"));
        else if (jinja_filter(s, jinja_bytes(filter.as.s), &rest, &x))
            return -1;
        list.as.list->v[i] = x;
    }
    *v = list;
    return 0;
}

static int list_filter(struct jinja_state *s, struct str name,
                       const struct jinja_args *args, struct jinja_value *v)
{
    const struct jinja_list *l = v->as.list;
    if (str_eq(name, STR("join")))
        return join(s, args, v);
    if (str_eq(name, STR("map")))
        return map(s, args, v);
    if (str_eq(name, STR("select")) || str_eq(name, STR("reject")) ||
        str_eq(name, STR("selectattr")) || str_eq(name, STR("rejectattr")))
        return sift(s, name, args, v);
    bool first = str_eq(name, STR("first"));
    if (first || str_eq(name, STR("last"))) {
        if (l->n)
            *v = l->v[first ? 0 : l->n - 1];
        else
            v->type = JINJA_UNDEFINED;
        return 0;
    }
    if (str_eq(name, STR("list")))
        return 0;
    if (!str_eq(name, STR("reverse")))
        return jinja_unknown(s, "filter of a list", name);
    if (jinja_spend(s, l->n))
        return -1;
    *v = jinja_list(s->a, l->n);
    for (size_t i = 0; i < l->n; i++)
        v->as.list->v[i] = l->v[l->n - 1 - i];
    return 0;
}

/* Filters that take nothing for an empty list, as Jinja's do. */
static bool lazy(struct str name)
{
    return str_eq(name, STR("map")) || str_eq(name, STR("select")) ||
           str_eq(name, STR("reject")) || str_eq(name, STR("selectattr")) ||
           str_eq(name, STR("rejectattr"));
}

/* ---- of strings */

static int string_filter(struct jinja_state *s, struct str name,
                         const struct jinja_args *args, struct jinja_value *v)
{
    if (str_eq(name, STR("replace")))
        return jinja_replace(s, args, v);
    if (str_eq(name, STR("upper")) || str_eq(name, STR("lower")) ||
        str_eq(name, STR("title")) || str_eq(name, STR("capitalize")))
        return jinja_case(s, name, v);
    if (!str_eq(name, STR("trim")))
        return jinja_unknown(s, "filter of a string", name);
    if (jinja_spend(s, v->as.s.n))
        return -1;
    struct jinja_value chars = jinja_arg(args, 0, "chars");
    struct str set;
    if (chars.type == JINJA_STRING)
        set = jinja_bytes(chars.as.s);
    v->as.s = jinja_strip(v->as.s, chars.type == JINJA_STRING ? &set : NULL,
                          true, true);
    return 0;
}

/* ---- of anything */

static int length(struct jinja_state *s, struct jinja_value *v)
{
    int64_t n = -1;
    if (v->type == JINJA_STRING)
        n = (int64_t)utf8_count(jinja_bytes(v->as.s));
    else if (v->type == JINJA_LIST)
        n = (int64_t)v->as.list->n;
    else if (v->type == JINJA_MAP)
        n = (int64_t)v->as.map->n;
    if (n < 0)
        return wrong_type(s, STR("length"), v);
    if (v->type == JINJA_STRING && jinja_spend(s, v->as.s.n))
        return -1;
    *v = jinja_int(n);
    return 0;
}

static int tojson(struct jinja_state *s, const struct jinja_args *args,
                  struct jinja_value *v)
{
    struct jinja_value indent = jinja_arg(args, 0, "indent"), x = *v;
    return jinja_json(s, &x, indent.type == JINJA_INT ? indent.as.i : -1, v);
}

static int fallback(const struct jinja_args *args, struct jinja_value *v)
{
    struct jinja_value other = jinja_arg(args, 0, "default_value");
    struct jinja_value also = jinja_arg(args, 1, "boolean");
    if (v->type == JINJA_UNDEFINED || (jinja_true(&also) && !jinja_true(v)))
        *v = other.type == JINJA_UNDEFINED ? jinja_own(STR("")) : other;
    return 0;
}

int jinja_filter(struct jinja_state *s, struct str name,
                 const struct jinja_args *args, struct jinja_value *v)
{
    struct jinja_text text;
    if (str_eq(name, STR("length")) || str_eq(name, STR("count")))
        return length(s, v);
    if (str_eq(name, STR("tojson")))
        return tojson(s, args, v);
    if (str_eq(name, STR("default")) || str_eq(name, STR("d")))
        return fallback(args, v);
    if (str_eq(name, STR("safe")))
        return 0;
    if (str_eq(name, STR("string"))) {
        if (jinja_print(s, v, &text))
            return -1;
        *v = jinja_string(text);
        return 0;
    }
    if (str_eq(name, STR("int")) && v->type == JINJA_INT)
        return 0;
    if (v->type == JINJA_MAP && str_eq(name, STR("items")))
        return jinja_items(s, v);
    if ((v->type == JINJA_NONE || v->type == JINJA_UNDEFINED) && lazy(name))
        *v = jinja_list(s->a, 0);
    if (v->type == JINJA_STRING)
        return string_filter(s, name, args, v);
    if (v->type == JINJA_LIST)
        return list_filter(s, name, args, v);
    return wrong_type(s, name, v);
}

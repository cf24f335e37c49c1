/* Expressions to values. */
#include "jinja_impl.h"

static const struct jinja_value undefined = {.type = JINJA_UNDEFINED};

static struct jinja_value lookup(const struct jinja_state *s, struct str name)
{
    for (size_t i = s->names.n; i > 0; i--)
        if (str_eq(s->names.v[i - 1].name, name))
            return s->names.v[i - 1].value;
    return undefined;
}

/* ---- members, indices, slices */

static int member(struct jinja_state *s, const struct jinja_value *of,
                  struct str name, struct jinja_value *v)
{
    *v = undefined;
    if (of->type == JINJA_UNDEFINED)
        return jinja_refuse(s->e, s->line, "\"%.*s\" of what is undefined",
                            STR_ARG(name));
    if (of->type == JINJA_MAP) {
        if (jinja_spend(s, of->as.map->n))
            return -1;
        *v = jinja_get(of->as.map, name);
    }
    return 0;
}

/* The byte where code point i begins; from the end where i < 0. */
static size_t place(struct str s, int64_t i, size_t count)
{
    int64_t n = (int64_t)count;
    i = i < 0 ? i + n : i;
    i = i < 0 ? 0 : i > n ? n : i;
    return utf8_offset(s, (size_t)i);
}

static int index_of(struct jinja_state *s, const struct jinja_value *of,
                    struct jinja_value at, struct jinja_value *v)
{
    if (at.type == JINJA_STRING)
        return member(s, of, jinja_bytes(at.as.s), v);
    *v = undefined;
    if (at.type != JINJA_INT)
        return jinja_refuse(s->e, s->line, "an index that is %s",
                            jinja_type_name(&at));
    if (of->type == JINJA_LIST) {
        int64_t n = (int64_t)of->as.list->n;
        int64_t i = at.as.i < 0 ? at.as.i + n : at.as.i;
        if (i >= 0 && i < n)
            *v = of->as.list->v[i];
        return 0;
    }
    if (of->type != JINJA_STRING)
        return jinja_refuse(s->e, s->line, "an element of %s",
                            jinja_type_name(of));
    struct str text = jinja_bytes(of->as.s);
    size_t n = utf8_count(text);
    int64_t i = at.as.i < 0 ? at.as.i + (int64_t)n : at.as.i;
    if (jinja_spend(s, text.n))
        return -1;
    if (i >= 0 && i < (int64_t)n)
        *v = jinja_string(
            jinja_cut(of->as.s, place(text, i, n), place(text, i + 1, n)));
    return 0;
}

/* A slice's bound: the value of n, or what stands for none. */
static int bound(struct jinja_state *s, const struct jinja_node *n,
                 int64_t none, int64_t *out)
{
    struct jinja_value v;
    *out = none;
    if (!n)
        return 0;
    if (jinja_eval(s, n, &v))
        return -1;
    if (v.type == JINJA_NONE)
        return 0;
    if (v.type != JINJA_INT)
        return jinja_refuse(s->e, s->line, "a slice to %s",
                            jinja_type_name(&v));
    *out = v.as.i;
    return 0;
}

static int64_t within(int64_t i, int64_t n)
{
    i = i < 0 ? i + n : i;
    return i < 0 ? 0 : i > n ? n : i;
}

static int slice(struct jinja_state *s, const struct jinja_node *n,
                 const struct jinja_value *of, struct jinja_value *v)
{
    int64_t from, to, step;
    if (bound(s, n->test, 1, &step) || bound(s, n->b, INT64_MIN, &from) ||
        bound(s, n->c, INT64_MAX, &to))
        return -1;
    bool bounded = n->b || n->c;
    if (of->type == JINJA_STRING && step == 1) {
        struct str text = jinja_bytes(of->as.s);
        size_t count = utf8_count(text);
        size_t a = from == INT64_MIN ? 0 : place(text, from, count);
        size_t b = size_max(a, place(text, to, count));
        *v = jinja_string(jinja_cut(of->as.s, a, b));
        return jinja_spend(s, text.n);
    }
    if (of->type != JINJA_LIST || (step != 1 && (step != -1 || bounded)))
        return jinja_refuse(s->e, s->line,
                            "a slice of %s with this step is not known here",
                            jinja_type_name(of));
    int64_t all = (int64_t)of->as.list->n;
    int64_t a = from == INT64_MIN ? 0 : within(from, all);
    int64_t b = to == INT64_MAX ? all : within(to, all);
    size_t count = b > a ? (size_t)(b - a) : 0;
    if (jinja_spend(s, count))
        return -1;
    *v = jinja_list(s->a, count);
    for (size_t i = 0; i < count; i++)
        v->as.list->v[i] =
            of->as.list->v[step == 1 ? (size_t)a + i : count - 1 - i];
    return 0;
}

/* ---- calls */

static int macro(struct jinja_state *s, const struct jinja_node *m,
                 const struct jinja_args *args, struct jinja_value *v)
{
    size_t scope = s->scope, mark = s->names.n, i = 0;
    s->scope = mark;
    for (const struct jinja_node *p = m->names; p; p = p->next, i++) {
        struct jinja_value arg = undefined;
        bool given = i < args->n && args->name[i].n == 0;
        if (given)
            arg = args->v[i];
        for (size_t k = 0; k < args->n; k++)
            if (args->name[k].n && str_eq(args->name[k], p->name)) {
                arg = args->v[k];
                given = true;
            }
        if (!given && p->a && jinja_eval(s, p->a, &arg))
            return -1;
        jinja_bind(s, p->name, arg);
    }
    int bad = jinja_capture(s, m->b, v);
    s->names.n = mark;
    s->scope = scope;
    return bad;
}

static int call(struct jinja_state *s, const struct jinja_node *n,
                struct jinja_value *v)
{
    struct jinja_args args;
    struct jinja_value f = undefined;
    const struct jinja_node *a = n->a;
    if (jinja_args(s, n->names, &args))
        return -1;
    s->line = n->line;
    if (a->type == NODE_MEMBER) {
        if (jinja_eval(s, a->a, v))
            return -1;
        s->line = n->line;
        return jinja_method(s, a->name, &args, v);
    }
    if (a->type == NODE_NAME)
        f = lookup(s, a->name);
    if (f.type == JINJA_MACRO)
        return macro(s, f.as.node, &args, v);
    return jinja_function(s, a->type == NODE_NAME ? a->name : STR("a value"),
                          &args, v);
}

/* Subject and arguments of a filter or test. */
static int applied(struct jinja_state *s, const struct jinja_node *n,
                   struct jinja_value *v)
{
    struct jinja_args args;
    if (jinja_eval(s, n->a, v) || jinja_args(s, n->names, &args))
        return -1;
    s->line = n->line;
    return (n->type == NODE_FILTER ? jinja_filter : jinja_test)(s, n->name,
                                                                &args, v);
}

/* "x is defined" also asks for functions. */
static bool asks_for_function(const struct jinja_state *s,
                              const struct jinja_node *n)
{
    return n->a->type == NODE_NAME && str_eq(n->name, STR("defined")) &&
           jinja_is_function(n->a->name) &&
           lookup(s, n->a->name).type == JINJA_UNDEFINED;
}

/* ---- all of them */

static int container(struct jinja_state *s, const struct jinja_node *n,
                     struct jinja_value *v)
{
    size_t count = 0;
    for (const struct jinja_node *x = n->a; x; x = x->next)
        count++;
    if (n->type == NODE_LIST) {
        *v = jinja_list(s->a, count);
        count = 0;
        for (const struct jinja_node *x = n->a; x; x = x->next)
            if (jinja_eval(s, x->a, &v->as.list->v[count++]))
                return -1;
        return 0;
    }
    *v = jinja_map(s->a);
    for (const struct jinja_node *x = n->a; x; x = x->next->next) {
        struct jinja_value key, value;
        if (jinja_eval(s, x->a, &key) || jinja_eval(s, x->next->a, &value))
            return -1;
        if (key.type != JINJA_STRING)
            return jinja_refuse(s->e, n->line, "a key that is %s",
                                jinja_type_name(&key));
        jinja_put(s->a, *v, jinja_bytes(key.as.s), value);
    }
    return 0;
}

static int choose(struct jinja_state *s, const struct jinja_node *n,
                  struct jinja_value *v)
{
    if (jinja_eval(s, n->a, v))
        return -1;
    bool yes = jinja_true(v);
    if (n->type == NODE_AND || n->type == NODE_OR)
        return yes == (n->type == NODE_AND) ? jinja_eval(s, n->b, v) : 0;
    const struct jinja_node *way = yes ? n->b : n->c;
    *v = undefined;
    return way ? jinja_eval(s, way, v) : 0;
}

/* x op *v becomes *v. */
static int operate(struct jinja_state *s, const struct jinja_node *n,
                   struct str op, const struct jinja_value *x,
                   struct jinja_value *v)
{
    struct jinja_value y = *v;
    s->line = n->line;
    return jinja_binary(s, op, x, &y, v);
}

static int eval(struct jinja_state *s, const struct jinja_node *n,
                struct jinja_value *v)
{
    struct jinja_value x;
    switch (n->type) {
    case NODE_LITERAL:
        *v = n->value;
        return 0;
    case NODE_NAME:
        *v = lookup(s, n->name);
        return jinja_spend(s, s->names.n / 8);
    case NODE_LIST:
    case NODE_DICT:
        return container(s, n, v);
    case NODE_MEMBER:
        return jinja_eval(s, n->a, &x) ? -1 : member(s, &x, n->name, v);
    case NODE_INDEX:
        if (jinja_eval(s, n->a, &x) || jinja_eval(s, n->b, v))
            return -1;
        return index_of(s, &x, *v, v);
    case NODE_SLICE:
        return jinja_eval(s, n->a, &x) ? -1 : slice(s, n, &x, v);
    case NODE_CALL:
        return call(s, n, v);
    case NODE_FILTER:
        return applied(s, n, v);
    case NODE_TEST:
        if (!asks_for_function(s, n))
            return applied(s, n, v);
        *v = jinja_bool(true);
        return 0;
    case NODE_CHOICE:
    case NODE_AND:
    case NODE_OR:
        return choose(s, n, v);
    case NODE_NOT:
        if (jinja_eval(s, n->a, v))
            return -1;
        *v = jinja_bool(!jinja_true(v));
        return 0;
    case NODE_MINUS:
        x = jinja_int(0);
        return jinja_eval(s, n->a, v) ? -1 : operate(s, n, STR("-"), &x, v);
    default:
        if (jinja_eval(s, n->a, &x) || jinja_eval(s, n->b, v))
            return -1;
        return operate(s, n, n->name, &x, v);
    }
}

int jinja_eval(struct jinja_state *s, const struct jinja_node *n,
               struct jinja_value *v)
{
    if (++s->depth > 4 * JINJA_DEPTH)
        return jinja_refuse(s->e, n->line, "nested too deeply");
    s->line = n->line;
    if (jinja_spend(s, 1) || eval(s, n, v))
        return -1;
    s->depth--;
    return 0;
}

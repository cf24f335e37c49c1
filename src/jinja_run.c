/* Running a template: its statements, its names, its output. */
#include "jinja_impl.h"

int jinja_spend(struct jinja_state *s, size_t n)
{
    if (n > s->left)
        return jinja_refuse(s->e, s->line,
                            "the template does too much for a conversation "
                            "of this size");
    s->left -= n;
    return 0;
}

void jinja_bind(struct jinja_state *s, struct str name, struct jinja_value v)
{
    for (size_t i = s->names.n; i > s->scope; i--)
        if (str_eq(s->names.v[i - 1].name, name)) {
            s->names.v[i - 1].value = v;
            return;
        }
    vec_push(&s->names, (struct jinja_binding){name, v});
}

static int put(struct jinja_state *s, struct jinja_text text)
{
    if (jinja_spend(s, text.n))
        return -1;
    buf_add(&s->out->text, text.p, text.n);
    vec_reserve(&s->out->from, text.n);
    for (size_t i = 0; i < text.n; i++)
        s->out->from.v[s->out->from.n++] = text.from ? text.from[i] : JINJA_OWN;
    return 0;
}

int jinja_capture(struct jinja_state *s, const struct jinja_node *body,
                  struct jinja_value *v)
{
    struct jinja_output *outer = s->out, inner = {0};
    s->out = &inner;
    int bad = jinja_body(s, body);
    s->out = outer;
    if (!bad) {
        struct jinja_builder b = {0};
        jinja_add(
            &b, (struct jinja_text){inner.text.p, inner.from.v, inner.text.n});
        bad = jinja_built(s, &b, v);
    }
    jinja_output_free(&inner);
    return bad;
}

/* ---- set */

/* names = v, taken apart where there are several. */
static int bind_names(struct jinja_state *s, const struct jinja_node *names,
                      struct jinja_value v)
{
    size_t i = 0;
    if (!names->next) {
        jinja_bind(s, names->name, v);
        return 0;
    }
    for (; names; names = names->next, i++) {
        if (v.type != JINJA_LIST || i >= v.as.list->n)
            return jinja_refuse(s->e, s->line, "%s has no element %zu",
                                jinja_type_name(&v), i);
        jinja_bind(s, names->name, v.as.list->v[i]);
    }
    return 0;
}

static int run_set(struct jinja_state *s, const struct jinja_node *n)
{
    struct jinja_value v;
    if (n->a ? jinja_eval(s, n->a, &v) : jinja_capture(s, n->b, &v))
        return -1;
    if (!n->name.n)
        return bind_names(s, n->names, v);
    struct jinja_node name = {
        .type = NODE_NAME, .line = n->line, .name = n->names->name};
    struct jinja_value map;
    if (jinja_eval(s, &name, &map))
        return -1;
    if (map.type != JINJA_MAP || !map.as.map->open)
        return jinja_refuse(s->e, n->line, "%.*s is no namespace",
                            STR_ARG(n->names->name));
    if (jinja_spend(s, map.as.map->n))
        return -1;
    jinja_put(s->a, map, n->name, v);
    return 0;
}

/* ---- for */

/* The elements that a loop goes over. */
static int elements(struct jinja_state *s, struct jinja_value v,
                    struct jinja_list *out)
{
    if (v.type == JINJA_LIST) {
        *out = *v.as.list;
        return 0;
    }
    if (v.type == JINJA_MAP) {
        struct jinja_value keys = jinja_list(s->a, v.as.map->n);
        for (size_t i = 0; i < v.as.map->n; i++)
            keys.as.list->v[i] = jinja_own(v.as.map->v[i].key);
        *out = *keys.as.list;
        return 0;
    }
    if (v.type == JINJA_UNDEFINED) {
        *out = (struct jinja_list){NULL, 0};
        return 0;
    }
    return jinja_refuse(s->e, s->line, "a loop over %s is not known here",
                        jinja_type_name(&v));
}

/* Keeps the elements that pass the loop's own test. */
static int sift(struct jinja_state *s, const struct jinja_node *n,
                struct jinja_list *list)
{
    size_t kept = 0, scope = s->scope, mark = s->names.n;
    struct jinja_value copy = jinja_list(s->a, list->n);
    s->scope = mark;
    for (size_t i = 0; i < list->n; i++) {
        struct jinja_value yes;
        s->names.n = mark;
        if (bind_names(s, n->names, list->v[i]) || jinja_eval(s, n->test, &yes))
            return -1;
        if (jinja_true(&yes))
            copy.as.list->v[kept++] = list->v[i];
    }
    s->names.n = mark;
    s->scope = scope;
    *list = (struct jinja_list){copy.as.list->v, kept};
    return 0;
}

static struct jinja_value loop_of(struct jinja_state *s,
                                  const struct jinja_list *list, size_t i)
{
    struct jinja_value m = jinja_map(s->a);
    int64_t n = (int64_t)list->n, at = (int64_t)i;
    jinja_put(s->a, m, STR("index0"), jinja_int(at));
    jinja_put(s->a, m, STR("index"), jinja_int(at + 1));
    jinja_put(s->a, m, STR("first"), jinja_bool(i == 0));
    jinja_put(s->a, m, STR("last"), jinja_bool(i + 1 == list->n));
    jinja_put(s->a, m, STR("length"), jinja_int(n));
    jinja_put(s->a, m, STR("revindex"), jinja_int(n - at));
    jinja_put(s->a, m, STR("revindex0"), jinja_int(n - at - 1));
    if (i > 0)
        jinja_put(s->a, m, STR("previtem"), list->v[i - 1]);
    if (i + 1 < list->n)
        jinja_put(s->a, m, STR("nextitem"), list->v[i + 1]);
    return m;
}

static int run_for(struct jinja_state *s, const struct jinja_node *n)
{
    struct jinja_value v;
    struct jinja_list list = {NULL, 0};
    if (jinja_eval(s, n->a, &v) || elements(s, v, &list) ||
        jinja_spend(s, list.n) || (n->test && sift(s, n, &list)))
        return -1;
    if (list.n == 0)
        return jinja_body(s, n->c);
    size_t scope = s->scope, mark = s->names.n;
    s->scope = mark;
    for (size_t i = 0; i < list.n; i++) {
        s->names.n = mark; /* what a round sets is gone with it */
        jinja_bind(s, STR("loop"), loop_of(s, &list, i));
        if (bind_names(s, n->names, list.v[i]) || jinja_body(s, n->b))
            return -1;
        bool stop = s->flow == FLOW_BREAK;
        s->flow = FLOW_ON;
        if (stop)
            break;
    }
    s->names.n = mark;
    s->scope = scope;
    return 0;
}

/* ---- the rest */

static int run_if(struct jinja_state *s, const struct jinja_node *n)
{
    for (;; n = n->test) {
        struct jinja_value yes;
        s->line = n->line;
        if (jinja_eval(s, n->a, &yes))
            return -1;
        if (jinja_true(&yes))
            return jinja_body(s, n->b);
        if (!n->test)
            return jinja_body(s, n->c);
    }
}

static int run_one(struct jinja_state *s, const struct jinja_node *n)
{
    struct jinja_value v;
    struct jinja_text text;
    switch (n->type) {
    case NODE_TEXT:
        return put(s, (struct jinja_text){n->name.p, NULL, n->name.n});
    case NODE_OUTPUT:
        if (jinja_eval(s, n->a, &v) || jinja_print(s, &v, &text))
            return -1;
        return put(s, text);
    case NODE_IF:
        return run_if(s, n);
    case NODE_FOR:
        return run_for(s, n);
    case NODE_SET:
        return run_set(s, n);
    case NODE_GENERATION:
        vec_push(&s->out->generation, s->out->text.n);
        if (jinja_body(s, n->b))
            return -1;
        vec_push(&s->out->generation, s->out->text.n);
        return 0;
    case NODE_BREAK:
    case NODE_CONTINUE:
        s->flow = n->type == NODE_BREAK ? FLOW_BREAK : FLOW_CONTINUE;
        return 0;
    default: /* a macro */
        v = (struct jinja_value){.type = JINJA_MACRO};
        v.as.node = n;
        jinja_bind(s, n->name, v);
        return 0;
    }
}

int jinja_body(struct jinja_state *s, const struct jinja_node *n)
{
    if (++s->depth > 4 * JINJA_DEPTH)
        return jinja_refuse(s->e, s->line, "nested too deeply");
    for (; n && s->flow == FLOW_ON; n = n->next) {
        s->line = n->line;
        if (jinja_spend(s, 1) || run_one(s, n))
            return -1;
    }
    s->depth--;
    return 0;
}

int jinja_run(const struct jinja *t, struct arena *a, struct jinja_value vars,
              uint64_t most, struct jinja_output *out, struct err *e)
{
    struct jinja_state s = {.a = a, .e = e, .left = most, .out = out};
    out->text.n = out->from.n = out->generation.n = 0;
    for (size_t i = 0; i < vars.as.map->n; i++)
        jinja_bind(&s, vars.as.map->v[i].key, vars.as.map->v[i].value);
    int bad = jinja_body(&s, t->body);
    vec_free(&s.names);
    return bad;
}

void jinja_output_free(struct jinja_output *out)
{
    buf_free(&out->text);
    vec_free(&out->from);
    vec_free(&out->generation);
}

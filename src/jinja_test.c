/* Tests: what may stand behind "is". */
#include "jinja_impl.h"

static bool is_number(const struct jinja_value *v)
{
    return v->type == JINJA_INT || v->type == JINJA_REAL;
}

/* Tests that only look at the subject: 1, 0, or -1 where name is none. */
static int of_type(struct str name, const struct jinja_value *v)
{
    const struct {
        const char *name;
        bool yes;
    } tests[] = {
        {"defined", v->type != JINJA_UNDEFINED},
        {"undefined", v->type == JINJA_UNDEFINED},
        {"none", v->type == JINJA_NONE},
        {"string", v->type == JINJA_STRING},
        {"mapping", v->type == JINJA_MAP},
        {"iterable", v->type == JINJA_STRING || v->type == JINJA_LIST ||
                         v->type == JINJA_MAP || v->type == JINJA_UNDEFINED},
        {"sequence", v->type == JINJA_STRING || v->type == JINJA_LIST ||
                         v->type == JINJA_MAP || v->type == JINJA_UNDEFINED},
        {"number", is_number(v) || v->type == JINJA_BOOL},
        {"integer", v->type == JINJA_INT},
        {"float", v->type == JINJA_REAL},
        {"boolean", v->type == JINJA_BOOL},
        {"true", v->type == JINJA_BOOL && v->as.yes},
        {"false", v->type == JINJA_BOOL && !v->as.yes},
        {"callable", v->type == JINJA_MACRO},
        {"odd", v->type == JINJA_INT && v->as.i % 2 != 0},
        {"even", v->type == JINJA_INT && v->as.i % 2 == 0},
    };
    for (size_t i = 0; i < COUNTOF(tests); i++)
        if (str_eq(name, str_of(tests[i].name)))
            return tests[i].yes;
    return -1;
}

int jinja_test(struct jinja_state *s, struct str name,
               const struct jinja_args *args, struct jinja_value *v)
{
    static const struct {
        const char *name, *op;
    } operators[] = {
        {"equalto", "=="}, {"eq", "=="},         {"==", "=="},
        {"ne", "!="},      {"in", "in"},         {"lt", "<"},
        {"gt", ">"},       {"le", "<="},         {"ge", ">="},
        {"lessthan", "<"}, {"greaterthan", ">"},
    };
    int yes = of_type(name, v);
    if (yes >= 0) {
        *v = jinja_bool(yes);
        return 0;
    }
    struct jinja_value x = *v, y = jinja_arg(args, 0, NULL);
    for (size_t i = 0; i < COUNTOF(operators); i++)
        if (str_eq(name, str_of(operators[i].name)))
            return jinja_binary(s, str_of(operators[i].op), &x, &y, v);
    if (!str_eq(name, STR("divisibleby")))
        return jinja_unknown(s, "test", name);
    if (x.type != JINJA_INT || y.type != JINJA_INT || y.as.i == 0)
        return jinja_refuse(s->e, s->line, "%s divisibleby %s",
                            jinja_type_name(&x), jinja_type_name(&y));
    *v = jinja_bool(y.as.i == -1 || x.as.i % y.as.i == 0);
    return 0;
}

/* Arguments of filters, tests, methods, functions and macros. */
#include "jinja_impl.h"

int jinja_args(struct jinja_state *s, const struct jinja_node *list,
               struct jinja_args *out)
{
    out->n = 0;
    for (; list; list = list->next) {
        if (out->n == JINJA_ARGS)
            return jinja_refuse(s->e, list->line, "more than %d arguments",
                                JINJA_ARGS);
        if (jinja_eval(s, list->a, &out->v[out->n]))
            return -1;
        out->name[out->n++] = list->name;
    }
    return 0;
}

struct jinja_value jinja_arg(const struct jinja_args *args, size_t i,
                             const char *name)
{
    for (size_t k = 0; name && k < args->n; k++)
        if (str_eq(args->name[k], str_of(name)))
            return args->v[k];
    if (i < args->n && args->name[i].n == 0)
        return args->v[i];
    return (struct jinja_value){.type = JINJA_UNDEFINED};
}

int jinja_unknown(struct jinja_state *s, const char *what, struct str name)
{
    return jinja_refuse(s->e, s->line, "%s \"%.*s\" is not known here", what,
                        STR_ARG(name));
}

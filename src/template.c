/* Compiles templates to parts and expands them.  What calls give is in
 * generate.c; which rule a template belongs to is not known here. */
#include "generate.h"

#define TEMPLATE_DEPTH 8

enum part_type {
    PART_TEXT,
    PART_GROUP,
    PART_RIGHT,
    PART_WRONG,
    PART_ASKED,
    PART_CALL
};

struct part {
    enum part_type type;
    struct str text;
    unsigned group;
    const struct generator *generator;
    const struct template *arg[GENERATE_ARGS];
    size_t n_args;
    const struct str_list *list;
    enum wordnet_pos pos;
};

struct template
{
    const struct part *part;
    size_t n;
    bool net; /* a call in it names a part of speech */
};

struct compiler {
    const struct template_source *s;
    struct str whole;
    int depth;
    bool net;
    struct err *e;
};
VEC_NAMED(part_vec, struct part);

static const struct template *compile(struct compiler *c, struct str text);

static int refuse(struct compiler *c, const char *p, const char *what,
                  struct str detail)
{
    struct where at = c->s->at;
    at.col += (uint64_t)(p - c->whole.p);
    return err_at(c->e, at, "%s \"%.*s\"", what, STR_ARG(detail));
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_letter(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_';
}

/* Sets p's group from a number or a name. */
static int find_group(struct compiler *c, struct str name, struct part *p)
{
    p->type = PART_GROUP;
    if (name.n > 0 && name.n <= 4 && is_digit(name.p[0])) {
        p->group = 0;
        for (size_t i = 0; i < name.n; i++) {
            if (!is_digit(name.p[i]))
                return refuse(c, name.p, "malformed group", name);
            p->group = p->group * 10 + (unsigned)(name.p[i] - '0');
        }
        if (p->group <= c->s->groups)
            return 0;
    }
    for (size_t i = 0; i < c->s->names->n; i++)
        if (str_eq(c->s->names->v[i].name, name)) {
            p->group = c->s->names->v[i].group;
            return 0;
        }
    return refuse(c, name.p, "the pattern has no group", name);
}

/* $$ $1 ${1} ${name}; returns the bytes taken, or 0. */
static size_t compile_group(struct compiler *c, struct str s,
                            struct part_vec *v)
{
    struct part p = {0};
    size_t to = 1;
    if (s.n > 1 && s.p[1] == '$') {
        p.text = str_sub(s, 0, 1);
        vec_push(v, p);
        return 2;
    }
    if (s.n > 1 && s.p[1] == '{') {
        size_t end = str_find(s, STR("}"), 2);
        if (end == s.n)
            return refuse(c, s.p, "unclosed", s) * 0;
        if (find_group(c, str_sub(s, 2, end), &p))
            return 0;
        to = end + 1;
    } else {
        while (to < s.n && is_digit(s.p[to]))
            to++;
        if (to == 1)
            while (to < s.n && is_letter(s.p[to]))
                to++;
        if (to == 1)
            return refuse(c, s.p, "a lone $ is written $$, not", s) * 0;
        if (find_group(c, str_sub(s, 1, to), &p))
            return 0;
    }
    vec_push(v, p);
    return to;
}

/* Splits at `split` outside inner braces; runs of spaces count once. */
static int compile_args(struct compiler *c, struct str s, struct part *p)
{
    size_t from = 0, depth = 0;
    char split = p->generator->split;
    for (size_t i = 0; i <= s.n; i++) {
        if (i < s.n && s.p[i] == '{')
            depth++;
        else if (i < s.n && s.p[i] == '}')
            depth--;
        if (i < s.n && (depth > 0 || s.p[i] != split))
            continue;
        struct str arg = str_sub(s, from, i);
        from = i + 1;
        if (arg.n == 0 && (split == ' ' || s.n == 0))
            continue;
        if (p->n_args == GENERATE_ARGS)
            return refuse(c, s.p, "too many arguments in", s);
        if (!(p->arg[p->n_args++] = compile(c, arg)))
            return -1;
    }
    if (p->n_args < p->generator->min || p->n_args > p->generator->max)
        return refuse(c, s.p, "wrong number of arguments in", s);
    return 0;
}

/* The second argument of a call that takes a part of speech. */
static int take_pos(struct compiler *c, struct part *p)
{
    const struct template *t = p->arg[1];
    struct str name = t->n == 1 ? t->part[0].text : STR("");
    p->pos = wordnet_pos(name);
    if (p->pos == WORDNET_ANY)
        return refuse(c, name.n > 0 ? name.p : c->whole.p,
                      "neither noun, verb, adj nor adv:", name);
    p->n_args = 1;
    c->net = true;
    return 0;
}

/* %{name …}; returns the bytes taken, or 0. */
static size_t compile_call(struct compiler *c, struct str s, struct part_vec *v)
{
    struct part p = {.type = PART_CALL, .pos = WORDNET_ANY};
    size_t depth = 0, end = 1;
    for (; end < s.n; end++) {
        depth += s.p[end] == '{';
        if (s.p[end] == '}' && --depth == 0)
            break;
    }
    if (end == s.n)
        return refuse(c, s.p, "unclosed", s) * 0;
    size_t to = 2;
    while (to < end && is_letter(s.p[to]))
        to++;
    struct str name = str_sub(s, 2, to);
    if (c->s->reason &&
        (str_eq(name, STR("right")) || str_eq(name, STR("wrong")) ||
         str_eq(name, STR("asked")))) {
        p.type = name.p[0] == 'r'   ? PART_RIGHT
                 : name.p[0] == 'w' ? PART_WRONG
                                    : PART_ASKED;
        vec_push(v, p);
        return end + 1;
    }
    p.generator = generator_find(name);
    if (!p.generator)
        return refuse(c, s.p, "unknown generator", name) * 0;
    if (c->depth == TEMPLATE_DEPTH)
        return refuse(c, s.p, "too deeply nested", s) * 0;
    struct str args = str_sub(s, size_min(to + 1, end), end);
    if (p.generator->list) {
        struct err why;
        p.list = lexicon_list(c->s->lexicon, args, &why);
        if (!p.list)
            return refuse(c, s.p, why.text, args) * 0;
    } else {
        c->depth++;
        int rc = compile_args(c, args, &p);
        c->depth--;
        if (rc || (p.generator->pos && p.n_args == 2 && take_pos(c, &p)))
            return 0;
    }
    vec_push(v, p);
    return end + 1;
}

static const struct template *compile(struct compiler *c, struct str text)
{
    struct part_vec v = {0};
    const struct template *made = NULL;
    size_t i = 0;
    while (i < text.n) {
        size_t from = i, n;
        while (i < text.n && text.p[i] != '$' &&
               !(text.p[i] == '%' && i + 1 < text.n && text.p[i + 1] == '{'))
            i++;
        if (i > from) {
            struct part p = {.text = str_sub(text, from, i)};
            vec_push(&v, p);
        }
        if (i == text.n)
            break;
        struct str rest = str_sub(text, i, text.n);
        n = rest.p[0] == '$' ? compile_group(c, rest, &v)
                             : compile_call(c, rest, &v);
        if (n == 0)
            goto out;
        i += n;
    }
    struct template *t = arena_alloc(c->s->arena, sizeof *t);
    struct part *parts = arena_alloc(c->s->arena, (v.n + 1) * sizeof *parts);
    if (v.n > 0)
        memcpy(parts, v.v, v.n * sizeof *parts);
    *t = (struct template){parts, v.n, c->net};
    made = t;
out:
    vec_free(&v);
    return made;
}

const struct template *template_compile(const struct template_source *s,
                                        struct str text, struct err *e)
{
    struct compiler c = {.s = s, .whole = text, .e = e};
    return compile(&c, text);
}

bool template_needs_net(const struct template *t)
{
    return t->net;
}

static bool expand_call(const struct part *p, struct expansion *x,
                        struct buf *out)
{
    struct buf args[GENERATE_ARGS] = {{0}};
    struct str arg[GENERATE_ARGS];
    bool good = true;
    for (size_t i = 0; i < p->n_args && good; i++) {
        good = template_expand(p->arg[i], x, &args[i]);
        arg[i] = args[i].n ? buf_view(&args[i]) : STR("");
    }
    struct call c = {x, arg, p->n_args, p->list, p->pos};
    good = good && p->generator->draw(&c, out);
    for (size_t i = 0; i < p->n_args; i++)
        buf_free(&args[i]);
    return good;
}

bool template_expand(const struct template *t, struct expansion *x,
                     struct buf *out)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct part *p = &t->part[i];
        switch (p->type) {
        case PART_TEXT:
            buf_str(out, p->text);
            break;
        case PART_GROUP:
            if (p->group < x->n_groups && x->groups[2 * p->group] != SIZE_MAX)
                buf_str(out, str_sub(x->subject, x->groups[2 * p->group],
                                     x->groups[2 * p->group + 1]));
            break;
        case PART_RIGHT:
            buf_str(out, x->right);
            break;
        case PART_WRONG:
            buf_str(out, x->wrong);
            break;
        case PART_ASKED:
            buf_str(out, x->asked);
            break;
        case PART_CALL:
            if (!expand_call(p, x, out))
                return false;
            break;
        }
    }
    return true;
}

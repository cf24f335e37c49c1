/* Options: one table is the parser, the help, the defaults and the listing
 * that the manual page is checked against. */
#include "opt.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "io.h"
#include "mem.h"

NORETURN static void misused(const struct opt_program *p, const char *fmt,
                             const char *what)
{
    char text[300];
    snprintf(text, sizeof text, fmt, what);
    die(STATUS_USAGE, "%s; see %s --help", text, p->name);
}

/* strtod and its kin also take white space in front, and hexadecimals. */
static bool plain_number(const char *s)
{
    return *s && strchr("+-.0123456789", *s) && !strpbrk(s, "xX");
}

static int64_t whole_number(const char *what, const char *s, bool suffix)
{
    char *end;
    errno = 0;
    long long v = strtoll(s, &end, 10);
    int shift = 0;
    if (suffix && end != s && *end) {
        const char *units = "KMG", *u = strchr(units, *end);
        if (u) {
            shift = 10 * (int)(u - units + 1);
            end++;
        }
    }
    if (end == s || *end || !plain_number(s))
        die(STATUS_USAGE, "%s: \"%s\" is not a whole number", what, s);
    if (errno || v > INT64_MAX >> shift || v < -(INT64_MAX >> shift))
        die(STATUS_USAGE, "%s: %s is out of range", what, s);
    return v * (1LL << shift);
}

static void in_range(const char *what, const char *s, double v, double min,
                     double max)
{
    if ((min != 0 || max != 0) && !(v >= min && v <= max))
        die(STATUS_USAGE, "%s: %s is not between %.10g and %.10g", what, s, min,
            max);
}

double opt_real(const char *what, const char *s, double min, double max)
{
    char *end;
    double v = strtod(s, &end);
    if (end == s || *end || !isfinite(v) || !plain_number(s))
        die(STATUS_USAGE, "%s: \"%s\" is not a number", what, s);
    in_range(what, s, v, min, max);
    return v;
}

/* Index of word among "a|b|c", or -1. */
static int choice(const char *words, const char *word)
{
    size_t n = strlen(word);
    for (int i = 0;; i++) {
        const char *end = strchr(words, '|');
        size_t len = end ? (size_t)(end - words) : strlen(words);
        if (len == n && memcmp(words, word, n) == 0)
            return i;
        if (!end)
            return -1;
        words = end + 1;
    }
}

static void store(const struct opt *o, const char *what, const char *value)
{
    switch (o->type) {
    case OPT_FLAG:
        *(bool *)o->to = true;
        break;
    case OPT_INT:
    case OPT_SIZE: {
        int64_t v = whole_number(what, value, o->type == OPT_SIZE);
        in_range(what, value, (double)v, o->min, o->max);
        *(int64_t *)o->to = v;
        break;
    }
    case OPT_REAL:
        *(double *)o->to = opt_real(what, value, o->min, o->max);
        break;
    case OPT_STRING:
        *(const char **)o->to = value;
        break;
    case OPT_CHOICE: {
        int i = choice(o->arg, value);
        if (i < 0)
            die(STATUS_USAGE, "%s: \"%s\" is none of %s", what, value, o->arg);
        *(int *)o->to = i;
        break;
    }
    case OPT_LIST: {
        struct opt_list *list = o->to;
        list->v = mem_grow(list->v, list->n + 1, sizeof *list->v);
        list->v[list->n++] = value;
        break;
    }
    }
}

/* The default as text, read from where the option would be stored. */
static void put_default(struct buf *b, const struct opt *o)
{
    int64_t n;
    switch (o->type) {
    case OPT_INT:
        buf_i64(b, *(int64_t *)o->to);
        break;
    case OPT_SIZE:
        n = *(int64_t *)o->to;
        if (n && n % (1 << 20) == 0)
            buf_printf(b, "%lldM", (long long)n >> 20);
        else if (n && n % (1 << 10) == 0)
            buf_printf(b, "%lldK", (long long)n >> 10);
        else
            buf_i64(b, n);
        break;
    case OPT_REAL:
        buf_printf(b, "%.10g", *(double *)o->to);
        break;
    case OPT_STRING:
        if (*(const char **)o->to)
            buf_cstr(b, *(const char **)o->to);
        break;
    case OPT_CHOICE: {
        const char *w = o->arg;
        for (int i = *(int *)o->to; i > 0 && w; i--) {
            w = strchr(w, '|');
            w += w != NULL;
        }
        if (w)
            buf_add(b, w, strcspn(w, "|"));
        break;
    }
    case OPT_FLAG:
    case OPT_LIST:
        break;
    }
}

static void put_help(struct buf *b, const struct opt_program *p)
{
    buf_printf(b, "usage: %s [option ...]%s%s\n%s\n\n", p->name,
               *p->operands ? " " : "", p->operands, p->line);
    for (size_t i = 0; i < p->n; i++) {
        const struct opt *o = &p->opts[i];
        char left[160], brief[8] = "    ";
        if (o->brief)
            snprintf(brief, sizeof brief, "-%c, ", o->brief);
        snprintf(left, sizeof left, "%s--%s%s%s", brief, o->name,
                 o->arg ? " " : "", o->arg ? o->arg : "");
        buf_printf(b, "  %-26s%s%s", left,
                   strlen(left) > 25 ? "\n                            " : "",
                   o->help);
        size_t before = b->n;
        buf_cstr(b, " (");
        put_default(b, o);
        if (b->n == before + 2)
            b->n = before;
        else
            buf_char(b, ')');
        buf_char(b, '\n');
    }
    buf_cstr(b, "      --help                this text\n"
                "      --version             the version\n");
}

/* brief, name, argument, default, a line each; "-" where there is none. */
static void put_listing(struct buf *b, const struct opt_program *p)
{
    for (size_t i = 0; i < p->n; i++) {
        const struct opt *o = &p->opts[i];
        buf_printf(b, "%c\t%s\t%s\t", o->brief ? o->brief : '-', o->name,
                   o->arg ? o->arg : "-");
        size_t before = b->n;
        put_default(b, o);
        if (b->n == before)
            buf_char(b, '-');
        buf_char(b, '\n');
    }
}

/* --help, --version and --options: print, and leave with 0. */
static void answer(const struct opt_program *p, const char *name)
{
    struct buf b = {0};
    if (strcmp(name, "help") == 0)
        put_help(&b, p);
    else if (strcmp(name, "version") == 0)
        buf_printf(&b, "%s %s\n", p->name, VERSION);
    else if (strcmp(name, "options") == 0)
        put_listing(&b, p);
    else
        return;
    struct writer *w = writer_stdout();
    writer_str(w, buf_view(&b));
    buf_free(&b);
    struct err e;
    if (writer_finish(w, &e) < 0)
        die_err(&e);
    diag_exit(STATUS_OK);
}

/* --name, --name=value, --name value; returns words used. */
static size_t take_long(const struct opt_program *p, char **argv)
{
    const char *name = argv[0] + 2;
    size_t n = strcspn(name, "=");
    for (size_t i = 0; i < p->n; i++) {
        const struct opt *o = &p->opts[i];
        if (strlen(o->name) != n || memcmp(o->name, name, n) != 0)
            continue;
        if (o->type == OPT_FLAG && name[n])
            misused(p, "--%s takes no argument", o->name);
        if (o->type != OPT_FLAG && !name[n] && !argv[1])
            misused(p, "--%s needs an argument", o->name);
        char what[80];
        snprintf(what, sizeof what, "--%s", o->name);
        store(o, what, name[n] ? name + n + 1 : argv[1]);
        return o->type == OPT_FLAG || name[n] ? 1 : 2;
    }
    answer(p, name);
    misused(p, "unknown option %s", argv[0]);
}

/* -q, -j2, -j 2, -qj2; returns words used. */
static size_t take_short(const struct opt_program *p, char **argv)
{
    for (const char *c = argv[0] + 1; *c; c++) {
        char what[3] = {'-', *c, '\0'};
        const struct opt *o = NULL;
        for (size_t i = 0; i < p->n; i++)
            if (p->opts[i].brief == *c)
                o = &p->opts[i];
        if (!o)
            misused(p, "unknown option %s", what);
        if (o->type == OPT_FLAG) {
            store(o, what, NULL);
            continue;
        }
        if (!c[1] && !argv[1])
            misused(p, "%s needs an argument", what);
        store(o, what, c[1] ? c + 1 : argv[1]);
        return c[1] ? 1 : 2;
    }
    return 1;
}

size_t opt_parse(const struct opt_program *p, char **argv)
{
    diag_program(p->name);
    size_t n = 0;
    char **a = argv + 1;
    while (*a) {
        if (strcmp(*a, "--") == 0) {
            for (a++; *a; a++)
                argv[n++] = *a;
            break;
        }
        if (a[0][0] == '-' && a[0][1] == '-')
            a += take_long(p, a);
        else if (a[0][0] == '-' && a[0][1])
            a += take_short(p, a);
        else
            argv[n++] = *a++;
    }
    argv[n] = NULL;
    if (n && !*p->operands)
        misused(p, "%s is one operand too many", argv[0]);
    return n;
}

void opt_weights(const char *what, const char *s,
                 void (*each)(void *ctx, const char *name, size_t n, double w),
                 void *ctx)
{
    while (*s) {
        size_t n = strcspn(s, ",");
        char item[128];
        if (n == 0 || n >= sizeof item)
            die(STATUS_USAGE, "%s: an item of \"%s\" is empty or too long",
                what, s);
        memcpy(item, s, n);
        item[n] = '\0';
        size_t name = strcspn(item, "=");
        each(ctx, s, name,
             item[name] ? opt_real(what, item + name + 1, -1e9, 1e9) : 1);
        s += n;
        if (*s == ',' && !*++s)
            die(STATUS_USAGE, "%s: it ends in a comma", what);
    }
}

/*
 * Options: one table per program is its parser, its --help, its defaults and
 * what the manual page is checked against (--options prints it for machines).
 * Defaults are whatever the destinations hold when opt_parse is called.
 */
#ifndef INSEC_OPT_H
#define INSEC_OPT_H

#include "base.h"

enum opt_type {
    OPT_FLAG,   /* bool: set */
    OPT_INT,    /* int64_t in [min,max] */
    OPT_SIZE,   /* int64_t with an optional K, M, G (1024) in [min,max] */
    OPT_REAL,   /* double in [min,max] */
    OPT_STRING, /* const char *: borrows from argv */
    OPT_CHOICE, /* int: index into the words of arg, "a|b|c" */
    OPT_LIST,   /* struct opt_list: may be given several times */
};

struct opt_list {
    const char **v; /* owns the array, borrows the words */
    size_t n;
};

struct opt {
    char brief;       /* 'j', or 0 */
    const char *name; /* "jobs": always present */
    const char *arg;  /* "N"; NULL for a flag; the words for a choice */
    enum opt_type type;
    void *to;
    double min, max; /* both 0: no bound */
    const char *help;
};

struct opt_program {
    const char *name;     /* "insec-pair" */
    const char *line;     /* one line for --help and the manual's NAME */
    const char *operands; /* "[file ...]", or "" for none */
    const struct opt *opts;
    size_t n;
};

/* Parses argv.  --help, --version and --options print to stdout and leave
 * with 0; a wrong call says so and leaves with STATUS_USAGE.  Options and
 * operands may be mixed; "--" ends the options.  Returns the number of
 * operands and moves them to argv[0..n-1], NULL-terminated. */
size_t opt_parse(const struct opt_program *p, char **argv);

/* The number after the option in s, or a usage error that names what. */
double opt_real(const char *what, const char *s, double min, double max);

/* "a=1,b=2.5,c" → calls each(ctx, "a", 1.0), ...; a missing weight is 1.
 * A malformed list is a usage error that names what. */
void opt_weights(const char *what, const char *s,
                 void (*each)(void *ctx, const char *name, size_t n, double w),
                 void *ctx);

#endif

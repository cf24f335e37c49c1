/*
 * The only writer to stderr and the only exit.
 *
 * Libraries report through `struct err` and return -1; a program turns that
 * into a message and an exit status with die_err.  Messages read
 * "insec-pair: corpus.jsonl:1042:17: what: detail".
 */
#ifndef INSEC_DIAG_H
#define INSEC_DIAG_H

#include "base.h"

C_BEGIN

/* A place in an input.  name borrows a string that outlives the run (an
 * operand, "<stdin>"); line and col count from 1, 0 means not known.  col
 * counts bytes. */
struct where {
    const char *name;
    uint64_t line;
    uint64_t col;
};

struct err {
    int status; /* enum status */
    struct where at;
    char text[480];
};

/* Names the program in every message; name must outlive the run. */
void diag_program(const char *name);
const char *diag_name(void);

/* Fill *e and return -1, so that a library can `return err_set(e, ...)`.
 * err_set leaves the place empty, err_at gives one with STATUS_DATA, and
 * err_errno appends strerror(errno) with STATUS_SYSTEM. */
int err_set(struct err *e, int status, const char *fmt, ...) PRINTF_LIKE(3, 4);
int err_at(struct err *e, struct where at, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
int err_errno(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Writes "file:line:col: text" (the parts that are known) into dst. */
void err_format(const struct err *e, char *dst, size_t size);

NORETURN void die(int status, const char *fmt, ...) PRINTF_LIKE(2, 3);
NORETURN void die_err(const struct err *e);

/* Raw text to stderr, for usage lines and progress. */
void diag_text(const char *text, size_t n);
/* Is stderr a terminal? */
bool diag_terminal(void);
/* Leave with this status; for --help and --version. */
NORETURN void diag_exit(int status);

C_END
#endif

/* The only writer to stderr and the only exit. */
#include "diag.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *program = "insec";

/* A standard descriptor that the caller closed must not become the next file
 * that is opened.  The stand-in is open the wrong way round, so that using it
 * still fails. */
static void guard_descriptors(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) != -1)
            continue;
        int got = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
        if (got != -1 && got != fd) {
            dup2(got, fd);
            close(got);
        }
    }
}

void diag_program(const char *name)
{
    program = name;
    guard_descriptors();
}

const char *diag_name(void)
{
    return program;
}

static int fill(struct err *e, int status, struct where at, const char *fmt,
                va_list ap)
{
    e->status = status;
    e->at = at;
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    return -1;
}

int err_set(struct err *e, int status, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fill(e, status, (struct where){0}, fmt, ap);
    va_end(ap);
    return -1;
}

int err_at(struct err *e, struct where at, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fill(e, STATUS_DATA, at, fmt, ap);
    va_end(ap);
    return -1;
}

int err_errno(struct err *e, const char *fmt, ...)
{
    int code = errno;
    va_list ap;
    va_start(ap, fmt);
    fill(e, STATUS_SYSTEM, (struct where){0}, fmt, ap);
    va_end(ap);
    size_t n = strlen(e->text);
    snprintf(e->text + n, sizeof e->text - n, ": %s", strerror(code));
    return -1;
}

void err_format(const struct err *e, char *dst, size_t size)
{
    const struct where *at = &e->at;
    char place[64] = "";
    if (at->line && at->col)
        snprintf(place, sizeof place, ":%llu:%llu",
                 (unsigned long long)at->line, (unsigned long long)at->col);
    else if (at->line)
        snprintf(place, sizeof place, ":%llu", (unsigned long long)at->line);
    snprintf(dst, size, "%s%s%s%s", at->name ? at->name : "", place,
             at->name ? ": " : "", e->text);
}

/* One write per message, so that lines of several processes do not mix. */
static void say(const char *text)
{
    char line[2048];
    int n = snprintf(line, sizeof line, "%s: %s\n", program, text);
    diag_text(line, size_min((size_t)n, sizeof line - 1));
}

void diag_text(const char *text, size_t n)
{
    while (n > 0) {
        ssize_t done = write(STDERR_FILENO, text, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return;
        text += done;
        n -= (size_t)done;
    }
}

bool diag_terminal(void)
{
    return isatty(STDERR_FILENO);
}

/* _Exit: nothing here is buffered in stdio, and threads may still run. */
void diag_exit(int status)
{
    _Exit(status);
}

void die(int status, const char *fmt, ...)
{
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    say(text);
    diag_exit(status);
}

void die_err(const struct err *e)
{
    char text[1024];
    err_format(e, text, sizeof text);
    say(text);
    diag_exit(e->status);
}

/*
 * Preloaded before a program to make the FAULT_AT-th of its calls that change
 * files go wrong (write, fsync, rename, close, mkostemp), as FAULT says:
 *   kill  the power goes before the call
 *   torn  likewise, but half of a write still happens
 *   full  the call, and each write after it, finds no space
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int calls, full;

static int is_mode(const char *mode)
{
    const char *set = getenv("FAULT");
    return set && strcmp(set, mode) == 0;
}

static int turn(void)
{
    const char *at = getenv("FAULT_AT");
    return at && ++calls == atoi(at);
}

/* One call: cut the power, or say whether it is to fail. */
static int strike(void)
{
    int now = turn();
    if (now && (is_mode("kill") || is_mode("torn")))
        raise(SIGKILL);
    full |= now && is_mode("full");
    errno = ENOSPC;
    return now;
}

static void *real(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

ssize_t write(int fd, const void *p, size_t n)
{
    ssize_t (*next)(int, const void *, size_t);
    *(void **)&next = real("write");
    if (fd <= 2)
        return next(fd, p, n);
    int now = turn();
    if (now && is_mode("torn") && next(fd, p, n / 2) < 0)
        return -1;
    if (now && !is_mode("full"))
        raise(SIGKILL);
    full |= now;
    errno = ENOSPC;
    return full ? -1 : next(fd, p, n);
}

int fsync(int fd)
{
    int (*next)(int);
    *(void **)&next = real("fsync");
    return strike() ? -1 : next(fd);
}

int rename(const char *from, const char *to)
{
    int (*next)(const char *, const char *);
    *(void **)&next = real("rename");
    return strike() ? -1 : next(from, to);
}

int mkostemp(char *template, int flags)
{
    int (*next)(char *, int);
    *(void **)&next = real("mkostemp");
    return strike() ? -1 : next(template, flags);
}

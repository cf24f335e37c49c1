/* The writer: one buffer, and the first failure sticks until the end. */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

#define WRITE_BLOCK ((size_t)256 << 10)

struct writer {
    int fd;
    int failed;       /* errno of the first failure, or 0 */
    char *path, *tmp; /* own; tmp NULL: written in place */
    struct buf buf;
};

static struct writer *writer_new(int fd, const char *path)
{
    struct writer *w = mem_zero(1, sizeof *w);
    w->fd = fd;
    w->path = mem_strdup(path);
    return w;
}

struct writer *writer_stdout(void)
{
    return writer_new(STDOUT_FILENO, "<stdout>");
}

bool io_stdout_terminal(void)
{
    return isatty(STDOUT_FILENO);
}

/* "a/b" → "a/.b.XXXXXX": beside it, and no glob for b finds it. */
static char *temporary(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t dir = slash ? (size_t)(slash - path) + 1 : 0;
    size_t size = strlen(path) + sizeof "..XXXXXX";
    char *tmp = mem_alloc(size);
    snprintf(tmp, size, "%.*s.%s.XXXXXX", (int)dir, path, path + dir);
    return tmp;
}

static mode_t file_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* A device or a pipe is written as it stands.  So is anything below /dev and
 * /proc: /dev/stderr is a link, and what it leads to may be a file that the
 * caller is still writing. */
static bool in_place(const char *path)
{
    struct stat st;
    return strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0 ||
           (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
}

struct writer *writer_file(const char *path, struct err *e)
{
    bool place = in_place(path);
    char *real = place ? NULL : realpath(path, NULL); /* through a link */
    const char *name = real ? real : path;
    char *tmp = place ? NULL : temporary(name);
    int fd = place ? open(name, O_WRONLY | O_APPEND | O_CLOEXEC)
                   : mkostemp(tmp, O_CLOEXEC);
    if (fd < 0) {
        err_errno(e, "cannot write %s", path);
        mem_free(tmp);
        mem_free(real);
        return NULL;
    }
    if (tmp)
        fchmod(fd, file_mode());
    struct writer *w = writer_new(fd, name);
    w->tmp = tmp;
    mem_free(real);
    return w;
}

static void push(struct writer *w, const char *p, size_t n)
{
    while (n > 0 && !w->failed) {
        ssize_t done = write(w->fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0) {
            w->failed = errno;
            return;
        }
        p += done;
        n -= (size_t)done;
    }
}

static void drain(struct writer *w)
{
    push(w, w->buf.p, w->buf.n);
    w->buf.n = 0;
}

void writer_put(struct writer *w, const void *p, size_t n)
{
    if (w->failed)
        return;
    if (w->buf.n + n > WRITE_BLOCK)
        drain(w);
    if (n > WRITE_BLOCK)
        push(w, p, n);
    else
        buf_add(&w->buf, p, n);
}

static int verdict(const struct writer *w, struct err *e)
{
    if (!w->failed)
        return 0;
    errno = w->failed;
    return err_errno(e, "cannot write %s", w->path);
}

int writer_flush(struct writer *w, struct err *e)
{
    drain(w);
    return verdict(w, e);
}

static void note(struct writer *w, bool failed)
{
    if (failed && !w->failed)
        w->failed = errno;
}

/* The rename itself must survive a power cut. */
static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *dir = mem_strdup(slash ? path : ".");
    if (slash)
        dir[slash == path ? 1 : slash - path] = '\0';
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd); /* some file systems cannot; the file itself is safe */
        close(fd);
    }
    mem_free(dir);
}

static void discard(struct writer *w)
{
    mem_free(w->tmp);
    mem_free(w->path);
    buf_free(&w->buf);
    mem_free(w);
}

int writer_finish(struct writer *w, struct err *e)
{
    drain(w);
    if (w->tmp && !w->failed)
        note(w, fsync(w->fd) != 0);
    note(w, close(w->fd) != 0);
    if (w->tmp && !w->failed)
        note(w, rename(w->tmp, w->path) != 0);
    if (w->tmp && w->failed)
        unlink(w->tmp);
    if (w->tmp && !w->failed)
        sync_folder(w->path);
    int status = verdict(w, e);
    discard(w);
    return status;
}

void writer_abandon(struct writer *w)
{
    if (!w)
        return;
    if (w->fd != STDOUT_FILENO)
        close(w->fd);
    if (w->tmp)
        unlink(w->tmp);
    discard(w);
}

/*
 * The folder that appears whole or not at all.  It removes only files whose
 * names it was given, never a tree.
 */
#include "folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

static char *with_suffix(const char *dir, const char *suffix)
{
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    size_t size = n + strlen(suffix) + 2;
    char *s = mem_alloc(size);
    snprintf(s, size, "%.*s%s", (int)n, dir, suffix);
    return s;
}

char *folder_path(const char *dir, const char *name)
{
    size_t n = strlen(dir) + strlen(name) + 2;
    char *s = mem_alloc(n);
    snprintf(s, n, "%s/%s", dir, name);
    return s;
}

static bool listed(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (!strcmp(*names, name))
            return true;
    return false;
}

static char *parent_of(const char *dir)
{
    char *s = with_suffix(dir, "");
    char *slash = strrchr(s, '/');
    if (!slash)
        memcpy(s, ".", 2);
    else
        slash[slash == s] = 0;
    return s;
}

static int check_parent(const char *dir, struct err *e)
{
    char *parent = parent_of(dir);
    int rc = access(parent, W_OK | X_OK);
    mem_free(parent);
    return rc ? err_errno(e, "cannot save to %s", dir) : 0;
}

/* 1: there is none. */
static int check_names(const char *dir, const char *const *names, struct err *e)
{
    DIR *d = opendir(dir);
    if (!d && errno == ENOENT)
        return 1;
    if (!d)
        return err_errno(e, "cannot save to %s", dir);
    int rc = 0;
    for (struct dirent *i; !rc && (i = readdir(d));)
        if (strcmp(i->d_name, ".") && strcmp(i->d_name, "..") &&
            !listed(names, i->d_name))
            rc = err_set(e, STATUS_DATA,
                         "%s: will not replace this folder: it holds %s", dir,
                         i->d_name);
    closedir(d);
    return rc;
}

int folder_check(const char *dir, const char *const *names, struct err *e)
{
    char *temp = with_suffix(dir, ".saving");
    int rc = check_names(temp, names, e);
    mem_free(temp);
    if (rc >= 0)
        rc = check_names(dir, names, e);
    return rc == 1 ? check_parent(dir, e) : rc;
}

/* Removes dir with the files of these names; a missing one is fine. */
static int discard(const char *dir, const char *const *names, struct err *e)
{
    for (; *names; names++) {
        char *path = folder_path(dir, *names);
        int rc = unlink(path);
        mem_free(path);
        if (rc && errno != ENOENT)
            return err_errno(e, "cannot remove %s/%s", dir, *names);
    }
    if (rmdir(dir) && errno != ENOENT)
        return err_errno(e, "cannot remove %s", dir);
    return 0;
}

static void unlock(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static void folder_free(struct folder *f)
{
    unlock(&f->lock);
    mem_free(f->dir);
    mem_free(f->temp);
}

static int busy(const struct folder *f, struct err *e)
{
    return err_set(e, STATUS_SYSTEM, "%s: another run is saving there", f->dir);
}

/* Opens the folder path and locks it until *fd is closed: 0, 1 where there is
 * none (then *fd is -1), -1 where another run has it.  A killed run leaves no
 * lock.  Some file systems have no locks: there two runs are not kept apart. */
static int lock_folder(const struct folder *f, const char *path, int *fd,
                       struct err *e)
{
    struct stat here, there;
    *fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        return errno == ENOENT ? 1 : err_errno(e, "cannot open %s", path);
    bool other = flock(*fd, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
    if (!other && !fstat(*fd, &here) && !stat(path, &there) &&
        here.st_ino == there.st_ino)
        return 0;
    close(*fd); /* locked, or removed or replaced meanwhile */
    *fd = -1;
    return busy(f, e);
}

/* Removes what a killed run left of temp, and makes it anew. */
static int make_temp(struct folder *f, struct err *e)
{
    int rc = lock_folder(f, f->temp, &f->lock, e);
    if (!rc)
        rc = discard(f->temp, f->names, e);
    unlock(&f->lock);
    if (rc < 0)
        return -1;
    if (mkdir(f->temp, 0777))
        return err_errno(e, "cannot make %s", f->temp);
    rc = lock_folder(f, f->temp, &f->lock, e);
    return rc > 0 ? busy(f, e) : rc;
}

int folder_begin(struct folder *f, const char *dir, const char *const *names,
                 struct err *e)
{
    *f = (struct folder){with_suffix(dir, ""), with_suffix(dir, ".saving"), -1,
                         names};
    if (folder_check(dir, names, e) || make_temp(f, e)) {
        folder_free(f);
        return -1;
    }
    return 0;
}

static int write_all(int fd, struct str s)
{
    while (s.n > 0) {
        ssize_t k = write(fd, s.p, size_min(s.n, 1 << 30));
        if (k < 0 && errno == EINTR)
            continue;
        if (k < 0)
            return -1;
        s = str_sub(s, (size_t)k, s.n);
    }
    return 0;
}

int folder_put_each(struct folder *f, const char *name,
                    struct str (*part)(void *ctx, size_t i), void *ctx,
                    size_t n, struct err *e)
{
    char *path = folder_path(f->temp, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int rc = fd < 0 ? -1 : 0;
    for (size_t i = 0; !rc && i < n; i++)
        rc = write_all(fd, part(ctx, i));
    if (!rc)
        rc = fsync(fd);
    if (rc)
        err_errno(e, "cannot write %s", path);
    if (fd >= 0 && close(fd) && !rc)
        rc = err_errno(e, "cannot write %s", path);
    mem_free(path);
    return rc;
}

static struct str given(void *ctx, size_t i)
{
    return ((const struct str *)ctx)[i];
}

int folder_put(struct folder *f, const char *name, const struct str *parts,
               size_t n, struct err *e)
{
    return folder_put_each(f, name, given, (void *)parts, n, e);
}

static int sync_folder(const char *path, struct err *e)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems cannot sync a folder and say EINVAL. */
    int rc = fd < 0 || (fsync(fd) && errno != EINVAL) ? -1 : 0;
    if (rc)
        err_errno(e, "cannot sync %s", path);
    if (fd >= 0)
        close(fd);
    return rc;
}

static int sync_parent(const char *dir, struct err *e)
{
    char *parent = parent_of(dir);
    int rc = sync_folder(parent, e);
    mem_free(parent);
    return rc;
}

/* Three renames, for systems without an exchange; see folder_recover. */
static int swap_slowly(struct folder *f, struct err *e)
{
    char *old = with_suffix(f->dir, ".old");
    int rc = rename(f->dir, old);
    if (!rc)
        rc = rename(f->temp, f->dir);
    if (!rc)
        rc = rename(old, f->temp);
    if (rc)
        err_errno(e, "cannot replace %s", f->dir);
    mem_free(old);
    return rc;
}

static int swap(struct folder *f, struct err *e)
{
    if (!renameat2(AT_FDCWD, f->temp, AT_FDCWD, f->dir, RENAME_EXCHANGE))
        return 0;
    if (errno == EINVAL || errno == ENOSYS)
        return swap_slowly(f, e);
    return err_errno(e, "cannot replace %s", f->dir);
}

int folder_commit(struct folder *f, struct err *e)
{
    int old = -1; /* stays locked until it is removed */
    int rc = folder_check(f->dir, f->names, e);
    if (!rc)
        rc = sync_folder(f->temp, e);
    if (!rc)
        rc = lock_folder(f, f->dir, &old, e);
    if (!rc)
        rc = swap(f, e);
    else if (rc > 0)
        rc = rename(f->temp, f->dir) ? err_errno(e, "cannot make %s", f->dir)
                                     : 0;
    if (rc) {
        unlock(&old);
        folder_abandon(f);
        return -1;
    }
    rc = sync_parent(f->dir, e);
    if (!rc && old >= 0)
        rc = discard(f->temp, f->names, e);
    unlock(&old);
    folder_free(f);
    return rc;
}

void folder_abandon(struct folder *f)
{
    struct err ignored;
    if (discard(f->temp, f->names, &ignored))
        ignored.status = 0; /* what stopped the saving is reported already */
    folder_free(f);
}

void folder_recover(const char *dir)
{
    char *plain = with_suffix(dir, "");
    char *old = with_suffix(dir, ".old");
    if (access(plain, F_OK) && !access(old, F_OK) && rename(old, plain))
        errno = 0; /* then loading says what is missing */
    mem_free(plain);
    mem_free(old);
}

/* The reader at every block size, plain and zstd, whole and cut; the writer
 * and its failures. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "io.h"
#include "mem.h"
#include "rng.h"
#include "tap.h"

static const char path[] = "in.tmp";

static void save(struct str s)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, s.p, s.n) != (ssize_t)s.n)
        abort();
    close(fd);
}

static struct buf pack(struct str s)
{
    struct buf b = {0};
    buf_reserve(&b, ZSTD_compressBound(s.n));
    b.n = ZSTD_compress(b.p, b.cap, s.p, s.n, 1);
    return b;
}

/* Lines that hold NULs and long runs; n bytes, with or without a newline at
 * the end. */
static struct buf sample(size_t n, bool newline)
{
    struct buf b = {0};
    struct rng r = rng_from(n);
    while (b.n < n)
        buf_char(&b, rng_below(&r, 9) ? (char)rng_below(&r, 256) : '\n');
    if (n)
        b.p[n - 1] = newline ? '\n' : 'x';
    return b;
}

/* Reads by line; the lines joined again must be the text. */
static bool by_line(struct str want, size_t block)
{
    struct err e;
    struct reader *r = reader_open(path, block, &e);
    struct buf got = {0};
    struct str line;
    int status;
    uint64_t lines = 0;
    while ((status = reader_line(r, &line, &e)) > 0) {
        buf_str(&got, line);
        buf_char(&got, '\n');
        lines++;
    }
    if (want.n && want.p[want.n - 1] != '\n')
        got.n--;
    bool good = status == 0 && str_eq(buf_view(&got), want) &&
                reader_where(r).line == lines;
    reader_close(r);
    buf_free(&got);
    return good;
}

static bool by_lines(struct str want, size_t block, size_t chunk)
{
    struct err e;
    struct reader *r = reader_open(path, block, &e);
    struct buf got = {0};
    int status;
    bool whole = true;
    while ((status = reader_lines(r, &got, chunk, &e)) > 0)
        whole &= got.p[got.n - 1] == '\n' || got.n == want.n;
    uint64_t lines = want.n && want.p[want.n - 1] != '\n';
    for (size_t i = 0; i < want.n; i++)
        lines += want.p[i] == '\n';
    bool good = status == 0 && whole && str_eq(buf_view(&got), want) &&
                reader_where(r).line == lines;
    reader_close(r);
    buf_free(&got);
    return good;
}

static void reading(void)
{
    static const size_t blocks[] = {1, 2, 3, 7, 64, 4096, 0};
    bool plain = true, packed = true;
    for (size_t n = 0; n < 300; n += n < 20 ? 1 : 37)
        for (int newline = 0; newline < 2; newline++) {
            struct buf text = sample(n, newline);
            struct str want = buf_view(&text);
            struct buf z = pack(want);
            for (size_t i = 0; i < COUNTOF(blocks); i++) {
                save(want);
                plain &= by_line(want, blocks[i]) &&
                         by_lines(want, blocks[i], 1) &&
                         by_lines(want, blocks[i], 50);
                save(buf_view(&z));
                packed &=
                    by_line(want, blocks[i]) && by_lines(want, blocks[i], 13);
            }
            buf_free(&z);
            buf_free(&text);
        }
    ok(plain, "plain text comes back at every block size");
    ok(packed, "zstd text comes back at every block size");
}

static void cut_zstd(void)
{
    struct buf text = sample(3000, true), z = pack(buf_view(&text));
    bool refused = true;
    for (size_t n = 4; n < z.n; n++) {
        struct err e;
        save(str_sub(buf_view(&z), 0, n));
        struct reader *r = reader_open(path, 0, &e);
        struct buf got = {0};
        refused &= reader_rest(r, &got, &e) < 0 && e.status == STATUS_DATA;
        reader_close(r);
        buf_free(&got);
    }
    ok(refused, "every truncated zstd input is refused");
    struct buf two = {0};
    buf_str(&two, buf_view(&z));
    buf_str(&two, buf_view(&z));
    save(buf_view(&two));
    struct buf got = {0};
    struct err e;
    ok(io_slurp(path, &got, &e) == 0 && got.n == 6000, "two frames are one");
    buf_free(&got);
    buf_free(&two);
    buf_free(&z);
    buf_free(&text);
}

static void opening(void)
{
    struct err e;
    ok(!reader_open("no/such", 0, &e) && e.status == STATUS_SYSTEM,
       "no such file: %s", e.text);
    ok(!reader_open(".", 0, &e) && e.status == STATUS_SYSTEM, "a folder: %s",
       e.text);
}

static void writing(void)
{
    struct err e;
    struct stat st;
    struct writer *w = writer_file("out.tmp", &e);
    writer_put(w, "one", 3);
    ok(stat("out.tmp", &st) != 0, "no file before it is finished");
    ok(writer_finish(w, &e) == 0 && stat("out.tmp", &st) == 0 &&
           st.st_size == 3,
       "then it is there");
    w = writer_file("out.tmp", &e);
    writer_put(w, "two!", 4);
    writer_abandon(w);
    ok(stat("out.tmp", &st) == 0 && st.st_size == 3,
       "an abandoned file leaves the old one");
    ok(symlink("out.tmp", "link.tmp") == 0, "a link");
    w = writer_file("link.tmp", &e);
    writer_put(w, "four", 4);
    ok(writer_finish(w, &e) == 0 && lstat("link.tmp", &st) == 0 &&
           S_ISLNK(st.st_mode) && stat("out.tmp", &st) == 0 && st.st_size == 4,
       "a link stays one, its target is replaced");
    unlink("link.tmp");
    int saved = dup(2), log = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(log, 2);
    w = writer_file("/dev/stderr", &e);
    writer_put(w, "stats", 5);
    bool fine = writer_finish(w, &e) == 0;
    dup2(saved, 2);
    ok(fine && lstat("/dev/stderr", &st) == 0 && S_ISLNK(st.st_mode) &&
           fstat(log, &st) == 0 && st.st_size == 5,
       "/dev/stderr is written through, and stays");
    close(log);
    close(saved);
    w = writer_file("/dev/full", &e);
    struct buf big = sample(1 << 20, true);
    writer_str(w, buf_view(&big));
    buf_free(&big);
    ok(writer_finish(w, &e) < 0 && e.status == STATUS_SYSTEM,
       "a full disk is told: %s", e.text);
    ok(!writer_file("no/such/folder/x", &e), "no folder: %s", e.text);
}

int main(void)
{
    char dir[] = "/tmp/insec-io-XXXXXX";
    if (!mkdtemp(dir) || chdir(dir))
        abort();
    reading();
    cut_zstd();
    opening();
    writing();
    unlink(path);
    unlink("out.tmp");
    if (chdir("/") == 0)
        rmdir(dir);
    return tap_end();
}

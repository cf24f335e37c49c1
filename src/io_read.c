/* The reader: plain or zstd by its magic bytes, lines of any length up to
 * LINE_LIMIT, its own place in the input. */
#include "io.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "mem.h"

#define LINE_LIMIT ((size_t)1 << 30) /* a longer line is refused */

struct reader {
    const char *name; /* borrows */
    int fd;
    size_t block;
    bool started; /* the magic bytes have been looked at */
    bool ended;   /* the file has no more bytes */
    uint64_t done, size;
    uint64_t line;  /* of what was given last */
    bool open_line; /* what was given last did not end its line */

    char *data; /* [cap + IO_PADDING]; owns; text is [pos,len) */
    size_t pos, len, cap;

    ZSTD_DStream *zstd; /* owns; NULL: plain */
    char *raw;          /* [block]; owns; compressed bytes [raw_pos,raw_len) */
    size_t raw_pos, raw_len;
    size_t wanted; /* 0: between frames */
};

struct reader *reader_open(const char *path, size_t block, struct err *e)
{
    bool std = !path || strcmp(path, "-") == 0;
    int fd = std ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err_errno(e, "cannot open %s", path);
        return NULL;
    }
    struct stat st = {0};
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        err_errno(e, "cannot read %s", std ? "<stdin>" : path);
        if (!std)
            close(fd);
        return NULL;
    }
    struct reader *r = mem_zero(1, sizeof *r);
    r->name = std ? "<stdin>" : path;
    r->fd = fd;
    r->block = block ? block : IO_BLOCK;
    r->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    return r;
}

void reader_close(struct reader *r)
{
    if (!r)
        return;
    if (r->fd != STDIN_FILENO)
        close(r->fd);
    ZSTD_freeDStream(r->zstd);
    mem_free(r->raw);
    mem_free(r->data);
    mem_free(r);
}

struct where reader_where(const struct reader *r)
{
    return (struct where){r->name, r->line, 0};
}

uint64_t reader_done(const struct reader *r)
{
    return r->done;
}

uint64_t reader_size(const struct reader *r)
{
    return r->size;
}

/* read(2) until n bytes, the end, or a failure. */
static ptrdiff_t take(struct reader *r, char *dst, size_t n, struct err *e)
{
    ssize_t got;
    do
        got = read(r->fd, dst, n);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_errno(e, "cannot read %s", r->name);
    r->done += (uint64_t)got;
    r->ended = got == 0;
    return got;
}

static void room(struct reader *r, size_t n)
{
    if (r->pos > 0) {
        memmove(r->data, r->data + r->pos, r->len - r->pos);
        r->len -= r->pos;
        r->pos = 0;
    }
    if (r->cap - r->len >= n)
        return;
    r->cap = size_max(r->len + n, 2 * r->cap);
    r->data = mem_grow(r->data, r->cap + IO_PADDING, 1);
}

static int damaged(struct reader *r, const char *what, struct err *e)
{
    return err_at(e, (struct where){r->name, 0, 0},
                  "damaged zstd data before byte %llu: %s",
                  (unsigned long long)r->done, what);
}

/* One step of decompression into data: bytes gained, 0 at the end. */
static ptrdiff_t inflate(struct reader *r, struct err *e)
{
    for (;;) {
        if (r->raw_pos == r->raw_len && !r->ended) {
            ptrdiff_t got = take(r, r->raw, r->block, e);
            if (got < 0)
                return -1;
            r->raw_pos = 0;
            r->raw_len = (size_t)got;
        }
        room(r, ZSTD_DStreamOutSize());
        ZSTD_inBuffer in = {r->raw, r->raw_len, r->raw_pos};
        ZSTD_outBuffer out = {r->data, r->cap, r->len};
        bool starved = in.pos == in.size;
        if (starved && r->wanted == 0)
            return 0; /* the end, between frames */
        size_t code = ZSTD_decompressStream(r->zstd, &out, &in);
        if (ZSTD_isError(code))
            return damaged(r, ZSTD_getErrorName(code), e);
        ptrdiff_t gained = (ptrdiff_t)(out.pos - r->len);
        r->raw_pos = in.pos;
        r->len = out.pos;
        r->wanted = code;
        if (gained > 0)
            return gained;
        if (starved && code != 0)
            return damaged(r, "it ends in the middle of a frame", e);
    }
}

#define MAGIC 4 /* bytes */

/* A frame, or one to be skipped, as pzstd puts in front (RFC 8878, 3.1). */
static bool is_zstd(const char *p)
{
    return memcmp(p, "\x28\xb5\x2f\xfd", MAGIC) == 0 ||
           ((p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0);
}

/* Looks at the first four bytes; what was read becomes plain or raw data. */
static int start(struct reader *r, struct err *e)
{
    r->started = true;
    room(r, size_max(r->block, MAGIC));
    while (r->len < MAGIC && !r->ended) {
        ptrdiff_t got =
            take(r, r->data + r->len, size_max(r->block, MAGIC) - r->len, e);
        if (got < 0)
            return -1;
        r->len += (size_t)got;
    }
    if (r->len < MAGIC || !is_zstd(r->data))
        return 0;
    r->raw = r->data;
    r->raw_len = r->len;
    r->block = r->cap;
    r->data = NULL;
    r->len = r->cap = 0;
    r->wanted = 1;
    r->zstd = ZSTD_createDStream();
    return r->zstd ? 0 : err_set(e, STATUS_SYSTEM, "zstd cannot start");
}

/* More text behind len: bytes gained, 0 at the end, -1. */
static ptrdiff_t refill(struct reader *r, struct err *e)
{
    if (!r->started) {
        if (start(r, e) < 0)
            return -1;
        if (r->len > 0)
            return (ptrdiff_t)r->len;
    }
    if (r->zstd)
        return inflate(r, e);
    if (r->ended)
        return 0;
    room(r, r->block);
    ptrdiff_t got = take(r, r->data + r->len, r->block, e);
    if (got > 0)
        r->len += (size_t)got;
    return got;
}

static int too_long(struct reader *r, struct err *e)
{
    return err_at(e, reader_where(r), "the line is longer than %zu bytes",
                  LINE_LIMIT);
}

int reader_line(struct reader *r, struct str *line, struct err *e)
{
    size_t seen = 0;
    for (;;) {
        char *from = r->data + r->pos + seen;
        size_t n = r->len - r->pos - seen;
        char *end = n ? memchr(from, '\n', n) : NULL;
        if (end) {
            *line = (struct str){r->data + r->pos,
                                 (size_t)(end - r->data) - r->pos};
            r->pos += line->n + 1;
            r->line++;
            return 1;
        }
        seen += n;
        if (seen > LINE_LIMIT) {
            r->line++;
            return too_long(r, e);
        }
        ptrdiff_t got = refill(r, e);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
    }
    if (seen == 0)
        return 0;
    *line = (struct str){r->data + r->pos, seen};
    r->pos = r->len;
    r->line++;
    return 1;
}

static void give(struct reader *r, struct buf *b, size_t n)
{
    const char *p = r->data + r->pos;
    if (r->open_line)
        r->line--;
    buf_reserve(b, n + IO_PADDING);
    buf_add(b, p, n);
    r->line += str_count((struct str){p, n}, '\n');
    r->open_line = p[n - 1] != '\n';
    r->line += r->open_line;
    r->pos += n;
}

int reader_lines(struct reader *r, struct buf *b, size_t want, struct err *e)
{
    size_t first = b->n;
    for (;;) {
        size_t n = r->len - r->pos, had = b->n - first;
        if (n == 0) {
            ptrdiff_t got = refill(r, e);
            if (got < 0)
                return -1;
            if (got == 0)
                return had > 0;
            continue;
        }
        if (had + n > want) { /* to the first newline at or after want */
            size_t skip = had < want ? want - had - 1 : 0;
            char *end = memchr(r->data + r->pos + skip, '\n', n - skip);
            if (end) {
                give(r, b, (size_t)(end - r->data) - r->pos + 1);
                return 1;
            }
        }
        give(r, b, n);
        if (b->n - first > want + LINE_LIMIT)
            return too_long(r, e);
    }
}

ptrdiff_t reader_bytes(struct reader *r, void *dst, size_t n, struct err *e)
{
    if (r->pos == r->len) {
        r->pos = r->len = 0;
        ptrdiff_t got = refill(r, e);
        if (got <= 0)
            return got;
    }
    n = size_min(n, r->len - r->pos);
    memcpy(dst, r->data + r->pos, n);
    r->pos += n;
    return (ptrdiff_t)n;
}

int reader_skip(struct reader *r, struct str prefix, struct err *e)
{
    while (r->len - r->pos < prefix.n) {
        ptrdiff_t got = refill(r, e);
        if (got < 0)
            return -1;
        if (got == 0)
            break;
    }
    struct str next = {r->data + r->pos, r->len - r->pos};
    if (!str_starts(next, prefix))
        return 0;
    r->pos += prefix.n;
    return 1;
}

int reader_rest(struct reader *r, struct buf *b, struct err *e)
{
    for (;;) {
        if (r->pos < r->len)
            give(r, b, r->len - r->pos);
        ptrdiff_t got = refill(r, e);
        if (got <= 0)
            return (int)got;
    }
}

int io_slurp(const char *path, struct buf *b, struct err *e)
{
    struct reader *r = reader_open(path, 0, e);
    if (!r)
        return -1;
    buf_reserve(b, IO_PADDING);
    int status = reader_rest(r, b, e);
    buf_reserve(b, IO_PADDING);
    reader_close(r);
    return status;
}

/* Shards: the bytes are what a frame holds.  A shard that is taken is sound,
 * and can be written and read again. */
#include <zstd.h>

#include "fuzz.h"
#include "shard.h"

static int take(const void *frame, size_t n, struct shard *s)
{
    char path[32];
    struct err e = {0};
    int fd = fuzz_file(frame, n, path);
    struct shard_reader *r = shard_open(path, &e);
    must(r);
    int got = shard_next(r, s, &e);
    must(got >= 0 || (e.status == STATUS_DATA && e.text[0]));
    shard_close(r);
    close(fd);
    return got;
}

static void again(const struct shard *s)
{
    struct shard t;
    struct buf b = {0};
    struct err e = {0};
    must(shard_check(s, &e) == 0);
    must(shard_put(&b, s, 1, &e) == 0);
    must(take(b.p, b.n, &t) == 1);
    must(t.rows == s->rows && t.length == s->length && t.n_cu == s->n_cu &&
         t.docs == s->docs && t.vocab == s->vocab && t.pad == s->pad &&
         t.tokenizer == s->tokenizer);
    must(memcmp(t.kinds, s->kinds, s->rows * s->length) == 0);
    shard_free(&t);
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct shard s;
    size_t cap = ZSTD_compressBound(n);
    char *frame = malloc(cap);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    must(frame && z);
    ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    size_t size = ZSTD_compress2(z, frame, cap, data, n);
    must(!ZSTD_isError(size));
    if (take(frame, size, &s) > 0) {
        again(&s);
        shard_free(&s);
    }
    if (take(data, n, &s) > 0) /* as a frame, too */
        shard_free(&s);
    ZSTD_freeCCtx(z);
    free(frame);
    return 0;
}

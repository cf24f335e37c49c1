/* Shards: round trip, every flipped bit, every truncation, and tensors that
 * say what they must not. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "mem.h"
#include "record.h"
#include "shard.h"
#include "tap.h"

static char path[] = "/tmp/insec-shard.XXXXXX";
static int fd; /* of path */

/* Two rows of four: a document of 3 and a pad, a document of 1 and one of
 * 3. */
static struct shard sample(void)
{
    static const int32_t ids[] = {5, 6, 7, 0, 1, 2, 3, 4};
    static const uint8_t kinds[] = {2, 3, 6, 0, 1, 2, 2, 2};
    static const int32_t cu[] = {0, 3, 4, 5, 8};
    struct shard s = {.rows = 2,
                      .length = 4,
                      .n_cu = COUNTOF(cu),
                      .docs = 3,
                      .vocab = 8,
                      .tokenizer = 0x123456789abcdef0};
    s.ids = mem_alloc(sizeof ids);
    s.kinds = mem_alloc(sizeof kinds);
    s.cu = mem_alloc(sizeof cu);
    s.weights = mem_zero(s.docs, sizeof *s.weights);
    s.weights[1] = -0.5f;
    memcpy(s.ids, ids, sizeof ids);
    memcpy(s.kinds, kinds, sizeof kinds);
    memcpy(s.cu, cu, sizeof cu);
    buf_cstr(&s.doc_ids, "\"a\"\n17\n\"c\\n\"\n");
    return s;
}

static bool same(const struct shard *a, const struct shard *b)
{
    return a->rows == b->rows && a->length == b->length && a->n_cu == b->n_cu &&
           a->docs == b->docs && a->vocab == b->vocab && a->pad == b->pad &&
           a->tokenizer == b->tokenizer &&
           (a->rows == 0 ||
            memcmp(a->ids, b->ids, a->rows * a->length * 4) == 0) &&
           (a->rows == 0 ||
            memcmp(a->kinds, b->kinds, a->rows * a->length) == 0) &&
           memcmp(a->cu, b->cu, a->n_cu * 4) == 0 &&
           !a->weights == !b->weights &&
           (!a->weights || memcmp(a->weights, b->weights, 4 * a->docs) == 0) &&
           str_eq(buf_view(&a->doc_ids), buf_view(&b->doc_ids));
}

static void store(const char *p, size_t n)
{
    if (ftruncate(fd, 0) || pwrite(fd, p, n, 0) != (ssize_t)n)
        exit(3);
}

/* Shards in the file that equal *want, or -1 where it is refused. */
static int count_same(const struct shard *want, struct err *e)
{
    struct shard_reader *r = shard_open(path, e);
    struct shard s;
    int got, n = 0;
    if (!r)
        return -1;
    while ((got = shard_next(r, &s, e)) > 0) {
        n += same(&s, want);
        shard_free(&s);
    }
    shard_close(r);
    return got < 0 ? -1 : n;
}

static void test_damage(const struct shard *s, struct buf *b)
{
    struct err e = {0};
    size_t missed = 0, changed = 0, unplaced = 0;
    for (size_t bit = 0; bit < 8 * b->n; bit++) {
        b->p[bit / 8] ^= (char)(1 << bit % 8);
        store(b->p, b->n);
        b->p[bit / 8] ^= (char)(1 << bit % 8);
        int n = count_same(s, &e);
        missed += n >= 0;
        changed += n >= 0 && n != 1;
        unplaced += n < 0 && !e.at.name;
    }
    /* Some bits of a zstd frame say nothing: then the shard is what it was. */
    ok(changed == 0 && missed < b->n / 8,
       "%zu flipped bits: none changes a shard unseen", 8 * b->n);
    missed = 0;
    for (size_t n = 1; n < b->n; n++) {
        store(b->p, n);
        missed += count_same(s, &e) >= 0;
        unplaced += !e.at.name;
    }
    ok(missed == 0, "%zu truncations: all seen", b->n - 1);
    ok(unplaced == 0, "each with the name of the file");
}

static void test_stream(const struct shard *s, const struct buf *b)
{
    struct err e = {0};
    struct buf two = {0};
    store(b->p, b->n);
    ok(count_same(s, &e) == 1, "a shard comes back as it was");
    store("", 0);
    ok(count_same(s, &e) == 0, "an empty stream has no shards");
    buf_str(&two, buf_view(b));
    buf_str(&two, buf_view(b));
    store(two.p, two.n);
    ok(count_same(s, &e) == 2, "two shards end to end are a stream");
    for (size_t n = 1; n < b->n; n++) {
        store(two.p, b->n + n);
        if (count_same(s, &e) >= 0)
            break;
    }
    ok(strstr(e.text, "shard 2"), "the second is named where it is cut");
    two.n = b->n;
    buf_cstr(&two, "garbage");
    store(two.p, two.n);
    ok(count_same(s, &e) < 0, "garbage behind a shard");
    store("garbage and more garbage", 24);
    ok(count_same(s, &e) < 0 && strstr(e.text, "not a shard"), "garbage alone");
    buf_free(&two);
}

/* A shard whose header lies must not cost memory. */
static void test_lies(const struct shard *s)
{
    static const char *const heads[] = {
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1099511627776],"
        "\"data_offsets\":[0,1099511627776]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1000000000],"
        "\"data_offsets\":[0,1000000000]}}",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}",
    };
    static const char *const whys[] = {"over the limit", "truncated",
                                       "not a shard"};
    for (size_t i = 0; i < COUNTOF(heads); i++) {
        struct buf b = {0};
        struct err e = {0};
        buf_char(&b, (char)strlen(heads[i]));
        buf_add(&b, "\0\0\0\0\0\0\0", 7);
        buf_cstr(&b, heads[i]);
        buf_char(&b, 0);
        store(b.p, b.n);
        ok(count_same(s, &e) < 0 && strstr(e.text, whys[i]), "%s", whys[i]);
        buf_free(&b);
    }
}

/* Writes *s, which is wrong, and sees it refused. */
static void wrong(struct shard *s, const char *why)
{
    struct err e = {0};
    struct buf b = {0};
    int n = shard_put(&b, s, 3, &e);
    store(b.p, b.n);
    ok(n == 0 && count_same(s, &e) < 0 && strstr(e.text, why), "%s", why);
    if (!strstr(e.text, why))
        printf("# %s\n", e.text);
    buf_free(&b);
    shard_free(s);
    *s = sample();
}

static void test_contents(void)
{
    struct shard s = sample();
    s.cu[1] = 4, s.cu[2] = 3;
    wrong(&s, "cu_seqlens[2]: 3 after 4");
    s.cu[1] = 4;
    wrong(&s, "cu_seqlens[2]: 4 after 4");
    s.cu[2] = 5, s.cu[3] = 6;
    wrong(&s, "in two rows");
    s.cu[0] = 1;
    wrong(&s, "from 0 to 8");
    s.cu[4] = 7;
    wrong(&s, "from 0 to 8");
    s.cu[1] = -5;
    wrong(&s, "cu_seqlens[1]: -5 after 0");
    s.n_cu = 0;
    wrong(&s, "from 0 to 8");
    s.kinds[6] = 0;
    wrong(&s, "kinds[1,2]: padding inside");
    s.kinds[6] = KIND_COUNT;
    wrong(&s, "kinds[1,2]: no kind 7");
    s.kinds[3] = 2;
    wrong(&s, "documents, the metadata says 3");
    s.ids[6] = 8;
    wrong(&s, "input_ids[1,2]: 8");
    s.ids[6] = -1;
    wrong(&s, "input_ids[1,2]: -1");
    s.ids[3] = 1;
    wrong(&s, "input_ids[0,3]: 1");
    s.docs = 2;
    wrong(&s, "3 documents");
    s.weights[2] = NAN;
    wrong(&s, "document_weights[2]");
    s.weights[2] = -2e6f;
    wrong(&s, "document_weights[2]");
    s.pad = 8;
    wrong(&s, "pad id 8 of 8");
    s.doc_ids.n -= 1;
    wrong(&s, "document_ids, line 3");
    s.doc_ids.p[0] = 'x';
    wrong(&s, "document_ids, line 1");
    buf_cstr(&s.doc_ids, "4\n");
    wrong(&s, "4 document_ids for 3");
    s.length = 8;
    s.rows = 1;
    s.cu[2] = 7;
    s.n_cu = 3;
    wrong(&s, "from 0 to 8");
    shard_free(&s);
}

static void test_empty(void)
{
    int32_t cu = 0;
    struct shard s = {.length = 4, .cu = &cu, .n_cu = 1, .vocab = 8};
    struct err e = {0};
    struct buf b = {0};
    ok(shard_put(&b, &s, 1, &e) == 0, "a shard without rows");
    store(b.p, b.n);
    ok(count_same(&s, &e) == 1, "can be read");
    buf_free(&b);
}

int main(void)
{
    fd = mkstemp(path);
    struct shard s = sample();
    struct err e = {0};
    struct buf b = {0};
    ok(fd >= 0 && shard_put(&b, &s, 3, &e) == 0, "a shard is written");
    test_stream(&s, &b);
    test_damage(&s, &b);
    test_lies(&s);
    test_contents();
    test_empty();
    mem_free(s.weights);
    s.weights = NULL;
    b.n = 0;
    ok(shard_put(&b, &s, 3, &e) == 0, "a shard without weights is written");
    store(b.p, b.n);
    ok(count_same(&s, &e) == 1, "and comes back so");
    shard_free(&s);
    buf_free(&b);
    unlink(path);
    return tap_end();
}

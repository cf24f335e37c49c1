/* tokenizer.json: one that is taken gives ids that it has, and they decode. */
#include "tokenizer.h"
#include "fuzz.h"

static void encode(const struct tokenizer *t)
{
    const struct str text = STR("Lower case, caf\xc3\xa9 12345  <|end|>\n\nx");
    struct encoder *c = encoder_new(t);
    struct i32_vec ids = {0};
    struct size_vec ends = {0};
    struct buf back = {0};
    struct err e = {0};
    if (encoder_encode(c, text, &ids, &ends, &e) == 0) {
        must(ids.n == ends.n);
        for (size_t i = 0; i < ids.n; i++) {
            must(ids.v[i] >= 0 && ids.v[i] < tokenizer_info(t)->vocab_size);
            must(tokenizer_has(t, ids.v[i]));
            must(ends.v[i] <= text.n && (i == 0 || ends.v[i] >= ends.v[i - 1]));
        }
        tokenizer_decode(t, ids.v, ids.n, true, &back);
    }
    encoder_free(c);
    vec_free(&ids);
    vec_free(&ends);
    buf_free(&back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    char path[32];
    struct err e = {0};
    int fd = fuzz_file(data, n, path);
    struct tokenizer *t = tokenizer_load(path, &e);
    close(fd);
    if (!t) {
        must(e.status == STATUS_DATA && e.text[0]);
        return 0;
    }
    encode(t);
    tokenizer_free(t);
    return 0;
}

/* Tokenizers: the built-in one, the file it makes, round trips, refusals. */
#include <stdlib.h>
#include <unistd.h>

#include "io.h"
#include "mem.h"
#include "rng.h"
#include "tokenizer.h"

#include "tap.h"

static struct err e;

/* Loads a tokenizer from text, through a file. */
static struct tokenizer *from_text(struct str json)
{
    char path[] = "/tmp/insec-unit-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || write(fd, json.p, json.n) != (ssize_t)json.n)
        return NULL;
    close(fd);
    struct tokenizer *t = tokenizer_load(path, &e);
    unlink(path);
    return t;
}

static bool same_ids(const struct i32_vec *a, const struct i32_vec *b)
{
    return a->n == b->n && (!a->n || !memcmp(a->v, b->v, a->n * sizeof *a->v));
}

static void check_builtin(void)
{
    struct tokenizer *t = tokenizer_builtin();
    const struct tokenizer_info *i = tokenizer_info(t);
    ok(i->vocab_size == 261 && i->pad == 256 && i->eos == 257 && i->bos == -1,
       "the built-in tokenizer: 256 bytes and five marks");
    ok(tokenizer_special(t, STR("<|wrong|>")) == 258 &&
           tokenizer_special(t, STR("<|right|>")) == 259 &&
           tokenizer_special(t, STR("[BACK]")) == 260 &&
           tokenizer_special(t, STR("[back]")) == -1,
       "its marks");
    struct encoder *c = encoder_new(t);
    char all[512];
    for (int k = 0; k < 512; k++)
        all[k] = (char)k;
    struct i32_vec ids = {0};
    struct size_vec ends = {0};
    int bad = encoder_encode(c, (struct str){all, 512}, &ids, &ends, &e);
    bool good = !bad && ids.n == 512 && ends.n == 512;
    for (size_t k = 0; good && k < 512; k++)
        good = ids.v[k] == (int)(k & 255) && ends.v[k] == k + 1;
    ok(good, "its ids are the bytes, NUL and bad UTF-8 too");
    ids.n = 0;
    bad = encoder_encode(c, STR("<|end|>"), &ids, NULL, &e);
    ok(!bad && ids.n == 7 && ids.v[0] == '<', "a mark's text is no mark");
    ok(tokenizer_marks_in(t, STR("<|end|><|en[BACK]<<|pad|>")) == 3,
       "but is counted");
    ids.n = 0;
    vec_push(&ids, 'a');
    vec_push(&ids, 258);
    vec_push(&ids, 9999);
    vec_push(&ids, -5);
    struct buf out = {0};
    tokenizer_decode(t, ids.v, ids.n, true, &out);
    ok(str_eq(buf_view(&out), STR("a<|wrong|>")), "decoding with marks");
    out.n = 0;
    tokenizer_decode(t, ids.v, ids.n, false, &out);
    ok(str_eq(buf_view(&out), STR("a")), "decoding without");
    buf_free(&out);
    vec_free(&ids);
    vec_free(&ends);
    encoder_free(c);
    tokenizer_free(t);
}

static void check_file(void)
{
    struct tokenizer *a = tokenizer_builtin();
    struct tokenizer *b = from_text(tokenizer_json(a));
    ok(b != NULL, "the built-in tokenizer.json loads");
    if (!b)
        return;
    const struct tokenizer_info *i = tokenizer_info(a), *j = tokenizer_info(b);
    ok(i->hash == j->hash && i->vocab_size == j->vocab_size &&
           i->eos == j->eos && i->pad == j->pad && i->bos == j->bos,
       "as the same tokenizer");
    struct encoder *c = encoder_new(a), *d = encoder_new(b);
    struct i32_vec x = {0}, y = {0};
    struct str text = STR("d\xc3\xa9j\xc3\xa0 vu <|end|> \xf0\x9f\x98\x80");
    int bad = encoder_encode(c, text, &x, NULL, &e) ||
              encoder_encode(d, text, &y, NULL, &e);
    ok(!bad && same_ids(&x, &y), "with the same ids");
    vec_free(&x);
    vec_free(&y);
    encoder_free(c);
    encoder_free(d);
    tokenizer_free(a);
    tokenizer_free(b);
}

static void check_config(void)
{
    struct tokenizer *t = tokenizer_builtin();
    struct buf out = {0};
    tokenizer_put_config(t, 512, &out);
    ok(str_eq(buf_view(&out),
              STR("{\n  \"tokenizer_class\": \"PreTrainedTokenizerFast\",\n"
                  "  \"clean_up_tokenization_spaces\": false,\n"
                  "  \"model_max_length\": 512,\n"
                  "  \"add_bos_token\": false,\n"
                  "  \"eos_token\": \"<|end|>\",\n"
                  "  \"pad_token\": \"<|pad|>\"\n}\n")),
       "a tokenizer_config.json for it");
    buf_free(&out);
    tokenizer_free(t);
}

int main(void)
{
    diag_program("tokenizer");
    check_builtin();
    check_file();
    check_config();
    return tap_end();
}

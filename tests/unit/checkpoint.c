/* Checkpoints: what is saved is loaded, in every number format. */
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "checkpoint.h"
#include "folder.h"
#include "hfconfig.h"
#include "safetensors.h"
#include "tap.h"

static const struct model_config shape = {
    .vocab = 261,
    .dim = 8,
    .inner = 16,
    .layers = 2,
    .heads = 2,
    .kv_heads = 1,
    .head_dim = 4,
    .context = 64,
    .rope_theta = 500000,
    .norm_eps = 1e-5f,
    .tied = false,
    .bos = -1,
    .eos = 257,
    .pad = 256,
};

/* The upper half of a float; and the half of a float in [2^-14,65504]. */
static uint16_t to_bf16(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    return (uint16_t)(bits >> 16);
}
static uint16_t to_f16(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    if (fabsf(f) < 0x1p-14f) /* subnormal: steps of 2^-24 */
        return (uint16_t)((bits >> 16 & 0x8000) |
                          (uint32_t)(fabsf(f) * 0x1p24f));
    return (uint16_t)((bits >> 16 & 0x8000) |
                      (((bits >> 23 & 255) - 112) << 10) | (bits >> 13 & 1023));
}

/* Writes the model's tensors as 16-bit numbers over the saved ones. */
static void rewrite(const char *dir, const struct model *m, enum st_type type)
{
    struct st_vec tensors = {0};
    struct buf header = {0};
    uint16_t *half = mem_zero(m->n_params, sizeof *half);
    for (size_t i = 0; i < m->n_params; i++)
        half[i] = (type == ST_F16 ? to_f16 : to_bf16)(m->params[i]);
    for (size_t i = 0; i < m->n_tensors; i++) {
        const struct model_tensor *t = &m->tensors[i];
        struct st_tensor out = {str_of(t->name), type,
                                t->rank,         {t->shape[0], t->shape[1]},
                                half + t->at,    t->n * 2};
        vec_push(&tensors, out);
    }
    st_header(&header, tensors.v, tensors.n, NULL, 0);
    char *path = folder_path(dir, "model.safetensors");
    FILE *f = fopen(path, "w");
    fwrite(header.p, 1, header.n, f);
    for (size_t i = 0; i < tensors.n; i++)
        fwrite(tensors.v[i].data, 1, tensors.v[i].bytes, f);
    fclose(f);
    mem_free(path);
    mem_free(half);
    vec_free(&tensors);
    buf_free(&header);
}

/* Loads dir: the largest difference to m, relative to 0.02. */
static double difference(const char *dir, const struct model *m)
{
    struct model got;
    struct err e = {0};
    double most = 0;
    if (checkpoint_load(dir, &got, &e)) {
        printf("# %s\n", e.text);
        return 1e9;
    }
    for (size_t i = 0; i < m->n_params; i++)
        most = fmax(most, fabs((double)got.params[i] - (double)m->params[i]));
    most = got.n_params == m->n_params ? most / 0.02 : 1e9;
    model_free(&got);
    return most;
}

static void reals(void)
{
    static const struct {
        float v;
        const char *text;
    } cases[] = {{10000, "10000.0"}, {1e-5f, "1e-05"}, {0.5f, "0.5"},
                 {1e-6f, "1e-06"},   {1, "1.0"},       {500000, "500000.0"}};
    for (size_t i = 0; i < COUNTOF(cases); i++) {
        struct buf b = {0};
        hfconfig_put_real(&b, cases[i].v);
        ok(str_eq(buf_view(&b), str_of(cases[i].text)), "%s", cases[i].text);
        buf_free(&b);
    }
}

int main(void)
{
    struct err e = {0};
    struct model m;
    struct model_config c;
    struct tokenizer *t = tokenizer_builtin();
    char dir[] = "/tmp/insec-checkpoint-XXXXXX";
    ok(mkdtemp(dir) && !checkpoint_check(dir, &e), "an empty folder will do");
    ok(!model_create(&m, &shape, &e), "a model");
    model_init(&m, 1);
    ok(!checkpoint_save(dir, &m, t, NULL, &e), "saved: %s", e.text);
    ok(!checkpoint_resumable(dir), "weights alone cannot be resumed");
    ok(!checkpoint_shape(dir, &c, &e) && c.dim == 8 && c.kv_heads == 1 &&
           !c.tied && c.bos == -1 && c.eos == 257 && c.rope_theta == 500000 &&
           c.norm_eps == 1e-5f && c.context == 64,
       "its shape comes back");
    ok(difference(dir, &m) == 0, "so do its weights");
    rewrite(dir, &m, ST_BF16);
    ok(difference(dir, &m) < 0.1, "from bf16");
    rewrite(dir, &m, ST_F16);
    ok(difference(dir, &m) < 0.01, "from f16");
    ok(!checkpoint_save(dir, &m, t, NULL, &e), "saved over it: %s", e.text);
    ok(difference(dir, &m) == 0, "the weights are whole again");

    char *path = folder_path(dir, "mine");
    fclose(fopen(path, "w"));
    ok(checkpoint_save(dir, &m, t, NULL, &e) && difference(dir, &m) == 0,
       "a folder with something else stays: %s", e.text);
    unlink(path);
    mem_free(path);
    reals();

    model_free(&m);
    tokenizer_free(t);
    static const char *const files[] = {"config.json", "generation_config.json",
                                        "model.safetensors", "tokenizer.json",
                                        "tokenizer_config.json"};
    for (size_t i = 0; i < COUNTOF(files); i++) {
        path = folder_path(dir, files[i]);
        unlink(path);
        mem_free(path);
    }
    ok(!rmdir(dir), "and nothing else was there");
    return tap_end();
}

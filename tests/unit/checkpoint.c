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

/* The weights in two files and an index, as large ones are. */
static void split(const char *dir, const struct model *m)
{
    char *index = folder_path(dir, "model.safetensors.index.json");
    char *whole = folder_path(dir, "model.safetensors");
    FILE *list = fopen(index, "w");
    fputs("{\"weight_map\":{", list);
    for (int part = 0; part < 2; part++) {
        const char *name = part ? "b.safetensors" : "a.safetensors";
        struct st_vec tensors = {0};
        struct buf header = {0};
        for (size_t i = 0; i < m->n_tensors; i++) {
            const struct model_tensor *t = &m->tensors[i];
            struct st_tensor out = {
                str_of(t->name),   ST_F32,  t->rank, {t->shape[0], t->shape[1]},
                m->params + t->at, t->n * 4};
            if (i % 2 != (size_t)part)
                continue;
            vec_push(&tensors, out);
            fprintf(list, "%s\"%s\":\"%s\"", i == 0 ? "" : ",", t->name, name);
        }
        st_header(&header, tensors.v, tensors.n, NULL, 0);
        char *path = folder_path(dir, name);
        FILE *f = fopen(path, "w");
        fwrite(header.p, 1, header.n, f);
        for (size_t i = 0; i < tensors.n; i++)
            fwrite(tensors.v[i].data, 1, tensors.v[i].bytes, f);
        fclose(f);
        mem_free(path);
        vec_free(&tensors);
        buf_free(&header);
    }
    fputs("}}", list);
    fclose(list);
    unlink(whole);
    mem_free(index);
    mem_free(whole);
}

static void unsplit(const char *dir)
{
    static const char *const files[] = {"a.safetensors", "b.safetensors",
                                        "model.safetensors.index.json"};
    for (size_t i = 0; i < COUNTOF(files); i++) {
        char *path = folder_path(dir, files[i]);
        unlink(path);
        mem_free(path);
    }
}

/* The other networks come back as they were. */
static void kin(const char *dir, const struct tokenizer *t)
{
    static const enum model_arch archs[] = {ARCH_QWEN2, ARCH_QWEN3, ARCH_GPT2};
    struct err e = {0};
    for (size_t i = 0; i < COUNTOF(archs); i++) {
        struct model m;
        struct model_config c = shape, got;
        c.arch = archs[i];
        c.kv_heads = c.arch == ARCH_GPT2 ? 2 : 1;
        c.rope_theta = 10000;
        if (c.arch != ARCH_GPT2)
            c.rope = (struct rope){ROPE_LLAMA3, 8, 1, 4, 32};
        ok(!model_create(&m, &c, &e), "kin %d", (int)i);
        model_init(&m, 1);
        for (size_t k = 0; k < m.n_params; k++)
            m.params[k] += 1e-3f * (float)(k % 7);
        ok(!checkpoint_save(dir, &m, t, NULL, &e), "saved: %s", e.text);
        ok(difference(dir, &m) == 0, "kin %d comes back", (int)i);
        ok(!checkpoint_shape(dir, &got, &e) && got.arch == c.arch &&
               got.rope.kind == c.rope.kind && got.rope.high == c.rope.high &&
               got.rope.original == c.rope.original && got.tied == c.tied,
           "with its shape");
        model_free(&m);
    }
}

/* Weights that must not be taken. */
static void refused(const char *dir, struct model *m, const struct tokenizer *t)
{
    struct err e = {0};
    float was = m->params[100];
    m->params[100] = NAN;
    ok(!checkpoint_save(dir, m, t, NULL, &e) && difference(dir, m) == 1e9,
       "a weight that is not a number is refused");
    m->params[100] = was;
}

/* New ids: the old rows stay, the new ones lie about their mean. */
static void widened(void)
{
    struct model m, was;
    struct err e;
    ok(!model_create(&m, &shape, &e) && !model_create(&was, &shape, &e),
       "two models");
    model_init(&m, 1);
    model_init(&was, 1);
    ok(!model_widen(&m, 270, 1, &e) && m.config.vocab == 270, "widened");
    ok(!memcmp(m.params, was.params, 261 * 8 * sizeof(float)), "old rows stay");
    const struct model_tensor *a = model_tensor(&m, "lm_head.weight"),
                              *b = model_tensor(&was, "lm_head.weight");
    ok(!memcmp(m.params + a->at, was.params + b->at, b->n * sizeof(float)),
       "in the output layer too");
    double most = 0, apart = 0;
    for (size_t i = b->n; i < a->n; i++)
        most = fmax(most, fabs((double)m.params[a->at + i]));
    for (size_t i = 0; i < 8; i++)
        apart += fabs((double)m.params[a->at + b->n + i] -
                      (double)m.params[a->at + b->n + 8 + i]);
    ok(most < 0.015 && apart > 0, "new rows are small and differ");
    model_free(&m);
    model_free(&was);
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

    split(dir, &m);
    ok(difference(dir, &m) == 0, "from two files and an index");
    unsplit(dir);
    kin(dir, t);
    refused(dir, &m, t);
    widened();
    ok(!checkpoint_save(dir, &m, t, NULL, &e), "saved once more: %s", e.text);

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

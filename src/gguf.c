/*
 * The network in a GGUF file.  Names are llama.cpp's; a Llama's queries and
 * keys lie there with the two halves of a head interleaved, so their rows are
 * reordered, as its converter does.
 */
#include "gguf_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "io.h"

enum { ALIGN = 32, NAME_MAX_BYTES = 64 };

/* ---- values */

void gguf_int(struct buf *b, uint64_t v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_char(b, (char)(v >> (8 * i) & 255));
}

void gguf_text(struct buf *b, struct str s)
{
    gguf_int(b, s.n, 8);
    buf_str(b, s);
}

void gguf_key(struct gguf_head *h, const char *key, enum gguf_value type)
{
    gguf_text(&h->pairs, str_of(key));
    gguf_int(&h->pairs, type, 4);
    h->n++;
}

void gguf_array(struct gguf_head *h, const char *key, enum gguf_value type,
                size_t n)
{
    gguf_key(h, key, GGUF_ARRAY);
    gguf_int(&h->pairs, type, 4);
    gguf_int(&h->pairs, n, 8);
}

void gguf_u32(struct gguf_head *h, const char *key, int64_t v)
{
    gguf_key(h, key, GGUF_U32);
    gguf_int(&h->pairs, (uint64_t)v, 4);
}

void gguf_string(struct gguf_head *h, const char *key, struct str s)
{
    gguf_key(h, key, GGUF_STRING);
    gguf_text(&h->pairs, s);
}

/* ---- the configuration */

static const char *arch_name(const struct model_config *c)
{
    static const char *const names[] = {"llama", "qwen2", "qwen3", "gpt2"};
    return names[c->arch];
}

/* ARCH.key */
static const char *arch_key(const struct model_config *c, const char *key,
                            char name[80])
{
    snprintf(name, 80, "%s.%s", arch_name(c), key);
    return name;
}

static void put_size(struct gguf_head *h, const struct model_config *c,
                     const char *key, int32_t v)
{
    char name[80];
    gguf_u32(h, arch_key(c, key, name), v);
}

static void put_real(struct gguf_head *h, const struct model_config *c,
                     const char *key, float v)
{
    char name[80];
    uint32_t bits;
    memcpy(&bits, &v, 4);
    gguf_key(h, arch_key(c, key, name), GGUF_REAL);
    gguf_int(&h->pairs, bits, 4);
}

static void put_config(struct gguf_head *h, const struct model_config *c,
                       enum gguf_type type)
{
    gguf_string(h, "general.architecture", str_of(arch_name(c)));
    gguf_u32(h, "general.file_type", type == GGUF_F16);
    gguf_u32(h, "general.alignment", ALIGN);
    put_size(h, c, "vocab_size", c->vocab);
    put_size(h, c, "context_length", c->context);
    put_size(h, c, "embedding_length", c->dim);
    put_size(h, c, "block_count", c->layers);
    put_size(h, c, "feed_forward_length", c->inner);
    put_size(h, c, "attention.head_count", c->heads);
    if (c->arch == ARCH_GPT2) {
        put_real(h, c, "attention.layer_norm_epsilon", c->norm_eps);
        return;
    }
    put_size(h, c, "attention.head_count_kv", c->kv_heads);
    put_size(h, c, "attention.key_length", c->head_dim);
    put_size(h, c, "attention.value_length", c->head_dim);
    put_size(h, c, "rope.dimension_count", c->head_dim);
    put_real(h, c, "rope.freq_base", c->rope_theta);
    put_real(h, c, "attention.layer_norm_rms_epsilon", c->norm_eps);
    if (c->rope.kind == ROPE_LINEAR) {
        char name[80];
        gguf_string(h, arch_key(c, "rope.scaling.type", name), STR("linear"));
        put_real(h, c, "rope.scaling.factor", c->rope.factor);
    }
}

/* ---- tensors */

/* The part of the name behind the layer's number, as llama.cpp has it. */
static const char *part_name(const char *part)
{
    static const char *const names[][2] = {
        {"input_layernorm.", "attn_norm."},
        {"self_attn.q_proj.", "attn_q."},
        {"self_attn.k_proj.", "attn_k."},
        {"self_attn.v_proj.", "attn_v."},
        {"self_attn.q_norm.", "attn_q_norm."},
        {"self_attn.k_norm.", "attn_k_norm."},
        {"self_attn.o_proj.", "attn_output."},
        {"post_attention_layernorm.", "ffn_norm."},
        {"mlp.gate_proj.", "ffn_gate."},
        {"mlp.up_proj.", "ffn_up."},
        {"mlp.down_proj.", "ffn_down."},
        {"ln_1.", "attn_norm."},
        {"attn.c_attn.", "attn_qkv."},
        {"attn.c_proj.", "attn_output."},
        {"ln_2.", "ffn_norm."},
        {"mlp.c_fc.", "ffn_up."},
        {"mlp.c_proj.", "ffn_down."},
    };
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (!strncmp(part, names[i][0], strlen(names[i][0])))
            return names[i][1];
    return NULL;
}

static void tensor_name(const struct model_tensor *t, char name[NAME_MAX_BYTES])
{
    static const char *const names[][2] = {
        {"model.embed_tokens.weight", "token_embd.weight"},
        {"model.norm.weight", "output_norm.weight"},
        {"lm_head.weight", "output.weight"},
        {"transformer.wte.weight", "token_embd.weight"},
        {"transformer.wpe.weight", "position_embd.weight"},
        {"transformer.ln_f.weight", "output_norm.weight"},
        {"transformer.ln_f.bias", "output_norm.bias"},
    };
    int at = 0;
    unsigned layer = 0;
    for (size_t i = 0; i < COUNTOF(names); i++)
        if (!strcmp(t->name, names[i][0])) {
            snprintf(name, NAME_MAX_BYTES, "%s", names[i][1]);
            return;
        }
    if (sscanf(t->name, "model.layers.%u.%n", &layer, &at) < 1 || !at)
        at = sscanf(t->name, "transformer.h.%u.%n", &layer, &at) < 1 ? 0 : at;
    const char *part = part_name(t->name + at);
    if (!part)
        die(STATUS_SYSTEM, "GGUF: no name for %s", t->name);
    snprintf(name, NAME_MAX_BYTES, "blk.%u.%s%s", layer, part,
             strrchr(t->name, '.') + 1);
}

/* Are its numbers written in half precision? */
static bool halved(const struct model_tensor *t, enum gguf_type type)
{
    return type == GGUF_F16 && t->rank == 2 && !strstr(t->name, ".wpe.");
}

static size_t padded(size_t n)
{
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

/* Dimensions go from the innermost. */
static void put_info(struct buf *b, const char *name,
                     const struct model_tensor *t, bool half, size_t *at)
{
    gguf_text(b, str_of(name));
    gguf_int(b, (uint64_t)t->rank, 4);
    for (int i = t->rank; i-- > 0;)
        gguf_int(b, t->shape[i], 8);
    gguf_int(b, half, 4); /* its types 0 and 1 are F32 and F16 */
    gguf_int(b, *at, 8);
    *at += padded(t->n * (half ? 2 : 4));
}

/* Nearest, ties to even; infinite where it does not fit. */
static uint16_t to_half(float f)
{
    uint32_t bits;
    memcpy(&bits, &f, 4);
    uint32_t sign = bits >> 16 & 0x8000, size = bits & 0x7fffffff;
    if (size >= 0x47800000)
        return (uint16_t)(sign | 0x7c00);
    if (size < 0x38800000) /* subnormal: steps of 2^-24 */
        return (uint16_t)(sign | (uint32_t)lrintf(fabsf(f) * 0x1p24f));
    size += 0xfff + (size >> 13 & 1);
    return (uint16_t)(sign | ((size >> 13) - (112 << 10)));
}

/* The row of the file's row r: a Llama's heads are interleaved. */
static size_t source_row(const struct model *m, const struct model_tensor *t,
                         size_t r)
{
    size_t e = (size_t)m->config.head_dim, in = r % e;
    if (m->config.arch != ARCH_LLAMA ||
        (!strstr(t->name, "q_proj") && !strstr(t->name, "k_proj")))
        return r;
    return r - in + in % 2 * (e / 2) + in / 2;
}

static int put_data(struct writer *w, const struct model *m,
                    const struct model_tensor *t, bool half, struct err *e)
{
    size_t row = t->rank == 2 ? t->shape[1] : t->n,
           bytes = row * (half ? 2 : 4);
    uint16_t *out = mem_zero(row, sizeof *out);
    static const char zeros[ALIGN];
    bool fits = true;
    for (size_t r = 0; r < t->n / row; r++) {
        const float *v = m->params + t->at + source_row(m, t, r) * row;
        for (size_t i = 0; half && i < row; i++) {
            out[i] = to_half(v[i]);
            fits = fits && (out[i] & 0x7c00) != 0x7c00;
        }
        writer_put(w, half ? (const void *)out : v, bytes);
    }
    writer_put(w, zeros, padded(t->n / row * bytes) - t->n / row * bytes);
    mem_free(out);
    return fits ? 0
                : err_set(e, STATUS_DATA,
                          "%s: does not fit into half precision", t->name);
}

/* How much slower each pair of a llama3-scaled head turns: [E/2]. */
static struct model_tensor rope_factors(const struct model *m, float *out)
{
    const struct model_config *c = &m->config;
    struct model_config plain = *c;
    size_t n = (size_t)c->head_dim / 2;
    plain.rope = (struct rope){0};
    for (size_t i = 0; i < n; i++)
        out[i] = (float)(model_turn(&plain, i) / model_turn(c, i));
    return (struct model_tensor){.rank = 1, .shape = {n, 0}, .n = n};
}

/* A tied GPT-2's output layer is written too: llama.cpp of early 2025 does not
 * load it without, though of other kinds it does. */
static const struct model_tensor *twice(const struct model *m)
{
    return m->config.arch == ARCH_GPT2 && m->config.tied ? &m->tensors[0]
                                                         : NULL;
}

static void put_head(struct buf *b, const struct gguf_head *h, uint64_t tensors)
{
    buf_cstr(b, "GGUF");
    gguf_int(b, 3, 4);
    gguf_int(b, tensors, 8);
    gguf_int(b, h->n, 8);
    buf_str(b, buf_view(&h->pairs));
}

int gguf_write(const char *path, const struct model *m,
               const struct tokenizer *t, enum gguf_type type, struct err *e)
{
    struct gguf_head h = {0};
    struct buf b = {0};
    bool scaled = m->config.rope.kind == ROPE_LLAMA3;
    const struct model_tensor *again = twice(m);
    float factors[MODEL_HEAD_MAX / 2 + ALIGN] = {0};
    struct model_tensor rope = {0};
    size_t at = 0;
    put_config(&h, &m->config, type);
    int rc = gguf_vocab(&h, t, &m->config, e);
    put_head(&b, &h, m->n_tensors + scaled + (again != NULL));
    for (size_t i = 0; i < m->n_tensors; i++) {
        char name[NAME_MAX_BYTES];
        tensor_name(&m->tensors[i], name);
        put_info(&b, name, &m->tensors[i], halved(&m->tensors[i], type), &at);
    }
    if (again)
        put_info(&b, "output.weight", again, halved(again, type), &at);
    if (scaled) {
        rope = rope_factors(m, factors);
        put_info(&b, "rope_freqs.weight", &rope, false, &at);
    }
    while (b.n % ALIGN)
        buf_char(&b, 0);
    struct writer *w = rc ? NULL : writer_file(path, e);
    if (w) {
        writer_str(w, buf_view(&b));
        for (size_t i = 0; !rc && i < m->n_tensors; i++)
            rc =
                put_data(w, m, &m->tensors[i], halved(&m->tensors[i], type), e);
        if (!rc && again)
            rc = put_data(w, m, again, halved(again, type), e);
        if (scaled)
            writer_put(w, factors, padded(rope.n * 4));
    }
    buf_free(&h.pairs);
    buf_free(&b);
    if (w && !rc)
        return writer_finish(w, e);
    if (w)
        writer_abandon(w);
    return -1;
}

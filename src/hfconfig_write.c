/* Writing config.json and the small files beside it, as Hugging Face has
 * them. */
#include "hfconfig.h"

#include <stdio.h>
#include <stdlib.h>

void hfconfig_put_real(struct buf *out, float v)
{
    char s[48];
    if (v >= 1 && v < 1e9f && v == (float)(int64_t)v) {
        buf_printf(out, "%.1f", (double)v);
        return;
    }
    for (int digits = 1; digits <= 9; digits++) {
        snprintf(s, sizeof s, "%.*g", digits, (double)v);
        if (strtof(s, NULL) == v)
            break;
    }
    buf_cstr(out, s);
    if (!strpbrk(s, ".e"))
        buf_cstr(out, ".0");
}

static void put_id(struct buf *out, const char *name, int32_t id)
{
    /* An absent id must be written as null: readers have defaults. */
    if (id < 0)
        buf_printf(out, ",\n  \"%s\": null", name);
    else
        buf_printf(out, ",\n  \"%s\": %d", name, id);
}

static void put_size(struct buf *out, const char *name, int32_t n)
{
    buf_printf(out, "  \"%s\": %d,\n", name, n);
}

/* The inside of an object. */
static void put_rope(struct buf *out, const struct model_config *c)
{
    static const char *const kinds[] = {"default", "linear", "llama3"};
    const struct rope *r = &c->rope;
    buf_printf(out, "\"rope_type\": \"%s\"", kinds[r->kind]);
    if (r->kind == ROPE_PLAIN)
        return;
    buf_cstr(out, ", \"factor\": ");
    hfconfig_put_real(out, r->factor);
    if (r->kind == ROPE_LINEAR)
        return;
    buf_cstr(out, ", \"low_freq_factor\": ");
    hfconfig_put_real(out, r->low);
    buf_cstr(out, ", \"high_freq_factor\": ");
    hfconfig_put_real(out, r->high);
    buf_printf(out, ", \"original_max_position_embeddings\": %d", r->original);
}

static void put_llama(struct buf *out, const struct model_config *c)
{
    put_size(out, "hidden_size", c->dim);
    put_size(out, "intermediate_size", c->inner);
    put_size(out, "num_hidden_layers", c->layers);
    put_size(out, "num_attention_heads", c->heads);
    put_size(out, "num_key_value_heads", c->kv_heads);
    put_size(out, "head_dim", c->head_dim);
    put_size(out, "max_position_embeddings", c->context);
    buf_cstr(out, "  \"hidden_act\": \"silu\",\n  \"rms_norm_eps\": ");
    hfconfig_put_real(out, c->norm_eps);
    /* Release 4 reads the first, release 5 the second. */
    buf_cstr(out, ",\n  \"rope_theta\": ");
    hfconfig_put_real(out, c->rope_theta);
    if (c->rope.kind != ROPE_PLAIN) {
        buf_cstr(out, ",\n  \"rope_scaling\": {");
        put_rope(out, c);
        buf_char(out, '}');
    }
    buf_cstr(out, ",\n  \"rope_parameters\": {");
    put_rope(out, c);
    buf_cstr(out, ", \"rope_theta\": ");
    hfconfig_put_real(out, c->rope_theta);
    buf_printf(out, "},\n  \"tie_word_embeddings\": %s,\n",
               c->tied ? "true" : "false");
    if (c->arch == ARCH_LLAMA)
        buf_cstr(out, "  \"attention_bias\": false,\n"
                      "  \"mlp_bias\": false,\n");
    else
        buf_printf(out, "%s  \"use_sliding_window\": false,\n",
                   c->arch == ARCH_QWEN3 ? "  \"attention_bias\": false,\n"
                                         : "");
    buf_cstr(out, "  \"attention_dropout\": 0.0,\n");
}

static void put_gpt2(struct buf *out, const struct model_config *c)
{
    put_size(out, "n_embd", c->dim);
    put_size(out, "n_inner", c->inner);
    put_size(out, "n_layer", c->layers);
    put_size(out, "n_head", c->heads);
    put_size(out, "n_positions", c->context);
    put_size(out, "n_ctx", c->context); /* for llama.cpp's converter */
    buf_cstr(out, "  \"activation_function\": \"gelu_new\",\n"
                  "  \"layer_norm_epsilon\": ");
    hfconfig_put_real(out, c->norm_eps);
    buf_printf(out, ",\n  \"tie_word_embeddings\": %s,\n",
               c->tied ? "true" : "false");
    buf_cstr(out, "  \"attn_pdrop\": 0.0,\n  \"embd_pdrop\": 0.0,\n"
                  "  \"resid_pdrop\": 0.0,\n");
}

void hfconfig_put(struct buf *out, const struct model_config *c)
{
    static const struct {
        const char *type, *name;
    } kinds[] = {
        [ARCH_LLAMA] = {"llama", "LlamaForCausalLM"},
        [ARCH_QWEN2] = {"qwen2", "Qwen2ForCausalLM"},
        [ARCH_QWEN3] = {"qwen3", "Qwen3ForCausalLM"},
        [ARCH_GPT2] = {"gpt2", "GPT2LMHeadModel"},
    };
    buf_printf(out,
               "{\n  \"architectures\": [\"%s\"],\n"
               "  \"model_type\": \"%s\",\n",
               kinds[c->arch].name, kinds[c->arch].type);
    put_size(out, "vocab_size", c->vocab);
    (c->arch == ARCH_GPT2 ? put_gpt2 : put_llama)(out, c);
    buf_cstr(out, "  \"initializer_range\": ");
    hfconfig_put_real(out, (float)(c->init_std > 0 ? c->init_std : 0.02));
    buf_cstr(out, ",\n  \"use_cache\": true,\n"
                  "  \"torch_dtype\": \"float32\"");
    put_id(out, "bos_token_id", c->bos);
    put_id(out, "eos_token_id", c->eos);
    put_id(out, "pad_token_id", c->pad);
    buf_cstr(out, "\n}\n");
}

void hfconfig_put_generation(struct buf *out, const struct model_config *c)
{
    buf_printf(out, "{\n  \"max_length\": %d", c->context);
    put_id(out, "bos_token_id", c->bos);
    put_id(out, "eos_token_id", c->eos);
    put_id(out, "pad_token_id", c->pad);
    buf_cstr(out, "\n}\n");
}

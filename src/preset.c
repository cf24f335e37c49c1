/* The sizes behind --preset.  Whether they fit together is model.c's to say. */
#include "preset.h"

static const struct preset_sizes presets[] = {
    {.layers = 3, .dim = 96, .heads = 4, .kv_heads = 4, .inner = 256},
    {.layers = 6, .dim = 256, .heads = 8, .kv_heads = 8, .inner = 704},
    {.layers = 6, .dim = 384, .heads = 6, .kv_heads = 6, .inner = 1024},
    {.layers = 12, .dim = 768, .heads = 12, .kv_heads = 12, .inner = 3072},
};
enum { PRESET_GPT2 = 3 }; /* its place above */

/* Two thirds of four times the width, as Llama has it, in steps of 32. */
static int64_t inner_for(int64_t dim)
{
    return (dim * 8 / 3 + 31) / 32 * 32;
}

void preset_config(struct model_config *c, int preset,
                   const struct preset_sizes *over,
                   const struct tokenizer_info *t, size_t context)
{
    struct preset_sizes s = presets[preset];
    if (over->layers)
        s.layers = over->layers;
    if (over->dim) {
        s.dim = over->dim;
        s.inner = preset == PRESET_GPT2 ? 4 * s.dim : inner_for(s.dim);
    }
    if (over->heads)
        s.heads = s.kv_heads = over->heads;
    if (over->kv_heads)
        s.kv_heads = over->kv_heads;
    if (over->inner)
        s.inner = over->inner;
    bool gpt2 = preset == PRESET_GPT2;
    *c = (struct model_config){
        .arch = gpt2 ? ARCH_GPT2 : ARCH_LLAMA,
        .vocab = t->vocab_size,
        .dim = (int32_t)s.dim,
        .inner = (int32_t)s.inner,
        .layers = (int32_t)s.layers,
        .heads = (int32_t)s.heads,
        .kv_heads = (int32_t)s.kv_heads,
        .head_dim = (int32_t)(s.dim / s.heads),
        .context = (int32_t)size_max(gpt2 ? 1024 : 512, context),
        .rope_theta = 10000,
        .norm_eps = 1e-5f,
        .tied = true,
        .bos = t->bos,
        .eos = t->eos,
        .pad = t->pad,
    };
}

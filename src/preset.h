/* Named network sizes. */
#ifndef INSEC_PRESET_H
#define INSEC_PRESET_H

#include "model.h"
#include "tokenizer.h"

#define PRESETS "nano|micro|small|gpt2"

/* Sizes of a preset (index into PRESETS) with those that are not 0 in
 * layers, dim, heads, kv_heads, inner put in their place. */
struct preset_sizes {
    int64_t layers, dim, heads, kv_heads, inner;
};

/* A tied network for documents of up to context tokens: a Llama, or with the
 * preset gpt2 a GPT-2. */
void preset_config(struct model_config *c, int preset,
                   const struct preset_sizes *over,
                   const struct tokenizer_info *t, size_t context);

#endif

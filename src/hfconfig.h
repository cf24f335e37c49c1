/*
 * config.json and its small companions, as Hugging Face writes and reads
 * them (LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM,
 * GPT2LMHeadModel).  What the network cannot do is refused by name.
 */
#ifndef INSEC_HFCONFIG_H
#define INSEC_HFCONFIG_H

#include "json.h"
#include "model.h"

/* Reads the fields of the parsed root; path is for messages. */
int hfconfig_read(const struct json *root, const char *path,
                  struct model_config *c, struct err *e) MUST_USE;

/* Appends the text of a file, with a newline at its end. */
void hfconfig_put(struct buf *out, const struct model_config *c);
void hfconfig_put_generation(struct buf *out, const struct model_config *c);

/* Appends v as the shortest number with a point that reads back the same. */
void hfconfig_put_real(struct buf *out, float v);

#endif

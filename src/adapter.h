/*
 * Adapters as folders, the way PEFT has them
 * (https://huggingface.co/docs/peft, "PEFT checkpoint format"):
 * adapter_config.json and adapter_model.safetensors.  What this network's
 * adapters do not have is refused by name.
 */
#ifndef INSEC_ADAPTER_H
#define INSEC_ADAPTER_H

#include "lora.h"
#include "weights.h"

/* Appends the text of adapter_config.json; base is the checkpoint that the
 * adapter is for. */
void adapter_put_config(struct buf *out, const struct lora *l,
                        const char *base);
/* Writes adapter_config.json and adapter_model.safetensors. */
int adapter_put(struct folder *to, const struct lora *l, const char *base,
                struct err *e) MUST_USE;

/* What the folder's adapter of a network of shape *m is; lora_config_free
 * frees *c in any case. */
int adapter_config(const char *dir, const struct model_config *m,
                   struct lora_config *c, struct err *e) MUST_USE;
/* Fills l->part with the folder's. */
int adapter_load(const char *dir, struct lora *l, struct err *e) MUST_USE;

#endif

/*
 * GGUF, version 3 (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md):
 * a network and its tokenizer in the one file that llama.cpp loads.
 */
#ifndef INSEC_GGUF_H
#define INSEC_GGUF_H

#include "model.h"
#include "str.h"
#include "tokenizer.h"

/* Numbers of matrices; vectors are always F32. */
#define GGUF_TYPES "f32|f16"
enum gguf_type { GGUF_F32, GGUF_F16 };

/* Has the tokenizer a name in GGUF?  It knows pre-tokenizers by name only. */
int gguf_check(const struct tokenizer *t, struct err *e) MUST_USE;
/* Writes the file, which appears whole or not at all. */
int gguf_write(const char *path, const struct model *m,
               const struct tokenizer *t, enum gguf_type type,
               struct err *e) MUST_USE;

#endif

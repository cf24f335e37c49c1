/* What the two files of GGUF share: values in its header. */
#ifndef INSEC_GGUF_IMPL_H
#define INSEC_GGUF_IMPL_H

#include "gguf.h"

struct gguf_head {
    struct buf pairs; /* keys and values, as the file has them; owns */
    uint64_t n;       /* of them */
};

enum gguf_value {
    GGUF_U32 = 4,
    GGUF_I32 = 5,
    GGUF_REAL = 6,
    GGUF_BOOL = 7,
    GGUF_STRING = 8,
    GGUF_ARRAY = 9,
};

/* Little-endian, of so many bytes. */
void gguf_int(struct buf *b, uint64_t v, int bytes);
void gguf_text(struct buf *b, struct str s);
/* The key and the type of a value, which is to follow. */
void gguf_key(struct gguf_head *h, const char *key, enum gguf_value type);
/* The same for an array of n values. */
void gguf_array(struct gguf_head *h, const char *key, enum gguf_value type,
                size_t n);
void gguf_u32(struct gguf_head *h, const char *key, int64_t v);
void gguf_string(struct gguf_head *h, const char *key, struct str s);

/* Adds the tokenizer, for an embedding of so many rows. */
int gguf_vocab(struct gguf_head *h, const struct tokenizer *t,
               const struct model_config *c, struct err *e) MUST_USE;

#endif

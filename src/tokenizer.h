/*
 * Tokenizers: the built-in bytes, and any tokenizer.json with a BPE of bytes,
 * or of characters that falls back to bytes.
 * What is not supported is refused by name, never approximated.
 */
#ifndef INSEC_TOKENIZER_H
#define INSEC_TOKENIZER_H

#include "diag.h"
#include "mem.h"
#include "str.h"

struct tokenizer; /* immutable once loaded; shared by threads */

struct tokenizer_info {
    int32_t vocab_size;    /* highest id + 1 */
    int32_t pad, bos, eos; /* -1: none */
    uint64_t hash;         /* XXH3 of tokenizer_json's bytes */
};

/* 256 bytes (id = byte), then <|pad|> 256, <|end|> 257, <|wrong|> 258,
 * <|right|> 259, [BACK] 260.  Returns owned. */
struct tokenizer *tokenizer_builtin(void);
/* A Hugging Face tokenizer.json.  Returns owned, or NULL. */
struct tokenizer *tokenizer_load(const char *path, struct err *e) MUST_USE;
/* One from the text of a tokenizer.json, which is taken over; path names it
 * and the folder of tokenizer_config.json, NULL: there is none. */
struct tokenizer *tokenizer_from(struct buf *json, const char *path,
                                 struct err *e) MUST_USE;
void tokenizer_free(struct tokenizer *t);

const struct tokenizer_info *tokenizer_info(const struct tokenizer *t);
/* The tokenizer.json itself, as read, or made for the built-in one. */
struct str tokenizer_json(const struct tokenizer *t);
/* Appends a tokenizer_config.json to go beside it, so that BOS, EOS and
 * padding are known wherever the file is loaded; context: the longest text
 * that the network knows, in tokens. */
void tokenizer_put_config(const struct tokenizer *t, int32_t context,
                          struct buf *out);
/* The id of the added token with exactly this text, or -1. */
int32_t tokenizer_special(const struct tokenizer *t, struct str text);

struct encoder; /* one thread's working memory for a tokenizer */
struct encoder *encoder_new(const struct tokenizer *t); /* owned; borrows t */
void encoder_free(struct encoder *c);
/* Bounds its cache of words, as bpe_work_cache does. */
void encoder_cache(struct encoder *c, size_t bytes);

/* Appends the ids of text.  It never becomes a special token, whatever it
 * holds; added tokens that are not special are words like others.  ends, if not
 * NULL, gets the byte offset in text where each token ends.  Fails only on a
 * failing matcher. */
int encoder_encode(struct encoder *c, struct str text, struct i32_vec *ids,
                   struct size_vec *ends, struct err *e) MUST_USE;

/* Appends the bytes of ids; specials: also the text of added tokens. */
void tokenizer_decode(const struct tokenizer *t, const int32_t *ids, size_t n,
                      bool specials, struct buf *out);
/* How many bytes at the front of a decoded text are the tokenizer's own: a
 * stretch of text is encoded with a space in front by some (Llama-2). */
size_t tokenizer_lead(const struct tokenizer *t, struct str decoded);
bool tokenizer_is_special(const struct tokenizer *t, int32_t id);
/* Is there a token with this id?  (Vocabularies may have gaps.) */
bool tokenizer_has(const struct tokenizer *t, int32_t id);
/* Is it an added token?  (Not every one of them is special.) */
bool tokenizer_is_added(const struct tokenizer *t, int32_t id);
/* The first special token in text from byte `from` on, and its bytes [*at, *at
 * + *len); -1, *at the end, where there is none. */
int32_t tokenizer_next_special(const struct tokenizer *t, struct str text,
                               size_t from, size_t *at, size_t *len);
/* How often the text of a special token stands in text. */
size_t tokenizer_marks_in(const struct tokenizer *t, struct str text);

#endif

/* What tokenizer.c and its loader share; nobody else includes this. */
#ifndef INSEC_TOKENIZER_IMPL_H
#define INSEC_TOKENIZER_IMPL_H

#include "bpe.h"
#include "bytemap.h"
#include "pretokenize.h"
#include "rewrite.h"
#include "tokenizer.h"

#define TOKEN_ID_MAX (1 << 24) /* ids from there on are refused */

enum { TOKEN_ADDED = 1, TOKEN_SPECIAL = 2 };

struct token {
    struct str bytes; /* borrows from the arena; p NULL: no such token */
    uint32_t raw;     /* bytes of rewritten text that it covers */
    uint8_t flags;
};

/* What added tokens begin with, to find them in text. */
struct first_bytes {
    bool has[256];
    uint64_t lengths[256]; /* bit n: one of n bytes, two or more, begins with
                              two bytes that tokenizer_pair puts there */
    size_t longest;        /* bytes */
    int n;                 /* how many bytes; `last` is one of them */
    uint8_t last;
};

static inline uint8_t tokenizer_pair(const char *p)
{
    return (uint8_t)((uint8_t)p[0] * 37 + (uint8_t)p[1]);
}

struct tokenizer {
    struct tokenizer_info info;
    struct buf json; /* owns; with IO_PADDING behind it */
    struct arena arena;
    VEC(struct token) tokens;     /* by id */
    struct bytemap added;         /* by text */
    struct first_bytes first[2];  /* [1]: of special tokens; [0]: of others,
                                     which text may become */
    bool worded_normal;           /* some of them in normalised text */
    struct rewrite_steps rewrite; /* before the text is cut */
    bool byte_level;              /* a ByteLevel pre-tokenizer stands last */
    int decoded;                  /* the last part of the decoder read */
    bool strips;       /* each stretch of text begins with a space of the
                          tokenizer's own */
    struct str chat;   /* the chat template beside it, as JSON; empty: none */
    int32_t bos_named; /* what bos_token names, whether or not it is put in
                          front of a text; -1: none */
    struct bpe bpe;
    struct pretok *pretok; /* owns */
};

/* Length of the longest added token that p begins with, or 0; special:
 * TOKEN_SPECIAL for those that are, 0 for the others. */
size_t tokenizer_added_at(const struct tokenizer *t, const char *p, size_t n,
                          int special);
/* The next byte from i on that an added token of the kind begins with, or the
 * end. */
size_t tokenizer_next_added(const struct tokenizer *t, struct str text,
                            size_t i, int special);

struct json;

/* Fills *t from t->json. */
int tokenizer_parse(struct tokenizer *t, struct err *e) MUST_USE;
/* Its parts around the model; v may be NULL or null. */
int tokenizer_normalizer(struct tokenizer *t, const struct json *v,
                         struct err *e) MUST_USE;
int tokenizer_pre(struct tokenizer *t, const struct json *v,
                  struct err *e) MUST_USE;
int tokenizer_post(struct tokenizer *t, const struct json *v,
                   struct err *e) MUST_USE;
int tokenizer_decoder(struct tokenizer *t, const struct json *v,
                      struct err *e) MUST_USE;
/* bos, eos and pad by tokenizer_config.json, where text holds one. */
int tokenizer_config(struct tokenizer *t, struct str text,
                     struct err *e) MUST_USE;

/* Keeps the chat template of a configuration, and that of a file of its own
 * in folder ("" or ending in "/"), which counts more. */
void tokenizer_keep_chat(struct tokenizer *t, const struct json *config);
int tokenizer_chat_beside(struct tokenizer *t, struct str folder,
                          struct err *e) MUST_USE;
/* Appends it, and the tokens it names, to a configuration. */
void tokenizer_put_chat(const struct tokenizer *t, struct buf *out);

#endif

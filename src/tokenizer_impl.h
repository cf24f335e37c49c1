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

struct added_edge {
    uint64_t key; /* node << 8 | byte, plus one; 0: free */
    int32_t to;
};

/* Added tokens as a tree of their bytes, to find them in text. */
struct added_tree { /* zero-initialise; node 0 is the root */
    bool has[256];  /* what they begin with */
    int n;          /* how many bytes; `last` is one of them */
    uint8_t last;
    struct added_edge *edges; /* owns; [cap], hashed; cap a power of two */
    size_t used, cap;
    struct i32_vec ids; /* of the nodes; -1: no token ends here */
};

struct tokenizer {
    struct tokenizer_info info;
    struct buf json; /* owns; with IO_PADDING behind it */
    struct arena arena;
    VEC(struct token) tokens;     /* by id */
    struct bytemap added;         /* by text */
    struct added_tree trees[2];   /* [1]: of special tokens; [0]: of others,
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

void added_tree_put(struct added_tree *r, struct str text, int32_t id);
void added_tree_free(struct added_tree *r);
/* Length of the longest added token that p begins with, or 0, with its *id;
 * special: TOKEN_SPECIAL for those that are, 0 for the others. */
size_t tokenizer_added_at(const struct tokenizer *t, struct str p, int special,
                          int32_t *id);
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

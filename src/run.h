/*
 * Inside the network: where the weights of a layer lie, what the forward pass
 * leaves for the backward pass, and the parts that both are made of.  For
 * the files of the model only; everyone else includes model.h.
 *
 * Letters as in model.h, and Q = (H + 2 K) E: the query, key and value
 * projections lie side by side, so they are one product; likewise the gate
 * and the up projection, [2F,D].
 */
#ifndef INSEC_RUN_H
#define INSEC_RUN_H

#include "gemm.h"
#include "kern.h"
#include "model.h"

/* Tokens are worked on in fixed blocks of so many: the grain of threads and
 * of every sum over tokens.  It must not depend on the thread count. */
enum { TOKEN_BLOCK = 128 };

/* The weights (or their gradients) of one layer, in a parameter block. */
struct layer {
    float *norm1; /* [D] before attention */
    float *qkv;   /* [Q,D] */
    float *o;     /* [D,H*E] */
    float *norm2; /* [D] before the feed-forward part */
    float *gu;    /* [2F,D] gate, up */
    float *down;  /* [D,F] */
};

/* Sizes that the configuration implies. */
struct dims {
    size_t vocab, dim, inner, layers, heads, kv_heads, head_dim;
    size_t q;     /* H*E */
    size_t kv;    /* K*E */
    size_t qkv;   /* Q */
    size_t layer; /* floats of one layer's weights */
};

struct dims dims_of(const struct model_config *c);
/* The parts of a parameter block; base is params or a gradient. */
float *param_embed(float *base); /* [V,D] */
struct layer param_layer(const struct dims *d, float *base, size_t l);
float *param_norm(const struct dims *d, float *base);         /* [D] */
float *param_head(const struct model_config *c, float *base); /* [V,D] */

/* What the forward pass leaves of one layer. */
struct trace {
    float *in;  /* [N,D] the residual stream on entry */
    float *qkv; /* [N,Q] queries and keys already rotated */
    float *att; /* [N,H*E] attention's result */
    float *lse; /* [N,H] log of the sum of exponentials of its scores */
    float *mid; /* [N,D] the residual stream after attention */
    float *gu;  /* [N,2F] gate and up, before the activation */
};

struct model_run {
    struct dims d;
    size_t max_tokens;
    struct trace *trace; /* [L] owns; the arrays lie in block */
    float *out;          /* [N,D] the residual stream at the end */
    float *fin;          /* [N,D] out, normed */
    float *lse;          /* [N] of the logits */
    float *logits;       /* [chunk,V] */
    size_t chunk;        /* tokens whose logits are held at a time */
    int32_t *pos;        /* [N] place in the document; owns */
    float *cs, *sn;      /* [max_tokens,E/2] rotary angles */
    /* scratch; the backward pass needs whole arrays for weight gradients */
    float *norm;     /* [N,D] normed input of a layer's part */
    float *act;      /* [N,F] activated */
    float *da, *db;  /* [N,D] gradient of the residual stream */
    float *dn;       /* [N,D] of a normed input */
    float *dqkv;     /* [N,Q] */
    float *datt;     /* [N,H*E] */
    float *dact;     /* [N,F] */
    float *dgu;      /* [N,2F] */
    float *dnorm;    /* [token blocks,D] shares of a norm's gradient */
    float *block;    /* all of the above; owns */
    size_t block_n;  /* floats of it */
    float *scores;   /* [threads,2,SCORE_ROWS,max_tokens]; owns */
    size_t scores_n; /* floats of it */
};

/* The rotary angles of positions 0 .. n: cs, sn [n,E/2]. */
void rope_angles(const struct model_config *c, size_t n, float *cs, float *sn);

/* The parts of the passes. */

/* Rows of queries that attention works on at a time. */
enum { SCORE_ROWS = 64 };
/* Fills t->att and t->lse from t->qkv. */
void attention_forward(struct model_run *r, const struct model_batch *b,
                       struct trace *t);
/* Fills r->dqkv (queries and keys still rotated) from r->datt. */
void attention_backward(struct model_run *r, const struct model_batch *b,
                        const struct trace *t);
/* losses[N] from r->fin. */
void head_forward(struct model_run *r, const struct model *m,
                  const struct model_batch *b, float *losses);
/* r->dn from the losses, and the output layer's gradient. */
void head_backward(struct model_run *r, const struct model *m,
                   const struct model_batch *b, float scale, float *grad);

#endif

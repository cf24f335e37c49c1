/*
 * Inside the network: where the weights of a layer lie, what the forward pass
 * leaves for the backward pass, and the parts that both are made of.  For
 * the files of the model only; everyone else includes model.h.
 *
 * Letters as in model.h, and Q = (H + 2 K) E: the query, key and value
 * projections lie side by side, so they are one product; likewise the gate
 * and the up projection, U = 2F (U = F where there is no gate).
 */
#ifndef INSEC_RUN_H
#define INSEC_RUN_H

#include "gemm.h"
#include "kern.h"
#include "model.h"

/* Tokens are worked on in fixed blocks of so many: the grain of threads and
 * of every sum over tokens.  It must not depend on the thread count. */
enum { TOKEN_BLOCK = 96 };

/* The weights (or their gradients) of one layer, in a parameter block.  What
 * an architecture does not have is NULL. */
struct layer {
    float *norm1;  /* [W] before attention */
    float *qkv;    /* [Q,D] */
    float *qkv_b;  /* [Q] */
    float *qk;     /* [2,E] the norms of queries and of keys */
    float *o;      /* [D,H*E] */
    float *o_b;    /* [D] */
    float *norm2;  /* [W] before the feed-forward part */
    float *gu;     /* [U,D] gate, up */
    float *gu_b;   /* [U] */
    float *down;   /* [D,F] */
    float *down_b; /* [D] */
};

/* Sizes that the configuration implies. */
struct dims {
    enum model_arch arch;
    size_t vocab, dim, inner, layers, heads, kv_heads, head_dim;
    size_t places; /* learned positions; 0 where heads are rotated */
    size_t norm;   /* W: D, or 2D where a norm has a bias behind its weight */
    size_t up;     /* U */
    size_t q;      /* H*E */
    size_t kv;     /* K*E */
    size_t qkv;    /* Q */
    size_t layer;  /* floats of one layer's weights */
    float eps;     /* of the norms */
};

struct dims dims_of(const struct model_config *c);
/* The parts of a parameter block; base is params or a gradient. */
float *param_embed(float *base);                        /* [V,D] */
float *param_places(const struct dims *d, float *base); /* [places,D] */
struct layer param_layer(const struct dims *d, float *base, size_t l);
float *param_norm(const struct dims *d, float *base);         /* [W] */
float *param_head(const struct model_config *c, float *base); /* [V,D] */

/* What the forward pass leaves of one layer.  Where layers are made again
 * (activation recomputation, https://arxiv.org/abs/1604.06174) each keeps only
 * its input: the other arrays are the same for all, and the forward pass
 * leaves those of the last layer. */
struct trace {
    float *in;  /* [N,D] the residual stream on entry */
    float *qkv; /* [N,Q] queries and keys already normed and rotated */
    float *raw; /* [N,(H+K)E] queries and keys before; NULL without norms */
    float *att; /* [N,H*E] attention's result */
    float *lse; /* [N,H] log of the sum of exponentials of its scores */
    float *mid; /* [N,D] the residual stream after attention */
    float *gu;  /* [N,U] gate and up, before the activation */
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
    float *norm;    /* [N,D] normed input of a layer's part */
    float *act;     /* [N,F] activated */
    float *da, *db; /* [N,D] gradient of the residual stream */
    float *dn;      /* [N,D] of a normed input */
    float *dqkv;    /* [N,Q] */
    float *datt;    /* [N,H*E] */
    float *dact;    /* [N,F] */
    float *dgu;     /* [N,U] */
    float *dnorm;   /* [token blocks,W] shares of a norm's gradient */
    float *dqk;     /* [token blocks,2,E] shares of the head norms' */
    float *block;   /* all of the above; owns */
    size_t block_n; /* floats of it */
    /* factors of weights, and of attention, are laid out how; NULL: not */
    const struct kern_pack *pack, *f32;
    bool recompute; /* the traces share all but `in` */
    void *ready;    /* the weights of a layer, or of the head, laid out */
    void *lain;     /* the inputs of a weight's gradient, laid out */
    /* of model_run_watch */
    void (*watch)(void *ctx, size_t from, size_t to);
    void *watcher;
    float *scores;   /* [threads,scores_room()]; owns */
    size_t scores_n; /* floats of it */
};

/* The rotary angles of positions 0 .. n: cs, sn [n,E/2]. */
void rope_angles(const struct model_config *c, size_t n, float *cs, float *sn);

/* The parts of the passes, a token at a time; decoding has them too. */

/* y[D] = the norm of x[D]; w[W]. */
void norm_row(const struct dims *d, float *y, const float *x, const float *w,
              float eps);
/* y[n,D] = the embeddings of ids at pos. */
void embed_rows(const struct model *m, float *y, const int32_t *ids,
                const int32_t *pos, size_t n);
/* Norms (where the layer has that; raw[(H+K)E] keeps what they were, unless
 * NULL) and turns the queries and keys of qkv[Q]; cs, sn [E/2]. */
void turn_row(const struct dims *d, const struct layer *w, float *qkv,
              float *raw, const float *cs, const float *sn, float eps);
/* act[F] from gu[U]. */
void activate_row(const struct dims *d, float *act, const float *gu);
/* y[n,width] += b[width], if there is one. */
void bias_rows(float *y, const float *b, size_t n, size_t width);

/* The matrices of a layer, ready for one form. */
struct readied {
    struct gemm_weight qkv, o, gu, down;
};
/* Lays out those before attention (qkv) of one layer, and those after it of
 * another; NULL: none.  They stand until the next call. */
struct readied layer_ready(struct model_run *r, enum gemm_form form,
                           const struct layer *before,
                           const struct layer *after);
/* The bytes that takes, for a layer or the output layer. */
size_t ready_room(const struct kern_pack *pack, const struct dims *d);
/* The same of the output layer. */
struct gemm_weight head_ready(struct model_run *r, enum gemm_form form,
                              const float *head);

/* Rows of queries that attention works on at a time. */
enum { SCORE_ROWS = 64 };
/* The floats a thread needs for that. */
size_t scores_room(const struct model_run *r);
/* Fills t->att and t->lse from t->qkv. */
void attention_forward(struct model_run *r, const struct model_batch *b,
                       struct trace *t);
/* Fills r->dqkv (queries and keys still rotated) from r->datt. */
void attention_backward(struct model_run *r, const struct model_batch *b,
                        const struct trace *t);
/* Fills the trace of layer l, but its input, as the forward pass did. */
void layer_again(struct model_run *r, const struct model *m,
                 const struct model_batch *b, size_t l);
/* losses[N] from r->fin. */
void head_forward(struct model_run *r, const struct model *m,
                  const struct model_batch *b, float *losses);
/* r->dn from the losses, and the output layer's gradient. */
void head_backward(struct model_run *r, const struct model *m,
                   const struct model_batch *b, float scale, float *grad);

#endif

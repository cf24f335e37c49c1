/*
 * The network: a Llama (RMSNorm, rotary positions, grouped-query attention,
 * SwiGLU) or one of its kin, forward and backward over packed documents.
 *
 * Letters used in shapes: N tokens of the batch, D width, F inner width,
 * H heads, K key/value heads, E head width, V vocabulary, L layers.
 */
#ifndef INSEC_MODEL_H
#define INSEC_MODEL_H

#include "diag.h"
#include "kern_pack.h"
#include "mem.h"

enum model_arch {
    ARCH_LLAMA,
    ARCH_QWEN2, /* with biases of queries, keys and values */
    ARCH_QWEN3, /* with norms of each head's queries and keys */
    ARCH_GPT2,  /* LayerNorm, learned positions, GELU, biases everywhere */
};

/* Scaled rotary positions, for documents longer than first trained on. */
enum rope_kind { ROPE_PLAIN, ROPE_LINEAR, ROPE_LLAMA3 };
struct rope {
    enum rope_kind kind;
    float factor;
    /* ROPE_LLAMA3: waves that fit less than `low` times into `original`
     * tokens are slowed by factor, those that fit more than `high` times
     * stay, others get something between. */
    float low, high;
    int32_t original;
};

enum { MODEL_HEAD_MAX = 4096 }; /* the widest head */

struct model_config {
    enum model_arch arch;
    int32_t vocab;    /* V */
    int32_t dim;      /* D */
    int32_t inner;    /* F */
    int32_t layers;   /* L */
    int32_t heads;    /* H */
    int32_t kv_heads; /* K, divides H */
    int32_t head_dim; /* E, even */
    int32_t context;  /* longest document trained on */
    float rope_theta;
    struct rope rope;
    float norm_eps;
    double init_std;       /* of fresh matrices; 0 for 0.02 */
    bool tied;             /* the output layer is the embedding */
    int32_t bos, eos, pad; /* ids, -1: none */
};

/* By how much each place turns pair i of a head, in radians. */
double model_turn(const struct model_config *c, size_t i);

/* One named array of the parameter block.  Names are Hugging Face's. */
struct model_tensor {
    char name[80];
    int rank;
    size_t shape[2]; /* [out,in] */
    bool turned;     /* files hold it as [in,out] */
    size_t at;       /* offset in floats into the block */
    size_t n;        /* floats */
    bool decay;      /* a matrix: weight decay applies */
};

struct model {
    struct model_config config;
    size_t n_params;
    float *params;                /* [n_params]; owns (mem_huge) */
    struct model_tensor *tensors; /* owns */
    size_t n_tensors;
};

/* Checks the configuration and lays the parameters out, without a place for
 * them: params is NULL. */
int model_outline(struct model *m, const struct model_config *c,
                  struct err *e) MUST_USE;
/* The same with parameters, all zero. */
int model_create(struct model *m, const struct model_config *c,
                 struct err *e) MUST_USE;
/* Seeded normal initialisation, output projections scaled by depth. */
void model_init(struct model *m, uint64_t seed);
/* Gives a larger vocabulary to *m.  A new row of the embedding, and of the
 * output layer, is the mean of the old ones plus seeded normal noise of a
 * tenth of their deviation, so that new ids begin unlikely to matter and not
 * alike.  The other weights stay. */
int model_widen(struct model *m, int32_t vocab, uint64_t seed,
                struct err *e) MUST_USE;
void model_free(struct model *m);
const struct model_tensor *model_tensor(const struct model *m,
                                        const char *name);

/* What one forward pass runs over.  Documents are confined to themselves:
 * attention and positions restart at every bound. */
struct model_batch {
    size_t n;               /* N */
    const int32_t *ids;     /* [N] */
    const int32_t *targets; /* [N] the id to predict, or -1 */
    const float *weights;   /* [N] loss weight of the target; below 0: make
                               it less likely, see model_objective */
    const int32_t *cu;      /* [docs+1] document bounds, 0 .. N */
    size_t docs;
    /* [N] an id to compare the target with, or -1; NULL: never */
    const int32_t *rivals;
    /* [N] model_forward writes log p(target) - log p(rival) where there is a
     * rival; borrows; NULL where rivals is */
    float *margins;
};

/* What a target adds to the loss.  With weight w >= 0 that is w times its
 * cross entropy -log(p); below 0 it is |w| times its unlikelihood -log(1-p)
 * (https://arxiv.org/abs/1908.04319), 1-p being counted as 2^-20 at least. */
double model_objective(double cross_entropy, double weight);

struct model_run; /* activations for up to so many tokens; owns its memory */
/* What products with weights are made of: single precision, or bfloat16
 * factors summed in single precision. */
enum model_dtype { DTYPE_F32, DTYPE_BF16 };
#define DTYPES "f32|bf16"
/* How it computes. */
struct model_how {
    /* Single precision factors are laid out how; NULL: not at all, the library
     * multiplies. */
    const struct kern_pack *f32;
    const struct kern_pack *bf16; /* factors of weights; NULL: as f32 */
    /* Keep only the inputs of the layers; the backward pass makes the rest
     * again, the same bytes. */
    bool recompute;
};
/* The way for a dtype, or STATUS_SYSTEM where this processor has none. */
int model_how(struct model_how *how, enum model_dtype dtype,
              struct err *e) MUST_USE;
struct model_run *model_run_new(const struct model *m, size_t max_tokens,
                                struct model_how how);
/* The memory it will take, with so many threads at work. */
size_t model_run_bytes(const struct model *m, size_t max_tokens,
                       struct model_how how, size_t threads);
void model_run_free(struct model_run *r);

/* From now on model_backward calls ready, from the calling thread, for each
 * stretch [from,to) of the gradient as soon as it is whole; together they are
 * all of it, from its end to its start, the same for any batch.  NULL: no
 * more. */
void model_run_watch(struct model_run *r,
                     void (*ready)(void *ctx, size_t from, size_t to),
                     void *ctx);

/* losses[N] gets each target's cross entropy (unweighted; 0 where there is
 * none).  Activations stay for model_backward. */
void model_forward(struct model_run *r, const struct model *m,
                   const struct model_batch *b, float *losses);
/* Adds d(scale * sum of model_objective)/d(params) to grad[n_params]; needs
 * the model_forward of the same batch just before. */
void model_backward(struct model_run *r, const struct model *m,
                    const struct model_batch *b, float scale, float *grad);

/* Operations of a step's products, a multiplication and an addition being
 * two, as in PaLM's paper (https://arxiv.org/abs/2204.02311, appendix B):
 * 6 for each token and each weight of a matrix that tokens are multiplied
 * with, the output layer's too; and 12 E H L for each pair of tokens of one
 * document, both orders counted.  squares: the sum of the squares of the
 * documents' lengths.  What is made again is not counted. */
double model_flops(const struct model *m, double tokens, double squares);

#endif

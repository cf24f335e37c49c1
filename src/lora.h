/*
 * Low-rank adaptation (https://arxiv.org/abs/2106.09685): the network's
 * matrices stay, and to each of some of them a product of two thin ones is
 * added, W = base + scale * B A; only these are trained.  With them are
 * trained the rows of new ids in the embedding and the output layer, which no
 * product can replace.
 *
 * The passes know nothing of it.  They run on W, which is put together after
 * every step, and the gradients of A and B follow from that of W exactly.
 * That costs as much time as training everything; it saves the optimizer's
 * memory, and the adapter is a small file.
 */
#ifndef INSEC_LORA_H
#define INSEC_LORA_H

#include "model.h"
#include "str.h"

struct lora_config {
    int32_t rank;       /* R */
    double alpha;       /* scale = alpha / R */
    struct buf in;      /* names of the matrices it is added to, separated by
                           commas: the ends of their modules' names, as in PEFT;
                           owns */
    struct i32_vec ids; /* whose rows are trained, rising; owns */
};
void lora_config_free(struct lora_config *c);

struct lora_target {
    const struct model_tensor *w;     /* [out,in] of the network; borrows */
    const struct model_tensor *a, *b; /* [R,in], [out,R] of part; borrow */
    size_t base;                      /* offset of the base's copy */
};

struct lora {
    struct lora_config config; /* owns */
    /* What is trained, as a block of parameters of its own, with PEFT's
     * names; owns.  Its config is the network's. */
    struct model part;
    struct lora_target *targets; /* [n]; owns */
    size_t n;
    /* The network's tables, and their trained rows in part: [ids,D]; the
     * second is there where the output layer is not the embedding. */
    struct {
        const struct model_tensor *of, *rows;
    } tables[2];
    size_t n_tables;
    float *base; /* of all targets; owns (mem_huge) */
    size_t n_base;
    struct gemm *jobs; /* [2n]; owns */
};

/* The names of all matrices of a layer. */
const char *lora_all(const struct model_config *c);

/* Lays the adapter of *m out, with A drawn from the seed and B zero, so that
 * nothing is added yet, and keeps what m's matrices and rows are.  Takes *c
 * over in any case.  Refuses names that no layer has. */
int lora_create(struct lora *l, const struct model *m, struct lora_config *c,
                uint64_t seed, struct err *e) MUST_USE;
void lora_free(struct lora *l);

/* Puts base + scale * B A, and the trained rows, into *m. */
void lora_apply(const struct lora *l, struct model *m);
/* dpart[part.n_params] = the gradient of what is trained, from the
 * network's. */
void lora_gradient(const struct lora *l, const float *grad, float *dpart);

#endif

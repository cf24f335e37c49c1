/*
 * The element-wise kernels of the network: one table of functions for each
 * way of computing them.
 *
 * kern_ref.c is the specification: scalar, in the order of the formulas.  The
 * others are tuned and must agree with it to rounding.  A table is chosen
 * once, before any thread starts.  Results differ in the last bits between
 * tables, never between thread counts, alignments or runs.
 */
#ifndef INSEC_KERN_H
#define INSEC_KERN_H

#include "base.h"

/* One AdamW step (https://arxiv.org/abs/1711.05101), constants folded in. */
struct kern_adamw {
    float clip;  /* what the gradient is multiplied by first */
    float beta1; /* decay of the first moment */
    float beta2; /* decay of the second moment */
    float keep;  /* 1 - lr * weight_decay: what the weight keeps of itself */
    float rate;  /* lr / (1 - beta1^t) */
    float bias2; /* 1 / sqrt(1 - beta2^t) */
    float eps;
};

/* A product by panels: y[m,n] = beta y + x[m,k] w^T.  w lies in panels of
 * KERN_PANEL of its n rows, each [k,KERN_PANEL], the last one filled up with
 * zeros.  Rows of x and y are ld* floats apart.  Each sum runs over k in order,
 * so that a row's result does not depend on the other rows. */
#define KERN_PANEL 32
struct kern_product {
    size_t m, n, k;
    const float *x, *w;
    float *y;
    size_t ldx, ldy;
    float beta;
};

struct kern {
    const char *name;
    void (*product)(const struct kern_product *p);
    /* sum of a[i] b[i] */
    float (*dot)(const float *a, const float *b, size_t n);
    /* y[i] += a x[i] */
    void (*axpy)(float *y, float a, const float *x, size_t n);
    /* y = x r w with r = 1 / sqrt(mean(x^2) + eps); returns r
     * (RMSNorm, https://arxiv.org/abs/1910.07467) */
    float (*norm)(float *y, const float *x, const float *w, size_t n,
                  float eps);
    /* dx += and dw += the gradients of norm for dy; r as norm gave it */
    void (*norm_back)(float *dx, float *dw, const float *dy, const float *x,
                      const float *w, float r, size_t n);
    /* y = (x - mean) r w + b with r = 1 / sqrt(variance + eps)
     * (LayerNorm, https://arxiv.org/abs/1607.06450) */
    void (*layernorm)(float *y, const float *x, const float *w, const float *b,
                      size_t n, float eps);
    /* dx += and dw += the gradients of layernorm for dy; dw [2n] has that of
     * the weight, then that of the bias */
    void (*layernorm_back)(float *dx, float *dw, const float *dy,
                           const float *x, const float *w, size_t n, float eps);
    /* y = x sigmoid(2 u), u = sqrt(2/pi) (x + 0.044715 x^3), which is
     * x (1 + tanh(u)) / 2 (GELU, https://arxiv.org/abs/1606.08415) */
    void (*gelu)(float *y, const float *x, size_t n);
    /* dx = the gradient of gelu for dy, and y = gelu again */
    void (*gelu_back)(float *dx, float *y, const float *dy, const float *x,
                      size_t n);
    /* y = silu(g) u, silu(g) = g / (1 + exp(-g)); y may be g or u
     * (SwiGLU, https://arxiv.org/abs/2002.05202) */
    void (*swiglu)(float *y, const float *g, const float *u, size_t n);
    /* dg = and du = the gradients of swiglu for dy; may overlay g, u, dy */
    void (*swiglu_back)(float *dg, float *du, const float *dy, const float *g,
                        const float *u, size_t n);
    /* x = softmax(scale x); returns log(sum(exp(scale x))); n > 0 */
    float (*softmax)(float *x, size_t n, float scale);
    /* log(sum(exp(x))); n > 0 */
    float (*logsumexp)(const float *x, size_t n);
    /* x = a exp(scale x - shift): a softmax again, from its logsumexp */
    void (*soften)(float *x, size_t n, float scale, float shift, float a);
    /* dp = p (dp - delta) scale: back through a softmax */
    void (*soften_back)(float *dp, const float *p, size_t n, float delta,
                        float scale);
    /* Turns each head x[heads, 2 half] by the angles cs, sn [half], pairing
     * i with i + half; sign -1 turns back
     * (RoPE, https://arxiv.org/abs/2104.09864) */
    void (*rotate)(float *x, const float *cs, const float *sn, size_t half,
                   size_t heads, float sign);
    /* One AdamW step on n weights with gradient g and moments m, v. */
    void (*adamw)(float *w, const float *g, float *m, float *v, size_t n,
                  const struct kern_adamw *k);
};

/* "ref", "base" (tuned, any processor), "avx2", "avx512" or "auto" (the
 * widest there is).  -1: unknown here, and nothing changes. */
int kern_select(const char *name) MUST_USE;
/* The table in force; "auto" unless something was selected. */
const struct kern *kern_get(void);

/* The tables themselves, NULL where this processor cannot run them. */
const struct kern *kern_ref(void);
const struct kern *kern_base(void);
const struct kern *kern_avx2(void);
const struct kern *kern_avx512(void);

#endif

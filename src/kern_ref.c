/*
 * The reference kernels: the specification that the tuned ones are tested
 * against.  Scalar, no tricks; it refuses to be fast.
 */
#include <math.h>

#include "kern.h"

static float ref_dot(const float *a, const float *b, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

static void ref_axpy(float *y, float a, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

static float ref_norm(float *y, const float *x, const float *w, size_t n,
                      float eps)
{
    float r = 1 / sqrtf(ref_dot(x, x, n) / (float)n + eps);
    for (size_t i = 0; i < n; i++)
        y[i] = x[i] * r * w[i];
    return r;
}

static void ref_norm_back(float *dx, float *dw, const float *dy, const float *x,
                          const float *w, float r, size_t n)
{
    float sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += dy[i] * w[i] * x[i];
    float c = sum * r * r / (float)n;
    for (size_t i = 0; i < n; i++) {
        dx[i] += r * (dy[i] * w[i] - c * x[i]);
        dw[i] += dy[i] * x[i] * r;
    }
}

static float sigmoid(float x)
{
    return 1 / (1 + expf(-x));
}

/* Returns 1 / sqrt(variance + eps). */
static float ref_moments(const float *x, size_t n, float eps, float *mean)
{
    float sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    *mean = sum / (float)n;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - *mean) * (x[i] - *mean);
    return 1 / sqrtf(squares / (float)n + eps);
}

static void ref_layernorm(float *y, const float *x, const float *w,
                          const float *b, size_t n, float eps)
{
    float mean, r = ref_moments(x, n, eps, &mean);
    for (size_t i = 0; i < n; i++)
        y[i] = (x[i] - mean) * r * w[i] + b[i];
}

static void ref_layernorm_back(float *dx, float *dw, const float *dy,
                               const float *x, const float *w, size_t n,
                               float eps)
{
    float mean, r = ref_moments(x, n, eps, &mean), sum = 0, along = 0;
    for (size_t i = 0; i < n; i++) {
        sum += dy[i] * w[i];
        along += dy[i] * w[i] * (x[i] - mean) * r;
    }
    for (size_t i = 0; i < n; i++) {
        float unit = (x[i] - mean) * r;
        dx[i] += r * (dy[i] * w[i] - (sum + along * unit) / (float)n);
        dw[i] += dy[i] * unit;
        dw[n + i] += dy[i];
    }
}

/* 2 sqrt(2/pi), and the weight of the cube */
static const float gelu_scale = 1.595769121605731, gelu_cube = 0.044715;

static void ref_gelu(float *y, const float *x, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] =
            x[i] * sigmoid(gelu_scale * x[i] * (1 + gelu_cube * x[i] * x[i]));
}

static void ref_gelu_back(float *dx, float *y, const float *dy, const float *x,
                          size_t n)
{
    ref_gelu(y, x, n);
    for (size_t i = 0; i < n; i++) {
        float square = gelu_cube * x[i] * x[i];
        float s = sigmoid(gelu_scale * x[i] * (1 + square));
        float slope = gelu_scale * (1 + 3 * square);
        dx[i] = dy[i] * (s + x[i] * s * (1 - s) * slope);
    }
}

static void ref_swiglu(float *y, const float *g, const float *u, size_t n)
{
    for (size_t i = 0; i < n; i++)
        y[i] = g[i] * sigmoid(g[i]) * u[i];
}

static void ref_swiglu_back(float *dg, float *du, const float *dy,
                            const float *g, const float *u, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        float s = sigmoid(g[i]);
        float to_g = dy[i] * u[i] * s * (1 + g[i] * (1 - s));
        float to_u = dy[i] * g[i] * s;
        dg[i] = to_g;
        du[i] = to_u;
    }
}

static float max_of(const float *x, size_t n)
{
    float max = x[0];
    for (size_t i = 1; i < n; i++)
        max = x[i] > max ? x[i] : max;
    return max;
}

static float ref_softmax(float *x, size_t n, float scale)
{
    float max = max_of(x, n), sum = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = expf(scale * (x[i] - max));
        sum += x[i];
    }
    for (size_t i = 0; i < n; i++)
        x[i] /= sum;
    return scale * max + logf(sum);
}

static float ref_logsumexp(const float *x, size_t n)
{
    float max = max_of(x, n), sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += expf(x[i] - max);
    return max + logf(sum);
}

static void ref_soften(float *x, size_t n, float scale, float shift, float a)
{
    for (size_t i = 0; i < n; i++)
        x[i] = a * expf(scale * x[i] - shift);
}

static void ref_soften_back(float *dp, const float *p, size_t n, float delta,
                            float scale)
{
    for (size_t i = 0; i < n; i++)
        dp[i] = p[i] * (dp[i] - delta) * scale;
}

static void ref_rotate(float *x, const float *cs, const float *sn, size_t half,
                       size_t heads, float sign)
{
    for (size_t h = 0; h < heads; h++, x += 2 * half)
        for (size_t i = 0; i < half; i++) {
            float a = x[i], b = x[i + half], s = sign * sn[i];
            x[i] = a * cs[i] - b * s;
            x[i + half] = b * cs[i] + a * s;
        }
}

static void ref_adamw(float *w, const float *g, float *m, float *v, size_t n,
                      const struct kern_adamw *k)
{
    for (size_t i = 0; i < n; i++) {
        float d = g[i] * k->clip;
        m[i] = k->beta1 * m[i] + (1 - k->beta1) * d;
        v[i] = k->beta2 * v[i] + (1 - k->beta2) * d * d;
        w[i] =
            w[i] * k->keep - k->rate * m[i] / (sqrtf(v[i]) * k->bias2 + k->eps);
    }
}

static void ref_product(const struct kern_product *p)
{
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            const float *w = p->w + j / KERN_PANEL * KERN_PANEL * p->k;
            float *y = p->y + i * p->ldy + j, sum = 0;
            for (size_t t = 0; t < p->k; t++)
                sum +=
                    p->x[i * p->ldx + t] * w[t * KERN_PANEL + j % KERN_PANEL];
            *y = (p->beta != 0 ? p->beta * *y : 0) + sum;
        }
}

const struct kern *kern_ref(void)
{
    static const struct kern table = {
        .name = "ref",
        .product = ref_product,
        .dot = ref_dot,
        .axpy = ref_axpy,
        .norm = ref_norm,
        .norm_back = ref_norm_back,
        .layernorm = ref_layernorm,
        .layernorm_back = ref_layernorm_back,
        .gelu = ref_gelu,
        .gelu_back = ref_gelu_back,
        .swiglu = ref_swiglu,
        .swiglu_back = ref_swiglu_back,
        .softmax = ref_softmax,
        .logsumexp = ref_logsumexp,
        .soften = ref_soften,
        .soften_back = ref_soften_back,
        .rotate = ref_rotate,
        .adamw = ref_adamw,
    };
    return &table;
}

/*
 * The tuned kernels: plain loops that the compiler turns into vectors, with
 * an exponential that it can.  Included once by each kern_*.c, which differ
 * in the instructions they may use; KERN_NAME names the table.
 *
 * `omp simd reduction` lets a sum run in as many lanes as a vector has: a
 * fixed order for a given table.
 */
#include <math.h>
#include <string.h>

#define SUM(expr)                                                              \
    float sum = 0;                                                             \
    _Pragma("omp simd reduction(+ : sum)") for (size_t i = 0; i < n; i++)      \
        sum += (expr)
#define EACH _Pragma("omp simd") for (size_t i = 0; i < n; i++)

/*
 * exp by 2^k times a polynomial on [-ln2/2, ln2/2]; relative error below
 * 2e-7 (coefficients: Cephes, expf).  Arguments are cut to the range of
 * normal numbers; NaN stays NaN, so that a diverged run is seen.
 */
static inline float exp_fast(float x)
{
    const float round = 12582912.0f; /* 1.5 * 2^23: adding it rounds */
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float t = x * 1.44269504f + round, k = t - round;
    float r = x - k * 0.693359375f + k * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1;
    int32_t bits;
    memcpy(&bits, &t, sizeof bits);
    bits = (int32_t)((uint32_t)(bits + 127) << 23);
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return p * scale;
}

static float fast_dot(const float *a, const float *b, size_t n)
{
    SUM(a[i] * b[i]);
    return sum;
}

static void fast_axpy(float *y, float a, const float *x, size_t n)
{
    EACH y[i] += a * x[i];
}

static float fast_norm(float *y, const float *x, const float *w, size_t n,
                       float eps)
{
    float r = 1 / sqrtf(fast_dot(x, x, n) / (float)n + eps);
    EACH y[i] = x[i] * r * w[i];
    return r;
}

static void fast_norm_back(float *dx, float *dw, const float *dy,
                           const float *x, const float *w, float r, size_t n)
{
    SUM(dy[i] * w[i] * x[i]);
    float c = sum * r * r / (float)n;
    EACH
    {
        dx[i] += r * (dy[i] * w[i] - c * x[i]);
        dw[i] += dy[i] * x[i] * r;
    }
}

/* Returns 1 / sqrt(variance + eps). */
static float fast_moments(const float *x, size_t n, float eps, float *mean)
{
    SUM(x[i]);
    float m = sum / (float)n, squares = 0;
    _Pragma("omp simd reduction(+ : squares)") for (size_t i = 0; i < n; i++)
        squares += (x[i] - m) * (x[i] - m);
    *mean = m;
    return 1 / sqrtf(squares / (float)n + eps);
}

static void fast_layernorm(float *y, const float *x, const float *w,
                           const float *b, size_t n, float eps)
{
    float mean, r = fast_moments(x, n, eps, &mean);
    EACH y[i] = (x[i] - mean) * r * w[i] + b[i];
}

static void fast_layernorm_back(float *dx, float *dw, const float *dy,
                                const float *x, const float *w, size_t n,
                                float eps)
{
    float mean, r = fast_moments(x, n, eps, &mean), along = 0;
    SUM(dy[i] * w[i]);
    _Pragma("omp simd reduction(+ : along)") for (size_t i = 0; i < n; i++)
        along += dy[i] * w[i] * (x[i] - mean) * r;
    float a = sum / (float)n, b = along / (float)n;
    EACH
    {
        float unit = (x[i] - mean) * r;
        dx[i] += r * (dy[i] * w[i] - a - b * unit);
        dw[i] += dy[i] * unit;
        dw[n + i] += dy[i];
    }
}

/* 2 sqrt(2/pi), and the weight of the cube */
#define GELU_SCALE 1.595769121605731f
#define GELU_CUBE  0.044715f

static void fast_gelu(float *y, const float *x, size_t n)
{
    EACH
    {
        float u = GELU_SCALE * x[i] * (1 + GELU_CUBE * x[i] * x[i]);
        y[i] = x[i] / (1 + exp_fast(-u));
    }
}

static void fast_gelu_back(float *dx, float *y, const float *dy, const float *x,
                           size_t n)
{
    EACH
    {
        float square = GELU_CUBE * x[i] * x[i];
        float s = 1 / (1 + exp_fast(-GELU_SCALE * x[i] * (1 + square)));
        float slope = GELU_SCALE * (1 + 3 * square);
        float out = x[i] * s;
        dx[i] = dy[i] * (s + out * (1 - s) * slope);
        y[i] = out;
    }
}

static void fast_swiglu(float *y, const float *g, const float *u, size_t n)
{
    EACH y[i] = g[i] / (1 + exp_fast(-g[i])) * u[i];
}

static void fast_swiglu_back(float *dg, float *du, const float *dy,
                             const float *g, const float *u, size_t n)
{
    EACH
    {
        float s = 1 / (1 + exp_fast(-g[i]));
        float to_g = dy[i] * u[i] * s * (1 + g[i] * (1 - s));
        float to_u = dy[i] * g[i] * s;
        dg[i] = to_g;
        du[i] = to_u;
    }
}

static float fast_max(const float *x, size_t n)
{
    float max = x[0];
    _Pragma("omp simd reduction(max : max)") for (size_t i = 1; i < n; i++)
        max = x[i] > max ? x[i] : max;
    return max;
}

static float fast_softmax(float *x, size_t n, float scale)
{
    float max = fast_max(x, n);
    EACH x[i] = exp_fast(scale * (x[i] - max));
    SUM(x[i]);
    float inv = 1 / sum;
    EACH x[i] *= inv;
    return scale * max + logf(sum);
}

static float fast_logsumexp(const float *x, size_t n)
{
    float max = fast_max(x, n);
    SUM(exp_fast(x[i] - max));
    return max + logf(sum);
}

static void fast_soften(float *x, size_t n, float scale, float shift, float a)
{
    EACH x[i] = a * exp_fast(scale * x[i] - shift);
}

static void fast_soften_back(float *dp, const float *p, size_t n, float delta,
                             float scale)
{
    EACH dp[i] = p[i] * (dp[i] - delta) * scale;
}

static void fast_rotate(float *x, const float *cs, const float *sn, size_t n,
                        size_t heads, float sign)
{
    for (size_t h = 0; h < heads; h++, x += 2 * n)
        EACH
        {
            float a = x[i], b = x[i + n], s = sign * sn[i];
            x[i] = a * cs[i] - b * s;
            x[i + n] = b * cs[i] + a * s;
        }
}

static void fast_adamw(float *w, const float *g, float *m, float *v, size_t n,
                       const struct kern_adamw *k)
{
    const struct kern_adamw c = *k;
    EACH
    {
        float d = g[i] * c.clip;
        m[i] = c.beta1 * m[i] + (1 - c.beta1) * d;
        v[i] = c.beta2 * v[i] + (1 - c.beta2) * d * d;
        w[i] = w[i] * c.keep - c.rate * m[i] / (sqrtf(v[i]) * c.bias2 + c.eps);
    }
}

/*
 * The product: some rows at a time, as many as the registers hold sums of a
 * panel for.  One row alone takes several panels at a time instead, so that
 * additions need not wait for each other.
 */
#if defined(__AVX512F__)
enum { VEC_FLOATS = 16, ROWS = 12, ROWS_LESS = 4, PANELS = 4 };
#elif defined(__AVX__)
enum { VEC_FLOATS = 8, ROWS = 3, ROWS_LESS = 2, PANELS = 2 };
#else
enum { VEC_FLOATS = 4, ROWS = 1, ROWS_LESS = 1, PANELS = 1 };
#endif
typedef float vec
    __attribute__((vector_size(VEC_FLOATS * sizeof(float)), aligned(4)));
enum { PANEL_VECS = KERN_PANEL / VEC_FLOATS };

static inline __attribute__((always_inline)) void
put_sums(float *y, const vec *sums, size_t n, float beta)
{
    vec all[PANEL_VECS];
#pragma GCC unroll 8
    for (size_t v = 0; v < PANEL_VECS; v++)
        all[v] = sums[v];
    const float *from = (const float *)all;
    n = n < KERN_PANEL ? n : KERN_PANEL;
    if (beta != 0)
        for (size_t j = 0; j < n; j++)
            y[j] = beta * y[j] + from[j];
    else
        memcpy(y, from, n * sizeof *y);
}

/* rows of x by `panels` panels from column j on; both are constants where
 * this is called. */
static inline __attribute__((always_inline)) void
product_block(const struct kern_product *p, size_t i, size_t j, size_t rows,
              size_t panels)
{
    vec sums[ROWS * PANELS][PANEL_VECS];
    const float *x = p->x + i * p->ldx, *w = p->w + j * p->k;
#pragma GCC unroll 64
    for (size_t b = 0; b < rows * panels; b++)
#pragma GCC unroll 8
        for (size_t v = 0; v < PANEL_VECS; v++)
            sums[b][v] = (vec){0};
    for (size_t t = 0; t < p->k; t++)
#pragma GCC unroll 4
        for (size_t q = 0; q < panels; q++) {
            const vec *at =
                (const vec *)(w + q * KERN_PANEL * p->k + t * KERN_PANEL);
#pragma GCC unroll 12
            for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 8
                for (size_t v = 0; v < PANEL_VECS; v++)
                    sums[r * panels + q][v] += at[v] * x[r * p->ldx + t];
        }
#pragma GCC unroll 12
    for (size_t r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (size_t q = 0; q < panels; q++) {
            size_t col = j + q * KERN_PANEL;
            put_sums(p->y + (i + r) * p->ldy + col, sums[r * panels + q],
                     p->n - col, p->beta);
        }
}

static void fast_product(const struct kern_product *p)
{
    size_t j = 0;
    if (p->m < ROWS_LESS)
        for (; j + PANELS * KERN_PANEL <= p->n; j += PANELS * KERN_PANEL)
            for (size_t i = 0; i < p->m; i++)
                product_block(p, i, j, 1, PANELS);
    for (; j < p->n; j += KERN_PANEL) {
        size_t i = 0;
        for (; i + ROWS <= p->m; i += ROWS)
            product_block(p, i, j, ROWS, 1);
        for (; i + ROWS_LESS <= p->m; i += ROWS_LESS)
            product_block(p, i, j, ROWS_LESS, 1);
        for (; i < p->m; i++)
            product_block(p, i, j, 1, 1);
    }
}

static const struct kern table = {
    .name = KERN_NAME,
    .product = fast_product,
    .dot = fast_dot,
    .axpy = fast_axpy,
    .norm = fast_norm,
    .norm_back = fast_norm_back,
    .layernorm = fast_layernorm,
    .layernorm_back = fast_layernorm_back,
    .gelu = fast_gelu,
    .gelu_back = fast_gelu_back,
    .swiglu = fast_swiglu,
    .swiglu_back = fast_swiglu_back,
    .softmax = fast_softmax,
    .logsumexp = fast_logsumexp,
    .soften = fast_soften,
    .soften_back = fast_soften_back,
    .rotate = fast_rotate,
    .adamw = fast_adamw,
};

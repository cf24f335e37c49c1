/*
 * Matrix products by oneDNN.  Any shape: dnnl_sgemm, row-major, and
 * single-threaded when called inside a parallel region; see gemm.h for why
 * the blocks are fixed.  Shapes known beforehand: its matmul primitive, made
 * for one thread.
 */
#include <omp.h>
#include <oneapi/dnnl/dnnl.h>
#include <string.h>

#include "diag.h"
#include "gemm_plan.h"
#include "mem.h"

/* The product over no terms, which the library leaves undone. */
static void nothing(const struct gemm *g)
{
    for (size_t i = 0; i < g->m; i++)
        for (size_t j = 0; j < g->n; j++) {
            float *y = &g->y[i * g->ldy + j];
            *y = g->beta != 0 ? g->beta * *y : 0;
        }
}

void gemm_one(const struct gemm *g)
{
    if (g->m == 0 || g->n == 0)
        return;
    if (g->k == 0) {
        nothing(g);
        return;
    }
    dnnl_status_t bad = dnnl_sgemm(
        g->form == GEMM_XTW ? 'T' : 'N', g->form == GEMM_XWT ? 'T' : 'N',
        (dnnl_dim_t)g->m, (dnnl_dim_t)g->n, (dnnl_dim_t)g->k, g->alpha, g->x,
        (dnnl_dim_t)g->ldx, g->w, (dnnl_dim_t)g->ldw, g->beta, g->y,
        (dnnl_dim_t)g->ldy);
    if (bad)
        die(STATUS_SYSTEM, "matrix product of %zu x %zu x %zu: oneDNN says %d",
            g->m, g->n, g->k, (int)bad);
}

/* A block of a result is so many rows by up to so many columns. */
enum { BLOCK_M = 128, BLOCK_N = 512 };

/* The library is slow (by half) at x^T w with a wide x, so then w^T x is
 * made, block by block, and turned. */
static bool turned(const struct gemm *g)
{
    return g->form == GEMM_XTW && g->n < g->m;
}

/* The product that is made; its y is still g's, to be filled turned. */
static struct gemm made(const struct gemm *g)
{
    if (!turned(g))
        return *g;
    return (struct gemm){g->form, g->n,   g->m,   g->k,   g->w,     g->x,
                         g->y,    g->ldw, g->ldx, g->ldy, g->alpha, g->beta};
}

/* Columns of a block: narrow results get narrow ones, so that there are some
 * to share out. */
static size_t width(const struct gemm *made)
{
    return made->n > 1024 ? BLOCK_N : BLOCK_N / 2;
}

static size_t blocks(const struct gemm *g)
{
    const struct gemm a = made(g);
    size_t down = (a.m + BLOCK_M - 1) / BLOCK_M;
    return down * ((a.n + width(&a) - 1) / width(&a));
}

/* y[n,m] = beta y + alpha (x^T w)^T for at most one block. */
static void turned_one(const struct gemm *g)
{
    float t[BLOCK_M * BLOCK_N]; /* [m,n] */
    struct gemm one = *g;
    one.y = t;
    one.ldy = g->n;
    one.beta = 0;
    gemm_one(&one);
    for (size_t j = 0; j < g->n; j++)
        for (size_t i = 0; i < g->m; i++) {
            float *y = &g->y[j * g->ldy + i];
            *y = t[i * g->n + j] + (g->beta != 0 ? g->beta * *y : 0);
        }
}

/* Block number b of the product. */
static void block(const struct gemm *g, size_t b)
{
    struct gemm one = made(g);
    size_t w = width(&one), across = (one.n + w - 1) / w;
    size_t i = b / across * BLOCK_M, j = b % across * w;
    one.m = size_min(BLOCK_M, one.m - i);
    one.n = size_min(w, one.n - j);
    one.x += one.form == GEMM_XTW ? i : i * one.ldx;
    one.w += one.form == GEMM_XWT ? j * one.ldw : j;
    if (turned(g)) {
        one.y += j * one.ldy + i;
        turned_one(&one);
    } else {
        one.y += i * one.ldy + j;
        gemm_one(&one);
    }
}

void gemm_many(const struct gemm *g, size_t count)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += blocks(&g[i]);
#pragma omp parallel for schedule(dynamic)
    for (size_t b = 0; b < total; b++) {
        size_t at = b, i = 0;
        while (at >= blocks(&g[i]))
            at -= blocks(&g[i++]);
        block(&g[i], at);
    }
}

/* ---- plans */

/* Scratch memory of a thread in bytes; a plan that wants more is none. */
enum { SCRATCH = 1 << 20, LINE = 64 };

struct gemm_plan {
    struct gemm_shape shape;
    dnnl_primitive_t product; /* owns; NULL: gemm_one is as good */
    dnnl_primitive_t lay;     /* owns; NULL where w is not laid out */
    dnnl_memory_desc_t x, w, y, scratch;
    dnnl_memory_desc_t plain; /* w before */
};

struct gemm_plans {
    dnnl_engine_t engine;
    dnnl_stream_t *stream; /* [threads]; owns */
    char *scratch;         /* [threads,SCRATCH]; owns (mem_huge) */
    size_t threads;
    struct gemm_plan **list; /* owns each */
    size_t n;
};

static void must(dnnl_status_t bad)
{
    if (bad)
        die(STATUS_SYSTEM, "matrix products: oneDNN says %d", (int)bad);
}

struct gemm_plans *gemm_plans_new(void)
{
    struct gemm_plans *p = mem_zero(1, sizeof *p);
    must(dnnl_engine_create(&p->engine, dnnl_cpu, 0));
    return p;
}

size_t gemm_plans_bytes(void)
{
    return SCRATCH;
}

static void threads_free(struct gemm_plans *p)
{
    for (size_t i = 0; i < p->threads; i++)
        must(dnnl_stream_destroy(p->stream[i]));
    mem_free(p->stream);
    if (p->scratch)
        mem_huge_free(p->scratch, p->threads * SCRATCH);
}

/* There is scratch for every thread. */
static void threads_ready(struct gemm_plans *p)
{
    size_t n = (size_t)omp_get_max_threads();
    if (n <= p->threads)
        return;
    threads_free(p);
    p->threads = n;
    p->scratch = mem_huge(n * SCRATCH);
    p->stream = mem_zero(n, sizeof *p->stream);
    for (size_t i = 0; i < n; i++)
        must(dnnl_stream_create(&p->stream[i], p->engine,
                                dnnl_stream_default_flags));
}

void gemm_plans_free(struct gemm_plans *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->n; i++) {
        if (p->list[i]->product)
            must(dnnl_primitive_destroy(p->list[i]->product));
        if (p->list[i]->lay)
            must(dnnl_primitive_destroy(p->list[i]->lay));
        mem_free(p->list[i]);
    }
    mem_free(p->list);
    threads_free(p);
    must(dnnl_engine_destroy(p->engine));
    mem_free(p);
}

/* A matrix of r rows and c columns; turned: it lies by columns, ld apart. */
static dnnl_memory_desc_t matrix(size_t r, size_t c, size_t ld, bool turned)
{
    dnnl_memory_desc_t d;
    dnnl_dims_t size = {(dnnl_dim_t)r, (dnnl_dim_t)c};
    dnnl_dims_t by = {(dnnl_dim_t)ld, 1}, down = {1, (dnnl_dim_t)ld};
    must(dnnl_memory_desc_init_by_strides(&d, 2, size, dnnl_f32,
                                          turned ? down : by));
    return d;
}

/* The library's description of the product; NULL: it has none. */
static dnnl_primitive_desc_t described(const struct gemm_plans *p,
                                       const struct gemm_plan *plan)
{
    const struct gemm_shape *s = &plan->shape;
    dnnl_memory_desc_t any = plan->w;
    dnnl_dims_t size = {(dnnl_dim_t)s->k, (dnnl_dim_t)s->n};
    if (s->laid)
        must(dnnl_memory_desc_init_by_tag(&any, 2, size, dnnl_f32,
                                          dnnl_format_tag_any));
    dnnl_matmul_desc_t what;
    dnnl_primitive_attr_t how;
    dnnl_post_ops_t after;
    dnnl_primitive_desc_t made = NULL;
    must(dnnl_matmul_desc_init(&what, &plan->x, &any, NULL, &plan->y));
    must(dnnl_primitive_attr_create(&how));
    must(dnnl_primitive_attr_set_scratchpad_mode(how,
                                                 dnnl_scratchpad_mode_user));
    must(dnnl_post_ops_create(&after));
    if (s->add)
        must(dnnl_post_ops_append_sum(after, 1));
    must(dnnl_primitive_attr_set_post_ops(how, after));
    dnnl_status_t bad =
        dnnl_primitive_desc_create(&made, &what, how, p->engine, NULL);
    must(dnnl_post_ops_destroy(after));
    must(dnnl_primitive_attr_destroy(how));
    return bad ? NULL : made;
}

/* Is it one that is worth it, and fits in the memory set aside? */
static bool good(dnnl_primitive_desc_t made, const struct gemm_plan *plan)
{
    const char *name = "";
    must(dnnl_primitive_desc_query(made, dnnl_query_impl_info_str, 0, &name));
    return strncmp(name, "brg", 3) == 0 &&
           dnnl_memory_desc_get_size(&plan->scratch) <= SCRATCH &&
           dnnl_memory_desc_get_size(&plan->w) <=
               gemm_laid(plan->shape.n, plan->shape.k) * sizeof(float);
}

static dnnl_primitive_t laying(const struct gemm_plans *p,
                               const struct gemm_plan *plan)
{
    dnnl_primitive_desc_t made;
    dnnl_primitive_t lay;
    must(dnnl_reorder_primitive_desc_create(&made, &plan->plain, p->engine,
                                            &plan->w, p->engine, NULL));
    must(dnnl_primitive_create(&lay, made));
    must(dnnl_primitive_desc_destroy(made));
    return lay;
}

static void prepare(const struct gemm_plans *p, struct gemm_plan *plan)
{
    const struct gemm_shape *s = &plan->shape;
    plan->x = matrix(s->m, s->k, s->ldx, s->form == GEMM_XTW);
    plan->plain = matrix(s->k, s->n, s->ldw, s->form == GEMM_XWT);
    plan->y = matrix(s->m, s->n, s->ldy, false);
    plan->w = plan->plain;
    dnnl_primitive_desc_t made = described(p, plan);
    if (!made)
        return;
    plan->w = *dnnl_primitive_desc_query_md(made, dnnl_query_weights_md, 0);
    plan->scratch =
        *dnnl_primitive_desc_query_md(made, dnnl_query_scratchpad_md, 0);
    if (good(made, plan)) {
        must(dnnl_primitive_create(&plan->product, made));
        plan->lay = s->laid ? laying(p, plan) : NULL;
    }
    must(dnnl_primitive_desc_destroy(made));
}

static bool same(const struct gemm_shape *a, const struct gemm_shape *b)
{
    return a->form == b->form && a->m == b->m && a->n == b->n && a->k == b->k &&
           a->ldx == b->ldx && a->ldw == b->ldw && a->ldy == b->ldy &&
           a->add == b->add && a->laid == b->laid;
}

const struct gemm_plan *gemm_plan(struct gemm_plans *p,
                                  const struct gemm_shape *s)
{
    threads_ready(p);
    for (size_t i = 0; i < p->n; i++)
        if (same(&p->list[i]->shape, s))
            return p->list[i]->product ? p->list[i] : NULL;
    struct gemm_plan *plan = mem_zero(1, sizeof *plan);
    plan->shape = *s;
    p->list = mem_grow(p->list, p->n + 1, sizeof *p->list);
    p->list[p->n++] = plan;
    /* the library would choose otherwise for many threads */
    int threads = omp_get_max_threads();
    omp_set_num_threads(1);
    if (s->m > 0 && s->n > 0 && s->k > 0)
        prepare(p, plan);
    omp_set_num_threads(threads);
    return plan->product ? plan : NULL;
}

/* Its layouts fill up to 16 rows of 64 columns. */
size_t gemm_laid(size_t n, size_t k)
{
    return (n + 63) / 64 * 64 * ((k + 63) / 64 * 64);
}

static dnnl_memory_t memory(const struct gemm_plans *p,
                            const dnnl_memory_desc_t *d, const void *at)
{
    dnnl_memory_t m;
    must(dnnl_memory_create(&m, d, p->engine, (void *)(uintptr_t)at));
    return m;
}

static void run(dnnl_primitive_t what, dnnl_stream_t stream, dnnl_exec_arg_t *a,
                int n)
{
    must(dnnl_primitive_execute(what, stream, n, a));
    while (n-- > 0)
        must(dnnl_memory_destroy(a[n].memory));
}

void gemm_plan_lay(const struct gemm_plans *p, const struct gemm_plan *plan,
                   const float *w, float *room)
{
    dnnl_exec_arg_t a[] = {
        {DNNL_ARG_FROM, memory(p, &plan->plain, w)},
        {DNNL_ARG_TO, memory(p, &plan->w, room)},
    };
    run(plan->lay, p->stream[0], a, COUNTOF(a));
}

void gemm_plan_run(const struct gemm_plans *p, const struct gemm_plan *plan,
                   const float *x, const float *w, float *y)
{
    size_t thread = (size_t)omp_get_thread_num();
    dnnl_exec_arg_t a[] = {
        {DNNL_ARG_SRC, memory(p, &plan->x, x)},
        {DNNL_ARG_WEIGHTS, memory(p, &plan->w, w)},
        {DNNL_ARG_DST, memory(p, &plan->y, y)},
        {DNNL_ARG_SCRATCHPAD,
         memory(p, &plan->scratch, p->scratch + thread * SCRATCH)},
    };
    run(plan->product, p->stream[thread], a, COUNTOF(a));
}

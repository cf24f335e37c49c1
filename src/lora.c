/* Adapters as numbers; as files they are adapter.c's. */
#include "lora.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gemm.h"
#include "rng.h"

void lora_config_free(struct lora_config *c)
{
    buf_free(&c->in);
    vec_free(&c->ids);
}

const char *lora_all(const struct model_config *c)
{
    return c->arch == ARCH_GPT2
               ? "c_attn,c_proj,c_fc"
               : "q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj";
}

/* ---- which matrices */

/* The module's name: the tensor's without ".weight".  Only the layers' have
 * adapters. */
static struct str module_of(const struct model_tensor *t)
{
    static const char end[] = ".weight";
    size_t n = strlen(t->name), k = sizeof end - 1;
    bool layer = strstr(t->name, ".layers.") || strstr(t->name, ".h.");
    if (!layer || t->rank != 2 || n < k || strcmp(t->name + n - k, end) != 0)
        return (struct str){0};
    return (struct str){t->name, n - k};
}

/* Is name the module's, from a point on? */
static bool ends(struct str module, struct str name)
{
    size_t from = module.n - name.n;
    return module.n > name.n && name.n > 0 && module.p[from - 1] == '.' &&
           memcmp(module.p + from, name.p, name.n) == 0;
}

/* The next name of the list; false at its end. */
static bool next_name(struct str *list, struct str *name)
{
    if (list->n == 0)
        return false;
    size_t end = str_find(*list, STR(","), 0);
    *name = str_sub(*list, 0, end);
    *list = str_sub(*list, size_min(end + 1, list->n), list->n);
    return true;
}

static bool is_target(const struct lora *l, const struct model_tensor *t)
{
    struct str list = buf_view(&l->config.in), name, module = module_of(t);
    while (next_name(&list, &name))
        if (ends(module, name))
            return true;
    return false;
}

/* Every name must be that of some matrix. */
static int check_names(const struct lora *l, const struct model *m,
                       struct err *e)
{
    struct str list = buf_view(&l->config.in), name;
    while (next_name(&list, &name)) {
        bool found = false;
        for (size_t i = 0; i < m->n_tensors; i++)
            found = found || ends(module_of(&m->tensors[i]), name);
        if (!found)
            return err_set(e, STATUS_DATA, "no layer has a matrix %.*s",
                           STR_ARG(name));
    }
    return 0;
}

/* ---- layout */

/* Appends a matrix [out,in] of the adapter. */
static const struct model_tensor *put_matrix(struct lora *l, size_t out,
                                             size_t in, struct str module,
                                             const char *what)
{
    struct model *p = &l->part;
    struct model_tensor *t = &p->tensors[p->n_tensors++];
    snprintf(t->name, sizeof t->name, "base_model.model.%.*s.%s",
             STR_ARG(module), what);
    t->rank = 2;
    t->shape[0] = out;
    t->shape[1] = in;
    t->at = p->n_params;
    t->n = out * in;
    t->decay = true;
    p->n_params += t->n;
    return t;
}

static void put_target(struct lora *l, const struct model_tensor *w)
{
    size_t rank = (size_t)l->config.rank;
    struct str module = module_of(w);
    struct lora_target *t = &l->targets[l->n++];
    t->w = w;
    t->a = put_matrix(l, rank, w->shape[1], module, "lora_A.weight");
    t->b = put_matrix(l, w->shape[0], rank, module, "lora_B.weight");
    t->base = l->n_base;
    l->n_base += w->n;
}

static void put_table(struct lora *l, const struct model *m,
                      const struct model_tensor *of)
{
    struct str module = {of->name, strlen(of->name) - strlen(".weight")};
    l->tables[l->n_tables].of = of;
    l->tables[l->n_tables++].rows =
        put_matrix(l, l->config.ids.n, (size_t)m->config.dim, module,
                   "token_adapter.trainable_tokens_delta");
}

static void lay_out(struct lora *l, const struct model *m)
{
    l->part.config = m->config;
    l->part.tensors = mem_zero(2 * m->n_tensors + 2, sizeof *l->part.tensors);
    l->targets = mem_zero(m->n_tensors, sizeof *l->targets);
    for (size_t i = 0; i < m->n_tensors; i++)
        if (is_target(l, &m->tensors[i]))
            put_target(l, &m->tensors[i]);
    if (l->config.ids.n > 0)
        put_table(l, m, &m->tensors[0]);
    if (l->config.ids.n > 0 && !m->config.tied)
        put_table(l, m, &m->tensors[m->n_tensors - 1]);
    l->part.params = mem_huge(l->part.n_params * sizeof *l->part.params);
    l->base = mem_huge(l->n_base * sizeof *l->base);
    l->jobs = mem_zero(2 * l->n, sizeof *l->jobs);
}

/* ---- values */

/* As PEFT begins: A uniform within 1/sqrt(in), B zero. */
static void init_target(struct lora *l, const struct lora_target *t,
                        const struct model *m, uint64_t seed)
{
    const char *name = t->a->name;
    struct rng rng = rng_from(rng_hash(seed, name, strlen(name)));
    double bound = 1 / sqrt((double)t->a->shape[1]);
    float *a = l->part.params + t->a->at;
    for (size_t i = 0; i < t->a->n; i++)
        a[i] = (float)(bound * (2 * rng_unit(&rng) - 1));
    memcpy(l->base + t->base, m->params + t->w->at, t->w->n * sizeof *l->base);
}

/* Copies the rows of the trained ids out of from, a block like m's. */
static void take_rows(const struct lora *l, const float *from, float *part)
{
    size_t dim = (size_t)l->part.config.dim;
    for (size_t k = 0; k < l->n_tables; k++)
        for (size_t i = 0; i < l->config.ids.n; i++)
            memcpy(part + l->tables[k].rows->at + i * dim,
                   from + l->tables[k].of->at +
                       (size_t)l->config.ids.v[i] * dim,
                   dim * sizeof *part);
}

int lora_create(struct lora *l, const struct model *m, struct lora_config *c,
                uint64_t seed, struct err *e)
{
    *l = (struct lora){.config = *c};
    *c = (struct lora_config){0};
    if (check_names(l, m, e)) {
        lora_free(l);
        return -1;
    }
    lay_out(l, m);
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < l->n; i++)
        init_target(l, &l->targets[i], m, seed);
    take_rows(l, m->params, l->part.params);
    return 0;
}

void lora_free(struct lora *l)
{
    lora_config_free(&l->config);
    model_free(&l->part);
    mem_free(l->targets);
    mem_huge_free(l->base, l->n_base * sizeof *l->base);
    mem_free(l->jobs);
    *l = (struct lora){0};
}

void lora_apply(const struct lora *l, struct model *m)
{
    size_t rank = (size_t)l->config.rank;
    float scale = (float)(l->config.alpha / (double)rank);
    const float *part = l->part.params;
#pragma omp parallel for schedule(dynamic)
    for (size_t i = 0; i < l->n; i++)
        memcpy(m->params + l->targets[i].w->at, l->base + l->targets[i].base,
               l->targets[i].w->n * sizeof *m->params);
    for (size_t i = 0; i < l->n; i++) {
        const struct lora_target *t = &l->targets[i];
        size_t out = t->w->shape[0], in = t->w->shape[1];
        l->jobs[i] = (struct gemm){GEMM_XW,
                                   out,
                                   in,
                                   rank,
                                   part + t->b->at,
                                   part + t->a->at,
                                   m->params + t->w->at,
                                   rank,
                                   in,
                                   in,
                                   scale,
                                   1};
    }
    gemm_many(l->jobs, l->n);
    size_t dim = (size_t)m->config.dim;
    for (size_t k = 0; k < l->n_tables; k++)
        for (size_t i = 0; i < l->config.ids.n; i++)
            memcpy(m->params + l->tables[k].of->at +
                       (size_t)l->config.ids.v[i] * dim,
                   part + l->tables[k].rows->at + i * dim, dim * sizeof *part);
}

void lora_gradient(const struct lora *l, const float *grad, float *dpart)
{
    size_t rank = (size_t)l->config.rank;
    float scale = (float)(l->config.alpha / (double)rank);
    const float *part = l->part.params;
    for (size_t i = 0; i < l->n; i++) {
        const struct lora_target *t = &l->targets[i];
        size_t out = t->w->shape[0], in = t->w->shape[1];
        const float *dw = grad + t->w->at;
        l->jobs[2 * i] =
            (struct gemm){GEMM_XTW,         rank, in, out, part + t->b->at, dw,
                          dpart + t->a->at, rank, in, in,  scale,           0};
        l->jobs[2 * i + 1] = (struct gemm){
            GEMM_XWT,         out, rank, in,   dw,    part + t->a->at,
            dpart + t->b->at, in,  in,   rank, scale, 0};
    }
    gemm_many(l->jobs, 2 * l->n);
    take_rows(l, grad, dpart);
}

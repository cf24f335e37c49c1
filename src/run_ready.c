/*
 * The weights of a layer laid out for its products, just before they are
 * used: in memory for one layer, or for the output layer, at a time.
 */
#include "run.h"

int model_how(struct model_how *how, enum model_dtype dtype, struct err *e)
{
    *how = (struct model_how){.f32 = kern_f32("auto")};
    if (dtype == DTYPE_F32)
        return 0;
    how->bf16 = kern_bf16("auto");
    return how->bf16 ? 0
                     : err_set(e, STATUS_SYSTEM,
                               "--dtype bf16: this processor has neither AMX "
                               "nor AVX512-BF16; without the option it works, "
                               "in single precision");
}

size_t ready_room(const struct kern_pack *pack, const struct dims *d)
{
    size_t layer =
        gemm_room(pack, d->qkv, d->dim) + gemm_room(pack, d->dim, d->q) +
        gemm_room(pack, d->up, d->dim) + gemm_room(pack, d->dim, d->inner);
    return size_max(layer, gemm_room(pack, d->vocab, d->dim));
}

/* The weight w[n,k], with room of its own from *at on. */
static struct gemm_weight weight_of(const struct model_run *r,
                                    enum gemm_form form, size_t n, size_t k,
                                    const float *w, size_t *at)
{
    struct gemm_weight g = {form, n, k, w, r->pack, NULL};
    if (g.pack) {
        g.room = (char *)r->ready + *at;
        *at += gemm_room(r->pack, n, k);
    }
    return g;
}

struct readied layer_ready(struct model_run *r, enum gemm_form form,
                           const struct layer *before,
                           const struct layer *after)
{
    const struct dims *d = &r->d;
    struct gemm_weight list[4] = {0};
    size_t at = 0, n = 0;
    if (after) {
        list[n++] = weight_of(r, form, d->dim, d->q, after->o, &at);
        list[n++] = weight_of(r, form, d->up, d->dim, after->gu, &at);
        list[n++] = weight_of(r, form, d->dim, d->inner, after->down, &at);
    }
    if (before)
        list[n++] = weight_of(r, form, d->qkv, d->dim, before->qkv, &at);
    gemm_ready(list, n);
    return (struct readied){list[n - 1], list[0], list[1], list[2]};
}

struct gemm_weight head_ready(struct model_run *r, enum gemm_form form,
                              const float *head)
{
    size_t at = 0;
    struct gemm_weight g = weight_of(r, form, r->d.vocab, r->d.dim, head, &at);
    gemm_ready(&g, 1);
    return g;
}

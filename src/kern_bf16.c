/* The choice of bfloat16 kernels, and their specification. */
#include <string.h>

#include "kern_bf16.h"

static uint16_t bf16_of(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    if (x != x)
        return (uint16_t)(u >> 16 | 0x40);
    return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

static float of_bf16(uint16_t h)
{
    uint32_t u = (uint32_t)h << 16;
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}

/* Number i, t of the source, 0 outside of it. */
static uint16_t source_at(const struct bf16_source *s, size_t i, size_t t)
{
    if (i >= s->m || t >= s->k)
        return 0;
    return bf16_of(s->turned ? s->x[t * s->ld + i] : s->x[i * s->ld + t]);
}

static void ref_rows(uint16_t *to, size_t ld, const struct bf16_source *s)
{
    for (size_t i = 0; i < s->m; i++)
        for (size_t t = 0; t < bf16_fill(s->k); t++)
            to[i * ld + t] = source_at(s, i, t);
}

static void ref_panel(uint16_t *to, const struct bf16_source *s)
{
    for (size_t t = 0; t < bf16_fill(s->k); t++)
        for (size_t i = 0; i < BF16_PANEL; i++)
            to[t / 2 * 2 * BF16_PANEL + 2 * i + t % 2] = source_at(s, i, t);
}

static void ref_product(const struct bf16_product *p)
{
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            const uint16_t *b = p->b + j / BF16_PANEL * p->panel;
            float sum = p->add ? p->y[i * p->ldy + j] : 0;
            for (size_t t = 0; t < p->k; t++)
                sum +=
                    of_bf16(p->a[i * p->lda + t]) *
                    of_bf16(
                        b[t / 2 * 2 * BF16_PANEL + j % BF16_PANEL * 2 + t % 2]);
            p->y[i * p->ldy + j] = sum;
        }
}

const struct kern_bf16 *kern_bf16_ref(void)
{
    static const struct kern_bf16 table = {"ref", ref_rows, ref_panel,
                                           ref_product};
    return &table;
}

const struct kern_bf16 *kern_bf16(const char *name)
{
    if (strcmp(name, "ref") == 0)
        return kern_bf16_ref();
    if (strcmp(name, "avx512") == 0)
        return kern_bf16_avx512();
    if (strcmp(name, "amx") == 0)
        return kern_bf16_amx();
    const struct kern_bf16 *best = kern_bf16_amx();
    return best ? best : kern_bf16_avx512();
}

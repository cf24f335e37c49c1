/* The choice of kernels with factors laid out, and their specification. */
#include <string.h>

#include "kern_pack.h"

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
static float source_at(const struct pack_source *s, size_t i, size_t t)
{
    if (i >= s->m || t >= s->k)
        return 0;
    return s->turned ? s->x[t * s->ld + i] : s->x[i * s->ld + t];
}

/* ---- bfloat16 numbers */

static void bf16_rows(void *to, size_t ld, const struct pack_source *s)
{
    uint16_t *a = to;
    for (size_t i = 0; i < s->m; i++)
        for (size_t t = 0; t < pack_fill(s->k); t++)
            a[i * ld + t] = bf16_of(source_at(s, i, t));
}

/* Where number t of column i of a panel lies. */
static size_t bf16_place(size_t t, size_t i)
{
    return t / 2 * 2 * PACK_PANEL + 2 * i + t % 2;
}

static void bf16_panel(void *to, const struct pack_source *s)
{
    uint16_t *b = to;
    for (size_t t = 0; t < pack_fill(s->k); t++)
        for (size_t i = 0; i < PACK_PANEL; i++)
            b[bf16_place(t, i)] = bf16_of(source_at(s, i, t));
}

static void bf16_product(const struct pack_product *p)
{
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            const uint16_t *a = (const uint16_t *)p->a + i * p->lda;
            const uint16_t *b =
                (const uint16_t *)p->b + j / PACK_PANEL * p->panel;
            float sum = p->add ? p->y[i * p->ldy + j] : 0;
            for (size_t t = 0; t < p->k; t++)
                sum +=
                    of_bf16(a[t]) * of_bf16(b[bf16_place(t, j % PACK_PANEL)]);
            p->y[i * p->ldy + j] = sum;
        }
}

const struct kern_pack *kern_bf16_ref(void)
{
    static const struct kern_pack table = {"ref", sizeof(uint16_t), bf16_rows,
                                           bf16_panel, bf16_product};
    return &table;
}

const struct kern_pack *kern_bf16(const char *name)
{
    if (strcmp(name, "ref") == 0)
        return kern_bf16_ref();
    if (strcmp(name, "avx512") == 0)
        return kern_bf16_avx512();
    if (strcmp(name, "amx") == 0)
        return kern_bf16_amx();
    const struct kern_pack *best = kern_bf16_amx();
    return best ? best : kern_bf16_avx512();
}

/* ---- floats */

static void f32_rows(void *to, size_t ld, const struct pack_source *s)
{
    float *a = to;
    for (size_t i = 0; i < s->m; i++)
        for (size_t t = 0; t < pack_fill(s->k); t++)
            a[i * ld + t] = source_at(s, i, t);
}

static void f32_panel(void *to, const struct pack_source *s)
{
    float *b = to;
    for (size_t t = 0; t < pack_fill(s->k); t++)
        for (size_t i = 0; i < PACK_PANEL; i++)
            b[t * PACK_PANEL + i] = source_at(s, i, t);
}

static void f32_product(const struct pack_product *p)
{
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            const float *a = (const float *)p->a + i * p->lda;
            const float *b = (const float *)p->b + j / PACK_PANEL * p->panel;
            float sum = p->add ? p->y[i * p->ldy + j] : 0;
            for (size_t t = 0; t < p->k; t++)
                sum += a[t] * b[t * PACK_PANEL + j % PACK_PANEL];
            p->y[i * p->ldy + j] = sum;
        }
}

const struct kern_pack *kern_f32_ref(void)
{
    static const struct kern_pack table = {"ref", sizeof(float), f32_rows,
                                           f32_panel, f32_product};
    return &table;
}

const struct kern_pack *kern_f32(const char *name)
{
    if (strcmp(name, "ref") == 0)
        return kern_f32_ref();
    bool known = strcmp(name, "avx512") == 0 || strcmp(name, "auto") == 0;
    return known ? kern_f32_avx512() : NULL;
}

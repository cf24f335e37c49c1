/* Packing, and sharing a product out to threads by columns. */
#include "panel.h"
#include "kern.h"
#include "mem.h"

/* Columns of a share, and the multiplications below which there is one. */
enum { SHARE = 4 * KERN_PANEL, ALONE = 1 << 15 };

void panel_pack(struct panel *p, const float *w, size_t n, size_t k)
{
    size_t panels = (n + KERN_PANEL - 1) / KERN_PANEL;
    *p = (struct panel){n, k, NULL, panels * KERN_PANEL * k};
    p->w = mem_huge(p->size * sizeof *p->w);
    for (size_t j = 0; j < n; j++) {
        float *to = p->w + j / KERN_PANEL * KERN_PANEL * k + j % KERN_PANEL;
        for (size_t t = 0; t < k; t++)
            to[t * KERN_PANEL] = w[j * k + t];
    }
}

void panel_free(struct panel *p)
{
    if (p->w)
        mem_huge_free(p->w, p->size * sizeof *p->w);
    p->w = NULL;
}

void panel_apply(const struct panel *p, float *y, const float *x, size_t m,
                 float beta)
{
    const struct kern *kern = kern_get();
    size_t shares = (p->n + SHARE - 1) / SHARE;
#pragma omp parallel for schedule(static) if (m * p->n * p->k > ALONE)
    for (size_t s = 0; s < shares; s++) {
        size_t j = s * SHARE;
        kern->product(&(struct kern_product){m, size_min(SHARE, p->n - j), p->k,
                                             x, p->w + j * p->k, y + j, p->k,
                                             p->n, beta});
    }
}

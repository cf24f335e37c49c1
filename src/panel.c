/* Packing, and sharing a product out to threads by columns. */
#include "panel.h"
#include "kern.h"
#include "mem.h"

/* Columns of a share, and the multiplications below which there is one. */
enum { SHARE = 4 * KERN_PANEL, ALONE = 1 << 15 };

static void pack_half(struct panel *p, const float *w)
{
    const size_t fill = pack_fill(p->k);
    p->bytes = (p->n + PACK_PANEL - 1) / PACK_PANEL * PACK_PANEL * fill *
               sizeof(uint16_t);
    uint16_t *to = p->w = mem_huge(p->bytes);
    for (size_t j = 0; j < p->n; j += PACK_PANEL)
        p->pack->panel(to + j * fill,
                       &(struct pack_source){w + j * p->k, p->k,
                                             size_min(PACK_PANEL, p->n - j),
                                             p->k, false});
}

void panel_pack(struct panel *p, const float *w, size_t n, size_t k,
                const struct kern_pack *half)
{
    *p = (struct panel){.n = n, .k = k, .pack = half};
    if (half) {
        pack_half(p, w);
        return;
    }
    p->bytes =
        (n + KERN_PANEL - 1) / KERN_PANEL * KERN_PANEL * k * sizeof(float);
    float *room = p->w = mem_huge(p->bytes);
    for (size_t j = 0; j < n; j++) {
        float *to = room + j / KERN_PANEL * KERN_PANEL * k + j % KERN_PANEL;
        for (size_t t = 0; t < k; t++)
            to[t * KERN_PANEL] = w[j * k + t];
    }
}

void panel_free(struct panel *p)
{
    if (p->w)
        mem_huge_free(p->w, p->bytes);
    p->w = NULL;
}

/* Rows of x laid out lie so far apart that they do not share cache sets. */
static size_t apart(const struct panel *p)
{
    return pack_fill(p->k) + PACK_STEP;
}

size_t panel_room(const struct panel *p, size_t m)
{
    return p->pack ? m * apart(p) : 0;
}

/* n columns from j on, for m rows laid out in a. */
static void share_half(const struct panel *p, float *y, const uint16_t *a,
                       size_t m, size_t j, bool add)
{
    const size_t panel = pack_fill(p->k) * PACK_PANEL;
    const uint16_t *w = (const uint16_t *)p->w + j / PACK_PANEL * panel;
    for (size_t t = 0; t < p->k; t += PACK_DEPTH)
        p->pack->product(&(struct pack_product){
            m, size_min(SHARE, p->n - j), size_min(PACK_DEPTH, p->k - t), a + t,
            w + t * PACK_PANEL, y + j, apart(p), panel, p->n, add || t > 0});
}

void panel_apply(const struct panel *p, float *y, const float *x, size_t m,
                 bool add, uint16_t *room)
{
    const struct kern *kern = kern_get();
    const float *w = p->w;
    size_t shares = (p->n + SHARE - 1) / SHARE;
    if (p->pack)
        p->pack->rows(room, apart(p),
                      &(struct pack_source){x, p->k, m, p->k, false});
#pragma omp parallel for schedule(static) if (m * p->n * p->k > ALONE)
    for (size_t s = 0; s < shares; s++) {
        size_t j = s * SHARE;
        if (p->pack)
            share_half(p, y, room, m, j, add);
        else
            kern->product(&(struct kern_product){m, size_min(SHARE, p->n - j),
                                                 p->k, x, w + j * p->k, y + j,
                                                 p->k, p->n, add});
    }
}

/*
 * The bfloat16 kernels for processors with AMX: tiles of 16 rows by 64 bytes,
 * four of them sums.  A thread's tiles are its own; the kernel must be asked
 * for them once a process.
 */
#include <string.h>

#include "kern_pack.h"

#if defined(__AMX_BF16__) && defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

#include "kern_bf16_body.h"

enum { TILE = 16 };

/* What ldtilecfg reads: palette 1, then the shape of each tile. */
struct tiles {
    uint8_t palette, start, zero[14];
    uint16_t bytes[16];
    uint8_t rows[16];
};

/* Tiles 0-3 sums, 4 and 5 rows of a, 6 and 7 parts of a panel. */
static void shape(size_t rows)
{
    struct tiles c = {.palette = 1};
    uint8_t top = (uint8_t)size_min(rows, TILE);
    uint8_t low = (uint8_t)(rows > TILE ? rows - TILE : TILE);
    for (int i = 0; i < 8; i++) {
        c.bytes[i] = 64;
        c.rows[i] = TILE;
    }
    c.rows[0] = c.rows[1] = c.rows[4] = top;
    c.rows[2] = c.rows[3] = c.rows[5] = low;
    _tile_loadconfig(&c);
}

/* More than TILE rows, as many as the tiles are shaped for, by one panel. */
static void block_two(const struct pack_product *p, const uint16_t *a,
                      const uint16_t *b, float *y, size_t ldy)
{
    const size_t row = ldy * sizeof *y, arow = p->lda * sizeof *a;
    const size_t brow = 2 * PACK_PANEL * sizeof *b;
    float *low = y + TILE * ldy;
    const uint16_t *alow = a + TILE * p->lda;
    if (p->add) {
        _tile_loadd(0, y, row);
        _tile_loadd(1, y + TILE, row);
        _tile_loadd(2, low, row);
        _tile_loadd(3, low + TILE, row);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (size_t t = 0; t < p->k; t += PACK_STEP) {
        _tile_loadd(6, b + t * PACK_PANEL, brow);
        _tile_loadd(4, a + t, arow);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b + t * PACK_PANEL + PACK_PANEL, brow);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, alow + t, arow);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, y, row);
    _tile_stored(1, y + TILE, row);
    _tile_stored(2, low, row);
    _tile_stored(3, low + TILE, row);
}

/* The same for up to TILE rows. */
static void block_one(const struct pack_product *p, const uint16_t *a,
                      const uint16_t *b, float *y, size_t ldy)
{
    const size_t row = ldy * sizeof *y, arow = p->lda * sizeof *a;
    const size_t brow = 2 * PACK_PANEL * sizeof *b;
    if (p->add) {
        _tile_loadd(0, y, row);
        _tile_loadd(1, y + TILE, row);
    } else {
        _tile_zero(0);
        _tile_zero(1);
    }
    for (size_t t = 0; t < p->k; t += PACK_STEP) {
        _tile_loadd(4, a + t, arow);
        _tile_loadd(6, b + t * PACK_PANEL, brow);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, b + t * PACK_PANEL + PACK_PANEL, brow);
        _tile_dpbf16ps(1, 4, 7);
    }
    _tile_stored(0, y, row);
    _tile_stored(1, y + TILE, row);
}

/* The last panel may reach beyond y: then by way of a copy. */
static void block(const struct pack_product *p, size_t i, size_t j, size_t rows)
{
    const uint16_t *a = (const uint16_t *)p->a + i * p->lda;
    const uint16_t *b = (const uint16_t *)p->b + j / PACK_PANEL * p->panel;
    float *y = p->y + i * p->ldy + j, copy[2 * TILE * PACK_PANEL];
    size_t n = p->n - j;
    bool whole = n >= PACK_PANEL;
    if (!whole && p->add)
        for (size_t r = 0; r < rows; r++)
            memcpy(copy + r * PACK_PANEL, y + r * p->ldy, n * sizeof *y);
    (rows > TILE ? block_two : block_one)(p, a, b, whole ? y : copy,
                                          whole ? p->ldy : PACK_PANEL);
    if (!whole)
        for (size_t r = 0; r < rows; r++)
            memcpy(y + r * p->ldy, copy + r * PACK_PANEL, n * sizeof *y);
}

static void product(const struct pack_product *p)
{
    const size_t full = p->m / (2 * TILE) * (2 * TILE), rest = p->m - full;
    shape(2 * TILE);
    for (size_t j = 0; j < p->n; j += PACK_PANEL)
        for (size_t i = 0; i < full; i += 2 * TILE)
            block(p, i, j, 2 * TILE);
    if (rest > 0)
        shape(rest);
    for (size_t j = 0; rest > 0 && j < p->n; j += PACK_PANEL)
        block(p, full, j, rest);
    _tile_release();
}

/* Asks the system for the tiles: arch_prctl(ARCH_REQ_XCOMP_PERM, TILEDATA). */
static bool granted(void)
{
    return syscall(SYS_arch_prctl, 0x1023, 18) == 0;
}

const struct kern_pack *kern_bf16_amx(void)
{
    static const struct kern_pack table = {"amx", sizeof(uint16_t), pack_rows,
                                           pack_panel, product};
    const struct kern_pack *also = kern_bf16_avx512();
    return also && __builtin_cpu_supports("amx-bf16") &&
                   __builtin_cpu_supports("amx-tile") && granted()
               ? &table
               : NULL;
}
#else
const struct kern_pack *kern_bf16_amx(void)
{
    return NULL;
}
#endif

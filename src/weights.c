/* Tensors of a model to and from files.  It knows names, shapes and number
 * formats, and nothing of what the numbers are for. */
#include "weights.h"

#include <stdio.h>

#include "io.h"
#include "safetensors.h"

int weights_file(const char *path, struct buf *b, struct err *e)
{
    struct reader *r = reader_open(path, 0, e);
    int rc = r ? reader_rest(r, b, e) : -1;
    reader_close(r);
    buf_reserve(b, IO_PADDING);
    if (rc && e->at.name) {
        char text[sizeof e->text];
        err_format(e, text, sizeof text);
        return err_set(e, e->status, "%s", text);
    }
    return rc;
}

/* ---- writing */

/* Adds the model's tensors as views of the block. */
static void add_block(struct st_vec *out, struct arena *a,
                      const struct model *m, const struct weights_block *b)
{
    for (size_t i = 0; i < m->n_tensors; i++) {
        const struct model_tensor *t = &m->tensors[i];
        char name[128];
        snprintf(name, sizeof name, "%s%s", b->prefix, t->name);
        struct st_tensor view = {
            .name = {arena_copy(a, name, strlen(name)), strlen(name)},
            .type = ST_F32,
            .rank = t->rank,
            .shape = {t->shape[0], t->shape[1]},
            .data = b->v + t->at,
            .bytes = t->n * sizeof *b->v,
        };
        vec_push(out, view);
    }
}

int weights_put(struct folder *to, const char *name, const struct model *m,
                const struct weights_block *blocks, size_t n, struct err *e)
{
    static const struct st_pair format[] = {{"format", {"pt", 2}}};
    struct st_vec tensors = {0};
    struct arena arena = {0};
    struct buf header = {0};
    VEC(struct str) parts = {0};
    for (size_t i = 0; i < n; i++)
        add_block(&tensors, &arena, m, &blocks[i]);
    st_header(&header, tensors.v, tensors.n, format, COUNTOF(format));
    vec_push(&parts, buf_view(&header));
    for (size_t i = 0; i < tensors.n; i++) {
        struct str data = {tensors.v[i].data, tensors.v[i].bytes};
        vec_push(&parts, data);
    }
    int rc = folder_put(to, name, parts.v, parts.n, e);
    vec_free(&parts);
    vec_free(&tensors);
    buf_free(&header);
    arena_free(&arena);
    return rc;
}

/* ---- reading */

static float half_float(uint16_t h)
{
    uint32_t sign = (uint32_t)(h & 0x8000) << 16;
    uint32_t exponent = h >> 10 & 31, fraction = h & 1023;
    float f;
    uint32_t bits;
    if (exponent == 0) { /* subnormal: fraction * 2^-24 */
        f = (float)fraction * 0x1p-24f;
        memcpy(&bits, &f, 4);
    } else if (exponent == 31) {
        bits = 0x7f800000 | fraction << 13;
    } else {
        bits = (exponent + 112) << 23 | fraction << 13;
    }
    bits |= sign;
    memcpy(&f, &bits, 4);
    return f;
}

/* src may be unaligned. */
static int convert(const struct st_tensor *src, float *dst, size_t n)
{
    const char *p = src->data;
    if (src->type == ST_F32) {
        memcpy(dst, p, n * 4);
        return 0;
    }
    if (src->type != ST_F16 && src->type != ST_BF16)
        return -1;
    for (size_t i = 0; i < n; i++) {
        uint16_t half;
        memcpy(&half, p + 2 * i, 2);
        uint32_t wide = (uint32_t)half << 16;
        if (src->type == ST_F16)
            dst[i] = half_float(half);
        else
            memcpy(&dst[i], &wide, 4);
    }
    return 0;
}

/* Copies the tensors of the block's names. */
static int read_block(const struct st_file *f, const char *path,
                      const struct model *m, const struct weights_block *b,
                      struct err *e)
{
    for (size_t i = 0; i < m->n_tensors; i++) {
        const struct model_tensor *t = &m->tensors[i];
        char name[128];
        snprintf(name, sizeof name, "%s%s", b->prefix, t->name);
        const struct st_tensor *src = st_get(f, name);
        if (!src)
            return err_set(e, STATUS_DATA, "%s: %s: is missing", path, name);
        bool fits = src->rank == t->rank;
        for (int d = 0; fits && d < t->rank; d++)
            fits = src->shape[d] == t->shape[d];
        if (!fits)
            return err_set(e, STATUS_DATA,
                           "%s: %s: its shape is not what config.json says",
                           path, name);
        if (convert(src, b->v + t->at, t->n))
            return err_set(e, STATUS_DATA, "%s: %s: is not F32, F16 or BF16",
                           path, name);
    }
    return 0;
}

static bool known(const struct model *m, const char *name,
                  const struct weights_block *blocks, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t prefix = strlen(blocks[i].prefix);
        if (!strncmp(name, blocks[i].prefix, prefix) &&
            model_tensor(m, name + prefix))
            return true;
    }
    /* Old files hold the rotary table; a tied head may be there twice. */
    return strstr(name, "rotary_emb.inv_freq") ||
           (m->config.tied && !strcmp(name, "lm_head.weight"));
}

/* Tensors that the model does not have would be lost without a word. */
static int refuse_strangers(const struct st_file *f, const char *path,
                            const struct model *m,
                            const struct weights_block *blocks, size_t n,
                            struct err *e)
{
    for (size_t i = 0; i < f->tensors.n; i++) {
        struct str s = f->tensors.v[i].name;
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)size_min(s.n, 127), s.p);
        if (!known(m, name, blocks, n))
            return err_set(e, STATUS_DATA, "%s: %s: a plain Llama has none",
                           path, name);
    }
    return 0;
}

int weights_read(const char *path, const struct model *m,
                 const struct weights_block *blocks, size_t n, struct err *e)
{
    struct buf bytes = {0};
    struct st_file f = {0};
    if (weights_file(path, &bytes, e)) {
        buf_free(&bytes);
        return -1;
    }
    int rc = st_parse(buf_view(&bytes), &f, e);
    if (rc) {
        char why[sizeof e->text];
        snprintf(why, sizeof why, "%s", e->text);
        err_set(e, e->status, "%s: %s", path, why);
    } else {
        rc = refuse_strangers(&f, path, m, blocks, n, e);
        for (size_t i = 0; !rc && i < n; i++)
            rc = read_block(&f, path, m, &blocks[i], e);
        st_free(&f);
    }
    buf_free(&bytes);
    return rc;
}

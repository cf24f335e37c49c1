/* Tensors of a model to and from files.  It knows names, shapes and number
 * formats, and nothing of what the numbers are for. */
#include "weights.h"

#include <math.h>
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

int weights_json(const char *path, struct buf *text,
                 int (*use)(const struct json *, const char *, void *,
                            struct err *),
                 void *to, struct err *e)
{
    if (weights_file(path, text, e))
        return -1;
    struct json_parser *p = json_parser_new();
    const struct json *root;
    int rc = json_parse(p, buf_view(text), &root, e);
    if (rc) {
        char why[sizeof e->text];
        snprintf(why, sizeof why, "%s", e->text);
        err_set(e, e->status, "%s: byte %lu: %s", path,
                (unsigned long)e->at.col, why);
    } else {
        rc = use(root, path, to, e);
    }
    json_parser_free(p);
    return rc;
}

/* ---- writing */

/* A file being written, one tensor at a time. */
struct writing {
    const struct model *m;
    const struct weights_block *blocks;
    struct buf header;
    float *turn; /* [the largest turned tensor] */
};

/* [in,out] of what is [out,in]. */
static void turn(const struct model_tensor *t, const float *v, float *copy)
{
    size_t out = t->shape[0], in = t->shape[1];
    for (size_t o = 0; o < out; o++)
        for (size_t i = 0; i < in; i++)
            copy[i * out + o] = v[o * in + i];
}

/* The header, then the tensors of each block. */
static struct str part(void *ctx, size_t i)
{
    const struct writing *w = ctx;
    if (i == 0)
        return buf_view(&w->header);
    i--;
    const struct model_tensor *t = &w->m->tensors[i % w->m->n_tensors];
    const float *v = w->blocks[i / w->m->n_tensors].v + t->at;
    if (t->turned) {
        turn(t, v, w->turn);
        v = w->turn;
    }
    return (struct str){(const char *)v, t->n * sizeof *v};
}

/* Appends the model's tensors, with the block's names; *turned gets the floats
 * of the largest that is turned. */
static void add_block(struct st_vec *out, struct arena *a,
                      const struct model *m, const char *prefix, size_t *turned)
{
    for (size_t i = 0; i < m->n_tensors; i++) {
        const struct model_tensor *t = &m->tensors[i];
        char name[128];
        snprintf(name, sizeof name, "%s%s", prefix, t->name);
        struct st_tensor view = {
            .name = {arena_copy(a, name, strlen(name)), strlen(name)},
            .type = ST_F32,
            .rank = t->rank,
            .shape = {t->shape[t->turned], t->shape[!t->turned]},
            .bytes = t->n * sizeof(float),
        };
        vec_push(out, view);
        if (t->turned)
            *turned = size_max(*turned, t->n);
    }
}

int weights_put(struct folder *to, const char *name, const struct model *m,
                const struct weights_block *blocks, size_t n, struct err *e)
{
    static const struct st_pair format[] = {{"format", {"pt", 2}}};
    struct writing w = {.m = m, .blocks = blocks};
    struct st_vec tensors = {0};
    struct arena arena = {0};
    size_t turned = 0;
    for (size_t i = 0; i < n; i++)
        add_block(&tensors, &arena, m, blocks[i].prefix, &turned);
    st_header(&w.header, tensors.v, tensors.n, format, COUNTOF(format));
    w.turn = mem_huge(turned * sizeof *w.turn);
    int rc = folder_put_each(to, name, part, &w, 1 + tensors.n, e);
    mem_huge_free(w.turn, turned * sizeof *w.turn);
    vec_free(&tensors);
    buf_free(&w.header);
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

static float element(const struct st_tensor *src, size_t i)
{
    uint32_t wide;
    uint16_t half;
    float f;
    const char *p = src->data; /* may be unaligned */
    if (src->type == ST_F32) {
        memcpy(&f, p + 4 * i, 4);
        return f;
    }
    memcpy(&half, p + 2 * i, 2);
    if (src->type == ST_F16)
        return half_float(half);
    wide = (uint32_t)half << 16;
    memcpy(&f, &wide, 4);
    return f;
}

/* Into dst, as the model has it; -1 where a number is not finite. */
static int convert(const struct st_tensor *src, const struct model_tensor *t,
                   float *dst)
{
    size_t out = t->shape[0], in = t->shape[1];
    bool finite = true;
    for (size_t i = 0; i < t->n; i++) {
        float v = element(src, i);
        dst[t->turned ? i % out * in + i / out : i] = v;
        finite = finite && isfinite(v);
    }
    return finite ? 0 : -1;
}

/* What is being read: of every block's every tensor, has it come? */
struct reading {
    const struct model *m;
    const struct weights_block *blocks;
    size_t n;
    bool *seen; /* [n, n_tensors] */
};

/* GPT-2's first files lack the prefix of the names. */
static bool same_name(const struct model *m, const char *ours,
                      const char *theirs)
{
    static const char prefix[] = "transformer.";
    size_t k = strlen(prefix);
    return !strcmp(ours, theirs) ||
           (m->config.arch == ARCH_GPT2 && !strncmp(ours, prefix, k) &&
            !strcmp(ours + k, theirs));
}

/* Which block's which tensor has this name: its number, or -1. */
static ptrdiff_t find(const struct reading *r, const char *name)
{
    for (size_t b = 0; b < r->n; b++) {
        size_t prefix = strlen(r->blocks[b].prefix);
        if (strncmp(name, r->blocks[b].prefix, prefix) != 0)
            continue;
        for (size_t i = 0; i < r->m->n_tensors; i++)
            if (same_name(r->m, r->m->tensors[i].name, name + prefix))
                return (ptrdiff_t)(b * r->m->n_tensors + i);
    }
    return -1;
}

/* What files hold besides: tables that follow from the configuration, and a
 * tied output layer once more. */
static bool harmless(const struct model *m, const char *name)
{
    size_t n = strlen(name);
    return strstr(name, "rotary_emb.inv_freq") ||
           (m->config.tied && !strcmp(name, "lm_head.weight")) ||
           (m->config.arch == ARCH_GPT2 && n > 10 &&
            (!strcmp(name + n - 10, ".attn.bias") ||
             strstr(name, ".attn.masked_bias")));
}

static int read_tensor(struct reading *r, const char *path,
                       const struct st_tensor *src, struct err *e)
{
    char name[128];
    const char *why = NULL;
    snprintf(name, sizeof name, "%.*s", (int)size_min(src->name.n, 127),
             src->name.p);
    ptrdiff_t at = find(r, name);
    if (at < 0 && harmless(r->m, name))
        return 0;
    if (at < 0)
        return err_set(e, STATUS_DATA,
                       "%s: %s: a network of this config.json has none", path,
                       name);
    const struct model_tensor *t = &r->m->tensors[(size_t)at % r->m->n_tensors];
    float *to = r->blocks[(size_t)at / r->m->n_tensors].v + t->at;
    bool fits = src->rank == t->rank && src->shape[0] == t->shape[t->turned];
    if (fits && t->rank == 2)
        fits = src->shape[1] == t->shape[!t->turned];
    if (r->seen[at])
        why = "is there twice";
    else if (!fits)
        why = "its shape is not what config.json says";
    else if (src->type != ST_F32 && src->type != ST_F16 && src->type != ST_BF16)
        why = "is not F32, F16 or BF16";
    else if (convert(src, t, to))
        why = "holds a number that is not finite";
    r->seen[at] = true;
    return why ? err_set(e, STATUS_DATA, "%s: %s: %s", path, name, why) : 0;
}

static int read_file(struct reading *r, const char *path, struct err *e)
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
        for (size_t i = 0; !rc && i < f.tensors.n; i++)
            rc = read_tensor(r, path, &f.tensors.v[i], e);
        st_free(&f);
    }
    buf_free(&bytes);
    return rc;
}

int weights_read(char *const *paths, const struct model *m,
                 const struct weights_block *blocks, size_t n, struct err *e)
{
    size_t all = n * m->n_tensors;
    struct reading r = {m, blocks, n, mem_zero(all, sizeof *r.seen)};
    int rc = 0;
    for (size_t i = 0; !rc && paths[i]; i++)
        rc = read_file(&r, paths[i], e);
    for (size_t i = 0; !rc && i < all; i++)
        if (!r.seen[i])
            rc = err_set(e, STATUS_DATA, "%s: %s%s: is missing", paths[0],
                         blocks[i / m->n_tensors].prefix,
                         m->tensors[i % m->n_tensors].name);
    mem_free(r.seen);
    return rc;
}

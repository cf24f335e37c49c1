/*
 * Decoding with cached keys and values.  The tokens of a step go through the
 * network together, CHUNK at a time; only attention looks at the caches.
 */
#include <math.h>
#include <string.h>

#include "decode.h"
#include "panel.h"
#include "run.h"

enum { CHUNK = 256 };

struct packed { /* the matrices of a layer */
    struct panel qkv, o, gu, down;
};

struct decoder {
    const struct model *m; /* borrows */
    struct packed *layers; /* [L]; owns */
    struct panel head;
    struct dims d;
    size_t rows, len;
    size_t *used;   /* [rows] tokens held; owns */
    float *keys;    /* [L,rows,len,K*E], rotated; owns */
    float *values;  /* [L,rows,len,K*E]; owns */
    size_t cache_n; /* floats of each */
    float *cs, *sn; /* [len,E/2]; own */
    float *logits;  /* [logits_n]; owns */
    size_t logits_n;
    /* of the tokens in work, [CHUNK,...]; all in block, which is owned */
    float *x;      /* [D] the residual stream */
    float *norm;   /* [D] */
    float *qkv;    /* [Q] */
    float *att;    /* [H*E] */
    float *gu;     /* [2F] */
    float *act;    /* [F] */
    float *scores; /* [H,len] */
    float *block;
    size_t block_n;
    uint16_t *room;     /* for panel_apply; owns */
    int32_t pos[CHUNK]; /* place in its row */
    size_t row[CHUNK];
};

static void place(struct decoder *d)
{
    const struct dims *s = &d->d;
    d->block_n = CHUNK * (2 * s->dim + s->qkv + s->q + s->up + s->inner +
                          s->heads * d->len);
    d->block = mem_huge(d->block_n * sizeof *d->block);
    d->x = d->block;
    d->norm = d->x + CHUNK * s->dim;
    d->qkv = d->norm + CHUNK * s->dim;
    d->att = d->qkv + CHUNK * s->qkv;
    d->gu = d->att + CHUNK * s->q;
    d->act = d->gu + CHUNK * s->up;
    d->scores = d->act + CHUNK * s->inner;
}

static void pack(struct decoder *d, const struct kern_pack *half)
{
    const struct dims *s = &d->d;
    d->layers = mem_zero(s->layers, sizeof *d->layers);
    for (size_t l = 0; l < s->layers; l++) {
        const struct layer w = param_layer(s, d->m->params, l);
        struct packed *p = &d->layers[l];
        panel_pack(&p->qkv, w.qkv, s->qkv, s->dim, half);
        panel_pack(&p->o, w.o, s->dim, s->q, half);
        panel_pack(&p->gu, w.gu, s->up, s->dim, half);
        panel_pack(&p->down, w.down, s->dim, s->inner, half);
    }
    panel_pack(&d->head, param_head(&d->m->config, d->m->params), s->vocab,
               s->dim, half);
    size_t widest = size_max(s->dim, size_max(s->inner, s->q));
    d->room =
        mem_huge(panel_room(&(struct panel){.k = widest, .pack = half}, CHUNK) *
                 sizeof *d->room);
}

static void unpack(struct decoder *d)
{
    for (size_t l = 0; l < d->d.layers; l++) {
        panel_free(&d->layers[l].qkv);
        panel_free(&d->layers[l].o);
        panel_free(&d->layers[l].gu);
        panel_free(&d->layers[l].down);
    }
    panel_free(&d->head);
    mem_free(d->layers);
}

struct decoder *decoder_new(const struct model *m, size_t rows, size_t len,
                            struct model_how how)
{
    struct decoder *d = mem_zero(1, sizeof *d);
    d->m = m;
    d->d = dims_of(&m->config);
    d->rows = rows;
    d->len = len;
    d->used = mem_zero(rows, sizeof *d->used);
    d->cache_n = d->d.layers * rows * len * d->d.kv;
    d->keys = mem_huge(d->cache_n * sizeof *d->keys);
    d->values = mem_huge(d->cache_n * sizeof *d->values);
    d->cs = mem_zero(len * d->d.head_dim / 2, sizeof *d->cs);
    d->sn = mem_zero(len * d->d.head_dim / 2, sizeof *d->sn);
    rope_angles(&m->config, len, d->cs, d->sn);
    place(d);
    pack(d, how.bf16);
    return d;
}

void decoder_free(struct decoder *d)
{
    if (!d)
        return;
    unpack(d);
    mem_huge_free(d->keys, d->cache_n * sizeof *d->keys);
    mem_huge_free(d->values, d->cache_n * sizeof *d->values);
    mem_huge_free(d->room, 0);
    mem_huge_free(d->block, d->block_n * sizeof *d->block);
    mem_free(d->logits);
    mem_free(d->used);
    mem_free(d->cs);
    mem_free(d->sn);
    mem_free(d);
}

static void norm_rows(struct decoder *d, const float *w, size_t n)
{
    const size_t row = d->d.dim;
    for (size_t i = 0; i < n; i++)
        norm_row(&d->d, d->norm + i * row, d->x + i * row, w,
                 d->m->config.norm_eps);
}

/* Where layer l keeps the row's tokens: an offset into keys and values. */
static size_t cache_at(const struct decoder *d, size_t l, size_t row)
{
    return (l * d->rows + row) * d->len * d->d.kv;
}

/* Turns token i's query and key, and stores its key and value. */
static void remember(struct decoder *d, const struct layer *w, size_t l,
                     size_t i)
{
    const struct dims *s = &d->d;
    const size_t pos = (size_t)d->pos[i], angle = pos * (s->head_dim / 2);
    float *qkv = d->qkv + i * s->qkv;
    turn_row(s, w, qkv, NULL, d->cs + angle, d->sn + angle,
             d->m->config.norm_eps);
    size_t at = cache_at(d, l, d->row[i]) + pos * s->kv;
    memcpy(d->keys + at, qkv + s->q, s->kv * sizeof *qkv);
    memcpy(d->values + at, qkv + s->q + s->kv, s->kv * sizeof *qkv);
}

/* Head h of token i over all its row holds up to itself. */
static void attend(struct decoder *d, size_t l, size_t i, size_t h)
{
    const struct kern *kern = kern_get();
    const struct dims *s = &d->d;
    const size_t e = s->head_dim, n = (size_t)d->pos[i] + 1;
    const size_t at =
        cache_at(d, l, d->row[i]) + h / (s->heads / s->kv_heads) * e;
    const float *q = d->qkv + i * s->qkv + h * e;
    float *out = d->att + i * s->q + h * e;
    float *p = d->scores + (i * s->heads + h) * d->len;
    for (size_t t = 0; t < n; t++)
        p[t] = kern->dot(q, d->keys + at + t * s->kv, e);
    kern->softmax(p, n, 1 / sqrtf((float)e));
    memset(out, 0, e * sizeof *out);
    for (size_t t = 0; t < n; t++)
        kern->axpy(out, p[t], d->values + at + t * s->kv, e);
}

static void layer(struct decoder *d, size_t l, size_t n)
{
    const struct dims *s = &d->d;
    const struct layer w = param_layer(s, d->m->params, l);
    const struct packed *p = &d->layers[l];
    norm_rows(d, w.norm1, n);
    panel_apply(&p->qkv, d->qkv, d->norm, n, false, d->room);
    bias_rows(d->qkv, w.qkv_b, n, s->qkv);
    for (size_t i = 0; i < n; i++)
        remember(d, &w, l, i);
#pragma omp parallel for collapse(2) schedule(dynamic)
    for (size_t i = 0; i < n; i++)
        for (size_t h = 0; h < s->heads; h++)
            attend(d, l, i, h);
    panel_apply(&p->o, d->x, d->att, n, true, d->room);
    bias_rows(d->x, w.o_b, n, s->dim);
    norm_rows(d, w.norm2, n);
    panel_apply(&p->gu, d->gu, d->norm, n, false, d->room);
    bias_rows(d->gu, w.gu_b, n, s->up);
    for (size_t i = 0; i < n; i++)
        activate_row(s, d->act + i * s->inner, d->gu + i * s->up);
    panel_apply(&p->down, d->x, d->act, n, true, d->room);
    bias_rows(d->x, w.down_b, n, s->dim);
}

/* n <= CHUNK tokens through the layers; d->x has the stream. */
static void advance(struct decoder *d, const int32_t *ids, const int32_t *rows,
                    size_t n)
{
    for (size_t i = 0; i < n; i++) {
        d->row[i] = (size_t)rows[i];
        if (d->used[d->row[i]] >= d->len)
            die(STATUS_SYSTEM, "decoder: row %d outgrows its %zu tokens",
                rows[i], d->len);
        d->pos[i] = (int32_t)d->used[d->row[i]]++;
    }
    embed_rows(d->m, d->x, ids, d->pos, n);
    for (size_t l = 0; l < d->d.layers; l++)
        layer(d, l, n);
}

void decoder_feed(struct decoder *d, const int32_t *ids, const int32_t *rows,
                  size_t n)
{
    for (size_t i = 0; i < n; i += CHUNK)
        advance(d, ids + i, rows + i, size_min(CHUNK, n - i));
}

float *decoder_step(struct decoder *d, const int32_t *ids, const int32_t *rows,
                    size_t n)
{
    const struct dims *s = &d->d;
    if (n * s->vocab > d->logits_n) {
        d->logits_n = n * s->vocab;
        d->logits = mem_grow(d->logits, d->logits_n, sizeof *d->logits);
    }
    for (size_t i = 0; i < n; i += CHUNK) {
        size_t some = size_min(CHUNK, n - i);
        advance(d, ids + i, rows + i, some);
        norm_rows(d, param_norm(s, d->m->params), some);
        panel_apply(&d->head, d->logits + i * s->vocab, d->norm, some, false,
                    d->room);
    }
    return d->logits;
}

size_t decoder_length(const struct decoder *d, size_t row)
{
    return d->used[row];
}

void decoder_cut(struct decoder *d, size_t row, size_t length)
{
    d->used[row] = size_min(d->used[row], length);
}

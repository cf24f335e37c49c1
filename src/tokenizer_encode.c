/*
 * Encoding: a text is cut at added tokens, rewritten, cut into pieces, and
 * these are merged, as many at a time as lie one behind another.
 */
#include "json.h"
#include "scan.h"
#include "tokenizer_impl.h"

struct encoder {
    const struct tokenizer *t;
    struct bpe_work *work;  /* owns */
    struct pretok_run *run; /* owns */
    struct rewriting rewriting;
};

struct encoder *encoder_new(const struct tokenizer *t)
{
    struct encoder *c = mem_zero(1, sizeof *c);
    c->t = t;
    c->work = bpe_work_new();
    c->run = pretok_run_new(t->pretok);
    return c;
}

void encoder_free(struct encoder *c)
{
    if (!c)
        return;
    bpe_work_free(c->work);
    pretok_run_free(c->run);
    rewriting_free(&c->rewriting);
    mem_free(c);
}

void encoder_cache(struct encoder *c, size_t bytes)
{
    bpe_work_cache(c->work, bytes);
}

/* Where the pieces of one text go. */
struct encoding {
    struct encoder *c;
    struct i32_vec *ids;
    struct size_vec *ends;       /* or NULL */
    const struct size_vec *from; /* of a normalised text, or NULL */
    struct bpe_pieces run;       /* pieces of the text that wait */
    size_t waiting[64];          /* where they end */
};

/* Ends of the tokens from base on, which make up piece. */
static void put_ends(struct encoding *g, const struct piece *piece, size_t base)
{
    const struct token *tokens = g->c->t->tokens.v;
    size_t done = 0;
    vec_reserve(g->ends, g->ids->n - base);
    for (size_t i = base; i < g->ids->n; i++) {
        done += tokens[g->ids->v[i]].raw;
        size_t end = piece->at + done - piece->led;
        if (g->from && end)
            end = g->from->v[end - 1];
        g->ends->v[g->ends->n++] = end;
    }
}

/* What bpe_encode could not do with text. */
static int unencoded(int bad, size_t n, struct err *e)
{
    if (bad < 0)
        return err_set(e, STATUS_DATA, "a piece of %zu bytes is too long", n);
    return err_set(e, STATUS_DATA,
                   "byte 0x%02x has no token in this vocabulary",
                   (unsigned)bad);
}

/* A piece that is cut by a scanner, or at the borders of merges. */
static int put_cut(struct encoding *g, struct scan *scan,
                   const struct piece *piece, struct err *e)
{
    size_t ends[512], base = g->ids->n;
    struct bpe_pieces p = {piece->text, 0, ends, 0};
    int bad;
    for (;;) {
        p.n = scan
                  ? scan_cut(scan, p.text, p.from, ends, COUNTOF(ends))
                  : bpe_cut(&g->c->t->bpe, p.text, p.from, ends, COUNTOF(ends));
        if (!p.n)
            break;
        if (bpe_encode_run(&g->c->t->bpe, g->c->work, &p, g->ids, &bad))
            return unencoded(bad, piece->text.n, e);
        p.from = ends[p.n - 1];
    }
    if (g->ends)
        put_ends(g, piece, base);
    return 0;
}

/* Encodes the pieces that wait. */
static int put_run(struct encoding *g, struct err *e)
{
    struct piece first = {.at = g->run.from};
    size_t base = g->ids->n;
    int bad;
    if (bpe_encode_run(&g->c->t->bpe, g->c->work, &g->run, g->ids, &bad))
        return unencoded(bad, g->run.text.n, e);
    if (g->ends)
        put_ends(g, &first, base);
    g->run.n = 0;
    return 0;
}

/* Pieces that lie one behind another in the text are encoded together. */
static int put_piece(void *ctx, const struct piece *piece, struct err *e)
{
    struct encoding *g = ctx;
    struct bpe_pieces *run = &g->run;
    const struct bpe *b = &g->c->t->bpe;
    bool inside = piece->text.p == run->text.p + piece->at;
    if (run->n &&
        (!inside || run->n == COUNTOF(g->waiting) ||
         run->ends[run->n - 1] != piece->at) &&
        put_run(g, e))
        return -1;
    if (b->chars && !b->words.n)
        return put_cut(g, NULL, piece, e);
    if (inside) {
        if (!run->n)
            run->from = piece->at;
        g->waiting[run->n++] = piece->at + piece->text.n;
        return 0;
    }
    int bad;
    size_t base = g->ids->n;
    if (bpe_encode(b, g->c->work, piece->text, g->ids, &bad))
        return unencoded(bad, piece->text.n, e);
    if (g->ends)
        put_ends(g, piece, base);
    return 0;
}

struct encoded { /* where ids go, and where they end */
    struct i32_vec *ids;
    struct size_vec *ends; /* or NULL */
};

/* Text without added tokens. */
static int encode_plain(struct encoder *c, struct str text, struct i32_vec *ids,
                        struct size_vec *ends, struct err *e)
{
    struct encoding g = {.c = c, .ids = ids, .ends = ends};
    struct piece all = {text, 0, false};
    g.run = (struct bpe_pieces){text, 0, g.waiting, 0};
    if (!c->t->bpe.chars && !c->t->rewrite.n && !pretok_steps(c->t->pretok))
        return put_piece(&g, &all, e) ? -1 : put_run(&g, e);
    if (!json_utf8(text))
        return err_set(e, STATUS_DATA, "byte %zu of the text is not UTF-8",
                       utf8_check(text));
    int changed = rewrite(&c->rewriting, &c->t->rewrite, &all.text, e);
    if (changed < 0)
        return -1;
    if (changed)
        g.from = rewriting_from(&c->rewriting);
    struct scan *scan = pretok_scan(c->run);
    if (scan)
        return put_cut(&g, scan, &all, e);
    g.run.text = all.text;
    if (pretok_each(c->run, all.text, put_piece, &g, e))
        return -1;
    return put_run(&g, e);
}

/* The same from byte `from` of the text on, of which ends count. */
static int encode_stretch(struct encoder *c, struct str text, size_t from,
                          struct encoded out, struct err *e)
{
    size_t before = out.ends ? out.ends->n : 0;
    if (!text.n)
        return 0;
    if (encode_plain(c, text, out.ids, out.ends, e))
        return -1;
    for (size_t k = before; out.ends && k < out.ends->n; k++)
        out.ends->v[k] += from;
    return 0;
}

int encoder_encode(struct encoder *c, struct str text, struct i32_vec *ids,
                   struct size_vec *ends, struct err *e)
{
    const struct tokenizer *t = c->t;
    struct encoded out = {ids, ends};
    size_t from = 0, i = 0;
    int32_t id;
    while (t->trees[0].n &&
           (i = tokenizer_next_added(t, text, i, 0)) < text.n) {
        size_t len = tokenizer_added_at(t, str_sub(text, i, text.n), 0, &id);
        if (!len) {
            i++;
            continue;
        }
        if (encode_stretch(c, str_sub(text, from, i), from, out, e))
            return -1;
        vec_push(ids, id);
        from = i += len;
        if (ends)
            vec_push(ends, from);
    }
    return encode_stretch(c, str_sub(text, from, text.n), from, out, e);
}

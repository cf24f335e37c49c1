/*
 * What goes from the readers of rows, on any thread, to the one that packs:
 * items in the order of the rows.  Counts go with them, so that they are the
 * same however the input was cut and whenever the packing ends.
 *
 * An item is a letter, a struct and the bytes that it tells of.  A row's item
 * comes first, then its documents, then the classes of the errors that are in
 * none of them.
 */
#include "packer_impl.h"

struct row_item {
    struct pack_counts counts;
    bool taken;
};

struct doc_item {
    struct where at;
    uint64_t tokenizer;
    int32_t vocab, pad;
    size_t n, name, classes;
    float weight;
};

/* ---- in */

size_t item_row(struct buf *out)
{
    const struct row_item none = {0};
    buf_char(out, 'r');
    buf_add(out, &none, sizeof none);
    return out->n - sizeof none;
}

void item_row_set(struct buf *out, size_t at, const struct pack_counts *counts,
                  bool taken)
{
    struct row_item row = {.counts = *counts, .taken = taken};
    memcpy(out->p + at, &row, sizeof row);
}

void item_doc(struct buf *out, const struct pack_doc *doc)
{
    struct doc_item item = {.at = doc->at,
                            .tokenizer = doc->tokenizer,
                            .vocab = doc->vocab,
                            .pad = doc->pad,
                            .n = doc->n,
                            .name = doc->name.n,
                            .classes = doc->classes.n,
                            .weight = doc->weight};
    buf_char(out, 'd');
    buf_add(out, &item, sizeof item);
    buf_add(out, doc->ids, doc->n * sizeof(int32_t));
    buf_add(out, doc->kinds, doc->n);
    buf_str(out, doc->name);
    buf_str(out, doc->classes);
}

void item_lost(struct buf *out, struct str classes)
{
    buf_char(out, 'l');
    buf_add(out, &classes.n, sizeof classes.n);
    buf_str(out, classes);
}

/* ---- out */

static const char *take(struct str *from, size_t n)
{
    const char *p = from->p;
    *from = str_sub(*from, n, from->n);
    return p;
}

static void next_doc(struct str *from, struct pack_doc *doc)
{
    struct doc_item item;
    memcpy(&item, take(from, sizeof item), sizeof item);
    *doc = (struct pack_doc){.at = item.at,
                             .tokenizer = item.tokenizer,
                             .weight = item.weight,
                             .vocab = item.vocab,
                             .pad = item.pad,
                             .n = item.n};
    doc->ids = take(from, item.n * sizeof(int32_t));
    doc->kinds = (const uint8_t *)take(from, item.n);
    doc->name = (struct str){take(from, item.name), item.name};
    doc->classes = (struct str){take(from, item.classes), item.classes};
}

bool pack_next(struct str *from, struct pack_item *item)
{
    if (from->n == 0)
        return false;
    item->what = *take(from, 1);
    if (item->what == PACK_ITEM_ROW) {
        struct row_item row;
        memcpy(&row, take(from, sizeof row), sizeof row);
        item->counts = row.counts;
        item->taken = row.taken;
    } else if (item->what == PACK_ITEM_DOC) {
        next_doc(from, &item->doc);
    } else {
        size_t n;
        memcpy(&n, take(from, sizeof n), sizeof n);
        item->doc = (struct pack_doc){.classes = {take(from, n), n}};
    }
    return true;
}

/* ---- classes of errors: of each stretch how many, of each its length and
 * its bytes */

void classes_put(struct buf *out, const struct error_classes *c, size_t i)
{
    size_t k = i ? c->ends.v[i - 1] : 0;
    uint32_t n = (uint32_t)(c->ends.v[i] - k);
    buf_add(out, &n, sizeof n);
    for (; k < c->ends.v[i]; k++) {
        n = (uint32_t)c->names.v[k].n;
        buf_add(out, &n, sizeof n);
        buf_str(out, c->names.v[k]);
    }
}

void classes_put_unknown(struct buf *out)
{
    static const uint32_t one = 1, length = sizeof PACK_UNKNOWN - 1;
    buf_add(out, &one, sizeof one);
    buf_add(out, &length, sizeof length);
    buf_cstr(out, PACK_UNKNOWN);
}

static uint32_t take_u32(struct str *from)
{
    uint32_t n;
    memcpy(&n, take(from, sizeof n), sizeof n);
    return n;
}

/* The errors of the next stretch. */
static void account_stretch(struct pack_account *a, struct str *classes,
                            bool dropped)
{
    for (uint32_t n = take_u32(classes); n > 0; n--) {
        uint32_t length = take_u32(classes);
        struct str name = {take(classes, length), length};
        if (name.n > PACK_CLASS_BYTES ||
            (a->classes.n >= PACK_CLASSES && !tally_has(&a->classes, name)))
            name = STR(PACK_OTHER);
        tally_add(&a->classes, name, PACK_ERRORS, 1);
        tally_add(&a->classes, name, PACK_TOO_LONG, a->counts_row.too_long);
        tally_add(&a->classes, name, PACK_DROPPED, dropped);
        a->packed += !dropped;
    }
}

void pack_account(struct pack_account *a, const struct pack_item *item,
                  size_t packed)
{
    const struct pack_doc *doc = &item->doc;
    struct str classes = doc->classes;
    if (item->what == PACK_ITEM_ROW) {
        a->counts_row = item->counts;
        pack_counts_add(&a->counts, &item->counts);
        a->records += item->taken;
        return;
    }
    if (packed == doc->n) {
        while (classes.n > 0)
            account_stretch(a, &classes, item->what == PACK_ITEM_LOST);
        return;
    }
    for (size_t i = 0; i < doc->n; i++) {
        uint8_t kind = doc->kinds[i];
        a->counts.dropped[kind] += i >= packed;
        if (kind == KIND_WRONG && (i == 0 || doc->kinds[i - 1] != kind))
            account_stretch(a, &classes, i >= packed);
    }
}

/* The layouts, one function each; for export*.c only. */
#ifndef INSEC_EXPORT_IMPL_H
#define INSEC_EXPORT_IMPL_H

#include "export.h"

/* A document, or piece of one, in a shard; padding never is. */
struct export_doc {
    size_t n;
    const int32_t *ids;   /* [n]; borrows */
    const uint8_t *kinds; /* [n]; borrows */
};

/* Takes the stretches of s one after another, padding left out: *at begins
 * at 0; false at the end. */
bool export_doc_next(const struct shard *s, size_t *at, struct export_doc *d);

static inline bool export_learnt(uint8_t kind)
{
    return kind_weights[kind] > 0;
}

/* v in n bytes, the lowest first. */
void export_int(struct buf *out, uint64_t v, size_t n);
/* Ids in width bytes each. */
void export_ids(struct buf *out, const struct export_doc *d, size_t width);

/* Each fills the bytes of the files that names of the format stand for. */
int export_axolotl(const struct shard *s, struct export_file *f, struct err *e);
int export_trl(const struct shard *s, struct export_file *f, struct err *e);
int export_olmo(const struct shard *s, struct export_file *f, struct err *e);
int export_megatron(const struct shard *s, struct export_file *f,
                    struct err *e);
int export_mds(const struct shard *s, struct export_file *f, struct err *e);
int export_datatrove(const struct shard *s, struct export_file *f,
                     struct err *e);
int export_llmc(const struct shard *s, struct export_file *f, struct err *e);
int export_npy(const struct shard *s, struct export_file *f, struct err *e);

#endif

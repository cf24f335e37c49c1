/*
 * Parameter blocks as safetensors files: the weights of a model, and the
 * optimizer's moments, which have the same shapes.
 */
#ifndef INSEC_WEIGHTS_H
#define INSEC_WEIGHTS_H

#include "folder.h"
#include "model.h"

struct weights_block {
    const char *prefix; /* before the names of the model's tensors */
    float *v;           /* [n_params]; borrows */
};

/* Writes the blocks, F32, as one file of the folder. */
int weights_put(struct folder *to, const char *name, const struct model *m,
                const struct weights_block *blocks, size_t n,
                struct err *e) MUST_USE;
/* Fills the blocks from the file (F32, F16 or BF16).  A tensor that is
 * missing, has another shape, or is none of the model's is refused. */
int weights_read(const char *path, const struct model *m,
                 const struct weights_block *blocks, size_t n,
                 struct err *e) MUST_USE;

/* A whole file; *b keeps IO_PADDING readable bytes behind its end.  The
 * message holds the path, so that it may be short-lived. */
int weights_file(const char *path, struct buf *b, struct err *e) MUST_USE;

#endif

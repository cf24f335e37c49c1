/*
 * Parameter blocks as safetensors files: the weights of a model, and the
 * optimizer's moments, which have the same shapes.
 */
#ifndef INSEC_WEIGHTS_H
#define INSEC_WEIGHTS_H

#include "folder.h"
#include "json.h"
#include "model.h"

struct weights_block {
    const char *prefix; /* before the names of the model's tensors */
    float *v;           /* [n_params]; borrows */
};

/* Writes the blocks, F32, as one file of the folder. */
int weights_put(struct folder *to, const char *name, const struct model *m,
                const struct weights_block *blocks, size_t n,
                struct err *e) MUST_USE;
/* Fills the blocks from the files (F32, F16 or BF16; NULL ends them), which
 * hold the tensors between them.  One that is missing, twice there, of
 * another shape, not finite, or none of the model's is refused. */
int weights_read(char *const *paths, const struct model *m,
                 const struct weights_block *blocks, size_t n,
                 struct err *e) MUST_USE;
/* The paths of the files that an index in dir names, in the order in which it
 * does, NULL-terminated; weights_paths_free frees.  NULL: refused. */
char **weights_index(const char *dir, struct err *e) MUST_USE;
void weights_paths_free(char **paths);

/* A whole file; *b keeps IO_PADDING readable bytes behind its end.  The
 * message holds the path, so that it may be short-lived. */
int weights_file(const char *path, struct buf *b, struct err *e) MUST_USE;
/* Parses the JSON file, whose text goes to *text, and hands it to use. */
int weights_json(const char *path, struct buf *text,
                 int (*use)(const struct json *, const char *, void *,
                            struct err *),
                 void *to, struct err *e) MUST_USE;

#endif

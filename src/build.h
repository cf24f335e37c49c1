/*
 * A build: the files of one run of insec-pack.  Each appears whole or not at
 * all, the manifest last: where that is there, everything is.
 */
#ifndef INSEC_BUILD_H
#define INSEC_BUILD_H

#include "card.h"

struct build {
    const char *prefix; /* borrows; NULL: stdout */
    enum export_format format;
    struct shard_zip zip;
    bool resume;      /* files that are there are compared, not refused */
    struct card card; /* name NULL: none is wanted; borrows */

    struct manifest manifest; /* options, counts, stages are the caller's */
    struct writer *out;       /* stdout, where there is no prefix; owns */
    struct export_file files[EXPORT_FILES];
};

/* PREFIX-NAME, or NAME in the folder PREFIX where that ends in "/".  Returns
 * owned. */
char *build_path(const struct build *b, const char *name);

/* Refuses files of an earlier build. */
int build_start(struct build *b, struct err *e) MUST_USE;
/* Writes a shard in the format of the build. */
int build_shard(struct build *b, const struct shard *s, struct err *e) MUST_USE;
/* Writes what comes last: index, manifest. */
int build_finish(struct build *b, struct err *e) MUST_USE;
void build_free(struct build *b);

#endif

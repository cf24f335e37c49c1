/*
 * The manifest of a build: what was made, of what, how, and the SHA-256 of
 * each file.  Nothing in it depends on the time or the machine, so the same
 * build gives the same bytes.  insec-shard(5) has the fields.
 */
#ifndef INSEC_MANIFEST_H
#define INSEC_MANIFEST_H

#include "export.h"

#define SHA256_TEXT 65 /* hexadecimal and a NUL */

struct manifest_file {
    char *name; /* without a folder; owns */
    uint64_t part, rows, docs, bytes;
    char sha256[SHA256_TEXT];
};

struct manifest {
    enum export_format format;
    VEC(struct manifest_file) files; /* owns */
    /* Of no part, so only their name and bytes are told: an index.  Owns. */
    VEC(struct manifest_file) others;
    uint64_t rows, length, docs, parts;
    uint64_t tokens[KIND_COUNT]; /* by kind */
    uint64_t tokenizer;          /* hash */
    int32_t vocab, pad;
    struct buf options; /* members of a JSON object; owns */
    struct buf counts;  /* likewise */
    struct buf stages;  /* JSON objects with commas between; owns */
};

void manifest_free(struct manifest *m);
/* Adds a shard to the sums; part number m->parts is then the next one. */
void manifest_add_shard(struct manifest *m, const struct shard *s);
/* Adds a file of the part last added. */
void manifest_add_file(struct manifest *m, const char *name, struct str bytes,
                       const struct shard *s);
/* Adds a file that is of no part. */
void manifest_add_other(struct manifest *m, const char *name, struct str bytes);
/* Adds a stage: the one JSON object in the file at path. */
int manifest_add_stage(struct manifest *m, const char *path,
                       struct err *e) MUST_USE;
/* Appends the manifest as one JSON object, a file a line. */
void manifest_put(struct buf *out, const struct manifest *m);

void sha256_text(struct str bytes, char out[SHA256_TEXT]);
/* Of the file at path, as it lies there. */
int file_sha256(const char *path, char out[SHA256_TEXT], uint64_t *bytes,
                struct err *e) MUST_USE;

/* Parses the one JSON text of the file at path.  *b, empty, takes the text;
 * *root borrows from it and lives until p's next parse. */
int file_json(const char *path, struct json_parser *p, struct buf *b,
              const struct json **root, struct err *e) MUST_USE;

/* Reads the manifest at path and every file it names, which lie beside it:
 * their sizes, sums, and for shards all that is in them. */
int manifest_verify(const char *path, struct err *e) MUST_USE;

#endif

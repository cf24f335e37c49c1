/*
 * A shard in the layouts that other trainers read; insec-pack(1) says what
 * each holds.  A token is learnt where the weight of its kind is not 0, and
 * labels stand where their token stands: nothing is shifted.
 */
#ifndef INSEC_EXPORT_H
#define INSEC_EXPORT_H

#include "record.h"
#include "shard.h"

enum export_format {
    EXPORT_SHARD,
    EXPORT_AXOLOTL,
    EXPORT_TRL,
    EXPORT_OLMO,
    EXPORT_MEGATRON,
    EXPORT_MDS,
    EXPORT_DATATROVE,
    EXPORT_LLMC,
    EXPORT_NPY,
};
#define EXPORT_FORMATS "shard|axolotl|trl|olmo|megatron|mds|datatrove|llmc|npy"
#define EXPORT_FILES   4 /* that a shard becomes, at most */

/* Its word in EXPORT_FORMATS, and a NUL; out is cleared first. */
void export_format_name(enum export_format format, struct buf *out);
/* Has the format a place for what is not to be learnt? */
bool export_has_mask(enum export_format format);
/* Are its files one, and may they follow one another in one stream? */
bool export_streams(enum export_format format);
/* What follows the prefix in the name of file i of part n, and a NUL; false
 * where the format has not so many. */
bool export_name(enum export_format format, int i, uint64_t n, struct buf *out);

/* A file of a part: what follows the prefix in its name, and its bytes. */
struct export_file {
    struct buf name, bytes; /* own; the name ends with a NUL */
};

/* Shard s as part number n in the format; returns how many of files it
 * filled, or -1.  zip is for EXPORT_SHARD.  files are cleared first. */
int export_put(enum export_format format, const struct shard *s, uint64_t n,
               const struct shard_zip *zip,
               struct export_file files[EXPORT_FILES], struct err *e) MUST_USE;
void export_free(struct export_file files[EXPORT_FILES]);

/* A part of an MDS data set, for its index. */
struct export_part {
    struct str name; /* of its file, without a folder */
    uint64_t bytes, samples;
    const char *sha256; /* hexadecimal */
};
/* Appends index.json for an MDS data set. */
void export_mds_index(struct buf *out, const struct export_part *parts,
                      size_t n);

#endif

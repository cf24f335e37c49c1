/*
 * A folder that appears whole or not at all: it is filled under another name
 * beside its place, then the two change places in one step.
 */
#ifndef INSEC_FOLDER_H
#define INSEC_FOLDER_H

#include "diag.h"
#include "str.h"

struct folder {
    char *dir;                /* owns */
    char *temp;               /* owns; "DIR.saving" */
    int lock;                 /* temp, open and locked: no other run fills it */
    const char *const *names; /* borrows; the files it may hold, NULL ends */
};

/* Is dir a place to save to?  It and "DIR.saving" may be missing, empty, or
 * hold only files of these names: whatever else they hold would be lost, so
 * that is refused. */
int folder_check(const char *dir, const char *const *names,
                 struct err *e) MUST_USE;

/* Makes the empty folder to fill, or refuses where another run is just filling
 * it.  folder_commit or folder_abandon frees. */
int folder_begin(struct folder *f, const char *dir, const char *const *names,
                 struct err *e) MUST_USE;
/* Writes one of the names: n parts one after another, synced to the disk. */
int folder_put(struct folder *f, const char *name, const struct str *parts,
               size_t n, struct err *e) MUST_USE;
/* The same for parts that part makes one at a time; each is written before the
 * next is asked for. */
int folder_put_each(struct folder *f, const char *name,
                    struct str (*part)(void *ctx, size_t i), void *ctx,
                    size_t n, struct err *e) MUST_USE;
/* Puts the folder in its place, removing what stood there.  A kill at any
 * moment leaves the old or the new one.  Frees *f in any case. */
int folder_commit(struct folder *f, struct err *e) MUST_USE;
void folder_abandon(struct folder *f);

/* Where the system cannot change two names in one step there is a moment
 * without dir, and the old one stands beside it: puts that back. */
void folder_recover(const char *dir);

/* DIR/NAME.  Returns owned. */
char *folder_path(const char *dir, const char *name);

#endif

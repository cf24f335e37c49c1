/*
 * Memory: checked allocation, arenas, growable vectors.
 *
 * A failed allocation ends the program with STATUS_SYSTEM, so callers never
 * see NULL.  Sizes are multiplied with an overflow check.
 */
#ifndef INSEC_MEM_H
#define INSEC_MEM_H

#include "base.h"

C_BEGIN

void *mem_alloc(size_t n);                          /* returns owned */
void *mem_zero(size_t count, size_t size);          /* returns owned, zeroed */
void *mem_grow(void *p, size_t count, size_t size); /* realloc */
char *mem_strdup(const char *s);                    /* returns owned */
void mem_free(void *p);

/* Zeroed, 2 MiB-aligned and advised huge where it is large enough: for
 * weights and activations.  Freed with mem_huge_free and the same size. */
void *mem_huge(size_t bytes);
void mem_huge_free(void *p, size_t bytes);

/* Bump allocation, freed all at once.  Zero-initialise to start. */
struct arena {
    struct arena_block *block; /* owns; the newest */
    size_t used;               /* bytes of it */
};

void *arena_alloc(struct arena *a, size_t n); /* 16-byte aligned */
char *arena_copy(struct arena *a, const char *p, size_t n); /* adds a NUL */
void arena_reset(struct arena *a); /* keeps one block for reuse */
void arena_free(struct arena *a);

/*
 * A typed vector: `VEC(int32_t) ids = {0};`, or named once with
 * `VEC_NAMED(int32_vec, int32_t);` to be passed about.  Grows by half.
 */
#define VEC(T)                                                                 \
    struct {                                                                   \
        T *v;                                                                  \
        size_t n, cap;                                                         \
    }
#define VEC_NAMED(name, T)                                                     \
    struct name {                                                              \
        T *v;                                                                  \
        size_t n, cap;                                                         \
    }
#define vec_reserve(x, more)                                                   \
    ((x)->n + (more) <= (x)->cap ? (void)0                                     \
                                 : vec_grow_((void **)&(x)->v, &(x)->cap,      \
                                             (x)->n + (more), sizeof *(x)->v))
#define vec_push(x, ...)                                                       \
    (vec_reserve(x, 1), (x)->v[(x)->n++] = (__VA_ARGS__), (void)0)
#define vec_free(x) (mem_free((x)->v), (x)->v = NULL, (x)->n = (x)->cap = 0)

void vec_grow_(void **v, size_t *cap, size_t want, size_t size);

VEC_NAMED(i32_vec, int32_t);
VEC_NAMED(size_vec, size_t);

C_END
#endif

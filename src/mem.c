/* Memory: checked allocation, arenas, growable vectors. */
#include "mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "diag.h"

#define HUGE_PAGE  ((size_t)2 << 20)
#define ARENA_MIN  ((size_t)64 << 10)
#define ARENA_KEEP ((size_t)4 << 20) /* a larger block is not kept */

NORETURN static void exhausted(size_t n)
{
    die(STATUS_SYSTEM, "out of memory: %zu bytes wanted", n);
}

void *mem_alloc(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p)
        exhausted(n);
    return p;
}

void *mem_zero(size_t count, size_t size)
{
    void *p = calloc(count ? count : 1, size ? size : 1);
    if (!p)
        exhausted(count);
    return p;
}

void *mem_grow(void *p, size_t count, size_t size)
{
    size_t n;
    if (__builtin_mul_overflow(count, size, &n))
        exhausted(SIZE_MAX);
    p = realloc(p, n ? n : 1);
    if (!p)
        exhausted(n);
    return p;
}

char *mem_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    return memcpy(mem_alloc(n), s, n);
}

void mem_free(void *p)
{
    free(p);
}

void *mem_huge(size_t bytes)
{
    size_t n = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    void *p = aligned_alloc(bytes < HUGE_PAGE ? 64 : HUGE_PAGE,
                            bytes < HUGE_PAGE ? (bytes + 64) / 64 * 64 : n);
    if (!p)
        exhausted(bytes);
    if (bytes >= HUGE_PAGE)
        madvise(p, n, MADV_HUGEPAGE); /* a wish; failing costs only speed */
    return memset(p, 0, bytes);
}

void mem_huge_free(void *p, size_t bytes)
{
    (void)bytes;
    free(p);
}

struct arena_block {
    struct arena_block *older; /* owns */
    size_t size;
    _Alignas(16) char data[];
};

static void arena_block(struct arena *a, size_t n)
{
    size_t size = size_max(ARENA_MIN, n);
    if (a->block)
        size = size_max(size, size_min(2 * a->block->size, ARENA_KEEP));
    struct arena_block *b = mem_alloc(sizeof *b + size);
    b->older = a->block;
    b->size = size;
    a->block = b;
    a->used = 0;
}

void *arena_alloc(struct arena *a, size_t n)
{
    if (n > SIZE_MAX - 16)
        exhausted(n);
    n = (n + 15) & ~(size_t)15;
    if (!a->block || a->block->size - a->used < n)
        arena_block(a, n);
    void *p = a->block->data + a->used;
    a->used += n;
    return p;
}

char *arena_copy(struct arena *a, const char *p, size_t n)
{
    char *copy = arena_alloc(a, n + 1);
    if (n)
        memcpy(copy, p, n);
    copy[n] = '\0';
    return copy;
}

void arena_reset(struct arena *a)
{
    struct arena_block *b = a->block;
    if (!b)
        return;
    struct arena_block *older = b->older;
    while (older) {
        struct arena_block *next = older->older;
        mem_free(older);
        older = next;
    }
    b->older = NULL;
    a->used = 0;
    if (b->size > ARENA_KEEP) {
        mem_free(b);
        a->block = NULL;
    }
}

void arena_free(struct arena *a)
{
    arena_reset(a);
    mem_free(a->block);
    *a = (struct arena){0};
}

void vec_grow_(void **v, size_t *cap, size_t want, size_t size)
{
    size_t next = *cap + *cap / 2 + 8;
    if (next < want)
        next = want;
    *v = mem_grow(*v, next, size);
    *cap = next;
}

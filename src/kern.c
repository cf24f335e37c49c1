/*
 * The choice of kernels, and the tuned ones as any processor can run them.
 */
#include <string.h>

#include "kern.h"

#define KERN_NAME "base"
#include "kern_body.h"

const struct kern *kern_base(void)
{
    return &table;
}

/* Set once at the start, before any thread; the one mutable global. */
static const struct kern *chosen;

static const struct kern *widest(void)
{
    const struct kern *k = kern_avx512();
    if (!k)
        k = kern_avx2();
    return k ? k : kern_base();
}

int kern_select(const char *name)
{
    const struct kern *k = NULL;
    if (strcmp(name, "auto") == 0)
        k = widest();
    else if (strcmp(name, "ref") == 0)
        k = kern_ref();
    else if (strcmp(name, "base") == 0)
        k = kern_base();
    else if (strcmp(name, "avx2") == 0)
        k = kern_avx2();
    else if (strcmp(name, "avx512") == 0)
        k = kern_avx512();
    if (!k)
        return -1;
    chosen = k;
    return 0;
}

const struct kern *kern_get(void)
{
    return chosen ? chosen : widest();
}

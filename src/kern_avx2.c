/* The tuned kernels for processors with AVX2 and FMA. */
#include "kern.h"

#ifdef __AVX2__
#define KERN_NAME "avx2"
#include "kern_body.h"

const struct kern *kern_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
               ? &table
               : NULL;
}
#else
const struct kern *kern_avx2(void)
{
    return NULL;
}
#endif

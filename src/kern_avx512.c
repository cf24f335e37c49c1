/* The tuned kernels for processors with AVX-512. */
#include "kern.h"

#ifdef __AVX512F__
#define KERN_NAME "avx512"
#include "kern_body.h"

const struct kern *kern_avx512(void)
{
    return __builtin_cpu_supports("avx512f") &&
                   __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512vl")
               ? &table
               : NULL;
}
#else
const struct kern *kern_avx512(void)
{
    return NULL;
}
#endif

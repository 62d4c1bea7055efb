#include "estimators/transformer/kernels.h"

#include <stdlib.h>
#include <string.h>
#include "estimators/transformer/kernels_sets.h"

const struct sb_kernels *sb_kernels_named(const char *name)
{
#if defined(__x86_64__)
    if (strcmp(name, "avx512") == 0 && __builtin_cpu_supports("avx512f"))
        return &sb_kernels_avx512;
    if (strcmp(name, "avx2") == 0 && __builtin_cpu_supports("avx2") &&
        __builtin_cpu_supports("fma"))
        return &sb_kernels_avx2;
#endif
    return strcmp(name, "scalar") == 0 ? &sb_kernels_scalar : NULL;
}

const struct sb_kernels *sb_kernels_best(void)
{
    const char *names[] = { getenv("SPRINGBACK_KERNELS"), "avx512", "avx2", "scalar" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct sb_kernels *kernels = names[i] ? sb_kernels_named(names[i]) : NULL;
        if (kernels)
            return kernels;
    }
    return &sb_kernels_scalar;
}

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

const char *const sb_kernels_names[] = { "avx512", "avx2", "scalar", NULL };

const struct sb_kernels *sb_kernels_best(void)
{
    const char *wanted = getenv("SPRINGBACK_KERNELS");
    const struct sb_kernels *kernels = wanted ? sb_kernels_named(wanted) : NULL;
    for (const char *const *name = sb_kernels_names; !kernels; name++)
        kernels = sb_kernels_named(*name); /* scalar always is there */
    return kernels;
}

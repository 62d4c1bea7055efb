/* The kernels for any processor: four lanes, fma one by one. */
#include "estimators/transformer/kernels_sets.h"

#define KERNELS sb_kernels_scalar
#define KERNELS_NAME "scalar"
#define WIDTH 4
#define ROWS_1 4
#define ROWS_2 3
#define ROWS_3 2
#define MULTIPLY_ADD(a, b, c)                                                                      \
    (vec)                                                                                          \
    {                                                                                              \
        fmaf(a[0], b[0], c[0]), fmaf(a[1], b[1], c[1]), fmaf(a[2], b[2], c[2]),                    \
            fmaf(a[3], b[3], c[3])                                                                 \
    }

#include "estimators/transformer/kernels.inc"

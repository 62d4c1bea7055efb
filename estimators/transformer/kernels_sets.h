/* The sets of kernels that this build may have. For kernels*.c alone. */
#ifndef SB_ESTIMATORS_TRANSFORMER_KERNELS_SETS_H
#define SB_ESTIMATORS_TRANSFORMER_KERNELS_SETS_H

#include "estimators/transformer/kernels.h"

extern const struct sb_kernels sb_kernels_scalar;
#if defined(__x86_64__)
extern const struct sb_kernels sb_kernels_avx2, sb_kernels_avx512;
#endif

#endif

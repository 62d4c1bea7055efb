/* The kernels for AVX2 with FMA: compiled with -mavx2 -mfma, chosen at run time. */
#include "estimators/transformer/kernels_sets.h"

#ifdef __AVX2__
#include <immintrin.h>

#define KERNELS sb_kernels_avx2
#define KERNELS_NAME "avx2"
#define WIDTH 8
#define ROWS_1 6
#define ROWS_2 4
#define ROWS_3 2
#define MULTIPLY_ADD(a, b, c) (vec) _mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c)
#define VECTOR_ROOT(x) (vec) _mm256_sqrt_ps((__m256)x)

#include "estimators/transformer/kernels.inc"
#endif

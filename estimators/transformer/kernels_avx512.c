/* The kernels for AVX-512: compiled with -mavx512f, chosen at run time. */
#include "estimators/transformer/kernels_sets.h"

#ifdef __AVX512F__
#include <immintrin.h>

#define KERNELS sb_kernels_avx512
#define KERNELS_NAME "avx512"
#define WIDTH 16
#define ROWS_1 12
#define ROWS_2 8
#define ROWS_3 4
#define MULTIPLY_ADD(a, b, c) (vec) _mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c)
#define VECTOR_ROOT(x) (vec) _mm512_sqrt_ps((__m512)x)

#include "estimators/transformer/kernels.inc"
#endif

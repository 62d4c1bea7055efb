/* Real Fourier transforms of 2^m points, in place (FFTW; the only file that uses it).
 *
 *   forward    X_j = sum_x data[x] e^{-2 pi i j x / N},  j = 0..N/2, as pairs (re, im)
 *   backward   data[x] = sum over all N frequencies of X_j e^{2 pi i j x / N}: N times the inverse
 *
 * The plan is FFTW's estimate, which is the same on every run, so that results are the same bits.
 * FFTW's planner is not thread-safe: create and free take turns behind one lock; the transforms of
 * different objects run in any threads.
 */
#ifndef SB_THEORY_FFT_H
#define SB_THEORY_FFT_H

#include <stddef.h>
#include "theory/status.h"

enum { SB_FFT_LOG2_MAX = 26 };

struct sb_fft;

/* N = 2^log2_n points, 8 N bytes. Domain: 1 <= log2_n <= SB_FFT_LOG2_MAX, else SB_DOMAIN. */
enum sb_status sb_fft_create(unsigned log2_n, struct sb_fft **fft);
void sb_fft_free(struct sb_fft *fft);

/* The N + 2 doubles that are transformed: N values, or N/2 + 1 pairs. They belong to *fft. */
double *sb_fft_data(struct sb_fft *fft);
size_t sb_fft_size(const struct sb_fft *fft);

/* O(N log N). The root mean square of the rounding error is a few ulp of that of the result
 * (heuristic: the constant is measured, not proved). */
void sb_fft_forward(struct sb_fft *fft);
void sb_fft_backward(struct sb_fft *fft);

#endif

#include "theory/fft.h"

#include <fftw3.h>
#include <pthread.h>
#include <stdlib.h>

struct sb_fft {
    size_t n;
    double *data;
    fftw_plan forward, backward;
};

/* FFTW's planner keeps state of its own, whoever calls it. */
static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER;

static void clear(struct sb_fft *fft)
{
    pthread_mutex_lock(&planner);
    if (fft->forward)
        fftw_destroy_plan(fft->forward);
    if (fft->backward)
        fftw_destroy_plan(fft->backward);
    pthread_mutex_unlock(&planner);
    fftw_free(fft->data);
}

enum sb_status sb_fft_create(unsigned log2_n, struct sb_fft **fft)
{
    *fft = NULL;
    if (log2_n < 1 || log2_n > SB_FFT_LOG2_MAX)
        return SB_DOMAIN;
    struct sb_fft *new = malloc(sizeof *new);
    if (!new)
        return SB_MEMORY;
    size_t n = (size_t)1 << log2_n;
    *new = (struct sb_fft){ .n = n, .data = fftw_alloc_real(n + 2) };
    if (new->data) {
        fftw_complex *spectrum = (fftw_complex *)(void *)new->data;
        pthread_mutex_lock(&planner);
        new->forward = fftw_plan_dft_r2c_1d((int)n, new->data, spectrum, FFTW_ESTIMATE);
        new->backward = fftw_plan_dft_c2r_1d((int)n, spectrum, new->data, FFTW_ESTIMATE);
        pthread_mutex_unlock(&planner);
    }
    if (!new->forward || !new->backward) {
        sb_fft_free(new);
        return SB_MEMORY;
    }
    *fft = new;
    return SB_OK;
}

void sb_fft_free(struct sb_fft *fft)
{
    if (fft)
        clear(fft);
    free(fft);
}

double *sb_fft_data(struct sb_fft *fft)
{
    return fft->data;
}

size_t sb_fft_size(const struct sb_fft *fft)
{
    return fft->n;
}

void sb_fft_forward(struct sb_fft *fft)
{
    fftw_execute(fft->forward);
}

void sb_fft_backward(struct sb_fft *fft)
{
    fftw_execute(fft->backward);
}

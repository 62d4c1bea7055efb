#include "estimators/document_sizes.h"

#include <math.h>
#include <stdlib.h>
#include "theory/numeric.h"

/* Hill's estimate from the k largest of an ascending x[0..n-1], k < n. */
static double hill(const double *x, size_t n, size_t k)
{
    double mean = 0, threshold = log(x[n - 1 - k]);
    for (size_t i = n - k; i < n; i++)
        mean += log(x[i]) - threshold;
    return (double)k / mean;
}

static size_t tail_size(size_t n)
{
    size_t root = (size_t)sqrt((double)n);
    return root < 10 ? 10 : root;
}

enum sb_status sb_document_sizes(const double *sizes, size_t n, struct sb_document_sizes *result)
{
    struct sb_document_sizes r = { 0, NAN, NAN };
    double *x = malloc((n + 1) * sizeof *x);
    struct sb_sum sum = { 0 };
    if (!x)
        return SB_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (sizes[i] > 0) {
            x[r.n++] = sizes[i];
            sb_sum_add(&sum, sizes[i]);
        }
    sb_sort(x, r.n);
    if (r.n)
        r.largest_share = x[r.n - 1] / sb_sum_value(&sum);
    if (r.n > tail_size(r.n))
        r.tail_exponent = hill(x, r.n, tail_size(r.n));
    free(x);
    *result = r;
    return SB_OK;
}

bool sb_document_sizes_heavy(const struct sb_document_sizes *sizes)
{
    return sizes->tail_exponent < 2;
}

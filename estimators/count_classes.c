#include "estimators/count_classes.h"

#include <math.h>
#include <stdlib.h>
#include "theory/numeric.h"

static const double OBSERVATIONS_MAX = 0x1p53;

static enum sb_status check(const double *counts, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(counts[i] >= 0 && counts[i] == floor(counts[i])))
            return SB_DOMAIN;
        sum += counts[i];
    }
    return sum >= 1 && sum < OBSERVATIONS_MAX ? SB_OK : SB_DOMAIN;
}

enum sb_status sb_count_classes_init(struct sb_count_classes *classes, const double *counts,
                                     size_t n)
{
    enum sb_status status = check(counts, n);
    if (status)
        return status;
    double *memory = malloc(2 * n * sizeof *memory);
    if (!memory)
        return SB_MEMORY;
    struct sb_count_classes made = { .x = memory, .m = memory + n };
    for (size_t i = 0; i < n; i++)
        made.m[i] = counts[i];
    sb_sort(made.m, n);
    for (size_t i = 0; i < n; i++) { /* m is read at i before it is written at made.n - 1 <= i */
        double count = made.m[i];
        if (count == 0)
            continue;
        if (made.n == 0 || count != made.x[made.n - 1]) {
            made.x[made.n] = count;
            made.m[made.n++] = 0;
        }
        made.m[made.n - 1]++;
        made.n_leaves++;
        made.n_observations += count;
    }
    *classes = made;
    return SB_OK;
}

void sb_count_classes_clear(struct sb_count_classes *classes)
{
    free(classes->x);
    *classes = (struct sb_count_classes){ 0 };
}

#include "estimators/folds.h"

#include <stdlib.h>
#include "theory/random.h"

/* The bootstrap draws from low streams; folds must not be made of the same numbers. */
static const uint64_t FOLD_STREAM = (uint64_t)1 << 63;

enum sb_status sb_assign_folds(size_t n_folds, uint64_t seed, size_t n, uint32_t *fold)
{
    size_t *order = malloc(n_folds * sizeof *order);
    if (!order)
        return SB_MEMORY;
    for (size_t i = 0; i < n; i++) {
        if (i % n_folds == 0) {
            struct sb_random random;
            sb_random_init(&random, seed, FOLD_STREAM + i / n_folds);
            sb_random_permutation(&random, order, n_folds);
        }
        fold[i] = (uint32_t)order[i % n_folds];
    }
    free(order);
    return SB_OK;
}

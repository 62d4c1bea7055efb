#include "estimators/entropy_trials.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include "estimators/parallel.h"
#include "theory/numeric.h"
#include "theory/random.h"

enum { N_METHODS = SB_N_ENTROPY_TRIALS };

struct run {
    const struct sb_entropy_trials *t;
    double *cumulative[2]; /* of p and of q */
    /* (n_replicates, n_sizes, N_METHODS) */
    struct sb_entropy *estimates;
};

/* The leaf whose stretch of [0, total) holds u. */
static size_t leaf_at(const double *cumulative, size_t n, double u)
{
    size_t low = 0, high = n - 1;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (cumulative[middle] > u)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

static enum sb_status estimate_all(const struct sb_entropy_trials *t, const double *counts,
                                   struct sb_entropy *estimates)
{
    enum sb_status status = SB_OK;
    for (int m = 0; m < SB_N_ENTROPY_METHODS && !status; m++)
        status = sb_entropy_estimate((enum sb_entropy_method)m, counts, t->n_leaves, t->n_possible,
                                     &estimates[m]);
    for (int m = 0; m < SB_N_DIVERGENCE_METHODS && !status; m++) {
        struct sb_divergence d;
        status = sb_divergence_estimate((enum sb_divergence_method)m, counts, counts + t->n_leaves,
                                        t->n_leaves, t->n_possible, &d);
        if (!status)
            estimates[SB_N_ENTROPY_METHODS + m] = d.kl;
    }
    return status;
}

static enum sb_status replicate(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)thread;
    const struct run *run = context;
    const struct sb_entropy_trials *t = run->t;
    double *counts = calloc(2 * t->n_leaves, sizeof *counts), drawn = 0;
    if (!counts)
        return sb_fail_memory(error);
    struct sb_random random;
    sb_random_init(&random, t->seed, item);
    enum sb_status status = SB_OK;
    for (size_t s = 0; s < t->n_sizes && !status; s++) {
        for (; drawn < t->sizes[s]; drawn++)
            for (size_t i = 0; i < 2; i++) {
                const double *cumulative = run->cumulative[i];
                double u = cumulative[t->n_leaves - 1] * sb_random_unit(&random);
                counts[i * t->n_leaves + leaf_at(cumulative, t->n_leaves, u)]++;
            }
        status = estimate_all(t, counts, run->estimates + (item * t->n_sizes + s) * N_METHODS);
    }
    free(counts);
    return status ? sb_fail(error, status, "an estimate of entropy failed") : SB_OK;
}

/* ---- the summary ----------------------------------------------------------------------------- */

static double truth_bits(const struct sb_entropy_trials *t, bool divergence)
{
    struct sb_sum sum = { 0 };
    for (size_t i = 0; i < t->n_leaves; i++)
        if (t->p[i] > 0)
            sb_sum_add(&sum, divergence ? t->p[i] * log2(t->p[i] / t->q[i]) : -sb_xlog2x(t->p[i]));
    return sb_sum_value(&sum);
}

static struct sb_entropy_trial summarise(const struct run *run, size_t s, size_t method,
                                         double truth, double *scratch)
{
    size_t n = run->t->n_replicates;
    struct sb_entropy_trial trial = { .truth_bits = truth };
    double squares = 0, share = 1 / (double)n;
    for (size_t b = 0; b < n; b++) {
        struct sb_entropy e = run->estimates[(b * run->t->n_sizes + s) * N_METHODS + method];
        scratch[b] = e.bits;
        trial.mean_bits += e.bits * share;
        trial.mean_se_bits += e.standard_error_bits * share;
        trial.coverage += fabs(e.bits - truth) <= 1.96 * e.standard_error_bits ? share : 0;
    }
    for (size_t b = 0; b < n; b++)
        squares += (scratch[b] - trial.mean_bits) * (scratch[b] - trial.mean_bits);
    sb_sort(scratch, n);
    trial.sd_bits = n > 1 ? sqrt(squares / (double)(n - 1)) : NAN;
    trial.low_bits = sb_quantile_sorted(scratch, n, 0.025);
    trial.high_bits = sb_quantile_sorted(scratch, n, 0.975);
    return trial;
}

static enum sb_status check_sizes(const struct sb_entropy_trials *t, struct sb_error *error)
{
    for (size_t s = 0; s < t->n_sizes; s++)
        if (!(t->sizes[s] >= 2 && t->sizes[s] < 0x1p53 && t->sizes[s] == floor(t->sizes[s])) ||
            (s > 0 && t->sizes[s] < t->sizes[s - 1]))
            return sb_fail(error, SB_DOMAIN, "sizes of samples are whole numbers >= 2, ascending");
    return SB_OK;
}

enum sb_status sb_entropy_trials_run(const struct sb_entropy_trials *trials, size_t n_threads,
                                     struct sb_entropy_trial *results, struct sb_error *error)
{
    enum sb_status status = check_sizes(trials, error);
    if (status)
        return status;
    size_t n = trials->n_leaves, n_results = trials->n_sizes * N_METHODS;
    double *memory = malloc((2 * n + trials->n_replicates) * sizeof *memory);
    struct run run = { .t = trials,
                       .estimates =
                           calloc(trials->n_replicates * n_results, sizeof *run.estimates) };
    if (memory && run.estimates) {
        for (size_t j = 0; j < 2; j++) {
            const double *p = j ? trials->q : trials->p;
            double sum = 0;
            run.cumulative[j] = memory + j * n;
            for (size_t i = 0; i < n; i++)
                run.cumulative[j][i] = sum += p[i];
        }
        status = sb_parallel_for(n_threads, trials->n_replicates, replicate, &run, error);
        double truths[2] = { truth_bits(trials, false), truth_bits(trials, true) };
        for (size_t i = 0; i < n_results && !status; i++)
            results[i] = summarise(&run, i / N_METHODS, i % N_METHODS,
                                   truths[i % N_METHODS >= SB_N_ENTROPY_METHODS], memory + 2 * n);
    } else {
        status = sb_fail_memory(error);
    }
    free(memory);
    free(run.estimates);
    return status;
}

/* kl: KL to the base at fixed doses after different volumes of alignment, and the documents that bring it
 * below a share of what it was (the paper's Table 3).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/margin.h"
#include "estimators/experiment/variants.h"
#include "estimators/experiment/walk.h"

static const size_t DOSES[] = { 16, 32, 64, 128, 256, 512, 1024 };
static const size_t VOLUMES[] = { 64, 256, 1024, 4096 };
static const char *const PATHS[] = { "opposed", "neutral", "unrelated" };
static const enum sb_part PARTS[] = { SB_PERTURBATION, SB_NEUTRAL, SB_UNRELATED };
static const double SHARES[] = { 0.75, 0.5 };
#define N_OF(array) (sizeof(array) / sizeof *(array))

/* Few enough that no alignment has been undone by then: where the margin has passed the base's, KL grows
 * again, and first after the smallest alignments, which would look like a return after large ones. */
enum { N_VOLUMES = N_OF(VOLUMES), FIXED_DOSE = 32 };

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    const struct sb_learning how = sb_learning_tuning();
    struct sb_walks walks = { .n = 0 };
    (void)condition;
    for (size_t v = 0; v < N_VOLUMES; v++)
        for (size_t p = 0; p < N_OF(PATHS) - !options->is_full; p++)
            sb_walks_add(&walks, PATHS[p], PARTS[p], VOLUMES[v], DOSES, N_OF(DOSES), &how, false);
    return sb_walk_cell(options, &options->world, options->model, options->n_pretraining, seed,
                        &walks, observations, error);
}

/* ---- what it says ------------------------------------------------------------------------------ */

/* KL along a path under one seed: values (1 + doses); how many were observed. */
static size_t kl_path(const struct sb_analysis *a, size_t seed, const char *path, double aligned,
                      double *doses, double *kl)
{
    size_t n = 0;
    for (size_t i = 0; i <= N_OF(DOSES); i++) {
        const struct sb_point point = sb_point(path, aligned, i ? (double)DOSES[i - 1] : 0);
        const struct sb_observation *o =
            sb_observation_find(a->observations, 0, seed, &point, "kl_to_base_bits");
        if (!o)
            continue;
        doses[n] = point.learned;
        kl[n++] = o->value;
    }
    return n;
}

/* Documents until KL is below a share of what it was. */
static void add_times(const struct sb_analysis *a, const char *path, double aligned, double share,
                      double *times)
{
    double doses[1 + N_OF(DOSES)], kl[1 + N_OF(DOSES)];
    const struct sb_point point = sb_point(path, aligned, 0);
    char quantity[64];
    for (size_t s = 0; s < a->options->n_seeds; s++) {
        size_t n = kl_path(a, s, path, aligned, doses, kl);
        times[s] = n ? sb_crossing(doses, kl, n, share * kl[0]) : NAN;
    }
    snprintf(quantity, sizeof quantity, "documents_to_%g_of_kl", share);
    struct sb_effect e = sb_effect_of_times(times, a->options->n_seeds, a->options->confidence);
    sb_analysis_add(a, &point, quantity, &e);
}

/* The share of KL that is left at a fixed dose, by volume of alignment. */
static enum sb_status claim_remaining(const struct sb_analysis *a, const char *path,
                                      bool is_primary, double *values, double *slopes)
{
    size_t n_seeds = a->options->n_seeds;
    double x[N_VOLUMES], doses[1 + N_OF(DOSES)], kl[1 + N_OF(DOSES)];
    struct sb_claim claim = { .text = "after more alignment, fewer documents bring the model back "
                                      "to the base",
                              .paper = "falls: 961 to 729 documents",
                              .is_primary = is_primary,
                              .sign = -1,
                              .negligible = 0.01 };
    for (size_t v = 0; v < N_VOLUMES; v++) {
        const struct sb_point point = sb_point(path, (double)VOLUMES[v], FIXED_DOSE);
        x[v] = log2((double)VOLUMES[v]);
        for (size_t s = 0; s < n_seeds; s++) {
            size_t n = kl_path(a, s, path, point.aligned, doses, kl);
            double left = NAN;
            for (size_t i = 0; i < n; i++)
                left = doses[i] == FIXED_DOSE ? kl[i] / kl[0] : left;
            values[v * n_seeds + s] = left;
        }
        struct sb_effect e = sb_analysis_effect(a, values + v * n_seeds);
        sb_analysis_add(a, &point, "remaining_share_of_kl", &e);
    }
    sb_slopes_by_seed(x, values, N_VOLUMES, n_seeds, slopes);
    claim.effect = sb_analysis_effect(a, slopes);
    snprintf(claim.condition, sizeof claim.condition, "%s", sb_usual_tuning(a->options));
    snprintf(claim.measure, sizeof claim.measure,
             "share of KL(model || base) left after %d documents (%s), per doubling of the "
             "alignment",
             FIXED_DOSE, path);
    return sb_analysis_claim(a, &claim);
}

static enum sb_status analyse(const struct sb_analysis *a)
{
    size_t n_seeds = a->options->n_seeds;
    double *values = malloc(((N_VOLUMES + 1) * n_seeds + 1) * sizeof *values);
    enum sb_status status = values ? SB_OK : sb_fail_memory(a->error);
    if (!status)
        status = sb_margin_findings(a);
    for (size_t p = 0; p < N_OF(PATHS) && !status; p++) {
        const struct sb_point start = sb_point(PATHS[p], (double)VOLUMES[0], 0);
        if (!sb_analysis_has(a, &start, "kl_to_base_bits"))
            continue;
        for (size_t v = 0; v < N_VOLUMES; v++)
            for (size_t i = 0; i < N_OF(SHARES); i++)
                add_times(a, PATHS[p], (double)VOLUMES[v], SHARES[i], values);
        status = claim_remaining(a, PATHS[p], p == 0, values, values + N_VOLUMES * n_seeds);
    }
    free(values);
    return status;
}

const struct sb_experiment sb_experiment_kl = {
    .name = "kl",
    .summary = "KL to the base at fixed doses, and the documents that bring it down",
    .paper = "Table 3",
    .n_conditions = sb_one_condition,
    .name_condition = sb_name_model,
    .run = run,
    .analyse = analyse,
};

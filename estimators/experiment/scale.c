/* size and volume: the rebound against the number of parameters, and of pre-training documents (the paper's
 * Figures 5 and 6).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/margin.h"
#include "estimators/experiment/variants.h"
#include "estimators/experiment/walk.h"

static const size_t DOSES[] = { 16, 64, 128, 256, 512, 1024 };
#define N_OF(array) (sizeof(array) / sizeof *(array))

/* Few enough documents that no condition's margin has passed the base's, where KL grows again. */
enum { ALIGNED = 1024, FIRST = 64, MAX_SCALES = 8 };

/* ---- cells ------------------------------------------------------------------------------------- */

static enum sb_status run_scale(const struct sb_experiment_options *options, const char *model,
                                size_t n_pretraining, size_t seed,
                                struct sb_observations *observations, struct sb_error *error)
{
    const struct sb_learning how = sb_learning_tuning();
    struct sb_walks walks = { .n = 0 };
    sb_walks_add(&walks, "opposed", SB_PERTURBATION, ALIGNED, DOSES, N_OF(DOSES), &how, false);
    sb_walks_add(&walks, "neutral", SB_NEUTRAL, ALIGNED, DOSES, N_OF(DOSES), &how, false);
    return sb_walk_cell(options, &options->world, model, n_pretraining, seed, &walks, observations,
                        error);
}

static const char *const SIZES[] = { "width=12,layers=2,heads=1", "width=32,layers=2,heads=2",
                                     "width=64,layers=2,heads=4", "width=152,layers=2,heads=4" };

static size_t n_sizes(const struct sb_experiment_options *options)
{
    return options->is_full ? 4 : 3;
}

/* In the form of the profile's model. */
static void name_size(const struct sb_experiment_options *options, size_t condition, char *name,
                      size_t size)
{
    snprintf(name, size, "%.*s:%s", (int)strcspn(options->model, ":"), options->model,
             SIZES[condition]);
}

static enum sb_status run_size(const struct sb_experiment_options *options, size_t condition,
                               size_t seed, struct sb_observations *observations,
                               struct sb_error *error)
{
    char model[256];
    if (strncmp(options->model, "counts", 6) == 0)
        return sb_fail(error, SB_UNSUPPORTED, "counts have no sizes; --model llama:... has");
    name_size(options, condition, model, sizeof model);
    return run_scale(options, model, options->n_pretraining, seed, observations, error);
}

/* Shares of the profile's volume: 1/30, 1/10, 1/3, 1; 3 in the full one. */
static const size_t NUMERATORS[] = { 1, 1, 1, 1, 3 }, DENOMINATORS[] = { 30, 10, 3, 1, 1 };

static size_t n_volumes(const struct sb_experiment_options *options)
{
    return options->is_full ? 5 : 4;
}

static size_t volume(const struct sb_experiment_options *options, size_t condition)
{
    return options->n_pretraining * NUMERATORS[condition] / DENOMINATORS[condition];
}

static void name_volume(const struct sb_experiment_options *options, size_t condition, char *name,
                        size_t size)
{
    snprintf(name, size, "%zu documents", volume(options, condition));
}

static enum sb_status run_volume(const struct sb_experiment_options *options, size_t condition,
                                 size_t seed, struct sb_observations *observations,
                                 struct sb_error *error)
{
    return run_scale(options, options->model, volume(options, condition), seed, observations,
                     error);
}

/* ---- what they say ----------------------------------------------------------------------------- */

/* 1 - margin(dose)/margin(0), for each seed. */
static enum sb_status decline_of(const struct sb_analysis *a, const char *path, double dose,
                                 double *values)
{
    size_t n_seeds = a->options->n_seeds;
    double *start = malloc((n_seeds + 1) * sizeof *start);
    struct sb_effect effect;
    const struct sb_margin_term before = { 1, sb_point(path, ALIGNED, 0) },
                                after = { 1, sb_point(path, ALIGNED, dose) };
    enum sb_status status = start ? SB_OK : sb_fail_memory(a->error);
    if (!status)
        status = sb_margin_effect(a, &before, 1, start, &effect);
    if (!status)
        status = sb_margin_effect(a, &after, 1, values, &effect);
    for (size_t s = 0; s < n_seeds && !status; s++)
        values[s] = 1 - values[s] / start[s];
    free(start);
    return status;
}

/* 1 - KL(model || base) at the dose over the same after alignment. */
static enum sb_status return_of(const struct sb_analysis *a, const char *path, double dose,
                                double *values)
{
    const struct sb_point before = sb_point(path, ALIGNED, 0),
                          after = sb_point(path, ALIGNED, dose);
    for (size_t s = 0; s < a->options->n_seeds; s++) {
        const struct sb_observation *x = sb_observation_find(a->observations, a->condition, s,
                                                             &before, "kl_to_base_bits"),
                                    *y = sb_observation_find(a->observations, a->condition, s,
                                                             &after, "kl_to_base_bits");
        values[s] = x && y ? 1 - y->value / x->value : NAN;
    }
    return SB_OK;
}

static enum sb_status dose_of(const struct sb_analysis *a, const char *path, double dose,
                              double *values)
{
    double *margins, *doses;
    size_t n;
    (void)dose;
    enum sb_status status = sb_margin_path(a, path, ALIGNED, &margins, &doses, &n);
    for (size_t s = 0; s < a->options->n_seeds && !status; s++)
        values[s] = sb_crossing(doses, margins + s * n, n, 0);
    free(margins);
    free(doses);
    return status;
}

/* What is followed over scales. */
static const struct measure {
    const char *quantity, *path, *text;
    double dose;
    enum sb_status (*values)(const struct sb_analysis *a, const char *path, double dose,
                             double *values);
    bool is_time;
} MEASURES[] = {
    { "declined_share", "opposed", "share of the margin that the first 64 opposed documents undo",
      FIRST, decline_of, false },
    { "returned_share", "opposed",
      "1 - KL(model || base) after 64 opposed documents over that after alignment", FIRST,
      return_of, false },
    { "declined_share", "neutral", "share of the margin that the first 64 neutral documents undo",
      FIRST, decline_of, false },
    { "returned_share", "neutral",
      "1 - KL(model || base) after 64 neutral documents over that after alignment", FIRST,
      return_of, false },
    { "dose_documents", "opposed", "opposed documents until the margin is the base's", 0, dose_of,
      true },
};
enum { N_MEASURES = N_OF(MEASURES) };

/* The conditions, smallest first. */
struct scales {
    const char *unit, *claims[2];  /* of decline, of return */
    const struct measure *primary; /* of MEASURES */
    double of[MAX_SCALES];         /* parameters, or documents */
};

/* A condition, named by its scale. */
static struct sb_analysis analysis_at(const struct sb_analysis *all, const struct scales *scales,
                                      size_t condition)
{
    struct sb_analysis a = sb_analysis_at(all, condition);
    snprintf(a.name, sizeof a.name, "%.0f", scales->of[condition]);
    return a;
}

static enum sb_status claim_slope(const struct sb_analysis *all, const struct scales *scales,
                                  const struct measure *m, const double *values)
{
    size_t n = all->experiment->n_conditions(all->options), n_seeds = all->options->n_seeds;
    double x[MAX_SCALES], *slopes = malloc((n_seeds + 1) * sizeof *slopes);
    struct sb_claim claim = { .text = scales->claims[m->values == return_of],
                              .is_primary = m == scales->primary,
                              .sign = 1,
                              .negligible = 0.01 };
    if (!slopes)
        return sb_fail_memory(all->error);
    for (size_t c = 0; c < n; c++)
        x[c] = log2(scales->of[c]);
    sb_slopes_by_seed(x, values, n, n_seeds, slopes);
    claim.effect = sb_analysis_effect(all, slopes);
    free(slopes);
    snprintf(claim.measure, sizeof claim.measure, "%s; change per doubling of the %s", m->text,
             scales->unit);
    snprintf(claim.condition, sizeof claim.condition, "%d aligned; %s", ALIGNED,
             sb_usual_tuning(all->options));
    return sb_analysis_claim(all, &claim);
}

/* values [condition][seed]: scratch. */
static enum sb_status follow(const struct sb_analysis *all, const struct scales *scales,
                             const struct measure *m, double *values)
{
    size_t n_seeds = all->options->n_seeds;
    const struct sb_point point = sb_point(m->path, ALIGNED, m->dose),
                          start = sb_point(m->path, ALIGNED, 0);
    enum sb_status status = SB_OK;
    if (!sb_analysis_has(all, &start, "bits_alignment"))
        return SB_OK;
    for (size_t c = 0; c < all->experiment->n_conditions(all->options) && !status; c++) {
        const struct sb_analysis a = analysis_at(all, scales, c);
        double *here = values + c * n_seeds;
        status = m->values(&a, m->path, m->dose, here);
        struct sb_effect e = m->is_time ? sb_effect_of_times(here, n_seeds, a.options->confidence)
                                        : sb_analysis_effect(&a, here);
        if (!status)
            sb_analysis_add(&a, &point, m->quantity, &e);
    }
    return status || m->is_time ? status : claim_slope(all, scales, m, values);
}

static enum sb_status follow_all(const struct sb_analysis *all, const struct scales *scales)
{
    size_t n = all->experiment->n_conditions(all->options);
    double *values = malloc((n * all->options->n_seeds + 1) * sizeof *values);
    enum sb_status status = values ? SB_OK : sb_fail_memory(all->error);
    for (size_t c = 0; c < n && !status; c++) {
        const struct sb_analysis a = analysis_at(all, scales, c);
        status = sb_margin_findings(&a);
    }
    for (size_t m = 0; m < N_MEASURES && !status; m++)
        status = follow(all, scales, &MEASURES[m], values);
    free(values);
    return status;
}

static enum sb_status analyse_size(const struct sb_analysis *all)
{
    struct scales scales = { .unit = "parameters",
                             .claims = { "larger models undo an alignment faster",
                                         "larger models return further to the base" },
                             .primary = &MEASURES[0] };
    const struct sb_point base = sb_point("base", 0, 0);
    for (size_t c = 0; c < n_sizes(all->options); c++) {
        const struct sb_observation *o =
            sb_observation_find(all->observations, c, 0, &base, "parameters");
        scales.of[c] = o ? o->value : NAN;
    }
    return follow_all(all, &scales);
}

static enum sb_status analyse_volume(const struct sb_analysis *all)
{
    struct scales scales = { .unit = "pre-training",
                             .claims = { "after more pre-training an alignment is undone faster",
                                         "after more pre-training models return further to the "
                                         "base" },
                             .primary = &MEASURES[1] };
    for (size_t c = 0; c < n_volumes(all->options); c++)
        scales.of[c] = (double)volume(all->options, c);
    return follow_all(all, &scales);
}

const struct sb_experiment sb_experiment_size = {
    .name = "size",
    .summary = "the rebound against the number of parameters",
    .paper = "Figure 5",
    .n_conditions = n_sizes,
    .name_condition = name_size,
    .run = run_size,
    .analyse = analyse_size,
};

const struct sb_experiment sb_experiment_volume = {
    .name = "volume",
    .summary = "the rebound against the volume of pre-training, from almost none",
    .paper = "Figure 6",
    .n_conditions = n_volumes,
    .name_condition = name_volume,
    .run = run_volume,
    .analyse = analyse_volume,
};

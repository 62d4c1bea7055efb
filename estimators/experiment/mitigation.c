/* mitigation: how much replay of alignment data, mixed into what is learned next, keeps the alignment? */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/margin.h"
#include "estimators/experiment/variants.h"
#include "estimators/experiment/walk.h"

static const size_t DOSES[] = { 64, 256, 1024 };
static const double SHARES[] = { 0, 0.03125, 0.0625, 0.125, 0.25, 0.5 };
static const enum sb_part PARTS[] = { SB_NEUTRAL, SB_PERTURBATION };
static const char *const PATHS[][6] = {
    { "neutral, replay 0", "neutral, replay 1/32", "neutral, replay 1/16", "neutral, replay 1/8",
      "neutral, replay 1/4", "neutral, replay 1/2" },
    { "opposed, replay 0", "opposed, replay 1/32", "opposed, replay 1/16", "opposed, replay 1/8",
      "opposed, replay 1/4", "opposed, replay 1/2" }
};
#define N_OF(array) (sizeof(array) / sizeof *(array))

enum { ALIGNED = 1024, LAST = 1024, N_SHARES = N_OF(SHARES), PRIMARY = 3 };
static const double KEPT = 0.9; /* of the margin: what counts as prevented */

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    const struct sb_learning how = sb_learning_tuning();
    struct sb_walks walks = { .n = 0 };
    (void)condition;
    for (size_t p = 0; p < N_OF(PARTS); p++)
        for (size_t i = 0; i < N_SHARES; i++) {
            sb_walks_add(&walks, PATHS[p][i], PARTS[p], ALIGNED, DOSES, N_OF(DOSES), &how, true);
            walks.items[walks.n - 1].replayed = SB_ALIGNMENT;
            walks.items[walks.n - 1].replay = SHARES[i];
        }
    return sb_walk_cell(options, &options->world, options->model, options->n_pretraining, seed,
                        &walks, observations, error);
}

/* ---- what it says ------------------------------------------------------------------------------ */

/* margin after LAST documents over the margin before, for each seed. */
static enum sb_status kept_share(const struct sb_analysis *a, const char *path, double *values,
                                 double *start)
{
    const struct sb_margin_term before = { 1, sb_point(path, ALIGNED, 0) },
                                after = { 1, sb_point(path, ALIGNED, LAST) };
    struct sb_effect effect;
    enum sb_status status = sb_margin_effect(a, &before, 1, start, &effect);
    if (!status)
        status = sb_margin_effect(a, &after, 1, values, &effect);
    for (size_t s = 0; s < a->options->n_seeds && !status; s++)
        values[s] /= start[s];
    return status;
}

static enum sb_status claim_replay(const struct sb_analysis *a, size_t part)
{
    const struct sb_margin_term terms[2] = { { 1, sb_point(PATHS[part][PRIMARY], ALIGNED, LAST) },
                                             { -1, sb_point(PATHS[part][0], ALIGNED, LAST) } };
    struct sb_claim claim = { .text = "replay of alignment data keeps an alignment",
                              .is_primary = part == 0,
                              .sign = 1,
                              .negligible = 0.25 };
    enum sb_status status = sb_margin_effect(a, terms, 2, NULL, &claim.effect);
    snprintf(claim.condition, sizeof claim.condition, "%s", sb_usual_tuning(a->options));
    snprintf(claim.measure, sizeof claim.measure,
             "margin after %d documents (%s) less that without replay; bits per document", LAST,
             PATHS[part][PRIMARY]);
    return status ? status : sb_analysis_claim(a, &claim);
}

/* The smallest share whose interval, and those of all larger shares, lie above KEPT; inf if none. */
static enum sb_status find_share(const struct sb_analysis *a, size_t part)
{
    size_t n_seeds = a->options->n_seeds;
    double *values = malloc((2 * n_seeds + 1) * sizeof *values), smallest = INFINITY;
    enum sb_status status = values ? SB_OK : sb_fail_memory(a->error);
    bool holds = true;
    for (size_t i = N_SHARES; i-- > 0 && !status;) {
        status = kept_share(a, PATHS[part][i], values, values + n_seeds);
        if (status)
            break;
        struct sb_effect e = sb_analysis_effect(a, values);
        const struct sb_point point = sb_point(PATHS[part][i], ALIGNED, LAST);
        char name[32];
        snprintf(name, sizeof name, "%g", SHARES[i]);
        sb_findings_add(a->findings, name, &point, "kept_share_of_margin", &e);
        holds = holds && e.low > KEPT;
        smallest = holds ? SHARES[i] : smallest;
    }
    const struct sb_effect found = { smallest, NAN, NAN, NAN, NAN, NAN, NAN, n_seeds };
    const struct sb_point point = sb_point(sb_part_names[PARTS[part]], ALIGNED, LAST);
    if (!status)
        sb_findings_add(a->findings, "smallest share", &point, "replay_that_keeps_0.9", &found);
    free(values);
    return status;
}

static enum sb_status analyse(const struct sb_analysis *a)
{
    enum sb_status status = sb_margin_findings(a);
    for (size_t part = 0; part < N_OF(PARTS) && !status; part++) {
        const struct sb_point start = sb_point(PATHS[part][0], ALIGNED, 0);
        if (!sb_analysis_has(a, &start, "bits_alignment"))
            continue;
        status = claim_replay(a, part);
        if (!status)
            status = find_share(a, part);
    }
    return status;
}

const struct sb_experiment sb_experiment_mitigation = {
    .name = "mitigation",
    .summary = "the share of replayed alignment data that keeps an alignment",
    .paper = "",
    .n_conditions = sb_one_condition,
    .name_condition = sb_name_model,
    .run = run,
    .analyse = analyse,
};

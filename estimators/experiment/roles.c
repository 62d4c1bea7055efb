/* reverse and objective: the contrast of rebound when the polarities change their roles, and when alignment
 * or its undoing is DPO instead of SFT (the paper's appendix).
 */
#include <stdio.h>
#include <stdlib.h>
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/margin.h"
#include "estimators/experiment/variants.h"
#include "estimators/experiment/walk.h"

static const size_t DOSES[] = { 16, 64, 256, 1024 };
#define N_OF(array) (sizeof(array) / sizeof *(array))

enum { ALIGNED = 1024, FIRST = 16 };

/* ---- reverse ----------------------------------------------------------------------------------- */

static const char *const ROLES[] = { "as they are", "exchanged" };

static size_t n_roles(const struct sb_experiment_options *options)
{
    (void)options;
    return 2;
}

static void name_role(const struct sb_experiment_options *options, size_t condition, char *name,
                      size_t size)
{
    (void)options;
    snprintf(name, size, "%s", ROLES[condition]);
}

static enum sb_status run_reverse(const struct sb_experiment_options *options, size_t condition,
                                  size_t seed, struct sb_observations *observations,
                                  struct sb_error *error)
{
    const struct sb_learning how = sb_learning_tuning();
    struct sb_world_options world = options->world;
    struct sb_walks walks = { .n = 0 };
    world.is_exchanged = condition == 1;
    sb_walks_add(&walks, "opposed", SB_PERTURBATION, ALIGNED, DOSES, N_OF(DOSES), &how, false);
    sb_walks_add(&walks, "neutral", SB_NEUTRAL, ALIGNED, DOSES, N_OF(DOSES), &how, true);
    sb_walks_add(&walks, "from base", SB_PERTURBATION, 0, DOSES, N_OF(DOSES), &how, true);
    return sb_walk_cell(options, &world, options->model, options->n_pretraining, seed, &walks,
                        observations, error);
}

static enum sb_status analyse_reverse(const struct sb_analysis *all)
{
    size_t n_seeds = all->options->n_seeds;
    double *values = malloc((2 * n_seeds + 1) * sizeof *values);
    enum sb_status status = values ? SB_OK : sb_fail_memory(all->error);
    for (size_t c = 0; c < 2 && !status; c++) {
        const struct sb_analysis a = sb_analysis_at(all, c);
        struct sb_claim claim = { .is_primary = c == 1 };
        snprintf(claim.condition, sizeof claim.condition, "roles %s; %s", ROLES[c],
                 sb_usual_tuning(a.options));
        status = sb_margin_findings(&a);
        if (!status)
            status = sb_margin_claim_excess(&a, "opposed", ALIGNED, "from base", FIRST, &claim,
                                            values + c * n_seeds);
    }
    if (!status) {
        struct sb_claim claim = { .text = "the roles of the polarities matter",
                                  .measure = "the contrast above, exchanged less as they are; bits "
                                             "per document",
                                  .sign = -1,
                                  .negligible = 0.25 };
        snprintf(claim.condition, sizeof claim.condition, "%s", sb_usual_tuning(all->options));
        for (size_t s = 0; s < n_seeds; s++)
            values[s] = values[n_seeds + s] - values[s];
        claim.effect = sb_analysis_effect(all, values);
        status = sb_analysis_claim(all, &claim);
    }
    free(values);
    return status;
}

/* ---- objective --------------------------------------------------------------------------------- */

/* How the model is aligned, and how that is undone. */
static const struct {
    const char *opposed, *from_base, *text;
    bool aligned_by_dpo, undone_by_dpo;
} OBJECTIVES[] = {
    { "SFT, then SFT", "base, then SFT", "SFT, undone by SFT", false, false },
    { "DPO, then SFT", "base, then SFT", "DPO, undone by SFT", true, false },
    { "SFT, then DPO", "base, then DPO", "SFT, undone by DPO", false, true },
    { "DPO, then DPO", "base, then DPO", "DPO, undone by DPO", true, true },
};

static enum sb_status run_objective(const struct sb_experiment_options *options, size_t condition,
                                    size_t seed, struct sb_observations *observations,
                                    struct sb_error *error)
{
    struct sb_learning how[2] = { sb_learning_tuning(), sb_learning_tuning() };
    struct sb_walks walks = { .n = 0 };
    (void)condition;
    how[1].training.objective = SB_DPO;
    for (size_t i = 0; i < N_OF(OBJECTIVES) + 2; i++) {
        bool from_base = i >= N_OF(OBJECTIVES), undo = i == N_OF(OBJECTIVES) + 1;
        sb_walks_add(&walks, from_base ? OBJECTIVES[undo ? 2 : 0].from_base : OBJECTIVES[i].opposed,
                     SB_PERTURBATION, from_base ? 0 : ALIGNED, DOSES, N_OF(DOSES), &how[0],
                     from_base);
        struct sb_walk *walk = &walks.items[i];
        walk->alignment = &how[!from_base && OBJECTIVES[i].aligned_by_dpo];
        walk->learning = &how[from_base ? undo : OBJECTIVES[i].undone_by_dpo];
        walk->rejected = SB_ALIGNMENT;
    }
    return sb_walk_cell(options, &options->world, options->model, options->n_pretraining, seed,
                        &walks, observations, error);
}

static enum sb_status analyse_objective(const struct sb_analysis *a)
{
    enum sb_status status = sb_margin_findings(a);
    for (size_t i = 0; i < N_OF(OBJECTIVES) && !status; i++) {
        struct sb_claim claim = { .is_primary = i == 1 };
        snprintf(claim.condition, sizeof claim.condition, "%s; %s", OBJECTIVES[i].text,
                 sb_usual_tuning(a->options));
        status = sb_margin_claim_excess(a, OBJECTIVES[i].opposed, ALIGNED, OBJECTIVES[i].from_base,
                                        FIRST, &claim, NULL);
    }
    return status;
}

const struct sb_experiment sb_experiment_reverse = {
    .name = "reverse",
    .summary = "the polarities change their roles",
    .paper = "appendix",
    .n_conditions = n_roles,
    .name_condition = name_role,
    .run = run_reverse,
    .analyse = analyse_reverse,
};

const struct sb_experiment sb_experiment_objective = {
    .name = "objective",
    .summary = "alignment and its undoing by SFT and by DPO",
    .paper = "appendix",
    .n_conditions = sb_one_condition,
    .name_condition = sb_name_model,
    .run = run_objective,
    .analyse = analyse_objective,
};

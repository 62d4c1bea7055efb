/* rebound: the margin of an aligned model against the volume of what it learns next (the paper's Figure 4).
 *
 * Two questions. On data opposed to the alignment, is it undone faster than the same data move the base, and does
 * the decline slow down? On data that say nothing about it, does the margin fall, and stop at the
 * base's?
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/margin.h"
#include "estimators/experiment/walk.h"
#include "estimators/scaling.h"

static const size_t DOSES[] = { 16, 32, 64, 128, 256, 512, 1024, 2048 };
static const size_t CONTROL_DOSES[] = { 16, 64, 256, 1024, 2048 };
static const size_t FIRST_DOSE[] = { 16 };
static const size_t VOLUMES[] = { 64, 256, 1024, 4096 };
#define N_OF(array) (sizeof(array) / sizeof *(array))

enum { ALIGNED = 1024, FIRST = 16, LAST = 2048, N_VOLUMES = N_OF(VOLUMES) };

/* ---- conditions -------------------------------------------------------------------------------- */

enum condition { LLAMA, GPT2, OVERLAP_1, COUNTS, FORGETTING, N_CONDITIONS };

static size_t n_conditions(const struct sb_experiment_options *options)
{
    (void)options;
    return N_CONDITIONS;
}

/* The model as it is in the profile, in another form. */
static void other_form(const struct sb_experiment_options *options, const char *form, char *model,
                       size_t size)
{
    const char *keys = strchr(options->model, ':');
    snprintf(model, size, "%s%s", form, keys ? keys : "");
}

static void name_condition(const struct sb_experiment_options *options, size_t condition,
                           char *name, size_t size)
{
    static const char *const names[N_CONDITIONS] = { NULL, "gpt2", "overlap 1", "counts, joint",
                                                     "counts, forgetting" };
    size_t n = strcspn(options->model, ":");
    if (condition == LLAMA)
        snprintf(name, size, "%.*s", (int)(n < size ? n : size - 1), options->model);
    else
        snprintf(name, size, "%s", names[condition]);
}

/* Optimisers of fine-tuning, for the primary contrast. */
enum optimiser { ADAMW, SGD, CARRIED, WARM_UP, N_OPTIMISERS };
static const char *const OPTIMISERS[N_OPTIMISERS] = { "AdamW, fresh moments", "SGD",
                                                      "AdamW, carried moments",
                                                      "AdamW, 16 steps of warm-up" };
static const char *const OPPOSED[N_OPTIMISERS] = { "opposed", "opposed, SGD", "opposed, carried",
                                                   "opposed, warm-up" };
static const char *const FROM_BASE[N_OPTIMISERS] = { "from base", "from base, SGD",
                                                     "from base, carried", "from base, warm-up" };

static void set_optimisers(struct sb_learning how[N_OPTIMISERS])
{
    for (size_t i = 0; i < N_OPTIMISERS; i++)
        how[i] = sb_learning_tuning();
    how[SGD].training.optimizer.kind = SB_SGD;
    how[SGD].training.rate = 0.1;
    how[CARRIED].carries_moments = true;
    how[WARM_UP].training.n_warmup = 16;
}

static void add_controls(struct sb_walks *w, const struct sb_learning *how, bool is_brief)
{
    sb_walks_add(w, "neutral", SB_NEUTRAL, ALIGNED, CONTROL_DOSES, N_OF(CONTROL_DOSES), how,
                 is_brief);
    sb_walks_add(w, "unrelated", SB_UNRELATED, ALIGNED, CONTROL_DOSES, N_OF(CONTROL_DOSES), how,
                 is_brief);
    sb_walks_add(w, "mixture", SB_PRETRAINING, ALIGNED, CONTROL_DOSES, N_OF(CONTROL_DOSES) - 1, how,
                 true);
    sb_walks_add(w, "more alignment", SB_ALIGNMENT, ALIGNED, CONTROL_DOSES, N_OF(CONTROL_DOSES) - 1,
                 how, true);
}

static void choose_walks(size_t condition, const struct sb_learning how[N_OPTIMISERS],
                         struct sb_walks *w)
{
    bool is_main = condition == LLAMA, is_brief = !is_main && condition != GPT2;
    for (size_t i = 0; i < N_VOLUMES; i++)
        if (is_main || condition == COUNTS || condition == FORGETTING || VOLUMES[i] == ALIGNED)
            sb_walks_add(w, "opposed", SB_PERTURBATION, VOLUMES[i], DOSES, N_OF(DOSES), &how[ADAMW],
                         is_brief);
    sb_walks_add(w, "from base", SB_PERTURBATION, 0, DOSES, N_OF(DOSES), &how[ADAMW], true);
    if (condition != OVERLAP_1)
        add_controls(w, &how[ADAMW], is_brief);
    for (size_t i = SGD; i < N_OPTIMISERS && is_main; i++) {
        sb_walks_add(w, OPPOSED[i], SB_PERTURBATION, ALIGNED, FIRST_DOSE, 1, &how[i], true);
        sb_walks_add(w, FROM_BASE[i], SB_PERTURBATION, 0, FIRST_DOSE, 1, &how[i], true);
    }
    if (is_main)
        sb_walks_add(w, "neutral, SGD", SB_NEUTRAL, ALIGNED, CONTROL_DOSES, N_OF(CONTROL_DOSES),
                     &how[SGD], true);
}

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    struct sb_world_options world = options->world;
    struct sb_learning how[N_OPTIMISERS];
    struct sb_walks walks = { .n = 0 };
    char model[256];
    snprintf(model, sizeof model, "%s", options->model);
    if (condition == GPT2)
        other_form(options, "gpt2", model, sizeof model);
    else if (condition == COUNTS)
        snprintf(model, sizeof model, "counts");
    else if (condition == FORGETTING)
        snprintf(model, sizeof model, "counts:order=2,memory=512");
    else if (condition == OVERLAP_1)
        world.language.overlap = 1;
    set_optimisers(how);
    choose_walks(condition, how, &walks);
    return sb_walk_cell(options, &world, model, options->n_pretraining, seed, &walks, observations,
                        error);
}

/* ---- what it says ------------------------------------------------------------------------------ */

struct analysis {
    const struct sb_experiment_options *options;
    const struct sb_observations *observations;
    struct sb_findings *findings;
    struct sb_error *error;
};

static const char *how_learned(size_t condition, size_t optimiser)
{
    return condition == COUNTS || condition == FORGETTING ? "counted" : OPTIMISERS[optimiser];
}

static enum sb_status claim_excess(const struct analysis *a, size_t condition, size_t optimiser,
                                   const char *name, bool is_primary)
{
    struct sb_claim claim = { .experiment = "rebound", .is_primary = is_primary };
    enum sb_status status =
        sb_margin_claim_excess(a->options, a->observations, condition, OPPOSED[optimiser], ALIGNED,
                               FROM_BASE[optimiser], FIRST, &claim, NULL, a->error);
    snprintf(claim.condition, sizeof claim.condition, "%s; %s", name,
             how_learned(condition, optimiser));
    if (!status && sb_findings_claim(a->findings, &claim))
        status = sb_fail_memory(a->error);
    return status;
}

/* On data that say nothing: does the margin fall, and where does it stop? */
static enum sb_status claim_return(const struct analysis *a, size_t condition, const char *path,
                                   const char *name, size_t optimiser)
{
    const struct sb_margin_term fall[2] = { { 1, sb_point(path, ALIGNED, LAST) },
                                            { -1, sb_point(path, ALIGNED, 0) } };
    struct sb_claim claims[2] = {
        { .text = "data that say nothing about the alignment undo it",
          .sign = -1,
          .negligible = 0.25 },
        { .text = "the margin stops above the base's", .sign = 1, .negligible = 0.5 }
    };
    enum sb_status status = SB_OK;
    if (!sb_observation_find(a->observations, condition, 0, &fall[0].point, "bits_alignment"))
        return SB_OK;
    for (size_t i = 0; i < 2 && !status; i++) {
        claims[i].experiment = "rebound";
        snprintf(claims[i].condition, sizeof claims[i].condition, "%s; %s", name,
                 how_learned(condition, optimiser));
        snprintf(claims[i].measure, sizeof claims[i].measure,
                 "%s after %d documents (%s) on %d aligned; bits per document",
                 i ? "margin, from base," : "change of margin", LAST, path, ALIGNED);
        status = sb_margin_effect(a->options, a->observations, condition, fall, i ? 1 : 2, NULL,
                                  &claims[i].effect, a->error);
        if (!status && sb_findings_claim(a->findings, &claims[i]))
            status = sb_fail_memory(a->error);
    }
    return status;
}

/* Opposed documents until the margin is the base's again, by volume of alignment, and its growth: the
 * slope of log2 dose against log2 volume, where every seed came back. */
static enum sb_status claim_doses(const struct analysis *a, size_t condition, const char *name)
{
    size_t n_seeds = a->options->n_seeds, n_volumes = 0;
    double *times = malloc((N_VOLUMES * n_seeds + n_seeds + 1) * sizeof *times), x[N_VOLUMES];
    double *slopes = times + N_VOLUMES * n_seeds;
    enum sb_status status = times ? SB_OK : sb_fail_memory(a->error);
    for (size_t v = 0; v < N_VOLUMES && !status; v++) {
        double *margins, *doses, *of_seed = times + n_volumes * n_seeds;
        size_t n;
        status = sb_margin_path(a->options, a->observations, condition, "opposed",
                                (double)VOLUMES[v], &margins, &doses, &n, a->error);
        for (size_t s = 0; s < n_seeds && n; s++)
            of_seed[s] = sb_crossing(doses, margins + s * n, n, 0);
        if (!status && n) {
            struct sb_effect dose = sb_effect_of_times(of_seed, n_seeds, a->options->confidence);
            struct sb_point point = sb_point("opposed", (double)VOLUMES[v], 0);
            sb_findings_add(a->findings, name, &point, "dose_documents", &dose);
            for (size_t s = 0; s < n_seeds; s++)
                of_seed[s] = log2(of_seed[s]);
            x[n_volumes++] = log2((double)VOLUMES[v]);
        }
        free(margins);
        free(doses);
    }
    if (!status && n_volumes > 1) {
        struct sb_claim claim = { .experiment = "rebound",
                                  .text = "more alignment takes more to undo",
                                  .measure = "slope of log2 dose (opposed documents until the "
                                             "margin is the base's) against log2 alignment",
                                  .sign = 1,
                                  .negligible = 0.02 };
        sb_slopes_by_seed(x, times, n_volumes, n_seeds, slopes);
        claim.effect = sb_effect_of_seeds(slopes, n_seeds, a->options->confidence);
        snprintf(claim.condition, sizeof claim.condition, "%s; %s", name,
                 how_learned(condition, ADAMW));
        if (sb_findings_claim(a->findings, &claim))
            status = sb_fail_memory(a->error);
    }
    free(times);
    return status;
}

/* The first step by volume of alignment: steeper after more? */
static enum sb_status claim_first_steps(const struct analysis *a, size_t condition,
                                        const char *name)
{
    size_t n_seeds = a->options->n_seeds;
    double *y = malloc((N_VOLUMES * n_seeds + n_seeds + 1) * sizeof *y), x[N_VOLUMES];
    enum sb_status status = y ? SB_OK : sb_fail_memory(a->error);
    for (size_t v = 0; v < N_VOLUMES && !status; v++) {
        const struct sb_margin_term terms[2] = {
            { 1, sb_point("opposed", (double)VOLUMES[v], FIRST) },
            { -1, sb_point("opposed", (double)VOLUMES[v], 0) }
        };
        struct sb_effect effect;
        x[v] = log2((double)VOLUMES[v]);
        status = sb_margin_effect(a->options, a->observations, condition, terms, 2, y + v * n_seeds,
                                  &effect, a->error);
    }
    if (!status) {
        struct sb_claim claim = { .experiment = "rebound",
                                  .text = "more alignment, steeper first decline",
                                  .sign = -1,
                                  .negligible = 0.02 };
        sb_slopes_by_seed(x, y, N_VOLUMES, n_seeds, y + N_VOLUMES * n_seeds);
        claim.effect = sb_effect_of_seeds(y + N_VOLUMES * n_seeds, n_seeds, a->options->confidence);
        snprintf(claim.measure, sizeof claim.measure,
                 "change of margin in the first %d opposed documents, per doubling of the "
                 "alignment; bits per document",
                 FIRST);
        snprintf(claim.condition, sizeof claim.condition, "%s; %s", name,
                 how_learned(condition, ADAMW));
        if (sb_findings_claim(a->findings, &claim))
            status = sb_fail_memory(a->error);
    }
    free(y);
    return status;
}

/* Two phases of the decline: a broken line and two exponentials through the margins of each seed. Their
 * parameters are numbers of a seed, like any other. */
static enum sb_status fit_phases(const struct analysis *a, size_t condition, const char *name,
                                 enum sb_scaling_model model)
{
    double *margins, *doses;
    size_t n, n_seeds = a->options->n_seeds, n_parameters = sb_scaling_n_parameters(model);
    enum sb_status status = sb_margin_path(a->options, a->observations, condition, "opposed",
                                           ALIGNED, &margins, &doses, &n, a->error);
    double *values = malloc((n_parameters * n_seeds + 1) * sizeof *values);
    const struct sb_point point = sb_point("opposed", ALIGNED, 0);
    if (!status && !values)
        status = sb_fail_memory(a->error);
    for (size_t s = 0; s < n_seeds && !status; s++) {
        const struct sb_scaling_data data = { doses, margins + s * n, NULL, n };
        struct sb_scaling_fit fit;
        bool failed = sb_scaling_fit(&data, model, a->options->confidence, &fit, NULL);
        for (size_t p = 0; p < n_parameters; p++)
            values[p * n_seeds + s] = failed ? NAN : fit.parameters[p].value;
    }
    for (size_t p = 0; p < n_parameters && !status; p++) {
        struct sb_effect effect =
            sb_effect_of_seeds(values + p * n_seeds, n_seeds, a->options->confidence);
        char quantity[64];
        snprintf(quantity, sizeof quantity, "%s_%s", sb_scaling_name(model),
                 sb_scaling_parameter_name(model, p));
        sb_findings_add(a->findings, name, &point, quantity, &effect);
    }
    free(values);
    free(margins);
    free(doses);
    return status;
}

static enum sb_status analyse_condition(const struct analysis *a, size_t condition)
{
    char name[64];
    name_condition(a->options, condition, name, sizeof name);
    enum sb_status status =
        sb_margin_findings(a->options, a->observations, condition, name, a->findings, a->error);
    if (status || condition == OVERLAP_1)
        return status;
    status = claim_excess(a, condition, ADAMW, name, condition == LLAMA);
    for (size_t i = SGD; i < N_OPTIMISERS && condition == LLAMA && !status; i++)
        status = claim_excess(a, condition, i, name, false);
    if (!status)
        status = claim_return(a, condition, "neutral", name, ADAMW);
    if (!status)
        status = claim_return(a, condition, "neutral, SGD", name, SGD);
    if (!status)
        status = claim_return(a, condition, "unrelated", name, ADAMW);
    if (status || condition == GPT2)
        return status;
    status = claim_first_steps(a, condition, name);
    if (!status)
        status = claim_doses(a, condition, name);
    if (!status)
        status = fit_phases(a, condition, name, SB_SCALING_CHANGEPOINT);
    return status ? status : fit_phases(a, condition, name, SB_SCALING_DOUBLE_EXPONENTIAL);
}

static enum sb_status analyse(const struct sb_experiment_options *options,
                              const struct sb_observations *observations,
                              struct sb_findings *findings, struct sb_error *error)
{
    const struct analysis a = { options, observations, findings, error };
    enum sb_status status = SB_OK;
    for (size_t condition = 0; condition < N_CONDITIONS && !status; condition++)
        status = analyse_condition(&a, condition);
    return status;
}

const struct sb_experiment sb_experiment_rebound = {
    .name = "rebound",
    .summary = "the margin of an aligned model against what it learns next: decline, and return?",
    .paper = "Figure 4",
    .n_conditions = n_conditions,
    .name_condition = name_condition,
    .run = run,
    .analyse = analyse,
};

/* rebound: the margin of an aligned model against the volume of what it learns next (the paper's Figure 4).
 *
 * Two questions. On data opposed to the alignment, is it undone faster than the same data move the base,
 * and does the decline slow down? On data that say nothing about it, does the margin fall, and stop at the
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
static const size_t VOLUMES[] = { 64, 256, 1024, 4096 };
#define N_OF(array) (sizeof(array) / sizeof *(array))

enum { ALIGNED = 1024, FIRST = 16, EARLY = 64, LAST = 2048, N_VOLUMES = N_OF(VOLUMES) };

/* ---- conditions -------------------------------------------------------------------------------- */

enum condition { MODEL, GPT2, OVERLAP_1, COUNTS, FORGETTING, N_CONDITIONS };

/* Those that apply: counts have no other form, and files no overlap. */
static size_t list_conditions(const struct sb_experiment_options *options,
                              enum condition conditions[N_CONDITIONS])
{
    bool is_counted = strncmp(options->model, "counts", 6) == 0;
    bool has_files = options->world.paths[SB_PRETRAINING];
    size_t n = 0;
    for (enum condition c = MODEL; c < N_CONDITIONS; c++)
        if (c == MODEL || (c == OVERLAP_1 && !has_files) || (c != OVERLAP_1 && !is_counted))
            conditions[n++] = c;
    return n;
}

static size_t n_conditions(const struct sb_experiment_options *options)
{
    enum condition conditions[N_CONDITIONS];
    return list_conditions(options, conditions);
}

static enum condition condition_at(const struct sb_experiment_options *options, size_t i)
{
    enum condition conditions[N_CONDITIONS];
    list_conditions(options, conditions);
    return conditions[i];
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
    enum condition c = condition_at(options, condition);
    if (c == MODEL)
        snprintf(name, size, "%.*s", (int)strcspn(options->model, ":"), options->model);
    else
        snprintf(name, size, "%s", names[c]);
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

static const char *const NEUTRAL[N_OPTIMISERS] = { "neutral", "neutral, SGD", "neutral, carried",
                                                   "neutral, warm-up" };

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

static void choose_walks(enum condition kind, bool is_full,
                         const struct sb_learning how[N_OPTIMISERS], struct sb_walks *w)
{
    bool is_main = kind == MODEL, is_brief = !is_main && kind != GPT2;
    for (size_t i = 0; i < N_VOLUMES; i++)
        if (is_main || kind == COUNTS || kind == FORGETTING || VOLUMES[i] == ALIGNED)
            sb_walks_add(w, "opposed", SB_PERTURBATION, VOLUMES[i], DOSES, N_OF(DOSES), &how[ADAMW],
                         is_brief);
    sb_walks_add(w, "from base", SB_PERTURBATION, 0, DOSES, N_OF(DOSES), &how[ADAMW], true);
    if (kind != OVERLAP_1)
        add_controls(w, &how[ADAMW], is_brief);
    for (size_t i = SGD; i < N_OPTIMISERS && (is_main || (is_full && kind == GPT2)); i++) {
        size_t n = is_full ? N_OF(DOSES) : 1; /* the first alone for the primary contrast */
        sb_walks_add(w, OPPOSED[i], SB_PERTURBATION, ALIGNED, DOSES, n, &how[i], true);
        sb_walks_add(w, FROM_BASE[i], SB_PERTURBATION, 0, DOSES, n, &how[i], true);
        if (is_full || i == SGD)
            sb_walks_add(w, NEUTRAL[i], SB_NEUTRAL, ALIGNED, CONTROL_DOSES, N_OF(CONTROL_DOSES),
                         &how[i], true);
    }
}

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    struct sb_world_options world = options->world;
    struct sb_learning how[N_OPTIMISERS];
    struct sb_walks walks = { .n = 0 };
    char model[256];
    enum condition kind = condition_at(options, condition);
    snprintf(model, sizeof model, "%s", options->model);
    if (kind == GPT2)
        other_form(options, "gpt2", model, sizeof model);
    else if (kind == COUNTS)
        snprintf(model, sizeof model, "counts");
    else if (kind == FORGETTING)
        snprintf(model, sizeof model, "counts:order=2,memory=512");
    else if (kind == OVERLAP_1)
        world.language.overlap = 1;
    set_optimisers(how);
    choose_walks(kind, options->is_full, how, &walks);
    return sb_walk_cell(options, &world, model, options->n_pretraining, seed, &walks, observations,
                        error);
}

/* ---- what it says ------------------------------------------------------------------------------ */

static enum condition kind_of(const struct sb_analysis *a)
{
    return condition_at(a->options, a->condition);
}

/* Under which a claim holds: the name of the condition, and how it learned. */
static void set_condition(const struct sb_analysis *a, size_t optimiser, struct sb_claim *claim)
{
    bool is_counted = kind_of(a) == COUNTS || kind_of(a) == FORGETTING ||
                      strncmp(a->options->model, "counts", 6) == 0;
    snprintf(claim->condition, sizeof claim->condition, "%s; %s", a->name,
             is_counted ? "counted" : OPTIMISERS[optimiser]);
}

/* Of values, one for each seed, learned as by default. */
static enum sb_status keep_claim(const struct sb_analysis *a, struct sb_claim *claim,
                                 const double *values)
{
    set_condition(a, ADAMW, claim);
    claim->effect = sb_analysis_effect(a, values);
    return sb_analysis_claim(a, claim);
}

static enum sb_status claim_excess(const struct sb_analysis *a, size_t optimiser, bool is_primary)
{
    struct sb_claim claim = { .is_primary = is_primary };
    set_condition(a, optimiser, &claim);
    return sb_margin_claim_excess(a, OPPOSED[optimiser], ALIGNED, FROM_BASE[optimiser], FIRST,
                                  &claim, NULL);
}

/* On data that say nothing: does the margin fall, and where does it stop? */
static enum sb_status claim_return(const struct sb_analysis *a, const char *path, size_t optimiser)
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
    if (!sb_analysis_has(a, &fall[0].point, "bits_alignment"))
        return SB_OK;
    for (size_t i = 0; i < 2 && !status; i++) {
        set_condition(a, optimiser, &claims[i]);
        snprintf(claims[i].measure, sizeof claims[i].measure,
                 "%s after %d documents (%s) on %d aligned; bits per document",
                 i ? "margin, from base," : "change of margin", LAST, path, ALIGNED);
        status = sb_margin_effect(a, fall, i ? 1 : 2, NULL, &claims[i].effect);
        if (!status)
            status = sb_analysis_claim(a, &claims[i]);
    }
    return status;
}

/* Opposed documents until the margin is the base's again, by volume of alignment, and its growth: the
 * slope of log2 dose against log2 volume, where every seed came back. */
static enum sb_status claim_doses(const struct sb_analysis *a)
{
    size_t n_seeds = a->options->n_seeds, n_volumes = 0;
    double *times = malloc((N_VOLUMES * n_seeds + n_seeds + 1) * sizeof *times), x[N_VOLUMES];
    double *slopes = times + N_VOLUMES * n_seeds;
    enum sb_status status = times ? SB_OK : sb_fail_memory(a->error);
    for (size_t v = 0; v < N_VOLUMES && !status; v++) {
        double *margins, *doses, *of_seed = times + n_volumes * n_seeds;
        size_t n;
        status = sb_margin_path(a, "opposed", (double)VOLUMES[v], &margins, &doses, &n);
        for (size_t s = 0; s < n_seeds && n; s++)
            of_seed[s] = sb_crossing(doses, margins + s * n, n, 0);
        if (!status && n) {
            struct sb_effect dose = sb_effect_of_times(of_seed, n_seeds, a->options->confidence);
            struct sb_point point = sb_point("opposed", (double)VOLUMES[v], 0);
            sb_analysis_add(a, &point, "dose_documents", &dose);
            for (size_t s = 0; s < n_seeds; s++)
                of_seed[s] = log2(of_seed[s]);
            x[n_volumes++] = log2((double)VOLUMES[v]);
        }
        free(margins);
        free(doses);
    }
    if (!status && n_volumes > 1) {
        struct sb_claim claim = { .text = "more alignment takes more to undo",
                                  .measure = "slope of log2 dose (opposed documents until the "
                                             "margin is the base's) against log2 alignment",
                                  .sign = 1,
                                  .negligible = 0.02 };
        sb_slopes_by_seed(x, times, n_volumes, n_seeds, slopes);
        status = keep_claim(a, &claim, slopes);
    }
    free(times);
    return status;
}

/* The first step by volume of alignment: steeper after more? */
static enum sb_status claim_first_steps(const struct sb_analysis *a)
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
        status = sb_margin_effect(a, terms, 2, y + v * n_seeds, &effect);
    }
    if (!status) {
        struct sb_claim claim = { .text = "more alignment, steeper first decline",
                                  .sign = -1,
                                  .negligible = 0.02 };
        sb_slopes_by_seed(x, y, N_VOLUMES, n_seeds, y + N_VOLUMES * n_seeds);
        snprintf(claim.measure, sizeof claim.measure,
                 "change of margin in the first %d opposed documents, per doubling of the "
                 "alignment; bits per document",
                 FIRST);
        status = keep_claim(a, &claim, y + N_VOLUMES * n_seeds);
    }
    free(y);
    return status;
}

/* Two phases of a decline: a broken line and two exponentials through the margins of each seed. Their
 * parameters are numbers of a seed, like any other: values (parameters)(seeds), NaN where a fit failed. */
static enum sb_status fit_phases(const struct sb_analysis *a, const char *path, double aligned,
                                 enum sb_scaling_model model, double *values)
{
    double *margins, *doses;
    size_t n, n_seeds = a->options->n_seeds, n_parameters = sb_scaling_n_parameters(model);
    enum sb_status status = sb_margin_path(a, path, aligned, &margins, &doses, &n);
    const struct sb_point point = sb_point(path, aligned, 0);
    for (size_t s = 0; s < n_seeds && !status; s++) {
        const struct sb_scaling_data data = { doses, margins + s * n, NULL, n };
        struct sb_scaling_fit fit;
        bool failed = sb_scaling_fit(&data, model, a->options->confidence, &fit, NULL);
        for (size_t p = 0; p < n_parameters; p++)
            values[p * n_seeds + s] = failed ? NAN : fit.parameters[p].value;
    }
    for (size_t p = 0; p < n_parameters && !status; p++) {
        struct sb_effect effect = sb_analysis_effect(a, values + p * n_seeds);
        char quantity[64];
        snprintf(quantity, sizeof quantity, "%s_%s", sb_scaling_name(model),
                 sb_scaling_parameter_name(model, p));
        sb_analysis_add(a, &point, quantity, &effect);
    }
    free(margins);
    free(doses);
    return status;
}

/* What the broken line says: does the decline slow down, where does it turn, and is its steep phase more than
 * the base's own, which slows down as well? */
static enum sb_status claim_phases(const struct sb_analysis *a)
{
    size_t n_seeds = a->options->n_seeds;
    double *line = malloc((2 * SB_SCALING_MAX_PARAMETERS * n_seeds + 1) * sizeof *line);
    if (!line)
        return sb_fail_memory(a->error);
    double *turn_value = line, *before = line + n_seeds, *after = before + n_seeds,
           *of_base = line + SB_SCALING_MAX_PARAMETERS * n_seeds;
    struct sb_claim slows = { .text = "the decline slows down",
                              .measure = "slope of the margin after its turn less that before "
                                         "(opposed); bits per document, for each document learned",
                              .paper = "steep, then slow",
                              .sign = 1,
                              .negligible = 0.001 },
                    turns = { .text = "the decline turns above the base's margin",
                              .measure = "margin, from base, at its turn (opposed); bits per "
                                         "document",
                              .paper = "turns at the pre-trained model's",
                              .sign = 1,
                              .negligible = 0.5 },
                    steeper = { .text = "the steep phase is steeper than the base's own decline",
                                .measure = "slope of the margin before its turn, from 1024 aligned "
                                           "less from base; bits per document, for each document "
                                           "learned",
                                .sign = -1,
                                .negligible = 0.001 };
    enum sb_status status = fit_phases(a, "opposed", ALIGNED, SB_SCALING_DOUBLE_EXPONENTIAL, line);
    if (!status)
        status = fit_phases(a, "opposed", ALIGNED, SB_SCALING_CHANGEPOINT, line);
    if (!status)
        status = fit_phases(a, "from base", 0, SB_SCALING_CHANGEPOINT, of_base);
    for (size_t s = 0; s < n_seeds && !status; s++) {
        after[s] -= before[s];
        before[s] -= of_base[n_seeds + s];
    }
    if (!status)
        status = keep_claim(a, &slows, after);
    if (!status)
        status = keep_claim(a, &turns, turn_value);
    if (!status)
        status = keep_claim(a, &steeper, before);
    free(line);
    return status;
}

/* Does KL(model || base) fall on a path, early on, and is the model nearer to the base in the end? */
static enum sb_status claim_kl(const struct sb_analysis *a, const char *path)
{
    static const size_t at[2] = { EARLY, LAST };
    static const char *const texts[2] = { "at first the model comes nearer to the base",
                                          "in the end it is nearer to the base than it was" };
    size_t n_seeds = a->options->n_seeds;
    const struct sb_point start = sb_point(path, ALIGNED, 0);
    double *kl = malloc((2 * n_seeds + 1) * sizeof *kl);
    enum sb_status status = kl ? SB_OK : sb_fail_memory(a->error);
    bool is_there = sb_analysis_has(a, &start, "kl_to_base_bits");
    for (size_t i = 0; i < 2 && is_there && !status; i++) {
        struct sb_claim claim = { .text = texts[i], .sign = -1, .negligible = 0.1 };
        const struct sb_point point = sb_point(path, ALIGNED, (double)at[i]);
        sb_analysis_values(a, &start, "kl_to_base_bits", kl);
        sb_analysis_values(a, &point, "kl_to_base_bits", kl + n_seeds);
        for (size_t s = 0; s < n_seeds; s++)
            kl[s] = kl[n_seeds + s] - kl[s];
        snprintf(claim.measure, sizeof claim.measure,
                 "change of KL(model || base) in %zu documents (%s) on %d aligned; bits per "
                 "document",
                 at[i], path, ALIGNED);
        status = keep_claim(a, &claim, kl);
    }
    free(kl);
    return status;
}

/* The springs of the two datasets: how many bits each document costs above what it costs where the spring is
 * at rest. D_p's rests at the base (change_pretraining_bits), D_a's at the aligned model. */
static enum sb_status add_extensions(const struct sb_analysis *a)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < a->observations->n && !status; i++) {
        const struct sb_observation *o = &a->observations->items[i];
        const struct sb_effect_term terms[2] = { { 1, o->point, "bits_alignment" },
                                                 { -1, sb_point("opposed", ALIGNED, 0),
                                                   "bits_alignment" } };
        struct sb_effect effect;
        bool is_base = strcmp(o->point.path, "base") == 0;
        if (o->condition != a->condition || o->seed != 0 ||
            strcmp(o->quantity, "bits_alignment") != 0 ||
            !(is_base || o->point.aligned == ALIGNED) || strchr(o->point.path, ','))
            continue;
        status = sb_analysis_documents(a, terms, 2, NULL, &effect);
        if (!status)
            sb_analysis_add(a, &o->point, "extension_alignment_bits", &effect);
    }
    return status;
}

static enum sb_status analyse_condition(const struct sb_analysis *a)
{
    enum condition kind = kind_of(a);
    enum sb_status status = sb_margin_findings(a);
    if (status || kind == OVERLAP_1)
        return status;
    status = claim_excess(a, ADAMW, kind == MODEL);
    for (size_t i = SGD; i < N_OPTIMISERS && kind == MODEL && !status; i++)
        status = claim_excess(a, i, false);
    for (size_t i = ADAMW; i < N_OPTIMISERS && !status; i++)
        status = claim_return(a, NEUTRAL[i], i);
    if (!status)
        status = claim_return(a, "unrelated", ADAMW);
    static const char *const paths[] = { "opposed", "neutral", "unrelated" };
    for (size_t i = 0; i < N_OF(paths) && !status; i++)
        status = claim_kl(a, paths[i]);
    if (status || kind == GPT2)
        return status;
    status = claim_first_steps(a);
    if (!status)
        status = claim_doses(a);
    if (!status)
        status = claim_phases(a);
    return status ? status : add_extensions(a);
}

static enum sb_status analyse(const struct sb_analysis *all)
{
    return sb_analysis_each(all, analyse_condition);
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

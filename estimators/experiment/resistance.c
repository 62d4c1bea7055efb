/* Resistance: is it easier to train a checkpoint back than to train its predecessor on? (docs/experiments.md)
 *
 * A path of checkpoints 0, 1, .. n; checkpoint i writes D_i. Every checkpoint learns what every other has
 * written, each time from where it stands, as many documents of it:
 *
 *   inverse   a later checkpoint on what an earlier one wrote
 *   forward   the earlier checkpoint on what the later one wrote
 *
 * There are two paths. "alignment" leads from the base along D_a: from the broad to the narrow. "back" leads
 * from its end along more of D_p: from the narrow to the broad. Whatever comes from the
 * entropies of what is written has opposite signs on them; what comes from the order has the same.
 *
 * Observed at (path, dose of the learner, dose of the writer), in bits per document:
 *
 *   training_bits   while learning: each batch before its step (the training loss)
 *   first_bits      of all of D_i before the first step
 *   end_bits        of the last quarter of D_i, while learning
 *   own_bits        at (path, dose, dose): under the writer itself, whose mean is D_i's entropy
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/findings.h"
#include "estimators/experiment/variants.h"
#include "estimators/experiment/walk.h"

enum { MAX_CHECKPOINTS = 6, N_WRITTEN = 512, N_PATHS = 2 };
static const size_t DOSES[] = { 0, 64, 256, 1024 };
static const size_t FULL_DOSES[] = { 0, 16, 64, 256, 1024, 4096 };
static const double NEGLIGIBLE_BITS = 0.1; /* per document */

static const struct path {
    const char *name;
    enum sb_part part;
} PATHS[N_PATHS] = { { "alignment", SB_ALIGNMENT }, { "back", SB_PRETRAINING } };

static size_t n_checkpoints(const struct sb_experiment_options *options)
{
    return options->is_full ? sizeof FULL_DOSES / sizeof *FULL_DOSES : sizeof DOSES / sizeof *DOSES;
}

static const size_t *doses_of(const struct sb_experiment_options *options)
{
    return options->is_full ? FULL_DOSES : DOSES;
}

/* ---- a cell ------------------------------------------------------------------------------------ */

struct cell {
    const struct sb_base *base;
    const struct sb_learning *tuning;
    const size_t *doses;
    size_t n; /* checkpoints of a path */
    struct sb_learner *checkpoints[MAX_CHECKPOINTS];
    size_t n_taken;
    struct sb_documents_drawn written[MAX_CHECKPOINTS];
    double *bits; /* (N_WRITTEN) */
    struct sb_observations *observations;
};

static double mean_of(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

static void clear_path(struct cell *c)
{
    for (size_t i = 0; i < MAX_CHECKPOINTS; i++) {
        sb_learner_free(c->checkpoints[i]);
        sb_documents_drawn_clear(&c->written[i]);
        c->checkpoints[i] = NULL;
    }
    c->n_taken = 0;
}

static enum sb_status take_checkpoint(void *context, struct sb_learner *learner, size_t n_learned,
                                      struct sb_error *error)
{
    struct cell *c = context;
    if (c->n_taken == c->n || n_learned < c->doses[c->n_taken])
        return SB_OK;
    return sb_learner_clone(learner, &c->checkpoints[c->n_taken++], error);
}

/* The checkpoints of a path that begins at `learner`, which is led along it. */
static enum sb_status go(struct cell *c, const struct path *path, struct sb_learner *learner,
                         struct sb_error *error)
{
    struct sb_documents_drawn documents = { 0 };
    size_t first = path->part == SB_PRETRAINING ? c->base->n_pretraining : 0;
    enum sb_status status = take_checkpoint(c, learner, 0, error);
    if (!status && sb_world_draw(c->base->world, path->part, c->base->seed, first,
                                 c->doses[c->n - 1], &documents))
        status = sb_fail_memory(error);
    if (!status)
        status = sb_learner_learn(learner, c->tuning, &documents, take_checkpoint, c, error);
    sb_documents_drawn_clear(&documents);
    return status;
}

static enum sb_status observe(struct cell *c, const struct sb_point *point, const char *quantity,
                              const double *bits, size_t n, struct sb_error *error)
{
    return sb_observe(c->observations, point, quantity, mean_of(bits, n)) ? sb_fail_memory(error)
                                                                          : SB_OK;
}

static enum sb_status write_documents(struct cell *c, const struct path *path, size_t i,
                                      struct sb_error *error)
{
    struct sb_point point = sb_point(path->name, (double)c->doses[i], (double)c->doses[i]);
    enum sb_status status = sb_learner_sample(c->checkpoints[i], c->base->world, c->base->seed, 0,
                                              N_WRITTEN, &c->written[i], error);
    if (!status)
        status = sb_learner_bits(c->checkpoints[i], &c->written[i], c->bits, error);
    return status ? status : observe(c, &point, "own_bits", c->bits, N_WRITTEN, error);
}

/* Checkpoint `learner` on what checkpoint `writer` wrote. */
static enum sb_status teach(struct cell *c, const struct path *path, size_t learner, size_t writer,
                            struct sb_error *error)
{
    const struct sb_documents_drawn *documents = &c->written[writer];
    struct sb_point point =
        sb_point(path->name, (double)c->doses[learner], (double)c->doses[writer]);
    struct sb_learner *clone = NULL;
    size_t last = N_WRITTEN / 4;
    enum sb_status status = sb_learner_bits(c->checkpoints[learner], documents, c->bits, error);
    if (!status)
        status = observe(c, &point, "first_bits", c->bits, N_WRITTEN, error);
    if (!status)
        status = sb_learner_clone(c->checkpoints[learner], &clone, error);
    if (!status)
        status = sb_learner_code(clone, c->tuning, documents, NULL, NULL, c->bits, error);
    if (!status)
        status = observe(c, &point, "training_bits", c->bits, N_WRITTEN, error);
    if (!status)
        status = observe(c, &point, "end_bits", c->bits + N_WRITTEN - last, last, error);
    sb_learner_free(clone);
    return status;
}

static enum sb_status teach_all(struct cell *c, const struct path *path, struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < c->n && !status; i++)
        status = write_documents(c, path, i, error);
    for (size_t i = 0; i < c->n && !status; i++)
        for (size_t j = 0; j < c->n && !status; j++)
            if (i != j)
                status = teach(c, path, i, j, error);
    return status;
}

static enum sb_status run_paths(struct cell *c, struct sb_error *error)
{
    struct sb_learner *learner = NULL;
    enum sb_status status = sb_base_create(c->base, &learner, error);
    for (size_t p = 0; p < N_PATHS && !status; p++) {
        status = go(c, &PATHS[p], learner, error);
        if (!status)
            status = teach_all(c, &PATHS[p], error);
        clear_path(c);
    }
    sb_learner_free(learner);
    return status;
}

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    struct sb_variant_cell begin;
    struct cell c = { .base = &begin.base,
                      .tuning = &begin.variant.tuning,
                      .doses = doses_of(options),
                      .n = n_checkpoints(options),
                      .bits = malloc(N_WRITTEN * sizeof *c.bits),
                      .observations = observations };
    enum sb_status status = sb_variant_cell_init(&begin, options, condition, seed, error);
    if (!status)
        status = c.bits ? run_paths(&c, error) : sb_fail_memory(error);
    free(c.bits);
    sb_variant_cell_clear(&begin);
    return status;
}

/* ---- what it says ------------------------------------------------------------------------------ */

/* What is compared between the two directions: bits of a kind, above the writer's own or not. */
enum measure { TRAINING, TRAINING_EXCESS, FIRST_EXCESS, END_EXCESS, N_MEASURES };
static const struct {
    const char *quantity, *name;
    bool is_excess;
} MEASURES[N_MEASURES] = { { "training_bits", "training_bits", false },
                           { "training_bits", "training_excess_bits", true },
                           { "first_bits", "first_excess_bits", true },
                           { "end_bits", "end_excess_bits", true } };

struct analysis {
    const struct sb_analysis *of; /* a condition */
    size_t n_seeds, n_pairs;
    double *forward, *inverse, *own;     /* (n_seeds): of a pair */
    double *mean[N_PATHS][N_MEASURES];   /* (n_seeds): forward - inverse, over the pairs */
    size_t n_lower[N_PATHS][N_MEASURES]; /* pairs whose inverse is the lower, as means over seeds */
    double *memory;
};

static enum sb_status init_analysis(struct analysis *a)
{
    size_t n_seeds = a->n_seeds, n = n_checkpoints(a->of->options);
    a->n_pairs = n * (n - 1) / 2;
    a->memory = calloc((3 + N_PATHS * N_MEASURES) * n_seeds + 1, sizeof *a->memory);
    if (!a->memory)
        return sb_fail_memory(a->of->error);
    double *next = a->memory;
    a->forward = next;
    a->inverse = next += n_seeds;
    a->own = next += n_seeds;
    for (size_t p = 0; p < N_PATHS; p++)
        for (size_t m = 0; m < N_MEASURES; m++)
            a->mean[p][m] = next += n_seeds;
    return SB_OK;
}

/* values (n_seeds) of one measure, at a learner and a writer. */
static void read_values(struct analysis *a, size_t path, double learner, double writer,
                        enum measure m, double *values)
{
    struct sb_point point = sb_point(PATHS[path].name, learner, writer);
    sb_analysis_values(a->of, &point, MEASURES[m].quantity, values);
    if (!MEASURES[m].is_excess)
        return;
    point.aligned = writer;
    sb_analysis_values(a->of, &point, "own_bits", a->own);
    for (size_t s = 0; s < a->n_seeds; s++)
        values[s] -= a->own[s];
}

static struct sb_effect add(struct analysis *a, const struct sb_point *point, const char *side,
                            enum measure m, const double *values)
{
    char quantity[80];
    struct sb_effect effect = sb_analysis_effect(a->of, values);
    snprintf(quantity, sizeof quantity, "%s_%s", side, MEASURES[m].name);
    sb_analysis_add(a->of, point, quantity, &effect);
    return effect;
}

/* A pair's numbers stand at (path, dose of the later, dose of the earlier). */
static void compare_pair(struct analysis *a, size_t path, size_t earlier, size_t later,
                         enum measure m)
{
    double before = (double)doses_of(a->of->options)[earlier];
    double after = (double)doses_of(a->of->options)[later];
    struct sb_point point = sb_point(PATHS[path].name, after, before);
    read_values(a, path, after, before, m, a->inverse);
    read_values(a, path, before, after, m, a->forward);
    add(a, &point, "inverse", m, a->inverse);
    add(a, &point, "forward", m, a->forward);
    for (size_t s = 0; s < a->n_seeds; s++) {
        a->forward[s] -= a->inverse[s];
        a->mean[path][m][s] += a->forward[s] / (double)a->n_pairs;
    }
    a->n_lower[path][m] += add(a, &point, "forward_minus_inverse", m, a->forward).value > 0;
}

static void compare_pairs(struct analysis *a)
{
    size_t n = n_checkpoints(a->of->options);
    for (size_t p = 0; p < N_PATHS; p++)
        for (size_t m = 0; m < N_MEASURES; m++) {
            struct sb_point all = sb_point(PATHS[p].name, 0, 0);
            for (size_t i = 0; i < n; i++)
                for (size_t j = i + 1; j < n; j++)
                    compare_pair(a, p, i, j, (enum measure)m);
            add(a, &all, "forward_minus_inverse", (enum measure)m, a->mean[p][m]);
        }
}

static enum sb_status claim(struct analysis *a, const char *text, bool is_primary,
                            const double *values, const char *what, size_t n_lower)
{
    struct sb_claim claim = { .text = text,
                              .is_primary = is_primary,
                              .sign = 1,
                              .negligible = NEGLIGIBLE_BITS,
                              .effect = sb_analysis_effect(a->of, values) };
    int n =
        snprintf(claim.measure, sizeof claim.measure,
                 "forward - inverse, mean over %zu pairs, %s, bits per document", a->n_pairs, what);
    if (n_lower <= a->n_pairs)
        snprintf(claim.measure + n, sizeof claim.measure - (size_t)n,
                 "; inverse lower in %zu of %zu", n_lower, a->n_pairs);
    if (values == a->mean[0][TRAINING])
        snprintf(claim.paper, sizeof claim.paper, "inverse lower in 27 of 27");
    return sb_analysis_claim(a->of, &claim);
}

/* The part of a difference that has the same sign on both paths: into a->forward. */
static const double *order_alone(struct analysis *a, enum measure m)
{
    for (size_t s = 0; s < a->n_seeds; s++)
        a->forward[s] = (a->mean[0][m][s] + a->mean[1][m][s]) / 2;
    return a->forward;
}

static enum sb_status claim_all(struct analysis *a)
{
    const size_t none = SIZE_MAX;
    static const struct {
        size_t path;
        enum measure m;
        const char *text, *what;
    } claims[] = {
        { 0, TRAINING, "inverse training has the lower loss", "training loss" },
        { 0, TRAINING_EXCESS,
          "inverse training has the lower loss above the entropy of what is learned",
          "training loss above the writer's entropy" },
        { 0, FIRST_EXCESS, "inverse training begins at the lower loss above the entropy",
          "KL(writer || learner)" },
        { 0, END_EXCESS, "inverse training ends at the lower loss above the entropy",
          "last quarter above the writer's entropy" },
        { 1, TRAINING, "inverse training has the lower loss on the path back, from narrow to broad",
          "training loss" },
        { 1, TRAINING_EXCESS,
          "inverse training has the lower loss above the entropy on the path back",
          "training loss above the writer's entropy" },
    };
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < sizeof claims / sizeof *claims && !status; i++)
        status = claim(a, claims[i].text, a->of->condition == 0 && i == 0,
                       a->mean[claims[i].path][claims[i].m], claims[i].what,
                       a->n_lower[claims[i].path][claims[i].m]);
    if (!status)
        status = claim(a, "order alone, breadth crossed out, lowers the loss of inverse training",
                       false, order_alone(a, TRAINING), "training loss, both paths", none);
    if (!status)
        status =
            claim(a, "order alone lowers the loss of inverse training above the entropy", false,
                  order_alone(a, TRAINING_EXCESS), "above the entropy, both paths", none);
    return status;
}

static enum sb_status analyse_condition(const struct sb_analysis *of)
{
    struct analysis a = { .of = of, .n_seeds = of->options->n_seeds };
    enum sb_status status = init_analysis(&a);
    if (!status) {
        compare_pairs(&a);
        status = claim_all(&a);
    }
    free(a.memory);
    return status;
}

static enum sb_status analyse(const struct sb_analysis *all)
{
    return sb_analysis_each(all, analyse_condition);
}

const struct sb_experiment sb_experiment_resistance = {
    .name = "resistance",
    .summary = "training loss of a later checkpoint on what an earlier one wrote, and the reverse",
    .paper = "Table 1",
    .n_conditions = sb_variants_n,
    .name_condition = sb_variants_name,
    .run = run,
    .analyse = analyse
};

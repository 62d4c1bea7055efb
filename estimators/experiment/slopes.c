/* slopes: what gradients say about the next step, at three models (R1, R2 and R14 to first order).
 *
 *   base      after pre-training on D_p
 *   aligned   the base after ALIGNED documents of D_a
 *   joint     fresh, trained on D_p and D_a in the volumes JOINT_K : 1
 *
 * g_i is the gradient of the mean bits of D_i's documents. A step along -g_j changes D_i's rate by
 * -eta <g_i, g_j> to first order. Every inner product is taken between halves of the documents that are
 * disjoint, both ways round, so that noise adds nothing to it; what a step really does is measured on
 * the half that did not make the step.
 *
 *   lambda = -<g_a, g_p> / <g_p1, g_p2>     R14: k where the model is stationary for k gamma_p + gamma_a
 *   R      = -<g_a, g_t> / (k <g_p, g_t>)   R2: 1 at l = 0 in the joint model
 *
 * Both are refused where the interval of the denominator contains 0.
 */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/findings.h"
#include "estimators/experiment/variants.h"
#include "estimators/experiment/walk.h"
#include "estimators/fieller.h"

enum { ALIGNED = 1024, JOINT_K = 3, N_HALF = 512 };
enum { N_GRADIENTS = SB_UNRELATED }; /* D_p, D_a, D_t, and the neutral ones */

/* Letters of the parts in names of quantities. */
static const char LETTERS[N_GRADIENTS + 1] = "patn";

/* What a step along its own gradient would gain, to first order, in bits per document. */
static const double GAIN = 0.05;

/* Documents that no model learned: far behind those that any run draws. */
static const uint64_t FIRST_DOCUMENT = UINT64_C(1) << 40;

enum model { BASE, ALIGNED_MODEL, JOINT, N_MODELS };
static const char *const MODELS[N_MODELS] = { "base", "aligned", "joint" };

/* ---- a cell ------------------------------------------------------------------------------------ */

struct cell {
    struct sb_variant_cell begin;
    struct sb_documents_drawn documents[N_GRADIENTS][2]; /* the halves */
    float *gradients[N_GRADIENTS][2];                    /* of the model at hand */
    double rates[N_GRADIENTS];                           /* of the second halves */
    double *bits;                                        /* (N_HALF) */
    struct sb_observations *observations;
    struct sb_error *error;
};

static bool has(const struct cell *c, size_t part)
{
    return c->documents[part][0].n > 0;
}

static enum sb_status draw_halves(struct cell *c)
{
    enum sb_status status = SB_OK;
    for (size_t part = 0; part < N_GRADIENTS && !status; part++)
        for (uint64_t half = 0; half < 2 && sb_world_has_part(c->begin.world, (enum sb_part)part);
             half++)
            if (sb_world_draw(c->begin.world, (enum sb_part)part, c->begin.base.seed,
                              FIRST_DOCUMENT + half * N_HALF, N_HALF, &c->documents[part][half]))
                status = sb_fail_memory(c->error);
    c->bits = malloc(N_HALF * sizeof *c->bits);
    return c->bits || status ? status : sb_fail_memory(c->error);
}

static enum sb_status find_gradients(struct cell *c, const struct sb_learner *learner)
{
    size_t n = sb_learner_n_parameters(learner);
    enum sb_status status = SB_OK;
    for (size_t part = 0; part < N_GRADIENTS; part++)
        for (size_t half = 0; half < 2 && has(c, part) && !status; half++) {
            float **gradient = &c->gradients[part][half];
            if (!*gradient && !(*gradient = malloc(n * sizeof **gradient)))
                return sb_fail_memory(c->error);
            status = sb_learner_gradient(learner, &c->documents[part][half], *gradient, c->error);
        }
    return status;
}

static double dot(const float *a, const float *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)a[i] * b[i];
    return sum;
}

static enum sb_status observe(struct cell *c, enum model model, const char *what, size_t i,
                              size_t j, double value)
{
    struct sb_point point = sb_point(MODELS[model], 0, 0);
    char quantity[SB_POINT_NAME];
    snprintf(quantity, sizeof quantity, "%s_%c%c", what, LETTERS[i], LETTERS[j]);
    return sb_observe(c->observations, &point, quantity, value) ? sb_fail_memory(c->error) : SB_OK;
}

/* <g_i, g_j> between different halves, for i <= j. */
static enum sb_status observe_products(struct cell *c, enum model model, size_t n)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < N_GRADIENTS && !status; i++)
        for (size_t j = i; j < N_GRADIENTS && has(c, i) && has(c, j) && !status; j++)
            status = observe(c, model, "product", i, j,
                             0.5 * (dot(c->gradients[i][0], c->gradients[j][1], n) +
                                    dot(c->gradients[i][1], c->gradients[j][0], n)));
    return status;
}

/* Mean bits of the second half of a part. */
static enum sb_status rate_of(struct cell *c, const struct sb_learner *learner, size_t part,
                              double *rate)
{
    const struct sb_documents_drawn *documents = &c->documents[part][1];
    enum sb_status status = sb_learner_bits(learner, documents, c->bits, c->error);
    double sum = 0;
    for (size_t d = 0; d < documents->n_documents && !status; d++)
        sum += c->bits[d];
    *rate = sum / (double)documents->n_documents;
    return status;
}

/* A step along the first half's -g_j, and what the second halves of all parts say of it. */
static enum sb_status step_along(struct cell *c, enum model model, const struct sb_learner *learner,
                                 size_t j)
{
    struct sb_learner *moved = NULL;
    size_t n = sb_learner_n_parameters(learner);
    const float *g = c->gradients[j][0];
    double eta = GAIN / dot(g, g, n);
    enum sb_status status = sb_learner_clone(learner, &moved, c->error);
    for (size_t i = 0; i < n && !status; i++)
        sb_learner_network(moved)->parameters[i] -= (float)(eta * g[i]);
    for (size_t i = 0; i < N_GRADIENTS && !status; i++) {
        double after;
        if (!has(c, i))
            continue;
        status = rate_of(c, moved, i, &after);
        if (!status)
            status = observe(c, model, "predicted", i, j, -eta * dot(c->gradients[i][1], g, n));
        if (!status)
            status = observe(c, model, "measured", i, j, after - c->rates[i]);
    }
    sb_learner_free(moved);
    return status;
}

static enum sb_status measure_model(struct cell *c, enum model model,
                                    const struct sb_learner *learner)
{
    enum sb_status status = find_gradients(c, learner);
    if (!status)
        status = observe_products(c, model, sb_learner_n_parameters(learner));
    for (size_t i = 0; i < N_GRADIENTS && !status; i++)
        if (has(c, i))
            status = rate_of(c, learner, i, &c->rates[i]);
    for (size_t j = 0; j < N_GRADIENTS && !status; j++)
        if (has(c, j))
            status = step_along(c, model, learner, j);
    return status;
}

static enum sb_status train_joint(struct cell *c, struct sb_learner **learner)
{
    struct sb_documents_drawn documents = { 0 };
    enum sb_status status = sb_learner_create(c->begin.base.model, c->begin.world,
                                              c->begin.base.seed, learner, c->error);
    if (!status &&
        sb_world_draw_mixed(c->begin.world, SB_PRETRAINING, SB_ALIGNMENT, 1.0 / (JOINT_K + 1),
                            c->begin.base.seed, 0, c->begin.base.n_pretraining, &documents))
        status = sb_fail_memory(c->error);
    if (!status)
        status = sb_learner_learn(*learner, &c->begin.base.pretraining, &documents, NULL, NULL,
                                  c->error);
    sb_documents_drawn_clear(&documents);
    return status;
}

static enum sb_status measure_all(struct cell *c)
{
    struct sb_learner *learners[N_MODELS] = { NULL };
    enum sb_status status = draw_halves(c);
    if (!status)
        status = sb_base_create(&c->begin.base, &learners[BASE], c->error);
    if (!status)
        status = sb_align(&c->begin.base, learners[BASE], ALIGNED, &c->begin.variant.tuning,
                          &learners[ALIGNED_MODEL], c->error);
    if (!status)
        status = train_joint(c, &learners[JOINT]);
    for (size_t m = 0; m < N_MODELS && !status; m++)
        status = measure_model(c, (enum model)m, learners[m]);
    for (size_t m = 0; m < N_MODELS; m++)
        sb_learner_free(learners[m]);
    return status;
}

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    struct cell c = { .observations = observations, .error = error };
    enum sb_status status = sb_variant_cell_init(&c.begin, options, condition, seed, error);
    if (!status)
        status = measure_all(&c);
    for (size_t part = 0; part < N_GRADIENTS; part++)
        for (size_t half = 0; half < 2; half++) {
            sb_documents_drawn_clear(&c.documents[part][half]);
            free(c.gradients[part][half]);
        }
    free(c.bits);
    sb_variant_cell_clear(&c.begin);
    return status;
}

/* ---- what it says ------------------------------------------------------------------------------ */

struct analysis {
    const struct sb_analysis *of; /* a condition */
    size_t n_seeds;
    double *values[3], *following; /* (n_seeds): scratch */
};

enum { P, A, T, N };

/* Of every seed into values; false where it was not observed. */
static bool get(const struct analysis *a, enum model model, const char *what, size_t i, size_t j,
                double *values)
{
    struct sb_point point = sb_point(MODELS[model], 0, 0);
    char quantity[SB_POINT_NAME];
    snprintf(quantity, sizeof quantity, "%s_%c%c", what, LETTERS[i], LETTERS[j]);
    sb_analysis_values(a->of, &point, quantity, values);
    return !isnan(values[0]);
}

static void add(const struct analysis *a, enum model model, double predicted, const char *quantity,
                const struct sb_effect *effect)
{
    struct sb_point point =
        sb_point(MODELS[model], model == ALIGNED_MODEL ? ALIGNED : 0, predicted);
    sb_analysis_add(a->of, &point, quantity, effect);
}

/* The whole matrix, and how measured changes follow predicted ones: sum of products over sum of squares
 * within each seed. */
static void add_matrix(const struct analysis *a, enum model model)
{
    static const char *const whats[] = { "product", "measured" };
    double *predicted = a->values[0], *measured = a->values[1], *squares = a->values[2],
           *following = a->following;
    for (size_t s = 0; s < a->n_seeds; s++)
        following[s] = squares[s] = 0;
    for (size_t i = 0; i < N_GRADIENTS; i++)
        for (size_t j = 0; j < N_GRADIENTS; j++) {
            char quantity[SB_POINT_NAME];
            if (!get(a, model, "predicted", i, j, predicted) ||
                !get(a, model, whats[1], i, j, measured))
                continue;
            struct sb_effect effect = sb_analysis_effect(a->of, predicted);
            double at = effect.value;
            snprintf(quantity, sizeof quantity, "predicted_%c%c_bits", LETTERS[i], LETTERS[j]);
            add(a, model, at, quantity, &effect);
            effect = sb_analysis_effect(a->of, measured);
            snprintf(quantity, sizeof quantity, "measured_%c%c_bits", LETTERS[i], LETTERS[j]);
            add(a, model, at, quantity, &effect);
            for (size_t s = 0; s < a->n_seeds; s++) {
                following[s] += predicted[s] * measured[s];
                squares[s] += predicted[s] * predicted[s];
            }
            if (i > j)
                continue;
            get(a, model, whats[0], i, j, measured);
            effect = sb_analysis_effect(a->of, measured);
            snprintf(quantity, sizeof quantity, "product_%c%c_bits2", LETTERS[i], LETTERS[j]);
            add(a, model, at, quantity, &effect);
        }
    for (size_t s = 0; s < a->n_seeds; s++)
        following[s] /= squares[s];
}

/* factor * numerator/denominator over seeds, with Fieller's interval; refused, all NaN, where that of the
 * denominator contains 0. */
static struct sb_effect ratio_of(const struct analysis *a, double factor, const double *numerator,
                                 const double *denominator)
{
    struct sb_effect over = sb_analysis_effect(a->of, denominator),
                     under = sb_analysis_effect(a->of, numerator);
    struct sb_effect ratio = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, a->n_seeds };
    double n = (double)a->n_seeds, covariance = 0, low, high;
    for (size_t s = 0; s < a->n_seeds; s++)
        covariance += (numerator[s] - under.value) * (denominator[s] - over.value);
    covariance /= n * (n - 1);
    if (!(over.low > 0 || over.high < 0) ||
        !sb_fieller(under.value, over.value, under.standard_error * under.standard_error,
                    over.standard_error * over.standard_error, covariance,
                    gsl_cdf_tdist_Pinv((1 + a->of->options->confidence) / 2, n - 1), &low, &high))
        return ratio;
    ratio.value = factor * under.value / over.value;
    ratio.low = ratio.these_low = factor < 0 ? factor * high : factor * low;
    ratio.high = ratio.these_high = factor < 0 ? factor * low : factor * high;
    return ratio;
}

/* -<g_i, g_j> over the denominator, times a factor; the interval shifted by what theory expects. */
static enum sb_status claim_ratio(const struct analysis *a, enum model model, const char *quantity,
                                  const size_t numerator[2], const size_t denominator[2],
                                  double factor, double expected, struct sb_claim *c)
{
    get(a, model, "product", numerator[0], numerator[1], a->values[0]);
    get(a, model, "product", denominator[0], denominator[1], a->values[1]);
    c->effect = ratio_of(a, factor, a->values[0], a->values[1]);
    add(a, model, NAN, quantity, &c->effect);
    if (!c->text)
        return SB_OK;
    snprintf(c->measure, sizeof c->measure, "%s at the %s model, less %g, which theory expects%s",
             quantity, MODELS[model], expected,
             isnan(c->effect.value) ? "; refused: its denominator may be 0" : "");
    c->effect.value -= expected;
    c->effect.low = c->effect.these_low -= expected;
    c->effect.high = c->effect.these_high -= expected;
    return sb_analysis_claim(a->of, c);
}

/* R14: lambda is 0 where an alignment has converged, k where joint training is stationary. R2: R is 1 there. */
static enum sb_status claim_ratios(const struct analysis *a)
{
    static const size_t pa[2] = { P, A }, pp[2] = { P, P }, at[2] = { A, T }, pt[2] = { P, T };
    struct sb_claim none = { .text = NULL };
    struct sb_claim aligned = { .text = "alignment has not converged: small moves still trade D_a "
                                        "for D_p",
                                .sign = 1,
                                .negligible = 0.1 };
    struct sb_claim joint = { .text = "joint training is not stationary: lambda is below k",
                              .sign = -1,
                              .negligible = 0.5 };
    struct sb_claim ratio = { .text = "in the joint model R is something else than 1",
                              .sign = 1,
                              .negligible = 0.25 };
    enum sb_status status = claim_ratio(a, BASE, "lambda", pa, pp, -1, 0, &none);
    if (!status)
        status = claim_ratio(a, ALIGNED_MODEL, "lambda", pa, pp, -1, 0, &aligned);
    if (!status)
        status = claim_ratio(a, JOINT, "lambda", pa, pp, -1, JOINT_K, &joint);
    return status ? status : claim_ratio(a, JOINT, "R", at, pt, -1.0 / JOINT_K, 1, &ratio);
}

/* Both of the theorem's signs at once: per bit that D_t gains, what D_a loses and what D_p gains; the
 * smaller of the two. */
static enum sb_status claim_signs(const struct analysis *a, enum model model, size_t along,
                                  const char *text, bool is_primary)
{
    double *lost = a->values[0], *gained = a->values[1], *own = a->values[2];
    struct sb_claim c = { .text = text, .is_primary = is_primary, .sign = 1, .negligible = 0.02 };
    if (!get(a, model, "product", A, along, lost) || !get(a, model, "product", along, along, own))
        return SB_OK;
    get(a, model, "product", P, along, gained);
    for (size_t s = 0; s < a->n_seeds; s++) {
        lost[s] = -lost[s] / own[s];
        gained[s] /= own[s];
    }
    char quantity[SB_POINT_NAME];
    struct sb_effect effect = sb_analysis_effect(a->of, lost);
    snprintf(quantity, sizeof quantity, "loss_a_per_gain_%c", LETTERS[along]);
    add(a, model, NAN, quantity, &effect);
    effect = sb_analysis_effect(a->of, gained);
    snprintf(quantity, sizeof quantity, "gain_p_per_gain_%c", LETTERS[along]);
    add(a, model, NAN, quantity, &effect);
    for (size_t s = 0; s < a->n_seeds; s++)
        lost[s] = lost[s] < gained[s] ? lost[s] : gained[s];
    c.effect = sb_analysis_effect(a->of, lost);
    snprintf(c.measure, sizeof c.measure,
             "bits that D_a loses, and that D_p gains, per bit that %s gain by a small step: the "
             "smaller",
             along == T ? "D_t" : "neutral data");
    return sb_analysis_claim(a->of, &c);
}

static enum sb_status claim_linearity(const struct analysis *a)
{
    double *following = a->following;
    struct sb_claim c = { .text = "a small step does something else than the gradients say",
                          .measure = "measured over predicted changes of all rates, less 1",
                          .sign = 1,
                          .negligible = 0.1 };
    for (size_t m = 0; m < N_MODELS; m++) {
        add_matrix(a, (enum model)m);
        struct sb_effect effect = sb_analysis_effect(a->of, following);
        add(a, (enum model)m, NAN, "measured_over_predicted", &effect);
        if (m == ALIGNED_MODEL) {
            for (size_t s = 0; s < a->n_seeds; s++)
                following[s] -= 1;
            c.effect = sb_analysis_effect(a->of, following);
        }
    }
    return sb_analysis_claim(a->of, &c);
}

static enum sb_status claim_all(const struct analysis *a)
{
    bool is_first = a->of->condition == 0;
    enum sb_status status = claim_signs(
        a, ALIGNED_MODEL, T,
        "a step on opposed data takes from alignment and gives to pre-training", is_first);
    if (!status)
        status = claim_signs(
            a, ALIGNED_MODEL, N,
            "a step on neutral data takes from alignment and gives to pre-training", false);
    if (!status)
        status = claim_signs(a, JOINT, T,
                             "in the joint model, too, a step on opposed data has the theorem's "
                             "signs",
                             false);
    if (!status)
        status = claim_ratios(a);
    return status ? status : claim_linearity(a);
}

static enum sb_status analyse_condition(const struct sb_analysis *of)
{
    size_t n = of->options->n_seeds;
    double *scratch = malloc((4 * n + 1) * sizeof *scratch);
    if (!scratch)
        return sb_fail_memory(of->error);
    const struct analysis a = { of, n, { scratch, scratch + n, scratch + 2 * n }, scratch + 3 * n };
    enum sb_status status = claim_all(&a);
    free(scratch);
    return status;
}

static enum sb_status analyse(const struct sb_analysis *all)
{
    if (sb_findings_coordinates(all->findings, "aligned_documents", "predicted_bits"))
        return sb_fail_memory(all->error);
    return sb_analysis_each(all, analyse_condition);
}

const struct sb_experiment sb_experiment_slopes = {
    .name = "slopes",
    .summary = "gradients of all datasets against each other, and what a small step does",
    .paper = "",
    .n_conditions = sb_variants_and_overlaps_n,
    .name_condition = sb_variants_and_overlaps_name,
    .run = run,
    .analyse = analyse,
};

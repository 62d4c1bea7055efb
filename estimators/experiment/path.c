/* path: what lies between the base and the aligned model, and whether undoing goes back the way it came.
 *
 *   theta(alpha) = (1 - alpha) theta_base + alpha theta_aligned
 *
 * Along this line the rates are read as P3 and Hooke's law have it: the energy of dataset i is its volume
 * times the change of its rate, which is the change of KL(p_i || model); a force is minus its
 * derivative, and volumes are k : 1 with k = n_pretraining / ALIGNED. Then the aligned model learns data
 * that say nothing about the alignment, and so does the base: the cosine of the displacements with
 * that of aligning says whether the one retraces its way while the other does not.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "data/language_exact.h"
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/findings.h"
#include "estimators/experiment/variants.h"
#include "estimators/experiment/walk.h"
#include "theory/numeric.h"

enum { ALIGNED = 1024, N_ALPHA = 33, AT_BASE = 8, AT_ALIGNED = 24 };
static const double STEP = 0.0625; /* of alpha: 8 before the base, 8 beyond the aligned model */

enum { N_DOSES = 3, MAIN_DOSE = 512 };
static const size_t DOSES[N_DOSES] = { 128, MAIN_DOSE, 1024 };

/* Within a tenth of the parabola: Hooke's law holds. */
static const double HOOKE_TOLERANCE = 0.1;

/* alpha = (point - AT_BASE) STEP */
static double alpha_of(size_t point)
{
    return ((double)point - AT_BASE) * STEP;
}

/* ---- a cell ------------------------------------------------------------------------------------ */

struct cell {
    struct sb_variant_cell begin;
    struct sb_learner *origin, *aligned, *between;
    struct sb_observations *observations;
    struct sb_error *error;
};

static const float *parameters(const struct sb_learner *learner)
{
    return sb_learner_network(learner)->parameters;
}

static const char *bits_of(enum sb_part part)
{
    static const char *const names[] = { "bits_pretraining", "bits_alignment", "bits_perturbation",
                                         "bits_neutral" };
    return names[part];
}

/* Both ends come out to the bit. */
static void place_between(struct cell *c, double alpha)
{
    const float *from = parameters(c->origin), *to = parameters(c->aligned);
    struct sb_network *network = sb_learner_network(c->between);
    for (size_t i = 0; i < network->n_parameters; i++)
        network->parameters[i] = (float)((1 - alpha) * from[i] + alpha * to[i]);
}

/* What the law of D_p itself needs for the test documents. */
static enum sb_status observe_truth(struct cell *c)
{
    static const double volumes[SB_UNRELATED] = { [SB_PRETRAINING] = 1 };
    struct sb_point point = sb_point("truth", 0, 0);
    enum sb_status status = SB_OK;
    for (size_t part = 0; part < SB_UNRELATED && sb_world_language(c->begin.world) && !status;
         part++) {
        const struct sb_documents_drawn *test = sb_world_test(c->begin.world, (enum sb_part)part);
        double *bits = malloc((test->n_documents + 1) * sizeof *bits);
        if (!bits || sb_world_exact_bits(c->begin.world, volumes, test, bits) ||
            sb_observe_documents(c->observations, &point, bits_of((enum sb_part)part), bits,
                                 test->n_documents))
            status = sb_fail_memory(c->error);
        free(bits);
    }
    return status;
}

static enum sb_status observe_line(struct cell *c)
{
    enum sb_status status = observe_truth(c);
    for (size_t i = 0; i < N_ALPHA && !status; i++) {
        struct sb_point point = sb_point("line", 0, alpha_of(i));
        place_between(c, alpha_of(i));
        status = sb_observe_bits(c->begin.world, c->between, &point, c->observations, c->error);
    }
    return status;
}

/* A walk off the line: from `start`, whose alpha is 0 or 1. */
struct walk {
    struct cell *cell;
    const char *path;
    const struct sb_learner *start;
    double alpha;
    size_t next_dose;
};

static double dot_differences(const float *a, const float *b, const float *c, const float *d,
                              size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)a[i] - b[i]) * ((double)c[i] - d[i]);
    return sum;
}

/* The displacement since the start against that of aligning: its cosine, its size, and where its foot
 * stands on the line. */
static enum sb_status observe_displacement(const struct walk *w, const struct sb_learner *learner,
                                           const struct sb_point *point)
{
    struct cell *c = w->cell;
    const float *x0 = parameters(c->origin), *x1 = parameters(c->aligned), *y = parameters(learner),
                *from = parameters(w->start);
    size_t n = sb_learner_n_parameters(learner);
    double aligning = dot_differences(x1, x0, x1, x0, n),
           here = dot_differences(y, from, y, from, n),
           across = dot_differences(y, from, x1, x0, n);
    if (sb_observe(c->observations, point, "cosine", across / sqrt(aligning * here)) ||
        sb_observe(c->observations, point, "foot", w->alpha + across / aligning) ||
        sb_observe(c->observations, point, "size", sqrt(here / aligning)))
        return sb_fail_memory(c->error);
    return SB_OK;
}

static enum sb_status at_step(void *context, struct sb_learner *learner, size_t n_learned,
                              struct sb_error *error)
{
    struct walk *w = context;
    if (w->next_dose == N_DOSES || n_learned < DOSES[w->next_dose])
        return SB_OK;
    struct sb_point point = sb_point(w->path, (double)DOSES[w->next_dose++], w->alpha);
    enum sb_status status = observe_displacement(w, learner, &point);
    return status ? status
                  : sb_observe_bits(w->cell->begin.world, learner, &point, w->cell->observations,
                                    error);
}

static enum sb_status walk_off(struct cell *c, const char *path, enum sb_part part, bool from_base)
{
    struct walk w = { c, path, from_base ? c->origin : c->aligned, from_base ? 0 : 1, 0 };
    struct sb_documents_drawn documents = { 0 };
    struct sb_learner *learner = NULL;
    size_t first = part == SB_PRETRAINING ? c->begin.base.n_pretraining : 0;
    if (!sb_world_has_part(c->begin.world, part))
        return SB_OK;
    enum sb_status status = sb_learner_clone(w.start, &learner, c->error);
    if (!status && sb_world_draw(c->begin.world, part, c->begin.base.seed, first,
                                 DOSES[N_DOSES - 1], &documents))
        status = sb_fail_memory(c->error);
    if (!status)
        status =
            sb_learner_learn(learner, &c->begin.variant.tuning, &documents, at_step, &w, c->error);
    sb_learner_free(learner);
    sb_documents_drawn_clear(&documents);
    return status;
}

static const struct {
    const char *path;
    enum sb_part part;
} WALKS[] = { { "neutral", SB_NEUTRAL },
              { "mixture", SB_PRETRAINING },
              { "opposed", SB_PERTURBATION } };
enum { N_WALKS = sizeof WALKS / sizeof *WALKS };

static enum sb_status measure(struct cell *c)
{
    enum sb_status status = sb_base_create(&c->begin.base, &c->origin, c->error);
    if (!status && !sb_learner_network(c->origin))
        status = sb_fail(c->error, SB_UNSUPPORTED,
                         "there is no line between counts; --model llama:... has parameters");
    if (!status)
        status = sb_align(&c->begin.base, c->origin, ALIGNED, &c->begin.variant.tuning, &c->aligned,
                          c->error);
    if (!status)
        status = sb_learner_clone(c->origin, &c->between, c->error);
    if (!status)
        status = observe_line(c);
    for (size_t i = 0; i < 2 * N_WALKS && !status; i++)
        status = walk_off(c, WALKS[i / 2].path, WALKS[i / 2].part, i % 2);
    return status;
}

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    struct cell c = { .observations = observations, .error = error };
    enum sb_status status = sb_variant_cell_init(&c.begin, options, condition, seed, error);
    if (!status)
        status = measure(&c);
    sb_learner_free(c.origin);
    sb_learner_free(c.aligned);
    sb_learner_free(c.between);
    sb_variant_cell_clear(&c.begin);
    return status;
}

/* ---- what it says ------------------------------------------------------------------------------ */

/* k, the ratio of the volumes learned. */
static double volume_ratio(const struct sb_analysis *a)
{
    return (double)a->options->n_pretraining / ALIGNED;
}

static struct sb_effect_term term(double coefficient, enum sb_part part, size_t point)
{
    return (struct sb_effect_term){ coefficient, sb_point("line", 0, alpha_of(point)),
                                    bits_of(part) };
}

static enum sb_status add_combination(const struct sb_analysis *a, const struct sb_point *at,
                                      const char *quantity, const struct sb_effect_term *terms,
                                      size_t n_terms)
{
    struct sb_effect effect;
    enum sb_status status = sb_analysis_documents(a, terms, n_terms, NULL, &effect);
    if (!status)
        sb_analysis_add(a, at, quantity, &effect);
    return status;
}

/* The difference of two terms, if both were observed, as a quantity of the part at a point. */
static enum sb_status add_change(const struct sb_analysis *a, enum sb_part part,
                                 const struct sb_point *at, const char *what,
                                 const struct sb_effect_term change[2])
{
    char quantity[SB_POINT_NAME];
    snprintf(quantity, sizeof quantity, "%s_%s_bits", what, sb_part_names[part]);
    return sb_analysis_has(a, &change[0].point, change[0].quantity) &&
                   sb_analysis_has(a, &change[1].point, change[1].quantity)
               ? add_combination(a, at, quantity, change, 2)
               : SB_OK;
}

static enum sb_status add_line(const struct sb_analysis *a, size_t point)
{
    const double k = volume_ratio(a);
    struct sb_point at = sb_point("line", 0, alpha_of(point));
    enum sb_status status = SB_OK;
    for (size_t part = 0; part < SB_UNRELATED && !status; part++) {
        enum sb_part p = (enum sb_part)part;
        const struct sb_effect_term change[2] = { term(1, p, point), term(-1, p, AT_BASE) };
        const struct sb_effect_term above[2] = { term(1, p, point),
                                                 { -1, sb_point("truth", 0, 0), bits_of(p) } };
        status = add_change(a, p, &at, "change", change);
        if (!status)
            status = add_change(a, p, &at, "above", above);
    }
    const struct sb_effect_term energy[4] = { term(k, SB_PRETRAINING, point),
                                              term(-k, SB_PRETRAINING, AT_BASE),
                                              term(1, SB_ALIGNMENT, point),
                                              term(-1, SB_ALIGNMENT, AT_BASE) };
    /* Hooke's: the parabola through the base and its neighbours */
    double x = alpha_of(point) / STEP;
    const struct sb_effect_term hooke[3] = { term(k * (x * x + x) / 2, SB_PRETRAINING, AT_BASE + 1),
                                             term(k * (x * x - x) / 2, SB_PRETRAINING, AT_BASE - 1),
                                             term(-k * x * x, SB_PRETRAINING, AT_BASE) };
    if (!status)
        status = add_combination(a, &at, "energy_pretraining_bits", energy, 2);
    if (!status)
        status = add_combination(a, &at, "energy_total_bits", energy, 4);
    return status ? status : add_combination(a, &at, "energy_by_hooke_bits", hooke, 3);
}

/* Rates along the line under one seed, as means over the test documents. */
static void line_of(const struct sb_analysis *a, size_t seed, enum sb_part part, double *bits)
{
    for (size_t i = 0; i < N_ALPHA; i++) {
        struct sb_point point = sb_point("line", 0, alpha_of(i));
        const struct sb_observation *o =
            sb_observation_find(a->observations, a->condition, seed, &point, bits_of(part));
        bits[i] = o ? o->value : NAN;
    }
}

/* The largest |alpha| up to which, on both sides, the rate is its parabola at the base within a tenth. */
static double hooke_range(const double *bits)
{
    double slope = (bits[AT_BASE + 1] - bits[AT_BASE - 1]) / (2 * STEP);
    double stiffness = (bits[AT_BASE + 1] + bits[AT_BASE - 1] - 2 * bits[AT_BASE]) / (STEP * STEP);
    size_t reach = 1;
    for (bool holds = true; holds && reach < AT_BASE; reach += holds)
        for (int side = -1; side <= 1; side += 2) {
            double alpha = side * (double)(reach + 1) * STEP;
            double parabola = slope * alpha + stiffness * alpha * alpha / 2;
            double change =
                bits[side < 0 ? AT_BASE - reach - 1 : AT_BASE + reach + 1] - bits[AT_BASE];
            holds = holds && fabs(change - parabola) <= HOOKE_TOLERANCE * fabs(parabola);
        }
    return (double)reach * STEP;
}

/* Where k gamma_p + gamma_a is least: the parabola through the least point and its neighbours. */
static double resting_place(double k, const double *pretraining, const double *alignment)
{
    size_t least = 0;
    double energy[N_ALPHA];
    for (size_t i = 0; i < N_ALPHA; i++) {
        energy[i] = k * pretraining[i] + alignment[i];
        if (!(energy[i] >= energy[least]))
            least = i;
    }
    if (isnan(energy[least]) || least == 0 || least + 1 == N_ALPHA)
        return isnan(energy[least]) ? NAN : alpha_of(least);
    double left = energy[least - 1] - energy[least], right = energy[least + 1] - energy[least];
    return alpha_of(least) + STEP * (left - right) / (2 * (left + right));
}

static enum sb_status claim_stiffness(const struct sb_analysis *a)
{
    struct sb_point at = sb_point("line", 0, 0);
    struct sb_claim c = { .text = "the base is the bottom of pre-training's spring",
                          .measure = "second derivative of D_p's rate in alpha at the base, bits "
                                     "per document",
                          .sign = 1,
                          .negligible = 0.5 };
    enum sb_status status = SB_OK;
    for (size_t part = 0; part < SB_UNRELATED && !status; part++) {
        enum sb_part p = (enum sb_part)part;
        const double h = 1 / STEP;
        const struct sb_effect_term slope[2] = { term(h / 2, p, AT_BASE + 1),
                                                 term(-h / 2, p, AT_BASE - 1) };
        const struct sb_effect_term stiffness[3] = { term(h * h, p, AT_BASE + 1),
                                                     term(h * h, p, AT_BASE - 1),
                                                     term(-2 * h * h, p, AT_BASE) };
        char quantity[SB_POINT_NAME];
        struct sb_effect effect;
        if (!sb_analysis_has(a, &slope[0].point, slope[0].quantity))
            continue;
        status = add_change(a, p, &at, "slope", slope);
        if (!status)
            status = sb_analysis_documents(a, stiffness, 3, NULL, &effect);
        snprintf(quantity, sizeof quantity, "stiffness_%s_bits", sb_part_names[part]);
        if (!status)
            sb_analysis_add(a, &at, quantity, &effect);
        if (part == SB_PRETRAINING)
            c.effect = effect;
    }
    return status ? status : sb_analysis_claim(a, &c);
}

/* Ranges and places, seed by seed. */
static enum sb_status claim_places(const struct sb_analysis *a)
{
    const double k = volume_ratio(a);
    size_t n = a->options->n_seeds;
    double *values = malloc((3 * n + 1) * sizeof *values), *range = values, *rest = values + n,
           *nearer = values + 2 * n;
    struct sb_claim c = { .text = "the energies are least nearer to the base than to the aligned "
                                  "model",
                          .sign = 1,
                          .negligible = 0.05 };
    if (!values)
        return sb_fail_memory(a->error);
    for (size_t s = 0; s < n; s++) {
        double pretraining[N_ALPHA], alignment[N_ALPHA];
        line_of(a, s, SB_PRETRAINING, pretraining);
        line_of(a, s, SB_ALIGNMENT, alignment);
        range[s] = hooke_range(pretraining);
        rest[s] = resting_place(k, pretraining, alignment);
        nearer[s] = 0.5 - rest[s];
    }
    struct sb_point at = sb_point("line", 0, 0);
    struct sb_effect effect = sb_analysis_effect(a, range);
    sb_analysis_add(a, &at, "hooke_range_alpha", &effect);
    effect = sb_analysis_effect(a, rest);
    sb_analysis_add(a, &at, "rest_alpha", &effect);
    c.effect = sb_analysis_effect(a, nearer);
    snprintf(c.measure, sizeof c.measure,
             "1/2 less the alpha where %.4g gamma_p + gamma_a is least; of two equal springs: %.3f",
             k, 0.5 - 1 / (k + 1));
    free(values);
    return sb_analysis_claim(a, &c);
}

/* The margin where a walk stands, as change from the base's. */
static enum sb_status add_margin(const struct sb_analysis *a, const struct sb_point *at)
{
    const struct sb_effect_term margin[4] = { { 1, *at, bits_of(SB_PERTURBATION) },
                                              { -1, *at, bits_of(SB_ALIGNMENT) },
                                              term(-1, SB_PERTURBATION, AT_BASE),
                                              term(1, SB_ALIGNMENT, AT_BASE) };
    return sb_analysis_has(a, at, margin[0].quantity)
               ? add_combination(a, at, "margin_bits", margin, 4)
               : SB_OK;
}

/* Displacements: every walk's, and the primary contrast. */
static enum sb_status claim_retracing(const struct sb_analysis *a, size_t walk)
{
    static const char *const quantities[] = { "cosine", "foot", "size" };
    size_t n = a->options->n_seeds;
    double *values = malloc((2 * n + 1) * sizeof *values), *from_base = values + n;
    const char *path = WALKS[walk].path;
    if (!values)
        return sb_fail_memory(a->error);
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < 2 * N_DOSES; i++) {
        struct sb_point at = sb_point(path, (double)DOSES[i / 2], (double)(i % 2));
        for (size_t q = 0; q < 3; q++) {
            sb_analysis_values(a, &at, quantities[q], values);
            struct sb_effect effect = sb_analysis_effect(a, values);
            sb_analysis_add(a, &at, quantities[q], &effect);
        }
        status = status ? status : add_margin(a, &at);
    }
    struct sb_point aligned = sb_point(path, MAIN_DOSE, 1), base = sb_point(path, MAIN_DOSE, 0);
    struct sb_claim c = { .text = walk == 0 ? "data that say nothing about the alignment lead back "
                                              "along the way of aligning"
                                  : walk == 1 ? "pre-training data lead back along the way of "
                                                "aligning"
                                              : "opposed data lead back along the way of aligning",
                          .is_primary = walk == 0 && a->condition == 0,
                          .sign = -1,
                          .negligible = 0.05 };
    snprintf(c.measure, sizeof c.measure,
             "cosine of the displacements by %d documents and by aligning, from the aligned model "
             "less from the base",
             MAIN_DOSE);
    sb_analysis_values(a, &aligned, "cosine", values);
    sb_analysis_values(a, &base, "cosine", from_base);
    for (size_t s = 0; s < n; s++)
        values[s] -= from_base[s];
    c.effect = sb_analysis_effect(a, values);
    free(values);
    return status || isnan(c.effect.value) ? status
                                           : sb_analysis_claim(a, &c); /* files may leave it out */
}

/* Theory's line, of distributions: q = (1 - v) p_p + v p_a, of which no model can do better for both. */
static enum sb_status add_distributions(const struct sb_analysis *a)
{
    struct sb_world_options world;
    struct sb_language_leaves leaves;
    struct sb_language *made;
    sb_variant_or_overlap(a->options, a->condition, &world);
    if (world.paths[SB_PRETRAINING])
        return SB_OK;
    enum sb_status status = sb_language_create(&world.language, &made);
    if (!status)
        status = sb_language_leaves_init(&leaves, made, SB_LEVEL_DOCUMENT);
    if (status) {
        sb_language_free(made);
        return status == SB_LIMIT ? SB_OK : sb_fail_memory(a->error);
    }
    struct sb_language_mixture pretraining = sb_language_pretraining(made);
    struct sb_language_mixture alignment = sb_language_dialect(world.is_exchanged ? 2 : 1);
    double start[2] = { sb_language_cross_entropy_nats(&leaves, &pretraining, &pretraining),
                        sb_language_cross_entropy_nats(&leaves, &alignment, &pretraining) };
    for (size_t i = AT_BASE; i < AT_ALIGNED; i++) {
        double weights[SB_LANGUAGE_DIALECTS];
        struct sb_language_mixture between;
        struct sb_effect effect = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0 };
        struct sb_point at = sb_point("distributions", 0, alpha_of(i));
        for (size_t d = 0; d < SB_LANGUAGE_DIALECTS; d++)
            weights[d] =
                (1 - alpha_of(i)) * pretraining.parts[d] + alpha_of(i) * alignment.parts[d];
        if (sb_language_mixture_from(weights, &between))
            continue;
        effect.value = sb_bits_from_nats(
            sb_language_cross_entropy_nats(&leaves, &pretraining, &between) - start[0]);
        sb_analysis_add(a, &at, "change_pretraining_bits", &effect);
        effect.value = sb_bits_from_nats(
            sb_language_cross_entropy_nats(&leaves, &alignment, &between) - start[1]);
        sb_analysis_add(a, &at, "change_alignment_bits", &effect);
    }
    sb_language_leaves_clear(&leaves);
    sb_language_free(made);
    return SB_OK;
}

static enum sb_status analyse_condition(const struct sb_analysis *a)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < N_WALKS && !status; i++)
        status = claim_retracing(a, i);
    if (!status)
        status = claim_stiffness(a);
    if (!status)
        status = claim_places(a);
    for (size_t point = 0; point < N_ALPHA && !status; point++)
        status = add_line(a, point);
    return status ? status : add_distributions(a);
}

static enum sb_status analyse(const struct sb_analysis *all)
{
    if (sb_findings_coordinates(all->findings, "learned_documents", "alpha"))
        return sb_fail_memory(all->error);
    return sb_analysis_each(all, analyse_condition);
}

const struct sb_experiment sb_experiment_path = {
    .name = "path",
    .summary = "rates between the base and the aligned model: energy, Hooke's law, the way back",
    .paper = "",
    .n_conditions = sb_variants_and_overlaps_n,
    .name_condition = sb_variants_and_overlaps_name,
    .run = run,
    .analyse = analyse,
};

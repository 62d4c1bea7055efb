/* Prequential bits: what undoing an alignment costs a code, and what is left of it when it is undone
 * (docs/experiments.md).
 *
 * Every document is coded by the learner as it is before it learns the batch that the document stands in
 * (sb_learner_code); everybody gets the same documents in the same order. A is D_a as far as it is aligned
 * on, A' more of D_a, U what undoes it: opposed data, D_t, or neutral ones.
 *
 *   path                      learned before, and then coded
 *   base: alignment           A
 *   base: again               A'
 *   aligned: again            A     A'
 *   base: U                   U
 *   aligned: U                A     U
 *   base, U: again            U     A'
 *   aligned, U: again         A U   A'
 *   returned: again           A u   A'     u: opposed data up to the batch after which the margin on the
 *                                          test documents is back at the base's, or below it
 *   base, as many: again      u     A'     without A, else the same
 *   mirrored: again           T a   A'     the other way round: T opposed data, as many as A, then aligned ones
 *                                          up to the batch after which the margin is the base's, or above it
 *
 * Observed at (path, documents aligned on, documents of what is coded so far), in bits:
 *
 *   bits               per document, of those since the point before: 16, 32, 64, ..
 *   total_bits         of all, at the last point
 *   frozen_bits        the same, had the learner stayed as it was before the first of them
 *   test_bits_PART     per test document of the part, at 0 documents: where a path stands
 *   return_documents   of u and of a, at 0 documents; inf, and no such path, where the margin never came back
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/findings.h"
#include "estimators/experiment/variants.h"
#include "estimators/experiment/walk.h"

enum { N_ALIGNED = 1024, N_UNDOING = 2048, N_AGAIN = 512, FIRST_POINT = 16 };

/* A tenth of a bit for each document that is coded again. */
static const double NEGLIGIBLE_BITS = 0.1 * N_AGAIN;

static const struct undoing {
    enum sb_part part;
    const char *name;
} OPPOSED = { SB_PERTURBATION, "opposed" }, NEUTRAL = { SB_NEUTRAL, "neutral" };

/* The theorem's setting beside the variants: counts that forget nothing. */
static const char *const JOINT = "counts";

static size_t n_conditions(const struct sb_experiment_options *options)
{
    return sb_variants_n(options) + 1;
}

static void name_condition(const struct sb_experiment_options *options, size_t condition,
                           char *name, size_t size)
{
    if (condition < sb_variants_n(options))
        sb_variants_name(options, condition, name, size);
    else
        snprintf(name, size, "counts, joint");
}

/* ---- a cell ------------------------------------------------------------------------------------ */

struct cell {
    const struct sb_base *base;
    const struct sb_learning *tuning;
    struct sb_learner *origin, *aligned;
    double margin; /* of the base */
    double *bits;  /* room for the documents of any part that is coded, and of any test */
    struct sb_observations *observations;
};

/* Who is looked for while something is learned. */
struct lookout {
    struct cell *cell;
    /* The first whose margin has come back to the base's, from above: 1, from below: -1; or, 0, the one
     * after n documents. */
    double side;
    size_t n;
    struct sb_learner *found;
};

static enum sb_status mean_test(struct cell *c, const struct sb_learner *learner, enum sb_part part,
                                double *bits, struct sb_error *error)
{
    const struct sb_documents_drawn *test = sb_world_test(c->base->world, part);
    enum sb_status status = sb_learner_bits(learner, test, c->bits + N_UNDOING, error);
    *bits = 0;
    for (size_t d = 0; d < test->n_documents && !status; d++)
        *bits += c->bits[N_UNDOING + d] / (double)test->n_documents;
    return status;
}

static enum sb_status measure_margin(struct cell *c, const struct sb_learner *learner,
                                     double *margin, struct sb_error *error)
{
    double alignment, perturbation;
    enum sb_status status = mean_test(c, learner, SB_ALIGNMENT, &alignment, error);
    if (!status)
        status = mean_test(c, learner, SB_PERTURBATION, &perturbation, error);
    if (!status)
        *margin = perturbation - alignment;
    return status;
}

static enum sb_status look(void *context, struct sb_learner *learner, size_t n_learned,
                           struct sb_error *error)
{
    struct lookout *l = context;
    double margin;
    if (l->found || (l->side == 0 && n_learned != l->n))
        return SB_OK;
    if (l->side != 0) {
        enum sb_status status = measure_margin(l->cell, learner, &margin, error);
        if (status || (margin - l->cell->margin) * l->side > 0)
            return status;
        l->n = n_learned;
    }
    return sb_learner_clone(learner, &l->found, error);
}

/* The points of a coding. */
static enum sb_status observe_bits(struct cell *c, const char *path, double aligned, size_t n)
{
    double total = 0, part = 0;
    size_t next = FIRST_POINT, first = 0;
    enum sb_status status = SB_OK;
    for (size_t d = 0; d < n && !status; d++) {
        part += c->bits[d];
        if (d + 1 < next && d + 1 < n)
            continue;
        struct sb_point point = sb_point(path, aligned, (double)(d + 1));
        status = sb_observe(c->observations, &point, "bits", part / (double)(d + 1 - first));
        total += part;
        part = 0;
        first = next;
        next *= 2;
        if (!status && d + 1 == n)
            status = sb_observe(c->observations, &point, "total_bits", total);
    }
    return status;
}

static enum sb_status observe_frozen(struct cell *c, const struct sb_learner *learner,
                                     const struct sb_documents_drawn *documents, const char *path,
                                     double aligned, struct sb_error *error)
{
    struct sb_point point = sb_point(path, aligned, (double)documents->n_documents);
    double total = 0;
    enum sb_status status = sb_learner_bits(learner, documents, c->bits, error);
    for (size_t d = 0; d < documents->n_documents && !status; d++)
        total += c->bits[d];
    if (!status && sb_observe(c->observations, &point, "frozen_bits", total))
        status = sb_fail_memory(error);
    return status;
}

/* Codes n documents of a part, from `first` on, by a learner that learns them. */
static enum sb_status code(struct cell *c, struct sb_learner *learner, const char *path,
                           double aligned, enum sb_part part, size_t first, size_t n,
                           struct lookout *lookout, struct sb_error *error)
{
    struct sb_documents_drawn documents = { 0 };
    enum sb_status status = SB_OK;
    if (sb_world_draw(c->base->world, part, c->base->seed, first, n, &documents))
        status = sb_fail_memory(error);
    if (!status)
        status = observe_frozen(c, learner, &documents, path, aligned, error);
    if (!status)
        status = sb_learner_code(learner, c->tuning, &documents, lookout ? look : NULL, lookout,
                                 c->bits, error);
    if (!status && observe_bits(c, path, aligned, n))
        status = sb_fail_memory(error);
    sb_documents_drawn_clear(&documents);
    return status;
}

static enum sb_status observe_state(struct cell *c, const struct sb_learner *learner,
                                    const char *path, double aligned, struct sb_error *error)
{
    const struct sb_point point = sb_point(path, aligned, 0);
    enum sb_status status = SB_OK;
    for (size_t part = 0; part < SB_UNRELATED && !status; part++) {
        char quantity[SB_POINT_NAME];
        double bits;
        if (!sb_world_has_part(c->base->world, (enum sb_part)part))
            continue;
        snprintf(quantity, sizeof quantity, "test_bits_%s", sb_part_names[part]);
        status = mean_test(c, learner, (enum sb_part)part, &bits, error);
        if (!status && sb_observe(c->observations, &point, quantity, bits))
            status = sb_fail_memory(error);
    }
    return status;
}

/* A', by a learner that is used up. */
static enum sb_status code_again(struct cell *c, struct sb_learner *learner, const char *state,
                                 const char *undoing, double aligned, struct sb_error *error)
{
    char path[2 * SB_POINT_NAME];
    snprintf(path, sizeof path, "%s%s: again", state, undoing);
    enum sb_status status = observe_state(c, learner, path, aligned, error);
    return status ? status
                  : code(c, learner, path, aligned, SB_ALIGNMENT, N_ALIGNED, N_AGAIN, NULL, error);
}

/* U from where `from` stands, then A'; *lookout finds somebody on the way. */
static enum sb_status undo(struct cell *c, const struct sb_learner *from, const char *state,
                           double aligned, const struct undoing *u, struct lookout *lookout,
                           struct sb_error *error)
{
    char path[2 * SB_POINT_NAME], before[SB_POINT_NAME];
    struct sb_learner *learner;
    snprintf(path, sizeof path, "%s: %s", state, u->name);
    snprintf(before, sizeof before, "%s, ", state);
    enum sb_status status = sb_learner_clone(from, &learner, error);
    if (!status)
        status = code(c, learner, path, aligned, u->part, 0, N_UNDOING, lookout, error);
    if (!status)
        status = code_again(c, learner, before, u->name, aligned, error);
    sb_learner_free(learner);
    return status;
}

static enum sb_status observe_return(struct cell *c, const char *path, double aligned,
                                     const struct lookout *back, struct sb_error *error)
{
    const struct sb_point point = sb_point(path, aligned, 0);
    double n = back->found ? (double)back->n : INFINITY;
    return sb_observe(c->observations, &point, "return_documents", n) ? sb_fail_memory(error)
                                                                      : SB_OK;
}

/* Opposed data, and who was found on the way. */
static enum sb_status run_return(struct cell *c, struct sb_error *error)
{
    struct lookout back = { .cell = c, .side = 1 }, alone = { .cell = c };
    enum sb_status status = undo(c, c->aligned, "aligned", N_ALIGNED, &OPPOSED, &back, error);
    alone.n = back.n;
    if (!status)
        status = observe_return(c, "returned: again", N_ALIGNED, &back, error);
    if (!status)
        status = undo(c, c->origin, "base", 0, &OPPOSED, &alone, error);
    if (!status && back.found)
        status = code_again(c, back.found, "returned", "", N_ALIGNED, error);
    if (!status && alone.found)
        status = code_again(c, alone.found, "base, as many", "", 0, error);
    sb_learner_free(back.found);
    sb_learner_free(alone.found);
    return status;
}

static enum sb_status learn(struct cell *c, struct sb_learner *learner, enum sb_part part,
                            size_t first, size_t n, struct lookout *lookout, struct sb_error *error)
{
    struct sb_documents_drawn documents = { 0 };
    enum sb_status status = SB_OK;
    if (sb_world_draw(c->base->world, part, c->base->seed, first, n, &documents))
        status = sb_fail_memory(error);
    if (!status)
        status =
            sb_learner_learn(learner, c->tuning, &documents, lookout ? look : NULL, lookout, error);
    sb_documents_drawn_clear(&documents);
    return status;
}

/* The aligned documents are neither those of A nor of A'. */
static enum sb_status run_mirrored(struct cell *c, struct sb_error *error)
{
    struct lookout back = { .cell = c, .side = -1 };
    struct sb_learner *learner;
    enum sb_status status = sb_learner_clone(c->origin, &learner, error);
    if (!status)
        status = learn(c, learner, SB_PERTURBATION, 0, N_ALIGNED, NULL, error);
    if (!status)
        status = learn(c, learner, SB_ALIGNMENT, N_ALIGNED + N_AGAIN, N_UNDOING, &back, error);
    if (!status)
        status = observe_return(c, "mirrored: again", 0, &back, error);
    if (!status && back.found)
        status = code_again(c, back.found, "mirrored", "", 0, error);
    sb_learner_free(back.found);
    sb_learner_free(learner);
    return status;
}

static enum sb_status run_neutral(struct cell *c, struct sb_error *error)
{
    if (!sb_world_has_part(c->base->world, SB_NEUTRAL))
        return SB_OK;
    enum sb_status status = undo(c, c->aligned, "aligned", N_ALIGNED, &NEUTRAL, NULL, error);
    return status ? status : undo(c, c->origin, "base", 0, &NEUTRAL, NULL, error);
}

static enum sb_status code_again_by(struct cell *c, const struct sb_learner *from,
                                    const char *state, double aligned, struct sb_error *error)
{
    struct sb_learner *learner;
    enum sb_status status = sb_learner_clone(from, &learner, error);
    if (!status)
        status = code_again(c, learner, state, "", aligned, error);
    sb_learner_free(learner);
    return status;
}

static enum sb_status run_all(struct cell *c, struct sb_error *error)
{
    enum sb_status status = sb_base_create(c->base, &c->origin, error);
    if (!status)
        status = measure_margin(c, c->origin, &c->margin, error);
    if (!status)
        status = sb_learner_clone(c->origin, &c->aligned, error);
    if (!status)
        status = code(c, c->aligned, "base: alignment", 0, SB_ALIGNMENT, 0, N_ALIGNED, NULL, error);
    if (!status)
        status = code_again_by(c, c->origin, "base", 0, error);
    if (!status)
        status = code_again_by(c, c->aligned, "aligned", N_ALIGNED, error);
    if (!status)
        status = run_return(c, error);
    if (!status)
        status = run_mirrored(c, error);
    if (!status)
        status = run_neutral(c, error);
    return status;
}

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    bool is_joint = condition == sb_variants_n(options);
    struct sb_variant_cell begin;
    struct cell c = { .base = &begin.base,
                      .tuning = &begin.variant.tuning,
                      .bits = malloc((N_UNDOING + options->world.n_test) * sizeof *c.bits),
                      .observations = observations };
    enum sb_status status =
        sb_variant_cell_init(&begin, options, is_joint ? 0 : condition, seed, error);
    if (is_joint)
        begin.base.model = JOINT;
    if (!status)
        status = c.bits ? run_all(&c, error) : sb_fail_memory(error);
    sb_learner_free(c.origin);
    sb_learner_free(c.aligned);
    free(c.bits);
    sb_variant_cell_clear(&begin);
    return status;
}

/* ---- what it says ------------------------------------------------------------------------------ */

struct analysis {
    const struct sb_analysis *of; /* a condition */
    size_t n_seeds;
    double *values, *others; /* (n_seeds) */
};

/* quantity(path) - quantity(other) into a->values. */
static void subtract(const struct analysis *a, const struct sb_point *point,
                     const struct sb_point *other, const char *quantity)
{
    sb_analysis_values(a->of, point, quantity, a->values);
    sb_analysis_values(a->of, other, quantity, a->others);
    for (size_t s = 0; s < a->n_seeds; s++)
        a->values[s] -= a->others[s];
}

static void add(const struct analysis *a, const struct sb_point *point, const char *quantity)
{
    struct sb_effect effect = sb_analysis_effect(a->of, a->values);
    sb_analysis_add(a->of, point, quantity, &effect);
}

/* What the base itself codes as this path does. */
static const char *compared_with(const char *path)
{
    const char *coded = strstr(path, ": ");
    return strcmp(coded, ": again") == 0     ? "base: again"
           : strcmp(coded, ": opposed") == 0 ? "base: opposed"
           : strcmp(coded, ": neutral") == 0 ? "base: neutral"
                                             : "base: alignment";
}

/* Every observation of seed 0, over all seeds; and of the paths that the base goes, too, the difference from
 * it, document by document the same ones. */
static void add_observed(const struct analysis *a)
{
    for (size_t i = 0; i < a->of->observations->n; i++) {
        const struct sb_observation *o = &a->of->observations->items[i];
        struct sb_point base = sb_point(compared_with(o->point.path), 0, o->point.learned);
        char quantity[2 * SB_POINT_NAME];
        if (o->condition != a->of->condition || o->seed != 0)
            continue;
        if (strcmp(o->quantity, "return_documents") == 0) {
            sb_analysis_values(a->of, &o->point, o->quantity, a->values);
            struct sb_effect times =
                sb_effect_of_times(a->values, a->n_seeds, a->of->options->confidence);
            sb_analysis_add(a->of, &o->point, o->quantity, &times);
            continue;
        }
        sb_analysis_values(a->of, &o->point, o->quantity, a->values);
        add(a, &o->point, o->quantity);
        snprintf(quantity, sizeof quantity, "%s_more_than_base", o->quantity);
        subtract(a, &o->point, &base, o->quantity);
        if (strcmp(o->point.path, base.path) != 0)
            add(a, &o->point, quantity);
    }
}

static enum sb_status add_claim(const struct analysis *a, struct sb_claim *claim)
{
    claim->effect = sb_analysis_effect(a->of, a->values);
    return sb_analysis_claim(a->of, claim);
}

/* total_bits(without) - total_bits(with): what alignment has saved. */
static enum sb_status claim_saved(const struct analysis *a, const char *text, const char *without,
                                  double aligned_without, const char *with, bool is_primary)
{
    struct sb_point more = sb_point(without, aligned_without, N_AGAIN);
    struct sb_point less = sb_point(with, N_ALIGNED, N_AGAIN);
    struct sb_claim claim = {
        .text = text, .sign = 1, .negligible = NEGLIGIBLE_BITS, .is_primary = is_primary
    };
    subtract(a, &more, &less, "total_bits");
    snprintf(claim.measure, sizeof claim.measure,
             "bits saved on %d documents of D_a, coded again: \"%s\" less \"%s\"", N_AGAIN, without,
             with);
    return add_claim(a, &claim);
}

static enum sb_status claim_state(const struct analysis *a)
{
    struct sb_point returned = sb_point("returned: again", N_ALIGNED, 0);
    struct sb_point base = sb_point("base: again", 0, 0);
    struct sb_claim claim = { .text =
                                  "a model whose margin is back has not come back to pre-training",
                              .measure =
                                  "bits per test document of D_p, \"returned\" less \"base\"",
                              .sign = 1,
                              .negligible = 0.1 };
    subtract(a, &returned, &base, "test_bits_pretraining");
    return add_claim(a, &claim);
}

static enum sb_status claim_cost(const struct analysis *a)
{
    struct sb_point aligned = sb_point("aligned: opposed", N_ALIGNED, N_UNDOING);
    struct sb_point base = sb_point("base: opposed", 0, N_UNDOING);
    struct sb_claim cost = { .text = "an alignment costs the opposed data bits",
                             .sign = 1,
                             .negligible = 0.1 * N_UNDOING };
    struct sb_claim lasting = { .text = "alignment lasts for fewer opposed documents than it took",
                                .sign = -1,
                                .negligible = 0.1 * N_ALIGNED };
    double *bits = malloc((a->n_seeds + 1) * sizeof *bits);
    enum sb_status status = bits ? SB_OK : sb_fail_memory(a->of->error);
    snprintf(cost.measure, sizeof cost.measure,
             "bits on %d documents of D_t, \"aligned: opposed\" less \"base: opposed\"", N_UNDOING);
    snprintf(lasting.measure, sizeof lasting.measure,
             "documents that would cost these bits if nobody learned from them, less %d",
             N_ALIGNED);
    if (!status) {
        subtract(a, &aligned, &base, "total_bits");
        memcpy(bits, a->values, a->n_seeds * sizeof *bits);
        status = add_claim(a, &cost);
    }
    if (!status) {
        subtract(a, &aligned, &base, "frozen_bits");
        for (size_t s = 0; s < a->n_seeds; s++)
            a->values[s] = N_UNDOING * bits[s] / a->values[s] - N_ALIGNED;
        status = add_claim(a, &lasting);
    }
    free(bits);
    return status;
}

static enum sb_status claim_all(const struct analysis *a)
{
    enum sb_status status =
        claim_saved(a, "alignment is remembered when opposed data have brought the margin back",
                    "base: again", 0, "returned: again", a->of->condition == 0);
    if (!status)
        status = claim_saved(
            a, "alignment is remembered then, against a base that saw the same opposed data",
            "base, as many: again", 0, "returned: again", false);
    if (!status)
        status = claim_saved(a, "it matters that alignment came first and the opposed data last",
                             "mirrored: again", 0, "returned: again", false);
    if (!status)
        status = claim_state(a);
    if (!status)
        status = claim_saved(a, "alignment is remembered after 2,048 opposed documents",
                             "base, opposed: again", 0, "aligned, opposed: again", false);
    if (!status)
        status = claim_cost(a);
    const struct sb_point neutral = sb_point("base: neutral", 0, N_UNDOING);
    if (status || !sb_analysis_has(a->of, &neutral, "total_bits"))
        return status;
    return claim_saved(a, "alignment is remembered after 2,048 neutral documents",
                       "base, neutral: again", 0, "aligned, neutral: again", false);
}

static enum sb_status analyse_condition(const struct sb_analysis *of)
{
    size_t n = of->options->n_seeds;
    double *values = calloc(2 * n + 1, sizeof *values);
    if (!values)
        return sb_fail_memory(of->error);
    const struct analysis a = { of, n, values, values + n };
    add_observed(&a);
    enum sb_status status = claim_all(&a);
    free(values);
    return status;
}

static enum sb_status analyse(const struct sb_analysis *all)
{
    return sb_analysis_each(all, analyse_condition);
}

const struct sb_experiment sb_experiment_prequential = {
    .name = "prequential",
    .summary = "bits to undo an alignment, and bits to learn it again",
    .paper = "",
    .n_conditions = n_conditions,
    .name_condition = name_condition,
    .run = run,
    .analyse = analyse,
};

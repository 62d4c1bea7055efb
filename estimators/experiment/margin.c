#include "estimators/experiment/margin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TERMS = 8 };

enum sb_status sb_margin_effect(const struct sb_experiment_options *options,
                                const struct sb_observations *observations, size_t condition,
                                const struct sb_margin_term *terms, size_t n_terms, double *values,
                                struct sb_effect *effect, struct sb_error *error)
{
    struct sb_effect_term all[2 * MAX_TERMS + 2];
    const struct sb_point base = sb_point("base", 0, 0);
    double total = 0;
    size_t n = 0;
    if (n_terms > MAX_TERMS)
        return sb_fail(error, SB_LIMIT, "a contrast of %zu margins: at most %d", n_terms,
                       MAX_TERMS);
    for (size_t j = 0; j < n_terms; j++) {
        all[n++] =
            (struct sb_effect_term){ terms[j].coefficient, terms[j].point, "bits_perturbation" };
        all[n++] =
            (struct sb_effect_term){ -terms[j].coefficient, terms[j].point, "bits_alignment" };
        total += terms[j].coefficient;
    }
    if (total != 0) {
        all[n++] = (struct sb_effect_term){ -total, base, "bits_perturbation" };
        all[n++] = (struct sb_effect_term){ total, base, "bits_alignment" };
    }
    return sb_effect_of_documents(options, observations, condition, all, n, values, effect, error);
}

void sb_margin_excess(const char *path, double aligned, const char *from_base, double first,
                      struct sb_margin_term terms[4])
{
    terms[0] = (struct sb_margin_term){ 1, sb_point(path, aligned, first) };
    terms[1] = (struct sb_margin_term){ -1, sb_point(path, aligned, 0) };
    terms[2] = (struct sb_margin_term){ -1, sb_point(from_base, 0, first) };
    terms[3] = (struct sb_margin_term){ 1, sb_point(from_base, 0, 0) };
}

enum sb_status sb_margin_claim_excess(const struct sb_experiment_options *options,
                                      const struct sb_observations *observations, size_t condition,
                                      const char *path, double aligned, const char *from_base,
                                      double first, struct sb_claim *claim, double *values,
                                      struct sb_error *error)
{
    struct sb_margin_term terms[4];
    sb_margin_excess(path, aligned, from_base, first, terms);
    claim->text = "opposed data undo an alignment faster than they move the base";
    claim->sign = -1;
    claim->negligible = 0.05;
    snprintf(
        claim->measure, sizeof claim->measure,
        "change of margin in the first %g documents of \"%s\", from %g aligned less from base; "
        "bits per document",
        first, path, aligned);
    return sb_margin_effect(options, observations, condition, terms, 4, values, &claim->effect,
                            error);
}

/* ---- paths ------------------------------------------------------------------------------------- */

/* The doses of a path under seed 0, in the order in which they were measured. */
static size_t list_doses(const struct sb_observations *observations, size_t condition,
                         const char *path, double aligned, double *doses)
{
    size_t n = 0;
    for (size_t i = 0; i < observations->n; i++) {
        const struct sb_observation *o = &observations->items[i];
        if (o->condition == condition && o->seed == 0 && o->point.aligned == aligned &&
            strcmp(o->point.path, path) == 0 && strcmp(o->quantity, "bits_alignment") == 0) {
            if (doses)
                doses[n] = o->point.learned;
            n++;
        }
    }
    return n;
}

enum sb_status sb_margin_path(const struct sb_experiment_options *options,
                              const struct sb_observations *observations, size_t condition,
                              const char *path, double aligned, double **margins, double **doses,
                              size_t *n, struct sb_error *error)
{
    size_t n_doses = list_doses(observations, condition, path, aligned, NULL),
           n_seeds = options->n_seeds;
    double *m = malloc((n_seeds * n_doses + 1) * sizeof *m), *d = malloc((n_doses + 1) * sizeof *d),
           *values = malloc((n_seeds + 1) * sizeof *values);
    enum sb_status status = m && d && values ? SB_OK : sb_fail_memory(error);
    if (!status)
        list_doses(observations, condition, path, aligned, d);
    for (size_t i = 0; i < n_doses && !status; i++) {
        const struct sb_margin_term term = { 1, sb_point(path, aligned, d[i]) };
        struct sb_effect effect;
        status =
            sb_margin_effect(options, observations, condition, &term, 1, values, &effect, error);
        for (size_t s = 0; s < n_seeds && !status; s++)
            m[s * n_doses + i] = values[s];
    }
    free(values);
    if (status) {
        free(m);
        free(d);
        m = d = NULL;
    }
    *margins = m;
    *doses = d;
    *n = status ? 0 : n_doses;
    return status;
}

double sb_crossing(const double *doses, const double *values, size_t n, double level)
{
    for (size_t i = 0; i < n; i++) {
        if (values[i] > level)
            continue;
        if (i == 0)
            return doses[0];
        double share = (values[i - 1] - level) / (values[i - 1] - values[i]);
        return doses[i - 1] + share * (doses[i] - doses[i - 1]);
    }
    return INFINITY;
}

void sb_slopes_by_seed(const double *x, const double *y, size_t n, size_t n_seeds, double *slopes)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    for (size_t s = 0; s < n_seeds; s++) {
        slopes[s] = 0;
        for (size_t i = 0; i < n; i++)
            slopes[s] += (x[i] - mean) * y[i * n_seeds + s] / squares;
    }
}

/* ---- tables ------------------------------------------------------------------------------------ */

static enum sb_status add_changes(const struct sb_experiment_options *options,
                                  const struct sb_observations *observations, size_t condition,
                                  const char *name, const struct sb_point *point,
                                  struct sb_findings *findings, struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t part = 0; part < SB_UNRELATED && !status; part++) {
        char bits[SB_POINT_NAME], change[SB_POINT_NAME];
        struct sb_effect effect;
        snprintf(bits, sizeof bits, "bits_%s", sb_part_names[part]);
        snprintf(change, sizeof change, "change_%s_bits", sb_part_names[part]);
        const struct sb_effect_term terms[2] = { { 1, *point, bits },
                                                 { -1, sb_point("base", 0, 0), bits } };
        if (!sb_observation_find(observations, condition, 0, point, bits))
            continue;
        status = sb_effect_of_documents(options, observations, condition, terms, 2, NULL, &effect,
                                        error);
        if (!status)
            sb_findings_add(findings, name, point, change, &effect);
    }
    return status;
}

static enum sb_status add_numbers(const struct sb_experiment_options *options,
                                  const struct sb_observations *observations, size_t condition,
                                  const char *name, const struct sb_point *point,
                                  struct sb_findings *findings, struct sb_error *error)
{
    static const char *const quantities[] = { "kl_to_base_bits", "kl_from_base_bits",
                                              "alignment_probability" };
    double *values = malloc((options->n_seeds + 1) * sizeof *values);
    for (size_t q = 0; q < 3 && values; q++) {
        sb_effect_values(options, observations, condition, point, quantities[q], values);
        struct sb_effect effect = sb_effect_of_seeds(values, options->n_seeds, options->confidence);
        if (sb_observation_find(observations, condition, 0, point, quantities[q]))
            sb_findings_add(findings, name, point, quantities[q], &effect);
    }
    free(values);
    return values ? SB_OK : sb_fail_memory(error);
}

enum sb_status sb_margin_findings(const struct sb_experiment_options *options,
                                  const struct sb_observations *observations, size_t condition,
                                  const char *name, struct sb_findings *findings,
                                  struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < observations->n && !status; i++) {
        const struct sb_observation *o = &observations->items[i];
        if (o->condition != condition || o->seed != 0 || strcmp(o->quantity, "bits_alignment") != 0)
            continue;
        const struct sb_margin_term term = { 1, o->point };
        struct sb_effect effect;
        status = sb_margin_effect(options, observations, condition, &term, 1, NULL, &effect, error);
        if (status)
            break;
        sb_findings_add(findings, name, &o->point, "margin_bits", &effect);
        status = add_changes(options, observations, condition, name, &o->point, findings, error);
        if (!status)
            status =
                add_numbers(options, observations, condition, name, &o->point, findings, error);
    }
    return status;
}

#include "estimators/experiment/margin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TERMS = 8 };

enum sb_status sb_margin_effect(const struct sb_analysis *a, const struct sb_margin_term *terms,
                                size_t n_terms, double *values, struct sb_effect *effect)
{
    struct sb_effect_term all[2 * MAX_TERMS + 2];
    const struct sb_point base = sb_point("base", 0, 0);
    double total = 0;
    size_t n = 0;
    if (n_terms > MAX_TERMS)
        return sb_fail(a->error, SB_LIMIT, "a contrast of %zu margins: at most %d", n_terms,
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
    return sb_analysis_documents(a, all, n, values, effect);
}

enum sb_status sb_margin_claim_excess(const struct sb_analysis *a, const char *path, double aligned,
                                      const char *from_base, double first, struct sb_claim *claim,
                                      double *values)
{
    const struct sb_margin_term terms[4] = { { 1, sb_point(path, aligned, first) },
                                             { -1, sb_point(path, aligned, 0) },
                                             { -1, sb_point(from_base, 0, first) },
                                             { 1, sb_point(from_base, 0, 0) } };
    claim->text = "opposed data undo an alignment faster than they move the base";
    claim->sign = -1;
    claim->negligible = 0.05;
    snprintf(
        claim->measure, sizeof claim->measure,
        "change of margin in the first %g documents of \"%s\", from %g aligned less from base; "
        "bits per document",
        first, path, aligned);
    enum sb_status status = sb_margin_effect(a, terms, 4, values, &claim->effect);
    return status ? status : sb_analysis_claim(a, claim);
}

/* ---- paths ------------------------------------------------------------------------------------- */

/* The doses of a path under seed 0, in the order in which they were measured. */
static size_t list_doses(const struct sb_analysis *a, const char *path, double aligned,
                         double *doses)
{
    size_t n = 0;
    for (size_t i = 0; i < a->observations->n; i++) {
        const struct sb_observation *o = &a->observations->items[i];
        if (o->condition == a->condition && o->seed == 0 && o->point.aligned == aligned &&
            strcmp(o->point.path, path) == 0 && strcmp(o->quantity, "bits_alignment") == 0) {
            if (doses)
                doses[n] = o->point.learned;
            n++;
        }
    }
    return n;
}

enum sb_status sb_margin_path(const struct sb_analysis *a, const char *path, double aligned,
                              double **margins, double **doses, size_t *n)
{
    size_t n_doses = list_doses(a, path, aligned, NULL), n_seeds = a->options->n_seeds;
    double *m = malloc((n_seeds * n_doses + 1) * sizeof *m), *d = malloc((n_doses + 1) * sizeof *d),
           *values = malloc((n_seeds + 1) * sizeof *values);
    enum sb_status status = m && d && values ? SB_OK : sb_fail_memory(a->error);
    if (!status)
        list_doses(a, path, aligned, d);
    for (size_t i = 0; i < n_doses && !status; i++) {
        const struct sb_margin_term term = { 1, sb_point(path, aligned, d[i]) };
        struct sb_effect effect;
        status = sb_margin_effect(a, &term, 1, values, &effect);
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

static enum sb_status add_changes(const struct sb_analysis *a, const struct sb_point *point)
{
    enum sb_status status = SB_OK;
    for (size_t part = 0; part < SB_UNRELATED && !status; part++) {
        char bits[SB_POINT_NAME], change[SB_POINT_NAME];
        struct sb_effect effect;
        snprintf(bits, sizeof bits, "bits_%s", sb_part_names[part]);
        snprintf(change, sizeof change, "change_%s_bits", sb_part_names[part]);
        const struct sb_effect_term terms[2] = { { 1, *point, bits },
                                                 { -1, sb_point("base", 0, 0), bits } };
        if (!sb_analysis_has(a, point, bits))
            continue;
        status = sb_analysis_documents(a, terms, 2, NULL, &effect);
        if (!status)
            sb_analysis_add(a, point, change, &effect);
    }
    return status;
}

static enum sb_status add_numbers(const struct sb_analysis *a, const struct sb_point *point)
{
    static const char *const quantities[] = { "kl_to_base_bits", "kl_from_base_bits",
                                              "alignment_probability" };
    double *values = malloc((a->options->n_seeds + 1) * sizeof *values);
    for (size_t q = 0; q < 3 && values; q++) {
        sb_analysis_values(a, point, quantities[q], values);
        struct sb_effect effect = sb_analysis_effect(a, values);
        if (sb_analysis_has(a, point, quantities[q]))
            sb_analysis_add(a, point, quantities[q], &effect);
    }
    free(values);
    return values ? SB_OK : sb_fail_memory(a->error);
}

enum sb_status sb_margin_findings(const struct sb_analysis *a)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < a->observations->n && !status; i++) {
        const struct sb_observation *o = &a->observations->items[i];
        if (o->condition != a->condition || o->seed != 0 ||
            strcmp(o->quantity, "bits_alignment") != 0)
            continue;
        const struct sb_margin_term term = { 1, o->point };
        struct sb_effect effect;
        status = sb_margin_effect(a, &term, 1, NULL, &effect);
        if (status)
            break;
        sb_analysis_add(a, &o->point, "margin_bits", &effect);
        status = add_changes(a, &o->point);
        if (!status)
            status = add_numbers(a, &o->point);
    }
    return status;
}

#include "estimators/experiment/findings.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/multiplicity.h"

const char *const sb_verdict_names[] = { "shown", "reversed", "absent", "not resolved" };

static const struct sb_effect NO_EFFECT = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, 0 };

/* ---- over seeds -------------------------------------------------------------------------------- */

struct sb_effect sb_effect_of_seeds(const double *values, size_t n_seeds, double confidence)
{
    struct sb_effect e = NO_EFFECT;
    double n = (double)n_seeds, mean = 0, squares = 0;
    for (size_t s = 0; s < n_seeds; s++)
        mean += values[s] / n;
    e.n_seeds = n_seeds;
    e.value = mean;
    if (n_seeds < 2 || !isfinite(mean))
        return e;
    for (size_t s = 0; s < n_seeds; s++)
        squares += (values[s] - mean) * (values[s] - mean);
    e.standard_error = sqrt(squares / (n * (n - 1)));
    double t = gsl_cdf_tdist_Pinv((1 + confidence) / 2, n - 1);
    e.low = e.these_low = mean - t * e.standard_error;
    e.high = e.these_high = mean + t * e.standard_error;
    e.p_value = e.standard_error > 0 ? 2 * gsl_cdf_tdist_Q(fabs(mean) / e.standard_error, n - 1)
                                     : (mean == 0 ? 1 : 0);
    return e;
}

static int compare_reals(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median, and the narrowest pair of order statistics x_(i), x_(n+1-i) that covers it with at least the
 * confidence: 1 - 2 P(Binomial(n, 1/2) < i). All values, where none does. */
static void median_of(const double *values, size_t n, double confidence, struct sb_effect *e)
{
    double sorted[1024];
    size_t i = 0;
    n = n < 1024 ? n : 1024;
    memcpy(sorted, values, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, compare_reals);
    double low = sorted[(n - 1) / 2], high = sorted[n / 2];
    e->value = isinf(high) ? high : (low + high) / 2;
    while (i + 1 < n / 2 &&
           1 - 2 * gsl_cdf_binomial_P((unsigned)(i + 1), 0.5, (unsigned)n) >= confidence)
        i++;
    e->low = e->these_low = sorted[i];
    e->high = e->these_high = sorted[n - 1 - i];
}

struct sb_effect sb_effect_of_times(const double *times, size_t n_seeds, double confidence)
{
    double logarithms[1024];
    bool censored = false;
    struct sb_effect e = NO_EFFECT;
    for (size_t s = 0; s < n_seeds && s < 1024; s++) {
        logarithms[s] = log(times[s]);
        censored = censored || isinf(logarithms[s]);
    }
    e.n_seeds = n_seeds;
    if (censored && n_seeds) {
        median_of(times, n_seeds, confidence, &e);
        return e;
    }
    e = sb_effect_of_seeds(logarithms, n_seeds, confidence);
    e.value = exp(e.value);
    e.standard_error *= e.value;
    e.low = e.these_low = exp(e.low);
    e.high = e.these_high = exp(e.high);
    e.p_value = NAN; /* a time has no null */
    return e;
}

/* ---- over documents and seeds ------------------------------------------------------------------ */

struct crossing {
    struct sb_ratio *terms; /* [seed][term] */
    double *ones;           /* denominators */
    size_t n_seeds, n_terms;
};

/* Samples are told apart by their quantity: terms of the same one share their documents. */
static size_t sample_of(const struct sb_effect_term *terms, size_t j)
{
    size_t i = 0;
    while (strcmp(terms[i].quantity, terms[j].quantity) != 0)
        i++;
    return i;
}

static enum sb_status set_term(struct crossing *c, const struct sb_analysis *a, size_t seed,
                               const struct sb_effect_term *terms, size_t j)
{
    const struct sb_observation *o = sb_observation_find(a->observations, a->condition, seed,
                                                         &terms[j].point, terms[j].quantity);
    if (!o || !o->documents)
        return sb_fail(a->error, SB_DOMAIN,
                       "nothing observed of %s on path %s at %g + %g documents, condition %zu",
                       terms[j].quantity, terms[j].point.path, terms[j].point.aligned,
                       terms[j].point.learned, a->condition);
    double *ones = realloc(c->ones, (o->n_documents + 1) * sizeof *ones);
    if (!ones)
        return sb_fail_memory(a->error);
    c->ones = ones;
    for (size_t i = 0; i < o->n_documents; i++)
        ones[i] = 1;
    c->terms[seed * c->n_terms + j] = (struct sb_ratio){ .coefficient = terms[j].coefficient,
                                                         .sample = sample_of(terms, j),
                                                         .n = o->n_documents,
                                                         .numerator = o->documents };
    return SB_OK;
}

static struct sb_effect effect_of(const struct sb_seeds_estimate *e, size_t n_seeds)
{
    return (struct sb_effect){ .value = e->crossed.value,
                               .standard_error = e->crossed.standard_error,
                               .low = e->crossed.low,
                               .high = e->crossed.high,
                               .p_value = sb_estimate_p_value(&e->crossed),
                               .these_low = e->these_documents.low,
                               .these_high = e->these_documents.high,
                               .n_seeds = n_seeds };
}

enum sb_status sb_analysis_documents(const struct sb_analysis *a,
                                     const struct sb_effect_term *terms, size_t n_terms,
                                     double *values, struct sb_effect *effect)
{
    struct crossing c = { .n_seeds = a->options->n_seeds, .n_terms = n_terms };
    struct sb_seeds_estimate estimate;
    c.terms = calloc(c.n_seeds * n_terms + 1, sizeof *c.terms);
    enum sb_status status = c.terms ? SB_OK : sb_fail_memory(a->error);
    for (size_t s = 0; s < c.n_seeds && !status; s++)
        for (size_t j = 0; j < n_terms && !status; j++)
            status = set_term(&c, a, s, terms, j);
    for (size_t i = 0; i < c.n_seeds * n_terms && !status; i++)
        c.terms[i].denominator = c.ones; /* it has moved while it grew */
    if (!status) {
        status = sb_estimate_seeds(c.terms, n_terms, c.n_seeds, a->options->confidence, values,
                                   &estimate);
        if (status)
            sb_fail(a->error, status, "seeds and documents: %s", sb_status_phrase(status));
    }
    if (!status)
        *effect = effect_of(&estimate, c.n_seeds);
    free(c.terms);
    free(c.ones);
    return status;
}

/* ---- findings ---------------------------------------------------------------------------------- */

enum sb_status sb_findings_init(struct sb_findings *findings)
{
    *findings = (struct sb_findings){ 0 };
    return sb_findings_coordinates(findings, "aligned_documents", "learned_documents");
}

enum sb_status sb_findings_coordinates(struct sb_findings *findings, const char *first,
                                       const char *second)
{
    const char *const columns[] = { "condition",  "path",           first,    second, "quantity",
                                    "value",      "standard_error", "low",    "high", "these_low",
                                    "these_high", "n_seeds",        "p_value" };
    sb_table_free(findings->estimates);
    findings->estimates = sb_table_create();
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        sb_table_column(findings->estimates, columns[i]);
    return findings->estimates ? SB_OK : SB_MEMORY;
}

void sb_findings_clear(struct sb_findings *findings)
{
    sb_table_free(findings->estimates);
    free(findings->claims);
    *findings = (struct sb_findings){ 0 };
}

void sb_findings_add(struct sb_findings *findings, const char *condition,
                     const struct sb_point *point, const char *quantity,
                     const struct sb_effect *effect)
{
    struct sb_table *t = findings->estimates;
    sb_table_text(t, condition);
    sb_table_text(t, point->path);
    sb_table_real(t, point->aligned);
    sb_table_real(t, point->learned);
    sb_table_text(t, quantity);
    sb_table_real(t, effect->value);
    sb_table_real(t, effect->standard_error);
    sb_table_real(t, effect->low);
    sb_table_real(t, effect->high);
    sb_table_real(t, effect->these_low);
    sb_table_real(t, effect->these_high);
    sb_table_integer(t, (long long)effect->n_seeds);
    sb_table_real(t, effect->p_value);
}

enum sb_claim_verdict sb_claim_verdict(const struct sb_claim *claim)
{
    double low = claim->effect.low, high = claim->effect.high;
    if (claim->sign < 0) {
        low = -claim->effect.high;
        high = -claim->effect.low;
    }
    if (low > 0)
        return SB_CLAIM_SHOWN;
    if (high < 0)
        return SB_CLAIM_REVERSED;
    return low > -claim->negligible && high < claim->negligible ? SB_CLAIM_ABSENT
                                                                : SB_CLAIM_UNRESOLVED;
}

enum sb_status sb_findings_adjust(struct sb_findings *findings, size_t n)
{
    double p[256];
    struct sb_claim *of[256];
    size_t n_primary = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < findings[i].n_claims; j++)
            if (findings[i].claims[j].is_primary && n_primary < 256) {
                of[n_primary] = &findings[i].claims[j];
                p[n_primary++] = findings[i].claims[j].effect.p_value;
            }
    enum sb_status status = sb_holm(p, n_primary);
    for (size_t i = 0; i < n_primary && !status; i++)
        of[i]->p_holm = p[i];
    return status;
}

static void add_claim(struct sb_table *t, const struct sb_claim *c)
{
    sb_table_text(t, c->experiment);
    sb_table_text(t, c->text);
    sb_table_text(t, c->measure);
    sb_table_real(t, c->effect.value);
    sb_table_real(t, c->effect.low);
    sb_table_real(t, c->effect.high);
    sb_table_text(t, *c->paper ? c->paper : NULL);
    sb_table_text(t, sb_verdict_names[sb_claim_verdict(c)]);
    sb_table_real(t, c->effect.p_value);
    sb_table_real(t, c->p_holm);
    sb_table_text(t, c->condition);
}

enum sb_status sb_findings_table(const struct sb_findings *findings, size_t n,
                                 struct sb_table **table)
{
    static const char *const columns[] = { "experiment", "claim",  "measure",  "value",
                                           "low",        "high",   "paper",    "verdict",
                                           "p_value",    "p_holm", "condition" };
    *table = sb_table_create();
    if (!*table)
        return SB_MEMORY;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        sb_table_column(*table, columns[i]);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < findings[i].n_claims; j++)
            add_claim(*table, &findings[i].claims[j]);
    return SB_OK;
}

/* ---- analysing --------------------------------------------------------------------------------- */

enum sb_status sb_analyse(const struct sb_experiment *experiment,
                          const struct sb_experiment_options *options,
                          const struct sb_observations *observations, struct sb_findings *findings,
                          struct sb_error *error)
{
    const struct sb_analysis any = { .experiment = experiment,
                                     .options = options,
                                     .observations = observations,
                                     .findings = findings,
                                     .error = error };
    const struct sb_analysis first = sb_analysis_at(&any, 0);
    return experiment->analyse(&first);
}

struct sb_analysis sb_analysis_at(const struct sb_analysis *a, size_t condition)
{
    struct sb_analysis there = *a;
    there.condition = condition;
    a->experiment->name_condition(a->options, condition, there.name, sizeof there.name);
    return there;
}

enum sb_status sb_analysis_each(const struct sb_analysis *a,
                                enum sb_status (*one)(const struct sb_analysis *))
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < a->experiment->n_conditions(a->options) && !status; i++) {
        const struct sb_analysis there = sb_analysis_at(a, i);
        status = one(&there);
    }
    return status;
}

bool sb_analysis_has(const struct sb_analysis *a, const struct sb_point *point,
                     const char *quantity)
{
    return sb_observation_find(a->observations, a->condition, 0, point, quantity);
}

void sb_analysis_values(const struct sb_analysis *a, const struct sb_point *point,
                        const char *quantity, double *values)
{
    for (size_t s = 0; s < a->options->n_seeds; s++) {
        const struct sb_observation *o =
            sb_observation_find(a->observations, a->condition, s, point, quantity);
        values[s] = o ? o->value : NAN;
    }
}

struct sb_effect sb_analysis_effect(const struct sb_analysis *a, const double *values)
{
    return sb_effect_of_seeds(values, a->options->n_seeds, a->options->confidence);
}

void sb_analysis_add(const struct sb_analysis *a, const struct sb_point *point,
                     const char *quantity, const struct sb_effect *effect)
{
    sb_findings_add(a->findings, a->name, point, quantity, effect);
}

enum sb_status sb_analysis_claim(const struct sb_analysis *a, struct sb_claim *claim)
{
    struct sb_findings *f = a->findings;
    void *grown = realloc(f->claims, (f->n_claims + 1) * sizeof *f->claims);
    if (!grown)
        return sb_fail_memory(a->error);
    f->claims = grown;
    claim->experiment = a->experiment->name;
    claim->p_holm = NAN;
    if (!*claim->condition)
        snprintf(claim->condition, sizeof claim->condition, "%s", a->name);
    f->claims[f->n_claims++] = *claim;
    return SB_OK;
}

#include "estimators/seeds.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include "theory/numeric.h"

struct crossing {
    const struct sb_ratio *terms; /* (n_seeds, n_terms) */
    size_t n_terms, n_seeds;
    double *numerators, *denominators; /* (n_seeds, n_terms): sums over documents */
    double *values;                    /* (n_seeds): T_s */
    double scale;                      /* what rounding is measured against */
};

static double sum_of(const double *x, size_t n)
{
    struct sb_sum sum = { 0 };
    for (size_t i = 0; i < n; i++)
        sb_sum_add(&sum, x[i]);
    return sb_sum_value(&sum);
}

static enum sb_status crossing_init(struct crossing *x, const struct sb_ratio *terms,
                                    size_t n_terms, size_t n_seeds)
{
    size_t n = n_terms * n_seeds;
    *x = (struct crossing){ .terms = terms, .n_terms = n_terms, .n_seeds = n_seeds };
    x->numerators = calloc(2 * n + n_seeds, sizeof *x->numerators);
    if (!x->numerators)
        return SB_MEMORY;
    x->denominators = x->numerators + n;
    x->values = x->denominators + n;
    for (size_t i = 0; i < n; i++) {
        x->numerators[i] = sum_of(terms[i].numerator, terms[i].n);
        x->denominators[i] = sum_of(terms[i].denominator, terms[i].n);
        double value = terms[i].coefficient * (x->numerators[i] / x->denominators[i]);
        x->values[i / n_terms] += value;
        x->scale += fabs(value) / (double)n_seeds;
    }
    return SB_OK;
}

static bool first_of_sample(const struct crossing *x, size_t j)
{
    for (size_t i = 0; i < j; i++)
        if (x->terms[i].sample == x->terms[j].sample)
            return false;
    return true;
}

/* n u_sc over the clusters of term j's sample. */
static double influence(const struct crossing *x, size_t seed, size_t j, size_t c)
{
    double u = 0;
    for (size_t i = 0; i < x->n_terms; i++) {
        size_t k = seed * x->n_terms + i;
        const struct sb_ratio *t = &x->terms[k];
        double ratio = x->numerators[k] / x->denominators[k];
        if (t->sample == x->terms[j].sample)
            u +=
                t->coefficient * (t->numerator[c] - ratio * t->denominator[c]) / x->denominators[k];
    }
    return u;
}

/* The t estimate of one sample's part under the first seed: its degrees of freedom are those of the
 * documents, its note says why it has no interval. */
static enum sb_status sample_alone(const struct crossing *x, size_t j, struct sb_estimate *alone)
{
    struct sb_ratio *terms = malloc(x->n_terms * sizeof *terms);
    const struct sb_interval_options options = { SB_INTERVAL_T, 0.95, 0, 0, 1 };
    size_t n = 0;
    if (!terms)
        return SB_MEMORY;
    for (size_t i = 0; i < x->n_terms; i++)
        if (x->terms[i].sample == x->terms[j].sample)
            terms[n++] = x->terms[i];
    enum sb_status status = sb_estimate_ratios(terms, n, &options, alone);
    free(terms);
    return status;
}

/* Clusters with weight under any term of the sample. */
static double weighted_clusters(const struct crossing *x, size_t j)
{
    size_t n = 0;
    for (size_t c = 0; c < x->terms[j].n; c++) {
        bool weighted = false;
        for (size_t i = 0; i < x->n_terms * x->n_seeds; i++)
            if (x->terms[i].sample == x->terms[j].sample)
                weighted |= x->terms[i].denominator[c] != 0;
        n += weighted;
    }
    return (double)n;
}

/* The documents' part of a sample, v_D, and its share in the sum that Satterthwaite divides by. */
static void document_variance(const struct crossing *x, size_t j, double freedom, double *variance,
                              double *spread)
{
    double n = weighted_clusters(x, j), seeds = (double)x->n_seeds;
    struct sb_sum between = { 0 }, rest = { 0 };
    for (size_t c = 0; c < x->terms[j].n; c++) {
        double mean = 0;
        for (size_t s = 0; s < x->n_seeds; s++)
            mean += influence(x, s, j, c) / seeds;
        sb_sum_add(&between, mean * mean);
        for (size_t s = 0; s < x->n_seeds; s++) {
            double deviation = influence(x, s, j, c) - mean;
            sb_sum_add(&rest, deviation * deviation);
        }
    }
    /* MS_D / (S n) and MS_R / (S n); u is 1/n of the header's. */
    double documents = sb_sum_value(&between) * n / (n - 1);
    double residual = sb_sum_value(&rest) * n / ((seeds - 1) * seeds * (n - 1));
    if (documents > residual) {
        *variance += documents - residual;
        *spread += (documents * documents + residual * residual / (seeds - 1)) / freedom;
    }
}

static void set_interval(struct sb_estimate *e, double variance, double freedom, double confidence,
                         double scale)
{
    e->standard_error = sqrt(variance);
    e->freedom = freedom;
    if (e->standard_error <= 8 * DBL_EPSILON * scale) {
        e->standard_error = 0;
        e->low = e->high = e->value;
        e->note = "all seeds agree: an interval without width";
        return;
    }
    double t = gsl_cdf_tdist_Pinv((1 + confidence) / 2, freedom);
    e->low = e->value - t * e->standard_error;
    e->high = e->value + t * e->standard_error;
}

static enum sb_status estimate_crossing(const struct crossing *x, double confidence,
                                        struct sb_seeds_estimate *e)
{
    double seeds = (double)x->n_seeds, v_seeds = 0, v_documents = 0, spread = 0;
    struct sb_estimate none = { sum_of(x->values, x->n_seeds) / seeds, NAN, NAN, NAN, NAN, NULL };
    *e = (struct sb_seeds_estimate){ none, none, NAN, NAN };
    if (!isfinite(none.value))
        none.note = "infinite: a probability is zero; no interval";
    else if (x->n_seeds < 2)
        none.note = "fewer than two seeds: no interval for the procedure";
    e->crossed = e->these_documents = none;
    if (none.note)
        return SB_OK;
    for (size_t s = 0; s < x->n_seeds; s++) {
        double deviation = x->values[s] - none.value;
        v_seeds += deviation * deviation / (seeds * (seeds - 1));
    }
    set_interval(&e->these_documents, v_seeds, seeds - 1, confidence, x->scale);
    e->seed_error = e->these_documents.standard_error;
    for (size_t j = 0; j < x->n_terms; j++) {
        struct sb_estimate alone;
        if (!first_of_sample(x, j))
            continue;
        if (sample_alone(x, j, &alone))
            return SB_MEMORY;
        if (isnan(alone.low)) {
            e->crossed.note = alone.note;
            return SB_OK;
        }
        document_variance(x, j, alone.freedom, &v_documents, &spread);
    }
    double variance = v_seeds + v_documents;
    double freedom = variance * variance / (v_seeds * v_seeds / (seeds - 1) + spread);
    e->document_error = sqrt(v_documents);
    set_interval(&e->crossed, variance, freedom, confidence, x->scale);
    return SB_OK;
}

enum sb_status sb_estimate_seeds(const struct sb_ratio *terms, size_t n_terms, size_t n_seeds,
                                 double confidence, double *values,
                                 struct sb_seeds_estimate *estimate)
{
    struct crossing x;
    struct sb_seeds_estimate e;
    enum sb_status status = crossing_init(&x, terms, n_terms, n_seeds);
    if (!status)
        status = estimate_crossing(&x, confidence, &e);
    for (size_t s = 0; s < n_seeds && values && !status; s++)
        values[s] = x.values[s];
    free(x.numerators);
    if (!status)
        *estimate = e;
    return status;
}

#include "estimators/prefix_ratio.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include "estimators/fieller.h"
#include "estimators/pareto_tail.h"
#include "theory/numeric.h"
#include "theory/portable.h"

/* ---- prompts --------------------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorted hashes of the prompts of documents with weight; a new array of *n. */
static uint64_t *list_prompts(const struct sb_comparison *c, size_t dataset, size_t *n)
{
    size_t first = c->first[dataset], end = c->first[dataset + 1];
    uint64_t *hashes = malloc((end - first + 1) * sizeof *hashes);
    *n = 0;
    for (size_t i = first; i < end && hashes; i++)
        if (c->documents[i].weight > 0)
            hashes[(*n)++] = c->documents[i].prompt_hash;
    if (hashes)
        qsort(hashes, *n, sizeof *hashes, by_value);
    return hashes;
}

static size_t length_of_run(const uint64_t *hashes, size_t n)
{
    size_t length = 0;
    while (length < n && hashes[length] == hashes[0])
        length++;
    return length;
}

enum sb_status sb_prefix_prompts(const struct sb_comparison *comparison, size_t align,
                                 size_t perturb, bool *same)
{
    size_t n[2], i = 0, j = 0;
    uint64_t *a = list_prompts(comparison, align, &n[0]);
    uint64_t *b = list_prompts(comparison, perturb, &n[1]);
    bool alike = a && b && n[0] && n[1];
    enum sb_status status = a && b ? SB_OK : SB_MEMORY;
    while (alike && i < n[0] && j < n[1]) {
        size_t x = length_of_run(a + i, n[0] - i), y = length_of_run(b + j, n[1] - j);
        alike = a[i] == b[j] && x * n[1] == y * n[0];
        i += x;
        j += y;
    }
    free(a);
    free(b);
    if (!status)
        *same = alike && i == n[0] && j == n[1];
    return status;
}

/* ---- ratios ------------------------------------------------------------------------------------- */

struct sample {
    const struct sb_compared *documents;
    size_t n, longest;
    double *ratio, *weighted, *weight; /* (n): of the documents that count at this length, else 0 */
    double *compact;                   /* the ratios of those alone */
};

static void clear(struct sample *s)
{
    free(s->ratio);
    free(s->weighted);
    free(s->weight);
    free(s->compact);
}

static bool init(struct sample *s, const struct sb_comparison *c, size_t dataset)
{
    size_t n = c->first[dataset + 1] - c->first[dataset];
    *s = (struct sample){ .documents = c->documents + c->first[dataset], .n = n };
    s->ratio = malloc((n + 1) * sizeof *s->ratio);
    s->weighted = malloc((n + 1) * sizeof *s->weighted);
    s->weight = malloc((n + 1) * sizeof *s->weight);
    s->compact = malloc((n + 1) * sizeof *s->compact);
    for (size_t i = 0; i < n; i++)
        if (s->documents[i].weight > 0 && s->documents[i].n > s->longest)
            s->longest = s->documents[i].n;
    return s->ratio && s->weighted && s->weight && s->compact;
}

/* p_A / p_base of the first n_tokens tokens. */
static double ratio_of(const struct sb_compared *d, size_t n_tokens)
{
    struct sb_sum log2_ratio = { 0 };
    for (size_t t = 0; t < n_tokens && t < d->n; t++) {
        sb_sum_add(&log2_ratio, d->tokens[t].log2_p[1]);
        sb_sum_add(&log2_ratio, -d->tokens[t].log2_p[0]);
    }
    return sb_portable_exp(sb_nats_from_bits(sb_sum_value(&log2_ratio)));
}

/* The ratios at a length; returns how many there are. */
static size_t fill(struct sample *s, size_t n_tokens, long end_id)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct sb_compared *d = &s->documents[i];
        bool ended = d->n && (long)d->tokens[d->n - 1].id == end_id;
        bool counts = d->weight > 0 && (d->n >= n_tokens || ended);
        s->ratio[i] = counts ? ratio_of(d, n_tokens) : 0;
        s->weight[i] = counts ? d->weight : 0;
        s->weighted[i] = s->weight[i] * s->ratio[i];
        if (counts)
            s->compact[n++] = s->ratio[i];
    }
    return n;
}

static struct sb_ratio term_of(const struct sample *s, size_t sample)
{
    return (struct sb_ratio){ .coefficient = 1,
                              .sample = sample,
                              .n = s->n,
                              .numerator = s->weighted,
                              .denominator = s->weight };
}

static bool is_finite(const struct sample *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (!isfinite(s->ratio[i]))
            return false;
    return true;
}

/* (1 - rho_t) / (rho_a - 1), its interval by Fieller; the covariance from the error of rho_a + rho_t. */
static enum sb_status divide(const struct sample samples[2], bool is_paired, double confidence,
                             struct sb_prefix_ratio *r)
{
    const struct sb_interval_options options = { SB_INTERVAL_T, confidence, 1, 0, 1 };
    const struct sb_ratio terms[2] = { term_of(&samples[0], 0), term_of(&samples[1], !is_paired) };
    struct sb_estimate sum;
    enum sb_status status = sb_estimate_ratios(terms, 2, &options, &sum);
    if (status)
        return status;
    const struct sb_estimate *a = &r->rho[SB_PREFIX_ALIGN], *t = &r->rho[SB_PREFIX_PERTURB];
    double variance_a = a->standard_error * a->standard_error;
    double variance_t = t->standard_error * t->standard_error;
    double covariance =
        (sum.standard_error * sum.standard_error - variance_a - variance_t) / 2; /* of a and t */
    double freedom = a->freedom < t->freedom ? a->freedom : t->freedom;
    double quantile = gsl_cdf_tdist_Pinv((1 + confidence) / 2, freedom);
    if (!(freedom > 0))
        r->note = "no intervals";
    else if (!sb_fieller(1 - t->value, a->value - 1, variance_t, variance_a, -covariance, quantile,
                         &r->low, &r->high))
        r->note = "rho of the alignment data does not differ from 1";
    else
        r->ratio = (1 - t->value) / (a->value - 1);
    if (r->note)
        r->low = r->high = NAN;
    return SB_OK;
}

enum { MOST_LENGTHS = 66 }; /* powers of two, and the longest */

static const struct sb_estimate none = { NAN, NAN, NAN, NAN, NAN, NULL };

static enum sb_status estimate(struct sample samples[2], size_t n_tokens, bool is_paired,
                               long end_id, double confidence, struct sb_prefix_ratio *r)
{
    const struct sb_interval_options options = { SB_INTERVAL_T, confidence, 1, 0, 1 };
    enum sb_status status = SB_OK;
    *r = (struct sb_prefix_ratio){
        .n_tokens = n_tokens, .rho = { none, none }, .ratio = NAN, .low = NAN, .high = NAN
    };
    for (size_t s = 0; s < 2 && !status; s++) {
        struct sample *x = &samples[s];
        size_t n = r->n_documents[s] = fill(x, n_tokens, end_id);
        r->limit[s] = n ? sb_pareto_tail_limit(n) : NAN;
        r->shape[s] = NAN;
        if (is_finite(x))
            status = sb_pareto_tail(x->compact, n, &r->shape[s]);
        const struct sb_ratio term = term_of(x, 0);
        if (!status && r->shape[s] < r->limit[s])
            status = sb_estimate_ratios(&term, 1, &options, &r->rho[s]);
        else if (!r->note)
            r->note = isnan(r->shape[s]) ? "too few documents for a tail, or the largest ratios are equal"
                                         : "the tail of the ratios is too heavy for a mean";
    }
    return status || r->note ? status : divide(samples, is_paired, confidence, r);
}

enum sb_status sb_prefix_ratios(const struct sb_comparison *comparison, size_t align,
                                size_t perturb, bool is_paired, long end_id, double confidence,
                                struct sb_prefix_ratio **ratios, size_t *n)
{
    struct sample samples[2] = { { 0 }, { 0 } };
    bool ok = init(&samples[SB_PREFIX_ALIGN], comparison, align);
    ok &= init(&samples[SB_PREFIX_PERTURB], comparison, perturb);
    size_t longest =
        samples[0].longest > samples[1].longest ? samples[0].longest : samples[1].longest;
    struct sb_prefix_ratio *all = calloc(MOST_LENGTHS, sizeof *all);
    enum sb_status status = ok && all ? SB_OK : SB_MEMORY;
    size_t n_all = 0;
    for (size_t j = 1; j < 2 * longest && !status; j *= 2)
        status = estimate(samples, j < longest ? j : longest, is_paired, end_id, confidence,
                          &all[n_all++]);
    clear(&samples[0]);
    clear(&samples[1]);
    if (status) {
        free(all);
        return status;
    }
    *ratios = all;
    *n = n_all;
    return SB_OK;
}

#include "estimators/power_law.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multimin.h>
#include <math.h>
#include <stdlib.h>
#include "estimators/parallel.h"
#include "theory/numeric.h"
#include "theory/root.h"
#include "theory/zipf.h"

static const double A_MIN = 1.01, A_MAX = 30, COUNT_MAX = 0x1p53;

/* ---- distinct counts ------------------------------------------------------------------------- */

/* x[0..n-1] ascending; tail[i] leaves have counts >= x[i], and the sum of ln count over them. */
struct histogram {
    double *x, *tail, *tail_log; /* (n), (n + 1), (n + 1): one allocation */
    size_t n;
};

/* Sorts counts. */
static enum sb_status histogram_init(struct histogram *h, double *counts, size_t n)
{
    sb_sort(counts, n);
    *h = (struct histogram){ .x = calloc(3 * n + 2, sizeof(double)) };
    if (!h->x)
        return SB_MEMORY;
    h->tail = h->x + n;
    h->tail_log = h->tail + n + 1;
    for (size_t i = 0; i < n; i++) {
        if (h->n == 0 || counts[i] != h->x[h->n - 1])
            h->x[h->n++] = counts[i];
        h->tail[h->n - 1]++;
    }
    for (size_t j = h->n; j-- > 0;) {
        h->tail_log[j] = h->tail_log[j + 1] + h->tail[j] * log(h->x[j]);
        h->tail[j] += h->tail[j + 1];
    }
    return SB_OK;
}

/* ---- the fit --------------------------------------------------------------------------------- */

struct likelihood {
    double x_min, mean_log;
};

/* The derivative of the mean log-likelihood, which falls in a: the law is an exponential family. */
static double score(double a, const void *context)
{
    const struct likelihood *l = context;
    double mean_log;
    sb_zipf_tail(a, l->x_min, &mean_log);
    return mean_log - l->mean_log;
}

/* Var ln X = -d/da of the mean: the information of one leaf. */
static double information(double a, double x_min)
{
    double step = 1e-4 * (a - 1), above, below;
    sb_zipf_tail(a - step, x_min, &above);
    sb_zipf_tail(a + step, x_min, &below);
    return (above - below) / (2 * step);
}

double sb_power_law_survival(const struct sb_power_law *fit, double x)
{
    double unused;
    return sb_zipf_tail(fit->density_exponent, x, &unused) /
           sb_zipf_tail(fit->density_exponent, fit->x_min, &unused);
}

/* The data's survival is constant from x_j + 1 to x_(j+1), the law's falls: the supremum is at ends. */
static double distance(const struct histogram *h, size_t first, double a)
{
    double unused, Z = sb_zipf_tail(a, h->x[first], &unused), largest = 0;
    for (size_t j = first; j < h->n; j++) {
        double share = h->tail[j + 1] / h->tail[first];
        largest = fmax(largest, fabs(sb_zipf_tail(a, h->x[j] + 1, &unused) / Z - share));
        if (j + 1 < h->n)
            largest = fmax(largest, fabs(sb_zipf_tail(a, h->x[j + 1], &unused) / Z - share));
    }
    return largest;
}

static enum sb_status fit_from(const struct histogram *h, size_t first, struct sb_power_law *fit)
{
    const struct likelihood l = { h->x[first], h->tail_log[first] / h->tail[first] };
    struct sb_root a;
    if (sb_root_between(score, &l, A_MIN, A_MAX, 1e-9, &a))
        return SB_DOMAIN;
    fit->x_min = l.x_min;
    fit->n_tail = (size_t)h->tail[first];
    fit->density_exponent = a.root;
    fit->ks_distance = distance(h, first, a.root);
    return SB_OK;
}

static enum sb_status fit_histogram(const struct histogram *h, struct sb_power_law *fit)
{
    size_t n_candidates = 0;
    while (n_candidates + 1 < h->n && h->tail[n_candidates] >= SB_POWER_LAW_TAIL_MIN)
        n_candidates++;
    size_t n_tried =
        n_candidates < SB_POWER_LAW_CANDIDATES ? n_candidates : SB_POWER_LAW_CANDIDATES;
    struct sb_power_law best = { .ks_distance = INFINITY };
    for (size_t i = 0; i < n_tried; i++) {
        struct sb_power_law one = { 0 };
        size_t first = n_tried == n_candidates ? i : i * (n_candidates - 1) / (n_tried - 1);
        if (!fit_from(h, first, &one) && one.ks_distance < best.ks_distance)
            best = one;
    }
    if (isinf(best.ks_distance))
        return SB_DOMAIN;
    best.n = (size_t)h->tail[0];
    *fit = best;
    return SB_OK;
}

static enum sb_status histogram_of(const double *counts, size_t n, struct histogram *h)
{
    double *sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted)
        return SB_MEMORY;
    for (size_t i = 0; i < n; i++)
        sorted[i] = counts[i];
    enum sb_status status = histogram_init(h, sorted, n);
    free(sorted);
    return status;
}

enum sb_status sb_power_law_fit(const double *counts, size_t n, struct sb_power_law *fit)
{
    for (size_t i = 0; i < n; i++)
        if (!(counts[i] >= 1 && counts[i] < COUNT_MAX && counts[i] == floor(counts[i])))
            return SB_DOMAIN;
    struct histogram h;
    enum sb_status status = histogram_of(counts, n, &h);
    if (status)
        return status;
    status = fit_histogram(&h, fit);
    if (!status)
        fit->standard_error =
            1 / sqrt((double)fit->n_tail * information(fit->density_exponent, fit->x_min));
    free(h.x);
    return status;
}

/* ---- goodness of fit ------------------------------------------------------------------------- */

/* The largest x with P(X >= x) >= u: doubling, then bisection. */
static double draw_tail(struct sb_random *random, const struct sb_power_law *fit)
{
    double u = 1 - sb_random_unit(random), low = fit->x_min, high = 2 * low;
    while (high < COUNT_MAX && sb_power_law_survival(fit, high) >= u) {
        low = high;
        high *= 2;
    }
    while (high - low > 1) {
        double middle = floor(low + (high - low) / 2);
        if (sb_power_law_survival(fit, middle) >= u)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct bootstrap {
    const struct sb_power_law *fit;
    const double *sorted; /* (n): those below x_min first */
    double *distances;    /* (n_replicates) */
    uint64_t seed;
};

static enum sb_status replicate(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)thread;
    const struct bootstrap *b = context;
    const struct sb_power_law *fit = b->fit;
    size_t n_body = fit->n - fit->n_tail;
    struct sb_random random;
    sb_random_init(&random, b->seed, item);
    double *sample = malloc(fit->n * sizeof *sample);
    if (!sample)
        return sb_fail_memory(error);
    for (size_t i = 0; i < fit->n; i++) {
        size_t drawn = (size_t)sb_random_below(&random, fit->n);
        sample[i] = drawn < n_body ? b->sorted[drawn] : draw_tail(&random, fit);
    }
    struct histogram h;
    struct sb_power_law again;
    enum sb_status status = histogram_init(&h, sample, fit->n);
    free(sample);
    if (status)
        return sb_fail_memory(error);
    /* A sample without a fit is as far from one as can be. */
    b->distances[item] = fit_histogram(&h, &again) ? INFINITY : again.ks_distance;
    free(h.x);
    return SB_OK;
}

enum sb_status sb_power_law_p_value(const double *counts, size_t n, const struct sb_power_law *fit,
                                    size_t n_replicates, uint64_t seed, size_t n_threads,
                                    double *p_value, struct sb_error *error)
{
    double *memory = malloc((n + n_replicates) * sizeof *memory);
    if (!memory)
        return sb_fail_memory(error);
    struct bootstrap b = { fit, memory, memory + n, seed };
    for (size_t i = 0; i < n; i++)
        memory[i] = counts[i];
    sb_sort(memory, n);
    enum sb_status status = sb_parallel_for(n_threads, n_replicates, replicate, &b, error);
    if (!status) {
        size_t n_farther = 0;
        for (size_t i = 0; i < n_replicates; i++)
            n_farther += b.distances[i] >= fit->ks_distance;
        *p_value = (1 + (double)n_farther) / (1 + (double)n_replicates);
    }
    free(memory);
    return status;
}

/* ---- the lognormal --------------------------------------------------------------------------- */

/* P(low <= Z < high) of a standard normal Z, taken in the tail where it does not cancel. */
static double normal_between(double low, double high)
{
    return low > 0 ? gsl_cdf_ugaussian_Q(low) - gsl_cdf_ugaussian_Q(high)
                   : gsl_cdf_ugaussian_P(high) - gsl_cdf_ugaussian_P(low);
}

static double standardised(const struct sb_lognormal *lognormal, double x)
{
    return (log(x - 0.5) - lognormal->mu) / lognormal->sigma;
}

double sb_lognormal_survival(const struct sb_lognormal *lognormal, double x_min, double x)
{
    return gsl_cdf_ugaussian_Q(standardised(lognormal, x)) /
           gsl_cdf_ugaussian_Q(standardised(lognormal, x_min));
}

static double lognormal_log_probability(const struct sb_lognormal *lognormal, double x_min,
                                        double x)
{
    return log(normal_between(standardised(lognormal, x), standardised(lognormal, x + 1))) -
           log(gsl_cdf_ugaussian_Q(standardised(lognormal, x_min)));
}

struct search {
    const struct histogram *h;
    size_t first;
};

static double multiplicity(const struct histogram *h, size_t j)
{
    return h->tail[j] - h->tail[j + 1];
}

/* Minus the mean log-likelihood at (mu, ln sigma). */
static double cost(const gsl_vector *at, void *context)
{
    const struct search *s = context;
    const struct sb_lognormal l = { .mu = gsl_vector_get(at, 0),
                                    .sigma = exp(gsl_vector_get(at, 1)) };
    struct sb_sum sum = { 0 };
    for (size_t j = s->first; j < s->h->n; j++)
        sb_sum_add(&sum, multiplicity(s->h, j) *
                             lognormal_log_probability(&l, s->h->x[s->first], s->h->x[j]));
    double mean = sb_sum_value(&sum) / s->h->tail[s->first];
    return isfinite(mean) ? -mean : 1e10;
}

static enum sb_status minimise(struct search *search, gsl_multimin_fminimizer *minimizer,
                               gsl_vector *at, gsl_vector *steps, struct sb_lognormal *lognormal)
{
    gsl_multimin_function f = { cost, 2, search };
    const struct histogram *h = search->h;
    gsl_vector_set(at, 0, h->tail_log[search->first] / h->tail[search->first]);
    gsl_vector_set(at, 1, 0);
    gsl_vector_set_all(steps, 0.5);
    if (gsl_multimin_fminimizer_set(minimizer, &f, at, steps))
        return SB_NUMERIC;
    for (int i = 0; i < 400 && gsl_multimin_fminimizer_size(minimizer) > 1e-7; i++)
        if (gsl_multimin_fminimizer_iterate(minimizer))
            return SB_NUMERIC;
    lognormal->mu = gsl_vector_get(minimizer->x, 0);
    lognormal->sigma = exp(gsl_vector_get(minimizer->x, 1));
    return minimizer->fval < 1e9 ? SB_OK : SB_NUMERIC;
}

/* Mean and variance over the tail of ln(power law) - ln(lognormal). */
static void compare(const struct histogram *h, size_t first, const struct sb_power_law *fit,
                    struct sb_lognormal *l)
{
    double unused, log_Z = log(sb_zipf_tail(fit->density_exponent, fit->x_min, &unused));
    double n = h->tail[first], mean = 0, variance = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t j = first; j < h->n; j++) {
            double ratio = -fit->density_exponent * log(h->x[j]) - log_Z -
                           lognormal_log_probability(l, fit->x_min, h->x[j]);
            double weight = multiplicity(h, j) / n;
            if (pass == 0)
                mean += weight * ratio;
            else
                variance += weight * (ratio - mean) * (ratio - mean);
        }
    l->vuong_z = variance > 0 ? mean * sqrt(n / variance) : 0;
    l->vuong_p = erfc(fabs(l->vuong_z) / sqrt(2));
}

enum sb_status sb_lognormal_fit(const double *counts, size_t n, const struct sb_power_law *fit,
                                struct sb_lognormal *lognormal)
{
    struct histogram h;
    enum sb_status status = histogram_of(counts, n, &h);
    if (status)
        return status;
    struct search search = { &h, 0 };
    while (h.x[search.first] < fit->x_min)
        search.first++;
    gsl_multimin_fminimizer *minimizer =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, 2);
    gsl_vector *at = gsl_vector_alloc(2), *steps = gsl_vector_alloc(2);
    struct sb_lognormal found;
    status = minimizer && at && steps ? minimise(&search, minimizer, at, steps, &found) : SB_MEMORY;
    if (!status) {
        compare(&h, search.first, fit, &found);
        *lognormal = found;
    }
    if (minimizer)
        gsl_multimin_fminimizer_free(minimizer);
    gsl_vector_free(at);
    gsl_vector_free(steps);
    free(h.x);
    return status;
}

/* ---- thinning -------------------------------------------------------------------------------- */

void sb_thin_counts(struct sb_random *random, double *counts, size_t n, uint64_t m)
{
    uint64_t left = 0, wanted = m;
    for (size_t i = 0; i < n; i++)
        left += (uint64_t)counts[i];
    if (wanted == left)
        return;
    for (size_t i = 0; i < n; i++) {
        uint64_t kept = 0;
        for (uint64_t j = (uint64_t)counts[i]; j > 0; j--, left--)
            if (sb_random_below(random, left) < wanted) {
                kept++;
                wanted--;
            }
        counts[i] = (double)kept;
    }
}

#include "estimators/multiplicity.h"

#include <math.h>
#include <stdlib.h>
#include "estimators/parallel.h"
#include "theory/numeric.h"
#include "theory/random.h"

/* ---- Holm ------------------------------------------------------------------------------------ */

enum sb_status sb_holm(double *p, size_t n)
{
    double *sorted = malloc((n + 1) * sizeof *sorted);
    if (!sorted)
        return SB_MEMORY;
    size_t m = 0;
    for (size_t i = 0; i < n; i++) {
        sorted[i] = p[i];
        m += isnan(p[i]) ? 0 : 1;
    }
    sb_sort(sorted, n); /* NaN last */
    for (size_t i = 0; i < n; i++) {
        double adjusted = 0;
        for (size_t j = 0; j < m && sorted[j] <= p[i]; j++)
            adjusted = fmax(adjusted, fmin(1, (double)(m - j) * sorted[j]));
        p[i] = isnan(p[i]) ? NAN : adjusted;
    }
    free(sorted);
    return SB_OK;
}

/* ---- sup-t ----------------------------------------------------------------------------------- */

struct sup_t {
    const double *influences;
    size_t n_clusters, n_points;
    const struct sb_sup_t_options *options;
    double *errors;  /* s_j; NaN: does not count */
    double *t;       /* (n_threads, n_points) */
    double *largest; /* (n_replicates) */
};

/* A draw of chi^2_nu / nu, by Marsaglia and Tsang's rejection for gamma laws of shape nu/2 (one more
 * where that is below 1, and a power of a uniform to come back). */
static double draw_chi2_ratio(struct sb_random *random, double nu)
{
    double shape = nu < 2 ? nu / 2 + 1 : nu / 2, d = shape - 1.0 / 3, v, x;
    do {
        x = sb_random_normal(random);
        v = 1 + x / sqrt(9 * d);
        v = v * v * v;
    } while (!(v > 0) || log(1 - sb_random_unit(random)) > x * x / 2 + d - d * v + d * log(v));
    double gamma = d * v;
    if (nu < 2)
        gamma *= pow(1 - sb_random_unit(random), 2 / nu);
    return 2 * gamma / nu;
}

static enum sb_status draw_largest(void *context, size_t item, size_t thread,
                                   struct sb_error *error)
{
    (void)error;
    const struct sup_t *s = context;
    double *t = s->t + thread * s->n_points, largest = NAN;
    struct sb_random random;
    sb_random_init(&random, s->options->seed, item);
    double scale = sqrt(draw_chi2_ratio(&random, s->options->freedom));
    for (size_t j = 0; j < s->n_points; j++)
        t[j] = 0;
    for (size_t c = 0; c < s->n_clusters; c++) {
        double xi = sb_random_normal(&random);
        for (size_t j = 0; j < s->n_points; j++)
            t[j] += xi * s->influences[c * s->n_points + j];
    }
    for (size_t j = 0; j < s->n_points; j++)
        largest = fmax(largest, fabs(t[j]) / s->errors[j]); /* fmax passes NaN over */
    s->largest[item] = largest / scale;
    return SB_OK;
}

static void point_errors(const struct sup_t *s)
{
    for (size_t j = 0; j < s->n_points; j++) {
        struct sb_sum squares = { 0 };
        for (size_t c = 0; c < s->n_clusters; c++) {
            double u = s->influences[c * s->n_points + j];
            sb_sum_add(&squares, u * u);
        }
        double error = sqrt(sb_sum_value(&squares));
        s->errors[j] = error > 0 && isfinite(error) ? error : NAN;
    }
}

enum sb_status sb_sup_t(const double *influences, size_t n_clusters, size_t n_points,
                        const struct sb_sup_t_options *options, double *critical,
                        struct sb_error *error)
{
    struct sup_t s = { influences, n_clusters, n_points, options, NULL, NULL, NULL };
    s.errors = malloc(n_points * sizeof *s.errors);
    s.t = malloc(options->n_threads * n_points * sizeof *s.t);
    s.largest = malloc(options->n_replicates * sizeof *s.largest);
    enum sb_status status = SB_MEMORY;
    if (s.errors && s.t && s.largest) {
        point_errors(&s);
        status =
            sb_parallel_for(options->n_threads, options->n_replicates, draw_largest, &s, error);
    }
    if (!status) {
        sb_sort(s.largest, options->n_replicates);
        *critical = sb_quantile_sorted(s.largest, options->n_replicates, options->confidence);
    }
    free(s.errors);
    free(s.t);
    free(s.largest);
    return status == SB_MEMORY ? sb_fail_memory(error) : status;
}

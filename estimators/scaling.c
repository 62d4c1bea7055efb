#include "estimators/scaling.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multifit_nlin.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/parallel.h"
#include "estimators/scaling_search.h"
#include "theory/random.h"

enum { N_DOUBLINGS = 34, N_HALVINGS = 16, N_RESTARTS = 4 };

/* ---- errors from the curvature --------------------------------------------------------------- */

/* Roots of the diagonal of (J^T W J)^-1, NaN where it is singular. */
static void standard_errors(struct sb_scaling_problem *p, struct sb_scaling_fit *fit)
{
    size_t k = p->n_parameters;
    double parameters[SB_SCALING_MAX_PARAMETERS], sigma = isnan(fit->sigma) ? 1 : fit->sigma;
    gsl_matrix *J = gsl_matrix_alloc(p->n, k), *covariance = gsl_matrix_alloc(k, k);
    for (size_t j = 0; j < k; j++)
        parameters[j] = fit->parameters[j].value;
    for (size_t i = 0; J && covariance && i < p->n; i++) {
        double gradient[SB_SCALING_MAX_PARAMETERS];
        sb_scaling_gradient(p->model, parameters, p->x[i], gradient);
        for (size_t j = 0; j < k; j++)
            gsl_matrix_set(J, i, j, p->weights[i] * gradient[j]);
    }
    p->lacks_memory = p->lacks_memory || !J || !covariance;
    bool good = J && covariance && !gsl_multifit_covar(J, 0, covariance);
    for (size_t j = 0; j < k; j++) {
        double variance = good ? gsl_matrix_get(covariance, j, j) : NAN;
        fit->parameters[j].standard_error = variance > 0 ? sigma * sqrt(variance) : NAN;
    }
    gsl_matrix_free(J);
    gsl_matrix_free(covariance);
}

/* ---- profiles -------------------------------------------------------------------------------- */

struct profile {
    struct sb_scaling_problem *problem;
    size_t parameter;
    double threshold; /* of chi2 */
    double best_chi2; /* the lowest that was met, and where */
    double best[SB_SCALING_MAX_PARAMETERS];
    double from[SB_SCALING_MAX_PARAMETERS]; /* where the last minimisation ended */
};

/* Whether chi2, minimised with the parameter at u, is within the threshold. */
static bool is_inside(struct profile *f, double u)
{
    struct sb_scaling_problem *p = f->problem;
    double parameters[SB_SCALING_MAX_PARAMETERS];
    memcpy(parameters, f->from, sizeof parameters);
    parameters[f->parameter] = sb_scaling_from_coordinate(p, f->parameter, u);
    double chi2 = sb_scaling_minimise(p, f->parameter, parameters);
    if (chi2 < f->best_chi2) {
        f->best_chi2 = chi2;
        memcpy(f->best, parameters, sizeof parameters);
    }
    if (chi2 <= f->threshold)
        memcpy(f->from, parameters, sizeof parameters);
    return chi2 <= f->threshold;
}

/* The first place beyond u where it is not, in steps that double; the end of the domain if none is. */
static double find_end(struct profile *f, double u, double step, double direction)
{
    const struct sb_scaling_problem *p = f->problem;
    double limit = direction * INFINITY, inside = u, outside = u;
    if (f->parameter >= p->n_linear) {
        size_t i = f->parameter - p->n_linear;
        limit = direction > 0 ? p->high[i] : p->low[i];
    }
    bool found = false;
    for (int i = 0; i < N_DOUBLINGS && !found; i++, step *= 2) {
        outside = u + direction * step;
        bool at_limit = direction * (outside - limit) >= 0;
        if (at_limit)
            outside = limit;
        found = !is_inside(f, outside);
        if (!found)
            inside = outside;
        if (at_limit)
            break;
    }
    if (!found)
        return direction > 0                                ? INFINITY
               : sb_scaling_is_rate(p->model, f->parameter) ? 0
                                                            : -INFINITY;
    for (int i = 0; i < N_HALVINGS; i++) {
        double middle = 0.5 * (inside + outside);
        if (is_inside(f, middle))
            inside = middle;
        else
            outside = middle;
    }
    return sb_scaling_from_coordinate(p, f->parameter, 0.5 * (inside + outside));
}

/* Both ends for one parameter. Meeting a lower chi2 on the way leaves it in best_chi2. */
static void profile_parameter(struct profile *f, const double *parameters, double chi2,
                              struct sb_scaling_parameter *result)
{
    const struct sb_scaling_problem *p = f->problem;
    double u = sb_scaling_coordinate(p, f->parameter, result->value), step = result->standard_error;
    if (sb_scaling_is_rate(p->model, f->parameter))
        step = fmin(step / result->value, 0.5);
    if (!(step > 0 && isfinite(step)))
        step = 1e-6 * (1 + fabs(u));
    f->best_chi2 = chi2;
    memcpy(f->from, parameters, p->n_parameters * sizeof *parameters);
    result->low = find_end(f, u, step, -1);
    memcpy(f->from, parameters, p->n_parameters * sizeof *parameters);
    result->high = find_end(f, u, step, 1);
}

static double threshold(const struct sb_scaling_fit *fit, bool has_errors, double confidence)
{
    if (has_errors)
        return fit->chi2 + gsl_cdf_chisq_Pinv(confidence, 1);
    double degrees = (double)(fit->n - fit->n_parameters);
    double t = gsl_cdf_tdist_Pinv(0.5 + 0.5 * confidence, degrees);
    /* A fit without residuals: what rounding leaves of them. */
    return fmax(fit->chi2 * (1 + t * t / degrees), 1e-24);
}

/* ---- what the residuals say ------------------------------------------------------------------ */

static void describe(const struct sb_scaling_problem *p, bool has_errors,
                     struct sb_scaling_fit *fit)
{
    double n = (double)p->n, k = (double)p->n_parameters, degrees = n - k;
    fit->sigma = !has_errors && degrees > 0 ? sqrt(fit->chi2 / degrees) : NAN;
    fit->p_fit = has_errors && degrees > 0 ? gsl_cdf_chisq_Q(fit->chi2, degrees) : NAN;
    double deviance = has_errors ? fit->chi2 : n * log(fit->chi2 / n);
    k += !has_errors; /* the error is a parameter, too */
    fit->bic = deviance + k * log(n);
    fit->aicc = n > k + 1 ? deviance + 2 * k + 2 * k * (k + 1) / (n - k - 1) : INFINITY;
    double products = 0, squares = 0, before = 0, largest = 0;
    for (size_t i = 0; i < p->n; i++) {
        double residual = p->weights[i] * (p->y[i] - sb_scaling_value(fit, p->x[i]));
        products += residual * before;
        squares += residual * residual;
        largest = fmax(largest, fabs(residual));
        before = residual;
    }
    fit->neighbour_correlation = squares > 0 ? products / squares : 0;
    fit->largest_residual = has_errors ? largest : fit->sigma > 0 ? largest / fit->sigma : NAN;
}

/* ---- the fit --------------------------------------------------------------------------------- */

static void put(const struct sb_scaling_problem *p, const double *parameters, double chi2,
                struct sb_scaling_fit *fit)
{
    *fit = (struct sb_scaling_fit){
        .model = p->model, .n = p->n, .n_parameters = p->n_parameters, .chi2 = chi2
    };
    for (size_t j = 0; j < p->n_parameters; j++)
        fit->parameters[j] = (struct sb_scaling_parameter){ parameters[j], NAN, NAN, NAN };
}

/* The minimum alone. */
static enum sb_status fit_point(struct sb_scaling_problem *p, struct sb_scaling_fit *fit)
{
    double parameters[SB_SCALING_MAX_PARAMETERS] = { NAN, NAN, NAN, NAN, NAN };
    double chi2 = sb_scaling_minimise(p, p->n_parameters, parameters);
    if (!isfinite(chi2))
        return SB_NUMERIC;
    put(p, parameters, chi2, fit);
    return SB_OK;
}

/* Profiles of all parameters; starts again from a lower minimum where one of them meets it. */
static void fit_intervals(struct sb_scaling_problem *p, bool has_errors, double confidence,
                          struct sb_scaling_fit *fit)
{
    bool is_lowest = false;
    for (int restart = 0; restart < N_RESTARTS && !is_lowest; restart++) {
        double parameters[SB_SCALING_MAX_PARAMETERS];
        describe(p, has_errors, fit);
        standard_errors(p, fit);
        for (size_t j = 0; j < p->n_parameters; j++)
            parameters[j] = fit->parameters[j].value;
        is_lowest = true;
        for (size_t j = 0; j < p->n_parameters && is_lowest; j++) {
            struct profile f = { .problem = p,
                                 .parameter = j,
                                 .threshold = threshold(fit, has_errors, confidence) };
            profile_parameter(&f, parameters, fit->chi2, &fit->parameters[j]);
            if (f.best_chi2 < fit->chi2 * (1 - 1e-6) - 1e-12 && restart + 1 < N_RESTARTS) {
                double chi2 = sb_scaling_minimise(p, p->n_parameters, f.best);
                put(p, f.best, fmin(chi2, f.best_chi2), fit);
                is_lowest = false;
            }
        }
    }
}

enum sb_status sb_scaling_fit(const struct sb_scaling_data *data, enum sb_scaling_model model,
                              double confidence, struct sb_scaling_fit *fit, struct sb_error *error)
{
    if (!(confidence > 0 && confidence < 1))
        return sb_fail(error, SB_DOMAIN, "confidence %g: it lies between 0 and 1", confidence);
    struct sb_scaling_problem problem;
    struct sb_scaling_fit found;
    enum sb_status status = sb_scaling_problem_init(&problem, data, model, error);
    if (status)
        return status;
    status = fit_point(&problem, &found);
    if (status)
        sb_fail(error, status, "no %s fits", sb_scaling_name(model));
    else
        fit_intervals(&problem, data->se != NULL, confidence, &found);
    if (problem.lacks_memory)
        status = sb_fail_memory(error);
    if (!status)
        *fit = found;
    sb_scaling_problem_clear(&problem);
    return status;
}

/* ---- comparison ------------------------------------------------------------------------------ */

/* What is tested: the drop itself with known errors, else in units of what is left. */
static double statistic(bool has_errors, double small_chi2, double large_chi2)
{
    double drop = fmax(0, small_chi2 - large_chi2);
    return has_errors ? drop : large_chi2 > 0 ? drop / large_chi2 : INFINITY;
}

struct bootstrap {
    const struct sb_scaling_data *data;
    const struct sb_scaling_fit *small;
    enum sb_scaling_model large;
    uint64_t seed;
    double *statistics;
};

/* Box and Muller. */
static double normal(struct sb_random *random)
{
    double u = 1 - sb_random_unit(random), v = sb_random_unit(random);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static enum sb_status minimum_of(const struct sb_scaling_data *data, enum sb_scaling_model model,
                                 double *chi2, struct sb_error *error)
{
    struct sb_scaling_problem problem;
    struct sb_scaling_fit fit;
    enum sb_status status = sb_scaling_problem_init(&problem, data, model, error);
    if (status)
        return status;
    *chi2 = fit_point(&problem, &fit) ? INFINITY : fit.chi2;
    status = problem.lacks_memory ? sb_fail_memory(error) : SB_OK;
    sb_scaling_problem_clear(&problem);
    return status;
}

static enum sb_status replicate(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)thread;
    const struct bootstrap *b = context;
    double *y = malloc(b->data->n * sizeof *y), small, large;
    if (!y)
        return sb_fail_memory(error);
    struct sb_random random;
    sb_random_init(&random, b->seed, item);
    for (size_t i = 0; i < b->data->n; i++) {
        double se = b->data->se ? b->data->se[i] : b->small->sigma;
        y[i] = sb_scaling_value(b->small, b->data->x[i]) + se * normal(&random);
    }
    struct sb_scaling_data sample = { b->data->x, y, b->data->se, b->data->n };
    enum sb_status status = minimum_of(&sample, b->small->model, &small, error);
    if (!status)
        status = minimum_of(&sample, b->large, &large, error);
    if (!status)
        b->statistics[item] = statistic(b->data->se != NULL, small, large);
    free(y);
    return status;
}

enum sb_status sb_scaling_compare(const struct sb_scaling_data *data,
                                  const struct sb_scaling_fit *small,
                                  const struct sb_scaling_fit *large, size_t n_replicates,
                                  uint64_t seed, size_t n_threads,
                                  struct sb_scaling_comparison *comparison, struct sb_error *error)
{
    if (!sb_scaling_is_nested(small->model, large->model) || small->n != data->n ||
        large->n != data->n)
        return sb_fail(error, SB_DOMAIN, "%s is not contained in %s", sb_scaling_name(small->model),
                       sb_scaling_name(large->model));
    bool has_errors = data->se != NULL;
    double more = (double)(large->n_parameters - small->n_parameters);
    double rest = (double)(data->n - large->n_parameters);
    double observed = statistic(has_errors, small->chi2, large->chi2);
    struct sb_scaling_comparison made = { .drop = fmax(0, small->chi2 - large->chi2),
                                          .p_bootstrap = NAN };
    made.p_value = has_errors      ? gsl_cdf_chisq_Q(observed, more)
                   : observed == 0 ? 1
                                   : gsl_cdf_fdist_Q(observed * rest / more, more, rest);
    if (n_replicates > 0) {
        struct bootstrap b = { data, small, large->model, seed,
                               malloc(n_replicates * sizeof *b.statistics) };
        if (!b.statistics)
            return sb_fail_memory(error);
        enum sb_status status = sb_parallel_for(n_threads, n_replicates, replicate, &b, error);
        double n_beyond = 0;
        for (size_t i = 0; i < n_replicates && !status; i++)
            n_beyond += b.statistics[i] >= observed;
        free(b.statistics);
        if (status)
            return status;
        made.p_bootstrap = (1 + n_beyond) / (1 + (double)n_replicates);
    }
    *comparison = made;
    return SB_OK;
}

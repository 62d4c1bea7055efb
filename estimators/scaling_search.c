#include "estimators/scaling_search.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_multifit_nlinear.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    N_GRID = 40,
    N_GRID_TURN = 160,
    N_GRID_PAIR = 16,
    N_STARTS = 3,
    N_GOLDEN = 34,
    N_GOLDEN_ROUGH = 5,
    N_STEPS = 60
};
static const double EXPONENT_LOW = -6, EXPONENT_HIGH = 12;

/* ---- the data -------------------------------------------------------------------------------- */

static enum sb_status check(const struct sb_scaling_data *data, enum sb_scaling_model model,
                            struct sb_error *error)
{
    size_t needed = sb_scaling_n_parameters(model) + !data->se;
    if (data->n < needed)
        return sb_fail(error, SB_DOMAIN, "%zu points: a fit of %s needs %zu", data->n,
                       sb_scaling_name(model), needed);
    for (size_t i = 0; i < data->n; i++) {
        if (!isfinite(data->x[i]) || !isfinite(data->y[i]))
            return sb_fail(error, SB_DOMAIN, "point %zu, (%g, %g), is not finite", i + 1,
                           data->x[i], data->y[i]);
        if (data->se && !(data->se[i] > 0 && isfinite(data->se[i])))
            return sb_fail(error, SB_DOMAIN,
                           "point %zu has the standard error %g: it must be positive", i + 1,
                           data->se[i]);
        if (model == SB_SCALING_POWER && !(data->x[i] > 0))
            return sb_fail(error, SB_DOMAIN, "point %zu is at x = %g: a power law needs x > 0",
                           i + 1, data->x[i]);
    }
    return SB_OK;
}

struct point {
    double x, y, weight;
};

static int by_x(const void *a, const void *b)
{
    const struct point *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

static enum sb_status copy_sorted(struct sb_scaling_problem *p, const struct sb_scaling_data *data)
{
    struct point *points = malloc(data->n * sizeof *points);
    p->x = malloc(7 * data->n * sizeof *p->x);
    if (!points || !p->x) {
        free(points);
        return SB_MEMORY;
    }
    p->y = p->x + p->n;
    p->weights = p->y + p->n;
    p->scratch = p->weights + p->n;
    for (size_t i = 0; i < p->n; i++)
        points[i] = (struct point){ data->x[i], data->y[i], data->se ? 1 / data->se[i] : 1 };
    qsort(points, p->n, sizeof *points, by_x);
    for (size_t i = 0; i < p->n; i++) {
        p->x[i] = points[i].x;
        p->y[i] = points[i].y;
        p->weights[i] = points[i].weight;
    }
    free(points);
    return SB_OK;
}

/* From e^(-rate x) that is a line to one that is over between two points. */
static void set_domain(struct sb_scaling_problem *p, double least_gap)
{
    double first = p->x[0], last = p->x[p->n - 1];
    double inward = 1e-6 * least_gap; /* a turn at the very ends has no second slope */
    for (size_t i = 0; i < 2; i++) {
        p->low[i] = p->model == SB_SCALING_POWER ? EXPONENT_LOW : first + inward;
        p->high[i] = p->model == SB_SCALING_POWER ? EXPONENT_HIGH : last - inward;
        if (sb_scaling_is_rate(p->model, p->n_linear + i)) {
            p->low[i] = log(1e-3 / (last - first));
            p->high[i] = log(fmin(50 / least_gap, first != 0 ? 600 / fabs(first) : INFINITY));
        }
    }
}

enum sb_status sb_scaling_problem_init(struct sb_scaling_problem *problem,
                                       const struct sb_scaling_data *data,
                                       enum sb_scaling_model model, struct sb_error *error)
{
    struct sb_scaling_problem p = { .model = model,
                                    .n = data->n,
                                    .n_linear = sb_scaling_n_linear(model),
                                    .n_parameters = sb_scaling_n_parameters(model) };
    enum sb_status status = check(data, model, error);
    if (status)
        return status;
    if (copy_sorted(&p, data)) {
        sb_scaling_problem_clear(&p);
        return sb_fail_memory(error);
    }
    size_t n_distinct = 1;
    double least_gap = INFINITY;
    for (size_t i = 1; i < p.n; i++)
        if (p.x[i] > p.x[i - 1]) {
            n_distinct++;
            least_gap = fmin(least_gap, p.x[i] - p.x[i - 1]);
        }
    if (n_distinct < p.n_parameters) {
        sb_scaling_problem_clear(&p);
        return sb_fail(error, SB_DOMAIN, "%zu distinct x: a fit of %s needs %zu", n_distinct,
                       sb_scaling_name(model), p.n_parameters);
    }
    set_domain(&p, least_gap);
    *problem = p;
    return SB_OK;
}

void sb_scaling_problem_clear(struct sb_scaling_problem *problem)
{
    free(problem->x);
    *problem = (struct sb_scaling_problem){ .n = 0 };
}

double sb_scaling_coordinate(const struct sb_scaling_problem *p, size_t parameter, double value)
{
    return sb_scaling_is_rate(p->model, parameter) ? log(value) : value;
}

double sb_scaling_from_coordinate(const struct sb_scaling_problem *p, size_t parameter, double u)
{
    return sb_scaling_is_rate(p->model, parameter) ? exp(u) : u;
}

static double curve_at(const struct sb_scaling_problem *p, const double *parameters, double x)
{
    double basis[SB_SCALING_MAX_LINEAR], y = 0;
    sb_scaling_basis(p->model, parameters + p->n_linear, x, basis);
    for (size_t j = 0; j < p->n_linear; j++)
        y += parameters[j] * basis[j];
    return y;
}

static double chi2_at(const struct sb_scaling_problem *p, const double *parameters)
{
    double sum = 0;
    for (size_t i = 0; i < p->n; i++) {
        double residual = p->weights[i] * (p->y[i] - curve_at(p, parameters, p->x[i]));
        sum += residual * residual;
    }
    return sum;
}

/* ---- the linear parameters, given the others ------------------------------------------------- */

/* Makes columns[k] a unit vector orthogonal to those before it; what they had in common goes into r.
 * False if nothing is left of it. */
static bool orthogonalise(double *const *columns, size_t k, size_t n, double r[])
{
    double before = 0, after = 0;
    for (size_t i = 0; i < n; i++)
        before += columns[k][i] * columns[k][i];
    for (size_t j = 0; j < k; j++) {
        r[j] = 0;
        for (size_t i = 0; i < n; i++)
            r[j] += columns[j][i] * columns[k][i];
        for (size_t i = 0; i < n; i++)
            columns[k][i] -= r[j] * columns[j][i];
    }
    for (size_t i = 0; i < n; i++)
        after += columns[k][i] * columns[k][i];
    if (!(after > 1e-20 * before && after < INFINITY))
        return false;
    r[k] = sqrt(after);
    for (size_t i = 0; i < n; i++)
        columns[k][i] /= r[k];
    return true;
}

/* Least squares by modified Gram-Schmidt; the right-hand side is the last column. */
static double solve_linear(struct sb_scaling_problem *p, size_t fixed, double *parameters)
{
    double *columns[SB_SCALING_MAX_LINEAR + 1],
        R[SB_SCALING_MAX_LINEAR + 1][SB_SCALING_MAX_LINEAR + 1];
    size_t free_index[SB_SCALING_MAX_LINEAR], q = 0, n = p->n;
    for (size_t j = 0; j < p->n_linear; j++)
        if (j != fixed)
            free_index[q++] = j;
    for (size_t j = 0; j <= q; j++)
        columns[j] = p->scratch + j * n;
    for (size_t i = 0; i < n; i++) {
        double basis[SB_SCALING_MAX_LINEAR];
        sb_scaling_basis(p->model, parameters + p->n_linear, p->x[i], basis);
        for (size_t j = 0; j < q; j++)
            columns[j][i] = p->weights[i] * basis[free_index[j]];
        double rest = fixed < p->n_linear ? parameters[fixed] * basis[fixed] : 0;
        columns[q][i] = p->weights[i] * (p->y[i] - rest);
    }
    for (size_t k = 0; k < q; k++)
        if (!orthogonalise(columns, k, n, R[k]))
            return INFINITY;
    double solution[SB_SCALING_MAX_LINEAR], chi2 = 0;
    for (size_t k = 0; k < q; k++) {
        solution[k] = 0;
        for (size_t i = 0; i < n; i++)
            solution[k] += columns[k][i] * columns[q][i];
        for (size_t i = 0; i < n; i++)
            columns[q][i] -= solution[k] * columns[k][i];
    }
    for (size_t i = 0; i < n; i++)
        chi2 += columns[q][i] * columns[q][i];
    for (size_t k = q; k-- > 0;) {
        for (size_t j = k + 1; j < q; j++)
            solution[k] -= R[j][k] * solution[j];
        solution[k] /= R[k][k];
        parameters[free_index[k]] = solution[k];
    }
    return isfinite(chi2) ? chi2 : INFINITY;
}

/* ---- refinement ------------------------------------------------------------------------------ */

struct refinement {
    struct sb_scaling_problem *problem;
    size_t fixed;
    double parameters[SB_SCALING_MAX_PARAMETERS]; /* the fixed one, and room for the others */
};

static void take(struct refinement *r, const gsl_vector *v)
{
    const struct sb_scaling_problem *p = r->problem;
    size_t k = 0;
    for (size_t j = 0; j < p->n_parameters; j++)
        if (j != r->fixed)
            r->parameters[j] = sb_scaling_from_coordinate(p, j, gsl_vector_get(v, k++));
}

static int residuals(const gsl_vector *v, void *context, gsl_vector *f)
{
    struct refinement *r = context;
    const struct sb_scaling_problem *p = r->problem;
    take(r, v);
    for (size_t i = 0; i < p->n; i++) {
        double value = p->weights[i] * (curve_at(p, r->parameters, p->x[i]) - p->y[i]);
        if (!isfinite(value))
            return GSL_EDOM;
        gsl_vector_set(f, i, value);
    }
    return GSL_SUCCESS;
}

static int jacobian(const gsl_vector *v, void *context, gsl_matrix *J)
{
    struct refinement *r = context;
    const struct sb_scaling_problem *p = r->problem;
    take(r, v);
    for (size_t i = 0; i < p->n; i++) {
        double gradient[SB_SCALING_MAX_PARAMETERS];
        size_t k = 0;
        sb_scaling_gradient(p->model, r->parameters, p->x[i], gradient);
        for (size_t j = 0; j < p->n_parameters; j++) {
            if (j == r->fixed)
                continue;
            double chain = sb_scaling_is_rate(p->model, j) ? r->parameters[j] : 1;
            double value = p->weights[i] * gradient[j] * chain;
            if (!isfinite(value))
                return GSL_EDOM;
            gsl_matrix_set(J, i, k++, value);
        }
    }
    return GSL_SUCCESS;
}

static bool in_domain(const struct sb_scaling_problem *p, const double *parameters)
{
    for (size_t j = p->n_linear; j < p->n_parameters; j++) {
        double u = sb_scaling_coordinate(p, j, parameters[j]);
        if (!(u >= p->low[j - p->n_linear] && u <= p->high[j - p->n_linear]))
            return false;
    }
    return p->model != SB_SCALING_DOUBLE_EXPONENTIAL || parameters[3] > parameters[4];
}

/* Levenberg-Marquardt from parameters; replaces them, and returns the new chi2, if it is lower. */
static double refine(struct sb_scaling_problem *p, size_t fixed, double chi2, double *parameters)
{
    size_t n_free = p->n_parameters - (fixed < p->n_parameters);
    if (n_free == 0 || p->n < n_free || p->model == SB_SCALING_CHANGEPOINT)
        return chi2;
    struct refinement r = { .problem = p, .fixed = fixed };
    memcpy(r.parameters, parameters, p->n_parameters * sizeof *parameters);
    gsl_multifit_nlinear_parameters options = gsl_multifit_nlinear_default_parameters();
    gsl_multifit_nlinear_fdf fdf = {
        .f = residuals, .df = jacobian, .n = p->n, .p = n_free, .params = &r
    };
    gsl_vector *start = gsl_vector_alloc(n_free);
    gsl_multifit_nlinear_workspace *work =
        gsl_multifit_nlinear_alloc(gsl_multifit_nlinear_trust, &options, p->n, n_free);
    p->lacks_memory = p->lacks_memory || !start || !work;
    if (start && work) {
        int info;
        size_t k = 0;
        for (size_t j = 0; j < p->n_parameters; j++)
            if (j != fixed)
                gsl_vector_set(start, k++, sb_scaling_coordinate(p, j, parameters[j]));
        if (!gsl_multifit_nlinear_init(start, &fdf, work)) {
            /* Whatever it says about its progress: what counts is where it got to. */
            gsl_multifit_nlinear_driver(N_STEPS, 1e-12, 1e-12, 0, NULL, NULL, &info, work);
            take(&r, work->x);
            double better = chi2_at(p, r.parameters);
            if (in_domain(p, r.parameters) && better < chi2) {
                chi2 = better;
                memcpy(parameters, r.parameters, p->n_parameters * sizeof *parameters);
            }
        }
    }
    gsl_multifit_nlinear_free(work);
    gsl_vector_free(start);
    return chi2;
}

/* ---- the search ------------------------------------------------------------------------------ */

/* Where to look for one parameter that is not linear. */
static double grid_at(const struct sb_scaling_problem *p, size_t i, size_t n_grid, double low,
                      double high)
{
    double share = ((double)i + 0.5) / (double)n_grid;
    if (p->model ==
        SB_SCALING_CHANGEPOINT) { /* by rank, so that crowded places are searched finely */
        double rank = share * (double)(p->n - 1);
        size_t left = (size_t)rank;
        return p->x[left] + (rank - (double)left) * (p->x[left + 1] - p->x[left]);
    }
    if (p->model == SB_SCALING_POWER) { /* dense around 0 */
        double a = asinh(10 * low), b = asinh(10 * high);
        return sinh(a + share * (b - a)) / 10;
    }
    return low + share * (high - low);
}

struct candidate {
    double chi2, parameters[SB_SCALING_MAX_PARAMETERS];
};

/* chi2 with one parameter at u and the linear ones solved for. */
static double at_coordinate(struct sb_scaling_problem *p, size_t fixed, size_t parameter, double u,
                            struct candidate *c)
{
    c->parameters[parameter] = sb_scaling_from_coordinate(p, parameter, u);
    return c->chi2 = solve_linear(p, fixed, c->parameters);
}

/* Golden section; models that Levenberg and Marquardt finish need only the right valley. */
static void golden(struct sb_scaling_problem *p, size_t fixed, size_t parameter, double left,
                   double right, struct candidate *best)
{
    const double share = 0.3819660112501051;
    struct candidate at_a = *best, at_b = *best;
    double a = left + share * (right - left), b = right - share * (right - left);
    at_coordinate(p, fixed, parameter, a, &at_a);
    at_coordinate(p, fixed, parameter, b, &at_b);
    int n_steps = p->model == SB_SCALING_CHANGEPOINT ? N_GOLDEN : N_GOLDEN_ROUGH;
    for (int i = 0; i < n_steps; i++) {
        if (at_a.chi2 < at_b.chi2) {
            right = b;
            b = a;
            at_b = at_a;
            a = left + share * (right - left);
            at_coordinate(p, fixed, parameter, a, &at_a);
        } else {
            left = a;
            a = b;
            at_a = at_b;
            b = right - share * (right - left);
            at_coordinate(p, fixed, parameter, b, &at_b);
        }
    }
    const struct candidate *lower = at_a.chi2 < at_b.chi2 ? &at_a : &at_b;
    if (lower->chi2 < best->chi2)
        *best = *lower;
}

/* One free parameter that is not linear: the lowest minima of the grid, each refined. */
static void search_line(struct sb_scaling_problem *p, size_t fixed, size_t parameter, double low,
                        double high, struct candidate *best)
{
    double u[N_GRID_TURN + 2], value[N_GRID_TURN + 2];
    bool is_low[N_GRID_TURN + 2];
    size_t n = p->model != SB_SCALING_CHANGEPOINT ? N_GRID
               : 4 * p->n < N_GRID_TURN           ? 4 * p->n
                                                  : N_GRID_TURN;
    struct candidate c = *best;
    u[0] = low;
    u[n + 1] = high;
    value[0] = value[n + 1] = INFINITY;
    for (size_t i = 1; i <= n; i++) {
        u[i] = grid_at(p, i - 1, n, low, high);
        value[i] = at_coordinate(p, fixed, parameter, u[i], &c);
    }
    for (size_t i = 1; i <= n; i++)
        is_low[i] = value[i] < INFINITY && value[i] <= value[i - 1] && value[i] <= value[i + 1];
    for (int start = 0; start < N_STARTS; start++) {
        size_t lowest = 0;
        for (size_t i = 1; i <= n; i++)
            if (is_low[i] && value[i] < value[lowest])
                lowest = i;
        if (lowest == 0)
            break;
        is_low[lowest] = false;
        at_coordinate(p, fixed, parameter, u[lowest], &c);
        golden(p, fixed, parameter, u[lowest - 1], u[lowest + 1], &c);
        c.chi2 = refine(p, fixed, c.chi2, c.parameters);
        if (c.chi2 < best->chi2)
            *best = c;
    }
}

/* Two free rates, the first above the second. */
static void search_pair(struct sb_scaling_problem *p, size_t fixed, struct candidate *best)
{
    struct candidate starts[N_STARTS], c = *best;
    for (int s = 0; s < N_STARTS; s++)
        starts[s].chi2 = INFINITY;
    for (size_t i = 0; i < N_GRID_PAIR; i++)
        for (size_t j = 0; j < i; j++) {
            c.parameters[4] = exp(grid_at(p, j, N_GRID_PAIR, p->low[1], p->high[1]));
            at_coordinate(p, fixed, 3, grid_at(p, i, N_GRID_PAIR, p->low[0], p->high[0]), &c);
            int place = N_STARTS;
            while (place > 0 && c.chi2 < starts[place - 1].chi2) {
                place--;
                if (place + 1 < N_STARTS)
                    starts[place + 1] = starts[place];
            }
            if (place < N_STARTS)
                starts[place] = c;
        }
    for (int s = 0; s < N_STARTS && isfinite(starts[s].chi2); s++) {
        starts[s].chi2 = refine(p, fixed, starts[s].chi2, starts[s].parameters);
        if (starts[s].chi2 < best->chi2)
            *best = starts[s];
    }
}

double sb_scaling_minimise(struct sb_scaling_problem *p, size_t fixed, double *parameters)
{
    struct candidate best = { .chi2 = INFINITY };
    memcpy(best.parameters, parameters, p->n_parameters * sizeof *parameters);
    bool has_start = true;
    for (size_t j = 0; j < p->n_parameters; j++)
        has_start = has_start && isfinite(parameters[j]);
    if (has_start && in_domain(p, parameters)) {
        best.chi2 = solve_linear(p, fixed, best.parameters);
        best.chi2 = refine(p, fixed, best.chi2, best.parameters);
    }
    size_t n_others = p->n_parameters - p->n_linear, q = p->n_linear;
    bool one_is_fixed = fixed >= q && fixed < p->n_parameters;
    if (n_others == (size_t)one_is_fixed) {
        struct candidate c = best;
        c.chi2 = solve_linear(p, fixed, c.parameters);
        if (c.chi2 < best.chi2)
            best = c;
    } else if (n_others == 1) {
        search_line(p, fixed, q, p->low[0], p->high[0], &best);
    } else if (!one_is_fixed) {
        search_pair(p, fixed, &best);
    } else { /* one rate is given: the other is on its side */
        double u = log(parameters[fixed]);
        if (fixed == q && u > p->low[1])
            search_line(p, fixed, q + 1, p->low[1], u, &best);
        else if (fixed == q + 1 && u < p->high[0])
            search_line(p, fixed, q, u, p->high[0], &best);
    }
    if (isfinite(best.chi2))
        memcpy(parameters, best.parameters, p->n_parameters * sizeof *parameters);
    return best.chi2;
}

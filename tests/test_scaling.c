/* Fits of curves: linear models against their closed form, known parameters found again, profiles against
 * theory and in their coverage, ends that the data do not bound. */
#include "helpers.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include "estimators/scaling.h"
#include "theory/random.h"

enum { MAX_N = 64 };

static double normal(struct sb_random *random)
{
    double u = 1 - sb_random_unit(random), v = sb_random_unit(random);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static struct sb_scaling_fit fit_of(const struct sb_scaling_data *data, enum sb_scaling_model model)
{
    struct sb_scaling_fit fit;
    struct sb_error error = { "" };
    if (sb_scaling_fit(data, model, 0.95, &fit, &error))
        fail_msg("%s: %s", sb_scaling_name(model), error.message);
    return fit;
}

/* Weighted line by the normal equations, and its interval: slope +- z sqrt(1/Sxx). With estimated errors
 * t with n - 2 degrees of freedom and the residual variance. A profile of a linear model is exact. */
static void test_line_is_exact(void **state)
{
    (void)state;
    const double x[] = { 3, 1, 2, 7, 5 }, y[] = { 2.5, 1.2, 1.4, 5.1, 3.0 };
    const double se[] = { 0.1, 0.2, 0.1, 0.4, 0.3 };
    for (int known = 0; known < 2; known++) {
        double W = 0, X = 0, Y = 0, Sxx = 0, Sxy = 0, chi2 = 0;
        for (int i = 0; i < 5; i++) {
            double w = known ? 1 / (se[i] * se[i]) : 1;
            W += w, X += w * x[i], Y += w * y[i];
        }
        for (int i = 0; i < 5; i++) {
            double w = known ? 1 / (se[i] * se[i]) : 1;
            Sxx += w * (x[i] - X / W) * (x[i] - X / W);
            Sxy += w * (x[i] - X / W) * (y[i] - Y / W);
        }
        double slope = Sxy / Sxx, offset = (Y - slope * X) / W;
        for (int i = 0; i < 5; i++)
            chi2 += pow((y[i] - offset - slope * x[i]) / (known ? se[i] : 1), 2);
        double sigma = known ? 1 : sqrt(chi2 / 3);
        double half = sigma / sqrt(Sxx) *
                      (known ? gsl_cdf_ugaussian_Pinv(0.975) : gsl_cdf_tdist_Pinv(0.975, 3));
        struct sb_scaling_data data = { x, y, known ? se : NULL, 5 };
        struct sb_scaling_fit fit = fit_of(&data, SB_SCALING_LINE);
        assert_close(fit.parameters[0].value, offset, 1e-12);
        assert_close(fit.parameters[1].value, slope, 1e-13);
        assert_close(fit.parameters[1].standard_error, sigma / sqrt(Sxx), 1e-12);
        assert_close(fit.parameters[1].low, slope - half, 1e-5);
        assert_close(fit.parameters[1].high, slope + half, 1e-5);
        assert_close(fit.chi2, chi2, 1e-12);
        assert_close(fit.bic, known ? chi2 + 2 * log(5) : 5 * log(chi2 / 5) + 3 * log(5), 1e-12);
        if (known)
            assert_close(fit.p_fit, gsl_cdf_chisq_Q(chi2, 3), 1e-12);
        else
            assert_close(fit.sigma, sigma, 1e-12);
        struct sb_scaling_fit level = fit_of(&data, SB_SCALING_CONSTANT);
        struct sb_scaling_comparison c;
        assert_int_equal(sb_scaling_compare(&data, &level, &fit, 0, 1, 1, &c, NULL), SB_OK);
        assert_close(c.p_value,
                     known ? gsl_cdf_chisq_Q(level.chi2 - chi2, 1)
                           : 2 * gsl_cdf_tdist_Q(slope / (sigma / sqrt(Sxx)), 3),
                     1e-9);
        assert_true(isnan(c.p_bootstrap));
    }
}

/* Points on the curve itself: every model finds its parameters, at unequal points and odd scales. */
static void test_known_parameters(void **state)
{
    (void)state;
    static const struct {
        enum sb_scaling_model model;
        double parameters[SB_SCALING_MAX_PARAMETERS];
        double tolerance;
    } cases[] = {
        { SB_SCALING_CONSTANT, { -3 }, 1e-12 },
        { SB_SCALING_LINE, { 2, 5 }, 1e-11 },
        { SB_SCALING_POWER, { 1.5, 4, 0.37 }, 1e-7 },
        { SB_SCALING_POWER, { -2, 0.3, -1.4 }, 1e-7 },
        { SB_SCALING_EXPONENTIAL, { 0.2, -3, 0.8 }, 1e-8 },
        { SB_SCALING_DOUBLE_EXPONENTIAL, { 0.1, 2, 1, 2.5, 0.15 }, 1e-5 },
        { SB_SCALING_CHANGEPOINT, { 1, -2, 0.1, 3.3 }, 1e-5 },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct sb_scaling_fit truth = { .model = cases[c].model,
                                        .n_parameters = sb_scaling_n_parameters(cases[c].model) };
        double x[40], y[40], se[40];
        for (size_t j = 0; j < truth.n_parameters; j++)
            truth.parameters[j].value = cases[c].parameters[j];
        for (int i = 0; i < 40; i++) {
            x[i] = 0.05 * pow(1.14, i);
            y[i] = sb_scaling_value(&truth, x[i]);
            se[i] = 0.01 + 0.001 * i;
        }
        struct sb_scaling_data data = { x, y, se, 40 };
        struct sb_scaling_fit fit = fit_of(&data, cases[c].model);
        for (size_t j = 0; j < fit.n_parameters; j++) {
            const struct sb_scaling_parameter *found = &fit.parameters[j];
            if (fabs(found->value / cases[c].parameters[j] - 1) > cases[c].tolerance ||
                !(found->low < found->value && found->value < found->high))
                fail_msg("%s: %s = %.12g [%g, %g], expected %g, chi2 %g",
                         sb_scaling_name(fit.model), sb_scaling_parameter_name(fit.model, j),
                         found->value, found->low, found->high, cases[c].parameters[j], fit.chi2);
        }
    }
}

/* A changepoint's minimum by another route: every split of the points, two lines fitted apart, where they
 * meet between the two points of the split; the least sum of squares of those is the minimum, if it is
 * not at a point. */
static void test_changepoint_by_splits(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct sb_random random;
        double x[12], y[12], best = INFINITY, turn = NAN;
        sb_random_init(&random, seed, 0);
        for (int i = 0; i < 12; i++) {
            x[i] = i;
            y[i] = (i < 5.4 ? 2 * (5.4 - i) : 0) + 0.3 * normal(&random);
        }
        for (int split = 2; split <= 10; split++) {
            double a[2], b[2], sum = 0;
            for (int side = 0; side < 2; side++) {
                int from = side ? split : 0, to = side ? 12 : split;
                double n = to - from, X = 0, Y = 0, Sxx = 0, Sxy = 0;
                for (int i = from; i < to; i++)
                    X += x[i] / n, Y += y[i] / n;
                for (int i = from; i < to; i++)
                    Sxx += (x[i] - X) * (x[i] - X), Sxy += (x[i] - X) * (y[i] - Y);
                b[side] = Sxy / Sxx;
                a[side] = Y - b[side] * X;
                for (int i = from; i < to; i++)
                    sum += pow(y[i] - a[side] - b[side] * x[i], 2);
            }
            double meet = (a[1] - a[0]) / (b[0] - b[1]);
            if (meet > x[split - 1] && meet < x[split] && sum < best) {
                best = sum;
                turn = meet;
            }
        }
        struct sb_scaling_data data = { x, y, NULL, 12 };
        struct sb_scaling_fit fit = fit_of(&data, SB_SCALING_CHANGEPOINT);
        assert_true(fit.chi2 <= best * (1 + 1e-9));
        if (fit.chi2 > best * (1 - 1e-9))
            assert_close(fit.parameters[3].value, turn, 1e-4);
        assert_true(fit.parameters[3].low < 5.4 + 1.5 && fit.parameters[3].high > 5.4 - 1.5);
    }
}

/* 95 % profiles of all parameters hold the truth that often: errors known, and errors estimated. */
static void test_coverage(void **state)
{
    (void)state;
    enum { N = 24, REPLICATES = 100 };
    static const struct {
        enum sb_scaling_model model;
        double parameters[4];
        double noise;
    } cases[] = {
        { SB_SCALING_POWER, { 1, 2, 0.5 }, 0.03 },
        { SB_SCALING_CHANGEPOINT, { 1, -0.5, -0.02, 6 }, 0.08 },
    };
    double all = 0; /* mean over the parameters of all cases: 14 of them */
    for (size_t c = 0; c < 2; c++)
        for (int known = 0; known < 2; known++) {
            double covered[4] = { 0 };
            struct sb_scaling_fit truth = { .model = cases[c].model,
                                            .n_parameters =
                                                sb_scaling_n_parameters(cases[c].model) };
            for (size_t j = 0; j < truth.n_parameters; j++)
                truth.parameters[j].value = cases[c].parameters[j];
            for (uint64_t replicate = 0; replicate < REPLICATES; replicate++) {
                struct sb_random random;
                double x[N], y[N], se[N];
                sb_random_init(&random, 17, replicate);
                for (int i = 0; i < N; i++) {
                    x[i] = 1 + 0.5 * i;
                    se[i] = cases[c].noise;
                    y[i] = sb_scaling_value(&truth, x[i]) + se[i] * normal(&random);
                }
                struct sb_scaling_data data = { x, y, known ? se : NULL, N };
                struct sb_scaling_fit fit = fit_of(&data, truth.model);
                for (size_t j = 0; j < fit.n_parameters; j++)
                    covered[j] += fit.parameters[j].low <= truth.parameters[j].value &&
                                  truth.parameters[j].value <= fit.parameters[j].high;
            }
            for (size_t j = 0; j < truth.n_parameters; j++) {
                double share = covered[j] / REPLICATES;
                all += share / 14;
                if (share < 0.89) /* 0.95 less 2.8 standard errors */
                    fail_msg("%s, %s: coverage %g", sb_scaling_name(truth.model),
                             sb_scaling_parameter_name(truth.model, j), share);
            }
        }
    assert_true(all > 0.92 && all < 0.98);
}

/* What the data do not bound is said so: a decay that is over before the second point may be as fast as
 * one likes; one that is a line over the range may be as slow, with an offset as far away. */
static void test_unbounded_ends(void **state)
{
    (void)state;
    double x[20], y[20], se[20];
    for (int i = 0; i < 20; i++) {
        x[i] = i;
        y[i] = 1 + (i == 0 ? 2 : 0) + 0.01 * sin(5 * i);
        se[i] = 0.02;
    }
    struct sb_scaling_data data = { x, y, se, 20 };
    struct sb_scaling_fit fit = fit_of(&data, SB_SCALING_EXPONENTIAL);
    assert_true(isinf(fit.parameters[2].high) && fit.parameters[2].low > 2);
    for (int i = 0; i < 20; i++)
        y[i] = 3 - 0.1 * i + 0.02 * sin(5 * i);
    fit = fit_of(&data, SB_SCALING_EXPONENTIAL);
    assert_true(fit.parameters[2].low == 0 && isfinite(fit.parameters[2].high));
    fit = fit_of(&data, SB_SCALING_CHANGEPOINT);
    assert_true(fit.parameters[3].low == -INFINITY && fit.parameters[3].high == INFINITY);
}

/* The smaller model holds: a bootstrap p-value is about uniform, and the likelihood ratio's is too small
 * for a turn that means nothing. The larger one holds: both see it. */
static void test_comparison(void **state)
{
    (void)state;
    enum { N = 16 };
    double below = 0, x[N], y[N];
    for (uint64_t trial = 0; trial < 30; trial++) {
        struct sb_random random;
        sb_random_init(&random, 8, trial);
        for (int i = 0; i < N; i++) {
            x[i] = i;
            y[i] = 0.3 * i + normal(&random);
        }
        struct sb_scaling_data data = { x, y, NULL, N };
        struct sb_scaling_fit line = fit_of(&data, SB_SCALING_LINE);
        struct sb_scaling_fit turn = fit_of(&data, SB_SCALING_CHANGEPOINT);
        struct sb_scaling_comparison c, again;
        assert_int_equal(sb_scaling_compare(&data, &line, &turn, 39, 5, 2, &c, NULL), SB_OK);
        assert_int_equal(sb_scaling_compare(&data, &line, &turn, 39, 5, 1, &again, NULL), SB_OK);
        assert_close(c.p_bootstrap, again.p_bootstrap, 0);
        assert_true(c.drop >= 0 && c.p_value > 0 && c.p_value <= 1);
        below += c.p_bootstrap < 0.25;
    }
    assert_true(below >= 2 && below <= 14); /* 7.5 -+ 2.4 */
    for (int i = 0; i < N; i++)
        y[i] += i > 8 ? 3 * (i - 8) : 0;
    struct sb_scaling_data data = { x, y, NULL, N };
    struct sb_scaling_fit line = fit_of(&data, SB_SCALING_LINE);
    struct sb_scaling_fit turn = fit_of(&data, SB_SCALING_CHANGEPOINT);
    struct sb_scaling_comparison c;
    assert_int_equal(sb_scaling_compare(&data, &line, &turn, 39, 5, 1, &c, NULL), SB_OK);
    assert_true(c.p_bootstrap == 1.0 / 40 && c.p_value < 1e-4);
    assert_true(turn.aicc < line.aicc && turn.bic < line.bic);
    assert_true(line.neighbour_correlation > 0.5 && fabs(turn.neighbour_correlation) < 0.5);
    assert_int_equal(sb_scaling_compare(&data, &turn, &line, 0, 1, 1, &c, NULL), SB_DOMAIN);
}

static void test_domains(void **state)
{
    (void)state;
    double x[] = { 0, 1, 2, 3, 4, 4 }, y[] = { 1, 2, 3, 2, 1, 1 }, se[] = { 1, 1, 1, 1, 1, 1 };
    struct sb_scaling_data data = { x, y, se, 6 };
    struct sb_scaling_fit fit = { .chi2 = 7 };
    struct sb_error error;
    enum sb_scaling_model model = SB_SCALING_CONSTANT;
#define REFUSED(model, part)                                                                       \
    assert_int_equal(sb_scaling_fit(&data, model, 0.95, &fit, &error), SB_DOMAIN);                 \
    assert_non_null(strstr(error.message, part));
    REFUSED(SB_SCALING_POWER, "needs x > 0");
    data.n = 4;
    REFUSED(SB_SCALING_DOUBLE_EXPONENTIAL, "4 points");
    data.se = NULL;
    REFUSED(SB_SCALING_CHANGEPOINT, "needs 5");
    data.se = se;
    se[2] = 0;
    REFUSED(SB_SCALING_LINE, "must be positive");
    se[2] = NAN;
    REFUSED(SB_SCALING_LINE, "must be positive");
    se[2] = 1;
    y[1] = INFINITY;
    REFUSED(SB_SCALING_LINE, "not finite");
    y[1] = 2;
    x[0] = x[1] = x[2] = x[3] = 5;
    REFUSED(SB_SCALING_LINE, "1 distinct x");
    assert_close(fit.chi2, 7, 0);
    assert_int_equal(sb_scaling_parse("changepoint", &model), SB_OK);
    assert_int_equal(model, SB_SCALING_CHANGEPOINT);
    assert_int_equal(sb_scaling_parse("nosuch", &model), SB_FORMAT);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_line_is_exact),
        cmocka_unit_test(test_known_parameters),
        cmocka_unit_test(test_changepoint_by_splits),
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_unbounded_ends),
        cmocka_unit_test(test_comparison),
        cmocka_unit_test(test_domains),
    };
    return cmocka_run_group_tests_name("scaling", tests, NULL, NULL);
}

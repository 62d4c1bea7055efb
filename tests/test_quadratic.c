/* Forgetting near a minimum: reference values, integration, the variance identity. */
#include "tests/reference.h"

#include <gsl/gsl_errno.h>

#include "theory/ode.h"
#include "theory/quadratic.h"
#include "theory/trials.h"

static void assert_reference_at(double actual, const json_t *list, size_t i)
{
    assert_close(actual, reference_value(json_array_get(list, i)), 1e-12);
}

static void test_reference_G_quadratic(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t r;
    json_array_foreach(reference_section(root, "G_quadratic"), r, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        size_t n;
        double *h = reference_vector(record, "h", &n);
        double *theta_a = reference_vector(record, "theta_a", &n);
        double a[8], theta[8] = { 0 }, loss, memory, t = reference_number(record, "t");
        assert_true(n <= 8);
        const double origin[8] = { 0 };
        const struct sb_quadratic q = { h, theta_a, n, reference_number(record, "tau") };
        struct sb_quadratic_values start, at, end;
        assert_int_equal(sb_quadratic_learned(&q, a), SB_OK);
        for (size_t i = 0; i < n; i++)
            assert_reference_at(a[i], json_object_get(record, "a"), i);
        assert_int_equal(sb_quadratic_at(&q, 0, &start), SB_OK);
        assert_int_equal(sb_quadratic_at(&q, t, &at), SB_OK);
        assert_int_equal(sb_quadratic_at(&q, INFINITY, &end), SB_OK);
        assert_reference(start.excess_loss_nats, record, "excess_loss_0", id);
        assert_reference(at.excess_loss_nats, record, "excess_loss_t", id);
        assert_reference(end.excess_loss_nats, record, "excess_loss_inf", id);
        assert_reference(at.memory_nats, record, "memory", id);
        assert_reference(at.log_slope, record, "log_slope", id);
        assert_true(end.memory_nats == 0 && isnan(end.log_slope));

        assert_int_equal(sb_quadratic_move(h, theta_a, n, q.align_time, theta), SB_OK);
        assert_int_equal(sb_quadratic_move(h, origin, n, t, theta), SB_OK);
        sb_quadratic_measure(&q, theta, &loss, &memory);
        assert_close(loss, at.excess_loss_nats, 1e-11);
        assert_close(memory, at.memory_nats, 1e-11);
        free(h);
        free(theta_a);
    }
    json_decref(root);
}

/* (ln m)' and (ln m)'' against differences. */
static void test_slopes(void **state)
{
    (void)state;
    const double h[] = { 5, 1, 0.2 }, theta_a[] = { 1, -2, 3 }, step = 1e-3;
    for (double s = 0.1; s < 100; s *= 3) {
        const struct sb_quadratic q = { h, theta_a, 3, s };
        struct sb_quadratic_values low, at, high;
        assert_int_equal(sb_quadratic_at(&q, 1 - step, &low), SB_OK);
        assert_int_equal(sb_quadratic_at(&q, 1, &at), SB_OK);
        assert_int_equal(sb_quadratic_at(&q, 1 + step, &high), SB_OK);
        assert_close((log(high.memory_nats) - log(low.memory_nats)) / (2 * step), at.log_slope,
                     1e-5);
        assert_close((high.log_slope - low.log_slope) / (2 * step), at.log_curvature, 1e-5);
    }
}

static void test_domain(void **state)
{
    (void)state;
    const double h[] = { 1, 2 }, bad[] = { 1, 0 };
    double a[2] = { 7, 7 };
    struct sb_quadratic_values values = { .memory_nats = 7 };
    struct sb_quadratic q = { h, h, 2, 0 };
    assert_int_equal(sb_quadratic_at(&q, 1, &values), SB_OK);
    assert_true(values.memory_nats == 0 && isnan(values.log_slope)); /* no alignment */
    values.memory_nats = 7;
    assert_int_equal(sb_quadratic_at(&q, -1, &values), SB_DOMAIN);
    q.h = bad;
    assert_int_equal(sb_quadratic_at(&q, 1, &values), SB_DOMAIN);
    assert_int_equal(sb_quadratic_learned(&q, a), SB_DOMAIN);
    q.n = 0;
    assert_int_equal(sb_quadratic_at(&q, 1, &values), SB_DOMAIN);
    assert_true(values.memory_nats == 7 && a[0] == 7);
}

/* ---- the integrator ------------------------------------------------------------------------- */

static void explode(const double *y, double *slope, const void *context)
{
    (void)context;
    *slope = *y * *y;
}

static void test_integrator(void **state)
{
    (void)state;
    /* y' = y^2 from 1: y = 1/(1 - t), which has no value from t = 1 on. */
    double y = 1;
    assert_int_equal(sb_ode_integrate(explode, NULL, 1, 0.9, 1e-13, &y), SB_OK);
    assert_close(y, 10, 1e-10);
    y = 1;
    assert_int_equal(sb_ode_integrate(explode, NULL, 1, 2, 1e-13, &y), SB_NUMERIC);
    assert_close(y, 1, 0);
    assert_int_equal(sb_ode_integrate(explode, NULL, 1, 0, 1e-13, &y), SB_OK);
    assert_close(y, 1, 0);
    assert_int_equal(sb_ode_integrate(explode, NULL, 0, 1, 1e-13, &y), SB_DOMAIN);
    assert_int_equal(sb_ode_integrate(explode, NULL, 1, INFINITY, 1e-13, &y), SB_DOMAIN);
    assert_int_equal(sb_ode_integrate(explode, NULL, 1, 1, 0, &y), SB_DOMAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_G_quadratic),
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_domain),
        cmocka_unit_test(test_integrator),
    };
    gsl_set_error_handler_off();
    return cmocka_run_group_tests_name("quadratic", tests, NULL, NULL);
}

/* The search for worst cases: it finds minima that are known, and only claims what it saw. */
#include <gsl/gsl_errno.h>
#include "tests/helpers.h"

#include "theory/explore.h"

/* A parabola with its least value `floor` at (0.3, 0.7). */
static double parabola(const double *u, double floor)
{
    return floor + (u[0] - 0.3) * (u[0] - 0.3) + (u[1] - 0.7) * (u[1] - 0.7);
}

static double above_zero(const double *u, char *where, size_t size)
{
    if (where)
        snprintf(where, size, "%.6f %.6f", u[0], u[1]);
    return parabola(u, 1e-3);
}

/* A dip so narrow that the points miss it: only the descent gets there. */
static double below_zero(const double *u, char *where, size_t size)
{
    if (where)
        snprintf(where, size, "%.6f %.6f", u[0], u[1]);
    return parabola(u, -1e-12);
}

static double never_met(const double *u, char *where, size_t size)
{
    (void)u;
    (void)where;
    (void)size;
    return NAN;
}

static void test_minimum(void **state)
{
    (void)state;
    struct sb_exploration e = { "X", "claim", "domain", "unit", false, 0, 2, above_zero };
    struct sb_finding f;
    assert_int_equal(sb_explore(&e, 1, 100, &f), SB_OK);
    assert_int_equal(f.status, SB_CHECKED);
    assert_close(f.margin, 1e-3, 1e-9);
    assert_string_equal(f.where, "0.300000 0.700000");
    assert_true(f.n_cases > 100);
    e.slack = below_zero;
    assert_int_equal(sb_explore(&e, 1, 100, &f), SB_OK);
    assert_int_equal(f.status, SB_FAILED);
    assert_close(f.margin, -1e-12, 1e-4);
    e.is_false = true;
    assert_int_equal(sb_explore(&e, 1, 100, &f), SB_OK);
    assert_int_equal(f.status, SB_REFUTED);
    e.slack = above_zero; /* false, they say, but no counterexample: that is a failure */
    assert_int_equal(sb_explore(&e, 1, 100, &f), SB_OK);
    assert_int_equal(f.status, SB_FAILED);
    e.is_false = false;
    e.slack = never_met;
    assert_int_equal(sb_explore(&e, 1, 100, &f), SB_OK);
    assert_true(isnan(f.margin) && f.n_cases == 0 && f.where[0] == 0);
    assert_int_equal(sb_explore(&e, 1, 0, &f), SB_DOMAIN);
}

/* The whole list, for several seeds: violations are found exactly where the theory says. */
static void test_list(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        for (size_t i = 0; i < sb_n_explorations; i++) {
            const struct sb_exploration *e = &sb_explorations[i];
            struct sb_finding f;
            assert_in_range(e->dimension, 1, SB_EXPLORE_DIMENSIONS);
            assert_int_equal(sb_explore(e, seed, 1000, &f), SB_OK);
            if (f.status != (e->is_false ? SB_REFUTED : SB_CHECKED) || f.n_cases < 100)
                fail_msg("seed %d: %s, %s: %s, margin %g of %zu cases at %s", (int)seed,
                         e->statement, e->claim, sb_finding_status_name(f.status), f.margin,
                         f.n_cases, f.where);
        }
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_minimum),
        cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests_name("explore", tests, NULL, NULL);
}

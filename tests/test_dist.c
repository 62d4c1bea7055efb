/* Probability vectors: vectors worked by hand, identities, and what is refused. */
#include "tests/helpers.h"

#include "theory/dist.h"
#include "theory/random.h"

/* p = (1/2, 1/4, 1/4), q = (1/4, 1/4, 1/2). In units of ln 2:
 *   H(p) = 1/2 + 1/2 + 1/2 = 3/2;  -sum p ln q = 1 + 1/2 + 1/4 = 7/4;  KL = 1/4.
 *   chi^2(p||q) = (1/16)/(1/4) + 0 + (1/16)/(1/2) = 1/4 + 1/8 = 3/8. */
static void test_by_hand(void **state)
{
    (void)state;
    const double p[] = { 0.5, 0.25, 0.25 }, q[] = { 0.25, 0.25, 0.5 };
    double ln2 = log(2);
    assert_close(sb_dist_entropy_nats(p, 3), 1.5 * ln2, 1e-15);
    assert_close(sb_dist_cross_entropy_nats(p, q, 3), 1.75 * ln2, 1e-15);
    assert_close(sb_dist_kl_nats(p, q, 3), 0.25 * ln2, 1e-15);
    assert_close(sb_dist_chi_squared(p, q, 3), 0.375, 1e-15);
    /* chi(p, p; q) = 1 + chi^2(p||q);  chi(p, q; q) = 1. */
    assert_close(sb_dist_chi(p, p, q, 3), 1.375, 1e-15);
    assert_close(sb_dist_kappa(p, p, q, 3), -0.375, 1e-15);
    assert_close(sb_dist_kappa(p, q, q, 3), 0, 1e-16);
}

/* a and t live apart, q covers both: chi = 0, kappa = 1. Without cover: chi is inf only where a and
 * t meet outside q. */
static void test_supports(void **state)
{
    (void)state;
    const double a[] = { 1, 0, 0 }, t[] = { 0, 0.5, 0.5 }, q[] = { 0.5, 0.5, 0 }, u[] = { 0, 0, 1 };
    assert_close(sb_dist_chi(a, t, q, 3), 0, 1e-16);
    assert_close(sb_dist_kappa(a, t, q, 3), 1, 1e-15);
    assert_true(isinf(sb_dist_chi(u, t, q, 3)));
    assert_true(sb_dist_kappa(u, t, q, 3) == -INFINITY);
    assert_true(isinf(sb_dist_kl_nats(t, q, 3)) && isinf(sb_dist_cross_entropy_nats(t, q, 3)));
    assert_true(isinf(sb_dist_chi_squared(t, q, 3)));
    assert_close(sb_dist_kl_nats(a, q, 3), log(2), 1e-15);
    assert_close(sb_dist_chi_squared(a, q, 3), 1, 1e-15);
    assert_close(sb_dist_entropy_nats(a, 3), 0, 1e-16);
}

/* q = p (1 + s_x) with alternating s = 1e-9: to third order KL(p||q) = chi^2(p||q)/2 = s^2/2 (1 +
 * O(s)), which a difference of entropies, each accurate to 1e-16, could not resolve. */
static void test_nearly_equal(void **state)
{
    (void)state;
    enum { LEAVES = 128 }; /* a power of 2: the vectors are exact */
    double p[LEAVES], q[LEAVES], s = 0x1p-30;
    for (int x = 0; x < LEAVES; x++) {
        p[x] = 1.0 / LEAVES;
        q[x] = p[x] * (x % 2 ? 1 + s : 1 - s);
    }
    assert_close(sb_dist_kl_nats(p, q, LEAVES), s * s / 2, 1e-12);
    assert_close(sb_dist_chi_squared(p, q, LEAVES), s * s, 1e-12);
    assert_close(sb_dist_kappa(p, p, q, LEAVES), -s * s, 1e-12);
}

/* KL = cross entropy - entropy and kappa = 1 - chi, to rounding, on random vectors with zeros. */
static void test_two_routes(void **state)
{
    (void)state;
    for (uint64_t stream = 0; stream < 200; stream++) {
        struct sb_random random;
        sb_random_init(&random, 7, stream);
        double v[3][20];
        for (int i = 0; i < 3; i++) {
            for (int x = 0; x < 20; x++)
                v[i][x] = i < 2 && sb_random_below(&random, 3) == 0 ? 0 : sb_random_unit(&random);
            sb_dist_normalise(v[i], 20);
            assert_int_equal(sb_dist_check(v[i], 20, "v", NULL), SB_OK);
        }
        double kl = sb_dist_cross_entropy_nats(v[0], v[2], 20) - sb_dist_entropy_nats(v[0], 20);
        double chi = sb_dist_chi(v[0], v[1], v[2], 20),
               square = sb_dist_chi(v[0], v[0], v[2], 20) - 1;
        if (fabs(sb_dist_kl_nats(v[0], v[2], 20) - kl) > 1e-14 ||
            fabs(sb_dist_kappa(v[0], v[1], v[2], 20) - (1 - chi)) > 1e-14 * (1 + chi) ||
            fabs(sb_dist_chi_squared(v[0], v[2], 20) - square) > 1e-14 * (1 + square))
            fail_msg("seed 7, stream %d", (int)stream);
    }
}

static void assert_check(const double *p, size_t n, const char *message)
{
    struct sb_error error = { "" };
    assert_int_equal(sb_dist_check(p, n, "p_a", &error), SB_DOMAIN);
    if (!strstr(error.message, message))
        fail_msg("\"%s\" does not contain \"%s\"", error.message, message);
}

static void test_check(void **state)
{
    (void)state;
    assert_check((const double[]){ 0.5, -0.1, 0.6 }, 3, "p_a[1] is -0.1");
    assert_check((const double[]){ 0.5, 0.5, NAN }, 3, "p_a[2] is nan");
    assert_check((const double[]){ INFINITY }, 1, "p_a[0] is inf");
    assert_check((const double[]){ 0.5, 0.5 + 2e-9 }, 2, "p_a sums to");
    assert_check((const double[]){ 0 }, 1, "p_a sums to 0");
    assert_check(NULL, 0, "p_a is empty");
    assert_int_equal(sb_dist_check((const double[]){ 0.5, 0.5 + 5e-10 }, 2, "p", NULL), SB_OK);
    assert_int_equal(sb_dist_check((const double[]){ 1 }, 1, "p", NULL), SB_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),      cmocka_unit_test(test_supports),
        cmocka_unit_test(test_nearly_equal), cmocka_unit_test(test_two_routes),
        cmocka_unit_test(test_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

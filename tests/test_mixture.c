/* Mixtures: an example by hand, the definitions in long double as a second route, differences,
 * force balance and symmetry for every growing dataset, and turning volumes known exactly. */
#include "tests/helpers.h"

#include <float.h>
#include "theory/dist.h"
#include "theory/mixture.h"
#include "theory/random.h"

enum { N = 4, LEAVES = 9 };

/* A random mixture of n datasets, some probabilities 0, volumes over several decades. */
struct sample {
    double p[N][LEAVES], volumes[N];
    const double *rows[N];
    struct sb_mixture mixture;
};

static void sample_init(struct sample *s, uint64_t stream, size_t n)
{
    struct sb_random random;
    sb_random_init(&random, 11, stream);
    for (size_t j = 0; j < n; j++) {
        for (int x = 0; x < LEAVES; x++)
            s->p[j][x] = sb_random_below(&random, 4) == 0 ? 0 : sb_random_unit(&random);
        s->p[j][j] += 0.1;
        sb_dist_normalise(s->p[j], LEAVES);
        s->volumes[j] = pow(10, 4 * sb_random_unit(&random) - 2);
        s->rows[j] = s->p[j];
    }
    s->mixture = (struct sb_mixture){ n, LEAVES, s->rows, s->volumes };
}

/* p_p = (1/2, 1/2, 0), p_a = (1, 0, 0), p_t = (0, 0, 1) with volumes 2:1:1: N = (2, 1, 1), S = 4.
 *   gamma_p = -(ln 1/2 + ln 1/4)/2 = 3/2 ln 2;  gamma_a = ln 2;  gamma_t = 2 ln 2
 *   1/S - sum p_i p_t/N:  gamma_p' = gamma_a' = 1/4;  gamma_t' = 1/4 - 1 = -3/4
 *   -1/S^2 + sum p_i p_t^2/N^2:  -1/16, -1/16, 15/16.  Balance: 2/4 + 1/4 - 3/4 = 0. */
static void test_by_hand(void **state)
{
    (void)state;
    const double p_p[] = { 0.5, 0.5, 0 }, p_a[] = { 1, 0, 0 }, p_t[] = { 0, 0, 1 };
    const double *const p[] = { p_p, p_a, p_t };
    const double volumes[] = { 2, 1, 1 };
    const struct sb_mixture mixture = { 3, 3, p, volumes };
    struct sb_response r[3];
    struct sb_mixture_summary summary;
    double q[3], ln2 = log(2);
    assert_int_equal(sb_mixture_model(&mixture, q), SB_OK);
    assert_true(q[0] == 0.5 && q[1] == 0.25 && q[2] == 0.25);
    assert_int_equal(sb_mixture_respond(&mixture, 2, r, &summary), SB_OK);
    const double gamma[] = { 1.5 * ln2, ln2, 2 * ln2 }, slope[] = { 0.25, 0.25, -0.75 };
    const double curvature[] = { -1 / 16.0, -1 / 16.0, 15 / 16.0 }, overlap[] = { 0, 0, 4 };
    for (int i = 0; i < 3; i++) {
        assert_close(r[i].gamma_nats, gamma[i], 1e-15);
        assert_close(r[i].slope_nats, slope[i], 1e-15);
        assert_close(r[i].curvature_nats, curvature[i], 1e-15);
        assert_close(r[i].overlap, overlap[i], 1e-15);
        assert_int_equal(sb_response_sign(&r[i]), slope[i] > 0 ? 1 : -1);
    }
    assert_close(summary.total_volume, 4, 0);
    assert_close(summary.novelty, 0, 0);
    assert_close(summary.balance_nats, 0, 1e-16);
}

/* The same with no perturbation yet: p_t is all novel, gamma_t = inf, and
 * 2 gamma_p' + gamma_a' = 2/3 + 1/3 = 1 = nu. A fourth dataset of volume 0 that nobody reaches has
 * an infinite rate for ever. */
static void test_novelty(void **state)
{
    (void)state;
    const double p_p[] = { 0.5, 0.5, 0, 0 }, p_a[] = { 1, 0, 0, 0 }, p_t[] = { 0, 0, 1, 0 };
    const double far[] = { 0.5, 0, 0, 0.5 };
    const double *const p[] = { p_p, p_a, p_t, far };
    const double volumes[] = { 2, 1, 0, 0 };
    const struct sb_mixture mixture = { 4, 4, p, volumes };
    struct sb_response r[4];
    struct sb_mixture_summary summary;
    assert_int_equal(sb_mixture_respond(&mixture, 2, r, &summary), SB_OK);
    assert_close(r[0].slope_nats, 1 / 3.0, 1e-15);
    assert_close(r[1].slope_nats, 1 / 3.0, 1e-15);
    assert_true(r[2].gamma_nats == INFINITY && r[2].slope_nats == -INFINITY);
    assert_true(r[2].curvature_nats == INFINITY && sb_response_sign(&r[2]) == -1);
    assert_true(r[3].gamma_nats == INFINITY && isnan(r[3].slope_nats) &&
                isnan(r[3].curvature_nats));
    assert_int_equal(sb_response_sign(&r[3]), 0);
    assert_close(summary.novelty, 1, 0);
    assert_close(summary.balance_nats, 0, 1e-15);
    double change[4];
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(sb_mixture_change(&mixture, 2, 1, i, &change[i]), SB_OK);
    assert_close(change[0], log(4 / 3.0), 1e-15);
    assert_close(change[1], log(4 / 3.0), 1e-15);
    assert_true(change[2] == -INFINITY && isnan(change[3]));
}

/* Second route: the definitions themselves in extended precision. They assume that the vectors sum
 * to 1 to the last digit, which the doubles do not. */
struct truth {
    long double gamma, slope, curvature;
};
static struct truth truth_of(const struct sample *s, size_t g, size_t i)
{
    long double volume = 0, sum[N] = { 0 };
    struct truth t = { 0, 0, 0 };
    for (size_t j = 0; j < s->mixture.n_datasets; j++) {
        volume += s->volumes[j];
        for (int x = 0; x < LEAVES; x++)
            sum[j] += s->p[j][x];
    }
    for (int x = 0; x < LEAVES; x++) {
        long double mass = 0, p = s->p[i][x] / sum[i], p_g = s->p[g][x] / sum[g];
        for (size_t j = 0; j < s->mixture.n_datasets; j++)
            mass += s->volumes[j] * (s->p[j][x] / sum[j]);
        if (p == 0)
            continue;
        t.gamma -= p * logl(mass / volume);
        t.slope += p / volume - p * p_g / mass;
        t.curvature += p * p_g * p_g / (mass * mass) - p / (volume * volume);
    }
    return t;
}

static void test_two_routes(void **state)
{
    (void)state;
    for (uint64_t stream = 0; stream < 300; stream++) {
        struct sample s;
        sample_init(&s, stream, 2 + stream % 3);
        size_t n = s.mixture.n_datasets;
        struct sb_response r[N];
        struct sb_mixture_summary summary;
        double slopes[N][N];
        for (size_t g = 0; g < n; g++) {
            assert_int_equal(sb_mixture_respond(&s.mixture, g, r, &summary), SB_OK);
            double forces = 0;
            for (size_t i = 0; i < n; i++) {
                struct truth t = truth_of(&s, g, i);
                slopes[i][g] = r[i].slope_nats;
                forces = fmax(forces, fabs(s.volumes[i] * r[i].slope_nats));
                double scale = 1 / summary.total_volume;
                double truth_error = 4 * (double)LDBL_EPSILON * scale * (1 + r[i].overlap);
                if (fabs(r[i].gamma_nats - (double)t.gamma) > 1e-15 * (double)t.gamma ||
                    fabs(r[i].slope_nats - (double)t.slope) > r[i].slope_error_nats + truth_error ||
                    r[i].slope_error_nats > 1e-13 * scale * (1 + r[i].overlap) ||
                    fabs(r[i].curvature_nats - (double)t.curvature) >
                        1e-14 * fabs((double)t.curvature) + 1e-14 * scale * scale)
                    fail_msg("seed 11, stream %d, growing %zu, dataset %zu", (int)stream, g, i);
            }
            if (fabs(summary.balance_nats) > 1e-14 * forces)
                fail_msg("balance %g, stream %d", summary.balance_nats, (int)stream);
        }
        for (size_t i = 0; i < n; i++)
            for (size_t g = 0; g < i; g++)
                if (fabs(slopes[i][g] - slopes[g][i]) > 1e-13 * fabs(slopes[i][g]) + 1e-18)
                    fail_msg("asymmetric: %g, %g, stream %d", slopes[i][g], slopes[g][i],
                             (int)stream);
    }
}

/* The change of a rate: against the difference of rates, and over a step so small that only its
 * slope and curvature count and a difference of rates would have no digit left. */
static void test_change(void **state)
{
    (void)state;
    for (uint64_t stream = 0; stream < 100; stream++) {
        struct sample s;
        sample_init(&s, stream, 3);
        struct sb_response before[N], after[N];
        assert_int_equal(sb_mixture_respond(&s.mixture, 2, before, NULL), SB_OK);
        double v = s.volumes[2], grown = 3 * v, h = 1e-9 * v, change, small;
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(sb_mixture_change(&s.mixture, 2, v + h, i, &small), SB_OK);
            double step = v + h - v, second = before[i].curvature_nats * step / 2;
            double expected = step * (before[i].slope_nats + second);
            if (fabs(small - expected) > 1e-12 * fabs(expected) + 1e-15 * step)
                fail_msg("small change %.17g, %.17g: stream %d", small, expected, (int)stream);
        }
        s.volumes[2] = grown;
        assert_int_equal(sb_mixture_respond(&s.mixture, 2, after, NULL), SB_OK);
        s.volumes[2] = v;
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(sb_mixture_change(&s.mixture, 2, grown, i, &change), SB_OK);
            if (fabs(change - (after[i].gamma_nats - before[i].gamma_nats)) > 1e-14)
                fail_msg("change %.17g: stream %d, dataset %zu", change, (int)stream, i);
        }
    }
}

/* At k = 1e12 on dyadic vectors (exact inputs): p_p = (1/2, 1/4, 1/4), p_a = (1/4, 1/2, 1/4),
 * p_t = (1/4, 1/4, 1/2), l = 1. With N_x = (2k+2, k+3, k+3)/4 and D = 4 S N:
 *   gamma_p' = 1/S - (1/8)(4/(2k+2)) - (1/16)(4/(k+3)) - (1/8)(4/(k+3)), S = k + 2
 *            = 1/(k+2) - 1/(4(k+1)) - 3/(4(k+3)) = [4(k+1)(k+3) - (k+2)(k+3) - 3(k+2)(k+1)]/(4 ...)
 *            = [4k^2 + 16k + 12 - k^2 - 5k - 6 - 3k^2 - 9k - 6]/(4 ...) = 2k/(4(k+1)(k+2)(k+3)). */
static void test_large_k(void **state)
{
    (void)state;
    const double p_p[] = { 0.5, 0.25, 0.25 }, p_a[] = { 0.25, 0.5, 0.25 },
                 p_t[] = { 0.25, 0.25, 0.5 };
    const double *const p[] = { p_p, p_a, p_t };
    for (double k = 1; k <= 1e12; k *= 10) {
        const double volumes[] = { k, 1, 1 };
        const struct sb_mixture mixture = { 3, 3, p, volumes };
        struct sb_response r[3];
        assert_int_equal(sb_mixture_respond(&mixture, 2, r, NULL), SB_OK);
        assert_close(r[0].slope_nats, k / (2 * (k + 1) * (k + 2) * (k + 3)), 1e-14);
        assert_int_equal(sb_response_sign(&r[0]), 1);
    }
    /* A rate near 0 is a logarithm near 1: gamma of (1, 0) under volumes k:1 is ln(1 + 1/k). */
    const double one[] = { 1, 0 }, other[] = { 0, 1 };
    const double *const pair[] = { one, other };
    const double volumes[] = { 1e12, 1 };
    const struct sb_mixture mixture = { 2, 2, pair, volumes };
    struct sb_response r[2];
    assert_int_equal(sb_mixture_respond(&mixture, 1, r, NULL), SB_OK);
    assert_close(r[0].gamma_nats, log1p(1e-12), 1e-15);
}

static struct sb_turning turning_of(const double *p_p, const double *p_a, const double *p_t,
                                    size_t n, double k, size_t dataset)
{
    const double *const p[] = { p_p, p_a, p_t };
    const double volumes[] = { k, 1, NAN };
    const struct sb_mixture mixture = { 3, n, p, volumes };
    struct sb_turning turning;
    assert_int_equal(sb_mixture_turning(&mixture, 2, dataset, &turning), SB_OK);
    return turning;
}

/* Disjoint thirds turn at l = (1/3)/(2/3) = 1/2 whatever k (R3); the aligned rate never falls. */
static void test_turning_finite(void **state)
{
    (void)state;
    const double p_p[] = { 1 / 3., 1 / 3., 1 / 3. }, p_a[] = { 0, 1, 0 }, p_t[] = { 0, 0, 1 };
    for (double k = 1e-6; k <= 1e12; k *= 1000) {
        struct sb_turning turning = turning_of(p_p, p_a, p_t, 3, k, 0);
        assert_int_equal(turning.kind, SB_TURNING_FINITE);
        assert_close(turning.volume.root, 0.5, 2e-15);
        assert_true(turning.volume.low <= turning.volume.root &&
                    turning.volume.root <= turning.volume.high);
        assert_true(turning.volume.high - turning.volume.low <= 1e-15);
        assert_int_equal(turning_of(p_p, p_a, p_t, 3, k, 1).kind, SB_TURNING_NONE);
    }
}

/* p_t = p_p: more of it lowers gamma_p for ever, and at the end C = 1 with slope
 * sum q0 - 1 = 0: never. Two leaves with p_t a blend (p_p + p_a)/2: gamma_p falls until q = p_p,
 * which no volume reaches... and does, where p_t lies beyond p_p: p_p = (1/2, 1/2), p_a = (3/4,
 * 1/4), p_t = (1/4, 3/4): q = p_p at l = 1, where the slope changes sign. */
static void test_turning_never(void **state)
{
    (void)state;
    const double half[] = { 0.5, 0.5 }, low[] = { 0.25, 0.75 }, high[] = { 0.75, 0.25 };
    const double middle[] = { 0.5625, 0.4375 };
    assert_int_equal(turning_of(half, high, half, 2, 7, 0).kind, SB_TURNING_NEVER);
    assert_true(
        isinf(turning_of(half, high, half, 2, 7, 0).kind == SB_TURNING_NEVER ? INFINITY : 0));
    assert_close(turning_of(half, high, low, 2, 7, 0).volume.root, 1, 1e-15);
    /* p_t between p_p and q0 (q0 = 0.53125 at k = 7): pulls q away from p_p: none. */
    assert_int_equal(turning_of(half, high, middle, 2, 7, 0).kind, SB_TURNING_NONE);
    /* The aligned rate: p_t nearer to p_a than q0 is, p_a beyond it: falls for ever. */
    assert_int_equal(turning_of(half, high, middle, 2, 7, 1).kind, SB_TURNING_NEVER);
    assert_int_equal(turning_of(half, high, low, 2, 7, 1).kind, SB_TURNING_NONE);
    /* p_t = q0 exactly: nothing moves, no slope is negative. */
    const double blend[] = { 0.53125, 0.46875 };
    assert_int_equal(turning_of(half, high, blend, 2, 7, 0).kind, SB_TURNING_NONE);
    assert_int_equal(turning_of(half, high, blend, 2, 7, 1).kind, SB_TURNING_NONE);
}

/* On random mixtures: the slope is negative before the turning volume, positive after it, and keeps
 * one sign where there is none. */
static void test_turning_signs(void **state)
{
    (void)state;
    int n_finite = 0;
    for (uint64_t stream = 0; stream < 300; stream++) {
        struct sample s;
        sample_init(&s, stream, 3);
        struct sb_turning turning;
        size_t i = stream % 2;
        assert_int_equal(sb_mixture_turning(&s.mixture, 2, i, &turning), SB_OK);
        n_finite += turning.kind == SB_TURNING_FINITE;
        for (double v = 1e-6; v <= 1e9; v *= 3) {
            s.volumes[2] = v;
            struct sb_response r[N];
            assert_int_equal(sb_mixture_respond(&s.mixture, 2, r, NULL), SB_OK);
            bool falls = turning.kind == SB_TURNING_NEVER ||
                         (turning.kind == SB_TURNING_FINITE && v < turning.volume.root);
            int sign = sb_response_sign(&r[i]);
            if (sign != 0 && (sign < 0) != falls)
                fail_msg("seed 11, stream %d, volume %g: sign %d", (int)stream, v, sign);
        }
    }
    assert_in_range(n_finite, 30, 270);
}

static void test_refused(void **state)
{
    (void)state;
    const double p_0[] = { 1, 0 }, p_1[] = { 0, 1 };
    const double *const p[] = { p_0, p_1 };
    const double bad[][2] = { { -1, 1 }, { NAN, 1 }, { INFINITY, 1 }, { 0, 0 }, { 1e308, 1e308 } };
    struct sb_response r[2] = { { .gamma_nats = 42 } };
    double q[2], change = 42;
    struct sb_turning turning = { .kind = SB_TURNING_NEVER };
    for (size_t b = 0; b < sizeof bad / sizeof *bad; b++) {
        const struct sb_mixture mixture = { 2, 2, p, bad[b] };
        assert_int_equal(sb_mixture_model(&mixture, q), SB_DOMAIN);
        assert_int_equal(sb_mixture_respond(&mixture, 0, r, NULL), SB_DOMAIN);
    }
    const double volumes[] = { 0, 1 };
    const struct sb_mixture mixture = { 2, 2, p, volumes };
    assert_int_equal(sb_mixture_respond(&mixture, 2, r, NULL), SB_DOMAIN);
    assert_int_equal(sb_mixture_change(&mixture, 1, 0.5, 0, &change), SB_DOMAIN);
    assert_int_equal(sb_mixture_turning(&mixture, 0, 0, &turning), SB_DOMAIN);
    assert_int_equal(sb_mixture_turning(&mixture, 1, 0, &turning),
                     SB_DOMAIN); /* the rest is empty */
    assert_close(r[0].gamma_nats, 42, 0);
    assert_close(change, 42, 0);
    assert_int_equal(turning.kind, SB_TURNING_NEVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),       cmocka_unit_test(test_novelty),
        cmocka_unit_test(test_two_routes),    cmocka_unit_test(test_change),
        cmocka_unit_test(test_large_k),       cmocka_unit_test(test_turning_finite),
        cmocka_unit_test(test_turning_never), cmocka_unit_test(test_turning_signs),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Totals against closed forms, enumeration, and themselves under other tilts and grids. */
#include "tests/helpers.h"

#include "theory/fft.h"
#include "theory/random.h"
#include "theory/sum_distribution.h"

static struct sb_sum_distribution *create(const double *values, const double *p, size_t n_values,
                                          uint64_t n, unsigned log2_points)
{
    const struct sb_terms terms = { values, p, n_values, n };
    struct sb_sum_distribution *sum;
    assert_int_equal(sb_sum_distribution_create(&terms, log2_points, &sum), SB_OK);
    return sum;
}

static struct sb_tail tail_of(struct sb_sum_distribution *sum, double x, bool upper)
{
    struct sb_tail tail = { 1, 1, 1 };
    assert_int_equal(sb_sum_distribution_tail(sum, x, upper, &tail), SB_OK);
    if (!(tail.ln_low <= tail.ln_probability && tail.ln_probability <= tail.ln_high))
        fail_msg("tail at %g: %g not in [%g, %g]", x, tail.ln_probability, tail.ln_low,
                 tail.ln_high);
    return tail;
}

/* ---- the transform --------------------------------------------------------------------------- */

static void test_fft(void **state)
{
    (void)state;
    struct sb_fft *fft;
    assert_int_equal(sb_fft_create(0, &fft), SB_DOMAIN);
    assert_null(fft);
    assert_int_equal(sb_fft_create(4, &fft), SB_OK);
    double *data = sb_fft_data(fft), x[16];
    struct sb_random random;
    sb_random_init(&random, 5, 0);
    for (int i = 0; i < 16; i++)
        data[i] = x[i] = sb_random_unit(&random) - 0.5;
    sb_fft_forward(fft);
    for (int j = 0; j <= 8; j++) {
        double re = 0, im = 0;
        for (int i = 0; i < 16; i++) {
            re += x[i] * cos(2 * acos(-1) * i * j / 16);
            im -= x[i] * sin(2 * acos(-1) * i * j / 16);
        }
        assert_true(hypot(data[2 * j] - re, data[2 * j + 1] - im) < 1e-14);
    }
    sb_fft_backward(fft);
    for (int i = 0; i < 16; i++)
        assert_true(fabs(data[i] - 16 * x[i]) < 1e-13);
    sb_fft_free(fft);
}

/* ---- binomial -------------------------------------------------------------------------------- */

/* ln P(successes >= k), or <= k, with success probability p. */
static double ln_binomial(double n, double p, double k, bool upper)
{
    double sum = 0, top = -INFINITY;
    for (int pass = 0; pass < 2; pass++)
        for (double i = k; upper ? i <= n : i >= 0; i += upper ? 1 : -1) {
            double ln = lgamma(n + 1) - lgamma(i + 1) - lgamma(n - i + 1) + i * log(p) +
                        (n - i) * log1p(-p);
            if (pass == 0)
                top = fmax(top, ln);
            else
                sum += exp(ln - top);
        }
    return top + log(sum);
}

/* Two code lengths, 3 bits with probability 0.3 and 1.2 bits else: the total is binomial, on a grid of
 * its own. Tails to e^-1000, on both sides. */
static void test_binomial(void **state)
{
    (void)state;
    const double values[] = { 1.2, 3 }, p[] = { 0.7, 0.3 };
    struct sb_sum_distribution *sum = create(values, p, 2, 2000, 13);
    assert_true(sb_sum_distribution_rounding(sum) == 0);
    assert_close(sb_sum_distribution_mean(sum), 2000 * (1.2 + 0.3 * 1.8), 1e-14);
    assert_close(sb_sum_distribution_sd(sum), sqrt(2000 * 0.21) * 1.8, 1e-13);
    for (double k = 0; k <= 2000; k += 80)
        for (int upper = 0; upper < 2; upper++) {
            double x = 1.2 * 2000 + 1.8 * k, exact = ln_binomial(2000, 0.3, k, upper);
            struct sb_tail tail = tail_of(sum, x, upper);
            /* The reference itself is a sum of differences of logarithms of size 1e4. */
            if (!(fabs(tail.ln_probability - exact) < 2e-10) || tail.ln_low > exact + 2e-11 ||
                tail.ln_high < exact - 2e-11)
                fail_msg("k=%g upper=%d: %.15g in [%.15g, %.15g], exact %.15g", k, upper,
                         tail.ln_probability, tail.ln_low, tail.ln_high, exact);
            assert_true(tail.ln_high - tail.ln_low < 1e-6);
        }
    assert_true(tail_of(sum, 1.2 * 2000 - 5, false).ln_probability == -INFINITY);
    assert_true(tail_of(sum, 3 * 2000 + 5, true).ln_probability == -INFINITY);
    assert_true(tail_of(sum, 3 * 2000 + 5, false).ln_probability == 0);
    sb_sum_distribution_free(sum);
}

/* The error bound of the transform is not exceeded where it is largest: n = 10^6 on few points. */
static void test_many_terms(void **state)
{
    (void)state;
    const double values[] = { 0, 1 }, p[] = { 0.5, 0.5 };
    struct sb_sum_distribution *sum = create(values, p, 2, 1000000, 15);
    for (double z = -12; z <= 12; z += 3) {
        double k = 500000 + 500 * z, exact = ln_binomial(1e6, 0.5, k, z > 0);
        struct sb_tail tail = tail_of(sum, k, z > 0);
        /* lgamma of 10^6 is 1.3e7, good to some 1e-9. */
        assert_true(fabs(tail.ln_probability - exact) < 2e-8);
        assert_true(tail.ln_high - tail.ln_low < 1e-5);
    }
    sb_sum_distribution_free(sum);
}

/* ---- enumeration ----------------------------------------------------------------------------- */

/* P(X >= x) and P(X <= x) of n draws among three values, over all multinomial counts. */
static void enumerate(const double values[3], const double p[3], int n, double x, double tails[2])
{
    tails[0] = tails[1] = 0;
    for (int a = 0; a <= n; a++)
        for (int b = 0; a + b <= n; b++) {
            int c = n - a - b;
            double mass = exp(lgamma(n + 1) - lgamma(a + 1) - lgamma(b + 1) - lgamma(c + 1)) *
                          pow(p[0], a) * pow(p[1], b) * pow(p[2], c);
            double total = a * values[0] + b * values[1] + c * values[2];
            tails[0] += total <= x ? mass : 0;
            tails[1] += total >= x ? mass : 0;
        }
}

/* Terms on no grid: the bounds hold, and close in on the truth as the grid gets finer. */
static void test_rounded_terms(void **state)
{
    (void)state;
    const double values[] = { 0.31830988618, 1.41421356237, 2.71828182846 };
    for (uint64_t round = 0; round < 8; round++) {
        struct sb_random random;
        sb_random_init(&random, 9, round);
        double p[3] = { 0.1 + sb_random_unit(&random), 0.1 + sb_random_unit(&random), 0.3 };
        double all = p[0] + p[1] + p[2];
        for (int i = 0; i < 3; i++)
            p[i] /= all;
        uint64_t n = 1 + sb_random_below(&random, 40);
        double width[2] = { 0, 0 };
        for (int fine = 0; fine < 2; fine++) {
            struct sb_sum_distribution *sum = create(values, p, 3, n, fine ? 14 : 9);
            assert_true(sb_sum_distribution_rounding(sum) > 0);
            for (double u = -0.02; u < 1.05; u += 0.0371) {
                double x = (double)n * (0.318 + u * (2.719 - 0.318)), exact[2];
                enumerate(values, p, (int)n, x, exact);
                for (int upper = 0; upper < 2; upper++) {
                    struct sb_tail tail = tail_of(sum, x, upper);
                    if (tail.ln_low > log(exact[upper]) + 1e-10 ||
                        tail.ln_high < log(exact[upper]) - 1e-10)
                        fail_msg("round %d n=%d x=%.17g upper=%d: [%g, %g], exact %g", (int)round,
                                 (int)n, x, upper, tail.ln_low, tail.ln_high, log(exact[upper]));
                    width[fine] += exp(tail.ln_high) - exp(tail.ln_low);
                }
            }
            sb_sum_distribution_free(sum);
        }
        if (width[1] > 0.3 * width[0] + 1e-6)
            fail_msg("round %d, n=%d: widths %g, %g", (int)round, (int)n, width[0], width[1]);
    }
}

/* Two routes: the same tail with and without tilt, in the middle, where both are accurate; and both
 * tails at one point of the grid make one, but for the mass there. */
static void test_tilted_against_untilted(void **state)
{
    (void)state;
    const double values[] = { 1, 2, 3, 7 }, p[] = { 0.4, 0.3, 0.2, 0.1 };
    struct sb_sum_distribution *sum = create(values, p, 4, 300, 14);
    double mean = sb_sum_distribution_mean(sum), sd = sb_sum_distribution_sd(sum);
    for (double z = -3; z <= 3; z += 0.5) {
        double x = round(mean + z * sd);
        double above = exp(tail_of(sum, x + 1, true).ln_probability);
        double below = exp(tail_of(sum, x, false).ln_probability);
        assert_true(fabs(above + below - 1) < 1e-11);
    }
    sb_sum_distribution_free(sum);
}

/* A narrow window folds: few points, and a rare value far away. The bound must say so. */
static void test_aliasing_is_bounded(void **state)
{
    (void)state;
    const double values[] = { 0, 1, 64 }, p[] = { 0.499, 0.5, 0.001 };
    struct sb_sum_distribution *coarse = create(values, p, 3, 40, 8);
    struct sb_sum_distribution *fine = create(values, p, 3, 40, 14);
    for (double x = 0.5; x < 500; x += 24) {
        struct sb_tail a = tail_of(coarse, x, true), b = tail_of(fine, x, true);
        assert_true(a.ln_low <= b.ln_high + 1e-12 && b.ln_low <= a.ln_high + 1e-12);
    }
    sb_sum_distribution_free(coarse);
    sb_sum_distribution_free(fine);
}

/* ---- quantiles ------------------------------------------------------------------------------- */

static void test_quantiles(void **state)
{
    (void)state;
    const double values[] = { 0, 1 }, p[] = { 0.8, 0.2 };
    const double wanted[] = { 0.9, 0.5, 0.1, 1e-3, 1e-9, 1e-40 };
    struct sb_sum_distribution *sum = create(values, p, 2, 500, 12);
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        for (int upper = 0; upper < 2; upper++) {
            struct sb_quantile q;
            assert_int_equal(sb_sum_distribution_quantile(sum, wanted[i], upper, &q), SB_OK);
            double k = round(q.value), beyond = upper ? k + 1 : k - 1;
            if (!(ln_binomial(500, 0.2, k, upper) >= log(wanted[i]) - 1e-9))
                fail_msg("p=%g upper=%d: %g", wanted[i], upper, k);
            assert_true(beyond < 0 || ln_binomial(500, 0.2, beyond, upper) < log(wanted[i]));
            assert_true(q.low == q.value && q.high == q.value);
        }
    struct sb_quantile q = { 1, 2, 3 };
    assert_int_equal(sb_sum_distribution_quantile(sum, 0, true, &q), SB_DOMAIN);
    assert_int_equal(sb_sum_distribution_quantile(sum, 1, true, &q), SB_DOMAIN);
    assert_true(q.value == 1);
    sb_sum_distribution_free(sum);

    /* Rounded terms: the bounds enclose the quantile of the enumeration. */
    const double odd[] = { 0.31830988618, 1.41421356237, 2.71828182846 }, r[] = { .5, .3, .2 };
    sum = create(odd, r, 3, 30, 16);
    for (int upper = 0; upper < 2; upper++) {
        assert_int_equal(sb_sum_distribution_quantile(sum, 1e-4, upper, &q), SB_OK);
        double at_low[2], at_high[2], step = 1e-9;
        enumerate(odd, r, 30, q.low - step, at_low);
        enumerate(odd, r, 30, q.high + step, at_high);
        assert_true(q.low <= q.value && q.value <= q.high && q.high - q.low < 0.2);
        assert_true(upper ? at_low[1] >= 1e-4 && at_high[1] < 1e-4
                          : at_low[0] < 1e-4 && at_high[0] >= 1e-4);
    }
    sb_sum_distribution_free(sum);
}

/* ---- signs ----------------------------------------------------------------------------------- */

/* p_t/q is 2 on a share 0.4 of alignment documents and 0 else: the mean of n is below 1 exactly when
 * fewer than half are of that kind. At odd n this grows with n; n = 3: 0.6^3 + 3 0.4 0.36 = 0.648. */
static void test_sign(void **state)
{
    (void)state;
    const double values[] = { 0, 2 }, p[] = { 0.6, 0.4 };
    struct sb_terms terms = { values, p, 2, 3 };
    struct sb_sign sign;
    assert_int_equal(sb_sum_below(&terms, 1, 10, &sign), SB_OK);
    assert_close(sign.probability, 0.648, 1e-13);
    assert_true(sign.low <= sign.probability && sign.probability <= sign.high);
    terms.n = 4; /* 2 of 4 is no sign: 0.6^4 + 4 0.4 0.6^3 = 0.4752 */
    assert_int_equal(sb_sum_below(&terms, 1, 10, &sign), SB_OK);
    assert_close(sign.probability, 0.4752, 1e-13);
    uint64_t n;
    assert_int_equal(sb_sum_below_least_n(&terms, 1, 0.95, 14, &n), SB_OK);
    terms.n = n;
    assert_int_equal(sb_sum_below(&terms, 1, 14, &sign), SB_OK);
    assert_true(sign.probability >= 0.95);
    terms.n = n - 1;
    assert_int_equal(sb_sum_below(&terms, 1, 14, &sign), SB_OK);
    assert_true(sign.probability < 0.95);
    /* Normal: 1.645^2 4 0.24/0.2^2... = 65 or so. */
    assert_in_range(n, 55, 75);
    /* Rare signs keep their digits: fewer than half of 41 with p = 0.9, sum_{k<=20} C(41,k) .9^k .1^(41-k). */
    const double rare[] = { 0.1, 0.9 };
    terms.p = rare;
    terms.n = 41;
    double expected = 0;
    for (int k = 0; k <= 20; k++)
        expected +=
            exp(lgamma(42) - lgamma(k + 1) - lgamma(42 - k) + k * log(0.9) + (41 - k) * log(0.1));
    assert_int_equal(sb_sum_below(&terms, 1, 10, &sign), SB_OK);
    assert_close(sign.probability, expected, 1e-12);
    assert_true(sign.low <= expected && expected <= sign.high);
    terms.n = 40; /* 20 of 40 is no sign */
    expected = 0;
    for (int k = 0; k <= 19; k++)
        expected +=
            exp(lgamma(41) - lgamma(k + 1) - lgamma(41 - k) + k * log(0.9) + (40 - k) * log(0.1));
    assert_int_equal(sb_sum_below(&terms, 1, 10, &sign), SB_OK);
    assert_close(sign.probability, expected, 1e-12);
    const double even[] = { 0.5, 0.5 };
    terms.p = even;
    assert_int_equal(sb_sum_below_least_n(&terms, 1, 0.95, 10, &n), SB_OK);
    assert_int_equal(n, 0);
    n = 9;
    assert_int_equal(sb_sum_below_least_n(&terms, 1, 1, 10, &n), SB_DOMAIN);
    assert_int_equal(n, 9);
}

/* ---- domain ---------------------------------------------------------------------------------- */

static void test_domain(void **state)
{
    (void)state;
    const double values[] = { 1, INFINITY }, p[] = { 0.5, 0.5 }, half[] = { 0.5, 0.4 };
    const double one[] = { 1, 0 };
    const struct {
        struct sb_terms terms;
        unsigned log2_points;
    } bad[] = {
        { { values, p, 2, 10 }, 10 },   { { values, half, 2, 10 }, 10 },
        { { values, one, 2, 0 }, 10 },  { { values, one, 2, (uint64_t)1 << 41 }, 10 },
        { { values, one, 2, 10 }, 27 }, { { values, one, 2, 10 }, 3 },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sb_sum_distribution *sum;
        assert_int_equal(sb_sum_distribution_create(&bad[i].terms, bad[i].log2_points, &sum),
                         SB_DOMAIN);
        assert_null(sum);
    }
    /* Values without mass do not matter, and one value alone is its own total. */
    struct sb_sum_distribution *sum = create(values, one, 2, 10, 10);
    assert_true(sb_sum_distribution_sd(sum) == 0);
    assert_true(tail_of(sum, 10, true).ln_probability == 0);
    assert_true(tail_of(sum, 10, false).ln_probability == 0);
    assert_true(tail_of(sum, 12, true).ln_probability == -INFINITY);
    struct sb_quantile q;
    assert_int_equal(sb_sum_distribution_quantile(sum, 0.5, false, &q), SB_OK);
    assert_true(q.value == 10);
    sb_sum_distribution_free(sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fft),
        cmocka_unit_test(test_binomial),
        cmocka_unit_test(test_many_terms),
        cmocka_unit_test(test_rounded_terms),
        cmocka_unit_test(test_tilted_against_untilted),
        cmocka_unit_test(test_aliasing_is_bounded),
        cmocka_unit_test(test_quantiles),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_domain),
    };
    return cmocka_run_group_tests_name("sum_distribution", tests, NULL, NULL);
}

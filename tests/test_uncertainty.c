#include "tests/helpers.h"

#include "estimators/uncertainty.h"
#include "theory/numeric.h"
#include "theory/random.h"

enum { MOST_CLUSTERS = 64, MOST_REPLICATES = 2000 };

/* A sample of documents with a numerator and a denominator each, and its replicate sums. */
struct sample {
    size_t n, n_replicates;
    double a[MOST_CLUSTERS], b[MOST_CLUSTERS];
    double sums[2][MOST_REPLICATES];
};

static void resample(struct sample *s, size_t n_replicates, uint64_t seed, uint64_t stream)
{
    const double *columns[] = { s->a, s->b };
    s->n_replicates = n_replicates;
    double *sums = malloc(2 * n_replicates * sizeof *sums);
    assert_non_null(sums);
    assert_int_equal(sb_bootstrap_sums(columns, 2, s->n, n_replicates, seed, stream, 1, sums, NULL),
                     SB_OK);
    for (size_t j = 0; j < 2; j++)
        memcpy(s->sums[j], sums + j * n_replicates, n_replicates * sizeof *sums);
    free(sums);
}

static struct sb_ratio term(double coefficient, size_t number, const struct sample *s)
{
    return (struct sb_ratio){ coefficient, number, s->n, s->a, s->b, s->sums[0], s->sums[1], 0 };
}

static struct sb_estimate estimate(const struct sb_ratio *terms, size_t n, enum sb_interval kind,
                                   size_t n_replicates)
{
    struct sb_interval_options options = { kind, 0.95, n_replicates, 11, 1 };
    struct sb_estimate e;
    assert_int_equal(sb_estimate_ratios(terms, n, &options, &e), SB_OK);
    return e;
}

/* Standard normal, by the polar method of Box and Muller. */
static double normal(struct sb_random *random)
{
    double u = 1 - sb_random_unit(random), v = sb_random_unit(random);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Documents of size b >= 1 with a = b (2 + noise), so that the true ratio is 2. */
static void draw_sample(struct sample *s, size_t n, struct sb_random *random)
{
    s->n = n;
    for (size_t i = 0; i < n; i++) {
        s->b[i] = 1 - 2 * log(1 - sb_random_unit(random));
        s->a[i] = s->b[i] * (2 + 0.3 * normal(random));
    }
}

/* ---- replicates ---------------------------------------------------------------------------- */

static int ascending(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

/* Draws documents one by one, sorts the ratios, and reads the percentiles off: nothing shared with
 * the library but the random stream. */
static void test_percentiles_against_slow_route(void **state)
{
    (void)state;
    enum { N = 37, REPLICATES = 501, STREAM = 1234 };
    struct sb_random random;
    sb_random_init(&random, 5, 0);
    struct sample s;
    draw_sample(&s, N, &random);
    resample(&s, REPLICATES, 11, STREAM);

    double ratios[REPLICATES];
    for (size_t r = 0; r < REPLICATES; r++) {
        long double a = 0, b = 0;
        sb_random_init(&random, 11, STREAM + r);
        for (size_t i = 0; i < N; i++) {
            size_t c = (size_t)sb_random_below(&random, N);
            a += s.a[c];
            b += s.b[c];
        }
        ratios[r] = (double)(a / b);
    }
    qsort(ratios, REPLICATES, sizeof *ratios, ascending);

    struct sb_ratio t = term(1, 0, &s);
    struct sb_estimate e = estimate(&t, 1, SB_INTERVAL_PERCENTILE, REPLICATES);
    /* Positions 0.025 * 500 = 12.5 and 0.975 * 500 = 487.5. */
    assert_close(e.low, (ratios[12] + ratios[13]) / 2, 1e-13);
    assert_close(e.high, (ratios[487] + ratios[488]) / 2, 1e-13);
    assert_null(e.note);
}

static void test_threads_change_nothing(void **state)
{
    (void)state;
    enum { N = 501, REPLICATES = 137 };
    double a[N], b[N], sums[4][2 * REPLICATES];
    for (size_t i = 0; i < N; i++) {
        a[i] = sin((double)i);
        b[i] = 1 / (1 + (double)i);
    }
    const double *columns[] = { a, b };
    static const size_t threads[] = { 1, 2, 4, 9 };
    for (size_t t = 0; t < 4; t++) {
        assert_int_equal(
            sb_bootstrap_sums(columns, 2, N, REPLICATES, 3, 0, threads[t], sums[t], NULL), SB_OK);
        assert_memory_equal(sums[t], sums[0], sizeof sums[0]);
    }
}

/* The same draws for all columns: the sums of a constant column are n times it, and the sums of
 * 2a are twice those of a. */
static void test_columns_share_draws(void **state)
{
    (void)state;
    enum { N = 13, REPLICATES = 50 };
    double a[N], twice[N], one[N], sums[3 * REPLICATES];
    for (size_t i = 0; i < N; i++) {
        a[i] = (double)(i * i);
        twice[i] = 2 * a[i];
        one[i] = 1;
    }
    const double *columns[] = { a, twice, one };
    assert_int_equal(sb_bootstrap_sums(columns, 3, N, REPLICATES, 1, 0, 1, sums, NULL), SB_OK);
    size_t different = 0;
    for (size_t r = 0; r < REPLICATES; r++) {
        assert_true(sums[REPLICATES + r] == 2 * sums[r]);
        assert_true(sums[2 * REPLICATES + r] == N);
        different += sums[r] != sums[0];
    }
    assert_true(different > REPLICATES / 2);
}

/* ---- intervals ----------------------------------------------------------------------------- */

/* Five documents 1, 2, 3, 4, 10 of size 1 each: T = 4, deviations -3, -2, -1, 0, 6.
 *   linearised variance: 50 / 25 * 5/4 = 2.5
 *   acceleration of a mean: sum d^3 / (6 (sum d^2)^1.5) = (-27 - 8 - 1 + 216) / (6 * 50^1.5)
 *                         = 180 / 2121.3203 = 0.0848528
 * Replicates 0.01, 0.02, ..., 9.99: 399 below T and one tie of 999, z0 = Phi^-1(399.5 / 999)
 *   = -0.253606, and with z = -+1.959964: Phi(z0 + (z0 + z)/(1 - a (z0 + z))) = 0.0171235, 0.959214;
 *   the quantile at level p is (1 + 998 p) / 100. */
static struct sample worked_example(void)
{
    struct sample s = { .n = 5, .a = { 1, 2, 3, 4, 10 }, .b = { 1, 1, 1, 1, 1 } };
    for (int r = 0; r < 999; r++) {
        s.sums[0][r] =
            (double)((r * 10) % 999 + 1) / 100; /* in another order; 10 and 999 coprime */
        s.sums[1][r] = 1;
    }
    return s;
}

static void test_worked_example(void **state)
{
    (void)state;
    struct sample s = worked_example();
    struct sb_ratio t = term(1, 0, &s);
    struct sb_estimate e = estimate(&t, 1, SB_INTERVAL_BCA, 999);
    assert_close(e.value, 4, 1e-15);
    assert_close(e.standard_error, sqrt(2.5), 1e-14);
    assert_close(e.low, 0.1808926503511693, 1e-9);
    assert_close(e.high, 9.582960252788974, 1e-9);
    assert_null(e.note);

    e = estimate(&t, 1, SB_INTERVAL_PERCENTILE, 999);
    assert_close(e.low, (1 + 998 * 0.025) / 100, 1e-12);
    assert_close(e.high, (1 + 998 * 0.975) / 100, 1e-12);

    /* Student's t with 4 degrees of freedom: 2.776445. */
    e = estimate(&t, 1, SB_INTERVAL_T, 0);
    assert_close(e.low, 4 - 2.7764451051977934 * sqrt(2.5), 1e-9);
    assert_close(e.high, 4 + 2.7764451051977934 * sqrt(2.5), 1e-9);
}

/* The linearised error of a ratio: documents (a, b) = (1, 1), (5, 2), (3, 3): R = 9/6, residuals
 * a - R b = -0.5, 2, -1.5, s^2 = (0.25 + 4 + 2.25) / 36 * 3/2. */
static void test_ratio_error(void **state)
{
    (void)state;
    struct sample s = { .n = 3, .a = { 1, 5, 3 }, .b = { 1, 2, 3 } };
    struct sb_ratio t = term(1, 0, &s);
    struct sb_estimate e = estimate(&t, 1, SB_INTERVAL_T, 0);
    assert_close(e.value, 1.5, 1e-15);
    assert_close(e.standard_error, sqrt(6.5 / 36 * 1.5), 1e-14);
}

static void test_weightless_documents_do_not_count(void **state)
{
    (void)state;
    struct sample s = { .n = 5, .a = { 0, 1, 5, 0, 3 }, .b = { 0, 1, 2, 0, 3 } };
    struct sb_ratio t = term(1, 0, &s);
    assert_close(estimate(&t, 1, SB_INTERVAL_T, 0).standard_error, sqrt(6.5 / 36 * 1.5), 1e-14);
    /* One document with weight: no interval, whatever the bootstrap would say. */
    s = (struct sample){ .n = 3, .a = { 0, 4, 0 }, .b = { 0, 2, 0 } };
    resample(&s, 50, 1, 0);
    t = term(1, 0, &s);
    struct sb_estimate e = estimate(&t, 1, SB_INTERVAL_PERCENTILE, 50);
    assert_close(e.value, 2, 1e-15);
    assert_true(isnan(e.low) && isnan(e.high) && isnan(e.standard_error));
    assert_non_null(e.note);
}

static void test_no_width_when_all_agree(void **state)
{
    (void)state;
    struct sample s = { .n = 30 };
    for (size_t i = 0; i < s.n; i++) {
        s.b[i] = 8 * (double)(i + 1);
        s.a[i] = 0.1 * s.b[i];
    }
    resample(&s, 200, 9, 0);
    struct sb_ratio t = term(1, 0, &s);
    for (int kind = 0; kind < SB_N_INTERVALS; kind++) {
        struct sb_estimate e = estimate(&t, 1, (enum sb_interval)kind, 200);
        assert_close(e.value, 0.1, 1e-14);
        assert_true(e.low == e.value && e.high == e.value && e.standard_error == 0);
        assert_non_null(strstr(e.note, "all documents agree"));
        assert_true(sb_estimate_p_value(&e) == 0);
    }
}

static void test_infinite(void **state)
{
    (void)state;
    struct sample s = { .n = 3, .a = { 1, INFINITY, 3 }, .b = { 1, 2, 3 } };
    resample(&s, 100, 1, 0);
    struct sb_ratio terms[2] = { term(1, 0, &s), term(-1, 0, &s) };
    struct sb_estimate e = estimate(terms, 1, SB_INTERVAL_BCA, 100);
    assert_true(e.value == INFINITY && isnan(e.low) && isnan(e.high) && e.note);
    e = estimate(terms, 2, SB_INTERVAL_BCA, 100);
    assert_true(isnan(e.value) && isnan(e.low) && e.note);
}

/* All replicates above T: z0 is infinite, and the percentile interval is given. */
static void test_degenerate_bca(void **state)
{
    (void)state;
    struct sample s = worked_example();
    for (int r = 0; r < 999; r++)
        s.sums[0][r] += 4;
    struct sb_ratio t = term(1, 0, &s);
    struct sb_estimate e = estimate(&t, 1, SB_INTERVAL_BCA, 999);
    assert_close(e.low, 4 + (1 + 998 * 0.025) / 100, 1e-12);
    assert_non_null(e.note);
}

/* ---- combinations -------------------------------------------------------------------------- */

static void test_pairing(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 21, 0);
    struct sample x, y;
    draw_sample(&x, 50, &random);
    y = x;
    for (size_t i = 0; i < y.n; i++)
        y.a[i] += 0.5 * y.b[i]; /* the same, half a unit higher */
    resample(&x, 400, 2, 0);
    resample(&y, 400, 2, 0);
    struct sb_ratio paired[2] = { term(1, 0, &y), term(-1, 0, &x) };
    struct sb_estimate e = estimate(paired, 2, SB_INTERVAL_BCA, 400);
    assert_close(e.value, 0.5, 1e-13);
    assert_true(e.low == e.value && e.high == e.value);

    /* As independent samples the variances add. */
    struct sb_ratio apart[2] = { term(1, 0, &y), term(-1, 1, &x) };
    double sx = estimate(&apart[1], 1, SB_INTERVAL_T, 0).standard_error;
    double sy = estimate(&apart[0], 1, SB_INTERVAL_T, 0).standard_error;
    e = estimate(apart, 2, SB_INTERVAL_T, 0);
    assert_close(e.standard_error, hypot(sx, sy), 1e-12);
    /* Equal variances and sizes: twice the degrees of one sample, (n-1)/n (sum b^2)^2 / sum b^4. */
    double b2 = 0, b4 = 0;
    for (size_t i = 0; i < x.n; i++) {
        b2 += x.b[i] * x.b[i];
        b4 += pow(x.b[i], 4);
    }
    double one = 49.0 / 50 * b2 * b2 / b4;
    assert_true(one > 5 && one < 49);
    assert_close(estimate(&apart[0], 1, SB_INTERVAL_T, 0).freedom, one, 1e-12);
    double ss = sx * sx + sy * sy;
    assert_close(e.freedom, ss * ss / ((pow(sx, 4) + pow(sy, 4)) / one), 1e-12);
}

/* Sizes 1, 1, 2: nu = 2/3 (1 + 1 + 4)^2 / (1 + 1 + 16) = 4/3. All sizes equal: n - 1, for each kind of
 * interval; the p value of T = 0 at t = T/s is that of Student's law: with 2 degrees of freedom
 * 1 - t / sqrt(2 + t^2). */
static void test_degrees_of_freedom(void **state)
{
    (void)state;
    struct sample s = { .n = 3, .a = { 1, 2, 2 }, .b = { 1, 1, 2 } };
    struct sb_ratio t = term(1, 0, &s);
    assert_close(estimate(&t, 1, SB_INTERVAL_T, 0).freedom, 4.0 / 3, 1e-14);
    s = (struct sample){ .n = 3, .a = { 1, 2, 3 }, .b = { 1, 1, 1 } };
    t = term(1, 0, &s);
    struct sb_estimate e = estimate(&t, 1, SB_INTERVAL_T, 0);
    double z = 2 * sqrt(3); /* mean 2, s^2 = 2/9 * 3/2 = 1/3 */
    assert_close(e.freedom, 2, 1e-14);
    assert_close(sb_estimate_p_value(&e), 1 - z / sqrt(2 + z * z), 1e-12);
    e = (struct sb_estimate){ NAN, NAN, NAN, NAN, NAN, NULL };
    assert_true(isnan(sb_estimate_p_value(&e)));
}

/* ---- the bootstrap-t ----------------------------------------------------------------------- */

/* One ratio, and a difference of two samples: documents drawn one by one, everything written out. */
/* Two samples of different sizes: each is read as far as it reaches (what lies behind the shorter one would
 * be NaN), variances add, and degrees of freedom are Satterthwaite's. */
static void test_samples_of_different_sizes(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 8, 0);
    struct sample s[2];
    struct sb_estimate one[2];
    struct sb_ratio terms[2];
    for (size_t i = 0; i < 2; i++) {
        for (size_t c = 0; c < MOST_CLUSTERS; c++)
            s[i].a[c] = s[i].b[c] = NAN;
        draw_sample(&s[i], i ? 7 : 40, &random);
        terms[i] = term(i ? -1 : 1, i, &s[i]);
        one[i] = estimate(&terms[i], 1, SB_INTERVAL_T, 1);
    }
    struct sb_estimate both = estimate(terms, 2, SB_INTERVAL_T, 1);
    double v[2], spread = 0;
    for (size_t i = 0; i < 2; i++) {
        v[i] = one[i].standard_error * one[i].standard_error;
        spread += v[i] * v[i] / one[i].freedom;
    }
    assert_close(both.standard_error, sqrt(v[0] + v[1]), 1e-14);
    assert_close(both.freedom, (v[0] + v[1]) * (v[0] + v[1]) / spread, 1e-13);
}

static void test_studentised_against_slow_route(void **state)
{
    (void)state;
    enum { N = 23, REPLICATES = 301 };
    struct sb_random random;
    sb_random_init(&random, 8, 1);
    struct sample s[2];
    draw_sample(&s[0], N, &random);
    draw_sample(&s[1], N, &random);
    struct sb_ratio terms[2] = { term(1, 0, &s[0]), term(-1, 1, &s[1]) };
    terms[1].stream = 1000;
    for (size_t n_terms = 1; n_terms <= 2; n_terms++) {
        double z[REPLICATES];
        struct sb_estimate e = estimate(terms, n_terms, SB_INTERVAL_STUDENTISED, REPLICATES);
        for (size_t r = 0; r < REPLICATES; r++) {
            long double value = 0, variance = 0;
            for (size_t j = 0; j < n_terms; j++) {
                long double a[N], b[N], A = 0, B = 0, squares = 0;
                sb_random_init(&random, 11, terms[j].stream + r);
                for (size_t i = 0; i < N; i++) {
                    size_t c = (size_t)sb_random_below(&random, N);
                    A += a[i] = s[j].a[c];
                    B += b[i] = s[j].b[c];
                }
                for (size_t i = 0; i < N; i++)
                    squares += (a[i] - A / B * b[i]) * (a[i] - A / B * b[i]);
                value += terms[j].coefficient * (A / B);
                variance += squares / (B * B) * N / (N - 1);
            }
            z[r] = (double)((value - e.value) / sqrtl(variance));
        }
        qsort(z, REPLICATES, sizeof *z, ascending);
        /* Positions 0.025 * 300 = 7.5 and 292.5. */
        assert_close(e.low, e.value - (z[292] + z[293]) / 2 * e.standard_error, 1e-12);
        assert_close(e.high, e.value - (z[7] + z[8]) / 2 * e.standard_error, 1e-12);
        assert_null(e.note);

        struct sb_interval_options options = { SB_INTERVAL_STUDENTISED, 0.95, REPLICATES, 11, 3 };
        struct sb_estimate threads;
        assert_int_equal(sb_estimate_ratios(terms, n_terms, &options, &threads), SB_OK);
        assert_true(threads.low == e.low && threads.high == e.high);
    }
}

/* Two documents: half of all replicates draw one of them twice, and have no error. */
static void test_too_few_to_studentise(void **state)
{
    (void)state;
    struct sample s = { .n = 2, .a = { 1, 3 }, .b = { 1, 1 } };
    struct sb_ratio t = term(1, 0, &s);
    struct sb_estimate e = estimate(&t, 1, SB_INTERVAL_STUDENTISED, 500);
    struct sb_estimate student = estimate(&t, 1, SB_INTERVAL_T, 0);
    assert_true(e.low == student.low && e.high == student.high && isfinite(e.low));
    assert_non_null(strstr(e.note, "too few documents"));
}

/* The BCa interval of a difference of two independent means, against a jackknife written out. */
static void test_two_samples_acceleration(void **state)
{
    (void)state;
    struct sample x = { .n = 4, .a = { 1, 2, 3, 10 }, .b = { 1, 1, 1, 1 } };
    struct sample y = { .n = 3, .a = { 2, 2, 5 }, .b = { 1, 1, 1 } };
    struct sb_random random;
    sb_random_init(&random, 77, 0);
    for (int r = 0; r < 1000; r++) {
        x.sums[0][r] = 4 + normal(&random);
        y.sums[0][r] = 3 + normal(&random);
        x.sums[1][r] = y.sums[1][r] = 1;
    }
    struct sb_ratio terms[2] = { term(1, 0, &x), term(-1, 1, &y) };
    struct sb_estimate e = estimate(terms, 2, SB_INTERVAL_BCA, 1000);

    /* u = (n-1)/n (mean of leave-one-out - leave-one-out) is deviation / n for a mean. */
    double squares = 0, cubes = 0, sorted[1000], below = 0;
    for (size_t i = 0; i < 4; i++) {
        double u = (x.a[i] - 4) / 4;
        squares += u * u;
        cubes += u * u * u;
    }
    for (size_t i = 0; i < 3; i++) {
        double u = -(y.a[i] - 3) / 3;
        squares += u * u;
        cubes += u * u * u;
    }
    double a = cubes / (6 * pow(squares, 1.5));
    for (int r = 0; r < 1000; r++) {
        sorted[r] = x.sums[0][r] - y.sums[0][r];
        below += sorted[r] < 1;
    }
    qsort(sorted, 1000, sizeof *sorted, ascending);
    /* Phi and its inverse by bisection on erfc, not by the library's routines. */
    double z0 = 0, low = -9, high = 9;
    for (int i = 0; i < 100; i++) {
        z0 = (low + high) / 2;
        *(0.5 * erfc(-z0 / sqrt(2)) < below / 1000 ? &low : &high) = z0;
    }
    double z = z0 - 1.959963984540054, level = 0.5 * erfc(-(z0 + z / (1 - a * z)) / sqrt(2));
    double position = level * 999, fraction = position - floor(position);
    size_t k = (size_t)position;
    assert_close(e.low, sorted[k] + fraction * (sorted[k + 1] - sorted[k]), 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_percentiles_against_slow_route),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_columns_share_draws),
        cmocka_unit_test(test_worked_example),
        cmocka_unit_test(test_ratio_error),
        cmocka_unit_test(test_weightless_documents_do_not_count),
        cmocka_unit_test(test_no_width_when_all_agree),
        cmocka_unit_test(test_infinite),
        cmocka_unit_test(test_degenerate_bca),
        cmocka_unit_test(test_pairing),
        cmocka_unit_test(test_two_samples_acceleration),
        cmocka_unit_test(test_degrees_of_freedom),
        cmocka_unit_test(test_samples_of_different_sizes),
        cmocka_unit_test(test_studentised_against_slow_route),
        cmocka_unit_test(test_too_few_to_studentise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

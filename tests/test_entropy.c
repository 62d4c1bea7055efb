/* Entropies from counts: small vectors by hand, NSB by other integrals, the jackknife by leaving out one
 * observation after the other, bias on samples of a known law. */
#include "helpers.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_psi.h>
#include "estimators/entropy.h"
#include "theory/numeric.h"
#include "theory/random.h"

static struct sb_entropy of(enum sb_entropy_method method, const double *counts, size_t n, double K)
{
    struct sb_entropy entropy;
    assert_int_equal(sb_entropy_estimate(method, counts, n, K, &entropy), SB_OK);
    return entropy;
}

/* 2, 1, 1: p = 1/2, 1/4, 1/4 and H = 1.5 bits, with -log2 p of mean 1.5 and variance 1/4 over 4.
 * Miller-Madow adds 2/8 nats. Coverage is 1 - 2/4, so that c = 1/4, 1/8, 1/8 and Chao-Shen is
 * (1/4) 2/(1 - (3/4)^4) + 2 (1/8) 3/(1 - (7/8)^4) = 0.5/0.68359375 + 0.75/0.413818359375. */
static void test_by_hand(void **state)
{
    (void)state;
    const double counts[] = { 1, 0, 2, 1 };
    struct sb_entropy plug_in = of(SB_ENTROPY_PLUG_IN, counts, 4, 4);
    assert_close(plug_in.bits, 1.5, 1e-15);
    assert_close(plug_in.standard_error_bits, 0.25, 1e-15);
    assert_close(of(SB_ENTROPY_MILLER_MADOW, counts, 4, 4).bits, 1.5 + 0.25 / log(2), 1e-15);
    assert_close(of(SB_ENTROPY_CHAO_SHEN, counts, 4, 4).bits,
                 0.5 / 0.68359375 + 0.75 / 0.413818359375, 1e-14);
    const double alone[] = { 7 };
    for (int m = 0; m < SB_N_ENTROPY_METHODS; m++)
        assert_close(of((enum sb_entropy_method)m, alone, 1, 1).bits, 0, 1e-15);
    const double once[] = { 1 };
    assert_true(isnan(of(SB_ENTROPY_CHAO_SHEN, once, 1, 8).standard_error_bits));
    assert_true(isfinite(of(SB_ENTROPY_CHAO_SHEN, once, 1, 8).bits));
}

static void test_jackknife_by_leaving_out(void **state)
{
    (void)state;
    const double counts[] = { 1, 2, 2, 5, 1, 9, 3, 3, 1, 2, 40 };
    enum { N = sizeof counts / sizeof *counts };
    double n = 69, values[69];
    for (int method = SB_ENTROPY_MILLER_MADOW; method <= SB_ENTROPY_CHAO_SHEN; method++) {
        size_t done = 0;
        double mean = 0, squares = 0, rest[N];
        for (size_t i = 0; i < N; i++) {
            memcpy(rest, counts, sizeof rest);
            rest[i]--;
            double value = of((enum sb_entropy_method)method, rest, N, N).bits;
            for (double j = 0; j < counts[i]; j++)
                values[done++] = value;
        }
        assert_int_equal(done, 69);
        for (size_t i = 0; i < done; i++)
            mean += values[i] / n;
        for (size_t i = 0; i < done; i++)
            squares += (values[i] - mean) * (values[i] - mean);
        struct sb_entropy all = of((enum sb_entropy_method)method, counts, N, N);
        assert_close(all.standard_error_bits, sqrt((n - 1) / n * squares), 1e-12);
    }
}

/* The same posterior mean on another grid and by other formulas: the trapezoidal rule in xi, uniform
 * from 0 to ln K, with b found by bisection and the weight by lgamma. */
static double nsb_over_xi(const double *counts, size_t n_seen, double K)
{
    enum { N_POINTS = 10000 };
    double n = 0, top = -INFINITY, total = 0, sum = 0,
           *weight = malloc(2 * N_POINTS * sizeof(double));
    assert_non_null(weight);
    double *H = weight + N_POINTS;
    for (size_t i = 0; i < n_seen; i++)
        n += counts[i];
    for (size_t g = 0; g < N_POINTS; g++) {
        double xi = log(K) * ((double)g + 0.5) / N_POINTS, low = -60, high = 40; /* ln b */
        for (int i = 0; i < 60; i++) {
            double middle = 0.5 * (low + high), b = exp(middle);
            if (gsl_sf_psi(K * b + 1) - gsl_sf_psi(b + 1) < xi)
                low = middle;
            else
                high = middle;
        }
        double b = exp(low);
        weight[g] = lgamma(K * b) - lgamma(n + K * b);
        H[g] =
            gsl_sf_psi(n + K * b + 1) - (K - (double)n_seen) * b / (n + K * b) * gsl_sf_psi(b + 1);
        for (size_t i = 0; i < n_seen; i++) {
            weight[g] += lgamma(counts[i] + b) - lgamma(b);
            H[g] -= (counts[i] + b) / (n + K * b) * gsl_sf_psi(counts[i] + b + 1);
        }
        top = fmax(top, weight[g]);
    }
    for (size_t g = 0; g < N_POINTS; g++) {
        total += exp(weight[g] - top);
        sum += exp(weight[g] - top) * H[g];
    }
    free(weight);
    return sb_bits_from_nats(sum / total);
}

static void test_nsb_on_another_grid(void **state)
{
    (void)state;
    const double coin[] = { 3, 1 }, few[] = { 5, 2, 1, 1, 1 }, many[] = { 90, 40, 13, 7, 2, 1 };
    assert_close(of(SB_ENTROPY_NSB, coin, 2, 2).bits, nsb_over_xi(coin, 2, 2), 1e-5);
    assert_close(of(SB_ENTROPY_NSB, few, 5, 20).bits, nsb_over_xi(few, 5, 20), 1e-5);
    assert_close(of(SB_ENTROPY_NSB, few, 5, 1000).bits, nsb_over_xi(few, 5, 1000), 1e-5);
    assert_close(of(SB_ENTROPY_NSB, many, 6, 6).bits, nsb_over_xi(many, 6, 6), 1e-5);
    assert_close(of(SB_ENTROPY_NSB, many, 6, 65536).bits, nsb_over_xi(many, 6, 65536), 1e-5);
}

/* Two leaves: mean and standard deviation of H over p itself, on a grid of p and ln b. */
static void test_nsb_of_a_coin(void **state)
{
    (void)state;
    const double counts[] = { 6, 2 };
    double total = 0, first = 0, second = 0;
    for (int i = 0; i < 600; i++) {
        double b = exp(-30 + 0.1 * i),
               slope = b * (2 * gsl_sf_psi_1(2 * b + 1) - gsl_sf_psi_1(b + 1));
        for (int j = -800; j <= 800; j++) { /* p = 1/(1 + e^-t) */
            double t = 0.025 * j, p = 1 / (1 + exp(-t)), q = 1 / (1 + exp(t));
            double H = -(sb_xlog2x(p) + sb_xlog2x(q));
            double weight =
                slope * exp((6 + b) * log(p) + (2 + b) * log(q) + lgamma(2 * b) - 2 * lgamma(b));
            total += weight;
            first += weight * H;
            second += weight * H * H;
        }
    }
    double mean = first / total, sd = sqrt(second / total - mean * mean);
    struct sb_entropy nsb = of(SB_ENTROPY_NSB, counts, 2, 2);
    assert_close(nsb.bits, mean, 1e-5);
    assert_close(nsb.standard_error_bits, sd, 1e-4);
}

/* K without end and D coincidences among n: H = 2 ln n - psi(D) - ln 2 + 0.5772 nats, with standard
 * deviation sqrt(psi_1(D)) (Nemenman 2011), for 1 << D << n. */
static void test_nsb_of_coincidences(void **state)
{
    (void)state;
    enum { N = 20000, D = 30 };
    double *counts = malloc(N * sizeof *counts);
    assert_non_null(counts);
    for (size_t i = 0; i < N; i++)
        counts[i] = i < D ? 2 : i < N - D ? 1 : 0;
    struct sb_entropy nsb = of(SB_ENTROPY_NSB, counts, N, 0x1p64);
    double expected = 2 * log(N) - gsl_sf_psi(D) - log(2) + 0.57721566490153286;
    assert_close(nsb.bits, expected / log(2), 0.002);
    assert_close(nsb.standard_error_bits, sqrt(gsl_sf_psi_1(D)) / log(2), 0.03);
    free(counts);
}

/* Plenty of data: NSB forgets its prior, whatever K; wide and narrow peaks alike. */
static void test_nsb_with_plenty(void **state)
{
    (void)state;
    double counts[1000];
    for (size_t i = 0; i < 1000; i++)
        counts[i] = floor(1e7 / (double)(i + 1));
    double plain = of(SB_ENTROPY_PLUG_IN, counts, 1000, 1000).bits;
    const double K[] = { 1000, 65536, 0x1p64 };
    for (size_t i = 0; i < 3; i++) {
        struct sb_entropy nsb = of(SB_ENTROPY_NSB, counts, 1000, K[i]);
        assert_true(fabs(nsb.bits - plain) < 1e-4);
        assert_close(nsb.standard_error_bits,
                     of(SB_ENTROPY_PLUG_IN, counts, 1000, 1000).standard_error_bits, 0.01);
    }
}

/* Means over samples of a Zipf law on 500 leaves that are too small for it. */
static void test_order_of_biases(void **state)
{
    (void)state;
    enum { LEAVES = 500, REPLICATES = 60 };
    double cumulative[LEAVES], p[LEAVES], Z = 0, truth = 0, mean[SB_N_ENTROPY_METHODS] = { 0 };
    for (size_t i = 0; i < LEAVES; i++)
        cumulative[i] = Z += p[i] = 1.0 / (double)(i + 1);
    for (size_t i = 0; i < LEAVES; i++)
        truth -= sb_xlog2x(p[i] / Z);
    for (uint64_t replicate = 0; replicate < REPLICATES; replicate++) {
        struct sb_random random;
        double counts[LEAVES] = { 0 };
        sb_random_init(&random, 11, replicate);
        for (int i = 0; i < 200; i++) {
            double u = Z * sb_random_unit(&random);
            size_t leaf = 0;
            while (cumulative[leaf] <= u)
                leaf++;
            counts[leaf]++;
        }
        for (int m = 0; m < SB_N_ENTROPY_METHODS; m++)
            mean[m] += of((enum sb_entropy_method)m, counts, LEAVES, LEAVES).bits / REPLICATES;
    }
    double plug_in = truth - mean[SB_ENTROPY_PLUG_IN];
    double miller = truth - mean[SB_ENTROPY_MILLER_MADOW];
    assert_true(plug_in > 0.5 && miller > 0.2 && miller < plug_in);
    assert_true(fabs(truth - mean[SB_ENTROPY_CHAO_SHEN]) < 0.5 * miller);
    assert_true(fabs(truth - mean[SB_ENTROPY_NSB]) < 0.5 * miller);
}

static void test_names_and_domains(void **state)
{
    (void)state;
    enum sb_entropy_method method = SB_ENTROPY_PLUG_IN;
    for (int m = 0; m < SB_N_ENTROPY_METHODS; m++) {
        assert_int_equal(
            sb_entropy_method_parse(sb_entropy_method_name((enum sb_entropy_method)m), &method),
            SB_OK);
        assert_int_equal(method, m);
    }
    assert_int_equal(sb_entropy_method_parse("nosuch", &method), SB_FORMAT);
    const double none[] = { 0, 0 }, half[] = { 1.5, 1 }, negative[] = { -1, 3 }, fine[] = { 1, 1 },
                 nan[] = { NAN, 1 };
    struct sb_entropy untouched = { 5, 6 };
    for (int m = 0; m < SB_N_ENTROPY_METHODS; m++) {
        method = (enum sb_entropy_method)m;
        assert_int_equal(sb_entropy_estimate(method, none, 2, 2, &untouched), SB_DOMAIN);
        assert_int_equal(sb_entropy_estimate(method, half, 2, 2, &untouched), SB_DOMAIN);
        assert_int_equal(sb_entropy_estimate(method, negative, 2, 2, &untouched), SB_DOMAIN);
        assert_int_equal(sb_entropy_estimate(method, nan, 2, 2, &untouched), SB_DOMAIN);
    }
    assert_int_equal(sb_entropy_estimate(SB_ENTROPY_NSB, fine, 2, 1, &untouched), SB_DOMAIN);
    assert_int_equal(sb_entropy_estimate(SB_ENTROPY_NSB, fine, 2, NAN, &untouched), SB_DOMAIN);
    assert_close(untouched.bits, 5, 0);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_jackknife_by_leaving_out),
        cmocka_unit_test(test_nsb_on_another_grid),
        cmocka_unit_test(test_nsb_of_a_coin),
        cmocka_unit_test(test_nsb_of_coincidences),
        cmocka_unit_test(test_nsb_with_plenty),
        cmocka_unit_test(test_order_of_biases),
        cmocka_unit_test(test_names_and_domains),
    };
    return cmocka_run_group_tests_name("entropy", tests, NULL, NULL);
}

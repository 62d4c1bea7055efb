#include "tests/helpers.h"

#include "estimators/document_sizes.h"
#include "theory/random.h"

static struct sb_document_sizes size_up(const double *x, size_t n)
{
    struct sb_document_sizes sizes;
    assert_int_equal(sb_document_sizes(x, n, &sizes), SB_OK);
    return sizes;
}

/* Sizes 1 and ten times 2 (k = 10): 1/alpha = ln 2; 20 of 21 is not asked for, 2/21 is. */
static void test_by_hand(void **state)
{
    (void)state;
    double x[11] = { 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2 };
    struct sb_document_sizes sizes = size_up(x, 11);
    assert_int_equal(sizes.n, 11);
    assert_close(sizes.tail_exponent, 1 / log(2), 1e-14);
    assert_close(sizes.largest_share, 2.0 / 21, 1e-15);
    assert_true(sb_document_sizes_heavy(&sizes));
    /* Scaling changes nothing. */
    for (size_t i = 0; i < 11; i++)
        x[i] *= 1000;
    assert_close(size_up(x, 11).tail_exponent, 1 / log(2), 1e-13);
}

static void test_bad_input(void **state)
{
    (void)state;
    double equal[200], none[3] = { 0, -1, 0 };
    for (size_t i = 0; i < 200; i++)
        equal[i] = 5;
    struct sb_document_sizes sizes = size_up(equal, 200);
    assert_true(sizes.tail_exponent == INFINITY && !sb_document_sizes_heavy(&sizes));
    sizes = size_up(equal, 10);
    assert_true(isnan(sizes.tail_exponent) && !sb_document_sizes_heavy(&sizes));
    sizes = size_up(none, 3);
    assert_int_equal(sizes.n, 0);
    assert_true(isnan(sizes.largest_share) && !sb_document_sizes_heavy(&sizes));
}

/* Of 200 samples of 500 sizes, how many look heavy-tailed: Pareto with exponent 1.5 mostly, with
 * exponent 4 and exponential hardly ever. */
static void test_what_it_catches(void **state)
{
    (void)state;
    enum { N = 500, SAMPLES = 200 };
    int heavy[3] = { 0 };
    static double x[3][N];
    for (uint64_t sample = 0; sample < SAMPLES; sample++) {
        struct sb_random random;
        sb_random_init(&random, 4, sample);
        for (size_t i = 0; i < N; i++) {
            double u = 1 - sb_random_unit(&random);
            x[0][i] = pow(u, -1 / 1.5);
            x[1][i] = pow(u, -0.25);
            x[2][i] = -log(u);
        }
        for (size_t law = 0; law < 3; law++) {
            struct sb_document_sizes sizes = size_up(x[law], N);
            heavy[law] += sb_document_sizes_heavy(&sizes);
        }
    }
    if (heavy[0] < 0.8 * SAMPLES || heavy[1] > 0.03 * SAMPLES || heavy[2] > 0.03 * SAMPLES)
        fail_msg("heavy tails in %d, %d, %d of %d samples", heavy[0], heavy[1], heavy[2], SAMPLES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_what_it_catches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

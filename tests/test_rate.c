#include "tests/rate_setting.h"

/* ---- averages ------------------------------------------------------------------------------ */

/* Documents of 2 and 6 bytes, 8 and 12 bits, weights 1 and 3:
 *   micro (8 + 36) / (8 * (2 + 18)) = 44/160;  macro (8/16 + 3 * 12/48) / 4 = 1.25/4.
 * Their 8-bit blocks are a, b and six different ones: 8 leaves, normaliser 3/8. */
static void test_averages(void **state)
{
    (void)state;
    struct setting *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->n_datasets = s->n_models = 1;
    s->data[0] = (struct test_data){
        .n = 3, .documents = { { "x", "ab", 1 }, { "x", "", 5 }, { "x", "cdefgh", 3 } }
    };
    s->bits[0][0][0] = 8;
    s->bits[0][0][2] = 12;
    create(s, SB_INTERVAL_T, 1);
    struct sb_rate rate = rate_of(s, 0, 0);
    assert_close(rate.micro.value, 44.0 / 160, 1e-15);
    assert_close(rate.macro.value, 1.25 / 4, 1e-15);
    assert_close(rate.normaliser, 3.0 / 8, 1e-15);
    assert_false(rate.by_group);
    struct sb_total total = sb_rate_total(s->measures[0], s->datasets, 0);
    assert_close(total.bits, 20, 0);
    assert_int_equal(total.n_tokens, 2);
    destroy(s);
    free(s);
}

/* The estimate of a rate is that of uncertainty.h on the documents' numbers. */
static void test_intervals(void **state)
{
    (void)state;
    struct setting *s = new_setting(1, 1, 40);
    create(s, SB_INTERVAL_T, 1);
    double a[2][40], b[2][40];
    for (size_t i = 0; i < 40; i++) {
        const struct test_document *d = &s->data[0].documents[i];
        double n_bytes = (double)strlen(d->completion);
        a[0][i] = d->weight * s->bits[0][0][i];
        b[0][i] = d->weight * 8 * n_bytes;
        a[1][i] = a[0][i] / (8 * n_bytes);
        b[1][i] = d->weight;
    }
    struct sb_rate rate = rate_of(s, 0, 0);
    for (int average = 0; average < 2; average++) {
        const struct sb_ratio ratio = { 1, 0, 40, a[average], b[average], NULL, NULL, 0 };
        const struct sb_interval_options options = { SB_INTERVAL_T, 0.95, 0, 0, 1 };
        const struct sb_estimate *e = average ? &rate.macro : &rate.micro;
        struct sb_estimate expected;
        assert_int_equal(sb_estimate_ratios(&ratio, 1, &options, &expected), SB_OK);
        assert_close(e->value, expected.value, 1e-14);
        assert_close(e->standard_error, expected.standard_error, 1e-13);
        assert_close(e->low, expected.low, 1e-13);
        assert_close(e->high, expected.high, 1e-13);
    }
    destroy(s);
    free(s);
}

static void assert_same_estimate(const struct sb_estimate *a, const struct sb_estimate *b)
{
    assert_true(a->value == b->value && a->standard_error == b->standard_error);
    assert_true(a->low == b->low && a->high == b->high);
}

static void test_threads(void **state)
{
    (void)state;
    struct setting *one = new_setting(2, 2, 50), *four = new_setting(2, 2, 50);
    create(one, SB_INTERVAL_BCA, 1);
    create(four, SB_INTERVAL_BCA, 4);
    for (size_t d = 0; d < 2; d++)
        for (size_t m = 0; m < 2; m++) {
            struct sb_rate a = rate_of(one, m, d), b = rate_of(four, m, d);
            assert_same_estimate(&a.micro, &b.micro);
            assert_same_estimate(&a.macro, &b.macro);
            assert_true(a.micro.low < a.micro.value && a.micro.value < a.micro.high);
        }
    destroy(one);
    destroy(four);
    free(one);
    free(four);
}

/* Documents without scored bytes change no interval: the draws are those without them. */
static void test_empty_documents(void **state)
{
    (void)state;
    struct setting *with = new_setting(1, 1, 30), *without = new_setting(1, 1, 30);
    for (size_t i = 30; i-- > 0;) { /* an empty one behind each of the first 30 */
        with->data[0].documents[2 * i] = with->data[0].documents[i];
        with->bits[0][0][2 * i] = with->bits[0][0][i];
        with->data[0].documents[2 * i + 1] = (struct test_document){ "x", "", 7 };
    }
    with->data[0].n = 60;
    create(with, SB_INTERVAL_BCA, 1);
    create(without, SB_INTERVAL_BCA, 1);
    assert_int_equal(with->datasets[0].n_empty, 30);
    struct sb_rate a = rate_of(with, 0, 0), b = rate_of(without, 0, 0);
    assert_same_estimate(&a.micro, &b.micro);
    assert_same_estimate(&a.macro, &b.macro);
    destroy(with);
    destroy(without);
    free(with);
    free(without);
}

static void test_infinite(void **state)
{
    (void)state;
    struct setting *s = new_setting(1, 2, 10);
    s->bits[0][0][4] = INFINITY;
    create(s, SB_INTERVAL_BCA, 1);
    struct sb_rate infinite = rate_of(s, 0, 0), finite = rate_of(s, 1, 0);
    assert_true(infinite.micro.value == INFINITY && infinite.macro.value == INFINITY);
    assert_true(isnan(infinite.micro.low) && infinite.micro.note);
    assert_true(isfinite(finite.micro.low) && !finite.micro.note);
    destroy(s);
    free(s);
}

/* ---- groups -------------------------------------------------------------------------------- */

/* A compressor beside a score file: 40 documents in 30 groups. The compressor's rate is over groups,
 * the other's over documents, their difference over groups again. */
static void test_groups(void **state)
{
    (void)state;
    struct setting *s = new_setting(1, 1, 40);
    s->extra_model = "gzip";
    create(s, SB_INTERVAL_T, 1);
    const struct sb_measure *gzip = s->measures[1];
    double bits[2][30] = { { 0 } }, size[30] = { 0 }, n_bytes[30] = { 0 }, total[2] = { 0 },
           total_size = 0;
    for (size_t i = 0; i < 40; i++) {
        const struct test_document *d = &s->data[0].documents[i];
        double n = (double)strlen(d->completion);
        size_t g = gzip->group_of[i];
        bits[0][g] += d->weight * s->bits[0][0][i];
        size[g] += d->weight * 8 * n;
        n_bytes[g] += n;
    }
    for (size_t g = 0; g < 30; g++) {
        bits[1][g] = size[g] / (8 * n_bytes[g]) * gzip->scores[0][g].bits;
        total[0] += bits[0][g];
        total[1] += bits[1][g];
        total_size += size[g];
    }
    struct sb_rate rate = rate_of(s, 1, 0);
    assert_true(rate.by_group);
    assert_close(rate.micro.value, total[1] / total_size, 1e-14);
    assert_true(isnan(rate.macro.value));
    assert_false(rate_of(s, 0, 0).by_group);

    const struct sb_rate_term terms[] = { { 1, 1, 0 }, { -1, 0, 0 } };
    rate = estimate(s, terms, 2);
    assert_true(rate.by_group);
    assert_close(rate.micro.value, (total[1] - total[0]) / total_size, 1e-12);
    double variance = 0;
    for (size_t g = 0; g < 30; g++) {
        double e = bits[1][g] - bits[0][g] - rate.micro.value * size[g];
        variance += e * e;
    }
    assert_close(rate.micro.standard_error, sqrt(variance * 30 / 29) / total_size, 1e-12);
    destroy(s);
    free(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_folder, tear_down_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_averages),        TEST(test_intervals), TEST(test_threads),
        TEST(test_empty_documents), TEST(test_infinite),  TEST(test_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

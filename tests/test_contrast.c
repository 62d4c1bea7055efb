#include "tests/rate_setting.h"

#include "estimators/contrast.h"

/* ---- parsing ------------------------------------------------------------------------------- */

static void test_parse(void **state)
{
    (void)state;
    const struct sb_dataset datasets[] = {
        { .name = "good" }, { .name = "bad" }, { .name = "bad-good" }, { .name = "a" },
        { .name = "a-b" },  { .name = "b" },   { .name = "b-b" },
    };
    static const struct {
        const char *text;
        size_t first, second; /* 9: refused */
        const char *part;
    } cases[] = {
        { "bad-good", 1, 0, NULL },
        { "bad-good-bad", 2, 1, NULL }, /* "bad" and "good-bad": no such dataset */
        { "good-bad-good", 0, 2, NULL },
        { "a-b", 3, 5, NULL },
        { "a-a", 3, 3, NULL },
        { "a-b-b", 9, 9, "can be read in two ways" }, /* a-b minus b, a minus b-b */
        { "good", 9, 9, "not of the form FIRST-SECOND; the datasets are: good, bad, " },
        { "good-ugly", 9, 9, "not of the form" },
        { "-good", 9, 9, "not of the form" },
        { "good-", 9, 9, "not of the form" },
        { "", 9, 9, "not of the form" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sb_contrast contrast = { 9, 9 };
        struct sb_error error = { "" };
        enum sb_status status = sb_contrast_parse(cases[i].text, datasets, 7, &contrast, &error);
        if (status != (cases[i].part ? SB_FORMAT : SB_OK) || contrast.first != cases[i].first ||
            contrast.second != cases[i].second)
            fail_msg("\"%s\": %zu - %zu, \"%s\"", cases[i].text, contrast.first, contrast.second,
                     error.message);
        if (cases[i].part)
            assert_non_null(strstr(error.message, cases[i].part));
    }
}

/* ---- estimates ----------------------------------------------------------------------------- */

static double n_bytes_of(const struct setting *s, size_t d, size_t i)
{
    return (double)strlen(s->data[d].documents[i].completion);
}

/* The second model needs 0.8 bits per byte more than the first on every document: rate + 0.1. */
static void test_difference(void **state)
{
    (void)state;
    struct setting *s = new_setting(2, 3, 30);
    for (size_t d = 0; d < 2; d++)
        for (size_t i = 0; i < 30; i++)
            s->bits[1][d][i] = s->bits[0][d][i] + 0.8 * n_bytes_of(s, d, i);
    create(s, SB_INTERVAL_BCA, 2);
    for (size_t d = 0; d < 2; d++) {
        struct sb_rate shifted, other;
        assert_int_equal(sb_rate_difference(s->rates, d, 1, 0, &shifted), SB_OK);
        assert_close(shifted.micro.value, 0.1, 1e-12);
        assert_close(shifted.macro.value, 0.1, 1e-12);
        assert_true(shifted.micro.low == shifted.micro.high);
        assert_close(shifted.normaliser, 0, 0);
        assert_int_equal(sb_rate_difference(s->rates, d, 2, 0, &other), SB_OK);
        assert_close(other.micro.value, rate_of(s, 2, d).micro.value - rate_of(s, 0, d).micro.value,
                     1e-12);
        assert_true(other.micro.low < other.micro.high);
    }
    destroy(s);
    free(s);
}

/* Two datasets with the same texts and bits 1.6 per byte apart. With the same names they are paired,
 * and the contrast has no width; with others its variance is the sum of both. */
static void test_pairing(void **state)
{
    (void)state;
    for (int paired = 0; paired < 2; paired++) {
        struct setting *s = new_setting(2, 1, 30);
        s->data[1] = s->data[0];
        s->id_prefix[1] = paired ? "a" : "b";
        for (size_t i = 0; i < 30; i++)
            s->bits[0][1][i] = s->bits[0][0][i] + 1.6 * n_bytes_of(s, 0, i);
        create(s, paired ? SB_INTERVAL_BCA : SB_INTERVAL_T, 1);
        const struct sb_contrast contrast = { 1, 0 };
        struct sb_rate margin;
        assert_int_equal(sb_contrast_is_paired(&contrast, s->datasets), paired);
        assert_int_equal(sb_rate_contrast(s->rates, &contrast, 0, &margin), SB_OK);
        assert_close(margin.micro.value, 0.2, 1e-12);
        double one = rate_of(s, 0, 0).micro.standard_error;
        double two = rate_of(s, 0, 1).micro.standard_error;
        if (paired)
            assert_true(margin.micro.low == margin.micro.high);
        else
            assert_close(margin.micro.standard_error, hypot(one, two), 1e-12);
        destroy(s);
        free(s);
    }
}

/* Independent datasets must not share their draws, although they have as many documents: the
 * bootstrap's spread of the difference is that of independent ones, not the 0 of the same draws. */
static void test_independent_draws(void **state)
{
    (void)state;
    struct setting *s = new_setting(2, 1, 60);
    s->data[1] = s->data[0];
    memcpy(s->bits[0][1], s->bits[0][0], sizeof s->bits[0][0]);
    create(s, SB_INTERVAL_PERCENTILE, 1);
    struct sb_rate margin;
    assert_int_equal(sb_rate_contrast(s->rates, &(struct sb_contrast){ 1, 0 }, 0, &margin), SB_OK);
    double width = (margin.micro.high - margin.micro.low) / (2 * 1.96);
    assert_close(width, margin.micro.standard_error, 0.2);
    destroy(s);
    free(s);
}

/* Under the second model both datasets move by a constant, 0.8 and 2.4 bits per byte: the contrast
 * moves by 0.2 exactly, also where the datasets are independent, since models are paired. */
static void test_movement(void **state)
{
    (void)state;
    struct setting *s = new_setting(2, 2, 30);
    for (size_t d = 0; d < 2; d++)
        for (size_t i = 0; i < 30; i++)
            s->bits[1][d][i] = s->bits[0][d][i] + (d ? 2.4 : 0.8) * n_bytes_of(s, d, i);
    create(s, SB_INTERVAL_BCA, 1);
    const struct sb_contrast contrast = { 1, 0 };
    struct sb_rate margin[2], movement;
    for (size_t m = 0; m < 2; m++)
        assert_int_equal(sb_rate_contrast(s->rates, &contrast, m, &margin[m]), SB_OK);
    assert_int_equal(sb_rate_movement(s->rates, &contrast, 1, 0, &movement), SB_OK);
    assert_close(movement.micro.value, 0.2, 1e-12);
    assert_true(movement.micro.low == movement.micro.high);
    assert_true(margin[0].micro.low < margin[0].micro.high);
    /* The normalised contrast subtracts the difference of the normalisers. */
    assert_close(margin[0].normaliser, s->datasets[1].normaliser - s->datasets[0].normaliser,
                 1e-15);
    assert_close(movement.normaliser, 0, 0);
    destroy(s);
    free(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_folder, tear_down_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse), TEST(test_difference), TEST(test_pairing),
        TEST(test_independent_draws), TEST(test_movement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

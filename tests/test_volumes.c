#include "tests/helpers.h"

#include "estimators/volumes.h"

static void test_parse(void **state)
{
    (void)state;
    struct sb_volumes v;
    assert_int_equal(sb_volumes_parse("p=20000,a=1e3,t=0", &v, NULL), SB_OK);
    assert_false(v.in_bytes);
    assert_close(v.volume[SB_ROLE_P], 20000, 0);
    assert_close(v.volume[SB_ROLE_A], 1000, 0);
    assert_close(v.volume[SB_ROLE_T], 0, 0);
    assert_int_equal(sb_volumes_parse("unit=bytes,a=2,p=1/3", &v, NULL), SB_OK);
    assert_true(v.in_bytes);
    assert_close(v.volume[SB_ROLE_P], 1 / 3.0, 1e-16);
    assert_true(isnan(v.volume[SB_ROLE_T]));
}

static void test_parse_refuses(void **state)
{
    (void)state;
    static const char *const bad[] = { "",          "p=1",          "a=1,t=1",
                                       "p=0,a=1",   "p=1,a=0",      "p=1,a=-1",
                                       "p=1,a=inf", "p=1,a=1,t=-1", "p=1,a=1,",
                                       "p=1,a=1,x", "p=1,p=2,a=1",  "p=1,a=1,unit=words",
                                       "p=1,a=nan", "p,a" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sb_volumes v = { .in_bytes = true, .volume = { 7, 7, 7 } };
        struct sb_error error = { "" };
        if (sb_volumes_parse(bad[i], &v, &error) != SB_FORMAT || v.volume[0] != 7)
            fail_msg("\"%s\" was accepted", bad[i]);
        assert_non_null(strstr(error.message, "expected p=P,a=A,t=T"));
    }
}

/* D_p: two documents of 10 and 40 bytes with weights 3 and 1: (30 + 40)/4 = 17.5 bytes on average;
 * D_a: one of 5 bytes. k = 8 in responses is 8 * 17.5/5 = 28 in bytes. */
static void test_relative(void **state)
{
    (void)state;
    struct sb_dataset_document p[] = { { 0, 3, 10, 10, 0, 0 }, { 1, 1, 99, 40, 0, 0 } },
                               a[] = { { 0, 1, 5, 5, 0, 0 } };
    struct sb_dataset pretrain = { .documents = p, .n_documents = 2 };
    struct sb_dataset align = { .documents = a, .n_documents = 1 };
    struct sb_volumes v;
    assert_int_equal(sb_volumes_parse("p=16,a=2", &v, NULL), SB_OK);
    assert_close(sb_mean_scored_bytes(&pretrain), 17.5, 1e-15);
    struct sb_relative_volume k = sb_relative_volume(&v, SB_ROLE_P, &pretrain, &align);
    assert_close(k.responses, 8, 1e-15);
    assert_close(k.bytes, 28, 1e-15);
    assert_int_equal(sb_volumes_parse("p=56,a=2,unit=bytes", &v, NULL), SB_OK);
    k = sb_relative_volume(&v, SB_ROLE_P, &pretrain, &align);
    assert_close(k.responses, 8, 1e-15);
    assert_close(k.bytes, 28, 1e-15);
    k = sb_relative_volume(&v, SB_ROLE_A, &align, &align);
    assert_true(k.responses == 1 && k.bytes == 1);
    assert_true(isnan(sb_relative_volume(&v, SB_ROLE_T, &align, &align).bytes));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_relative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/helpers.h"

#include "estimators/predictor.h"

static void test_parse(void **state)
{
    (void)state;
    struct sb_model model;
    assert_int_equal(sb_model_parse("xz:level=9,train=a:b.txt", &model, NULL), SB_OK);
    assert_string_equal(model.text, "xz:level=9,train=a:b.txt");
    assert_string_equal(model.name, "xz");
    assert_int_equal(model.n, 2);
    assert_string_equal(sb_model_value(&model, "level"), "9");
    assert_string_equal(sb_model_value(&model, "train"), "a:b.txt");
    assert_null(sb_model_value(&model, "d"));
    assert_null(sb_model_value(&model, ""));
    sb_model_clear(&model);

    assert_int_equal(sb_model_parse("tree", &model, NULL), SB_OK);
    assert_string_equal(model.name, "tree");
    assert_int_equal(model.n, 0);
    sb_model_clear(&model);

    /* Neither a path with '=' in its name nor one without is taken for a key. */
    assert_int_equal(sb_model_parse("scores:run/k=3.tsv", &model, NULL), SB_OK);
    assert_string_equal(sb_model_value(&model, ""), "run/k=3.tsv");
    sb_model_clear(&model);
    assert_int_equal(sb_model_parse("scores:base.tsv", &model, NULL), SB_OK);
    assert_string_equal(sb_model_value(&model, ""), "base.tsv");
    sb_model_clear(&model);
}

static void test_parse_refuses(void **state)
{
    (void)state;
    struct sb_model model = { .n = 77 };
    struct sb_error error = { "" };
    assert_int_equal(sb_model_parse(":d=3", &model, &error), SB_FORMAT);
    assert_non_null(strstr(error.message, "has no name"));
    assert_int_equal(sb_model_parse("", &model, &error), SB_FORMAT);
    assert_int_equal(model.n, 77);
}

static void test_count(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t value; /* 0: refused */
    } cases[] = { { "m:d=1", 1 },   { "m:d=64", 64 }, { "m", 16 },
                  { "m:d=0", 0 },   { "m:d=65", 0 },  { "m:d=", 0 },
                  { "m:d=-1", 0 },  { "m:d= 1", 0 },  { "m:d=1.5", 0 },
                  { "m:d=1e1", 0 }, { "m:d=x", 0 },   { "m:d=18446744073709551617", 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sb_model model;
        struct sb_error error = { "" };
        size_t value = 0;
        assert_int_equal(sb_model_parse(cases[i].text, &model, NULL), SB_OK);
        enum sb_status status = sb_model_count(&model, "d", 16, 1, 64, &value, &error);
        if (status != (cases[i].value ? SB_OK : SB_FORMAT) || value != cases[i].value)
            fail_msg("%s: status %d, value %zu", cases[i].text, (int)status, value);
        if (status)
            assert_non_null(strstr(error.message, "from 1 to 64"));
        sb_model_clear(&model);
    }
}

/* What create says of a model that cannot be. */
static void assert_no_model(const char *text, const char *part)
{
    struct sb_model model;
    struct sb_error error = { "" };
    struct sb_predictor *predictor = (struct sb_predictor *)&model;
    assert_int_equal(sb_model_parse(text, &model, NULL), SB_OK);
    assert_int_equal(sb_predictor_create(&model, &predictor, &error), SB_FORMAT);
    assert_null(predictor);
    if (!strstr(error.message, part))
        fail_msg("%s: \"%s\" lacks \"%s\"", text, error.message, part);
    sb_model_clear(&model);
}

static void test_create_refuses(void **state)
{
    (void)state;
    assert_no_model("nonsense:d=3", "no model \"nonsense\"; there are: tree, ctw, ");
    assert_no_model("tree:n=3", "no key \"n\"; tree takes d, train");
    assert_no_model("tree:16", "a value without a key; tree takes d, train");
    assert_no_model("tree:d=8,d=9", "key d is given twice");
    assert_no_model("tree:d=0", "d must be a whole number from 1 to 64");
    assert_no_model("tree:d=65", "d must be a whole number from 1 to 64");
    assert_no_model("xz:level=10", "level must be a whole number from 0 to 9");
    assert_no_model("zstd:level=0", "level must be a whole number from 1 to 22");
    assert_no_model("scores", "names no file; write scores:FILE");
    assert_no_model("scores:a.tsv,train=b.txt", "no key \"train\"; scores takes FILE");
    assert_no_model("scores:a.tsv,b.tsv", "its value is given twice");
}

/* Each class can be made, knows itself, and is freed. */
static void test_bytes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t n_bytes; /* 0: refused */
    } cases[] = {
        { "1000", 1000 }, { "64K", 65536 }, { "3M", 3145728 }, { "2G", (size_t)2 << 30 },
        { "999", 0 },     { "", 0 },        { "K", 0 },        { "1k", 0 },
        { "1KB", 0 },     { "-1M", 0 },     { "1.5G", 0 },     { "99999999999T", 0 },
        { " 1M", 0 },     { "0x10M", 0 },   { "9999999999999999999", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        struct sb_model model;
        struct sb_error error = { "" };
        size_t n_bytes = 7;
        snprintf(text, sizeof text, "x:memory=%s", cases[i].text);
        assert_int_equal(sb_model_parse(text, &model, NULL), SB_OK);
        enum sb_status status = sb_model_bytes(&model, "memory", 5, 1000, &n_bytes, &error);
        if (status != (cases[i].n_bytes ? SB_OK : SB_FORMAT) ||
            n_bytes != (cases[i].n_bytes ? cases[i].n_bytes : 7))
            fail_msg("%s: %zu bytes, %s", text, n_bytes, error.message);
        assert_int_equal(sb_model_bytes(&model, "other", 5, 1000, &n_bytes, NULL), SB_OK);
        assert_int_equal(n_bytes, 5);
        sb_model_clear(&model);
    }
}

static void test_registry(void **state)
{
    (void)state;
    for (size_t i = 0; sb_predictor_classes[i]; i++) {
        const struct sb_predictor_class *class = sb_predictor_classes[i];
        assert_non_null(class->description);
        assert_true(class->by_group ? class->score_group != NULL : class->score != NULL);
        assert_true(class->is_fitted == (class->add && class->finish));
        bool takes_adaptive = false;
        for (size_t k = 0; class->keys && class->keys[k]; k++)
            takes_adaptive = takes_adaptive || strcmp(class->keys[k], "adaptive") == 0;
        assert_true(takes_adaptive == (class->learn != NULL));
        if (strcmp(class->name, "scores") == 0 || class->is_folder)
            continue; /* wants a file */
        struct sb_model model;
        struct sb_predictor *predictor;
        assert_int_equal(sb_model_parse(class->name, &model, NULL), SB_OK);
        assert_int_equal(sb_predictor_create(&model, &predictor, NULL), SB_OK);
        assert_ptr_equal(predictor->class, class);
        sb_predictor_free(predictor);
        sb_model_clear(&model);
    }
    sb_predictor_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),    cmocka_unit_test(test_parse_refuses),
        cmocka_unit_test(test_count), cmocka_unit_test(test_bytes),    cmocka_unit_test(test_create_refuses),
        cmocka_unit_test(test_registry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

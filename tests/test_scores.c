#include "tests/helpers.h"

#include "estimators/scores.h"

static char *folder, *path;

static int set_up(void **state)
{
    (void)state;
    folder = new_folder();
    path = malloc(strlen(folder) + 16);
    assert_non_null(path);
    sprintf(path, "%s/base.tsv", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    remove_folder(folder);
    free(path);
    return 0;
}

static enum sb_status open_scores(const char *file, size_t n_documents,
                                  struct sb_predictor **predictor, struct sb_error *error)
{
    char text[8192];
    struct sb_model model;
    snprintf(text, sizeof text, "scores:%s", file);
    assert_int_equal(sb_model_parse(text, &model, NULL), SB_OK);
    enum sb_status status = sb_predictor_create(&model, predictor, error);
    sb_model_clear(&model);
    if (!status)
        status = (*predictor)->class->expect(*predictor, n_documents, error);
    return status;
}

static enum sb_status score(const struct sb_predictor *predictor, size_t index,
                            struct sb_score *result, struct sb_error *error)
{
    struct sb_document d = { .source = "x.jsonl", .record = 7, .weight = 1 };
    return predictor->class->score(predictor, &d, index, result, error);
}

static void test_sums(void **state)
{
    (void)state;
    /* Columns in another order, one that is ignored, documents out of order, CRLF, no last newline. */
    const char *text = "# model=base\n"
                       "id\tlog2_p\ttext\tposition\tdocument\r\n"
                       "5\t-1.5\tx\t3\t1\r\n"
                       "6\t-0.25\ty\t4\t1\r\n"
                       "7\t0\tz\t9\t1\r\n"
                       "5\t-inf\tx\t0\t2\n"
                       "5\t-1e-3\tx\t0\t0\n"
                       "5\t-2\tx\t1\t0";
    write_file(path, text, strlen(text));
    struct sb_predictor *predictor;
    struct sb_score s;
    assert_int_equal(open_scores(path, 4, &predictor, NULL), SB_OK);
    assert_int_equal(score(predictor, 0, &s, NULL), SB_OK);
    assert_close(s.bits, 2.001, 1e-15);
    assert_int_equal(s.n_tokens, 2);
    assert_int_equal(score(predictor, 1, &s, NULL), SB_OK);
    assert_close(s.bits, 1.75, 1e-15);
    assert_int_equal(s.n_tokens, 3);
    assert_int_equal(score(predictor, 2, &s, NULL), SB_OK);
    assert_true(s.bits == INFINITY);
    double *bits;
    size_t n;
    assert_int_equal(predictor->class->sequence(predictor, NULL, 1, &bits, &n, NULL), SB_OK);
    assert_int_equal(n, 3);
    assert_true(bits[0] == 1.5 && bits[1] == 0.25 && bits[2] == 0);
    free(bits);

    struct sb_error error;
    s.bits = 77;
    assert_int_equal(score(predictor, 3, &s, &error), SB_FORMAT);
    assert_non_null(strstr(error.message, "base.tsv: no rows for document 3 (x.jsonl:7)"));
    assert_close(s.bits, 77, 0);
    sb_predictor_free(predictor);
}

static void test_compressed(void **state)
{
    (void)state;
    const char *text = "document\tposition\tid\tlog2_p\n0\t0\t1\t-3\n";
    char command[8300], packed[4200];
    write_file(path, text, strlen(text));
    snprintf(command, sizeof command, "gzip '%s'", path);
    assert_int_equal(system(command), 0);
    snprintf(packed, sizeof packed, "%s.gz", path);
    struct sb_predictor *predictor;
    struct sb_score s;
    assert_int_equal(open_scores(packed, 1, &predictor, NULL), SB_OK);
    assert_int_equal(score(predictor, 0, &s, NULL), SB_OK);
    assert_close(s.bits, 3, 0);
    sb_predictor_free(predictor);
}

/* A file whose header is followed by these rows, for three documents. */
static void assert_bad(const char *rows, const char *part)
{
    char text[2048];
    snprintf(text, sizeof text, "document\tposition\tid\tlog2_p\n%s", rows);
    write_file(path, text, strlen(text));
    struct sb_predictor *predictor;
    struct sb_error error = { "" };
    if (open_scores(path, 3, &predictor, &error) != SB_FORMAT || !strstr(error.message, part))
        fail_msg("%s\n  message: %s\n  expected: %s", rows, error.message, part);
    sb_predictor_free(predictor);
}

static void test_bad_rows(void **state)
{
    (void)state;
    assert_bad("0\t0\t1\tnan\n", "base.tsv line 2: log2_p \"nan\" is not a log2 probability");
    assert_bad("0\t0\t1\t-1\n0\t1\t1\t0.5\n", "line 3: log2_p \"0.5\" is not");
    assert_bad("0\t0\t1\tinf\n", "log2_p \"inf\"");
    assert_bad("0\t0\t1\t-1e999\n", "log2_p \"-1e999\"");
    assert_bad("0\t0\t1\t-0x1p3\n", "log2_p \"-0x1p3\"");
    assert_bad("0\t0\t1\t\n", "log2_p \"\"");
    assert_bad("0\t0\t1\t-1 \n", "log2_p \"-1 \"");
    assert_bad("0\t0\t1\tNA\n", "log2_p \"NA\"");
    assert_bad("-1\t0\t1\t-1\n", "document \"-1\" is not a whole number");
    assert_bad("x\t0\t1\t-1\n", "document \"x\"");
    assert_bad("99999999999999999999\t0\t1\t-1\n", "document \"99999999999999999999\"");
    assert_bad("0\t-2\t1\t-1\n", "position \"-2\"");
    assert_bad("3\t0\t1\t-1\n", "line 2: document 3, but the datasets have 3 in all");
    assert_bad("0\t4\t1\t-1\n0\t4\t1\t-1\n", "line 3: position 4 after 4 in document 0");
    assert_bad("0\t4\t1\t-1\n0\t3\t1\t-1\n", "positions must increase");
    assert_bad("0\t0\t1\t-1\n1\t0\t1\t-1\n0\t1\t1\t-1\n", "line 4: document 0 has rows further up");
    assert_bad("0\t0\t1\n", "line 2: too few fields, no log2_p");
    assert_bad("\n", "too few fields");
}

static void test_bad_files(void **state)
{
    (void)state;
    struct sb_predictor *predictor;
    struct sb_error error;
    const char *text = "document\tposition\tlog2_p\n0\t0\t-1\n";
    write_file(path, text, strlen(text));
    assert_int_equal(open_scores(path, 1, &predictor, &error), SB_FORMAT);
    assert_non_null(strstr(error.message, "line 1: no column \"id\""));
    sb_predictor_free(predictor);
    write_file(path, "", 0);
    assert_int_equal(open_scores(path, 1, &predictor, &error), SB_FORMAT);
    assert_non_null(strstr(error.message, "empty"));
    sb_predictor_free(predictor);
    assert_int_not_equal(open_scores("/nowhere/at/all.tsv", 1, &predictor, &error), SB_OK);
    assert_null(predictor);
}

/* Cut at every byte: an error, or the sum of the rows that are whole (a cut number may still be one). */
static void test_truncation(void **state)
{
    (void)state;
    const char *text = "document\tposition\tid\tlog2_p\n0\t0\t1\t-3\n1\t0\t1\t-4\n";
    for (size_t n = 0; n < strlen(text); n++) {
        write_file(path, text, n);
        struct sb_predictor *predictor;
        struct sb_score s = { -1, 0 };
        struct sb_error error = { "" };
        enum sb_status status = open_scores(path, 2, &predictor, &error);
        if (!status)
            status = score(predictor, 0, &s, &error);
        if (status ? status != SB_FORMAT || !*error.message : s.bits != 3)
            fail_msg("cut at %zu: status %d, %g bits, \"%s\"", n, (int)status, s.bits,
                     error.message);
        sb_predictor_free(predictor);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sums, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_compressed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bad_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_truncation, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

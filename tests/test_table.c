#include "tests/helpers.h"

#include <jansson.h>
#include "data/output.h"
#include "data/table.h"

static struct sb_table *example(void)
{
    struct sb_table *table = sb_table_create();
    sb_table_provenance(table, "seed", "%d", 1);
    sb_table_provenance(table, "note", "tab\tand line\nand \\");
    sb_table_provenance(table, "input.d=8\n\\", "a=b");
    sb_table_column(table, "name");
    sb_table_column(table, "n_bytes");
    sb_table_column(table, "rate_bits");
    sb_table_text(table, "a\tb");
    sb_table_integer(table, 1LL << 62);
    sb_table_real(table, 0.1);
    sb_table_text(table, NULL);
    sb_table_integer(table, -1);
    sb_table_real(table, NAN);
    sb_table_text(table, "");
    sb_table_integer(table, 0);
    sb_table_real(table, -INFINITY);
    return table;
}

static const char EXAMPLE[] = "# seed=1\n# note=tab\\tand line\\nand \\\\\n"
                              "# input.d\\=8\\n\\\\=a=b\n"
                              "name\tn_bytes\trate_bits\n"
                              "a\\tb\t4611686018427387904\t0.1\n"
                              "NA\t-1\tNA\n"
                              "\t0\t-inf\n";

static void test_round_trip(void **state)
{
    (void)state;
    char *folder = new_folder(), *path = file_in(folder, "t.tsv");
    struct sb_table *table = example(), *read;
    struct sb_output output;
    struct sb_error error;
    assert_int_equal(sb_output_open(&output, path, &error), SB_OK);
    assert_int_equal(sb_table_write_tsv(table, output.file, &error), SB_OK);
    assert_int_equal(sb_output_commit(&output, &error), SB_OK);
    char *text = read_file(path, NULL);
    assert_string_equal(text, EXAMPLE);
    assert_int_equal(sb_table_read(path, &read, &error), SB_OK);
    assert_int_equal(sb_table_n_rows(read), 3);
    assert_string_equal(sb_table_text_at(read, 0, 0), "a\tb");
    assert_string_equal(sb_table_provenance_at(read, "note"), "tab\tand line\nand \\");
    assert_string_equal(sb_table_provenance_at(read, "input.d=8\n\\"), "a=b");
    assert_true(sb_table_real_at(read, 0, 2) == 0.1);
    assert_true(isnan(sb_table_real_at(read, 1, 2)) && isnan(sb_table_real_at(read, 0, 0)));
    assert_true(sb_table_real_at(read, 2, 2) == -INFINITY);
    size_t column;
    assert_true(sb_table_find_column(read, "n_bytes", &column) && column == 1);
    assert_false(sb_table_find_column(read, "rate", &column));
    sb_table_free(read);
    sb_table_free(table);
    free(text);
    free(path);
    remove_folder(folder);
}

/* A header that looks like provenance is none. */
static void test_header_with_a_hash(void **state)
{
    (void)state;
    struct sb_table *table = sb_table_create(), *again;
    struct sb_error error;
    sb_table_column(table, "# a=b");
    sb_table_column(table, "#c");
    sb_table_text(table, "# x");
    sb_table_text(table, "y");
    char *folder = new_folder(), *path = file_in(folder, "t.tsv");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(sb_table_write_tsv(table, file, &error), SB_OK);
    fclose(file);
    char *text = read_file(path, NULL);
    assert_string_equal(text, "\\# a=b\t#c\n# x\ty\n");
    free(text);
    assert_int_equal(sb_table_read(path, &again, &error), SB_OK);
    assert_string_equal(sb_table_column_name(again, 0), "# a=b");
    assert_string_equal(sb_table_text_at(again, 0, 0), "# x");
    sb_table_free(again);
    sb_table_free(table);
    free(path);
    remove_folder(folder);
}

/* For people: numbers right, text left, no space at the end of a line, UTF-8 one column wide, nothing
 * that a terminal would obey. */
static void test_text(void **state)
{
    (void)state;
    struct sb_table *table = sb_table_create();
    struct sb_error error;
    sb_table_column(table, "x");
    sb_table_column(table, "n");
    sb_table_column(table, "last");
    sb_table_text(table, "é");
    sb_table_real(table, 1.0 / 3);
    sb_table_text(table, "a\033long\none");
    sb_table_text(table, "abc");
    sb_table_integer(table, 1234567890);
    sb_table_text(table, "b");
    char *folder = new_folder(), *path = file_in(folder, "t.txt");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(sb_table_write_text(table, file, &error), SB_OK);
    fclose(file);
    char *text = read_file(path, NULL);
    assert_string_equal(text, "x             n  last\n"
                              "é      0.333333  a?long?one\n"
                              "abc  1234567890  b\n");
    free(text);
    free(path);
    remove_folder(folder);
    sb_table_free(table);
}

static void test_reals_read_back(void **state)
{
    (void)state;
    const double values[] = { 0.1, 1.0 / 3, 5e-324, 1.7976931348623157e308, -2.5, 0, 1e22 };
    char buffer[SB_REAL_SIZE];
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_true(strtod(sb_format_real(buffer, values[i]), NULL) == values[i]);
    assert_string_equal(sb_format_real(buffer, 0.1), "0.1");
}

static void test_json(void **state)
{
    (void)state;
    struct sb_table *table = example();
    json_t *rows = sb_table_json_rows(table), *pairs = sb_table_json_provenance(table);
    assert_int_equal(json_array_size(rows), 3);
    assert_true(json_is_null(json_object_get(json_array_get(rows, 1), "rate_bits")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 2), "rate_bits")),
                        "-inf");
    assert_string_equal(json_string_value(json_object_get(pairs, "seed")), "1");
    json_decref(rows);
    json_decref(pairs);
    sb_table_free(table);
}

/* Names of files need not be UTF-8; JSON must be. */
static void test_json_of_other_bytes(void **state)
{
    (void)state;
    struct sb_table *table = sb_table_create();
    sb_table_provenance(table, "input.\xE9", "\xE9t\xC3\xA9\xFF");
    sb_table_column(table, "file");
    sb_table_text(table, "\xC3\xA9\xE9");
    json_t *rows = sb_table_json_rows(table), *pairs = sb_table_json_provenance(table);
    assert_string_equal(json_string_value(json_object_get(pairs, "input.\xEF\xBF\xBD")),
                        "\xEF\xBF\xBDt\xC3\xA9\xEF\xBF\xBD");
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "file")),
                        "\xC3\xA9\xEF\xBF\xBD");
    json_decref(rows);
    json_decref(pairs);
    sb_table_free(table);
}

static void test_mistakes_stick(void **state)
{
    (void)state;
    struct sb_error error;
    struct sb_table *table = example();
    sb_table_real(table, 1); /* a row of one cell */
    assert_int_equal(sb_table_write_tsv(table, stdout, &error), SB_DOMAIN);
    assert_null(sb_table_json_rows(table));
    sb_table_free(table);
    assert_int_equal(sb_table_write_tsv(NULL, stdout, &error), SB_MEMORY);
}

static void test_malformed(void **state)
{
    (void)state;
    char *folder = new_folder(), *path = file_in(folder, "t.tsv");
    const char *bad[] = { "", "# only=provenance\n", "a\tb\n1\n", "a\tb\n1\t2\t3\n" };
    const char *said[] = { "no header", "no header", "line 2: 1 fields", "line 2: 3 fields" };
    for (size_t i = 0; i < 4; i++) {
        struct sb_error error;
        struct sb_table *table;
        write_file(path, bad[i], strlen(bad[i]));
        assert_int_equal(sb_table_read(path, &table, &error), SB_FORMAT);
        assert_null(table);
        assert_non_null(strstr(error.message, said[i]));
    }
    struct sb_error error;
    struct sb_table *table;
    if (access("/dev/zero", R_OK) == 0) { /* a line without an end */
        assert_int_equal(sb_table_read("/dev/zero", &table, &error), SB_LIMIT);
        assert_non_null(strstr(error.message, "/dev/zero line 1: longer than 1048576 bytes"));
    }
    free(path);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),          cmocka_unit_test(test_text),
        cmocka_unit_test(test_reals_read_back),     cmocka_unit_test(test_json),
        cmocka_unit_test(test_json_of_other_bytes), cmocka_unit_test(test_mistakes_stick),
        cmocka_unit_test(test_malformed),           cmocka_unit_test(test_header_with_a_hash),
    };
    return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}

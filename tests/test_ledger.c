#include "tests/helpers.h"

#include "data/ledger.h"

static struct sb_table *ledger_header(int seed)
{
    struct sb_table *table = sb_table_create();
    sb_table_provenance(table, "seed", "%d", seed);
    sb_table_provenance(table, "input.d=8", "x");
    sb_table_column(table, "cell");
    sb_table_column(table, "bits");
    return table;
}

/* Whatever prefix of a ledger a crash left, reopening keeps exactly the whole rows, and the finished
 * file is the same bytes. */
static void test_ledger_survives_every_tear(void **state)
{
    (void)state;
    static const char whole[] = "# seed=1\n# input.d\\=8=x\ncell\tbits\n"
                                "0\t0.5\n1\t1.5\n2\t2.5\n";
    char *folder = new_folder(), *path = file_in(folder, "ledger.tsv");
    for (size_t cut = 0; cut < sizeof whole; cut++) {
        struct sb_error error;
        struct sb_table *header = ledger_header(1), *done;
        struct sb_ledger *ledger;
        write_file(path, whole, cut);
        assert_int_equal(sb_ledger_open(path, header, &done, &ledger, &error), SB_OK);
        for (size_t row = sb_table_n_rows(done); row < 3; row++) {
            struct sb_table *rows = ledger_header(1);
            sb_table_integer(rows, (long long)row);
            sb_table_real(rows, (double)row + 0.5);
            assert_int_equal(sb_ledger_append(ledger, rows, &error), SB_OK);
            sb_table_free(rows);
        }
        assert_int_equal(sb_ledger_close(ledger, &error), SB_OK);
        char *text = read_file(path, NULL);
        assert_string_equal(text, whole);
        free(text);
        sb_table_free(done);
        sb_table_free(header);
    }
    free(path);
    remove_folder(folder);
}

static void test_ledger_of_other_inputs(void **state)
{
    (void)state;
    char *folder = new_folder(), *path = file_in(folder, "ledger.tsv");
    const char *others[] = { "# seed=2\n# input.d\\=8=x\ncell\tbits\n0\t0.5\n",
                             "some text\nof another kind\n",
                             "# seed=1\n# input.d\\=8=x\ncell\tnats\n" };
    for (size_t i = 0; i < 3; i++) {
        struct sb_error error;
        struct sb_table *header = ledger_header(1), *done;
        struct sb_ledger *ledger;
        write_file(path, others[i], strlen(others[i]));
        assert_int_equal(sb_ledger_open(path, header, &done, &ledger, &error), SB_FORMAT);
        assert_null(ledger);
        char *text = read_file(path, NULL);
        assert_string_equal(text, others[i]); /* untouched */
        free(text);
        sb_table_free(header);
    }
    free(path);
    remove_folder(folder);
}

/* What cannot be read again holds no ledger; /dev/full would be read without end. */
static void test_ledger_of_a_device(void **state)
{
    (void)state;
    struct sb_error error;
    struct sb_table *header = ledger_header(1), *done;
    struct sb_ledger *ledger;
    assert_int_equal(sb_ledger_open("/dev/null", header, &done, &ledger, &error), SB_IO);
    assert_null(ledger);
    assert_non_null(strstr(error.message, "/dev/null: cannot be written: not a file"));
    sb_table_free(header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ledger_survives_every_tear),
        cmocka_unit_test(test_ledger_of_other_inputs),
        cmocka_unit_test(test_ledger_of_a_device),
    };
    return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}

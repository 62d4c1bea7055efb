#include "tests/folder.h"
#include "tests/datasets.h"

/* One document per line of text, all of it scored. */
static struct sb_dataset lines_dataset(const char *name, char *path, const char *text)
{
    write_file(path, text, strlen(text));
    struct sb_dataset d = dataset_at(name, path);
    d.options.format = SB_FORMAT_TEXT;
    d.options.split = SB_SPLIT_LINE;
    return d;
}

/* Blocks of 8 bits: a, a, b, c are 4 blocks and 3 leaves; a, b are 2 and 2. Among 2 of the 4 blocks,
 *   a: 1 - C(2,2)/C(4,2) = 5/6;  b, c: 1 - C(3,2)/C(4,2) = 1/2;  11/6 leaves on average. */
static void test_normaliser(void **state)
{
    (void)state;
    char *one = file_in(folder, "one.txt"), *two = file_in(folder, "two.txt");
    struct sb_dataset d[2] = { lines_dataset("one", one, "aa\nbc\n"),
                               lines_dataset("two", two, "ab\n") };
    assert_int_equal(sb_datasets_open(d, 2, 8, NULL), SB_OK);
    assert_int_equal(d[0].n_blocks, 4);
    assert_close(d[0].n_leaves, 3, 0);
    assert_close(d[0].n_leaves_rarefied, 11 / 6.0, 1e-14);
    assert_close(d[0].normaliser, log2(11 / 6.0) / 8, 1e-14);
    assert_int_equal(d[1].n_blocks, 2);
    assert_close(d[1].n_leaves_rarefied, 2, 0);
    sb_datasets_close(d, 2);

    /* Alone nothing is rarefied; at 64 bits there is no whole block, and no normaliser. */
    d[0] = lines_dataset("one", one, "aa\nbc\n");
    assert_int_equal(sb_datasets_open(d, 1, 8, NULL), SB_OK);
    assert_close(d[0].n_leaves_rarefied, 3, 0);
    sb_datasets_close(d, 1);
    d[0] = lines_dataset("one", one, "aa\nbc\n");
    assert_int_equal(sb_datasets_open(d, 1, 64, NULL), SB_OK);
    assert_int_equal(d[0].n_blocks, 0);
    assert_true(isnan(d[0].normaliser));
    sb_datasets_close(d, 1);
    free(one);
    free(two);
}

static void test_survey(void **state)
{
    (void)state;
    struct test_data data;
    draw_documents(&data, 24, 3, true);
    data.documents[5].weight = 2.5;
    char *path = file_in(folder, "a.jsonl");
    write_documents(&data, path, NULL);
    struct sb_dataset d = dataset_at("a", path);
    assert_int_equal(sb_datasets_open(&d, 1, 16, NULL), SB_OK);
    assert_int_equal(d.n_documents, 24);
    assert_int_equal(d.n_empty, 3); /* documents 3, 10 and 17 */
    for (size_t i = 0; i < data.n; i++) {
        size_t n = strlen(data.documents[i].completion);
        assert_int_equal(d.documents[i].n_scored_bytes, n);
        assert_int_equal(d.documents[i].n_bytes, n + strlen(data.documents[i].prompt));
        assert_close(d.documents[i].weight, data.documents[i].weight, 0);
    }
    /* Twice over the same documents, in the same order. */
    for (int repeat = 0; repeat < 2; repeat++) {
        struct sb_dataset_reader reader;
        struct sb_document document;
        size_t number, n = 0;
        assert_int_equal(sb_dataset_rewind(&d, &reader, NULL), SB_OK);
        while (sb_dataset_next(&reader, &document, &number, NULL) == SB_OK) {
            assert_int_equal(number, n++);
            assert_memory_equal(document.bytes + document.span_begin,
                                data.documents[number].completion,
                                document.span_end - document.span_begin);
        }
        assert_int_equal(n, data.n);
    }
    sb_datasets_close(&d, 1);
    free(path);
}

/* Pairing is by the sequence of names: ids, or source and record. */
static void test_same_documents(void **state)
{
    (void)state;
    struct test_data data, shorter;
    draw_documents(&data, 12, 3, false);
    shorter = data;
    shorter.n = 11;
    enum { N = 6 };
    char *paths[N];
    const struct test_data *contents[N] = { &data, &data, &data, &data, &shorter, &data };
    const char *prefixes[N] = { "q", NULL, "q", "r", "q", NULL };
    struct sb_dataset d[N + 1];
    for (size_t i = 0; i < N; i++) {
        static const char *const names[N] = { "0", "1", "2", "3", "4", "5" };
        paths[i] = file_in(folder, names[i]);
        write_documents(contents[i], paths[i], prefixes[i]);
        d[i] = dataset_at(names[i], paths[i]);
    }
    d[N] = d[1]; /* the same file once more */
    assert_int_equal(sb_datasets_open(d, N + 1, 16, NULL), SB_OK);
    static const size_t expected[N + 1] = { 0, 1, 0, 3, 4, 5, 1 };
    for (size_t i = 0; i < N + 1; i++)
        assert_int_equal(d[i].same_documents, expected[i]);
    sb_datasets_close(d, N + 1);
    for (size_t i = 0; i < N; i++)
        free(paths[i]);
}

static void test_refusals(void **state)
{
    (void)state;
    struct sb_error error = { "" };
    struct test_data data = {
        .n = 2, .documents = { { .prompt = "a", .weight = 1 }, { .prompt = "b", .weight = 1 } }
    };
    char *path = file_in(folder, "empty.jsonl");
    write_documents(&data, path, NULL);
    struct sb_dataset d = dataset_at("empty", path);
    assert_int_equal(sb_datasets_open(&d, 1, 16, &error), SB_FORMAT);
    assert_non_null(strstr(error.message, "none of its 2 documents has scored bytes"));
    assert_null(d.corpus);
    /* Bytes of no weight are no better. */
    strcpy(data.documents[0].completion, "x");
    data.documents[0].weight = 0;
    write_documents(&data, path, NULL);
    d = dataset_at("empty", path);
    assert_int_equal(sb_datasets_open(&d, 1, 16, &error), SB_FORMAT);
    /* The second of two fails: nothing stays open. */
    data.documents[0].weight = 1;
    write_documents(&data, path, NULL);
    struct sb_dataset two[2] = { dataset_at("a", path), dataset_at("b", "/nowhere/at/all") };
    assert_int_not_equal(sb_datasets_open(two, 2, 16, &error), SB_OK);
    assert_null(two[0].corpus);
    assert_null(two[0].documents);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_normaliser, set_up_folder, tear_down_folder),
        cmocka_unit_test_setup_teardown(test_survey, set_up_folder, tear_down_folder),
        cmocka_unit_test_setup_teardown(test_same_documents, set_up_folder, tear_down_folder),
        cmocka_unit_test_setup_teardown(test_refusals, set_up_folder, tear_down_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

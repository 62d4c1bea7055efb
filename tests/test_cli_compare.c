/* springback compare, end to end. */
#include "tests/tables.h"
#include "tests/transformers.h"
#include "data/table.h"

static char *folder; /* of the test that runs */

static int run_in(const char *command, char **output, char **messages)
{
    char line[4096];
    int n = snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    assert_true(n > 0 && (size_t)n < sizeof line);
    return run_command(line, output, messages);
}

static char *output_in(const char *command)
{
    char *output, *messages;
    if (run_in(command, &output, &messages))
        fail_msg("%s: %s", command, messages);
    free(messages);
    return output;
}

static void must_refuse(const char *command, int status, const char *part)
{
    assert_refused_in(folder, command, status, part);
}

#define TRAIN "$SPRINGBACK train --quiet --epochs 8 --batch 4 --lr 0.01 "
#define NEW "--new llama:width=16,layers=1,heads=2,context=48 "

static int begin(void **state)
{
    (void)state;
    folder = new_folder();
    free(output_in("for i in 1 2 3 4 5 6 7 8; do echo line $i of a text; done >a.txt;"
                   "for i in 1 2 3 4 5 6 7; do echo and $i other words here; done >b.txt;"
                   "echo '{\"ids\":[1,2,3,4]}' >ids.jsonl"));
    free(output_in(TRAIN NEW "--data a.txt --split line --out base"));
    free(output_in(TRAIN "--init base --data b.txt --split line --out tuned"));
    free(output_in(TRAIN "--new llama:width=16,layers=1,heads=2,context=48,vocabulary=300 "
                         "--data ids.jsonl --out other"));
    return 0;
}

static int end(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

#define DATA "--data a=a.txt --data b=b.txt --split line --contrast b-a "

static json_t *results_of(const char *output)
{
    json_t *root = json_loads(output, 0, NULL);
    assert_non_null(root);
    json_t *results = json_incref(json_object_get(root, "results"));
    json_decref(root);
    return results;
}

static json_t *of_kind(json_t *results, const char *kind, size_t number)
{
    size_t i;
    json_t *row;
    json_array_foreach(results, i, row)
    {
        if (strcmp(json_string_value(json_object_get(row, "kind")), kind) == 0 && number-- == 0)
            return row;
    }
    fail_msg("no row of kind %s", kind);
    return NULL;
}

static double number_in(const json_t *row, const char *key)
{
    assert_true(json_is_number(json_object_get(row, key)));
    return json_number_value(json_object_get(row, key));
}

/* Rates, differences, contrasts and movements are those of rate, bit by bit. */
static void rates_are_those_of_rate(void **state)
{
    (void)state;
    char *compared = output_in("$SPRINGBACK compare --quiet --json --moved 3 base tuned " DATA);
    char *rated = output_in(
        "$SPRINGBACK rate --quiet --json --model ./base --model ./tuned --differences " DATA);
    json_t *a = results_of(compared), *b = results_of(rated), *row, *value;
    size_t i;
    const char *key;
    json_array_foreach(b, i, row)
    {
        json_object_foreach(row, key, value)
        {
            if (strcmp(key, "model") != 0 &&
                !json_equal(value, json_object_get(json_array_get(a, i), key)))
                fail_msg("row %zu: %s differs", i, key);
        }
    }
    assert_int_equal(i, 4 + 2 + 3);
    assert_int_equal(json_array_size(a), i + 2 * (2 + 1 + 3));
    json_decref(a);
    json_decref(b);
    free(compared);
    free(rated);
}

/* A second model that cuts texts into other tokens of the same vocabulary: its rates are by its own, as in
 * rate. */
static void tokenizers_that_cut_otherwise(void **state)
{
    (void)state;
    free(output_in("cp -r tuned nfc; sed -i 's/\"normalizer\": null/\"normalizer\": {\"type\": "
                   "\"Replace\", \"pattern\": {\"String\": \"e\"}, \"content\": \"a\"}/' "
                   "nfc/tokenizer.json; ! cmp -s nfc/tokenizer.json tuned/tokenizer.json"));
    char *compared = output_in("$SPRINGBACK compare --quiet --json base nfc " DATA);
    char *rated = output_in("$SPRINGBACK rate --quiet --json --model ./base --model ./nfc " DATA);
    json_t *a = results_of(compared), *b = results_of(rated);
    for (size_t i = 0; i < 4; i++)
        assert_true(number_in(of_kind(a, "rate", i), "total_bits") ==
                    number_in(of_kind(b, "rate", i), "total_bits"));
    json_decref(a);
    json_decref(b);
    free(compared);
    free(rated);
}

/* The sum over positions is the total. */
static void positions_add_up(void **state)
{
    (void)state;
    char *output = output_in("$SPRINGBACK compare --quiet --json --by-position p.tsv base tuned "
                             "--split line --data a.txt");
    json_t *results = results_of(output);
    char *path = file_in(folder, "p.tsv");
    struct sb_table *table;
    struct sb_error error = { "" };
    no_error(sb_table_read(path, &table, &error), &error);
    double sums[2] = { 0, 0 };
    size_t n = sb_table_n_rows(table) / 2;
    for (size_t i = 0; i < 2 * n; i++) {
        assert_true(real_of(table, i, "position") == (double)(i % n));
        sums[i / n] += real_of(table, i, "kl_bits") * real_of(table, i, "n_documents") / 8;
        assert_true(real_of(table, i, "cumulative_share") <= 1 + 1e-12);
    }
    for (size_t s = 0; s < 2; s++) {
        json_t *row = of_kind(results, "kl", s);
        assert_true(sums[s] > 1);
        assert_close(number_in(row, "kl_bits_per_document"), sums[s], 1e-12);
        assert_close(number_in(row, "kl_bits_per_token") * number_in(row, "n_tokens"), 8 * sums[s],
                     1e-12);
        assert_close(real_of(table, s * n + 4, "cumulative_share"),
                     number_in(row, "kl_share_first"), 1e-15);
        assert_close(real_of(table, s * n + n - 1, "cumulative_share"), 1, 1e-12);
        size_t depth = (size_t)number_in(row, "kl_depth_90_positions");
        assert_true(real_of(table, s * n + depth - 1, "cumulative_share") >= 0.9);
        assert_true(real_of(table, s * n + depth - 2, "cumulative_share") < 0.9);
    }
    assert_string_equal(text_of(table, 0, "divergence"), "base || tuned");
    assert_string_equal(text_of(table, n, "divergence"), "tuned || base");
    sb_table_free(table);
    json_decref(results);
    free(path);
    free(output);
}

/* Any threads, kernels, batches: the same bytes. */
static void same_bytes(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "SPRINGBACK_KERNELS=avx2 $SPRINGBACK compare --threads 1",
        "SPRINGBACK_KERNELS=scalar $SPRINGBACK compare --threads 3"
    };
    static const char *const contexts[] = { "", "--contexts A --number 9 --tokens 11 --seed 4",
                                            "--contexts B --number 9" };
    for (size_t c = 0; c < 3; c++) {
        char *first = NULL;
        for (size_t i = 0; i < 2; i++) {
            char command[1024];
            snprintf(command, sizeof command, "%s --quiet --tsv base tuned " DATA "%s", ways[i],
                     contexts[c]);
            char *output = output_in(command);
            if (first)
                assert_string_equal(output, first);
            free(first);
            first = output;
        }
        free(first);
    }
}

/* Documents drawn, with and without datasets; from A and from B. */
static void drawn(void **state)
{
    (void)state;
    char *output = output_in(
        "$SPRINGBACK compare --quiet --json base tuned --contexts A --number 20 --tokens 9");
    json_t *results = results_of(output), *row = of_kind(results, "kl", 0);
    assert_non_null(strstr(output, "\"tuned.end\": \"EOS charged, id 256\""));
    assert_non_null(strstr(output, "\"drawn_documents\": \"20\""));
    assert_non_null(strstr(output, "\"kl_over_documents\": \"KL(A || B)\""));
    assert_string_equal(json_string_value(json_object_get(row, "dataset")), "drawn from A");
    assert_true(number_in(row, "n_documents") == 20 && number_in(row, "n_tokens") <= 180);
    json_decref(results);
    free(output);
    output = output_in("$SPRINGBACK compare --quiet base tuned --contexts B --number 4 " DATA);
    assert_non_null(strstr(output, "KL(B || A) is that of the two distributions over those"));
    assert_non_null(strstr(output, "movement"));
    free(output);
    output = output_in("$SPRINGBACK compare --quiet base tuned " DATA);
    assert_non_null(strstr(output, "not of the models' distributions over documents"));
    free(output);
}

/* One document continues each prompt; what is compared begins behind it. */
static void continued_prompts(void **state)
{
    (void)state;
    free(output_in("for i in 1 22 333; do echo '{\"prompt\":\"say '$i'\",\"completion\":\"x\"}'; "
                   "done >p.jsonl"));
    static const char *const numbers[] = { "", "--number 2" };
    struct sb_table *tables[2];
    for (size_t i = 0; i < 2; i++) {
        char command[512], name[32];
        struct sb_error error = { "" };
        snprintf(name, sizeof name, "prompted%zu.tsv", i);
        snprintf(command, sizeof command,
                 "$SPRINGBACK compare --quiet --json base tuned --contexts A --prompts p.jsonl "
                 "--tokens 7 --token-rows %s %s",
                 name, numbers[i]);
        char *output = output_in(command), *path = file_in(folder, name);
        json_t *results = results_of(output);
        assert_true(number_in(of_kind(results, "kl", 0), "n_documents") == (double)(3 - i));
        no_error(sb_table_read(path, &tables[i], &error), &error);
        json_decref(results);
        free(path);
        free(output);
    }
    size_t n = sb_table_n_rows(tables[1]);
    assert_true(n >= 2 && n < sb_table_n_rows(tables[0]) && sb_table_n_rows(tables[0]) <= 21);
    for (size_t i = 0; i < n; i++) {
        double document = real_of(tables[1], i, "document"),
               first = document + 6; /* start, "say 1" */
        double position = real_of(tables[1], i, "position");
        assert_true(position >= first && position < first + 7);
        assert_true(real_of(tables[0], i, "id") == real_of(tables[1], i, "id"));
        assert_true(real_of(tables[0], i, "log2_p_second") ==
                    real_of(tables[1], i, "log2_p_second"));
    }
    sb_table_free(tables[0]);
    sb_table_free(tables[1]);
    must_refuse("$SPRINGBACK compare base tuned --contexts B --prompts p.jsonl --number 4", 1,
                "3 prompts, and 4 documents to draw");
    must_refuse("$SPRINGBACK compare base tuned --contexts B --prompts p.jsonl --tokens 41", 1,
                "begin with 8 tokens and 41 to be drawn; the model's context holds 48");
    must_refuse("$SPRINGBACK compare base tuned --data a.txt --prompts p.jsonl", 2,
                "--prompts are for --contexts A or B");
}

/* What are no checkpoints have differences, and no KL. */
static void scores_and_trees(void **state)
{
    (void)state;
    char *output, *messages;
    free(output_in("$SPRINGBACK rate --quiet --model ./base " DATA "--token-rows s.tsv"));
    free(output_in("$SPRINGBACK rate --quiet --model ./tuned " DATA "--token-rows t.tsv"));
    char *scored = output_in("$SPRINGBACK compare --quiet --json scores:s.tsv scores:t.tsv " DATA);
    char *whole = output_in("$SPRINGBACK compare --quiet --json base tuned " DATA);
    json_t *a = results_of(scored), *b = results_of(whole);
    static const char *const kinds[] = { "difference", "contrast", "movement" };
    for (size_t k = 0; k < 3; k++)
        assert_close(number_in(of_kind(a, kinds[k], 0), "bits_per_byte"),
                     number_in(of_kind(b, kinds[k], 0), "bits_per_byte"), 1e-12);
    assert_int_equal(json_array_size(a), 9);
    json_decref(a);
    json_decref(b);
    free(scored);
    free(whole);
    assert_int_equal(run_in("$SPRINGBACK compare base tree:d=8 " DATA, &output, &messages), 0);
    assert_non_null(strstr(messages, "no KL with tree:d=8: checkpoints alone give whole"));
    assert_null(strstr(output, "||"));
    free(output);
    free(messages);
}

/* Rows of the ratio where two datasets have roles and their prompts in common; diagnostics stand in any
 * case. */
static void ratios(void **state)
{
    (void)state;
    char *output, *messages;
    free(output_in("for i in 1 2 3 4; do for j in x yy; do echo "
                   "'{\"prompt\":\"p '$i'\",\"completion\":\"'$j$i'\"}' >>$j.jsonl; done; done;"
                   "head -n 3 yy.jsonl >short.jsonl"));
    assert_int_equal(run_in("$SPRINGBACK compare base tuned --align x.jsonl --perturb yy.jsonl "
                            "--quiet --json",
                            &output, &messages),
                     0);
    json_t *results = results_of(output);
    static const size_t lengths[] = { 1, 2, 4 }; /* of y y 1 and the end */
    for (size_t i = 0; i < 3; i++) {
        json_t *row = of_kind(results, "ratio", i);
        assert_true(number_in(row, "prefix_tokens") == (double)lengths[i]);
        assert_true(number_in(row, "n_documents_align") == 4);
        assert_true(json_is_null(json_object_get(row, "kappa_per_chi_square")));
        assert_non_null(strstr(json_string_value(json_object_get(row, "ratio_note")), "too few"));
    }
    json_decref(results);
    free(output);
    free(messages);
    assert_int_equal(run_in("$SPRINGBACK compare base tuned --align x.jsonl --perturb short.jsonl",
                            &output, &messages),
                     0);
    assert_non_null(strstr(messages, "do not have the same prompts"));
    assert_null(strstr(output, "chi^2"));
    free(output);
    free(messages);
}

/* A run that stopped in the middle goes on to the same bytes; two models, data and drawn contexts. */
static void resumes(void **state)
{
    (void)state;
    static const char *const contexts[] = { DATA, "--contexts B --number 150 --tokens 12 " };
    char *path = file_in(folder, "tokens.tsv");
    for (size_t c = 0; c < 2; c++) {
        char command[1024];
        snprintf(command, sizeof command,
                 "$SPRINGBACK compare base tuned ./base --json --quiet --token-rows tokens.tsv %s",
                 contexts[c]);
        char *whole = output_in(command), *messages;
        size_t n_whole, n;
        char *rows = read_file(path, &n_whole), *header_end = strstr(rows, "top_log2_p_second");
        size_t header = (size_t)(header_end - rows) + 18;
        /* Torn anywhere: nowhere, before the last newline, in the header, behind it, in rows. */
        for (size_t i = 0; i < 24; i++) {
            size_t torn = i == 0   ? n_whole
                          : i == 1 ? n_whole - 1
                          : i == 2 ? header / 2
                                   : header + (n_whole - header) * (i - 3) / 21;
            write_file(path, rows, torn);
            char *output = output_in(command);
            assert_string_equal(output, whole);
            char *again = read_file(path, &n);
            assert_true(n == n_whole && memcmp(again, rows, n) == 0);
            free(output);
            free(again);
        }
        /* Other inputs; a damaged row. */
        must_refuse("$SPRINGBACK compare tuned base --token-rows tokens.tsv --data a.txt", 1,
                    "belongs to other inputs");
        char *digit = strstr(rows + header, "\t0\t0\t");
        assert_non_null(digit);
        digit[1] = '-';
        write_file(path, rows, n_whole);
        assert_int_equal(run_in(command, NULL, &messages), 1);
        assert_non_null(strstr(messages, "tokens.tsv: row"));
        free(messages);
        assert_int_equal(unlink(path), 0);
        free(whole);
        free(rows);
    }
    must_refuse(
        "$SPRINGBACK compare base tuned --data a.txt --token-rows t --tokens 3 --contexts A "
        "--number 0",
        2, "--number");
    must_refuse("$SPRINGBACK compare base tree --data a.txt --token-rows t", 1, "no KL with tree");
    assert_int_equal(run_in("test -e t", NULL, NULL), 1);
    free(path);
}

static void bad_input(void **state)
{
    (void)state;
    char *output, *messages;
    must_refuse("$SPRINGBACK compare base", 2, "two models or more");
    must_refuse("$SPRINGBACK compare base tuned", 2, "no dataset");
    must_refuse("$SPRINGBACK compare base base --data a.txt", 2, "given twice");
    must_refuse("$SPRINGBACK compare base nowhere/ --data a.txt", 1, "nowhere/");
    must_refuse("$SPRINGBACK compare base tuned --data missing.txt", 1, "missing.txt");
    must_refuse("$SPRINGBACK compare base tuned --data a.txt --contexts C", 2,
                "expected data, A or B");
    must_refuse("$SPRINGBACK compare base tuned --contexts A --number 0", 2, "--number");
    must_refuse("$SPRINGBACK compare base tuned --data a.txt --first 0", 2, "--first");
    must_refuse("$SPRINGBACK compare base tuned --contexts A --tokens 48", 1, "context holds 48");
    must_refuse("$SPRINGBACK compare base tree --contexts A", 1, "no KL with tree");
    must_refuse("$SPRINGBACK compare base tuned:context=20 --data a.txt --by-position x", 1,
                "give both context=N,stride=N");
    must_refuse("$SPRINGBACK compare base tuned:eos=0 --contexts B", 1, "begin with ids");
    assert_int_equal(run_in("$SPRINGBACK compare base tuned:context=20 " DATA, &output, &messages),
                     0);
    assert_non_null(strstr(messages, "no KL between base and tuned"));
    assert_non_null(strstr(output, "difference"));
    free(output);
    free(messages);
    assert_int_equal(run_in("$SPRINGBACK compare base tuned --data a.txt", &output, &messages), 0);
    assert_non_null(strstr(messages, "KL: fewer than two documents"));
    free(output);
    free(messages);
}

/* A vocabulary of the same size and other tokens; one of another size. */
static void vocabularies(void **state)
{
    (void)state;
    free(output_in("cp -r tuned changed; sed -i -e 's/\"a\": 97/\"a\": 98/' "
                   "-e 's/\"b\": 98/\"b\": 97/' changed/tokenizer.json"));
    must_refuse("$SPRINGBACK compare base changed --data a.txt --contexts data", 1,
                "their vocabularies differ; id 97 is \"a\" and \"b\"");
    must_refuse("$SPRINGBACK compare base other --contexts B", 1,
                "their vocabularies differ, 257 ids and 300");
    char *output, *messages;
    assert_int_equal(run_in("$SPRINGBACK compare base changed tuned " DATA, &output, &messages), 0);
    assert_non_null(strstr(messages, "their vocabularies differ"));
    assert_non_null(strstr(output, "base || tuned"));
    assert_null(strstr(output, "base || changed"));
    free(output);
    free(messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rates_are_those_of_rate),
        cmocka_unit_test(positions_add_up),
        cmocka_unit_test(tokenizers_that_cut_otherwise),
        cmocka_unit_test(same_bytes),
        cmocka_unit_test(drawn),
        cmocka_unit_test(continued_prompts),
        cmocka_unit_test(scores_and_trees),
        cmocka_unit_test(ratios),
        cmocka_unit_test(resumes),
        cmocka_unit_test(bad_input),
        cmocka_unit_test(vocabularies),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

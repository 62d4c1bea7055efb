/* springback rate --model FOLDER: checkpoints, end to end. */
#include "tests/tables.h"
#include "tests/transformers.h"
#include "data/pattern.h"
#include "data/table.h"
#include "estimators/transformer/kernels.h"

#define SPRINGS "../shared/models/springs/"

static int run(const char *format, const char *a, const char *b, char **output, char **messages)
{
    char command[4096];
    snprintf(command, sizeof command, format, a, b);
    return run_command(command, output, messages);
}

/* The sequences of a fixture as a dataset of ids; how many tokens it asks for. */
static size_t write_ids(const char *model, const char *path)
{
    char expected[512];
    snprintf(expected, sizeof expected, "%s/expected.json", fixture_model(model));
    json_t *root = json_load_file(expected, 0, NULL), *record;
    assert_non_null(root);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    size_t i, n = 0;
    json_array_foreach(json_object_get(root, "sequences"), i, record)
    {
        json_t *ids = json_object_get(record, "ids");
        if (json_array_size(ids) < 2)
            continue;
        char *text = json_dumps(ids, JSON_COMPACT);
        fprintf(file, "{\"ids\": %s}\n", text);
        free(text);
        n += json_array_size(ids) - 1;
    }
    assert_int_equal(fclose(file), 0);
    json_decref(root);
    return n;
}

static double bits_per_token(const char *output)
{
    json_t *root = json_loads(output, 0, NULL);
    json_t *row = json_array_get(json_object_get(root, "results"), 0);
    double bits = json_number_value(json_object_get(row, "bits_per_token"));
    json_decref(root);
    return bits;
}

/* Rows of tokens hold the reference's probabilities; scores:FILE reads them back to the same bits. */
static void rows_of_tokens(void **state)
{
    (void)state;
    char *folder = new_folder(), *ids = file_in(folder, "ids.jsonl"),
         *rows = file_in(folder, "t.tsv");
    char *output, *again;
    size_t n = write_ids("llama3", ids);
    char command[2048];
    snprintf(command, sizeof command,
             "$SPRINGBACK rate --quiet --json --model %s --data %s --token-rows %s",
             fixture_model("llama3"), ids, rows);
    assert_int_equal(run_command(command, &output, NULL), 0);
    struct sb_table *table;
    struct sb_error error;
    no_error(sb_table_read(rows, &table, &error), &error);
    assert_int_equal(sb_table_n_rows(table), n);
    snprintf(command, sizeof command, "%s/expected.json", fixture_model("llama3"));
    json_t *root = json_load_file(command, 0, NULL), *record;
    size_t i, row = 0;
    json_array_foreach(json_object_get(root, "sequences"), i, record)
    {
        json_t *log_p = json_object_get(record, "logprobs");
        for (size_t j = 0; j < json_array_size(log_p); j++, row++) {
            double nats = sb_table_real_at(table, row, 3) * log(2);
            assert_true(fabs(nats - json_number_value(json_array_get(log_p, j))) < 2e-4);
            assert_true(sb_table_real_at(table, row, 1) == (double)j + 1);
        }
    }
    assert_int_equal(row, n);
    json_decref(root);
    sb_table_free(table);
    snprintf(command, sizeof command, "$SPRINGBACK rate --quiet --json --model scores:%s --data %s",
             rows, ids);
    assert_int_equal(run_command(command, &again, NULL), 0);
    assert_true(bits_per_token(output) > 1 && bits_per_token(output) == bits_per_token(again));
    free(output);
    free(again);
    free(ids);
    free(rows);
    remove_folder(folder);
}

/* Other kernels, threads and batches: the same bytes. */
static void same_bytes(void **state)
{
    (void)state;
    char *folder = new_folder(), *ids = file_in(folder, "ids.jsonl"), command[2048];
    write_ids("gpt_neox", ids);
    const char *const ways[] = { sb_kernels_named("avx2")
                                     ? "SPRINGBACK_KERNELS=avx2 $SPRINGBACK rate --threads 1"
                                     : "$SPRINGBACK rate --threads 1",
                                 "SPRINGBACK_KERNELS=scalar $SPRINGBACK rate --threads 2",
                                 "$SPRINGBACK rate --threads 3" };
    char *first = NULL;
    for (size_t i = 0; i < 3; i++) {
        char *output;
        snprintf(command, sizeof command,
                 "%s --quiet --json --model %s:context=32,stride=8 --data %s", ways[i],
                 fixture_model("gpt_neox"), ids);
        assert_int_equal(run_command(command, &output, NULL), 0);
        if (first)
            assert_string_equal(output, first);
        else
            first = strdup(output);
        free(output);
    }
    free(first);
    free(ids);
    remove_folder(folder);
}

/* A run that stopped in the middle goes on: the tables of an uninterrupted one. */
static void resumes(void **state)
{
    (void)state;
    char *folder = new_folder(), *ids = file_in(folder, "ids.jsonl"),
         *rows = file_in(folder, "r.tsv");
    char *tokens = file_in(folder, "t.tsv"), command[2048], *messages;
    write_ids("llama3", ids);
    snprintf(command, sizeof command,
             "$SPRINGBACK rate --quiet --model %s --data %s --rows %s --token-rows %s >&2",
             fixture_model("llama3"), ids, rows, tokens);
    assert_int_equal(run_command(command, NULL, NULL), 0);
    size_t n_rows, n_tokens;
    char *whole_rows = read_file(rows, &n_rows), *whole_tokens = read_file(tokens, &n_tokens);
    char *last = strrchr(strstr(whole_rows, "\n") ? whole_rows : "", '\n');
    while (last > whole_rows && last[-1] != '\n')
        last--;
    write_file(rows, whole_rows, (size_t)(last - whole_rows)); /* without the last document */
    write_file(tokens, whole_tokens, n_tokens - 30);           /* torn in the last one's tokens */
    assert_int_equal(run_command(command, NULL, NULL), 0);
    size_t n;
    char *text = read_file(rows, &n);
    assert_true(n == n_rows && memcmp(text, whole_rows, n) == 0);
    free(text);
    text = read_file(tokens, &n);
    assert_true(n == n_tokens && memcmp(text, whole_tokens, n) == 0);
    free(text);
    assert_int_equal(unlink(tokens), 0);
    assert_int_equal(run_command(command, NULL, &messages), 1);
    assert_non_null(strstr(messages, "remove both files"));
    free(messages);
    free(whole_rows);
    free(whole_tokens);
    free(ids);
    free(rows);
    free(tokens);
    remove_folder(folder);
}

/* The end of a document: charged to it, or not, as the result says. */
static void ends(void **state)
{
    (void)state;
    char *folder = new_folder(), *text = file_in(folder, "a.txt"), *base = file_in(folder, "base");
    char command[4096], *output[3];
    write_file(text, "one line\nand two\n", 17);
    snprintf(command, sizeof command,
             "$SPRINGBACK train --quiet --new llama:width=16,layers=1,heads=2,context=48 --split "
             "line --data %s --out %s",
             text, base);
    assert_int_equal(run_command(command, NULL, NULL), 0);
    static const char *const ways[] = { "", ":eos=0", " --no-eos" };
    for (size_t i = 0; i < 3; i++) {
        snprintf(command, sizeof command,
                 "$SPRINGBACK rate --quiet --tsv --data %s --split line --model %s%s", text, base,
                 ways[i]);
        assert_int_equal(run_command(command, &output[i], NULL), 0);
    }
    assert_non_null(strstr(output[0], ".end=EOS charged, id 256"));
    assert_non_null(strstr(output[1], ".end=not charged"));
    assert_non_null(strstr(output[2], ".end=not charged"));
    assert_null(strstr(output[2], ":eos=0")); /* the model's name stays what was typed */
    struct sb_table *tables[3];
    for (size_t i = 0; i < 3; i++) {
        struct sb_error error;
        write_file(text, output[i], strlen(output[i]));
        no_error(sb_table_read(text, &tables[i], &error), &error);
    }
    assert_true(real_of(tables[0], 0, "n_tokens") == real_of(tables[2], 0, "n_tokens") + 2);
    assert_true(real_of(tables[0], 0, "total_bits") > real_of(tables[2], 0, "total_bits") + 2);
    assert_true(real_of(tables[1], 0, "total_bits") == real_of(tables[2], 0, "total_bits"));
    for (size_t i = 0; i < 3; i++) {
        sb_table_free(tables[i]);
        free(output[i]);
    }
    snprintf(command, sizeof command, "$SPRINGBACK rate --no-eos --data %s --model %s:eos=1", text,
             base);
    assert_refused(command, 2, "--no-eos, and");
    snprintf(command, sizeof command, "$SPRINGBACK rate --no-eos --data %s", text);
    assert_refused(command, 2, "--no-eos is for checkpoints");
    free(text);
    free(base);
    remove_folder(folder);
}

static void bad_input(void **state)
{
    (void)state;
    char *folder = new_folder(), *ids = file_in(folder, "ids.jsonl"),
         *text = file_in(folder, "a.txt");
    char command[2048];
    write_file(ids, "{\"ids\": [1, 300]}\n", 18);
    write_file(text, "hello\n", 6);
    snprintf(command, sizeof command, "$SPRINGBACK rate --model %s --data %s",
             fixture_model("llama3"), ids);
    assert_refused(command, 1, "id 300 at position 1; the model has ids below 300");
    snprintf(command, sizeof command, "$SPRINGBACK rate --model %s --data %s",
             fixture_model("llama3"), text);
    assert_refused(command, 1, "has no tokenizer.json; name one with tokenizer=FILE");
    snprintf(command, sizeof command, "$SPRINGBACK rate --model %s --data %s", folder, text);
    assert_refused(command, 1, "config.json");
    snprintf(command, sizeof command, "$SPRINGBACK rate --model nobody/nothing --data %s", text);
    assert_refused(command, 1, "nobody/nothing");
    snprintf(command, sizeof command, "$SPRINGBACK rate --model tree --data %s --token-rows %s/t",
             text, folder);
    assert_refused(command, 1, "has no rows of tokens");
    free(ids);
    free(text);
    remove_folder(folder);
}

/* A document of no token, of one, and of 10 MB: every token is charged once, and an end to each that is
 * not empty. " that" is a token; what is the same at every stride of the window costs the same. */
static void every_length(void **state)
{
    (void)state;
    NEED_REGEX();
    char *folder = new_folder(), command[2048];
    snprintf(
        command, sizeof command,
        "cd '%s' && yes ' that' | tr -d '\\n' | head -c 10000000 >long.txt &&"
        " head -c 100000 long.txt >short.txt && printf '{\"text\":\"\"}\n{\"text\":\"a\"}\n' >few.jsonl"
        " && $SPRINGBACK train --quiet --new llama:width=8,layers=1,heads=1,hidden=8,context=16,"
        "vocabulary=\"$OLDPWD\"/tests/fixtures/tokenizers/gpt2/tokenizer.json --data few.jsonl --out m >/dev/null"
        " && $SPRINGBACK rate --quiet --model ./m:stride=15 --data long.txt --data short.txt"
        " --data few.jsonl --tsv",
        folder);
    struct sb_table *table = table_of(command);
    static const double n_tokens[] = { 2000001, 20001, 2 };
    double bits[3];
    for (size_t i = 0; i < 3; i++) {
        assert_true(sb_table_real_at(table, i, column_of(table, "n_tokens")) == n_tokens[i]);
        bits[i] = sb_table_real_at(table, i, column_of(table, "total_bits"));
    }
    assert_true(bits[2] > 0 && bits[2] < 100);
    assert_close(bits[0] / 2000001, bits[1] / 20001, 1e-3);
    sb_table_free(table);
    remove_folder(folder);
}

/* A tokenizer of more ids than the model has, and a weight that is no number: named, and nothing is scored. */
static void bad_checkpoints(void **state)
{
    (void)state;
    char *folder = new_folder(), command[2048];
    const char *train =
        "cd '%s' && echo text >a.txt && $SPRINGBACK train --quiet --new"
        " llama:width=16,layers=1,heads=2,context=16 --data a.txt --out m >/dev/null";
    snprintf(command, sizeof command, train, folder);
    assert_int_equal(run_command(command, NULL, NULL), 0);
    snprintf(
        command, sizeof command,
        "$SPRINGBACK rate --model %s/m:tokenizer=tests/fixtures/tokenizers/llama2 --data %s/a.txt",
        folder, folder);
    assert_refused(command, 1, "353 ids, the model in");
    static const char *const ways[] = { "rate --data %s/a.txt --model %s/m",
                                        "code compress %s/a.txt -o /dev/null --model %s/m" };
    /* The last weight of the file, in fp32: NaN. */
    snprintf(
        command, sizeof command,
        "cd '%s/m' && head -c -4 model.safetensors >x && printf '\\377\\377\\377\\177' >>x && mv x"
        " model.safetensors",
        folder);
    assert_int_equal(run_command(command, NULL, NULL), 0);
    for (size_t i = 0; i < 2; i++) {
        char line[1024];
        snprintf(line, sizeof line, ways[i], folder, folder);
        snprintf(command, sizeof command, "$SPRINGBACK %s", line);
        assert_refused(command, 1, "tensor \"model.norm.weight\" is NaN");
    }
    remove_folder(folder);
}

/* Bits per byte of the shared checkpoints, computed by the reference in one pass: context=1024. */
static void springs(void **state)
{
    (void)state;
    NEED_REGEX();
    if (access(SPRINGS "base/model.safetensors", R_OK)) {
        print_message("no ../shared/models/springs here: skipped\n");
        skip();
    }
    static const char *const names[] = { "base", "aligned", "inverse" };
    static const struct {
        const char *key, *data;
    } sets[] = {
        { "pos_hold", "../shared/data/movie-reviews/pos_hold.txt --split line --limit 200" },
        { "neg_hold", "../shared/data/movie-reviews/neg_hold.txt --split line --limit 200" },
        { "pre_hold", "../shared/data/english/hold60.jsonl" }
    };
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            char path[256], model[256], *output;
            snprintf(path, sizeof path, SPRINGS "%s/expected.json", names[i]);
            json_t *root = json_load_file(path, 0, NULL), *result;
            double expected = json_number_value(
                json_object_get(json_object_get(root, "bits_per_byte"), sets[j].key));
            assert_true(expected > 0);
            snprintf(model, sizeof model, SPRINGS "%s:context=1024", names[i]);
            assert_int_equal(run("$SPRINGBACK rate --quiet --json --model %s --data %s", model,
                                 sets[j].data, &output, NULL),
                             0);
            result = json_loads(output, 0, NULL);
            json_t *row = json_array_get(json_object_get(result, "results"), 0);
            assert_close(json_number_value(json_object_get(row, "bits_per_byte")), expected, 1e-4);
            json_decref(root);
            json_decref(result);
            free(output);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_tokens), cmocka_unit_test(same_bytes),
        cmocka_unit_test(resumes),        cmocka_unit_test(ends),
        cmocka_unit_test(every_length),   cmocka_unit_test(bad_checkpoints),
        cmocka_unit_test(bad_input),      cmocka_unit_test(springs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Token ids through the binary: data tokenize and detokenize, and rates in bits per token. */
#include "tests/folder.h"

#include <jansson.h>
#include "data/pattern.h"
#include "tests/tables.h"

static void put(const char *name, const char *content)
{
    char *path = file_in(folder, name);
    write_file(path, content, strlen(content));
    free(path);
}

/* A command line in which %s, at most three times, is the folder. */
static const char *line_of(const char *format)
{
    static char line[8192];
    snprintf(line, sizeof line, format, folder, folder, folder);
    return line;
}

/* ---- tokenize, detokenize ---------------------------------------------------------------------- */

static void assert_output(const char *command_line, const char *expected)
{
    char *output = output_of(command_line);
    assert_string_equal(output, expected);
    free(output);
}

static void bytes_as_ids(void **state)
{
    (void)state;
    put("a.jsonl", "{\"id\":\"x\",\"text\":\"ab\"}\n{\"prompt\":1,\"text\":\"\",\"weight\":2}\n");
    assert_output(
        line_of("cd %s; $SPRINGBACK data tokenize --tokenizer bytes a.jsonl"),
        "{\"id\":\"x\",\"ids\":[97,98]}\n{\"id\":\"a.jsonl:2\",\"ids\":[],\"weight\":2.0}\n");
    /* The prompt's tokens, and the first, are not scored: of four ids three entries. */
    put("b.jsonl", "{\"id\":\"x\",\"prompt\":\"ab\",\"completion\":\"cd\"}\n");
    assert_output(line_of("cd %s; $SPRINGBACK data tokenize --tokenizer bytes b.jsonl"),
                  "{\"id\":\"x\",\"ids\":[97,98,99,100],\"loss_mask\":[0,1,1]}\n");
}

static void there_and_back(void **state)
{
    (void)state;
    NEED_REGEX();
    static const char *const families[] = { "gpt2", "llama3", "qwen2", "llama2", "gemma" };
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        char line[2048];
        snprintf(line, sizeof line,
                 "T=tests/fixtures/tokenizers/%s; I=%s/ids.jsonl; "
                 "$SPRINGBACK data tokenize --tokenizer $T --special --split block "
                 "data/samples/fables.txt -o $I && "
                 "$SPRINGBACK data detokenize --tokenizer $T --skip-special $I",
                 families[i], folder);
        char *output = output_of(line);
        assert_output("$SPRINGBACK data convert --split block data/samples/fables.txt", output);
        free(output);
    }
}

static void losses_are_told(void **state)
{
    (void)state;
    char *output, *messages;
    put("a.jsonl", "{\"text\":\"<s>the\"}\n{\"text\":\"the fox\"}\n");
    assert_int_equal(run_command(line_of("$SPRINGBACK data tokenize --tokenizer "
                                         "tests/fixtures/tokenizers/llama2 %s/a.jsonl"),
                                 &output, &messages),
                     0);
    assert_non_null(strstr(messages, "1 of 2 documents do not come back exactly"));
    free(output);
    free(messages);
}

static void refused(void **state)
{
    (void)state;
    put("ids.jsonl", "{\"id\":\"x\",\"ids\":[104,300]}\n");
    put("bad.jsonl", "{\"id\":\"x\",\"ids\":[104,255]}\n");
    put("broken.json", "{\"model\":");
    assert_refused("$SPRINGBACK data tokenize a", 2, "no --tokenizer");
    assert_refused("$SPRINGBACK data tokenize --json --tokenizer bytes a", 2, "JSONL");
    assert_refused(line_of("$SPRINGBACK data detokenize --tokenizer bytes %s/ids.jsonl"), 1,
                   "x: id 300 at position 1 is no token");
    assert_refused(line_of("$SPRINGBACK data detokenize --tokenizer bytes %s/bad.jsonl"), 1,
                   "not UTF-8");
    assert_refused(line_of("$SPRINGBACK data tokenize --tokenizer %s/broken.json %s/ids.jsonl"), 1,
                   "broken.json: the text ends too early");
    assert_refused(line_of("$SPRINGBACK data tokenize --tokenizer %s %s/ids.jsonl"), 1,
                   "tokenizer.json");
    assert_refused(line_of("$SPRINGBACK data tokenize --tokenizer bytes %s/ids.jsonl"), 1,
                   "holds token ids where text is needed");
    assert_refused(line_of("$SPRINGBACK data detokenize --tokenizer bytes "
                           "data/samples/good.jsonl -o %s/out"),
                   1, "no token ids; name their column with --columns");
    assert_int_equal(access(line_of("%s/out"), F_OK), -1);
}

/* ---- rates ------------------------------------------------------------------------------------- */

/* Three documents with 2, 2 and 1 scored ids (of the second, four entries for four ids), which cost
 * 1 + 2, 3 + 4 and 4 bits: 14 / 5 in all, (3/2 + 7/2 + 4) / 3 = 3 by document. */
static const char IDS[] = "{\"id\":\"a\",\"ids\":[1,2,3]}\n"
                          "{\"id\":\"b\",\"ids\":[4,5,6,7],\"loss_mask\":[1,0,1,1]}\n"
                          "{\"id\":\"c\",\"ids\":[8,9]}\n{\"id\":\"d\",\"ids\":[8]}\n";
static const char SCORES[] = "document\tposition\tid\tlog2_p\n"
                             "0\t1\t2\t-1\n0\t2\t3\t-2\n1\t2\t6\t-3\n1\t3\t7\t-4\n2\t1\t9\t-4\n";

static void bits_per_token(void **state)
{
    (void)state;
    put("ids.jsonl", IDS);
    put("scores.tsv", SCORES);
    for (int threads = 1; threads <= 2; threads++) {
        char line[512];
        snprintf(line, sizeof line,
                 "cd %s; $SPRINGBACK rate --quiet --threads %d --tsv --model scores:scores.tsv "
                 "--data ids.jsonl",
                 folder, threads);
        struct sb_table *table = table_of(line);
        assert_close(real_of(table, 0, "bits_per_token"), 14. / 5, 1e-15);
        assert_close(real_of(table, 0, "macro_bits_per_token"), 3, 1e-15);
        assert_true(real_of(table, 0, "bits_per_token_ci_low") < 14. / 5);
        assert_true(real_of(table, 0, "bits_per_token_ci_high") > 14. / 5);
        assert_close(real_of(table, 0, "n_tokens"), 5, 0);
        assert_close(real_of(table, 0, "total_bits"), 14, 1e-15);
        assert_close(real_of(table, 0, "n_empty_documents"), 1, 0);
        static const char *const unknown[] = { "n_bytes",    "bits_per_byte",   "rate",
                                               "macro_rate", "normalised_rate", "rate_ci_low" };
        for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
            assert_true(isnan(real_of(table, 0, unknown[i])));
        sb_table_free(table);
    }
    /* null in JSON; and people are told the unit */
    char *json = output_of(line_of("cd %s; $SPRINGBACK rate --quiet --json --model "
                                   "scores:scores.tsv --data ids.jsonl"));
    assert_non_null(strstr(json, "\"rate\": null"));
    free(json);
    char *text = output_of(line_of("cd %s; $SPRINGBACK rate --quiet --model scores:scores.tsv "
                                   "--data ids.jsonl"));
    assert_non_null(strstr(text, "bits_per_token"));
    assert_non_null(strstr(text, "rates are not known"));
    free(text);
}

/* Paired differences and the ledger work as with text; of text, bits per token are not told. */
static void differences(void **state)
{
    (void)state;
    put("ids.jsonl", IDS);
    put("scores.tsv", SCORES);
    put("better.tsv",
        "document\tposition\tid\tlog2_p\n"
        "0\t1\t2\t-0.5\n0\t2\t3\t-1.5\n1\t2\t6\t-2.5\n1\t3\t7\t-3.5\n2\t1\t9\t-3.5\n");
    for (int again = 0; again < 2; again++) { /* the second time from the rows */
        struct sb_table *table = table_of(
            line_of("cd %s; $SPRINGBACK rate --quiet --tsv --differences --rows rows.tsv "
                    "--model scores:scores.tsv --model scores:better.tsv --data ids.jsonl"));
        assert_string_equal(text_of(table, 2, "kind"), "difference");
        assert_close(real_of(table, 2, "bits_per_token"), -0.5, 1e-14);
        assert_true(isnan(real_of(table, 2, "rate")));
        sb_table_free(table);
    }
    struct sb_table *table =
        table_of("$SPRINGBACK rate --quiet --tsv --data data/samples/good.jsonl");
    assert_true(isnan(real_of(table, 0, "bits_per_token")));
    assert_true(real_of(table, 0, "rate") > 0);
    sb_table_free(table);
}

static void rates_refused(void **state)
{
    (void)state;
    put("ids.jsonl", IDS);
    put("scores.tsv", SCORES);
    put("few.tsv", "document\tposition\tid\tlog2_p\n0\t1\t2\t-1\n1\t2\t6\t-3\n2\t1\t9\t-4\n");
    put("one.jsonl", "{\"ids\":[1]}\n");
    static const char *const models[] = { "tree:d=8", "xz", "oracle" };
    for (size_t i = 0; i < 3; i++) {
        char line[512];
        snprintf(line, sizeof line, "$SPRINGBACK rate --model %s --data %s/ids.jsonl", models[i],
                 folder);
        assert_refused(line, 1, "holds token ids, which");
    }
    assert_refused(line_of("$SPRINGBACK rate --model scores:%s/few.tsv --data %s/ids.jsonl"), 1,
                   "1 rows for document 0, of which 2 token ids are scored");
    assert_refused(line_of("$SPRINGBACK rate --model scores:%s/scores.tsv --data %s/ids.jsonl "
                           "--data data/samples/good.jsonl"),
                   1, "their rates have different units");
    assert_refused(line_of("$SPRINGBACK rate --model scores:%s/scores.tsv --data %s/one.jsonl"), 1,
                   "none of its 1 documents has scored token ids");
    assert_refused(line_of("$SPRINGBACK rate --model tree:d=8,train=%s/ids.jsonl "
                           "--data data/samples/good.jsonl"),
                   1, "holds token ids where text is needed");
    assert_refused(line_of("$SPRINGBACK tree %s/ids.jsonl"), 1, "text is needed");
    assert_refused(line_of("$SPRINGBACK data convert %s/ids.jsonl"), 1, "text is needed");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_folder, tear_down_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(bytes_as_ids),   TEST(there_and_back), TEST(losses_are_told), TEST(refused),
        TEST(bits_per_token), TEST(differences),    TEST(rates_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

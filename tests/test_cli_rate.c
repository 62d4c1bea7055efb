/* springback rate, through the binary. */
#include "tests/folder.h"
#include "tests/datasets.h"

#include <jansson.h>
#include "data/language_exact.h"
#include "data/pattern.h"
#include "estimators/predictor.h"
#include "estimators/uncertainty.h"
#include "tests/tables.h"
#include "theory/numeric.h"
#include "theory/random.h"

static int set_up(void **state)
{
    (void)state;
    struct test_data data;
    folder = new_folder();
    draw_documents(&data, 40, 1, true);
    char *path = file_in(folder, "good.jsonl");
    write_documents(&data, path, "q");
    free(path);
    draw_documents(&data, 40, 2, false);
    path = file_in(folder, "bad.jsonl");
    write_documents(&data, path, "q");
    free(path);
    path = file_in(folder, "one.txt");
    write_file(path, "the only document", 17);
    free(path);
    return 0;
}

/* Runs a command line in the folder; output and messages are to be freed. */
static int run_in(const char *command, char **output, char **messages)
{
    char line[4096];
    snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    return run_command(line, output, messages);
}

/* Runs a command that must succeed; returns what it printed. */
static char *output_in(const char *command)
{
    char *output, *messages;
    if (run_in(command, &output, &messages))
        fail_msg("%s\n%s", command, messages);
    free(messages);
    return output;
}

/* The table that a command with --output rates.tsv leaves. */
static struct sb_table *table_in(const char *command)
{
    char *path = file_in(folder, "rates.tsv");
    struct sb_table *table;
    free(output_in(command));
    assert_int_equal(sb_table_read(path, &table, NULL), SB_OK);
    free(path);
    return table;
}

/* ---- the table ----------------------------------------------------------------------------- */

static void test_rows_and_columns(void **state)
{
    (void)state;
    struct sb_table *t = table_in("$SPRINGBACK rate good.jsonl bad.jsonl --model tree:d=8 --model "
                                  "gzip --contrast bad-good --differences -o rates.tsv");
    static const char *const kinds[] = { "rate",     "rate",       "rate",
                                         "rate",     "difference", "difference",
                                         "contrast", "contrast",   "movement" };
    assert_int_equal(sb_table_n_rows(t), 9);
    for (size_t i = 0; i < 9; i++) {
        assert_string_equal(text_of(t, i, "kind"), kinds[i]);
        /* The same numbers in all units, and intervals that hold their estimates. */
        double rate = real_of(t, i, "rate"), low = real_of(t, i, "rate_ci_low");
        double high = real_of(t, i, "rate_ci_high");
        assert_close(real_of(t, i, "bits_per_byte"), 8 * rate, 1e-15);
        assert_close(real_of(t, i, "bits_per_byte_ci_low"), 8 * low, 1e-15);
        assert_true(low < rate && rate < high);
        assert_true(real_of(t, i, "rate_stderr") > 0);
    }
    assert_string_equal(text_of(t, 0, "dataset"), "good");
    assert_string_equal(text_of(t, 0, "model"), "tree:d=8");
    assert_string_equal(text_of(t, 0, "fit"), "cross-fitted, 10 folds");
    assert_string_equal(text_of(t, 0, "clusters"), "documents");
    assert_string_equal(text_of(t, 1, "clusters"), "groups");
    assert_close(real_of(t, 0, "depth_bits"), 8, 0);
    assert_string_equal(text_of(t, 1, "depth_bits"), "NA");
    assert_close(real_of(t, 1, "window_bytes"), 32768, 0);
    assert_string_equal(text_of(t, 1, "n_tokens"), "NA");
    assert_string_equal(text_of(t, 1, "macro_rate"), "NA");
    assert_close(real_of(t, 0, "n_documents"), 40, 0);
    assert_close(real_of(t, 0, "n_empty_documents"), 6, 0); /* 3, 10, 17, 24, 31, 38 */
    double depth = real_of(t, 0, "normaliser_depth_bits");
    assert_close(depth, 16, 0);
    assert_close(real_of(t, 0, "normalised_rate"),
                 real_of(t, 0, "rate") - log2(real_of(t, 0, "n_leaves_rarefied")) / depth, 1e-13);
    assert_close(real_of(t, 0, "rate"),
                 real_of(t, 0, "total_bits") / (8 * real_of(t, 0, "n_bytes")), 1e-13);
    assert_string_equal(text_of(t, 4, "model"), "gzip - tree:d=8");
    assert_string_equal(text_of(t, 4, "pairing"), "groups");
    assert_string_equal(text_of(t, 6, "dataset"), "bad-good");
    assert_string_equal(text_of(t, 6, "pairing"), "documents"); /* the ids agree */
    assert_close(real_of(t, 6, "rate"), real_of(t, 2, "rate") - real_of(t, 0, "rate"), 1e-12);
    assert_non_null(sb_table_provenance_at(t, "input.good"));
    assert_string_equal(sb_table_provenance_at(t, "columns.good"), "prompt,completion");
    sb_table_free(t);
}

static void test_same_bytes_at_any_threads(void **state)
{
    (void)state;
    char command[256];
    char *first = NULL, *first_rows = NULL;
    char *rows_path = file_in(folder, "rows.tsv");
    for (int threads = 1; threads <= 8; threads *= 2) {
        unlink(rows_path);
        snprintf(command, sizeof command,
                 "$SPRINGBACK rate good.jsonl bad.jsonl --model tree:d=12 --model zstd "
                 "--contrast bad-good --rows rows.tsv --json --threads %d",
                 threads);
        char *output = output_in(command), *rows = read_file(rows_path, NULL);
        if (!first) {
            first = output;
            first_rows = rows;
            continue;
        }
        assert_string_equal(output, first);
        assert_string_equal(rows, first_rows);
        free(output);
        free(rows);
    }
    free(first);
    free(first_rows);
    free(rows_path);
}

static void test_json(void **state)
{
    (void)state;
    char *output = output_in("$SPRINGBACK rate one.txt --json");
    json_t *object = json_loads(output, 0, NULL);
    assert_non_null(object);
    json_t *row = json_array_get(json_object_get(object, "results"), 0);
    /* One document: in-sample, no interval, and a note that says so. */
    assert_string_equal(json_string_value(json_object_get(row, "fit")), "in-sample");
    assert_true(json_is_real(json_object_get(row, "rate")));
    assert_true(json_is_null(json_object_get(row, "rate_ci_low")));
    assert_true(json_is_null(json_object_get(row, "rate_stderr")));
    assert_non_null(strstr(json_string_value(json_object_get(row, "note")), "no interval"));
    json_decref(object);
    free(output);
}

static void test_for_people(void **state)
{
    (void)state;
    char *output, *messages;
    assert_int_equal(run_in("$SPRINGBACK rate --data a=good.jsonl --data b=bad.jsonl --model lz4 "
                            "--contrast b-a --interval t --confidence 0.9 --folds 0",
                            &output, &messages),
                     0);
    assert_non_null(strstr(output, "none: each group alone"));
    assert_non_null(strstr(output, "\n90 % intervals: Student's t over documents"));
    assert_non_null(strstr(output, "contrast  b-a      lz4    groups"));
    assert_non_null(strstr(messages, "a: 6 of 40 documents have no scored bytes"));
    free(output);
    free(messages);
}

/* ---- inference --------------------------------------------------------------------------- */

/* Three depths taken for three seeds: the mean of their rates, Student's t over them with 2 degrees of
 * freedom, t = 4.302653, and Holm's adjustment over the procedure's contrasts alone. */
static void test_seeds(void **state)
{
    (void)state;
    struct sb_table *t = table_in(
        "$SPRINGBACK rate --seeds --model tree:d=4 --model tree:d=6 --model tree:d=8 --data "
        "a=good.jsonl --data b=bad.jsonl --data c=one.txt --contrast b-a --contrast a-b -o rates.tsv");
    double rates[3], mean = 0, squares = 0;
    for (size_t m = 0; m < 3; m++) {
        assert_string_equal(text_of(t, m, "inference"), "fixed model; documents sampled");
        mean += rates[m] = real_of(t, m, "rate");
    }
    for (size_t m = 0; m < 3; m++)
        squares += (rates[m] - mean / 3) * (rates[m] - mean / 3);
    size_t row = 9; /* after 3 datasets under 3 models */
    assert_string_equal(text_of(t, row, "model"), "mean of 3 seeds");
    assert_string_equal(text_of(t, row, "inference"),
                        "training procedure; seeds and documents crossed");
    double half = 4.302652729749464 * sqrt(squares / 6);
    assert_close(real_of(t, row, "rate"), mean / 3, 1e-12);
    assert_close(real_of(t, row, "rate_stderr_of_seeds"), sqrt(squares / 6), 1e-12);
    assert_close(real_of(t, row, "rate_ci_high_these_documents"), mean / 3 + half, 1e-9);
    double seeds = real_of(t, row, "rate_stderr_of_seeds");
    double documents = real_of(t, row, "rate_stderr_of_documents");
    assert_true(documents > 0);
    assert_close(real_of(t, row, "rate_stderr"), hypot(seeds, documents), 1e-12);
    /* One document: these documents' interval, and none for documents at large. */
    assert_string_equal(text_of(t, 11, "dataset"), "c");
    assert_string_equal(text_of(t, 11, "rate_ci_low"), "NA");
    assert_true(real_of(t, 11, "rate_ci_high_these_documents") > 0);
    assert_non_null(strstr(text_of(t, 11, "note"), "fewer than two documents"));
    /* Contrasts: three and the procedure's, twice. */
    assert_string_equal(text_of(t, 15, "model"), "mean of 3 seeds");
    assert_string_equal(text_of(t, 14, "p_holm"), "NA");
    assert_close(real_of(t, 15, "p_holm"), fmin(1, 2 * real_of(t, 15, "p_value")), 1e-12);
    assert_close(real_of(t, 19, "p_holm"), real_of(t, 15, "p_holm"), 1e-12);
    sb_table_free(t);
}

static void test_p_values_are_adjusted(void **state)
{
    (void)state;
    struct sb_table *t =
        table_in("$SPRINGBACK rate --model tree:d=4 --model tree:d=8 --data a=good.jsonl "
                 "--data b=bad.jsonl --contrast b-a --differences -o rates.tsv");
    double least = 1, adjusted = 0;
    size_t n = 0;
    for (size_t row = 0; row < sb_table_n_rows(t); row++) {
        if (strcmp(text_of(t, row, "kind"), "rate") == 0) {
            assert_string_equal(text_of(t, row, "p_value"), "NA");
            continue;
        }
        n++;
        if (real_of(t, row, "p_value") < least) {
            least = real_of(t, row, "p_value");
            adjusted = real_of(t, row, "p_holm");
        }
    }
    assert_int_equal(n, 5);
    assert_close(adjusted, fmin(1, 5 * least), 1e-12);
    sb_table_free(t);
}

/* One document as a score file of an AR(1) sequence around 3 bits: the interval is that of the long-run
 * variance 0.01 / (1 - 0.8)^2 over 2000 tokens, not of independent tokens; from a ledger it is the
 * same. 2000 bytes: the rate is the mean over 8. */
static void test_one_document_is_a_sequence(void **state)
{
    (void)state;
    struct sb_random random;
    char *path = file_in(folder, "ar.tsv"), *text = file_in(folder, "long.txt");
    FILE *scores = fopen(path, "w"), *document = fopen(text, "w");
    assert_true(scores && document);
    fprintf(scores, "document\tposition\tid\tlog2_p\n");
    sb_random_init(&random, 6, 0);
    double z = 0, mean = 0;
    for (int t = -100; t < 2000; t++) {
        z = 0.8 * z + 0.1 * sb_random_normal(&random);
        if (t < 0)
            continue;
        fprintf(scores, "0\t%d\t0\t%.17g\n", t, -3 - z);
        fprintf(document, "%c", 'a' + t % 7);
        mean += (3 + z) / 2000;
    }
    assert_int_equal(fclose(scores) + fclose(document), 0);
    char *outputs[2];
    for (int i = 0; i < 2; i++) {
        struct sb_table *t = table_in("$SPRINGBACK rate --model scores:ar.tsv long.txt --rows "
                                      "ledger.tsv --autocovariance ac.tsv -o rates.tsv");
        char *rates = file_in(folder, "rates.tsv");
        outputs[i] = read_file(rates, NULL);
        free(rates);
        assert_close(real_of(t, 0, "rate"), mean / 8, 1e-12);
        assert_close(real_of(t, 0, "rate_stderr"), sqrt(0.25 / 2000) / 8, 0.3);
        assert_close(real_of(t, 0, "variance_inflation"), 0.25 * 0.36 / 0.01, 0.5);
        assert_true(real_of(t, 0, "bandwidth_pieces") >= 10);
        assert_string_equal(text_of(t, 0, "inference"),
                            "fixed model; one document, a stationary sequence");
        sb_table_free(t);
        t = table_in("cp ac.tsv rates.tsv");
        assert_close(real_of(t, 1, "autocorrelation"), 0.8, 0.1);
        assert_true(real_of(t, 1, "window") == 1 && real_of(t, 0, "autocorrelation") == 1);
        sb_table_free(t);
    }
    assert_string_equal(outputs[0], outputs[1]);
    free(outputs[0]);
    free(outputs[1]);
    free(path);
    free(text);
    assert_refused_in(folder, "$SPRINGBACK rate good.jsonl --autocovariance none.tsv", 1,
                      "no dataset is one document");
}

/* n-grams of tokens, cross-fitted; the rows of their tokens are a score file that gives the same rates. */
static void test_ngrams_of_tokens(void **state)
{
    (void)state;
    NEED_REGEX();
    char cwd[2048], command[3000];
    assert_non_null(getcwd(cwd, sizeof cwd));
    snprintf(command, sizeof command,
             "$SPRINGBACK rate --model ngram:n=3,tokenizer='%s/tests/fixtures/tokenizers/gpt2' "
             "good.jsonl bad.jsonl --token-rows tokens.tsv -o rates.tsv",
             cwd);
    struct sb_table *t = table_in(command);
    struct sb_table *again =
        table_in("$SPRINGBACK rate --model scores:tokens.tsv good.jsonl bad.jsonl -o rates.tsv");
    for (size_t row = 0; row < 2; row++) {
        assert_true(real_of(t, row, "n_tokens") < real_of(t, row, "n_bytes"));
        assert_close(real_of(t, row, "rate"),
                     real_of(t, row, "total_bits") / (8 * real_of(t, row, "n_bytes")), 1e-12);
        assert_close(real_of(again, row, "rate"), real_of(t, row, "rate"), 1e-12);
        assert_close(real_of(again, row, "rate_stderr"), real_of(t, row, "rate_stderr"), 1e-9);
    }
    sb_table_free(t);
    sb_table_free(again);
    /* Trained on a text and on its ids. */
    double bits[2];
    for (int i = 0; i < 2; i++) {
        snprintf(command, sizeof command,
                 "T='%s/tests/fixtures/tokenizers/gpt2' && $SPRINGBACK data tokenize --tokenizer "
                 "\"$T\" good.jsonl -o ids.jsonl --quiet && $SPRINGBACK rate bad.jsonl --model "
                 "ngram:tokenizer=\"$T\",train=%s -o rates.tsv",
                 cwd, i ? "ids.jsonl" : "good.jsonl");
        t = table_in(command);
        bits[i] = real_of(t, 0, "total_bits");
        sb_table_free(t);
    }
    assert_true(bits[0] == bits[1]);
    assert_refused_in(folder, "$SPRINGBACK rate bad.jsonl --model ngram:train=ids.jsonl", 1,
                      "ngram takes them with tokenizer=FILE");
    assert_refused_in(folder, "$SPRINGBACK rate bad.jsonl --model ctw:train=ids.jsonl", 1,
                      "token ids");
    assert_refused_in(folder,
                      "$SPRINGBACK rate --model ngram:adaptive=1 good.jsonl --token-rows no.tsv", 1,
                      "no rows of tokens");
    /* One document of bytes that the model knows one by one: a sequence. */
    t = table_in("awk 'BEGIN { while (i++ < 99) print i, 1/i }' >two.txt && $SPRINGBACK rate "
                 "--model ngram:n=2 --model ctw two.txt --folds 0 -o rates.tsv");
    for (size_t row = 0; row < 2; row++) {
        assert_close(real_of(t, row, "n_pieces"), real_of(t, row, "n_bytes"), 0);
        assert_true(real_of(t, row, "rate_stderr") > 0);
    }
    sb_table_free(t);
}

/* What intervals cannot be trusted for is said, in the table and on standard error. */
static void test_hard_cases_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *data, *note;
    } cases[] = {
        { "i=0; while [ $i -lt 59 ]; do i=$((i+1)); echo \"$i abc\"; done", "only 59 documents" },
        /* sizes (100/i)^(2/3) words: Pareto with exponent 1.5 */
        { "awk 'BEGIN { for (i = 1; i <= 100; i++) { n = 20 * (100/i)^0.667; s = i; "
          "while (n-- > 0) s = s \" word\"; print s } }'",
          "heavy tail (exponent 1." },
        { "yes abc | head -n 60", "all documents agree" },
    };
    for (size_t i = 0; i < 3; i++) {
        char command[512], *output, *messages;
        snprintf(command, sizeof command,
                 "{ %s; } >hard.txt && $SPRINGBACK rate --split line --model tree:d=8 --folds 0 "
                 "hard.txt --tsv",
                 cases[i].data);
        assert_int_equal(run_in(command, &output, &messages), 0);
        if (!strstr(output, cases[i].note) || !strstr(messages, cases[i].note) ||
            strstr(output, "nan"))
            fail_msg("%s\n%s%s", command, output, messages);
        free(output);
        free(messages);
    }
    /* Nothing to remark on: 60 documents of about one length. */
    char *messages;
    assert_int_equal(
        run_in("awk 'BEGIN { for (i = 1; i <= 60; i++) print i, \"abc\" }' >easy.txt && "
               "$SPRINGBACK rate --split line --model tree:d=8 easy.txt --tsv",
               NULL, &messages),
        0);
    assert_string_equal(messages, "");
    free(messages);
}

/* ---- roles and volumes --------------------------------------------------------------------- */

static void test_roles(void **state)
{
    (void)state;
    struct sb_table *t =
        table_in("$SPRINGBACK rate --align good.jsonl --pretrain wiki=one.txt bad.jsonl "
                 "--volumes p=20,a=2 -o rates.tsv");
    /* In the order of the command line. */
    assert_string_equal(text_of(t, 0, "dataset"), "align");
    assert_string_equal(text_of(t, 0, "role"), "align");
    assert_string_equal(text_of(t, 1, "dataset"), "wiki");
    assert_string_equal(text_of(t, 1, "role"), "pretrain");
    assert_string_equal(text_of(t, 2, "dataset"), "bad");
    assert_string_equal(text_of(t, 2, "role"), "NA");
    assert_close(real_of(t, 0, "relative_volume_bytes"), 1, 0);
    assert_close(real_of(t, 1, "relative_volume_responses"), 10, 0);
    double mean = real_of(t, 0, "n_bytes") / 40;
    assert_close(real_of(t, 1, "relative_volume_bytes"), 10 * 17 / mean, 1e-14);
    assert_string_equal(text_of(t, 2, "relative_volume_bytes"), "NA");
    sb_table_free(t);
    char *output = output_in("$SPRINGBACK rate --align good.jsonl --pretrain one.txt "
                             "--volumes p=20,a=2 --quiet");
    assert_non_null(strstr(output, "\nk = 10 in responses, "));
    assert_null(strstr(output, "\nl = "));
    free(output);
}

/* ---- two column sets of one file, standard input, score files ------------------------------ */

static void test_one_file_twice(void **state)
{
    (void)state;
    char *path = file_in(folder, "pairs.jsonl");
    const char *text = "{\"prompt\":\"a\",\"chosen\":\"bbbb\",\"rejected\":\"cd\"}\n"
                       "{\"prompt\":\"b\",\"chosen\":\"bb\",\"rejected\":\"dd\"}\n"
                       "{\"prompt\":\"c\",\"chosen\":\"bbb\",\"rejected\":\"ee\"}\n";
    write_file(path, text, strlen(text));
    struct sb_table *t = table_in("$SPRINGBACK rate --data good=pairs.jsonl --data bad=pairs.jsonl "
                                  "--columns good=prompt,chosen --columns bad=prompt,rejected "
                                  "--contrast bad-good --model tree:d=8 -o rates.tsv");
    assert_close(real_of(t, 0, "n_bytes"), 9, 0);
    assert_close(real_of(t, 1, "n_bytes"), 6, 0);
    assert_string_equal(text_of(t, 2, "pairing"), "documents");
    assert_string_equal(text_of(t, 0, "fit"), "cross-fitted, 3 folds");
    sb_table_free(t);
    free(path);
}

static void test_standard_input(void **state)
{
    (void)state;
    struct sb_table *file = table_in("$SPRINGBACK rate x=good.jsonl -o rates.tsv");
    struct sb_table *input =
        table_in("cat good.jsonl | $SPRINGBACK rate x=- --format jsonl -o rates.tsv");
    assert_close(real_of(input, 0, "rate"), real_of(file, 0, "rate"), 0);
    assert_close(real_of(input, 0, "rate_ci_low"), real_of(file, 0, "rate_ci_low"), 0);
    sb_table_free(file);
    sb_table_free(input);
}

/* Rows of a tree written as a score file, one token per document, give the tree's rates again. */
static void test_scores_round_trip(void **state)
{
    (void)state;
    struct sb_table *tree = table_in("$SPRINGBACK rate bad.jsonl one.txt --model tree:d=8 "
                                     "--rows tree.tsv -o rates.tsv");
    free(output_in(
        "awk -F'\\t' 'BEGIN { OFS = FS; print \"document\", \"position\", \"id\", \"log2_p\" } "
        "$1 == \"tree:d=8\" { print $3 + ($2 == \"one\" ? 40 : 0), 0, 0, -$9 }' OFMT=%.17g "
        "CONVFMT=%.17g tree.tsv >scores.tsv"));
    struct sb_table *scores = table_in("$SPRINGBACK rate bad.jsonl one.txt --model "
                                       "scores:scores.tsv -o rates.tsv");
    for (size_t i = 0; i < 2; i++)
        assert_close(real_of(scores, i, "rate"), real_of(tree, i, "rate"), 1e-14);
    assert_string_equal(text_of(scores, 0, "fit"), "none");
    assert_close(real_of(scores, 0, "n_tokens"), 40, 0);
    sb_table_free(tree);
    sb_table_free(scores);
}

/* ---- the oracle ---------------------------------------------------------------------------- */

/* Exact rate of documents of a mixture under another, from the language's finite sums. */
static double exact_rate(const struct sb_language *language, const double *source,
                         const double *model, size_t n_bytes)
{
    struct sb_language_leaves leaves;
    struct sb_language_mixture p, q;
    assert_int_equal(sb_language_mixture_from(source, &p), SB_OK);
    assert_int_equal(sb_language_mixture_from(model, &q), SB_OK);
    assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_DOCUMENT), SB_OK);
    double nats = sb_language_cross_entropy_nats(&leaves, &p, &q);
    sb_language_leaves_clear(&leaves);
    return sb_bits_from_nats(nats) / (8 * (double)n_bytes);
}

/* Generated documents of dialect 2 under three oracles: the measured rates lie within 4.5 standard
 * errors of the exact ones (the seed is fixed), and the truth is the best. */
static void test_oracle(void **state)
{
    (void)state;
    free(output_in("$SPRINGBACK data generate --dialect 2 --documents 2000 -o a.jsonl --quiet"));
    struct sb_table *t =
        table_in("$SPRINGBACK rate a.jsonl --model oracle:dialect=2 --model oracle:dialect=3 "
                 "--model oracle --interval t --differences -o rates.tsv");
    struct sb_language_options options = sb_language_options_default();
    struct sb_language *language;
    assert_int_equal(sb_language_create(&options, &language), SB_OK);
    static const double dialect2[] = { 0, 1, 0 }, dialect3[] = { 0, 0, 1 };
    const double *models[] = { dialect2, dialect3, options.pi };
    size_t n_bytes = (size_t)(real_of(t, 0, "n_bytes") / 2000);
    for (size_t i = 0; i < 3; i++) {
        double exact = exact_rate(language, dialect2, models[i], n_bytes);
        double z = (real_of(t, i, "rate") - exact) / real_of(t, i, "rate_stderr");
        if (fabs(z) > 4.5)
            fail_msg("%s: rate %.6f, exactly %.6f", text_of(t, i, "model"), real_of(t, i, "rate"),
                     exact);
    }
    /* Paired by document, the differences are known far better than the rates. */
    for (size_t i = 3; i < 5; i++) {
        assert_true(real_of(t, i, "rate_ci_low") > 0);
        assert_true(real_of(t, i, "rate_stderr") < real_of(t, 0, "rate_stderr"));
    }
    sb_language_free(language);
    sb_table_free(t);
}

/* ---- the ledger ---------------------------------------------------------------------------- */

static void test_ledger(void **state)
{
    (void)state;
    const char *command = "$SPRINGBACK rate good.jsonl bad.jsonl --model tree:d=12 --model gzip "
                          "--rows rows.tsv --tsv";
    char *path = file_in(folder, "rows.tsv"), *whole = output_in(command);
    size_t n;
    char *rows = read_file(path, &n);
    for (size_t i = 0; i < 4; i++) {
        write_file(path, rows, n * i / 4 + 11);
        char *again = output_in(command), *after = read_file(path, NULL);
        assert_string_equal(again, whole);
        assert_string_equal(after, rows);
        free(again);
        free(after);
    }
    /* A ledger of other inputs is refused, and stays as it is. */
    assert_refused_in(folder, "$SPRINGBACK rate good.jsonl --rows rows.tsv", 1,
                      "belongs to other inputs");
    char *after = read_file(path, NULL);
    assert_string_equal(after, rows);
    free(after);
    free(rows);
    free(whole);
    free(path);
}

/* ---- what bad input gets ------------------------------------------------------------------- */

static void test_usage(void **state)
{
    (void)state;
    static const struct {
        const char *arguments, *part;
    } cases[] = {
        { "", "no dataset; give --data" },
        { "good.jsonl --model nonsense", "no model \"nonsense\"; there are: tree, ctw" },
        { "good.jsonl --model tree:n=3", "no key \"n\"; tree takes d, train" },
        { "good.jsonl --model scores:a.tsv,train=b", "no key \"train\"" },
        { "good.jsonl --model gzip --model gzip", "model \"gzip\" is given twice" },
        { "good.jsonl good.jsonl", "two datasets are called \"good\"; write NAME=PATH" },
        { "a=- b=-", "standard input can be read only once" },
        { "a=- --model scores:-", "standard input can be read only once" },
        { "good.jsonl --model tree:d=0", "d must be a whole number from 1 to 64" },
        { "good.jsonl --model tree:d=65", "d must be a whole number from 1 to 64" },
        { "good.jsonl --model tree:train=", "train names no file" },
        { "good.jsonl --model oracle:overlap=2", "overlap=2: give a number from 0 to 1" },
        { "good.jsonl --model scores:", "names no file; write scores:FILE" },
        { "good.jsonl --columns bad=prompt",
          "--columns \"bad=prompt\": no dataset is called \"bad\"" },
        { "good.jsonl --contrast bad-good", "contrast \"bad-good\" is not of the form" },
        { "good.jsonl --volumes p=1,a=1", "--volumes gives a volume for --pretrain" },
        { "--align good.jsonl --volumes p=1", "expected p=P,a=A,t=T" },
        { "good.jsonl --seeds", "--seeds needs" },
        { "good.jsonl --model gzip --model xz --seeds --differences", "--differences compares" },
        { "good.jsonl --interval normal", "expected t, bca, percentile or studentised" },
        { "good.jsonl --confidence 1", "--confidence must lie between 0 and 1" },
        { "good.jsonl --replicates 10", "--replicates must be 100 to 1000000" },
        { "good.jsonl --depth 0", "--depth must be 1 to 64" },
        { "good.jsonl --depth 65", "--depth must be 1 to 64" },
        { "good.jsonl --folds x", "expected a whole number" },
    };
    char command[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(command, sizeof command, "$SPRINGBACK rate %s", cases[i].arguments);
        assert_refused_in(folder, command, 2, cases[i].part);
    }
}

static void test_failures(void **state)
{
    (void)state;
    char *path = file_in(folder, "empty.jsonl");
    write_file(path, "", 0);
    free(path);
    path = file_in(folder, "silent.jsonl");
    const char *silent = "{\"prompt\":\"a\",\"completion\":\"\"}\n";
    write_file(path, silent, strlen(silent));
    free(path);
    path = file_in(folder, "nan.tsv");
    const char *nan = "document\tposition\tid\tlog2_p\n0\t0\t0\t-1\n1\t0\t0\tnan\n";
    write_file(path, nan, strlen(nan));
    free(path);
    static const struct {
        const char *arguments, *part;
    } cases[] = {
        { "missing.jsonl", "missing.jsonl" },
        { "empty.jsonl", "empty.jsonl" },
        { "silent.jsonl", "none of its 1 documents has scored bytes" },
        { "good.jsonl --filter id=zzz", "good.jsonl" },
        { "good.jsonl --columns nothing", "nothing" },
        { "good.jsonl --model tree:train=missing.txt", "missing.txt" },
        { "good.jsonl --model scores:missing.tsv", "missing.tsv" },
        { "good.jsonl --model scores:nan.tsv", "nan.tsv line 3: log2_p \"nan\" is not" },
        { "good.jsonl --model scores:nan.tsv --rows new.tsv", "nan.tsv line 3" },
        { "good.jsonl --model oracle", "good.jsonl: q0: byte 59" },
        { "good.jsonl -o missing/rates.tsv", "missing" },
        { "good.jsonl -o /dev/full", "/dev/full" },
        { "good.jsonl --rows missing/rows.tsv", "missing/rows.tsv: cannot be written" },
        { "good.jsonl --rows /dev/full", "/dev/full: cannot be written: not a file" },
    };
    char command[512];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        snprintf(command, sizeof command, "$SPRINGBACK rate --quiet %s", cases[i].arguments);
        assert_refused_in(folder, command, 1, cases[i].part);
    }
    assert_refused_in(folder, "$SPRINGBACK rate --quiet good.jsonl >/dev/full", 1, "");
    /* A disk that is full after a kilobyte, in effect. */
    assert_refused_in(
        folder,
        "(trap '' XFSZ; ulimit -f 2; GCOV_PREFIX=/tmp/springback-profiles $SPRINGBACK rate --quiet good.jsonl --rows "
        "rows.tsv; status=$?; rm rows.tsv; exit $status)",
        1, "rows.tsv: ");
    char *left = output_in("ls -A | grep -v -x -e good.jsonl -e bad.jsonl -e one.txt "
                           "-e empty.jsonl -e silent.jsonl -e nan.tsv || true");
    assert_string_equal(left, "");
    free(left);
}

/* Every predictor of the registry, with every key that it takes in its line and the indented ones below. */
static void test_help(void **state)
{
    (void)state;
    char *output = output_in("$SPRINGBACK rate --help"), *help = strdup(output);
    for (size_t i = 0; sb_predictor_classes[i]; i++) {
        const struct sb_predictor_class *class = sb_predictor_classes[i];
        char start[64];
        snprintf(start, sizeof start, "\n  %s ", class->name);
        char *entry = strstr(help, start);
        if (!entry)
            fail_msg("%s is not listed", class->name);
        size_t n = 1 + strcspn(entry + 1, "\n");
        while (strncmp(entry + n, "\n           ", 12) == 0)
            n += 1 + strcspn(entry + n + 1, "\n");
        entry = strndup(entry, n);
        for (size_t k = 0; class->keys && class->keys[k]; k++)
            if (!strstr(entry, class->keys[k]))
                fail_msg("%s: no word of %s", class->name, class->keys[k]);
        free(entry);
    }
    free(help);
    free(output);
}

/* One document, all equal, without bytes, without weight, of probability zero, under each kind of model: a
 * refusal, or a table in which it is said, and never a NaN. */
static void test_bad_input(void **state)
{
    (void)state;
    static const char *const models[] = {
        "tree:d=8",
        "ctw",
        "ngram",
        "ngram:smoothing=wb",
        "ngram:tokenizer=bytes",
        "ctw:adaptive=1",
        "ngram:adaptive=1",
        "xz",
    };
    static const struct {
        const char *text;
        int status;
        const char *said; /* NULL: nothing in particular */
    } cases[] = {
        { "{\"text\":\"abc\"}\n", 0, "fewer than two documents: no interval" },
        { "{\"text\":\"abc\",\"weight\":2}\n{\"text\":\"bcd\",\"weight\":0}\n", 0,
          "fewer than two documents: no interval" },
        { "{\"text\":\"\"}\n{\"text\":\"ab\"}\n{\"text\":\"cd\"}\n", 0,
          "1 of 3 documents have no scored bytes" },
        { "{\"text\":\"\"}\n{\"text\":\"\"}\n", 1, "none of its 2 documents" },
        { "{\"text\":\"abc\",\"weight\":0}\n{\"text\":\"bcd\",\"weight\":0}\n", 1,
          "none of its 2 documents" },
        { "{\"text\":\"abc\"}\n{\"text\":\"abc\"}\n{\"text\":\"abc\"}\n", 0, "only 3 documents" },
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char *path = file_in(folder, "bad-input.jsonl"), command[256];
        write_file(path, cases[c].text, strlen(cases[c].text));
        free(path);
        for (size_t m = 0; m < sizeof models / sizeof *models; m++)
            for (size_t kind = 0; kind < SB_N_INTERVALS; kind += 3) {
                char *output, *messages;
                snprintf(command, sizeof command,
                         "$SPRINGBACK rate bad-input.jsonl --tsv --model %s --interval %s",
                         models[m], sb_interval_names[kind]);
                int status = run_in(command, &output, &messages);
                if (status != cases[c].status || !strstr(messages, cases[c].said) ||
                    strstr(output, "nan") || (status && *output))
                    fail_msg("case %zu, %s: %d\n%s%s", c, command, status, output, messages);
                if (status == 0 && m < 5 && c == 5 && !strstr(output, "all documents agree"))
                    fail_msg("%s\n%s", command, output);
                free(output);
                free(messages);
            }
    }
    /* Probability zero: an infinite rate and difference, which are said to be; two of them have none. */
    char *path = file_in(folder, "zero.tsv");
    const char *zero = "document\tposition\tid\tlog2_p\n0\t0\t0\t-inf\n1\t0\t0\t-2\n2\t0\t0\t-3\n";
    write_file(path, zero, strlen(zero));
    free(path);
    for (int i = 0; i < 2; i++) {
        char *output, *messages, command[256];
        snprintf(command, sizeof command,
                 "cp zero.tsv other.tsv && $SPRINGBACK rate bad-input.jsonl --differences --tsv "
                 "--model scores:zero.tsv --model %s",
                 i ? "scores:other.tsv" : "tree:d=8");
        assert_int_equal(run_in(command, &output, &messages), 0);
        if (strstr(output, "nan") || !strstr(output, "\tinf\t") ||
            (strstr(output, "\t-inf\t") != NULL) != (i == 0) ||
            !strstr(messages, "infinite: a probability is zero; no interval"))
            fail_msg("%s%s", output, messages);
        free(output);
        free(messages);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_rows_and_columns),
        TEST(test_same_bytes_at_any_threads),
        TEST(test_json),
        TEST(test_for_people),
        TEST(test_seeds),
        TEST(test_p_values_are_adjusted),
        TEST(test_one_document_is_a_sequence),
        TEST(test_ngrams_of_tokens),
        TEST(test_hard_cases_are_named),
        TEST(test_roles),
        TEST(test_one_file_twice),
        TEST(test_standard_input),
        TEST(test_scores_round_trip),
        TEST(test_oracle),
        TEST(test_ledger),
        TEST(test_usage),
        TEST(test_failures),
        TEST(test_bad_input),
        TEST(test_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* springback data through the binary: what it prints, and one line for every bad input. */
#include "tests/helpers.h"

/* The command must succeed and print exactly this. */
static void assert_prints(const char *command_line, const char *expected)
{
    char *output, *messages;
    int status = run_command(command_line, &output, &messages);
    if (status || strcmp(output, expected) || *messages)
        fail_msg("%s\n  exit %d, stderr: %s\n  stdout: %s\n  expected: %s", command_line, status,
                 messages, output, expected);
    free(output);
    free(messages);
}

/* Column `name` of the first row of the TSV that a command prints. */
static void assert_cell(const char *command_line, const char *name, const char *expected)
{
    char *output, *messages, *header, *row;
    int status = run_command(command_line, &output, &messages);
    if (status)
        fail_msg("%s: exit %d, %s", command_line, status, messages);
    header = output;
    while (*header == '#')
        header = strchr(header, '\n') + 1;
    row = strchr(header, '\n');
    assert_non_null(row);
    *row++ = 0;
    while (strcspn(header, "\t") != strlen(name) || strncmp(header, name, strlen(name))) {
        header += strcspn(header, "\t") + 1;
        row += strcspn(row, "\t\n") + 1;
    }
    row[strcspn(row, "\t\n")] = 0;
    if (strcmp(row, expected))
        fail_msg("%s: %s is %s, expected %s", command_line, name, row, expected);
    free(output);
    free(messages);
}

static void usage(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK data", 2, "name one of its subcommands");
    assert_refused("$SPRINGBACK data nothing", 2, "no subcommand \"nothing\"");
    assert_refused("$SPRINGBACK data stats", 2, "no dataset is named");
    assert_refused("$SPRINGBACK data head a b", 2, "\"b\": expected one dataset");
    assert_refused("$SPRINGBACK data convert --json a", 2, "the result is JSONL");
    static const char *const names[] = { "list", "head", "stats", "convert" };
    for (size_t i = 0; i < 4; i++) {
        char line[128], *output;
        snprintf(line, sizeof line, "$SPRINGBACK data %s --help", names[i]);
        assert_int_equal(run_command(line, &output, NULL), 0);
        assert_non_null(strstr(output, "usage: springback data "));
        free(output);
    }
}

static void list(void **state)
{
    (void)state;
    assert_prints("$SPRINGBACK data list data/samples",
                  "file                     format  n_bytes\n"
                  "data/samples/bad.jsonl   jsonl      2766\n"
                  "data/samples/fables.txt  text       1762\n"
                  "data/samples/good.jsonl  jsonl      3885\n");
}

static void head(void **state)
{
    (void)state;
    assert_prints("printf '{\"id\":1,\"prompt\":\"a\\\\nb\\\\n\",\"completion\":\"c\\\\u0007\","
                  "\"weight\":0.5}\\n{}' | $SPRINGBACK data head --limit 1 -",
                  "1: 6 bytes, 2 scored, weight 0.5\n| a\n| b\n> c\\x07\n\n");
    assert_prints("printf 'caf\\351\\n' | $SPRINGBACK data head --split line -",
                  "-:1: 4 bytes, 4 scored\n> caf\\xE9\n\n");
    assert_cell("printf 'ab\\ncd\\n' | $SPRINGBACK data head --tsv --split line -", "scored", "ab");
}

static void stats(void **state)
{
    (void)state;
    /* 24 completions; "text" of 2 + 0 + 4 bytes, the empty line being none. */
    assert_cell("$SPRINGBACK data stats --tsv data/samples/good.jsonl", "n_documents", "24");
    assert_cell("$SPRINGBACK data stats --tsv data/samples/good.jsonl", "columns",
                "prompt,completion");
    const char *line = "printf 'ab\\n\\nc\\351de' | $SPRINGBACK data stats --tsv --split line -";
    assert_cell(line, "n_documents", "2");
    assert_cell(line, "n_bytes", "6");
    assert_cell(line, "mean_bytes", "3");
    assert_cell(line, "shortest_bytes", "2");
    assert_cell(line, "longest_bytes", "4");
    assert_cell(line, "n_invalid_utf8", "1");
    assert_cell("$SPRINGBACK data stats --tsv --score all data/samples/good.jsonl --limit 1",
                "n_scored_bytes", "125");
}

/* What convert writes gives the same documents again. */
static void convert(void **state)
{
    (void)state;
    assert_prints("printf 'a\\0b\\n\"\\n' | $SPRINGBACK data convert --split line -",
                  "{\"id\":\"-:1\",\"text\":\"a\\u0000b\"}\n{\"id\":\"-:2\",\"text\":\"\\\"\"}\n");
    assert_prints("printf 'id,prompt,completion,weight\\n7,\"p,\",c,2\\n' |"
                  "$SPRINGBACK data convert --format csv -",
                  "{\"id\":\"7\",\"prompt\":\"p,\",\"completion\":\"c\",\"weight\":2.0}\n");
    char *folder = new_folder(), line[8000];
    snprintf(line, sizeof line,
             "$SPRINGBACK data convert data/samples/good.jsonl -o %s/x.jsonl && "
             "$SPRINGBACK data convert %s/x.jsonl | cmp - %s/x.jsonl && ls -A %s",
             folder, folder, folder, folder);
    assert_prints(line, "x.jsonl\n");
    snprintf(line, sizeof line, "printf '\\351' | $SPRINGBACK data convert - -o %s/y.jsonl",
             folder);
    assert_refused(line, 1, "-: not UTF-8, which JSON must be; convert the file first");
    snprintf(line, sizeof line, "ls -A %s", folder);
    assert_prints(line, "x.jsonl\n");
    remove_folder(folder);
}

static void pipes(void **state)
{
    (void)state;
    assert_cell("cat data/samples/good.jsonl | gzip | $SPRINGBACK data stats --tsv -",
                "n_documents", "24");
    assert_cell("tar -cf - data/samples | $SPRINGBACK data stats --tsv --format text -",
                "n_documents", "3");
    assert_cell("$SPRINGBACK data stats --tsv - <data/samples/bad.jsonl", "n_documents", "24");
}

static void bad_input(void **state)
{
    (void)state;
    char *folder = new_folder(), path[4200], line[8000];
    snprintf(path, sizeof path, "%s/good.jsonl.gz", folder);
    snprintf(line, sizeof line, "gzip -c data/samples/good.jsonl | head -c 900 >%s", path);
    assert_int_equal(run_command(line, NULL, NULL), 0);
    snprintf(line, sizeof line, "$SPRINGBACK data stats %s", path);
    assert_refused(line, 1, "good.jsonl.gz: damaged or truncated");
    snprintf(line, sizeof line, "$SPRINGBACK data convert %s -o %s/out.jsonl", path, folder);
    assert_refused(line, 1, "good.jsonl.gz: damaged or truncated");
    snprintf(line, sizeof line, "ls -A %s", folder);
    assert_prints(line, "good.jsonl.gz\n");
    remove_folder(folder);
    assert_refused("$SPRINGBACK data stats nowhere.jsonl", 1, "nowhere.jsonl: No such file");
    assert_refused("$SPRINGBACK data stats - </dev/null", 1, "-: no documents");
    assert_refused(
        "printf '{\"a\":1}' | $SPRINGBACK data stats -", 1,
        "- line 1: no \"text\", \"prompt\" with \"completion\", \"messages\" or \"ids\" among "
        "\"a\"; name the columns with --columns");
    assert_refused(
        "$SPRINGBACK data stats --columns a,b data/samples/good.jsonl", 1,
        "good.jsonl line 1: no column \"b\" for --columns; there are \"id\", \"prompt\", "
        "\"completion\"");
    assert_refused("$SPRINGBACK data stats --filter id=99 data/samples/good.jsonl", 1,
                   "good.jsonl: no documents left after --filter id=99 (24 read");
    assert_refused("$SPRINGBACK data stats --filter x=1 data/samples/good.jsonl", 1,
                   "no column \"x\" for --filter");
    assert_refused("yes a | tr -d '\\n' | head -c 5000 | $SPRINGBACK data stats --max-document 4K "
                   "--split line -",
                   1, "- line 1: longer than 4096 bytes; a larger --max-document allows it");
    assert_refused("{ printf '{\"text\":'; yes '[' | tr -d '\\n' | head -c 1000; } |"
                   "$SPRINGBACK data stats -",
                   1, "- line 1: nested deeper than 256");
    assert_refused("printf 'PAR1' | $SPRINGBACK data stats -", 1,
                   "Parquet is not read; convert it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(usage),     cmocka_unit_test(list),    cmocka_unit_test(head),
        cmocka_unit_test(stats),     cmocka_unit_test(convert), cmocka_unit_test(pipes),
        cmocka_unit_test(bad_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

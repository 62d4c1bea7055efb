/* springback data generate: the files it writes, and what wrong usage gets. */
#include "helpers.h"

/* The first lines of seed 1: the same on every machine. */
static void test_first_lines(void **state)
{
    (void)state;
    char *output, *messages;
    assert_int_equal(
        run_command("$SPRINGBACK data generate --dialect 2 --documents 2", &output, &messages), 0);
    assert_string_equal(output,
                        "{\"id\":\"s1-d2-1\",\"dialect\":2,\"text\":"
                        "\"aiielifiyidiouoiwafarudipoiapymididizedoryoyrueizyrupobile\"}\n"
                        "{\"id\":\"s1-d2-2\",\"dialect\":2,\"text\":"
                        "\"audoeyyumuzumasowueudodipiuorusopubyeefugapikoyyselakedory\"}\n");
    /* 58 bytes: 158.473051 / 464 = 0.341537. */
    assert_string_equal(messages,
                        "springback: documents of 58 bytes; exact entropy 158.473051 bits "
                        "each, rate 0.341537\n");
    free(output);
    free(messages);
}

/* A mixture names each document's dialect; equal parts are the default; more documents begin with
 * fewer ones. */
static void test_mixture(void **state)
{
    (void)state;
    char *some, *more, *other;
    assert_int_equal(
        run_command("$SPRINGBACK data generate --documents 200 --seed 3 --quiet", &some, NULL), 0);
    assert_int_equal(run_command("$SPRINGBACK data generate --documents 201 --seed 3 --quiet "
                                 "--mixture 1/3,1/3,1/3",
                                 &more, NULL),
                     0);
    assert_int_equal(
        run_command("$SPRINGBACK data generate --documents 200 --seed 4 --quiet", &other, NULL), 0);
    assert_int_equal(strncmp(some, more, strlen(some)), 0);
    assert_string_not_equal(some, other);
    assert_int_equal(strncmp(some, "{\"id\":\"s3-mix-1\",\"dialect\":", 27), 0);
    size_t n[3] = { 0 };
    for (const char *c = some; (c = strstr(c, "\"dialect\":")); c += 10)
        n[c[10] - '1']++;
    assert_int_equal(n[0] + n[1] + n[2], 200);
    for (size_t d = 0; d < 3; d++)
        assert_true(n[d] > 40 && n[d] < 95); /* 66.7 +- 6.7 */
    free(some);
    free(more);
    free(other);
}

/* Lines of text are the texts of the records; a file is written whole. */
static void test_text_and_file(void **state)
{
    (void)state;
    char *folder = new_folder(), line[4600], path[4300];
    snprintf(
        line, sizeof line,
        "cd '%s' && g='data generate --documents 20 --quiet --language length=3,topics=200' && "
        "$SPRINGBACK $g -o a.jsonl && $SPRINGBACK $g --text -o a.txt && "
        "sed 's/.*\"text\":\"//; s/\"}//' a.jsonl | cmp - a.txt && ls -A | wc -l",
        folder);
    char *output;
    assert_int_equal(run_command(line, &output, NULL), 0);
    assert_int_equal(atoi(output), 2);
    free(output);
    snprintf(path, sizeof path, "%s/a.txt", folder);
    size_t n;
    free(read_file(path, &n));
    assert_int_equal(n, 20 * (4 * 4 + 1)); /* 4 words of 4 bytes: 336 words need two syllables */
    remove_folder(folder);
}

static void test_refusals(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK data generate --dialect 4", 2,
                   "--dialect \"4\": expected 1, 2 or 3");
    assert_refused("$SPRINGBACK data generate --dialect ''", 2, "expected 1, 2 or 3");
    assert_refused("$SPRINGBACK data generate --dialect 1 --mixture 1,1,1", 2,
                   "exclude each other");
    assert_refused("$SPRINGBACK data generate --mixture 1,1", 2, "three proportions");
    assert_refused("$SPRINGBACK data generate --language overlap=x", 2, "overlap=x: give a number");
    assert_refused("$SPRINGBACK data generate --json", 2, "the result is JSONL");
    assert_refused("$SPRINGBACK data generate --documents 0", 2, "expected at least 1");
    assert_refused("$SPRINGBACK data generate x.jsonl", 2, "write them with -o FILE");
    assert_refused("$SPRINGBACK data generate -o /no/such/folder/x.jsonl", 1,
                   "/no/such/folder/x.jsonl");
    if (access("/dev/full", W_OK) == 0)
        assert_refused("$SPRINGBACK data generate --documents 10000 >/dev/full", 1,
                       "No space left on device");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_lines),
        cmocka_unit_test(test_mixture),
        cmocka_unit_test(test_text_and_file),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

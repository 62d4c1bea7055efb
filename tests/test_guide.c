/* Every example in the README, the guide, the cookbook, floating-point.md and unexplained.md
 * is run, and must print what stands there.
 *
 * An example is a fenced block marked "console": "$ command" lines (continued by a backslash), each
 * followed by the output expected of it. A line "..." stands for any number of lines. The block runs
 * in an empty folder from which data/samples/ can be seen; files that one block writes are there for
 * the next of the same document.
 */
#include "tests/helpers.h"

struct example {
    char command[8192];
    char expected[32768];
    int line;
};

/* The next line of *text into line, without its newline; false at the end. */
static bool next_line(const char **text, char *line, size_t size)
{
    if (!**text)
        return false;
    size_t n = strcspn(*text, "\n");
    assert_true(n < size);
    memcpy(line, *text, n);
    line[n] = 0;
    *text += n + ((*text)[n] == '\n');
    return true;
}

static bool lines_match(const char *expected, const char *actual)
{
    char a[8192], b[8192];
    while (next_line(&expected, a, sizeof a)) {
        if (strcmp(a, "...") == 0) {
            do
                if (lines_match(expected, actual))
                    return true;
            while (next_line(&actual, b, sizeof b));
            return false;
        }
        if (!next_line(&actual, b, sizeof b) || strcmp(a, b) != 0)
            return false;
    }
    return !*actual;
}

static void run_example(const struct example *example, const char *document, const char *folder)
{
    char line[16384], *output, *messages;
    snprintf(line, sizeof line, "PATH=\"$(dirname \"$SPRINGBACK\"):$PATH\"; cd '%s' && %s", folder,
             example->command);
    int status = run_command(line, &output, &messages);
    if (status || !lines_match(example->expected, output))
        fail_msg("%s line %d: %s\n-- exit %d, printed --\n%s%s-- expected --\n%s", document,
                 example->line, example->command, status, output, messages, example->expected);
    free(output);
    free(messages);
}

/* Reads on from a "$ command" line; line then holds the first line that is not the example's. */
static void read_example(const char **text, char *line, size_t size, int *number,
                         struct example *example)
{
    example->line = *number;
    example->expected[0] = 0;
    snprintf(example->command, sizeof example->command, "%s", line + 2);
    size_t n;
    while ((n = strlen(example->command)) && example->command[n - 1] == '\\' &&
           next_line(text, line, size)) {
        ++*number;
        snprintf(example->command + n - 1, sizeof example->command - n + 1, "%s", line);
    }
    while (next_line(text, line, size)) {
        ++*number;
        if (strncmp(line, "$ ", 2) == 0 || strncmp(line, "```", 3) == 0)
            return;
        n = strlen(example->expected);
        assert_true(n + strlen(line) + 2 < sizeof example->expected);
        snprintf(example->expected + n, sizeof example->expected - n, "%s\n", line);
    }
    fail_msg("line %d: the example is not closed", example->line);
}

static void run_document(const char *document, int at_least)
{
    char *folder = new_folder(), *data = file_in(folder, "data"), *top = getcwd(NULL, 0);
    char *source = file_in(top, "data"), *all = read_file(document, NULL), line[8192];
    assert_int_equal(symlink(source, data), 0);
    static struct example example;
    const char *text = all;
    int number = 0, n_examples = 0;
    bool in_console = false;
    while (next_line(&text, line, sizeof line)) {
        number++;
        while (in_console && strncmp(line, "$ ", 2) == 0) {
            read_example(&text, line, sizeof line, &number, &example);
            run_example(&example, document, folder);
            n_examples++;
        }
        if (strncmp(line, "```", 3) == 0)
            in_console = !in_console && strcmp(line, "```console") == 0;
    }
    if (n_examples < at_least)
        fail_msg("%s has %d examples; at least %d were expected", document, n_examples, at_least);
    free(all);
    free(source);
    free(top);
    free(data);
    remove_folder(folder);
}

static void test_readme(void **state)
{
    (void)state;
    run_document("README.md", 1);
}

static void test_guide(void **state)
{
    (void)state;
    run_document("docs/guide.md", 8);
}

static void test_cookbook(void **state)
{
    (void)state;
    run_document("docs/cookbook.md", 8);
}

static void test_floating_point(void **state)
{
    (void)state;
    run_document("docs/floating-point.md", 4);
}

static void test_unexplained(void **state)
{
    (void)state;
    run_document("docs/unexplained.md", 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_readme), cmocka_unit_test(test_guide),
                                        cmocka_unit_test(test_cookbook),
                                        cmocka_unit_test(test_floating_point),
                                        cmocka_unit_test(test_unexplained) };
    return cmocka_run_group_tests_name("documents", tests, NULL, NULL);
}

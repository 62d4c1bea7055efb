/* Documents with examples, which are run and must print what stands there.
 *
 * An example is a fenced block marked "console": "$ command" lines (which go on after a backslash, after a
 * pipe, and within single quotes), each followed by the output expected of it. A line "..." stands for any
 * number of lines. The block runs in an empty folder from which data/samples/ can be seen; files that one
 * block writes are there for the next of the same document.
 */
#ifndef SB_TESTS_DOCUMENTS_H
#define SB_TESTS_DOCUMENTS_H

#include "helpers.h"

struct example {
    char command[8192];
    char expected[32768];
    int line;
};

/* The next line of *text into line, without its newline; false at the end. */
static inline bool next_line(const char **text, char *line, size_t size)
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

static inline bool lines_match(const char *expected, const char *actual)
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

static inline void run_example(const struct example *example, const char *document,
                               const char *folder)
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

/* Whether a command goes on in the next line: after a backslash, a pipe, or within single quotes. */
static inline bool goes_on(const char *command)
{
    size_t n = strlen(command), n_quotes = 0;
    for (const char *c = command; *c; c++)
        n_quotes += *c == '\'';
    return n_quotes % 2 == 1 || (n && strchr("\\|", command[n - 1]));
}

/* Reads on from a "$ command" line; line then holds the first line that is not the example's. */
static inline void read_example(const char **text, char *line, size_t size, int *number,
                                struct example *example)
{
    example->line = *number;
    example->expected[0] = 0;
    snprintf(example->command, sizeof example->command, "%s", line + 2);
    size_t n;
    while (goes_on(example->command) && next_line(text, line, size)) {
        ++*number;
        n = strlen(example->command);
        assert_true(n + strlen(line) + 2 < sizeof example->command);
        snprintf(example->command + n, sizeof example->command - n, "\n%s", line);
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

static inline void run_document(const char *document, int at_least)
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

#endif

/* What the tests share: comparisons that print what differed, temporary folders, running the
 * binary. */
#ifndef SB_TESTS_HELPERS_H
#define SB_TESTS_HELPERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* |actual - expected| <= tolerance max(1e-300, |expected|); zeros are compared absolutely;
 * infinities must be equal. */
static inline void assert_close_at(double actual, double expected, double tolerance,
                                   const char *what, const char *file, int line)
{
    double scale = expected == 0 ? 1 : fabs(expected);
    bool ok = isinf(expected) ? actual == expected : fabs(actual - expected) <= tolerance * scale;
    if (!ok) {
        print_error("%s: %.17g, expected %.17g (relative %.3g)\n", what, actual, expected,
                    fabs(actual - expected) / scale);
        _fail(file, line);
    }
}
#define assert_close(actual, expected, tolerance)                                                  \
    assert_close_at((actual), (expected), (tolerance), #actual, __FILE__, __LINE__)

/* A new empty folder; its name is to be freed. remove_folder deletes it with all that is in it. */
static inline char *new_folder(void)
{
    const char *base = getenv("TMPDIR");
    char name[4096];
    snprintf(name, sizeof name, "%s/springback-test-XXXXXX", base ? base : "/tmp");
    assert_non_null(mkdtemp(name));
    char *copy = strdup(name);
    assert_non_null(copy);
    return copy;
}

static inline void remove_folder(char *folder)
{
    char command[4200];
    snprintf(command, sizeof command, "chmod -R u+w '%s'; rm -rf '%s'", folder, folder);
    assert_int_equal(system(command), 0);
    free(folder);
}

/* "folder/name" as a new string. */
static inline char *file_in(const char *folder, const char *name)
{
    char *path = malloc(strlen(folder) + strlen(name) + 2);
    assert_non_null(path);
    sprintf(path, "%s/%s", folder, name);
    return path;
}

static inline void write_file(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

/* The whole file and a terminating 0; *n may be NULL. */
static inline char *read_file(const char *path, size_t *n)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot open %s", path);
    size_t size = 0, capacity = 1 << 16;
    char *text = malloc(capacity);
    assert_non_null(text);
    size_t got;
    while ((got = fread(text + size, 1, capacity - size - 1, file)) > 0) {
        size += got;
        if (capacity - size < 2) {
            text = realloc(text, capacity *= 2);
            assert_non_null(text);
        }
    }
    fclose(file);
    text[size] = 0;
    if (n)
        *n = size;
    return text;
}

/* Runs a shell command line in which $SPRINGBACK is the binary under test; returns its exit status.
 * Standard output and standard error go to new strings (either pointer may be NULL). */
static inline int run_command(const char *command_line, char **output, char **messages)
{
    char *folder = new_folder(), path[4200];
    size_t size = strlen(command_line) + 2 * strlen(folder) + 64;
    char *line = malloc(size);
    assert_non_null(line);
    snprintf(line, size, "{ %s\n} >'%s/out' 2>'%s/err' </dev/null", command_line, folder, folder);
    int status = system(line);
    free(line);
    if (output) {
        snprintf(path, sizeof path, "%s/out", folder);
        *output = read_file(path, NULL);
    }
    if (messages) {
        snprintf(path, sizeof path, "%s/err", folder);
        *messages = read_file(path, NULL);
    }
    remove_folder(folder);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/* Ends a test that needs them where regular expressions are off (data/pattern.h). */
#define NEED_REGEX()                                                                               \
    do {                                                                                           \
        if (!sb_pattern_has_regex()) {                                                             \
            print_message("regular expressions are off: built without PCRE2\n");                   \
            skip();                                                                                \
        }                                                                                          \
    } while (0)

/* The command must exit with status and say exactly one line on standard error, which contains
 * part; nothing on standard output. */
static inline void assert_refused(const char *command_line, int status, const char *part)
{
    char *output, *messages;
    int actual = run_command(command_line, &output, &messages);
    char *newline = strchr(messages, '\n');
    if (actual != status || !strstr(messages, part) || !newline || newline[1] || *output)
        fail_msg("%s\n  exit %d (expected %d)\n  stderr: %s  expected: %s\n  stdout: %s",
                 command_line, actual, status, messages, part, output);
    free(output);
    free(messages);
}

/* The same of a command in a folder; and one that must succeed, with part in what it prints. */
static inline void assert_refused_in(const char *folder, const char *command, int status,
                                     const char *part)
{
    char line[4096];
    int n = snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    assert_true(n > 0 && (size_t)n < sizeof line);
    assert_refused(line, status, part);
}

static inline void assert_prints_in(const char *folder, const char *command, const char *part)
{
    char line[4096], *output, *messages;
    int n = snprintf(line, sizeof line, "cd '%s' && %s", folder, command);
    assert_true(n > 0 && (size_t)n < sizeof line);
    int status = run_command(line, &output, &messages);
    if (status || !strstr(output, part))
        fail_msg("%s\n  exit %d\n  stdout: %s\n  stderr: %s\n  expected: %s", command, status,
                 output, messages, part);
    free(output);
    free(messages);
}

#endif

#include "theory/certificate_reader.h"

#include <stdlib.h>
#include <string.h>

enum sb_status sb_reader_fail(const struct sb_reader *reader, const char *what)
{
    return sb_fail(reader->error, SB_FORMAT, "%s line %zu: %s", reader->name, reader->line, what);
}

void sb_reader_clear(struct sb_reader *reader)
{
    free(reader->copy);
    free(reader->words);
    reader->copy = NULL;
    reader->words = NULL;
}

enum sb_status sb_reader_next(struct sb_reader *reader)
{
    const char *start = reader->text + reader->at;
    const char *newline = memchr(start, '\n', reader->size - reader->at);
    reader->line++;
    if (!newline)
        return sb_reader_fail(reader, "the certificate ends too early");
    size_t n = (size_t)(newline - start), n_words = 1;
    if (n == 0 || memchr(start, 0, n) || start[0] == ' ' || start[n - 1] == ' ')
        return sb_reader_fail(reader, "not a line of a certificate");
    for (size_t i = 0; i < n; i++)
        n_words += start[i] == ' ';
    sb_reader_clear(reader);
    reader->copy = malloc(n + 1);
    reader->words = malloc(n_words * sizeof *reader->words);
    if (!reader->copy || !reader->words)
        return sb_fail_memory(reader->error);
    memcpy(reader->copy, start, n);
    reader->copy[n] = 0;
    reader->n_words = 0;
    reader->words[reader->n_words++] = reader->copy;
    for (size_t i = 0; i < n; i++)
        if (reader->copy[i] == ' ') {
            reader->copy[i] = 0;
            reader->words[reader->n_words++] = reader->copy + i + 1;
        }
    reader->n_bytes = n;
    reader->at += n + 1;
    return SB_OK;
}

enum sb_status sb_reader_line(struct sb_reader *reader, const char *first, const char *second,
                              size_t n_words)
{
    enum sb_status status = sb_reader_next(reader);
    if (status)
        return status;
    if (strcmp(reader->words[0], first) != 0 || (n_words && reader->n_words != n_words) ||
        (second && (reader->n_words < 2 || strcmp(reader->words[1], second) != 0)))
        return sb_fail(reader->error, SB_FORMAT, "%s line %zu: expected \"%s%s%s ...\"",
                       reader->name, reader->line, first, second ? " " : "", second ? second : "");
    return SB_OK;
}

bool sb_reader_says(const struct sb_reader *reader, const char *rest)
{
    size_t n = strlen(reader->words[0]) + 1;
    return rest && reader->n_bytes == n + strlen(rest) &&
           memcmp(reader->text + reader->at - 1 - strlen(rest), rest, strlen(rest)) == 0;
}

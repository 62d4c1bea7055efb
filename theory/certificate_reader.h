/* The lines of a certificate, one after the other: words separated by single spaces. Errors name the
 * file and the line. */
#ifndef SB_THEORY_CERTIFICATE_READER_H
#define SB_THEORY_CERTIFICATE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include "theory/status.h"

struct sb_reader {
    const char *name, *text; /* views */
    size_t size, at;         /* of text; where the next line begins */
    size_t line;             /* the number of the line in words, from 1 */
    char *copy;              /* of that line */
    char **words;
    size_t n_words, n_bytes; /* n_bytes: of the line */
    struct sb_error *error;
};

/* The next line, of at least one word; SB_FORMAT at the end of the file or without a newline. */
enum sb_status sb_reader_next(struct sb_reader *reader);

/* The next line, which must begin with these words (second may be NULL) and have n_words words (0:
 * any number). */
enum sb_status sb_reader_line(struct sb_reader *reader, const char *first, const char *second,
                              size_t n_words);

/* Whether the line at hand is its first word, a space, and rest. rest may be NULL: false. */
bool sb_reader_says(const struct sb_reader *reader, const char *rest);

/* "NAME line N: what"; SB_FORMAT. */
enum sb_status sb_reader_fail(const struct sb_reader *reader, const char *what);

void sb_reader_clear(struct sb_reader *reader);

#endif

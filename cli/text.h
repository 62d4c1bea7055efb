/* Strings and whole files, for the commands that write documents. */
#ifndef SB_CLI_TEXT_H
#define SB_CLI_TEXT_H

#include <stddef.h>
#include "theory/status.h"

/* A new formatted string, NULL when there is no memory. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
char *
cli_text(const char *format, ...);

/* The whole file as a new string with a 0 behind its *size bytes (size may be NULL). */
enum sb_status cli_read_file(const char *path, char **bytes, size_t *size, struct sb_error *error);

#endif

/* What normalisers and pre-tokenizers search for: a string, or a regular expression (Unicode classes,
 * Oniguruma's syntax as far as data/oniguruma.h takes it). The only user of PCRE2; built
 * without it, regular expressions are refused with a line that says what to install.
 */
#ifndef SB_DATA_PATTERN_H
#define SB_DATA_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

struct sb_pattern; /* does not change once it is made: threads may share it */

/* Whether this build has PCRE2. */
bool sb_pattern_has_regex(void);

/* A string of n >= 1 bytes, found as it is. */
enum sb_status sb_pattern_create_string(const char *string, size_t n, struct sb_pattern **pattern);
/* SB_UNSUPPORTED and SB_FORMAT say in *error what is not implemented or wrong, without the file. An
 * expression that matches nothing at all ("x*") is not implemented. */
enum sb_status sb_pattern_create_regex(const char *expression, size_t n,
                                       struct sb_pattern **pattern, struct sb_error *error);
void sb_pattern_free(struct sb_pattern *pattern);

/* What a search needs beside the pattern; any pattern, one per thread. */
struct sb_matcher;
enum sb_status sb_matcher_create(struct sb_matcher **matcher);
void sb_matcher_free(struct sb_matcher *matcher);

/* The first match in text[from..n-1], begin < end; SB_END: none. text is UTF-8, and from stands between
 * characters; what lies before it is seen by looking behind. SB_NUMERIC: the search was given up.
 * A string is found in any bytes, and needs no matcher. */
enum sb_status sb_pattern_find(const struct sb_pattern *pattern, struct sb_matcher *matcher,
                               const uint8_t *text, size_t n, size_t from, size_t *begin,
                               size_t *end);

#endif

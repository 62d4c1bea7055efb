/* The regular expressions of tokenizer.json are written for Oniguruma (Ruby's syntax); here they are
 * matched by PCRE2. This translates the part of the syntax that pre-tokenizers use into an expression
 * that means the same there, and refuses the rest:
 *
 *   \s \S            spelled out as White_Space, which PCRE2 takes more widely (U+180E)
 *   \w \W \d \D      spelled out in general categories
 *   \p{Han}          the script itself, not its extensions
 *   \v \uHHHH        U+000B, U+HHHH
 *   (?i:...)         around plain characters only: folding of classes differs
 *
 * Refused: anchors, \b and \h, back references, options for the rest of a group, "&&", nested and POSIX
 * classes, intervals followed by '+' or '?'.
 */
#ifndef SB_DATA_ONIGURUMA_H
#define SB_DATA_ONIGURUMA_H

#include <stddef.h>
#include "data/buffer.h"
#include "theory/status.h"

/* Appends the translation of an expression, which is UTF-8, to *out. SB_UNSUPPORTED: *problem is what is
 * not implemented, a view of a literal. */
enum sb_status sb_oniguruma_translate(const char *expression, size_t n, struct sb_buffer *out,
                                      const char **problem);

#endif

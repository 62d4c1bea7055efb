/* UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef SB_DATA_UTF8_H
#define SB_DATA_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Length of the longest well-formed beginning of bytes[0..n-1]. Several GB/s where it is ASCII. */
size_t sb_utf8_valid_length(const uint8_t *bytes, size_t n);

/* Whether all of it is well-formed. */
bool sb_utf8_valid(const uint8_t *bytes, size_t n);

/* Writes a scalar value (at most U+10FFFF, not a surrogate) and returns its length, 1 to 4. */
size_t sb_utf8_encode(uint32_t scalar, uint8_t bytes[4]);

#endif

/* The alphabet of byte-level vocabularies: every byte is written as one printable character, so that a
 * vocabulary of byte strings can be a file of text. The bytes 21..7E, A1..AC and AE..FF (hexadecimal)
 * are the characters of the same number; the others, in order, are U+0100, U+0101, ... (space is U+0120).
 */
#ifndef SB_DATA_BYTE_ALPHABET_H
#define SB_DATA_BYTE_ALPHABET_H

#include <stddef.h>
#include <stdint.h>

/* Writes the character of a byte, in UTF-8, and returns its length, 1 or 2. */
size_t sb_byte_alphabet_write(uint8_t byte, uint8_t out[2]);

/* The byte whose character begins text[0..n-1], n >= 1, and the character's length; -1 if there is
 * none. */
int sb_byte_alphabet_read(const uint8_t *text, size_t n, size_t *length);

#endif

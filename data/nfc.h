/* Unicode normalisation form C: characters composed where they can be, marks in canonical order
 * (Unicode Standard Annex 15). The only user of utf8proc.
 *
 * The text is taken in segments that normalisation cannot join: each begins with a character that is no
 * mark, and neither composes with what stands before it nor decomposes into marks. A changed segment keeps
 * its place as a whole.
 */
#ifndef SB_DATA_NFC_H
#define SB_DATA_NFC_H

#include <stdbool.h>
#include <stdint.h>
#include "data/aligned.h"
#include "theory/status.h"

/* Whether all of text[0..n-1] lies below U+0300: then it is in form C. */
bool sb_nfc_is_plain(const uint8_t *text, size_t n);

/* Whether a character can begin a segment. */
bool sb_nfc_begins_segment(uint32_t scalar);

/* Appends the form C of a text, which is UTF-8. O(n), whatever it holds. */
enum sb_status sb_nfc_append(const struct sb_aligned_view *text, struct sb_aligned *out);

#endif

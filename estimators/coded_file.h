/* Coded files: bytes as `springback code` stores them (docs/formats.md, "Coded files").
 *
 *     offset  bytes
 *     0       7       89 'S' 'B' 'c' 'o' 'd' 'e'    (89 is not ASCII: no text begins so)
 *     7       1       version, 1
 *     8       16      fingerprint of the model (estimators/predictor.h)
 *     24      8       n: number of original bytes
 *     32      8       m: number of payload bytes
 *     40      4       CRC-32 of the original bytes
 *     44      m       payload: the decisions of the model, arithmetically coded
 *     44 + m  4       CRC-32 of all that stands before it
 *
 * Numbers have their least significant byte first. The last checksum finds damage before anything is
 * decoded (any single flipped bit, and any run of up to 32); the sizes tell a truncated file from a
 * damaged one; the first checksum is the proof that what was decoded is what was coded.
 */
#ifndef SB_ESTIMATORS_CODED_FILE_H
#define SB_ESTIMATORS_CODED_FILE_H

#include <stddef.h>
#include <stdint.h>
#include "data/buffer.h"
#include "estimators/predictor.h"
#include "theory/status.h"

enum { SB_CODED_FRAME_BYTES = 48 }; /* all but the payload */

/* CRC-32 as in zlib, PNG and Ethernet (polynomial edb88320, reflected). Start with crc = 0. */
uint32_t sb_crc32(uint32_t crc, const uint8_t *bytes, size_t n);

/* Appends the coded file of the bytes to *file, and tells the ideal code length. The predictor can
 * code and is finished, and has then coded: it can only be freed. Memory: the predictor's, and twice
 * the payload. On failure *file holds nothing more than before. */
enum sb_status sb_coded_file_encode(struct sb_predictor *predictor, const uint8_t *bytes,
                                    size_t n_bytes, struct sb_buffer *file, struct sb_score *score,
                                    struct sb_error *error);

/* Appends the original bytes of a coded file to *bytes, checksums compared. name is the file's, model the
 * model's, for errors. SB_FORMAT: no coded file, another version, truncated, damaged, coded under
 * another model. SB_LIMIT: more than max_bytes original bytes; nothing of that size is allocated.
 * On failure *bytes holds nothing more than before. */
enum sb_status sb_coded_file_decode(struct sb_predictor *predictor, const uint8_t *file, size_t n,
                                    const char *name, const char *model, size_t max_bytes,
                                    struct sb_buffer *bytes, struct sb_error *error);

#endif

/* Decoders: from the texts of tokens to text. ByteLevel, ByteFallback, Replace, Fuse, Strip, Metaspace,
 * and sequences of them: each takes a row of pieces and gives one. The pieces joined are the text.
 */
#ifndef SB_DATA_DECODER_H
#define SB_DATA_DECODER_H

#include <stddef.h>
#include "data/buffer.h"
#include "data/json.h"
#include "theory/status.h"

struct sb_decoder; /* does not change once it is made */

/* From the "decoder" of a tokenizer.json. SB_UNSUPPORTED: null, which would put spaces between tokens;
 * Replace by a regular expression (pieces need not be UTF-8). */
enum sb_status sb_decoder_create(const char *file, const struct sb_json *json,
                                 struct sb_decoder **decoder, struct sb_error *error);
void sb_decoder_free(struct sb_decoder *decoder);

/* A row of pieces of text. Starts as { 0 }. */
struct sb_pieces {
    struct sb_buffer text;
    size_t *ends; /* of each piece in text */
    size_t n, capacity;
};
/* Ends a piece: what was appended to text since the last one. */
enum sb_status sb_pieces_end(struct sb_pieces *pieces);
void sb_pieces_clear(struct sb_pieces *pieces);

/* Decodes pieces[0], which is overwritten, as is pieces[1], the scratch; *text is where the result is.
 * Bytes of ByteFallback are given as they are, also where they are not UTF-8. O(bytes). */
enum sb_status sb_decoder_apply(const struct sb_decoder *decoder, struct sb_pieces pieces[2],
                                const struct sb_buffer **text);

#endif

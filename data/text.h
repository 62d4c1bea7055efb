/* Plain text as documents: the whole file, lines, or blocks of lines. Bytes are kept as they are. */
#ifndef SB_DATA_TEXT_H
#define SB_DATA_TEXT_H

#include "data/buffer.h"
#include "data/corpus.h"
#include "data/lines.h"

struct sb_text {
    const struct sb_corpus_options *options;
    struct sb_lines *lines; /* of the current entry */
    struct sb_buffer bytes;
    size_t n_blocks;
    bool is_over;
};

void sb_text_init(struct sb_text *text, const struct sb_corpus_options *options,
                  struct sb_lines *lines);
void sb_text_clear(struct sb_text *text);
/* After sb_lines_restart. */
void sb_text_restart(struct sb_text *text);

/* The next document's bytes, a view until the next call, and its number: of the line or block from 1,
 * 0 for a whole file. Documents are never empty: empty files, lines and blocks are none. SB_END after
 * the last; SB_LIMIT for one that is too large. */
enum sb_status sb_text_next(struct sb_text *text, const uint8_t **bytes, size_t *n, size_t *record,
                            struct sb_error *error);

#endif

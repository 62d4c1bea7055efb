/* Documents of token ids: the values of a column like "ids": [464, 21831, 531], and of "loss_mask". */
#ifndef SB_DATA_TOKEN_IDS_H
#define SB_DATA_TOKEN_IDS_H

#include <stdbool.h>
#include "data/buffer.h"
#include "data/corpus.h"
#include "data/record.h"
#include "theory/status.h"

/* Whether a value can be ids: an array that begins with a number, or an empty one under the name
 * "ids". */
bool sb_token_ids_are(const char *column, const struct sb_json *value);

struct sb_token_ids {
    struct sb_buffer ids, mask;
};
void sb_token_ids_clear(struct sb_token_ids *scratch);

/* Sets ids, n_ids and loss_mask of a document, views of *scratch until the next call; the mask is left
 * out (all are scored) if score_all, or if the record has none. SB_FORMAT names the line and the place
 * of what is no id (a whole number below 2^32 - 1) or no mask (0, 1, true or false; of T ids, T
 * entries, the first of which says nothing, or T - 1). O(n). */
enum sb_status sb_token_ids_read(const struct sb_record *record, const char *column, bool score_all,
                                 struct sb_token_ids *scratch, struct sb_document *document,
                                 struct sb_error *error);

#endif

/* From records to documents: which columns are the prompt and the text, which records a filter keeps,
 * and where the scored span lies. The rules stand in data/corpus.h.
 *
 * The columns are settled by the first record and are the same for the whole corpus.
 */
#ifndef SB_DATA_COLUMNS_H
#define SB_DATA_COLUMNS_H

#include <stdbool.h>
#include "data/buffer.h"
#include "data/corpus.h"
#include "data/record.h"
#include "data/token_ids.h"

struct sb_columns {
    const struct sb_corpus_options *options;
    char *prompt;     /* NULL: the completion column is the whole text, or messages */
    char *completion; /* NULL until the first record */
    char names[256];  /* "prompt,completion", for people */
    bool has_prompts; /* there is a prompt column, or the completion column holds messages */
    bool are_ids;     /* the completion column holds token ids */
    struct sb_token_ids ids;
    struct sb_buffer bytes, id;
};

void sb_columns_init(struct sb_columns *columns, const struct sb_corpus_options *options);
void sb_columns_clear(struct sb_columns *columns);

/* Settles the columns, and checks those of the filters, with a record. Does nothing once that is done.
 * SB_FORMAT names the columns there are. */
enum sb_status sb_columns_settle(struct sb_columns *columns, const struct sb_record *record,
                                 struct sb_error *error);

/* Whether all filters hold. */
enum sb_status sb_columns_filter(struct sb_columns *columns, const struct sb_record *record,
                                 bool *keep, struct sb_error *error);

/* The document that a record is: bytes and id are views until the next call. SB_FORMAT for a missing
 * column or one of the wrong type, SB_LIMIT for a document that is too large. */
enum sb_status sb_columns_document(struct sb_columns *columns, const struct sb_record *record,
                                   struct sb_document *document, struct sb_error *error);

#endif

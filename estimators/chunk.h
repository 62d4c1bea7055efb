/* Documents copied out of a corpus, a mebibyte at a time (or what the predictor asks for), so that threads
 * can score them side by side while the corpus is read by one. For estimators/measure.c.
 */
#ifndef SB_ESTIMATORS_CHUNK_H
#define SB_ESTIMATORS_CHUNK_H

#include <stdbool.h>
#include <stddef.h>
#include "data/buffer.h"
#include "estimators/predictor.h"

struct sb_chunk_document {
    struct sb_document document; /* its views point into the chunk */
    size_t dataset, number;      /* number within the dataset */
    size_t index;                /* number through all datasets */
    struct sb_score score;
    bool is_lossy;
    struct sb_token_score *tokens; /* (score.n_tokens), or NULL; the chunk's */
};

struct sb_chunk {
    struct sb_chunk_document *items;
    size_t n;
    struct sb_buffer arena;
};

/* n_bytes 0: a mebibyte. */
enum sb_status sb_chunk_init(struct sb_chunk *chunk, size_t n_bytes);
void sb_chunk_clear(struct sb_chunk *chunk);

/* Copies a document; its score is 0 bits. SB_END, and nothing is done, when the chunk is full: score
 * it, reset it, and add again. A document larger than a chunk gets one of its own. */
enum sb_status sb_chunk_add(struct sb_chunk *chunk, const struct sb_document *document,
                            size_t dataset, size_t number, size_t index);

void sb_chunk_reset(struct sb_chunk *chunk);

/* Scores the documents that have a span, on n_threads threads. with_tokens: of classes with score_all. */
enum sb_status sb_chunk_score(struct sb_chunk *chunk, const struct sb_predictor *predictor,
                              bool with_tokens, size_t n_threads, struct sb_error *error);

/* Scores all documents in their order, and learns them (estimators/predictor.h: adaptive). */
enum sb_status sb_chunk_learn(struct sb_chunk *chunk, struct sb_predictor *predictor,
                              struct sb_error *error);

#endif

/* The tokens of a vocabulary: texts by id, ids by text. */
#ifndef SB_DATA_VOCABULARY_H
#define SB_DATA_VOCABULARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "data/buffer.h"
#include "theory/status.h"

enum { SB_VOCABULARY_MAX = 1 << 24 }; /* ids are below it: the arrays grow with the largest */

enum {
    SB_TOKEN_MODEL = 1,  /* of the model: what merging makes */
    SB_TOKEN_ADDED = 2,  /* cut out of the text beforehand */
    SB_TOKEN_SPECIAL = 4 /* an added token that is no text: <|endoftext|> */
};

struct sb_vocabulary_entry {
    size_t begin;   /* of its text, in the arena */
    uint32_t n;     /* bytes of its text */
    uint32_t flags; /* 0: no such token */
};

/* Starts as { 0 }. */
struct sb_vocabulary {
    struct sb_buffer arena;
    struct sb_vocabulary_entry *entries;
    size_t n, capacity; /* ids are below n, not all of them tokens */
    size_t n_tokens;
    uint32_t *slots; /* open addressing: 1 + id, 0 where empty */
    size_t n_slots;  /* a power of 2 */
};
void sb_vocabulary_clear(struct sb_vocabulary *vocabulary);

/* Adds a token, or adds flags to one that is there. SB_DOMAIN: the id has another text, or the text
 * another id; SB_LIMIT: the id is too large. O(1). */
enum sb_status sb_vocabulary_add(struct sb_vocabulary *vocabulary, const void *text, size_t n,
                                 uint32_t id, uint32_t flags);

bool sb_vocabulary_find(const struct sb_vocabulary *vocabulary, const void *text, size_t n,
                        uint32_t *id);

/* Whether an id is a token with any of these flags. */
bool sb_vocabulary_is(const struct sb_vocabulary *vocabulary, uint32_t id, uint32_t flags);

/* The text of a token that is there; a view until one is added. */
const uint8_t *sb_vocabulary_text(const struct sb_vocabulary *vocabulary, uint32_t id, size_t *n);

#endif

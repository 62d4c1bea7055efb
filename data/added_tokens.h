/* Added tokens: texts like <|endoftext|> that are cut out of a document before anything else happens to
 * it, each one token. Of those that match somewhere, the leftmost counts, and of these the longest.
 *
 * An added token may take the white space before (lstrip) or behind it (rstrip). "normalized" ones are
 * searched for, normalised themselves, in the normalised text: there is a set for each of the two kinds.
 */
#ifndef SB_DATA_ADDED_TOKENS_H
#define SB_DATA_ADDED_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "data/pair_table.h"
#include "theory/status.h"

struct sb_added_token {
    uint32_t id;
    bool lstrip, rstrip;
    bool is_set; /* for the trie: a token ends here */
};

/* A trie of texts. Starts as { 0 }. */
struct sb_added_tokens {
    struct sb_pair_table children; /* (node, byte) -> node; the root is 0 */
    struct sb_added_token *nodes;
    size_t n_nodes, capacity;
    bool begins[256]; /* whether a token begins with the byte */
};
void sb_added_tokens_clear(struct sb_added_tokens *tokens);

/* Adds a token. An empty text is left out; of equal texts the first counts. O(n). */
enum sb_status sb_added_tokens_add(struct sb_added_tokens *tokens, const uint8_t *text, size_t n,
                                   uint32_t id, bool lstrip, bool rstrip);

/* The next token in text[from..n-1], which is UTF-8, with the white space that it takes. False: there
 * is none. O(n) over a whole text, times the length of what begins like a token. */
bool sb_added_tokens_find(const struct sb_added_tokens *tokens, const uint8_t *text, size_t n,
                          size_t from, uint32_t *id, size_t *begin, size_t *end);

#endif

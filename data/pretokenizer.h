/* Pre-tokenizers: what cuts a text into the words within which merges happen. Split, ByteLevel,
 * Metaspace, Digits, and sequences of them. All are made of three steps:
 *
 *   replace   every match of a pattern by a text            (Metaspace: " " by U+2581)
 *   prefix    a text before words that do not begin with it (ByteLevel's add_prefix_space, Metaspace)
 *   split     at the matches of a pattern, which become words by themselves (isolated), vanish (removed),
 *             or go with the word before or behind them; or runs of matches become words (contiguous)
 */
#ifndef SB_DATA_PRETOKENIZER_H
#define SB_DATA_PRETOKENIZER_H

#include <stdbool.h>
#include <stddef.h>
#include "data/aligned.h"
#include "data/json.h"
#include "data/pattern.h"
#include "theory/status.h"

struct sb_pretokenizer; /* does not change once it is made */

/* From the "pre_tokenizer" of a tokenizer.json, NULL or null: none. */
enum sb_status sb_pretokenizer_create(const char *file, const struct sb_json *json,
                                      struct sb_pretokenizer **pretokenizer,
                                      struct sb_error *error);
void sb_pretokenizer_free(struct sb_pretokenizer *pretokenizer);

/* Whether it ends in ByteLevel: symbols are bytes then. */
bool sb_pretokenizer_is_byte_level(const struct sb_pretokenizer *pretokenizer);

/* Words of a text: begin <= end <= the begin of the next. */
struct sb_words {
    struct sb_word {
        size_t begin, end;
        bool is_match; /* scratch of splitting */
    } * items;
    size_t n, capacity;
};

/* What cutting needs. Starts as { 0 }. */
struct sb_pretokenized {
    struct sb_aligned texts[2];
    struct sb_words words[2];
};
void sb_pretokenized_clear(struct sb_pretokenized *pretokenized);

/* Cuts a text: *result is the text, perhaps changed, *words what it is cut into; views of the text or
 * of *scratch. is_first: it begins the document; continued: it goes on from another, so that its first
 * word gets no prefix. */
enum sb_status sb_pretokenizer_apply(const struct sb_pretokenizer *pretokenizer,
                                     const struct sb_aligned_view *text, bool is_first,
                                     bool continued, struct sb_pretokenized *scratch,
                                     struct sb_matcher *matcher, struct sb_aligned_view *result,
                                     const struct sb_words **words);

#endif

/* Normalisers: what changes a text before it is cut into words. NFC, Prepend, Replace, and sequences of
 * them. */
#ifndef SB_DATA_NORMALIZER_H
#define SB_DATA_NORMALIZER_H

#include <stdbool.h>
#include "data/aligned.h"
#include "data/json.h"
#include "data/pattern.h"
#include "theory/status.h"

struct sb_normalizer; /* does not change once it is made */

/* From the "normalizer" of a tokenizer.json, NULL or null: none. */
enum sb_status sb_normalizer_create(const char *file, const struct sb_json *json,
                                    struct sb_normalizer **normalizer, struct sb_error *error);
void sb_normalizer_free(struct sb_normalizer *normalizer);

/* Two texts that the steps write in turn. Starts as { 0 }. */
struct sb_normalized {
    struct sb_aligned texts[2];
};
void sb_normalized_clear(struct sb_normalized *normalized);

/* Sets *result to the normalised text: a view of the text itself where nothing changes it, or of
 * *scratch. continued: the text goes on from another, and Prepend does nothing. Appending: O(n). */
enum sb_status sb_normalizer_apply(const struct sb_normalizer *normalizer,
                                   const struct sb_aligned_view *text, bool continued,
                                   struct sb_normalized *scratch, struct sb_matcher *matcher,
                                   struct sb_aligned_view *result);

/* The text with every match replaced, appended to *out. */
enum sb_status sb_replace(const struct sb_pattern *pattern, const struct sb_buffer *content,
                          struct sb_matcher *matcher, const struct sb_aligned_view *text,
                          struct sb_aligned *out);

#endif

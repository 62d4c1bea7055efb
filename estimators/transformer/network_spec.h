/* What --new says: a fresh network with its vocabulary. */
#ifndef SB_ESTIMATORS_TRANSFORMER_NETWORK_SPEC_H
#define SB_ESTIMATORS_TRANSFORMER_NETWORK_SPEC_H

#include "estimators/transformer/network.h"

/* From "llama:width=32,layers=2,heads=2,kv_heads=2,hidden=96,context=64,vocabulary=bytes,tied=1".
 * vocabulary: bytes, words (of the controlled language as `language` describes it, NULL: the default),
 * a number (ids without a tokenizer), or a tokenizer.json. SB_FORMAT and SB_DOMAIN are the user's. */
enum sb_status sb_network_from_spec(const char *text, const char *language, uint64_t seed,
                                    struct sb_network **network, struct sb_error *error);

#endif

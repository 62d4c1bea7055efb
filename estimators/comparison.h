/* Two checkpoints on the same contexts: how far apart their distributions are, where, and at which tokens.
 *
 *   KL(A || B) of a document = sum over its scored tokens t of
 *       sum_i p_A(i | x_<t) log2 (p_A(i | x_<t) / p_B(i | x_<t)),   i over the whole vocabulary
 *
 * in bits per document, the contexts x_<t being those of a dataset (teacher-forced) or of documents drawn
 * from A or B. Drawn from A, its mean over documents is the divergence of the two distributions over
 * documents (the chain rule; exact in each step, sampled over contexts), and nowhere else: on other
 * contexts it is the divergence of predictions on those.
 *
 * Position 0 is the first scored token of a document. Token shift: the rank that B's likeliest token has
 * under A: 1 (both say the same), 2 or 3, above 3.
 *
 * Averages are of documents with their weights; intervals are those of kind t over documents
 * (estimators/uncertainty.h).
 */
#ifndef SB_ESTIMATORS_COMPARISON_H
#define SB_ESTIMATORS_COMPARISON_H

#include <stddef.h>
#include <stdint.h>
#include "data/ledger.h"
#include "estimators/dataset.h"
#include "estimators/transformer/language_model.h"
#include "estimators/uncertainty.h"

struct sb_compared {
    double weight;                    /* 0 where nothing is scored */
    struct sb_compared_token *tokens; /* (n) */
    size_t n;
    uint64_t prompt_hash; /* of what precedes the scored span */
};

struct sb_comparison {
    struct sb_compared *documents; /* of all datasets, in their order */
    size_t n_documents;
    size_t *first; /* of each dataset its first document; then n_documents: (n_datasets + 1) */
    size_t n_datasets;
    const char **names; /* of datasets; views */
    size_t n_lossy;     /* documents whose tokens do not give their bytes back */
};

struct sb_comparison_options {
    size_t n_threads;
    /* Told the share that is done, from the calling thread. NULL: nobody. */
    void (*progress)(void *context, double share);
    void *progress_context;

    /* The ledger of tokens (estimators/comparison_rows.h), or NULL: rows under this model's name, of drawn
     * documents as of contexts `drawn`; documents in done (NULL: none) are taken from there. */
    struct sb_ledger *ledger;
    const struct sb_table *done;
    const char *model, *drawn;
};

/* On all documents of datasets (rewound first). Domain: models that sb_language_models_check has passed.
 * Memory: 72 bytes per token, the activations of both models. */
enum sb_status sb_comparison_of_datasets(const struct sb_predictor *const models[2],
                                         const struct sb_dataset *datasets, size_t n_datasets,
                                         const struct sb_comparison_options *options,
                                         struct sb_comparison **comparison, struct sb_error *error);

/* Documents that are drawn from models[source]: document i from the stream (seed, i). */
struct sb_drawn_contexts {
    size_t source;
    size_t n; /* documents */
    size_t
        n_tokens; /* most tokens of one behind what it begins with; 0: as many as the context holds */
    uint64_t seed;
    const struct sb_dataset
        *prompts; /* document i continues the prompt of document i there; NULL: the start
                                       * token alone. n is at most the number of documents */
};

/* On drawn documents; prompts are tokenized by the first model's tokenizer. SB_DOMAIN: the model has no start
 * token and there are no prompts, the tokens exceed its context, or a prompt fills it. */
enum sb_status sb_comparison_of_samples(const struct sb_predictor *const models[2],
                                        const struct sb_drawn_contexts *drawn,
                                        const struct sb_comparison_options *options,
                                        struct sb_comparison **comparison, struct sb_error *error);
void sb_comparison_free(struct sb_comparison *comparison);

/* What documents cost under model s, as rows of the table that a measure takes for done
 * (estimators/rows.h), under the model's name. */
void sb_comparison_append_rows(const struct sb_comparison *comparison, size_t s, const char *model,
                               const struct sb_dataset *datasets, struct sb_table *rows);

/* ---- estimates ----------------------------------------------------------------------------- */

/* The smallest number of leading positions that hold the share; low and high where the interval of the
 * share reaches it; 0: none. */
struct sb_depth {
    size_t positions, low, high;
};

enum { SB_SHIFT_1, SB_SHIFT_2_3, SB_SHIFT_ABOVE, SB_N_SHIFTS };

struct sb_divergences {
    size_t n_documents, n_tokens, n_positions; /* that were predicted; positions: the longest */
    /* [0]: KL(first || second), [1]: KL(second || first) */
    struct sb_estimate bits_per_document[2], bits_per_token[2];
    struct sb_estimate share_first[2]; /* of the KL in the first n_first positions */
    size_t n_first;
    struct sb_depth depth[2]; /* of SB_DEPTH_SHARE of the KL */
    struct sb_estimate shifts[SB_N_SHIFTS];
};
#define SB_DEPTH_SHARE 0.9

struct sb_position {
    size_t n_documents; /* that reach it */
    struct sb_estimate bits[2];
    struct sb_estimate cumulative_share[2]; /* of all KL up to it, this position included */
};

/* Of dataset `dataset`. positions is NULL or takes a new array of n_positions. Time O(positions x
 * documents). SB_MEMORY is the one failure. */
enum sb_status sb_comparison_estimate(const struct sb_comparison *comparison, size_t dataset,
                                      size_t n_first, double confidence,
                                      struct sb_divergences *divergences,
                                      struct sb_position **positions);

/* A token, as the second model's likeliest: how often that was, and how often at rank above 3 of the
 * first; there the mean of log2 p_second - log2 p_first. */
struct sb_moved_token {
    uint32_t id;
    size_t n_top, n_moved;
    double gain_bits;
};

/* The tokens that moved most often, at most n_most, and of equals the lower id. *moved is a new array. */
enum sb_status sb_comparison_moved(const struct sb_comparison *comparison, size_t dataset,
                                   size_t n_most, struct sb_moved_token **moved, size_t *n_moved);

#endif

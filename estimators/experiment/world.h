/* The world of an experiment: its datasets as sequences of ids, and who can tell them apart.
 *
 *   pretraining    D_p: what the base is trained on
 *   alignment      D_a, and
 *   perturbation   D_t: the two polarities
 *   neutral        says nothing about either: a third dialect, which pre-training held
 *   unrelated      something else altogether
 *
 * There are two kinds of world:
 *
 *   language   the controlled language (data/language.h): dialects 2, 3 and 1, and for `unrelated` a
 *              language with other content words behind every topic and dialect 1's style. Documents are
 *              drawn, never twice; probabilities are known.
 *   files      the user's, one for each part, through one tokenizer. `n_test` documents of each are held
 *              out; the others are taken in random order, and again when all were.
 *
 * Documents of a part are numbered within a stream: which ones a run sees depends on (part, stream, number)
 * alone. Test documents are the same in every run, so that runs with different seeds are crossed with them.
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_WORLD_H
#define SB_ESTIMATORS_EXPERIMENT_WORLD_H

#include "data/corpus.h"
#include "data/language.h"
#include "estimators/transformer/train.h"

enum sb_part {
    SB_PRETRAINING,
    SB_ALIGNMENT,
    SB_PERTURBATION,
    SB_NEUTRAL,
    SB_UNRELATED,
    SB_N_PARTS
};
extern const char *const sb_part_names[SB_N_PARTS]; /* "pretraining", ... */

struct sb_world_options {
    struct sb_language_options language; /* if there are no files */
    const char *paths[SB_N_PARTS]; /* files; pretraining, alignment and perturbation are needed */
    struct sb_corpus_options corpus[SB_N_PARTS];
    const char *vocabulary; /* of files: "bytes" or a tokenizer.json */
    size_t n_context;       /* of files, in ids: longer documents are cut into windows */
    bool is_exchanged;      /* D_a and D_t change their roles */
    size_t n_test;          /* documents of each part */
    struct sb_bases *bases; /* bases.h: trained ones, to share; NULL: none */
    uint64_t seed;          /* of the test documents, and of the choice of what is held out */
};

/* The controlled language as it is by default, 128 test documents, seed 1; files: bytes, context 256. */
struct sb_world_options sb_world_options_default(void);

struct sb_world;

/* SB_DOMAIN, SB_FORMAT and SB_IO name the option or the file. Files are held in memory. */
enum sb_status sb_world_create(const struct sb_world_options *options, struct sb_world **world,
                               struct sb_error *error);
void sb_world_free(struct sb_world *world);

const struct sb_world_options *sb_world_options_view(const struct sb_world *world);
/* The language; NULL for a world of files. */
const struct sb_language *sb_world_language(const struct sb_world *world);
bool sb_world_has_part(const struct sb_world *world, enum sb_part part);
size_t sb_world_n_vocabulary(const struct sb_world *world);
/* How many ids a document of the language has; of files: the context, the most that is sampled. */
size_t sb_world_n_ids(const struct sb_world *world);
/* The id that begins every document; -1: none (files whose tokenizer has no mark). */
long sb_world_start_id(const struct sb_world *world);
long sb_world_end_id(const struct sb_world *world);
/* What sb_network_from_spec takes for a model of this world: "llama:width=32" with vocabulary and context
 * added. A new string; NULL if there is no memory. */
char *sb_world_network_spec(const struct sb_world *world, const char *model);
/* The language as a text, for sb_network_from_spec; NULL for files. */
const char *sb_world_language_text(const struct sb_world *world);

/* Sequences that belong to whoever asked for them. document of each counts from 0. */
struct sb_documents_drawn {
    struct sb_training_sequence *sequences;
    size_t n, n_documents;
    uint32_t *ids; /* the memory of ids, if they are its own */
};
void sb_documents_drawn_clear(struct sb_documents_drawn *drawn);

/* Documents first .. first + n - 1 of a part in a stream, which starts as { 0 }. SB_DOMAIN for a part that
 * the world has not. O(ids). */
enum sb_status sb_world_draw(const struct sb_world *world, enum sb_part part, uint64_t stream,
                             uint64_t first, size_t n, struct sb_documents_drawn *drawn);

/* A mixture: document i is one of `other` with probability `share`, decided by (stream, i); else one of
 * `part`. */
enum sb_status sb_world_draw_mixed(const struct sb_world *world, enum sb_part part,
                                   enum sb_part other, double share, uint64_t stream,
                                   uint64_t first, size_t n, struct sb_documents_drawn *drawn);

/* Pairs for DPO, side by side: a document of `chosen`, and one of `rejected` with the same topic (in files:
 * the same record; SB_DOMAIN if the files have not as many). */
enum sb_status sb_world_draw_pairs(const struct sb_world *world, enum sb_part chosen,
                                   enum sb_part rejected, uint64_t stream, uint64_t first, size_t n,
                                   struct sb_documents_drawn *drawn);

/* The test documents of a part: a view. */
const struct sb_documents_drawn *sb_world_test(const struct sb_world *world, enum sb_part part);

/* The truth: bits[d] = -log2 P(document d), the law being the mixture of parts in these volumes, any but
 * `unrelated`, in any unit. For documents of the language; SB_UNSUPPORTED for a world of files, SB_DOMAIN
 * for volumes without a positive, finite sum. */
enum sb_status sb_world_exact_bits(const struct sb_world *world, const double volumes[SB_UNRELATED],
                                   const struct sb_documents_drawn *documents, double *bits);

/* P(alignment | the document, which is of either polarity, equally likely): by the exact posterior, or
 * by bigrams of ids counted in the training documents of both. 0.5 where neither could have written it. */
double sb_world_alignment_probability(const struct sb_world *world, const uint32_t *ids, size_t n);

#endif

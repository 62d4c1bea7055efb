/* A learner: a model that learns documents, scores them and writes its own; what experiments train.
 *
 *   llama:width=32,layers=2,heads=2    a transformer (network_spec.h); gpt2 and qwen2 too
 *   counts:order=2,memory=256          counts of words in contexts (counts.h): order (1), memory in
 *                                      documents (0: all are kept); the strength is 1
 *
 * Cells of an experiment run side by side: a learner works on one thread.
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_LEARNER_H
#define SB_ESTIMATORS_EXPERIMENT_LEARNER_H

#include "estimators/experiment/world.h"
#include "estimators/transformer/network.h"

struct sb_learner;

/* A fresh one for a world; the same seed gives the same bits. SB_FORMAT and SB_DOMAIN name the key. */
enum sb_status sb_learner_create(const char *text, const struct sb_world *world, uint64_t seed,
                                 struct sb_learner **learner, struct sb_error *error);
/* With the moments of its optimiser, which a later sb_learner_learn can carry on. */
enum sb_status sb_learner_clone(const struct sb_learner *learner, struct sb_learner **clone,
                                struct sb_error *error);
void sb_learner_free(struct sb_learner *learner);

size_t sb_learner_n_parameters(const struct sb_learner *learner);
/* The transformer; NULL for counts. */
struct sb_network *sb_learner_network(const struct sb_learner *learner);

/* How documents are learned. Counts read nothing but n_batch: how often they are measured. */
struct sb_learning {
    struct sb_training_options training; /* is_ordered and n_threads are set by sb_learner_learn */
    bool carries_moments;                /* of what was learned before; else fresh ones */
};

/* Batches of 16, AdamW with fresh moments, constant rate 5e-4, no warm-up: fine-tuning as it is in all
 * experiments that do not say otherwise. And batches of 64 with a cosine from 4e-3 to a tenth of it,
 * after a warm-up of a twentieth of the documents: a base. */
struct sb_learning sb_learning_tuning(void);
struct sb_learning sb_learning_pretraining(size_t n_documents);

/* Called after each batch with the number of sequences (DPO: pairs) learned so far. May score, clone and
 * sample the learner; anything but SB_OK ends the learning with that status. */
typedef enum sb_status sb_learner_callback(void *context, struct sb_learner *learner,
                                           size_t n_learned, struct sb_error *error);

/* Learns the sequences once, in their order, the last batch being what is left. SB_NUMERIC: a loss or a
 * gradient is not a number. For counts DPO is SB_UNSUPPORTED. */
enum sb_status sb_learner_learn(struct sb_learner *learner, const struct sb_learning *how,
                                const struct sb_documents_drawn *documents,
                                sb_learner_callback *callback, void *context,
                                struct sb_error *error);

/* The prequential code: learns as sb_learner_learn does, and adds up what each batch costs just before it is
 * learned. bits[d] of document d < n_documents is -log2 p of what its sequences ask for under the learner
 * as it was then; their sum is the length of a code that whoever learns alike can read. Costs a scoring
 * more than learning. For DPO SB_UNSUPPORTED. */
enum sb_status sb_learner_code(struct sb_learner *learner, const struct sb_learning *how,
                               const struct sb_documents_drawn *documents,
                               sb_learner_callback *callback, void *context, double *bits,
                               struct sb_error *error);

/* bits[d] of document d < n_documents: -log2 p of all that its sequences ask for. */
enum sb_status sb_learner_bits(const struct sb_learner *learner,
                               const struct sb_documents_drawn *documents, double *bits,
                               struct sb_error *error);

/* The gradient of the documents' mean bits at the parameters as they are, into gradient
 * (sb_learner_n_parameters). Changes nothing. SB_UNSUPPORTED for counts. */
enum sb_status sb_learner_gradient(const struct sb_learner *learner,
                                   const struct sb_documents_drawn *documents, float *gradient,
                                   struct sb_error *error);

/* n documents of the learner's own, from the world's start mark: streams first, first + 1, .. of seed.
 * SB_DOMAIN where the world has no start mark. *drawn starts as { 0 }. */
enum sb_status sb_learner_sample(const struct sb_learner *learner, const struct sb_world *world,
                                 uint64_t seed, uint64_t first, size_t n,
                                 struct sb_documents_drawn *drawn, struct sb_error *error);

/* Divergence along given documents: bits[d] = sum over the asked tokens of document d of
 * KL(p(. | what precedes) || q(. | what precedes)), the whole vocabulary. Its mean over documents written
 * by p estimates KL(p || q) of documents without bias. */
enum sb_status sb_learner_kl(const struct sb_learner *p, const struct sb_learner *q,
                             const struct sb_documents_drawn *documents, double *bits,
                             struct sb_error *error);

#endif

/* Walks: a base, aligned, then led on by other data, and measured at fixed doses on the way.
 *
 *   base       a fresh learner after n_pretraining documents of D_p
 *   aligned    the base after n_aligned documents of D_a (0: the base itself)
 *   walk       the aligned model after `doses` documents of some part, or of a mixture of two
 *
 * Every walk of a cell sees the same documents in the same order as far as it goes (common random numbers).
 * At each point, and at the base (path "base"), is measured
 *
 *   bits_PART               bits per test document, for every part of the world but `unrelated`
 *   kl_to_base_bits         KL(model || base): the mean over N_WRITTEN documents that the model writes of
 *                           the divergence along them (learner.h)
 *   kl_from_base_bits       KL(base || model), along documents that the base wrote
 *   alignment_probability   mean over the written documents of P(alignment | document): the bounded score
 *
 * The margin is bits_perturbation - bits_alignment, always as change from the base's.
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_WALK_H
#define SB_ESTIMATORS_EXPERIMENT_WALK_H

#include "estimators/experiment/experiment.h"

struct sb_walk {
    const char *path; /* its name at the points: "opposed" */
    enum sb_part part;
    enum sb_part replayed; /* what a share of its documents is of */
    double replay;         /* that share; 0: none */
    size_t n_aligned;
    const size_t *doses; /* ascending; 0 is measured always */
    size_t n_doses;
    const struct sb_learning *alignment, *learning;
    enum sb_part rejected; /* DPO in `learning`: the pairs' other side; in `alignment` it is D_t */
    bool is_brief;         /* bits alone: nothing is written, no divergence */
};

/* How a base comes to be. */
struct sb_base {
    const struct sb_world *world;
    const char *model;
    size_t n_pretraining;
    struct sb_learning pretraining;
    uint64_t seed; /* of the weights, and the stream of all documents */
};

/* What the profile says of it, for cell `seed` of an experiment in this world. */
struct sb_base sb_base_of(const struct sb_experiment_options *options, const struct sb_world *world,
                          size_t seed);

/* Trains the base, goes all the walks, and observes. Walks with the n_aligned and the
 * `alignment` (the pointer) of the one before them share it. */
enum sb_status sb_walk_from_base(const struct sb_base *base, const struct sb_walk *walks,
                                 size_t n_walks, struct sb_observations *observations,
                                 struct sb_error *error);

/* A list of walks. */
enum { SB_MAX_WALKS = 32 };
struct sb_walks {
    struct sb_walk items[SB_MAX_WALKS];
    size_t n;
};
/* One whose alignment and learning are done alike. */
void sb_walks_add(struct sb_walks *walks, const char *path, enum sb_part part, size_t n_aligned,
                  const size_t *doses, size_t n_doses, const struct sb_learning *how,
                  bool is_brief);

/* The walks from a base in a world of its own: what a cell is, where it is nothing but walks. Those through a
 * part that the world has not are left out. */
enum sb_status sb_walk_cell(const struct sb_experiment_options *options,
                            const struct sb_world_options *world, const char *model,
                            size_t n_pretraining, size_t seed, const struct sb_walks *walks,
                            struct sb_observations *observations, struct sb_error *error);

/* What the base is made of, for other experiments: a learner that has learned n_pretraining documents. */
enum sb_status sb_base_create(const struct sb_base *base, struct sb_learner **learner,
                              struct sb_error *error);

/* Aligns a clone of the base. */
enum sb_status sb_align(const struct sb_base *base, const struct sb_learner *from, size_t n_aligned,
                        const struct sb_learning *how, struct sb_learner **aligned,
                        struct sb_error *error);

/* Bits per test document of every part, as observations bits_PART at the point. */
enum sb_status sb_observe_bits(const struct sb_world *world, const struct sb_learner *learner,
                               const struct sb_point *point, struct sb_observations *observations,
                               struct sb_error *error);

#endif

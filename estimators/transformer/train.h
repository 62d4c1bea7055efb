/* Training: sequences of ids in, a model changed.
 *
 * A step takes n_batch sequences (n_accumulate times, where memory is short), packs them side by side
 * into panels without attention from one to another, and moves the parameters once:
 *
 *   next token      L = mean over all asked tokens of the step of -log p      (pre-training, SFT: the
 *                       sequences' masks say which are asked for)
 *   DPO             L = mean over pairs of -log sigmoid(beta (r(chosen) - r(rejected))),
 *                   r(y) = log p(y) - log p_reference(y), sums over asked tokens; sequences 2i and
 *                   2i + 1 are a pair, and n_batch counts pairs (Rafailov et al. 2023)
 *
 * Order: a permutation of the sequences for each pass through them, drawn from (seed, pass), or as they
 * are. A pass that does not fill its last batch goes on into the next pass. The state of a run is the
 * parameters, the moments and two counts: resuming repeats the bits of a run that was not stopped.
 *
 *   struct sb_trainer *trainer;
 *   sb_trainer_create(model, &options, &trainer, &error);
 *   sb_trainer_run(trainer, sequences, n, n_steps, on_step, context, &error);
 *
 * A trainer may run several times, on other data: moments are carried.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_TRAIN_H
#define SB_ESTIMATORS_TRANSFORMER_TRAIN_H

#include "estimators/transformer/backward.h"
#include "estimators/transformer/optimizer.h"

struct sb_training_sequence {
    const uint32_t *ids; /* (n) */
    size_t n;            /* 2 or more */
    const uint8_t *mask; /* (n - 1): whether ids[i + 1] is asked for; NULL: all */
    size_t document; /* of which it is a part: for those who sum over documents, not read here */
};

enum sb_schedule {
    SB_CONSTANT, /* rate */
    SB_COSINE    /* rate (floor + (1 - floor) (1 + cos(pi done)) / 2), done from 0 to 1 */
};

enum sb_objective { SB_NEXT_TOKEN, SB_DPO };

struct sb_training_options {
    enum sb_objective objective;
    double dpo_beta;                    /* > 0 */
    const struct sb_network *reference; /* DPO: frozen, of the model's shape; NULL: a clone of the
                                       * model as it is when the trainer is created */
    struct sb_optimizer_options optimizer;
    double rate; /* >= 0 */
    enum sb_schedule schedule;
    double floor;    /* of the cosine: share of rate at the end, 0 .. 1 */
    size_t n_warmup; /* step i < n_warmup of a run has (i + 1) / n_warmup of its rate */
    size_t n_batch, n_accumulate;
    bool is_ordered; /* sequences in the order given */
    uint64_t seed;   /* of the order */
    size_t n_threads;
};

/* Next token, AdamW (optimizer.h), rate 5e-4, constant, no warm-up, batches of 16, one thread, seed 1;
 * DPO's beta 0.1. */
struct sb_training_options sb_training_options_default(void);

struct sb_trainer;

/* For a model that outlives it and that nobody else changes meanwhile. SB_DOMAIN names the option that is
 * wrong; SB_UNSUPPORTED what has no gradient (backward.h). Memory grows with the largest batch seen. */
enum sb_status sb_trainer_create(struct sb_network *model,
                                 const struct sb_training_options *options,
                                 struct sb_trainer **trainer, struct sb_error *error);
void sb_trainer_free(struct sb_trainer *trainer);

/* What a step was. */
struct sb_training_step {
    uint64_t step;    /* of this run, from 1 */
    uint64_t n_done;  /* sequences of this run that were trained on (pairs, for DPO) */
    size_t n_tokens;  /* asked for in this step */
    double loss_nats; /* before the update: per token (per pair, for DPO) */
    double rate;
    double gradient_norm; /* before clipping */
};

/* Called after every step; anything but SB_OK stops the run with that status. The model may be scored,
 * cloned and written here, not changed. */
typedef enum sb_status sb_training_callback(void *context, const struct sb_training_step *step,
                                            struct sb_error *error);

/* n_steps steps on n sequences (at least 1; for DPO an even number), called on_step (NULL: nobody) after
 * each. SB_DOMAIN names the sequence that is too short, longer than the model's context + 1, without
 * anything asked for, or has an id outside the vocabulary. SB_NUMERIC: a loss or a gradient is not a
 * number; the step is named, and the parameters are those before it. */
enum sb_status sb_trainer_run(struct sb_trainer *trainer,
                              const struct sb_training_sequence *sequences, size_t n,
                              size_t n_steps, sb_training_callback *on_step, void *context,
                              struct sb_error *error);

/* The optimiser: its moments may be copied to another trainer's (sb_optimizer_copy). */
struct sb_optimizer *sb_trainer_optimizer(struct sb_trainer *trainer);

/* Options of the next run: rate, schedule, seed and order may change, sizes too. */
struct sb_training_options *sb_trainer_options(struct sb_trainer *trainer);

/* The gradient of the mean loss of all n sequences at the parameters as they are, into gradients
 * (n_parameters), and that loss: for inner products of gradients. Changes neither model nor moments. */
enum sb_status sb_trainer_gradient(struct sb_trainer *trainer,
                                   const struct sb_training_sequence *sequences, size_t n,
                                   float *gradients, double *loss_nats, struct sb_error *error);

/* ---- files ------------------------------------------------------------------------------------ */

/* Writes the model (network.h) and FOLDER/optimizer.safetensors beside it: parameters, moments and
 * counts in one file, so that it alone decides where a resumed run begins (docs/formats.md). */
enum sb_status sb_trainer_save(const struct sb_trainer *trainer, const char *folder,
                               struct sb_error *error);

/* Parameters, moments and counts of FOLDER/optimizer.safetensors; the next run goes on from there, with
 * n_steps counted from the run's beginning. SB_FORMAT where the file belongs to another shape, to other
 * options or to other data. */
enum sb_status sb_trainer_resume(struct sb_trainer *trainer, const char *folder,
                                 struct sb_error *error);

#endif

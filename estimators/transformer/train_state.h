/* What a trainer is made of, and what of it is kept in a file. For train.c and train_state.c alone. */
#ifndef SB_ESTIMATORS_TRANSFORMER_TRAIN_STATE_H
#define SB_ESTIMATORS_TRANSFORMER_TRAIN_STATE_H

#include "estimators/transformer/train.h"

/* A batch: rows of tokens, what each is to predict, and whose it is. */
struct sb_training_rows {
    uint32_t *ids;
    struct sb_token_place *places;
    struct sb_row_target *targets;
    size_t *owners;
    float *log_p, *reference_log_p;
    size_t n, capacity;
};

struct sb_trainer {
    struct sb_network *model, *own_reference;
    struct sb_training_options options;
    struct sb_optimizer optimizer;
    struct sb_backward *backward;
    float *gradients;
    struct sb_training_rows rows;
    size_t *order, order_n; /* of pass order_pass */
    uint64_t order_pass, order_seed;
    size_t *picks, n_picks;
    double *margins;
    uint64_t n_steps, n_done; /* of the run */
    uint64_t fingerprint;     /* of its options and data */
    bool is_resumed;          /* the counts are those of a file, not yet gone on with */
};

/* The counts of a run's beginning; where they were resumed, checks that the run is the same one. */
enum sb_status sb_trainer_begin(struct sb_trainer *trainer,
                                const struct sb_training_sequence *sequences, size_t n,
                                size_t n_steps, struct sb_error *error);

#endif

#include "estimators/transformer/compare.h"

#include <stdlib.h>

struct comparing {
    const struct sb_transformer *const *transformers;
    struct sb_activations *activations[2];
    size_t n_threads;
    struct sb_head_comparison *of_batch;
    struct sb_head_comparison *const *comparisons;
};

static enum sb_status compare_batch(void *context, const struct sb_plan *plan)
{
    struct comparing *c = context;
    struct sb_panels hidden[2];
    enum sb_status status = SB_OK;
    for (size_t s = 0; s < 2 && !status; s++)
        status = sb_transformer_forward(c->transformers[s], &plan->batch, NULL, c->activations[s],
                                        &hidden[s]);
    if (!status)
        status = sb_head_compare(c->transformers, hidden, plan->targets, plan->n_targets,
                                 c->n_threads, c->of_batch);
    for (size_t i = 0; i < plan->n_targets && !status; i++)
        c->comparisons[plan->wanted[i].sequence][plan->wanted[i].index] = c->of_batch[i];
    return status;
}

bool sb_same_windows(const struct sb_transformer *const transformers[2], size_t n_context)
{
    size_t windows[2];
    for (size_t s = 0; s < 2; s++) {
        windows[s] = sb_transformer_config(transformers[s])->n_window;
        if (windows[s] >= n_context)
            windows[s] = 0;
    }
    return windows[0] == windows[1];
}

enum sb_status sb_compare_sequences(const struct sb_transformer *const transformers[2],
                                    const struct sb_sequence *sequences, size_t n,
                                    const struct sb_scorer_options *options,
                                    struct sb_head_comparison *const *comparisons)
{
    struct sb_scorer_options fitting = *options;
    size_t n_rows = fitting.n_batch = sb_fitting_batch(sequences, n, options->n_batch);
    struct comparing c = { .transformers = transformers,
                           .n_threads = options->n_threads,
                           .of_batch = malloc(n_rows * sizeof *c.of_batch),
                           .comparisons = comparisons };
    enum sb_status status = c.of_batch ? SB_OK : SB_MEMORY;
    if (!sb_same_windows(transformers, options->n_context))
        status = SB_DOMAIN;
    for (size_t s = 0; s < 2 && !status; s++)
        status = sb_activations_create(transformers[s], n_rows, n_rows, options->n_threads,
                                       &c.activations[s]);
    if (!status)
        status = sb_plan_batches(sb_transformer_config(transformers[0]), sequences, n, &fitting,
                                 compare_batch, &c);
    for (size_t s = 0; s < 2; s++)
        sb_activations_free(c.activations[s]);
    free(c.of_batch);
    return status;
}

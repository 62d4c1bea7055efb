/* Optimisers on flat arrays: what a gradient does to the parameters.
 *
 *   SGD     b <- momentum b + g,                     x <- (1 - rate decay) x - rate b
 *   AdamW   m <- beta1 m + (1 - beta1) g,  v <- beta2 v + (1 - beta2) g^2,
 *           x <- (1 - rate decay) x - rate / (1 - beta1^t)  m / (sqrt(v / (1 - beta2^t)) + epsilon)
 *
 * (Loshchilov and Hutter 2019), element by element, hence the same bits on any number of threads. Decay
 * is for matrices alone unless decays_all is set: norms and biases have no scale to shrink to.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_OPTIMIZER_H
#define SB_ESTIMATORS_TRANSFORMER_OPTIMIZER_H

#include "estimators/transformer/network.h"

enum sb_optimizer_kind { SB_ADAMW, SB_SGD };

struct sb_optimizer_options {
    enum sb_optimizer_kind kind;
    double beta1, beta2, epsilon; /* AdamW; 0 <= beta < 1, epsilon > 0 */
    double momentum;              /* SGD; 0 <= momentum < 1 */
    double weight_decay;          /* >= 0 */
    bool decays_all;
    double clip; /* gradients of a larger norm are scaled to this one; 0: never */
};

/* AdamW, betas 0.9 and 0.95, epsilon 1e-8, no decay, clipping at 1. SGD: momentum 0. */
struct sb_optimizer_options sb_optimizer_options_default(void);

/* The moments of an optimiser, which a run can hand to the next one. */
struct sb_optimizer {
    struct sb_optimizer_options options;
    float *first, *second; /* (n_parameters): m or b, v; second is NULL for SGD */
    size_t n_parameters;
    uint64_t n_steps;               /* t so far */
    unsigned char *is_decayed;      /* (n_weights) */
    const struct sb_network *model; /* its shape */
};

/* Fresh moments, for a model of this shape, which must outlive it. SB_DOMAIN names the option. */
enum sb_status sb_optimizer_init(struct sb_optimizer *optimizer, const struct sb_network *model,
                                 const struct sb_optimizer_options *options,
                                 struct sb_error *error);
void sb_optimizer_clear(struct sb_optimizer *optimizer);

/* The moments of another one of the same kind and shape. */
void sb_optimizer_copy(struct sb_optimizer *to, const struct sb_optimizer *from);

/* The Euclidean norm of n numbers: sixteen chains in double precision, then their sum. */
double sb_gradient_norm(const float *gradients, size_t n);

/* One step: moves the parameters by the gradients, whose norm is given, clipped. */
void sb_optimizer_step(struct sb_optimizer *optimizer, float *parameters, const float *gradients,
                       double norm, double rate, size_t n_threads);

#endif

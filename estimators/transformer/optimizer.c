#include "estimators/transformer/optimizer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/parallel.h"
#include "theory/portable.h"

enum { CHUNK = 1 << 17 }; /* parameters of an item of work */

struct sb_optimizer_options sb_optimizer_options_default(void)
{
    return (struct sb_optimizer_options){
        .kind = SB_ADAMW, .beta1 = 0.9, .beta2 = 0.95, .epsilon = 1e-8, .clip = 1
    };
}

static enum sb_status check(const struct sb_optimizer_options *o, struct sb_error *error)
{
    if (!(o->beta1 >= 0 && o->beta1 < 1 && o->beta2 >= 0 && o->beta2 < 1))
        return sb_fail(error, SB_DOMAIN, "betas of %g and %g; they lie in 0 <= beta < 1", o->beta1,
                       o->beta2);
    if (!(o->epsilon > 0 && isfinite(o->epsilon)))
        return sb_fail(error, SB_DOMAIN, "an epsilon of %g; it must be above 0", o->epsilon);
    if (!(o->momentum >= 0 && o->momentum < 1))
        return sb_fail(error, SB_DOMAIN, "a momentum of %g; it lies in 0 <= momentum < 1",
                       o->momentum);
    if (!(o->weight_decay >= 0 && isfinite(o->weight_decay)))
        return sb_fail(error, SB_DOMAIN, "a weight decay of %g; it is 0 or more", o->weight_decay);
    if (!(o->clip >= 0))
        return sb_fail(error, SB_DOMAIN, "clipping at %g; it is above 0, or 0 for none", o->clip);
    return SB_OK;
}

enum sb_status sb_optimizer_init(struct sb_optimizer *optimizer, const struct sb_network *model,
                                 const struct sb_optimizer_options *options, struct sb_error *error)
{
    const struct sb_checkpoint *c = model->checkpoint;
    struct sb_optimizer new = { *options, .n_parameters = model->n_parameters, .model = model };
    enum sb_status status = check(options, error);
    if (status)
        return status;
    new.first = calloc(model->n_parameters, sizeof *new.first);
    new.second = options->kind == SB_ADAMW ? calloc(model->n_parameters, sizeof *new.second) : NULL;
    new.is_decayed = calloc(c->n_weights, 1);
    if (!new.first || !new.is_decayed || (options->kind == SB_ADAMW && !new.second)) {
        sb_optimizer_clear(&new);
        return sb_fail_memory(error);
    }
    for (size_t i = 0; i < c->n_weights; i++)
        new.is_decayed[i] = options->decays_all || c->weights[i]->n_dims == 2;
    *optimizer = new;
    return SB_OK;
}

void sb_optimizer_clear(struct sb_optimizer *optimizer)
{
    free(optimizer->first);
    free(optimizer->second);
    free(optimizer->is_decayed);
    *optimizer = (struct sb_optimizer){ 0 };
}

void sb_optimizer_copy(struct sb_optimizer *to, const struct sb_optimizer *from)
{
    size_t n_bytes = to->n_parameters * sizeof *to->first;
    memcpy(to->first, from->first, n_bytes);
    if (to->second)
        memcpy(to->second, from->second, n_bytes);
    to->n_steps = from->n_steps;
}

double sb_gradient_norm(const float *gradients, size_t n)
{
    enum { CHAINS = 16 };
    double sums[CHAINS] = { 0 }, sum = 0;
    size_t i = 0;
    for (; i + CHAINS <= n; i += CHAINS)
        for (size_t j = 0; j < CHAINS; j++)
            sums[j] += (double)gradients[i + j] * gradients[i + j];
    for (size_t j = 0; i + j < n; j++)
        sums[j] += (double)gradients[i + j] * gradients[i + j];
    for (size_t j = 0; j < CHAINS; j++)
        sum += sums[j];
    return sqrt(sum);
}

/* ---- a step ------------------------------------------------------------------------------------ */

struct job {
    struct sb_optimizer *optimizer;
    struct sb_adamw_step step, decayed;
    float *parameters;
    const float *gradients;
};

/* b <- momentum b + factor g,  x <- kept x - step b: with beta1 the momentum. */
static void sgd(size_t n, const struct sb_adamw_step *s, float *x, const float *g, float *b)
{
    for (size_t i = 0; i < n; i++) {
        b[i] = s->beta1 * b[i] + s->factor * g[i];
        x[i] = s->kept * x[i] - s->step * b[i];
    }
}

/* Parameters [begin, end) of one weight. */
static void move(const struct job *job, size_t begin, size_t end, bool is_decayed)
{
    struct sb_optimizer *o = job->optimizer;
    const struct sb_adamw_step *step = is_decayed ? &job->decayed : &job->step;
    if (o->options.kind == SB_SGD)
        sgd(end - begin, step, job->parameters + begin, job->gradients + begin, o->first + begin);
    else
        sb_transformer_kernels(o->model->transformer)
            ->adamw(end - begin, step, job->parameters + begin, job->gradients + begin,
                    o->first + begin, o->second + begin);
}

static enum sb_status move_chunk(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)thread, (void)error;
    const struct job *job = context;
    const struct sb_checkpoint *c = job->optimizer->model->checkpoint;
    size_t begin = item * CHUNK, end = begin + CHUNK, first = 0;
    for (size_t i = 0; i < c->n_weights && first < end; first += c->weights[i++]->n_elements) {
        size_t last = first + c->weights[i]->n_elements;
        size_t from = first > begin ? first : begin, to = last < end ? last : end;
        if (from < to)
            move(job, from, to, job->optimizer->is_decayed[i]);
    }
    return SB_OK;
}

static double power(double beta, double t)
{
    return beta > 0 ? sb_portable_pow(beta, t) : 0;
}

void sb_optimizer_step(struct sb_optimizer *optimizer, float *parameters, const float *gradients,
                       double norm, double rate, size_t n_threads)
{
    const struct sb_optimizer_options *o = &optimizer->options;
    bool is_adamw = o->kind == SB_ADAMW;
    double t = (double)++optimizer->n_steps;
    double correction1 = 1 - power(o->beta1, t), correction2 = 1 - power(o->beta2, t);
    struct job job = { .optimizer = optimizer, .parameters = parameters, .gradients = gradients };
    job.step = (struct sb_adamw_step){
        .factor = o->clip > 0 && norm > o->clip ? (float)(o->clip / norm) : 1,
        .beta1 = (float)(is_adamw ? o->beta1 : o->momentum),
        .rest1 = (float)(1 - o->beta1),
        .beta2 = (float)o->beta2,
        .rest2 = (float)(1 - o->beta2),
        .root = (float)(1 / sqrt(correction2)),
        .epsilon = (float)o->epsilon,
        .kept = 1,
        .step = (float)(is_adamw ? rate / correction1 : rate),
    };
    job.decayed = job.step;
    job.decayed.kept = (float)(1 - rate * o->weight_decay);
    sb_parallel_for(n_threads, (optimizer->n_parameters - 1) / CHUNK + 1, move_chunk, &job, NULL);
}

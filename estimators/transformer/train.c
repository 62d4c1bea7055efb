#include "estimators/transformer/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/transformer/train_state.h"
#include "theory/portable.h"
#include "theory/random.h"

/* A sequence that would cross into the next panel begins it instead, where that wastes at most so many
 * rows: attention looks at whole panels. */
enum { WORTH_A_GAP = 8 };

struct sb_training_options sb_training_options_default(void)
{
    return (struct sb_training_options){ .dpo_beta = 0.1,
                                         .optimizer = sb_optimizer_options_default(),
                                         .rate = 5e-4,
                                         .n_batch = 16,
                                         .n_accumulate = 1,
                                         .seed = 1,
                                         .n_threads = 1 };
}

static enum sb_status check_options(const struct sb_training_options *o, struct sb_error *error)
{
    if (!(o->rate >= 0 && isfinite(o->rate)))
        return sb_fail(error, SB_DOMAIN, "a learning rate of %g; it is 0 or more", o->rate);
    if (!(o->floor >= 0 && o->floor <= 1))
        return sb_fail(error, SB_DOMAIN, "a floor of %g; it lies from 0 to 1", o->floor);
    if (!o->n_batch || !o->n_accumulate || !o->n_threads || o->n_batch > 1 << 24 ||
        o->n_accumulate > 1 << 24)
        return sb_fail(error, SB_DOMAIN, "batch, accumulation and threads are at least 1");
    if (o->objective == SB_DPO && !(o->dpo_beta > 0 && isfinite(o->dpo_beta)))
        return sb_fail(error, SB_DOMAIN, "a DPO beta of %g; it is above 0", o->dpo_beta);
    return SB_OK;
}

static bool same_shape(const struct sb_network *a, const struct sb_network *b)
{
    return a->n_parameters == b->n_parameters && strcmp(a->config_json, b->config_json) == 0;
}

static enum sb_status take_reference(struct sb_trainer *t, struct sb_error *error)
{
    if (t->options.objective != SB_DPO)
        return SB_OK;
    if (!t->options.reference)
        return sb_network_clone(t->model, &t->own_reference) ? sb_fail_memory(error) : SB_OK;
    if (same_shape(t->model, t->options.reference))
        return SB_OK;
    return sb_fail(error, SB_DOMAIN,
                   "the reference model is of another shape than the one that is trained");
}

enum sb_status sb_trainer_create(struct sb_network *model,
                                 const struct sb_training_options *options,
                                 struct sb_trainer **trainer, struct sb_error *error)
{
    *trainer = NULL;
    enum sb_status status = check_options(options, error);
    if (status)
        return status;
    struct sb_trainer *t = calloc(1, sizeof *t);
    if (!t)
        return sb_fail_memory(error);
    t->model = model;
    t->options = *options;
    t->gradients = malloc(model->n_parameters * sizeof *t->gradients);
    status = t->gradients ? sb_optimizer_init(&t->optimizer, model, &options->optimizer, error)
                          : sb_fail_memory(error);
    if (!status)
        status = take_reference(t, error);
    if (!status) /* refuses what has no gradient */
        status = sb_backward_create(model->transformer, 1, options->n_threads, &t->backward, error);
    if (status)
        sb_trainer_free(t);
    else
        *trainer = t;
    return status;
}

void sb_trainer_free(struct sb_trainer *t)
{
    if (!t)
        return;
    sb_network_free(t->own_reference);
    sb_optimizer_clear(&t->optimizer);
    sb_backward_free(t->backward);
    free(t->gradients);
    free(t->rows.ids);
    free(t->rows.places);
    free(t->rows.targets);
    free(t->rows.owners);
    free(t->rows.log_p);
    free(t->rows.reference_log_p);
    free(t->order);
    free(t->picks);
    free(t->margins);
    free(t);
}

struct sb_optimizer *sb_trainer_optimizer(struct sb_trainer *trainer)
{
    return &trainer->optimizer;
}

struct sb_training_options *sb_trainer_options(struct sb_trainer *trainer)
{
    return &trainer->options;
}

/* ---- sequences --------------------------------------------------------------------------------- */

static size_t n_asked(const struct sb_training_sequence *s)
{
    size_t n = s->mask ? 0 : s->n - 1;
    for (size_t i = 0; s->mask && i + 1 < s->n; i++)
        n += s->mask[i] != 0;
    return n;
}

static enum sb_status check_sequence(const struct sb_transformer_config *c,
                                     const struct sb_training_sequence *s, size_t i,
                                     struct sb_error *error)
{
    if (s->n < 2)
        return sb_fail(error, SB_DOMAIN, "sequence %zu: %zu ids; a prediction needs two", i + 1,
                       s->n);
    if (s->n - 1 > c->n_context)
        return sb_fail(error, SB_DOMAIN,
                       "sequence %zu: %zu ids do not fit a context of %zu; cut it into windows",
                       i + 1, s->n, c->n_context);
    for (size_t j = 0; j < s->n; j++)
        if (s->ids[j] >= c->n_vocabulary)
            return sb_fail(error, SB_DOMAIN,
                           "sequence %zu: id %u at %zu; the vocabulary has %zu ids", i + 1,
                           (unsigned)s->ids[j], j, c->n_vocabulary);
    if (!n_asked(s))
        return sb_fail(error, SB_DOMAIN, "sequence %zu: its mask asks for no token", i + 1);
    return SB_OK;
}

static enum sb_status check_sequences(const struct sb_trainer *t,
                                      const struct sb_training_sequence *sequences, size_t n,
                                      struct sb_error *error)
{
    enum sb_status status = SB_OK;
    if (n == 0)
        return sb_fail(error, SB_DOMAIN, "there is nothing to train on: no sequence");
    if (t->options.objective == SB_DPO && n % 2)
        return sb_fail(error, SB_DOMAIN, "%zu sequences do not make pairs", n);
    for (size_t i = 0; i < n && !status; i++)
        status = check_sequence(&t->model->checkpoint->config, &sequences[i], i, error);
    return status;
}

/* ---- the order --------------------------------------------------------------------------------- */

/* Item i of a run's endless row of items, of n: passes one after another, each in its own order. */
static enum sb_status pick(struct sb_trainer *t, size_t n, uint64_t i, size_t *item)
{
    uint64_t pass = i / n;
    *item = (size_t)(i % n);
    if (t->options.is_ordered)
        return SB_OK;
    if (!t->order || t->order_n != n || t->order_pass != pass || t->order_seed != t->options.seed) {
        size_t *order = realloc(t->order, n * sizeof *order);
        if (!order)
            return SB_MEMORY;
        struct sb_random random;
        sb_random_init(&random, t->options.seed, pass);
        sb_random_permutation(&random, order, n);
        t->order = order;
        t->order_n = n;
        t->order_pass = pass;
        t->order_seed = t->options.seed;
    }
    *item = t->order[*item];
    return SB_OK;
}

/* The sequences of a step into picks, item by item (two of each pair). */
static enum sb_status pick_step(struct sb_trainer *t, size_t n_sequences, size_t n_items)
{
    size_t width = t->options.objective == SB_DPO ? 2 : 1;
    if (n_items * width > t->n_picks) {
        size_t *picks = realloc(t->picks, n_items * width * sizeof *picks);
        if (!picks)
            return SB_MEMORY;
        t->picks = picks;
        t->n_picks = n_items * width;
    }
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < n_items && !status; i++) {
        size_t item;
        status = pick(t, n_sequences / width, t->n_done + i, &item);
        for (size_t j = 0; j < width && !status; j++)
            t->picks[i * width + j] = item * width + j;
    }
    return status;
}

/* ---- rows -------------------------------------------------------------------------------------- */

static bool grow(void *array, size_t n, size_t size)
{
    void *grown = realloc(*(void **)array, n * size);
    if (grown)
        *(void **)array = grown;
    return grown;
}

static enum sb_status reserve(struct sb_trainer *t, size_t n_rows)
{
    struct sb_training_rows *r = &t->rows;
    if (n_rows <= r->capacity)
        return SB_OK;
    size_t n = (n_rows + n_rows / 8 + SB_LANES - 1) / SB_LANES * SB_LANES;
    if (!grow(&r->ids, n, sizeof *r->ids) || !grow(&r->places, n, sizeof *r->places) ||
        !grow(&r->targets, n, sizeof *r->targets) || !grow(&r->owners, n, sizeof *r->owners) ||
        !grow(&r->log_p, n, sizeof *r->log_p) ||
        !grow(&r->reference_log_p, n, sizeof *r->reference_log_p))
        return SB_MEMORY;
    struct sb_backward *backward;
    enum sb_status status =
        sb_backward_create(t->model->transformer, n, t->options.n_threads, &backward, NULL);
    if (status)
        return status;
    sb_backward_free(t->backward);
    t->backward = backward;
    r->capacity = n;
    return SB_OK;
}

/* Rows to leave empty before n more. */
static size_t gap_before(size_t row, size_t n)
{
    size_t used = row % SB_LANES, left = SB_LANES - used;
    return used && n > left && left <= WORTH_A_GAP ? left : 0;
}

static size_t count_rows(const struct sb_training_sequence *sequences, const size_t *picks,
                         size_t n)
{
    size_t row = 0;
    for (size_t i = 0; i < n; i++) {
        size_t n_inputs = sequences[picks[i]].n - 1;
        row += gap_before(row, n_inputs) + n_inputs;
    }
    return row;
}

static void add_gap(struct sb_training_rows *r, size_t n)
{
    for (size_t i = 0; i < n; i++, r->n++) {
        r->ids[r->n] = 0;
        r->places[r->n] = (struct sb_token_place){ 0 };
        r->targets[r->n] = (struct sb_row_target){ 0, 0 };
        r->owners[r->n] = 0;
    }
}

/* Inputs ids[0 .. n-2], each seeing itself and what precedes it in the sequence (and in the window). */
static void add_sequence(struct sb_training_rows *r, const struct sb_training_sequence *s,
                         size_t owner, float weight, size_t n_window)
{
    size_t first = r->n;
    for (size_t i = 0; i + 1 < s->n; i++, r->n++) {
        size_t lowest = n_window && i + 1 > n_window ? i + 1 - n_window : 0;
        r->ids[r->n] = s->ids[i];
        r->places[r->n] = (struct sb_token_place){ .position = (uint32_t)i };
        r->places[r->n].begin[1] = (int32_t)(first + lowest);
        r->places[r->n].end[1] = (int32_t)(first + i + 1);
        bool asked = !s->mask || s->mask[i];
        r->targets[r->n] = (struct sb_row_target){ s->ids[i + 1], asked ? weight : 0 };
        r->owners[r->n] = owner;
    }
}

/* n picked sequences side by side; owner i of a row is the i-th of them. */
static enum sb_status pack(struct sb_trainer *t, const struct sb_training_sequence *sequences,
                           const size_t *picks, size_t n, float weight)
{
    enum sb_status status = reserve(t, count_rows(sequences, picks, n));
    t->rows.n = 0;
    for (size_t i = 0; i < n && !status; i++) {
        const struct sb_training_sequence *s = &sequences[picks[i]];
        add_gap(&t->rows, gap_before(t->rows.n, s->n - 1));
        add_sequence(&t->rows, s, i, weight, t->model->checkpoint->config.n_window);
    }
    return status;
}

static struct sb_batch batch_of(const struct sb_training_rows *r)
{
    return (struct sb_batch){ r->n, r->ids, r->places, NULL };
}

/* ---- losses ------------------------------------------------------------------------------------ */

/* Adds gradients and loss of the mean over all tokens that the step asks for. */
static enum sb_status add_next_token(struct sb_trainer *t,
                                     const struct sb_training_sequence *sequences,
                                     const size_t *picks, size_t n, size_t n_tokens,
                                     float *gradients, double *loss)
{
    struct sb_training_rows *r = &t->rows;
    float weight = (float)(1 / (double)n_tokens);
    enum sb_status status = pack(t, sequences, picks, n, weight);
    struct sb_batch batch = batch_of(r);
    if (!status)
        status = sb_backward_forward(t->backward, t->model->transformer, &batch);
    if (!status)
        status = sb_backward_gradients(t->backward, r->targets, gradients, r->log_p);
    double sum = 0;
    for (size_t i = 0; i < r->n && !status; i++)
        if (r->targets[i].weight != 0)
            sum -= r->log_p[i];
    *loss += sum / (double)n_tokens;
    return status;
}

/* r(chosen) - r(rejected) of every pair of the rows. */
static void find_margins(const struct sb_training_rows *r, size_t n_pairs, double *margins)
{
    memset(margins, 0, n_pairs * sizeof *margins);
    for (size_t i = 0; i < r->n; i++)
        if (r->targets[i].weight != 0) {
            double log_ratio = (double)r->log_p[i] - r->reference_log_p[i];
            margins[r->owners[i] / 2] += r->owners[i] % 2 ? -log_ratio : log_ratio;
        }
}

/* L = mean_i log(1 + exp(-beta m_i)): dL/dm_i = -beta / (1 + exp(beta m_i)) / n, so that each asked token
 * of the chosen one weighs that much the other way, and of the rejected one minus it. */
static void weigh_pairs(struct sb_trainer *t, size_t n_pairs, size_t n_all, double *loss)
{
    struct sb_training_rows *r = &t->rows;
    double beta = t->options.dpo_beta;
    for (size_t i = 0; i < n_pairs; i++) {
        double z = beta * t->margins[i], e = sb_portable_exp(-fabs(z));
        *loss += ((z < 0 ? -z : 0) + sb_portable_log(1 + e)) / (double)n_all;
        t->margins[i] = beta * (z < 0 ? 1 : e) / (1 + e) / (double)n_all;
    }
    for (size_t i = 0; i < r->n; i++)
        if (r->targets[i].weight != 0) {
            float weight = (float)t->margins[r->owners[i] / 2];
            r->targets[i].weight = r->owners[i] % 2 ? -weight : weight;
        }
}

static enum sb_status add_dpo(struct sb_trainer *t, const struct sb_training_sequence *sequences,
                              const size_t *picks, size_t n_pairs, size_t n_all, float *gradients,
                              double *loss)
{
    struct sb_training_rows *r = &t->rows;
    const struct sb_network *reference = t->own_reference ? t->own_reference : t->options.reference;
    enum sb_status status = pack(t, sequences, picks, 2 * n_pairs, 1);
    if (!status && !grow(&t->margins, n_pairs, sizeof *t->margins))
        status = SB_MEMORY;
    struct sb_batch batch = batch_of(r);
    if (!status)
        status = sb_backward_forward(t->backward, reference->transformer, &batch);
    if (!status)
        status = sb_backward_log_p(t->backward, r->targets, r->reference_log_p);
    if (!status)
        status = sb_backward_forward(t->backward, t->model->transformer, &batch);
    if (!status)
        status = sb_backward_log_p(t->backward, r->targets, r->log_p);
    if (status)
        return status;
    find_margins(r, n_pairs, t->margins);
    weigh_pairs(t, n_pairs, n_all, loss);
    return sb_backward_gradients(t->backward, r->targets, gradients, NULL);
}

/* The gradient and the loss of the picked items, n_batch at a time. */
static enum sb_status add_items(struct sb_trainer *t, const struct sb_training_sequence *sequences,
                                size_t n_items, float *gradients, double *loss, size_t *n_tokens)
{
    bool is_dpo = t->options.objective == SB_DPO;
    size_t width = is_dpo ? 2 : 1;
    enum sb_status status = SB_OK;
    *n_tokens = 0;
    *loss = 0;
    for (size_t i = 0; i < n_items * width; i++)
        *n_tokens += n_asked(&sequences[t->picks[i]]);
    memset(gradients, 0, t->model->n_parameters * sizeof *gradients);
    for (size_t i = 0; i < n_items && !status; i += t->options.n_batch) {
        size_t n = n_items - i < t->options.n_batch ? n_items - i : t->options.n_batch;
        const size_t *picks = t->picks + i * width;
        status = is_dpo ? add_dpo(t, sequences, picks, n, n_items, gradients, loss)
                        : add_next_token(t, sequences, picks, n, *n_tokens, gradients, loss);
    }
    return status;
}

/* ---- steps ------------------------------------------------------------------------------------- */

/* Step `step` of n_steps, from 0. */
static double rate_at(const struct sb_training_options *o, uint64_t step, size_t n_steps)
{
    double rate = o->rate;
    if (o->schedule == SB_COSINE) {
        double rest = (double)n_steps - (double)o->n_warmup;
        double done = rest > 0 ? ((double)step - (double)o->n_warmup) / rest : 0;
        done = done < 0 ? 0 : done;
        rate *= o->floor + (1 - o->floor) * 0.5 * (1 + sb_portable_cos(3.141592653589793 * done));
    }
    if (step < o->n_warmup)
        rate *= (double)(step + 1) / (double)o->n_warmup;
    return rate;
}

static enum sb_status run_step(struct sb_trainer *t, const struct sb_training_sequence *sequences,
                               size_t n, size_t n_steps, struct sb_training_step *step,
                               struct sb_error *error)
{
    size_t n_items = t->options.n_batch * t->options.n_accumulate;
    enum sb_status status = pick_step(t, n, n_items);
    if (!status)
        status = add_items(t, sequences, n_items, t->gradients, &step->loss_nats, &step->n_tokens);
    if (status)
        return sb_fail_memory(error);
    step->step = t->n_steps + 1;
    step->rate = rate_at(&t->options, t->n_steps, n_steps);
    step->gradient_norm = sb_gradient_norm(t->gradients, t->model->n_parameters);
    if (!isfinite(step->loss_nats) || !isfinite(step->gradient_norm))
        return sb_fail(error, SB_NUMERIC,
                       "step %llu: the %s is not a number; a lower learning rate, warm-up or "
                       "clipping may keep it finite",
                       (unsigned long long)step->step,
                       isfinite(step->loss_nats) ? "gradient" : "loss");
    sb_optimizer_step(&t->optimizer, t->model->parameters, t->gradients, step->gradient_norm,
                      step->rate, t->options.n_threads);
    t->n_steps++;
    t->n_done += n_items;
    step->n_done = t->n_done;
    return SB_OK;
}

enum sb_status sb_trainer_run(struct sb_trainer *trainer,
                              const struct sb_training_sequence *sequences, size_t n,
                              size_t n_steps, sb_training_callback *on_step, void *context,
                              struct sb_error *error)
{
    enum sb_status status = check_options(&trainer->options, error);
    if (!status)
        status = check_sequences(trainer, sequences, n, error);
    if (!status)
        status = sb_trainer_begin(trainer, sequences, n, n_steps, error);
    while (!status && trainer->n_steps < n_steps) {
        struct sb_training_step step = { 0 };
        status = run_step(trainer, sequences, n, n_steps, &step, error);
        if (!status && on_step)
            status = on_step(context, &step, error);
    }
    return status;
}

enum sb_status sb_trainer_gradient(struct sb_trainer *trainer,
                                   const struct sb_training_sequence *sequences, size_t n,
                                   float *gradients, double *loss_nats, struct sb_error *error)
{
    enum sb_status status = check_sequences(trainer, sequences, n, error);
    if (status)
        return status;
    size_t *picks = realloc(trainer->picks, n * sizeof *picks), n_tokens;
    if (!picks)
        return sb_fail_memory(error);
    trainer->picks = picks;
    trainer->n_picks = n;
    for (size_t i = 0; i < n; i++)
        picks[i] = i;
    size_t n_items = trainer->options.objective == SB_DPO ? n / 2 : n;
    if (add_items(trainer, sequences, n_items, gradients, loss_nats, &n_tokens))
        return sb_fail_memory(error);
    return SB_OK;
}

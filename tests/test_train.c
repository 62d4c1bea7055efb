/* The trainer: against the reference library's losses, gradients and parameters; against itself with other
 * threads and vectors, and stopped and resumed; bit by bit. */
#include "tests/transformers.h"
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include "estimators/transformer/train.h"
#include "theory/random.h"

static const char *const forms[] = { "llama", "qwen2", "gpt2" };

/* ---- fixtures ---------------------------------------------------------------------------------- */

struct fixture {
    struct sb_network *model;
    struct sb_training_sequence sequences[8];
    size_t n;
    json_t *expected;
};

static bool open_training_fixture(const char *form, struct fixture *f)
{
    char path[256];
    struct sb_error error = { "" };
    snprintf(path, sizeof path, "../shared/fixtures/train/%s/expected.json", form);
    f->expected = json_load_file(path, 0, NULL);
    if (!f->expected)
        return false;
    *strrchr(path, '/') = 0;
    no_error(sb_network_open(path, &f->model, &error), &error);
    json_t *ids = json_object_get(f->expected, "ids");
    json_t *masks = json_object_get(f->expected, "loss_mask");
    f->n = json_array_size(ids);
    for (size_t i = 0; i < f->n; i++) {
        json_t *mask = json_array_get(masks, i);
        uint8_t *asked = malloc(json_array_size(mask) + 1);
        for (size_t j = 0; j < json_array_size(mask); j++)
            asked[j] = json_integer_value(json_array_get(mask, j)) != 0;
        f->sequences[i].ids = ids_of(json_array_get(ids, i), &f->sequences[i].n);
        f->sequences[i].mask = asked;
    }
    return true;
}

static void close_training_fixture(struct fixture *f)
{
    for (size_t i = 0; i < f->n; i++) {
        free((void *)f->sequences[i].ids);
        free((void *)f->sequences[i].mask);
    }
    json_decref(f->expected);
    sb_network_free(f->model);
}

/* qwen2's keys have a bias, and a pair of features that hardly turns with the position has next to no
 * gradient: what is added to all keys, softmax does not see. There the reference's first gradients are off
 * by up to 3e-8 (its softmax runs in single precision; central differences in double precision give ours
 * within 5e-9), and AdamW makes a whole step of a gradient of any size. Elements of such biases are compared
 * where the gradient is at least 1e-5. */
static bool is_comparable(const struct sb_tensor *tensor, float gradient)
{
    return !strstr(tensor->name, "k_proj.bias") || fabsf(gradient) >= 1e-5F;
}

/* ||x - ref|| <= 1e-5 ||ref|| for every tensor of a file. */
static void compare_tensors(const struct sb_network *model, const float *x, const float *gradients,
                            const char *form, const char *file_name)
{
    char path[256];
    struct sb_safetensors *file;
    struct sb_error error = { "" };
    const struct sb_checkpoint *c = model->checkpoint;
    const float *start = x;
    snprintf(path, sizeof path, "../shared/fixtures/train/%s/%s", form, file_name);
    no_error(sb_safetensors_open(path, &file, &error), &error);
    assert_int_equal(sb_safetensors_n(file), c->n_weights);
    for (size_t i = 0; i < c->n_weights; x += c->weights[i++]->n_elements) {
        const struct sb_tensor *tensor = sb_safetensors_find(file, c->weights[i]->name);
        assert_non_null(tensor);
        assert_int_equal(tensor->n_elements, c->weights[i]->n_elements);
        const float *reference = tensor->data;
        const float *gradient = gradients + (x - start);
        double difference = 0, norm = 0;
        for (size_t j = 0; j < tensor->n_elements; j++) {
            double d = is_comparable(tensor, gradient[j]) ? (double)x[j] - reference[j] : 0;
            difference += d * d;
            norm += (double)reference[j] * reference[j];
        }
        if (!(sqrt(difference) <= 1e-5 * sqrt(norm)))
            fail_msg("%s %s %s: %g of %g", form, file_name, tensor->name, sqrt(difference),
                     sqrt(norm));
    }
    sb_safetensors_close(file);
}

struct losses {
    double values[16];
    size_t n;
};

static enum sb_status note_loss(void *context, const struct sb_training_step *step,
                                struct sb_error *error)
{
    (void)error;
    struct losses *losses = context;
    losses->values[losses->n++] = step->loss_nats;
    return SB_OK;
}

static struct sb_training_options fixture_options(void)
{
    struct sb_training_options options = sb_training_options_default();
    options.rate = 1e-3;
    options.n_batch = 3;
    options.is_ordered = true;
    options.optimizer.weight_decay = 0.1;
    options.optimizer.decays_all = true;
    options.optimizer.clip = 0;
    return options;
}

static void test_reference(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct fixture f;
        struct sb_trainer *trainer;
        struct sb_error error = { "" };
        struct sb_training_options options = fixture_options();
        struct losses losses = { { 0 }, 0 };
        double loss;
        if (!open_training_fixture(forms[i], &f)) {
            print_message("skipped: no ../shared/fixtures/train/%s\n", forms[i]);
            continue;
        }
        no_error(sb_trainer_create(f.model, &options, &trainer, &error), &error);
        float *gradients = malloc(f.model->n_parameters * sizeof *gradients);
        no_error(sb_trainer_gradient(trainer, f.sequences, f.n, gradients, &loss, &error), &error);
        compare_tensors(f.model, gradients, gradients, forms[i], "grads_step0.safetensors");
        no_error(sb_trainer_run(trainer, f.sequences, f.n, 5, note_loss, &losses, &error), &error);
        compare_tensors(f.model, f.model->parameters, gradients, forms[i],
                        "params_step5.safetensors");
        no_error(
            sb_trainer_gradient(trainer, f.sequences, f.n, gradients, &losses.values[5], &error),
            &error);
        assert_true(loss == losses.values[0]);
        for (size_t j = 0; j < 6; j++) {
            double reference =
                json_number_value(json_array_get(json_object_get(f.expected, "loss_by_step"), j));
            if (fabs(losses.values[j] - reference) > 1e-5 * reference)
                fail_msg("%s step %zu: loss %.10g, not %.10g", forms[i], j, losses.values[j],
                         reference);
        }
        free(gradients);
        sb_trainer_free(trainer);
        close_training_fixture(&f);
    }
}

/* ---- a forward pass in double precision, one token at a time ----------------------------------- */

/* Where a weight stands in parameters in double precision. */
static const double *in_double(const struct sb_network *model, const double *x,
                               const struct sb_tensor *tensor)
{
    return x + ((const float *)tensor->data - model->parameters);
}

static void apply_linear(const struct sb_network *model, const double *x,
                         const struct sb_linear *linear, const double *in, double *out)
{
    const double *w = in_double(model, x, linear->weight);
    for (size_t o = 0; o < linear->n_out; o++) {
        out[o] = linear->bias ? in_double(model, x, linear->bias)[o] : 0;
        for (size_t i = 0; i < linear->n_in; i++)
            out[o] +=
                in[i] * w[linear->is_transposed ? i * linear->n_out + o : o * linear->n_in + i];
    }
}

static void apply_norm(const struct sb_network *model, const double *x, const struct sb_norm *norm,
                       const double *in, double *out)
{
    const struct sb_transformer_config *c = &model->checkpoint->config;
    double mean = 0, square = 0;
    for (size_t i = 0; i < c->n_width && c->is_layer_norm; i++)
        mean += in[i] / (double)c->n_width;
    for (size_t i = 0; i < c->n_width; i++)
        square += (in[i] - mean) * (in[i] - mean) / (double)c->n_width;
    for (size_t i = 0; i < c->n_width; i++)
        out[i] =
            (in[i] - mean) / sqrt(square + c->norm_epsilon) * in_double(model, x, norm->weight)[i] +
            (norm->bias ? in_double(model, x, norm->bias)[i] : 0);
}

static double activation(enum sb_activation kind, double x)
{
    return kind == SB_SILU ? x / (1 + exp(-x))
           : kind == SB_GELU_TANH
               ? 0.5 * x * (1 + tanh(sqrt(2 / 3.141592653589793) * (x + 0.044715 * x * x * x)))
               : 0.5 * x * (1 + erf(x / sqrt(2)));
}

enum { MAX_TOKENS = 16, MAX_FEATURES = 160 };

/* q, k and v of a token, rotated. */
static void project(const struct sb_network *model, const double *x,
                    const struct sb_checkpoint_layer *layer, size_t t, const double *h, double *qkv)
{
    const struct sb_transformer_config *c = &model->checkpoint->config;
    size_t n_q = c->n_heads * c->n_head_width, n_kv = c->n_kv_heads * c->n_head_width;
    if (layer->qkv.weight) {
        apply_linear(model, x, &layer->qkv, h, qkv);
    } else {
        apply_linear(model, x, &layer->q, h, qkv);
        apply_linear(model, x, &layer->k, h, qkv + n_q);
        apply_linear(model, x, &layer->v, h, qkv + n_q + n_kv);
    }
    for (size_t head = 0; head < c->n_heads + c->n_kv_heads; head++)
        for (size_t j = 0; j < c->n_rotary / 2; j++) {
            double angle = (double)t * pow(c->rope_theta, -2.0 * (double)j / (double)c->n_rotary);
            double *a = qkv + head * c->n_head_width + j, *b = a + c->n_rotary / 2, a0 = *a;
            *a = a0 * cos(angle) - *b * sin(angle);
            *b = *b * cos(angle) + a0 * sin(angle);
        }
}

static void attend(const struct sb_transformer_config *c, double qkv[][MAX_FEATURES], size_t t,
                   size_t head, double *out)
{
    size_t width = c->n_head_width, group = head / (c->n_heads / c->n_kv_heads);
    size_t k = (c->n_heads + group) * width, v = (c->n_heads + c->n_kv_heads + group) * width;
    size_t first = c->n_window && t + 1 > c->n_window ? t + 1 - c->n_window : 0;
    double p[MAX_TOKENS], sum = 0;
    for (size_t j = first; j <= t; j++) {
        double score = 0;
        for (size_t f = 0; f < width; f++)
            score += qkv[t][head * width + f] * qkv[j][k + f];
        sum += p[j] = exp(score / sqrt((double)width));
    }
    for (size_t f = 0; f < width; f++) {
        out[head * width + f] = 0;
        for (size_t j = first; j <= t; j++)
            out[head * width + f] += p[j] / sum * qkv[j][v + f];
    }
}

static void run_mlp(const struct sb_network *model, const double *x,
                    const struct sb_checkpoint_layer *layer, const double *h, double *out)
{
    const struct sb_transformer_config *c = &model->checkpoint->config;
    double gate[MAX_FEATURES], up[MAX_FEATURES];
    apply_linear(model, x, &layer->up, h, up);
    if (c->is_gated)
        apply_linear(model, x, &layer->gate, h, gate);
    for (size_t f = 0; f < c->n_hidden; f++)
        up[f] = c->is_gated ? activation(c->activation, gate[f]) * up[f]
                            : activation(c->activation, up[f]);
    apply_linear(model, x, &layer->down, up, out);
}

static void run_layer(const struct sb_network *model, const double *x,
                      const struct sb_checkpoint_layer *layer, size_t n,
                      double residual[][MAX_FEATURES])
{
    const struct sb_transformer_config *c = &model->checkpoint->config;
    double h[MAX_FEATURES], out[MAX_FEATURES], qkv[MAX_TOKENS][MAX_FEATURES];
    for (size_t t = 0; t < n; t++) {
        apply_norm(model, x, &layer->norm1, residual[t], h);
        project(model, x, layer, t, h, qkv[t]);
    }
    for (size_t t = 0; t < n; t++) {
        for (size_t head = 0; head < c->n_heads; head++)
            attend(c, qkv, t, head, h);
        apply_linear(model, x, &layer->output, h, out);
        for (size_t i = 0; i < c->n_width; i++)
            residual[t][i] += out[i];
        apply_norm(model, x, &layer->norm2, residual[t], h);
        run_mlp(model, x, layer, h, out);
        for (size_t i = 0; i < c->n_width; i++)
            residual[t][i] += out[i];
    }
}

/* log p of ids[1 ..] into log_p[0 ..]. */
static void run_double(const struct sb_network *model, const double *x,
                       const struct sb_training_sequence *s, double *log_p)
{
    const struct sb_checkpoint *checkpoint = model->checkpoint;
    const struct sb_transformer_config *c = &checkpoint->config;
    double residual[MAX_TOKENS][MAX_FEATURES], h[MAX_FEATURES], logits[MAX_FEATURES];
    for (size_t t = 0; t + 1 < s->n; t++)
        for (size_t i = 0; i < c->n_width; i++) {
            residual[t][i] = in_double(model, x, checkpoint->embedding)[s->ids[t] * c->n_width + i];
            if (checkpoint->position_embedding)
                residual[t][i] +=
                    in_double(model, x, checkpoint->position_embedding)[t * c->n_width + i];
        }
    for (size_t i = 0; i < c->n_layers; i++)
        run_layer(model, x, &checkpoint->layers[i], s->n - 1, residual);
    for (size_t t = 0; t + 1 < s->n; t++) {
        double sum = 0;
        apply_norm(model, x, &checkpoint->final_norm, residual[t], h);
        apply_linear(model, x, &checkpoint->head, h, logits);
        for (size_t i = 0; i < c->n_vocabulary; i++)
            sum += exp(logits[i]);
        log_p[t] = logits[s->ids[t + 1]] - log(sum);
    }
}

/* Sum of what a sequence's mask asks for. */
static double sum_asked(const struct sb_network *model, const double *x,
                        const struct sb_training_sequence *s, size_t *n)
{
    double log_p[MAX_TOKENS], sum = 0;
    run_double(model, x, s, log_p);
    for (size_t t = 0; t + 1 < s->n; t++)
        if (!s->mask || s->mask[t]) {
            sum += log_p[t];
            ++*n;
        }
    return sum;
}

static double loss_in_double(const struct sb_network *model, const struct sb_network *reference,
                             const double *x, const double *x_reference,
                             const struct sb_training_sequence *s, size_t n, double beta)
{
    double loss = 0;
    size_t n_asked = 0;
    for (size_t i = 0; i < n && !reference; i++)
        loss -= sum_asked(model, x, &s[i], &n_asked);
    if (!reference)
        return loss / (double)n_asked;
    for (size_t i = 0; i < n; i += 2) {
        double margin = sum_asked(model, x, &s[i], &n_asked) -
                        sum_asked(model, x, &s[i + 1], &n_asked) -
                        sum_asked(reference, x_reference, &s[i], &n_asked) +
                        sum_asked(reference, x_reference, &s[i + 1], &n_asked);
        loss += log1p(exp(-beta * margin));
    }
    return 2 * loss / (double)n;
}

/* ---- tiny models ------------------------------------------------------------------------------- */

enum { N_TINY = 4 };

static struct sb_network *tiny_model(size_t i, uint64_t seed)
{
    static const char *const names[N_TINY] = { "llama", "qwen2", "gpt2", "llama" };
    struct sb_network_options options = sb_network_options_default();
    struct sb_network *model;
    struct sb_error error = { "" };
    options.form = names[i];
    options.n_width = 12;
    options.n_heads = i == 3 ? 1 : 2; /* heads of 6, or one of 12 */
    options.n_kv_heads = 1;
    options.n_hidden = 20;
    options.n_context = 15;
    options.n_vocabulary = 37;
    options.bos_id = options.eos_id = -1;
    options.is_tied = i != 0;
    no_error(sb_network_create(&options, seed, &model, &error), &error);
    struct sb_random random;
    sb_random_init(&random, seed, 1000);
    for (size_t j = 0; j < model->n_parameters; j++) /* biases and norms too */
        model->parameters[j] += (float)(0.2 * sb_random_normal(&random));
    return model;
}

static void draw_sequences(struct sb_training_sequence *s, size_t n, uint64_t seed)
{
    struct sb_random random;
    sb_random_init(&random, seed, 7);
    for (size_t i = 0; i < n; i++) {
        size_t length = 2 + (size_t)sb_random_below(&random, 14);
        uint32_t *ids = malloc(length * sizeof *ids);
        uint8_t *mask = i % 2 ? malloc(length) : NULL;
        for (size_t j = 0; j < length; j++) {
            ids[j] = (uint32_t)sb_random_below(&random, 37);
            if (mask)
                mask[j] = j + 2 >= length || j % 3 > 0;
        }
        s[i] = (struct sb_training_sequence){ ids, length, mask, i };
    }
}

static void free_sequences(struct sb_training_sequence *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free((void *)s[i].ids);
        free((void *)s[i].mask);
    }
}

static double *widen(const struct sb_network *model)
{
    double *x = malloc(model->n_parameters * sizeof *x);
    for (size_t i = 0; i < model->n_parameters; i++)
        x[i] = model->parameters[i];
    return x;
}

/* Central differences of the loss in double precision, for many a parameter: their error is of the order
 * of 1e-5^2 and 1e-16 / 1e-5. */
static void check_differences(size_t form, bool is_dpo)
{
    enum { N = 6 };
    const double step = 1e-5;
    struct sb_network *model = tiny_model(form, 3),
                      *reference = is_dpo ? tiny_model(form, 4) : NULL;
    struct sb_training_sequence sequences[N];
    struct sb_training_options options = sb_training_options_default();
    struct sb_trainer *trainer;
    struct sb_error error = { "" };
    double loss, largest = 0, *x = widen(model), *x_reference = is_dpo ? widen(reference) : NULL;
    float *gradients = malloc(model->n_parameters * sizeof *gradients);
    draw_sequences(sequences, N, 5);
    options.objective = is_dpo ? SB_DPO : SB_NEXT_TOKEN;
    options.reference = reference;
    options.dpo_beta = 0.3;
    options.n_batch = 2;
    no_error(sb_trainer_create(model, &options, &trainer, &error), &error);
    no_error(sb_trainer_gradient(trainer, sequences, N, gradients, &loss, &error), &error);
    double expected = loss_in_double(model, reference, x, x_reference, sequences, N, 0.3);
    if (!(fabs(loss - expected) < 2e-6 * (1 + expected)))
        fail_msg("form %zu: loss %.9g, not %.9g", form, loss, expected);
    for (size_t i = 0; i < model->n_parameters; i++)
        largest = fabs(gradients[i]) > largest ? fabs(gradients[i]) : largest;
    for (size_t i = 0; i < model->n_parameters; i += is_dpo ? 7 : 2) {
        double x0 = x[i];
        x[i] = x0 + step;
        double up = loss_in_double(model, reference, x, x_reference, sequences, N, 0.3);
        x[i] = x0 - step;
        double down = loss_in_double(model, reference, x, x_reference, sequences, N, 0.3);
        x[i] = x0;
        double difference = (up - down) / (2 * step);
        if (!(fabs(gradients[i] - difference) < 3e-6 * largest))
            fail_msg(
                "form %zu, dpo %d, parameter %zu: gradient %.8g, difference %.8g of at most %g",
                form, is_dpo, i, gradients[i], difference, largest);
    }
    sb_trainer_free(trainer);
    free(gradients);
    free(x);
    free(x_reference);
    free_sequences(sequences, N);
    sb_network_free(model);
    sb_network_free(reference);
}

static void test_differences(void **state)
{
    (void)state;
    for (size_t form = 0; form < N_TINY; form++) {
        check_differences(form, false);
        check_differences(form, true);
    }
}

/* ---- the same bits ----------------------------------------------------------------------------- */

static struct sb_training_options busy_options(void)
{
    struct sb_training_options options = sb_training_options_default();
    options.schedule = SB_COSINE;
    options.n_warmup = 3;
    options.rate = 3e-3;
    options.n_batch = 5;
    options.n_accumulate = 2;
    options.optimizer.weight_decay = 0.1;
    return options;
}

static struct sb_network *train_tiny(size_t form, const struct sb_training_options *options,
                                     const struct sb_training_sequence *sequences, size_t n,
                                     size_t n_steps)
{
    struct sb_network *model = tiny_model(form, 9);
    struct sb_trainer *trainer;
    struct sb_error error = { "" };
    no_error(sb_trainer_create(model, options, &trainer, &error), &error);
    no_error(sb_trainer_run(trainer, sequences, n, n_steps, NULL, NULL, &error), &error);
    sb_trainer_free(trainer);
    return model;
}

static void assert_same_parameters(const struct sb_network *a, const struct sb_network *b)
{
    assert_int_equal(a->n_parameters, b->n_parameters);
    assert_memory_equal(a->parameters, b->parameters, a->n_parameters * sizeof *a->parameters);
}

static void test_threads_and_vectors(void **state)
{
    (void)state;
    enum { N = 24 };
    struct sb_training_sequence sequences[N];
    static const char *const sets[] = { "scalar", "avx2", "avx512" };
    draw_sequences(sequences, N, 8);
    for (size_t form = 0; form < N_TINY; form++) {
        struct sb_training_options options = busy_options();
        struct sb_network *one = train_tiny(form, &options, sequences, N, 6);
        options.n_threads = 3;
        struct sb_network *three = train_tiny(form, &options, sequences, N, 6);
        assert_same_parameters(one, three);
        sb_network_free(three);
        for (size_t i = 0; i < 3; i++) {
            if (!sb_kernels_named(sets[i]))
                continue;
            setenv("SPRINGBACK_KERNELS", sets[i], 1);
            struct sb_network *other = train_tiny(form, &options, sequences, N, 6);
            unsetenv("SPRINGBACK_KERNELS");
            assert_same_parameters(one, other);
            sb_network_free(other);
        }
        sb_network_free(one);
    }
    free_sequences(sequences, N);
}

/* ---- files ------------------------------------------------------------------------------------- */

static void remove_model(const char *folder)
{
    static const char *const files[] = { "config.json", "model.safetensors",
                                         "optimizer.safetensors" };
    for (size_t i = 0; i < 3; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        assert_int_equal(unlink(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

struct stop {
    uint64_t at;
    struct sb_trainer *trainer;
    const char *folder;
};

static enum sb_status save_and_stop(void *context, const struct sb_training_step *step,
                                    struct sb_error *error)
{
    struct stop *stop = context;
    if (step->step == 3) {
        enum sb_status status = sb_trainer_save(stop->trainer, stop->folder, error);
        if (status)
            return status;
    }
    return step->step == stop->at ? SB_END : SB_OK;
}

/* Stopped after step 5, where step 3 was kept: goes on to the same bits; also under SGD. */
static void test_resume(void **state)
{
    (void)state;
    enum { N = 11 };
    struct sb_training_sequence sequences[N];
    struct sb_error error = { "" };
    draw_sequences(sequences, N, 8);
    for (int kind = SB_ADAMW; kind <= SB_SGD; kind++) {
        char folder[] = "/tmp/springback-train-XXXXXX", path[64];
        assert_non_null(mkdtemp(folder));
        snprintf(path, sizeof path, "%s/model", folder);
        struct sb_training_options options = busy_options();
        options.optimizer.kind = (enum sb_optimizer_kind)kind;
        options.optimizer.momentum = 0.8;
        struct sb_network *whole = train_tiny(1, &options, sequences, N, 9),
                          *model = tiny_model(1, 9);
        struct stop stop = { 5, NULL, path };
        no_error(sb_trainer_create(model, &options, &stop.trainer, &error), &error);
        assert_int_equal(
            sb_trainer_run(stop.trainer, sequences, N, 9, save_and_stop, &stop, &error), SB_END);
        sb_trainer_free(stop.trainer);
        sb_network_free(model);

        no_error(sb_network_open(path, &model, &error), &error);
        no_error(sb_trainer_create(model, &options, &stop.trainer, &error), &error);
        no_error(sb_trainer_resume(stop.trainer, path, &error), &error);
        no_error(sb_trainer_run(stop.trainer, sequences, N, 9, NULL, NULL, &error), &error);
        assert_same_parameters(whole, model);
        no_error(sb_trainer_resume(stop.trainer, path, &error), &error);
        assert_int_equal(sb_trainer_run(stop.trainer, sequences, N - 1, 9, NULL, NULL, &error),
                         SB_FORMAT);
        assert_non_null(strstr(error.message, "other data or other options"));
        sb_trainer_free(stop.trainer);
        sb_network_free(model);
        sb_network_free(whole);
        remove_model(path);
        rmdir(folder);
    }
    free_sequences(sequences, N);
}

/* ---- stopped at any write ---------------------------------------------------------------------- */

enum { N_INTERRUPTED = 7, N_INTERRUPTED_STEPS = 3 };

struct saving {
    struct sb_trainer *trainer;
    const char *folder;
    int pipe; /* a byte for each checkpoint that is there */
};

static enum sb_status save_each(void *context, const struct sb_training_step *step,
                                struct sb_error *error)
{
    (void)step;
    struct saving *s = context;
    enum sb_status status = sb_trainer_save(s->trainer, s->folder, error);
    return !status && s->pipe >= 0 && write(s->pipe, "", 1) != 1 ? SB_IO : status;
}

/* Trains from where the folder is, or from the beginning, saving after each step. */
static enum sb_status train_and_save(const char *folder, int descriptor,
                                     const struct sb_training_sequence *sequences,
                                     struct sb_network **network, size_t *n_resumed,
                                     struct sb_error *error)
{
    struct sb_training_options options = busy_options();
    struct saving s = { NULL, folder, descriptor };
    bool is_there = access(folder, F_OK) == 0;
    *network = is_there ? NULL : tiny_model(0, 9);
    *n_resumed = 0;
    enum sb_status status = is_there ? sb_network_open(folder, network, error) : SB_OK;
    if (!status)
        status = sb_trainer_create(*network, &options, &s.trainer, error);
    if (!status && is_there)
        status = sb_trainer_resume(s.trainer, folder, error);
    if (!status && is_there)
        *n_resumed = (size_t)sb_trainer_optimizer(s.trainer)->n_steps;
    if (!status)
        status = sb_trainer_run(s.trainer, sequences, N_INTERRUPTED, N_INTERRUPTED_STEPS, save_each,
                                &s, error);
    sb_trainer_free(s.trainer);
    return status;
}

static bool is_change(const struct __ptrace_syscall_info *info, int descriptor)
{
    if (info->op != PTRACE_SYSCALL_INFO_ENTRY)
        return false;
    switch (info->entry.nr) {
    case SYS_write:
    case SYS_writev:
        return (int)info->entry.args[0] != descriptor;
#ifdef SYS_rename
    case SYS_rename:
    case SYS_mkdir:
    case SYS_unlink:
#endif
    case SYS_renameat:
    case SYS_mkdirat:
    case SYS_unlinkat:
        return true;
    default:
        return false;
    }
}

/* Runs the child until it is about to make its n-th change to a file, from 1, and kills it there. Returns
 * 1 if it was killed, 0 if it ended before, -1 where processes cannot be traced. */
static int kill_at(pid_t child, size_t n, int descriptor)
{
    int status;
    struct __ptrace_syscall_info info;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
        return -1;
    while (ptrace(PTRACE_SYSCALL, child, NULL, 0) == 0 && waitpid(child, &status, 0) == child) {
        if (WIFEXITED(status) || WIFSIGNALED(status)) {
            assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            return 0;
        }
        if (ptrace(PTRACE_GET_SYSCALL_INFO, child, (void *)sizeof info, &info) <= 0)
            return -1;
        if (is_change(&info, descriptor) && --n == 0) {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            return 1;
        }
    }
    return -1;
}

static void run_child(const char *folder, int descriptor,
                      const struct sb_training_sequence *sequences)
{
    struct sb_network *network;
    struct sb_error error = { "" };
    size_t n_resumed;
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
        _exit(2);
    raise(SIGSTOP);
    _exit(train_and_save(folder, descriptor, sequences, &network, &n_resumed, &error) ? 1 : 0);
}

/* What is left after a kill can be gone on with: at most the last interval is lost, and the end is the
 * same. */
static void check_what_is_left(const char *folder, size_t n_saved,
                               const struct sb_training_sequence *sequences,
                               const struct sb_network *whole)
{
    struct sb_network *network;
    struct sb_error error = { "" };
    size_t n_resumed;
    no_error(train_and_save(folder, -1, sequences, &network, &n_resumed, &error), &error);
    if (n_resumed < n_saved)
        fail_msg("%zu checkpoints were there, %zu steps are", n_saved, n_resumed);
    assert_same_parameters(whole, network);
    sb_network_free(network);
}

static void test_killed_at_any_write(void **state)
{
    (void)state;
    struct sb_training_sequence sequences[N_INTERRUPTED];
    draw_sequences(sequences, N_INTERRUPTED, 8);
    struct sb_training_options options = busy_options();
    struct sb_network *whole =
        train_tiny(0, &options, sequences, N_INTERRUPTED, N_INTERRUPTED_STEPS);
    int killed = 1;
    size_t n = 0;
    while (killed == 1) {
        char *folder = new_folder(), path[512], bytes[16];
        int ends[2];
        snprintf(path, sizeof path, "%s/model", folder);
        assert_int_equal(pipe(ends), 0);
        pid_t child = fork();
        if (child == 0)
            run_child(path, ends[1], sequences);
        killed = kill_at(child, ++n, ends[1]);
        close(ends[1]);
        ssize_t n_saved = read(ends[0], bytes, sizeof bytes);
        close(ends[0]);
        if (killed >= 0)
            check_what_is_left(path, n_saved > 0 ? (size_t)n_saved : 0, sequences, whole);
        remove_folder(folder);
    }
    if (killed < 0)
        print_message("skipped: processes cannot be traced here\n");
    else
        assert_true(n > 3 * 4); /* three checkpoints of several files were seen */
    sb_network_free(whole);
    free_sequences(sequences, N_INTERRUPTED);
}

/* ---- what is refused --------------------------------------------------------------------------- */

static void test_refused(void **state)
{
    (void)state;
    static const uint32_t ids[] = { 1, 2, 3, 37 }, many[20] = { 1 };
    static const uint8_t nothing[3] = { 0 };
    static const struct {
        struct sb_training_sequence sequence;
        const char *part;
    } wrong[] = {
        { { ids, 1, NULL, 0 }, "sequence 1: 1 ids; a prediction needs two" },
        { { ids, 4, NULL, 0 }, "sequence 1: id 37 at 3; the vocabulary has 37 ids" },
        { { many, 20, NULL, 0 }, "sequence 1: 20 ids do not fit a context of 15" },
        { { ids, 3, nothing, 0 }, "sequence 1: its mask asks for no token" },
    };
    struct sb_network *network = tiny_model(0, 1), *before;
    struct sb_training_options options = sb_training_options_default();
    struct sb_trainer *trainer;
    struct sb_error error = { "" };
    assert_int_equal(sb_network_clone(network, &before), SB_OK);
    no_error(sb_trainer_create(network, &options, &trainer, &error), &error);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(sb_trainer_run(trainer, &wrong[i].sequence, 1, 1, NULL, NULL, &error),
                         SB_DOMAIN);
        assert_non_null(strstr(error.message, wrong[i].part));
    }
    assert_int_equal(sb_trainer_run(trainer, NULL, 0, 1, NULL, NULL, &error), SB_DOMAIN);

    /* A rate of 0 changes nothing; a batch of 16 takes a single sequence again and again. */
    struct sb_training_sequence one = { ids, 3, NULL, 0 };
    sb_trainer_options(trainer)->rate = 0;
    no_error(sb_trainer_run(trainer, &one, 1, 2, NULL, NULL, &error), &error);
    assert_same_parameters(before, network);

    /* A loss that is not a number: the step is named, the parameters stay. */
    network->parameters[5] = before->parameters[5] = NAN;
    sb_trainer_options(trainer)->rate = 1e-3;
    uint32_t first[] = { 0, 0, 0 };
    one.ids = first;
    assert_int_equal(sb_trainer_run(trainer, &one, 1, 2, NULL, NULL, &error), SB_NUMERIC);
    assert_non_null(strstr(error.message, "step 1: the loss is not a number"));
    assert_same_parameters(before, network);
    sb_trainer_free(trainer);
    sb_network_free(network);
    sb_network_free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference),           cmocka_unit_test(test_differences),
        cmocka_unit_test(test_threads_and_vectors), cmocka_unit_test(test_resume),
        cmocka_unit_test(test_killed_at_any_write), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "estimators/transformer/train_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "estimators/transformer/network_folder.h"

/* optimizer.safetensors, all in fp32:
 *
 *   parameters, first, second   (n_parameters): those of the model, m or b, v (AdamW only)
 *   counts                      (4, 4): steps of the optimiser, steps and items of the run, fingerprint;
 *                               each in four parts of 16 bits, the lowest first
 */
enum { N_COUNTS = 4, N_PARTS = 4 };

static void split(uint64_t count, float parts[N_PARTS])
{
    for (size_t i = 0; i < N_PARTS; i++)
        parts[i] = (float)(count >> 16 * i & 0xffff);
}

/* false where a part is no whole number of 16 bits. */
static bool join(const float parts[N_PARTS], uint64_t *count)
{
    *count = 0;
    for (size_t i = 0; i < N_PARTS; i++) {
        if (!(parts[i] >= 0 && parts[i] <= 65535))
            return false;
        uint64_t part = (uint64_t)parts[i];
        if ((float)part != parts[i])
            return false;
        *count |= part << 16 * i;
    }
    return true;
}

/* ---- which run it is --------------------------------------------------------------------------- */

static uint64_t hash_options(const struct sb_training_options *o, size_t n_steps)
{
    const struct sb_optimizer_options *p = &o->optimizer;
    bool is_cosine = o->schedule == SB_COSINE;
    char text[512];
    int n = snprintf(
        text, sizeof text, "%d %a | %d %a %a %a %a %a %d %a | %a %d %a %zu | %zu %zu %d %llu | %zu",
        (int)o->objective, o->objective == SB_DPO ? o->dpo_beta : 0, (int)p->kind, p->beta1,
        p->beta2, p->epsilon, p->momentum, p->weight_decay, p->decays_all, p->clip, o->rate,
        (int)o->schedule, o->floor, o->n_warmup, o->n_batch, o->n_accumulate, o->is_ordered,
        (unsigned long long)o->seed, is_cosine ? n_steps : 0);
    return XXH3_64bits(text, (size_t)n);
}

static uint64_t hash_sequences(const struct sb_training_sequence *sequences, size_t n,
                               uint64_t hash)
{
    for (size_t i = 0; i < n; i++) {
        const struct sb_training_sequence *s = &sequences[i];
        hash = XXH3_64bits_withSeed(s->ids, s->n * sizeof *s->ids, hash);
        if (s->mask)
            hash = XXH3_64bits_withSeed(s->mask, s->n - 1, hash);
    }
    return hash;
}

enum sb_status sb_trainer_begin(struct sb_trainer *t, const struct sb_training_sequence *sequences,
                                size_t n, size_t n_steps, struct sb_error *error)
{
    uint64_t fingerprint = hash_sequences(sequences, n, hash_options(&t->options, n_steps));
    if (!t->is_resumed) {
        t->n_steps = t->n_done = 0;
    } else if (t->fingerprint != fingerprint) {
        return sb_fail(
            error, SB_FORMAT,
            "the run to be resumed had other data or other options; give it the same, or "
            "begin a new one with --init");
    }
    t->fingerprint = fingerprint;
    t->is_resumed = false;
    return SB_OK;
}

/* ---- writing ----------------------------------------------------------------------------------- */

static struct sb_tensor vector_of(const char *name, const float *data, size_t n)
{
    return (struct sb_tensor){
        .name = name, .dtype = SB_F32, .n_dims = 1, .shape = { n }, .data = data, .n_elements = n
    };
}

static enum sb_status write_state(void *context, const char *folder, struct sb_error *error)
{
    const struct sb_trainer *t = context;
    const uint64_t counts[N_COUNTS] = { t->optimizer.n_steps, t->n_steps, t->n_done,
                                        t->fingerprint };
    float parts[N_COUNTS][N_PARTS];
    for (size_t i = 0; i < N_COUNTS; i++)
        split(counts[i], parts[i]);
    size_t n = t->model->n_parameters, n_tensors = 0;
    struct sb_tensor tensors[4];
    tensors[n_tensors++] = vector_of("parameters", t->model->parameters, n);
    tensors[n_tensors++] = vector_of("first", t->optimizer.first, n);
    if (t->optimizer.second)
        tensors[n_tensors++] = vector_of("second", t->optimizer.second, n);
    tensors[n_tensors] = vector_of("counts", parts[0], N_COUNTS * N_PARTS);
    tensors[n_tensors].n_dims = 2;
    tensors[n_tensors].shape[0] = N_COUNTS;
    tensors[n_tensors++].shape[1] = N_PARTS;
    char path[4096];
    if (snprintf(path, sizeof path, "%s/optimizer.safetensors", folder) >= (int)sizeof path)
        return sb_fail(error, SB_LIMIT, "%.60s...: the name of this folder is too long", folder);
    return sb_safetensors_write(path, tensors, n_tensors, error);
}

enum sb_status sb_trainer_save(const struct sb_trainer *trainer, const char *folder,
                               struct sb_error *error)
{
    return sb_network_write_with(trainer->model, folder, write_state, (void *)trainer, error);
}

/* ---- reading ----------------------------------------------------------------------------------- */

static enum sb_status find_vector(const struct sb_safetensors *file, const char *name, size_t n,
                                  const float **data, struct sb_error *error)
{
    const struct sb_tensor *tensor = sb_safetensors_find(file, name);
    const char *path = sb_safetensors_path(file);
    if (!tensor || tensor->dtype != SB_F32)
        return sb_fail(error, SB_FORMAT,
                       "%s: no tensor \"%s\" in F32; not the state of this optimiser", path, name);
    if (tensor->n_elements != n)
        return sb_fail(error, SB_FORMAT,
                       "%s: \"%s\" has %zu numbers where the model has %zu; it "
                       "belongs to a checkpoint of another shape",
                       path, name, tensor->n_elements, n);
    size_t first = sb_tensor_first_not_finite(tensor);
    if (first < n)
        return sb_fail(error, SB_FORMAT, "%s: \"%s\" is NaN or infinite at element %zu", path, name,
                       first);
    *data = tensor->data;
    return SB_OK;
}

static enum sb_status take_state(struct sb_trainer *t, const struct sb_safetensors *file,
                                 struct sb_error *error)
{
    size_t n = t->model->n_parameters;
    const float *parameters, *first, *second = NULL, *parts;
    uint64_t counts[N_COUNTS];
    enum sb_status status = find_vector(file, "parameters", n, &parameters, error);
    if (!status)
        status = find_vector(file, "first", n, &first, error);
    if (!status && t->optimizer.second)
        status = find_vector(file, "second", n, &second, error);
    if (!status)
        status = find_vector(file, "counts", N_COUNTS * N_PARTS, &parts, error);
    for (size_t i = 0; i < N_COUNTS && !status; i++)
        if (!join(parts + i * N_PARTS, &counts[i]))
            status = sb_fail(error, SB_FORMAT, "%s: \"counts\" holds no whole numbers",
                             sb_safetensors_path(file));
    if (status)
        return status;
    memcpy(t->model->parameters, parameters, n * sizeof *parameters);
    memcpy(t->optimizer.first, first, n * sizeof *first);
    if (second)
        memcpy(t->optimizer.second, second, n * sizeof *second);
    t->optimizer.n_steps = counts[0];
    t->n_steps = counts[1];
    t->n_done = counts[2];
    t->fingerprint = counts[3];
    t->is_resumed = true;
    return SB_OK;
}

enum sb_status sb_trainer_resume(struct sb_trainer *trainer, const char *folder,
                                 struct sb_error *error)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/optimizer.safetensors", folder) >= (int)sizeof path)
        return sb_fail(error, SB_LIMIT, "%.60s...: the name of this folder is too long", folder);
    struct sb_safetensors *file;
    enum sb_status status = sb_safetensors_open(path, &file, error);
    if (status)
        return status;
    status = take_state(trainer, file, error);
    sb_safetensors_close(file);
    return status;
}

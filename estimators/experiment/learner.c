#include "estimators/experiment/learner.h"

#include <stdlib.h>
#include <string.h>
#include "estimators/experiment/counts.h"
#include "estimators/predictor.h"
#include "estimators/transformer/compare.h"
#include "estimators/transformer/network_spec.h"
#include "estimators/transformer/sample.h"
#include "estimators/transformer/scorer.h"
#include "theory/numeric.h"
#include "theory/portable.h"
#include "theory/random.h"

enum { SCORED_TOGETHER = 2048 };

struct sb_learner {
    struct sb_network *network;
    struct sb_trainer *trainer; /* of what was learned last; NULL before, and for counts */
    struct sb_training_options last;
    struct sb_counts *counts;
};

/* ---- making ------------------------------------------------------------------------------------ */

static enum sb_status create_counts(const struct sb_model *model, const struct sb_world *world,
                                    struct sb_counts **counts, struct sb_error *error)
{
    size_t order, memory;
    for (size_t i = 0; i < model->n; i++)
        if (strcmp(model->keys[i], "order") != 0 && strcmp(model->keys[i], "memory") != 0)
            return sb_fail(error, SB_FORMAT, "\"%s\": no key \"%.40s\"; there are order and memory",
                           model->text, model->keys[i]);
    enum sb_status status = sb_model_count(model, "order", 1, 1, 3, &order, error);
    if (!status)
        status = sb_model_count(model, "memory", 0, 0, 1 << 30, &memory, error);
    if (status)
        return status;
    status =
        sb_counts_create(sb_world_n_vocabulary(world), (unsigned)order, 1, (double)memory, counts);
    return status ? sb_fail(error, status, "\"%s\": %s with a vocabulary of %zu", model->text,
                            status == SB_LIMIT    ? "order too large"
                            : status == SB_MEMORY ? "out of memory"
                                                  : "memory=1 forgets all",
                            sb_world_n_vocabulary(world))
                  : SB_OK;
}

static enum sb_status create_network(const char *text, const struct sb_world *world, uint64_t seed,
                                     struct sb_network **network, struct sb_error *error)
{
    char *spec = sb_world_network_spec(world, text);
    if (!spec)
        return sb_fail_memory(error);
    enum sb_status status =
        sb_network_from_spec(spec, sb_world_language_text(world), seed, network, error);
    free(spec);
    return status;
}

enum sb_status sb_learner_create(const char *text, const struct sb_world *world, uint64_t seed,
                                 struct sb_learner **learner, struct sb_error *error)
{
    struct sb_model model;
    *learner = NULL;
    enum sb_status status = sb_model_parse(text, &model, error);
    if (status)
        return status;
    struct sb_learner *made = calloc(1, sizeof *made);
    if (!made)
        status = sb_fail_memory(error);
    else if (strcmp(model.name, "counts") == 0)
        status = create_counts(&model, world, &made->counts, error);
    else
        status = create_network(text, world, seed, &made->network, error);
    sb_model_clear(&model);
    if (status)
        sb_learner_free(made);
    else
        *learner = made;
    return status;
}

static enum sb_status clone_network(const struct sb_learner *from, struct sb_learner *to,
                                    struct sb_error *error)
{
    if (sb_network_clone(from->network, &to->network))
        return sb_fail_memory(error);
    if (!from->trainer)
        return SB_OK;
    to->last = from->last;
    enum sb_status status = sb_trainer_create(to->network, &to->last, &to->trainer, error);
    if (!status)
        sb_optimizer_copy(sb_trainer_optimizer(to->trainer), sb_trainer_optimizer(from->trainer));
    return status;
}

enum sb_status sb_learner_clone(const struct sb_learner *learner, struct sb_learner **clone,
                                struct sb_error *error)
{
    struct sb_learner *made = calloc(1, sizeof *made);
    *clone = NULL;
    if (!made)
        return sb_fail_memory(error);
    enum sb_status status = SB_OK;
    if (learner->network)
        status = clone_network(learner, made, error);
    else if (sb_counts_clone(learner->counts, &made->counts))
        status = sb_fail_memory(error);
    if (status)
        sb_learner_free(made);
    else
        *clone = made;
    return status;
}

void sb_learner_free(struct sb_learner *learner)
{
    if (!learner)
        return;
    sb_trainer_free(learner->trainer);
    sb_network_free(learner->network);
    sb_counts_free(learner->counts);
    free(learner);
}

size_t sb_learner_n_parameters(const struct sb_learner *learner)
{
    return learner->network ? learner->network->n_parameters : sb_counts_n_cells(learner->counts);
}

struct sb_network *sb_learner_network(const struct sb_learner *learner)
{
    return learner->network;
}

/* ---- learning ---------------------------------------------------------------------------------- */

struct sb_learning sb_learning_tuning(void)
{
    return (struct sb_learning){ .training = sb_training_options_default() };
}

struct sb_learning sb_learning_pretraining(size_t n_documents)
{
    struct sb_learning how = sb_learning_tuning();
    how.training.n_batch = 64;
    how.training.rate = 4e-3;
    how.training.schedule = SB_COSINE;
    how.training.floor = 0.1;
    how.training.n_warmup = n_documents / 64 / 20;
    return how;
}

struct lesson {
    struct sb_learner *learner;
    sb_learner_callback *callback;
    void *context;
    size_t n_before; /* sequences of the runs before this one */
};

static enum sb_status after_step(void *context, const struct sb_training_step *step,
                                 struct sb_error *error)
{
    struct lesson *l = context;
    return l->callback
               ? l->callback(l->context, l->learner, l->n_before + (size_t)step->n_done, error)
               : SB_OK;
}

/* A trainer for what comes now, with the moments of the last one if they are to be carried. */
static enum sb_status renew_trainer(struct sb_learner *learner, const struct sb_learning *how,
                                    struct sb_error *error)
{
    struct sb_trainer *trainer;
    struct sb_training_options options = how->training;
    options.is_ordered = true;
    options.n_threads = 1;
    options.n_accumulate = 1;
    enum sb_status status = sb_trainer_create(learner->network, &options, &trainer, error);
    if (status)
        return status;
    if (how->carries_moments && learner->trainer &&
        learner->last.optimizer.kind == options.optimizer.kind)
        sb_optimizer_copy(sb_trainer_optimizer(trainer), sb_trainer_optimizer(learner->trainer));
    sb_trainer_free(learner->trainer);
    learner->trainer = trainer;
    learner->last = options;
    learner->last.reference = NULL; /* of this lesson alone */
    return SB_OK;
}

static enum sb_status train(struct sb_learner *learner, const struct sb_learning *how,
                            const struct sb_documents_drawn *documents, struct lesson *lesson,
                            struct sb_error *error)
{
    size_t side = how->training.objective == SB_DPO ? 2 : 1, batch = how->training.n_batch;
    size_t n = documents->n / side, n_steps = n / batch, rest = n % batch;
    enum sb_status status = renew_trainer(learner, how, error);
    if (!status && n_steps)
        status = sb_trainer_run(learner->trainer, documents->sequences, n_steps * batch * side,
                                n_steps, after_step, lesson, error);
    if (!status && rest) {
        sb_trainer_options(learner->trainer)->n_batch = rest;
        lesson->n_before = n_steps * batch;
        status = sb_trainer_run(learner->trainer, documents->sequences + n_steps * batch * side,
                                rest * side, 1, after_step, lesson, error);
        sb_trainer_options(learner->trainer)->n_batch = batch;
    }
    return status;
}

static enum sb_status count(struct sb_learner *learner, const struct sb_learning *how,
                            const struct sb_documents_drawn *documents, struct lesson *lesson,
                            struct sb_error *error)
{
    enum sb_status status = SB_OK;
    if (how->training.objective == SB_DPO)
        return sb_fail(error, SB_UNSUPPORTED, "counts cannot learn by DPO");
    for (size_t i = 0; i < documents->n && !status; i++) {
        sb_counts_learn(learner->counts, &documents->sequences[i], 1);
        if (lesson->callback && ((i + 1) % how->training.n_batch == 0 || i + 1 == documents->n))
            status = lesson->callback(lesson->context, learner, i + 1, error);
    }
    return status;
}

enum sb_status sb_learner_learn(struct sb_learner *learner, const struct sb_learning *how,
                                const struct sb_documents_drawn *documents,
                                sb_learner_callback *callback, void *context,
                                struct sb_error *error)
{
    struct lesson lesson = { learner, callback, context, 0 };
    return learner->network ? train(learner, how, documents, &lesson, error)
                            : count(learner, how, documents, &lesson, error);
}

/* ---- scoring ----------------------------------------------------------------------------------- */

/* Sequences as the scorer wants them; log_p of all of them stand in one array. */
struct scored {
    struct sb_sequence *sequences;
    uint8_t *masks; /* of all, one behind the other */
    double *log_p;
};

static void clear_scored(struct scored *s)
{
    free(s->sequences);
    free(s->masks);
    free(s->log_p);
}

static size_t count_ids(const struct sb_documents_drawn *documents)
{
    size_t n_ids = 0;
    for (size_t i = 0; i < documents->n; i++)
        n_ids += documents->sequences[i].n;
    return n_ids;
}

static enum sb_status init_scored(struct scored *s, const struct sb_documents_drawn *documents)
{
    size_t n_ids = count_ids(documents);
    s->sequences = calloc(documents->n + 1, sizeof *s->sequences);
    s->masks = malloc(n_ids + 1);
    s->log_p = calloc(n_ids + 1, sizeof *s->log_p);
    if (!s->sequences || !s->masks || !s->log_p)
        return SB_MEMORY;
    for (size_t i = 0, at = 0; i < documents->n; i++) {
        const struct sb_training_sequence *t = &documents->sequences[i];
        s->masks[at] = 0;
        for (size_t j = 1; j < t->n; j++)
            s->masks[at + j] = t->mask ? t->mask[j - 1] : 1;
        s->sequences[i] = (struct sb_sequence){
            .ids = t->ids, .n = t->n, .scored = s->masks + at, .log_p = s->log_p + at
        };
        at += t->n;
    }
    return SB_OK;
}

/* No sequence is longer than the context: nothing slides. */
static struct sb_scorer_options scorer_options(const struct sb_network *network)
{
    size_t n_context = network->checkpoint->config.n_context;
    return (struct sb_scorer_options){ .n_context = n_context,
                                       .n_stride = n_context > 1 ? n_context - 1 : 1,
                                       .n_batch = n_context > SCORED_TOGETHER ? n_context
                                                                              : SCORED_TOGETHER,
                                       .n_threads = 1 };
}

static enum sb_status score_network(const struct sb_network *network,
                                    const struct sb_documents_drawn *documents, double *bits)
{
    const struct sb_scorer_options options = scorer_options(network);
    struct scored s = { 0 };
    enum sb_status status = init_scored(&s, documents);
    if (!status)
        status = sb_score_sequences(network->transformer, s.sequences, documents->n, &options);
    for (size_t i = 0; i < documents->n && !status; i++)
        for (size_t j = 1; j < s.sequences[i].n; j++)
            if (s.sequences[i].scored[j])
                bits[documents->sequences[i].document] -=
                    sb_bits_from_nats(s.sequences[i].log_p[j]);
    clear_scored(&s);
    return status;
}

enum sb_status sb_learner_bits(const struct sb_learner *learner,
                               const struct sb_documents_drawn *documents, double *bits,
                               struct sb_error *error)
{
    for (size_t d = 0; d < documents->n_documents; d++)
        bits[d] = 0;
    if (learner->network)
        return score_network(learner->network, documents, bits) ? sb_fail_memory(error) : SB_OK;
    for (size_t i = 0; i < documents->n; i++)
        bits[documents->sequences[i].document] +=
            sb_bits_from_nats(sb_counts_nats(learner->counts, &documents->sequences[i]));
    return SB_OK;
}

/* The trainer's gradient is of nats per asked token. */
enum sb_status sb_learner_gradient(const struct sb_learner *learner,
                                   const struct sb_documents_drawn *documents, float *gradient,
                                   struct sb_error *error)
{
    struct sb_training_options options = sb_training_options_default();
    struct sb_trainer *trainer;
    double n_asked = 0, nats;
    if (!learner->network)
        return sb_fail(error, SB_UNSUPPORTED, "counts have no gradient; --model llama:... has");
    options.n_batch = 64;
    enum sb_status status = sb_trainer_create(learner->network, &options, &trainer, error);
    if (!status)
        status = sb_trainer_gradient(trainer, documents->sequences, documents->n, gradient, &nats,
                                     error);
    sb_trainer_free(trainer);
    for (size_t i = 0; i < documents->n; i++)
        for (size_t j = 1; j < documents->sequences[i].n; j++)
            n_asked += !documents->sequences[i].mask || documents->sequences[i].mask[j - 1];
    float scale = (float)sb_bits_from_nats(n_asked / (double)documents->n_documents);
    for (size_t i = 0; i < learner->network->n_parameters && !status; i++)
        gradient[i] *= scale;
    return status;
}

/* ---- coding ------------------------------------------------------------------------------------ */

struct coding {
    const struct sb_documents_drawn *documents;
    size_t n_batch;
    struct sb_training_sequence *batch; /* (n_batch): each counted as a document of its own */
    double *of_batch;
    double *bits;
    sb_learner_callback *callback;
    void *context;
};

/* The batch that begins at sequence `first`. */
static enum sb_status code_batch(struct coding *c, const struct sb_learner *learner, size_t first,
                                 struct sb_error *error)
{
    const struct sb_training_sequence *sequences = c->documents->sequences + first;
    size_t rest = c->documents->n - first, n = rest < c->n_batch ? rest : c->n_batch;
    const struct sb_documents_drawn batch = { c->batch, n, n, NULL };
    for (size_t i = 0; i < n; i++) {
        c->batch[i] = sequences[i];
        c->batch[i].document = i;
    }
    enum sb_status status = n == 0 ? SB_OK : sb_learner_bits(learner, &batch, c->of_batch, error);
    for (size_t i = 0; i < n && !status; i++)
        c->bits[sequences[i].document] += c->of_batch[i];
    return status;
}

static enum sb_status code_next(void *context, struct sb_learner *learner, size_t n_learned,
                                struct sb_error *error)
{
    struct coding *c = context;
    enum sb_status status =
        c->callback ? c->callback(c->context, learner, n_learned, error) : SB_OK;
    return status ? status : code_batch(c, learner, n_learned, error);
}

enum sb_status sb_learner_code(struct sb_learner *learner, const struct sb_learning *how,
                               const struct sb_documents_drawn *documents,
                               sb_learner_callback *callback, void *context, double *bits,
                               struct sb_error *error)
{
    size_t n = how->training.n_batch;
    if (how->training.objective == SB_DPO)
        return sb_fail(error, SB_UNSUPPORTED, "preferences between documents are no code for them");
    struct coding c = { documents, n,      malloc((n + 1) * sizeof *c.batch), NULL, bits,
                        callback,  context };
    c.of_batch = malloc((n + 1) * sizeof *c.of_batch);
    enum sb_status status = c.batch && c.of_batch ? SB_OK : sb_fail_memory(error);
    for (size_t d = 0; d < documents->n_documents; d++)
        bits[d] = 0;
    if (!status)
        status = code_batch(&c, learner, 0, error);
    if (!status)
        status = sb_learner_learn(learner, how, documents, code_next, &c, error);
    free(c.batch);
    free(c.of_batch);
    return status;
}

/* ---- writing ----------------------------------------------------------------------------------- */

static enum sb_status init_drawn(struct sb_documents_drawn *drawn, size_t n, size_t n_ids)
{
    drawn->sequences = calloc(n + 1, sizeof *drawn->sequences);
    drawn->ids = malloc((n * n_ids + 1) * sizeof *drawn->ids);
    return drawn->sequences && drawn->ids ? SB_OK : SB_MEMORY;
}

/* Words drawn from counts until the end mark, or as many as a document has. */
static size_t write_words(const struct sb_counts *counts, struct sb_random *random, size_t n_ids,
                          long end_id, double *p, size_t n_vocabulary, uint32_t *ids)
{
    size_t n = 1;
    while (n < n_ids && !(n > 1 && (long)ids[n - 1] == end_id)) {
        double u = sb_random_unit(random), sum = 0;
        size_t word = 0;
        sb_counts_next(counts, ids, n, p);
        for (sum = p[0]; sum <= u && word + 1 < n_vocabulary; sum += p[word])
            word++;
        ids[n++] = (uint32_t)word;
    }
    return n;
}

static enum sb_status sample_counts(const struct sb_counts *counts, const struct sb_world *world,
                                    uint64_t seed, uint64_t first, size_t n, uint32_t *ids,
                                    size_t *lengths)
{
    size_t n_ids = sb_world_n_ids(world), n_vocabulary = sb_world_n_vocabulary(world);
    double *p = malloc(n_vocabulary * sizeof *p);
    for (size_t i = 0; i < n && p; i++) {
        struct sb_random random;
        sb_random_init(&random, seed, first + i);
        ids[i * n_ids] = (uint32_t)sb_world_start_id(world);
        lengths[i] = write_words(counts, &random, n_ids, sb_world_end_id(world), p, n_vocabulary,
                                 ids + i * n_ids);
    }
    free(p);
    return p ? SB_OK : SB_MEMORY;
}

static enum sb_status sample_network(const struct sb_network *network, const struct sb_world *world,
                                     uint64_t seed, uint64_t first, size_t n, uint32_t *ids,
                                     size_t *lengths)
{
    uint32_t start = (uint32_t)sb_world_start_id(world);
    const struct sb_sample_options options = { .temperature = 1,
                                               .n_ids = sb_world_n_ids(world),
                                               .end_id = sb_world_end_id(world),
                                               .seed = seed,
                                               .n_threads = 1 };
    return sb_sample_sequences(network->transformer, &start, 1, first, n, &options, ids, lengths);
}

enum sb_status sb_learner_sample(const struct sb_learner *learner, const struct sb_world *world,
                                 uint64_t seed, uint64_t first, size_t n,
                                 struct sb_documents_drawn *drawn, struct sb_error *error)
{
    size_t n_ids = sb_world_n_ids(world), *lengths = malloc((n + 1) * sizeof *lengths);
    if (sb_world_start_id(world) < 0) {
        free(lengths);
        return sb_fail(error, SB_DOMAIN,
                       "the vocabulary has no start mark: nothing can be sampled");
    }
    enum sb_status status = lengths ? init_drawn(drawn, n, n_ids) : SB_MEMORY;
    if (!status && learner->network)
        status = sample_network(learner->network, world, seed, first, n, drawn->ids, lengths);
    else if (!status)
        status = sample_counts(learner->counts, world, seed, first, n, drawn->ids, lengths);
    for (size_t i = 0; i < n && !status; i++)
        drawn->sequences[i] =
            (struct sb_training_sequence){ drawn->ids + i * n_ids, lengths[i], NULL, i };
    drawn->n = drawn->n_documents = status ? 0 : n;
    free(lengths);
    return status ? sb_fail_memory(error) : SB_OK;
}

/* ---- divergence -------------------------------------------------------------------------------- */

static double kl_nats(const double *p, const double *q, size_t n)
{
    double nats = 0;
    for (size_t w = 0; w < n; w++)
        nats += p[w] * sb_portable_log(p[w] / q[w]);
    return nats;
}

static enum sb_status diverge_counts(const struct sb_counts *p, const struct sb_counts *q,
                                     size_t n_vocabulary,
                                     const struct sb_documents_drawn *documents, double *bits)
{
    double *both = malloc(2 * n_vocabulary * sizeof *both);
    for (size_t i = 0; i < documents->n && both; i++) {
        const struct sb_training_sequence *s = &documents->sequences[i];
        for (size_t at = 1; at < s->n; at++) {
            if (s->mask && !s->mask[at - 1])
                continue;
            sb_counts_next(p, s->ids, at, both);
            sb_counts_next(q, s->ids, at, both + n_vocabulary);
            bits[s->document] +=
                sb_bits_from_nats(kl_nats(both, both + n_vocabulary, n_vocabulary));
        }
    }
    free(both);
    return both ? SB_OK : SB_MEMORY;
}

static enum sb_status diverge_networks(const struct sb_network *p, const struct sb_network *q,
                                       const struct sb_documents_drawn *documents, double *bits)
{
    const struct sb_transformer *const both[2] = { p->transformer, q->transformer };
    const struct sb_scorer_options options = scorer_options(p);
    struct scored s = { 0 };
    size_t n_ids = count_ids(documents);
    struct sb_head_comparison *all = malloc((n_ids + 1) * sizeof *all);
    struct sb_head_comparison **of_sequence = malloc((documents->n + 1) * sizeof *of_sequence);
    enum sb_status status = all && of_sequence ? init_scored(&s, documents) : SB_MEMORY;
    for (size_t i = 0, at = 0; i < documents->n && !status; at += documents->sequences[i++].n)
        of_sequence[i] = all + at;
    if (!status)
        status = sb_compare_sequences(both, s.sequences, documents->n, &options, of_sequence);
    for (size_t i = 0; i < documents->n && !status; i++)
        for (size_t j = 1; j < s.sequences[i].n; j++)
            if (s.sequences[i].scored[j])
                bits[documents->sequences[i].document] +=
                    sb_bits_from_nats(of_sequence[i][j].divergence[0]);
    clear_scored(&s);
    free(all);
    free(of_sequence);
    return status;
}

enum sb_status sb_learner_kl(const struct sb_learner *p, const struct sb_learner *q,
                             const struct sb_documents_drawn *documents, double *bits,
                             struct sb_error *error)
{
    enum sb_status status;
    for (size_t d = 0; d < documents->n_documents; d++)
        bits[d] = 0;
    if (p->network && q->network)
        status = diverge_networks(p->network, q->network, documents, bits);
    else if (p->counts && q->counts)
        status = diverge_counts(p->counts, q->counts, sb_counts_n_vocabulary(p->counts), documents,
                                bits);
    else
        return sb_fail(error, SB_DOMAIN, "a transformer and counts have no common divergence");
    return status ? sb_fail_memory(error) : SB_OK;
}

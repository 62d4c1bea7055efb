#include "estimators/experiment/walk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/experiment/bases.h"

enum { N_WRITTEN = 64 };

struct sb_base sb_base_of(const struct sb_experiment_options *options, const struct sb_world *world,
                          size_t seed)
{
    return (struct sb_base){ .world = world,
                             .model = options->model,
                             .n_pretraining = options->n_pretraining,
                             .pretraining = sb_learning_pretraining(options->n_pretraining),
                             .seed = options->seed + seed };
}

/* All that a base depends on. The parameters are compared as they are: bases of one run have the same
 * options wherever they have the same volume. */
static void name_base(const struct sb_base *base, char *key, size_t size)
{
    const struct sb_world_options *o = sb_world_options_view(base->world);
    const struct sb_training_options *t = &base->pretraining.training;
    const char *language = sb_world_language_text(base->world);
    snprintf(key, size, "%s %s %s %zu %zu %llu %llu %d %.17g %d %zu %zu", base->model,
             language ? language : o->paths[SB_PRETRAINING], language ? "" : o->vocabulary,
             o->n_context, base->n_pretraining, (unsigned long long)base->seed,
             (unsigned long long)o->seed, t->optimizer.kind, t->rate, t->schedule, t->n_warmup,
             t->n_batch);
}

static enum sb_status train_base(const struct sb_base *base, struct sb_learner **learner,
                                 struct sb_error *error)
{
    struct sb_documents_drawn documents = { 0 };
    enum sb_status status = sb_learner_create(base->model, base->world, base->seed, learner, error);
    if (status)
        return status;
    if (sb_world_draw(base->world, SB_PRETRAINING, base->seed, 0, base->n_pretraining, &documents))
        status = sb_fail_memory(error);
    if (!status)
        status = sb_learner_learn(*learner, &base->pretraining, &documents, NULL, NULL, error);
    sb_documents_drawn_clear(&documents);
    if (status) {
        sb_learner_free(*learner);
        *learner = NULL;
    }
    return status;
}

enum sb_status sb_base_create(const struct sb_base *base, struct sb_learner **learner,
                              struct sb_error *error)
{
    struct sb_bases *bases = sb_world_options_view(base->world)->bases;
    char key[2048];
    if (!bases)
        return train_base(base, learner, error);
    name_base(base, key, sizeof key);
    enum sb_status status = sb_bases_find(bases, key, learner, error);
    if (status || *learner)
        return status;
    status = train_base(base, learner, error);
    if (!status)
        sb_bases_keep(bases, key, *learner);
    return status;
}

/* Documents of a walk, or of an alignment; pairs for DPO. */
static enum sb_status draw(const struct sb_base *base, const struct sb_walk *walk, uint64_t first,
                           size_t n, struct sb_documents_drawn *documents, struct sb_error *error)
{
    enum sb_status status =
        walk->learning->training.objective == SB_DPO
            ? sb_world_draw_pairs(base->world, walk->part, walk->rejected, base->seed, first, n,
                                  documents)
            : sb_world_draw_mixed(base->world, walk->part,
                                  walk->replay > 0 ? walk->replayed : walk->part, walk->replay,
                                  base->seed, first, n, documents);
    if (status == SB_DOMAIN)
        return sb_fail(error, status, "there is no data for %s, or not in pairs",
                       sb_part_names[walk->part]);
    return status ? sb_fail_memory(error) : SB_OK;
}

enum sb_status sb_align(const struct sb_base *base, const struct sb_learner *from, size_t n_aligned,
                        const struct sb_learning *how, struct sb_learner **aligned,
                        struct sb_error *error)
{
    struct sb_documents_drawn documents = { 0 };
    struct sb_learning learning = *how;
    const struct sb_walk walk = { .part = SB_ALIGNMENT,
                                  .rejected = SB_PERTURBATION,
                                  .learning = how };
    enum sb_status status = sb_learner_clone(from, aligned, error);
    if (status || n_aligned == 0)
        return status;
    if (learning.training.objective == SB_DPO)
        learning.training.reference = sb_learner_network(from);
    status = draw(base, &walk, 0, n_aligned, &documents, error);
    if (!status)
        status = sb_learner_learn(*aligned, &learning, &documents, NULL, NULL, error);
    sb_documents_drawn_clear(&documents);
    if (status) {
        sb_learner_free(*aligned);
        *aligned = NULL;
    }
    return status;
}

/* ---- measuring --------------------------------------------------------------------------------- */

enum sb_status sb_observe_bits(const struct sb_world *world, const struct sb_learner *learner,
                               const struct sb_point *point, struct sb_observations *observations,
                               struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t part = 0; part < SB_UNRELATED && !status; part++) {
        const struct sb_documents_drawn *test = sb_world_test(world, (enum sb_part)part);
        char quantity[SB_POINT_NAME];
        if (!sb_world_has_part(world, (enum sb_part)part))
            continue;
        snprintf(quantity, sizeof quantity, "bits_%s", sb_part_names[part]);
        double *bits = malloc((test->n_documents + 1) * sizeof *bits);
        status = bits ? sb_learner_bits(learner, test, bits, error) : sb_fail_memory(error);
        if (!status && sb_observe_documents(observations, point, quantity, bits, test->n_documents))
            status = sb_fail_memory(error);
        free(bits);
    }
    return status;
}

/* A cell at work. */
struct walking {
    const struct sb_base *base;
    const struct sb_learner *origin; /* the base */
    struct sb_documents_drawn written_by_base;
    struct sb_observations *observations;
    const struct sb_walk *walk;
    size_t next_dose;
};

static double mean_of(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

static enum sb_status observe_kl(struct walking *w, const struct sb_learner *p,
                                 const struct sb_learner *q,
                                 const struct sb_documents_drawn *documents,
                                 const struct sb_point *point, const char *quantity,
                                 struct sb_error *error)
{
    double bits[N_WRITTEN];
    enum sb_status status = sb_learner_kl(p, q, documents, bits, error);
    if (!status && sb_observe(w->observations, point, quantity, mean_of(bits, N_WRITTEN)))
        status = sb_fail_memory(error);
    return status;
}

static enum sb_status observe_written(struct walking *w, const struct sb_learner *learner,
                                      const struct sb_point *point, struct sb_error *error)
{
    struct sb_documents_drawn written = { 0 };
    double p[N_WRITTEN];
    enum sb_status status =
        sb_learner_sample(learner, w->base->world, w->base->seed, 0, N_WRITTEN, &written, error);
    for (size_t i = 0; i < N_WRITTEN && !status; i++)
        p[i] = sb_world_alignment_probability(w->base->world, written.sequences[i].ids,
                                              written.sequences[i].n);
    if (!status &&
        sb_observe(w->observations, point, "alignment_probability", mean_of(p, N_WRITTEN)))
        status = sb_fail_memory(error);
    if (!status)
        status = observe_kl(w, learner, w->origin, &written, point, "kl_to_base_bits", error);
    sb_documents_drawn_clear(&written);
    if (!status)
        status = observe_kl(w, w->origin, learner, &w->written_by_base, point, "kl_from_base_bits",
                            error);
    return status;
}

static enum sb_status observe(struct walking *w, const struct sb_learner *learner,
                              const struct sb_point *point, bool is_brief, struct sb_error *error)
{
    enum sb_status status = sb_observe_bits(w->base->world, learner, point, w->observations, error);
    if (!status && !is_brief && sb_world_start_id(w->base->world) >= 0)
        status = observe_written(w, learner, point, error);
    return status;
}

/* ---- walking ----------------------------------------------------------------------------------- */

static enum sb_status at_step(void *context, struct sb_learner *learner, size_t n_learned,
                              struct sb_error *error)
{
    struct walking *w = context;
    const struct sb_walk *walk = w->walk;
    if (w->next_dose == walk->n_doses || n_learned < walk->doses[w->next_dose])
        return SB_OK;
    struct sb_point point =
        sb_point(walk->path, (double)walk->n_aligned, (double)walk->doses[w->next_dose++]);
    return observe(w, learner, &point, walk->is_brief, error);
}

static enum sb_status walk_on(struct walking *w, const struct sb_learner *aligned,
                              struct sb_error *error)
{
    const struct sb_walk *walk = w->walk;
    struct sb_documents_drawn documents = { 0 };
    struct sb_learning learning = *walk->learning;
    struct sb_learner *learner = NULL;
    struct sb_point start = sb_point(walk->path, (double)walk->n_aligned, 0);
    enum sb_status status = observe(w, aligned, &start, walk->is_brief, error);
    /* documents of alignment that were learned already are not learned again */
    size_t first = walk->part == SB_ALIGNMENT     ? walk->n_aligned
                   : walk->part == SB_PRETRAINING ? w->base->n_pretraining
                                                  : 0;
    w->next_dose = 0;
    if (learning.training.objective == SB_DPO)
        learning.training.reference = sb_learner_network(aligned);
    if (!status && walk->n_doses)
        status = draw(w->base, walk, first, walk->doses[walk->n_doses - 1], &documents, error);
    if (!status)
        status = sb_learner_clone(aligned, &learner, error);
    if (!status && walk->n_doses)
        status = sb_learner_learn(learner, &learning, &documents, at_step, w, error);
    sb_learner_free(learner);
    sb_documents_drawn_clear(&documents);
    return status;
}

static bool begins_alike(const struct sb_walk *a, const struct sb_walk *b)
{
    return a->n_aligned == b->n_aligned && a->alignment == b->alignment;
}

static enum sb_status walk_all(struct walking *w, const struct sb_walk *walks, size_t n_walks,
                               struct sb_error *error)
{
    struct sb_learner *aligned = NULL;
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < n_walks && !status; i++) {
        w->walk = &walks[i];
        if (i == 0 || !begins_alike(&walks[i - 1], &walks[i])) {
            sb_learner_free(aligned);
            status = sb_align(w->base, w->origin, walks[i].n_aligned, walks[i].alignment, &aligned,
                              error);
        }
        if (!status)
            status = walk_on(w, aligned, error);
    }
    sb_learner_free(aligned);
    return status;
}

enum sb_status sb_walk_from_base(const struct sb_base *base, const struct sb_walk *walks,
                                 size_t n_walks, struct sb_observations *observations,
                                 struct sb_error *error)
{
    struct sb_learner *origin = NULL;
    struct sb_point point = sb_point("base", 0, 0);
    struct walking w = { .base = base, .observations = observations };
    enum sb_status status = sb_base_create(base, &origin, error);
    w.origin = origin;
    if (!status && sb_world_start_id(base->world) >= 0)
        status = sb_learner_sample(origin, base->world, base->seed, N_WRITTEN, N_WRITTEN,
                                   &w.written_by_base, error);
    if (!status)
        status = observe(&w, origin, &point, false, error);
    if (!status &&
        sb_observe(observations, &point, "parameters", (double)sb_learner_n_parameters(origin)))
        status = sb_fail_memory(error);
    if (!status)
        status = walk_all(&w, walks, n_walks, error);
    sb_documents_drawn_clear(&w.written_by_base);
    sb_learner_free(origin);
    return status;
}

enum sb_status sb_walk_cell(const struct sb_experiment_options *options,
                            const struct sb_world_options *world, const char *model,
                            size_t n_pretraining, size_t seed, const struct sb_walks *walks,
                            struct sb_observations *observations, struct sb_error *error)
{
    struct sb_world *made;
    struct sb_walk possible[SB_MAX_WALKS];
    size_t n = 0;
    enum sb_status status = sb_world_create(world, &made, error);
    if (status)
        return status;
    for (size_t i = 0; i < walks->n; i++) /* files may leave parts out */
        if (sb_world_has_part(made, walks->items[i].part))
            possible[n++] = walks->items[i];
    const struct sb_base base = { made, model, n_pretraining,
                                  sb_learning_pretraining(n_pretraining), options->seed + seed };
    status = sb_walk_from_base(&base, possible, n, observations, error);
    sb_world_free(made);
    return status;
}

void sb_walks_add(struct sb_walks *walks, const char *path, enum sb_part part, size_t n_aligned,
                  const size_t *doses, size_t n_doses, const struct sb_learning *how, bool is_brief)
{
    assert(walks->n < SB_MAX_WALKS);
    walks->items[walks->n++] = (struct sb_walk){ .path = path,
                                                 .part = part,
                                                 .n_aligned = n_aligned,
                                                 .doses = doses,
                                                 .n_doses = n_doses,
                                                 .alignment = how,
                                                 .learning = how,
                                                 .is_brief = is_brief };
}

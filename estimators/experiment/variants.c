#include "estimators/experiment/variants.h"

#include <stdio.h>
#include <string.h>

static const char *const TUNINGS[] = { "AdamW, fresh moments", "AdamW, fresh moments",
                                       "AdamW, carried moments", "AdamW, 16 steps of warm-up",
                                       "SGD" };
enum { N_VARIANTS = sizeof TUNINGS / sizeof *TUNINGS, OTHER_FORM = 1, CARRIED, WARM_UP, SGD };

static bool begins(const char *model, const char *name)
{
    size_t n = strlen(name);
    return strncmp(model, name, n) == 0 && (model[n] == ':' || !model[n]);
}

size_t sb_variants_n(const struct sb_experiment_options *options)
{
    return options->is_full && !begins(options->model, "counts") ? N_VARIANTS : 1;
}

const char *sb_usual_tuning(const struct sb_experiment_options *options)
{
    return begins(options->model, "counts") ? "counted" : TUNINGS[0];
}

struct sb_variant sb_variant(const struct sb_experiment_options *options, size_t condition)
{
    struct sb_variant v = { .tuning = sb_learning_tuning() };
    struct sb_training_options *t = &v.tuning.training;
    if (condition == OTHER_FORM)
        snprintf(v.model, sizeof v.model, "%s%s", begins(options->model, "gpt2") ? "llama" : "gpt2",
                 options->model + strcspn(options->model, ":"));
    else
        snprintf(v.model, sizeof v.model, "%s", options->model);
    v.tuning.carries_moments = condition == CARRIED;
    if (condition == WARM_UP)
        t->n_warmup = 16;
    if (condition == SGD) {
        t->optimizer.kind = SB_SGD;
        t->rate = 0.1;
    }
    snprintf(v.name, sizeof v.name, "%.*s; %s", (int)strcspn(v.model, ":"), v.model,
             begins(v.model, "counts") ? "counted" : TUNINGS[condition]);
    return v;
}

void sb_variants_name(const struct sb_experiment_options *options, size_t condition, char *name,
                      size_t size)
{
    struct sb_variant v = sb_variant(options, condition);
    snprintf(name, size, "%s", v.name);
}

/* ---- and overlaps ------------------------------------------------------------------------------ */

static const double OVERLAPS[] = { 0, 0.6, 0.9 };
enum { N_OVERLAPS = sizeof OVERLAPS / sizeof *OVERLAPS };

size_t sb_variants_and_overlaps_n(const struct sb_experiment_options *options)
{
    bool has_overlaps = options->is_full && !options->world.paths[SB_PRETRAINING];
    return sb_variants_n(options) + (has_overlaps ? N_OVERLAPS : 0);
}

struct sb_variant sb_variant_or_overlap(const struct sb_experiment_options *options,
                                        size_t condition, struct sb_world_options *world)
{
    size_t n = sb_variants_n(options);
    struct sb_variant v = sb_variant(options, condition < n ? condition : 0);
    *world = options->world;
    if (condition >= n) {
        size_t length = strlen(v.name);
        world->language.overlap = OVERLAPS[condition - n];
        snprintf(v.name + length, sizeof v.name - length, "; overlap %g", OVERLAPS[condition - n]);
    }
    return v;
}

void sb_variants_and_overlaps_name(const struct sb_experiment_options *options, size_t condition,
                                   char *name, size_t size)
{
    struct sb_world_options world;
    struct sb_variant v = sb_variant_or_overlap(options, condition, &world);
    snprintf(name, size, "%s", v.name);
}

/* ---- cells ------------------------------------------------------------------------------------- */

enum sb_status sb_variant_cell_init(struct sb_variant_cell *cell,
                                    const struct sb_experiment_options *options, size_t condition,
                                    size_t seed, struct sb_error *error)
{
    struct sb_world_options world;
    cell->variant = sb_variant_or_overlap(options, condition, &world);
    enum sb_status status = sb_world_create(&world, &cell->world, error);
    if (status)
        return status;
    cell->base = sb_base_of(options, cell->world, seed);
    cell->base.model = cell->variant.model;
    return SB_OK;
}

void sb_variant_cell_clear(struct sb_variant_cell *cell)
{
    sb_world_free(cell->world);
    cell->world = NULL;
}

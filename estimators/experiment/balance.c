/* balance: the theorem's own setting, joint training on D_p, D_a, D_t in volumes k : 1 : l, at a grid of l.
 *
 *   documents   counts of whole documents (data/language_exact.h): the saturated model, k = 20
 *   family      q(x) ~ b(x) e^(theta . n(x)), n the style words by owner: convex (R8); words without
 *               memory of those before them, k = 20
 *   words       counts of words, of bigrams (counts.h), each dataset weighted by its volume, k = 20
 *   trained     the profile's transformer on documents drawn in these proportions, k = 4
 *
 * Two things are asked. Do the rates move as the exact kappa says, which changes its sign with the overlap
 * where pre-training has little of the polarities? And how far from its optimum is each model, by R2?
 *
 *   J_l = k gamma_p + gamma_a + l gamma_t                        (R2)
 *   -l1 D_t - eps1 <= k D_p + D_a <= -l2 D_t + eps2              D_i = gamma_i at l2 less at l1
 *
 * eps is computed for counts (the least J is an entropy), bounded by a duality gap for the family, and for
 * what is trained it is the excess of J over the language's own mixture: nothing can do better on average.
 * Beside it stand the error that R2 implies, J of one model less J of the other at the volumes of the one,
 * and what twice the training gains.
 *
 * A change of a rate divided by that of ln S, S = k + 1 + l, is a mean of kappa_l = S gamma_a' (R1), and so
 * is the slope itself; at l = 0 it is kappa_k, and -k S gamma_p' is kappa_k too (R4).
 */
#include "estimators/experiment/balance.h"

#include <stdio.h>
#include <stdlib.h>
#include "estimators/experiment/counts.h"
#include "estimators/experiment/style_family.h"
#include "estimators/experiment/walk.h"
#include "theory/numeric.h"
#include "theory/random.h"

enum { N_WORDS_DOCUMENTS = 1024 };
const double sb_balance_l[SB_BALANCE_N_L] = { 0, 1, 2, 4 };
const char *const sb_balance_bits[SB_N_ROLES] = { "bits_pretraining", "bits_alignment",
                                                  "bits_perturbation" };
const char *const sb_balance_slopes[SB_N_ROLES] = { "slope_pretraining", "slope_alignment",
                                                    "slope_perturbation" };
const char *const sb_balance_orders[SB_BALANCE_N_ORDERS] = { "words", "bigrams" };

static const enum sb_part PARTS[SB_N_ROLES] = { SB_PRETRAINING, SB_ALIGNMENT, SB_PERTURBATION };

/* The family is fitted no better than this, so that there is a gap to see. */
static const double FAMILY_TOLERANCE_NATS = 1e-3;

/* Which document of a joint training is of which part. */
static const uint64_t CHOICE_SEED = UINT64_C(0x6a6f696e74000000);

/* ---- conditions -------------------------------------------------------------------------------- */

struct condition {
    double overlap, pi; /* share of dialect 1 in D_p; the others halve the rest */
    bool is_trained;    /* in the quick profile, too */
};
static const struct condition QUICK[] = {
    { 0.3, 1.0 / 3, true }, { 0.6, 1.0 / 3, false }, { 0.9, 1.0 / 3, false },
    { 0.3, 0.8, false },    { 0.6, 0.8, false },     { 0.9, 0.8, true },
};
static const struct condition FULL[] = {
    { 0.3, 1.0 / 3, true },  { 0.6, 1.0 / 3, true },  { 0.9, 1.0 / 3, true },
    { 0.3, 0.8, true },      { 0.6, 0.8, true },      { 0.9, 0.8, true },
    { 0.15, 1.0 / 3, true }, { 0.45, 1.0 / 3, true }, { 0.75, 1.0 / 3, true },
    { 0.15, 0.8, true },     { 0.45, 0.8, true },     { 0.75, 0.8, true },
};
#define N_OF(array) (sizeof(array) / sizeof *(array))

bool sb_balance_has_files(const struct sb_experiment_options *options)
{
    return options->world.paths[SB_PRETRAINING];
}

size_t sb_balance_n_conditions(const struct sb_experiment_options *options)
{
    return sb_balance_has_files(options) ? 1 : options->is_full ? N_OF(FULL) : N_OF(QUICK);
}

static const struct condition *condition_of(const struct sb_experiment_options *options,
                                            size_t condition)
{
    return options->is_full ? &FULL[condition] : &QUICK[condition];
}

void sb_balance_name(const struct sb_experiment_options *options, size_t condition, char *name,
                     size_t size)
{
    const struct condition *c = condition_of(options, condition);
    if (sb_balance_has_files(options))
        snprintf(name, size, "files");
    else
        snprintf(name, size, "overlap %g, pi %s", c->overlap, c->pi > 0.5 ? "8:1:1" : "1:1:1");
}

struct sb_language_options sb_balance_language(const struct sb_experiment_options *options,
                                               size_t condition)
{
    const struct condition *c = condition_of(options, condition);
    struct sb_language_options language = options->world.language;
    language.overlap = c->overlap;
    language.pi[0] = c->pi;
    language.pi[1] = language.pi[2] = (1 - c->pi) / 2;
    return language;
}

/* ---- a cell ------------------------------------------------------------------------------------ */

struct cell {
    const struct sb_world *world;
    struct sb_base base;
    struct sb_observations *observations;
    struct sb_error *error;
    size_t n_trained; /* documents of a joint training */
};

static enum sb_status observe(struct cell *c, const char *path, double k, double l,
                              const char *quantity, double value)
{
    struct sb_point point = sb_point(path, k, l);
    return sb_observe(c->observations, &point, quantity, value) ? sb_fail_memory(c->error) : SB_OK;
}

/* ---- counts of documents, and the family on them ----------------------------------------------- */

/* Slopes by the jackknife, which takes the bias away that finite counts have. */
static enum sb_status observe_saturated(struct cell *c, const struct sb_curve_source *source)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < SB_BALANCE_N_L && !status; i++) {
        const double volumes[SB_N_ROLES] = { SB_BALANCE_K_COUNTED, 1, sb_balance_l[i] };
        struct sb_curve_point point;
        status = sb_curve_at(source, volumes, SB_ROLE_T, &point);
        for (size_t role = 0; role < SB_N_ROLES && !status; role++)
            status = observe(c, "documents", SB_BALANCE_K_COUNTED, sb_balance_l[i],
                             sb_balance_slopes[role], point.corrected[SB_SLOPE_P_NATS + role]);
    }
    return status ? sb_fail_memory(c->error) : SB_OK;
}

static enum sb_status observe_fit(struct cell *c, const struct sb_family *family,
                                  const struct sb_mixture *mixture, double l)
{
    double theta[SB_LANGUAGE_DIALECTS] = { 0 }, slopes[SB_N_ROLES];
    struct sb_family_fit fit;
    enum sb_status status = sb_family_fit(family, mixture, FAMILY_TOLERANCE_NATS, theta, &fit);
    for (size_t role = 0; role < SB_N_ROLES && !status; role++)
        status = observe(c, "family", SB_BALANCE_K_COUNTED, l, sb_balance_bits[role],
                         sb_bits_from_nats(sb_family_rate_nats(family, theta, mixture->p[role])));
    if (!status)
        status = observe(c, "family", SB_BALANCE_K_COUNTED, l, "epsilon_bits",
                         sb_bits_from_nats(fit.gap_nats));
    if (!status)
        status = sb_family_fit(family, mixture, 0, theta, &fit);
    if (!status)
        status = sb_family_respond(family, mixture, SB_ROLE_T, theta, slopes);
    for (size_t role = 0; role < SB_N_ROLES && !status; role++)
        status =
            observe(c, "family", SB_BALANCE_K_COUNTED, l, sb_balance_slopes[role], slopes[role]);
    return status;
}

static enum sb_status observe_family(struct cell *c, const struct sb_curve_source *source)
{
    struct sb_style_family classes;
    if (!sb_style_family_exists(sb_world_language(c->world)))
        return SB_OK;
    enum sb_status status = sb_style_family_init(&classes, sb_world_language(c->world));
    if (status)
        return sb_fail_memory(c->error);
    size_t n = classes.leaves.n;
    const double *p[SB_N_ROLES] = { source->p, source->p + n, source->p + 2 * n };
    for (size_t i = 0; i < SB_BALANCE_N_L && !status; i++) {
        const double volumes[SB_N_ROLES] = { SB_BALANCE_K_COUNTED, 1, sb_balance_l[i] };
        const struct sb_mixture mixture = { SB_N_ROLES, n, p, volumes };
        status = observe_fit(c, &classes.family, &mixture, sb_balance_l[i]);
    }
    sb_style_family_clear(&classes);
    /* numeric: a kind of word was not seen at all, and no member of the family is the best */
    return status && status != SB_NUMERIC
               ? sb_fail(c->error, status, "the family: %s", sb_status_phrase(status))
               : SB_OK;
}

static enum sb_status observe_documents(struct cell *c)
{
    const struct sb_language *language = sb_world_language(c->world);
    struct sb_curve_source source;
    if (!language || sb_language_options_view(language)->length > 200)
        return SB_OK;
    enum sb_status status = sb_curve_generated(language, SB_LEVEL_DOCUMENT, c->base.n_pretraining,
                                               c->base.seed, &source);
    if (status)
        return sb_fail(c->error, status, "counting documents: %s", sb_status_phrase(status));
    status = observe_saturated(c, &source);
    if (!status)
        status = observe_family(c, &source);
    sb_curve_source_clear(&source);
    return status;
}

/* ---- counts of words --------------------------------------------------------------------------- */

/* The least J over all models of this order, whose word depends on the order - 1 words before it: an
 * entropy. The cells are counted anew, in no way of counts.c. */
static enum sb_status least_bits(const struct cell *c, unsigned order,
                                 const struct sb_documents_drawn documents[SB_N_ROLES],
                                 const double volumes[SB_N_ROLES], double *bits)
{
    size_t v = sb_world_n_vocabulary(c->world), n = order == 1 ? 1 : v;
    double *cells = calloc(n * v, sizeof *cells);
    struct sb_sum sum = { 0 };
    for (size_t role = 0; role < SB_N_ROLES && cells; role++)
        for (size_t i = 0; i < documents[role].n; i++)
            for (size_t at = 1; at < documents[role].sequences[i].n; at++) {
                const struct sb_training_sequence *s = &documents[role].sequences[i];
                if (!s->mask || s->mask[at - 1])
                    cells[(order == 1 ? 0 : s->ids[at - 1]) * v + s->ids[at]] +=
                        volumes[role] / (double)documents[role].n_documents;
            }
    for (size_t h = 0; h < n && cells; h++) {
        struct sb_sum total = { 0 };
        for (size_t w = 0; w < v; w++)
            sb_sum_add(&total, cells[h * v + w]);
        for (size_t w = 0; w < v; w++)
            sb_sum_add(&sum, -sb_xlogx(cells[h * v + w]));
        sb_sum_add(&sum, sb_xlogx(sb_sum_value(&total)));
    }
    *bits = sb_bits_from_nats(sb_sum_value(&sum));
    free(cells);
    return cells ? SB_OK : SB_MEMORY;
}

static double rate_bits(const struct sb_counts *counts, const struct sb_documents_drawn *documents)
{
    double nats = 0;
    for (size_t i = 0; i < documents->n; i++)
        nats += sb_counts_nats(counts, &documents->sequences[i]);
    return sb_bits_from_nats(nats / (double)documents->n_documents);
}

static enum sb_status observe_counted(struct cell *c, unsigned order,
                                      const struct sb_documents_drawn documents[SB_N_ROLES],
                                      double l)
{
    const double volumes[SB_N_ROLES] = { SB_BALANCE_K_COUNTED, 1, l };
    const char *path = sb_balance_orders[order - 1];
    struct sb_counts *counts;
    double joint = 0, least;
    enum sb_status status = sb_counts_create(sb_world_n_vocabulary(c->world), order, 1, 0, &counts);
    if (status) /* bigrams of a large vocabulary */
        return status == SB_LIMIT ? SB_OK : sb_fail_memory(c->error);
    for (size_t role = 0; role < SB_N_ROLES; role++)
        for (size_t i = 0; i < documents[role].n && volumes[role] > 0; i++)
            sb_counts_learn(counts, &documents[role].sequences[i], volumes[role]);
    for (size_t role = 0; role < SB_N_ROLES && !status; role++) {
        double bits = rate_bits(counts, &documents[role]);
        joint += volumes[role] * bits;
        status = observe(c, path, SB_BALANCE_K_COUNTED, l, sb_balance_bits[role], bits);
    }
    if (!status && least_bits(c, order, documents, volumes, &least))
        status = sb_fail_memory(c->error);
    if (!status)
        status = observe(c, path, SB_BALANCE_K_COUNTED, l, "epsilon_bits", joint - least);
    sb_counts_free(counts);
    return status;
}

static enum sb_status observe_words(struct cell *c)
{
    struct sb_documents_drawn documents[SB_N_ROLES] = { { 0 } };
    enum sb_status status = SB_OK;
    for (size_t role = 0; role < SB_N_ROLES && !status; role++)
        if (sb_world_draw(c->world, PARTS[role], c->base.seed, 0, N_WORDS_DOCUMENTS,
                          &documents[role]))
            status = sb_fail_memory(c->error);
    for (unsigned order = 1; order <= SB_BALANCE_N_ORDERS; order++)
        for (size_t i = 0; i < SB_BALANCE_N_L && !status; i++)
            status = observe_counted(c, order, documents, sb_balance_l[i]);
    for (size_t role = 0; role < SB_N_ROLES; role++)
        sb_documents_drawn_clear(&documents[role]);
    return status;
}

/* ---- training ---------------------------------------------------------------------------------- */

/* Document i is of D_t with probability l/S, else of D_a with probability 1/(k + 1), by numbers that l does
 * not change: between two l only those change that have to. Views of the pools. */
static enum sb_status choose_joint(struct cell *c,
                                   const struct sb_documents_drawn pools[SB_N_ROLES], double l,
                                   size_t n, struct sb_documents_drawn *joint)
{
    size_t at[SB_N_ROLES] = { 0 }, capacity = 0;
    for (size_t role = 0; role < SB_N_ROLES; role++)
        capacity += pools[role].n;
    joint->sequences = malloc((capacity + 1) * sizeof *joint->sequences);
    if (!joint->sequences)
        return sb_fail_memory(c->error);
    for (size_t i = 0; i < n; i++) {
        struct sb_random random;
        sb_random_init(&random, c->base.seed ^ CHOICE_SEED, i);
        bool is_t = sb_random_unit(&random) < l / (SB_BALANCE_K_TRAINED + 1 + l);
        bool is_a = sb_random_unit(&random) < 1.0 / (SB_BALANCE_K_TRAINED + 1);
        size_t chosen = is_t ? SB_ROLE_T : is_a ? SB_ROLE_A : SB_ROLE_P;
        for (size_t role = 0; role < SB_N_ROLES; role++)
            for (; at[role] < pools[role].n && pools[role].sequences[at[role]].document == i;
                 at[role]++)
                if (role == chosen)
                    joint->sequences[joint->n++] = pools[role].sequences[at[role]];
    }
    joint->n_documents = n;
    return SB_OK;
}

static enum sb_status train(struct cell *c, const struct sb_documents_drawn pools[SB_N_ROLES],
                            const char *path, double l, size_t n)
{
    struct sb_documents_drawn joint = { 0 };
    struct sb_learner *learner = NULL;
    struct sb_learning how = sb_learning_pretraining(n);
    struct sb_point point = sb_point(path, SB_BALANCE_K_TRAINED, l);
    how.training.n_batch = 16;
    how.training.n_warmup = n / 16 / 20;
    enum sb_status status = choose_joint(c, pools, l, n, &joint);
    if (!status)
        status = sb_learner_create(c->base.model, c->world, c->base.seed, &learner, c->error);
    if (!status)
        status = sb_learner_learn(learner, &how, &joint, NULL, NULL, c->error);
    if (!status)
        status = sb_observe_bits(c->world, learner, &point, c->observations, c->error);
    sb_learner_free(learner);
    free(joint.sequences);
    return status;
}

/* What the mixture's own law needs for the test documents. */
static enum sb_status observe_truth(struct cell *c, double l)
{
    const double volumes[SB_UNRELATED] = {
        [SB_PRETRAINING] = SB_BALANCE_K_TRAINED, [SB_ALIGNMENT] = 1, [SB_PERTURBATION] = l
    };
    struct sb_point point = sb_point("truth", SB_BALANCE_K_TRAINED, l);
    enum sb_status status = SB_OK;
    for (size_t role = 0; role < SB_N_ROLES && sb_world_language(c->world) && !status; role++) {
        const struct sb_documents_drawn *test = sb_world_test(c->world, PARTS[role]);
        double *bits = malloc((test->n_documents + 1) * sizeof *bits);
        if (!bits || sb_world_exact_bits(c->world, volumes, test, bits) ||
            sb_observe_documents(c->observations, &point, sb_balance_bits[role], bits,
                                 test->n_documents))
            status = sb_fail_memory(c->error);
        free(bits);
    }
    return status;
}

static enum sb_status observe_trained(struct cell *c)
{
    struct sb_documents_drawn pools[SB_N_ROLES] = { { 0 } };
    enum sb_status status = SB_OK;
    for (size_t role = 0; role < SB_N_ROLES && !status; role++)
        if (sb_world_draw(c->world, PARTS[role], c->base.seed, 0, 2 * c->n_trained, &pools[role]))
            status = sb_fail_memory(c->error);
    for (size_t i = 0; i < SB_BALANCE_N_L && !status; i++) {
        status = observe_truth(c, sb_balance_l[i]);
        if (!status)
            status = train(c, pools, "trained", sb_balance_l[i], c->n_trained);
    }
    if (!status)
        status = train(c, pools, "trained twice", sb_balance_l[SB_BALANCE_TWICE], 2 * c->n_trained);
    for (size_t role = 0; role < SB_N_ROLES; role++)
        sb_documents_drawn_clear(&pools[role]);
    return status;
}

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    struct sb_world_options world_options = options->world;
    struct sb_world *world;
    if (!sb_balance_has_files(options))
        world_options.language = sb_balance_language(options, condition);
    enum sb_status status = sb_world_create(&world_options, &world, error);
    if (status)
        return status;
    struct cell c = { .world = world,
                      .base = sb_base_of(options, world, seed),
                      .observations = observations,
                      .error = error,
                      .n_trained =
                          options->is_full ? options->n_pretraining : options->n_pretraining / 4 };
    status = observe_documents(&c);
    if (!status)
        status = observe_words(&c);
    if (!status && condition_of(options, condition)->is_trained)
        status = observe_trained(&c);
    sb_world_free(world);
    return status;
}

const struct sb_experiment sb_experiment_balance = {
    .name = "balance",
    .summary = "joint training: slopes against kappa, the sign where it turns, errors by R2",
    .paper = "",
    .n_conditions = sb_balance_n_conditions,
    .name_condition = sb_balance_name,
    .run = run,
    .analyse = sb_balance_analyse,
};

/* balance: the theorem's own setting, joint training on volumes k : 1 : l of D_p, D_a and D_t, at a grid of l.
 *
 *   documents   counts of whole documents (data/language_exact.h): the saturated model, K_COUNTED
 *   family      q(x) ~ b(x) e^(theta . n(x)), n the style words by owner: convex (R8); words without
 *               memory of those before them, K_COUNTED
 *   words       counts of words, of bigrams (counts.h), each dataset weighted by its volume, K_COUNTED
 *   trained     the profile's transformer on documents drawn in these proportions, K_TRAINED
 *
 * Two things are asked. Do the rates move as the exact kappa says, which changes its sign with the overlap where
 * pre-training has little of the polarities? And how far from its optimum is each model, by R2?
 *
 *   J_l = k gamma_p + gamma_a + l gamma_t                        (R2)
 *   -l1 D_t - eps1 <= k D_p + D_a <= -l2 D_t + eps2              D_i = gamma_i at l2 less at l1
 *
 * eps is computed for counts (the least J is an entropy), bounded by a duality gap for the family, and for what is
 * trained it is the excess of J over the language's own mixture: nothing can do better on average. Beside it
 * stand the error that R2 implies, the larger J(q1) - J(q2) of either end, and what twice the training gains.
 *
 * A change of a rate divided by that of ln S, S = k + 1 + l, is a mean of kappa_l = S gamma_a' (R1), and so is the
 * slope itself; at l = 0 it is kappa_k, and -k S gamma_p' is kappa_k too (R4).
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/curve.h"
#include "estimators/experiment/counts.h"
#include "estimators/experiment/experiments.h"
#include "estimators/experiment/findings.h"
#include "estimators/experiment/walk.h"
#include "estimators/slopes.h"
#include "theory/exponential_family.h"
#include "theory/numeric.h"
#include "theory/random.h"

enum { K_COUNTED = 20, K_TRAINED = 4, N_L = 4, N_WORDS_DOCUMENTS = 1024, N_ORDERS = 2 };
static const double L[N_L] = { 0, 1, 2, 4 };
static const size_t TWICE = 2; /* L at which twice as much is trained, too */

/* The family is fitted no better than this, so that there is a gap to see. */
static const double FAMILY_TOLERANCE_NATS = 1e-3;

/* Which document of a joint training is of which part. */
static const uint64_t CHOICE_SEED = UINT64_C(0x6a6f696e74000000);

static const enum sb_part PARTS[SB_N_ROLES] = { SB_PRETRAINING, SB_ALIGNMENT, SB_PERTURBATION };
static const char *const BITS[SB_N_ROLES] = { "bits_pretraining", "bits_alignment",
                                              "bits_perturbation" };
static const char *const SLOPES[SB_N_ROLES] = { "slope_pretraining", "slope_alignment",
                                                "slope_perturbation" };
static const char *const ORDERS[N_ORDERS] = { "words", "bigrams" };

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

static bool has_files(const struct sb_experiment_options *options)
{
    return options->world.paths[SB_PRETRAINING];
}

static size_t n_conditions(const struct sb_experiment_options *options)
{
    return has_files(options) ? 1 : options->is_full ? N_OF(FULL) : N_OF(QUICK);
}

static const struct condition *condition_of(const struct sb_experiment_options *options,
                                            size_t condition)
{
    return options->is_full ? &FULL[condition] : &QUICK[condition];
}

static void name_condition(const struct sb_experiment_options *options, size_t condition,
                           char *name, size_t size)
{
    const struct condition *c = condition_of(options, condition);
    if (has_files(options))
        snprintf(name, size, "files");
    else
        snprintf(name, size, "overlap %g, pi %s", c->overlap, c->pi > 0.5 ? "8:1:1" : "1:1:1");
}

static struct sb_language_options language_of(const struct sb_experiment_options *options,
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
    for (size_t i = 0; i < N_L && !status; i++) {
        const double volumes[SB_N_ROLES] = { K_COUNTED, 1, L[i] };
        struct sb_curve_point point;
        status = sb_curve_at(source, volumes, SB_ROLE_T, &point);
        for (size_t role = 0; role < SB_N_ROLES && !status; role++)
            status = observe(c, "documents", K_COUNTED, L[i], SLOPES[role],
                             point.corrected[SB_SLOPE_P_NATS + role]);
    }
    return status ? sb_fail_memory(c->error) : SB_OK;
}

/* The leaves of documents, and the family on them: T(x) are the style words by owner. */
struct classes {
    struct sb_language_leaves leaves;
    double *features; /* (n_leaves, 3), in the order of data/language_exact.h */
    struct sb_family family;
};

static void classes_clear(struct classes *classes)
{
    free(classes->features);
    sb_language_leaves_clear(&classes->leaves);
}

static enum sb_status classes_init(struct classes *classes, const struct sb_language *language)
{
    size_t length = sb_language_options_view(language)->length;
    enum sb_status status = sb_language_leaves_init(&classes->leaves, language, SB_LEVEL_DOCUMENT);
    if (status)
        return status;
    size_t n = classes->leaves.n;
    double *at = malloc(n * SB_LANGUAGE_DIALECTS * sizeof *at);
    classes->features = at;
    for (size_t a = 0; at && a <= length; a++)
        for (size_t b = 0; b <= length - a; b++)
            for (size_t c = 0; c <= length - a - b; c++) {
                *at++ = (double)a;
                *at++ = (double)b;
                *at++ = (double)c;
            }
    classes->family = (struct sb_family){ n, SB_LANGUAGE_DIALECTS, classes->features,
                                          classes->leaves.dialect[0] };
    if (!at)
        classes_clear(classes);
    return at ? SB_OK : SB_MEMORY;
}

static enum sb_status observe_fit(struct cell *c, const struct sb_family *family,
                                  const struct sb_mixture *mixture, double l)
{
    double theta[SB_LANGUAGE_DIALECTS] = { 0 }, slopes[SB_N_ROLES];
    struct sb_family_fit fit;
    enum sb_status status = sb_family_fit(family, mixture, FAMILY_TOLERANCE_NATS, theta, &fit);
    for (size_t role = 0; role < SB_N_ROLES && !status; role++)
        status = observe(c, "family", K_COUNTED, l, BITS[role],
                         sb_bits_from_nats(sb_family_rate_nats(family, theta, mixture->p[role])));
    if (!status)
        status =
            observe(c, "family", K_COUNTED, l, "epsilon_bits", sb_bits_from_nats(fit.gap_nats));
    if (!status)
        status = sb_family_fit(family, mixture, 0, theta, &fit);
    if (!status)
        status = sb_family_respond(family, mixture, SB_ROLE_T, theta, slopes);
    for (size_t role = 0; role < SB_N_ROLES && !status; role++)
        status = observe(c, "family", K_COUNTED, l, SLOPES[role], slopes[role]);
    return status;
}

static enum sb_status observe_family(struct cell *c, const struct sb_curve_source *source)
{
    struct classes classes;
    enum sb_status status = classes_init(&classes, sb_world_language(c->world));
    if (status)
        return sb_fail_memory(c->error);
    size_t n = classes.leaves.n;
    const double *p[SB_N_ROLES] = { source->p, source->p + n, source->p + 2 * n };
    for (size_t i = 0; i < N_L && !status; i++) {
        const double volumes[SB_N_ROLES] = { K_COUNTED, 1, L[i] };
        const struct sb_mixture mixture = { SB_N_ROLES, n, p, volumes };
        status = observe_fit(c, &classes.family, &mixture, L[i]);
    }
    classes_clear(&classes);
    return status ? sb_fail(c->error, status, "the family: %s", sb_status_phrase(status)) : SB_OK;
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

/* The least J over all models of this order, whose word depends on the order - 1 words before it: an entropy. The
 * cells are counted anew, in no way of counts.c. */
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
    const double volumes[SB_N_ROLES] = { K_COUNTED, 1, l };
    const char *path = ORDERS[order - 1];
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
        status = observe(c, path, K_COUNTED, l, BITS[role], bits);
    }
    if (!status && least_bits(c, order, documents, volumes, &least))
        status = sb_fail_memory(c->error);
    if (!status)
        status = observe(c, path, K_COUNTED, l, "epsilon_bits", joint - least);
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
    for (unsigned order = 1; order <= N_ORDERS; order++)
        for (size_t i = 0; i < N_L && !status; i++)
            status = observe_counted(c, order, documents, L[i]);
    for (size_t role = 0; role < SB_N_ROLES; role++)
        sb_documents_drawn_clear(&documents[role]);
    return status;
}

/* ---- training ---------------------------------------------------------------------------------- */

/* Document i is of D_t with probability l/S, else of D_a with probability 1/(k + 1), by numbers that l does not
 * change: between two l only those change that have to. Views of the pools. */
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
        bool is_t = sb_random_unit(&random) < l / (K_TRAINED + 1 + l);
        bool is_a = sb_random_unit(&random) < 1.0 / (K_TRAINED + 1);
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
    struct sb_point point = sb_point(path, K_TRAINED, l);
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
        [SB_PRETRAINING] = K_TRAINED, [SB_ALIGNMENT] = 1, [SB_PERTURBATION] = l
    };
    struct sb_point point = sb_point("truth", K_TRAINED, l);
    enum sb_status status = SB_OK;
    for (size_t role = 0; role < SB_N_ROLES && sb_world_language(c->world) && !status; role++) {
        const struct sb_documents_drawn *test = sb_world_test(c->world, PARTS[role]);
        double *bits = malloc((test->n_documents + 1) * sizeof *bits);
        if (!bits || sb_world_exact_bits(c->world, volumes, test, bits) ||
            sb_observe_documents(c->observations, &point, BITS[role], bits, test->n_documents))
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
    for (size_t i = 0; i < N_L && !status; i++) {
        status = observe_truth(c, L[i]);
        if (!status)
            status = train(c, pools, "trained", L[i], c->n_trained);
    }
    if (!status)
        status = train(c, pools, "trained twice", L[TWICE], 2 * c->n_trained);
    for (size_t role = 0; role < SB_N_ROLES; role++)
        sb_documents_drawn_clear(&pools[role]);
    return status;
}

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    struct sb_world_options world_options = options->world;
    struct sb_world *world;
    if (!has_files(options))
        world_options.language = language_of(options, condition);
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

/* ---- what it says ------------------------------------------------------------------------------ */

struct analysis {
    const struct sb_experiment_options *options;
    const struct sb_observations *observations;
    struct sb_findings *findings;
    struct sb_error *error;
    size_t condition, n_seeds;
    char name[64];
    struct sb_curve_source exact; /* of the language; no leaves: files */
    struct classes classes;       /* of the language, too */
    double *values;               /* (7 n_seeds): scratch */
};

static double exact_value(const struct analysis *a, double k, double l, enum sb_curve_value value)
{
    const double volumes[SB_N_ROLES] = { k, 1, l };
    struct sb_curve_point point;
    return !a->exact.n_leaves || sb_curve_at(&a->exact, volumes, SB_ROLE_T, &point)
               ? NAN
               : point.value[value];
}

/* The family's rate of a dataset at its best, and its slope, in nats. */
static void family_values(const struct analysis *a, double k, double l, size_t role, double *rate,
                          double *slope)
{
    const struct sb_language_leaves *leaves = &a->classes.leaves;
    const double *p[SB_N_ROLES] = { leaves->pretraining, leaves->dialect[1], leaves->dialect[2] };
    const double volumes[SB_N_ROLES] = { k, 1, l };
    const struct sb_mixture mixture = { SB_N_ROLES, leaves->n, p, volumes };
    const struct sb_family *family = &a->classes.family;
    double theta[SB_LANGUAGE_DIALECTS] = { 0 }, slopes[SB_N_ROLES];
    struct sb_family_fit fit;
    *rate = *slope = NAN;
    if (!a->exact.n_leaves || sb_family_fit(family, &mixture, 0, theta, &fit) ||
        sb_family_respond(family, &mixture, SB_ROLE_T, theta, slopes))
        return;
    *rate = sb_family_rate_nats(family, theta, p[role]);
    *slope = slopes[role];
}

/* d gamma/d l in nats, exactly, of a model that was counted. */
static double exact_slope(const struct analysis *a, const char *path, double l, size_t role)
{
    double rate, slope;
    if (strcmp(path, "documents") == 0)
        return exact_value(a, K_COUNTED, l, SB_SLOPE_P_NATS + role);
    family_values(a, K_COUNTED, l, role, &rate, &slope);
    return slope;
}

/* Rows have theory's value of the same thing beside the measured one. */
static void add(const struct analysis *a, const char *path, double k, double l, double exact,
                const char *quantity, const struct sb_effect *effect)
{
    struct sb_point point = sb_point("", l, exact);
    snprintf(point.path, sizeof point.path, "%s, k=%g", path, k);
    sb_findings_add(a->findings, a->name, &point, quantity, effect);
}

/* Of every seed into values; false where it was not observed. */
static bool get(const struct analysis *a, const char *path, double k, double l,
                const char *quantity, double *values)
{
    struct sb_point point = sb_point(path, k, l);
    sb_effect_values(a->options, a->observations, a->condition, &point, quantity, values);
    return !isnan(values[0]);
}

static struct sb_effect of_seeds(const struct analysis *a, const double *values)
{
    return sb_effect_of_seeds(values, a->n_seeds, a->options->confidence);
}

static enum sb_status claim(const struct analysis *a, struct sb_claim *c, const char *how)
{
    c->experiment = "balance";
    snprintf(c->condition, sizeof c->condition, "%s; %s", a->name, how);
    return sb_findings_claim(a->findings, c) ? sb_fail_memory(a->error) : SB_OK;
}

/* S gamma_a' and -k S gamma_p', and what they are exactly, from slopes in nats. The sign is a claim for counts of
 * documents, and for the family where it has the other one. */
static enum sb_status add_slopes(const struct analysis *a, const char *path)
{
    double *values = a->values;
    struct sb_claim c = { .is_primary = false, .negligible = 0.005 };
    for (size_t i = 0; i < N_L; i++) {
        double total = K_COUNTED + 1 + L[i], k = K_COUNTED;
        if (!get(a, path, k, L[i], SLOPES[SB_ROLE_A], values))
            return SB_OK;
        for (size_t s = 0; s < a->n_seeds; s++)
            values[s] *= total;
        struct sb_effect effect = of_seeds(a, values);
        bool is_saturated = strcmp(path, "documents") == 0;
        double exact = total * exact_slope(a, path, L[i], SB_ROLE_A);
        add(a, path, k, L[i], exact, "kappa_alignment", &effect);
        double of_documents = exact_slope(a, "documents", L[i], SB_ROLE_A);
        if (i == 0 && (is_saturated || exact * of_documents < 0)) {
            c.effect = effect;
            c.sign = exact < 0 ? -1 : 1;
            c.text = exact < 0 ? "where kappa is negative, opposed data lower the aligned data's "
                                 "rate"
                               : "where kappa is positive, opposed data raise the aligned data's "
                                 "rate";
            snprintf(c.measure, sizeof c.measure,
                     "(k + 1) gamma_a' at l = 0, k = %d, in nats; exactly %.4f", K_COUNTED, exact);
        }
        get(a, path, k, L[i], SLOPES[SB_ROLE_P], values);
        for (size_t s = 0; s < a->n_seeds; s++)
            values[s] *= -k * total;
        effect = of_seeds(a, values);
        exact = -k * total * exact_slope(a, path, L[i], SB_ROLE_P);
        add(a, path, k, L[i], exact, "kappa_pretraining", &effect);
    }
    return !c.text ? SB_OK
                   : claim(a, &c,
                           strcmp(path, "documents") == 0 ? "counts of documents"
                                                          : "words without memory");
}

/* R2 between the first and the last l, for models whose epsilon is known under each seed. */
static void add_sandwich(const struct analysis *a, const char *path)
{
    size_t n = a->n_seeds;
    double change[SB_N_ROLES][2], *values = a->values, *lower = values + n,
                                  *middle = values + 2 * n, *upper = values + 3 * n,
                                  *slack = values + 4 * n;
    double first = L[0], last = L[N_L - 1], k = K_COUNTED;
    for (size_t s = 0; s < n; s++) {
        double epsilon[2];
        for (size_t end = 0; end < 2; end++) {
            double l = end ? last : first;
            for (size_t role = 0; role < SB_N_ROLES; role++) {
                if (!get(a, path, k, l, BITS[role], values))
                    return;
                change[role][end] = values[s];
            }
            get(a, path, k, l, "epsilon_bits", values);
            epsilon[end] = values[s];
        }
        double moved[SB_N_ROLES];
        for (size_t role = 0; role < SB_N_ROLES; role++)
            moved[role] = change[role][1] - change[role][0];
        lower[s] = -first * moved[SB_ROLE_T] - epsilon[0];
        middle[s] = k * moved[SB_ROLE_P] + moved[SB_ROLE_A];
        upper[s] = -last * moved[SB_ROLE_T] + epsilon[1];
        slack[s] = fmin(middle[s] - lower[s], upper[s] - middle[s]);
    }
    static const char *const names[] = { "lower_bits", "middle_bits", "upper_bits", "slack_bits" };
    for (size_t i = 0; i < 4; i++) {
        struct sb_effect effect = of_seeds(a, values + (i + 1) * n);
        add(a, path, k, last, NAN, names[i], &effect);
    }
    for (size_t i = 0; i < N_L; i++) {
        get(a, path, k, L[i], "epsilon_bits", values);
        struct sb_effect effect = of_seeds(a, values);
        add(a, path, k, L[i], NAN, "epsilon_bits", &effect);
    }
}

/* ---- what was trained -------------------------------------------------------------------------- */

static bool was_trained(const struct analysis *a)
{
    struct sb_point point = sb_point("trained", K_TRAINED, L[0]);
    return sb_observation_find(a->observations, a->condition, 0, &point, BITS[SB_ROLE_A]);
}

struct terms {
    struct sb_effect_term items[2 * SB_N_ROLES + 2];
    size_t n;
};

static void add_term(struct terms *t, double coefficient, const char *path, double l, size_t role)
{
    t->items[t->n++] =
        (struct sb_effect_term){ coefficient, sb_point(path, K_TRAINED, l), BITS[role] };
}

/* coefficient times J of volume l, at what was trained with volume `at`. */
static void add_joint(struct terms *t, double coefficient, const char *path, double at, double l)
{
    const double volumes[SB_N_ROLES] = { K_TRAINED, 1, l };
    for (size_t role = 0; role < SB_N_ROLES; role++)
        add_term(t, coefficient * volumes[role], path, at, role);
}

static enum sb_status estimate(const struct analysis *a, const struct terms *t, const char *path,
                               double l, double exact, const char *quantity,
                               struct sb_effect *effect)
{
    enum sb_status status = sb_effect_of_documents(a->options, a->observations, a->condition,
                                                   t->items, t->n, NULL, effect, a->error);
    if (!status)
        add(a, path, K_TRAINED, l, exact, quantity, effect);
    return status;
}

/* Errors of the joint optimisation, in bits of J. */
static enum sb_status add_errors(const struct analysis *a)
{
    struct sb_effect effect;
    struct sb_point truth = sb_point("truth", K_TRAINED, L[0]);
    bool is_known =
        sb_observation_find(a->observations, a->condition, 0, &truth, BITS[SB_ROLE_A]) != NULL;
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < N_L && is_known && !status; i++) {
        struct terms t = { .n = 0 };
        add_joint(&t, 1, "trained", L[i], L[i]);
        add_joint(&t, -1, "truth", L[i], L[i]);
        status = estimate(a, &t, "trained", L[i], NAN, "epsilon_bits", &effect);
    }
    for (size_t end = 0; end < 2 && !status; end++) {
        struct terms t = { .n = 0 };
        double here = L[end ? N_L - 1 : 0], there = L[end ? 0 : N_L - 1];
        add_joint(&t, 1, "trained", here, here);
        add_joint(&t, -1, "trained", there, here);
        status = estimate(a, &t, "trained", here, NAN, "implied_bits", &effect);
    }
    struct terms gain = { .n = 0 };
    add_joint(&gain, 1, "trained", L[TWICE], L[TWICE]);
    add_joint(&gain, -1, "trained twice", L[TWICE], L[TWICE]);
    return status ? status
                  : estimate(a, &gain, "trained", L[TWICE], NAN, "gain_from_twice_bits", &effect);
}

/* k D_p + D_a between the first and the last l, and what R2 allows without any error. */
static enum sb_status claim_middle(const struct analysis *a)
{
    const double volumes[SB_N_ROLES] = { K_TRAINED, 1, 0 };
    double first = L[0], last = L[N_L - 1], exact = 0;
    struct terms middle = { .n = 0 }, upper = { .n = 0 };
    struct sb_effect effect;
    struct sb_claim c = { .text = "opposed data cost pre-training and alignment together",
                          .sign = 1,
                          .negligible = 0.1 };
    for (size_t role = 0; role < SB_ROLE_T; role++) {
        add_term(&middle, volumes[role], "trained", last, role);
        add_term(&middle, -volumes[role], "trained", first, role);
        exact += volumes[role] * (exact_value(a, K_TRAINED, last, SB_GAMMA_P_NATS + role) -
                                  exact_value(a, K_TRAINED, first, SB_GAMMA_P_NATS + role));
    }
    add_term(&upper, -last, "trained", last, SB_ROLE_T);
    add_term(&upper, last, "trained", first, SB_ROLE_T);
    double fall = exact_value(a, K_TRAINED, first, SB_GAMMA_T_NATS) -
                  exact_value(a, K_TRAINED, last, SB_GAMMA_T_NATS);
    enum sb_status status =
        estimate(a, &middle, "trained", last, sb_bits_from_nats(exact), "middle_bits", &c.effect);
    if (!status)
        status = estimate(a, &upper, "trained", last, sb_bits_from_nats(last * fall),
                          "upper_without_error_bits", &effect);
    int n = snprintf(c.measure, sizeof c.measure, "k D_p + D_a from l = %g to %g, k = %d, in bits",
                     first, last, K_TRAINED);
    if (!isnan(exact))
        snprintf(c.measure + n, sizeof c.measure - (size_t)n, "; exactly %.3f",
                 sb_bits_from_nats(exact));
    return status ? status : claim(a, &c, "trained, AdamW");
}

/* The mean of kappa_l between the first l and another: change of D_a's rate by that of ln S. */
static enum sb_status claim_movement(const struct analysis *a)
{
    struct sb_claim c = { .text = "opposed data raise the aligned data's rate in joint training",
                          .is_primary = a->condition == 0,
                          .sign = 1,
                          .negligible = 0.1 };
    double exact = NAN, of_words = NAN, slope, start, end;
    enum sb_status status = SB_OK;
    family_values(a, K_TRAINED, L[0], SB_ROLE_A, &start, &slope);
    for (size_t i = 1; i < N_L && !status; i++) {
        struct terms t = { .n = 0 };
        double scale = log((K_TRAINED + 1 + L[i]) / (K_TRAINED + 1 + L[0]));
        add_term(&t, 1 / sb_bits_from_nats(scale), "trained", L[i], SB_ROLE_A);
        add_term(&t, -1 / sb_bits_from_nats(scale), "trained", L[0], SB_ROLE_A);
        exact = (exact_value(a, K_TRAINED, L[i], SB_GAMMA_A_NATS) -
                 exact_value(a, K_TRAINED, L[0], SB_GAMMA_A_NATS)) /
                scale;
        family_values(a, K_TRAINED, L[i], SB_ROLE_A, &end, &slope);
        of_words = (end - start) / scale;
        status = estimate(a, &t, "trained", L[i], exact, "mean_kappa_alignment", &c.effect);
    }
    int n = snprintf(c.measure, sizeof c.measure,
                     "mean of kappa_l from l = %g to %g, k = %d, by the change of gamma_a", L[0],
                     L[N_L - 1], K_TRAINED);
    if (!isnan(exact))
        snprintf(c.measure + n, sizeof c.measure - (size_t)n,
                 "; exactly %.3f, of words without memory %.3f", exact, of_words);
    return status ? status : claim(a, &c, "trained, AdamW");
}

/* Slopes by local parabolas within each seed (estimators/slopes.h). */
static enum sb_status add_local_slopes(const struct analysis *a)
{
    double *rates = malloc((SB_N_ROLES * N_L * a->n_seeds + 1) * sizeof *rates);
    struct sb_noisy_curves curves = {
        .x = L, .n_points = N_L, .n_replicates = a->n_seeds, .volume_p = K_TRAINED, .volume_a = 1
    };
    struct sb_slopes slopes[N_L];
    if (!rates)
        return sb_fail_memory(a->error);
    for (size_t role = 0; role < SB_N_ROLES; role++) {
        double *of_role = rates + role * N_L * a->n_seeds;
        for (size_t i = 0; i < N_L; i++) {
            get(a, "trained", K_TRAINED, L[i], BITS[role], a->values);
            for (size_t s = 0; s < a->n_seeds; s++)
                of_role[s * N_L + i] = a->values[s];
        }
        curves.y[role] = of_role;
    }
    enum sb_status status =
        a->n_seeds < 2 ? SB_OK
                       : sb_slopes_of_rates(&curves, a->options->confidence, slopes, a->error);
    static const char *const names[SB_N_ROLES] = { "slope_pretraining_bits", "slope_alignment_bits",
                                                   "slope_perturbation_bits" };
    for (size_t i = 0; i < N_L && a->n_seeds >= 2 && !status; i++)
        for (size_t role = 0; role < SB_N_ROLES; role++) {
            const struct sb_slope *s = &slopes[i].slope[role];
            struct sb_effect effect = { .value = s->value,
                                        .standard_error = s->standard_error,
                                        .low = s->low,
                                        .high = s->high,
                                        .p_value = NAN,
                                        .these_low = s->low,
                                        .these_high = s->high,
                                        .n_seeds = a->n_seeds };
            add(a, "trained", K_TRAINED, L[i],
                sb_bits_from_nats(exact_value(a, K_TRAINED, L[i], SB_SLOPE_P_NATS + role)),
                names[role], &effect);
        }
    free(rates);
    return status;
}

static enum sb_status analyse_condition(const struct analysis *a)
{
    enum sb_status status = SB_OK;
    if (was_trained(a)) {
        status = claim_movement(a);
        if (!status)
            status = claim_middle(a);
        if (!status)
            status = add_errors(a);
        if (!status)
            status = add_local_slopes(a);
    }
    if (!status)
        status = add_slopes(a, "documents");
    if (!status)
        status = add_slopes(a, "family");
    add_sandwich(a, "family");
    for (size_t i = 0; i < N_ORDERS; i++)
        add_sandwich(a, ORDERS[i]);
    return status;
}

static enum sb_status open_exact(struct analysis *a)
{
    struct sb_language_options options = language_of(a->options, a->condition);
    struct sb_language *language;
    enum sb_status status;
    if (has_files(a->options) || options.length > 200)
        return SB_OK;
    status = sb_language_create(&options, &language);
    if (!status)
        status = classes_init(&a->classes, language);
    if (!status)
        status = sb_curve_exact(language, SB_LEVEL_DOCUMENT, &a->exact);
    sb_language_free(language);
    return status ? sb_fail_memory(a->error) : SB_OK;
}

static enum sb_status analyse(const struct sb_experiment_options *options,
                              const struct sb_observations *observations,
                              struct sb_findings *findings, struct sb_error *error)
{
    enum sb_status status = sb_findings_coordinates(findings, "l", "exact");
    double *values = malloc((7 * options->n_seeds + 1) * sizeof *values);
    if (status || !values)
        status = sb_fail_memory(error);
    for (size_t i = 0; i < n_conditions(options) && !status; i++) {
        struct analysis a = { .options = options,
                              .observations = observations,
                              .findings = findings,
                              .error = error,
                              .condition = i,
                              .n_seeds = options->n_seeds,
                              .values = values };
        name_condition(options, i, a.name, sizeof a.name);
        status = open_exact(&a);
        if (!status)
            status = analyse_condition(&a);
        sb_curve_source_clear(&a.exact);
        classes_clear(&a.classes);
    }
    free(values);
    return status;
}

const struct sb_experiment sb_experiment_balance = {
    .name = "balance",
    .summary = "joint training: slopes against kappa, the sign where it turns, errors by R2",
    .paper = "",
    .n_conditions = n_conditions,
    .name_condition = name_condition,
    .run = run,
    .analyse = analyse,
};

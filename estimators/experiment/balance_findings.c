/* What the cells of `balance` say: kappa from slopes and movements, errors of J and R2's sandwich, each
 * beside theory's value. */
#include "estimators/experiment/balance.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/experiment/findings.h"
#include "estimators/experiment/style_family.h"
#include "estimators/experiment/variants.h"
#include "estimators/slopes.h"
#include "theory/numeric.h"

struct analysis {
    const struct sb_analysis *of; /* a condition */
    size_t n_seeds;
    struct sb_curve_source exact;   /* of the language; no leaves: files */
    struct sb_style_family classes; /* of the language, too */
    double *values;                 /* (7 n_seeds): scratch */
};

/* One of enum sb_curve_value. */
static double exact_value(const struct analysis *a, double k, double l, size_t value)
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
    if (!a->classes.features || sb_family_fit(family, &mixture, 0, theta, &fit) ||
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
        return exact_value(a, SB_BALANCE_K_COUNTED, l, SB_SLOPE_P_NATS + role);
    family_values(a, SB_BALANCE_K_COUNTED, l, role, &rate, &slope);
    return slope;
}

/* Rows have theory's value of the same thing beside the measured one. */
static void add(const struct analysis *a, const char *path, double k, double l, double exact,
                const char *quantity, const struct sb_effect *effect)
{
    struct sb_point point = sb_point("", l, exact);
    snprintf(point.path, sizeof point.path, "%s, k=%g", path, k);
    sb_analysis_add(a->of, &point, quantity, effect);
}

/* Of every seed into values; false where one did not observe it. */
static bool get(const struct analysis *a, const char *path, double k, double l,
                const char *quantity, double *values)
{
    struct sb_point point = sb_point(path, k, l);
    sb_analysis_values(a->of, &point, quantity, values);
    for (size_t s = 0; s < a->n_seeds; s++)
        if (isnan(values[s]))
            return false;
    return true;
}

static enum sb_status claim(const struct analysis *a, struct sb_claim *c, const char *how)
{
    snprintf(c->condition, sizeof c->condition, "%s; %.60s", a->of->name, how);
    return sb_analysis_claim(a->of, c);
}

/* S gamma_a' and -k S gamma_p', and what they are exactly, from slopes in nats. The sign is a claim for
 * counts of documents, and for the family where it has the other one. */
static enum sb_status add_slopes(const struct analysis *a, const char *path)
{
    double *values = a->values;
    struct sb_claim c = { .is_primary = false, .negligible = 0.005 };
    for (size_t i = 0; i < SB_BALANCE_N_L; i++) {
        double total = SB_BALANCE_K_COUNTED + 1 + sb_balance_l[i], k = SB_BALANCE_K_COUNTED;
        if (!get(a, path, k, sb_balance_l[i], sb_balance_slopes[SB_ROLE_A], values))
            return SB_OK;
        for (size_t s = 0; s < a->n_seeds; s++)
            values[s] *= total;
        struct sb_effect effect = sb_analysis_effect(a->of, values);
        bool is_saturated = strcmp(path, "documents") == 0;
        double exact = total * exact_slope(a, path, sb_balance_l[i], SB_ROLE_A);
        add(a, path, k, sb_balance_l[i], exact, "kappa_alignment", &effect);
        double of_documents = exact_slope(a, "documents", sb_balance_l[i], SB_ROLE_A);
        if (i == 0 && (is_saturated || exact * of_documents < 0)) {
            c.effect = effect;
            c.sign = exact < 0 ? -1 : 1;
            c.text = exact < 0 ? "where kappa is negative, opposed data lower the aligned data's "
                                 "rate"
                               : "where kappa is positive, opposed data raise the aligned data's "
                                 "rate";
            snprintf(c.measure, sizeof c.measure,
                     "(k + 1) gamma_a' at l = 0, k = %d, in nats; exactly %.4f",
                     SB_BALANCE_K_COUNTED, exact);
        }
        get(a, path, k, sb_balance_l[i], sb_balance_slopes[SB_ROLE_P], values);
        for (size_t s = 0; s < a->n_seeds; s++)
            values[s] *= -k * total;
        effect = sb_analysis_effect(a->of, values);
        exact = -k * total * exact_slope(a, path, sb_balance_l[i], SB_ROLE_P);
        add(a, path, k, sb_balance_l[i], exact, "kappa_pretraining", &effect);
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
    double first = sb_balance_l[0], last = sb_balance_l[SB_BALANCE_N_L - 1],
           k = SB_BALANCE_K_COUNTED;
    for (size_t s = 0; s < n; s++) {
        double epsilon[2];
        for (size_t end = 0; end < 2; end++) {
            double l = end ? last : first;
            for (size_t role = 0; role < SB_N_ROLES; role++) {
                if (!get(a, path, k, l, sb_balance_bits[role], values))
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
        struct sb_effect effect = sb_analysis_effect(a->of, values + (i + 1) * n);
        add(a, path, k, last, NAN, names[i], &effect);
    }
    for (size_t i = 0; i < SB_BALANCE_N_L; i++) {
        get(a, path, k, sb_balance_l[i], "epsilon_bits", values);
        struct sb_effect effect = sb_analysis_effect(a->of, values);
        add(a, path, k, sb_balance_l[i], NAN, "epsilon_bits", &effect);
    }
}

/* ---- what was trained -------------------------------------------------------------------------- */

static bool was_trained(const struct analysis *a)
{
    struct sb_point point = sb_point("trained", SB_BALANCE_K_TRAINED, sb_balance_l[0]);
    return sb_analysis_has(a->of, &point, sb_balance_bits[SB_ROLE_A]);
}

struct terms {
    struct sb_effect_term items[2 * SB_N_ROLES + 2];
    size_t n;
};

static void add_term(struct terms *t, double coefficient, const char *path, double l, size_t role)
{
    t->items[t->n++] =
        (struct sb_effect_term){ coefficient, sb_point(path, SB_BALANCE_K_TRAINED, l),
                                 sb_balance_bits[role] };
}

/* coefficient times J of volume l, at what was trained with volume `at`. */
static void add_joint(struct terms *t, double coefficient, const char *path, double at, double l)
{
    const double volumes[SB_N_ROLES] = { SB_BALANCE_K_TRAINED, 1, l };
    for (size_t role = 0; role < SB_N_ROLES; role++)
        add_term(t, coefficient * volumes[role], path, at, role);
}

static enum sb_status estimate(const struct analysis *a, const struct terms *t, const char *path,
                               double l, double exact, const char *quantity,
                               struct sb_effect *effect)
{
    enum sb_status status = sb_analysis_documents(a->of, t->items, t->n, NULL, effect);
    if (!status)
        add(a, path, SB_BALANCE_K_TRAINED, l, exact, quantity, effect);
    return status;
}

/* Errors of the joint optimisation, in bits of J. */
static enum sb_status add_errors(const struct analysis *a)
{
    struct sb_effect effect;
    struct sb_point truth = sb_point("truth", SB_BALANCE_K_TRAINED, sb_balance_l[0]);
    bool is_known = sb_analysis_has(a->of, &truth, sb_balance_bits[SB_ROLE_A]);
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < SB_BALANCE_N_L && is_known && !status; i++) {
        struct terms t = { .n = 0 };
        add_joint(&t, 1, "trained", sb_balance_l[i], sb_balance_l[i]);
        add_joint(&t, -1, "truth", sb_balance_l[i], sb_balance_l[i]);
        status = estimate(a, &t, "trained", sb_balance_l[i], NAN, "epsilon_bits", &effect);
    }
    for (size_t end = 0; end < 2 && !status; end++) {
        struct terms t = { .n = 0 };
        double here = sb_balance_l[end ? SB_BALANCE_N_L - 1 : 0],
               there = sb_balance_l[end ? 0 : SB_BALANCE_N_L - 1];
        add_joint(&t, 1, "trained", here, here);
        add_joint(&t, -1, "trained", there, here);
        status = estimate(a, &t, "trained", here, NAN, "implied_bits", &effect);
    }
    struct terms gain = { .n = 0 };
    add_joint(&gain, 1, "trained", sb_balance_l[SB_BALANCE_TWICE], sb_balance_l[SB_BALANCE_TWICE]);
    add_joint(&gain, -1, "trained twice", sb_balance_l[SB_BALANCE_TWICE],
              sb_balance_l[SB_BALANCE_TWICE]);
    return status ? status
                  : estimate(a, &gain, "trained", sb_balance_l[SB_BALANCE_TWICE], NAN,
                             "gain_from_twice_bits", &effect);
}

/* k D_p + D_a between the first and the last l, and what R2 allows without any error. */
static enum sb_status claim_middle(const struct analysis *a)
{
    const double volumes[SB_N_ROLES] = { SB_BALANCE_K_TRAINED, 1, 0 };
    double first = sb_balance_l[0], last = sb_balance_l[SB_BALANCE_N_L - 1], exact = 0;
    struct terms middle = { .n = 0 }, upper = { .n = 0 };
    struct sb_effect effect;
    struct sb_claim c = { .text = "opposed data cost pre-training and alignment together",
                          .sign = 1,
                          .negligible = 0.1 };
    for (size_t role = 0; role < SB_ROLE_T; role++) {
        add_term(&middle, volumes[role], "trained", last, role);
        add_term(&middle, -volumes[role], "trained", first, role);
        exact +=
            volumes[role] * (exact_value(a, SB_BALANCE_K_TRAINED, last, SB_GAMMA_P_NATS + role) -
                             exact_value(a, SB_BALANCE_K_TRAINED, first, SB_GAMMA_P_NATS + role));
    }
    add_term(&upper, -last, "trained", last, SB_ROLE_T);
    add_term(&upper, last, "trained", first, SB_ROLE_T);
    double fall = exact_value(a, SB_BALANCE_K_TRAINED, first, SB_GAMMA_T_NATS) -
                  exact_value(a, SB_BALANCE_K_TRAINED, last, SB_GAMMA_T_NATS);
    enum sb_status status =
        estimate(a, &middle, "trained", last, sb_bits_from_nats(exact), "middle_bits", &c.effect);
    if (!status)
        status = estimate(a, &upper, "trained", last, sb_bits_from_nats(last * fall),
                          "upper_without_error_bits", &effect);
    int n = snprintf(c.measure, sizeof c.measure, "k D_p + D_a from l = %g to %g, k = %d, in bits",
                     first, last, SB_BALANCE_K_TRAINED);
    if (!isnan(exact))
        snprintf(c.measure + n, sizeof c.measure - (size_t)n, "; exactly %.3f",
                 sb_bits_from_nats(exact));
    return status ? status : claim(a, &c, sb_variant(a->of->options, 0).name);
}

/* The mean of kappa_l between the first l and another: change of D_a's rate by that of ln S. */
static enum sb_status claim_movement(const struct analysis *a)
{
    struct sb_claim c = { .text = "opposed data raise the aligned data's rate in joint training",
                          .is_primary = a->of->condition == 0,
                          .sign = 1,
                          .negligible = 0.1 };
    double exact = NAN, of_words = NAN, slope, start, end;
    enum sb_status status = SB_OK;
    family_values(a, SB_BALANCE_K_TRAINED, sb_balance_l[0], SB_ROLE_A, &start, &slope);
    for (size_t i = 1; i < SB_BALANCE_N_L && !status; i++) {
        struct terms t = { .n = 0 };
        double scale = log((SB_BALANCE_K_TRAINED + 1 + sb_balance_l[i]) /
                           (SB_BALANCE_K_TRAINED + 1 + sb_balance_l[0]));
        add_term(&t, 1 / sb_bits_from_nats(scale), "trained", sb_balance_l[i], SB_ROLE_A);
        add_term(&t, -1 / sb_bits_from_nats(scale), "trained", sb_balance_l[0], SB_ROLE_A);
        exact = (exact_value(a, SB_BALANCE_K_TRAINED, sb_balance_l[i], SB_GAMMA_A_NATS) -
                 exact_value(a, SB_BALANCE_K_TRAINED, sb_balance_l[0], SB_GAMMA_A_NATS)) /
                scale;
        family_values(a, SB_BALANCE_K_TRAINED, sb_balance_l[i], SB_ROLE_A, &end, &slope);
        of_words = (end - start) / scale;
        status =
            estimate(a, &t, "trained", sb_balance_l[i], exact, "mean_kappa_alignment", &c.effect);
    }
    int n = snprintf(c.measure, sizeof c.measure,
                     "mean of kappa_l from l = %g to %g, k = %d, by the change of gamma_a",
                     sb_balance_l[0], sb_balance_l[SB_BALANCE_N_L - 1], SB_BALANCE_K_TRAINED);
    if (!isnan(exact))
        snprintf(c.measure + n, sizeof c.measure - (size_t)n,
                 "; exactly %.3f, of words without memory %.3f", exact, of_words);
    return status ? status : claim(a, &c, sb_variant(a->of->options, 0).name);
}

/* Slopes by local parabolas within each seed (estimators/slopes.h). */
static enum sb_status add_local_slopes(const struct analysis *a)
{
    double *rates = malloc((SB_N_ROLES * SB_BALANCE_N_L * a->n_seeds + 1) * sizeof *rates);
    struct sb_noisy_curves curves = { .x = sb_balance_l,
                                      .n_points = SB_BALANCE_N_L,
                                      .n_replicates = a->n_seeds,
                                      .volume_p = SB_BALANCE_K_TRAINED,
                                      .volume_a = 1 };
    struct sb_slopes slopes[SB_BALANCE_N_L];
    if (!rates)
        return sb_fail_memory(a->of->error);
    for (size_t role = 0; role < SB_N_ROLES; role++) {
        double *of_role = rates + role * SB_BALANCE_N_L * a->n_seeds;
        for (size_t i = 0; i < SB_BALANCE_N_L; i++) {
            get(a, "trained", SB_BALANCE_K_TRAINED, sb_balance_l[i], sb_balance_bits[role],
                a->values);
            for (size_t s = 0; s < a->n_seeds; s++)
                of_role[s * SB_BALANCE_N_L + i] = a->values[s];
        }
        curves.y[role] = of_role;
    }
    enum sb_status status = a->n_seeds < 2 ? SB_OK
                                           : sb_slopes_of_rates(&curves, a->of->options->confidence,
                                                                slopes, a->of->error);
    static const char *const names[SB_N_ROLES] = { "slope_pretraining_bits", "slope_alignment_bits",
                                                   "slope_perturbation_bits" };
    for (size_t i = 0; i < SB_BALANCE_N_L && a->n_seeds >= 2 && !status; i++)
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
            add(a, "trained", SB_BALANCE_K_TRAINED, sb_balance_l[i],
                sb_bits_from_nats(
                    exact_value(a, SB_BALANCE_K_TRAINED, sb_balance_l[i], SB_SLOPE_P_NATS + role)),
                names[role], &effect);
        }
    free(rates);
    return status;
}

static enum sb_status claim_all(const struct analysis *a)
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
    for (size_t i = 0; i < SB_BALANCE_N_ORDERS; i++)
        add_sandwich(a, sb_balance_orders[i]);
    return status;
}

static enum sb_status open_exact(struct analysis *a)
{
    struct sb_language_options options = sb_balance_language(a->of->options, a->of->condition);
    struct sb_language *language;
    enum sb_status status;
    if (sb_balance_has_files(a->of->options) || options.length > 200)
        return SB_OK;
    status = sb_language_create(&options, &language);
    if (!status && sb_style_family_exists(language))
        status = sb_style_family_init(&a->classes, language);
    if (!status)
        status = sb_curve_exact(language, SB_LEVEL_DOCUMENT, &a->exact);
    sb_language_free(language);
    return status ? sb_fail_memory(a->of->error) : SB_OK;
}

static enum sb_status analyse_condition(const struct sb_analysis *of)
{
    struct analysis a = { .of = of, .n_seeds = of->options->n_seeds };
    a.values = malloc((7 * a.n_seeds + 1) * sizeof *a.values);
    enum sb_status status = a.values ? open_exact(&a) : sb_fail_memory(of->error);
    if (!status)
        status = claim_all(&a);
    sb_curve_source_clear(&a.exact);
    sb_style_family_clear(&a.classes);
    free(a.values);
    return status;
}

enum sb_status sb_balance_analyse(const struct sb_analysis *all)
{
    if (sb_findings_coordinates(all->findings, "l", "exact"))
        return sb_fail_memory(all->error);
    return sb_analysis_each(all, analyse_condition);
}

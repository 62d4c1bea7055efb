#include "estimators/entropy.h"

#include <math.h>
#include <string.h>
#include "estimators/entropy_nsb.h"
#include "theory/numeric.h"

static const char *const names[SB_N_ENTROPY_METHODS] = { "plug-in", "miller-madow", "chao-shen",
                                                         "nsb" };

const char *sb_entropy_method_name(enum sb_entropy_method method)
{
    return names[method];
}

enum sb_status sb_entropy_method_parse(const char *name, enum sb_entropy_method *method)
{
    for (int i = 0; i < SB_N_ENTROPY_METHODS; i++)
        if (strcmp(name, names[i]) == 0) {
            *method = (enum sb_entropy_method)i;
            return SB_OK;
        }
    return SB_FORMAT;
}

/* What one leaf adds: n observations, n_once leaves seen once. */
struct sample {
    enum sb_entropy_method method;
    double n, n_leaves, n_once;
};

static double term(const struct sample *s, double x)
{
    double p = x / s->n;
    if (s->method != SB_ENTROPY_CHAO_SHEN)
        return -sb_xlogx(p);
    double c = p * (1 - fmin(s->n_once, s->n - 1) / s->n);
    return c > 0 ? sb_xlogx(c) / expm1(s->n * log1p(-c)) : 0;
}

static double correction(const struct sample *s)
{
    return s->method == SB_ENTROPY_MILLER_MADOW ? (s->n_leaves - 1) / (2 * s->n) : 0;
}

static double sum_of_terms(const struct sample *s, const struct sb_count_classes *c)
{
    struct sb_sum sum = { 0 };
    for (size_t j = 0; j < c->n; j++)
        sb_sum_add(&sum, c->m[j] * term(s, c->x[j]));
    return sb_sum_value(&sum);
}

static double n_with(const struct sb_count_classes *c, double x)
{
    for (size_t j = 0; j < c->n && c->x[j] <= x; j++)
        if (c->x[j] == x)
            return c->m[j];
    return 0;
}

/* The sample after one observation of a leaf seen x times is gone. */
static struct sample without_one(const struct sample *s, double x)
{
    struct sample rest = *s;
    rest.n--;
    rest.n_leaves -= x == 1;
    rest.n_once += (x == 2) - (x == 1);
    return rest;
}

/* Delete-one: leaves seen x times are left out x m times. Three sums serve all of them, since a sample
 * without one depends on x only through its leaves seen once. */
static double jackknife(const struct sample *s, const struct sb_count_classes *c)
{
    double base[3], mean = 0, squares = 0; /* of x = 1, 2 and more */
    for (int x = 1; x <= 3; x++) {
        struct sample rest = without_one(s, x);
        base[x - 1] = sum_of_terms(&rest, c);
    }
    for (int pass = 0; pass < 2; pass++)
        for (size_t j = 0; j < c->n; j++) {
            double x = c->x[j], weight = x * c->m[j] / s->n;
            struct sample rest = without_one(s, x);
            double value = base[x < 3 ? (int)x - 1 : 2] - term(&rest, x) + correction(&rest);
            if (x > 1)
                value += term(&rest, x - 1);
            if (pass == 0)
                mean += weight * value;
            else
                squares += weight * (value - mean) * (value - mean);
        }
    return sqrt((s->n - 1) * squares);
}

/* Var(-ln p)/n. */
static double delta_method(const struct sb_count_classes *c, double entropy_nats)
{
    struct sb_sum variance = { 0 };
    for (size_t j = 0; j < c->n; j++) {
        double p = c->x[j] / c->n_observations, surprise = -log(p) - entropy_nats;
        sb_sum_add(&variance, c->m[j] * p * surprise * surprise);
    }
    return sqrt(sb_sum_value(&variance) / c->n_observations);
}

static void estimate(enum sb_entropy_method method, const struct sb_count_classes *c, double *nats,
                     double *error_nats)
{
    struct sample s = { method, c->n_observations, c->n_leaves, n_with(c, 1) };
    *nats = sum_of_terms(&s, c) + correction(&s);
    if (s.n < 2)
        *error_nats = NAN;
    else if (method == SB_ENTROPY_PLUG_IN)
        *error_nats = delta_method(c, *nats);
    else
        *error_nats = jackknife(&s, c);
}

enum sb_status sb_entropy_estimate(enum sb_entropy_method method, const double *counts, size_t n,
                                   double n_possible, struct sb_entropy *entropy)
{
    struct sb_count_classes classes;
    double nats, error_nats;
    enum sb_status status = sb_count_classes_init(&classes, counts, n);
    if (status)
        return status;
    if (method != SB_ENTROPY_NSB)
        estimate(method, &classes, &nats, &error_nats);
    else
        status = sb_entropy_nsb(&classes, n_possible, &nats, &error_nats);
    sb_count_classes_clear(&classes);
    if (!status)
        *entropy = (struct sb_entropy){ sb_bits_from_nats(nats), sb_bits_from_nats(error_nats) };
    return status;
}

#include "theory/quadrature.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include "theory/numeric.h"

/* At z = -6.4 u is 1e-261 of scale; at z = 40 2e17 times scale. */
static const double Z_LOW = -6.4, Z_HIGH = 40;

struct rule {
    double (*f)(double u, const void *context);
    const void *context;
    double scale;
    double low, high; /* where the terms are not negligible */
    struct sb_sum sum, sum_of_moduli;
    int n_evaluations;
};

static double term(struct rule *rule, double z)
{
    double inverse = exp(-z), u = rule->scale * exp(z - inverse);
    rule->n_evaluations++;
    return rule->f(u, rule->context) * u * (1 + inverse);
}

static double add(struct rule *rule, double z)
{
    double t = term(rule, z);
    sb_sum_add(&rule->sum, t);
    sb_sum_add(&rule->sum_of_moduli, fabs(t));
    return fabs(t);
}

/* The first sum, at step 1/2: outwards from 0 until three terms in turn are negligible. */
static void begin(struct rule *rule, double step)
{
    add(rule, 0);
    for (int direction = -1; direction <= 1; direction += 2) {
        int n_negligible = 0;
        double z = 0, last = direction < 0 ? Z_LOW : Z_HIGH;
        while (n_negligible < 3 && fabs(z) < fabs(last)) {
            z += direction * step;
            double size = add(rule, z);
            bool is_negligible = size <= 1e-19 * sb_sum_value(&rule->sum_of_moduli);
            n_negligible = is_negligible ? n_negligible + 1 : 0;
        }
        *(direction < 0 ? &rule->low : &rule->high) = z;
    }
}

enum sb_status sb_integral_half_line(double (*f)(double u, const void *context),
                                     const void *context, double scale, double tolerance,
                                     struct sb_integral *integral)
{
    struct rule rule = { .f = f, .context = context, .scale = scale };
    double step = 0.5;
    begin(&rule, step);
    double value = step * sb_sum_value(&rule.sum);
    while (step > 1. / 256) {
        double previous = value;
        for (double z = rule.low + step / 2; z < rule.high; z += step)
            add(&rule, z);
        step /= 2;
        value = step * sb_sum_value(&rule.sum);
        double size = step * sb_sum_value(&rule.sum_of_moduli);
        if (!isfinite(size))
            return SB_NUMERIC;
        double difference = fabs(value - previous);
        if (difference > tolerance * size)
            continue;
        *integral = (struct sb_integral){ .value = value,
                                          .error = difference + 8 * DBL_EPSILON * size,
                                          .n_evaluations = rule.n_evaluations };
        return SB_OK;
    }
    return SB_NUMERIC;
}

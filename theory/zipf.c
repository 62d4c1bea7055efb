#include "theory/zipf.h"

#include <math.h>
#include "theory/numeric.h"

/* f(x) = x^-s and g(x) = x^-s ln x, or their derivatives, or integrals. */
struct pair {
    double f, g;
};

/* B_2i/(2i)!, i = 1..8. */
static const double BERNOULLI[] = { 1. / 12,          -1. / 720,
                                    1. / 30240,       -1. / 1209600,
                                    1. / 47900160,    -691. / 1307674368000,
                                    1. / 74724249600, -3617. / 10670622842880000 };

/* The integral from a to b = a e^t: with c = 1 - s, a^c int_0^t e^(cx) (1, ln a + x) dx. */
static struct pair integral(double s, double a, double t)
{
    double c = 1 - s, ct = c * t, of_1, of_x;
    if (isinf(t)) { /* c < 0 */
        of_1 = -1 / c;
        of_x = 1 / (c * c);
    } else if (fabs(ct) < 0.5) { /* int x e^(cx) dx = t^2 sum_k (ct)^k/(k! (k + 2)) */
        double sum = 0, power = 1;
        for (int k = 0; k < 16; power *= ct / ++k)
            sum += power / (k + 2);
        of_1 = c == 0 ? t : expm1(ct) / c;
        of_x = t * t * sum;
    } else {
        of_1 = expm1(ct) / c;
        of_x = (exp(ct) * (ct - 1) + 1) / (c * c);
    }
    double power = pow(a, c);
    return (struct pair){ power * of_1, power * (log(a) * of_1 + of_x) };
}

static struct pair value(double s, double x)
{
    double power = pow(x, -s);
    return (struct pair){ power, isinf(x) ? 0 : power * log(x) };
}

/* sum_i B_2i/(2i)! of the (2i - 1)st derivatives at x: with (s)_k = s (s + 1) ... (s + k - 1),
 *   f^(k) = (-1)^k (s)_k x^(-s-k),   g^(k) = (-1)^k (s)_k x^(-s-k) [ln x - sum_(j<k) 1/(s + j)]. */
static struct pair corrections(double s, double x)
{
    struct pair sum = { 0, 0 };
    if (isinf(x))
        return sum;
    double factor = pow(x, -s), harmonic = 0;
    for (int i = 0, k = 0; i < 8; i++) {
        for (; k < 2 * i + 1; k++) {
            factor *= -(s + k) / x;
            /* d/ds of (s)_k is taken as (s)_k times this; at s = 0 both are 0 with k >= 1. */
            harmonic += s + k > 0 ? 1 / (s + k) : 0;
        }
        sum.f += BERNOULLI[i] * factor;
        sum.g += BERNOULLI[i] * factor * (log(x) - harmonic);
    }
    return sum;
}

/* sum over first <= j <= last of (j^-s, j^-s ln j); last may be inf where s > 1. */
static struct pair sum_between(double s, double first, double last)
{
    double a = fmin(last, fmax(first, 30 + floor(s))); /* the last rank that is summed directly */
    struct sb_sum f = { 0 }, g = { 0 };
    for (double j = first; j <= a; j++) {
        struct pair v = value(s, j);
        sb_sum_add(&f, v.f);
        sb_sum_add(&g, v.g);
    }
    if (a < last) {
        struct pair between = integral(s, a, log(last / a));
        struct pair at_a = value(s, a), at_last = value(s, last);
        struct pair low = corrections(s, a), high = corrections(s, last);
        sb_sum_add(&f, between.f + (at_last.f - at_a.f) / 2 + (high.f - low.f));
        sb_sum_add(&g, between.g + (at_last.g - at_a.g) / 2 + (high.g - low.g));
    }
    return (struct pair){ sb_sum_value(&f), sb_sum_value(&g) };
}

enum sb_status sb_zipf_at(double s, double M, struct sb_zipf *zipf)
{
    if (!(s >= 0 && s <= 60) || !(M >= 1) || M != floor(M) || (isinf(M) && !(s > 1)))
        return SB_DOMAIN;
    struct pair sums = sum_between(s, 1, M);
    double entropy = log(sums.f) + s * sums.g / sums.f;
    *zipf = (struct sb_zipf){ sums.f, entropy, entropy - log(M) };
    return SB_OK;
}

double sb_zipf_tail(double s, double first, double *mean_log)
{
    struct pair sums = sum_between(s, first, INFINITY);
    *mean_log = sums.g / sums.f;
    return sums.f;
}

double sb_zipf_limit_nats(double s)
{
    return s >= 0 && s < 1 ? -log1p(-s) - s / (1 - s) : NAN;
}

#include "theory/portable.h"

#include <math.h>

/* ln 2 and pi / 2 in parts: the first ones have few enough bits that whole multiples are exact. */
static const double LN2_HIGH = 0x1.62e42feep-1, LN2_LOW = 0x1.a39ef35793c76p-33;
static const double HALF_PI_1 = 0x1.921fb544p+0, HALF_PI_2 = 0x1.0b4611a6p-34,
                    HALF_PI_3 = 0x1.3198a2e037073p-69;

double sb_portable_exp(double x)
{
    if (!(x > -745.2))
        return isnan(x) ? x : 0;
    if (x > 709.79)
        return INFINITY;
    double n = floor(x * 1.4426950408889634 + 0.5);
    double r = fma(-n, LN2_LOW, fma(-n, LN2_HIGH, x));
    double p = 1;
    for (int i = 14; i >= 1; i--) /* Taylor's series: |r| <= 0.35, 0.35^15 / 15! < 2e-19 */
        p = fma(p, r / i, 1);
    return ldexp(p, (int)n);
}

double sb_portable_log(double x)
{
    if (!(x > 0) || isinf(x))
        return x > 0 ? x : x == 0 ? -INFINITY : NAN;
    int e;
    double m = frexp(x, &e); /* x = m 2^e */
    if (m < 0.70710678118654752) {
        m *= 2;
        e--;
    }
    /* ln m = 2 artanh s, s = (m - 1) / (m + 1), |s| < 0.172: the series to s^25. */
    double s = (m - 1) / (m + 1), z = s * s, p = 0;
    for (int i = 25; i >= 3; i -= 2)
        p = fma(p, z, 1.0 / i);
    double n = e;
    return fma(n, LN2_HIGH, 2 * s + fma(2 * s * z, p, n * LN2_LOW));
}

/* Sine of r + quarter pi / 2, |r| <= pi / 4, by the series of sine or cosine. */
static double sine_of_quarter(double r, int quarter)
{
    double z = r * r, p = 1;
    int first = quarter & 1 ? 22 : 23;
    for (int i = first; i >= 2; i -= 2)
        p = fma(-p, z / (i * (i - 1)), 1);
    double y = quarter & 1 ? p : r * p;
    return quarter & 2 ? -y : y;
}

static double sine(double x, int quarter)
{
    if (!(fabs(x) <= 1e9))
        return NAN;
    double n = floor(x * 0.63661977236758134 + 0.5);
    double r = fma(-n, HALF_PI_3, fma(-n, HALF_PI_2, fma(-n, HALF_PI_1, x)));
    return sine_of_quarter(r, (int)fmod(fmod(n, 4) + 4 + quarter, 4));
}

double sb_portable_sin(double x)
{
    return sine(x, 0);
}

double sb_portable_cos(double x)
{
    return sine(x, 1);
}

double sb_portable_pow(double base, double exponent)
{
    return sb_portable_exp(exponent * sb_portable_log(base));
}

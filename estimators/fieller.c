#include "estimators/fieller.h"

#include <math.h>

bool sb_fieller(double numerator, double denominator, double variance_n, double variance_d,
                double covariance, double t, double *low, double *high)
{
    /* a c^2 - 2 b c + e <= 0 */
    double a = denominator * denominator - t * t * variance_d;
    double b = numerator * denominator - t * t * covariance;
    double e = numerator * numerator - t * t * variance_n;
    bool bounded = a > 0;
    double half = bounded ? sqrt(fmax(0, b * b - a * e)) / a : INFINITY;
    *low = bounded ? b / a - half : -INFINITY;
    *high = bounded ? b / a + half : INFINITY;
    return bounded;
}

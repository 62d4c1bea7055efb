#include "theory/root.h"

#include <math.h>

/* The next point: regula falsi, moved towards the middle by (high - low)^2 times a constant, then
 * kept within radius of the middle, where radius is what bisection would leave at this iteration.
 */
static double itp_point(double low, double high, double f_low, double f_high, double kappa,
                        double radius)
{
    double middle = low + (high - low) / 2;
    double falsi = (f_low * high - f_high * low) / (f_low - f_high);
    if (!(falsi > low && falsi < high))
        falsi = middle;
    double towards = middle >= falsi ? 1 : -1, step = kappa * (high - low) * (high - low);
    double truncated = step <= fabs(middle - falsi) ? falsi + towards * step : middle;
    return fabs(truncated - middle) <= radius ? truncated : middle - towards * radius;
}

enum sb_status sb_root_between(double (*f)(double x, const void *context), const void *context,
                               double low, double high, double width, struct sb_root *root)
{
    double f_low = f(low, context), f_high = f(high, context);
    if (!(low < high) || !(width > 0) || !(f_low > 0) || !(f_high <= 0))
        return SB_DOMAIN;
    double kappa = 0.2 / (high - low);
    int n = 0, n_most = 1 + (int)fmax(0, ceil(log2((high - low) / width)));
    while (high - low > width) {
        double radius = ldexp(width, n_most - n) / 2 - (high - low) / 2;
        double x = itp_point(low, high, f_low, f_high, kappa, fmax(radius, 0));
        if (!(x > low && x < high))
            x = low + (high - low) / 2;
        if (!(x > low && x < high))
            break; /* neighbouring doubles */
        double f_x = f(x, context);
        n++;
        if (isnan(f_x))
            return SB_NUMERIC;
        if (f_x >= 0) {
            low = x;
            f_low = f_x;
        }
        if (f_x <= 0) {
            high = x;
            f_high = f_x;
        }
    }
    int lower = f_low < -f_high;
    *root = (struct sb_root){ .root = lower ? low : high,
                              .low = low,
                              .high = high,
                              .residual = lower ? f_low : f_high,
                              .n_iterations = n };
    return SB_OK;
}

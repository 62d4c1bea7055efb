/* exp, log, sine and cosine that give the same bits on every machine.
 *
 * A mathematical library may round these differently from version to version and from processor to
 * processor. What must be the same everywhere (probabilities that a coder works with, angles of
 * positions, generated data) takes these: + - * / and fma in a fixed order, nothing else.
 * Relative errors below 4e-16 (of sine and cosine: absolute). O(1).
 */
#ifndef SB_THEORY_PORTABLE_H
#define SB_THEORY_PORTABLE_H

/* e^x; 0 below -745, inf above 709.8; NaN of NaN. */
double sb_portable_exp(double x);

/* ln x for x >= 0: -inf at 0; NaN below and of NaN; inf of inf. */
double sb_portable_log(double x);

/* Domain: |x| <= 1e9; NaN beyond. */
double sb_portable_sin(double x);
double sb_portable_cos(double x);

/* base^exponent for base > 0, as exp(exponent ln base): relative error below 1e-15 (1 + |exponent ln
 * base|). */
double sb_portable_pow(double base, double exponent);

#endif

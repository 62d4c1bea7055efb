/* Roots of a function of one variable between two points where its signs differ. */
#ifndef SB_THEORY_ROOT_H
#define SB_THEORY_ROOT_H

#include "theory/status.h"

struct sb_root {
    double root;      /* the best estimate: the end of the bracket with the smaller |f| */
    double low, high; /* the signs of f differ (or one value is 0) at these, low <= root <= high */
    double residual;  /* f(root) */
    int n_iterations; /* evaluations of f inside the bracket */
};

/* Shrinks [low, high] by the ITP method (Oliveira and Takahashi 2021): regula falsi, truncated
 * towards the middle and projected so that it never needs more than one evaluation beyond
 * bisection's ceil(log2((high - low)/width)), and mostly a handful. Domain: low < high finite,
 * f(low) > 0 >= f(high); width > 0 is the length at which it stops (it also stops when no double is
 * left between the ends). SB_DOMAIN when the signs are not so, SB_NUMERIC when f is NaN inside. */
enum sb_status sb_root_between(double (*f)(double x, const void *context), const void *context,
                               double low, double high, double width, struct sb_root *root);

#endif

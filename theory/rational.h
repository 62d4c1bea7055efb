/* Fractions of 64-bit integers in lowest terms, for what has to be exact (docs/theory.md, R10). */
#ifndef SB_THEORY_RATIONAL_H
#define SB_THEORY_RATIONAL_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

struct sb_rational {
    int64_t numerator, denominator; /* denominator >= 1, no common factor */
};

/* a/b in lowest terms. Domain: a >= 0, b >= 1. */
struct sb_rational sb_rational_of(int64_t a, int64_t b);

/* -1, 0 or 1 as a < b, a = b or a > b: 128-bit products, exact for every pair. */
int sb_rational_compare(struct sb_rational a, struct sb_rational b);

double sb_rational_value(struct sb_rational a);

/* The fraction with the smallest denominator that rounds to x: 1/3 for the double nearest to 1/3,
 * 1/10 for 0.1 (continued fractions). Domain: 0 <= x < 2^53. SB_LIMIT where it has a numerator or
 * denominator beyond 2^53. Finds what was typed if that was a fraction p/q with p q < 2^52 or so. */
enum sb_status sb_rational_simplest(double x, struct sb_rational *fraction);

/* All x[0..n-1] >= 0 over their least common denominator: x_i = counts[i] / *denominator, exactly.
 * SB_LIMIT where that, a count or the counts' sum passes 2^53. */
enum sb_status sb_rational_counts(const struct sb_rational *x, size_t n, int64_t *counts,
                                  int64_t *denominator);

#endif

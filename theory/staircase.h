/* Integer codes: what becomes of the theorem when codewords have whole lengths (docs/theory.md, R10).
 *
 * The joint data have the counts  N_x(l) = A_x + l B_x:  A are the fixed parts (k p_p + p_a over a
 * common denominator), B the part that grows (p_t, over the same one). A prefix code c with lengths
 * c_x costs alpha + l beta bits,
 *
 *   alpha = sum_x A_x c_x  (k gamma_p + gamma_a),    beta = sum_x B_x c_x  (gamma_t),
 *
 * a line in l with whole coefficients. Huffman's code is the lowest line at l, so that the least cost
 * J(l) is concave and piecewise linear, alpha and beta are staircases, and at a breakpoint l_b, where
 * two lines cross, the jumps satisfy  Delta alpha + l_b Delta beta = 0  exactly (R2 with no error).
 *
 * Everything here is exact: counts are integers, breakpoints fractions. Huffman's algorithm adds
 * doubles, which are exact for integers below 2^53: where weights would pass that in sum, the answer
 * is SB_LIMIT. Words are then shorter than 77 bits (a longest word of m bits needs a Fibonacci number
 * F_{m+2} of counts), and no product or sum of bits passes 2^60.
 */
#ifndef SB_THEORY_STAIRCASE_H
#define SB_THEORY_STAIRCASE_H

#include <stddef.h>
#include <stdint.h>
#include "theory/rational.h"
#include "theory/status.h"

/* A view. A_x, B_x >= 0, not all A_x = 0. */
struct sb_counts {
    const int64_t *fixed, *growing; /* A, B */
    size_t n_leaves;
};

/* One code between two breakpoints: its cost is fixed_bits + l growing_bits. Divided by the common
 * denominator these are k gamma_p + gamma_a and gamma_t in bits per response. */
struct sb_step {
    struct sb_rational l;             /* where it becomes the cheapest: l_min for the first step */
    int64_t fixed_bits, growing_bits; /* alpha, beta */
};

/* All steps of [l_min, l_max], as a new array of *n_steps >= 1; the breakpoints are the l of all but
 * the first. Found by crossing lines: where the lines of two codes meet, either no code is cheaper, and
 * that is a breakpoint, or a third line splits the range in two (Eisner and Severance 1976). A
 * breakpoint at an end is not one: steps are those inside. At most 2 n_steps - 1 Huffman codes.
 * Domain: 0 <= l_min < l_max; if l_min = 0, no leaf has A_x = 0 < B_x (it would get no code at l = 0).
 * Else SB_DOMAIN; SB_LIMIT as above. */
enum sb_status sb_staircase(const struct sb_counts *counts, struct sb_rational l_min,
                            struct sb_rational l_max, struct sb_step **steps, size_t *n_steps);

/* Ties: the least and the largest sum_x P_x c_x over ALL codes c that are optimal for the weights W.
 * They agree for P = A and for P = B at any l that is no breakpoint, and need not for gamma_p alone.
 * By one Huffman code each for M W + P and M W - P, where M is so large that no code that is worse for
 * W can win (proved). Domain: W_x, P_x >= 0, P_x > 0 only where W_x > 0, some W_x > 0; SB_LIMIT where
 * the weights M W + P pass 2^53 in sum. */
enum sb_status sb_optimal_bits_range(const int64_t *W, const int64_t *P, size_t n, int64_t *least,
                                     int64_t *most);

/* Blocks: the mean length of Huffman's code for n_block leaves at once, drawn independently from
 * weights / sum, in bits per leaf. Entropy <= . < entropy + 1/n_block (proved), so that the error of
 * whole lengths falls like 1/n_block. Domain of the weights as in theory/huffman.h (in doubles, not
 * exact); SB_LIMIT if there are more than 2^20 blocks. O(blocks). */
enum sb_status sb_block_code_bits(const double *weights, size_t n, unsigned n_block,
                                  double *bits_per_leaf);

#endif

/* Prefix codes: optimal codeword lengths and canonical codewords (docs/theory.md, P1).
 *
 * For weights w_x (probabilities, or counts) with sum W a prefix code with lengths l_x exists exactly
 * when Kraft's sum  sum_x 2^-l_x <= 1;  Huffman's lengths minimise the mean  sum_x (w_x/W) l_x  and
 * satisfy  H <= mean < H + 1  and Kraft's sum = 1.
 *
 * A symbol of weight 0 gets no code: its length is 0. One symbol alone gets the empty word, also of
 * length 0, so that a source without choice costs nothing.
 *
 * Ties are broken the same way everywhere: symbols of equal weight in order of their index, a symbol
 * before a merged node of equal weight. (The lengths of an optimal code are not unique under ties;
 * their mean is. This choice has the smallest longest word.) Weights that are integers below 2^53 in
 * sum are added exactly.
 *
 * Domain of weights, throughout: n >= 1, each w_x >= 0 and finite, W > 0 and finite; else SB_DOMAIN.
 */
#ifndef SB_THEORY_HUFFMAN_H
#define SB_THEORY_HUFFMAN_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

/* Huffman's codeword lengths in bits. Two queues after one sort: O(n) time beyond a radix sort, O(n)
 * scratch. Lengths stay below 2^12 whatever the weights, since they are doubles. */
enum sb_status sb_huffman_lengths(const double *weights, size_t n, uint16_t *lengths);

/* The optimal lengths among codes without words longer than max_length (package-merge, Larmore and
 * Hirschberg 1990). SB_DOMAIN where n' symbols of positive weight need more: max_length < log2 n'.
 * O(n max_length) time and bytes of scratch; max_length beyond n' - 1 changes nothing. */
enum sb_status sb_huffman_limited_lengths(const double *weights, size_t n, unsigned max_length,
                                          uint16_t *lengths);

/* The mean codeword length sum w l / W in bits per symbol. Domain: as above. O(n). */
enum sb_status sb_huffman_mean_bits(const double *weights, const uint16_t *lengths, size_t n,
                                    double *mean_bits);

/* The canonical code: words of one length are consecutive numbers in order of the symbols, and shorter
 * words precede longer ones as binary fractions. codes[x] holds the word in its lengths[x] low bits;
 * 0 where there is none. SB_LIMIT if a length is beyond 64; SB_DOMAIN if Kraft's sum, taken exactly,
 * is beyond 1. O(n). */
enum sb_status sb_huffman_codes(const uint16_t *lengths, size_t n, uint64_t *codes);

#endif

/* Ideal code lengths, the paper's expression and what is true (docs/theory.md, P1).
 *
 * A response of |x| bits is coded in B = ceil(|x|/d) blocks of d bits, each a leaf drawn from p. The
 * paper (Theorem 3.4) takes  E L = B ceil(H).  That is no bound in either direction: a Huffman code
 * costs 1.5 < ceil(H) = 2 bits per block on (1/2, 1/4, 1/4), and 1.2 > ceil(H) = 1 on (.8, .1, .1).
 * Correct is  B H <= E L < B (H + 1)  for Huffman's code.
 */
#ifndef SB_THEORY_CODE_LENGTH_H
#define SB_THEORY_CODE_LENGTH_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

/* -log2 of the probability part / (part + rest): the length of an ideal code. Exact where that is a
 * power of two, accurate to a few ulp also where it is nearly 1. Domain: part > 0, rest >= 0. */
double sb_ideal_bits(double part, double rest);

/* Entropy of the distribution weights / sum, in bits per symbol, accurate to a few ulp also where one
 * symbol has nearly all the weight. Domain: weights >= 0 and finite (probabilities or counts), n >= 1,
 * sum > 0. O(n). */
double sb_entropy_bits(const double *weights, size_t n);

struct sb_code_length {
    double n_blocks;               /* B */
    double entropy_bits_per_block; /* H */
    double huffman_bits_per_block; /* H <= . < H + 1 */
    double lower_bits;             /* B H: no code does better */
    double upper_bits;             /* B (H + 1): Huffman's stays below */
    double huffman_bits;           /* B times Huffman's mean */
    double paper_bits;             /* B ceil(H) */
};

/* For n leaves with the given weights (probabilities or counts; domain as in theory/huffman.h) and
 * n_blocks blocks in all. O(n) beyond a radix sort. */
enum sb_status sb_code_length(const double *weights, size_t n, double n_blocks,
                              struct sb_code_length *result);

/* ceil(n_bits / d). Domain: d >= 1. */
uint64_t sb_block_count(uint64_t n_bits, unsigned d);

#endif

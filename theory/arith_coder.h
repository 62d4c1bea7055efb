/* An arithmetic coder: a sequence of decisions into bytes and back, at the ideal code length of the
 * decisions but for a loss that is bounded here (docs/theory.md, "Real bits").
 *
 * Each decision splits the interval [low, low + range) of 64-bit integers in proportion to integer
 * frequencies f_i >= 1 that sum to T = 2^48, and keeps the part of the symbol that came; leading bytes
 * that are settled go out, carries run back into them, and range stays at or above 2^56.
 *
 *     symbol i, cumulative frequencies c_i <= c_{i+1}, f_i = c_{i+1} - c_i
 *     low   += floor(range c_i / T)
 *     range  = floor(range c_{i+1} / T) - floor(range c_i / T)  >=  range f_i / T - 1
 *
 * Loss (proved), in bits beyond -log2 p of what came:
 *
 *     a symbol of frequency f      -log2(f / T) + 0.0057 / f at the most
 *     of n weights, quantised      further 1.45 (n / T + 2^-29): 4.1e-9 for n = 262,144
 *     a binary decision            3.4e-10 for the likelier symbol, 2.6e-5 for the other
 *     the end                      8 bits at most, once
 *
 * Encoder and decoder must be given the same weights, bit for bit. What is done with them here takes
 * IEEE additions, multiplications, divisions and conversions alone, in a fixed order: the same on
 * every processor. Weights that come out of exp or log differ between mathematical libraries; whoever
 * makes such weights brings functions of their own.
 */
#ifndef SB_THEORY_ARITH_CODER_H
#define SB_THEORY_ARITH_CODER_H

#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

#define SB_ARITH_TOTAL ((uint64_t)1 << 48) /* T */

enum { SB_ARITH_SYMBOLS_MAX = 1 << 24 };

/* ---- the quantiser --------------------------------------------------------------------------- */

/* Weights (probabilities, or counts in any unit) of n symbols into cumulative[0..n]: cumulative[0] = 0,
 * cumulative[n] = T, each step at least 1:
 *
 *     f_i = 1 + floor(w_i (T - n)(1 - 2^-30) / sum),   what is left over goes to the first largest
 *
 * so that f_i / T >= (w_i / sum)(1 - n/T)(1 - 2^-29), and a symbol of weight 0 still has a code.
 * Domain: 1 <= n <= 2^24; each w_i >= 0, and the sum from 1e-250 to 1e300; else SB_DOMAIN (NaN
 * included). O(n): one division in all. */
enum sb_status sb_arith_quantise(const double *weights, size_t n, uint64_t *cumulative);
enum sb_status sb_arith_quantise_floats(const float *weights, size_t n, uint64_t *cumulative);

/* ---- encoding -------------------------------------------------------------------------------- */

struct sb_arith_encoder;

enum sb_status sb_arith_encoder_create(struct sb_arith_encoder **encoder);
void sb_arith_encoder_free(struct sb_arith_encoder *encoder);

/* A symbol, as cumulative[symbol] and cumulative[symbol + 1]. Domain: low < high <= T. O(1).
 * (No failure here: want of memory is kept, and told by finish.) */
void sb_arith_encode(struct sb_arith_encoder *encoder, uint64_t low, uint64_t high);

/* A binary decision between 0 and 1 with the given weights, whose scale does not matter. A
 * probability below 2^-32 is coded in steps of 2^-32, so that it costs what it should however small.
 * Domain: weights >= 0, their sum positive and finite (and not subnormal). bit is 0 or 1. */
void sb_arith_encode_bit(struct sb_arith_encoder *encoder, double weight0, double weight1,
                         unsigned bit);

/* Ends the code with one more byte; after it the encoder can only be freed. *bytes is a view that lasts
 * as long as the encoder. (The decoder reads zeros behind the end.) */
enum sb_status sb_arith_encoder_finish(struct sb_arith_encoder *encoder, const uint8_t **bytes,
                                       size_t *n_bytes);

/* ---- decoding -------------------------------------------------------------------------------- */

/* Decoding takes the decisions in the order in which they were coded, with the same weights. Any bytes
 * decode to something, within bounds: that it is what was encoded, a checksum must say. */
struct sb_arith_decoder;

/* bytes must outlive the decoder. */
enum sb_status sb_arith_decoder_create(const uint8_t *bytes, size_t n_bytes,
                                       struct sb_arith_decoder **decoder);
void sb_arith_decoder_free(struct sb_arith_decoder *decoder);

/* The next symbol, 0 .. n-1. Domain: cumulative as from sb_arith_quantise. O(log n). */
size_t sb_arith_decode(struct sb_arith_decoder *decoder, const uint64_t *cumulative, size_t n);

/* The next binary decision; domain as in sb_arith_encode_bit. */
unsigned sb_arith_decode_bit(struct sb_arith_decoder *decoder, double weight0, double weight1);

#endif

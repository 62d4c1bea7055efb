/* The entropy per symbol of a stationary sequence, from samples (docs/estimators.md, "Entropy rate"):
 *
 *   blocks       H_n, the entropy of n symbols in a row at all places; h_n = H_n - H_(n-1), that of a symbol
 *                given n - 1 before it, which falls towards the rate h
 *   extrapolated h_n = h + c n^-g (power) or h + c e^(-r n) (exponential), fitted to the h_n that counts
 *                support
 *   matches      a symbol that costs h bits is met again, with L - 1 after it, after about 2^(h L)
 *                places: with L_i - 1 the longest match at place i that begins before it,
 *                h = 1/mean(L_i/log2(i + 1))   (Kontoyiannis, Algoet, Suhov and Wyner 1998),
 *                and with matches anywhere among N, h = log2(N)/mean(L_i)   (Grassberger 1989)
 *   match slope  L_i = c + log2(i + 1)/h on average: h from the slope of a line through mean lengths
 *
 * Blocks need about 2^(h n) places, and are too low where there are fewer. Matches see any length, but c,
 * about 1, makes the first two too low by c h/log2(N), a tenth at a million symbols; the slope is free
 * of that, at the price of a larger error.
 */
#ifndef SB_ESTIMATORS_ENTROPY_RATE_H
#define SB_ESTIMATORS_ENTROPY_RATE_H

#include "estimators/entropy.h"
#include "estimators/scaling.h"
#include "estimators/suffixes.h"

enum { SB_BLOCKS_MAX = 64, SB_RATE_BATCHES = 20 };

struct sb_block_entropy {
    size_t length, n_distinct;
    double coverage;   /* 1 - f1/places: the share of places whose block was seen more than once */
    double block_bits; /* H_n by the method */
    double increment_bits; /* h_n */
    double
        increment_se_bits; /* of -log2 of the share of a symbol after its n - 1, places as independent */
};

/* blocks[0..n_max-1]. n_symbols is the alphabet: NSB takes n_symbols^length blocks as possible, at most
 * 2^80. Domain: n_max <= n, SB_BLOCKS_MAX. O(n_max n log n) by the method. */
enum sb_status sb_block_entropies(const struct sb_suffixes *suffixes, uint32_t n_symbols,
                                  enum sb_entropy_method method, size_t n_max,
                                  struct sb_block_entropy *blocks);

/* The fit to the increments of blocks[0..n-1] whose coverage is at least `least_coverage`: the model of
 * lower AICc of power and exponential; fit->parameters[0] is h with its profile interval, *n_used how
 * many. SB_DOMAIN where fewer than four are left. The interval takes the increments' errors as
 * independent, and the model as true. */
enum sb_status sb_block_extrapolate(const struct sb_block_entropy *blocks, size_t n,
                                    double least_coverage, struct sb_scaling_fit *fit,
                                    size_t *n_used, struct sb_error *error);

/* The match-length estimates; standard errors by means of SB_RATE_BATCHES consecutive parts. slope is by
 * weighted least squares on mean lengths between powers of two, each with the error of its own
 * SB_RATE_BATCHES parts, from where these are five times as long as a match; NaN where fewer than three
 * such means are left. Domain: at least 2 SB_RATE_BATCHES symbols. O(n). */
struct sb_match_rates {
    struct sb_entropy before, anywhere, slope;
};
enum sb_status sb_match_rates(const struct sb_suffixes *suffixes, struct sb_match_rates *rates);

#endif

/* Rates of three datasets while the volume of one of them grows, in the saturated model that is
 * trained on all of them jointly (docs/theory.md, D1, D2, R1-R4). The model is fitted on what it
 * codes: these are the theorem's in-sample rates.
 *
 * A source gives the leaf distributions p_p, p_a, p_t of pre-training, alignment and perturbation
 * data. Whatever it is, everything else is theory/mixture:
 *
 *   closed   one leaf for each of three disjoint parts: R3
 *   exact    the controlled language's own leaves (data/language_exact.h)
 *   counts   empirical distributions, of generated or of real documents
 *
 * Counts have standard errors: the documents of each dataset are split into up to 30 runs of
 * consecutive documents, and the delete-a-group jackknife leaves out group g of every dataset,
 *
 *   se^2 = (G - 1)/G sum_g (value without g - their mean)^2,
 *
 * which keeps documents whole and serves rates, slopes and ratios alike. It says nothing about the
 * bias of plug-in entropies, which are too low by about (leaves - 1)/(2 n) nats. The same groups show
 * most of it: the jackknife's corrected value, whatever the value is, is
 *
 *   G value - (G - 1) mean of the values without g,
 *
 * which leaves a bias of order 1/n^2 where there was one of order 1/n.
 */
#ifndef SB_ESTIMATORS_CURVE_H
#define SB_ESTIMATORS_CURVE_H

#include "data/corpus.h"
#include "data/language_exact.h"
#include "estimators/entropy.h"
#include "estimators/multiplicity.h"
#include "theory/status.h"
#include "theory/token_tree.h"

enum sb_curve_role { SB_ROLE_P, SB_ROLE_A, SB_ROLE_T, SB_N_ROLES };

enum { SB_CURVE_GROUPS = 30 };

struct sb_curve_source {
    size_t n_leaves, n_groups; /* 0 groups: no standard errors */
    double *p; /* (1 + n_groups, 3, n_leaves): of all documents, then of those outside group g */
    double *sizes;      /* (1 + n_groups, 3): how much these count; part of the allocation of p */
    double n_possible;  /* leaves that there could be, seen or not */
    double common_nats; /* what rates have beyond -sum p ln q over the leaves */
    unsigned long long n[SB_N_ROLES]; /* leaves counted in each dataset; 0: exact */
};
void sb_curve_source_clear(struct sb_curve_source *source);

/* p_p = pi[0] P_1 + pi[1] p_a + pi[2] p_t with disjoint supports, each part of the given entropy.
 * Domain: pi >= 0, sum 1. */
enum sb_status sb_curve_closed(const double pi[SB_N_ROLES], double entropy_nats,
                               struct sb_curve_source *source);

enum sb_status sb_curve_exact(const struct sb_language *language, enum sb_language_level level,
                              struct sb_curve_source *source);

/* n_documents >= 1 generated documents for each dataset: the pre-training mixture and dialects 2 and
 * 3. At the document level common_nats is the exact one, so that the rates estimate those of
 * sb_curve_exact. */
enum sb_status sb_curve_generated(const struct sb_language *language, enum sb_language_level level,
                                  size_t n_documents, uint64_t seed,
                                  struct sb_curve_source *source);

/* The scored spans of three corpora as token trees of this reading and depth. Each corpus is read
 * twice: its documents are counted to form the groups. Errors name the corpus. Memory: 1.5 kB per
 * leaf, at most 2 GiB (SB_LIMIT). */
enum sb_status sb_curve_counted(struct sb_corpus *const corpora[SB_N_ROLES],
                                const char *const names[SB_N_ROLES], enum sb_reading reading,
                                unsigned depth, struct sb_curve_source *source,
                                struct sb_error *error);

/* What a point of a curve has. Slopes are derivatives in the growing volume. kappa, kappa_k and R
 * belong to the theorem, where the perturbation grows:  R = -v_a gamma_a'/(v_p gamma_p'), NaN where
 * gamma_p' is 0 or another volume grows; kappa = 1 - sum p_a p_t/p_p is that of no
 * volumes. The balance is sum_i v_i gamma_i' (R2): 0 but for rounding. */
enum sb_curve_value {
    SB_GAMMA_P_NATS,
    SB_GAMMA_A_NATS,
    SB_GAMMA_T_NATS,
    SB_SLOPE_P_NATS,
    SB_SLOPE_A_NATS,
    SB_SLOPE_T_NATS,
    SB_RATIO,
    SB_KAPPA,
    SB_KAPPA_K,
    SB_BALANCE_NATS,
    SB_N_CURVE_VALUES
};

struct sb_curve_point {
    double value[SB_N_CURVE_VALUES];
    /* By the jackknife; value itself without groups. R is that of the corrected slopes: a ratio whose
     * denominator may be 0 has no jackknife. */
    double corrected[SB_N_CURVE_VALUES];
    double corrected_ratio_error; /* of that R, by the delta method; NaN as standard_error */
    /* R's 95 % interval by Fieller's theorem, t with groups - 1 degrees of freedom, around the slopes as
     * they are and as corrected; -inf to inf where gamma_p' may be 0. NaN without groups or R. */
    double ratio_low[2], ratio_high[2];
    double standard_error[SB_N_CURVE_VALUES]; /* NaN without groups, or where a value is infinite */
};

/* Domain: volumes finite, >= 0, with a positive sum (SB_DOMAIN). O(groups x leaves). */
enum sb_status sb_curve_at(const struct sb_curve_source *source, const double volumes[SB_N_ROLES],
                           enum sb_curve_role growing, struct sb_curve_point *point);

/* Simultaneous bands (sup-t, estimators/multiplicity.h): value -+ critical[i] x standard error of value
 * i holds at all n_points points at once with this confidence, points being the triples
 * volumes[3 j .. 3 j + 2]; groups - 1 degrees of freedom (options->freedom
 * is not read). Without groups, or where no point has a
 * standard error, critical[i] is NaN. At most SB_CURVE_BAND_POINTS points (SB_LIMIT).
 * O(n_points groups (leaves + n_replicates)) over n_threads; 2.4 kB per point. */
enum { SB_CURVE_BAND_POINTS = 100000 };
enum sb_status sb_curve_bands(const struct sb_curve_source *source, const double *volumes,
                              size_t n_points, enum sb_curve_role growing,
                              const struct sb_sup_t_options *options,
                              double critical[SB_N_CURVE_VALUES], struct sb_error *error);

/* The standard error of a value, or of the corrected one; and half the width of its band: that of R knows
 * no bound where the band of gamma_p' holds 0. NaN where there is none. */
double sb_curve_error(const struct sb_curve_point *point, bool corrected,
                      enum sb_curve_value value);
double sb_curve_band(const struct sb_curve_point *point, const double critical[SB_N_CURVE_VALUES],
                     bool corrected, enum sb_curve_value value);

/* The least number of leaves counted (documents, words) of dataset p or a that show the theorem's sign of
 * its slope with probability `wanted`, if the source is the truth and the model known: gamma_a' > 0 if
 * the mean of p_t/q over n leaves drawn from p_a is below 1, gamma_p' < 0 if over p_p it is above
 * (theory/sum_distribution.h). *n = 0 if there is none: the slope has the other sign, or n would pass
 * 2^30. Domain: 0 < wanted < 1, v_p and v_a positive. About 60 transforms of 2^14 points. */
enum sb_status sb_curve_n_for_sign(const struct sb_curve_source *source,
                                   const double volumes[SB_N_ROLES], enum sb_curve_role role,
                                   double wanted, uint64_t *n);

/* The entropy of one dataset, below which no rate of it can be: by `method` from counts, with the
 * jackknife over the groups as its standard error (documents stay whole; NaN without groups); exact, with
 * error NaN, where the source is. SB_NUMERIC as sb_entropy_estimate. */
enum sb_status sb_curve_entropy(const struct sb_curve_source *source, enum sb_curve_role role,
                                enum sb_entropy_method method, struct sb_entropy *entropy);

#endif

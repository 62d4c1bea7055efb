/* P1 and P2: what the paper states, where it holds, and where it does not. */
#include <math.h>
#include "theory/code_length.h"
#include "theory/disjoint.h"
#include "theory/trials.h"

/* ---- P1: E L = ceil(|x|/d) ceil(H) ---------------------------------------------------------- */

static struct sb_finding check_bracket(const struct sb_ranges *ranges)
{
    enum { CASES = 4000, MOST = 64 };
    struct sb_finding finding =
        sb_finding_of("P1", "H <= E L < H + 1 bits per block, for Huffman's code",
                      "random weights on 1 to 64 leaves", "bits");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        double p[MOST];
        struct sb_code_length length;
        sb_random_init(&random, ranges->seed, number);
        size_t n = 1 + sb_random_below(&random, MOST);
        sb_trial_vector(&random, p, n);
        double slack = NAN;
        if (sb_code_length(p, n, 1, &length) == SB_OK)
            slack = fmin(length.huffman_bits_per_block - length.entropy_bits_per_block,
                         length.entropy_bits_per_block + 1 - length.huffman_bits_per_block);
        sb_finding_slack(&finding, slack, 1e-14, "case %d: %zu leaves", (int)number, n);
    }
    return finding;
}

static struct sb_finding refute_ceilings(void)
{
    const double low[] = { 0.5, 0.25, 0.25 }, high[] = { 0.8, 0.1, 0.1 };
    struct sb_code_length a = { 0 }, b = { 0 };
    bool computed = !sb_code_length(low, 3, 1, &a) && !sb_code_length(high, 3, 1, &b);
    bool is_refuted = computed && a.huffman_bits < a.paper_bits && b.huffman_bits > b.paper_bits;
    return sb_finding_refuted("P1", "E L = ceil(|x|/d) ceil(H)", "one block of three leaves",
                              is_refuted,
                              "(1/2, 1/4, 1/4): %g bits, not %g; (0.8, 0.1, 0.1): %g, not %g",
                              a.huffman_bits, a.paper_bits, b.huffman_bits, b.paper_bits);
}

size_t sb_check_P1(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    findings[0] = check_bracket(ranges);
    findings[1] = refute_ceilings();
    return 2;
}

/* ---- P2: gamma_a' and -k gamma_p' are of one order ------------------------------------------ */

static struct sb_finding check_order(const struct sb_ranges *ranges)
{
    enum { CASES = 4000 };
    struct sb_finding finding =
        sb_finding_of("P2", "c1 <= R <= c2 for l <= theta l*, theta < 1 (R3's c1 and c2)",
                      "disjoint parts, 0.1 <= k <= 1e12, theta <= 0.999", "relative to R");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        double pi[3];
        sb_random_init(&random, ranges->seed, number);
        sb_trial_vector(&random, pi, 3);
        struct sb_disjoint d = {
            .k = sb_trial_between(&random, 0.1, 1e12), .pi_1 = pi[0], .pi_a = pi[1], .pi_t = pi[2]
        };
        double l_star = pi[2] / (pi[0] + pi[1]), theta = 0.999 * sb_random_unit(&random);
        if (pi[2] == 0 || isinf(l_star))
            continue;
        d.l = theta * l_star * sb_random_unit(&random);
        double c2 = (1 + theta / (d.k * (d.pi_1 + d.pi_a))) / (1 - theta);
        struct sb_disjoint_values v = sb_disjoint_at(&d);
        sb_finding_slack(&finding, fmin(v.R - 1, c2 - v.R) / v.R, 1e-12,
                         "case %d: k=%g, l=%g, pi_t=%g", (int)number, d.k, d.l, d.pi_t);
    }
    return finding;
}

static struct sb_finding refute_overlap(void)
{
    /* chi = .04/.8 + .2/.1 + .12/.1 = 3.25 > 1: what is rare in pre-training is shared. */
    const double p_p[] = { 0.8, 0.1, 0.1 }, p_a[] = { 0.2, 0.4, 0.4 }, p_t[] = { 0.2, 0.5, 0.3 };
    const struct sb_parts parts = { p_p, p_a, p_t, 3, 20, 0.1 };
    struct sb_elasticity e = { .verdict = SB_BOUNDARY };
    bool is_refuted = !sb_elasticity_at(&parts, &e) && e.verdict == SB_REVERSED;
    return sb_finding_refuted("P2", "gamma_p' < 0 < gamma_a' for any distributions, l << 1",
                              "p_p=(.8,.1,.1), p_a=(.2,.4,.4), p_t=(.2,.5,.3)", is_refuted,
                              "k=20, l=0.1: gamma_p'=%.4g, gamma_a'=%.4g nats (chi=%.4g)",
                              e.p.slope_nats, e.a.slope_nats, e.chi);
}

static struct sb_finding refute_small_l(void)
{
    struct sb_disjoint d = { .k = 1000, .l = 0.01, .pi_1 = 0.499, .pi_a = 0.5, .pi_t = 0.001 };
    struct sb_disjoint_values v = sb_disjoint_at(&d);
    return sb_finding_refuted("P2", "gamma_p' < 0 < gamma_a' for disjoint parts, l << 1",
                              "pi_t=0.001", v.verdict == SB_BOTH_RISE,
                              "k=1000, l=0.01: gamma_p'=%.4g nats; l*=%.4g, not 1, is the scale",
                              v.slope_p_nats, v.l_star);
}

static struct sb_finding refute_novelty(void)
{
    struct sb_disjoint d = { 1000, 1e-6, 1 / 3., 1 / 3., 1 / 3., 0.002 };
    struct sb_disjoint_values v = sb_disjoint_at(&d);
    return sb_finding_refuted("P2", "gamma_p' < 0 < gamma_a' for disjoint parts, l << l*",
                              "pi_t=1/3, novelty nu=0.002", v.verdict == SB_BOTH_RISE,
                              "k=1000, l=1e-06: gamma_p'=%.4g nats; nu must stay below 1/(k+1)",
                              v.slope_p_nats);
}

size_t sb_check_P2(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    findings[0] = check_order(ranges);
    findings[1] = refute_overlap();
    findings[2] = refute_small_l();
    findings[3] = refute_novelty();
    return 4;
}

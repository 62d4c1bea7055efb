/* R10: codewords of whole lengths. Counts are integers, so that "exactly" means exactly. */
#include <math.h>
#include <stdlib.h>
#include "theory/huffman.h"
#include "theory/staircase.h"
#include "theory/trials.h"

enum { MOST = SB_TRIAL_LEAVES };

struct case_of_counts {
    int64_t fixed[MOST], growing[MOST];
    size_t n;
};

static struct case_of_counts random_counts(struct sb_random *random)
{
    struct case_of_counts c = { .n = 2 + sb_random_below(random, MOST - 1) };
    for (size_t x = 0; x < c.n; x++) {
        c.fixed[x] = 1 + (int64_t)sb_random_below(random, 200);
        c.growing[x] = (int64_t)sb_random_below(random, 200);
    }
    return c;
}

/* The weights of all leaves at l, over a common denominator. */
static void weights_at(const struct case_of_counts *c, struct sb_rational l, int64_t *weights)
{
    for (size_t x = 0; x < c->n; x++)
        weights[x] = l.denominator * c->fixed[x] + l.numerator * c->growing[x];
}

/* Huffman's bits at l times l's denominator: what no line may undercut. */
static int64_t least_cost(const struct case_of_counts *c, struct sb_rational l)
{
    int64_t weights[MOST], bits = 0;
    double values[MOST];
    uint16_t lengths[MOST];
    weights_at(c, l, weights);
    for (size_t x = 0; x < c->n; x++)
        values[x] = (double)weights[x];
    if (sb_huffman_lengths(values, c->n, lengths))
        return -1;
    for (size_t x = 0; x < c->n; x++)
        bits += weights[x] * lengths[x];
    return bits;
}

static int64_t cost(const struct sb_step *step, struct sb_rational l)
{
    return l.denominator * step->fixed_bits + l.numerator * step->growing_bits;
}

/* Halfway between two breakpoints, where there is no tie of lines. */
static struct sb_rational between(const struct sb_step *steps, size_t n, size_t i,
                                  struct sb_rational end)
{
    struct sb_rational a = steps[i].l, b = i + 1 < n ? steps[i + 1].l : end;
    /* The mediant. */
    return sb_rational_of(a.numerator + b.numerator, a.denominator + b.denominator);
}

/* The fixed and the growing bits of every code that is optimal at l are those of the step. */
static bool is_settled(const struct case_of_counts *c, const struct sb_step *step,
                       struct sb_rational l)
{
    int64_t weights[MOST], least, most;
    weights_at(c, l, weights);
    if (sb_optimal_bits_range(weights, c->fixed, c->n, &least, &most) ||
        least != step->fixed_bits || most != step->fixed_bits)
        return false;
    return !sb_optimal_bits_range(weights, c->growing, c->n, &least, &most) &&
           least == step->growing_bits && most == step->growing_bits;
}

static void check_counts(const struct sb_ranges *ranges, struct sb_finding *jumps,
                         struct sb_finding *ties)
{
    enum { CASES = 1000 };
    const struct sb_rational start = { 0, 1 }, end = { 20, 1 };
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        struct sb_step *steps = NULL;
        size_t n_steps = 0;
        sb_random_init(&random, ranges->seed, number);
        struct case_of_counts c = random_counts(&random);
        const struct sb_counts counts = { c.fixed, c.growing, c.n };
        if (sb_staircase(&counts, start, end, &steps, &n_steps))
            sb_finding_yes(jumps, false, "case %d: no staircase", (int)number);
        for (size_t i = 0; i < n_steps; i++) {
            struct sb_rational l = steps[i].l, inside = between(steps, n_steps, i, end);
            if (i > 0)
                sb_finding_yes(jumps,
                               cost(&steps[i], l) == cost(&steps[i - 1], l) &&
                                   cost(&steps[i], l) == least_cost(&c, l),
                               "case %d, l=%g", (int)number, sb_rational_value(l));
            sb_finding_yes(ties, is_settled(&c, &steps[i], inside), "case %d, l=%g", (int)number,
                           sb_rational_value(inside));
        }
        free(steps);
    }
}

/* Thirds on four leaves each, over the denominator 12: p_p = 1, p_a = 3 or 0, p_t = 3 or 0; k = 20.
 * Twelve leaves have four words of 3 bits, for the heaviest, and eight of 4. */
static struct sb_finding refute_slopes(void)
{
    enum { N = 12, K = 20 };
    const struct sb_rational start = { 0, 1 }, end = { 2, 1 };
    int64_t fixed[N], growing[N], p[2][N], bits[2][2], least, most;
    for (int x = 0; x < N; x++) {
        p[0][x] = 1;
        p[1][x] = x / 4 == 1 ? 3 : 0;
        fixed[x] = K * p[0][x] + p[1][x];
        growing[x] = x / 4 == 2 ? 3 : 0;
    }
    struct sb_step *steps = NULL;
    size_t n_steps = 0;
    const struct sb_counts counts = { fixed, growing, N };
    bool is_refuted = !sb_staircase(&counts, start, end, &steps, &n_steps) && n_steps == 2 &&
                      steps[1].l.numerator == 1 && steps[1].l.denominator == 1;
    for (int side = 0; side < 2; side++) { /* l = 1/2 and 3/2 */
        int64_t weights[N];
        for (int x = 0; x < N; x++)
            weights[x] = 2 * fixed[x] + (side ? 3 : 1) * growing[x];
        for (int i = 0; i < 2; i++) {
            is_refuted = is_refuted && !sb_optimal_bits_range(weights, p[i], N, &least, &most) &&
                         least == most;
            bits[i][side] = is_refuted ? least : 0;
        }
    }
    free(steps);
    is_refuted = is_refuted && bits[0][0] == bits[0][1] && bits[1][1] - bits[1][0] == N;
    return sb_finding_refuted("R10", "P2 with whole codewords: gamma_p' < 0 < gamma_a'",
                              "uniform thirds on 4 leaves each, k=20, 0 < l < 2", is_refuted,
                              "slopes are 0 but at l=1, where gamma_a jumps by %d bit and gamma_p "
                              "by %d",
                              (int)(bits[1][1] - bits[1][0]) / N,
                              (int)(bits[0][1] - bits[0][0]) / N);
}

/* k = 1, l = 0: N = (6, 6, 4)/8, so that either of the first two leaves may have the short word. */
static struct sb_finding refute_ties(void)
{
    const int64_t p_p[] = { 5, 2, 1 }, weights[] = { 6, 6, 4 };
    int64_t least = 0, most = 0;
    bool is_refuted = !sb_optimal_bits_range(weights, p_p, 3, &least, &most) && least < most;
    return sb_finding_refuted("R10", "gamma_p alone does not depend on how ties are broken",
                              "p_p=(5,2,1)/8, p_a=(1,4,3)/8, k=1, l=0", is_refuted,
                              "optimal codes have gamma_p from %g to %g bits", (double)least / 8,
                              (double)most / 8);
}

static struct sb_finding check_blocks(const struct sb_ranges *ranges)
{
    enum { CASES = 200, LONGEST = 6, LEAVES = 5 };
    struct sb_finding finding = sb_finding_of("R10", "blocks of n: H <= bits per leaf < H + 1/n",
                                              "2 to 5 leaves, n <= 6", "bits per leaf");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        double p[LEAVES], entropy = 0, bits;
        sb_random_init(&random, ranges->seed, number);
        size_t n = 2 + sb_random_below(&random, LEAVES - 1);
        sb_trial_vector(&random, p, n);
        for (size_t x = 0; x < n; x++)
            entropy -= p[x] > 0 ? p[x] * log2(p[x]) : 0;
        for (unsigned n_block = 1; n_block <= LONGEST; n_block++) {
            double slack = sb_block_code_bits(p, n, n_block, &bits)
                               ? NAN
                               : fmin(bits - entropy, entropy + 1. / n_block - bits);
            sb_finding_slack(&finding, slack, 1e-14, "case %d, n=%u", (int)number, n_block);
        }
    }
    return finding;
}

size_t sb_check_R10(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    const char *domain = "random counts on 2 to 8 leaves, 0 <= l <= 20";
    findings[0] = sb_finding_of(
        "R10", "Delta(k gamma_p + gamma_a) + l Delta gamma_t = 0 exactly at each jump", domain, "");
    findings[1] = sb_finding_of(
        "R10", "k gamma_p + gamma_a and gamma_t are the same for all optimal codes", domain, "");
    check_counts(ranges, &findings[0], &findings[1]);
    findings[2] = check_blocks(ranges);
    findings[3] = refute_slopes();
    findings[4] = refute_ties();
    return 5;
}

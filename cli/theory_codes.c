/* springback theory --dist --codes: the staircase of Huffman's codes in l, or their blocks (R10). */
#include <math.h>
#include <stdlib.h>
#include "cli/dist_file.h"
#include "cli/theory.h"
#include "theory/dist.h"
#include "theory/numeric.h"
#include "theory/staircase.h"

enum { P_P, P_A, P_T, N_PARTS };

/* The three distributions as counts over one denominator, and the joint counts over k's as well. */
struct joint {
    size_t n;
    int64_t *p[N_PARTS], *fixed, *growing; /* k p_p + p_a and p_t; views of memory */
    int64_t denominator, joint_denominator;
    double k;
    void *memory;
};

/* ---- input -------------------------------------------------------------------------------------- */

static enum sb_status exact_of(const char *text, struct sb_rational *x)
{
    double value;
    if (sb_parse_number(text, &value) || !(value >= 0))
        return SB_DOMAIN;
    return sb_rational_simplest(value, x);
}

/* All probabilities as fractions, in the order of their parts. */
static enum sb_status fractions_of(const char *path, const struct cli_exact_dist *dist,
                                   struct sb_rational *x, struct sb_error *error)
{
    static const char *const names[] = { "p_p", "p_a", "p_t" };
    for (int i = 0; i < N_PARTS; i++)
        for (size_t y = 0; y < dist->n_leaves; y++)
            if (exact_of(dist->p[i][y], &x[(size_t)i * dist->n_leaves + y]))
                return sb_fail(error, SB_DOMAIN, "%s: %s[%zu] = %.40s is not a fraction >= 0", path,
                               names[i], y, dist->p[i][y]);
    return SB_OK;
}

/* k p_p + p_a over joint_denominator, and p_t. SB_LIMIT beyond 2^53. */
static enum sb_status blend(struct joint *joint, struct sb_rational k)
{
    const int64_t most = (int64_t)1 << 53;
    if (joint->denominator > most / k.denominator)
        return SB_LIMIT;
    joint->joint_denominator = joint->denominator * k.denominator;
    for (size_t x = 0; x < joint->n; x++) {
        if (k.numerator && joint->p[P_P][x] > most / k.numerator)
            return SB_LIMIT;
        joint->fixed[x] = k.numerator * joint->p[P_P][x] + k.denominator * joint->p[P_A][x];
        joint->growing[x] = k.denominator * joint->p[P_T][x];
    }
    return SB_OK;
}

static enum sb_status joint_init(struct joint *joint, const char *path,
                                 const struct cli_exact_dist *dist, struct sb_rational k,
                                 struct sb_error *error)
{
    size_t n = dist->n_leaves;
    *joint = (struct joint){ .n = n, .k = sb_rational_value(k) };
    struct sb_rational *x = malloc(N_PARTS * n * sizeof *x);
    int64_t *counts = malloc((N_PARTS + 2) * n * sizeof *counts);
    joint->memory = counts;
    enum sb_status status = x && counts ? SB_OK : sb_fail_memory(error);
    if (!status)
        status = fractions_of(path, dist, x, error);
    for (int i = 0; i < N_PARTS && !status; i++)
        joint->p[i] = counts + (size_t)i * n;
    if (!status && sb_rational_counts(x, N_PARTS * n, counts, &joint->denominator))
        status = sb_fail(error, SB_LIMIT,
                         "%s: the common denominator passes 2^53; give simpler fractions", path);
    free(x);
    for (int i = 0; i < N_PARTS && !status; i++) {
        int64_t sum = 0;
        for (size_t y = 0; y < n; y++)
            sum += joint->p[i][y];
        if (sum != joint->denominator)
            status = sb_fail(error, SB_DOMAIN, "%s: p_%c does not sum to exactly 1; give fractions",
                             path, "pat"[i]);
    }
    if (status)
        return status;
    joint->fixed = counts + N_PARTS * n;
    joint->growing = joint->fixed + n;
    if (blend(joint, k))
        return sb_fail(error, SB_LIMIT, "counts pass 2^53: give a simpler k, or simpler fractions");
    return SB_OK;
}

/* ---- the staircase ------------------------------------------------------------------------------ */

/* gamma_p or gamma_a over all codes that are optimal at l: least and largest; NA beyond 2^53. */
static enum sb_status add_range(struct sb_table *table, const struct joint *joint, int part,
                                const int64_t *weights)
{
    int64_t least, most;
    enum sb_status status = sb_optimal_bits_range(weights, joint->p[part], joint->n, &least, &most);
    bool known = status == SB_OK;
    sb_table_real(table, known ? (double)least / (double)joint->denominator : NAN);
    sb_table_real(table, known ? (double)most / (double)joint->denominator : NAN);
    return status == SB_MEMORY ? status : SB_OK;
}

/* The weights in the middle of a step, where no two lines tie. false beyond 2^53. */
static bool weights_at(const struct joint *joint, struct sb_rational a, struct sb_rational b,
                       int64_t *weights)
{
    const int64_t most = (int64_t)1 << 53;
    struct sb_rational l = sb_rational_of(a.numerator + b.numerator, a.denominator + b.denominator);
    for (size_t x = 0; x < joint->n; x++) {
        if (joint->fixed[x] > most / l.denominator ||
            (l.numerator && joint->growing[x] > most / l.numerator))
            return false;
        weights[x] = l.denominator * joint->fixed[x] + l.numerator * joint->growing[x];
    }
    return true;
}

/* A step's two ends. */
static enum sb_status add_step(struct sb_table *table, const struct joint *joint,
                               const struct sb_step *step, struct sb_rational end, int64_t *weights)
{
    enum sb_status status = SB_OK;
    double unit = (double)joint->joint_denominator;
    double rest = (double)step->fixed_bits / unit, t = (double)step->growing_bits / unit;
    bool known = weights_at(joint, step->l, end, weights);
    for (int side = 0; side < 2; side++) {
        double l = sb_rational_value(side ? end : step->l);
        sb_table_text(table, "huffman");
        sb_table_real(table, l);
        sb_table_real(table, t);
        sb_table_real(table, rest / (joint->k + 1));
        sb_table_real(table, (rest + l * t) / (joint->k + 1 + l));
        for (int part = P_P; part <= P_A && !status; part++)
            if (known) {
                status = add_range(table, joint, part, weights);
            } else {
                sb_table_missing(table);
                sb_table_missing(table);
            }
    }
    return status;
}

/* The entropy code at l: ideal lengths -log2 q. */
static void add_ideal(struct sb_table *table, const struct joint *joint, double l)
{
    double gamma[N_PARTS] = { 0 }, S = joint->k + 1 + l;
    for (size_t x = 0; x < joint->n; x++) {
        double q = ((double)joint->fixed[x] + l * (double)joint->growing[x]) /
                   ((double)joint->joint_denominator * S);
        for (int i = 0; i < N_PARTS; i++)
            if (joint->p[i][x] > 0)
                gamma[i] -= (double)joint->p[i][x] / (double)joint->denominator * log2(q);
    }
    double rest = joint->k * gamma[P_P] + gamma[P_A];
    sb_table_text(table, "ideal");
    sb_table_real(table, l);
    sb_table_real(table, gamma[P_T]);
    sb_table_real(table, rest / (joint->k + 1));
    sb_table_real(table, (rest + (l > 0 ? l * gamma[P_T] : 0)) / S);
    for (int i = P_P; i <= P_A; i++) {
        sb_table_real(table, gamma[i]);
        sb_table_real(table, gamma[i]);
    }
}

static enum sb_status add_staircase(struct sb_table *table, const struct joint *joint,
                                    const double *l, size_t n_l, struct sb_error *error)
{
    struct sb_rational low, high;
    struct sb_step *steps = NULL;
    size_t n_steps = 0;
    const struct sb_counts counts = { joint->fixed, joint->growing, joint->n };
    if (sb_rational_simplest(l[0], &low) || sb_rational_simplest(l[n_l - 1], &high))
        return sb_fail(error, SB_LIMIT, "--l: give simpler numbers");
    int64_t *weights = malloc(joint->n * sizeof *weights);
    enum sb_status status =
        weights ? sb_staircase(&counts, low, high, &steps, &n_steps) : SB_MEMORY;
    for (size_t i = 0; i < n_steps && !status; i++)
        status =
            add_step(table, joint, &steps[i], i + 1 < n_steps ? steps[i + 1].l : high, weights);
    free(steps);
    free(weights);
    for (size_t i = 0; i < n_l && !status; i++)
        add_ideal(table, joint, l[i]);
    if (status == SB_MEMORY)
        return sb_fail_memory(error);
    if (status == SB_LIMIT)
        return sb_fail(error, status,
                       "counts pass 2^53 at some breakpoint: give simpler fractions, k or l");
    if (status)
        return sb_fail(error, status,
                       "--l: a range from low to high is needed; from 0 only where p_t has no leaf "
                       "that is new to p_p and p_a");
    return SB_OK;
}

/* ---- blocks ------------------------------------------------------------------------------------- */

static enum sb_status add_blocks(struct sb_table *table, const struct joint *joint, const double *l,
                                 size_t n_l, const double *blocks, size_t n_blocks,
                                 struct sb_error *error)
{
    double *weights = malloc(joint->n * sizeof *weights), bits;
    enum sb_status status = weights ? SB_OK : sb_fail_memory(error);
    for (size_t j = 0; j < n_l && !status; j++) {
        for (size_t x = 0; x < joint->n; x++)
            weights[x] = (double)joint->fixed[x] + l[j] * (double)joint->growing[x];
        sb_dist_normalise(weights, joint->n);
        double entropy = sb_bits_from_nats(sb_dist_entropy_nats(weights, joint->n));
        for (size_t i = 0; i < n_blocks && !status; i++) {
            unsigned n = blocks[i] >= 1 && blocks[i] <= 1000 ? (unsigned)blocks[i] : 0;
            if (n == 0 || n != blocks[i])
                status =
                    sb_fail(error, SB_DOMAIN, "--blocks: %g is not a length of blocks", blocks[i]);
            else if (sb_block_code_bits(weights, joint->n, n, &bits))
                status = sb_fail(error, SB_LIMIT,
                                 "--blocks %u: %zu leaves have more than 2^20 blocks", n, joint->n);
            if (status)
                break;
            sb_table_real(table, l[j]);
            sb_table_integer(table, n);
            sb_table_real(table, bits);
            sb_table_real(table, entropy);
            sb_table_real(table, bits - entropy);
            sb_table_real(table, 1.0 / n);
        }
    }
    free(weights);
    return status;
}

/* ---- the command -------------------------------------------------------------------------------- */

int theory_codes(struct cli_run *run, const char *path, const char *k, const double *l, size_t n_l,
                 const double *blocks, size_t n_blocks)
{
    static const char *const stairs[] = { "code",
                                          "l",
                                          "gamma_t_bits",
                                          "gamma_pa_bits",
                                          "gamma_all_bits",
                                          "gamma_p_least_bits",
                                          "gamma_p_most_bits",
                                          "gamma_a_least_bits",
                                          "gamma_a_most_bits" };
    static const char *const by_block[] = {
        "l", "block", "bits_per_leaf", "entropy_bits", "excess_bits", "bound_bits"
    };
    struct cli_exact_dist dist;
    struct joint joint = { 0 };
    struct sb_error error;
    struct sb_rational volume;
    if (cli_exact_dist_read(path, &dist, &error))
        return cli_fail(&error);
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < (n_blocks ? sizeof by_block : sizeof stairs) / sizeof *stairs; c++)
        sb_table_column(table, n_blocks ? by_block[c] : stairs[c]);
    const char *text = k ? k : dist.k;
    enum sb_status status = SB_OK;
    if (!text || exact_of(text, &volume) || volume.numerator == 0)
        status = sb_fail(&error, SB_DOMAIN, "k is %s; give --k VOLUME > 0, a number or fraction",
                         text ? text : "not given");
    if (!status)
        status = joint_init(&joint, path, &dist, volume, &error);
    if (!status)
        status = n_blocks ? add_blocks(table, &joint, l, n_l, blocks, n_blocks, &error)
                          : add_staircase(table, &joint, l, n_l, &error);
    if (!status)
        sb_table_provenance(table, "k", "%s", text);
    int exit_status = status ? cli_fail(&error) : cli_emit(run, table);
    free(joint.memory);
    cli_exact_dist_clear(&dist);
    sb_table_free(table);
    return exit_status;
}

/* What explore.html computes, compiled to WebAssembly together with the part of theory/ that needs
 * libm alone (make explore). The page only draws: every number on it comes from here, and all
 * mathematics from theory/.
 *
 * One text, or three datasets of letters. A response is one letter, eight bits. Three parts have four
 * letters of their own with masses 1/2, 1/4, 1/8, 1/8:
 *
 *   P_1  j u s t      neutral
 *   P_a  k i n d      alignment
 *   P_t  h a r m      perturbation
 *
 * At overlap o a letter of part i is its own with probability 1 - 2o/3 and each other part's with
 * o/3, as in data/language.h; p_p = pi_1 P_1 + pi_a P_a + pi_t P_t, p_a = P_a and p_t = P_t are put
 * into token trees letter by letter and pruned at a depth.
 *
 * Results are handed over by name (explore_name, explore_value) and by leaf (explore_leaf). Names are
 * those of the columns of springback's tables. Every explore_* returns an enum sb_status where it can
 * fail.
 */
#include <emscripten.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "theory/code_length.h"
#include "theory/dist.h"
#include "theory/elasticity.h"
#include "theory/huffman.h"
#include "theory/mixture.h"
#include "theory/numeric.h"
#include "theory/threshold.h"
#include "theory/token_tree.h"
#include "theory/tree_alignment.h"

enum { N_TEXT = 64, N_LEAVES = 128, N_VALUES = 64, N_PARTS = 3, N_LETTERS = 4 };

/* ---- what is handed over ------------------------------------------------------------------- */

struct leaf {
    double bits, length;  /* of its path, as a number */
    double mass, p, a, t; /* its mass, and the shares k p_p/S, p_a/S, l p_t/S that make it up */
    double count_p, count_a, count_t;
    double word, word_length; /* of the Huffman code for the masses; word_length -1: none */
};

static struct {
    const char *names[N_VALUES];
    double values[N_VALUES];
    int n_values;
    struct leaf leaves[N_LEAVES];
    int n_leaves;
    char text[N_TEXT];
} out;

static void put(const char *name, double value)
{
    out.names[out.n_values] = name;
    out.values[out.n_values++] = value;
}

EMSCRIPTEN_KEEPALIVE int explore_n_values(void)
{
    return out.n_values;
}

EMSCRIPTEN_KEEPALIVE const char *explore_name(int i)
{
    return out.names[i];
}

EMSCRIPTEN_KEEPALIVE double explore_value(int i)
{
    return out.values[i];
}

EMSCRIPTEN_KEEPALIVE int explore_n_leaves(void)
{
    return out.n_leaves;
}

/* A leaf as its doubles in the order of struct leaf. */
EMSCRIPTEN_KEEPALIVE const struct leaf *explore_leaf(int i)
{
    return &out.leaves[i];
}

/* Where the page puts the bytes of its text. */
EMSCRIPTEN_KEEPALIVE char *explore_text(void)
{
    return out.text;
}

/* Huffman's code for weights[0..n-1] into the leaves. */
static enum sb_status put_code(const double *weights, size_t n, uint16_t *lengths)
{
    uint64_t codes[N_LEAVES];
    enum sb_status status = sb_huffman_lengths(weights, n, lengths);
    if (!status)
        status = sb_huffman_codes(lengths, n, codes);
    for (size_t x = 0; x < n && !status; x++) {
        out.leaves[x].word = (double)codes[x];
        out.leaves[x].word_length = weights[x] > 0 ? lengths[x] : -1;
    }
    return status;
}

/* ---- one text ------------------------------------------------------------------------------ */

static enum sb_status put_text(const struct sb_token_tree *tree, unsigned depth, unsigned n_bytes)
{
    size_t n = sb_token_tree_n_leaves(tree, depth), cursor = 0;
    double counts[N_LEAVES];
    uint16_t lengths[N_LEAVES];
    struct sb_code_length code;
    struct sb_leaf leaf;
    if (n > N_LEAVES || n == 0)
        return SB_LIMIT;
    out.n_leaves = (int)n;
    for (size_t x = 0; sb_token_tree_next_leaf(tree, depth, &cursor, &leaf); x++) {
        counts[x] = (double)leaf.count;
        out.leaves[x] = (struct leaf){ .bits = (double)(leaf.bits >> (64 - leaf.length)),
                                       .length = leaf.length,
                                       .count_p = counts[x],
                                       .mass = counts[x] / (double)sb_token_tree_n(tree) };
    }
    enum sb_status status = put_code(counts, n, lengths);
    if (!status)
        status = sb_code_length(counts, n, (double)sb_block_count(8 * n_bytes, depth), &code);
    if (status)
        return status;
    put("n_blocks", (double)sb_token_tree_n(tree));
    put("n_leaves", (double)n);
    put("entropy_bits_per_block", code.entropy_bits_per_block);
    put("huffman_bits_per_block", code.huffman_bits_per_block);
    put("ideal_bits", code.lower_bits);
    put("huffman_bits", code.huffman_bits);
    put("ideal_bits_upper", code.upper_bits);
    put("paper_bits", code.paper_bits);
    return SB_OK;
}

/* The tree of the first n_bytes of explore_text, in blocks of `depth` bits. Domain: n_bytes <= 64,
 * depth <= 16, and at least one block (else SB_LIMIT). */
EMSCRIPTEN_KEEPALIVE enum sb_status explore_one_text(int n_bytes, int depth)
{
    struct sb_token_tree *tree;
    out.n_values = out.n_leaves = 0;
    enum sb_status status = sb_token_tree_create(SB_READING_BLOCKS, (unsigned)depth, &tree);
    if (!status)
        status = sb_token_tree_add(tree, (const uint8_t *)out.text, (size_t)n_bytes);
    if (!status)
        status = sb_token_tree_finish(tree);
    if (!status)
        status = put_text(tree, (unsigned)depth, (unsigned)n_bytes);
    sb_token_tree_free(tree);
    return status;
}

/* ---- three datasets ------------------------------------------------------------------------ */

static const char letters[N_PARTS][N_LETTERS] = { "just", "kind", "harm" };
static const unsigned shares[N_LETTERS] = { 4, 2, 1, 1 }; /* eighths */

/* The datasets at the last setting: what the curves and the springs go on with. */
static struct {
    double p[N_PARTS * N_LEAVES], q[N_LEAVES]; /* p_p, p_a, p_t by leaf; the model */
    size_t n_leaves;
    double k, l;
    double pi[N_PARTS], ring[N_PARTS], speed[N_PARTS], rest[N_PARTS];
} now;

static unsigned divisor(unsigned a, unsigned b)
{
    return b ? divisor(b, a % b) : a;
}

/* The tree of a dataset with weights[i] of part i, at overlap twentieths/20, from the least whole
 * numbers of letters that have these proportions. */
static enum sb_status plant(const unsigned *weights, unsigned twentieths,
                            struct sb_token_tree **tree)
{
    unsigned counts[N_PARTS][N_LETTERS] = { { 0 } }, common = 0;
    for (int part = 0; part < N_PARTS; part++)
        for (int x = 0; x < N_LETTERS; x++) {
            for (int i = 0; i < N_PARTS; i++)
                counts[part][x] +=
                    weights[i] * shares[x] * (i == part ? 60 - 2 * twentieths : twentieths);
            common = divisor(counts[part][x], common);
        }
    enum sb_status status = sb_token_tree_create(SB_READING_BLOCKS, 8, tree);
    for (int part = 0; part < N_PARTS; part++)
        for (int x = 0; x < N_LETTERS; x++)
            for (unsigned n = 0; n < counts[part][x] / common && !status; n++)
                status = sb_token_tree_add(*tree, (const uint8_t *)&letters[part][x], 1);
    return status ? status : sb_token_tree_finish(*tree);
}

/* The rate of a dataset under whole codewords: inf where one of its leaves has none. */
static double huffman_bits(const double *p, const uint16_t *lengths)
{
    double bits = 0;
    for (size_t x = 0; x < now.n_leaves; x++)
        if (p[x] > 0 && out.leaves[x].word_length < 0)
            return INFINITY;
    sb_huffman_mean_bits(p, lengths, now.n_leaves, &bits);
    return bits;
}

static enum sb_status put_joint_code(void)
{
    uint16_t lengths[N_LEAVES];
    enum sb_status status = put_code(now.q, now.n_leaves, lengths);
    if (status)
        return status;
    double p = huffman_bits(now.p, lengths), a = huffman_bits(now.p + now.n_leaves, lengths);
    put("huffman_p_bits", p);
    put("huffman_a_bits", a);
    put("huffman_t_bits", huffman_bits(now.p + 2 * now.n_leaves, lengths));
    put("huffman_pa_bits", (now.k * p + a) / (now.k + 1));
    return SB_OK;
}

static struct sb_parts parts_of_now(void)
{
    return (struct sb_parts){ .p_p = now.p,
                              .p_a = now.p + now.n_leaves,
                              .p_t = now.p + 2 * now.n_leaves,
                              .n_leaves = now.n_leaves,
                              .k = now.k,
                              .l = now.l };
}

static enum sb_status put_elasticity(double *l_star)
{
    struct sb_parts parts = parts_of_now();
    struct sb_elasticity e;
    struct sb_turning turning, turning_a;
    struct sb_threshold threshold;
    enum sb_status status = sb_elasticity_at(&parts, &e);
    if (!status)
        status = sb_elasticity_turning(&parts, &turning, &turning_a);
    if (!status)
        status = sb_threshold_of(&parts, &threshold);
    if (status)
        return status;
    *l_star = sb_turning_volume(&turning);
    put("gamma_p_bits", sb_bits_from_nats(e.p.gamma_nats));
    put("gamma_a_bits", sb_bits_from_nats(e.a.gamma_nats));
    put("gamma_t_bits", sb_bits_from_nats(e.t.gamma_nats));
    put("d_gamma_p_bits", sb_bits_from_nats(e.p.slope_nats));
    put("d_gamma_a_bits", sb_bits_from_nats(e.a.slope_nats));
    put("d_gamma_t_bits", sb_bits_from_nats(e.t.slope_nats));
    put("force_p_bits", now.k * sb_bits_from_nats(e.p.slope_nats));
    put("force_a_bits", sb_bits_from_nats(e.a.slope_nats));
    put("force_t_bits",
        sb_bits_from_nats(now.l > 0 ? now.l * e.t.slope_nats : -e.nu)); /* R2's limit */
    put("R", e.R);
    put("l_star", *l_star);
    put("l_star_a", sb_turning_volume(&turning_a));
    put("k_star", threshold.elastic == SB_ELASTIC_NEVER ? NAN : sb_threshold_k_star(&threshold));
    put("kappa", e.kappa);
    put("kappa_k", e.kappa_k);
    put("nu", e.nu);
    put("verdict", e.verdict);
    return SB_OK;
}

/* Where the model is in the triangle of the parts: q = sum_i weight_i P_i. */
static void weights_at(double l, double *weights)
{
    for (int i = 0; i < N_PARTS; i++)
        weights[i] =
            isinf(l) ? i == 2 : (now.k * now.pi[i] + (i == 1) + (i == 2) * l) / (now.k + 1 + l);
}

static void put_places(double l_star)
{
    double start[N_PARTS], turn[N_PARTS];
    weights_at(now.l, now.rest);
    weights_at(0, start);
    weights_at(isnan(l_star) ? 0 : l_star, turn);
    put("start_a", start[1]);
    put("start_t", start[2]);
    put("turn_a", turn[1]);
    put("turn_t", turn[2]);
    put("pi_a", now.pi[1]);
    put("pi_t", now.pi[2]);
}

static enum sb_status put_joint(const struct sb_tree_alignment *alignment,
                                const struct sb_token_tree *const *trees)
{
    size_t n = alignment->n_leaves;
    double volumes[N_PARTS] = { now.k, 1, now.l }, total = now.k + 1 + now.l;
    const double *p[N_PARTS] = { now.p, now.p + n, now.p + 2 * n };
    struct sb_mixture mixture = { N_PARTS, n, p, volumes };
    if (n > N_LEAVES)
        return SB_LIMIT;
    now.n_leaves = n;
    memcpy(now.p, alignment->p, N_PARTS * n * sizeof *now.p);
    enum sb_status status = sb_mixture_model(&mixture, now.q);
    out.n_leaves = (int)n;
    for (size_t x = 0; x < n && !status; x++) {
        const struct sb_leaf *leaf = &alignment->leaves[x];
        out.leaves[x] = (struct leaf){
            .bits = (double)(leaf->bits >> (64 - leaf->length)),
            .length = leaf->length,
            .mass = now.q[x],
            .p = now.k * p[0][x] / total,
            .a = p[1][x] / total,
            .t = now.l * p[2][x] / total,
            .count_p = (double)sb_token_tree_node_count(trees[0], leaf->bits, leaf->length),
            .count_a = (double)sb_token_tree_node_count(trees[1], leaf->bits, leaf->length),
            .count_t = (double)sb_token_tree_node_count(trees[2], leaf->bits, leaf->length),
        };
    }
    double l_star = NAN;
    if (!status)
        status = put_joint_code();
    if (!status)
        status = put_elasticity(&l_star);
    if (!status)
        put_places(l_star);
    return status;
}

/* Volumes k : 1 : l, pre-training data in the proportions of the weights, overlap in twentieths, trees
 * pruned at depth. Domain: k > 0, l >= 0; some weight > 0; twentieths <= 20; depth <= 8. */
EMSCRIPTEN_KEEPALIVE enum sb_status explore_three(double k, double l, int weight_1, int weight_a,
                                                  int weight_t, int twentieths, int depth)
{
    const unsigned mix[N_PARTS][N_PARTS] = {
        { (unsigned)weight_1, (unsigned)weight_a, (unsigned)weight_t }, { 0, 1, 0 }, { 0, 0, 1 }
    };
    struct sb_token_tree *trees[N_PARTS] = { NULL };
    struct sb_tree_alignment alignment = { 0 };
    enum sb_status status = SB_OK;
    out.n_values = out.n_leaves = 0;
    now.k = k;
    now.l = l;
    for (int i = 0; i < N_PARTS; i++)
        now.pi[i] = (double)mix[0][i] / (double)(weight_1 + weight_a + weight_t);
    for (int i = 0; i < N_PARTS && !status; i++)
        status = plant(mix[i], (unsigned)twentieths, &trees[i]);
    const struct sb_token_tree *const views[N_PARTS] = { trees[0], trees[1], trees[2] };
    if (!status)
        status = sb_tree_alignment_init(&alignment, views, N_PARTS, (unsigned)depth);
    if (!status)
        status = put_joint(&alignment, views);
    sb_tree_alignment_clear(&alignment);
    for (int i = 0; i < N_PARTS; i++)
        sb_token_tree_free(trees[i]);
    return status;
}

/* gamma_i(l) - gamma_i(0) in bits, of dataset i = 0 (p), 1 (a), 2 (t), for the last explore_three. */
EMSCRIPTEN_KEEPALIVE double explore_change(int dataset, double l)
{
    struct sb_parts parts = parts_of_now();
    const double *p[N_PARTS] = { parts.p_p, parts.p_a, parts.p_t },
                 volumes[N_PARTS] = { now.k, 1, 0 };
    struct sb_mixture mixture = { N_PARTS, now.n_leaves, p, volumes };
    double nats = NAN;
    sb_mixture_change(&mixture, 2, l, (size_t)dataset, &nats);
    return sb_bits_from_nats(nats);
}

/* ---- springs ------------------------------------------------------------------------------- */

/* Three springs pull the model, each with its volume times its extension (P3): they balance at the
 * rest that explore_three found. The ring moves there as a mass with a little friction. */
EMSCRIPTEN_KEEPALIVE double explore_ring(int part)
{
    return now.ring[part];
}

/* Puts the ring at its rest, or pulls it by `share` of the way towards P_t; without speed. */
EMSCRIPTEN_KEEPALIVE void explore_pull(double share)
{
    for (int i = 0; i < N_PARTS; i++) {
        now.ring[i] = now.rest[i] + share * ((i == 2) - now.rest[i]);
        now.speed[i] = 0;
    }
}

/* The ring after some seconds (at most 0.05 count); returns how far it still is from lying still. */
EMSCRIPTEN_KEEPALIVE double explore_move(double seconds)
{
    const double stiffness = 90, friction = 5;
    double far = 0;
    for (int step = 0; step < 10; step++) {
        double dt = fmin(seconds, 0.05) / 10;
        far = 0;
        for (int i = 0; i < N_PARTS; i++) {
            double away = now.ring[i] - now.rest[i];
            now.speed[i] -= dt * (stiffness * away + friction * now.speed[i]);
            now.ring[i] += dt * now.speed[i];
            far += fabs(away) + 0.1 * fabs(now.speed[i]);
        }
    }
    return far;
}

/* R9: kappa layer by layer, on random ragged trees. */
#include <math.h>
#include "theory/dist.h"
#include "theory/trials.h"

enum { CASES = 4000, DEPTH = 4, CHILDREN = 3, MOST = 81 /* CHILDREN^DEPTH */ };

/* A tree with 1 to CHILDREN children per node; layer d has n[d] nodes, node c of it the parent
 * parent[d][c]. Masses of a node are the sums of its children's. */
struct tree {
    size_t n[DEPTH + 1], parent[DEPTH + 1][MOST];
    double a[DEPTH + 1][MOST], t[DEPTH + 1][MOST], q[DEPTH + 1][MOST];
};

static void sum_children(const struct tree *tree, int d, const double *below, double *above)
{
    for (size_t v = 0; v < tree->n[d]; v++)
        above[v] = 0;
    for (size_t c = 0; c < tree->n[d + 1]; c++)
        above[tree->parent[d + 1][c]] += below[c];
}

/* same: p_a = p_t. The reference has mass at every leaf. */
static void tree_init(struct tree *tree, struct sb_random *random, bool same)
{
    tree->n[0] = 1;
    for (int d = 1; d <= DEPTH; d++) {
        tree->n[d] = 0;
        for (size_t v = 0; v < tree->n[d - 1]; v++)
            for (size_t more = 1 + sb_random_below(random, CHILDREN); more > 0; more--)
                tree->parent[d][tree->n[d]++] = v;
    }
    size_t n = tree->n[DEPTH];
    sb_trial_vector(random, tree->a[DEPTH], n);
    sb_trial_vector(random, tree->t[DEPTH], n);
    for (size_t x = 0; x < n; x++) {
        tree->q[DEPTH][x] = sb_trial_between(random, 1e-2, 1);
        if (same)
            tree->t[DEPTH][x] = tree->a[DEPTH][x];
    }
    sb_dist_normalise(tree->q[DEPTH], n);
    for (int d = DEPTH - 1; d >= 0; d--) {
        sum_children(tree, d, tree->a[d + 1], tree->a[d]);
        sum_children(tree, d, tree->t[d + 1], tree->t[d]);
        sum_children(tree, d, tree->q[d + 1], tree->q[d]);
    }
}

/* chi of layer d + 1 minus chi of layer d, by R9. */
static double increment(const struct tree *tree, int d)
{
    const struct sb_layer parents = { tree->a[d], tree->t[d], tree->q[d] };
    const struct sb_layer children = { tree->a[d + 1], tree->t[d + 1], tree->q[d + 1] };
    return sb_chi_increment(&parents, &children, tree->parent[d + 1], tree->n[d + 1]);
}

static void check_identity(const struct sb_ranges *ranges, struct sb_finding *identity,
                           struct sb_finding *same)
{
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        struct tree tree;
        sb_random_init(&random, ranges->seed, number);
        tree_init(&tree, &random, number % 2);
        for (int d = 0; d < DEPTH; d++) {
            double step = increment(&tree, d);
            double above = sb_dist_chi(tree.a[d], tree.t[d], tree.q[d], tree.n[d]);
            double below = sb_dist_chi(tree.a[d + 1], tree.t[d + 1], tree.q[d + 1], tree.n[d + 1]);
            sb_finding_error(identity, fabs(below - above - step) / fmax(1, above), 1e-13,
                             "case %d, layer %d", (int)number, d + 1);
            if (number % 2)
                sb_finding_slack(same, step, 1e-15, "case %d, layer %d", (int)number, d + 1);
        }
    }
}

/* kappa at depths 1 and 2 of a binary tree with uniform p_p. */
static void kappa_by_depth(const double p_a[4], const double p_t[4], double kappa[2])
{
    const double uniform[] = { 0.25, 0.25, 0.25, 0.25 }, halves[] = { 0.5, 0.5 };
    const double a[] = { p_a[0] + p_a[1], p_a[2] + p_a[3] };
    const double t[] = { p_t[0] + p_t[1], p_t[2] + p_t[3] };
    kappa[0] = sb_dist_kappa(a, t, halves, 2);
    kappa[1] = sb_dist_kappa(p_a, p_t, uniform, 4);
}

size_t sb_check_R9(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    const char *domain = "random trees of depth 4, 1 to 3 children";
    findings[0] = sb_finding_of("R9", "chi^(d+1) - chi^(d) is the sum of R9 over layer d", domain,
                                "error relative to max(1, chi)");
    findings[1] = sb_finding_of("R9", "p_a = p_t: chi never falls with depth", domain, "of chi");
    check_identity(ranges, &findings[0], &findings[1]);

    const double a[] = { 0.6, 0, 0.4, 0 }, t_meets[] = { 0.4, 0, 0.6, 0 };
    const double t_parts[] = { 0, 0.6, 0, 0.4 };
    double meets[2], parts[2];
    kappa_by_depth(a, t_meets, meets);
    kappa_by_depth(a, t_parts, parts);
    findings[2] = sb_finding_refuted(
        "R9", "kappa never falls with depth", "p_a=(.6,0,.4,0), p_t=(.4,0,.6,0), p_p uniform",
        meets[0] > 0 && meets[1] < 0, "kappa = 0, %g, %g at depths 0, 1, 2", meets[0], meets[1]);
    findings[3] = sb_finding_refuted("R9", "kappa never rises after it has fallen",
                                     "p_a=(.6,0,.4,0), p_t=(0,.6,0,.4), p_p uniform",
                                     parts[0] < 0 && parts[1] > 0,
                                     "kappa = 0, %g, %g at depths 0, 1, 2", parts[0], parts[1]);
    return 4;
}

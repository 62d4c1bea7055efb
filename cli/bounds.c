/* springback bounds: where the theorem holds, and within what constants; solved, with brackets. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "cli/dist_file.h"
#include "cli/tree.h"
#include "theory/disjoint.h"
#include "theory/mixture_bounds.h"
#include "theory/numeric.h"
#include "theory/pareto.h"
#include "theory/reach.h"
#include "theory/threshold.h"
#include "theory/tree_alignment.h"

enum { N_ROLES = 3, DEFAULT_DEPTH = 16 };

struct options {
    double k, l, factor, alpha_c; /* NaN where not given */
    const char *pi, *dist, *reading, *roles[N_ROLES];
    struct tree_settings tree;
};

/* ---- the table ------------------------------------------------------------------------------ */

static struct sb_table *create_table(void)
{
    static const char *const columns[] = { "quantity", "value",    "status",       "low",
                                           "high",     "residual", "n_iterations", "how" };
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        sb_table_column(table, columns[c]);
    return table;
}

/* root is NULL where nothing was solved. */
static void add_row(struct sb_table *table, const char *quantity, double value, const char *status,
                    const struct sb_root *root, const char *how)
{
    sb_table_text(table, quantity);
    sb_table_real(table, value);
    sb_table_text(table, status);
    sb_table_real(table, root ? root->low : NAN);
    sb_table_real(table, root ? root->high : NAN);
    sb_table_real(table, root ? root->residual + 0 : NAN); /* no -0 */
    if (root)
        sb_table_integer(table, root->n_iterations);
    else
        sb_table_missing(table);
    sb_table_text(table, how);
}

/* ---- rows: each returns what the library says ----------------------------------------------- */

static enum sb_status add_l_star(struct sb_table *table, const struct sb_parts *parts)
{
    static const char *const kinds[] = { "none", "root", "infinite" };
    struct sb_turning l_star, l_star_a;
    if (sb_elasticity_turning(parts, &l_star, &l_star_a))
        return SB_NUMERIC;
    add_row(table, "l_star", sb_turning_volume(&l_star), kinds[l_star.kind],
            l_star.kind == SB_TURNING_FINITE ? &l_star.volume : NULL,
            "gamma_p' < 0 exactly below it (R4)");
    return SB_OK;
}

static enum sb_status add_k_star(struct sb_table *table, const struct sb_parts *parts)
{
    struct sb_threshold threshold;
    if (sb_threshold_of(parts, &threshold))
        return SB_NUMERIC;
    bool is_root = threshold.elastic == SB_ELASTIC_BELOW;
    add_row(table, "k_star",
            threshold.elastic == SB_ELASTIC_NEVER ? NAN : sb_threshold_k_star(&threshold),
            sb_elastic_for_name(threshold.elastic), is_root ? &threshold.k_star : NULL,
            "kappa_k > 0 exactly below it (R5)");
    return SB_OK;
}

/* c1 <= R <= c2 on [0, l], sharp, and the bound that needs kappa_l alone. */
static enum sb_status add_constants(struct sb_table *table, const struct sb_parts *parts)
{
    struct sb_parts start = *parts;
    struct sb_elasticity at_start, at;
    struct sb_ratio_bound bound;
    start.l = 0;
    double share = sb_largest_share(parts->p_p, parts->p_t, parts->n_leaves);
    if (sb_elasticity_at(&start, &at_start) || sb_elasticity_at(parts, &at) ||
        sb_ratio_bound_of(parts, share, &bound))
        return SB_NUMERIC;
    bool holds = at_start.verdict == SB_THEOREM && at.verdict == SB_THEOREM;
    add_row(table, "c1", holds ? at_start.R : NAN, holds ? "attained" : "none", NULL,
            "least R on [0, l]: R(0+) (R4)");
    add_row(table, "c2", holds ? at.R : NAN, holds ? "attained" : "none", NULL,
            "largest R on [0, l]: R(l) (R4)");
    add_row(table, "R_upper", bound.R_upper, sb_bound_condition_name(bound.condition), NULL,
            "from kappa_l and p_p >= c p_t (R7)");
    return SB_OK;
}

static void add_reach(struct sb_table *table, const char *quantity, const struct sb_reach *reach,
                      const char *how)
{
    static const char *const kinds[] = { "none", "root", "everywhere" };
    bool is_root = reach->kind == SB_REACH_ROOT;
    add_row(table, quantity, is_root ? reach->root.root : NAN, kinds[reach->kind],
            is_root ? &reach->root : NULL, how);
}

static enum sb_status add_reaches(struct sb_table *table, const struct sb_parts *parts,
                                  double factor)
{
    struct sb_reach reach;
    if (sb_reach_l(parts, factor, &reach))
        return SB_NUMERIC;
    add_reach(table, "largest_l", &reach, "1 <= R <= factor up to it");
    if (!(parts->l > 0))
        return SB_OK;
    if (sb_reach_k(parts, factor, &reach))
        return SB_NUMERIC;
    add_reach(table, "smallest_k", &reach, "R <= factor at l from it on (scan, then root)");
    return SB_OK;
}

static enum sb_status add_values(struct sb_table *table, const struct sb_parts *parts,
                                 double factor)
{
    struct sb_parts start = *parts;
    struct sb_elasticity e;
    start.l = 0;
    if (sb_elasticity_at(&start, &e))
        return SB_NUMERIC;
    add_row(table, "kappa", e.kappa, "value", NULL, "1 - sum p_a p_t/p_p");
    add_row(table, "kappa_k", e.kappa_k, "value", NULL, "(k + 1) gamma_a' at l = 0+");
    add_row(table, "nu", e.nu, "value", NULL, "mass of p_t that is new");
    enum sb_status status = add_l_star(table, parts);
    if (!status)
        status = add_k_star(table, parts);
    if (!status && !isnan(parts->l))
        status = add_constants(table, parts);
    if (!status)
        status = add_reaches(table, parts, factor);
    return status;
}

static int solve(struct sb_table *table, const struct sb_parts *parts, double factor)
{
    char number[SB_REAL_SIZE];
    sb_table_provenance(table, "k", "%s", sb_format_real(number, parts->k));
    sb_table_provenance(table, "l", "%s", sb_format_real(number, parts->l));
    sb_table_provenance(table, "factor", "%s", sb_format_real(number, factor));
    struct sb_error error;
    if (!add_values(table, parts, factor))
        return -1;
    sb_fail(&error, SB_NUMERIC, "k = %g and l = %g lead beyond the range of doubles", parts->k,
            parts->l);
    return cli_fail(&error);
}

/* ---- inputs: each returns -1 or the exit status --------------------------------------------- */

/* Disjoint parts: solved as three leaves, beside the closed forms. */
static int solve_pi(struct cli_run *run, const struct options *o, struct sb_table *table)
{
    double *pi = NULL;
    size_t n = 0;
    struct sb_error error;
    enum sb_status status = sb_parse_grid(o->pi, N_ROLES, &pi, &n);
    if (status == SB_MEMORY)
        return cli_fail(&(struct sb_error){ "out of memory" });
    if (status || n != 3) {
        free(pi);
        return cli_usage(run->command, "--pi \"%s\": expected three shares pi_1,pi_a,pi_t", o->pi);
    }
    bool has_l = !isnan(o->l);
    const double p_p[] = { pi[0], pi[1], pi[2] }, p_a[] = { 0, 1, 0 }, p_t[] = { 0, 0, 1 };
    const struct sb_disjoint d = { o->k, has_l ? o->l : 0, pi[0], pi[1], pi[2], 0 };
    free(pi);
    if (sb_disjoint_check(&d, &error))
        return cli_usage(run->command, "%s", error.message);
    const char *form = "closed form (R3)";
    struct sb_disjoint_values values = sb_disjoint_at(&d);
    add_row(table, "l_star", values.l_star, "exact", NULL, form);
    if (has_l)
        add_row(table, "c2", values.R_upper, isnan(values.R_upper) ? "none" : "attained", NULL,
                form);
    add_row(table, "largest_l", sb_disjoint_reach_l(&d, o->factor), "exact", NULL, form);
    if (d.l > 0) {
        double k = sb_disjoint_reach_k(&d, o->factor);
        add_row(table, "smallest_k", k, isnan(k) ? "none" : "exact", NULL, form);
    }
    const struct sb_parts parts = { p_p, p_a, p_t, 3, o->k, o->l };
    return solve(table, &parts, o->factor);
}

static int check_volumes(struct cli_run *run, double k, double l)
{
    if (!(isfinite(k) && k > 0))
        return cli_usage(run->command, "%s",
                         isnan(k) ? "no k; give --k VOLUME"
                                  : "--k: the volume must be finite and > 0");
    if (!isnan(l) && !(isfinite(l) && l >= 0))
        return cli_usage(run->command, "--l %g: volumes are finite and >= 0", l);
    return -1;
}

static int solve_dist(struct cli_run *run, const struct options *o, struct sb_table *table)
{
    struct cli_dist dist;
    struct sb_error error;
    if (cli_dist_read(o->dist, &dist, &error))
        return cli_fail(&error);
    double k = isnan(o->k) ? dist.k : o->k, l = isnan(o->l) ? dist.l : o->l;
    int status = check_volumes(run, k, l);
    if (status < 0 && strcmp(o->dist, "-") != 0 && cli_record_input(run, "dist", o->dist, &error))
        status = cli_fail(&error);
    const struct sb_parts parts = { dist.p_p, dist.p_a, dist.p_t, dist.n_leaves, k, l };
    if (status < 0)
        status = solve(table, &parts, o->factor);
    cli_dist_clear(&dist);
    return status;
}

static int solve_trees(struct cli_run *run, const struct options *o, struct sb_table *table)
{
    struct tree_source *sources = calloc(N_ROLES, sizeof *sources);
    const struct sb_token_tree *trees[N_ROLES];
    struct sb_tree_alignment alignment;
    if (!sources)
        return cli_fail(&(struct sb_error){ "out of memory" });
    int status = cli_share_input(run, o->roles, N_ROLES);
    for (int i = 0; i < N_ROLES && status < 0; i++) {
        status = tree_read_source(run, &o->tree, o->roles[i], &sources[i]);
        trees[i] = sources[i].tree;
    }
    if (status < 0 && sb_tree_alignment_init(&alignment, trees, N_ROLES, (unsigned)o->tree.depth))
        status = cli_fail(&(struct sb_error){ "out of memory" });
    if (status < 0) {
        size_t n = alignment.n_leaves;
        const double *p = alignment.p;
        const struct sb_parts parts = { p, p + n, p + 2 * n, n, o->k, o->l };
        sb_table_provenance(table, "fit", "in-sample: the counted trees at depth %zu",
                            o->tree.depth);
        status = solve(table, &parts, o->factor);
        sb_tree_alignment_clear(&alignment);
    }
    tree_free_sources(sources, N_ROLES);
    return status;
}

/* alpha_c for pi_a = pi_t = pi, by root finding over integrals of R12. */
static int solve_alpha(struct cli_run *run, double pi, struct sb_table *table)
{
    double alpha_c;
    struct sb_root root;
    if (!(pi > 0 && pi <= 0.5))
        return cli_usage(run->command, "--alpha-c %g: a share pi_a = pi_t is > 0 and <= 1/2", pi);
    if (sb_pareto_critical_alpha(pi, pi, &alpha_c, &root))
        return cli_fail(&(struct sb_error){ "--alpha-c: an integral did not converge" });
    bool is_root = isfinite(alpha_c);
    add_row(table, "alpha_c", alpha_c,
            is_root          ? "root"
            : isnan(alpha_c) ? "never"
                             : "always",
            is_root ? &root : NULL, "shared leaves are elastic below it (R12)");
    return -1;
}

/* ---- the command ---------------------------------------------------------------------------- */

/* Returns -1 or 2. */
static int check(struct cli_run *run, struct options *o, size_t n_roles)
{
    int n_inputs = (o->pi != NULL) + (o->dist != NULL) + (n_roles > 0);
    if (run->arguments.n > 0)
        return cli_usage(run->command, "no argument was expected: \"%s\"", run->arguments.items[0]);
    if (n_inputs > 1)
        return cli_usage(run->command, "one of --pi, --dist and the three datasets");
    if (n_inputs == 0 && isnan(o->alpha_c))
        return cli_usage(run->command, "nothing to solve; give --pi, --dist, three datasets, or "
                                       "--alpha-c");
    if (n_roles > 0 && n_roles < N_ROLES)
        return cli_usage(run->command, "--pretrain, --align and --perturb are needed together");
    if (!(isfinite(o->factor) && o->factor > 1))
        return cli_usage(run->command, "--factor %g: a factor is finite and > 1", o->factor);
    if (o->tree.depth < 1 || o->tree.depth > SB_TREE_DEPTH_MAX)
        return cli_usage(run->command, "--depth %zu: a depth is 1 to 64 bits", o->tree.depth);
    if (o->pi || n_roles > 0)
        return check_volumes(run, o->k, o->l);
    return -1;
}

static int run_settled(struct cli_run *run, const struct options *o, size_t n_roles)
{
    struct sb_table *table = create_table();
    int status = -1;
    if (o->pi)
        status = solve_pi(run, o, table);
    else if (o->dist)
        status = solve_dist(run, o, table);
    else if (n_roles > 0)
        status = solve_trees(run, o, table);
    if (status < 0 && !isnan(o->alpha_c))
        status = solve_alpha(run, o->alpha_c, table);
    if (status < 0)
        status = cli_emit(run, table);
    sb_table_free(table);
    return status;
}

static int run_bounds(const struct cli_command *command, int argc, char **argv)
{
    struct options o = { .k = NAN, .l = NAN, .factor = 2, .alpha_c = NAN };
    o.tree = (struct tree_settings){ .depth = DEFAULT_DEPTH, .k = NAN, .most_leaves = 1 };
    o.tree.reading = SB_READING_PREFIX;
    const struct cli_option options[] = {
        { "k", CLI_NUMBER, &o.k, "VOLUME", "of the pre-training data, in those of alignment" },
        { "l", CLI_NUMBER, &o.l, "VOLUME", "of the perturbing data: adds constants on [0, l]" },
        { "factor", CLI_NUMBER, &o.factor, "F", "solve for R <= F (default 2)" },
        { NULL, CLI_HEADING, NULL, NULL, "What to solve for" },
        { "pi", CLI_TEXT, &o.pi, "P1,PA,PT", "disjoint parts with these shares (D4, R3)" },
        { "dist", CLI_TEXT, &o.dist, "FILE", "explicit distributions, as 'springback theory'" },
        { "pretrain", CLI_TEXT, &o.roles[0], "DATASET", "pre-training data, [name=]PATH" },
        { "align", CLI_TEXT, &o.roles[1], "DATASET", "alignment data" },
        { "perturb", CLI_TEXT, &o.roles[2], "DATASET", "perturbing data" },
        { "depth", CLI_COUNT, &o.tree.depth, "BITS", "of their trees, 1 to 64 (default 16)" },
        { "reading", CLI_TEXT, &o.reading, "HOW", "prefix (default) or blocks" },
        { "alpha-c", CLI_NUMBER, &o.alpha_c, "PI",
          "the critical Pareto exponent for shares pi_a = pi_t = PI (R12)" },
        CLI_CORPUS_OPTIONS(&o.tree.corpus),
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    int status = cli_begin(&run, command, options, argc, argv);
    size_t n_roles = 0;
    for (int i = 0; i < N_ROLES; i++)
        if (o.roles[i])
            n_roles++;
    if (status < 0)
        status = tree_parse_reading(&run, o.reading, &o.tree.reading);
    if (status < 0)
        status = check(&run, &o, n_roles);
    if (status < 0)
        status = run_settled(&run, &o, n_roles);
    cli_end(&run);
    return status;
}

const struct cli_command bounds_command = {
    .name = "bounds",
    .summary = "where the theorem holds and within what constants, solved",
    .usage = "bounds (--pi P1,PA,PT | --dist FILE | --pretrain A --align B --perturb C)\n"
             "       --k K [--l L] [--factor F] [--alpha-c PI] [options]",
    .text = "l_star      gamma_p falls exactly for l below it (R4): root, none or infinite\n"
            "k_star      kappa_k > 0 exactly for k below it (R5): always, below_k_star, never\n"
            "c1, c2      the sharp constants c1 <= R <= c2 on [0, l]; none where the signs fail\n"
            "R_upper     the bound of R7 at l, or which of its conditions fails\n"
            "largest_l   the signs hold and R <= F for all l up to it\n"
            "smallest_k  the smallest k from which they hold at l; a scan of 1e-6..1e12, then a\n"
            "            root: heuristic where supports overlap\n"
            "alpha_c     Pareto masses on shared leaves are elastic below this exponent\n"
            "\n"
            "A root comes with its bracket (low, high), the residual of what was solved, and the\n"
            "number of evaluations within the bracket. With --pi the closed forms stand beside.\n"
            "Of datasets, the token trees are compared at one depth: in-sample values.",
    .examples = "  springback bounds --k 20 --pi 1/3,1/3,1/3 --l 0.1 --factor 1.5\n"
                "  springback bounds --dist overlap.json --k 20\n"
                "  springback bounds --k 20 --pretrain web.txt.zst --align good.jsonl --perturb "
                "bad.jsonl\n"
                "  springback bounds --alpha-c 0.1",
    .run = run_bounds,
};

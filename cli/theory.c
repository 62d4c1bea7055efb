/* springback theory: the theorem's values on a grid (R3, R12), or for explicit distributions
 * (D1-D3). */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "cli/dist_file.h"
#include "cli/terminal_plot.h"
#include "cli/theory.h"
#include "cli/theory_sequential.h"
#include "data/output.h"
#include "theory/disjoint.h"
#include "theory/numeric.h"

enum { DEFAULT_POINTS = 10, MOST_ROWS = 1000000 };

struct options {
    const char *k, *pi, *l, *dist, *alpha, *phase, *documents, *total, *blocks;
    double nu;
    bool terminal, codes;
    struct cli_sequential sequential;
};

/* ---- grids: the closed form ----------------------------------------------------------------- */

static void grid_clear(struct theory_grid *grid)
{
    free(grid->k);
    free(grid->l);
    free(grid->pi);
    free(grid->alpha);
}

static struct sb_disjoint point_of(const struct theory_grid *grid, double k, double l)
{
    const double *pi = grid->pi;
    return (struct sb_disjoint){ k, l, pi[0], pi[1], pi[2], grid->nu };
}

/* One option as a grid. Returns -1, or the exit status after saying what is wrong. */
static int parse_grid(struct cli_run *run, const char *name, const char *text, double **values,
                      size_t *n)
{
    if (!text)
        return cli_usage(run->command, "no --%s; give --k, --pi and --l, or --dist FILE", name);
    switch (sb_parse_grid(text, DEFAULT_POINTS, values, n)) {
    case SB_OK:
        return -1;
    case SB_MEMORY:
        return cli_fail(&(struct sb_error){ "out of memory" });
    default:
        return cli_usage(run->command,
                         "--%s \"%s\": expected numbers as in 5,20 or 0:0.45:10 or 1:1e6:log25",
                         name, text);
    }
}

static int parse_grids(struct cli_run *run, const struct options *o, struct theory_grid *grid)
{
    int status = parse_grid(run, "k", o->k, &grid->k, &grid->n_k);
    if (status < 0)
        status = parse_grid(run, "pi", o->pi, &grid->pi, &grid->n_pi);
    if (status < 0)
        status = parse_grid(run, "l", o->l, &grid->l, &grid->n_l);
    grid->n_alpha = 1;
    if (status < 0 && o->alpha)
        status = parse_grid(run, "alpha", o->alpha, &grid->alpha, &grid->n_alpha);
    if (status >= 0)
        return status;
    if (grid->n_pi != 3)
        return cli_usage(run->command, "--pi \"%s\": expected three shares pi_1,pi_a,pi_t", o->pi);
    if (grid->n_l > MOST_ROWS / grid->n_k || grid->n_alpha > MOST_ROWS / grid->n_k / grid->n_l)
        return cli_usage(run->command, "%zu values of k and %zu of l are more than %d rows",
                         grid->n_k, grid->n_l * grid->n_alpha, MOST_ROWS);
    grid->nu = o->nu;
    for (size_t i = 0; i < grid->n_k; i++)
        for (size_t j = 0; j < grid->n_l; j++) {
            struct sb_disjoint d = point_of(grid, grid->k[i], grid->l[j]);
            struct sb_error error;
            if (sb_disjoint_check(&d, &error))
                return cli_usage(run->command, "%s", error.message);
        }
    return -1;
}

static struct sb_table *grid_table(void)
{
    static const char *const columns[] = { "k",
                                           "l",
                                           "pi_a",
                                           "pi_t",
                                           "nu",
                                           "delta_gamma_p_bits",
                                           "delta_gamma_a_bits",
                                           "delta_gamma_t_bits",
                                           "d_gamma_p_bits",
                                           "d_gamma_a_bits",
                                           "d_gamma_t_bits",
                                           "R",
                                           "l_star",
                                           "l_over_l_star",
                                           "R_lower",
                                           "R_upper",
                                           "verdict" };
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        sb_table_column(table, columns[c]);
    return table;
}

static void grid_row(struct sb_table *table, const struct sb_disjoint *d)
{
    struct sb_disjoint_values v = sb_disjoint_at(d);
    struct sb_disjoint_changes change = sb_disjoint_changes(d);
    double l_star = v.l_star > 0 ? v.l_star : NAN;
    sb_table_real(table, d->k);
    sb_table_real(table, d->l);
    sb_table_real(table, d->pi_a);
    sb_table_real(table, d->pi_t);
    sb_table_real(table, d->nu);
    sb_table_real(table, sb_bits_from_nats(change.p_nats));
    sb_table_real(table, sb_bits_from_nats(change.a_nats));
    sb_table_real(table, sb_bits_from_nats(change.t_nats));
    sb_table_real(table, sb_bits_from_nats(v.slope_p_nats));
    sb_table_real(table, sb_bits_from_nats(v.slope_a_nats));
    sb_table_real(table, sb_bits_from_nats(v.slope_t_nats));
    sb_table_real(table, v.R);
    sb_table_real(table, l_star);
    sb_table_real(table, d->l / l_star);
    sb_table_real(table, isnan(v.R_upper) ? NAN : 1);
    sb_table_real(table, v.R_upper);
    sb_table_text(table, sb_verdict_name(v.verdict));
}

static int emit_grid(struct cli_run *run, const struct theory_grid *grid)
{
    struct sb_table *table = grid_table();
    for (size_t i = 0; i < grid->n_k; i++)
        for (size_t j = 0; j < grid->n_l; j++) {
            struct sb_disjoint d = point_of(grid, grid->k[i], grid->l[j]);
            grid_row(table, &d);
        }
    int status = cli_emit(run, table);
    sb_table_free(table);
    return status;
}

/* The mirror of the theorem: k times the change of gamma_p against the change of gamma_a. */
static void plot_k(FILE *file, const struct theory_grid *grid, double k, double low, double high)
{
    enum { POINTS = 72 };
    double l[POINTS], p[POINTS], a[POINTS], t[POINTS];
    for (int i = 0; i < POINTS; i++) {
        l[i] = low + (high - low) * i / (POINTS - 1);
        struct sb_disjoint d = point_of(grid, k, l[i]);
        struct sb_disjoint_changes change = sb_disjoint_changes(&d);
        p[i] = k * sb_bits_from_nats(change.p_nats);
        a[i] = sb_bits_from_nats(change.a_nats);
        t[i] = sb_bits_from_nats(change.t_nats);
    }
    const struct cli_terminal_curve curves[] = {
        { 'a', "gamma_a: aligned data", a },
        { 'p', "k gamma_p: pre-training data, weighted by their volume", p },
        { 't', "gamma_t: perturbing data", t },
    };
    char title[128];
    snprintf(title, sizeof title, "k = %g: change of the rates since l = 0, bits per response", k);
    cli_terminal_plot(file, title, "l", l, POINTS, curves, sizeof curves / sizeof *curves);
}

static int plot_grid(struct cli_run *run, const struct theory_grid *grid)
{
    double low = grid->l[0], high = grid->l[0];
    for (size_t j = 1; j < grid->n_l; j++) {
        low = fmin(low, grid->l[j]);
        high = fmax(high, grid->l[j]);
    }
    if (low == high)
        return cli_usage(run->command, "--terminal needs a range of l, such as 0:0.45");
    struct sb_output output;
    struct sb_error error;
    if (sb_output_open(&output, run->output, &error))
        return cli_fail(&error);
    for (size_t i = 0; i < grid->n_k; i++)
        plot_k(output.file, grid, grid->k[i], low, high);
    return sb_output_commit(&output, &error) ? cli_fail(&error) : 0;
}

static int run_grid(struct cli_run *run, const struct options *o)
{
    struct theory_grid grid = { 0 };
    int status = parse_grids(run, o, &grid);
    if (status < 0)
        status = o->terminal  ? plot_grid(run, &grid)
                 : grid.alpha ? theory_pareto(run, &grid)
                              : emit_grid(run, &grid);
    grid_clear(&grid);
    return status;
}

static int run_phase(struct cli_run *run, const struct options *o)
{
    if (o->k || o->l || o->pi || o->dist || o->alpha || o->terminal || o->nu != 0)
        return cli_usage(run->command, "--phase GRID goes with no other option of the theory");
    double *shares = NULL;
    size_t n;
    int status = parse_grid(run, "phase", o->phase, &shares, &n);
    if (status < 0)
        status = theory_phase(run, shares, n);
    free(shares);
    return status;
}

/* ---- explicit distributions ----------------------------------------------------------------- */

/* A value under its name in nats (JSON) and in bits (table); is_rate: its unit is one of these. */
struct value {
    const char *name;
    double nats;
    bool is_rate;
};
enum { N_VALUES = 13 };

static void values_of(const struct sb_elasticity *e, double l_star, struct value values[N_VALUES])
{
    const struct value all[N_VALUES] = {
        { "gamma_p", e->p.gamma_nats, true },
        { "gamma_a", e->a.gamma_nats, true },
        { "gamma_t", e->t.gamma_nats, true },
        { "d_p", e->p.slope_nats, true },
        { "d_a", e->a.slope_nats, true },
        { "d_t", e->t.slope_nats, true },
        { "R", e->R, false },
        { "l_star", l_star, false },
        { "kappa_k", e->kappa_k, false },
        { "chi", e->chi, false },
        { "kappa", e->kappa, false },
        { "nu", e->nu, false },
        { "balance", e->balance_nats, true },
    };
    memcpy(values, all, sizeof all);
}

static json_t *values_json(const struct value *values, enum sb_verdict verdict)
{
    json_t *object = json_object();
    for (int i = 0; i < N_VALUES; i++)
        if (json_object_set_new(object, values[i].name, sb_json_real(values[i].nats)))
            goto failed;
    if (!json_object_set_new(object, "verdict", json_string(sb_verdict_name(verdict))))
        return object;
failed:
    json_decref(object);
    return NULL;
}

static struct sb_table *values_table(const struct value *values, enum sb_verdict verdict)
{
    struct sb_table *table = sb_table_create();
    sb_table_column(table, "quantity");
    sb_table_column(table, "value");
    for (int i = 0; i < N_VALUES; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s%s", values[i].name, values[i].is_rate ? "_bits" : "");
        sb_table_text(table, name);
        sb_table_real(table,
                      values[i].is_rate ? sb_bits_from_nats(values[i].nats) : values[i].nats);
    }
    sb_table_text(table, "verdict");
    sb_table_text(table, sb_verdict_name(verdict));
    return table;
}

static int emit_values(struct cli_run *run, const struct sb_parts *parts)
{
    struct sb_elasticity e;
    struct sb_turning l_star, l_star_a;
    struct sb_error error;
    if (sb_elasticity_at(parts, &e) || sb_elasticity_turning(parts, &l_star, &l_star_a)) {
        sb_fail(&error, SB_NUMERIC, "k = %g and l = %g lead beyond the range of doubles", parts->k,
                parts->l);
        return cli_fail(&error);
    }
    struct value values[N_VALUES];
    values_of(&e, sb_turning_volume(&l_star), values);
    json_t *results = run->json ? values_json(values, e.verdict) : NULL;
    if (run->json && !results)
        return cli_fail(&(struct sb_error){ "out of memory" });
    struct sb_table *table = values_table(values, e.verdict);
    char number[SB_REAL_SIZE];
    sb_table_provenance(table, "k", "%s", sb_format_real(number, parts->k));
    sb_table_provenance(table, "l", "%s", sb_format_real(number, parts->l));
    int status = cli_emit_object(run, table, results);
    sb_table_free(table);
    return status;
}

/* k or l: the option's value if it was given, else the file's. Returns -1 or the exit status. */
static int settle_volume(struct cli_run *run, const char *path, const char *name,
                         const char *option, double *volume)
{
    struct sb_error error;
    if (option && sb_parse_number(option, volume))
        return cli_usage(run->command, "--%s \"%s\": expected one number with --dist", name,
                         option);
    if (option && !(isfinite(*volume) && *volume >= 0))
        return cli_usage(run->command, "--%s \"%s\": volumes are finite and >= 0", name, option);
    if (isnan(*volume)) {
        sb_fail(&error, SB_FORMAT, "%s: no \"%s\"; put it there or give --%s", path, name, name);
        return cli_fail(&error);
    }
    if (!(isfinite(*volume) && *volume >= 0)) {
        sb_fail(&error, SB_DOMAIN, "%s: %s is %g; volumes are finite and >= 0", path, name,
                *volume);
        return cli_fail(&error);
    }
    return -1;
}

/* k or l as a grid: the option's, else the file's one value. Returns -1 or the exit status. */
static int settle_grid(struct cli_run *run, const char *path, const char *name, const char *option,
                       double volume, double **values, size_t *n)
{
    int status = option ? parse_grid(run, name, option, values, n)
                        : settle_volume(run, path, name, NULL, &volume);
    if (status < 0 && !option) {
        *values = malloc(sizeof **values);
        if (!*values)
            return cli_fail(&(struct sb_error){ "out of memory" });
        **values = volume;
        *n = 1;
    }
    for (size_t i = 0; status < 0 && i < *n; i++)
        if ((*values)[i] < 0)
            status = cli_usage(run->command, "--%s \"%s\": volumes are >= 0", name, option);
    return status;
}

static int map_dist(struct cli_run *run, const struct options *o, const struct cli_dist *dist)
{
    struct theory_grid grid = { 0 };
    const struct sb_parts parts = { dist->p_p, dist->p_a, dist->p_t, dist->n_leaves, 0, 0 };
    int status = settle_grid(run, o->dist, "k", o->k, dist->k, &grid.k, &grid.n_k);
    if (status < 0)
        status = settle_grid(run, o->dist, "l", o->l, dist->l, &grid.l, &grid.n_l);
    if (status < 0 && grid.n_l > MOST_ROWS / grid.n_k)
        status = cli_usage(run->command, "%zu values of k and %zu of l are more than %d rows",
                           grid.n_k, grid.n_l, MOST_ROWS);
    if (status < 0)
        status = theory_signs(run, &grid, &parts);
    grid_clear(&grid);
    return status;
}

/* --documents: whole numbers. Returns -1 or the exit status. */
static int totals_dist(struct cli_run *run, const struct options *o, const struct sb_parts *parts)
{
    enum { MOST = 1000 };
    double *values = NULL;
    size_t n = 0;
    if (o->total && (strlen(o->total) != 1 || !strchr("pat", *o->total)))
        return cli_usage(run->command, "--total \"%s\": expected p, a or t", o->total);
    int status = parse_grid(run, "documents", o->documents, &values, &n);
    if (status >= 0)
        return status;
    uint64_t *counts = malloc(n * sizeof *counts);
    if (!counts)
        status = cli_fail(&(struct sb_error){ "out of memory" });
    else if (n > MOST)
        status = cli_usage(run->command, "--documents: at most %d numbers", MOST);
    for (size_t i = 0; i < n && status < 0; i++) {
        double whole = round(values[i]);
        if (!(whole >= 1 && whole <= 0x1p40) ||
            (fabs(whole - values[i]) > 0 && !strchr(o->documents, ':')))
            status =
                cli_usage(run->command,
                          "--documents: %g is not a number of documents from 1 to 2^40", values[i]);
        else
            counts[i] = (uint64_t)whole;
    }
    const struct theory_documents documents = { counts, n, o->total };
    if (status < 0)
        status = theory_totals(run, parts, &documents);
    free(values);
    free(counts);
    return status;
}

static int show_dist(struct cli_run *run, const struct options *o, struct cli_dist *dist)
{
    int status = settle_volume(run, o->dist, "k", o->k, &dist->k);
    if (status < 0)
        status = settle_volume(run, o->dist, "l", o->l, &dist->l);
    const struct sb_parts parts = { dist->p_p,      dist->p_a, dist->p_t,
                                    dist->n_leaves, dist->k,   dist->l };
    if (status >= 0)
        return status;
    return o->documents ? totals_dist(run, o, &parts) : emit_values(run, &parts);
}

/* --codes: exact numbers, so that the file is read as text. */
static int run_codes(struct cli_run *run, const struct options *o)
{
    double *l = NULL, *blocks = NULL;
    size_t n_l = 0, n_blocks = 0;
    if (!o->dist || strcmp(o->dist, "-") == 0)
        return cli_usage(run->command, "--codes needs --dist FILE");
    if (o->documents || o->pi || o->alpha || o->phase || o->terminal || o->nu != 0)
        return cli_usage(run->command, "--codes goes with --dist, --k, --l and --blocks only");
    int status = parse_grid(run, "l", o->l, &l, &n_l);
    if (status < 0 && o->blocks)
        status = parse_grid(run, "blocks", o->blocks, &blocks, &n_blocks);
    for (size_t i = 0; i < n_l && status < 0; i++)
        if (!(isfinite(l[i]) && l[i] >= 0))
            status = cli_usage(run->command, "--l \"%s\": volumes are finite and >= 0", o->l);
    struct sb_error error;
    if (status < 0 && cli_record_input(run, "dist", o->dist, &error))
        status = cli_fail(&error);
    if (status < 0)
        status = theory_codes(run, o->dist, o->k, l, n_l, blocks, n_blocks);
    free(l);
    free(blocks);
    return status;
}

static bool is_grid(const char *option)
{
    double value;
    return option && strpbrk(option, ",:") && sb_parse_number(option, &value);
}

static int run_dist(struct cli_run *run, const struct options *o)
{
    if (o->pi || o->alpha || o->terminal || o->nu != 0)
        return cli_usage(run->command, "--%s does not go with --dist",
                         o->pi         ? "pi"
                         : o->alpha    ? "alpha"
                         : o->terminal ? "terminal"
                                       : "nu");
    struct cli_dist dist;
    struct sb_error error;
    if (cli_dist_read(o->dist, &dist, &error))
        return cli_fail(&error);
    int status = -1;
    if (strcmp(o->dist, "-") != 0 && cli_record_input(run, "dist", o->dist, &error))
        status = cli_fail(&error);
    if (status < 0)
        status = !o->documents && (is_grid(o->k) || is_grid(o->l)) ? map_dist(run, o, &dist)
                                                                   : show_dist(run, o, &dist);
    cli_dist_clear(&dist);
    return status;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int run_theory(const struct cli_command *command, int argc, char **argv)
{
    struct options o = { 0 };
    const struct cli_option options[] = {
        { "k", CLI_TEXT, &o.k, "GRID", "volumes of the pre-training data, in those of alignment" },
        { "l", CLI_TEXT, &o.l, "GRID", "volumes of the perturbing data" },
        { "pi", CLI_TEXT, &o.pi, "P1,PA,PT",
          "shares of pre-training data that are neither, like alignment,\n"
          "like the perturbation: disjoint parts (D4), the closed form R3" },
        { "nu", CLI_NUMBER, &o.nu, "SHARE", "of the perturbation on new leaves (default 0)" },
        { "alpha", CLI_TEXT, &o.alpha, "GRID",
          "shared leaves with Pareto masses of this exponent instead of\n"
          "disjoint parts: the limit of many leaves (R12); 1 < alpha <= 50" },
        { "phase", CLI_TEXT, &o.phase, "GRID", "the critical alpha for these shares pi_a = pi_t" },
        { "dist", CLI_TEXT, &o.dist, "FILE",
          "explicit distributions instead: JSON with p_p, p_a, p_t, k, l;\n"
          "with a grid of k or l: a map of the signs" },
        { "documents", CLI_TEXT, &o.documents, "GRID",
          "with --dist: the probability that so many documents of the\n"
          "alignment data show the theorem's sign" },
        { "total", CLI_TEXT, &o.total, "p|a|t",
          "instead: the distribution of the code length of so many\n"
          "documents of that dataset" },
        { "codes", CLI_FLAG, &o.codes, NULL,
          "with --dist and a range of l: the staircase of Huffman's\n"
          "codes, exactly, and the smooth curve (R10)" },
        { "blocks", CLI_TEXT, &o.blocks, "GRID",
          "with --codes: codes for blocks of so many leaves" },
        { "terminal", CLI_FLAG, &o.terminal, NULL, "draw the rates against l in the terminal" },
        CLI_SEQUENTIAL_OPTIONS(&o.sequential),
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0 && run.arguments.n > 0)
        status = cli_usage(command, "no argument was expected: \"%s\"", run.arguments.items[0]);
    if (status < 0 && o.terminal && (run.json || run.tsv))
        status = cli_usage(command, "--terminal draws; it goes with neither --json nor --tsv");
    if (status < 0 && o.alpha && (o.terminal || o.nu != 0))
        status = cli_usage(command, "--alpha goes with neither --terminal nor --nu");
    bool sequential = cli_sequential_given(&o.sequential);
    if (status < 0 && sequential &&
        (o.l || o.dist || o.alpha || o.phase || o.terminal || o.nu != 0))
        status = cli_usage(command, "--l, --nu, --dist, --alpha, --phase and --terminal do not go "
                                    "with times, curvatures or springs");
    if (status < 0 && ((o.total && !o.documents) || (o.blocks && !o.codes) ||
                       (o.documents && (!o.dist || o.codes))))
        status = cli_usage(command, "--documents goes with --dist, --total with --documents, and "
                                    "--blocks with --codes");
    if (status < 0 && sequential && (o.documents || o.codes))
        status = cli_usage(command, "--documents and --codes go with --dist");
    if (status < 0)
        status = o.codes      ? run_codes(&run, &o)
                 : sequential ? cli_sequential_run(&run, &o.sequential, o.k, o.pi)
                 : o.phase    ? run_phase(&run, &o)
                 : o.dist     ? run_dist(&run, &o)
                              : run_grid(&run, &o);
    cli_end(&run);
    return status;
}

const struct cli_command theory_command = {
    .name = "theory",
    .summary = "the theorem's curves and values, on a grid or for explicit distributions",
    .usage =
        "theory (--k GRID --pi P1,PA,PT --l GRID [--nu SHARE | --alpha GRID] |\n"
        "                  --dist FILE [--k GRID] [--l GRID] | --phase GRID |\n"
        "                  --dist FILE --documents GRID [--total p|a|t] |\n"
        "                  --dist FILE --codes --l GRID [--blocks GRID] |\n"
        "                  --pi P1,PA,PT (--align-time GRID | --k GRID) --perturb-time GRID |\n"
        "                  --curvatures LIST --align-time GRID --perturb-time GRID |\n"
        "                  --springs --k GRID --pi P1,PA,PT) [options]",
    .text =
        "Pre-training, alignment and perturbation data have volumes k : 1 : l; the model is\n"
        "saturated on all of them. gamma_p, gamma_a, gamma_t are the rates of the three\n"
        "datasets (bits per response), d_ their slopes in l, delta_ their change since l = 0.\n"
        "R = -d_gamma_a/(k d_gamma_p) is 1 where alignment loses exactly k times what\n"
        "pre-training gains; l_star is the volume at which gamma_p stops falling.\n"
        "\n"
        "verdict: theorem (gamma_p falls, gamma_a rises), reversed, both_rise, or boundary\n"
        "where a slope is 0. R_lower and R_upper bound R up to l (R3).\n"
        "\n"
        "--alpha: all parts have all leaves, with independent Pareto masses. The theorem's signs\n"
        "hold near l = 0 for all k where kappa > 0, that is for alpha < alpha_c (--phase: inf\n"
        "where they hold for every alpha, NA where kappa <= 0 from alpha = 1.001 on).\n"
        "gamma_a_minus_log2_M_bits: what gamma_a is short of that of M equal leaves.\n"
        "\n"
        "--documents: P_sign is the probability that the mean of p_t/q over n documents drawn from\n"
        "p_a is below 1, with bounds that hold for the computed distribution, and by the normal\n"
        "law; n_95 and n_99: the numbers from which it is 0.95 and 0.99. --total: tails of the\n"
        "sum of -log2 q over n documents, out to 8 standard deviations. --codes: two rows for\n"
        "each step, then the ideal code at each l; gamma_pa is (k gamma_p + gamma_a)/(k + 1),\n"
        "gamma_all the rate of everything; least and most are over all ways to break ties.\n"
        "\n"
        "--align-time and --perturb-time are times of gradient flow: first towards the\n"
        "alignment data, then towards the perturbation. source: closed form, integrated\n"
        "(natural gradient on logits), logit (plain gradient descent on logits, from the same\n"
        "start). k_eff, l_eff: joint volumes that give the same model. log2_odds: mass of the\n"
        "alignment's part against the perturbation's.\n"
        "\n"
        "A GRID is a list (5,20,100), a range with its number of points (0:0.45:10, the\n"
        "default number), or the same with equal ratios (1:1e6:log25). Fractions are numbers.\n"
        "\n"
        "--dist FILE reads {\"p_p\": [...], \"p_a\": [...], \"p_t\": [...], \"k\": 20, \"l\": "
        "\"1/10\"};\n"
        "--k and --l override it; a grid of either gives the verdict at each point, with l_star,\n"
        "l_star_a (below it the signs are reversed) and k_star (R5). With --json the results for\n"
        "one point are in nats: the one exception to units in names.",
    .examples = "  springback theory --k 20 --pi 1/3,1/3,1/3 --l 0:0.45 --terminal\n"
                "  springback theory --k 1:1e6:log25 --pi 1/3,1/3,1/3 --l 0 -o slopes.tsv\n"
                "  springback theory --alpha 1.1,1.5,2,3 --k 20 --pi 1/3,1/3,1/3 --l 0\n"
                "  springback theory --phase 0.01:0.21:41 -o phase.tsv\n"
                "  springback theory --dist overlap.json --json\n"
                "  springback theory --dist overlap.json --documents 1:1e4:log13\n"
                "  springback theory --dist overlap.json --codes --l 0:3:61 -o codes.tsv\n"
                "  springback theory --pi 1/3,1/3,1/3 --align-time 1,3 --perturb-time 0:3:31\n"
                "  springback theory --curvatures 10,1,0.1 --align-time 1 --perturb-time 0:3:31",
    .run = run_theory,
};

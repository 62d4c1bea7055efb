/* springback tree --power-law: do the masses of leaves follow a power law, and which? */
#include <math.h>
#include <stdlib.h>
#include "cli/tree.h"
#include "estimators/power_law.h"
#include "theory/numeric.h"

struct fitted {
    double *counts; /* (n_leaves): of the thinned tree, ascending */
    size_t n_leaves;
    bool has_fit, has_lognormal;
    struct sb_power_law fit;
    struct sb_lognormal lognormal;
    double p_value;
};

/* Leaf counts of n_counted blocks drawn from the source. */
static enum sb_status thinned_counts(const struct tree_source *source, unsigned depth,
                                     uint64_t n_counted, uint64_t seed, uint64_t stream,
                                     struct fitted *f)
{
    enum sb_status status =
        sb_token_tree_leaf_counts(source->tree, depth, &f->counts, &f->n_leaves);
    if (status)
        return status;
    struct sb_random random;
    sb_random_init(&random, seed, stream);
    sb_thin_counts(&random, f->counts, f->n_leaves, n_counted);
    sb_sort(f->counts, f->n_leaves);
    size_t n_empty = 0;
    while (n_empty < f->n_leaves && f->counts[n_empty] == 0)
        n_empty++;
    for (size_t i = n_empty; i < f->n_leaves; i++)
        f->counts[i - n_empty] = f->counts[i];
    f->n_leaves -= n_empty;
    return SB_OK;
}

static enum sb_status fit_source(const struct cli_run *run, const struct tree_settings *settings,
                                 struct fitted *f, struct sb_error *error)
{
    enum sb_status status = sb_power_law_fit(f->counts, f->n_leaves, &f->fit);
    if (status == SB_MEMORY)
        return sb_fail_memory(error);
    f->has_fit = !status;
    if (!f->has_fit)
        return SB_OK;
    f->has_lognormal = !sb_lognormal_fit(f->counts, f->n_leaves, &f->fit, &f->lognormal);
    return sb_power_law_p_value(f->counts, f->n_leaves, &f->fit, settings->replicates, run->seed,
                                run->threads, &f->p_value, error);
}

/* ---- the table of fits ----------------------------------------------------------------------- */

static struct sb_table *fits_table(void)
{
    static const char *const columns[] = {
        "dataset",       "depth_bits",      "n_counted",        "n_leaves",
        "x_min",         "n_tail",          "density_exponent", "density_exponent_se",
        "tail_exponent", "zipf_exponent",   "ks_distance",      "p_value",
        "lognormal_mu",  "lognormal_sigma", "vuong_z",          "vuong_p"
    };
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        sb_table_column(table, columns[c]);
    return table;
}

static void fits_row(struct sb_table *table, const struct tree_source *source, unsigned depth,
                     uint64_t n_counted, const struct fitted *f)
{
    const struct sb_power_law *p = &f->fit;
    const struct sb_lognormal *l = &f->lognormal;
    const double fit[] = { p->x_min,
                           (double)p->n_tail,
                           p->density_exponent,
                           p->standard_error,
                           p->density_exponent - 1,
                           1 / (p->density_exponent - 1),
                           p->ks_distance,
                           f->p_value };
    const double lognormal[] = { l->mu, l->sigma, l->vuong_z, l->vuong_p };
    sb_table_text(table, source->name);
    sb_table_integer(table, depth);
    sb_table_integer(table, (long long)n_counted);
    sb_table_integer(table, (long long)f->n_leaves);
    for (size_t i = 0; i < sizeof fit / sizeof *fit; i++)
        sb_table_real(table, f->has_fit ? fit[i] : NAN);
    for (size_t i = 0; i < sizeof lognormal / sizeof *lognormal; i++)
        sb_table_real(table, f->has_lognormal ? lognormal[i] : NAN);
}

/* ---- the masses, for a figure ---------------------------------------------------------------- */

/* Each distinct count: the share of leaves at least as heavy, and what both laws say. */
static void masses_rows(struct sb_table *table, const char *name, uint64_t n_counted,
                        const struct fitted *f)
{
    double n = (double)f->n_leaves;
    for (size_t i = 0; i < f->n_leaves; i++) {
        double x = f->counts[i];
        if (i > 0 && x == f->counts[i - 1])
            continue;
        bool in_tail = f->has_fit && x >= f->fit.x_min;
        double tail = (double)f->fit.n_tail / n;
        sb_table_text(table, name);
        sb_table_real(table, x / (double)n_counted);
        sb_table_real(table, (n - (double)i) / n);
        sb_table_real(table, in_tail ? tail * sb_power_law_survival(&f->fit, x) : NAN);
        sb_table_real(table, in_tail && f->has_lognormal
                                 ? tail * sb_lognormal_survival(&f->lognormal, f->fit.x_min, x)
                                 : NAN);
    }
}

int tree_power_law(struct cli_run *run, const struct tree_settings *settings,
                   const struct tree_source *sources, size_t n)
{
    static const char *const columns[] = { "dataset", "mass", "share_at_least", "power_law",
                                           "lognormal" };
    struct sb_table *fits = fits_table(), *masses = sb_table_create();
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        sb_table_column(masses, columns[c]);
    uint64_t n_counted = sb_token_tree_n(sources[0].tree);
    for (size_t i = 1; i < n; i++)
        if (sb_token_tree_n(sources[i].tree) < n_counted)
            n_counted = sb_token_tree_n(sources[i].tree);
    sb_table_provenance(fits, "replicates", "%zu", settings->replicates);
    struct sb_error error;
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < n && !status; i++) {
        struct fitted f = { 0 };
        cli_progress(run, sources[i].name, (double)i, (double)n);
        /* Far from the streams of the bootstrap, which count up from 0. */
        if (thinned_counts(&sources[i], (unsigned)settings->depth, n_counted, run->seed,
                           UINT64_MAX - i, &f))
            status = sb_fail_memory(&error);
        if (!status)
            status = fit_source(run, settings, &f, &error);
        if (!status) {
            fits_row(fits, &sources[i], (unsigned)settings->depth, n_counted, &f);
            masses_rows(masses, sources[i].name, n_counted, &f);
        }
        free(f.counts);
    }
    cli_progress_end(run);
    if (!status && settings->masses)
        status = cli_write_table(run, settings->masses, masses, &error);
    int exit_status = status ? cli_fail(&error) : cli_emit(run, fits);
    sb_table_free(fits);
    sb_table_free(masses);
    return exit_status;
}

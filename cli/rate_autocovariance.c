/* springback rate --autocovariance: correlations along single documents, and the window on them. */
#include <stdlib.h>
#include "cli/rate_work.h"
#include "theory/autocovariance.h"

enum { LAGS_LEAST = 50, LAGS_MOST = 10000 };

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* As far as the window reaches and once again. */
static size_t n_lags_of(const struct sb_long_run *run)
{
    size_t n = 2 * run->bandwidth + 1;
    n = n < LAGS_LEAST ? LAGS_LEAST : n;
    return smaller(smaller(n, LAGS_MOST), run->n);
}

static enum sb_status add_rows(struct sb_table *table, const struct rate_result *r,
                               const struct sb_bit_sequence *sequence)
{
    const struct sb_long_run *run = &r->long_run;
    size_t n_lags = n_lags_of(run);
    double *gamma = malloc(n_lags * sizeof *gamma);
    enum sb_status status =
        gamma ? sb_autocovariance(sequence->bits, sequence->n, n_lags, gamma) : SB_MEMORY;
    for (size_t h = 0; h < n_lags && !status; h++) {
        sb_table_text(table, r->dataset);
        sb_table_text(table, r->model);
        sb_table_integer(table, (long long)h);
        sb_table_real(table, gamma[h]);
        sb_table_real(table, gamma[0] > 0 ? gamma[h] / gamma[0] : h == 0);
        sb_table_real(table, run->threshold);
        sb_table_real(table, sb_long_run_window(run, h));
        sb_table_integer(table, (long long)run->bandwidth);
        sb_table_integer(table, (long long)run->n);
    }
    free(gamma);
    return status;
}

enum sb_status rate_write_autocovariance(const struct cli_run *run, const struct rate_work *w,
                                         struct sb_error *error)
{
    static const char *const columns[] = { "dataset",         "model",
                                           "lag_pieces",      "autocovariance_bits2",
                                           "autocorrelation", "threshold",
                                           "window",          "bandwidth_pieces",
                                           "n_pieces" };
    struct sb_table *table = sb_table_create();
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        sb_table_column(table, columns[i]);
    for (size_t i = 0; i < w->results.n && !status; i++) {
        const struct rate_result *r = &w->results.items[i];
        if (r->long_run.n)
            status = add_rows(table, r, &r->measure->sequences[r->data - w->datasets]);
    }
    if (status)
        status = sb_fail_memory(error);
    else if (!sb_table_n_rows(table))
        status = sb_fail(error, SB_FORMAT,
                         "--autocovariance: no dataset is one document of 40 pieces or more under "
                         "a model that gives them (no compressor, oracle or adaptive=1)");
    else
        status = cli_write_table(run, w->settings->autocovariance, table, error);
    sb_table_free(table);
    return status;
}

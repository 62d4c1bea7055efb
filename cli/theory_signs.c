/* springback theory --dist with a grid: the map of signs over k and l, and the curves between them. */
#include <math.h>
#include "cli/theory.h"
#include "theory/numeric.h"
#include "theory/threshold.h"

static struct sb_table *create_table(void)
{
    static const char *const columns[] = {
        "k",       "l",       "d_gamma_p_bits", "d_gamma_a_bits", "R",
        "kappa_k", "verdict", "l_star",         "l_star_a",       "k_star"
    };
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        sb_table_column(table, columns[c]);
    return table;
}

/* All l at the parts' k. */
static enum sb_status add_rows(struct sb_table *table, const struct theory_grid *grid,
                               struct sb_parts parts, double k_star)
{
    struct sb_turning l_star, l_star_a;
    if (sb_elasticity_turning(&parts, &l_star, &l_star_a))
        return SB_NUMERIC;
    for (size_t j = 0; j < grid->n_l; j++) {
        struct sb_elasticity e;
        parts.l = grid->l[j];
        if (sb_elasticity_at(&parts, &e))
            return SB_NUMERIC;
        sb_table_real(table, parts.k);
        sb_table_real(table, parts.l);
        sb_table_real(table, sb_bits_from_nats(e.p.slope_nats));
        sb_table_real(table, sb_bits_from_nats(e.a.slope_nats));
        sb_table_real(table, e.R);
        sb_table_real(table, e.kappa_k);
        sb_table_text(table, sb_verdict_name(e.verdict));
        sb_table_real(table, sb_turning_volume(&l_star));
        sb_table_real(table, sb_turning_volume(&l_star_a));
        sb_table_real(table, k_star);
    }
    return SB_OK;
}

int theory_signs(struct cli_run *run, const struct theory_grid *grid,
                 const struct sb_parts *distributions)
{
    struct sb_parts parts = *distributions;
    struct sb_threshold threshold;
    struct sb_table *table = create_table();
    enum sb_status status = sb_threshold_of(&parts, &threshold);
    for (size_t i = 0; i < grid->n_k && !status; i++) {
        parts.k = grid->k[i];
        status = add_rows(table, grid, parts, sb_threshold_k_star(&threshold));
    }
    struct sb_error error;
    if (status)
        sb_fail(&error, status, "k = %g leads beyond the range of doubles", parts.k);
    int exit_status = status ? cli_fail(&error) : cli_emit(run, table);
    sb_table_free(table);
    return exit_status;
}

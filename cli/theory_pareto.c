/* springback theory --alpha and --phase: leaves with Pareto masses (R12). */
#include <math.h>
#include "cli/theory.h"
#include "theory/elasticity.h"
#include "theory/numeric.h"
#include "theory/pareto.h"

static struct sb_table *table_of(const char *const *columns, size_t n)
{
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < n; c++)
        sb_table_column(table, columns[c]);
    return table;
}

static struct sb_pareto point_of(const struct theory_grid *grid, double alpha, double k, double l)
{
    const double *pi = grid->pi;
    return (struct sb_pareto){ alpha, k, l, pi[0], pi[1], pi[2] };
}

static void pareto_row(struct sb_table *table, const struct sb_pareto *p,
                       const struct sb_pareto_values *v)
{
    const double values[] = { p->alpha,
                              p->k,
                              p->l,
                              p->pi_a,
                              p->pi_t,
                              v->kappa,
                              v->kappa_k,
                              v->kappa_l,
                              sb_bits_from_nats(v->slope_p_nats),
                              sb_bits_from_nats(v->slope_a_nats),
                              sb_bits_from_nats(v->slope_t_nats),
                              v->R,
                              sb_bits_from_nats(v->gamma_a_minus_log_M_nats) };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        sb_table_real(table, values[i]);
    int sign_p = (v->slope_p_nats > 0) - (v->slope_p_nats < 0);
    int sign_a = (v->slope_a_nats > 0) - (v->slope_a_nats < 0);
    sb_table_text(table, sb_verdict_name(sb_verdict_of(sign_p, sign_a)));
}

/* Every point of the grid in turn: checked first, so that a wrong one costs nothing. */
static int each_point(struct cli_run *run, const struct theory_grid *grid, struct sb_table *table)
{
    struct sb_error error;
    for (size_t a = 0; a < grid->n_alpha; a++)
        for (size_t i = 0; i < grid->n_k; i++)
            for (size_t j = 0; j < grid->n_l; j++) {
                struct sb_pareto p = point_of(grid, grid->alpha[a], grid->k[i], grid->l[j]);
                struct sb_pareto_values v;
                if (!table && sb_pareto_check(&p, &error))
                    return cli_usage(run->command, "%s", error.message);
                if (table && sb_pareto_at(&p, &v)) {
                    sb_fail(&error, SB_NUMERIC,
                            "the integrals do not converge at alpha = %g, k = %g, l = %g", p.alpha,
                            p.k, p.l);
                    return cli_fail(&error);
                }
                if (table)
                    pareto_row(table, &p, &v);
            }
    return -1;
}

int theory_pareto(struct cli_run *run, const struct theory_grid *grid)
{
    static const char *const columns[] = { "alpha",
                                           "k",
                                           "l",
                                           "pi_a",
                                           "pi_t",
                                           "kappa",
                                           "kappa_k",
                                           "kappa_l",
                                           "d_gamma_p_bits",
                                           "d_gamma_a_bits",
                                           "d_gamma_t_bits",
                                           "R",
                                           "gamma_a_minus_log2_M_bits",
                                           "verdict" };
    int status = each_point(run, grid, NULL);
    if (status >= 0)
        return status;
    struct sb_table *table = table_of(columns, sizeof columns / sizeof *columns);
    sb_table_provenance(table, "masses", "iid Pareto, shared leaves, limit of many leaves (R12)");
    status = each_point(run, grid, table);
    if (status < 0)
        status = cli_emit(run, table);
    sb_table_free(table);
    return status;
}

static int phase_row(struct cli_run *run, struct sb_table *table, double share)
{
    double alpha_c;
    struct sb_root root;
    struct sb_error error;
    switch (sb_pareto_critical_alpha(share, share, &alpha_c, &root)) {
    case SB_OK:
        break;
    case SB_DOMAIN:
        return cli_usage(run->command, "--phase: %g is no share of both parts: 0 < share <= 1/2",
                         share);
    default:
        sb_fail(&error, SB_NUMERIC, "the integrals do not converge at share %g", share);
        return cli_fail(&error);
    }
    sb_table_real(table, share);
    sb_table_real(table, alpha_c);
    sb_table_real(table, root.low);
    sb_table_real(table, root.high);
    sb_table_real(table, root.residual);
    sb_table_integer(table, root.n_iterations);
    sb_table_real(table, (3 - sqrt(3)) / 6);
    return -1;
}

int theory_phase(struct cli_run *run, const double *shares, size_t n)
{
    static const char *const columns[] = { "share",        "alpha_c",        "alpha_c_low",
                                           "alpha_c_high", "kappa_residual", "n_iterations",
                                           "share_endless" };
    struct sb_table *table = table_of(columns, sizeof columns / sizeof *columns);
    int status = -1;
    for (size_t i = 0; i < n && status < 0; i++) {
        cli_progress(run, "phase", (double)i, (double)n);
        status = phase_row(run, table, shares[i]);
    }
    cli_progress_end(run);
    if (status < 0)
        status = cli_emit(run, table);
    sb_table_free(table);
    return status;
}

/* springback curve --slopes: slopes, R and the force balance from a table of noisy rates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/curve.h"
#include "estimators/slopes.h"

enum { N_ROLES = SB_N_ROLES };
static const double CONFIDENCE = 0.95;

/* ---- the table of rates ---------------------------------------------------------------------- */

static const char *const rate_names[N_ROLES] = { "gamma_p_bits", "gamma_a_bits", "gamma_t_bits" },
                         *const slope_names[N_ROLES] = { "d_gamma_p_bits", "d_gamma_a_bits",
                                                         "d_gamma_t_bits" };

struct rates {
    struct sb_table *table;
    size_t source, k, a, l, seed, gamma[N_ROLES], slope[N_ROLES]; /* columns */
    bool has_source, has_a, has_seed, has_slopes;
    bool *is_done; /* (rows) */
};

static enum sb_status read_rates(const char *path, struct rates *r, struct sb_error *error)
{
    *r = (struct rates){ .has_slopes = true };
    enum sb_status status = sb_table_read(path, &r->table, error);
    if (status) {
        r->table = NULL;
        return status;
    }
    const char *needed[] = { "k", "l", rate_names[0], rate_names[1], rate_names[2] };
    size_t *columns[] = { &r->k, &r->l, &r->gamma[0], &r->gamma[1], &r->gamma[2] };
    for (size_t i = 0; i < sizeof needed / sizeof *needed; i++)
        if (!sb_table_find_column(r->table, needed[i], columns[i]))
            return sb_fail(error, SB_FORMAT,
                           "%s: no column \"%s\"; --slopes reads rates by l as 'springback curve' "
                           "writes them, with a column seed",
                           path, needed[i]);
    r->has_source = sb_table_find_column(r->table, "source", &r->source);
    r->has_a = sb_table_find_column(r->table, "a", &r->a);
    r->has_seed = sb_table_find_column(r->table, "seed", &r->seed);
    for (size_t i = 0; i < N_ROLES; i++)
        r->has_slopes =
            sb_table_find_column(r->table, slope_names[i], &r->slope[i]) && r->has_slopes;
    if (sb_table_n_rows(r->table) == 0)
        return sb_fail(error, SB_FORMAT, "%s: no rows", path);
    r->is_done = calloc(sb_table_n_rows(r->table), sizeof *r->is_done);
    return r->is_done ? SB_OK : sb_fail_memory(error);
}

static const char *text_at(const struct rates *r, bool has, size_t row, size_t column)
{
    const char *text = has ? sb_table_text_at(r->table, row, column) : NULL;
    return text ? text : "";
}

static double volume_a(const struct rates *r, size_t row)
{
    return r->has_a ? sb_table_real_at(r->table, row, r->a) : 1;
}

/* Whether two rows belong to one set of curves: the same source and volumes but for l. */
static bool is_same_set(const struct rates *r, size_t i, size_t j)
{
    return sb_table_real_at(r->table, i, r->k) == sb_table_real_at(r->table, j, r->k) &&
           volume_a(r, i) == volume_a(r, j) &&
           strcmp(text_at(r, r->has_source, i, r->source),
                  text_at(r, r->has_source, j, r->source)) == 0;
}

/* ---- one set of curves ----------------------------------------------------------------------- */

struct set {
    size_t n_rows, *rows, n_seeds;
    const char **seeds; /* (n_seeds) */
    size_t n_points;
    double *l, *y[2][N_ROLES]; /* rates and slopes; one allocation */
};

static void set_clear(struct set *set)
{
    free(set->rows);
    free(set->seeds);
    free(set->l);
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static size_t seed_of(const struct rates *r, const struct set *set, size_t row)
{
    size_t s = 0;
    const char *seed = text_at(r, r->has_seed, row, r->seed);
    while (s < set->n_seeds && strcmp(set->seeds[s], seed) != 0)
        s++;
    return s;
}

/* The rows that belong with the first one, their seeds and their values of l. */
static enum sb_status gather(struct rates *r, size_t first, struct set *set)
{
    size_t n = sb_table_n_rows(r->table);
    *set = (struct set){ .rows = malloc(n * sizeof *set->rows),
                         .seeds = malloc(n * sizeof *set->seeds),
                         .l = malloc(7 * n * sizeof *set->l) };
    if (!set->rows || !set->seeds || !set->l)
        return SB_MEMORY;
    for (size_t row = first; row < n; row++) {
        if (r->is_done[row] || !is_same_set(r, first, row))
            continue;
        r->is_done[row] = true;
        if (seed_of(r, set, row) == set->n_seeds)
            set->seeds[set->n_seeds++] = text_at(r, r->has_seed, row, r->seed);
        set->l[set->n_rows] = sb_table_real_at(r->table, row, r->l);
        set->rows[set->n_rows++] = row;
    }
    qsort(set->l, set->n_rows, sizeof *set->l, ascending);
    for (size_t i = 0; i < set->n_rows; i++)
        if (i == 0 || set->l[i] != set->l[set->n_points - 1])
            set->l[set->n_points++] = set->l[i];
    for (size_t i = 0; i < N_ROLES; i++)
        for (int d = 0; d < 2; d++)
            set->y[d][i] = set->l + (1 + i + (size_t)d * N_ROLES) * n;
    return SB_OK;
}

/* Rates and slopes into arrays by seed and volume; every seed has every volume once. */
static enum sb_status arrange(const struct rates *r, const char *path, struct set *set,
                              struct sb_error *error)
{
    if (set->n_rows != set->n_points * set->n_seeds)
        return sb_fail(error, SB_FORMAT,
                       "%s: %zu rows for %zu volumes and %zu seeds; each seed is needed once at "
                       "each volume",
                       path, set->n_rows, set->n_points, set->n_seeds);
    for (size_t i = 0; i < set->n_rows; i++) {
        size_t row = set->rows[i], j = 0, seed = seed_of(r, set, row);
        while (set->l[j] != sb_table_real_at(r->table, row, r->l))
            j++;
        for (size_t role = 0; role < N_ROLES; role++) {
            size_t at = seed * set->n_points + j;
            set->y[0][role][at] = sb_table_real_at(r->table, row, r->gamma[role]);
            set->y[1][role][at] =
                r->has_slopes ? sb_table_real_at(r->table, row, r->slope[role]) : 0;
        }
    }
    return SB_OK;
}

static bool is_finite_at(const struct set *set, size_t j)
{
    for (size_t i = 0; i < N_ROLES; i++)
        for (size_t s = 0; s < set->n_seeds; s++)
            for (int d = 0; d < 2; d++)
                if (!isfinite(set->y[d][i][s * set->n_points + j]))
                    return false;
    return isfinite(set->l[j]);
}

/* Leaves out the volumes at which a rate is infinite: l = 0, where perturbing data have what no other
 * dataset has. Returns how many. */
static size_t drop_infinite(struct set *set)
{
    size_t kept = 0, n = set->n_points;
    bool *keep = malloc((n + 1) * sizeof *keep);
    if (!keep)
        return 0; /* the library then refuses them */
    for (size_t j = 0; j < n; j++)
        kept += keep[j] = is_finite_at(set, j);
    for (int d = 0; d < 2; d++)
        for (size_t i = 0; i < N_ROLES; i++)
            for (size_t s = 0, to = 0; s < set->n_seeds; s++)
                for (size_t j = 0; j < n; j++)
                    if (keep[j])
                        set->y[d][i][to++] = set->y[d][i][s * n + j];
    for (size_t j = 0, to = 0; j < n; j++)
        if (keep[j])
            set->l[to++] = set->l[j];
    free(keep);
    set->n_points = kept;
    return n - kept;
}

/* ---- the table of slopes --------------------------------------------------------------------- */

static struct sb_table *new_table(void)
{
    static const char *const columns[] = { "source",
                                           "method",
                                           "k",
                                           "a",
                                           "l",
                                           "bandwidth",
                                           "d_gamma_p_bits",
                                           "d_gamma_p_se_bits",
                                           "d_gamma_p_ci_low_bits",
                                           "d_gamma_p_ci_high_bits",
                                           "d_gamma_a_bits",
                                           "d_gamma_a_se_bits",
                                           "d_gamma_a_ci_low_bits",
                                           "d_gamma_a_ci_high_bits",
                                           "d_gamma_t_bits",
                                           "d_gamma_t_se_bits",
                                           "d_gamma_t_ci_low_bits",
                                           "d_gamma_t_ci_high_bits",
                                           "R",
                                           "R_ci_low",
                                           "R_ci_high",
                                           "balance_bits",
                                           "balance_ci_low_bits",
                                           "balance_ci_high_bits",
                                           "n_seeds",
                                           "seeds_for_sign_p",
                                           "seeds_for_sign_a" };
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        sb_table_column(table, columns[c]);
    sb_table_provenance(table, "interval", "95 %%: Student's t over seeds; R: Fieller");
    return table;
}

static void add_row(struct sb_table *table, const struct rates *r, const struct set *set,
                    const char *method, const struct sb_slopes *s)
{
    size_t row = set->rows[0];
    sb_table_text(table, text_at(r, r->has_source, row, r->source));
    sb_table_text(table, method);
    sb_table_real(table, sb_table_real_at(r->table, row, r->k));
    sb_table_real(table, volume_a(r, row));
    sb_table_real(table, s->x);
    sb_table_real(table, s->bandwidth);
    for (size_t i = 0; i < N_ROLES; i++) {
        sb_table_real(table, s->slope[i].value);
        sb_table_real(table, s->slope[i].standard_error);
        sb_table_real(table, s->slope[i].low);
        sb_table_real(table, s->slope[i].high);
    }
    sb_table_real(table, s->R);
    sb_table_real(table, s->R_low);
    sb_table_real(table, s->R_high);
    sb_table_real(table, s->balance.value);
    sb_table_real(table, s->balance.low);
    sb_table_real(table, s->balance.high);
    sb_table_integer(table, (long long)set->n_seeds);
    sb_table_real(table, s->n_for_sign[SB_ROLE_P]);
    sb_table_real(table, s->n_for_sign[SB_ROLE_A]);
}

/* One seed, slopes given: values without errors, such as exact ones. */
static void add_single(struct sb_table *table, const struct rates *r, const struct set *set)
{
    double k = sb_table_real_at(r->table, set->rows[0], r->k), a = volume_a(r, set->rows[0]);
    for (size_t j = 0; j < set->n_points; j++) {
        struct sb_slopes s = { .x = set->l[j], .bandwidth = NAN };
        for (size_t i = 0; i < N_ROLES; i++) {
            s.slope[i] = (struct sb_slope){ set->y[1][i][j], NAN, NAN, NAN };
            s.n_for_sign[i] = NAN;
        }
        s.R = -a * s.slope[SB_ROLE_A].value / (k * s.slope[SB_ROLE_P].value);
        s.R_low = s.R_high = NAN;
        s.balance = (struct sb_slope){ k * s.slope[SB_ROLE_P].value + a * s.slope[SB_ROLE_A].value +
                                           s.x * s.slope[SB_ROLE_T].value,
                                       NAN, NAN, NAN };
        add_row(table, r, set, "derivative", &s);
    }
}

static enum sb_status add_set(struct sb_table *table, const struct rates *r, const struct set *set,
                              struct sb_error *error)
{
    if (set->n_seeds == 1 && r->has_slopes) {
        add_single(table, r, set);
        return SB_OK;
    }
    struct sb_slopes *results = malloc((set->n_points + 1) * sizeof *results);
    if (!results)
        return sb_fail_memory(error);
    struct sb_noisy_curves curves = { .x = set->l,
                                      .n_points = set->n_points,
                                      .n_replicates = set->n_seeds,
                                      .volume_p = sb_table_real_at(r->table, set->rows[0], r->k),
                                      .volume_a = volume_a(r, set->rows[0]) };
    enum sb_status status = SB_OK;
    for (int d = 0; d <= (r->has_slopes ? 1 : 0) && !status; d++) {
        for (size_t i = 0; i < N_ROLES; i++)
            curves.y[i] = set->y[d][i];
        status = d ? sb_slopes_given(&curves, CONFIDENCE, results, error)
                   : sb_slopes_of_rates(&curves, CONFIDENCE, results, error);
        for (size_t j = 0; j < set->n_points && !status; j++)
            add_row(table, r, set, d ? "derivative" : "local-polynomial", &results[j]);
    }
    free(results);
    return status;
}

int curve_slopes(struct cli_run *run, const char *path)
{
    struct sb_error error, reason;
    struct rates rates;
    struct sb_table *table = new_table();
    if (run->arguments.n)
        return cli_usage(run->command, "\"%s\": --slopes reads one table", run->arguments.items[0]);
    enum sb_status status = read_rates(path, &rates, &error);
    if (!status)
        status = cli_record_input(run, "slopes", path, &error);
    for (size_t row = 0; !status && row < sb_table_n_rows(rates.table); row++) {
        struct set set;
        size_t n_dropped;
        if (rates.is_done[row])
            continue;
        status = gather(&rates, row, &set) ? sb_fail_memory(&error)
                                           : arrange(&rates, path, &set, &error);
        if (!status && (n_dropped = drop_infinite(&set)) > 0)
            cli_note(run, "%s: %zu volumes are left out: a rate is infinite there", path,
                     n_dropped);
        if (!status && (status = add_set(table, &rates, &set, &reason)))
            sb_fail(&error, status, "%s: %s", path, reason.message);
        set_clear(&set);
    }
    int exit_status = status ? cli_fail(&error) : cli_emit(run, table);
    free(rates.is_done);
    sb_table_free(rates.table);
    sb_table_free(table);
    return exit_status;
}

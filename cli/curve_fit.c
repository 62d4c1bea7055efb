/* springback curve --fit: models fitted to columns of a table. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/curve.h"
#include "estimators/scaling.h"

static const double CONFIDENCE = 0.95;

bool curve_table_asked(const struct curve_table *t)
{
    return t->path || t->x || t->y || t->se || t->by || t->fit;
}

/* ---- what was asked for ---------------------------------------------------------------------- */

/* "power,line" into a list without repetitions. */
static int parse_models(struct cli_run *run, const char *text,
                        enum sb_scaling_model models[SB_N_SCALING_MODELS], size_t *n)
{
    char *copy = strdup(text), *rest = copy, *name;
    bool good = true;
    for (*n = 0; copy && good && (name = strtok_r(rest, ",", &rest));) {
        enum sb_scaling_model model = SB_SCALING_CONSTANT;
        bool is_new = !sb_scaling_parse(name, &model);
        good = is_new;
        for (size_t i = 0; i < *n; i++)
            is_new = is_new && models[i] != model;
        if (is_new)
            models[(*n)++] = model;
    }
    if (!copy)
        return cli_fail(&(struct sb_error){ "out of memory" });
    free(copy);
    return good && *n > 0 ? -1
                          : cli_usage(run->command,
                                      "--fit \"%s\": expected some of constant, line, power, "
                                      "exponential, double-exponential, changepoint",
                                      text);
}

static int check(struct cli_run *run, const struct curve_table *t)
{
    if (!t->path || !t->x || !t->y || !t->fit)
        return cli_usage(run->command, "--fit needs --table FILE, --x COLUMN and --y COLUMN");
    if (run->arguments.n)
        return cli_usage(run->command, "\"%s\": --fit reads --table", run->arguments.items[0]);
    if (t->replicates > 100000)
        return cli_usage(run->command, "--replicates %zu: at most 100000", t->replicates);
    return -1;
}

/* ---- the points ------------------------------------------------------------------------------ */

/* Columns of the table; groups are the values of --by in order of their first row. */
struct points {
    struct sb_table *table;
    size_t x, y, se, by; /* columns */
    bool has_se, has_by;
    double *values; /* (3, rows): x, y, se of one group */
};

static enum sb_status find_column(const struct curve_table *t, const struct sb_table *table,
                                  const char *name, size_t *column, struct sb_error *error)
{
    if (!name || sb_table_find_column(table, name, column))
        return SB_OK;
    return sb_fail(error, SB_FORMAT, "%s: no column \"%s\"; its columns are %s, ...", t->path, name,
                   sb_table_column_name(table, 0));
}

static enum sb_status read_points(const struct curve_table *t, struct points *p,
                                  struct sb_error *error)
{
    *p = (struct points){ .has_se = t->se, .has_by = t->by };
    enum sb_status status = sb_table_read(t->path, &p->table, error);
    if (status) {
        p->table = NULL;
        return status;
    }
    status = find_column(t, p->table, t->x, &p->x, error);
    if (!status)
        status = find_column(t, p->table, t->y, &p->y, error);
    if (!status)
        status = find_column(t, p->table, t->se, &p->se, error);
    if (!status)
        status = find_column(t, p->table, t->by, &p->by, error);
    if (!status && sb_table_n_rows(p->table) == 0)
        status = sb_fail(error, SB_FORMAT, "%s: no rows to fit", t->path);
    if (!status && !(p->values = malloc(3 * sb_table_n_rows(p->table) * sizeof *p->values)))
        status = sb_fail_memory(error);
    return status;
}

static const char *group_of(const struct points *p, size_t row)
{
    const char *text = p->has_by ? sb_table_text_at(p->table, row, p->by) : NULL;
    return text ? text : "";
}

static bool is_first_of_group(const struct points *p, size_t row)
{
    for (size_t i = 0; i < row; i++)
        if (strcmp(group_of(p, i), group_of(p, row)) == 0)
            return false;
    return true;
}

/* The rows of a group in which neither x nor y is missing. */
static struct sb_scaling_data group_data(const struct points *p, const char *group)
{
    size_t n_rows = sb_table_n_rows(p->table), n = 0;
    for (size_t row = 0; row < n_rows; row++) {
        double x = sb_table_real_at(p->table, row, p->x), y = sb_table_real_at(p->table, row, p->y);
        if (strcmp(group_of(p, row), group) != 0 || isnan(x) || isnan(y))
            continue;
        p->values[n] = x;
        p->values[n_rows + n] = y;
        p->values[2 * n_rows + n] = p->has_se ? sb_table_real_at(p->table, row, p->se) : NAN;
        n++;
    }
    return (struct sb_scaling_data){ p->values, p->values + n_rows,
                                     p->has_se ? p->values + 2 * n_rows : NULL, n };
}

/* ---- the table of fits ----------------------------------------------------------------------- */

static struct sb_table *new_table(const struct curve_table *t)
{
    const char *const columns[] = { t->by,
                                    "model",
                                    "parameter",
                                    "estimate",
                                    "se",
                                    "ci_low",
                                    "ci_high",
                                    "n_points",
                                    t->se ? "chi2" : "sum_of_squares",
                                    "sigma",
                                    "p_fit",
                                    "neighbour_correlation",
                                    "largest_residual",
                                    "aicc",
                                    "bic",
                                    "compared_with",
                                    "p_value",
                                    "p_bootstrap" };
    struct sb_table *table = sb_table_create();
    for (size_t i = t->by ? 0 : 1; i < sizeof columns / sizeof *columns; i++)
        sb_table_column(table, columns[i]);
    sb_table_provenance(table, "x", "%s", t->x);
    sb_table_provenance(table, "y", "%s", t->y);
    sb_table_provenance(table, "errors", "%s", t->se ? t->se : "equal, estimated");
    sb_table_provenance(table, "interval", "profile likelihood, 95 %%");
    return table;
}

static void add_fit(struct sb_table *table, const struct curve_table *t, const char *group,
                    const struct sb_scaling_fit *fit, const struct sb_scaling_fit *smaller,
                    const struct sb_scaling_comparison *comparison)
{
    for (size_t j = 0; j < fit->n_parameters; j++) {
        const struct sb_scaling_parameter *p = &fit->parameters[j];
        const double reals[] = { p->value, p->standard_error, p->low, p->high }, quality[] = {
            fit->chi2, fit->sigma, fit->p_fit, fit->neighbour_correlation, fit->largest_residual,
            fit->aicc, fit->bic
        };
        if (t->by)
            sb_table_text(table, group);
        sb_table_text(table, sb_scaling_name(fit->model));
        sb_table_text(table, sb_scaling_parameter_name(fit->model, j));
        for (size_t i = 0; i < sizeof reals / sizeof *reals; i++)
            sb_table_real(table, reals[i]);
        sb_table_integer(table, (long long)fit->n);
        for (size_t i = 0; i < sizeof quality / sizeof *quality; i++)
            sb_table_real(table, quality[i]);
        sb_table_text(table, smaller ? sb_scaling_name(smaller->model) : NULL);
        sb_table_real(table, smaller ? comparison->p_value : NAN);
        sb_table_real(table, smaller ? comparison->p_bootstrap : NAN);
    }
}

/* The largest of the fits that is contained in this one. */
static const struct sb_scaling_fit *smaller_of(const struct sb_scaling_fit *fits, size_t n,
                                               const struct sb_scaling_fit *fit)
{
    const struct sb_scaling_fit *best = NULL;
    for (size_t i = 0; i < n; i++)
        if (sb_scaling_is_nested(fits[i].model, fit->model) &&
            (!best || fits[i].n_parameters > best->n_parameters))
            best = &fits[i];
    return best;
}

static enum sb_status fit_group(struct cli_run *run, const struct curve_table *t,
                                const struct points *points, const char *group,
                                const enum sb_scaling_model *models, size_t n,
                                struct sb_table *table, struct sb_error *error)
{
    struct sb_scaling_data data = group_data(points, group);
    struct sb_scaling_fit fits[SB_N_SCALING_MODELS];
    struct sb_error reason;
    for (size_t i = 0; i < n; i++) {
        enum sb_status status = sb_scaling_fit(&data, models[i], CONFIDENCE, &fits[i], &reason);
        if (status)
            return sb_fail(error, status, "%s%s%s: %s", t->path, *group ? ", " : "", group,
                           reason.message);
    }
    for (size_t i = 0; i < n; i++) {
        struct sb_scaling_comparison comparison;
        const struct sb_scaling_fit *smaller = smaller_of(fits, n, &fits[i]);
        enum sb_status status =
            smaller ? sb_scaling_compare(&data, smaller, &fits[i], t->replicates, run->seed,
                                         run->threads, &comparison, error)
                    : SB_OK;
        if (status)
            return status;
        add_fit(table, t, group, &fits[i], smaller, &comparison);
    }
    return SB_OK;
}

int curve_fit(struct cli_run *run, const struct curve_table *t)
{
    enum sb_scaling_model models[SB_N_SCALING_MODELS];
    size_t n;
    int usage = check(run, t);
    if (usage < 0)
        usage = parse_models(run, t->fit, models, &n);
    if (usage >= 0)
        return usage;
    struct sb_error error;
    struct points points;
    struct sb_table *table = new_table(t);
    enum sb_status status = read_points(t, &points, &error);
    if (!status)
        status = cli_record_input(run, "table", t->path, &error);
    for (size_t row = 0; !status && row < sb_table_n_rows(points.table); row++)
        if (is_first_of_group(&points, row))
            status = fit_group(run, t, &points, group_of(&points, row), models, n, table, &error);
    int exit_status = status ? cli_fail(&error) : cli_emit(run, table);
    free(points.values);
    sb_table_free(points.table);
    sb_table_free(table);
    return exit_status;
}

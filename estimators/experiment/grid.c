#include "estimators/experiment/grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/experiment/margin.h"
#include "estimators/measure.h"

/* ---- the file ---------------------------------------------------------------------------------- */

enum column { PATH, ALIGNED, INVERSE, SEED, N_COLUMNS };
static const char *const COLUMNS[N_COLUMNS] = { "path", "aligned", "inverse", "seed" };

void sb_grid_clear(struct sb_grid *grid)
{
    for (size_t i = 0; i < grid->n; i++)
        free(grid->rows[i].model);
    free(grid->rows);
    *grid = (struct sb_grid){ 0 };
}

static bool is_count(double x)
{
    return x >= 0 && x < 1e15 && x == floor(x);
}

/* Rows that come before tell whether the row is there already, and whether its seed is. */
static enum sb_status check_row(const struct sb_grid *grid, size_t i, const char *path,
                                struct sb_error *error)
{
    const struct sb_grid_row *row = &grid->rows[i];
    if (!is_count(row->aligned) || !is_count(row->inverse))
        return sb_fail(error, SB_FORMAT,
                       "%s row %zu: aligned and inverse are to be numbers of documents", path,
                       i + 1);
    for (size_t j = 0; j < i; j++)
        if (grid->rows[j].seed == row->seed && grid->rows[j].aligned == row->aligned &&
            grid->rows[j].inverse == row->inverse)
            return sb_fail(error, SB_FORMAT,
                           "%s rows %zu and %zu: the same volumes under the same seed", path, j + 1,
                           i + 1);
    return SB_OK;
}

static enum sb_status check_bases(const struct sb_grid *grid, const char *path,
                                  struct sb_error *error)
{
    for (size_t s = 0; s < grid->n_seeds; s++) {
        bool found = false;
        for (size_t i = 0; i < grid->n; i++)
            found = found || (grid->rows[i].seed == s && grid->rows[i].aligned == 0 &&
                              grid->rows[i].inverse == 0);
        if (!found)
            return sb_fail(
                error, SB_FORMAT,
                "%s: the seed number %zu has no base, a row with aligned 0 and inverse 0", path,
                s + 1);
    }
    return SB_OK;
}

static enum sb_status read_rows(const struct sb_table *table, const char *path,
                                struct sb_grid *grid, struct sb_error *error)
{
    size_t columns[N_COLUMNS], n = sb_table_n_rows(table);
    for (size_t c = 0; c < N_COLUMNS; c++)
        if (!sb_table_find_column(table, COLUMNS[c], &columns[c]))
            return sb_fail(error, SB_FORMAT,
                           "%s: no column \"%s\"; there are to be path, aligned, inverse and seed",
                           path, COLUMNS[c]);
    grid->rows = calloc(n + 1, sizeof *grid->rows);
    double *seeds = malloc((n + 1) * sizeof *seeds);
    enum sb_status status = grid->rows && seeds ? SB_OK : sb_fail_memory(error);
    for (size_t i = 0; i < n && !status; i++) {
        struct sb_grid_row *row = &grid->rows[i];
        double seed = sb_table_real_at(table, i, columns[SEED]);
        row->model = strdup(sb_table_text_at(table, i, columns[PATH]));
        row->aligned = sb_table_real_at(table, i, columns[ALIGNED]);
        row->inverse = sb_table_real_at(table, i, columns[INVERSE]);
        grid->n = i + 1;
        while (row->seed < grid->n_seeds && seeds[row->seed] != seed)
            row->seed++;
        if (row->seed == grid->n_seeds)
            seeds[grid->n_seeds++] = seed;
        if (!row->model)
            status = sb_fail_memory(error);
        else if (isnan(seed))
            status = sb_fail(error, SB_FORMAT, "%s row %zu: seed is to be a number", path, i + 1);
        else
            status = check_row(grid, i, path, error);
    }
    free(seeds);
    if (!status && n == 0)
        status = sb_fail(error, SB_FORMAT, "%s: no checkpoints", path);
    return status ? status : check_bases(grid, path, error);
}

enum sb_status sb_grid_read(const char *path, struct sb_grid *grid, struct sb_error *error)
{
    struct sb_table *table;
    *grid = (struct sb_grid){ 0 };
    enum sb_status status = sb_table_read(path, &table, error);
    if (status)
        return status;
    status = read_rows(table, path, grid, error);
    sb_table_free(table);
    if (status)
        sb_grid_clear(grid);
    return status;
}

/* ---- cells ------------------------------------------------------------------------------------- */

static void name_condition(const struct sb_experiment_options *options, size_t condition,
                           char *name, size_t size)
{
    (void)options;
    (void)condition;
    snprintf(name, size, "checkpoints");
}

/* Bits of the documents of one dataset, per document with weight. */
static enum sb_status observe_dataset(const struct sb_dataset *dataset,
                                      const struct sb_score *scores, enum sb_part part,
                                      const struct sb_point *point,
                                      struct sb_observations *observations, struct sb_error *error)
{
    char quantity[SB_POINT_NAME];
    double *bits = malloc((dataset->n_documents + 1) * sizeof *bits);
    enum sb_status status = bits ? SB_OK : sb_fail_memory(error);
    snprintf(quantity, sizeof quantity, "bits_%s", sb_part_names[part]);
    for (size_t i = 0; i < dataset->n_documents && !status; i++) {
        bits[i] = scores[i].bits;
        if (!isfinite(bits[i]))
            status = sb_fail(error, SB_NUMERIC, "%s: document %zu has no finite length",
                             dataset->path, i + 1);
    }
    if (!status && sb_observe_documents(observations, point, quantity, bits, dataset->n_documents))
        status = sb_fail_memory(error);
    free(bits);
    return status;
}

struct scoring {
    struct sb_dataset datasets[SB_N_PARTS];
    enum sb_part parts[SB_N_PARTS];
    size_t n;
    struct sb_measure_options options;
};

static enum sb_status score_checkpoint(const struct scoring *s, const struct sb_grid_row *row,
                                       struct sb_observations *observations, struct sb_error *error)
{
    struct sb_model model;
    struct sb_measure *measure;
    const struct sb_point point = sb_point(row->aligned > 0   ? "opposed"
                                           : row->inverse > 0 ? "from base"
                                                              : "base",
                                           row->aligned, row->inverse);
    enum sb_status status = sb_model_parse(row->model, &model, error);
    if (status)
        return status;
    status = sb_measure_create(&model, s->datasets, s->n, &s->options, &measure, error);
    for (size_t i = 0; i < s->n && !status; i++)
        status = observe_dataset(&s->datasets[i], measure->scores[i], s->parts[i], &point,
                                 observations, error);
    sb_measure_free(measure);
    sb_model_clear(&model);
    return status;
}

static enum sb_status run(const struct sb_experiment_options *options, size_t condition,
                          size_t seed, struct sb_observations *observations, struct sb_error *error)
{
    const struct sb_grid *grid = options->grid;
    struct scoring s = { .options = { .seed = 1, .n_threads = grid->n_threads } };
    (void)condition;
    for (size_t part = 0; part < SB_UNRELATED; part++)
        if (options->world.paths[part]) {
            s.parts[s.n] = (enum sb_part)part;
            s.datasets[s.n++] = (struct sb_dataset){ .name = sb_part_names[part],
                                                     .path = options->world.paths[part],
                                                     .options = options->world.corpus[part] };
        }
    if (!options->world.paths[SB_ALIGNMENT] || !options->world.paths[SB_PERTURBATION])
        return sb_fail(
            error, SB_DOMAIN,
            "checkpoints are measured on data of both polarities: --align and --perturb");
    enum sb_status status = sb_datasets_open(s.datasets, s.n, 16, error);
    if (status)
        return status;
    for (size_t i = 0; i < grid->n && !status; i++)
        if (grid->rows[i].seed == seed)
            status = score_checkpoint(&s, &grid->rows[i], observations, error);
    sb_datasets_close(s.datasets, s.n);
    return status;
}

/* ---- what they say ----------------------------------------------------------------------------- */

/* The least dose that every seed has behind the largest alignment and behind none. */
static bool first_dose(const struct sb_grid *grid, double aligned, double *dose)
{
    bool found = false;
    for (size_t i = 0; i < grid->n; i++) {
        double inverse = grid->rows[i].inverse;
        size_t n_aligned = 0, n_base = 0;
        for (size_t j = 0; j < grid->n; j++) {
            n_aligned += grid->rows[j].inverse == inverse && grid->rows[j].aligned == aligned;
            n_base += grid->rows[j].inverse == inverse && grid->rows[j].aligned == 0;
        }
        if (inverse > 0 && n_aligned == grid->n_seeds && n_base == grid->n_seeds &&
            (!found || inverse < *dose)) {
            *dose = inverse;
            found = true;
        }
    }
    return found;
}

static enum sb_status claim_excess(const struct sb_analysis *a)
{
    const struct sb_grid *grid = a->options->grid;
    double aligned = 0, dose = 0;
    for (size_t i = 0; i < grid->n; i++)
        aligned = grid->rows[i].aligned > aligned ? grid->rows[i].aligned : aligned;
    if (!(aligned > 0) || !first_dose(grid, aligned, &dose))
        return SB_OK;
    const struct sb_margin_term terms[3] = { { 1, sb_point("opposed", aligned, dose) },
                                             { -1, sb_point("opposed", aligned, 0) },
                                             { -1, sb_point("from base", 0, dose) } };
    struct sb_claim claim = { .text = "opposed data undo an alignment faster than they move the "
                                      "base",
                              .is_primary = true,
                              .sign = -1,
                              .negligible = 0.05 };
    snprintf(claim.measure, sizeof claim.measure,
             "change of margin in the first %g inverse documents, from %g aligned less from base; "
             "bits per document",
             dose, aligned);
    enum sb_status status = sb_margin_effect(a, terms, 3, NULL, &claim.effect);
    return status ? status : sb_analysis_claim(a, &claim);
}

static enum sb_status analyse(const struct sb_analysis *a)
{
    enum sb_status status = sb_margin_findings(a);
    return status ? status : claim_excess(a);
}

const struct sb_experiment sb_experiment_rebound_grid = {
    .name = "rebound",
    .summary = "the margin of checkpoints that were trained elsewhere",
    .paper = "Figure 4",
    .is_wide = true,
    .n_conditions = sb_one_condition,
    .name_condition = name_condition,
    .run = run,
    .analyse = analyse,
};

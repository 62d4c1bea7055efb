/* springback rate: from the settings to the results. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/rate_work.h"
#include "estimators/multiplicity.h"
#include "estimators/rows.h"
#include "estimators/token_rows.h"
#include "estimators/transformer/checkpoint.h"

/* ---- inputs and the ledger ----------------------------------------------------------------- */

enum sb_status rate_record_inputs(struct cli_run *run, const struct rate_work *w,
                                  struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < w->n_datasets && !status; i++)
        status = cli_record_input(run, w->datasets[i].name, w->datasets[i].path, error);
    for (size_t i = 0; i < w->n_models && !status; i++) {
        char *folder = NULL;
        const char *file = rate_model_file(&w->models[i]);
        if (rate_model_is_folder(&w->models[i])) {
            status = sb_checkpoint_find(w->models[i].name, &folder, error);
            file = folder;
        }
        if (file && !status)
            status = cli_record_input(run, w->models[i].text, file, error);
        free(folder);
    }
    return status;
}

void rate_give_provenance(const struct cli_run *run, struct sb_table *rows)
{
    sb_table_copy_provenance(rows, run->provenance);
}

void rate_remove_if_empty(const char *path)
{
    struct sb_table *rows;
    if (sb_table_read(path, &rows, NULL))
        return;
    if (sb_table_n_rows(rows) == 0)
        unlink(path);
    sb_table_free(rows);
}

/* How a model scored, into the provenance; and what of it people should know. */
static void record_facts(struct cli_run *run, const struct sb_measure *measure)
{
    for (size_t i = 0; i < measure->n_facts; i++) {
        char key[512];
        snprintf(key, sizeof key, "%s.%s", measure->model, measure->facts[i].key);
        sb_table_provenance(run->provenance, key, "%s", measure->facts[i].value);
    }
    if (measure->n_lossy)
        cli_note(run,
                 "%s: the tokens of %zu documents do not give their bytes back; their bits are "
                 "not those of a lossless code",
                 measure->model, measure->n_lossy);
}

enum sb_status rate_measure_all(struct cli_run *run, struct rate_work *w, struct sb_error *error)
{
    struct sb_table *done = NULL;
    enum sb_status status = SB_OK;
    if (w->settings->rows) {
        struct sb_table *header = sb_rows_create();
        rate_give_provenance(run, header);
        status = sb_ledger_open(w->settings->rows, header, &done, &w->measure.ledger, error);
        sb_table_free(header);
    }
    if (done && run->reads_pipe)
        status = sb_fail(error, SB_FORMAT, "%s: begun on a pipe that is gone; remove the file",
                         w->settings->rows);
    if (w->settings->rows)
        w->measure.done = done;
    struct sb_table *token_header = sb_token_rows_create();
    rate_give_provenance(run, token_header);
    w->measure.token_rows = w->settings->token_rows;
    w->measure.token_header = token_header;
    for (size_t i = 0; i < w->n_models && !status; i++) {
        status = sb_measure_create(&w->models[i], w->datasets, w->n_datasets, &w->measure,
                                   &w->measures[i], error);
        if (!status)
            record_facts(run, w->measures[i]);
    }
    sb_table_free(token_header);
    sb_table_free(done);
    bool opened = w->measure.ledger;
    enum sb_status closed = sb_ledger_close(w->measure.ledger, status ? NULL : error);
    if (status && opened)
        rate_remove_if_empty(w->settings->rows);
    return status ? status : closed;
}

/* ---- results ------------------------------------------------------------------------------- */

static const char *pairing(const struct sb_rate *rate, bool paired)
{
    return !paired ? "independent" : rate->by_group ? "groups" : "documents";
}

static enum sb_status add_rates(struct rate_work *w, const struct sb_rates *rates)
{
    const struct sb_dataset *align = rate_in_role(w, SB_ROLE_A);
    for (size_t i = 0; i < w->n_datasets; i++)
        for (size_t m = 0; m < w->n_models; m++) {
            struct rate_result *r =
                rate_results_add(&w->results, "rate", w->datasets[i].name, w->models[m].text);
            const struct sb_rate_term term = { 1, m, i };
            if (!r || sb_rates_estimate(rates, &term, 1, &r->rate))
                return SB_MEMORY;
            enum sb_status sequence =
                sb_rates_estimate_sequence(rates, m, i, &r->rate, &r->long_run);
            if (sequence == SB_OK)
                r->inference = rate_about_sequence;
            else if (sequence != SB_END)
                return sequence;
            r->data = &w->datasets[i];
            r->measure = w->measures[m];
            r->total = sb_rate_total(w->measures[m], w->datasets, i);
            if (w->roles[i] == RATE_NO_ROLE)
                continue;
            r->role = rate_role_names[w->roles[i]];
            if (w->has_volumes)
                r->volume = sb_relative_volume(&w->volumes, (enum sb_curve_role)w->roles[i],
                                               r->data, align);
        }
    return SB_OK;
}

/* A row about the procedure of which the models are seeds. */
static struct rate_result *add_procedure(struct rate_work *w, const char *kind, const char *dataset)
{
    char name[64];
    snprintf(name, sizeof name, "mean of %zu seeds", w->n_models);
    struct rate_result *r = rate_results_add(&w->results, kind, dataset, name);
    if (r) {
        r->measure = w->measures[0];
        r->inference = rate_about_seeds;
        r->of_seeds = true;
    }
    return r;
}

static enum sb_status add_procedures(struct rate_work *w, const struct sb_rates *rates)
{
    for (size_t i = 0; i < w->n_datasets; i++) {
        struct rate_result *r = add_procedure(w, "rate", w->datasets[i].name);
        const struct sb_rate_term term = { 1, 0, i };
        if (!r || sb_rates_estimate_seeds(rates, &term, 1, &r->rate, &r->seeds))
            return SB_MEMORY;
        r->data = &w->datasets[i];
        r->total.bits = NAN;
    }
    return SB_OK;
}

static struct rate_result *add_against_first(struct rate_work *w, const char *kind,
                                             const char *dataset, size_t model)
{
    char name[1024];
    snprintf(name, sizeof name, "%s - %s", w->models[model].text, w->models[0].text);
    return rate_results_add(&w->results, kind, dataset, name);
}

static enum sb_status add_differences(struct rate_work *w, const struct sb_rates *rates)
{
    for (size_t i = 0; i < w->n_datasets; i++)
        for (size_t m = 1; m < w->n_models; m++) {
            struct rate_result *r = add_against_first(w, "difference", w->datasets[i].name, m);
            if (!r || sb_rate_difference(rates, i, m, 0, &r->rate))
                return SB_MEMORY;
            r->data = &w->datasets[i];
            r->pairing = pairing(&r->rate, true);
        }
    return SB_OK;
}

/* Under each model, and then how it moved from the first. */
static enum sb_status add_contrast(struct rate_work *w, const struct sb_rates *rates, size_t i)
{
    const struct sb_contrast *contrast = &w->contrasts[i];
    const char *name = w->settings->contrasts.items[i];
    bool paired = sb_contrast_is_paired(contrast, w->datasets);
    for (size_t m = 0; m < w->n_models; m++) {
        struct rate_result *r = rate_results_add(&w->results, "contrast", name, w->models[m].text);
        if (!r || sb_rate_contrast(rates, contrast, m, &r->rate))
            return SB_MEMORY;
        r->measure = w->measures[m];
        r->pairing = pairing(&r->rate, paired);
    }
    if (w->settings->seeds) {
        struct rate_result *r = add_procedure(w, "contrast", name);
        if (!r || sb_rate_contrast_seeds(rates, contrast, &r->rate, &r->seeds))
            return SB_MEMORY;
        r->pairing = pairing(&r->rate, paired);
        return SB_OK;
    }
    for (size_t m = 1; m < w->n_models; m++) {
        struct rate_result *r = add_against_first(w, "movement", name, m);
        if (!r || sb_rate_movement(rates, contrast, m, 0, &r->rate))
            return SB_MEMORY;
        r->pairing = pairing(&r->rate, true);
    }
    return SB_OK;
}

/* The p values of all differences, and Holm's adjustment of them as one family. */
static enum sb_status add_p_values(struct rate_work *w)
{
    struct rate_results *results = &w->results;
    double *p = malloc((results->n + 1) * sizeof *p);
    if (!p)
        return SB_MEMORY;
    for (size_t i = 0; i < results->n; i++) {
        struct rate_result *r = &results->items[i];
        if (strcmp(r->kind, "rate") != 0)
            r->p_value = sb_estimate_p_value(&r->rate.micro);
        /* With --seeds the claims are about the procedure. */
        p[i] = r->of_seeds == w->settings->seeds ? r->p_value : NAN;
    }
    enum sb_status status = sb_holm(p, results->n);
    for (size_t i = 0; i < results->n; i++)
        results->items[i].p_holm = p[i];
    free(p);
    return status;
}

enum sb_status rate_estimate_all(struct rate_work *w, struct sb_error *error)
{
    struct sb_rates *rates;
    enum sb_status status =
        sb_rates_create(w->datasets, w->n_datasets, (const struct sb_measure *const *)w->measures,
                        w->n_models, &w->interval, &rates, error);
    if (status)
        return status;
    status = add_rates(w, rates);
    if (!status && w->settings->seeds)
        status = add_procedures(w, rates);
    if (!status && w->settings->differences)
        status = add_differences(w, rates);
    for (size_t i = 0; i < w->n_contrasts && !status; i++)
        status = add_contrast(w, rates, i);
    if (!status)
        status = add_p_values(w);
    sb_rates_free(rates);
    return status ? sb_fail_memory(error) : SB_OK;
}

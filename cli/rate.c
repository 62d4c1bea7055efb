/* springback rate: compression rates of datasets under models, with intervals. */
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/rate_work.h"
#include "estimators/multiplicity.h"
#include "estimators/rows.h"
#include "estimators/token_rows.h"
#include "estimators/transformer/checkpoint.h"

/* ---- inputs and the ledger ----------------------------------------------------------------- */

/* The files that models name are inputs, too. */
static enum sb_status record_inputs(struct cli_run *run, const struct rate_work *w,
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

static void copy_provenance(struct sb_table *to, const struct sb_table *from)
{
    const char *key;
    json_t *value, *object = sb_table_json_provenance(from);
    json_object_foreach(object, key, value)
        sb_table_provenance(to, key, "%s", json_string_value(value));
    json_decref(object);
}

/* A failure before the first row leaves no ledger behind. */
static void remove_if_empty(const char *path)
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

/* Measures with the ledger of --rows open, or without one. */
static enum sb_status measure_all(struct cli_run *run, struct rate_work *w, struct sb_error *error)
{
    struct sb_table *done = NULL;
    enum sb_status status = SB_OK;
    if (w->settings->rows) {
        struct sb_table *header = sb_rows_create();
        copy_provenance(header, run->provenance);
        status = sb_ledger_open(w->settings->rows, header, &done, &w->measure.ledger, error);
        sb_table_free(header);
    }
    if (done && run->reads_pipe)
        status = sb_fail(error, SB_FORMAT, "%s: begun on a pipe that is gone; remove the file",
                         w->settings->rows);
    w->measure.done = done;
    struct sb_table *token_header = sb_token_rows_create();
    copy_provenance(token_header, run->provenance);
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
        remove_if_empty(w->settings->rows);
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

static enum sb_status estimate_all(struct rate_work *w, struct sb_error *error)
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

/* ---- the command --------------------------------------------------------------------------- */

static int work_through(struct cli_run *run, struct rate_work *w)
{
    struct sb_error error = { "" };
    enum sb_status status = record_inputs(run, w, &error);
    if (!status)
        status = sb_datasets_open(w->datasets, w->n_datasets, (unsigned)w->settings->depth, &error);
    if (status)
        return cli_fail(&error);
    w->results.of_ids = w->datasets[0].has_ids;
    status = measure_all(run, w, &error);
    if (!status)
        status = estimate_all(w, &error);
    if (!status && w->settings->autocovariance)
        status = rate_write_autocovariance(run, w, &error);
    if (status)
        cli_progress_end(run);
    int exit_status = status ? cli_fail(&error) : rate_print(run, w);
    sb_datasets_close(w->datasets, w->n_datasets);
    return exit_status;
}

/* The command's text with the registry behind it; NULL without memory. */
static char *text_with_models(const char *text)
{
    char *all = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&all, &size);
    if (!stream)
        return NULL;
    fprintf(stream, "%s\n\nModels, written NAME:KEY=VALUE,...\n", text);
    for (size_t i = 0; sb_predictor_classes[i]; i++) {
        const char *line = sb_predictor_classes[i]->description, *name;
        for (name = sb_predictor_classes[i]->name; *line; name = "") {
            size_t n = strcspn(line, "\n");
            fprintf(stream, "  %-9s%.*s\n", name, (int)n, line);
            line += n + (line[n] == '\n');
        }
    }
    fprintf(stream, "Those that learn take train=FILE.");
    fclose(stream);
    return all;
}

static int rate(const struct cli_command *command, int argc, char **argv)
{
    struct rate_settings s = { .interval = "t",
                               .folds = 10,
                               .depth = 16,
                               .replicates = 2000,
                               .confidence = 0.95,
                               .corpus.takes_ids = true };
    const struct cli_option options[] = {
        { "data", CLI_TEXTS, &s.data, "[NAME=]PATH", "a dataset (repeatable)" },
        { "pretrain", CLI_TEXT, &s.roles[SB_ROLE_P], "[NAME=]PATH", "a dataset with a role" },
        { "align", CLI_TEXT, &s.roles[SB_ROLE_A], "[NAME=]PATH", "likewise" },
        { "perturb", CLI_TEXT, &s.roles[SB_ROLE_T], "[NAME=]PATH", "likewise" },
        { "volumes", CLI_TEXT, &s.volumes, "p=P,a=A,t=T",
          "volumes of the roles, in responses or with unit=bytes:\nprints k and l in both" },
        { "model", CLI_TEXTS, &s.models, "MODEL", "repeatable; default tree:d=16" },
        { "folds", CLI_COUNT, &s.folds, "K",
          "cross-fit without train=FILE (default 10; 0: in-sample)" },
        { "depth", CLI_COUNT, &s.depth, "BITS", "of M, the normaliser (default 16)" },
        { "contrast", CLI_TEXTS, &s.contrasts, "FIRST-SECOND",
          "difference of two datasets' rates (repeatable)" },
        { "differences", CLI_FLAG, &s.differences, NULL,
          "of every model from the first, on each dataset" },
        { "seeds", CLI_FLAG, &s.seeds, NULL,
          "the models are seeds of one training procedure: infer its rate" },
        { "interval", CLI_TEXT, &s.interval, "KIND",
          "t (default), bca, percentile or studentised" },
        { "confidence", CLI_NUMBER, &s.confidence, "C", "default 0.95" },
        { "replicates", CLI_COUNT, &s.replicates, "N",
          "of the bootstrap, for all kinds but t (default 2000)" },
        { "autocovariance", CLI_TEXT, &s.autocovariance, "FILE",
          "of single documents, for 'springback plot autocovariance'" },
        { "rows", CLI_TEXT, &s.rows, "FILE",
          "a TSV row per document; an interrupted run goes on from it" },
        { "token-rows", CLI_TEXT, &s.token_rows, "FILE",
          "a TSV row per scored token, as scores:FILE reads (checkpoints, ngram)" },
        CLI_CORPUS_OPTIONS(&s.corpus),
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    char *text = text_with_models(command->text);
    if (!text)
        return cli_fail(&(struct sb_error){ "out of memory" });
    struct cli_command full = *command;
    full.text = text;
    struct cli_run run;
    struct rate_work w = { .settings = &s };
    int status = cli_begin(&run, &full, options, argc, argv);
    if (status < 0)
        status = rate_work_set(&run, &w, argc, argv);
    if (status < 0)
        status = work_through(&run, &w);
    rate_work_clear(&w);
    cli_end(&run);
    free(text);
    return status;
}

const struct cli_command rate_command = {
    .name = "rate",
    .summary = "compression rates of datasets under models, with intervals",
    .usage = "rate [--model MODEL]... [--data] [NAME=]PATH...",
    .text = "Bits that a model needs to code each dataset, per bit of its scored bytes: the\n"
            "rate, and bits per byte = 8 rate. The normalised rate subtracts log2(M)/d, M being\n"
            "the number of leaves of the dataset's own tree of d-bit blocks, rarefied to the\n"
            "smallest dataset.\n"
            "\n"
            "A model that learns is fitted on train=FILE (held-out), else on all datasets given,\n"
            "in K folds of documents, each scored by a model that has not seen it (cross-fitted),\n"
            "or with --folds 0 on what it scores (in-sample). The column fit says which.\n"
            "With adaptive=1 a model learns each dataset as it reads it, one for each dataset.\n"
            "Predictors learn from whole documents, compressors from scored spans.\n"
            "\n"
            "Intervals are over documents, for compressors over 30 groups of them: Student's t,\n"
            "whose 95 % interval covers 93 to 97 % of truths from 60 documents on\n"
            "('springback coverage'), or a bootstrap of whole documents.\n"
            "A dataset of one document has no clusters; where the model gives the bits of its\n"
            "pieces (all but compressors, the oracle and adaptive=1) the interval is that of\n"
            "the mean of a stationary sequence, from the long-run variance of its\n"
            "autocovariance.\n"
            "\n"
            "Intervals take models as fixed. With --seeds the models are a sample of those that a\n"
            "training procedure makes, crossed with the documents: a row for the mean of seeds,\n"
            "whose error has both parts.\n"
            "\n"
            "A contrast is paired where the two datasets' documents have the same names (id, or\n"
            "file and line), else the datasets are resampled independently. p_holm is the p value\n"
            "of equal rates (Student's t), adjusted by Holm's method for the number of rows.",
    .examples =
        "  springback rate wiki.tar.zst chat.jsonl.gz\n"
        "  springback rate --model xz:level=9 --model tree:d=16,train=web.txt --data news.csv\n"
        "  springback rate --model scores:base.tsv --data good=g.jsonl --data bad=b.jsonl \\\n"
        "      --contrast bad-good\n"
        "  springback rate --model tree:d=8 --pretrain web.txt --align a.jsonl --perturb t.jsonl \\\n"
        "      --volumes p=20000,a=1000,t=50",
    .run = rate,
};

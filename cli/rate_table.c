#include "cli/rate_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char rate_about_model[] = "fixed model; documents sampled";
const char rate_about_seeds[] = "training procedure; seeds and documents crossed";

const char rate_about_sequence[] = "fixed model; one document, a stationary sequence";

/* ---- results ------------------------------------------------------------------------------- */

struct rate_result *rate_results_add(struct rate_results *results, const char *kind,
                                     const char *dataset, const char *model)
{
    if (results->n == results->capacity) {
        size_t capacity = results->capacity ? 2 * results->capacity : 16;
        struct rate_result *items = realloc(results->items, capacity * sizeof *items);
        if (!items)
            return NULL;
        results->items = items;
        results->capacity = capacity;
    }
    struct rate_result result = {
        .kind = kind,
        .inference = rate_about_model,
        .dataset = strdup(dataset),
        .model = strdup(model),
        .volume = { NAN, NAN },
        .p_value = NAN,
        .p_holm = NAN,
    };
    if (!result.dataset || !result.model) {
        free(result.dataset);
        free(result.model);
        return NULL;
    }
    results->items[results->n] = result;
    return &results->items[results->n++];
}

void rate_results_clear(struct rate_results *results)
{
    for (size_t i = 0; i < results->n; i++) {
        free(results->items[i].dataset);
        free(results->items[i].model);
    }
    free(results->items);
    *results = (struct rate_results){ 0 };
}

const char *rate_size_note(const struct sb_dataset *dataset, char *buffer, size_t size)
{
    *buffer = 0;
    if (!dataset || dataset->sizes.n < 2)
        return buffer;
    if (dataset->sizes.n < SB_FEW_DOCUMENTS)
        snprintf(buffer, size, "only %zu documents: intervals may cover less than they say",
                 dataset->sizes.n);
    else if (sb_document_sizes_heavy(&dataset->sizes))
        snprintf(buffer, size,
                 "the longest documents have a heavy tail (exponent %.2g; the largest has %.2g %% "
                 "of all): intervals may cover less than they say",
                 dataset->sizes.tail_exponent, 100 * dataset->sizes.largest_share);
    return buffer;
}

const char *rate_window_note(const struct sb_measure *measure, char *buffer, size_t size)
{
    *buffer = 0;
    if (measure && measure->window_bytes && measure->n_train_bytes > measure->window_bytes)
        snprintf(buffer, size, "sees back %zu bytes, of %zu to learn from", measure->window_bytes,
                 measure->n_train_bytes);
    return buffer;
}

/* ---- all columns --------------------------------------------------------------------------- */

static void estimate_columns(struct sb_table *table, const char *name)
{
    static const char *const suffixes[] = { "", "_stderr", "_ci_low", "_ci_high" };
    for (size_t i = 0; i < 4; i++) {
        char column[64];
        snprintf(column, sizeof column, "%s%s", name, suffixes[i]);
        sb_table_column(table, column);
    }
}

/* scale (estimate - shift). */
static void put_estimate(struct sb_table *table, const struct sb_estimate *e, double scale,
                         double shift)
{
    sb_table_real(table, scale * (e->value - shift));
    sb_table_real(table, scale * e->standard_error);
    sb_table_real(table, scale * (e->low - shift));
    sb_table_real(table, scale * (e->high - shift));
}

static void put_count(struct sb_table *table, bool present, size_t count)
{
    if (present)
        sb_table_integer(table, (long long)count);
    else
        sb_table_missing(table);
}

static void add_columns(struct sb_table *table)
{
    static const char *const before[] = {
        "kind",    "dataset",   "role",      "model",       "fit",
        "pairing", "inference", "clusters",  "n_documents", "n_empty_documents",
        "n_bytes", "n_tokens",  "total_bits"
    };
    static const char *const after[] = { "p_value",
                                         "p_holm",
                                         "rate_stderr_of_seeds",
                                         "rate_stderr_of_documents",
                                         "rate_ci_low_these_documents",
                                         "rate_ci_high_these_documents",
                                         "n_pieces",
                                         "bandwidth_pieces",
                                         "variance_inflation",
                                         "normaliser_depth_bits",
                                         "n_blocks",
                                         "n_leaves",
                                         "n_leaves_rarefied",
                                         "depth_bits",
                                         "n_train_bytes",
                                         "window_bytes",
                                         "relative_volume_responses",
                                         "relative_volume_bytes",
                                         "note" };
    for (size_t i = 0; i < sizeof before / sizeof *before; i++)
        sb_table_column(table, before[i]);
    estimate_columns(table, "bits_per_byte");
    estimate_columns(table, "rate");
    estimate_columns(table, "normalised_rate");
    estimate_columns(table, "macro_bits_per_byte");
    estimate_columns(table, "macro_rate");
    estimate_columns(table, "bits_per_token");
    estimate_columns(table, "macro_bits_per_token");
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        sb_table_column(table, after[i]);
}

static void put_identity(struct sb_table *table, const struct rate_result *r)
{
    const struct sb_dataset *d = r->data;
    sb_table_text(table, r->kind);
    sb_table_text(table, r->dataset);
    sb_table_text(table, r->role);
    sb_table_text(table, r->model);
    sb_table_text(table, r->measure ? r->measure->fit : NULL);
    sb_table_text(table, r->pairing);
    sb_table_text(table, r->inference);
    sb_table_text(table, r->rate.by_group ? "groups" : "documents");
    put_count(table, d, d ? d->n_documents : 0);
    put_count(table, d, d ? d->n_empty : 0);
    put_count(table, d && !d->has_ids, d ? d->counts.n_scored_bytes : 0);
    put_count(table, r->total.n_tokens > 0, r->total.n_tokens);
    sb_table_real(table, d && r->measure ? r->total.bits : NAN);
}

static void put_circumstances(struct sb_table *table, const struct rate_results *results,
                              const struct rate_result *r)
{
    const struct sb_dataset *d = r->data;
    const struct sb_measure *m = r->measure;
    const char *note = r->rate.micro.note;
    char notes[3][192], all[640];
    sb_table_real(table, r->p_value);
    sb_table_real(table, r->p_holm);
    sb_table_real(table, r->of_seeds ? r->seeds.seed_error : NAN);
    sb_table_real(table, r->of_seeds ? r->seeds.document_error : NAN);
    sb_table_real(table, r->of_seeds ? r->seeds.these_documents.low : NAN);
    sb_table_real(table, r->of_seeds ? r->seeds.these_documents.high : NAN);
    put_count(table, r->long_run.n, r->long_run.n);
    put_count(table, r->long_run.n, r->long_run.bandwidth);
    sb_table_real(table,
                  r->long_run.n ? r->long_run.long_run_variance / r->long_run.variance : NAN);
    sb_table_integer(table, (long long)results->depth);
    put_count(table, d, d ? (size_t)d->n_blocks : 0);
    sb_table_real(table, d ? d->n_leaves : NAN);
    sb_table_real(table, d ? d->n_leaves_rarefied : NAN);
    put_count(table, m && m->depth_bits, m ? m->depth_bits : 0);
    put_count(table, m && m->n_train_bytes, m ? m->n_train_bytes : 0);
    put_count(table, m && m->window_bytes, m ? m->window_bytes : 0);
    sb_table_real(table, r->volume.responses);
    sb_table_real(table, r->volume.bytes);
    snprintf(notes[0], sizeof notes[0], "%s", note ? note : "");
    rate_window_note(m, notes[1], sizeof notes[1]);
    rate_size_note(d, notes[2], sizeof notes[2]);
    *all = 0;
    for (size_t i = 0; i < 3; i++)
        if (*notes[i])
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s%s", *all ? "; " : "",
                     notes[i]);
    sb_table_text(table, *all ? all : NULL);
}

struct sb_table *rate_table_full(const struct rate_results *results, const char *const *more,
                                 size_t n_more)
{
    struct sb_table *table = sb_table_create();
    add_columns(table);
    for (size_t i = 0; i < n_more; i++)
        sb_table_column(table, more[i]);
    for (size_t i = 0; i < results->n; i++) {
        const struct rate_result *r = &results->items[i];
        put_identity(table, r);
        double of_bytes = results->of_ids ? NAN : 1, of_ids = results->of_ids ? 1 : NAN;
        put_estimate(table, &r->rate.micro, 8 * of_bytes, 0);
        put_estimate(table, &r->rate.micro, of_bytes, 0);
        put_estimate(table, &r->rate.micro, of_bytes, r->rate.normaliser);
        put_estimate(table, &r->rate.macro, 8 * of_bytes, 0);
        put_estimate(table, &r->rate.macro, of_bytes, 0);
        put_estimate(table, &r->rate.micro, of_ids, 0);
        put_estimate(table, &r->rate.macro, of_ids, 0);
        put_circumstances(table, results, r);
        for (size_t j = 0; j < n_more; j++)
            sb_table_missing(table);
    }
    return table;
}

/* ---- for people ---------------------------------------------------------------------------- */

/* Enough decimals for two digits of the interval's width, and at least four. */
static int decimals_of(double width)
{
    double decimals = width > 0 ? 1 - floor(log10(width)) : 4;
    return decimals < 4 ? 4 : decimals > 9 ? 9 : (int)decimals;
}

static void put_interval(struct sb_table *table, const struct sb_estimate *e, double scale,
                         double shift)
{
    char text[96];
    double value = scale * (e->value - shift);
    int decimals = decimals_of(scale * (e->high - e->low));
    int n = snprintf(text, sizeof text, "%.*f", decimals, value);
    if (!isnan(e->low - shift))
        snprintf(text + n, sizeof text - (size_t)n, " [%.*f, %.*f]", decimals,
                 scale * (e->low - shift), decimals, scale * (e->high - shift));
    sb_table_text(table, isnan(value) ? NULL : text);
}

static void put_p_value(struct sb_table *table, double p)
{
    char text[32];
    snprintf(text, sizeof text, p < 1e-4 ? "%.0e" : "%.4f", p);
    sb_table_text(table, isnan(p) ? NULL : text);
}

/* The columns of rates: of text three, of token ids one. */
static void add_rate_columns(struct sb_table *table, bool of_ids)
{
    if (of_ids) {
        sb_table_column(table, "bits_per_token");
        return;
    }
    sb_table_column(table, "bits_per_byte");
    sb_table_column(table, "rate");
    sb_table_column(table, "normalised_rate");
}

static void put_rates(struct sb_table *table, const struct sb_rate *rate, bool of_ids)
{
    if (of_ids) {
        put_interval(table, &rate->micro, 1, 0);
        return;
    }
    put_interval(table, &rate->micro, 8, 0);
    put_interval(table, &rate->micro, 1, 0);
    put_interval(table, &rate->micro, 1, rate->normaliser);
}

struct sb_table *rate_table_brief(const struct rate_results *results, bool differences)
{
    static const char *const columns[2][4] = { { "dataset", "model", "fit", "documents" },
                                               { "kind", "dataset", "model", "pairing" } };
    struct sb_table *table = sb_table_create();
    for (size_t i = 0; i < 4; i++)
        sb_table_column(table, columns[differences][i]);
    if (!differences)
        sb_table_column(table, results->of_ids ? "tokens" : "bytes");
    add_rate_columns(table, results->of_ids);
    if (differences)
        sb_table_column(table, "p_holm");
    for (size_t i = 0; i < results->n; i++) {
        const struct rate_result *r = &results->items[i];
        if ((strcmp(r->kind, "rate") != 0) != differences)
            continue;
        if (differences)
            sb_table_text(table, r->kind);
        sb_table_text(table, r->dataset);
        sb_table_text(table, r->model);
        sb_table_text(table, differences ? r->pairing : r->measure->fit);
        if (!differences) {
            sb_table_integer(table, (long long)r->data->n_documents);
            sb_table_integer(
                table, (long long)(r->data->counts.n_scored_bytes + r->data->counts.n_scored_ids));
        }
        put_rates(table, &r->rate, results->of_ids);
        if (differences)
            put_p_value(table, r->p_holm);
    }
    return table;
}

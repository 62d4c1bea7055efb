/* springback compare: divergences as tables. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "cli/compare.h"

static const char *model_text(const struct compare_work *w, size_t model)
{
    return w->rate.models[model].text;
}

/* "A || B": of direction 0 the first model stands first. */
static void name_divergence(const struct compare_work *w, const struct compare_result *r,
                            size_t direction, char *name, size_t size)
{
    snprintf(name, size, "%s || %s", model_text(w, direction ? r->second : 0),
             model_text(w, direction ? 0 : r->second));
}

static void put_estimate(struct sb_table *table, const struct sb_estimate *e)
{
    sb_table_real(table, e->value);
    sb_table_real(table, e->standard_error);
    sb_table_real(table, e->low);
    sb_table_real(table, e->high);
}

static void put_positive(struct sb_table *table, size_t count)
{
    if (count)
        sb_table_integer(table, (long long)count);
    else
        sb_table_missing(table);
}

static void put_missing(struct sb_table *table, size_t n)
{
    while (n--)
        sb_table_missing(table);
}

/* ---- by position --------------------------------------------------------------------------- */

static void add_estimate_columns(struct sb_table *table, const char *name)
{
    static const char *const suffixes[] = { "", "_stderr", "_ci_low", "_ci_high" };
    for (size_t i = 0; i < 4; i++) {
        char column[64];
        snprintf(column, sizeof column, "%s%s", name, suffixes[i]);
        sb_table_column(table, column);
    }
}

enum sb_status compare_write_positions(const struct cli_run *run, const struct compare_work *w,
                                       struct sb_error *error)
{
    struct sb_table *table = sb_table_create();
    static const char *const columns[] = { "contexts", "divergence", "position", "n_documents" };
    for (size_t i = 0; i < 4; i++)
        sb_table_column(table, columns[i]);
    add_estimate_columns(table, "kl_bits");
    add_estimate_columns(table, "cumulative_share");
    sb_table_provenance(table, "confidence", "%g", w->rate.interval.confidence);
    for (size_t i = 0; i < w->n_results; i++)
        for (size_t s = 0; s < 2; s++)
            for (size_t p = 0; p < w->results[i].divergences.n_positions; p++) {
                const struct compare_result *r = &w->results[i];
                char name[1024];
                name_divergence(w, r, s, name, sizeof name);
                sb_table_text(table, r->contexts);
                sb_table_text(table, name);
                sb_table_integer(table, (long long)p);
                sb_table_integer(table, (long long)r->positions[p].n_documents);
                put_estimate(table, &r->positions[p].bits[s]);
                put_estimate(table, &r->positions[p].cumulative_share[s]);
            }
    enum sb_status status = cli_write_table(run, w->settings->by_position, table, error);
    sb_table_free(table);
    return status;
}

/* ---- all columns --------------------------------------------------------------------------- */

/* Rows "kl" (one for each direction), "shift" and "moved" beside those of rate. */
#define ESTIMATE(name) name, name "_stderr", name "_ci_low", name "_ci_high"
static const char *const kl_columns[] = {
    ESTIMATE("kl_bits_per_document"),
    ESTIMATE("kl_bits_per_token"),
    "first_positions",
    ESTIMATE("kl_share_first"),
    "kl_depth_90_positions",
    "kl_depth_90_ci_low",
    "kl_depth_90_ci_high",
};
static const char *const shift_columns[] = { ESTIMATE("share_rank_1"), ESTIMATE("share_rank_2_3"),
                                             ESTIMATE("share_rank_above_3") };
static const char *const moved_columns[] = { "token_id", "token", "n_moved", "n_top", "gain_bits" };
static const char *const ratio_columns[] = { "prefix_tokens",
                                             "n_documents_align",
                                             "n_documents_perturb",
                                             "pareto_k_align",
                                             "pareto_k_align_limit",
                                             "pareto_k_perturb",
                                             "pareto_k_perturb_limit",
                                             ESTIMATE("rho_align"),
                                             ESTIMATE("rho_perturb"),
                                             "kappa_per_chi_square",
                                             "kappa_per_chi_square_ci_low",
                                             "kappa_per_chi_square_ci_high",
                                             "ratio_note" };
#undef ESTIMATE
enum {
    N_KL = sizeof kl_columns / sizeof *kl_columns,
    N_SHIFT = sizeof shift_columns / sizeof *shift_columns,
    N_MOVED = sizeof moved_columns / sizeof *moved_columns,
    N_RATIO = sizeof ratio_columns / sizeof *ratio_columns,
    N_MORE = N_KL + N_SHIFT + N_MOVED + N_RATIO
};

/* The cells of a row up to the columns of our own: what identifies it. divergences: of contexts, or
 * NULL. */
static void put_identity(struct sb_table *table, const char *kind, const char *contexts,
                         const char *name, const struct sb_divergences *divergences)
{
    for (size_t i = 0; i + N_MORE < sb_table_n_columns(table); i++) {
        const char *column = sb_table_column_name(table, i);
        if (strcmp(column, "kind") == 0)
            sb_table_text(table, kind);
        else if (strcmp(column, "dataset") == 0)
            sb_table_text(table, contexts);
        else if (strcmp(column, "model") == 0)
            sb_table_text(table, name);
        else if (strcmp(column, "clusters") == 0)
            sb_table_text(table, "documents");
        else if (strcmp(column, "inference") == 0)
            sb_table_text(table, rate_about_model);
        else if (strcmp(column, "n_documents") == 0 && divergences)
            sb_table_integer(table, (long long)divergences->n_documents);
        else if (strcmp(column, "n_tokens") == 0 && divergences)
            sb_table_integer(table, (long long)divergences->n_tokens);
        else if (strcmp(column, "note") == 0 && divergences)
            sb_table_text(table, divergences->bits_per_document[0].note);
        else
            sb_table_missing(table);
    }
}

static void append_result(struct sb_table *table, const struct compare_work *w,
                          const struct compare_result *r)
{
    const struct sb_divergences *d = &r->divergences;
    char name[1024];
    for (size_t s = 0; s < 2; s++) {
        name_divergence(w, r, s, name, sizeof name);
        put_identity(table, "kl", r->contexts, name, d);
        put_estimate(table, &d->bits_per_document[s]);
        put_estimate(table, &d->bits_per_token[s]);
        sb_table_integer(table, (long long)d->n_first);
        put_estimate(table, &d->share_first[s]);
        put_positive(table, d->depth[s].positions);
        put_positive(table, d->depth[s].low);
        put_positive(table, d->depth[s].high);
        put_missing(table, N_SHIFT + N_MOVED + N_RATIO);
    }
    snprintf(name, sizeof name, "%s under %s", model_text(w, r->second), model_text(w, 0));
    put_identity(table, "shift", r->contexts, name, d);
    put_missing(table, N_KL);
    for (size_t i = 0; i < SB_N_SHIFTS; i++)
        put_estimate(table, &d->shifts[i]);
    put_missing(table, N_MOVED + N_RATIO);
    for (size_t i = 0; i < r->n_moved; i++) {
        put_identity(table, "moved", r->contexts, name, d);
        put_missing(table, N_KL + N_SHIFT);
        sb_table_integer(table, (long long)r->moved[i].id);
        sb_table_text(table, r->moved_texts[i]);
        sb_table_integer(table, (long long)r->moved[i].n_moved);
        sb_table_integer(table, (long long)r->moved[i].n_top);
        sb_table_real(table, r->moved[i].gain_bits);
        put_missing(table, N_RATIO);
    }
}

/* "align, perturb": the names of the datasets with roles. */
static void name_roles(const struct compare_work *w, char *name, size_t size)
{
    snprintf(name, size, "%s, %s", rate_in_role(&w->rate, SB_ROLE_A)->name,
             rate_in_role(&w->rate, SB_ROLE_T)->name);
}

static void append_ratio(struct sb_table *table, const struct compare_work *w, size_t second,
                         const struct sb_prefix_ratio *r)
{
    char name[1024], roles[256];
    name_roles(w, roles, sizeof roles);
    snprintf(name, sizeof name, "%s / %s", model_text(w, second), model_text(w, 0));
    put_identity(table, "ratio", roles, name, NULL);
    put_missing(table, N_KL + N_SHIFT + N_MOVED);
    sb_table_integer(table, (long long)r->n_tokens);
    for (size_t s = 0; s < 2; s++)
        sb_table_integer(table, (long long)r->n_documents[s]);
    for (size_t s = 0; s < 2; s++) {
        sb_table_real(table, r->shape[s]);
        sb_table_real(table, r->limit[s]);
    }
    for (size_t s = 0; s < 2; s++)
        put_estimate(table, &r->rho[s]);
    sb_table_real(table, r->ratio);
    sb_table_real(table, r->low);
    sb_table_real(table, r->high);
    sb_table_text(table, r->note);
}

static struct sb_table *all_columns(const struct compare_work *w)
{
    const char *more[N_MORE];
    size_t n = 0;
    for (size_t i = 0; i < N_KL; i++)
        more[n++] = kl_columns[i];
    for (size_t i = 0; i < N_SHIFT; i++)
        more[n++] = shift_columns[i];
    for (size_t i = 0; i < N_MOVED; i++)
        more[n++] = moved_columns[i];
    for (size_t i = 0; i < N_RATIO; i++)
        more[n++] = ratio_columns[i];
    struct sb_table *table = rate_table_full(&w->rate.results, more, N_MORE);
    for (size_t i = 0; i < w->n_results; i++)
        append_result(table, w, &w->results[i]);
    for (size_t m = 0; w->ratios && m < w->rate.n_models; m++)
        for (size_t i = 0; i < w->ratios[m].n; i++)
            append_ratio(table, w, m, &w->ratios[m].items[i]);
    return table;
}

/* ---- for people ---------------------------------------------------------------------------- */

static void put_interval(struct sb_table *table, const struct sb_estimate *e)
{
    char text[96];
    int n = snprintf(text, sizeof text, "%.4g", e->value);
    if (!isnan(e->low))
        snprintf(text + n, sizeof text - (size_t)n, " [%.4g, %.4g]", e->low, e->high);
    sb_table_text(table, isnan(e->value) ? NULL : text);
}

static void put_depth(struct sb_table *table, const struct sb_depth *d)
{
    char text[96];
    int n = snprintf(text, sizeof text, "%zu", d->positions);
    if (d->low && d->high)
        snprintf(text + n, sizeof text - (size_t)n, " [%zu, %zu]", d->low, d->high);
    sb_table_text(table, d->positions ? text : NULL);
}

static struct sb_table *brief_divergences(const struct compare_work *w)
{
    struct sb_table *table = sb_table_create();
    char column[64];
    static const char *const columns[] = { "contexts", "divergence",        "documents",
                                           "tokens",   "bits_per_document", "bits_per_token" };
    for (size_t i = 0; i < 6; i++)
        sb_table_column(table, columns[i]);
    snprintf(column, sizeof column, "share_of_first_%zu", w->settings->n_first);
    sb_table_column(table, column);
    sb_table_column(table, "positions_of_90%");
    for (size_t i = 0; i < w->n_results; i++)
        for (size_t s = 0; s < 2; s++) {
            const struct compare_result *r = &w->results[i];
            char name[1024];
            name_divergence(w, r, s, name, sizeof name);
            sb_table_text(table, r->contexts);
            sb_table_text(table, name);
            sb_table_integer(table, (long long)r->divergences.n_documents);
            sb_table_integer(table, (long long)r->divergences.n_tokens);
            put_interval(table, &r->divergences.bits_per_document[s]);
            put_interval(table, &r->divergences.bits_per_token[s]);
            put_interval(table, &r->divergences.share_first[s]);
            put_depth(table, &r->divergences.depth[s]);
        }
    return table;
}

static struct sb_table *brief_shifts(const struct compare_work *w)
{
    struct sb_table *table = sb_table_create();
    static const char *const columns[] = { "contexts", "likeliest_tokens_of", "rank_1_of_first",
                                           "rank_2_3", "above_3" };
    for (size_t i = 0; i < 5; i++)
        sb_table_column(table, columns[i]);
    for (size_t i = 0; i < w->n_results; i++) {
        sb_table_text(table, w->results[i].contexts);
        sb_table_text(table, model_text(w, w->results[i].second));
        for (size_t j = 0; j < SB_N_SHIFTS; j++)
            put_interval(table, &w->results[i].divergences.shifts[j]);
    }
    return table;
}

static struct sb_table *brief_moved(const struct compare_work *w)
{
    struct sb_table *table = sb_table_create();
    static const char *const columns[] = { "contexts",      "model",    "token",          "id",
                                           "above_3_times", "of_times", "gain_bits_there" };
    for (size_t i = 0; i < 7; i++)
        sb_table_column(table, columns[i]);
    for (size_t i = 0; i < w->n_results; i++)
        for (size_t j = 0; j < w->results[i].n_moved; j++) {
            const struct compare_result *r = &w->results[i];
            char quoted[96];
            snprintf(quoted, sizeof quoted, "\"%s\"", r->moved_texts[j] ? r->moved_texts[j] : "");
            sb_table_text(table, r->contexts);
            sb_table_text(table, model_text(w, r->second));
            sb_table_text(table, r->moved_texts[j] ? quoted : NULL);
            sb_table_integer(table, (long long)r->moved[j].id);
            sb_table_integer(table, (long long)r->moved[j].n_moved);
            sb_table_integer(table, (long long)r->moved[j].n_top);
            sb_table_real(table, r->moved[j].gain_bits);
        }
    return table;
}

static void put_shape(struct sb_table *table, double shape, double limit)
{
    char text[64];
    snprintf(text, sizeof text, "%.2f %s %.2f", shape, shape < limit ? "<" : ">=", limit);
    sb_table_text(table, isnan(shape) ? NULL : text);
}

static struct sb_table *brief_ratios(const struct compare_work *w)
{
    struct sb_table *table = sb_table_create();
    static const char *const columns[] = { "model",          "prefix_tokens",
                                           "pareto_k_align", "pareto_k_perturb",
                                           "rho_align",      "rho_perturb",
                                           "kappa/chi^2",    "not_told_because" };
    for (size_t i = 0; i < 8; i++)
        sb_table_column(table, columns[i]);
    for (size_t m = 0; w->ratios && m < w->rate.n_models; m++)
        for (size_t i = 0; i < w->ratios[m].n; i++) {
            const struct sb_prefix_ratio *r = &w->ratios[m].items[i];
            const struct sb_estimate ratio = { r->ratio, NAN, NAN, r->low, r->high, NULL };
            sb_table_text(table, model_text(w, m));
            sb_table_integer(table, (long long)r->n_tokens);
            for (size_t s = 0; s < 2; s++)
                put_shape(table, r->shape[s], r->limit[s]);
            for (size_t s = 0; s < 2; s++)
                put_interval(table, &r->rho[s]);
            put_interval(table, &ratio);
            sb_table_text(table, r->note);
        }
    return table;
}

static void print_legend(const struct compare_work *w)
{
    const char *contexts = w->settings->contexts ? w->settings->contexts : "data";
    char limit[64];
    snprintf(limit, sizeof limit, "at most %zu", w->settings->tokens);
    printf("\nKL over the whole vocabulary, teacher-forced, %g %% t intervals over documents.\n",
           100 * w->rate.interval.confidence);
    if (*contexts == 'd')
        printf(
            "Contexts are those of the data: divergences of predictions there, not of the models' "
            "distributions over documents (--contexts A or B).\n");
    else
        printf(
            "Contexts are documents drawn from %s, of %s tokens: KL(%s || %s) is that of the two "
            "distributions over those, the other direction is not.\n",
            contexts, w->settings->tokens ? limit : "at most the context's", contexts,
            *contexts == 'A' ? "B" : "A");
}

static int print_divergences(const struct compare_work *w)
{
    struct sb_error error = { "" };
    struct sb_table *tables[] = { brief_divergences(w), brief_shifts(w), brief_moved(w),
                                  brief_ratios(w) };
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < 4; i++) {
        if (i == 0 ? w->rate.n_datasets > 0 : sb_table_n_rows(tables[i]) > 0)
            printf("\n");
        if (!status)
            status = sb_table_check(tables[i], &error);
        if (!status && sb_table_n_rows(tables[i]))
            status = sb_table_write_text(tables[i], stdout, &error);
        sb_table_free(tables[i]);
    }
    print_legend(w);
    if (!status && (fflush(stdout) || ferror(stdout)))
        status = sb_fail(&error, SB_IO, "standard output could not be written");
    return status ? cli_fail(&error) : 0;
}

static void print_notes(const struct cli_run *run, const struct compare_work *w)
{
    for (size_t i = 0; i < w->n_results; i++)
        if (w->results[i].divergences.bits_per_document[0].note)
            cli_note(run, "%s, KL: %s", w->results[i].contexts,
                     w->results[i].divergences.bits_per_document[0].note);
}

static void record_settings(struct sb_table *table, const struct compare_work *w)
{
    const struct compare_settings *s = w->settings;
    if (w->rate.n_datasets)
        rate_record_settings(table, &w->rate);
    else
        sb_table_provenance(table, "confidence", "%g", s->rate.confidence);
    sb_table_provenance(table, "contexts", "%s", s->contexts ? s->contexts : "data");
    if (!s->contexts || *s->contexts == 'd') {
        sb_table_provenance(table, "kl_over_documents", "none: contexts are those of the data");
    } else {
        sb_table_provenance(table, "kl_over_documents", "KL(%s || %s)", s->contexts,
                            *s->contexts == 'A' ? "B" : "A");
        sb_table_provenance(table, "drawn_documents", "%zu", w->n_drawn);
        if (s->tokens)
            sb_table_provenance(table, "drawn_tokens_at_most", "%zu", s->tokens);
    }
}

int compare_print(struct cli_run *run, const struct compare_work *w)
{
    print_notes(run, w);
    if (!run->json && !run->tsv && !run->output) {
        int status = w->rate.n_datasets ? rate_print(run, &w->rate) : 0;
        return status || !w->n_results ? status : print_divergences(w);
    }
    if (w->rate.n_datasets)
        rate_print_notes(run, &w->rate);
    struct sb_table *table = all_columns(w);
    record_settings(table, w);
    int status = cli_emit(run, table);
    sb_table_free(table);
    return status;
}

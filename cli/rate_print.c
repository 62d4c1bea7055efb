/* springback rate: results on their way out. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include "cli/rate_work.h"

void rate_record_settings(struct sb_table *table, const struct rate_work *w)
{
    const struct rate_settings *s = w->settings;
    const char *score = s->corpus.score ? s->corpus.score : "completion";
    sb_table_provenance(table, "scored", "%s", score);
    for (size_t i = 0; i < w->n_datasets; i++) {
        char key[256];
        const char *columns = sb_corpus_columns(w->datasets[i].corpus);
        snprintf(key, sizeof key, "columns.%s", w->datasets[i].name);
        if (*columns)
            sb_table_provenance(table, key, "%s", columns);
    }
    sb_table_provenance(table, "folds", "%zu", s->folds);
    sb_table_provenance(table, "normaliser_depth_bits", "%zu", s->depth);
    sb_table_provenance(table, "interval", "%s", s->interval);
    if (s->seeds)
        sb_table_provenance(table, "seeds", "the models are seeds of one training procedure");
    sb_table_provenance(table, "confidence", "%g", s->confidence);
    if (w->interval.kind != SB_INTERVAL_T)
        sb_table_provenance(table, "replicates", "%zu", s->replicates);
}

void rate_print_notes(const struct cli_run *run, const struct rate_work *w)
{
    for (size_t i = 0; i < w->n_datasets; i++) {
        const struct sb_dataset *d = &w->datasets[i];
        if (d->n_empty)
            cli_note(run, "%s: %zu of %zu documents have no scored %s and carry no weight", d->name,
                     d->n_empty, d->n_documents, d->has_ids ? "token ids" : "bytes");
        if (d->counts.n_invalid_utf8)
            cli_note(run, "%s: %zu of %zu documents are not UTF-8; their bytes are kept", d->name,
                     d->counts.n_invalid_utf8, d->n_documents);
        if (d->counts.n_skipped)
            cli_note(run, "%s: %zu malformed records skipped", d->name, d->counts.n_skipped);
        char note[192];
        if (*rate_size_note(d, note, sizeof note))
            cli_note(run, "%s: %s", d->name, note);
    }
    for (size_t i = 0; i < w->results.n; i++) {
        const struct rate_result *r = &w->results.items[i];
        if (r->rate.micro.note)
            cli_note(run, "%s, %s: %s", r->dataset, r->model, r->rate.micro.note);
    }
    for (size_t i = 0; i < w->n_models; i++) {
        char note[128];
        if (*rate_window_note(w->measures[i], note, sizeof note))
            cli_note(run, "%s %s", w->models[i].text, note);
    }
}

static void print_volume(const struct rate_work *w, int role, const char *letter)
{
    for (size_t i = 0; i < w->results.n; i++) {
        const struct rate_result *r = &w->results.items[i];
        if (!r->role || strcmp(r->role, rate_role_names[role]) != 0)
            continue;
        if (isnan(r->volume.responses))
            return; /* --volumes without it */
        printf("%s = %.6g in responses", letter, r->volume.responses);
        if (isnan(r->volume.bytes))
            printf("\n"); /* datasets of token ids */
        else
            printf(", %.6g in bytes\n", r->volume.bytes);
        return;
    }
}

static void print_normalisers(const struct rate_work *w)
{
    printf("rate = bits / source bits; normalised_rate = rate - log2(M)/%zu, M held fixed:\n",
           w->settings->depth);
    for (size_t i = 0; i < w->n_datasets; i++) {
        const struct sb_dataset *d = &w->datasets[i];
        printf("  %s: M = %.0f leaves of %llu blocks", d->name, d->n_leaves,
               (unsigned long long)d->n_blocks);
        if (w->n_datasets > 1)
            printf(", rarefied to %.1f", d->n_leaves_rarefied);
        printf("\n");
    }
}

/* What stands below the tables that people read. */
static void print_legend(const struct rate_work *w)
{
    size_t n_claims = 0;
    for (size_t i = 0; i < w->results.n; i++)
        n_claims += isnan(w->results.items[i].p_holm) ? 0 : 1;
    const struct rate_settings *s = w->settings;
    static const char *const names[] = { "Student's t", "BCa", "percentile", "studentised" };
    printf("\n%g %% intervals: %s", 100 * s->confidence, names[w->interval.kind]);
    if (w->interval.kind != SB_INTERVAL_T)
        printf(", %zu bootstrap replicates", s->replicates);
    printf(" over documents (compressors: groups of them); models taken as fixed.\n");
    if (s->seeds)
        printf(
            "mean of seeds: Student's t for the training procedure, seeds and documents sampled.\n");
    if (n_claims)
        printf("p_holm: that the rates are equal, adjusted for %zu row%s (Holm).\n", n_claims,
               n_claims == 1 ? "" : "s");
    if (w->results.of_ids)
        printf("datasets of token ids: bits per scored token; rates are not known.\n");
    else
        print_normalisers(w);
    if (w->has_volumes) {
        print_volume(w, SB_ROLE_P, "k");
        print_volume(w, SB_ROLE_T, "l");
    }
}

static int print_for_people(struct cli_run *run, const struct rate_work *w)
{
    struct sb_error error = { "" };
    struct sb_table *rates = rate_table_brief(&w->results, false);
    struct sb_table *others = rate_table_brief(&w->results, true);
    int status = sb_table_check(others, &error) ? cli_fail(&error) : cli_emit(run, rates);
    if (!status && sb_table_n_rows(others)) {
        printf("\n");
        status = sb_table_write_text(others, stdout, &error) ? cli_fail(&error) : 0;
    }
    if (!status)
        print_legend(w);
    if (!status && (fflush(stdout) || ferror(stdout)))
        status = cli_fail(&(struct sb_error){ "standard output could not be written" });
    sb_table_free(rates);
    sb_table_free(others);
    return status;
}

int rate_print(struct cli_run *run, const struct rate_work *w)
{
    cli_progress_end(run);
    rate_print_notes(run, w);
    if (!run->json && !run->tsv && !run->output)
        return print_for_people(run, w);
    struct sb_table *table = rate_table_full(&w->results, NULL, 0);
    rate_record_settings(table, w);
    int status = cli_emit(run, table);
    sb_table_free(table);
    return status;
}

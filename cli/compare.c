/* springback compare: models on the same documents. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/compare.h"
#include "estimators/comparison_rows.h"
#include "estimators/rows.h"

enum { PRESET_DRAWN = 256 };
#define NOT_GIVEN SIZE_MAX

/* ---- divergences ------------------------------------------------------------------------------- */

static bool draws(const struct compare_settings *s)
{
    return s->contexts && strcmp(s->contexts, "data") != 0;
}

/* What a token says, as JSON does: in one line. NULL where it is none. SB_OK or SB_MEMORY. */
static enum sb_status text_of(const struct sb_tokenizer *tokenizer, uint32_t id, char **copy)
{
    struct sb_buffer text = { 0 };
    enum sb_status status =
        tokenizer ? sb_tokenizer_decode(tokenizer, &id, 1, false, &text, NULL) : SB_DOMAIN;
    *copy = status ? NULL : strndup(text.n ? (const char *)text.bytes : "", text.n);
    sb_buffer_clear(&text);
    return status == SB_MEMORY || (!status && !*copy) ? SB_MEMORY : SB_OK;
}

static enum sb_status add_result(struct compare_work *w, const struct sb_comparison *comparison,
                                 size_t dataset, const char *contexts, size_t second,
                                 const struct sb_tokenizer *tokenizer)
{
    struct compare_result *results = realloc(w->results, (w->n_results + 1) * sizeof *results);
    if (!results)
        return SB_MEMORY;
    w->results = results;
    struct compare_result *r = &results[w->n_results++];
    *r = (struct compare_result){ .second = second, .contexts = strdup(contexts) };
    enum sb_status status =
        sb_comparison_estimate(comparison, dataset, w->settings->n_first,
                               w->rate.interval.confidence, &r->divergences, &r->positions);
    if (!status)
        status =
            sb_comparison_moved(comparison, dataset, w->settings->n_moved, &r->moved, &r->n_moved);
    r->moved_texts = status ? NULL : calloc(r->n_moved + 1, sizeof *r->moved_texts);
    if (!r->contexts || !r->moved_texts)
        return SB_MEMORY;
    for (size_t i = 0; i < r->n_moved && !status; i++)
        status = text_of(tokenizer, r->moved[i].id, &r->moved_texts[i]);
    return status;
}

/* The ratio of the datasets with roles, where there are two and they share their prompts. */
static enum sb_status add_ratios(const struct cli_run *run, struct compare_work *w,
                                 const struct sb_comparison *comparison, size_t second, long end_id)
{
    const struct sb_dataset *align = rate_in_role(&w->rate, SB_ROLE_A);
    const struct sb_dataset *perturb = rate_in_role(&w->rate, SB_ROLE_T);
    struct compare_ratios *r = &w->ratios[second];
    bool same;
    if (!align || !perturb)
        return SB_OK;
    size_t a = (size_t)(align - w->rate.datasets), t = (size_t)(perturb - w->rate.datasets);
    enum sb_status status = sb_prefix_prompts(comparison, a, t, &same);
    if (status)
        return status;
    if (!same) {
        cli_note(run,
                 "no ratio by prefix length: %s and %s do not have the same prompts in the "
                 "same shares",
                 align->name, perturb->name);
        return SB_OK;
    }
    r->second = second;
    return sb_prefix_ratios(comparison, a, t, align->same_documents == perturb->same_documents,
                            end_id, w->rate.interval.confidence, &r->items, &r->n);
}

struct reporting {
    struct cli_run *run;
    char what[256];
};

static void report(void *context, double share)
{
    struct reporting *r = context;
    cli_progress(r->run, r->what, share, 1);
}

/* Whether the second model would make the same tokens of a text. If not, its rates are not those of the
 * tokens that were compared. */
static bool same_tokenizers(const struct sb_predictor *const models[2])
{
    uint8_t digests[2][32];
    for (size_t i = 0; i < 2; i++) {
        const struct sb_tokenizer *tokenizer = sb_language_model_view(models[i]).tokenizer;
        struct sb_hash hash;
        if (!tokenizer)
            return false;
        sb_hash_init(&hash);
        sb_tokenizer_hash(tokenizer, &hash);
        sb_hash_digest(&hash, digests[i], sizeof digests[i]);
    }
    return memcmp(digests[0], digests[1], sizeof digests[0]) == 0;
}

/* A comparison of models 0 and m on the contexts asked for, and its results. The rows of what it scored
 * go to *rows. */
static enum sb_status compare_pair(struct cli_run *run, struct compare_work *w,
                                   const struct sb_predictor *const models[2], size_t m,
                                   struct sb_table *rows, struct sb_error *error)
{
    const struct compare_settings *s = w->settings;
    const struct sb_tokenizer *tokenizer = sb_language_model_view(models[0]).tokenizer;
    struct reporting reporting = { .run = run };
    struct sb_comparison *comparison;
    char label[16] = "";
    struct sb_comparison_options options = { run->threads, report,  &reporting,
                                             w->ledger,    w->done, w->rate.models[m].text,
                                             label };
    snprintf(reporting.what, sizeof reporting.what, "%s, %s", w->rate.models[0].text,
             w->rate.models[m].text);
    enum sb_status status;
    if (draws(s)) {
        const struct sb_drawn_contexts drawn = { *s->contexts == 'B', w->n_drawn, s->tokens,
                                                 run->seed, s->prompts ? &w->prompts : NULL };
        snprintf(label, sizeof label, "drawn from %s", s->contexts);
        status = sb_comparison_of_samples(models, &drawn, &options, &comparison, error);
    } else {
        status = sb_comparison_of_datasets(models, w->rate.datasets, w->rate.n_datasets, &options,
                                           &comparison, error);
        for (size_t i = 0; i < 2 && !status; i++)
            if (i == 0 || w->rate.results.of_ids || same_tokenizers(models))
                sb_comparison_append_rows(comparison, i, w->rate.models[i ? m : 0].text,
                                          w->rate.datasets, rows);
    }
    if (status)
        return status;
    if (comparison->n_lossy)
        cli_note(run,
                 "%s: the tokens of %zu documents do not give their bytes back; their bits are "
                 "not those of a lossless code",
                 w->rate.models[0].text, comparison->n_lossy);
    if (!draws(s) && add_ratios(run, w, comparison, m, sb_language_model_view(models[0]).end_id))
        status = sb_fail_memory(error);
    for (size_t d = 0; d < comparison->n_datasets && !status; d++)
        if (add_result(w, comparison, d, draws(s) ? label : w->rate.datasets[d].name, m, tokenizer))
            status = sb_fail_memory(error);
    sb_comparison_free(comparison);
    return status;
}

/* How a model reads, into the provenance. */
static void record_facts(struct cli_run *run, const char *model,
                         const struct sb_predictor *predictor)
{
    for (size_t i = 0; i < predictor->n_facts; i++) {
        char key[512];
        snprintf(key, sizeof key, "%s.%s", model, predictor->facts[i].key);
        sb_table_provenance(run->provenance, key, "%s", predictor->facts[i].value);
    }
}

/* Opens the pair; SB_UNSUPPORTED where their distributions cannot be compared. */
static enum sb_status try_pair(struct cli_run *run, struct compare_work *w, size_t m,
                               struct sb_table *rows, struct sb_error *error)
{
    struct sb_predictor *models[2] = { NULL, NULL };
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < 2 && !status; i++) {
        const struct sb_model *model = &w->rate.models[i ? m : 0];
        if (!rate_model_is_folder(model))
            status =
                sb_fail(error, SB_UNSUPPORTED,
                        "no KL with %s: checkpoints alone give whole distributions", model->text);
        else
            status = sb_predictor_create(model, &models[i], error);
        if (!status)
            record_facts(run, model->text, models[i]);
    }
    const struct sb_predictor *const pair[2] = { models[0], models[1] };
    if (!status)
        status = sb_language_models_check(pair, error);
    bool is_fit = status == SB_OK;
    if (!status)
        status = compare_pair(run, w, pair, m, rows, error);
    for (size_t i = 0; i < 2; i++)
        sb_predictor_free(models[i]);
    return !is_fit || status != SB_UNSUPPORTED ? status : SB_FORMAT;
}

/* Divergences of all models from the first. What cannot be compared is left out, and said, unless it was
 * asked for by name. */
static enum sb_status compare_all(struct cli_run *run, struct compare_work *w,
                                  struct sb_table *rows, struct sb_error *error)
{
    w->ratios = calloc(w->rate.n_models, sizeof *w->ratios);
    if (!w->ratios)
        return sb_fail_memory(error);
    bool is_wanted = w->settings->contexts || w->settings->by_position || w->settings->token_rows;
    for (size_t m = 1; m < w->rate.n_models; m++) {
        enum sb_status status = try_pair(run, w, m, rows, error);
        if (status == SB_UNSUPPORTED && !is_wanted)
            cli_note(run, "%s", error->message);
        else if (status)
            return status;
    }
    return SB_OK;
}

/* ---- the command --------------------------------------------------------------------------- */

/* compare_all with the ledger open, if one is asked for. */
static enum sb_status compare_on_ledger(struct cli_run *run, struct compare_work *w,
                                        struct sb_table *rows, struct sb_error *error)
{
    const char *path = w->settings->token_rows;
    if (!path)
        return compare_all(run, w, rows, error);
    struct sb_table *header = sb_comparison_rows_create();
    rate_give_provenance(run, header);
    enum sb_status status = sb_comparison_rows_open(path, header, &w->done, &w->ledger, error);
    sb_table_free(header);
    if (!status && w->done && run->reads_pipe)
        status =
            sb_fail(error, SB_FORMAT, "%s: begun on a pipe that is gone; remove the file", path);
    bool is_open = w->ledger;
    if (!status)
        status = compare_all(run, w, rows, error);
    enum sb_status closed = sb_ledger_close(w->ledger, status ? NULL : error);
    if (status && is_open)
        rate_remove_if_empty(path);
    sb_table_free(w->done);
    w->ledger = NULL;
    w->done = NULL;
    return status ? status : closed;
}

static enum sb_status measure_and_compare(struct cli_run *run, struct compare_work *w,
                                          struct sb_error *error)
{
    struct sb_table *rows = sb_rows_create();
    enum sb_status status = compare_on_ledger(run, w, rows, error);
    w->rate.measure.done = rows; /* what was compared is not scored again */
    if (!status && w->rate.n_datasets)
        status = rate_measure_all(run, &w->rate, error);
    w->rate.measure.done = NULL;
    sb_table_free(rows);
    if (!status && w->rate.n_datasets)
        status = rate_estimate_all(&w->rate, error);
    if (!status && w->settings->by_position)
        status = compare_write_positions(run, w, error);
    return status;
}

/* Opens --prompts, and says how many documents are drawn: one for each prompt, unless told otherwise. */
static enum sb_status open_prompts(struct cli_run *run, struct compare_work *w,
                                   struct sb_error *error)
{
    const struct compare_settings *s = w->settings;
    w->n_drawn = s->number == NOT_GIVEN ? PRESET_DRAWN : s->number;
    if (!s->prompts)
        return SB_OK;
    w->prompts.name = w->prompts_name;
    enum sb_status status = cli_record_input(run, w->prompts_name, w->prompts.path, error);
    if (!status)
        status = sb_datasets_open(&w->prompts, 1, 1, error);
    if (!status && s->number == NOT_GIVEN)
        w->n_drawn = w->prompts.n_documents;
    return status;
}

static int work_through(struct cli_run *run, struct compare_work *w)
{
    struct sb_error error = { "" };
    enum sb_status status = rate_record_inputs(run, &w->rate, &error);
    if (!status)
        status = open_prompts(run, w, &error);
    if (!status && w->rate.n_datasets)
        status = sb_datasets_open(w->rate.datasets, w->rate.n_datasets,
                                  (unsigned)w->settings->rate.depth, &error);
    if (status)
        return cli_fail(&error);
    w->rate.results.of_ids = w->rate.n_datasets && w->rate.datasets[0].has_ids;
    status = measure_and_compare(run, w, &error);
    cli_progress_end(run);
    int exit_status = status ? cli_fail(&error) : compare_print(run, w);
    sb_datasets_close(w->rate.datasets, w->rate.n_datasets);
    if (w->prompts.corpus)
        sb_datasets_close(&w->prompts, 1);
    return exit_status;
}

/* --prompts: where they are, and how they are read. */
static int set_prompts(struct cli_run *run, struct compare_work *w)
{
    const struct compare_settings *s = w->settings;
    struct sb_error error;
    if (!s->prompts)
        return -1;
    if (!draws(s))
        return cli_usage(run->command, "--prompts are for --contexts A or B");
    if (cli_dataset(s->prompts, &w->prompts_name, &w->prompts.path, &error))
        return cli_usage(run->command, "%s", error.message);
    return cli_corpus_options(run, &s->rate.corpus, w->prompts_name, &w->prompts.options);
}

static int check(struct cli_run *run, struct compare_settings *s)
{
    if (s->rate.models.n < 2)
        return cli_usage(run->command, "two models or more are to be named");
    if (s->contexts && strcmp(s->contexts, "data") && strcmp(s->contexts, "A") &&
        strcmp(s->contexts, "B"))
        return cli_usage(run->command, "--contexts \"%s\": expected data, A or B", s->contexts);
    if (s->number < 1 || s->n_first < 1)
        return cli_usage(run->command, "--%s must be 1 or more",
                         s->number < 1 ? "number" : "first");
    s->rate.may_lack_data = draws(s);
    return -1;
}

static void clear(struct compare_work *w)
{
    for (size_t i = 0; i < w->n_results; i++) {
        struct compare_result *r = &w->results[i];
        for (size_t j = 0; r->moved_texts && j < r->n_moved; j++)
            free(r->moved_texts[j]);
        free(r->moved_texts);
        free(r->moved);
        free(r->positions);
        free(r->contexts);
    }
    free(w->results);
    for (size_t m = 0; w->ratios && m < w->rate.n_models; m++)
        free(w->ratios[m].items);
    free(w->ratios);
    free(w->prompts_name);
    rate_work_clear(&w->rate);
}

static int compare(const struct cli_command *command, int argc, char **argv)
{
    struct compare_settings s = { .number = NOT_GIVEN, .n_first = 5, .n_moved = 10 };
    s.rate = rate_settings_default();
    s.rate.differences = true;
    const struct cli_option options[] = {
        { "data", CLI_TEXTS, &s.rate.data, "[NAME=]PATH", "a dataset (repeatable)" },
        { "align", CLI_TEXT, &s.rate.roles[SB_ROLE_A], "[NAME=]PATH",
          "a dataset with a role: with both, the ratio by prefix length" },
        { "perturb", CLI_TEXT, &s.rate.roles[SB_ROLE_T], "[NAME=]PATH", "likewise" },
        { "contrast", CLI_TEXTS, &s.rate.contrasts, "FIRST-SECOND",
          "difference of two datasets' rates (repeatable)" },
        { "contexts", CLI_TEXT, &s.contexts, "WHERE",
          "of the KL: data (default), or drawn from A or B" },
        { "number", CLI_COUNT, &s.number, "N", "of drawn documents (256, or one for each prompt)" },
        { "prompts", CLI_TEXT, &s.prompts, "[NAME=]PATH",
          "drawn documents continue the prompts of this dataset" },
        { "tokens", CLI_COUNT, &s.tokens, "N", "most tokens of one (what the context holds)" },
        { "first", CLI_COUNT, &s.n_first, "N", "positions whose share of the KL is told (5)" },
        { "moved", CLI_COUNT, &s.n_moved, "N", "tokens listed that moved most often (10)" },
        { "by-position", CLI_TEXT, &s.by_position, "FILE",
          "KL by position, for 'springback plot compare'" },
        { "token-rows", CLI_TEXT, &s.token_rows, "FILE",
          "a TSV row per compared token; an interrupted run goes on from it" },
        { "no-eos", CLI_FLAG, &s.rate.no_eos, NULL,
          "checkpoints: do not charge for the ends of documents" },
        { "folds", CLI_COUNT, &s.rate.folds, "K", "as in rate, of models that learn" },
        { "depth", CLI_COUNT, &s.rate.depth, "BITS", "of M, the normaliser (default 16)" },
        { "interval", CLI_TEXT, &s.rate.interval, "KIND",
          "of rates: t (default), bca, percentile or studentised" },
        { "confidence", CLI_NUMBER, &s.rate.confidence, "C", "default 0.95" },
        { "replicates", CLI_COUNT, &s.rate.replicates, "N",
          "of the bootstrap, for all kinds but t (default 2000)" },
        CLI_CORPUS_OPTIONS(&s.rate.corpus),
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    struct compare_work w = { .settings = &s, .rate.settings = &s.rate };
    int status = cli_begin(&run, command, options, argc, argv);
    s.rate.models = run.arguments; /* they are models here, not datasets */
    run.arguments = (struct cli_texts){ NULL, 0 };
    if (status < 0)
        status = check(&run, &s);
    if (status < 0)
        status = rate_work_set(&run, &w.rate, argc, argv);
    if (status < 0)
        status = set_prompts(&run, &w);
    if (status < 0)
        status = work_through(&run, &w);
    clear(&w);
    cli_end(&run);
    return status;
}

const struct cli_command compare_command = {
    .name = "compare",
    .summary = "models on the same documents: paired differences, KL by position, token shift",
    .usage = "compare MODEL MODEL... --data [NAME=]PATH...",
    .text =
        "Rates of datasets under all models, and differences from the first model, A, paired by\n"
        "document; with --contrast how contrasts moved. Intervals as in rate.\n"
        "\n"
        "Of checkpoints of one vocabulary also the divergence of their distributions of the next\n"
        "token, over the whole vocabulary: KL(A || B) and KL(B || A) in bits per document and per\n"
        "token, their share in the first positions, how many positions hold 90 % of it; and the\n"
        "token shift: the rank that B's likeliest token has under A. Contexts are those of the\n"
        "datasets, or of documents drawn from A or B (--contexts, --number, --tokens, --seed).\n"
        "KL(A || B) is the divergence of the two distributions over documents only where contexts\n"
        "are drawn from A, and KL(B || A) only where they are drawn from B.\n"
        "\n"
        "With --align and --perturb, kappa / chi^2 of the alignment from the ratios B/A of the first\n"
        "tokens of their documents, taken for a mixture of A and the alignment: at the lengths where\n"
        "the ratios' tails allow a mean, and only where both datasets have the same prompts.\n"
        "\n"
        "With more models, B stands for each but the first.",
    .print_more = rate_print_models,
    .examples =
        "  springback compare scores:base.tsv scores:tuned.tsv --data good=g.jsonl \\\n"
        "      --data bad=b.jsonl --contrast bad-good\n"
        "  springback compare base/ tuned/ --data chat.jsonl --by-position kl.tsv\n"
        "  springback compare base/ tuned/ --contexts B --number 1000 --tokens 128 --seed 7",
    .run = compare,
};

#include "estimators/comparison.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "estimators/chunk.h"
#include "estimators/comparison_rows.h"
#include "estimators/rows.h"
#include "estimators/transformer/sample.h"
#include "theory/numeric.h"

/* ---- making -------------------------------------------------------------------------------------- */

void sb_comparison_free(struct sb_comparison *comparison)
{
    if (!comparison)
        return;
    for (size_t i = 0; i < comparison->n_documents; i++)
        free(comparison->documents[i].tokens);
    free(comparison->documents);
    free(comparison->names);
    free(comparison->first);
    free(comparison);
}

static struct sb_comparison *new_comparison(size_t n_documents, size_t n_datasets)
{
    struct sb_comparison *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->documents = calloc(n_documents + 1, sizeof *c->documents);
    c->first = calloc(n_datasets + 1, sizeof *c->first);
    c->names = calloc(n_datasets, sizeof *c->names);
    if (!c->documents || !c->first || !c->names) {
        sb_comparison_free(c);
        return NULL;
    }
    c->n_documents = c->first[n_datasets] = n_documents;
    c->n_datasets = n_datasets;
    return c;
}

/* What the ledger has of it. */
static enum sb_status take_rows(const struct sb_comparison_options *options,
                                struct sb_comparison *c, struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t d = 0; d < c->n_datasets && options->done && !status; d++)
        status = sb_comparison_rows_take(options->done, options->model, c->names[d],
                                         c->documents + c->first[d], c->first[d + 1] - c->first[d],
                                         error);
    if (status == SB_FORMAT && options->ledger) {
        struct sb_error reason = *error;
        sb_fail(error, status, "%s: %s", sb_ledger_path(options->ledger), reason.message);
    }
    return status;
}

static void report(const struct sb_comparison_options *options, size_t done, size_t all)
{
    if (options->progress)
        options->progress(options->progress_context, (double)done / (double)all);
}

/* The ids of a document that stand before what is scored. */
static size_t n_given_ids(const struct sb_document *d)
{
    size_t n = 1;
    while (d->loss_mask && n < d->n_ids && !d->loss_mask[n - 1])
        n++;
    return n < d->n_ids ? n : d->n_ids;
}

/* Of the bytes, or ids, before the first that is scored. */
static uint64_t hash_prompt(const struct sb_document *d)
{
    return d->ids ? XXH3_64bits(d->ids, n_given_ids(d) * sizeof *d->ids)
                  : XXH3_64bits(d->bytes, d->span_begin);
}

/* Compares what the chunk holds, and empties it. */
static enum sb_status compare_chunk(const struct sb_predictor *const models[2],
                                    const struct sb_comparison_options *options,
                                    struct sb_chunk *chunk, struct sb_comparison *c,
                                    struct sb_error *error)
{
    struct sb_compared_document *documents = calloc(chunk->n + 1, sizeof *documents);
    if (!documents)
        return sb_fail_memory(error);
    for (size_t i = 0; i < chunk->n; i++)
        documents[i].document = &chunk->items[i].document;
    enum sb_status status =
        sb_language_models_compare(models, documents, chunk->n, options->n_threads, error);
    struct sb_table *rows = sb_comparison_rows_create();
    for (size_t i = 0; i < chunk->n && !status; i++) {
        size_t d = chunk->items[i].dataset;
        struct sb_compared *compared = &c->documents[chunk->items[i].index];
        compared->tokens = documents[i].tokens;
        compared->n = documents[i].n;
        c->n_lossy += documents[i].is_lossy;
        sb_comparison_rows_append(rows, options->model, c->names[d], chunk->items[i].number,
                                  compared);
    }
    if (!status && options->ledger)
        status = sb_ledger_append(options->ledger, rows, error);
    sb_table_free(rows);
    free(documents);
    sb_chunk_reset(chunk);
    return status;
}

static enum sb_status add_document(const struct sb_predictor *const models[2],
                                   const struct sb_comparison_options *options,
                                   struct sb_chunk *chunk, const struct sb_document *document,
                                   size_t dataset, size_t number, struct sb_comparison *c,
                                   struct sb_error *error)
{
    size_t index = c->first[dataset] + number;
    if (sb_document_n_scored(document) == 0)
        return SB_OK;
    c->documents[index].weight = document->weight;
    c->documents[index].prompt_hash = hash_prompt(document);
    if (c->documents[index].tokens)
        return SB_OK; /* from the ledger */
    enum sb_status status = sb_chunk_add(chunk, document, dataset, number, index);
    if (status == SB_END) {
        status = compare_chunk(models, options, chunk, c, error);
        if (status)
            return status;
        report(options, index, c->n_documents);
        status = sb_chunk_add(chunk, document, dataset, number, index);
    }
    return status ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status read_datasets(const struct sb_predictor *const models[2],
                                    const struct sb_dataset *datasets,
                                    const struct sb_comparison_options *options,
                                    struct sb_chunk *chunk, struct sb_comparison *c,
                                    struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t d = 0; d < c->n_datasets && !status; d++) {
        struct sb_dataset_reader reader;
        struct sb_document document;
        size_t number;
        status = sb_dataset_rewind(&datasets[d], &reader, error);
        while (!status && !(status = sb_dataset_next(&reader, &document, &number, error)))
            status = add_document(models, options, chunk, &document, d, number, c, error);
        if (status == SB_END)
            status = SB_OK;
    }
    return status ? status : compare_chunk(models, options, chunk, c, error);
}

enum sb_status sb_comparison_of_datasets(const struct sb_predictor *const models[2],
                                         const struct sb_dataset *datasets, size_t n_datasets,
                                         const struct sb_comparison_options *options,
                                         struct sb_comparison **comparison, struct sb_error *error)
{
    *comparison = NULL;
    size_t n_documents = 0;
    for (size_t d = 0; d < n_datasets; d++)
        n_documents += datasets[d].n_documents;
    struct sb_comparison *c = new_comparison(n_documents, n_datasets);
    struct sb_chunk chunk;
    if (!c || sb_chunk_init(&chunk, models[0]->chunk_bytes)) {
        sb_comparison_free(c);
        return sb_fail_memory(error);
    }
    for (size_t d = 0; d < n_datasets; d++) {
        c->first[d + 1] = c->first[d] + datasets[d].n_documents;
        c->names[d] = datasets[d].name;
    }
    enum sb_status status = take_rows(options, c, error);
    if (!status)
        status = read_datasets(models, datasets, options, &chunk, c, error);
    sb_chunk_clear(&chunk);
    if (status)
        sb_comparison_free(c);
    else
        *comparison = c;
    return status;
}

/* ---- drawn contexts ------------------------------------------------------------------------------ */

/* So many documents are drawn, then compared. */
enum { DRAWN_TOGETHER = 64 };

struct drawing {
    const struct sb_predictor *const *models;
    const struct sb_drawn_contexts *drawn;
    struct sb_sample_options sample;
    struct sb_tokens prompts; /* all, one behind the other; ends[] is not read */
    const uint32_t **begins;  /* (n): the start of each prompt */
    size_t *n_prompts;        /* (n) */
    uint32_t *ids;            /* (DRAWN_TOGETHER, sample.n_ids) */
    size_t *lengths;          /* (DRAWN_TOGETHER) */
    uint8_t *mask;            /* (sample.n_ids) */
};

static void clear_drawing(struct drawing *d)
{
    sb_tokens_clear(&d->prompts);
    free(d->begins);
    free(d->n_prompts);
    free(d->ids);
    free(d->lengths);
    free(d->mask);
}

static enum sb_status add_prompt(struct drawing *d, struct sb_encoder **encoder,
                                 const struct sb_document *document, struct sb_error *error)
{
    struct sb_language_model_view model = sb_language_model_view(d->models[0]);
    enum sb_status status = SB_OK;
    if (document->ids) {
        for (size_t i = 0; i < n_given_ids(document) && !status; i++)
            if (document->ids[i] >= sb_transformer_config(model.transformer)->n_vocabulary)
                return sb_fail(error, SB_FORMAT, "%s: a prompt has id %u, which the model lacks",
                               document->source, document->ids[i]);
            else if (sb_tokens_add(&d->prompts, document->ids[i], 0))
                status = sb_fail_memory(error);
        return status;
    }
    if (!model.tokenizer)
        return sb_fail(error, SB_FORMAT,
                       "the first model has no tokenizer.json for the prompts; name one with "
                       "tokenizer=FILE, or give prompts of ids");
    if (!*encoder)
        status = sb_encoder_create(model.tokenizer, encoder, error);
    if (!status && model.start_id >= 0 && sb_tokens_add(&d->prompts, (uint32_t)model.start_id, 0))
        status = sb_fail_memory(error);
    if (!status && document->span_begin)
        status = sb_encoder_encode(*encoder, document->bytes, document->span_begin, 0, &d->prompts,
                                   error);
    return status;
}

static enum sb_status read_prompts(struct drawing *d, struct sb_error *error)
{
    struct sb_dataset_reader reader;
    struct sb_document document;
    struct sb_encoder *encoder = NULL;
    size_t number, n_before = 0;
    enum sb_status status = sb_dataset_rewind(d->drawn->prompts, &reader, error);
    for (size_t i = 0; i < d->drawn->n && !status; i++) {
        status = sb_dataset_next(&reader, &document, &number, error);
        if (!status)
            status = add_prompt(d, &encoder, &document, error);
        d->n_prompts[i] = d->prompts.n - n_before;
        n_before = d->prompts.n;
    }
    sb_encoder_free(encoder);
    return status == SB_END
               ? sb_fail(error, SB_DOMAIN, "%s: %zu prompts, and %zu documents to draw",
                         d->drawn->prompts->path, d->drawn->prompts->n_documents, d->drawn->n)
               : status;
}

/* Every document begins with the start token. */
static enum sb_status begin_with_start(struct drawing *d, struct sb_error *error)
{
    long start_id = sb_language_model_view(d->models[0]).start_id;
    if (start_id < 0)
        return sb_fail(error, SB_DOMAIN,
                       "documents cannot be drawn: the model has no start token (BOS or EOS)");
    for (size_t i = 0; i < d->drawn->n; i++) {
        if (sb_tokens_add(&d->prompts, (uint32_t)start_id, 0))
            return sb_fail_memory(error);
        d->n_prompts[i] = 1;
    }
    return SB_OK;
}

static enum sb_status choose_lengths(struct drawing *d, struct sb_error *error)
{
    struct sb_language_model_view model = sb_language_model_view(d->models[d->drawn->source]);
    size_t most = sb_transformer_config(model.transformer)->n_context, longest = 0, at = 0;
    if (most > model.n_context)
        most = model.n_context;
    for (size_t i = 0; i < d->drawn->n; at += d->n_prompts[i++]) {
        d->begins[i] = d->prompts.ids + at;
        longest = d->n_prompts[i] > longest ? d->n_prompts[i] : longest;
        if (d->n_prompts[i] == 0)
            return sb_fail(error, SB_DOMAIN, "prompt %zu is empty, and there is no start token",
                           i + 1);
    }
    size_t n_new = d->drawn->n_tokens ? d->drawn->n_tokens : 1;
    if (longest + n_new > most)
        return sb_fail(error, SB_DOMAIN,
                       "documents that begin with %zu tokens and %zu to be drawn; the model's "
                       "context holds %zu",
                       longest, n_new, most);
    d->sample.end_id = model.end_id;
    d->sample.n_new = d->drawn->n_tokens;
    d->sample.n_ids = d->drawn->n_tokens ? longest + n_new : most;
    return SB_OK;
}

static enum sb_status begin_drawing(struct drawing *d, struct sb_error *error)
{
    size_t n = d->drawn->n;
    d->begins = calloc(n + 1, sizeof *d->begins);
    d->n_prompts = calloc(n + 1, sizeof *d->n_prompts);
    if (!d->begins || !d->n_prompts)
        return sb_fail_memory(error);
    enum sb_status status = d->drawn->prompts ? read_prompts(d, error) : begin_with_start(d, error);
    if (!status)
        status = choose_lengths(d, error);
    if (status)
        return status;
    d->ids = malloc(DRAWN_TOGETHER * d->sample.n_ids * sizeof *d->ids);
    d->lengths = malloc(DRAWN_TOGETHER * sizeof *d->lengths);
    d->mask = malloc(d->sample.n_ids);
    return d->ids && d->lengths && d->mask ? SB_OK : sb_fail_memory(error);
}

/* Whether the ledger has documents first .. first + n - 1: nothing depends on what was drawn there. */
static bool is_done(const struct sb_comparison *c, size_t first, size_t n)
{
    for (size_t i = first; i < first + n; i++)
        if (!c->documents[i].tokens)
            return false;
    return true;
}

/* Documents first .. first + n - 1: ids, to which nothing is added. */
static enum sb_status draw(struct drawing *d, size_t first, size_t n,
                           const struct sb_comparison_options *options, struct sb_chunk *chunk,
                           struct sb_comparison *c, struct sb_error *error)
{
    struct sb_language_model_view model = sb_language_model_view(d->models[d->drawn->source]);
    enum sb_status status =
        sb_sample_continuations(model.transformer, d->begins + first, d->n_prompts + first, first,
                                n, &d->sample, d->ids, d->lengths);
    if (status)
        return sb_fail_memory(error);
    for (size_t i = 0; i < n && !status; i++) {
        struct sb_document document = { .source = "drawn",
                                        .record = first + i + 1,
                                        .weight = 1,
                                        .ids = d->ids + i * d->sample.n_ids,
                                        .n_ids = d->lengths[i],
                                        .loss_mask = d->mask };
        for (size_t j = 1; j < d->lengths[i]; j++)
            d->mask[j - 1] = j >= d->n_prompts[first + i];
        status = add_document(d->models, options, chunk, &document, 0, first + i, c, error);
    }
    return status;
}

static enum sb_status draw_all(struct drawing *d, const struct sb_comparison_options *options,
                               struct sb_comparison *c, struct sb_error *error)
{
    struct sb_chunk chunk;
    size_t n = d->drawn->n;
    enum sb_status status = take_rows(options, c, error);
    if (status)
        return status;
    if (sb_chunk_init(&chunk, d->models[0]->chunk_bytes))
        return sb_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        c->documents[i].weight = 1;
    for (size_t i = 0; i < n && !status; i += DRAWN_TOGETHER) {
        size_t n_group = n - i < DRAWN_TOGETHER ? n - i : DRAWN_TOGETHER;
        if (!is_done(c, i, n_group))
            status = draw(d, i, n_group, options, &chunk, c, error);
        report(options, i, n);
    }
    if (!status)
        status = compare_chunk(d->models, options, &chunk, c, error);
    sb_chunk_clear(&chunk);
    return status;
}

enum sb_status sb_comparison_of_samples(const struct sb_predictor *const models[2],
                                        const struct sb_drawn_contexts *drawn,
                                        const struct sb_comparison_options *options,
                                        struct sb_comparison **comparison, struct sb_error *error)
{
    *comparison = NULL;
    struct drawing d = {
        .models = models,
        .drawn = drawn,
        .sample = { .temperature = 1, .seed = drawn->seed, .n_threads = options->n_threads }
    };
    struct sb_comparison *c = new_comparison(drawn->n, 1);
    enum sb_status status = c ? begin_drawing(&d, error) : sb_fail_memory(error);
    if (!status) {
        c->names[0] = options->drawn;
        status = draw_all(&d, options, c, error);
    }
    clear_drawing(&d);
    if (status)
        sb_comparison_free(c);
    else
        *comparison = c;
    return status;
}

/* ---- rows ---------------------------------------------------------------------------------------- */

void sb_comparison_append_rows(const struct sb_comparison *comparison, size_t s, const char *model,
                               const struct sb_dataset *datasets, struct sb_table *rows)
{
    for (size_t d = 0; d < comparison->n_datasets; d++)
        for (size_t i = 0; i < datasets[d].n_documents; i++) {
            const struct sb_compared *c = &comparison->documents[comparison->first[d] + i];
            struct sb_sum bits = { 0 };
            for (size_t t = 0; t < c->n; t++)
                sb_sum_add(&bits, -c->tokens[t].log2_p[s]);
            struct sb_row row = { .model = model,
                                  .dataset = datasets[d].name,
                                  .document = (long long)i,
                                  .group = SB_ROW_NONE,
                                  .fold = SB_ROW_NONE,
                                  .n_bytes = datasets[d].documents[i].n_scored_bytes,
                                  .weight = datasets[d].documents[i].weight,
                                  .score = { sb_sum_value(&bits), c->n } };
            sb_rows_append(rows, &row);
        }
}

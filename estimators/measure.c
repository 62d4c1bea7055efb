#include "estimators/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "data/buffer.h"
#include "estimators/chunk.h"
#include "estimators/folds.h"
#include "estimators/parallel.h"
#include "estimators/rows.h"
#include "estimators/token_rows.h"

enum mode { NOTHING_FITTED, HELD_OUT, CROSS_FITTED, IN_SAMPLE, ADAPTIVE };

struct job {
    const struct sb_model *model;
    const struct sb_predictor_class *class;
    const struct sb_dataset *datasets;
    const struct sb_measure_options *options;
    struct sb_measure *m; /* what is being made */
    enum mode mode;
    size_t n_rounds; /* K; ADAPTIVE: the datasets; or 1 */
    size_t n_documents;
    size_t *first;      /* of each dataset: the number of its first document through all */
    size_t *first_unit; /* the same for its documents or groups, through distinct datasets */
    uint32_t *fold;     /* CROSS_FITTED: of each of those */
    bool **done;        /* [dataset][document or group]: its row is in the ledger */
    struct sb_ledger *token_ledger; /* NULL: none */
    size_t n_read, n_to_read;       /* documents, for progress */
};

/* ---- folds and groups ---------------------------------------------------------------------- */

/* What is scored one by one: documents, or groups. */
static size_t n_units(const struct job *job, size_t dataset)
{
    return job->m->n_groups ? job->m->n_groups : job->datasets[dataset].n_documents;
}

/* The fold of a document of a dataset; 0 where there are no folds. */
static size_t fold_of(const struct job *job, size_t dataset, size_t number)
{
    size_t unit = job->m->n_groups ? job->m->group_of[number] : number;
    return job->fold ? job->fold[job->first_unit[dataset] + unit] : 0;
}

static bool in_round(const struct job *job, size_t dataset, size_t number, size_t round)
{
    size_t its_round = job->mode == ADAPTIVE ? dataset : fold_of(job, dataset, number);
    return its_round == round;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Numbers units and documents through the datasets; those with the same documents share numbers, and
 * so folds. Returns how many distinct documents there are. */
static size_t number_units(struct job *job, size_t *n_distinct_units)
{
    size_t n_documents = 0;
    *n_distinct_units = 0;
    for (size_t d = 0; d < job->m->n_datasets; d++) {
        size_t same = job->datasets[d].same_documents;
        job->first[d] = job->n_documents;
        job->n_documents += job->datasets[d].n_documents;
        job->first_unit[d] = same < d ? job->first_unit[same] : *n_distinct_units;
        if (same == d) {
            *n_distinct_units += n_units(job, d);
            n_documents += job->datasets[d].n_documents;
        }
    }
    return n_documents;
}

static bool is_adaptive(const struct job *job)
{
    bool adaptive = false;
    return job->class->learn && !sb_model_adaptive(job->model, &adaptive, NULL) && adaptive;
}

static void choose_mode(struct job *job, size_t n_distinct_documents)
{
    struct sb_measure *m = job->m;
    size_t n_folds = smaller(job->options->n_folds, n_distinct_documents);
    job->n_rounds = 1;
    if (!job->class->is_fitted) {
        job->mode = NOTHING_FITTED;
        snprintf(m->fit, sizeof m->fit, "none");
    } else if (is_adaptive(job)) {
        job->mode = ADAPTIVE;
        job->n_rounds = m->n_datasets;
        snprintf(m->fit, sizeof m->fit, "adaptive%s",
                 sb_model_value(job->model, "train") ? ", after train" : "");
    } else if (sb_model_value(job->model, "train")) {
        job->mode = HELD_OUT;
        snprintf(m->fit, sizeof m->fit, "held-out");
    } else if (n_folds >= 2) {
        job->mode = CROSS_FITTED;
        job->n_rounds = n_folds;
        snprintf(m->fit, sizeof m->fit, "cross-fitted, %zu folds", n_folds);
    } else if (job->class->by_group) {
        job->mode = NOTHING_FITTED;
        snprintf(m->fit, sizeof m->fit, "none: each group alone");
    } else {
        job->mode = IN_SAMPLE;
        snprintf(m->fit, sizeof m->fit, "in-sample");
    }
}

/* Puts documents into groups, and these or the documents themselves into folds. */
static enum sb_status assign(struct job *job)
{
    struct sb_measure *m = job->m;
    size_t n_most = 0, n_distinct_units;
    for (size_t d = 0; d < m->n_datasets; d++)
        if (job->datasets[d].n_documents > n_most)
            n_most = job->datasets[d].n_documents;
    job->first = calloc(m->n_datasets, sizeof *job->first);
    job->first_unit = calloc(m->n_datasets, sizeof *job->first_unit);
    if (!job->first || !job->first_unit)
        return SB_MEMORY;
    if (job->class->by_group) {
        m->n_groups = smaller(SB_GROUPS_MAX, n_most);
        m->group_of = malloc(n_most * sizeof *m->group_of);
        if (!m->group_of || sb_assign_folds(m->n_groups, job->options->seed, n_most, m->group_of))
            return SB_MEMORY;
    }
    choose_mode(job, number_units(job, &n_distinct_units));
    if (job->mode != CROSS_FITTED)
        return SB_OK;
    job->fold = malloc(n_distinct_units * sizeof *job->fold);
    if (!job->fold)
        return SB_MEMORY;
    return sb_assign_folds(job->n_rounds, job->options->seed, n_distinct_units, job->fold);
}

/* ---- the job ------------------------------------------------------------------------------- */

static enum sb_status sum_groups(struct job *job, size_t dataset)
{
    struct sb_measure *m = job->m;
    struct sb_group *groups = m->groups[dataset] = calloc(m->n_groups, sizeof *groups);
    if (!groups)
        return SB_MEMORY;
    for (size_t i = 0; i < job->datasets[dataset].n_documents; i++) {
        const struct sb_dataset_document *d = &job->datasets[dataset].documents[i];
        struct sb_group *group = &groups[m->group_of[i]];
        group->n_bytes += d->n_scored_bytes;
        group->weight += d->weight * (double)d->n_scored_bytes;
    }
    for (size_t g = 0; g < m->n_groups; g++)
        if (groups[g].n_bytes)
            groups[g].weight /= (double)groups[g].n_bytes;
    return SB_OK;
}

static enum sb_status allocate(struct job *job)
{
    struct sb_measure *m = job->m;
    size_t n = m->n_datasets;
    job->done = calloc(n, sizeof *job->done);
    m->scores = calloc(n, sizeof *m->scores);
    m->sequences = calloc(n, sizeof *m->sequences);
    m->groups = m->n_groups ? calloc(n, sizeof *m->groups) : NULL;
    if (!job->done || !m->scores || !m->sequences || (m->n_groups && !m->groups))
        return SB_MEMORY;
    for (size_t i = 0; i < n; i++) {
        job->done[i] = calloc(n_units(job, i), sizeof *job->done[i]);
        m->scores[i] = calloc(n_units(job, i), sizeof *m->scores[i]);
        if (!job->done[i] || !m->scores[i] || (m->n_groups && sum_groups(job, i)))
            return SB_MEMORY;
    }
    return SB_OK;
}

static void clear(struct job *job)
{
    for (size_t i = 0; job->done && i < job->m->n_datasets; i++)
        free(job->done[i]);
    free(job->done);
    free(job->first);
    free(job->first_unit);
    free(job->fold);
}

/* Bytes that the model learns from; where there are folds, in the largest complement of one. */
static enum sb_status count_train_bytes(struct job *job)
{
    size_t *bytes = calloc(job->n_rounds, sizeof *bytes), total = 0, least = SIZE_MAX;
    if (!bytes)
        return SB_MEMORY;
    for (size_t d = 0; d < job->m->n_datasets; d++)
        for (size_t i = 0; i < job->datasets[d].n_documents; i++) {
            const struct sb_dataset_document *document = &job->datasets[d].documents[i];
            size_t n = job->class->by_group ? document->n_scored_bytes : document->n_bytes;
            bytes[fold_of(job, d, i)] += n;
            total += n;
        }
    for (size_t r = 0; r < job->n_rounds; r++)
        least = smaller(least, bytes[r]);
    free(bytes);
    if (job->mode == CROSS_FITTED)
        job->m->n_train_bytes = total - least;
    else if (job->mode == IN_SAMPLE)
        job->m->n_train_bytes = total;
    return SB_OK;
}

/* ---- the ledger ---------------------------------------------------------------------------- */

static enum sb_status take_row(struct job *job, const struct sb_row *row, struct sb_error *error)
{
    if (strcmp(row->model, job->model->text) != 0)
        return SB_OK;
    long long unit = job->m->n_groups ? row->group : row->document;
    for (size_t d = 0; d < job->m->n_datasets; d++)
        if (strcmp(row->dataset, job->datasets[d].name) == 0 && unit >= 0 &&
            (size_t)unit < n_units(job, d)) {
            job->done[d][unit] = true;
            job->m->scores[d][unit] = row->score;
            return SB_OK;
        }
    return sb_fail(error, SB_FORMAT, "it has a row of %s that the datasets lack; remove the file",
                   row->dataset);
}

static enum sb_status take_rows(struct job *job, struct sb_error *error)
{
    const struct sb_table *rows = job->options->done;
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < sb_table_n_rows(rows) && !status; i++) {
        struct sb_row row;
        status = sb_rows_at(rows, i, &row, error);
        if (!status)
            status = take_row(job, &row, error);
    }
    if (status && job->options->ledger) {
        struct sb_error reason = *error;
        sb_fail(error, status, "%s: %s", sb_ledger_path(job->options->ledger), reason.message);
    }
    return status;
}

static enum sb_status append_rows(struct job *job, struct sb_table *rows, struct sb_error *error)
{
    enum sb_status status = SB_OK;
    if (job->options->ledger)
        status = sb_ledger_append(job->options->ledger, rows, error);
    sb_table_free(rows);
    return status;
}

static long long row_fold(const struct job *job, size_t round)
{
    return job->mode == CROSS_FITTED ? (long long)round : SB_ROW_NONE;
}

/* ---- reading ------------------------------------------------------------------------------- */

/* One more document read, or as many as a finished round would have read. */
static void report(struct job *job, size_t n_read)
{
    job->n_read = n_read;
    if (job->options->progress && n_read <= job->n_to_read)
        job->options->progress(job->options->progress_context, job->model->text,
                               (double)n_read / (double)job->n_to_read);
}

static enum sb_status fit_on_file(struct job *job, const char *path, struct sb_predictor *predictor,
                                  struct sb_error *error)
{
    job->m->n_train_bytes = 0;
    return sb_predictor_train(predictor, path, &job->options->train_options, &job->m->n_train_bytes,
                              error);
}

/* Fits on all documents that are not scored in this round; on all, where there are no folds. */
static enum sb_status fit_on_datasets(struct job *job, size_t round, struct sb_predictor *predictor,
                                      struct sb_error *error)
{
    struct sb_document document;
    size_t number;
    for (size_t d = 0; d < job->m->n_datasets; d++) {
        struct sb_dataset_reader reader;
        enum sb_status status = sb_dataset_rewind(&job->datasets[d], &reader, error);
        while (!status && !(status = sb_dataset_next(&reader, &document, &number, error))) {
            report(job, job->n_read + 1);
            if (!job->fold || !in_round(job, d, number, round))
                status = job->class->add(predictor, &document, error);
        }
        if (status != SB_END)
            return status;
    }
    return SB_OK;
}

static enum sb_status fit(struct job *job, size_t round, struct sb_predictor *predictor,
                          struct sb_error *error)
{
    enum sb_status status = SB_OK;
    const char *train = sb_model_value(job->model, "train");
    if (train && round > 0 && strcmp(train, "-") == 0)
        status = sb_fail(error, SB_FORMAT,
                         "%s: standard input trains one dataset only; put it into a file",
                         job->model->text);
    else if (job->mode == HELD_OUT || (job->mode == ADAPTIVE && train))
        status = fit_on_file(job, train, predictor, error);
    else if (job->mode == CROSS_FITTED || job->mode == IN_SAMPLE)
        status = fit_on_datasets(job, round, predictor, error);
    if (!status && job->class->is_fitted)
        status = job->class->finish(predictor, error);
    if (!status && job->class->expect)
        status = job->class->expect(predictor, job->n_documents, error);
    return status;
}

/* ---- scoring documents --------------------------------------------------------------------- */

/* Before the documents' own rows: an interruption between them leaves tokens that are taken back. */
static enum sb_status append_token_rows(const struct job *job, const struct sb_chunk *chunk,
                                        struct sb_error *error)
{
    if (!job->token_ledger)
        return SB_OK;
    struct sb_table *rows = sb_token_rows_create();
    for (size_t i = 0; i < chunk->n; i++) {
        const struct sb_chunk_document *c = &chunk->items[i];
        if (!job->done[c->dataset][c->number])
            sb_token_rows_append(rows, c->index, c->tokens, c->tokens ? c->score.n_tokens : 0);
    }
    enum sb_status status = sb_ledger_append(job->token_ledger, rows, error);
    sb_table_free(rows);
    return status;
}

/* Whether a document is the only one with weight, so that its error needs its sequence. It is scored
 * even where the ledger has its row. */
static bool wants_sequence(const struct job *job, size_t dataset, size_t number)
{
    const struct sb_dataset *d = &job->datasets[dataset];
    bool can_tell = job->class->sequence || job->class->score_all;
    return can_tell && job->mode != ADAPTIVE && d->sizes.n == 1 &&
           sb_dataset_document_amount(&d->documents[number]) > 0 && d->documents[number].weight > 0;
}

static enum sb_status take_sequence(struct job *job, const struct sb_predictor *predictor,
                                    const struct sb_chunk_document *c, struct sb_error *error)
{
    struct sb_bit_sequence *sequence = &job->m->sequences[c->dataset];
    if (!wants_sequence(job, c->dataset, c->number))
        return SB_OK;
    if (!c->tokens)
        return job->class->sequence(predictor, &c->document, c->index, &sequence->bits,
                                    &sequence->n, error);
    sequence->n = c->score.n_tokens;
    sequence->bits = malloc((sequence->n + 1) * sizeof *sequence->bits);
    for (size_t i = 0; sequence->bits && i < sequence->n; i++)
        sequence->bits[i] = -c->tokens[i].log2_p;
    return sequence->bits ? SB_OK : sb_fail_memory(error);
}

static bool wants_tokens(const struct job *job, const struct sb_chunk *chunk)
{
    bool wants = job->token_ledger != NULL;
    for (size_t i = 0; i < chunk->n && !wants; i++)
        wants = job->class->score_all &&
                wants_sequence(job, chunk->items[i].dataset, chunk->items[i].number);
    return wants;
}

/* Scores what the chunk holds, and empties it. */
static enum sb_status score_chunk(struct job *job, size_t round, struct sb_predictor *predictor,
                                  struct sb_chunk *chunk, struct sb_error *error)
{
    enum sb_status status = job->mode == ADAPTIVE
                                ? sb_chunk_learn(chunk, predictor, error)
                                : sb_chunk_score(chunk, predictor, wants_tokens(job, chunk),
                                                 job->options->n_threads, error);
    if (!status)
        status = append_token_rows(job, chunk, error);
    if (status)
        return status;
    struct sb_table *rows = sb_rows_create();
    for (size_t i = 0; i < chunk->n; i++) {
        const struct sb_chunk_document *c = &chunk->items[i];
        if ((status = take_sequence(job, predictor, c, error)))
            break;
        if (job->done[c->dataset][c->number])
            continue; /* it was only learned, or read for its sequence */
        job->m->scores[c->dataset][c->number] = c->score;
        job->m->n_lossy += c->is_lossy;
        if (!job->options->ledger)
            continue;
        char name[512];
        sb_document_name(&c->document, name, sizeof name);
        struct sb_row row = { .model = job->model->text,
                              .dataset = job->datasets[c->dataset].name,
                              .document = (long long)c->number,
                              .group = SB_ROW_NONE,
                              .fold = row_fold(job, round),
                              .name = name,
                              .n_bytes = c->document.span_end - c->document.span_begin,
                              .weight = c->document.weight,
                              .score = c->score };
        sb_rows_append(rows, &row);
    }
    sb_chunk_reset(chunk);
    if (!status)
        return append_rows(job, rows, error);
    sb_table_free(rows);
    return status;
}

static enum sb_status add_to_chunk(struct job *job, size_t round, struct sb_predictor *predictor,
                                   struct sb_chunk *chunk, const struct sb_document *document,
                                   size_t dataset, size_t number, struct sb_error *error)
{
    size_t index = job->first[dataset] + number;
    enum sb_status status = sb_chunk_add(chunk, document, dataset, number, index);
    if (status == SB_END) {
        status = score_chunk(job, round, predictor, chunk, error);
        if (status)
            return status;
        status = sb_chunk_add(chunk, document, dataset, number, index);
    }
    return status ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status score_documents(struct job *job, size_t round, struct sb_predictor *predictor,
                                      struct sb_error *error)
{
    struct sb_chunk chunk;
    struct sb_document document;
    size_t number;
    enum sb_status status =
        sb_chunk_init(&chunk, predictor->chunk_bytes) ? sb_fail_memory(error) : SB_OK;
    for (size_t d = 0; d < job->m->n_datasets && !status; d++) {
        struct sb_dataset_reader reader;
        status = sb_dataset_rewind(&job->datasets[d], &reader, error);
        while (!status && !(status = sb_dataset_next(&reader, &document, &number, error))) {
            report(job, job->n_read + 1);
            bool wanted =
                job->mode == ADAPTIVE || !job->done[d][number] || wants_sequence(job, d, number);
            if (in_round(job, d, number, round) && wanted)
                status = add_to_chunk(job, round, predictor, &chunk, &document, d, number, error);
        }
        if (status == SB_END)
            status = SB_OK;
    }
    if (!status)
        status = score_chunk(job, round, predictor, &chunk, error);
    sb_chunk_clear(&chunk);
    return status;
}

/* ---- scoring groups ------------------------------------------------------------------------ */

struct group_scoring {
    const struct job *job;
    const struct sb_predictor *predictor;
    struct sb_buffer *texts; /* texts[dataset * n_groups + group]; empty where nothing is to do */
};

static enum sb_status gather(struct job *job, size_t round, struct sb_buffer *texts,
                             struct sb_error *error)
{
    struct sb_document document;
    size_t number;
    for (size_t d = 0; d < job->m->n_datasets; d++) {
        struct sb_dataset_reader reader;
        enum sb_status status = sb_dataset_rewind(&job->datasets[d], &reader, error);
        while (!status && !(status = sb_dataset_next(&reader, &document, &number, error))) {
            size_t g = job->m->group_of[number];
            report(job, job->n_read + 1);
            if (in_round(job, d, number, round) && !job->done[d][g] &&
                sb_buffer_append(&texts[d * job->m->n_groups + g],
                                 document.bytes + document.span_begin,
                                 document.span_end - document.span_begin))
                status = sb_fail_memory(error);
        }
        if (status != SB_END)
            return status;
    }
    return SB_OK;
}

static enum sb_status score_group(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)thread;
    const struct group_scoring *s = context;
    const struct sb_buffer *text = &s->texts[item];
    const struct sb_measure *m = s->job->m;
    if (!text->n)
        return SB_OK;
    return s->job->class->score_group(s->predictor, text->bytes, text->n,
                                      &m->scores[item / m->n_groups][item % m->n_groups], error);
}

static enum sb_status append_group_rows(struct job *job, size_t round,
                                        const struct sb_buffer *texts, struct sb_error *error)
{
    const struct sb_measure *m = job->m;
    struct sb_table *rows = sb_rows_create();
    for (size_t i = 0; i < m->n_datasets * m->n_groups; i++) {
        size_t d = i / m->n_groups, g = i % m->n_groups;
        struct sb_row row = { .model = job->model->text,
                              .dataset = job->datasets[d].name,
                              .document = SB_ROW_NONE,
                              .group = (long long)g,
                              .fold = row_fold(job, round),
                              .n_bytes = m->groups[d][g].n_bytes,
                              .weight = m->groups[d][g].weight,
                              .score = m->scores[d][g] };
        if (texts[i].n)
            sb_rows_append(rows, &row);
    }
    return append_rows(job, rows, error);
}

static enum sb_status score_groups(struct job *job, size_t round,
                                   const struct sb_predictor *predictor, struct sb_error *error)
{
    size_t n = job->m->n_datasets * job->m->n_groups;
    struct sb_buffer *texts = calloc(n, sizeof *texts);
    if (!texts)
        return sb_fail_memory(error);
    struct group_scoring scoring = { job, predictor, texts };
    enum sb_status status = gather(job, round, texts, error);
    if (!status)
        status = sb_parallel_for(job->options->n_threads, n, score_group, &scoring, error);
    if (!status)
        status = append_group_rows(job, round, texts, error);
    for (size_t i = 0; i < n; i++)
        sb_buffer_clear(&texts[i]);
    free(texts);
    return status;
}

/* ---- rounds -------------------------------------------------------------------------------- */

/* Every unit of this round has its row already. */
static bool is_done(const struct job *job, size_t round)
{
    for (size_t d = 0; d < job->m->n_datasets; d++)
        for (size_t i = 0; i < job->datasets[d].n_documents; i++) {
            bool empty = !job->datasets[d].documents[i].n_scored_bytes;
            size_t unit = job->m->n_groups ? job->m->group_of[i] : i;
            bool wanted = !job->done[d][unit] || (!job->m->n_groups && wants_sequence(job, d, i));
            if (in_round(job, d, i, round) && wanted && !(job->m->n_groups && empty))
                return false;
        }
    return true;
}

static enum sb_status run_round(struct job *job, size_t round, struct sb_error *error)
{
    struct sb_predictor *predictor;
    enum sb_status status = sb_predictor_create(job->model, &predictor, error);
    if (status)
        return status;
    job->m->depth_bits = predictor->depth_bits;
    job->m->window_bytes = predictor->window_bytes;
    memcpy(job->m->facts, predictor->facts, sizeof predictor->facts);
    job->m->n_facts = predictor->n_facts;
    /* A held-out model is fitted even if nothing is left to score: the result says on how
     * much. So is one that has something to say of its fit. */
    bool done = is_done(job, round);
    if (!done || job->mode == HELD_OUT || job->class->has_note)
        status = fit(job, round, predictor, error);
    if (!status && *predictor->note && !strchr(job->m->fit, ';')) {
        size_t n = strlen(job->m->fit);
        snprintf(job->m->fit + n, sizeof job->m->fit - n, "; %s", predictor->note);
    }
    if (!status && !done)
        status = job->m->n_groups ? score_groups(job, round, predictor, error)
                                  : score_documents(job, round, predictor, error);
    sb_predictor_free(predictor);
    return status;
}

static bool is_document_done(const void *context, size_t index)
{
    const struct job *job = context;
    size_t d = 0;
    while (d + 1 < job->m->n_datasets && job->first[d + 1] <= index)
        d++;
    return index - job->first[d] < job->datasets[d].n_documents &&
           job->done[d][index - job->first[d]];
}

static enum sb_status open_token_rows(struct job *job, struct sb_error *error)
{
    if (!job->options->token_rows)
        return SB_OK;
    if (!job->class->score_all || job->mode == ADAPTIVE)
        return sb_fail(error, SB_UNSUPPORTED,
                       "model \"%s\" has no rows of tokens; checkpoints and ngram have",
                       job->model->text);
    size_t n_done = 0;
    for (size_t d = 0; d < job->m->n_datasets; d++)
        for (size_t i = 0; i < job->datasets[d].n_documents; i++)
            n_done +=
                job->done[d][i] && sb_dataset_document_amount(&job->datasets[d].documents[i]) > 0;
    return sb_token_rows_open(job->options->token_rows, job->options->token_header,
                              is_document_done, job, n_done, &job->token_ledger, error);
}

static enum sb_status run(struct job *job, struct sb_error *error)
{
    if (assign(job) || allocate(job) || count_train_bytes(job))
        return sb_fail_memory(error);
    enum sb_status status = take_rows(job, error);
    if (!status)
        status = open_token_rows(job, error);
    bool twice = job->mode == CROSS_FITTED || job->mode == IN_SAMPLE;
    size_t per_round = job->n_documents * (twice ? 2 : 1);
    job->n_to_read = per_round * job->n_rounds;
    for (size_t round = 0; round < job->n_rounds && !status; round++) {
        status = run_round(job, round, error);
        report(job, per_round * (round + 1));
    }
    enum sb_status closed = sb_ledger_close(job->token_ledger, status ? NULL : error);
    return status ? status : closed;
}

enum sb_status sb_measure_create(const struct sb_model *model, const struct sb_dataset *datasets,
                                 size_t n_datasets, const struct sb_measure_options *options,
                                 struct sb_measure **measure, struct sb_error *error)
{
    *measure = NULL;
    struct job job = { .model = model, .datasets = datasets, .options = options };
    enum sb_status status = sb_predictor_find(model, &job.class, error);
    if (status)
        return status;
    if (n_datasets && datasets[0].has_ids && !job.class->takes_ids)
        return sb_fail(
            error, SB_UNSUPPORTED,
            "%s holds token ids, which %s cannot take; name a checkpoint, a score file or ngram with "
            "tokenizer=FILE, or turn them into text: springback data detokenize",
            datasets[0].path, model->text);
    struct sb_measure *m = job.m = calloc(1, sizeof *m);
    if (!m)
        return sb_fail_memory(error);
    m->model = model->text;
    m->n_datasets = n_datasets;
    status = run(&job, error);
    clear(&job);
    if (status)
        sb_measure_free(m);
    else
        *measure = m;
    return status;
}

void sb_measure_free(struct sb_measure *measure)
{
    if (!measure)
        return;
    for (size_t i = 0; i < measure->n_datasets; i++) {
        if (measure->scores)
            free(measure->scores[i]);
        if (measure->sequences)
            free(measure->sequences[i].bits);
        if (measure->groups)
            free(measure->groups[i]);
    }
    free(measure->scores);
    free(measure->sequences);
    free(measure->groups);
    free(measure->group_of);
    free(measure);
}

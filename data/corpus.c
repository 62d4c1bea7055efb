#include "data/corpus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "data/archive.h"
#include "data/columns.h"
#include "data/csv.h"
#include "data/documents.h"
#include "data/format.h"
#include "data/json_array.h"
#include "data/jsonl.h"
#include "data/lines.h"
#include "data/record.h"
#include "data/text.h"
#include "data/utf8.h"
#include "theory/random.h"

enum { REPLAY_BYTES = 64 << 20 };

struct sb_corpus {
    char *path;
    struct sb_corpus_options options;
    struct sb_corpus_counts counts;

    struct sb_archive *archive; /* the file being read, and its readers */
    const char *source;         /* NULL between files */
    enum sb_corpus_format format;
    bool is_text, is_settled; /* whether the first file was text; whether there was one */
    struct sb_lines lines;
    struct sb_text text;
    struct sb_json_array array;
    struct sb_csv *csv;
    struct sb_record record;
    struct sb_columns columns;

    struct sb_documents kept; /* from the beginning on, or the shuffled corpus */
    bool keeps;               /* kept holds everything so far */
    size_t n_given;           /* documents handed out since the last rewind */
    enum sb_status over;      /* what reading ended with: SB_END or a failure */
    struct sb_error failure;
    struct sb_error malformed; /* about the first record that was skipped */
};

struct sb_corpus_options sb_corpus_options_default(void)
{
    return (struct sb_corpus_options){ .max_document_bytes = (size_t)32 << 20 };
}

enum sb_status sb_corpus_open(const char *path, const struct sb_corpus_options *options,
                              struct sb_corpus **result, struct sb_error *error)
{
    *result = NULL;
    struct sb_corpus *corpus = calloc(1, sizeof *corpus);
    if (!corpus)
        return sb_fail_memory(error);
    corpus->options = *options;
    corpus->keeps = !options->once || options->shuffle;
    corpus->path = strdup(path);
    enum sb_status status = corpus->path ? SB_OK : sb_fail_memory(error);
    if (status == SB_OK)
        status = sb_archive_open(path, options->once || options->shuffle, &corpus->archive, error);
    sb_lines_init(&corpus->lines, corpus->archive, options->max_document_bytes);
    sb_text_init(&corpus->text, &corpus->options, &corpus->lines);
    sb_json_array_init(&corpus->array, corpus->archive, options->max_document_bytes);
    sb_columns_init(&corpus->columns, &corpus->options);
    corpus->csv = sb_csv_create(corpus->archive, options->max_document_bytes);
    if (status == SB_OK && !corpus->csv)
        status = sb_fail_memory(error);
    if (status) {
        sb_corpus_close(corpus);
        return status;
    }
    *result = corpus;
    return SB_OK;
}

void sb_corpus_close(struct sb_corpus *corpus)
{
    if (!corpus)
        return;
    sb_documents_clear(&corpus->kept);
    sb_columns_clear(&corpus->columns);
    sb_record_clear(&corpus->record);
    sb_csv_free(corpus->csv);
    sb_json_array_clear(&corpus->array);
    sb_text_clear(&corpus->text);
    sb_lines_clear(&corpus->lines);
    sb_archive_close(corpus->archive);
    free(corpus->path);
    free(corpus);
}

/* ---- files ------------------------------------------------------------------------------------ */

/* Opens the next file that is not empty, finds its format, and starts its reader. */
static enum sb_status open_file(struct sb_corpus *corpus, struct sb_error *error)
{
    struct sb_archive_entry entry;
    const uint8_t *bytes = NULL;
    size_t n = 0;
    enum sb_status status;
    do {
        status = sb_archive_next(corpus->archive, &entry, error);
        if (status == SB_OK)
            status = sb_archive_peek(corpus->archive, &bytes, &n, error);
        else
            return status;
    } while (status == SB_END);
    corpus->format = corpus->options.format;
    if (status == SB_OK && corpus->format == SB_FORMAT_GUESS)
        status = sb_format_guess(entry.source, entry.name, bytes, n, &corpus->format, error);
    if (status)
        return status;
    bool is_text = corpus->format == SB_FORMAT_TEXT;
    if (is_text && corpus->options.n_filters)
        return sb_fail(error, SB_FORMAT, "%s: text has no columns for --filter %s", entry.source,
                       corpus->options.filters[0]);
    if (corpus->is_settled && is_text != corpus->is_text)
        return sb_fail(error, SB_FORMAT,
                       "%s: %s among %s; choose files with PATH:GLOB, or force one --format",
                       entry.source, is_text ? "text" : "records", is_text ? "records" : "text");
    corpus->is_text = is_text;
    corpus->is_settled = true;
    corpus->source = entry.source;
    sb_lines_restart(&corpus->lines, entry.source);
    sb_text_restart(&corpus->text);
    sb_json_array_restart(&corpus->array, entry.source);
    sb_csv_restart(corpus->csv, entry.source, corpus->format == SB_FORMAT_TSV ? '\t' : ',');
    return SB_OK;
}

/* ---- documents as read ------------------------------------------------------------------------ */

static enum sb_status read_text(struct sb_corpus *corpus, struct sb_document *document,
                                struct sb_error *error)
{
    struct sb_document d = { .source = corpus->source, .weight = 1 };
    enum sb_status status = sb_text_next(&corpus->text, &d.bytes, &d.n_bytes, &d.record, error);
    d.span_end = d.n_bytes;
    if (status == SB_OK)
        *document = d;
    return status;
}

static enum sb_status next_record(struct sb_corpus *corpus, struct sb_error *error)
{
    if (corpus->format == SB_FORMAT_JSONL)
        return sb_jsonl_next(&corpus->lines, &corpus->record, error);
    if (corpus->format == SB_FORMAT_JSON)
        return sb_json_array_next(&corpus->array, &corpus->record, error);
    return sb_csv_next(corpus->csv, &corpus->record, error);
}

/* A record that is no document: skips it, or fails with what *error already says. */
static enum sb_status skip(struct sb_corpus *corpus, enum sb_status status,
                           const struct sb_error *error)
{
    if (!corpus->options.skip_invalid || status != SB_FORMAT)
        return status;
    if (corpus->counts.n_skipped++ == 0 && error)
        corpus->malformed = *error;
    return SB_OK;
}

/* The next document of the current file that no filter leaves out. */
static enum sb_status read_record(struct sb_corpus *corpus, struct sb_document *document,
                                  struct sb_error *error)
{
    enum sb_status status;
    while ((status = next_record(corpus, error)) == SB_OK) {
        bool keep = true;
        if (corpus->record.is_malformed)
            status = SB_FORMAT;
        if (status == SB_OK)
            status = sb_columns_settle(&corpus->columns, &corpus->record, error);
        if (status == SB_OK)
            status = sb_columns_filter(&corpus->columns, &corpus->record, &keep, error);
        if (status == SB_OK && keep)
            status = sb_columns_document(&corpus->columns, &corpus->record, document, error);
        if (status == SB_OK && keep)
            return SB_OK;
        if (status == SB_OK)
            corpus->counts.n_filtered++;
        else
            status = skip(corpus, status, error);
        if (status)
            return status;
    }
    return status;
}

static void count(struct sb_corpus_counts *counts, const struct sb_document *document,
                  bool is_known_utf8)
{
    counts->n_documents++;
    counts->n_bytes += document->n_bytes;
    counts->n_scored_bytes += document->span_end - document->span_begin;
    counts->n_ids += document->n_ids;
    counts->n_scored_ids += document->ids ? sb_document_n_scored(document) : 0;
    if (!is_known_utf8 && !sb_utf8_valid(document->bytes, document->n_bytes))
        counts->n_invalid_utf8++;
}

/* The next document in file order. */
static enum sb_status read_document(struct sb_corpus *corpus, struct sb_document *document,
                                    struct sb_error *error)
{
    for (;;) {
        enum sb_status status = corpus->source ? SB_OK : open_file(corpus, error);
        if (status)
            return status;
        status = corpus->is_text ? read_text(corpus, document, error)
                                 : read_record(corpus, document, error);
        if (status != SB_END)
            return status;
        corpus->source = NULL;
    }
}

/* Nothing was found: says what was left out, and why. */
static enum sb_status fail_empty(const struct sb_corpus *corpus, struct sb_error *error)
{
    size_t filtered = corpus->counts.n_filtered, skipped = corpus->counts.n_skipped;
    if (skipped && !filtered)
        return sb_fail(error, SB_FORMAT, "%s: no documents: all %zu records are malformed (%s)",
                       corpus->path, skipped, corpus->malformed.message);
    if (filtered)
        return sb_fail(error, SB_FORMAT,
                       "%s: no documents left after --filter %s%s (%zu read, %zu malformed); "
                       "'springback data head' shows the values",
                       corpus->path, corpus->options.filters[0],
                       corpus->options.n_filters > 1 ? " and others" : "", filtered + skipped,
                       skipped);
    return sb_fail(error, SB_FORMAT, "%s: no documents: there is nothing in it; name another file",
                   corpus->path);
}

/* ---- shuffling, replaying --------------------------------------------------------------------- */

/* The next document in file order; the limit, the end and failures are final. */
static enum sb_status read_next(struct sb_corpus *corpus, bool limited,
                                struct sb_document *document, struct sb_error *error)
{
    if (corpus->over) {
        if (error && corpus->over != SB_END)
            *error = corpus->failure;
        return corpus->over;
    }
    size_t limit = limited ? corpus->options.limit : 0;
    enum sb_status status = SB_END;
    struct sb_error failure = { "" };
    if (!limit || corpus->counts.n_documents < limit)
        status = read_document(corpus, document, &failure);
    if (status == SB_OK) {
        bool is_json = corpus->format == SB_FORMAT_JSONL || corpus->format == SB_FORMAT_JSON;
        count(&corpus->counts, document, is_json);
        return SB_OK;
    }
    if (status == SB_END && corpus->counts.n_documents == 0)
        status = fail_empty(corpus, &failure);
    corpus->over = status;
    corpus->failure = failure;
    if (error && status != SB_END)
        *error = failure;
    return status;
}

/* A uniform sample of the corpus (all of it without a limit) into kept: reservoir sampling. */
static enum sb_status sample(struct sb_corpus *corpus, struct sb_random *random,
                             struct sb_error *error)
{
    struct sb_document document;
    size_t limit = corpus->options.limit;
    enum sb_status status;
    for (size_t i = 0; (status = read_next(corpus, false, &document, error)) == SB_OK; i++) {
        size_t j = !limit || i < limit ? i : (size_t)sb_random_below(random, i + 1);
        if ((!limit || j < limit) && sb_documents_put(&corpus->kept, j, &document))
            return sb_fail_memory(error);
    }
    return status;
}

/* Fills kept with the sample in random order, and counts what is in it. */
static enum sb_status shuffle(struct sb_corpus *corpus, struct sb_error *error)
{
    struct sb_random random;
    sb_random_init(&random, corpus->options.seed, 0);
    enum sb_status status = sample(corpus, &random, &corpus->failure);
    corpus->over = status;
    if (status != SB_END) {
        sb_documents_clear(&corpus->kept);
        if (error)
            *error = corpus->failure;
        return status;
    }
    struct sb_corpus_counts *counts = &corpus->counts;
    *counts = (struct sb_corpus_counts){ .n_filtered = counts->n_filtered,
                                         .n_skipped = counts->n_skipped };
    struct sb_document *items = corpus->kept.items;
    for (size_t i = corpus->kept.n; i > 0; i--) {
        size_t j = (size_t)sb_random_below(&random, i);
        struct sb_document swapped = items[i - 1];
        items[i - 1] = items[j];
        items[j] = swapped;
        count(counts, &items[i - 1], false);
    }
    return SB_OK;
}

static enum sb_status keep(struct sb_corpus *corpus, const struct sb_document *document,
                           struct sb_error *error)
{
    if (sb_documents_put(&corpus->kept, corpus->kept.n, document))
        return sb_fail_memory(error);
    if (corpus->kept.n_bytes > REPLAY_BYTES) {
        corpus->keeps = false;
        sb_documents_clear(&corpus->kept);
    }
    return SB_OK;
}

enum sb_status sb_corpus_next(struct sb_corpus *corpus, struct sb_document *document,
                              struct sb_error *error)
{
    struct sb_document next;
    enum sb_status status = SB_OK;
    if (corpus->options.shuffle && !corpus->over)
        status = shuffle(corpus, error);
    if (status)
        return status;
    if (corpus->keeps && corpus->n_given < corpus->kept.n) {
        *document = corpus->kept.items[corpus->n_given++];
        return SB_OK;
    }
    status = read_next(corpus, true, &next, error);
    if (status == SB_OK && corpus->keeps)
        status = keep(corpus, &next, error);
    if (status == SB_OK) {
        corpus->n_given++;
        *document = next;
    }
    return status;
}

enum sb_status sb_corpus_rewind(struct sb_corpus *corpus, struct sb_error *error)
{
    corpus->n_given = 0;
    if (corpus->keeps)
        return SB_OK;
    enum sb_status status = sb_archive_rewind(corpus->archive, error);
    if (status)
        return status;
    corpus->source = NULL;
    corpus->over = SB_OK;
    corpus->counts = (struct sb_corpus_counts){ 0 };
    return SB_OK;
}

struct sb_corpus_counts sb_corpus_counts(const struct sb_corpus *corpus)
{
    return corpus->counts;
}

const char *sb_corpus_columns(const struct sb_corpus *corpus)
{
    return corpus->columns.names;
}

bool sb_corpus_has_ids(const struct sb_corpus *corpus)
{
    return corpus->columns.are_ids;
}

size_t sb_document_n_scored(const struct sb_document *document)
{
    if (!document->ids)
        return document->span_end - document->span_begin;
    size_t n = document->n_ids ? document->n_ids - 1 : 0, n_scored = 0;
    for (size_t i = 0; i < n; i++)
        n_scored += !document->loss_mask || document->loss_mask[i];
    return n_scored;
}

bool sb_corpus_has_prompts(const struct sb_corpus *corpus)
{
    return corpus->columns.has_prompts;
}

void sb_document_name(const struct sb_document *document, char *name, size_t size)
{
    if (document->id)
        snprintf(name, size, "%s", document->id);
    else if (document->record)
        snprintf(name, size, "%s:%zu", document->source, document->record);
    else
        snprintf(name, size, "%s", document->source);
    for (char *c = name; *c; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7F)
            *c = '?';
}

/* springback data tokenize and detokenize: documents as token ids, and back. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "cli/data.h"
#include "data/output.h"
#include "data/tokenizer.h"
#include "data/utf8.h"

struct work {
    struct cli_run run;
    struct cli_reading reading;
    struct cli_corpus corpus;
    const char *path; /* of the tokenizer */
    bool special, skip_special;

    struct sb_tokenizer *tokenizer;
    struct sb_encoder *encoder;
    struct sb_tokens tokens;
    struct sb_buffer text;
    size_t n_documents, n_lossy;
};

/* Makes the object of a document. */
typedef enum sb_status convert_function(struct work *w, const struct sb_document *document,
                                        json_t *object, struct sb_error *error);

/* ---- tokenize --------------------------------------------------------------------------------- */

/* The ids of a template (BOS, EOS) as tokens that cover nothing. */
static enum sb_status add_template(struct work *w, const uint32_t *ids, size_t n,
                                   struct sb_error *error)
{
    for (size_t i = 0; w->special && i < n; i++)
        if (sb_tokens_add(&w->tokens, ids[i], w->tokens.n_bytes))
            return sb_fail_memory(error);
    return SB_OK;
}

/* The context and the scored span one by one, between what the template adds; *n_context tokens are
 * not scored. */
static enum sb_status encode(struct work *w, const struct sb_document *d, size_t *n_context,
                             struct sb_error *error)
{
    size_t n_prefix, n_suffix;
    const uint32_t *prefix = sb_tokenizer_prefix(w->tokenizer, &n_prefix);
    const uint32_t *suffix = sb_tokenizer_suffix(w->tokenizer, &n_suffix);
    bool lossless = true;
    sb_tokens_reset(&w->tokens);
    enum sb_status status = add_template(w, prefix, n_prefix, error);
    size_t begin = w->tokens.n;
    if (status == SB_OK)
        status = sb_encoder_encode_part(w->encoder, d->bytes, 0, d->span_begin, &w->tokens, error);
    *n_context = w->tokens.n;
    if (status == SB_OK)
        status = sb_encoder_encode_part(w->encoder, d->bytes, d->span_begin, d->n_bytes, &w->tokens,
                                        error);
    if (status == SB_OK)
        status = sb_tokenizer_restores(w->tokenizer, w->tokens.ids + begin, w->tokens.n - begin,
                                       d->bytes, d->n_bytes, &lossless, error);
    if (status == SB_OK)
        status = add_template(w, suffix, n_suffix, error);
    w->n_lossy += !lossless;
    return status;
}

static enum sb_status tokenize(struct work *w, const struct sb_document *d, json_t *object,
                               struct sb_error *error)
{
    size_t n_context = 0;
    enum sb_status status = encode(w, d, &n_context, error);
    if (status)
        return status;
    json_t *ids = json_array(), *mask = d->span_begin ? json_array() : NULL;
    bool ok = json_object_set_new(object, "ids", ids) == 0;
    if (d->span_begin)
        ok = ok && json_object_set_new(object, "loss_mask", mask) == 0;
    for (size_t i = 0; ok && i < w->tokens.n; i++)
        ok = json_array_append_new(ids, json_integer(w->tokens.ids[i])) == 0 &&
             (!mask || i == 0 || json_array_append_new(mask, json_integer(i >= n_context)) == 0);
    return ok ? SB_OK : sb_fail_memory(error);
}

/* ---- detokenize ------------------------------------------------------------------------------- */

static enum sb_status detokenize(struct work *w, const struct sb_document *d, json_t *object,
                                 struct sb_error *error)
{
    if (!d->ids)
        return sb_fail(error, SB_FORMAT, "no token ids; name their column with --columns");
    sb_buffer_reset(&w->text);
    enum sb_status status =
        sb_tokenizer_decode(w->tokenizer, d->ids, d->n_ids, w->skip_special, &w->text, error);
    if (status)
        return status;
    if (!sb_utf8_valid(w->text.bytes, w->text.n))
        return sb_fail(error, SB_FORMAT,
                       "the ids decode to bytes that are not UTF-8, which JSON must be");
    const char *text = w->text.n ? (const char *)w->text.bytes : "";
    return json_object_set_new(object, "text", json_stringn(text, w->text.n))
               ? sb_fail_memory(error)
               : SB_OK;
}

/* ---- both ------------------------------------------------------------------------------------- */

static enum sb_status write_document(struct work *w, FILE *file, const struct sb_document *d,
                                     convert_function *convert, struct sb_error *error)
{
    char name[4096];
    struct sb_error reason;
    sb_document_name(d, name, sizeof name);
    const char *id = d->id ? d->id : name;
    json_t *object = json_object();
    enum sb_status status = SB_OK;
    if (!sb_utf8_valid((const uint8_t *)id, strlen(id)))
        status = sb_fail(&reason, SB_FORMAT, "its name is not UTF-8, which JSON must be");
    else if (json_object_set_new(object, "id", json_string(id)))
        status = sb_fail_memory(&reason);
    if (status == SB_OK)
        status = convert(w, d, object, &reason);
    if (status == SB_OK && d->weight != 1 &&
        json_object_set_new(object, "weight", json_real(d->weight)))
        status = sb_fail_memory(&reason);
    if (status == SB_OK) {
        json_dumpf(object, file, JSON_COMPACT | JSON_REAL_PRECISION(17));
        fputc('\n', file);
    } else {
        sb_fail(error, status, "%s: %s", name, reason.message);
    }
    json_decref(object);
    return status;
}

static enum sb_status write_all(struct work *w, FILE *file, convert_function *convert,
                                struct sb_error *error)
{
    struct sb_document document;
    enum sb_status status = SB_OK;
    while (status == SB_OK && !ferror(file) && /* sb_output_commit says so */
           (status = cli_reading_next(&w->run, &w->reading, &document, error)) == SB_OK) {
        w->n_documents++;
        status = write_document(w, file, &document, convert, error);
    }
    return status == SB_END ? SB_OK : status;
}

static int convert_all(struct work *w, convert_function *convert)
{
    struct sb_output output;
    struct sb_error error;
    enum sb_status status = sb_tokenizer_create(w->path, &w->tokenizer, &error);
    if (status == SB_OK)
        status = sb_encoder_create(w->tokenizer, &w->encoder, &error);
    if (status == SB_OK)
        status = sb_output_open(&output, w->run.output, &error);
    if (status)
        return cli_fail(&error);
    cli_guard(output.temporary);
    status = write_all(w, output.file, convert, &error);
    cli_guard(NULL);
    cli_progress_end(&w->run);
    if (status)
        sb_output_discard(&output);
    else
        status = sb_output_commit(&output, &error);
    if (status == SB_OK && w->n_lossy)
        cli_note(&w->run, "%zu of %zu documents do not come back exactly from their ids",
                 w->n_lossy, w->n_documents);
    return status ? cli_fail(&error) : 0;
}

static int work(const struct cli_command *command, const struct cli_option *options, struct work *w,
                convert_function *convert, int argc, char **argv)
{
    int status = cli_begin(&w->run, command, options, argc, argv);
    if (status < 0 && (w->run.json || w->run.tsv))
        status = cli_usage(command, "the result is JSONL; --json and --tsv do not apply");
    if (status < 0 && !w->path)
        status = cli_usage(command, "no --tokenizer: name a tokenizer.json, its folder, or bytes");
    if (status < 0)
        status = cli_need_datasets(&w->run, 1);
    if (status < 0)
        status = cli_reading_open(&w->run, &w->corpus, w->run.arguments.items[0], &w->reading);
    if (status < 0)
        status = convert_all(w, convert);
    cli_reading_close(&w->reading);
    sb_encoder_free(w->encoder);
    sb_tokenizer_free(w->tokenizer);
    sb_tokens_clear(&w->tokens);
    sb_buffer_clear(&w->text);
    cli_end(&w->run);
    return status;
}

int cli_data_tokenize(const struct cli_command *command, int argc, char **argv)
{
    struct work w = { .path = NULL };
    const struct cli_option options[] = { { "tokenizer", CLI_TEXT, &w.path, "FILE",
                                            "a tokenizer.json, a folder with one, or bytes" },
                                          { "special", CLI_FLAG, &w.special, NULL,
                                            "with the tokens that it puts around texts (BOS)" },
                                          CLI_CORPUS_OPTIONS(&w.corpus),
                                          { NULL, CLI_END, NULL, NULL, NULL } };
    return work(command, options, &w, tokenize, argc, argv);
}

int cli_data_detokenize(const struct cli_command *command, int argc, char **argv)
{
    struct work w = { .corpus.takes_ids = true };
    const struct cli_option options[] = {
        { "tokenizer", CLI_TEXT, &w.path, "FILE", "a tokenizer.json, a folder with one, or bytes" },
        { "skip-special", CLI_FLAG, &w.skip_special, NULL, "without special tokens" },
        CLI_CORPUS_OPTIONS(&w.corpus),
        { NULL, CLI_END, NULL, NULL, NULL }
    };
    return work(command, options, &w, detokenize, argc, argv);
}

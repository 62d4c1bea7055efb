#include "estimators/transformer/training_data.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "data/lines.h"
#include "data/tokenizer.h"

enum { MAX_LINE = 1 << 28 };

/* ---- sequences --------------------------------------------------------------------------------- */

static void clear_sequence(struct sb_training_sequence *s)
{
    free((void *)s->ids);
    free((void *)s->mask);
}

void sb_training_data_clear(struct sb_training_data *data)
{
    for (size_t i = 0; i < data->n; i++)
        clear_sequence(&data->sequences[i]);
    free(data->sequences);
    *data = (struct sb_training_data){ 0 };
}

/* Takes the arrays. */
static enum sb_status append(struct sb_training_data *data, uint32_t *ids, uint8_t *mask, size_t n)
{
    if (data->n == data->capacity) {
        size_t capacity = 2 * data->capacity + 256;
        void *grown = realloc(data->sequences, capacity * sizeof *data->sequences);
        if (!grown) {
            free(ids);
            free(mask);
            return SB_MEMORY;
        }
        data->sequences = grown;
        data->capacity = capacity;
    }
    data->sequences[data->n++] = (struct sb_training_sequence){ ids, n, mask, data->n_documents };
    return SB_OK;
}

/* Copies n >= 2 ids and what is asked for; nothing where none is. */
static enum sb_status append_copy(struct sb_training_data *data, const uint32_t *ids,
                                  const uint8_t *mask, size_t n)
{
    if (n < 2 || !memchr(mask, 1, n - 1))
        return SB_OK;
    uint32_t *ids_copy = malloc(n * sizeof *ids_copy);
    uint8_t *mask_copy = malloc(n);
    if (!ids_copy || !mask_copy) {
        free(ids_copy);
        free(mask_copy);
        return SB_MEMORY;
    }
    memcpy(ids_copy, ids, n * sizeof *ids);
    memcpy(mask_copy, mask, n - 1);
    return append(data, ids_copy, mask_copy, n);
}

static enum sb_status append_windows(struct sb_training_data *data, const uint32_t *ids,
                                     const uint8_t *mask, size_t n, size_t n_context)
{
    enum sb_status status = SB_OK;
    data->n_windowed += n - 1 > n_context;
    for (size_t begin = 0; begin + 1 < n && !status; begin += n_context) {
        size_t left = n - begin;
        status = append_copy(data, ids + begin, mask + begin,
                             left < n_context + 1 ? left : n_context + 1);
    }
    return status;
}

/* ---- ids --------------------------------------------------------------------------------------- */

static enum sb_status take_ids(const json_t *array, size_t n_vocabulary, uint32_t *ids,
                               const char *source, size_t line, struct sb_error *error)
{
    for (size_t i = 0; i < json_array_size(array); i++) {
        const json_t *value = json_array_get(array, i);
        json_int_t id = json_is_integer(value) ? json_integer_value(value) : -1;
        if (id < 0 || (size_t)id >= n_vocabulary)
            return sb_fail(error, SB_DOMAIN,
                           "%s line %zu: \"ids\"[%zu] is not an id from 0 to %zu, the model's "
                           "vocabulary",
                           source, line, i, n_vocabulary - 1);
        ids[i] = (uint32_t)id;
    }
    return SB_OK;
}

static enum sb_status take_mask(const json_t *array, size_t n, uint8_t *mask, const char *source,
                                size_t line, struct sb_error *error)
{
    memset(mask, 1, n);
    if (!array)
        return SB_OK;
    if (!json_is_array(array) || json_array_size(array) != n)
        return sb_fail(
            error, SB_FORMAT,
            "%s line %zu: \"loss_mask\" is not a list of %zu numbers, one fewer than ids", source,
            line, n);
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_array_get(array, i);
        if (!json_is_integer(value) && !json_is_boolean(value))
            return sb_fail(error, SB_FORMAT, "%s line %zu: \"loss_mask\"[%zu] is neither 0 nor 1",
                           source, line, i);
        mask[i] = json_is_boolean(value) ? json_is_true(value) : json_integer_value(value) != 0;
    }
    return SB_OK;
}

static enum sb_status take_record(const json_t *root, const struct sb_network *network,
                                  struct sb_training_data *data, const char *source, size_t line,
                                  struct sb_error *error)
{
    const struct sb_transformer_config *c = &network->checkpoint->config;
    const json_t *array = json_object_get(root, "ids");
    size_t n = json_array_size(array);
    if (!json_is_array(array) || n < 2)
        return sb_fail(error, SB_FORMAT, "%s line %zu: no \"ids\" with two or more of them", source,
                       line);
    uint32_t *ids = malloc(n * sizeof *ids);
    uint8_t *mask = malloc(n);
    enum sb_status status = ids && mask ? SB_OK : sb_fail_memory(error);
    if (!status)
        status = take_ids(array, c->n_vocabulary, ids, source, line, error);
    if (!status)
        status = take_mask(json_object_get(root, "loss_mask"), n - 1, mask, source, line, error);
    if (!status && n - 1 > c->n_context)
        status = sb_fail(error, SB_LIMIT,
                         "%s line %zu: %zu ids do not fit the model's context of %zu; cut them",
                         source, line, n, c->n_context);
    if (!status && append_copy(data, ids, mask, n))
        status = sb_fail_memory(error);
    data->n_documents++;
    free(ids);
    free(mask);
    return status;
}

static enum sb_status take_line(const uint8_t *text, size_t n, const struct sb_network *network,
                                struct sb_training_data *data, const char *source, size_t line,
                                struct sb_error *error)
{
    json_error_t problem;
    json_t *root = json_loadb((const char *)text, n, 0, &problem);
    if (!root)
        return sb_fail(error, SB_FORMAT, "%s line %zu: %s", source, line, problem.text);
    enum sb_status status = take_record(root, network, data, source, line, error);
    json_decref(root);
    return status;
}

static enum sb_status read_entry(struct sb_lines *lines, const struct sb_network *network,
                                 const struct sb_corpus_options *options,
                                 struct sb_training_data *data, struct sb_error *error)
{
    enum sb_status status = SB_OK;
    const uint8_t *text;
    size_t n;
    while (!status && !(options->limit && data->n_documents >= options->limit) &&
           !(status = sb_lines_next(lines, &text, &n, error)))
        if (n)
            status = take_line(text, n, network, data, lines->source, lines->number, error);
    return status == SB_END ? SB_OK : status;
}

static enum sb_status read_ids(struct sb_archive *archive, const struct sb_network *network,
                               const struct sb_corpus_options *options,
                               struct sb_training_data *data, struct sb_error *error)
{
    struct sb_archive_entry entry;
    struct sb_lines lines;
    enum sb_status status;
    sb_lines_init(&lines, archive, MAX_LINE);
    while (!(status = sb_archive_next(archive, &entry, error))) {
        sb_lines_restart(&lines, entry.source);
        status = read_entry(&lines, network, options, data, error);
        if (status)
            break;
    }
    sb_lines_clear(&lines);
    return status == SB_END ? SB_OK : status;
}

/* Whether the first line of a file is a record with ids. *archive is at its beginning again. */
static enum sb_status look_for_ids(struct sb_archive *archive, bool *found, struct sb_error *error)
{
    struct sb_archive_entry entry;
    struct sb_lines lines;
    const uint8_t *text;
    size_t n;
    *found = false;
    enum sb_status status = sb_archive_next(archive, &entry, error);
    sb_lines_init(&lines, archive, MAX_LINE);
    if (!status) {
        sb_lines_restart(&lines, entry.source);
        status = sb_lines_next(&lines, &text, &n, NULL);
    }
    if (!status && n && *text == '{') {
        json_t *root = json_loadb((const char *)text, n, 0, NULL);
        *found = json_object_get(root, "ids");
        json_decref(root);
    }
    sb_lines_clear(&lines);
    return sb_archive_rewind(archive, error);
}

/* ---- documents --------------------------------------------------------------------------------- */

struct reading {
    const struct sb_network *network;
    struct sb_tokenizer *tokenizer;
    struct sb_encoder *encoder;
    struct sb_tokens tokens;
    uint32_t *ids; /* of a document, with its marks */
    uint8_t *mask;
    size_t capacity;
    bool whole; /* a document beyond the context is refused */
};

static enum sb_status begin_reading(struct reading *r, const char *path, struct sb_error *error)
{
    const char *json = r->network->tokenizer_json, *folder = r->network->checkpoint->folder;
    if (!json)
        return sb_fail(error, SB_DOMAIN,
                       "%s: holds text, and %s has no tokenizer.json; give it one, or records with "
                       "\"ids\"",
                       path, folder);
    enum sb_status status =
        sb_tokenizer_parse((const uint8_t *)json, strlen(json), folder, &r->tokenizer, error);
    size_t n = status ? 0 : sb_tokenizer_n_vocabulary(r->tokenizer);
    if (!status && n > r->network->checkpoint->config.n_vocabulary)
        status = sb_fail(error, SB_FORMAT,
                         "%s: tokenizer.json has ids up to %zu, the model a vocabulary of %zu",
                         folder, n - 1, r->network->checkpoint->config.n_vocabulary);
    return status ? status : sb_encoder_create(r->tokenizer, &r->encoder, error);
}

static void end_reading(struct reading *r)
{
    sb_encoder_free(r->encoder);
    sb_tokenizer_free(r->tokenizer);
    sb_tokens_clear(&r->tokens);
    free(r->ids);
    free(r->mask);
}

static bool reserve(struct reading *r, size_t n)
{
    if (n <= r->capacity)
        return true;
    uint32_t *ids = realloc(r->ids, 2 * n * sizeof *ids);
    if (ids)
        r->ids = ids;
    uint8_t *mask = ids ? realloc(r->mask, 2 * n) : NULL;
    if (!mask)
        return false;
    r->mask = mask;
    r->capacity = 2 * n;
    return true;
}

/* A document as ids with marks; mask[i] is whether ids[i + 1] is asked for: a token that ends within the
 * scored span, or the end mark. */
static enum sb_status encode(struct reading *r, const struct sb_document *d, size_t *n,
                             struct sb_error *error)
{
    const struct sb_transformer_config *c = &r->network->checkpoint->config;
    long start = c->bos_id >= 0 ? c->bos_id : c->eos_id;
    sb_tokens_reset(&r->tokens);
    enum sb_status status =
        sb_encoder_encode(r->encoder, d->bytes, d->n_bytes, 0, &r->tokens, error);
    if (status)
        return status;
    if (!reserve(r, r->tokens.n + 2))
        return sb_fail_memory(error);
    *n = 0;
    if (start >= 0)
        r->ids[(*n)++] = (uint32_t)start;
    for (size_t i = 0; i < r->tokens.n; i++) {
        size_t end = r->tokens.ends[i];
        if (*n)
            r->mask[*n - 1] = end > d->span_begin && end <= d->span_end;
        r->ids[(*n)++] = r->tokens.ids[i];
    }
    if (c->eos_id >= 0) {
        if (*n)
            r->mask[*n - 1] = 1;
        r->ids[(*n)++] = (uint32_t)c->eos_id;
    }
    return SB_OK;
}

static enum sb_status add_document(struct reading *r, const struct sb_document *d,
                                   struct sb_training_data *data, struct sb_error *error)
{
    size_t n = 0, n_context = r->network->checkpoint->config.n_context;
    struct sb_error problem;
    char name[128];
    sb_document_name(d, name, sizeof name);
    enum sb_status status = encode(r, d, &n, &problem);
    if (status)
        return sb_fail(error, status, "%s: %s", name, problem.message);
    if (r->whole && n > n_context + 1)
        return sb_fail(error, SB_LIMIT, "%s: %zu tokens do not fit the model's context of %zu",
                       name, n, n_context);
    status = append_windows(data, r->ids, r->mask, n, n_context);
    data->n_documents++;
    return status ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status read_documents(struct reading *r, const char *path,
                                     const struct sb_corpus_options *options,
                                     struct sb_training_data *data, struct sb_error *error)
{
    struct sb_corpus *corpus;
    struct sb_document document;
    enum sb_status status = sb_corpus_open(path, options, &corpus, error);
    if (status)
        return status;
    while (!status && !(status = sb_corpus_next(corpus, &document, error))) {
        if (options->columns && !*sb_corpus_columns(corpus))
            status = sb_fail(error, SB_FORMAT, "%s: holds text, without the columns \"%s\"", path,
                             options->columns);
        else
            status = add_document(r, &document, data, error);
    }
    sb_corpus_close(corpus);
    return status == SB_END ? SB_OK : status;
}

enum sb_status sb_training_data_read(const char *path, const struct sb_corpus_options *options,
                                     const struct sb_network *network, bool whole,
                                     struct sb_training_data *data, struct sb_error *error)
{
    struct sb_archive *archive;
    bool has_ids = false;
    enum sb_status status = sb_archive_open(path, false, &archive, error);
    if (!status)
        status = look_for_ids(archive, &has_ids, error);
    if (!status && has_ids)
        status = read_ids(archive, network, options, data, error);
    sb_archive_close(archive);
    if (status || has_ids)
        return status;
    struct reading r = { .network = network, .whole = whole };
    status = begin_reading(&r, path, error);
    if (!status)
        status = read_documents(&r, path, options, data, error);
    end_reading(&r);
    return status;
}

/* ---- pairs ------------------------------------------------------------------------------------- */

/* Both readings of each record, side by side; takes the sequences of both. */
static enum sb_status interleave(struct sb_training_data *chosen, struct sb_training_data *rejected,
                                 const char *path, struct sb_training_data *data,
                                 struct sb_error *error)
{
    if (chosen->n != rejected->n || chosen->n != chosen->n_documents)
        return sb_fail(error, SB_FORMAT,
                       "%s: %zu chosen and %zu rejected completions have tokens, of %zu records; "
                       "every record needs both",
                       path, chosen->n, rejected->n, chosen->n_documents);
    for (size_t i = 0; i < chosen->n; i++)
        for (size_t side = 0; side < 2; side++) {
            struct sb_training_sequence *s = &(side ? rejected : chosen)->sequences[i], taken = *s;
            *s = (struct sb_training_sequence){ NULL, 0, NULL, 0 };
            if (append(data, (void *)taken.ids, (void *)taken.mask, taken.n))
                return sb_fail_memory(error);
        }
    data->n_documents += chosen->n_documents;
    return SB_OK;
}

enum sb_status sb_training_data_read_pairs(const char *path,
                                           const struct sb_corpus_options *options,
                                           const struct sb_network *network,
                                           struct sb_training_data *data, struct sb_error *error)
{
    struct sb_training_data sides[2] = { { 0 }, { 0 } };
    struct reading r = { .network = network, .whole = true };
    enum sb_status status = begin_reading(&r, path, error);
    for (size_t i = 0; i < 2 && !status; i++) {
        struct sb_corpus_options columns = *options;
        columns.columns = i ? "prompt,rejected" : "prompt,chosen";
        status = read_documents(&r, path, &columns, &sides[i], error);
    }
    if (!status)
        status = interleave(&sides[0], &sides[1], path, data, error);
    sb_training_data_clear(&sides[0]);
    sb_training_data_clear(&sides[1]);
    end_reading(&r);
    return status;
}

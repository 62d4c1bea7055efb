#include "data/columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "theory/numeric.h"

/* Beyond it sums of weights and of their squares would overflow. */
static const double LARGEST_WEIGHT = 1e100;

void sb_columns_init(struct sb_columns *columns, const struct sb_corpus_options *options)
{
    *columns = (struct sb_columns){ .options = options };
}

void sb_columns_clear(struct sb_columns *columns)
{
    free(columns->prompt);
    free(columns->completion);
    sb_buffer_clear(&columns->bytes);
    sb_buffer_clear(&columns->id);
    sb_token_ids_clear(&columns->ids);
}

/* ---- which columns ---------------------------------------------------------------------------- */

/* In this order; the first whose columns are all there is taken. */
static const struct {
    const char *prompt, *completion;
} known[] = { { NULL, "text" },     { "prompt", "completion" }, { "prompt", "response" },
              { NULL, "messages" }, { "prompt", "chosen" },     { NULL, "ids" } };

static enum sb_status fail_missing(const struct sb_record *record, const char *column,
                                   const char *option, struct sb_error *error)
{
    char names[512];
    sb_record_names(record, names, sizeof names);
    return sb_record_fail(record, error, SB_FORMAT, "no column \"%s\" for %s; there are %s", column,
                          option, record->n ? names : "none");
}

static enum sb_status take_names(struct sb_columns *columns, const char *prompt, size_t n_prompt,
                                 const char *completion, struct sb_error *error)
{
    columns->prompt = prompt ? strndup(prompt, n_prompt) : NULL;
    columns->completion = strdup(completion);
    if (!columns->completion || (prompt && !columns->prompt))
        return sb_fail_memory(error);
    snprintf(columns->names, sizeof columns->names, "%s%s%s", prompt ? columns->prompt : "",
             prompt ? "," : "", completion);
    return SB_OK;
}

static enum sb_status settle_known(struct sb_columns *columns, const struct sb_record *record,
                                   struct sb_error *error)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const char *prompt = known[i].prompt, *completion = known[i].completion;
        if (sb_record_find(record, completion) && (!prompt || sb_record_find(record, prompt)))
            return take_names(columns, prompt, prompt ? strlen(prompt) : 0, completion, error);
    }
    char names[512];
    sb_record_names(record, names, sizeof names);
    return sb_record_fail(
        record, error, SB_FORMAT,
        "no \"text\", \"prompt\" with \"completion\", \"messages\" or \"ids\" among %s; name "
        "the columns with --columns",
        record->n ? names : "no columns");
}

static enum sb_status settle_given(struct sb_columns *columns, const struct sb_record *record,
                                   struct sb_error *error)
{
    const char *given = columns->options->columns, *comma = strchr(given, ',');
    const char *completion = comma ? comma + 1 : given;
    if (!*completion || comma == given || strchr(completion, ','))
        return sb_fail(error, SB_FORMAT, "--columns \"%s\": expected TEXT or PROMPT,COMPLETION",
                       given);
    if (!sb_record_find(record, completion))
        return fail_missing(record, completion, "--columns", error);
    enum sb_status status = take_names(columns, comma ? given : NULL,
                                       (size_t)(completion - given) - !!comma, completion, error);
    if (status == SB_OK && comma && !sb_record_find(record, columns->prompt))
        status = fail_missing(record, columns->prompt, "--columns", error);
    return status;
}

/* The value behind "column=", and the column itself in name. */
static enum sb_status split_filter(const char *filter, char *name, size_t size, const char **value,
                                   struct sb_error *error)
{
    const char *equals = strchr(filter, '=');
    if (!equals || equals == filter || (size_t)(equals - filter) >= size)
        return sb_fail(error, SB_FORMAT, "--filter \"%s\": expected COLUMN=VALUE", filter);
    memcpy(name, filter, (size_t)(equals - filter));
    name[equals - filter] = 0;
    *value = equals + 1;
    return SB_OK;
}

/* What the completion column holds: text, messages or ids. */
static enum sb_status settle_kind(struct sb_columns *columns, const struct sb_record *record,
                                  struct sb_error *error)
{
    const struct sb_json *value = sb_record_find(record, columns->completion);
    columns->are_ids = sb_token_ids_are(columns->completion, value);
    columns->has_prompts = columns->prompt || (value->kind == SB_JSON_ARRAY && !columns->are_ids);
    if (columns->are_ids && columns->prompt)
        return sb_record_fail(record, error, SB_FORMAT,
                              "column \"%s\" holds token ids, which take no prompt column",
                              columns->completion);
    if (columns->are_ids && !columns->options->takes_ids)
        return sb_record_fail(record, error, SB_FORMAT,
                              "column \"%s\" holds token ids where text is needed; name another "
                              "with --columns, or turn them into text: springback data detokenize",
                              columns->completion);
    return SB_OK;
}

enum sb_status sb_columns_settle(struct sb_columns *columns, const struct sb_record *record,
                                 struct sb_error *error)
{
    const struct sb_corpus_options *options = columns->options;
    if (columns->completion)
        return SB_OK;
    for (size_t i = 0; i < options->n_filters; i++) {
        char name[256];
        const char *value = NULL;
        enum sb_status status = split_filter(options->filters[i], name, sizeof name, &value, error);
        if (status)
            return status;
        if (!sb_record_find(record, name))
            return fail_missing(record, name, "--filter", error);
    }
    enum sb_status status = options->columns ? settle_given(columns, record, error)
                                             : settle_known(columns, record, error);
    if (status) {
        free(columns->prompt);
        free(columns->completion);
        columns->prompt = columns->completion = NULL;
        return status;
    }
    return settle_kind(columns, record, error);
}

enum sb_status sb_columns_filter(struct sb_columns *columns, const struct sb_record *record,
                                 bool *keep, struct sb_error *error)
{
    const struct sb_corpus_options *options = columns->options;
    for (size_t i = 0; i < options->n_filters; i++) {
        char name[256];
        const char *expected = NULL;
        enum sb_status status =
            split_filter(options->filters[i], name, sizeof name, &expected, error);
        if (status)
            return status;
        const struct sb_json *value = sb_record_find(record, name);
        if (!value || !sb_json_equals(value, expected, strlen(expected))) {
            *keep = false;
            return SB_OK;
        }
    }
    *keep = true;
    return SB_OK;
}

/* ---- values ----------------------------------------------------------------------------------- */

static const char *kind_name(enum sb_json_kind kind)
{
    static const char *const names[] = { "null", "true or false", "a number",
                                         "text", "an array",      "an object" };
    return names[kind];
}

static enum sb_status append(struct sb_columns *columns, const void *bytes, size_t n,
                             struct sb_error *error)
{
    return sb_buffer_append(&columns->bytes, bytes, n) ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status append_string(struct sb_buffer *buffer, const struct sb_json *string,
                                    struct sb_error *error)
{
    if (!string->escaped)
        return sb_buffer_append(buffer, string->text, string->n) ? sb_fail_memory(error) : SB_OK;
    if (sb_buffer_reserve(buffer, string->n))
        return sb_fail_memory(error);
    buffer->n += sb_json_unescape(string, buffer->bytes + buffer->n);
    return SB_OK;
}

/* Whether an object has a string under that name. */
static bool find_string(const struct sb_json *object, const char *name, struct sb_json *value)
{
    return sb_json_find(object, name, value) && value->kind == SB_JSON_STRING;
}

/* Appends the contents of messages first..last-1, each followed by a newline; the last one only if
 * ends_in_newline. */
static enum sb_status append_messages(struct sb_columns *columns, const struct sb_record *record,
                                      const struct sb_json *messages, size_t first, size_t last,
                                      bool ends_in_newline, struct sb_error *error)
{
    struct sb_json_cursor cursor = sb_json_enter(messages);
    struct sb_json name, message, content;
    for (size_t i = 0; i < last && sb_json_next(&cursor, &name, &message) == SB_OK; i++) {
        if (i < first)
            continue;
        if (!find_string(&message, "content", &content))
            return sb_record_fail(
                record, error, SB_FORMAT,
                "message %zu has no text \"content\"; mend it, or leave it out with "
                "--skip-invalid",
                i + 1);
        enum sb_status status = append_string(&columns->bytes, &content, error);
        if (status == SB_OK && (ends_in_newline || i + 1 < last))
            status = append(columns, "\n", 1, error);
        if (status)
            return status;
    }
    return SB_OK;
}

/* Number of messages, and 1 + the index of the last assistant's (0 if there is none). */
static size_t count_messages(const struct sb_json *messages, size_t *n_to_assistant)
{
    struct sb_json_cursor cursor = sb_json_enter(messages);
    struct sb_json name, message, role;
    size_t n = 0;
    *n_to_assistant = 0;
    while (sb_json_next(&cursor, &name, &message) == SB_OK) {
        n++;
        if (find_string(&message, "role", &role) && sb_json_equals(&role, "assistant", 9))
            *n_to_assistant = n;
    }
    return n;
}

static enum sb_status find_value(const struct sb_record *record, const char *column,
                                 const struct sb_json **value, struct sb_error *error)
{
    *value = sb_record_find(record, column);
    if (!*value)
        return fail_missing(record, column, "the document", error);
    if ((*value)->kind != SB_JSON_STRING && (*value)->kind != SB_JSON_ARRAY)
        return sb_record_fail(record, error, SB_FORMAT,
                              "column \"%s\" holds %s instead of text; name others with --columns",
                              column, kind_name((*value)->kind));
    return SB_OK;
}

/* ---- documents -------------------------------------------------------------------------------- */

/* A prompt between what stands before and behind {prompt} in the format. */
static enum sb_status append_prompt(struct sb_columns *columns, const struct sb_record *record,
                                    const struct sb_json *prompt, size_t n_messages,
                                    struct sb_error *error)
{
    static const char mark[] = "{prompt}";
    const char *format = columns->options->prompt_format ? columns->options->prompt_format : mark;
    const char *found = strstr(format, mark);
    if (!found)
        return sb_fail(error, SB_FORMAT, "--prompt-format \"%s\" lacks {prompt}", format);
    enum sb_status status = append(columns, format, (size_t)(found - format), error);
    if (status == SB_OK && prompt->kind == SB_JSON_STRING)
        status = append_string(&columns->bytes, prompt, error);
    else if (status == SB_OK)
        status = append_messages(columns, record, prompt, 0, n_messages, true, error);
    const char *rest = found + strlen(mark);
    return status ? status : append(columns, rest, strlen(rest), error);
}

/* Prompt and completion into bytes; *span_begin where the completion begins. */
static enum sb_status append_document(struct sb_columns *columns, const struct sb_record *record,
                                      size_t *span_begin, struct sb_error *error)
{
    const struct sb_json *prompt, *completion;
    size_t n = 0, first = 0;
    enum sb_status status = find_value(record, columns->completion, &completion, error);
    if (status)
        return status;
    if (completion->kind == SB_JSON_ARRAY)
        n = count_messages(completion, &first);
    if (columns->prompt) {
        status = find_value(record, columns->prompt, &prompt, error);
        first = 0;
        if (status == SB_OK)
            status = append_prompt(columns, record, prompt, SIZE_MAX, error);
    } else if (completion->kind == SB_JSON_ARRAY) {
        if (!first)
            return sb_record_fail(
                record, error, SB_FORMAT,
                "column \"%s\" holds no message of an assistant; leave it out with "
                "--skip-invalid, or name another with --columns",
                columns->completion);
        n = first--;
        status = append_prompt(columns, record, completion, first, error);
    }
    if (status)
        return status;
    *span_begin = columns->bytes.n;
    if (completion->kind == SB_JSON_STRING)
        return append_string(&columns->bytes, completion, error);
    return append_messages(columns, record, completion, first, n, false, error);
}

static enum sb_status read_weight(const struct sb_record *record, double *weight,
                                  struct sb_error *error)
{
    const struct sb_json *value = sb_record_find(record, "weight");
    *weight = 1;
    if (!value)
        return SB_OK;
    char text[64] = "";
    bool is_scalar = value->kind == SB_JSON_NUMBER || value->kind == SB_JSON_STRING;
    if (is_scalar && value->n < sizeof text)
        memcpy(text, value->text, value->n);
    if (sb_parse_number(text, weight) || !(*weight >= 0 && *weight <= LARGEST_WEIGHT))
        return sb_record_fail(
            record, error, SB_FORMAT,
            "column \"weight\" holds \"%.*s\" instead of a number from 0 to 1e100",
            (int)(value->n < 40 ? value->n : 40), (const char *)value->text);
    return SB_OK;
}

static enum sb_status read_id(struct sb_columns *columns, const struct sb_record *record,
                              const char **id, struct sb_error *error)
{
    const struct sb_json *value = sb_record_find(record, "id");
    *id = NULL;
    if (!value || value->kind == SB_JSON_NULL)
        return SB_OK;
    if (value->kind != SB_JSON_STRING && value->kind != SB_JSON_NUMBER)
        return sb_record_fail(record, error, SB_FORMAT, "column \"id\" holds %s instead of text",
                              kind_name(value->kind));
    sb_buffer_reset(&columns->id);
    enum sb_status status = append_string(&columns->id, value, error);
    if (status == SB_OK && sb_buffer_append(&columns->id, "", 1))
        status = sb_fail_memory(error);
    *id = status ? NULL : (const char *)columns->id.bytes;
    return status;
}

enum sb_status sb_columns_document(struct sb_columns *columns, const struct sb_record *record,
                                   struct sb_document *document, struct sb_error *error)
{
    struct sb_document d = { .source = record->source, .record = record->number };
    sb_buffer_reset(&columns->bytes);
    enum sb_status status =
        columns->are_ids ? sb_token_ids_read(record, columns->completion,
                                             columns->options->score_all, &columns->ids, &d, error)
                         : append_document(columns, record, &d.span_begin, error);
    if (status == SB_OK)
        status = read_weight(record, &d.weight, error);
    if (status == SB_OK)
        status = read_id(columns, record, &d.id, error);
    if (status)
        return status;
    d.bytes = columns->are_ids       ? NULL
              : columns->bytes.bytes ? columns->bytes.bytes
                                     : (const uint8_t *)"";
    d.n_bytes = d.span_end = columns->bytes.n;
    if (columns->options->score_all)
        d.span_begin = 0;
    if (d.n_bytes > columns->options->max_document_bytes)
        return sb_record_fail(record, error, SB_LIMIT,
                              "a document of %zu bytes; a larger --max-document allows it",
                              d.n_bytes);
    *document = d;
    return SB_OK;
}

#include "data/json_array.h"

#include <string.h>
#include "data/format.h"

void sb_json_array_init(struct sb_json_array *array, struct sb_archive *archive, size_t max_bytes)
{
    *array = (struct sb_json_array){ .archive = archive, .max_bytes = max_bytes };
}

void sb_json_array_clear(struct sb_json_array *array)
{
    sb_buffer_clear(&array->element);
}

void sb_json_array_restart(struct sb_json_array *array, const char *source)
{
    struct sb_buffer element = array->element;
    *array = (struct sb_json_array){ .archive = array->archive,
                                     .source = source,
                                     .element = element,
                                     .max_bytes = array->max_bytes };
}

static enum sb_status fail(const struct sb_json_array *array, const char *problem,
                           struct sb_error *error)
{
    return sb_fail(error, SB_FORMAT, "%s: %s behind element %zu", array->source, problem,
                   array->number);
}

/* Makes at least one byte available; SB_END at the end of the file. */
static enum sb_status fill(struct sb_json_array *array, struct sb_error *error)
{
    if (array->block_used < array->block_size)
        return SB_OK;
    array->block_used = array->block_size = 0;
    return sb_archive_read(array->archive, &array->block, &array->block_size, error);
}

/* Skips white space; *c is the next byte, which is not consumed, or -1 at the end of the file. */
static enum sb_status next_mark(struct sb_json_array *array, int *c, struct sb_error *error)
{
    enum sb_status status;
    while ((status = fill(array, error)) == SB_OK) {
        *c = array->block[array->block_used];
        if (*c != ' ' && *c != '\t' && *c != '\n' && *c != '\r')
            return SB_OK;
        array->block_used++;
    }
    *c = -1;
    return status == SB_END ? SB_OK : status;
}

/* Bytes of the element in the block: up to the ',' or ']' behind it, or to the end of the block. */
static size_t scan(struct sb_json_array *array, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t c = bytes[i];
        if (array->in_string) {
            if (array->behind_backslash)
                array->behind_backslash = false;
            else if (c == '\\')
                array->behind_backslash = true;
            else if (c == '"')
                array->in_string = false;
        } else if (c == '"') {
            array->in_string = true;
        } else if (c == '{' || c == '[') {
            array->depth++;
        } else if (array->depth == 0 && (c == ',' || c == ']')) {
            return i;
        } else if (array->depth > 0 && (c == '}' || c == ']')) {
            array->depth--;
        }
    }
    return n;
}

/* Holds the element that begins at the current byte. */
static enum sb_status read_element(struct sb_json_array *array, struct sb_error *error)
{
    enum sb_status status;
    sb_buffer_reset(&array->element);
    array->depth = 0;
    array->in_string = array->behind_backslash = false;
    while ((status = fill(array, error)) == SB_OK) {
        const uint8_t *bytes = array->block + array->block_used;
        size_t rest = array->block_size - array->block_used, n = scan(array, bytes, rest);
        if (n > array->max_bytes || array->element.n > array->max_bytes - n)
            return sb_fail(
                error, SB_LIMIT,
                "%s element %zu: longer than %zu bytes; a larger --max-document allows it",
                array->source, array->number + 1, array->max_bytes);
        if (sb_buffer_append(&array->element, bytes, n))
            return sb_fail_memory(error);
        array->block_used += n;
        if (n < rest)
            return SB_OK;
    }
    return status == SB_END ? fail(array, "the array is cut off", error) : status;
}

/* Consumes the opening bracket, and a byte order mark before it. */
static enum sb_status open_array(struct sb_json_array *array, struct sb_error *error)
{
    int c;
    enum sb_status status = fill(array, error);
    if (status)
        return status;
    array->block_used = sb_format_mark_length(array->block, array->block_size);
    status = next_mark(array, &c, error);
    if (status)
        return status;
    if (c != '[')
        return sb_fail(error, SB_FORMAT,
                       "%s: not a JSON array; for one object per line use --format jsonl",
                       array->source);
    array->block_used++;
    array->is_open = true;
    return SB_OK;
}

/* Behind the last bracket there must be nothing. */
static enum sb_status finish(struct sb_json_array *array, struct sb_error *error)
{
    int c;
    array->block_used++;
    array->is_over = true;
    enum sb_status status = next_mark(array, &c, error);
    if (status)
        return status;
    return c < 0 ? SB_END : fail(array, "something follows the array", error);
}

enum sb_status sb_json_array_next(struct sb_json_array *array, struct sb_record *record,
                                  struct sb_error *error)
{
    int c;
    if (array->is_over)
        return SB_END;
    enum sb_status status = array->is_open ? SB_OK : open_array(array, error);
    if (status == SB_OK)
        status = next_mark(array, &c, error);
    if (status)
        return status;
    if (c == ']')
        return finish(array, error);
    if (array->number)
        array->block_used++; /* the comma, where the last element ended */
    status = read_element(array, error);
    if (status)
        return status;
    record->source = array->source;
    record->unit = "element";
    record->number = ++array->number;
    return sb_record_parse(record, array->element.bytes, array->element.n, error);
}

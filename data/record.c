#include "data/record.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum sb_status sb_record_add(struct sb_record *record, const struct sb_json *name,
                             const struct sb_json *value)
{
    if (record->n == record->capacity) {
        size_t capacity = record->capacity ? 2 * record->capacity : 8;
        struct sb_field *fields = realloc(record->fields, capacity * sizeof *fields);
        if (!fields)
            return SB_MEMORY;
        record->fields = fields;
        record->capacity = capacity;
    }
    record->fields[record->n++] = (struct sb_field){ *name, *value };
    return SB_OK;
}

void sb_record_clear(struct sb_record *record)
{
    free(record->fields);
    *record = (struct sb_record){ 0 };
}

static enum sb_status fail_malformed(struct sb_record *record, const struct sb_json_cursor *cursor,
                                     const uint8_t *text, struct sb_error *error)
{
    record->n = 0;
    record->is_malformed = true;
    sb_record_fail(record, error, SB_FORMAT,
                   "%s at byte %zu; mend it, or leave it out with --skip-invalid", cursor->problem,
                   (size_t)(cursor->at - text) + 1);
    return SB_OK;
}

enum sb_status sb_record_parse(struct sb_record *record, const uint8_t *text, size_t n,
                               struct sb_error *error)
{
    struct sb_json_cursor cursor = { .at = text, .end = n ? text + n : text };
    struct sb_json object, name, value;
    record->n = 0;
    record->is_malformed = false;
    enum sb_status status = sb_json_read(&cursor, &object);
    if (status)
        return fail_malformed(record, &cursor, text, error);
    if (object.kind != SB_JSON_OBJECT) {
        cursor.at = object.text;
        cursor.problem = "not a JSON object";
        return fail_malformed(record, &cursor, text, error);
    }
    cursor = sb_json_enter(&object);
    while (sb_json_next(&cursor, &name, &value) == SB_OK)
        if (sb_record_add(record, &name, &value))
            return sb_fail_memory(error);
    return SB_OK;
}

const struct sb_json *sb_record_find(const struct sb_record *record, const char *name)
{
    size_t n = strlen(name);
    for (size_t i = record->n; i > 0; i--)
        if (sb_json_equals(&record->fields[i - 1].name, name, n))
            return &record->fields[i - 1].value;
    return NULL;
}

void sb_record_names(const struct sb_record *record, char *names, size_t size)
{
    size_t used = 0;
    *names = 0;
    for (size_t i = 0; i < record->n && used < size; i++) {
        const struct sb_json *name = &record->fields[i].name;
        int n = snprintf(names + used, size - used, "%s\"%.*s\"", i ? ", " : "",
                         (int)(name->n < 100 ? name->n : 100), (const char *)name->text);
        used += n > 0 ? (size_t)n : 0;
    }
}

enum sb_status sb_record_fail(const struct sb_record *record, struct sb_error *error,
                              enum sb_status status, const char *format, ...)
{
    char text[768];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return sb_fail(error, status, "%s %s %zu: %s", record->source, record->unit, record->number,
                   text);
}

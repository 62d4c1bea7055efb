#include "data/tokenizer_part.h"

#include <string.h>

enum sb_status sb_tokenizer_part_init(struct sb_tokenizer_part *part, const char *file,
                                      const char *section, const struct sb_json *object,
                                      struct sb_error *error)
{
    struct sb_json type, name, value;
    *part = (struct sb_tokenizer_part){ .file = file, .section = section };
    if (object->kind != SB_JSON_OBJECT)
        return sb_fail(error, SB_FORMAT, "%s: %s is no object", file, section);
    struct sb_json_cursor cursor = sb_json_enter(object);
    while (sb_json_next(&cursor, &name, &value) == SB_OK) {
        if (part->n == SB_PART_MEMBERS)
            return sb_fail(error, SB_FORMAT, "%s: %s has more than %d members", file, section,
                           SB_PART_MEMBERS);
        part->members[part->n++] = (struct sb_field){ name, value };
    }
    if (!sb_tokenizer_part_find(part, "type", &type))
        return SB_OK;
    if (type.kind != SB_JSON_STRING || type.n == 0 || type.n >= sizeof part->type || type.escaped)
        return sb_tokenizer_part_malformed(part, "type", "a name", error);
    memcpy(part->type, type.text, type.n);
    return SB_OK;
}

enum sb_status sb_tokenizer_part_unsupported(const struct sb_tokenizer_part *part,
                                             const char *detail, struct sb_error *error)
{
    if (!detail)
        return sb_fail(error, SB_UNSUPPORTED, "%s: %s type \"%s\" is not implemented", part->file,
                       part->section, part->type);
    return sb_fail(error, SB_UNSUPPORTED, "%s: %s%s%s: %s is not implemented", part->file,
                   part->section, *part->type ? " " : "", part->type, detail);
}

enum sb_status sb_tokenizer_part_malformed(const struct sb_tokenizer_part *part, const char *key,
                                           const char *expected, struct sb_error *error)
{
    return sb_fail(error, SB_FORMAT, "%s: %s%s%s: \"%s\" should be %s", part->file, part->section,
                   *part->type ? " " : "", part->type, key, expected);
}

bool sb_tokenizer_part_find(const struct sb_tokenizer_part *part, const char *key,
                            struct sb_json *value)
{
    for (size_t i = part->n; i-- > 0;)
        if (sb_json_equals(&part->members[i].name, key, strlen(key))) {
            if (part->members[i].value.kind == SB_JSON_NULL)
                return false;
            *value = part->members[i].value;
            return true;
        }
    return false;
}

enum sb_status sb_tokenizer_part_text(const struct sb_tokenizer_part *part, const char *key,
                                      struct sb_buffer *text, struct sb_error *error)
{
    struct sb_json value;
    if (!sb_tokenizer_part_find(part, key, &value) || value.kind != SB_JSON_STRING)
        return sb_tokenizer_part_malformed(part, key, "text", error);
    sb_buffer_reset(text);
    if (sb_buffer_reserve(text, value.n + 1))
        return sb_fail_memory(error);
    text->n = sb_json_unescape(&value, text->bytes);
    return SB_OK;
}

enum sb_status sb_tokenizer_part_flag(const struct sb_tokenizer_part *part, const char *key,
                                      bool preset, bool *value, struct sb_error *error)
{
    struct sb_json found;
    *value = preset;
    if (!sb_tokenizer_part_find(part, key, &found))
        return SB_OK;
    if (found.kind != SB_JSON_BOOLEAN)
        return sb_tokenizer_part_malformed(part, key, "true or false", error);
    *value = *found.text == 't';
    return SB_OK;
}

enum sb_status sb_tokenizer_part_number(const struct sb_tokenizer_part *part, const char *key,
                                        size_t preset, size_t *value, struct sb_error *error)
{
    struct sb_json found;
    *value = preset;
    if (!sb_tokenizer_part_find(part, key, &found))
        return SB_OK;
    uint64_t number;
    if (!sb_json_whole(&found, UINT32_MAX, &number))
        return sb_tokenizer_part_malformed(part, key, "a whole number below 2^32", error);
    *value = (size_t)number;
    return SB_OK;
}

enum sb_status sb_tokenizer_part_array(const struct sb_tokenizer_part *part, const char *key,
                                       struct sb_json *value, struct sb_error *error)
{
    struct sb_json found;
    if (!sb_tokenizer_part_find(part, key, &found) || found.kind != SB_JSON_ARRAY)
        return sb_tokenizer_part_malformed(part, key, "an array", error);
    *value = found;
    return SB_OK;
}

enum sb_status sb_tokenizer_part_steps(const char *file, const char *section, const char *list,
                                       const struct sb_json *json, sb_tokenizer_part_function *read,
                                       void *context, struct sb_error *error)
{
    struct sb_tokenizer_part part;
    struct sb_json items, name, item;
    if (!json || json->kind == SB_JSON_NULL)
        return SB_OK;
    enum sb_status status = sb_tokenizer_part_init(&part, file, section, json, error);
    if (status || strcmp(part.type, "Sequence") != 0)
        return status ? status : read(context, &part, error);
    status = sb_tokenizer_part_array(&part, list, &items, error);
    if (status)
        return status;
    struct sb_json_cursor cursor = sb_json_enter(&items);
    while (status == SB_OK && sb_json_next(&cursor, &name, &item) == SB_OK)
        status = sb_tokenizer_part_steps(file, section, list, &item, read, context, error);
    return status;
}

static enum sb_status make_regex(const struct sb_tokenizer_part *part, const struct sb_buffer *text,
                                 struct sb_pattern **pattern, struct sb_error *error)
{
    struct sb_error problem;
    enum sb_status status =
        sb_pattern_create_regex((const char *)text->bytes, text->n, pattern, &problem);
    if (status == SB_MEMORY)
        return sb_fail_memory(error);
    if (status)
        return sb_fail(error, status, "%s: %s %s: the regular expression \"%.*s\": %s", part->file,
                       part->section, part->type, (int)(text->n < 300 ? text->n : 300),
                       (const char *)text->bytes, problem.message);
    return SB_OK;
}

enum sb_status sb_tokenizer_part_pattern(const struct sb_tokenizer_part *part,
                                         struct sb_pattern **pattern, struct sb_error *error)
{
    struct sb_json value, kind;
    struct sb_buffer text = { 0 };
    *pattern = NULL;
    bool is_regex =
        sb_tokenizer_part_find(part, "pattern", &value) && sb_json_find(&value, "Regex", &kind);
    if (!sb_tokenizer_part_find(part, "pattern", &value) ||
        (!is_regex && !sb_json_find(&value, "String", &kind)) || kind.kind != SB_JSON_STRING)
        return sb_tokenizer_part_malformed(part, "pattern", "{\"String\": ...} or {\"Regex\": ...}",
                                           error);
    if (sb_buffer_reserve(&text, kind.n + 1))
        return sb_fail_memory(error);
    text.n = sb_json_unescape(&kind, text.bytes);
    enum sb_status status = SB_OK;
    if (text.n == 0)
        status = sb_tokenizer_part_malformed(part, "pattern", "more than nothing", error);
    else if (is_regex)
        status = make_regex(part, &text, pattern, error);
    else if (sb_pattern_create_string((char *)text.bytes, text.n, pattern))
        status = sb_fail_memory(error);
    sb_buffer_clear(&text);
    return status;
}

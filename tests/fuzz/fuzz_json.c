/* Any bytes as JSON, read in place: taken exactly where jansson takes them, with the same values.
 *
 * covers: data/json.c data/utf8.c
 * seeds: tests/fixtures/shared.json tests/fixtures/models/llama3/config.json
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "data/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void same_string(const struct sb_json *value, const char *text, size_t n)
{
    uint8_t *out = malloc(value->n + 1);
    must(out && sb_json_unescape(value, out) == n && memcmp(out, text, n) == 0);
    must(sb_json_equals(value, text, n));
    free(out);
}

static void same(const struct sb_json *value, json_t *other)
{
    static const enum sb_json_kind kinds[] = {
        [JSON_OBJECT] = SB_JSON_OBJECT, [JSON_ARRAY] = SB_JSON_ARRAY,
        [JSON_STRING] = SB_JSON_STRING, [JSON_INTEGER] = SB_JSON_NUMBER,
        [JSON_REAL] = SB_JSON_NUMBER,   [JSON_TRUE] = SB_JSON_BOOLEAN,
        [JSON_FALSE] = SB_JSON_BOOLEAN, [JSON_NULL] = SB_JSON_NULL,
    };
    must(value->kind == kinds[json_typeof(other)]);
    if (json_is_string(other))
        same_string(value, json_string_value(other), json_string_length(other));
    if (json_is_integer(other)) {
        uint64_t number;
        json_int_t expected = json_integer_value(other);
        if (sb_json_whole(value, INT64_MAX, &number))
            must(expected >= 0 && number == (uint64_t)expected);
        else
            must(expected < 0 || value->text[0] == '-');
    }
    if (!json_is_array(other) && !json_is_object(other))
        return;
    struct sb_json_cursor cursor = sb_json_enter(value);
    struct sb_json name, member;
    size_t i = 0;
    enum sb_status status;
    while ((status = sb_json_next(&cursor, &name, &member)) == SB_OK) {
        if (json_is_array(other))
            same(&member, json_array_get(other, i));
        i++;
    }
    must(status == SB_END &&
         (json_is_object(other) ? i >= json_object_size(other) : i == json_array_size(other)));
    const char *key;
    json_t *expected;
    json_object_foreach(other, key, expected)
    {
        if (sb_json_find(value, key, &member)) /* not where a name holds a 0 */
            same(&member, expected);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct sb_json_cursor cursor = { .at = bytes, .end = bytes + n };
    struct sb_json value;
    enum sb_status status = sb_json_read(&cursor, &value);
    json_error_t problem;
    json_t *other = json_loadb((const char *)bytes, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &problem);
    if (status)
        must(cursor.problem && cursor.at >= bytes && cursor.at <= bytes + n);
    /* jansson has no names with a 0, no large numbers and deeper nesting, and takes a 0 for an end. */
    if (other && !status)
        same(&value, other);
    else if (!other && !status)
        must(json_error_code(&problem) == json_error_numeric_overflow ||
             json_error_code(&problem) == json_error_null_byte_in_key);
    else
        must(!other || memchr(bytes, 0, n) || strstr(cursor.problem, "nest"));
    json_decref(other);
    return 0;
}

#include "data/json.h"

#include <string.h>
#include "data/utf8.h"

/* ---- characters ------------------------------------------------------------------------------- */

static enum sb_status fail(struct sb_json_cursor *cursor, const char *problem)
{
    cursor->problem = problem;
    return SB_FORMAT;
}

static void skip_space(struct sb_json_cursor *cursor)
{
    while (cursor->at < cursor->end && (*cursor->at == ' ' || *cursor->at == '\t' ||
                                        *cursor->at == '\n' || *cursor->at == '\r'))
        cursor->at++;
}

/* The next byte, -1 at the end. */
static int peek(const struct sb_json_cursor *cursor)
{
    return cursor->at < cursor->end ? *cursor->at : -1;
}

static bool take(struct sb_json_cursor *cursor, int c)
{
    if (peek(cursor) != c)
        return false;
    cursor->at++;
    return true;
}

/* ---- strings ---------------------------------------------------------------------------------- */

/* Bytes of the word that a string's scanner must look at, '"', '\\' and below 0x20, get their high
 * bit set: (x - 0x01..01) & ~x & 0x80..80 marks zero bytes of x (and, above one, perhaps others, so
 * that the mark says only that there is something in the word). */
static uint64_t special_bytes(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
    return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
            ((backslash - ones) & ~backslash)) &
           high;
}

/* Skips ordinary bytes; *seen collects their bits, so that its high bits tell of non-ASCII. */
static void skip_ordinary(struct sb_json_cursor *cursor, uint64_t *seen)
{
    const uint8_t *at = cursor->at;
    uint64_t word;
    while ((size_t)(cursor->end - at) >= sizeof word) {
        memcpy(&word, at, sizeof word);
        if (special_bytes(word))
            break;
        *seen |= word;
        at += sizeof word;
    }
    while (at < cursor->end && *at >= 0x20 && *at != '"' && *at != '\\')
        *seen |= *at++;
    cursor->at = at;
}

/* Four hexadecimal digits at `at`, or -1. */
static int32_t read_hex(const uint8_t *at, const uint8_t *end)
{
    int32_t value = 0;
    if (end - at < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int c = at[i], lower = c | 0x20;
        if (c >= '0' && c <= '9')
            value = value * 16 + (c - '0');
        else if (lower >= 'a' && lower <= 'f')
            value = value * 16 + (lower - 'a' + 10);
        else
            return -1;
    }
    return value;
}

/* Decodes the escape whose backslash stands at `at` into out (at most 4 bytes, *n of them) and returns
 * the bytes it takes in the text; 0 if it is malformed or half a surrogate pair. */
static size_t decode_escape(const uint8_t *at, const uint8_t *end, uint8_t out[4], size_t *n)
{
    static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (end - at < 2)
        return 0;
    if (at[1] != 'u') {
        const char *found = at[1] ? strchr(names, at[1]) : NULL;
        if (!found)
            return 0;
        out[0] = (uint8_t)meanings[found - names];
        *n = 1;
        return 2;
    }
    int32_t scalar = read_hex(at + 2, end);
    size_t taken = 6;
    if (scalar >= 0xD800 && scalar < 0xDC00) {
        if (end - at < 12 || at[6] != '\\' || at[7] != 'u')
            return 0;
        int32_t low = read_hex(at + 8, end);
        if (low < 0xDC00 || low > 0xDFFF)
            return 0;
        scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00);
        taken = 12;
    } else if (scalar < 0 || (scalar >= 0xDC00 && scalar <= 0xDFFF)) {
        return 0;
    }
    *n = sb_utf8_encode((uint32_t)scalar, out);
    return taken;
}

/* The cursor stands behind the opening quote; leaves it behind the closing one. */
static enum sb_status read_string(struct sb_json_cursor *cursor, struct sb_json *value)
{
    const uint8_t *start = cursor->at;
    uint64_t seen = 0;
    bool escaped = false;
    for (;;) {
        skip_ordinary(cursor, &seen);
        int c = peek(cursor);
        if (c == '"')
            break;
        if (c < 0)
            return fail(cursor, "a string is not closed");
        if (c != '\\')
            return fail(cursor, "a control character in a string");
        uint8_t bytes[4];
        size_t n, taken = decode_escape(cursor->at, cursor->end, bytes, &n);
        if (!taken)
            return fail(cursor, "a malformed escape, or half a surrogate pair");
        cursor->at += taken;
        escaped = true;
    }
    size_t n = (size_t)(cursor->at - start);
    size_t n_valid = seen & 0x8080808080808080u ? sb_utf8_valid_length(start, n) : n;
    if (n_valid < n) {
        cursor->at = start + n_valid;
        return fail(cursor, "invalid UTF-8");
    }
    cursor->at++;
    *value = (struct sb_json){ SB_JSON_STRING, escaped, start, n };
    return SB_OK;
}

size_t sb_json_unescape(const struct sb_json *string, uint8_t *out)
{
    const uint8_t *at = string->text, *end = at + string->n;
    uint8_t *start = out;
    while (at < end) {
        const uint8_t *backslash = memchr(at, '\\', (size_t)(end - at));
        size_t plain = (size_t)((backslash ? backslash : end) - at);
        memcpy(out, at, plain);
        out += plain;
        at += plain;
        if (backslash) {
            size_t n;
            at += decode_escape(at, end, out, &n);
            out += n;
        }
    }
    return (size_t)(out - start);
}

bool sb_json_equals(const struct sb_json *string, const void *bytes, size_t n)
{
    if (!string->escaped)
        return string->n == n && memcmp(string->text, bytes, n) == 0;
    const uint8_t *at = string->text, *end = at + string->n, *expected = bytes;
    while (at < end) {
        uint8_t decoded[4] = { *at };
        size_t length = 1, taken = *at == '\\' ? decode_escape(at, end, decoded, &length) : 1;
        if (n < length || memcmp(decoded, expected, length) != 0)
            return false;
        at += taken;
        expected += length;
        n -= length;
    }
    return n == 0;
}

/* ---- numbers and words ------------------------------------------------------------------------ */

static bool take_digits(struct sb_json_cursor *cursor)
{
    const uint8_t *start = cursor->at;
    while (peek(cursor) >= '0' && peek(cursor) <= '9')
        cursor->at++;
    return cursor->at > start;
}

static enum sb_status read_number(struct sb_json_cursor *cursor)
{
    take(cursor, '-');
    bool ok = take(cursor, '0') || take_digits(cursor);
    if (ok && take(cursor, '.'))
        ok = take_digits(cursor);
    if (ok && (take(cursor, 'e') || take(cursor, 'E'))) {
        if (!take(cursor, '+'))
            take(cursor, '-');
        ok = take_digits(cursor);
    }
    return ok ? SB_OK : fail(cursor, "a malformed number");
}

static bool take_word(struct sb_json_cursor *cursor, const char *word)
{
    size_t n = strlen(word);
    if ((size_t)(cursor->end - cursor->at) < n || memcmp(cursor->at, word, n) != 0)
        return false;
    cursor->at += n;
    return true;
}

/* ---- values ----------------------------------------------------------------------------------- */

static enum sb_status read_value(struct sb_json_cursor *cursor, int depth, struct sb_json *value);

/* One member behind the opening bracket or the last member; depth is that of the member. */
static enum sb_status read_member(struct sb_json_cursor *cursor, const uint8_t *opening, int depth,
                                  struct sb_json *name, struct sb_json *value)
{
    bool is_object = *opening == '{', is_first = cursor->at == opening + 1;
    skip_space(cursor);
    if (take(cursor, is_object ? '}' : ']'))
        return SB_END;
    if (!is_first && !take(cursor, ','))
        return fail(cursor, is_object ? "expected ',' or '}'" : "expected ',' or ']'");
    if (is_object) {
        skip_space(cursor);
        if (!take(cursor, '"'))
            return fail(cursor, "expected a name in quotes");
        enum sb_status status = read_string(cursor, name);
        if (status)
            return status;
        skip_space(cursor);
        if (!take(cursor, ':'))
            return fail(cursor, "expected ':'");
    }
    return read_value(cursor, depth, value);
}

static enum sb_status read_container(struct sb_json_cursor *cursor, int depth)
{
    if (depth == SB_JSON_MAX_DEPTH)
        return fail(cursor, "nested deeper than 256");
    const uint8_t *opening = cursor->at++;
    struct sb_json name, value;
    enum sb_status status;
    while ((status = read_member(cursor, opening, depth + 1, &name, &value)) == SB_OK)
        ;
    return status == SB_END ? SB_OK : status;
}

static enum sb_status read_value(struct sb_json_cursor *cursor, int depth, struct sb_json *value)
{
    skip_space(cursor);
    const uint8_t *start = cursor->at;
    enum sb_status status = SB_OK;
    enum sb_json_kind kind;
    int c = peek(cursor);
    if (c == '"') {
        cursor->at++;
        return read_string(cursor, value);
    }
    if (c == '{' || c == '[') {
        kind = c == '{' ? SB_JSON_OBJECT : SB_JSON_ARRAY;
        status = read_container(cursor, depth);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        kind = SB_JSON_NUMBER;
        status = read_number(cursor);
    } else if (take_word(cursor, "true") || take_word(cursor, "false")) {
        kind = SB_JSON_BOOLEAN;
    } else if (take_word(cursor, "null")) {
        kind = SB_JSON_NULL;
    } else {
        return fail(cursor, c < 0 ? "the text ends too early" : "expected a value");
    }
    *value = (struct sb_json){ kind, false, start, (size_t)(cursor->at - start) };
    return status;
}

struct sb_json_cursor sb_json_enter(const struct sb_json *container)
{
    return (struct sb_json_cursor){ .at = container->text + 1,
                                    .end = container->text + container->n,
                                    .opening = container->text };
}

enum sb_status sb_json_next(struct sb_json_cursor *cursor, struct sb_json *name,
                            struct sb_json *value)
{
    return read_member(cursor, cursor->opening, 1, name, value);
}

bool sb_json_find(const struct sb_json *object, const char *name, struct sb_json *value)
{
    bool found = false;
    struct sb_json member_name, member;
    if (object->kind != SB_JSON_OBJECT)
        return false;
    struct sb_json_cursor cursor = sb_json_enter(object);
    while (sb_json_next(&cursor, &member_name, &member) == SB_OK)
        if (sb_json_equals(&member_name, name, strlen(name))) {
            *value = member;
            found = true;
        }
    return found;
}

bool sb_json_whole(const struct sb_json *value, uint64_t most, uint64_t *number)
{
    uint64_t sum = 0;
    if (value->kind != SB_JSON_NUMBER)
        return false;
    for (size_t i = 0; i < value->n; i++) {
        unsigned digit = value->text[i] - (unsigned)'0';
        if (digit > 9 || sum > most / 10 || 10 * sum > most - digit)
            return false;
        sum = 10 * sum + digit;
    }
    *number = sum;
    return true;
}

enum sb_status sb_json_read(struct sb_json_cursor *cursor, struct sb_json *value)
{
    struct sb_json found;
    enum sb_status status = read_value(cursor, 0, &found);
    if (status)
        return status;
    skip_space(cursor);
    if (cursor->at < cursor->end)
        return fail(cursor, "something behind the value");
    *value = found;
    return SB_OK;
}

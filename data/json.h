/* JSON read in place (RFC 8259), for records: values are views of the text, nothing is allocated.
 *
 * Beside jansson, which the project uses wherever a JSON text is small: building a tree of a record
 * costs more than decompressing, splitting and counting it (measured: 57 MB/s against several
 * hundred), and of a record only two or three strings are wanted.
 *
 * Strict: UTF-8 is checked, also in what is skipped; numbers, escapes and surrogate pairs must be
 * well-formed; nesting beyond SB_JSON_MAX_DEPTH is refused. \u0000 is a byte like any other.
 */
#ifndef SB_DATA_JSON_H
#define SB_DATA_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

enum { SB_JSON_MAX_DEPTH = 256 };

enum sb_json_kind {
    SB_JSON_NULL,
    SB_JSON_BOOLEAN,
    SB_JSON_NUMBER,
    SB_JSON_STRING,
    SB_JSON_ARRAY,
    SB_JSON_OBJECT
};

/* A value as it stands in the text: a string without its quotes, everything else whole. */
struct sb_json {
    enum sb_json_kind kind;
    bool escaped; /* a string with backslashes: sb_json_unescape gives what it means */
    const uint8_t *text;
    size_t n;
};

/* A position in a text. On SB_FORMAT it stands at the fault and problem says what is wrong. */
struct sb_json_cursor {
    const uint8_t *at, *end;
    const uint8_t *opening; /* the bracket that sb_json_enter went through */
    const char *problem;
};

/* The one value of a text, with nothing but white space around it. A container's members have been
 * checked; sb_json_enter and sb_json_next go through them. O(n). */
enum sb_status sb_json_read(struct sb_json_cursor *cursor, struct sb_json *value);

/* A cursor for the members of an array or object that sb_json_read or sb_json_next returned. */
struct sb_json_cursor sb_json_enter(const struct sb_json *container);

/* The next member: of an object its name (a string) and value, of an array its value, name untouched.
 * SB_END after the last. */
enum sb_status sb_json_next(struct sb_json_cursor *cursor, struct sb_json *name,
                            struct sb_json *value);

/* The value of a name in an object; of equal names the last counts. False, and *value untouched, where
 * there is none or the container is no object. O(n). */
bool sb_json_find(const struct sb_json *object, const char *name, struct sb_json *value);

/* Whether a value is a whole number from 0 to most, written without fraction and exponent. */
bool sb_json_whole(const struct sb_json *value, uint64_t most, uint64_t *number);

/* Writes what a string means to out, which has room for value->n bytes, and returns its length. */
size_t sb_json_unescape(const struct sb_json *string, uint8_t *out);

/* Whether a string means exactly these bytes. */
bool sb_json_equals(const struct sb_json *string, const void *bytes, size_t n);

#endif

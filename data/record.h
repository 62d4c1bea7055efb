/* A record: the named values of one line, row or element of a file, whatever the file's format. */
#ifndef SB_DATA_RECORD_H
#define SB_DATA_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include "data/json.h"
#include "theory/status.h"

struct sb_field {
    struct sb_json name, value; /* names are strings; so are all values of CSV and TSV */
};

/* Starts as { 0 }. Its values are views that last until the reader that filled it goes on. */
struct sb_record {
    const char *source; /* the file, for errors */
    const char *unit;   /* what number counts: "line", "row", "element" */
    size_t number;      /* from 1 */
    struct sb_field *fields;
    size_t n, capacity;
    bool is_malformed; /* no fields: the reader's error says what is wrong with it */
};

enum sb_status sb_record_add(struct sb_record *record, const struct sb_json *name,
                             const struct sb_json *value);
void sb_record_clear(struct sb_record *record);

/* Fills the fields from the text of a JSON object. SB_OK also for malformed text: then is_malformed is
 * set and *error names the place. Otherwise SB_MEMORY. */
enum sb_status sb_record_parse(struct sb_record *record, const uint8_t *text, size_t n,
                               struct sb_error *error);

/* The value of the last field of that name, or NULL. */
const struct sb_json *sb_record_find(const struct sb_record *record, const char *name);

/* "a", "b", "c": the names there are, cut to size - 1 bytes. */
void sb_record_names(const struct sb_record *record, char *names, size_t size);

/* sb_fail with "SOURCE line 12: " in front. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
enum sb_status
sb_record_fail(const struct sb_record *record, struct sb_error *error, enum sb_status status,
               const char *format, ...);

#endif

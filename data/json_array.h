/* The elements of a JSON array of any size, one after the other: of the text only one element is held.
 * Its end is where brackets balance outside strings; what it contains is for data/record.h to check. */
#ifndef SB_DATA_JSON_ARRAY_H
#define SB_DATA_JSON_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "data/archive.h"
#include "data/buffer.h"
#include "data/record.h"
#include "theory/status.h"

struct sb_json_array {
    struct sb_archive *archive;
    const char *source; /* of the entry, for errors: a view of the caller's */
    const uint8_t *block;
    size_t block_size, block_used;
    struct sb_buffer element;
    size_t max_bytes;
    size_t number; /* of the element last returned, from 1 */
    size_t depth;  /* of brackets within the element */
    bool in_string, behind_backslash;
    bool is_open, is_over;
};

void sb_json_array_init(struct sb_json_array *array, struct sb_archive *archive, size_t max_bytes);
void sb_json_array_clear(struct sb_json_array *array);
/* After sb_archive_next: start over on the new entry. */
void sb_json_array_restart(struct sb_json_array *array, const char *source);

/* The next element as a record, valid until the next call. SB_OK also for a malformed one; SB_END
 * after the last; SB_FORMAT for an array that ends too early, SB_LIMIT for an element too long. */
enum sb_status sb_json_array_next(struct sb_json_array *array, struct sb_record *record,
                                  struct sb_error *error);

#endif

/* Parts of a tokenizer.json: objects with a "type", {"type": "Prepend", "prepend": "_"}, read with errors
 * that name the file and the part, and that refuse by name what is not implemented. For the modules that
 * make up a tokenizer. */
#ifndef SB_DATA_TOKENIZER_PART_H
#define SB_DATA_TOKENIZER_PART_H

#include <stdbool.h>
#include <stddef.h>
#include "data/buffer.h"
#include "data/json.h"
#include "data/pattern.h"
#include "data/record.h"
#include "theory/status.h"

enum { SB_PART_MEMBERS = 32 };

struct sb_tokenizer_part {
    const char *file;                         /* for errors */
    const char *section;                      /* "normalizer", "pre_tokenizer", ... */
    char type[64];                            /* "" where the part has none */
    struct sb_field members[SB_PART_MEMBERS]; /* views of the text: found once, asked for often */
    size_t n;
};

/* SB_FORMAT for what is no object, whose type is no text, or that has too many members. */
enum sb_status sb_tokenizer_part_init(struct sb_tokenizer_part *part, const char *file,
                                      const char *section, const struct sb_json *object,
                                      struct sb_error *error);

/* "FILE: SECTION type "X" is not implemented", with detail instead of "type "X"" unless it is NULL. */
enum sb_status sb_tokenizer_part_unsupported(const struct sb_tokenizer_part *part,
                                             const char *detail, struct sb_error *error);
/* "FILE: SECTION "X": KEY should be EXPECTED". */
enum sb_status sb_tokenizer_part_malformed(const struct sb_tokenizer_part *part, const char *key,
                                           const char *expected, struct sb_error *error);

/* The member of that name, false where it is absent or null. */
bool sb_tokenizer_part_find(const struct sb_tokenizer_part *part, const char *key,
                            struct sb_json *value);

/* A text, true or false, a whole number from 0 to 2^32 - 1, an array. Absent or null: the preset (NULL
 * for a text or array: it must be there). */
enum sb_status sb_tokenizer_part_text(const struct sb_tokenizer_part *part, const char *key,
                                      struct sb_buffer *text, struct sb_error *error);
enum sb_status sb_tokenizer_part_flag(const struct sb_tokenizer_part *part, const char *key,
                                      bool preset, bool *value, struct sb_error *error);
enum sb_status sb_tokenizer_part_number(const struct sb_tokenizer_part *part, const char *key,
                                        size_t preset, size_t *value, struct sb_error *error);
enum sb_status sb_tokenizer_part_array(const struct sb_tokenizer_part *part, const char *key,
                                       struct sb_json *value, struct sb_error *error);

/* Reads a part; one of type "Sequence" stands for the parts in its array `list`, one after another, which may
 * be sequences again (JSON's depth bounds them). json NULL, or null: there are none. */
typedef enum sb_status sb_tokenizer_part_function(void *context,
                                                  const struct sb_tokenizer_part *part,
                                                  struct sb_error *error);
enum sb_status sb_tokenizer_part_steps(const char *file, const char *section, const char *list,
                                       const struct sb_json *json, sb_tokenizer_part_function *read,
                                       void *context, struct sb_error *error);

/* {"String": "..."} or {"Regex": "..."} under "pattern". */
enum sb_status sb_tokenizer_part_pattern(const struct sb_tokenizer_part *part,
                                         struct sb_pattern **pattern, struct sb_error *error);

#endif

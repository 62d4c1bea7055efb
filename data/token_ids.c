#include "data/token_ids.h"

#include <string.h>

bool sb_token_ids_are(const char *column, const struct sb_json *value)
{
    struct sb_json name, first;
    if (value->kind != SB_JSON_ARRAY)
        return false;
    struct sb_json_cursor cursor = sb_json_enter(value);
    bool is_empty = sb_json_next(&cursor, &name, &first) != SB_OK;
    return is_empty ? strcmp(column, "ids") == 0 : first.kind == SB_JSON_NUMBER;
}

void sb_token_ids_clear(struct sb_token_ids *scratch)
{
    sb_buffer_clear(&scratch->ids);
    sb_buffer_clear(&scratch->mask);
}

static enum sb_status fail_element(const struct sb_record *record, const char *column, size_t i,
                                   const struct sb_json *value, const char *expected,
                                   struct sb_error *error)
{
    return sb_record_fail(
        record, error, SB_FORMAT, "column \"%s\": element %zu is %.*s instead of %s", column, i,
        (int)(value->n < 40 ? value->n : 40), (const char *)value->text, expected);
}

static enum sb_status read_ids(const struct sb_record *record, const char *column,
                               struct sb_buffer *ids, size_t *n, struct sb_error *error)
{
    struct sb_json name, item;
    uint64_t number;
    const struct sb_json *value = sb_record_find(record, column);
    if (!value || value->kind != SB_JSON_ARRAY)
        return sb_record_fail(record, error, SB_FORMAT,
                              "column \"%s\" holds no array of token ids, as that of the first "
                              "record does",
                              column);
    struct sb_json_cursor cursor = sb_json_enter(value);
    sb_buffer_reset(ids);
    for (*n = 0; sb_json_next(&cursor, &name, &item) == SB_OK; ++*n) {
        if (!sb_json_whole(&item, UINT32_MAX - 1, &number))
            return fail_element(record, column, *n, &item, "a whole number below 2^32 - 1", error);
        if (sb_buffer_append(ids, &(uint32_t){ (uint32_t)number }, sizeof(uint32_t)))
            return sb_fail_memory(error);
    }
    return SB_OK;
}

/* 0 or 1; -1 for anything else. */
static int read_flag(const struct sb_json *value)
{
    if (value->kind == SB_JSON_BOOLEAN)
        return *value->text == 't';
    bool is_digit = value->kind == SB_JSON_NUMBER && value->n == 1;
    return is_digit && (*value->text == '0' || *value->text == '1') ? *value->text - '0' : -1;
}

static enum sb_status read_mask(const struct sb_record *record, const struct sb_json *value,
                                size_t n_ids, struct sb_buffer *mask, struct sb_error *error)
{
    struct sb_json name, item;
    size_t i = 0;
    sb_buffer_reset(mask);
    if (value->kind != SB_JSON_ARRAY)
        return sb_record_fail(record, error, SB_FORMAT, "column \"loss_mask\" holds no array");
    struct sb_json_cursor cursor = sb_json_enter(value);
    for (; sb_json_next(&cursor, &name, &item) == SB_OK; i++) {
        int flag = read_flag(&item);
        if (flag < 0)
            return fail_element(record, "loss_mask", i, &item, "0 or 1", error);
        if (sb_buffer_append(mask, &(uint8_t){ (uint8_t)flag }, 1))
            return sb_fail_memory(error);
    }
    if (i != n_ids && i + 1 != n_ids)
        return sb_record_fail(record, error, SB_FORMAT,
                              "column \"loss_mask\" has %zu entries for %zu ids; expected as many, "
                              "or one less",
                              i, n_ids);
    return SB_OK;
}

enum sb_status sb_token_ids_read(const struct sb_record *record, const char *column, bool score_all,
                                 struct sb_token_ids *scratch, struct sb_document *document,
                                 struct sb_error *error)
{
    const struct sb_json *mask = sb_record_find(record, "loss_mask");
    size_t n = 0;
    enum sb_status status = read_ids(record, column, &scratch->ids, &n, error);
    bool has_mask = mask && mask->kind != SB_JSON_NULL;
    if (status == SB_OK && has_mask)
        status = read_mask(record, mask, n, &scratch->mask, error);
    if (status == SB_OK && sb_buffer_reserve(&scratch->ids, 1)) /* so that no ids are no NULL */
        status = sb_fail_memory(error);
    if (status)
        return status;
    document->ids = (const uint32_t *)(const void *)scratch->ids.bytes;
    document->n_ids = n;
    if (has_mask && n > 1 && !score_all)
        document->loss_mask = scratch->mask.bytes + (scratch->mask.n == n);
    return SB_OK;
}

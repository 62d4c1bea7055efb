#include "estimators/rows.h"

#include <math.h>

enum column {
    MODEL,
    DATASET,
    DOCUMENT,
    GROUP,
    NAME,
    FOLD,
    N_BYTES,
    N_TOKENS,
    BITS,
    BITS_PER_BYTE,
    WEIGHT,
    N_COLUMNS
};

static const char *const names[N_COLUMNS] = {
    "model",   "dataset",  "document", "group",         "name",   "fold",
    "n_bytes", "n_tokens", "bits",     "bits_per_byte", "weight",
};

struct sb_table *sb_rows_create(void)
{
    struct sb_table *rows = sb_table_create();
    for (size_t i = 0; i < N_COLUMNS; i++)
        sb_table_column(rows, names[i]);
    return rows;
}

static void put_number(struct sb_table *rows, long long number)
{
    if (number == SB_ROW_NONE)
        sb_table_missing(rows);
    else
        sb_table_integer(rows, number);
}

void sb_rows_append(struct sb_table *rows, const struct sb_row *row)
{
    double bits = row->score.bits;
    sb_table_text(rows, row->model);
    sb_table_text(rows, row->dataset);
    put_number(rows, row->document);
    put_number(rows, row->group);
    sb_table_text(rows, row->name);
    put_number(rows, row->fold);
    sb_table_integer(rows, (long long)row->n_bytes);
    put_number(rows, row->score.n_tokens ? (long long)row->score.n_tokens : SB_ROW_NONE);
    sb_table_real(rows, bits);
    sb_table_real(rows, row->n_bytes ? bits / (double)row->n_bytes : NAN);
    sb_table_real(rows, row->weight);
}

/* A whole number >= 0, or SB_ROW_NONE where the cell is missing; false where it is neither. */
static bool read_number(const struct sb_table *rows, size_t i, enum column column, double *value)
{
    *value = sb_table_real_at(rows, i, column);
    if (isnan(*value))
        *value = SB_ROW_NONE;
    return *value >= SB_ROW_NONE && *value < 0x1p53 && *value == floor(*value);
}

enum sb_status sb_rows_at(const struct sb_table *rows, size_t i, struct sb_row *row,
                          struct sb_error *error)
{
    double document, group, n_bytes, n_tokens, bits = sb_table_real_at(rows, i, BITS);
    if (!read_number(rows, i, DOCUMENT, &document) || !read_number(rows, i, GROUP, &group) ||
        !read_number(rows, i, N_BYTES, &n_bytes) || !read_number(rows, i, N_TOKENS, &n_tokens) ||
        (document < 0) == (group < 0) || n_bytes < 0 || !(bits >= 0))
        return sb_fail(error, SB_FORMAT, "row %zu is damaged; remove the file", i + 1);
    *row = (struct sb_row){ .model = sb_table_text_at(rows, i, MODEL),
                            .dataset = sb_table_text_at(rows, i, DATASET),
                            .document = (long long)document,
                            .group = (long long)group,
                            .fold = SB_ROW_NONE,
                            .n_bytes = (size_t)n_bytes,
                            .weight = sb_table_real_at(rows, i, WEIGHT),
                            .score = { bits, n_tokens < 0 ? 0 : (size_t)n_tokens } };
    return SB_OK;
}

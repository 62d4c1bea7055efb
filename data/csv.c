#include "data/csv.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>
#include "data/buffer.h"
#include "data/format.h"

/* libcsv pushes fields; rows are pulled. So a piece of the file is parsed at a time, and the rows that
 * it completes wait in a queue. */
enum { PIECE = 1 << 14, GROWTH = 1 << 16 };

struct list {
    size_t *items;
    size_t n, capacity;
};

struct sb_csv {
    struct sb_archive *archive;
    const char *source;
    size_t max_bytes;
    struct csv_parser parser;
    const uint8_t *block;
    size_t block_size, block_used;
    struct sb_buffer header;    /* names of the columns, one after the other */
    struct list header_ends;    /* where each ends */
    struct sb_buffer cells;     /* fields of the waiting rows and of the one being parsed */
    struct list cell_ends;      /* where each ends */
    struct list row_ends;       /* the number of cells up to the end of each waiting row */
    size_t next_row, next_cell; /* of those, what comes next */
    size_t n_rows;              /* handed out, with the header */
    size_t n_pending;           /* bytes parsed since the last row was complete, about */
    bool is_at_end, has_no_memory;
};

static bool push(struct list *list, size_t item)
{
    if (list->n == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 64;
        size_t *items = realloc(list->items, capacity * sizeof *items);
        if (!items)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n++] = item;
    return true;
}

static void take_field(void *field, size_t n, void *data)
{
    struct sb_csv *csv = data;
    if (sb_buffer_append(&csv->cells, field, n) || !push(&csv->cell_ends, csv->cells.n))
        csv->has_no_memory = true;
}

static void take_row(int terminator, void *data)
{
    struct sb_csv *csv = data;
    (void)terminator;
    if (!push(&csv->row_ends, csv->cell_ends.n))
        csv->has_no_memory = true;
}

static int is_no_space(unsigned char c)
{
    (void)c;
    return 0;
}

struct sb_csv *sb_csv_create(struct sb_archive *archive, size_t max_bytes)
{
    struct sb_csv *csv = calloc(1, sizeof *csv);
    if (csv) {
        csv->archive = archive;
        csv->max_bytes = max_bytes;
    }
    return csv;
}

void sb_csv_free(struct sb_csv *csv)
{
    if (!csv)
        return;
    csv_free(&csv->parser);
    sb_buffer_clear(&csv->header);
    sb_buffer_clear(&csv->cells);
    free(csv->header_ends.items);
    free(csv->cell_ends.items);
    free(csv->row_ends.items);
    free(csv);
}

void sb_csv_restart(struct sb_csv *csv, const char *source, char delimiter)
{
    csv_free(&csv->parser);
    csv_init(&csv->parser, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&csv->parser, (unsigned char)delimiter);
    csv_set_space_func(&csv->parser, is_no_space);
    csv_set_blk_size(&csv->parser, GROWTH);
    csv->source = source;
    csv->block_size = csv->block_used = 0;
    sb_buffer_reset(&csv->cells);
    csv->cell_ends.n = csv->row_ends.n = 0;
    csv->next_row = csv->next_cell = csv->n_rows = csv->n_pending = 0;
    csv->is_at_end = false;
}

/* ---- the queue -------------------------------------------------------------------------------- */

/* Drops the rows handed out; the cells of the row being parsed move to the front. */
static void compact(struct sb_csv *csv)
{
    size_t n_cells = csv->next_cell, n_bytes = n_cells ? csv->cell_ends.items[n_cells - 1] : 0;
    csv->cells.n -= n_bytes;
    if (csv->cells.n && n_bytes)
        memmove(csv->cells.bytes, csv->cells.bytes + n_bytes, csv->cells.n);
    csv->cell_ends.n -= n_cells;
    for (size_t i = 0; i < csv->cell_ends.n; i++)
        csv->cell_ends.items[i] = csv->cell_ends.items[i + n_cells] - n_bytes;
    csv->row_ends.n = csv->next_row = csv->next_cell = 0;
}

static enum sb_status fail(const struct sb_csv *csv, enum sb_status status, const char *problem,
                           struct sb_error *error)
{
    return sb_fail(error, status, "%s row %zu: %s", csv->source, csv->n_rows + 1, problem);
}

static enum sb_status fail_quotes(const struct sb_csv *csv, struct sb_error *error)
{
    return fail(
        csv, SB_FORMAT,
        "a misplaced quote; a field that contains quotes must be quoted as a whole, with its "
        "own quotes doubled",
        error);
}

/* Makes a piece of the file available; SB_END at its end. */
static enum sb_status fill(struct sb_csv *csv, struct sb_error *error)
{
    if (csv->block_used < csv->block_size)
        return SB_OK;
    bool is_first = !csv->block_size;
    enum sb_status status = sb_archive_read(csv->archive, &csv->block, &csv->block_size, error);
    if (status == SB_OK)
        csv->block_used = is_first ? sb_format_mark_length(csv->block, csv->block_size) : 0;
    return status;
}

/* Parses until a row waits; SB_END when there will be none. Rows before a fault are handed out first,
 * since the queue is empty whenever this is called. */
static enum sb_status parse_piece(struct sb_csv *csv, struct sb_error *error)
{
    enum sb_status status = fill(csv, error);
    if (status == SB_END) {
        csv->is_at_end = true;
        if (csv_fini(&csv->parser, take_field, take_row, csv))
            return fail_quotes(csv, error);
        return csv->has_no_memory ? sb_fail_memory(error) : SB_OK;
    }
    if (status)
        return status;
    size_t rest = csv->block_size - csv->block_used, n = rest < PIECE ? rest : PIECE;
    size_t parsed =
        csv_parse(&csv->parser, csv->block + csv->block_used, n, take_field, take_row, csv);
    csv->block_used += parsed;
    if (csv->has_no_memory || (parsed < n && csv_error(&csv->parser) != CSV_EPARSE))
        return sb_fail_memory(error);
    if (parsed < n && !csv->row_ends.n)
        return fail_quotes(csv, error);
    csv->n_pending = csv->row_ends.n ? 0 : csv->n_pending + n;
    if (csv->n_pending > csv->max_bytes)
        return fail(csv, SB_LIMIT, "longer than --max-document: close its quote, or allow more",
                    error);
    return SB_OK;
}

/* Cell i of the queue. */
static struct sb_json cell(const struct sb_buffer *bytes, const struct list *ends, size_t i)
{
    size_t begin = i ? ends->items[i - 1] : 0;
    return (struct sb_json){ .kind = SB_JSON_STRING,
                             .text = bytes->n ? bytes->bytes + begin : (const uint8_t *)"",
                             .n = ends->items[i] - begin };
}

/* Takes the next row out of the queue: cells first..last-1. */
static enum sb_status next_row(struct sb_csv *csv, size_t *first, size_t *last,
                               struct sb_error *error)
{
    while (csv->next_row == csv->row_ends.n) {
        if (csv->is_at_end)
            return SB_END;
        compact(csv);
        enum sb_status status = parse_piece(csv, error);
        if (status)
            return status;
    }
    *first = csv->next_cell;
    *last = csv->next_cell = csv->row_ends.items[csv->next_row++];
    csv->n_rows++;
    return SB_OK;
}

/* ---- records ---------------------------------------------------------------------------------- */

static enum sb_status read_header(struct sb_csv *csv, struct sb_error *error)
{
    size_t first, last;
    enum sb_status status = next_row(csv, &first, &last, error);
    if (status)
        return status;
    sb_buffer_reset(&csv->header);
    csv->header_ends.n = 0;
    for (size_t i = first; i < last; i++) {
        struct sb_json name = cell(&csv->cells, &csv->cell_ends, i);
        if (sb_buffer_append(&csv->header, name.text, name.n) ||
            !push(&csv->header_ends, csv->header.n))
            return sb_fail_memory(error);
    }
    return SB_OK;
}

enum sb_status sb_csv_next(struct sb_csv *csv, struct sb_record *record, struct sb_error *error)
{
    size_t first, last;
    enum sb_status status = csv->n_rows ? SB_OK : read_header(csv, error);
    if (status == SB_OK)
        status = next_row(csv, &first, &last, error);
    if (status)
        return status;
    record->source = csv->source;
    record->unit = "row";
    record->number = csv->n_rows;
    record->n = 0;
    record->is_malformed = last - first != csv->header_ends.n;
    if (record->is_malformed) {
        sb_record_fail(record, error, SB_FORMAT,
                       "%zu fields instead of %zu as in the header; mend it, or leave it out with "
                       "--skip-invalid",
                       last - first, csv->header_ends.n);
        return SB_OK;
    }
    for (size_t i = first; i < last; i++) {
        struct sb_json name = cell(&csv->header, &csv->header_ends, i - first);
        struct sb_json value = cell(&csv->cells, &csv->cell_ends, i);
        if (sb_record_add(record, &name, &value))
            return sb_fail_memory(error);
    }
    return SB_OK;
}

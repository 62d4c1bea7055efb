#include "data/table.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "data/utf8.h"

enum { LONGEST_LINE = 1 << 20 };

enum cell_kind { CELL_MISSING, CELL_TEXT, CELL_INTEGER, CELL_REAL };

struct cell {
    enum cell_kind kind;
    union {
        char *text;
        long long integer;
        double real;
    } value;
    char *shown; /* the TSV form of a number, made when sb_table_text_at asks */
};

struct pair {
    char *key, *value;
};

struct sb_table {
    enum sb_status failure; /* sticks */
    struct pair *pairs;
    size_t n_pairs;
    char **columns;
    size_t n_columns;
    struct cell *cells;
    size_t n_cells, cell_capacity;
};

/* ---- building ------------------------------------------------------------------------------ */

struct sb_table *sb_table_create(void)
{
    return calloc(1, sizeof(struct sb_table));
}

void sb_table_free(struct sb_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->n_pairs; i++) {
        free(table->pairs[i].key);
        free(table->pairs[i].value);
    }
    for (size_t i = 0; i < table->n_columns; i++)
        free(table->columns[i]);
    for (size_t i = 0; i < table->n_cells; i++) {
        if (table->cells[i].kind == CELL_TEXT)
            free(table->cells[i].value.text);
        free(table->cells[i].shown);
    }
    free(table->pairs);
    free(table->columns);
    free(table->cells);
    free(table);
}

static void fail(struct sb_table *table, enum sb_status status)
{
    if (table && !table->failure)
        table->failure = status;
}

/* Room for one more of an array that grows one by one, at powers of two. */
static void *grown(struct sb_table *table, void *array, size_t n, size_t size)
{
    if (n & (n - 1))
        return array;
    void *larger = realloc(array, (n ? 2 * n : 1) * size);
    if (!larger)
        fail(table, SB_MEMORY);
    return larger;
}

static void set_provenance(struct sb_table *table, const char *key, char *value)
{
    for (size_t i = 0; i < table->n_pairs; i++)
        if (strcmp(table->pairs[i].key, key) == 0) {
            free(table->pairs[i].value);
            table->pairs[i].value = value;
            return;
        }
    struct pair *pairs = grown(table, table->pairs, table->n_pairs, sizeof *pairs);
    char *name = strdup(key);
    if (pairs)
        table->pairs = pairs;
    if (!pairs || !name) {
        fail(table, SB_MEMORY);
        free(name);
        free(value);
        return;
    }
    pairs[table->n_pairs++] = (struct pair){ name, value };
}

void sb_table_provenance(struct sb_table *table, const char *key, const char *format, ...)
{
    if (!table || table->failure)
        return;
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *value = size < 0 ? NULL : malloc((size_t)size + 1);
    if (!value) {
        fail(table, SB_MEMORY);
        return;
    }
    va_start(arguments, format);
    vsnprintf(value, (size_t)size + 1, format, arguments);
    va_end(arguments);
    set_provenance(table, key, value);
}

void sb_table_copy_provenance(struct sb_table *table, const struct sb_table *from)
{
    if (table && sb_table_check(from, NULL))
        fail(table, SB_MEMORY);
    for (size_t i = 0; from && i < from->n_pairs; i++)
        sb_table_provenance(table, from->pairs[i].key, "%s", from->pairs[i].value);
}

void sb_table_column(struct sb_table *table, const char *name)
{
    if (!table || table->failure)
        return;
    if (table->n_cells) {
        fail(table, SB_DOMAIN);
        return;
    }
    char **columns = grown(table, table->columns, table->n_columns, sizeof *columns);
    if (!columns)
        return;
    table->columns = columns;
    columns[table->n_columns] = strdup(name);
    if (columns[table->n_columns])
        table->n_columns++;
    else
        fail(table, SB_MEMORY);
}

static void add_cell(struct sb_table *table, struct cell cell)
{
    if (table && !table->failure && table->n_cells == table->cell_capacity) {
        size_t capacity = table->cell_capacity ? 2 * table->cell_capacity : 64;
        struct cell *cells = realloc(table->cells, capacity * sizeof *cells);
        if (cells) {
            table->cells = cells;
            table->cell_capacity = capacity;
        } else {
            fail(table, SB_MEMORY);
        }
    }
    if (table && !table->failure)
        table->cells[table->n_cells++] = cell;
    else if (cell.kind == CELL_TEXT)
        free(cell.value.text);
}

void sb_table_missing(struct sb_table *table)
{
    add_cell(table, (struct cell){ .kind = CELL_MISSING });
}

void sb_table_text(struct sb_table *table, const char *text)
{
    if (!text) {
        sb_table_missing(table);
        return;
    }
    char *copy = strdup(text);
    if (copy)
        add_cell(table, (struct cell){ .kind = CELL_TEXT, .value.text = copy });
    else
        fail(table, SB_MEMORY);
}

void sb_table_integer(struct sb_table *table, long long value)
{
    add_cell(table, (struct cell){ .kind = CELL_INTEGER, .value.integer = value });
}

void sb_table_real(struct sb_table *table, double value)
{
    if (isnan(value))
        sb_table_missing(table);
    else
        add_cell(table, (struct cell){ .kind = CELL_REAL, .value.real = value });
}

/* ---- reading cells ------------------------------------------------------------------------- */

const char *sb_format_real(char buffer[SB_REAL_SIZE], double value)
{
    if (isnan(value))
        return "NA";
    if (isinf(value))
        return value > 0 ? "inf" : "-inf";
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, SB_REAL_SIZE, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value)
            break;
    }
    return buffer;
}

size_t sb_table_n_rows(const struct sb_table *table)
{
    return table && table->n_columns ? table->n_cells / table->n_columns : 0;
}

size_t sb_table_n_columns(const struct sb_table *table)
{
    return table ? table->n_columns : 0;
}

const char *sb_table_column_name(const struct sb_table *table, size_t column)
{
    return table->columns[column];
}

bool sb_table_find_column(const struct sb_table *table, const char *name, size_t *column)
{
    for (size_t i = 0; i < sb_table_n_columns(table); i++)
        if (strcmp(table->columns[i], name) == 0) {
            *column = i;
            return true;
        }
    return false;
}

static double number_of(const char *text)
{
    char *end;
    if (!*text || strcmp(text, "NA") == 0)
        return NAN;
    double value = strtod(text, &end);
    return *end ? NAN : value;
}

static double real_of(const struct cell *cell)
{
    switch (cell->kind) {
    case CELL_TEXT:
        return number_of(cell->value.text);
    case CELL_INTEGER:
        return (double)cell->value.integer;
    case CELL_REAL:
        return cell->value.real;
    case CELL_MISSING:
        break;
    }
    return NAN;
}

double sb_table_real_at(const struct sb_table *table, size_t row, size_t column)
{
    return real_of(&table->cells[row * table->n_columns + column]);
}

/* The TSV form of a cell without the escapes of strings; buffer is used for numbers. */
static const char *show(const struct cell *cell, char buffer[SB_REAL_SIZE])
{
    switch (cell->kind) {
    case CELL_TEXT:
        return cell->value.text;
    case CELL_INTEGER:
        snprintf(buffer, SB_REAL_SIZE, "%lld", cell->value.integer);
        return buffer;
    case CELL_REAL:
        return sb_format_real(buffer, cell->value.real);
    case CELL_MISSING:
        break;
    }
    return "NA";
}

const char *sb_table_text_at(const struct sb_table *table, size_t row, size_t column)
{
    struct cell *cell = &table->cells[row * table->n_columns + column];
    if (cell->kind == CELL_TEXT)
        return cell->value.text;
    char buffer[SB_REAL_SIZE];
    if (!cell->shown)
        cell->shown = strdup(show(cell, buffer));
    return cell->shown ? cell->shown : "NA";
}

const char *sb_table_provenance_at(const struct sb_table *table, const char *key)
{
    for (size_t i = 0; table && i < table->n_pairs; i++)
        if (strcmp(table->pairs[i].key, key) == 0)
            return table->pairs[i].value;
    return NULL;
}

/* ---- writing ------------------------------------------------------------------------------- */

enum sb_status sb_table_check(const struct sb_table *table, struct sb_error *error)
{
    if (!table || table->failure == SB_MEMORY)
        return sb_fail_memory(error);
    if (table->failure || (table->n_columns && table->n_cells % table->n_columns) ||
        (!table->n_columns && table->n_cells))
        return sb_fail(error, SB_DOMAIN, "a table was built with rows of unequal width");
    return SB_OK;
}

/* also: one more character that gets a backslash, or 0. */
static void write_escaped(const char *text, char also, FILE *file)
{
    for (; *text; text++)
        switch (*text) {
        case '\t':
            fputs("\\t", file);
            break;
        case '\n':
            fputs("\\n", file);
            break;
        case '\r':
            fputs("\\r", file);
            break;
        case '\\':
            fputs("\\\\", file);
            break;
        default:
            if (also && *text == also)
                putc('\\', file);
            putc(*text, file);
        }
}

static void write_pairs(const struct sb_table *table, FILE *file)
{
    for (size_t i = 0; i < table->n_pairs; i++) {
        fputs("# ", file);
        write_escaped(table->pairs[i].key, '=', file);
        putc('=', file);
        write_escaped(table->pairs[i].value, 0, file);
        putc('\n', file);
    }
}

static void write_header(const struct sb_table *table, FILE *file)
{
    write_pairs(table, file);
    if (table->n_columns && table->columns[0][0] == '#')
        putc('\\', file); /* or the header would be taken for provenance */
    for (size_t i = 0; i < table->n_columns; i++) {
        write_escaped(table->columns[i], 0, file);
        putc(i + 1 < table->n_columns ? '\t' : '\n', file);
    }
}

static void write_rows(const struct sb_table *table, FILE *file)
{
    char buffer[SB_REAL_SIZE];
    for (size_t i = 0; i < table->n_cells; i++) {
        write_escaped(show(&table->cells[i], buffer), 0, file);
        putc((i + 1) % table->n_columns ? '\t' : '\n', file);
    }
}

enum sb_status sb_table_write_tsv(const struct sb_table *table, FILE *file, struct sb_error *error)
{
    enum sb_status status = sb_table_check(table, error);
    if (status)
        return status;
    write_header(table, file);
    write_rows(table, file);
    return SB_OK;
}

enum sb_status sb_table_write_rows(const struct sb_table *table, FILE *file, struct sb_error *error)
{
    enum sb_status status = sb_table_check(table, error);
    if (!status)
        write_rows(table, file);
    return status;
}

enum sb_status sb_table_write_provenance(const struct sb_table *table, FILE *file,
                                         struct sb_error *error)
{
    enum sb_status status = sb_table_check(table, error);
    if (!status)
        write_pairs(table, file);
    return status;
}

/* For people: six significant digits. */
static const char *show_rounded(const struct cell *cell, char buffer[SB_REAL_SIZE])
{
    if (cell->kind != CELL_REAL || !isfinite(cell->value.real))
        return show(cell, buffer);
    snprintf(buffer, SB_REAL_SIZE, "%.6g", cell->value.real);
    return buffer;
}

/* Characters that a terminal shows for UTF-8 text, each taken as one column wide. */
static int shown_width(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void write_padded(const char *text, int width, bool right, FILE *file)
{
    int padding = width > shown_width(text) ? width - shown_width(text) : 0;
    if (right)
        fprintf(file, "%*s", padding, "");
    for (const char *c = text; *c; c++) /* a control character would move or paint the terminal */
        putc((unsigned char)*c < 0x20 || *c == 0x7f ? '?' : *c, file);
    if (!right)
        fprintf(file, "%*s", padding, "");
}

enum sb_status sb_table_write_text(const struct sb_table *table, FILE *file, struct sb_error *error)
{
    enum sb_status status = sb_table_check(table, error);
    if (status || !table->n_columns)
        return status;
    size_t n = table->n_columns;
    int *width = calloc(n, sizeof *width);
    bool *right = calloc(n, sizeof *right);
    if (!width || !right) {
        free(width);
        free(right);
        return sb_fail_memory(error);
    }
    char buffer[SB_REAL_SIZE];
    for (size_t i = 0; i < n; i++)
        width[i] = shown_width(table->columns[i]);
    for (size_t i = 0; i < table->n_cells; i++) {
        int w = shown_width(show_rounded(&table->cells[i], buffer));
        width[i % n] = w > width[i % n] ? w : width[i % n];
        right[i % n] |= table->cells[i].kind == CELL_REAL || table->cells[i].kind == CELL_INTEGER;
    }
    for (size_t i = 0; i < n; i++) {
        write_padded(table->columns[i], right[i] || i + 1 < n ? width[i] : 0, right[i], file);
        fputs(i + 1 < n ? "  " : "\n", file);
    }
    for (size_t i = 0; i < table->n_cells; i++) {
        const char *text = show_rounded(&table->cells[i], buffer);
        bool last = (i + 1) % n == 0;
        write_padded(text, last && !right[i % n] ? 0 : width[i % n], right[i % n], file);
        fputs(last ? "\n" : "  ", file);
    }
    free(width);
    free(right);
    return SB_OK;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

json_t *sb_json_real(double value)
{
    if (isnan(value))
        return json_null();
    if (isinf(value))
        return json_string(value > 0 ? "inf" : "-inf");
    return json_real(value);
}

/* JSON must be UTF-8, which names of files need not be: a byte that is not becomes U+FFFD. */
static json_t *json_text(const char *text)
{
    static const char replacement[] = "\xEF\xBF\xBD";
    size_t rest = strlen(text), used = 0;
    char *valid = malloc(3 * rest + 1);
    if (!valid)
        return NULL;
    for (;;) {
        size_t n = sb_utf8_valid_length((const uint8_t *)text, rest);
        memcpy(valid + used, text, n);
        used += n;
        if (n == rest)
            break;
        memcpy(valid + used, replacement, 3);
        used += 3;
        text += n + 1;
        rest -= n + 1;
    }
    json_t *string = json_stringn(valid, used);
    free(valid);
    return string;
}

static json_t *json_of(const struct cell *cell)
{
    switch (cell->kind) {
    case CELL_TEXT:
        return json_text(cell->value.text);
    case CELL_INTEGER:
        return json_integer(cell->value.integer);
    case CELL_REAL:
        return sb_json_real(cell->value.real);
    case CELL_MISSING:
        break;
    }
    return json_null();
}

json_t *sb_table_json_rows(const struct sb_table *table)
{
    if (sb_table_check(table, NULL))
        return NULL;
    json_t *rows = json_array();
    for (size_t i = 0; rows && i < sb_table_n_rows(table); i++) {
        json_t *row = json_object();
        bool failed = !row;
        for (size_t j = 0; j < table->n_columns && !failed; j++)
            failed = json_object_set_new(row, table->columns[j],
                                         json_of(&table->cells[i * table->n_columns + j]));
        if (failed || json_array_append(rows, row)) {
            json_decref(rows);
            rows = NULL;
        }
        json_decref(row);
    }
    return rows;
}

json_t *sb_table_json_provenance(const struct sb_table *table)
{
    json_t *object = table && !table->failure ? json_object() : NULL;
    for (size_t i = 0; object && i < table->n_pairs; i++) {
        json_t *key = json_text(table->pairs[i].key);
        if (!key ||
            json_object_set_new(object, json_string_value(key), json_text(table->pairs[i].value))) {
            json_decref(object);
            object = NULL;
        }
        json_decref(key);
    }
    return object;
}

/* ---- reading TSV --------------------------------------------------------------------------- */

static void unescape(char *text)
{
    char *to = text;
    for (; *text; text++) {
        if (text[0] == '\\' && text[1]) {
            text++;
            *to++ = *text == 't' ? '\t' : *text == 'n' ? '\n' : *text == 'r' ? '\r' : *text;
        } else {
            *to++ = *text;
        }
    }
    *to = 0;
}

/* One line without its newline; *torn when the file ended before one. SB_END at the end. */
static enum sb_status read_line(FILE *file, char *line, bool *torn)
{
    size_t n = 0;
    int c;
    while ((c = getc(file)) != EOF && c != '\n') {
        if (n == LONGEST_LINE)
            return SB_LIMIT;
        line[n++] = (char)c;
    }
    line[n] = 0;
    *torn = c == EOF;
    return c == EOF && n == 0 ? SB_END : SB_OK;
}

static void parse_provenance(struct sb_table *table, char *line)
{
    char *equals = line; /* the first that no backslash takes for part of the key */
    while (*equals && *equals != '=')
        equals += *equals == '\\' && equals[1] ? 2 : 1;
    if (!*equals)
        return; /* a comment, not provenance */
    *equals = 0;
    unescape(line);
    char *value = strdup(equals + 1);
    if (!value) {
        fail(table, SB_MEMORY);
        return;
    }
    unescape(value);
    set_provenance(table, line + 1 + (line[1] == ' '), value);
}

/* Splits a line at tabs and hands each unescaped field to put; returns how many there were. */
static size_t split_fields(struct sb_table *table, char *line,
                           void (*put)(struct sb_table *, const char *))
{
    size_t n = 0;
    for (char *field = line; field; n++) {
        char *tab = strchr(field, '\t');
        if (tab)
            *tab = 0;
        unescape(field);
        put(table, field);
        field = tab ? tab + 1 : NULL;
    }
    return n;
}

/* Fields come back as text; a missing cell as a missing cell. */
static void put_field(struct sb_table *table, const char *field)
{
    sb_table_text(table, strcmp(field, "NA") == 0 ? NULL : field);
}

/* A torn last line (no newline) is kept only if torn_end is NULL, else *torn_end is where the whole
 * lines end. */
static enum sb_status read_table(FILE *file, const char *path, struct sb_table *table,
                                 long *torn_end, struct sb_error *error)
{
    char *line = malloc(LONGEST_LINE + 1);
    size_t number = 0;
    long whole = 0;
    bool torn = false;
    enum sb_status status = line ? SB_OK : sb_fail_memory(error);
    while (!status && !(status = read_line(file, line, &torn))) {
        number++;
        if (torn && torn_end)
            break;
        whole = ftell(file);
        size_t n_fields;
        if (!table->n_columns && line[0] == '#') {
            parse_provenance(table, line);
        } else if (!table->n_columns) {
            split_fields(table, line, sb_table_column);
        } else if ((n_fields = split_fields(table, line, put_field)) != table->n_columns) {
            status = sb_fail(error, SB_FORMAT,
                             "%s line %zu: %zu fields where the header has %zu; "
                             "is it a TSV table?",
                             path, number, n_fields, table->n_columns);
        }
    }
    free(line);
    if (torn_end)
        *torn_end = whole;
    if (status == SB_LIMIT)
        return sb_fail(error, SB_LIMIT, "%s line %zu: longer than %d bytes; is it a TSV table?",
                       path, number + 1, LONGEST_LINE);
    status = status == SB_END ? SB_OK : status;
    if (!status && ferror(file))
        status = sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    if (!status && !table->n_columns && !torn_end)
        status = sb_fail(error, SB_FORMAT, "%s: no header line: not a TSV table", path);
    if (!status && table->failure)
        status = sb_fail_memory(error);
    return status;
}

enum sb_status sb_table_read(const char *path, struct sb_table **table, struct sb_error *error)
{
    *table = NULL;
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "r");
    if (!file)
        return sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    struct sb_table *new = sb_table_create();
    enum sb_status status = new ? read_table(file, path, new, NULL, error) : sb_fail_memory(error);
    if (!is_input)
        fclose(file);
    if (status)
        sb_table_free(new);
    else
        *table = new;
    return status;
}

enum sb_status sb_table_read_whole_lines(FILE *file, const char *path, struct sb_table *table,
                                         long *end, struct sb_error *error)
{
    return read_table(file, path, table, end, error);
}

bool sb_table_begins(const struct sb_table *part, const struct sb_table *whole)
{
    if (part->n_pairs > whole->n_pairs)
        return false;
    if (part->n_columns && (part->n_pairs < whole->n_pairs || part->n_columns != whole->n_columns))
        return false;
    for (size_t i = 0; i < part->n_pairs; i++)
        if (strcmp(part->pairs[i].key, whole->pairs[i].key) ||
            strcmp(part->pairs[i].value, whole->pairs[i].value))
            return false;
    for (size_t i = 0; i < part->n_columns; i++)
        if (strcmp(part->columns[i], whole->columns[i]))
            return false;
    return true;
}

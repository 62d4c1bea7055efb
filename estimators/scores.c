#include "estimators/scores.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "data/archive.h"
#include "data/lines.h"
#include "theory/numeric.h"

enum column { DOCUMENT, POSITION, ID, LOG2_P, N_COLUMNS };
static const char *const column_names[N_COLUMNS] = { "document", "position", "id", "log2_p" };

enum { LONGEST_LINE = 1 << 20, LONGEST_FIELD = 64, FEW_DOCUMENTS = 16 };

struct score_file {
    struct sb_predictor base;
    char *path;
    struct sb_archive *archive; /* until expect has read it */
    struct sb_score *documents;
    size_t n_documents;

    /* The bits of all tokens in the order of the file, where there are few documents. */
    double *tokens;
    size_t n_tokens, capacity;
    size_t first[FEW_DOCUMENTS]; /* of each document */
};

/* The reading of a file: where its columns are, and the document that is being summed. */
struct reading {
    struct score_file *file;
    const char *source; /* the file, or the member of an archive */
    struct sb_lines lines;
    size_t place[N_COLUMNS]; /* of each column in a row */
    bool has_document;
    uint64_t document, position;
    struct sb_sum bits;
};

/* ---- fields -------------------------------------------------------------------------------- */

/* A view of part of a line. */
struct field {
    const char *text;
    size_t n;
};

/* Cuts the first field off a row; false when nothing is left. */
static bool cut_field(struct field *row, struct field *field)
{
    if (!row->text)
        return false;
    const char *tab = memchr(row->text, '\t', row->n);
    *field = (struct field){ row->text, tab ? (size_t)(tab - row->text) : row->n };
    *row = tab ? (struct field){ tab + 1, row->n - field->n - 1 } : (struct field){ NULL, 0 };
    return true;
}

static bool parse_count(struct field field, uint64_t *value)
{
    uint64_t x = 0;
    if (field.n == 0 || field.n > 18)
        return false;
    for (size_t i = 0; i < field.n; i++) {
        if (field.text[i] < '0' || field.text[i] > '9')
            return false;
        x = 10 * x + (uint64_t)(field.text[i] - '0');
    }
    *value = x;
    return true;
}

/* A log2 probability: a decimal number <= 0, or -inf. */
static bool parse_log2(struct field field, double *value)
{
    char text[LONGEST_FIELD], *end;
    if (field.n == 0 || field.n >= sizeof text)
        return false;
    memcpy(text, field.text, field.n);
    text[field.n] = 0;
    if (strcmp(text, "-inf") == 0) {
        *value = -INFINITY;
        return true;
    }
    double x = strtod(text, &end);
    if (text[strspn(text, "0123456789+-.eE")] || *end || end == text || !isfinite(x) || x > 0)
        return false;
    *value = x;
    return true;
}

/* ---- rows ---------------------------------------------------------------------------------- */

static enum sb_status parse_header(struct reading *r, struct field row, struct sb_error *error)
{
    bool found[N_COLUMNS] = { false };
    struct field name;
    for (size_t i = 0; cut_field(&row, &name); i++)
        for (size_t c = 0; c < N_COLUMNS; c++)
            if (strlen(column_names[c]) == name.n && !memcmp(column_names[c], name.text, name.n)) {
                if (found[c])
                    return sb_fail(error, SB_FORMAT, "%s line %zu: two columns \"%s\"; rename one",
                                   r->source, r->lines.number, column_names[c]);
                found[c] = true;
                r->place[c] = i;
            }
    for (size_t c = 0; c < N_COLUMNS; c++)
        if (!found[c])
            return sb_fail(error, SB_FORMAT,
                           "%s line %zu: no column \"%s\"; a score file is a TSV table whose "
                           "header names document, position, id and log2_p",
                           r->source, r->lines.number, column_names[c]);
    return SB_OK;
}

static void end_document(struct reading *r)
{
    if (r->has_document)
        r->file->documents[r->document].bits = sb_sum_value(&r->bits);
}

static enum sb_status begin_document(struct reading *r, uint64_t document, struct sb_error *error)
{
    if (document >= r->file->n_documents)
        return sb_fail(error, SB_FORMAT,
                       "%s line %zu: document %" PRIu64 ", but the datasets have %zu in all, "
                       "counted from 0; were the same datasets scored, in the same order?",
                       r->source, r->lines.number, document, r->file->n_documents);
    if (r->file->documents[document].n_tokens)
        return sb_fail(error, SB_FORMAT,
                       "%s line %zu: document %" PRIu64 " has rows further up; the rows of a "
                       "document must stand together",
                       r->source, r->lines.number, document);
    end_document(r);
    if (r->file->n_documents <= FEW_DOCUMENTS)
        r->file->first[document] = r->file->n_tokens;
    r->has_document = true;
    r->document = document;
    r->bits = (struct sb_sum){ 0 };
    return SB_OK;
}

static enum sb_status fail_field(const struct reading *r, enum column column, struct field field,
                                 const char *expected, struct sb_error *error)
{
    return sb_fail(error, SB_FORMAT, "%s line %zu: %s \"%.*s\" is not %s", r->source,
                   r->lines.number, column_names[column],
                   (int)(field.n < LONGEST_FIELD ? field.n : LONGEST_FIELD), field.text, expected);
}

static enum sb_status keep_token(struct score_file *file, double bits, struct sb_error *error)
{
    if (file->n_documents > FEW_DOCUMENTS)
        return SB_OK;
    if (file->n_tokens == file->capacity) {
        size_t capacity = file->capacity ? 2 * file->capacity : 1024;
        double *tokens = realloc(file->tokens, capacity * sizeof *tokens);
        if (!tokens)
            return sb_fail_memory(error);
        file->tokens = tokens;
        file->capacity = capacity;
    }
    file->tokens[file->n_tokens++] = bits;
    return SB_OK;
}

static enum sb_status parse_row(struct reading *r, struct field row, struct sb_error *error)
{
    struct field fields[N_COLUMNS] = { { NULL, 0 } }, field;
    for (size_t i = 0; cut_field(&row, &field); i++)
        for (size_t c = 0; c < N_COLUMNS; c++)
            if (r->place[c] == i)
                fields[c] = field;
    uint64_t document, position;
    double log2_p;
    for (size_t c = 0; c < N_COLUMNS; c++)
        if (!fields[c].text)
            return sb_fail(error, SB_FORMAT, "%s line %zu: too few fields, no %s", r->source,
                           r->lines.number, column_names[c]);
    if (!parse_count(fields[DOCUMENT], &document))
        return fail_field(r, DOCUMENT, fields[DOCUMENT], "a whole number", error);
    if (!parse_count(fields[POSITION], &position))
        return fail_field(r, POSITION, fields[POSITION], "a whole number", error);
    if (!parse_log2(fields[LOG2_P], &log2_p))
        return fail_field(r, LOG2_P, fields[LOG2_P], "a log2 probability (a number <= 0, or -inf)",
                          error);
    if (!r->has_document || document != r->document) {
        enum sb_status status = begin_document(r, document, error);
        if (status)
            return status;
    } else if (position <= r->position) {
        return sb_fail(error, SB_FORMAT,
                       "%s line %zu: position %" PRIu64 " after %" PRIu64 " in document %" PRIu64
                       "; positions must increase",
                       r->source, r->lines.number, position, r->position, document);
    }
    r->position = position;
    r->file->documents[document].n_tokens++;
    sb_sum_add(&r->bits, -log2_p);
    return keep_token(r->file, -log2_p, error);
}

static enum sb_status read_lines(struct reading *r, struct sb_error *error)
{
    bool has_header = false;
    const uint8_t *line;
    size_t n;
    enum sb_status status;
    while (!(status = sb_lines_next(&r->lines, &line, &n, error))) {
        struct field row = { (const char *)line, n };
        if (has_header)
            status = parse_row(r, row, error);
        else if (n > 0 && line[0] == '#')
            continue;
        else
            status = parse_header(r, row, error);
        has_header = true;
        if (status)
            return status;
    }
    if (status == SB_LIMIT)
        return sb_fail(error, SB_LIMIT, "%s line %zu: longer than %d bytes; is it a score file?",
                       r->source, r->lines.number + 1, LONGEST_LINE);
    if (status == SB_END && !has_header)
        return sb_fail(error, SB_FORMAT, "%s: empty; a score file has a header line", r->source);
    end_document(r);
    return status == SB_END ? SB_OK : status;
}

/* ---- the predictor ------------------------------------------------------------------------- */

static void scores_free(struct sb_predictor *predictor)
{
    struct score_file *file = (struct score_file *)predictor;
    sb_archive_close(file->archive);
    free(file->documents);
    free(file->tokens);
    free(file->path);
    free(file);
}

static enum sb_status scores_create(const struct sb_model *model, struct sb_predictor **predictor,
                                    struct sb_error *error)
{
    const char *path = sb_model_value(model, "");
    if (!path)
        return sb_fail(error, SB_FORMAT, "model \"%s\" names no file; write scores:FILE",
                       model->text);
    struct score_file *file = calloc(1, sizeof *file);
    if (!file || !(file->path = strdup(path))) {
        free(file);
        return sb_fail_memory(error);
    }
    enum sb_status status = sb_archive_open(path, true, &file->archive, error);
    if (status)
        scores_free(&file->base);
    else
        *predictor = &file->base;
    return status;
}

static enum sb_status scores_expect(struct sb_predictor *predictor, size_t n_documents,
                                    struct sb_error *error)
{
    struct score_file *file = (struct score_file *)predictor;
    struct sb_archive_entry entry;
    enum sb_status status = sb_archive_next(file->archive, &entry, error);
    if (status == SB_END)
        return sb_fail(error, SB_FORMAT, "%s holds no file", file->path);
    if (status)
        return status;
    file->documents = calloc(n_documents, sizeof *file->documents);
    if (!file->documents)
        return sb_fail_memory(error);
    file->n_documents = n_documents;
    struct reading reading = { .file = file, .source = entry.source };
    sb_lines_init(&reading.lines, file->archive, LONGEST_LINE);
    sb_lines_restart(&reading.lines, entry.source);
    status = read_lines(&reading, error);
    sb_lines_clear(&reading.lines);
    if (!status)
        status = sb_archive_next(file->archive, &entry, error);
    if (!status)
        status = sb_fail(error, SB_FORMAT, "%s holds several files; name one: %s:MEMBER",
                         file->path, file->path);
    if (status == SB_END)
        status = SB_OK;
    sb_archive_close(file->archive);
    file->archive = NULL;
    return status;
}

static enum sb_status scores_score(const struct sb_predictor *predictor,
                                   const struct sb_document *document, size_t index,
                                   struct sb_score *score, struct sb_error *error)
{
    const struct score_file *file = (const struct score_file *)predictor;
    if (!file->documents[index].n_tokens) {
        char name[256];
        sb_document_name(document, name, sizeof name);
        return sb_fail(error, SB_FORMAT, "%s: no rows for document %zu (%s)", file->path, index,
                       name);
    }
    size_t n_scored = document->ids ? sb_document_n_scored(document) : 0;
    if (document->ids && file->documents[index].n_tokens != n_scored)
        return sb_fail(error, SB_FORMAT,
                       "%s: %zu rows for document %zu, of which %zu token ids are scored",
                       file->path, file->documents[index].n_tokens, index, n_scored);
    *score = file->documents[index];
    return SB_OK;
}

static enum sb_status scores_sequence(const struct sb_predictor *predictor,
                                      const struct sb_document *document, size_t index,
                                      double **bits, size_t *n, struct sb_error *error)
{
    (void)document;
    const struct score_file *file = (const struct score_file *)predictor;
    size_t n_tokens = file->n_documents <= FEW_DOCUMENTS ? file->documents[index].n_tokens : 0;
    double *copy = malloc((n_tokens + 1) * sizeof *copy);
    if (!copy)
        return sb_fail_memory(error);
    if (n_tokens)
        memcpy(copy, file->tokens + file->first[index], n_tokens * sizeof *copy);
    *bits = copy;
    *n = n_tokens;
    return SB_OK;
}

static const char *const keys[] = { "", NULL };

const struct sb_predictor_class sb_scores_class = {
    .name = "scores",
    .description = "scores:FILE, log2 probabilities of tokens from any tool: a TSV table with the\n"
                   "columns document (from 0 through all datasets), position, id, log2_p",
    .keys = keys,
    .takes_ids = true,
    .create = scores_create,
    .free = scores_free,
    .expect = scores_expect,
    .score = scores_score,
    .sequence = scores_sequence,
};

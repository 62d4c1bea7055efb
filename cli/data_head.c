/* springback data head: the first documents, readable. */
#include <stdio.h>
#include <string.h>
#include "cli/data.h"
#include "data/buffer.h"
#include "data/output.h"
#include "data/utf8.h"

enum { SHOWN_BYTES = 600 };

/* The beginning of some bytes as text, with a 0 behind it. Control characters other than newline and
 * tab, and all but ASCII where the bytes are not UTF-8, stand as \xNN. */
static enum sb_status preview(struct sb_buffer *out, const uint8_t *bytes, size_t n)
{
    bool is_utf8 = sb_utf8_valid(bytes, n);
    size_t shown = n < SHOWN_BYTES ? n : SHOWN_BYTES;
    while (is_utf8 && shown < n && (bytes[shown] & 0xC0) == 0x80)
        shown--; /* not through the middle of a character */
    sb_buffer_reset(out);
    if (sb_buffer_reserve(out, 4 * SHOWN_BYTES + 64))
        return SB_MEMORY;
    for (size_t i = 0; i < shown; i++) {
        uint8_t c = bytes[i];
        bool plain = c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7F) || (c >= 0x80 && is_utf8);
        out->n += (size_t)snprintf((char *)out->bytes + out->n, out->capacity - out->n,
                                   plain ? "%c" : "\\x%02X", c);
    }
    out->bytes[out->n] = 0;
    if (shown < n)
        snprintf((char *)out->bytes + out->n, out->capacity - out->n, " ... (%zu more bytes)",
                 n - shown);
    return SB_OK;
}

static void print_lines(FILE *file, char mark, const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        fprintf(file, "%c %.*s\n", mark, (int)n, text);
        text += n + (text[n] == '\n');
    }
}

/* What is shown of a document; the texts are views of the buffers. */
struct view {
    char name[256];
    struct sb_buffer context, scored, ids;
};

/* The ids that are scored, or those that are not, in decimal. */
static enum sb_status write_ids(struct sb_buffer *out, const struct sb_document *d, bool scored)
{
    sb_buffer_reset(out);
    for (size_t i = 0; i < d->n_ids && out->n <= SHOWN_BYTES; i++) {
        char text[16];
        bool is_scored = i > 0 && (!d->loss_mask || d->loss_mask[i - 1]);
        int n = snprintf(text, sizeof text, "%s%lu", out->n ? " " : "", (unsigned long)d->ids[i]);
        if (is_scored == scored && sb_buffer_append(out, text, (size_t)n))
            return SB_MEMORY;
    }
    return SB_OK;
}

static enum sb_status look_at_ids(struct view *view, const struct sb_document *d)
{
    if (write_ids(&view->ids, d, false) || preview(&view->context, view->ids.bytes, view->ids.n) ||
        write_ids(&view->ids, d, true))
        return SB_MEMORY;
    return preview(&view->scored, view->ids.bytes, view->ids.n);
}

static enum sb_status look(struct view *view, const struct sb_document *d, struct sb_error *error)
{
    sb_document_name(d, view->name, sizeof view->name);
    if (d->ids)
        return look_at_ids(view, d) ? sb_fail_memory(error) : SB_OK;
    if (preview(&view->context, d->bytes, d->span_begin) ||
        preview(&view->scored, d->bytes + d->span_begin, d->span_end - d->span_begin))
        return sb_fail_memory(error);
    return SB_OK;
}

static void print_document(FILE *file, const struct view *view, const struct sb_document *d)
{
    fprintf(file, "%s: %zu %s, %zu scored", view->name, d->ids ? d->n_ids : d->n_bytes,
            d->ids ? "token ids" : "bytes", sb_document_n_scored(d));
    if (d->weight != 1)
        fprintf(file, ", weight %g", d->weight);
    fputc('\n', file);
    print_lines(file, '|', (const char *)view->context.bytes);
    print_lines(file, '>', (const char *)view->scored.bytes);
    fputc('\n', file);
}

static void add_row(struct sb_table *table, const struct view *view, const struct sb_document *d)
{
    sb_table_text(table, view->name);
    sb_table_real(table, d->weight);
    sb_table_integer(table, (long long)d->n_bytes);
    sb_table_integer(table, (long long)(d->span_end - d->span_begin));
    sb_table_integer(table, (long long)d->n_ids);
    sb_table_text(table, (const char *)view->context.bytes);
    sb_table_text(table, (const char *)view->scored.bytes);
}

/* To file for people, or into the table. */
static enum sb_status show(struct cli_run *run, struct cli_reading *reading, FILE *file,
                           struct sb_table *table, struct sb_error *error)
{
    struct view view = { 0 };
    struct sb_document document;
    enum sb_status status;
    while ((status = cli_reading_next(run, reading, &document, error)) == SB_OK) {
        status = look(&view, &document, error);
        if (status)
            break;
        if (file)
            print_document(file, &view, &document);
        else
            add_row(table, &view, &document);
    }
    sb_buffer_clear(&view.context);
    sb_buffer_clear(&view.scored);
    sb_buffer_clear(&view.ids);
    return status == SB_END ? SB_OK : status;
}

static int show_people(struct cli_run *run, struct cli_reading *reading)
{
    struct sb_output output;
    struct sb_error error;
    enum sb_status status = sb_output_open(&output, NULL, &error);
    if (status)
        return cli_fail(&error);
    status = show(run, reading, output.file, NULL, &error);
    if (status)
        sb_output_discard(&output);
    else
        status = sb_output_commit(&output, &error);
    return status ? cli_fail(&error) : 0;
}

static int show_table(struct cli_run *run, struct cli_reading *reading)
{
    static const char *const names[] = { "document", "weight",  "n_bytes", "n_scored_bytes",
                                         "n_ids",    "context", "scored" };
    struct sb_error error;
    struct sb_table *table = sb_table_create();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        sb_table_column(table, names[i]);
    int status = show(run, reading, NULL, table, &error) ? cli_fail(&error) : cli_emit(run, table);
    sb_table_free(table);
    return status;
}

int cli_data_head(const struct cli_command *command, int argc, char **argv)
{
    struct cli_corpus c = { .limit = 5, .takes_ids = true };
    const struct cli_option options[] = { CLI_CORPUS_OPTIONS(&c),
                                          { NULL, CLI_END, NULL, NULL, NULL } };
    struct cli_run run;
    struct cli_reading reading = { 0 };
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0)
        status = cli_need_datasets(&run, 1);
    if (status < 0)
        status = cli_reading_open(&run, &c, run.arguments.items[0], &reading);
    if (status < 0)
        status = run.json || run.tsv || run.output ? show_table(&run, &reading)
                                                   : show_people(&run, &reading);
    cli_reading_close(&reading);
    cli_end(&run);
    return status;
}

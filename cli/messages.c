/* Messages, progress, and results on their way out. */
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cli/cli.h"
#include "data/output.h"

int cli_fail(const struct sb_error *error)
{
    fprintf(stderr, "springback: %s\n", error->message);
    return 1;
}

void cli_note(const struct cli_run *run, const char *format, ...)
{
    if (run->quiet)
        return;
    va_list arguments;
    va_start(arguments, format);
    fputs("springback: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

/* ---- progress ------------------------------------------------------------------------------ */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void print_time_left(double left)
{
    if (left >= 90)
        fprintf(stderr, ", %.0f min left", left / 60);
    else
        fprintf(stderr, ", %.0f s left", left);
}

void cli_progress(struct cli_run *run, const char *what, double done, double total)
{
    if (run->quiet || !isatty(STDERR_FILENO))
        return;
    double now = seconds();
    if (strncmp(run->progress.what, what, sizeof run->progress.what - 1) != 0) {
        snprintf(run->progress.what, sizeof run->progress.what, "%s", what);
        run->progress.started = now;
        run->progress.printed = 0;
    }
    if (now - run->progress.printed < 0.2)
        return;
    run->progress.printed = now;
    double elapsed = now - run->progress.started;
    fprintf(stderr, "\r\033[K%s", what);
    if (total > 0 && done > 0) {
        fprintf(stderr, ": %.0f %%", 100 * done / total);
        if (elapsed > 1)
            print_time_left(elapsed * (total - done) / done);
    } else if (done > 0) {
        fprintf(stderr, ": %.0f", done);
    }
    fflush(stderr);
}

void cli_progress_end(struct cli_run *run)
{
    if (!run->quiet && isatty(STDERR_FILENO))
        fputs("\r\033[K", stderr);
}

/* ---- results ------------------------------------------------------------------------------- */

/* {"command": ..., "provenance": {...}, "settings": {...}, "results": ...}; takes results over. */
static json_t *envelope(const struct cli_run *run, const struct sb_table *table, json_t *results)
{
    json_t *object = json_object();
    if (!object || json_object_set_new(object, "command", json_string(run->command->name)) ||
        json_object_set_new(object, "provenance", sb_table_json_provenance(run->provenance)) ||
        json_object_set_new(object, "settings", sb_table_json_provenance(table)) ||
        json_object_set(object, "results", results)) {
        json_decref(object);
        object = NULL;
    }
    json_decref(results);
    return object;
}

static enum sb_status write_json(const struct cli_run *run, const struct sb_table *table,
                                 json_t *results, FILE *file, struct sb_error *error)
{
    json_t *object = envelope(run, table, results);
    if (!object)
        return sb_fail_memory(error);
    int failed = json_dumpf(object, file, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
    json_decref(object);
    fputc('\n', file);
    if (failed && !ferror(file)) /* what ferror tells of, sb_output_commit says */
        return sb_fail_memory(error);
    return SB_OK;
}

static enum sb_status write_tsv(const struct cli_run *run, const struct sb_table *table, FILE *file,
                                struct sb_error *error)
{
    enum sb_status status = sb_table_write_provenance(run->provenance, file, error);
    if (status)
        return status;
    return sb_table_write_tsv(table, file, error);
}

int cli_emit_object(struct cli_run *run, struct sb_table *table, json_t *results)
{
    struct sb_error error = { "" };
    struct sb_output output;
    enum sb_status status = sb_output_open(&output, run->output, &error);
    if (status) {
        json_decref(results);
        return cli_fail(&error);
    }
    if (run->json)
        status = write_json(run, table, results, output.file, &error);
    else if (run->tsv || run->output)
        status = write_tsv(run, table, output.file, &error);
    else
        status = sb_table_write_text(table, output.file, &error);
    if (!run->json)
        json_decref(results);
    if (status)
        sb_output_discard(&output);
    else
        status = sb_output_commit(&output, &error);
    return status ? cli_fail(&error) : 0;
}

int cli_emit(struct cli_run *run, struct sb_table *table)
{
    json_t *results = run->json ? sb_table_json_rows(table) : NULL;
    if (run->json && !results)
        return cli_fail(&(struct sb_error){ "out of memory" });
    return cli_emit_object(run, table, results);
}

enum sb_status cli_write_table(const struct cli_run *run, const char *path,
                               const struct sb_table *table, struct sb_error *error)
{
    struct sb_output output;
    enum sb_status status = sb_output_open(&output, path, error);
    if (status)
        return status;
    status = sb_table_write_provenance(run->provenance, output.file, error);
    if (!status)
        status = sb_table_write_tsv(table, output.file, error);
    if (!status)
        return sb_output_commit(&output, error);
    sb_output_discard(&output);
    return status;
}

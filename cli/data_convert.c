/* springback data convert: documents as JSONL. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "cli/data.h"
#include "data/output.h"
#include "data/utf8.h"

static bool set_text(json_t *object, const char *key, const uint8_t *bytes, size_t n)
{
    return json_object_set_new(object, key, json_stringn(n ? (const char *)bytes : "", n)) == 0;
}

/* The document as a JSON object, NULL when there is no memory. */
static json_t *make_object(const struct sb_document *d, const char *id, bool has_prompt)
{
    json_t *object = json_object();
    bool ok = json_object_set_new(object, "id", json_string(id)) == 0;
    if (has_prompt)
        ok = ok && set_text(object, "prompt", d->bytes, d->span_begin) &&
             set_text(object, "completion", d->bytes + d->span_begin, d->span_end - d->span_begin);
    else
        ok = ok && set_text(object, "text", d->bytes, d->n_bytes);
    if (d->weight != 1)
        ok = ok && json_object_set_new(object, "weight", json_real(d->weight)) == 0;
    if (ok)
        return object;
    json_decref(object);
    return NULL;
}

static enum sb_status write_document(FILE *file, const struct sb_document *d, bool has_prompt,
                                     struct sb_error *error)
{
    char name[4096];
    sb_document_name(d, name, sizeof name);
    const char *id = d->id ? d->id : name;
    if (!sb_utf8_valid(d->bytes, d->n_bytes) || !sb_utf8_valid((const uint8_t *)id, strlen(id)))
        return sb_fail(
            error, SB_FORMAT,
            "%s: not UTF-8, which JSON must be; convert the file first, for example with "
            "iconv -f latin1 -t utf8",
            name);
    json_t *object = make_object(d, id, has_prompt);
    if (!object)
        return sb_fail_memory(error);
    json_dumpf(object, file, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(object);
    fputc('\n', file);
    return SB_OK;
}

static enum sb_status write_all(struct cli_run *run, struct cli_reading *reading, FILE *file,
                                struct sb_error *error)
{
    struct sb_document document;
    enum sb_status status = SB_OK;
    while (!ferror(file) && /* sb_output_commit says so */
           (status = cli_reading_next(run, reading, &document, error)) == SB_OK) {
        bool has_prompt = sb_corpus_has_prompts(reading->corpus) && !reading->options.score_all;
        status = write_document(file, &document, has_prompt, error);
        if (status)
            return status;
    }
    return status == SB_END ? SB_OK : status;
}

static int convert(struct cli_run *run, struct cli_reading *reading)
{
    struct sb_output output;
    struct sb_error error;
    enum sb_status status = sb_output_open(&output, run->output, &error);
    if (status)
        return cli_fail(&error);
    cli_guard(output.temporary);
    status = write_all(run, reading, output.file, &error);
    cli_guard(NULL);
    if (status) {
        sb_output_discard(&output);
        cli_progress_end(run);
    } else {
        status = sb_output_commit(&output, &error);
    }
    return status ? cli_fail(&error) : 0;
}

int cli_data_convert(const struct cli_command *command, int argc, char **argv)
{
    struct cli_corpus c = { 0 };
    const struct cli_option options[] = { CLI_CORPUS_OPTIONS(&c),
                                          { NULL, CLI_END, NULL, NULL, NULL } };
    struct cli_run run;
    struct cli_reading reading = { 0 };
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0 && (run.json || run.tsv))
        status = cli_usage(command, "the result is JSONL; --json and --tsv do not apply");
    if (status < 0)
        status = cli_need_datasets(&run, 1);
    if (status < 0)
        status = cli_reading_open(&run, &c, run.arguments.items[0], &reading);
    if (status < 0)
        status = convert(&run, &reading);
    cli_reading_close(&reading);
    cli_end(&run);
    return status;
}

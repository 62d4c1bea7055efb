/* springback code: files into real bits and back. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "data/buffer.h"
#include "data/output.h"
#include "estimators/coded_file.h"
#include "estimators/predictor.h"

static const size_t MAX_BYTES = (size_t)1 << 30;

struct settings {
    const char *model;
    struct cli_corpus corpus; /* how train=FILE is read */
    size_t max_bytes;
    bool decompress;
    const char *path; /* "-" for standard input */
};

/* ---- the model ----------------------------------------------------------------------------- */

/* "tree, ngram": what can code. */
static void list_coders(char *list, size_t size)
{
    *list = 0;
    for (size_t i = 0; sb_predictor_classes[i]; i++)
        if (sb_predictor_can_code(sb_predictor_classes[i])) {
            size_t n = strlen(list);
            snprintf(list + n, size - n, "%s%s", n ? ", " : "", sb_predictor_classes[i]->name);
        }
}

/* Returns -1, or 2 after saying what is wrong. */
static int check_model(struct cli_run *run, const struct settings *s, const struct sb_model *model)
{
    char coders[256];
    const struct sb_predictor_class *class;
    const char *train = sb_model_value(model, "train");
    struct sb_error error;
    int status = cli_refusal(run->command, sb_predictor_find(model, &class, &error), "", &error);
    if (status >= 0)
        return status;
    list_coders(coders, sizeof coders);
    if (!sb_predictor_can_code(class))
        return cli_usage(run->command, "model \"%s\" cannot code; these can: %s", model->text,
                         coders);
    if (train && strcmp(train, "-") == 0 && strcmp(s->path, "-") == 0)
        return cli_usage(run->command, "standard input can be read only once; it is named twice");
    return -1;
}

/* Returns -1, or the status to exit with, as rate does: what a model cannot be is wrong usage, what is in
 * its folder is not. */
static int create_predictor(struct cli_run *run, const struct sb_model *model,
                            struct sb_predictor **predictor)
{
    struct sb_error error;
    const struct sb_predictor_class *class = NULL;
    enum sb_status status = sb_predictor_find(model, &class, &error);
    if (!status)
        status = sb_predictor_create(model, predictor, &error);
    if ((status == SB_FORMAT || status == SB_DOMAIN) && !(class && class->is_folder))
        return cli_usage(run->command, "%s", error.message);
    return status ? cli_fail(&error) : -1;
}

/* Fits the predictor where the model says so, and finishes it. */
static enum sb_status fit(struct cli_run *run, const struct sb_model *model,
                          const struct sb_corpus_options *options, struct sb_predictor *predictor,
                          struct sb_error *error)
{
    const char *train = sb_model_value(model, "train");
    size_t n_bytes = 0;
    enum sb_status status = SB_OK;
    if (train)
        status = cli_record_input(run, "train", train, error);
    if (!status && train)
        status = sb_predictor_train(predictor, train, options, &n_bytes, error);
    if (!status && predictor->class->finish)
        status = predictor->class->finish(predictor, error);
    return status;
}

/* ---- bytes --------------------------------------------------------------------------------- */

/* The whole file as it is stored: nothing is decompressed or split. */
static enum sb_status read_bytes(const char *path, size_t max_bytes, struct sb_buffer *bytes,
                                 struct sb_error *error)
{
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "rb");
    if (!file)
        return sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    enum sb_status status = SB_OK;
    size_t n = 1;
    while (!status && n > 0) {
        if (sb_buffer_reserve(bytes, (size_t)1 << 16)) {
            status = sb_fail_memory(error);
            break;
        }
        n = fread(bytes->bytes + bytes->n, 1, bytes->capacity - bytes->n, file);
        bytes->n += n;
        if (ferror(file))
            status = sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
        else if (bytes->n > max_bytes)
            status = sb_fail(error, SB_LIMIT,
                             "%s: more than %zu bytes; raise the limit with --max-bytes", path,
                             max_bytes);
    }
    if (!is_input)
        fclose(file);
    return status;
}

static enum sb_status write_bytes(const char *path, const struct sb_buffer *bytes,
                                  struct sb_error *error)
{
    struct sb_output output;
    enum sb_status status = sb_output_open(&output, path, error);
    if (status)
        return status;
    cli_guard(output.temporary);
    fwrite(bytes->bytes, 1, bytes->n, output.file); /* sb_output_commit says if it failed */
    cli_guard(NULL);
    return sb_output_commit(&output, error);
}

/* ---- the work ------------------------------------------------------------------------------ */

static struct sb_table *describe(const struct settings *s, const char *model, size_t n_bytes,
                                 size_t n_coded, const struct sb_score *score)
{
    struct sb_table *table = sb_table_create();
    double n = (double)n_bytes;
    static const char *const columns[] = { "model",       "bytes",
                                           "coded_bytes", "coded_bits_per_byte",
                                           "ideal_bits",  "ideal_bits_per_byte" };
    for (size_t i = 0; i < (s->decompress ? 4 : 6); i++)
        sb_table_column(table, columns[i]);
    sb_table_text(table, model);
    sb_table_integer(table, (long long)n_bytes);
    sb_table_integer(table, (long long)n_coded);
    sb_table_real(table, n_bytes ? 8 * (double)n_coded / n : NAN);
    if (!s->decompress) {
        sb_table_real(table, score->bits);
        sb_table_real(table, n_bytes ? score->bits / n : NAN);
    }
    return table;
}

/* What was done, on standard output, unless the bytes themselves go there. */
static int report(struct cli_run *run, const struct settings *s, const char *model,
                  const struct sb_buffer *in, const struct sb_buffer *out,
                  const struct sb_score *score)
{
    if (!run->output || strcmp(run->output, "-") == 0 || (run->quiet && !run->json && !run->tsv))
        return 0;
    struct sb_table *table = s->decompress ? describe(s, model, out->n, in->n, score)
                                           : describe(s, model, in->n, out->n, score);
    run->output = NULL; /* where the bytes went */
    int status = cli_emit(run, table);
    sb_table_free(table);
    return status;
}

static void progress(void *context, double share)
{
    cli_progress(context, "coding", share, 1);
}

static int run_model(struct cli_run *run, const struct settings *s, const struct sb_model *model,
                     const struct sb_corpus_options *options, struct sb_predictor *predictor)
{
    struct sb_error error = { "" };
    struct sb_buffer in = { 0 }, out = { 0 };
    struct sb_score score = { 0 };
    size_t most = s->max_bytes + (s->decompress ? SB_CODED_FRAME_BYTES : 0);
    predictor->n_threads = run->threads;
    predictor->progress = progress;
    predictor->progress_context = run;
    enum sb_status status = read_bytes(s->path, most, &in, &error);
    if (!status)
        status = cli_record_input(run, "file", s->path, &error);
    if (!status)
        status = fit(run, model, options, predictor, &error);
    if (!status && s->decompress)
        status = sb_coded_file_decode(predictor, in.bytes, in.n, s->path, model->text, s->max_bytes,
                                      &out, &error);
    else if (!status)
        status = sb_coded_file_encode(predictor, in.bytes, in.n, &out, &score, &error);
    cli_progress_end(run);
    if (!status)
        status = write_bytes(run->output, &out, &error);
    int exit_status = status ? cli_fail(&error) : report(run, s, model->text, &in, &out, &score);
    sb_buffer_clear(&in);
    sb_buffer_clear(&out);
    return exit_status;
}

static int code(struct cli_run *run, const struct settings *s)
{
    struct sb_error error;
    struct sb_model model;
    struct sb_corpus_options options;
    struct sb_predictor *predictor = NULL;
    int status = cli_refusal(run->command, sb_model_parse(s->model, &model, &error), "", &error);
    if (status >= 0)
        return status;
    status = check_model(run, s, &model);
    if (status < 0)
        status = cli_corpus_options(run, &s->corpus, NULL, &options);
    options.once = true;
    if (status < 0)
        status = create_predictor(run, &model, &predictor);
    if (status < 0)
        status = run_model(run, s, &model, &options, predictor);
    sb_predictor_free(predictor);
    sb_model_clear(&model);
    return status;
}

/* ---- the command --------------------------------------------------------------------------- */

static int set_arguments(struct cli_run *run, struct settings *s)
{
    const struct cli_texts *arguments = &run->arguments;
    bool to_stdout = !run->output || strcmp(run->output, "-") == 0;
    if (arguments->n == 0)
        return cli_usage(run->command, "say compress or decompress");
    s->decompress = strcmp(arguments->items[0], "decompress") == 0;
    if (!s->decompress && strcmp(arguments->items[0], "compress") != 0)
        return cli_usage(run->command, "\"%s\": expected compress or decompress",
                         arguments->items[0]);
    if (arguments->n > 2)
        return cli_usage(run->command, "\"%s\": expected one file", arguments->items[2]);
    if (arguments->n == 2)
        s->path = arguments->items[1];
    if (to_stdout && (run->json || run->tsv))
        return cli_usage(run->command, "the bytes go to standard output; name a file with -o "
                                       "FILE to have results there");
    if (to_stdout && !s->decompress && isatty(STDOUT_FILENO))
        return cli_usage(run->command, "code is nothing for a terminal; name a file with -o FILE");
    return -1;
}

static int run_code(const struct cli_command *command, int argc, char **argv)
{
    struct settings s = { .model = "tree:d=16", .path = "-", .max_bytes = MAX_BYTES };
    const struct cli_option options[] = {
        { "model", CLI_TEXT, &s.model, "MODEL", "as in rate (default tree:d=16)" },
        { "max-bytes", CLI_BYTES, &s.max_bytes, "BYTES", "refuse larger files (1G)" },
        CLI_CORPUS_OPTIONS(&s.corpus),
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0)
        status = set_arguments(&run, &s);
    if (status < 0)
        status = code(&run, &s);
    cli_end(&run);
    return status;
}

const struct cli_command code_command = {
    .name = "code",
    .summary = "files into real bits, and back, under any model that can code",
    .usage = "code compress|decompress [--model MODEL] [FILE|-] [-o FILE|-] [options]",
    .text =
        "Compresses a file, any bytes, into the bits that the model says it costs, and gives\n"
        "the same bytes back. The file is one document, read as it is stored. Without -o, or\n"
        "with -o -, the result goes to standard output; else a table tells the sizes.\n"
        "\n"
        "A model with train=FILE is fitted first and does not change while it codes (the\n"
        "options below say how that file is read); one without learns as it codes, and needs\n"
        "no other file to decompress. A checkpoint's folder codes token by token, with a pass\n"
        "over its weights for each. ideal_bits is what the model's probabilities give;\n"
        "coded_bytes exceeds it by a frame of 48 bytes, at most one byte for the end, and less\n"
        "than 0.1 %.\n"
        "\n"
        "A coded file carries a fingerprint of its model and two checksums (docs/formats.md).\n"
        "Under another model, truncated or damaged it is refused, and nothing is written.\n"
        "The file, its code and the model are held in memory.",
    .examples = "  springback code compress --model tree:d=16 notes.txt -o notes.sb\n"
                "  springback code decompress --model tree:d=16 notes.sb -o notes.txt\n"
                "  springback code compress --model tree:d=16,train=old.txt new.txt >new.sb\n"
                "  springback code compress --model ./smollm notes.txt -o notes.sb",
    .run = run_code,
};

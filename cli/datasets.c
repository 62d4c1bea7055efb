/* Datasets as they are named and read on the command line. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cli/cli.h"
#include "data/archive.h"

static bool name_character(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.';
}

/* Length of "name" in "name=rest", 0 when there is none. */
static size_t name_length(const char *text)
{
    size_t n = 0;
    while (name_character(text[n]))
        n++;
    return text[n] == '=' ? n : 0;
}

/* The file's name up to its first dot: "data/good.jsonl.gz" gives "good". */
static char *name_of_path(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t start = end;
    while (start > 0 && path[start - 1] != '/')
        start--;
    size_t n = 0;
    while (start + n < end && path[start + n] != '.' && path[start + n] != ':')
        n++;
    if (n == 0)
        n = end - start;
    if (n == 1 && path[start] == '-')
        return strdup("stdin");
    char *name = strndup(path + start, n);
    for (char *c = name; c && *c; c++)
        if (!name_character(*c) && (unsigned char)*c < 0x80)
            *c = '_';
    return name;
}

enum sb_status cli_dataset(const char *argument, char **name, const char **path,
                           struct sb_error *error)
{
    struct stat status;
    size_t n = name_length(argument);
    /* A file that is really called "a=b" wins over a dataset named a. */
    bool named = n > 0 && stat(argument, &status) != 0;
    const char *rest = named ? argument + n + 1 : argument;
    if (!*rest)
        return sb_fail(error, SB_FORMAT, "dataset \"%s\" names no file; write NAME=PATH", argument);
    char *new_name = named ? strndup(argument, n) : name_of_path(rest);
    if (!new_name)
        return sb_fail_memory(error);
    *name = new_name;
    *path = rest;
    return SB_OK;
}

int cli_share_input(const struct cli_run *run, const char *const *datasets, size_t n)
{
    size_t n_inputs = 0;
    for (size_t i = 0; i < n; i++) {
        size_t named = name_length(datasets[i]);
        n_inputs += strcmp(datasets[i] + (named ? named + 1 : 0), "-") == 0;
    }
    if (n_inputs > 1)
        return cli_usage(run->command, "standard input can be read only once; it is named twice");
    return -1;
}

enum sb_status cli_record_input(struct cli_run *run, const char *name, const char *path,
                                struct sb_error *error)
{
    char key[256];
    snprintf(key, sizeof key, "input.%s", name);
    uint64_t n_bytes;
    char sha256[65];
    enum sb_status status = sb_archive_digest(path, &n_bytes, sha256, error);
    if (status == SB_DOMAIN) { /* standard input or a pipe: gone once read */
        sb_table_provenance(run->provenance, key, "%s a pipe", path);
        run->reads_pipe = true;
        return SB_OK;
    }
    if (!status)
        sb_table_provenance(run->provenance, key, "%s %llu bytes sha256:%s", path,
                            (unsigned long long)n_bytes, sha256);
    return status;
}

/* ---- options ------------------------------------------------------------------------------- */

static int parse_split(struct cli_run *run, const char *text, struct sb_corpus_options *options)
{
    if (strcmp(text, "file") == 0)
        options->split = SB_SPLIT_FILE;
    else if (strcmp(text, "line") == 0)
        options->split = SB_SPLIT_LINE;
    else if (strcmp(text, "block") == 0)
        options->split = SB_SPLIT_BLOCK;
    else if (strncmp(text, "sep=", 4) == 0 && text[4]) {
        options->split = SB_SPLIT_SEPARATOR;
        options->separator = text + 4;
    } else
        return cli_usage(run->command, "--split \"%s\": expected file, line, block or sep=LINE",
                         text);
    return -1;
}

static int parse_format(struct cli_run *run, const char *text, struct sb_corpus_options *options)
{
    static const struct {
        const char *name;
        enum sb_corpus_format format;
    } formats[] = { { "text", SB_FORMAT_TEXT },
                    { "jsonl", SB_FORMAT_JSONL },
                    { "json", SB_FORMAT_JSON },
                    { "csv", SB_FORMAT_CSV },
                    { "tsv", SB_FORMAT_TSV } };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strcmp(text, formats[i].name) == 0) {
            options->format = formats[i].format;
            return -1;
        }
    return cli_usage(run->command, "--format \"%s\": expected text, jsonl, json, csv or tsv", text);
}

/* The last --columns that is for this dataset, or for all. */
static void choose_columns(const struct cli_corpus *c, const char *dataset,
                           struct sb_corpus_options *options)
{
    for (size_t i = 0; i < c->columns.n; i++) {
        const char *text = c->columns.items[i];
        size_t n = name_length(text);
        if (n == 0)
            options->columns = text;
        else if (dataset && strlen(dataset) == n && memcmp(dataset, text, n) == 0)
            options->columns = text + n + 1;
    }
}

int cli_check_columns(const struct cli_run *run, const struct cli_corpus *c,
                      const char *const *names, size_t n)
{
    for (size_t i = 0; i < c->columns.n; i++) {
        const char *text = c->columns.items[i];
        size_t length = name_length(text), known = 0;
        while (length && known < n &&
               (strlen(names[known]) != length || memcmp(names[known], text, length) != 0))
            known++;
        if (length && known == n)
            return cli_usage(run->command, "--columns \"%s\": no dataset is called \"%.*s\"", text,
                             (int)length, text);
    }
    return -1;
}

static int parse_shuffle(struct cli_run *run, const char *text, struct sb_corpus_options *options)
{
    char *end;
    options->shuffle = true;
    options->seed = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end || strlen(text) > 19)
        return cli_usage(run->command, "--shuffle \"%s\": expected a seed, a whole number", text);
    return -1;
}

int cli_corpus_options(struct cli_run *run, const struct cli_corpus *c, const char *dataset,
                       struct sb_corpus_options *options)
{
    struct sb_corpus_options o = sb_corpus_options_default();
    int status = -1;
    if (c->split)
        status = parse_split(run, c->split, &o);
    if (status < 0 && c->format)
        status = parse_format(run, c->format, &o);
    if (status < 0 && c->shuffle)
        status = parse_shuffle(run, c->shuffle, &o);
    if (status < 0 && c->score && strcmp(c->score, "all") && strcmp(c->score, "completion"))
        status = cli_usage(run->command, "--score \"%s\": expected completion or all", c->score);
    for (size_t i = 0; i < c->filters.n && status < 0; i++)
        if (!strchr(c->filters.items[i], '='))
            status = cli_usage(run->command, "--filter \"%s\": expected COLUMN=VALUE",
                               c->filters.items[i]);
    if (status < 0 && c->prompt_format && !strstr(c->prompt_format, "{prompt}"))
        status = cli_usage(run->command, "--prompt-format \"%s\" lacks {prompt}", c->prompt_format);
    if (status >= 0)
        return status;
    choose_columns(c, dataset, &o);
    o.filters = c->filters.items;
    o.n_filters = c->filters.n;
    o.limit = c->limit;
    if (c->max_document)
        o.max_document_bytes = c->max_document;
    o.skip_invalid = c->skip_invalid;
    o.takes_ids = c->takes_ids;
    o.score_all = c->score && strcmp(c->score, "all") == 0;
    o.prompt_format = c->prompt_format;
    *options = o;
    return -1;
}

/* Option tables: parsing, help, usage errors. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "theory/numeric.h"

/* ---- help ---------------------------------------------------------------------------------- */

static void print_options(const struct cli_option *options)
{
    for (; options->kind != CLI_END; options++) {
        if (options->kind == CLI_HEADING) {
            printf("\n%s\n", options->help);
            continue;
        }
        char name[64];
        snprintf(name, sizeof name, "--%s%s%s", options->name, options->argument ? " " : "",
                 options->argument ? options->argument : "");
        const char *help = options->help, *newline;
        printf("  %-26s%s", name, strlen(name) > 25 ? "\n                            " : "");
        while ((newline = strchr(help, '\n'))) {
            printf("%.*s\n%28s", (int)(newline - help), help, "");
            help = newline + 1;
        }
        printf("%s\n", help);
    }
}

static void print_help(const struct cli_command *command, const struct cli_option *options,
                       const struct cli_option *common)
{
    printf("springback %s: %s\n\nusage: springback %s\n\n%s\n", command->name, command->summary,
           command->usage, command->text);
    if (command->print_more)
        command->print_more();
    printf("\nOptions\n");
    print_options(options);
    print_options(common);
    if (command->examples)
        printf("\nExamples\n%s\n", command->examples);
}

int cli_usage(const struct cli_command *command, const char *format, ...)
{
    struct sb_error said, line;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(said.message, sizeof said.message, format, arguments);
    va_end(arguments);
    sb_fail(&line, SB_DOMAIN, "%s", said.message); /* one line, whatever was typed */
    fprintf(stderr, "springback: %s; see 'springback %s --help'\n", line.message, command->name);
    return 2;
}

int cli_refusal(const struct cli_command *command, enum sb_status status, const char *option,
                const struct sb_error *error)
{
    if (!status)
        return -1;
    return status == SB_MEMORY ? cli_fail(error)
                               : cli_usage(command, "%s%s", option, error->message);
}

/* ---- values -------------------------------------------------------------------------------- */

/* A whole number >= 0, with K, M or G for powers of 1024 where bytes are meant. */
static bool parse_count(const char *text, bool bytes, uint64_t *value)
{
    char *end;
    if (*text < '0' || *text > '9' || strlen(text) > 19)
        return false;
    uint64_t x = strtoull(text, &end, 10), unit = 1;
    if (bytes && *end) {
        const char *letter = strchr("KMG", *end++);
        if (!letter)
            return false;
        unit = (uint64_t)1 << (*letter == 'K' ? 10 : *letter == 'M' ? 20 : 30);
    }
    if (*end || x > UINT64_MAX / unit)
        return false;
    *value = x * unit;
    return true;
}

static bool append_text(struct cli_run *run, struct cli_texts *texts, const char *text)
{
    const char **items = realloc(texts->items, (texts->n + 1) * sizeof *items);
    if (!items)
        return false;
    /* The first item of a list makes cli_end responsible for it. */
    size_t slot = 0;
    while (slot < run->n_owned && run->owned[slot].items != texts->items)
        slot++;
    if (slot == run->n_owned)
        run->n_owned++;
    items[texts->n++] = text;
    texts->items = items;
    run->owned[slot] = *texts;
    return true;
}

static const char NO_MEMORY[] = "out of memory";

/* Stores the option's value; returns NULL, or what was expected of it, or NO_MEMORY. */
static const char *store(struct cli_run *run, const struct cli_option *option, const char *text)
{
    uint64_t count;
    switch (option->kind) {
    case CLI_FLAG:
        *(bool *)option->value = true;
        return NULL;
    case CLI_TEXT:
        *(const char **)option->value = text;
        return NULL;
    case CLI_TEXTS:
        return append_text(run, option->value, text) ? NULL : NO_MEMORY;
    case CLI_NUMBER:
        return sb_parse_number(text, option->value) ? "a number, such as 20, 1e-3 or 1/3" : NULL;
    case CLI_COUNT:
    case CLI_BYTES:
        if (!parse_count(text, option->kind == CLI_BYTES, &count) || count > SIZE_MAX)
            return option->kind == CLI_BYTES ? "a size, such as 4096, 64K or 32M"
                                             : "a whole number";
        *(size_t *)option->value = (size_t)count;
        return NULL;
    case CLI_SEED:
        return parse_count(text, false, option->value) ? NULL : "a whole number";
    case CLI_HEADING:
    case CLI_END:
        break;
    }
    return "nothing";
}

static const struct cli_option *find(const struct cli_option *options, const char *name, size_t n)
{
    for (; options->kind != CLI_END; options++)
        if (options->name && strlen(options->name) == n && memcmp(options->name, name, n) == 0)
            return options;
    return NULL;
}

/* One argument that starts with "--" or is "-o"; *i advances past a separate value. */
static int parse_option(struct cli_run *run, const struct cli_option *options,
                        const struct cli_option *common, int *i, int argc, char **argv)
{
    const char *text = strcmp(argv[*i], "-o") == 0 ? "output" : argv[*i] + 2;
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : strlen(text);
    const struct cli_option *option = find(options, text, n);
    if (!option)
        option = find(common, text, n);
    if (!option)
        return cli_usage(run->command, "no option \"%s\"", argv[*i]);
    const char *value = equals ? equals + 1 : NULL;
    if (option->kind == CLI_FLAG && value)
        return cli_usage(run->command, "--%s takes no value", option->name);
    if (option->kind != CLI_FLAG && !value) {
        if (*i + 1 >= argc)
            return cli_usage(run->command, "--%s needs %s", option->name, option->argument);
        value = argv[++*i];
    }
    const char *expected = store(run, option, value);
    if (expected == NO_MEMORY)
        return cli_fail(&(struct sb_error){ "out of memory" });
    if (expected)
        return cli_usage(run->command, "--%s \"%s\": expected %s", option->name, value, expected);
    return -1;
}

/* ---- a run --------------------------------------------------------------------------------- */

/* Options that change where or how results are shown, but no result. */
static bool is_recorded(const char *name)
{
    static const char *const hidden[] = { "--threads", "--quiet", "--output", "-o",
                                          "--rows",    "--json",  "--tsv" };
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++) {
        size_t n = strlen(hidden[i]);
        if (strncmp(name, hidden[i], n) == 0 && (name[n] == 0 || name[n] == '='))
            return false;
    }
    return true;
}

static bool takes_value(const char *name)
{
    return strcmp(name, "--threads") == 0 || strcmp(name, "--output") == 0 ||
           strcmp(name, "--rows") == 0 || strcmp(name, "-o") == 0;
}

/* Quoted for a shell only where it must be. */
static void print_word(FILE *line, const char *word)
{
    bool plain = *word && !strpbrk(word, " \t\n'\"\\$`*?[](){}<>|&;#!~");
    if (plain) {
        fprintf(line, " %s", word);
        return;
    }
    fputs(" '", line);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", line);
        else
            putc(*word, line);
    putc('\'', line);
}

/* Returns false when there is no memory. */
static bool record_command(struct cli_run *run, int argc, char **argv)
{
    char *command = NULL;
    size_t size = 0;
    FILE *line = open_memstream(&command, &size);
    if (!line)
        return false;
    fprintf(line, "springback %s", argv[0]);
    bool options = true;
    for (int i = 1; i < argc; i++) {
        options = options && strcmp(argv[i], "--") != 0;
        if (!options || is_recorded(argv[i]))
            print_word(line, argv[i]);
        else if (takes_value(argv[i]))
            i++;
    }
    bool written = !fclose(line);
    sb_table_provenance(run->provenance, "springback", "%s", cli_version);
    sb_table_provenance(run->provenance, "git", "%s", cli_git_hash);
    if (written)
        sb_table_provenance(run->provenance, "command", "%s", command);
    sb_table_provenance(run->provenance, "seed", "%llu", (unsigned long long)run->seed);
    free(command);
    return written;
}

static size_t processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

int cli_begin(struct cli_run *run, const struct cli_command *command,
              const struct cli_option *options, int argc, char **argv)
{
    *run = (struct cli_run){ .command = command, .seed = 1, .threads = processors() };
    bool help = false;
    const struct cli_option common[] = {
        { NULL, CLI_HEADING, NULL, NULL, "Common options" },
        { "json", CLI_FLAG, &run->json, NULL, "one JSON object instead of a table" },
        { "tsv", CLI_FLAG, &run->tsv, NULL, "TSV with provenance instead of a table for people" },
        { "output", CLI_TEXT, &run->output, "FILE",
          "write there (TSV, or JSON with --json); also -o" },
        { "seed", CLI_SEED, &run->seed, "N", "of everything random (default 1)" },
        { "threads", CLI_COUNT, &run->threads, "N", "results are the same bits at any number" },
        { "quiet", CLI_FLAG, &run->quiet, NULL, "no remarks and no progress" },
        { "help", CLI_FLAG, &help, NULL, "this text" },
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    bool only_arguments = false;
    for (int i = 1; i < argc; i++) {
        bool option = !only_arguments && (strncmp(argv[i], "--", 2) == 0 || !strcmp(argv[i], "-o"));
        if (option && strcmp(argv[i], "--") == 0) {
            only_arguments = true;
        } else if (option) {
            int status = parse_option(run, options, common, &i, argc, argv);
            if (status >= 0)
                return status;
        } else if (!append_text(run, &run->arguments, argv[i])) {
            return cli_fail(&(struct sb_error){ "out of memory" });
        }
    }
    if (help) {
        print_help(command, options, common);
        return 0;
    }
    if (run->threads < 1 || run->threads > 1024)
        return cli_usage(command, "--threads must be 1 to 1024");
    if (run->output && !*run->output)
        return cli_usage(command, "--output names no file");
    run->provenance = sb_table_create();
    if (!record_command(run, argc, argv))
        return cli_fail(&(struct sb_error){ "out of memory" });
    return -1;
}

void cli_end(struct cli_run *run)
{
    for (size_t i = 0; i < run->n_owned; i++)
        free(run->owned[i].items);
    sb_table_free(run->provenance);
    *run = (struct cli_run){ .command = run->command };
}

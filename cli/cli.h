/* What the commands share: option tables (from which --help is made), messages, progress, and the
 * one way in which results leave the program. Only cli/ prints and exits.
 *
 * Conventions: data on standard output, messages on standard error; exit 0, 1 for failure, 2 for
 * usage. Results go out as an aligned table, with --tsv or --output FILE as TSV, with --json as one
 * object. Options may stand anywhere among the arguments; "--" ends them.
 */
#ifndef SB_CLI_CLI_H
#define SB_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "data/corpus.h"
#include "data/table.h"
#include "theory/status.h"

extern const char cli_version[], cli_git_hash[];

/* ---- commands and options ------------------------------------------------------------------ */

struct cli_command {
    const char *name;
    const char *summary;      /* one line, for the list of commands */
    const char *usage;        /* "springback tree [options] DATASET" without the "springback " */
    const char *text;         /* paragraphs for --help, wrapped by hand at 80 columns */
    void (*print_more)(void); /* what --help has behind them; NULL: nothing */
    const char *examples;     /* lines, or NULL */
    int (*run)(const struct cli_command *command, int argc, char **argv);
};

enum cli_kind {
    CLI_END = 0, /* closes a table */
    CLI_HEADING, /* a group title in --help: only .help is read */
    CLI_FLAG,    /* bool * */
    CLI_TEXT,    /* const char ** */
    CLI_TEXTS,   /* struct cli_texts *: may be repeated */
    CLI_NUMBER,  /* double *: also fractions, 1/3 */
    CLI_COUNT,   /* size_t * */
    CLI_BYTES,   /* size_t *, with K, M or G for powers of 1024 */
    CLI_SEED     /* uint64_t * */
};

struct cli_option {
    const char *name; /* without "--" */
    enum cli_kind kind;
    void *value;
    const char *argument; /* its name in --help, NULL for a flag */
    const char *help;     /* one or two lines */
};

struct cli_texts {
    const char **items; /* views of argv */
    size_t n;
};

/* One run of a command: create with cli_begin, release with cli_end. */
struct cli_run {
    const struct cli_command *command;
    bool json, tsv, quiet;
    uint64_t seed;  /* default 1 */
    size_t threads; /* default: the processors there are */
    const char *output;
    struct cli_texts arguments; /* what is not an option */
    bool reads_pipe;            /* an input was a pipe, which provenance cannot tell from another */
    struct sb_table *provenance; /* settings and inputs, copied into every table that is emitted */
    struct cli_texts owned[16];  /* the lists behind CLI_TEXTS, freed by cli_end */
    size_t n_owned;
    struct {
        double started, printed; /* seconds on a monotonic clock */
        char what[64];
    } progress; /* the line on the terminal */
};

/* Parses argv (argv[0] is the command's name) against the table and the common options (--json,
 * --tsv, --output, --seed, --threads, --quiet, --help). Returns -1 to go on, else the status to exit
 * with (help was printed, or the usage was wrong). cli_end is needed either way. */
int cli_begin(struct cli_run *run, const struct cli_command *command,
              const struct cli_option *options, int argc, char **argv);
void cli_end(struct cli_run *run);

/* ---- datasets as options ------------------------------------------------------------------- */

/* The options that say how datasets are read: --format, --split, --columns, --filter, --limit,
 * --shuffle, --max-document, --skip-invalid, --score, --prompt-format. Put CLI_CORPUS_OPTIONS(&c)
 * into an option table, then call cli_corpus_options after cli_begin. */
struct cli_corpus {
    const char *format, *split, *score, *shuffle, *prompt_format;
    struct cli_texts columns; /* [DATASET=]COLUMNS */
    struct cli_texts filters;
    size_t limit, max_document;
    bool skip_invalid;
    bool takes_ids; /* not an option: set by commands that can do with token ids instead of text */
};
/* clang-format off */
#define CLI_CORPUS_OPTIONS(c)                                                                     \
    { NULL, CLI_HEADING, NULL, NULL, "How datasets are read" },                                   \
    { "format", CLI_TEXT, &(c)->format, "NAME",                                                   \
      "text, jsonl, json, csv or tsv (default: guessed)" },                                       \
    { "split", CLI_TEXT, &(c)->split, "HOW",                                                      \
      "text: a document per file (default), line, block, or sep=LINE" },                          \
    { "columns", CLI_TEXTS, &(c)->columns, "[DATASET=]COLS", "TEXT, or PROMPT,COMPLETION" },      \
    { "filter", CLI_TEXTS, &(c)->filters, "COLUMN=VALUE", "keep matching records (repeatable)" }, \
    { "limit", CLI_COUNT, &(c)->limit, "N", "at most N documents of each dataset" },              \
    { "shuffle", CLI_TEXT, &(c)->shuffle, "SEED",                                                 \
      "in random order; with --limit: a random sample" },                                         \
    { "max-document", CLI_BYTES, &(c)->max_document, "BYTES", "refuse larger ones (32M)" },       \
    { "skip-invalid", CLI_FLAG, &(c)->skip_invalid, NULL, "count and skip malformed records" },   \
    { "score", CLI_TEXT, &(c)->score, "WHAT", "completion (default) or all: the prompt too" },    \
    { "prompt-format", CLI_TEXT, &(c)->prompt_format, "FORMAT", "such as '<u>{prompt}<a>'" }
/* clang-format on */

/* Translates the options for one dataset (its name selects among --columns; NULL for none). The
 * result points into *c and *run. Returns -1, or 2 after printing what is wrong. */
int cli_corpus_options(struct cli_run *run, const struct cli_corpus *c, const char *dataset,
                       struct sb_corpus_options *options);

/* Whether the names in --columns NAME=COLS are among those of the n datasets. Returns -1, or 2 after
 * saying which is not: with a misspelt name other columns would be scored. */
int cli_check_columns(const struct cli_run *run, const struct cli_corpus *c,
                      const char *const *names, size_t n);

/* "[name=]PATH" into name and path (views; *name is a new string, freed by the caller, made from
 * the file's name when none is given: "good.jsonl.gz" gives "good", "a b.txt" "a_b"). A name is
 * letters, digits, '_', '-' and '.' (made from a file's, also other than ASCII); an '=' later in a
 * path does not count. */
enum sb_status cli_dataset(const char *argument, char **name, const char **path,
                           struct sb_error *error);

/* Standard input ends when it has been read: at most one of n datasets ("[name=]PATH") can be "-".
 * Returns -1, or 2 after saying so. */
int cli_share_input(const struct cli_run *run, const char *const *datasets, size_t n);

/* Records an input with its size and SHA-256 in the provenance ("input.NAME"). */
enum sb_status cli_record_input(struct cli_run *run, const char *name, const char *path,
                                struct sb_error *error);

/* ---- messages, progress, results ----------------------------------------------------------- */

/* "springback: message" on standard error; returns 1. */
int cli_fail(const struct sb_error *error);
/* The same for wrong usage, with a pointer to --help; returns 2. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int cli_usage(const struct cli_command *command, const char *format, ...);

/* The exit status after words of the command line were parsed: -1 for SB_OK, 1 without memory, else 2. What
 * is wrong is said, option ("" or "--pi: ") first. */
int cli_refusal(const struct cli_command *command, enum sb_status status, const char *option,
                const struct sb_error *error);
/* A remark on standard error, unless --quiet. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void cli_note(const struct cli_run *run, const char *format, ...);

/* Progress on standard error, only when that is a terminal and --quiet is absent: what is being
 * done, the share done, and an estimate of the time left. done <= total; total 0 means unknown.
 * Cheap enough to call per document. cli_progress_end erases the line. */
void cli_progress(struct cli_run *run, const char *what, double done, double total);
void cli_progress_end(struct cli_run *run);

/* While a long file is being written: removes this one (sb_output's temporary; NULL for none) should
 * a signal such as Ctrl-C end the program. NULL ends that. */
void cli_guard(const char *path);

/* Emits a table in the form that the options ask for. The run's provenance (version, git hash,
 * command line without --threads, --quiet, --output, --json and --tsv, seed, inputs) comes first,
 * then the table's own. Returns the exit status. The table is left to the caller. */
int cli_emit(struct cli_run *run, struct sb_table *table);
/* A table beside the result, in a file of its own: the run's provenance, then the table. */
enum sb_status cli_write_table(const struct cli_run *run, const char *path,
                               const struct sb_table *table, struct sb_error *error);
/* cli_emit for a result that is one object under --json (the reference is taken over); the table is
 * what people and TSV readers get. */
int cli_emit_object(struct cli_run *run, struct sb_table *table, struct json_t *results);

#endif

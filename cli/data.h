/* The subcommands of springback data; each is a function with the shape of a command's run. */
#ifndef SB_CLI_DATA_H
#define SB_CLI_DATA_H

#include "cli/cli.h"
#include "data/corpus.h"

int cli_data_list(const struct cli_command *command, int argc, char **argv);
int cli_data_head(const struct cli_command *command, int argc, char **argv);
int cli_data_stats(const struct cli_command *command, int argc, char **argv);
int cli_data_convert(const struct cli_command *command, int argc, char **argv);
int cli_data_tokenize(const struct cli_command *command, int argc, char **argv);
int cli_data_detokenize(const struct cli_command *command, int argc, char **argv);
int cli_data_generate(const struct cli_command *command, int argc, char **argv);

/* A dataset that is read once, from start to end. */
struct cli_reading {
    char *name;
    struct sb_corpus_options options;
    struct sb_corpus *corpus;
    size_t n_read;
};

/* Opens an argument, "[name=]PATH", and records it as an input if results will carry provenance.
 * Returns -1, or the status to exit with. cli_reading_close is needed either way. */
int cli_reading_open(struct cli_run *run, const struct cli_corpus *c, const char *argument,
                     struct cli_reading *reading);
/* The next document, with progress. */
enum sb_status cli_reading_next(struct cli_run *run, struct cli_reading *reading,
                                struct sb_document *document, struct sb_error *error);
void cli_reading_close(struct cli_reading *reading);

/* -1 if 1 to at_most datasets are named, else the status of wrong usage. */
int cli_need_datasets(const struct cli_run *run, size_t at_most);

#endif

/* springback data: what is in a dataset, as every other command will read it. */
#include "cli/data.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct cli_command subcommands[] = {
    { .name = "data list",
      .summary = "the files behind a path, with their formats and sizes",
      .usage = "data list PATH...",
      .text = "The files in a folder, the members of an archive, or the file itself: what the\n"
              "other commands read. Sizes are those of the contents, so that everything is\n"
              "decompressed and checked once. A format that is not read is NA.",
      .examples = "  springback data list corpus.tar.zst",
      .run = cli_data_list },
    { .name = "data head",
      .summary = "the first documents, with their scored spans",
      .usage = "data head [options] [NAME=]PATH",
      .text = "Prints the first documents (5, or --limit): lines behind '>' are scored, lines\n"
              "behind '|' are the context they are scored in. Long documents are cut; bytes\n"
              "that are no text are written \\xNN.",
      .examples = "  springback data head --limit 2 chat.jsonl.gz\n"
                  "  springback data head --split line corpus.tar.zst:docs/*.txt",
      .run = cli_data_head },
    { .name = "data stats",
      .summary = "how many documents and bytes, what is scored, what is left out",
      .usage = "data stats [options] [NAME=]PATH...",
      .text = "Reads datasets to their ends, with memory that does not grow with them.",
      .examples = "  springback data stats good=g.jsonl bad=b.jsonl.zst\n"
                  "  springback data stats --split line words.txt",
      .run = cli_data_stats },
    { .name = "data convert",
      .summary = "a dataset as JSONL",
      .usage = "data convert [options] PATH [-o FILE.jsonl]",
      .text = "Writes one JSON object per document: \"id\"; \"prompt\" and \"completion\", or\n"
              "\"text\" where there are no prompts or all is scored (--score all); \"weight\"\n"
              "where it is not 1. Documents without an id get FILE:NUMBER. Documents that\n"
              "are not UTF-8 are refused: JSON cannot hold them.",
      .examples = "  springback data convert --split block fortunes.txt -o fortunes.jsonl",
      .run = cli_data_convert },
    { .name = "data tokenize",
      .summary = "documents as token ids",
      .usage = "data tokenize --tokenizer FILE [options] PATH [-o FILE.jsonl]",
      .text =
          "Writes one JSON object per document: \"id\"; \"ids\", the token ids; and, where there is\n"
          "a prompt, \"loss_mask\": entry i says whether ids[i + 1] is scored. Prompt and\n"
          "completion are encoded one by one. Says how many documents cannot be had back\n"
          "exactly from their ids.",
      .examples = "  springback data tokenize --tokenizer models/llama chat.jsonl -o ids.jsonl\n"
                  "  springback data tokenize --tokenizer bytes --split line words.txt",
      .run = cli_data_tokenize },
    { .name = "data detokenize",
      .summary = "token ids back to text",
      .usage = "data detokenize --tokenizer FILE [options] PATH [-o FILE.jsonl]",
      .text =
          "Writes one JSON object per document of token ids: \"id\" and \"text\". Ids that decode\n"
          "to bytes that are not UTF-8 are refused: JSON cannot hold them.",
      .examples = "  springback data detokenize --tokenizer models/llama --skip-special ids.jsonl",
      .run = cli_data_detokenize },
    { .name = "data generate",
      .summary = "documents of the controlled language",
      .usage = "data generate [options] -o FILE.jsonl",
      .text =
          "Documents whose probabilities are known exactly: a topic, then words of content or of\n"
          "a dialect's style (1 neutral, 2 alignment, 3 perturbation). Writes JSONL with id,\n"
          "dialect and text, and says what the exact entropy is; --model oracle:... of the other\n"
          "commands scores them. The same seed writes the same documents on every machine.",
      .examples =
          "  springback data generate --dialect 2 --documents 4096 -o aligned.jsonl\n"
          "  springback data generate --language overlap=0.6,pi=8:1:1 --seed 2 -o pre.jsonl",
      .run = cli_data_generate },
};
enum { N_SUBCOMMANDS = sizeof subcommands / sizeof *subcommands };

static const char *short_name(const struct cli_command *subcommand)
{
    return strchr(subcommand->name, ' ') + 1;
}

static void print_help(const struct cli_command *command)
{
    printf("springback data: %s\n\nusage: springback %s\n\n%s\n\n", command->summary,
           command->usage, command->text);
    for (size_t i = 0; i < N_SUBCOMMANDS; i++)
        printf("  %-12s%s\n", short_name(&subcommands[i]), subcommands[i].summary);
    printf("\n'springback data NAME --help' explains one.\n");
}

static int run_data(const struct cli_command *command, int argc, char **argv)
{
    if (argc < 2)
        return cli_usage(command, "data does nothing by itself; name one of its subcommands");
    if (strcmp(argv[1], "--help") == 0) {
        print_help(command);
        return 0;
    }
    for (size_t i = 0; i < N_SUBCOMMANDS; i++) {
        char name[32]; /* the first argument: under it the command is recorded */
        snprintf(name, sizeof name, "%s", subcommands[i].name);
        if (strcmp(argv[1], short_name(&subcommands[i])) == 0) {
            argv[1] = name;
            return subcommands[i].run(&subcommands[i], argc - 1, argv + 1);
        }
    }
    return cli_usage(command, "no subcommand \"%s\" of data", argv[1]);
}

const struct cli_command data_command = {
    .name = "data",
    .summary = "datasets: list, look, count, convert, tokenize, generate",
    .usage = "data NAME [options] ...",
    .text = "A dataset is a file, a folder, '-', an archive (tar, zip, 7z, compressed or not),\n"
            "or members of one by glob: corpus.tar.zst:docs/*.txt. JSONL, JSON arrays, CSV,\n"
            "TSV and plain text are told apart by name and content.",
    .run = run_data,
};

/* ---- reading a dataset once -------------------------------------------------------------------- */

int cli_need_datasets(const struct cli_run *run, size_t at_most)
{
    if (run->arguments.n == 0)
        return cli_usage(run->command, "no dataset is named");
    if (run->arguments.n > at_most)
        return cli_usage(run->command, "\"%s\": expected one dataset",
                         run->arguments.items[at_most]);
    return cli_share_input(run, run->arguments.items, run->arguments.n);
}

int cli_reading_open(struct cli_run *run, const struct cli_corpus *c, const char *argument,
                     struct cli_reading *reading)
{
    struct sb_error error;
    const char *path;
    *reading = (struct cli_reading){ 0 };
    int status =
        cli_refusal(run->command, cli_dataset(argument, &reading->name, &path, &error), "", &error);
    if (status < 0)
        status = cli_corpus_options(run, c, reading->name, &reading->options);
    if (status < 0 && run->arguments.n == 1)
        status = cli_check_columns(run, c, (const char *const *)&reading->name, 1);
    if (status >= 0)
        return status;
    bool has_provenance = run->json || run->tsv || run->output;
    if (has_provenance && cli_record_input(run, reading->name, path, &error))
        return cli_fail(&error);
    reading->options.once = true;
    if (sb_corpus_open(path, &reading->options, &reading->corpus, &error))
        return cli_fail(&error);
    return -1;
}

enum sb_status cli_reading_next(struct cli_run *run, struct cli_reading *reading,
                                struct sb_document *document, struct sb_error *error)
{
    enum { EVERY = 1 << 12 };
    enum sb_status status = sb_corpus_next(reading->corpus, document, error);
    if (status)
        cli_progress_end(run);
    else if (++reading->n_read % EVERY == 0)
        cli_progress(run, reading->name, (double)reading->n_read, 0);
    return status;
}

void cli_reading_close(struct cli_reading *reading)
{
    sb_corpus_close(reading->corpus);
    free(reading->name);
    *reading = (struct cli_reading){ 0 };
}

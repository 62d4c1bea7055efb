/* springback data generate: documents of the controlled language. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/data.h"
#include "data/language_exact.h"
#include "data/output.h"
#include "theory/numeric.h"

struct settings {
    const char *language, *dialect, *mixture; /* as given */
    size_t documents;
    bool text;

    struct sb_language_options options;
    double speakers[SB_LANGUAGE_DIALECTS];
    char prefix[64]; /* of the documents' ids: no two datasets share one */
};

static int parse_settings(struct cli_run *run, struct settings *s)
{
    struct sb_error error;
    if (run->arguments.n)
        return cli_usage(run->command,
                         "\"%s\": documents are made, not read; write them with -o FILE",
                         run->arguments.items[0]);
    s->options = sb_language_options_default();
    int status = -1;
    if (s->language)
        status =
            cli_refusal(run->command, sb_language_options_parse(s->language, &s->options, &error),
                        "--language: ", &error);
    if (status >= 0)
        return status;
    if (s->documents == 0)
        return cli_usage(run->command, "--documents 0: expected at least 1");
    if (s->dialect && s->mixture)
        return cli_usage(run->command, "--dialect and --mixture exclude each other");
    unsigned long long seed = run->seed;
    snprintf(s->prefix, sizeof s->prefix, "s%llu-mix", seed);
    memcpy(s->speakers, s->options.pi, sizeof s->speakers);
    if (s->mixture)
        status = cli_refusal(run->command,
                             sb_language_parse_proportions(s->mixture, s->speakers, &error),
                             "--mixture: ", &error);
    if (status >= 0)
        return status;
    if (s->dialect) {
        if (strlen(s->dialect) != 1 || !strchr("123", *s->dialect))
            return cli_usage(run->command, "--dialect \"%s\": expected 1, 2 or 3", s->dialect);
        for (size_t d = 0; d < SB_LANGUAGE_DIALECTS; d++)
            s->speakers[d] = *s->dialect == (char)('1' + d);
        snprintf(s->prefix, sizeof s->prefix, "s%llu-d%s", seed, s->dialect);
    }
    return -1;
}

/* The truth about what was written: its exact rate under the model that made it. */
static void note_rate(const struct cli_run *run, const struct sb_language *language,
                      const struct sb_language_mixture *mixture)
{
    struct sb_language_leaves leaves;
    if (sb_language_leaves_init(&leaves, language, SB_LEVEL_DOCUMENT))
        return; /* too long for sums over documents */
    double bits = sb_bits_from_nats(sb_language_cross_entropy_nats(&leaves, mixture, mixture));
    size_t n_bytes = sb_language_document_words(language) * sb_language_word_bytes(language);
    cli_note(run, "documents of %zu bytes; exact entropy %.6f bits each, rate %.6f", n_bytes, bits,
             bits / (8 * (double)n_bytes));
    sb_language_leaves_clear(&leaves);
}

static enum sb_status write_documents(struct cli_run *run, const struct settings *s,
                                      const struct sb_language *language,
                                      const struct sb_language_mixture *mixture, FILE *file)
{
    size_t n_words = sb_language_document_words(language);
    size_t n_bytes = n_words * sb_language_word_bytes(language);
    uint16_t *words = malloc(n_words * sizeof *words);
    uint8_t *text = malloc(n_bytes);
    for (size_t i = 0; words && text && i < s->documents && !ferror(file); i++) {
        size_t dialect;
        sb_language_sample(language, mixture, run->seed, i, words, &dialect);
        sb_language_spell(language, words, n_words, text);
        if (!s->text) /* letters only: nothing to escape */
            fprintf(file, "{\"id\":\"%s-%zu\",\"dialect\":%zu,\"text\":\"", s->prefix, i + 1,
                    dialect + 1);
        fwrite(text, 1, n_bytes, file);
        fputs(s->text ? "\n" : "\"}\n", file);
        cli_progress(run, "generating", (double)i, (double)s->documents);
    }
    cli_progress_end(run);
    enum sb_status status = words && text ? SB_OK : SB_MEMORY;
    free(words);
    free(text);
    return status;
}

static int generate(struct cli_run *run, const struct settings *s)
{
    struct sb_language *language;
    struct sb_language_mixture mixture;
    struct sb_output output;
    struct sb_error error = { "" };
    /* The options were checked one by one: what can be missing is memory. */
    if (sb_language_create(&s->options, &language) ||
        sb_language_mixture_from(s->speakers, &mixture)) {
        sb_fail_memory(&error);
        return cli_fail(&error);
    }
    enum sb_status status = sb_output_open(&output, run->output, &error);
    if (!status) {
        cli_guard(output.temporary);
        status = write_documents(run, s, language, &mixture, output.file);
        cli_guard(NULL);
        if (status) {
            sb_output_discard(&output);
            sb_fail_memory(&error);
        } else {
            status = sb_output_commit(&output, &error);
        }
    }
    if (!status)
        note_rate(run, language, &mixture);
    sb_language_free(language);
    return status ? cli_fail(&error) : 0;
}

int cli_data_generate(const struct cli_command *command, int argc, char **argv)
{
    struct settings s = { .documents = 1000 };
    const struct cli_option options[] = {
        { "language", CLI_TEXT, &s.language, "PARAMETERS",
          "overlap=0.3,style=0.25,length=28,topics=8,style_words=12,\ncontent_words=100,zipf_style=1,zipf_content=1.1,pi=1:1:1" },
        { "dialect", CLI_TEXT, &s.dialect, "1|2|3", "neutral, alignment or perturbation" },
        { "mixture", CLI_TEXT, &s.mixture, "A,B,C", "proportions of the dialects (default: pi)" },
        { "documents", CLI_COUNT, &s.documents, "N", "how many (default 1000)" },
        { "text", CLI_FLAG, &s.text, NULL, "one document per line, instead of JSONL" },
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0 && (run.json || run.tsv))
        status =
            cli_usage(command, "the result is JSONL, or --text; --json and --tsv do not apply");
    if (status < 0)
        status = parse_settings(&run, &s);
    if (status < 0)
        status = generate(&run, &s);
    cli_end(&run);
    return status;
}

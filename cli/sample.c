/* springback sample: documents drawn from a checkpoint. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "data/output.h"
#include "data/tokenizer.h"
#include "estimators/transformer/network.h"
#include "estimators/transformer/sample.h"

struct settings {
    const char *prompt;
    size_t n, tokens;
    double temperature;
    bool ids;
};

struct sampling {
    struct sb_network *network;
    struct sb_tokenizer *tokenizer; /* NULL: ids alone */
    uint32_t *prompt;               /* with the start mark */
    size_t n_prompt, n_start;
    struct sb_sample_options options;
};

static enum sb_status read_prompt(const struct settings *s, struct sampling *m,
                                  struct sb_error *error)
{
    const struct sb_transformer_config *c = &m->network->checkpoint->config;
    long start = c->bos_id >= 0 ? c->bos_id : c->eos_id;
    struct sb_encoder *encoder = NULL;
    struct sb_tokens tokens = { 0 };
    enum sb_status status = SB_OK;
    if (s->prompt && !m->tokenizer)
        return sb_fail(error, SB_DOMAIN, "%s: no tokenizer.json; a prompt cannot be read",
                       m->network->checkpoint->folder);
    if (s->prompt)
        status = sb_encoder_create(m->tokenizer, &encoder, error);
    if (!status && s->prompt)
        status = sb_encoder_encode(encoder, (const uint8_t *)s->prompt, strlen(s->prompt), 0,
                                   &tokens, error);
    m->prompt = malloc((tokens.n + 1) * sizeof *m->prompt);
    if (!status && !m->prompt)
        status = sb_fail_memory(error);
    if (!status && start >= 0)
        m->prompt[m->n_prompt++] = (uint32_t)start;
    m->n_start = m->n_prompt;
    for (size_t i = 0; i < tokens.n && !status; i++)
        m->prompt[m->n_prompt++] = tokens.ids[i];
    sb_encoder_free(encoder);
    sb_tokens_clear(&tokens);
    if (!status && m->n_prompt == 0)
        status = sb_fail(error, SB_DOMAIN, "%s: the model has no start mark; give a --prompt",
                         m->network->checkpoint->folder);
    return status;
}

static enum sb_status choose_length(const struct settings *s, struct sampling *m,
                                    struct sb_error *error)
{
    const struct sb_transformer_config *c = &m->network->checkpoint->config;
    size_t n = s->tokens ? m->n_prompt + s->tokens : c->n_context;
    if (n > c->n_context && s->tokens)
        return sb_fail(error, SB_DOMAIN,
                       "--tokens %zu: with the prompt that is %zu; the model's context is %zu",
                       s->tokens, n, c->n_context);
    if (m->n_prompt >= n)
        return sb_fail(error, SB_DOMAIN, "the prompt fills the model's context of %zu tokens",
                       c->n_context);
    m->options.n_ids = n;
    m->options.end_id = c->eos_id;
    return SB_OK;
}

/* {"text": ..} or {"ids": [..]}, without the marks around it. */
static enum sb_status write_sequence(const struct settings *s, const struct sampling *m,
                                     const uint32_t *ids, size_t n, FILE *file,
                                     struct sb_error *error)
{
    size_t begin = s->ids ? 0 : m->n_start;
    size_t end = !s->ids && n > begin && (long)ids[n - 1] == m->options.end_id ? n - 1 : n;
    struct sb_buffer text = { 0 };
    enum sb_status status = SB_OK;
    json_t *record = json_object(), *value = NULL;
    if (s->ids) {
        value = json_array();
        for (size_t i = begin; i < end && !status; i++)
            if (json_array_append_new(value, json_integer((json_int_t)ids[i])))
                status = sb_fail_memory(error);
    } else {
        status = sb_tokenizer_decode(m->tokenizer, ids + begin, end - begin, false, &text, error);
        if (!status && !(value = json_stringn(text.n ? (char *)text.bytes : "", text.n))) {
            /* not UTF-8: bytes as the characters of the same numbers would be another text */
            status = sb_fail(error, SB_FORMAT,
                             "a sample is not UTF-8 (a model of bytes may write anything); --ids "
                             "writes it as it is");
        }
    }
    if (json_object_set_new(record, s->ids ? "ids" : "text", value)) {
        if (!status)
            status = sb_fail_memory(error);
    } else if (!status) {
        json_dumpf(record, file, JSON_COMPACT);
        fputc('\n', file);
    }
    json_decref(record);
    sb_buffer_clear(&text);
    return status;
}

static enum sb_status write_samples(const struct cli_run *run, const struct settings *s,
                                    const struct sampling *m, FILE *file, struct sb_error *error)
{
    enum { GROUP = 256 };
    size_t n_ids = m->options.n_ids;
    uint32_t *ids = malloc(GROUP * n_ids * sizeof *ids);
    size_t *lengths = malloc(GROUP * sizeof *lengths);
    enum sb_status status = ids && lengths ? SB_OK : sb_fail_memory(error);
    (void)run;
    for (size_t i = 0; i < s->n && !status; i += GROUP) {
        size_t n = s->n - i < GROUP ? s->n - i : GROUP;
        status = sb_sample_sequences(m->network->transformer, m->prompt, m->n_prompt, i, n,
                                     &m->options, ids, lengths);
        if (status)
            sb_fail_memory(error);
        for (size_t j = 0; j < n && !status; j++)
            status = write_sequence(s, m, ids + j * n_ids, lengths[j], file, error);
    }
    free(ids);
    free(lengths);
    return status;
}

static enum sb_status prepare(const char *model, const struct settings *s, struct sampling *m,
                              struct sb_error *error)
{
    char *folder;
    enum sb_status status = sb_checkpoint_find(model, &folder, error);
    if (status)
        return status;
    status = sb_network_open(folder, &m->network, error);
    free(folder);
    const char *json = status ? NULL : m->network->tokenizer_json;
    if (json)
        status = sb_tokenizer_parse((const uint8_t *)json, strlen(json),
                                    m->network->checkpoint->folder, &m->tokenizer, error);
    else if (!status && !s->ids)
        status = sb_fail(error, SB_DOMAIN, "%s: no tokenizer.json; --ids writes ids", model);
    if (!status)
        status = read_prompt(s, m, error);
    return status ? status : choose_length(s, m, error);
}

static int sample(struct cli_run *run, const struct settings *s)
{
    struct sb_error error = { "" };
    struct sampling m = {
        .options = { .temperature = s->temperature, .seed = run->seed, .n_threads = run->threads }
    };
    struct sb_output output = { 0 };
    enum sb_status status = prepare(run->arguments.items[0], s, &m, &error);
    if (!status)
        status = sb_output_open(&output, run->output, &error);
    if (!status) {
        cli_guard(output.temporary);
        status = write_samples(run, s, &m, output.file, &error);
        cli_guard(NULL);
        if (status)
            sb_output_discard(&output);
        else
            status = sb_output_commit(&output, &error);
    }
    sb_tokenizer_free(m.tokenizer);
    sb_network_free(m.network);
    free(m.prompt);
    return status ? cli_fail(&error) : 0;
}

static int run_sample(const struct cli_command *command, int argc, char **argv)
{
    struct cli_run run;
    struct settings s = { .n = 1, .temperature = 1 };
    const struct cli_option options[] = {
        { "number", CLI_COUNT, &s.n, "N", "documents (1)" },
        { "prompt", CLI_TEXT, &s.prompt, "TEXT", "what each begins with" },
        { "tokens", CLI_COUNT, &s.tokens, "N",
          "most tokens after the prompt (what the context holds)" },
        { "temperature", CLI_NUMBER, &s.temperature, "X",
          "p^(1/X), normalised (1); 0: the likeliest" },
        { "ids", CLI_FLAG, &s.ids, NULL, "ids, marks included, instead of text" },
        { .kind = CLI_END },
    };
    int exit_status = cli_begin(&run, command, options, argc, argv);
    if (exit_status < 0 && (run.json || run.tsv))
        exit_status = cli_usage(command, "the result is JSONL; --json and --tsv do not apply");
    if (exit_status < 0 && run.arguments.n != 1)
        exit_status = cli_usage(command, "one model is to be named");
    if (exit_status < 0 && !(s.temperature >= 0))
        exit_status = cli_usage(command, "--temperature %g: expected 0 or more", s.temperature);
    if (exit_status < 0)
        exit_status = sample(&run, &s);
    cli_end(&run);
    return exit_status;
}

const struct cli_command sample_command = {
    .name = "sample",
    .summary = "draw documents from a checkpoint",
    .usage = "sample [options] MODEL",
    .text = "Draws documents token by token, as JSONL that train and rate read. Document i\n"
            "depends on the model, the prompt, the temperature, the seed and i alone.",
    .examples = "  springback sample m --number 1000 --seed 7 -o drawn.jsonl",
    .run = run_sample,
};

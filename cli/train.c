/* springback train: pre-train or fine-tune a small transformer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "estimators/transformer/network_spec.h"
#include "data/output.h"
#include "estimators/transformer/training_data.h"

struct settings {
    const char *init, *new, *language, *resume, *out, *log, *objective, *reference;
    struct cli_texts data;
    struct cli_corpus corpus;
    size_t batch, accumulate, steps, documents, epochs, warmup, save_every;
    double rate, floor, epsilon, decay, clip, momentum, dpo_beta;
    const char *schedule, *betas, *optimizer;
    bool decay_all, no_shuffle;
};

/* ---- settings ---------------------------------------------------------------------------------- */

static int check_source(const struct cli_run *run, const struct settings *s)
{
    int n = (s->init != NULL) + (s->new != NULL) + (s->resume != NULL);
    if (n != 1)
        return cli_usage(run->command,
                         "give one of --init FOLDER, --new MODEL and --resume FOLDER");
    if (!s->out && !s->resume)
        return cli_usage(run->command, "--out FOLDER says where the checkpoint goes");
    if (!s->data.n)
        return cli_usage(run->command, "--data FILE says what to train on");
    if (run->arguments.n)
        return cli_usage(run->command, "\"%s\": datasets are named by --data",
                         run->arguments.items[0]);
    if ((s->steps > 0) + (s->documents > 0) + (s->epochs > 0) > 1)
        return cli_usage(run->command, "--steps, --documents and --epochs exclude each other");
    return -1;
}

/* Which of the names `value` is; n if none. */
static size_t choose(const char *value, const char *const *names, size_t n)
{
    size_t i = 0;
    while (i < n && strcmp(value, names[i]) != 0)
        i++;
    return i;
}

static int read_names(const struct cli_run *run, const struct settings *s,
                      struct sb_training_options *o)
{
    static const char *const objectives[] = { "next", "sft", "dpo" };
    static const char *const schedules[] = { "constant", "cosine" };
    static const char *const optimizers[] = { "adamw", "sgd" };
    size_t objective = choose(s->objective, objectives, 3),
           schedule = choose(s->schedule, schedules, 2);
    size_t optimizer = choose(s->optimizer, optimizers, 2);
    if (objective == 3)
        return cli_usage(run->command, "--objective \"%s\": expected next, sft or dpo",
                         s->objective);
    if (schedule == 2)
        return cli_usage(run->command, "--schedule \"%s\": expected constant or cosine",
                         s->schedule);
    if (optimizer == 2)
        return cli_usage(run->command, "--optimizer \"%s\": expected adamw or sgd", s->optimizer);
    if (s->reference && objective != 2)
        return cli_usage(run->command, "--reference goes with --objective dpo");
    o->objective = objective == 2 ? SB_DPO : SB_NEXT_TOKEN;
    o->schedule = schedule ? SB_COSINE : SB_CONSTANT;
    o->optimizer.kind = optimizer ? SB_SGD : SB_ADAMW;
    char end;
    if (sscanf(s->betas, "%lf,%lf%c", &o->optimizer.beta1, &o->optimizer.beta2, &end) != 2)
        return cli_usage(run->command, "--betas \"%s\": expected two numbers, 0.9,0.95", s->betas);
    return -1;
}

static int read_settings(const struct cli_run *run, const struct settings *s,
                         struct sb_training_options *o)
{
    int exit_status = check_source(run, s);
    *o = sb_training_options_default();
    if (exit_status < 0)
        exit_status = read_names(run, s, o);
    o->optimizer.epsilon = s->epsilon;
    o->optimizer.momentum = s->momentum;
    o->optimizer.weight_decay = s->decay;
    o->optimizer.decays_all = s->decay_all;
    o->optimizer.clip = s->clip;
    o->dpo_beta = s->dpo_beta;
    o->rate = s->rate;
    o->floor = s->floor;
    o->n_warmup = s->warmup;
    o->n_batch = s->batch;
    o->n_accumulate = s->accumulate;
    o->is_ordered = s->no_shuffle;
    o->seed = run->seed;
    o->n_threads = run->threads;
    return exit_status;
}

/* ---- data -------------------------------------------------------------------------------------- */

static enum sb_status read_data(struct cli_run *run, const struct settings *s,
                                const struct sb_network *network, struct sb_training_data *data,
                                struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < s->data.n && !status; i++) {
        struct sb_corpus_options options;
        struct cli_corpus corpus = s->corpus;
        if (strcmp(s->objective, "next") == 0 && !corpus.score)
            corpus.score = "all";
        if (cli_corpus_options(run, &corpus, NULL, &options) >= 0)
            return sb_fail(error, SB_DOMAIN, "%s: see above", s->data.items[i]);
        status = cli_record_input(run, "data", s->data.items[i], error);
        if (!status && strcmp(s->objective, "dpo") == 0)
            status = sb_training_data_read_pairs(s->data.items[i], &options, network, data, error);
        else if (!status)
            status = sb_training_data_read(s->data.items[i], &options, network, false, data, error);
    }
    if (!status && data->n == 0)
        status = sb_fail(error, SB_FORMAT, "%s: asks for no token; nothing to train on",
                         s->data.items[0]);
    if (!status && data->n_windowed)
        cli_note(run, "%zu documents are longer than the context and were cut into windows",
                 data->n_windowed);
    return status;
}

/* Steps that --steps, --documents or --epochs (default 1) make of n items. */
static size_t count_steps(const struct settings *s, size_t n)
{
    size_t n_step = s->batch * s->accumulate;
    if (s->steps)
        return s->steps;
    size_t n_items = s->documents ? s->documents : n * (s->epochs ? s->epochs : 1);
    return (n_items + n_step - 1) / n_step;
}

/* ---- the run ----------------------------------------------------------------------------------- */

struct work {
    struct cli_run *run;
    const struct settings *s;
    const char *out;
    struct sb_trainer *trainer;
    FILE *log; /* opened by the first step, which says where the run begins */
    size_t n_steps;
    uint64_t saved; /* the last step that was */
    struct sb_training_step last;
};

static enum sb_status save(struct work *w, uint64_t step, struct sb_error *error)
{
    enum sb_status status = sb_trainer_save(w->trainer, w->out, error);
    if (!status)
        w->saved = step;
    return status;
}

/* ---- the log: a row per step, there as soon as it was made -------------------------------------- */

/* The rows of an earlier run up to the step that a resumed one begins with. */
static void copy_rows(const char *path, uint64_t first_step, FILE *to)
{
    FILE *from = fopen(path, "r");
    char line[256];
    while (from && fgets(line, sizeof line, from)) {
        char *end;
        unsigned long long step = strtoull(line, &end, 10);
        if (end > line && *end == '\t' && step < first_step && strchr(end, '\n'))
            fputs(line, to);
    }
    if (from)
        fclose(from);
}

static enum sb_status open_log(struct work *w, uint64_t first_step, struct sb_error *error)
{
    struct sb_output head;
    enum sb_status status = sb_output_open(&head, w->s->log, error);
    if (status)
        return status;
    fprintf(head.file, "step\tloss_nats\trate\tgradient_norm\n");
    if (w->s->resume)
        copy_rows(w->s->log, first_step, head.file);
    status = sb_output_commit(&head, error);
    if (!status && !(w->log = fopen(w->s->log, "a")))
        status = sb_fail(error, SB_IO, "%s: %s", w->s->log, strerror(errno));
    return status;
}

static enum sb_status log_step(struct work *w, const struct sb_training_step *step,
                               struct sb_error *error)
{
    enum sb_status status = w->log || !w->s->log ? SB_OK : open_log(w, step->step, error);
    if (status || !w->log)
        return status;
    fprintf(w->log, "%llu\t%.17g\t%.17g\t%.17g\n", (unsigned long long)step->step, step->loss_nats,
            step->rate, step->gradient_norm);
    return fflush(w->log) ? sb_fail(error, SB_IO, "%s: %s", w->s->log, strerror(errno)) : SB_OK;
}

static enum sb_status after_step(void *context, const struct sb_training_step *step,
                                 struct sb_error *error)
{
    struct work *w = context;
    w->last = *step;
    cli_progress(w->run, "training", (double)step->step, (double)w->n_steps);
    enum sb_status status = log_step(w, step, error);
    if (!status && w->s->save_every && step->step % w->s->save_every == 0 &&
        step->step < w->n_steps)
        status = save(w, step->step, error);
    return status;
}

static enum sb_status run_trainer(struct work *w, const struct sb_training_data *data,
                                  struct sb_error *error)
{
    struct sb_error problem = { "" };
    enum sb_status status =
        sb_trainer_run(w->trainer, data->sequences, data->n, w->n_steps, after_step, w, &problem);
    cli_progress_end(w->run);
    if (!status)
        status = save(w, w->last.step, &problem);
    if (status && w->saved)
        sb_fail(error, status, "%s; %s holds step %llu", problem.message, w->out,
                (unsigned long long)w->saved);
    else if (status)
        *error = problem;
    if (w->log)
        fclose(w->log);
    return status;
}

static enum sb_status open_network(const struct cli_run *run, const struct settings *s,
                                   struct sb_network **network, struct sb_error *error)
{
    char *folder;
    *network = NULL;
    if (s->new)
        return sb_network_from_spec(s->new, s->language, run->seed, network, error);
    enum sb_status status = sb_checkpoint_find(s->resume ? s->resume : s->init, &folder, error);
    if (status)
        return status;
    status = sb_network_open(folder, network, error);
    free(folder);
    return status;
}

static struct sb_table *describe(const struct work *w, const struct sb_network *network)
{
    struct sb_table *table = sb_table_create();
    static const char *const columns[] = { "checkpoint", "parameters", "steps",
                                           "documents",  "loss_nats",  "gradient_norm" };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        sb_table_column(table, columns[i]);
    sb_table_text(table, w->out);
    sb_table_integer(table, (long long)network->n_parameters);
    sb_table_integer(table, (long long)w->last.step);
    sb_table_integer(table, (long long)w->last.n_done);
    sb_table_real(table, w->last.loss_nats);
    sb_table_real(table, w->last.gradient_norm);
    return table;
}

static int finish(struct cli_run *run, struct work *w, const struct sb_network *network)
{
    struct sb_table *table = describe(w, network);
    int exit_status = cli_emit(run, table);
    sb_table_free(table);
    return exit_status;
}

static enum sb_status work(struct cli_run *run, const struct settings *s,
                           struct sb_training_options *options, struct sb_network *network,
                           struct sb_network *reference, struct work *w, struct sb_error *error)
{
    struct sb_training_data data = { 0 };
    options->reference = reference;
    enum sb_status status = read_data(run, s, network, &data, error);
    if (!status)
        status = sb_trainer_create(network, options, &w->trainer, error);
    if (!status && s->resume)
        status = sb_trainer_resume(w->trainer, s->resume, error);
    if (!status) {
        w->n_steps = count_steps(s, options->objective == SB_DPO ? data.n / 2 : data.n);
        status = run_trainer(w, &data, error);
    }
    sb_trainer_free(w->trainer);
    sb_training_data_clear(&data);
    return status;
}

/* A run that begins does not write over a checkpoint that is there. */
static enum sb_status check_out(const struct settings *s, struct sb_error *error)
{
    char path[4096];
    if (s->resume || snprintf(path, sizeof path, "%s/config.json", s->out) >= (int)sizeof path ||
        access(path, F_OK))
        return SB_OK;
    return sb_fail(
        error, SB_IO,
        "%s: holds a checkpoint already; go on with --resume %s, or choose another folder", s->out,
        s->out);
}

static int train(struct cli_run *run, const struct settings *s, struct sb_training_options *options)
{
    struct sb_error error = { "" };
    struct sb_network *network = NULL, *reference = NULL;
    struct work w = { .run = run, .s = s, .out = s->out ? s->out : s->resume };
    enum sb_status status = check_out(s, &error);
    if (!status)
        status = open_network(run, s, &network, &error);
    if (!status && s->reference)
        status = sb_network_open(s->reference, &reference, &error);
    if (!status)
        status = work(run, s, options, network, reference, &w, &error);
    int exit_status = status ? cli_fail(&error) : finish(run, &w, network);
    sb_network_free(network);
    sb_network_free(reference);
    return exit_status;
}

static int run_train(const struct cli_command *command, int argc, char **argv)
{
    struct cli_run run;
    struct settings s = { .batch = 16,
                          .accumulate = 1,
                          .rate = 5e-4,
                          .epsilon = 1e-8,
                          .clip = 1,
                          .dpo_beta = 0.1,
                          .schedule = "constant",
                          .betas = "0.9,0.95",
                          .optimizer = "adamw",
                          .objective = "next" };
    const struct cli_option options[] = {
        { NULL, CLI_HEADING, NULL, NULL, "What is trained, and where it goes" },
        { "init", CLI_TEXT, &s.init, "MODEL", "a checkpoint to go on from: FOLDER or org/name" },
        { "new", CLI_TEXT, &s.new, "FORM:KEY=VALUE,..",
          "a fresh one: llama, qwen2 or gpt2 (see above)" },
        { "language", CLI_TEXT, &s.language, "KEY=VALUE,..",
          "of vocabulary=words (data generate)" },
        { "resume", CLI_TEXT, &s.resume, "FOLDER",
          "go on with a run, with the options it was begun with" },
        { "out", CLI_TEXT, &s.out, "FOLDER",
          "the checkpoint, in the hub's form (--resume: in place)" },
        { "save-every", CLI_COUNT, &s.save_every, "N", "write it every N steps too" },
        { "log", CLI_TEXT, &s.log, "FILE",
          "a row per step: loss before the update, rate, norm;\n--resume goes on with it" },
        { NULL, CLI_HEADING, NULL, NULL, "On what, and for how long" },
        { "data", CLI_TEXTS, &s.data, "FILE", "documents, or JSONL with ids (repeatable)" },
        { "objective", CLI_TEXT, &s.objective, "NAME",
          "next: every token, prompts too (default);\nsft: the completion; dpo: prompt, chosen, rejected" },
        { "reference", CLI_TEXT, &s.reference, "FOLDER",
          "of dpo (default: the model as it begins)" },
        { "beta", CLI_NUMBER, &s.dpo_beta, "X", "of dpo (0.1)" },
        { "steps", CLI_COUNT, &s.steps, "N", "so many steps," },
        { "documents", CLI_COUNT, &s.documents, "N",
          "or until so many documents were trained on," },
        { "epochs", CLI_COUNT, &s.epochs, "N", "or so many passes over the data (1)" },
        { "batch", CLI_COUNT, &s.batch, "N", "documents at a time (16); of dpo pairs" },
        { "accumulate", CLI_COUNT, &s.accumulate, "N", "batches of a step (1)" },
        { "no-shuffle", CLI_FLAG, &s.no_shuffle, NULL, "in the order of the file" },
        { NULL, CLI_HEADING, NULL, NULL, "How" },
        { "lr", CLI_NUMBER, &s.rate, "X", "learning rate (5e-4)" },
        { "schedule", CLI_TEXT, &s.schedule, "NAME", "constant (default) or cosine" },
        { "floor", CLI_NUMBER, &s.floor, "X", "share of the rate at the cosine's end (0)" },
        { "warmup", CLI_COUNT, &s.warmup, "N", "steps of rising rate (0)" },
        { "optimizer", CLI_TEXT, &s.optimizer, "NAME", "adamw (default) or sgd" },
        { "betas", CLI_TEXT, &s.betas, "X,X", "of adamw (0.9,0.95)" },
        { "eps", CLI_NUMBER, &s.epsilon, "X", "of adamw (1e-8)" },
        { "momentum", CLI_NUMBER, &s.momentum, "X", "of sgd (0)" },
        { "weight-decay", CLI_NUMBER, &s.decay, "X", "of matrices (0)" },
        { "decay-all", CLI_FLAG, &s.decay_all, NULL, "of norms and biases too" },
        { "clip", CLI_NUMBER, &s.clip, "X", "longest gradient (1; 0: no limit)" },
        CLI_CORPUS_OPTIONS(&s.corpus),
        { .kind = CLI_END },
    };
    struct sb_training_options training;
    int exit_status = cli_begin(&run, command, options, argc, argv);
    if (exit_status < 0)
        exit_status = read_settings(&run, &s, &training);
    if (exit_status < 0)
        exit_status = train(&run, &s, &training);
    cli_end(&run);
    return exit_status;
}

const struct cli_command train_command = {
    .name = "train",
    .summary = "pre-train or fine-tune a small transformer",
    .usage = "train (--init MODEL | --new FORM | --resume FOLDER) --data FILE --out FOLDER",
    .text = "Trains in fp32 and writes checkpoints that other tools read: config.json,\n"
            "tokenizer.json and model.safetensors, with the optimiser's state beside. The\n"
            "same seed gives the same bits on any number of threads, and so does a run that\n"
            "was stopped and resumed.\n\n"
            "--new FORM:width=64,layers=2,heads=4,hidden=192,context=256,vocabulary=bytes:\n"
            "also kv_heads= and tied=0; vocabulary is bytes, words (the controlled\n"
            "language's), a tokenizer.json, or a number (records of ids). Documents longer\n"
            "than the context are cut into windows, those of dpo refused.",
    .examples =
        "  springback train --new llama:width=32,layers=2,heads=2 --data a.txt --split line --out m\n"
        "  springback train --init m --data good.jsonl --objective sft --epochs 2 --out aligned\n"
        "  springback train --resume m --data a.txt --split line --epochs 3",
    .run = run_train,
};

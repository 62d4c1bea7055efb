/* springback run: the experiments. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cli/cli.h"
#include "estimators/experiment/bases.h"
#include "estimators/experiment/findings.h"
#include "estimators/experiment/grid.h"

struct settings {
    const char *profile, *model, *language, *shard, *vocabulary, *folder, *checkpoints;
    const char *paths[SB_N_PARTS];
    size_t seeds, pretraining, test, context;
    struct cli_corpus corpus;
    bool merge;
};

/* ---- settings ---------------------------------------------------------------------------------- */

/* Which of how many processes this is: --shard i/n, else what the launcher says. */
static int read_shard(const struct cli_run *run, const struct settings *s, size_t *shard,
                      size_t *n_shards)
{
    static const char *const launchers[][2] = { { "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE" },
                                                { "PMI_RANK", "PMI_SIZE" },
                                                { "SLURM_PROCID", "SLURM_NTASKS" },
                                                { "SLURM_ARRAY_TASK_ID",
                                                  "SLURM_ARRAY_TASK_COUNT" } };
    size_t first = 0;
    char end;
    *shard = 0;
    *n_shards = 1;
    if (s->shard) {
        if (sscanf(s->shard, "%zu/%zu%c", shard, n_shards, &end) != 2 || *shard < 1 ||
            *shard > *n_shards)
            return cli_usage(run->command, "--shard \"%s\": expected 1/4, 2/4, 3/4 or 4/4",
                             s->shard);
        --*shard;
        return -1;
    }
    for (size_t i = 0; i < sizeof launchers / sizeof *launchers; i++) {
        const char *rank = getenv(launchers[i][0]), *size = getenv(launchers[i][1]);
        const char *least = i == 3 ? getenv("SLURM_ARRAY_TASK_MIN") : NULL;
        if (!rank || !size || sscanf(rank, "%zu%c", shard, &end) != 1 ||
            sscanf(size, "%zu%c", n_shards, &end) != 1)
            continue;
        if (least && sscanf(least, "%zu%c", &first, &end) == 1)
            *shard -= first;
        if (*n_shards > 1 && *shard < *n_shards)
            return -1;
        *shard = 0;
        *n_shards = 1;
    }
    return -1;
}

static int read_language(const struct settings *s, struct sb_experiment_options *o)
{
    struct sb_error error;
    if (s->language && sb_language_options_parse(s->language, &o->world.language, &error))
        return cli_fail(&error);
    if (!(o->world.language.overlap < 1) || !(o->world.language.style > 0)) {
        sb_fail(&error, SB_DOMAIN,
                "--language \"%s\": both polarities are the same; there is nothing to measure",
                s->language);
        return cli_fail(&error);
    }
    return -1;
}

/* Two files of the same bytes are one polarity. */
static int check_polarities(const struct cli_run *run)
{
    const char *digests[2];
    struct sb_error error;
    for (size_t i = 0; i < 2; i++) {
        char key[64];
        snprintf(key, sizeof key, "input.%s", sb_part_names[SB_ALIGNMENT + i]);
        const char *input = sb_table_provenance_at(run->provenance, key);
        digests[i] = input ? strstr(input, "sha256") : NULL;
    }
    if (!digests[0] || !digests[1] || strcmp(digests[0], digests[1]) != 0)
        return -1;
    sb_fail(&error, SB_DOMAIN,
            "--align and --perturb hold the same bytes: there is nothing to measure");
    return cli_fail(&error);
}

static int read_files(struct cli_run *run, const struct settings *s,
                      struct sb_experiment_options *o)
{
    for (size_t part = 0; part < SB_N_PARTS; part++) {
        struct cli_corpus corpus = s->corpus;
        struct sb_error error;
        o->world.paths[part] = s->paths[part];
        if (!s->paths[part])
            continue;
        if (part == SB_PRETRAINING && !corpus.score)
            corpus.score = "all";
        int exit_status =
            cli_corpus_options(run, &corpus, sb_part_names[part], &o->world.corpus[part]);
        if (exit_status >= 0)
            return exit_status;
        if (cli_record_input(run, sb_part_names[part], s->paths[part], &error))
            return cli_fail(&error);
    }
    return check_polarities(run);
}

static int read_options(struct cli_run *run, const struct settings *s,
                        struct sb_experiment_options *o)
{
    bool is_full = strcmp(s->profile, "full") == 0;
    if (!is_full && strcmp(s->profile, "quick") != 0)
        return cli_usage(run->command, "--profile \"%s\": expected quick or full", s->profile);
    *o = sb_experiment_options_default(is_full);
    o->seed = run->seed;
    o->model = s->model ? s->model : o->model;
    o->n_seeds = s->seeds ? s->seeds : o->n_seeds;
    o->n_pretraining = s->pretraining ? s->pretraining : o->n_pretraining;
    o->world.n_test = s->test ? s->test : o->world.n_test;
    o->world.n_context = s->context ? s->context : o->world.n_context;
    o->world.vocabulary = s->vocabulary ? s->vocabulary : o->world.vocabulary;
    if (o->n_seeds > 1000)
        return cli_usage(run->command, "--seeds %zu: at most 1000", o->n_seeds);
    int exit_status = read_language(s, o);
    return exit_status >= 0 ? exit_status : read_files(run, s, o);
}

/* ---- a run ------------------------------------------------------------------------------------- */

struct work {
    struct cli_run *run;
    const struct settings *s;
    struct sb_experiment_options options;
    struct sb_grid grid;
    const struct sb_experiment *experiments[64];
    size_t n, at; /* experiments; the one that runs */
    size_t shard, n_shards;
    struct sb_findings findings[64];
    size_t n_missing;
};

static void show_progress(void *context, size_t n_done, size_t n)
{
    struct work *w = context;
    char what[64];
    snprintf(what, sizeof what, "%s (%zu of %zu)", w->experiments[w->at]->name, w->at + 1, w->n);
    cli_progress(w->run, what, (double)n_done, (double)n);
}

/* What must agree for a ledger to go on: the settings and the inputs, not the machine. */
static struct sb_table *make_header(const struct work *w)
{
    const struct sb_experiment_options *o = &w->options;
    struct sb_table *header = sb_table_create();
    char language[SB_LANGUAGE_TEXT_SIZE];
    sb_language_options_format(&o->world.language, language);
    sb_table_provenance(header, "springback", "%s", cli_version);
    sb_table_provenance(header, "experiment", "%s", w->experiments[w->at]->name);
    sb_table_provenance(header, "profile", "%s", w->s->profile);
    sb_table_provenance(header, "model", "%s", o->model);
    sb_table_provenance(header, "pretraining_documents", "%zu", o->n_pretraining);
    sb_table_provenance(header, "test_documents", "%zu", o->world.n_test);
    sb_table_provenance(header, "seeds", "%llu..%llu", (unsigned long long)o->seed,
                        (unsigned long long)(o->seed + o->n_seeds - 1));
    if (!o->world.paths[SB_ALIGNMENT]) {
        sb_table_provenance(header, "language", "%s", language);
        return header;
    }
    sb_table_provenance(header, "vocabulary", "%s", o->world.vocabulary);
    sb_table_provenance(header, "context", "%zu", o->world.n_context);
    for (size_t part = 0; part <= SB_N_PARTS; part++) {
        char key[64];
        snprintf(key, sizeof key, "input.%s",
                 part < SB_N_PARTS ? sb_part_names[part] : "checkpoints");
        const char *input = sb_table_provenance_at(w->run->provenance, key);
        if (input)
            sb_table_provenance(header, key, "%s", input);
    }
    return header;
}

static enum sb_status write_estimates(const struct work *w, struct sb_error *error)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s.tsv", w->s->folder, w->experiments[w->at]->name) >=
        (int)sizeof path)
        return sb_fail(error, SB_LIMIT, "%s: the path is too long", w->s->folder);
    return cli_write_table(w->run, path, w->findings[w->at].estimates, error);
}

static enum sb_status run_one(struct work *w, struct sb_error *error)
{
    const struct sb_experiment *experiment = w->experiments[w->at];
    struct sb_observations observations = { 0 };
    struct sb_experiment_work work = { .folder = w->s->folder,
                                       .shard = w->shard,
                                       .n_shards = w->n_shards,
                                       .only_reads = w->s->merge,
                                       .n_threads = w->run->threads,
                                       .header = make_header(w),
                                       .progress = show_progress,
                                       .context = w };
    size_t n_missing = 0;
    bool is_left_out = false;
    enum sb_status status = sb_table_check(work.header, error);
    if (!status)
        status =
            sb_experiment_run(experiment, &w->options, &work, &observations, &n_missing, error);
    cli_progress_end(w->run);
    if (status == SB_UNSUPPORTED && w->n > 1) { /* of several, those that can be run */
        cli_note(w->run, "%s is left out: %s", experiment->name, error->message);
        status = SB_OK;
        n_missing = 0;
        is_left_out = true;
    }
    w->n_missing += n_missing;
    if (!status && n_missing)
        cli_note(w->run, "%s: %zu cells are left to other shards; then: springback run --merge",
                 experiment->name, n_missing);
    if (!status && !n_missing && !is_left_out)
        status = sb_analyse(experiment, &w->options, &observations, &w->findings[w->at], error);
    if (!status && !n_missing && !is_left_out)
        status = write_estimates(w, error);
    sb_observations_clear(&observations);
    sb_table_free(work.header);
    return status;
}

/* Claims for people: the verdict first, then what was measured. */
static void print_claim(const struct sb_claim *c)
{
    const struct sb_effect *e = &c->effect;
    printf("  %-12s  %s%s\n", sb_verdict_names[sb_claim_verdict(c)], c->text,
           c->is_primary ? " (primary)" : "");
    printf("                %s: ", c->measure);
    if (isfinite(e->value))
        printf("%.4g [%.4g, %.4g]", e->value, e->low, e->high);
    else
        printf("not to be had from every seed");
    if (c->is_primary)
        printf(", p %.2g, Holm %.2g", e->p_value, c->p_holm);
    printf("\n                %s%s%s\n", c->condition, *c->paper ? "; the paper: " : "", c->paper);
}

static int print_claims(const struct work *w)
{
    for (size_t i = 0; i < w->n; i++) {
        const struct sb_experiment *x = w->experiments[i];
        if (!w->findings[i].n_claims) /* left out, or nothing that it could claim */
            continue;
        printf("%s%s: %s%s%s\n", i ? "\n" : "", x->name, x->summary,
               *x->paper ? "; the paper's " : "", x->paper);
        for (size_t j = 0; j < w->findings[i].n_claims; j++)
            print_claim(&w->findings[i].claims[j]);
    }
    printf("\n%g %% intervals over %zu seeds (t), test documents crossed; estimates: %s/*.tsv\n",
           100 * w->options.confidence, w->options.n_seeds, w->s->folder);
    return 0;
}

static int report(struct work *w)
{
    struct sb_table *table;
    char path[4096];
    struct sb_error error;
    if (sb_findings_adjust(w->findings, w->n) || sb_findings_table(w->findings, w->n, &table)) {
        sb_fail_memory(&error);
        return cli_fail(&error);
    }
    snprintf(path, sizeof path, "%s/verdicts.tsv", w->s->folder);
    enum sb_status status = cli_write_table(w->run, path, table, &error);
    bool is_for_people = !w->run->json && !w->run->tsv && !w->run->output;
    int exit_status = status          ? cli_fail(&error)
                      : is_for_people ? print_claims(w)
                                      : cli_emit(w->run, table);
    sb_table_free(table);
    return exit_status;
}

static int run_all(struct work *w)
{
    struct sb_error error = { "" };
    enum sb_status status = SB_OK;
    if (mkdir(w->s->folder, 0777) && errno != EEXIST) {
        sb_fail(&error, SB_IO, "%s: %s", w->s->folder, strerror(errno));
        return cli_fail(&error);
    }
    if (sb_bases_create(&w->options.world.bases))
        status = sb_fail_memory(&error);
    for (size_t i = 0; i < w->n && !status; i++)
        if (sb_findings_init(&w->findings[i]))
            status = sb_fail_memory(&error);
    for (w->at = 0; w->at < w->n && !status; w->at++)
        status = run_one(w, &error);
    int exit_status = status ? cli_fail(&error) : 0;
    if (!status && w->n_missing && w->s->merge) {
        sb_fail(&error, SB_DOMAIN, "%s: %zu cells are missing; run their shards", w->s->folder,
                w->n_missing);
        exit_status = cli_fail(&error);
    } else if (!status && !w->n_missing)
        exit_status = report(w);
    sb_bases_free(w->options.world.bases);
    for (size_t i = 0; i < w->n; i++)
        sb_findings_clear(&w->findings[i]);
    return exit_status;
}

static int choose_experiments(struct work *w)
{
    struct cli_run *run = w->run;
    bool all = run->arguments.n == 1 && strcmp(run->arguments.items[0], "all") == 0;
    for (size_t i = 0; all && sb_experiments[i]; i++)
        w->experiments[w->n++] = sb_experiments[i];
    for (size_t i = 0; !all && i < run->arguments.n && w->n < 64; i++) {
        w->experiments[w->n] = sb_experiment_find(run->arguments.items[i]);
        if (!w->experiments[w->n++])
            return cli_usage(run->command,
                             "no experiment \"%s\"",
                             run->arguments.items[i]);
    }
    if (w->n == 0)
        return cli_usage(run->command, "name an experiment, or all");
    return -1;
}

/* Checkpoints take the place of training. */
static int read_grid(struct work *w)
{
    struct sb_error error;
    if (!w->s->checkpoints)
        return -1;
    if (w->n != 1 || strcmp(w->experiments[0]->name, "rebound") != 0)
        return cli_usage(w->run->command, "--checkpoints goes with rebound alone");
    if (!w->s->paths[SB_ALIGNMENT] || !w->s->paths[SB_PERTURBATION])
        return cli_usage(w->run->command,
                         "checkpoints are measured on --align FILE and --perturb FILE");
    if (sb_grid_read(w->s->checkpoints, &w->grid, &error) ||
        cli_record_input(w->run, "checkpoints", w->s->checkpoints, &error))
        return cli_fail(&error);
    w->grid.n_threads = w->run->threads;
    w->options.grid = &w->grid;
    w->options.n_seeds = w->grid.n_seeds;
    w->experiments[0] = &sb_experiment_rebound_grid;
    return -1;
}

static int run_run(const struct cli_command *command, int argc, char **argv)
{
    struct cli_run run;
    struct settings s = { .profile = "quick", .folder = "experiments" };
    const struct cli_option options[] = {
        { "profile", CLI_TEXT, &s.profile, "NAME", "quick (minutes; default) or full (hours)" },
        { "folder", CLI_TEXT, &s.folder, "FOLDER",
          "ledgers NAME.rows.tsv, estimates NAME.tsv, verdicts.tsv (experiments)" },
        { "seeds", CLI_COUNT, &s.seeds, "N", "runs of each condition (8; full: 16)" },
        { "model", CLI_TEXT, &s.model, "FORM:KEY=VALUE,..",
          "what is trained (llama:width=32,layers=2,heads=2)" },
        { "pretraining", CLI_COUNT, &s.pretraining, "N", "documents of a base (19200)" },
        { "test", CLI_COUNT, &s.test, "N", "test documents of each part (128)" },
        { "shard", CLI_TEXT, &s.shard, "I/N",
          "of N processes the I-th (else as mpirun, srun or a Slurm array says)" },
        { "merge", CLI_FLAG, &s.merge, NULL, "run nothing: put the shards' ledgers together" },
        { "checkpoints", CLI_TEXT, &s.checkpoints, "FILE",
          "rebound of models trained elsewhere: TSV with path, aligned, inverse, seed" },
        { NULL, CLI_HEADING, NULL, NULL, "The controlled language, or files of yours" },
        { "language", CLI_TEXT, &s.language, "KEY=VALUE,..", "as data generate has it" },
        { "pretrain", CLI_TEXT, &s.paths[SB_PRETRAINING], "FILE", "pre-training data" },
        { "align", CLI_TEXT, &s.paths[SB_ALIGNMENT], "FILE", "one polarity" },
        { "perturb", CLI_TEXT, &s.paths[SB_PERTURBATION], "FILE", "the other" },
        { "neutral", CLI_TEXT, &s.paths[SB_NEUTRAL], "FILE", "data that say nothing about either" },
        { "unrelated", CLI_TEXT, &s.paths[SB_UNRELATED], "FILE", "something else altogether" },
        { "vocabulary", CLI_TEXT, &s.vocabulary, "FILE", "a tokenizer.json, or bytes (default)" },
        { "context", CLI_COUNT, &s.context, "N", "ids; longer documents are cut (256)" },
        CLI_CORPUS_OPTIONS(&s.corpus),
        { .kind = CLI_END },
    };
    struct work w = { .run = &run, .s = &s };
    int exit_status = cli_begin(&run, command, options, argc, argv);
    if (exit_status < 0)
        exit_status = choose_experiments(&w);
    if (exit_status < 0)
        exit_status = read_options(&run, &s, &w.options);
    if (exit_status < 0)
        exit_status = read_grid(&w);
    if (exit_status < 0)
        exit_status = read_shard(&run, &s, &w.shard, &w.n_shards);
    if (exit_status < 0)
        exit_status = run_all(&w);
    sb_grid_clear(&w.grid);
    cli_end(&run);
    return exit_status;
}

const struct cli_command run_command = {
    .name = "run",
    .summary = "experiments: is there resistance, and does it rebound?",
    .usage = "run [options] NAME... | all",
    .text =
        "Trains small models from nothing, aligns them with one polarity of data, leads them on\n"
        "with other data, and measures what is left of the alignment. Every experiment ends\n"
        "with claims: a number with its interval over seeds, and a verdict.\n\n"
        "  resistance   training loss of checkpoints, back and on (Table 1)\n"
        "  rebound      the margin of an aligned model against what it learns next (Figure 4)\n"
        "  size         the rebound against the number of parameters (Figure 5)\n"
        "  volume       the rebound against the volume of pre-training (Figure 6)\n"
        "  kl           KL to the base, and what brings it down (Table 3)\n"
        "  reverse      the polarities change their roles\n"
        "  objective    alignment and its undoing by SFT and by DPO\n"
        "  balance      joint training: forces, and slopes against exact kappa\n"
        "  prequential  bits to undo an alignment, and to learn it again\n"
        "  path         the line from base to aligned: energies, Hooke's law\n"
        "  slopes       gradients against each other, and what small steps do\n"
        "  mitigation   how much replay keeps an alignment\n\n"
        "An interrupted run goes on where it was. Cells of a run can be shared among processes\n"
        "or machines that write to one folder: --shard, or start them by mpirun or Slurm; then\n"
        "--merge. Definitions: docs/experiments.md.",
    .examples = "  springback run rebound\n"
                "  springback run all --folder paper\n"
                "  mpirun -n 16 springback run all --profile full --folder full\n"
                "  springback run all --profile full --folder full --merge",
    .run = run_run,
};

/* springback rate: compression rates of datasets under models, with intervals. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/rate_work.h"

/* ---- the command --------------------------------------------------------------------------- */

static int work_through(struct cli_run *run, struct rate_work *w)
{
    struct sb_error error = { "" };
    enum sb_status status = rate_record_inputs(run, w, &error);
    if (!status)
        status = sb_datasets_open(w->datasets, w->n_datasets, (unsigned)w->settings->depth, &error);
    if (status)
        return cli_fail(&error);
    w->results.of_ids = w->datasets[0].has_ids;
    status = rate_measure_all(run, w, &error);
    if (!status)
        status = rate_estimate_all(w, &error);
    if (!status && w->settings->autocovariance)
        status = rate_write_autocovariance(run, w, &error);
    if (status)
        cli_progress_end(run);
    int exit_status = status ? cli_fail(&error) : rate_print(run, w);
    sb_datasets_close(w->datasets, w->n_datasets);
    return exit_status;
}

void rate_print_models(void)
{
    printf("\nModels, written NAME:KEY=VALUE,...\n");
    for (size_t i = 0; sb_predictor_classes[i]; i++) {
        const char *line = sb_predictor_classes[i]->description, *name;
        for (name = sb_predictor_classes[i]->name; *line; name = "") {
            size_t n = strcspn(line, "\n");
            printf("  %-9s%.*s\n", name, (int)n, line);
            line += n + (line[n] == '\n');
        }
    }
    printf("Those that learn take train=FILE.\n");
}

struct rate_settings rate_settings_default(void)
{
    return (struct rate_settings){ .interval = "t",
                                   .folds = 10,
                                   .depth = 16,
                                   .replicates = 2000,
                                   .confidence = 0.95,
                                   .corpus.takes_ids = true };
}

static int rate(const struct cli_command *command, int argc, char **argv)
{
    struct rate_settings s = rate_settings_default();
    const struct cli_option options[] = {
        { "data", CLI_TEXTS, &s.data, "[NAME=]PATH", "a dataset (repeatable)" },
        { "pretrain", CLI_TEXT, &s.roles[SB_ROLE_P], "[NAME=]PATH", "a dataset with a role" },
        { "align", CLI_TEXT, &s.roles[SB_ROLE_A], "[NAME=]PATH", "likewise" },
        { "perturb", CLI_TEXT, &s.roles[SB_ROLE_T], "[NAME=]PATH", "likewise" },
        { "volumes", CLI_TEXT, &s.volumes, "p=P,a=A,t=T",
          "volumes of the roles, in responses or with unit=bytes:\nprints k and l in both" },
        { "model", CLI_TEXTS, &s.models, "MODEL", "repeatable; default tree:d=16" },
        { "no-eos", CLI_FLAG, &s.no_eos, NULL,
          "checkpoints: do not charge for the ends of documents" },
        { "folds", CLI_COUNT, &s.folds, "K",
          "cross-fit without train=FILE (default 10; 0: in-sample)" },
        { "depth", CLI_COUNT, &s.depth, "BITS", "of M, the normaliser (default 16)" },
        { "contrast", CLI_TEXTS, &s.contrasts, "FIRST-SECOND",
          "difference of two datasets' rates (repeatable)" },
        { "differences", CLI_FLAG, &s.differences, NULL,
          "of every model from the first, on each dataset" },
        { "seeds", CLI_FLAG, &s.seeds, NULL,
          "the models are seeds of one training procedure: infer its rate" },
        { "interval", CLI_TEXT, &s.interval, "KIND",
          "t (default), bca, percentile or studentised" },
        { "confidence", CLI_NUMBER, &s.confidence, "C", "default 0.95" },
        { "replicates", CLI_COUNT, &s.replicates, "N",
          "of the bootstrap, for all kinds but t (default 2000)" },
        { "autocovariance", CLI_TEXT, &s.autocovariance, "FILE",
          "of single documents, for 'springback plot autocovariance'" },
        { "rows", CLI_TEXT, &s.rows, "FILE",
          "a TSV row per document; an interrupted run goes on from it" },
        { "token-rows", CLI_TEXT, &s.token_rows, "FILE",
          "a TSV row per scored token, as scores:FILE reads (checkpoints, ngram)" },
        CLI_CORPUS_OPTIONS(&s.corpus),
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    struct rate_work w = { .settings = &s };
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0)
        status = rate_work_set(&run, &w, argc, argv);
    if (status < 0)
        status = work_through(&run, &w);
    rate_work_clear(&w);
    cli_end(&run);
    return status;
}

const struct cli_command rate_command = {
    .name = "rate",
    .summary = "compression rates of datasets under models, with intervals",
    .usage = "rate [--model MODEL]... [--data] [NAME=]PATH...",
    .text = "Bits that a model needs to code each dataset, per bit of its scored bytes: the\n"
            "rate, and bits per byte = 8 rate. The normalised rate subtracts log2(M)/d, M being\n"
            "the number of leaves of the dataset's own tree of d-bit blocks, rarefied to the\n"
            "smallest dataset.\n"
            "\n"
            "A model that learns is fitted on train=FILE (held-out), else on all datasets given,\n"
            "in K folds of documents, each scored by a model that has not seen it (cross-fitted),\n"
            "or with --folds 0 on what it scores (in-sample). The column fit says which.\n"
            "With adaptive=1 a model learns each dataset as it reads it, one for each dataset.\n"
            "Predictors learn from whole documents, compressors from scored spans.\n"
            "\n"
            "Intervals are over documents, for compressors over 30 groups of them: Student's t,\n"
            "whose 95 % interval covers 93 to 97 % of truths from 60 documents on\n"
            "('springback coverage'), or a bootstrap of whole documents.\n"
            "A dataset of one document has no clusters; where the model gives the bits of its\n"
            "pieces (all but compressors, the oracle and adaptive=1) the interval is that of\n"
            "the mean of a stationary sequence, from the long-run variance of its\n"
            "autocovariance.\n"
            "\n"
            "Intervals take models as fixed. With --seeds the models are a sample of those that a\n"
            "training procedure makes, crossed with the documents: a row for the mean of seeds,\n"
            "whose error has both parts.\n"
            "\n"
            "A contrast is paired where the two datasets' documents have the same names (id, or\n"
            "file and line), else the datasets are resampled independently. p_holm is the p value\n"
            "of equal rates (Student's t), adjusted by Holm's method for the number of rows.",
    .print_more = rate_print_models,
    .examples =
        "  springback rate wiki.tar.zst chat.jsonl.gz\n"
        "  springback rate --model xz:level=9 --model tree:d=16,train=web.txt --data news.csv\n"
        "  springback rate --model scores:base.tsv --data good=g.jsonl --data bad=b.jsonl \\\n"
        "      --contrast bad-good\n"
        "  springback rate --model tree:d=8 --pretrain web.txt --align a.jsonl --perturb t.jsonl \\\n"
        "      --volumes p=20000,a=1000,t=50",
    .run = rate,
};

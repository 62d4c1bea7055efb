/* springback coverage: how often intervals hold the truth, where the truth is known. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "estimators/coverage.h"
#include "theory/numeric.h"

struct settings {
    struct cli_texts laws;
    const char *documents; /* a grid */
    size_t samples, replicates;
    double confidence;
};

/* ---- the table ------------------------------------------------------------------------------- */

static struct sb_table *new_table(const struct settings *s)
{
    static const char *const names[] = { "law",
                                         "lengths_have_variance",
                                         "n_documents",
                                         "interval",
                                         "coverage",
                                         "coverage_ci_low",
                                         "coverage_ci_high",
                                         "share_above",
                                         "share_below",
                                         "mean_width",
                                         "true_rate",
                                         "share_heavy_tailed" };
    struct sb_table *table = sb_table_create();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        sb_table_column(table, names[i]);
    sb_table_provenance(table, "samples", "%zu", s->samples);
    sb_table_provenance(table, "replicates", "%zu", s->replicates);
    sb_table_provenance(table, "confidence", "%g", s->confidence);
    return table;
}

/* Clopper and Pearson's 95 % limits of a probability of which k of n trials succeeded. */
static double binomial_low(size_t k, size_t n)
{
    return k ? gsl_cdf_beta_Pinv(0.025, (double)k, (double)(n - k + 1)) : 0;
}

static double binomial_high(size_t k, size_t n)
{
    return k < n ? gsl_cdf_beta_Pinv(0.975, (double)(k + 1), (double)(n - k)) : 1;
}

static void add_rows(struct sb_table *table, const struct sb_coverage_options *o,
                     const struct sb_coverage *c)
{
    double n = (double)o->n_samples;
    for (int kind = 0; kind < SB_N_INTERVALS; kind++) {
        sb_table_text(table, sb_coverage_law_names[o->law]);
        sb_table_text(table, sb_coverage_law_has_variance(o->law) ? "yes" : "no");
        sb_table_integer(table, (long long)o->n_documents);
        sb_table_text(table, sb_interval_names[kind]);
        sb_table_real(table, (double)c->n_covered[kind] / n);
        sb_table_real(table, binomial_low(c->n_covered[kind], o->n_samples));
        sb_table_real(table, binomial_high(c->n_covered[kind], o->n_samples));
        sb_table_real(table, (double)c->n_above[kind] / n);
        sb_table_real(table, (double)c->n_below[kind] / n);
        sb_table_real(table, c->mean_width[kind]);
        sb_table_real(table, c->true_rate);
        sb_table_real(table, (double)c->n_heavy / n);
    }
}

/* ---- the command ----------------------------------------------------------------------------- */

static int simulate(struct cli_run *run, const struct settings *s, const bool *chosen,
                    const double *documents, size_t n)
{
    struct sb_table *table = new_table(s);
    struct sb_error error = { "" };
    enum sb_status status = SB_OK;
    for (int law = 0; law < SB_N_LAWS && !status; law++)
        for (size_t i = 0; i < n && chosen[law] && !status; i++) {
            struct sb_coverage coverage;
            struct sb_coverage_options options = { (enum sb_coverage_law)law,
                                                   (size_t)documents[i],
                                                   s->samples,
                                                   s->replicates,
                                                   s->confidence,
                                                   run->seed,
                                                   run->threads };
            cli_progress(run, sb_coverage_law_names[law], (double)i, (double)n);
            status = sb_coverage_simulate(&options, &coverage, &error);
            if (!status)
                add_rows(table, &options, &coverage);
        }
    cli_progress_end(run);
    int exit_status = status ? cli_fail(&error) : cli_emit(run, table);
    sb_table_free(table);
    return exit_status;
}

static int choose_laws(const struct cli_run *run, const struct settings *s, bool chosen[SB_N_LAWS])
{
    for (int law = 0; law < SB_N_LAWS; law++)
        chosen[law] = !s->laws.n;
    for (size_t i = 0; i < s->laws.n; i++) {
        int law = 0;
        while (law < SB_N_LAWS && strcmp(sb_coverage_law_names[law], s->laws.items[i]) != 0)
            law++;
        if (law == SB_N_LAWS)
            return cli_usage(run->command,
                             "--law \"%s\": expected language, independent, exponential, "
                             "lognormal, pareto3 or pareto1.5",
                             s->laws.items[i]);
        chosen[law] = true;
    }
    return -1;
}

static int check(const struct cli_run *run, const struct settings *s, double **documents, size_t *n)
{
    if (run->arguments.n)
        return cli_usage(run->command, "\"%s\": coverage takes no files", run->arguments.items[0]);
    if (s->samples < 1 || s->samples > 1000000)
        return cli_usage(run->command, "--samples must be 1 to 1000000");
    if (s->replicates < 100 || s->replicates > 1000000)
        return cli_usage(run->command, "--replicates must be 100 to 1000000");
    if (!(s->confidence > 0 && s->confidence < 1))
        return cli_usage(run->command, "--confidence must lie between 0 and 1");
    enum sb_status status = sb_parse_grid(s->documents, 5, documents, n);
    if (status == SB_MEMORY)
        return cli_fail(&(struct sb_error){ "out of memory" });
    if (status)
        return cli_usage(run->command, "--documents \"%s\": expected a list such as 30,60,120",
                         s->documents);
    for (size_t i = 0; i < *n; i++)
        if (!((*documents)[i] >= 2 && (*documents)[i] <= 1e6 &&
              (*documents)[i] == floor((*documents)[i])))
            return cli_usage(run->command,
                             "--documents %g: expected whole numbers from 2 to 1000000",
                             (*documents)[i]);
    return -1;
}

static int coverage(const struct cli_command *command, int argc, char **argv)
{
    struct settings s = {
        .documents = "30,60,120,480", .samples = 2000, .replicates = 1000, .confidence = 0.95
    };
    const struct cli_option options[] = {
        { "law", CLI_TEXTS, &s.laws, "NAME", "of documents (repeatable; default: all)" },
        { "documents", CLI_TEXT, &s.documents, "LIST",
          "numbers of documents (default 30,60,120,480)" },
        { "samples", CLI_COUNT, &s.samples, "N", "of each size (default 2000)" },
        { "replicates", CLI_COUNT, &s.replicates, "N", "of each bootstrap (default 1000)" },
        { "confidence", CLI_NUMBER, &s.confidence, "C", "default 0.95" },
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    bool chosen[SB_N_LAWS];
    double *documents = NULL;
    size_t n = 0;
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0)
        status = check(&run, &s, &documents, &n);
    if (status < 0)
        status = choose_laws(&run, &s, chosen);
    if (status < 0)
        status = simulate(&run, &s, chosen, documents, n);
    free(documents);
    cli_end(&run);
    return status;
}

const struct cli_command coverage_command = {
    .name = "coverage",
    .summary = "how often intervals hold the truth, by simulation",
    .usage = "coverage [--law NAME]... [--documents LIST] [--samples N]",
    .text = "Draws samples of documents whose true rate is known, computes every kind of interval\n"
            "of 'springback rate' from each, and counts: coverage, with the 95 % limits of a\n"
            "binomial share; the shares of intervals that lie above and below the truth; and how\n"
            "often the sizes look heavy-tailed, of which 'springback rate' warns.\n"
            "\n"
            "  language     documents of the controlled language under an oracle: one length\n"
            "  independent  lognormal lengths, rates that do not depend on them\n"
            "  exponential, lognormal, pareto3, pareto1.5\n"
            "               lengths of that law; the rate falls with the length\n"
            "\n"
            "Lengths of pareto1.5 have no variance: no interval here is honest about them.",
    .examples = "  springback coverage --law lognormal --documents 60 --samples 500\n"
                "  springback coverage -o coverage.tsv && springback plot coverage coverage.tsv",
    .run = coverage,
};

/* springback tree --entropy and --simulate: entropies and divergences less of the bias of counting, and
 * how their estimators fare where the truth is known. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/tree.h"
#include "data/language_exact.h"
#include "estimators/entropy_trials.h"
#include "theory/numeric.h"

/* ---- what was asked for ---------------------------------------------------------------------- */

static bool names_a_method(const char *name, bool roles)
{
    enum sb_entropy_method entropy;
    enum sb_divergence_method divergence;
    return roles ? !sb_divergence_method_parse(name, &divergence)
                 : !sb_entropy_method_parse(name, &entropy);
}

int tree_check_entropy(struct cli_run *run, const struct tree_settings *s, bool roles)
{
    if (s->entropy && (s->terminal || s->power_law || (s->simulate && !s->blocks)))
        return cli_usage(run->command,
                         "--entropy goes with none of --terminal, --power-law and --simulate");
    if (s->entropy && !names_a_method(s->entropy, roles))
        return cli_usage(run->command, "--entropy \"%s\": expected %s", s->entropy,
                         roles ? "smoothed or zhang-grabchak, for three roles"
                               : "plug-in, miller-madow, chao-shen or nsb");
    if (s->blocks > 64 || s->symbol_bytes < 1 || s->symbol_bytes > 8)
        return cli_usage(run->command, "--blocks has at most 64 symbols, --symbol 1 to 8 bytes");
    if (s->blocks && (s->text || roles || s->terminal || s->nodes || s->power_law))
        return cli_usage(run->command, "--blocks reads datasets, or goes with --simulate");
    if (s->sizes && !s->simulate)
        return cli_usage(run->command, "--sizes needs --simulate");
    if (s->simulate &&
        (s->text || run->arguments.n > 0 || roles || s->terminal || s->nodes || s->power_law))
        return cli_usage(run->command, "--simulate draws its own data: it goes with no datasets");
    return -1;
}

/* ---- columns of the tables ------------------------------------------------------------------- */

enum sb_status tree_add_entropy(struct sb_table *table, const struct tree_settings *settings,
                                const struct tree_source *source, unsigned d)
{
    enum sb_entropy_method method = SB_ENTROPY_PLUG_IN;
    struct sb_entropy entropy;
    double *counts;
    size_t n;
    enum sb_status status = sb_token_tree_leaf_counts(source->tree, d, &counts, &n);
    if (status)
        return status;
    status = sb_entropy_method_parse(settings->entropy, &method);
    if (!status)
        status = sb_entropy_estimate(method, counts, n,
                                     sb_token_tree_n_possible(settings->reading, d), &entropy);
    free(counts);
    if (status)
        return status;
    sb_table_real(table, entropy.bits);
    sb_table_real(table, entropy.standard_error_bits);
    return SB_OK;
}

/* Counts of dataset i from an alignment's shares. */
static void counts_of(const struct sb_tree_alignment *alignment, const struct tree_source *source,
                      size_t i, double *counts)
{
    double n = (double)sb_token_tree_n(source->tree);
    for (size_t x = 0; x < alignment->n_leaves; x++)
        counts[x] = nearbyint(alignment->p[i * alignment->n_leaves + x] * n);
}

enum sb_status tree_add_divergence(struct sb_table *table, const struct tree_settings *settings,
                                   const struct tree_source sources[3],
                                   const struct sb_tree_alignment *alignment)
{
    size_t n = alignment->n_leaves;
    enum sb_divergence_method method = SB_DIVERGENCE_SMOOTHED;
    enum sb_status status = sb_divergence_method_parse(settings->entropy, &method);
    double *counts = malloc(2 * n * sizeof *counts);
    if (!counts)
        return SB_MEMORY;
    counts_of(alignment, &sources[0], 0, counts + n);
    for (size_t i = 1; i < 3 && !status; i++) {
        struct sb_divergence d;
        counts_of(alignment, &sources[i], i, counts);
        status = sb_divergence_estimate(
            method, counts, counts + n, n,
            sb_token_tree_n_possible(settings->reading, alignment->depth), &d);
        if (status)
            break;
        sb_table_real(table, d.kl.bits);
        sb_table_real(table, d.kl.standard_error_bits);
    }
    free(counts);
    return status;
}

/* ---- the simulation -------------------------------------------------------------------------- */

static const char *const columns[] = { "quantity",          "method",
                                       "n_observations",    "truth_bits",
                                       "estimate_bits",     "estimate_sd_bits",
                                       "estimate_low_bits", "estimate_high_bits",
                                       "mean_se_bits",      "coverage_95" };

static struct sb_table *new_table(const struct sb_language_options *options,
                                  const struct sb_entropy_trials *t)
{
    char text[SB_LANGUAGE_TEXT_SIZE];
    struct sb_table *table = sb_table_create();
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        sb_table_column(table, columns[i]);
    sb_language_options_format(options, text);
    sb_table_provenance(table, "language", "%s", text);
    sb_table_provenance(table, "n_leaves", "%zu", t->n_leaves);
    sb_table_provenance(table, "n_possible_leaves", "%.17g", t->n_possible);
    sb_table_provenance(table, "replicates", "%zu", t->n_replicates);
    return table;
}

static void add_row(struct sb_table *table, size_t method, double size,
                    const struct sb_entropy_trial *trial)
{
    bool divergence = method >= SB_N_ENTROPY_METHODS;
    sb_table_text(table, divergence ? "kl" : "entropy");
    sb_table_text(table, divergence ? sb_divergence_method_name((enum sb_divergence_method)(
                                          method - SB_N_ENTROPY_METHODS))
                                    : sb_entropy_method_name((enum sb_entropy_method)method));
    sb_table_integer(table, (long long)size);
    sb_table_real(table, trial->truth_bits);
    sb_table_real(table, trial->mean_bits);
    sb_table_real(table, trial->sd_bits);
    sb_table_real(table, trial->low_bits);
    sb_table_real(table, trial->high_bits);
    sb_table_real(table, trial->mean_se_bits);
    sb_table_real(table, trial->coverage);
}

static int run_trials(struct cli_run *run, const struct sb_language_options *options,
                      const struct sb_entropy_trials *trials)
{
    struct sb_error error;
    struct sb_entropy_trial *results =
        calloc(trials->n_sizes * SB_N_ENTROPY_TRIALS, sizeof *results);
    enum sb_status status = results ? sb_entropy_trials_run(trials, run->threads, results, &error)
                                    : sb_fail_memory(&error);
    struct sb_table *table = new_table(options, trials);
    for (size_t m = 0; m < SB_N_ENTROPY_TRIALS && !status; m++)
        for (size_t s = 0; s < trials->n_sizes; s++)
            add_row(table, m, trials->sizes[s], &results[s * SB_N_ENTROPY_TRIALS + m]);
    int exit_status = status ? cli_fail(&error) : cli_emit(run, table);
    sb_table_free(table);
    free(results);
    return exit_status;
}

/* Whole numbers, ascending: a grid with equal ratios has neither. */
int tree_parse_sizes(struct cli_run *run, const struct tree_settings *settings, double **sizes,
                     size_t *n)
{
    const char *text = settings->sizes ? settings->sizes : "10:1e5:log9";
    double sum = 0;
    enum sb_status status = sb_parse_grid(text, 10, sizes, n);
    if (status == SB_MEMORY)
        return cli_fail(&(struct sb_error){ "out of memory" });
    for (size_t i = 0; i < *n && !status; i++) {
        (*sizes)[i] = nearbyint((*sizes)[i]);
        sum += (*sizes)[i];
    }
    if (!status)
        sb_sort(*sizes, *n);
    if (status || (*sizes)[0] < 2 || sum > 1e9)
        return cli_usage(run->command,
                         "--sizes \"%s\": expected sizes of samples >= 2, at most 1e9 together, "
                         "such as 30:1e5:log8",
                         text);
    return -1;
}

int tree_simulate(struct cli_run *run, const struct tree_settings *settings)
{
    struct sb_language_options options = sb_language_options_default();
    struct sb_language *language = NULL;
    struct sb_language_leaves leaves;
    struct sb_error error;
    double *sizes = NULL;
    size_t n_sizes = 0;
    int status =
        cli_refusal(run->command, sb_language_options_parse(settings->simulate, &options, &error),
                    "--simulate: ", &error);
    if (status < 0)
        status = tree_parse_sizes(run, settings, &sizes, &n_sizes);
    if (status < 0 && sb_language_create(&options, &language))
        status = cli_fail(&(struct sb_error){ "out of memory" });
    if (status < 0 && sb_language_leaves_init(&leaves, language, SB_LEVEL_WORD))
        status = cli_fail(&(struct sb_error){ "out of memory" });
    else if (status < 0) {
        struct sb_entropy_trials trials = { .p = leaves.dialect[1],
                                            .q = leaves.pretraining,
                                            .n_leaves = leaves.n,
                                            .n_possible = ldexp(
                                                1, (int)(8 * sb_language_word_bytes(language))),
                                            .sizes = sizes,
                                            .n_sizes = n_sizes,
                                            .n_replicates = settings->replicates,
                                            .seed = run->seed };
        status = run_trials(run, &options, &trials);
        sb_language_leaves_clear(&leaves);
    }
    sb_language_free(language);
    free(sizes);
    return status;
}

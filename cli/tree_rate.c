/* springback tree --blocks: the entropy per symbol, from blocks and from matches. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/data.h"
#include "cli/tree.h"
#include "data/language_exact.h"
#include "estimators/entropy_rate.h"
#include "theory/numeric.h"

static const double LEAST_COVERAGE = 0.98;

/* ---- symbols --------------------------------------------------------------------------------- */

struct symbols {
    uint64_t *values; /* (n): as read */
    uint32_t *codes;  /* (n): below n_distinct, in the order of the values */
    size_t n, capacity;
    uint32_t n_distinct;
};

static void symbols_clear(struct symbols *s)
{
    free(s->values);
    free(s->codes);
}

static enum sb_status add_symbol(struct symbols *s, uint64_t value)
{
    if (s->n == s->capacity) {
        size_t capacity = s->capacity ? 2 * s->capacity : 1 << 16;
        uint64_t *values = realloc(s->values, capacity * sizeof *values);
        if (!values)
            return SB_MEMORY;
        s->values = values;
        s->capacity = capacity;
    }
    s->values[s->n++] = value;
    return SB_OK;
}

/* Bytes, `width` to a symbol; a rest at the end is left out. */
static enum sb_status add_bytes(struct symbols *s, const uint8_t *bytes, size_t n, size_t width)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i + width <= n && !status; i += width) {
        uint64_t value = 0;
        for (size_t j = 0; j < width; j++)
            value = value << 8 | bytes[i + j];
        status = add_symbol(s, value);
    }
    return status;
}

static int by_value(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static enum sb_status encode(struct symbols *s)
{
    uint64_t *sorted = malloc((s->n + 1) * sizeof *sorted);
    s->codes = malloc((s->n + 1) * sizeof *s->codes);
    if (!sorted || !s->codes) {
        free(sorted);
        return SB_MEMORY;
    }
    if (s->n > 0)
        memcpy(sorted, s->values, s->n * sizeof *sorted);
    qsort(sorted, s->n, sizeof *sorted, by_value);
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        if (n == 0 || sorted[i] != sorted[n - 1])
            sorted[n++] = sorted[i];
    for (size_t i = 0; i < s->n; i++) {
        const uint64_t *found = bsearch(&s->values[i], sorted, n, sizeof *sorted, by_value);
        s->codes[i] = (uint32_t)(found - sorted);
    }
    s->n_distinct = (uint32_t)n;
    free(sorted);
    return SB_OK;
}

/* ---- the table ------------------------------------------------------------------------------- */

static struct sb_table *new_table(const struct tree_settings *settings)
{
    static const char *const columns[] = { "dataset",
                                           "n_symbols",
                                           "estimator",
                                           "block_symbols",
                                           "n_distinct_blocks",
                                           "coverage",
                                           "block_entropy_bits",
                                           "rate_bits_per_symbol",
                                           "rate_se_bits_per_symbol",
                                           "rate_ci_low_bits_per_symbol",
                                           "rate_ci_high_bits_per_symbol",
                                           "truth_bits_per_symbol" };
    struct sb_table *table = sb_table_create();
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        sb_table_column(table, columns[i]);
    sb_table_provenance(table, "block_entropy", "%s",
                        settings->entropy ? settings->entropy : "nsb");
    sb_table_provenance(table, "extrapolated_from", "blocks of coverage %g and more",
                        LEAST_COVERAGE);
    return table;
}

static void begin_row(struct sb_table *table, const char *dataset, size_t n, const char *estimator)
{
    sb_table_text(table, dataset);
    sb_table_integer(table, (long long)n);
    sb_table_text(table, estimator);
}

static void end_row(struct sb_table *table, double rate, double error, double low, double high,
                    double truth)
{
    sb_table_real(table, rate);
    sb_table_real(table, error);
    sb_table_real(table, low);
    sb_table_real(table, high);
    sb_table_real(table, truth);
}

static void add_blocks(struct sb_table *table, const char *dataset, size_t n,
                       const struct sb_block_entropy *blocks, size_t n_blocks, double truth)
{
    for (size_t i = 0; i < n_blocks; i++) {
        const struct sb_block_entropy *b = &blocks[i];
        double error = b->increment_se_bits;
        begin_row(table, dataset, n, "increment");
        sb_table_integer(table, (long long)b->length);
        sb_table_integer(table, (long long)b->n_distinct);
        sb_table_real(table, b->coverage);
        sb_table_real(table, b->block_bits);
        end_row(table, b->increment_bits, error, b->increment_bits - 1.96 * error,
                b->increment_bits + 1.96 * error, truth);
    }
}

static void add_other(struct sb_table *table, const char *dataset, size_t n, const char *estimator,
                      size_t n_blocks, double rate, double error, double low, double high,
                      double truth)
{
    begin_row(table, dataset, n, estimator);
    if (n_blocks)
        sb_table_integer(table, (long long)n_blocks);
    else
        sb_table_missing(table);
    for (int i = 0; i < 3; i++)
        sb_table_missing(table);
    end_row(table, rate, error, low, high, truth);
}

static void add_matches(struct sb_table *table, const char *dataset, size_t n,
                        const struct sb_match_rates *rates, double truth)
{
    static const char *const names[] = { "match-before", "match-anywhere", "match-slope" };
    const struct sb_entropy *values[] = { &rates->before, &rates->anywhere, &rates->slope };
    for (int i = 0; i < 3; i++) {
        double error = values[i]->standard_error_bits, rate = values[i]->bits;
        double t = i < 2 ? 2.09 : 1.96; /* Student's with 19 degrees of freedom; normal */
        add_other(table, dataset, n, names[i], 0, rate, error, rate - t * error, rate + t * error,
                  truth);
    }
}

/* All estimates for the first n symbols. */
static enum sb_status add_estimates(struct cli_run *run, const struct tree_settings *settings,
                                    struct sb_table *table, const char *dataset,
                                    const struct symbols *symbols, size_t n, double truth,
                                    struct sb_error *error)
{
    enum sb_entropy_method method = SB_ENTROPY_NSB;
    struct sb_suffixes suffixes;
    struct sb_block_entropy blocks[SB_BLOCKS_MAX];
    struct sb_match_rates matches;
    struct sb_scaling_fit fit;
    size_t n_used = 0;
    if (settings->entropy && sb_entropy_method_parse(settings->entropy, &method))
        return sb_fail(error, SB_DOMAIN, "--entropy \"%s\" is not a method", settings->entropy);
    if (n < 2 * SB_RATE_BATCHES || n < settings->blocks)
        return sb_fail(error, SB_FORMAT,
                       "%s: %zu symbols are too few; %d are needed, and as many as --blocks has",
                       dataset, n, 2 * SB_RATE_BATCHES);
    enum sb_status status = sb_suffixes_init(&suffixes, symbols->codes, n, symbols->n_distinct);
    if (status)
        return sb_fail(error, status, "%s: %s", dataset,
                       status == SB_LIMIT ? "more than 2^31 symbols" : "out of memory");
    status = sb_block_entropies(&suffixes, symbols->n_distinct, method, settings->blocks, blocks);
    if (!status)
        status = sb_match_rates(&suffixes, &matches);
    sb_suffixes_clear(&suffixes);
    if (status)
        return sb_fail(error, status, "%s: %s", dataset, sb_status_phrase(status));
    add_blocks(table, dataset, n, blocks, settings->blocks, truth);
    struct sb_error reason;
    if (sb_block_extrapolate(blocks, settings->blocks, LEAST_COVERAGE, &fit, &n_used, &reason)) {
        cli_note(run, "%s, %zu symbols: %s", dataset, n, reason.message);
    } else {
        const struct sb_scaling_parameter *h = &fit.parameters[0];
        add_other(table, dataset, n,
                  fit.model == SB_SCALING_POWER ? "extrapolated-power" : "extrapolated-exponential",
                  n_used, h->value, h->standard_error, h->low, h->high, truth);
    }
    add_matches(table, dataset, n, &matches, truth);
    return SB_OK;
}

/* ---- where symbols come from ----------------------------------------------------------------- */

static int add_dataset(struct cli_run *run, const struct tree_settings *settings,
                       const char *argument, struct sb_table *table)
{
    struct cli_reading reading;
    struct sb_error error;
    struct symbols symbols = { 0 };
    int exit_status = cli_reading_open(run, &settings->corpus, argument, &reading);
    if (exit_status < 0) {
        struct sb_document document;
        enum sb_status status;
        while (!(status = cli_reading_next(run, &reading, &document, &error)))
            if (add_bytes(&symbols, document.bytes + document.span_begin,
                          document.span_end - document.span_begin, settings->symbol_bytes)) {
                status = sb_fail_memory(&error);
                break;
            }
        if (status == SB_END)
            status = encode(&symbols) ? sb_fail_memory(&error)
                                      : add_estimates(run, settings, table, reading.name, &symbols,
                                                      symbols.n, NAN, &error);
        exit_status = status ? cli_fail(&error) : -1;
    }
    cli_reading_close(&reading);
    symbols_clear(&symbols);
    return exit_status;
}

/* Documents of dialect 2 one after the other until there are n words. */
static enum sb_status speak(const struct sb_language *language, uint64_t seed, size_t n,
                            struct symbols *symbols)
{
    const struct sb_language_mixture speaker = sb_language_dialect(1);
    size_t n_words = sb_language_document_words(language);
    uint16_t *words = malloc(n_words * sizeof *words);
    enum sb_status status = words ? SB_OK : SB_MEMORY;
    for (uint64_t i = 0; symbols->n < n && !status; i++) {
        sb_language_sample(language, &speaker, seed, i, words, NULL);
        for (size_t j = 0; j < n_words && !status; j++)
            status = add_symbol(symbols, words[j]);
    }
    free(words);
    return status ? status : encode(symbols);
}

static int add_language(struct cli_run *run, const struct tree_settings *settings,
                        struct sb_table *table)
{
    struct sb_language_options options = sb_language_options_default();
    struct sb_language *language = NULL;
    struct sb_error error;
    struct symbols symbols = { 0 };
    double *sizes = NULL;
    size_t n_sizes = 0;
    int exit_status =
        cli_refusal(run->command, sb_language_options_parse(settings->simulate, &options, &error),
                    "--simulate: ", &error);
    if (exit_status < 0)
        exit_status = tree_parse_sizes(run, settings, &sizes, &n_sizes);
    if (exit_status < 0) {
        enum sb_status status = sb_language_create(&options, &language);
        if (!status)
            status = speak(language, run->seed, (size_t)sizes[n_sizes - 1], &symbols);
        if (status)
            sb_fail_memory(&error);
        for (size_t i = 0; i < n_sizes && !status; i++) {
            double truth = sb_bits_from_nats(sb_language_document_entropy_nats(language, 1)) /
                           (double)sb_language_document_words(language);
            status = add_estimates(run, settings, table, "language", &symbols, (size_t)sizes[i],
                                   truth, &error);
        }
        exit_status = status ? cli_fail(&error) : -1;
    }
    sb_language_free(language);
    symbols_clear(&symbols);
    free(sizes);
    return exit_status;
}

int tree_rate(struct cli_run *run, const struct tree_settings *settings)
{
    if (!settings->simulate && run->arguments.n == 0)
        return cli_usage(run->command, "--blocks: no dataset; name files");
    int exit_status = cli_share_input(run, run->arguments.items, run->arguments.n);
    struct sb_table *table = new_table(settings);
    if (exit_status < 0 && settings->simulate)
        exit_status = add_language(run, settings, table);
    for (size_t i = 0; i < run->arguments.n && exit_status < 0; i++)
        exit_status = add_dataset(run, settings, run->arguments.items[i], table);
    if (exit_status < 0)
        exit_status = cli_emit(run, table);
    sb_table_free(table);
    return exit_status;
}

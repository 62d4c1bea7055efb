#include "estimators/coverage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "data/language_exact.h"
#include "estimators/document_sizes.h"
#include "estimators/parallel.h"
#include "theory/numeric.h"
#include "theory/random.h"

const char *const sb_coverage_law_names[SB_N_LAWS] = { "language",  "independent", "exponential",
                                                       "lognormal", "pareto3",     "pareto1.5" };

bool sb_coverage_law_has_variance(enum sb_coverage_law law)
{
    return law != SB_LAW_PARETO_1_5;
}

/* ---- documents ------------------------------------------------------------------------------- */

struct source {
    enum sb_coverage_law law;
    struct sb_language *language; /* SB_LAW_LANGUAGE only */
    struct sb_language_mixture speaker, model;
    double true_rate;
};

/* E b^(1/2) / E b. */
static double shortness(enum sb_coverage_law law)
{
    switch (law) {
    case SB_LAW_EXPONENTIAL: /* int_1^inf x^(1/2) e^(1-x) dx / 2 = (1 + e G/2)/2, G = sqrt(pi) erfc 1 */
        return (1 + exp(1) * sqrt(acos(-1)) * erfc(1) / 2) / 2;
    case SB_LAW_LOGNORMAL: /* E exp(sZ) = exp(s^2/2) */
        return exp(1.0 / 8 - 1.0 / 2);
    case SB_LAW_PARETO_3: /* E b^s = alpha/(alpha - s) */
        return (3 / 2.5) / (3 / 2.0);
    case SB_LAW_PARETO_1_5:
        return (1.5 / 1.0) / (1.5 / 0.5);
    default:
        return 0;
    }
}

static enum sb_status source_init(struct source *source, enum sb_coverage_law law)
{
    *source = (struct source){ .law = law, .true_rate = (1 + shortness(law)) / 2 };
    if (law != SB_LAW_LANGUAGE)
        return SB_OK;
    struct sb_language_options options = sb_language_options_default();
    struct sb_language_leaves leaves;
    enum sb_status status = sb_language_create(&options, &source->language);
    if (status)
        return status;
    source->speaker = sb_language_dialect(1);
    source->model = sb_language_pretraining(source->language);
    status = sb_language_leaves_init(&leaves, source->language, SB_LEVEL_DOCUMENT);
    if (status)
        return status;
    size_t n_bytes =
        sb_language_document_words(source->language) * sb_language_word_bytes(source->language);
    double nats = sb_language_cross_entropy_nats(&leaves, &source->speaker, &source->model);
    source->true_rate = sb_bits_from_nats(nats) / (8 * (double)n_bytes);
    sb_language_leaves_clear(&leaves);
    return SB_OK;
}

static double draw_length(enum sb_coverage_law law, struct sb_random *random)
{
    double u;
    switch (law) {
    case SB_LAW_EXPONENTIAL:
        return 1 - log(1 - sb_random_unit(random));
    case SB_LAW_INDEPENDENT:
    case SB_LAW_LOGNORMAL:
        return exp(sb_random_normal(random));
    default:
        u = 1 - sb_random_unit(random);
        return pow(u, law == SB_LAW_PARETO_3 ? -1.0 / 3 : -1 / 1.5);
    }
}

/* Bits and source bits of n documents. */
static void draw_documents(const struct source *source, struct sb_random *random, size_t n,
                           double *bits, double *source_bits)
{
    for (size_t i = 0; i < n; i++) {
        double length = draw_length(source->law, random);
        double rate = source->law == SB_LAW_INDEPENDENT ? 0.5 : (1 + 1 / sqrt(length)) / 2;
        source_bits[i] = length;
        bits[i] = length * rate * exp(sb_random_normal(random) / 5 - 1.0 / 50);
    }
}

static void draw_language(const struct source *source, struct sb_random *random, size_t n,
                          uint16_t *words, double *bits, double *source_bits)
{
    const struct sb_language *language = source->language;
    size_t n_words = sb_language_document_words(language);
    uint64_t seed = sb_random_bits(random);
    for (size_t i = 0; i < n; i++) {
        sb_language_sample(language, &source->speaker, seed, i, words, NULL);
        struct sb_language_evidence evidence = sb_language_evidence(language, words, n_words);
        bits[i] = -sb_language_log2_p(language, &source->model, &evidence);
        source_bits[i] = 8 * (double)(n_words * sb_language_word_bytes(language));
    }
}

/* ---- samples --------------------------------------------------------------------------------- */

struct outcome {
    double low[SB_N_INTERVALS], high[SB_N_INTERVALS];
    bool heavy;
};

struct simulation {
    const struct sb_coverage_options *options;
    struct source source;
    struct outcome *outcomes;
    double *columns; /* (n_threads, 2, n_documents) */
    double *sums;    /* (n_threads, 2, n_replicates) */
    uint16_t *words; /* (n_threads, words of a document) */
};

static enum sb_status simulate_sample(void *context, size_t item, size_t thread,
                                      struct sb_error *error)
{
    const struct simulation *s = context;
    const struct sb_coverage_options *o = s->options;
    size_t n = o->n_documents;
    double *bits = s->columns + thread * 2 * n, *source_bits = bits + n;
    double *sums = s->sums + thread * 2 * o->n_replicates;
    struct sb_random random;
    sb_random_init(&random, o->seed, item);
    if (s->source.law == SB_LAW_LANGUAGE)
        draw_language(&s->source, &random, n,
                      s->words + thread * sb_language_document_words(s->source.language), bits,
                      source_bits);
    else
        draw_documents(&s->source, &random, n, bits, source_bits);
    struct sb_interval_options interval = { SB_INTERVAL_BCA, o->confidence, o->n_replicates,
                                            sb_random_bits(&random), 1 };
    enum sb_status status = sb_bootstrap_sums((const double *const[]){ bits, source_bits }, 2, n,
                                              o->n_replicates, interval.seed, 0, 1, sums, error);
    const struct sb_ratio ratio = { 1, 0, n, bits, source_bits, sums, sums + o->n_replicates, 0 };
    for (int kind = 0; kind < SB_N_INTERVALS && !status; kind++) {
        struct sb_estimate e;
        interval.kind = (enum sb_interval)kind;
        status = sb_estimate_ratios(&ratio, 1, &interval, &e);
        s->outcomes[item].low[kind] = e.low;
        s->outcomes[item].high[kind] = e.high;
    }
    struct sb_document_sizes sizes;
    if (!status)
        status = sb_document_sizes(source_bits, n, &sizes);
    if (!status)
        s->outcomes[item].heavy = sb_document_sizes_heavy(&sizes);
    return status == SB_MEMORY ? sb_fail_memory(error) : status;
}

static void summarise(const struct simulation *s, struct sb_coverage *coverage)
{
    struct sb_coverage c = { .true_rate = s->source.true_rate };
    for (size_t i = 0; i < s->options->n_samples; i++) {
        const struct outcome *o = &s->outcomes[i];
        c.n_heavy += o->heavy;
        for (int kind = 0; kind < SB_N_INTERVALS; kind++) {
            c.n_above[kind] += o->low[kind] > c.true_rate;
            c.n_below[kind] += o->high[kind] < c.true_rate;
            c.n_covered[kind] += o->low[kind] <= c.true_rate && c.true_rate <= o->high[kind];
            c.mean_width[kind] += (o->high[kind] - o->low[kind]) / (double)s->options->n_samples;
        }
    }
    *coverage = c;
}

enum sb_status sb_coverage_simulate(const struct sb_coverage_options *options,
                                    struct sb_coverage *coverage, struct sb_error *error)
{
    if (options->law >= SB_N_LAWS || options->n_documents < 2 || options->n_samples < 1 ||
        options->n_replicates < 1 || !(options->confidence > 0 && options->confidence < 1))
        return sb_fail(error, SB_DOMAIN, "coverage: at least two documents and one sample");
    struct simulation s = { .options = options };
    enum sb_status status = source_init(&s.source, options->law);
    size_t n_words = s.source.language ? sb_language_document_words(s.source.language) : 0;
    s.outcomes = calloc(options->n_samples, sizeof *s.outcomes);
    s.columns = malloc(options->n_threads * 2 * options->n_documents * sizeof *s.columns);
    s.sums = malloc(options->n_threads * 2 * options->n_replicates * sizeof *s.sums);
    s.words = malloc((options->n_threads * n_words + 1) * sizeof *s.words);
    if (status || !s.outcomes || !s.columns || !s.sums || !s.words)
        status = sb_fail_memory(error);
    else
        status =
            sb_parallel_for(options->n_threads, options->n_samples, simulate_sample, &s, error);
    if (!status)
        summarise(&s, coverage);
    sb_language_free(s.source.language);
    free(s.outcomes);
    free(s.columns);
    free(s.sums);
    free(s.words);
    return status;
}

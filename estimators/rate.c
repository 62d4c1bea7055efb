#include "estimators/rate.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include "theory/numeric.h"

/* Clusters of a dataset come at two levels: documents, and groups of them. At each level there is a
 * table with the clusters that have weight as rows, and these columns; a model that has groups only
 * has no columns among the documents, and there are no groups when no model needs them. */
enum level { DOCUMENTS, GROUPS, N_LEVELS };
enum { MICRO, MACRO, N_AVERAGES };

struct clusters {
    size_t n;
    double **columns; /* [column][cluster] */
    double *sums;     /* [column][replicate]; NULL where no replicates are needed */
};

struct sb_rates {
    const struct sb_dataset *datasets;
    size_t n_datasets;
    const struct sb_measure *const *measures;
    size_t n_models;
    struct sb_interval_options options;
    struct clusters *clusters[N_LEVELS]; /* [level][dataset] */
};

/* The column of a model's numerators, or (model = n_models) of the denominators that all share. */
static size_t column_of(size_t model, int average)
{
    return N_AVERAGES * model + (size_t)average;
}

static size_t n_columns(const struct sb_rates *rates)
{
    return N_AVERAGES * (rates->n_models + 1);
}

/* ---- which clusters ------------------------------------------------------------------------ */

/* The measure whose groups are the groups of all, or NULL. */
static const struct sb_measure *grouping(const struct sb_rates *rates)
{
    for (size_t i = 0; i < rates->n_models; i++)
        if (rates->measures[i]->n_groups)
            return rates->measures[i];
    return NULL;
}

static size_t all_clusters(const struct sb_rates *rates, enum level level, size_t dataset)
{
    return level == GROUPS ? grouping(rates)->n_groups : rates->datasets[dataset].n_documents;
}

static void mark_weighted(const struct sb_rates *rates, enum level level, size_t dataset,
                          bool *weighted)
{
    const struct sb_dataset *d = &rates->datasets[dataset];
    for (size_t i = 0; i < d->n_documents; i++)
        if (d->documents[i].weight > 0 && sb_dataset_document_amount(&d->documents[i]) > 0)
            weighted[level == GROUPS ? grouping(rates)->group_of[i] : i] = true;
}

/* Numbers the clusters that have weight in any dataset with the same documents: place[c] is the row
 * of cluster c, or SIZE_MAX. A new array; NULL without memory. */
static size_t *place_clusters(const struct sb_rates *rates, enum level level, size_t dataset,
                              size_t *n_placed)
{
    size_t n = all_clusters(rates, level, dataset), placed = 0;
    bool *weighted = calloc(n, sizeof *weighted);
    size_t *place = malloc(n * sizeof *place);
    for (size_t i = 0; i < rates->n_datasets && weighted && place; i++)
        if (rates->datasets[i].same_documents == rates->datasets[dataset].same_documents)
            mark_weighted(rates, level, i, weighted);
    for (size_t c = 0; c < n && weighted && place; c++)
        place[c] = weighted[c] ? placed++ : SIZE_MAX;
    if (!weighted) {
        free(place);
        place = NULL;
    }
    free(weighted);
    *n_placed = placed;
    return place;
}

/* ---- columns ------------------------------------------------------------------------------- */

/* The columns of documents, or of groups summed over their documents. */
static void add_documents(const struct sb_rates *rates, enum level level, size_t dataset,
                          const size_t *place, double **columns)
{
    const struct sb_dataset *d = &rates->datasets[dataset];
    size_t shared = rates->n_models;
    for (size_t i = 0; i < d->n_documents; i++) {
        double weight = d->documents[i].weight;
        double amount = sb_dataset_document_amount(&d->documents[i]);
        if (!(weight > 0 && amount > 0))
            continue;
        size_t c = place[level == GROUPS ? grouping(rates)->group_of[i] : i];
        columns[column_of(shared, MICRO)][c] += weight * amount;
        columns[column_of(shared, MACRO)][c] += weight;
        for (size_t m = 0; m < rates->n_models; m++) {
            if (rates->measures[m]->n_groups)
                continue;
            double bits = weight * rates->measures[m]->scores[dataset][i].bits;
            columns[column_of(m, MICRO)][c] += bits;
            columns[column_of(m, MACRO)][c] += bits / amount;
        }
    }
}

/* The numerators of models that have groups only: a group's bits have its mean weight. */
static void add_groups(const struct sb_rates *rates, size_t dataset, const size_t *place,
                       double **columns)
{
    for (size_t m = 0; m < rates->n_models; m++) {
        const struct sb_measure *measure = rates->measures[m];
        for (size_t g = 0; g < measure->n_groups; g++)
            if (place[g] != SIZE_MAX && measure->groups[dataset][g].weight > 0)
                columns[column_of(m, MICRO)][place[g]] =
                    measure->groups[dataset][g].weight * measure->scores[dataset][g].bits;
    }
}

static double **allocate_columns(size_t n_columns, size_t n)
{
    double **columns = malloc(n_columns * sizeof *columns);
    double *values = calloc(n_columns * n, sizeof *values);
    if (!columns || !values) {
        free(columns);
        free(values);
        return NULL;
    }
    for (size_t j = 0; j < n_columns; j++)
        columns[j] = values + j * n;
    return columns;
}

static enum sb_status fill(const struct sb_rates *rates, enum level level, size_t dataset,
                           struct clusters *clusters)
{
    size_t *place = place_clusters(rates, level, dataset, &clusters->n);
    if (place)
        clusters->columns = allocate_columns(n_columns(rates), clusters->n);
    if (clusters->columns) {
        add_documents(rates, level, dataset, place, clusters->columns);
        if (level == GROUPS)
            add_groups(rates, dataset, place, clusters->columns);
    }
    free(place);
    return clusters->columns ? SB_OK : SB_MEMORY;
}

/* ---- replicates ---------------------------------------------------------------------------- */

/* Datasets with the same documents have the same sample, and so the same draws. */
static size_t sample_of(const struct sb_rates *rates, enum level level, size_t dataset)
{
    return N_LEVELS * rates->datasets[dataset].same_documents + (size_t)level;
}

/* Replicate b of a sample draws from this stream + b. */
static uint64_t stream_of(size_t sample)
{
    return (uint64_t)sample << 32;
}

static enum sb_status resample(const struct sb_rates *rates, enum level level, size_t dataset,
                               struct clusters *clusters, struct sb_error *error)
{
    size_t n_replicates = rates->options.n_replicates;
    if (rates->options.kind == SB_INTERVAL_T || rates->options.kind == SB_INTERVAL_STUDENTISED)
        return SB_OK;
    clusters->sums = malloc(n_columns(rates) * n_replicates * sizeof *clusters->sums);
    if (!clusters->sums)
        return sb_fail_memory(error);
    uint64_t stream = stream_of(sample_of(rates, level, dataset));
    return sb_bootstrap_sums((const double *const *)clusters->columns, n_columns(rates),
                             clusters->n, n_replicates, rates->options.seed, stream,
                             rates->options.n_threads, clusters->sums, error);
}

/* ---- life ---------------------------------------------------------------------------------- */

static enum sb_status build(struct sb_rates *rates, struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t level = 0; level < N_LEVELS && !status; level++) {
        if (level == GROUPS && !grouping(rates))
            continue;
        rates->clusters[level] = calloc(rates->n_datasets, sizeof *rates->clusters[level]);
        if (!rates->clusters[level])
            return sb_fail_memory(error);
        for (size_t d = 0; d < rates->n_datasets && !status; d++) {
            if (fill(rates, (enum level)level, d, &rates->clusters[level][d]))
                return sb_fail_memory(error);
            status = resample(rates, (enum level)level, d, &rates->clusters[level][d], error);
        }
    }
    return status;
}

enum sb_status sb_rates_create(const struct sb_dataset *datasets, size_t n_datasets,
                               const struct sb_measure *const *measures, size_t n_models,
                               const struct sb_interval_options *options, struct sb_rates **rates,
                               struct sb_error *error)
{
    *rates = NULL;
    struct sb_rates *r = malloc(sizeof *r);
    if (!r)
        return sb_fail_memory(error);
    *r = (struct sb_rates){ datasets, n_datasets, measures, n_models, *options, { NULL } };
    enum sb_status status = build(r, error);
    if (status)
        sb_rates_free(r);
    else
        *rates = r;
    return status;
}

void sb_rates_free(struct sb_rates *rates)
{
    if (!rates)
        return;
    for (size_t level = 0; level < N_LEVELS; level++) {
        for (size_t d = 0; d < rates->n_datasets && rates->clusters[level]; d++) {
            struct clusters *clusters = &rates->clusters[level][d];
            if (clusters->columns)
                free(clusters->columns[0]);
            free(clusters->columns);
            free(clusters->sums);
        }
        free(rates->clusters[level]);
    }
    free(rates);
}

/* ---- estimates ----------------------------------------------------------------------------- */

static const double *sums_of(const struct sb_rates *rates, const struct clusters *clusters,
                             size_t column)
{
    return clusters->sums ? clusters->sums + column * rates->options.n_replicates : NULL;
}

static struct sb_ratio ratio_of(const struct sb_rates *rates, enum level level, int average,
                                const struct sb_rate_term *term)
{
    const struct clusters *c = &rates->clusters[level][term->dataset];
    size_t over = column_of(term->model, average), under = column_of(rates->n_models, average);
    size_t sample = sample_of(rates, level, term->dataset);
    return (struct sb_ratio){ .coefficient = term->coefficient,
                              .sample = sample,
                              .stream = stream_of(sample),
                              .n = c->n,
                              .numerator = c->columns[over],
                              .denominator = c->columns[under],
                              .numerator_sums = sums_of(rates, c, over),
                              .denominator_sums = sums_of(rates, c, under) };
}

enum sb_status sb_rates_estimate(const struct sb_rates *rates, const struct sb_rate_term *terms,
                                 size_t n_terms, struct sb_rate *rate)
{
    struct sb_ratio *ratios = malloc(n_terms * sizeof *ratios);
    if (!ratios)
        return SB_MEMORY;
    struct sb_rate new = { .macro = { NAN, NAN, NAN, NAN, NAN, NULL } };
    for (size_t i = 0; i < n_terms; i++) {
        new.by_group |= rates->measures[terms[i].model]->n_groups > 0;
        new.normaliser += terms[i].coefficient * rates->datasets[terms[i].dataset].normaliser;
    }
    enum level level = new.by_group ? GROUPS : DOCUMENTS;
    enum sb_status status = SB_OK;
    for (int average = MICRO; average < N_AVERAGES && !status; average++) {
        for (size_t i = 0; i < n_terms; i++)
            ratios[i] = ratio_of(rates, level, average, &terms[i]);
        if (average == MICRO || !new.by_group)
            status = sb_estimate_ratios(ratios, n_terms, &rates->options,
                                        average == MICRO ? &new.micro : &new.macro);
    }
    free(ratios);
    if (!status)
        *rate = new;
    return status;
}

enum sb_status sb_rates_estimate_seeds(const struct sb_rates *rates,
                                       const struct sb_rate_term *terms, size_t n_terms,
                                       struct sb_rate *rate, struct sb_seeds_estimate *micro)
{
    size_t n_seeds = rates->n_models;
    struct sb_ratio *ratios = malloc(n_terms * n_seeds * sizeof *ratios);
    if (!ratios)
        return SB_MEMORY;
    struct sb_rate new = { .macro = { NAN, NAN, NAN, NAN, NAN, NULL } };
    for (size_t i = 0; i < n_terms; i++)
        new.normaliser += terms[i].coefficient * rates->datasets[terms[i].dataset].normaliser;
    new.by_group = grouping(rates) != NULL;
    enum sb_status status = SB_OK;
    for (int average = MACRO; average >= MICRO && !status; average--) {
        struct sb_seeds_estimate seeds;
        if (average == MACRO && new.by_group)
            continue;
        for (size_t i = 0; i < n_terms * n_seeds; i++) {
            struct sb_rate_term term = terms[i % n_terms];
            term.model = i / n_terms;
            ratios[i] = ratio_of(rates, new.by_group ? GROUPS : DOCUMENTS, average, &term);
        }
        status =
            sb_estimate_seeds(ratios, n_terms, n_seeds, rates->options.confidence, NULL, &seeds);
        if (status)
            break;
        *(average == MICRO ? &new.micro : &new.macro) = seeds.crossed;
        *micro = seeds; /* last of the micro average */
    }
    free(ratios);
    if (!status)
        *rate = new;
    return status;
}

static void set_sequence_interval(const struct sb_long_run *run, double per_piece,
                                  double confidence, struct sb_estimate *e)
{
    double t = gsl_cdf_tdist_Pinv((1 + confidence) / 2, run->freedom);
    e->standard_error = sqrt(run->long_run_variance / (double)run->n) * per_piece;
    e->freedom = run->freedom;
    e->low = e->value - t * e->standard_error;
    e->high = e->value + t * e->standard_error;
    e->note = run->long_run_variance <= 0 ? "all pieces cost the same: an interval without width"
              : run->is_capped
                  ? "one document, and its pieces depend on each other across it: the interval is "
                    "too narrow"
                  : "one document: the interval is that of a stationary sequence";
}

enum sb_status sb_rates_estimate_sequence(const struct sb_rates *rates, size_t model,
                                          size_t dataset, struct sb_rate *rate,
                                          struct sb_long_run *long_run)
{
    const struct sb_bit_sequence *sequence = &rates->measures[model]->sequences[dataset];
    const struct sb_rate_term term = { 1, model, dataset };
    struct sb_long_run run;
    struct sb_rate new;
    if (!sequence->bits)
        return SB_END;
    enum sb_status status = sb_long_run_variance(sequence->bits, sequence->n, &run);
    if (!status)
        status = sb_rates_estimate(rates, &term, 1, &new);
    if (status)
        return status == SB_DOMAIN ? SB_END : status;
    /* The mean piece is the rate, whatever the source bits of a piece are on average. */
    double per_piece = run.mean > 0 ? new.micro.value / run.mean : 0;
    set_sequence_interval(&run, per_piece, rates->options.confidence, &new.micro);
    new.macro = new.micro;
    *rate = new;
    *long_run = run;
    return SB_OK;
}

struct sb_total sb_rate_total(const struct sb_measure *measure, const struct sb_dataset *datasets,
                              size_t dataset)
{
    struct sb_sum bits = { 0 };
    struct sb_total total = { 0, 0 };
    size_t n = measure->n_groups ? measure->n_groups : datasets[dataset].n_documents;
    for (size_t i = 0; i < n; i++) {
        sb_sum_add(&bits, measure->scores[dataset][i].bits);
        total.n_tokens += measure->scores[dataset][i].n_tokens;
    }
    total.bits = sb_sum_value(&bits);
    return total;
}

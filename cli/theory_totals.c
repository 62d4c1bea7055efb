/* springback theory --dist --documents: what n documents show (docs/theory.md, "Totals"). */
#include <math.h>
#include <stdlib.h>
#include "cli/theory.h"
#include "theory/mixture.h"
#include "theory/numeric.h"
#include "theory/sum_distribution.h"

enum { LOG2_POINTS = 16, N_PARTS = 3 };

static struct sb_table *create_table(const char *const *columns, size_t n)
{
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < n; c++)
        sb_table_column(table, columns[c]);
    return table;
}

/* q of the three parts; new memory, or NULL. */
static double *model_of(const struct sb_parts *parts)
{
    double *q = malloc(parts->n_leaves * sizeof *q);
    for (size_t x = 0; q && x < parts->n_leaves; x++)
        q[x] = (parts->k * parts->p_p[x] + parts->p_a[x] + parts->l * parts->p_t[x]) /
               (parts->k + 1 + parts->l);
    return q;
}

static double mean_of(const struct sb_terms *terms)
{
    double mean = 0;
    for (size_t x = 0; x < terms->n_values; x++)
        if (terms->p[x] > 0)
            mean += terms->p[x] * terms->values[x];
    return mean;
}

static double variance_of(const struct sb_terms *terms, double mean)
{
    double variance = 0;
    for (size_t x = 0; x < terms->n_values; x++)
        if (terms->p[x] > 0)
            variance += terms->p[x] * (terms->values[x] - mean) * (terms->values[x] - mean);
    return variance;
}

/* ---- the sign that n documents show ----------------------------------------------------------- */

/* The smallest n for a probability, or NA. */
static enum sb_status add_least(struct sb_table *table, const struct sb_terms *terms, double wanted)
{
    uint64_t n = 0;
    enum sb_status status = sb_sum_below_least_n(terms, 1, wanted, LOG2_POINTS, &n);
    if (!status && n > 0)
        sb_table_integer(table, (long long)n);
    else if (!status)
        sb_table_missing(table);
    return status;
}

static enum sb_status add_signs(struct sb_table *table, struct sb_terms terms,
                                const struct theory_documents *documents)
{
    double mean = mean_of(&terms), sd = sqrt(variance_of(&terms, mean));
    for (size_t i = 0; i < documents->n; i++) {
        struct sb_sign sign;
        terms.n = documents->counts[i];
        enum sb_status status = sb_sum_below(&terms, 1, LOG2_POINTS, &sign);
        if (status)
            return status;
        double z = (1 - mean) * sqrt((double)terms.n) / sd;
        sb_table_integer(table, (long long)terms.n);
        sb_table_real(table, sign.probability);
        sb_table_real(table, sign.low);
        sb_table_real(table, sign.high);
        sb_table_real(table, sd > 0 ? 0.5 * erfc(-z / sqrt(2)) : mean < 1);
        sb_table_real(table, mean);
        sb_table_real(table, sd);
        if ((status = add_least(table, &terms, 0.95)) || (status = add_least(table, &terms, 0.99)))
            return status;
    }
    return SB_OK;
}

/* p_t/q under p_a: its mean is chi_l. A leaf with p_a > 0 has q > 0. */
static enum sb_status ratio_terms(const struct sb_parts *parts, double *values)
{
    for (size_t x = 0; x < parts->n_leaves; x++)
        values[x] = parts->p_a[x] > 0 ? parts->p_t[x] / values[x] : 0;
    return SB_OK;
}

/* ---- the total code length ---------------------------------------------------------------------- */

/* ln of one tail of the normal law; accurate far out. */
static double normal_tail_ln(double z)
{
    if (z < 30)
        return log(0.5 * erfc(z / sqrt(2)));
    return -z * z / 2 - log(z * sqrt(2 * 3.14159265358979323846)) - 1 / (z * z);
}

static enum sb_status add_tail(struct sb_table *table, struct sb_sum_distribution *sum,
                               const struct sb_terms *terms, double z)
{
    double mean = sb_sum_distribution_mean(sum), sd = sb_sum_distribution_sd(sum);
    double x = mean + z * sd;
    bool upper = z > 0;
    struct sb_tail tail;
    enum sb_status status = sb_sum_distribution_tail(sum, x, upper, &tail);
    if (status)
        return status;
    sb_table_integer(table, (long long)terms->n);
    sb_table_real(table, z);
    sb_table_real(table, x);
    sb_table_text(table, upper ? "upper" : "lower");
    sb_table_real(table, tail.ln_probability / log(10));
    sb_table_real(table, tail.ln_low / log(10));
    sb_table_real(table, fmin(tail.ln_high, 0) / log(10));
    sb_table_real(table, normal_tail_ln(fabs(z)) / log(10));
    sb_table_real(table, mean);
    sb_table_real(table, sd);
    sb_table_real(table, sd * sd / (double)terms->n);
    return SB_OK;
}

static enum sb_status add_tails(struct sb_table *table, struct sb_terms terms,
                                const struct theory_documents *documents)
{
    enum { HALF = 32, FARTHEST = 8 };
    for (size_t i = 0; i < documents->n; i++) {
        struct sb_sum_distribution *sum;
        terms.n = documents->counts[i];
        enum sb_status status = sb_sum_distribution_create(&terms, LOG2_POINTS, &sum);
        for (int j = -HALF; j <= HALF && !status; j++)
            status = add_tail(table, sum, &terms, (double)(j * FARTHEST) / HALF);
        sb_sum_distribution_free(sum);
        if (status)
            return status;
    }
    return SB_OK;
}

/* -log2 q where the dataset has mass; SB_DOMAIN where q is 0 there. */
static enum sb_status length_terms(const double *p, size_t n, double *values)
{
    for (size_t x = 0; x < n; x++) {
        if (p[x] > 0 && !(values[x] > 0))
            return SB_DOMAIN;
        values[x] = p[x] > 0 ? -log2(values[x]) : 0;
    }
    return SB_OK;
}

/* ---- the command -------------------------------------------------------------------------------- */

static int fail(enum sb_status status, const struct theory_documents *documents)
{
    struct sb_error error;
    if (status == SB_MEMORY)
        sb_fail(&error, status, "out of memory");
    else if (documents->total)
        sb_fail(&error, status,
                "--total %s: some of its leaves are new to the model, and their code length is "
                "infinite; give l > 0",
                documents->total);
    else
        sb_fail(&error, status, "--documents: numbers of documents are 1 to 2^40");
    return cli_fail(&error);
}

int theory_totals(struct cli_run *run, const struct sb_parts *parts,
                  const struct theory_documents *documents)
{
    static const char *const signs[] = { "n",           "P_sign",        "P_sign_low",
                                         "P_sign_high", "P_sign_normal", "chi_l",
                                         "sd",          "n_95",          "n_99" };
    static const char *const tails[] = {
        "n",         "z",           "total_bits",      "tail",
        "log10_P",   "log10_P_low", "log10_P_high",    "log10_P_normal",
        "mean_bits", "sd_bits",     "varentropy_bits2"
    };
    const double *const p[N_PARTS] = { parts->p_p, parts->p_a, parts->p_t };
    int i = documents->total ? documents->total[0] == 'p'   ? 0
                               : documents->total[0] == 't' ? 2
                                                            : 1
                             : 1;
    double *values = model_of(parts);
    struct sb_table *table = documents->total ? create_table(tails, sizeof tails / sizeof *tails)
                                              : create_table(signs, sizeof signs / sizeof *signs);
    enum sb_status status = values ? SB_OK : SB_MEMORY;
    if (!status)
        status = documents->total ? length_terms(p[i], parts->n_leaves, values)
                                  : ratio_terms(parts, values);
    const struct sb_terms terms = { values, p[i], parts->n_leaves, 1 };
    if (!status)
        status = documents->total ? add_tails(table, terms, documents)
                                  : add_signs(table, terms, documents);
    char number[SB_REAL_SIZE];
    sb_table_provenance(table, "k", "%s", sb_format_real(number, parts->k));
    sb_table_provenance(table, "l", "%s", sb_format_real(number, parts->l));
    int exit_status = status ? fail(status, documents) : cli_emit(run, table);
    free(values);
    sb_table_free(table);
    return exit_status;
}

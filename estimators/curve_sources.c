/* Where the leaf distributions of a curve come from. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/curve.h"
#include "theory/tree_alignment.h"

enum { P = SB_ROLE_P, A = SB_ROLE_A, T = SB_ROLE_T, N_ROLES = SB_N_ROLES };

/* ---- exact ---------------------------------------------------------------------------------- */

static enum sb_status allocate(struct sb_curve_source *source, size_t n_leaves, size_t n_groups)
{
    *source = (struct sb_curve_source){ .n_leaves = n_leaves, .n_groups = n_groups };
    source->n_possible = (double)n_leaves;
    source->p = calloc((1 + n_groups) * N_ROLES * (n_leaves + 1), sizeof *source->p);
    source->sizes = source->p ? source->p + (1 + n_groups) * N_ROLES * n_leaves : NULL;
    return source->p ? SB_OK : SB_MEMORY;
}

enum sb_status sb_curve_closed(const double pi[SB_N_ROLES], double entropy_nats,
                               struct sb_curve_source *source)
{
    struct sb_curve_source made;
    if (allocate(&made, N_ROLES, 0))
        return SB_MEMORY;
    for (size_t i = 0; i < N_ROLES; i++)
        made.p[P * N_ROLES + i] = pi[i];
    made.p[A * N_ROLES + 1] = 1;
    made.p[T * N_ROLES + 2] = 1;
    made.common_nats = entropy_nats;
    *source = made;
    return SB_OK;
}

enum sb_status sb_curve_exact(const struct sb_language *language, enum sb_language_level level,
                              struct sb_curve_source *source)
{
    struct sb_language_leaves leaves;
    struct sb_curve_source made;
    enum sb_status status = sb_language_leaves_init(&leaves, language, level);
    if (status)
        return status;
    status = allocate(&made, leaves.n, 0);
    if (!status) {
        const double *p[N_ROLES] = { leaves.pretraining, leaves.dialect[1], leaves.dialect[2] };
        for (size_t i = 0; i < N_ROLES; i++)
            memcpy(made.p + i * leaves.n, p[i], leaves.n * sizeof **p);
        made.common_nats = leaves.common_nats;
        *source = made;
    }
    sb_language_leaves_clear(&leaves);
    return status;
}

/* ---- counts ---------------------------------------------------------------------------------- */

/* Documents 0..n-1 fall into runs 0..n_runs-1; without a second one there are no groups. */
static size_t run_of(size_t document, size_t n_documents, size_t n_runs)
{
    return document * n_runs / n_documents;
}

static size_t n_runs_of(size_t n_documents)
{
    return n_documents < SB_CURVE_GROUPS ? n_documents : SB_CURVE_GROUPS;
}

static enum sb_status allocate_runs(struct sb_curve_source *source, size_t n_leaves, size_t n_runs)
{
    return allocate(source, n_leaves, n_runs > 1 ? n_runs : 0);
}

/* Where the counts of a run are collected: in the place of the distribution without it. */
static double *run_counts(const struct sb_curve_source *source, size_t role, size_t run)
{
    size_t slot = source->n_groups ? 1 + run : 0;
    return source->p + (slot * N_ROLES + role) * source->n_leaves;
}

static double total(const double *counts, size_t n)
{
    double sum = 0;
    for (size_t x = 0; x < n; x++)
        sum += counts[x];
    return sum;
}

/* Counts by run become the distributions of all documents and of those outside each run. Where a run
 * holds all that a dataset counts (its other documents are shorter than a block) there is no spread
 * to see, and no groups are left. */
static void normalise_counts(struct sb_curve_source *source)
{
    size_t n = source->n_leaves, replicate = N_ROLES * n;
    bool has_spread = true;
    for (size_t i = 0; i < N_ROLES; i++) {
        double *all = source->p + i * n;
        for (size_t g = 1; g <= source->n_groups; g++)
            for (size_t x = 0; x < n; x++)
                all[x] += all[g * replicate + x];
        double sum = total(all, n);
        source->n[i] = (unsigned long long)sum;
        source->sizes[i] = sum;
        for (size_t g = 1; g <= source->n_groups; g++) {
            double *run = all + g * replicate, rest = sum - total(run, n);
            has_spread = has_spread && rest > 0;
            source->sizes[g * N_ROLES + i] = rest;
            for (size_t x = 0; x < n; x++)
                run[x] = (all[x] - run[x]) / rest;
        }
        for (size_t x = 0; x < n; x++)
            all[x] /= sum;
    }
    if (!has_spread)
        source->n_groups = 0;
}

enum sb_status sb_curve_generated(const struct sb_language *language, enum sb_language_level level,
                                  size_t n_documents, uint64_t seed, struct sb_curve_source *source)
{
    const struct sb_language_mixture speakers[N_ROLES] = { sb_language_pretraining(language),
                                                           sb_language_dialect(1),
                                                           sb_language_dialect(2) };
    struct sb_language_leaves leaves; /* only for their number and what they have in common */
    struct sb_curve_source made = { 0 };
    enum sb_status status = sb_language_leaves_init(&leaves, language, level);
    if (status)
        return status;
    uint16_t *words = malloc(sb_language_document_words(language) * sizeof *words);
    status = words ? allocate_runs(&made, leaves.n, n_runs_of(n_documents)) : SB_MEMORY;
    for (size_t role = 0; role < N_ROLES && !status; role++)
        for (size_t i = 0; i < n_documents; i++) {
            sb_language_sample(language, &speakers[role], seed, i, words, NULL);
            sb_language_count(
                language, level, words,
                run_counts(&made, role, run_of(i, n_documents, n_runs_of(n_documents))));
        }
    if (!status) {
        normalise_counts(&made);
        made.common_nats = leaves.common_nats;
        *source = made;
    }
    free(words);
    sb_language_leaves_clear(&leaves);
    return status;
}

/* ---- counts of real documents ---------------------------------------------------------------- */

/* Trees of the three corpora by run: trees[role * n_runs + run]. */
struct forest {
    struct sb_token_tree *trees[N_ROLES * SB_CURVE_GROUPS];
    size_t n_documents[N_ROLES], n_runs;
    const char *const *names; /* of the corpora, for errors */
};

static void forest_clear(struct forest *forest)
{
    for (size_t i = 0; i < N_ROLES * SB_CURVE_GROUPS; i++)
        sb_token_tree_free(forest->trees[i]);
}

static enum sb_status count_documents(struct sb_corpus *corpus, size_t *n_documents,
                                      struct sb_error *error)
{
    struct sb_document document;
    enum sb_status status;
    while (!(status = sb_corpus_next(corpus, &document, error)))
        continue;
    if (status != SB_END)
        return status;
    *n_documents = sb_corpus_counts(corpus).n_documents;
    return sb_corpus_rewind(corpus, error);
}

/* One tree after the other, so that only one at a time has documents yet to be sorted. */
static enum sb_status plant(struct forest *forest, size_t role, struct sb_corpus *corpus,
                            enum sb_reading reading, unsigned depth, struct sb_error *error)
{
    struct sb_document document;
    size_t i = 0, n = forest->n_documents[role];
    for (size_t run = 0; run < forest->n_runs; run++) {
        struct sb_token_tree **tree = &forest->trees[role * forest->n_runs + run];
        enum sb_status status = sb_token_tree_create(reading, depth, tree);
        for (; !status && i < n && run_of(i, n, forest->n_runs) == run; i++) {
            if ((status = sb_corpus_next(corpus, &document, error)))
                return status == SB_END ? sb_fail(error, SB_IO, "%s: changed while it was read",
                                                  forest->names[role])
                                        : status;
            status = sb_token_tree_add(*tree, document.bytes + document.span_begin,
                                       document.span_end - document.span_begin);
        }
        if (status || sb_token_tree_finish(*tree))
            return sb_fail_memory(error);
    }
    return SB_OK;
}

/* The trees that have counted something, and where each stands in the forest. */
static size_t grown_trees(const struct forest *forest, const struct sb_token_tree **grown,
                          size_t *place)
{
    size_t n = 0;
    for (size_t i = 0; i < N_ROLES * forest->n_runs; i++)
        if (sb_token_tree_n(forest->trees[i]) > 0) {
            grown[n] = forest->trees[i];
            place[n++] = i;
        }
    return n;
}

static enum sb_status check_forest(const struct forest *forest, unsigned depth,
                                   struct sb_error *error)
{
    double n_leaves = 0;
    for (size_t role = 0; role < N_ROLES; role++) {
        uint64_t n = 0;
        for (size_t run = 0; run < forest->n_runs; run++) {
            const struct sb_token_tree *tree = forest->trees[role * forest->n_runs + run];
            n += sb_token_tree_n(tree);
            n_leaves += (double)sb_token_tree_n_leaves(tree, depth);
        }
        if (n == 0)
            return sb_fail(
                error, SB_FORMAT,
                "%s: no document has a block of %u bits; lower --depth, or read prefixes "
                "with --reading prefix",
                forest->names[role], depth);
    }
    /* At most so many leaves together: both the aligned trees and the source hold them. */
    n_leaves = fmin(n_leaves, ldexp(2, (int)depth));
    if (n_leaves * N_ROLES * (double)(2 * forest->n_runs + 1) * sizeof(double) > 0x1p31)
        return sb_fail(error, SB_LIMIT,
                       "up to %.0f leaves at depth %u are too many to compare; lower --depth",
                       n_leaves, depth);
    return SB_OK;
}

/* The leaf counts of all trees on one set of leaves. */
static enum sb_status gather(const struct forest *forest, unsigned depth,
                             struct sb_curve_source *source)
{
    const struct sb_token_tree *grown[N_ROLES * SB_CURVE_GROUPS];
    size_t place[N_ROLES * SB_CURVE_GROUPS], n = grown_trees(forest, grown, place);
    struct sb_tree_alignment alignment;
    enum sb_status status = sb_tree_alignment_init(&alignment, grown, n, depth);
    if (status)
        return status;
    status = allocate_runs(source, alignment.n_leaves, forest->n_runs);
    for (size_t i = 0; i < n && !status; i++) {
        double *counts = run_counts(source, place[i] / forest->n_runs, place[i] % forest->n_runs);
        double size = (double)sb_token_tree_n(grown[i]);
        for (size_t x = 0; x < alignment.n_leaves; x++)
            counts[x] = nearbyint(alignment.p[i * alignment.n_leaves + x] * size);
    }
    sb_tree_alignment_clear(&alignment);
    return status;
}

enum sb_status sb_curve_counted(struct sb_corpus *const corpora[SB_N_ROLES],
                                const char *const names[SB_N_ROLES], enum sb_reading reading,
                                unsigned depth, struct sb_curve_source *source,
                                struct sb_error *error)
{
    struct forest forest = { .n_runs = SB_CURVE_GROUPS, .names = names };
    struct sb_curve_source made;
    enum sb_status status = SB_OK;
    for (size_t role = 0; role < N_ROLES && !status; role++) {
        status = count_documents(corpora[role], &forest.n_documents[role], error);
        if (!status && n_runs_of(forest.n_documents[role]) < forest.n_runs)
            forest.n_runs = n_runs_of(forest.n_documents[role]);
    }
    for (size_t role = 0; role < N_ROLES && !status; role++)
        status = plant(&forest, role, corpora[role], reading, depth, error);
    if (!status)
        status = check_forest(&forest, depth, error);
    if (!status && gather(&forest, depth, &made))
        status = sb_fail_memory(error);
    if (!status) {
        normalise_counts(&made);
        made.n_possible = sb_token_tree_n_possible(reading, depth);
        *source = made;
    }
    forest_clear(&forest);
    return status;
}

/* Estimates of a comparison: totals, positions, shift. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/comparison.h"
#include "theory/numeric.h"

/* Columns of the documents that have weight and a predicted token. */
struct columns {
    const struct sb_compared **documents;
    size_t n, n_positions;
    double *numerator, *denominator; /* (n), for one estimate at a time */
    double *total[2], *reached[2];   /* KL of the document: all of it, and up to a position */
    size_t *next;                    /* of each document the next token in the walk of positions */
    struct sb_interval_options interval;
};

static const struct sb_compared_token *last_token(const struct sb_compared *c)
{
    return &c->tokens[c->n - 1];
}

static size_t position_of(const struct sb_compared *c, size_t t)
{
    return (size_t)(c->tokens[t].position - c->tokens[0].position);
}

static void clear(struct columns *k)
{
    free(k->documents);
    free(k->numerator);
    free(k->denominator);
    for (size_t s = 0; s < 2; s++) {
        free(k->total[s]);
        free(k->reached[s]);
    }
    free(k->next);
}

static bool allocate(struct columns *k, size_t n)
{
    k->documents = malloc((n + 1) * sizeof *k->documents);
    k->numerator = calloc(n + 1, sizeof *k->numerator);
    k->denominator = calloc(n + 1, sizeof *k->denominator);
    k->next = calloc(n + 1, sizeof *k->next);
    bool ok = k->documents && k->numerator && k->denominator && k->next;
    for (size_t s = 0; s < 2; s++) {
        k->total[s] = calloc(n + 1, sizeof *k->total[s]);
        k->reached[s] = calloc(n + 1, sizeof *k->reached[s]);
        ok &= k->total[s] && k->reached[s];
    }
    return ok;
}

static bool init(struct columns *k, const struct sb_comparison *comparison, size_t dataset,
                 double confidence)
{
    *k = (struct columns){ .interval = { SB_INTERVAL_T, .confidence = confidence, .n_replicates = 1,
                                         .n_threads = 1 } };
    size_t first = comparison->first[dataset], end = comparison->first[dataset + 1];
    if (!allocate(k, end - first))
        return false;
    for (size_t i = first; i < end; i++) {
        const struct sb_compared *c = &comparison->documents[i];
        if (c->n == 0 || !(c->weight > 0) || last_token(c)->rank == 0)
            continue;
        for (size_t s = 0; s < 2; s++) {
            struct sb_sum sum = { 0 };
            for (size_t t = 0; t < c->n; t++)
                sb_sum_add(&sum, c->tokens[t].divergence_bits[s]);
            k->total[s][k->n] = sb_sum_value(&sum);
        }
        size_t n_positions = position_of(c, c->n - 1) + 1;
        k->n_positions = n_positions > k->n_positions ? n_positions : k->n_positions;
        k->documents[k->n++] = c;
    }
    return true;
}

/* sum of numerators / sum of denominators. */
static enum sb_status estimate(const struct columns *k, struct sb_estimate *e)
{
    const struct sb_ratio term = {
        .coefficient = 1, .n = k->n, .numerator = k->numerator, .denominator = k->denominator
    };
    if (k->n)
        return sb_estimate_ratios(&term, 1, &k->interval, e);
    *e = (struct sb_estimate){ NAN, NAN, NAN, NAN, NAN, NULL };
    return SB_OK;
}

static size_t n_predicted(const struct sb_compared *c)
{
    return c->n - (c->tokens[0].rank == 0);
}

static int shift_of(uint32_t rank)
{
    return rank == 1 ? SB_SHIFT_1 : rank <= 3 ? SB_SHIFT_2_3 : SB_SHIFT_ABOVE;
}

static enum sb_status estimate_totals(struct columns *k, struct sb_divergences *d)
{
    enum sb_status status = SB_OK;
    d->n_documents = k->n;
    for (size_t i = 0; i < k->n; i++)
        d->n_tokens += n_predicted(k->documents[i]);
    for (size_t s = 0; s < 2 && !status; s++) {
        for (size_t i = 0; i < k->n; i++) {
            k->numerator[i] = k->documents[i]->weight * k->total[s][i];
            k->denominator[i] = k->documents[i]->weight;
        }
        status = estimate(k, &d->bits_per_document[s]);
        for (size_t i = 0; i < k->n; i++)
            k->denominator[i] = k->documents[i]->weight * (double)n_predicted(k->documents[i]);
        if (!status)
            status = estimate(k, &d->bits_per_token[s]);
    }
    for (int shift = 0; shift < SB_N_SHIFTS && !status; shift++) {
        for (size_t i = 0; i < k->n; i++) {
            const struct sb_compared *c = k->documents[i];
            size_t n = 0;
            for (size_t t = 0; t < c->n; t++)
                n += c->tokens[t].rank && shift_of(c->tokens[t].rank) == shift;
            k->numerator[i] = c->weight * (double)n;
            k->denominator[i] = c->weight * (double)n_predicted(c);
        }
        status = estimate(k, &d->shifts[shift]);
    }
    return status;
}

/* One position: bits there and the share up to it. */
static enum sb_status estimate_position(struct columns *k, size_t position, struct sb_position *p)
{
    enum sb_status status = SB_OK;
    p->n_documents = 0;
    for (size_t s = 0; s < 2 && !status; s++) {
        for (size_t i = 0; i < k->n; i++) {
            const struct sb_compared *c = k->documents[i];
            size_t t = k->next[i];
            bool is_here = t < c->n && position_of(c, t) == position && c->tokens[t].rank;
            k->numerator[i] = is_here ? c->weight * c->tokens[t].divergence_bits[s] : 0;
            k->denominator[i] = is_here ? c->weight : 0;
            k->reached[s][i] += is_here ? c->tokens[t].divergence_bits[s] : 0;
            p->n_documents += is_here && s == 0;
        }
        status = estimate(k, &p->bits[s]);
        for (size_t i = 0; i < k->n; i++) {
            k->numerator[i] = k->documents[i]->weight * k->reached[s][i];
            k->denominator[i] = k->documents[i]->weight * k->total[s][i];
        }
        if (!status)
            status = estimate(k, &p->cumulative_share[s]);
    }
    for (size_t i = 0; i < k->n; i++) {
        const struct sb_compared *c = k->documents[i];
        k->next[i] += k->next[i] < c->n && position_of(c, k->next[i]) == position;
    }
    return status;
}

static void note_depth(const struct sb_position *p, size_t position, struct sb_depth depth[2])
{
    for (size_t s = 0; s < 2; s++) {
        const struct sb_estimate *share = &p->cumulative_share[s];
        if (!depth[s].positions && share->value >= SB_DEPTH_SHARE)
            depth[s].positions = position + 1;
        if (!depth[s].low && share->high >= SB_DEPTH_SHARE)
            depth[s].low = position + 1;
        if (!depth[s].high && share->low >= SB_DEPTH_SHARE)
            depth[s].high = position + 1;
    }
}

enum sb_status sb_comparison_estimate(const struct sb_comparison *comparison, size_t dataset,
                                      size_t n_first, double confidence,
                                      struct sb_divergences *divergences,
                                      struct sb_position **positions)
{
    struct columns k;
    struct sb_divergences d = { .n_first = n_first };
    struct sb_position *all = NULL;
    enum sb_status status = init(&k, comparison, dataset, confidence) ? SB_OK : SB_MEMORY;
    d.n_positions = k.n_positions;
    if (!status)
        status = estimate_totals(&k, &d);
    if (!status && !(all = calloc(k.n_positions + 1, sizeof *all)))
        status = SB_MEMORY;
    for (size_t p = 0; p < k.n_positions && !status; p++) {
        status = estimate_position(&k, p, &all[p]);
        note_depth(&all[p], p, d.depth);
        if (p + 1 == n_first || (p + 1 == k.n_positions && n_first > p))
            for (size_t s = 0; s < 2; s++)
                d.share_first[s] = all[p].cumulative_share[s];
    }
    if (k.n_positions == 0)
        for (size_t s = 0; s < 2; s++)
            d.share_first[s] = (struct sb_estimate){ NAN, NAN, NAN, NAN, NAN, NULL };
    clear(&k);
    if (!status) {
        *divergences = d;
        if (positions)
            *positions = all;
    }
    if (status || !positions)
        free(all);
    return status;
}

/* ---- tokens that moved ----------------------------------------------------------------------- */

/* Of equal ids by gain, so that sums have one order. */
static int by_id(const void *a, const void *b)
{
    const struct sb_moved_token *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->gain_bits > y->gain_bits) - (x->gain_bits < y->gain_bits);
}

static int by_moves(const void *a, const void *b)
{
    const struct sb_moved_token *x = a, *y = b;
    if (x->n_moved != y->n_moved)
        return x->n_moved > y->n_moved ? -1 : 1;
    return by_id(a, b);
}

/* One entry per predicted token of the dataset, unless dry; returns how many. */
static size_t list_tops(const struct sb_comparison *comparison, size_t dataset,
                        struct sb_moved_token *tops)
{
    size_t n = 0;
    for (size_t i = comparison->first[dataset]; i < comparison->first[dataset + 1]; i++) {
        const struct sb_compared *c = &comparison->documents[i];
        for (size_t t = 0; t < c->n; t++) {
            const struct sb_compared_token *token = &c->tokens[t];
            bool moved = token->rank > 3;
            if (token->rank && tops)
                tops[n] = (struct sb_moved_token){
                    token->top, 1, moved, moved ? token->top_log2_p[1] - token->top_log2_p[0] : 0
                };
            n += token->rank > 0;
        }
    }
    return n;
}

/* Sorted by id, entries of an id become one. */
static size_t join(struct sb_moved_token *tops, size_t n)
{
    size_t n_ids = 0;
    for (size_t i = 0, j; i < n; i = j) {
        struct sb_moved_token sum = { .id = tops[i].id };
        struct sb_sum gain = { 0 };
        for (j = i; j < n && tops[j].id == sum.id; j++) {
            sum.n_top += tops[j].n_top;
            sum.n_moved += tops[j].n_moved;
            sb_sum_add(&gain, tops[j].gain_bits);
        }
        sum.gain_bits = sum.n_moved ? sb_sum_value(&gain) / (double)sum.n_moved : NAN;
        tops[n_ids] = sum;
        n_ids += sum.n_moved > 0;
    }
    return n_ids;
}

enum sb_status sb_comparison_moved(const struct sb_comparison *comparison, size_t dataset,
                                   size_t n_most, struct sb_moved_token **moved, size_t *n_moved)
{
    size_t n = list_tops(comparison, dataset, NULL);
    struct sb_moved_token *tops = malloc((n + 1) * sizeof *tops);
    if (!tops)
        return SB_MEMORY;
    list_tops(comparison, dataset, tops);
    qsort(tops, n, sizeof *tops, by_id);
    n = join(tops, n);
    qsort(tops, n, sizeof *tops, by_moves);
    *moved = tops;
    *n_moved = n < n_most ? n : n_most;
    return SB_OK;
}

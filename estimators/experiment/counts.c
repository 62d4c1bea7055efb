#include "estimators/experiment/counts.h"

#include <stdlib.h>
#include <string.h>
#include "theory/portable.h"

enum { MAX_ORDER = 3, MAX_CELLS = 1 << 24 };
static const double RESCALE = 1e100;

/* Counts are kept `scale` times as large as they are, so that forgetting is one division. */
struct sb_counts {
    size_t n_vocabulary, n_cells; /* of all orders */
    unsigned order;
    double strength, memory, scale;
    double *count[MAX_ORDER]; /* [k][h V + w]: c(h w) for h of k words */
    double *total[MAX_ORDER]; /* [k][h] */
    double *cells;            /* the memory of both */
};

static size_t power(size_t base, unsigned exponent)
{
    size_t result = 1;
    while (exponent--)
        result *= base;
    return result;
}

static enum sb_status allocate(struct sb_counts *c)
{
    c->n_cells = 0;
    for (unsigned k = 0; k < c->order; k++)
        c->n_cells += power(c->n_vocabulary, k + 1) + power(c->n_vocabulary, k);
    c->cells = calloc(c->n_cells, sizeof *c->cells);
    double *next = c->cells;
    for (unsigned k = 0; next && k < c->order; k++) {
        c->count[k] = next;
        c->total[k] = next + power(c->n_vocabulary, k + 1);
        next = c->total[k] + power(c->n_vocabulary, k);
    }
    return c->cells ? SB_OK : SB_MEMORY;
}

enum sb_status sb_counts_create(size_t n_vocabulary, unsigned order, double strength, double memory,
                                struct sb_counts **counts)
{
    *counts = NULL;
    if (n_vocabulary < 1 || order < 1 || order > MAX_ORDER || !(strength > 0) ||
        !(memory == 0 || memory > 1))
        return SB_DOMAIN;
    size_t cells = 1;
    for (unsigned k = 0; k < order; k++)
        if ((cells *= n_vocabulary) > MAX_CELLS)
            return SB_LIMIT;
    struct sb_counts *made = malloc(sizeof *made);
    if (!made)
        return SB_MEMORY;
    *made = (struct sb_counts){ .n_vocabulary = n_vocabulary,
                                .order = order,
                                .strength = strength,
                                .memory = memory,
                                .scale = 1 };
    enum sb_status status = allocate(made);
    if (status)
        free(made);
    else
        *counts = made;
    return status;
}

enum sb_status sb_counts_clone(const struct sb_counts *counts, struct sb_counts **clone)
{
    struct sb_counts *made = malloc(sizeof *made);
    *clone = NULL;
    if (!made)
        return SB_MEMORY;
    *made = *counts;
    enum sb_status status = allocate(made);
    if (status) {
        free(made);
        return status;
    }
    memcpy(made->cells, counts->cells, counts->n_cells * sizeof *made->cells);
    *clone = made;
    return SB_OK;
}

void sb_counts_free(struct sb_counts *counts)
{
    if (counts)
        free(counts->cells);
    free(counts);
}

size_t sb_counts_n_vocabulary(const struct sb_counts *counts)
{
    return counts->n_vocabulary;
}

size_t sb_counts_n_cells(const struct sb_counts *counts)
{
    return power(counts->n_vocabulary, counts->order);
}

/* The number of the k words that end before ids[at]. */
static size_t context(const struct sb_counts *c, const uint32_t *ids, size_t at, unsigned k)
{
    size_t number = 0;
    for (size_t i = at - k; i < at; i++)
        number = number * c->n_vocabulary + ids[i];
    return number;
}

static void forget(struct sb_counts *c)
{
    if (!(c->memory > 0))
        return;
    c->scale /= 1 - 1 / c->memory;
    if (c->scale < RESCALE)
        return;
    for (size_t i = 0; i < c->n_cells; i++)
        c->cells[i] /= c->scale;
    c->scale = 1;
}

void sb_counts_learn(struct sb_counts *c, const struct sb_training_sequence *s, double weight)
{
    for (size_t at = 1; at < s->n; at++) {
        if (s->mask && !s->mask[at - 1])
            continue;
        for (unsigned k = 0; k < c->order && k <= at; k++) {
            size_t h = context(c, s->ids, at, k);
            c->count[k][h * c->n_vocabulary + s->ids[at]] += weight * c->scale;
            c->total[k][h] += weight * c->scale;
        }
    }
    forget(c);
}

/* p(word | the words before ids[at]). */
static double probability(const struct sb_counts *c, const uint32_t *ids, size_t at, uint32_t word)
{
    double p = 1 / (double)c->n_vocabulary, strength = c->strength * c->scale;
    for (unsigned k = 0; k < c->order && k <= at; k++) {
        size_t h = context(c, ids, at, k);
        p = (c->count[k][h * c->n_vocabulary + word] + strength * p) / (c->total[k][h] + strength);
    }
    return p;
}

double sb_counts_nats(const struct sb_counts *c, const struct sb_training_sequence *s)
{
    double nats = 0;
    for (size_t at = 1; at < s->n; at++)
        if (!s->mask || s->mask[at - 1])
            nats -= sb_portable_log(probability(c, s->ids, at, s->ids[at]));
    return nats;
}

void sb_counts_next(const struct sb_counts *c, const uint32_t *ids, size_t n, double *probabilities)
{
    for (uint32_t word = 0; word < c->n_vocabulary; word++)
        probabilities[word] = probability(c, ids, n, word);
}

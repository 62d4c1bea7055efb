#include "estimators/context_tree.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/context_table.h"
#include "theory/numeric.h"

enum {
    DEPTH_MAX = 48, /* bits: what a key has room for */
    LEVELS_MAX = DEPTH_MAX / 8 + 1,
    KT_COUNT_MAX = 65535,
    COUNT_MAX = 250,    /* estimator=secondary */
    COUNT_KEPT = 4,     /* of a bit, when the other comes: what is above is halved */
    COUNT_CLASSES = 22, /* levels of a count */
    CELL_MAX = 30000    /* the sum of a cell, then halved */
};
static const float CELL_PRIOR = 4, P_MIN = 0x1p-16f, SHARE = 0x1p-13f;
static const float RATIO_MIN = 0x1p-64f, RATIO_MAX = 0x1p64f;

/* What followed in nodes of one kind: how often 0, how often 1. */
struct cell {
    float n[2];
};

struct context_tree {
    struct sb_predictor base;
    struct sb_context_table *table;
    uint64_t masks[LEVELS_MAX]; /* the bits before the byte that make the context of a level */
    size_t n_levels;
    size_t n_bytes_max;
    bool is_kt;
    bool is_fitted; /* documents were added */
    uint8_t class_of[COUNT_MAX + 1];
    /* [a shorter context than could be: its child has not been seen][level][class of n0][of n1] */
    struct cell cells[2][LEVELS_MAX][COUNT_CLASSES][COUNT_CLASSES];
};

/* ---- making ---------------------------------------------------------------------------------- */

static void context_tree_free(struct sb_predictor *predictor)
{
    struct context_tree *t = (struct context_tree *)predictor;
    sb_context_table_free(t->table);
    free(t);
}

/* Depths 0, 8, 16, ..., and depth itself. The nearest byte is the lowest of a context. */
static void set_levels(struct context_tree *t, size_t depth)
{
    for (size_t bits = 0; bits < depth; bits += 8)
        t->masks[t->n_levels++] = ((uint64_t)1 << bits) - 1;
    uint64_t whole = ((uint64_t)1 << (depth - depth % 8)) - 1;
    uint64_t part = (uint64_t)(0xff00 >> depth % 8 & 0xff) << (depth - depth % 8);
    t->masks[t->n_levels++] = whole | part;
}

/* Counts 0 to 11 are classes of their own, larger ones share. */
static void set_cells(struct context_tree *t)
{
    static const uint8_t first[COUNT_CLASSES] = { 0,  1,  2,  3,  4,  5,  6,  7,  8,   9,   10,
                                                  11, 12, 16, 20, 28, 40, 56, 80, 112, 160, 220 };
    for (size_t c = 0; c < COUNT_CLASSES; c++)
        for (size_t n = first[c]; n <= COUNT_MAX; n++)
            t->class_of[n] = (uint8_t)c;
    for (size_t i = 0; i < 2 * LEVELS_MAX; i++)
        for (size_t a = 0; a < COUNT_CLASSES; a++)
            for (size_t b = 0; b < COUNT_CLASSES; b++) {
                float n0 = first[a] + 0.1f, n1 = first[b] + 0.1f;
                struct cell *cell = &t->cells[i / LEVELS_MAX][i % LEVELS_MAX][a][b];
                cell->n[0] = CELL_PRIOR * (n0 / (n0 + n1));
                cell->n[1] = CELL_PRIOR * (n1 / (n0 + n1));
            }
}

static enum sb_status set_estimator(const struct sb_model *model, struct context_tree *t,
                                    struct sb_error *error)
{
    const char *name = sb_model_value(model, "estimator");
    t->is_kt = name && strcmp(name, "kt") == 0;
    if (name && !t->is_kt && strcmp(name, "secondary") != 0)
        return sb_fail(error, SB_FORMAT, "model \"%s\": estimator must be kt or secondary",
                       model->text);
    return SB_OK;
}

static enum sb_status context_tree_create(const struct sb_model *model,
                                          struct sb_predictor **predictor, struct sb_error *error)
{
    size_t depth;
    struct context_tree *t = calloc(1, sizeof *t);
    if (!t)
        return sb_fail_memory(error);
    enum sb_status status = sb_model_count(model, "d", DEPTH_MAX, 0, DEPTH_MAX, &depth, error);
    if (!status)
        status = sb_model_bytes(model, "memory", (size_t)4 << 30, SB_CONTEXT_BYTES_MIN,
                                &t->n_bytes_max, error);
    if (!status)
        status = set_estimator(model, t, error);
    if (!status)
        status = sb_model_adaptive(model, &t->base.is_adaptive, error);
    if (!status && sb_context_table_create(t->n_bytes_max, &t->table))
        status = sb_fail_memory(error);
    if (status) {
        context_tree_free(&t->base);
        return status;
    }
    t->base.depth_bits = depth;
    set_levels(t, depth);
    set_cells(t);
    *predictor = &t->base;
    return SB_OK;
}

/* ---- one decision ------------------------------------------------------------------------------ */

/* The pages of half a byte, the shortest context first, as far as they are there. */
struct path {
    struct sb_context_page *pages[LEVELS_MAX];
    size_t n;
};

struct decision {
    struct sb_context_node *nodes[LEVELS_MAX];
    struct cell *cells[LEVELS_MAX];
    float own[LEVELS_MAX];   /* p_e of a 1 in each node that was seen */
    float below[LEVELS_MAX]; /* p_w of its child */
    size_t n_seen;
    size_t n_weighed; /* those that have a child's p_w: n_seen, or one less */
    float p;          /* of a 1: P_MIN at the least, 1 - P_MIN at the most, or so */
};

static bool is_seen(const struct sb_context_node *node)
{
    return node->n[0] || node->n[1];
}

static float kt_estimate(const struct sb_context_node *node)
{
    float n0 = node->n[0], n1 = node->n[1];
    return (n1 + 0.5f) / (n0 + n1 + 1);
}

static float cell_estimate(const struct cell *cell)
{
    float p = cell->n[1] / (cell->n[0] + cell->n[1]);
    return p < P_MIN ? P_MIN : p > 1 - P_MIN ? 1 - P_MIN : p;
}

static struct cell *cell_of(struct context_tree *t, const struct sb_context_node *node,
                            size_t level, bool is_last)
{
    return &t->cells[is_last][level][t->class_of[node->n[0]]][t->class_of[node->n[1]]];
}

/* p_e of every node of the path that was seen. */
static void estimate(struct context_tree *t, const struct path *path, size_t number,
                     struct decision *d)
{
    d->n_seen = 0;
    for (size_t k = 0; k < path->n; k++)
        d->nodes[k] = &path->pages[k]->nodes[number - 1];
    while (d->n_seen < path->n && is_seen(d->nodes[d->n_seen]))
        d->n_seen++;
    for (size_t k = 0; k < d->n_seen; k++)
        if (t->is_kt) {
            d->own[k] = kt_estimate(d->nodes[k]);
        } else {
            bool is_last = k + 1 == d->n_seen && d->n_seen < t->n_levels;
            d->cells[k] = cell_of(t, d->nodes[k], k, is_last);
            d->own[k] = cell_estimate(d->cells[k]);
        }
}

/* From the deepest node up: p_w of each from its p_e and the child's p_w. */
static void predict(struct context_tree *t, const struct path *path, size_t number,
                    struct decision *d)
{
    estimate(t, path, number, d);
    bool unseen_votes = t->is_kt && d->n_seen < t->n_levels && !sb_context_is_full(t->table);
    d->n_weighed = d->n_seen;
    d->p = 0.5f;
    if (d->n_seen && !unseen_votes)
        d->p = d->own[--d->n_weighed];
    for (size_t k = d->n_weighed; k-- > 0;) {
        float ratio = d->nodes[k]->ratio;
        d->below[k] = d->p;
        d->p = (ratio * d->own[k] + d->p) / (ratio + 1);
    }
}

static float of_bit(float p, unsigned bit)
{
    return bit ? p : 1 - p;
}

static void learn_ratio(const struct context_tree *t, struct decision *d, size_t k, unsigned bit)
{
    float ratio = d->nodes[k]->ratio * (of_bit(d->own[k], bit) / of_bit(d->below[k], bit));
    if (!t->is_kt)
        ratio = (ratio + SHARE) / (1 + SHARE * ratio);
    d->nodes[k]->ratio = ratio < RATIO_MIN ? RATIO_MIN : ratio > RATIO_MAX ? RATIO_MAX : ratio;
}

static void learn_cell(struct cell *cell, unsigned bit)
{
    cell->n[bit] += 1;
    if (cell->n[0] + cell->n[1] > CELL_MAX) {
        cell->n[0] *= 0.5f;
        cell->n[1] *= 0.5f;
    }
}

static void learn_count(const struct context_tree *t, struct sb_context_node *node, unsigned bit)
{
    uint16_t *n = node->n;
    if (n[bit] == (t->is_kt ? KT_COUNT_MAX : COUNT_MAX)) {
        n[0] = (uint16_t)((n[0] + 1) / 2);
        n[1] = (uint16_t)((n[1] + 1) / 2);
    }
    n[bit]++;
    if (!t->is_kt && n[!bit] > COUNT_KEPT)
        n[!bit] = (uint16_t)((n[!bit] + COUNT_KEPT + 1) / 2);
}

static void learn(const struct context_tree *t, const struct path *path, struct decision *d,
                  unsigned bit)
{
    for (size_t k = 0; k < d->n_weighed; k++)
        learn_ratio(t, d, k, bit);
    for (size_t k = 0; k < d->n_seen && !t->is_kt; k++)
        learn_cell(d->cells[k], bit);
    for (size_t k = 0; k < path->n; k++)
        learn_count(t, d->nodes[k], bit);
}

/* ---- bytes ------------------------------------------------------------------------------------- */

/* Where the bits come from, and where they go: bytes that are known, to an encoder or to none, or a
 * decoder that makes them. */
struct reading {
    struct context_tree *tree;
    bool learns; /* else the tree is not changed */
    const uint8_t *source;
    struct sb_arith_encoder *encoder;
    struct sb_arith_decoder *decoder;
    double *pieces; /* the bits of each scored byte; NULL: nobody asks */
};

/* Finds the pages; where the tree learns, makes those that are missing. */
static enum sb_status find_path(const struct reading *r, uint64_t context, size_t half,
                                struct path *path)
{
    struct context_tree *t = r->tree;
    uint64_t keys[LEVELS_MAX];
    for (size_t k = 0; k < t->n_levels; k++) {
        keys[k] = (context & t->masks[k]) << 8 | k << 5 | half;
        sb_context_prefetch(t->table, keys[k]);
    }
    for (path->n = 0; path->n < t->n_levels; path->n++) {
        struct sb_context_page **page = &path->pages[path->n];
        if (!r->learns)
            *page = sb_context_find(t->table, keys[path->n]);
        else if (sb_context_obtain(t->table, keys[path->n], page))
            return SB_MEMORY;
        if (!*page)
            break;
    }
    return SB_OK;
}

static unsigned take_bit(const struct reading *r, unsigned byte, unsigned shift, float p)
{
    if (r->decoder)
        return sb_arith_decode_bit(r->decoder, 1 - (double)p, (double)p);
    unsigned bit = byte >> shift & 1;
    if (r->encoder)
        sb_arith_encode_bit(r->encoder, 1 - (double)p, (double)p, bit);
    return bit;
}

/* Four bits, from bit shift + 3 of the byte down to bit shift; they are returned behind a 1, as their
 * node would be numbered. Their probability enters the product *p. */
static enum sb_status read_half(const struct reading *r, uint64_t context, size_t half,
                                unsigned byte, unsigned shift, unsigned *bits, double *p)
{
    struct path path;
    enum sb_status status = find_path(r, context, half, &path);
    *bits = 1;
    for (unsigned i = 4; i-- > 0 && !status;) {
        struct decision d;
        predict(r->tree, &path, *bits, &d);
        unsigned bit = take_bit(r, byte, shift + i, d.p);
        *p *= (double)of_bit(d.p, bit);
        if (r->learns)
            learn(r->tree, &path, &d, bit);
        *bits = 2 * *bits + bit;
    }
    return status;
}

/* The byte at a position and its probability, 2^-136 at the least. */
static enum sb_status read_byte(const struct reading *r, size_t position, uint64_t context,
                                unsigned *byte, double *p)
{
    unsigned known = r->decoder ? 0 : r->source[position], high, low;
    *p = 1;
    enum sb_status status = read_half(r, context, 1, known, 4, &high, p);
    if (!status)
        status = read_half(r, context, high, known, 0, &low, p);
    if (!status)
        *byte = (high & 15) << 4 | (low & 15);
    return status;
}

/* Reads the bytes from first on; those from span_begin on are scored. The context of the first is what
 * stands before it in the source. */
static enum sb_status read_bytes(const struct reading *r, size_t first, size_t span_begin,
                                 size_t end, uint8_t *target, struct sb_score *score,
                                 struct sb_error *error)
{
    struct sb_sum bits = { 0 };
    uint64_t context = 0;
    for (size_t i = first > DEPTH_MAX / 8 ? first - DEPTH_MAX / 8 : 0; i < first; i++)
        context = context << 8 | r->source[i];
    for (size_t i = first; i < end; i++) {
        unsigned byte;
        double p;
        if (read_byte(r, i, context, &byte, &p))
            return sb_fail_memory(error);
        if (i >= span_begin && score)
            sb_sum_add(&bits, -log2(p));
        if (i >= span_begin && r->pieces)
            r->pieces[i - span_begin] = -log2(p);
        if (target)
            target[i] = (uint8_t)byte;
        context = context << 8 | byte;
    }
    if (score)
        *score = (struct sb_score){ sb_sum_value(&bits), end - span_begin };
    return SB_OK;
}

/* ---- the class --------------------------------------------------------------------------------- */

static enum sb_status context_tree_learn(struct sb_predictor *predictor,
                                         const struct sb_document *document, struct sb_score *score,
                                         struct sb_error *error)
{
    const struct reading r = { .tree = (struct context_tree *)predictor,
                               .learns = true,
                               .source = document->bytes };
    enum sb_status status =
        read_bytes(&r, 0, document->span_begin, document->span_end, NULL, score, error);
    if (!status) /* what follows the span is learned too */
        status = read_bytes(&r, document->span_end, document->n_bytes, document->n_bytes, NULL,
                            NULL, error);
    return status;
}

static enum sb_status context_tree_add(struct sb_predictor *predictor,
                                       const struct sb_document *document, struct sb_error *error)
{
    ((struct context_tree *)predictor)->is_fitted = true;
    return context_tree_learn(predictor, document, NULL, error);
}

static enum sb_status context_tree_finish(struct sb_predictor *predictor, struct sb_error *error)
{
    (void)predictor;
    (void)error;
    return SB_OK;
}

static enum sb_status context_tree_score(const struct sb_predictor *predictor,
                                         const struct sb_document *document, size_t index,
                                         struct sb_score *score, struct sb_error *error)
{
    (void)index;
    const struct reading r = { .tree = (struct context_tree *)predictor,
                               .source = document->bytes };
    return read_bytes(&r, document->span_begin, document->span_begin, document->span_end, NULL,
                      score, error);
}

static enum sb_status context_tree_sequence(const struct sb_predictor *predictor,
                                            const struct sb_document *document, size_t index,
                                            double **bits, size_t *n, struct sb_error *error)
{
    (void)index;
    size_t n_bytes = document->span_end - document->span_begin;
    double *pieces = malloc((n_bytes + 1) * sizeof *pieces);
    if (!pieces)
        return sb_fail_memory(error);
    const struct reading r = { .tree = (struct context_tree *)predictor,
                               .source = document->bytes,
                               .pieces = pieces };
    enum sb_status status = read_bytes(&r, document->span_begin, document->span_begin,
                                       document->span_end, NULL, NULL, error);
    if (status) {
        free(pieces);
        return status;
    }
    *bits = pieces;
    *n = n_bytes;
    return SB_OK;
}

/* Floats enter as they are stored: what they are compared with was computed in the same way. */
static void hash_node(struct sb_hash *hash, const struct sb_context_node *node)
{
    uint32_t ratio;
    memcpy(&ratio, &node->ratio, sizeof ratio);
    sb_hash_number(hash, (uint64_t)ratio << 32 | (uint64_t)node->n[1] << 16 | node->n[0]);
}

static void hash_cells(struct sb_hash *hash, const struct context_tree *t)
{
    const struct cell *cells = &t->cells[0][0][0][0];
    for (size_t i = 0; i < sizeof t->cells / sizeof *cells; i++) {
        uint32_t n[2];
        memcpy(n, cells[i].n, sizeof n);
        sb_hash_number(hash, (uint64_t)n[1] << 32 | n[0]);
    }
}

static enum sb_status context_tree_fingerprint(const struct sb_predictor *predictor,
                                               struct sb_hash *hash, struct sb_error *error)
{
    (void)error;
    const struct context_tree *t = (const struct context_tree *)predictor;
    sb_hash_number(hash, t->base.depth_bits);
    sb_hash_number(hash, t->is_kt);
    sb_hash_number(hash, t->is_fitted);
    sb_hash_number(hash, t->base.is_adaptive);
    sb_hash_number(hash, t->n_bytes_max);
    for (size_t i = 0; i < sb_context_n_pages(t->table); i++) {
        const struct sb_context_page *page = sb_context_page(t->table, i);
        sb_hash_number(hash, page->key);
        for (size_t j = 0; j < sizeof page->nodes / sizeof *page->nodes; j++)
            hash_node(hash, &page->nodes[j]);
    }
    hash_cells(hash, t);
    return SB_OK;
}

static bool learns_as_it_codes(const struct context_tree *t)
{
    return t->base.is_adaptive || !t->is_fitted;
}

static enum sb_status context_tree_encode(struct sb_predictor *predictor, const uint8_t *bytes,
                                          size_t n_bytes, struct sb_arith_encoder *encoder,
                                          struct sb_score *score, struct sb_error *error)
{
    struct context_tree *t = (struct context_tree *)predictor;
    const struct reading r = {
        .tree = t, .learns = learns_as_it_codes(t), .source = bytes, .encoder = encoder
    };
    return read_bytes(&r, 0, 0, n_bytes, NULL, score, error);
}

static enum sb_status context_tree_decode(struct sb_predictor *predictor,
                                          struct sb_arith_decoder *decoder, uint8_t *bytes,
                                          size_t n_bytes, struct sb_error *error)
{
    struct context_tree *t = (struct context_tree *)predictor;
    const struct reading r = { .tree = t, .learns = learns_as_it_codes(t), .decoder = decoder };
    return read_bytes(&r, 0, 0, n_bytes, bytes, NULL, error);
}

static const char *const keys[] = { "d", "estimator", "memory", "adaptive", NULL };

const struct sb_predictor_class sb_ctw_class = {
    .name = "ctw",
    .description = "context-tree weighting over bits of bytes, d bits of context (0 to 48,\n"
                   "default 48); estimator=kt|secondary; memory=4G; adaptive=1 learns as it goes",
    .keys = keys,
    .is_fitted = true,
    .create = context_tree_create,
    .free = context_tree_free,
    .add = context_tree_add,
    .finish = context_tree_finish,
    .learn = context_tree_learn,
    .score = context_tree_score,
    .sequence = context_tree_sequence,
    .fingerprint = context_tree_fingerprint,
    .encode = context_tree_encode,
    .decode = context_tree_decode,
};

#include "estimators/transformer/head.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/parallel.h"
#include "theory/portable.h"

/* Hidden states of the rows that are scored, side by side: lane i of what is gathered is target i. */
static bool gather(const struct sb_panels *hidden, const struct sb_target *targets, size_t n,
                   struct sb_panels *gathered)
{
    size_t n_floats = sb_n_panels(n) * SB_LANES * hidden->n_features;
    *gathered =
        (struct sb_panels){ aligned_alloc(64, n_floats * sizeof(float)), hidden->n_features, n };
    if (!gathered->data)
        return false;
    for (size_t i = 0; i < sb_n_panels(n) * SB_LANES; i++) {
        size_t row = targets[i < n ? i : n - 1].row;
        const float *from = sb_panel(hidden, row / SB_LANES, 0) + row % SB_LANES;
        float *to = sb_panel(gathered, i / SB_LANES, 0) + i % SB_LANES;
        for (size_t f = 0; f < hidden->n_features; f++)
            to[f * SB_LANES] = from[f * SB_LANES];
    }
    return true;
}

/* A model's side of the work: its gathered hidden states, and for each thread a packed block of the
 * head and the logits of a panel. */
struct side {
    const struct sb_transformer *transformer;
    struct sb_panels hidden;
    float **blocks, **logits;
    size_t n_threads;
};

static void clear_side(struct side *side)
{
    for (size_t i = 0; i < side->n_threads; i++) {
        if (side->blocks)
            free(side->blocks[i]);
        if (side->logits)
            free(side->logits[i]);
    }
    free(side->blocks);
    free(side->logits);
    free(side->hidden.data);
}

static bool init_side(struct side *side, const struct sb_transformer *transformer,
                      const struct sb_panels *hidden, const struct sb_target *targets, size_t n,
                      size_t n_threads)
{
    *side = (struct side){ .transformer = transformer, .n_threads = n_threads };
    side->blocks = calloc(n_threads, sizeof *side->blocks);
    side->logits = calloc(n_threads, sizeof *side->logits);
    bool ok = side->blocks && side->logits && gather(hidden, targets, n, &side->hidden);
    for (size_t i = 0; ok && i < n_threads; i++) {
        side->blocks[i] =
            aligned_alloc(64, SB_HEAD_BLOCK * hidden->n_features * sizeof *side->blocks[i]);
        side->logits[i] = aligned_alloc(64, SB_HEAD_BLOCK * SB_LANES * sizeof *side->logits[i]);
        ok = side->blocks[i] && side->logits[i];
    }
    return ok;
}

/* The rows of block `block` of a vocabulary. */
static size_t rows_of_block(const struct sb_product *head, size_t block)
{
    size_t left = head->n_out - block * SB_HEAD_BLOCK;
    return left < SB_HEAD_BLOCK ? left : SB_HEAD_BLOCK;
}

static void load_block(const struct side *side, size_t block, size_t thread)
{
    const struct sb_product *head = sb_transformer_head(side->transformer);
    sb_load_block(head, block * SB_HEAD_BLOCK, rows_of_block(head, block), 0, head->n_in,
                  sb_n_panels(side->hidden.n_tokens), side->blocks[thread]);
}

/* The logits of the loaded block for a panel: (rows, SB_LANES). */
static const float *multiply_block(const struct side *side, size_t block, size_t panel,
                                   size_t thread)
{
    const struct sb_product *head = sb_transformer_head(side->transformer);
    const struct sb_kernels *kernels = sb_transformer_kernels(side->transformer);
    size_t n_rows = rows_of_block(head, block), left = side->hidden.n_tokens - panel * SB_LANES;
    float *logits = side->logits[thread];
    for (size_t r = 0; r < n_rows; r++)
        for (size_t lane = 0; lane < SB_LANES; lane++)
            logits[r * SB_LANES + lane] = head->bias ? head->bias[block * SB_HEAD_BLOCK + r] : 0;
    sb_multiply_block(head, kernels, side->blocks[thread], n_rows, head->n_in,
                      sb_n_panels(side->hidden.n_tokens), sb_panel(&side->hidden, panel, 0), logits,
                      left < SB_LANES ? left : SB_LANES);
    return logits;
}

/* ---- log p ------------------------------------------------------------------------------------- */

struct part {
    float largest, sum; /* of the logits of a block */
};

struct scoring {
    struct side side;
    const struct sb_target *targets;
    size_t n;
    struct part *parts;  /* [block][target] */
    float *target_logit; /* of each target: written by the one block that holds it */
};

static void store_parts(const struct sb_kernels *kernels, size_t n_rows, const float *logits,
                        size_t n_lanes, struct part *parts)
{
    float largest[SB_LANES], sum[SB_LANES];
    kernels->sum_exponentials(n_rows, logits, largest, sum);
    for (size_t lane = 0; lane < n_lanes; lane++)
        parts[lane] = (struct part){ largest[lane], sum[lane] };
}

static float largest_of(const struct part *parts, size_t n_blocks, size_t stride)
{
    float largest = parts[0].largest;
    for (size_t b = 1; b < n_blocks; b++)
        largest = parts[b * stride].largest > largest ? parts[b * stride].largest : largest;
    return largest;
}

/* log sum exp over all blocks. */
static double log_sum(const struct part *parts, size_t n_blocks, size_t stride)
{
    double largest = largest_of(parts, n_blocks, stride), sum = 0;
    for (size_t b = 0; b < n_blocks; b++)
        sum += parts[b * stride].sum * sb_portable_exp(parts[b * stride].largest - largest);
    return largest + sb_portable_log(sum);
}

static enum sb_status score_block(void *context, size_t block, size_t thread,
                                  struct sb_error *error)
{
    (void)error;
    const struct scoring *s = context;
    const struct sb_product *head = sb_transformer_head(s->side.transformer);
    size_t n_rows = rows_of_block(head, block);
    load_block(&s->side, block, thread);
    for (size_t panel = 0; panel < sb_n_panels(s->n); panel++) {
        size_t first = panel * SB_LANES,
               n_lanes = s->n - first < SB_LANES ? s->n - first : SB_LANES;
        const float *logits = multiply_block(&s->side, block, panel, thread);
        store_parts(sb_transformer_kernels(s->side.transformer), n_rows, logits, n_lanes,
                    s->parts + block * s->n + first);
        for (size_t lane = 0; lane < n_lanes; lane++) {
            size_t row = s->targets[first + lane].id - block * SB_HEAD_BLOCK;
            if (row < n_rows)
                s->target_logit[first + lane] = logits[row * SB_LANES + lane];
        }
    }
    return SB_OK;
}

enum sb_status sb_head_log_p(const struct sb_transformer *transformer,
                             const struct sb_panels *hidden, const struct sb_target *targets,
                             size_t n, size_t n_threads, double *log_p)
{
    if (n == 0)
        return SB_OK;
    size_t n_blocks = (sb_transformer_head(transformer)->n_out - 1) / SB_HEAD_BLOCK + 1;
    struct scoring s = { .targets = targets, .n = n };
    s.parts = malloc(n_blocks * n * sizeof *s.parts);
    s.target_logit = malloc(n * sizeof *s.target_logit);
    bool ok =
        init_side(&s.side, transformer, hidden, targets, n, n_threads) && s.parts && s.target_logit;
    enum sb_status status = SB_MEMORY;
    if (ok)
        status = sb_parallel_for(n_threads, n_blocks, score_block, &s, NULL);
    for (size_t i = 0; i < n && !status; i++)
        log_p[i] = s.target_logit[i] - log_sum(s.parts + i, n_blocks, n);
    clear_side(&s.side);
    free(s.parts);
    free(s.target_logit);
    return status;
}

/* ---- two models --------------------------------------------------------------------------------- */

/* What a block leaves of a target: of the first reading (beside a struct part of each model), and of
 * the second. */
struct top_part {
    float top, top_of_first; /* the second's largest logit, and the first's of the same token */
    uint32_t id;
};
struct divergence_part {
    float divergence[2];
    uint32_t n_above; /* logits of the first above that of top */
};

struct comparing {
    struct side sides[2];
    const struct sb_target *targets;
    size_t n;
    struct part *parts[2]; /* [block][target], as the next two */
    struct top_part *tops;
    struct divergence_part *divergences;
    float *target_logits[2];            /* of each target */
    struct sb_normalisers *normalisers; /* of each panel */
    float *top_of_first;                /* (panels, SB_LANES): of the vocabulary's top */
};

/* The logits of both for a panel. */
static void multiply_blocks(const struct comparing *c, size_t block, size_t panel, size_t thread,
                            const float *logits[2])
{
    for (size_t s = 0; s < 2; s++)
        logits[s] = multiply_block(&c->sides[s], block, panel, thread);
}

static void load_blocks(const struct comparing *c, size_t block, size_t thread)
{
    for (size_t s = 0; s < 2; s++)
        load_block(&c->sides[s], block, thread);
}

static void find_top(const float *const logits[2], size_t n_rows, size_t lane, size_t first_id,
                     struct top_part *part)
{
    size_t best = 0;
    for (size_t r = 1; r < n_rows; r++)
        if (logits[1][r * SB_LANES + lane] > logits[1][best * SB_LANES + lane])
            best = r;
    part->top = logits[1][best * SB_LANES + lane];
    part->top_of_first = logits[0][best * SB_LANES + lane];
    part->id = (uint32_t)(first_id + best);
}

static size_t lanes_of(size_t n, size_t panel)
{
    size_t left = n - panel * SB_LANES;
    return left < SB_LANES ? left : SB_LANES;
}

static enum sb_status read_first(void *context, size_t block, size_t thread, struct sb_error *error)
{
    (void)error;
    const struct comparing *c = context;
    const struct sb_kernels *kernels = sb_transformer_kernels(c->sides[0].transformer);
    size_t n_rows = rows_of_block(sb_transformer_head(c->sides[0].transformer), block);
    load_blocks(c, block, thread);
    for (size_t panel = 0; panel < sb_n_panels(c->n); panel++) {
        size_t first = panel * SB_LANES;
        const float *logits[2];
        multiply_blocks(c, block, panel, thread, logits);
        for (size_t s = 0; s < 2; s++)
            store_parts(kernels, n_rows, logits[s], lanes_of(c->n, panel),
                        c->parts[s] + block * c->n + first);
        for (size_t lane = 0; lane < lanes_of(c->n, panel); lane++) {
            size_t row = c->targets[first + lane].id - block * SB_HEAD_BLOCK;
            find_top(logits, n_rows, lane, block * SB_HEAD_BLOCK,
                     &c->tops[block * c->n + first + lane]);
            for (size_t s = 0; s < 2 && row < n_rows; s++)
                c->target_logits[s][first + lane] = logits[s][row * SB_LANES + lane];
        }
    }
    return SB_OK;
}

/* Puts the blocks of target i together: its normalisers, the second's likeliest token. */
static void settle(const struct comparing *c, size_t i, size_t n_blocks,
                   struct sb_head_comparison *comparison)
{
    const struct top_part *top = c->tops + i;
    struct sb_normalisers *normalisers = &c->normalisers[i / SB_LANES];
    size_t lane = i % SB_LANES;
    double log_z[2];
    for (size_t b = 1; b < n_blocks; b++)
        top = c->tops[b * c->n + i].top > top->top ? &c->tops[b * c->n + i] : top;
    for (size_t s = 0; s < 2; s++) {
        float largest = largest_of(c->parts[s] + i, n_blocks, c->n);
        log_z[s] = log_sum(c->parts[s] + i, n_blocks, c->n);
        normalisers->largest[s][lane] = largest;
        normalisers->factor[s][lane] = (float)sb_portable_exp(largest - log_z[s]);
        comparison->log_p[s] = c->target_logits[s][i] - log_z[s];
        comparison->top_log_p[s] = (s ? top->top : top->top_of_first) - log_z[s];
    }
    normalisers->shift[lane] = (float)(log_z[0] - log_z[1]);
    c->top_of_first[i] = top->top_of_first;
    comparison->top = top->id;
}

static enum sb_status read_second(void *context, size_t block, size_t thread,
                                  struct sb_error *error)
{
    (void)error;
    const struct comparing *c = context;
    const struct sb_kernels *kernels = sb_transformer_kernels(c->sides[0].transformer);
    size_t n_rows = rows_of_block(sb_transformer_head(c->sides[0].transformer), block);
    load_blocks(c, block, thread);
    for (size_t panel = 0; panel < sb_n_panels(c->n); panel++) {
        const float *logits[2], *top = c->top_of_first + panel * SB_LANES;
        float forward[SB_LANES], backward[SB_LANES];
        uint32_t n_above[SB_LANES] = { 0 };
        multiply_blocks(c, block, panel, thread, logits);
        kernels->sum_divergences(n_rows, logits[0], logits[1], &c->normalisers[panel], forward,
                                 backward);
        for (size_t r = 0; r < n_rows; r++)
            for (size_t lane = 0; lane < SB_LANES; lane++)
                n_above[lane] += logits[0][r * SB_LANES + lane] > top[lane];
        for (size_t lane = 0; lane < lanes_of(c->n, panel); lane++)
            c->divergences[block * c->n + panel * SB_LANES + lane] =
                (struct divergence_part){ { forward[lane], backward[lane] }, n_above[lane] };
    }
    return SB_OK;
}

/* The blocks' parts of target i, in their order. */
static void add_up(const struct comparing *c, size_t i, size_t n_blocks,
                   struct sb_head_comparison *comparison)
{
    comparison->rank = 1;
    comparison->divergence[0] = comparison->divergence[1] = 0;
    for (size_t b = 0; b < n_blocks; b++) {
        const struct divergence_part *part = &c->divergences[b * c->n + i];
        comparison->rank += part->n_above;
        for (size_t s = 0; s < 2; s++)
            comparison->divergence[s] += (double)part->divergence[s];
    }
}

static bool init_comparing(struct comparing *c, const struct sb_transformer *const transformers[2],
                           const struct sb_panels hidden[2], const struct sb_target *targets,
                           size_t n, size_t n_blocks, size_t n_threads)
{
    size_t n_panels = sb_n_panels(n);
    *c = (struct comparing){ .targets = targets, .n = n };
    c->tops = malloc(n_blocks * n * sizeof *c->tops);
    c->divergences = malloc(n_blocks * n * sizeof *c->divergences);
    c->normalisers = calloc(n_panels, sizeof *c->normalisers);
    c->top_of_first = calloc(n_panels * SB_LANES, sizeof *c->top_of_first);
    bool ok = c->tops && c->divergences && c->normalisers && c->top_of_first;
    for (size_t s = 0; s < 2; s++) {
        c->target_logits[s] = malloc(n * sizeof *c->target_logits[s]);
        ok &= init_side(&c->sides[s], transformers[s], &hidden[s], targets, n, n_threads);
        c->parts[s] = malloc(n_blocks * n * sizeof *c->parts[s]);
        ok &= c->target_logits[s] && c->parts[s];
    }
    return ok;
}

enum sb_status sb_head_compare(const struct sb_transformer *const transformers[2],
                               const struct sb_panels hidden[2], const struct sb_target *targets,
                               size_t n, size_t n_threads, struct sb_head_comparison *comparisons)
{
    size_t n_vocabulary = sb_transformer_head(transformers[0])->n_out;
    size_t n_blocks = (n_vocabulary - 1) / SB_HEAD_BLOCK + 1;
    if (sb_transformer_head(transformers[1])->n_out != n_vocabulary)
        return SB_DOMAIN;
    if (n == 0)
        return SB_OK;
    struct comparing c;
    enum sb_status status = SB_MEMORY;
    if (init_comparing(&c, transformers, hidden, targets, n, n_blocks, n_threads))
        status = sb_parallel_for(n_threads, n_blocks, read_first, &c, NULL);
    for (size_t i = 0; i < n && !status; i++)
        settle(&c, i, n_blocks, &comparisons[i]);
    if (!status)
        status = sb_parallel_for(n_threads, n_blocks, read_second, &c, NULL);
    for (size_t i = 0; i < n && !status; i++)
        add_up(&c, i, n_blocks, &comparisons[i]);
    for (size_t s = 0; s < 2; s++) {
        clear_side(&c.sides[s]);
        free(c.target_logits[s]);
        free(c.parts[s]);
    }
    free(c.tops);
    free(c.divergences);
    free(c.normalisers);
    free(c.top_of_first);
    return status;
}

/* ---- logits of one row ------------------------------------------------------------------------- */

struct listing {
    struct side side;
    float *logits;
};

static enum sb_status list_block(void *context, size_t block, size_t thread, struct sb_error *error)
{
    (void)error;
    const struct listing *l = context;
    load_block(&l->side, block, thread);
    const float *logits = multiply_block(&l->side, block, 0, thread);
    for (size_t r = 0; r < rows_of_block(sb_transformer_head(l->side.transformer), block); r++)
        l->logits[block * SB_HEAD_BLOCK + r] = logits[r * SB_LANES];
    return SB_OK;
}

enum sb_status sb_head_logits(const struct sb_transformer *transformer,
                              const struct sb_panels *hidden, size_t row, size_t n_threads,
                              float *logits)
{
    size_t n_blocks = (sb_transformer_head(transformer)->n_out - 1) / SB_HEAD_BLOCK + 1;
    struct listing l = { .logits = logits };
    struct sb_target target = { row, 0 };
    enum sb_status status = SB_MEMORY;
    if (init_side(&l.side, transformer, hidden, &target, 1, n_threads))
        status = sb_parallel_for(n_threads, n_blocks, list_block, &l, NULL);
    clear_side(&l.side);
    return status;
}

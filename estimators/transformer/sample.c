#include "estimators/transformer/sample.h"

#include <stdlib.h>
#include <string.h>
#include "estimators/transformer/product.h"
#include "theory/portable.h"
#include "theory/random.h"

/* So many sequences are drawn side by side. */
enum { SIDE_BY_SIDE = SB_LANES };

struct sampler {
    const struct sb_transformer *transformer;
    const struct sb_sample_options *options;
    size_t n_stride; /* rows of the cache for a sequence: whole panels */
    size_t n_side;
    struct sb_cache *cache;
    struct sb_activations *activations;
    struct sb_product_scratch product;
    struct sb_panels logits;
    uint32_t *ids; /* of a batch: (rows), as the others */
    struct sb_token_place *places;
    size_t *rows;
    double *p; /* (n_vocabulary) */
    struct sb_random randoms[SIDE_BY_SIDE];
    size_t of_lane[SIDE_BY_SIDE]; /* which sequence of the group a row of the batch continues */
    size_t next[SIDE_BY_SIDE];    /* of each sequence: the position that is drawn next, */
    size_t end[SIDE_BY_SIDE];     /* and where it must end */
};

static void clear(struct sampler *s)
{
    sb_cache_free(s->cache);
    sb_activations_free(s->activations);
    if (s->product.blocks)
        sb_product_scratch_clear(&s->product);
    free(s->logits.data);
    free(s->ids);
    free(s->places);
    free(s->rows);
    free(s->p);
}

static enum sb_status init(struct sampler *s, size_t n_prompt)
{
    size_t n_rows = s->n_side * (n_prompt > 1 ? n_prompt : 1), n_cache = s->n_side * s->n_stride;
    size_t n_vocabulary = sb_transformer_config(s->transformer)->n_vocabulary;
    s->ids = malloc(n_rows * sizeof *s->ids);
    s->places = malloc(n_rows * sizeof *s->places);
    s->rows = malloc(n_rows * sizeof *s->rows);
    s->p = malloc(n_vocabulary * sizeof *s->p);
    s->logits = (struct sb_panels){ aligned_alloc(64, n_vocabulary * SB_LANES * sizeof(float)),
                                    n_vocabulary, s->n_side };
    if (!s->ids || !s->places || !s->rows || !s->p || !s->logits.data ||
        sb_cache_create(s->transformer, n_cache, &s->cache) ||
        sb_activations_create(s->transformer, n_rows, n_cache, s->options->n_threads,
                              &s->activations) ||
        sb_product_scratch_init(&s->product, s->options->n_threads))
        return SB_MEMORY;
    memset(s->logits.data, 0, n_vocabulary * SB_LANES * sizeof(float));
    return SB_OK;
}

/* Row `row` of a batch: position `position` of sequence i of the group. */
static void put(struct sampler *s, size_t row, size_t i, size_t position, uint32_t id)
{
    size_t window = sb_transformer_config(s->transformer)->n_window, first = i * s->n_stride;
    size_t lowest = window && position + 1 > window ? position + 1 - window : 0;
    s->ids[row] = id;
    s->rows[row] = first + position;
    s->places[row] = (struct sb_token_place){ .position = (uint32_t)position };
    s->places[row].begin[1] = (int32_t)(first + lowest);
    s->places[row].end[1] = (int32_t)(first + position + 1);
}

static enum sb_status run(struct sampler *s, size_t n_rows, struct sb_panels *hidden)
{
    struct sb_batch batch = { n_rows, s->ids, s->places, s->rows };
    return sb_transformer_forward(s->transformer, &batch, s->cache, s->activations, hidden);
}

/* The id drawn for a lane of the logits. */
static uint32_t draw(struct sampler *s, size_t lane, struct sb_random *random)
{
    size_t n = s->logits.n_features, best = 0;
    const float *logits = s->logits.data + lane;
    for (size_t i = 1; i < n; i++)
        if (logits[i * SB_LANES] > logits[best * SB_LANES])
            best = i;
    if (s->options->temperature <= 0)
        return (uint32_t)best;
    double sum = 0, largest = logits[best * SB_LANES];
    for (size_t i = 0; i < n; i++)
        sum += s->p[i] =
            sb_portable_exp((logits[i * SB_LANES] - largest) / s->options->temperature);
    double at = sb_random_unit(random) * sum, reached = 0;
    for (size_t i = 0; i < n; i++)
        if ((reached += s->p[i]) > at)
            return (uint32_t)i;
    return (uint32_t)best;
}

/* The next id of every sequence that goes on; returns how many still do. */
static size_t continue_all(struct sampler *s, size_t n_active, uint32_t *ids, size_t *lengths)
{
    size_t n_ids = s->options->n_ids, n = 0;
    for (size_t lane = 0; lane < n_active; lane++) {
        size_t i = s->of_lane[lane], position = s->next[i]++;
        uint32_t id = draw(s, lane, &s->randoms[i]);
        ids[i * n_ids + position] = id;
        lengths[i] = position + 1;
        if (position + 1 == s->end[i] || (long)id == s->options->end_id)
            continue;
        s->of_lane[n] = i;
        put(s, n++, i, position, id);
    }
    return n;
}

/* The last row of each sequence's prompt, one after another in the first panel. */
static void gather_last(const struct sb_panels *hidden, size_t n, const size_t *rows,
                        struct sb_panels *last)
{
    for (size_t i = 0; i < n; i++)
        for (size_t f = 0; f < hidden->n_features; f++)
            sb_panel(last, 0, f)[i] = sb_panel(hidden, rows[i] / SB_LANES, f)[rows[i] % SB_LANES];
    last->n_tokens = n;
}

/* Lays out the prompts side by side; returns the rows they take, and the last of each. */
static size_t put_prompts(struct sampler *s, const uint32_t *const *prompts,
                          const size_t *n_prompts, size_t n, uint32_t *ids, size_t *last_rows)
{
    size_t n_ids = s->options->n_ids, n_new = s->options->n_new, row = 0;
    for (size_t i = 0; i < n; i++) {
        s->of_lane[i] = i;
        s->next[i] = n_prompts[i];
        s->end[i] = n_new && n_new < n_ids - n_prompts[i] ? n_prompts[i] + n_new : n_ids;
        for (size_t t = 0; t < n_prompts[i]; t++) {
            put(s, row++, i, t, prompts[i][t]);
            ids[i * n_ids + t] = prompts[i][t];
        }
        last_rows[i] = row - 1;
    }
    return row;
}

static enum sb_status sample_group(struct sampler *s, const uint32_t *const *prompts,
                                   const size_t *n_prompts, size_t n, struct sb_panels *last,
                                   uint32_t *ids, size_t *lengths)
{
    size_t last_rows[SIDE_BY_SIDE], n_active = n;
    struct sb_panels hidden, *from = last;
    enum sb_status status = run(s, put_prompts(s, prompts, n_prompts, n, ids, last_rows), &hidden);
    if (!status)
        gather_last(&hidden, n, last_rows, last);
    while (n_active && !status) {
        s->logits.n_tokens = n_active;
        status = sb_product_apply(sb_transformer_head(s->transformer),
                                  sb_transformer_kernels(s->transformer), from, 0, false,
                                  &s->logits, 0, &s->product);
        if (status)
            return status;
        n_active = continue_all(s, n_active, ids, lengths);
        if (n_active)
            status = run(s, n_active, &hidden);
        from = &hidden;
    }
    return status;
}

static enum sb_status sample_all(struct sampler *s, const uint32_t *const *prompts,
                                 const size_t *n_prompts, uint64_t first, size_t n,
                                 struct sb_panels *last, uint32_t *ids, size_t *lengths)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < n && !status; i += s->n_side) {
        size_t n_group = n - i < s->n_side ? n - i : s->n_side;
        for (size_t j = 0; j < n_group; j++)
            sb_random_init(&s->randoms[j], s->options->seed, first + i + j);
        status = sample_group(s, prompts + i, n_prompts + i, n_group, last,
                              ids + i * s->options->n_ids, lengths + i);
    }
    return status;
}

enum sb_status sb_sample_continuations(const struct sb_transformer *transformer,
                                       const uint32_t *const *prompts, const size_t *n_prompts,
                                       uint64_t first, size_t n,
                                       const struct sb_sample_options *options, uint32_t *ids,
                                       size_t *lengths)
{
    size_t n_width = sb_transformer_config(transformer)->n_width, longest = 0;
    for (size_t i = 0; i < n; i++) {
        if (n_prompts[i] == 0 || n_prompts[i] >= options->n_ids)
            return SB_DOMAIN;
        longest = n_prompts[i] > longest ? n_prompts[i] : longest;
    }
    if (n == 0)
        return SB_OK;
    struct sampler s = { .transformer = transformer, .options = options };
    s.n_stride = sb_n_panels(options->n_ids) * SB_LANES;
    s.n_side = n < SIDE_BY_SIDE ? n : SIDE_BY_SIDE;
    struct sb_panels last = { aligned_alloc(64, n_width * SB_LANES * sizeof(float)), n_width, 0 };
    enum sb_status status = last.data ? init(&s, longest) : SB_MEMORY;
    if (last.data)
        memset(last.data, 0, n_width * SB_LANES * sizeof(float));
    if (!status)
        status = sample_all(&s, prompts, n_prompts, first, n, &last, ids, lengths);
    clear(&s);
    free(last.data);
    return status;
}

enum sb_status sb_sample_sequences(const struct sb_transformer *transformer, const uint32_t *prompt,
                                   size_t n_prompt, uint64_t first, size_t n,
                                   const struct sb_sample_options *options, uint32_t *ids,
                                   size_t *lengths)
{
    const uint32_t **prompts = malloc((n + 1) * sizeof *prompts);
    size_t *n_prompts = malloc((n + 1) * sizeof *n_prompts);
    enum sb_status status = prompts && n_prompts ? SB_OK : SB_MEMORY;
    for (size_t i = 0; i < n && !status; i++) {
        prompts[i] = prompt;
        n_prompts[i] = n_prompt;
    }
    if (n_prompt == 0 || n_prompt >= options->n_ids)
        status = SB_DOMAIN;
    if (!status)
        status = sb_sample_continuations(transformer, prompts, n_prompts, first, n, options, ids,
                                         lengths);
    free(prompts);
    free(n_prompts);
    return status;
}

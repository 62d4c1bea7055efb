#include "estimators/transformer/scorer.h"

#include <stdlib.h>
#include <string.h>
#include "estimators/transformer/head.h"

/* Prompts shorter than this are not worth a range of keys of their own. */
enum { SHORTEST_SHARED_PROMPT = 16 };

/* ---- packing ----------------------------------------------------------------------------------- */

/* A batch being filled. */
struct packer {
    const struct sb_transformer_config *config;
    const struct sb_sequence *sequences;
    const struct sb_scorer_options *options;
    sb_plan_function *run;
    void *context;

    uint32_t *ids; /* the rest: n_batch each */
    struct sb_token_place *places;
    struct sb_target *targets;
    struct sb_planned_target *wanted;
    size_t n_rows, n_targets;
    const struct sb_sequence *prompt; /* the last one whose prompt stands in the batch, or NULL */
    size_t prompt_row;
};

static enum sb_status flush(struct packer *p)
{
    struct sb_plan plan = {
        { p->n_rows, p->ids, p->places, NULL }, p->targets, p->wanted, p->n_targets
    };
    enum sb_status status = p->n_targets ? p->run(p->context, &plan) : SB_OK;
    p->n_rows = p->n_targets = 0;
    p->prompt = NULL;
    return status;
}

/* The rows that a token attends to: what is in reach of [first of the prompt, prompt's end) and of
 * [own first, itself]. */
static struct sb_token_place place_of(const struct packer *p, size_t position, size_t prompt_row,
                                      size_t n_prompt, size_t own_row)
{
    size_t reach = p->config->n_window ? p->config->n_window : SIZE_MAX;
    size_t lowest = position + 1 > reach ? position + 1 - reach : 0;
    size_t own_lowest = lowest > n_prompt ? lowest - n_prompt : 0;
    struct sb_token_place place = { .position = (uint32_t)position };
    if (lowest < n_prompt) {
        place.begin[0] = (int32_t)(prompt_row + lowest);
        place.end[0] = (int32_t)(prompt_row + n_prompt);
    }
    place.begin[1] = (int32_t)(own_row + own_lowest);
    place.end[1] = (int32_t)(own_row + position - n_prompt + 1);
    return place;
}

/* Input i of a window: its first is the start token if there is one, then ids from `begin` on. */
static size_t index_of_input(const struct sb_sequence *s, size_t begin, size_t i)
{
    return s->has_start ? (i == 0 ? 0 : begin + i - 1) : begin + i;
}

static void add_row(struct packer *p, size_t sequence, size_t index, size_t first_target,
                    struct sb_token_place place)
{
    const struct sb_sequence *s = &p->sequences[sequence];
    p->ids[p->n_rows] = s->ids[index];
    p->places[p->n_rows] = place;
    size_t target = index + 1;
    if (target >= first_target && (!s->scored || s->scored[target])) {
        p->targets[p->n_targets] = (struct sb_target){ p->n_rows, s->ids[target] };
        p->wanted[p->n_targets++] = (struct sb_planned_target){ sequence, target };
    }
    p->n_rows++;
}

static bool shares_prompt(const struct packer *p, const struct sb_sequence *s)
{
    return p->prompt && p->prompt->n_prompt == s->n_prompt &&
           p->prompt->has_start == s->has_start &&
           memcmp(p->prompt->ids, s->ids, s->n_prompt * sizeof *s->ids) == 0;
}

/* Whether a window whose targets are first .. last has anything to score. */
static bool has_targets(const struct sb_sequence *s, size_t first, size_t last)
{
    for (size_t i = first; s->scored && i <= last; i++)
        if (s->scored[i])
            return true;
    return !s->scored;
}

/* Rows of the prompt that neighbours can share: not its last, which predicts what is a sequence's own,
 * and none if a token of the prompt is asked for. */
static size_t n_shareable(const struct sb_sequence *s)
{
    size_t n = s->n_prompt > SHORTEST_SHARED_PROMPT && s->n_prompt <= s->n ? s->n_prompt - 1 : 0;
    return n && has_targets(s, 1, n) ? 0 : n;
}

/* A sequence that fits the context. */
static enum sb_status add_whole(struct packer *p, size_t sequence)
{
    const struct sb_sequence *s = &p->sequences[sequence];
    size_t n_inputs = s->n - 1, n_shared = n_shareable(s);
    bool shares = n_shared && shares_prompt(p, s);
    if (p->n_rows + n_inputs - (shares ? n_shared : 0) > p->options->n_batch) {
        enum sb_status status = flush(p);
        if (status)
            return status;
        shares = false;
    }
    if (n_shared && !shares) {
        p->prompt = s;
        p->prompt_row = p->n_rows;
        for (size_t i = 0; i < n_shared; i++)
            add_row(p, sequence, i, 1, place_of(p, i, 0, 0, p->prompt_row));
    }
    size_t own_row = p->n_rows;
    for (size_t i = n_shared; i < n_inputs; i++)
        add_row(p, sequence, i, 1, place_of(p, i, p->prompt_row, n_shared, own_row));
    return SB_OK;
}

static enum sb_status add_windows(struct packer *p, size_t sequence)
{
    const struct sb_sequence *s = &p->sequences[sequence];
    size_t context = p->options->n_context, first_target = 1;
    for (size_t begin = s->has_start; first_target < s->n; begin += p->options->n_stride) {
        size_t last_target = begin - s->has_start + context;
        if (last_target > s->n - 1)
            last_target = s->n - 1;
        size_t n_inputs = last_target - (begin - s->has_start);
        if (has_targets(s, first_target, last_target)) {
            enum sb_status status = SB_OK;
            if (p->n_rows + n_inputs > p->options->n_batch)
                status = flush(p);
            if (status)
                return status;
            size_t own_row = p->n_rows;
            for (size_t i = 0; i < n_inputs; i++)
                add_row(p, sequence, index_of_input(s, begin, i), first_target,
                        place_of(p, i, 0, 0, own_row));
        }
        first_target = last_target + 1;
    }
    return SB_OK;
}

enum sb_status sb_plan_batches(const struct sb_transformer_config *config,
                               const struct sb_sequence *sequences, size_t n,
                               const struct sb_scorer_options *options, sb_plan_function *run,
                               void *context)
{
    size_t n_batch = options->n_batch;
    struct packer p = { config, sequences, options, run, context, .n_rows = 0 };
    p.ids = malloc(n_batch * sizeof *p.ids);
    p.places = malloc(n_batch * sizeof *p.places);
    p.targets = malloc(n_batch * sizeof *p.targets);
    p.wanted = malloc(n_batch * sizeof *p.wanted);
    enum sb_status status = p.ids && p.places && p.targets && p.wanted ? SB_OK : SB_MEMORY;
    for (size_t i = 0; i < n && !status; i++)
        if (sequences[i].n > 1 && has_targets(&sequences[i], 1, sequences[i].n - 1))
            status =
                sequences[i].n - 1 <= options->n_context ? add_whole(&p, i) : add_windows(&p, i);
    if (!status)
        status = flush(&p);
    free(p.ids);
    free(p.places);
    free(p.targets);
    free(p.wanted);
    return status;
}

/* ---- scoring ----------------------------------------------------------------------------------- */

struct scoring {
    const struct sb_transformer *transformer;
    const struct sb_sequence *sequences;
    struct sb_activations *activations;
    size_t n_threads;
    double *log_p; /* n_batch */
};

static enum sb_status score_batch(void *context, const struct sb_plan *plan)
{
    struct scoring *s = context;
    struct sb_panels hidden;
    enum sb_status status =
        sb_transformer_forward(s->transformer, &plan->batch, NULL, s->activations, &hidden);
    if (!status)
        status = sb_head_log_p(s->transformer, &hidden, plan->targets, plan->n_targets,
                               s->n_threads, s->log_p);
    for (size_t i = 0; i < plan->n_targets && !status; i++)
        s->sequences[plan->wanted[i].sequence].log_p[plan->wanted[i].index] = s->log_p[i];
    return status;
}

/* Where one is longer than the context, that is still enough for a window. */
size_t sb_fitting_batch(const struct sb_sequence *sequences, size_t n, size_t n_batch)
{
    size_t n_rows = 1;
    for (size_t i = 0; i < n && n_rows < n_batch; i++)
        n_rows += sequences[i].n;
    return n_rows < n_batch ? n_rows : n_batch;
}

enum sb_status sb_score_sequences(const struct sb_transformer *transformer,
                                  const struct sb_sequence *sequences, size_t n,
                                  const struct sb_scorer_options *options)
{
    struct sb_scorer_options fitting = *options;
    size_t n_rows = fitting.n_batch = sb_fitting_batch(sequences, n, options->n_batch);
    struct scoring s = { transformer, sequences, NULL, options->n_threads, NULL };
    s.log_p = malloc(n_rows * sizeof *s.log_p);
    enum sb_status status = s.log_p ? SB_OK : SB_MEMORY;
    if (!status)
        status =
            sb_activations_create(transformer, n_rows, n_rows, options->n_threads, &s.activations);
    if (!status)
        status = sb_plan_batches(sb_transformer_config(transformer), sequences, n, &fitting,
                                 score_batch, &s);
    sb_activations_free(s.activations);
    free(s.log_p);
    return status;
}

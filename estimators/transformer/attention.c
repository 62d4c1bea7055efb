#include <math.h>
#include <string.h>
#include "estimators/transformer/transformer.h"

/* The ranges of a panel's lanes; lanes without a token attend to nothing. */
static void gather_ranges(const struct sb_batch *batch, size_t panel, struct sb_key_ranges *ranges)
{
    memset(ranges, 0, sizeof *ranges);
    for (size_t lane = 0; lane < SB_LANES && panel * SB_LANES + lane < batch->n_tokens; lane++)
        for (size_t i = 0; i < 2; i++) {
            ranges->begin[i][lane] = batch->places[panel * SB_LANES + lane].begin[i];
            ranges->end[i][lane] = batch->places[panel * SB_LANES + lane].end[i];
        }
}

/* The panels from the first to the last that any lane's range i touches; none: begin = end = 0. */
static void range_of_panels(const struct sb_key_ranges *ranges, size_t i, size_t *begin,
                            size_t *end)
{
    *begin = *end = 0;
    for (size_t lane = 0; lane < SB_LANES; lane++) {
        if (ranges->begin[i][lane] >= ranges->end[i][lane])
            continue;
        size_t first = (size_t)ranges->begin[i][lane] / SB_LANES;
        size_t last = (size_t)(ranges->end[i][lane] - 1) / SB_LANES;
        *begin = *end == 0 || first < *begin ? first : *begin;
        *end = last + 1 > *end ? last + 1 : *end;
    }
}

/* The panels of keys that are needed, ascending; returns how many. */
static size_t choose_panels(const struct sb_key_ranges *ranges, int32_t *first_rows)
{
    size_t begin[2], end[2], n = 0;
    for (size_t i = 0; i < 2; i++)
        range_of_panels(ranges, i, &begin[i], &end[i]);
    for (size_t p = begin[0]; p < end[0]; p++)
        first_rows[n++] = (int32_t)(p * SB_LANES);
    for (size_t p = begin[1] < end[0] ? end[0] : begin[1]; p < end[1]; p++)
        first_rows[n++] = (int32_t)(p * SB_LANES);
    return n;
}

size_t sb_attended_panels(const struct sb_batch *batch, size_t panel, struct sb_key_ranges *ranges,
                          int32_t *first_rows)
{
    gather_ranges(batch, panel, ranges);
    return choose_panels(ranges, first_rows);
}

void sb_attend(const struct sb_transformer *transformer, const struct sb_batch *batch,
               const struct sb_panels *qkv, const struct sb_keys *keys, size_t panel, size_t head,
               struct sb_attention_scratch *scratch, struct sb_panels *attended)
{
    const struct sb_transformer_config *c = &transformer->checkpoint->config;
    const struct sb_kernels *kernels = transformer->kernels;
    size_t width = c->n_head_width, group = head / (c->n_heads / c->n_kv_heads);
    size_t left = batch->n_tokens - panel * SB_LANES, n_lanes = left < SB_LANES ? left : SB_LANES;
    const float *q =
        sb_panel(qkv, panel, transformer->layout.q + head * transformer->layout.q_step);
    float *out = sb_panel(attended, panel, head * width), reciprocal[SB_LANES];
    struct sb_key_ranges ranges;
    size_t n = sb_attended_panels(batch, panel, &ranges, scratch->first_rows);
    memset(scratch->scores, 0, n * SB_LANES * SB_LANES * sizeof(float));
    for (size_t i = 0; i < n; i++) {
        size_t p = (size_t)scratch->first_rows[i] / SB_LANES;
        scratch->panels[i] = sb_panel(&keys->panels, p, keys->v + group * keys->step);
        kernels->multiply_keys(SB_LANES, width,
                               sb_panel(&keys->panels, p, keys->k + group * keys->step), q,
                               scratch->scores + i * SB_LANES * SB_LANES, n_lanes);
    }
    kernels->softmax(n, scratch->first_rows, &ranges, 1 / sqrtf((float)width), scratch->scores,
                     reciprocal);
    memset(out, 0, width * SB_LANES * sizeof *out);
    kernels->multiply_values(width, n, scratch->panels, scratch->scores, out, n_lanes);
    kernels->scale(width, out, reciprocal);
}

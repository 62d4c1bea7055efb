#include <math.h>
#include <string.h>
#include "estimators/transformer/backward_parts.h"

/* Of one panel of queries and one head. */
struct panel_job {
    const struct sb_transformer *t;
    const struct sb_panels *qkv;
    struct sb_panels *dqkv;
    struct sb_attention_gradient_scratch *scratch;
    size_t panel, n_lanes, q, k, v; /* features of the head in qkv */
};

/* The steps of sb_attend once more: e = exp(scale (k q) - largest), and their 1 / sum. */
static size_t attend_again(const struct panel_job *job, const struct sb_batch *batch, float scale,
                           float *reciprocal)
{
    struct sb_attention_gradient_scratch *s = job->scratch;
    const struct sb_kernels *kernels = job->t->kernels;
    size_t width = job->t->checkpoint->config.n_head_width;
    struct sb_key_ranges ranges;
    size_t n = sb_attended_panels(batch, job->panel, &ranges, s->first_rows);
    memset(s->scores, 0, n * SB_LANES * SB_LANES * sizeof(float));
    for (size_t i = 0; i < n; i++)
        kernels->multiply_keys(
            SB_LANES, width, sb_panel(job->qkv, (size_t)s->first_rows[i] / SB_LANES, job->k),
            sb_panel(job->qkv, job->panel, job->q), s->scores + i * SB_LANES * SB_LANES, SB_LANES);
    kernels->softmax(n, s->first_rows, &ranges, scale, s->scores, reciprocal);
    return n;
}

/* out = sum_j p_j v_j: dp_j = v_j . dout, ds_j = scale p_j (dp_j - out . dout) */
static void differentiate_softmax(const struct panel_job *job, size_t n, const float *out,
                                  const float *dout, float scale, const float *reciprocal)
{
    struct sb_attention_gradient_scratch *s = job->scratch;
    const struct sb_kernels *kernels = job->t->kernels;
    size_t width = job->t->checkpoint->config.n_head_width;
    float dot[SB_LANES] __attribute__((aligned(64)));
    memset(s->dscores, 0, n * SB_LANES * SB_LANES * sizeof(float));
    for (size_t i = 0; i < n; i++)
        kernels->multiply_keys(SB_LANES, width,
                               sb_panel(job->qkv, (size_t)s->first_rows[i] / SB_LANES, job->v),
                               dout, s->dscores + i * SB_LANES * SB_LANES, SB_LANES);
    kernels->dot(width, out, dout, dot);
    kernels->softmax_backward(n * SB_LANES, reciprocal, dot, scale, s->scores, s->dscores);
}

/* s_jt = k_j . q_t, out_t = sum_j p_jt v_j:
 * dq_t = sum_j ds_jt k_j;  dk_j += sum_t ds_jt q_t;  dv_j += sum_t p_jt dout_t */
static void add_products(const struct panel_job *job, size_t n, const float *dout)
{
    struct sb_attention_gradient_scratch *s = job->scratch;
    const struct sb_kernels *kernels = job->t->kernels;
    size_t width = job->t->checkpoint->config.n_head_width;
    for (size_t i = 0; i < n; i++)
        s->panels[i] = sb_panel(job->qkv, (size_t)s->first_rows[i] / SB_LANES, job->k);
    kernels->multiply_values(width, n, s->panels, s->dscores,
                             sb_panel(job->dqkv, job->panel, job->q), SB_LANES);
    const float *q = sb_panel(job->qkv, job->panel, job->q);
    for (size_t i = 0; i < n; i++) {
        size_t p = (size_t)s->first_rows[i] / SB_LANES, at = i * SB_LANES * SB_LANES;
        kernels->transpose(SB_LANES, s->dscores + at, s->transposed);
        kernels->multiply_tokens(width, 1, &q, s->transposed, sb_panel(job->dqkv, p, job->k),
                                 SB_LANES);
        kernels->transpose(SB_LANES, s->scores + at, s->transposed);
        kernels->multiply_tokens(width, 1, &dout, s->transposed, sb_panel(job->dqkv, p, job->v),
                                 SB_LANES);
    }
}

void sb_attend_backward(const struct sb_transformer *t, const struct sb_batch *batch,
                        const struct sb_panels *qkv, const struct sb_panels *attended,
                        const struct sb_panels *dattended, size_t group,
                        struct sb_attention_gradient_scratch *scratch, struct sb_panels *dqkv)
{
    const struct sb_transformer_config *c = &t->checkpoint->config;
    size_t width = c->n_head_width, n_shared = c->n_heads / c->n_kv_heads;
    float scale = 1 / sqrtf((float)width), reciprocal[SB_LANES] __attribute__((aligned(64)));
    struct panel_job job = { .t = t, .qkv = qkv, .dqkv = dqkv, .scratch = scratch };
    job.k = t->layout.k + group * t->layout.kv_step;
    job.v = t->layout.v + group * t->layout.kv_step;
    for (size_t head = group * n_shared; head < (group + 1) * n_shared; head++)
        for (size_t panel = 0; panel < sb_n_panels(batch->n_tokens); panel++) {
            const float *dout = sb_panel(dattended, panel, head * width);
            job.panel = panel;
            job.q = t->layout.q + head * t->layout.q_step;
            size_t n = attend_again(&job, batch, scale, reciprocal);
            differentiate_softmax(&job, n, sb_panel(attended, panel, head * width), dout, scale,
                                  reciprocal);
            add_products(&job, n, dout);
        }
}

#include "estimators/tree_code.h"

#include <stdlib.h>
#include "theory/token_tree.h"

struct tree_code {
    struct sb_predictor base;
    struct sb_token_tree *tree;
};

static void tree_free(struct sb_predictor *predictor)
{
    struct tree_code *code = (struct tree_code *)predictor;
    sb_token_tree_free(code->tree);
    free(code);
}

static enum sb_status tree_create(const struct sb_model *model, struct sb_predictor **predictor,
                                  struct sb_error *error)
{
    size_t depth;
    enum sb_status status = sb_model_count(model, "d", 16, 1, SB_TREE_DEPTH_MAX, &depth, error);
    if (status)
        return status;
    struct tree_code *code = calloc(1, sizeof *code);
    if (!code || sb_token_tree_create(SB_READING_BLOCKS, (unsigned)depth, &code->tree)) {
        free(code);
        return sb_fail_memory(error);
    }
    code->base.depth_bits = depth;
    *predictor = &code->base;
    return SB_OK;
}

static enum sb_status tree_add(struct sb_predictor *predictor, const struct sb_document *document,
                               struct sb_error *error)
{
    struct tree_code *code = (struct tree_code *)predictor;
    enum sb_status status = sb_token_tree_add(code->tree, document->bytes, document->n_bytes);
    return status ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status tree_finish(struct sb_predictor *predictor, struct sb_error *error)
{
    struct tree_code *code = (struct tree_code *)predictor;
    return sb_token_tree_finish(code->tree) ? sb_fail_memory(error) : SB_OK;
}

/* The least number of bytes that is a whole number of blocks of depth bits. */
static size_t bytes_per_period(size_t depth)
{
    size_t period = depth;
    for (int i = 0; i < 3 && period % 2 == 0; i++)
        period /= 2;
    return period;
}

static enum sb_status tree_score(const struct sb_predictor *predictor,
                                 const struct sb_document *document, size_t index,
                                 struct sb_score *score, struct sb_error *error)
{
    (void)index;
    (void)error;
    const struct tree_code *code = (const struct tree_code *)predictor;
    size_t depth = code->base.depth_bits, begin = document->span_begin, end = document->span_end;
    /* What precedes the block in which the span begins cancels in the difference: leave it out. */
    size_t skip = begin - begin % bytes_per_period(depth);
    const uint8_t *bytes = document->bytes + skip;
    double bits = sb_token_tree_block_bits(code->tree, bytes, end - skip) -
                  sb_token_tree_block_bits(code->tree, bytes, begin - skip);
    score->bits = bits > 0 ? bits : 0;
    score->n_tokens = end > begin ? (8 * end + depth - 1) / depth - 8 * begin / depth : 0;
    return SB_OK;
}

static const char *const keys[] = { "d", NULL };

const struct sb_predictor_class sb_tree_class = {
    .name = "tree",
    .description = "a token tree of blocks of d bits (1 to 64, default 16)",
    .keys = keys,
    .is_fitted = true,
    .create = tree_create,
    .free = tree_free,
    .add = tree_add,
    .finish = tree_finish,
    .score = tree_score,
};

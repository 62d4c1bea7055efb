#include "estimators/tree_code.h"

#include <stdbool.h>
#include <stdlib.h>
#include "theory/code_length.h"
#include "theory/counting_tree.h"
#include "theory/numeric.h"
#include "theory/token_tree.h"

struct tree_code {
    struct sb_predictor base;
    struct sb_token_tree *tree;
    struct sb_counting_tree *counts; /* made for coding: those of tree, or growing from none */
    bool is_fitted;                  /* documents were added: coding adds none */
};

static void tree_free(struct sb_predictor *predictor)
{
    struct tree_code *code = (struct tree_code *)predictor;
    sb_token_tree_free(code->tree);
    sb_counting_tree_free(code->counts);
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
    code->is_fitted = true;
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

/* The least runs of whole blocks that are whole bytes: blocks themselves where depth is one of bytes. */
static enum sb_status tree_sequence(const struct sb_predictor *predictor,
                                    const struct sb_document *document, size_t index, double **bits,
                                    size_t *n, struct sb_error *error)
{
    (void)index;
    const struct tree_code *code = (const struct tree_code *)predictor;
    size_t period = bytes_per_period(code->base.depth_bits), begin = document->span_begin;
    size_t first = begin / period, last = (document->span_end + period - 1) / period;
    double *pieces = malloc((last - first + 1) * sizeof *pieces);
    if (!pieces)
        return sb_fail_memory(error);
    for (size_t i = first; i < last; i++) {
        size_t start = i * period, end = start + period;
        const uint8_t *bytes = document->bytes + start;
        end = end < document->span_end ? end : document->span_end;
        pieces[i - first] = sb_token_tree_block_bits(code->tree, bytes, end - start);
        if (start < begin)
            pieces[i - first] -= sb_token_tree_block_bits(code->tree, bytes, begin - start);
    }
    *bits = pieces;
    *n = last - first;
    return SB_OK;
}

/* ---- coding -------------------------------------------------------------------------------- */

static enum sb_status tree_fingerprint(const struct sb_predictor *predictor, struct sb_hash *hash,
                                       struct sb_error *error)
{
    (void)error;
    const struct tree_code *code = (const struct tree_code *)predictor;
    unsigned depth = sb_token_tree_depth(code->tree);
    struct sb_leaf leaf;
    sb_hash_number(hash, depth);
    sb_hash_number(hash, code->is_fitted);
    for (size_t cursor = 0; sb_token_tree_next_leaf(code->tree, depth, &cursor, &leaf);) {
        sb_hash_number(hash, leaf.bits);
        sb_hash_number(hash, leaf.count);
    }
    return SB_OK;
}

/* The counts from which coding starts. */
static enum sb_status start_counts(struct tree_code *code, struct sb_error *error)
{
    unsigned depth = sb_token_tree_depth(code->tree);
    struct sb_leaf leaf;
    sb_counting_tree_free(code->counts);
    enum sb_status status = sb_counting_tree_create(depth, &code->counts);
    for (size_t cursor = 0; !status && sb_token_tree_next_leaf(code->tree, depth, &cursor, &leaf);)
        status = sb_counting_tree_add(code->counts, leaf.bits, leaf.count);
    return status ? sb_fail(error, status, "tree: %s", sb_status_phrase(status)) : SB_OK;
}

/* One way for both sides: an encoder and the bytes that go in, or a decoder and zeros that become the
 * bytes that come out. */
struct coding {
    struct sb_arith_encoder *encoder;
    struct sb_arith_decoder *decoder;
    const uint8_t *source;
    uint8_t *target;
};

static unsigned code_bit(const struct coding *coding, size_t position, const double weights[2])
{
    unsigned shift = 7 - position % 8;
    if (coding->decoder) {
        unsigned bit = sb_arith_decode_bit(coding->decoder, weights[0], weights[1]);
        coding->target[position / 8] |= (uint8_t)(bit << shift);
        return bit;
    }
    unsigned bit = coding->source[position / 8] >> shift & 1;
    sb_arith_encode_bit(coding->encoder, weights[0], weights[1], bit);
    return bit;
}

/* The bits of a block, or of a short last one, from the root down; returns where they lead. */
static struct sb_counting_walk code_block(const struct tree_code *code, const struct coding *coding,
                                          size_t position, unsigned length, uint64_t *bits)
{
    struct sb_counting_walk walk = sb_counting_tree_root(code->counts);
    double unseen = 1; /* 2^-r */
    *bits = 0;
    while (walk.length < length) {
        uint64_t counts[2];
        sb_counting_tree_children(code->counts, &walk, counts);
        unseen /= 2;
        double weights[2] = { (double)counts[0] + unseen, (double)counts[1] + unseen };
        unsigned bit = code_bit(coding, position + walk.length, weights);
        *bits |= (uint64_t)bit << (63 - walk.length);
        sb_counting_tree_step(code->counts, &walk, bit);
    }
    return walk;
}

static double ideal_bits(uint64_t n, const struct sb_counting_walk *walk)
{
    double unseen = 1;
    for (unsigned r = 0; r < walk->length; r++)
        unseen /= 2;
    return sb_ideal_bits((double)walk->count + unseen, (double)(n - walk->count) + (1 - unseen));
}

static enum sb_status code_bytes(struct tree_code *code, const struct coding *coding,
                                 size_t n_bytes, struct sb_score *score, struct sb_error *error)
{
    size_t depth = code->base.depth_bits, n_bits = 8 * n_bytes;
    struct sb_sum total = { 0 };
    enum sb_status status = start_counts(code, error);
    for (size_t position = 0; !status && position < n_bits; position += depth) {
        size_t left = n_bits - position;
        uint64_t bits, n = sb_counting_tree_n(code->counts);
        struct sb_counting_walk walk =
            code_block(code, coding, position, (unsigned)(left < depth ? left : depth), &bits);
        if (score)
            sb_sum_add(&total, ideal_bits(n, &walk));
        if (!code->is_fitted && left >= depth)
            status = sb_counting_tree_add(code->counts, bits, 1);
        if (status)
            sb_fail(error, status, "tree: %s", sb_status_phrase(status));
    }
    if (!status && score)
        *score = (struct sb_score){ sb_sum_value(&total), (n_bits + depth - 1) / depth };
    return status;
}

static enum sb_status tree_encode(struct sb_predictor *predictor, const uint8_t *bytes,
                                  size_t n_bytes, struct sb_arith_encoder *encoder,
                                  struct sb_score *score, struct sb_error *error)
{
    const struct coding coding = { .encoder = encoder, .source = bytes };
    return code_bytes((struct tree_code *)predictor, &coding, n_bytes, score, error);
}

static enum sb_status tree_decode(struct sb_predictor *predictor, struct sb_arith_decoder *decoder,
                                  uint8_t *bytes, size_t n_bytes, struct sb_error *error)
{
    const struct coding coding = { .decoder = decoder, .target = bytes };
    for (size_t i = 0; i < n_bytes; i++)
        bytes[i] = 0;
    return code_bytes((struct tree_code *)predictor, &coding, n_bytes, NULL, error);
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
    .sequence = tree_sequence,
    .fingerprint = tree_fingerprint,
    .encode = tree_encode,
    .decode = tree_decode,
};

#include "estimators/transformer/text_code.h"

#include <stdlib.h>
#include <string.h>
#include "estimators/transformer/head.h"
#include "theory/numeric.h"
#include "theory/portable.h"

enum {
    KIND_BITS = 1,
    LENGTH_BITS = 6,
    SHORTEST_PIECE = 16, /* bytes that are not halved further */
    TOKENS_PER_BYTE = 4, /* a text of n bytes has at most so many, and a few that stand before it */
    FURTHER_TOKENS = 16,
};

static size_t most_tokens(size_t n_bytes)
{
    return n_bytes > SIZE_MAX / 8 ? SIZE_MAX / 2 : TOKENS_PER_BYTE * n_bytes + FURTHER_TOKENS;
}

/* ---- decisions, one way for both sides -------------------------------------------------------- */

/* With an encoder what goes in, with a decoder what comes out. */
struct coding {
    struct sb_arith_encoder *encoder;
    struct sb_arith_decoder *decoder;
    struct sb_sum bits; /* the ideal code length so far */
    size_t n_decisions;
};

static uint64_t code_bits(struct coding *c, uint64_t value, unsigned n_bits)
{
    uint64_t coded = 0;
    for (unsigned i = n_bits; i-- > 0;) {
        unsigned bit = value >> i & 1;
        if (c->decoder)
            bit = sb_arith_decode_bit(c->decoder, 1, 1);
        else
            sb_arith_encode_bit(c->encoder, 1, 1, bit);
        coded = coded << 1 | bit;
    }
    sb_sum_add(&c->bits, n_bits);
    return coded;
}

/* n >= 1; what is decoded is below 2^64. */
static uint64_t code_length(struct coding *c, uint64_t n)
{
    unsigned k = 0;
    while (n >> k > 1)
        k++;
    k = (unsigned)code_bits(c, k, LENGTH_BITS);
    uint64_t above =
        code_bits(c, n, k); /* the bits below the highest: those of n, of which it is one */
    return (uint64_t)1 << k | above;
}

static size_t code_symbol(struct coding *c, const uint64_t *cumulative, size_t n, size_t symbol)
{
    c->n_decisions++;
    if (c->decoder)
        return sb_arith_decode(c->decoder, cumulative, n);
    sb_arith_encode(c->encoder, cumulative[symbol], cumulative[symbol + 1]);
    return symbol;
}

/* ---- the model, token by token ----------------------------------------------------------------- */

/* What the model has read. The ids of the window stand at positions 0 .. n_ids-1; the keys and values of
 * the first n_read of them are in the cache. */
struct reader {
    const struct sb_text_code *code;
    struct coding coding;
    size_t n_vocabulary, n_rows; /* the window, or what a short file needs of it */
    uint32_t *ids;
    size_t n_ids, n_read;
    struct sb_token_place *places;
    size_t *rows;
    struct sb_cache *cache;
    struct sb_activations *activations;
    float *logits;
    double *weights;
    uint64_t *cumulative;
};

static void clear_reader(struct reader *r)
{
    sb_cache_free(r->cache);
    sb_activations_free(r->activations);
    free(r->ids);
    free(r->places);
    free(r->rows);
    free(r->logits);
    free(r->weights);
    free(r->cumulative);
}

static void append_id(struct reader *r, uint32_t id)
{
    size_t has_start = r->code->start_id >= 0, stride = r->code->n_stride;
    if (r->n_ids == r->n_rows) { /* the next window: the start stays, `stride` ids go */
        r->n_ids -= stride;
        memmove(r->ids + has_start, r->ids + has_start + stride,
                (r->n_ids - has_start) * sizeof *r->ids);
        r->n_read = 0;
    }
    r->ids[r->n_ids++] = id;
}

static enum sb_status init_reader(struct reader *r, const struct sb_text_code *code, size_t n_bytes)
{
    size_t most = most_tokens(n_bytes);
    size_t n = r->n_rows = code->n_context < most ? code->n_context : most;
    r->code = code;
    r->n_vocabulary = sb_transformer_config(code->transformer)->n_vocabulary;
    r->ids = malloc(n * sizeof *r->ids);
    r->places = malloc(n * sizeof *r->places);
    r->rows = malloc(n * sizeof *r->rows);
    r->logits = malloc(r->n_vocabulary * sizeof *r->logits);
    r->weights = malloc(r->n_vocabulary * sizeof *r->weights);
    r->cumulative = malloc((r->n_vocabulary + 1) * sizeof *r->cumulative);
    if (!r->ids || !r->places || !r->rows || !r->logits || !r->weights || !r->cumulative ||
        sb_cache_create(code->transformer, n, &r->cache) ||
        sb_activations_create(code->transformer, n, n, code->n_threads, &r->activations))
        return SB_MEMORY;
    if (code->start_id >= 0)
        append_id(r, (uint32_t)code->start_id);
    return SB_OK;
}

/* Runs the ids that the model has not read yet; the logits are those behind the last one. */
static enum sb_status read_ids(struct reader *r)
{
    size_t window = sb_transformer_config(r->code->transformer)->n_window, n = r->n_ids - r->n_read;
    for (size_t i = 0; i < n; i++) {
        size_t position = r->n_read + i;
        r->rows[i] = position;
        r->places[i] = (struct sb_token_place){ .position = (uint32_t)position };
        r->places[i].begin[1] =
            (int32_t)(window && position + 1 > window ? position + 1 - window : 0);
        r->places[i].end[1] = (int32_t)(position + 1);
    }
    struct sb_batch batch = { n, r->ids + r->n_read, r->places, r->rows };
    struct sb_panels hidden;
    enum sb_status status =
        sb_transformer_forward(r->code->transformer, &batch, r->cache, r->activations, &hidden);
    if (!status)
        status =
            sb_head_logits(r->code->transformer, &hidden, n - 1, r->code->n_threads, r->logits);
    r->n_read = r->n_ids;
    return status;
}

/* exp(logit - largest) of every id into weights; returns log of their sum, plus the largest. */
static double weigh(struct reader *r)
{
    double sum = 0, largest = r->logits[0];
    for (size_t i = 1; i < r->n_vocabulary; i++)
        largest = r->logits[i] > largest ? r->logits[i] : largest;
    for (size_t i = 0; i < r->n_vocabulary; i++)
        sum += r->weights[i] = sb_portable_exp(r->logits[i] - largest);
    return sb_portable_log(sum) + largest;
}

/* The next id's decision, and what -ln p is beyond minus its logit. Behind nothing all are equal. */
static enum sb_status predict(struct reader *r, double *log_sum, struct sb_error *error)
{
    if (r->n_ids == 0)
        memset(r->logits, 0, r->n_vocabulary * sizeof *r->logits);
    else if (read_ids(r))
        return sb_fail_memory(error);
    *log_sum = weigh(r);
    if (sb_arith_quantise(r->weights, r->n_vocabulary, r->cumulative))
        return sb_fail(error, SB_NUMERIC, "the model's probabilities are not numbers at token %zu",
                       r->coding.n_decisions);
    return SB_OK;
}

/* n ids, read when they are encoded, written when they are decoded. share, part: of the whole work, for
 * progress. */
static enum sb_status code_ids(struct reader *r, uint32_t *ids, size_t n, double share, double part,
                               struct sb_error *error)
{
    const struct sb_text_code *code = r->code;
    for (size_t i = 0; i < n; i++) {
        double log_sum = 0;
        enum sb_status status = predict(r, &log_sum, error);
        if (status)
            return status;
        ids[i] = (uint32_t)code_symbol(&r->coding, r->cumulative, r->n_vocabulary, ids[i]);
        sb_sum_add(&r->coding.bits, sb_bits_from_nats(log_sum - r->logits[ids[i]]));
        append_id(r, ids[i]);
        if (code->progress)
            code->progress(code->progress_context, share + part * (double)(i + 1) / (double)n);
    }
    return SB_OK;
}

static void code_bytes(struct coding *c, uint8_t *target, const uint8_t *source, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t byte = (uint8_t)code_bits(c, source ? source[i] : 0, 8);
        if (target)
            target[i] = byte;
    }
    c->n_decisions += n;
}

/* ---- encoding: which stretches ----------------------------------------------------------------- */

/* A piece of the file, up to `end`. */
struct piece {
    size_t end;
    bool is_bytes;
};

struct cutter {
    const struct sb_tokenizer *tokenizer;
    struct sb_encoder *encoder;
    const uint8_t *bytes;
    struct sb_tokens tokens; /* of the text that was tried last */
    struct piece *pieces;
    size_t n, capacity;
    struct sb_error *error;
};

/* Whether a text comes back from its tokens, which are then in `tokens`. */
static enum sb_status try_text(struct cutter *c, size_t begin, size_t end, bool *survives)
{
    struct sb_error ignored;
    const uint8_t *text = c->bytes + begin;
    *survives = false;
    sb_tokens_reset(&c->tokens);
    enum sb_status status =
        sb_encoder_encode(c->encoder, text, end - begin, 0, &c->tokens, &ignored);
    if (!status && c->tokens.n > 0 && c->tokens.n <= most_tokens(end - begin))
        status = sb_tokenizer_restores(c->tokenizer, c->tokens.ids, c->tokens.n, text, end - begin,
                                       survives, &ignored);
    return status == SB_MEMORY ? sb_fail_memory(c->error) : SB_OK;
}

static enum sb_status add_piece(struct cutter *c, size_t end, bool is_bytes)
{
    if (c->n > 0 && is_bytes && c->pieces[c->n - 1].is_bytes) {
        c->pieces[c->n - 1].end = end;
        return SB_OK;
    }
    if (c->n == c->capacity) {
        size_t capacity = c->capacity ? 2 * c->capacity : 16;
        struct piece *pieces = realloc(c->pieces, capacity * sizeof *pieces);
        if (!pieces)
            return sb_fail_memory(c->error);
        c->pieces = pieces;
        c->capacity = capacity;
    }
    c->pieces[c->n++] = (struct piece){ end, is_bytes };
    return SB_OK;
}

/* Near the middle: behind the last end of a line before it that is not too far, else between characters. */
static size_t middle_of(const struct cutter *c, size_t begin, size_t end)
{
    size_t middle = begin + (end - begin) / 2, least = begin + (end - begin) / 4;
    for (size_t i = middle; i > least; i--)
        if (c->bytes[i - 1] == '\n')
            return i;
    for (size_t i = middle; i > least; i--)
        if ((c->bytes[i] & 0xc0) != 0x80) /* not within a character of UTF-8 */
            return i;
    return middle;
}

static enum sb_status cut(struct cutter *c, size_t begin, size_t end)
{
    bool survives;
    enum sb_status status = try_text(c, begin, end, &survives);
    if (status || survives || end - begin <= SHORTEST_PIECE)
        return status ? status : add_piece(c, end, !survives);
    size_t middle = middle_of(c, begin, end);
    status = cut(c, begin, middle);
    return status ? status : cut(c, middle, end);
}

/* Texts side by side become one where that survives. */
static enum sb_status join(struct cutter *c)
{
    size_t n = 0;
    for (size_t i = 0, next; i < c->n;) {
        bool survives = false;
        for (next = i + 1; next < c->n && !c->pieces[i].is_bytes && !c->pieces[next].is_bytes;)
            next++;
        enum sb_status status = SB_OK;
        if (next > i + 1)
            status = try_text(c, n ? c->pieces[n - 1].end : 0, c->pieces[next - 1].end, &survives);
        if (status)
            return status;
        for (i = survives ? next - 1 : i; i < next; i++)
            c->pieces[n++] = c->pieces[i];
    }
    c->n = n;
    return SB_OK;
}

static enum sb_status encode_pieces(struct reader *r, struct cutter *c, struct sb_error *error)
{
    enum sb_status status = SB_OK;
    double all = c->n ? (double)c->pieces[c->n - 1].end : 1;
    for (size_t i = 0, begin = 0; i < c->n && !status; begin = c->pieces[i++].end) {
        size_t n = c->pieces[i].end - begin;
        bool survives;
        code_bits(&r->coding, c->pieces[i].is_bytes, KIND_BITS);
        if (c->pieces[i].is_bytes) {
            code_length(&r->coding, n);
            code_bytes(&r->coding, NULL, c->bytes + begin, n);
        } else if ((status = try_text(c, begin, begin + n, &survives)) == SB_OK) {
            code_length(&r->coding, c->tokens.n);
            status = code_ids(r, c->tokens.ids, c->tokens.n, (double)begin / all, (double)n / all,
                              error);
        }
    }
    return status;
}

enum sb_status sb_text_encode(const struct sb_text_code *code, const uint8_t *bytes, size_t n_bytes,
                              struct sb_arith_encoder *encoder, struct sb_score *score,
                              struct sb_error *error)
{
    struct reader r = { .coding.encoder = encoder };
    struct cutter c = { .tokenizer = code->tokenizer, .bytes = bytes, .error = error };
    enum sb_status status = sb_encoder_create(code->tokenizer, &c.encoder, error);
    if (!status && init_reader(&r, code, n_bytes))
        status = sb_fail_memory(error);
    if (!status && n_bytes > 0)
        status = cut(&c, 0, n_bytes);
    if (!status)
        status = join(&c);
    if (!status)
        status = encode_pieces(&r, &c, error);
    if (!status)
        *score = (struct sb_score){ sb_sum_value(&r.coding.bits), r.coding.n_decisions };
    sb_encoder_free(c.encoder);
    sb_tokens_clear(&c.tokens);
    free(c.pieces);
    clear_reader(&r);
    return status;
}

/* ---- decoding ---------------------------------------------------------------------------------- */

static enum sb_status fail_damaged(struct sb_error *error)
{
    return sb_fail(error, SB_FORMAT, "damaged: no file of its length is coded so; copy it again");
}

/* n tokens into at most `left` bytes of text, 1 at least. */
static enum sb_status decode_text(struct reader *r, uint64_t n, uint8_t *bytes, size_t left,
                                  double share, size_t *n_text, struct sb_error *error)
{
    struct sb_buffer text = { 0 };
    struct sb_error ignored;
    uint32_t *ids = n <= most_tokens(left) ? calloc((size_t)n, sizeof *ids) : NULL;
    if (!ids)
        return n <= most_tokens(left) ? sb_fail_memory(error) : fail_damaged(error);
    enum sb_status status = code_ids(r, ids, (size_t)n, share, 1 - share, error);
    if (!status)
        status = sb_tokenizer_decode(r->code->tokenizer, ids, (size_t)n, false, &text, &ignored);
    if (status == SB_MEMORY)
        sb_fail_memory(error);
    else if (status == SB_DOMAIN || (!status && (text.n == 0 || text.n > left)))
        status = fail_damaged(error);
    if (!status)
        memcpy(bytes, text.bytes, *n_text = text.n);
    sb_buffer_clear(&text);
    free(ids);
    return status;
}

static enum sb_status decode_stretch(struct reader *r, uint8_t *bytes, size_t left, double share,
                                     size_t *n, struct sb_error *error)
{
    bool is_bytes = code_bits(&r->coding, 0, KIND_BITS);
    uint64_t length = code_length(&r->coding, 1);
    if (!is_bytes)
        return decode_text(r, length, bytes, left, share, n, error);
    if (length > left)
        return fail_damaged(error);
    code_bytes(&r->coding, bytes, NULL, *n = (size_t)length);
    return SB_OK;
}

enum sb_status sb_text_decode(const struct sb_text_code *code, struct sb_arith_decoder *decoder,
                              uint8_t *bytes, size_t n_bytes, struct sb_error *error)
{
    struct reader r = { .coding.decoder = decoder };
    enum sb_status status = init_reader(&r, code, n_bytes) ? sb_fail_memory(error) : SB_OK;
    for (size_t at = 0, n = 0; at < n_bytes && !status; at += n)
        status =
            decode_stretch(&r, bytes + at, n_bytes - at, (double)at / (double)n_bytes, &n, error);
    clear_reader(&r);
    return status;
}

#include "estimators/ngram.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "data/tokenizer.h"
#include "estimators/gram_counts.h"
#include "estimators/gram_table.h"
#include "estimators/parallel.h"
#include "theory/numeric.h"

enum { ORDER_MAX = SB_GRAM_ORDER_MAX, BYTES_MIN = 1 << 20, BYTES = 256 };

struct ngram {
    struct sb_predictor base;
    size_t order, n_symbols;      /* 256, or the tokenizer's vocabulary */
    bool is_kn, is_chosen;        /* smoothing was named */
    bool is_fitted;               /* documents were added */
    struct sb_gram_counts counts; /* of bytes, until finish */
    uint64_t n_learned;           /* symbols */
    struct sb_gram_table table;
    struct sb_gram_history start;       /* before the first symbol */
    double discounts[ORDER_MAX + 1][4]; /* of each order, for a count of 0, 1, 2, more */

    struct sb_tokenizer *tokenizer; /* of tokens, else NULL */
    char *tokenizer_path;
    struct sb_encoder *encoder; /* for add and learn, with its tokens */
    struct sb_tokens tokens;
};

/* The last n bytes of a history whose last byte is the lowest. */
static uint64_t last_bytes(uint64_t history, size_t n)
{
    return history & (((uint64_t)1 << 8 * n) - 1);
}

static enum sb_status fail(const struct ngram *g, enum sb_status status, struct sb_error *error)
{
    if (status == SB_LIMIT)
        return sb_fail(error, SB_LIMIT,
                       "ngram: too many different n-grams for memory=%zu; give more memory, a "
                       "smaller n or less text",
                       g->table.n_bytes_max);
    return status ? sb_fail_memory(error) : SB_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

static void ngram_free(struct sb_predictor *predictor)
{
    struct ngram *g = (struct ngram *)predictor;
    sb_gram_counts_clear(&g->counts);
    sb_gram_table_clear(&g->table);
    sb_encoder_free(g->encoder);
    sb_tokens_clear(&g->tokens);
    sb_tokenizer_free(g->tokenizer);
    free(g->tokenizer_path);
    free(g);
}

static enum sb_status set_smoothing(const struct sb_model *model, struct ngram *g,
                                    struct sb_error *error)
{
    const char *name = sb_model_value(model, "smoothing");
    enum sb_status status = sb_model_adaptive(model, &g->base.is_adaptive, error);
    if (status)
        return status;
    g->is_chosen = name != NULL;
    g->is_kn = name ? strcmp(name, "kn") == 0 : !g->base.is_adaptive;
    if (name && !g->is_kn && strcmp(name, "wb") != 0)
        return sb_fail(error, SB_FORMAT, "model \"%s\": smoothing must be kn or wb", model->text);
    if (g->is_kn && g->base.is_adaptive)
        return sb_fail(error, SB_FORMAT, "model \"%s\": adaptive=1 needs smoothing=wb",
                       model->text);
    return SB_OK;
}

/* The tokenizer of the key, and the symbol that stands before a document: one that is no token. */
static enum sb_status open_tokenizer(const struct sb_model *model, struct ngram *g,
                                     struct sb_error *error)
{
    const char *path = sb_model_value(model, "tokenizer");
    g->n_symbols = BYTES;
    if (!path)
        return SB_OK;
    enum sb_status status = sb_tokenizer_create(path, &g->tokenizer, error);
    if (status)
        return status;
    g->n_symbols = sb_tokenizer_n_vocabulary(g->tokenizer);
    if (g->n_symbols >> SB_GRAM_TOKEN_BITS)
        return sb_fail(error, SB_UNSUPPORTED, "%s: %zu ids; ngram takes fewer than %d", path,
                       g->n_symbols, 1 << SB_GRAM_TOKEN_BITS);
    g->tokenizer_path = strdup(path);
    if (!g->tokenizer_path)
        return sb_fail_memory(error);
    status = sb_encoder_create(g->tokenizer, &g->encoder, error);
    struct sb_fact *fact = &g->base.facts[g->base.n_facts++];
    fact->key = "tokens";
    snprintf(fact->value, sizeof fact->value, "%zu ids, p_0 = 1/%zu; no end is charged",
             g->n_symbols, g->n_symbols);
    return status;
}

/* Zero bytes; of tokens, symbols that are none, whose k-grams have a name and a count of 0. */
static enum sb_status start_history(struct ngram *g)
{
    g->start = (struct sb_gram_history){ .n = g->order };
    uint64_t context = 0;
    for (size_t order = 1; g->tokenizer && order < g->order; order++) {
        struct sb_gram_slot *slot;
        uint64_t key = sb_gram_key(&g->table, order, context, (uint32_t)g->n_symbols);
        enum sb_status status = sb_gram_obtain(&g->table, key, &slot);
        if (status)
            return status;
        g->start.contexts[order + 1] = context = slot->numbers[0];
    }
    return SB_OK;
}

static enum sb_status ngram_create(const struct sb_model *model, struct sb_predictor **predictor,
                                   struct sb_error *error)
{
    struct ngram *g = calloc(1, sizeof *g);
    size_t n_bytes_max;
    if (!g)
        return sb_fail_memory(error);
    enum sb_status status = sb_model_count(model, "n", 5, 1, ORDER_MAX, &g->order, error);
    if (!status)
        status = sb_model_bytes(model, "memory", (size_t)4 << 30, BYTES_MIN, &n_bytes_max, error);
    if (!status)
        status = set_smoothing(model, g, error);
    if (!status)
        status = open_tokenizer(model, g, error);
    if (!status &&
        (sb_gram_table_init(&g->table, g->tokenizer ? SB_GRAM_TOKEN_BITS : SB_GRAM_BYTE_BITS,
                            n_bytes_max) ||
         start_history(g)))
        status = sb_fail_memory(error);
    if (status) {
        ngram_free(&g->base);
        return status;
    }
    g->counts.n_bytes_max = n_bytes_max;
    g->base.depth_bits = g->tokenizer ? 0 : 8 * (g->order - 1);
    *predictor = &g->base;
    return SB_OK;
}

static enum sb_status count_symbols(struct ngram *g, size_t n, struct sb_error *error)
{
    g->n_learned += n;
    if (g->n_learned > UINT32_MAX)
        return sb_fail(error, SB_LIMIT, "ngram: more than %u %s to learn from", UINT32_MAX,
                       g->tokenizer ? "tokens" : "bytes");
    return SB_OK;
}

/* ---- symbols ----------------------------------------------------------------------------------- */

/* A document as symbols: bytes, or ids. */
struct symbols {
    const uint8_t *bytes;
    const uint32_t *ids; /* NULL: bytes */
    size_t n;
    size_t span_begin, span_end; /* scored */
    const uint8_t *loss_mask;    /* as in struct sb_document */
    bool is_lossy;
};

static uint32_t symbol_at(const struct symbols *s, size_t i)
{
    return s->ids ? s->ids[i] : s->bytes[i];
}

static enum sb_status check_ids(const struct ngram *g, const struct sb_document *d,
                                struct sb_error *error)
{
    char name[256];
    sb_document_name(d, name, sizeof name);
    if (!g->tokenizer)
        return sb_fail(error, SB_UNSUPPORTED,
                       "%s holds token ids; ngram takes them with tokenizer=FILE", name);
    for (size_t i = 0; i < d->n_ids; i++)
        if (d->ids[i] >= g->n_symbols)
            return sb_fail(error, SB_FORMAT, "%s: id %u at position %zu; %s has ids below %zu",
                           name, d->ids[i], i, g->tokenizer_path, g->n_symbols);
    return SB_OK;
}

/* Context, scored span and, if asked for, what follows it, encoded one by one into *tokens. */
static enum sb_status tokenize(const struct ngram *g, const struct sb_document *d, bool whole,
                               struct sb_encoder *encoder, struct sb_tokens *tokens,
                               struct symbols *s, struct sb_error *error)
{
    bool restores = true;
    sb_tokens_reset(tokens);
    enum sb_status status =
        sb_encoder_encode_part(encoder, d->bytes, 0, d->span_begin, tokens, error);
    s->span_begin = tokens->n;
    if (!status)
        status =
            sb_encoder_encode_part(encoder, d->bytes, d->span_begin, d->span_end, tokens, error);
    s->span_end = tokens->n;
    if (!status)
        status = sb_tokenizer_restores(g->tokenizer, tokens->ids, tokens->n, d->bytes, d->span_end,
                                       &restores, error);
    if (!status && whole)
        status = sb_encoder_encode_part(encoder, d->bytes, d->span_end, d->n_bytes, tokens, error);
    s->ids = tokens->ids;
    s->n = tokens->n;
    s->is_lossy = !restores;
    return status;
}

static enum sb_status symbols_of(const struct ngram *g, const struct sb_document *d, bool whole,
                                 struct sb_encoder *encoder, struct sb_tokens *tokens,
                                 struct symbols *s, struct sb_error *error)
{
    *s = (struct symbols){
        .bytes = d->bytes, .n = d->n_bytes, .span_begin = d->span_begin, .span_end = d->span_end
    };
    if (d->ids) {
        *s = (struct symbols){ .ids = d->ids,
                               .n = d->n_ids,
                               .span_begin = 1,
                               .span_end = d->n_ids,
                               .loss_mask = d->loss_mask };
        return check_ids(g, d, error);
    }
    return g->tokenizer ? tokenize(g, d, whole, encoder, tokens, s, error) : SB_OK;
}

/* ---- counting ---------------------------------------------------------------------------------- */

static uint32_t *followers_of(struct sb_gram_slot *context, uint32_t count)
{
    return &context->numbers[count < 3 ? count - 1 : 2];
}

/* Counts a symbol after its history: at every order, but for Kneser-Ney only as far down as the k-gram
 * is a new one, for below that the symbols before it are counted. The history knows all orders. */
static enum sb_status learn_symbol(struct ngram *g, const struct sb_gram_history *history,
                                   uint32_t symbol)
{
    for (size_t order = g->order; order > 0; order--) {
        struct sb_gram_slot *slot;
        uint64_t context = history->contexts[order];
        enum sb_status status =
            sb_gram_obtain(&g->table, sb_gram_key(&g->table, order, context, symbol), &slot);
        if (status)
            return status;
        uint32_t before = slot->count++;
        status = sb_gram_obtain(&g->table, sb_gram_context_key(order, context), &slot);
        if (status)
            return status;
        slot->count++;
        if (before)
            --*followers_of(slot, before);
        ++*followers_of(slot, before + 1);
        if (g->is_kn && before)
            break;
    }
    return SB_OK;
}

/* All symbols from one on, given those before it. */
static enum sb_status learn_symbols(struct ngram *g, const struct symbols *s, size_t n)
{
    struct sb_gram_history history = g->start;
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < n && !status; i++) {
        status = learn_symbol(g, &history, symbol_at(s, i));
        if (!status)
            sb_gram_history_advance(&g->table, g->order, symbol_at(s, i), &history);
    }
    return status;
}

/* Bytes are sorted as N-grams, and enter the table in finish: that is faster. */
static enum sb_status collect_bytes(struct ngram *g, const struct symbols *s)
{
    uint64_t history = 0;
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < s->n && !status; i++) {
        history = history << 8 | s->bytes[i];
        status = sb_gram_counts_add(&g->counts, last_bytes(history, g->order));
    }
    return status;
}

static enum sb_status ngram_add(struct sb_predictor *predictor, const struct sb_document *document,
                                struct sb_error *error)
{
    struct ngram *g = (struct ngram *)predictor;
    struct symbols s;
    g->is_fitted = true;
    enum sb_status status = symbols_of(g, document, true, g->encoder, &g->tokens, &s, error);
    if (!status)
        status = count_symbols(g, s.n, error);
    if (status)
        return status;
    return fail(g, g->tokenizer ? learn_symbols(g, &s, s.n) : collect_bytes(g, &s), error);
}

/* ---- fitting ----------------------------------------------------------------------------------- */

/* D_k from the numbers n[1..4] of k-grams seen so often; how: "" for modified Kneser-Ney, else the
 * fallback's name. */
static void set_discounts(const double n[5], double discounts[4], const char **how)
{
    double y = n[1] / (n[1] + 2 * n[2]);
    bool is_modified = n[1] > 0 && n[2] > 0 && n[3] > 0 && n[4] > 0;
    discounts[0] = 0;
    for (size_t i = 1; i <= 3 && is_modified; i++) {
        double c = (double)i;
        discounts[i] = c - (c + 1) * y * n[i + 1] / n[i];
        is_modified = discounts[i] > 0 && discounts[i] < c;
    }
    *how = is_modified ? "" : n[1] > 0 && n[2] > 0 ? "Y" : "1/2";
    for (size_t i = 1; i <= 3 && !is_modified; i++)
        discounts[i] = n[1] > 0 && n[2] > 0 ? y : 0.5;
}

static void set_all_discounts(struct ngram *g)
{
    double n[ORDER_MAX + 1][5] = { { 0 } };
    for (size_t i = 0; i < g->table.n_slots; i++) {
        const struct sb_gram_slot *slot = &g->table.slots[i];
        if (slot->key && !(slot->key >> 59) && slot->count <= 4)
            n[slot->key >> 56][slot->count]++;
    }
    for (size_t order = g->order; order > 0; order--) {
        const char *how = "";
        size_t length = strlen(g->base.note);
        set_discounts(n[order], g->discounts[order], &how);
        if (*how)
            snprintf(g->base.note + length, sizeof g->base.note - length, "%s%zu",
                     length ? "," : "D=Y or 1/2 at n=", order);
    }
}

/* The k-grams of one order, and their contexts, into the table: of bytes. */
static enum sb_status enter_order(struct ngram *g, size_t order)
{
    const uint64_t *pairs = g->counts.pairs;
    struct sb_gram_slot *slot;
    for (size_t i = 0; i < g->counts.n;) {
        uint64_t context = pairs[2 * i] >> 8;
        struct sb_gram_slot sums = { 0 };
        for (; i < g->counts.n && pairs[2 * i] >> 8 == context; i++) {
            uint64_t key = sb_gram_key(&g->table, order, context, pairs[2 * i] & 255);
            enum sb_status status = sb_gram_obtain(&g->table, key, &slot);
            if (status)
                return status;
            slot->count = (uint32_t)pairs[2 * i + 1];
            sums.count += slot->count;
            ++*followers_of(&sums, slot->count);
        }
        enum sb_status status =
            sb_gram_obtain(&g->table, sb_gram_context_key(order, context), &slot);
        if (status)
            return status;
        sums.key = slot->key;
        *slot = sums;
    }
    return SB_OK;
}

static enum sb_status enter_bytes(struct ngram *g)
{
    enum sb_status status = sb_gram_counts_finish(&g->counts);
    for (size_t order = g->order; order > 0 && !status; order--) {
        g->table.n_bytes_elsewhere = 4 * g->counts.n * sizeof *g->counts.pairs;
        status = enter_order(g, order);
        if (!status && order > 1)
            status =
                sb_gram_counts_shorten(&g->counts, last_bytes(UINT64_MAX, order - 1), g->is_kn);
    }
    g->table.n_bytes_elsewhere = 0;
    sb_gram_counts_clear(&g->counts);
    return status;
}

static enum sb_status ngram_finish(struct sb_predictor *predictor, struct sb_error *error)
{
    struct ngram *g = (struct ngram *)predictor;
    if (!g->is_chosen && !g->is_fitted)
        g->is_kn = false;
    enum sb_status status = enter_bytes(g);
    if (g->is_kn && !status)
        set_all_discounts(g);
    return fail(g, status, error);
}

/* ---- probabilities ----------------------------------------------------------------------------- */

/* What is left for the lower order, times c(h): sums of integers and few products, in this order. */
static double mass_below(const struct ngram *g, size_t order, const struct sb_gram_slot *context)
{
    const uint32_t *n = context->numbers;
    const double *d = g->discounts[order];
    if (!g->is_kn)
        return (double)n[0] + (double)n[1] + (double)n[2];
    return d[1] * (double)n[0] + d[2] * (double)n[1] + d[3] * (double)n[2];
}

/* The contexts of a history, shortest first, as many as were seen. */
static size_t find_contexts(const struct ngram *g, const struct sb_gram_history *history,
                            const struct sb_gram_slot *contexts[ORDER_MAX + 1])
{
    size_t order = 0;
    while (order < history->n &&
           (contexts[order + 1] = sb_gram_find(
                &g->table, sb_gram_context_key(order + 1, history->contexts[order + 1]))))
        order++;
    return order;
}

/* p of a symbol, through the orders 1 to n of contexts that were seen. */
static double probability(const struct ngram *g, const struct sb_gram_history *history,
                          const struct sb_gram_slot *const contexts[ORDER_MAX + 1], size_t n,
                          uint32_t symbol)
{
    double p = 1.0 / (double)g->n_symbols;
    for (size_t order = 1; order <= n; order++) {
        const struct sb_gram_slot *gram = sb_gram_find(
            &g->table, sb_gram_key(&g->table, order, history->contexts[order], symbol));
        double count = gram ? gram->count : 0, total = contexts[order]->count;
        double below = mass_below(g, order, contexts[order]);
        if (g->is_kn)
            p = (count - g->discounts[order][count < 3 ? (size_t)count : 3] + below * p) / total;
        else
            p = (count + below * p) / (total + below);
    }
    return p;
}

/* ---- reading ----------------------------------------------------------------------------------- */

/* Symbols that are scored, learned or coded, or those that a decoder makes. */
struct reading {
    struct ngram *model;
    bool learns; /* else the model is not changed */
    const struct symbols *source;
    struct sb_arith_encoder *encoder;
    struct sb_arith_decoder *decoder;
    uint8_t *target;               /* of the decoder */
    struct sb_token_score *tokens; /* those scored, one by one; NULL: nobody asks */
};

static enum sb_status code_byte(const struct reading *r, const struct sb_gram_history *history,
                                const struct sb_gram_slot *const contexts[ORDER_MAX + 1], size_t n,
                                uint32_t *byte)
{
    double weights[BYTES];
    uint64_t cumulative[BYTES + 1];
    for (uint32_t b = 0; b < BYTES; b++)
        weights[b] = probability(r->model, history, contexts, n, b);
    enum sb_status status = sb_arith_quantise(weights, BYTES, cumulative);
    if (status)
        return status;
    if (r->decoder)
        *byte = (uint32_t)sb_arith_decode(r->decoder, cumulative, BYTES);
    else
        sb_arith_encode(r->encoder, cumulative[*byte], cumulative[*byte + 1]);
    return SB_OK;
}

static bool is_scored(const struct symbols *s, size_t i)
{
    return i >= s->span_begin && i < s->span_end && (!s->loss_mask || s->loss_mask[i - 1]);
}

/* Reads the symbols from first to n; those of the span are scored. */
static enum sb_status read_symbols(const struct reading *r, size_t first, size_t n,
                                   struct sb_score *score, struct sb_error *error)
{
    const struct ngram *g = r->model;
    struct sb_sum bits = { 0 };
    enum sb_status status = SB_OK;
    struct sb_gram_history history = g->start;
    size_t n_scored = 0;
    bool codes = r->encoder || r->decoder;
    for (size_t i = first > ORDER_MAX ? first - ORDER_MAX : 0; i < first; i++)
        sb_gram_history_advance(&g->table, g->order, symbol_at(r->source, i), &history);
    for (size_t i = first; i < n && !status; i++) {
        const struct sb_gram_slot *contexts[ORDER_MAX + 1];
        uint32_t symbol = r->decoder ? 0 : symbol_at(r->source, i);
        bool scores = score && is_scored(r->source, i);
        size_t n_contexts = scores || codes ? find_contexts(g, &history, contexts) : 0;
        if (codes)
            status = code_byte(r, &history, contexts, n_contexts, &symbol);
        if (scores) {
            double log2_p = log2(probability(g, &history, contexts, n_contexts, symbol));
            sb_sum_add(&bits, -log2_p);
            if (r->tokens)
                r->tokens[n_scored] = (struct sb_token_score){ i, symbol, log2_p };
            n_scored++;
        }
        if (r->target)
            r->target[i] = (uint8_t)symbol;
        if (r->learns && !status)
            status = learn_symbol(r->model, &history, symbol);
        sb_gram_history_advance(&g->table, g->order, symbol, &history);
    }
    if (!status && score)
        *score = (struct sb_score){ sb_sum_value(&bits), n_scored };
    return fail(g, status, error);
}

/* ---- scores ------------------------------------------------------------------------------------ */

struct scoring {
    const struct ngram *model;
    struct sb_scoring *documents;
    bool with_tokens;
    struct scratch {
        struct sb_encoder *encoder;
        struct sb_tokens tokens;
    } * scratch; /* of each thread */
};

static enum sb_status score_one(void *context, size_t item, size_t thread, struct sb_error *error)
{
    const struct scoring *scoring = context;
    const struct ngram *g = scoring->model;
    struct sb_scoring *d = &scoring->documents[item];
    struct scratch *scratch = &scoring->scratch[thread];
    struct symbols s;
    enum sb_status status = SB_OK;
    if (g->tokenizer && !scratch->encoder)
        status = sb_encoder_create(g->tokenizer, &scratch->encoder, error);
    if (!status)
        status = symbols_of(g, d->document, false, scratch->encoder, &scratch->tokens, &s, error);
    if (status)
        return status;
    if (scoring->with_tokens && !(d->tokens = calloc(s.n + 1, sizeof *d->tokens)))
        return sb_fail_memory(error);
    const struct reading r = { .model = (struct ngram *)g, .source = &s, .tokens = d->tokens };
    d->is_lossy = s.is_lossy;
    return read_symbols(&r, s.span_begin, s.span_end, &d->score, error);
}

static enum sb_status ngram_score_all(const struct sb_predictor *predictor,
                                      struct sb_scoring *documents, size_t n, bool with_tokens,
                                      size_t n_threads, struct sb_error *error)
{
    const struct ngram *g = (const struct ngram *)predictor;
    struct scoring scoring = { g, documents, with_tokens,
                               calloc(n_threads, sizeof *scoring.scratch) };
    if (!scoring.scratch)
        return sb_fail_memory(error);
    enum sb_status status = sb_parallel_for(n_threads, n, score_one, &scoring, error);
    for (size_t i = 0; i < n_threads; i++) {
        sb_encoder_free(scoring.scratch[i].encoder);
        sb_tokens_clear(&scoring.scratch[i].tokens);
    }
    free(scoring.scratch);
    for (size_t i = 0; i < n && status; i++) {
        free(documents[i].tokens);
        documents[i].tokens = NULL;
    }
    return status;
}

static enum sb_status ngram_score(const struct sb_predictor *predictor,
                                  const struct sb_document *document, size_t index,
                                  struct sb_score *score, struct sb_error *error)
{
    struct sb_scoring one = { .document = document, .index = index };
    enum sb_status status = ngram_score_all(predictor, &one, 1, false, 1, error);
    if (!status)
        *score = one.score;
    return status;
}

static enum sb_status ngram_learn(struct sb_predictor *predictor,
                                  const struct sb_document *document, struct sb_score *score,
                                  struct sb_error *error)
{
    struct ngram *g = (struct ngram *)predictor;
    struct symbols s;
    enum sb_status status = symbols_of(g, document, true, g->encoder, &g->tokens, &s, error);
    const struct reading r = { .model = g, .learns = true, .source = &s };
    if (!status)
        status = count_symbols(g, s.n, error);
    return status ? status : read_symbols(&r, 0, s.n, score, error);
}

/* ---- coding -------------------------------------------------------------------------------- */

static enum sb_status ngram_fingerprint(const struct sb_predictor *predictor, struct sb_hash *hash,
                                        struct sb_error *error)
{
    const struct ngram *g = (const struct ngram *)predictor;
    if (g->tokenizer)
        return sb_fail(error, SB_UNSUPPORTED, "ngram: tokens are not coded; leave tokenizer= out");
    sb_hash_number(hash, g->order);
    sb_hash_number(hash, g->is_kn);
    sb_hash_number(hash, g->is_fitted);
    sb_hash_number(hash, g->base.is_adaptive);
    for (size_t order = 1; order <= g->order; order++)
        for (size_t i = 0; i < 4; i++) {
            uint64_t discount;
            memcpy(&discount, &g->discounts[order][i], sizeof discount);
            sb_hash_number(hash, discount);
        }
    for (size_t i = 0; i < g->table.n_slots; i++) {
        const struct sb_gram_slot *slot = &g->table.slots[i];
        if (!slot->key)
            continue;
        sb_hash_number(hash, slot->key);
        sb_hash_number(hash, (uint64_t)slot->numbers[0] << 32 | slot->count);
        sb_hash_number(hash, (uint64_t)slot->numbers[1] << 32 | slot->numbers[2]);
    }
    return SB_OK;
}

/* A model that nothing was fitted on learns as it codes: by Witten-Bell. */
static enum sb_status start_coding(struct ngram *g, size_t n_bytes, struct reading *r,
                                   struct sb_error *error)
{
    r->model = g;
    r->learns = g->base.is_adaptive || !g->is_fitted;
    if (r->learns && g->is_kn)
        return sb_fail(error, SB_FORMAT,
                       "ngram: smoothing=kn does not learn as it codes; give train=FILE or "
                       "smoothing=wb");
    return r->learns ? count_symbols(g, n_bytes, error) : SB_OK;
}

static enum sb_status ngram_encode(struct sb_predictor *predictor, const uint8_t *bytes,
                                   size_t n_bytes, struct sb_arith_encoder *encoder,
                                   struct sb_score *score, struct sb_error *error)
{
    const struct symbols s = { .bytes = bytes, .n = n_bytes, .span_end = n_bytes };
    struct reading r = { .source = &s, .encoder = encoder };
    enum sb_status status = start_coding((struct ngram *)predictor, n_bytes, &r, error);
    return status ? status : read_symbols(&r, 0, n_bytes, score, error);
}

static enum sb_status ngram_decode(struct sb_predictor *predictor, struct sb_arith_decoder *decoder,
                                   uint8_t *bytes, size_t n_bytes, struct sb_error *error)
{
    struct reading r = { .decoder = decoder, .target = bytes };
    enum sb_status status = start_coding((struct ngram *)predictor, n_bytes, &r, error);
    return status ? status : read_symbols(&r, 0, n_bytes, NULL, error);
}

static const char *const keys[] = { "n", "smoothing", "tokenizer", "memory", "adaptive", NULL };

const struct sb_predictor_class sb_ngram_class = {
    .name = "ngram",
    .description = "n-grams of bytes, or tokens: tokenizer=FILE; n=1 to 7 (default 5);\n"
                   "smoothing=kn (default) or wb; memory=4G; adaptive=1 (wb) learns as it goes",
    .keys = keys,
    .is_fitted = true,
    .takes_ids = true,
    .has_note = true,
    .create = ngram_create,
    .free = ngram_free,
    .add = ngram_add,
    .finish = ngram_finish,
    .learn = ngram_learn,
    .score = ngram_score,
    .score_all = ngram_score_all,
    .fingerprint = ngram_fingerprint,
    .encode = ngram_encode,
    .decode = ngram_decode,
};

#include "estimators/ngram.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/gram_counts.h"
#include "theory/numeric.h"

enum { ORDER_MAX = 7, SLOTS_MIN = 1 << 10, BYTES_MIN = 1 << 20, BYTES = 256 };

/* One k-gram or one context. The key: its bytes, the last one lowest; k in bits 56 to 58; bit 59 for a
 * context, which has k - 1 bytes. No key is 0: an empty slot. */
struct slot {
    uint64_t key;
    uint32_t count;     /* c(hw) or c(h) */
    uint32_t followers; /* of a context: bytes seen once, twice, more often; 9 bits each */
};
static const uint64_t CONTEXT = (uint64_t)1 << 59;

struct ngram {
    struct sb_predictor base;
    size_t order, n_bytes_max;
    bool is_kn, is_chosen;        /* smoothing was named */
    bool is_fitted;               /* documents were added */
    struct sb_gram_counts counts; /* until finish */
    uint64_t n_learned;           /* bytes */
    struct slot *slots;           /* open addressing, three quarters full at most */
    size_t n_slots, n_used;
    double discounts[ORDER_MAX + 1][4]; /* of each order, for a count of 0, 1, 2, more */
};

/* ---- the table ------------------------------------------------------------------------------- */

static uint64_t key_of(uint64_t bytes, size_t order)
{
    return bytes | (uint64_t)order << 56;
}

/* The last n bytes of a history whose last byte is the lowest. */
static uint64_t last_bytes(uint64_t history, size_t n)
{
    return history & (((uint64_t)1 << 8 * n) - 1);
}

/* The slot of a key, or the empty one where it belongs. */
static struct slot *slot_of(struct slot *slots, size_t n_slots, uint64_t key)
{
    uint64_t hash = key * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
    size_t i = (size_t)(hash >> 32) & (n_slots - 1);
    while (slots[i].key && slots[i].key != key)
        i = (i + 1) & (n_slots - 1);
    return &slots[i];
}

/* NULL where there is none. */
static const struct slot *find(const struct ngram *g, uint64_t key)
{
    const struct slot *slot = slot_of(g->slots, g->n_slots, key);
    return slot->key ? slot : NULL;
}

static enum sb_status fail(const struct ngram *g, enum sb_status status, struct sb_error *error)
{
    if (status == SB_LIMIT)
        return sb_fail(error, SB_LIMIT,
                       "ngram: too many different n-grams for memory=%zu; give more memory, a "
                       "smaller n or less text",
                       g->n_bytes_max);
    return status ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status double_slots(struct ngram *g)
{
    size_t n = 2 * g->n_slots, pairs_bytes = 4 * g->counts.n * sizeof *g->counts.pairs;
    if (n > (SIZE_MAX >> 1) / sizeof *g->slots ||
        pairs_bytes + (n + g->n_slots) * sizeof *g->slots > g->n_bytes_max)
        return SB_LIMIT;
    struct slot *slots = calloc(n, sizeof *slots);
    if (!slots)
        return SB_MEMORY;
    for (size_t i = 0; i < g->n_slots; i++)
        if (g->slots[i].key)
            *slot_of(slots, n, g->slots[i].key) = g->slots[i];
    free(g->slots);
    g->slots = slots;
    g->n_slots = n;
    return SB_OK;
}

/* The slot of a key, made with a count of 0 where there is none. Lasts until the next call. */
static enum sb_status obtain(struct ngram *g, uint64_t key, struct slot **slot)
{
    *slot = slot_of(g->slots, g->n_slots, key);
    if ((*slot)->key)
        return SB_OK;
    if (g->n_used >= g->n_slots / 4 * 3) {
        enum sb_status status = double_slots(g);
        if (status)
            return status;
        *slot = slot_of(g->slots, g->n_slots, key);
    }
    (*slot)->key = key;
    g->n_used++;
    return SB_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

static void ngram_free(struct sb_predictor *predictor)
{
    struct ngram *g = (struct ngram *)predictor;
    sb_gram_counts_clear(&g->counts);
    free(g->slots);
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
    g->is_kn = name && strcmp(name, "kn") == 0;
    if (name && !g->is_kn && strcmp(name, "wb") != 0)
        return sb_fail(error, SB_FORMAT, "model \"%s\": smoothing must be kn or wb", model->text);
    if (g->is_kn && g->base.is_adaptive)
        return sb_fail(error, SB_FORMAT, "model \"%s\": adaptive=1 needs smoothing=wb",
                       model->text);
    return SB_OK;
}

static enum sb_status ngram_create(const struct sb_model *model, struct sb_predictor **predictor,
                                   struct sb_error *error)
{
    struct ngram *g = calloc(1, sizeof *g);
    if (!g)
        return sb_fail_memory(error);
    enum sb_status status = sb_model_count(model, "n", 5, 1, ORDER_MAX, &g->order, error);
    if (!status)
        status =
            sb_model_bytes(model, "memory", (size_t)4 << 30, BYTES_MIN, &g->n_bytes_max, error);
    if (!status)
        status = set_smoothing(model, g, error);
    g->counts.n_bytes_max = g->n_bytes_max;
    g->n_slots = SLOTS_MIN;
    g->slots = status ? NULL : calloc(g->n_slots, sizeof *g->slots);
    if (!status && !g->slots)
        status = sb_fail_memory(error);
    if (status) {
        ngram_free(&g->base);
        return status;
    }
    g->base.depth_bits = 8 * (g->order - 1);
    *predictor = &g->base;
    return SB_OK;
}

static enum sb_status count_bytes(struct ngram *g, size_t n, struct sb_error *error)
{
    g->n_learned += n;
    if (g->n_learned > UINT32_MAX)
        return sb_fail(error, SB_LIMIT, "ngram: more than %u bytes to learn from", UINT32_MAX);
    return SB_OK;
}

static enum sb_status ngram_add(struct sb_predictor *predictor, const struct sb_document *document,
                                struct sb_error *error)
{
    struct ngram *g = (struct ngram *)predictor;
    uint64_t history = 0;
    g->is_fitted = true;
    enum sb_status status = count_bytes(g, document->n_bytes, error);
    if (status)
        return status;
    for (size_t i = 0; i < document->n_bytes && !status; i++) {
        history = history << 8 | document->bytes[i];
        status = sb_gram_counts_add(&g->counts, last_bytes(history, g->order));
    }
    return fail(g, status, error);
}

/* ---- fitting ----------------------------------------------------------------------------------- */

/* D_k of this order's counts; how: "" for modified Kneser-Ney, else the fallback's name. */
static void set_discounts(const struct sb_gram_counts *counts, double discounts[4],
                          const char **how)
{
    double n[5] = { 0 };
    for (size_t i = 0; i < counts->n; i++)
        if (counts->pairs[2 * i + 1] <= 4)
            n[counts->pairs[2 * i + 1]]++;
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

static void add_to_note(struct ngram *g, size_t order, const char *how)
{
    size_t n = strlen(g->base.note);
    if (*how)
        snprintf(g->base.note + n, sizeof g->base.note - n, "%s%zu",
                 n ? "," : "D=Y or 1/2 at n=", order);
}

static uint32_t follower(uint64_t count)
{
    return count == 1 ? 1 : count == 2 ? 1u << 9 : 1u << 18;
}

/* The k-grams of one order, and their contexts, into the table. */
static enum sb_status enter_order(struct ngram *g, size_t order)
{
    const uint64_t *pairs = g->counts.pairs;
    struct slot *slot;
    for (size_t i = 0; i < g->counts.n;) {
        uint64_t context = pairs[2 * i] >> 8;
        uint32_t total = 0, followers = 0;
        for (; i < g->counts.n && pairs[2 * i] >> 8 == context; i++) {
            enum sb_status status = obtain(g, key_of(pairs[2 * i], order), &slot);
            if (status)
                return status;
            slot->count = (uint32_t)pairs[2 * i + 1];
            total += slot->count;
            followers += follower(slot->count);
        }
        enum sb_status status = obtain(g, key_of(context, order) | CONTEXT, &slot);
        if (status)
            return status;
        slot->count = total;
        slot->followers = followers;
    }
    return SB_OK;
}

static enum sb_status ngram_finish(struct sb_predictor *predictor, struct sb_error *error)
{
    struct ngram *g = (struct ngram *)predictor;
    if (!g->is_chosen)
        g->is_kn = g->is_fitted && !g->base.is_adaptive;
    enum sb_status status = sb_gram_counts_finish(&g->counts);
    for (size_t order = g->order; order > 0 && !status; order--) {
        const char *how = "";
        if (g->is_kn)
            set_discounts(&g->counts, g->discounts[order], &how);
        add_to_note(g, order, how);
        status = enter_order(g, order);
        if (!status && order > 1)
            status =
                sb_gram_counts_shorten(&g->counts, last_bytes(UINT64_MAX, order - 1), g->is_kn);
    }
    sb_gram_counts_clear(&g->counts);
    return fail(g, status, error);
}

/* ---- probabilities ----------------------------------------------------------------------------- */

static double number(uint32_t followers, unsigned which)
{
    return (double)(followers >> 9 * which & 511);
}

/* What is left for the lower order, times c(h): sums of integers and few products, in this order. */
static double mass_below(const struct ngram *g, size_t order, const struct slot *context)
{
    uint32_t f = context->followers;
    const double *d = g->discounts[order];
    if (!g->is_kn)
        return number(f, 0) + number(f, 1) + number(f, 2);
    return d[1] * number(f, 0) + d[2] * number(f, 1) + d[3] * number(f, 2);
}

/* The contexts of a history, shortest first, as many as were seen. */
static size_t find_contexts(const struct ngram *g, uint64_t history,
                            const struct slot *contexts[ORDER_MAX + 1])
{
    size_t order = 0;
    while (order < g->order &&
           (contexts[order + 1] = find(g, key_of(last_bytes(history, order), order + 1) | CONTEXT)))
        order++;
    return order;
}

/* p of a byte, through the orders 1 to n of contexts that were seen. */
static double probability(const struct ngram *g, uint64_t history,
                          const struct slot *const contexts[ORDER_MAX + 1], size_t n, unsigned byte)
{
    double p = 1.0 / BYTES;
    for (size_t order = 1; order <= n; order++) {
        const struct slot *gram =
            find(g, key_of(last_bytes(history, order - 1) << 8 | byte, order));
        double count = gram ? gram->count : 0, total = contexts[order]->count;
        double below = mass_below(g, order, contexts[order]);
        if (g->is_kn)
            p = (count - g->discounts[order][count < 3 ? (size_t)count : 3] + below * p) / total;
        else
            p = (count + below * p) / (total + below);
    }
    return p;
}

/* ---- bytes ------------------------------------------------------------------------------------- */

/* Counts a byte after its history, at every order. */
static enum sb_status learn_byte(struct ngram *g, uint64_t history, unsigned byte)
{
    for (size_t order = 1; order <= g->order; order++) {
        struct slot *slot;
        uint64_t context = last_bytes(history, order - 1);
        enum sb_status status = obtain(g, key_of(context << 8 | byte, order), &slot);
        if (status)
            return status;
        uint32_t before = slot->count++;
        status = obtain(g, key_of(context, order) | CONTEXT, &slot);
        if (status)
            return status;
        slot->count++;
        slot->followers += follower((uint64_t)before + 1) - (before ? follower(before) : 0);
    }
    return SB_OK;
}

/* A document's bytes: known ones, to be coded or only scored, or those that a decoder makes. */
struct reading {
    struct ngram *model;
    bool learns; /* else the model is not changed */
    const uint8_t *source;
    struct sb_arith_encoder *encoder;
    struct sb_arith_decoder *decoder;
};

static enum sb_status code_byte(const struct reading *r, uint64_t history,
                                const struct slot *const contexts[ORDER_MAX + 1], size_t n,
                                unsigned *byte)
{
    double weights[BYTES];
    uint64_t cumulative[BYTES + 1];
    for (unsigned b = 0; b < BYTES; b++)
        weights[b] = probability(r->model, history, contexts, n, b);
    enum sb_status status = sb_arith_quantise(weights, BYTES, cumulative);
    if (status)
        return status;
    if (r->decoder)
        *byte = (unsigned)sb_arith_decode(r->decoder, cumulative, BYTES);
    else
        sb_arith_encode(r->encoder, cumulative[*byte], cumulative[*byte + 1]);
    return SB_OK;
}

/* Reads the bytes from first to end; those from span_begin on are scored. */
static enum sb_status read_bytes(const struct reading *r, size_t first, size_t span_begin,
                                 size_t end, uint8_t *target, struct sb_score *score,
                                 struct sb_error *error)
{
    struct sb_sum bits = { 0 };
    enum sb_status status = SB_OK;
    uint64_t history = 0;
    for (size_t i = first > ORDER_MAX ? first - ORDER_MAX : 0; i < first; i++)
        history = history << 8 | r->source[i];
    for (size_t i = first; i < end && !status; i++) {
        const struct slot *contexts[ORDER_MAX + 1];
        unsigned byte = r->decoder ? 0 : r->source[i];
        size_t n =
            score || r->encoder || r->decoder ? find_contexts(r->model, history, contexts) : 0;
        if (r->encoder || r->decoder)
            status = code_byte(r, history, contexts, n, &byte);
        if (score && i >= span_begin)
            sb_sum_add(&bits, -log2(probability(r->model, history, contexts, n, byte)));
        if (target)
            target[i] = (uint8_t)byte;
        if (r->learns && !status)
            status = learn_byte(r->model, history, byte);
        history = history << 8 | byte;
    }
    if (!status && score)
        *score = (struct sb_score){ sb_sum_value(&bits), end - span_begin };
    return fail(r->model, status, error);
}

static enum sb_status ngram_score(const struct sb_predictor *predictor,
                                  const struct sb_document *document, size_t index,
                                  struct sb_score *score, struct sb_error *error)
{
    (void)index;
    const struct reading r = { .model = (struct ngram *)predictor, .source = document->bytes };
    return read_bytes(&r, document->span_begin, document->span_begin, document->span_end, NULL,
                      score, error);
}

static enum sb_status ngram_learn(struct sb_predictor *predictor,
                                  const struct sb_document *document, struct sb_score *score,
                                  struct sb_error *error)
{
    struct ngram *g = (struct ngram *)predictor;
    const struct reading r = { .model = g, .learns = true, .source = document->bytes };
    enum sb_status status = count_bytes(g, document->n_bytes, error);
    if (!status)
        status = read_bytes(&r, 0, document->span_begin, document->span_end, NULL, score, error);
    if (!status)
        status = read_bytes(&r, document->span_end, document->n_bytes, document->n_bytes, NULL,
                            NULL, error);
    return status;
}

/* ---- coding -------------------------------------------------------------------------------- */

static enum sb_status ngram_fingerprint(const struct sb_predictor *predictor, struct sb_hash *hash,
                                        struct sb_error *error)
{
    (void)error;
    const struct ngram *g = (const struct ngram *)predictor;
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
    for (size_t i = 0; i < g->n_slots; i++)
        if (g->slots[i].key) {
            sb_hash_number(hash, g->slots[i].key);
            sb_hash_number(hash, (uint64_t)g->slots[i].followers << 32 | g->slots[i].count);
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
    return r->learns ? count_bytes(g, n_bytes, error) : SB_OK;
}

static enum sb_status ngram_encode(struct sb_predictor *predictor, const uint8_t *bytes,
                                   size_t n_bytes, struct sb_arith_encoder *encoder,
                                   struct sb_score *score, struct sb_error *error)
{
    struct reading r = { .source = bytes, .encoder = encoder };
    enum sb_status status = start_coding((struct ngram *)predictor, n_bytes, &r, error);
    return status ? status : read_bytes(&r, 0, 0, n_bytes, NULL, score, error);
}

static enum sb_status ngram_decode(struct sb_predictor *predictor, struct sb_arith_decoder *decoder,
                                   uint8_t *bytes, size_t n_bytes, struct sb_error *error)
{
    struct reading r = { .decoder = decoder };
    enum sb_status status = start_coding((struct ngram *)predictor, n_bytes, &r, error);
    return status ? status : read_bytes(&r, 0, 0, n_bytes, bytes, NULL, error);
}

static const char *const keys[] = { "n", "smoothing", "memory", "adaptive", NULL };

const struct sb_predictor_class sb_ngram_class = {
    .name = "ngram",
    .description = "n-grams of bytes, n=1 to 7 (default 5); smoothing=kn (default) or wb;\n"
                   "memory=4G; adaptive=1 (wb) learns as it goes",
    .keys = keys,
    .is_fitted = true,
    .has_note = true,
    .create = ngram_create,
    .free = ngram_free,
    .add = ngram_add,
    .finish = ngram_finish,
    .learn = ngram_learn,
    .score = ngram_score,
    .fingerprint = ngram_fingerprint,
    .encode = ngram_encode,
    .decode = ngram_decode,
};

#include "data/bpe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include "data/byte_alphabet.h"

#include "data/pair_table.h"

#define NONE SB_BPE_NONE

struct sb_bpe {
    const struct sb_vocabulary *vocabulary;
    struct sb_bpe_options options;
    uint32_t byte_ids[256];      /* of single bytes: byte-level, or byte fallback; or NONE */
    uint32_t ascii_ids[128];     /* of characters, unless byte-level */
    struct sb_pair_table merges; /* (left, right) -> rank */
    uint32_t *products;          /* of each rank */
    size_t n_merges, capacity;
    struct sb_pair_table joints; /* symbols that merges join -> 0 */
    bool joins_all;              /* a half of a merge is no row of symbols: nothing is cut */
    size_t longest;              /* bytes of the longest token */
};

/* ---- making one ------------------------------------------------------------------------------- */

/* The id of a token of the model, NONE if there is none. */
static uint32_t find_token(const struct sb_bpe *bpe, const void *text, size_t n)
{
    uint32_t id;
    bool found = sb_vocabulary_find(bpe->vocabulary, text, n, &id) &&
                 sb_vocabulary_is(bpe->vocabulary, id, SB_TOKEN_MODEL);
    return found ? id : NONE;
}

static void find_bytes(struct sb_bpe *bpe)
{
    for (unsigned byte = 0; byte < 256; byte++) {
        char name[7];
        uint8_t character[2];
        size_t n = sb_byte_alphabet_write((uint8_t)byte, character);
        snprintf(name, sizeof name, "<0x%02X>", byte);
        bpe->byte_ids[byte] = bpe->options.byte_level      ? find_token(bpe, character, n)
                              : bpe->options.byte_fallback ? find_token(bpe, name, 6)
                                                           : NONE;
        if (byte < 128) {
            character[0] = (uint8_t)byte;
            bpe->ascii_ids[byte] = find_token(bpe, character, 1);
        }
    }
}

enum sb_status sb_bpe_create(const struct sb_vocabulary *vocabulary,
                             const struct sb_bpe_options *options, struct sb_bpe **bpe)
{
    struct sb_bpe *b = calloc(1, sizeof *b);
    *bpe = NULL;
    if (!b)
        return SB_MEMORY;
    b->vocabulary = vocabulary;
    b->options = *options;
    find_bytes(b);
    for (size_t i = 0; options->byte_fallback && i < 256; i++)
        if (b->byte_ids[i] == NONE && (i >= 128 || b->ascii_ids[i] == NONE)) {
            sb_bpe_free(b);
            return SB_DOMAIN;
        }
    for (size_t id = 0; id < vocabulary->n; id++)
        if (vocabulary->entries[id].n > b->longest)
            b->longest = vocabulary->entries[id].n;
    *bpe = b;
    return SB_OK;
}

void sb_bpe_free(struct sb_bpe *bpe)
{
    if (!bpe)
        return;
    sb_pair_table_clear(&bpe->merges);
    sb_pair_table_clear(&bpe->joints);
    free(bpe->products);
    free(bpe);
}

/* Length of the UTF-8 sequence that begins with a byte. */
static size_t sequence_length(uint8_t first)
{
    return first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/* The symbol that a text begins or ends with. */
static uint32_t end_symbol(const struct sb_bpe *bpe, const uint8_t *text, size_t n, bool last)
{
    size_t i = n;
    while (last && i > 0 && (text[--i] & 0xC0) == 0x80)
        ;
    if (!last)
        i = 0;
    size_t length = n ? sequence_length(text[i]) : 0;
    return length && length <= n - i ? find_token(bpe, text + i, length) : NONE;
}

/* Whether a token is a symbol by itself beside the characters: a byte's, or the unknown one. */
static bool is_symbol(const struct sb_bpe *bpe, uint32_t id, const uint8_t *text, size_t n)
{
    return id == bpe->options.unknown ||
           (bpe->options.byte_fallback && n == 6 && memcmp(text, "<0x", 3) == 0);
}

static enum sb_status add_joint(struct sb_bpe *bpe, const uint8_t *left, size_t n_left,
                                const uint8_t *right, size_t n_right)
{
    uint32_t a = end_symbol(bpe, left, n_left, true), b = end_symbol(bpe, right, n_right, false);
    if (a == NONE || b == NONE)
        return SB_OK; /* neither half can ever be made of symbols, unless it is one: see below */
    return sb_pair_table_put(&bpe->joints, a, b, 0);
}

static enum sb_status add_product(struct sb_bpe *bpe, uint32_t id)
{
    if (bpe->n_merges == bpe->capacity) {
        size_t capacity = bpe->capacity ? 2 * bpe->capacity : 1024;
        uint32_t *products = realloc(bpe->products, capacity * sizeof *products);
        if (!products)
            return SB_MEMORY;
        bpe->products = products;
        bpe->capacity = capacity;
    }
    bpe->products[bpe->n_merges++] = id;
    return SB_OK;
}

enum sb_status sb_bpe_add_merge(struct sb_bpe *bpe, const uint8_t *left, size_t n_left,
                                const uint8_t *right, size_t n_right)
{
    uint32_t a = find_token(bpe, left, n_left), b = find_token(bpe, right, n_right);
    uint8_t small[256], *both = small;
    if (a == NONE || b == NONE)
        return SB_DOMAIN;
    if (bpe->n_merges >= NONE - 1)
        return SB_LIMIT;
    if (n_left + n_right > sizeof small && !(both = malloc(n_left + n_right)))
        return SB_MEMORY;
    memcpy(both, left, n_left);
    memcpy(both + n_left, right, n_right);
    uint32_t product = find_token(bpe, both, n_left + n_right);
    if (both != small)
        free(both);
    if (product == NONE)
        return SB_DOMAIN;
    bpe->joins_all =
        bpe->joins_all || is_symbol(bpe, a, left, n_left) || is_symbol(bpe, b, right, n_right);
    if (sb_pair_table_put(&bpe->merges, a, b, (uint32_t)bpe->n_merges) ||
        add_joint(bpe, left, n_left, right, n_right))
        return SB_MEMORY;
    return add_product(bpe, product);
}

/* ---- scratch ---------------------------------------------------------------------------------- */

enum { CACHE_SLOTS = 1 << 15, CACHED_BYTES = 30, CACHED_TOKENS = 8 };

struct cached_word {
    uint8_t n_bytes, n; /* n_bytes 0: empty */
    uint8_t bytes[CACHED_BYTES];
    uint8_t ends[CACHED_TOKENS];
    uint32_t ids[CACHED_TOKENS];
};

/* A row of symbols, linked, with the rank of each one's merge with the next. */
struct symbol {
    uint32_t id, end; /* of its bytes in the word */
    uint32_t previous, next;
    uint32_t rank; /* NONE: no merge, or no longer a symbol */
};

struct sb_bpe_scratch {
    struct cached_word *cache;
    struct symbol *symbols;
    size_t n_symbols, symbol_capacity;
    uint64_t *heap; /* rank << 32 | position; the least on top */
    size_t n_heap, heap_capacity;
    uint32_t *ids, *ends; /* the result */
    size_t n, capacity;
    struct sb_buffer text; /* a word in the byte alphabet */
};

enum sb_status sb_bpe_scratch_create(struct sb_bpe_scratch **scratch)
{
    struct sb_bpe_scratch *s = *scratch = calloc(1, sizeof *s);
    if (!s)
        return SB_MEMORY;
    s->cache = calloc(CACHE_SLOTS, sizeof *s->cache);
    if (s->cache)
        return SB_OK;
    free(s);
    *scratch = NULL;
    return SB_MEMORY;
}

void sb_bpe_scratch_free(struct sb_bpe_scratch *scratch)
{
    if (!scratch)
        return;
    free(scratch->cache);
    free(scratch->symbols);
    free(scratch->heap);
    free(scratch->ids);
    free(scratch->ends);
    sb_buffer_clear(&scratch->text);
    free(scratch);
}

static enum sb_status add_token(struct sb_bpe_scratch *s, uint32_t id, size_t end)
{
    if (s->n == s->capacity) {
        size_t capacity = s->capacity ? 2 * s->capacity : 256;
        uint32_t *ids = realloc(s->ids, capacity * sizeof *ids);
        s->ids = ids ? ids : s->ids;
        uint32_t *ends = realloc(s->ends, capacity * sizeof *ends);
        s->ends = ends ? ends : s->ends;
        if (!ids || !ends)
            return SB_MEMORY;
        s->capacity = capacity;
    }
    s->ids[s->n] = id;
    s->ends[s->n++] = (uint32_t)end;
    return SB_OK;
}

static enum sb_status add_symbol(struct sb_bpe_scratch *s, uint32_t id, size_t end)
{
    if (s->n_symbols == s->symbol_capacity) {
        size_t capacity = s->symbol_capacity ? 2 * s->symbol_capacity : 256;
        struct symbol *symbols = realloc(s->symbols, capacity * sizeof *symbols);
        if (!symbols)
            return SB_MEMORY;
        s->symbols = symbols;
        s->symbol_capacity = capacity;
    }
    s->symbols[s->n_symbols++] = (struct symbol){ .id = id, .end = (uint32_t)end, .rank = NONE };
    return SB_OK;
}

/* ---- merging ---------------------------------------------------------------------------------- */

static void sift_down(uint64_t *heap, size_t n, size_t i)
{
    uint64_t key = heap[i];
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && heap[child + 1] < heap[child])
            child++;
        if (key <= heap[child])
            break;
        heap[i] = heap[child];
    }
    heap[i] = key;
}

static enum sb_status push(struct sb_bpe_scratch *s, uint64_t key)
{
    if (s->n_heap == s->heap_capacity) {
        size_t capacity = s->heap_capacity ? 2 * s->heap_capacity : 256;
        uint64_t *heap = realloc(s->heap, capacity * sizeof *heap);
        if (!heap)
            return SB_MEMORY;
        s->heap = heap;
        s->heap_capacity = capacity;
    }
    size_t i = s->n_heap++;
    for (; i > 0 && key < s->heap[(i - 1) / 2]; i = (i - 1) / 2)
        s->heap[i] = s->heap[(i - 1) / 2];
    s->heap[i] = key;
    return SB_OK;
}

static uint64_t pop(struct sb_bpe_scratch *s)
{
    uint64_t least = s->heap[0];
    s->heap[0] = s->heap[--s->n_heap];
    if (s->n_heap)
        sift_down(s->heap, s->n_heap, 0);
    return least;
}

/* Sets the rank of the pair that symbol i begins, and puts it on the heap. */
static enum sb_status rank_pair(const struct sb_bpe *bpe, struct sb_bpe_scratch *s, uint32_t i)
{
    struct symbol *left = &s->symbols[i];
    left->rank = left->next == NONE
                     ? NONE
                     : sb_pair_table_find(&bpe->merges, left->id, s->symbols[left->next].id);
    return left->rank == NONE ? SB_OK : push(s, (uint64_t)left->rank << 32 | i);
}

/* Merges the symbols. Entries of the heap whose pair has changed meanwhile are passed over: its rank is
 * then another, since each merge makes a longer text. */
static enum sb_status merge(const struct sb_bpe *bpe, struct sb_bpe_scratch *s)
{
    uint32_t n = (uint32_t)s->n_symbols;
    s->n_heap = 0;
    for (uint32_t i = 0; i < n; i++) {
        s->symbols[i].previous = i ? i - 1 : NONE;
        s->symbols[i].next = i + 1 < n ? i + 1 : NONE;
    }
    for (uint32_t i = 0; i < n; i++)
        if (rank_pair(bpe, s, i))
            return SB_MEMORY;
    while (s->n_heap) {
        uint64_t top = pop(s);
        uint32_t rank = (uint32_t)(top >> 32), i = (uint32_t)top;
        struct symbol *left = &s->symbols[i];
        if (left->rank != rank)
            continue;
        struct symbol *right = &s->symbols[left->next];
        left->id = bpe->products[rank];
        left->end = right->end;
        left->next = right->next;
        right->rank = NONE;
        if (left->next != NONE)
            s->symbols[left->next].previous = i;
        if (rank_pair(bpe, s, i) || (left->previous != NONE && rank_pair(bpe, s, left->previous)))
            return SB_MEMORY;
    }
    return SB_OK;
}

/* ---- words ------------------------------------------------------------------------------------ */

static struct cached_word *find_cached(struct sb_bpe_scratch *s, const uint8_t *bytes, size_t n)
{
    return n <= CACHED_BYTES ? &s->cache[XXH3_64bits(bytes, n) & (CACHE_SLOTS - 1)] : NULL;
}

static void remember(struct sb_bpe_scratch *s, struct cached_word *slot, const uint8_t *bytes,
                     size_t begin, size_t n, size_t first)
{
    if (!slot || s->n - first > CACHED_TOKENS)
        return;
    slot->n_bytes = (uint8_t)n;
    slot->n = (uint8_t)(s->n - first);
    memcpy(slot->bytes, bytes + begin, n);
    for (size_t i = 0; i < slot->n; i++) {
        slot->ids[i] = s->ids[first + i];
        slot->ends[i] = (uint8_t)(s->ends[first + i] - begin);
    }
}

/* Merges the symbols, which stand for bytes[begin..end-1], and appends what they become. */
static enum sb_status flush(const struct sb_bpe *bpe, struct sb_bpe_scratch *s,
                            const uint8_t *bytes, size_t begin, size_t end)
{
    size_t first = s->n, n = end - begin;
    struct cached_word *slot = NULL;
    if (s->n_symbols > 1) {
        slot = find_cached(s, bytes + begin, n);
        if (slot && slot->n_bytes == n && memcmp(slot->bytes, bytes + begin, n) == 0) {
            for (size_t i = 0; i < slot->n; i++)
                if (add_token(s, slot->ids[i], begin + slot->ends[i]))
                    return SB_MEMORY;
            s->n_symbols = 0;
            return SB_OK;
        }
        if (merge(bpe, s))
            return SB_MEMORY;
    } else if (s->n_symbols) {
        s->symbols[0].next = NONE;
    }
    for (uint32_t i = s->n_symbols ? 0 : NONE; i != NONE; i = s->symbols[i].next)
        if (add_token(s, s->symbols[i].id, s->symbols[i].end))
            return SB_MEMORY;
    remember(s, slot, bytes, begin, n, first);
    s->n_symbols = 0;
    return SB_OK;
}

/* ---- symbols ---------------------------------------------------------------------------------- */

struct cutting {
    const struct sb_bpe *bpe;
    struct sb_bpe_scratch *scratch;
    const uint8_t *bytes;
    size_t begin;      /* of the part that the symbols stand for */
    bool last_unknown; /* the last symbol is the unknown token */
};

/* Appends the symbol for bytes[at..end-1], behind a cut if nothing joins it to the last. */
static enum sb_status take_symbol(struct cutting *c, uint32_t id, size_t at, size_t end)
{
    struct sb_bpe_scratch *s = c->scratch;
    if (s->n_symbols && !c->bpe->joins_all &&
        sb_pair_table_find(&c->bpe->joints, s->symbols[s->n_symbols - 1].id, id) == SB_PAIR_NONE) {
        if (flush(c->bpe, s, c->bytes, c->begin, at))
            return SB_MEMORY;
        c->begin = at;
    }
    c->last_unknown = false;
    return add_symbol(s, id, end);
}

static enum sb_status take_unknown(struct cutting *c, size_t at, size_t end)
{
    if (c->bpe->options.unknown == NONE)
        return SB_DOMAIN;
    if (c->last_unknown && c->bpe->options.fuse_unknown) {
        c->scratch->symbols[c->scratch->n_symbols - 1].end = (uint32_t)end;
        return SB_OK;
    }
    enum sb_status status = take_symbol(c, c->bpe->options.unknown, at, end);
    c->last_unknown = true;
    return status;
}

/* The symbols of the byte or character at `at`, of that length. */
static enum sb_status take_character(struct cutting *c, size_t at, size_t length)
{
    const struct sb_bpe *bpe = c->bpe;
    const uint8_t *text = c->bytes + at;
    uint32_t id = bpe->options.byte_level ? bpe->byte_ids[*text]
                  : length == 1           ? bpe->ascii_ids[*text & 0x7F]
                                          : find_token(bpe, text, length);
    if (id != NONE)
        return take_symbol(c, id, at, at + length);
    if (!bpe->options.byte_fallback)
        return take_unknown(c, at, at + length);
    for (size_t i = 0; i < length; i++)
        if (take_symbol(c, bpe->byte_ids[text[i]], at + i, at + i + 1))
            return SB_MEMORY;
    return SB_OK;
}

/* The token that is the whole word, if there is one. */
static enum sb_status find_whole(const struct sb_bpe *bpe, struct sb_bpe_scratch *s,
                                 const uint8_t *bytes, size_t n, uint32_t *id)
{
    *id = NONE;
    if (n > bpe->longest)
        return SB_OK;
    sb_buffer_reset(&s->text);
    if (sb_buffer_reserve(&s->text, 2 * n))
        return SB_MEMORY;
    for (size_t i = 0; i < n; i++)
        if (bpe->options.byte_level)
            s->text.n += sb_byte_alphabet_write(bytes[i], s->text.bytes + s->text.n);
        else
            s->text.bytes[s->text.n++] = bytes[i];
    *id = find_token(bpe, s->text.bytes, s->text.n);
    return SB_OK;
}

enum sb_status sb_bpe_encode(const struct sb_bpe *bpe, struct sb_bpe_scratch *s,
                             const uint8_t *bytes, size_t n, struct sb_bpe_word *word,
                             size_t *place)
{
    struct cutting cutting = { .bpe = bpe, .scratch = s, .bytes = bytes };
    enum sb_status status = n < NONE ? SB_OK : SB_LIMIT;
    uint32_t whole = NONE;
    s->n = s->n_symbols = 0;
    if (status == SB_OK && bpe->options.ignore_merges && n)
        status = find_whole(bpe, s, bytes, n, &whole);
    if (status == SB_OK && whole != NONE) {
        status = add_token(s, whole, n);
    } else {
        for (size_t at = 0, length; status == SB_OK && at < n; at += length) {
            length = bpe->options.byte_level ? 1 : sequence_length(bytes[at]);
            status = take_character(&cutting, at, length);
            if (status == SB_DOMAIN)
                *place = at;
        }
        if (status == SB_OK)
            status = flush(bpe, s, bytes, cutting.begin, n);
    }
    if (status == SB_OK)
        *word = (struct sb_bpe_word){ s->ids, s->ends, s->n };
    return status;
}

uint32_t sb_bpe_byte(const struct sb_bpe *bpe, uint8_t byte)
{
    return bpe->byte_ids[byte];
}

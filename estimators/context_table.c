#include "estimators/context_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_PAGES = 512, SLOTS_MIN = 1 << 10 };

static_assert(sizeof(struct sb_context_page) == 128, "two cache lines, aligned");

struct sb_context_table {
    /* Pages, a block at a time. */
    struct sb_context_page **blocks;
    size_t n_pages, n_blocks, blocks_capacity;

    /* Open addressing. A slot holds the upper half of the key's hash, which is all that doubling needs,
     * and 1 + the number of the page; 0 is an empty slot. */
    uint64_t *slots;
    size_t n_slots; /* a power of two, 2^32 at most */

    size_t n_bytes, n_bytes_max;
    bool is_full;
};

enum sb_status sb_context_table_create(size_t n_bytes_max, struct sb_context_table **table)
{
    assert(n_bytes_max >= SB_CONTEXT_BYTES_MIN);
    *table = NULL;
    struct sb_context_table *t = calloc(1, sizeof *t);
    if (!t)
        return SB_MEMORY;
    t->n_slots = SLOTS_MIN;
    t->n_bytes = t->n_slots * sizeof *t->slots;
    t->n_bytes_max = n_bytes_max;
    t->slots = calloc(t->n_slots, sizeof *t->slots);
    if (!t->slots) {
        free(t);
        return SB_MEMORY;
    }
    *table = t;
    return SB_OK;
}

void sb_context_table_free(struct sb_context_table *table)
{
    if (!table)
        return;
    for (size_t i = 0; i < table->n_blocks; i++)
        free(table->blocks[i]);
    free(table->blocks);
    free(table->slots);
    free(table);
}

/* ---- the index ------------------------------------------------------------------------------- */

/* Multiply and fold, twice: every bit of the key enters the upper half. */
static uint64_t hash_of(uint64_t key)
{
    uint64_t x = key * 0x9e3779b97f4a7c15u;
    x ^= x >> 32;
    return x * 0xd6e8feb86659fd93u;
}

static size_t home_of(const struct sb_context_table *table, uint64_t hash)
{
    return (size_t)(hash >> 32) & (table->n_slots - 1);
}

static struct sb_context_page *page_at(const struct sb_context_table *table, size_t i)
{
    return &table->blocks[i / BLOCK_PAGES][i % BLOCK_PAGES];
}

/* The page of a key and NULL, or NULL and the empty slot where it would be noted. */
static struct sb_context_page *look_up(const struct sb_context_table *table, uint64_t key,
                                       uint64_t **empty)
{
    uint64_t hash = hash_of(key);
    size_t i = home_of(table, hash);
    for (; table->slots[i]; i = (i + 1) & (table->n_slots - 1))
        if ((table->slots[i] ^ hash) >> 32 == 0) {
            struct sb_context_page *page = page_at(table, (uint32_t)table->slots[i] - 1);
            if (page->key == key)
                return page;
        }
    if (empty)
        *empty = &table->slots[i];
    return NULL;
}

struct sb_context_page *sb_context_find(const struct sb_context_table *table, uint64_t key)
{
    return look_up(table, key, NULL);
}

void sb_context_prefetch(const struct sb_context_table *table, uint64_t key)
{
#if defined(__GNUC__)
    __builtin_prefetch(&table->slots[home_of(table, hash_of(key))]);
#else
    (void)table;
    (void)key;
#endif
}

/* ---- growing --------------------------------------------------------------------------------- */

static bool has_room(struct sb_context_table *table, size_t n_bytes)
{
    if (n_bytes > table->n_bytes_max - table->n_bytes)
        table->is_full = true;
    return !table->is_full;
}

/* Twice the slots. Both lie in memory meanwhile. */
static enum sb_status double_slots(struct sb_context_table *table)
{
    size_t n_old = table->n_slots;
    uint64_t *old = table->slots;
    if (n_old > UINT32_MAX)
        table->is_full = true;
    if (!has_room(table, 2 * n_old * sizeof *old))
        return SB_OK;
    uint64_t *slots = calloc(2 * n_old, sizeof *slots);
    if (!slots)
        return SB_MEMORY;
    table->slots = slots;
    table->n_slots = 2 * n_old;
    table->n_bytes += n_old * sizeof *old;
    for (size_t i = 0; i < n_old; i++)
        if (old[i]) {
            size_t j = home_of(table, old[i]);
            while (slots[j])
                j = (j + 1) & (table->n_slots - 1);
            slots[j] = old[i];
        }
    free(old);
    return SB_OK;
}

static enum sb_status add_block(struct sb_context_table *table)
{
    size_t n_bytes = BLOCK_PAGES * sizeof(struct sb_context_page);
    if (!has_room(table, n_bytes))
        return SB_OK;
    if (table->n_blocks == table->blocks_capacity) {
        size_t capacity = table->blocks_capacity ? 2 * table->blocks_capacity : 16;
        struct sb_context_page **blocks =
            realloc(table->blocks, capacity * sizeof *blocks); /* 1/8192 of what it leads to */
        if (!blocks)
            return SB_MEMORY;
        table->blocks = blocks;
        table->blocks_capacity = capacity;
    }
    struct sb_context_page *block = aligned_alloc(sizeof *block, n_bytes);
    if (!block)
        return SB_MEMORY;
    table->blocks[table->n_blocks++] = block;
    table->n_bytes += n_bytes;
    return SB_OK;
}

enum sb_status sb_context_obtain(struct sb_context_table *table, uint64_t key,
                                 struct sb_context_page **page)
{
    uint64_t *slot;
    *page = look_up(table, key, &slot);
    if (*page || table->is_full)
        return SB_OK;
    enum sb_status status = SB_OK;
    if (table->n_pages >= table->n_slots / 4 * 3) {
        status = double_slots(table);
        look_up(table, key, &slot);
    }
    if (!status && !table->is_full && table->n_pages == table->n_blocks * BLOCK_PAGES)
        status = add_block(table);
    if (status || table->is_full)
        return status;
    struct sb_context_page *new = page_at(table, table->n_pages);
    *new = (struct sb_context_page){ .key = key };
    for (size_t i = 0; i < sizeof new->nodes / sizeof *new->nodes; i++)
        new->nodes[i].ratio = 1;
    *slot = (hash_of(key) & ~(uint64_t)UINT32_MAX) | ++table->n_pages;
    *page = new;
    return SB_OK;
}

/* ---- looking --------------------------------------------------------------------------------- */

bool sb_context_is_full(const struct sb_context_table *table)
{
    return table->is_full;
}

size_t sb_context_n_pages(const struct sb_context_table *table)
{
    return table->n_pages;
}

size_t sb_context_n_bytes(const struct sb_context_table *table)
{
    return table->n_bytes;
}

const struct sb_context_page *sb_context_page(const struct sb_context_table *table, size_t i)
{
    assert(i < table->n_pages);
    return page_at(table, i);
}

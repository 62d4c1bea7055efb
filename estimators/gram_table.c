#include "estimators/gram_table.h"

#include <stdlib.h>

enum { SLOTS_MIN = 1 << 10 };

enum sb_status sb_gram_table_init(struct sb_gram_table *table, unsigned symbol_bits,
                                  size_t n_bytes_max)
{
    *table = (struct sb_gram_table){ .symbol_bits = symbol_bits, .n_bytes_max = n_bytes_max };
    table->slots = calloc(SLOTS_MIN, sizeof *table->slots);
    table->n_slots = table->slots ? SLOTS_MIN : 0;
    return table->slots ? SB_OK : SB_MEMORY;
}

void sb_gram_table_clear(struct sb_gram_table *table)
{
    free(table->slots);
    *table = (struct sb_gram_table){ 0 };
}

/* The slot of a key, or the empty one where it belongs. */
static struct sb_gram_slot *slot_of(struct sb_gram_slot *slots, size_t n_slots, uint64_t key)
{
    uint64_t hash = key * 0x9e3779b97f4a7c15u;
    hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
    size_t i = (size_t)(hash >> 32) & (n_slots - 1);
    while (slots[i].key && slots[i].key != key)
        i = (i + 1) & (n_slots - 1);
    return &slots[i];
}

const struct sb_gram_slot *sb_gram_find(const struct sb_gram_table *table, uint64_t key)
{
    const struct sb_gram_slot *slot = slot_of(table->slots, table->n_slots, key);
    return slot->key ? slot : NULL;
}

static enum sb_status double_slots(struct sb_gram_table *table)
{
    size_t n = 2 * table->n_slots;
    if (n > (SIZE_MAX >> 1) / sizeof *table->slots ||
        table->n_bytes_elsewhere + (n + table->n_slots) * sizeof *table->slots > table->n_bytes_max)
        return SB_LIMIT;
    struct sb_gram_slot *slots = calloc(n, sizeof *slots);
    if (!slots)
        return SB_MEMORY;
    for (size_t i = 0; i < table->n_slots; i++)
        if (table->slots[i].key)
            *slot_of(slots, n, table->slots[i].key) = table->slots[i];
    free(table->slots);
    table->slots = slots;
    table->n_slots = n;
    return SB_OK;
}

enum sb_status sb_gram_obtain(struct sb_gram_table *table, uint64_t key, struct sb_gram_slot **slot)
{
    *slot = slot_of(table->slots, table->n_slots, key);
    if ((*slot)->key)
        return SB_OK;
    if (table->n_used >= table->n_slots / 4 * 3) {
        enum sb_status status = double_slots(table);
        if (status)
            return status;
        *slot = slot_of(table->slots, table->n_slots, key);
    }
    if (table->symbol_bits == SB_GRAM_TOKEN_BITS && !(key >> 59)) {
        if (table->n_named == UINT32_MAX)
            return SB_LIMIT;
        (*slot)->numbers[0] = ++table->n_named;
    }
    (*slot)->key = key;
    table->n_used++;
    return SB_OK;
}

void sb_gram_history_advance(const struct sb_gram_table *table, size_t order, uint32_t symbol,
                             struct sb_gram_history *history)
{
    struct sb_gram_history next = { .n = 1 };
    for (; next.n < order && next.n <= history->n; next.n++) {
        uint64_t context = history->contexts[next.n];
        if (table->symbol_bits == SB_GRAM_BYTE_BITS) {
            next.contexts[next.n + 1] = context << SB_GRAM_BYTE_BITS | symbol;
            continue;
        }
        const struct sb_gram_slot *gram =
            sb_gram_find(table, sb_gram_key(table, next.n, context, symbol));
        if (!gram)
            break;
        next.contexts[next.n + 1] = gram->numbers[0];
    }
    *history = next;
}

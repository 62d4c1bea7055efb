#include "data/pair_table.h"

#include <stdlib.h>
#include <string.h>

/* A finalizer of the murmur kind: every bit of the pair takes part in every bit of the result. */
static uint64_t mix(uint32_t left, uint32_t right)
{
    uint64_t word = (uint64_t)left << 32 | right;
    word = (word ^ (word >> 32)) * 0xd6e8feb86659fd93u;
    word = (word ^ (word >> 32)) * 0xd6e8feb86659fd93u;
    return word ^ (word >> 32);
}

static struct sb_pair *find_slot(const struct sb_pair_table *table, uint32_t left, uint32_t right)
{
    size_t mask = table->n_slots - 1;
    for (size_t i = mix(left, right) & mask;; i = (i + 1) & mask) {
        struct sb_pair *slot = &table->slots[i];
        if (slot->value == SB_PAIR_NONE || (slot->left == left && slot->right == right))
            return slot;
    }
}

/* Keeps the table at most two thirds full. */
static enum sb_status grow(struct sb_pair_table *table)
{
    if (3 * (table->n + 1) <= 2 * table->n_slots)
        return SB_OK;
    struct sb_pair_table larger = { .n = table->n,
                                    .n_slots = table->n_slots ? 2 * table->n_slots : 256 };
    larger.slots = malloc(larger.n_slots * sizeof *larger.slots);
    if (!larger.slots)
        return SB_MEMORY;
    memset(larger.slots, 0xFF, larger.n_slots * sizeof *larger.slots); /* SB_PAIR_NONE */
    for (size_t i = 0; i < table->n_slots; i++) {
        const struct sb_pair *pair = &table->slots[i];
        if (pair->value != SB_PAIR_NONE)
            *find_slot(&larger, pair->left, pair->right) = *pair;
    }
    free(table->slots);
    *table = larger;
    return SB_OK;
}

enum sb_status sb_pair_table_put(struct sb_pair_table *table, uint32_t left, uint32_t right,
                                 uint32_t value)
{
    if (grow(table))
        return SB_MEMORY;
    struct sb_pair *slot = find_slot(table, left, right);
    table->n += slot->value == SB_PAIR_NONE;
    *slot = (struct sb_pair){ left, right, value };
    return SB_OK;
}

void sb_pair_table_clear(struct sb_pair_table *table)
{
    free(table->slots);
    *table = (struct sb_pair_table){ 0 };
}

uint32_t sb_pair_table_find(const struct sb_pair_table *table, uint32_t left, uint32_t right)
{
    return table->n_slots ? find_slot(table, left, right)->value : SB_PAIR_NONE;
}

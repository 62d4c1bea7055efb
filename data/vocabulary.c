#include "data/vocabulary.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void sb_vocabulary_clear(struct sb_vocabulary *vocabulary)
{
    sb_buffer_clear(&vocabulary->arena);
    free(vocabulary->entries);
    free(vocabulary->slots);
    *vocabulary = (struct sb_vocabulary){ 0 };
}

/* The slot of a text, or the empty one where it belongs. */
static uint32_t *find_slot(const struct sb_vocabulary *v, const void *text, size_t n)
{
    for (size_t i = XXH3_64bits(text, n) & (v->n_slots - 1);; i = (i + 1) & (v->n_slots - 1)) {
        uint32_t slot = v->slots[i];
        if (!slot)
            return &v->slots[i];
        const struct sb_vocabulary_entry *entry = &v->entries[slot - 1];
        if (entry->n == n && (n == 0 || memcmp(v->arena.bytes + entry->begin, text, n) == 0))
            return &v->slots[i];
    }
}

/* Keeps the table at most half full. */
static enum sb_status grow_slots(struct sb_vocabulary *v)
{
    if (2 * (v->n_tokens + 1) <= v->n_slots)
        return SB_OK;
    uint32_t *old = v->slots;
    size_t n_slots = v->n_slots ? 2 * v->n_slots : 1024;
    uint32_t *slots = calloc(n_slots, sizeof *slots);
    if (!slots)
        return SB_MEMORY;
    v->slots = slots;
    v->n_slots = n_slots;
    free(old);
    for (size_t id = 0; id < v->n; id++)
        if (v->entries[id].flags)
            *find_slot(v, v->arena.bytes + v->entries[id].begin, v->entries[id].n) =
                (uint32_t)id + 1;
    return SB_OK;
}

static enum sb_status grow_entries(struct sb_vocabulary *v, uint32_t id)
{
    if (id < v->n)
        return SB_OK;
    if (id >= v->capacity) {
        size_t capacity = v->capacity ? v->capacity : 1024;
        while (capacity <= id)
            capacity *= 2;
        struct sb_vocabulary_entry *entries = realloc(v->entries, capacity * sizeof *entries);
        if (!entries)
            return SB_MEMORY;
        v->entries = entries;
        v->capacity = capacity;
    }
    memset(v->entries + v->n, 0, (id + 1 - v->n) * sizeof *v->entries);
    v->n = id + 1;
    return SB_OK;
}

enum sb_status sb_vocabulary_add(struct sb_vocabulary *v, const void *text, size_t n, uint32_t id,
                                 uint32_t flags)
{
    uint32_t there;
    if (id >= SB_VOCABULARY_MAX || n > UINT32_MAX)
        return SB_LIMIT;
    bool is_there = sb_vocabulary_find(v, text, n, &there);
    if (is_there ? there != id : sb_vocabulary_is(v, id, ~0u))
        return SB_DOMAIN;
    if (is_there) {
        v->entries[id].flags |= flags;
        return SB_OK;
    }
    size_t begin = v->arena.n;
    if (grow_entries(v, id) || grow_slots(v) || sb_buffer_append(&v->arena, text, n))
        return SB_MEMORY;
    *find_slot(v, text, n) = id + 1;
    v->entries[id] = (struct sb_vocabulary_entry){ begin, (uint32_t)n, flags };
    v->n_tokens++;
    return SB_OK;
}

bool sb_vocabulary_find(const struct sb_vocabulary *v, const void *text, size_t n, uint32_t *id)
{
    uint32_t slot = v->n_slots ? *find_slot(v, text, n) : 0;
    if (slot)
        *id = slot - 1;
    return slot != 0;
}

bool sb_vocabulary_is(const struct sb_vocabulary *v, uint32_t id, uint32_t flags)
{
    return id < v->n && (v->entries[id].flags & flags) != 0;
}

const uint8_t *sb_vocabulary_text(const struct sb_vocabulary *v, uint32_t id, size_t *n)
{
    *n = v->entries[id].n;
    return v->arena.bytes + v->entries[id].begin;
}

#include "data/documents.h"

#include <stdlib.h>
#include <string.h>

/* The list's own copy of a source's name: that of the last document where it is the same. */
static const char *intern(struct sb_documents *documents, const char *source)
{
    size_t n = documents->n_sources;
    if (n && strcmp(documents->sources[n - 1], source) == 0)
        return documents->sources[n - 1];
    char **sources = realloc(documents->sources, (n + 1) * sizeof *sources);
    if (!sources)
        return NULL;
    documents->sources = sources;
    sources[n] = strdup(source);
    if (!sources[n])
        return NULL;
    documents->n_sources++;
    documents->n_bytes += strlen(source) + sizeof *sources;
    return sources[n];
}

static size_t memory_of(const struct sb_document *document)
{
    return sizeof *document + document->n_ids * (sizeof *document->ids + 1) + document->n_bytes +
           (document->id ? strlen(document->id) + 1 : 0) + 32;
}

static void drop(struct sb_documents *documents, size_t i)
{
    documents->n_bytes -= memory_of(&documents->items[i]);
    const struct sb_document *document = &documents->items[i];
    free(document->ids ? (void *)document->ids : (void *)document->bytes);
}

enum sb_status sb_documents_put(struct sb_documents *documents, size_t i,
                                const struct sb_document *document)
{
    if (i == documents->capacity) {
        size_t capacity = i ? 2 * i : 64;
        struct sb_document *items = realloc(documents->items, capacity * sizeof *items);
        if (!items)
            return SB_MEMORY;
        documents->items = items;
        documents->capacity = capacity;
    }
    struct sb_document copy = *document;
    size_t n_id = document->id ? strlen(document->id) + 1 : 0;
    size_t n_ids = document->n_ids * sizeof *document->ids;
    size_t n_mask = document->loss_mask ? document->n_ids - 1 : 0;
    /* In one piece: the ids, or the bytes; the mask; the document's name. */
    uint8_t *bytes = malloc(n_ids + document->n_bytes + n_mask + n_id + 1), *behind = bytes;
    copy.source = intern(documents, document->source);
    if (!bytes || !copy.source) {
        free(bytes);
        return SB_MEMORY;
    }
    copy.bytes = document->ids ? NULL : bytes;
    copy.ids = document->ids ? (const uint32_t *)(const void *)bytes : NULL;
    if (n_ids)
        memcpy(bytes, document->ids, n_ids);
    if (document->n_bytes)
        memcpy(bytes, document->bytes, document->n_bytes);
    behind += n_ids + document->n_bytes;
    if (n_mask)
        copy.loss_mask = memcpy(behind, document->loss_mask, n_mask);
    if (n_id)
        copy.id = memcpy(behind + n_mask, document->id, n_id);
    if (i < documents->n)
        drop(documents, i);
    else
        documents->n++;
    documents->items[i] = copy;
    documents->n_bytes += memory_of(&copy);
    return SB_OK;
}

void sb_documents_clear(struct sb_documents *documents)
{
    for (size_t i = 0; i < documents->n; i++)
        drop(documents, i);
    for (size_t i = 0; i < documents->n_sources; i++)
        free(documents->sources[i]);
    free(documents->items);
    free(documents->sources);
    *documents = (struct sb_documents){ 0 };
}

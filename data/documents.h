/* A list of documents that owns their bytes: what shuffling and replaying keep in memory. */
#ifndef SB_DATA_DOCUMENTS_H
#define SB_DATA_DOCUMENTS_H

#include <stddef.h>
#include "data/corpus.h"
#include "theory/status.h"

/* Starts as { 0 }. */
struct sb_documents {
    struct sb_document *items; /* id and bytes are owned; source is a view of sources */
    size_t n, capacity;
    size_t n_bytes; /* memory in use, roughly */
    char **sources; /* each name once, in the order of appearance */
    size_t n_sources;
};

/* Puts a copy of the document at position i <= n: behind the last one, or in place of another. */
enum sb_status sb_documents_put(struct sb_documents *documents, size_t i,
                                const struct sb_document *document);
void sb_documents_clear(struct sb_documents *documents);

#endif

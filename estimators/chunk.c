#include "estimators/chunk.h"

#include <stdlib.h>
#include <string.h>
#include "estimators/parallel.h"

enum { MOST_DOCUMENTS = 4096, ARENA_BYTES = 1 << 20, DOCUMENTS_PER_ITEM = 16 };

enum sb_status sb_chunk_init(struct sb_chunk *chunk, size_t n_bytes)
{
    *chunk = (struct sb_chunk){ .items = malloc(MOST_DOCUMENTS * sizeof *chunk->items) };
    if (chunk->items && !sb_buffer_reserve(&chunk->arena, n_bytes ? n_bytes : ARENA_BYTES))
        return SB_OK;
    sb_chunk_clear(chunk);
    return SB_MEMORY;
}

void sb_chunk_clear(struct sb_chunk *chunk)
{
    sb_chunk_reset(chunk);
    free(chunk->items);
    sb_buffer_clear(&chunk->arena);
    *chunk = (struct sb_chunk){ 0 };
}

void sb_chunk_reset(struct sb_chunk *chunk)
{
    for (size_t i = 0; i < chunk->n; i++)
        free(chunk->items[i].tokens);
    chunk->n = 0;
    sb_buffer_reset(&chunk->arena);
}

/* The arena's next place for numbers of four bytes: documents of ids come without bytes. */
static void align(struct sb_buffer *arena)
{
    arena->n = (arena->n + 3) & ~(size_t)3;
}

/* Into room that was reserved, so that earlier views stay where they are. */
static const void *copy(struct sb_buffer *arena, const void *bytes, size_t n)
{
    uint8_t *place = arena->bytes + arena->n;
    if (n)
        memcpy(place, bytes, n);
    arena->n += n;
    return place;
}

enum sb_status sb_chunk_add(struct sb_chunk *chunk, const struct sb_document *document,
                            size_t dataset, size_t number, size_t index)
{
    struct sb_buffer *arena = &chunk->arena;
    size_t n_id = document->id ? strlen(document->id) + 1 : 0;
    size_t n_source = strlen(document->source) + 1;
    size_t n_ids = document->n_ids * sizeof *document->ids;
    size_t n_mask = document->loss_mask ? document->n_ids - 1 : 0;
    size_t n = document->n_bytes + n_ids + n_mask + n_id + n_source + 3;
    if (chunk->n == MOST_DOCUMENTS || (chunk->n && n > arena->capacity - arena->n))
        return SB_END;
    if (sb_buffer_reserve(arena, n))
        return SB_MEMORY;
    struct sb_document copied = *document;
    align(arena);
    copied.ids = document->ids ? copy(arena, document->ids, n_ids) : NULL;
    copied.loss_mask = document->loss_mask ? copy(arena, document->loss_mask, n_mask) : NULL;
    copied.bytes = document->ids ? NULL : copy(arena, document->bytes, document->n_bytes);
    copied.id = document->id ? copy(arena, document->id, n_id) : NULL;
    copied.source = copy(arena, document->source, n_source);
    chunk->items[chunk->n++] = (struct sb_chunk_document){
        .document = copied, .dataset = dataset, .number = number, .index = index
    };
    return SB_OK;
}

static bool has_span(const struct sb_chunk_document *d)
{
    return sb_document_n_scored(&d->document) > 0;
}

struct scoring {
    struct sb_chunk *chunk;
    const struct sb_predictor *predictor;
};

/* A document's id alone does not say where it stands. */
static enum sb_status fail_at(const struct sb_document *document, enum sb_status status,
                              struct sb_error *error)
{
    struct sb_error reason = *error;
    return document->id ? sb_fail(error, status, "%s: %s", document->source, reason.message)
                        : status;
}

static enum sb_status score_some(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)thread;
    const struct scoring *s = context;
    size_t end = (item + 1) * DOCUMENTS_PER_ITEM;
    for (size_t i = item * DOCUMENTS_PER_ITEM; i < end && i < s->chunk->n; i++) {
        struct sb_chunk_document *d = &s->chunk->items[i];
        if (!has_span(d))
            continue;
        enum sb_status status =
            s->predictor->class->score(s->predictor, &d->document, d->index, &d->score, error);
        if (status)
            return fail_at(&d->document, status, error);
    }
    return SB_OK;
}

static enum sb_status score_together(struct sb_chunk *chunk, const struct sb_predictor *predictor,
                                     bool with_tokens, size_t n_threads, struct sb_error *error)
{
    struct sb_scoring *scorings = calloc(chunk->n + 1, sizeof *scorings);
    if (!scorings)
        return sb_fail_memory(error);
    size_t n = 0;
    for (size_t i = 0; i < chunk->n; i++)
        if (has_span(&chunk->items[i]))
            scorings[n++] = (struct sb_scoring){ .document = &chunk->items[i].document,
                                                 .index = chunk->items[i].index };
    enum sb_status status = SB_OK;
    if (n)
        status = predictor->class->score_all(predictor, scorings, n, with_tokens, n_threads, error);
    for (size_t i = 0, j = 0; i < chunk->n && !status; i++)
        if (has_span(&chunk->items[i])) {
            chunk->items[i].score = scorings[j].score;
            chunk->items[i].is_lossy = scorings[j].is_lossy;
            chunk->items[i].tokens = scorings[j++].tokens;
        }
    free(scorings);
    return status;
}

enum sb_status sb_chunk_score(struct sb_chunk *chunk, const struct sb_predictor *predictor,
                              bool with_tokens, size_t n_threads, struct sb_error *error)
{
    if (predictor->class->score_all)
        return score_together(chunk, predictor, with_tokens, n_threads, error);
    struct scoring scoring = { chunk, predictor };
    size_t n_items = (chunk->n + DOCUMENTS_PER_ITEM - 1) / DOCUMENTS_PER_ITEM;
    return sb_parallel_for(n_threads, n_items, score_some, &scoring, error);
}

enum sb_status sb_chunk_learn(struct sb_chunk *chunk, struct sb_predictor *predictor,
                              struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < chunk->n && !status; i++) {
        struct sb_chunk_document *c = &chunk->items[i];
        status = predictor->class->learn(predictor, &c->document, &c->score, error);
    }
    return status;
}

#include "estimators/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "theory/token_tree.h"

/* ---- the survey ---------------------------------------------------------------------------- */

/* FNV-1a, 64 bits. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t n)
{
    const unsigned char *b = bytes;
    for (size_t i = 0; i < n; i++)
        hash = (hash ^ b[i]) * 0x100000001b3u;
    return hash;
}

static uint64_t hash_name(const struct sb_document *document)
{
    const uint64_t basis = 0xcbf29ce484222325u;
    if (document->id)
        return hash_bytes(basis, document->id, strlen(document->id));
    uint64_t hash = hash_bytes(basis, document->source, strlen(document->source));
    return hash_bytes(hash, &document->record, sizeof document->record);
}

static enum sb_status append(struct sb_dataset *dataset, const struct sb_document *document)
{
    size_t n = dataset->n_documents;
    if ((n & (n - 1)) == 0) {
        struct sb_dataset_document *larger =
            realloc(dataset->documents, (n ? 2 * n : 1) * sizeof *larger);
        if (!larger)
            return SB_MEMORY;
        dataset->documents = larger;
    }
    size_t n_scored = sb_document_n_scored(document);
    dataset->documents[n] = (struct sb_dataset_document){
        .name_hash = hash_name(document),
        .weight = document->weight,
        .n_bytes = document->n_bytes,
        .n_scored_bytes = document->ids ? 0 : n_scored,
        .n_ids = document->n_ids,
        .n_scored_ids = document->ids ? n_scored : 0,
    };
    dataset->n_documents++;
    dataset->n_empty += n_scored == 0;
    return SB_OK;
}

static enum sb_status read_all(struct sb_dataset *dataset, struct sb_token_tree *tree,
                               struct sb_error *error)
{
    struct sb_document document;
    enum sb_status status;
    double weight = 0;
    while (!(status = sb_corpus_next(dataset->corpus, &document, error))) {
        size_t n_scored = document.span_end - document.span_begin;
        weight += document.weight * (double)sb_document_n_scored(&document);
        if (append(dataset, &document) ||
            (!document.ids &&
             sb_token_tree_add(tree, document.bytes + document.span_begin, n_scored)))
            return sb_fail_memory(error);
    }
    if (status != SB_END)
        return status;
    if (!(weight > 0))
        return sb_fail(error, SB_FORMAT,
                       "%s: none of its %zu documents has scored %s and a positive weight; "
                       "name the columns with --columns, or score prompts too with --score all",
                       dataset->path, dataset->n_documents,
                       sb_corpus_has_ids(dataset->corpus) ? "token ids" : "bytes");
    return sb_token_tree_finish(tree) ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status survey(struct sb_dataset *dataset, unsigned depth,
                             struct sb_token_tree **tree, struct sb_error *error)
{
    enum sb_status status =
        sb_corpus_open(dataset->path, &dataset->options, &dataset->corpus, error);
    if (status)
        return status;
    if (sb_token_tree_create(SB_READING_BLOCKS, depth, tree))
        return sb_fail_memory(error);
    status = read_all(dataset, *tree, error);
    if (status)
        return status;
    dataset->counts = sb_corpus_counts(dataset->corpus);
    dataset->has_ids = sb_corpus_has_ids(dataset->corpus);
    dataset->n_blocks = sb_token_tree_n(*tree);
    dataset->n_leaves = (double)sb_token_tree_n_leaves(*tree, depth);
    return SB_OK;
}

/* ---- normalisers --------------------------------------------------------------------------- */

static enum sb_status rarefy(struct sb_dataset *datasets, struct sb_token_tree **trees, size_t n,
                             unsigned depth, struct sb_error *error)
{
    uint64_t smallest = UINT64_MAX;
    for (size_t i = 0; i < n; i++)
        if (datasets[i].n_blocks && datasets[i].n_blocks < smallest)
            smallest = datasets[i].n_blocks;
    for (size_t i = 0; i < n; i++) {
        struct sb_dataset *d = &datasets[i];
        d->n_leaves_rarefied = d->n_leaves;
        if (d->n_blocks > smallest &&
            sb_token_tree_rarefied_leaves(trees[i], depth, smallest, &d->n_leaves_rarefied))
            return sb_fail_memory(error);
        d->normaliser = d->n_blocks ? log2(d->n_leaves_rarefied) / depth : NAN;
    }
    return SB_OK;
}

static enum sb_status size_up(struct sb_dataset *d)
{
    double *sizes = malloc((d->n_documents + 1) * sizeof *sizes);
    if (!sizes)
        return SB_MEMORY;
    for (size_t i = 0; i < d->n_documents; i++)
        sizes[i] = d->documents[i].weight * sb_dataset_document_amount(&d->documents[i]);
    enum sb_status status = sb_document_sizes(sizes, d->n_documents, &d->sizes);
    free(sizes);
    return status;
}

static bool same_names(const struct sb_dataset *a, const struct sb_dataset *b)
{
    if (a->n_documents != b->n_documents)
        return false;
    for (size_t i = 0; i < a->n_documents; i++)
        if (a->documents[i].name_hash != b->documents[i].name_hash)
            return false;
    return true;
}

enum sb_status sb_datasets_open(struct sb_dataset *datasets, size_t n, unsigned depth,
                                struct sb_error *error)
{
    struct sb_token_tree **trees = calloc(n, sizeof *trees);
    if (!trees)
        return sb_fail_memory(error);
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < n && !status; i++) {
        status = survey(&datasets[i], depth, &trees[i], error);
        if (!status && size_up(&datasets[i]))
            status = sb_fail_memory(error);
        datasets[i].same_documents = i;
        for (size_t j = i; j-- > 0;)
            if (!status && same_names(&datasets[j], &datasets[i]))
                datasets[i].same_documents = j;
    }
    for (size_t i = 1; i < n && !status; i++)
        if (datasets[i].has_ids != datasets[0].has_ids)
            status = sb_fail(error, SB_FORMAT,
                             "%s holds token ids and %s text: their rates have different units; "
                             "measure them apart",
                             datasets[datasets[0].has_ids ? 0 : i].path,
                             datasets[datasets[0].has_ids ? i : 0].path);
    if (!status)
        status = rarefy(datasets, trees, n, depth, error);
    for (size_t i = 0; i < n; i++)
        sb_token_tree_free(trees[i]);
    free(trees);
    if (status)
        sb_datasets_close(datasets, n);
    return status;
}

void sb_datasets_close(struct sb_dataset *datasets, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sb_corpus_close(datasets[i].corpus);
        free(datasets[i].documents);
        datasets[i].corpus = NULL;
        datasets[i].documents = NULL;
        datasets[i].n_documents = 0;
    }
}

/* ---- reading again ------------------------------------------------------------------------- */

enum sb_status sb_dataset_rewind(const struct sb_dataset *dataset, struct sb_dataset_reader *reader,
                                 struct sb_error *error)
{
    *reader = (struct sb_dataset_reader){ dataset, 0 };
    return sb_corpus_rewind(dataset->corpus, error);
}

static enum sb_status fail_changed(const struct sb_dataset *dataset, struct sb_error *error)
{
    return sb_fail(error, SB_FORMAT, "%s: changed while it was read; start again", dataset->path);
}

enum sb_status sb_dataset_next(struct sb_dataset_reader *reader, struct sb_document *document,
                               size_t *number, struct sb_error *error)
{
    const struct sb_dataset *dataset = reader->dataset;
    struct sb_document d;
    enum sb_status status = sb_corpus_next(dataset->corpus, &d, error);
    if (status == SB_END && reader->next < dataset->n_documents)
        return fail_changed(dataset, error);
    if (status)
        return status;
    if (reader->next >= dataset->n_documents ||
        d.n_bytes != dataset->documents[reader->next].n_bytes ||
        d.n_ids != dataset->documents[reader->next].n_ids ||
        sb_document_n_scored(&d) != dataset->documents[reader->next].n_scored_bytes +
                                        dataset->documents[reader->next].n_scored_ids)
        return fail_changed(dataset, error);
    *document = d;
    *number = reader->next++;
    return SB_OK;
}

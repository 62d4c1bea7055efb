#include "estimators/comparison_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum column {
    MODEL,
    CONTEXTS,
    DOCUMENT,
    POSITION,
    ID,
    LOG2_P,
    DIVERGENCE = LOG2_P + 2,
    TOP = DIVERGENCE + 2,
    RANK,
    TOP_LOG2_P,
    N_COLUMNS = TOP_LOG2_P + 2
};

static const char *const names[N_COLUMNS] = { "model",
                                              "contexts",
                                              "document",
                                              "position",
                                              "id",
                                              "log2_p_first",
                                              "log2_p_second",
                                              "kl_first_second_bits",
                                              "kl_second_first_bits",
                                              "top_id",
                                              "top_rank",
                                              "top_log2_p_first",
                                              "top_log2_p_second" };

struct sb_table *sb_comparison_rows_create(void)
{
    struct sb_table *rows = sb_table_create();
    for (size_t i = 0; i < N_COLUMNS; i++)
        sb_table_column(rows, names[i]);
    return rows;
}

static void put_both(struct sb_table *rows, const double values[2])
{
    sb_table_real(rows, values[0]);
    sb_table_real(rows, values[1]);
}

void sb_comparison_rows_append(struct sb_table *rows, const char *model, const char *contexts,
                               size_t document, const struct sb_compared *compared)
{
    for (size_t i = 0; i < compared->n; i++) {
        const struct sb_compared_token *t = &compared->tokens[i];
        sb_table_text(rows, model);
        sb_table_text(rows, contexts);
        sb_table_integer(rows, (long long)document);
        sb_table_integer(rows, (long long)t->position);
        sb_table_integer(rows, (long long)t->id);
        put_both(rows, t->log2_p);
        put_both(rows, t->divergence_bits);
        sb_table_integer(rows, (long long)t->top);
        sb_table_integer(rows, (long long)t->rank);
        put_both(rows, t->top_log2_p);
    }
}

/* ---- back ------------------------------------------------------------------------------------ */

static bool is_of(const struct sb_table *rows, size_t i, const char *model, const char *contexts)
{
    const char *has_model = sb_table_text_at(rows, i, MODEL);
    const char *has_contexts = sb_table_text_at(rows, i, CONTEXTS);
    return has_model && has_contexts && strcmp(has_model, model) == 0 &&
           strcmp(has_contexts, contexts) == 0;
}

/* A whole number from 0 to most. */
static bool read_count(const struct sb_table *rows, size_t i, enum column column, double most,
                       double *value)
{
    *value = sb_table_real_at(rows, i, column);
    return *value >= 0 && *value <= most && *value == floor(*value);
}

static bool read_token(const struct sb_table *rows, size_t i, struct sb_compared_token *t)
{
    double position, id, top, rank;
    if (!read_count(rows, i, POSITION, 0x1p53, &position) ||
        !read_count(rows, i, ID, UINT32_MAX, &id) || !read_count(rows, i, TOP, UINT32_MAX, &top) ||
        !read_count(rows, i, RANK, UINT32_MAX, &rank))
        return false;
    *t = (struct sb_compared_token){
        (uint64_t)position, (uint32_t)id, (uint32_t)top, (uint32_t)rank, { 0 }, { 0 }, { 0 }
    };
    for (int s = 0; s < 2; s++) {
        t->log2_p[s] = sb_table_real_at(rows, i, (size_t)(LOG2_P + s));
        t->divergence_bits[s] = sb_table_real_at(rows, i, (size_t)(DIVERGENCE + s));
        t->top_log2_p[s] = sb_table_real_at(rows, i, (size_t)(TOP_LOG2_P + s));
        if (!(t->log2_p[s] <= 0) || !(t->divergence_bits[s] >= 0) || isnan(t->top_log2_p[s]))
            return false;
    }
    return true;
}

/* Rows that belong to the same document as row i, from it on. */
static size_t n_of_document(const struct sb_table *rows, size_t i)
{
    const char *model = sb_table_text_at(rows, i, MODEL);
    const char *contexts = sb_table_text_at(rows, i, CONTEXTS);
    size_t n = 1;
    while (model && contexts && i + n < sb_table_n_rows(rows) &&
           is_of(rows, i + n, model, contexts) &&
           sb_table_real_at(rows, i + n, DOCUMENT) == sb_table_real_at(rows, i, DOCUMENT))
        n++;
    return n;
}

static enum sb_status take_document(const struct sb_table *rows, size_t first, size_t n_rows,
                                    struct sb_compared *documents, size_t n, struct sb_error *error)
{
    double number;
    if (!read_count(rows, first, DOCUMENT, (double)n - 1, &number) ||
        documents[(size_t)number].tokens)
        return sb_fail(error, SB_FORMAT, "row %zu is damaged; remove the file", first + 1);
    struct sb_compared *d = &documents[(size_t)number];
    if (!(d->tokens = calloc(n_rows, sizeof *d->tokens)))
        return sb_fail_memory(error);
    d->n = n_rows;
    for (size_t i = 0; i < n_rows; i++)
        if (!read_token(rows, first + i, &d->tokens[i]) ||
            (i && d->tokens[i].position <= d->tokens[i - 1].position))
            return sb_fail(error, SB_FORMAT, "row %zu is damaged; remove the file", first + i + 1);
    return SB_OK;
}

enum sb_status sb_comparison_rows_take(const struct sb_table *done, const char *model,
                                       const char *contexts, struct sb_compared *documents,
                                       size_t n, struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0, n_rows; i < sb_table_n_rows(done) && !status; i += n_rows) {
        n_rows = n_of_document(done, i);
        if (is_of(done, i, model, contexts))
            status = take_document(done, i, n_rows, documents, n, error);
    }
    return status;
}

/* ---- the ledger ------------------------------------------------------------------------------ */

/* All rows but those of the last document, into kept. */
static enum sb_status drop_last(const struct sb_table *rows, struct sb_table *kept,
                                struct sb_error *error)
{
    size_t n_rows = sb_table_n_rows(rows), n = 0;
    for (size_t i = 0; i < n_rows; i += n) {
        n = n_of_document(rows, i);
        for (size_t j = i; j < i + n && i + n < n_rows; j++) {
            struct sb_compared_token token;
            const struct sb_compared one = { .tokens = &token, .n = 1 };
            double document;
            if (!read_token(rows, j, &token) || !read_count(rows, j, DOCUMENT, 0x1p53, &document))
                return sb_fail(error, SB_FORMAT, "row %zu is damaged; remove the file", j + 1);
            sb_comparison_rows_append(kept, sb_table_text_at(rows, j, MODEL),
                                      sb_table_text_at(rows, j, CONTEXTS), (size_t)document, &one);
        }
    }
    return SB_OK;
}

enum sb_status sb_comparison_rows_open(const char *path, const struct sb_table *header,
                                       struct sb_table **done, struct sb_ledger **ledger,
                                       struct sb_error *error)
{
    enum sb_status status = sb_ledger_open(path, header, done, ledger, error);
    if (status || !*done)
        return status;
    struct sb_table *kept = sb_comparison_rows_create();
    struct sb_error reason = { "" };
    status = drop_last(*done, kept, &reason);
    sb_ledger_close(*ledger, NULL);
    sb_table_free(*done);
    *ledger = NULL;
    *done = NULL;
    if (status)
        sb_fail(error, status, "%s: %s", path, reason.message);
    else
        status = sb_ledger_rewrite(path, header, kept, error);
    sb_table_free(kept);
    return status ? status : sb_ledger_open(path, header, done, ledger, error);
}

#include "estimators/token_rows.h"

enum column { DOCUMENT, POSITION, ID, LOG2_P, N_COLUMNS };
static const char *const column_names[N_COLUMNS] = { "document", "position", "id", "log2_p" };

struct sb_table *sb_token_rows_create(void)
{
    struct sb_table *rows = sb_table_create();
    for (size_t c = 0; c < N_COLUMNS; c++)
        sb_table_column(rows, column_names[c]);
    return rows;
}

void sb_token_rows_append(struct sb_table *rows, size_t document,
                          const struct sb_token_score *tokens, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        sb_table_integer(rows, (long long)document);
        sb_table_integer(rows, (long long)tokens[i].position);
        sb_table_integer(rows, (long long)tokens[i].id);
        sb_table_real(rows, tokens[i].log2_p);
    }
}

/* The rows of documents that are done, of those of a ledger. */
static struct sb_table *kept_rows(const struct sb_table *rows,
                                  bool (*is_done)(const void *context, size_t document),
                                  const void *context)
{
    struct sb_table *kept = sb_token_rows_create();
    for (size_t i = 0; i < sb_table_n_rows(rows); i++) {
        double document = sb_table_real_at(rows, i, DOCUMENT);
        if (!(document >= 0) || !is_done(context, (size_t)document))
            continue;
        struct sb_token_score token = { (uint64_t)sb_table_real_at(rows, i, POSITION),
                                        (uint32_t)sb_table_real_at(rows, i, ID),
                                        sb_table_real_at(rows, i, LOG2_P) };
        sb_token_rows_append(kept, (size_t)document, &token, 1);
    }
    return kept;
}

/* Documents that have rows; those of a document stand together. */
static size_t n_documents(const struct sb_table *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < sb_table_n_rows(rows); i++)
        n += i == 0 ||
             sb_table_real_at(rows, i, DOCUMENT) != sb_table_real_at(rows, i - 1, DOCUMENT);
    return n;
}

enum sb_status sb_token_rows_open(const char *path, const struct sb_table *header,
                                  bool (*is_done)(const void *context, size_t document),
                                  const void *context, size_t n_done, struct sb_ledger **ledger,
                                  struct sb_error *error)
{
    struct sb_table *rows;
    enum sb_status status = sb_ledger_open(path, header, &rows, ledger, error);
    if (status)
        return status;
    struct sb_table *kept = rows ? kept_rows(rows, is_done, context) : sb_token_rows_create();
    if (n_documents(kept) != n_done)
        status =
            sb_fail(error, SB_FORMAT,
                    "%s: lacks tokens of documents that the rows have; remove both files", path);
    if (!status && rows && sb_table_n_rows(kept) < sb_table_n_rows(rows)) {
        sb_ledger_close(*ledger, NULL);
        *ledger = NULL;
        sb_table_free(rows);
        rows = NULL;
        status = sb_ledger_rewrite(path, header, kept, error);
        if (!status)
            status = sb_ledger_open(path, header, &rows, ledger, error);
    }
    sb_table_free(rows);
    sb_table_free(kept);
    if (status) {
        sb_ledger_close(*ledger, NULL);
        *ledger = NULL;
    }
    return status;
}

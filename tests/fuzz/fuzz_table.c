/* Any bytes as a table (TSV): refused with a line, or a table that reads the same when it is written; as a
 * ledger of a small header; and as a file of scores.
 *
 * covers: data/table.c data/ledger.c estimators/scores.c
 * seeds:
 */
#include <string.h>
#include "data/ledger.h"
#include "data/table.h"
#include "estimators/predictor.h"
#include "tests/fuzz/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* A table as TSV: a new string. */
static char *written(const struct sb_table *table, size_t *n)
{
    char *text = NULL;
    FILE *file = open_memstream(&text, n);
    must(file && sb_table_write_tsv(table, file, NULL) == SB_OK && fclose(file) == 0);
    return text;
}

static void read_table(const uint8_t *bytes, size_t n)
{
    struct sb_table *table, *again;
    struct sb_error error = { "" };
    enum sb_status status = sb_table_read(fuzz_file(bytes, n), &table, &error);
    must((status != SB_OK) == (*error.message != 0) && (status == SB_OK) == (table != NULL));
    if (status)
        return;
    size_t n_first, n_second;
    char *first = written(table, &n_first);
    must(sb_table_read(fuzz_file((const uint8_t *)first, n_first), &again, NULL) == SB_OK);
    char *second = written(again, &n_second);
    must(n_first == n_second && memcmp(first, second, n_first) == 0);
    for (size_t row = 0; row < sb_table_n_rows(table); row++)
        for (size_t column = 0; column < sb_table_n_columns(table); column++)
            must((sb_table_text_at(table, row, column) == NULL) ==
                 (sb_table_text_at(again, row, column) == NULL));
    free(first);
    free(second);
    sb_table_free(table);
    sb_table_free(again);
}

static void read_ledger(const uint8_t *bytes, size_t n)
{
    struct sb_table *header = sb_table_create(), *done;
    struct sb_ledger *ledger;
    struct sb_error error = { "" };
    sb_table_provenance(header, "a", "b");
    sb_table_column(header, "x");
    if (sb_ledger_open(fuzz_file(bytes, n), header, &done, &ledger, &error) == SB_OK) {
        must(!done || sb_table_n_columns(done) == 1);
        must(sb_ledger_close(ledger, NULL) == SB_OK);
    } else {
        must(*error.message && !done && !ledger);
    }
    sb_table_free(done);
    sb_table_free(header);
}

static void read_scores(const uint8_t *bytes, size_t n)
{
    char text[128];
    struct sb_model model;
    struct sb_predictor *scores;
    struct sb_error error = { "" };
    snprintf(text, sizeof text, "scores:%s", fuzz_file(bytes, n));
    must(sb_model_parse(text, &model, NULL) == SB_OK);
    if (sb_predictor_create(&model, &scores, &error) == SB_OK) {
        if (scores->class->expect(scores, 3, &error))
            must(*error.message != 0);
        sb_predictor_free(scores);
    }
    sb_model_clear(&model);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    read_table(bytes, n);
    read_ledger(bytes, n);
    read_scores(bytes, n);
    return 0;
}

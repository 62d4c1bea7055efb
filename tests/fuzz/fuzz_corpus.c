/* Any bytes as a dataset, in each format: JSONL, a JSON array, CSV, TSV and text under each split. Refused
 * with a line, or documents whose spans lie in their bytes and whose ids are ids, the same ones
 * after a rewind; with malformed records left out too.
 *
 * covers: data/corpus.c data/jsonl.c data/json.c data/json_array.c data/csv.c data/lines.c data/record.c data/columns.c data/documents.c data/text.c data/token_ids.c data/format.c data/utf8.c
 * seeds: tests/fixtures/shared.json
 */
#include <math.h>
#include <string.h>
#include "data/corpus.h"
#include "tests/fuzz/file.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static uint64_t add(uint64_t sum, const void *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ ((const uint8_t *)bytes)[i]) * UINT64_C(0x100000001b3);
    return (sum ^ n) * UINT64_C(0x100000001b3);
}

/* What a corpus says, as one number. */
static uint64_t read_all(struct sb_corpus *corpus)
{
    uint64_t sum = 1;
    struct sb_document d;
    struct sb_error error = { "" };
    char name[64];
    enum sb_status status;
    while ((status = sb_corpus_next(corpus, &d, &error)) == SB_OK) {
        must(d.span_begin <= d.span_end && d.span_end <= d.n_bytes && d.source);
        must(d.weight >= 0 && d.weight <= 1e100);
        must(!d.ids || !d.n_bytes);
        for (size_t i = 0; i < d.n_ids; i++)
            must(d.ids[i] < UINT32_MAX);
        for (size_t i = 1; d.loss_mask && i < d.n_ids; i++)
            must(d.loss_mask[i - 1] <= 1);
        sum = add(add(sum, d.bytes, d.n_bytes), d.ids, d.n_ids * sizeof *d.ids);
        sb_document_name(&d, name, sizeof name);
        sum = add(sum, name, strlen(name));
        sum = add(sum, &d.span_begin, sizeof d.span_begin);
    }
    must(status == SB_END || *error.message);
    return sum * 31 + (uint64_t)status;
}

static void read_as(const char *path, const struct sb_corpus_options *options)
{
    struct sb_corpus *corpus;
    must(sb_corpus_open(path, options, &corpus, NULL) == SB_OK);
    uint64_t sum = read_all(corpus);
    must(sb_corpus_rewind(corpus, NULL) == SB_OK);
    must(read_all(corpus) == sum);
    sb_corpus_close(corpus);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    /* Archives have a target of their own. */
    static const char *const others[] = {
        "\x1f\x8b", "BZh", "PK", "7z", "\xfd", "\x28\xb5\x2f\xfd"
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (n >= strlen(others[i]) && memcmp(bytes, others[i], strlen(others[i])) == 0)
            return 0;
    const char *path = fuzz_file(bytes, n);
    struct sb_corpus_options options = sb_corpus_options_default();
    options.max_document_bytes = 1000;
    options.separator = "--";
    for (options.format = SB_FORMAT_GUESS; options.format <= SB_FORMAT_TSV; options.format++) {
        options.takes_ids = true;
        read_as(path, &options);
        options.skip_invalid = true;
        options.takes_ids = false;
        options.columns = "a";
        options.prompt_format = "<{prompt}>";
        read_as(path, &options);
        options.skip_invalid = false;
        options.columns = options.prompt_format = NULL;
    }
    options.format = SB_FORMAT_TEXT;
    for (options.split = SB_SPLIT_LINE; options.split <= SB_SPLIT_SEPARATOR; options.split++)
        read_as(path, &options);
    return 0;
}

/* Documents from JSONL and text: columns, spans, splits, filters, limits, shuffling, rewinding. */
#include "tests/helpers.h"

#include "data/corpus.h"

/* What a corpus gives, printed: "id|prompt|scored|weight\n" per document, then the failure. */
static char *transcript(struct sb_corpus *corpus)
{
    char *text = calloc(1, 1 << 16);
    assert_non_null(text);
    size_t n = 0, size = 1 << 16;
    struct sb_document d;
    struct sb_error error = { "" };
    enum sb_status status;
    while ((status = sb_corpus_next(corpus, &d, &error)) == SB_OK) {
        char name[64];
        sb_document_name(&d, name, sizeof name);
        const char *slash = strrchr(name, '/');
        n += (size_t)snprintf(text + n, size - n, "%s|%.*s|%.*s|%g\n", slash ? slash + 1 : name,
                              (int)d.span_begin, (const char *)d.bytes,
                              (int)(d.span_end - d.span_begin),
                              (const char *)d.bytes + d.span_begin, d.weight);
        assert_int_equal(d.span_end, d.n_bytes);
    }
    if (status != SB_END)
        snprintf(text + n, size - n, "!%s\n", error.message);
    return text;
}

static char *read_path(const char *path, const struct sb_corpus_options *options)
{
    struct sb_corpus *corpus;
    struct sb_error error = { "" };
    assert_int_equal(sb_corpus_open(path, options, &corpus, &error), SB_OK);
    char *text = transcript(corpus);
    sb_corpus_close(corpus);
    return text;
}

static char *read_content(const char *name, const char *content, size_t n,
                          const struct sb_corpus_options *options)
{
    char *folder = new_folder(), path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    write_file(path, content, n);
    char *text = read_path(path, options);
    remove_folder(folder);
    return text;
}

/* The transcript must be expected; one that ends in a failure need only contain it. */
static void check(const char *name, const char *content, const struct sb_corpus_options *options,
                  const char *expected)
{
    struct sb_corpus_options defaults = sb_corpus_options_default();
    char *text = read_content(name, content, strlen(content), options ? options : &defaults);
    bool ok = *expected == '!' ? strchr(text, '!') && strstr(text, expected + 1)
                               : !strcmp(text, expected);
    if (!ok)
        fail_msg("%s: %s\n  gives    %s\n  expected %s", name, content, text, expected);
    free(text);
}

static void columns_by_name(void **state)
{
    (void)state;
    check("a.jsonl", "{\"text\":\"ab\"}\n\n{\"id\":7,\"text\":\"c\\n\\u00e9\",\"weight\":0.5}",
          NULL, "a.jsonl:1||ab|1\n7||c\n\xC3\xA9|0.5\n");
    check("a.jsonl", "{\"prompt\":\"p\",\"completion\":\"c\",\"id\":\"x\"}\n", NULL, "x|p|c|1\n");
    check("a.jsonl", "{\"prompt\":\"p\",\"response\":\"c\",\"id\":null}\n", NULL,
          "a.jsonl:1|p|c|1\n");
    check("a.jsonl", "{\"prompt\":\"p\",\"chosen\":\"c\",\"rejected\":\"r\"}\n", NULL,
          "a.jsonl:1|p|c|1\n");
    check("a.jsonl", "\xEF\xBB\xBF{\"text\":\"a\",\"text\":\"b\"}\r\n", NULL, "a.jsonl:1||b|1\n");
}

static void messages(void **state)
{
    (void)state;
    check(
        "a.jsonl",
        "{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\",\"content\":\"u\"},"
        "{\"role\":\"assistant\",\"content\":\"a\"},{\"role\":\"user\",\"content\":\"v\"}]}",
        NULL, "a.jsonl:1|s\nu\n|a|1\n");
    check("a.jsonl",
          "{\"prompt\":[{\"role\":\"user\",\"content\":\"u\"}],"
          "\"chosen\":[{\"role\":\"assistant\",\"content\":\"a\"}]}",
          NULL, "a.jsonl:1|u\n|a|1\n");
    check("a.jsonl", "{\"messages\":[{\"role\":\"user\",\"content\":\"u\"}]}", NULL,
          "!line 1: column \"messages\" holds no message of an assistant");
    check("a.jsonl", "{\"messages\":[{\"role\":\"assistant\",\"content\":null}]}", NULL,
          "!line 1: message 1 has no text \"content\"");
}

static void text_splits(void **state)
{
    (void)state;
    struct sb_corpus_options options = sb_corpus_options_default();
    check("a.txt", "one\n\ntwo\r\nthree", NULL, "a.txt||one\n\ntwo\r\nthree|1\n");
    options.split = SB_SPLIT_LINE;
    check("a.txt", "one\n\ntwo\r\nthree", &options,
          "a.txt:1||one|1\na.txt:3||two|1\na.txt:4||three|1\n");
    options.split = SB_SPLIT_BLOCK;
    check("a.txt", "\n \none\r\ntwo\n\t\n\nthree\n", &options,
          "a.txt:1||one\r\ntwo|1\na.txt:2||three|1\n");
    options.split = SB_SPLIT_SEPARATOR;
    options.separator = "%";
    check("a.txt", "one\n\n1\n%\n%\ntwo\n%", &options, "a.txt:1||one\n\n1|1\na.txt:2||two|1\n");
}

static void csv_and_tsv(void **state)
{
    (void)state;
    check("a.csv", "\xEF\xBB\xBFid,text,weight\r\n1, a ,2\r\n\r\n2,\"b,\n\"\"c\"\"\",1/2\r\n3,,1\n",
          NULL, "1|| a |2\n2||b,\n\"c\"|0.5\n3|||1\n");
    check("a.tsv", "prompt\tresponse\na,b\tc\n", NULL, "a.tsv:2|a,b|c|1\n");
    check("a.csv", "text\n\"no newline\"", NULL, "a.csv:2||no newline|1\n");
    check("a.csv", "text,label\na,1\nb\n", NULL, "!a.csv row 3: 1 fields instead of 2");
    check("a.csv", "text,label\na,1\nb,5\" disk\n", NULL, "!a.csv row 3: a misplaced quote");
    check("a.csv", "text,label\n\"a\" b,1\n", NULL, "!a.csv row 2: a misplaced quote");
    check("a.csv", "text,label\n\"a,1\nb,2\n", NULL, "!a.csv row 2: a misplaced quote");
    check("a.csv", "text\n", NULL, "!a.csv: no documents");
    check("a.csv", "a,b\n1,2\n", NULL, "!row 2: no \"text\"");
    struct sb_corpus_options options = sb_corpus_options_default();
    options.skip_invalid = true;
    check("a.csv", "text,label\na,1\nb\nc,2\n", &options, "a.csv:2||a|1\na.csv:4||c|1\n");
    options = sb_corpus_options_default();
    options.format = SB_FORMAT_CSV;
    check("a.txt", "text\na\n", &options, "a.txt:2||a|1\n");
}

static void json_arrays(void **state)
{
    (void)state;
    check("a.json", " [ {\"text\":\"a]}\\\"\"} ,{\"text\":\"b\"}\n] \n", NULL,
          "a.json:1||a]}\"|1\na.json:2||b|1\n");
    check("a", "\xEF\xBB\xBF[{\"text\":\"a\"}]", NULL, "a:1||a|1\n");
    check("a.json", "{\"text\":\"a\"}\n{\"text\":\"b\"}\n", NULL, "a.json:1||a|1\na.json:2||b|1\n");
    check("a.json", "[]", NULL, "!a.json: no documents");
    check("a.json", "[{\"text\":\"a\"},{\"text\":\"b\"}", NULL, "!a.json: the array is cut off");
    check("a.json", "[{\"text\":\"a\"}] x", NULL, "!a.json: something follows the array");
    check("a.json", "[{\"text\":\"a\"} {}]", NULL, "!a.json element 1: something behind the value");
    check("a.json", "[{\"text\":\"a\"},]", NULL, "!a.json element 2: the text ends too early");
    check("a.json", "[{\"text\":\"a\"},2]", NULL, "!a.json element 2: not a JSON object");
    struct sb_corpus_options options = sb_corpus_options_default();
    options.skip_invalid = true;
    check("a.json", "[{\"text\":\"a\"},{\"text\":2},{\"text\":\"c\"}]", &options,
          "a.json:1||a|1\na.json:3||c|1\n");
}

static void guessed_formats(void **state)
{
    (void)state;
    check("a", "{\"text\":\"a\"}", NULL, "a:1||a|1\n");
    check("a", "{ \"text\":\"a\"}", NULL, "a:1||a|1\n");
    check("a.txt", "{\"text\":\"a\"}", NULL, "a.txt||{\"text\":\"a\"}|1\n");
    check("a", "{x}", NULL, "a||{x}|1\n");
    check("a", "[1, 2]", NULL, "a||[1, 2]|1\n");
    /* A name in .json is never text. */
    check("a.json", "[1, 2]", NULL, "!a.json element 1: not a JSON object");
    check("a.json", "[[[[", NULL, "!a.json: the array is cut off behind element 0");
    check("a.json", "{\n", NULL, "!a.json line 1: ");
    check("a.json", "{\"text\":\"a\"}\n", NULL, "a.json:1||a|1\n");
    check("a.json", "hello", NULL, "!a.json: not a JSON array");
    check("a", "text,label\n", NULL, "a||text,label\n|1\n");
    check("a.parquet", "x", NULL, "!Parquet is not read; convert it first");
    check("a", "PAR1x", NULL, "!Parquet is not read; convert it first");
}

static void malformed_records(void **state)
{
    (void)state;
    check("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"\xFF\"}\n", NULL,
          "!a.jsonl line 2: invalid UTF-8 at byte 10");
    check("a.jsonl", "{\"text\":\"a\"\n", NULL, "!a.jsonl line 1: expected ',' or '}'");
    check("a.jsonl", "[1]\n", NULL, "!a.jsonl line 1: not a JSON object");
    check("a.jsonl", "{\"text\":null}", NULL,
          "!line 1: column \"text\" holds null instead of text; name others with --columns");
    check("a.jsonl", "{\"text\":\"a\"}\n{\"txt\":\"b\"}\n", NULL,
          "!line 2: no column \"text\" for the document; there are \"txt\"");
    check("a.jsonl", "{\"text\":\"a\",\"weight\":-1}", NULL,
          "!line 1: column \"weight\" holds \"-1\" instead of a number from 0 to 1e100");
    check("a.jsonl", "{\"text\":\"a\",\"weight\":1e999}", NULL,
          "!column \"weight\" holds \"1e999\"");
    check("a.jsonl", "{\"text\":\"a\",\"weight\":1e101}", NULL,
          "!column \"weight\" holds \"1e101\"");
    check("a.jsonl", "{\"text\":\"a\",\"weight\":\"nan\"}", NULL,
          "!column \"weight\" holds \"nan\"");
    check("a.jsonl", "{\"text\":\"a\",\"id\":[1]}", NULL, "!column \"id\" holds an array");
    struct sb_corpus_options options = sb_corpus_options_default();
    options.skip_invalid = true;
    check("a.jsonl", "{\n{\"text\":\"a\"}\nx\n{\"text\":3}\n{\"text\":\"b\"}", &options,
          "a.jsonl:2||a|1\na.jsonl:5||b|1\n");
    check("a.jsonl", "{\nx\n", &options, "!no documents: all 2 records are malformed (");
}

static void limits(void **state)
{
    (void)state;
    struct sb_corpus_options options = sb_corpus_options_default();
    options.max_document_bytes = 16;
    check("a.txt", "0123456789abcdef", &options, "a.txt||0123456789abcdef|1\n");
    check("a.txt", "0123456789abcdefg", &options, "!a.txt: a document of more than 16 bytes");
    check("a.jsonl", "{\"text\":\"0123456\"}", &options, "!a.jsonl line 1: longer than 16 bytes");
    check("a.json", "[{\"text\":\"0123456\"}]", &options,
          "!a.json element 1: longer than 16 bytes");
    options.split = SB_SPLIT_LINE;
    check("a.txt", "0123456789abcdef\r\nb", &options,
          "a.txt:1||0123456789abcdef|1\na.txt:2||b|1\n");
    check("a.txt", "a\n0123456789abcdefg", &options, "!a.txt line 2: longer than 16 bytes");
    options.split = SB_SPLIT_BLOCK;
    check("a.txt", "0123456789\n0123456789\n", &options, "!more than 16 bytes");
    options = sb_corpus_options_default();
    options.max_document_bytes = 1 << 15;
    char *endless = malloc(1 << 17);
    assert_non_null(endless);
    memset(endless, 'a', 1 << 17);
    memcpy(endless, "text\n\"", 6); /* a quote that is never closed */
    char *text = read_content("a.csv", endless, 1 << 17, &options);
    assert_non_null(strstr(text, "!"));
    assert_non_null(strstr(text, "a.csv row 2: longer than"));
    free(text);
    options.format = SB_FORMAT_JSONL;
    text = read_content("a", endless + 6, (1 << 17) - 6, &options);
    assert_non_null(strstr(text, "a line 1: longer than 32768 bytes"));
    free(text);
    free(endless);
}

static void chosen_columns(void **state)
{
    (void)state;
    const char *pair = "{\"prompt\":\"p\",\"chosen\":\"c\",\"rejected\":\"r\"}\n";
    struct sb_corpus_options options = sb_corpus_options_default();
    options.columns = "prompt,rejected";
    check("a.jsonl", pair, &options, "a.jsonl:1|p|r|1\n");
    options.columns = "chosen";
    check("a.jsonl", pair, &options, "a.jsonl:1||c|1\n");
    options.prompt_format = "<u>{prompt}<a>";
    options.columns = NULL;
    check("a.jsonl", pair, &options, "a.jsonl:1|<u>p<a>|c|1\n");
    options.score_all = true;
    check("a.jsonl", pair, &options, "a.jsonl:1||<u>p<a>c|1\n");
    options.columns = "prompt,answer";
    check("a.jsonl", pair, &options,
          "!a.jsonl line 1: no column \"answer\" for --columns; there are \"prompt\", \"chosen\", "
          "\"rejected\"");
    check("a.txt", "text", &options, "a.txt||text|1\n");
    options.columns = "a,b,c";
    check("a.jsonl", pair, &options, "!--columns \"a,b,c\": expected TEXT or PROMPT,COMPLETION");
}

static void filters(void **state)
{
    (void)state;
    const char *rows = "{\"text\":\"a\",\"l\":1,\"t\":true}\n{\"text\":\"b\",\"l\":2,\"t\":true}\n"
                       "{\"text\":\"c\",\"l\":\"1\",\"t\":false}\n{\"text\":\"d\"}\n";
    const char *const one[] = { "l=1" }, *const two[] = { "l=1", "t=true" };
    const char *const none[] = { "l=3" }, *const missing[] = { "x=1" };
    struct sb_corpus_options options = sb_corpus_options_default();
    options.n_filters = 1;
    options.filters = one;
    check("a.jsonl", rows, &options, "a.jsonl:1||a|1\na.jsonl:3||c|1\n");
    options.filters = none;
    check("a.jsonl", rows, &options, "!no documents left after --filter l=3 (4 read");
    options.filters = missing;
    check("a.jsonl", rows, &options, "!line 1: no column \"x\" for --filter; there are \"text\"");
    check("a.txt", "a", &options, "!a.txt: text has no columns for --filter x=1");
    options.n_filters = 2;
    options.filters = two;
    check("a.jsonl", rows, &options, "a.jsonl:1||a|1\n");
}

/* Files of one corpus are all text or all records. */
static void mixtures_are_refused(void **state)
{
    (void)state;
    struct sb_corpus_options options = sb_corpus_options_default();
    char *folder = new_folder(), path[4200];
    snprintf(path, sizeof path, "%s/a.jsonl", folder);
    write_file(path, "{\"text\":\"a\"}\n", 13);
    snprintf(path, sizeof path, "%s/README.md", folder);
    write_file(path, "", 0);
    char *text = read_path(folder, &options);
    assert_string_equal(text, "a.jsonl:1||a|1\n"); /* an empty file is no document */
    free(text);
    write_file(path, "about\n", 6);
    text = read_path(folder, &options);
    assert_non_null(strstr(text, "a.jsonl: records among text; choose files with PATH:GLOB"));
    free(text);
    snprintf(path, sizeof path, "%s:*.jsonl", folder);
    text = read_path(path, &options);
    assert_string_equal(text, "a.jsonl:1||a|1\n");
    free(text);
    remove_folder(folder);
}

/* ---- passes ------------------------------------------------------------------------------------- */

enum { N_LINES = 3000 };

/* N_LINES lines "0".."2999", each followed by `padding` bytes. */
static char *write_lines(const char *folder, size_t padding)
{
    char *path = malloc(4200);
    assert_non_null(path);
    snprintf(path, 4200, "%s/lines.txt", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < N_LINES; i++)
        fprintf(file, "%d%*s\n", i, (int)padding, padding ? "." : "");
    assert_int_equal(fclose(file), 0);
    return path;
}

/* The numbers at the start of the next documents into order; how many there are. */
static size_t read_numbers(struct sb_corpus *corpus, int *order, size_t at_most)
{
    struct sb_document d;
    struct sb_error error = { "" };
    size_t n = 0;
    while (n < at_most && sb_corpus_next(corpus, &d, &error) == SB_OK) {
        char digits[8] = "";
        memcpy(digits, d.bytes, d.n_bytes < 7 ? d.n_bytes : 7);
        order[n++] = atoi(digits);
    }
    assert_string_equal(error.message, "");
    return n;
}

/* Small corpora are replayed from memory, large ones (30 kB a line: 90 MB) read again. */
static void rewinding(void **state)
{
    (void)state;
    static int order[N_LINES + 1];
    for (size_t padding = 0; padding <= 30000; padding += 30000) {
        char *folder = new_folder(), *path = write_lines(folder, padding);
        struct sb_corpus_options options = sb_corpus_options_default();
        struct sb_corpus *corpus;
        options.split = SB_SPLIT_LINE;
        assert_int_equal(sb_corpus_open(path, &options, &corpus, NULL), SB_OK);
        assert_int_equal(read_numbers(corpus, order, 10), 10); /* not to the end */
        for (int pass = 0; pass < 3; pass++) {
            assert_int_equal(sb_corpus_rewind(corpus, NULL), SB_OK);
            assert_int_equal(read_numbers(corpus, order, N_LINES + 1), N_LINES);
            for (int i = 0; i < N_LINES; i++)
                assert_int_equal(order[i], i);
            struct sb_corpus_counts counts = sb_corpus_counts(corpus);
            assert_int_equal(counts.n_documents, N_LINES);
            /* 10 + 90 * 2 + 900 * 3 + 2000 * 4 digits */
            assert_int_equal(counts.n_bytes, 10890 + N_LINES * padding);
        }
        sb_corpus_close(corpus);
        options.once = true;
        assert_int_equal(sb_corpus_open(path, &options, &corpus, NULL), SB_OK);
        assert_int_equal(sb_corpus_rewind(corpus, NULL), SB_DOMAIN);
        sb_corpus_close(corpus);
        remove_folder(folder);
        free(path);
    }
}

/* A shuffle is a permutation that depends on the seed alone; with a limit, a sample in which each
 * document is as likely as any other. */
static void shuffling(void **state)
{
    (void)state;
    static int order[N_LINES + 1], again[N_LINES + 1], seen[N_LINES];
    char *folder = new_folder(), *path = write_lines(folder, 0);
    struct sb_corpus_options options = sb_corpus_options_default();
    struct sb_corpus *corpus;
    options.split = SB_SPLIT_LINE;
    options.shuffle = true;
    options.seed = 5;
    assert_int_equal(sb_corpus_open(path, &options, &corpus, NULL), SB_OK);
    assert_int_equal(read_numbers(corpus, order, N_LINES + 1), N_LINES);
    assert_int_equal(sb_corpus_rewind(corpus, NULL), SB_OK);
    assert_int_equal(read_numbers(corpus, again, N_LINES + 1), N_LINES);
    assert_memory_equal(order, again, N_LINES * sizeof *order);
    sb_corpus_close(corpus);
    int n_fixed = 0;
    for (int i = 0; i < N_LINES; i++) {
        seen[order[i]]++;
        n_fixed += order[i] == i;
    }
    for (int i = 0; i < N_LINES; i++)
        assert_int_equal(seen[i], 1);
    assert_true(n_fixed < 10); /* one is expected */

    memset(seen, 0, sizeof seen);
    options.limit = 300;
    for (options.seed = 1; options.seed <= 100; options.seed++) {
        assert_int_equal(sb_corpus_open(path, &options, &corpus, NULL), SB_OK);
        assert_int_equal(read_numbers(corpus, order, N_LINES), 300);
        assert_int_equal(sb_corpus_counts(corpus).n_documents, 300);
        sb_corpus_close(corpus);
        for (int i = 0; i < 300; i++)
            seen[order[i]]++;
    }
    /* Each is drawn Binomial(100, 1/10) times: mean 10, deviation 3. The sum over a third of the
     * lines has mean 10000 and a deviation below sqrt(1000 * 9) = 95; 5 deviations are allowed. */
    for (int third = 0; third < 3; third++) {
        int sum = 0;
        for (int i = 0; i < N_LINES / 3; i++)
            sum += seen[third * N_LINES / 3 + i];
        if (abs(sum - 10000) > 475)
            fail_msg("third %d is drawn %d times", third, sum);
    }
    remove_folder(folder);
    free(path);
}

static void limit_stops_early(void **state)
{
    (void)state;
    struct sb_corpus_options options = sb_corpus_options_default();
    options.limit = 2;
    check("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\"}\nmalformed\n", &options,
          "a.jsonl:1||a|1\na.jsonl:2||b|1\n");
}

/* The same documents as JSONL, as a JSON array and as CSV, over many blocks and with lengths around
 * the sizes of pieces. */
static void formats_agree(void **state)
{
    (void)state;
    char *folder = new_folder(), path[4200];
    static const char *const names[] = { "a.jsonl", "a.json", "a.csv" };
    for (int k = 0; k < 3; k++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[k]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fputs(k == 1 ? "[" : k == 2 ? "id,text\n" : "", file);
        for (int i = 0; i < 400; i++) {
            const char *before = k == 1 && i ? ",\n" : "";
            int n = i % 10 ? i : (1 << 14) - 20 + i / 10;
            fprintf(file,
                    k == 2 ? "%s%d,\"x\"\"\n%0*d\"\n" : "%s{\"id\":%d,\"text\":\"x\\\"\\n%0*d\"}%s",
                    before, i, n + 1, i, k == 0 ? "\n" : "");
        }
        fputs(k == 1 ? "]\n" : "", file);
        assert_int_equal(fclose(file), 0);
    }
    struct sb_corpus_options options = sb_corpus_options_default();
    struct sb_corpus *corpora[3];
    struct sb_document d[3];
    for (int k = 0; k < 3; k++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[k]);
        assert_int_equal(sb_corpus_open(path, &options, &corpora[k], NULL), SB_OK);
    }
    for (int i = 0; i <= 400; i++)
        for (int k = 0; k < 3; k++) {
            enum sb_status status = sb_corpus_next(corpora[k], &d[k], NULL);
            assert_int_equal(status, i < 400 ? SB_OK : SB_END);
            if (status)
                continue;
            assert_int_equal(atoi(d[k].id), i);
            assert_int_equal(d[k].n_bytes, d[0].n_bytes);
            assert_memory_equal(d[k].bytes, d[0].bytes, d[0].n_bytes);
        }
    for (int k = 0; k < 3; k++)
        sb_corpus_close(corpora[k]);
    remove_folder(folder);
}

static void counts(void **state)
{
    (void)state;
    char *folder = new_folder(), path[4200];
    snprintf(path, sizeof path, "%s/a.jsonl", folder);
    const char rows[] = "{\"prompt\":\"abc\",\"completion\":\"de\",\"k\":1}\n{\n"
                        "{\"prompt\":\"\",\"completion\":\"f\",\"k\":2}\n"
                        "{\"prompt\":\"g\",\"completion\":\"\",\"k\":1}\n";
    write_file(path, rows, sizeof rows - 1);
    const char *const filter[] = { "k=1" };
    struct sb_corpus_options options = sb_corpus_options_default();
    options.filters = filter;
    options.n_filters = 1;
    options.skip_invalid = true;
    struct sb_corpus *corpus;
    assert_int_equal(sb_corpus_open(path, &options, &corpus, NULL), SB_OK);
    assert_string_equal(sb_corpus_columns(corpus), "");
    free(transcript(corpus));
    struct sb_corpus_counts c = sb_corpus_counts(corpus);
    assert_int_equal(c.n_documents, 2);
    assert_int_equal(c.n_bytes, 6);
    assert_int_equal(c.n_scored_bytes, 2);
    assert_int_equal(c.n_filtered, 1);
    assert_int_equal(c.n_skipped, 1);
    assert_int_equal(c.n_invalid_utf8, 0);
    assert_string_equal(sb_corpus_columns(corpus), "prompt,completion");
    assert_true(sb_corpus_has_prompts(corpus));
    sb_corpus_close(corpus);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_by_name),
        cmocka_unit_test(messages),
        cmocka_unit_test(text_splits),
        cmocka_unit_test(csv_and_tsv),
        cmocka_unit_test(json_arrays),
        cmocka_unit_test(guessed_formats),
        cmocka_unit_test(malformed_records),
        cmocka_unit_test(limits),
        cmocka_unit_test(chosen_columns),
        cmocka_unit_test(filters),
        cmocka_unit_test(mixtures_are_refused),
        cmocka_unit_test(rewinding),
        cmocka_unit_test(shuffling),
        cmocka_unit_test(limit_stops_early),
        cmocka_unit_test(formats_agree),
        cmocka_unit_test(counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

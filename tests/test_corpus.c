/* Documents from JSONL and text: columns, spans, splits, filters, limits, shuffling, rewinding. */
#include "tests/helpers.h"

#include <fcntl.h>
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_by_name),
        cmocka_unit_test(messages),
        cmocka_unit_test(text_splits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

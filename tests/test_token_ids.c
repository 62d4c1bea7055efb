/* Documents of token ids: what is read, what is kept for another reading, what is refused. */
#include "tests/helpers.h"

#include "data/corpus.h"
#include "estimators/chunk.h"

/* "name: 1 [2] 3\n" per document, scored ids in brackets, then the failure. */
static void print(char *out, size_t size, const struct sb_document *d)
{
    size_t n = (size_t)snprintf(out, size, "%s:", d->id ? d->id : "-");
    for (size_t i = 0; i < d->n_ids; i++) {
        bool scored = i > 0 && (!d->loss_mask || d->loss_mask[i - 1]);
        n += (size_t)snprintf(out + n, size - n, scored ? " [%lu]" : " %lu",
                              (unsigned long)d->ids[i]);
    }
    snprintf(out + n, size - n, "\n");
}

static void transcribe(struct sb_corpus *corpus, char *out, size_t size)
{
    struct sb_document d;
    struct sb_error error = { "" };
    enum sb_status status;
    size_t n = 0;
    *out = 0;
    while ((status = sb_corpus_next(corpus, &d, &error)) == SB_OK) {
        assert_non_null(d.ids);
        assert_null(d.bytes);
        assert_int_equal(d.n_bytes, 0);
        print(out + n, size - n, &d);
        n += strlen(out + n);
    }
    if (status != SB_END)
        snprintf(out + n, size - n, "!%s\n", error.message);
}

static struct sb_corpus_options with_ids(void)
{
    struct sb_corpus_options options = sb_corpus_options_default();
    options.takes_ids = true;
    return options;
}

static void check(const char *content, const struct sb_corpus_options *options,
                  const char *expected)
{
    char *folder = new_folder(), *path = file_in(folder, "a.jsonl"), text[4096], again[4096];
    struct sb_corpus *corpus;
    write_file(path, content, strlen(content));
    assert_int_equal(sb_corpus_open(path, options, &corpus, NULL), SB_OK);
    transcribe(corpus, text, sizeof text);
    bool ok = *expected == '!' ? strchr(text, '!') && strstr(text, expected + 1)
                               : strcmp(text, expected) == 0;
    if (!ok)
        fail_msg("%s\n  gives    %s\n  expected %s", content, text, expected);
    if (*expected != '!' && sb_corpus_rewind(corpus, NULL) == SB_OK) { /* from memory */
        transcribe(corpus, again, sizeof again);
        assert_string_equal(again, text);
    }
    sb_corpus_close(corpus);
    free(path);
    remove_folder(folder);
}

static void columns(void **state)
{
    (void)state;
    struct sb_corpus_options options = with_ids();
    check("{\"ids\":[5,0,4294967294],\"id\":\"a\"}\n{\"ids\":[]}\n{\"ids\":[7]}\n", &options,
          "a: 5 [0] [4294967294]\n-:\n-: 7\n");
    /* Of four ids: four entries, the first of which says nothing, or three. */
    check("{\"ids\":[1,2,3,4],\"loss_mask\":[1,0,1,1]}\n"
          "{\"ids\":[1,2,3,4],\"loss_mask\":[0,1,1]}\n"
          "{\"ids\":[1,2,3,4],\"loss_mask\":[true,false,false]}\n"
          "{\"ids\":[1,2],\"loss_mask\":null}\n{\"ids\":[1],\"loss_mask\":[]}\n",
          &options, "-: 1 2 [3] [4]\n-: 1 2 [3] [4]\n-: 1 [2] 3 4\n-: 1 [2]\n-: 1\n");
    options.score_all = true;
    check("{\"ids\":[1,2,3],\"loss_mask\":[0,0]}\n", &options, "-: 1 [2] [3]\n");
    options = with_ids();
    options.columns = "tokens";
    check("{\"tokens\":[3,2],\"text\":\"x\"}\n", &options, "-: 3 [2]\n");
}

/* The sample is copied; the same documents come in another order. */
static void shuffled(void **state)
{
    (void)state;
    struct sb_corpus_options options = with_ids();
    options.shuffle = true;
    options.seed = 3;
    char *folder = new_folder(), *path = file_in(folder, "a.jsonl"), text[4096], line[64];
    struct sb_corpus *corpus;
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (int i = 0; i < 50; i++)
        fprintf(file, "{\"id\":\"d%d\",\"ids\":[%d,%d,%d],\"loss_mask\":[0,1]}\n", i, i, i + 1,
                i + 2);
    fclose(file);
    assert_int_equal(sb_corpus_open(path, &options, &corpus, NULL), SB_OK);
    transcribe(corpus, text, sizeof text);
    for (int i = 0; i < 50; i++) {
        snprintf(line, sizeof line, "d%d: %d %d [%d]\n", i, i, i + 1, i + 2);
        assert_non_null(strstr(text, line));
    }
    assert_false(strncmp(text, "d0:", 3) == 0 && strstr(text, "\nd1:") < strstr(text, "\nd2:") &&
                 strstr(text, "\nd2:") < strstr(text, "\nd3:"));
    struct sb_corpus_counts counts = sb_corpus_counts(corpus);
    assert_int_equal(counts.n_ids, 150);
    assert_int_equal(counts.n_scored_ids, 50);
    assert_int_equal(counts.n_bytes, 0);
    sb_corpus_close(corpus);
    free(path);
    remove_folder(folder);
}

static void refused(void **state)
{
    (void)state;
    struct sb_corpus_options options = with_ids(), defaults = sb_corpus_options_default();
    check("{\"ids\":[1]}\n", &defaults, "!line 1: column \"ids\" holds token ids where text is");
    check("{\"ids\":[1]}\n{\"ids\":[1,-2]}\n", &options,
          "!line 2: column \"ids\": element 1 is -2");
    check("{\"ids\":[1,2.0]}\n", &options, "!element 1 is 2.0 instead of a whole number");
    check("{\"ids\":[4294967295]}\n", &options, "!element 0 is 4294967295");
    check("{\"ids\":[1e9]}\n", &options, "!element 0 is 1e9");
    check("{\"ids\":[1,\"2\"]}\n", &options, "!element 1 is 2 instead of a whole number");
    check("{\"ids\":[1]}\n{\"text\":\"x\"}\n", &options, "!line 2: column \"ids\" holds no array");
    check("{\"ids\":[1]}\n{\"ids\":\"x\"}\n", &options, "!line 2: column \"ids\" holds no array");
    check("{\"ids\":[1,2,3],\"loss_mask\":[1]}\n", &options,
          "!line 1: column \"loss_mask\" has 1 entries for 3 ids");
    check("{\"ids\":[1,2],\"loss_mask\":[1,0,1]}\n", &options, "!has 3 entries for 2 ids");
    check("{\"ids\":[1,2],\"loss_mask\":[2]}\n", &options, "!element 0 is 2 instead of 0 or 1");
    check("{\"ids\":[1,2],\"loss_mask\":7}\n", &options, "!\"loss_mask\" holds no array");
    options.columns = "prompt,ids";
    check("{\"prompt\":\"x\",\"ids\":[1]}\n", &options, "!take no prompt column");
    options = with_ids();
    options.skip_invalid = true;
    check("{\"ids\":[1]}\n{\"ids\":[-1]}\n{\"ids\":[2]}\n", &options, "-: 1\n-: 2\n");
}

/* Copies that threads score, whatever stands before them in the arena. */
static void chunks(void **state)
{
    (void)state;
    const uint32_t ids[] = { 7, 8, 9 };
    const uint8_t mask[] = { 0, 1 };
    struct sb_chunk chunk;
    char text[64];
    assert_int_equal(sb_chunk_init(&chunk, 0), SB_OK);
    for (size_t i = 0; i < 9; i++) {
        char source[] = "abcdefghi";
        source[i] = 0;
        struct sb_document d = { .source = source, .ids = ids, .n_ids = 3, .loss_mask = mask };
        assert_int_equal(sb_chunk_add(&chunk, &d, 0, i, i), SB_OK);
    }
    for (size_t i = 0; i < 9; i++) {
        const struct sb_document *d = &chunk.items[i].document;
        assert_true((uintptr_t)d->ids % sizeof *d->ids == 0 && d->ids != ids);
        assert_int_equal(strlen(d->source), i);
        assert_int_equal(sb_document_n_scored(d), 1);
        print(text, sizeof text, d);
        assert_string_equal(text, "-: 7 8 [9]\n");
    }
    sb_chunk_clear(&chunk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns),
        cmocka_unit_test(shuffled),
        cmocka_unit_test(refused),
        cmocka_unit_test(chunks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/helpers.h"

#include <archive.h>
#include <archive_entry.h>
#include "estimators/compressor.h"
#include "theory/random.h"

enum { TEXT_BYTES = 20000 };

/* Words drawn from a short list: text that every compressor can do something with. */
static void make_text(uint8_t *text, size_t n, uint64_t seed)
{
    static const char *const words[] = { "spring ", "back ", "elastic ", "model ", "data ",
                                         "rate ",   "tree ", "bits ",    "of ",    "the " };
    struct sb_random random;
    sb_random_init(&random, seed, 0);
    for (size_t used = 0; used < n;) {
        const char *word = words[sb_random_below(&random, 10)];
        for (; *word && used < n; word++)
            text[used++] = (uint8_t)*word;
    }
}

static struct sb_predictor *new_compressor(const char *text)
{
    struct sb_model model;
    struct sb_predictor *predictor;
    assert_int_equal(sb_model_parse(text, &model, NULL), SB_OK);
    assert_int_equal(sb_predictor_create(&model, &predictor, NULL), SB_OK);
    sb_model_clear(&model);
    return predictor;
}

/* Learns bytes[context..n-1] of a document whose first context bytes are not scored. */
static void add(struct sb_predictor *predictor, const uint8_t *bytes, size_t n, size_t context)
{
    struct sb_document d = { .source = "test",
                             .bytes = bytes,
                             .n_bytes = n,
                             .span_begin = context,
                             .span_end = n,
                             .weight = 1 };
    assert_int_equal(predictor->class->add(predictor, &d, NULL), SB_OK);
}

static double group_bits(const struct sb_predictor *predictor, const uint8_t *bytes, size_t n)
{
    struct sb_score score;
    assert_int_equal(predictor->class->score_group(predictor, bytes, n, &score, NULL), SB_OK);
    return score.bits;
}

/* Another route: compressed into memory with the options set by one string, and what was written is
 * read back, so that the length counted is that of a stream from which the text can be had. */
static size_t length_in_memory(int (*add_filter)(struct archive *), const char *options,
                               const uint8_t *text, size_t n)
{
    static uint8_t packed[2 * TEXT_BYTES + 4096];
    size_t n_packed = 0;
    struct archive *writer = archive_write_new();
    assert_int_equal(add_filter(writer), ARCHIVE_OK);
    assert_int_equal(archive_write_set_format_raw(writer), ARCHIVE_OK);
    assert_int_equal(archive_write_set_options(writer, options), ARCHIVE_OK);
    assert_int_equal(archive_write_set_bytes_in_last_block(writer, 1), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(writer, packed, sizeof packed, &n_packed),
                     ARCHIVE_OK);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_pathname(entry, "x");
    assert_int_equal(archive_write_header(writer, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(writer, text, n), (la_ssize_t)n);
    assert_int_equal(archive_write_close(writer), ARCHIVE_OK);
    archive_write_free(writer);
    archive_entry_free(entry);

    static uint8_t unpacked[2 * TEXT_BYTES];
    struct archive *reader = archive_read_new();
    archive_read_support_filter_all(reader);
    archive_read_support_format_raw(reader);
    assert_int_equal(archive_read_open_memory(reader, packed, n_packed), ARCHIVE_OK);
    assert_int_equal(archive_read_next_header(reader, &entry), ARCHIVE_OK);
    assert_int_equal(archive_read_data(reader, unpacked, sizeof unpacked), (la_ssize_t)n);
    assert_memory_equal(unpacked, text, n);
    archive_read_free(reader);
    return n_packed;
}

struct variant {
    const char *model;
    int (*add_filter)(struct archive *);
    const char *options;
};

static const struct variant variants[] = {
    { "gzip", archive_write_add_filter_gzip, "compression-level=6,!timestamp" },
    { "gzip:level=9", archive_write_add_filter_gzip, "compression-level=9,!timestamp" },
    { "bzip2", archive_write_add_filter_bzip2, "compression-level=9" },
    { "bzip2:level=1", archive_write_add_filter_bzip2, "compression-level=1" },
    { "xz:level=0", archive_write_add_filter_xz, "compression-level=0" },
    { "xz", archive_write_add_filter_xz, "compression-level=6" },
    { "zstd", archive_write_add_filter_zstd, "compression-level=3" },
    { "zstd:level=19", archive_write_add_filter_zstd, "compression-level=19" },
    { "lz4", archive_write_add_filter_lz4, "compression-level=1" },
    { "lz4:level=9", archive_write_add_filter_lz4, "compression-level=9" },
};

enum { N_VARIANTS = sizeof variants / sizeof *variants };

static void test_lengths(void **state)
{
    (void)state;
    static uint8_t text[TEXT_BYTES];
    make_text(text, sizeof text, 1);
    const size_t n_train = 15000, n_group = 3000;
    for (size_t i = 0; i < N_VARIANTS; i++) {
        const struct variant *v = &variants[i];
        /* Alone: the length of the compressed file. */
        struct sb_predictor *predictor = new_compressor(v->model);
        assert_int_equal(predictor->class->finish(predictor, NULL), SB_OK);
        size_t alone = length_in_memory(v->add_filter, v->options, text, n_group);
        assert_close(group_bits(predictor, text, n_group), 8.0 * (double)alone, 0);
        sb_predictor_free(predictor);

        /* Conditional: C(train + group) - C(train), from several documents with contexts. */
        predictor = new_compressor(v->model);
        add(predictor, text, 5000, 0);
        add(predictor, text + 4000, n_train - 4000, 1000);
        assert_int_equal(predictor->class->finish(predictor, NULL), SB_OK);
        size_t both = length_in_memory(v->add_filter, v->options, text, n_train + n_group);
        size_t train = length_in_memory(v->add_filter, v->options, text, n_train);
        double conditional = group_bits(predictor, text + n_train, n_group);
        assert_close(conditional, 8.0 * (double)(both - train), 0);
        /* The order of calls leaves no trace. */
        group_bits(predictor, text, 100);
        assert_close(group_bits(predictor, text + n_train, n_group), conditional, 0);
        sb_predictor_free(predictor);
    }
}

/* A window of 32 KiB: a text that was seen 40,000 random bytes ago does not help gzip, but does xz. */
static void test_window(void **state)
{
    (void)state;
    static uint8_t train[44000];
    struct sb_random random;
    sb_random_init(&random, 4, 0);
    for (size_t i = 0; i < sizeof train; i++)
        train[i] = (uint8_t)sb_random_bits(&random);
    for (int far = 0; far < 2; far++) {
        const uint8_t *seen = far ? train : train + 40000;
        struct sb_predictor *gzip = new_compressor("gzip"), *xz = new_compressor("xz:level=0");
        assert_int_equal(gzip->window_bytes, 32768);
        assert_int_equal(xz->window_bytes, 256 << 10);
        add(gzip, train, sizeof train, 0);
        add(xz, train, sizeof train, 0);
        assert_int_equal(gzip->class->finish(gzip, NULL), SB_OK);
        assert_int_equal(xz->class->finish(xz, NULL), SB_OK);
        bool gzip_helped = group_bits(gzip, seen, 4000) < 8 * 1000;
        assert_int_equal(gzip_helped, !far);
        assert_true(group_bits(xz, seen, 4000) < 8 * 1000);
        sb_predictor_free(gzip);
        sb_predictor_free(xz);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

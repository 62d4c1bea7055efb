#include "tests/helpers.h"

#include "estimators/transformer/safetensors.h"
#include "theory/random.h"

/* ---- files spelt by hand ---------------------------------------------------------------------- */

/* Length, header and n_data bytes 1, 2, 3, ... The result is to be freed. */
static uint8_t *spell(const char *header, size_t n_data, size_t *n)
{
    uint64_t n_header = strlen(header);
    uint8_t *bytes = malloc(8 + n_header + n_data + 1);
    assert_non_null(bytes);
    memcpy(bytes, &n_header, 8);
    memcpy(bytes + 8, header, n_header);
    for (size_t i = 0; i < n_data; i++)
        bytes[8 + n_header + i] = (uint8_t)(i + 1);
    *n = 8 + n_header + n_data;
    return bytes;
}

static enum sb_status view(const char *header, size_t n_data, struct sb_error *error)
{
    size_t n;
    uint8_t *bytes = spell(header, n_data, &n);
    struct sb_safetensors *file;
    enum sb_status status = sb_safetensors_view(bytes, n, "x.safetensors", &file, error);
    assert_int_equal(file == NULL, status != SB_OK);
    sb_safetensors_close(file);
    free(bytes);
    return status;
}

static const char TWO[] = "{\"__metadata__\":{\"format\":\"pt\"},"
                          "\"b\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
                          "\"a\":{\"shape\":[3],\"data_offsets\":[8,14],\"dtype\":\"BF16\"},"
                          "\"empty\":{\"dtype\":\"F16\",\"shape\":[0,5],\"data_offsets\":[14,14]},"
                          "\"mask\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[14,15]}}  ";

enum { TWO_DATA = 15 };

static void test_directory(void **state)
{
    (void)state;
    size_t n;
    uint8_t *bytes = spell(TWO, TWO_DATA, &n);
    struct sb_safetensors *file;
    struct sb_error error;
    assert_int_equal(sb_safetensors_view(bytes, n, "x", &file, &error), SB_OK);
    assert_int_equal(sb_safetensors_n(file), 4);
    const char *const names[] = { "a", "b", "empty", "mask" };
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(sb_safetensors_tensor(file, i)->name, names[i]);
        assert_ptr_equal(sb_safetensors_find(file, names[i]), sb_safetensors_tensor(file, i));
    }
    assert_null(sb_safetensors_find(file, "aa"));
    assert_null(sb_safetensors_find(file, ""));
    const struct sb_tensor *b = sb_safetensors_find(file, "b");
    assert_int_equal(b->dtype, SB_F32);
    assert_int_equal(b->n_dims, 2);
    assert_int_equal(b->shape[0], 2);
    assert_int_equal(b->shape[1], 1);
    assert_int_equal(b->n_elements, 2);
    assert_int_equal(((const uint32_t *)b->data)[1], 0x08070605); /* bytes 5, 6, 7, 8 */
    const struct sb_tensor *a = sb_safetensors_find(file, "a");
    assert_int_equal(a->dtype, SB_BF16);
    assert_int_equal(((const uint16_t *)a->data)[2], 0x0E0D); /* bytes 13, 14 */
    assert_int_equal(sb_safetensors_find(file, "empty")->n_elements, 0);
    assert_int_equal(sb_safetensors_find(file, "mask")->n_dims, 0);
    assert_int_equal(sb_safetensors_find(file, "mask")->n_elements, 1);
    assert_int_equal(sb_safetensors_find(file, "mask")->dtype, SB_OTHER);
    sb_safetensors_close(file);
    free(bytes);
}

/* Wherever the data begin, they are aligned and the same. */
static void test_misaligned(void **state)
{
    (void)state;
    for (size_t padding = 0; padding < 8; padding++) {
        char header[sizeof TWO + 8];
        snprintf(header, sizeof header, "%s%.*s", TWO, (int)padding, "        ");
        size_t n;
        uint8_t *bytes = spell(header, TWO_DATA, &n);
        struct sb_safetensors *file;
        struct sb_error error;
        assert_int_equal(sb_safetensors_view(bytes, n, "x", &file, &error), SB_OK);
        const struct sb_tensor *a = sb_safetensors_find(file, "a");
        const struct sb_tensor *b = sb_safetensors_find(file, "b");
        assert_int_equal((uintptr_t)a->data % 2, 0);
        assert_int_equal((uintptr_t)b->data % 4, 0);
        assert_int_equal(((const uint32_t *)b->data)[0], 0x04030201);
        assert_int_equal(((const uint32_t *)b->data)[1], 0x08070605);
        assert_int_equal(((const uint16_t *)a->data)[0], 0x0A09);
        sb_safetensors_close(file);
        free(bytes);
    }
}

/* ---- what is refused -------------------------------------------------------------------------- */

#define ENTRY(name, type, shape, offsets)                                                          \
    "\"" name "\":{\"dtype\":\"" type "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}"

static void test_bad_headers(void **state)
{
    (void)state;
    static const struct {
        const char *header;
        size_t n_data;
        enum sb_status status;
        const char *part;
    } cases[] = {
        { "", 0, SB_FORMAT, "not a JSON object" },
        { "[]", 0, SB_FORMAT, "not a JSON object" },
        { " {}", 0, SB_FORMAT, "not a JSON object" },
        { "{", 0, SB_FORMAT, "header, byte 9" },
        { "{} x", 0, SB_FORMAT, "header, byte 11" },
        { "{}", 1, SB_FORMAT, "belong to none" },
        { "{\"a\":1}", 0, SB_FORMAT, "\"a\": not described by an object" },
        { "{\"a\":{}}", 0, SB_FORMAT, "\"a\": without dtype" },
        { "{\"__metadata__\":1}", 0, SB_FORMAT, "__metadata__" },
        { "{\"__metadata__\":{},\"__metadata__\":{}}", 0, SB_FORMAT, "__metadata__" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"dtype\":\"F32\"}}", 4,
          SB_FORMAT, "twice" },
        { "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"strides\":[1]}}", 4,
          SB_FORMAT, "other fields" },
        { "{\"a\":{\"dtype\":32,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, SB_UNSUPPORTED,
          "unknown type 32" },
        { "{" ENTRY("a", "F31", "1", "0,4") "}", 4, SB_UNSUPPORTED, "unknown type F31" },
        { "{" ENTRY("a", "F32", "1.0", "0,4") "}", 4, SB_FORMAT, "shape is not a list" },
        { "{" ENTRY("a", "F32", "-1", "0,4") "}", 4, SB_FORMAT, "shape is not a list" },
        { "{" ENTRY("a", "F32", "1e0", "0,4") "}", 4, SB_FORMAT, "shape is not a list" },
        { "{" ENTRY("a", "F32", "1,1,1,1,1,1,1,1,1", "0,4") "}", 4, SB_FORMAT, "at most 8" },
        { "{" ENTRY("a", "F32", "18446744073709551616", "0,4") "}", 4, SB_FORMAT, "whole numbers" },
        { "{" ENTRY("a", "F32", "1", "0") "}", 4, SB_FORMAT, "two whole numbers" },
        { "{" ENTRY("a", "F32", "1", "0,4,4") "}", 4, SB_FORMAT, "two whole numbers" },
        { "{" ENTRY("a", "F32", "1", "4,0") "}", 4, SB_FORMAT, "not within the file" },
        { "{" ENTRY("a", "F32", "1", "0,5") "}", 4, SB_FORMAT, "not within the file" },
        { "{" ENTRY("a", "F32", "1", "0,18446744073709551615") "}", 4, SB_FORMAT, "not within" },
        { "{" ENTRY("a", "F32", "2", "0,4") "}", 4, SB_FORMAT, "not as long as" },
        { "{" ENTRY("a", "F16", "1", "0,4") "}", 4, SB_FORMAT, "not as long as" },
        { "{" ENTRY("a", "F4", "1", "0,0") "}", 0, SB_FORMAT, "not as long as" },
        /* Products that fit only modulo 2^64: 2^32 2^32 = 0, (2^62 + 1) 4 = 4. */
        { "{" ENTRY("a", "U8", "4294967296,4294967296", "0,0") "}", 0, SB_FORMAT,
          "not as long as" },
        { "{" ENTRY("a", "F32", "4611686018427387905", "0,4") "}", 4, SB_FORMAT, "not as long as" },
        { "{" ENTRY("a", "F32", "1", "0,4") "," ENTRY("b", "F32", "1", "0,4") "}", 4, SB_FORMAT,
          "overlap" },
        { "{" ENTRY("a", "F32", "2", "0,8") "," ENTRY("b", "F32", "1", "4,8") "}", 8, SB_FORMAT,
          "\"b\": its data overlap" },
        { "{" ENTRY("a", "F32", "1", "0,4") "," ENTRY("b", "F32", "0", "2,2") "}", 4, SB_FORMAT,
          "overlap" },
        { "{" ENTRY("a", "F32", "1", "0,4") "," ENTRY("b", "F32", "1", "6,10") "}", 10, SB_FORMAT,
          "\"b\": before its data lie bytes" },
        { "{" ENTRY("a", "F32", "1", "2,6") "}", 6, SB_FORMAT, "before its data lie bytes" },
        { "{" ENTRY("a", "F32", "1", "0,4") "}", 5, SB_FORMAT, "behind the tensors" },
        { "{" ENTRY("a", "F32", "1", "0,4") "," ENTRY("a", "F32", "1", "4,8") "}", 8, SB_FORMAT,
          "\"a\": its name stands twice" },
        { "{" ENTRY("a", "F32", "1", "0,4") "," ENTRY("\\u0061", "F32", "1", "4,8") "}", 8,
          SB_FORMAT, "\"a\": its name stands twice" },
        { "{" ENTRY("", "F32", "1", "0,4") "}", 4, SB_FORMAT, "empty" },
        { "{" ENTRY("a\\u0000b", "F32", "1", "0,4") "}", 4, SB_FORMAT, "holds a zero" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sb_error error = { "" };
        enum sb_status status = view(cases[i].header, cases[i].n_data, &error);
        if (status != cases[i].status || !strstr(error.message, cases[i].part) ||
            strncmp(error.message, "x.safetensors: ", 15) != 0)
            fail_msg("%s\n  status %d (expected %d): %s\n  expected: %s", cases[i].header,
                     (int)status, (int)cases[i].status, error.message, cases[i].part);
    }
}

/* The first eight bytes alone decide how much is read. */
static void test_header_lengths(void **state)
{
    (void)state;
    static const uint64_t lengths[] = {
        3, 4, 100000000, 100000001, (uint64_t)1 << 63, UINT64_MAX, UINT64_MAX - 7
    };
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        uint8_t bytes[10] = { 0 };
        memcpy(bytes, &lengths[i], 8);
        memcpy(bytes + 8, "{}", 2);
        struct sb_safetensors *file;
        struct sb_error error = { "" };
        assert_int_equal(sb_safetensors_view(bytes, 10, "x", &file, &error), SB_FORMAT);
        assert_non_null(strstr(error.message, lengths[i] > 100000000 ? "100 MB" : "truncated"));
    }
}

/* The copies have no byte to spare, so that the sanitizer sees a read beyond. */
static void test_truncation(void **state)
{
    (void)state;
    size_t n;
    uint8_t *bytes = spell(TWO, TWO_DATA, &n);
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *prefix = malloc(cut ? cut : 1);
        assert_non_null(prefix);
        memcpy(prefix, bytes, cut);
        struct sb_safetensors *file;
        struct sb_error error = { "" };
        enum sb_status status = sb_safetensors_view(prefix, cut, "x", &file, &error);
        if (status != SB_FORMAT || file || !*error.message)
            fail_msg("cut at %zu: status %d, \"%s\"", cut, (int)status, error.message);
        free(prefix);
    }
    free(bytes);
}

/* Each byte changed in turn to some others: refused, or tensors whose bytes can all be read. */
static void test_damage(void **state)
{
    (void)state;
    static const uint8_t others[] = { 0, '"', '0', '9', ',', ']', '}', 0xFF };
    size_t n;
    uint8_t *bytes = spell(TWO, TWO_DATA, &n);
    size_t n_opened = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < sizeof others; j++) {
            uint8_t kept = bytes[i];
            bytes[i] = others[j];
            struct sb_safetensors *file;
            if (sb_safetensors_view(bytes, n, "x", &file, NULL) == SB_OK) {
                n_opened++;
                for (size_t t = 0; t < sb_safetensors_n(file); t++) {
                    const struct sb_tensor *tensor = sb_safetensors_tensor(file, t);
                    assert_true(sb_tensor_first_not_finite(tensor) <= tensor->n_elements);
                }
            }
            sb_safetensors_close(file);
            bytes[i] = kept;
        }
    assert_true(n_opened > 0 && n_opened < n * sizeof others);
    free(bytes);
}

static void test_bad_files(void **state)
{
    (void)state;
    char *folder = new_folder(), *empty = file_in(folder, "empty"), *absent = file_in(folder, "no");
    write_file(empty, "", 0);
    const char *const paths[] = { folder, empty, absent, "/dev/zero" };
    const enum sb_status expected[] = { SB_IO, SB_FORMAT, SB_IO, SB_IO };
    for (size_t i = 0; i < 4; i++) {
        struct sb_safetensors *file;
        struct sb_error error = { "" };
        assert_int_equal(sb_safetensors_open(paths[i], &file, &error), expected[i]);
        assert_null(file);
        assert_non_null(strstr(error.message, paths[i]));
    }
    free(empty);
    free(absent);
    remove_folder(folder);
}

/* ---- writing ---------------------------------------------------------------------------------- */

static void test_round_trip(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 20, 0);
    uint16_t halves[35], brains[7];
    uint32_t floats[24];
    for (size_t i = 0; i < 35; i++)
        halves[i] = (uint16_t)sb_random_bits(&random);
    for (size_t i = 0; i < 7; i++)
        brains[i] = (uint16_t)sb_random_bits(&random);
    for (size_t i = 0; i < 24; i++)
        floats[i] = (uint32_t)sb_random_bits(&random);
    const struct sb_tensor tensors[] = {
        { "z.weight", SB_F16, 2, { 5, 7 }, halves, 35 },
        { "caf\xC3\xA9", SB_F32, 3, { 2, 3, 4 }, floats, 24 },
        { "none", SB_F32, 1, { 0 }, NULL, 0 },
        { "scalar", SB_F32, 0, { 0 }, floats, 1 },
        { "a", SB_BF16, 1, { 7 }, brains, 7 },
    };
    char *folder = new_folder(), *path = file_in(folder, "m.safetensors"),
         *again = file_in(folder, "again.safetensors");
    struct sb_error error;
    assert_int_equal(sb_safetensors_write(path, tensors, 5, &error), SB_OK);
    assert_int_equal(sb_safetensors_write(again, tensors, 5, &error), SB_OK);
    size_t n, n_again;
    char *bytes = read_file(path, &n), *bytes_again = read_file(again, &n_again);
    assert_int_equal(n, n_again);
    assert_memory_equal(bytes, bytes_again, n);
    struct sb_safetensors *file;
    assert_int_equal(sb_safetensors_open(path, &file, &error), SB_OK);
    assert_string_equal(sb_safetensors_path(file), path);
    assert_int_equal(sb_safetensors_n(file), 5);
    for (size_t i = 0; i < 5; i++) {
        const struct sb_tensor *read = sb_safetensors_find(file, tensors[i].name);
        assert_non_null(read);
        assert_int_equal(read->dtype, tensors[i].dtype);
        assert_int_equal(read->n_dims, tensors[i].n_dims);
        for (size_t d = 0; d < read->n_dims; d++)
            assert_int_equal(read->shape[d], tensors[i].shape[d]);
        size_t size = sb_dtype_n_bytes(read->dtype);
        if (read->n_elements) {
            assert_int_equal((uintptr_t)read->data % size, 0);
            assert_memory_equal(read->data, tensors[i].data, read->n_elements * size);
        }
    }
    sb_safetensors_close(file);
    free(bytes);
    free(bytes_again);
    free(path);
    free(again);
    remove_folder(folder);
}

static void test_not_written(void **state)
{
    (void)state;
    static const float x[2] = { 1, 2 };
    static const struct sb_tensor bad[][2] = {
        { { "a", SB_F32, 1, { 2 }, x, 2 }, { "a", SB_F32, 1, { 2 }, x, 2 } },
        { { "a", SB_F32, 1, { 2 }, x, 2 }, { "", SB_F32, 1, { 2 }, x, 2 } },
        { { "a", SB_F32, 1, { 2 }, x, 2 }, { "__metadata__", SB_F32, 1, { 2 }, x, 2 } },
        { { "a", SB_F32, 1, { 2 }, x, 2 }, { "b\"", SB_F32, 1, { 2 }, x, 2 } },
        { { "a", SB_F32, 1, { 2 }, x, 2 }, { "b\xFF", SB_F32, 1, { 2 }, x, 2 } },
        { { "a", SB_F32, 1, { 2 }, x, 2 }, { "b", SB_OTHER, 1, { 2 }, x, 2 } },
        { { "a", SB_F32, 1, { 2 }, x, 2 }, { "b", SB_F32, 1, { 3 }, x, 2 } },
        { { "a", SB_F32, 1, { 2 }, x, 2 }, { "b", SB_F32, 9, { 2 }, x, 2 } },
    };
    char *folder = new_folder(), *path = file_in(folder, "m"), *nowhere = file_in(folder, "no/m");
    struct sb_error error;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(sb_safetensors_write(path, bad[i], 2, &error), SB_DOMAIN);
    assert_int_equal(sb_safetensors_write(nowhere, bad[0], 1, &error), SB_IO);
    assert_int_equal(rmdir(folder), 0); /* nothing was left in it */
    free(path);
    free(nowhere);
    free(folder);
}

/* ---- values ----------------------------------------------------------------------------------- */

/* A 16-bit pattern by arithmetic: sign, exponent and fraction as IEEE 754 has them. */
static double value_of_16(uint16_t bits, int n_exponent, int n_fraction)
{
    int exponent = bits >> n_fraction & ((1 << n_exponent) - 1), bias = (1 << (n_exponent - 1)) - 1;
    int fraction = bits & ((1 << n_fraction) - 1);
    if (exponent == (1 << n_exponent) - 1)
        return fraction ? NAN : INFINITY;
    return exponent ? ldexp(1 + ldexp(fraction, -n_fraction), exponent - bias)
                    : ldexp(fraction, 1 - bias - n_fraction);
}

static void test_every_half(void **state)
{
    (void)state;
    for (uint32_t bits = 0; bits < 65536; bits++) {
        uint16_t x = (uint16_t)bits;
        struct sb_tensor half = { "x", SB_F16, 1, { 1 }, &x, 1 };
        struct sb_tensor brain = { "x", SB_BF16, 1, { 1 }, &x, 1 };
        assert_int_equal(sb_tensor_first_not_finite(&half), isfinite(value_of_16(x, 5, 10)) != 0);
        assert_int_equal(sb_tensor_first_not_finite(&brain), isfinite(value_of_16(x, 8, 7)) != 0);
    }
}

/* A fault at each place around the edges of blocks, and the first of two. */
static void test_first_not_finite(void **state)
{
    (void)state;
    enum { N = 3 * 4096 + 17 };
    static const size_t places[] = { 0, 1, 4095, 4096, 4097, 8191, 8192, 12288, N - 1 };
    static const float faults[] = { NAN, INFINITY, -INFINITY };
    float *x = calloc(N, sizeof *x);
    uint16_t *h = calloc(N, sizeof *h);
    assert_non_null(x);
    assert_non_null(h);
    for (size_t i = 0; i < N; i++)
        x[i] = i % 2 ? 3.4028234e38f : -1e-45f;
    struct sb_tensor tensor = { "x", SB_F32, 1, { N }, x, N };
    struct sb_tensor half = { "h", SB_F16, 1, { N }, h, N },
                     brain = { "h", SB_BF16, 1, { N }, h, N };
    assert_int_equal(sb_tensor_first_not_finite(&tensor), N);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        size_t place = places[i];
        float kept = x[place];
        x[place] = faults[i % 3];
        x[N - 1] = NAN;
        assert_int_equal(sb_tensor_first_not_finite(&tensor), place);
        x[N - 1] = 1;
        x[place] = kept;
        h[place] = 0x7C01; /* a NaN of binary16, an ordinary bfloat16 */
        assert_int_equal(sb_tensor_first_not_finite(&half), place);
        assert_int_equal(sb_tensor_first_not_finite(&brain), N);
        h[place] = 0xFF80; /* minus infinity of bfloat16, a NaN of binary16 */
        assert_int_equal(sb_tensor_first_not_finite(&brain), place);
        h[place] = 0;
    }
    free(x);
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directory),        cmocka_unit_test(test_misaligned),
        cmocka_unit_test(test_bad_headers),      cmocka_unit_test(test_header_lengths),
        cmocka_unit_test(test_truncation),       cmocka_unit_test(test_damage),
        cmocka_unit_test(test_bad_files),        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_not_written),      cmocka_unit_test(test_every_half),
        cmocka_unit_test(test_first_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

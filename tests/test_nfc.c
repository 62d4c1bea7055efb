/* Normalisation form C against utf8proc's own, and the table of what composes backwards against all
 * decompositions. */
#include "tests/helpers.h"

#include <utf8proc.h>
#include "data/nfc.h"
#include "data/utf8.h"
#include "theory/random.h"

static void assert_form_c(const uint8_t *text, size_t n)
{
    struct sb_aligned out = { 0 };
    struct sb_aligned_view view = { .bytes = text, .n = n, .origin = 7 };
    utf8proc_uint8_t *expected = NULL;
    utf8proc_ssize_t length =
        utf8proc_map(text, (utf8proc_ssize_t)n, &expected, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    assert_true(length >= 0);
    assert_int_equal(sb_nfc_append(&view, &out), SB_OK);
    if (out.text.n != (size_t)length ||
        (length && memcmp(out.text.bytes, expected, out.text.n) != 0)) {
        for (size_t i = 0; i < n; i++)
            print_error("%02X ", text[i]);
        fail_msg("not as by utf8proc");
    }
    for (size_t i = 0; i < out.text.n; i++)
        assert_true(out.ends[i] >= (i ? out.ends[i - 1] : 7));
    if (n)
        assert_int_equal(out.ends[out.text.n - 1], 7 + n);
    free(expected);
    sb_aligned_clear(&out);
}

static bool is_scalar(uint32_t c)
{
    return c < 0xD800 || (c >= 0xE000 && c < 0x110000);
}

static void every_character(void **state)
{
    (void)state;
    for (uint32_t c = 1; c < 0x110000; c++)
        if (is_scalar(c) && utf8proc_category((utf8proc_int32_t)c) != UTF8PROC_CATEGORY_CN) {
            uint8_t bytes[8] = "a";
            size_t n = 1 + sb_utf8_encode(c, bytes + 1);
            assert_form_c(bytes, n);
        }
}

/* A character begins a segment only if its decomposition does; and of a composite no second half does.
 * (Characters that are never composed again, exclusions, say nothing of their halves.) */
static void table_of_seconds(void **state)
{
    (void)state;
    size_t n_composites = 0;
    for (uint32_t c = 1; c < 0x110000; c++) {
        utf8proc_int32_t parts[16], composed[16];
        int last = 0;
        if (!is_scalar(c))
            continue;
        utf8proc_ssize_t n =
            utf8proc_decompose_char((utf8proc_int32_t)c, parts, 16, UTF8PROC_DECOMPOSE, &last);
        if (sb_nfc_begins_segment(c) && !sb_nfc_begins_segment((uint32_t)parts[0]))
            fail_msg("U+%04X begins a segment, but not U+%04X in it", (unsigned)c,
                     (unsigned)parts[0]);
        memcpy(composed, parts, sizeof composed);
        if (n < 2 || utf8proc_normalize_utf32(composed, n, UTF8PROC_COMPOSE | UTF8PROC_STABLE) != 1)
            continue;
        n_composites++;
        for (utf8proc_ssize_t i = 1; i < n; i++)
            if (sb_nfc_begins_segment((uint32_t)parts[i]))
                fail_msg("U+%04X in U+%04X begins a segment", (unsigned)parts[i], (unsigned)c);
    }
    assert_true(n_composites > 12000); /* Hangul alone has 11172 */
}

static void random_texts(void **state)
{
    (void)state;
    static const uint32_t alphabet[] = { 'a',    'A',    'e',   ' ',    0xE9,   0x300,  0x301,
                                         0x323,  0x327,  0x345, 0x212B, 0x1100, 0x1161, 0x11A8,
                                         0xAC00, 0x9C7,  0x9BE, 0x4E2D, 0xF900, 0x0F73, 0x1D15E,
                                         0x0958, 0x200D, 0x5B0, 0x5B4,  0x3B1,  0x313,  0x1F600 };
    struct sb_random random;
    sb_random_init(&random, 1, 0);
    for (size_t t = 0; t < 20000; t++) {
        uint8_t text[256];
        size_t n = 0;
        for (size_t length = (size_t)sb_random_below(&random, 24); length > 0; length--)
            n += sb_utf8_encode(alphabet[sb_random_below(&random, 28)], text + n);
        assert_form_c(text, n);
    }
}

/* A quarter of a million marks in the wrong order: linear, where utf8proc alone takes minutes. */
static void many_marks(void **state)
{
    (void)state;
    enum { N = 1 << 17 };
    struct sb_buffer text = { 0 };
    struct sb_aligned out = { 0 };
    assert_int_equal(sb_buffer_append(&text, "a", 1), SB_OK);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(sb_buffer_append(&text, "\xCC\x82\xCC\xAD", 4), SB_OK);
    struct sb_aligned_view view = { .bytes = text.bytes, .n = text.n };
    assert_int_equal(sb_nfc_append(&view, &out), SB_OK);
    /* U+0302 is of class 230, U+032D of 220: all of the latter come first; a with U+0302 composes to
     * U+00E2, since nothing of class 230 stands between them. */
    assert_int_equal(out.text.n, 2 + 2 * (2 * N - 1));
    assert_memory_equal(out.text.bytes, "\xC3\xA2\xCC\xAD\xCC\xAD", 6);
    sb_buffer_clear(&text);
    sb_aligned_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character),
        cmocka_unit_test(table_of_seconds),
        cmocka_unit_test(random_texts),
        cmocka_unit_test(many_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

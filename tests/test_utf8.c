/* UTF-8, exhaustively. */
#include "tests/helpers.h"

#include "data/utf8.h"

/* Every scalar value is encoded to valid bytes, of the right length; all two-byte and three-byte
 * sequences that are valid are such an encoding. */
static void exhaustive(void **state)
{
    (void)state;
    uint8_t bytes[16];
    size_t n_valid = 0;
    for (uint32_t scalar = 0; scalar <= 0x10FFFF; scalar++) {
        if (scalar >= 0xD800 && scalar <= 0xDFFF)
            continue;
        size_t n = sb_utf8_encode(scalar, bytes);
        assert_int_equal(n, scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4);
        if (!sb_utf8_valid(bytes, n) || (n > 1 && sb_utf8_valid(bytes, n - 1)))
            fail_msg("U+%X", scalar);
    }
    for (uint32_t i = 0; i < 1u << 24; i++) {
        uint8_t three[3] = { (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };
        n_valid +=
            three[0] >= 0x80 && three[1] >= 0x80 && three[2] >= 0x80 && sb_utf8_valid(three, 3);
    }
    /* Three bytes, none of them ASCII: U+0800 to U+FFFF without the 2048 surrogates. */
    assert_int_equal(n_valid, 0x10000 - 0x800 - 0x800);
    static const char *const invalid[] = {
        "\xC0\x80",         "\xC1\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE0\x80\x80",
        "\xF0\x8F\xBF\xBF", "\x80",     "\xED\xA0\x80"
    };
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        for (size_t before = 0; before < 9; before++) { /* at every offset in a word */
            size_t n = strlen(invalid[i]);
            memset(bytes, 'a', sizeof bytes);
            memcpy(bytes + before, invalid[i], n);
            assert_false(sb_utf8_valid(bytes, before + n));
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(exhaustive) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* JSON read in place, against vectors by hand and against jansson on random and damaged texts. */
#include "tests/helpers.h"

#include <jansson.h>
#include "data/json.h"
#include "theory/random.h"

static enum sb_status read_text(const char *text, size_t n, struct sb_json *value)
{
    struct sb_json_cursor cursor = { .at = (const uint8_t *)text,
                                     .end = (const uint8_t *)text + n };
    enum sb_status status = sb_json_read(&cursor, value);
    assert_true((status == SB_FORMAT) == (cursor.problem != NULL));
    assert_true(cursor.at >= (const uint8_t *)text && cursor.at <= cursor.end);
    return status;
}

/* ---- by hand ------------------------------------------------------------------------------------ */

static void strings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *meaning;
        size_t n;
    } vectors[] = {
        { "\"\"", "", 0 },
        { "\"plain\"", "plain", 5 },
        { "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8 },
        { "\"a\\u0000b\"", "a\0b", 3 },
        { "\"\\u00e9\\u20AC\"", "\xC3\xA9\xE2\x82\xAC", 5 },
        /* U+1F600: D83D = D800 + (F600 >> 10), DE00 = DC00 + (F600 & 3FF) */
        { "\"\\uD83D\\uDE00\"", "\xF0\x9F\x98\x80", 4 },
        { "\"\xC3\xA9 in a longer string \\n\"", "\xC3\xA9 in a longer string \n", 23 },
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct sb_json value;
        uint8_t out[64];
        assert_int_equal(read_text(vectors[i].text, strlen(vectors[i].text), &value), SB_OK);
        assert_int_equal(value.kind, SB_JSON_STRING);
        assert_int_equal(sb_json_unescape(&value, out), vectors[i].n);
        assert_memory_equal(out, vectors[i].meaning, vectors[i].n);
        assert_true(sb_json_equals(&value, vectors[i].meaning, vectors[i].n));
        assert_false(sb_json_equals(&value, "something else", 14));
        if (vectors[i].n)
            assert_false(sb_json_equals(&value, vectors[i].meaning, vectors[i].n - 1));
    }
}

/* Of equal names the last counts; whole numbers have no sign, fraction or exponent. */
static void members_by_name(void **state)
{
    (void)state;
    static const char text[] =
        "{\"a\":1,\"b\":{\"a\":7},\"a\":18446744073709551615,\"c\":-1,\"d\":1.0,\"e\":[2]}";
    struct sb_json object, value;
    uint64_t number = 5;
    assert_int_equal(read_text(text, sizeof text - 1, &object), SB_OK);
    assert_true(sb_json_find(&object, "a", &value));
    assert_true(sb_json_whole(&value, UINT64_MAX, &number));
    assert_true(number == UINT64_MAX);
    assert_false(sb_json_whole(&value, UINT64_MAX - 1, &number));
    assert_true(sb_json_find(&object, "c", &value));
    assert_false(sb_json_whole(&value, UINT64_MAX, &number));
    assert_true(sb_json_find(&object, "d", &value));
    assert_false(sb_json_whole(&value, UINT64_MAX, &number));
    assert_false(sb_json_find(&value, "a", &value)); /* a number has no members */
    assert_false(sb_json_find(&object, "f", &value));
    assert_true(number == UINT64_MAX);
}

static void malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "{\"a\":1,}",
        "{,}",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "+1",
        "tru",
        "True",
        "NaN",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\uD800\"",
        "\"\\uDC00\"",
        "\"\\uD800\\u0041\"",
        "\"\x01\"",
        "\"\xFF\"",
        "\"\xC3\"",
        "\xC3\xA9",
        "1 2",
        "{} {}",
        "[}",
        "\"a\tb\"",
        "\"\xED\xA0\x80\"",
        "\"\\",
        "\"\\u\"",
        "'a'",
        "[1 2]",
        "{\"a\" 1}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct sb_json value = { .n = 77 };
        if (read_text(texts[i], strlen(texts[i]), &value) != SB_FORMAT)
            fail_msg("%s is accepted", texts[i]);
        assert_int_equal(value.n, 77);
    }
}

static void members(void **state)
{
    (void)state;
    const char text[] = " { \"a\" : [ 1 , {} , \"x]\" ] , \"b\" : -2.5e+3 , \"\\u0063\" : null } ";
    struct sb_json object, name, value, element;
    assert_int_equal(read_text(text, sizeof text - 1, &object), SB_OK);
    struct sb_json_cursor cursor = sb_json_enter(&object);
    assert_int_equal(sb_json_next(&cursor, &name, &value), SB_OK);
    assert_true(sb_json_equals(&name, "a", 1));
    struct sb_json_cursor inner = sb_json_enter(&value);
    static const enum sb_json_kind kinds[] = { SB_JSON_NUMBER, SB_JSON_OBJECT, SB_JSON_STRING };
    for (int i = 0; i < 3; i++) {
        assert_int_equal(sb_json_next(&inner, &name, &element), SB_OK);
        assert_int_equal(element.kind, kinds[i]);
    }
    assert_int_equal(sb_json_next(&inner, &name, &element), SB_END);
    assert_int_equal(sb_json_next(&cursor, &name, &value), SB_OK);
    assert_int_equal(value.n, 7);
    assert_memory_equal(value.text, "-2.5e+3", 7);
    assert_int_equal(sb_json_next(&cursor, &name, &value), SB_OK);
    assert_true(sb_json_equals(&name, "c", 1));
    assert_int_equal(value.kind, SB_JSON_NULL);
    assert_int_equal(sb_json_next(&cursor, &name, &value), SB_END);
}

static void depth(void **state)
{
    (void)state;
    static char text[4 * SB_JSON_MAX_DEPTH];
    struct sb_json value;
    for (size_t n = SB_JSON_MAX_DEPTH - 1; n <= SB_JSON_MAX_DEPTH + 1; n++) {
        memset(text, '[', n);
        memset(text + n, ']', n);
        assert_int_equal(read_text(text, 2 * n, &value),
                         n <= SB_JSON_MAX_DEPTH ? SB_OK : SB_FORMAT);
    }
}

/* ---- against jansson ------------------------------------------------------------------------------ */

/* A random text, mostly well-formed: pieces of JSON, nested up to a depth. */
static size_t random_json(struct sb_random *random, char *out, int depth_left)
{
    static const char *const scalars[] = { "null",
                                           "true",
                                           "false",
                                           "0",
                                           "-12",
                                           "3.25",
                                           "1e2",
                                           "\"\"",
                                           "\"ab\"",
                                           "\"\\n\\u00e9\"",
                                           "\"\xC3\xA9\xF0\x9F\x98\x80 and some more\"",
                                           "\"\\ud83d\\ude00\"" };
    uint64_t kind = sb_random_below(random, depth_left > 0 ? 4 : 2);
    if (kind < 2) {
        const char *scalar = scalars[sb_random_below(random, sizeof scalars / sizeof *scalars)];
        strcpy(out, scalar);
        return strlen(scalar);
    }
    size_t n = 0, members_left = sb_random_below(random, 4);
    out[n++] = kind == 2 ? '[' : '{';
    for (; members_left > 0; members_left--) {
        if (kind == 3)
            n += (size_t)sprintf(out + n, "\"k%zu\":", members_left);
        n += random_json(random, out + n, depth_left - 1);
        if (members_left > 1)
            out[n++] = ',';
        if (sb_random_below(random, 4) == 0)
            out[n++] = ' ';
    }
    out[n++] = kind == 2 ? ']' : '}';
    return n;
}

static bool jansson_accepts(const char *text, size_t n)
{
    json_error_t error;
    json_t *value = json_loadb(text, n, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    json_decref(value);
    /* What it cannot represent is no fault of the text. */
    return value || strstr(error.text, "too big") || strstr(error.text, "overflow") ||
           strstr(error.text, "NUL byte in object key");
}

static void agrees_with_jansson(void **state)
{
    (void)state;
    static char text[1 << 16];
    size_t n_accepted = 0;
    for (uint64_t seed = 1; seed <= 20000; seed++) {
        struct sb_random random;
        struct sb_json value;
        sb_random_init(&random, seed, 0);
        size_t n = random_json(&random, text, 4);
        for (uint64_t damage = sb_random_below(&random, 3); damage > 0; damage--) {
            static const char bytes[] = "{}[],:\"\\ 0e-utn\x01\x80\xC3\xED\xFF";
            text[sb_random_below(&random, n)] = bytes[sb_random_below(&random, sizeof bytes - 1)];
        }
        if (sb_random_below(&random, 8) == 0)
            n = sb_random_below(&random, n) + 1;
        bool expected = jansson_accepts(text, n), actual = read_text(text, n, &value) == SB_OK;
        n_accepted += actual;
        if (actual != expected)
            fail_msg("seed %llu: %s by us, %s by jansson: %.*s", (unsigned long long)seed,
                     actual ? "accepted" : "refused", expected ? "accepted" : "refused", (int)n,
                     text);
    }
    assert_true(n_accepted > 4000 && n_accepted < 16000); /* both happen often */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strings),   cmocka_unit_test(members_by_name),
        cmocka_unit_test(malformed), cmocka_unit_test(members),
        cmocka_unit_test(depth),     cmocka_unit_test(agrees_with_jansson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

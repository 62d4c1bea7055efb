/* Expressions of tokenizers: what they match, and what is refused. */
#include "tests/helpers.h"

#include "data/oniguruma.h"
#include "data/pattern.h"

/* The matches in text, each in brackets. */
static void mark(const char *expression, const char *text, char *out)
{
    struct sb_pattern *pattern;
    struct sb_matcher *matcher;
    struct sb_error error;
    size_t n = strlen(text), at = 0, begin, end;
    if (sb_pattern_create_regex(expression, strlen(expression), &pattern, &error))
        fail_msg("%s: %s", expression, error.message);
    assert_int_equal(sb_matcher_create(&matcher), SB_OK);
    while (sb_pattern_find(pattern, matcher, (const uint8_t *)text, n, at, &begin, &end) == SB_OK) {
        out += sprintf(out, "%.*s[%.*s]", (int)(begin - at), text + at, (int)(end - begin),
                       text + begin);
        at = end;
    }
    sprintf(out, "%s", text + at);
    sb_matcher_free(matcher);
    sb_pattern_free(pattern);
}

static void matches(void **state)
{
    (void)state;
    if (!sb_pattern_has_regex()) {
        struct sb_pattern *pattern = (void *)1;
        struct sb_error error;
        assert_int_equal(sb_pattern_create_regex("a", 1, &pattern, &error), SB_UNSUPPORTED);
        assert_null(pattern);
        assert_non_null(strstr(error.message, "built without PCRE2; install libpcre2-dev"));
        skip();
    }
    static const struct {
        const char *expression, *text, *marked;
    } vectors[] = {
        { "\\s+", "a \xC2\xA0\xE2\x80\x83z", "a[ \xC2\xA0\xE2\x80\x83]z" },
        { "\\s", "a\xE1\xA0\x8Ez", "a\xE1\xA0\x8Ez" }, /* U+180E is no white space */
        { "[^\\s]+", "ab c", "[ab] [c]" },
        { "[\\S]+", "ab c", "[ab] [c]" },
        { "\\w+", "a_1\xCC\x81-b", "[a_1\xCC\x81]-[b]" }, /* marks are of words */
        { "\\W+", "a--b", "a[--]b" },
        { "\\d", "1\xD9\xA1\xC2\xBD", "[1][\xD9\xA1]\xC2\xBD" }, /* digits: not one half */
        { "\\p{N}", "1\xC2\xBD", "[1][\xC2\xBD]" },
        { "\\p{Lu}\\P{Lu}+", "aBcD", "a[Bc]D" },
        { "[\\p{Han}]+", "x\xE4\xB8\xAD\xE3\x80\x82", "x[\xE4\xB8\xAD]\xE3\x80\x82" },
        { "(?i:'s|'ll)", "'S'lL'\xC5\xBF", "['S]['lL]['\xC5\xBF]" }, /* long s folds to s */
        { "\\p{N}{1,3}", "12345", "[123][45]" },
        { "a\\u0062|\\x{e9}|\\x41",
          "ab\xC3\xA9"
          "A",
          "[ab][\xC3\xA9][A]" },
        { "\\s+(?!\\S)", "a   b", "a[  ] b" },
        { " ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*", "a !?\n", "a[ !?\n]" },
        { "\\.\\-\\[", ".-[", "[.-[]" },
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        char out[200];
        mark(vectors[i].expression, vectors[i].text, out);
        assert_string_equal(out, vectors[i].marked);
    }
}

static void refused(void **state)
{
    (void)state;
    static const char *const expressions[] = {
        "^a",
        "a$",
        "\\ba",
        "\\h",
        "\\Aa",
        "a\\z",
        "(a)\\1",
        "(?i)a",
        "(?<n>a)",
        "(*FAIL)",
        "[[:alpha:]]",
        "[a[b]]",
        "[a&&b]",
        "[]a]",
        "a{1,2}+",
        "a{,2}",
        "a{2}?",
        "(?i:[a-z])",
        "(?i:\\w)",
        "[\\W]",
        "\\x80",
        "\\xZ",
        "\\p{L",
        "\\pL",
        "[a",
        "(a",
        "a)",
        "\\",
        "x*",
        "a|",
        "\\p{NoSuchScript}",
        "a{99999999999}",
        "+",
        "(?=a)",
    };
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        struct sb_pattern *pattern = (void *)1;
        struct sb_error error = { "" };
        enum sb_status status =
            sb_pattern_create_regex(expressions[i], strlen(expressions[i]), &pattern, &error);
        if (status != SB_UNSUPPORTED && status != SB_FORMAT)
            fail_msg("%s: status %d", expressions[i], status);
        assert_true(*error.message);
        assert_null(pattern);
    }
}

static void strings(void **state)
{
    (void)state;
    struct sb_pattern *pattern;
    size_t begin, end;
    assert_int_equal(sb_pattern_create_string("aab", 3, &pattern), SB_OK);
    const uint8_t *text = (const uint8_t *)"aaab-aab";
    assert_int_equal(sb_pattern_find(pattern, NULL, text, 8, 0, &begin, &end), SB_OK);
    assert_int_equal(begin, 1);
    assert_int_equal(sb_pattern_find(pattern, NULL, text, 8, 2, &begin, &end), SB_OK);
    assert_int_equal(begin, 5);
    assert_int_equal(end, 8);
    assert_int_equal(sb_pattern_find(pattern, NULL, text, 8, 6, &begin, &end), SB_END);
    assert_int_equal(sb_pattern_find(pattern, NULL, text, 2, 0, &begin, &end), SB_END);
    sb_pattern_free(pattern);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matches),
        cmocka_unit_test(refused),
        cmocka_unit_test(strings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

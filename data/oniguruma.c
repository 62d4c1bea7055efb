#include "data/oniguruma.h"

#include <stdbool.h>
#include <string.h>

/* White_Space, and its complement, as the inside of a class. */
static const char SPACE[] =
    "\\x{9}-\\x{d}\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}"
    "\\x{202f}\\x{205f}\\x{3000}";
static const char NO_SPACE[] =
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"
    "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{10ffff}";
static const char WORD[] = "\\p{L}\\p{M}\\p{Nd}\\p{Pc}";

struct translation {
    const char *at, *end;
    struct sb_buffer *out;
    const char **problem;
    unsigned depth, caseless_depth; /* of groups; of the outermost (?i: among them, 0: none */
};

static enum sb_status refuse(struct translation *t, const char *problem)
{
    *t->problem = problem;
    return SB_UNSUPPORTED;
}

static enum sb_status emit(struct translation *t, const char *text, size_t n)
{
    return sb_buffer_append(t->out, text, n);
}

static enum sb_status emit_text(struct translation *t, const char *text)
{
    return emit(t, text, strlen(text));
}

/* Copies n characters of the expression. */
static enum sb_status copy(struct translation *t, size_t n)
{
    const char *from = t->at;
    t->at += n;
    return emit(t, from, n);
}

/* The character i places on, 0 beyond the end. */
static char peek(const struct translation *t, size_t i)
{
    return (size_t)(t->end - t->at) > i ? t->at[i] : 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* ---- escapes ---------------------------------------------------------------------------------- */

/* The inside of a class, in brackets unless it already stands in one. */
static enum sb_status emit_class(struct translation *t, const char *before, const char *inside,
                                 const char *behind, bool in_class)
{
    t->at += 2;
    enum sb_status status = in_class ? SB_OK : emit_text(t, before);
    if (status == SB_OK)
        status = emit_text(t, inside);
    return status || in_class ? status : emit_text(t, behind);
}

/* \p{Name}, \P{Name}, \p{^Name}: one or two letters are a general category, more a script. */
static enum sb_status translate_property(struct translation *t)
{
    size_t name = peek(t, 3) == '^' ? 4 : 3, n = 0;
    if (peek(t, 2) != '{')
        return refuse(t, "a property without braces");
    while (is_letter(peek(t, name + n)) || peek(t, name + n) == '_')
        n++;
    if (!n || peek(t, name + n) != '}')
        return refuse(t, "a property whose name is not letters");
    enum sb_status status = copy(t, name);
    if (status == SB_OK && n > 2)
        status = emit_text(t, "sc:");
    return status ? status : copy(t, n + 1);
}

/* \xHH below 0x80 (above, it is a byte), \x{H...} or \uHHHH. */
static enum sb_status translate_code(struct translation *t)
{
    bool braces = peek(t, 1) == 'x' && peek(t, 2) == '{';
    size_t n = 0, begin = braces ? 3 : 2, most = braces ? 6 : peek(t, 1) == 'x' ? 2 : 4;
    while (n < most && is_hex(peek(t, begin + n)))
        n++;
    if (n == 0 || (braces ? peek(t, begin + n) != '}' : n != most) ||
        (most == 2 && peek(t, begin) > '7'))
        return refuse(t, "a character by number in this form");
    t->at += begin;
    enum sb_status status = emit_text(t, "\\x{");
    if (status == SB_OK)
        status = copy(t, n);
    t->at += braces;
    return status ? status : emit_text(t, "}");
}

static enum sb_status translate_escape(struct translation *t, bool in_class)
{
    char c = peek(t, 1);
    bool is_set = c && strchr("sSdDwWpP", c);
    if (is_set && t->caseless_depth)
        return refuse(t, "a class within (?i:...)");
    switch (c) {
    case 's':
        return emit_class(t, "[", SPACE, "]", in_class);
    case 'S':
        return emit_class(t, "[", NO_SPACE, "]", in_class);
    case 'd':
        return emit_class(t, "", "\\p{Nd}", "", in_class);
    case 'D':
        return emit_class(t, "", "\\P{Nd}", "", in_class);
    case 'w':
        return emit_class(t, "[", WORD, "]", in_class);
    case 'W':
        return in_class ? refuse(t, "\\W within a class") : emit_class(t, "[^", WORD, "]", false);
    case 'v':
        return emit_class(t, "", "\\x{b}", "", in_class);
    case 'p':
    case 'P':
        return translate_property(t);
    case 'x':
    case 'u':
        return translate_code(t);
    case 'r':
    case 'n':
    case 't':
    case 'f':
        return copy(t, 2);
    default:
        if (c > 0x20 && c < 0x7f && !is_letter(c) && !is_digit(c))
            return copy(t, 2);
        return refuse(t, "an escape other than \\s \\d \\w \\p \\x \\u \\r \\n \\t \\f \\v");
    }
}

/* ---- classes, groups, quantifiers ------------------------------------------------------------- */

static enum sb_status translate_class(struct translation *t)
{
    if (t->caseless_depth)
        return refuse(t, "a class within (?i:...)");
    enum sb_status status = copy(t, peek(t, 1) == '^' ? 2 : 1);
    if (peek(t, 0) == ']')
        return refuse(t, "a class that begins with ']'");
    while (status == SB_OK && t->at < t->end && peek(t, 0) != ']') {
        if (peek(t, 0) == '[')
            return refuse(t, "a class within a class");
        if (peek(t, 0) == '&' && peek(t, 1) == '&')
            return refuse(t, "an intersection of classes (&&)");
        status = peek(t, 0) == '\\' ? translate_escape(t, true) : copy(t, 1);
    }
    if (status == SB_OK && t->at == t->end)
        return refuse(t, "a class without its ']'");
    return status ? status : copy(t, 1);
}

static enum sb_status translate_group(struct translation *t)
{
    static const char *const openings[] = { "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>" };
    size_t n = (size_t)(t->end - t->at);
    t->depth++;
    if (n >= 4 && memcmp(t->at, "(?i:", 4) == 0) {
        t->caseless_depth = t->caseless_depth ? t->caseless_depth : t->depth;
        return copy(t, 4);
    }
    for (size_t i = 0; i < sizeof openings / sizeof *openings; i++) {
        size_t length = strlen(openings[i]);
        if (n >= length && memcmp(t->at, openings[i], length) == 0)
            return copy(t, length);
    }
    if (peek(t, 1) == '?' || peek(t, 1) == '*')
        return refuse(t, "a group other than (...), (?:...), (?i:...) and looking around");
    return copy(t, 1);
}

static enum sb_status close_group(struct translation *t)
{
    if (!t->depth)
        return refuse(t, "a ')' without its '('");
    if (t->caseless_depth == t->depth)
        t->caseless_depth = 0;
    t->depth--;
    return copy(t, 1);
}

/* {n}, {n,} or {n,m} */
static enum sb_status translate_interval(struct translation *t)
{
    size_t n = 1;
    while (is_digit(peek(t, n)))
        n++;
    if (n == 1)
        return refuse(t, "a '{' that begins no interval");
    if (peek(t, n) == ',')
        n++;
    while (is_digit(peek(t, n)))
        n++;
    if (peek(t, n) != '}' || peek(t, n + 1) == '+' || peek(t, n + 1) == '?')
        return refuse(t,
                      "an interval other than {n}, {n,} and {n,m}, or one followed by '+' or '?'");
    return copy(t, n + 1);
}

enum sb_status sb_oniguruma_translate(const char *expression, size_t n, struct sb_buffer *out,
                                      const char **problem)
{
    struct translation t = {
        .at = expression, .end = expression + n, .out = out, .problem = problem
    };
    enum sb_status status = SB_OK;
    while (status == SB_OK && t.at < t.end) {
        switch (*t.at) {
        case '\\':
            status = translate_escape(&t, false);
            break;
        case '[':
            status = translate_class(&t);
            break;
        case '(':
            status = translate_group(&t);
            break;
        case ')':
            status = close_group(&t);
            break;
        case '{':
            status = translate_interval(&t);
            break;
        case '^':
        case '$':
            return refuse(&t, "an anchor (^ or $)");
        default:
            status = copy(&t, 1);
        }
    }
    return status == SB_OK && t.depth ? refuse(&t, "a '(' without its ')'") : status;
}

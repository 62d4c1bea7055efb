#include "data/pattern.h"

#include <stdlib.h>
#include <string.h>
#include "data/buffer.h"
#include "data/oniguruma.h"
#if SB_PCRE2
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#else
typedef struct pcre2_code pcre2_code;
#endif

struct sb_pattern {
    pcre2_code *code; /* NULL: a string */
    size_t n;
    char string[];
};

bool sb_pattern_has_regex(void)
{
    return SB_PCRE2 != 0;
}

/* ---- strings ------------------------------------------------------------------------------- */

enum sb_status sb_pattern_create_string(const char *string, size_t n, struct sb_pattern **pattern)
{
    *pattern = NULL;
    struct sb_pattern *p = malloc(sizeof *p + n + 1);
    if (!p)
        return SB_MEMORY;
    p->code = NULL;
    p->n = n;
    memcpy(p->string, string, n);
    *pattern = p;
    return SB_OK;
}

static enum sb_status find_string(const struct sb_pattern *pattern, const uint8_t *text, size_t n,
                                  size_t from, size_t *begin, size_t *end)
{
    const uint8_t *at = text + from, *last = text + n;
    while ((size_t)(last - at) >= pattern->n) {
        at = memchr(at, pattern->string[0], (size_t)(last - at) - pattern->n + 1);
        if (!at)
            return SB_END;
        if (memcmp(at, pattern->string, pattern->n) == 0) {
            *begin = (size_t)(at - text);
            *end = *begin + pattern->n;
            return SB_OK;
        }
        at++;
    }
    return SB_END;
}

/* ---- regular expressions ------------------------------------------------------------------- */

#if SB_PCRE2

struct sb_matcher {
    pcre2_match_data *data;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
};

/* Beyond this much memory (in KiB) a search is given up, compiled or interpreted. */
enum { STACK_KIB = 64 * 1024 };

static enum sb_status compile(const struct sb_buffer *translated, pcre2_code **code,
                              struct sb_error *error)
{
    int number;
    size_t place;
    uint32_t matches_empty;
    *code = pcre2_compile(translated->bytes, translated->n, PCRE2_UTF | PCRE2_UCP, &number, &place,
                          NULL);
    if (!*code) {
        PCRE2_UCHAR message[120] = "";
        pcre2_get_error_message(number, message, sizeof message);
        return sb_fail(error, SB_FORMAT, "%s", (const char *)message);
    }
    pcre2_pattern_info(*code, PCRE2_INFO_MATCHEMPTY, &matches_empty);
    if (matches_empty) {
        pcre2_code_free(*code);
        return sb_fail(error, SB_UNSUPPORTED, "matching the empty string is not implemented");
    }
    pcre2_jit_compile(*code, PCRE2_JIT_COMPLETE); /* where there is none, it is interpreted */
    return SB_OK;
}

enum sb_status sb_matcher_create(struct sb_matcher **matcher)
{
    struct sb_matcher *m = *matcher = calloc(1, sizeof *m);
    if (!m)
        return SB_MEMORY;
    m->data = pcre2_match_data_create(1, NULL);
    m->context = pcre2_match_context_create(NULL);
    m->stack = pcre2_jit_stack_create(32 * 1024, STACK_KIB * 1024, NULL); /* NULL without JIT */
    if (!m->data || !m->context) {
        sb_matcher_free(m);
        *matcher = NULL;
        return SB_MEMORY;
    }
    /* Long runs of one kind of character backtrack once per character. */
    pcre2_set_match_limit(m->context, UINT32_MAX);
    pcre2_set_depth_limit(m->context, UINT32_MAX);
    pcre2_set_heap_limit(m->context, STACK_KIB);
    pcre2_jit_stack_assign(m->context, NULL, m->stack);
    return SB_OK;
}

void sb_matcher_free(struct sb_matcher *matcher)
{
    if (!matcher)
        return;
    pcre2_match_data_free(matcher->data);
    pcre2_match_context_free(matcher->context);
    pcre2_jit_stack_free(matcher->stack);
    free(matcher);
}

static enum sb_status find_regex(const struct sb_pattern *pattern, struct sb_matcher *matcher,
                                 const uint8_t *text, size_t n, size_t from, size_t *begin,
                                 size_t *end)
{
    int found = pcre2_match(pattern->code, text, n, from, PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY,
                            matcher->data, matcher->context);
    if (found == PCRE2_ERROR_NOMATCH)
        return SB_END;
    if (found == PCRE2_ERROR_NOMEMORY)
        return SB_MEMORY;
    if (found < 0)
        return SB_NUMERIC;
    const size_t *offsets = pcre2_get_ovector_pointer(matcher->data);
    *begin = offsets[0];
    *end = offsets[1];
    return SB_OK;
}

#else

struct sb_matcher {
    char nothing;
};

static void pcre2_code_free(pcre2_code *code)
{
    (void)code;
}

static enum sb_status compile(const struct sb_buffer *translated, pcre2_code **code,
                              struct sb_error *error)
{
    (void)translated, (void)code;
    return sb_fail(error, SB_UNSUPPORTED,
                   "regular expressions are off: built without PCRE2; install libpcre2-dev and "
                   "build again");
}

enum sb_status sb_matcher_create(struct sb_matcher **matcher)
{
    *matcher = calloc(1, sizeof **matcher);
    return *matcher ? SB_OK : SB_MEMORY;
}

void sb_matcher_free(struct sb_matcher *matcher)
{
    free(matcher);
}

/* No pattern has a code here. */
static enum sb_status find_regex(const struct sb_pattern *pattern, struct sb_matcher *matcher,
                                 const uint8_t *text, size_t n, size_t from, size_t *begin,
                                 size_t *end)
{
    (void)pattern, (void)matcher, (void)text, (void)n, (void)from, (void)begin, (void)end;
    return SB_UNSUPPORTED;
}

#endif

enum sb_status sb_pattern_create_regex(const char *expression, size_t n,
                                       struct sb_pattern **pattern, struct sb_error *error)
{
    struct sb_buffer translated = { 0 };
    const char *problem;
    pcre2_code *code = NULL;
    *pattern = NULL;
    enum sb_status status = sb_oniguruma_translate(expression, n, &translated, &problem);
    if (status == SB_UNSUPPORTED)
        sb_fail(error, status, "%s is not implemented", problem);
    else if (status || (status = sb_buffer_reserve(&translated, 1)) != SB_OK)
        sb_fail_memory(error);
    else
        status = compile(&translated, &code, error);
    sb_buffer_clear(&translated);
    if (status)
        return status;
    if (sb_pattern_create_string("", 0, pattern)) {
        pcre2_code_free(code);
        return sb_fail_memory(error);
    }
    (*pattern)->code = code;
    return SB_OK;
}

void sb_pattern_free(struct sb_pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_code_free(pattern->code);
    free(pattern);
}

enum sb_status sb_pattern_find(const struct sb_pattern *pattern, struct sb_matcher *matcher,
                               const uint8_t *text, size_t n, size_t from, size_t *begin,
                               size_t *end)
{
    return pattern->code ? find_regex(pattern, matcher, text, n, from, begin, end)
                         : find_string(pattern, text, n, from, begin, end);
}

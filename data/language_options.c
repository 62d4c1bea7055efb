#include "data/language_options.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "data/table.h"
#include "theory/numeric.h"

/* The options that are one number. Counts are stored as size_t, the others as double. */
static const struct field {
    const char *key;
    size_t offset;
    double low, high;
    bool is_count;
} fields[] = {
#define FIELD(key, member, low, high, is_count)                                                    \
    {                                                                                              \
        key, offsetof(struct sb_language_options, member), low, high, is_count                     \
    }
    FIELD("overlap", overlap, 0, 1, false),
    FIELD("style", style, 0, 1, false),
    FIELD("length", length, 1, SB_LANGUAGE_MAX_LENGTH, true),
    FIELD("topics", n_topics, 1, 256, true),
    FIELD("style_words", n_style_words, 1, 4096, true),
    FIELD("content_words", n_content_words, 1, 16384, true),
    FIELD("zipf_style", zipf_style, 0, 100, false),
    FIELD("zipf_content", zipf_content, 0, 100, false),
#undef FIELD
};
enum { N_FIELDS = sizeof fields / sizeof *fields };

struct sb_language_options sb_language_options_default(void)
{
    return (struct sb_language_options){
        .overlap = 0.3,
        .style = 0.25,
        .length = 28,
        .n_topics = 8,
        .n_style_words = 12,
        .n_content_words = 100,
        .zipf_style = 1,
        .zipf_content = 1.1,
        .pi = { 1.0 / 3, 1.0 / 3, 1.0 / 3 },
    };
}

static double field_value(const struct sb_language_options *options, const struct field *field)
{
    const char *at = (const char *)options + field->offset;
    return field->is_count ? (double)*(const size_t *)(const void *)at
                           : *(const double *)(const void *)at;
}

/* A NaN is in no range. */
static bool in_range(const struct field *field, double value)
{
    return value >= field->low && value <= field->high &&
           (!field->is_count || value == floor(value));
}

static bool are_proportions(const double proportions[SB_LANGUAGE_DIALECTS])
{
    double sum = 0;
    for (size_t d = 0; d < SB_LANGUAGE_DIALECTS; d++) {
        if (!(proportions[d] >= 0))
            return false;
        sum += proportions[d];
    }
    return sum > 0 && isfinite(sum);
}

enum sb_status sb_language_options_check(const struct sb_language_options *options)
{
    for (size_t i = 0; i < N_FIELDS; i++)
        if (!in_range(&fields[i], field_value(options, &fields[i])))
            return SB_DOMAIN;
    return are_proportions(options->pi) ? SB_OK : SB_DOMAIN;
}

enum sb_status sb_language_parse_proportions(const char *text,
                                             double proportions[SB_LANGUAGE_DIALECTS],
                                             struct sb_error *error)
{
    double values[SB_LANGUAGE_DIALECTS], sum = 0;
    const char *at = text;
    for (size_t d = 0; d < SB_LANGUAGE_DIALECTS; d++) {
        char number[64];
        size_t n = strcspn(at, ":,");
        bool is_last = d == SB_LANGUAGE_DIALECTS - 1;
        if (n >= sizeof number || is_last != (at[n] == 0))
            goto malformed;
        memcpy(number, at, n);
        number[n] = 0;
        if (sb_parse_number(number, &values[d]))
            goto malformed;
        at += n + 1;
    }
    if (!are_proportions(values))
        goto malformed;
    for (size_t d = 0; d < SB_LANGUAGE_DIALECTS; d++)
        sum += values[d];
    for (size_t d = 0; d < SB_LANGUAGE_DIALECTS; d++)
        proportions[d] = values[d] / sum;
    return SB_OK;
malformed:
    return sb_fail(error, SB_FORMAT,
                   "\"%s\": give three proportions >= 0, one for each dialect, such as 8:1:1",
                   text);
}

enum sb_status sb_language_options_set(struct sb_language_options *options, const char *key,
                                       const char *value, struct sb_error *error)
{
    if (strcmp(key, "pi") == 0)
        return sb_language_parse_proportions(value, options->pi, error);
    for (size_t i = 0; i < N_FIELDS; i++) {
        const struct field *field = &fields[i];
        if (strcmp(key, field->key) != 0)
            continue;
        double number;
        if (sb_parse_number(value, &number) || !in_range(field, number))
            return sb_fail(error, SB_FORMAT, "%s=%s: give a%s number from %g to %g", key, value,
                           field->is_count ? " whole" : "", field->low, field->high);
        char *at = (char *)options + field->offset;
        if (field->is_count)
            *(size_t *)(void *)at = (size_t)number;
        else
            *(double *)(void *)at = number;
        return SB_OK;
    }
    return sb_fail(
        error, SB_FORMAT,
        "the controlled language has no parameter \"%s\"; it has overlap, style, length, "
        "topics, style_words, content_words, zipf_style, zipf_content and pi",
        key);
}

enum sb_status sb_language_options_parse(const char *text, struct sb_language_options *options,
                                         struct sb_error *error)
{
    struct sb_language_options parsed = *options;
    char *copy = strdup(text), *rest = NULL;
    if (!copy)
        return sb_fail_memory(error);
    enum sb_status status = SB_OK;
    for (char *item = strtok_r(copy, ",", &rest); item && !status;
         item = strtok_r(NULL, ",", &rest)) {
        char *value = strchr(item, '=');
        if (value) {
            *value++ = 0;
            status = sb_language_options_set(&parsed, item, value, error);
        } else {
            status = sb_fail(error, SB_FORMAT,
                             "\"%s\" is no key=value; write the language as overlap=0.3,length=28,"
                             "pi=8:1:1",
                             item);
        }
    }
    free(copy);
    if (!status)
        *options = parsed;
    return status;
}

void sb_language_options_format(const struct sb_language_options *options,
                                char text[SB_LANGUAGE_TEXT_SIZE])
{
    size_t used = 0;
    char number[SB_REAL_SIZE];
    for (size_t i = 0; i < N_FIELDS; i++)
        used += (size_t)snprintf(text + used, SB_LANGUAGE_TEXT_SIZE - used, "%s=%s,", fields[i].key,
                                 sb_format_real(number, field_value(options, &fields[i])));
    for (size_t d = 0; d < SB_LANGUAGE_DIALECTS; d++)
        used += (size_t)snprintf(text + used, SB_LANGUAGE_TEXT_SIZE - used, "%s%s",
                                 d ? ":" : "pi=", sb_format_real(number, options->pi[d]));
}

#include "data/format.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *suffix;
    enum sb_corpus_format format;
} suffixes[] = {
    { ".jsonl", SB_FORMAT_JSONL }, { ".ndjson", SB_FORMAT_JSONL }, { ".csv", SB_FORMAT_CSV },
    { ".tsv", SB_FORMAT_TSV },     { ".txt", SB_FORMAT_TEXT },     { ".text", SB_FORMAT_TEXT },
    { ".md", SB_FORMAT_TEXT },     { ".rst", SB_FORMAT_TEXT },     { ".tex", SB_FORMAT_TEXT },
    { ".html", SB_FORMAT_TEXT },   { ".htm", SB_FORMAT_TEXT },     { ".xml", SB_FORMAT_TEXT },
};

const char *sb_format_name(enum sb_corpus_format format)
{
    static const char *const names[] = { "guess", "text", "jsonl", "json", "csv", "tsv" };
    return names[format];
}

size_t sb_format_mark_length(const uint8_t *bytes, size_t n)
{
    return n >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
}

/* The next byte that is not white space at or behind *i, which it is moved behind; 0 if none. */
static uint8_t next_mark(const uint8_t *bytes, size_t n, size_t *i)
{
    while (*i < n && (bytes[*i] == ' ' || (bytes[*i] >= '\t' && bytes[*i] <= '\r')))
        (*i)++;
    return *i < n ? bytes[(*i)++] : 0;
}

/* What is called .json is an array, or JSON lines under another name. */
static enum sb_corpus_format guess_json(const uint8_t *bytes, size_t n)
{
    size_t i = sb_format_mark_length(bytes, n);
    return next_mark(bytes, n, &i) == '{' ? SB_FORMAT_JSONL : SB_FORMAT_JSON;
}

static enum sb_corpus_format guess_content(const uint8_t *bytes, size_t n)
{
    size_t i = sb_format_mark_length(bytes, n);
    uint8_t first = next_mark(bytes, n, &i), second = next_mark(bytes, n, &i);
    if (first == '{' && (second == '"' || second == '}'))
        return SB_FORMAT_JSONL;
    if (first == '[' && (second == '{' || second == ']'))
        return SB_FORMAT_JSON;
    return SB_FORMAT_TEXT;
}

enum sb_status sb_format_guess(const char *source, const char *name, const uint8_t *bytes, size_t n,
                               enum sb_corpus_format *format, struct sb_error *error)
{
    const char *suffix = strrchr(name, '.');
    if ((n >= 4 && memcmp(bytes, "PAR1", 4) == 0) ||
        (suffix && strcasecmp(suffix, ".parquet") == 0))
        return sb_fail(
            error, SB_UNSUPPORTED,
            "%s: Parquet is not read; convert it first, for example: python3 -c \"import "
            "pandas; pandas.read_parquet('FILE').to_json('FILE.jsonl', orient='records', "
            "lines=True)\"",
            source);
    for (size_t i = 0; suffix && i < sizeof suffixes / sizeof *suffixes; i++)
        if (strcasecmp(suffix, suffixes[i].suffix) == 0) {
            *format = suffixes[i].format;
            return SB_OK;
        }
    bool is_json = suffix && strcasecmp(suffix, ".json") == 0;
    *format = is_json ? guess_json(bytes, n) : guess_content(bytes, n);
    return SB_OK;
}

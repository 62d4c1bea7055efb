#include "data/text.h"

#include <string.h>

void sb_text_init(struct sb_text *text, const struct sb_corpus_options *options,
                  struct sb_lines *lines)
{
    *text = (struct sb_text){ .options = options, .lines = lines };
}

void sb_text_clear(struct sb_text *text)
{
    sb_buffer_clear(&text->bytes);
}

void sb_text_restart(struct sb_text *text)
{
    text->n_blocks = 0;
    text->is_over = false;
}

static enum sb_status append(struct sb_text *text, const uint8_t *bytes, size_t n, const char *unit,
                             struct sb_error *error)
{
    size_t limit = text->options->max_document_bytes;
    if (n > limit || text->bytes.n > limit - n)
        return sb_fail(error, SB_LIMIT,
                       "%s%s: a document of more than %zu bytes; split it with "
                       "--split, or allow it with a larger --max-document",
                       text->lines->source, unit, limit);
    return sb_buffer_append(&text->bytes, bytes, n) ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status next_file(struct sb_text *text, struct sb_error *error)
{
    const uint8_t *block;
    size_t n;
    enum sb_status status = text->is_over ? SB_END : SB_OK;
    while (status == SB_OK) {
        status = sb_archive_read(text->lines->archive, &block, &n, error);
        if (status == SB_OK)
            status = append(text, block, n, "", error);
    }
    text->is_over = true;
    return status == SB_END && text->bytes.n ? SB_OK : status;
}

static bool is_boundary(const struct sb_text *text, const uint8_t *line, size_t n)
{
    if (text->options->split == SB_SPLIT_SEPARATOR)
        return n == strlen(text->options->separator) &&
               memcmp(line, text->options->separator, n) == 0;
    for (size_t i = 0; i < n; i++)
        if (line[i] != ' ' && line[i] != '\t')
            return false;
    return true;
}

/* Lines up to a boundary, with the newlines between them. */
static enum sb_status next_block(struct sb_text *text, struct sb_error *error)
{
    struct sb_lines *lines = text->lines;
    const uint8_t *line;
    size_t n, n_ending = 0;
    bool is_open = false;
    enum sb_status status;
    while ((status = sb_lines_next(lines, &line, &n, error)) == SB_OK) {
        if (is_boundary(text, line, n)) {
            if (text->bytes.n)
                break;
            is_open = false;
            continue;
        }
        if (is_open)
            status = append(text, (const uint8_t *)"\r\n" + 2 - n_ending, n_ending, " in a block",
                            error);
        if (status == SB_OK)
            status = append(text, line, n, " in a block", error);
        if (status)
            return status;
        is_open = true;
        n_ending = lines->n_ending;
    }
    if (status == SB_OK || (status == SB_END && text->bytes.n)) {
        text->n_blocks++;
        return SB_OK;
    }
    return status;
}

enum sb_status sb_text_next(struct sb_text *text, const uint8_t **bytes, size_t *n, size_t *record,
                            struct sb_error *error)
{
    enum sb_status status;
    if (text->options->split == SB_SPLIT_LINE) {
        do
            status = sb_lines_next(text->lines, bytes, n, error);
        while (status == SB_OK && *n == 0);
        *record = text->lines->number;
        return status;
    }
    sb_buffer_reset(&text->bytes);
    bool is_file = text->options->split == SB_SPLIT_FILE;
    status = is_file ? next_file(text, error) : next_block(text, error);
    *bytes = text->bytes.bytes;
    *n = text->bytes.n;
    *record = is_file ? 0 : text->n_blocks;
    return status;
}

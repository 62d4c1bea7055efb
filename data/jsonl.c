#include "data/jsonl.h"

#include "data/format.h"

static bool is_blank(const uint8_t *line, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (line[i] != ' ' && line[i] != '\t')
            return false;
    return true;
}

enum sb_status sb_jsonl_next(struct sb_lines *lines, struct sb_record *record,
                             struct sb_error *error)
{
    const uint8_t *line;
    size_t n, mark;
    do {
        enum sb_status status = sb_lines_next(lines, &line, &n, error);
        if (status)
            return status;
        mark = lines->number == 1 ? sb_format_mark_length(line, n) : 0;
    } while (is_blank(line + mark, n - mark));
    record->source = lines->source;
    record->unit = "line";
    record->number = lines->number;
    return sb_record_parse(record, line + mark, n - mark, error);
}

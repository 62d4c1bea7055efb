/* What a file's bytes are, from its name and its beginning. The rules stand in data/corpus.h. */
#ifndef SB_DATA_FORMAT_H
#define SB_DATA_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include "data/corpus.h"

/* Never SB_FORMAT_GUESS. Parquet is SB_UNSUPPORTED, with the way out. */
enum sb_status sb_format_guess(const char *source, const char *name, const uint8_t *bytes, size_t n,
                               enum sb_corpus_format *format, struct sb_error *error);

/* "text", "jsonl", "json", "csv", "tsv". */
const char *sb_format_name(enum sb_corpus_format format);

/* Length of the byte order mark (EF BB BF) that bytes begin with: 3 or 0. */
size_t sb_format_mark_length(const uint8_t *bytes, size_t n);

#endif

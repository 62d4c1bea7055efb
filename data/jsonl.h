/* Records from JSONL: one JSON object per line; empty lines and a byte order mark are skipped. */
#ifndef SB_DATA_JSONL_H
#define SB_DATA_JSONL_H

#include "data/lines.h"
#include "data/record.h"
#include "theory/status.h"

/* The next record, valid until the next call. SB_OK also for a malformed one (data/record.h); SB_END
 * after the last; SB_LIMIT for a line longer than the lines allow. */
enum sb_status sb_jsonl_next(struct sb_lines *lines, struct sb_record *record,
                             struct sb_error *error);

#endif

/* Output that is whole or absent: written to a temporary file beside its target, then renamed.
 *
 * A path of NULL or "-" is standard output. A failure at any write (a full disk, say) shows at the
 * latest in sb_output_commit, and then nothing is left behind.
 */
#ifndef SB_DATA_OUTPUT_H
#define SB_DATA_OUTPUT_H

#include <stdio.h>
#include "theory/status.h"

struct sb_output {
    FILE *file;      /* write here */
    char *path;      /* the target; NULL for standard output */
    char *temporary; /* what is renamed to path; NULL for standard output */
};

/* Opens the temporary file ".NAME.XXXXXX" in the folder of path, which must exist. On failure
 * *output is { NULL } and the error names the path. */
enum sb_status sb_output_open(struct sb_output *output, const char *path, struct sb_error *error);

/* Flushes, checks every earlier write, and renames. Releases *output either way; on failure the
 * temporary file is gone and an existing target is untouched. */
enum sb_status sb_output_commit(struct sb_output *output, struct sb_error *error);

/* Abandons the output and removes the temporary file. Does nothing to a cleared *output. */
void sb_output_discard(struct sb_output *output);

#endif

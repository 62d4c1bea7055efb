/* A pipe made readable twice: its bytes in an unnamed temporary file. */
#ifndef SB_DATA_SPOOL_H
#define SB_DATA_SPOOL_H

#include "theory/status.h"

/* Copies everything from descriptor fd to a new file without a name, in TMPDIR or /tmp, that is gone
 * when *copy is closed. *copy stands at its beginning. Errors call the source `name`. */
enum sb_status sb_spool(int fd, const char *name, int *copy, struct sb_error *error);

#endif

/* The files behind a folder: all regular files in it and below, in byte order of their names relative
 * to it. Symbolic links to files count, links to folders are not followed. Hidden names (a component
 * that begins with '.') are left out: caches and editors' files are no data. */
#ifndef SB_DATA_WALK_H
#define SB_DATA_WALK_H

#include <stddef.h>
#include "theory/status.h"

struct sb_folder {
    char **names; /* relative to the folder, "docs/a.txt" */
    size_t n, capacity;
};

/* Errors name the folder or file that cannot be examined. On failure *walk is empty. */
enum sb_status sb_folder_init(struct sb_folder *walk, const char *folder, struct sb_error *error);
void sb_folder_clear(struct sb_folder *walk);

#endif

/* What a path given by a user stands for: the grammar of data/archive.h, before anything is opened. */
#ifndef SB_DATA_PLACE_H
#define SB_DATA_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include "data/walk.h"
#include "theory/status.h"

struct sb_place {
    char *path; /* "-", a file or a folder, without the glob */
    char *glob; /* NULL: everything */
    bool is_folder;
    struct sb_folder walk; /* of a folder: its files, those that match the glob */
};

/* SB_IO names a path that does not exist or cannot be examined; SB_FORMAT a glob that matches no file
 * of a folder. On failure *place is empty. */
enum sb_status sb_place_init(struct sb_place *place, const char *path, struct sb_error *error);
void sb_place_clear(struct sb_place *place);

/* The path of file i, 0 <= i < sb_place_n_files, as a new string; NULL when there is no memory. */
size_t sb_place_n_files(const struct sb_place *place);
char *sb_place_file(const struct sb_place *place, size_t i);

#endif

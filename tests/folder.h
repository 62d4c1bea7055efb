/* A temporary folder for the tests of a program: set_up_folder makes it, or a test's own set-up that sets
 * it; tear_down_folder removes it with all that is in it. */
#ifndef SB_TESTS_FOLDER_H
#define SB_TESTS_FOLDER_H

#include "tests/helpers.h"

static char *folder;

static inline int set_up_folder(void **state)
{
    (void)state;
    folder = new_folder();
    return 0;
}

static inline int tear_down_folder(void **state)
{
    (void)state;
    remove_folder(folder);
    return 0;
}

#endif

/* Loops over threads whose results do not depend on how many there are.
 *
 * Items are handed out in any order; each writes its result at its own index, and whoever reduces
 * them afterwards does so in index order. The first error by index wins.
 */
#ifndef SB_ESTIMATORS_PARALLEL_H
#define SB_ESTIMATORS_PARALLEL_H

#include <stddef.h>
#include "theory/status.h"

/* One item. thread < n_threads, and no two calls at the same time have the same one: it selects
 * scratch. Thread 0 is the calling one. */
typedef enum sb_status sb_parallel_function(void *context, size_t item, size_t thread,
                                            struct sb_error *error);

/* Calls function for the items 0 .. n_items-1 on at most n_threads >= 1 threads, the calling one
 * among them. After a failure no further items are started; the status and message returned are
 * those of the failing item with the lowest index, whatever the number of threads. Where the system
 * grants fewer threads, it goes on with those. Items should cost more than a few microseconds. */
enum sb_status sb_parallel_for(size_t n_threads, size_t n_items, sb_parallel_function *function,
                               void *context, struct sb_error *error);

#endif

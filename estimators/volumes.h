/* The theorem's volumes: |D_p| : |D_a| : |D_t| = k : 1 : l.
 *
 * Volumes are what a model was trained on; the documents at hand are samples, and their number says
 * nothing of k. So volumes are told, in responses or in bytes, and -k is a statement about that unit:
 * one is turned into the other through the mean scored bytes of a document of each dataset, weighted
 * like the rates.
 */
#ifndef SB_ESTIMATORS_VOLUMES_H
#define SB_ESTIMATORS_VOLUMES_H

#include <stdbool.h>
#include "estimators/curve.h"
#include "estimators/dataset.h"
#include "theory/status.h"

struct sb_volumes {
    bool in_bytes;             /* else in responses */
    double volume[SB_N_ROLES]; /* NaN where none is given */
};

/* Parses "p=20000,a=1000,t=50" with an optional "unit=responses" (the default) or "unit=bytes". p and a
 * must be > 0, t >= 0 and may be absent; else SB_FORMAT. */
enum sb_status sb_volumes_parse(const char *text, struct sb_volumes *volumes,
                                struct sb_error *error);

/* Mean scored bytes of a document, weighted. */
double sb_mean_scored_bytes(const struct sb_dataset *dataset);

/* A role's volume relative to D_a's (k, 1 or l), in responses and in bytes; NaN where no volume is
 * given. dataset is the role's, align that of D_a. */
struct sb_relative_volume {
    double responses, bytes;
};
struct sb_relative_volume sb_relative_volume(const struct sb_volumes *volumes,
                                             enum sb_curve_role role,
                                             const struct sb_dataset *dataset,
                                             const struct sb_dataset *align);

#endif

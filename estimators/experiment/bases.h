/* Bases that were trained already: experiments of one run share them, since a base depends on its world,
 * model, volume and seed alone.
 */
#ifndef SB_ESTIMATORS_EXPERIMENT_BASES_H
#define SB_ESTIMATORS_EXPERIMENT_BASES_H

#include "estimators/experiment/learner.h"

/* Any thread may ask. Memory: the parameters and moments of every base that is kept. */
struct sb_bases;
enum sb_status sb_bases_create(struct sb_bases **bases);
void sb_bases_free(struct sb_bases *bases);

/* A clone of what was kept under a key; *learner is NULL if there is none. */
enum sb_status sb_bases_find(struct sb_bases *bases, const char *key, struct sb_learner **learner,
                             struct sb_error *error);
/* Keeps a clone; nothing, where there is one, or no memory. */
void sb_bases_keep(struct sb_bases *bases, const char *key, const struct sb_learner *learner);

#endif

/* What springback curve does with tables that exist: fits, and slopes of noisy rates. */
#ifndef SB_CLI_CURVE_H
#define SB_CLI_CURVE_H

#include "cli/cli.h"

struct curve_table {
    const char *path;            /* --table */
    const char *x, *y, *se, *by; /* columns; NULL: none */
    const char *fit;             /* models, by commas */
    size_t replicates;           /* of the bootstrap */
};

/* Whether any of the options of a table was given. */
bool curve_table_asked(const struct curve_table *t);

/* Fits the models to each group of rows. Returns the exit status. */
int curve_fit(struct cli_run *run, const struct curve_table *t);

/* Slopes of the rates in a table, by seed. Returns the exit status. */
int curve_slopes(struct cli_run *run, const char *path);

#endif

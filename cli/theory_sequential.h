/* springback theory --perturb-time and --springs: tables of R15, R16 and P3. */
#ifndef SB_CLI_THEORY_SEQUENTIAL_H
#define SB_CLI_THEORY_SEQUENTIAL_H

#include <stdbool.h>
#include "cli/cli.h"

struct cli_sequential {
    const char *align_time, *perturb_time, *curvatures, *optimum;
    bool springs;
};
/* clang-format off */
#define CLI_SEQUENTIAL_OPTIONS(s)                                                                 \
    { NULL, CLI_HEADING, NULL, NULL, "One fine-tuning after another (R15, R16), and springs (P3)" },\
    { "perturb-time", CLI_TEXT, &(s)->perturb_time, "GRID",                                       \
      "perturb for these times by gradient flow; with --pi, and\n"                                \
      "--align-time or --k (a joint start)" },                                                    \
    { "align-time", CLI_TEXT, &(s)->align_time, "GRID", "after aligning for these times" },       \
    { "curvatures", CLI_TEXT, &(s)->curvatures, "H1,H2,...",                                      \
      "quadratic losses instead of --pi" },                                                       \
    { "optimum", CLI_TEXT, &(s)->optimum, "X1,X2,...",                                            \
      "of alignment, by curvature (default 1 each)" },                                            \
    { "springs", CLI_FLAG, &(s)->springs, NULL,                                                   \
      "outlines of the two springs of Hooke's law, for --k and --pi" }
/* clang-format on */

/* Whether any of these was given. */
bool cli_sequential_given(const struct cli_sequential *options);

/* The table for them; k and pi as the command has them (NULL if not given). Returns the exit
 * status. */
int cli_sequential_run(struct cli_run *run, const struct cli_sequential *options, const char *k,
                       const char *pi);

#endif

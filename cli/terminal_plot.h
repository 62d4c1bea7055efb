/* Curves in characters, for terminals without graphics (and without gnuplot). */
#ifndef SB_CLI_TERMINAL_PLOT_H
#define SB_CLI_TERMINAL_PLOT_H

#include <stddef.h>
#include <stdio.h>

/* A curve y[0..n-1] over the plot's x, drawn with its mark; without points that are not finite. */
struct cli_terminal_curve {
    char mark;
    const char *label;
    const double *y;
};

/* Draws the curves over x[0..n-1] (ascending, n >= 2) into 72 by 20 characters with a frame, the
 * ends of both axes, the line y = 0 where it is in range, and a legend. Where curves meet, the
 * first one's mark stands. */
void cli_terminal_plot(FILE *file, const char *title, const char *x_label, const double *x,
                       size_t n, const struct cli_terminal_curve *curves, size_t n_curves);

#endif

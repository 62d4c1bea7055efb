#include "cli/terminal_plot.h"

#include <math.h>
#include <string.h>

enum { COLUMNS = 72, ROWS = 20 };

struct range {
    double low, high;
};

static struct range range_of(const struct cli_terminal_curve *curves, size_t n_curves, size_t n)
{
    struct range range = { INFINITY, -INFINITY };
    for (size_t c = 0; c < n_curves; c++)
        for (size_t i = 0; i < n; i++)
            if (isfinite(curves[c].y[i])) {
                range.low = fmin(range.low, curves[c].y[i]);
                range.high = fmax(range.high, curves[c].y[i]);
            }
    if (!(range.low < range.high)) { /* nothing, or a constant: a unit around it */
        double middle = isfinite(range.low) ? range.low : 0;
        range = (struct range){ middle - 0.5, middle + 0.5 };
    }
    return range;
}

/* The cell out of `cells` in which x lies. */
static int cell_of(double x, struct range range, int cells)
{
    return (int)floor((x - range.low) / (range.high - range.low) * (cells - 1) + 0.5);
}

void cli_terminal_plot(FILE *file, const char *title, const char *x_label, const double *x,
                       size_t n, const struct cli_terminal_curve *curves, size_t n_curves)
{
    char cells[ROWS][COLUMNS + 1];
    struct range y = range_of(curves, n_curves, n), across = { x[0], x[n - 1] };
    int zero = y.low <= 0 && y.high >= 0 ? cell_of(0, y, ROWS) : -1;
    for (int r = 0; r < ROWS; r++) {
        memset(cells[r], r == zero ? '.' : ' ', COLUMNS);
        cells[r][COLUMNS] = 0;
    }
    for (size_t c = n_curves; c-- > 0;)
        for (size_t i = 0; i < n; i++)
            if (isfinite(curves[c].y[i]))
                cells[cell_of(curves[c].y[i], y, ROWS)][cell_of(x[i], across, COLUMNS)] =
                    curves[c].mark;

    fprintf(file, "%s\n", title);
    for (int r = ROWS - 1; r >= 0; r--) {
        if (r == ROWS - 1 || r == 0 || r == zero)
            fprintf(file, "%12.4g |%s\n", r == zero ? 0 : r == 0 ? y.low : y.high, cells[r]);
        else
            fprintf(file, "%12s |%s\n", "", cells[r]);
    }
    char rule[COLUMNS + 1], high[32];
    memset(rule, '-', COLUMNS);
    rule[COLUMNS] = 0;
    int n_high = snprintf(high, sizeof high, "%.4g", across.high);
    fprintf(file, "%12s +%s\n%14s%-*.4g%s\n%14s%s\n", "", rule, "", COLUMNS - n_high, across.low,
            high, "", x_label);
    for (size_t c = 0; c < n_curves; c++)
        fprintf(file, "%14s%c  %s\n", "", curves[c].mark, curves[c].label);
}

/* A picture: one figure, its table, and the gnuplot script that draws it. cli/plot.c runs gnuplot. */
#ifndef SB_CLI_PICTURE_H
#define SB_CLI_PICTURE_H

#include <stdbool.h>
#include <stdio.h>
#include "cli/cli.h"

/* Kinds of pictures. A length of x mm is x units_per_mm in the terminal's unit; a font of x points
 * has size x font_units (0: the LaTeX document's font is used). A whole file has ending near its
 * end: gnuplot does not notice a full disk. Behind date stands the time of drawing, for which
 * no_date is written. */
struct picture_kind {
    const char *suffix, *terminal, *options, *unit;
    double units_per_mm, font_units;
    const char *ending, *date, *no_date;
};

/* The kind that a file's name asks for, NULL for none. */
const struct picture_kind *picture_kind_of(const char *file_name);

struct picture {
    const char *figure, *script;     /* the figure's name and its script in plots/ */
    const struct picture_kind *kind; /* NULL: characters on standard output */
    double width_mm, height_mm;      /* height 0: the figure's own share of the width */
    const char *font;                /* NAME or NAME,POINTS */
    struct cli_texts settings;       /* arguments of gnuplot's "set" */
    char *folder, *base;             /* the target is folder/base.suffix */
    char *work;                      /* where it is made */
    char *table_name;                /* the table, in the same folder as the script */
    bool table_stands;               /* it is there already: the one input */
};

/* A figure's script, NULL for a name that is none. */
const char *picture_script(const char *figure);

/* The names of all figures, each after a space, in a new string. */
char *picture_figures(void);

/* What a script says of itself in its opening comments:
 *
 *   # columns: k l R          must be in the table
 *   # groups: k               a curve each: the array k_groups holds the column's distinct values
 *   # height: 0.8             of the width
 *   # rows: model             and 0.055 more for each row that has this column
 *   # order: depth_bits      of several tables: by this column in their first rows
 *   # from: springback ...    the command that makes such a table
 *
 * The rest of the line with that key as a new string, "" without one, NULL when there is no memory. */
char *picture_declaration(const char *script, const char *key);

/* The figure's own height as a share of its width: 0.75 unless it says otherwise; 0 without
 * memory. */
double picture_height_share(const struct picture *p, const struct sb_table *table);

/* Writes the complete script: terminal, output, table, groups, style, figure; the user's settings
 * stand where the figure has the line "# settings". */
enum sb_status picture_write_script(const struct picture *p, const struct sb_table *table,
                                    FILE *file, struct sb_error *error);

#endif

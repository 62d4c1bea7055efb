/* The gnuplot scripts of plots/, embedded when the binary is built (the list ends with { NULL }), and
 * plots/datasets.md, the report on anybody's datasets. */
#ifndef SB_CLI_PLOT_SCRIPTS_H
#define SB_CLI_PLOT_SCRIPTS_H

struct plot_script {
    const char *name; /* "ratio" for plots/ratio.gp */
    const char *text;
};
extern const struct plot_script plot_scripts[];
extern const unsigned char report_template[];

#endif

/* The gnuplot scripts of plots/, embedded when the binary is built; the list ends with { NULL }. */
#ifndef SB_CLI_PLOT_SCRIPTS_H
#define SB_CLI_PLOT_SCRIPTS_H

struct plot_script {
    const char *name; /* "ratio" for plots/ratio.gp */
    const char *text;
};
extern const struct plot_script plot_scripts[];

#endif

/* What the parts of springback tree share, and springback bounds reads: a dataset and its tree; the
 * three results. */
#ifndef SB_CLI_TREE_H
#define SB_CLI_TREE_H

#include "cli/cli.h"
#include "theory/code_length.h"
#include "theory/token_tree.h"
#include "theory/tree_alignment.h"

struct tree_settings {
    const char *text; /* of --text, NULL for datasets */
    size_t depth;     /* 1 to 64 */
    enum sb_reading reading;
    double k;           /* NaN unless given */
    size_t most_leaves; /* that are drawn */
    bool terminal;
    const char *nodes; /* the file that --nodes names */
    bool power_law;
    const char *masses;                     /* the file that --masses names */
    size_t replicates;                      /* of the goodness of fit, or of the simulation */
    const char *entropy, *simulate, *sizes; /* as given; NULL if not */
    size_t blocks, symbol_bytes;            /* of --blocks (0 if not given) and --symbol */
    struct cli_corpus corpus;
};

struct tree_source {
    char *name;
    struct sb_token_tree *tree;
    /* sum over documents of ceil(|x|/d), |x| in bits: by depth d. */
    uint64_t n_blocks[SB_TREE_DEPTH_MAX + 1];
};

/* --reading: "blocks" or "prefix"; NULL changes nothing. Returns -1 or the exit status. */
int tree_parse_reading(struct cli_run *run, const char *text, enum sb_reading *reading);

/* Counts a dataset ("[name=]PATH"), or the settings' text where it is NULL. Returns -1 or the exit
 * status; free the source, zeroed at first, either way. */
int tree_read_source(struct cli_run *run, const struct tree_settings *settings,
                     const char *argument, struct tree_source *source);
void tree_free_sources(struct tree_source *sources, size_t n);

/* Code lengths and M of a source pruned at d. */
enum sb_status tree_code(const struct tree_source *source, unsigned d, struct sb_code_length *code,
                         size_t *n_leaves);

/* The results of one or more datasets, depth by depth. Returns the exit status, like the others. */
int tree_profile(struct cli_run *run, const struct tree_settings *settings,
                 const struct tree_source *sources, size_t n);

/* kappa layer by layer; pre-training, alignment, perturbation. */
int tree_layers(struct cli_run *run, const struct tree_settings *settings,
                const struct tree_source sources[3]);

/* Power laws fitted to the leaf counts at the largest depth, all datasets thinned to the size of the
 * smallest; their masses as a TSV file (--masses). */
int tree_power_law(struct cli_run *run, const struct tree_settings *settings,
                   const struct tree_source *sources, size_t n);

/* --entropy, --simulate, --sizes: what they may be and go with. Returns -1 or the exit status. */
int tree_check_entropy(struct cli_run *run, const struct tree_settings *settings, bool roles);

/* With --entropy: two cells, the entropy of a source pruned at d and its standard error; four cells,
 * the divergences of alignment and of perturbation from pre-training data and theirs. */
enum sb_status tree_add_entropy(struct sb_table *table, const struct tree_settings *settings,
                                const struct tree_source *source, unsigned d);
enum sb_status tree_add_divergence(struct sb_table *table, const struct tree_settings *settings,
                                   const struct tree_source sources[3],
                                   const struct sb_tree_alignment *alignment);

/* --blocks: entropy per symbol of the datasets, or of samples of the language (--simulate). */
int tree_rate(struct cli_run *run, const struct tree_settings *settings);

/* "30:1e5:log8" as ascending whole numbers >= 2, at most 1e9 together; default 10:1e5:log9. Returns -1 or
 * the exit status; free *sizes either way. */
int tree_parse_sizes(struct cli_run *run, const struct tree_settings *settings, double **sizes,
                     size_t *n);

/* Estimators against the truth: samples of the language's words (--simulate). */
int tree_simulate(struct cli_run *run, const struct tree_settings *settings);

/* The drawing of one tree into the terminal (--terminal). */
int tree_terminal(struct cli_run *run, const struct tree_settings *settings,
                  const struct tree_source *source);

/* The drawing's nodes as a TSV file (--nodes). */
enum sb_status tree_write_nodes(const struct cli_run *run, const struct tree_settings *settings,
                                const struct tree_source *source, struct sb_error *error);

#endif

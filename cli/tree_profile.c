/* The table of springback tree: one dataset after the other, depth by depth. */
#include <math.h>
#include <stdlib.h>
#include "cli/tree.h"

static struct sb_table *create_table(const struct tree_settings *settings)
{
    bool is_prefix = settings->reading == SB_READING_PREFIX;
    static const char *const blocks[] = { "dataset",
                                          "depth_bits",
                                          "n_blocks",
                                          "n_leaves",
                                          "entropy_bits_per_block",
                                          "huffman_bits_per_block",
                                          "entropy_bits_per_byte",
                                          "normalised_entropy_rate",
                                          "ideal_bits",
                                          "huffman_bits",
                                          "ideal_bits_upper",
                                          "paper_bits",
                                          NULL };
    static const char *const prefix[] = { "dataset",
                                          "depth_bits",
                                          "n_responses",
                                          "n_leaves",
                                          "entropy_bits_per_response",
                                          "huffman_bits_per_response",
                                          NULL };
    struct sb_table *table = sb_table_create();
    for (const char *const *name = is_prefix ? prefix : blocks; *name; name++)
        sb_table_column(table, *name);
    if (settings->entropy) {
        sb_table_column(table, is_prefix ? "entropy_estimate_bits_per_response"
                                         : "entropy_estimate_bits_per_block");
        sb_table_column(table, is_prefix ? "entropy_estimate_se_bits_per_response"
                                         : "entropy_estimate_se_bits_per_block");
        sb_table_provenance(table, "entropy_estimate", "%s", settings->entropy);
    }
    return table;
}

enum sb_status tree_code(const struct tree_source *source, unsigned d, struct sb_code_length *code,
                         size_t *n_leaves)
{
    double *counts;
    enum sb_status status = sb_token_tree_leaf_counts(source->tree, d, &counts, n_leaves);
    if (status)
        return status;
    status = sb_code_length(counts, *n_leaves, (double)source->n_blocks[d], code);
    free(counts);
    return status;
}

static enum sb_status add_code(struct sb_table *table, const struct tree_source *source, unsigned d)
{
    size_t n_leaves;
    struct sb_code_length code;
    enum sb_status status = tree_code(source, d, &code, &n_leaves);
    if (status)
        return status;
    sb_table_text(table, source->name);
    sb_table_integer(table, d);
    sb_table_integer(table, (long long)sb_token_tree_n(source->tree));
    sb_table_integer(table, (long long)n_leaves);
    sb_table_real(table, code.entropy_bits_per_block);
    sb_table_real(table, code.huffman_bits_per_block);
    if (sb_token_tree_reading(source->tree) == SB_READING_PREFIX)
        return SB_OK;
    sb_table_real(table, 8 * code.entropy_bits_per_block / d);
    sb_table_real(table, (code.entropy_bits_per_block - log2((double)n_leaves)) / d);
    sb_table_real(table, code.lower_bits);
    sb_table_real(table, code.huffman_bits);
    sb_table_real(table, code.upper_bits);
    sb_table_real(table, code.paper_bits);
    return SB_OK;
}

static enum sb_status add_row(struct sb_table *table, const struct tree_settings *settings,
                              const struct tree_source *source, unsigned d)
{
    enum sb_status status = add_code(table, source, d);
    return status || !settings->entropy ? status : tree_add_entropy(table, settings, source, d);
}

int tree_profile(struct cli_run *run, const struct tree_settings *settings,
                 const struct tree_source *sources, size_t n)
{
    struct sb_table *table = create_table(settings);
    sb_table_provenance(table, "fit", "in-sample: values of the counted tree");
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < n && !status; i++)
        for (unsigned d = 1; d <= settings->depth && !status; d++)
            status = add_row(table, settings, &sources[i], d);
    struct sb_error error;
    if (status)
        sb_fail(&error, status,
                status == SB_MEMORY ? "out of memory" : "--entropy %s: the integrals do not settle",
                settings->entropy);
    int exit_status = status ? cli_fail(&error) : cli_emit(run, table);
    sb_table_free(table);
    return exit_status;
}

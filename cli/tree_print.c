/* The two forms of a drawing: lines in the terminal, and a table of nodes for the plot. */
#include <stdlib.h>
#include <string.h>
#include "cli/tree.h"
#include "cli/tree_drawing.h"
#include "data/output.h"
#include "theory/code_length.h"

/* ---- lines --------------------------------------------------------------------------------- */

static unsigned level_of(const struct tree_drawing *drawing, size_t id)
{
    unsigned level = 0;
    for (; id != drawing->nodes[id].parent; id = drawing->nodes[id].parent)
        level++;
    return level;
}

static void edge_text(const struct tree_drawing *drawing, size_t id, char text[TREE_TEXT_SIZE])
{
    const struct tree_node *node = &drawing->nodes[id];
    bool is_root = node->parent == id;
    tree_node_bits(node, is_root ? 0 : drawing->nodes[node->parent].length, text);
    if (is_root && !*text)
        strcpy(text, "root");
}

/* Characters that the tree takes in a node's line: two for each level, and the bits. */
static size_t line_width(const struct tree_drawing *drawing, size_t id)
{
    char text[TREE_TEXT_SIZE];
    edge_text(drawing, id, text);
    return 2 * level_of(drawing, id) + strlen(text);
}

static void print_branches(FILE *file, const struct tree_drawing *drawing, size_t id)
{
    const struct tree_node *nodes = drawing->nodes;
    size_t path[SB_TREE_DEPTH_MAX + 2];
    unsigned level = level_of(drawing, id);
    for (unsigned i = level; i > 0; i--, id = nodes[id].parent)
        path[i] = id;
    for (unsigned i = 1; i < level; i++)
        fputs(nodes[path[i]].is_last ? "  " : "\u2502 ", file);
    if (level > 0)
        fputs(nodes[path[level]].is_last ? "\u2514\u2500" : "\u251c\u2500", file);
}

static void print_line(FILE *file, const struct tree_drawing *drawing, size_t id, size_t tree_width,
                       size_t codeword_width)
{
    const struct tree_node *node = &drawing->nodes[id];
    char bits[TREE_TEXT_SIZE], codeword[TREE_TEXT_SIZE], label[TREE_TEXT_SIZE];
    edge_text(drawing, id, bits);
    fprintf(file, "%10llu  %.6f  ", (unsigned long long)node->count,
            (double)node->count / (double)drawing->n);
    print_branches(file, drawing, id);
    if (!node->is_leaf) {
        fprintf(file, "%s\n", bits);
        return;
    }
    tree_node_codeword(node, codeword);
    tree_node_label(node, label);
    int padding = (int)(tree_width - line_width(drawing, id));
    fprintf(file, "%s%*s  %-*s  %s\n", bits, padding, "", (int)codeword_width, codeword, label);
}

static void print_lines(FILE *file, const struct tree_drawing *drawing)
{
    size_t tree_width = strlen("tree"), codeword_width = strlen("codeword");
    for (size_t id = 0; id < drawing->n_nodes; id++) {
        size_t width = line_width(drawing, id), codeword = drawing->nodes[id].codeword_length;
        tree_width = width > tree_width ? width : tree_width;
        codeword_width = codeword > codeword_width ? codeword : codeword_width;
    }
    fprintf(file, "%10s  %-8s  %-*s  %-*s  %s\n", "count", "mass", (int)tree_width, "tree",
            (int)codeword_width, "codeword", "leaf");
    for (size_t id = 0; id < drawing->n_nodes; id++)
        print_line(file, drawing, id, tree_width, codeword_width);
    if (drawing->n_drawn < drawing->n_leaves)
        fprintf(file, "%zu of %zu leaves, of mass %.6f, are not drawn; see --leaves\n",
                drawing->n_leaves - drawing->n_drawn, drawing->n_leaves, 1 - drawing->drawn_mass);
}

/* ---- the terminal -------------------------------------------------------------------------- */

static void print_summary(FILE *file, const struct tree_settings *settings,
                          const struct tree_source *source, const struct tree_drawing *drawing,
                          const struct sb_code_length *code)
{
    bool blocks = settings->reading == SB_READING_BLOCKS;
    const char *unit = blocks ? "block" : "response";
    fprintf(file, "\n%s: n = %llu %ss %s %zu bits, M = %zu leaves\n", source->name,
            (unsigned long long)drawing->n, unit, blocks ? "of" : "down to", settings->depth,
            drawing->n_leaves);
    fprintf(file, "H = %.6g bits per %s; Huffman code: %.6g bits per %s\n",
            code->entropy_bits_per_block, unit, code->huffman_bits_per_block, unit);
    if (blocks)
        fprintf(file,
                "code length of its %.0f blocks: ideal %.6g, Huffman %.6g, below %.6g bits; the "
                "paper's expression: %.6g\n",
                code->n_blocks, code->lower_bits, code->huffman_bits, code->upper_bits,
                code->paper_bits);
}

static enum sb_status fail_layout(enum sb_status status, struct sb_error *error)
{
    return status == SB_LIMIT
               ? sb_fail(error, SB_LIMIT, "a codeword is longer than 64 bits; lower --depth")
               : sb_fail_memory(error);
}

int tree_terminal(struct cli_run *run, const struct tree_settings *settings,
                  const struct tree_source *source)
{
    struct sb_error error;
    struct sb_output output;
    struct tree_drawing drawing;
    struct sb_code_length code;
    size_t n_leaves;
    enum sb_status status = tree_code(source, (unsigned)settings->depth, &code, &n_leaves);
    if (!status)
        status = tree_drawing_init(&drawing, source->tree, settings->most_leaves);
    if (status) {
        fail_layout(status, &error);
        return cli_fail(&error);
    }
    status = sb_output_open(&output, run->output, &error);
    if (!status) {
        print_lines(output.file, &drawing);
        print_summary(output.file, settings, source, &drawing, &code);
        status = sb_output_commit(&output, &error);
    }
    tree_drawing_clear(&drawing);
    return status ? cli_fail(&error) : 0;
}

/* ---- the table of nodes -------------------------------------------------------------------- */

static void add_node_row(struct sb_table *table, const struct tree_drawing *drawing, size_t id)
{
    const struct tree_node *node = &drawing->nodes[id], *parent = &drawing->nodes[node->parent];
    char bits[TREE_TEXT_SIZE], codeword[TREE_TEXT_SIZE], label[TREE_TEXT_SIZE];
    tree_node_bits(node, 0, bits);
    tree_node_codeword(node, codeword);
    tree_node_label(node, label);
    sb_table_integer(table, (long long)id);
    if (node == parent)
        sb_table_missing(table);
    else
        sb_table_integer(table, (long long)node->parent);
    sb_table_integer(table, node->length);
    sb_table_real(table, node->x);
    sb_table_real(table, node->y);
    sb_table_real(table, parent->x);
    sb_table_real(table, parent->y);
    sb_table_real(table, (double)node->count / (double)drawing->n);
    sb_table_integer(table, node->is_leaf);
    sb_table_text(table, bits);
    sb_table_text(table, node->is_leaf ? codeword : NULL);
    sb_table_text(table, node->is_leaf ? label : NULL);
}

static struct sb_table *nodes_table(const struct tree_settings *settings,
                                    const struct tree_drawing *drawing)
{
    static const char *const columns[] = { "node",    "parent",   "depth_bits", "x",
                                           "y",       "parent_x", "parent_y",   "mass",
                                           "is_leaf", "bits",     "codeword",   "label" };
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        sb_table_column(table, columns[c]);
    sb_table_provenance(table, "reading", "%s",
                        settings->reading == SB_READING_BLOCKS ? "blocks" : "prefix");
    sb_table_provenance(table, "n", "%llu", (unsigned long long)drawing->n);
    sb_table_provenance(table, "n_leaves", "%zu", drawing->n_leaves);
    sb_table_provenance(table, "n_leaves_drawn", "%zu", drawing->n_drawn);
    for (size_t id = 0; id < drawing->n_nodes; id++)
        add_node_row(table, drawing, id);
    return table;
}

enum sb_status tree_write_nodes(const struct cli_run *run, const struct tree_settings *settings,
                                const struct tree_source *source, struct sb_error *error)
{
    struct tree_drawing drawing;
    struct sb_output output;
    enum sb_status status = tree_drawing_init(&drawing, source->tree, settings->most_leaves);
    if (status)
        return fail_layout(status, error);
    struct sb_table *table = nodes_table(settings, &drawing);
    tree_drawing_clear(&drawing);
    status = sb_output_open(&output, settings->nodes, error);
    if (!status) {
        status = sb_table_write_provenance(run->provenance, output.file, error);
        if (!status)
            status = sb_table_write_tsv(table, output.file, error);
        if (status)
            sb_output_discard(&output);
        else
            status = sb_output_commit(&output, error);
    }
    sb_table_free(table);
    return status;
}

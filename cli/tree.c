/* springback tree: the token tree of a dataset, its codes, and kappa by depth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/data.h"
#include "cli/tree.h"
#include "theory/code_length.h"

enum { N_ROLES = 3, DEFAULT_DEPTH = 16, DEFAULT_LEAVES = 40, DEFAULT_REPLICATES = 99 };

/* ---- reading ------------------------------------------------------------------------------- */

static enum sb_status add_span(struct tree_source *source, size_t depth, const uint8_t *bytes,
                               size_t n_bytes)
{
    for (unsigned d = 1; d <= depth; d++)
        source->n_blocks[d] += sb_block_count((uint64_t)n_bytes * 8, d);
    return sb_token_tree_add(source->tree, bytes, n_bytes);
}

static enum sb_status add_documents(struct cli_run *run, size_t depth, struct cli_reading *reading,
                                    struct tree_source *source, struct sb_error *error)
{
    struct sb_document document;
    enum sb_status status;
    while (!(status = cli_reading_next(run, reading, &document, error)))
        if (add_span(source, depth, document.bytes + document.span_begin,
                     document.span_end - document.span_begin))
            return sb_fail_memory(error);
    return status == SB_END ? SB_OK : status;
}

/* The files of nodes and masses carry provenance also where the results, for people, do not. */
static enum sb_status record_for_nodes(struct cli_run *run, const char *argument,
                                       struct sb_error *error)
{
    char *name;
    const char *path;
    enum sb_status status = cli_dataset(argument, &name, &path, error);
    if (!status) {
        status = cli_record_input(run, name, path, error);
        free(name);
    }
    return status;
}

static int read_dataset(struct cli_run *run, const struct tree_settings *settings,
                        const char *argument, struct tree_source *source)
{
    struct cli_reading reading;
    struct sb_error error;
    int usage = cli_reading_open(run, &settings->corpus, argument, &reading);
    if (usage < 0) {
        source->name = strdup(reading.name);
        enum sb_status status = source->name ? SB_OK : sb_fail_memory(&error);
        if (!status && (settings->nodes || settings->masses))
            status = record_for_nodes(run, argument, &error);
        if (!status)
            status = add_documents(run, settings->depth, &reading, source, &error);
        usage = status ? cli_fail(&error) : -1;
    }
    cli_reading_close(&reading);
    return usage;
}

static int read_text(const struct tree_settings *settings, struct tree_source *source)
{
    source->name = strdup("text");
    if (!source->name ||
        add_span(source, settings->depth, (const uint8_t *)settings->text, strlen(settings->text)))
        return cli_fail(&(struct sb_error){ "out of memory" });
    return -1;
}

int tree_read_source(struct cli_run *run, const struct tree_settings *settings,
                     const char *argument, struct tree_source *source)
{
    struct sb_error error;
    if (sb_token_tree_create(settings->reading, (unsigned)settings->depth, &source->tree))
        return cli_fail(&(struct sb_error){ "out of memory" });
    int status =
        argument ? read_dataset(run, settings, argument, source) : read_text(settings, source);
    if (status >= 0)
        return status;
    if (sb_token_tree_finish(source->tree))
        return cli_fail(&(struct sb_error){ "out of memory" });
    if (sb_token_tree_n(source->tree) > 0)
        return -1;
    sb_fail(&error, SB_FORMAT,
            "%s: no document has a block of %zu bits; lower --depth, or read whole responses "
            "with --reading prefix",
            argument ? argument : "--text", settings->depth);
    return cli_fail(&error);
}

void tree_free_sources(struct tree_source *sources, size_t n)
{
    for (size_t i = 0; sources && i < n; i++) {
        free(sources[i].name);
        sb_token_tree_free(sources[i].tree);
    }
    free(sources);
}

/* ---- what was asked for -------------------------------------------------------------------- */

int tree_parse_reading(struct cli_run *run, const char *text, enum sb_reading *reading)
{
    if (text && strcmp(text, "blocks") != 0 && strcmp(text, "prefix") != 0)
        return cli_usage(run->command, "--reading \"%s\": expected blocks or prefix", text);
    if (text)
        *reading = *text == 'b' ? SB_READING_BLOCKS : SB_READING_PREFIX;
    return -1;
}

static int check_settings(struct cli_run *run, const struct tree_settings *s)
{
    if (s->depth < 1 || s->depth > SB_TREE_DEPTH_MAX)
        return cli_usage(run->command, "--depth %zu: a depth is 1 to 64 bits", s->depth);
    if (s->most_leaves < 1)
        return cli_usage(run->command, "--leaves 0: at least one leaf is drawn");
    if (s->masses && !s->power_law)
        return cli_usage(run->command, "--masses needs --power-law");
    if (s->power_law && (s->terminal || s->nodes))
        return cli_usage(run->command, "--power-law goes with neither --terminal nor --nodes");
    if (s->replicates < 1 || s->replicates > 100000)
        return cli_usage(run->command, "--replicates %zu: 1 to 100000", s->replicates);
    if (s->terminal && (run->json || run->tsv))
        return cli_usage(run->command, "--terminal draws; it goes with neither --json nor --tsv");
    return -1;
}

static int check_roles(struct cli_run *run, const struct tree_settings *s)
{
    if (s->text || run->arguments.n > 0 || s->terminal || s->nodes || s->power_law)
        return cli_usage(run->command,
                         "--pretrain, --align and --perturb give a table of kappa; they go with no "
                         "further data, --terminal, --nodes or --power-law");
    if (!isnan(s->k) && !(isfinite(s->k) && s->k >= 0))
        return cli_usage(run->command, "--k %g: volumes are finite and >= 0", s->k);
    return -1;
}

static int check_datasets(struct cli_run *run, const struct tree_settings *s)
{
    size_t n = run->arguments.n;
    if (s->simulate)
        return -1;
    if (!isnan(s->k))
        return cli_usage(run->command, "--k needs --pretrain, --align and --perturb");
    if (s->text && n > 0)
        return cli_usage(run->command, "--text or datasets, not both: \"%s\"",
                         run->arguments.items[0]);
    if (s->text && !*s->text)
        return cli_usage(run->command, "--text is empty");
    if (!s->text && n == 0)
        return cli_usage(run->command, "no dataset; name files, or give --text STRING");
    if (n > 1 && (s->terminal || s->nodes))
        return cli_usage(run->command, "--%s draws one tree; %zu datasets were given",
                         s->terminal ? "terminal" : "nodes", n);
    return -1;
}

static int show_datasets(struct cli_run *run, const struct tree_settings *settings,
                         const struct tree_source *sources, size_t n)
{
    struct sb_error error;
    if (settings->nodes && tree_write_nodes(run, settings, sources, &error))
        return cli_fail(&error);
    return settings->terminal    ? tree_terminal(run, settings, sources)
           : settings->power_law ? tree_power_law(run, settings, sources, n)
                                 : tree_profile(run, settings, sources, n);
}

static int run_settled(struct cli_run *run, const struct tree_settings *settings,
                       const char *const *roles)
{
    size_t n = roles[0] ? N_ROLES : settings->text ? 1 : run->arguments.n;
    struct tree_source *sources = calloc(n, sizeof *sources);
    if (!sources)
        return cli_fail(&(struct sb_error){ "out of memory" });
    const char *const *datasets = roles[0] ? roles : run->arguments.items;
    int status = settings->text ? -1 : cli_share_input(run, datasets, n);
    for (size_t i = 0; i < n && status < 0; i++)
        status = tree_read_source(run, settings, settings->text ? NULL : datasets[i], &sources[i]);
    if (status < 0)
        status = roles[0] ? tree_layers(run, settings, sources)
                          : show_datasets(run, settings, sources, n);
    tree_free_sources(sources, n);
    return status;
}

static int run_tree(const struct cli_command *command, int argc, char **argv)
{
    struct tree_settings s = { .depth = DEFAULT_DEPTH,
                               .k = NAN,
                               .most_leaves = DEFAULT_LEAVES,
                               .replicates = DEFAULT_REPLICATES,
                               .symbol_bytes = 1 };
    const char *roles[N_ROLES] = { NULL }, *reading = NULL;
    const struct cli_option options[] = {
        { "text", CLI_TEXT, &s.text, "STRING", "the tree of this string instead of a dataset" },
        { "depth", CLI_COUNT, &s.depth, "BITS", "largest depth, 1 to 64 (default 16)" },
        { "reading", CLI_TEXT, &reading, "HOW",
          "blocks: each document cut from its start (default);\n"
          "prefix: whole responses, with end leaves (default for roles)" },
        { NULL, CLI_HEADING, NULL, NULL, "Drawing" },
        { "terminal", CLI_FLAG, &s.terminal, NULL, "draw the tree, with masses and codewords" },
        { "nodes", CLI_TEXT, &s.nodes, "FILE", "write the drawing's nodes, for 'springback plot'" },
        { "leaves", CLI_COUNT, &s.most_leaves, "N", "draw the N heaviest leaves (default 40)" },
        { NULL, CLI_HEADING, NULL, NULL, "Less of the bias of counting" },
        { "entropy", CLI_TEXT, &s.entropy, "METHOD",
          "add entropies: plug-in, miller-madow, chao-shen or nsb;\n"
          "with roles KL: smoothed or zhang-grabchak" },
        { "simulate", CLI_TEXT, &s.simulate, "PARAMETERS",
          "all of them on words of the controlled language ('': defaults)" },
        { "sizes", CLI_TEXT, &s.sizes, "GRID", "of its samples (default 10:1e5:log9)" },
        { NULL, CLI_HEADING, NULL, NULL, "Entropy per symbol" },
        { "blocks", CLI_COUNT, &s.blocks, "N",
          "of blocks of up to N symbols at all places, and of matches" },
        { "symbol", CLI_COUNT, &s.symbol_bytes, "BYTES", "of a symbol, 1 to 8 (default 1)" },
        { NULL, CLI_HEADING, NULL, NULL, "The law of the masses" },
        { "power-law", CLI_FLAG, &s.power_law, NULL,
          "fit power laws to the leaf counts at --depth" },
        { "replicates", CLI_COUNT, &s.replicates, "N",
          "of the goodness of fit or of --simulate (99)" },
        { "masses", CLI_TEXT, &s.masses, "FILE", "write masses and fits, for 'springback plot'" },
        { NULL, CLI_HEADING, NULL, NULL, "kappa by depth" },
        { "pretrain", CLI_TEXT, &roles[0], "DATASET", "pre-training data, [name=]PATH" },
        { "align", CLI_TEXT, &roles[1], "DATASET", "alignment data" },
        { "perturb", CLI_TEXT, &roles[2], "DATASET", "perturbing data" },
        { "k", CLI_NUMBER, &s.k, "VOLUME",
          "of the pre-training data in those of alignment: adds kappa_k" },
        CLI_CORPUS_OPTIONS(&s.corpus),
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    int status = cli_begin(&run, command, options, argc, argv);
    size_t n_roles = 0;
    for (int i = 0; i < N_ROLES; i++)
        n_roles += roles[i] != NULL;
    s.reading = n_roles > 0 ? SB_READING_PREFIX : SB_READING_BLOCKS;
    if (status < 0 && n_roles > 0 && n_roles < N_ROLES)
        status = cli_usage(command, "--pretrain, --align and --perturb are needed together");
    if (status < 0)
        status = tree_parse_reading(&run, reading, &s.reading);
    if (status < 0)
        status = check_settings(&run, &s);
    if (status < 0)
        status = tree_check_entropy(&run, &s, n_roles > 0);
    if (status < 0)
        status = n_roles > 0 ? check_roles(&run, &s) : check_datasets(&run, &s);
    if (status < 0)
        status = s.blocks     ? tree_rate(&run, &s)
                 : s.simulate ? tree_simulate(&run, &s)
                              : run_settled(&run, &s, roles);
    cli_end(&run);
    return status;
}

const struct cli_command tree_command = {
    .name = "tree",
    .summary = "a dataset's token tree, its codes, and kappa by depth",
    .usage = "tree (DATASET... | --text STRING | --pretrain A --align B --perturb C |\n"
             "       --simulate PARAMETERS) [options]",
    .text =
        "Documents are bit strings, most significant bit first; of a record the scored span\n"
        "counts. One tree is built at the largest depth and pruned at every d below it.\n"
        "\n"
        "n_blocks (n_responses under --reading prefix) are counted, on n_leaves leaves (M).\n"
        "entropy_bits_per_block is H of the counted tree (in-sample: below that of the\n"
        "source, by about (M-1)/(2 n ln 2) bits while M is far below n), and\n"
        "huffman_bits_per_block the mean length of its Huffman code. ideal_bits <= huffman_bits\n"
        "< ideal_bits_upper is the code length of the dataset, B blocks of d bits with\n"
        "B H <= L < B (H + 1); paper_bits is B ceil(H), which bounds nothing (P1).\n"
        "normalised_entropy_rate is H/d - log2(M)/d.\n"
        "\n"
        "With three roles: chi = sum p_a p_t/p_p over the leaves at each depth, kappa =\n"
        "1 - chi, and increment, what that layer adds to chi (R9). --k adds the same with\n"
        "the joint model (k p_p + p_a)/(k + 1) in place of p_p: X_a, kappa_k, increment_k.\n"
        "These are in-sample values of the counted trees; chi is inf where a leaf has\n"
        "alignment and perturbation but no pre-training data.\n"
        "\n"
        "--power-law: P(count = x) = x^-a/zeta(a, x_min) for x >= x_min on the leaves of datasets\n"
        "thinned to the same n_counted, by maximum likelihood; density_exponent is a,\n"
        "tail_exponent a - 1 (the alpha of theory --alpha), zipf_exponent 1/(a - 1) (mass by\n"
        "rank). p_value: share of samples of the fitted law that fit as badly; small values\n"
        "speak against it. vuong_z > 0: a power law is nearer than a lognormal, < 0: the\n"
        "lognormal, vuong_p: how often such a |z| would arise if neither were.\n"
        "\n"
        "--entropy: the counted entropy is too low and the counted KL too high. A METHOD adds\n"
        "entropy_estimate_bits_per_block, or kl_align_pretrain_bits and\n"
        "kl_perturb_pretrain_bits, with standard errors (_se_) that take blocks as independent.\n"
        "nsb is a mean over Dirichlet priors on all 2^d leaves. --simulate draws words of\n"
        "dialect 2 (for KL, against pre-training) and compares all methods with the truth:\n"
        "means, quantiles and coverage_95 over --replicates samples of each of --sizes.\n"
        "\n"
        "--blocks: H_n of n symbols in a row, anywhere in the documents one after the other; h_n =\n"
        "H_n - H_(n-1) by --entropy (default nsb); extrapolated to h by h + c n^-g or h + c e^(-r n)\n"
        "from the n of which 98 % of places are seen again; and by the lengths of matches before\n"
        "a place or anywhere. With --simulate beside the truth, for each of --sizes words.\n"
        "\n"
        "A drawing joins nodes with a single child into one; '.' ends a bit string that\n"
        "stops above the largest depth (prefix). --leaves limits it to the heaviest.",
    .examples = "  springback tree --text abracadabra --depth 8 --terminal\n"
                "  springback tree --depth 24 corpus.tar.zst chat.jsonl.gz\n"
                "  springback tree --power-law --depth 16 --masses masses.tsv a.jsonl b.jsonl\n"
                "  springback tree --entropy nsb --depth 24 corpus.tar.zst\n"
                "  springback tree --blocks 8 corpus.tar.zst\n"
                "  springback tree --simulate content_words=4000 --sizes 30:1e5:log8\n"
                "  springback tree --pretrain web.txt.zst --align good.jsonl --perturb bad.jsonl",
    .run = run_tree,
};

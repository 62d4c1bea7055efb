/* springback tree with three roles: chi and kappa of the trees pruned at each depth, and what each
 * layer adds (R9). */
#include <math.h>
#include <stdlib.h>
#include "cli/tree.h"
#include "theory/dist.h"
#include "theory/elasticity.h"
#include "theory/tree_alignment.h"

enum { N_ROLES = 3 };

/* One depth: the leaves of the three trees, and the joint model q0 on them. */
struct layer {
    struct sb_tree_alignment alignment;
    double *q0; /* NULL without --k */
};

static void layer_clear(struct layer *layer)
{
    sb_tree_alignment_clear(&layer->alignment);
    free(layer->q0);
}

static struct sb_layer masses(const struct layer *layer, bool joint)
{
    const struct sb_tree_alignment *x = &layer->alignment;
    return (struct sb_layer){ .a = x->p + x->n_leaves,
                              .t = x->p + 2 * x->n_leaves,
                              .q = joint ? layer->q0 : x->p };
}

static enum sb_status layer_init(struct layer *layer, const struct sb_token_tree *const *trees,
                                 unsigned d, double k)
{
    struct layer new = { .q0 = NULL };
    enum sb_status status = sb_tree_alignment_init(&new.alignment, trees, N_ROLES, d);
    if (!status && !isnan(k)) {
        size_t n = new.alignment.n_leaves;
        const double *p_p = new.alignment.p, *p_a = p_p + n;
        new.q0 = malloc(n * sizeof *new.q0);
        for (size_t x = 0; new.q0 &&x < n; x++)
            new.q0[x] = p_p[x] * (k / (k + 1)) + p_a[x] / (k + 1);
        status = new.q0 ? SB_OK : SB_MEMORY;
    }
    if (status)
        layer_clear(&new);
    else
        *layer = new;
    return status;
}

/* chi, kappa and increment with one reference; increment is missing at the root. */
static void add_cells(struct sb_table *table, const struct layer *above, const struct layer *layer,
                      const size_t *parents, bool joint)
{
    struct sb_layer here = masses(layer, joint);
    size_t n = layer->alignment.n_leaves;
    sb_table_real(table, sb_dist_chi(here.a, here.t, here.q, n));
    sb_table_real(table, sb_dist_kappa(here.a, here.t, here.q, n));
    if (above) {
        struct sb_layer up = masses(above, joint);
        sb_table_real(table, sb_chi_increment(&up, &here, parents, n));
    } else {
        sb_table_missing(table);
    }
}

static enum sb_status add_row(struct sb_table *table, const struct tree_settings *settings,
                              const struct tree_source *sources, const struct layer *above,
                              const struct layer *layer)
{
    size_t *parents = NULL;
    if (above) {
        parents = malloc(layer->alignment.n_leaves * sizeof *parents);
        if (!parents)
            return SB_MEMORY;
        sb_tree_alignment_parents(&above->alignment, &layer->alignment, parents);
    }
    sb_table_integer(table, layer->alignment.depth);
    add_cells(table, above, layer, parents, false);
    if (layer->q0)
        add_cells(table, above, layer, parents, true);
    free(parents);
    sb_table_integer(table, (long long)layer->alignment.n_leaves);
    for (int i = 0; i < N_ROLES; i++) {
        const struct sb_token_tree *tree = sources[i].tree;
        sb_table_integer(table, (long long)sb_token_tree_n_leaves(tree, layer->alignment.depth));
        sb_table_integer(table, (long long)sb_token_tree_n(tree));
    }
    return settings->entropy ? tree_add_divergence(table, settings, sources, &layer->alignment)
                             : SB_OK;
}

static struct sb_table *create_table(const struct tree_settings *settings)
{
    static const char *const names[] = { "depth_bits", "chi", "kappa", "increment" },
                             *const joint[] = { "X_a", "kappa_k", "increment_k" },
                             *const roles[] = { "pretrain", "align", "perturb" };
    const char *counted = settings->reading == SB_READING_BLOCKS ? "blocks" : "responses";
    char name[64];
    struct sb_table *table = sb_table_create();
    for (int i = 0; i < 4; i++)
        sb_table_column(table, names[i]);
    for (int i = 0; i < 3 && !isnan(settings->k); i++)
        sb_table_column(table, joint[i]);
    sb_table_column(table, "n_leaves");
    for (int i = 0; i < N_ROLES; i++) {
        snprintf(name, sizeof name, "n_leaves_%s", roles[i]);
        sb_table_column(table, name);
        snprintf(name, sizeof name, "n_%s_%s", counted, roles[i]);
        sb_table_column(table, name);
    }
    for (int i = 1; i < N_ROLES && settings->entropy; i++) {
        snprintf(name, sizeof name, "kl_%s_pretrain_bits", roles[i]);
        sb_table_column(table, name);
        snprintf(name, sizeof name, "kl_%s_pretrain_se_bits", roles[i]);
        sb_table_column(table, name);
    }
    if (settings->entropy)
        sb_table_provenance(table, "kl", "%s", settings->entropy);
    sb_table_provenance(table, "fit", "in-sample: values of the counted trees");
    if (!isnan(settings->k))
        sb_table_provenance(table, "k", "%.17g", settings->k);
    return table;
}

int tree_layers(struct cli_run *run, const struct tree_settings *settings,
                const struct tree_source sources[3])
{
    const struct sb_token_tree *trees[N_ROLES];
    for (int i = 0; i < N_ROLES; i++)
        trees[i] = sources[i].tree;
    struct sb_table *table = create_table(settings);
    struct layer above = { .q0 = NULL }, layer;
    enum sb_status status = SB_OK;
    for (unsigned d = 0; d <= settings->depth && !status; d++) {
        status = layer_init(&layer, trees, d, settings->k);
        if (status)
            break;
        status = add_row(table, settings, sources, d > 0 ? &above : NULL, &layer);
        layer_clear(&above);
        above = layer;
    }
    layer_clear(&above);
    int exit_status =
        status ? cli_fail(&(struct sb_error){ "out of memory" }) : cli_emit(run, table);
    sb_table_free(table);
    return exit_status;
}

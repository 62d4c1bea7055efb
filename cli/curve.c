/* springback curve: rates of three datasets while one volume grows. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/curve.h"
#include "estimators/curve.h"
#include "estimators/parallel.h"
#include "theory/numeric.h"

enum { N_ROLES = SB_N_ROLES, DEFAULT_REPLICATES = 199 };
static const double MOST_POINTS = 1e6;

struct settings {
    const char *k, *a, *l, *grow; /* as given */
    const char *pi, *language, *level, *reading;
    const char *datasets[N_ROLES];  /* [NAME=]PATH */
    size_t documents, depth, seeds; /* 0 seeds: not given */
    double sign;                    /* NaN unless given */
    const char *slopes;             /* the table that --slopes names */
    const char *entropy;            /* --entropy; NULL if not given */
    bool jackknife, bands;
    struct curve_table table;
    struct cli_corpus corpus;

    enum sb_entropy_method method; /* of --entropy */
    enum sb_curve_role growing;
    enum sb_language_level leaf_level;
    enum sb_reading tree_reading;
    double *grids[N_ROLES]; /* volumes of each dataset */
    size_t grid_sizes[N_ROLES];
    struct sb_language_options options; /* pi is the closed form's, too */
};

/* ---- what was asked for ----------------------------------------------------------------------- */

/* The place of an option's text among n names. */
static int choose(struct cli_run *run, const char *option, const char *text,
                  const char *const *names, size_t n, size_t *choice)
{
    for (*choice = 0; *choice < n; ++*choice)
        if (strcmp(text, names[*choice]) == 0)
            return -1;
    return cli_usage(run->command, "--%s \"%s\": expected %s%s%s or %s", option, text, names[0],
                     n > 2 ? ", " : "", n > 2 ? names[1] : "", names[n - 1]);
}

/* The options that are one of a few words. */
static int parse_choices(struct cli_run *run, struct settings *s)
{
    static const char *const roles[] = { "p", "a", "t" }, *const levels[] = { "document", "word" },
                             *const readings[] = { "blocks", "prefix" };
    size_t role, level, reading;
    int status = choose(run, "grow", s->grow, roles, 3, &role);
    if (status < 0)
        status = choose(run, "level", s->level, levels, 2, &level);
    if (status < 0)
        status = choose(run, "reading", s->reading, readings, 2, &reading);
    if (status >= 0)
        return status;
    s->growing = (enum sb_curve_role)role;
    s->leaf_level = level ? SB_LEVEL_WORD : SB_LEVEL_DOCUMENT;
    s->tree_reading = reading ? SB_READING_PREFIX : SB_READING_BLOCKS;
    return -1;
}

static int parse_volumes(struct cli_run *run, struct settings *s)
{
    static const char *const names[N_ROLES] = { "k", "a", "l" };
    if (!s->l)
        s->l = s->growing == SB_ROLE_T ? "0:0.45" : "0";
    const char *texts[N_ROLES] = { s->k, s->a, s->l };
    double least_sum = 0, n_points = 1; /* of the volumes; of combinations */
    for (size_t i = 0; i < N_ROLES; i++) {
        double lowest = INFINITY;
        enum sb_status status = sb_parse_grid(texts[i], 46, &s->grids[i], &s->grid_sizes[i]);
        if (status == SB_MEMORY)
            return cli_fail(&(struct sb_error){ "out of memory" });
        for (size_t j = 0; !status && j < s->grid_sizes[i]; j++)
            lowest = fmin(lowest, s->grids[i][j]);
        if (status || lowest < 0)
            return cli_usage(run->command,
                             "--%s \"%s\": expected volumes >= 0, such as 20, 1,10,100, 0:0.45 or "
                             "1:1e6:log7",
                             names[i], texts[i]);
        least_sum += lowest;
        n_points *= (double)s->grid_sizes[i];
    }
    if (n_points > MOST_POINTS)
        return cli_usage(run->command, "%.0f points: --k, --a and --l have at most %.0f together",
                         n_points, MOST_POINTS);
    return least_sum > 0 ? -1 : cli_usage(run->command, "--k, --a and --l may not all be 0");
}

static int parse_settings(struct cli_run *run, struct settings *s)
{
    struct sb_error error;
    int status = parse_choices(run, s);
    if (status < 0)
        status = parse_volumes(run, s);
    if (status >= 0)
        return status;
    if (run->arguments.n)
        return cli_usage(run->command, "\"%s\": datasets have roles here, such as --align %s",
                         run->arguments.items[0], run->arguments.items[0]);
    s->options = sb_language_options_default();
    if (s->language)
        status =
            cli_refusal(run->command, sb_language_options_parse(s->language, &s->options, &error),
                        "--language: ", &error);
    if (status < 0 && s->pi)
        status =
            cli_refusal(run->command, sb_language_parse_proportions(s->pi, s->options.pi, &error),
                        "--pi: ", &error);
    if (status >= 0)
        return status;
    if (s->entropy && sb_entropy_method_parse(s->entropy, &s->method))
        return cli_usage(run->command,
                         "--entropy \"%s\": expected plug-in, miller-madow, chao-shen or nsb",
                         s->entropy);
    if (s->documents && !s->language)
        return cli_usage(run->command,
                         "--documents needs the language to generate, as --language ''");
    size_t n = 0;
    for (size_t i = 0; i < N_ROLES; i++)
        n += s->datasets[i] != NULL;
    if (n != 0 && n != N_ROLES)
        return cli_usage(run->command, "--pretrain, --align and --perturb are needed together");
    if (s->depth < 1 || s->depth > SB_TREE_DEPTH_MAX)
        return cli_usage(run->command, "--depth %zu: expected 1 to %d bits", s->depth,
                         SB_TREE_DEPTH_MAX);
    if (s->bands && !s->documents && !n)
        return cli_usage(run->command, "--bands needs counts: --documents or real data");
    if (s->seeds && (!s->documents || s->seeds > 100000))
        return cli_usage(run->command, "--seeds %zu: with --documents, and at most 100000",
                         s->seeds);
    if (!isnan(s->sign) && !(s->sign > 0 && s->sign < 1 && s->growing == SB_ROLE_T))
        return cli_usage(run->command, "--sign %g: a probability between 0 and 1, where t grows",
                         s->sign);
    if (s->jackknife && !s->documents && !n)
        return cli_usage(run->command, "--jackknife needs counts: --documents or real data");
    return -1;
}

/* ---- the table -------------------------------------------------------------------------------- */

static const struct {
    enum sb_curve_value value;
    const char *name, *error_name, *band_name; /* NULL: has no standard error */
    bool in_nats;
} columns[] = {
    { SB_GAMMA_P_NATS, "gamma_p_bits", "gamma_p_se_bits", "gamma_p_band_bits", true },
    { SB_GAMMA_A_NATS, "gamma_a_bits", "gamma_a_se_bits", "gamma_a_band_bits", true },
    { SB_GAMMA_T_NATS, "gamma_t_bits", "gamma_t_se_bits", "gamma_t_band_bits", true },
    { SB_SLOPE_P_NATS, "d_gamma_p_bits", "d_gamma_p_se_bits", "d_gamma_p_band_bits", true },
    { SB_SLOPE_A_NATS, "d_gamma_a_bits", "d_gamma_a_se_bits", "d_gamma_a_band_bits", true },
    { SB_SLOPE_T_NATS, "d_gamma_t_bits", "d_gamma_t_se_bits", "d_gamma_t_band_bits", true },
    { SB_RATIO, "R", "R_se", "R_band", false },
    { SB_KAPPA, "kappa", "kappa_se", "kappa_band", false },
    { SB_KAPPA_K, "kappa_k", "kappa_k_se", "kappa_k_band", false },
    { SB_BALANCE_NATS, "balance_bits", NULL, NULL, true },
};
enum { N_COLUMNS = sizeof columns / sizeof *columns };

/* Columns for counts appear when there are counts. */
static bool has_counts(const struct settings *s)
{
    return s->documents || s->datasets[0];
}

static struct sb_table *new_table(const struct settings *s)
{
    struct sb_table *table = sb_table_create();
    sb_table_column(table, "source");
    sb_table_column(table, "unit");
    sb_table_column(table, "grown");
    sb_table_column(table, "k");
    sb_table_column(table, "a");
    sb_table_column(table, "l");
    for (size_t i = 0; i < N_COLUMNS; i++)
        sb_table_column(table, columns[i].name);
    for (size_t i = 0; i < N_COLUMNS && has_counts(s); i++)
        if (columns[i].error_name)
            sb_table_column(table, columns[i].error_name);
    for (size_t i = 0; i < 2 && has_counts(s); i++)
        sb_table_column(table, i ? "R_ci_high" : "R_ci_low");
    for (size_t i = 0; i < N_COLUMNS && s->bands; i++)
        if (columns[i].band_name)
            sb_table_column(table, columns[i].band_name);
    static const char *const sizes[N_ROLES] = { "n_p", "n_a", "n_t" };
    for (size_t i = 0; i < N_ROLES && has_counts(s); i++)
        sb_table_column(table, sizes[i]);
    static const char *const entropies[2 * N_ROLES] = { "entropy_p_bits", "entropy_p_se_bits",
                                                        "entropy_a_bits", "entropy_a_se_bits",
                                                        "entropy_t_bits", "entropy_t_se_bits" };
    for (size_t i = 0; i < 2 * N_ROLES && s->entropy; i++)
        if (i % 2 == 0 || has_counts(s))
            sb_table_column(table, entropies[i]);
    if (s->entropy)
        sb_table_provenance(table, "entropy", "of counts: %s", s->entropy);
    if (s->jackknife)
        sb_table_provenance(table, "bias", "of counts: corrected by the jackknife of se");
    for (size_t i = 0; i < N_ROLES - 1 && !isnan(s->sign); i++)
        sb_table_column(table, i ? "n_for_sign_a" : "n_for_sign_p");
    if (s->seeds)
        sb_table_column(table, "seed");
    if (!isnan(s->sign))
        sb_table_provenance(table, "sign", "shown with probability %.17g", s->sign);
    if (s->bands)
        sb_table_provenance(table, "band",
                            "half-width, 95 %% for all rows of counts at once: sup-t");
    sb_table_provenance(table, "fit", "in-sample: the model is the mixture of what it codes");
    if (s->language) {
        char text[SB_LANGUAGE_TEXT_SIZE];
        sb_language_options_format(&s->options, text);
        sb_table_provenance(table, "language", "%s", text);
    }
    if (has_counts(s))
        sb_table_provenance(table, "se", "delete-a-group jackknife, at most %d groups of documents",
                            SB_CURVE_GROUPS);
    return table;
}

/* Of a source, what its rows share. */
struct source_name {
    const char *name, *unit;
    uint64_t seed; /* of generated documents */
    bool has_seed;
};

static void add_row(const struct settings *s, struct sb_table *table,
                    const struct source_name *name, const struct sb_curve_source *source,
                    const double volumes[N_ROLES], const struct sb_curve_point *point,
                    const double critical[SB_N_CURVE_VALUES],
                    const struct sb_entropy entropies[N_ROLES], const double *n_for_sign)
{
    sb_table_text(table, name->name);
    sb_table_text(table, name->unit);
    sb_table_text(table, s->grow);
    for (size_t i = 0; i < N_ROLES; i++)
        sb_table_real(table, volumes[i]);
    for (size_t i = 0; i < N_COLUMNS; i++) {
        const double *values = s->jackknife ? point->corrected : point->value;
        double value = values[columns[i].value];
        sb_table_real(table, columns[i].in_nats ? sb_bits_from_nats(value) : value);
    }
    for (size_t i = 0; i < N_COLUMNS && has_counts(s); i++) {
        double error = sb_curve_error(point, s->jackknife, columns[i].value);
        if (columns[i].error_name)
            sb_table_real(table, columns[i].in_nats ? sb_bits_from_nats(error) : error);
    }
    if (has_counts(s)) {
        sb_table_real(table, point->ratio_low[s->jackknife]);
        sb_table_real(table, point->ratio_high[s->jackknife]);
    }
    for (size_t i = 0; i < N_COLUMNS && s->bands; i++) {
        double band = sb_curve_band(point, critical, s->jackknife, columns[i].value);
        if (columns[i].band_name)
            sb_table_real(table, columns[i].in_nats ? sb_bits_from_nats(band) : band);
    }
    for (size_t i = 0; i < N_ROLES && has_counts(s); i++)
        if (source->n[i])
            sb_table_integer(table, (long long)source->n[i]);
        else
            sb_table_missing(table);
    for (size_t i = 0; i < N_ROLES && s->entropy; i++) {
        sb_table_real(table, entropies[i].bits);
        if (has_counts(s))
            sb_table_real(table, entropies[i].standard_error_bits);
    }
    for (size_t i = 0; i < N_ROLES - 1 && !isnan(s->sign); i++)
        sb_table_real(table, n_for_sign[i]);
    if (s->seeds && name->has_seed)
        sb_table_integer(table, (long long)name->seed);
    else if (s->seeds)
        sb_table_missing(table);
}

/* The points of a curve: all combinations of the three grids, l the fastest. */
struct sweep {
    const struct settings *settings;
    const struct sb_curve_source *source;
    struct sb_curve_point *points;
    double *n_for_sign; /* (points, 2): of p and a */
};

static void volumes_at(const struct settings *s, size_t index, double volumes[N_ROLES])
{
    for (size_t i = N_ROLES; i-- > 0; index /= s->grid_sizes[i])
        volumes[i] = s->grids[i][index % s->grid_sizes[i]];
}

static enum sb_status sweep_point(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)thread;
    const struct sweep *sweep = context;
    double volumes[N_ROLES];
    volumes_at(sweep->settings, item, volumes);
    if (sb_curve_at(sweep->source, volumes, sweep->settings->growing, &sweep->points[item]))
        return sb_fail(error, SB_DOMAIN, "volumes %g : %g : %g are out of range", volumes[0],
                       volumes[1], volumes[2]);
    for (size_t role = 0; role < 2 && !isnan(sweep->settings->sign); role++) {
        uint64_t n;
        enum sb_status status = sb_curve_n_for_sign(
            sweep->source, volumes, (enum sb_curve_role)role, sweep->settings->sign, &n);
        if (status)
            return sb_fail(error, status, "--sign at volumes %g : %g : %g: %s", volumes[0],
                           volumes[1], volumes[2], sb_status_phrase(status));
        sweep->n_for_sign[2 * item + role] = n ? (double)n : INFINITY;
    }
    return SB_OK;
}

/* How many standard errors the bands of a source are wide. */
static enum sb_status find_bands(const struct cli_run *run, const struct settings *s,
                                 const struct sb_curve_source *source, size_t n,
                                 double critical[SB_N_CURVE_VALUES], struct sb_error *error)
{
    const struct sb_sup_t_options options = { 0.95, NAN, 10000, run->seed, run->threads };
    double *volumes = malloc(N_ROLES * n * sizeof *volumes);
    if (!volumes)
        return sb_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        volumes_at(s, i, volumes + N_ROLES * i);
    enum sb_status status =
        sb_curve_bands(source, volumes, n, s->growing, &options, critical, error);
    free(volumes);
    return status;
}

/* Adds the rows of one source, which it takes over. */
static enum sb_status add_source(struct cli_run *run, const struct settings *s,
                                 struct sb_table *table, const struct source_name *name,
                                 struct sb_curve_source *source, struct sb_error *error)
{
    size_t n = s->grid_sizes[0] * s->grid_sizes[1] * s->grid_sizes[2];
    struct sb_curve_point *points = malloc(n * sizeof *points);
    struct sweep sweep = { s, source, points, malloc(2 * n * sizeof *sweep.n_for_sign) };
    enum sb_status status = points && sweep.n_for_sign
                                ? sb_parallel_for(run->threads, n, sweep_point, &sweep, error)
                                : sb_fail_memory(error);
    double critical[SB_N_CURVE_VALUES];
    if (!status && s->bands && source->n_groups && !s->jackknife)
        cli_note(run,
                 "%s: bands do not cover the bias of counting; --jackknife takes most of it away",
                 name->name);
    if (!status && s->bands)
        status = find_bands(run, s, source, n, critical, error);
    struct sb_entropy entropies[N_ROLES];
    for (size_t i = 0; i < N_ROLES && s->entropy && !status; i++)
        if ((status = sb_curve_entropy(source, (enum sb_curve_role)i, s->method, &entropies[i])))
            sb_fail(error, status, "--entropy %s: %s", s->entropy, sb_status_phrase(status));
    for (size_t i = 0; i < n && !status; i++) {
        double volumes[N_ROLES];
        volumes_at(s, i, volumes);
        add_row(s, table, name, source, volumes, &points[i], critical, entropies,
                sweep.n_for_sign + 2 * i);
    }
    free(points);
    free(sweep.n_for_sign);
    sb_curve_source_clear(source);
    return status;
}

/* ---- sources ---------------------------------------------------------------------------------- */

static enum sb_status add_closed(struct cli_run *run, const struct settings *s,
                                 struct sb_table *table, const char *unit, double entropy_nats,
                                 struct sb_error *error)
{
    struct sb_curve_source source;
    if (sb_curve_closed(s->options.pi, entropy_nats, &source))
        return sb_fail_memory(error);
    return add_source(run, s, table, &(struct source_name){ "closed", unit, 0, false }, &source,
                      error);
}

/* Exact and generated curves of the language, and beside them, where asked for, the closed form for
 * parts that have its dialects' entropy. */
static enum sb_status add_language(struct cli_run *run, const struct settings *s,
                                   const struct sb_language *language, struct sb_table *table,
                                   struct sb_error *error)
{
    struct sb_language_leaves leaves;
    struct sb_curve_source source;
    const char *unit = s->leaf_level == SB_LEVEL_WORD ? "word" : "document";
    enum sb_status status = sb_language_leaves_init(&leaves, language, s->leaf_level);
    if (status == SB_LIMIT)
        return sb_fail(
            error, status,
            "--language: sums over documents end at length=200; beyond, use --level word");
    if (status)
        return sb_fail_memory(error);
    struct sb_language_mixture own = sb_language_dialect(1);
    double entropy_nats = sb_language_cross_entropy_nats(&leaves, &own, &own);
    sb_language_leaves_clear(&leaves);
    if (s->pi)
        status = add_closed(run, s, table, unit, entropy_nats, error);
    if (!status && sb_curve_exact(language, s->leaf_level, &source))
        return sb_fail_memory(error);
    if (!status)
        status = add_source(run, s, table, &(struct source_name){ "exact", unit, 0, false },
                            &source, error);
    /* One seed after the other: the same documents at all volumes, others for the next seed. */
    for (size_t i = 0; s->documents && i < (s->seeds ? s->seeds : 1) && !status; i++) {
        const struct source_name name = { "counts", unit, run->seed + i, true };
        if (sb_curve_generated(language, s->leaf_level, s->documents, name.seed, &source))
            return sb_fail_memory(error);
        cli_progress(run, "seeds", (double)i, (double)s->seeds);
        status = add_source(run, s, table, &name, &source, error);
    }
    cli_progress_end(run);
    return status;
}

/* The three datasets of the roles. Names are the caller's to free, also after a failure. */
static int name_datasets(struct cli_run *run, const struct settings *s, char *names[N_ROLES],
                         const char *paths[N_ROLES], struct sb_corpus_options options[N_ROLES])
{
    struct sb_error error;
    int shared = cli_share_input(run, s->datasets, N_ROLES);
    if (shared >= 0)
        return shared;
    for (size_t i = 0; i < N_ROLES; i++) {
        int status = cli_refusal(
            run->command, cli_dataset(s->datasets[i], &names[i], &paths[i], &error), "", &error);
        if (status < 0)
            status = cli_corpus_options(run, &s->corpus, names[i], &options[i]);
        if (status >= 0)
            return status;
    }
    return -1;
}

static enum sb_status add_datasets(struct cli_run *run, const struct settings *s,
                                   const char *const paths[N_ROLES],
                                   const struct sb_corpus_options options[N_ROLES],
                                   struct sb_table *table, struct sb_error *error)
{
    static const char *const roles[N_ROLES] = { "pretrain", "align", "perturb" };
    struct sb_corpus *corpora[N_ROLES] = { NULL };
    struct sb_curve_source source;
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < N_ROLES && !status; i++) {
        status = sb_corpus_open(paths[i], &options[i], &corpora[i], error);
        if (!status)
            status = cli_record_input(run, roles[i], paths[i], error);
    }
    if (!status)
        status =
            sb_curve_counted(corpora, paths, s->tree_reading, (unsigned)s->depth, &source, error);
    if (!status)
        status = add_source(
            run, s, table,
            &(struct source_name){
                "counts", s->tree_reading == SB_READING_PREFIX ? "response" : "block", 0, false },
            &source, error);
    for (size_t i = 0; i < N_ROLES; i++)
        sb_corpus_close(corpora[i]);
    return status;
}

/* All sources that were asked for; paths and options are set where there are datasets. */
static int run_curve(struct cli_run *run, const struct settings *s,
                     const char *const paths[N_ROLES],
                     const struct sb_corpus_options options[N_ROLES])
{
    struct sb_table *table = new_table(s);
    struct sb_language *language = NULL;
    struct sb_error error = { "" };
    enum sb_status status = SB_OK;
    if (s->language && sb_language_create(&s->options, &language))
        status = sb_fail_memory(&error);
    else if (s->language)
        status = add_language(run, s, language, table, &error);
    else if (s->pi || !s->datasets[0])
        status = add_closed(run, s, table, "response", 0, &error);
    if (!status && s->datasets[0])
        status = add_datasets(run, s, paths, options, table, &error);
    int exit_status = status ? cli_fail(&error) : cli_emit(run, table);
    sb_language_free(language);
    sb_table_free(table);
    return exit_status;
}

/* ---- the command ------------------------------------------------------------------------------ */

static int curve(const struct cli_command *command, int argc, char **argv)
{
    struct settings s = { .k = "20",
                          .a = "1",
                          .grow = "t",
                          .level = "document",
                          .reading = "blocks",
                          .depth = 16,
                          .sign = NAN };
    s.table.replicates = DEFAULT_REPLICATES;
    const struct cli_option options[] = {
        { "k", CLI_TEXT, &s.k, "GRID", "volume of the pre-training data (default 20)" },
        { "a", CLI_TEXT, &s.a, "GRID", "volume of the alignment data (default 1)" },
        { "l", CLI_TEXT, &s.l, "GRID",
          "volume of the perturbation data (default 0:0.45; 0 if another grows)" },
        { "grow", CLI_TEXT, &s.grow, "p|a|t",
          "whose volume slopes refer to (default t, the perturbation's)" },
        { NULL, CLI_HEADING, NULL, NULL, "Closed form" },
        { "pi", CLI_TEXT, &s.pi, "P1,PA,PT",
          "pre-training = mixture of disjoint parts (default 1/3 each)" },
        { NULL, CLI_HEADING, NULL, NULL, "The controlled language" },
        { "language", CLI_TEXT, &s.language, "PARAMETERS",
          "overlap=0.3,length=28,... ('': all defaults)" },
        { "level", CLI_TEXT, &s.level, "LEVEL", "rates per document (default) or per word" },
        { "documents", CLI_COUNT, &s.documents, "N",
          "also count N generated documents per dataset" },
        { "seeds", CLI_COUNT, &s.seeds, "N",
          "so for N seeds from --seed on: rows by seed, for --slopes" },
        { "sign", CLI_NUMBER, &s.sign, "P",
          "add how many documents show the theorem's signs\nwith probability P" },
        { NULL, CLI_HEADING, NULL, NULL, "Counts of real documents" },
        { "pretrain", CLI_TEXT, &s.datasets[0], "DATASET", "pre-training data, [name=]PATH" },
        { "align", CLI_TEXT, &s.datasets[1], "DATASET", "alignment data" },
        { "perturb", CLI_TEXT, &s.datasets[2], "DATASET", "perturbation data" },
        { "depth", CLI_COUNT, &s.depth, "BITS", "of the token tree (default 16)" },
        { "reading", CLI_TEXT, &s.reading, "HOW", "blocks (default), or prefix: whole responses" },
        { NULL, CLI_HEADING, NULL, NULL, "Less of the bias of counting" },
        { "bands", CLI_FLAG, &s.bands, NULL,
          "95 % bands for all rows of counts at once (_band);\n"
          "with --jackknife, as they do not cover the bias" },
        { "jackknife", CLI_FLAG, &s.jackknife, NULL,
          "correct the values of counts by leaving out groups" },
        { "entropy", CLI_TEXT, &s.entropy, "METHOD",
          "add entropies: plug-in, miller-madow, chao-shen or nsb" },
        { NULL, CLI_HEADING, NULL, NULL, "Slopes of a table of rates, by seed" },
        { "slopes", CLI_TEXT, &s.slopes, "FILE", "slopes, R and balance with intervals" },
        { NULL, CLI_HEADING, NULL, NULL, "Fits to a table, any TSV" },
        { "fit", CLI_TEXT, &s.table.fit, "MODELS",
          "of constant, line, power, exponential, double-exponential,\nchangepoint" },
        { "table", CLI_TEXT, &s.table.path, "FILE", "the points, a row each" },
        { "x", CLI_TEXT, &s.table.x, "COLUMN", "and" },
        { "y", CLI_TEXT, &s.table.y, "COLUMN", "of the points" },
        { "se", CLI_TEXT, &s.table.se, "COLUMN", "their errors (default: equal, estimated)" },
        { "by", CLI_TEXT, &s.table.by, "COLUMN", "fit the rows of each of its values apart" },
        { "replicates", CLI_COUNT, &s.table.replicates, "N",
          "of the comparison of models (default 199)" },
        CLI_CORPUS_OPTIONS(&s.corpus),
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0 && (s.slopes || curve_table_asked(&s.table))) {
        status = s.slopes && curve_table_asked(&s.table)
                     ? cli_usage(command, "--slopes and --fit: one of them")
                 : s.slopes ? curve_slopes(&run, s.slopes)
                            : curve_fit(&run, &s.table);
        cli_end(&run);
        return status;
    }
    if (status < 0)
        status = parse_settings(&run, &s);
    char *names[N_ROLES] = { NULL };
    const char *paths[N_ROLES] = { NULL };
    struct sb_corpus_options corpora[N_ROLES];
    if (status < 0 && s.datasets[0])
        status = name_datasets(&run, &s, names, paths, corpora);
    if (status < 0)
        status = run_curve(&run, &s, paths, corpora);
    for (size_t i = 0; i < N_ROLES; i++) {
        free(names[i]);
        free(s.grids[i]);
    }
    cli_end(&run);
    return status;
}

const struct cli_command curve_command = {
    .name = "curve",
    .summary = "rates of three datasets while one volume grows",
    .usage = "curve [--k GRID] [--l GRID] [sources]\n"
             "       springback curve --fit MODELS --table FILE --x COLUMN --y COLUMN\n"
             "       springback curve --slopes FILE",
    .text =
        "Pre-training, alignment and perturbation data in the volumes k : a : l are coded\n"
        "by the model that is trained on all of them, the mixture of their leaf\n"
        "distributions: rates, their slopes in the growing volume, R = -a gamma_a'/(k\n"
        "gamma_p'), kappa_k, and the force balance k gamma_p' + a gamma_a' + l gamma_t', which\n"
        "is 0 up to rounding (at l = 0 the last term is minus the novelty). The rates are\n"
        "in-sample, as in the theorem; k is the theorem's when a = 1.\n"
        "\n"
        "A GRID is a number, a list 1,10,100, or a range LOW:HIGH, LOW:HIGH:POINTS or\n"
        "LOW:HIGH:logPOINTS; all combinations are computed. The column source says where the\n"
        "distributions come from:\n"
        "\n"
        "  closed  disjoint parts, R3. With --language their entropy is that of its dialects,\n"
        "          else 0. Shown where --pi is given, or nothing else\n"
        "  exact   the language's probabilities, summed over all documents (--level document)\n"
        "          or over the words of a random place, its 16-bit blocks (--level word)\n"
        "  counts  empirical distributions of --documents or of real data, with standard\n"
        "          errors (_se) by leaving out groups of documents. Plug-in: rates are too low\n"
        "          by about (leaves - 1)/(2 n ln 2) bits, which the errors do not cover;\n"
        "          --jackknife takes most of it away, in slopes and ratios too\n"
        "\n"
        "--entropy METHOD adds the entropy of each dataset, below which its rate cannot be;\n"
        "that of counts by METHOD (springback tree --help), with the error of the groups.\n"
        "\n"
        "--fit takes two columns of a table instead: y = offset + scale x^-exponent (power),\n"
        "offset + scale e^(-rate x) (exponential; two of them: double-exponential), two lines\n"
        "that meet at turn (changepoint), by weighted least squares. ci_low and ci_high are\n"
        "profile-likelihood intervals, inf where the data do not bound a parameter; p_fit is the\n"
        "probability of so large a chi2; a model that contains another one that is fitted is\n"
        "compared_with it: p_value by likelihood ratio or F, p_bootstrap by --replicates\n"
        "samples of the smaller one, the one to trust. Lower aicc and bic are better.\n"
        "\n"
        "--slopes takes rates by l and seed (columns k, l, seed, gamma_p_bits, gamma_a_bits,\n"
        "gamma_t_bits; as --seeds writes them, or from trained models) and gives slopes in l by\n"
        "local parabolas within each seed, of one bandwidth, the one of least estimated risk;\n"
        "and, where there are d_gamma columns, the means of those (method derivative). Intervals are\n"
        "Student's over seeds, R's is Fieller's, -inf to inf where gamma_p' may be 0;\n"
        "seeds_for_sign: after how many seeds like these an interval would exclude 0.\n"
        "--sign P: n_for_sign_a documents of the alignment data have a mean p_t/q below 1 with\n"
        "probability P, which is gamma_a' > 0; n_for_sign_p likewise, above 1.\n"
        "\n"
        "Rates, and volumes, are per document, word, block or response: the column unit.",
    .examples =
        "  springback curve --k 5,20,100 --pi 1/3,1/3,1/3\n"
        "  springback curve --language overlap=0.3 --documents 10000 --pi 1/3,1/3,1/3\n"
        "  springback curve --fit line,changepoint --table rebound.tsv --x l --y margin_bits\n"
        "  springback curve --pretrain web.txt.zst --align good.jsonl --perturb bad.jsonl",
    .run = curve,
};

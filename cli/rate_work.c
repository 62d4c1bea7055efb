/* springback rate: the settings made sense of. */
#include "cli/rate_work.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "theory/token_tree.h"

const char *const rate_role_names[SB_N_ROLES] = { "pretrain", "align", "perturb" };

static int fail_memory(void)
{
    return cli_fail(&(struct sb_error){ "out of memory" });
}

/* ---- datasets ------------------------------------------------------------------------------ */

/* Where in the command line a text stands, so that datasets can be put in the order given. */
static int place_of(const char *text, int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        for (const char *c = argv[i]; *c; c++)
            if (c == text)
                return i;
    return argc;
}

struct named {
    const char *text;
    int role, place;
};

static int by_place(const void *a, const void *b)
{
    return ((const struct named *)a)->place - ((const struct named *)b)->place;
}

/* All datasets of the command line in their order; n of them in a new array. */
static struct named *list_datasets(const struct cli_run *run, const struct rate_settings *s,
                                   int argc, char **argv, size_t *n)
{
    size_t most = s->data.n + run->arguments.n + SB_N_ROLES, used = 0;
    struct named *list = calloc(most + 1, sizeof *list);
    if (!list)
        return NULL;
    for (size_t i = 0; i < s->data.n; i++)
        list[used++] = (struct named){ s->data.items[i], RATE_NO_ROLE, 0 };
    for (size_t i = 0; i < run->arguments.n; i++)
        list[used++] = (struct named){ run->arguments.items[i], RATE_NO_ROLE, 0 };
    for (int role = 0; role < SB_N_ROLES; role++)
        if (s->roles[role])
            list[used++] = (struct named){ s->roles[role], role, 0 };
    for (size_t i = 0; i < used; i++)
        list[i].place = place_of(list[i].text, argc, argv);
    qsort(list, used, sizeof *list, by_place);
    *n = used;
    return list;
}

/* One dataset: its name (without one, its role's), its path and how it is read. */
static int set_dataset(struct cli_run *run, struct rate_work *w, size_t i,
                       const struct named *named)
{
    struct sb_error error;
    struct sb_dataset *d = &w->datasets[i];
    int status = cli_refusal(run->command, cli_dataset(named->text, &w->names[i], &d->path, &error),
                             "", &error);
    if (status >= 0)
        return status;
    if (named->role != RATE_NO_ROLE && d->path == named->text) {
        free(w->names[i]);
        w->names[i] = strdup(rate_role_names[named->role]);
        if (!w->names[i])
            return fail_memory();
    }
    d->name = w->names[i];
    w->roles[i] = named->role;
    w->n_datasets = i + 1;
    for (size_t j = 0; j < i; j++)
        if (strcmp(w->datasets[j].name, d->name) == 0)
            return cli_usage(run->command, "two datasets are called \"%s\"; write NAME=PATH",
                             d->name);
    return cli_corpus_options(run, &w->settings->corpus, d->name, &d->options);
}

static int set_datasets(struct cli_run *run, struct rate_work *w, int argc, char **argv)
{
    size_t n = 0;
    struct named *list = list_datasets(run, w->settings, argc, argv, &n);
    int status = -1;
    if (list && n == 0 && !w->settings->may_lack_data)
        status = cli_usage(run->command, "no dataset; give --data [NAME=]PATH");
    w->datasets = calloc(n + 1, sizeof *w->datasets);
    w->names = calloc(n + 1, sizeof *w->names);
    w->roles = calloc(n + 1, sizeof *w->roles);
    if (!list || !w->datasets || !w->names || !w->roles)
        status = fail_memory();
    for (size_t i = 0; status < 0 && i < n; i++)
        status = set_dataset(run, w, i, &list[i]);
    free(list);
    return status < 0
               ? cli_check_columns(run, &w->settings->corpus, (const char *const *)w->names, n)
               : status;
}

/* ---- models, contrasts, volumes, numbers --------------------------------------------------- */

/* --no-eos, for a checkpoint. */
static int omit_end(const struct cli_run *run, struct sb_model *model)
{
    const char *eos = sb_model_value(model, "eos");
    if (eos && strcmp(eos, "0") != 0)
        return cli_usage(run->command, "--no-eos, and \"%s\"", model->text);
    return sb_model_set(model, "eos", "0") ? fail_memory() : -1;
}

/* One model, tried. */
static int set_model(const struct cli_run *run, struct rate_work *w, const char *text)
{
    struct sb_error error;
    struct sb_predictor *trial;
    struct sb_model *model = &w->models[w->n_models];
    for (size_t j = 0; j < w->n_models; j++)
        if (strcmp(text, w->models[j].text) == 0)
            return cli_usage(run->command, "model \"%s\" is given twice", text);
    int exit_status = cli_refusal(run->command, sb_model_parse(text, model, &error), "", &error);
    if (exit_status >= 0)
        return exit_status;
    w->n_models++;
    exit_status = w->settings->no_eos && rate_model_is_folder(model) ? omit_end(run, model) : -1;
    if (exit_status >= 0)
        return exit_status;
    enum sb_status status = sb_predictor_create(model, &trial, &error);
    sb_predictor_free(trial);
    if ((status == SB_FORMAT || status == SB_DOMAIN) && !rate_model_is_folder(model))
        return cli_usage(run->command, "%s", error.message);
    return status ? cli_fail(&error) : -1;
}

static int set_models(struct cli_run *run, struct rate_work *w)
{
    static const char *const usual[] = { "tree:d=16" };
    const char *const *texts = w->settings->models.n ? w->settings->models.items : usual;
    size_t n = w->settings->models.n ? w->settings->models.n : 1, n_folders = 0;
    int status = -1;
    w->models = calloc(n, sizeof *w->models);
    w->measures = calloc(n, sizeof *w->measures);
    if (!w->models || !w->measures)
        return fail_memory();
    for (size_t i = 0; i < n && status < 0; i++) {
        status = set_model(run, w, texts[i]);
        n_folders += status < 0 && rate_model_is_folder(&w->models[i]);
    }
    if (status < 0 && w->settings->no_eos && !n_folders)
        return cli_usage(run->command, "--no-eos is for checkpoints, and none is named");
    if (status < 0 && w->settings->token_rows && n != 1)
        return cli_usage(run->command, "--token-rows is for one --model");
    return status;
}

bool rate_model_is_folder(const struct sb_model *model)
{
    const struct sb_predictor_class *class;
    return !sb_predictor_find(model, &class, NULL) && class->is_folder;
}

const char *rate_model_file(const struct sb_model *model)
{
    const char *train = sb_model_value(model, "train");
    return train ? train : sb_model_value(model, "");
}

/* Standard input ends when it has been read. */
static int check_input(struct cli_run *run, const struct rate_work *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->n_datasets; i++)
        n += strcmp(w->datasets[i].path, "-") == 0;
    for (size_t i = 0; i < w->n_models; i++) {
        const char *file = rate_model_file(&w->models[i]);
        n += file && strcmp(file, "-") == 0;
    }
    if (n > 1)
        return cli_usage(run->command, "standard input can be read only once; it is named twice");
    return -1;
}

static int set_contrasts(struct cli_run *run, struct rate_work *w)
{
    const struct cli_texts *texts = &w->settings->contrasts;
    struct sb_error error;
    w->contrasts = calloc(texts->n + 1, sizeof *w->contrasts);
    if (!w->contrasts)
        return fail_memory();
    for (; w->n_contrasts < texts->n; w->n_contrasts++) {
        int status =
            cli_refusal(run->command,
                        sb_contrast_parse(texts->items[w->n_contrasts], w->datasets, w->n_datasets,
                                          &w->contrasts[w->n_contrasts], &error),
                        "", &error);
        if (status >= 0)
            return status;
    }
    return -1;
}

const struct sb_dataset *rate_in_role(const struct rate_work *w, int role)
{
    for (size_t i = 0; i < w->n_datasets; i++)
        if (w->roles[i] == role)
            return &w->datasets[i];
    return NULL;
}

static int set_volumes(struct cli_run *run, struct rate_work *w)
{
    struct sb_error error;
    if (!w->settings->volumes)
        return -1;
    int status = cli_refusal(
        run->command, sb_volumes_parse(w->settings->volumes, &w->volumes, &error), "", &error);
    if (status >= 0)
        return status;
    for (int role = 0; role < SB_N_ROLES; role++)
        if (!isnan(w->volumes.volume[role]) && !rate_in_role(w, role))
            return cli_usage(run->command, "--volumes gives a volume for --%s, which is absent",
                             rate_role_names[role]);
    w->has_volumes = true;
    return -1;
}

static int set_interval(struct cli_run *run, struct rate_work *w)
{
    const struct rate_settings *s = w->settings;
    struct sb_interval_options *o = &w->interval;
    *o = (struct sb_interval_options){ SB_N_INTERVALS, s->confidence, s->replicates, run->seed,
                                       run->threads };
    for (int i = 0; i < SB_N_INTERVALS; i++)
        if (strcmp(s->interval, sb_interval_names[i]) == 0)
            o->kind = (enum sb_interval)i;
    if (o->kind == SB_N_INTERVALS)
        return cli_usage(run->command,
                         "--interval \"%s\": expected t, bca, percentile or studentised",
                         s->interval);
    if (s->seeds && (w->n_models < 2 || s->differences))
        return cli_usage(run->command,
                         w->n_models < 2 ? "--seeds needs a --model for each of two seeds or more"
                                         : "--seeds takes models for replicates of one procedure; "
                                           "--differences compares them");
    if (!(s->confidence > 0 && s->confidence < 1))
        return cli_usage(run->command, "--confidence must lie between 0 and 1");
    if (s->replicates < 100 || s->replicates > 1000000)
        return cli_usage(run->command, "--replicates must be 100 to 1000000");
    if (s->depth < 1 || s->depth > SB_TREE_DEPTH_MAX)
        return cli_usage(run->command, "--depth must be 1 to %d", SB_TREE_DEPTH_MAX);
    return -1;
}

static void progress(void *context, const char *model, double share)
{
    cli_progress(context, model, share, 1);
}

int rate_work_set(struct cli_run *run, struct rate_work *w, int argc, char **argv)
{
    int status = set_datasets(run, w, argc, argv);
    if (status < 0)
        status = set_models(run, w);
    if (status < 0)
        status = check_input(run, w);
    if (status < 0)
        status = set_contrasts(run, w);
    if (status < 0)
        status = set_volumes(run, w);
    if (status < 0)
        status = set_interval(run, w);
    if (status < 0)
        status = cli_corpus_options(run, &w->settings->corpus, NULL, &w->measure.train_options);
    w->measure.seed = run->seed;
    w->measure.n_threads = run->threads;
    w->measure.n_folds = w->settings->folds;
    w->measure.progress = progress;
    w->measure.progress_context = run;
    w->measure.train_options.once = true;
    w->results.depth = w->settings->depth;
    return status;
}

void rate_work_clear(struct rate_work *w)
{
    for (size_t i = 0; i < w->n_models; i++) {
        sb_measure_free(w->measures[i]);
        sb_model_clear(&w->models[i]);
    }
    for (size_t i = 0; i < w->n_datasets; i++)
        free(w->names[i]);
    rate_results_clear(&w->results);
    free(w->measures);
    free(w->models);
    free(w->contrasts);
    free(w->roles);
    free(w->names);
    free(w->datasets);
}

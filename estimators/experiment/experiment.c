#include "estimators/experiment/experiment.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "data/ledger.h"
#include "estimators/parallel.h"

/* ---- observations ------------------------------------------------------------------------------ */

void sb_observations_clear(struct sb_observations *observations)
{
    for (size_t i = 0; i < observations->n; i++)
        free(observations->items[i].documents);
    free(observations->items);
    *observations = (struct sb_observations){ 0 };
}

struct sb_point sb_point(const char *path, double aligned, double learned)
{
    struct sb_point point = { "", aligned, learned };
    snprintf(point.path, sizeof point.path, "%s", path);
    return point;
}

/* Takes the documents of *o. */
static enum sb_status append(struct sb_observations *observations, const struct sb_observation *o)
{
    if (observations->n == observations->capacity) {
        size_t capacity = 2 * observations->capacity + 64;
        void *grown = realloc(observations->items, capacity * sizeof *observations->items);
        if (!grown) {
            free(o->documents);
            return SB_MEMORY;
        }
        observations->items = grown;
        observations->capacity = capacity;
    }
    observations->items[observations->n++] = *o;
    return SB_OK;
}

enum sb_status sb_observe(struct sb_observations *observations, const struct sb_point *point,
                          const char *quantity, double value)
{
    struct sb_observation o = { .point = *point, .value = value };
    snprintf(o.quantity, sizeof o.quantity, "%s", quantity);
    return append(observations, &o);
}

enum sb_status sb_observe_documents(struct sb_observations *observations,
                                    const struct sb_point *point, const char *quantity,
                                    const double *documents, size_t n_documents)
{
    struct sb_observation o = { .point = *point, .n_documents = n_documents };
    double sum = 0;
    snprintf(o.quantity, sizeof o.quantity, "%s", quantity);
    o.documents = malloc((n_documents + 1) * sizeof *o.documents);
    if (!o.documents)
        return SB_MEMORY;
    for (size_t i = 0; i < n_documents; i++)
        sum += o.documents[i] = rint(documents[i] * 1e6) / 1e6;
    o.value = sum / (double)n_documents;
    return append(observations, &o);
}

static bool is_same_point(const struct sb_point *a, const struct sb_point *b)
{
    return a->aligned == b->aligned && a->learned == b->learned && strcmp(a->path, b->path) == 0;
}

const struct sb_observation *sb_observation_find(const struct sb_observations *observations,
                                                 size_t condition, size_t seed,
                                                 const struct sb_point *point, const char *quantity)
{
    for (size_t i = 0; i < observations->n; i++) {
        const struct sb_observation *o = &observations->items[i];
        if (o->condition == condition && o->seed == seed && is_same_point(&o->point, point) &&
            strcmp(o->quantity, quantity) == 0)
            return o;
    }
    return NULL;
}

size_t sb_one_condition(const struct sb_experiment_options *options)
{
    (void)options;
    return 1;
}

void sb_name_model(const struct sb_experiment_options *options, size_t condition, char *name,
                   size_t size)
{
    (void)condition;
    snprintf(name, size, "%s", options->model);
}

/* ---- rows -------------------------------------------------------------------------------------- */

/* Row `row` of the `rows` of a cell: a cell counts once all of them are there, one behind the other. */
static const char *const COLUMNS[] = { "condition", "seed",    "row",      "rows",  "path",
                                       "aligned",   "learned", "quantity", "value", "documents" };
enum { N_COLUMNS = sizeof COLUMNS / sizeof *COLUMNS };

static void begin_rows(struct sb_table *table)
{
    for (size_t i = 0; i < N_COLUMNS; i++)
        sb_table_column(table, COLUMNS[i]);
}

/* Numbers separated by blanks, which read back to the same bits; NULL if there is no memory. */
static char *list_numbers(const double *values, size_t n)
{
    char *text = malloc(n * SB_REAL_SIZE + 1), number[SB_REAL_SIZE], *at = text;
    for (size_t i = 0; i < n && text; i++)
        at += sprintf(at, i ? " %s" : "%s", sb_format_real(number, values[i]));
    return text;
}

static enum sb_status write_row(struct sb_table *table, const struct sb_observation *o, size_t row,
                                size_t rows)
{
    char *documents = o->documents ? list_numbers(o->documents, o->n_documents) : NULL;
    if (o->documents && !documents)
        return SB_MEMORY;
    sb_table_integer(table, (long long)o->condition);
    sb_table_integer(table, (long long)o->seed);
    sb_table_integer(table, (long long)row);
    sb_table_integer(table, (long long)rows);
    sb_table_text(table, o->point.path);
    sb_table_real(table, o->point.aligned);
    sb_table_real(table, o->point.learned);
    sb_table_text(table, o->quantity);
    sb_table_real(table, o->value);
    sb_table_text(table, documents);
    free(documents);
    return SB_OK;
}

static enum sb_status read_numbers(const char *text, struct sb_observation *o)
{
    size_t n = 1;
    for (const char *c = text; *c; c++)
        n += *c == ' ';
    o->documents = malloc(n * sizeof *o->documents);
    if (!o->documents)
        return SB_MEMORY;
    for (o->n_documents = 0; o->n_documents < n; o->n_documents++) {
        char *end;
        o->documents[o->n_documents] = strtod(text, &end);
        if (end == text || (*end && *end != ' '))
            return SB_FORMAT;
        text = end + (*end == ' ');
    }
    return SB_OK;
}

static size_t whole(const struct sb_table *table, size_t row, size_t column)
{
    double value = sb_table_real_at(table, row, column);
    return value >= 0 && value < 1e15 ? (size_t)value : SIZE_MAX;
}

static enum sb_status read_row(const struct sb_table *table, size_t row, struct sb_observation *o)
{
    const char *path = sb_table_text_at(table, row, 4), *quantity = sb_table_text_at(table, row, 7);
    const char *documents = sb_table_text_at(table, row, 9);
    *o = (struct sb_observation){ .condition = whole(table, row, 0),
                                  .seed = whole(table, row, 1),
                                  .value = sb_table_real_at(table, row, 8) };
    if (!path || !quantity || strlen(quantity) >= sizeof o->quantity ||
        strlen(path) >= sizeof o->point.path)
        return SB_FORMAT;
    o->point = sb_point(path, sb_table_real_at(table, row, 5), sb_table_real_at(table, row, 6));
    strcpy(o->quantity, quantity);
    return documents && strcmp(documents, "NA") != 0 ? read_numbers(documents, o) : SB_OK;
}

/* ---- the state of a run ------------------------------------------------------------------------ */

struct state {
    const struct sb_experiment *experiment;
    const struct sb_experiment_options *options;
    const struct sb_experiment_work *work;
    size_t n_cells;
    struct sb_observations *of_cell; /* (n_cells) */
    bool *is_done;
    size_t *todo, n_todo, n_finished;
    struct sb_ledger *ledger;
    pthread_mutex_t lock;
};

/* Rows that stand whole in a ledger. What is unfinished is left out; a cell that stands twice is
 * taken once, since it has the same bits. */
static enum sb_status take_cell(struct state *s, const struct sb_table *table, size_t first,
                                size_t rows, const char *path, struct sb_error *error)
{
    size_t cell = whole(table, first, 0) * s->options->n_seeds + whole(table, first, 1);
    enum sb_status status = SB_OK;
    if (whole(table, first, 1) >= s->options->n_seeds || cell >= s->n_cells)
        return sb_fail(error, SB_FORMAT, "%s: row %zu belongs to no cell of this run", path,
                       first + 1);
    if (s->is_done[cell])
        return SB_OK;
    for (size_t i = 0; i < rows && !status; i++) {
        struct sb_observation o;
        status = read_row(table, first + i, &o);
        if (status)
            free(o.documents);
        else
            status = append(&s->of_cell[cell], &o);
    }
    if (status)
        return sb_fail(error, status, "%s: row %zu: %s", path, first + 1, sb_status_phrase(status));
    s->is_done[cell] = true;
    return SB_OK;
}

static bool continues(const struct sb_table *table, size_t first, size_t i)
{
    return first + i < sb_table_n_rows(table) && whole(table, first + i, 2) == i &&
           whole(table, first + i, 0) == whole(table, first, 0) &&
           whole(table, first + i, 1) == whole(table, first, 1);
}

static enum sb_status take_rows(struct state *s, const struct sb_table *table, const char *path,
                                struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t first = 0; first < sb_table_n_rows(table) && !status;) {
        size_t rows = whole(table, first, 3), n = 0;
        while (n < rows && continues(table, first, n))
            n++;
        if (n == rows && n)
            status = take_cell(s, table, first, rows, path, error);
        first += n ? n : 1;
    }
    return status;
}

/* ---- ledgers ----------------------------------------------------------------------------------- */

static void name_ledger(const struct state *s, char *name, size_t size)
{
    if (s->work->n_shards > 1)
        snprintf(name, size, "%s.rows.%zu-of-%zu.tsv", s->experiment->name, s->work->shard + 1,
                 s->work->n_shards);
    else
        snprintf(name, size, "%s.rows.tsv", s->experiment->name);
}

static enum sb_status open_own(struct state *s, struct sb_error *error)
{
    char name[128], path[4096];
    struct sb_table *done;
    name_ledger(s, name, sizeof name);
    if (snprintf(path, sizeof path, "%s/%s", s->work->folder, name) >= (int)sizeof path)
        return sb_fail(error, SB_LIMIT, "%s: the path is too long", s->work->folder);
    enum sb_status status = sb_ledger_open(path, s->work->header, &done, &s->ledger, error);
    if (!status && done)
        status = take_rows(s, done, path, error);
    sb_table_free(done);
    return status;
}

static enum sb_status read_other(struct state *s, const char *path, struct sb_error *error)
{
    struct sb_table *table = sb_table_create();
    FILE *file = fopen(path, "r");
    long end;
    enum sb_status status = SB_OK;
    if (!table)
        status = sb_fail_memory(error);
    else if (!file)
        status = sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    if (!status)
        status = sb_table_read_whole_lines(file, path, table, &end, error);
    if (!status && sb_table_n_columns(table) && !sb_table_begins(table, s->work->header))
        status = sb_fail(error, SB_FORMAT,
                         "%s: belongs to other options or another version; remove it, or name "
                         "another folder",
                         path);
    if (!status && sb_table_n_columns(table))
        status = take_rows(s, table, path, error);
    if (file)
        fclose(file);
    sb_table_free(table);
    return status;
}

static int is_ledger_of(const char *file, const char *name)
{
    size_t n = strlen(name), length = strlen(file);
    return length >= n + 9 && strncmp(file, name, n) == 0 && strncmp(file + n, ".rows.", 6) == 0 &&
           strcmp(file + length - 4, ".tsv") == 0;
}

/* The ledgers of other shards. */
static enum sb_status read_others(struct state *s, struct sb_error *error)
{
    char own[128], path[4096];
    enum sb_status status = SB_OK;
    name_ledger(s, own, sizeof own);
    DIR *folder = opendir(s->work->folder);
    if (!folder)
        return sb_fail(error, SB_IO, "%s: %s", s->work->folder, strerror(errno));
    for (struct dirent *entry; !status && (entry = readdir(folder));) {
        bool is_own = s->ledger && strcmp(entry->d_name, own) == 0;
        if (is_own || !is_ledger_of(entry->d_name, s->experiment->name))
            continue;
        if (snprintf(path, sizeof path, "%s/%s", s->work->folder, entry->d_name) < (int)sizeof path)
            status = read_other(s, path, error);
    }
    closedir(folder);
    return status;
}

/* ---- cells ------------------------------------------------------------------------------------- */

static enum sb_status write_cell(struct state *s, size_t cell, struct sb_error *error)
{
    struct sb_observations *o = &s->of_cell[cell];
    struct sb_table *rows = sb_table_create();
    enum sb_status status = rows ? SB_OK : SB_MEMORY;
    if (rows)
        begin_rows(rows);
    for (size_t i = 0; i < o->n && !status; i++)
        status = write_row(rows, &o->items[i], i, o->n);
    if (status)
        sb_fail_memory(error);
    else
        status = sb_ledger_append(s->ledger, rows, error);
    sb_table_free(rows);
    return status;
}

static enum sb_status run_cell(void *context, size_t item, size_t thread, struct sb_error *error)
{
    (void)thread;
    struct state *s = context;
    size_t cell = s->todo[item], condition = cell / s->options->n_seeds,
           seed = cell % s->options->n_seeds;
    struct sb_observations *o = &s->of_cell[cell];
    char name[128];
    enum sb_status status = s->experiment->run(s->options, condition, seed, o, error);
    if (status) {
        struct sb_error problem = *error;
        s->experiment->name_condition(s->options, condition, name, sizeof name);
        return sb_fail(error, status, "%s, %s, seed %llu: %.700s", s->experiment->name, name,
                       (unsigned long long)(s->options->seed + seed), problem.message);
    }
    for (size_t i = 0; i < o->n; i++) {
        o->items[i].condition = condition;
        o->items[i].seed = seed;
    }
    pthread_mutex_lock(&s->lock);
    status = write_cell(s, cell, error);
    s->is_done[cell] = !status;
    s->n_finished++;
    if (s->work->progress)
        s->work->progress(s->work->context, s->n_finished, s->n_todo);
    pthread_mutex_unlock(&s->lock);
    return status;
}

static void choose_cells(struct state *s)
{
    for (size_t cell = s->work->shard; cell < s->n_cells; cell += s->work->n_shards)
        if (!s->is_done[cell])
            s->todo[s->n_todo++] = cell;
}

/* All observations, in the order of cells. */
static enum sb_status collect(struct state *s, struct sb_observations *observations,
                              size_t *n_missing)
{
    enum sb_status status = SB_OK;
    *n_missing = 0;
    for (size_t cell = 0; cell < s->n_cells && !status; cell++) {
        *n_missing += !s->is_done[cell];
        for (size_t i = 0; i < s->of_cell[cell].n && !status; i++) {
            status = append(observations, &s->of_cell[cell].items[i]);
            s->of_cell[cell].items[i].documents = NULL; /* handed over */
        }
    }
    return status;
}

static enum sb_status init_state(struct state *s)
{
    s->n_cells = s->experiment->n_conditions(s->options) * s->options->n_seeds;
    s->of_cell = calloc(s->n_cells + 1, sizeof *s->of_cell);
    s->is_done = calloc(s->n_cells + 1, sizeof *s->is_done);
    s->todo = malloc((s->n_cells + 1) * sizeof *s->todo);
    return s->of_cell && s->is_done && s->todo && !pthread_mutex_init(&s->lock, NULL) ? SB_OK
                                                                                      : SB_MEMORY;
}

static void clear_state(struct state *s)
{
    for (size_t cell = 0; s->of_cell && cell < s->n_cells; cell++)
        sb_observations_clear(&s->of_cell[cell]);
    free(s->of_cell);
    free(s->is_done);
    free(s->todo);
    pthread_mutex_destroy(&s->lock);
}

static enum sb_status run_cells(struct state *s, struct sb_error *error)
{
    choose_cells(s);
    if (s->work->progress)
        s->work->progress(s->work->context, 0, s->n_todo);
    enum sb_status status = sb_parallel_for(s->experiment->is_wide ? 1 : s->work->n_threads,
                                            s->n_todo, run_cell, s, error);
    struct sb_error second;
    enum sb_status closed = sb_ledger_close(s->ledger, status ? &second : error);
    return status ? status : closed;
}

enum sb_status sb_experiment_run(const struct sb_experiment *experiment,
                                 const struct sb_experiment_options *options,
                                 const struct sb_experiment_work *work,
                                 struct sb_observations *observations, size_t *n_missing,
                                 struct sb_error *error)
{
    struct state s = { .experiment = experiment, .options = options, .work = work };
    enum sb_status status = init_state(&s);
    if (status) {
        clear_state(&s);
        return sb_fail_memory(error);
    }
    begin_rows(work->header);
    if (!work->only_reads)
        status = open_own(&s, error);
    if (!status)
        status = read_others(&s, error);
    if (!status && !work->only_reads)
        status = run_cells(&s, error);
    else if (s.ledger)
        sb_ledger_close(s.ledger, NULL);
    if (!status && collect(&s, observations, n_missing))
        status = sb_fail_memory(error);
    clear_state(&s);
    return status;
}

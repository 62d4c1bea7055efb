/* One figure from its table, drawn by gnuplot.
 *
 * A picture is made in a folder of its own beside the target: the table, a complete gnuplot script
 * (terminal, style, figure) and what gnuplot makes of them. When all is well the files move up,
 * else the folder goes: there is no half of a picture.
 */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/cli.h"
#include "cli/picture.h"
#include "cli/process.h"
#include "cli/text.h"
#include "data/output.h"

/* ---- the table ----------------------------------------------------------------------------- */

static enum sb_status check_columns(const struct picture *p, const struct sb_table *table,
                                    const char *path, struct sb_error *error)
{
    char *columns = picture_declaration(p->script, "columns"),
         *from = picture_declaration(p->script, "from");
    enum sb_status status = columns && from ? SB_OK : sb_fail_memory(error);
    char *rest = columns, *name;
    size_t column;
    while (!status && (name = strtok_r(rest, " ", &rest)))
        if (!sb_table_find_column(table, name, &column))
            status =
                sb_fail(error, SB_FORMAT,
                        "%s: no column \"%s\", which the figure %s draws; such a table is made "
                        "by: %s",
                        path, name, p->figure, from);
    if (!status && sb_table_n_rows(table) == 0)
        status = sb_fail(error, SB_FORMAT, "%s: no rows to draw; such a table is made by: %s", path,
                         from);
    free(columns);
    free(from);
    return status;
}

/* Adds the rows of another table that has the same columns. */
static enum sb_status append_rows(struct sb_table *table, const char *path, struct sb_error *error)
{
    struct sb_table *more;
    enum sb_status status = sb_table_read(path, &more, error);
    if (status)
        return status;
    size_t n = sb_table_n_columns(table);
    bool same = sb_table_n_columns(more) == n;
    for (size_t j = 0; same && j < n; j++)
        same = strcmp(sb_table_column_name(more, j), sb_table_column_name(table, j)) == 0;
    if (!same)
        status =
            sb_fail(error, SB_FORMAT,
                    "%s: its columns differ from those of the first table; draw them apart", path);
    for (size_t i = 0; same && i < sb_table_n_rows(more); i++)
        for (size_t j = 0; j < n; j++)
            sb_table_text(table, sb_table_text_at(more, i, j));
    sb_table_free(more);
    return status;
}

/* Sorts paths by what the first rows of their tables hold in a column, so that a curve through several
 * tables runs in one direction however they were named. */
static enum sb_status order_paths(const char *column, const char **paths, size_t n,
                                  struct sb_error *error)
{
    double *keys = malloc(n * sizeof *keys);
    enum sb_status status = keys ? SB_OK : sb_fail_memory(error);
    for (size_t i = 0; i < n && !status; i++) {
        struct sb_table *table;
        size_t at;
        status = sb_table_read(paths[i], &table, error);
        if (status)
            break;
        bool found = sb_table_find_column(table, column, &at) && sb_table_n_rows(table);
        double key = found ? sb_table_real_at(table, 0, at) : NAN;
        sb_table_free(table);
        const char *path = paths[i];
        size_t j = i;
        for (; j > 0 && keys[j - 1] > key; j--) {
            keys[j] = keys[j - 1];
            paths[j] = paths[j - 1];
        }
        keys[j] = key;
        paths[j] = path;
    }
    free(keys);
    return status;
}

static enum sb_status read_tables(const struct picture *p, const char **paths, size_t n,
                                  struct sb_table **table, struct sb_error *error)
{
    struct sb_table *new;
    char *order = picture_declaration(p->script, "order");
    enum sb_status status = order ? SB_OK : sb_fail_memory(error);
    if (!status && *order && n > 1)
        status = order_paths(order, paths, n, error);
    free(order);
    if (!status)
        status = sb_table_read(paths[0], &new, error);
    if (status)
        return status;
    for (size_t i = 1; i < n && !status; i++) {
        status = append_rows(new, paths[i], error);
        sb_table_provenance(new, "merged", "%zu tables", i + 1);
    }
    if (!status)
        status = check_columns(p, new, paths[0], error);
    if (status)
        sb_table_free(new);
    else
        *table = new;
    return status;
}

/* ---- what gnuplot reads -------------------------------------------------------------------- */

static enum sb_status open_file(const struct picture *p, const char *name, struct sb_output *output,
                                struct sb_error *error)
{
    char *path = cli_text("%s/%s", p->work, name);
    enum sb_status status = path ? sb_output_open(output, path, error) : sb_fail_memory(error);
    free(path);
    return status;
}

static enum sb_status close_file(struct sb_output *output, enum sb_status status,
                                 struct sb_error *error)
{
    if (!status)
        return sb_output_commit(output, error);
    sb_output_discard(output);
    return status;
}

static enum sb_status write_table(const struct picture *p, const struct sb_table *table,
                                  struct sb_error *error)
{
    struct sb_output output;
    enum sb_status status = open_file(p, p->table_name, &output, error);
    if (status)
        return status;
    return close_file(&output, sb_table_write_tsv(table, output.file, error), error);
}

static enum sb_status write_script(const struct picture *p, const struct sb_table *table,
                                   struct sb_error *error)
{
    struct sb_output output;
    char *name = cli_text("%s.gp", p->base);
    enum sb_status status = name ? open_file(p, name, &output, error) : sb_fail_memory(error);
    free(name);
    if (status)
        return status;
    return close_file(&output, picture_write_script(p, table, output.file, error), error);
}

/* ---- gnuplot ------------------------------------------------------------------------------- */

/* gnuplot says
 *
 *   set kye bottom
 *       ^
 *   "fig.gp" line 18: unrecognized option
 *
 * where the first two lines may be missing: the reason of the last such line, and the command. */
static enum sb_status fail_gnuplot(const struct picture *p, char *messages, struct sb_error *error)
{
    const char *command = "", *reason = "no reason given", *place;
    char *rest = messages, *line;
    while ((line = strtok_r(rest, "\n", &rest)))
        if (*line == '"' && (place = strstr(line, "\" line ")))
            reason = place + 2;
        else if (!*command)
            command = line;
    return sb_fail(error, SB_FORMAT, "figure %s: gnuplot, %s%s%.100s", p->figure, reason,
                   *command ? ": " : "", command);
}

static enum sb_status print(const char *characters, struct sb_error *error)
{
    struct sb_output output;
    enum sb_status status = sb_output_open(&output, NULL, error);
    if (!status) {
        fputs(characters, output.file);
        status = sb_output_commit(&output, error);
    }
    return status;
}

static enum sb_status run_gnuplot(const struct picture *p, struct sb_error *error)
{
    char *script = cli_text("./%s.gp", p->base);
    if (!script)
        return sb_fail_memory(error);
    struct cli_process_result result;
    enum sb_status status = cli_process_run(
        &(struct cli_process){
            .argv = (const char *const[]){ "gnuplot", script, NULL },
            .folder = p->work,
            .environment = (const char *const[]){ "TZ", "UTC0", "LC_ALL", "C.UTF-8", NULL },
        },
        &result, error);
    free(script);
    if (status)
        return status;
    if (result.status == CLI_NOT_FOUND)
        status = sb_fail(error, SB_IO,
                         "gnuplot cannot be started; install it (on Debian: apt-get install "
                         "gnuplot-nox) and try again");
    else if (result.status)
        status = fail_gnuplot(p, result.messages, error);
    else if (!p->kind)
        status = print(result.output, error);
    cli_process_result_clear(&result);
    return status;
}

/* ---- what gnuplot left --------------------------------------------------------------------- */

/* The place of a text in size bytes, or NULL. */
static char *find_bytes(char *bytes, size_t size, const char *text)
{
    size_t n = strlen(text);
    for (size_t i = 0; i + n <= size; i++)
        if (memcmp(bytes + i, text, n) == 0)
            return bytes + i;
    return NULL;
}

/* Refuses half a picture, and replaces the time of drawing by one that is always the same. */
static enum sb_status finish_file(const char *path, struct sb_error *error)
{
    const struct picture_kind *kind = picture_kind_of(path);
    char *bytes, *date;
    size_t size;
    if (!kind)
        return SB_OK;
    enum sb_status status = cli_read_file(path, &bytes, &size, error);
    if (status)
        return status;
    size_t tail = size < 4096 ? size : 4096;
    if (!find_bytes(bytes + size - tail, tail, kind->ending)) {
        status = sb_fail(error, SB_IO,
                         "%s: gnuplot wrote only a part of it: disk full? nothing was left "
                         "behind; make room there, or choose another folder",
                         strrchr(path, '/') + 1);
    } else if (kind->date && (date = find_bytes(bytes, size, kind->date))) {
        FILE *file = fopen(path, "r+b");
        bool failed = !file || fseek(file, date - bytes + (long)strlen(kind->date), SEEK_SET) ||
                      fputs(kind->no_date, file) < 0;
        if ((file && fclose(file)) || failed)
            status = sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    }
    free(bytes);
    return status;
}

static enum sb_status move_up(const struct picture *p, const char *name, struct sb_error *error)
{
    if (p->table_stands && strcmp(name, p->table_name) == 0)
        return SB_OK;
    char *from = cli_text("%s/%s", p->work, name), *to = cli_text("%s/%s", p->folder, name);
    enum sb_status status = from && to ? SB_OK : sb_fail_memory(error);
    if (!status && rename(from, to))
        status = sb_fail(error, SB_IO, "%s: cannot be written: %s", to, strerror(errno));
    free(from);
    free(to);
    return status;
}

static enum sb_status finish(const struct picture *p, const char *name, struct sb_error *error)
{
    char *path = cli_text("%s/%s", p->work, name);
    enum sb_status status = path ? finish_file(path, error) : sb_fail_memory(error);
    free(path);
    return status;
}

static enum sb_status finish_target(const struct picture *p, struct sb_error *error)
{
    char *name = cli_text("%s.%s", p->base, p->kind->suffix);
    enum sb_status status = name ? finish(p, name, error) : sb_fail_memory(error);
    free(name);
    return status;
}

static enum sb_status discard(const struct picture *p, const char *name, struct sb_error *error)
{
    (void)error;
    char path[8192]; /* from memory that is there */
    if (snprintf(path, sizeof path, "%s/%s", p->work, name) < (int)sizeof path)
        unlink(path);
    return SB_OK;
}

/* Does the same to each file in the folder of work, as far as it goes well. */
static enum sb_status each_file(const struct picture *p, DIR *folder,
                                enum sb_status (*action)(const struct picture *, const char *,
                                                         struct sb_error *),
                                struct sb_error *error)
{
    enum sb_status status = SB_OK;
    struct dirent *entry;
    rewinddir(folder);
    while (!status && (entry = readdir(folder)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = action(p, entry->d_name, error);
    return status;
}

static enum sb_status draw(struct picture *p, const struct sb_table *table, struct sb_error *error)
{
    if (!mkdtemp(p->work))
        return sb_fail(error, SB_IO,
                       "%s: cannot be written: %s; choose a folder that exists and is writable",
                       p->folder, strerror(errno));
    DIR *folder = opendir(p->work); /* now: at the end, nothing may be left because of it */
    enum sb_status status = folder ? write_table(p, table, error)
                                   : sb_fail(error, SB_IO, "%s: %s", p->work, strerror(errno));
    if (!status)
        status = write_script(p, table, error);
    if (!status)
        status = run_gnuplot(p, error);
    if (!status && p->kind)
        status = finish_target(p, error);
    if (!status && p->kind)
        status = each_file(p, folder, finish, error); /* a .tex has its .pdf */
    if (!status && p->kind)
        status = each_file(p, folder, move_up, error);
    if (folder) {
        each_file(p, folder, discard, NULL);
        closedir(folder);
    }
    rmdir(p->work);
    return status;
}

/* ---- the command --------------------------------------------------------------------------- */

/* "77mm", "3in": millimetres in *mm. */
static bool parse_length(const char *text, double *mm)
{
    static const struct {
        const char *name;
        double mm;
    } units[] = { { "mm", 1 }, { "cm", 10 }, { "in", 25.4 }, { "pt", 25.4 / 72 } };
    char *end;
    double x = strtod(text, &end);
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(end, units[i].name) == 0 && x * units[i].mm >= 10 && x * units[i].mm <= 2000) {
            *mm = x * units[i].mm;
            return true;
        }
    return false;
}

/* "folder/base.suffix" into its parts; "." for no folder. */
static bool split_target(struct picture *p, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    p->folder = !slash          ? strdup(".")
                : slash == path ? strdup("/")
                                : strndup(path, (size_t)(slash - path));
    p->base = strndup(name, (size_t)(dot - name));
    p->work = p->folder && p->base ? cli_text("%s/.%s.XXXXXX", p->folder, p->base) : NULL;
    return p->work;
}

static bool split_terminal(struct picture *p)
{
    const char *base = getenv("TMPDIR");
    p->folder = strdup(base && *base ? base : "/tmp");
    p->base = strdup(p->figure);
    p->work = p->folder ? cli_text("%s/springback.XXXXXX", p->folder) : NULL;
    return p->base && p->work;
}

/* The one input keeps its name when it lies beside the picture; otherwise the data of the picture
 * are written beside it under the picture's name. */
static bool name_table(struct picture *p, const char *const *paths, size_t n)
{
    const char *slash = strrchr(paths[0], '/');
    char *folder = slash ? strndup(paths[0], (size_t)(slash - paths[0]) + 1) : strdup(".");
    struct stat of_table, of_target;
    if (!folder)
        return false;
    p->table_stands = n == 1 && stat(folder, &of_table) == 0 && stat(p->folder, &of_target) == 0 &&
                      of_table.st_dev == of_target.st_dev && of_table.st_ino == of_target.st_ino;
    free(folder);
    p->table_name =
        p->table_stands ? strdup(slash ? slash + 1 : paths[0]) : cli_text("%s.tsv", p->base);
    return p->table_name;
}

static int unknown_figure(const struct cli_command *command, const char *name)
{
    char *figures = picture_figures();
    int status = cli_usage(command, "no figure \"%s\"; there are%s", name, figures ? figures : "");
    free(figures);
    return status;
}

static void picture_clear(struct picture *p)
{
    free(p->folder);
    free(p->base);
    free(p->work);
    free(p->table_name);
}

static int make(struct picture *p, const struct cli_run *run)
{
    struct sb_error error = { "" };
    struct sb_table *table = NULL;
    const char **inputs = run->arguments.items + 1;
    size_t n = run->arguments.n - 1;
    bool named = p->kind ? split_target(p, run->output) : split_terminal(p);
    enum sb_status status = named && name_table(p, inputs, n) ? SB_OK : sb_fail_memory(&error);
    if (!status)
        status = read_tables(p, inputs, n, &table, &error);
    if (!status && p->height_mm == 0)
        p->height_mm = p->width_mm * picture_height_share(p, table);
    if (!status && p->height_mm == 0)
        status = sb_fail_memory(&error);
    if (!status)
        status = draw(p, table, &error);
    sb_table_free(table);
    picture_clear(p);
    return status ? cli_fail(&error) : 0;
}

static int plot(const struct cli_command *command, int argc, char **argv)
{
    const char *width = "77mm", *height = NULL;
    bool terminal = false;
    struct picture p = { .font = "Helvetica" };
    const struct cli_option options[] = {
        { "width", CLI_TEXT, &width, "LENGTH", "in mm, cm, in or pt (default 77mm)" },
        { "height", CLI_TEXT, &height, "LENGTH", "default: a share of the width" },
        { "font", CLI_TEXT, &p.font, "NAME[,POINTS]",
          "default Helvetica,8; LaTeX pictures take the document's" },
        { "set", CLI_TEXTS, &p.settings, "SETTING",
          "for gnuplot, such as 'key bottom' (repeatable)" },
        { "terminal", CLI_FLAG, &terminal, NULL, "draw with characters on standard output" },
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    int status = cli_begin(&run, command, options, argc, argv);
    const char *figure = status < 0 && run.arguments.n ? run.arguments.items[0] : NULL;
    if (status < 0 && (run.json || run.tsv))
        status = cli_usage(command, "the result is a picture; --json and --tsv do not apply");
    if (status < 0 && run.arguments.n < 2)
        status = cli_usage(command, "name a figure and a table");
    if (status < 0 && (!(p.script = picture_script(figure)) || strcmp(figure, "style") == 0))
        status = unknown_figure(command, figure);
    if (status < 0 && terminal == (run.output != NULL))
        status = cli_usage(command, "name the picture with -o FILE, or give --terminal");
    if (status < 0 && run.output && !(p.kind = picture_kind_of(run.output)))
        status = cli_usage(command, "%s: a picture's name ends in .pdf, .svg, .png, .tex or .tikz",
                           run.output);
    if (status < 0 && !parse_length(width, &p.width_mm))
        status = cli_usage(command, "--width \"%s\": expected 10mm to 2m, such as 77mm", width);
    if (status < 0 && height && !parse_length(height, &p.height_mm))
        status = cli_usage(command, "--height \"%s\": expected 10mm to 2m, such as 58mm", height);
    if (status < 0) {
        p.figure = figure;
        status = make(&p, &run);
    }
    cli_end(&run);
    return status;
}

const struct cli_command plot_command = {
    .name = "plot",
    .summary = "draw one figure from its table",
    .usage = "plot FIGURE TABLE.tsv... -o PICTURE [options]",
    .text = "Draws with gnuplot (5.4 or later). The picture's name chooses its kind: .pdf,\n"
            ".svg, .png, .tex (cairolatex: text set by LaTeX over a PDF) or .tikz. Beside the\n"
            "picture stay its table and a complete gnuplot script, to be changed and run again.\n"
            "Several tables with the same columns are drawn as one.\n"
            "\n"
            "  rates       rates of the three datasets against the perturbation, for several k\n"
            "  ratio       R against l/l* between its bounds\n"
            "  slopes      slopes at l = 0 against k, with the powers -1 and -2\n"
            "  tree        a pruned token tree with masses and codewords\n"
            "  depth       rates and normalised rates by depth, with intervals\n"
            "  language    theory, exact values and counts on the controlled language\n"
            "  layers      kappa layer by layer\n"
            "  predictors  rates of a dataset under several predictors, with intervals\n"
            "  estimators  estimates of an entropy against the size of the sample\n"
            "  noisy       slopes and R from noisy rates, with intervals\n"
            "  entropy_rate  entropy per symbol from blocks and matches\n"
            "  coverage    how often intervals hold the truth\n"
            "  compare     KL between checkpoints by position, with intervals\n"
            "  autocovariance  correlations along one document, and the window on them\n"
            "  signs       which signs the slopes have over k and l\n"
            "  sequential  odds of alignment and perturbation during sequential fine-tuning\n"
            "  memory      what is left of the alignment on quadratic losses\n"
            "  springs     two datasets as springs in series\n"
            "  phase       where Pareto masses make the theorem's signs hold\n"
            "  codes       rates of Huffman's codes: staircases, and the smooth curve\n"
            "  blocks      what blocks of leaves cost beyond the entropy\n"
            "  documents   how surely n documents show the theorem's sign\n"
            "  totals      tails of a total code length\n"
            "  masses      masses of leaves and the laws fitted to their tail\n"
            "  balance     joint training: kappa measured against exact, errors by R2\n"
            "  responses   what a step on each dataset does to the rates of all\n"
            "  path        energies and rates from the base to the aligned model\n"
            "  resistance  training loss of checkpoints, back and on\n"
            "  prequential  bits to undo an alignment and to learn it again, document by document\n"
            "  rebound     margin of aligned models against opposed documents\n"
            "  heat        the same, and KL to the base, as maps\n"
            "  controls    the same against data that do not oppose the alignment\n"
            "  forms       the same of other kinds of models\n"
            "  extensions  springs as long as they were measured\n"
            "  contrasts   decline of aligned models less that of the base\n"
            "  scale       the rebound against parameters or pre-training\n"
            "  kl          KL to the base along what is learned next\n"
            "  mitigation  what is left of an alignment against replay",
    .examples = "  springback plot ratio ratio.tsv -o ratio.pdf\n"
                "  springback plot ratio ratio.tsv -o fig4.tex --width 3in --set 'key bottom'\n"
                "  springback plot depth depth.tsv --terminal",
    .run = plot,
};

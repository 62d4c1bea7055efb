/* A literate report: a Markdown template whose blocks marked "springback" are run, and which comes
 * out as report.md and report.html with what they printed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cli/cli.h"
#include "cli/markdown.h"
#include "cli/plot_scripts.h"
#include "cli/process.h"
#include "cli/text.h"
#include "data/output.h"

struct report {
    struct cli_run *run;
    const char *template_path, *folder;
    char *template_folder; /* absolute; what blocks know as $TEMPLATE */
    char *path;            /* PATH with this binary's folder first */
    char *datasets;        /* what $DATASETS in a block stands for; "" for none */
    size_t n_blocks, n_run;
};

/* ---- the environment of the blocks --------------------------------------------------------- */

/* PATH with the running binary's folder in front, so that a block's "springback" is this one; PATH
 * as it is where the system does not say which file is running. */
static char *search_path(void)
{
    const char *path = getenv("PATH");
    char binary[4096];
    ssize_t n = readlink("/proc/self/exe", binary, sizeof binary - 1);
    binary[n > 0 ? n : 0] = 0;
    char *slash = strrchr(binary, '/');
    if (!slash)
        return strdup(path ? path : "");
    *slash = 0;
    return path ? cli_text("%s:%s", binary, path) : strdup(binary);
}

/* The absolute name of the folder that a file lies in. */
static char *folder_of(const char *path)
{
    char here[4096];
    const char *slash = strrchr(path, '/');
    int n = slash ? (int)(slash - path) : 0;
    if (*path == '/')
        return cli_text("%.*s/", n, path);
    return getcwd(here, sizeof here) ? cli_text("%s/%.*s", here, n, path) : NULL;
}

/* Makes the folder and those above it. */
static enum sb_status make_folder(const char *path, struct sb_error *error)
{
    char *copy = strdup(path);
    if (!copy)
        return sb_fail_memory(error);
    for (char *c = copy + 1;; c++) {
        char held = *c;
        if (held != '/' && held != 0)
            continue;
        *c = 0;
        if (mkdir(copy, 0777) && errno != EEXIST) {
            enum sb_status status = sb_fail(
                error, SB_IO, "%s: the folder cannot be made: %s; choose another with --output",
                copy, strerror(errno));
            free(copy);
            return status;
        }
        *c = held;
        if (!held)
            break;
    }
    free(copy);
    return SB_OK;
}

/* ---- datasets ------------------------------------------------------------------------------ */

/* One word of a shell command. */
static void put_word(const char *text, FILE *file)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
                                "-+=.,:/@%";
    bool quoted = text[strspn(text, plain)];
    fputs(quoted ? " '" : " ", file);
    for (const char *c = text; *c; c++)
        if (*c == '\'')
            fputs("'\\''", file);
        else
            putc(*c, file);
    fputs(quoted ? "'" : "", file);
}

/* NAME=PATH with an absolute path, since blocks run in another folder. */
static enum sb_status put_dataset(const char *argument, FILE *file, struct sb_error *error)
{
    char here[4096], *name, *word = NULL;
    const char *path;
    enum sb_status status = cli_dataset(argument, &name, &path, error);
    if (status)
        return status;
    if (strcmp(path, "-") == 0)
        status = sb_fail(error, SB_FORMAT,
                         "-: a report reads its datasets several times; save standard input to a "
                         "file and name that");
    else if (*path == '/')
        word = cli_text("%s=%s", name, path);
    else if (getcwd(here, sizeof here))
        word = cli_text("%s=%s/%s", name, here, path);
    if (word)
        put_word(word, file);
    else if (!status)
        status = sb_fail_memory(error);
    free(word);
    free(name);
    return status;
}

/* Datasets, and options for reading them, as words of a command; a new string. */
static enum sb_status format_datasets(const struct cli_texts *datasets,
                                      const struct cli_texts *options, char **words,
                                      struct sb_error *error)
{
    size_t size;
    FILE *stream = open_memstream(words, &size);
    if (!stream)
        return sb_fail_memory(error);
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < options->n; i++)
        put_word(options->items[i], stream);
    for (size_t i = 0; i < datasets->n && !status; i++)
        status = put_dataset(datasets->items[i], stream, error);
    if (fclose(stream) && !status)
        status = sb_fail_memory(error);
    return status;
}

/* A block with every " $DATASETS" replaced; a new string. */
static enum sb_status expand(const struct report *r, size_t line_number, const char *script,
                             size_t n, char **expanded, struct sb_error *error)
{
    static const char mark[] = " $DATASETS";
    char *copy = strndup(script, n), *result;
    size_t size;
    FILE *stream = copy ? open_memstream(&result, &size) : NULL;
    const char *rest = copy, *found;
    enum sb_status status = stream ? SB_OK : sb_fail_memory(error);
    while (!status && (found = strstr(rest, mark))) {
        fprintf(stream, "%.*s%s", (int)(found - rest), rest, r->datasets);
        rest = found + strlen(mark);
        if (!*r->datasets)
            status = sb_fail(error, SB_FORMAT,
                             "%s line %zu: it is a report on datasets; name them with --data",
                             r->template_path, line_number);
    }
    if (!status)
        fputs(rest, stream);
    if (stream && fclose(stream) && !status)
        status = sb_fail_memory(error);
    if (stream && status)
        free(result);
    free(copy);
    if (!status)
        *expanded = result;
    return status;
}

/* ---- what a block printed ------------------------------------------------------------------ */

/* Takes the next field off a line: up to a tab, or up to two spaces. Returns false at its end. */
static bool take_field(const char **line, bool tabs, const char **field, size_t *n)
{
    if (!tabs)
        *line += strspn(*line, " ");
    if (**line == 0 || **line == '\n')
        return false;
    const char *end = *line;
    while (*end && *end != '\n' && !(tabs ? *end == '\t' : end[0] == ' ' && end[1] == ' '))
        end++;
    *field = *line;
    *n = (size_t)(end - *line);
    *line = end + (tabs && *end == '\t');
    return true;
}

static size_t count_fields(const char *line, bool tabs)
{
    const char *field;
    size_t n, count = 0;
    while (take_field(&line, tabs, &field, &n))
        count++;
    return count;
}

static const char *next_line(const char *line)
{
    return line + strcspn(line, "\n") + (line[strcspn(line, "\n")] == '\n');
}

/* TSV or an aligned table: at least two lines, all with the same number of fields, two or more. */
static bool is_table(const char *output, bool tabs)
{
    size_t n_fields = count_fields(output, tabs), n_lines = 0;
    for (const char *line = output; *line; line = next_line(line), n_lines++)
        if (count_fields(line, tabs) != n_fields)
            return false;
    return n_fields >= 2 && n_lines >= 2;
}

static bool is_number(const char *field, size_t n)
{
    char *end;
    strtod(field, &end);
    return end == field + n || (n == 2 && memcmp(field, "NA", 2) == 0);
}

/* Numbers below the head only? */
static bool is_numeric_column(const char *output, bool tabs, size_t column)
{
    for (const char *line = next_line(output); *line; line = next_line(line)) {
        const char *rest = line, *field = line;
        size_t n = 0;
        for (size_t i = 0; i <= column; i++)
            take_field(&rest, tabs, &field, &n);
        if (!is_number(field, n))
            return false;
    }
    return true;
}

static void put_table(const char *output, bool tabs, FILE *markdown)
{
    for (const char *line = output; *line; line = next_line(line)) {
        const char *rest = line, *field;
        size_t n;
        while (take_field(&rest, tabs, &field, &n)) {
            fputs("| ", markdown);
            cli_markdown_escape(field, n, markdown);
            putc(' ', markdown);
        }
        fputs("|\n", markdown);
        for (size_t i = 0; line == output && i < count_fields(output, tabs); i++)
            fputs(is_numeric_column(output, tabs, i) ? "|---:" : "|---", markdown);
        if (line == output)
            fputs("|\n", markdown);
    }
}

/* Fenced by more backticks than stand anywhere in it. */
static void put_code(const char *kind, const char *code, FILE *markdown)
{
    int fence = 3, run = 0;
    for (const char *c = code; *c; c++) {
        run = *c == '`' ? run + 1 : 0;
        fence = run >= fence ? run + 1 : fence;
    }
    char marks[64] = "";
    memset(marks, '`', (size_t)(fence < 63 ? fence : 63));
    bool ended = *code && code[strlen(code) - 1] == '\n';
    fprintf(markdown, "%s%s\n%s%s%s\n", marks, kind, code, ended ? "" : "\n", marks);
}

/* Cuts off and returns the next stretch without blank lines; NULL at the end. */
static char *take_stretch(char **rest)
{
    char *start = *rest + strspn(*rest, "\n"), *end = strstr(start, "\n\n");
    if (!*start)
        return NULL;
    *rest = end ? end + 2 : start + strlen(start);
    if (end)
        end[1] = 0;
    return start;
}

/* Each stretch as a table or as code. Returns whether there was a table; without a file only that. */
static bool put_stretches(char *output, FILE *markdown)
{
    bool any = false;
    char *stretch;
    while ((stretch = take_stretch(&output))) {
        while (*stretch == '#' && strchr(stretch, '\t')) { /* a TSV's provenance */
            stretch += strcspn(stretch, "\n");
            stretch += *stretch == '\n';
        }
        bool tabs = is_table(stretch, true), table = tabs || is_table(stretch, false);
        any |= table;
        if (markdown && table)
            put_table(stretch, tabs, markdown);
        else if (markdown)
            put_code("", stretch, markdown);
        if (markdown)
            putc('\n', markdown);
    }
    return any;
}

/* Output with tables in it is shown as tables and what stands between them; any other as it is. */
static enum sb_status put_output(const char *output, FILE *markdown, struct sb_error *error)
{
    char *copy = strdup(output);
    if (!copy)
        return sb_fail_memory(error);
    putc('\n', markdown);
    if (put_stretches(copy, NULL)) {
        strcpy(copy, output);
        put_stretches(copy, markdown);
    } else {
        put_code("", output, markdown);
        putc('\n', markdown);
    }
    free(copy);
    return SB_OK;
}

/* ---- running a block ----------------------------------------------------------------------- */

/* The shell's trace marks commands, so that what failed can be named; PS4 is its mark. */
static const char trace[] = "+ ";

static enum sb_status fail_block(const struct report *r, size_t line_number, char *messages,
                                 int exit_status, struct sb_error *error)
{
    const char *command = "", *reason = "";
    char *rest = messages, *line;
    while ((line = strtok_r(rest, "\n", &rest)))
        if (strncmp(line, trace, strlen(trace)) == 0)
            command = line + strlen(trace), reason = "";
        else
            reason = line;
    if (!*command && !*reason && exit_status == CLI_NOT_FOUND)
        return sb_fail(error, SB_IO,
                       "%s line %zu: the shell sh cannot be started; PATH must name its folder, "
                       "such as /bin",
                       r->template_path, line_number);
    return sb_fail(error, SB_FORMAT, "%s line %zu: \"%s\" failed with status %d%s%s",
                   r->template_path, line_number, command, exit_status, *reason ? ": " : "",
                   reason);
}

/* Passes on what this program's commands remarked. (Traces of a pipeline's commands may mix.) */
static void pass_remarks(const struct report *r, char *messages)
{
    char *rest = messages, *line;
    while (!r->run->quiet && (line = strtok_r(rest, "\n", &rest)))
        if (strncmp(line, "springback: ", strlen("springback: ")) == 0)
            fprintf(stderr, "%s\n", line);
}

static enum sb_status run_block(struct report *r, size_t line_number, const char *script,
                                FILE *markdown, struct sb_error *error)
{
    cli_progress(r->run, "report", (double)r->n_run++, (double)r->n_blocks);
    struct cli_process_result result;
    enum sb_status status = cli_process_run(
        &(struct cli_process){
            .argv = (const char *const[]){ "sh", "-exc", script, NULL },
            .folder = r->folder,
            .environment = (const char *const[]){ "PATH", r->path, "TEMPLATE", r->template_folder,
                                                  "PS4", trace, NULL },
        },
        &result, error);
    if (status)
        return status;
    if (result.status)
        status = fail_block(r, line_number, result.messages, result.status, error);
    else {
        pass_remarks(r, result.messages);
        put_code("sh", script, markdown);
        if (*result.output)
            status = put_output(result.output, markdown, error);
    }
    cli_process_result_clear(&result);
    return status;
}

/* ---- the template -------------------------------------------------------------------------- */

static const char block_start[] = "```springback\n", block_end[] = "```";

static bool starts_block(const char *line)
{
    return strncmp(line, block_start, strlen(block_start)) == 0;
}

static enum sb_status run_template(struct report *r, const char *text, FILE *markdown,
                                   struct sb_error *error)
{
    size_t number = 1;
    enum sb_status status = SB_OK;
    for (const char *line = text, *next; *line && !status; line = next, number++) {
        next = next_line(line);
        if (!starts_block(line)) {
            fwrite(line, 1, (size_t)(next - line), markdown);
            continue;
        }
        const char *script = next;
        size_t first = number;
        while (*next && strncmp(next, block_end, strlen(block_end)) != 0) {
            next = next_line(next);
            number++;
        }
        if (!*next)
            return sb_fail(error, SB_FORMAT, "%s line %zu: the block is not closed by ```",
                           r->template_path, first);
        char *block = NULL;
        status = expand(r, first, script, (size_t)(next - script), &block, error);
        if (!status)
            status = run_block(r, first, block, markdown, error);
        free(block);
        next = next_line(next);
        number++;
    }
    return status;
}

static size_t count_blocks(const char *text)
{
    size_t n = 0;
    for (const char *line = text; *line; line = next_line(line))
        n += starts_block(line);
    return n;
}

/* ---- the page ------------------------------------------------------------------------------ */

static const char page_head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
static const char page_style[] =
    "</title>\n<style>\n"
    "body { max-width: 50rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a;\n"
    "  background: #fff; font: 1rem/1.55 Georgia, 'Times New Roman', serif; }\n"
    "h1, h2, h3, th, figcaption { font-family: Helvetica, Arial, sans-serif; line-height: 1.25; }\n"
    "h2 { margin-top: 2.5rem; border-bottom: 1px solid #ddd; padding-bottom: .2rem; }\n"
    "pre { overflow-x: auto; padding: .6rem .8rem; font-size: .8rem; line-height: 1.4;\n"
    "  background: #f6f6f4; }\n"
    "pre.sh { border-left: 3px solid #0072b2; }\n"
    "code { font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace; }\n"
    "math[display=\"block\"] { margin: .5rem 0; overflow-x: auto; overflow-y: hidden; }\n"
    "p code, li code, td code { font-size: .88em; }\n"
    "figure { margin: 1.5rem auto; text-align: center; }\n"
    "figure img { width: 100%; max-width: 34rem; height: auto; background: #fff; }\n"
    "figcaption { font-size: .85rem; color: #444; text-align: left; max-width: 34rem;\n"
    "  margin: .4rem auto; }\n"
    ".table { overflow-x: auto; margin: 1rem 0; }\n"
    "table { border-collapse: collapse; font-size: .8rem; }\n"
    "th, td { padding: .2rem .5rem; text-align: left; white-space: nowrap; }\n"
    "th { border-bottom: 1px solid #1a1a1a; }\n"
    "td { border-bottom: 1px solid #eee; font-variant-numeric: tabular-nums; }\n"
    ".number { text-align: right; }\n"
    "@media print { body { max-width: none; font-size: 10pt; } pre { white-space: pre-wrap; }\n"
    "  table { font-size: 6.5pt; } th, td { white-space: normal; padding: .1rem .25rem; }\n"
    "  figure, pre { break-inside: avoid; } figure img { width: 9cm; }\n"
    "  h2, h3, pre.sh { break-after: avoid; } }\n"
    "</style>\n</head>\n<body>\n";
static const char page_end[] = "</body>\n</html>\n";

/* The first heading's text, or the file's name. */
static void put_title(const char *markdown, FILE *html)
{
    const char *line = markdown;
    while (*line && strncmp(line, "# ", 2) != 0)
        line = next_line(line);
    fprintf(html, "%.*s", *line ? (int)strcspn(line + 2, "\n<&") : 6, *line ? line + 2 : "report");
}

static enum sb_status write_page(const struct report *r, const char *markdown, FILE *html,
                                 struct sb_error *error)
{
    fputs(page_head, html);
    put_title(markdown, html);
    fputs(page_style, html);
    enum sb_status status = cli_markdown_html(markdown, r->folder, html, error);
    fputs(page_end, html);
    return status;
}

static enum sb_status open_document(const struct report *r, const char *name,
                                    struct sb_output *output, struct sb_error *error)
{
    char *path = cli_text("%s/%s", r->folder, name);
    enum sb_status status = path ? sb_output_open(output, path, error) : sb_fail_memory(error);
    free(path);
    return status;
}

/* Both documents, or neither. */
static enum sb_status write_documents(const struct report *r, const char *markdown,
                                      struct sb_error *error)
{
    struct sb_output page = { NULL, NULL, NULL }, text = { NULL, NULL, NULL };
    enum sb_status status = open_document(r, "report.html", &page, error);
    if (!status)
        status = open_document(r, "report.md", &text, error);
    if (!status) {
        fputs(markdown, text.file);
        status = write_page(r, markdown, page.file, error);
    }
    if (!status)
        status = sb_output_commit(&page, error);
    if (!status)
        return sb_output_commit(&text, error);
    sb_output_discard(&page);
    sb_output_discard(&text);
    return status;
}

/* ---- the command --------------------------------------------------------------------------- */

static enum sb_status make_report(struct report *r, const char *template, struct sb_error *error)
{
    char *markdown = NULL;
    size_t size;
    FILE *stream = open_memstream(&markdown, &size);
    if (!stream)
        return sb_fail_memory(error);
    enum sb_status status = run_template(r, template, stream, error);
    if (fclose(stream) && !status)
        status = sb_fail_memory(error);
    if (!status)
        status = write_documents(r, markdown, error);
    free(markdown);
    return status;
}

/* The template's text as a new string. */
static enum sb_status read_template(const struct report *r, bool is_own, char **text,
                                    struct sb_error *error)
{
    if (!is_own)
        return cli_read_file(r->template_path, text, NULL, error);
    *text = strdup((const char *)report_template);
    return *text ? SB_OK : sb_fail_memory(error);
}

static int report(const struct cli_command *command, int argc, char **argv)
{
    struct cli_texts datasets = { NULL, 0 }, reading = { NULL, 0 };
    const struct cli_option options[] = {
        { "data", CLI_TEXTS, &datasets, "[NAME=]PATH", "a dataset (repeatable)" },
        { "with", CLI_TEXTS, &reading, "OPTION",
          "for reading them, such as --with=--split=line (repeatable)" },
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    int exit_status = cli_begin(&run, command, options, argc, argv);
    bool is_own = run.arguments.n == 0 && datasets.n > 0;
    if (exit_status < 0 && (run.json || run.tsv))
        exit_status = cli_usage(command, "the result is a folder; --json and --tsv do not apply");
    if (exit_status < 0 && ((run.arguments.n != 1 && !is_own) || !run.output))
        exit_status = cli_usage(
            command, "name one template or datasets (--data), and a folder with --output");
    if (exit_status >= 0) {
        cli_end(&run);
        return exit_status;
    }
    struct sb_error error = { "" };
    struct report r = { .run = &run,
                        .template_path = is_own ? "datasets.md" : run.arguments.items[0],
                        .folder = run.output };
    char *text = NULL;
    enum sb_status status = read_template(&r, is_own, &text, &error);
    if (!status)
        status = format_datasets(&datasets, &reading, &r.datasets, &error);
    if (!status)
        status = make_folder(r.folder, &error);
    if (!status) {
        r.template_folder = folder_of(r.template_path);
        r.path = search_path();
        r.n_blocks = count_blocks(text);
        status =
            r.template_folder && r.path ? make_report(&r, text, &error) : sb_fail_memory(&error);
        cli_progress_end(&run);
    }
    free(text);
    free(r.datasets);
    free(r.template_folder);
    free(r.path);
    cli_end(&run);
    return status ? cli_fail(&error) : 0;
}

const struct cli_command report_command = {
    .name = "report",
    .summary = "rates and figures of datasets, or any template's commands, as one document",
    .usage = "report {--data [NAME=]PATH... | TEMPLATE.md} --output FOLDER [options]",
    .text = "With datasets and no template: their rates under a tree and two compressors with\n"
            "intervals, and figures of them by gnuplot, in FOLDER/report.html and report.md.\n"
            "\n"
            "A template is Markdown. Blocks fenced by ```springback and ``` are shell scripts:\n"
            "each is run in FOLDER, its commands stay in the text and what it prints follows\n"
            "them, as a table where it is one. A figure that a block draws is shown by\n"
            "![caption](figure.svg). FOLDER gets report.md and report.html, which holds its\n"
            "figures and needs no other file. The first command that fails ends the report and\n"
            "neither is written. In a block, springback is this program, $TEMPLATE the\n"
            "template's folder, and $DATASETS what --data and --with name.",
    .examples = "  springback report --data chat.jsonl.gz --data texts.tar --output report\n"
                "  springback report plots/paper.md --output build/paper",
    .run = report,
};

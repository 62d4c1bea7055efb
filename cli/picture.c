#include "cli/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "cli/plot_scripts.h"
#include "cli/text.h"

/* SVG's fontscale corrects gnuplot's wide idea of a line of text. */
static const struct picture_kind kinds[] = {
    { "pdf", "pdfcairo", " rounded fontscale 0.75 linewidth 1.6 dashlength 2", "cm", 0.1, 1,
      "%%EOF", "/CreationDate (D:", "19700101000000" },
    { "svg", "svg", " rounded fontscale 1.5 dashlength 1.5", "", 96 / 25.4, 96.0 / 72 / 1.5,
      "</svg>", NULL, NULL },
    { "png", "pngcairo",
      " rounded fontscale 3.125 pointscale 3.125 linewidth 3.125 dashlength 3.125", "", 300 / 25.4,
      1, "IEND", NULL, NULL },
    { "tex", "cairolatex pdf", " linewidth 1.6 dashlength 2", "cm", 0.1, 0, "\\endgroup", NULL,
      NULL },
    { "tikz", "tikz", "", "cm", 0.1, 0, "\\end{tikzpicture}", ")\n%% ",
      "Thu Jan  1 00:00:00 1970" },
};

const struct picture_kind *picture_kind_of(const char *file_name)
{
    const char *dot = strrchr(file_name, '.');
    for (size_t i = 0; dot && i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(dot + 1, kinds[i].suffix) == 0)
            return &kinds[i];
    return NULL;
}

/* ---- figures ------------------------------------------------------------------------------- */

const char *picture_script(const char *figure)
{
    for (const struct plot_script *s = plot_scripts; s->name; s++)
        if (strcmp(s->name, figure) == 0)
            return s->text;
    return NULL;
}

char *picture_figures(void)
{
    char *list = strdup("");
    for (const struct plot_script *s = plot_scripts; s->name && list; s++) {
        char *longer = strcmp(s->name, "style") ? cli_text("%s %s", list, s->name) : strdup(list);
        free(list);
        list = longer;
    }
    return list;
}

char *picture_declaration(const char *script, const char *key)
{
    size_t n = strlen(key);
    while (*script == '#') {
        const char *end = script + strcspn(script, "\n");
        const char *name = script + strspn(script, "# ");
        if (strncmp(name, key, n) == 0 && name[n] == ':') {
            name += n + 1;
            name += strspn(name, " ");
            return strndup(name, (size_t)(end - name));
        }
        script = end + (*end != 0);
    }
    return strdup("");
}

double picture_height_share(const struct picture *p, const struct sb_table *table)
{
    char *height = picture_declaration(p->script, "height");
    char *rows = picture_declaration(p->script, "rows");
    double share = !height || !rows ? 0 : *height ? strtod(height, NULL) : 0.75;
    size_t column;
    if (share > 0 && sb_table_find_column(table, rows, &column))
        for (size_t i = 0; i < sb_table_n_rows(table); i++)
            share += strcmp(sb_table_text_at(table, i, column), "NA") == 0 ? 0 : 0.055;
    free(height);
    free(rows);
    return share;
}

/* ---- the script ---------------------------------------------------------------------------- */

/* In gnuplot's single quotes, where only the quote itself needs care. */
static void put_quoted(FILE *file, const char *begin, const char *text)
{
    fprintf(file, "'%s", begin);
    for (; *text; text++) {
        if (*text == '\'')
            putc('\'', file);
        putc(*text, file);
    }
    putc('\'', file);
}

static void put_string(FILE *file, const char *text)
{
    put_quoted(file, "", text);
}

/* A name with a special meaning to gnuplot ("< command", "-", "$block") is made an ordinary path. */
static void put_file_name(FILE *file, const char *name)
{
    put_quoted(file, strchr("<|-+$@", *name) ? "./" : "", name);
}

static double font_points(const struct picture *p)
{
    const char *comma = strrchr(p->font, ',');
    return p->kind && p->kind->font_units == 0 ? 10 : comma ? strtod(comma + 1, NULL) : 8;
}

/* About the mean width of a character as a share of the picture's. */
static double character_share(const struct picture *p)
{
    return p->kind ? 0.55 * font_points(p) * 25.4 / 72 / p->width_mm : 1.0 / 79;
}

static enum sb_status put_terminal(FILE *file, const struct picture *p)
{
    const struct picture_kind *kind = p->kind;
    if (!kind) {
        fprintf(file, "set terminal dumb size 79,%.0f\n", 33 * p->height_mm / p->width_mm);
        return SB_OK;
    }
    double width = p->width_mm * kind->units_per_mm, height = p->height_mm * kind->units_per_mm;
    if (!*kind->unit) { /* pixels */
        width = round(width);
        height = round(height);
    }
    fprintf(file, "set terminal %s size %.6g%s,%.6g%s%s", kind->terminal, width, kind->unit, height,
            kind->unit, kind->options);
    if (kind->font_units > 0) {
        const char *comma = strrchr(p->font, ',');
        char *font = cli_text("%.*s,%.4g", comma ? (int)(comma - p->font) : (int)strlen(p->font),
                              p->font, font_points(p) * kind->font_units);
        if (!font)
            return SB_MEMORY;
        fputs(" font ", file);
        put_string(file, font);
        free(font);
    }
    char *name = cli_text("%s.%s", p->base, kind->suffix);
    if (!name)
        return SB_MEMORY;
    fputs("\nset output ", file);
    put_file_name(file, name);
    putc('\n', file);
    free(name);
    return SB_OK;
}

static bool seen_before(const struct sb_table *table, size_t row, size_t column)
{
    const char *text = sb_table_text_at(table, row, column);
    for (size_t i = 0; i < row; i++)
        if (strcmp(sb_table_text_at(table, i, column), text) == 0)
            return true;
    return false;
}

/* The distinct values of a column, in the order in which they first stand there. */
static void put_groups(FILE *file, const struct sb_table *table, const char *name)
{
    size_t column, n = 0;
    if (!sb_table_find_column(table, name, &column))
        return; /* groups are among the columns, which were checked */
    for (size_t i = 0; i < sb_table_n_rows(table); i++)
        n += !seen_before(table, i, column);
    fprintf(file, "array %s_groups[%zu] = [", name, n);
    for (size_t i = 0, k = 0; i < sb_table_n_rows(table); i++)
        if (!seen_before(table, i, column)) {
            put_string(file, sb_table_text_at(table, i, column));
            fputs(++k < n ? ", " : "]\n", file);
        }
}

/* The figure's script, with the user's settings in place of the line that is kept for them. */
static void put_figure(FILE *file, const struct picture *p)
{
    static const char place[] = "# settings\n";
    const char *split = strstr(p->script, place);
    size_t head = split ? (size_t)(split - p->script) : strlen(p->script);
    fwrite(p->script, 1, head, file);
    for (size_t i = 0; i < p->settings.n; i++)
        fprintf(file, "set %s\n", p->settings.items[i]);
    if (split)
        fputs(split + strlen(place), file);
}

enum sb_status picture_write_script(const struct picture *p, const struct sb_table *table,
                                    FILE *file, struct sb_error *error)
{
    char *groups = picture_declaration(p->script, "groups");
    if (!groups)
        return sb_fail_memory(error);
    fprintf(file, "# springback %s: draw this again with: gnuplot %s.gp\n", cli_version, p->base);
    enum sb_status status = put_terminal(file, p);
    fputs("table = ", file);
    put_file_name(file, p->table_name);
    fprintf(file, "\nlatex = %d\nplain = %d\ncharacter = %.4f\n",
            p->kind && p->kind->font_units == 0, !p->kind, character_share(p));
    char *rest = groups, *name;
    while ((name = strtok_r(rest, " ", &rest)))
        put_groups(file, table, name);
    fprintf(file, "\n%s\n", picture_script("style"));
    put_figure(file, p);
    free(groups);
    return status ? sb_fail_memory(error) : SB_OK;
}

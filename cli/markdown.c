#include "cli/markdown.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "cli/mathml.h"
#include "cli/text.h"

/* A stretch of the text, not ended by 0. */
struct span {
    const char *start;
    size_t n;
};

struct converter {
    FILE *html;
    const char *folder;
    enum sb_status status; /* of the first image that could not be had */
    struct sb_error *error;
};

/* ---- images -------------------------------------------------------------------------------- */

static void put_base64(const uint8_t *bytes, size_t n, FILE *html)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < n; i += 3) {
        uint32_t b = (uint32_t)bytes[i] << 16;
        b |= i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0;
        b |= i + 2 < n ? (uint32_t)bytes[i + 2] : 0;
        putc(digits[b >> 18], html);
        putc(digits[b >> 12 & 63], html);
        putc(i + 1 < n ? digits[b >> 6 & 63] : '=', html);
        putc(i + 2 < n ? digits[b & 63] : '=', html);
    }
}

static void put_escaped(struct span text, FILE *html)
{
    cli_html_text(text.start, text.n, html);
}

/* Without the backslashes before punctuation. */
static void put_unescaped(struct span text, FILE *html)
{
    for (size_t i = 0; i < text.n; i++) {
        i += text.start[i] == '\\' && i + 1 < text.n && ispunct((unsigned char)text.start[i + 1]);
        put_escaped((struct span){ text.start + i, 1 }, html);
    }
}

static const char *media_type(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".svg") == 0   ? "image/svg+xml"
           : dot && strcmp(dot, ".png") == 0 ? "image/png"
                                             : NULL;
}

static void put_image(struct converter *c, struct span label, struct span target)
{
    char *path = cli_text("%s/%.*s", c->folder, (int)target.n, target.start), *bytes;
    size_t size;
    if (c->status)
        ;
    else if (!path)
        c->status = sb_fail_memory(c->error);
    else if (!media_type(path))
        c->status =
            sb_fail(c->error, SB_UNSUPPORTED, "image %s: only .svg and .png can be shown", path);
    else if (!(c->status = cli_read_file(path, &bytes, &size, c->error))) {
        fputs("<img alt=\"", c->html);
        put_unescaped(label, c->html);
        fprintf(c->html, "\" src=\"data:%s;base64,", media_type(path));
        put_base64((const uint8_t *)bytes, size, c->html);
        fputs("\">", c->html);
        free(bytes);
    }
    free(path);
}

/* ---- within text --------------------------------------------------------------------------- */

static struct span rest_of(struct span text, size_t from)
{
    return (struct span){ text.start + from, text.n - from };
}

static bool starts_with(struct span text, const char *word)
{
    size_t n = strlen(word);
    return text.n >= n && memcmp(text.start, word, n) == 0;
}

/* Where word next stands, or text.n. */
static size_t find(struct span text, const char *word)
{
    size_t i = 0;
    while (i < text.n && !starts_with(rest_of(text, i), word))
        i++;
    return i;
}

static void put_inline(struct converter *c, struct span text);

/* "[label](target)" at the start of text: its length, or 0. */
static size_t parse_link(struct span text, struct span *label, struct span *target)
{
    if (!starts_with(text, "["))
        return 0;
    size_t middle = find(text, "]");
    if (!starts_with(rest_of(text, middle), "]("))
        return 0;
    size_t n = find(rest_of(text, middle + 2), ")");
    if (middle + 2 + n == text.n)
        return 0;
    *label = (struct span){ text.start + 1, middle - 1 };
    *target = (struct span){ text.start + middle + 2, n };
    return middle + n + 3;
}

static size_t put_link(struct converter *c, struct span text)
{
    struct span label, target;
    size_t n = parse_link(text, &label, &target);
    if (n) {
        fputs("<a href=\"", c->html);
        put_escaped(target, c->html);
        fputs("\">", c->html);
        put_inline(c, label);
        fputs("</a>", c->html);
    }
    return n;
}

/* An image at the start of text ("![..."): its length, or 0. */
static size_t put_image_link(struct converter *c, struct span text)
{
    struct span label, target;
    size_t n = starts_with(text, "!") ? parse_link(rest_of(text, 1), &label, &target) : 0;
    if (!n)
        return 0;
    put_image(c, label, target);
    return n + 1;
}

/* Text between two equal marks at the start of text, in an element: its length, or 0. */
static size_t put_marked(struct converter *c, struct span text, const char *mark, const char *name)
{
    size_t m = strlen(mark);
    if (!starts_with(text, mark) || text.n == m || isspace((unsigned char)text.start[m]))
        return 0;
    size_t n = find(rest_of(text, m), mark);
    if (n == 0 || m + n == text.n || isspace((unsigned char)text.start[m + n - 1]))
        return 0;
    struct span inner = { text.start + m, n };
    fprintf(c->html, "<%s>", name);
    if (*mark == '`')
        put_escaped(inner, c->html);
    else
        put_inline(c, inner);
    fprintf(c->html, "</%s>", name);
    return n + 2 * m;
}

/* A formula at the start of text, $...$ or $$...$$: its length, or 0. As forges have it: no space
 * inside the dollars, and no digit behind the last, so that prices are text. */
static size_t put_formula(struct converter *c, struct span text)
{
    bool display = starts_with(text, "$$");
    const char *mark = display ? "$$" : "$";
    size_t m = strlen(mark);
    if (!starts_with(text, mark) || text.n == m)
        return 0;
    size_t n = find(rest_of(text, m), mark);
    if (n == 0 || m + n == text.n)
        return 0;
    bool is_tight = !isspace((unsigned char)text.start[m]) &&
                    !isspace((unsigned char)text.start[m + n - 1]) &&
                    (2 * m + n == text.n || !isdigit((unsigned char)text.start[2 * m + n]));
    if (!display && (!is_tight || memchr(text.start + m, '`', n)))
        return 0;
    cli_mathml(text.start + m, n, display, c->html);
    return n + 2 * m;
}

static void put_inline(struct converter *c, struct span text)
{
    while (text.n) {
        size_t n = 0;
        if (*text.start == '\\' && text.n > 1 && ispunct((unsigned char)text.start[1])) {
            put_escaped((struct span){ text.start + 1, 1 }, c->html);
            n = 2;
        }
        if (!n)
            n = put_marked(c, text, "`", "code");
        if (!n)
            n = put_formula(c, text);
        if (!n)
            n = put_marked(c, text, "**", "strong");
        if (!n)
            n = put_marked(c, text, "*", "em");
        if (!n)
            n = put_image_link(c, text);
        if (!n)
            n = put_link(c, text);
        if (!n) {
            put_escaped((struct span){ text.start, 1 }, c->html);
            n = 1;
        }
        text = rest_of(text, n);
    }
}

void cli_markdown_escape(const char *text, size_t n, FILE *markdown)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] && strchr("\\`*_[]<>|#!$", text[i]))
            putc('\\', markdown);
        putc(text[i], markdown);
    }
}

/* ---- blocks -------------------------------------------------------------------------------- */

/* The first line of text, without its newline; *text goes on behind it. */
static struct span take_line(struct span *text)
{
    size_t n = find(*text, "\n");
    struct span line = { text->start, n };
    *text = rest_of(*text, n + (n < text->n));
    return line;
}

static struct span first_line(struct span text)
{
    return take_line(&text);
}

static bool is_blank(struct span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (!isspace((unsigned char)line.start[i]))
            return false;
    return true;
}

static size_t count_leading(struct span line, char c)
{
    size_t n = 0;
    while (n < line.n && line.start[n] == c)
        n++;
    return n;
}

static bool is_fence(struct span line)
{
    return count_leading(line, '`') >= 3;
}

static size_t heading_level(struct span line)
{
    size_t n = count_leading(line, '#');
    return n <= 6 && n < line.n && line.start[n] == ' ' ? n : 0;
}

/* The length of a list item's mark: "- ", "* " or "12. ". */
static size_t item_mark(struct span line)
{
    size_t n = 0;
    while (n < line.n && isdigit((unsigned char)line.start[n]))
        n++;
    if (n)
        return starts_with(rest_of(line, n), ". ") ? n + 2 : 0;
    return starts_with(line, "- ") || starts_with(line, "* ") ? 2 : 0;
}

/* The line under a table's head: "|", "-", ":" and spaces only, with at least one of the first two. */
static bool is_rule(struct span line)
{
    bool bar = false, dash = false;
    for (size_t i = 0; i < line.n; i++) {
        if (!strchr("|-: ", line.start[i]) || !line.start[i])
            return false;
        bar |= line.start[i] == '|';
        dash |= line.start[i] == '-';
    }
    return bar && dash;
}

static bool is_table(struct span text)
{
    struct span head = take_line(&text);
    return starts_with(head, "|") && is_rule(first_line(text));
}

static bool ends_paragraph(struct span text)
{
    struct span line = first_line(text);
    return is_blank(line) || is_fence(line) || heading_level(line) || item_mark(line) ||
           is_table(text);
}

static void put_fence(struct converter *c, struct span *text)
{
    struct span opening = take_line(text);
    size_t marks = count_leading(opening, '`');
    struct span kind = rest_of(opening, marks);
    fputs("<pre", c->html);
    if (!is_blank(kind)) {
        fputs(" class=\"", c->html);
        put_escaped(kind, c->html);
        putc('"', c->html);
    }
    fputs("><code>", c->html);
    while (text->n) {
        struct span line = take_line(text);
        size_t n = count_leading(line, '`');
        if (n >= marks && is_blank(rest_of(line, n)))
            break;
        put_escaped(line, c->html);
        putc('\n', c->html);
    }
    fputs("</code></pre>\n", c->html);
}

/* The next cell of "| a | b |", trimmed; false behind the last. */
static bool take_cell(struct span *row, struct span *cell)
{
    if (!starts_with(*row, "|") || is_blank(rest_of(*row, 1)))
        return false;
    size_t n = 1;
    while (n < row->n && row->start[n] != '|')
        n += row->start[n] == '\\' && n + 1 < row->n ? 2 : 1;
    *cell = (struct span){ row->start + 1, n - 1 };
    *row = rest_of(*row, n);
    while (cell->n && *cell->start == ' ')
        *cell = rest_of(*cell, 1);
    while (cell->n && cell->start[cell->n - 1] == ' ')
        cell->n--;
    return true;
}

static void put_row(struct converter *c, struct span row, struct span rule, const char *name)
{
    struct span cell, mark;
    fputs("<tr>", c->html);
    while (take_cell(&row, &cell)) {
        bool right = take_cell(&rule, &mark) && mark.n && mark.start[mark.n - 1] == ':';
        fprintf(c->html, "<%s%s>", name, right ? " class=\"number\"" : "");
        put_inline(c, cell);
        fprintf(c->html, "</%s>", name);
    }
    fputs("</tr>\n", c->html);
}

static void put_table(struct converter *c, struct span *text)
{
    struct span head = take_line(text), rule = take_line(text);
    fputs("<div class=\"table\"><table>\n", c->html);
    put_row(c, head, rule, "th");
    while (starts_with(*text, "|"))
        put_row(c, take_line(text), rule, "td");
    fputs("</table></div>\n", c->html);
}

/* Lines up to the end of the paragraph that starts here, as one stretch. */
static struct span take_paragraph(struct span *text)
{
    struct span paragraph = { text->start, 0 };
    do {
        struct span line = take_line(text);
        paragraph.n = (size_t)(line.start + line.n - paragraph.start);
    } while (text->n && !ends_paragraph(*text));
    return paragraph;
}

static void put_list(struct converter *c, struct span *text)
{
    const char *name = isdigit((unsigned char)*text->start) ? "ol" : "ul";
    size_t mark;
    fprintf(c->html, "<%s>\n", name);
    while ((mark = item_mark(first_line(*text)))) {
        *text = rest_of(*text, mark);
        fputs("<li>", c->html);
        put_inline(c, take_paragraph(text));
        fputs("</li>\n", c->html);
    }
    fprintf(c->html, "</%s>\n", name);
}

/* An image that is a paragraph of its own is a figure with its label as the caption. */
static void put_paragraph(struct converter *c, struct span *text)
{
    struct span paragraph = take_paragraph(text), label, target;
    if (starts_with(paragraph, "!") &&
        parse_link(rest_of(paragraph, 1), &label, &target) + 1 == paragraph.n) {
        fputs("<figure>", c->html);
        put_image(c, label, target);
        fputs("<figcaption>", c->html);
        put_inline(c, label);
        fputs("</figcaption></figure>\n", c->html);
        return;
    }
    fputs("<p>", c->html);
    put_inline(c, paragraph);
    fputs("</p>\n", c->html);
}

static void put_heading(struct converter *c, struct span *text)
{
    struct span line = take_line(text);
    size_t level = heading_level(line);
    fprintf(c->html, "<h%zu>", level);
    put_inline(c, rest_of(line, level + 1));
    fprintf(c->html, "</h%zu>\n", level);
}

enum sb_status cli_markdown_html(const char *markdown, const char *folder, FILE *html,
                                 struct sb_error *error)
{
    struct converter c = { html, folder, SB_OK, error };
    struct span text = { markdown, strlen(markdown) };
    while (text.n && !c.status) {
        struct span line = first_line(text);
        if (is_blank(line))
            take_line(&text);
        else if (is_fence(line))
            put_fence(&c, &text);
        else if (heading_level(line))
            put_heading(&c, &text);
        else if (is_table(text))
            put_table(&c, &text);
        else if (item_mark(line))
            put_list(&c, &text);
        else
            put_paragraph(&c, &text);
    }
    return c.status;
}

/* Markdown to HTML: as much as a report needs.
 *
 * Known are headings (#), paragraphs, lists (-, *, 1.) of one level, fenced code, tables with a
 * |---| line, and within text `code`, *emphasis*, **strong**, [links](target), ![images](file),
 * $formulas$ and $$displayed ones$$ (cli/mathml.h), and a backslash before punctuation. Anything else is
 * text and is shown as it is; HTML in it too.
 */
#ifndef SB_CLI_MARKDOWN_H
#define SB_CLI_MARKDOWN_H

#include <stdio.h>
#include "theory/status.h"

/* Writes the elements, without a surrounding page. Images (.svg, .png) are read from the folder and
 * put into the text, so that the page needs no other file; one that is missing is SB_IO, another
 * kind SB_UNSUPPORTED, and then what was written is of no use. O(length). */
enum sb_status cli_markdown_html(const char *markdown, const char *folder, FILE *html,
                                 struct sb_error *error);

/* Text that Markdown shows as it is: a backslash before what would be markup. */
void cli_markdown_escape(const char *text, size_t n, FILE *markdown);

#endif

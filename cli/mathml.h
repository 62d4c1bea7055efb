/* TeX formulas to MathML, which browsers draw themselves: as much TeX as docs/ uses.
 *
 * Known are letters, numbers and operators; _ ^ and '; { }; \frac \binom \sqrt; accents (\bar \dot \tilde
 * \hat); \mathrm \text \rm \mathcal; Greek letters, relations and arrows by name; \sum \int \min \ln and
 * the like; \big \Big \left \right before a delimiter; spaces. Any other command is shown as its name.
 */
#ifndef SB_CLI_MATHML_H
#define SB_CLI_MATHML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Writes one <math> element for the n bytes of tex, on a line of its own if display. Never fails:
 * what is not closed is closed at the end. O(n). */
void cli_mathml(const char *tex, size_t n, bool display, FILE *html);

/* n bytes of text as HTML: & < > " as entities. */
void cli_html_text(const char *text, size_t n, FILE *html);

#endif

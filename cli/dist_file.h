/* Explicit distributions from a file: one JSON object
 *
 *   {"p_p": [1/3-like numbers], "p_a": [...], "p_t": [...], "k": 20, "l": "1/10"}
 *
 * Three lists of one length, each summing to 1 within 1e-9 (and then divided by their sum). A
 * number is a JSON number or a string as sb_parse_number takes it ("1/3", so that fractions keep
 * all digits). "k" and "l" may be absent; other keys may not be there. docs/formats.md has an
 * example.
 */
#ifndef SB_CLI_DIST_FILE_H
#define SB_CLI_DIST_FILE_H

#include <stddef.h>
#include "theory/elasticity.h"
#include "theory/status.h"

struct cli_dist {
    double *p_p, *p_a, *p_t;
    size_t n_leaves;
    double k, l; /* NaN where absent */
};

/* path "-" is standard input. Errors name the file and the entry. On SB_OK clear *dist. */
enum sb_status cli_dist_read(const char *path, struct cli_dist *dist, struct sb_error *error);
void cli_dist_clear(struct cli_dist *dist);

/* The same file as exact numbers, which stay text: strings as they stand and integers. Decimals that
 * are not strings are refused: JSON readers round them. Sums are not checked. */
struct cli_exact_dist {
    struct json_t *root; /* owns the texts */
    const char **p[3];   /* p_p, p_a, p_t */
    size_t n_leaves;
    const char *k, *l; /* NULL where absent */
};

enum sb_status cli_exact_dist_read(const char *path, struct cli_exact_dist *dist,
                                   struct sb_error *error);
void cli_exact_dist_clear(struct cli_exact_dist *dist);

#endif

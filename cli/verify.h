/* The parts of springback verify: its table, and its certificates (theory/certify.h). */
#ifndef SB_CLI_VERIFY_H
#define SB_CLI_VERIFY_H

#include "cli/cli.h"
#include "theory/statements.h"

/* The table of findings: its columns, then a row for each. */
struct sb_table *cli_findings_table(void);
void cli_finding_row(struct sb_table *table, const struct sb_finding *finding);

/* Checks of the installation, in the form of statements: what must be the same bits on every machine is
 * compared with its documented digest. */
enum { CLI_BIT_CHECKS = 4 };
extern const struct sb_statement cli_bit_checks[CLI_BIT_CHECKS];

/* As typed; NULL where absent. */
struct cli_certify {
    const char *k, *l, *theta, *pi_t, *pi, *dist;
    size_t leaves; /* 0: 2 */
};

/* --certify: makes the certificate of a statement. It goes to --output, and its row into the table;
 * without --output, --tsv and --json it is what is printed. Returns the exit status. */
int cli_certify(struct cli_run *run, const char *statement, const struct cli_certify *options);

/* --recheck FILE: the row of a certificate that stands. "-" is standard input. */
int cli_recheck(struct cli_run *run, const char *path);

#endif

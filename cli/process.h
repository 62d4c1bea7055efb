/* Running another program and keeping what it says. No shell in between. */
#ifndef SB_CLI_PROCESS_H
#define SB_CLI_PROCESS_H

#include "theory/status.h"

struct cli_process {
    const char *const *argv;        /* argv[0] is looked for in PATH; NULL ends it */
    const char *folder;             /* where it runs; NULL: here */
    const char *const *environment; /* name, value, name, value, ..., NULL: set for it alone */
};

/* What a program left: its exit status (128 + the signal that ended it; CLI_NOT_FOUND when it could
 * not be started) and, as new strings, all of standard output and standard error. */
struct cli_process_result {
    int status;
    char *output, *messages;
};
enum { CLI_NOT_FOUND = 127 };

/* Runs the program to its end with an empty standard input. Fails only where the system refuses
 * (processes, temporary files, memory); *result is written on SB_OK and cleared by the caller. */
enum sb_status cli_process_run(const struct cli_process *process, struct cli_process_result *result,
                               struct sb_error *error);
void cli_process_result_clear(struct cli_process_result *result);

#endif

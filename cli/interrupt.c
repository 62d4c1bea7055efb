/* What becomes of an unfinished file when a signal ends the program. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"

/* Signal handlers know no arguments: the only variables of the program that outlive a function. */
static char guarded[4096];
static volatile sig_atomic_t is_guarded;

static void remove_guarded(int number)
{
    if (is_guarded)
        unlink(guarded);
    signal(number, SIG_DFL);
    raise(number);
}

void cli_guard(const char *path)
{
    static const int ends[] = { SIGINT, SIGTERM, SIGHUP };
    is_guarded = 0;
    if (!path || strlen(path) >= sizeof guarded)
        return;
    strcpy(guarded, path);
    is_guarded = 1;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct sigaction before;
        if (sigaction(ends[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            signal(ends[i], remove_guarded); /* one that is ignored, as under nohup, stays so */
    }
}

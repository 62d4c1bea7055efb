#include "cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: only calls that are safe between fork and exec, setenv apart, and no thread of ours
 * runs then. */
static void become(const struct cli_process *process, FILE *output, FILE *messages,
                   const struct sigaction *interrupt)
{
    sigaction(SIGINT, interrupt, NULL);
    signal(SIGPIPE, SIG_DFL); /* pipelines expect it */
    int empty = open("/dev/null", O_RDONLY);
    if (empty < 0 || dup2(empty, STDIN_FILENO) < 0 || dup2(fileno(output), STDOUT_FILENO) < 0 ||
        dup2(fileno(messages), STDERR_FILENO) < 0)
        _exit(CLI_NOT_FOUND);
    if (process->folder && chdir(process->folder))
        _exit(CLI_NOT_FOUND);
    for (const char *const *e = process->environment; e && *e; e += 2)
        setenv(e[0], e[1], 1);
    execvp(process->argv[0], (char *const *)(uintptr_t)process->argv);
    _exit(CLI_NOT_FOUND);
}

/* All of a temporary file as a string. */
static char *contents(FILE *file)
{
    if (fseek(file, 0, SEEK_END))
        return NULL;
    long size = ftell(file);
    rewind(file);
    char *text = size < 0 ? NULL : malloc((size_t)size + 1);
    if (text)
        text[fread(text, 1, (size_t)size, file)] = 0;
    return text;
}

static enum sb_status run(const struct cli_process *process, FILE *output, FILE *messages,
                          struct cli_process_result *result, struct sb_error *error)
{
    fflush(NULL); /* what is buffered here must not be written twice */
    /* Ctrl-C ends the child; what it leaves is then tidied up as after any other failure. */
    const struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct sigaction interrupt;
    sigaction(SIGINT, &ignore, &interrupt);
    pid_t child = fork();
    if (child == 0)
        become(process, output, messages, &interrupt);
    int state = 0;
    pid_t ended = child;
    if (child > 0)
        while ((ended = waitpid(child, &state, 0)) < 0 && errno == EINTR)
            ;
    sigaction(SIGINT, &interrupt, NULL);
    if (ended < 0)
        return sb_fail(error, SB_IO, "%s: cannot be run: %s", process->argv[0], strerror(errno));
    struct cli_process_result new = {
        .status = WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state),
        .output = contents(output),
        .messages = contents(messages),
    };
    if (!new.output || !new.messages) {
        cli_process_result_clear(&new);
        return sb_fail_memory(error);
    }
    *result = new;
    return SB_OK;
}

enum sb_status cli_process_run(const struct cli_process *process, struct cli_process_result *result,
                               struct sb_error *error)
{
    FILE *output = tmpfile(), *messages = tmpfile();
    enum sb_status status =
        output && messages
            ? run(process, output, messages, result, error)
            : sb_fail(error, SB_IO, "a temporary file cannot be made: %s", strerror(errno));
    if (output)
        fclose(output);
    if (messages)
        fclose(messages);
    return status;
}

void cli_process_result_clear(struct cli_process_result *result)
{
    free(result->output);
    free(result->messages);
    *result = (struct cli_process_result){ 0, NULL, NULL };
}

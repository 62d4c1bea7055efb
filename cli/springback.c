/* The command: finds the subcommand and hands over. */
#include <gsl/gsl_errno.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "version.h"

const char cli_version[] = SB_VERSION, cli_git_hash[] = SB_GIT_HASH;

extern const struct cli_command rate_command, tree_command, theory_command, bounds_command,
    curve_command, verify_command, coverage_command, code_command, data_command, plot_command,
    report_command, train_command, sample_command;

static const struct cli_command *const commands[] = {
    &rate_command,  &tree_command,   &theory_command,   &bounds_command,
    &curve_command, &verify_command, &coverage_command, &code_command,
    &data_command,  &plot_command,   &report_command,  &train_command,
    &sample_command,
};

static void print_help(FILE *file)
{
    fprintf(file,
            "springback %s: how language models spring back, seen as compression\n\n"
            "usage: springback COMMAND [options]\n\n",
            cli_version);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(file, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
    fprintf(file,
            "\n'springback COMMAND --help' explains a command; --version prints the version.\n");
}

/* Were one of them closed, the next file opened would take its place, and be printed to. */
static void hold_standard_streams(void)
{
    int descriptor;
    do
        descriptor = open("/", O_RDONLY); /* cannot be written to, nor read as a file */
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
}

static int run(int argc, char **argv)
{
    gsl_set_error_handler_off();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, reported like any other */
    hold_standard_streams();
    if (argc < 2) {
        print_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_help(stdout);
        return 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("springback %s (%s)\n", cli_version, cli_git_hash);
        return 0;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    struct sb_error error;
    sb_fail(&error, SB_DOMAIN, "no command \"%s\"; 'springback --help' lists them", argv[1]);
    cli_fail(&error);
    return 2;
}

int main(int argc, char **argv)
{
    int status = run(argc, argv);
    errno = 0;
    if (status || (!fflush(stdout) && !ferror(stdout)))
        return status;
    struct sb_error error;
    sb_fail(&error, SB_IO, "standard output: %s", errno ? strerror(errno) : "a write failed");
    return cli_fail(&error);
}

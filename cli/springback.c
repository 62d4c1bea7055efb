/* The command: finds the subcommand and hands over. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_version.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "data/archive.h"
#include "data/pattern.h"
#include "estimators/transformer/kernels.h"
#include "theory/certify.h"
#include "version.h"

const char cli_version[] = SB_VERSION, cli_git_hash[] = SB_GIT_HASH;

extern const struct cli_command rate_command, tree_command, theory_command, bounds_command,
    curve_command, verify_command, coverage_command, code_command, data_command, plot_command,
    report_command, train_command, sample_command, compare_command, run_command;

static const struct cli_command *const commands[] = {
    &rate_command,   &tree_command,     &theory_command, &bounds_command,  &curve_command,
    &verify_command, &coverage_command, &code_command,   &data_command,    &plot_command,
    &report_command, &train_command,    &sample_command, &compare_command, &run_command,
};

static void print_help(FILE *file)
{
    fprintf(file,
            "springback %s: how language models spring back, seen as compression\n\n"
            "usage: springback COMMAND [options]\n\n",
            cli_version);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(file, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
    fprintf(
        file,
        "\n'springback COMMAND --help' explains a command; --version prints the version and\n"
        "what is off in this build or on this machine.\n"
        "\nEnvironment\n"
        "  SPRINGBACK_KERNELS  avx512, avx2 or scalar: the inner loops of transformers,\n"
        "                      instead of the widest there are; the results are the same bits\n"
        "  HF_HUB_CACHE        the folder in which a model called org/name is looked for, else\n"
        "                      HF_HOME/hub, else ~/.cache/huggingface/hub\n"
        "  TMPDIR              the folder for temporary files (/tmp)\n"
        "  PATH                where gnuplot is looked for\n"
        "\nExit status\n"
        "  0  success\n"
        "  1  a failure, which one line on standard error explains\n"
        "  2  wrong usage\n");
}

/* ---- what this build and this machine have ------------------------------------------------- */

static bool is_in_path(const char *program)
{
    const char *folder = getenv("PATH");
    bool found = false;
    for (size_t n; folder && !found; folder = folder[n] ? folder + n + 1 : NULL) {
        char file[4096];
        n = strcspn(folder, ":");
        found = snprintf(file, sizeof file, "%.*s%s%s", (int)n, folder, n ? "/" : "", program) <
                    (int)sizeof file &&
                access(file, X_OK) == 0;
    }
    return found;
}

static void print_version(void)
{
    printf("springback %s (%s)\n\n", cli_version, cli_git_hash);
    printf("  certificates         %s\n",
           sb_certify_available() ? "on" : "off: built without FLINT (libflint-arb-dev)");
    printf("  regular expressions  %s\n",
           sb_pattern_has_regex() ? "on"
                                  : "off: built without PCRE2 (libpcre2-dev); tokenizers "
                                    "that cut texts by them are refused");
    printf("  figures              %s\n",
           is_in_path("gnuplot") ? "on" : "off: no gnuplot in PATH (gnuplot-nox)");
    printf("  kernels              %s, of", sb_kernels_best()->name);
    for (const char *const *name = sb_kernels_names; *name; name++)
        if (sb_kernels_named(*name))
            printf(" %s", *name);
    printf("\n  libraries            GSL %s, %s\n", gsl_version, sb_archive_libraries());
}

/* A name that means nothing here would be passed over in silence. */
static bool knows_kernels(struct sb_error *error)
{
    const char *wanted = getenv("SPRINGBACK_KERNELS");
    if (!wanted || sb_kernels_named(wanted))
        return true;
    sb_fail(error, SB_DOMAIN,
            "SPRINGBACK_KERNELS=%s: this processor and this build have no such kernels; "
            "'springback --help' names them",
            wanted);
    return false;
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
    struct sb_error error;
    if (!knows_kernels(&error)) {
        cli_fail(&error);
        return 2;
    }
    if (strcmp(argv[1], "--version") == 0) {
        print_version();
        return 0;
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
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

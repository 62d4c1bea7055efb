/* springback verify: every statement of docs/theory.md, or one over given ranges. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/verify.h"
#include "theory/certify.h"
#include "theory/disjoint.h"
#include "theory/explore.h"
#include "theory/numeric.h"
#include "theory/statements.h"

enum { DEFAULT_CASES = 20000 };

struct options {
    const char *k, *l, *pi, *recheck;
    bool explore, certify;
    size_t cases;
    struct cli_certify certificate; /* what only certificates take */
};

/* ---- ranges --------------------------------------------------------------------------------- */

struct arrays {
    double *k, *l, *pi;
    size_t n_k, n_l, n_pi;
};

static void arrays_clear(struct arrays *arrays)
{
    free(arrays->k);
    free(arrays->l);
    free(arrays->pi);
}

/* Returns -1, or the exit status after saying what is wrong. */
static int parse_range(const struct cli_command *command, const char *name, const char *text,
                       double **values, size_t *n)
{
    enum { DEFAULT_POINTS = 10 };
    if (!text)
        return -1;
    enum sb_status status = sb_parse_grid(text, DEFAULT_POINTS, values, n);
    if (status == SB_MEMORY)
        return cli_fail(&(struct sb_error){ "out of memory" });
    if (status)
        return cli_usage(command, "--%s \"%s\": expected numbers as in 5,20 or 0:0.3", name, text);
    return -1;
}

/* k > 0, l >= 0, and the shares where there are some. */
static int check_ranges(const struct cli_command *command, const struct arrays *a)
{
    struct sb_disjoint d = { 1, 0, 0, 0, 1, 0 };
    struct sb_error error;
    if (a->pi && a->n_pi != 3)
        return cli_usage(command, "--pi takes three shares pi_1,pi_a,pi_t");
    if (a->pi) {
        d.pi_1 = a->pi[0];
        d.pi_a = a->pi[1];
        d.pi_t = a->pi[2];
    }
    for (size_t i = 0; i < a->n_k; i++) {
        d.k = a->k[i];
        if (sb_disjoint_check(&d, &error))
            return cli_usage(command, "%s", error.message);
    }
    for (size_t j = 0; j < a->n_l; j++) {
        d.l = a->l[j];
        if (sb_disjoint_check(&d, &error))
            return cli_usage(command, "%s", error.message);
    }
    return -1;
}

static int check_search(const struct cli_command *command, const struct options *o)
{
    if (o->explore && (o->k || o->l || o->pi))
        return cli_usage(command,
                         "--explore searches ranges of its own; leave out --k, --l and --pi");
    if (!o->explore && o->cases != DEFAULT_CASES)
        return cli_usage(command, "--cases goes with --explore");
    if (o->cases == 0)
        return cli_usage(command, "--cases 0: at least one point");
    return -1;
}

static int read_ranges(const struct cli_command *command, const struct options *o,
                       const struct sb_statement *statement, struct arrays *arrays)
{
    bool given = o->k || o->l || o->pi;
    if (given && !statement)
        return cli_usage(command, "--k, --l and --pi need a statement, such as R3");
    if (given && !statement->takes_volumes)
        return cli_usage(command, "%s takes no ranges", statement->id);
    if (o->pi && !statement->takes_parts)
        return cli_usage(command, "%s takes no --pi", statement->id);
    if (given && statement->takes_parts && !(o->k && o->l && o->pi))
        return cli_usage(command, "%s takes --k, --pi and --l together", statement->id);
    int status = parse_range(command, "k", o->k, &arrays->k, &arrays->n_k);
    if (status < 0)
        status = parse_range(command, "l", o->l, &arrays->l, &arrays->n_l);
    if (status < 0)
        status = parse_range(command, "pi", o->pi, &arrays->pi, &arrays->n_pi);
    return status < 0 ? check_ranges(command, arrays) : status;
}

/* ---- the table ------------------------------------------------------------------------------ */

struct sb_table *cli_findings_table(void)
{
    static const char *const columns[] = { "statement",   "status",  "claim",  "margin",
                                           "margin_unit", "n_cases", "domain", "where" };
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < sizeof columns / sizeof *columns; c++)
        sb_table_column(table, columns[c]);
    return table;
}

void cli_finding_row(struct sb_table *table, const struct sb_finding *finding)
{
    bool has_margin = !isnan(finding->margin);
    sb_table_text(table, finding->statement);
    sb_table_text(table, sb_finding_status_name(finding->status));
    sb_table_text(table, finding->claim);
    sb_table_real(table, finding->margin);
    sb_table_text(table, has_margin ? finding->margin_unit : NULL);
    sb_table_integer(table, (long long)finding->n_cases);
    sb_table_text(table, finding->domain);
    sb_table_text(table, finding->where[0] ? finding->where : NULL);
}

/* Takes the table over. */
static int emit_findings(struct cli_run *run, struct sb_table *table, size_t n_failed)
{
    cli_progress_end(run);
    int status = cli_emit(run, table);
    sb_table_free(table);
    if (status == 0 && n_failed > 0) {
        struct sb_error error;
        sb_fail(&error, SB_NUMERIC,
                "%zu claim%s that should hold failed; see the rows marked FAILED", n_failed,
                n_failed == 1 ? "" : "s");
        status = cli_fail(&error);
    }
    return status;
}

/* Statement i of all that can be named: those of the theory, then checks of the bits. NULL behind them. */
static const struct sb_statement *statement_at(size_t i)
{
    if (i < sb_n_statements)
        return &sb_statements[i];
    return i - sb_n_statements < CLI_BIT_CHECKS ? &cli_bit_checks[i - sb_n_statements] : NULL;
}

static const struct sb_statement *find_statement(const char *id)
{
    const struct sb_statement *statement;
    for (size_t i = 0; (statement = statement_at(i)); i++)
        if (strcmp(statement->id, id) == 0)
            break;
    return statement;
}

static int check_all(struct cli_run *run, const struct sb_statement *only,
                     const struct sb_ranges *ranges)
{
    struct sb_table *table = cli_findings_table();
    size_t n_failed = 0;
    const struct sb_statement *statement;
    for (size_t s = 0; (statement = statement_at(s)); s++) {
        if (only && statement != only)
            continue;
        cli_progress(run, statement->id, (double)s, (double)(sb_n_statements + CLI_BIT_CHECKS));
        struct sb_finding findings[SB_FINDINGS_MAX];
        size_t n = statement->check(ranges, findings);
        for (size_t i = 0; i < n; i++) {
            cli_finding_row(table, &findings[i]);
            n_failed += findings[i].status == SB_FAILED;
        }
    }
    return emit_findings(run, table, n_failed);
}

/* The worst cases that a search finds, of one statement or of all that have some. */
static int explore(struct cli_run *run, const struct sb_statement *only, size_t n_points)
{
    struct sb_table *table = cli_findings_table();
    size_t n_failed = 0, n_found = 0;
    for (size_t i = 0; i < sb_n_explorations; i++) {
        const struct sb_exploration *exploration = &sb_explorations[i];
        struct sb_finding finding;
        if (only && strncmp(exploration->statement, only->id, strlen(only->id)) != 0)
            continue;
        cli_progress(run, exploration->statement, (double)i, (double)sb_n_explorations);
        if (sb_explore(exploration, run->seed, n_points, &finding)) {
            sb_table_free(table);
            return cli_fail(&(struct sb_error){ "out of memory" });
        }
        cli_finding_row(table, &finding);
        n_failed += finding.status == SB_FAILED;
        n_found++;
    }
    if (n_found > 0)
        return emit_findings(run, table, n_failed);
    sb_table_free(table);
    return cli_usage(run->command, "%s has no inequality to explore", only->id);
}

/* ---- the command ---------------------------------------------------------------------------- */

/* The help text: the list of statements as the library has it, then what the table says. */
static void describe(char *text, size_t size)
{
    size_t n = 0;
    const struct sb_statement *statement;
    for (size_t s = 0; (statement = statement_at(s)) && n < size; s++)
        n += (size_t)snprintf(text + n, size - n, "  %-3s  %s\n", statement->id, statement->title);
    if (n < size)
        snprintf(
            text + n, size - n,
            "\n"
            "P is a statement of the paper, R a result of this project (docs/theory.md), B what\n"
            "must be the same bits on every machine, compared with a digest that is documented\n"
            "(docs/floating-point.md). Without a STATEMENT all are tried: the check of an\n"
            "installation.\n"
            "\n"
            "P and R are tried on random cases, or within the ranges given. status: proved (there,\n"
            "and no case contradicts it), certified (by ball arithmetic over the whole domain, and\n"
            "rechecked), checked (no proof, and no case contradicts it), refuted (false, as the\n"
            "theory says; the counterexample stands under where), off (not tried: this build\n"
            "lacks a library), or FAILED: then the exit status is 1. margin: the least slack of\n"
            "an inequality, the largest error of an equation. R3 with --k, --pi and --l gives\n"
            "the sharp bounds of R over those ranges.\n"
            "\n"
            "--explore searches for the worst case instead: quasi-random points, then downhill\n"
            "from the worst of them. It reports the least margin with its place, also of claims\n"
            "that are false; a search that finds no violation proves nothing.\n"
            "\n"
            "--certify makes a certificate of %s by ball arithmetic: with\n"
            "-o FILE the file and a row, else the text. --recheck FILE checks one, from the\n"
            "definitions and exactly. R3 takes ranges --k, --l or --theta (l/l*) and --pi-t; R4\n"
            "and R5 take --dist FILE, R4 also --k and --l; R6 and R7 --leaves 2 or 3, R7 also\n"
            "--k, --l and --pi; R12 encloses alpha_c for --pi%s.",
            sb_certify_statements,
            sb_certify_available() ? "" : " (off here: built without FLINT)");
}

/* What a statement's certificate takes. Returns -1 or 2. */
static int check_certificate(const struct cli_command *command, const char *statement,
                             const struct cli_certify *c)
{
    static const struct {
        const char *statement, *takes;
    } known[] = {
        { "R3", "k l theta pi-t" }, { "R4", "k l dist" },      { "R5", "dist" },
        { "R6", "leaves" },         { "R7", "k l pi leaves" }, { "R12", "pi" },
    };
    const struct {
        const char *option;
        bool given;
    } options[] = {
        { "k", c->k != NULL },        { "l", c->l != NULL },   { "theta", c->theta != NULL },
        { "pi-t", c->pi_t != NULL },  { "pi", c->pi != NULL }, { "dist", c->dist != NULL },
        { "leaves", c->leaves != 0 },
    };
    size_t i = 0, n = sizeof known / sizeof *known;
    while (i < n && strcmp(known[i].statement, statement) != 0)
        i++;
    for (size_t j = 0; i < n && j < sizeof options / sizeof *options; j++) {
        char padded[32], word[16];
        snprintf(padded, sizeof padded, " %s ", known[i].takes);
        snprintf(word, sizeof word, " %s ", options[j].option);
        if (options[j].given && !strstr(padded, word))
            return cli_usage(command, "the certificate of %s takes no --%s; it takes: %s",
                             statement, options[j].option, known[i].takes);
    }
    return -1;
}

/* --certify and --recheck, which take exact numbers as text. */
static int run_certificate(struct cli_run *run, const struct options *o,
                           const struct sb_statement *statement)
{
    const struct cli_command *command = run->command;
    if (o->explore || o->cases != DEFAULT_CASES)
        return cli_usage(command, "--explore and certificates do not go together");
    if (o->recheck)
        return o->certify || statement ? cli_usage(command, "--recheck takes a FILE and no more")
                                       : cli_recheck(run, o->recheck);
    if (!statement)
        return cli_usage(command, "--certify needs a statement: %s", sb_certify_statements);
    struct cli_certify certificate = o->certificate;
    certificate.k = o->k;
    certificate.l = o->l;
    certificate.pi = o->pi;
    int status = check_certificate(command, statement->id, &certificate);
    if (status >= 0)
        return status;
    return cli_certify(run, statement->id, &certificate);
}

static int run_checks(struct cli_run *run, const struct options *o,
                      const struct sb_statement *statement)
{
    const struct cli_certify *c = &o->certificate;
    if (c->dist || c->theta || c->pi_t || c->leaves)
        return cli_usage(run->command, "--dist, --theta, --pi-t and --leaves need --certify");
    struct arrays arrays = { 0 };
    int status = check_search(run->command, o);
    if (status < 0)
        status = read_ranges(run->command, o, statement, &arrays);
    if (status < 0 && o->explore) {
        status = explore(run, statement, o->cases);
    } else if (status < 0) {
        const struct sb_ranges ranges = { arrays.k,   arrays.l,   arrays.pi,
                                          arrays.n_k, arrays.n_l, run->seed };
        status = check_all(run, statement, &ranges);
    }
    arrays_clear(&arrays);
    return status;
}

static int run_verify(const struct cli_command *plain, int argc, char **argv)
{
    char text[8192];
    describe(text, sizeof text);
    struct cli_command described = *plain;
    described.text = text;
    const struct cli_command *command = &described;
    struct options o = { .cases = DEFAULT_CASES };
    const struct cli_option options[] = {
        { "k", CLI_TEXT, &o.k, "GRID", "volumes of the pre-training data (R1 to R4)" },
        { "l", CLI_TEXT, &o.l, "GRID", "volumes of the perturbing data (R1 to R4)" },
        { "pi", CLI_TEXT, &o.pi, "P1,PA,PT", "shares of the parts (R3; certificates of R7, R12)" },
        { "explore", CLI_FLAG, &o.explore, NULL, "search for the worst case of the inequalities" },
        { "cases", CLI_COUNT, &o.cases, "N", "quasi-random points of --explore (default 20000)" },
        { NULL, CLI_HEADING, NULL, NULL, "Certificates (numbers exact: 1e12, 1/3)" },
        { "certify", CLI_FLAG, &o.certify, NULL, "make a certificate of the statement" },
        { "recheck", CLI_TEXT, &o.recheck, "FILE", "check a certificate" },
        { "theta", CLI_TEXT, &o.certificate.theta, "LOW:HIGH", "l/l*, instead of --l (R3)" },
        { "pi-t", CLI_TEXT, &o.certificate.pi_t, "LOW:HIGH", "share of the perturbing part (R3)" },
        { "dist", CLI_TEXT, &o.certificate.dist, "FILE",
          "JSON distributions, as for theory (R4, R5)" },
        { "leaves", CLI_COUNT, &o.certificate.leaves, "N", "2 (default) or 3 leaves (R6, R7)" },
        { NULL, CLI_END, NULL, NULL, NULL },
    };
    struct cli_run run;
    const struct sb_statement *statement = NULL;
    int status = cli_begin(&run, command, options, argc, argv);
    if (status < 0 && run.arguments.n > 1)
        status = cli_usage(command, "one statement at a time");
    if (status < 0 && run.arguments.n == 1 && !(statement = find_statement(run.arguments.items[0])))
        status = cli_usage(command, "no statement \"%s\"", run.arguments.items[0]);
    if (status < 0)
        status = o.certify || o.recheck ? run_certificate(&run, &o, statement)
                                        : run_checks(&run, &o, statement);
    cli_end(&run);
    return status;
}

const struct cli_command verify_command = {
    .name = "verify",
    .summary = "check every statement of the theory, and the installation",
    .usage = "verify [STATEMENT [--k GRID] [--l GRID] [--pi P1,PA,PT]] [--explore] [options]\n"
             "       springback verify STATEMENT --certify [options] [-o FILE]\n"
             "       springback verify --recheck FILE",
    .text = "",
    .examples = "  springback verify\n"
                "  springback verify R3 --k 20 --pi 1/3,1/3,1/3 --l 0:0.3\n"
                "  springback verify R4 --k 1:1e12 --l 0:10 --seed 7\n"
                "  springback verify P2 --explore\n"
                "  springback verify R3 --certify --theta 0:0.9 -o r3.txt\n"
                "  springback verify R12 --certify --pi 4/5,1/10,1/10\n"
                "  springback verify --recheck r3.txt",
    .run = run_verify,
};

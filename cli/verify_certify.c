/* springback verify --certify and --recheck. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cli/dist_file.h"
#include "cli/verify.h"
#include "data/output.h"
#include "theory/certify.h"

static int emit_row(struct cli_run *run, const struct sb_finding *finding)
{
    struct sb_table *table = cli_findings_table();
    cli_finding_row(table, finding);
    int status = cli_emit(run, table);
    sb_table_free(table);
    return status;
}

static enum sb_status write_text(const char *path, const char *text, size_t size,
                                 struct sb_error *error)
{
    struct sb_output output;
    enum sb_status status = sb_output_open(&output, path, error);
    if (status)
        return status;
    fwrite(text, 1, size, output.file);
    return sb_output_commit(&output, error);
}

static enum sb_status make(const char *statement, const struct cli_certify *o, char **text,
                           size_t *size, struct sb_finding *finding, struct sb_error *error)
{
    struct cli_exact_dist dist = { 0 };
    enum sb_status status = o->dist ? cli_exact_dist_read(o->dist, &dist, error) : SB_OK;
    if (status)
        return status;
    const struct sb_certify_input input = { .k = o->k ? o->k : dist.k,
                                            .l = o->l ? o->l : dist.l,
                                            .theta = o->theta,
                                            .pi_t = o->pi_t,
                                            .pi = o->pi,
                                            .simplex_leaves = o->leaves,
                                            .p = { dist.p[0], dist.p[1], dist.p[2] },
                                            .n_leaves = dist.n_leaves };
    status = sb_certify(statement, &input, text, size, finding, error);
    cli_exact_dist_clear(&dist);
    return status;
}

int cli_certify(struct cli_run *run, const char *statement, const struct cli_certify *options)
{
    struct sb_error error = { "" };
    struct sb_finding finding;
    char *text = NULL;
    size_t size = 0;
    enum sb_status status = make(statement, options, &text, &size, &finding, &error);
    bool is_row = run->output || run->tsv || run->json;
    if (!status && (run->output || !is_row))
        status = write_text(run->output, text, size, &error);
    free(text);
    if (status)
        return cli_fail(&error);
    run->output = NULL; /* the table goes to standard output */
    return is_row ? emit_row(run, &finding) : 0;
}

/* A new string, of at most 64 MiB. */
static enum sb_status read_text(const char *path, char **text, size_t *size, struct sb_error *error)
{
    const size_t most = (size_t)64 << 20;
    bool is_input = strcmp(path, "-") == 0;
    FILE *file = is_input ? stdin : fopen(path, "rb");
    if (!file)
        return sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    size_t n = 0, capacity = 1 << 16;
    char *bytes = malloc(capacity);
    while (bytes && n < most) {
        n += fread(bytes + n, 1, capacity - n, file);
        if (n < capacity)
            break;
        char *larger = realloc(bytes, capacity *= 2);
        if (!larger)
            free(bytes);
        bytes = larger;
    }
    bool failed = ferror(file) != 0;
    if (!is_input)
        fclose(file);
    if (!bytes)
        return sb_fail_memory(error);
    if (failed || n >= most) {
        free(bytes);
        return failed ? sb_fail(error, SB_IO, "%s: cannot be read", path)
                      : sb_fail(error, SB_LIMIT, "%s: larger than any certificate", path);
    }
    *text = bytes;
    *size = n;
    return SB_OK;
}

int cli_recheck(struct cli_run *run, const char *path)
{
    struct sb_error error = { "" };
    struct sb_finding finding;
    char *text = NULL;
    size_t size = 0;
    enum sb_status status = read_text(path, &text, &size, &error);
    if (!status)
        status = sb_recheck(path, text, size, &finding, &error);
    free(text);
    return status ? cli_fail(&error) : emit_row(run, &finding);
}

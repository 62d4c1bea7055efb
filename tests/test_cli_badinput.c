/* What bad input gets, end to end: one line that names the file, the place and the remedy; exit 1, or
 * 2 for usage; no partial file. What the tests of single commands cover is not repeated here. */
#include "tests/folder.h"

#include <archive.h>
#include <archive_entry.h>
#include <ctype.h>
#include <signal.h>

static int set_up(void **state)
{
    (void)state;
    folder = new_folder();
    return setenv("F", folder, 1) || setenv("GOOD", "data/samples/good.jsonl", 1) ||
           setenv("BAD", "data/samples/bad.jsonl", 1);
}

/* Runs a command line, with bash where the system has it: <(...) is what people write. */
static int run_line(const char *line, char **output, char **messages)
{
    char quoted[8000];
    snprintf(quoted, sizeof quoted, "cat >\"$F/line\" <<'END'\n%s\nEND\nbash \"$F/line\"", line);
    return run_command(quoted, output, messages);
}

static void assert_succeeds(const char *line)
{
    char *output, *messages;
    int status = run_line(line, &output, &messages);
    if (status || !*output || *messages)
        fail_msg("%s\n  exit %d, stderr: %s\n  stdout: %s", line, status, messages, output);
    free(output);
    free(messages);
}

static void assert_leaves_nothing(const char *line, const char *part)
{
    char *output;
    assert_refused(line, 1, part);
    assert_int_equal(run_command("ls -A $F", &output, NULL), 0);
    if (*output)
        fail_msg("%s left %s", line, output);
    free(output);
}

/* ---- archives ------------------------------------------------------------------------------ */

static void write_encrypted(const char *name)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct archive *writer = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    assert_non_null(writer);
    assert_non_null(entry);
    archive_write_set_format_zip(writer);
    archive_write_set_options(writer, "zip:encryption=aes256");
    archive_write_set_passphrase(writer, "secret");
    archive_entry_set_pathname(entry, "a.txt");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, 5);
    assert_int_equal(archive_write_open_filename(writer, path), ARCHIVE_OK);
    assert_int_equal(archive_write_header(writer, entry), ARCHIVE_OK);
    assert_int_equal(archive_write_data(writer, "alpha", 5), 5);
    archive_entry_free(entry);
    archive_write_free(writer);
}

/* Truncated, encrypted, climbing out: what every command that reads datasets says of them. */
static void test_archives(void **state)
{
    (void)state;
    static const struct {
        const char *name, *part;
    } cases[] = {
        { "cut.tar.gz", "cut.tar.gz: damaged or truncated (" },
        { "cut.jsonl.zst", "cut.jsonl.zst: damaged or truncated (" },
        { "climbs.tar",
          "climbs.tar: the member name \"../good.jsonl\" is absolute or climbs with" },
        { "secret.zip", "secret.zip:a.txt: encrypted; decrypt it first" },
    };
    static const char *const commands[] = {
        "data list",
        "data stats",
        "data head --json",
        "tree",
        "data convert -o $F/out",
        "rate --quiet --rows $F/rows",
        "curve --k 2 --l 0 --pretrain $GOOD --align $BAD --perturb",
    };
    assert_succeeds(
        "tar -cz data/samples | head -c 900 >$F/cut.tar.gz; zstd -qc $GOOD | head -c 900 "
        ">$F/cut.jsonl.zst; tar -cf $F/climbs.tar --transform 's|.*/|../|' -P $GOOD; "
        "ls $F/*.*");
    write_encrypted("secret.zip");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < sizeof commands / sizeof *commands; j++) {
            char line[512], *output;
            snprintf(line, sizeof line, "$SPRINGBACK %s $F/%s", commands[j], cases[i].name);
            assert_refused(line, 1, cases[i].part);
            assert_int_equal(run_command("ls -A $F | grep -e out -e rows", &output, NULL), 1);
            assert_string_equal(output, "");
            free(output);
        }
}

/* An archive of n members of n_bytes zeros each; link: a symbolic link to /tmp first, the members in it. */
static void write_zeros(const char *name, bool zip, bool link, size_t n, size_t n_bytes)
{
    static const char zeros[1 << 16];
    char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    struct archive *writer = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    assert_non_null(writer);
    assert_non_null(entry);
    if (zip)
        archive_write_set_format_zip(writer);
    else
        archive_write_set_format_pax_restricted(writer);
    assert_int_equal(archive_write_open_filename(writer, path), ARCHIVE_OK);
    if (link) {
        archive_entry_set_pathname(entry, "away");
        archive_entry_set_filetype(entry, AE_IFLNK);
        archive_entry_set_symlink(entry, "/tmp");
        assert_int_equal(archive_write_header(writer, entry), ARCHIVE_OK);
    }
    for (size_t i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/springback-hostile-%zu.txt", link ? "away" : "a", i);
        archive_entry_clear(entry);
        archive_entry_set_pathname(entry, path);
        archive_entry_set_filetype(entry, AE_IFREG);
        archive_entry_set_perm(entry, 0644);
        archive_entry_set_size(entry, (la_int64_t)n_bytes);
        assert_int_equal(archive_write_header(writer, entry), ARCHIVE_OK);
        for (size_t left = n_bytes; left;) {
            size_t part = left < sizeof zeros ? left : sizeof zeros;
            assert_int_equal(archive_write_data(writer, zeros, part), part);
            left -= part;
        }
    }
    archive_entry_free(entry);
    assert_int_equal(archive_write_close(writer), ARCHIVE_OK);
    archive_write_free(writer);
}

/* The header of a tar's member that says it has 8 GiB, and nothing behind it. */
static void write_promise(const char *name)
{
    char path[4200], block[512] = "a.txt";
    unsigned sum = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    memcpy(block + 100, "0000644", 7);
    memcpy(block + 124, "77777777777", 11);
    memcpy(block + 148, "        ", 8);
    block[156] = '0';
    memcpy(block + 257, "ustar\00000", 8);
    for (size_t i = 0; i < sizeof block; i++)
        sum += (unsigned char)block[i];
    snprintf(block + 148, 8, "%06o", sum);
    write_file(path, block, sizeof block);
}

/* What unpacks to far more than it is, or elsewhere: refused or read within a gibibyte of memory and a
 * minute, and nothing is written. A sanitizer cannot live within the limit: then there is none. */
static void test_hostile_archives(void **state)
{
    (void)state;
    static const struct {
        const char *name, *part; /* NULL: read */
    } cases[] = {
        { "bomb.txt.zst", "more than 33554432 bytes" },
        { "bomb.jsonl.gz", "longer than 33554432 bytes" },
        { "bomb.zip", "more than 33554432 bytes" },
        { "nested.gz", "" },
        { "inner.tar", "an archive within an archive" },
        { "promise.tar", "damaged or truncated" },
        { "crowd.tar", NULL },
        { "link.tar", NULL },
    };
    static const char *const commands[] = { "data stats", "rate --quiet",
                                            "data convert -o $F/out" };
    assert_succeeds(
        "head -c 1G /dev/zero | tr '\\0' a | zstd -q >$F/bomb.txt.zst && { echo -n '{\"text\":\"'; "
        "head -c 256M /dev/zero; } | gzip -1 >$F/bomb.jsonl.gz && cd $F && echo x >nested && "
        "for i in $(seq 60); do gzip -c nested >more && mv more nested; done && "
        "mv nested nested.gz && tar -cf bomb.tar nested.gz && tar -cf inner.tar bomb.tar && "
        "rm bomb.tar && echo made");
    write_zeros("bomb.zip", true, false, 1, (size_t)1 << 28);
    write_zeros("crowd.tar", false, false, 20000, 1);
    write_zeros("link.tar", false, true, 3, 10);
    write_promise("promise.tar");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (size_t j = 0; j < sizeof commands / sizeof *commands; j++) {
            char line[1024], *output, *messages;
            snprintf(
                line, sizeof line,
                "(ulimit -v 1048576; $SPRINGBACK --version >$F/version 2>&1) && ulimit -v 1048576; "
                "rm $F/version; ls -A $F /tmp >$F/before; TMPDIR=$F timeout 60 $SPRINGBACK %s "
                "$F/%s; status=$?; rm -f $F/out; ls -A $F /tmp | grep -v springback-test | "
                "diff - <(grep -v springback-test $F/before) | grep hostile; exit $status",
                commands[j], cases[i].name);
            int status = run_line(line, &output, &messages);
            if (status != (cases[i].part ? 1 : 0) || strstr(output, "hostile-") ||
                (cases[i].part && !strstr(messages, cases[i].part)))
                fail_msg("%s %s: exit %d\n%s%s", commands[j], cases[i].name, status, output,
                         messages);
            free(output);
            free(messages);
        }
}

/* ---- streams ------------------------------------------------------------------------------- */

/* Every command that takes a dataset takes a pipe. */
static void test_pipes(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "data list", "data stats --tsv",          "data head --json",
        "data head", "rate --quiet --tsv",        "data convert",
        "tree",      "rate --quiet --model gzip", "rate --quiet --folds 0 --json",
    };
    char line[512];
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        snprintf(line, sizeof line, "cat $GOOD | $SPRINGBACK %s -", commands[i]);
        assert_succeeds(line);
        snprintf(line, sizeof line, "$SPRINGBACK %s <(gzip -c $GOOD)", commands[i]);
        assert_succeeds(line);
    }
    assert_succeeds("$SPRINGBACK curve --k 2 --l 0:1:3 --pretrain <(cat $GOOD) --align <(cat $BAD) "
                    "--perturb - <$GOOD");
    assert_succeeds("$SPRINGBACK theory --k 2 --pi 1/3,1/3,1/3 --l 0:1 --tsv | "
                    "$SPRINGBACK plot ratio - -o $F/x.svg && ls $F/x.svg $F/x.tsv $F/x.gp");
    assert_succeeds("$SPRINGBACK rate --quiet --model tree:d=8,train=- $GOOD <$BAD");
}

/* Standard input is one thing only. */
static void test_input_named_twice(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "data list - -",
        "data stats - a=-",
        "rate --data - a=-",
        "rate --model scores:- -",
        "tree --depth 4 - -",
        "rate --model tree:train=- --model gzip:train=- $GOOD",
        "curve --k 2 --l 0 --pretrain - --align - --perturb $BAD",
    };
    char line[512];
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        snprintf(line, sizeof line, "cat $GOOD | $SPRINGBACK %s", lines[i]);
        assert_refused(line, 2, "standard input can be read only once");
    }
}

/* With a standard stream closed, no file takes its place. */
static void test_closed_streams(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK data stats $GOOD >&-", 1, "standard output: Bad file descriptor");
    assert_refused("$SPRINGBACK rate --quiet $GOOD --rows $F/rows.tsv >&-", 1,
                   "standard output: Bad file descriptor");
    char *output;
    assert_int_equal(run_command("grep -c bits_per_byte $F/rows.tsv", &output, NULL), 0);
    assert_string_equal(output, "1\n"); /* the ledger's header, and no results behind it */
    free(output);
    assert_refused("$SPRINGBACK data stats - <&-", 1, "-: ");
}

/* ---- names --------------------------------------------------------------------------------- */

/* Names that are not UTF-8, and with newlines, in results, provenance and messages. */
static void test_names_of_files(void **state)
{
    (void)state;
    static const char *const names[] = { "new\\nline", "\\xE9", "a=b c", "t\\tab", "\\x1B[31m" };
    static const char *const commands[] = {
        "data list",       "data list --json",    "data stats --json",
        "data head --tsv", "data head --json",    "data convert",
        "rate --quiet",    "rate --quiet --json", "tree --json",
    };
    char line[1024];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(line, sizeof line, "cp $GOOD $F/$'%s.jsonl' && echo copied", names[i]);
        assert_succeeds(line);
        for (size_t j = 0; j < sizeof commands / sizeof *commands; j++) {
            snprintf(line, sizeof line, "$SPRINGBACK %s $F/$'%s.jsonl'", commands[j], names[i]);
            assert_succeeds(line);
        }
        /* Twice: the second run goes on from the first one's ledger. */
        snprintf(line, sizeof line,
                 "cd $F && cp /dev/null rows.tsv && for i in 1 2; do $SPRINGBACK rate --quiet "
                 "--model tree:d=8,train=$'%s.jsonl' $'%s.jsonl' --rows rows.tsv || exit; done",
                 names[i], names[i]);
        assert_succeeds(line);
    }
    assert_refused("$SPRINGBACK data stats \"$(printf 'no\\nfile')\"", 1, "no?file: No such file");
    assert_refused("$SPRINGBACK \"$(printf 'no\\ncommand')\"", 2, "no command \"no?command\"");
    assert_refused("$SPRINGBACK rate \"$(printf -- '--x\\ny')\"", 2, "no option \"--x?y\"");
    assert_refused("$SPRINGBACK rate $GOOD --output ''", 2, "--output names no file");
    assert_refused("$SPRINGBACK data stats ''", 2, "dataset \"\" names no file");
}

/* Commands of any length are recorded whole, in words that a shell takes back. */
static void test_recorded_command(void **state)
{
    (void)state;
    char *output, *messages;
    assert_int_equal(run_line("$SPRINGBACK data stats --tsv $GOOD "
                              "$(printf ' --filter id=0%.0s1' $(seq 1000)) "
                              "--prompt-format \"it's{prompt}\" | grep '^# command' | tail -c 26",
                              &output, &messages),
                     0);
    assert_string_equal(output, "format 'it'\\\\''s{prompt}'\n"); /* TSV doubles the backslash */
    free(output);
    free(messages);
}

/* ---- the ledger ---------------------------------------------------------------------------- */

static void test_ledger(void **state)
{
    (void)state;
    const char *rate = "$SPRINGBACK rate --quiet --replicates 100 $GOOD --rows";
    char line[512];
    assert_refused("$SPRINGBACK rate --quiet $GOOD --rows $F/none/rows.tsv", 1,
                   "none/rows.tsv: cannot be written: No such file or directory; name a file");
    /* Somebody's file is not touched. */
    assert_succeeds("cp $GOOD $F/mine && echo copied");
    snprintf(line, sizeof line, "%s $F/mine", rate);
    assert_refused(line, 1, "mine: belongs to other inputs");
    assert_succeeds("cmp $GOOD $F/mine && echo the same");
    /* A ledger may be moved. */
    snprintf(line, sizeof line, "%s $F/a && mv $F/a $F/b && %s $F/b", rate, rate);
    assert_succeeds(line);
    /* A pipe cannot be told from another. */
    assert_succeeds("cat $GOOD | $SPRINGBACK rate --quiet - --rows $F/piped");
    assert_refused("cat $BAD | $SPRINGBACK rate --quiet - --rows $F/piped", 1,
                   "piped: begun on a pipe that is gone; remove the file");
    /* A damaged row names the file. */
    assert_succeeds("sed -i '$s/\t[0-9]*\tNA/\t99999\tNA/' $F/b && echo done");
    snprintf(line, sizeof line, "%s $F/b", rate);
    assert_refused(line, 1, "/b: ");
}

/* ---- output -------------------------------------------------------------------------------- */

/* Where there is no room, every command says so and leaves nothing: a limit on the size of files stands
 * for the disk (beyond it a write fails with EFBIG once SIGXFSZ is ignored). */
static void test_no_room(void **state)
{
    (void)state;
    static const char *const commands[] = {
        "data generate --documents 200",
        "data convert $GOOD",
        "rate --quiet $GOOD $BAD b=$BAD --model tree --model gzip",
        "theory --k 20 --pi 1/3,1/3,1/3 --l 0:1:100",
        "theory --k 20 --pi 1/3,1/3,1/3 --l 0:1:100 --json",
        "tree --depth 30 $GOOD",
        "curve --k 2 --l 0:1:30",
    };
    char line[512];
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        snprintf(
            line, sizeof line,
            "trap '' XFSZ; (ulimit -f 1; export GCOV_PREFIX=/tmp/springback-profiles; exec $SPRINGBACK %s --quiet -o $F/out)",
            commands[i]);
        assert_leaves_nothing(line, "/out: File too large; nothing was left behind; make room");
        if (access("/dev/full", W_OK) == 0) {
            snprintf(line, sizeof line, "$SPRINGBACK %s --quiet >/dev/full", commands[i]);
            assert_refused(line, 1, "standard output: No space left on device");
        }
    }
}

/* The temporary copy of a pipe has no room, or no folder. */
static void test_no_room_for_a_copy(void **state)
{
    (void)state;
    assert_refused("cat $GOOD | TMPDIR=$F/none $SPRINGBACK rate --quiet -", 1,
                   "No such file or directory); set TMPDIR");
    assert_leaves_nothing(
        "trap '' XFSZ; cat $GOOD | (ulimit -f 1; TMPDIR=$F; export TMPDIR; "
        "export GCOV_PREFIX=/tmp/springback-profiles; exec $SPRINGBACK rate --quiet -)",
        "cannot be written (File too large); set TMPDIR");
}

/* Ctrl-C takes the unfinished file along. */
static void test_interrupted(void **state)
{
    (void)state;
    char *output;
    int status = run_command("mkfifo $F/in && (exec 3<>$F/in; cat $GOOD $GOOD $GOOD >&3; "
                             "$SPRINGBACK data convert $F/in -o $F/out & p=$!; "
                             "until [ -s $F/.out.* ] || ! kill -0 $p; do sleep 0.02; done; "
                             "kill -TERM $p; wait $p)",
                             NULL, NULL);
    assert_int_equal(status, 128 + SIGTERM);
    assert_int_equal(run_command("ls -A $F", &output, NULL), 0);
    assert_string_equal(output, "in\n");
    free(output);
}

/* So it does while another program runs for this one: that ends, and its folder goes. */
static void test_interrupted_in_gnuplot(void **state)
{
    (void)state;
    char *output, *messages;
    int status = run_line(
        "mkdir $F/bin; printf \"#!/bin/sh\\n>$F/started; exec sleep 30\\n\" >$F/bin/gnuplot; "
        "chmod +x $F/bin/gnuplot; export PATH=$F/bin:$PATH; "
        "$SPRINGBACK theory --k 2 --pi 1/3,1/3,1/3 --l 0:1 -o $F/t.tsv; "
        "set -m; $SPRINGBACK plot ratio $F/t.tsv -o $F/x.svg & p=$!; "
        "until [ -e $F/started ] || ! kill -0 $p; do sleep 0.02; done; "
        "kill -INT -$p; wait $p",
        &output, &messages);
    assert_int_equal(status, 1);
    assert_non_null(strstr(messages, "springback: figure ratio: gnuplot"));
    free(output);
    free(messages);
    assert_int_equal(
        run_command("ls -A $F | grep -v -x -e line -e bin -e started -e t.tsv", &output, NULL), 1);
    assert_string_equal(output, "");
    free(output);
}

/* ---- numbers ------------------------------------------------------------------------------- */

/* No NaN is ever printed: one document, equal documents, no volume for t, weights far apart. */
static void test_no_nan(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "$SPRINGBACK rate --quiet --limit 1 $GOOD",
        "$SPRINGBACK rate --quiet --pretrain $GOOD --align $BAD --perturb t=$GOOD --volumes p=9,a=2",
        "printf '{\"text\":\"a\"}\\n{\"text\":\"a\"}\\n' | $SPRINGBACK rate --quiet -",
        "printf '{\"text\":\"\"}\\n{\"text\":\"a\"}\\n' | $SPRINGBACK rate --quiet -",
        ("printf '{\"text\":\"a\",\"weight\":1e100}\\n{\"text\":\"b\",\"weight\":1e-320}\\n"
         "{\"text\":\"cd\",\"weight\":1e100}\\n' | $SPRINGBACK rate --quiet -"),
        "$SPRINGBACK rate --quiet --contrast good-good $GOOD",
    };
    static const char *const forms[] = { "", "--tsv", "--json" };
    static const char *const kinds[] = { "bca", "percentile", "t" };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        for (size_t j = 0; j < 9; j++) {
            char line[1024], *output, *messages;
            snprintf(line, sizeof line, "%s --interval %s %s", lines[i], kinds[j / 3],
                     forms[j % 3]);
            if (run_command(line, &output, &messages) || *messages)
                fail_msg("%s: %s", line, messages);
            char *nan = output;
            while ((nan = strstr(nan, "nan")) && isalpha((unsigned char)nan[3]))
                nan++; /* "provenance" */
            if (nan)
                fail_msg("%s: %s", line, output);
            free(output);
            free(messages);
        }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_archives),
        TEST(test_hostile_archives),
        TEST(test_pipes),
        TEST(test_input_named_twice),
        TEST(test_closed_streams),
        TEST(test_names_of_files),
        TEST(test_recorded_command),
        TEST(test_ledger),
        TEST(test_no_room),
        TEST(test_no_room_for_a_copy),
        TEST(test_interrupted),
        TEST(test_interrupted_in_gnuplot),
        TEST(test_no_nan),
    };
    signal(SIGINT, SIG_DFL); /* a script's background ignores it */
    return cmocka_run_group_tests_name("bad input", tests, NULL, NULL);
}

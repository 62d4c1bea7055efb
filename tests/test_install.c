/* The installation: what is put where, that it works from there, and that all of it goes again. */
#include "tests/helpers.h"

/* Runs a script with $R an empty folder, $B the folder of the binary under test, and make without what
 * a make above this test left in the environment. */
static int script(const char *text, char **output, char **messages)
{
    char *folder = new_folder(), *line = malloc(strlen(text) + 512);
    assert_non_null(line);
    sprintf(line,
            "unset MAKEFLAGS MFLAGS MAKELEVEL; set -e; R=%s; B=${SPRINGBACK%%/*}; "
            "make() { command make -s BUILD=\"$B\" \"$@\"; }\n%s",
            folder, text);
    int status = run_command(line, output, messages);
    free(line);
    remove_folder(folder);
    return status;
}

static void expect(const char *text, const char *expected)
{
    char *output, *messages;
    int status = script(text, &output, &messages);
    if (status || strcmp(output, expected) != 0)
        fail_msg("%s\n-- exit %d, printed --\n%s%s-- expected --\n%s", text, status, output,
                 messages, expected);
    free(output);
    free(messages);
}

static void test_everything_goes_again(void **state)
{
    (void)state;
    expect(
        "make install DESTDIR=$R PREFIX=/usr\n"
        "cd $R/usr && ls -d bin/* include/* lib/*.a lib/pkgconfig/*\n"
        "cd - >/dev/null; make uninstall DESTDIR=$R PREFIX=/usr; find $R -type f\n",
        "bin/springback\ninclude/springback\nlib/libspringback.a\nlib/pkgconfig/springback.pc\n");
}

/* docs/example.c against the installed library gives the numbers of the installed command. */
static void test_example(void **state)
{
    (void)state;
    expect("make install PREFIX=$R; export PKG_CONFIG_PATH=$R/lib/pkgconfig\n"
           "${CC:-cc} $CFLAGS -std=c17 -Wall -Wextra -Wpedantic -Werror docs/example.c "
           "$(pkg-config --cflags --libs springback) -o $R/example\n"
           "D=data/samples; $R/example tree:d=16 $D/good.jsonl $D/bad.jsonl\n"
           "$R/bin/springback rate --model tree:d=16,train=$D/good.jsonl --data $D/bad.jsonl |"
           " grep -o '4.9607 [^]]*]'\n"
           "$R/example tree:d=16 nofile $D/bad.jsonl 2>&1 || echo $?\n"
           "test $(wc -l <docs/example.c) -le 60\n",
           "24 documents: 4.9607 [4.6295, 5.2919] bits per byte\n"
           "4.9607 [4.6295, 5.2919]\n"
           "example: nofile: No such file or directory\n1\n");
}

/* The same commit gives the same bytes; the archive knows the commit and holds no build. */
static void test_dist(void **state)
{
    (void)state;
    if (script("git diff --quiet HEAD", NULL, NULL)) {
        print_message("no git here, or changes that are not committed: no archive is made\n");
        skip();
    }
    expect("make dist BUILD=$R/a; make dist BUILD=$R/b; cd $R; cmp a/*.xz b/*.xz\n"
           "tar -tf a/*.xz | grep -cE '^[^/]*/(build/|.*\\.o$)' || true\n"
           "tar -xOf a/*.xz --wildcards '*/commit' | grep -cE '^[0-9a-f]{12} [0-9]{4}-[0-9-]{5}$'\n"
           "tar -xOf a/*.xz --wildcards '*/README.md' | head -n 1\n",
           "0\n1\n# springback\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_everything_goes_again),
                                        cmocka_unit_test(test_example),
                                        cmocka_unit_test(test_dist) };
    return cmocka_run_group_tests_name("installation", tests, NULL, NULL);
}

/* The installation: what is put where, that it works from there, and that all of it goes again. */
#include "tests/helpers.h"

/* Runs a script with $R an empty folder, $B the folder of the binary under test, and make with the optional
 * parts that are in it, without what a make above this test left in the environment. */
static int script(const char *text, char **output, char **messages)
{
    char *folder = new_folder(), *line = malloc(strlen(text) + 512);
    assert_non_null(line);
    sprintf(line,
            "unset MAKEFLAGS MFLAGS MAKELEVEL; set -e; R=%s; B=${SPRINGBACK%%/*}; "
            "flint=$(echo $B/flint.*); pcre2=$(echo $B/pcre2.*); make() { command make -s "
            "BUILD=\"$B\" FLINT=${flint##*.} PCRE2=${pcre2##*.} \"$@\"; }\n%s",
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
    expect("make install DESTDIR=$R PREFIX=/usr; cd $R/usr\n"
           "ls -d bin/* include/* lib/*.a lib/pkgconfig/* share/b*/*/* share/man/*/*-data.*\n"
           "cd - >/dev/null; make uninstall DESTDIR=$R PREFIX=/usr; find $R -type f\n",
           "bin/springback\ninclude/springback\nlib/libspringback.a\nlib/pkgconfig/springback.pc\n"
           "share/bash-completion/completions/springback\nshare/man/man1/springback-data.1\n");
}

/* A page for every command and its commands, with every option of its --help; a page that one refers to
 * is there. */
static void test_manual(void **state)
{
    (void)state;
    expect("make man; cd $B/man; ls | grep -cE '^springback(-rate|-data-list|-verify)?[.]1'\n"
           "for c in $($SPRINGBACK --help | sed -n 's/^  \\([a-z]*\\)  .*/\\1/p'); do\n"
           "  for o in $($SPRINGBACK $c --help | sed -n 's/^  --\\([^ ]*\\).*/\\1/p'); do\n"
           "    grep -qE \"^.It Fl Fl $o( |$)\" springback-$c.1 || echo $c: no --$o\n"
           "  done\n"
           "done\n"
           "for r in $(sed -n 's/.*Xr \\([^ ]*\\) 1.*/\\1/p' *.1); do\n"
           "  test -e $r.1 || echo no $r.1\n"
           "done\n"
           "test $(ls | wc -l) -gt 18\n",
           "4\n");
    if (script("command -v mandoc", NULL, NULL)) {
        print_message("no mandoc here: the pages are not checked by it\n");
        skip();
    }
    /* It looks for the pages that are referred to among the system's. */
    expect(
        "make man; mandoc -Tlint $B/man/*.1 | grep -v 'referenced manual not found' || true\n"
        "mandoc -Tutf8 $B/man/springback-verify.1 | sed 's/.\x08//g' | grep -c 'R18   *certificates by ball'\n"
        "mandoc -Tutf8 $B/man/springback-plot.1 | grep -c \"set 'key bottom'\"\n",
        "1\n1\n");
}

/* What bash offers behind a line; the words are sorted. */
static void expect_completion(const char *words, const char *offered)
{
    char text[1024];
    snprintf(text, sizeof text,
             "bash -c '. docs/man/springback.bash; COMP_WORDS=($SPRINGBACK %s)\n"
             "COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _springback\n"
             "printf \"%%s\\n\" \"${COMPREPLY[@]}\"' | sort | tr '\\n' ' '\n",
             words);
    expect(text, offered);
}

static void test_completion(void **state)
{
    (void)state;
    if (script("command -v bash", NULL, NULL)) {
        print_message("no bash here: its completion is not tried\n");
        skip();
    }
    expect_completion("the", "theory ");
    expect_completion("--v", "--version ");
    expect_completion("verify R1", "R1 R10 R11 R12 R13 R14 R15 R16 R17 R18 ");
    expect_completion("plot sp", "springs ");
    expect_completion("plot springs sp", " ");
    expect_completion("rate --model x", "xz ");
    expect_completion("rate --token", "--token-rows ");
    expect_completion("rate --quiet x.txt --con", "--confidence --contrast ");
    expect_completion("data h", "head ");
    expect_completion("data head --li", "--limit ");
    expect_completion("data --li", " ");
    expect_completion("code d", "decompress ");
    expect_completion("run rebound mi", "mitigation ");
}

/* Every symbol of the library that a header declares is defined on a page of the reference, and links
 * lead to what is there. */
static void test_reference(void **state)
{
    (void)state;
    expect(
        "make api BUILD=$R >$R/said\n"
        "nm -g --defined-only $B/libspringback.a | sed -n 's/.* [TRD] //p' | sort -u >$R/symbols\n"
        "test $(wc -l <$R/symbols) -gt 700\n"
        "grep -oh 'id=\"[^\"]*' $R/api/*.html | sed 's/id=\"//' | sort -u >$R/defined\n"
        "for s in $(comm -23 $R/symbols $R/defined); do\n"
        "  grep -lw $s $(find theory data estimators -name '*.h') || true\n"
        "done\n"
        "cd $R/api; grep -o 'id=\"[^\"]*' *.html | sed 's/:id=\"/#/' | sort -u >$R/there\n"
        "grep -o 'href=\"[^\"]*' *.html | sed 's/:href=\"#/#/; s/.*:href=\"//' | sort -u >$R/links\n"
        "grep '#' $R/links | comm -23 - $R/there\n"
        "for f in $(grep -v '#' $R/links); do test -e $f || echo no $f; done\n"
        "grep -cx 'theory-huffman.html#sb_huffman_mean_bits' $R/there\n"
        "grep -c 'href=\"theory-huffman.html\"' index.html\n",
        "1\n1\n");
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
                                        cmocka_unit_test(test_manual),
                                        cmocka_unit_test(test_completion),
                                        cmocka_unit_test(test_reference),
                                        cmocka_unit_test(test_example),
                                        cmocka_unit_test(test_dist) };
    return cmocka_run_group_tests_name("installation", tests, NULL, NULL);
}

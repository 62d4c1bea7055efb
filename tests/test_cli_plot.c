/* springback plot: pictures whole or not at all, with their table and script beside them. */
#include "tests/folder.h"

static int set_up(void **state)
{
    (void)state;
    static const char table[] = "# springback=test\n"
                                "k\tl\td_gamma_a_bits\td_gamma_p_bits\n"
                                "1\t0\t0.48\t-0.48\n10\t0\t0.12\t-0.012\n"
                                "100\t0\t0.0142\t-0.000142\n";
    static const char empty[] = "k\tl\td_gamma_a_bits\td_gamma_p_bits\n";
    char path[4200];
    folder = new_folder();
    setenv("F", folder, 1);
    snprintf(path, sizeof path, "%s/slopes.tsv", folder);
    write_file(path, table, sizeof table - 1);
    snprintf(path, sizeof path, "%s/empty.tsv", folder);
    write_file(path, empty, sizeof empty - 1);
    snprintf(path, sizeof path, "%s/other.tsv", folder);
    write_file(path, "k\tl\n1\t2\n", 8);
    return 0;
}

/* The command succeeds and prints exactly this. */
static void expect(const char *command, const char *expected)
{
    char *output, *messages;
    int status = run_command(command, &output, &messages);
    if (status != 0 || strcmp(output, expected) != 0 || *messages)
        fail_msg("%s\n  exit %d, stderr: %s\n  stdout: %s\n  expected: %s", command, status,
                 messages, output, expected);
    free(output);
    free(messages);
}

/* After a refusal the folder holds what set_up put there and nothing else. */
static void expect_refused(const char *command, int status, const char *part)
{
    assert_refused(command, status, part);
    expect("ls -A $F", "empty.tsv\nother.tsv\nslopes.tsv\n");
}

static void test_each_kind_is_what_its_name_says(void **state)
{
    (void)state;
    expect("cd $F && for x in pdf svg png tex tikz; do $SPRINGBACK plot slopes slopes.tsv -o p.$x"
           " || exit 1; done; for x in pdf svg png tex tikz; do head -c 14 p.$x | tr -c"
           " '[:print:]' .; echo; done",
           "%PDF-1.5.%....\n<?xml version=\n.PNG........IH\n% GNUPLOT: LaT\n\\begin{tikzpic\n");
}

static void test_terminal_draws_characters(void **state)
{
    (void)state;
    char *output;
    assert_int_equal(run_command("$SPRINGBACK plot slopes $F/slopes.tsv --terminal", &output, NULL),
                     0);
    assert_non_null(strstr(output, "volume ratio k"));
    free(output);
    expect("ls -A $F", "empty.tsv\nother.tsv\nslopes.tsv\n");
}

static void test_size_font_and_settings_reach_gnuplot(void **state)
{
    (void)state;
    expect(
        "cd $F && $SPRINGBACK plot slopes slopes.tsv -o p.svg --width 3in --height 72pt"
        " --font 'Times,9' --set 'xlabel \"own label\"' --set 'key off' &&"
        " grep -c -e 'width=\"288\" height=\"96\"' -e 'font-family=\"Times\"' -e 'own label' p.svg"
        " >n; test $(cat n) -ge 3; grep '^set key off' p.gp",
        "set key off\n");
}

static void test_script_and_table_redraw_the_picture(void **state)
{
    (void)state;
    /* Elsewhere: the table is copied, and the folder can be moved. */
    expect(
        "mkdir $F/a && $SPRINGBACK plot slopes $F/slopes.tsv -o $F/a/p.svg && mv $F/a $F/b &&"
        " cd $F/b && ls -A && cmp p.tsv ../slopes.tsv && mv p.svg q && LC_ALL=C.UTF-8 gnuplot p.gp"
        " && cmp p.svg q",
        "p.gp\np.svg\np.tsv\n");
    /* Beside it: the table stays the one file that it is. */
    expect(
        "cd $F && $SPRINGBACK plot slopes slopes.tsv -o p.svg && ls -A && LC_ALL=C.UTF-8 gnuplot p.gp",
        "b\nempty.tsv\nother.tsv\np.gp\np.svg\nslopes.tsv\n");
}

/* Experiments with counts, in no time; a table of theirs goes to the file that is named next. */
#define RUN_ALL(names, table)                                                                      \
    "run " names " --model counts --pretraining 640 --seeds 2 --test 4 --folder $F/run"            \
    " --quiet >$F/o && move() { mv $F/run/" table ".tsv $1; } && move"
#define RUN(name) RUN_ALL(name, name)

/* The same with a transformer, for what counts cannot do. */
#define RUN_TINY(name)                                                                             \
    "run " name " --model llama:width=8,layers=1,heads=1 --pretraining 128 --seeds 3 --test 4"     \
    " --folder $F/run --quiet >$F/o && move() { mv $F/run/" name ".tsv $1; } && move"

/* The figures and the commands agree on the names of columns. */
static void test_every_figure_from_its_commands(void **state)
{
    (void)state;
    static const char *const figures[][2] = {
        { "rates", "theory --k 5,20 --pi 1/3,1/3,1/3 --l 0:0.45:5 -o" },
        { "ratio", "theory --k 5,20 --pi 1/3,1/3,1/3 --l 0:0.45:5 -o" },
        { "slopes", "theory --k 1:100:log3 --pi 1/3,1/3,1/3 --l 0 -o" },
        { "phase", "theory --phase 0.05:0.2:4 -o" },
        { "signs", "theory --dist tests/fixtures/shared.json --k 1:1000:log11 --l 0.01:1:log3 -o" },
        { "codes", "theory --dist tests/fixtures/shared.json --codes --k 3 --l 0:6:13 -o" },
        { "blocks",
          "theory --dist tests/fixtures/shared.json --codes --k 3 --l 1,2 --blocks 1,2 -o" },
        { "documents",
          "theory --dist tests/fixtures/shared.json --k 5 --l 1/10 --documents 1,10 -o" },
        { "totals", "theory --dist tests/fixtures/shared.json --k 5 --l 1/10 --documents 10,99"
                    " --total a -o" },
        { "sequential", "theory --pi 1/3,1/3,1/3 --align-time 1,3 --perturb-time 0:2:5 -o" },
        { "memory", "theory --curvatures 10,1 --align-time 1,3 --perturb-time 0:2:5 -o" },
        { "springs", "theory --springs --k 1,3,9 --pi 1/3,1/3,1/3 -o" },
        { "tree", "tree --text abracadabra --depth 8 --nodes" },
        { "language",
          "curve --language overlap=0.6 --documents 200 --pi 1/3,1/3,1/3 --l 0:0.3:3 -o" },
        { "masses", "tree --power-law data/samples/fables.txt data/samples/good.jsonl --masses" },
        { "layers", "tree --reading blocks --k 20 --depth 8 --pretrain data/samples/fables.txt"
                    " --align data/samples/good.jsonl --perturb data/samples/bad.jsonl -o" },
        { "estimators", "tree --simulate '' --sizes 10,100 --replicates 5 -o" },
        { "autocovariance",
          "rate --model tree:d=8 --model tree:d=16 data/samples/fables.txt --autocovariance" },
        { "coverage", "coverage --samples 20 --replicates 100 --documents 5,10 -o" },
        { "noisy",
          "curve --language '' --level word --documents 100 --seeds 3 --l 0.1:0.4:5 -o $F/r.tsv &&"
          " $SPRINGBACK curve --slopes $F/r.tsv -o" },
        { "entropy_rate", "tree --blocks 5 --simulate topics=1,style_words=1,content_words=4"
                          " --sizes 2000,8000 -o" },
        { "predictors", "rate --model tree:d=8 --model gzip data/samples/good.jsonl -o" },
        { "compare",
          "train --new llama:width=16,layers=1,heads=2 --data data/samples/fables.txt"
          " --split line --out $F/a --quiet >$F/o && $SPRINGBACK train --init $F/a --data"
          " data/samples/good.jsonl --out $F/b --quiet >$F/o && $SPRINGBACK compare $F/a"
          " $F/b --data data/samples/bad.jsonl --by-position" },
        { "depth", "rate --model tree:d=8 --depth 8 data/samples/good.jsonl -o" },
        { "balance", RUN_TINY("balance") },
        { "responses", RUN_TINY("slopes") },
        { "path", RUN_TINY("path") },
        { "resistance", RUN("resistance") },
        { "prequential", RUN("prequential") },
        { "rebound", RUN("rebound") },
        { "controls", RUN("rebound") },
        { "heat", RUN("rebound") },
        { "forms", RUN("rebound") },
        { "extensions", RUN("rebound") },
        { "contrasts", RUN_ALL("rebound reverse", "verdicts") },
        { "scale", RUN("volume") },
        { "kl", RUN("kl") },
        { "mitigation", RUN("mitigation") },
    };
    for (size_t i = 0; i < sizeof figures / sizeof *figures; i++) {
        char command[1024], *messages;
        snprintf(command, sizeof command,
                 "$SPRINGBACK %s $F/x.tsv --quiet >/dev/null && for x in svg tex; do"
                 " $SPRINGBACK plot %s $F/x.tsv -o $F/%s.$x || exit 1; done",
                 figures[i][1], figures[i][0], figures[i][0]);
        int status = run_command(command, NULL, &messages);
        if (status != 0 || *messages)
            fail_msg("%s\n  exit %d: %s", command, status, messages);
        free(messages);
    }
    /* And these are all. */
    expect("for f in plots/*.gp; do test -e $F/$(basename $f .gp).svg || basename $f; done",
           "style.gp\n");
    /* LaTeX, where there is one, sets them all. */
    expect(
        "cd $F && command -v pdflatex >/dev/null || exit 0; { printf '%s\\n'"
        " '\\documentclass{article}\\usepackage{graphicx,color}\\begin{document}';"
        " for f in *.tex; do printf '\\\\input{%s}\\\\clearpage\\n' $f; done;"
        " printf '%s\\n' '\\end{document}'; } >all.ltx; pdflatex -interaction=nonstopmode -halt-on-error all.ltx"
        " >log; grep -A 3 '^!' log; test -e all.pdf || echo no pages",
        "");
}

static void test_several_tables_are_drawn_as_one(void **state)
{
    (void)state;
    expect(
        "cd $F && printf 'k\\tl\\td_gamma_a_bits\\td_gamma_p_bits\\n1000\\t0\\t0.00144\\t-1.44e-06\\n' >m.tsv"
        " && $SPRINGBACK plot slopes slopes.tsv m.tsv -o p.svg && tail -n 2 p.tsv",
        "100\t0\t0.0142\t-0.000142\n1000\t0\t0.00144\t-1.44e-06\n");
    /* A shell lists depth-16.tsv before depth-8.tsv; the curve runs by depth. */
    expect("for d in 8 16; do $SPRINGBACK rate --model tree:d=$d --depth $d --quiet"
           " data/samples/good.jsonl -o $F/depth-$d.tsv; done; cd $F && $SPRINGBACK plot depth"
           " depth-16.tsv depth-8.tsv -o r.svg && grep -o 'tree:d=[0-9]*' r.tsv",
           "tree:d=8\ntree:d=8\ntree:d=16\n");
    assert_refused("cd $F && $SPRINGBACK plot slopes slopes.tsv other.tsv -o q.svg", 1,
                   "other.tsv: its columns differ");
}

static void test_no_date_and_the_same_bytes(void **state)
{
    (void)state;
    expect(
        "cd $F && for x in pdf svg png tikz tex; do $SPRINGBACK plot slopes slopes.tsv -o p.$x &&"
        " mv p.$x q.$x && TZ=Asia/Tokyo $SPRINGBACK plot slopes slopes.tsv -o p.$x && cmp p.$x"
        " q.$x || echo $x; done; $SPRINGBACK plot slopes slopes.tsv -o p.pdf;"
        " grep -a -o 'CreationDate (D:[0-9]*' p.pdf",
        "CreationDate (D:19700101000000\n");
}

static void test_names_that_mean_something_to_gnuplot_or_a_shell(void **state)
{
    (void)state;
    expect("cd $F && mkdir d && cp slopes.tsv \"d/< touch x;'y'.tsv\" && cd d &&"
           " $SPRINGBACK plot slopes \"< touch x;'y'.tsv\" -o '| touch z.svg' && ls",
           "< touch x;'y'.tsv\n| touch z.gp\n| touch z.svg\n");
}

static void test_wrong_usage(void **state)
{
    (void)state;
    expect_refused("$SPRINGBACK plot", 2, "name a figure and a table");
    expect_refused("$SPRINGBACK plot nosuch $F/slopes.tsv -o $F/p.pdf", 2, "slopes");
    expect_refused("$SPRINGBACK plot style $F/slopes.tsv -o $F/p.pdf", 2, "no figure \"style\"");
    expect_refused("$SPRINGBACK plot slopes $F/slopes.tsv", 2, "-o FILE");
    expect_refused("$SPRINGBACK plot slopes $F/slopes.tsv -o $F/p.jpg", 2, ".pdf, .svg");
    expect_refused("$SPRINGBACK plot slopes $F/slopes.tsv -o $F/p.pdf --width 77", 2, "77mm");
    expect_refused("$SPRINGBACK plot slopes $F/slopes.tsv -o $F/p.pdf --height nan", 2, "58mm");
}

/* Every script of plots/ but the style is a figure that the help explains. */
static void test_help_names_every_figure(void **state)
{
    (void)state;
    expect("for f in plots/*.gp; do n=$(basename $f .gp); test $n = style ||"
           " $SPRINGBACK plot --help | grep -q \"^  $n  *[a-zA-Z]\" || echo $n; done",
           "");
}

static void test_wrong_tables(void **state)
{
    (void)state;
    expect_refused("$SPRINGBACK plot slopes $F/absent.tsv -o $F/p.pdf", 1, "absent.tsv: No such");
    expect_refused("$SPRINGBACK plot slopes $F/other.tsv -o $F/p.pdf", 1,
                   "other.tsv: no column \"d_gamma_a_bits\"");
    expect_refused("$SPRINGBACK plot slopes $F/other.tsv -o $F/p.pdf", 1, "springback theory");
    expect_refused("$SPRINGBACK plot slopes $F/empty.tsv -o $F/p.pdf", 1, "empty.tsv: no rows");
}

static void test_wrong_places(void **state)
{
    (void)state;
    expect_refused("$SPRINGBACK plot slopes $F/slopes.tsv -o $F/no/p.pdf", 1, "/no: cannot be");
    expect_refused("TMPDIR=$F/no $SPRINGBACK plot slopes $F/slopes.tsv --terminal", 1,
                   "/no: cannot be");
}

static void test_gnuplot_fails(void **state)
{
    (void)state;
    expect_refused("PATH=$F $SPRINGBACK plot slopes $F/slopes.tsv -o $F/p.pdf", 1,
                   "apt-get install gnuplot-nox");
    expect_refused("$SPRINGBACK plot slopes $F/slopes.tsv -o $F/p.pdf --set 'nosuch 1'", 1,
                   "set nosuch 1");
    /* An older picture survives. */
    expect("echo old >$F/p.pdf; $SPRINGBACK plot slopes $F/slopes.tsv -o $F/p.pdf --set nosuch"
           " 2>/dev/null; cat $F/p.pdf; rm $F/p.pdf",
           "old\n");
}

/* On a full disk gnuplot writes what it can and exits with 0; so does this stand-in for it. */
static void test_half_a_picture_is_none(void **state)
{
    (void)state;
    expect("mkdir $F/bin && printf '#!/bin/sh\\necho %%PDF-1.5 >p.pdf\\n' >$F/bin/gnuplot &&"
           " chmod +x $F/bin/gnuplot; cd $F; PATH=$F/bin:$PATH $SPRINGBACK plot slopes slopes.tsv"
           " -o p.pdf 2>m; echo $?; grep -c 'disk full' m; rm -r bin m",
           "1\n1\n");
    expect("ls -A $F", "empty.tsv\nother.tsv\nslopes.tsv\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_each_kind_is_what_its_name_says),
        TEST(test_terminal_draws_characters),
        TEST(test_size_font_and_settings_reach_gnuplot),
        TEST(test_script_and_table_redraw_the_picture),
        TEST(test_every_figure_from_its_commands),
        TEST(test_several_tables_are_drawn_as_one),
        TEST(test_no_date_and_the_same_bytes),
        TEST(test_names_that_mean_something_to_gnuplot_or_a_shell),
        TEST(test_wrong_usage),
        TEST(test_help_names_every_figure),
        TEST(test_wrong_tables),
        TEST(test_wrong_places),
        TEST(test_gnuplot_fails),
        TEST(test_half_a_picture_is_none),
    };
    return cmocka_run_group_tests_name("plot", tests, NULL, NULL);
}

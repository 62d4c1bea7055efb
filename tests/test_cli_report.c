/* springback report: templates run, Markdown and a page made of what they print. */
#include "tests/folder.h"

static int set_up(void **state)
{
    (void)state;
    folder = new_folder();
    setenv("F", folder, 1);
    return 0;
}

static void write_template(const char *text)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/t.md", folder);
    write_file(path, text, strlen(text));
}

static char *made(const char *name)
{
    char path[4200];
    snprintf(path, sizeof path, "%s/out/%s", folder, name);
    return read_file(path, NULL);
}

/* The template comes out as this report.md, and report.html has this body. */
static void expect(const char *template, const char *markdown, const char *body)
{
    char *messages, *text;
    write_template(template);
    int status = run_command("$SPRINGBACK report $F/t.md -o $F/out", NULL, &messages);
    if (status != 0 || *messages)
        fail_msg("%s\n  exit %d: %s", template, status, messages);
    free(messages);
    if (markdown) {
        text = made("report.md");
        assert_string_equal(text, markdown);
        free(text);
    }
    text = made("report.html");
    char *start = strstr(text, "<body>\n");
    char *end = strstr(text, "</body>");
    assert_non_null(start);
    assert_non_null(end);
    *end = 0;
    assert_string_equal(start + 7, body);
    free(text);
}

static void test_text(void **state)
{
    (void)state;
    expect("# Head & *shoulders*\n\nOne `a<b` and **two**\nlines.\n###Not a heading\n", NULL,
           "<h1>Head &amp; <em>shoulders</em></h1>\n"
           "<p>One <code>a&lt;b</code> and <strong>two</strong>\nlines.\n###Not a heading</p>\n");
    expect("2 * 3 * 4, l\\* < k\\*, <b>, \"q\" a_b_c\n", NULL,
           "<p>2 * 3 * 4, l* &lt; k*, &lt;b&gt;, &quot;q&quot; a_b_c</p>\n");
    expect("[a *b*](x?y=1&z) and [0, 1] and [c](d) and *open\n", NULL,
           "<p><a href=\"x?y=1&amp;z\">a <em>b</em></a> and [0, 1] and <a href=\"d\">c</a> and "
           "*open</p>\n");
}

static void test_formulas(void **state)
{
    (void)state;
    expect(
        "A $\\gamma_a'=\\frac1{2S}$, $5 and $6; `$x$`, \\$y$.\n", NULL,
        "<p>A <math><mrow><msubsup><mi>γ</mi><mi>a</mi><mrow><mo>′</mo></mrow></msubsup><mo>=</mo>"
        "<mfrac><mn>1</mn><mrow><mn>2</mn><mi>S</mi></mrow></mfrac></mrow></math>, $5 and $6; "
        "<code>$x$</code>, $y$.</p>\n");
    expect("$$\n\\sum_x\\bar p_i^2<12.5\\to k_{\\rm eff}\n$$\n", NULL,
           "<p><math display=\"block\"><mrow><munder><mo>∑</mo><mi>x</mi></munder>"
           "<msubsup><mover accent=\"true\"><mi>p</mi><mo>¯</mo></mover><mi>i</mi><mrow><mn>2</mn>"
           "</mrow></msubsup><mo>&lt;</mo><mn>12.5</mn><mo>→</mo><msub><mi>k</mi><mrow>"
           "<mi mathvariant=\"normal\">eff</mi></mrow></msub></mrow></math></p>\n");
    /* Delimiters keep their height, but for \\Big; names keep off letters, not off delimiters. */
    expect("$1\\ \\text{for }x$\n", NULL,
           "<p><math><mrow><mn>1</mn><mspace width=\"0.33em\"/><mtext>for&#160;</mtext><mi>x</mi>"
           "</mrow></math></p>\n");
    expect("$p\\ln q=\\ln(x)+\\Big[y\\Big]$\n", NULL,
           "<p><math><mrow><mi>p</mi><mspace width=\"0.17em\"/><mi>ln</mi>"
           "<mspace width=\"0.17em\"/><mi>q</mi><mo>=</mo><mi>ln</mi><mo stretchy=\"false\">(</mo>"
           "<mi>x</mi><mo stretchy=\"false\">)</mo><mo>+</mo><mo>[</mo><mi>y</mi><mo>]</mo>"
           "</mrow></math></p>\n");
    /* What is not closed, not known or not an argument does no harm. */
    expect(
        "${\\frac a$ $\\foo}b$ $\\text{x$ $x_$\n", NULL,
        "<p><math><mrow><mrow><mfrac><mi>a</mi><mrow></mrow></mfrac></mrow></mrow></math> "
        "<math><mrow><mi>foo</mi><mi>b</mi></mrow></math> <math><mrow><mtext>x</mtext></mrow></math> "
        "<math><mrow><mi>x</mi><mo>_</mo></mrow></math></p>\n");
}

static void test_lists(void **state)
{
    (void)state;
    expect("Text\n- one\n  more\n- `two`\n\n1. first\n12. second\n\nend\n", NULL,
           "<p>Text</p>\n<ul>\n<li>one\n  more</li>\n<li><code>two</code></li>\n</ul>\n"
           "<ol>\n<li>first</li>\n<li>second</li>\n</ol>\n<p>end</p>\n");
}

static void test_code_and_tables(void **state)
{
    (void)state;
    expect("````c\n```\n<x> *y*\n````\n", NULL,
           "<pre class=\"c\"><code>```\n&lt;x&gt; *y*\n</code></pre>\n");
    expect("| a | b |\n|---|---:|\n| x\\|y | |\n|| 2 |\nend\n", NULL,
           "<div class=\"table\"><table>\n"
           "<tr><th>a</th><th class=\"number\">b</th></tr>\n"
           "<tr><td>x|y</td><td class=\"number\"></td></tr>\n"
           "<tr><td></td><td class=\"number\">2</td></tr>\n"
           "</table></div>\n<p>end</p>\n");
    expect("| not | a table |\n", NULL, "<p>| not | a table |</p>\n");
}

static void test_block_with_a_table(void **state)
{
    (void)state;
    /* Aligned columns, and TSV with provenance, become the same table. */
    const char *table = "| name | x |\n|---|---:|\n| a\\|b | 1.5 |\n| c \\*d | NA |\n";
    const char *commands[] = { "printf 'name      x\\na|b     1.5\\nc *d     NA\\n'",
                               "printf '# seed=1\\nname\\tx\\na|b\\t1.5\\nc *d\\tNA\\n'" };
    for (int i = 0; i < 2; i++) {
        char template[256], markdown[512];
        snprintf(template, sizeof template, "A\n\n```springback\n%s\n```\nB\n", commands[i]);
        snprintf(markdown, sizeof markdown, "A\n\n```sh\n%s\n```\n\n%s\nB\n", commands[i], table);
        write_template(template);
        assert_int_equal(run_command("$SPRINGBACK report $F/t.md -o $F/out", NULL, NULL), 0);
        char *text = made("report.md");
        assert_string_equal(text, markdown);
        free(text);
    }
}

static void test_block_with_tables_and_text(void **state)
{
    (void)state;
    const char *block = "```springback\nprintf 'a  b\\n1  2\\n\\nx y\\n\\n\\nz\\n'\n```\n";
    char *text;
    write_template(block);
    assert_int_equal(run_command("$SPRINGBACK report $F/t.md -o $F/out", NULL, NULL), 0);
    text = made("report.md");
    assert_non_null(strstr(text, "\n\n| a | b |\n|---:|---:|\n| 1 | 2 |\n\n```\nx y\n```\n\n"
                                 "```\nz\n```\n"));
    free(text);
    /* Without a table in it, output keeps its blank lines. */
    write_template("```springback\nprintf 'x\\n\\n\\nz\\n'\n```\n");
    assert_int_equal(run_command("$SPRINGBACK report $F/t.md -o $F/out", NULL, NULL), 0);
    text = made("report.md");
    assert_non_null(strstr(text, "\n\n```\nx\n\n\nz\n```\n"));
    free(text);
}

static void test_block_with_other_output(void **state)
{
    (void)state;
    expect("```springback\necho '```'\n```\n",
           "````sh\n"
           "echo '```'\n````\n\n````\n```\n````\n\n",
           "<pre class=\"sh\"><code>echo '```'\n</code></pre>\n<pre><code>```\n</code></pre>\n");
    expect("```springback\ntrue\n```\n", "```sh\ntrue\n```\n",
           "<pre class=\"sh\"><code>true\n</code></pre>\n");
}

static void test_blocks_run_in_the_folder_with_this_binary(void **state)
{
    (void)state;
    char *text;
    write_template(
        "```springback\nspringback --version >v\ncat $TEMPLATE/t.md | head -n 1 >w\n```\n");
    assert_int_equal(run_command("cd $F && PATH=/usr/bin:/bin $SPRINGBACK report t.md -o new/out &&"
                                 " $SPRINGBACK --version | cmp - new/out/v && cat new/out/w",
                                 &text, NULL),
                     0);
    assert_string_equal(text, "```springback\n");
    free(text);
}

static void test_figure_is_in_the_page(void **state)
{
    (void)state;
    /* "<svg/>" is PHN2Zy8+ in base 64; one and two bytes more end in padding. */
    expect("```springback\nprintf '<svg/>' >a.svg\n```\n![A *caption* l\\*.](a.svg)\n", NULL,
           "<pre class=\"sh\"><code>printf '&lt;svg/&gt;' &gt;a.svg\n</code></pre>\n"
           "<figure><img alt=\"A *caption* l*.\" src=\"data:image/svg+xml;base64,PHN2Zy8+\">"
           "<figcaption>A <em>caption</em> l*.</figcaption></figure>\n");
    expect("```springback\nprintf 'a' >a.png\nprintf 'ab' >b.png\n```\n![](a.png) ![](b.png)\n",
           NULL,
           "<pre class=\"sh\"><code>printf 'a' &gt;a.png\nprintf 'ab' &gt;b.png\n</code></pre>\n"
           "<p><img alt=\"\" src=\"data:image/png;base64,YQ==\"> "
           "<img alt=\"\" src=\"data:image/png;base64,YWI=\"></p>\n");
}

/* Refused with that line, and neither document is there. */
static void expect_refused(const char *template, const char *part)
{
    write_template(template);
    assert_refused("$SPRINGBACK report $F/t.md -o $F/out", 1, part);
    assert_int_equal(run_command("ls -A $F/out | grep -q report", NULL, NULL), 1);
}

static void test_failing_command(void **state)
{
    (void)state;
    expect_refused("# A\n\n```springback\ntrue\nls nosuchfile\necho no\n```\n",
                   "t.md line 3: \"ls nosuchfile\" failed with status 2: ls: cannot access");
    expect_refused("```springback\nspringback nosuch\n```\n", "no command \"nosuch\"");
    expect_refused("```springback\nexit 3\n```\n", "failed with status 3");
    assert_refused("PATH= $SPRINGBACK report $F/t.md -o $F/out", 1,
                   "t.md line 1: the shell sh cannot be started; PATH must name its folder");
    expect_refused("a\n```springback\ntrue\n", "t.md line 2: the block is not closed");
    expect_refused("![x](none.svg)\n", "none.svg: No such file");
    expect_refused("![x](/etc/passwd)\n", "only .svg and .png");
}

static void test_failure_keeps_the_older_report(void **state)
{
    (void)state;
    char *text;
    expect("old\n", "old\n", "<p>old</p>\n");
    write_template("new\n```springback\nfalse\n```\n");
    assert_refused("$SPRINGBACK report $F/t.md -o $F/out", 1, "\"false\" failed");
    text = made("report.md");
    assert_string_equal(text, "old\n");
    free(text);
}

static void test_wrong_usage(void **state)
{
    (void)state;
    write_template("text\n");
    assert_refused("$SPRINGBACK report $F/t.md", 2, "--output");
    assert_refused("$SPRINGBACK report -o $F/out", 2, "template");
    assert_refused("$SPRINGBACK report $F/none.md -o $F/out", 1, "none.md: No such file");
    assert_refused("$SPRINGBACK report $F/t.md -o $F/t.md", 1, "t.md");
    assert_refused("$SPRINGBACK report $F/t.md -o $F/t.md/out", 1, "cannot be made");
}

static void test_remarks_pass_and_the_trace_does_not(void **state)
{
    (void)state;
    char *messages;
    write_template("```springback\necho springback: remark >&2\n```\n");
    assert_int_equal(run_command("$SPRINGBACK report $F/t.md -o $F/out", NULL, &messages), 0);
    assert_string_equal(messages, "springback: remark\n");
    free(messages);
    assert_int_equal(run_command("$SPRINGBACK report $F/t.md -o $F/out --quiet", NULL, &messages),
                     0);
    assert_string_equal(messages, "");
    free(messages);
}

/* Without a template: the rates and figures of datasets, from any folder, whatever their names. */
static void test_datasets(void **state)
{
    (void)state;
    char *messages, *text, *page;
    int status =
        run_command("cp data/samples/good.jsonl \"$F/it's good.jsonl\"; cd $F && tar -cf t.tar"
                    " -C $OLDPWD/data/samples fables.txt && gzip -k it*; $SPRINGBACK report"
                    " --quiet --data \"it's good.jsonl.gz\" --data fables=t.tar"
                    " --with=--split=block -o out",
                    NULL, &messages);
    if (status || *messages)
        fail_msg("exit %d: %s", status, messages);
    free(messages);
    text = made("report.md");
    assert_non_null(strstr(text, "--rows rows.tsv --split=block '"));
    assert_non_null(strstr(text, "good.jsonl.gz' fables="));
    assert_non_null(strstr(text, "cross-fitted, 10 folds"));
    assert_null(strstr(text, "$DATASETS"));
    free(text);
    page = made("report.html");
    char *first = strstr(page, "data:image/svg+xml");
    assert_non_null(first);
    assert_non_null(strstr(first + 1, "data:image/svg+xml"));
    free(page);
    assert_refused("$SPRINGBACK report --data - -o $F/out", 1, "save standard input to a file");
    assert_refused("$SPRINGBACK report --data $F/none -o $F/out", 1, "No such file or directory");
    assert_refused("$SPRINGBACK report -o $F/out", 2, "name one template or datasets (--data)");
    write_template("```springback\necho $DATASETS\n```\n");
    assert_refused("$SPRINGBACK report $F/t.md -o $F/out", 1, "name them with --data");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_datasets),
        TEST(test_text),
        TEST(test_formulas),
        TEST(test_lists),
        TEST(test_code_and_tables),
        TEST(test_block_with_a_table),
        TEST(test_block_with_tables_and_text),
        TEST(test_block_with_other_output),
        TEST(test_blocks_run_in_the_folder_with_this_binary),
        TEST(test_figure_is_in_the_page),
        TEST(test_failing_command),
        TEST(test_failure_keeps_the_older_report),
        TEST(test_wrong_usage),
        TEST(test_remarks_pass_and_the_trace_does_not),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}

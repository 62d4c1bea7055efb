/* The seminar: the handout's commands run, the solutions print what they say, the page for exploring is what
 * its sources make, and shows what the commands print.
 */
#include "browser.h"
#include "documents.h"

static void test_solutions(void **state)
{
    (void)state;
    run_document("docs/seminar/solutions.md", 15);
}

/* The handout's pictures have the names of those that lie beside it; its last block makes what the slides
 * want. */
static void test_handout_and_slides(void **state)
{
    (void)state;
    static const char compare[] =
        "ls docs/seminar/figures/*.svg | sed 's|.*/||' >$F/have; (cd $F/figures && ls *.svg) >$F/made;"
        " diff $F/have $F/made";
    static const char compile[] =
        "cp docs/seminar/slides.tex $F/slides; cd $F/slides && pdflatex -interaction=nonstopmode"
        " -halt-on-error slides.tex >messages || { cat messages; exit 1; };"
        " grep -q \"slides.pdf ($(grep -c 'begin{frame}' slides.tex) pages\" messages &&"
        " ! grep Overfull slides.log";
    char *folder = new_folder(), *output, *messages;
    setenv("F", folder, 1);
    if (run_command("$SPRINGBACK report docs/seminar/handout.md --quiet --output $F", NULL,
                    &messages))
        fail_msg("%s", messages);
    free(messages);
    if (run_command(compare, &output, NULL))
        fail_msg("%s", output);
    free(output);
    if (system("command -v pdflatex >/dev/null") != 0)
        print_message("no LaTeX here: the slides were skipped\n");
    else if (run_command(compile, &output, NULL))
        fail_msg("%s", output);
    else
        free(output);
    remove_folder(folder);
}

/* ---- the page and its sources -------------------------------------------------------------- */

static const char page_path[] = "docs/seminar/explore.html";

/* What stands in text between two marks, as a new string. */
static char *between(const char *text, const char *before, const char *after)
{
    const char *start = strstr(text, before),
               *end = start ? strstr(start + strlen(before), after) : NULL;
    if (!end)
        fail_msg("no %s...%s", before, after);
    return strndup(start + strlen(before), (size_t)(end - start) - strlen(before));
}

/* text with its first mark replaced; text is freed. */
static char *replaced(char *text, const char *mark, const char *by)
{
    char *place = strstr(text, mark), *result = malloc(strlen(text) + strlen(by) + 1);
    assert_non_null(place);
    assert_non_null(result);
    sprintf(result, "%.*s%s%s", (int)(place - text), text, by, place + strlen(mark));
    free(text);
    return result;
}

static void test_page_has_its_source(void **state)
{
    (void)state;
    char *page = read_file(page_path, NULL),
         *expected = read_file("docs/seminar/explore.in.html", NULL),
         *script = read_file("docs/seminar/explore.js", NULL);
    char *wasm = between(page, "const WASM = \"", "\""),
         *version = between(page, "Emscripten ", " ");
    script = replaced(replaced(script, "@WASM@", wasm), "@EMCC@", version);
    expected = replaced(expected, "@SCRIPT@\n", script);
    if (strcmp(page, expected) != 0)
        fail_msg("%s is not what its source makes: run make explore", page_path);
    assert_true(strlen(page) < 300000);
    free(version);
    free(wasm);
    free(script);
    free(expected);
    free(page);
}

static void test_page_is_what_its_source_builds(void **state)
{
    (void)state;
    char *page = read_file(page_path, NULL), *version = between(page, "Emscripten ", " ");
    char *installed, *messages;
    run_command("command -v emcc >/dev/null && emcc --version", &installed, NULL);
    bool same = strstr(installed, version);
    if (!same)
        print_message("no Emscripten %s here: skipped\n", version);
    free(installed);
    free(version);
    free(page);
    if (!same)
        skip();
    char *folder = new_folder();
    setenv("F", folder, 1);
    setenv("PAGE", page_path, 1);
    if (run_command(
            "make -s explore FLINT=no BUILD=$F EXPLORE=$F/page.html && cmp $F/page.html $PAGE",
            NULL, &messages))
        fail_msg("%s is not what its sources build: run make explore\n%s", page_path, messages);
    free(messages);
    remove_folder(folder);
}

/* ---- in a browser -------------------------------------------------------------------------- */

static struct browser browser;
static const char *chromium;

static int open_browser(void **state)
{
    (void)state;
    chromium = browser_name();
    if (chromium)
        browser_open(&browser, chromium);
    return 0;
}

static int close_browser(void **state)
{
    (void)state;
    if (chromium)
        browser_close(&browser);
    return 0;
}

/* Loads the page with these settings and waits until it is ready. */
static void load(const char *settings)
{
    if (!chromium) {
        print_message("no Chromium here: skipped\n");
        skip();
    }
    char *top = getcwd(NULL, 0), url[4300];
    snprintf(url, sizeof url, "file://%s/%s#%s", top, page_path, settings);
    browser_do(&browser, "Page.navigate", json_pack("{s:s}", "url", "about:blank"));
    browser_do(&browser, "Page.navigate", json_pack("{s:s}", "url", url));
    char *ready = browser_value(
        &browser, "new Promise(done => { const started = Date.now();"
                  " const look = () => document.documentElement?.dataset.ready ? done('yes') :"
                  " Date.now() - started > 20000 ? done('no') : setTimeout(look, 20); look(); })");
    assert_string_equal(ready, "yes");
    assert_int_equal(browser.n_errors, 0);
    free(ready);
    free(top);
}

static void run_script(const char *expression)
{
    free(browser_value(&browser, expression));
}

static char *shown(const char *id)
{
    char expression[256];
    snprintf(expression, sizeof expression, "document.getElementById('%s').textContent", id);
    return browser_value(&browser, expression);
}

static void assert_value(const char *expression, const char *expected)
{
    char *value = browser_value(&browser, expression);
    if (strcmp(value, expected) != 0)
        fail_msg("%s is %s, expected %s", expression, value, expected);
    free(value);
}

/* Copies the word that starts at text. */
static void take_word(const char *text, char *word, size_t size)
{
    snprintf(word, size, "%.*s", (int)strcspn(text, " \n"), text);
}

/* Every line of two columns whose first word is name has what the page shows; returns how many. */
static int compare_quantity(const char *output, const char *name, const char *id)
{
    char *on_page = shown(id), word[64];
    int n = 0;
    for (const char *line = output; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        take_word(line, word, sizeof word);
        if (strcmp(word, name) != 0)
            continue;
        const char *rest = line + strlen(name);
        take_word(rest + strspn(rest, " "), word, sizeof word);
        if (strcmp(word, on_page) != 0)
            fail_msg("%s is %s on the page, the command prints %s", name, on_page, word);
        n++;
    }
    free(on_page);
    return n;
}

/* The cell below the column of that name, in the last row of the table whose head starts with `head`
 * and that is `row`; false where there is no such column. */
static bool cell(const char *output, const char *head, const char *column, const char *row,
                 char *word, size_t size)
{
    const char *line = output;
    size_t n = strlen(head);
    while (strncmp(line, head, n) != 0 || line[n] != ' ') {
        line += strcspn(line, "\n");
        if (!*line++)
            return false;
    }
    int place = 0;
    const char *c = line;
    for (;; place++) {
        take_word(c, word, size);
        if (strcmp(word, column) == 0)
            break;
        c += strcspn(c, " \n");
        c += strspn(c, " ");
        if (*c == '\n')
            return false;
    }
    const char *found = NULL;
    for (line += strcspn(line, "\n") + 1; *line && *line != '\n';
         line += strcspn(line, "\n"), line += *line == '\n') {
        const char *start = line + strspn(line, " ");
        if (strncmp(start, row, strlen(row)) == 0 && strspn(start + strlen(row), " "))
            found = start;
        else if (found && strcmp(row, "huffman") != 0)
            break;
    }
    if (!found)
        return false;
    for (; place > 0; place--) {
        found += strcspn(found, " \n");
        found += strspn(found, " ");
    }
    take_word(found, word, size);
    return true;
}

static void compare_cell(const char *output, const char *head, const char *column, const char *row,
                         const char *id)
{
    char word[64], *on_page = shown(id);
    if (!cell(output, head, column, row, word, sizeof word))
        fail_msg("no column %s in the table of %s:\n%s", column, head, output);
    if (strcmp(word, on_page) != 0)
        fail_msg("%s is %s on the page, the command prints %s", column, on_page, word);
    free(on_page);
}

/* Whole codewords at a breakpoint, or with ties, are not unique: gamma_t is off breakpoints, gamma_p
 * and gamma_a lie within their ranges. */
static void compare_codes(const char *output)
{
    static const char *const names[][3] = {
        { "gamma_p_least_bits", "gamma_p_most_bits", "huffman_p_bits" },
        { "gamma_a_least_bits", "gamma_a_most_bits", "huffman_a_bits" }
    };
    char low[64], high[64];
    compare_cell(output, "code", "gamma_t_bits", "huffman", "huffman_t_bits");
    for (int i = 0; i < 2; i++) {
        char *value = shown(names[i][2]);
        assert_true(cell(output, "code", names[i][0], "huffman", low, sizeof low));
        assert_true(cell(output, "code", names[i][1], "huffman", high, sizeof high));
        if (atof(value) < atof(low) || atof(value) > atof(high))
            fail_msg("%s is %s on the page, the command prints %s to %s", names[i][2], value, low,
                     high);
        free(value);
    }
}

/* Runs the commands that stand on the page, and compares. Returns whether codes were among them. */
static bool compare_with_commands(void)
{
    static const char *const quantities[][3] = {
        { "kappa", "kappa", "2" },
        { "kappa_k", "kappa_k", "2" },
        { "nu", "nu", "2" },
        { "l_star", "l_star", "2" },
        { "k_star", "k_star", "1" },
        { "R", "R", "1" },
        { "gamma_p_bits", "gamma_p_bits", "1" },
        { "gamma_a_bits", "gamma_a_bits", "1" },
        { "gamma_t_bits", "gamma_t_bits", "1" },
        { "d_p_bits", "d_gamma_p_bits", "1" },
        { "d_a_bits", "d_gamma_a_bits", "1" },
        { "d_t_bits", "d_gamma_t_bits", "1" },
    };
    static const char *const curve[] = { "gamma_p_bits",
                                         "gamma_a_bits",
                                         "gamma_t_bits",
                                         "d_gamma_p_bits",
                                         "d_gamma_a_bits",
                                         "d_gamma_t_bits",
                                         "R",
                                         "kappa",
                                         "kappa_k" };
    static const char *const text[] = {
        "n_blocks",   "n_leaves",     "entropy_bits_per_block", "huffman_bits_per_block",
        "ideal_bits", "huffman_bits", "ideal_bits_upper",       "paper_bits"
    };
    char *commands = shown("commands"), *folder = new_folder(), *output, *messages, *depth, row[64];
    char *line = malloc(strlen(commands) + 4300);
    assert_non_null(line);
    sprintf(line, "PATH=\"$(dirname \"$SPRINGBACK\"):$PATH\"; cd '%s' && set -e\n%s", folder,
            commands);
    if (run_command(line, &output, &messages))
        fail_msg("%s\n%s", commands, messages);
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        compare_cell(output, "dataset", text[i], "text", text[i]);
    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++)
        assert_int_equal(compare_quantity(output, quantities[i][0], quantities[i][1]),
                         atoi(quantities[i][2]));
    for (size_t i = 0; i < sizeof curve / sizeof *curve; i++)
        compare_cell(output, "source", curve[i], "counts", curve[i]);
    depth = browser_value(&browser, "document.querySelector('output[for=depth]').textContent");
    snprintf(row, sizeof row, "%s", depth);
    compare_cell(output, "depth_bits", "kappa", row, "kappa");
    compare_cell(output, "depth_bits", "kappa_k", row, "kappa_k");
    bool codes = strstr(commands, "--codes");
    if (codes)
        compare_codes(output);
    free(depth);
    free(messages);
    free(output);
    free(line);
    free(commands);
    remove_folder(folder);
    return codes;
}

static void test_numbers_are_the_commands(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "",
        "k=20&l=0.13&overlap=0.3&depth=8&pi_1=2&pi_a=3&pi_t=5&text=to%20be%20or%20not%20to%20be&d=4",
        "k=100&l=0.37&overlap=0.9&depth=7&pi_1=8&pi_a=1&pi_t=1&text=it%27s&d=16",
        "k=0.3&l=2.15&overlap=0.6&depth=6&pi_1=0&pi_a=1&pi_t=2&text=aaaa&d=8",
        "k=1000&l=0.02&overlap=0&depth=5&pi_1=10&pi_a=7&pi_t=3&text=0&d=1",
        "k=7&l=0&overlap=0.45&depth=8&pi_1=1&pi_a=0&pi_t=0&text="
        "%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9%C3%A9a"
        "%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC%E2%82%AC&d=7",
        "k=7&l=0.5&overlap=0&depth=8&pi_1=1&pi_a=1&pi_t=0",
        "k=7&l=0.5&overlap=1&depth=3&pi_1=1&pi_a=1&pi_t=1",
        /* 105/64 = 1.640625 bits per block: printf and JavaScript would round it differently. */
        "text=abbbbbbbcccccdddddddddeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee",
    };
    int n_codes = 0;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        load(settings[i]);
        n_codes += compare_with_commands();
    }
    assert_int_equal(n_codes, 7);
}

static void test_page_asks_for_nothing(void **state)
{
    (void)state;
    load("");
    assert_value("performance.getEntriesByType('resource').length", "0");
}

/* Keys, as a person without a mouse presses them: Tab to a slider, arrows to move it. */
static void test_keys_move_sliders(void **state)
{
    (void)state;
    load("k=20&l=0.1");
    char *before = shown("R");
    run_script("document.getElementById('text_depth').focus()");
    browser_press(&browser, "Tab", 9);
    assert_value("document.activeElement.id", "k");
    browser_press(&browser, "Tab", 9);
    assert_value("document.activeElement.id", "l");
    assert_value("getComputedStyle(document.activeElement).outlineStyle", "solid");
    for (int i = 0; i < 3; i++)
        browser_press(&browser, "ArrowRight", 39);
    assert_value("document.querySelector('output[for=l]').textContent", "0.13");
    assert_value("document.activeElement.getAttribute('aria-valuetext')", "0.13");
    char *after = shown("R");
    assert_string_not_equal(before, after);
    compare_with_commands();
    /* The address keeps the settings; a bookmark brings its own, also to an open page. */
    assert_value("new URLSearchParams(location.hash.slice(1)).get('l')", "0.13");
    assert_value(
        "new Promise(done => { addEventListener('hashchange', () => done($('l').value + ' ' +"
        " setting('k') + ' ' + $('text').value)); location.hash = 'k=7&text=a+b'; })",
        "10 7 a b");
    compare_with_commands();
    assert_value(
        "[...document.querySelectorAll('input')].filter(i => i.labels.length !== 1).length", "0");
    assert_int_equal(browser.n_errors, 0);
    free(after);
    free(before);
}

static void test_springs_move_and_come_to_rest(void **state)
{
    (void)state;
    static const char where[] =
        "springs.ring.getAttribute('cx') + ' ' + springs.ring.getAttribute('cy')";
    static const char later[] =
        "new Promise(done => setTimeout(() => done(springs.ring.getAttribute('cy')), 100))";
    static const char rest[] =
        "new Promise(done => { const look = () => then === null ?"
        " done(springs.ring.getAttribute('cx') + ' ' + springs.ring.getAttribute('cy'))"
        " : setTimeout(look, 20); look(); })";
    load("k=2&l=0.1");
    char *start = browser_value(&browser, rest);
    run_script("document.getElementById('pull').click()");
    char *moving = browser_value(&browser, later);
    assert_null(strstr(start, moving));
    free(moving);
    char *end = browser_value(&browser, rest);
    assert_string_equal(start, end);
    run_script("(document.getElementById('l').value = 100,"
               " document.getElementById('l').dispatchEvent(new Event('input')))");
    free(end);
    end = browser_value(&browser, rest);
    /* k : 1 : l = 2 : 1 : 1 and thirds: P_t has (2/3 + 1)/4 = 5/12 of the model, and the corners are 200
     * apart in height. */
    assert_close(atof(strchr(end, ' ')), 226 - 200 * 5 / 12.0, 1e-12);
    char *now = browser_value(&browser, where);
    assert_string_equal(end, now);
    free(now);
    free(end);
    free(start);
}

static void test_page_fits_a_phone_and_paper(void **state)
{
    (void)state;
    /* Where numbers, paths and codewords are long. */
    load("k=1000&l=0.01&pi_1=10&pi_a=0&text=to%20be%20or%20not%20to%20be%2C%20that&d=15");
    browser_do(&browser, "Emulation.setDeviceMetricsOverride",
               json_pack("{s:i, s:i, s:i, s:b}", "width", 360, "height", 740, "deviceScaleFactor",
                         2, "mobile", 1));
    assert_value("document.documentElement.scrollWidth", "360");
    browser_do(&browser, "Emulation.clearDeviceMetricsOverride", NULL);
    browser_do(&browser, "Emulation.setEmulatedMedia", json_pack("{s:s}", "media", "print"));
    assert_value("getComputedStyle(document.getElementById('k')).display", "none");
    assert_value("getComputedStyle(document.querySelector('output[for=k]')).display !== 'none'",
                 "true");
    assert_value("getComputedStyle(document.querySelector('.sticky')).position", "static");
    browser_do(&browser, "Emulation.setEmulatedMedia", json_pack("{s:s}", "media", ""));
}

int main(void)
{
    const struct CMUnitTest texts[] = { cmocka_unit_test(test_solutions),
                                        cmocka_unit_test(test_handout_and_slides) };
    const struct CMUnitTest page[] = { cmocka_unit_test(test_page_has_its_source),
                                       cmocka_unit_test(test_page_is_what_its_source_builds) };
    const struct CMUnitTest in_browser[] = { cmocka_unit_test(test_numbers_are_the_commands),
                                             cmocka_unit_test(test_page_asks_for_nothing),
                                             cmocka_unit_test(test_keys_move_sliders),
                                             cmocka_unit_test(test_springs_move_and_come_to_rest),
                                             cmocka_unit_test(test_page_fits_a_phone_and_paper) };
    return cmocka_run_group_tests_name("seminar", texts, NULL, NULL) +
           cmocka_run_group_tests_name("page", page, NULL, NULL) +
           cmocka_run_group_tests_name("page in a browser", in_browser, open_browser,
                                       close_browser);
}

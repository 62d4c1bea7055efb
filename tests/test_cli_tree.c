/* springback tree: profiles, drawings, kappa by depth, and what wrong usage gets. */
#include "tests/reference.h"

#include "tests/tables.h"

static struct sb_table *tree(const char *options)
{
    char line[6000];
    snprintf(line, sizeof line, "$SPRINGBACK tree --tsv %s", options);
    return table_of(line);
}

/* A file in a folder; the path lasts until the folder is removed by the caller. */
static const char *put(const char *folder, const char *name, const void *bytes, size_t n)
{
    static char path[4200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    write_file(path, bytes, n);
    return path;
}

/* ---- profiles -------------------------------------------------------------------------------- */

static void profile_of_a_string(void **state)
{
    (void)state;
    struct sb_table *table = tree("--text abracadabra --depth 8");
    assert_int_equal(sb_table_n_rows(table), 8);
    /* a 5, b 2, r 2, c 1, d 1: H = (5 log2(11/5) + 4 log2(11/2) + 2 log2 11)/11; words 1, 3, 3, 3, 3 */
    double h = (5 * log2(2.2) + 4 * log2(5.5) + 2 * log2(11)) / 11;
    assert_close(real_of(table, 7, "n_blocks"), 11, 0);
    assert_close(real_of(table, 7, "n_leaves"), 5, 0);
    assert_close(real_of(table, 7, "entropy_bits_per_block"), h, 1e-14);
    assert_close(real_of(table, 7, "entropy_bits_per_byte"), h, 1e-14);
    assert_close(real_of(table, 7, "huffman_bits_per_block"), 23.0 / 11, 1e-14);
    assert_close(real_of(table, 7, "ideal_bits"), 11 * h, 1e-14);
    assert_close(real_of(table, 7, "huffman_bits"), 23, 1e-14);
    assert_close(real_of(table, 7, "ideal_bits_upper"), 11 * (h + 1), 1e-14);
    assert_close(real_of(table, 7, "paper_bits"), 33, 0); /* 11 ceil(2.04) */
    assert_close(real_of(table, 7, "normalised_entropy_rate"), (h - log2(5)) / 8, 1e-14);
    /* at depth 3 all letters begin with 011; 88 bits are 30 blocks of 3, the last one short */
    assert_close(real_of(table, 2, "n_leaves"), 1, 0);
    assert_close(real_of(table, 2, "huffman_bits_per_block"), 0, 0);
    assert_close(real_of(table, 2, "ideal_bits_upper"), 30, 0);
    sb_table_free(table);
}

/* The scored span counts, the prompt does not; several datasets stand below one another. */
static void profile_of_records(void **state)
{
    (void)state;
    char *folder = new_folder(), options[5000];
    const char *records = "{\"prompt\": \"zzzz\", \"completion\": \"abra\"}\n"
                          "{\"prompt\": \"zzz\", \"completion\": \"cadabra\"}\n";
    put(folder, "one.jsonl", records, strlen(records));
    put(folder, "two.txt", "ab", 2);
    snprintf(options, sizeof options, "'%s/one.jsonl' second='%s/two.txt' --depth 8", folder,
             folder);
    struct sb_table *table = tree(options);
    assert_int_equal(sb_table_n_rows(table), 16);
    assert_string_equal(text_of(table, 0, "dataset"), "one");
    assert_string_equal(text_of(table, 8, "dataset"), "second");
    assert_close(real_of(table, 7, "n_blocks"), 11, 0);
    assert_close(real_of(table, 7, "n_leaves"), 5, 0);
    assert_close(real_of(table, 15, "entropy_bits_per_block"), 1, 0);
    assert_non_null(sb_table_provenance_at(table, "input.one"));
    sb_table_free(table);
    snprintf(options, sizeof options, "'%s/one.jsonl' --depth 8 --score all", folder);
    table = tree(options);
    assert_close(real_of(table, 7, "n_blocks"), 18, 0);
    sb_table_free(table);
    remove_folder(folder);
}

/* Responses ab, abc, abc, x: at 16 bits ab (and what follows it) 3, x 1; at 24 bits 1, 2, 1. */
static void profile_of_responses(void **state)
{
    (void)state;
    char *folder = new_folder(), options[5000];
    put(folder, "r.txt", "ab\nabc\nabc\nx\n", 13);
    snprintf(options, sizeof options, "'%s/r.txt' --split line --reading prefix --depth 24",
             folder);
    struct sb_table *table = tree(options);
    assert_close(real_of(table, 15, "n_responses"), 4, 0);
    assert_close(real_of(table, 15, "n_leaves"), 2, 0);
    assert_close(real_of(table, 15, "entropy_bits_per_response"), 2 - 0.75 * log2(3), 1e-14);
    assert_close(real_of(table, 23, "n_leaves"), 3, 0);
    assert_true(real_of(table, 23, "entropy_bits_per_response") == 1.5);
    sb_table_free(table);
    remove_folder(folder);
}

/* ---- drawings -------------------------------------------------------------------------------- */

static void terminal_drawing(void **state)
{
    (void)state;
    char *output;
    assert_int_equal(
        run_command("$SPRINGBACK tree --text abracadabra --depth 8 --terminal", &output, NULL), 0);
    assert_string_equal(output,
                        "     count  mass      tree       codeword  leaf\n"
                        "        11  1.000000  011\n"
                        "         9  0.818182  ├─00\n"
                        "         8  0.727273  │ ├─0\n"
                        "         5  0.454545  │ │ ├─01   0         'a'\n"
                        "         3  0.272727  │ │ └─1\n"
                        "         2  0.181818  │ │   ├─0  100       'b'\n"
                        "         1  0.090909  │ │   └─1  101       'c'\n"
                        "         1  0.090909  │ └─100    110       'd'\n"
                        "         2  0.181818  └─10010    111       'r'\n"
                        "\n"
                        "text: n = 11 blocks of 8 bits, M = 5 leaves\n"
                        "H = 2.04037 bits per block; Huffman code: 2.09091 bits per block\n"
                        "code length of its 11 blocks: ideal 22.4441, Huffman 23, below 33.4441 "
                        "bits; the paper's expression: 33\n");
    free(output);
}

/* An end leaf comes first and is marked by a dot; bytes that cannot be printed are hexadecimal. */
static void terminal_end_leaves(void **state)
{
    (void)state;
    char *output;
    assert_int_equal(run_command("printf 'ab\\n\\nab\\001\\n' | $SPRINGBACK tree - --split block "
                                 "--reading prefix --depth 32 --terminal",
                                 &output, NULL),
                     0);
    assert_non_null(strstr(output, "├─.               0         'ab'.\n"));
    assert_non_null(strstr(output, "└─00000001.       1         'ab<01>'.\n"));
    free(output);
}

static void heaviest_leaves(void **state)
{
    (void)state;
    char *output;
    assert_int_equal(
        run_command("$SPRINGBACK tree --text abracadabra --depth 8 --terminal --leaves 2", &output,
                    NULL),
        0);
    /* a, and b before r, which is as heavy: masses of inner nodes stay those of the whole tree */
    assert_non_null(strstr(output, "         8  0.727273  011000\n"));
    assert_non_null(strstr(output, "         5  0.454545  ├─01    0         'a'\n"));
    assert_non_null(strstr(output, "         2  0.181818  └─10    100       'b'\n"));
    assert_null(strstr(output, "'r'"));
    assert_non_null(strstr(output, "3 of 5 leaves, of mass 0.363636, are not drawn"));
    free(output);
}

/* Parents come first and weigh what their children weigh; the middle of the children is above them. */
static void nodes_of_the_drawing(void **state)
{
    (void)state;
    char *folder = new_folder(), line[6000], path[4200], *messages;
    snprintf(path, sizeof path, "%s/nodes.tsv", folder);
    snprintf(line, sizeof line,
             "$SPRINGBACK tree data/samples/fables.txt --depth 12 --leaves 100000 --nodes '%s'",
             path);
    assert_int_equal(run_command(line, NULL, &messages), 0);
    free(messages);
    struct sb_table *table;
    assert_int_equal(sb_table_read(path, &table, NULL), SB_OK);
    assert_non_null(sb_table_provenance_at(table, "input.fables"));
    size_t n = sb_table_n_rows(table), n_leaves = 0;
    double *masses = calloc(n, sizeof *masses), *low = calloc(n, sizeof *low),
           *high = calloc(n, sizeof *high), kraft = 0;
    for (size_t i = 0; i < n; i++)
        low[i] = INFINITY;
    for (size_t i = n; i-- > 1;) {
        size_t parent = (size_t)real_of(table, i, "parent");
        assert_true(parent < i);
        assert_true(real_of(table, i, "parent_x") == real_of(table, parent, "x"));
        assert_true(real_of(table, i, "parent_y") == real_of(table, parent, "y"));
        assert_true(real_of(table, i, "y") > real_of(table, parent, "y"));
        const char *bits = text_of(table, i, "bits"), *above = text_of(table, parent, "bits");
        assert_int_equal(strlen(bits), (size_t)real_of(table, i, "depth_bits"));
        assert_int_equal(strncmp(bits, above, strlen(above)), 0);
        masses[parent] += real_of(table, i, "mass");
        low[parent] = fmin(low[parent], real_of(table, i, "x"));
        high[parent] = fmax(high[parent], real_of(table, i, "x"));
    }
    for (size_t i = 0; i < n; i++)
        if (real_of(table, i, "is_leaf") == 1) {
            assert_true(real_of(table, i, "x") == (double)n_leaves++);
            kraft += ldexp(1, -(int)strlen(text_of(table, i, "codeword")));
        } else {
            assert_close(masses[i], real_of(table, i, "mass"), 1e-12);
            assert_close(real_of(table, i, "x"), (low[i] + high[i]) / 2, 1e-12);
        }
    assert_true(n == 2 * n_leaves - 1 && kraft == 1);
    assert_true(real_of(table, 0, "mass") == 1);
    free(masses);
    free(low);
    free(high);
    sb_table_free(table);
    remove_folder(folder);
}

/* ---- kappa by depth -------------------------------------------------------------------------- */

/* Bytes whose blocks of 3 bits have the distribution p on 8 leaves: the smallest number of blocks that
 * does, a multiple of 8. From the last leaf down: zeros at its start may make a file look compressed. */
static size_t blocks_of(const double *p, uint8_t *bytes)
{
    size_t n = 0;
    for (bool whole = false; !whole;) {
        n += 8;
        assert_true(n < 1000);
        whole = true;
        for (size_t x = 0; x < 8; x++)
            whole &= fabs(p[x] * (double)n - round(p[x] * (double)n)) < 1e-9;
    }
    memset(bytes, 0, 3 * n / 8);
    size_t position = 0;
    for (size_t x = 8; x-- > 0;)
        for (double i = 0; i < round(p[x] * (double)n); i++)
            for (int b = 2; b >= 0; b--, position++)
                bytes[position / 8] |= (uint8_t)((x >> b & 1) << (7 - position % 8));
    return 3 * n / 8;
}

/* Section E: three datasets with these leaf distributions, through the command. */
static void check_layers(const json_t *record, const char *folder)
{
    static const char *const names[] = { "p_p", "p_a", "p_t" };
    for (int i = 0; i < 3; i++) {
        size_t n;
        uint8_t bytes[1000];
        double *p = reference_vector(record, names[i], &n);
        assert_int_equal(n, 8);
        size_t n_bytes = blocks_of(p, bytes);
        put(folder, names[i], bytes, n_bytes);
        free(p);
    }
    char options[5000];
    snprintf(options, sizeof options,
             "--depth 3 --reading blocks --format text --pretrain %s/p_p --align %s/p_a --perturb "
             "%s/p_t",
             folder, folder, folder);
    struct sb_table *table = tree(options);
    const json_t *layers = json_object_get(record, "layers");
    for (size_t d = 0; d < json_array_size(layers); d++) {
        const json_t *layer = json_array_get(layers, d);
        double chi = reference_number(layer, "chi_exact");
        double increment = reference_number(layer, "increment_exact");
        assert_close(real_of(table, d, "chi"), chi, 1e-12);
        assert_close(real_of(table, d, "kappa"), reference_number(layer, "kappa"), 1e-12);
        if (d == 0)
            assert_true(isnan(real_of(table, d, "increment")));
        else
            assert_close(real_of(table, d, "increment"), increment, 1e-12);
    }
    sb_table_free(table);
}

static void layers_of_the_reference(void **state)
{
    (void)state;
    char *folder = new_folder();
    json_t *root = reference_open(), *section = reference_section(root, "E"), *record;
    size_t i;
    json_array_foreach(section, i, record) check_layers(record, folder);
    json_decref(root);
    remove_folder(folder);
}

/* Responses of one letter: p_p = (1/2, 1/2), p_a = (2/3, 1/3), p_t = (1/3, 2/3) on a and b, which part
 * at bit 7. chi = 2 (2/9)/(1/2) = 8/9; with k = 1, q0 = (7/12, 5/12) and
 * X_a = (2/9)(12/7 + 12/5) = 32/35. */
static void layers_by_hand(void **state)
{
    (void)state;
    char *folder = new_folder(), options[8000];
    put(folder, "p", "a\nb\n", 4);
    put(folder, "a", "a\na\nb\n", 6);
    put(folder, "t", "a\nb\nb\n", 6);
    put(folder, "none", "c\n", 2);
    const char *format = "--format text --split line --depth 8 --k 1 --pretrain %s/%s --align %s/a "
                         "--perturb %s/t";
    snprintf(options, sizeof options, format, folder, "p", folder, folder);
    struct sb_table *table = tree(options);
    assert_int_equal(sb_table_n_rows(table), 9);
    for (size_t d = 0; d <= 8; d++) {
        assert_close(real_of(table, d, "chi"), d < 7 ? 1 : 8.0 / 9, 1e-14);
        assert_close(real_of(table, d, "kappa"), d < 7 ? 0 : 1.0 / 9, 1e-14);
        assert_close(real_of(table, d, "X_a"), d < 7 ? 1 : 32.0 / 35, 1e-14);
        assert_close(real_of(table, d, "kappa_k"), d < 7 ? 0 : 3.0 / 35, 1e-14);
    }
    assert_close(real_of(table, 7, "increment"), -1.0 / 9, 1e-14);
    assert_close(real_of(table, 7, "increment_k"), -3.0 / 35, 1e-14);
    assert_close(real_of(table, 8, "n_responses_align"), 3, 0);
    assert_close(real_of(table, 8, "n_leaves"), 2, 0);
    sb_table_free(table);

    /* Pre-training data without a or b: chi is infinite from the layer on where both part from c. */
    snprintf(options, sizeof options, format, folder, "none", folder, folder);
    table = tree(options);
    assert_string_equal(text_of(table, 8, "chi"), "inf");
    assert_string_equal(text_of(table, 8, "kappa"), "-inf");
    assert_string_equal(text_of(table, 7, "increment"), "inf");
    assert_string_equal(text_of(table, 8, "increment"), "NA");
    assert_true(isfinite(real_of(table, 8, "X_a")));
    sb_table_free(table);
    remove_folder(folder);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void wrong_usage(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK tree", 2, "no dataset");
    assert_refused("$SPRINGBACK tree --text ''", 2, "--text is empty");
    assert_refused("$SPRINGBACK tree --text abc data/samples/fables.txt", 2, "not both");
    assert_refused("$SPRINGBACK tree --text abc --depth 0", 2, "1 to 64");
    assert_refused("$SPRINGBACK tree --text abc --depth 65", 2, "1 to 64");
    assert_refused("$SPRINGBACK tree --text abc --depth -3", 2, "--depth");
    assert_refused("$SPRINGBACK tree --text abc --reading sideways", 2, "blocks or prefix");
    assert_refused("$SPRINGBACK tree --text abc --leaves 0 --terminal", 2, "at least one");
    assert_refused("$SPRINGBACK tree --text abc --terminal --json", 2, "--json");
    assert_refused("$SPRINGBACK tree --text abc --k 2", 2, "--pretrain");
    assert_refused("$SPRINGBACK tree --pretrain a --align b", 2, "needed together");
    assert_refused("$SPRINGBACK tree --pretrain a --align b --perturb c d", 2, "no further data");
    assert_refused("$SPRINGBACK tree --pretrain a --align b --perturb c --k -1", 2, ">= 0");
    assert_refused("$SPRINGBACK tree --pretrain a --align b --perturb c --terminal", 2,
                   "--terminal");
    assert_refused("$SPRINGBACK tree --terminal data/samples/good.jsonl data/samples/bad.jsonl", 2,
                   "one tree");
}

static void failures_leave_nothing(void **state)
{
    (void)state;
    char *folder = new_folder(), line[5000], path[4200];
    put(folder, "empty.txt", "", 0);
    assert_refused("$SPRINGBACK tree --text a", 1, "no document has a block of 16 bits");
    assert_refused("$SPRINGBACK tree data/samples/absent.txt", 1, "absent.txt");
    assert_refused("$SPRINGBACK tree data/samples/good.jsonl --columns nosuch", 1, "nosuch");
    snprintf(line, sizeof line, "$SPRINGBACK tree '%s/empty.txt'", folder);
    assert_refused(line, 1, "empty.txt");
    snprintf(line, sizeof line, "$SPRINGBACK tree --text abc --nodes '%s/absent/n.tsv'", folder);
    assert_refused(line, 1, "absent/n.tsv");
    snprintf(line, sizeof line,
             "$SPRINGBACK tree data/samples/absent.txt --nodes '%s/n.tsv' -o '%s/o'", folder,
             folder);
    assert_refused(line, 1, "absent.txt");
    snprintf(path, sizeof path, "%s/n.tsv", folder);
    assert_int_not_equal(access(path, F_OK), 0);
    snprintf(path, sizeof path, "%s/o", folder);
    assert_int_not_equal(access(path, F_OK), 0);
    remove_folder(folder);
}

/* ---- the law of the masses ------------------------------------------------------------------- */

/* Equal sizes, one law under three names, the masses written beside, the same at any threads. */
static void power_laws(void **state)
{
    (void)state;
    char *folder = new_folder(), options[5000], *one, *three;
    snprintf(options, sizeof options,
             "--power-law data/samples/fables.txt data/samples/good.jsonl --masses '%s/m.tsv'",
             folder);
    struct sb_table *table = tree(options);
    assert_int_equal(sb_table_n_rows(table), 2);
    assert_close(real_of(table, 0, "n_counted"), real_of(table, 1, "n_counted"), 0);
    for (size_t row = 0; row < 2; row++) {
        double a = real_of(table, row, "density_exponent");
        assert_close(real_of(table, row, "tail_exponent"), a - 1, 1e-14);
        assert_close(real_of(table, row, "zipf_exponent"), 1 / (a - 1), 1e-14);
        assert_true(real_of(table, row, "n_tail") >= 25);
        assert_true(real_of(table, row, "p_value") > 0 && real_of(table, row, "p_value") <= 1);
    }
    sb_table_free(table);
    snprintf(options, sizeof options, "cat '%s/m.tsv'", folder);
    table = table_of(options);
    assert_close(real_of(table, 0, "share_at_least"), 1, 0);
    assert_close(real_of(table, 0, "mass"), 1 / 881., 1e-15); /* the lightest: one block of 881 */
    sb_table_free(table);
    assert_int_equal(run_command("$SPRINGBACK tree --tsv --power-law --threads 1"
                                 " data/samples/fables.txt",
                                 &one, NULL),
                     0);
    assert_int_equal(run_command("$SPRINGBACK tree --tsv --power-law --threads 3"
                                 " data/samples/fables.txt",
                                 &three, NULL),
                     0);
    assert_string_equal(one, three);
    free(one);
    free(three);
    table = tree("--text abracadabra --depth 8 --power-law"); /* no tail to fit */
    assert_true(isnan(real_of(table, 0, "x_min")));
    sb_table_free(table);
    remove_folder(folder);
    assert_refused("$SPRINGBACK tree --masses m.tsv data/samples/good.jsonl", 2, "--power-law");
    assert_refused("$SPRINGBACK tree --power-law --terminal data/samples/good.jsonl", 2, "neither");
    assert_refused("$SPRINGBACK tree --power-law --replicates 0 data/samples/good.jsonl", 2,
                   "1 to 100000");
    assert_refused("$SPRINGBACK tree --power-law --pretrain a --align b --perturb c", 2,
                   "or --power-law");
}

/* abracadabra at depth 8: counts 5, 2, 2, 1, 1 of 11. Miller-Madow adds 4/22 nats; with roles that are
 * the same string, Zhang and Grabchak's cross-entropy is sum (x/11) (H_11 - H_x) of harmonic numbers, less
 * the entropy's sum (x/11) (H_10 - H_(x-1)): 1/11 - sum (x/11)(1/x) = 1/11 - 5/11 nats. */
static void estimated_entropies(void **state)
{
    (void)state;
    struct sb_table *table = tree("--text abracadabra --depth 8 --entropy miller-madow");
    assert_close(real_of(table, 7, "entropy_estimate_bits_per_block"),
                 real_of(table, 7, "entropy_bits_per_block") + 4.0 / 22 / log(2), 1e-14);
    assert_true(real_of(table, 7, "entropy_estimate_se_bits_per_block") > 0);
    sb_table_free(table);
    table = tree("--text abracadabra --depth 64 --reading prefix --entropy nsb");
    for (size_t row = 0; row < 64; row++) /* one response */
        assert_true(real_of(table, row, "entropy_estimate_bits_per_response") > 0);
    sb_table_free(table);
    char *folder = new_folder(), options[5000];
    snprintf(options, sizeof options, "%s/x", folder);
    write_file(options, "abracadabra", 11);
    snprintf(options, sizeof options,
             "--reading blocks --depth 8 --entropy zhang-grabchak --pretrain %s/x --align a=%s/x"
             " --perturb b=%s/x",
             folder, folder, folder);
    table = tree(options);
    assert_close(real_of(table, 8, "kl_align_pretrain_bits"), -4.0 / 11 / log(2), 1e-13);
    assert_close(real_of(table, 8, "kl_perturb_pretrain_bits"), -4.0 / 11 / log(2), 1e-13);
    assert_close(real_of(table, 0, "kl_align_pretrain_bits"), 0, 1e-13);
    sb_table_free(table);
    remove_folder(folder);
    assert_refused("$SPRINGBACK tree --text a --entropy smoothed", 2, "plug-in, miller-madow");
    assert_refused("$SPRINGBACK tree --entropy nsb --pretrain a --align b --perturb c", 2,
                   "smoothed or zhang-grabchak");
    assert_refused("$SPRINGBACK tree --text a --entropy nsb --terminal", 2, "--entropy goes with");
}

/* Estimators on the language's words: the truth is the entropy of dialect 2's words, which the exact
 * curve has; with plenty all agree with it, and any number of threads gives the same bits. */
static void simulated_entropies(void **state)
{
    (void)state;
    struct sb_table *exact = table_of("$SPRINGBACK curve --tsv --language '' --level word --l 0"
                                      " --entropy plug-in");
    struct sb_table *table = tree("--simulate '' --sizes 10,50000 --replicates 20");
    double H = real_of(exact, 0, "entropy_a_bits");
    assert_int_equal(sb_table_n_rows(table), 12);
    for (size_t row = 0; row < 12; row++) {
        double truth = real_of(table, row, "truth_bits");
        double estimate = real_of(table, row, "estimate_bits");
        bool is_kl = row >= 8;
        assert_string_equal(text_of(table, row, "quantity"), is_kl ? "kl" : "entropy");
        if (!is_kl)
            assert_close(truth, H, 1e-13);
        if (row % 2)
            assert_true(fabs(estimate - truth) < (is_kl ? 0.02 : 0.005));
        else
            assert_true(fabs(estimate - truth) > 0.005);
        assert_true(real_of(table, row, "estimate_low_bits") <= estimate);
        assert_true(real_of(table, row, "estimate_high_bits") >= estimate);
    }
    sb_table_free(exact);
    sb_table_free(table);
    char *one = output_of("$SPRINGBACK tree --simulate '' --sizes 10,100 --tsv --threads 1");
    char *three = output_of("$SPRINGBACK tree --simulate '' --sizes 10,100 --tsv --threads 3");
    assert_string_equal(one, three);
    free(one);
    free(three);
    assert_refused("$SPRINGBACK tree --simulate overlap=2", 2, "--simulate: ");
    assert_refused("$SPRINGBACK tree --simulate '' --sizes 1,5", 2, "sizes of samples >= 2");
    assert_refused("$SPRINGBACK tree --simulate '' --sizes 2e9", 2, "at most 1e9");
    assert_refused("$SPRINGBACK tree --simulate '' x.txt", 2, "draws its own data");
    assert_refused("$SPRINGBACK tree --sizes 5 --text a", 2, "--sizes needs --simulate");
}

/* Blocks of bytes: abracadabra has the pairs ab, br, ra twice and ac, ca, ad, da once in ten places, so
 * that H_2 is 6/10 log2 5 + 4/10 log2 10; symbols of two bytes; the language beside its truth. */
static void entropy_per_symbol(void **state)
{
    (void)state;
    char *folder = new_folder(), line[5000], *path = file_in(folder, "x");
    char text[11 * 20 + 1] = "";
    for (int i = 0; i < 20; i++)
        strcat(text, "abracadabra");
    write_file(path, text, 220);
    snprintf(line, sizeof line, "--blocks 2 --entropy plug-in --quiet %s", path);
    struct sb_table *table = tree(line);
    /* a 100, b and r 40, c and d 20 of 220. */
    double H = -(100 * log2(100 / 220.0) + 80 * log2(40 / 220.0) + 40 * log2(20 / 220.0)) / 220;
    assert_int_equal(sb_table_n_rows(table), 2 + 3);
    assert_close(real_of(table, 0, "rate_bits_per_symbol"), H, 1e-13);
    assert_close(real_of(table, 0, "n_distinct_blocks"), 5, 0);
    assert_close(real_of(table, 1, "n_distinct_blocks"), 8, 0); /* and aa, between */
    assert_string_equal(text_of(table, 2, "estimator"), "match-before");
    assert_true(real_of(table, 3, "rate_bits_per_symbol") < 0.2); /* it repeats */
    assert_string_equal(text_of(table, 0, "truth_bits_per_symbol"), "NA");
    sb_table_free(table);
    snprintf(line, sizeof line, "--blocks 1 --symbol 2 --quiet %s", path);
    table = tree(line);
    assert_close(real_of(table, 0, "n_symbols"), 110, 0);
    sb_table_free(table);
    table = tree("--blocks 6 --simulate topics=1,style_words=1,content_words=4,zipf_content=3,"
                 "length=4096 --sizes 60000");
    assert_int_equal(sb_table_n_rows(table), 6 + 1 + 3);
    double truth = real_of(table, 0, "truth_bits_per_symbol");
    for (size_t row = 1; row < 6; row++)
        assert_true(real_of(table, row, "rate_bits_per_symbol") <
                    real_of(table, row - 1, "rate_bits_per_symbol"));
    for (size_t row = 6; row < 9; row++)
        assert_close(real_of(table, row, "rate_bits_per_symbol"), truth, 0.1);
    sb_table_free(table);
    snprintf(line, sizeof line, "$SPRINGBACK tree --blocks 300 %s", path);
    assert_refused(line, 2, "at most 64 symbols");
    snprintf(line, sizeof line, "$SPRINGBACK tree --blocks 3 --entropy smoothed %s", path);
    assert_refused(line, 2, "plug-in, miller-madow");
    write_file(path, "short", 5);
    snprintf(line, sizeof line, "$SPRINGBACK tree --blocks 3 %s", path);
    assert_refused(line, 1, "5 symbols are too few");
    snprintf(line, sizeof line, "$SPRINGBACK tree --blocks 3 --symbol 9 %s", path);
    assert_refused(line, 2, "--symbol 1 to 8");
    assert_refused("$SPRINGBACK tree --blocks 3", 2, "no dataset");
    assert_refused("$SPRINGBACK tree --blocks 3 --text a", 2, "--blocks reads datasets");
    free(path);
    remove_folder(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(profile_of_a_string),    cmocka_unit_test(profile_of_records),
        cmocka_unit_test(profile_of_responses),   cmocka_unit_test(terminal_drawing),
        cmocka_unit_test(terminal_end_leaves),    cmocka_unit_test(heaviest_leaves),
        cmocka_unit_test(nodes_of_the_drawing),   cmocka_unit_test(layers_of_the_reference),
        cmocka_unit_test(layers_by_hand),         cmocka_unit_test(wrong_usage),
        cmocka_unit_test(failures_leave_nothing), cmocka_unit_test(power_laws),
        cmocka_unit_test(estimated_entropies),    cmocka_unit_test(simulated_entropies),
        cmocka_unit_test(entropy_per_symbol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* springback curve: sources agree where they must, and what wrong usage gets. */
#include "tests/tables.h"

static struct sb_table *curve(const char *options)
{
    char line[6000];
    snprintf(line, sizeof line, "$SPRINGBACK curve --tsv %s", options);
    return table_of(line);
}

/* R3 by hand for k = 20, thirds, l = 0.1: S = 21.1, T = 20/3 + 0.1 = 203/30,
 *   gamma_a' = 1/S,  gamma_p' = (0.1 (2/3) - 1/3)/(S T) = -(4/15)/(S T),
 *   R = (20/3 + 0.1)/(20 (1/3 - 0.1 (2/3))) = (203/30)/(16/3) = 203/160. */
static void test_closed_form(void **state)
{
    (void)state;
    struct sb_table *table = curve("--k 20 --pi 1/3,1/3,1/3 --l 0,0.1");
    assert_int_equal(sb_table_n_rows(table), 2);
    assert_string_equal(text_of(table, 0, "source"), "closed");
    assert_string_equal(text_of(table, 0, "unit"), "response");
    assert_close(real_of(table, 1, "R"), 203.0 / 160, 1e-13);
    assert_close(real_of(table, 1, "d_gamma_a_bits"), 1 / 21.1 / log(2), 1e-14);
    assert_close(real_of(table, 1, "d_gamma_p_bits"), -(4.0 / 15) / (21.1 * 203 / 30) / log(2),
                 1e-13);
    /* gamma_a = log2(S/A), A = 20/3 + 1. */
    assert_close(real_of(table, 0, "gamma_a_bits"), log2(21 * 3 / 23.0), 1e-14);
    assert_close(real_of(table, 0, "kappa_k"), 1, 1e-14);
    sb_table_free(table);
}

/* The default is the closed form on 46 points; grids make all combinations, l the fastest. */
static void test_grids(void **state)
{
    (void)state;
    struct sb_table *table = curve("");
    assert_int_equal(sb_table_n_rows(table), 46);
    assert_close(real_of(table, 45, "l"), 0.45, 0);
    sb_table_free(table);
    table = curve("--grow a --k 1,10 --a 1,2,3 --l 0,1");
    assert_int_equal(sb_table_n_rows(table), 12);
    assert_close(real_of(table, 7, "k"), 10, 0);
    assert_close(real_of(table, 7, "a"), 1, 0);
    assert_close(real_of(table, 7, "l"), 1, 0);
    assert_string_equal(text_of(table, 7, "grown"), "a");
    assert_string_equal(text_of(table, 7, "R"), "NA");
    sb_table_free(table);
}

/* With only style words and no overlap the dialects are disjoint: exact sums are the closed form. */
static void test_exact_meets_closed(void **state)
{
    (void)state;
    static const char *const names[] = { "gamma_p_bits",
                                         "gamma_a_bits",
                                         "gamma_t_bits",
                                         "d_gamma_p_bits",
                                         "d_gamma_a_bits",
                                         "d_gamma_t_bits",
                                         "R",
                                         "kappa_k" };
    struct sb_table *table =
        curve("--k 5 --pi 2,1,1 --language overlap=0,style=1,length=9 --l 0:0.4:5");
    assert_int_equal(sb_table_n_rows(table), 10);
    assert_string_equal(text_of(table, 5, "source"), "exact");
    assert_string_equal(text_of(table, 5, "unit"), "document");
    for (size_t row = 0; row < 5; row++)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            assert_close(real_of(table, row + 5, names[i]), real_of(table, row, names[i]), 1e-12);
    sb_table_free(table);
}

/* kappa_k goes to kappa as k grows, and the force balance holds in the columns themselves. */
static void test_kappa_and_balance(void **state)
{
    (void)state;
    struct sb_table *table = curve("--k 1e7 --l 0 --language overlap=0.3");
    assert_true(fabs(real_of(table, 0, "kappa") - 0.94543) < 0.5e-5);
    assert_true(fabs(real_of(table, 0, "kappa_k") - real_of(table, 0, "kappa")) < 1e-6);
    sb_table_free(table);
    table = curve("--k 1e7 --l 0 --language overlap=0.9 --pi 8,1,1");
    assert_true(fabs(real_of(table, 1, "kappa") + 0.06636) < 0.5e-5);
    assert_true(real_of(table, 1, "d_gamma_a_bits") < 0); /* reversed: alignment is helped */
    sb_table_free(table);
    table = curve("--k 3 --language overlap=0.6 --l 0.1:0.4:4 --documents 50 --level word");
    for (size_t row = 0; row < 8; row++) {
        double forces = 3 * real_of(table, row, "d_gamma_p_bits") +
                        real_of(table, row, "d_gamma_a_bits") +
                        real_of(table, row, "l") * real_of(table, row, "d_gamma_t_bits");
        assert_true(fabs(forces) < 1e-14);
        assert_true(fabs(real_of(table, row, "balance_bits")) < 1e-14);
    }
    assert_string_equal(text_of(table, 0, "gamma_a_se_bits"), "NA");
    assert_true(real_of(table, 4, "gamma_a_se_bits") > 0);
    assert_close(real_of(table, 4, "n_t"), 50 * 29, 0);
    sb_table_free(table);
}

/* Text written by "data generate" and counted in token trees of 16-bit blocks is the same as the
 * documents of that seed counted by word. */
static void test_real_counts_are_word_counts(void **state)
{
    (void)state;
    char *folder = new_folder(), line[4800], *messages;
    snprintf(line, sizeof line,
             "cd '%s' && g='data generate --quiet --documents 70 --seed 5 --text' && "
             "$SPRINGBACK $g -o p.txt && $SPRINGBACK $g --dialect 2 -o a.txt && "
             "$SPRINGBACK $g --dialect 3 -o t.txt && "
             "$SPRINGBACK curve --pretrain p.txt --align a.txt --perturb t.txt --split line "
             "--l 0.1,0.3 -o real.tsv && "
             "$SPRINGBACK curve --language '' --level word --documents 70 --seed 5 --l 0.1,0.3 "
             "-o words.tsv",
             folder);
    if (run_command(line, NULL, &messages))
        fail_msg("%s", messages);
    free(messages);
    struct sb_table *real, *words;
    char path[4200];
    snprintf(path, sizeof path, "%s/real.tsv", folder);
    assert_int_equal(sb_table_read(path, &real, NULL), SB_OK);
    snprintf(path, sizeof path, "%s/words.tsv", folder);
    assert_int_equal(sb_table_read(path, &words, NULL), SB_OK);
    assert_string_equal(text_of(real, 0, "unit"), "block");
    assert_string_equal(text_of(words, 2, "source"), "counts");
    assert_string_equal(text_of(words, 2, "unit"), "word");
    assert_non_null(sb_table_provenance_at(real, "input.perturb"));
    for (size_t row = 0; row < 2; row++)
        for (size_t column = 3; column < sb_table_n_columns(real); column++) {
            const char *name = sb_table_column_name(real, column);
            double expected = real_of(words, row + 2, name), actual = real_of(real, row, name);
            bool same = actual == expected || (isnan(actual) && isnan(expected)) ||
                        fabs(actual - expected) <= 1e-10 * fabs(expected);
            if (!same && strcmp(name, "balance_bits") != 0)
                fail_msg("row %zu, %s: %.17g, %.17g by word", row, name, actual, expected);
        }
    sb_table_free(real);
    sb_table_free(words);
    remove_folder(folder);
}

static void test_threads_do_not_matter(void **state)
{
    (void)state;
    char *one, *four;
    const char *line = "$SPRINGBACK curve --language length=5 --documents 40 --tsv --threads";
    char command[256];
    snprintf(command, sizeof command, "%s 1", line);
    assert_int_equal(run_command(command, &one, NULL), 0);
    snprintf(command, sizeof command, "%s 4", line);
    assert_int_equal(run_command(command, &four, NULL), 0);
    assert_string_equal(one, four);
    free(one);
    free(four);
}

static void test_usage(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK curve --k -1", 2, "--k \"-1\": expected volumes >= 0");
    assert_refused("$SPRINGBACK curve --k many", 2, "--k \"many\": expected volumes");
    assert_refused("$SPRINGBACK curve --l 0:nan", 2, "--l \"0:nan\": expected volumes");
    assert_refused("$SPRINGBACK curve --k 0 --a 0 --l 0", 2, "may not all be 0");
    assert_refused("$SPRINGBACK curve --k 1:2:2000 --l 0:1:2000", 2, "4000000 points");
    assert_refused("$SPRINGBACK curve --grow x", 2, "--grow \"x\": expected p, a or t");
    assert_refused("$SPRINGBACK curve --level letter", 2, "expected document or word");
    assert_refused("$SPRINGBACK curve --reading back", 2, "expected blocks or prefix");
    assert_refused("$SPRINGBACK curve --pi 1,1", 2, "--pi: \"1,1\": give three proportions");
    assert_refused("$SPRINGBACK curve --language overlap=2", 2, "--language: overlap=2: give a");
    assert_refused("$SPRINGBACK curve --documents 5", 2, "--documents needs the language");
    assert_refused("$SPRINGBACK curve --align x.txt", 2, "are needed together");
    assert_refused("$SPRINGBACK curve --depth 65", 2, "--depth 65: expected 1 to 64 bits");
    assert_refused("$SPRINGBACK curve x.txt", 2, "\"x.txt\": datasets have roles here");
}

static void test_failures(void **state)
{
    (void)state;
    assert_refused("$SPRINGBACK curve --language length=300", 1,
                   "length=200; beyond, use --level word");
    assert_refused("$SPRINGBACK curve --pretrain /no/p --align /no/a --perturb /no/t", 1, "/no/p");
    assert_refused("$SPRINGBACK curve -o /no/such/folder/x.tsv", 1, "/no/such/folder/x.tsv");
}

/* Counts less of their bias come nearer to the exact rates, with the same errors; entropies are added. */
static void test_less_bias(void **state)
{
    (void)state;
    static const char options[] = "--language overlap=0.6 --documents 2000 --l 0.2 --entropy nsb";
    char line[200];
    struct sb_table *plain = curve(options);
    snprintf(line, sizeof line, "--jackknife %s", options);
    struct sb_table *corrected = curve(line);
    static const char *const names[] = { "gamma_p_bits", "gamma_a_bits", "gamma_t_bits",
                                         "d_gamma_p_bits" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        double truth = real_of(plain, 0, names[i]);
        assert_close(real_of(corrected, 0, names[i]), truth, 0);
        assert_true(fabs(real_of(corrected, 1, names[i]) - truth) <
                    0.75 * fabs(real_of(plain, 1, names[i]) - truth));
    }
    assert_close(real_of(corrected, 1, "gamma_p_se_bits"), real_of(plain, 1, "gamma_p_se_bits"), 0);
    assert_close(real_of(plain, 1, "entropy_a_bits"), real_of(plain, 0, "entropy_a_bits"), 1e-3);
    assert_true(real_of(plain, 1, "entropy_a_se_bits") > 0);
    assert_string_equal(text_of(plain, 0, "entropy_a_se_bits"), "NA");
    sb_table_free(plain);
    sb_table_free(corrected);
    assert_refused("$SPRINGBACK curve --jackknife", 2, "--jackknife needs counts");
    assert_refused("$SPRINGBACK curve --entropy smoothed", 2, "expected plug-in");
}

/* Fits of any table: a power law and a turn found again, group by group, missing cells left out; models
 * compared; and what is refused. */
static void test_fits(void **state)
{
    (void)state;
    char *folder = new_folder(), *path = file_in(folder, "t.tsv"), text[4000] = "g\tn\trate\n";
    size_t used = strlen(text);
    for (int i = 1; i <= 16; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "a\t%d\t%.17g\nb\t%d\t%.17g\n", i,
                                 2 + 3 / sqrt(i), i, i < 9 ? 9.0 - i : 0.0);
    snprintf(text + used, sizeof text - used, "a\t3\tNA\n");
    write_file(path, text, strlen(text));
    setenv("T", path, 1);
    struct sb_table *table =
        curve("--fit constant,power,changepoint --table $T --x n --y rate --by g"
              " --replicates 19");
    assert_int_equal(sb_table_n_rows(table), 2 * (1 + 3 + 4));
    assert_string_equal(text_of(table, 3, "parameter"), "exponent");
    assert_close(real_of(table, 3, "estimate"), 0.5, 1e-6);
    assert_close(real_of(table, 1, "estimate"), 2, 1e-6);
    assert_close(real_of(table, 3, "n_points"), 16, 0);
    assert_string_equal(text_of(table, 3, "compared_with"), "constant");
    assert_close(real_of(table, 3, "p_bootstrap"), 0.05, 1e-12);
    assert_string_equal(text_of(table, 15, "parameter"), "turn");
    assert_string_equal(text_of(table, 15, "g"), "b");
    assert_close(real_of(table, 15, "estimate"), 9, 1e-6);
    sb_table_free(table);
    assert_refused("$SPRINGBACK curve --fit power --table $T --x n --y rate --se g", 1,
                   "must be positive");
    assert_refused("$SPRINGBACK curve --fit power --table $T --x n --y nosuch", 1,
                   "no column \"nosuch\"");
    assert_refused("$SPRINGBACK curve --fit power --table $T --x n", 2, "--y COLUMN");
    assert_refused("$SPRINGBACK curve --fit cubic --table $T --x n --y rate", 2,
                   "double-exponential, changepoint");
    assert_refused("$SPRINGBACK curve --fit , --table $T --x n --y rate", 2, "expected some of");
    assert_refused("$SPRINGBACK curve --fit line --table /no/t --x n --y rate", 1, "/no/t");
    write_file(path, "n\trate\n1\tinf\n2\t2\n3\t1\n", 21);
    assert_refused("$SPRINGBACK curve --fit line --table $T --x n --y rate", 1, "not finite");
    write_file(path, "n\trate\n", 7);
    assert_refused("$SPRINGBACK curve --fit line --table $T --x n --y rate", 1, "no rows");
    free(path);
    remove_folder(folder);
}

/* Slopes from rates by seed: near the exact ones, in intervals that hold R; the counts' own derivatives
 * beside them; l = 0, where a rate is infinite, left out; more documents need fewer. */
static void test_slopes(void **state)
{
    (void)state;
    char *folder = new_folder(), *path = file_in(folder, "r.tsv");
    setenv("T", path, 1);
    free(output_of("$SPRINGBACK curve --language overlap=0.6 --documents 1500 --seeds 6 --jackknife"
                   " --l 0,0.05,0.1,0.15,0.2,0.25 --sign 0.9 -o $T"));
    struct sb_table *rates, *table;
    assert_int_equal(sb_table_read(path, &rates, NULL), SB_OK);
    assert_int_equal(sb_table_n_rows(rates), 7 * 6);
    assert_string_equal(text_of(rates, 41, "seed"), "6");
    assert_string_equal(text_of(rates, 0, "seed"), "NA");
    for (size_t row = 1; row < 6; row++) /* less perturbed, the sign is easier to see */
        assert_true(real_of(rates, row, "n_for_sign_p") >= real_of(rates, row - 1, "n_for_sign_p"));
    assert_true(real_of(rates, 8, "R_ci_low") <= real_of(rates, 8, "R_ci_high"));
    char *output, *messages;
    assert_int_equal(run_command("$SPRINGBACK curve --slopes $T --tsv", &output, &messages), 0);
    assert_non_null(strstr(messages, "1 volumes are left out"));
    free(output);
    free(messages);
    table = curve("--slopes $T --quiet");
    assert_int_equal(sb_table_n_rows(table), 6 + 2 * 5);
    for (size_t row = 6; row < 16; row++) {
        size_t exact = row < 11 ? row - 5 : row - 10;
        assert_string_equal(text_of(table, row, "method"),
                            row < 11 ? "local-polynomial" : "derivative");
        assert_close(real_of(table, row, "l"), real_of(table, exact, "l"), 0);
        double error = real_of(table, row, "d_gamma_a_se_bits");
        assert_true(error > 0 && fabs(real_of(table, row, "d_gamma_a_bits") -
                                      real_of(table, exact, "d_gamma_a_bits")) < 5 * error);
        assert_true(real_of(table, row, "R_ci_low") < real_of(table, exact, "R"));
        assert_true(real_of(table, row, "R_ci_high") > real_of(table, exact, "R"));
        assert_true(fabs(real_of(table, row, "balance_bits")) < (row < 11 ? 0.02 : 1e-14));
    }
    sb_table_free(rates);
    sb_table_free(table);
    static const char alone[] = "k\tl\tgamma_p_bits\tgamma_a_bits\tgamma_t_bits\n1\t0\t1\t1\t1\n";
    write_file(path, alone, sizeof alone - 1);
    assert_refused("$SPRINGBACK curve --slopes $T", 1, "one replicate");
    write_file(path, "k\tl\n1\t0\n", 8);
    assert_refused("$SPRINGBACK curve --slopes $T", 1, "no column \"gamma_p_bits\"");
    assert_refused("$SPRINGBACK curve --slopes /no/t", 1, "/no/t");
    assert_refused("$SPRINGBACK curve --slopes $T --fit line", 2, "one of them");
    assert_refused("$SPRINGBACK curve --language '' --seeds 3", 2, "with --documents");
    assert_refused("$SPRINGBACK curve --sign 2", 2, "a probability between 0 and 1");
    free(path);
    remove_folder(folder);
}

/* Bands are the same number of errors wide at all points; without the jackknife there is a remark. */
static void test_bands(void **state)
{
    (void)state;
    const char *options = "--language overlap=0.3 --documents 3000 --l 0.1,0.2,0.3 --bands";
    char line[512], *output, *messages;
    snprintf(line, sizeof line, "%s --jackknife", options);
    struct sb_table *t = curve(line);
    double c = real_of(t, 3, "d_gamma_p_band_bits") / real_of(t, 3, "d_gamma_p_se_bits");
    assert_true(c > 2.04 && c < 2.7);
    for (size_t row = 3; row < 6; row++) {
        double slopes = real_of(t, row, "d_gamma_a_bits") / real_of(t, row, "d_gamma_p_bits");
        assert_close(real_of(t, row, "d_gamma_p_band_bits"),
                     c * real_of(t, row, "d_gamma_p_se_bits"), 1e-12);
        assert_close(real_of(t, row, "R"), -slopes / 20, 1e-12);
        assert_true(real_of(t, row, "R_ci_low") < real_of(t, row, "R") &&
                    real_of(t, row, "R") < real_of(t, row, "R_ci_high"));
    }
    sb_table_free(t);
    snprintf(line, sizeof line, "$SPRINGBACK curve --tsv %s", options);
    assert_int_equal(run_command(line, &output, &messages), 0);
    assert_non_null(strstr(messages, "bands do not cover the bias of counting"));
    free(output);
    free(messages);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_form),
        cmocka_unit_test(test_grids),
        cmocka_unit_test(test_exact_meets_closed),
        cmocka_unit_test(test_kappa_and_balance),
        cmocka_unit_test(test_real_counts_are_word_counts),
        cmocka_unit_test(test_threads_do_not_matter),
        cmocka_unit_test(test_less_bias),
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_slopes),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

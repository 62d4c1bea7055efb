/* springback theory with times, curvatures and springs: tables against the library and reference. */
#include "tests/folder.h"
#include "tests/reference.h"

#include "data/table.h"
#include "theory/sequential.h"

static int set_up(void **state)
{
    (void)state;
    folder = new_folder();
    setenv("F", folder, 1);
    return 0;
}

static struct sb_table *table_of(const char *options)
{
    char line[1024], *messages;
    snprintf(line, sizeof line, "$SPRINGBACK theory %s -o $F/x.tsv", options);
    if (run_command(line, NULL, &messages) || *messages)
        fail_msg("%s: %s", line, messages);
    free(messages);
    snprintf(line, sizeof line, "%s/x.tsv", folder);
    struct sb_table *table;
    struct sb_error error;
    if (sb_table_read(line, &table, &error))
        fail_msg("%s", error.message);
    return table;
}

static double number_at(const struct sb_table *table, size_t row, const char *name)
{
    size_t column;
    assert_true(sb_table_find_column(table, name, &column));
    return sb_table_real_at(table, row, column);
}

static const char *text_at(const struct sb_table *table, size_t row, const char *name)
{
    size_t column;
    assert_true(sb_table_find_column(table, name, &column));
    return sb_table_text_at(table, row, column);
}

/* Rows: closed, integrated, logit. */
static void test_flow(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "G_ngd"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        char options[256], rest[32];
        double pi_a = reference_number(record, "pi_a"), pi_t = reference_number(record, "pi_t");
        snprintf(rest, sizeof rest, "%.17g", 1 - pi_a - pi_t);
        snprintf(options, sizeof options, "--pi %s,%s,%s --align-time %s --perturb-time %s", rest,
                 json_string_value(json_object_get(record, "pi_a")),
                 json_string_value(json_object_get(record, "pi_t")),
                 json_string_value(json_object_get(record, "s")),
                 json_string_value(json_object_get(record, "t")));
        struct sb_table *table = table_of(options);
        assert_int_equal(sb_table_n_rows(table), 3);
        assert_reference(number_at(table, 0, "k_eff"), record, "k_eff", id);
        assert_reference(number_at(table, 0, "l_eff"), record, "l_eff", id);
        assert_reference(number_at(table, 0, "q_a"), record, "q_A", id);
        assert_reference(number_at(table, 0, "return_time"), record, "t_back", id);
        assert_reference(number_at(table, 0, "halving_time"), record, "t_half_odds", id);
        assert_reference(sb_nats_from_bits(number_at(table, 0, "delta_gamma_p_bits")), record,
                         "Delta_gamma_p", id);
        static const char *const both[] = { "q_a",
                                            "q_t",
                                            "delta_gamma_p_bits",
                                            "delta_gamma_a_bits",
                                            "delta_gamma_t_bits",
                                            "log2_odds",
                                            "log2_odds_speed" };
        assert_string_equal(text_at(table, 1, "source"), "integrated");
        for (size_t c = 0; c < sizeof both / sizeof *both; c++) {
            double closed = number_at(table, 0, both[c]);
            if (!(fabs(number_at(table, 1, both[c]) - closed) <= 1e-11 * (1 + fabs(closed))))
                fail_msg("%s %s: %.17g and %.17g", id, both[c], closed,
                         number_at(table, 1, both[c]));
        }
        assert_string_equal(text_at(table, 2, "source"), "logit");
        assert_true(fabs(sb_nats_from_bits(number_at(table, 2, "log2_odds_speed"))) <= 2);
        sb_table_free(table);
    }
    json_decref(root);
}

/* From k : 1 the perturbation is joint training: the other form of the command agrees. */
static void test_joint_start(void **state)
{
    (void)state;
    struct sb_table *flow = table_of("--pi 1/3,1/3,1/3 --k 20 --perturb-time 0.01");
    char options[128];
    snprintf(options, sizeof options, "--pi 1/3,1/3,1/3 --k 20 --l %.17g",
             number_at(flow, 0, "l_eff"));
    struct sb_table *joint = table_of(options);
    static const char *const both[] = { "delta_gamma_p_bits", "delta_gamma_a_bits",
                                        "delta_gamma_t_bits" };
    for (size_t c = 0; c < 3; c++)
        assert_close(number_at(flow, 0, both[c]), number_at(joint, 0, both[c]), 1e-12);
    assert_true(isnan(number_at(flow, 0, "align_time")));
    sb_table_free(flow);
    sb_table_free(joint);
    /* Two parts only: nothing is integrated that has no mass. */
    flow = table_of("--pi 0,1/2,1/2 --align-time 1 --perturb-time 1");
    assert_close(number_at(flow, 1, "log2_odds"), number_at(flow, 0, "log2_odds"), 1e-10);
    sb_table_free(flow);
}

static void test_quadratic(void **state)
{
    (void)state;
    struct sb_table *table = table_of("--curvatures 4,2,1,1/2,1/4 --optimum=1,-1,1/2,2,1"
                                      " --align-time 2 --perturb-time 0,1/3");
    assert_int_equal(sb_table_n_rows(table), 4);
    assert_close(sb_nats_from_bits(number_at(table, 0, "excess_loss_bits")), 0.1839453559423867,
                 1e-12); /* GQ2 */
    assert_close(sb_nats_from_bits(number_at(table, 2, "memory_bits")), 3.377611112314652, 1e-12);
    assert_close(number_at(table, 2, "d_ln_memory"), -2.056124073784385, 1e-12);
    assert_close(number_at(table, 3, "memory_bits"), number_at(table, 2, "memory_bits"), 1e-11);
    assert_close(number_at(table, 0, "memory_share"), 1, 0);
    sb_table_free(table);
}

/* At rest the extensions are 1/(k+1) and k/(k+1), and the forces cancel. */
static void test_springs(void **state)
{
    (void)state;
    struct sb_table *table = table_of("--springs --k 4 --pi 1/3,1/3,1/3");
    size_t n = sb_table_n_rows(table), last = n - 1;
    assert_string_equal(text_at(table, 0, "spring"), "pre-training");
    assert_string_equal(text_at(table, last, "spring"), "alignment");
    assert_close(number_at(table, 0, "extension"), 0.2, 1e-15);
    assert_close(number_at(table, last, "extension"), 0.8, 1e-15);
    assert_close(number_at(table, 0, "force_bits"), -number_at(table, last, "force_bits"), 1e-14);
    assert_close(number_at(table, 0, "x"), 0, 0);
    assert_close(number_at(table, last, "x"), 1, 0);
    sb_table_free(table);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        { "--align-time 1 --pi 1/3,1/3,1/3", "give --springs" },
        { "--align-time 1 --k 2 --perturb-time 1 --pi 1/3,1/3,1/3", "one of" },
        { "--perturb-time 1 --k 2", "give --springs" },
        { "--springs --k 2", "give --springs" },
        { "--springs --k 2 --pi 1/3,1/3,1/3 --align-time 1", "give --springs" },
        { "--curvatures 1 --perturb-time 1", "give --springs" },
        { "--optimum 1 --pi 1/3,1/3,1/3 --align-time 1 --perturb-time 1", "give --springs" },
        { "--l 1 --pi 1/3,1/3,1/3 --align-time 1 --perturb-time 1", "do not go with" },
        { "--align-time=-1 --pi 1/3,1/3,1/3 --perturb-time 1", "--align-time: -1 is not between" },
        { "--align-time 1 --pi 1/3,1/3,1/3 --perturb-time 701", "not between 0 and 700" },
        { "--align-time 1 --pi 1/3,1/3,1/3 --perturb-time x", "expected numbers" },
        { "--align-time 1 --pi 1/2,1/2 --perturb-time 1", "three shares" },
        { "--align-time 1 --pi 1/2,1/2,1/2 --perturb-time 1", "sums to 1.5" },
        { "--align-time 1 --pi 1/2,0,1/2 --perturb-time 1", "pi_a is 0" },
        { "--align-time 1 --curvatures 1,0 --perturb-time 1", "--curvatures: 0 is not between" },
        { "--align-time 1 --curvatures 1,2 --optimum 1 --perturb-time 1", "2 curvatures and 1" },
        { "--align-time 0:1:1000 --pi 1/3,1/3,1/3 --perturb-time 0:1:1000", "more than 100000" },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[512];
        snprintf(line, sizeof line, "$SPRINGBACK theory %s", bad[i][0]);
        assert_refused(line, 2, bad[i][1]);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down_folder)
    const struct CMUnitTest tests[] = {
        TEST(test_flow),    TEST(test_joint_start), TEST(test_quadratic),
        TEST(test_springs), TEST(test_refused),
    };
    return cmocka_run_group_tests_name("springback theory, sequential", tests, NULL, NULL);
}

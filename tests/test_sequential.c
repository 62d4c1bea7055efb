/* Sequential fine-tuning: reference values, joint training in disguise, the differential equations. */
#include "tests/reference.h"

#include "theory/disjoint.h"
#include "theory/mixture.h"
#include "theory/quadratic.h"
#include "theory/sequential.h"
#include "theory/trials.h"

static void test_reference_G_ngd(void **state)
{
    (void)state;
    json_t *root = reference_open(), *record;
    size_t i;
    json_array_foreach(reference_section(root, "G_ngd"), i, record)
    {
        const char *id = json_string_value(json_object_get(record, "id"));
        double pi_a = reference_number(record, "pi_a"), pi_t = reference_number(record, "pi_t");
        double s = reference_number(record, "s"), t = reference_number(record, "t");
        const double pi[] = { 1 - pi_a - pi_t, pi_a, pi_t }, a[] = { 0, 1, 0 }, pt[] = { 0, 0, 1 };
        struct sb_start start = sb_start_aligned(s);
        struct sb_odds odds;
        struct sb_flow flow, first;
        assert_int_equal(sb_odds_at(pi, start, t, &odds), SB_OK);
        assert_int_equal(sb_flow_at(pi, a, pt, 3, start, t, &flow), SB_OK);
        assert_int_equal(sb_flow_at(pi, a, pt, 3, start, 0, &first), SB_OK);
        assert_reference(odds.q_a, record, "q_A", id);
        assert_reference(odds.q_t, record, "q_T", id);
        assert_reference(odds.q_rest, record, "q_rest", id);
        assert_reference(flow.a.change_nats, record, "Delta_gamma_a", id);
        assert_reference(flow.p.change_nats, record, "Delta_gamma_p", id);
        assert_reference(flow.t.change_nats, record, "Delta_gamma_t", id);
        assert_reference(sb_start_k(start), record, "k_eff", id);
        assert_reference(sb_start_l(start, t), record, "l_eff", id);
        assert_reference(odds.return_time, record, "t_back", id);
        assert_reference(odds.halving_time, record, "t_half_odds", id);
        assert_reference(first.a.speed_nats, record, "d_gamma_a_dt_0", id);
        assert_reference(first.p.speed_nats, record, "d_gamma_p_dt_0", id);

        /* The model by natural gradient on logits, twice. */
        double q[] = { pi[0], pi[1], pi[2] };
        assert_int_equal(sb_flow_integrate(SB_NATURAL_GRADIENT, a, 3, s, q), SB_OK);
        assert_int_equal(sb_flow_integrate(SB_NATURAL_GRADIENT, pt, 3, t, q), SB_OK);
        assert_close(q[0], odds.q_rest, 1e-11);
        assert_close(q[1], odds.q_a, 1e-11);
        assert_close(q[2], odds.q_t, 1e-11);
    }
    json_decref(root);
}

/* From k : 1, the flow is joint training with l = (k + 1)(e^t - 1): the closed form of R3. */
static void test_is_joint_training(void **state)
{
    (void)state;
    const double pi[] = { 0.5, 0.3, 0.2 }, a[] = { 0, 1, 0 }, pt[] = { 0, 0, 1 };
    for (double k = 0.01; k < 1e9; k *= 100)
        for (double t = 1e-6; t < 100; t *= 10) {
            struct sb_start start = sb_start_joint(k);
            struct sb_disjoint d = { k, sb_start_l(start, t), pi[0], pi[1], pi[2], 0 };
            struct sb_disjoint_changes change = sb_disjoint_changes(&d);
            struct sb_disjoint_values v = sb_disjoint_at(&d);
            struct sb_flow flow;
            assert_int_equal(sb_flow_at(pi, a, pt, 3, start, t, &flow), SB_OK);
            assert_close(sb_start_k(start), k, 1e-15);
            assert_close(d.l, (k + 1) * expm1(t), 1e-15);
            assert_close(flow.p.change_nats, change.p_nats, 1e-12);
            assert_close(flow.a.change_nats, t, 1e-13);
            assert_close(flow.t.change_nats, change.t_nats, 1e-12);
            assert_close(flow.p.speed_nats, (k + 1 + d.l) * v.slope_p_nats, 1e-11);
            assert_close(flow.a.speed_nats, 1, 1e-14);
        }
}

/* Odds are back and halved when they should be; the way back is bounded. */
static void test_odds(void **state)
{
    (void)state;
    const double pi[] = { 0.2, 0.7, 0.1 };
    for (double s = 1e-3; s < 100; s *= 10) {
        struct sb_start start = sb_start_aligned(s);
        struct sb_odds first, half, back;
        assert_int_equal(sb_odds_at(pi, start, 0, &first), SB_OK);
        assert_int_equal(sb_odds_at(pi, start, first.halving_time, &half), SB_OK);
        assert_int_equal(sb_odds_at(pi, start, first.return_time, &back), SB_OK);
        assert_close(first.log_odds_nats - half.log_odds_nats, log(2), 1e-12);
        assert_close(back.log_odds_nats, log(7), 1e-12);
        assert_true(first.return_time <= log1p(1. / 7));
        assert_close(first.speed_nats * first.q_t, -1, 1e-15);
    }
    /* No alignment: nothing to undo. All alignment: start.p = 0, and the bound is met. */
    struct sb_odds odds;
    assert_int_equal(sb_odds_at(pi, sb_start_aligned(0), 0, &odds), SB_OK);
    assert_close(odds.return_time, 0, 0);
    assert_int_equal(sb_odds_at(pi, sb_start_aligned(INFINITY), 0, &odds), SB_OK);
    assert_close(odds.return_time, log1p(1. / 7), 1e-15);
    assert_true(isinf(odds.log_odds_nats));
    assert_close(sb_start_k(sb_start_joint(INFINITY)), INFINITY, 0);
}

/* Natural gradient on logits moves the masses along q' = p - q: overlapping distributions too. Plain
 * descent keeps every log-odds speed below 2. */
static void test_descents(void **state)
{
    (void)state;
    enum { N = 5 };
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct sb_random random;
        sb_random_init(&random, 7, seed);
        double q[N], target[N], natural[N], plain[N], sum = 0;
        sb_trial_vector(&random, target, N);
        for (int x = 0; x < N; x++)
            sum += q[x] = sb_trial_between(&random, 1e-3, 1);
        for (int x = 0; x < N; x++)
            natural[x] = plain[x] = q[x] /= sum;
        double t = sb_trial_between(&random, 0.01, 3);
        assert_int_equal(sb_flow_integrate(SB_NATURAL_GRADIENT, target, N, t, natural), SB_OK);
        assert_int_equal(sb_flow_integrate(SB_LOGIT_DESCENT, target, N, t, plain), SB_OK);
        for (int x = 0; x < N; x++)
            assert_close(natural[x], exp(-t) * q[x] - expm1(-t) * target[x], 1e-11);
        for (int x = 0; x < N; x++)
            for (int y = 0; y < N; y++)
                assert_true(log(plain[x] / plain[y]) - log(q[x] / q[y]) <= 2 * t * (1 + 1e-12));
    }
}

/* Rates of overlapping distributions: changes against the integrated model, speeds against 1 - C_i. */
static void test_flow_of_any_distributions(void **state)
{
    (void)state;
    enum { N = 4 };
    const double p[3][N] = { { 0.4, 0.3, 0.2, 0.1 }, { 0.1, 0.6, 0, 0.3 }, { 0.2, 0, 0.5, 0.3 } };
    for (double s = 0.1; s < 4; s *= 2)
        for (double t = 0.05; t < 4; t *= 2) {
            double q[N], first[N];
            struct sb_start start = sb_start_aligned(s);
            struct sb_flow flow;
            for (int x = 0; x < N; x++)
                first[x] = q[x] = start.p * p[0][x] + start.a * p[1][x];
            assert_int_equal(sb_flow_at(p[0], p[1], p[2], N, start, t, &flow), SB_OK);
            assert_int_equal(sb_flow_integrate(SB_NATURAL_GRADIENT, p[2], N, t, q), SB_OK);
            const struct sb_flow_rate rates[] = { flow.p, flow.a, flow.t };
            for (int i = 0; i < 3; i++) {
                double change = 0, speed = 1;
                for (int x = 0; x < N; x++) {
                    change += p[i][x] * log(first[x] / q[x]);
                    speed -= p[i][x] * p[2][x] / q[x];
                }
                if (!(fabs(rates[i].change_nats - change) < 1e-11) ||
                    !(fabs(rates[i].speed_nats - speed) < 1e-10))
                    fail_msg("s=%g, t=%g, dataset %d: %.15g, %.15g; integrated %.15g, %.15g", s, t,
                             i, rates[i].change_nats, rates[i].speed_nats, change, speed);
            }
        }
}

/* One step of plain descent against the stated speed: one leaf per part. */
static void test_logit_speed(void **state)
{
    (void)state;
    const double pi[] = { 0.3, 0.4, 0.3 }, pt[] = { 0, 0, 1 }, h = 1e-4;
    struct sb_odds odds;
    assert_int_equal(sb_odds_at(pi, sb_start_aligned(1), 0, &odds), SB_OK);
    double q[] = { odds.q_rest, odds.q_a, odds.q_t };
    assert_int_equal(sb_flow_integrate(SB_LOGIT_DESCENT, pt, 3, h, q), SB_OK);
    assert_close((log(q[1] / q[2]) - odds.log_odds_nats) / h, odds.logit_speed_nats, 1e-3);
    assert_true(fabs(odds.logit_speed_nats) <= 2);
}

static void test_domain(void **state)
{
    (void)state;
    const double pi[] = { 0.3, 0.4, 0.3 }, gone[] = { 0.3, 0.7, 0 };
    struct sb_start start = sb_start_aligned(1);
    struct sb_odds odds = { .q_a = 7 };
    struct sb_flow flow = { .a = { 7, 7 } };
    double q[] = { 0.5, 0.5, 0 };
    const double bad[] = { -1, NAN, INFINITY, SB_FLOW_LONGEST + 1 };
    for (int i = 0; i < 4; i++) {
        assert_int_equal(sb_odds_at(pi, start, bad[i], &odds), SB_DOMAIN);
        assert_int_equal(sb_flow_at(pi, pi, pi, 3, start, bad[i], &flow), SB_DOMAIN);
    }
    assert_int_equal(sb_odds_at(gone, start, 1, &odds), SB_DOMAIN);
    assert_int_equal(sb_flow_integrate(SB_LOGIT_DESCENT, pi, 3, 1, q), SB_DOMAIN);
    assert_int_equal(sb_flow_integrate(SB_LOGIT_DESCENT, pi, 3, -1, (double[]){ 1, 1, 1 }),
                     SB_DOMAIN);
    assert_true(odds.q_a == 7 && flow.a.change_nats == 7 && q[0] == 0.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reference_G_ngd),
        cmocka_unit_test(test_is_joint_training),
        cmocka_unit_test(test_odds),
        cmocka_unit_test(test_descents),
        cmocka_unit_test(test_logit_speed),
        cmocka_unit_test(test_flow_of_any_distributions),
        cmocka_unit_test(test_domain),
    };
    return cmocka_run_group_tests_name("sequential", tests, NULL, NULL);
}

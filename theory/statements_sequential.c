/* R15, R16 and R17: one fine-tuning after another. */
#include <math.h>
#include "theory/mixture.h"
#include "theory/ode.h"
#include "theory/quadratic.h"
#include "theory/sequential.h"
#include "theory/trials.h"

enum { CASES = 1000, INTEGRATED = 60, LEAVES = 5 };

/* ---- R15: the saturated natural gradient ----------------------------------------------------- */

struct tuning {
    struct sb_random random;
    double p[LEAVES], a[LEAVES], t[LEAVES]; /* p > 0 everywhere */
    double align_time, perturb_time;
};

static struct tuning tuning_of(const struct sb_ranges *ranges, uint64_t number)
{
    struct tuning tuning;
    double sum = 0;
    sb_random_init(&tuning.random, ranges->seed, number);
    sb_trial_vector(&tuning.random, tuning.a, LEAVES);
    sb_trial_vector(&tuning.random, tuning.t, LEAVES);
    for (int x = 0; x < LEAVES; x++)
        sum += tuning.p[x] = sb_trial_between(&tuning.random, 0.01, 1);
    for (int x = 0; x < LEAVES; x++)
        tuning.p[x] /= sum;
    tuning.align_time = sb_trial_between(&tuning.random, 0.01, 3);
    tuning.perturb_time = sb_trial_between(&tuning.random, 0.01, 3);
    return tuning;
}

/* By the flow, by joint volumes, and (for some cases) by integrating both phases. */
static void check_model(const struct sb_ranges *ranges, struct sb_finding *joint,
                        struct sb_finding *integrated, struct sb_finding *bound)
{
    for (uint64_t number = 0; number < CASES; number++) {
        struct tuning u = tuning_of(ranges, number);
        double s = u.align_time, t = u.perturb_time, flow[LEAVES], model[LEAVES], q[LEAVES];
        struct sb_start start = sb_start_aligned(s);
        const double *const rows[] = { u.p, u.a, u.t };
        const double volumes[] = { sb_start_k(start), 1, sb_start_l(start, t) };
        const struct sb_mixture mixture = { 3, LEAVES, rows, volumes };
        if (sb_mixture_model(&mixture, model))
            model[0] = NAN;
        for (int x = 0; x < LEAVES; x++) {
            q[x] = start.p * u.p[x] + start.a * u.a[x];
            flow[x] = exp(-t) * q[x] - expm1(-t) * u.t[x];
            sb_finding_error(joint, fabs(model[x] / flow[x] - 1), 1e-13, "case %d: s=%g, t=%g",
                             (int)number, s, t);
        }
        if (number >= INTEGRATED)
            continue;
        double natural[LEAVES], plain[LEAVES];
        for (int x = 0; x < LEAVES; x++) {
            natural[x] = u.p[x];
            plain[x] = q[x];
        }
        if (sb_flow_integrate(SB_NATURAL_GRADIENT, u.a, LEAVES, s, natural) ||
            sb_flow_integrate(SB_NATURAL_GRADIENT, u.t, LEAVES, t, natural) ||
            sb_flow_integrate(SB_LOGIT_DESCENT, u.t, LEAVES, t, plain))
            natural[0] = plain[0] = NAN;
        for (int x = 0; x < LEAVES; x++) {
            int y = (x + 1) % LEAVES;
            double moved = fabs(log(plain[x] / plain[y]) - log(q[x] / q[y]));
            sb_finding_error(integrated, fabs(natural[x] / flow[x] - 1), 1e-11,
                             "case %d: s=%g, t=%g", (int)number, s, t);
            sb_finding_slack(bound, 2 - moved / t, 1e-12, "case %d: s=%g, t=%g", (int)number, s, t);
        }
    }
}

static void check_odds(const struct sb_ranges *ranges, struct sb_finding *plateau,
                       struct sb_finding *back)
{
    const double a[] = { 0, 1, 0 }, p_t[] = { 0, 0, 1 };
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        sb_random_init(&random, ranges->seed, number);
        double pi[3], sum = 0;
        for (int i = 0; i < 3; i++)
            sum += pi[i] = sb_trial_between(&random, 0.01, 1);
        for (int i = 0; i < 3; i++)
            pi[i] /= sum;
        double s = sb_trial_between(&random, 0.01, 10), t = sb_trial_between(&random, 0.01, 10);
        double k = sb_trial_between(&random, 0.1, 1e4);
        struct sb_start aligned = sb_start_aligned(s), joint = sb_start_joint(k);
        struct sb_odds now, then, from_joint;
        struct sb_flow flow;
        double loss_error = NAN, back_error = NAN, half_error = NAN, volume_error = NAN;
        if (sb_flow_at(pi, a, p_t, 3, aligned, t, &flow) == SB_OK)
            loss_error = fabs(flow.a.change_nats / t - 1);
        if (sb_odds_at(pi, aligned, 0, &now) == SB_OK &&
            sb_odds_at(pi, joint, 0, &from_joint) == SB_OK) {
            if (sb_odds_at(pi, aligned, now.return_time, &then) == SB_OK)
                back_error = fabs(then.log_odds_nats - log(pi[1] / pi[2]));
            if (sb_odds_at(pi, aligned, now.halving_time, &then) == SB_OK)
                half_error = fabs(now.log_odds_nats - then.log_odds_nats - log(2));
            double l = sb_start_l(joint, from_joint.return_time);
            volume_error = fabs(l * pi[1] / pi[2] - 1);
            if (!(now.return_time <= log1p(pi[2] / pi[1])))
                back_error = INFINITY;
        }
        sb_finding_error(plateau, loss_error, 1e-12, "case %d: s=%g, t=%g", (int)number, s, t);
        sb_finding_error(back, fmax(fmax(back_error, half_error), volume_error), 1e-10,
                         "case %d: s=%g, k=%g", (int)number, s, k);
    }
}

size_t sb_check_R15(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    const char *domain = "random distributions, s and t from 0.01 to 3";
    findings[0] = sb_finding_of("R15", "align s, perturb t = joint training at k_eff : 1 : l_eff",
                                domain, "relative error of masses");
    findings[1] = sb_finding_of("R15", "natural gradient on logits, integrated: q' = p_t - q",
                                domain, "relative error of masses");
    findings[2] = sb_finding_of("R15", "plain logit descent: log-odds move at a speed <= 2", domain,
                                "of the speed");
    findings[3] = sb_finding_of("R15", "disjoint: gamma_a(t) - gamma_a(0) = t, no plateau",
                                "random pi, s and t from 0.01 to 10", "relative error");
    findings[4] =
        sb_finding_of("R15", "odds return, halve as stated; bounded time; l_back = pi_t/pi_a",
                      "random pi, 0.01 <= s <= 10, 0.1 <= k <= 1e4", "nats, relative volume");
    check_model(ranges, &findings[0], &findings[1], &findings[2]);
    check_odds(ranges, &findings[3], &findings[4]);
    return 5;
}

/* ---- R16: quadratic losses ------------------------------------------------------------------- */

static void check_quadratic(const struct sb_ranges *ranges, struct sb_finding *integrated,
                            struct sb_finding *convex, struct sb_finding *slower)
{
    enum { N = 4 };
    const double origin[N] = { 0 };
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        sb_random_init(&random, ranges->seed, number);
        double h[N], theta_a[N], theta[N] = { 0 }, loss, memory;
        for (int i = 0; i < N; i++) {
            h[i] = sb_trial_between(&random, 0.1, 10);
            theta_a[i] = 4 * sb_random_unit(&random) - 2;
        }
        double s = sb_trial_between(&random, 0.01, 3), t = sb_trial_between(&random, 0.01, 3);
        double step = 2e-4;
        struct sb_quadratic q = { h, theta_a, N, s };
        struct sb_quadratic_values at, low, high, first, later;
        if (sb_quadratic_at(&q, t, &at) || sb_quadratic_at(&q, t - step, &low) ||
            sb_quadratic_at(&q, t + step, &high) || sb_quadratic_at(&q, 0, &first))
            at.memory_nats = NAN;
        /* (ln m)'' by differences of (ln m)' is the variance, which is not negative. */
        double curvature = (high.log_slope - low.log_slope) / (2 * step);
        double error = fabs(curvature - at.log_curvature) / (at.log_slope * at.log_slope);
        sb_finding_error(convex, at.log_curvature >= 0 ? error : NAN, 1e-5, "case %d: s=%g, t=%g",
                         (int)number, s, t);
        q.align_time = 1.5 * s;
        if (sb_quadratic_at(&q, 0, &later))
            later.log_slope = NAN;
        sb_finding_slack(slower, 1 - later.log_slope / first.log_slope, 1e-14, "case %d: s=%g",
                         (int)number, s);
        if (number >= INTEGRATED)
            continue;
        q.align_time = s;
        if (sb_quadratic_move(h, theta_a, N, s, theta) || sb_quadratic_move(h, origin, N, t, theta))
            theta[0] = NAN;
        sb_quadratic_measure(&q, theta, &loss, &memory);
        sb_finding_error(integrated,
                         fmax(fabs(loss / at.excess_loss_nats - 1), fabs(memory - at.memory_nats)),
                         1e-10, "case %d: s=%g, t=%g", (int)number, s, t);
    }
}

size_t sb_check_R16(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    const char *domain = "4 random curvatures from 0.1 to 10, s and t from 0.01 to 3";
    findings[0] = sb_finding_of("R16", "theta_i = theta_a,i a_i e^(-h_i t): both flows integrated",
                                domain, "relative loss, memory in nats");
    findings[1] = sb_finding_of("R16", "(ln m)'' = Var_t(h) >= 0: fast, then a plateau", domain,
                                "relative to <h>^2");
    findings[2] = sb_finding_of("R16", "the first relative speed <h> falls with the alignment time",
                                domain, "relative");
    check_quadratic(ranges, &findings[0], &findings[1], &findings[2]);
    return 3;
}

/* ---- R17: one dimension ---------------------------------------------------------------------- */

/* A random smooth speed that keeps its sign: +-exp(sum of sines). */
struct speed {
    double sign, height[3], frequency[3], phase[3];
};

static struct speed speed_of(struct sb_random *random, double sign)
{
    struct speed speed = { .sign = sign };
    for (int i = 0; i < 3; i++) {
        speed.height[i] = sb_random_unit(random);
        speed.frequency[i] = sb_trial_between(random, 0.3, 10);
        speed.phase[i] = 6.283185307179586 * sb_random_unit(random);
    }
    return speed;
}

static void move_state(const double *y, double *slope, const void *context)
{
    const struct speed *speed = context;
    double exponent = 0;
    for (int i = 0; i < 3; i++)
        exponent += speed->height[i] * sin(speed->frequency[i] * *y + speed->phase[i]);
    *slope = speed->sign * exp(exponent);
}

/* Where the state is after the time. */
static double state_after(const struct speed *speed, double state, double time)
{
    return sb_ode_integrate(move_state, speed, 1, time, 1e-10, &state) ? NAN : state;
}

/* Alignment moves the state up from 0, for a shorter and a longer time; the inverse moves it down.
 * After any inverse dose the state of the longer alignment is still the higher one, so that it needs
 * the larger dose to come down to any given state. */
static void check_line(const struct sb_ranges *ranges, struct sb_finding *finding)
{
    for (uint64_t number = 0; number < 4 * INTEGRATED; number++) {
        struct sb_random random;
        sb_random_init(&random, ranges->seed, number);
        struct speed up = speed_of(&random, 1), down = speed_of(&random, -1);
        double s1 = sb_trial_between(&random, 0.05, 2), more = sb_trial_between(&random, 0.05, 2);
        double x1 = state_after(&up, 0, s1), x2 = state_after(&up, x1, more);
        double dose = sb_trial_between(&random, 0.01, 3);
        double slack = state_after(&down, x2, dose) - state_after(&down, x1, dose);
        sb_finding_slack(finding, slack, 1e-8, "case %d: doses of alignment %g and %g", (int)number,
                         s1, s1 + more);
    }
}

/* Two directions: a content c and a format f that both kinds of data teach; the behaviour is c f.
 * Alignment: c' = -c, f' = b (1 - f); the inverse: c' = 1 - c, f' = b (1 - f). */
static double behaviour(double align_time, double inverse_time)
{
    const double c_0 = 0.5, f_0 = 0.1, b = 0.3;
    double c = 1 - (1 - c_0 * exp(-align_time)) * exp(-inverse_time);
    double f = 1 - (1 - f_0) * exp(-b * (align_time + inverse_time));
    return c * f;
}

size_t sb_check_R17(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    findings[0] = sb_finding_of("R17", "the inverse dose cannot fall with the alignment dose",
                                "random autonomous dynamics in one dimension",
                                "distance kept by the longer return");
    check_line(ranges, &findings[0]);
    double longer = behaviour(8, 1), shorter = behaviour(2, 1);
    findings[1] = sb_finding_refuted(
        "R17", "the inverse dose cannot fall in two dimensions either",
        "content c and a shared format f, behaviour c f", shorter < 0.5 && longer >= 0.5,
        "inverse dose 1: c f = %.3f after alignment 8, %.3f after 2; 1/2 is reached sooner", longer,
        shorter);
    return 2;
}

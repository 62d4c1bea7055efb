/* R11 and R12: masses drawn from Zipf's and Pareto's laws. */
#include <math.h>
#include "theory/pareto.h"
#include "theory/trials.h"
#include "theory/zipf.h"

static double random_alpha(struct sb_random *random, double low, double high)
{
    return low * pow(high / low, sb_random_unit(random));
}

/* ---- R11 ------------------------------------------------------------------------------------- */

/* The sum over ranks, term by term. */
static void check_zipf(struct sb_random *random, struct sb_finding *finding)
{
    double s = 3 * sb_random_unit(random), Z = 0, Lambda = 0;
    uint64_t M = 1 + sb_random_below(random, 2000);
    for (uint64_t j = M; j >= 1; j--) {
        double mass = pow((double)j, -s);
        Z += mass;
        Lambda += mass * log((double)j);
    }
    struct sb_zipf zipf;
    double entropy = log(Z) + s * Lambda / Z;
    double error = sb_zipf_at(s, (double)M, &zipf) ? NAN : fabs(zipf.entropy_nats - entropy);
    sb_finding_error(finding, error, 1e-11, "s=%g, M=%d", s, (int)M);
}

/* The integral against simulation. 5 standard errors: one case in two million by chance. */
static void check_mean_entropy(struct sb_random *random, struct sb_finding *finding)
{
    enum { M_MAX = 64, DRAWS = 500 };
    double alpha = random_alpha(random, 0.3, 10), scratch[M_MAX], exact;
    size_t M = 2 + sb_random_below(random, M_MAX - 1);
    struct sb_simulated h = sb_pareto_simulate_entropy_nats(random, alpha, scratch, M, DRAWS);
    double error = sb_pareto_mean_entropy_nats(alpha, (double)M, &exact)
                       ? NAN
                       : fabs(h.mean - exact) / h.standard_error;
    sb_finding_error(finding, error, 5, "alpha=%g, M=%d", alpha, (int)M);
}

/* |E H - ln M - limit| at M = 10^6, for alpha > 2 where it is of order 1/M up to a power. */
static void check_entropy_limit(struct sb_random *random, struct sb_finding *finding)
{
    double alpha = random_alpha(random, 2.5, 20), entropy;
    double limit = sb_pareto_entropy_limit_minus_log_M_nats(alpha);
    double error =
        sb_pareto_mean_entropy_nats(alpha, 1e6, &entropy) ? NAN : fabs(entropy - log(1e6) - limit);
    sb_finding_error(finding, error, 1e-3, "alpha=%g", alpha);
}

size_t sb_check_R11(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    enum { CASES = 60 };
    findings[0] = sb_finding_of("R11", "Zipf: H = ln Z + s Lambda/Z, in closed form",
                                "0 <= s < 3, M <= 2000", "nats");
    findings[1] = sb_finding_of("R11", "iid Pareto: E H is the integral",
                                "0.3 <= alpha <= 10, M <= 65, simulated", "standard errors");
    findings[2] = sb_finding_of("R11", "E H - ln M -> ln(alpha/(alpha-1)) - 1/(alpha-1)",
                                "2.5 <= alpha <= 20, M = 1e6", "nats");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        sb_random_init(&random, ranges->seed, number);
        check_zipf(&random, &findings[0]);
        check_mean_entropy(&random, &findings[1]);
        check_entropy_limit(&random, &findings[2]);
    }
    return 3;
}

/* ---- R12 ------------------------------------------------------------------------------------- */

/* Either integral against simulation; the logarithm's has a variance for alpha > 2. */
static void check_overlap(struct sb_random *random, double alpha_low, struct sb_finding *finding,
                          bool is_log)
{
    enum { DRAWS = 4000 };
    double alpha = random_alpha(random, alpha_low, 50), w[3];
    for (int i = 0; i < 3; i++)
        w[i] = sb_trial_between(random, 0.01, 10);
    struct sb_simulated a_t, a_log;
    struct sb_pareto_overlap overlap;
    sb_pareto_simulate_overlap(random, alpha, w, DRAWS, &a_t, &a_log);
    double error = sb_pareto_overlap(alpha, w, &overlap) ? NAN
                   : is_log ? fabs(a_log.mean - overlap.a_log) / a_log.standard_error
                            : fabs(a_t.mean - overlap.a_t) / a_t.standard_error;
    sb_finding_error(finding, error, 5, "alpha=%g, w=%g,%g,%g", alpha, w[0], w[1], w[2]);
}

/* Finite trees of normalised masses against the limit of kappa_l. */
static void check_many_leaves(struct sb_random *random, struct sb_finding *finding)
{
    enum { M = 4000 };
    double masses[3][M], p_p[M];
    struct sb_pareto pareto = { .alpha = random_alpha(random, 3, 20),
                                .k = sb_trial_between(random, 1, 1e3),
                                .l = sb_random_unit(random),
                                .pi_1 = 0.2,
                                .pi_a = 0.1 + 0.6 * sb_random_unit(random) };
    pareto.pi_t = 1 - pareto.pi_1 - pareto.pi_a;
    for (int i = 0; i < 3; i++)
        sb_pareto_masses(random, pareto.alpha, masses[i], M);
    for (size_t x = 0; x < M; x++)
        p_p[x] =
            pareto.pi_1 * masses[0][x] + pareto.pi_a * masses[1][x] + pareto.pi_t * masses[2][x];
    const struct sb_parts parts = { p_p, masses[1], masses[2], M, pareto.k, pareto.l };
    struct sb_elasticity e;
    struct sb_pareto_values v;
    double error = sb_elasticity_at(&parts, &e) || sb_pareto_at(&pareto, &v)
                       ? NAN
                       : fabs(e.kappa_l - v.kappa_l);
    sb_finding_error(finding, error, 0.05, "alpha=%g, k=%g, l=%g, pi_a=%g", pareto.alpha, pareto.k,
                     pareto.l, pareto.pi_a);
}

static void check_thirds(struct sb_random *random, struct sb_finding *finding)
{
    const struct sb_pareto thirds = {
        random_alpha(random, 1.02, 50), INFINITY, 0, 1 / 3., 1 / 3., 1 / 3.
    };
    struct sb_pareto_values v;
    double slack = sb_pareto_at(&thirds, &v) ? NAN : v.kappa;
    sb_finding_slack(finding, slack, 0, "alpha=%g", thirds.alpha);
}

/* Elastic below alpha_c, reversed above. */
static void check_critical(struct sb_random *random, struct sb_finding *finding)
{
    double share = 0.01 + 0.19 * sb_random_unit(random), alpha_c;
    struct sb_root root;
    struct sb_pareto p = { 2, INFINITY, 0, 1 - 2 * share, share, share };
    struct sb_pareto_values below, above;
    bool fails = sb_pareto_critical_alpha(share, share, &alpha_c, &root) || !isfinite(alpha_c);
    p.alpha = 1 + (alpha_c - 1) * 0.99;
    fails = fails || sb_pareto_at(&p, &below);
    p.alpha = 1 + (alpha_c - 1) * 1.01;
    fails = fails || sb_pareto_at(&p, &above);
    sb_finding_yes(finding, !fails && below.kappa > 0 && above.kappa < 0, "pi=%g, alpha_c=%g",
                   share, alpha_c);
}

size_t sb_check_R12(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    enum { CASES = 40 };
    findings[0] = sb_finding_of("R12", "E[X_a X_t/w.X] is the integral of E_nu E_nu E_nu",
                                "1.02 <= alpha <= 50, simulated", "standard errors");
    findings[1] = sb_finding_of("R12", "E[X_a ln w.X] is the integral of E_nu E_nu E_nu",
                                "2.1 <= alpha <= 50, simulated", "standard errors");
    findings[2] = sb_finding_unproved("R12", "kappa_l of many leaves tends to the limit",
                                      "4000 leaves, 3 <= alpha <= 20", "kappa_l");
    findings[3] = sb_finding_of("R12", "pi in thirds: kappa >= 0", "1.02 <= alpha <= 50", "kappa");
    findings[4] = sb_finding_unproved("R12", "kappa > 0 below alpha_c, < 0 above it",
                                      "pi_a = pi_t in 0.01..0.2", "");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        sb_random_init(&random, ranges->seed, number);
        check_overlap(&random, 1.02, &findings[0], false);
        check_many_leaves(&random, &findings[2]);
        check_thirds(&random, &findings[3]);
        check_critical(&random, &findings[4]);
        check_overlap(&random, 2.1, &findings[1], true);
    }
    const struct sb_pareto rare = { 3, INFINITY, 0, 0.8, 0.1, 0.1 };
    struct sb_pareto_values v = { .kappa = NAN };
    bool is_refuted = !sb_pareto_at(&rare, &v) && v.kappa < -1e-3;
    findings[5] =
        sb_finding_refuted("R12", "Pareto masses make the signs hold for every pi", "alpha > 1",
                           is_refuted, "alpha=3, pi=8:1:1: kappa=%.6f", v.kappa);
    return 6;
}

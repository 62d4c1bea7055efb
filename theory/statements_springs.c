/* P3, R13 and R14: the force balance as springs, under averages per length, at any converged model. */
#include <gsl/gsl_linalg.h>
#include <math.h>
#include "theory/length_normalisation.h"
#include "theory/mixture.h"
#include "theory/springs.h"
#include "theory/trials.h"

enum { CASES = 1000, LEAVES = SB_TRIAL_LEAVES };

/* Two distributions that differ, and k. */
struct pair {
    struct sb_random random;
    double p[LEAVES], a[LEAVES], k;
};

static struct pair pair_of(const struct sb_ranges *ranges, uint64_t number, double k_high)
{
    struct pair pair;
    sb_random_init(&pair.random, ranges->seed, number);
    sb_trial_vector(&pair.random, pair.p, LEAVES);
    sb_trial_vector(&pair.random, pair.a, LEAVES);
    pair.k = sb_trial_between(&pair.random, 0.01, k_high);
    return pair;
}

static enum sb_status joint_model(const struct pair *pair, double *q)
{
    const double *const rows[] = { pair->p, pair->a };
    const double volumes[] = { pair->k, 1 };
    const struct sb_mixture mixture = { 2, LEAVES, rows, volumes };
    return sb_mixture_model(&mixture, q);
}

/* ---- P3: Hooke's law ------------------------------------------------------------------------ */

/* Forces against five-point differences of the energies. */
static double force_error(const struct pair *pair, double w)
{
    double h = fmin(w, 1 - w) / 512, q[LEAVES], e_p[5], e_a[5];
    struct sb_springs s, centre = { 0 };
    for (int j = 0; j < 5; j++) {
        if (sb_springs_at(pair->p, pair->a, LEAVES, pair->k, w + (j - 2) * h, q, &s))
            return NAN;
        e_p[j] = s.energy_p_nats;
        e_a[j] = s.energy_a_nats;
        if (j == 2)
            centre = s;
    }
    double f_p = -(8 * (e_p[3] - e_p[1]) - (e_p[4] - e_p[0])) / (12 * h);
    double f_a = -(8 * (e_a[3] - e_a[1]) - (e_a[4] - e_a[0])) / (12 * h);
    return fmax(fabs(f_p / centre.force_p_nats - 1), fabs(f_a / centre.force_a_nats - 1));
}

size_t sb_check_P3(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    const char *domain = "two random distributions, 0.01 <= k <= 1e6";
    findings[0] = sb_finding_of("P3", "q0 - p_p = d/(k+1), q0 - p_a = -k d/(k+1), d = p_a - p_p",
                                domain, "of mass");
    findings[1] = sb_finding_of("P3", "forces -k w chi, (1-w) chi are derivatives of |D_i| KL",
                                "the same, 0.01 <= w <= 0.99", "relative error");
    findings[2] =
        sb_finding_of("P3", "the two forces balance at w = 1/(k+1)", domain, "relative to a force");
    for (uint64_t number = 0; number < CASES; number++) {
        struct pair pair = pair_of(ranges, number, 1e6);
        double q[LEAVES], w = sb_trial_between(&pair.random, 0.01, 0.99);
        struct sb_springs rest;
        if (joint_model(&pair, q))
            q[0] = NAN;
        for (size_t x = 0; x < LEAVES; x++) {
            double d = pair.a[x] - pair.p[x], unit = d / (pair.k + 1);
            double error =
                fmax(fabs(q[x] - pair.p[x] - unit), fabs(q[x] - pair.a[x] + pair.k * unit));
            sb_finding_error(&findings[0], error, 1e-15, "case %d: k=%g", (int)number, pair.k);
        }
        sb_finding_error(&findings[1], force_error(&pair, w), 1e-8, "case %d: k=%g, w=%g",
                         (int)number, pair.k, w);
        if (sb_springs_at(pair.p, pair.a, LEAVES, pair.k, sb_springs_rest(pair.k), q, &rest))
            rest.force_p_nats = NAN;
        sb_finding_error(&findings[2], fabs(rest.force_p_nats / rest.force_a_nats + 1), 1e-9,
                         "case %d: k=%g", (int)number, pair.k);
    }
    return 3;
}

/* ---- R13: averages per length --------------------------------------------------------------- */

static void check_balance(const struct sb_ranges *ranges, struct sb_finding *finding)
{
    *finding = sb_finding_of("R13", "k gamma_p' + gamma_a' + l gamma_t' = E_q[1/|x|] - E_t[1/|x|]",
                             "random distributions, lengths 1 to 100", "relative to its terms");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_trial trial;
        struct sb_random random;
        sb_trial_init(&trial, ranges, number);
        sb_random_init(&random, ranges->seed, CASES + number);
        double weights[LEAVES];
        for (size_t x = 0; x < trial.n_leaves; x++)
            weights[x] = 1 / sb_trial_between(&random, 1, 100);
        struct sb_parts parts = sb_trial_parts(&trial, trial.l);
        struct sb_length_normalised n;
        double error = NAN;
        if (sb_length_normalised_at(&parts, weights, &n) == SB_OK) {
            double p = trial.k * n.slope_p_nats, t = trial.l * n.slope_t_nats;
            error = fabs(p + n.slope_a_nats + t - n.imbalance_nats) /
                    (fabs(p) + fabs(n.slope_a_nats) + fabs(t) + fabs(n.imbalance_nats) + 1e-300);
        }
        sb_finding_error(finding, error, 1e-8, "case %d: k=%g, l=%g", (int)number, trial.k,
                         trial.l);
    }
}

static void check_limit(const struct sb_ranges *ranges, struct sb_finding *finding)
{
    *finding = sb_finding_of("R13", "gamma_a'/gamma_p' -> E_a[1/|x|]/(E_p[1/|x|] - E_t[1/|x|])",
                             "disjoint, l=0, k=1e9, lengths 1 to 100", "relative error");
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        sb_random_init(&random, ranges->seed, number);
        double pi[3], weights[3], sum = 0;
        const double a[] = { 0, 1, 0 }, t[] = { 0, 0, 1 };
        for (int i = 0; i < 3; i++) {
            sum += pi[i] = sb_trial_between(&random, 0.1, 1);
            weights[i] = 1 / sb_trial_between(&random, 1, 100);
        }
        for (int i = 0; i < 3; i++)
            pi[i] /= sum;
        const struct sb_parts parts = { pi, a, t, 3, 1e9, 0 };
        struct sb_length_normalised n;
        if (sb_length_normalised_at(&parts, weights, &n))
            n.ratio = NAN;
        if (fabs(n.ratio_limit) > 1e3)
            continue; /* almost no imbalance: 1e9 is not yet infinity */
        sb_finding_error(finding, fabs(n.ratio / n.ratio_limit - 1), 1e-4, "case %d", (int)number);
    }
}

/* Thirds at k = 1000, l = 0, where bits per response have the ratio -1000. */
static size_t check_units(struct sb_finding *findings)
{
    const double p[] = { 1 / 3., 1 / 3., 1 / 3. }, a[] = { 0, 1, 0 }, t[] = { 0, 0, 1 };
    const double weights[] = { 1 / 10., 1 / 10., 1 / 20. }, lengths[] = { 40, 10, 10 };
    const struct sb_parts parts = { p, a, t, 3, 1000, 0 };
    struct sb_length_normalised n = { 0 };
    struct sb_elasticity e = { 0 };
    double m_p = (lengths[0] + lengths[1] + lengths[2]) / 3, m_a = lengths[1];
    bool is_computed = sb_length_normalised_at(&parts, weights, &n) == SB_OK &&
                       sb_elasticity_at(&parts, &e) == SB_OK;
    double per_length = (e.a.slope_nats / m_a) / (e.p.slope_nats / m_p);
    double k_lengths = parts.k * m_p / m_a;
    findings[0] = sb_finding_refuted(
        "R13", "gamma_a'/gamma_p' = -k at l=0 under L(x)/|x|", "thirds, lengths 10, 10, 20, k=1000",
        is_computed && fabs(n.ratio + parts.k) > 1, "%.4f instead of -1000", n.ratio);
    findings[1] = sb_finding_refuted(
        "R13", "bits per length have the ratio -k with k in responses",
        "thirds, mean lengths p 20, a 10, k=1000",
        is_computed && fabs(per_length + parts.k) > 1 && fabs(per_length / k_lengths + 1) < 1e-12,
        "%.4g: minus the ratio of volumes in lengths, k m_p/m_a", per_length);
    return 2;
}

size_t sb_check_R13(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    check_balance(ranges, &findings[0]);
    check_limit(ranges, &findings[1]);
    return 2 + check_units(&findings[2]);
}

/* ---- R14: every small move ------------------------------------------------------------------ */

/* q0 moves towards any distribution on its support. */
static void check_saturated(const struct sb_ranges *ranges, struct sb_finding *first,
                            struct sb_finding *second, struct sb_finding *ratio)
{
    for (uint64_t number = 0; number < CASES; number++) {
        struct pair pair = pair_of(ranges, number, 1e4);
        double q[LEAVES], g_p[LEAVES], g_a[LEAVES], step = sb_trial_between(&pair.random, 1e-3, 1);
        double d_p = 0, d_a = 0, D_p = 0, D_a = 0, divergence = 0, to[LEAVES];
        sb_trial_vector(&pair.random, to, LEAVES);
        if (joint_model(&pair, q))
            q[0] = NAN;
        double outside = 0;
        for (size_t x = 0; x < LEAVES; x++)
            outside += q[x] > 0 ? 0 : to[x];
        for (size_t x = 0; x < LEAVES; x++) {
            g_p[x] = q[x] - pair.p[x];
            g_a[x] = q[x] - pair.a[x];
            if (q[x] == 0)
                continue;
            double u = to[x] / (1 - outside) / q[x] - 1, log_growth = log1p(step * u);
            d_p -= pair.p[x] * u;
            d_a -= pair.a[x] * u;
            D_p -= pair.p[x] * log_growth;
            D_a -= pair.a[x] * log_growth;
            divergence -= q[x] * log_growth;
        }
        if (step == 1 || !(outside < 0.999) || isinf(divergence))
            continue;
        double k = pair.k;
        sb_finding_error(first, fabs(k * d_p + d_a) / (k * fabs(d_p) + fabs(d_a)), 1e-9,
                         "case %d: k=%g", (int)number, k);
        sb_finding_error(second,
                         fabs(k * D_p + D_a - (k + 1) * divergence) / (k * fabs(D_p) + fabs(D_a)),
                         1e-9, "case %d: k=%g, step %g", (int)number, k, step);
        struct sb_force_ratio force = sb_force_ratio(g_p, g_a, LEAVES);
        sb_finding_error(ratio, fmax(fabs(force.lambda / k - 1), fabs(force.cosine + 1)), 1e-9,
                         "case %d: k=%g", (int)number, k);
    }
}

enum { DIMENSIONS = 4 };

/* H = A A' + 1, the loss 1/2 (theta - c)' H (theta - c). */
struct bowl {
    double H[DIMENSIONS][DIMENSIONS], centre[DIMENSIONS];
};

static struct bowl random_bowl(struct sb_random *random)
{
    struct bowl bowl;
    double A[DIMENSIONS][DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
        bowl.centre[i] = 2 * sb_random_unit(random) - 1;
        for (int j = 0; j < DIMENSIONS; j++)
            A[i][j] = 2 * sb_random_unit(random) - 1;
    }
    for (int i = 0; i < DIMENSIONS; i++)
        for (int j = 0; j < DIMENSIONS; j++) {
            bowl.H[i][j] = i == j;
            for (int m = 0; m < DIMENSIONS; m++)
                bowl.H[i][j] += A[i][m] * A[j][m];
        }
    return bowl;
}

static double bowl_loss(const struct bowl *bowl, const double *theta)
{
    double loss = 0;
    for (int i = 0; i < DIMENSIONS; i++)
        for (int j = 0; j < DIMENSIONS; j++)
            loss +=
                0.5 * (theta[i] - bowl->centre[i]) * bowl->H[i][j] * (theta[j] - bowl->centre[j]);
    return loss;
}

/* theta where lambda g_p + g_a = 0; H is left with the lower half of its Cholesky factor. */
static void joint_optimum(const struct bowl *p, const struct bowl *a, double lambda, double *theta)
{
    double H[DIMENSIONS][DIMENSIONS], pull[DIMENSIONS] = { 0 };
    for (int i = 0; i < DIMENSIONS; i++)
        for (int j = 0; j < DIMENSIONS; j++) {
            H[i][j] = lambda * p->H[i][j] + a->H[i][j];
            pull[i] += lambda * p->H[i][j] * p->centre[j] + a->H[i][j] * a->centre[j];
        }
    gsl_matrix_view matrix = gsl_matrix_view_array(H[0], DIMENSIONS, DIMENSIONS);
    gsl_vector_view right = gsl_vector_view_array(pull, DIMENSIONS);
    gsl_vector_view solution = gsl_vector_view_array(theta, DIMENSIONS);
    gsl_linalg_cholesky_decomp1(&matrix.matrix); /* H >= lambda + 1: always definite */
    gsl_linalg_cholesky_solve(&matrix.matrix, &right.vector, &solution.vector);
}

static void check_bowls(const struct sb_ranges *ranges, struct sb_finding *finding)
{
    for (uint64_t number = 0; number < CASES; number++) {
        struct sb_random random;
        sb_random_init(&random, ranges->seed, number);
        struct bowl p = random_bowl(&random), a = random_bowl(&random);
        double lambda = sb_trial_between(&random, 0.01, 100), theta[DIMENSIONS];
        double v[DIMENSIONS], moved[DIMENSIONS], work = 0;
        joint_optimum(&p, &a, lambda, theta);
        for (int i = 0; i < DIMENSIONS; i++)
            moved[i] = theta[i] + (v[i] = 2 * sb_random_unit(&random) - 1);
        for (int i = 0; i < DIMENSIONS; i++)
            for (int j = 0; j < DIMENSIONS; j++)
                work += 0.5 * v[i] * (lambda * p.H[i][j] + a.H[i][j]) * v[j];
        double total = lambda * (bowl_loss(&p, moved) - bowl_loss(&p, theta)) +
                       bowl_loss(&a, moved) - bowl_loss(&a, theta);
        sb_finding_error(finding, fabs(total / work - 1), 1e-10, "case %d: lambda=%g", (int)number,
                         lambda);
    }
}

size_t sb_check_R14(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    const char *domain = "saturated at k : 1, any direction, 0.01 <= k <= 1e4";
    findings[0] = sb_finding_of("R14", "every small move has d gamma_a = -k d gamma_p", domain,
                                "relative to its terms");
    findings[1] = sb_finding_of("R14", "k Delta_p + Delta_a = (k+1) KL(q0||q), a move of any size",
                                domain, "relative to its terms");
    findings[2] = sb_finding_of("R14", "-<g_a,g_p>/|g_p|^2 = k and cosine -1, in logits", domain,
                                "relative error");
    findings[3] =
        sb_finding_of("R14", "lambda Delta_p + Delta_a = 1/2 v'Hv where lambda g_p = -g_a",
                      "random quadratics in 4 dimensions", "relative error");
    check_saturated(ranges, &findings[0], &findings[1], &findings[2]);
    check_bowls(ranges, &findings[3]);
    return 4;
}

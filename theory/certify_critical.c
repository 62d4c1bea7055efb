/* R12: alpha_c between two signs of kappa. chi = (alpha - 1) alpha^2 I, and I is the integral of
 *
 *   f(u) = E_{alpha+1}(pi_1 u) E_alpha(pi_a u) E_alpha(pi_t u)  over u > 0,
 *
 * which is positive and falls. [0, e] adds e f(e) to e f(0); [U, inf) at most e^{-U} f(0), as
 * E_nu(x) <= e^{-x}/(nu - 1); between them Arb's rigorous quadrature takes u = e^x. */
#include "theory/certificate.h"

#if SB_FLINT

#include <math.h>
#include "theory/pareto.h"
#if SB_FLINT >= 3
#include <flint/acb_calc.h>
#include <flint/acb_hypgeom.h>
#else
#include <acb_calc.h>
#include <acb_hypgeom.h>
#endif

enum { BITS = 128, DIGITS = 17, LOG2_LOW = -80, HIGH = 80 };

struct integrand {
    arb_t order[3], pi[3];
};

/* f(u) for complex u. */
static void value(acb_t f, const acb_t u, const struct integrand *g, slong bits)
{
    acb_t s, z;
    acb_init(s);
    acb_init(z);
    acb_one(f);
    for (int i = 0; i < 3; i++) {
        acb_set_arb(s, g->order[i]);
        acb_mul_arb(z, u, g->pi[i], bits);
        acb_hypgeom_expint(z, s, z, bits);
        acb_mul(f, f, z, bits);
    }
    acb_clear(s);
    acb_clear(z);
}

/* u f(u) at u = e^x, for acb_calc_integrate: analytic where u keeps off the cut u <= 0. */
static int in_logarithm(acb_ptr result, const acb_t x, void *parameters, slong order, slong bits)
{
    acb_t u;
    acb_init(u);
    acb_exp(u, x, bits);
    if (order > 0 && arb_contains_zero(acb_imagref(u)) && arb_contains_nonpositive(acb_realref(u)))
        acb_indeterminate(result);
    else
        value(result, u, parameters, bits);
    acb_mul(result, result, u, bits);
    acb_clear(u);
    return 0;
}

/* f(0) = 1/(alpha (alpha - 1)^2). */
static void at_zero(arb_t f, const struct integrand *g)
{
    arb_t rest;
    arb_init(rest);
    arb_sub_ui(rest, g->order[1], 1, BITS);
    arb_sqr(rest, rest, BITS);
    arb_mul(f, rest, g->order[1], BITS);
    arb_inv(f, f, BITS);
    arb_clear(rest);
}

static bool integrate(arb_t I, const struct integrand *g)
{
    acb_t a, b, middle;
    arb_t zero, end;
    mag_t tolerance;
    acb_init(a);
    acb_init(b);
    acb_init(middle);
    arb_init(zero);
    arb_init(end);
    mag_init(tolerance);
    arb_const_log2(acb_realref(a), BITS);
    arb_mul_si(acb_realref(a), acb_realref(a), LOG2_LOW, BITS);
    arb_set_ui(end, HIGH);
    arb_log(acb_realref(b), end, BITS);
    mag_set_ui_2exp_si(tolerance, 1, -80);
    bool ok = acb_calc_integrate(middle, in_logarithm, (void *)g, a, b, 80, tolerance, NULL,
                                 BITS) == ARB_CALC_SUCCESS;
    at_zero(zero, g);
    acb_one(a);
    acb_mul_2exp_si(a, a, LOG2_LOW);
    value(b, a, g, BITS);
    arb_union(I, zero, acb_realref(b), BITS); /* f on [0, e] */
    arb_mul_2exp_si(I, I, LOG2_LOW);
    arb_add(I, I, acb_realref(middle), BITS);
    arb_neg(end, end);
    arb_exp(end, end, BITS);
    arb_mul(end, end, zero, BITS); /* the tail lies between 0 and this */
    arb_zero(zero);
    arb_union(end, end, zero, BITS);
    arb_add(I, I, end, BITS);
    acb_clear(a);
    acb_clear(b);
    acb_clear(middle);
    arb_clear(zero);
    arb_clear(end);
    mag_clear(tolerance);
    return ok && arb_is_finite(I);
}

static bool chi_at(arb_t chi, const fmpq_t alpha, fmpq_t pi[3])
{
    struct integrand g;
    arb_t factor;
    for (int i = 0; i < 3; i++) {
        arb_init(g.order[i]);
        arb_init(g.pi[i]);
        arb_set_fmpq(g.order[i], alpha, BITS);
        arb_set_fmpq(g.pi[i], pi[i], BITS);
    }
    arb_add_ui(g.order[0], g.order[0], 1, BITS);
    bool ok = integrate(chi, &g);
    arb_init(factor);
    arb_sub_ui(factor, g.order[1], 1, BITS);
    arb_mul(factor, factor, g.order[1], BITS);
    arb_mul(factor, factor, g.order[1], BITS);
    arb_mul(chi, chi, factor, BITS);
    arb_clear(factor);
    for (int i = 0; i < 3; i++) {
        arb_clear(g.order[i]);
        arb_clear(g.pi[i]);
    }
    return ok;
}

/* ---- the certificate ---------------------------------------------------------------------------- */

/* 1 - chi has this sign for certain. */
static bool has_sign(const arb_t chi, int sign)
{
    arb_t kappa;
    arb_init(kappa);
    arb_sub_ui(kappa, chi, 1, BITS);
    bool is = sign > 0 ? arb_is_negative(kappa) : arb_is_positive(kappa);
    arb_clear(kappa);
    return is;
}

static void print_ball(FILE *file, const char *name, const arb_t ball)
{
    arf_t end;
    fmpq_t x;
    arf_init(end);
    fmpq_init(x);
    arb_get_lbound_arf(end, ball, BITS);
    arf_get_fmpq(x, end);
    fprintf(file, "value %s ", name);
    sb_exact_print_down(file, x, DIGITS);
    putc(' ', file);
    arb_get_ubound_arf(end, ball, BITS);
    arf_get_fmpq(x, end);
    sb_exact_print_up(file, x, DIGITS);
    putc('\n', file);
    arf_clear(end);
    fmpq_clear(x);
}

struct enclosure {
    fmpq_t low, high;
    arb_t chi_low, chi_high;
};

/* Around root, to 2, then 4 parts in 10^11. SB_END: the signs are not those. */
static enum sb_status enclose(const struct sb_maker *maker, double root, fmpq_t pi[3],
                              struct enclosure *e)
{
    for (double part = 1e-11; part < 3e-11; part *= 2) {
        char text[2][32];
        snprintf(text[0], sizeof text[0], "%.15g", root * (1 - part));
        snprintf(text[1], sizeof text[1], "%.15g", root * (1 + part));
        sb_exact_parse(e->low, text[0]);
        sb_exact_parse(e->high, text[1]);
        if (!chi_at(e->chi_low, e->low, pi) || !chi_at(e->chi_high, e->high, pi))
            return sb_fail(maker->error, SB_NUMERIC, "the integral of R12 did not converge");
        if (has_sign(e->chi_low, 1) && has_sign(e->chi_high, -1))
            return SB_OK;
    }
    return sb_fail(maker->error, SB_NUMERIC,
                   "precision exhausted: kappa does not change sign within 4e-11 of alpha = %.12g",
                   root);
}

static void print_all(const struct sb_maker *maker, fmpq_t pi[3], const struct enclosure *e)
{
    static const char *const parts[] = { "pi_1", "pi_a", "pi_t" };
    FILE *file = maker->file;
    struct sb_finding *row = maker->finding;
    snprintf(row->claim, sizeof row->claim, "%s", sb_certificate_claim("R12", "alpha_c"));
    fprintf(file, "claim %s\nprecision_bits %d\n", row->claim, BITS);
    for (int i = 0; i < 3; i++) {
        fprintf(file, "given %s ", parts[i]);
        sb_exact_print(file, pi[i]);
        putc('\n', file);
    }
    fputs("value alpha_c ", file);
    sb_exact_print_down(file, e->low, DIGITS);
    putc(' ', file);
    sb_exact_print_up(file, e->high, DIGITS);
    putc('\n', file);
    print_ball(file, "chi(LOW)", e->chi_low);
    print_ball(file, "chi(HIGH)", e->chi_high);
    snprintf(row->domain, sizeof row->domain, "all leaves shared, pi=(%g, %g, %g)",
             fmpq_get_d(pi[0]), fmpq_get_d(pi[1]), fmpq_get_d(pi[2]));
    snprintf(row->where, sizeof row->where, "%.12g < alpha_c < %.12g", fmpq_get_d(e->low),
             fmpq_get_d(e->high));
    row->n_cases = 2;
}

enum sb_status sb_certify_R12(struct sb_maker *maker)
{
    const char *shares = maker->input->pi ? maker->input->pi : "4/5,1/10,1/10";
    fmpq_t pi[3];
    struct enclosure e;
    for (int i = 0; i < 3; i++)
        fmpq_init(pi[i]);
    fmpq_init(e.low);
    fmpq_init(e.high);
    arb_init(e.chi_low);
    arb_init(e.chi_high);
    double alpha_c = NAN;
    struct sb_root root;
    enum sb_status status = sb_exact_shares(shares, pi, maker->error);
    if (!status && sb_pareto_critical_alpha(fmpq_get_d(pi[1]), fmpq_get_d(pi[2]), &alpha_c, &root))
        status = sb_fail(maker->error, SB_DOMAIN, "R12 needs pi_a > 0 and pi_t > 0");
    if (!status && !isfinite(alpha_c))
        status =
            sb_fail(maker->error, SB_DOMAIN,
                    isinf(alpha_c) ? "pi = %.60s: kappa > 0 for every alpha: there is no alpha_c"
                                   : "pi = %.60s: no alpha_c within 1.001 <= alpha <= 50",
                    shares);
    if (!status)
        status = enclose(maker, alpha_c, pi, &e);
    if (!status)
        print_all(maker, pi, &e);
    for (int i = 0; i < 3; i++)
        fmpq_clear(pi[i]);
    fmpq_clear(e.low);
    fmpq_clear(e.high);
    arb_clear(e.chi_low);
    arb_clear(e.chi_high);
    return status;
}

#endif

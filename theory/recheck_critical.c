/* Rechecking R12 without quadrature rules and without complex numbers. Every factor of
 *
 *   f(u) = E_{alpha+1}(pi_1 u) E_alpha(pi_a u) E_alpha(pi_t u)
 *
 * is completely monotone, d^m E_nu(u)/du^m = (-1)^m E_{nu-m}(u), and so is f: its Taylor series at the
 * right end of a step, followed to the left, has positive terms only, and the remainder lies between 0
 * and the next term taken at the left end. Real balls add them up. */
#include "theory/certificate.h"

#if SB_FLINT

#include <string.h>
#include "theory/certificate_reader.h"
#if SB_FLINT >= 3
#include <flint/arb_hypgeom.h>
#include <flint/arb_poly.h>
#else
#include <arb_hypgeom.h>
#include <arb_poly.h>
#endif

/* Steps from e = 2^-80 by factors of 5/4 beyond U = 80. */
enum { BITS = 192, TERMS = 34, LOG2_LOW = -80, STEPS = 269 };

/* E_{nu-m}(pi u) pi^m/m! for m = 0..TERMS: the coefficients of s^m in E_nu(pi (u - s)). */
static void factor_series(arb_poly_t series, const arb_t nu, const arb_t pi, const arb_t u)
{
    arb_t order, x, term, power;
    arb_init(order);
    arb_init(x);
    arb_init(term);
    arb_init(power);
    arb_mul(x, pi, u, BITS);
    arb_set(order, nu);
    arb_one(power);
    arb_poly_zero(series);
    for (slong m = 0; m <= TERMS && !(m > 0 && arb_is_zero(pi)); m++) {
        arb_hypgeom_expint(term, order, x, BITS);
        arb_mul(term, term, power, BITS);
        arb_poly_set_coeff_arb(series, m, term);
        arb_sub_ui(order, order, 1, BITS);
        arb_mul(power, power, pi, BITS);
        arb_div_ui(power, power, (ulong)m + 1, BITS);
    }
    arb_clear(order);
    arb_clear(x);
    arb_clear(term);
    arb_clear(power);
}

/* f(u - s) as a polynomial in s, up to s^TERMS. */
static void series_at(arb_poly_t f, const arb_t alpha, arb_t pi[3], const arb_t u)
{
    arb_poly_t factor;
    arb_t nu;
    arb_poly_init(factor);
    arb_init(nu);
    arb_poly_one(f);
    for (int i = 0; i < 3; i++) {
        arb_set(nu, alpha);
        if (i == 0)
            arb_add_ui(nu, nu, 1, BITS);
        factor_series(factor, nu, pi[i], u);
        arb_poly_mullow(f, f, factor, TERMS + 1, BITS);
    }
    arb_poly_clear(factor);
    arb_clear(nu);
}

/* sum += the integral over [left, left + h]: series at the right end, remainder from the left. */
static void add_step(arb_t sum, const arb_poly_t left, const arb_poly_t right, const arb_t h)
{
    arb_t term, power, zero;
    arb_init(term);
    arb_init(power);
    arb_init(zero);
    arb_set(power, h);
    for (slong m = 0; m <= TERMS; m++) {
        arb_poly_get_coeff_arb(term, m < TERMS ? right : left, m);
        arb_mul(term, term, power, BITS);
        arb_div_ui(term, term, (ulong)m + 1, BITS);
        if (m == TERMS)
            arb_union(term, term, zero, BITS);
        arb_add(sum, sum, term, BITS);
        arb_mul(power, power, h, BITS);
    }
    arb_clear(term);
    arb_clear(power);
    arb_clear(zero);
}

/* The pieces at both ends, as f falls: e f(e) to e f(0), and 0 to e^{-U} f(0). */
static void add_ends(arb_t sum, const arb_t alpha, const arb_t f_e, const arb_t U)
{
    arb_t zero, piece;
    arb_init(zero);
    arb_init(piece);
    arb_sub_ui(zero, alpha, 1, BITS);
    arb_sqr(zero, zero, BITS);
    arb_mul(zero, zero, alpha, BITS);
    arb_inv(zero, zero, BITS);
    arb_union(piece, zero, f_e, BITS);
    arb_mul_2exp_si(piece, piece, LOG2_LOW);
    arb_add(sum, sum, piece, BITS);
    arb_neg(piece, U);
    arb_exp(piece, piece, BITS);
    arb_mul(piece, piece, zero, BITS);
    arb_zero(zero);
    arb_union(piece, piece, zero, BITS);
    arb_add(sum, sum, piece, BITS);
    arb_clear(zero);
    arb_clear(piece);
}

/* chi = (alpha - 1) alpha^2 times the integral of f. */
static void chi_at(arb_t chi, const fmpq_t exact, fmpq_t shares[3])
{
    arb_t alpha, pi[3], u, h, f_e;
    arb_poly_t left, right;
    arb_init(alpha);
    arb_init(u);
    arb_init(h);
    arb_init(f_e);
    arb_poly_init(left);
    arb_poly_init(right);
    arb_set_fmpq(alpha, exact, BITS);
    for (int i = 0; i < 3; i++) {
        arb_init(pi[i]);
        arb_set_fmpq(pi[i], shares[i], BITS);
    }
    arb_one(u);
    arb_mul_2exp_si(u, u, LOG2_LOW);
    arb_zero(chi);
    series_at(left, alpha, pi, u);
    arb_poly_get_coeff_arb(f_e, left, 0);
    for (int step = 0; step < STEPS; step++) {
        arb_mul_2exp_si(h, u, -2); /* u is known to full precision: a product of 5/4 */
        arb_add(u, u, h, BITS);
        series_at(right, alpha, pi, u);
        add_step(chi, left, right, h);
        arb_poly_swap(left, right);
    }
    add_ends(chi, alpha, f_e, u);
    arb_sub_ui(h, alpha, 1, BITS);
    arb_mul(h, h, alpha, BITS);
    arb_mul(h, h, alpha, BITS);
    arb_mul(chi, chi, h, BITS);
    arb_clear(alpha);
    arb_clear(u);
    arb_clear(h);
    arb_clear(f_e);
    arb_poly_clear(left);
    arb_poly_clear(right);
    for (int i = 0; i < 3; i++)
        arb_clear(pi[i]);
}

/* "value NAME LOW HIGH" with 0 < LOW <= HIGH. */
static enum sb_status read_value(struct sb_reader *r, const char *name, fmpq_t low, fmpq_t high)
{
    enum sb_status status = sb_reader_line(r, "value", name, 4);
    if (!status && (!sb_exact_parse(low, r->words[2]) || !sb_exact_parse(high, r->words[3]) ||
                    fmpq_sgn(low) <= 0 || fmpq_cmp(low, high) > 0))
        status = sb_reader_fail(r, "not an interval");
    return status;
}

/* "value chi(.) LOW HIGH" meets chi at alpha, which lies on the given side of 1. */
static enum sb_status check_chi(struct sb_reader *r, const char *name, const fmpq_t alpha,
                                fmpq_t pi[3], int side)
{
    fmpq_t low, high;
    arb_t chi, claimed, end;
    fmpq_init(low);
    fmpq_init(high);
    arb_init(chi);
    arb_init(claimed);
    arb_init(end);
    enum sb_status status = read_value(r, name, low, high);
    if (!status) {
        chi_at(chi, alpha, pi);
        arb_set_fmpq(claimed, low, BITS);
        arb_set_fmpq(end, high, BITS);
        arb_union(claimed, claimed, end, BITS);
        arb_one(end);
        if (!arb_overlaps(chi, claimed))
            status = sb_reader_fail(r, "chi is not in this interval");
        else if (side < 0 ? !arb_lt(chi, end) : !arb_gt(chi, end))
            status = sb_reader_fail(r, "chi is not on its side of 1");
    }
    fmpq_clear(low);
    fmpq_clear(high);
    arb_clear(chi);
    arb_clear(claimed);
    arb_clear(end);
    return status;
}

/* alpha_c to 10 digits, with alpha > 1. */
static enum sb_status read_alpha(struct sb_reader *r, fmpq_t low, fmpq_t high)
{
    enum sb_status status = read_value(r, "alpha_c", low, high);
    if (status)
        return status;
    if (fmpq_cmp_si(low, 1) <= 0 || fmpq_cmp_si(high, 50) > 0)
        return sb_reader_fail(r, "alpha is not between 1 and 50");
    fmpq_t width;
    fmpq_init(width);
    fmpq_sub(width, high, low);
    fmpq_div(width, width, low);
    bool close = 1e10 * fmpq_get_d(width) < 1;
    fmpq_clear(width);
    return close ? SB_OK : sb_reader_fail(r, "the ends agree to less than 10 digits");
}

static enum sb_status read_shares(struct sb_reader *r, fmpq_t pi[3])
{
    static const char *const names[] = { "pi_1", "pi_a", "pi_t" };
    fmpq_t sum;
    fmpq_init(sum);
    enum sb_status status = SB_OK;
    for (int i = 0; i < 3 && !status; i++) {
        status = sb_reader_line(r, "given", names[i], 3);
        if (!status && (!sb_exact_parse(pi[i], r->words[2]) || fmpq_sgn(pi[i]) < (i > 0)))
            status = sb_reader_fail(r, "not a share");
        fmpq_add(sum, sum, pi[i]);
    }
    if (!status && !fmpq_is_one(sum))
        status = sb_reader_fail(r, "the shares do not sum to 1");
    fmpq_clear(sum);
    return status;
}

enum sb_status sb_recheck_R12(struct sb_reader *r, const char *variant, struct sb_finding *row)
{
    (void)variant;
    fmpq_t pi[3], low, high;
    for (int i = 0; i < 3; i++)
        fmpq_init(pi[i]);
    fmpq_init(low);
    fmpq_init(high);
    enum sb_status status = read_shares(r, pi);
    if (!status)
        status = read_alpha(r, low, high);
    if (!status)
        status = check_chi(r, "chi(LOW)", low, pi, -1);
    if (!status)
        status = check_chi(r, "chi(HIGH)", high, pi, 1);
    if (!status) {
        snprintf(row->domain, sizeof row->domain, "all leaves shared, pi=(%g, %g, %g)",
                 fmpq_get_d(pi[0]), fmpq_get_d(pi[1]), fmpq_get_d(pi[2]));
        snprintf(row->where, sizeof row->where, "%.12g < alpha_c < %.12g", fmpq_get_d(low),
                 fmpq_get_d(high));
    }
    row->n_cases = 2;
    for (int i = 0; i < 3; i++)
        fmpq_clear(pi[i]);
    fmpq_clear(low);
    fmpq_clear(high);
    return status;
}

#endif

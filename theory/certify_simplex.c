/* R6 and R7 over simplices, by branch and bound on boxes of leaf masses. With w_1 = k pi_1/S,
 * tau = A/(A + T), M = tau P_a + (1 - tau) P_t and N = w_1 P_1 + (1 - w_1) M (which is q),
 *
 *   1 - chi_l (A + T)/S = sum_x (P_a - P_t)^2/(P_a/(1 - tau) + P_t/tau) + w_1 P_1 (P_a P_t/M)/N,
 *
 * the slack of R6: nothing in it is negative, and nothing cancels where P_a = P_t. Each term is taken
 * at the corners where it is least and largest: (a - b)^2/(a c + b d) is convex, and monotone on each
 * side of a = b; P_a P_t/M, a harmonic mean, grows with both; u/(u + v) grows with u and falls with v.
 * For R7, kappa_l = (slack - w_1)/(1 - w_1), bounded also by chi_l = sum P_a P_t/q itself, which decides
 * its condition, R <= the bound at the least kappa_l, and R = kappa_l/(kappa_l - l V) >= that at the
 * largest with the least V = sum (P_t - q)^2/q. */
#include "theory/certificate.h"

#if SB_FLINT

#include <string.h>
#include "theory/certificate_simplex.h"

enum { BITS = 128, DIGITS = 9, MOST_BOXES = 2000000 };
enum { P_1, P_A, P_T, N_PARTS };

struct cover {
    struct sb_maker *maker;
    struct sb_simplex_boxes boxes;
    bool is_R7;
    fmpq_t k, l, pi[N_PARTS]; /* R7 */
    struct sb_simplex_verdicts verdicts;
};

/* ---- one leaf --------------------------------------------------------------------------------- */

struct range {
    arb_t low, high;
};

static void range_init(struct range *r)
{
    arb_init(r->low);
    arb_init(r->high);
}

static void range_clear(struct range *r)
{
    arb_clear(r->low);
    arb_clear(r->high);
}

static void range_set(struct range *r, const fmpq_t low, const fmpq_t high)
{
    arb_set_fmpq(r->low, low, BITS);
    arb_set_fmpq(r->high, high, BITS);
}

/* sum += (a - b)^2/(a/rest + b/tau); a term 0/0 is 0, and 1/0 makes the quotient 0. */
static void add_square(arb_t sum, const arb_t a, const arb_t b, const arb_t rest, const arb_t tau)
{
    if ((arb_is_zero(rest) && !arb_is_zero(a)) || (arb_is_zero(tau) && !arb_is_zero(b)) ||
        (arb_is_zero(a) && arb_is_zero(b)))
        return;
    arb_t bottom, term;
    arb_init(bottom);
    arb_init(term);
    if (!arb_is_zero(a))
        arb_div(bottom, a, rest, BITS);
    if (!arb_is_zero(b)) {
        arb_div(term, b, tau, BITS);
        arb_add(bottom, bottom, term, BITS);
    }
    arb_sub(term, a, b, BITS);
    arb_sqr(term, term, BITS);
    arb_div(term, term, bottom, BITS);
    arb_add(sum, sum, term, BITS);
    arb_clear(bottom);
    arb_clear(term);
}

/* M = tau a + rest b. */
static void blend(arb_t M, const arb_t a, const arb_t b, const arb_t tau, const arb_t rest)
{
    arb_mul(M, tau, a, BITS);
    arb_addmul(M, rest, b, BITS);
}

/* The least (or largest) of a b/M over both ends of tau. */
static void harmonic(arb_t J, const arb_t a, const arb_t b, const struct range *tau,
                     const struct range *rest, bool largest)
{
    arb_t M, other;
    if (arb_is_zero(a) || arb_is_zero(b)) {
        arb_zero(J);
        return;
    }
    arb_init(M);
    arb_init(other);
    blend(M, a, b, tau->low, rest->high);
    blend(other, a, b, tau->high, rest->low);
    if (largest)
        arb_min(M, M, other, BITS);
    else
        arb_max(M, M, other, BITS);
    arb_mul(J, a, b, BITS);
    arb_div(J, J, M, BITS);
    arb_clear(M);
    arb_clear(other);
}

/* w p/(w p + (1 - w) M) at one end. */
static void share(arb_t u, const arb_t w, const arb_t p, const arb_t M)
{
    arb_t rest;
    arb_init(rest);
    arb_mul(u, w, p, BITS);
    if (!arb_is_zero(u)) {
        arb_sub_ui(rest, w, 1, BITS);
        arb_neg(rest, rest);
        arb_mul(rest, rest, M, BITS);
        arb_add(rest, rest, u, BITS);
        arb_div(u, u, rest, BITS);
    }
    arb_clear(rest);
}

/* slack += the terms of a leaf with masses in p, a, b. */
static void add_leaf(struct range *slack, const struct range *p, const struct range *a,
                     const struct range *b, const struct range *tau, const struct range *w)
{
    struct range rest, M, J;
    arb_t other, u;
    range_init(&rest);
    range_init(&M);
    range_init(&J);
    arb_init(other);
    arb_init(u);
    arb_sub_ui(rest.low, tau->high, 1, BITS);
    arb_neg(rest.low, rest.low);
    arb_sub_ui(rest.high, tau->low, 1, BITS);
    arb_neg(rest.high, rest.high);

    if (arb_gt(a->low, b->high))
        add_square(slack->low, a->low, b->high, rest.low, tau->low);
    else if (arb_gt(b->low, a->high))
        add_square(slack->low, a->high, b->low, rest.low, tau->low);
    add_square(other, a->high, b->low, rest.high, tau->high);
    add_square(u, a->low, b->high, rest.high, tau->high);
    arb_max(other, other, u, BITS);
    arb_add(slack->high, slack->high, other, BITS);

    blend(M.low, a->low, b->low, tau->low, rest.high);
    blend(other, a->low, b->low, tau->high, rest.low);
    arb_min(M.low, M.low, other, BITS);
    blend(M.high, a->high, b->high, tau->low, rest.high);
    blend(other, a->high, b->high, tau->high, rest.low);
    arb_max(M.high, M.high, other, BITS);
    harmonic(J.low, a->low, b->low, tau, &rest, false);
    harmonic(J.high, a->high, b->high, tau, &rest, true);
    share(u, w->low, p->low, M.high);
    arb_addmul(slack->low, u, J.low, BITS);
    share(u, w->high, p->high, M.low);
    arb_addmul(slack->high, u, J.high, BITS);

    range_clear(&rest);
    range_clear(&M);
    range_clear(&J);
    arb_clear(other);
    arb_clear(u);
}

/* V += the least (P_t - q)^2/q of a leaf, P_t - q = w_1 (P_t - P_1) + w_a (P_t - P_a). */
static void add_least_square(arb_t V, const struct range *p, const struct range *a,
                             const struct range *b, const arb_t w_1, const arb_t w_a,
                             const arb_t w_t)
{
    arb_t low, high, term;
    arb_init(low);
    arb_init(high);
    arb_init(term);
    arb_sub(low, b->low, p->high, BITS);
    arb_mul(low, low, w_1, BITS);
    arb_sub(term, b->low, a->high, BITS);
    arb_addmul(low, term, w_a, BITS);
    arb_sub(high, b->high, p->low, BITS);
    arb_mul(high, high, w_1, BITS);
    arb_sub(term, b->high, a->low, BITS);
    arb_addmul(high, term, w_a, BITS);
    if (arb_is_positive(low) || arb_is_negative(high)) {
        arb_sqr(low, arb_is_positive(low) ? low : high, BITS);
        arb_mul(term, w_1, p->high, BITS);
        arb_addmul(term, w_a, a->high, BITS);
        arb_addmul(term, w_t, b->high, BITS);
        arb_div(low, low, term, BITS);
        arb_add(V, V, low, BITS);
    }
    arb_clear(low);
    arb_clear(high);
    arb_clear(term);
}

/* chi += the ends of P_a P_t/q of a leaf, which grows with both and falls with P_1. */
static void add_overlap(struct range *chi, const struct range *p, const struct range *a,
                        const struct range *b, const arb_t w_1, const arb_t w_a, const arb_t w_t)
{
    arb_t q, term;
    arb_init(q);
    arb_init(term);
    for (int end = 0; end < 2; end++) {
        const arb_struct *x = end ? a->high : a->low, *y = end ? b->high : b->low;
        arb_mul(term, x, y, BITS);
        if (arb_is_zero(term))
            continue;
        arb_mul(q, w_1, end ? p->low : p->high, BITS);
        arb_addmul(q, w_a, x, BITS);
        arb_addmul(q, w_t, y, BITS);
        arb_div(term, term, q, BITS);
        arb_add(end ? chi->high : chi->low, end ? chi->high : chi->low, term, BITS);
    }
    arb_clear(q);
    arb_clear(term);
}

/* ---- one box ---------------------------------------------------------------------------------- */

/* Rounded outwards, and kept within 0..1. */
static void ends_of(fmpq_t low, fmpq_t high, const struct range *r)
{
    arf_t end;
    arf_init(end);
    arb_get_lbound_arf(end, r->low, BITS);
    arf_get_fmpq(low, end);
    arb_get_ubound_arf(end, r->high, BITS);
    arf_get_fmpq(high, end);
    arf_clear(end);
    if (fmpq_sgn(low) < 0)
        fmpq_zero(low);
    if (fmpq_cmp_si(high, 1) > 0)
        fmpq_one(high);
}

/* The slack's ends; for R7 with what chi_l itself says of them, slack = 1 - (1 - w_1) chi_l, and the
 * least V. */
static void box_slack(const struct cover *c, fmpq_t low, fmpq_t high, fmpq_t V)
{
    struct range part[N_PARTS], tau, w, slack, chi;
    arb_t least, w_1, w_a, w_t;
    fmpq_t from, to;
    for (int i = 0; i < N_PARTS; i++)
        range_init(&part[i]);
    range_init(&tau);
    range_init(&w);
    range_init(&slack);
    range_init(&chi);
    arb_init(least);
    arb_init(w_1);
    arb_init(w_a);
    arb_init(w_t);
    fmpq_init(from);
    fmpq_init(to);
    sb_simplex_volumes(&c->boxes, 0, from, to);
    range_set(&tau, from, to);
    arb_set_fmpq(w_a, from, BITS);
    sb_simplex_volumes(&c->boxes, 1, from, to);
    range_set(&w, from, to);
    arb_set_fmpq(w_1, from, BITS);
    arb_sub_ui(w_t, w_1, 1, BITS);
    arb_neg(w_t, w_t); /* 1 - w_1 = w_a + w_t */
    arb_mul(w_a, w_a, w_t, BITS);
    arb_sub(w_t, w_t, w_a, BITS);
    for (size_t x = 0; x < c->boxes.n_leaves; x++) {
        for (int i = 0; i < N_PARTS; i++) {
            sb_simplex_leaf(&c->boxes, i, x, from, to);
            range_set(&part[i], from, to);
        }
        add_leaf(&slack, &part[P_1], &part[P_A], &part[P_T], &tau, &w);
        if (c->is_R7) {
            add_least_square(least, &part[P_1], &part[P_A], &part[P_T], w_1, w_a, w_t);
            add_overlap(&chi, &part[P_1], &part[P_A], &part[P_T], w_1, w_a, w_t);
        }
    }
    if (c->is_R7) {
        arb_add(w_t, w_t, w_a, BITS);
        arb_mul(chi.low, chi.low, w_t, BITS);
        arb_mul(chi.high, chi.high, w_t, BITS);
        arb_sub_ui(chi.low, chi.low, 1, BITS);
        arb_sub_ui(chi.high, chi.high, 1, BITS);
        arb_neg(chi.low, chi.low);
        arb_neg(chi.high, chi.high);
        arb_max(slack.low, slack.low, chi.high, BITS);
        arb_min(slack.high, slack.high, chi.low, BITS);
    }
    ends_of(low, high, &slack);
    arf_t end;
    arf_init(end);
    arb_get_lbound_arf(end, least, BITS);
    arf_get_fmpq(V, end);
    arf_clear(end);
    for (int i = 0; i < N_PARTS; i++)
        range_clear(&part[i]);
    range_clear(&tau);
    range_clear(&w);
    range_clear(&slack);
    range_clear(&chi);
    arb_clear(least);
    arb_clear(w_1);
    arb_clear(w_a);
    arb_clear(w_t);
    fmpq_clear(from);
    fmpq_clear(to);
}

/* What a box says. */
struct says {
    enum sb_simplex_kind kind;
    fmpq_t low, high, least, most; /* slack or kappa_l; R */
};

/* kappa_l = (slack - w_1)/(1 - w_1). */
static void kappa_of(const struct cover *c, fmpq_t x)
{
    fmpq_t w, end;
    fmpq_init(w);
    fmpq_init(end);
    sb_simplex_volumes(&c->boxes, 1, w, end);
    fmpq_sub(x, x, w);
    fmpq_sub_si(w, w, 1);
    fmpq_neg(w, w);
    fmpq_div(x, x, w);
    fmpq_clear(w);
    fmpq_clear(end);
}

/* R7's bound at kappa: (k pi_t + l) kappa/(k (kappa (pi_t - l pi_a) - l pi_1)); false where its
 * condition fails. */
static bool upper_bound(const struct cover *c, const fmpq_t kappa, fmpq_t bound)
{
    fmpq_t bottom;
    fmpq_init(bottom);
    fmpq_mul(bottom, c->l, c->pi[P_A]);
    fmpq_sub(bottom, c->pi[P_T], bottom);
    fmpq_mul(bottom, bottom, kappa);
    fmpq_mul(bound, c->l, c->pi[P_1]);
    fmpq_sub(bottom, bottom, bound);
    bool holds = fmpq_sgn(kappa) > 0 && fmpq_sgn(bottom) > 0;
    if (holds) {
        fmpq_mul(bound, c->k, c->pi[P_T]);
        fmpq_add(bound, bound, c->l);
        fmpq_mul(bound, bound, kappa);
        fmpq_mul(bottom, bottom, c->k);
        fmpq_div(bound, bound, bottom);
    }
    fmpq_clear(bottom);
    return holds;
}

/* kappa/(kappa - l V) >= 1. */
static void lower_bound(const struct cover *c, const fmpq_t kappa, const fmpq_t V, fmpq_t bound)
{
    fmpq_mul(bound, c->l, V);
    fmpq_sub(bound, kappa, bound);
    if (fmpq_sgn(bound) > 0)
        fmpq_div(bound, kappa, bound);
    else
        fmpq_one(bound);
}

static void judge(const struct cover *c, struct says *s)
{
    fmpq_t V, bound;
    if (sb_simplex_is_outside(&c->boxes)) {
        s->kind = SB_SIMPLEX_OUTSIDE;
        return;
    }
    fmpq_init(V);
    fmpq_init(bound);
    box_slack(c, s->low, s->high, V);
    s->kind = SB_SIMPLEX_HOLDS;
    if (c->is_R7) {
        kappa_of(c, s->low);
        kappa_of(c, s->high);
        if (!upper_bound(c, s->high, bound))
            s->kind = SB_SIMPLEX_VOID;
        else if (!upper_bound(c, s->low, s->most))
            s->kind = SB_SIMPLEX_OPEN;
        else
            lower_bound(c, s->high, V, s->least);
    }
    fmpq_clear(V);
    fmpq_clear(bound);
}

/* A box stands where it holds with constants that lie close together, or is certainly of no concern. */
static bool stands(const struct cover *c, const struct says *s)
{
    if (s->kind == SB_SIMPLEX_OUTSIDE || s->kind == SB_SIMPLEX_VOID)
        return true;
    if (s->kind == SB_SIMPLEX_OPEN)
        return false;
    fmpq_t wanted;
    fmpq_init(wanted);
    bool close;
    if (c->is_R7) {
        fmpq_mul_2exp(wanted, s->least, 1);
        close = fmpq_cmp(s->most, wanted) <= 0;
    } else {
        fmpq_sub(wanted, s->high, s->low);
        fmpq_mul_2exp(wanted, wanted, 1);
        close = fmpq_cmp_si(wanted, 1) <= 0;
    }
    fmpq_clear(wanted);
    return close;
}

/* An end that may be negative. */
static void print_end(FILE *file, const fmpq_t x, bool up)
{
    fmpq_t size;
    putc(' ', file);
    if (fmpq_sgn(x) >= 0) {
        (up ? sb_exact_print_up : sb_exact_print_down)(file, x, DIGITS);
        return;
    }
    fmpq_init(size);
    fmpq_neg(size, x);
    putc('-', file);
    (up ? sb_exact_print_down : sb_exact_print_up)(file, size, DIGITS);
    fmpq_clear(size);
}

static void print_box(struct cover *c, const struct says *s)
{
    FILE *file = c->maker->file;
    fputs("box", file);
    for (int i = 0; i < c->boxes.n_variables; i++) {
        fprintf(file, " %s ", c->boxes.names[i]);
        sb_exact_print(file, &c->boxes.low[i]);
        putc(' ', file);
        sb_exact_print(file, &c->boxes.high[i]);
    }
    if (s->kind != SB_SIMPLEX_OUTSIDE) {
        fputs(c->is_R7 ? " kappa_l" : " slack", file);
        print_end(file, s->low, false);
        print_end(file, s->high, true);
    }
    if (c->is_R7 && s->kind == SB_SIMPLEX_HOLDS) {
        fputs(" R", file);
        print_end(file, s->least, false);
        print_end(file, s->most, true);
    }
    if (s->kind != SB_SIMPLEX_HOLDS)
        fprintf(file, " %s", sb_simplex_kind_name(s->kind));
    putc('\n', file);
    if (c->is_R7)
        sb_simplex_count(&c->boxes, &c->verdicts, s->kind, s->least, s->most);
    else
        sb_simplex_count(&c->boxes, &c->verdicts, s->kind, s->low, s->high);
}

static enum sb_status cover(struct cover *c);

static enum sb_status cut(struct cover *c, int i)
{
    fmpq_t at, end;
    fmpq_init(at);
    fmpq_init(end);
    fmpq_add(at, &c->boxes.low[i], &c->boxes.high[i]);
    fmpq_div_2exp(at, at, 1);
    fprintf(c->maker->file, "cut %s ", c->boxes.names[i]);
    sb_exact_print(c->maker->file, at);
    putc('\n', c->maker->file);
    fmpq_set(end, &c->boxes.high[i]);
    fmpq_set(&c->boxes.high[i], at);
    enum sb_status status = cover(c);
    fmpq_set(&c->boxes.high[i], end);
    if (!status) {
        fmpq_set(end, &c->boxes.low[i]);
        fmpq_set(&c->boxes.low[i], at);
        status = cover(c);
        fmpq_set(&c->boxes.low[i], end);
    }
    fmpq_clear(at);
    fmpq_clear(end);
    return status;
}

static enum sb_status cover(struct cover *c)
{
    struct says s;
    fmpq_init(s.low);
    fmpq_init(s.high);
    fmpq_init(s.least);
    fmpq_init(s.most);
    judge(c, &s);
    int widest = stands(c, &s) ? -1 : sb_simplex_widest(&c->boxes);
    if (widest < 0)
        print_box(c, &s);
    fmpq_clear(s.low);
    fmpq_clear(s.high);
    fmpq_clear(s.least);
    fmpq_clear(s.most);
    if (c->verdicts.n_boxes > MOST_BOXES)
        return sb_fail(c->maker->error, SB_LIMIT, "more than %d boxes", MOST_BOXES);
    return widest < 0 ? SB_OK : cut(c, widest);
}

/* ---- input and the whole ---------------------------------------------------------------------- */

static enum sb_status read_given(struct cover *c)
{
    struct sb_maker *maker = c->maker;
    const struct sb_certify_input *in = maker->input;
    const char *k = in->k ? in->k : "20", *l = in->l ? in->l : "1/10";
    if (!sb_exact_parse(c->k, k) || fmpq_sgn(c->k) <= 0)
        return sb_fail(maker->error, SB_DOMAIN, "k = %.40s is not a number or fraction > 0", k);
    if (!sb_exact_parse(c->l, l) || fmpq_sgn(c->l) <= 0)
        return sb_fail(maker->error, SB_DOMAIN, "l = %.40s is not a number or fraction > 0", l);
    return sb_exact_shares(in->pi ? in->pi : "1/3,1/3,1/3", c->pi, maker->error);
}

static void print_head(const struct cover *c)
{
    static const char *const parts[] = { "pi_1", "pi_a", "pi_t" };
    FILE *file = c->maker->file;
    fprintf(file, "claim %s\nprecision_bits %d\n",
            sb_certificate_claim(c->maker->finding->statement, "simplex"), BITS);
    fprintf(file, "given leaves %d\n", (int)c->boxes.n_leaves);
    if (!c->is_R7)
        return;
    fputs("given k ", file);
    sb_exact_print(file, c->k);
    fputs("\ngiven l ", file);
    sb_exact_print(file, c->l);
    for (int i = 0; i < N_PARTS; i++) {
        fprintf(file, "\ngiven %s ", parts[i]);
        sb_exact_print(file, c->pi[i]);
    }
    putc('\n', file);
}

enum sb_status sb_certify_simplex(struct sb_maker *maker)
{
    struct cover c = { .maker = maker, .is_R7 = strcmp(maker->finding->statement, "R7") == 0 };
    size_t n_leaves = maker->input->simplex_leaves ? maker->input->simplex_leaves : 2;
    if (n_leaves != 2 && n_leaves != 3)
        return sb_fail(maker->error, SB_DOMAIN, "%s is certified on 2 or 3 leaves, not %zu",
                       maker->finding->statement, n_leaves);
    fmpq_init(c.k);
    fmpq_init(c.l);
    for (int i = 0; i < N_PARTS; i++)
        fmpq_init(c.pi[i]);
    sb_simplex_init(&c.boxes, n_leaves, c.is_R7);
    sb_simplex_verdicts_init(&c.verdicts);
    enum sb_status status = c.is_R7 ? read_given(&c) : SB_OK;
    if (!status) {
        sb_simplex_set_volumes(&c.boxes, c.k, c.l, c.pi);
        print_head(&c);
        status = cover(&c);
    }
    if (!status) {
        sb_simplex_conclude(&c.verdicts, c.is_R7, maker->file);
        sb_simplex_describe(&c.boxes, &c.verdicts, maker->finding);
        snprintf(maker->finding->claim, sizeof maker->finding->claim, "%s",
                 sb_certificate_claim(maker->finding->statement, "simplex"));
    }
    sb_simplex_verdicts_clear(&c.verdicts);
    sb_simplex_clear(&c.boxes);
    fmpq_clear(c.k);
    fmpq_clear(c.l);
    for (int i = 0; i < N_PARTS; i++)
        fmpq_clear(c.pi[i]);
    return status;
}

#endif

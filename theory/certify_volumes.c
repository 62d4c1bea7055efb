/* R4 and R5 for explicit distributions: constants of R, and l* and k* between two signs. Arb, in the
 * forms of theory/mixture.h that do not cancel. */
#include "theory/certificate.h"

#if SB_FLINT

#include <string.h>

enum { P_P, P_A, P_T, N_PARTS };
enum { DIGITS = 17 }; /* of what is enclosed: 15 and two to spare */

struct parts {
    size_t n_leaves;
    fmpq *p[N_PARTS]; /* each n_leaves */
    fmpq_t k;
};

static const char *const NAMES[] = { "p_p", "p_a", "p_t" };

/* ---- input ---------------------------------------------------------------------------------- */

static enum sb_status read_vector(const struct sb_maker *maker, int part, fmpq *p)
{
    fmpq_t sum;
    fmpq_init(sum);
    enum sb_status status = SB_OK;
    for (size_t x = 0; x < maker->input->n_leaves && !status; x++) {
        const char *text = maker->input->p[part][x];
        if (!sb_exact_parse(&p[x], text) || fmpq_sgn(&p[x]) < 0)
            status =
                sb_fail(maker->error, SB_DOMAIN, "%s[%zu] = %.40s is not a number or fraction >= 0",
                        NAMES[part], x, text);
        fmpq_add(sum, sum, &p[x]);
    }
    if (!status && !fmpq_is_one(sum)) {
        char *text = fmpq_get_str(NULL, 10, sum);
        status = sb_fail(maker->error, SB_DOMAIN,
                         "%s sums to %.60s; a certificate needs exactly 1: give fractions",
                         NAMES[part], text);
        flint_free(text);
    }
    fmpq_clear(sum);
    return status;
}

static void parts_clear(struct parts *parts)
{
    for (int i = 0; i < N_PARTS; i++)
        _fmpq_vec_clear(parts->p[i], (slong)parts->n_leaves);
    fmpq_clear(parts->k);
}

/* parts is to be cleared whatever comes back. */
static enum sb_status parts_init(const struct sb_maker *maker, struct parts *parts)
{
    parts->n_leaves = maker->input->n_leaves;
    fmpq_init(parts->k);
    for (int i = 0; i < N_PARTS; i++)
        parts->p[i] = _fmpq_vec_init((slong)parts->n_leaves);
    if (parts->n_leaves == 0)
        return sb_fail(maker->error, SB_DOMAIN, "no distributions: give --dist FILE");
    enum sb_status status = SB_OK;
    for (int i = 0; i < N_PARTS && !status; i++)
        status = read_vector(maker, i, parts->p[i]);
    return status;
}

static enum sb_status read_positive(const struct sb_maker *maker, const char *name,
                                    const char *text, fmpq_t value)
{
    if (!text)
        return sb_fail(maker->error, SB_DOMAIN, "%s needs %s: give --%s or \"%s\" in the file",
                       maker->finding->statement, name, name, name);
    if (!sb_exact_parse(value, text) || fmpq_sgn(value) <= 0)
        return sb_fail(maker->error, SB_DOMAIN, "%s = %.40s is not a number or fraction > 0", name,
                       text);
    return SB_OK;
}

static void print_given(const struct sb_maker *maker, const struct parts *parts)
{
    for (int i = 0; i < N_PARTS; i++) {
        fprintf(maker->file, "given %s", NAMES[i]);
        for (size_t x = 0; x < parts->n_leaves; x++) {
            putc(' ', maker->file);
            sb_exact_print(maker->file, &parts->p[i][x]);
        }
        putc('\n', maker->file);
    }
}

/* ---- slopes --------------------------------------------------------------------------------- */

/* u = volume_j (p_i - p_j) summed over the other parts j: S (p_i - q), without cancellation. */
static void deviation(arb_t u, const struct parts *parts, size_t x, int i, const fmpq *volumes,
                      slong bits)
{
    fmpq_t exact, term;
    fmpq_init(exact);
    fmpq_init(term);
    for (int j = 0; j < N_PARTS; j++) {
        fmpq_sub(term, &parts->p[i][x], &parts->p[j][x]);
        fmpq_mul(term, term, &volumes[j]);
        fmpq_add(exact, exact, term);
    }
    arb_set_fmpq(u, exact, bits);
    fmpq_clear(exact);
    fmpq_clear(term);
}

/* S^2 gamma_i' = S nu - sum_{N>0} u_i u_t/N,  N = S q (R1). At l = 0 the limit l -> 0+. */
static void slope(arb_t result, const struct parts *parts, int i, const fmpq_t k, const fmpq_t l,
                  slong bits)
{
    fmpq volumes[N_PARTS];
    fmpq_t N, term;
    arb_t u_i, u_t, n;
    for (int j = 0; j < N_PARTS; j++)
        fmpq_init(&volumes[j]);
    fmpq_init(N);
    fmpq_init(term);
    arb_init(u_i);
    arb_init(u_t);
    arb_init(n);
    fmpq_set(&volumes[P_P], k);
    fmpq_one(&volumes[P_A]);
    fmpq_set(&volumes[P_T], l);
    arb_zero(result);
    for (size_t x = 0; x < parts->n_leaves; x++) {
        fmpq_zero(N);
        for (int j = 0; j < N_PARTS; j++) {
            fmpq_mul(term, &volumes[j], &parts->p[j][x]);
            fmpq_add(N, N, term);
        }
        if (fmpq_is_zero(N)) { /* novelty: l = 0 */
            fmpq_add_si(term, k, 1);
            fmpq_mul(term, term, &parts->p[P_T][x]);
            arb_set_fmpq(u_i, term, bits);
            arb_add(result, result, u_i, bits);
            continue;
        }
        deviation(u_i, parts, x, i, volumes, bits);
        deviation(u_t, parts, x, P_T, volumes, bits);
        arb_set_fmpq(n, N, bits);
        arb_div(u_i, u_i, n, bits);
        arb_submul(result, u_i, u_t, bits);
    }
    for (int j = 0; j < N_PARTS; j++)
        fmpq_clear(&volumes[j]);
    fmpq_clear(N);
    fmpq_clear(term);
    arb_clear(u_i);
    arb_clear(u_t);
    arb_clear(n);
}

/* ---- a root between two signs ---------------------------------------------------------------- */

/* The sign of something at volume x: -1 before its root, 1 behind it, 0 if bits do not decide. */
struct crossing {
    int (*sign)(const struct parts *parts, const fmpq_t x, slong bits);
    const struct parts *parts;
    slong bits;
};

static int sign_of(const arb_t x)
{
    return arb_is_positive(x) ? 1 : arb_is_negative(x) ? -1 : 0;
}

/* low, high: powers of 2 with the signs -1 and 1; false if there are none up to 2^+-2000. */
static bool bracket(const struct crossing *c, fmpq_t low, fmpq_t high)
{
    const int most = 2000;
    int i = 0;
    fmpq_one(low);
    fmpq_one(high);
    for (; i < most && c->sign(c->parts, low, c->bits) >= 0; i++)
        fmpq_div_2exp(low, low, 1);
    for (; i < most && c->sign(c->parts, high, c->bits) <= 0; i++)
        fmpq_mul_2exp(high, high, 1);
    return i < most;
}

/* Halves [low, high] to 2^-60 of itself. A middle whose sign cannot be told (it may be the root
 * itself) is replaced by a point beside it. */
static bool shrink(const struct crossing *c, fmpq_t low, fmpq_t high)
{
    fmpq_t width, middle;
    fmpq_init(width);
    fmpq_init(middle);
    bool ok = true;
    for (int i = 0; i < 64 && ok; i++) {
        int sign = 0;
        for (long part = 8; part > 6 && sign == 0; part--) {
            fmpq_sub(width, high, low);
            fmpq_mul_si(width, width, part);
            fmpq_div_2exp(width, width, 4);
            fmpq_add(middle, low, width);
            sign = c->sign(c->parts, middle, c->bits);
        }
        ok = sign != 0;
        if (sign < 0)
            fmpq_set(low, middle);
        else if (sign > 0)
            fmpq_set(high, middle);
    }
    fmpq_clear(width);
    fmpq_clear(middle);
    return ok;
}

static bool enclose(const struct crossing *c, fmpq_t low, fmpq_t high)
{
    return bracket(c, low, high) && shrink(c, low, high);
}

/* "value NAME LOW HIGH", rounded outwards. */
static void print_value(FILE *file, const char *name, const fmpq_t low, const fmpq_t high)
{
    fprintf(file, "value %s ", name);
    sb_exact_print_down(file, low, DIGITS);
    putc(' ', file);
    sb_exact_print_up(file, high, DIGITS);
    putc('\n', file);
}

/* A ball that is to be positive. */
static void print_ball(FILE *file, const char *name, const arb_t ball)
{
    arf_t end;
    fmpq_t low, high;
    arf_init(end);
    fmpq_init(low);
    fmpq_init(high);
    arb_get_lbound_arf(end, ball, SB_CERTIFICATE_PRECISION_MAX);
    arf_get_fmpq(low, end);
    arb_get_ubound_arf(end, ball, SB_CERTIFICATE_PRECISION_MAX);
    arf_get_fmpq(high, end);
    print_value(file, name, low, high);
    arf_clear(end);
    fmpq_clear(low);
    fmpq_clear(high);
}

static enum sb_status undecided(const struct sb_maker *maker, const char *what)
{
    return sb_fail(maker->error, SB_NUMERIC, "precision exhausted: %d bits do not decide %s",
                   SB_CERTIFICATE_PRECISION_MAX, what);
}

/* ---- R4 --------------------------------------------------------------------------------------- */

static int slope_sign(const struct parts *parts, const fmpq_t l, slong bits)
{
    arb_t value;
    arb_init(value);
    slope(value, parts, P_P, parts->k, l, bits);
    int sign = sign_of(value);
    arb_clear(value);
    return sign;
}

/* R(l) = -gamma_a'/(k gamma_p'). False if its 20 digits do not stand. */
static bool ratio(arb_t R, const struct parts *parts, const fmpq_t l, slong bits)
{
    arb_t p, k;
    arb_init(p);
    arb_init(k);
    slope(R, parts, P_A, parts->k, l, bits);
    slope(p, parts, P_P, parts->k, l, bits);
    arb_set_fmpq(k, parts->k, bits);
    arb_mul(p, p, k, bits);
    arb_div(R, R, p, bits);
    arb_neg(R, R);
    arb_clear(p);
    arb_clear(k);
    return arb_rel_accuracy_bits(R) > 70;
}

/* R4: l* is infinite iff p_p lives on supp p_t and sum p_p q0/p_t <= 1. Equality is possible, so
 * this one is exact. */
static bool is_endless(const struct parts *parts)
{
    fmpq_t sum, term;
    fmpq_init(sum);
    fmpq_init(term);
    bool contained = true;
    for (size_t x = 0; x < parts->n_leaves && contained; x++) {
        if (fmpq_is_zero(&parts->p[P_P][x]))
            continue;
        contained = !fmpq_is_zero(&parts->p[P_T][x]);
        if (contained) {
            fmpq_mul(term, parts->k, &parts->p[P_P][x]);
            fmpq_add(term, term, &parts->p[P_A][x]);
            fmpq_mul(term, term, &parts->p[P_P][x]);
            fmpq_div(term, term, &parts->p[P_T][x]);
            fmpq_add(sum, sum, term);
        }
    }
    fmpq_add_si(term, parts->k, 1);
    bool endless = contained && fmpq_cmp(sum, term) <= 0;
    fmpq_clear(sum);
    fmpq_clear(term);
    return endless;
}

struct constants {
    fmpq_t zero, L, low, high; /* low, high: l* */
    arb_t R_0, R_L;
};

/* At one precision. SB_END: not enough bits. */
static enum sb_status constants_at(const struct sb_maker *maker, const struct parts *parts,
                                   struct constants *c, bool finite, slong bits)
{
    int at_0 = slope_sign(parts, c->zero, bits), at_L = slope_sign(parts, c->L, bits);
    if (at_0 > 0)
        return sb_fail(maker->error, SB_DOMAIN,
                       "gamma_p' > 0 at l = 0: R4(v) needs X_p > 1, and there is no l*");
    const struct crossing crossing = { slope_sign, parts, bits };
    if (at_0 < 0 && finite && !enclose(&crossing, c->low, c->high))
        return SB_END;
    if (at_0 < 0 && finite && fmpq_cmp(c->L, c->low) >= 0)
        return sb_fail(maker->error, SB_DOMAIN,
                       "l = %.40s is not below l* = %.15g, where gamma_p' turns: a pole of R",
                       maker->input->l, fmpq_get_d(c->high));
    if (at_0 == 0 || at_L == 0)
        return SB_END;
    return ratio(c->R_0, parts, c->zero, bits) && ratio(c->R_L, parts, c->L, bits) ? SB_OK : SB_END;
}

static void describe_R4(const struct sb_maker *maker, const struct constants *c, bool finite)
{
    struct sb_finding *row = maker->finding;
    snprintf(row->claim, sizeof row->claim, "%s",
             sb_certificate_claim("R4", finite ? "finite" : "inf"));
    snprintf(row->domain, sizeof row->domain, "%zu leaves, k=%.30s, L=%.30s",
             maker->input->n_leaves, maker->input->k, maker->input->l);
    char R_0[32], R_L[32];
    snprintf(R_0, sizeof R_0, "%.15g", arf_get_d(arb_midref(c->R_0), ARF_RND_NEAR));
    snprintf(R_L, sizeof R_L, "%.15g", arf_get_d(arb_midref(c->R_L), ARF_RND_NEAR));
    if (finite)
        snprintf(row->where, sizeof row->where, "%s <= R <= %s, l*=%.15g", R_0, R_L,
                 fmpq_get_d(c->low));
    else
        snprintf(row->where, sizeof row->where, "%s <= R <= %s, l*=inf", R_0, R_L);
    row->n_cases = finite ? 3 : 2;
}

static enum sb_status certify_constants(struct sb_maker *maker, const struct parts *parts,
                                        struct constants *c)
{
    bool finite = !is_endless(parts);
    enum sb_status status = SB_END;
    slong bits = 64;
    while (status == SB_END && bits < SB_CERTIFICATE_PRECISION_MAX) {
        bits *= 2;
        status = constants_at(maker, parts, c, finite, bits);
    }
    if (status == SB_END)
        return undecided(maker, "the sign of gamma_p' at 0, at L or about l*");
    if (status)
        return status;
    fprintf(maker->file, "claim %s\nprecision_bits %ld\ngiven k ",
            sb_certificate_claim("R4", finite ? "finite" : "inf"), (long)bits);
    sb_exact_print(maker->file, parts->k);
    fputs("\ngiven L ", maker->file);
    sb_exact_print(maker->file, c->L);
    putc('\n', maker->file);
    print_given(maker, parts);
    print_ball(maker->file, "R(0+)", c->R_0);
    print_ball(maker->file, "R(L)", c->R_L);
    if (finite)
        print_value(maker->file, "l*", c->low, c->high);
    describe_R4(maker, c, finite);
    return SB_OK;
}

enum sb_status sb_certify_R4(struct sb_maker *maker)
{
    struct parts parts;
    struct constants c;
    fmpq_init(c.zero);
    fmpq_init(c.L);
    fmpq_init(c.low);
    fmpq_init(c.high);
    arb_init(c.R_0);
    arb_init(c.R_L);
    enum sb_status status = parts_init(maker, &parts);
    if (!status)
        status = read_positive(maker, "k", maker->input->k, parts.k);
    if (!status)
        status = read_positive(maker, "l", maker->input->l, c.L);
    if (!status)
        status = certify_constants(maker, &parts, &c);
    fmpq_clear(c.zero);
    fmpq_clear(c.L);
    fmpq_clear(c.low);
    fmpq_clear(c.high);
    arb_clear(c.R_0);
    arb_clear(c.R_L);
    parts_clear(&parts);
    return status;
}

/* ---- R5 --------------------------------------------------------------------------------------- */

/* -kappa_k at k: (k+1) gamma_a'(0+) = kappa_k, so its sign is that of the slope. */
static int loss_sign(const struct parts *parts, const fmpq_t k, slong bits)
{
    fmpq_t zero;
    arb_t value;
    fmpq_init(zero);
    arb_init(value);
    slope(value, parts, P_A, k, zero, bits);
    int sign = -sign_of(value);
    fmpq_clear(zero);
    arb_clear(value);
    return sign;
}

/* sum of a t/q over the leaves where neither a nor t is 0; false where q is 0 on one of them. Exact,
 * as it may be 1. */
static bool overlap(fmpq_t sum, const struct parts *parts, int a, int t, int q)
{
    fmpq_t term;
    fmpq_init(term);
    fmpq_zero(sum);
    bool finite = true;
    for (size_t x = 0; x < parts->n_leaves && finite; x++) {
        fmpq_mul(term, &parts->p[a][x], &parts->p[t][x]);
        if (fmpq_is_zero(term))
            continue;
        finite = !fmpq_is_zero(&parts->p[q][x]);
        if (finite) {
            fmpq_div(term, term, &parts->p[q][x]);
            fmpq_add(sum, sum, term);
        }
    }
    fmpq_clear(term);
    return finite;
}

/* Whether X_a starts below 1 as k grows from 0: chi(0) = p_t(supp p_a) < 1, or it is 1 and
 * chi'(0) = 1 - sum p_t p_p/p_a < 0. */
static bool starts_below(const struct parts *parts)
{
    fmpq_t sum;
    fmpq_init(sum);
    bool contained = true;
    for (size_t x = 0; x < parts->n_leaves && contained; x++)
        contained = fmpq_is_zero(&parts->p[P_T][x]) || !fmpq_is_zero(&parts->p[P_A][x]);
    bool below = !contained || (overlap(sum, parts, P_T, P_P, P_A) && fmpq_cmp_si(sum, 1) > 0);
    fmpq_clear(sum);
    return below;
}

struct threshold {
    fmpq_t chi, low, high; /* low, high: k* */
    bool chi_finite;
    const char *variant;
};

static enum sb_status find_threshold(const struct sb_maker *maker, const struct parts *parts,
                                     struct threshold *t, slong *bits)
{
    t->chi_finite = overlap(t->chi, parts, P_A, P_T, P_P);
    int sign = t->chi_finite ? fmpq_cmp_si(t->chi, 1) : 1;
    if (sign == 0)
        return sb_fail(maker->error, SB_DOMAIN,
                       "chi = 1 exactly: R5 decides kappa_k for chi < 1 and for chi > 1");
    t->variant = sign < 0 ? "always" : starts_below(parts) ? "below" : "never";
    *bits = 128;
    if (strcmp(t->variant, "below") != 0)
        return SB_OK;
    struct crossing crossing = { loss_sign, parts, *bits };
    while (!enclose(&crossing, t->low, t->high)) {
        if (crossing.bits >= SB_CERTIFICATE_PRECISION_MAX)
            return undecided(maker, "the sign of kappa_k about k*");
        crossing.bits *= 2;
    }
    *bits = crossing.bits;
    return SB_OK;
}

static enum sb_status certify_threshold(struct sb_maker *maker, const struct parts *parts,
                                        struct threshold *t)
{
    slong bits;
    enum sb_status status = find_threshold(maker, parts, t, &bits);
    if (status)
        return status;
    const char *claim = sb_certificate_claim("R5", t->variant);
    bool root = strcmp(t->variant, "below") == 0;
    fprintf(maker->file, "claim %s\nprecision_bits %ld\n", claim, (long)bits);
    print_given(maker, parts);
    if (t->chi_finite)
        print_value(maker->file, "chi", t->chi, t->chi);
    else
        fputs("value chi inf inf\n", maker->file);
    if (root)
        print_value(maker->file, "k*", t->low, t->high);
    struct sb_finding *row = maker->finding;
    snprintf(row->claim, sizeof row->claim, "%s", claim);
    snprintf(row->domain, sizeof row->domain, "%zu leaves", parts->n_leaves);
    if (root)
        snprintf(row->where, sizeof row->where, "k*=%.15g", fmpq_get_d(t->low));
    row->n_cases = 1 + root;
    return SB_OK;
}

enum sb_status sb_certify_R5(struct sb_maker *maker)
{
    struct parts parts;
    struct threshold t;
    fmpq_init(t.chi);
    fmpq_init(t.low);
    fmpq_init(t.high);
    enum sb_status status = parts_init(maker, &parts);
    if (!status)
        status = certify_threshold(maker, &parts, &t);
    fmpq_clear(t.chi);
    fmpq_clear(t.low);
    fmpq_clear(t.high);
    parts_clear(&parts);
    return status;
}

#endif

/* Rechecking certificates: from the definitions, in exact rational arithmetic. Shares nothing with
 * the makers but the reading of numbers and the words of the claims. */
#include "theory/certificate.h"

#if SB_FLINT

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "theory/certificate_reader.h"

/* ---- R3: boxes -------------------------------------------------------------------------------- */

enum { K, X, PI, N_VARIABLES, DEEPEST = 400 };

struct boxes {
    struct sb_reader *reader;
    const char *names[N_VARIABLES];
    bool is_theta;
    size_t n_boxes;
    fmpq_t least, most, value, work; /* over all boxes; scratch */
    fmpq *low, *high;                /* the box at hand */
};

/* theta: R = (1 + theta/(k(1-pi)))/(1 - theta); l: R = (1 + l/(k pi))/(1 - l(1/pi - 1)). Every
 * variable enters numerator and denominator so that the corners give the extremes. False at or beyond
 * the pole. */
static bool box_ratio(struct boxes *b, const fmpq_t k, const fmpq_t x, const fmpq_t pi)
{
    fmpq_sub_si(b->work, pi, 1);
    if (b->is_theta) {
        fmpq_neg(b->work, b->work);
        fmpq_mul(b->value, b->work, k);
        fmpq_div(b->value, x, b->value);
        fmpq_set(b->work, x);
    } else {
        fmpq_div(b->work, b->work, pi);
        fmpq_neg(b->work, b->work);
        fmpq_mul(b->work, b->work, x);
        fmpq_mul(b->value, k, pi);
        fmpq_div(b->value, x, b->value);
    }
    fmpq_add_si(b->value, b->value, 1);
    fmpq_sub_si(b->work, b->work, 1);
    fmpq_neg(b->work, b->work);
    if (fmpq_sgn(b->work) <= 0)
        return false;
    fmpq_div(b->value, b->value, b->work);
    return true;
}

/* "box k LOW HIGH theta LOW HIGH pi_t LOW HIGH R LEAST MOST" */
static enum sb_status check_box(struct boxes *b)
{
    struct sb_reader *r = b->reader;
    fmpq_t x, least, most;
    fmpq_init(x);
    fmpq_init(least);
    fmpq_init(most);
    bool here = r->n_words == 3 * N_VARIABLES + 4;
    for (int i = 0; i < N_VARIABLES && here; i++) {
        here = !strcmp(r->words[3 * i + 1], b->names[i]) &&
               sb_exact_parse(x, r->words[3 * i + 2]) && fmpq_equal(x, &b->low[i]);
        here = here && sb_exact_parse(x, r->words[3 * i + 3]) && fmpq_equal(x, &b->high[i]);
    }
    enum sb_status status = SB_OK;
    if (!here)
        status = sb_reader_fail(r, "this is not the box that the cuts leave here");
    else if (strcmp(r->words[10], "R") != 0 || !sb_exact_parse(least, r->words[11]) ||
             !sb_exact_parse(most, r->words[12]))
        status = sb_reader_fail(r, "expected R LEAST MOST after the box");
    int pi_least = b->is_theta ? 0 : 1;
    const fmpq *pi[2] = { &b->low[PI], &b->high[PI] };
    if (!status &&
        (fmpq_cmp_si(least, 1) < 0 || !box_ratio(b, &b->high[K], &b->low[X], pi[pi_least]) ||
         fmpq_cmp(b->value, least) < 0))
        status = sb_reader_fail(r, "the lower constant is below 1 or above R at a corner");
    if (!status &&
        (!box_ratio(b, &b->low[K], &b->high[X], pi[1 - pi_least]) || fmpq_cmp(b->value, most) > 0))
        status =
            sb_reader_fail(r, "R exceeds the upper constant at a corner, or the box reaches l*");
    if (!status) {
        if (b->n_boxes == 0 || fmpq_cmp(least, b->least) < 0)
            fmpq_set(b->least, least);
        if (b->n_boxes == 0 || fmpq_cmp(most, b->most) > 0)
            fmpq_set(b->most, most);
        b->n_boxes++;
    }
    fmpq_clear(x);
    fmpq_clear(least);
    fmpq_clear(most);
    return status;
}

/* The boxes of b->low..b->high: one, or a cut and the boxes of both sides. So they cover it. */
static enum sb_status check_cover(struct boxes *b, int depth)
{
    struct sb_reader *r = b->reader;
    enum sb_status status = sb_reader_next(r);
    if (status)
        return status;
    if (strcmp(r->words[0], "box") == 0)
        return check_box(b);
    int i = 0;
    while (i < N_VARIABLES && (r->n_words != 3 || strcmp(r->words[1], b->names[i]) != 0))
        i++;
    if (strcmp(r->words[0], "cut") != 0 || i == N_VARIABLES)
        return sb_reader_fail(r, "expected \"box ...\" or \"cut VARIABLE AT\"");
    if (depth >= DEEPEST)
        return sb_reader_fail(r, "cut more often than any certificate is");
    fmpq_t at, end;
    fmpq_init(at);
    fmpq_init(end);
    if (!sb_exact_parse(at, r->words[2]) || fmpq_cmp(at, &b->low[i]) <= 0 ||
        fmpq_cmp(at, &b->high[i]) >= 0)
        status = sb_reader_fail(r, "the cut is not inside its box");
    if (!status) {
        fmpq_set(end, &b->high[i]);
        fmpq_set(&b->high[i], at);
        status = check_cover(b, depth + 1);
        fmpq_set(&b->high[i], end);
    }
    if (!status) {
        fmpq_set(end, &b->low[i]);
        fmpq_set(&b->low[i], at);
        status = check_cover(b, depth + 1);
        fmpq_set(&b->low[i], end);
    }
    fmpq_clear(at);
    fmpq_clear(end);
    return status;
}

/* "domain NAME LOW HIGH" */
static enum sb_status read_domain(struct boxes *b, int i)
{
    struct sb_reader *r = b->reader;
    enum sb_status status = sb_reader_line(r, "domain", b->names[i], 4);
    if (status)
        return status;
    if (!sb_exact_parse(&b->low[i], r->words[2]) || !sb_exact_parse(&b->high[i], r->words[3]) ||
        fmpq_cmp(&b->low[i], &b->high[i]) > 0 || fmpq_sgn(&b->low[i]) < (i != X) ||
        (i == PI && fmpq_cmp_si(&b->high[i], 1) >= 0))
        return sb_reader_fail(r, "not a range within k > 0, l >= 0, 0 < pi_t < 1");
    return SB_OK;
}

static enum sb_status check_conclusion(struct boxes *b)
{
    struct sb_reader *r = b->reader;
    enum sb_status status = sb_reader_line(r, "conclude", "R", 4);
    if (!status && (!sb_exact_parse(b->value, r->words[2]) || !fmpq_equal(b->value, b->least) ||
                    !sb_exact_parse(b->value, r->words[3]) || !fmpq_equal(b->value, b->most)))
        status = sb_reader_fail(r, "not the least and largest constant of the boxes");
    return status;
}

static enum sb_status check_R3(struct sb_reader *r, const char *variant, struct sb_finding *row)
{
    struct boxes b = { .reader = r,
                       .names = { "k", variant, "pi_t" },
                       .is_theta = !strcmp(variant, "theta"),
                       .low = _fmpq_vec_init(N_VARIABLES),
                       .high = _fmpq_vec_init(N_VARIABLES) };
    fmpq_init(b.least);
    fmpq_init(b.most);
    fmpq_init(b.value);
    fmpq_init(b.work);
    enum sb_status status = SB_OK;
    for (int i = 0; i < N_VARIABLES && !status; i++)
        status = read_domain(&b, i);
    if (!status) {
        double at[2 * N_VARIABLES];
        for (int i = 0; i < N_VARIABLES; i++) {
            at[2 * i] = fmpq_get_d(&b.low[i]);
            at[2 * i + 1] = fmpq_get_d(&b.high[i]);
        }
        snprintf(row->domain, sizeof row->domain, "%g <= k <= %g, %g <= %s <= %g, %g <= pi_t <= %g",
                 at[0], at[1], at[2], variant, at[3], at[4], at[5]);
        status = check_cover(&b, 0);
    }
    if (!status)
        status = check_conclusion(&b);
    if (!status)
        snprintf(row->where, sizeof row->where, "%.15g <= R <= %.15g over all boxes",
                 fmpq_get_d(b.least), fmpq_get_d(b.most));
    row->n_cases = b.n_boxes;
    fmpq_clear(b.least);
    fmpq_clear(b.most);
    fmpq_clear(b.value);
    fmpq_clear(b.work);
    _fmpq_vec_clear(b.low, N_VARIABLES);
    _fmpq_vec_clear(b.high, N_VARIABLES);
    return status;
}

/* ---- R4 and R5: distributions ------------------------------------------------------------------ */

enum { P_P, P_A, P_T, N_PARTS };

struct given {
    struct sb_reader *reader;
    slong n_leaves;
    fmpq *p[N_PARTS]; /* NULL until read */
    fmpq_t k, L, low, high, x, y, z;
};

static void given_init(struct given *g, struct sb_reader *reader)
{
    *g = (struct given){ .reader = reader };
    fmpq_init(g->k);
    fmpq_init(g->L);
    fmpq_init(g->low);
    fmpq_init(g->high);
    fmpq_init(g->x);
    fmpq_init(g->y);
    fmpq_init(g->z);
}

static void given_clear(struct given *g)
{
    for (int i = 0; i < N_PARTS; i++)
        if (g->p[i])
            _fmpq_vec_clear(g->p[i], g->n_leaves);
    fmpq_clear(g->k);
    fmpq_clear(g->L);
    fmpq_clear(g->low);
    fmpq_clear(g->high);
    fmpq_clear(g->x);
    fmpq_clear(g->y);
    fmpq_clear(g->z);
}

/* "given NAME NUMBER", > 0 */
static enum sb_status read_number(struct given *g, const char *name, fmpq_t value)
{
    enum sb_status status = sb_reader_line(g->reader, "given", name, 3);
    if (!status && (!sb_exact_parse(value, g->reader->words[2]) || fmpq_sgn(value) <= 0))
        status = sb_reader_fail(g->reader, "not a number > 0");
    return status;
}

/* "given p_p NUMBER ..." and the other two. */
static enum sb_status read_vectors(struct given *g)
{
    static const char *const names[] = { "p_p", "p_a", "p_t" };
    struct sb_reader *r = g->reader;
    for (int i = 0; i < N_PARTS; i++) {
        enum sb_status status = sb_reader_line(r, "given", names[i], 0);
        if (status)
            return status;
        if (i == 0)
            g->n_leaves = (slong)r->n_words - 2;
        if (g->n_leaves < 1 || (slong)r->n_words - 2 != g->n_leaves)
            return sb_reader_fail(r, "not as many leaves as p_p has");
        g->p[i] = _fmpq_vec_init(g->n_leaves);
        fmpq_zero(g->x);
        for (slong x = 0; x < g->n_leaves; x++) {
            if (!sb_exact_parse(&g->p[i][x], r->words[x + 2]) || fmpq_sgn(&g->p[i][x]) < 0)
                return sb_reader_fail(r, "not a probability");
            fmpq_add(g->x, g->x, &g->p[i][x]);
        }
        if (!fmpq_is_one(g->x))
            return sb_reader_fail(r, "the probabilities do not sum to 1");
    }
    return SB_OK;
}

/* "value NAME LOW HIGH" with 0 <= LOW <= HIGH, 15 digits apart at most. */
static enum sb_status read_value(struct given *g, const char *name)
{
    struct sb_reader *r = g->reader;
    enum sb_status status = sb_reader_line(r, "value", name, 4);
    if (status)
        return status;
    if (!sb_exact_parse(g->low, r->words[2]) || !sb_exact_parse(g->high, r->words[3]) ||
        fmpq_sgn(g->low) < 0 || fmpq_cmp(g->low, g->high) > 0)
        return sb_reader_fail(r, "not an interval");
    fmpq_sub(g->x, g->high, g->low);
    fmpq_set_si(g->y, 1000000000000000, 1);
    fmpq_mul(g->x, g->x, g->y);
    if (fmpq_cmp(g->x, g->low) > 0)
        return sb_reader_fail(r, "the ends agree to less than 15 digits");
    return SB_OK;
}

/* C_i - 1 = S sum_{N>0} p_i p_t/N - 1 into x; at l = 0: X_i - 1. y and z are scratch. */
static void excess(struct given *g, int i, const fmpq_t k, const fmpq_t l, fmpq_t result)
{
    fmpq_t sum;
    fmpq_init(sum);
    for (slong x = 0; x < g->n_leaves; x++) {
        fmpq_mul(g->y, k, &g->p[P_P][x]);
        fmpq_add(g->y, g->y, &g->p[P_A][x]);
        fmpq_mul(g->z, l, &g->p[P_T][x]);
        fmpq_add(g->y, g->y, g->z);
        if (fmpq_is_zero(g->y))
            continue;
        fmpq_mul(g->z, &g->p[i][x], &g->p[P_T][x]);
        fmpq_div(g->z, g->z, g->y);
        fmpq_add(sum, sum, g->z);
    }
    fmpq_add(g->y, k, l);
    fmpq_add_si(g->y, g->y, 1);
    fmpq_mul(sum, sum, g->y);
    fmpq_sub_si(result, sum, 1);
    fmpq_clear(sum);
}

/* "value NAME" encloses R = (C_a - 1)/(-k (C_p - 1)) at l; C_p must be beyond 1. */
static enum sb_status check_ratio(struct given *g, const char *name, const fmpq_t l)
{
    enum sb_status status = read_value(g, name);
    if (status)
        return status;
    fmpq_t R;
    fmpq_init(R);
    excess(g, P_A, g->k, l, R);
    excess(g, P_P, g->k, l, g->x);
    if (fmpq_sgn(g->x) <= 0)
        status = sb_reader_fail(g->reader, "gamma_p' is not negative there");
    if (!status) {
        fmpq_div(R, R, g->x);
        fmpq_div(R, R, g->k);
        fmpq_neg(R, R);
        if (fmpq_cmp(R, g->low) < 0 || fmpq_cmp(R, g->high) > 0)
            status = sb_reader_fail(g->reader, "R is not in this interval");
    }
    fmpq_clear(R);
    return status;
}

/* p_p lives on supp p_t, and sum p_p q0/p_t <= 1. */
static bool is_endless(struct given *g)
{
    fmpq_zero(g->x);
    for (slong x = 0; x < g->n_leaves; x++) {
        if (fmpq_is_zero(&g->p[P_P][x]))
            continue;
        if (fmpq_is_zero(&g->p[P_T][x]))
            return false;
        fmpq_mul(g->y, g->k, &g->p[P_P][x]);
        fmpq_add(g->y, g->y, &g->p[P_A][x]);
        fmpq_mul(g->y, g->y, &g->p[P_P][x]);
        fmpq_div(g->y, g->y, &g->p[P_T][x]);
        fmpq_add(g->x, g->x, g->y);
    }
    fmpq_add_si(g->y, g->k, 1);
    return fmpq_cmp(g->x, g->y) <= 0;
}

/* "value l* LOW HIGH": C_p > 1 at LOW, < 1 at HIGH; it crosses 1 once (R4). */
static enum sb_status check_l_star(struct given *g)
{
    enum sb_status status = read_value(g, "l*");
    if (status)
        return status;
    excess(g, P_P, g->k, g->low, g->x);
    bool before = fmpq_sgn(g->x) > 0 && fmpq_cmp(g->L, g->low) < 0;
    excess(g, P_P, g->k, g->high, g->x);
    if (!before || fmpq_sgn(g->x) >= 0)
        return sb_reader_fail(g->reader, "gamma_p' does not turn between these, beyond L");
    return SB_OK;
}

static enum sb_status check_R4(struct sb_reader *r, const char *variant, struct sb_finding *row)
{
    struct given g;
    given_init(&g, r);
    bool finite = strcmp(variant, "finite") == 0;
    fmpq_t zero;
    fmpq_init(zero);
    double ends[2] = { 0 };
    enum sb_status status = read_number(&g, "k", g.k);
    if (!status)
        status = read_number(&g, "L", g.L);
    if (!status)
        status = read_vectors(&g);
    if (!status && !finite && !is_endless(&g))
        status = sb_reader_fail(r, "l* is finite: the claim is false");
    if (!status)
        status = check_ratio(&g, "R(0+)", zero);
    ends[0] = fmpq_get_d(g.low);
    if (!status)
        status = check_ratio(&g, "R(L)", g.L);
    ends[1] = fmpq_get_d(g.high);
    if (!status && finite)
        status = check_l_star(&g);
    if (!status) {
        snprintf(row->domain, sizeof row->domain, "%ld leaves, k=%g, L=%g", (long)g.n_leaves,
                 fmpq_get_d(g.k), fmpq_get_d(g.L));
        snprintf(row->where, sizeof row->where, "%.15g <= R <= %.15g, l*=%.15g", ends[0], ends[1],
                 finite ? fmpq_get_d(g.low) : INFINITY);
    }
    row->n_cases = finite ? 3 : 2;
    fmpq_clear(zero);
    given_clear(&g);
    return status;
}

/* "value chi LOW HIGH" or "value chi inf inf". *sign: of chi - 1. */
static enum sb_status check_chi(struct given *g, int *sign)
{
    struct sb_reader *r = g->reader;
    fmpq_t chi;
    fmpq_init(chi);
    bool finite = true;
    for (slong x = 0; x < g->n_leaves && finite; x++) {
        fmpq_mul(g->y, &g->p[P_A][x], &g->p[P_T][x]);
        if (fmpq_is_zero(g->y))
            continue;
        finite = !fmpq_is_zero(&g->p[P_P][x]);
        if (finite) {
            fmpq_div(g->y, g->y, &g->p[P_P][x]);
            fmpq_add(chi, chi, g->y);
        }
    }
    enum sb_status status = finite ? read_value(g, "chi") : sb_reader_line(r, "value", "chi", 4);
    if (!status && (finite ? fmpq_cmp(chi, g->low) < 0 || fmpq_cmp(chi, g->high) > 0
                           : strcmp(r->words[2], "inf") || strcmp(r->words[3], "inf")))
        status = sb_reader_fail(r, "chi is not in this interval");
    *sign = finite ? fmpq_cmp_si(chi, 1) : 1;
    fmpq_clear(chi);
    return status;
}

/* Whether X_a >= 1 from the start: chi(0) = 1 and chi'(0) >= 0. It is convex in k/(k+1). */
static bool is_never(struct given *g)
{
    fmpq_zero(g->x);
    for (slong x = 0; x < g->n_leaves; x++) {
        if (fmpq_is_zero(&g->p[P_T][x]))
            continue;
        if (fmpq_is_zero(&g->p[P_A][x]))
            return false;
        fmpq_mul(g->y, &g->p[P_T][x], &g->p[P_P][x]);
        fmpq_div(g->y, g->y, &g->p[P_A][x]);
        fmpq_add(g->x, g->x, g->y);
    }
    return fmpq_cmp_si(g->x, 1) <= 0;
}

/* "value k* LOW HIGH": X_a < 1 at LOW, > 1 at HIGH. */
static enum sb_status check_k_star(struct given *g, struct sb_finding *row)
{
    enum sb_status status = read_value(g, "k*");
    if (status)
        return status;
    fmpq_t zero;
    fmpq_init(zero);
    excess(g, P_A, g->low, zero, g->x);
    bool below = fmpq_sgn(g->x) < 0;
    excess(g, P_A, g->high, zero, g->x);
    if (!below || fmpq_sgn(g->x) <= 0)
        status = sb_reader_fail(g->reader, "kappa_k does not turn between these");
    fmpq_clear(zero);
    snprintf(row->where, sizeof row->where, "k*=%.15g", fmpq_get_d(g->low));
    return status;
}

static enum sb_status check_R5(struct sb_reader *r, const char *variant, struct sb_finding *row)
{
    struct given g;
    given_init(&g, r);
    int sign = 0;
    enum sb_status status = read_vectors(&g);
    if (!status)
        status = check_chi(&g, &sign);
    if (!status && (strcmp(variant, "always") == 0  ? sign >= 0
                    : strcmp(variant, "never") == 0 ? !is_never(&g)
                                                    : sign <= 0))
        status = sb_reader_fail(r, "the claim does not follow from chi");
    bool root = strcmp(variant, "below") == 0;
    if (!status && root)
        status = check_k_star(&g, row);
    if (!status)
        snprintf(row->domain, sizeof row->domain, "%ld leaves", (long)g.n_leaves);
    row->n_cases = 1 + root;
    given_clear(&g);
    return status;
}

/* ---- the whole file ---------------------------------------------------------------------------- */

typedef enum sb_status checker(struct sb_reader *reader, const char *variant,
                               struct sb_finding *row);

/* Finds the statement and variant whose claim stands in the reader's line. */
static checker *find_claim(struct sb_reader *r, const char *statement, const char **variant)
{
    static const struct {
        const char *statement, *variant;
        checker *check;
    } known[] = {
        { "R3", "theta", check_R3 },
        { "R3", "l", check_R3 },
        { "R4", "finite", check_R4 },
        { "R4", "inf", check_R4 },
        { "R5", "always", check_R5 },
        { "R5", "below", check_R5 },
        { "R5", "never", check_R5 },
        { "R6", "simplex", sb_recheck_simplex },
        { "R7", "simplex", sb_recheck_simplex },
        { "R12", "alpha_c", sb_recheck_R12 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].statement, statement) &&
            sb_reader_says(r, sb_certificate_claim(statement, known[i].variant))) {
            *variant = known[i].variant;
            return known[i].check;
        }
    return NULL;
}

static enum sb_status check_head(struct sb_reader *r, struct sb_finding *row, checker **check,
                                 const char **variant)
{
    enum sb_status status = sb_reader_line(r, "springback", "certificate", 3);
    if (status)
        return status;
    if (strcmp(r->words[2], "1") != 0)
        return sb_reader_fail(r, "a certificate of another version; this is version 1");
    status = sb_reader_line(r, "statement", NULL, 2);
    if (status)
        return status;
    snprintf(row->statement, sizeof row->statement, "%s", r->words[1]);
    status = sb_reader_line(r, "claim", NULL, 0);
    if (status)
        return status;
    *check = find_claim(r, row->statement, variant);
    if (!*check)
        return sb_reader_fail(r, "no claim of this statement that springback can recheck");
    snprintf(row->claim, sizeof row->claim, "%s", sb_certificate_claim(row->statement, *variant));
    status = sb_reader_line(r, "precision_bits", NULL, 2);
    if (status)
        return status;
    char *end;
    long bits = strtol(r->words[1], &end, 10);
    if (*end || bits < 64 || bits > SB_CERTIFICATE_PRECISION_MAX)
        return sb_reader_fail(r, "not a precision");
    return SB_OK;
}

/* "sha256 HEX", of all bytes before it, and then nothing. */
static enum sb_status check_digest(struct sb_reader *r)
{
    char hex[65];
    sb_certificate_digest(r->text, r->at, hex);
    enum sb_status status = sb_reader_line(r, "sha256", NULL, 2);
    if (!status && strcmp(r->words[1], hex) != 0)
        status = sb_reader_fail(r, "the digest is another: the file was altered");
    if (!status && r->at != r->size)
        status = sb_reader_fail(r, "more text behind the certificate");
    return status;
}

enum sb_status sb_recheck(const char *name, const char *text, size_t size,
                          struct sb_finding *finding, struct sb_error *error)
{
    struct sb_reader reader = { .name = name, .text = text, .size = size, .error = error };
    struct sb_finding row = { .margin = NAN, .margin_unit = "", .status = SB_CERTIFIED };
    checker *check = NULL;
    const char *variant = NULL;
    enum sb_status status = check_head(&reader, &row, &check, &variant);
    if (!status)
        status = check(&reader, variant, &row);
    if (!status)
        status = check_digest(&reader);
    sb_reader_clear(&reader);
    flint_cleanup();
    if (!status)
        *finding = row;
    return status;
}

#endif

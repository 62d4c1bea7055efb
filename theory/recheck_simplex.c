/* Rechecking R6 and R7 on simplices, in rational arithmetic. In each box the slack is bounded once more,
 * and at its middle the slack (or R) from the definitions must lie in what the box says. */
#include "theory/certificate.h"

#if SB_FLINT

#include <stdlib.h>
#include <string.h>
#include "theory/certificate_reader.h"
#include "theory/certificate_simplex.h"

enum { P_1, P_A, P_T, N_PARTS, DEEPEST = 100 };

struct check {
    struct sb_reader *reader;
    struct sb_simplex_boxes boxes;
    struct sb_simplex_verdicts verdicts;
    bool is_R7;
    fmpq_t k, l, pi[N_PARTS];
    fmpq_t low, high, V; /* of the box at hand: slack or kappa_l, the least V */
    fmpq_t x, y, z;      /* scratch */
};

/* ---- bounds in a box ---------------------------------------------------------------------------- */

/* x y/(x u + y v) with 0/0 = 0: the weighted harmonic mean, up to a factor. */
static void mean(fmpq_t result, const fmpq_t x, const fmpq_t y, const fmpq_t u, const fmpq_t v)
{
    fmpq_t bottom;
    fmpq_init(bottom);
    fmpq_mul(bottom, x, u);
    fmpq_addmul(bottom, y, v);
    fmpq_mul(result, x, y);
    if (!fmpq_is_zero(bottom))
        fmpq_div(result, result, bottom);
    fmpq_clear(bottom);
}

/* (a - b)^2 tau rest/(a tau + b rest), where rest is 1 - tau at the other end of its range. It is
 * rest a for b = 0 and tau b for a = 0, also where tau or rest vanish. */
static void square(fmpq_t result, const fmpq_t a, const fmpq_t b, const fmpq_t tau,
                   const fmpq_t rest)
{
    if (fmpq_is_zero(b)) {
        fmpq_mul(result, rest, a);
        return;
    }
    if (fmpq_is_zero(a)) {
        fmpq_mul(result, tau, b);
        return;
    }
    fmpq_t gap;
    fmpq_init(gap);
    fmpq_sub(gap, a, b);
    fmpq_mul(gap, gap, gap);
    mean(result, tau, rest, a, b);
    fmpq_mul(result, result, gap);
    fmpq_clear(gap);
}

static void keep(fmpq_t best, const fmpq_t x, bool largest)
{
    if ((fmpq_cmp(x, best) > 0) == largest)
        fmpq_set(best, x);
}

struct leaf {
    fmpq_t p[2], a[2], b[2], tau[2], w[2], rest[2]; /* low and high; rest = 1 - tau */
};

/* low: the least of the square over a and b; else the largest. */
static void square_end(const struct leaf *f, int end, fmpq_t result)
{
    fmpq_t other;
    fmpq_init(other);
    fmpq_zero(result);
    if (end == 1) {
        square(result, f->a[1], f->b[0], f->tau[1], f->rest[1]);
        square(other, f->a[0], f->b[1], f->tau[1], f->rest[1]);
        keep(result, other, true);
    } else if (fmpq_cmp(f->a[0], f->b[1]) > 0) {
        square(result, f->a[0], f->b[1], f->tau[0], f->rest[0]);
    } else if (fmpq_cmp(f->b[0], f->a[1]) > 0) {
        square(result, f->a[1], f->b[0], f->tau[0], f->rest[0]);
    }
    fmpq_clear(other);
}

/* The least (end 0) or largest of M = tau a + (1 - tau) b, and of a b/M. */
static void blend_end(const struct leaf *f, int end, fmpq_t M, fmpq_t J)
{
    fmpq_t other;
    fmpq_init(other);
    for (int t = 0; t < 2; t++) { /* both ends of tau; rest[1 - t] = 1 - tau[t] */
        fmpq_mul(other, f->tau[t], f->a[end]);
        fmpq_addmul(other, f->rest[1 - t], f->b[end]);
        if (t == 0)
            fmpq_set(M, other);
        keep(M, other, end == 1);
        mean(other, f->a[end], f->b[end], f->tau[t], f->rest[1 - t]);
        if (t == 0)
            fmpq_set(J, other);
        keep(J, other, end == 1);
    }
    fmpq_clear(other);
}

/* w p/(w p + (1 - w) M). */
static void share(fmpq_t result, const fmpq_t w, const fmpq_t p, const fmpq_t M)
{
    fmpq_t rest;
    fmpq_init(rest);
    fmpq_mul(result, w, p);
    if (!fmpq_is_zero(result)) {
        fmpq_sub_si(rest, w, 1);
        fmpq_mul(rest, rest, M);
        fmpq_sub(rest, result, rest);
        fmpq_div(result, result, rest);
    }
    fmpq_clear(rest);
}

static void add_leaf(struct check *c, const struct leaf *f)
{
    fmpq_t M[2], J[2], term;
    fmpq_init(term);
    for (int end = 0; end < 2; end++) {
        fmpq_init(M[end]);
        fmpq_init(J[end]);
        blend_end(f, end, M[end], J[end]);
    }
    for (int end = 0; end < 2; end++) {
        fmpq *sum = end ? c->high : c->low;
        square_end(f, end, term);
        fmpq_add(sum, sum, term);
        share(term, f->w[end], f->p[end], M[1 - end]);
        fmpq_addmul(sum, term, J[end]);
        fmpq_clear(J[end]);
    }
    fmpq_clear(M[0]);
    fmpq_clear(M[1]);
    fmpq_clear(term);
}

/* V += min (b - q)^2/max q. With w_1 and tau fixed, w_a = (1 - w_1) tau. */
static void add_least_square(struct check *c, const struct leaf *f)
{
    fmpq_t w_a, w_t, gap[2];
    fmpq_init(w_a);
    fmpq_init(w_t);
    fmpq_sub_si(w_t, f->w[0], 1);
    fmpq_neg(w_t, w_t);
    fmpq_mul(w_a, w_t, f->tau[0]);
    fmpq_mul(w_t, w_t, f->rest[0]);
    for (int end = 0; end < 2; end++) {
        fmpq_init(gap[end]);
        fmpq_sub(c->x, f->b[end], f->p[1 - end]);
        fmpq_mul(gap[end], f->w[0], c->x);
        fmpq_sub(c->x, f->b[end], f->a[1 - end]);
        fmpq_addmul(gap[end], w_a, c->x);
    }
    const fmpq *least = fmpq_sgn(gap[0]) > 0 ? gap[0] : fmpq_sgn(gap[1]) < 0 ? gap[1] : NULL;
    if (least) {
        fmpq_mul(c->x, f->w[0], f->p[1]);
        fmpq_addmul(c->x, w_a, f->a[1]);
        fmpq_addmul(c->x, w_t, f->b[1]);
        fmpq_mul(c->y, least, least);
        fmpq_div(c->y, c->y, c->x);
        fmpq_add(c->V, c->V, c->y);
    }
    fmpq_clear(w_a);
    fmpq_clear(w_t);
    fmpq_clear(gap[0]);
    fmpq_clear(gap[1]);
}

/* sum += P_a P_t/q at one end: largest with the largest P_a and P_t and the least P_1. */
static void add_overlap(struct check *c, const struct leaf *f, int end, fmpq_t sum)
{
    fmpq_sub(c->x, f->a[end], f->b[end]);
    fmpq_mul(c->x, c->x, f->tau[0]);
    fmpq_add(c->x, c->x, f->b[end]); /* M */
    fmpq_sub(c->y, f->p[1 - end], c->x);
    fmpq_mul(c->y, c->y, f->w[0]);
    fmpq_add(c->y, c->y, c->x); /* q */
    fmpq_mul(c->x, f->a[end], f->b[end]);
    if (fmpq_is_zero(c->x))
        return;
    fmpq_div(c->x, c->x, c->y);
    fmpq_add(sum, sum, c->x);
}

static void bound_box(struct check *c)
{
    struct leaf f;
    fmpq_t chi[2];
    fmpq_t *const ends[] = { f.p, f.a, f.b, f.tau, f.w, f.rest };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        fmpq_init(ends[i][0]);
        fmpq_init(ends[i][1]);
    }
    fmpq_zero(c->low);
    fmpq_zero(c->high);
    fmpq_zero(c->V);
    fmpq_init(chi[0]);
    fmpq_init(chi[1]);
    sb_simplex_volumes(&c->boxes, 0, f.tau[0], f.tau[1]);
    sb_simplex_volumes(&c->boxes, 1, f.w[0], f.w[1]);
    for (int end = 0; end < 2; end++) {
        fmpq_sub_si(f.rest[1 - end], f.tau[end], 1);
        fmpq_neg(f.rest[1 - end], f.rest[1 - end]);
    }
    for (size_t x = 0; x < c->boxes.n_leaves; x++) {
        for (int i = 0; i < N_PARTS; i++)
            sb_simplex_leaf(&c->boxes, i, x, ends[i][0], ends[i][1]);
        add_leaf(c, &f);
        if (c->is_R7)
            add_least_square(c, &f);
        for (int end = 0; c->is_R7 && end < 2; end++)
            add_overlap(c, &f, end, chi[end]);
    }
    if (fmpq_cmp_si(c->high, 1) > 0)
        fmpq_one(c->high);
    for (int end = 0; c->is_R7 && end < 2; end++) { /* kappa_l */
        fmpq *s = end ? c->high : c->low;
        fmpq_sub(s, s, f.w[0]);
        fmpq_sub_si(c->x, f.w[0], 1);
        fmpq_neg(c->x, c->x);
        fmpq_div(s, s, c->x);
        fmpq_sub_si(c->x, chi[1 - end], 1);
        fmpq_neg(c->x, c->x); /* 1 - chi_l */
        keep(s, c->x, end == 0);
    }
    fmpq_clear(chi[0]);
    fmpq_clear(chi[1]);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        fmpq_clear(ends[i][0]);
        fmpq_clear(ends[i][1]);
    }
}

/* ---- the definitions, at the middle ------------------------------------------------------------- */

/* sum_{q>0} P_i P_t/q for i = 1 and a, q = w_1 P_1 + (1 - w_1)(tau P_a + (1 - tau) P_t). False where
 * the middle is outside the simplex. */
static bool overlaps(struct check *c, fmpq_t C_1, fmpq_t C_a, fmpq_t C_t, fmpq_t w)
{
    fmpq_t mass[N_PARTS], tau;
    fmpq_init(tau);
    for (int i = 0; i < N_PARTS; i++)
        fmpq_init(mass[i]);
    sb_simplex_volumes(&c->boxes, 0, c->x, c->y);
    fmpq_add(tau, c->x, c->y);
    fmpq_div_2exp(tau, tau, 1);
    sb_simplex_volumes(&c->boxes, 1, c->x, c->y);
    fmpq_add(w, c->x, c->y);
    fmpq_div_2exp(w, w, 1);
    bool inside = true;
    size_t n = c->boxes.n_leaves;
    for (size_t x = 0; x < n && inside; x++) {
        for (int i = 0; i < N_PARTS; i++) {
            fmpq_zero(mass[i]);
            for (size_t y = 0; y + 1 < n; y++) {
                size_t v = (size_t)i * (n - 1) + y;
                fmpq_add(c->x, &c->boxes.low[v], &c->boxes.high[v]);
                fmpq_div_2exp(c->x, c->x, 1);
                if (x + 1 == n || x == y)
                    fmpq_add(mass[i], mass[i], c->x);
            }
            if (x + 1 == n) {
                fmpq_sub_si(mass[i], mass[i], 1);
                fmpq_neg(mass[i], mass[i]);
            }
            inside = inside && fmpq_sgn(mass[i]) >= 0;
        }
        fmpq_sub(c->x, mass[P_A], mass[P_T]);
        fmpq_mul(c->x, c->x, tau);
        fmpq_add(c->x, c->x, mass[P_T]); /* M */
        fmpq_sub(c->y, mass[P_1], c->x);
        fmpq_mul(c->y, c->y, w);
        fmpq_add(c->y, c->y, c->x); /* q */
        if (fmpq_is_zero(c->y))
            continue;
        fmpq *sums[] = { C_1, C_a, C_t };
        for (int i = 0; i < N_PARTS; i++) {
            fmpq_mul(c->z, mass[i], mass[P_T]);
            fmpq_div(c->z, c->z, c->y);
            fmpq_add(sums[i], sums[i], c->z);
        }
    }
    fmpq_clear(tau);
    for (int i = 0; i < N_PARTS; i++)
        fmpq_clear(mass[i]);
    return inside;
}

/* slack = 1 - (1 - w_1) chi_l. */
static bool slack_fits(struct check *c, const fmpq_t low, const fmpq_t high)
{
    fmpq_t C_1, C_a, C_t, w;
    fmpq_init(C_1);
    fmpq_init(C_a);
    fmpq_init(C_t);
    fmpq_init(w);
    bool fits = true;
    if (overlaps(c, C_1, C_a, C_t, w)) {
        fmpq_sub_si(w, w, 1);
        fmpq_mul(w, w, C_a);
        fmpq_add_si(w, w, 1);
        fits = fmpq_cmp(w, low) >= 0 && fmpq_cmp(w, high) <= 0;
    }
    fmpq_clear(C_1);
    fmpq_clear(C_a);
    fmpq_clear(C_t);
    fmpq_clear(w);
    return fits;
}

/* R = (1 - C_a)/(k (C_p - 1)), C_p = pi_1 C_1 + pi_a C_a + pi_t C_t. */
static bool ratio_fits(struct check *c, const fmpq_t least, const fmpq_t most)
{
    fmpq_t C_1, C_a, C_t, w;
    fmpq_init(C_1);
    fmpq_init(C_a);
    fmpq_init(C_t);
    fmpq_init(w);
    bool fits = true;
    if (overlaps(c, C_1, C_a, C_t, w)) {
        fmpq_mul(w, c->pi[P_1], C_1);
        fmpq_addmul(w, c->pi[P_A], C_a);
        fmpq_addmul(w, c->pi[P_T], C_t);
        fmpq_sub_si(w, w, 1);
        fmpq_mul(w, w, c->k);
        fits = fmpq_sgn(w) > 0;
        if (fits) {
            fmpq_sub_si(C_a, C_a, 1);
            fmpq_neg(C_a, C_a);
            fmpq_div(w, C_a, w);
            fits = fmpq_cmp(w, least) >= 0 && fmpq_cmp(w, most) <= 0;
        }
    }
    fmpq_clear(C_1);
    fmpq_clear(C_a);
    fmpq_clear(C_t);
    fmpq_clear(w);
    return fits;
}

/* ---- lines -------------------------------------------------------------------------------------- */

/* kappa (pi_t - l pi_a) - l pi_1 into z: R7's condition, times kappa. */
static bool condition(struct check *c, const fmpq_t kappa)
{
    fmpq_mul(c->x, c->l, c->pi[P_A]);
    fmpq_sub(c->x, c->pi[P_T], c->x);
    fmpq_mul(c->z, kappa, c->x);
    fmpq_mul(c->x, c->l, c->pi[P_1]);
    fmpq_sub(c->z, c->z, c->x);
    return fmpq_sgn(kappa) > 0 && fmpq_sgn(c->z) > 0;
}

/* "R LEAST MOST" at word i, for kappa_l within c->low and c->high. */
static enum sb_status check_ratio(struct check *c, size_t i, fmpq_t least, fmpq_t most)
{
    struct sb_reader *r = c->reader;
    if (r->n_words != i + 3 || strcmp(r->words[i], "R") != 0 ||
        !sb_exact_parse(least, r->words[i + 1]) || !sb_exact_parse(most, r->words[i + 2]))
        return sb_reader_fail(r, "expected R LEAST MOST, \"void\" or \"open\" after kappa_l");
    if (!condition(c, c->low))
        return sb_reader_fail(r, "the condition of R7 does not hold throughout this box");
    fmpq_mul(c->y, c->k, c->pi[P_T]);
    fmpq_add(c->y, c->y, c->l);
    fmpq_mul(c->y, c->y, c->low);
    fmpq_div(c->y, c->y, c->k);
    fmpq_mul(c->z, c->z, most); /* y <= most z */
    if (fmpq_cmp(c->y, c->z) > 0)
        return sb_reader_fail(r, "R7's bound exceeds the upper constant");
    fmpq_mul(c->x, c->l, c->V);
    fmpq_sub(c->x, c->high, c->x);
    fmpq_mul(c->x, c->x, least); /* least (kappa - l V) <= kappa */
    if (fmpq_cmp_si(least, 1) < 0 || (fmpq_cmp_si(least, 1) > 0 && fmpq_cmp(c->x, c->high) > 0))
        return sb_reader_fail(r, "the lower constant is below 1 or above R");
    return ratio_fits(c, least, most)
               ? SB_OK
               : sb_reader_fail(r, "R at the middle of the box is not between its constants");
}

/* What stands behind the coordinates of a box, from word i on. */
static enum sb_status check_values(struct check *c, size_t i)
{
    struct sb_reader *r = c->reader;
    bool ok = r->n_words >= i + 3 && !strcmp(r->words[i], c->is_R7 ? "kappa_l" : "slack");
    fmpq_t low, high, least, most;
    fmpq_init(low);
    fmpq_init(high);
    fmpq_init(least);
    fmpq_init(most);
    ok = ok && sb_exact_parse(low, r->words[i + 1]) && sb_exact_parse(high, r->words[i + 2]);
    enum sb_status status = SB_OK;
    enum sb_simplex_kind kind = SB_SIMPLEX_HOLDS;
    if (ok)
        bound_box(c);
    if (!ok)
        status = sb_reader_fail(r, "expected the slack or kappa_l after the box");
    else if (fmpq_cmp(low, c->low) > 0 || fmpq_cmp(high, c->high) < 0)
        status = sb_reader_fail(r, "these ends do not enclose the values in the box");
    else if (!c->is_R7 && (r->n_words != i + 3 || fmpq_sgn(low) < 0 || !slack_fits(c, low, high)))
        status = sb_reader_fail(r, "a negative slack, or not that of the middle of the box");
    else if (c->is_R7 && r->n_words == i + 4 && !strcmp(r->words[i + 3], "open"))
        kind = SB_SIMPLEX_OPEN;
    else if (c->is_R7 && r->n_words == i + 4 && !strcmp(r->words[i + 3], "void")) {
        kind = SB_SIMPLEX_VOID;
        if (condition(c, c->high))
            status = sb_reader_fail(r, "the condition of R7 may hold in this box");
    } else if (c->is_R7)
        status = check_ratio(c, i + 3, least, most);
    if (!status)
        sb_simplex_count(&c->boxes, &c->verdicts, kind, c->is_R7 ? least : low,
                         c->is_R7 ? most : high);
    fmpq_clear(low);
    fmpq_clear(high);
    fmpq_clear(least);
    fmpq_clear(most);
    return status;
}

/* "box NAME LOW HIGH ... outside" or with values. */
static enum sb_status check_box(struct check *c)
{
    struct sb_reader *r = c->reader;
    size_t n = (size_t)c->boxes.n_variables, i = 1 + 3 * n;
    bool here = r->n_words > i;
    for (size_t v = 0; v < n && here; v++) {
        here = !strcmp(r->words[3 * v + 1], c->boxes.names[v]) &&
               sb_exact_parse(c->x, r->words[3 * v + 2]) && fmpq_equal(c->x, &c->boxes.low[v]) &&
               sb_exact_parse(c->x, r->words[3 * v + 3]) && fmpq_equal(c->x, &c->boxes.high[v]);
    }
    if (!here)
        return sb_reader_fail(r, "this is not the box that the cuts leave here");
    if (strcmp(r->words[i], "outside") != 0)
        return check_values(c, i);
    if (r->n_words != i + 1 || !sb_simplex_is_outside(&c->boxes))
        return sb_reader_fail(r, "this box is not outside the simplex");
    sb_simplex_count(&c->boxes, &c->verdicts, SB_SIMPLEX_OUTSIDE, c->x, c->x);
    return SB_OK;
}

static enum sb_status check_cover(struct check *c, int depth)
{
    struct sb_reader *r = c->reader;
    enum sb_status status = sb_reader_next(r);
    if (status)
        return status;
    if (strcmp(r->words[0], "box") == 0)
        return check_box(c);
    int i = 0;
    while (i < c->boxes.n_variables &&
           (r->n_words != 3 || strcmp(r->words[1], c->boxes.names[i]) != 0))
        i++;
    if (strcmp(r->words[0], "cut") != 0 || i == c->boxes.n_variables)
        return sb_reader_fail(r, "expected \"box ...\" or \"cut VARIABLE AT\"");
    if (depth >= DEEPEST)
        return sb_reader_fail(r, "cut more often than any certificate is");
    fmpq *low = &c->boxes.low[i], *high = &c->boxes.high[i];
    fmpq_t at, end;
    fmpq_init(at);
    fmpq_init(end);
    if (!sb_exact_parse(at, r->words[2]) || fmpq_cmp(at, low) <= 0 || fmpq_cmp(at, high) >= 0)
        status = sb_reader_fail(r, "the cut is not inside its box");
    if (!status) {
        fmpq_set(end, high);
        fmpq_set(high, at);
        status = check_cover(c, depth + 1);
        fmpq_set(high, end);
    }
    if (!status) {
        fmpq_set(end, low);
        fmpq_set(low, at);
        status = check_cover(c, depth + 1);
        fmpq_set(low, end);
    }
    fmpq_clear(at);
    fmpq_clear(end);
    return status;
}

/* The line that the boxes lead to, word for word. */
static enum sb_status check_conclusion(struct check *c)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file)
        return sb_fail_memory(c->reader->error);
    sb_simplex_conclude(&c->verdicts, c->is_R7, file);
    if (fclose(file)) {
        free(text);
        return sb_fail_memory(c->reader->error);
    }
    text[size - 1] = 0; /* the end of the line */
    enum sb_status status = sb_reader_line(c->reader, "conclude", NULL, 0);
    if (!status && !sb_reader_says(c->reader, text + strlen("conclude ")))
        status = sb_reader_fail(c->reader, "not what the boxes say together");
    free(text);
    return status;
}

static enum sb_status read_given(struct check *c)
{
    static const char *const names[] = { "k", "l", "pi_1", "pi_a", "pi_t" };
    fmpq *values[] = { c->k, c->l, c->pi[P_1], c->pi[P_A], c->pi[P_T] };
    struct sb_reader *r = c->reader;
    for (int i = 0; i < 5; i++) {
        enum sb_status status = sb_reader_line(r, "given", names[i], 3);
        if (status)
            return status;
        bool may_be_0 = i == 2 || i == 3;
        if (!sb_exact_parse(values[i], r->words[2]) || fmpq_sgn(values[i]) < !may_be_0)
            return sb_reader_fail(r, "not a volume or share");
    }
    fmpq_add(c->x, c->pi[P_1], c->pi[P_A]);
    fmpq_add(c->x, c->x, c->pi[P_T]);
    return fmpq_is_one(c->x) ? SB_OK : sb_reader_fail(r, "the shares do not sum to 1");
}

enum sb_status sb_recheck_simplex(struct sb_reader *reader, const char *variant,
                                  struct sb_finding *row)
{
    (void)variant;
    struct check c = { .reader = reader, .is_R7 = strcmp(row->statement, "R7") == 0 };
    enum sb_status status = sb_reader_line(reader, "given", "leaves", 3);
    if (status)
        return status;
    bool is_3 = strcmp(reader->words[2], "3") == 0;
    if (!is_3 && strcmp(reader->words[2], "2") != 0)
        return sb_reader_fail(reader, "expected 2 or 3 leaves");
    fmpq *const numbers[] = {
        c.k, c.l, c.pi[0], c.pi[1], c.pi[2], c.low, c.high, c.V, c.x, c.y, c.z
    };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        fmpq_init(numbers[i]);
    sb_simplex_init(&c.boxes, is_3 ? 3 : 2, c.is_R7);
    sb_simplex_verdicts_init(&c.verdicts);
    if (c.is_R7)
        status = read_given(&c);
    if (!status) {
        sb_simplex_set_volumes(&c.boxes, c.k, c.l, c.pi);
        status = check_cover(&c, 0);
    }
    if (!status)
        status = check_conclusion(&c);
    if (!status)
        sb_simplex_describe(&c.boxes, &c.verdicts, row);
    sb_simplex_verdicts_clear(&c.verdicts);
    sb_simplex_clear(&c.boxes);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        fmpq_clear(numbers[i]);
    return status;
}

#endif

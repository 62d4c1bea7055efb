/* R3 on boxes of (k, l, pi_t) or (k, theta, pi_t), by branch and bound: a box is cut until its own
 * sharp constants lie close together. R is monotone in each variable, so that a box has its extremes
 * at two corners; there the factored form  R - 1 = l (1 + k(1 - pi_t))/(k D),  D = pi_t - l(1 - pi_t),
 * is evaluated in balls. */
#include "theory/certificate.h"

#if SB_FLINT

#include <math.h>
#include <string.h>

enum { K, X, PI, N_VARIABLES }; /* X is l or theta */
enum { BITS = 128, DIGITS = 12, MOST_BOXES = 1000000 };

struct boxes {
    struct sb_maker *maker;
    bool is_theta;
    const char *names[N_VARIABLES];
    size_t n_boxes;
    fmpq_t least, most; /* of all boxes */
};

struct box {
    fmpq_t low[N_VARIABLES], high[N_VARIABLES];
};

static void box_init(struct box *box)
{
    for (int i = 0; i < N_VARIABLES; i++) {
        fmpq_init(box->low[i]);
        fmpq_init(box->high[i]);
    }
}

static void box_clear(struct box *box)
{
    for (int i = 0; i < N_VARIABLES; i++) {
        fmpq_clear(box->low[i]);
        fmpq_clear(box->high[i]);
    }
}

/* R at a point. False if D is not certainly positive. */
static bool ratio(arb_t R, bool is_theta, const fmpq_t k, const fmpq_t x, const fmpq_t pi)
{
    fmpq_t rest, D, l, top;
    arb_t d;
    fmpq_init(rest);
    fmpq_init(D);
    fmpq_init(l);
    fmpq_init(top);
    arb_init(d);
    fmpq_sub_si(rest, pi, 1);
    fmpq_neg(rest, rest);
    if (is_theta) { /* l = theta pi/(1 - pi), D = pi (1 - theta) */
        fmpq_div(l, pi, rest);
        fmpq_mul(l, l, x);
        fmpq_sub_si(D, x, 1);
        fmpq_neg(D, D);
        fmpq_mul(D, D, pi);
    } else {
        fmpq_set(l, x);
        fmpq_mul(D, l, rest);
        fmpq_sub(D, pi, D);
    }
    fmpq_mul(top, k, rest);
    fmpq_add_si(top, top, 1);
    fmpq_mul(top, top, l);
    fmpq_mul(D, D, k);
    arb_set_fmpq(d, D, BITS);
    arb_set_fmpq(R, top, BITS);
    bool ok = arb_is_positive(d);
    arb_div(R, R, d, BITS);
    arb_add_ui(R, R, 1, BITS);
    fmpq_clear(rest);
    fmpq_clear(D);
    fmpq_clear(l);
    fmpq_clear(top);
    arb_clear(d);
    return ok;
}

/* The corner with the least (end 0) or largest R: R falls in k, rises in l or theta, falls in pi at
 * fixed l and rises in it at fixed theta. */
static const fmpq *corner(const struct boxes *boxes, const struct box *box, int i, bool largest)
{
    bool rises = i == X || (i == PI && boxes->is_theta);
    return rises == largest ? box->high[i] : box->low[i];
}

static bool bound(const struct boxes *boxes, const struct box *box, bool largest, fmpq_t value)
{
    arb_t R;
    arf_t end;
    arb_init(R);
    arf_init(end);
    bool ok = ratio(R, boxes->is_theta, corner(boxes, box, K, largest),
                    corner(boxes, box, X, largest), corner(boxes, box, PI, largest));
    if (largest)
        arb_get_ubound_arf(end, R, BITS);
    else
        arb_get_lbound_arf(end, R, BITS);
    if (ok)
        arf_get_fmpq(value, end);
    arb_clear(R);
    arf_clear(end);
    return ok;
}

/* How much the upper constant would fall if variable i were not spread. */
static double spread(const struct boxes *boxes, const struct box *box, int i)
{
    const fmpq *at[N_VARIABLES];
    for (int j = 0; j < N_VARIABLES; j++)
        at[j] = corner(boxes, box, j, true);
    arb_t R;
    arb_init(R);
    ratio(R, boxes->is_theta, at[K], at[X], at[PI]);
    double all = arf_get_d(arb_midref(R), ARF_RND_NEAR);
    at[i] = corner(boxes, box, i, false);
    ratio(R, boxes->is_theta, at[K], at[X], at[PI]);
    double without = arf_get_d(arb_midref(R), ARF_RND_NEAR);
    arb_clear(R);
    return all - without;
}

/* Where to cut: the middle; for k the geometric mean to two digits, as its range spans decades. */
static void middle(fmpq_t at, const struct box *box, int i)
{
    char text[32];
    fmpq_add(at, box->low[i], box->high[i]);
    fmpq_div_2exp(at, at, 1);
    if (i != K || fmpq_get_d(box->high[i]) < 4 * fmpq_get_d(box->low[i]))
        return;
    fmpq_t mean;
    fmpq_init(mean);
    snprintf(text, sizeof text, "%.1e",
             sqrt(fmpq_get_d(box->low[i])) * sqrt(fmpq_get_d(box->high[i])));
    if (sb_exact_parse(mean, text) && fmpq_cmp(mean, box->low[i]) > 0 &&
        fmpq_cmp(mean, box->high[i]) < 0)
        fmpq_set(at, mean);
    fmpq_clear(mean);
}

static void print_box(struct boxes *boxes, const struct box *box, const fmpq_t least,
                      const fmpq_t most)
{
    FILE *file = boxes->maker->file;
    fputs("box", file);
    for (int i = 0; i < N_VARIABLES; i++) {
        fprintf(file, " %s ", boxes->names[i]);
        sb_exact_print(file, box->low[i]);
        putc(' ', file);
        sb_exact_print(file, box->high[i]);
    }
    fputs(" R ", file);
    sb_exact_print_down(file, least, DIGITS);
    putc(' ', file);
    sb_exact_print_up(file, most, DIGITS);
    putc('\n', file);
    if (boxes->n_boxes++ == 0 || fmpq_cmp(least, boxes->least) < 0)
        fmpq_set(boxes->least, least);
    if (boxes->n_boxes == 1 || fmpq_cmp(most, boxes->most) > 0)
        fmpq_set(boxes->most, most);
}

static enum sb_status cover(struct boxes *boxes, const struct box *box);

static enum sb_status cut(struct boxes *boxes, const struct box *box)
{
    int widest = K;
    for (int i = X; i < N_VARIABLES; i++)
        if (spread(boxes, box, i) > spread(boxes, box, widest))
            widest = i;
    struct box half;
    fmpq_t at;
    box_init(&half);
    fmpq_init(at);
    for (int i = 0; i < N_VARIABLES; i++) {
        fmpq_set(half.low[i], box->low[i]);
        fmpq_set(half.high[i], box->high[i]);
    }
    middle(at, box, widest);
    fprintf(boxes->maker->file, "cut %s ", boxes->names[widest]);
    sb_exact_print(boxes->maker->file, at);
    putc('\n', boxes->maker->file);
    fmpq_set(half.high[widest], at);
    enum sb_status status = cover(boxes, &half);
    if (!status) {
        fmpq_set(half.high[widest], box->high[widest]);
        fmpq_set(half.low[widest], at);
        status = cover(boxes, &half);
    }
    box_clear(&half);
    fmpq_clear(at);
    return status;
}

/* A box stands when its constants are within a factor of two of each other. */
static enum sb_status cover(struct boxes *boxes, const struct box *box)
{
    fmpq_t least, most, wanted;
    fmpq_init(least);
    fmpq_init(most);
    fmpq_init(wanted);
    enum sb_status status = SB_OK;
    if (!bound(boxes, box, false, least) || !bound(boxes, box, true, most))
        status = sb_fail(boxes->maker->error, SB_NUMERIC,
                         "precision exhausted: %d bits do not decide pi_t > l(1-pi_t)", BITS);
    else if (boxes->n_boxes >= MOST_BOXES)
        status = sb_fail(boxes->maker->error, SB_LIMIT,
                         "more than %d boxes: keep l further below l*", MOST_BOXES);
    else {
        fmpq_mul_2exp(wanted, least, 1);
        if (fmpq_cmp(most, wanted) <= 0)
            print_box(boxes, box, least, most);
        else
            status = cut(boxes, box);
    }
    fmpq_clear(least);
    fmpq_clear(most);
    fmpq_clear(wanted);
    return status;
}

/* "LOW:HIGH" or one number. */
static enum sb_status read_range(const struct boxes *boxes, int i, const char *text,
                                 struct box *box)
{
    char low[128];
    size_t n = strcspn(text, ":");
    bool ok = n < sizeof low;
    if (ok) {
        memcpy(low, text, n);
        low[n] = 0;
        ok = sb_exact_parse(box->low[i], low) &&
             sb_exact_parse(box->high[i], text[n] ? text + n + 1 : low) &&
             fmpq_cmp(box->low[i], box->high[i]) <= 0;
    }
    return ok ? SB_OK
              : sb_fail(boxes->maker->error, SB_DOMAIN,
                        "%s = %.60s: expected LOW:HIGH or one number, such as 1:1e12 or 1/3",
                        boxes->names[i], text);
}

/* k > 0, x >= 0, 0 < pi_t < 1, and no box across the pole. */
static enum sb_status check_domain(const struct boxes *boxes, const struct box *box)
{
    struct sb_error *error = boxes->maker->error;
    fmpq_t rest, gap;
    if (fmpq_sgn(box->low[K]) <= 0)
        return sb_fail(error, SB_DOMAIN, "the box reaches k <= 0; R3 needs k > 0");
    if (fmpq_sgn(box->low[X]) < 0)
        return sb_fail(error, SB_DOMAIN, "the box reaches %s < 0; R3 needs %s >= 0",
                       boxes->names[X], boxes->names[X]);
    fmpq_init(rest);
    fmpq_init(gap);
    fmpq_sub_si(rest, box->high[PI], 1);
    bool shares = fmpq_sgn(box->low[PI]) > 0 && fmpq_sgn(rest) < 0;
    if (boxes->is_theta) {
        fmpq_sub_si(gap, box->high[X], 1);
    } else {
        fmpq_sub_si(rest, box->low[PI], 1);
        fmpq_mul(rest, rest, box->high[X]);
        fmpq_add(gap, box->low[PI], rest);
        fmpq_neg(gap, gap);
    }
    bool pole = fmpq_sgn(gap) >= 0;
    fmpq_clear(rest);
    fmpq_clear(gap);
    if (!shares)
        return sb_fail(error, SB_DOMAIN, "the box leaves 0 < pi_t < 1");
    if (pole)
        return sb_fail(error, SB_DOMAIN,
                       boxes->is_theta ? "the box reaches the pole l = l*: R3 needs theta < 1"
                                       : "the box reaches the pole l*: R3 needs "
                                         "l < l* = pi_t/(1-pi_t) at its least pi_t");
    return SB_OK;
}

static void describe(const struct boxes *boxes, const struct box *box)
{
    struct sb_finding *row = boxes->maker->finding;
    double at[2 * N_VARIABLES];
    for (int i = 0; i < N_VARIABLES; i++) {
        at[2 * i] = fmpq_get_d(box->low[i]);
        at[2 * i + 1] = fmpq_get_d(box->high[i]);
    }
    snprintf(row->claim, sizeof row->claim, "%s", sb_certificate_claim("R3", boxes->names[X]));
    snprintf(row->domain, sizeof row->domain, "%g <= k <= %g, %g <= %s <= %g, %g <= pi_t <= %g",
             at[0], at[1], at[2], boxes->names[X], at[3], at[4], at[5]);
    snprintf(row->where, sizeof row->where, "%.15g <= R <= %.15g over all boxes",
             fmpq_get_d(boxes->least), fmpq_get_d(boxes->most));
    row->n_cases = boxes->n_boxes;
}

static void print_head(const struct boxes *boxes, const struct box *box)
{
    FILE *file = boxes->maker->file;
    fprintf(file, "claim %s\nprecision_bits %d\n", sb_certificate_claim("R3", boxes->names[X]),
            BITS);
    for (int i = 0; i < N_VARIABLES; i++) {
        fprintf(file, "domain %s ", boxes->names[i]);
        sb_exact_print(file, box->low[i]);
        putc(' ', file);
        sb_exact_print(file, box->high[i]);
        putc('\n', file);
    }
}

enum sb_status sb_certify_R3(struct sb_maker *maker)
{
    const struct sb_certify_input *in = maker->input;
    bool is_theta = !in->l;
    struct boxes boxes = { .maker = maker,
                           .is_theta = is_theta,
                           .names = { "k", is_theta ? "theta" : "l", "pi_t" } };
    const char *x = is_theta ? in->theta ? in->theta : "0:9/10" : in->l;
    struct box box;
    box_init(&box);
    fmpq_init(boxes.least);
    fmpq_init(boxes.most);
    enum sb_status status = SB_OK;
    if (in->l && in->theta)
        status = sb_fail(maker->error, SB_DOMAIN, "R3 takes l or theta, not both");
    if (!status)
        status = read_range(&boxes, K, in->k ? in->k : "1:1e12", &box);
    if (!status)
        status = read_range(&boxes, X, x, &box);
    if (!status)
        status = read_range(&boxes, PI, in->pi_t ? in->pi_t : "1/100:99/100", &box);
    if (!status)
        status = check_domain(&boxes, &box);
    if (!status) {
        print_head(&boxes, &box);
        status = cover(&boxes, &box);
    }
    if (!status) {
        fputs("conclude R ", maker->file);
        sb_exact_print_down(maker->file, boxes.least, DIGITS);
        putc(' ', maker->file);
        sb_exact_print_up(maker->file, boxes.most, DIGITS);
        putc('\n', maker->file);
        describe(&boxes, &box);
    }
    box_clear(&box);
    fmpq_clear(boxes.least);
    fmpq_clear(boxes.most);
    return status;
}

#endif

#include "theory/certificate_simplex.h"

#if SB_FLINT

#include <string.h>

enum { DIGITS = 9 };

void sb_simplex_init(struct sb_simplex_boxes *boxes, size_t n_leaves, bool is_fixed)
{
    static const char *const names[3][2] = { { "P_1[0]", "P_1[1]" },
                                             { "P_a[0]", "P_a[1]" },
                                             { "P_t[0]", "P_t[1]" } };
    *boxes = (struct sb_simplex_boxes){ .n_leaves = n_leaves, .is_fixed = is_fixed };
    for (int i = 0; i < 3; i++)
        for (size_t x = 0; x + 1 < n_leaves; x++)
            boxes->names[boxes->n_variables++] = names[i][x];
    if (!is_fixed) {
        boxes->names[boxes->n_variables++] = "tau";
        boxes->names[boxes->n_variables++] = "w_1";
    }
    for (int i = 0; i < SB_SIMPLEX_VARIABLES; i++) {
        fmpq_init(&boxes->low[i]);
        fmpq_init(&boxes->high[i]);
        fmpq_one(&boxes->high[i]);
    }
    fmpq_init(boxes->tau);
    fmpq_init(boxes->w_1);
    fmpq_init(boxes->floor);
    ulong parts = is_fixed ? (n_leaves == 2 ? 32 : 8) : 4;
    fmpq_set_ui(boxes->floor, 1, parts);
}

void sb_simplex_clear(struct sb_simplex_boxes *boxes)
{
    for (int i = 0; i < SB_SIMPLEX_VARIABLES; i++) {
        fmpq_clear(&boxes->low[i]);
        fmpq_clear(&boxes->high[i]);
    }
    fmpq_clear(boxes->tau);
    fmpq_clear(boxes->w_1);
    fmpq_clear(boxes->floor);
}

void sb_simplex_set_volumes(struct sb_simplex_boxes *boxes, const fmpq_t k, const fmpq_t l,
                            fmpq_t pi[3])
{
    if (!boxes->is_fixed)
        return;
    fmpq_t A, T;
    fmpq_init(A);
    fmpq_init(T);
    fmpq_mul(A, k, pi[1]);
    fmpq_add_si(A, A, 1);
    fmpq_mul(T, k, pi[2]);
    fmpq_add(T, T, l);
    fmpq_add(T, A, T);
    fmpq_div(boxes->tau, A, T);
    fmpq_mul(A, k, pi[0]);
    fmpq_add(T, A, T);
    fmpq_div(boxes->w_1, A, T);
    fmpq_clear(A);
    fmpq_clear(T);
}

void sb_simplex_leaf(const struct sb_simplex_boxes *boxes, int part, size_t x, fmpq_t low,
                     fmpq_t high)
{
    size_t free_leaves = boxes->n_leaves - 1, first = (size_t)part * free_leaves;
    if (x < free_leaves) {
        fmpq_set(low, &boxes->low[first + x]);
        fmpq_set(high, &boxes->high[first + x]);
        return;
    }
    fmpq_one(low);
    fmpq_one(high);
    for (size_t y = 0; y < free_leaves; y++) {
        fmpq_sub(low, low, &boxes->high[first + y]);
        fmpq_sub(high, high, &boxes->low[first + y]);
    }
    if (fmpq_sgn(low) < 0)
        fmpq_zero(low);
}

void sb_simplex_volumes(const struct sb_simplex_boxes *boxes, int which, fmpq_t low, fmpq_t high)
{
    int i = boxes->n_variables - 2 + which;
    const fmpq *fixed = which == 0 ? boxes->tau : boxes->w_1;
    fmpq_set(low, boxes->is_fixed ? fixed : &boxes->low[i]);
    fmpq_set(high, boxes->is_fixed ? fixed : &boxes->high[i]);
}

bool sb_simplex_is_outside(const struct sb_simplex_boxes *boxes)
{
    fmpq_t low, high;
    fmpq_init(low);
    fmpq_init(high);
    bool outside = false;
    for (int i = 0; i < 3; i++) {
        sb_simplex_leaf(boxes, i, boxes->n_leaves - 1, low, high);
        outside = outside || fmpq_sgn(high) < 0;
    }
    fmpq_clear(low);
    fmpq_clear(high);
    return outside;
}

int sb_simplex_widest(const struct sb_simplex_boxes *boxes)
{
    int widest = -1;
    fmpq_t side, longest;
    fmpq_init(side);
    fmpq_init(longest);
    fmpq_set(longest, boxes->floor);
    for (int i = 0; i < boxes->n_variables; i++) {
        fmpq_sub(side, &boxes->high[i], &boxes->low[i]);
        if (fmpq_cmp(side, longest) > 0) {
            fmpq_set(longest, side);
            widest = i;
        }
    }
    fmpq_clear(side);
    fmpq_clear(longest);
    return widest;
}

const char *sb_simplex_kind_name(enum sb_simplex_kind kind)
{
    static const char *const names[] = { "holds", "void", "open", "outside" };
    return names[kind];
}

/* ---- all boxes -------------------------------------------------------------------------------- */

void sb_simplex_verdicts_init(struct sb_simplex_verdicts *verdicts)
{
    verdicts->n_boxes = 0;
    verdicts->any = false;
    fmpq_init(verdicts->least);
    fmpq_init(verdicts->most);
    for (int i = 0; i < 3; i++)
        fmpq_init(verdicts->volume[i]);
}

void sb_simplex_verdicts_clear(struct sb_simplex_verdicts *verdicts)
{
    fmpq_clear(verdicts->least);
    fmpq_clear(verdicts->most);
    for (int i = 0; i < 3; i++)
        fmpq_clear(verdicts->volume[i]);
}

void sb_simplex_count(const struct sb_simplex_boxes *boxes, struct sb_simplex_verdicts *verdicts,
                      enum sb_simplex_kind kind, const fmpq_t least, const fmpq_t most)
{
    verdicts->n_boxes++;
    if (kind == SB_SIMPLEX_OUTSIDE)
        return;
    fmpq_t volume, side;
    fmpq_init(volume);
    fmpq_init(side);
    fmpq_one(volume);
    for (int i = 0; i < boxes->n_variables; i++) {
        fmpq_sub(side, &boxes->high[i], &boxes->low[i]);
        fmpq_mul(volume, volume, side);
    }
    fmpq_add(verdicts->volume[kind], verdicts->volume[kind], volume);
    fmpq_clear(volume);
    fmpq_clear(side);
    if (kind != SB_SIMPLEX_HOLDS)
        return;
    if (!verdicts->any || fmpq_cmp(least, verdicts->least) < 0)
        fmpq_set(verdicts->least, least);
    if (!verdicts->any || fmpq_cmp(most, verdicts->most) > 0)
        fmpq_set(verdicts->most, most);
    verdicts->any = true;
}

/* The share of the volume of a kind, exactly. */
static void share_of(fmpq_t share, const struct sb_simplex_verdicts *v, int kind)
{
    fmpq_add(share, v->volume[0], v->volume[1]);
    fmpq_add(share, share, v->volume[2]);
    fmpq_div(share, v->volume[kind], share);
}

void sb_simplex_conclude(const struct sb_simplex_verdicts *v, bool is_R7, FILE *file)
{
    fprintf(file, "conclude %s ", is_R7 ? "R" : "slack");
    if (v->any) {
        sb_exact_print_down(file, v->least, DIGITS);
        putc(' ', file);
        sb_exact_print_up(file, v->most, DIGITS);
    } else {
        fputs("none none", file);
    }
    fmpq_t share;
    fmpq_init(share);
    for (int kind = 0; is_R7 && kind < 3; kind++) {
        share_of(share, v, kind);
        fprintf(file, " %s ", sb_simplex_kind_name((enum sb_simplex_kind)kind));
        sb_exact_print(file, share);
    }
    fmpq_clear(share);
    putc('\n', file);
}

void sb_simplex_describe(const struct sb_simplex_boxes *boxes, const struct sb_simplex_verdicts *v,
                         struct sb_finding *finding)
{
    int n = (int)boxes->n_leaves;
    finding->n_cases = v->n_boxes;
    if (!boxes->is_fixed) {
        snprintf(finding->domain, sizeof finding->domain,
                 "all P_1, P_a, P_t on %d leaves; all k, l and shares", n);
        snprintf(finding->where, sizeof finding->where, "%.9g <= slack <= %.9g over all boxes",
                 fmpq_get_d(v->least), fmpq_get_d(v->most));
        return;
    }
    double share[3];
    fmpq_t exact;
    fmpq_init(exact);
    for (int kind = 0; kind < 3; kind++) {
        share_of(exact, v, kind);
        share[kind] = 100 * fmpq_get_d(exact);
    }
    fmpq_clear(exact);
    snprintf(finding->domain, sizeof finding->domain,
             "all P_1, P_a, P_t on %d leaves, tau=%.9g, w_1=%.9g", n, fmpq_get_d(boxes->tau),
             fmpq_get_d(boxes->w_1));
    int at = 0;
    if (v->any)
        at = snprintf(finding->where, sizeof finding->where, "%.9g <= R <= %.9g; ",
                      fmpq_get_d(v->least), fmpq_get_d(v->most));
    snprintf(finding->where + at, sizeof finding->where - (size_t)at,
             "the condition holds on %.4g%% of the volume, fails on %.4g%%, is open on %.4g%%",
             share[0], share[1], share[2]);
}

#endif

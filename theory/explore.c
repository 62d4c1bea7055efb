#include "theory/explore.h"

#include <gsl/gsl_qrng.h>
#include <math.h>
#include <string.h>
#include "theory/trials.h"

enum { N_STARTS = 8, MOST = SB_EXPLORE_DIMENSIONS };

struct place {
    double u[MOST], slack; /* NaN: nothing yet */
};

struct search {
    const struct sb_exploration *exploration;
    struct place worst[N_STARTS]; /* ascending; NaN last */
    size_t n_met;
};

static double slack_at(struct search *search, const double *u)
{
    double slack = search->exploration->slack(u, NULL, 0);
    if (!isnan(slack))
        search->n_met++;
    return slack;
}

/* Inserts a place among the worst if it belongs there. */
static void keep(struct search *search, const double *u, double slack)
{
    size_t d = search->exploration->dimension;
    size_t i = N_STARTS;
    while (i > 0 && !isnan(slack) && !(search->worst[i - 1].slack <= slack))
        i--;
    if (i == N_STARTS)
        return;
    memmove(&search->worst[i + 1], &search->worst[i], (N_STARTS - 1 - i) * sizeof search->worst[0]);
    memcpy(search->worst[i].u, u, d * sizeof *u);
    search->worst[i].slack = slack;
}

/* Sobol points, shifted modulo 1. */
static enum sb_status scatter(struct search *search, uint64_t seed, size_t n_points)
{
    size_t d = search->exploration->dimension;
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)d);
    if (!sequence)
        return SB_MEMORY;
    struct sb_random random;
    double shift[MOST], u[MOST];
    sb_random_init(&random, seed, 0);
    for (size_t j = 0; j < d; j++)
        shift[j] = sb_random_unit(&random);
    for (size_t i = 0; i < n_points; i++) {
        gsl_qrng_get(sequence, u);
        for (size_t j = 0; j < d; j++)
            u[j] = u[j] + shift[j] < 1 ? u[j] + shift[j] : u[j] + shift[j] - 1;
        keep(search, u, slack_at(search, u));
    }
    gsl_qrng_free(sequence);
    return SB_OK;
}

/* One round along all axes, both ways. */
static bool step_down(struct search *search, struct place *place, double step)
{
    bool moved = false;
    for (size_t j = 0; j < search->exploration->dimension; j++)
        for (int sign = -1; sign <= 1; sign += 2) {
            double before = place->u[j];
            place->u[j] = fmin(fmax(before + sign * step, 0), 1);
            double slack = slack_at(search, place->u);
            if (slack < place->slack) {
                place->slack = slack;
                moved = true;
            } else {
                place->u[j] = before;
            }
        }
    return moved;
}

static void descend(struct search *search, struct place *place)
{
    enum { MOST_ROUNDS = 400 };
    int round = 0;
    for (double step = 0.125; step > 1e-9 && round < MOST_ROUNDS; round++)
        if (!step_down(search, place, step))
            step /= 2;
}

enum sb_status sb_explore(const struct sb_exploration *exploration, uint64_t seed, size_t n_points,
                          struct sb_finding *finding)
{
    struct search search = { .exploration = exploration };
    for (int i = 0; i < N_STARTS; i++)
        search.worst[i].slack = NAN;
    if (n_points == 0)
        return SB_DOMAIN;
    enum sb_status status = scatter(&search, seed, n_points);
    if (status)
        return status;
    const struct place *worst = &search.worst[0];
    for (int i = 0; i < N_STARTS && !isnan(search.worst[i].slack); i++) {
        descend(&search, &search.worst[i]);
        if (search.worst[i].slack < worst->slack)
            worst = &search.worst[i];
    }
    *finding = sb_finding_of(exploration->statement, exploration->claim, exploration->domain,
                             exploration->unit);
    finding->n_cases = search.n_met;
    finding->margin = worst->slack;
    bool is_violated = worst->slack < -exploration->allowance;
    finding->status = is_violated != exploration->is_false ? SB_FAILED
                      : is_violated                        ? SB_REFUTED
                                                           : SB_CHECKED;
    if (!isnan(worst->slack))
        exploration->slack(worst->u, finding->where, sizeof finding->where);
    return SB_OK;
}

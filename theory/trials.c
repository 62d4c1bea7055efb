#include "theory/trials.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include "theory/dist.h"

/* ---- random cases -------------------------------------------------------------------------- */

double sb_trial_between(struct sb_random *random, double low, double high)
{
    double u = sb_random_unit(random);
    return low > 0 ? low * pow(high / low, u) : u * high;
}

static double from_range(struct sb_random *random, const double *values, size_t n, double low,
                         double high)
{
    for (size_t i = 0; i < n; i++) {
        low = i == 0 ? values[i] : fmin(low, values[i]);
        high = i == 0 ? values[i] : fmax(high, values[i]);
    }
    return sb_trial_between(random, low, high);
}

void sb_trial_vector(struct sb_random *random, double *p, size_t n)
{
    for (size_t x = 0; x < n; x++)
        p[x] = sb_random_below(random, 4) == 0 ? 0 : sb_trial_between(random, 1e-3, 1);
    p[sb_random_below(random, n)] += 0.01;
    sb_dist_normalise(p, n);
}

/* p_p becomes a blend of a new part, p_a and p_t, with random shares (D4). */
static void blend(struct sb_trial *t, struct sb_random *random)
{
    double pi[3];
    sb_trial_vector(random, pi, 3);
    pi[2] += 0.01;
    for (size_t x = 0; x < t->n_leaves; x++)
        t->p[0][x] = pi[0] * t->p[0][x] + pi[1] * t->p[1][x] + pi[2] * t->p[2][x];
    sb_dist_normalise(t->p[0], t->n_leaves);
}

/* Leaf x belongs to part x mod 3 alone. */
static void separate(struct sb_trial *t)
{
    for (size_t i = 0; i < 3; i++) {
        for (size_t x = 0; x < t->n_leaves; x++)
            if (x % 3 != i)
                t->p[i][x] = 0;
        t->p[i][i] += 0.01;
        sb_dist_normalise(t->p[i], t->n_leaves);
    }
}

/* p_a and p_t move at most a thousandth away from p_p. */
static void approach(struct sb_trial *t)
{
    for (size_t x = 0; x < t->n_leaves; x++)
        for (int i = 1; i < 3; i++)
            t->p[i][x] = t->p[0][x] + 1e-3 * t->p[0][x] * (t->p[i][x] - 0.5);
    sb_dist_normalise(t->p[1], t->n_leaves);
    sb_dist_normalise(t->p[2], t->n_leaves);
}

void sb_trial_init(struct sb_trial *trial, const struct sb_ranges *ranges, uint64_t number)
{
    enum { GENERIC, OVERLAPPING, DISJOINT, NEIGHBOURS, NOVEL, KINDS };
    struct sb_random random;
    sb_random_init(&random, ranges->seed, number);
    unsigned kind = (unsigned)(number % KINDS);
    *trial = (struct sb_trial){ .number = number };
    trial->n_leaves = (kind == DISJOINT ? 3 : 2) + sb_random_below(&random, SB_TRIAL_LEAVES - 2);
    for (int i = 0; i < 3; i++)
        sb_trial_vector(&random, trial->p[i], trial->n_leaves);
    if (kind == NOVEL) {
        trial->p[0][0] = trial->p[1][0] = 0;
        trial->p[0][1] += 0.01;
        trial->p[1][1] += 0.01;
        sb_dist_normalise(trial->p[0], trial->n_leaves);
        sb_dist_normalise(trial->p[1], trial->n_leaves);
    }
    if (kind == DISJOINT)
        separate(trial);
    if (kind == NEIGHBOURS)
        approach(trial);
    if (kind == OVERLAPPING || kind == DISJOINT)
        blend(trial, &random);
    trial->k = from_range(&random, ranges->k, ranges->n_k, 0.1, 1e6);
    trial->l = from_range(&random, ranges->l, ranges->n_l, 1e-3, 100);
}

struct sb_parts sb_trial_parts(const struct sb_trial *trial, double l)
{
    return (struct sb_parts){ trial->p[0], trial->p[1], trial->p[2], trial->n_leaves, trial->k, l };
}

/* ---- findings ------------------------------------------------------------------------------ */

const char *sb_finding_status_name(enum sb_finding_status status)
{
    static const char *const names[] = { "proved",  "certified", "checked",
                                         "refuted", "FAILED",    "off" };
    return names[status];
}

struct sb_finding sb_finding_of(const char *statement, const char *claim, const char *domain,
                                const char *unit)
{
    struct sb_finding finding = { .margin = NAN, .margin_unit = unit, .status = SB_PROVED };
    snprintf(finding.statement, sizeof finding.statement, "%s", statement);
    snprintf(finding.claim, sizeof finding.claim, "%s", claim);
    snprintf(finding.domain, sizeof finding.domain, "%s", domain);
    return finding;
}

struct sb_finding sb_finding_unproved(const char *statement, const char *claim, const char *domain,
                                      const char *unit)
{
    struct sb_finding finding = sb_finding_of(statement, claim, domain, unit);
    finding.status = SB_CHECKED;
    return finding;
}

/* Counts a case; if it is the worst so far (or fails first), it is remembered. */
static void note(struct sb_finding *finding, bool is_worst, bool fails, double margin,
                 const char *format, va_list arguments)
{
    finding->n_cases++;
    if (finding->status == SB_FAILED || !(is_worst || fails))
        return;
    if (fails)
        finding->status = SB_FAILED;
    finding->margin = margin;
    vsnprintf(finding->where, sizeof finding->where, format, arguments);
}

void sb_finding_slack(struct sb_finding *finding, double slack, double allowance,
                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note(finding, !(slack >= finding->margin), !(slack >= -allowance), slack, format, arguments);
    va_end(arguments);
}

void sb_finding_error(struct sb_finding *finding, double error, double allowance,
                      const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note(finding, !(error <= finding->margin), !(error <= allowance), error, format, arguments);
    va_end(arguments);
}

void sb_finding_yes(struct sb_finding *finding, bool yes, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    note(finding, false, !yes, NAN, format, arguments);
    va_end(arguments);
}

struct sb_finding sb_finding_refuted(const char *statement, const char *claim, const char *domain,
                                     bool is_refuted, const char *format, ...)
{
    struct sb_finding finding = sb_finding_of(statement, claim, domain, "");
    finding.n_cases = 1;
    finding.status = is_refuted ? SB_REFUTED : SB_FAILED;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(finding.where, sizeof finding.where, format, arguments);
    va_end(arguments);
    return finding;
}

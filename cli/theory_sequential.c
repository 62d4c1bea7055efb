/* springback theory: alignment, then perturbation (R15, R16), and springs in series (P3). */
#include "cli/theory_sequential.h"

#include <math.h>
#include <stdlib.h>
#include "theory/disjoint.h"
#include "theory/numeric.h"
#include "theory/quadratic.h"
#include "theory/sequential.h"
#include "theory/springs.h"

enum { DEFAULT_POINTS = 10, MOST_ROWS = 100000 };

struct list {
    double *values;
    size_t n;
};

/* What was given, as numbers; lists that were not given are empty. */
struct numbers {
    struct list align, perturb, curvatures, optimum, k, pi;
};

static void numbers_clear(struct numbers *numbers)
{
    struct list *const lists[] = { &numbers->align,   &numbers->perturb, &numbers->curvatures,
                                   &numbers->optimum, &numbers->k,       &numbers->pi };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        free(lists[i]->values);
}

/* Returns -1, or the exit status after saying what is wrong: every value must be in [low, high]. */
static int parse(struct cli_run *run, const char *name, const char *text, double low, double high,
                 struct list *list)
{
    if (!text)
        return -1;
    enum sb_status status = sb_parse_grid(text, DEFAULT_POINTS, &list->values, &list->n);
    if (status == SB_MEMORY)
        return cli_fail(&(struct sb_error){ "out of memory" });
    if (status)
        return cli_usage(run->command, "--%s \"%s\": expected numbers as in 0.1,1 or 0:2:21", name,
                         text);
    for (size_t i = 0; i < list->n; i++)
        if (!(list->values[i] >= low && list->values[i] <= high))
            return cli_usage(run->command, "--%s: %g is not between %g and %g", name,
                             list->values[i], low, high);
    return -1;
}

static int parse_all(struct cli_run *run, const struct cli_sequential *o, const char *k,
                     const char *pi, struct numbers *n)
{
    const double longest = SB_FLOW_LONGEST, smallest = 1e-300, largest = 1e300;
    int status = parse(run, "align-time", o->align_time, 0, longest, &n->align);
    if (status < 0)
        status = parse(run, "perturb-time", o->perturb_time, 0, longest, &n->perturb);
    if (status < 0)
        status = parse(run, "curvatures", o->curvatures, smallest, largest, &n->curvatures);
    if (status < 0)
        status = parse(run, "optimum", o->optimum, -largest, largest, &n->optimum);
    if (status < 0)
        status = parse(run, "k", k, smallest, largest, &n->k);
    if (status < 0)
        status = parse(run, "pi", pi, 0, 1, &n->pi);
    if (status < 0 && n->pi.values && n->pi.n != 3)
        status = cli_usage(run->command, "--pi takes three shares pi_1,pi_a,pi_t");
    if (status < 0 && n->pi.values) {
        struct sb_disjoint d = { 1, 0, n->pi.values[0], n->pi.values[1], n->pi.values[2], 0 };
        struct sb_error error;
        if (sb_disjoint_check(&d, &error))
            status = cli_usage(run->command, "%s", error.message);
    }
    return status;
}

static struct sb_table *table_of(const char *const *columns, size_t n)
{
    struct sb_table *table = sb_table_create();
    for (size_t c = 0; c < n; c++)
        sb_table_column(table, columns[c]);
    return table;
}

static int emit(struct cli_run *run, struct sb_table *table)
{
    int status = cli_emit(run, table);
    sb_table_free(table);
    return status;
}

/* ---- R15: disjoint parts, one leaf each ------------------------------------------------------ */

enum { REST, ALIGN, PERTURB, PARTS };
static const double only_align[PARTS] = { [ALIGN] = 1 }, only_perturb[PARTS] = { [PERTURB] = 1 };

/* Where a run starts: align_time is NaN for a joint start. */
struct beginning {
    double align_time;
    struct sb_start start;
};

static void flow_head(struct sb_table *table, const char *source, const struct beginning *begin,
                      double time)
{
    sb_table_text(table, source);
    sb_table_real(table, begin->align_time);
    sb_table_real(table, time);
    sb_table_real(table, sb_start_k(begin->start));
    sb_table_real(table, sb_start_l(begin->start, time));
}

static void closed_row(struct sb_table *table, const double *pi, const struct beginning *begin,
                       double time)
{
    struct sb_odds odds;
    struct sb_flow flow;
    if (sb_odds_at(pi, begin->start, time, &odds) ||
        sb_flow_at(pi, only_align, only_perturb, PARTS, begin->start, time, &flow))
        return; /* the values were checked */
    flow_head(table, "closed", begin, time);
    sb_table_real(table, odds.q_a);
    sb_table_real(table, odds.q_t);
    sb_table_real(table, sb_bits_from_nats(flow.p.change_nats));
    sb_table_real(table, sb_bits_from_nats(flow.a.change_nats));
    sb_table_real(table, sb_bits_from_nats(flow.t.change_nats));
    sb_table_real(table, sb_bits_from_nats(odds.log_odds_nats));
    sb_table_real(table, sb_bits_from_nats(odds.speed_nats));
    sb_table_real(table, odds.halving_time);
    sb_table_real(table, odds.return_time);
}

/* The same columns by integration, from the same start; NA where the integration gives up. */
static void integrated_row(struct sb_table *table, const double *pi, const struct beginning *begin,
                           double time, enum sb_descent descent)
{
    double first[PARTS], q[PARTS], change[PARTS];
    size_t skip = pi[REST] > 0 ? 0 : 1; /* a part without mass has no logit */
    for (size_t i = 0; i < PARTS; i++)
        first[i] = q[i] = begin->start.p * pi[i] + begin->start.a * only_align[i];
    bool is_natural = descent == SB_NATURAL_GRADIENT;
    if (sb_flow_integrate(descent, only_perturb + skip, PARTS - skip, time, q + skip))
        for (size_t i = 0; i < PARTS; i++)
            q[i] = NAN;
    struct sb_sum change_p = { 0 };
    for (size_t i = 0; i < PARTS; i++) {
        change[i] = i < skip ? 0 : log(first[i] / q[i]);
        sb_sum_add(&change_p, pi[i] * change[i]);
    }
    double speed = is_natural ? -1 / q[PERTURB] : q[PERTURB] - q[ALIGN] - 1;
    flow_head(table, is_natural ? "integrated" : "logit", begin, time);
    sb_table_real(table, q[ALIGN]);
    sb_table_real(table, q[PERTURB]);
    sb_table_real(table, sb_bits_from_nats(sb_sum_value(&change_p)));
    sb_table_real(table, sb_bits_from_nats(change[ALIGN]));
    sb_table_real(table, sb_bits_from_nats(change[PERTURB]));
    sb_table_real(table, sb_bits_from_nats(log(q[ALIGN] / q[PERTURB])));
    sb_table_real(table, sb_bits_from_nats(speed));
    sb_table_missing(table);
    sb_table_missing(table);
}

static int run_flow(struct cli_run *run, const struct numbers *n)
{
    static const char *const columns[] = { "source",
                                           "align_time",
                                           "perturb_time",
                                           "k_eff",
                                           "l_eff",
                                           "q_a",
                                           "q_t",
                                           "delta_gamma_p_bits",
                                           "delta_gamma_a_bits",
                                           "delta_gamma_t_bits",
                                           "log2_odds",
                                           "log2_odds_speed",
                                           "halving_time",
                                           "return_time" };
    const struct list *starts = n->align.values ? &n->align : &n->k;
    if (starts->n * n->perturb.n > MOST_ROWS)
        return cli_usage(run->command, "%zu starts and %zu times are more than %d rows", starts->n,
                         n->perturb.n, MOST_ROWS);
    const double *pi = n->pi.values;
    if (!(pi[ALIGN] > 0))
        return cli_usage(run->command, "pi_a is 0: there are no odds to return to");
    struct sb_table *table = table_of(columns, sizeof columns / sizeof *columns);
    for (int source = 0; source < 3; source++)
        for (size_t i = 0; i < starts->n; i++) {
            double value = starts->values[i];
            struct beginning begin = { NAN, sb_start_joint(value) };
            if (n->align.values)
                begin = (struct beginning){ value, sb_start_aligned(value) };
            for (size_t j = 0; j < n->perturb.n; j++) {
                double time = n->perturb.values[j];
                if (source == 0)
                    closed_row(table, pi, &begin, time);
                else
                    integrated_row(table, pi, &begin, time,
                                   source == 1 ? SB_NATURAL_GRADIENT : SB_LOGIT_DESCENT);
            }
        }
    return emit(run, table);
}

/* ---- R16: quadratic losses ------------------------------------------------------------------- */

static void quadratic_head(struct sb_table *table, const char *source, double align_time,
                           double time, double memory, double first, double loss)
{
    sb_table_text(table, source);
    sb_table_real(table, align_time);
    sb_table_real(table, time);
    sb_table_real(table, sb_bits_from_nats(memory));
    sb_table_real(table, memory / first);
    sb_table_real(table, sb_bits_from_nats(loss));
}

/* Both routes at one pair of times. scratch has twice the number of curvatures. */
static void quadratic_rows(struct sb_table *table, const struct sb_quadratic *q, double time,
                           double *scratch)
{
    double *origin = scratch, *theta = scratch + q->n, loss = NAN, memory = NAN;
    struct sb_quadratic_values first, at;
    for (size_t i = 0; i < q->n; i++)
        origin[i] = theta[i] = 0;
    if (sb_quadratic_at(q, 0, &first) || sb_quadratic_at(q, time, &at))
        return; /* the values were checked */
    if (sb_quadratic_move(q->h, q->theta_a, q->n, q->align_time, theta) == SB_OK &&
        sb_quadratic_move(q->h, origin, q->n, time, theta) == SB_OK)
        sb_quadratic_measure(q, theta, &loss, &memory);
    quadratic_head(table, "closed", q->align_time, time, at.memory_nats, first.memory_nats,
                   at.excess_loss_nats);
    sb_table_real(table, at.log_slope);
    sb_table_real(table, at.log_curvature);
    quadratic_head(table, "integrated", q->align_time, time, memory, first.memory_nats, loss);
    sb_table_missing(table);
    sb_table_missing(table);
}

static int run_quadratic(struct cli_run *run, const struct numbers *n)
{
    static const char *const columns[] = { "source",      "align_time",   "perturb_time",
                                           "memory_bits", "memory_share", "excess_loss_bits",
                                           "d_ln_memory", "d2_ln_memory" };
    size_t size = n->curvatures.n;
    if (n->optimum.values && n->optimum.n != size)
        return cli_usage(run->command, "%zu curvatures and %zu coordinates of the optimum", size,
                         n->optimum.n);
    if (n->align.n * n->perturb.n > MOST_ROWS)
        return cli_usage(run->command, "%zu and %zu times are more than %d rows", n->align.n,
                         n->perturb.n, MOST_ROWS);
    double *scratch = malloc(3 * size * sizeof *scratch);
    if (!scratch)
        return cli_fail(&(struct sb_error){ "out of memory" });
    double *theta_a = scratch + 2 * size;
    for (size_t i = 0; i < size; i++)
        theta_a[i] = n->optimum.values ? n->optimum.values[i] : 1;
    struct sb_table *table = table_of(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n->align.n; i++)
        for (size_t j = 0; j < n->perturb.n; j++) {
            const struct sb_quadratic q = { n->curvatures.values, theta_a, size,
                                            n->align.values[i] };
            quadratic_rows(table, &q, n->perturb.values[j], scratch);
        }
    free(scratch);
    return emit(run, table);
}

/* ---- P3: springs ----------------------------------------------------------------------------- */

/* One corner of a spring's outline: from x = 0 at p_p to x = 1 at p_a, a row for each k. */
static void spring_rows(struct sb_table *table, double k, const char *name, double from, double to,
                        double energy_nats, double force_nats, double row)
{
    enum { CORNERS = 20 }; /* straight at both ends, a zigzag between */
    for (int i = 0; i <= CORNERS; i++) {
        double share = (double)i / CORNERS;
        bool is_straight = i < 2 || i > CORNERS - 2;
        sb_table_real(table, k);
        sb_table_text(table, name);
        sb_table_real(table, to - from);
        sb_table_real(table, sb_bits_from_nats(energy_nats));
        sb_table_real(table, sb_bits_from_nats(force_nats));
        sb_table_real(table, from + share * (to - from));
        sb_table_real(table, row + (is_straight ? 0 : i % 2 ? 0.2 : -0.2));
    }
}

static int run_springs(struct cli_run *run, const struct numbers *n)
{
    static const char *const columns[] = { "k",          "spring", "extension", "energy_bits",
                                           "force_bits", "x",      "y" };
    struct sb_table *table = table_of(columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n->k.n; i++) {
        double k = n->k.values[i], rest = sb_springs_rest(k), q[PARTS];
        struct sb_springs s;
        if (sb_springs_at(n->pi.values, only_align, PARTS, k, rest, q, &s)) {
            sb_table_free(table);
            return cli_usage(run->command, "k = %g leads beyond the range of doubles", k);
        }
        spring_rows(table, k, "pre-training", 0, rest, s.energy_p_nats, s.force_p_nats, (double)i);
        spring_rows(table, k, "alignment", rest, 1, s.energy_a_nats, s.force_a_nats, (double)i);
    }
    return emit(run, table);
}

/* ---- which of them --------------------------------------------------------------------------- */

bool cli_sequential_given(const struct cli_sequential *o)
{
    return o->align_time || o->perturb_time || o->curvatures || o->optimum || o->springs;
}

int cli_sequential_run(struct cli_run *run, const struct cli_sequential *o, const char *k,
                       const char *pi)
{
    bool has_times = o->align_time || o->perturb_time;
    if (o->springs      ? has_times || o->curvatures || o->optimum || !k || !pi
        : o->curvatures ? !o->align_time || !o->perturb_time || k || pi
                        : !o->perturb_time || !pi || !o->align_time == !k || o->optimum)
        return cli_usage(run->command,
                         "give --springs with --k and --pi; --perturb-time with --pi and one of "
                         "--align-time and --k; or --curvatures with both times");
    struct numbers numbers = { 0 };
    int status = parse_all(run, o, k, pi, &numbers);
    if (status < 0)
        status = o->springs      ? run_springs(run, &numbers)
                 : o->curvatures ? run_quadratic(run, &numbers)
                                 : run_flow(run, &numbers);
    numbers_clear(&numbers);
    return status;
}

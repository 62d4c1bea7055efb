#include "theory/sum_distribution.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "theory/dist.h"
#include "theory/fft.h"
#include "theory/numeric.h"
#include "theory/root.h"

/* The window in standard deviations; finest grid of the terms' own that is looked for; distance in
 * tilted standard deviations within which one tilt serves. */
enum { WINDOW_SD = 24, OWN_STEPS_MAX = 64 };
static const double REACH_SD = 0.5;

/* One term on the grid: the value first + step i has probability p. */
struct point {
    int64_t i;
    double p;
};

struct sb_sum_distribution {
    struct point *points;
    size_t n_points;
    int64_t i_max; /* of the points; the least is 0 */
    uint64_t n;
    double first, step, mean, sd; /* mean and sd of X */
    bool rounded;                 /* the terms were split */
    struct sb_fft *fft;
    /* The tilted total, once there is one: mass of grid point centre + d at mass[d mod N]. */
    bool has_mass;
    double tilt, mean_i, sd_i; /* of one term, tilted, in steps */
    double ln_scale;           /* P(X' = centre + d) = mass e^{ln_scale - tilt d} */
    int64_t centre, low;       /* low: the window is low .. low + N - 1 */
    double mass_error, alias;  /* bounds: on each mass, on all that was folded */
};

/* ---- tilting --------------------------------------------------------------------------------- */

struct cumulants {
    double ln_sum, mean, variance; /* ln sum p e^{theta i}; of i under the tilt */
};

static struct cumulants cumulants_at(const struct sb_sum_distribution *s, double theta)
{
    double top = -INFINITY, sum = 0, first = 0, second = 0;
    for (size_t j = 0; j < s->n_points; j++)
        top = fmax(top, theta * (double)s->points[j].i);
    for (size_t j = 0; j < s->n_points; j++) {
        double mass = s->points[j].p * exp(theta * (double)s->points[j].i - top);
        sum += mass;
        first += mass * (double)s->points[j].i;
    }
    double mean = first / sum;
    for (size_t j = 0; j < s->n_points; j++) {
        double d = (double)s->points[j].i - mean;
        second += s->points[j].p * exp(theta * (double)s->points[j].i - top) * d * d;
    }
    return (struct cumulants){ top + log(sum), mean, second / sum };
}

struct aim {
    const struct sb_sum_distribution *sum;
    double mean;
};

static double short_of_aim(double theta, const void *context)
{
    const struct aim *aim = context;
    return aim->mean - cumulants_at(aim->sum, theta).mean;
}

/* The tilt under which a term has this mean in steps; the strongest one that is safe in doubles where
 * that mean is at the end of the range. Between `from` (towards 0) and that. */
static double tilt_for(const struct sb_sum_distribution *s, double mean)
{
    double most = s->i_max > 0 ? 600 / (double)s->i_max : 0;
    const struct aim aim = { s, mean };
    if (!(short_of_aim(-most, &aim) > 0))
        return -most;
    if (!(short_of_aim(most, &aim) < 0))
        return most;
    struct sb_root root;
    return sb_root_between(short_of_aim, &aim, -most, most, most * 1e-15, &root) ? 0 : root.root;
}

/* ln of Chernoff's bound on the tilted total's mass at or beyond grid point y. */
static double chernoff_ln(const struct sb_sum_distribution *s, double tilt, double y)
{
    double n = (double)s->n;
    if (y <= 0 || y > n * (double)s->i_max)
        return -INFINITY;
    double theta = tilt_for(s, y / n);
    struct cumulants at = cumulants_at(s, theta), here = cumulants_at(s, tilt);
    return fmin(0, n * (at.ln_sum - here.ln_sum) - (theta - tilt) * y);
}

/* ---- the transforms -------------------------------------------------------------------------- */

/* z^n by squaring; 0 where it has become smaller than any double that matters, before arithmetic
 * with denormal numbers slows it down. Returns |z^n|. */
static double raise(double z[2], uint64_t n)
{
    double re = z[0], im = z[1], power_re = 1, power_im = 0;
    for (;;) {
        if (n & 1) {
            double t = power_re * re - power_im * im;
            power_im = power_re * im + power_im * re;
            power_re = t;
        }
        n >>= 1;
        if (n == 0)
            break;
        double t = re * re - im * im;
        im = 2 * re * im;
        re = t;
        if (fabs(re) + fabs(im) < 1e-100) {
            power_re = power_im = 0;
            break;
        }
    }
    z[0] = power_re;
    z[1] = power_im;
    return hypot(power_re, power_im);
}

static void transform(struct sb_sum_distribution *s, double ln_sum)
{
    size_t size = sb_fft_size(s->fft);
    double *data = sb_fft_data(s->fft);
    memset(data, 0, (size + 2) * sizeof *data);
    for (size_t j = 0; j < s->n_points; j++) {
        int64_t i = s->points[j].i;
        data[(uint64_t)i % size] += s->points[j].p * exp(s->tilt * (double)i - ln_sum);
    }
    sb_fft_forward(s->fft);
    double total = 0, scale = 1 / (double)size;
    for (size_t j = 0; j <= size / 2; j++) {
        double *z = data + 2 * j;
        total += raise(z, s->n) * (j == 0 || j == size / 2 ? 1 : 2);
        z[0] *= scale;
        z[1] *= scale;
    }
    sb_fft_backward(s->fft);
    /* An error e in each frequency becomes n |z|^{n-1} e in its power, and the mean of those in
     * each mass. */
    s->mass_error = 16 * DBL_EPSILON * sqrt(log2((double)size)) * (double)s->n * total * scale;
}

/* The window around the centre, moved to where the total can be. */
static void place_window(struct sb_sum_distribution *s)
{
    int64_t size = (int64_t)sb_fft_size(s->fft), last = (int64_t)s->n * s->i_max;
    s->low = s->centre - size / 2;
    if (s->low > last - size + 1)
        s->low = last - size + 1;
    if (s->low < 0)
        s->low = 0;
}

/* Tilts so that the total's mean is grid point y, if it is not near there already; only to the side
 * of the wanted tail. */
static void aim_at(struct sb_sum_distribution *s, double y, bool upper)
{
    double n = (double)s->n, theta = tilt_for(s, y / n);
    if (upper ? theta < 0 : theta > 0)
        theta = 0;
    struct cumulants c = cumulants_at(s, theta);
    double sd = sqrt(c.variance * n);
    bool side_ok = upper ? s->tilt >= 0 : s->tilt <= 0;
    if (s->has_mass && side_ok && fabs(n * c.mean - n * s->mean_i) <= REACH_SD * sd)
        return;
    s->has_mass = true;
    s->tilt = theta;
    s->mean_i = c.mean;
    s->sd_i = sqrt(c.variance);
    s->centre = llround(n * c.mean);
    s->ln_scale = n * (c.ln_sum - theta * c.mean) - theta * ((double)s->centre - n * c.mean);
    transform(s, c.ln_sum);
    place_window(s);
    s->alias = exp(chernoff_ln(s, theta, (double)s->low)) +
               exp(chernoff_ln(s, theta, (double)s->low + (double)sb_fft_size(s->fft)));
}

/* ---- sums over the window -------------------------------------------------------------------- */

/* Everything below is relative to e^{ln_scale}: masses weighted by e^{-tilt d}. */
static double weighted_mass(const struct sb_sum_distribution *s, int64_t d)
{
    size_t size = sb_fft_size(s->fft);
    uint64_t at = (uint64_t)(s->centre + d) % size;
    return sb_fft_data(s->fft)[at] * exp(-s->tilt * (double)d);
}

/* The grid points that X can reach within the window, from the wanted tail's far end to `edge`. */
struct span {
    int64_t from, to, step; /* from is the far end, inclusive; to inclusive */
};

static struct span window(const struct sb_sum_distribution *s, bool upper)
{
    int64_t end = s->low + (int64_t)sb_fft_size(s->fft) - 1, last = (int64_t)s->n * s->i_max;
    int64_t low = s->low - s->centre, high = (end < last ? end : last) - s->centre;
    return upper ? (struct span){ high, low, -1 } : (struct span){ low, high, 1 };
}

static double tail_sum(const struct sb_sum_distribution *s, int64_t edge, bool upper)
{
    struct span w = window(s, upper);
    struct sb_sum sum = { 0 };
    for (int64_t d = w.from; upper ? d >= edge && d >= w.to : d <= edge && d <= w.to; d += w.step)
        sb_sum_add(&sum, weighted_mass(s, d));
    return sb_sum_value(&sum);
}

/* A bound on the error of tail_sum by transform and aliasing: mass_error for each point up to the
 * window's end, where the weights form a geometric series; folded mass at the edge's weight, the
 * largest there is. */
static double tail_error(const struct sb_sum_distribution *s, int64_t edge, bool upper)
{
    struct span w = window(s, upper);
    int64_t count = upper ? w.from - edge + 1 : edge - w.from + 1;
    if (count <= 0)
        return s->alias * exp(-s->tilt * (double)edge);
    double ratio = exp(-fabs(s->tilt));
    double geometric =
        s->tilt == 0 ? (double)count : -expm1(-fabs(s->tilt) * (double)count) / (1 - ratio);
    return (s->mass_error * geometric + s->alias) * exp(-s->tilt * (double)edge);
}

/* Steps by which rounding may move the total, but for a share `rare` of probability. */
static double shift_steps(const struct sb_sum_distribution *s, double ln_rare)
{
    return s->rounded ? sqrt((double)s->n * fmax(0, -ln_rare) / 2) : 0;
}

/* ---- tails ----------------------------------------------------------------------------------- */

/* The grid point of y steps: the first at or above it (upper), the last at or below it, up to the
 * rounding error of y. */
static double grid_edge(const struct sb_sum_distribution *s, double y, bool upper)
{
    double reach = fabs(s->first) / s->step + (double)s->i_max;
    double tolerance = 1e-9 + 16 * DBL_EPSILON * (double)s->n * reach;
    return upper ? ceil(y - tolerance) : floor(y + tolerance);
}

/* Rounding moves at most this share of the probability that is estimated. */
static const double RARE = 1e-6;

static double ln_of(const struct sb_sum_distribution *s, double sum)
{
    return fmin(0, sum > 0 ? log(sum) + s->ln_scale : -INFINITY);
}

enum sb_status sb_sum_distribution_tail(struct sb_sum_distribution *s, double x, bool upper,
                                        struct sb_tail *tail)
{
    double n = (double)s->n, y = (x - n * s->first) / s->step;
    if (isnan(y))
        return SB_DOMAIN;
    double last = n * (double)s->i_max;
    if (upper ? y <= 0 : y >= last) {
        *tail = (struct sb_tail){ 0, 0, 0 };
        return SB_OK;
    }
    if (upper ? y > last + 1 : y < -1) {
        *tail = (struct sb_tail){ -INFINITY, -INFINITY, -INFINITY };
        return SB_OK;
    }
    aim_at(s, y, upper);
    double centre = (double)s->centre;
    int64_t edge = (int64_t)(grid_edge(s, y, upper) - centre);
    double sum = tail_sum(s, edge, upper), ln_sum = ln_of(s, sum);
    double shift = shift_steps(s, ln_sum + log(RARE)) * (upper ? 1 : -1);
    int64_t inner = (int64_t)(grid_edge(s, y + shift, upper) - centre);
    int64_t outer = (int64_t)(grid_edge(s, y - shift, upper) - centre);
    double rare = s->rounded ? RARE * sum : 0;
    double low = tail_sum(s, inner, upper) - tail_error(s, inner, upper) - rare;
    double high = tail_sum(s, outer, upper) + tail_error(s, outer, upper) + rare;
    *tail = (struct sb_tail){ ln_sum, ln_of(s, low), ln_of(s, high) };
    return SB_OK;
}

/* ---- quantiles ------------------------------------------------------------------------------- */

/* The first grid point from the far end of the tail at which its sum reaches `wanted`. */
static int64_t crossing(const struct sb_sum_distribution *s, double wanted, bool upper)
{
    struct span w = window(s, upper);
    struct sb_sum sum = { 0 };
    for (int64_t d = w.from; d != w.to; d += w.step) {
        sb_sum_add(&sum, weighted_mass(s, d));
        if (sb_sum_value(&sum) >= wanted)
            return d;
    }
    return w.to;
}

/* A normal quantile is only where the search begins: -sqrt(2 ln(1/p)) is near enough. */
static double first_guess(const struct sb_sum_distribution *s, double p, bool upper)
{
    double z = p < 0.5 ? sqrt(-2 * log(2 * p)) : -sqrt(-2 * log(2 * (1 - p)));
    return (s->mean + (upper ? z : -z) * s->sd - (double)s->n * s->first) / s->step;
}

/* Tilts to the quantile and returns its distance from the centre. What the crossing under one tilt
 * says is the next aim, but for aims outside the bracket that the tails at earlier aims give. */
static int64_t aim_at_quantile(struct sb_sum_distribution *s, double p, bool upper)
{
    double n = (double)s->n, low = 0, high = n * (double)s->i_max;
    double y = fmin(fmax(first_guess(s, p, upper), low), high);
    int64_t d = 0;
    for (int round = 0; round < 64; round++) {
        aim_at(s, y, upper);
        double wanted = p * exp(-s->ln_scale);
        d = crossing(s, wanted, upper);
        bool within = fabs((double)d) <= 2 * s->sd_i * sqrt(n);
        bool in_body = s->tilt == 0 && (upper ? d < 0 : d > 0); /* no tilt reaches beyond */
        if (within || in_body)
            break;
        if (upper == (tail_sum(s, 0, upper) >= wanted))
            low = (double)s->centre;
        else
            high = (double)s->centre;
        y = (double)s->centre + (double)d;
        if (!(y > low && y < high))
            y = (low + high) / 2;
    }
    return d;
}

enum sb_status sb_sum_distribution_quantile(struct sb_sum_distribution *s, double p, bool upper,
                                            struct sb_quantile *quantile)
{
    if (!(p > 0 && p < 1))
        return SB_DOMAIN;
    int64_t d = aim_at_quantile(s, p, upper);
    double n = (double)s->n;
    double scale = exp(-s->ln_scale), error = tail_error(s, d, upper);
    double rare = s->rounded ? RARE * p * scale : 0;
    double shift = s->step * shift_steps(s, log(RARE * p));
    int64_t far = crossing(s, p * scale - rare - error, upper);
    int64_t near = crossing(s, p * scale + rare + error, upper);
    double base = n * s->first + s->step * (double)s->centre;
    double ends[] = { base + s->step * (double)far, base + s->step * (double)near };
    *quantile = (struct sb_quantile){ base + s->step * (double)d, fmin(ends[0], ends[1]) - shift,
                                      fmax(ends[0], ends[1]) + shift };
    return SB_OK;
}

/* ---- the grid -------------------------------------------------------------------------------- */

/* How far v is from the grid, in the values' unit. */
static double distance(double v, double first, double step)
{
    return fabs(v - (first + step * round((v - first) / step)));
}

/* A grid on which all values lie but for their own rounding, with at most OWN_STEPS_MAX steps over
 * their range; 0 if there is none. */
static double own_step(const struct sb_terms *terms, double low, double high)
{
    double allowed = 4 * DBL_EPSILON * fmax(fabs(low), fabs(high));
    for (int steps = 1; steps <= OWN_STEPS_MAX; steps++) {
        double step = (high - low) / steps, most = 0;
        for (size_t x = 0; x < terms->n_values; x++)
            if (terms->p[x] > 0)
                most = fmax(most, distance(terms->values[x], low, step));
        if (most <= allowed)
            return step;
    }
    return 0;
}

static void add_point(struct sb_sum_distribution *s, int64_t i, double p)
{
    if (p > 0)
        s->points[s->n_points++] = (struct point){ i, p };
    if (i > s->i_max && p > 0)
        s->i_max = i;
}

static void place_terms(struct sb_sum_distribution *s, const struct sb_terms *terms, double total)
{
    for (size_t x = 0; x < terms->n_values; x++) {
        double i = (terms->values[x] - s->first) / s->step, p = terms->p[x] / total;
        if (!(p > 0))
            continue;
        if (s->rounded) {
            double below = floor(i);
            add_point(s, (int64_t)below, p * (1 - (i - below)));
            add_point(s, (int64_t)below + 1, p * (i - below));
        } else {
            add_point(s, llround(i), p);
        }
    }
}

/* The window has to hold WINDOW_SD or everything; the range of a term is a whole number of steps, so
 * that its ends are on the grid. */
static void choose_grid(struct sb_sum_distribution *s, const struct sb_terms *terms, double low,
                        double high)
{
    double n = (double)s->n, size = (double)sb_fft_size(s->fft) - 2;
    double width = fmin(WINDOW_SD * s->sd, n * (high - low));
    s->first = low;
    s->step = 1;
    if (!(high > low))
        return;
    double own = own_step(terms, low, high);
    s->rounded = !(own * size >= width);
    s->step = own;
    if (s->rounded) {
        double steps = floor((high - low) * size / width);
        s->step = steps >= 1 ? (high - low) / steps : width / size;
    }
}

static enum sb_status prepare(struct sb_sum_distribution *s, const struct sb_terms *terms)
{
    double low = INFINITY, high = -INFINITY;
    struct sb_sum mean = { 0 }, variance = { 0 }, total = { 0 };
    for (size_t x = 0; x < terms->n_values; x++)
        if (terms->p[x] > 0) {
            if (!isfinite(terms->values[x]))
                return SB_DOMAIN;
            low = fmin(low, terms->values[x]);
            high = fmax(high, terms->values[x]);
            sb_sum_add(&mean, terms->p[x] * terms->values[x]);
            sb_sum_add(&total, terms->p[x]);
        }
    double centre = sb_sum_value(&mean) / sb_sum_value(&total);
    for (size_t x = 0; x < terms->n_values; x++)
        if (terms->p[x] > 0)
            sb_sum_add(&variance, terms->p[x] * pow(terms->values[x] - centre, 2));
    s->n = terms->n;
    s->mean = (double)s->n * centre;
    s->sd = high > low ? sqrt((double)s->n * sb_sum_value(&variance) / sb_sum_value(&total)) : 0;
    choose_grid(s, terms, low, high);
    if (!((high - low) / s->step * (double)s->n < 0x1p62))
        return SB_LIMIT;
    place_terms(s, terms, sb_sum_value(&total));
    return SB_OK;
}

enum sb_status sb_sum_distribution_create(const struct sb_terms *terms, unsigned log2_points,
                                          struct sb_sum_distribution **sum)
{
    *sum = NULL;
    if (sb_dist_check(terms->p, terms->n_values, "p", NULL) || terms->n < 1 ||
        terms->n > (uint64_t)1 << 40 || log2_points < 8)
        return SB_DOMAIN;
    struct sb_sum_distribution *s = malloc(sizeof *s);
    if (!s)
        return SB_MEMORY;
    *s = (struct sb_sum_distribution){ .points = malloc(2 * terms->n_values * sizeof *s->points) };
    enum sb_status status = s->points ? sb_fft_create(log2_points, &s->fft) : SB_MEMORY;
    if (!status)
        status = prepare(s, terms);
    if (status)
        sb_sum_distribution_free(s);
    else
        *sum = s;
    return status;
}

void sb_sum_distribution_free(struct sb_sum_distribution *sum)
{
    if (sum) {
        sb_fft_free(sum->fft);
        free(sum->points);
    }
    free(sum);
}

double sb_sum_distribution_mean(const struct sb_sum_distribution *sum)
{
    return sum->mean;
}

double sb_sum_distribution_sd(const struct sb_sum_distribution *sum)
{
    return sum->sd;
}

double sb_sum_distribution_rounding(const struct sb_sum_distribution *sum)
{
    return sum->rounded ? sum->step : 0;
}

/* ---- the sign that n documents show ---------------------------------------------------------- */

/* P(X < x) is P(X <= this): on a grid of the terms' own, the grid point below x. */
static double just_below(const struct sb_sum_distribution *s, double x)
{
    double start = (double)s->n * s->first;
    return s->rounded ? x : start + s->step * (grid_edge(s, (x - start) / s->step, true) - 1);
}

enum sb_status sb_sum_below(const struct sb_terms *terms, double bound, unsigned log2_points,
                            struct sb_sign *sign)
{
    struct sb_sum_distribution *sum;
    struct sb_tail tail;
    double x = (double)terms->n * bound;
    enum sb_status status = sb_sum_distribution_create(terms, log2_points, &sum);
    if (!status)
        status = sb_sum_distribution_tail(sum, x, true, &tail);
    /* The smaller tail, so that small probabilities keep their digits. */
    bool is_small = !status && tail.ln_probability > -0.69;
    if (is_small)
        status = sb_sum_distribution_tail(sum, just_below(sum, x), false, &tail);
    sb_sum_distribution_free(sum);
    if (status)
        return status;
    if (is_small)
        *sign = (struct sb_sign){ exp(tail.ln_probability), exp(tail.ln_low),
                                  fmin(exp(tail.ln_high), 1) };
    else
        *sign = (struct sb_sign){ -expm1(tail.ln_probability), fmax(-expm1(tail.ln_high), 0),
                                  -expm1(tail.ln_low) };
    return SB_OK;
}

enum sb_status sb_sum_below_least_n(const struct sb_terms *terms, double bound, double wanted,
                                    unsigned log2_points, uint64_t *n)
{
    if (!(wanted > 0 && wanted < 1))
        return SB_DOMAIN;
    struct sb_terms tried = *terms;
    struct sb_sign sign;
    struct sb_sum mean = { 0 };
    for (size_t x = 0; x < terms->n_values; x++)
        if (terms->p[x] > 0)
            sb_sum_add(&mean, terms->p[x] * terms->values[x]);
    uint64_t low = 0, high = 1; /* not at low, perhaps at high */
    for (;; low = high, high *= 2) {
        tried.n = high;
        enum sb_status status = sb_sum_below(&tried, bound, log2_points, &sign);
        if (status)
            return status;
        if (sign.probability >= wanted)
            break;
        if (!(sb_sum_value(&mean) < bound) || high > (uint64_t)1 << 29) {
            *n = 0;
            return SB_OK;
        }
    }
    while (high - low > 1) {
        tried.n = low + (high - low) / 2;
        enum sb_status status = sb_sum_below(&tried, bound, log2_points, &sign);
        if (status)
            return status;
        *(sign.probability >= wanted ? &high : &low) = tried.n;
    }
    *n = high;
    return SB_OK;
}

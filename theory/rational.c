#include "theory/rational.h"

#include <math.h>

__extension__ typedef __int128 int128;

static const int64_t LIMIT = (int64_t)1 << 53;

static int64_t common_factor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

struct sb_rational sb_rational_of(int64_t a, int64_t b)
{
    int64_t factor = common_factor(a, b);
    return (struct sb_rational){ a / factor, b / factor };
}

int sb_rational_compare(struct sb_rational a, struct sb_rational b)
{
    int128 left = (int128)a.numerator * b.denominator, right = (int128)b.numerator * a.denominator;
    return (left > right) - (left < right);
}

double sb_rational_value(struct sb_rational a)
{
    return (double)a.numerator / (double)a.denominator;
}

/* The walk from h0/g0 in steps of h1/g1 towards x, as continued fractions take it. */
struct walk {
    int64_t h0, g0, h1, g1;
};

static struct sb_rational walk_at(const struct walk *walk, int64_t steps)
{
    return (struct sb_rational){ walk->h0 + steps * walk->h1, walk->g0 + steps * walk->g1 };
}

/* The largest number of steps, at most `wanted`, that stays within LIMIT. */
static int64_t steps_within(const struct walk *walk, int128 wanted)
{
    int64_t steps = wanted > LIMIT ? LIMIT : (int64_t)wanted;
    if (walk->h1 && steps > (LIMIT - walk->h0) / walk->h1)
        steps = (LIMIT - walk->h0) / walk->h1;
    if (walk->g1 && steps > (LIMIT - walk->g0) / walk->g1)
        steps = (LIMIT - walk->g0) / walk->g1;
    return steps;
}

/* The first fraction of the walk that rounds to x, given that the one at `most` does: the fractions
 * approach x from one side. */
static struct sb_rational first_that_rounds(const struct walk *walk, int64_t least, int64_t most,
                                            double x)
{
    while (least < most) {
        int64_t middle = least + (most - least) / 2;
        if (sb_rational_value(walk_at(walk, middle)) == x)
            most = middle;
        else
            least = middle + 1;
    }
    return walk_at(walk, most);
}

enum sb_status sb_rational_simplest(double x, struct sb_rational *fraction)
{
    if (!(x >= 0 && x < (double)LIMIT))
        return SB_DOMAIN;
    int exponent;
    double mantissa = ldexp(frexp(x, &exponent), 53);
    if (x > 0 && exponent < -53)
        return SB_LIMIT;
    /* x = top/bottom exactly; Euclid's algorithm from there. */
    int128 top = (int64_t)mantissa, bottom = x > 0 ? (int128)1 << (53 - exponent) : 1;
    struct walk walk = { 0, 1, 1, 0 };
    for (int64_t least = 0; bottom > 0; least = 1) {
        int128 wanted = top / bottom;
        int64_t steps = steps_within(&walk, wanted);
        if (steps < least)
            return SB_LIMIT;
        struct sb_rational reached = walk_at(&walk, steps);
        if (reached.denominator > 0 && sb_rational_value(reached) == x) {
            *fraction = first_that_rounds(&walk, least, steps, x);
            return SB_OK;
        }
        if (steps < wanted)
            return SB_LIMIT;
        walk = (struct walk){ walk.h1, walk.g1, reached.numerator, reached.denominator };
        int128 rest = top % bottom;
        top = bottom;
        bottom = rest;
    }
    return SB_LIMIT;
}

enum sb_status sb_rational_counts(const struct sb_rational *x, size_t n, int64_t *counts,
                                  int64_t *denominator)
{
    int64_t common = 1, sum = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t factor = x[i].denominator / common_factor(x[i].denominator, common);
        if (common > LIMIT / factor)
            return SB_LIMIT;
        common *= factor;
    }
    for (size_t i = 0; i < n; i++) {
        int64_t factor = common / x[i].denominator;
        if (x[i].numerator > (LIMIT - sum) / factor)
            return SB_LIMIT;
        sum += x[i].numerator * factor;
    }
    for (size_t i = 0; i < n; i++)
        counts[i] = x[i].numerator * (common / x[i].denominator);
    *denominator = common;
    return SB_OK;
}

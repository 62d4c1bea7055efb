#include "theory/numeric.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double LN2 = 0.693147180559945309417232121458;

double sb_bits_from_nats(double nats)
{
    return nats / LN2;
}

double sb_nats_from_bits(double bits)
{
    return bits * LN2;
}

double sb_xlogx(double x)
{
    return x == 0 ? 0 : x * log(x);
}

double sb_xlog2x(double x)
{
    return x == 0 ? 0 : x * log2(x);
}

double sb_log1p_minus_x(double x)
{
    if (fabs(x) > 0.125)
        return log1p(x) - x;
    /* -x^2/2 + x^3/3 - ...: with |x| <= 1/8 the first term left out is below 2^-54 of the sum. */
    double sum = 0;
    for (int n = 19; n >= 2; n--)
        sum = sum * -x + 1.0 / n;
    return -x * x * sum;
}

double sb_log_sum_exp(const double *x, size_t n)
{
    double largest = -INFINITY;
    for (size_t i = 0; i < n; i++)
        if (x[i] > largest)
            largest = x[i];
    if (isinf(largest))
        return largest;
    struct sb_sum sum = { 0 };
    for (size_t i = 0; i < n; i++)
        sb_sum_add(&sum, exp(x[i] - largest));
    return largest + log(sb_sum_value(&sum));
}

void sb_sum_add(struct sb_sum *sum, double x)
{
    double total = sum->total + x;
    if (isfinite(total)) {
        if (fabs(sum->total) >= fabs(x))
            sum->compensation += (sum->total - total) + x;
        else
            sum->compensation += (x - total) + sum->total;
    }
    sum->total = total;
}

double sb_sum_value(const struct sb_sum *sum)
{
    return isfinite(sum->total) ? sum->total + sum->compensation : sum->total;
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    if (isnan(x) || isnan(y))
        return isnan(x) - isnan(y);
    return (x > y) - (x < y);
}

void sb_sort(double *x, size_t n)
{
    if (n > 1)
        qsort(x, n, sizeof *x, compare_doubles);
}

double sb_quantile_sorted(const double *x, size_t n, double p)
{
    double position = p * (double)(n - 1);
    size_t below = (size_t)position;
    if (below + 1 >= n)
        return x[n - 1];
    double fraction = position - (double)below;
    return fraction == 0 ? x[below] : x[below] + fraction * (x[below + 1] - x[below]);
}

/* One unsigned or signed decimal number at *text; advances *text past it. Hexadecimal, NaN and
 * leading space, which strtod would take, are refused. */
static enum sb_status parse_decimal(const char **text, double *value)
{
    const char *start = *text + (**text == '-' || **text == '+');
    int infinite = strncmp(start, "inf", 3) == 0;
    if (!infinite && !isdigit((unsigned char)*start) && *start != '.')
        return SB_FORMAT;
    if (start[0] == '0' && (start[1] == 'x' || start[1] == 'X'))
        return SB_FORMAT;
    char *end;
    double x = strtod(*text, &end);
    if (end == *text || isnan(x) || (isinf(x) && !infinite))
        return SB_FORMAT;
    *text = end;
    *value = x;
    return SB_OK;
}

enum sb_status sb_parse_number(const char *text, double *value)
{
    double numerator, denominator = 1;
    if (parse_decimal(&text, &numerator))
        return SB_FORMAT;
    if (*text == '/') {
        text++;
        if (parse_decimal(&text, &denominator) || denominator == 0 || isinf(denominator))
            return SB_FORMAT;
    }
    if (*text)
        return SB_FORMAT;
    *value = numerator / denominator;
    return SB_OK;
}

/* low:high, low:high:n or low:high:logn, split in place. */
static enum sb_status parse_range(char *text, size_t n_default, double **values, size_t *n)
{
    char *high_text = strchr(text, ':');
    *high_text++ = 0;
    char *count_text = strchr(high_text, ':');
    int logarithmic = 0;
    double low, high, count = (double)n_default;
    if (count_text) {
        *count_text++ = 0;
        logarithmic = strncmp(count_text, "log", 3) == 0;
        if (sb_parse_number(count_text + (logarithmic ? 3 : 0), &count))
            return SB_FORMAT;
    }
    if (sb_parse_number(text, &low) || sb_parse_number(high_text, &high))
        return SB_FORMAT;
    if (!isfinite(low) || !isfinite(high) || !(low < high) || !(count >= 2 && count <= 1e6) ||
        count != floor(count) || (logarithmic && low <= 0))
        return SB_FORMAT;
    size_t points = (size_t)count;
    double *grid = malloc(points * sizeof *grid);
    if (!grid)
        return SB_MEMORY;
    for (size_t i = 0; i < points; i++) {
        double fraction = (double)i / (double)(points - 1);
        grid[i] = logarithmic ? low * pow(high / low, fraction) : low + fraction * (high - low);
    }
    grid[points - 1] = high;
    *values = grid;
    *n = points;
    return SB_OK;
}

static enum sb_status parse_list(char *text, double **values, size_t *n)
{
    size_t count = 1;
    for (const char *c = text; *c; c++)
        count += *c == ',';
    double *list = malloc(count * sizeof *list);
    if (!list)
        return SB_MEMORY;
    for (size_t i = 0; i < count; i++) {
        char *comma = strchr(text, ',');
        if (comma)
            *comma = 0;
        if (sb_parse_number(text, &list[i]) || !isfinite(list[i])) {
            free(list);
            return SB_FORMAT;
        }
        text = comma ? comma + 1 : text;
    }
    *values = list;
    *n = count;
    return SB_OK;
}

enum sb_status sb_parse_grid(const char *text, size_t n_default, double **values, size_t *n)
{
    size_t size = strlen(text) + 1;
    char *copy = malloc(size);
    if (!copy)
        return SB_MEMORY;
    memcpy(copy, text, size);
    enum sb_status status =
        strchr(copy, ':') ? parse_range(copy, n_default, values, n) : parse_list(copy, values, n);
    free(copy);
    return status;
}

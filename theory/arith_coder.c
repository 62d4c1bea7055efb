#include "theory/arith_coder.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 uint128;

static const uint64_t RANGE_MIN = (uint64_t)1 << 56;
static const double TOTAL = 281474976710656;    /* 2^48 */
static const double TAIL = 1 / 4294967296.0;    /* 2^-32 */
static const uint64_t TAIL_FREQUENCY = 1 << 16; /* 2^-32 T */

enum { N_TAILS_MAX = 34 }; /* the smallest double is above 2^(-32 * 34) */

/* ---- the quantiser --------------------------------------------------------------------------- */

/* Doubles, or floats where there are none. */
static double weight_at(const double *doubles, const float *floats, size_t i)
{
    return doubles ? doubles[i] : (double)floats[i];
}

/* In eight sums by i mod 8, whose order no compiler changes and a vector unit can keep. */
static double sum_weights(const double *doubles, const float *floats, size_t n, bool *is_valid)
{
    double lanes[8] = { 0 };
    size_t i = 0, n_invalid = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t lane = 0; lane < 8; lane++) {
            double weight = weight_at(doubles, floats, i + lane);
            n_invalid += !(weight >= 0);
            lanes[lane] += weight;
        }
    for (size_t lane = 0; i + lane < n; lane++) {
        double weight = weight_at(doubles, floats, i + lane);
        n_invalid += !(weight >= 0);
        lanes[lane] += weight;
    }
    *is_valid = n_invalid == 0;
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
           ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* Roundings: the sum is off by (n/8 + 3) 2^-53 relative at the most, the scale and each product by
 * 2^-52; for n <= 2^24 that is below 2^-30, so that the floors never sum to more than T - n. */
static enum sb_status quantise(const double *doubles, const float *floats, size_t n,
                               uint64_t *cumulative)
{
    if (n < 1 || n > SB_ARITH_SYMBOLS_MAX)
        return SB_DOMAIN;
    bool is_valid;
    double sum = sum_weights(doubles, floats, n, &is_valid);
    if (!is_valid || !(sum >= 1e-250 && sum <= 1e300))
        return SB_DOMAIN;
    double scale = (TOTAL - (double)n) * (1 - 0x1p-30) / sum;
    size_t largest = 0;
    uint64_t most = 0, end = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t frequency = 1 + (uint64_t)(int64_t)(weight_at(doubles, floats, i) * scale);
        cumulative[i] = end;
        end += frequency;
        largest = frequency > most ? i : largest;
        most = frequency > most ? frequency : most;
    }
    cumulative[n] = end;
    for (size_t i = largest + 1; i <= n; i++)
        cumulative[i] += SB_ARITH_TOTAL - end;
    return SB_OK;
}

enum sb_status sb_arith_quantise(const double *weights, size_t n, uint64_t *cumulative)
{
    return quantise(weights, NULL, n, cumulative);
}

enum sb_status sb_arith_quantise_floats(const float *weights, size_t n, uint64_t *cumulative)
{
    return quantise(NULL, weights, n, cumulative);
}

/* A binary decision made ready: which symbol is the less probable, and how probable. */
struct decision {
    unsigned rare;
    double p; /* <= 1/2 */
};

static struct decision decide(double weight0, double weight1)
{
    double sum = weight0 + weight1;
    assert(weight0 >= 0 && weight1 >= 0 && sum >= 0x1p-1022 && sum < INFINITY);
    return weight1 <= weight0 ? (struct decision){ 1, weight1 / sum }
                              : (struct decision){ 0, weight0 / sum };
}

/* Whether what is rare takes another step after this one, and its frequency in this one. */
static bool is_tail(double p, int step)
{
    return p < TAIL && step < N_TAILS_MAX;
}

static uint64_t rare_frequency(double p, int step)
{
    if (is_tail(p, step))
        return TAIL_FREQUENCY;
    uint64_t frequency = (uint64_t)(p * TOTAL);
    return frequency ? frequency : 1;
}

/* ---- the interval ---------------------------------------------------------------------------- */

/* floor(range c / T). */
static uint64_t share(uint64_t range, uint64_t c)
{
    return (uint64_t)((uint128)range * c >> 48);
}

/* ---- encoding -------------------------------------------------------------------------------- */

struct sb_arith_encoder {
    uint64_t low, range; /* the interval, behind the bytes that are out */
    uint8_t *bytes;
    size_t n, capacity;
    enum sb_status status;
};

enum sb_status sb_arith_encoder_create(struct sb_arith_encoder **encoder)
{
    *encoder = calloc(1, sizeof **encoder);
    if (!*encoder)
        return SB_MEMORY;
    (*encoder)->range = UINT64_MAX;
    return SB_OK;
}

void sb_arith_encoder_free(struct sb_arith_encoder *encoder)
{
    if (encoder)
        free(encoder->bytes);
    free(encoder);
}

static void put_byte(struct sb_arith_encoder *encoder, uint8_t byte)
{
    if (encoder->n == encoder->capacity && !encoder->status) {
        size_t capacity = encoder->capacity ? 2 * encoder->capacity : 256;
        uint8_t *bytes = realloc(encoder->bytes, capacity);
        if (bytes) {
            encoder->bytes = bytes;
            encoder->capacity = capacity;
        } else {
            encoder->status = SB_MEMORY;
        }
    }
    if (!encoder->status)
        encoder->bytes[encoder->n++] = byte;
}

/* Bytes of 255 become 0, the one before them one more. There is one: low + range never passed what
 * it was at the beginning. */
static void carry(struct sb_arith_encoder *encoder)
{
    for (size_t i = encoder->n; i > 0; i--)
        if (++encoder->bytes[i - 1] != 0)
            break;
}

static void advance(struct sb_arith_encoder *encoder, uint64_t offset)
{
    encoder->low += offset;
    if (encoder->low < offset)
        carry(encoder);
}

void sb_arith_encode(struct sb_arith_encoder *encoder, uint64_t low, uint64_t high)
{
    assert(low < high && high <= SB_ARITH_TOTAL);
    uint64_t begin = share(encoder->range, low), end = share(encoder->range, high);
    advance(encoder, begin);
    encoder->range = end - begin;
    while (encoder->range < RANGE_MIN) {
        put_byte(encoder, (uint8_t)(encoder->low >> 56));
        encoder->low <<= 8;
        encoder->range <<= 8;
    }
}

void sb_arith_encode_bit(struct sb_arith_encoder *encoder, double weight0, double weight1,
                         unsigned bit)
{
    struct decision d = decide(weight0, weight1);
    bool goes_on = true;
    for (int step = 0; goes_on; step++) {
        uint64_t frequency = rare_frequency(d.p, step);
        if (bit == d.rare)
            sb_arith_encode(encoder, 0, frequency);
        else
            sb_arith_encode(encoder, frequency, SB_ARITH_TOTAL);
        goes_on = bit == d.rare && is_tail(d.p, step);
        d.p /= TAIL;
    }
}

/* The interval holds a multiple of 2^56: its leading byte is enough. */
enum sb_status sb_arith_encoder_finish(struct sb_arith_encoder *encoder, const uint8_t **bytes,
                                       size_t *n_bytes)
{
    advance(encoder, RANGE_MIN - 1);
    put_byte(encoder, (uint8_t)(encoder->low >> 56));
    if (encoder->status)
        return encoder->status;
    *bytes = encoder->bytes;
    *n_bytes = encoder->n;
    return SB_OK;
}

/* ---- decoding -------------------------------------------------------------------------------- */

struct sb_arith_decoder {
    const uint8_t *bytes;
    size_t n, next;
    uint64_t code, range; /* where the code points to within the interval, code < range */
};

static uint64_t next_byte(struct sb_arith_decoder *decoder)
{
    return decoder->next < decoder->n ? decoder->bytes[decoder->next++] : 0;
}

enum sb_status sb_arith_decoder_create(const uint8_t *bytes, size_t n_bytes,
                                       struct sb_arith_decoder **decoder)
{
    *decoder = calloc(1, sizeof **decoder);
    if (!*decoder)
        return SB_MEMORY;
    **decoder = (struct sb_arith_decoder){ .bytes = bytes, .n = n_bytes, .range = UINT64_MAX };
    for (int i = 0; i < 8; i++)
        (*decoder)->code = (*decoder)->code << 8 | next_byte(*decoder);
    return SB_OK;
}

void sb_arith_decoder_free(struct sb_arith_decoder *decoder)
{
    free(decoder);
}

/* Keeps [begin, end) of the interval. */
static void narrow(struct sb_arith_decoder *decoder, uint64_t begin, uint64_t end)
{
    decoder->code -= begin;
    decoder->range = end - begin;
    while (decoder->range < RANGE_MIN) {
        decoder->code = decoder->code << 8 | next_byte(decoder);
        decoder->range <<= 8;
    }
}

size_t sb_arith_decode(struct sb_arith_decoder *decoder, const uint64_t *cumulative, size_t n)
{
    size_t low = 0, high = n; /* the symbol is in [low, high) */
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (share(decoder->range, cumulative[middle]) <= decoder->code)
            low = middle;
        else
            high = middle;
    }
    narrow(decoder, share(decoder->range, cumulative[low]),
           share(decoder->range, cumulative[low + 1]));
    return low;
}

unsigned sb_arith_decode_bit(struct sb_arith_decoder *decoder, double weight0, double weight1)
{
    struct decision d = decide(weight0, weight1);
    for (int step = 0;; step++) {
        uint64_t split = share(decoder->range, rare_frequency(d.p, step));
        if (decoder->code >= split) {
            narrow(decoder, split, decoder->range);
            return 1 - d.rare;
        }
        narrow(decoder, 0, split);
        if (!is_tail(d.p, step))
            return d.rare;
        d.p /= TAIL;
    }
}

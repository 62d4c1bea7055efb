#include "tests/helpers.h"

#include "theory/arith_coder.h"
#include "theory/code_length.h"
#include "theory/random.h"

static struct sb_arith_encoder *new_encoder(void)
{
    struct sb_arith_encoder *encoder;
    assert_int_equal(sb_arith_encoder_create(&encoder), SB_OK);
    return encoder;
}

static struct sb_arith_decoder *new_decoder(const void *bytes, size_t n)
{
    struct sb_arith_decoder *decoder;
    assert_int_equal(sb_arith_decoder_create(bytes, n, &decoder), SB_OK);
    return decoder;
}

/* ---- the quantiser --------------------------------------------------------------------------- */

/* Weights 3 and 1: s = (T - 2)(1 - 2^-30) = 2^48 - 2^18 - 2 + 2^-29;
 *   f_1 = 1 + floor(s / 4) = 1 + 2^46 - 2^16 - 1 = 2^46 - 2^16,   f_0 = T - f_1. */
static void test_quantise_by_hand(void **state)
{
    (void)state;
    uint64_t c[3];
    assert_int_equal(sb_arith_quantise((double[]){ 3, 1 }, 2, c), SB_OK);
    uint64_t f1 = ((uint64_t)1 << 46) - (1 << 16);
    assert_int_equal(c[0], 0);
    assert_int_equal(c[1], SB_ARITH_TOTAL - f1);
    assert_int_equal(c[2], SB_ARITH_TOTAL);
    assert_int_equal(sb_arith_quantise((double[]){ 0.25 }, 1, c), SB_OK);
    assert_int_equal(c[1], SB_ARITH_TOTAL);
    assert_int_equal(sb_arith_quantise((double[]){ 0, 1e-200 }, 2, c), SB_OK);
    assert_int_equal(c[1], 1);
}

/* Weights over many magnitudes, some of them 0: the sum, the least, and the bound of the header. */
static void test_quantise_bound(void **state)
{
    (void)state;
    enum { N = 300000 };
    double *weights = malloc(N * sizeof *weights);
    uint64_t *c = malloc((N + 1) * sizeof *c);
    assert_true(weights && c);
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct sb_random random;
        sb_random_init(&random, seed, 0);
        size_t n = seed < 2 ? N : 1 + (size_t)sb_random_below(&random, 2000);
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            weights[i] = ldexp(sb_random_unit(&random), -(int)sb_random_below(&random, 80));
            if (i > 0 && sb_random_below(&random, 10) == 0)
                weights[i] = 0;
            sum += weights[i];
        }
        assert_int_equal(sb_arith_quantise(weights, n, c), SB_OK);
        assert_int_equal(c[0], 0);
        assert_int_equal(c[n], SB_ARITH_TOTAL);
        double total = (double)SB_ARITH_TOTAL;
        double keep = (1 - (double)n / total) * (1 - 0x1p-29);
        for (size_t i = 0; i < n; i++) {
            assert_true(c[i] < c[i + 1]);
            assert_true((double)(c[i + 1] - c[i]) / total >= weights[i] / sum * keep);
        }
    }
    free(weights);
    free(c);
}

static void test_quantise_floats(void **state)
{
    (void)state;
    enum { N = 1003 };
    float floats[N];
    double doubles[N];
    uint64_t c[N + 1], d[N + 1];
    struct sb_random random;
    sb_random_init(&random, 5, 0);
    for (size_t i = 0; i < N; i++)
        doubles[i] = floats[i] = (float)sb_random_unit(&random);
    assert_int_equal(sb_arith_quantise_floats(floats, N, c), SB_OK);
    assert_int_equal(sb_arith_quantise(doubles, N, d), SB_OK);
    assert_memory_equal(c, d, sizeof c);
}

static void test_quantise_refuses(void **state)
{
    (void)state;
    uint64_t c[3] = { 7, 7, 7 };
    const double bad[][2] = { { 1, NAN },      { 1, -1e-9 },     { 0, 0 },
                              { 1, INFINITY }, { 1e308, 1e308 }, { 1e-260, 0 } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(sb_arith_quantise(bad[i], 2, c), SB_DOMAIN);
    assert_int_equal(sb_arith_quantise((double[]){ 1 }, 0, c), SB_DOMAIN);
    assert_int_equal(sb_arith_quantise_floats((float[]){ 1, NAN }, 2, c), SB_DOMAIN);
    assert_int_equal(c[0] + c[1] + c[2], 21);
}

/* ---- the coder ------------------------------------------------------------------------------- */

/* Equal weights: 1 takes the lower half [0, 2^63 - 1), 0 the upper; the one multiple of 2^56 that is
 * chosen is 0 and 0x80 2^56. */
static void test_one_bit(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 2; bit++) {
        struct sb_arith_encoder *encoder = new_encoder();
        const uint8_t *bytes;
        size_t n;
        sb_arith_encode_bit(encoder, 5, 5, bit);
        assert_int_equal(sb_arith_encoder_finish(encoder, &bytes, &n), SB_OK);
        assert_int_equal(n, 1);
        assert_int_equal(bytes[0], bit ? 0 : 0x80);
        struct sb_arith_decoder *decoder = new_decoder(bytes, n);
        assert_int_equal(sb_arith_decode_bit(decoder, 5, 5), bit);
        sb_arith_decoder_free(decoder);
        sb_arith_encoder_free(encoder);
    }
}

/* The middle of three symbols again and again keeps 1/2 inside: the bytes out are 7f ff ff ff ..., and
 * the last symbol decides whether they carry to 80 00 00 00 ... */
static void test_carry(void **state)
{
    (void)state;
    const uint64_t quarter = SB_ARITH_TOTAL / 4;
    const uint64_t c[4] = { 0, quarter, 3 * quarter, 4 * quarter };
    for (size_t last = 0; last < 3; last += 2) {
        struct sb_arith_encoder *encoder = new_encoder();
        const uint8_t *bytes;
        size_t n;
        for (int i = 0; i < 40; i++)
            sb_arith_encode(encoder, c[1], c[2]);
        sb_arith_encode(encoder, c[last], c[last + 1]);
        assert_int_equal(sb_arith_encoder_finish(encoder, &bytes, &n), SB_OK);
        assert_in_range(n, 5, 7); /* 42 bits */
        assert_memory_equal(bytes, last ? "\x80\0\0\0" : "\x7f\xff\xff\xff", 4);
        struct sb_arith_decoder *decoder = new_decoder(bytes, n);
        for (int i = 0; i < 40; i++)
            assert_int_equal(sb_arith_decode(decoder, c, 3), 1);
        assert_int_equal(sb_arith_decode(decoder, c, 3), last);
        sb_arith_decoder_free(decoder);
        sb_arith_encoder_free(encoder);
    }
}

/* Decisions of all kinds drawn from a seed: the encoder and the decoder draw the same weights, and the
 * symbols, drawn apart, follow them or (one time in eight) do not. */
enum { SYMBOLS = 200 };

struct draw {
    struct sb_random weights, symbols;
    double w[SYMBOLS];
    size_t n;
    bool is_bit;
};

static void next_weights(struct draw *d)
{
    d->is_bit = sb_random_below(&d->weights, 2) == 0;
    d->n = d->is_bit ? 2 : 1 + (size_t)sb_random_below(&d->weights, SYMBOLS);
    int spread = 1 + (int)sb_random_below(&d->weights, d->is_bit ? 120 : 30);
    for (size_t i = 0; i < d->n; i++)
        d->w[i] = ldexp(1 + sb_random_unit(&d->weights),
                        -(int)sb_random_below(&d->weights, (uint64_t)spread));
}

static size_t next_symbol(struct draw *d)
{
    double sum = 0;
    for (size_t i = 0; i < d->n; i++)
        sum += d->w[i];
    size_t any = (size_t)sb_random_below(&d->symbols, d->n), i = 0;
    double u = sb_random_unit(&d->symbols) * sum;
    while (i + 1 < d->n && u >= d->w[i])
        u -= d->w[i++];
    return sb_random_below(&d->symbols, 8) == 0 ? any : i;
}

/* The ideal length of the symbol, and the loss that the header allows it. */
static double ideal(const struct draw *d, size_t symbol, double *loss)
{
    double rest = 0, most = 0;
    for (size_t i = 0; i < d->n; i++) {
        rest += i == symbol ? 0 : d->w[i];
        most = d->w[i] > most ? d->w[i] : most;
    }
    double bits = sb_ideal_bits(d->w[symbol], rest), f = ldexp(1, 48) * exp2(-bits);
    if (d->is_bit)
        *loss = d->w[symbol] == most ? 3.4e-10 : 2.6e-5;
    else
        *loss = 1.45 * ((double)d->n / ldexp(1, 48) + 0x1p-29) + 0.0057 / (f > 1 ? f : 1);
    return bits;
}

static void check_sequence(uint64_t seed, size_t n_decisions)
{
    struct draw d;
    uint64_t c[SYMBOLS + 1];
    double bits = 0, loss = 8;
    size_t n, *symbols = malloc(n_decisions * sizeof *symbols);
    assert_non_null(symbols);
    sb_random_init(&d.weights, seed, 0);
    sb_random_init(&d.symbols, seed, 1);
    struct sb_arith_encoder *encoder = new_encoder();
    for (size_t i = 0; i < n_decisions; i++) {
        double more;
        next_weights(&d);
        size_t s = symbols[i] = next_symbol(&d);
        bits += ideal(&d, s, &more);
        loss += more;
        if (d.is_bit) {
            sb_arith_encode_bit(encoder, d.w[0], d.w[1], (unsigned)s);
        } else {
            assert_int_equal(sb_arith_quantise(d.w, d.n, c), SB_OK);
            sb_arith_encode(encoder, c[s], c[s + 1]);
        }
    }
    const uint8_t *bytes;
    assert_int_equal(sb_arith_encoder_finish(encoder, &bytes, &n), SB_OK);
    if (8 * (double)n > bits + loss || 8 * (double)n < bits - 0.006 * (double)n_decisions)
        fail_msg("seed %llu: %zu bytes for %.6f ideal bits, loss at most %.6f",
                 (unsigned long long)seed, n, bits, loss);
    struct sb_arith_decoder *decoder = new_decoder(bytes, n);
    sb_random_init(&d.weights, seed, 0);
    for (size_t i = 0; i < n_decisions; i++) {
        next_weights(&d);
        size_t s;
        if (d.is_bit) {
            s = sb_arith_decode_bit(decoder, d.w[0], d.w[1]);
        } else {
            assert_int_equal(sb_arith_quantise(d.w, d.n, c), SB_OK);
            s = sb_arith_decode(decoder, c, d.n);
        }
        if (s != symbols[i])
            fail_msg("seed %llu: decision %zu differs", (unsigned long long)seed, i);
    }
    sb_arith_decoder_free(decoder);
    sb_arith_encoder_free(encoder);
    free(symbols);
}

static void test_round_trips_within_bound(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 300; seed++)
        check_sequence(seed, (size_t)seed);
    check_sequence(1000, 20000);
}

/* However rare: bits of probability 2^-40, 2^-500, 2^-1000 cost 40, 500, 1000 bits; and of 0 something
 * finite. A million likely ones beside them cost next to nothing. */
static void test_rare_bits(void **state)
{
    (void)state;
    const int exponents[] = { 40, 500, 1000 };
    double bits = 0;
    struct sb_arith_encoder *encoder = new_encoder();
    for (int i = 0; i < 3; i++) {
        sb_arith_encode_bit(encoder, 1, ldexp(1, -exponents[i]), 1);
        bits += exponents[i];
    }
    for (int i = 0; i < 1000000; i++)
        sb_arith_encode_bit(encoder, 1e-30, 1, 1);
    const uint8_t *bytes;
    size_t n;
    assert_int_equal(sb_arith_encoder_finish(encoder, &bytes, &n), SB_OK);
    assert_in_range(n, (size_t)bits / 8 - 8, (size_t)bits / 8 + 1);
    sb_arith_encoder_free(encoder);
    encoder = new_encoder();
    sb_arith_encode_bit(encoder, 0, 1, 0);
    assert_int_equal(sb_arith_encoder_finish(encoder, &bytes, &n), SB_OK);
    struct sb_arith_decoder *decoder = new_decoder(bytes, n);
    assert_int_equal(sb_arith_decode_bit(decoder, 0, 1), 0);
    sb_arith_decoder_free(decoder);
    sb_arith_encoder_free(encoder);
}

/* Any bytes decode to symbols that there are; so does eight times ff, which no encoder writes. */
static void test_any_bytes_decode(void **state)
{
    (void)state;
    uint8_t bytes[64];
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct draw d;
        uint64_t c[SYMBOLS + 1];
        sb_random_init(&d.weights, seed, 0);
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = seed ? (uint8_t)sb_random_below(&d.weights, 256) : 255;
        struct sb_arith_decoder *decoder = new_decoder(bytes, seed % sizeof bytes);
        for (int i = 0; i < 200; i++) {
            next_weights(&d);
            if (d.is_bit) {
                assert_in_range(sb_arith_decode_bit(decoder, d.w[0], d.w[1]), 0, 1);
            } else {
                assert_int_equal(sb_arith_quantise(d.w, d.n, c), SB_OK);
                assert_in_range(sb_arith_decode(decoder, c, d.n), 0, d.n - 1);
            }
        }
        sb_arith_decoder_free(decoder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quantise_by_hand),
        cmocka_unit_test(test_quantise_bound),
        cmocka_unit_test(test_quantise_floats),
        cmocka_unit_test(test_quantise_refuses),
        cmocka_unit_test(test_one_bit),
        cmocka_unit_test(test_carry),
        cmocka_unit_test(test_round_trips_within_bound),
        cmocka_unit_test(test_rare_bits),
        cmocka_unit_test(test_any_bytes_decode),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Breakpoints of integer codes against the reference, brute force over all codes, and the identity of
 * R10; fractions; ties; blocks. */
#include "tests/reference.h"

#include "theory/code_length.h"
#include "theory/huffman.h"
#include "theory/random.h"
#include "theory/staircase.h"

static struct sb_rational fraction(const json_t *json)
{
    long long a, b = 1;
    assert_true(sscanf(json_string_value(json), "%lld/%lld", &a, &b) >= 1);
    return sb_rational_of(a, b);
}

static bool equal(struct sb_rational a, struct sb_rational b)
{
    return sb_rational_compare(a, b) == 0;
}

/* The counts of k p_p + p_a and of p_t over one denominator, exactly. */
struct case_of {
    int64_t fixed[16], growing[16], denominator;
    size_t n;
};

static struct case_of read_case(const json_t *record)
{
    struct case_of c = { .n = json_array_size(json_object_get(record, "p_p")) };
    struct sb_rational all[32], k = fraction(json_object_get(record, "k"));
    int64_t counts[32];
    for (size_t x = 0; x < c.n; x++) {
        struct sb_rational p = fraction(json_array_get(json_object_get(record, "p_p"), x));
        struct sb_rational a = fraction(json_array_get(json_object_get(record, "p_a"), x));
        int64_t common = k.denominator * p.denominator;
        all[x] = sb_rational_of(k.numerator * p.numerator * a.denominator + a.numerator * common,
                                common * a.denominator);
        all[c.n + x] = fraction(json_array_get(json_object_get(record, "p_t"), x));
    }
    assert_int_equal(sb_rational_counts(all, 2 * c.n, counts, &c.denominator), SB_OK);
    memcpy(c.fixed, counts, c.n * sizeof *counts);
    memcpy(c.growing, counts + c.n, c.n * sizeof *counts);
    return c;
}

static void reference_staircases(void **state)
{
    (void)state;
    json_t *root = json_load_file("tests/fixtures/huffman.json", 0, NULL), *record;
    assert_non_null(root);
    size_t i;
    json_array_foreach(reference_section(root, "huffman_staircase"), i, record)
    {
        struct case_of c = read_case(record);
        struct sb_counts counts = { c.fixed, c.growing, c.n };
        struct sb_step *steps;
        size_t n;
        assert_int_equal(sb_staircase(&counts, (struct sb_rational){ 0, 1 },
                                      fraction(json_object_get(record, "l_max")), &steps, &n),
                         SB_OK);
        const json_t *expected = json_object_get(record, "breakpoints");
        assert_int_equal(n, json_array_size(expected) + 1);
        for (size_t b = 1; b < n; b++) {
            const json_t *at = json_array_get(expected, b - 1);
            int64_t fixed = steps[b].fixed_bits - steps[b - 1].fixed_bits;
            int64_t growing = steps[b - 1].growing_bits - steps[b].growing_bits;
            assert_true(equal(steps[b].l, fraction(json_object_get(at, "l_exact"))));
            assert_true(equal(sb_rational_of(fixed, c.denominator),
                              fraction(json_object_get(at, "jump_k_p_plus_a_exact"))));
            struct sb_rational jump = fraction(json_object_get(at, "jump_t_exact"));
            jump.numerator = -jump.numerator;
            assert_true(equal(sb_rational_of(growing, c.denominator), jump));
        }
        static const char *const keys[] = { "k_gamma_p_plus_gamma_a_at_0", "gamma_t_at_0",
                                            "k_gamma_p_plus_gamma_a_at_lmax", "gamma_t_at_lmax" };
        const int64_t bits[] = { steps[0].fixed_bits, steps[0].growing_bits,
                                 steps[n - 1].fixed_bits, steps[n - 1].growing_bits };
        for (int j = 0; j < 4; j++)
            assert_true(equal(sb_rational_of(bits[j], c.denominator),
                              fraction(json_object_get(record, keys[j]))));
        free(steps);
    }
    json_decref(root);
}

/* ---- against all codes ----------------------------------------------------------------------- */

enum { MOST_CODES = 6000 };

/* The lengths of every full prefix code (Kraft's sum 1) of n <= 6 leaves. */
static size_t all_codes(size_t n, uint8_t codes[MOST_CODES][6])
{
    size_t n_codes = 0;
    unsigned lengths[6];
    for (size_t x = 0; x < n; x++)
        lengths[x] = 1;
    for (;;) {
        unsigned kraft = 0;
        for (size_t x = 0; x < n; x++)
            kraft += 32u >> lengths[x];
        if (kraft == 32) {
            assert_true(n_codes < MOST_CODES);
            for (size_t x = 0; x < n; x++)
                codes[n_codes][x] = (uint8_t)lengths[x];
            n_codes++;
        }
        size_t x = 0;
        while (x < n && lengths[x] == 5)
            lengths[x++] = 1;
        if (x == n)
            return n_codes;
        lengths[x]++;
    }
}

static int64_t bits_of(const int64_t *counts, const uint8_t *code, size_t n)
{
    int64_t bits = 0;
    for (size_t x = 0; x < n; x++)
        bits += counts[x] * code[x];
    return bits;
}

/* At l: the least cost (times the denominator) over all codes, and the range of sum P c over those
 * that have it. */
static int64_t cheapest(const struct sb_counts *c, struct sb_rational l, const int64_t *P,
                        uint8_t codes[MOST_CODES][6], size_t n_codes, int64_t range[2])
{
    int64_t best = INT64_MAX;
    for (size_t i = 0; i < n_codes; i++) {
        int64_t cost = l.denominator * bits_of(c->fixed, codes[i], c->n_leaves) +
                       l.numerator * bits_of(c->growing, codes[i], c->n_leaves);
        int64_t bits = bits_of(P, codes[i], c->n_leaves);
        if (cost < best)
            range[0] = range[1] = bits;
        else if (cost == best && bits < range[0])
            range[0] = bits;
        else if (cost == best && bits > range[1])
            range[1] = bits;
        best = cost < best ? cost : best;
    }
    return best;
}

static void check_step(const struct sb_counts *c, const struct sb_step *step,
                       struct sb_rational end, const int64_t *P, uint8_t codes[MOST_CODES][6],
                       size_t n_codes)
{
    struct sb_rational from = step->l;
    /* Inside the step: the mediant. */
    struct sb_rational l =
        sb_rational_of(from.numerator + end.numerator, from.denominator + end.denominator);
    int64_t range[2], least, most, W[6];
    int64_t best = cheapest(c, l, P, codes, n_codes, range);
    assert_int_equal(best, l.denominator * step->fixed_bits + l.numerator * step->growing_bits);
    for (size_t x = 0; x < c->n_leaves; x++)
        W[x] = l.denominator * c->fixed[x] + l.numerator * c->growing[x];
    assert_int_equal(sb_optimal_bits_range(W, P, c->n_leaves, &least, &most), SB_OK);
    assert_int_equal(least, range[0]);
    assert_int_equal(most, range[1]);
    assert_int_equal(sb_optimal_bits_range(W, c->growing, c->n_leaves, &least, &most), SB_OK);
    assert_int_equal(least, step->growing_bits);
    assert_int_equal(most, step->growing_bits);
    assert_int_equal(sb_optimal_bits_range(W, c->fixed, c->n_leaves, &least, &most), SB_OK);
    assert_int_equal(least, step->fixed_bits);
    assert_int_equal(most, step->fixed_bits);
}

/* J of every step is the least over all codes, inside it and (concavity) hence at its ends; a missed
 * breakpoint would leave a cheaper code somewhere, so the least is also compared on a grid. */
static void test_against_all_codes(void **state)
{
    (void)state;
    static uint8_t codes[MOST_CODES][6];
    for (uint64_t round = 0; round < 60; round++) {
        struct sb_random random;
        sb_random_init(&random, 11, round);
        int64_t fixed[6], growing[6], P[6];
        size_t n = 3 + round % 4, n_steps, n_codes = all_codes(n, codes);
        int64_t most = round % 2 ? 4 : 50; /* with and without many ties */
        for (size_t x = 0; x < n; x++) {
            P[x] = (int64_t)sb_random_below(&random, (uint64_t)most);
            fixed[x] = 1 + P[x] + (int64_t)sb_random_below(&random, (uint64_t)most);
            growing[x] = (int64_t)sb_random_below(&random, (uint64_t)most);
        }
        struct sb_counts counts = { fixed, growing, n };
        struct sb_rational low = { 0, 1 }, high = { 7, 2 };
        struct sb_step *steps;
        assert_int_equal(sb_staircase(&counts, low, high, &steps, &n_steps), SB_OK);
        for (size_t s = 0; s < n_steps; s++) {
            struct sb_rational end = s + 1 < n_steps ? steps[s + 1].l : high;
            assert_int_equal(sb_rational_compare(steps[s].l, end), -1);
            check_step(&counts, &steps[s], end, P, codes, n_codes);
            if (s > 0)
                assert_int_equal(
                    (steps[s].fixed_bits - steps[s - 1].fixed_bits) * steps[s].l.denominator,
                    (steps[s - 1].growing_bits - steps[s].growing_bits) * steps[s].l.numerator);
        }
        for (int64_t j = 0; j <= 28; j++) {
            struct sb_rational l = sb_rational_of(j, 8);
            int64_t range[2], best = cheapest(&counts, l, P, codes, n_codes, range);
            size_t s = n_steps - 1;
            while (sb_rational_compare(steps[s].l, l) > 0)
                s--;
            int64_t J = l.denominator * steps[s].fixed_bits + l.numerator * steps[s].growing_bits;
            if (J != best)
                fail_msg("round %d, l = %d/8: %lld, all codes %lld", (int)round, (int)j,
                         (long long)J, (long long)best);
        }
        free(steps);
    }
}

/* ---- limits and domain ----------------------------------------------------------------------- */

static void test_refused(void **state)
{
    (void)state;
    const int64_t fixed[] = { 3, 0, 2 }, growing[] = { 1, 1, 1 }, large[] = { 1, (int64_t)1 << 52 };
    const int64_t none[] = { 0, 0, 0 }, negative[] = { 1, -1, 1 };
    struct sb_rational zero = { 0, 1 }, one = { 1, 1 }, third = { 1, 3 };
    struct sb_step *steps = NULL;
    size_t n = 7;
    const struct {
        struct sb_counts counts;
        struct sb_rational low, high;
        enum sb_status status;
    } cases[] = {
        { { fixed, growing, 3 }, zero, one, SB_DOMAIN }, /* leaf 1 has no code at l = 0 */
        { { growing, fixed, 3 }, one, one, SB_DOMAIN },
        { { growing, fixed, 3 }, one, zero, SB_DOMAIN },
        { { none, growing, 3 }, third, one, SB_DOMAIN },
        { { growing, negative, 3 }, third, one, SB_DOMAIN },
        { { large, growing, 2 }, third, one, SB_LIMIT },
        { { growing, large, 2 }, zero, (struct sb_rational){ 5, 1 }, SB_LIMIT },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(sb_staircase(&cases[i].counts, cases[i].low, cases[i].high, &steps, &n),
                         cases[i].status);
        assert_true(steps == NULL && n == 7);
    }
    /* The same leaves from l > 0 on are in order, and leaf 1 is the lightest until l = 2. */
    struct sb_counts counts = { fixed, growing, 3 };
    assert_int_equal(sb_staircase(&counts, third, one, &steps, &n), SB_OK);
    assert_int_equal(n, 1);
    free(steps);
    int64_t least = 5, most = 6;
    assert_int_equal(sb_optimal_bits_range(fixed, growing, 3, &least, &most), SB_DOMAIN);
    assert_int_equal(sb_optimal_bits_range(large, large, 2, &least, &most), SB_LIMIT);
    assert_true(least == 5 && most == 6);
}

/* ---- fractions ------------------------------------------------------------------------------- */

static void test_simplest_fractions(void **state)
{
    (void)state;
    for (int64_t b = 1; b < 400; b += 7)
        for (int64_t a = 0; a < 3 * b; a += 5) {
            struct sb_rational typed = sb_rational_of(a, b), found;
            assert_int_equal(sb_rational_simplest((double)a / (double)b, &found), SB_OK);
            assert_true(equal(typed, found));
            assert_int_equal(found.denominator, typed.denominator);
        }
    struct sb_rational found = { 5, 5 };
    assert_int_equal(sb_rational_simplest(0.1234567, &found), SB_OK);
    assert_true(found.numerator == 1234567 && found.denominator == 10000000);
    assert_int_equal(sb_rational_simplest(1e-300, &found), SB_LIMIT);
    assert_int_equal(sb_rational_simplest(-1, &found), SB_DOMAIN);
    assert_int_equal(sb_rational_simplest(NAN, &found), SB_DOMAIN);
    assert_true(found.numerator == 1234567);
    const struct sb_rational primes[] = { { 1, 9999991 }, { 1, 9999973 }, { 1, 9999971 } };
    int64_t counts[3], denominator;
    assert_int_equal(sb_rational_counts(primes, 2, counts, &denominator), SB_OK);
    assert_true(counts[0] == 9999973 && counts[1] == 9999991);
    assert_int_equal(sb_rational_counts(primes, 3, counts, &denominator), SB_LIMIT);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* On (.8, .2): H = 0.7219; one leaf costs 1 bit; two cost (.64 + 2 .16 + 3 .2)/2 = 0.78. */
static void test_blocks(void **state)
{
    (void)state;
    const double weights[] = { 8, 2 }, three[] = { 0.7, 0.2, 0.1 };
    double bits = -1;
    assert_int_equal(sb_block_code_bits(weights, 2, 1, &bits), SB_OK);
    assert_close(bits, 1, 1e-15);
    assert_int_equal(sb_block_code_bits(weights, 2, 2, &bits), SB_OK);
    assert_close(bits, 0.78, 1e-14);
    double entropy = sb_entropy_bits(three, 3);
    for (unsigned n_block = 1; n_block <= 10; n_block++) {
        assert_int_equal(sb_block_code_bits(three, 3, n_block, &bits), SB_OK);
        assert_true(bits >= entropy && bits < entropy + 1.0 / n_block);
    }
    assert_int_equal(sb_block_code_bits(three, 3, 13, &bits), SB_LIMIT);
    assert_int_equal(sb_block_code_bits(three, 3, 0, &bits), SB_DOMAIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference_staircases), cmocka_unit_test(test_against_all_codes),
        cmocka_unit_test(test_refused),         cmocka_unit_test(test_simplest_fractions),
        cmocka_unit_test(test_blocks),
    };
    return cmocka_run_group_tests_name("staircase", tests, NULL, NULL);
}

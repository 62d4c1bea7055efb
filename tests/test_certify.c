/* Certificates: what they enclose, and that nothing but a true one passes. */
#include "tests/helpers.h"

#include <nettle/base16.h>
#include <nettle/sha2.h>
#include "tests/reference.h"
#include "theory/certify.h"
#include "theory/mixture_bounds.h"
#include "theory/numeric.h"
#include "theory/random.h"

/* Tests of certificates have nothing to test in a build without FLINT. */
static void need_certificates(void)
{
    if (!sb_certify_available()) {
        print_message("certificates are off: built without FLINT\n");
        skip();
    }
}

/* ---- decimals of any length ------------------------------------------------------------------- */

struct decimal {
    char digits[64]; /* without leading zeros */
    int before;      /* how many stand before the point */
};

static struct decimal decimal_of(const char *text)
{
    struct decimal d = { "", 0 };
    size_t n = 0;
    bool point = false;
    for (; *text && *text != 'e'; text++) {
        if (*text == '.')
            point = true;
        else if (*text != '0' || n > 0) {
            assert_true(n < sizeof d.digits - 1);
            d.digits[n++] = *text;
            d.before += !point;
        } else {
            d.before -= point;
        }
    }
    d.before += *text ? atoi(text + 1) : 0;
    while (n > 0 && d.digits[n - 1] == '0')
        n--;
    d.digits[n] = 0;
    return d;
}

/* The sign of a - b, both >= 0. */
static int compare(const char *a, const char *b)
{
    struct decimal x = decimal_of(a), y = decimal_of(b);
    if (!x.digits[0] || !y.digits[0])
        return (x.digits[0] != 0) - (y.digits[0] != 0);
    if (x.before != y.before)
        return x.before - y.before;
    return strcmp(x.digits, y.digits);
}

/* The line "KEY LOW HIGH" of a certificate encloses value. */
static void assert_encloses(const char *text, const char *key, const char *value)
{
    const char *line = strstr(text, key);
    char low[64], high[64];
    if (!line || sscanf(line + strlen(key), " %63s %63s", low, high) != 2)
        fail_msg("no \"%s\" in\n%s", key, text);
    if (compare(low, value) > 0 || compare(value, high) > 0)
        fail_msg("%s %s %s does not enclose %s", key, low, high, value);
}

/* ---- making and rechecking -------------------------------------------------------------------- */

static char *certify(const char *statement, const struct sb_certify_input *input)
{
    char *text;
    size_t size;
    struct sb_finding finding, again;
    struct sb_error error = { "" };
    if (sb_certify(statement, input, &text, &size, &finding, &error))
        fail_msg("%s: %s", statement, error.message);
    assert_int_equal(size, strlen(text));
    assert_int_equal(finding.status, SB_CERTIFIED);
    if (sb_recheck("memory", text, size, &again, &error))
        fail_msg("%s: %s\n%s", statement, error.message, text);
    assert_string_equal(finding.claim, again.claim);
    assert_int_equal(finding.n_cases, again.n_cases);
    assert_int_equal(again.status, SB_CERTIFIED);
    return text;
}

static enum sb_status recheck(const char *text, size_t size, struct sb_error *error)
{
    struct sb_finding finding;
    return sb_recheck("memory", text, size, &finding, error);
}

static void assert_not_certified(const char *statement, const struct sb_certify_input *input,
                                 enum sb_status status, const char *part)
{
    char *text = NULL;
    size_t size = 7;
    struct sb_finding finding;
    struct sb_error error = { "" };
    if (sb_certify(statement, input, &text, &size, &finding, &error) != status)
        fail_msg("expected \"%s\", not \"%s\"\n%s", part, error.message, text ? text : "");
    if (!strstr(error.message, part))
        fail_msg("\"%s\" does not say \"%s\"", error.message, part);
    assert_null(text);
    assert_int_equal(size, 7);
}

/* ---- inputs from the reference ---------------------------------------------------------------- */

enum { MOST_LEAVES = 16 };
struct input {
    const char *p[3][MOST_LEAVES];
    struct sb_certify_input input;
};

static void input_of(const json_t *record, struct input *in)
{
    static const char *const keys[] = { "p_p", "p_a", "p_t" };
    *in = (struct input){ 0 };
    for (int i = 0; i < 3; i++) {
        const json_t *list = json_object_get(record, keys[i]);
        in->input.n_leaves = json_array_size(list);
        assert_true(in->input.n_leaves <= MOST_LEAVES);
        for (size_t x = 0; x < in->input.n_leaves; x++)
            in->p[i][x] = json_string_value(json_array_get(list, x));
        in->input.p[i] = in->p[i];
    }
    in->input.k = json_string_value(json_object_get(record, "k"));
    in->input.l = json_string_value(json_object_get(record, "l"));
}

static const char *string_of(const json_t *record, const char *key)
{
    return json_string_value(json_object_get(record, key));
}

static void test_R3_reference(void **state)
{
    (void)state;
    need_certificates();
    json_t *root = reference_open();
    size_t i, n = 0;
    json_t *record;
    json_array_foreach(reference_section(root, "A"), i, record)
    {
        const char *R = string_of(record, "R");
        struct sb_certify_input input = { .k = string_of(record, "k"),
                                          .l = string_of(record, "l"),
                                          .pi_t = string_of(record, "pi_t") };
        if (!string_of(record, "upper_c2"))
            continue;
        char *text = certify("R3", &input);
        assert_encloses(text, "conclude R", R);
        free(text);
        input.theta = string_of(record, "theta");
        input.l = NULL;
        text = certify("R3", &input);
        assert_encloses(text, "conclude R", string_of(record, "upper_c2"));
        free(text);
        n++;
    }
    assert_true(n >= 3);
    json_decref(root);
}

static void test_R4_reference(void **state)
{
    (void)state;
    need_certificates();
    json_t *root = reference_open();
    size_t i, n = 0;
    json_t *record;
    json_array_foreach(reference_section(root, "B"), i, record)
    {
        struct input in;
        input_of(record, &in);
        const char *l_star = string_of(record, "l_star_p");
        if (l_star) {
            char *text = certify("R4", &in.input);
            assert_encloses(text, "value l*", l_star);
            assert_encloses(text, "value R(L)", string_of(record, "R"));
            free(text);
            n++;
        } else {
            assert_not_certified("R4", &in.input, SB_DOMAIN, "there is no l*");
        }
    }
    assert_true(n >= 1);
    json_decref(root);
}

static void test_R5_reference(void **state)
{
    (void)state;
    need_certificates();
    json_t *root = reference_open();
    size_t i, n = 0;
    json_t *record;
    json_array_foreach(reference_section(root, "D"), i, record)
    {
        struct input in;
        input_of(record, &in);
        char *text = certify("R5", &in.input);
        const char *k_star = string_of(record, "k_star");
        assert_non_null(strstr(text, k_star ? "exactly for k < k*" : "for every k > 0"));
        assert_encloses(text, "value chi", string_of(record, "chi"));
        if (k_star)
            assert_encloses(text, "value k*", k_star);
        n += k_star != NULL;
        free(text);
    }
    assert_true(n >= 1);
    json_decref(root);
}

static void test_R12_reference(void **state)
{
    (void)state;
    need_certificates();
    json_t *root = reference_open();
    size_t i;
    json_t *record;
    json_array_foreach(reference_section(root, "F_phase"), i, record)
    {
        if (i == 2) /* a second each; tests/test_pareto.c compares them all */
            break;
        char pi[64], low[32];
        snprintf(pi, sizeof pi, "%s,%s,%s", string_of(record, "pi_1"), string_of(record, "pi_a"),
                 string_of(record, "pi_t"));
        char *text = certify("R12", &(struct sb_certify_input){ .pi = pi });
        const char *line = strstr(text, "value alpha_c ");
        assert_non_null(line);
        assert_int_equal(sscanf(line, "value alpha_c %31s", low), 1);
        double alpha_c = reference_number(record, "alpha_c"); /* to 8 digits */
        assert_close(atof(low), alpha_c, 2e-8);
        free(text);
    }
    json_decref(root);
}

/* ---- simplices --------------------------------------------------------------------------------- */

/* "NAME LOW HIGH" behind `line`, up to its end: a random number between the two. */
static double within(const char *line, const char *name, struct sb_random *random)
{
    char key[32], low[64], high[64];
    double a = NAN, b = NAN;
    snprintf(key, sizeof key, " %s ", name);
    const char *at = strstr(line, key), *end = strchr(line, '\n');
    assert_true(at && at < end && sscanf(at + strlen(key), "%63s %63s", low, high) == 2);
    assert_int_equal(sb_parse_number(low, &a) || sb_parse_number(high, &b), 0);
    return a + (b - a) * sb_random_unit(random);
}

static void assert_between(const char *line, const char *name, double value)
{
    char key[32];
    double low = NAN, high = NAN;
    snprintf(key, sizeof key, " %s ", name);
    const char *at = strstr(line, key), *end = strchr(line, '\n');
    assert_true(at && at < end && sscanf(at + strlen(key), "%lf %lf", &low, &high) == 2);
    double rounding = 1e-9 * (1 + fabs(value));
    if (!(value >= low - rounding && value <= high + rounding))
        fail_msg("%s = %.12g at a point of: %.*s", name, value, (int)(end - line), line);
}

/* A point of each box, computed in doubles by the other route (theory/mixture_bounds). */
static void check_points(const char *text, bool is_R7, int n, const double pi[3], double k,
                         double l)
{
    static const char *const names[3][2] = { { "P_1[0]", "P_1[1]" },
                                             { "P_a[0]", "P_a[1]" },
                                             { "P_t[0]", "P_t[1]" } };
    struct sb_random random;
    sb_random_init(&random, 3, 0);
    size_t n_points = 0;
    /* Lines by memchr: under a sanitizer strstr and sscanf read to the end of the text each time. */
    const char *stop = text + strlen(text);
    for (const char *line = text, *next; line < stop; line = next) {
        double P[3][3];
        char box[512];
        size_t size = (size_t)((const char *)memchr(line, '\n', (size_t)(stop - line)) + 1 - line);
        next = line + size;
        if (size < 5 || memcmp(line, "box ", 4) != 0)
            continue;
        assert_true(size < sizeof box);
        memcpy(box, line, size);
        box[size] = 0;
        bool inside = true;
        for (int i = 0; i < 3; i++) {
            P[i][n - 1] = 1;
            for (int x = 0; x < n - 1; x++)
                P[i][n - 1] -= P[i][x] = within(box, names[i][x], &random);
            inside = inside && P[i][n - 1] >= 0;
        }
        if (!inside)
            continue;
        if (!is_R7) { /* any k, l and shares with this tau and w_1: pi_1 k = w_1, S = 1 */
            double w = within(box, "w_1", &random), tau = within(box, "tau", &random), chi = 0;
            for (int x = 0; x < n; x++)
                chi += P[1][x] * P[2][x] /
                       (w * P[0][x] + (1 - w) * (tau * P[1][x] + (1 - tau) * P[2][x]));
            assert_between(box, "slack", 1 - (1 - w) * chi);
            n_points++;
            continue;
        }
        struct sb_composition c = { P[0], P[1], P[2], (size_t)n, pi[0], pi[1], pi[2], k, l };
        struct sb_composition_values v;
        assert_int_equal(sb_composition_at(&c, &v), SB_OK);
        assert_between(box, "kappa_l", v.kappa_l);
        const char *end = strchr(box, '\n');
        bool is_void = strncmp(end - 5, " void", 5) == 0, is_open = !strncmp(end - 5, " open", 5);
        if (is_void)
            assert_int_not_equal(v.bound.condition, SB_BOUND_HOLDS);
        else if (!is_open) {
            assert_int_equal(v.bound.condition, SB_BOUND_HOLDS);
            assert_between(box, "R", v.R);
        }
        n_points++;
    }
    assert_true(n_points > 100);
}

static void test_simplex(void **state)
{
    (void)state;
    need_certificates();
    char *text = certify("R6", &(struct sb_certify_input){ 0 });
    assert_non_null(strstr(text, "\nconclude slack 0 1\n"));
    check_points(text, false, 2, NULL, 0, 0);
    free(text);
    const double two[] = { 0, 0.5, 0.5 }, three[] = { 0, 0.25, 0.75 };
    text = certify("R7", &(struct sb_certify_input){ .pi = "0,1/2,1/2" });
    check_points(text, true, 2, two, 20, 0.1);
    /* Without P_1, R does not depend on the overlap: R = (10 + 0.1)/(10 - 20/20), always below. */
    assert_non_null(strstr(text, " 1.12222223 holds "));
    free(text);
    text = certify("R7", &(struct sb_certify_input){
                             .pi = "0,1/4,3/4", .k = "1e3", .l = "1/100", .simplex_leaves = 3 });
    check_points(text, true, 3, three, 1e3, 0.01);
    free(text);
}

/* ---- cases worked by hand ---------------------------------------------------------------------- */

/* p_p = (3/5, 2/5), p_a = (1, 0), p_t = (7/10, 3/10), k = 1: q0 = (4/5, 1/5),
 * X_p = 0.6 0.7/0.8 + 0.4 0.3/0.2 = 1.125 > 1 and sum p_p q0/p_t = 0.48/0.7 + 0.08/0.3 = 0.952 <= 1:
 * gamma_p' < 0 for ever. R(0+) = (1 - X_a)/(X_p - 1) = (1 - 0.7/0.8)/0.125 = 1. */
static const char *const FALLING[3][2] = { { "3/5", "2/5" }, { "1", "0" }, { "0.7", "3e-1" } };

static void test_endless(void **state)
{
    (void)state;
    need_certificates();
    const struct sb_certify_input input = {
        .k = "1", .l = "5", .p = { FALLING[0], FALLING[1], FALLING[2] }, .n_leaves = 2
    };
    char *text = certify("R4", &input);
    assert_non_null(strstr(text, "claim gamma_p' < 0 for every l"));
    assert_encloses(text, "value R(0+)", "1");
    assert_null(strstr(text, "l* "));
    free(text);
}

/* p_a = p_t: X_a >= 1 for every k, with equality at k = 0 only. */
static void test_never(void **state)
{
    (void)state;
    need_certificates();
    static const char *const p[] = { "1/2", "1/4", "1/4" }, *const a[] = { "1/4", "1/2", "1/4" };
    struct sb_certify_input input = { .p = { p, a, a }, .n_leaves = 3 };
    char *text = certify("R5", &input);
    assert_non_null(strstr(text, "claim kappa_k <= 0 for every k > 0"));
    free(text);
    input.p[2] = p; /* chi = sum p_a = 1 */
    assert_not_certified("R5", &input, SB_DOMAIN, "chi = 1 exactly");
}

static void test_conditions(void **state)
{
    (void)state;
    need_certificates();
    struct sb_certify_input in = { .k = "1:1e12", .l = "0:1/2", .pi_t = "1/3" };
    assert_not_certified("R3", &in, SB_DOMAIN, "reaches the pole l*");
    in.l = "0:0.5000000000000000001";
    assert_not_certified("R3", &in, SB_DOMAIN, "reaches the pole l*");
    in.l = "0:0.4";
    in.theta = "0:0.5";
    assert_not_certified("R3", &in, SB_DOMAIN, "not both");
    in.l = NULL;
    in.theta = "0:1";
    assert_not_certified("R3", &in, SB_DOMAIN, "theta < 1");
    in.theta = "0.5:0.4";
    assert_not_certified("R3", &in, SB_DOMAIN, "expected LOW:HIGH");
    in.theta = NULL;
    in.k = "0:1";
    assert_not_certified("R3", &in, SB_DOMAIN, "k > 0");
    in.k = "1";
    in.pi_t = "0.5:1";
    assert_not_certified("R3", &in, SB_DOMAIN, "0 < pi_t < 1");
    assert_not_certified("R1", &in, SB_UNSUPPORTED, "R1 has no certificate");
    in = (struct sb_certify_input){ .simplex_leaves = 4 };
    assert_not_certified("R6", &in, SB_DOMAIN, "on 2 or 3 leaves, not 4");
    in = (struct sb_certify_input){ .k = "0" };
    assert_not_certified("R7", &in, SB_DOMAIN, "k = 0 is not");
    in = (struct sb_certify_input){ .pi = "1/3,1/3,1/4" };
    assert_not_certified("R7", &in, SB_DOMAIN, "do not sum to exactly 1");
    in.pi = "1/2,1/2";
    assert_not_certified("R12", &in, SB_DOMAIN, "expected three shares");
    in.pi = "1/2,1/2,0";
    assert_not_certified("R12", &in, SB_DOMAIN, "the last > 0");
    in.pi = "1/2,1/4,1/4";
    assert_not_certified("R12", &in, SB_DOMAIN, "there is no alpha_c");
    static const char *const last[] = { "0", "1" }; /* C_p(2/3) = (8/3)(2/5)/(2/5 + 2/3) = 1 */
    in = (struct sb_certify_input){
        .k = "1", .l = "2/3", .p = { FALLING[0], FALLING[1], last }, .n_leaves = 2
    };
    assert_not_certified("R4", &in, SB_DOMAIN, "not below l* =");
    static const char *const rounded[] = { "0.333", "0.666" };
    in.p[2] = rounded;
    assert_not_certified("R4", &in, SB_DOMAIN,
                         "p_t sums to 999/1000; a certificate needs exactly 1");
    static const char *const negative[] = { "1/2", "-1/2" };
    in.p[1] = negative;
    assert_not_certified("R4", &in, SB_DOMAIN, "p_a[1] = -1/2");
    in.p[1] = in.p[2] = FALLING[1];
    in.k = NULL;
    assert_not_certified("R4", &in, SB_DOMAIN, "needs k");
}

/* ---- what is not a certificate ----------------------------------------------------------------- */

/* The certificates that are damaged (R3, R4, R5) and forged below. */
static char *sample(int i)
{
    struct sb_certify_input in = { .k = "10:1000", .theta = "0:0.75", .pi_t = "1/3" };
    static const char *const ids[] = { "R3", "R4", "R5", "R6", "R7", "R12" };
    static const char *const p[] = { "3/5", "3/10", "1/20", "1/20" };
    static const char *const a[] = { "1/10", "3/10", "3/10", "3/10" };
    static const char *const t[] = { "3/10", "3/10", "1/5", "1/5" };
    static const char *const p1[] = { "1/4", "1/4", "1/5", "1/5", "1/10" };
    static const char *const a1[] = { "1/10", "2/5", "1/10", "3/10", "1/10" };
    static const char *const t1[] = { "3/10", "1/10", "3/10", "1/10", "1/5" };
    if (i > 2)
        in = (struct sb_certify_input){ 0 };
    else if (i > 0)
        in = (struct sb_certify_input){ .p = { p, a, t }, .n_leaves = 4 };
    if (i == 1)
        in = (struct sb_certify_input){ .k = "7", .l = "1/4", .p = { p1, a1, t1 }, .n_leaves = 5 };
    return certify(ids[i], &in);
}

static void test_damage(void **state)
{
    (void)state;
    need_certificates();
    struct sb_error error;
    for (int i = 0; i < 3; i++) {
        char *text = sample(i);
        size_t size = strlen(text);
        for (size_t n = 0; n < size; n++)
            if (recheck(text, n, &error) != SB_FORMAT || !strstr(error.message, "memory line "))
                fail_msg("the first %zu bytes pass: %s", n, error.message);
        for (size_t at = 0; at < size; at++) {
            char old = text[at];
            static const char others[] = "0193/e. \nx";
            for (const char *c = others; *c; c++) {
                text[at] = *c;
                if (*c != old && recheck(text, size, &error) != SB_FORMAT)
                    fail_msg("byte %zu, '%c' for '%c', passes:\n%s", at, *c, old, text);
            }
            text[at] = old;
        }
        free(text);
    }
    assert_int_equal(recheck("k\tl\n20\t0\n", 9, &error), SB_FORMAT);
    assert_string_equal(error.message, "memory line 1: expected \"springback certificate ...\"");
}

/* text with the first `from` replaced by `to`, under a digest that fits: somebody who forges. */
static char *forge(const char *text, const char *from, const char *to)
{
    const char *at = strstr(text, from), *end = strstr(text, "\nsha256 ");
    if (!at || !end)
        fail_msg("no \"%s\" in\n%s", from, text);
    size_t size = strlen(text) + strlen(to) + 128;
    char *forged = malloc(size), hex[65] = "";
    assert_non_null(forged);
    int n = snprintf(forged, size, "%.*s%s%.*s\n", (int)(at - text), text, to,
                     (int)(end - at - (long)strlen(from)), at + strlen(from));
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, (size_t)n, (const uint8_t *)forged);
    sha256_digest(&context, sizeof digest, digest);
    base16_encode_update(hex, sizeof digest, digest);
    snprintf(forged + n, size - (size_t)n, "sha256 %s\n", hex);
    return forged;
}

static void test_forgery(void **state)
{
    (void)state;
    need_certificates();
    static const struct {
        int sample;
        const char *from, *to, *why;
    } forgeries[] = {
        { 0, "", "", NULL }, /* forge itself makes a certificate that passes */
        { 0, "domain theta 0 3/4", "domain theta 0 4/5", "not the box that the cuts leave" },
        { 0, "domain theta 0 3/4", "domain theta 0 1", "not the box that the cuts leave" },
        { 0, "domain k 10", "domain k 9", "not the box" },
        { 0, "cut theta 3/8", "cut theta 1/4", "not the box" },
        { 0, "cut theta 3/8", "cut theta 7/8", "not inside" },
        { 0, "cut theta 3/8", "cut k 3/8", "not inside" },
        { 0, " R 1 ", " R 1.1 ", "the lower constant" },
        { 0, " R 1 ", " R 0.9 ", "the lower constant" },
        { 0, "conclude R 1 4.4", "conclude R 1 4.3", "least and largest" },
        { 1, "given k 7", "given k 8", "R is not in this" },
        { 1, "given L 1/4", "given L 1/3", "R is not in this" },
        { 1, "given L 1/4", "given L 9", "gamma_p' is not negative" },
        { 1, "given p_t 3/10 1/10", "given p_t 3/10 2/10", "do not sum to 1" },
        { 1, "given p_t 3/10 1/10 3/10 1/10", "given p_t 3/10 1/10 1/10 3/10", "is not negative" },
        { 1, "given p_t 3/10 1/10", "given p_t 2/5", "as many leaves" },
        { 1, "value l* 0.", "value l* 0.9", "" },
        { 1, "exactly for l < l*;", "for every l;", "" },
        { 2, "value k* 0.66666666666666666 0.66666666666666667",
          "value k* 0.66666666666666667 0.66666666666666668", "does not turn" },
        { 2, "value k* 0.66666666666666666 0.66666666666666667", "value k* 0.6 0.7",
          "less than 15 digits" },
        { 2, "value chi 2.75 2.75", "value chi 2.74 2.74", "chi is not" },
        { 2, "exactly for k < k*", "for each k", "no claim" },
        { 2, "claim kappa_k > 0 exactly for k < k*", "claim kappa_k > 0 for every k > 0",
          "does not follow" },
        { 2, "claim kappa_k > 0 exactly for k < k*", "claim kappa_k <= 0 for every k > 0",
          "does not follow" },
        { 2, "statement R5", "statement R4", "no claim" },
        { 2, "certificate 1", "certificate 2", "another version" },
        { 2, "precision_bits 128", "precision_bits 12", "not a precision" },
        { 3, "cut P_1[0] 1/2", "cut P_1[0] 1/3", "not the box" },
        { 3, " slack 0 ", " slack 0.1 ", "do not enclose" },
        { 3, " slack 0 ", " slack -0.1 ", "a negative slack" },
        { 3, "conclude slack 0 1", "conclude slack 0 0.9", "not what the boxes say" },
        { 3, "given leaves 2", "given leaves 3", "not the box" },
        { 3, "given leaves 2", "given leaves 5", "expected 2 or 3" },
        { 4, " void", " open", "not what the boxes say" },
        { 4, " open", " void", "may hold in this box" },
        { 4, " open", " R 1 2", "the condition of R7 does not hold" },
        { 4, " open", " closed", "expected R LEAST MOST" },
        { 4, "given l 1/10", "given l 1/5", "do not enclose" },
        { 4, "given pi_a 1/3", "given pi_a 1/4", "do not sum to 1" },
        { 4, " R 1", " R 2", "the lower constant" },
        { 5, "given pi_1 4/5\ngiven pi_a 1/10", "given pi_1 3/4\ngiven pi_a 3/20",
          "chi is not in" },
        { 5, "given pi_1 4/5", "given pi_1 7/10", "do not sum to 1" },
        { 5, "alpha_c 1.684368", "alpha_c 1.684367", "less than 10 digits" },
        { 5, "alpha_c 1.684368", "alpha_c 0.684368", "between 1 and 50" },
    };
    char *text = NULL;
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        if (i == 0 || forgeries[i].sample != forgeries[i - 1].sample) {
            free(text);
            text = sample(forgeries[i].sample);
        }
        char *forged = forge(text, forgeries[i].from, forgeries[i].to);
        struct sb_error error = { "" };
        enum sb_status status = recheck(forged, strlen(forged), &error);
        if (status != (forgeries[i].why ? SB_FORMAT : SB_OK) ||
            (forgeries[i].why && !strstr(error.message, forgeries[i].why)))
            fail_msg("%s -> %s: status %d, \"%s\"\n%s", forgeries[i].from, forgeries[i].to,
                     (int)status, error.message, forged);
        free(forged);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_R3_reference),  cmocka_unit_test(test_R4_reference),
        cmocka_unit_test(test_R5_reference),  cmocka_unit_test(test_endless),
        cmocka_unit_test(test_R12_reference), cmocka_unit_test(test_simplex),
        cmocka_unit_test(test_never),         cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_damage),        cmocka_unit_test(test_forgery),
    };
    return cmocka_run_group_tests_name("certify", tests, NULL, NULL);
}

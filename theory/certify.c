#include "theory/certify.h"

#include "theory/certificate.h"

const char sb_certify_statements[] = "R3, R4, R5, R6, R7 or R12";

bool sb_certify_available(void)
{
    return SB_FLINT != 0;
}

#if !SB_FLINT

static enum sb_status off(struct sb_error *error)
{
    return sb_fail(error, SB_UNSUPPORTED,
                   "certificates are off: built without FLINT and Arb; install libflint-arb-dev "
                   "(or FLINT 3) and build again");
}

enum sb_status sb_certify(const char *statement, const struct sb_certify_input *input, char **text,
                          size_t *size, struct sb_finding *finding, struct sb_error *error)
{
    (void)statement, (void)input, (void)text, (void)size, (void)finding;
    return off(error);
}

enum sb_status sb_recheck(const char *name, const char *text, size_t size,
                          struct sb_finding *finding, struct sb_error *error)
{
    (void)name, (void)text, (void)size, (void)finding;
    return off(error);
}

#else

#include <math.h>
#include <nettle/base16.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

/* ---- exact numbers -------------------------------------------------------------------------- */

/* x *= 10^n. */
static void scale(fmpq_t x, long n)
{
    fmpz_t power;
    fmpz_init_set_ui(power, 10);
    fmpz_pow_ui(power, power, (ulong)labs(n));
    if (n < 0)
        fmpq_div_fmpz(x, x, power);
    else
        fmpq_mul_fmpz(x, x, power);
    fmpz_clear(power);
}

/* digits[.digits][e[+-]digits] of n characters. */
static bool parse_decimal(fmpq_t x, const char *text, size_t n)
{
    char digits[4001];
    size_t n_digits = 0, i = 0;
    long exponent = 0, fraction = 0;
    bool point = false;
    for (; i < n && (text[i] == '.' || (text[i] >= '0' && text[i] <= '9')); i++) {
        if (text[i] == '.' && point)
            return false;
        if (text[i] == '.') {
            point = true;
            continue;
        }
        digits[n_digits++] = text[i];
        fraction += point;
    }
    digits[n_digits] = 0;
    if (n_digits == 0)
        return false;
    if (i < n) {
        if (text[i] != 'e' && text[i] != 'E')
            return false;
        bool negative = ++i < n && text[i] == '-';
        i += i < n && (text[i] == '-' || text[i] == '+');
        size_t start = i;
        for (; i < n && text[i] >= '0' && text[i] <= '9' && i - start < 4; i++)
            exponent = 10 * exponent + (text[i] - '0');
        if (i < n || i == start)
            return false;
        exponent = negative ? -exponent : exponent;
    }
    fmpz_set_str(fmpq_numref(x), digits, 10);
    fmpz_one(fmpq_denref(x));
    scale(x, exponent - fraction);
    return true;
}

bool sb_exact_parse(fmpq_t x, const char *text)
{
    bool negative = *text == '-';
    text += negative;
    size_t n = strlen(text), n_numerator = strcspn(text, "/");
    if (n > 4000 || !parse_decimal(x, text, n_numerator))
        return false;
    if (n_numerator < n) {
        fmpq_t denominator;
        fmpq_init(denominator);
        bool ok = parse_decimal(denominator, text + n_numerator + 1, n - n_numerator - 1) &&
                  !fmpq_is_zero(denominator);
        if (ok)
            fmpq_div(x, x, denominator);
        fmpq_clear(denominator);
        if (!ok)
            return false;
    }
    if (negative)
        fmpq_neg(x, x);
    return true;
}

void sb_exact_print(FILE *file, const fmpq_t x)
{
    char *text = fmpq_get_str(NULL, 10, x);
    fputs(text, file);
    flint_free(text);
}

/* digits 10^exponent without zeros behind: 0.00012, 3.25, 1e-30. */
static void print_digits(FILE *file, const fmpz_t digits, long exponent)
{
    char *text = fmpz_get_str(NULL, 10, digits);
    long n = (long)strlen(text), before = n + exponent; /* digits before the point */
    while (n > 1 && text[n - 1] == '0')
        n--;
    if (before > 0 && before <= 20) {
        fprintf(file, "%.*s", (int)(before < n ? before : n), text);
        for (long i = n; i < before; i++)
            putc('0', file);
        if (n > before)
            fprintf(file, ".%.*s", (int)(n - before), text + before);
    } else if (before <= 0 && before > -5) {
        fprintf(file, "0.%.*s%.*s", (int)-before, "00000", (int)n, text);
    } else {
        fprintf(file, n > 1 ? "%c.%.*se%ld" : "%c%.*se%ld", text[0], (int)(n - 1), text + 1,
                before - 1);
    }
    flint_free(text);
}

static void print_rounded(FILE *file, const fmpq_t x, int n_digits, bool up)
{
    if (fmpq_is_zero(x)) {
        putc('0', file);
        return;
    }
    fmpq_t scaled;
    fmpz_t digits, limit;
    fmpq_init(scaled);
    fmpz_init(digits);
    fmpz_init_set_ui(limit, 10);
    fmpz_pow_ui(limit, limit, (ulong)n_digits);
    /* The exponent is guessed from above, so that the digits are at most one too few. */
    long exponent = (long)fmpz_sizeinbase(fmpq_numref(x), 10) -
                    (long)fmpz_sizeinbase(fmpq_denref(x), 10) - n_digits;
    for (;; exponent++) {
        fmpq_set(scaled, x);
        scale(scaled, -exponent);
        if (up)
            fmpz_cdiv_q(digits, fmpq_numref(scaled), fmpq_denref(scaled));
        else
            fmpz_fdiv_q(digits, fmpq_numref(scaled), fmpq_denref(scaled));
        if (fmpz_cmp(digits, limit) <= 0)
            break;
    }
    print_digits(file, digits, exponent);
    fmpq_clear(scaled);
    fmpz_clear(digits);
    fmpz_clear(limit);
}

void sb_exact_print_down(FILE *file, const fmpq_t x, int digits)
{
    print_rounded(file, x, digits, false);
}

void sb_exact_print_up(FILE *file, const fmpq_t x, int digits)
{
    print_rounded(file, x, digits, true);
}

enum sb_status sb_exact_shares(const char *text, fmpq_t shares[3], struct sb_error *error)
{
    char word[128];
    const char *at = text;
    fmpq_t sum;
    fmpq_init(sum);
    bool ok = true;
    for (int i = 0; i < 3 && ok; i++) {
        size_t n = strcspn(at, ",");
        ok = n < sizeof word && (at[n] == ',') == (i < 2);
        if (!ok)
            break;
        memcpy(word, at, n);
        word[n] = 0;
        ok = sb_exact_parse(shares[i], word) && fmpq_sgn(shares[i]) >= (i == 2);
        fmpq_add(sum, sum, shares[i]);
        at += n + (i < 2);
    }
    bool is_one = fmpq_is_one(sum);
    fmpq_clear(sum);
    if (!ok)
        return sb_fail(error, SB_DOMAIN,
                       "pi = %.60s: expected three shares P1,PA,PT >= 0, the last > 0", text);
    if (!is_one)
        return sb_fail(error, SB_DOMAIN,
                       "pi = %.60s: the shares do not sum to exactly 1; give fractions", text);
    return SB_OK;
}

/* ---- the file ------------------------------------------------------------------------------- */

const char *sb_certificate_claim(const char *statement, const char *variant)
{
    static const struct {
        const char *statement, *variant, *claim;
    } claims[] = {
        { "R3", "theta", "c1 <= R <= c2 in each box, for any leaf laws and l = theta l*" },
        { "R3", "l", "c1 <= R <= c2 in each box, for any leaf laws; no box reaches l*" },
        { "R4", "finite", "gamma_p' < 0 exactly for l < l*; R(0+) <= R <= R(L) on (0, L], sharp" },
        { "R4", "inf", "gamma_p' < 0 for every l; R(0+) <= R <= R(L) on (0, L], sharp" },
        { "R5", "always", "kappa_k > 0 for every k > 0" },
        { "R5", "below", "kappa_k > 0 exactly for k < k*" },
        { "R5", "never", "kappa_k <= 0 for every k > 0" },
        { "R6", "simplex", "chi_l <= S/(A + T): in each box slack = 1 - chi_l (A + T)/S >= 0" },
        { "R7", "simplex",
          "1 <= R <= (k pi_t + l)/(k (pi_t - l (pi_a + pi_1/kappa_l))) where the condition holds" },
        { "R12", "alpha_c", "kappa > 0 at the lower and kappa < 0 at the upper end of alpha_c" },
    };
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        if (!strcmp(claims[i].statement, statement) && !strcmp(claims[i].variant, variant))
            return claims[i].claim;
    return NULL;
}

void sb_certificate_digest(const char *bytes, size_t size, char hex[65])
{
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, size, (const uint8_t *)bytes);
    sha256_digest(&context, sizeof digest, digest);
    base16_encode_update(hex, sizeof digest, digest);
    hex[64] = 0;
}

static enum sb_status make(enum sb_status (*maker_of)(struct sb_maker *), struct sb_maker *maker,
                           char **text, size_t *size)
{
    maker->file = open_memstream(text, size);
    if (!maker->file)
        return sb_fail_memory(maker->error);
    fprintf(maker->file, "springback certificate 1\nstatement %s\n", maker->finding->statement);
    enum sb_status status = maker_of(maker);
    fflush(maker->file);
    char hex[65];
    if (*text)
        sb_certificate_digest(*text, *size, hex);
    if (!status)
        fprintf(maker->file, "sha256 %s\n", hex);
    if (fclose(maker->file) && !status)
        status = sb_fail_memory(maker->error);
    return status;
}

enum sb_status sb_certify(const char *statement, const struct sb_certify_input *input, char **text,
                          size_t *size, struct sb_finding *finding, struct sb_error *error)
{
    static const struct {
        const char *statement;
        enum sb_status (*make)(struct sb_maker *maker);
    } makers[] = { { "R3", sb_certify_R3 },      { "R4", sb_certify_R4 },
                   { "R5", sb_certify_R5 },      { "R6", sb_certify_simplex },
                   { "R7", sb_certify_simplex }, { "R12", sb_certify_R12 } };
    size_t i = 0, n = sizeof makers / sizeof *makers;
    while (i < n && strcmp(makers[i].statement, statement) != 0)
        i++;
    if (i == n)
        return sb_fail(error, SB_UNSUPPORTED, "%s has no certificate; give %s", statement,
                       sb_certify_statements);
    struct sb_finding row = { .margin = NAN, .margin_unit = "", .status = SB_CERTIFIED };
    snprintf(row.statement, sizeof row.statement, "%s", statement);
    struct sb_maker maker = { input, NULL, &row, error };
    char *new = NULL;
    size_t n_bytes = 0;
    enum sb_status status = make(makers[i].make, &maker, &new, &n_bytes);
    flint_cleanup();
    if (status) {
        free(new);
        return status;
    }
    *text = new;
    *size = n_bytes;
    *finding = row;
    return SB_OK;
}

#endif

/* What making and rechecking certificates share (theory/certify.h): exact numbers as text, the
 * words of the file, and its digest. Nothing that decides a claim is here. */
#ifndef SB_THEORY_CERTIFICATE_H
#define SB_THEORY_CERTIFICATE_H

#include <stdbool.h>
#include <stdio.h>
#include "theory/certify.h"

#if SB_FLINT
#if SB_FLINT >= 3
#include <flint/arb.h>
#include <flint/fmpq.h>
#else
#include <arb.h>
#include <flint/fmpq.h>
#endif

/* "-3", "1e-3", "0.25", "1/3": exactly. At most 4000 characters and exponents of 4 digits. */
bool sb_exact_parse(fmpq_t x, const char *text);

/* "P1,PA,PT": three shares >= 0 that sum to 1, pi_t > 0; SB_DOMAIN says what is wrong. */
enum sb_status sb_exact_shares(const char *text, fmpq_t shares[3], struct sb_error *error);

/* x with at most `digits` significant digits, rounded down or up; exact if it fits. x >= 0. */
void sb_exact_print_down(FILE *file, const fmpq_t x, int digits);
void sb_exact_print_up(FILE *file, const fmpq_t x, int digits);

/* x exactly: an integer or a fraction. */
void sb_exact_print(FILE *file, const fmpq_t x);

enum { SB_CERTIFICATE_PRECISION_MAX = 8192 };

/* "R3" with "theta" and the like: one sentence, which the file repeats. NULL: no such claim. */
const char *sb_certificate_claim(const char *statement, const char *variant);

/* The SHA-256 of size bytes in hexadecimal. */
void sb_certificate_digest(const char *bytes, size_t size, char hex[65]);

/* What a maker gets: where to write the lines after "claim", and what to tell. */
struct sb_maker {
    const struct sb_certify_input *input;
    FILE *file;
    struct sb_finding *finding;
    struct sb_error *error;
};
enum sb_status sb_certify_R3(struct sb_maker *maker);
enum sb_status sb_certify_R4(struct sb_maker *maker);
enum sb_status sb_certify_R5(struct sb_maker *maker);
enum sb_status sb_certify_simplex(struct sb_maker *maker); /* R6 and R7 */
enum sb_status sb_certify_R12(struct sb_maker *maker);

/* What a rechecker gets: the lines after "precision_bits". */
struct sb_reader;
enum sb_status sb_recheck_simplex(struct sb_reader *reader, const char *variant,
                                  struct sb_finding *row);
enum sb_status sb_recheck_R12(struct sb_reader *reader, const char *variant,
                              struct sb_finding *row);
#endif

#endif

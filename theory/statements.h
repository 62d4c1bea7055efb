/* The numbered statements of docs/theory.md, and a check of each that can fail.
 *
 * A check runs over random cases (the same from the same seed on every machine) or over ranges that
 * the caller gives, and reports findings: one for each part of the statement. What holds is
 * reported with its margin: for an inequality the least slack that was met, for an equation the
 * largest error.
 *
 *   status     meaning
 *   proved     docs/theory.md proves it on its whole domain, and no case contradicts it
 *   certified  proved by ball arithmetic over the whole domain (theory/certify.h)
 *   checked    no proof; no case contradicts it
 *   refuted    the claim is false, as the theory says; `where` holds the counterexample
 *   FAILED     a case contradicts what should hold, or a counterexample does not refute
 *   off        not tried: this build lacks a library that it needs (the domain says which)
 *
 * Needs GSL for R14 (theory/ode.h for R15 to R17). The arithmetic is double but for R10, which is
 * exact, and R18.
 */
#ifndef SB_THEORY_STATEMENTS_H
#define SB_THEORY_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

enum sb_finding_status { SB_PROVED, SB_CERTIFIED, SB_CHECKED, SB_REFUTED, SB_FAILED, SB_OFF };

/* "proved", "certified", "checked", "refuted", "FAILED" or "off". */
const char *sb_finding_status_name(enum sb_finding_status status);

struct sb_finding {
    char statement[16]; /* "R4(iii)" */
    char claim[160], domain[160];
    size_t n_cases;          /* that meet the claim's hypothesis */
    double margin;           /* NaN where the claim is of yes or no, or no case met it */
    const char *margin_unit; /* static; "" without a margin */
    char where[160];         /* the case with that margin, or the counterexample */
    enum sb_finding_status status;
};
enum { SB_FINDINGS_MAX = 6 }; /* of one statement */

/* Where to look. n_k = 0 (n_l = 0): the statement's own range of k (l). Random cases draw between
 * the smallest and the largest value; R3 evaluates the whole grid. Domain: k > 0, l >= 0, finite;
 * pi NULL or three shares as in theory/disjoint.h. */
struct sb_ranges {
    const double *k, *l, *pi;
    size_t n_k, n_l;
    uint64_t seed;
};

struct sb_statement {
    const char *id, *title;
    bool takes_volumes; /* heeds k and l */
    bool takes_parts;   /* heeds pi: k, l and pi are given together or not at all */
    /* Fills findings, returns their number. SB_DOMAIN ranges are the caller's mistake. */
    size_t (*check)(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX]);
};

/* The one list, in the order of docs/theory.md. */
extern const struct sb_statement sb_statements[];
extern const size_t sb_n_statements;

/* By id ("R4"), or NULL. */
const struct sb_statement *sb_statement_find(const char *id);

#endif

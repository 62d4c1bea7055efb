/* Any bytes as a certificate: refused with a line, or certified; as they come, and sealed with the digest
 * that belongs to them.
 *
 * covers: theory/certificate_reader.c theory/certificate_simplex.c theory/certify_recheck.c theory/recheck_critical.c theory/recheck_simplex.c
 * seeds:
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "theory/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void recheck(const char *text, size_t n)
{
    struct sb_finding finding = { .status = SB_FAILED };
    struct sb_error error = { "" };
    if (sb_recheck("file", text, n, &finding, &error)
            ? !*error.message || finding.status != SB_FAILED
            : finding.status != SB_CERTIFIED || !*finding.statement)
        abort();
}

/* Of R12 only what stands before chi, which costs most of a second to compute, whatever the file says. */
static bool is_cheap(const char *text)
{
    return !strstr(text, "R12") || !strstr(text, "chi(LOW)");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    char *text = malloc(n + 80);
    if (!text)
        abort();
    memcpy(text, bytes, n);
    text[n] = 0;
    if (!is_cheap(text)) {
        free(text);
        return 0;
    }
    recheck(text, n);
#if SB_FLINT
    char digest[65];
    size_t body = n;
    for (size_t i = n; i-- > 0;)
        if (n - i > 7 && memcmp(text + i, "sha256 ", 7) == 0) {
            body = i;
            break;
        }
    sb_certificate_digest(text, body, digest);
    recheck(text, body + (size_t)sprintf(text + body, "sha256 %s\n", digest));
#endif
    free(text);
    return 0;
}

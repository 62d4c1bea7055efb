/* R18: the certificates that need no input, made and rechecked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "theory/certify.h"
#include "theory/trials.h"

static struct sb_finding certificate_of(const char *statement)
{
    const struct sb_certify_input defaults = { 0 };
    struct sb_finding made, checked, finding = sb_finding_of("R18", statement, "", "");
    struct sb_error error = { "" };
    char *text = NULL;
    size_t size = 0;
    enum sb_status status = sb_certify(statement, &defaults, &text, &size, &made, &error);
    if (!status)
        status = sb_recheck(statement, text, size, &checked, &error);
    free(text);
    finding.status = status ? SB_FAILED : SB_CERTIFIED;
    if (status) {
        snprintf(finding.where, sizeof finding.where, "%.159s", error.message);
        return finding;
    }
    snprintf(finding.claim, sizeof finding.claim, "%s: %.150s", statement, checked.claim);
    memcpy(finding.domain, checked.domain, sizeof finding.domain);
    memcpy(finding.where, checked.where, sizeof finding.where);
    finding.n_cases = checked.n_cases;
    return finding;
}

size_t sb_check_R18(const struct sb_ranges *ranges, struct sb_finding findings[SB_FINDINGS_MAX])
{
    static const char *const statements[] = { "R3", "R6", "R7", "R12" };
    size_t n = sizeof statements / sizeof *statements;
    (void)ranges;
    if (!sb_certify_available()) {
        findings[0] = sb_finding_of("R18", "certificates of R3, R6, R7 and R12 can be rechecked",
                                    "built without FLINT", "");
        findings[0].status = SB_OFF;
        return 1;
    }
    for (size_t i = 0; i < n; i++)
        findings[i] = certificate_of(statements[i]);
    return n;
}

#include "estimators/experiment/style_family.h"

#include <stdlib.h>

bool sb_style_family_exists(const struct sb_language *language)
{
    for (size_t kind = 0; kind < SB_LANGUAGE_KINDS; kind++)
        if (!(sb_language_kind_probability(language, 0, kind) > 0))
            return false;
    return true;
}

void sb_style_family_clear(struct sb_style_family *family)
{
    free(family->features);
    sb_language_leaves_clear(&family->leaves);
}

enum sb_status sb_style_family_init(struct sb_style_family *family,
                                    const struct sb_language *language)
{
    size_t length = sb_language_options_view(language)->length;
    enum sb_status status = sb_language_leaves_init(&family->leaves, language, SB_LEVEL_DOCUMENT);
    if (status)
        return status;
    size_t n = family->leaves.n;
    double *at = malloc(n * SB_LANGUAGE_DIALECTS * sizeof *at);
    family->features = at;
    /* in the order of data/language_exact.h */
    for (size_t a = 0; at && a <= length; a++)
        for (size_t b = 0; b <= length - a; b++)
            for (size_t c = 0; c <= length - a - b; c++) {
                *at++ = (double)a;
                *at++ = (double)b;
                *at++ = (double)c;
            }
    family->family =
        (struct sb_family){ n, SB_LANGUAGE_DIALECTS, family->features, family->leaves.dialect[0] };
    if (!at)
        sb_style_family_clear(family);
    return at ? SB_OK : SB_MEMORY;
}

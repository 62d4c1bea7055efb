#include "estimators/volumes.h"

#include <math.h>
#include <string.h>
#include "theory/numeric.h"

/* In the order of enum sb_curve_role. */
static const char role_letters[SB_N_ROLES + 1] = "pat";

/* One item, "p=20" or "unit=bytes"; false where it is none. */
static bool parse_item(const char *item, size_t n, struct sb_volumes *volumes)
{
    char text[64];
    if (n < 3 || n >= sizeof text)
        return false;
    memcpy(text, item, n);
    text[n] = 0;
    if (strcmp(text, "unit=responses") == 0 || strcmp(text, "unit=bytes") == 0) {
        volumes->in_bytes = text[5] == 'b';
        return true;
    }
    const char *letter = strchr(role_letters, text[0]);
    double value;
    if (!letter || text[1] != '=' || sb_parse_number(text + 2, &value) || !isfinite(value))
        return false;
    size_t role = (size_t)(letter - role_letters);
    if (!isnan(volumes->volume[role]) || value < 0 || (role != SB_ROLE_T && value == 0))
        return false;
    volumes->volume[role] = value;
    return true;
}

enum sb_status sb_volumes_parse(const char *text, struct sb_volumes *volumes,
                                struct sb_error *error)
{
    struct sb_volumes parsed = { false, { NAN, NAN, NAN } };
    bool ok = true;
    for (const char *item = text; ok && item;) {
        size_t n = strcspn(item, ",");
        ok = parse_item(item, n, &parsed);
        item = item[n] ? item + n + 1 : NULL;
    }
    if (!ok || isnan(parsed.volume[SB_ROLE_P]) || isnan(parsed.volume[SB_ROLE_A]))
        return sb_fail(error, SB_FORMAT,
                       "volumes \"%s\": expected p=P,a=A,t=T with P, A > 0 and T >= 0 (t may be "
                       "left out), and unit=responses or unit=bytes",
                       text);
    *volumes = parsed;
    return SB_OK;
}

double sb_mean_scored_bytes(const struct sb_dataset *dataset)
{
    struct sb_sum bytes = { 0 }, weights = { 0 };
    for (size_t i = 0; i < dataset->n_documents; i++) {
        const struct sb_dataset_document *d = &dataset->documents[i];
        sb_sum_add(&bytes, d->weight * (double)d->n_scored_bytes);
        sb_sum_add(&weights, d->weight);
    }
    return sb_sum_value(&bytes) / sb_sum_value(&weights);
}

struct sb_relative_volume sb_relative_volume(const struct sb_volumes *volumes,
                                             enum sb_curve_role role,
                                             const struct sb_dataset *dataset,
                                             const struct sb_dataset *align)
{
    double ratio = volumes->volume[role] / volumes->volume[SB_ROLE_A];
    double length = sb_mean_scored_bytes(dataset) / sb_mean_scored_bytes(align);
    if (volumes->in_bytes)
        return (struct sb_relative_volume){ ratio / length, ratio };
    return (struct sb_relative_volume){ ratio, ratio * length };
}

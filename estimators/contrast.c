#include "estimators/contrast.h"

#include <stdio.h>
#include <string.h>

/* The dataset of that name, or n. */
static size_t find_name(const struct sb_dataset *datasets, size_t n, const char *name,
                        size_t length)
{
    for (size_t i = 0; i < n; i++)
        if (strlen(datasets[i].name) == length && memcmp(datasets[i].name, name, length) == 0)
            return i;
    return n;
}

static enum sb_status fail_names(const char *text, const struct sb_dataset *datasets, size_t n,
                                 struct sb_error *error)
{
    char names[512] = "";
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", datasets[i].name);
    }
    return sb_fail(error, SB_FORMAT,
                   "contrast \"%s\" is not of the form FIRST-SECOND; the datasets are: %s", text,
                   names);
}

enum sb_status sb_contrast_parse(const char *text, const struct sb_dataset *datasets, size_t n,
                                 struct sb_contrast *contrast, struct sb_error *error)
{
    struct sb_contrast found = { n, n };
    for (const char *dash = strchr(text, '-'); dash; dash = strchr(dash + 1, '-')) {
        size_t first = find_name(datasets, n, text, (size_t)(dash - text));
        size_t second = find_name(datasets, n, dash + 1, strlen(dash + 1));
        if (first == n || second == n)
            continue;
        if (found.first < n)
            return sb_fail(error, SB_FORMAT,
                           "contrast \"%s\" can be read in two ways; name the datasets without "
                           "'-': NAME=PATH",
                           text);
        found = (struct sb_contrast){ first, second };
    }
    if (found.first == n)
        return fail_names(text, datasets, n, error);
    *contrast = found;
    return SB_OK;
}

bool sb_contrast_is_paired(const struct sb_contrast *contrast, const struct sb_dataset *datasets)
{
    return datasets[contrast->first].same_documents == datasets[contrast->second].same_documents;
}

enum sb_status sb_rate_difference(const struct sb_rates *rates, size_t dataset, size_t model,
                                  size_t base_model, struct sb_rate *difference)
{
    const struct sb_rate_term terms[] = { { 1, model, dataset }, { -1, base_model, dataset } };
    return sb_rates_estimate(rates, terms, 2, difference);
}

enum sb_status sb_rate_contrast(const struct sb_rates *rates, const struct sb_contrast *contrast,
                                size_t model, struct sb_rate *margin)
{
    const struct sb_rate_term terms[] = { { 1, model, contrast->first },
                                          { -1, model, contrast->second } };
    return sb_rates_estimate(rates, terms, 2, margin);
}

enum sb_status sb_rate_movement(const struct sb_rates *rates, const struct sb_contrast *contrast,
                                size_t model, size_t base_model, struct sb_rate *movement)
{
    const struct sb_rate_term terms[] = { { 1, model, contrast->first },
                                          { -1, model, contrast->second },
                                          { -1, base_model, contrast->first },
                                          { 1, base_model, contrast->second } };
    return sb_rates_estimate(rates, terms, 4, movement);
}

enum sb_status sb_rate_contrast_seeds(const struct sb_rates *rates,
                                      const struct sb_contrast *contrast, struct sb_rate *margin,
                                      struct sb_seeds_estimate *micro)
{
    const struct sb_rate_term terms[] = { { 1, 0, contrast->first }, { -1, 0, contrast->second } };
    return sb_rates_estimate_seeds(rates, terms, 2, margin, micro);
}

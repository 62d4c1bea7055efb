#include "estimators/experiment/bases.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct entry {
    char *key;
    struct sb_learner *learner; /* never changes */
};

struct sb_bases {
    pthread_mutex_t lock;
    struct entry *entries;
    size_t n;
};

enum sb_status sb_bases_create(struct sb_bases **bases)
{
    *bases = calloc(1, sizeof **bases);
    if (*bases && pthread_mutex_init(&(*bases)->lock, NULL)) {
        free(*bases);
        *bases = NULL;
    }
    return *bases ? SB_OK : SB_MEMORY;
}

void sb_bases_free(struct sb_bases *bases)
{
    if (!bases)
        return;
    for (size_t i = 0; i < bases->n; i++) {
        free(bases->entries[i].key);
        sb_learner_free(bases->entries[i].learner);
    }
    free(bases->entries);
    pthread_mutex_destroy(&bases->lock);
    free(bases);
}

static const struct sb_learner *look_up(const struct sb_bases *bases, const char *key)
{
    for (size_t i = 0; i < bases->n; i++)
        if (strcmp(bases->entries[i].key, key) == 0)
            return bases->entries[i].learner;
    return NULL;
}

enum sb_status sb_bases_find(struct sb_bases *bases, const char *key, struct sb_learner **learner,
                             struct sb_error *error)
{
    *learner = NULL;
    pthread_mutex_lock(&bases->lock);
    const struct sb_learner *kept = look_up(bases, key);
    pthread_mutex_unlock(&bases->lock);
    return kept ? sb_learner_clone(kept, learner, error) : SB_OK;
}

void sb_bases_keep(struct sb_bases *bases, const char *key, const struct sb_learner *learner)
{
    struct entry entry = { strdup(key), NULL };
    struct sb_error ignored;
    bool kept = entry.key && !sb_learner_clone(learner, &entry.learner, &ignored);
    pthread_mutex_lock(&bases->lock);
    void *grown = kept && !look_up(bases, key)
                      ? realloc(bases->entries, (bases->n + 1) * sizeof entry)
                      : NULL;
    if (grown) {
        bases->entries = grown;
        bases->entries[bases->n++] = entry;
    }
    pthread_mutex_unlock(&bases->lock);
    if (!grown) {
        free(entry.key);
        sb_learner_free(entry.learner);
    }
}

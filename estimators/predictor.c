#include "estimators/predictor.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "estimators/compressor.h"
#include "estimators/context_tree.h"
#include "estimators/ngram.h"
#include "estimators/oracle.h"
#include "estimators/scores.h"
#include "estimators/transformer/language_model.h"
#include "estimators/tree_code.h"

const struct sb_predictor_class *const sb_predictor_classes[] = {
    &sb_tree_class,   &sb_ctw_class,    &sb_ngram_class,          &sb_gzip_class,
    &sb_bzip2_class,  &sb_xz_class,     &sb_zstd_class,           &sb_lz4_class,
    &sb_oracle_class, &sb_scores_class, &sb_language_model_class, NULL,
};

/* ---- model specifications ------------------------------------------------------------------ */

/* Length of the key in "key=value", 0 when there is none. */
static size_t key_length(const char *item, size_t n)
{
    size_t length = 0;
    while (length < n && (isalnum((unsigned char)item[length]) || item[length] == '_'))
        length++;
    return length < n && item[length] == '=' ? length : 0;
}

static enum sb_status append_item(struct sb_model *model, const char *item, size_t n)
{
    size_t length = key_length(item, n), skip = length ? length + 1 : 0;
    char *key = strndup(item, length), *value = strndup(item + skip, n - skip);
    if (!key || !value) {
        free(key);
        free(value);
        return SB_MEMORY;
    }
    model->keys[model->n] = key;
    model->values[model->n++] = value;
    return SB_OK;
}

static enum sb_status split_items(struct sb_model *model, const char *items)
{
    size_t most = 1;
    for (const char *c = items; *c; c++)
        most += *c == ',';
    model->keys = calloc(most, sizeof *model->keys);
    model->values = calloc(most, sizeof *model->values);
    if (!model->keys || !model->values)
        return SB_MEMORY;
    enum sb_status status = SB_OK;
    while (*items && !status) {
        size_t n = strcspn(items, ",");
        status = append_item(model, items, n);
        items += n + (items[n] == ',');
    }
    return status;
}

enum sb_status sb_model_parse(const char *text, struct sb_model *model, struct sb_error *error)
{
    const char *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : strlen(text);
    if (n == 0)
        return sb_fail(error, SB_FORMAT, "model \"%s\" has no name; write NAME:KEY=VALUE,...",
                       text);
    struct sb_model parsed = { .text = strdup(text), .name = strndup(text, n) };
    bool copied = parsed.text && parsed.name;
    enum sb_status status = copied ? split_items(&parsed, colon ? colon + 1 : "") : SB_MEMORY;
    if (status) {
        sb_model_clear(&parsed);
        return sb_fail_memory(error);
    }
    *model = parsed;
    return SB_OK;
}

void sb_model_clear(struct sb_model *model)
{
    for (size_t i = 0; i < model->n; i++) {
        free(model->keys[i]);
        free(model->values[i]);
    }
    free(model->text);
    free(model->name);
    free(model->keys);
    free(model->values);
    *model = (struct sb_model){ 0 };
}

const char *sb_model_value(const struct sb_model *model, const char *key)
{
    for (size_t i = 0; i < model->n; i++)
        if (strcmp(model->keys[i], key) == 0)
            return model->values[i];
    return NULL;
}

enum sb_status sb_model_set(struct sb_model *model, const char *key, const char *value)
{
    size_t i = 0;
    while (i < model->n && strcmp(model->keys[i], key) != 0)
        i++;
    char **keys = realloc(model->keys, (model->n + 1) * sizeof *keys);
    model->keys = keys ? keys : model->keys;
    char **values = realloc(model->values, (model->n + 1) * sizeof *values);
    model->values = values ? values : model->values;
    char *new_key = i < model->n ? NULL : strdup(key), *new_value = strdup(value);
    if (!keys || !values || !new_value || (i == model->n && !new_key)) {
        free(new_key);
        free(new_value);
        return SB_MEMORY;
    }
    if (i == model->n)
        keys[model->n++] = new_key;
    else
        free(values[i]);
    values[i] = new_value;
    return SB_OK;
}

enum sb_status sb_model_count(const struct sb_model *model, const char *key, size_t preset,
                              size_t least, size_t most, size_t *value, struct sb_error *error)
{
    const char *text = sb_model_value(model, key);
    if (!text) {
        *value = preset;
        return SB_OK;
    }
    char *end;
    unsigned long long x = isdigit((unsigned char)*text) ? strtoull(text, &end, 10) : 0;
    if (!isdigit((unsigned char)*text) || *end || strlen(text) > 19 || x < least || x > most)
        return sb_fail(error, SB_FORMAT, "model \"%s\": %s must be a whole number from %zu to %zu",
                       model->text, key, least, most);
    *value = (size_t)x;
    return SB_OK;
}

/* Powers of two that a unit stands for, and the digits before it. */
static unsigned unit_shift(const char *unit)
{
    static const char units[] = "KMGT";
    const char *found = *unit && !unit[1] ? strchr(units, *unit) : NULL;
    return found ? 10 * (unsigned)(found - units + 1) : 0;
}

enum sb_status sb_model_bytes(const struct sb_model *model, const char *key, size_t preset,
                              size_t least, size_t *n_bytes, struct sb_error *error)
{
    const char *text = sb_model_value(model, key);
    if (!text) {
        *n_bytes = preset;
        return SB_OK;
    }
    size_t n_digits = strspn(text, "0123456789");
    unsigned long long x = n_digits && n_digits < 19 ? strtoull(text, NULL, 10) : 0;
    unsigned shift = unit_shift(text + n_digits);
    if ((text[n_digits] && !shift) || x > (SIZE_MAX / 2) >> shift || x << shift < least)
        return sb_fail(
            error, SB_FORMAT,
            "model \"%s\": %s must be a number of bytes, %zu at the least, like 512M or 4G",
            model->text, key, least);
    *n_bytes = (size_t)x << shift;
    return SB_OK;
}

enum sb_status sb_model_adaptive(const struct sb_model *model, bool *is_adaptive,
                                 struct sb_error *error)
{
    size_t value;
    enum sb_status status = sb_model_count(model, "adaptive", 0, 0, 1, &value, error);
    if (!status)
        *is_adaptive = value;
    return status;
}

/* ---- the registry -------------------------------------------------------------------------- */

/* Appends ", word" to a list in a buffer, as far as it goes. */
static void append_word(char *list, size_t size, const char *word)
{
    size_t n = strlen(list);
    snprintf(list + n, size - n, "%s%s", n ? ", " : "", word);
}

static bool takes_key(const struct sb_predictor_class *class, const char *key)
{
    if (class->is_fitted && strcmp(key, "train") == 0)
        return true;
    for (size_t i = 0; class->keys && class->keys[i]; i++)
        if (strcmp(key, class->keys[i]) == 0)
            return true;
    return false;
}

static enum sb_status fail_key(const struct sb_model *model, const struct sb_predictor_class *class,
                               const char *key, struct sb_error *error)
{
    char known[256] = "";
    for (size_t i = 0; class->keys && class->keys[i]; i++)
        append_word(known, sizeof known, *class->keys[i] ? class->keys[i] : "FILE");
    if (class->is_fitted)
        append_word(known, sizeof known, "train");
    return sb_fail(error, SB_FORMAT, "model \"%s\": %s%s%s; %s takes %s", model->text,
                   *key ? "no key \"" : "a value without a key", key, *key ? "\"" : "", model->name,
                   *known ? known : "no keys");
}

static bool names_folder(const char *name)
{
    struct stat stat_result;
    return strchr(name, '/') || (stat(name, &stat_result) == 0 && S_ISDIR(stat_result.st_mode));
}

enum sb_status sb_predictor_find(const struct sb_model *model,
                                 const struct sb_predictor_class **class, struct sb_error *error)
{
    char names[512] = "";
    const struct sb_predictor_class *found = NULL;
    for (size_t i = 0; sb_predictor_classes[i]; i++) {
        append_word(names, sizeof names, sb_predictor_classes[i]->name);
        if (strcmp(sb_predictor_classes[i]->name, model->name) == 0)
            found = sb_predictor_classes[i];
    }
    if (!found && names_folder(model->name))
        found = &sb_language_model_class;
    if (!found)
        return sb_fail(error, SB_FORMAT, "no model \"%s\"; there are: %s", model->name, names);
    for (size_t i = 0; i < model->n; i++) {
        if (!takes_key(found, model->keys[i]))
            return fail_key(model, found, model->keys[i], error);
        if (sb_model_value(model, model->keys[i]) != model->values[i])
            return sb_fail(error, SB_FORMAT, "model \"%s\": %s%s is given twice", model->text,
                           *model->keys[i] ? "key " : "its value", model->keys[i]);
        if (strcmp(model->keys[i], "train") == 0 && !*model->values[i])
            return sb_fail(error, SB_FORMAT, "model \"%s\": train names no file", model->text);
    }
    *class = found;
    return SB_OK;
}

enum sb_status sb_predictor_create(const struct sb_model *model, struct sb_predictor **predictor,
                                   struct sb_error *error)
{
    *predictor = NULL;
    const struct sb_predictor_class *class = NULL;
    enum sb_status status = sb_predictor_find(model, &class, error);
    if (!status)
        status = class->create(model, predictor, error);
    if (!status)
        (*predictor)->class = class;
    return status;
}

void sb_predictor_free(struct sb_predictor *predictor)
{
    if (predictor)
        predictor->class->free(predictor);
}

enum sb_status sb_predictor_train(struct sb_predictor *predictor, const char *path,
                                  const struct sb_corpus_options *options, size_t *n_bytes,
                                  struct sb_error *error)
{
    const struct sb_predictor_class *class = predictor->class;
    struct sb_corpus *corpus;
    struct sb_document document;
    struct sb_corpus_options its_options = *options;
    its_options.takes_ids = class->takes_ids;
    enum sb_status status = sb_corpus_open(path, &its_options, &corpus, error);
    if (status)
        return status;
    while (!status && !(status = sb_corpus_next(corpus, &document, error))) {
        status = class->add(predictor, &document, error);
        *n_bytes += class->by_group ? document.span_end - document.span_begin : document.n_bytes;
    }
    sb_corpus_close(corpus);
    return status == SB_END ? SB_OK : status;
}

/* ---- coding -------------------------------------------------------------------------------- */

bool sb_predictor_can_code(const struct sb_predictor_class *class)
{
    return class->encode != NULL;
}

enum sb_status sb_predictor_fingerprint(const struct sb_predictor *predictor,
                                        uint8_t fingerprint[SB_FINGERPRINT_BYTES],
                                        struct sb_error *error)
{
    struct sb_hash hash;
    sb_hash_init(&hash);
    sb_hash_text(&hash, predictor->class->name);
    enum sb_status status = predictor->class->fingerprint(predictor, &hash, error);
    if (!status)
        sb_hash_digest(&hash, fingerprint, SB_FINGERPRINT_BYTES);
    return status;
}

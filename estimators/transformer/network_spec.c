#include "estimators/transformer/network_spec.h"

#include <stdlib.h>
#include <string.h>
#include "data/archive.h"
#include "data/buffer.h"
#include "data/tokenizer.h"
#include "estimators/predictor.h"
#include "estimators/transformer/plain_tokenizer.h"

static const char *const KEYS[] = { "width",  "layers",  "heads",      "kv_heads",
                                    "hidden", "context", "vocabulary", "tied" };

static enum sb_status check_keys(const struct sb_model *model, struct sb_error *error)
{
    for (size_t i = 0; i < model->n; i++) {
        bool known = false;
        for (size_t j = 0; j < sizeof KEYS / sizeof *KEYS; j++)
            known = known || strcmp(model->keys[i], KEYS[j]) == 0;
        if (!known)
            return sb_fail(error, SB_FORMAT,
                           "\"%s\": no key \"%.40s\"; there are width, layers, heads, kv_heads, "
                           "hidden, context, vocabulary and tied",
                           model->text, model->keys[i]);
    }
    return SB_OK;
}

static enum sb_status read_sizes(const struct sb_model *model, struct sb_network_options *o,
                                 struct sb_error *error)
{
    size_t tied = o->is_tied;
    struct {
        const char *key;
        size_t *value, most;
    } sizes[] = {
        { "width", &o->n_width, 1 << 14 },   { "layers", &o->n_layers, 512 },
        { "heads", &o->n_heads, 1 << 10 },   { "kv_heads", &o->n_kv_heads, 1 << 10 },
        { "hidden", &o->n_hidden, 1 << 16 }, { "context", &o->n_context, 1 << 20 },
    };
    enum sb_status status = SB_OK;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && !status; i++)
        status = sb_model_count(model, sizes[i].key, *sizes[i].value, *sizes[i].value ? 1 : 0,
                                sizes[i].most, sizes[i].value, error);
    if (!status)
        status = sb_model_count(model, "tied", tied, 0, 1, &tied, error);
    o->is_tied = tied;
    return status;
}

/* ---- vocabularies ------------------------------------------------------------------------------ */

static enum sb_status use_words(const char *text, struct sb_network_options *o, char **json,
                                struct sb_error *error)
{
    struct sb_language_options options = sb_language_options_default();
    struct sb_language *language;
    enum sb_status status = text ? sb_language_options_parse(text, &options, error) : SB_OK;
    if (status)
        return status;
    if ((status = sb_language_create(&options, &language)))
        return sb_fail(error, status, "--language: %s", sb_status_phrase(status));
    size_t n = sb_language_vocabulary(language);
    o->n_vocabulary = n + 1;
    o->bos_id = (long)n;
    o->eos_id = -1;
    *json = sb_words_tokenizer_json(language);
    sb_language_free(language);
    return *json ? SB_OK : sb_fail_memory(error);
}

/* All bytes of the one file behind a path, with a 0 behind them. */
static enum sb_status read_all(const char *path, struct sb_buffer *bytes, struct sb_error *error)
{
    struct sb_archive *archive;
    struct sb_archive_entry entry;
    const uint8_t *block;
    size_t n;
    enum sb_status status = sb_archive_open(path, true, &archive, error);
    if (!status)
        status = sb_archive_next(archive, &entry, error);
    while (!status && !(status = sb_archive_read(archive, &block, &n, error)))
        if (sb_buffer_append(bytes, block, n))
            status = sb_fail_memory(error);
    sb_archive_close(archive);
    if (status == SB_END)
        status = sb_buffer_append(bytes, "", 1) ? sb_fail_memory(error) : SB_OK;
    return status;
}

static long find_first(const struct sb_tokenizer *tokenizer, const char *const *names, size_t n)
{
    uint32_t id;
    for (size_t i = 0; i < n; i++)
        if (sb_tokenizer_find(tokenizer, names[i], &id))
            return (long)id;
    return -1;
}

/* A tokenizer.json; its marks are the usual ones, where it has them. */
static enum sb_status use_file(const char *path, struct sb_network_options *o, char **json,
                               struct sb_error *error)
{
    static const char *const begins[] = { "<|begin_of_text|>", "<s>", "<bos>", "<|endoftext|>" };
    static const char *const ends[] = { "<|end_of_text|>", "</s>", "<eos>", "<|endoftext|>" };
    struct sb_buffer bytes = { 0 };
    struct sb_tokenizer *tokenizer;
    enum sb_status status = read_all(path, &bytes, error);
    if (!status)
        status = sb_tokenizer_parse(bytes.bytes, bytes.n - 1, path, &tokenizer, error);
    if (status) {
        sb_buffer_clear(&bytes);
        return status;
    }
    o->n_vocabulary = sb_tokenizer_n_vocabulary(tokenizer);
    o->bos_id = find_first(tokenizer, begins, 4);
    o->eos_id = find_first(tokenizer, ends, 4);
    sb_tokenizer_free(tokenizer);
    *json = (char *)bytes.bytes;
    return SB_OK;
}

static enum sb_status choose_vocabulary(const struct sb_model *model, const char *language,
                                        struct sb_network_options *o, char **json,
                                        struct sb_error *error)
{
    const char *value = sb_model_value(model, "vocabulary");
    *json = NULL;
    if (value && strcmp(value, "words") == 0)
        return use_words(language, o, json, error);
    if (language)
        return sb_fail(error, SB_FORMAT, "--language goes with vocabulary=words");
    if (!value || strcmp(value, "bytes") == 0) {
        *json = sb_bytes_tokenizer_json();
        return *json ? SB_OK : sb_fail_memory(error);
    }
    if (strspn(value, "0123456789") != strlen(value))
        return use_file(value, o, json, error);
    o->bos_id = o->eos_id = -1;
    return sb_model_count(model, "vocabulary", 0, 2, 1 << 22, &o->n_vocabulary, error);
}

enum sb_status sb_network_from_spec(const char *text, const char *language, uint64_t seed,
                                    struct sb_network **network, struct sb_error *error)
{
    struct sb_network_options options = sb_network_options_default();
    struct sb_model model;
    char *json = NULL;
    *network = NULL;
    enum sb_status status = sb_model_parse(text, &model, error);
    if (status)
        return status;
    options.form = model.name;
    status = check_keys(&model, error);
    if (!status)
        status = read_sizes(&model, &options, error);
    if (!status)
        status = choose_vocabulary(&model, language, &options, &json, error);
    options.tokenizer_json = json;
    if (!status)
        status = sb_network_create(&options, seed, network, error);
    free(json);
    sb_model_clear(&model);
    return status;
}

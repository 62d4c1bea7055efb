#include "data/tokenizer_json.h"

#include <stdlib.h>
#include <string.h>
#include "data/json.h"
#include "data/tokenizer_part.h"

struct reading {
    struct sb_tokenizer *tokenizer;
    const char *file;
    struct sb_tokenizer_part root;
    struct sb_error *error;
    struct sb_buffer text, second; /* unescaped strings */
};

/* A text cut for an error. */
#define SHOWN(text, n) (int)((n) < 60 ? (n) : 60), (const char *)(text)

static enum sb_status unescape(struct reading *r, const struct sb_json *string,
                               struct sb_buffer *out)
{
    sb_buffer_reset(out);
    if (sb_buffer_reserve(out, string->n + 1))
        return sb_fail_memory(r->error);
    out->n = sb_json_unescape(string, out->bytes);
    return SB_OK;
}

/* ---- the vocabulary --------------------------------------------------------------------------- */

static enum sb_status add_token(struct reading *r, const struct sb_buffer *text, uint64_t id,
                                uint32_t flags)
{
    enum sb_status status = id >= SB_VOCABULARY_MAX
                                ? SB_LIMIT
                                : sb_vocabulary_add(&r->tokenizer->vocabulary, text->bytes, text->n,
                                                    (uint32_t)id, flags);
    switch (status) {
    case SB_DOMAIN:
        return sb_fail(r->error, SB_FORMAT,
                       "%s: token \"%.*s\" has id %llu, but the text or the id is another token's",
                       r->file, SHOWN(text->bytes, text->n), (unsigned long long)id);
    case SB_LIMIT:
        return sb_fail(r->error, SB_LIMIT, "%s: token \"%.*s\" has id %llu; the largest is %d",
                       r->file, SHOWN(text->bytes, text->n), (unsigned long long)id,
                       SB_VOCABULARY_MAX - 1);
    case SB_OK:
        return SB_OK;
    default:
        return sb_fail_memory(r->error);
    }
}

static enum sb_status read_vocabulary(struct reading *r, const struct sb_tokenizer_part *model)
{
    struct sb_json vocabulary, name, value;
    uint64_t id;
    if (!sb_tokenizer_part_find(model, "vocab", &vocabulary) || vocabulary.kind != SB_JSON_OBJECT)
        return sb_tokenizer_part_malformed(model, "vocab", "an object of texts and ids", r->error);
    struct sb_json_cursor cursor = sb_json_enter(&vocabulary);
    enum sb_status status = SB_OK;
    while (status == SB_OK && sb_json_next(&cursor, &name, &value) == SB_OK) {
        status = unescape(r, &name, &r->text);
        if (status == SB_OK && !sb_json_whole(&value, UINT32_MAX, &id))
            status = sb_fail(r->error, SB_FORMAT,
                             "%s: token \"%.*s\" has an id that is no whole "
                             "number",
                             r->file, SHOWN(r->text.bytes, r->text.n));
        if (status == SB_OK)
            status = add_token(r, &r->text, id, SB_TOKEN_MODEL);
    }
    return status;
}

/* ---- merges ----------------------------------------------------------------------------------- */

/* "left right", or ["left", "right"]: the halves in r->text and r->second. */
static enum sb_status read_halves(struct reading *r, const struct sb_json *merge, bool *ok)
{
    struct sb_json name, left, right, more;
    *ok = false;
    if (merge->kind == SB_JSON_ARRAY) {
        struct sb_json_cursor cursor = sb_json_enter(merge);
        if (sb_json_next(&cursor, &name, &left) || sb_json_next(&cursor, &name, &right) ||
            sb_json_next(&cursor, &name, &more) == SB_OK || left.kind != SB_JSON_STRING ||
            right.kind != SB_JSON_STRING)
            return SB_OK;
        *ok = true;
        enum sb_status status = unescape(r, &left, &r->text);
        return status ? status : unescape(r, &right, &r->second);
    }
    if (merge->kind != SB_JSON_STRING)
        return SB_OK;
    enum sb_status status = unescape(r, merge, &r->text);
    const uint8_t *space = status ? NULL : memchr(r->text.bytes, ' ', r->text.n);
    if (!space)
        return status;
    size_t n_left = (size_t)(space - r->text.bytes), n_right = r->text.n - n_left - 1;
    sb_buffer_reset(&r->second);
    if (sb_buffer_reserve(&r->second, n_right + 1) || /* no bytes are no NULL */
        sb_buffer_append(&r->second, space + 1, n_right))
        return sb_fail_memory(r->error);
    r->text.n = n_left;
    *ok = !memchr(r->second.bytes, ' ', n_right);
    return SB_OK;
}

static enum sb_status read_merge(struct reading *r, const struct sb_json *merge, size_t number)
{
    bool ok;
    enum sb_status status = read_halves(r, merge, &ok);
    if (status)
        return status;
    if (ok)
        status = sb_bpe_add_merge(r->tokenizer->bpe, r->text.bytes, r->text.n, r->second.bytes,
                                  r->second.n);
    if (!ok)
        return sb_fail(r->error, SB_FORMAT, "%s: merge %zu is not two tokens", r->file, number);
    if (status == SB_DOMAIN)
        return sb_fail(r->error, SB_FORMAT,
                       "%s: merge %zu, \"%.*s\" and \"%.*s\": one of them, or "
                       "both together, are not in the vocabulary",
                       r->file, number, SHOWN(r->text.bytes, r->text.n),
                       SHOWN(r->second.bytes, r->second.n));
    return status ? sb_fail_memory(r->error) : SB_OK;
}

static enum sb_status read_merges(struct reading *r, const struct sb_tokenizer_part *model)
{
    struct sb_json merges, name, merge;
    enum sb_status status = sb_tokenizer_part_array(model, "merges", &merges, r->error);
    if (status)
        return status;
    struct sb_json_cursor cursor = sb_json_enter(&merges);
    for (size_t number = 1; status == SB_OK && sb_json_next(&cursor, &name, &merge) == SB_OK;
         number++)
        status = read_merge(r, &merge, number);
    return status;
}

/* ---- the model -------------------------------------------------------------------------------- */

/* Settings of BPE that would change its results. */
static enum sb_status refuse_settings(struct reading *r, const struct sb_tokenizer_part *model)
{
    static const char *const affixes[] = { "continuing_subword_prefix", "end_of_word_suffix" };
    struct sb_json value;
    for (size_t i = 0; i < 2; i++)
        if (sb_tokenizer_part_find(model, affixes[i], &value) &&
            !(value.kind == SB_JSON_STRING && value.n == 0))
            return sb_tokenizer_part_unsupported(model, affixes[i], r->error);
    if (sb_tokenizer_part_find(model, "dropout", &value) &&
        strspn((const char *)value.text, "0.") < value.n)
        return sb_tokenizer_part_unsupported(model, "dropout", r->error);
    return SB_OK;
}

static enum sb_status read_options(struct reading *r, const struct sb_tokenizer_part *model,
                                   struct sb_bpe_options *options)
{
    struct sb_json unknown;
    *options = (struct sb_bpe_options){ .byte_level = sb_pretokenizer_is_byte_level(
                                            r->tokenizer->pretokenizer),
                                        .unknown = SB_BPE_NONE };
    enum sb_status status =
        sb_tokenizer_part_flag(model, "byte_fallback", false, &options->byte_fallback, r->error);
    if (status == SB_OK)
        status = sb_tokenizer_part_flag(model, "ignore_merges", false, &options->ignore_merges,
                                        r->error);
    if (status == SB_OK)
        status = sb_tokenizer_part_flag(model, "fuse_unk", false, &options->fuse_unknown, r->error);
    if (status == SB_OK && options->byte_level && options->byte_fallback)
        return sb_tokenizer_part_unsupported(model, "byte_fallback with ByteLevel", r->error);
    if (status || !sb_tokenizer_part_find(model, "unk_token", &unknown))
        return status;
    status = sb_tokenizer_part_text(model, "unk_token", &r->text, r->error);
    if (status == SB_OK &&
        !sb_vocabulary_find(&r->tokenizer->vocabulary, r->text.bytes, r->text.n, &options->unknown))
        return sb_tokenizer_part_malformed(model, "unk_token", "a token of the vocabulary",
                                           r->error);
    return status;
}

static enum sb_status read_model(struct reading *r)
{
    struct sb_json json;
    struct sb_tokenizer_part model;
    struct sb_bpe_options options;
    if (!sb_tokenizer_part_find(&r->root, "model", &json))
        return sb_tokenizer_part_malformed(&r->root, "model", "there", r->error);
    enum sb_status status = sb_tokenizer_part_init(&model, r->file, "model", &json, r->error);
    if (status == SB_OK && *model.type && strcmp(model.type, "BPE") != 0)
        return sb_tokenizer_part_unsupported(&model, NULL, r->error);
    if (status == SB_OK)
        status = refuse_settings(r, &model);
    if (status == SB_OK)
        status = read_vocabulary(r, &model);
    if (status == SB_OK)
        status = read_options(r, &model, &options);
    if (status)
        return status;
    status = sb_bpe_create(&r->tokenizer->vocabulary, &options, &r->tokenizer->bpe);
    if (status == SB_DOMAIN)
        return sb_tokenizer_part_unsupported(&model, "byte_fallback without a token for every byte",
                                             r->error);
    return status ? sb_fail_memory(r->error) : read_merges(r, &model);
}

/* ---- added tokens ----------------------------------------------------------------------------- */

/* The text of a normalised token, as it is found in normalised text. */
static enum sb_status add_normalized(struct reading *r, uint32_t id, bool lstrip, bool rstrip)
{
    struct sb_aligned_view text = { .bytes = r->text.bytes, .n = r->text.n }, result;
    struct sb_normalized scratch = { 0 };
    struct sb_matcher *matcher;
    enum sb_status status = sb_matcher_create(&matcher);
    if (status == SB_OK)
        status =
            sb_normalizer_apply(r->tokenizer->normalizer, &text, false, &scratch, matcher, &result);
    if (status == SB_OK)
        status = sb_added_tokens_add(&r->tokenizer->added_normalized, result.bytes, result.n, id,
                                     lstrip, rstrip);
    sb_normalized_clear(&scratch);
    sb_matcher_free(matcher);
    return status ? sb_fail_memory(r->error) : SB_OK;
}

static enum sb_status read_added_token(struct reading *r, const struct sb_json *json)
{
    struct sb_tokenizer_part part;
    struct sb_json value;
    uint64_t id;
    bool special, single_word, lstrip, rstrip, normalized;
    enum sb_status status = sb_tokenizer_part_init(&part, r->file, "added_tokens", json, r->error);
    if (status == SB_OK)
        status = sb_tokenizer_part_text(&part, "content", &r->text, r->error);
    if (status == SB_OK &&
        (!sb_tokenizer_part_find(&part, "id", &value) || !sb_json_whole(&value, UINT32_MAX, &id)))
        status = sb_tokenizer_part_malformed(&part, "id", "a whole number", r->error);
    if (status == SB_OK)
        status = sb_tokenizer_part_flag(&part, "special", false, &special, r->error);
    if (status == SB_OK)
        status = sb_tokenizer_part_flag(&part, "single_word", false, &single_word, r->error);
    if (status == SB_OK)
        status = sb_tokenizer_part_flag(&part, "lstrip", false, &lstrip, r->error);
    if (status == SB_OK)
        status = sb_tokenizer_part_flag(&part, "rstrip", false, &rstrip, r->error);
    if (status == SB_OK)
        status = sb_tokenizer_part_flag(&part, "normalized", !special, &normalized, r->error);
    if (status == SB_OK && single_word)
        status = sb_tokenizer_part_unsupported(&part, "single_word", r->error);
    if (status == SB_OK)
        status = add_token(r, &r->text, id, SB_TOKEN_ADDED | (special ? SB_TOKEN_SPECIAL : 0));
    if (status)
        return status;
    if (normalized)
        return add_normalized(r, (uint32_t)id, lstrip, rstrip);
    status = sb_added_tokens_add(&r->tokenizer->added, r->text.bytes, r->text.n, (uint32_t)id,
                                 lstrip, rstrip);
    return status ? sb_fail_memory(r->error) : SB_OK;
}

static enum sb_status read_added_tokens(struct reading *r)
{
    struct sb_json list, name, item;
    if (!sb_tokenizer_part_find(&r->root, "added_tokens", &list))
        return SB_OK;
    if (list.kind != SB_JSON_ARRAY)
        return sb_tokenizer_part_malformed(&r->root, "added_tokens", "an array", r->error);
    struct sb_json_cursor cursor = sb_json_enter(&list);
    enum sb_status status = SB_OK;
    while (status == SB_OK && sb_json_next(&cursor, &name, &item) == SB_OK)
        status = read_added_token(r, &item);
    return status;
}

/* ---- the template ----------------------------------------------------------------------------- */

/* Puts ids before those of a prefix, or behind those of a suffix. */
static enum sb_status add_ids(struct reading *r, struct sb_template *template, bool before,
                              const uint32_t *ids, size_t n)
{
    uint32_t *grown = realloc(template->ids, (template->n + n + 1) * sizeof *grown);
    if (!grown)
        return sb_fail_memory(r->error);
    if (before && template->n)
        memmove(grown + n, grown, template->n * sizeof *grown);
    if (n)
        memcpy(before ? grown : grown + template->n, ids, n * sizeof *ids);
    template->ids = grown;
    template->n += n;
    return SB_OK;
}

/* Appends the ids of a special token by its name in "special_tokens". */
static enum sb_status read_special(struct reading *r, const struct sb_tokenizer_part *part,
                                   const struct sb_json *item, struct sb_template *template)
{
    struct sb_tokenizer_part token;
    struct sb_json specials, found, list, name, value;
    uint64_t id;
    enum sb_status status =
        sb_tokenizer_part_init(&token, r->file, "post_processor", item, r->error);
    if (status == SB_OK)
        status = sb_tokenizer_part_text(&token, "id", &r->text, r->error);
    if (status)
        return status;
    r->text.bytes[r->text.n] = 0; /* reserved by sb_tokenizer_part_text */
    if (!sb_tokenizer_part_find(part, "special_tokens", &specials) ||
        !sb_json_find(&specials, (const char *)r->text.bytes, &found))
        return sb_tokenizer_part_malformed(part, "special_tokens", "a table of all tokens used",
                                           r->error);
    status = sb_tokenizer_part_init(&token, r->file, "post_processor", &found, r->error);
    if (status == SB_OK)
        status = sb_tokenizer_part_array(&token, "ids", &list, r->error);
    struct sb_json_cursor cursor = { 0 };
    if (status == SB_OK)
        cursor = sb_json_enter(&list);
    while (status == SB_OK && sb_json_next(&cursor, &name, &value) == SB_OK) {
        bool ok = sb_json_whole(&value, UINT32_MAX, &id) &&
                  sb_vocabulary_is(&r->tokenizer->vocabulary, (uint32_t)id, ~0u);
        uint32_t narrow = ok ? (uint32_t)id : 0;
        status = ok ? add_ids(r, template, false, &narrow, 1)
                    : sb_tokenizer_part_malformed(part, "ids", "ids of tokens", r->error);
    }
    return status;
}

/* "single": special tokens around one sequence. */
static enum sb_status read_single(struct reading *r, const struct sb_tokenizer_part *part,
                                  struct sb_template *before, struct sb_template *behind)
{
    struct sb_json list, name, item, value;
    size_t n_sequences = 0;
    enum sb_status status = sb_tokenizer_part_array(part, "single", &list, r->error);
    if (status)
        return status;
    struct sb_json_cursor cursor = sb_json_enter(&list);
    while (status == SB_OK && sb_json_next(&cursor, &name, &item) == SB_OK) {
        if (sb_json_find(&item, "SpecialToken", &value))
            status = read_special(r, part, &value, n_sequences ? behind : before);
        else if (sb_json_find(&item, "Sequence", &value))
            n_sequences++;
        else
            status = sb_tokenizer_part_unsupported(
                part, "a piece that is no SpecialToken or Sequence", r->error);
    }
    if (status == SB_OK && n_sequences != 1)
        return sb_tokenizer_part_malformed(part, "single", "a template with one sequence",
                                           r->error);
    return status;
}

static enum sb_status read_template(struct reading *r, const struct sb_tokenizer_part *part)
{
    struct sb_template before = { 0 }, behind = { 0 };
    enum sb_status status = read_single(r, part, &before, &behind);
    if (status == SB_OK)
        status = add_ids(r, &r->tokenizer->prefix, true, before.ids, before.n);
    if (status == SB_OK)
        status = add_ids(r, &r->tokenizer->suffix, false, behind.ids, behind.n);
    free(before.ids);
    free(behind.ids);
    return status;
}

/* ByteLevel changes offsets only, which are computed otherwise here. */
static enum sb_status read_processor(void *context, const struct sb_tokenizer_part *part,
                                     struct sb_error *error)
{
    if (strcmp(part->type, "ByteLevel") == 0)
        return SB_OK;
    if (strcmp(part->type, "TemplateProcessing") == 0)
        return read_template(context, part);
    return sb_tokenizer_part_unsupported(part, NULL, error);
}

/* ---- all of it -------------------------------------------------------------------------------- */

static enum sb_status read_parts(struct reading *r)
{
    struct sb_tokenizer *t = r->tokenizer;
    struct sb_json json;
    bool there = sb_tokenizer_part_find(&r->root, "normalizer", &json);
    enum sb_status status =
        sb_normalizer_create(r->file, there ? &json : NULL, &t->normalizer, r->error);
    if (status == SB_OK) {
        there = sb_tokenizer_part_find(&r->root, "pre_tokenizer", &json);
        status = sb_pretokenizer_create(r->file, there ? &json : NULL, &t->pretokenizer, r->error);
    }
    if (status == SB_OK) {
        there = sb_tokenizer_part_find(&r->root, "decoder", &json);
        status = sb_decoder_create(r->file, there ? &json : NULL, &t->decoder, r->error);
    }
    if (status == SB_OK)
        status = read_model(r);
    if (status == SB_OK)
        status = read_added_tokens(r);
    if (status == SB_OK && sb_tokenizer_part_find(&r->root, "post_processor", &json))
        status = sb_tokenizer_part_steps(r->file, "post_processor", "processors", &json,
                                         read_processor, r, r->error);
    return status;
}

enum sb_status sb_tokenizer_read(struct sb_tokenizer *tokenizer, const uint8_t *text, size_t n,
                                 const char *file, struct sb_error *error)
{
    struct reading r = { .tokenizer = tokenizer, .file = file, .error = error };
    struct sb_json_cursor cursor = { .at = text, .end = text + n };
    struct sb_json json;
    if (sb_json_read(&cursor, &json))
        return sb_fail(error, SB_FORMAT, "%s: %s at byte %zu; expected a tokenizer.json", file,
                       cursor.problem, (size_t)(cursor.at - text) + 1);
    enum sb_status status = sb_tokenizer_part_init(&r.root, file, "the whole", &json, error);
    if (status == SB_OK)
        status = read_parts(&r);
    sb_buffer_clear(&r.text);
    sb_buffer_clear(&r.second);
    return status;
}

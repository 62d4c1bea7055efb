#include "data/tokenizer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "data/archive.h"
#include "data/tokenizer_json.h"
#include "data/utf8.h"

/* ---- the tokenizer ---------------------------------------------------------------------------- */

enum { LARGEST_FILE = 1 << 29 }; /* of a tokenizer.json, decompressed */

void sb_tokenizer_free(struct sb_tokenizer *tokenizer)
{
    if (!tokenizer)
        return;
    sb_vocabulary_clear(&tokenizer->vocabulary);
    sb_added_tokens_clear(&tokenizer->added);
    sb_added_tokens_clear(&tokenizer->added_normalized);
    sb_normalizer_free(tokenizer->normalizer);
    sb_pretokenizer_free(tokenizer->pretokenizer);
    sb_bpe_free(tokenizer->bpe);
    sb_decoder_free(tokenizer->decoder);
    free(tokenizer->prefix.ids);
    free(tokenizer->suffix.ids);
    free(tokenizer);
}

enum sb_status sb_tokenizer_parse(const uint8_t *text, size_t n, const char *name,
                                  struct sb_tokenizer **tokenizer, struct sb_error *error)
{
    struct sb_tokenizer *made = calloc(1, sizeof *made);
    *tokenizer = NULL;
    if (!made)
        return sb_fail_memory(error);
    struct sb_hash hash;
    sb_hash_init(&hash);
    sb_hash_bytes(&hash, text, n);
    sb_hash_digest(&hash, made->digest, sizeof made->digest);
    enum sb_status status = sb_tokenizer_read(made, text, n, name, error);
    if (status)
        sb_tokenizer_free(made);
    else
        *tokenizer = made;
    return status;
}

/* The one file behind a path, whole. */
static enum sb_status read_file(const char *path, struct sb_buffer *text, struct sb_error *error)
{
    struct sb_archive *archive;
    struct sb_archive_entry entry;
    const uint8_t *bytes;
    size_t n;
    enum sb_status status = sb_archive_open(path, true, &archive, error);
    if (status == SB_OK)
        status = sb_archive_next(archive, &entry, error);
    if (status == SB_END)
        status = sb_fail(error, SB_FORMAT, "%s: empty; expected a tokenizer.json", path);
    while (status == SB_OK && (status = sb_archive_read(archive, &bytes, &n, error)) == SB_OK) {
        if (text->n + n > LARGEST_FILE)
            status =
                sb_fail(error, SB_LIMIT, "%s: larger than 512 MiB; no tokenizer.json is", path);
        else if (sb_buffer_append(text, bytes, n))
            status = sb_fail_memory(error);
    }
    if (status == SB_END)
        status = SB_OK;
    sb_archive_close(archive);
    return status;
}

/* path, or path/tokenizer.json, as a new string. */
static char *find_file(const char *path)
{
    static const char name[] = "/tokenizer.json";
    struct stat info;
    bool is_folder = stat(path, &info) == 0 && S_ISDIR(info.st_mode);
    size_t n = strlen(path);
    char *file = malloc(n + sizeof name);
    if (!file)
        return NULL;
    memcpy(file, path, n + 1);
    if (is_folder)
        memcpy(file + n, name, sizeof name);
    return file;
}

static enum sb_status create_bytes(struct sb_tokenizer **tokenizer, struct sb_error *error)
{
    *tokenizer = calloc(1, sizeof **tokenizer);
    if (!*tokenizer)
        return sb_fail_memory(error);
    (*tokenizer)->is_bytes = true;
    return SB_OK;
}

enum sb_status sb_tokenizer_create(const char *path, struct sb_tokenizer **tokenizer,
                                   struct sb_error *error)
{
    struct sb_buffer text = { 0 };
    *tokenizer = NULL;
    if (strcmp(path, "bytes") == 0)
        return create_bytes(tokenizer, error);
    char *file = find_file(path);
    if (!file)
        return sb_fail_memory(error);
    enum sb_status status = read_file(file, &text, error);
    if (status == SB_OK)
        status = sb_tokenizer_parse(text.bytes, text.n, file, tokenizer, error);
    sb_buffer_clear(&text);
    free(file);
    return status;
}

void sb_tokenizer_hash(const struct sb_tokenizer *tokenizer, struct sb_hash *hash)
{
    sb_hash_text(hash, tokenizer->is_bytes ? "bytes" : "tokenizer.json");
    sb_hash_bytes(hash, tokenizer->digest, sizeof tokenizer->digest);
}

size_t sb_tokenizer_n_vocabulary(const struct sb_tokenizer *tokenizer)
{
    return tokenizer->is_bytes ? 256 : tokenizer->vocabulary.n;
}

bool sb_tokenizer_find(const struct sb_tokenizer *tokenizer, const char *text, uint32_t *id)
{
    return sb_vocabulary_find(&tokenizer->vocabulary, text, strlen(text), id);
}

bool sb_tokenizer_is_special(const struct sb_tokenizer *tokenizer, uint32_t id)
{
    return sb_vocabulary_is(&tokenizer->vocabulary, id, SB_TOKEN_SPECIAL);
}

const uint32_t *sb_tokenizer_prefix(const struct sb_tokenizer *tokenizer, size_t *n)
{
    *n = tokenizer->prefix.n;
    return tokenizer->prefix.ids;
}

const uint32_t *sb_tokenizer_suffix(const struct sb_tokenizer *tokenizer, size_t *n)
{
    *n = tokenizer->suffix.n;
    return tokenizer->suffix.ids;
}

/* ---- tokens ----------------------------------------------------------------------------------- */

void sb_tokens_reset(struct sb_tokens *tokens)
{
    tokens->n = tokens->n_bytes = 0;
}

void sb_tokens_clear(struct sb_tokens *tokens)
{
    free(tokens->ids);
    free(tokens->ends);
    *tokens = (struct sb_tokens){ 0 };
}

enum sb_status sb_tokens_add(struct sb_tokens *tokens, uint32_t id, size_t end)
{
    if (tokens->n == tokens->capacity) {
        size_t capacity = tokens->capacity ? 2 * tokens->capacity : 256;
        uint32_t *ids = realloc(tokens->ids, capacity * sizeof *ids);
        tokens->ids = ids ? ids : tokens->ids;
        size_t *ends = realloc(tokens->ends, capacity * sizeof *ends);
        tokens->ends = ends ? ends : tokens->ends;
        if (!ids || !ends)
            return SB_MEMORY;
        tokens->capacity = capacity;
    }
    tokens->ids[tokens->n] = id;
    tokens->ends[tokens->n++] = end;
    return SB_OK;
}

/* ---- encoding --------------------------------------------------------------------------------- */

struct sb_encoder {
    const struct sb_tokenizer *tokenizer;
    struct sb_bpe_scratch *bpe;
    struct sb_matcher *matcher;
    struct sb_normalized normalized;
    struct sb_pretokenized pretokenized;

    /* Of the text being encoded. */
    struct sb_tokens *tokens;
    struct sb_error *error;
};

enum sb_status sb_encoder_create(const struct sb_tokenizer *tokenizer, struct sb_encoder **encoder,
                                 struct sb_error *error)
{
    struct sb_encoder *e = *encoder = calloc(1, sizeof *e);
    if (!e)
        return sb_fail_memory(error);
    e->tokenizer = tokenizer;
    if (!sb_bpe_scratch_create(&e->bpe) && !sb_matcher_create(&e->matcher))
        return SB_OK;
    sb_encoder_free(e);
    *encoder = NULL;
    return sb_fail_memory(error);
}

void sb_encoder_free(struct sb_encoder *encoder)
{
    if (!encoder)
        return;
    sb_bpe_scratch_free(encoder->bpe);
    sb_matcher_free(encoder->matcher);
    sb_normalized_clear(&encoder->normalized);
    sb_pretokenized_clear(&encoder->pretokenized);
    free(encoder);
}

/* What the modules below say without words. */
static enum sb_status explain(const struct sb_encoder *e, enum sb_status status, size_t place)
{
    if (status == SB_MEMORY)
        return sb_fail_memory(e->error);
    if (status == SB_LIMIT)
        return sb_fail(e->error, status, "a word of more than 4 GiB at byte %zu", place);
    if (status == SB_NUMERIC)
        return sb_fail(e->error, SB_LIMIT,
                       "the tokenizer's regular expression needs too much memory behind byte %zu",
                       place);
    return status;
}

static enum sb_status fail_unknown(const struct sb_encoder *e, uint8_t byte, size_t place)
{
    return sb_fail(e->error, SB_FORMAT,
                   "the tokenizer has no token for what begins with %02X (hexadecimal) at byte %zu",
                   byte, place);
}

static enum sb_status encode_word(struct sb_encoder *e, const struct sb_aligned_view *text,
                                  const struct sb_word *word)
{
    struct sb_bpe_word result;
    size_t place = 0;
    enum sb_status status = sb_bpe_encode(e->tokenizer->bpe, e->bpe, text->bytes + word->begin,
                                          word->end - word->begin, &result, &place);
    if (status == SB_DOMAIN)
        return fail_unknown(e, text->bytes[word->begin + place],
                            sb_aligned_place(text, word->begin + place));
    for (size_t i = 0; status == SB_OK && i < result.n; i++)
        status = sb_tokens_add(e->tokens, result.ids[i],
                               e->tokens->n_bytes +
                                   sb_aligned_place(text, word->begin + result.ends[i]));
    return explain(e, status, sb_aligned_place(text, word->begin));
}

/* A normalised text without added tokens. */
static enum sb_status encode_words(struct sb_encoder *e, const struct sb_aligned_view *text,
                                   bool continued)
{
    struct sb_aligned_view result;
    const struct sb_words *words;
    if (!text->n)
        return SB_OK;
    enum sb_status status =
        sb_pretokenizer_apply(e->tokenizer->pretokenizer, text, text->origin == 0, continued,
                              &e->pretokenized, e->matcher, &result, &words);
    if (status)
        return explain(e, status, text->origin);
    for (size_t i = 0; status == SB_OK && i < words->n; i++)
        status = encode_word(e, &result, &words->items[i]);
    return status;
}

typedef enum sb_status encode_function(struct sb_encoder *e, const struct sb_aligned_view *text,
                                       bool continued);

/* Cuts added tokens out and encodes what is between them. */
static enum sb_status encode_between(struct sb_encoder *e, const struct sb_added_tokens *added,
                                     const struct sb_aligned_view *text, bool continued,
                                     encode_function *encode)
{
    size_t at = 0, begin, end;
    uint32_t id;
    enum sb_status status = SB_OK;
    while (status == SB_OK &&
           sb_added_tokens_find(added, text->bytes, text->n, at, &id, &begin, &end)) {
        struct sb_aligned_view before = sb_aligned_slice(text, at, begin);
        status = encode(e, &before, continued && at == 0);
        if (status == SB_OK)
            status = explain(
                e, sb_tokens_add(e->tokens, id, e->tokens->n_bytes + sb_aligned_place(text, end)),
                0);
        at = end;
    }
    struct sb_aligned_view rest = sb_aligned_slice(text, at, text->n);
    return status ? status : encode(e, &rest, continued && at == 0);
}

static enum sb_status encode_raw(struct sb_encoder *e, const struct sb_aligned_view *text,
                                 bool continued)
{
    struct sb_aligned_view result;
    enum sb_status status = sb_normalizer_apply(e->tokenizer->normalizer, text, continued,
                                                &e->normalized, e->matcher, &result);
    if (status)
        return explain(e, status, text->origin);
    return encode_between(e, &e->tokenizer->added_normalized, &result, continued, encode_words);
}

static enum sb_status encode_invalid_byte(struct sb_encoder *e, uint8_t byte, size_t place)
{
    uint32_t id = sb_bpe_byte(e->tokenizer->bpe, byte);
    if (id == SB_BPE_NONE)
        return sb_fail(e->error, SB_FORMAT,
                       "not UTF-8 at byte %zu, and the tokenizer has no token for the byte %02X "
                       "(hexadecimal); convert the text",
                       place, byte);
    return explain(e, sb_tokens_add(e->tokens, id, e->tokens->n_bytes + place + 1), 0);
}

/* Stretches of UTF-8, and the bytes between them. */
static enum sb_status encode_text(struct sb_encoder *e, const uint8_t *bytes, size_t n,
                                  bool continued)
{
    enum sb_status status = SB_OK;
    for (size_t at = 0; status == SB_OK && at < n;) {
        struct sb_aligned_view text = { .bytes = bytes + at, .origin = at };
        text.n = sb_utf8_valid_length(bytes + at, n - at);
        if (text.n)
            status =
                encode_between(e, &e->tokenizer->added, &text, continued || at > 0, encode_raw);
        at += text.n;
        if (status == SB_OK && at < n) {
            status = encode_invalid_byte(e, bytes[at], at);
            at++;
        }
    }
    return status;
}

static enum sb_status encode_bytes(struct sb_tokens *tokens, const uint8_t *bytes, size_t n,
                                   struct sb_error *error)
{
    for (size_t i = 0; i < n; i++)
        if (sb_tokens_add(tokens, bytes[i], tokens->n_bytes + i + 1))
            return sb_fail_memory(error);
    return SB_OK;
}

static enum sb_status add_template(struct sb_encoder *e, const struct sb_template *template,
                                   size_t end)
{
    enum sb_status status = SB_OK;
    for (size_t i = 0; status == SB_OK && i < template->n; i++)
        status = sb_tokens_add(e->tokens, template->ids[i], end);
    return explain(e, status, 0);
}

enum sb_status sb_encoder_encode(struct sb_encoder *encoder, const uint8_t *bytes, size_t n,
                                 unsigned flags, struct sb_tokens *tokens, struct sb_error *error)
{
    const struct sb_tokenizer *t = encoder->tokenizer;
    size_t n_before = tokens->n;
    bool special = (flags & SB_ENCODE_SPECIAL) != 0;
    enum sb_status status = SB_OK;
    encoder->tokens = tokens;
    encoder->error = error;
    if (special)
        status = add_template(encoder, &t->prefix, tokens->n_bytes);
    if (status == SB_OK)
        status = t->is_bytes ? encode_bytes(tokens, bytes, n, error)
                             : encode_text(encoder, bytes, n, (flags & SB_ENCODE_CONTINUED) != 0);
    if (status == SB_OK && special)
        status = add_template(encoder, &t->suffix, tokens->n_bytes + n);
    if (status)
        tokens->n = n_before;
    else
        tokens->n_bytes += n;
    return status;
}

enum sb_status sb_encoder_encode_part(struct sb_encoder *encoder, const uint8_t *bytes,
                                      size_t begin, size_t end, struct sb_tokens *tokens,
                                      struct sb_error *error)
{
    if (begin == end)
        return SB_OK;
    return sb_encoder_encode(encoder, bytes + begin, end - begin, begin ? SB_ENCODE_CONTINUED : 0,
                             tokens, error);
}

/* ---- decoding --------------------------------------------------------------------------------- */

static enum sb_status fail_id(uint32_t id, size_t position, struct sb_error *error)
{
    return sb_fail(error, SB_DOMAIN, "id %lu at position %zu is no token of the tokenizer",
                   (unsigned long)id, position);
}

static enum sb_status decode_bytes(const uint32_t *ids, size_t n, struct sb_buffer *text,
                                   struct sb_error *error)
{
    for (size_t i = 0; i < n; i++)
        if (ids[i] > 255)
            return fail_id(ids[i], i, error);
    if (sb_buffer_reserve(text, n))
        return sb_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        text->bytes[text->n++] = (uint8_t)ids[i];
    return SB_OK;
}

/* The texts of the tokens as in the file, a piece each. */
static enum sb_status collect(const struct sb_tokenizer *tokenizer, const uint32_t *ids, size_t n,
                              bool skip_special, struct sb_pieces *pieces, struct sb_error *error)
{
    for (size_t i = 0; i < n; i++) {
        size_t length;
        if (!sb_vocabulary_is(&tokenizer->vocabulary, ids[i], ~0u))
            return fail_id(ids[i], i, error);
        if (skip_special && sb_tokenizer_is_special(tokenizer, ids[i]))
            continue;
        const uint8_t *token = sb_vocabulary_text(&tokenizer->vocabulary, ids[i], &length);
        if (sb_buffer_append(&pieces->text, token, length) || sb_pieces_end(pieces))
            return sb_fail_memory(error);
    }
    return SB_OK;
}

enum sb_status sb_tokenizer_decode(const struct sb_tokenizer *tokenizer, const uint32_t *ids,
                                   size_t n, bool skip_special, struct sb_buffer *text,
                                   struct sb_error *error)
{
    struct sb_pieces pieces[2] = { { { 0 }, NULL, 0, 0 }, { { 0 }, NULL, 0, 0 } };
    const struct sb_buffer *decoded;
    if (tokenizer->is_bytes)
        return decode_bytes(ids, n, text, error);
    enum sb_status status = collect(tokenizer, ids, n, skip_special, &pieces[0], error);
    if (status == SB_OK && (sb_decoder_apply(tokenizer->decoder, pieces, &decoded) ||
                            sb_buffer_append(text, decoded->bytes, decoded->n)))
        status = sb_fail_memory(error);
    sb_pieces_clear(&pieces[0]);
    sb_pieces_clear(&pieces[1]);
    return status;
}

enum sb_status sb_tokenizer_restores(const struct sb_tokenizer *tokenizer, const uint32_t *ids,
                                     size_t n, const uint8_t *bytes, size_t n_bytes, bool *restores,
                                     struct sb_error *error)
{
    struct sb_buffer text = { 0 };
    enum sb_status status = sb_tokenizer_decode(tokenizer, ids, n, false, &text, error);
    if (status == SB_OK)
        *restores = text.n == n_bytes && (n_bytes == 0 || memcmp(text.bytes, bytes, n_bytes) == 0);
    sb_buffer_clear(&text);
    return status;
}

#include "data/decoder.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "data/byte_alphabet.h"
#include "data/tokenizer_part.h"

enum kind { BYTE_LEVEL, BYTE_FALLBACK, REPLACE, FUSE, STRIP, METASPACE };

struct step {
    enum kind kind;
    struct sb_pattern *pattern; /* of REPLACE and METASPACE */
    struct sb_buffer content;   /* what is put in place of it; what STRIP takes away */
    size_t start, stop;         /* STRIP: at most so often, at the beginning and the end */
    bool is_prefixed;           /* METASPACE: the first piece begins with a mark that was added */
};

enum { MAX_STEPS = 16 };

struct sb_decoder {
    struct step steps[MAX_STEPS];
    size_t n;
};

/* ---- reading ---------------------------------------------------------------------------------- */

static enum sb_status read_replace(struct step *step, const struct sb_tokenizer_part *part,
                                   struct sb_error *error)
{
    struct sb_json pattern, regex;
    step->kind = REPLACE;
    if (sb_tokenizer_part_find(part, "pattern", &pattern) &&
        sb_json_find(&pattern, "Regex", &regex))
        return sb_tokenizer_part_unsupported(part, "a regular expression", error);
    enum sb_status status = sb_tokenizer_part_pattern(part, &step->pattern, error);
    return status ? status : sb_tokenizer_part_text(part, "content", &step->content, error);
}

static enum sb_status read_strip(struct step *step, const struct sb_tokenizer_part *part,
                                 struct sb_error *error)
{
    step->kind = STRIP;
    enum sb_status status = sb_tokenizer_part_text(part, "content", &step->content, error);
    if (status == SB_OK && !step->content.n)
        status = sb_tokenizer_part_malformed(part, "content", "a character", error);
    if (status == SB_OK)
        status = sb_tokenizer_part_number(part, "start", 0, &step->start, error);
    return status ? status : sb_tokenizer_part_number(part, "stop", 0, &step->stop, error);
}

static enum sb_status read_metaspace(struct step *step, const struct sb_tokenizer_part *part,
                                     struct sb_error *error)
{
    struct sb_json scheme;
    struct sb_buffer mark = { 0 };
    step->kind = METASPACE;
    enum sb_status status = sb_tokenizer_part_text(part, "replacement", &mark, error);
    if (status == SB_OK && !mark.n)
        status = sb_tokenizer_part_malformed(part, "replacement", "a character", error);
    if (status == SB_OK && sb_tokenizer_part_find(part, "prepend_scheme", &scheme))
        step->is_prefixed = scheme.kind != SB_JSON_STRING || !sb_json_equals(&scheme, "never", 5);
    else if (status == SB_OK)
        status = sb_tokenizer_part_flag(part, "add_prefix_space", true, &step->is_prefixed, error);
    if (status == SB_OK && (sb_buffer_append(&step->content, " ", 1) ||
                            sb_pattern_create_string((char *)mark.bytes, mark.n, &step->pattern)))
        status = sb_fail_memory(error);
    sb_buffer_clear(&mark);
    return status;
}

static enum sb_status read_step(void *context, const struct sb_tokenizer_part *part,
                                struct sb_error *error)
{
    struct sb_decoder *decoder = context;
    if (decoder->n == MAX_STEPS)
        return sb_tokenizer_part_unsupported(part, "so long a sequence", error);
    struct step *step = &decoder->steps[decoder->n++];
    if (strcmp(part->type, "Replace") == 0)
        return read_replace(step, part, error);
    if (strcmp(part->type, "Strip") == 0)
        return read_strip(step, part, error);
    if (strcmp(part->type, "Metaspace") == 0)
        return read_metaspace(step, part, error);
    step->kind = strcmp(part->type, "ByteLevel") == 0      ? BYTE_LEVEL
                 : strcmp(part->type, "ByteFallback") == 0 ? BYTE_FALLBACK
                                                           : FUSE;
    bool is_known = step->kind != FUSE || strcmp(part->type, "Fuse") == 0;
    return is_known ? SB_OK : sb_tokenizer_part_unsupported(part, NULL, error);
}

enum sb_status sb_decoder_create(const char *file, const struct sb_json *json,
                                 struct sb_decoder **decoder, struct sb_error *error)
{
    *decoder = NULL;
    if (!json || json->kind == SB_JSON_NULL)
        return sb_fail(error, SB_UNSUPPORTED,
                       "%s: no decoder: tokens with spaces in between are "
                       "not implemented",
                       file);
    struct sb_decoder *made = calloc(1, sizeof *made);
    if (!made)
        return sb_fail_memory(error);
    enum sb_status status =
        sb_tokenizer_part_steps(file, "decoder", "decoders", json, read_step, made, error);
    if (status)
        sb_decoder_free(made);
    else
        *decoder = made;
    return status;
}

void sb_decoder_free(struct sb_decoder *decoder)
{
    if (!decoder)
        return;
    for (size_t i = 0; i < decoder->n; i++) {
        sb_buffer_clear(&decoder->steps[i].content);
        sb_pattern_free(decoder->steps[i].pattern);
    }
    free(decoder);
}

/* ---- pieces ----------------------------------------------------------------------------------- */

enum sb_status sb_pieces_end(struct sb_pieces *pieces)
{
    if (pieces->n == pieces->capacity) {
        size_t capacity = pieces->capacity ? 2 * pieces->capacity : 64;
        size_t *ends = realloc(pieces->ends, capacity * sizeof *ends);
        if (!ends)
            return SB_MEMORY;
        pieces->ends = ends;
        pieces->capacity = capacity;
    }
    pieces->ends[pieces->n++] = pieces->text.n;
    return SB_OK;
}

void sb_pieces_clear(struct sb_pieces *pieces)
{
    sb_buffer_clear(&pieces->text);
    free(pieces->ends);
    *pieces = (struct sb_pieces){ 0 };
}

/* ---- applying --------------------------------------------------------------------------------- */

/* The bytes behind the characters of a piece; a piece with another character is text. */
static enum sb_status decode_byte_level(const uint8_t *piece, size_t n, struct sb_buffer *out)
{
    size_t begin = out->n, length;
    if (sb_buffer_reserve(out, n))
        return SB_MEMORY;
    for (size_t i = 0; i < n; i += length) {
        int byte = sb_byte_alphabet_read(piece + i, n - i, &length);
        if (byte < 0) {
            out->n = begin;
            return sb_buffer_append(out, piece, n);
        }
        out->bytes[out->n++] = (uint8_t)byte;
    }
    return SB_OK;
}

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* <0x0A> as the byte 0A. */
static enum sb_status decode_byte_fallback(const uint8_t *piece, size_t n, struct sb_buffer *out)
{
    if (n == 6 && memcmp(piece, "<0x", 3) == 0 && piece[5] == '>') {
        int high = hex_digit(piece[3]), low = hex_digit(piece[4]);
        uint8_t byte = (uint8_t)(high << 4 | low);
        if (high >= 0 && low >= 0)
            return sb_buffer_append(out, &byte, 1);
    }
    return sb_buffer_append(out, piece, n);
}

static enum sb_status decode_replace(const struct step *step, const uint8_t *piece, size_t n,
                                     bool removes, struct sb_buffer *out)
{
    size_t at = 0, begin, end;
    enum sb_status status;
    while ((status = sb_pattern_find(step->pattern, NULL, piece, n, at, &begin, &end)) == SB_OK) {
        if (sb_buffer_append(out, piece + at, begin - at) ||
            (!removes && sb_buffer_append(out, step->content.bytes, step->content.n)))
            return SB_MEMORY;
        at = end;
    }
    return status == SB_END ? sb_buffer_append(out, piece + at, n - at) : status;
}

static enum sb_status decode_strip(const struct step *step, const uint8_t *piece, size_t n,
                                   struct sb_buffer *out)
{
    const struct sb_buffer *c = &step->content;
    for (size_t i = 0; i < step->start && n >= c->n && memcmp(piece, c->bytes, c->n) == 0; i++) {
        piece += c->n;
        n -= c->n;
    }
    for (size_t i = 0; i < step->stop && n >= c->n && memcmp(piece + n - c->n, c->bytes, c->n) == 0;
         i++)
        n -= c->n;
    return sb_buffer_append(out, piece, n);
}

static enum sb_status decode_piece(const struct step *step, const uint8_t *piece, size_t n,
                                   bool is_first, struct sb_buffer *out)
{
    switch (step->kind) {
    case BYTE_LEVEL:
        return decode_byte_level(piece, n, out);
    case BYTE_FALLBACK:
        return decode_byte_fallback(piece, n, out);
    case STRIP:
        return decode_strip(step, piece, n, out);
    case REPLACE:
        return decode_replace(step, piece, n, false, out);
    default:
        return decode_replace(step, piece, n, is_first && step->is_prefixed, out);
    }
}

static enum sb_status apply(const struct step *step, const struct sb_pieces *in,
                            struct sb_pieces *out)
{
    size_t begin = 0;
    sb_buffer_reset(&out->text);
    out->n = 0;
    for (size_t i = 0; i < in->n; i++) {
        size_t n = in->ends[i] - begin; /* of nothing but empty pieces there are no bytes at all */
        enum sb_status status =
            n ? decode_piece(step, in->text.bytes + begin, n, i == 0, &out->text) : SB_OK;
        if (status == SB_OK)
            status = sb_pieces_end(out);
        if (status)
            return status;
        begin = in->ends[i];
    }
    return SB_OK;
}

/* One piece of all. */
static void fuse(struct sb_pieces *pieces)
{
    if (pieces->n) {
        pieces->ends[0] = pieces->text.n;
        pieces->n = 1;
    }
}

enum sb_status sb_decoder_apply(const struct sb_decoder *decoder, struct sb_pieces pieces[2],
                                const struct sb_buffer **text)
{
    struct sb_pieces *in = &pieces[0], *out = &pieces[1];
    for (size_t i = 0; i < decoder->n; i++) {
        const struct step *step = &decoder->steps[i];
        if (step->kind == FUSE) {
            fuse(in);
            continue;
        }
        enum sb_status status = apply(step, in, out);
        if (status)
            return status;
        struct sb_pieces *swap = in;
        in = out;
        out = swap;
    }
    *text = &in->text;
    return SB_OK;
}

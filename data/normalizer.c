#include "data/normalizer.h"

#include <stdlib.h>
#include <string.h>
#include "data/nfc.h"
#include "data/tokenizer_part.h"

enum kind { NFC, PREPEND, REPLACE };

struct step {
    enum kind kind;
    struct sb_buffer content;   /* what is prepended, or put in place of a match */
    struct sb_pattern *pattern; /* of REPLACE */
};

enum { MAX_STEPS = 16 };

struct sb_normalizer {
    struct step steps[MAX_STEPS];
    size_t n;
};

/* ---- reading ---------------------------------------------------------------------------------- */

static enum sb_status read_step(void *context, const struct sb_tokenizer_part *part,
                                struct sb_error *error)
{
    struct sb_normalizer *normalizer = context;
    if (normalizer->n == MAX_STEPS)
        return sb_tokenizer_part_unsupported(part, "a sequence of more than 16", error);
    struct step *step = &normalizer->steps[normalizer->n++];
    enum sb_status status = SB_OK;
    if (strcmp(part->type, "NFC") == 0) {
        step->kind = NFC;
    } else if (strcmp(part->type, "Prepend") == 0) {
        step->kind = PREPEND;
        status = sb_tokenizer_part_text(part, "prepend", &step->content, error);
    } else if (strcmp(part->type, "Replace") == 0) {
        step->kind = REPLACE;
        status = sb_tokenizer_part_pattern(part, &step->pattern, error);
        if (status == SB_OK)
            status = sb_tokenizer_part_text(part, "content", &step->content, error);
    } else {
        status = sb_tokenizer_part_unsupported(part, NULL, error);
    }
    return status;
}

enum sb_status sb_normalizer_create(const char *file, const struct sb_json *json,
                                    struct sb_normalizer **normalizer, struct sb_error *error)
{
    struct sb_normalizer *made = calloc(1, sizeof *made);
    *normalizer = NULL;
    if (!made)
        return sb_fail_memory(error);
    enum sb_status status =
        sb_tokenizer_part_steps(file, "normalizer", "normalizers", json, read_step, made, error);
    if (status)
        sb_normalizer_free(made);
    else
        *normalizer = made;
    return status;
}

void sb_normalizer_free(struct sb_normalizer *normalizer)
{
    if (!normalizer)
        return;
    for (size_t i = 0; i < normalizer->n; i++) {
        sb_buffer_clear(&normalizer->steps[i].content);
        sb_pattern_free(normalizer->steps[i].pattern);
    }
    free(normalizer);
}

/* ---- applying --------------------------------------------------------------------------------- */

enum sb_status sb_replace(const struct sb_pattern *pattern, const struct sb_buffer *content,
                          struct sb_matcher *matcher, const struct sb_aligned_view *text,
                          struct sb_aligned *out)
{
    size_t at = 0, begin, end;
    enum sb_status status;
    while ((status = sb_pattern_find(pattern, matcher, text->bytes, text->n, at, &begin, &end)) ==
           SB_OK) {
        status = sb_aligned_copy(out, text, at, begin);
        if (status == SB_OK && content->n)
            status = sb_aligned_put(out, content->bytes, content->n, sb_aligned_place(text, begin),
                                    sb_aligned_place(text, end));
        if (status)
            return status;
        at = end;
    }
    return status == SB_END ? sb_aligned_copy(out, text, at, text->n) : status;
}

static enum sb_status apply(const struct step *step, const struct sb_aligned_view *text,
                            struct sb_matcher *matcher, struct sb_aligned *out)
{
    enum sb_status status = SB_OK;
    switch (step->kind) {
    case NFC:
        return sb_nfc_append(text, out);
    case PREPEND:
        if (step->content.n)
            status = sb_aligned_put(out, step->content.bytes, step->content.n, text->origin,
                                    text->origin);
        return status ? status : sb_aligned_copy(out, text, 0, text->n);
    default:
        return sb_replace(step->pattern, &step->content, matcher, text, out);
    }
}

enum sb_status sb_normalizer_apply(const struct sb_normalizer *normalizer,
                                   const struct sb_aligned_view *text, bool continued,
                                   struct sb_normalized *scratch, struct sb_matcher *matcher,
                                   struct sb_aligned_view *result)
{
    *result = *text;
    for (size_t i = 0; i < normalizer->n && result->n; i++) {
        const struct step *step = &normalizer->steps[i];
        struct sb_aligned *out = &scratch->texts[i % 2];
        if ((step->kind == PREPEND && continued) ||
            (step->kind == NFC && sb_nfc_is_plain(result->bytes, result->n)))
            continue;
        if (result->bytes == out->text.bytes)
            out = &scratch->texts[(i + 1) % 2];
        sb_aligned_reset(out);
        enum sb_status status = apply(step, result, matcher, out);
        if (status)
            return status;
        *result = sb_aligned_view(out, text->origin);
    }
    return SB_OK;
}

void sb_normalized_clear(struct sb_normalized *normalized)
{
    sb_aligned_clear(&normalized->texts[0]);
    sb_aligned_clear(&normalized->texts[1]);
}

#include "data/pretokenizer.h"

#include <stdlib.h>
#include <string.h>
#include "data/normalizer.h"
#include "data/tokenizer_part.h"

enum kind { REPLACE, PREFIX, SPLIT };
enum behavior { ISOLATED, REMOVED, MERGED_WITH_PREVIOUS, MERGED_WITH_NEXT, CONTIGUOUS };

struct step {
    enum kind kind;
    struct sb_pattern *pattern; /* of REPLACE and SPLIT */
    struct sb_buffer content;   /* of REPLACE and PREFIX */
    bool first_only;            /* PREFIX: before the first word of the document only */
    enum behavior behavior;     /* of SPLIT */
    bool invert;                /* SPLIT: what does not match is the match */
};

enum { MAX_STEPS = 16, STEPS_OF_ONE = 3 }; /* Metaspace makes three */

struct sb_pretokenizer {
    struct step steps[MAX_STEPS];
    size_t n;
    bool is_byte_level;
};

/* GPT-2's words: contractions, then letters, digits or others with the space before them, then spaces
 * (but for the last one before a word). */
static const char GPT2_WORDS[] =
    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/* ---- reading ---------------------------------------------------------------------------------- */

/* There is room: read_steps has seen to it. */
static struct step *add_step(struct sb_pretokenizer *p, enum kind kind)
{
    struct step *step = &p->steps[p->n++];
    step->kind = kind;
    return step;
}

static enum sb_status add_split(struct sb_pretokenizer *p, const struct sb_tokenizer_part *part,
                                const char *expression, struct sb_error *error)
{
    struct step *step = add_step(p, SPLIT);
    struct sb_error problem;
    step->behavior = ISOLATED;
    enum sb_status status =
        sb_pattern_create_regex(expression, strlen(expression), &step->pattern, &problem);
    return status ? sb_fail(error, status, "%s: %s %s: %s", part->file, part->section, part->type,
                            problem.message)
                  : SB_OK;
}

static enum sb_status add_prefix(struct sb_pretokenizer *p, const void *text, size_t n,
                                 bool first_only, struct sb_error *error)
{
    struct step *step = add_step(p, PREFIX);
    step->first_only = first_only;
    return sb_buffer_append(&step->content, text, n) ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status read_split(struct sb_pretokenizer *p, const struct sb_tokenizer_part *part,
                                 struct sb_error *error)
{
    static const char *const names[] = { "Isolated", "Removed", "MergedWithPrevious",
                                         "MergedWithNext", "Contiguous" };
    struct step *step = add_step(p, SPLIT);
    struct sb_json behavior;
    enum sb_status status = sb_tokenizer_part_pattern(part, &step->pattern, error);
    if (status == SB_OK)
        status = sb_tokenizer_part_flag(part, "invert", false, &step->invert, error);
    if (status)
        return status;
    if (sb_tokenizer_part_find(part, "behavior", &behavior) && behavior.kind == SB_JSON_STRING)
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (sb_json_equals(&behavior, names[i], strlen(names[i]))) {
                step->behavior = (enum behavior)i;
                return SB_OK;
            }
    return sb_tokenizer_part_malformed(
        part, "behavior", "Isolated, Removed, MergedWithPrevious, MergedWithNext or Contiguous",
        error);
}

static enum sb_status read_byte_level(struct sb_pretokenizer *p,
                                      const struct sb_tokenizer_part *part, struct sb_error *error)
{
    bool prefix, regex;
    enum sb_status status = sb_tokenizer_part_flag(part, "add_prefix_space", true, &prefix, error);
    if (status == SB_OK)
        status = sb_tokenizer_part_flag(part, "use_regex", true, &regex, error);
    if (status == SB_OK && prefix)
        status = add_prefix(p, " ", 1, false, error);
    if (status == SB_OK && regex)
        status = add_split(p, part, GPT2_WORDS, error);
    p->is_byte_level = true;
    return status;
}

static enum sb_status read_digits(struct sb_pretokenizer *p, const struct sb_tokenizer_part *part,
                                  struct sb_error *error)
{
    bool individual;
    enum sb_status status =
        sb_tokenizer_part_flag(part, "individual_digits", false, &individual, error);
    if (status)
        return status;
    return add_split(p, part, individual ? "\\p{N}" : "\\p{N}+", error);
}

/* Whether and where the replacement is put before a text: "prepend_scheme", or the older
 * "add_prefix_space". */
static enum sb_status read_scheme(const struct sb_tokenizer_part *part, bool *prefix,
                                  bool *first_only, struct sb_error *error)
{
    struct sb_json scheme;
    *first_only = false;
    if (!sb_tokenizer_part_find(part, "prepend_scheme", &scheme))
        return sb_tokenizer_part_flag(part, "add_prefix_space", true, prefix, error);
    bool is_text = scheme.kind == SB_JSON_STRING;
    *first_only = is_text && sb_json_equals(&scheme, "first", 5);
    *prefix = *first_only || (is_text && sb_json_equals(&scheme, "always", 6));
    if (!*prefix && !(is_text && sb_json_equals(&scheme, "never", 5)))
        return sb_tokenizer_part_malformed(part, "prepend_scheme", "always, first or never", error);
    return SB_OK;
}

static enum sb_status read_metaspace(struct sb_pretokenizer *p,
                                     const struct sb_tokenizer_part *part, struct sb_error *error)
{
    bool prefix, first_only, split;
    struct sb_buffer mark = { 0 };
    enum sb_status status = sb_tokenizer_part_text(part, "replacement", &mark, error);
    if (status == SB_OK && !mark.n)
        status = sb_tokenizer_part_malformed(part, "replacement", "a character", error);
    if (status == SB_OK)
        status = read_scheme(part, &prefix, &first_only, error);
    if (status == SB_OK)
        status = sb_tokenizer_part_flag(part, "split", true, &split, error);
    struct step *step = add_step(p, REPLACE);
    if (status == SB_OK && (sb_pattern_create_string(" ", 1, &step->pattern) ||
                            sb_buffer_append(&step->content, mark.bytes, mark.n)))
        status = sb_fail_memory(error);
    if (status == SB_OK && prefix)
        status = add_prefix(p, mark.bytes, mark.n, first_only, error);
    if (status == SB_OK && split) {
        step = add_step(p, SPLIT);
        step->behavior = MERGED_WITH_NEXT;
        if (sb_pattern_create_string((char *)mark.bytes, mark.n, &step->pattern))
            status = sb_fail_memory(error);
    }
    sb_buffer_clear(&mark);
    return status;
}

static enum sb_status read_step(void *context, const struct sb_tokenizer_part *part,
                                struct sb_error *error)
{
    struct sb_pretokenizer *p = context;
    if (p->n + STEPS_OF_ONE > MAX_STEPS)
        return sb_tokenizer_part_unsupported(part, "so long a sequence", error);
    if (p->is_byte_level)
        return sb_tokenizer_part_unsupported(part, "a pre-tokenizer behind ByteLevel", error);
    if (strcmp(part->type, "Split") == 0)
        return read_split(p, part, error);
    if (strcmp(part->type, "ByteLevel") == 0)
        return read_byte_level(p, part, error);
    if (strcmp(part->type, "Digits") == 0)
        return read_digits(p, part, error);
    if (strcmp(part->type, "Metaspace") == 0)
        return read_metaspace(p, part, error);
    return sb_tokenizer_part_unsupported(part, NULL, error);
}

enum sb_status sb_pretokenizer_create(const char *file, const struct sb_json *json,
                                      struct sb_pretokenizer **pretokenizer, struct sb_error *error)
{
    struct sb_pretokenizer *made = calloc(1, sizeof *made);
    *pretokenizer = NULL;
    if (!made)
        return sb_fail_memory(error);
    enum sb_status status = sb_tokenizer_part_steps(file, "pre_tokenizer", "pretokenizers", json,
                                                    read_step, made, error);
    if (status)
        sb_pretokenizer_free(made);
    else
        *pretokenizer = made;
    return status;
}

void sb_pretokenizer_free(struct sb_pretokenizer *pretokenizer)
{
    if (!pretokenizer)
        return;
    for (size_t i = 0; i < pretokenizer->n; i++) {
        sb_buffer_clear(&pretokenizer->steps[i].content);
        sb_pattern_free(pretokenizer->steps[i].pattern);
    }
    free(pretokenizer);
}

bool sb_pretokenizer_is_byte_level(const struct sb_pretokenizer *pretokenizer)
{
    return pretokenizer->is_byte_level;
}

void sb_pretokenized_clear(struct sb_pretokenized *pretokenized)
{
    for (size_t i = 0; i < 2; i++) {
        sb_aligned_clear(&pretokenized->texts[i]);
        free(pretokenized->words[i].items);
    }
    *pretokenized = (struct sb_pretokenized){ 0 };
}

/* ---- splitting -------------------------------------------------------------------------------- */

static enum sb_status add_word(struct sb_words *words, size_t begin, size_t end, bool is_match)
{
    if (begin == end)
        return SB_OK;
    if (words->n == words->capacity) {
        size_t capacity = words->capacity ? 2 * words->capacity : 256;
        struct sb_word *items = realloc(words->items, capacity * sizeof *items);
        if (!items)
            return SB_MEMORY;
        words->items = items;
        words->capacity = capacity;
    }
    words->items[words->n++] = (struct sb_word){ begin, end, is_match };
    return SB_OK;
}

/* Appends a word as pieces, matches and what is between them. */
static enum sb_status find_pieces(const struct step *step, struct sb_matcher *matcher,
                                  const struct sb_aligned_view *text, const struct sb_word *word,
                                  struct sb_words *out)
{
    const uint8_t *bytes = text->bytes + word->begin;
    size_t n = word->end - word->begin, at = 0, begin, end;
    enum sb_status status;
    while ((status = sb_pattern_find(step->pattern, matcher, bytes, n, at, &begin, &end)) ==
           SB_OK) {
        if (add_word(out, word->begin + at, word->begin + begin, step->invert) ||
            add_word(out, word->begin + begin, word->begin + end, !step->invert))
            return SB_MEMORY;
        at = end;
    }
    return status == SB_END ? add_word(out, word->begin + at, word->end, step->invert) : status;
}

/* Joins neighbouring pieces, items[first..], where the behaviour wants it. Going with the next is going
 * with the previous from the other end: a match joins its neighbour unless that follows a match. */
static void join_pieces(enum behavior behavior, struct sb_words *words, size_t first)
{
    struct sb_word *items = words->items;
    size_t n = words->n, kept = first;
    if (behavior == MERGED_WITH_NEXT) {
        bool next_was_match = false;
        kept = n;
        for (size_t i = n; i-- > first;) {
            bool is_match = items[i].is_match;
            if (is_match && !next_was_match && kept < n)
                items[kept].begin = items[i].begin;
            else
                items[--kept] = items[i];
            next_was_match = is_match;
        }
        memmove(items + first, items + kept, (n - kept) * sizeof *items);
        words->n = first + n - kept;
        return;
    }
    bool was_match = false;
    for (size_t i = first; i < n; i++) {
        bool is_match = items[i].is_match;
        bool joins = behavior == MERGED_WITH_PREVIOUS ? is_match && !was_match
                     : behavior == CONTIGUOUS         ? is_match == was_match
                                                      : false;
        if (joins && kept > first)
            items[kept - 1].end = items[i].end;
        else if (behavior != REMOVED || !is_match)
            items[kept++] = items[i];
        was_match = is_match;
    }
    words->n = kept;
}

static enum sb_status split(const struct step *step, struct sb_matcher *matcher,
                            const struct sb_aligned_view *text, const struct sb_words *in,
                            struct sb_words *out)
{
    for (size_t i = 0; i < in->n; i++) {
        size_t first = out->n;
        enum sb_status status = find_pieces(step, matcher, text, &in->items[i], out);
        if (status)
            return status;
        if (step->behavior != ISOLATED)
            join_pieces(step->behavior, out, first);
    }
    return SB_OK;
}

/* ---- steps that change the text --------------------------------------------------------------- */

static bool begins_with(const struct sb_aligned_view *text, const struct sb_buffer *content)
{
    return text->n >= content->n && memcmp(text->bytes, content->bytes, content->n) == 0;
}

static enum sb_status change(const struct step *step, struct sb_matcher *matcher,
                             const struct sb_aligned_view *word, bool takes_prefix,
                             struct sb_aligned *out)
{
    if (step->kind == REPLACE)
        return sb_replace(step->pattern, &step->content, matcher, word, out);
    if (takes_prefix && !begins_with(word, &step->content) &&
        sb_aligned_put(out, step->content.bytes, step->content.n, word->origin, word->origin))
        return SB_MEMORY;
    return sb_aligned_copy(out, word, 0, word->n);
}

static enum sb_status change_words(const struct step *step, struct sb_matcher *matcher,
                                   const struct sb_aligned_view *text, bool is_first,
                                   bool continued, const struct sb_words *in,
                                   struct sb_aligned *aligned, struct sb_words *out)
{
    sb_aligned_reset(aligned);
    for (size_t i = 0; i < in->n; i++) {
        struct sb_aligned_view word = sb_aligned_slice(text, in->items[i].begin, in->items[i].end);
        bool leads = i == 0 && in->items[i].begin == 0;
        bool takes_prefix =
            leads ? !continued && (is_first || !step->first_only) : !step->first_only;
        size_t begin = aligned->text.n;
        enum sb_status status = change(step, matcher, &word, takes_prefix, aligned);
        if (status == SB_OK)
            status = add_word(out, begin, aligned->text.n, false);
        if (status)
            return status;
    }
    return SB_OK;
}

enum sb_status sb_pretokenizer_apply(const struct sb_pretokenizer *pretokenizer,
                                     const struct sb_aligned_view *text, bool is_first,
                                     bool continued, struct sb_pretokenized *scratch,
                                     struct sb_matcher *matcher, struct sb_aligned_view *result,
                                     const struct sb_words **words)
{
    struct sb_words *in = &scratch->words[0], *out = &scratch->words[1];
    size_t n_changes = 0;
    in->n = 0;
    *result = *text;
    enum sb_status status = add_word(in, 0, text->n, false);
    for (size_t i = 0; status == SB_OK && i < pretokenizer->n; i++) {
        const struct step *step = &pretokenizer->steps[i];
        struct sb_aligned *aligned = &scratch->texts[n_changes % 2];
        out->n = 0;
        if (step->kind == SPLIT) {
            status = split(step, matcher, result, in, out);
        } else {
            status = change_words(step, matcher, result, is_first, continued, in, aligned, out);
            *result = sb_aligned_view(aligned, text->origin);
            n_changes++;
        }
        struct sb_words *swap = in;
        in = out;
        out = swap;
    }
    *words = in;
    return status;
}

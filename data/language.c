#include "data/language.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "theory/numeric.h"
#include "theory/portable.h"
#include "theory/random.h"

enum { N_PHASES = 4, N_DIALECTS = SB_LANGUAGE_DIALECTS };

/* The rankings of the content words belong to the language, not to a dataset: one fixed seed, a
 * stream for each topic and phase. */
static const uint64_t RANKING_SEED = UINT64_C(0x737072696e67);

static const char LETTERS[] = "abcdefghijklmnoprstuvwyz", VOWELS[] = "aeiouy";
enum { N_LETTERS = sizeof LETTERS - 1, N_VOWELS = sizeof VOWELS - 1 };
enum { N_SYLLABLES = N_LETTERS * N_VOWELS, SYLLABLE_BYTES = 2 };

/* A distribution in units of 1 / SB_LANGUAGE_UNIT: cumulative[j] sums the parts 0..j. */
struct distribution {
    uint32_t *cumulative;
    size_t n;
};

struct sb_language {
    struct sb_language_options options;
    struct sb_language_mixture pretraining;
    size_t n_words, word_bytes, first_style, first_content;
    uint32_t kind[2];                       /* cumulative: style, content */
    uint32_t owner[N_DIALECTS][N_DIALECTS]; /* cumulative, by speaking dialect */
    struct distribution style, content;     /* by rank */
    uint16_t *content_word;                 /* [topic][phase][rank]: the word of a rank, from 0, */
    uint16_t *content_rank;                 /* [topic][phase][word]: and its inverse */
    uint32_t *cumulative;                   /* the memory of style and content */
};

/* ---- distributions in integers -------------------------------------------------------------- */

/* Each weight rounded to a share of the unit; the largest (the first of them) takes what is left, so
 * that equal weights get equal parts. The others err by at most n / 2 < unit / n together. */
static void quantise(const double *weights, size_t n, uint32_t *parts)
{
    size_t largest = 0;
    struct sb_sum total = { 0 };
    for (size_t j = 0; j < n; j++) {
        sb_sum_add(&total, weights[j]);
        if (weights[j] > weights[largest])
            largest = j;
    }
    uint32_t rest = SB_LANGUAGE_UNIT;
    for (size_t j = 0; j < n; j++) {
        parts[j] = (uint32_t)(weights[j] / sb_sum_value(&total) * SB_LANGUAGE_UNIT + 0.5);
        rest -= j == largest ? 0 : parts[j];
    }
    parts[largest] = rest;
}

static void accumulate(uint32_t *parts, size_t n)
{
    for (size_t j = 1; j < n; j++)
        parts[j] += parts[j - 1];
}

static uint32_t part(const uint32_t *cumulative, size_t j)
{
    return cumulative[j] - (j ? cumulative[j - 1] : 0);
}

static double probability(const uint32_t *cumulative, size_t j)
{
    return (double)part(cumulative, j) / SB_LANGUAGE_UNIT;
}

/* The first j with u < cumulative[j] for a uniform u. */
static size_t draw(struct sb_random *random, const uint32_t *cumulative, size_t n)
{
    uint32_t u = (uint32_t)sb_random_below(random, SB_LANGUAGE_UNIT);
    size_t low = 0, high = n - 1;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (u < cumulative[middle])
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* ---- mixtures ------------------------------------------------------------------------------- */

struct sb_language_mixture sb_language_dialect(size_t dialect)
{
    assert(dialect < N_DIALECTS);
    struct sb_language_mixture mixture = { { 0 } };
    mixture.parts[dialect] = SB_LANGUAGE_UNIT;
    return mixture;
}

enum sb_status sb_language_mixture_from(const double weights[SB_LANGUAGE_DIALECTS],
                                        struct sb_language_mixture *mixture)
{
    double sum = 0;
    for (size_t d = 0; d < N_DIALECTS; d++) {
        if (!(weights[d] >= 0))
            return SB_DOMAIN;
        sum += weights[d];
    }
    if (!(sum > 0) || isinf(sum))
        return SB_DOMAIN;
    quantise(weights, N_DIALECTS, mixture->parts);
    return SB_OK;
}

/* ---- making a language ---------------------------------------------------------------------- */

static void set_zipf(struct distribution *distribution, double exponent, double *weights)
{
    for (size_t j = 0; j < distribution->n; j++)
        weights[j] = sb_portable_pow((double)(j + 1), -exponent);
    quantise(weights, distribution->n, distribution->cumulative);
    accumulate(distribution->cumulative, distribution->n);
}

static enum sb_status set_distributions(struct sb_language *language)
{
    const struct sb_language_options *o = &language->options;
    const double kind[2] = { o->style, 1 - o->style };
    quantise(kind, 2, language->kind);
    accumulate(language->kind, 2);
    for (size_t d = 0; d < N_DIALECTS; d++) {
        double owner[N_DIALECTS];
        for (size_t j = 0; j < N_DIALECTS; j++)
            owner[j] = j == d ? 1 - 2 * o->overlap / 3 : o->overlap / 3;
        quantise(owner, N_DIALECTS, language->owner[d]);
        accumulate(language->owner[d], N_DIALECTS);
    }
    size_t n_style = o->n_style_words, n_content = o->n_content_words;
    double *weights = malloc((n_style > n_content ? n_style : n_content) * sizeof *weights);
    language->cumulative = malloc((n_style + n_content) * sizeof *language->cumulative);
    if (weights && language->cumulative) {
        language->style = (struct distribution){ language->cumulative, n_style };
        language->content = (struct distribution){ language->cumulative + n_style, n_content };
        set_zipf(&language->style, o->zipf_style, weights);
        set_zipf(&language->content, o->zipf_content, weights);
    }
    free(weights);
    return weights && language->cumulative ? SB_OK : SB_MEMORY;
}

static enum sb_status set_rankings(struct sb_language *language)
{
    size_t n = language->options.n_content_words,
           n_rankings = language->options.n_topics * N_PHASES;
    size_t *order = malloc(n * sizeof *order);
    language->content_word = malloc(n_rankings * n * sizeof *language->content_word);
    language->content_rank = malloc(n_rankings * n * sizeof *language->content_rank);
    enum sb_status status =
        order && language->content_word && language->content_rank ? SB_OK : SB_MEMORY;
    for (size_t r = 0; !status && r < n_rankings; r++) {
        struct sb_random random;
        sb_random_init(&random, RANKING_SEED, r);
        sb_random_permutation(&random, order, n);
        for (size_t rank = 0; rank < n; rank++) {
            language->content_word[r * n + rank] = (uint16_t)order[rank];
            language->content_rank[r * n + order[rank]] = (uint16_t)rank;
        }
    }
    free(order);
    return status;
}

enum sb_status sb_language_create(const struct sb_language_options *options,
                                  struct sb_language **language)
{
    *language = NULL;
    struct sb_language_mixture pretraining;
    if (sb_language_options_check(options) || sb_language_mixture_from(options->pi, &pretraining))
        return SB_DOMAIN;
    struct sb_language *made = calloc(1, sizeof *made);
    if (!made)
        return SB_MEMORY;
    made->options = *options;
    made->pretraining = pretraining;
    made->first_style = options->n_topics;
    made->first_content = made->first_style + N_DIALECTS * options->n_style_words;
    made->n_words = made->first_content + options->n_content_words;
    made->word_bytes = SYLLABLE_BYTES;
    for (size_t room = N_SYLLABLES; room < made->n_words; room *= N_SYLLABLES)
        made->word_bytes += SYLLABLE_BYTES;
    enum sb_status status = set_distributions(made);
    if (!status)
        status = set_rankings(made);
    if (status)
        sb_language_free(made);
    else
        *language = made;
    return status;
}

void sb_language_free(struct sb_language *language)
{
    if (!language)
        return;
    free(language->cumulative);
    free(language->content_word);
    free(language->content_rank);
    free(language);
}

const struct sb_language_options *sb_language_options_view(const struct sb_language *language)
{
    return &language->options;
}

struct sb_language_mixture sb_language_pretraining(const struct sb_language *language)
{
    return language->pretraining;
}

size_t sb_language_vocabulary(const struct sb_language *language)
{
    return language->n_words;
}

size_t sb_language_document_words(const struct sb_language *language)
{
    return 1 + language->options.length;
}

size_t sb_language_word_bytes(const struct sb_language *language)
{
    return language->word_bytes;
}

/* ---- words ---------------------------------------------------------------------------------- */

static const uint16_t *ranking(const struct sb_language *language, const uint16_t *rankings,
                               size_t topic, size_t position)
{
    return rankings + (topic * N_PHASES + position % N_PHASES) * language->options.n_content_words;
}

static size_t style_owner(const struct sb_language *language, size_t word)
{
    return (word - language->first_style) / language->style.n;
}

static size_t style_rank(const struct sb_language *language, size_t word)
{
    return (word - language->first_style) % language->style.n;
}

double sb_language_kind_probability(const struct sb_language *language, size_t dialect, size_t kind)
{
    assert(dialect < N_DIALECTS && kind < SB_LANGUAGE_KINDS);
    if (kind == N_DIALECTS)
        return probability(language->kind, 1);
    return probability(language->kind, 0) * probability(language->owner[dialect], kind);
}

/* P(word | topic, position), the factor of the owner left out of a style word's. */
static double common_probability(const struct sb_language *language, size_t topic, size_t position,
                                 size_t word)
{
    if (word < language->first_content)
        return probability(language->kind, 0) *
               probability(language->style.cumulative, style_rank(language, word));
    size_t rank =
        ranking(language, language->content_rank, topic, position)[word - language->first_content];
    return probability(language->kind, 1) * probability(language->content.cumulative, rank);
}

double sb_language_word_probability(const struct sb_language *language, size_t dialect,
                                    size_t topic, size_t position, size_t word)
{
    assert(dialect < N_DIALECTS && topic < language->options.n_topics && word < language->n_words);
    if (word < language->first_style)
        return 0;
    double common = common_probability(language, topic, position, word);
    if (word >= language->first_content)
        return common;
    return common * probability(language->owner[dialect], style_owner(language, word));
}

void sb_language_sample(const struct sb_language *language,
                        const struct sb_language_mixture *mixture, uint64_t seed, uint64_t number,
                        uint16_t *words, size_t *dialect)
{
    /* Four streams for each number: a mixture, or one of the dialects alone. */
    uint64_t offset = 0;
    uint32_t speakers[N_DIALECTS];
    for (size_t d = 0; d < N_DIALECTS; d++) {
        speakers[d] = mixture->parts[d];
        if (mixture->parts[d] == SB_LANGUAGE_UNIT)
            offset = d + 1;
    }
    accumulate(speakers, N_DIALECTS);
    struct sb_random random;
    sb_random_init(&random, seed, 4 * number + offset);
    size_t speaker = draw(&random, speakers, N_DIALECTS);
    size_t topic = (size_t)sb_random_below(&random, language->options.n_topics);
    words[0] = (uint16_t)topic;
    for (size_t position = 0; position < language->options.length; position++) {
        size_t word;
        if (draw(&random, language->kind, 2) == 0) {
            size_t owner = draw(&random, language->owner[speaker], N_DIALECTS);
            word = language->first_style + owner * language->style.n +
                   draw(&random, language->style.cumulative, language->style.n);
        } else {
            size_t rank = draw(&random, language->content.cumulative, language->content.n);
            word = language->first_content +
                   ranking(language, language->content_word, topic, position)[rank];
        }
        words[1 + position] = (uint16_t)word;
    }
    if (dialect)
        *dialect = speaker;
}

/* ---- text ----------------------------------------------------------------------------------- */

void sb_language_spell(const struct sb_language *language, const uint16_t *words, size_t n_words,
                       uint8_t *text)
{
    for (size_t i = 0; i < n_words; i++, text += language->word_bytes) {
        size_t rest = words[i];
        for (size_t at = language->word_bytes; at > 0; at -= SYLLABLE_BYTES) {
            text[at - 2] = (uint8_t)LETTERS[rest % N_SYLLABLES / N_VOWELS];
            text[at - 1] = (uint8_t)VOWELS[rest % N_VOWELS];
            rest /= N_SYLLABLES;
        }
    }
}

/* The number of the word at text, or the size of the vocabulary when there is none like it. */
static size_t read_word(const struct sb_language *language, const uint8_t *text)
{
    size_t word = 0;
    for (size_t at = 0; at < language->word_bytes; at += SYLLABLE_BYTES) {
        const char *letter = text[at] ? strchr(LETTERS, text[at]) : NULL;
        const char *vowel = text[at + 1] ? strchr(VOWELS, text[at + 1]) : NULL;
        if (!letter || !vowel)
            return language->n_words;
        word =
            word * N_SYLLABLES + (size_t)(letter - LETTERS) * N_VOWELS + (size_t)(vowel - VOWELS);
    }
    return word < language->n_words ? word : language->n_words;
}

enum sb_status sb_language_read(const struct sb_language *language, const uint8_t *text,
                                size_t n_bytes, uint16_t *words, size_t *n_words,
                                struct sb_error *error)
{
    size_t width = language->word_bytes, n = n_bytes / width, most = 1 + language->options.length;
    if (n > most || (n == most && n_bytes % width))
        return sb_fail(
            error, SB_FORMAT,
            "byte %zu: beyond the end of a document of this language, which has %zu words "
            "(see length=)",
            most * width + 1, most);
    for (size_t i = 0; i < n; i++) {
        size_t word = read_word(language, text + i * width);
        bool is_topic = word < language->first_style;
        if (word == language->n_words || is_topic != (i == 0))
            return sb_fail(error, SB_FORMAT, "byte %zu: \"%.*s\" is no %s word of this language",
                           i * width + 1, (int)width, (const char *)text + i * width,
                           i ? "style or content" : "topic");
    }
    if (n_bytes % width)
        return sb_fail(error, SB_FORMAT,
                       "byte %zu: the text ends inside a word (words have %zu bytes)",
                       n * width + 1, width);
    for (size_t i = 0; i < n; i++)
        words[i] = (uint16_t)read_word(language, text + i * width);
    *n_words = n;
    return SB_OK;
}

/* ---- probabilities -------------------------------------------------------------------------- */

struct sb_language_evidence sb_language_evidence(const struct sb_language *language,
                                                 const uint16_t *words, size_t n_words)
{
    struct sb_language_evidence evidence = { { 0 }, 0 };
    if (n_words == 0)
        return evidence;
    struct sb_sum log2_p = { 0 };
    sb_sum_add(&log2_p, -log2((double)language->options.n_topics));
    for (size_t i = 1; i < n_words; i++) {
        sb_sum_add(&log2_p, log2(common_probability(language, words[0], i - 1, words[i])));
        if (words[i] < language->first_content)
            evidence.n_style[style_owner(language, words[i])]++;
    }
    evidence.common_log2_p = sb_sum_value(&log2_p);
    return evidence;
}

double sb_language_log2_p(const struct sb_language *language,
                          const struct sb_language_mixture *mixture,
                          const struct sb_language_evidence *evidence)
{
    double terms[N_DIALECTS];
    for (size_t d = 0; d < N_DIALECTS; d++) {
        terms[d] = log((double)mixture->parts[d] / SB_LANGUAGE_UNIT);
        for (size_t j = 0; j < N_DIALECTS; j++)
            if (evidence->n_style[j])
                terms[d] += (double)evidence->n_style[j] * log(probability(language->owner[d], j));
    }
    return evidence->common_log2_p + sb_bits_from_nats(sb_log_sum_exp(terms, N_DIALECTS));
}

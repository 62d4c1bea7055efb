/* The controlled language: documents whose probabilities are known exactly (docs/theory.md, D4).
 *
 * A document is one topic word (uniform), then `length` tokens. A token is with probability `style` a
 * style word, else a content word.
 *
 *   style word    its owner is the speaking dialect with probability 1 - 2o/3 and each of the two
 *                 others with o/3 (o = overlap); given the owner, Zipf(zipf_style) over the owner's
 *                 words, which no other dialect owns
 *   content word  Zipf(zipf_content) over a ranking of all content words that depends on the topic
 *                 and on a clock of four phases (the number of the token, from 0, modulo 4)
 *
 * The three dialects differ only in the owners of their style words: 1 is neutral, 2 the alignment
 * data's, 3 the perturbation's. Pre-training data mix them in the proportions pi. Hence likelihood
 * ratios depend on counts of style words by owner, and rates over whole documents are finite sums
 * (data/language_exact.h). Dialects are numbered from 1 where people see them, from 0 in arrays.
 *
 * Words are numbered: topics, style words by owner and rank, content words. In text each word is one
 * syllable, a letter (not q or x) and a vowel (a e i o u y): 2 bytes, no separator, so that the 16-bit
 * blocks of a token tree are exactly the words. The default vocabulary has 8 + 3 x 12 + 100 = 144
 * words, as many as there are syllables; larger ones take 2, 3, ... syllables for every word. There is
 * no end mark: all documents have the same length.
 *
 * Every distribution is a list of integers that sum to SB_LANGUAGE_UNIT: each probability is rounded
 * to a multiple of 1 / SB_LANGUAGE_UNIT and the largest takes what is left. Sampling draws integers,
 * and probabilities are defined by the same integers, so that log2 p is that of what is sampled, to
 * rounding, and a seed gives the same documents on every machine.
 */
#ifndef SB_DATA_LANGUAGE_H
#define SB_DATA_LANGUAGE_H

#include <stddef.h>
#include <stdint.h>
#include "data/language_options.h"
#include "theory/status.h"

/* 2^19 3^2 5^4, below 2^32: thirds of decimals with four places are exact, so that the usual overlaps
 * and proportions are not rounded at all. Other probabilities move by at most 1.7e-10, the largest of
 * n by at most n times that. */
#define SB_LANGUAGE_UNIT UINT32_C(2949120000)

/* Which dialects speak: proportions out of SB_LANGUAGE_UNIT. */
struct sb_language_mixture {
    uint32_t parts[SB_LANGUAGE_DIALECTS];
};

/* One dialect alone. Domain: 0 <= dialect < SB_LANGUAGE_DIALECTS. */
struct sb_language_mixture sb_language_dialect(size_t dialect);

/* Proportions in any unit: they are divided by their sum. Domain: finite, >= 0, sum > 0 (SB_DOMAIN). */
enum sb_status sb_language_mixture_from(const double weights[SB_LANGUAGE_DIALECTS],
                                        struct sb_language_mixture *mixture);

/* A language; does not change after it was made, so that threads may share it. Options outside their
 * ranges are SB_DOMAIN. O(topics x content words) time and memory. */
struct sb_language;
enum sb_status sb_language_create(const struct sb_language_options *options,
                                  struct sb_language **language);
void sb_language_free(struct sb_language *language);

const struct sb_language_options *sb_language_options_view(const struct sb_language *language);
struct sb_language_mixture sb_language_pretraining(const struct sb_language *language); /* pi */
size_t sb_language_vocabulary(const struct sb_language *language);     /* number of words */
size_t sb_language_document_words(const struct sb_language *language); /* 1 + length */
size_t sb_language_word_bytes(const struct sb_language *language);     /* 2, 4, ... */

/* P(kind | dialect) of a token: kinds 0, 1, 2 are style words by owner, kind 3 is a content word. This
 * is all that the dialects differ in. */
enum { SB_LANGUAGE_KINDS = SB_LANGUAGE_DIALECTS + 1 };
double sb_language_kind_probability(const struct sb_language *language, size_t dialect,
                                    size_t kind);

/* P(word | dialect, topic) for the token at this position, 0 <= position < length, counted after the
 * topic word: exactly the probability by which it is sampled, to rounding; 0 for a topic word. */
double sb_language_word_probability(const struct sb_language *language, size_t dialect,
                                    size_t topic, size_t position, size_t word);

/* Document `number` of the dataset that (seed, mixture) names: 1 + length words, and the dialect that
 * speaks (NULL is allowed). It depends on nothing else, so that documents may be drawn in any order;
 * datasets of different dialects under one seed are independent. O(length log vocabulary). */
void sb_language_sample(const struct sb_language *language,
                        const struct sb_language_mixture *mixture, uint64_t seed, uint64_t number,
                        uint16_t *words, size_t *dialect);

/* Words to text: writes n_words x sb_language_word_bytes bytes, no terminating 0. */
void sb_language_spell(const struct sb_language *language, const uint16_t *words, size_t n_words,
                       uint8_t *text);

/* Text to words; words has room for 1 + length of them. A text that is not the beginning of a
 * document (a topic word, then at most length style and content words) is SB_FORMAT with the byte. */
enum sb_status sb_language_read(const struct sb_language *language, const uint8_t *text,
                                size_t n_bytes, uint16_t *words, size_t *n_words,
                                struct sb_error *error);

/* What a document, or its beginning, says about the dialect that speaks, and what it does not. */
struct sb_language_evidence {
    size_t n_style[SB_LANGUAGE_DIALECTS]; /* style words by owner: tell the dialects apart */
    double common_log2_p; /* topic, kinds and words given their owners: the same for all */
};
struct sb_language_evidence sb_language_evidence(const struct sb_language *language,
                                                 const uint16_t *words, size_t n_words);

/* log2 P under a mixture that a document begins with the words of this evidence; of a whole document
 * its log2 probability. -inf where that is 0 (a foreign style word at overlap 0). */
double sb_language_log2_p(const struct sb_language *language,
                          const struct sb_language_mixture *mixture,
                          const struct sb_language_evidence *evidence);

#endif

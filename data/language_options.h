/* The parameters of the controlled language (data/language.h), and how people write them:
 * "overlap=0.3,length=28,pi=8:1:1". One parser for the oracle, the generator and the curves.
 */
#ifndef SB_DATA_LANGUAGE_OPTIONS_H
#define SB_DATA_LANGUAGE_OPTIONS_H

#include <stddef.h>
#include "theory/status.h"

enum { SB_LANGUAGE_DIALECTS = 3, SB_LANGUAGE_MAX_LENGTH = 4096 };

/* Ranges and defaults. The exponent of the style words is fixed by nothing (no likelihood ratio of
 * dialects depends on it): Zipf's own. */
struct sb_language_options {
    double overlap;                  /* 0..1: 0 tells the dialects apart, 1 makes them equal; 0.3 */
    double style;                    /* 0..1, probability of a style word; 0.25 */
    size_t length;                   /* 1..4096 tokens after the topic; 28 */
    size_t n_topics;                 /* 1..256; 8 */
    size_t n_style_words;            /* 1..4096 of each dialect; 12 */
    size_t n_content_words;          /* 1..16384; 100 */
    double zipf_style;               /* 0..100; 1 */
    double zipf_content;             /* 0..100; 1.1 */
    double pi[SB_LANGUAGE_DIALECTS]; /* proportions of the dialects in pre-training, in any unit;
                                      * thirds */
};
struct sb_language_options sb_language_options_default(void);

/* SB_DOMAIN when a value is outside its range or pi has no positive, finite sum. */
enum sb_status sb_language_options_check(const struct sb_language_options *options);

/* Sets one option by its key: overlap, style, length, topics, style_words, content_words, zipf_style,
 * zipf_content, or pi (as below). An unknown key or a value outside its range is SB_FORMAT, with the
 * keys or the range. */
enum sb_status sb_language_options_set(struct sb_language_options *options, const char *key,
                                       const char *value, struct sb_error *error);

/* Sets every option of "key=value,key=value"; the empty text sets none. */
enum sb_status sb_language_options_parse(const char *text, struct sb_language_options *options,
                                         struct sb_error *error);

/* All options as a text that sb_language_options_parse reads back to the same values. */
#define SB_LANGUAGE_TEXT_SIZE 512
void sb_language_options_format(const struct sb_language_options *options,
                                char text[SB_LANGUAGE_TEXT_SIZE]);

/* Three proportions as people write them, separated by ':' or ',': "8:1:1", "1/3,1/3,1/3". Any unit:
 * they are divided by their sum, which must be positive and finite (SB_FORMAT). */
enum sb_status sb_language_parse_proportions(const char *text,
                                             double proportions[SB_LANGUAGE_DIALECTS],
                                             struct sb_error *error);

#endif

#include "data/language_exact.h"

#include <math.h>
#include <stdlib.h>
#include "theory/numeric.h"

enum { N_DIALECTS = SB_LANGUAGE_DIALECTS, LONGEST = 200 };

/* Classes in lexicographic order of (n_1, n_2, n_3): of count vectors of `free` dialects that share
 * `left` tokens there are (left + free choose free). */
static size_t n_vectors(size_t left, size_t n_free)
{
    size_t n = 1;
    for (size_t i = 1; i <= n_free; i++)
        n = n * (left + i) / i;
    return n;
}

/* The place of a vector in that order: the vectors with a smaller first count, then a smaller second
 * one, come before it. */
static size_t class_of(const size_t n_style[N_DIALECTS], size_t length)
{
    size_t place = 0, left = length;
    for (size_t j = 0; j < N_DIALECTS; j++) {
        place += n_vectors(left, N_DIALECTS - j) - n_vectors(left - n_style[j], N_DIALECTS - j);
        left -= n_style[j];
    }
    return place;
}

/* The entropy of one token in nats, which depends neither on the dialect nor on topic and position. */
static double token_entropy_nats(const struct sb_language *language)
{
    struct sb_sum entropy = { 0 };
    for (size_t w = 0; w < sb_language_vocabulary(language); w++)
        sb_sum_add(&entropy, -sb_xlogx(sb_language_word_probability(language, 0, 0, 0, w)));
    return sb_sum_value(&entropy);
}

/* ln of n! for n = 0..length. */
static void log_factorials(double *table, size_t length)
{
    struct sb_sum sum = { 0 };
    table[0] = 0;
    for (size_t n = 1; n <= length; n++) {
        sb_sum_add(&sum, log((double)n));
        table[n] = sb_sum_value(&sum);
    }
}

/* ln P(n_1, n_2, n_3, rest) of a multinomial, less the logarithm of its number of orders. */
static double log_weight(const struct sb_language *language, size_t dialect,
                         const size_t n[SB_LANGUAGE_KINDS])
{
    double sum = 0;
    for (size_t kind = 0; kind < SB_LANGUAGE_KINDS; kind++)
        if (n[kind])
            sum += (double)n[kind] * log(sb_language_kind_probability(language, dialect, kind));
    return sum;
}

static void fill_documents(struct sb_language_leaves *leaves, const struct sb_language *language)
{
    const struct sb_language_options *o = sb_language_options_view(language);
    size_t length = o->length, at = 0;
    double factorial[LONGEST + 1];
    log_factorials(factorial, length);
    struct sb_sum class_entropy = { 0 };
    for (size_t n1 = 0; n1 <= length; n1++)
        for (size_t n2 = 0; n2 <= length - n1; n2++)
            for (size_t n3 = 0; n3 <= length - n1 - n2; n3++, at++) {
                size_t n[SB_LANGUAGE_KINDS] = { n1, n2, n3, length - n1 - n2 - n3 };
                double log_orders = factorial[length];
                for (size_t kind = 0; kind < SB_LANGUAGE_KINDS; kind++)
                    log_orders -= factorial[n[kind]];
                for (size_t d = 0; d < N_DIALECTS; d++)
                    leaves->dialect[d][at] = exp(log_orders + log_weight(language, d, n));
                sb_sum_add(&class_entropy, -sb_xlogx(leaves->dialect[0][at]));
            }
    /* The entropy of a document is that of its class plus that within the class. */
    leaves->common_nats = log((double)o->n_topics) + (double)length * token_entropy_nats(language) -
                          sb_sum_value(&class_entropy);
}

static void fill_words(struct sb_language_leaves *leaves, const struct sb_language *language)
{
    const struct sb_language_options *o = sb_language_options_view(language);
    double place = 1.0 / (double)sb_language_document_words(language),
           topic = 1.0 / (double)o->n_topics;
    size_t period = o->length < 4 ? o->length : 4; /* of the clock */
    for (size_t d = 0; d < N_DIALECTS; d++)
        for (size_t w = 0; w < leaves->n; w++) {
            struct sb_sum sum = { 0 };
            for (size_t t = 0; t < o->n_topics; t++)
                for (size_t phase = 0; phase < period; phase++) {
                    size_t n_places = (o->length - phase + 3) / 4;
                    sb_sum_add(&sum, (double)n_places *
                                         sb_language_word_probability(language, d, t, phase, w));
                }
            leaves->dialect[d][w] =
                w < o->n_topics ? place * topic : place * topic * sb_sum_value(&sum);
        }
    leaves->common_nats = 0;
}

enum sb_status sb_language_leaves_init(struct sb_language_leaves *leaves,
                                       const struct sb_language *language,
                                       enum sb_language_level level)
{
    size_t length = sb_language_options_view(language)->length;
    if (level == SB_LEVEL_DOCUMENT && length > LONGEST)
        return SB_LIMIT;
    struct sb_language_leaves made = { 0 };
    made.n =
        level == SB_LEVEL_WORD ? sb_language_vocabulary(language) : n_vectors(length, N_DIALECTS);
    double *memory = malloc((N_DIALECTS + 1) * made.n * sizeof *memory);
    if (!memory)
        return SB_MEMORY;
    made.pretraining = memory;
    for (size_t d = 0; d < N_DIALECTS; d++)
        made.dialect[d] = memory + (d + 1) * made.n;
    if (level == SB_LEVEL_WORD)
        fill_words(&made, language);
    else
        fill_documents(&made, language);
    struct sb_language_mixture pi = sb_language_pretraining(language);
    for (size_t i = 0; i < made.n; i++) {
        made.pretraining[i] = 0;
        for (size_t d = 0; d < N_DIALECTS; d++)
            made.pretraining[i] += (double)pi.parts[d] / SB_LANGUAGE_UNIT * made.dialect[d][i];
    }
    *leaves = made;
    return SB_OK;
}

void sb_language_leaves_clear(struct sb_language_leaves *leaves)
{
    free(leaves->pretraining);
    *leaves = (struct sb_language_leaves){ 0 };
}

void sb_language_count(const struct sb_language *language, enum sb_language_level level,
                       const uint16_t *words, double *counts)
{
    size_t n_words = sb_language_document_words(language);
    if (level == SB_LEVEL_WORD) {
        for (size_t i = 0; i < n_words; i++)
            counts[words[i]]++;
    } else {
        struct sb_language_evidence evidence = sb_language_evidence(language, words, n_words);
        counts[class_of(evidence.n_style, n_words - 1)]++;
    }
}

double sb_language_cross_entropy_nats(const struct sb_language_leaves *leaves,
                                      const struct sb_language_mixture *source,
                                      const struct sb_language_mixture *model)
{
    struct sb_sum sum = { 0 };
    for (size_t i = 0; i < leaves->n; i++) {
        double p = 0, q = 0;
        for (size_t d = 0; d < N_DIALECTS; d++) {
            p += (double)source->parts[d] / SB_LANGUAGE_UNIT * leaves->dialect[d][i];
            q += (double)model->parts[d] / SB_LANGUAGE_UNIT * leaves->dialect[d][i];
        }
        if (p > 0)
            sb_sum_add(&sum, -p * log(q));
    }
    return sb_sum_value(&sum) + leaves->common_nats;
}

double sb_language_document_entropy_nats(const struct sb_language *language, size_t dialect)
{
    enum { N_PHASES = 4 };
    const struct sb_language_options *options = sb_language_options_view(language);
    size_t n_words = sb_language_vocabulary(language);
    double n_topics = (double)options->n_topics;
    struct sb_sum sum = { log(n_topics), 0 };
    for (size_t phase = 0; phase < N_PHASES && phase < options->length; phase++) {
        double n_tokens = (double)((options->length - phase + N_PHASES - 1) / N_PHASES);
        for (size_t topic = 0; topic < options->n_topics; topic++)
            for (size_t word = 0; word < n_words; word++)
                sb_sum_add(&sum, -n_tokens / n_topics *
                                     sb_xlogx(sb_language_word_probability(language, dialect, topic,
                                                                           phase, word)));
    }
    return sb_sum_value(&sum);
}

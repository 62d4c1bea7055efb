#include "estimators/experiment/world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/experiment/counts.h"
#include "estimators/transformer/network_spec.h"
#include "estimators/transformer/training_data.h"
#include "theory/numeric.h"
#include "theory/random.h"

const char *const sb_part_names[SB_N_PARTS] = { "pretraining", "alignment", "perturbation",
                                                "neutral", "unrelated" };

/* Streams of their own, far from those of runs: test documents, and the other language. */
static const uint64_t TEST_STREAM = UINT64_C(0x7465737400000000);
static const uint64_t UNRELATED_STREAM = UINT64_C(0x6f74686572000000);
static const uint64_t SPLIT_SEED = UINT64_C(0x73706c6974000000);

/* A file's documents. */
struct file {
    struct sb_training_data data;
    size_t n_documents;
    size_t *first; /* (n_documents + 1): sequences of each */
    size_t *order; /* documents: n_test that are held out, then those to train on */
    size_t n_test, n_train;
};

struct sb_world {
    struct sb_world_options options;
    struct sb_language *language;
    char language_text[SB_LANGUAGE_TEXT_SIZE];
    uint16_t *other_word; /* of every word: the one that `unrelated` says instead */
    struct file files[SB_N_PARTS];
    struct sb_counts *polarity[2]; /* files: of alignment, perturbation */
    struct sb_documents_drawn test[SB_N_PARTS];
    size_t n_vocabulary, n_ids;
    long start_id, end_id;
};

struct sb_world_options sb_world_options_default(void)
{
    struct sb_world_options options = { .language = sb_language_options_default(),
                                        .vocabulary = "bytes",
                                        .n_context = 256,
                                        .n_test = 128,
                                        .seed = 1 };
    for (size_t i = 0; i < SB_N_PARTS; i++)
        options.corpus[i] = sb_corpus_options_default();
    return options;
}

void sb_documents_drawn_clear(struct sb_documents_drawn *drawn)
{
    free(drawn->sequences);
    free(drawn->ids);
    *drawn = (struct sb_documents_drawn){ 0 };
}

static enum sb_status reserve(struct sb_documents_drawn *drawn, size_t n_sequences, size_t n_ids)
{
    drawn->sequences = malloc((n_sequences + 1) * sizeof *drawn->sequences);
    drawn->ids = n_ids ? malloc(n_ids * sizeof *drawn->ids) : NULL;
    if (drawn->sequences && (drawn->ids || !n_ids))
        return SB_OK;
    sb_documents_drawn_clear(drawn);
    return SB_MEMORY;
}

/* ---- the language ------------------------------------------------------------------------------ */

static enum sb_status set_other_words(struct sb_world *world)
{
    const struct sb_language_options *o = sb_language_options_view(world->language);
    size_t n = sb_language_vocabulary(world->language), first = n - o->n_content_words;
    size_t *order = malloc(o->n_content_words * sizeof *order);
    world->other_word = malloc(n * sizeof *world->other_word);
    if (order && world->other_word) {
        struct sb_random random;
        sb_random_init(&random, UNRELATED_STREAM, 0);
        sb_random_permutation(&random, order, o->n_content_words);
        for (size_t i = 0; i < n; i++)
            world->other_word[i] = (uint16_t)(i < first ? i : first + order[i - first]);
    }
    free(order);
    return order && world->other_word ? SB_OK : SB_MEMORY;
}

static enum sb_status open_language(struct sb_world *world, struct sb_error *error)
{
    enum sb_status status = sb_language_create(&world->options.language, &world->language);
    if (!status)
        status = set_other_words(world);
    if (status)
        return sb_fail(error, status, "the controlled language: %s", sb_status_phrase(status));
    sb_language_options_format(&world->options.language, world->language_text);
    world->n_vocabulary = sb_language_vocabulary(world->language) + 1;
    world->start_id = (long)world->n_vocabulary - 1;
    world->end_id = -1;
    world->n_ids = 1 + sb_language_document_words(world->language);
    return SB_OK;
}

static struct sb_language_mixture speakers(const struct sb_world *world, enum sb_part part)
{
    bool swapped = world->options.is_exchanged;
    switch (part) {
    case SB_PRETRAINING:
        return sb_language_pretraining(world->language);
    case SB_ALIGNMENT:
        return sb_language_dialect(swapped ? 2 : 1);
    case SB_PERTURBATION:
        return sb_language_dialect(swapped ? 1 : 2);
    default:
        return sb_language_dialect(0);
    }
}

/* start, topic, words: n_ids of them. */
static void speak(const struct sb_world *world, enum sb_part part, uint64_t stream, uint64_t number,
                  uint16_t *words, uint32_t *ids)
{
    struct sb_language_mixture mixture = speakers(world, part);
    bool other = part == SB_UNRELATED;
    sb_language_sample(world->language, &mixture, other ? stream ^ UNRELATED_STREAM : stream,
                       number, words, NULL);
    ids[0] = (uint32_t)world->start_id;
    for (size_t i = 1; i < world->n_ids; i++)
        ids[i] = other ? world->other_word[words[i - 1]] : words[i - 1];
}

/* Room for n spoken documents, and one more in *words. */
static enum sb_status begin_speaking(const struct sb_world *world, size_t n,
                                     struct sb_documents_drawn *drawn, uint16_t **words)
{
    *words = malloc(world->n_ids * sizeof **words);
    enum sb_status status = *words ? reserve(drawn, n, n * world->n_ids) : SB_MEMORY;
    for (size_t i = 0; i < n && !status; i++)
        drawn->sequences[i] =
            (struct sb_training_sequence){ drawn->ids + i * world->n_ids, world->n_ids, NULL, i };
    if (!status)
        drawn->n = drawn->n_documents = n;
    return status;
}

/* ---- files ------------------------------------------------------------------------------------- */

static enum sb_status index_documents(struct file *file, const char *path, size_t n_test,
                                      uint64_t seed, struct sb_error *error)
{
    size_t n = file->data.n ? file->data.sequences[file->data.n - 1].document + 1 : 0;
    if (n < 4)
        return sb_fail(error, SB_DOMAIN,
                       "%s: %zu documents; an experiment holds some out and trains on the others: "
                       "give it more, or cut them with --split",
                       path, n);
    file->n_documents = n;
    file->n_test = n_test < n / 4 ? n_test : n / 4;
    file->n_train = n - file->n_test;
    file->first = calloc(n + 1, sizeof *file->first);
    file->order = malloc(n * sizeof *file->order);
    if (!file->first || !file->order)
        return sb_fail_memory(error);
    for (size_t i = 0; i < file->data.n; i++)
        file->first[file->data.sequences[i].document + 1] = i + 1;
    for (size_t d = 0; d < n; d++) /* documents without a token begin where they end */
        if (file->first[d + 1] < file->first[d])
            file->first[d + 1] = file->first[d];
    struct sb_random random;
    sb_random_init(&random, SPLIT_SEED, seed);
    sb_random_permutation(&random, file->order, n);
    return SB_OK;
}

static enum sb_status read_file(struct sb_world *world, enum sb_part part,
                                const struct sb_network *network, struct sb_error *error)
{
    const struct sb_world_options *o = &world->options;
    struct file *file = &world->files[part];
    enum sb_status status =
        sb_training_data_read(o->paths[part], &o->corpus[part], network, false, &file->data, error);
    return status ? status : index_documents(file, o->paths[part], o->n_test, o->seed, error);
}

/* The documents numbers[0 .. n-1] of a file. */
static enum sb_status collect(const struct file *file, const size_t *numbers, size_t n,
                              struct sb_documents_drawn *drawn)
{
    size_t n_sequences = 0;
    for (size_t i = 0; i < n; i++)
        n_sequences += file->first[numbers[i] + 1] - file->first[numbers[i]];
    enum sb_status status = reserve(drawn, n_sequences, 0);
    for (size_t i = 0; i < n && !status; i++)
        for (size_t j = file->first[numbers[i]]; j < file->first[numbers[i] + 1]; j++) {
            drawn->sequences[drawn->n] = file->data.sequences[j];
            drawn->sequences[drawn->n++].document = i;
        }
    if (!status)
        drawn->n_documents = n;
    return status;
}

/* Which document is number `number` of a stream: pass number / n_train is a permutation of its own. */
struct shuffled {
    const struct file *file;
    uint64_t stream, pass;
    size_t *order;
};

static size_t document_of(struct shuffled *s, uint64_t number)
{
    const struct file *f = s->file;
    uint64_t pass = number / f->n_train;
    if (pass != s->pass) {
        struct sb_random random;
        sb_random_init(&random, s->stream, pass);
        sb_random_permutation(&random, s->order, f->n_train);
        s->pass = pass;
    }
    return f->order[f->n_test + s->order[number % f->n_train]];
}

static enum sb_status begin_shuffle(struct shuffled *s, const struct file *file, uint64_t stream)
{
    *s = (struct shuffled){ file, stream, UINT64_MAX, malloc(file->n_train * sizeof *s->order) };
    return s->order ? SB_OK : SB_MEMORY;
}

/* Bigrams of the training documents of both polarities; single ids where the vocabulary is large. */
static enum sb_status count_polarities(struct sb_world *world, struct sb_error *error)
{
    enum sb_status status = SB_OK;
    unsigned order = world->n_vocabulary <= 4096 ? 2 : 1;
    for (size_t side = 0; side < 2 && !status; side++) {
        const struct file *f = &world->files[SB_ALIGNMENT + side];
        status = sb_counts_create(world->n_vocabulary, order, 1, 0, &world->polarity[side]);
        for (size_t i = 0; i < f->n_train && !status; i++) {
            size_t d = f->order[f->n_test + i];
            for (size_t j = f->first[d]; j < f->first[d + 1]; j++)
                sb_counts_learn(world->polarity[side], &f->data.sequences[j], 1);
        }
    }
    return status ? sb_fail(error, status, "counting words: %s", sb_status_phrase(status)) : SB_OK;
}

static enum sb_status check_paths(const struct sb_world_options *o, struct sb_error *error)
{
    for (size_t part = SB_PRETRAINING; part <= SB_PERTURBATION; part++)
        if (!o->paths[part])
            return sb_fail(error, SB_DOMAIN,
                           "no %s data; pretraining, alignment and perturbation are needed",
                           sb_part_names[part]);
    if (strcmp(o->paths[SB_ALIGNMENT], o->paths[SB_PERTURBATION]) == 0)
        return sb_fail(error, SB_DOMAIN,
                       "%s is both alignment and perturbation data: there is nothing to measure",
                       o->paths[SB_ALIGNMENT]);
    return SB_OK;
}

static enum sb_status open_files(struct sb_world *world, struct sb_error *error)
{
    const struct sb_world_options *o = &world->options;
    struct sb_network *network = NULL;
    char *spec = sb_world_network_spec(world, "llama:width=4,layers=1,heads=1");
    enum sb_status status = check_paths(o, error);
    if (!status && !spec)
        status = sb_fail_memory(error);
    if (!status)
        status = sb_network_from_spec(spec, NULL, 1, &network, error);
    for (size_t part = 0; part < SB_N_PARTS && !status; part++)
        if (o->paths[part])
            status = read_file(world, (enum sb_part)part, network, error);
    if (!status) {
        const struct sb_transformer_config *c = &network->checkpoint->config;
        world->n_vocabulary = c->n_vocabulary;
        world->n_ids = c->n_context;
        world->start_id = c->bos_id >= 0 ? c->bos_id : c->eos_id;
        world->end_id = c->eos_id;
        status = count_polarities(world, error);
    }
    sb_network_free(network);
    free(spec);
    return status;
}

/* ---- a world ----------------------------------------------------------------------------------- */

static enum sb_status set_test(struct sb_world *world)
{
    const struct sb_world_options *o = &world->options;
    enum sb_status status = SB_OK;
    for (size_t part = 0; part < SB_N_PARTS && !status; part++) {
        const struct file *f = &world->files[part];
        if (world->language)
            status = sb_world_draw(world, (enum sb_part)part, TEST_STREAM + o->seed, 0, o->n_test,
                                   &world->test[part]);
        else if (f->n_documents)
            status = collect(f, f->order, f->n_test, &world->test[part]);
    }
    return status;
}

enum sb_status sb_world_create(const struct sb_world_options *options, struct sb_world **world,
                               struct sb_error *error)
{
    bool has_files = false;
    *world = NULL;
    for (size_t i = 0; i < SB_N_PARTS; i++)
        has_files = has_files || options->paths[i];
    if (options->n_test < 2)
        return sb_fail(error, SB_DOMAIN, "%zu test documents: expected two or more",
                       options->n_test);
    struct sb_world *made = calloc(1, sizeof *made);
    if (!made)
        return sb_fail_memory(error);
    made->options = *options;
    enum sb_status status = has_files ? open_files(made, error) : open_language(made, error);
    if (!status && set_test(made))
        status = sb_fail_memory(error);
    if (status)
        sb_world_free(made);
    else
        *world = made;
    return status;
}

void sb_world_free(struct sb_world *world)
{
    if (!world)
        return;
    for (size_t part = 0; part < SB_N_PARTS; part++) {
        sb_documents_drawn_clear(&world->test[part]);
        sb_training_data_clear(&world->files[part].data);
        free(world->files[part].first);
        free(world->files[part].order);
    }
    sb_counts_free(world->polarity[0]);
    sb_counts_free(world->polarity[1]);
    sb_language_free(world->language);
    free(world->other_word);
    free(world);
}

const struct sb_world_options *sb_world_options_view(const struct sb_world *world)
{
    return &world->options;
}

const struct sb_language *sb_world_language(const struct sb_world *world)
{
    return world->language;
}

bool sb_world_has_part(const struct sb_world *world, enum sb_part part)
{
    return world->language || world->files[part].n_documents;
}

size_t sb_world_n_vocabulary(const struct sb_world *world)
{
    return world->n_vocabulary;
}

size_t sb_world_n_ids(const struct sb_world *world)
{
    return world->n_ids;
}

long sb_world_start_id(const struct sb_world *world)
{
    return world->start_id;
}

long sb_world_end_id(const struct sb_world *world)
{
    return world->end_id;
}

const char *sb_world_language_text(const struct sb_world *world)
{
    return world->language ? world->language_text : NULL;
}

char *sb_world_network_spec(const struct sb_world *world, const char *model)
{
    const char *vocabulary = world->language ? "words" : world->options.vocabulary;
    size_t n_context = world->language ? world->n_ids : world->options.n_context;
    size_t size = strlen(model) + strlen(vocabulary) + 64;
    char *spec = malloc(size);
    if (spec)
        snprintf(spec, size, "%s%svocabulary=%s,context=%zu", model, strchr(model, ':') ? "," : ":",
                 vocabulary, n_context);
    return spec;
}

const struct sb_documents_drawn *sb_world_test(const struct sb_world *world, enum sb_part part)
{
    return &world->test[part];
}

/* ---- drawing ----------------------------------------------------------------------------------- */

enum sb_status sb_world_draw(const struct sb_world *world, enum sb_part part, uint64_t stream,
                             uint64_t first, size_t n, struct sb_documents_drawn *drawn)
{
    return sb_world_draw_mixed(world, part, part, 0, stream, first, n, drawn);
}

/* Whether document i of a mixture is one of the other part. */
static bool is_other(double share, uint64_t stream, uint64_t number)
{
    struct sb_random random;
    if (!(share > 0))
        return false;
    sb_random_init(&random, stream ^ SPLIT_SEED, number);
    return sb_random_unit(&random) < share;
}

static enum sb_status speak_mixed(const struct sb_world *world, const enum sb_part parts[2],
                                  double share, uint64_t stream, uint64_t first, size_t n,
                                  struct sb_documents_drawn *drawn)
{
    uint16_t *words;
    enum sb_status status = begin_speaking(world, n, drawn, &words);
    for (size_t i = 0; i < n && !status; i++)
        speak(world, parts[is_other(share, stream, first + i)], stream, first + i, words,
              drawn->ids + i * world->n_ids);
    free(words);
    return status;
}

static enum sb_status collect_mixed(const struct sb_world *world, const enum sb_part parts[2],
                                    double share, uint64_t stream, uint64_t first, size_t n,
                                    struct sb_documents_drawn *drawn)
{
    struct sb_documents_drawn one = { 0 };
    struct shuffled shuffled[2] = { 0 };
    enum sb_status status = reserve(drawn, 0, 0);
    for (size_t side = 0; side < 2 && !status; side++)
        status = begin_shuffle(&shuffled[side], &world->files[parts[side]], stream);
    for (size_t i = 0; i < n && !status; i++) {
        size_t side = is_other(share, stream, first + i);
        size_t document = document_of(&shuffled[side], first + i);
        status = collect(shuffled[side].file, &document, 1, &one);
        void *grown =
            status ? NULL
                   : realloc(drawn->sequences, (drawn->n + one.n + 1) * sizeof *drawn->sequences);
        if (!grown)
            status = SB_MEMORY;
        else
            drawn->sequences = grown;
        for (size_t j = 0; j < one.n && !status; j++) {
            drawn->sequences[drawn->n] = one.sequences[j];
            drawn->sequences[drawn->n++].document = i;
        }
        sb_documents_drawn_clear(&one);
    }
    free(shuffled[0].order);
    free(shuffled[1].order);
    drawn->n_documents = n;
    return status;
}

enum sb_status sb_world_draw_mixed(const struct sb_world *world, enum sb_part part,
                                   enum sb_part other, double share, uint64_t stream,
                                   uint64_t first, size_t n, struct sb_documents_drawn *drawn)
{
    const enum sb_part parts[2] = { part, other };
    if (!sb_world_has_part(world, part) || !sb_world_has_part(world, other))
        return SB_DOMAIN;
    return world->language ? speak_mixed(world, parts, share, stream, first, n, drawn)
                           : collect_mixed(world, parts, share, stream, first, n, drawn);
}

/* A document of `rejected` with the topic of one of `chosen`: the first in a stream of its own, which is
 * none of test documents. */
static void speak_rejected(const struct sb_world *world, enum sb_part rejected, uint64_t stream,
                           uint64_t number, uint32_t topic, uint16_t *words, uint32_t *ids)
{
    for (uint64_t attempt = 0;; attempt++) {
        speak(world, rejected, stream ^ TEST_STREAM ^ ((number + 1) << 16), attempt, words, ids);
        if (ids[1] == topic)
            return;
    }
}

static enum sb_status speak_pairs(const struct sb_world *world, enum sb_part chosen,
                                  enum sb_part rejected, uint64_t stream, uint64_t first, size_t n,
                                  struct sb_documents_drawn *drawn)
{
    uint16_t *words;
    enum sb_status status = begin_speaking(world, 2 * n, drawn, &words);
    for (size_t i = 0; i < n && !status; i++) {
        uint32_t *ids = drawn->ids + 2 * i * world->n_ids;
        speak(world, chosen, stream, first + i, words, ids);
        speak_rejected(world, rejected, stream, first + i, ids[1], words, ids + world->n_ids);
    }
    free(words);
    return status;
}

static enum sb_status collect_pairs(const struct sb_world *world, enum sb_part chosen,
                                    enum sb_part rejected, uint64_t stream, uint64_t first,
                                    size_t n, struct sb_documents_drawn *drawn)
{
    const struct file *files[2] = { &world->files[chosen], &world->files[rejected] };
    if (files[0]->n_documents != files[1]->n_documents)
        return SB_DOMAIN;
    struct shuffled shuffled;
    enum sb_status status = begin_shuffle(&shuffled, files[0], stream);
    if (!status)
        status = reserve(drawn, 2 * n, 0);
    for (size_t i = 0; i < n && !status; i++) {
        size_t d = document_of(&shuffled, first + i);
        for (size_t side = 0; side < 2; side++) {
            if (files[side]->first[d + 1] - files[side]->first[d] != 1)
                status = SB_LIMIT; /* a pair is two whole documents */
            else
                drawn->sequences[drawn->n++] = files[side]->data.sequences[files[side]->first[d]];
        }
    }
    free(shuffled.order);
    drawn->n_documents = 2 * n;
    return status;
}

enum sb_status sb_world_draw_pairs(const struct sb_world *world, enum sb_part chosen,
                                   enum sb_part rejected, uint64_t stream, uint64_t first, size_t n,
                                   struct sb_documents_drawn *drawn)
{
    return world->language ? speak_pairs(world, chosen, rejected, stream, first, n, drawn)
                           : collect_pairs(world, chosen, rejected, stream, first, n, drawn);
}

/* ---- the truth --------------------------------------------------------------------------------- */

/* The mixture of parts as one of dialects. */
static enum sb_status mix_dialects(const struct sb_world *world, const double volumes[SB_UNRELATED],
                                   struct sb_language_mixture *mixture)
{
    double weights[SB_LANGUAGE_DIALECTS] = { 0 };
    if (!world->language)
        return SB_UNSUPPORTED;
    for (size_t part = 0; part < SB_UNRELATED; part++) {
        struct sb_language_mixture of_part = speakers(world, (enum sb_part)part);
        for (size_t d = 0; d < SB_LANGUAGE_DIALECTS; d++)
            weights[d] += volumes[part] * of_part.parts[d];
    }
    return sb_language_mixture_from(weights, mixture);
}

enum sb_status sb_world_exact_bits(const struct sb_world *world, const double volumes[SB_UNRELATED],
                                   const struct sb_documents_drawn *documents, double *bits)
{
    struct sb_language_mixture mixture;
    enum sb_status status = mix_dialects(world, volumes, &mixture);
    uint16_t *words = status ? NULL : malloc(world->n_ids * sizeof *words);
    if (!status && !words)
        status = SB_MEMORY;
    for (size_t i = 0; i < documents->n && !status; i++) {
        const struct sb_training_sequence *s = &documents->sequences[i];
        for (size_t j = 1; j < s->n; j++)
            words[j - 1] = (uint16_t)s->ids[j];
        struct sb_language_evidence evidence =
            sb_language_evidence(world->language, words, s->n - 1);
        bits[i] = -sb_language_log2_p(world->language, &mixture, &evidence);
    }
    free(words);
    return status;
}

/* ---- who speaks? ------------------------------------------------------------------------------- */

/* ln P(ids | alignment) - ln P(ids | perturbation). What a model wrote may be no document of the language
 * (a topic in the middle): the dialects differ in style words alone, and those are what counts. */
static double spoken_odds(const struct sb_world *world, const uint32_t *ids, size_t n)
{
    const struct sb_language_options *o = &world->options.language;
    struct sb_language_mixture sides[2] = { speakers(world, SB_ALIGNMENT),
                                            speakers(world, SB_PERTURBATION) };
    struct sb_language_evidence evidence = { { 0 }, 0 };
    for (size_t i = 0; i < n; i++) {
        size_t style = ids[i] - o->n_topics;
        if (ids[i] >= o->n_topics && style < SB_LANGUAGE_DIALECTS * o->n_style_words)
            evidence.n_style[style / o->n_style_words]++;
    }
    double alignment = sb_language_log2_p(world->language, &sides[0], &evidence);
    double perturbation = sb_language_log2_p(world->language, &sides[1], &evidence);
    return isinf(alignment) && isinf(perturbation) ? 0
                                                   : sb_nats_from_bits(alignment - perturbation);
}

double sb_world_alignment_probability(const struct sb_world *world, const uint32_t *ids, size_t n)
{
    struct sb_training_sequence s = { ids, n, NULL, 0 };
    double odds = world->language ? spoken_odds(world, ids, n)
                                  : sb_counts_nats(world->polarity[1], &s) -
                                        sb_counts_nats(world->polarity[0], &s);
    return 1 / (1 + exp(-odds));
}

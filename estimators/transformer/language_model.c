#include "estimators/transformer/language_model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "estimators/parallel.h"
#include "estimators/transformer/compare.h"
#include "estimators/transformer/text_code.h"
#include "theory/numeric.h"
#include "theory/portable.h"

enum { PRESET_TOKENS = 2048, LARGEST_BATCH = 1 << 20, BYTES_PER_TOKEN = 16 };

struct language_model {
    struct sb_predictor base;
    char *folder;
    struct sb_checkpoint *checkpoint;
    struct sb_transformer *transformer;
    struct sb_tokenizer *tokenizer; /* NULL: none was found */
    long start_id, end_id;          /* -1: none */
    struct sb_scorer_options options;
};

/* ---- making ------------------------------------------------------------------------------------ */

static void free_model(struct sb_predictor *predictor)
{
    struct language_model *m = (struct language_model *)predictor;
    if (!m)
        return;
    sb_transformer_free(m->transformer);
    sb_checkpoint_close(m->checkpoint);
    sb_tokenizer_free(m->tokenizer);
    free(m->folder);
    free(m);
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
static void
add_fact(struct language_model *m, const char *key, const char *format, ...)
{
    struct sb_fact *fact = &m->base.facts[m->base.n_facts++];
    va_list arguments;
    fact->key = key;
    va_start(arguments, format);
    vsnprintf(fact->value, sizeof fact->value, format, arguments);
    va_end(arguments);
}

static enum sb_status read_options(const struct sb_model *model, struct language_model *m,
                                   struct sb_error *error)
{
    const struct sb_transformer_config *c = &m->checkpoint->config;
    /* Rotary positions go on beyond those that the model was made for: at the user's wish. */
    size_t most = c->has_position_embedding ? c->n_context : LARGEST_BATCH;
    size_t preset = c->n_context < PRESET_TOKENS ? c->n_context : PRESET_TOKENS, eos;
    preset = preset < 2 ? 2 : preset;
    enum sb_status status = sb_model_count(model, "context", preset, 2, most < 2 ? 2 : most,
                                           &m->options.n_context, error);
    size_t context = m->options.n_context;
    if (!status)
        status = sb_model_count(model, "stride", context / 2, 1, context - 1, &m->options.n_stride,
                                error);
    if (!status)
        status = sb_model_count(model, "batch", context > PRESET_TOKENS ? context : PRESET_TOKENS,
                                context, LARGEST_BATCH, &m->options.n_batch, error);
    if (!status)
        status = sb_model_count(model, "eos", 1, 0, 1, &eos, error);
    if (status)
        return status;
    m->start_id = c->bos_id >= 0 ? c->bos_id : c->eos_id;
    m->end_id = eos ? c->eos_id : -1;
    m->base.chunk_bytes = m->options.n_batch * BYTES_PER_TOKEN;
    return SB_OK;
}

/* The folder's tokenizer, or the one that the key names. */
static enum sb_status open_tokenizer(const struct sb_model *model, struct language_model *m,
                                     struct sb_error *error)
{
    const char *name = sb_model_value(model, "tokenizer");
    char path[4096];
    snprintf(path, sizeof path, "%s/tokenizer.json", m->folder);
    if (!name && access(path, F_OK))
        return SB_OK;
    enum sb_status status = sb_tokenizer_create(name ? name : path, &m->tokenizer, error);
    if (status)
        return status;
    size_t n = sb_tokenizer_n_vocabulary(m->tokenizer);
    if (n > m->checkpoint->config.n_vocabulary)
        return sb_fail(error, SB_FORMAT,
                       "%s: %zu ids, the model in %s has %zu; name another with "
                       "tokenizer=FILE",
                       name ? name : path, n, m->folder, m->checkpoint->config.n_vocabulary);
    return SB_OK;
}

static void add_facts(struct language_model *m)
{
    const struct sb_transformer_config *c = &m->checkpoint->config;
    add_fact(m, "context", "%zu tokens, stride %zu", m->options.n_context, m->options.n_stride);
    if (m->start_id >= 0)
        add_fact(m, "start", "%s, id %ld", c->bos_id >= 0 ? "BOS" : "EOS", m->start_id);
    else
        add_fact(m, "start", "none: the first token costs log2 of %zu", c->n_vocabulary);
    if (m->end_id >= 0)
        add_fact(m, "end", "EOS charged, id %ld", m->end_id);
    else
        add_fact(m, "end", "%s", c->eos_id >= 0 ? "not charged" : "none: the model has no EOS");
    add_fact(m, "prompts", "tokenized apart from completions");
    add_fact(m, "parameters", "%zu", sb_checkpoint_n_parameters(m->checkpoint));
}

static enum sb_status create(const struct sb_model *model, struct sb_predictor **predictor,
                             struct sb_error *error)
{
    struct language_model *m = calloc(1, sizeof *m);
    if (!m)
        return sb_fail_memory(error);
    enum sb_status status = sb_checkpoint_find(model->name, &m->folder, error);
    if (!status)
        status = sb_checkpoint_open(m->folder, NULL, &m->checkpoint, error);
    if (!status)
        status = read_options(model, m, error);
    if (!status)
        status = open_tokenizer(model, m, error);
    if (!status)
        status = sb_transformer_create(m->checkpoint, sb_kernels_best(), m->options.n_context,
                                       &m->transformer, error);
    if (status) {
        free_model(&m->base);
        return status;
    }
    add_facts(m);
    *predictor = &m->base;
    return SB_OK;
}

/* ---- documents into sequences ------------------------------------------------------------------ */

/* A document's ids, and which of them are asked for. */
struct prepared {
    struct sb_tokens tokens; /* of text: start, prompt, completion, end */
    uint8_t *scored;
    double *log_p;
    struct sb_sequence sequence;
};

struct preparing {
    const struct language_model *m;
    struct sb_scoring *documents;
    struct prepared *prepared;
    struct sb_encoder **encoders; /* of each thread, made when needed */
};

static enum sb_status fail_document(const struct sb_document *d, enum sb_status status,
                                    struct sb_error *error, const char *reason)
{
    char name[256];
    sb_document_name(d, name, sizeof name);
    return sb_fail(error, status, "%s: %s", name, reason);
}

static enum sb_status append_id(struct sb_tokens *tokens, long id)
{
    return id < 0 ? SB_OK : sb_tokens_add(tokens, (uint32_t)id, tokens->n_bytes);
}

static enum sb_status require_tokenizer(const struct language_model *m, const char *or_else,
                                        struct sb_error *error)
{
    return m->tokenizer ? SB_OK
                        : sb_fail(error, SB_FORMAT,
                                  "%s has no tokenizer.json; name one with tokenizer=FILE%s",
                                  m->folder, or_else);
}

/* Tokens of the text: the prompt's, then the span's; *n_prompt counts the start token and the prompt's. */
static enum sb_status tokenize(const struct preparing *p, const struct sb_scoring *s, size_t thread,
                               struct sb_tokens *tokens, size_t *n_prompt, struct sb_error *error)
{
    const struct sb_document *d = s->document;
    enum sb_status status = require_tokenizer(p->m, ", or give datasets of ids", error);
    if (!status && !p->encoders[thread])
        status = sb_encoder_create(p->m->tokenizer, &p->encoders[thread], error);
    if (!status && append_id(tokens, p->m->start_id))
        status = sb_fail_memory(error);
    if (!status)
        status =
            sb_encoder_encode_part(p->encoders[thread], d->bytes, 0, d->span_begin, tokens, error);
    *n_prompt = tokens->n;
    if (!status)
        status = sb_encoder_encode_part(p->encoders[thread], d->bytes, d->span_begin, d->span_end,
                                        tokens, error);
    return status;
}

/* Prompt and completion together: behind nothing, a decoder may drop the space that begins a text. */
static enum sb_status check_restored(const struct preparing *p, struct sb_scoring *s,
                                     const struct sb_tokens *tokens, struct sb_error *error)
{
    const struct sb_document *d = s->document;
    bool restores = true;
    size_t first = p->m->start_id >= 0;
    enum sb_status status =
        sb_tokenizer_restores(p->m->tokenizer, tokens->ids + first, tokens->n - first, d->bytes,
                              d->span_end, &restores, error);
    s->is_lossy = !restores;
    return status;
}

static enum sb_status prepare_text(const struct preparing *p, size_t i, size_t thread,
                                   struct sb_error *error)
{
    struct sb_scoring *s = &p->documents[i];
    struct prepared *q = &p->prepared[i];
    size_t n_prompt = 0;
    enum sb_status status = tokenize(p, s, thread, &q->tokens, &n_prompt, error);
    if (!status)
        status = check_restored(p, s, &q->tokens, error);
    if (status)
        return status;
    bool ends = s->document->span_end == s->document->n_bytes;
    if (append_id(&q->tokens, ends ? p->m->end_id : -1))
        return sb_fail_memory(error);
    q->scored = calloc(q->tokens.n + 1, 1);
    q->log_p = calloc(q->tokens.n + 1, sizeof *q->log_p);
    if (!q->scored || !q->log_p)
        return sb_fail_memory(error);
    memset(q->scored + n_prompt, 1, q->tokens.n - n_prompt);
    q->sequence = (struct sb_sequence){ .ids = q->tokens.ids,
                                        .n = q->tokens.n,
                                        .has_start = p->m->start_id >= 0,
                                        .n_prompt = s->document->span_begin ? n_prompt : 0,
                                        .scored = q->scored,
                                        .log_p = q->log_p };
    return SB_OK;
}

static enum sb_status prepare_ids(const struct preparing *p, size_t i, struct sb_error *error)
{
    const struct sb_document *d = p->documents[i].document;
    struct prepared *q = &p->prepared[i];
    q->scored = calloc(d->n_ids + 1, 1);
    q->log_p = calloc(d->n_ids + 1, sizeof *q->log_p);
    if (!q->scored || !q->log_p)
        return sb_fail_memory(error);
    for (size_t j = 1; j < d->n_ids; j++)
        q->scored[j] = !d->loss_mask || d->loss_mask[j - 1];
    q->sequence = (struct sb_sequence){
        .ids = d->ids, .n = d->n_ids, .scored = q->scored, .log_p = q->log_p
    };
    return SB_OK;
}

static enum sb_status prepare(void *context, size_t item, size_t thread, struct sb_error *error)
{
    const struct preparing *p = context;
    const struct sb_document *d = p->documents[item].document;
    enum sb_status status =
        d->ids ? prepare_ids(p, item, error) : prepare_text(p, item, thread, error);
    size_t n_vocabulary = p->m->checkpoint->config.n_vocabulary;
    for (size_t i = 0; i < p->prepared[item].sequence.n && !status; i++)
        if (p->prepared[item].sequence.ids[i] >= n_vocabulary) {
            char reason[128];
            snprintf(reason, sizeof reason, "id %u at position %zu; the model has ids below %zu",
                     p->prepared[item].sequence.ids[i], i, n_vocabulary);
            status = fail_document(d, SB_FORMAT, error, reason);
        }
    return status;
}

/* ---- scores -------------------------------------------------------------------------------------- */

/* The first id that is charged for: one behind the start. Without a start nothing precedes the first id:
 * it costs the logarithm of the vocabulary, where it is text and asked for. */
static double first_log_p(const struct language_model *m)
{
    return -sb_portable_log((double)m->checkpoint->config.n_vocabulary);
}

static enum sb_status to_log2(const struct sb_document *document, double log_p, double *log2_p,
                              struct sb_error *error)
{
    if (isnan(log_p))
        return fail_document(document, SB_NUMERIC, error,
                             "the model's probabilities are not numbers here");
    *log2_p = log_p < 0 ? sb_bits_from_nats(log_p) : 0;
    return SB_OK;
}

/* The score of a document from the log p of its ids. */
static enum sb_status finish_score(const struct language_model *m, const struct prepared *q,
                                   bool with_tokens, struct sb_scoring *s, struct sb_error *error)
{
    const struct sb_sequence *sequence = &q->sequence;
    struct sb_sum bits = { 0 };
    size_t n = 0;
    enum sb_status status = SB_OK;
    if (with_tokens && !(s->tokens = calloc(sequence->n + 1, sizeof *s->tokens)))
        return sb_fail_memory(error);
    for (size_t i = sequence->has_start; i < sequence->n && !status; i++) {
        double log2_p = 0;
        if (!q->scored[i])
            continue;
        status = to_log2(s->document, i ? sequence->log_p[i] : first_log_p(m), &log2_p, error);
        if (status)
            break;
        sb_sum_add(&bits, -log2_p);
        if (with_tokens)
            s->tokens[n] =
                (struct sb_token_score){ i - sequence->has_start, sequence->ids[i], log2_p };
        n++;
    }
    if (!status)
        s->score = (struct sb_score){ sb_sum_value(&bits), n };
    return status;
}

static enum sb_status score_prepared(const struct language_model *m,
                                     const struct prepared *prepared, size_t n, size_t n_threads,
                                     struct sb_error *error)
{
    struct sb_sequence *sequences = malloc((n + 1) * sizeof *sequences);
    struct sb_scorer_options options = m->options;
    options.n_threads = n_threads;
    if (!sequences)
        return sb_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        sequences[i] = prepared[i].sequence;
    enum sb_status status = sb_score_sequences(m->transformer, sequences, n, &options);
    free(sequences);
    return status ? sb_fail_memory(error) : SB_OK;
}

static void clear_prepared(struct prepared *prepared, size_t n)
{
    for (size_t i = 0; prepared && i < n; i++) {
        sb_tokens_clear(&prepared[i].tokens);
        free(prepared[i].scored);
        free(prepared[i].log_p);
    }
    free(prepared);
}

static void clear_encoders(struct sb_encoder **encoders, size_t n_threads)
{
    for (size_t i = 0; encoders && i < n_threads; i++)
        sb_encoder_free(encoders[i]);
    free(encoders);
}

static void clear_tokens(struct sb_scoring *documents, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        free(documents[i].tokens);
        documents[i].tokens = NULL;
    }
}

static enum sb_status score_all(const struct sb_predictor *predictor, struct sb_scoring *documents,
                                size_t n, bool with_tokens, size_t n_threads,
                                struct sb_error *error)
{
    const struct language_model *m = (const struct language_model *)predictor;
    struct preparing p = { m, documents, calloc(n, sizeof *p.prepared),
                           calloc(n_threads, sizeof *p.encoders) };
    enum sb_status status = p.prepared && p.encoders ? SB_OK : sb_fail_memory(error);
    if (!status)
        status = sb_parallel_for(n_threads, n, prepare, &p, error);
    if (!status)
        status = score_prepared(m, p.prepared, n, n_threads, error);
    for (size_t i = 0; i < n && !status; i++)
        status = finish_score(m, &p.prepared[i], with_tokens, &documents[i], error);
    if (status)
        clear_tokens(documents, n);
    clear_encoders(p.encoders, n_threads);
    clear_prepared(p.prepared, n);
    return status;
}

static enum sb_status score(const struct sb_predictor *predictor,
                            const struct sb_document *document, size_t index,
                            struct sb_score *score, struct sb_error *error)
{
    struct sb_scoring one = { .document = document, .index = index };
    enum sb_status status = score_all(predictor, &one, 1, false, 1, error);
    if (!status)
        *score = one.score;
    return status;
}

/* ---- two models ---------------------------------------------------------------------------------- */

/* Whether an id stands for the same text in both, where both have it. */
static enum sb_status check_token(const struct language_model *const models[2], uint32_t id,
                                  struct sb_buffer texts[2], struct sb_error *error)
{
    for (size_t s = 0; s < 2; s++) {
        sb_buffer_reset(&texts[s]);
        enum sb_status status =
            sb_tokenizer_decode(models[s]->tokenizer, &id, 1, false, &texts[s], NULL);
        if (status)
            return status == SB_DOMAIN ? SB_OK : sb_fail_memory(error);
    }
    if (texts[0].n == texts[1].n &&
        (!texts[0].n || memcmp(texts[0].bytes, texts[1].bytes, texts[0].n) == 0))
        return SB_OK;
    return sb_fail(error, SB_UNSUPPORTED,
                   "no KL between %s and %s: their vocabularies differ; id %u is \"%.*s\" and "
                   "\"%.*s\"",
                   models[0]->folder, models[1]->folder, id,
                   (int)(texts[0].n < 40 ? texts[0].n : 40), (const char *)texts[0].bytes,
                   (int)(texts[1].n < 40 ? texts[1].n : 40), (const char *)texts[1].bytes);
}

static enum sb_status check_vocabularies(const struct language_model *const models[2],
                                         struct sb_error *error)
{
    size_t n[2];
    struct sb_buffer texts[2] = { { 0 }, { 0 } };
    enum sb_status status = SB_OK;
    for (size_t s = 0; s < 2; s++)
        n[s] = models[s]->checkpoint->config.n_vocabulary;
    if (n[0] != n[1])
        return sb_fail(error, SB_UNSUPPORTED,
                       "no KL between %s and %s: their vocabularies differ, %zu ids and %zu",
                       models[0]->folder, models[1]->folder, n[0], n[1]);
    for (size_t id = 0; id < n[0] && models[0]->tokenizer && models[1]->tokenizer && !status; id++)
        status = check_token(models, (uint32_t)id, texts, error);
    sb_buffer_clear(&texts[0]);
    sb_buffer_clear(&texts[1]);
    return status;
}

/* Whether they read documents alike. */
static enum sb_status check_reading(const struct language_model *const m[2], struct sb_error *error)
{
    const struct sb_transformer *const transformers[2] = { m[0]->transformer, m[1]->transformer };
    const struct sb_scorer_options *first = &m[0]->options, *second = &m[1]->options;
    if (first->n_context != second->n_context || first->n_stride != second->n_stride)
        return sb_fail(error, SB_UNSUPPORTED,
                       "no KL between %s and %s: they read contexts of %zu and %zu tokens by steps "
                       "of %zu and %zu; give both context=N,stride=N",
                       m[0]->folder, m[1]->folder, first->n_context, second->n_context,
                       first->n_stride, second->n_stride);
    if (!sb_same_windows(transformers, first->n_context))
        return sb_fail(error, SB_UNSUPPORTED,
                       "no KL between %s and %s: their windows of attention differ; give both a "
                       "context=N that is no longer",
                       m[0]->folder, m[1]->folder);
    if (m[0]->start_id != m[1]->start_id || m[0]->end_id != m[1]->end_id)
        return sb_fail(
            error, SB_UNSUPPORTED,
            "no KL between %s and %s: their documents begin with ids %ld and %ld and end "
            "with %ld and %ld (-1: none)",
            m[0]->folder, m[1]->folder, m[0]->start_id, m[1]->start_id, m[0]->end_id, m[1]->end_id);
    return SB_OK;
}

enum sb_status sb_language_models_check(const struct sb_predictor *const models[2],
                                        struct sb_error *error)
{
    const struct language_model *m[2];
    for (size_t s = 0; s < 2; s++) {
        if (models[s]->class != &sb_language_model_class)
            return sb_fail(error, SB_UNSUPPORTED,
                           "no KL with %s: checkpoints alone give whole distributions",
                           models[s]->class->name);
        m[s] = (const struct language_model *)models[s];
    }
    enum sb_status status = check_vocabularies(m, error);
    return status ? status : check_reading(m, error);
}

static enum sb_status finish_comparison(const struct language_model *m, const struct prepared *q,
                                        const struct sb_head_comparison *comparisons,
                                        struct sb_compared_document *d, struct sb_error *error)
{
    const struct sb_sequence *sequence = &q->sequence;
    enum sb_status status = SB_OK;
    d->n = 0;
    if (!(d->tokens = calloc(sequence->n + 1, sizeof *d->tokens)))
        return sb_fail_memory(error);
    for (size_t i = sequence->has_start; i < sequence->n && !status; i++) {
        const struct sb_head_comparison *c = &comparisons[i];
        if (!q->scored[i])
            continue;
        struct sb_compared_token *t = &d->tokens[d->n++];
        *t = (struct sb_compared_token){ .position = i - sequence->has_start,
                                         .id = sequence->ids[i] };
        for (size_t s = 0; s < 2 && !status; s++)
            status = to_log2(d->document, i ? c->log_p[s] : first_log_p(m), &t->log2_p[s], error);
        if (i == 0)
            continue; /* predicted by neither */
        t->top = c->top;
        t->rank = c->rank;
        for (size_t s = 0; s < 2; s++) {
            t->divergence_bits[s] = sb_bits_from_nats(c->divergence[s]);
            t->top_log2_p[s] = sb_bits_from_nats(c->top_log_p[s]);
        }
    }
    return status;
}

/* The comparisons of all sequences in one array; *places[i] is that of sequence i. */
static enum sb_status compare_prepared(const struct language_model *const models[2],
                                       const struct prepared *prepared, size_t n, size_t n_threads,
                                       struct sb_head_comparison **all,
                                       struct sb_head_comparison **places, struct sb_error *error)
{
    const struct sb_transformer *const transformers[2] = { models[0]->transformer,
                                                           models[1]->transformer };
    struct sb_sequence *sequences = malloc((n + 1) * sizeof *sequences);
    struct sb_scorer_options options = models[0]->options;
    size_t n_ids = 0;
    enum sb_status status = SB_MEMORY;
    options.n_threads = n_threads;
    for (size_t i = 0; i < n; i++)
        n_ids += prepared[i].sequence.n;
    *all = calloc(n_ids + 1, sizeof **all);
    n_ids = 0;
    for (size_t i = 0; i < n && *all && sequences; n_ids += sequences[i++].n) {
        sequences[i] = prepared[i].sequence;
        places[i] = *all + n_ids;
    }
    if (*all && sequences)
        status = sb_compare_sequences(transformers, sequences, n, &options, places);
    free(sequences);
    return status ? sb_fail_memory(error) : SB_OK;
}

enum sb_status sb_language_models_compare(const struct sb_predictor *const models[2],
                                          struct sb_compared_document *documents, size_t n,
                                          size_t n_threads, struct sb_error *error)
{
    const struct language_model *const m[2] = { (const struct language_model *)models[0],
                                                (const struct language_model *)models[1] };
    struct sb_scoring *scorings = calloc(n + 1, sizeof *scorings);
    struct sb_head_comparison *all = NULL, **places = calloc(n + 1, sizeof *places);
    struct preparing p = { m[0], scorings, calloc(n + 1, sizeof *p.prepared),
                           calloc(n_threads, sizeof *p.encoders) };
    bool ok = scorings && places && p.prepared && p.encoders;
    enum sb_status status = ok ? SB_OK : sb_fail_memory(error);
    for (size_t i = 0; i < n; i++) {
        documents[i].tokens = NULL;
        documents[i].n = 0;
        if (ok)
            scorings[i].document = documents[i].document;
    }
    if (!status)
        status = sb_parallel_for(n_threads, n, prepare, &p, error);
    if (!status)
        status = compare_prepared(m, p.prepared, n, n_threads, &all, places, error);
    for (size_t i = 0; i < n && !status; i++) {
        status = finish_comparison(m[0], &p.prepared[i], places[i], &documents[i], error);
        documents[i].is_lossy = scorings[i].is_lossy;
    }
    for (size_t i = 0; i < n && status; i++) {
        free(documents[i].tokens);
        documents[i].tokens = NULL;
    }
    clear_encoders(p.encoders, n_threads);
    clear_prepared(p.prepared, n);
    free(scorings);
    free(places);
    free(all);
    return status;
}

struct sb_language_model_view sb_language_model_view(const struct sb_predictor *predictor)
{
    const struct language_model *m = (const struct language_model *)predictor;
    return (struct sb_language_model_view){ m->transformer, m->tokenizer, m->start_id, m->end_id,
                                            m->options.n_context };
}

/* ---- coding ------------------------------------------------------------------------------------ */

/* The tokens of a text as they are coded: neither batch nor eos matters. */
static enum sb_status fingerprint(const struct sb_predictor *predictor, struct sb_hash *hash,
                                  struct sb_error *error)
{
    const struct language_model *m = (const struct language_model *)predictor;
    char checkpoint[33];
    enum sb_status status = require_tokenizer(m, "", error);
    if (!status)
        status = sb_checkpoint_fingerprint(m->checkpoint, checkpoint, error);
    if (status)
        return status;
    sb_hash_text(hash, checkpoint);
    sb_tokenizer_hash(m->tokenizer, hash);
    sb_hash_number(hash, (uint64_t)m->start_id);
    sb_hash_number(hash, m->options.n_context);
    sb_hash_number(hash, m->options.n_stride);
    return SB_OK;
}

static struct sb_text_code text_code(const struct language_model *m)
{
    return (struct sb_text_code){ .transformer = m->transformer,
                                  .tokenizer = m->tokenizer,
                                  .start_id = m->start_id,
                                  .n_context = m->options.n_context,
                                  .n_stride = m->options.n_stride,
                                  .n_threads = m->base.n_threads ? m->base.n_threads : 1,
                                  .progress = m->base.progress,
                                  .progress_context = m->base.progress_context };
}

static enum sb_status encode(struct sb_predictor *predictor, const uint8_t *bytes, size_t n_bytes,
                             struct sb_arith_encoder *encoder, struct sb_score *score,
                             struct sb_error *error)
{
    const struct sb_text_code code = text_code((const struct language_model *)predictor);
    return sb_text_encode(&code, bytes, n_bytes, encoder, score, error);
}

static enum sb_status decode(struct sb_predictor *predictor, struct sb_arith_decoder *decoder,
                             uint8_t *bytes, size_t n_bytes, struct sb_error *error)
{
    const struct sb_text_code code = text_code((const struct language_model *)predictor);
    return sb_text_decode(&code, decoder, bytes, n_bytes, error);
}

static const char *const keys[] = { "context", "stride", "batch", "eos", "tokenizer", NULL };

const struct sb_predictor_class sb_language_model_class = {
    .name = "FOLDER",
    .description = "a transformer: a checkpoint's folder, or org/name in the local hub cache\n"
                   "(context and stride in tokens, eos=0, batch, tokenizer=FILE)",
    .keys = keys,
    .takes_ids = true,
    .is_folder = true,
    .create = create,
    .free = free_model,
    .score = score,
    .score_all = score_all,
    .fingerprint = fingerprint,
    .encode = encode,
    .decode = decode,
};

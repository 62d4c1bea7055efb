/* The predictor: the one interface between models and everything that is measured with them.
 *
 * A predictor gives -log2 p of a document's scored span given what precedes it, in bits. Trees,
 * compressors, the controlled language itself (the oracle) and score files are implementations,
 * each a struct sb_predictor_class in its own file; estimators, experiments and figures know only
 * this.
 *
 * A model is written "name:key=value,...": "tree:d=16", "xz:level=9", "oracle:overlap=0.3",
 * "scores:FILE.tsv". sb_model_parse splits it, sb_predictor_create finds the class and makes one. A name
 * with a '/' in it, or that of a folder, is a checkpoint: "./base", "org/name:context=512".
 *
 * Life of a predictor that is fitted:  create, add (each training document), finish, score..., free.
 * After finish it does not change: score may be called in any order on any number of threads.
 *
 * Some can also learn as they read: with the key adaptive=1, each document is scored by what came before
 * it, its own beginning included, and learned, in the order of the file, on one thread:  create, add
 * (each document of train=FILE, if there is one), finish, learn (each document), free.
 *
 * A predictor that can code also turns bytes into the decisions of an arithmetic coder and back
 * (theory/arith_coder.h); see "coding" below.
 */
#ifndef SB_ESTIMATORS_PREDICTOR_H
#define SB_ESTIMATORS_PREDICTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "data/corpus.h"
#include "data/hash.h"
#include "theory/arith_coder.h"
#include "theory/status.h"

/* ---- model specifications ------------------------------------------------------------------ */

/* What follows the colon is split at commas. An item without "=", or with anything but letters,
 * digits and '_' before it, is a value without a key: "scores:run/k=3.tsv". */
struct sb_model {
    char *text;  /* as written: the model's name in every table */
    char *name;  /* before the colon */
    char **keys; /* "" for a value without a key ("scores:FILE") */
    char **values;
    size_t n;
};
enum sb_status sb_model_parse(const char *text, struct sb_model *model, struct sb_error *error);
void sb_model_clear(struct sb_model *model);

/* The value of a key ("": of the value without one), or NULL when absent. */
const char *sb_model_value(const struct sb_model *model, const char *key);

/* Gives a key its value, in place of the one that it has; the text stays as written. */
enum sb_status sb_model_set(struct sb_model *model, const char *key, const char *value);

/* A key that is a whole number from least to most; preset when it is absent. SB_FORMAT otherwise,
 * with the range in the message. */
enum sb_status sb_model_count(const struct sb_model *model, const char *key, size_t preset,
                              size_t least, size_t most, size_t *value, struct sb_error *error);

/* A key that is a number of bytes, with or without a unit: 1000000, 512K, 64M, 4G (powers of 1,024).
 * preset when it is absent; SB_FORMAT when it is none, below least, or beyond what memory could be. */
enum sb_status sb_model_bytes(const struct sb_model *model, const char *key, size_t preset,
                              size_t least, size_t *n_bytes, struct sb_error *error);

/* The key adaptive: 0 (also when absent) or 1. */
enum sb_status sb_model_adaptive(const struct sb_model *model, bool *is_adaptive,
                                 struct sb_error *error);

/* ---- predictors ---------------------------------------------------------------------------- */

struct sb_score {
    double bits;     /* -log2 p(span | what precedes it): >= 0, inf where p is 0, never NaN */
    size_t n_tokens; /* decisions that were scored: blocks, words, tokens */
};

/* A scored token: its place in its document, and base-2 logarithm of its probability. */
struct sb_token_score {
    uint64_t position;
    uint32_t id;
    double log2_p;
};

/* A document that is scored together with others. */
struct sb_scoring {
    const struct sb_document *document; /* in: with a span that is not empty */
    size_t index;                       /* in: through all datasets */
    struct sb_score score;              /* out */
    bool is_lossy;                      /* out: its tokens do not give its bytes back */
    struct sb_token_score *tokens;      /* out: new, (score.n_tokens), where they are asked for */
};

enum { SB_FACTS_MAX = 8 };
struct sb_fact {
    const char *key;
    char value[96];
};

/* An implementation's own struct begins with this one. Its create sets what applies. */
struct sb_predictor {
    const struct sb_predictor_class *class; /* set by sb_predictor_create */
    size_t depth_bits;                      /* the longest context in bits; 0: has none */
    size_t window_bytes; /* training data further back are out of sight; 0: no such window */
    bool is_adaptive;    /* adaptive=1: learn is called, not score */
    size_t chunk_bytes;  /* score_all: documents of so many bytes are worth a call; 0: a mebibyte */
    struct sb_fact facts[SB_FACTS_MAX]; /* how it scores (context, start token): into the results */
    size_t n_facts;
    char note[32]; /* after finish: what a table should say of the fit; "": nothing */

    /* For encode and decode, set by whoever calls them, where it is worth while: */
    size_t n_threads; /* that they may use, which does not change a bit; 0: one */
    void (*progress)(void *context,
                     double share); /* told now and then how much is done; NULL: nobody */
    void *progress_context;
};

struct sb_predictor_class {
    const char *name;        /* before the colon of a model */
    const char *description; /* for --help: what it is and which keys it takes, one line or more */
    const char *const *keys; /* those it takes besides train, ended by NULL; NULL: none.
                                "" stands for a value without a key */
    bool is_fitted;          /* learns from documents: takes train=FILE, or is cross-fitted */
    bool takes_ids;          /* meets documents of token ids; others never do */
    bool has_note;           /* finish may write base.note: it is called in any case */
    bool by_group;           /* has no lengths of single documents: score_group only */
    bool is_folder;          /* its name is a folder, or org/name in the hub's cache */

    enum sb_status (*create)(const struct sb_model *model, struct sb_predictor **predictor,
                             struct sb_error *error);
    void (*free)(struct sb_predictor *predictor);

    /* Fitted classes only: one training document; then, once, the end of them. */
    enum sb_status (*add)(struct sb_predictor *predictor, const struct sb_document *document,
                          struct sb_error *error);
    enum sb_status (*finish)(struct sb_predictor *predictor, struct sb_error *error);

    /* Classes that take the key adaptive, else NULL: scores the document's span, and learns the whole
     * document. score may be NULL. The bits are those of the same decisions that encode makes. */
    enum sb_status (*learn)(struct sb_predictor *predictor, const struct sb_document *document,
                            struct sb_score *score, struct sb_error *error);

    /* Classes that know documents by their number only (score files): told how many there are in
     * all datasets, before any is scored. NULL elsewhere. */
    enum sb_status (*expect)(struct sb_predictor *predictor, size_t n_documents,
                             struct sb_error *error);

    /* One document; index counts from 0 through all datasets in the order given. */
    enum sb_status (*score)(const struct sb_predictor *predictor,
                            const struct sb_document *document, size_t index,
                            struct sb_score *score, struct sb_error *error);
    /* Classes that are faster with many documents at once, or know their tokens: n documents, in order,
     * on n_threads threads of its own. NULL elsewhere. */
    enum sb_status (*score_all)(const struct sb_predictor *predictor, struct sb_scoring *documents,
                                size_t n, bool with_tokens, size_t n_threads,
                                struct sb_error *error);
    /* The bits of a document's span piece by piece, in order: tokens, or blocks of a tree. *bits is a new
     * array of *n; it sums to score's bits, to rounding. NULL: the class cannot tell, or its tokens
     * (score_all) are the pieces. */
    enum sb_status (*sequence)(const struct sb_predictor *predictor,
                               const struct sb_document *document, size_t index, double **bits,
                               size_t *n, struct sb_error *error);
    /* by_group: the scored spans of a group, one after the other, as one text. */
    enum sb_status (*score_group)(const struct sb_predictor *predictor, const uint8_t *bytes,
                                  size_t n_bytes, struct sb_score *score, struct sb_error *error);

    /* Classes that can code have all three, others none; see "coding". */
    enum sb_status (*fingerprint)(const struct sb_predictor *predictor, struct sb_hash *hash,
                                  struct sb_error *error);
    enum sb_status (*encode)(struct sb_predictor *predictor, const uint8_t *bytes, size_t n_bytes,
                             struct sb_arith_encoder *encoder, struct sb_score *score,
                             struct sb_error *error);
    enum sb_status (*decode)(struct sb_predictor *predictor, struct sb_arith_decoder *decoder,
                             uint8_t *bytes, size_t n_bytes, struct sb_error *error);
};

/* The registry, ended by NULL: what --help lists, in that order. */
extern const struct sb_predictor_class *const sb_predictor_classes[];

/* The class of a model. An unknown name or key, and a key given twice, is SB_FORMAT, with the ones
 * there are. */
enum sb_status sb_predictor_find(const struct sb_model *model,
                                 const struct sb_predictor_class **class, struct sb_error *error);

/* Makes an empty predictor, or a complete one where nothing is fitted. */
enum sb_status sb_predictor_create(const struct sb_model *model, struct sb_predictor **predictor,
                                   struct sb_error *error);
void sb_predictor_free(struct sb_predictor *predictor);

/* Adds every document behind a path to a fitted class's predictor: train=FILE. finish is left to the
 * caller. Adds the bytes that it learned from to *n_bytes (by_group: those of the scored spans). */
enum sb_status sb_predictor_train(struct sb_predictor *predictor, const char *path,
                                  const struct sb_corpus_options *options, size_t *n_bytes,
                                  struct sb_error *error);

/* ---- coding -------------------------------------------------------------------------------- */

/* encode puts n_bytes bytes, one document, into the encoder as a sequence of decisions of the
 * predictor's own choice (one per bit, or one per token), and tells in *score their ideal code length:
 * the sum of -log2 p over the decisions, before any quantisation. decode is given the number of bytes
 * and makes the same decisions again. Any bytes can be coded, 0 of them too. The end is not coded:
 * n_bytes stands in the file.
 *
 * A predictor to which documents were added is static: it codes what score measures, and *score is
 * that of the whole document. One to which none were added, or with adaptive=1, may be adaptive and
 * learn as it codes (finish was called all the same). Either way a predictor codes once: what it has
 * learned or keeps of the document's beginning is its state, and the next document needs a new one.
 *
 * Encoder and decoder may run on different machines: each weight given to the coder must be the same
 * bits on both, so it comes from integers and IEEE arithmetic in a fixed order, never from libm.
 * decode must bear any decisions whatever (a damaged file): it stays within bytes[0..n_bytes-1] and
 * ends, with bytes that the checksum of the file refuses, or with SB_FORMAT.
 *
 * fingerprint adds to the hash all that settles the decisions: parameters, and what was learned. Two
 * predictors with equal fingerprints code alike. Called before encode or decode. */
bool sb_predictor_can_code(const struct sb_predictor_class *class);

/* Of the class and the predictor, which must be finished. Domain: a class that can code. */
enum { SB_FINGERPRINT_BYTES = 16 };
enum sb_status sb_predictor_fingerprint(const struct sb_predictor *predictor,
                                        uint8_t fingerprint[SB_FINGERPRINT_BYTES],
                                        struct sb_error *error);

#endif

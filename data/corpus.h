/* Documents: what every estimator reads.
 *
 * A corpus is the sequence of documents behind one path (data/archive.h), whatever its format: JSONL,
 * a JSON array, CSV, TSV, or text as one document per file, line or block. It streams: memory does
 * not grow with the corpus (except under shuffle), and a document larger than max_document_bytes is
 * refused.
 *
 * Columns, as in TRL: "text"; "prompt" + "completion" (alias "response"); "messages" (the last
 * assistant message is the completion, those before it the prompt, each followed by a newline);
 * "prompt" + "chosen" (+ "rejected": name it in columns to score it). Where messages stand in a
 * prompt or completion column, they are joined in the same way. Optional "id" and "weight" (from 0
 * to 1e100). The first record settles the columns, and every record must have them. Only the completion
 * is scored unless score_all is set: the scored span. Of equal names in a JSON object the last counts.
 *
 * The format of a file is guessed from its name (.jsonl .ndjson .csv .tsv, and .txt .md .html and the
 * like for text), else from its first bytes: '{' before '"' or '}' is JSONL, '[' before '{' or ']' an
 * array, anything else text. A corpus is all text or all records. In JSON, invalid UTF-8 is malformed;
 * text, CSV and TSV keep their bytes, and documents that are not UTF-8 are counted. A byte order mark
 * is skipped in all but text. Empty files, lines and blocks of text are no documents.
 *
 * A corpus of records may hold token ids instead of text: "ids", or a column named in columns, with arrays
 * of whole numbers; and "loss_mask", arrays of 0 and 1 that say which of them are scored. Whoever cannot
 * take ids gets an error instead (takes_ids).
 */
#ifndef SB_DATA_CORPUS_H
#define SB_DATA_CORPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

struct sb_corpus;

/* One document. Views that last until the next call on the corpus. */
struct sb_document {
    const char *id;       /* the "id" column, or NULL: then source and record identify it */
    const char *source;   /* where it stands: "corpus.tar.zst:docs/a.jsonl" */
    size_t record;        /* line, row (the header is row 1), array element or block in that source,
                         * from 1; 0 when it is the whole file */
    const uint8_t *bytes; /* not NULL, even where there are none */
    size_t n_bytes;
    size_t span_begin, span_end; /* the scored bytes: span_begin <= span_end <= n_bytes */
    double weight;               /* of the document in averages; 1 without a "weight" column */

    /* Of a corpus of ids, else NULL and 0: then bytes are NULL and the span is empty. Each id is scored
     * given those before it, so that the first never is. */
    const uint32_t *ids;
    size_t n_ids;
    const uint8_t *loss_mask; /* n_ids - 1 entries: whether ids[i + 1] is scored; NULL: all are */
};

/* How much of a document is scored: bytes, or of ids tokens. */
size_t sb_document_n_scored(const struct sb_document *document);

enum sb_corpus_format {
    SB_FORMAT_GUESS, /* from the name, then from the first bytes */
    SB_FORMAT_TEXT,
    SB_FORMAT_JSONL,
    SB_FORMAT_JSON, /* an array of objects */
    SB_FORMAT_CSV,
    SB_FORMAT_TSV
};

enum sb_corpus_split {
    SB_SPLIT_FILE,     /* text: one document per file */
    SB_SPLIT_LINE,     /* one per line; empty lines are none */
    SB_SPLIT_BLOCK,    /* one per block of lines between blank lines */
    SB_SPLIT_SEPARATOR /* one per block between lines equal to the separator */
};

struct sb_corpus_options {
    enum sb_corpus_format format;
    enum sb_corpus_split split;
    const char *separator;      /* for SB_SPLIT_SEPARATOR */
    const char *columns;        /* "TEXT" or "PROMPT,COMPLETION"; NULL: by name, as above */
    const char *const *filters; /* "column=value": all must hold (compared as text) */
    size_t n_filters;
    size_t limit;              /* at most this many documents; 0: all. After shuffling */
    bool shuffle;              /* holds the documents (with a limit: that many) in memory */
    uint64_t seed;             /* of the shuffle */
    size_t max_document_bytes; /* default 32 MiB; also bounds a record's raw text */
    bool skip_invalid;         /* count and skip malformed records instead of failing */
    bool once;                 /* sb_corpus_rewind will not be called: nothing is kept for it */
    bool score_all;            /* score the prompt too */
    bool takes_ids;            /* a corpus of token ids is welcome; otherwise it is SB_FORMAT */
    const char *prompt_format; /* e.g. "<|user|>{prompt}<|assistant|>"; NULL: "{prompt}" */
};
struct sb_corpus_options sb_corpus_options_default(void);

/* What has been read so far, and (after SB_END) of the whole corpus. */
struct sb_corpus_counts {
    size_t n_documents, n_bytes, n_scored_bytes;
    size_t n_ids, n_scored_ids; /* of a corpus of ids: then it has no bytes */
    size_t n_filtered;          /* left out by a filter */
    size_t n_skipped;           /* malformed, under skip_invalid */
    size_t n_invalid_utf8;      /* documents of text, CSV or TSV that are not UTF-8 */
};

/* The strings that the options point to must outlive the corpus. A path that does not exist is an
 * error here, everything else in sb_corpus_next. Columns and filters are checked against the first
 * record: a missing column is an error that lists what there is. */
enum sb_status sb_corpus_open(const char *path, const struct sb_corpus_options *options,
                              struct sb_corpus **corpus, struct sb_error *error);
void sb_corpus_close(struct sb_corpus *corpus);

/* The next document; SB_END after the last. A corpus without any document is SB_FORMAT, with a message
 * that says what was left out and why. */
enum sb_status sb_corpus_next(struct sb_corpus *corpus, struct sb_document *document,
                              struct sb_error *error);

/* Starts over; the same documents follow in the same order. Small corpora (64 MiB) are replayed from
 * memory, larger ones read again; standard input is spooled to an unnamed temporary file. SB_DOMAIN
 * for a corpus that is read once. */
enum sb_status sb_corpus_rewind(struct sb_corpus *corpus, struct sb_error *error);

struct sb_corpus_counts sb_corpus_counts(const struct sb_corpus *corpus);

/* The columns that documents are made of, "prompt,completion"; "" for text, and before the first
 * record. A view that lasts as long as the corpus. */
const char *sb_corpus_columns(const struct sb_corpus *corpus);
/* Whether they say what is prompt: a prompt column, or messages. */
bool sb_corpus_has_prompts(const struct sb_corpus *corpus);

/* Whether documents are token ids; false before the first record. */
bool sb_corpus_has_ids(const struct sb_corpus *corpus);

/* A name for people: the id, or "source:record", cut to size - 1 bytes, without control characters. */
void sb_document_name(const struct sb_document *document, char *name, size_t size);

#endif

/* springback compare: what was asked for, and what came out beside the rates. */
#ifndef SB_CLI_COMPARE_H
#define SB_CLI_COMPARE_H

#include "cli/rate_work.h"
#include "estimators/comparison.h"
#include "estimators/prefix_ratio.h"

struct compare_settings {
    struct rate_settings rate; /* its models are the arguments */
    const char *contexts;      /* "data", "A" or "B"; NULL: not given */
    const char *by_position, *token_rows;
    const char *prompts; /* [NAME=]PATH, or NULL */
    size_t number,
        tokens; /* drawn documents, SIZE_MAX: not given; most tokens of each, 0: what the context holds */
    size_t n_first; /* leading positions whose share of the KL is told */
    size_t n_moved; /* tokens that are listed */
};

/* Models 0 and `second` on one set of contexts. */
struct compare_result {
    size_t second;
    char *contexts; /* the dataset's name, or "drawn from A"; owned */
    struct sb_divergences divergences;
    struct sb_position *positions; /* (divergences.n_positions) */
    struct sb_moved_token *moved;
    char **moved_texts; /* what the tokens say; NULL where no tokenizer is there */
    size_t n_moved;
};

/* kappa / chi^2 by prefix length of models 0 and `second`. */
struct compare_ratios {
    size_t second, n;
    struct sb_prefix_ratio *items;
};

struct compare_work {
    const struct compare_settings *settings;
    struct rate_work rate;
    struct sb_dataset prompts; /* of --prompts, open */
    char *prompts_name;
    size_t n_drawn;
    struct compare_result *results;
    size_t n_results;
    struct compare_ratios *ratios; /* of each model but the first; empty where there are none */
    struct sb_ledger *ledger;      /* of --token-rows, and what it had; or NULL */
    struct sb_table *done;
};

/* Writes --by-position FILE. */
enum sb_status compare_write_positions(const struct cli_run *run, const struct compare_work *work,
                                       struct sb_error *error);

/* Emits rates, differences and divergences in the form asked for. Returns the exit status. */
int compare_print(struct cli_run *run, const struct compare_work *work);

#endif

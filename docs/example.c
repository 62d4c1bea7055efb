/* How well does a model that has learned one file compress another? The library in sixty lines:
 *
 *   cc example.c $(pkg-config --cflags --libs springback) -o example
 *   ./example tree:d=16 good.jsonl bad.jsonl
 *
 * prints what "springback rate --model tree:d=16,train=good.jsonl --data bad.jsonl" does. */
#include <gsl/gsl_errno.h>
#include <stdio.h>
#include "estimators/rate.h"

/* The model learns, scores every document of the dataset, and the rate is estimated from that. */
static enum sb_status estimate(struct sb_model *model, const struct sb_dataset *dataset,
                               struct sb_rate *rate, struct sb_error *error)
{
    const struct sb_measure_options how = { .n_threads = 2, .train_options = dataset->options };
    const struct sb_interval_options interval = { SB_INTERVAL_T, 0.95, 1, 1, 1 };
    const struct sb_rate_term term = { .coefficient = 1, .model = 0, .dataset = 0 };
    struct sb_measure *measure = NULL;
    struct sb_rates *rates = NULL;
    enum sb_status status = sb_measure_create(model, dataset, 1, &how, &measure, error);
    const struct sb_measure *const measures[] = { measure };
    if (status == SB_OK)
        status = sb_rates_create(dataset, 1, measures, 1, &interval, &rates, error);
    if (status == SB_OK)
        status = sb_rates_estimate(rates, &term, 1, rate);
    sb_rates_free(rates);
    sb_measure_free(measure);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: example MODEL LEARNED SCORED\n");
        return 2;
    }
    gsl_set_error_handler_off(); /* its own ends the program */
    struct sb_dataset dataset = { .name = "scored",
                                  .path = argv[3],
                                  .options = sb_corpus_options_default() };
    struct sb_error error = { "" };
    struct sb_model model = { 0 };
    struct sb_rate rate;
    char text[4096];
    snprintf(text, sizeof text, "%s,train=%s", argv[1], argv[2]);
    enum sb_status status = sb_model_parse(text, &model, &error);
    if (status == SB_OK)
        status = sb_datasets_open(&dataset, 1, 16, &error); /* normalised at 16 bits */
    if (status == SB_OK) {
        status = estimate(&model, &dataset, &rate, &error);
        if (status == SB_OK)
            printf("%zu documents: %.4f [%.4f, %.4f] bits per byte\n", dataset.n_documents,
                   8 * rate.micro.value, 8 * rate.micro.low, 8 * rate.micro.high);
        sb_datasets_close(&dataset, 1);
    }
    sb_model_clear(&model);
    if (status)
        fprintf(stderr, "example: %s\n", *error.message ? error.message : sb_status_phrase(status));
    return status != SB_OK;
}

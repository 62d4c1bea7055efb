/* make bench: the trainer's speed as a share of this machine's best sgemm.
 *
 * A GPT-2-shaped model (6 layers, 384 wide, 6 heads, vocabulary 4,096) on batches of 4 x 256 tokens with two
 * threads, and the tiny ones of the experiments (llama form, 2 layers, the words of the controlled language)
 * on batches of 16 and 64 documents of 29 tokens with one. Work is 6 x parameters x tokens, the head
 * included (embeddings are the head here, once), attention not. Runs are interleaved; medians.
 */
#include "tests/bench.h"

#include "estimators/transformer/train.h"
#include "theory/random.h"

enum { MOST_SEQUENCES = 64 };

static struct {
    const char *form;
    size_t n_width, n_layers, n_heads, n_hidden, n_vocabulary, n_ids, n_batch, n_threads;
    size_t n_steps; /* of a run */
} shapes[] = {
    { "gpt2", 384, 6, 6, 1536, 4096, 257, 4, 2, 1 }, { "llama", 16, 2, 2, 48, 145, 30, 16, 1, 500 },
    { "llama", 32, 2, 2, 96, 145, 30, 16, 1, 200 },  { "llama", 32, 2, 2, 96, 145, 30, 64, 1, 50 },
    { "llama", 64, 2, 4, 192, 145, 30, 16, 1, 60 },  { "llama", 64, 2, 4, 192, 145, 30, 64, 1, 15 },
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

struct subject {
    struct sb_network *network;
    struct sb_trainer *trainer;
    struct sb_training_sequence sequences[MOST_SEQUENCES];
    double flops_per_step; /* matrices alone */
    double speed[RUNS];    /* GF/s */
    double tokens[RUNS];   /* per second */
};

static void prepare(size_t i, struct subject *s)
{
    struct sb_error error = { "" };
    struct sb_random random;
    struct sb_network_options model = sb_network_options_default();
    struct sb_training_options training = sb_training_options_default();
    model.form = shapes[i].form;
    model.n_width = shapes[i].n_width;
    model.n_layers = shapes[i].n_layers;
    model.n_heads = shapes[i].n_heads;
    model.n_hidden = shapes[i].n_hidden;
    model.n_vocabulary = shapes[i].n_vocabulary;
    model.bos_id = model.eos_id = -1;
    training.n_batch = shapes[i].n_batch;
    training.n_threads = shapes[i].n_threads;
    check(sb_network_create(&model, 1, &s->network, &error), &error);
    check(sb_trainer_create(s->network, &training, &s->trainer, &error), &error);
    sb_random_init(&random, 1, i);
    for (size_t j = 0; j < shapes[i].n_batch; j++) {
        uint32_t *ids = malloc(shapes[i].n_ids * sizeof *ids);
        for (size_t t = 0; t < shapes[i].n_ids; t++)
            ids[t] = (uint32_t)sb_random_below(&random, model.n_vocabulary);
        s->sequences[j] = (struct sb_training_sequence){ ids, shapes[i].n_ids, NULL, j };
    }
    double n = 0;
    for (size_t j = 0; j < s->network->checkpoint->n_weights; j++)
        if (s->network->checkpoint->weights[j] != s->network->checkpoint->position_embedding)
            n += (double)s->network->checkpoint->weights[j]->n_elements;
    s->flops_per_step = 6 * n * (double)(shapes[i].n_batch * (shapes[i].n_ids - 1));
}

static double peak_mib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

/* What docs/experiments.md states: four numbers for each parameter; what the backward pass needs of each
 * token and layer; the logits. */
static double stated_mib(const struct subject *s, size_t i)
{
    const struct sb_transformer_config *c = &s->network->checkpoint->config;
    double tokens = (double)(shapes[i].n_batch * (shapes[i].n_ids - 1)), width = (double)c->n_width;
    double qkv = (double)((c->n_heads + 2 * c->n_kv_heads) * c->n_head_width);
    double logits = tokens * (double)c->n_vocabulary;
    double numbers = 4 * (double)s->network->n_parameters +
                     tokens * (double)c->n_layers * (6 * width + qkv + 3 * (double)c->n_hidden) +
                     (logits < 0x1p23 ? logits : 0x1p23);
    return 4 * numbers / 0x1p20;
}

static void run_steps(size_t i, struct subject *s, size_t number)
{
    struct sb_error error = { "" };
    double start = now_s();
    check(sb_trainer_run(s->trainer, s->sequences, shapes[i].n_batch, shapes[i].n_steps, NULL, NULL,
                         &error),
          &error);
    double seconds = (now_s() - start) / (double)shapes[i].n_steps;
    s->speed[number] = s->flops_per_step / seconds * 1e-9;
    s->tokens[number] = (double)(shapes[i].n_batch * (shapes[i].n_ids - 1)) / seconds;
}

/* One row for each shape; the first has a bar. */
static void print_speeds(struct subject *subjects, const double best[2])
{
    for (size_t i = 0; i < N_SHAPES; i++) {
        size_t n_threads = shapes[i].n_threads;
        double speed = median(subjects[i].speed, RUNS), share = speed / best[n_threads - 1];
        printf("  %s %zu x %zu, batch %2zu x %3zu, %zu thread%s: %7.0f tokens/s, %4.0f GF/s",
               shapes[i].form, shapes[i].n_layers, shapes[i].n_width, shapes[i].n_batch,
               shapes[i].n_ids - 1, n_threads, n_threads > 1 ? "s" : " ",
               median(subjects[i].tokens, RUNS), speed);
        if (best[0] > 0)
            printf(", %.2f of sgemm", share);
        printf("\n");
        if (i == 0 && best[0] > 0)
            report("share of sgemm", share, "", 0.5, false);
    }
}

int main(void)
{
    static const int sizes[][3] = { { 2048, 2048, 2048 },
                                    { 1024, 1536, 384 },
                                    { 1024, 4096, 384 } };
    struct subject subjects[N_SHAPES];
    double gemm[2][RUNS];
    struct yardstick yardstick = load_yardstick();
    double before = peak_mib(), used = 0;
    for (size_t i = 0; i < N_SHAPES; i++) {
        prepare(i, &subjects[i]);
        run_steps(i, &subjects[i], 0); /* once to warm up */
        used = i == 0 ? peak_mib() - before : used;
    }
    for (size_t number = 0; number < RUNS; number++) {
        for (int t = 0; t < 2; t++)
            gemm[t][number] = best_sgemm(&yardstick, t + 1, sizes, 3);
        for (size_t i = 0; i < N_SHAPES; i++)
            run_steps(i, &subjects[i], number);
    }
    double best[2] = { median(gemm[0], RUNS), median(gemm[1], RUNS) };
    printf("training, fp32: best sgemm %.0f GF/s on one thread, %.0f on two\n", best[0], best[1]);
    print_speeds(subjects, best);
    printf("  memory of the first: %.0f MiB, stated %.0f MiB\n", used, stated_mib(&subjects[0], 0));
    report("memory over what is stated", used / stated_mib(&subjects[0], 0), "", 1.1, true);
    for (size_t i = 0; i < N_SHAPES; i++) {
        for (size_t j = 0; j < shapes[i].n_batch; j++)
            free((void *)subjects[i].sequences[j].ids);
        sb_trainer_free(subjects[i].trainer);
        sb_network_free(subjects[i].network);
    }
    return 0;
}

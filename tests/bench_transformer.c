/* make bench: the transformer's speed as a share of this machine's best sgemm.
 *
 * A random checkpoint of the shape of a Llama with 134 million parameters (12 layers, 768 wide, 12 heads,
 * 2,048 hidden, vocabulary 32,000, untied) is written, in fp32 and in bf16, and every token of random
 * documents is scored, softmax over the vocabulary included. The yardstick is OpenBLAS where it is
 * installed, loaded at run time with a core that knows the processor; its name is printed. Runs are
 * interleaved, five of each; medians.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "estimators/transformer/forward.h"
#include "estimators/transformer/head.h"
#include "theory/numeric.h"
#include "theory/random.h"

enum { N_RUNS = 5, N_THREADS = 2, N_VOCABULARY = 32000, N_WIDTH = 768, N_HIDDEN = 2048 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double median(double *x, size_t n)
{
    sb_sort(x, n);
    return sb_quantile_sorted(x, n, 0.5);
}

static void check(enum sb_status status, const struct sb_error *error)
{
    if (!status)
        return;
    fprintf(stderr, "bench: %s\n", error && *error->message ? error->message : "no memory");
    exit(1);
}

/* ---- the checkpoint ---------------------------------------------------------------------------- */

struct tensors {
    struct sb_tensor items[200];
    size_t n;
    enum sb_dtype dtype;
    struct sb_random random;
};

static void add(struct tensors *t, size_t n_rows, size_t n_columns, const char *format,
                size_t layer)
{
    char name[128];
    snprintf(name, sizeof name, format, layer);
    size_t n = n_rows * (n_columns ? n_columns : 1);
    uint32_t *f32 = malloc(n * sizeof *f32);
    uint16_t *bf16 = malloc(n * sizeof *bf16);
    for (size_t i = 0; i < n; i++) {
        float x = n_columns ? (float)(0.08 * (sb_random_unit(&t->random) - 0.5)) : 1;
        memcpy(&f32[i], &x, sizeof x);
        bf16[i] = (uint16_t)(f32[i] >> 16);
    }
    bool is_f32 = t->dtype == SB_F32;
    free(is_f32 ? (void *)bf16 : (void *)f32);
    t->items[t->n++] = (struct sb_tensor){ .name = strdup(name),
                                           .dtype = t->dtype,
                                           .n_dims = n_columns ? 2 : 1,
                                           .shape = { n_rows, n_columns },
                                           .data = is_f32 ? (void *)f32 : (void *)bf16,
                                           .n_elements = n };
}

static void write_checkpoint(const char *folder, enum sb_dtype dtype)
{
    struct tensors t = { .dtype = dtype };
    struct sb_error error = { "" };
    sb_random_init(&t.random, 1, 0);
    add(&t, N_VOCABULARY, N_WIDTH, "model.embed_tokens.weight", 0);
    for (size_t i = 0; i < 12; i++) {
        add(&t, N_WIDTH, 0, "model.layers.%zu.input_layernorm.weight", i);
        add(&t, N_WIDTH, 0, "model.layers.%zu.post_attention_layernorm.weight", i);
        add(&t, N_WIDTH, N_WIDTH, "model.layers.%zu.self_attn.q_proj.weight", i);
        add(&t, N_WIDTH, N_WIDTH, "model.layers.%zu.self_attn.k_proj.weight", i);
        add(&t, N_WIDTH, N_WIDTH, "model.layers.%zu.self_attn.v_proj.weight", i);
        add(&t, N_WIDTH, N_WIDTH, "model.layers.%zu.self_attn.o_proj.weight", i);
        add(&t, N_HIDDEN, N_WIDTH, "model.layers.%zu.mlp.gate_proj.weight", i);
        add(&t, N_HIDDEN, N_WIDTH, "model.layers.%zu.mlp.up_proj.weight", i);
        add(&t, N_WIDTH, N_HIDDEN, "model.layers.%zu.mlp.down_proj.weight", i);
    }
    add(&t, N_WIDTH, 0, "model.norm.weight", 0);
    add(&t, N_VOCABULARY, N_WIDTH, "lm_head.weight", 0);
    char path[5000];
    mkdir(folder, 0777);
    snprintf(path, sizeof path, "%s/config.json", folder);
    FILE *file = fopen(path, "w");
    if (!file)
        exit(1);
    fprintf(
        file,
        "{\"model_type\": \"llama\", \"vocab_size\": %d, \"hidden_size\": %d, "
        "\"intermediate_size\": %d, \"num_hidden_layers\": 12, \"num_attention_heads\": 12, "
        "\"num_key_value_heads\": 12, \"max_position_embeddings\": 2048, \"rms_norm_eps\": 1e-5, "
        "\"rope_theta\": 10000.0, \"hidden_act\": \"silu\", \"tie_word_embeddings\": false, "
        "\"torch_dtype\": \"%s\"}\n",
        N_VOCABULARY, N_WIDTH, N_HIDDEN, dtype == SB_F32 ? "float32" : "bfloat16");
    fclose(file);
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    check(sb_safetensors_write(path, t.items, t.n, &error), &error);
    for (size_t i = 0; i < t.n; i++) {
        free((char *)t.items[i].name);
        free((void *)t.items[i].data);
    }
}

/* ---- one scoring ----------------------------------------------------------------------------- */

/* n_tokens random tokens in documents of n_context, every one of them a target. */
struct work {
    struct sb_batch batch;
    uint32_t *ids;
    struct sb_token_place *places;
    struct sb_target *targets;
};

static struct work make_work(size_t n_tokens, size_t n_context)
{
    struct work w = { .ids = malloc(n_tokens * sizeof *w.ids),
                      .places = malloc(n_tokens * sizeof *w.places),
                      .targets = malloc(n_tokens * sizeof *w.targets) };
    struct sb_random random;
    sb_random_init(&random, 2, 0);
    for (size_t i = 0; i < n_tokens; i++) {
        w.ids[i] = (uint32_t)sb_random_below(&random, N_VOCABULARY);
        int32_t begin = (int32_t)(i - i % n_context);
        w.places[i] = (struct sb_token_place){ (uint32_t)(i % n_context),
                                               { 0, begin },
                                               { 0, (int32_t)i + 1 } };
        w.targets[i] = (struct sb_target){ i, (uint32_t)sb_random_below(&random, N_VOCABULARY) };
    }
    w.batch = (struct sb_batch){ n_tokens, w.ids, w.places, NULL };
    return w;
}

static void clear_work(struct work *w)
{
    free(w->ids);
    free(w->places);
    free(w->targets);
}

/* Scores them; tokens per second. */
static double score(const struct sb_transformer *t, size_t n_tokens, size_t n_context)
{
    struct work w = make_work(n_tokens, n_context);
    double *log_p = malloc(n_tokens * sizeof *log_p);
    struct sb_activations *activations;
    struct sb_panels hidden;
    check(sb_activations_create(t, n_tokens, n_tokens, N_THREADS, &activations), NULL);
    double start = now_s();
    check(sb_transformer_forward(t, &w.batch, NULL, activations, &hidden), NULL);
    check(sb_head_log_p(t, &hidden, w.targets, n_tokens, N_THREADS, log_p), NULL);
    double end = now_s();
    sb_activations_free(activations);
    clear_work(&w);
    free(log_p);
    return (double)n_tokens / (end - start);
}

/* Compares two models on them; tokens per second. */
static double compare(struct sb_transformer *const t[2], size_t n_tokens, size_t n_context)
{
    struct work w = make_work(n_tokens, n_context);
    struct sb_head_comparison *found = malloc(n_tokens * sizeof *found);
    const struct sb_transformer *const pair[2] = { t[0], t[1] };
    struct sb_activations *activations[2];
    struct sb_panels hidden[2];
    for (size_t i = 0; i < 2; i++)
        check(sb_activations_create(t[i], n_tokens, n_tokens, N_THREADS, &activations[i]), NULL);
    double start = now_s();
    for (size_t i = 0; i < 2; i++)
        check(sb_transformer_forward(t[i], &w.batch, NULL, activations[i], &hidden[i]), NULL);
    check(sb_head_compare(pair, hidden, w.targets, n_tokens, N_THREADS, found), NULL);
    double end = now_s();
    for (size_t i = 0; i < 2; i++)
        sb_activations_free(activations[i]);
    clear_work(&w);
    free(found);
    return (double)n_tokens / (end - start);
}

/* ---- the yardstick ----------------------------------------------------------------------------- */

typedef void sgemm_function(int order, int transpose_a, int transpose_b, int m, int n, int k,
                            float alpha, const float *a, int lda, const float *b, int ldb,
                            float beta, float *c, int ldc);

struct yardstick {
    sgemm_function *sgemm;
    char core[64];
};

/* OpenBLAS takes its core from the environment when it is loaded. */
static struct yardstick load_yardstick(void)
{
    struct yardstick y = { NULL, "" };
    const char *core = __builtin_cpu_supports("avx512f") ? "SKYLAKEX" : "HASWELL";
    setenv("OPENBLAS_CORETYPE", core, 1);
    setenv("OPENBLAS_NUM_THREADS", "2", 1);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW);
    if (!library)
        return y;
    char *(*name)(void);
    *(void **)&name = dlsym(library, "openblas_get_corename");
    *(void **)&y.sgemm = dlsym(library, "cblas_sgemm");
    snprintf(y.core, sizeof y.core, "%s", name ? name() : "unknown");
    return y;
}

/* GF/s of an m by n by k product, the shapes of the model's own. */
static double sgemm_speed(const struct yardstick *y, int m, int n, int k)
{
    float *a = calloc((size_t)(m * k), sizeof *a), *b = calloc((size_t)(n * k), sizeof *b),
          *c = calloc((size_t)(m * n), sizeof *c);
    double start = now_s();
    y->sgemm(101, 111, 112, m, n, k, 1, a, k, b, k, 0, c, n);
    double seconds = now_s() - start;
    free(a);
    free(b);
    free(c);
    return 2e-9 * m * n * k / seconds;
}

/* ---- ------------------------------------------------------------------------------------------ */

int main(void)
{
    const char *base = getenv("TMPDIR");
    char folder[4096], path[4200], command[4300];
    snprintf(folder, sizeof folder, "%s/springback-bench-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(folder))
        return 1;
    struct yardstick yardstick = load_yardstick();
    enum sb_dtype dtypes[] = { SB_F32, SB_BF16 };
    struct sb_checkpoint *checkpoints[2];
    struct sb_transformer *t[2];
    struct sb_error error = { "" };
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%zu", folder, i);
        write_checkpoint(path, dtypes[i]);
        check(sb_checkpoint_open(path, NULL, &checkpoints[i], &error), &error);
        check(sb_transformer_create(checkpoints[i], sb_kernels_best(), 2048, &t[i], &error),
              &error);
    }
    printf("transformer: 134 M parameters, %d threads, %s kernels; yardstick: OpenBLAS %s\n",
           N_THREADS, sb_kernels_best()->name,
           yardstick.sgemm ? yardstick.core : "is not installed");
    double f32[N_RUNS], bf16[N_RUNS], longer[N_RUNS], gemm[N_RUNS], ratio[4][N_RUNS];
    for (size_t i = 0; i < N_RUNS; i++) {
        gemm[i] = 0;
        for (int j = 0; j < 6 && yardstick.sgemm; j++) {
            double speed = j % 3 == 0   ? sgemm_speed(&yardstick, 2048, 2048, 2048)
                           : j % 3 == 1 ? sgemm_speed(&yardstick, 2048, 2048, 768)
                                        : sgemm_speed(&yardstick, 2048, 768, 2048);
            gemm[i] = speed > gemm[i] ? speed : gemm[i];
        }
        f32[i] = score(t[0], 2048, 512);
        bf16[i] = score(t[1], 2048, 512);
        longer[i] = score(t[0], 2048, 2048);
        ratio[0][i] = f32[i] * 0.219 / gemm[i];
        ratio[1][i] = bf16[i] / f32[i];
        ratio[2][i] = longer[i] * 0.219 / gemm[i];
        ratio[3][i] = (1 / f32[i] + 1 / bf16[i]) * compare(t, 2048, 512);
    }
    printf("  best sgemm %.0f GF/s\n", median(gemm, N_RUNS));
    printf("  fp32, 512 tokens: %.0f tokens/s scored, %.2f of sgemm (219 MF a token; bar 0.8)\n",
           median(f32, N_RUNS), median(ratio[0], N_RUNS));
    printf("  bf16, 512 tokens: %.0f tokens/s, %.2f of fp32 (bar 1)\n", median(bf16, N_RUNS),
           median(ratio[1], N_RUNS));
    printf("  fp32, 2,048 tokens: %.0f tokens/s, %.2f of sgemm without attention\n",
           median(longer, N_RUNS), median(ratio[2], N_RUNS));
    printf("  two models compared: %.2f of the speed of scoring with each (by operations 0.82)\n",
           median(ratio[3], N_RUNS));
    for (size_t i = 0; i < 2; i++) {
        sb_transformer_free(t[i]);
        sb_checkpoint_close(checkpoints[i]);
    }
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    return system(command) != 0;
}

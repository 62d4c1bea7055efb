/* make bench: the transformer's speed as a share of this machine's best sgemm and of llama.cpp's, and its
 * memory.
 *
 *   bench_transformer BINARY
 *
 * Speed: a random checkpoint of the shape of a Llama with 134 million parameters, in fp32 and in bf16; every
 * token of random documents is scored, softmax over the vocabulary included. Runs are interleaved, five of
 * each; medians. Where llama.cpp's programs are on the PATH and LLAMA_GGUF names a model of that shape in
 * fp32 (what its weights are does not matter), they are run too; else its speed on another machine, as a
 * share of that machine's sgemm, stands for it.
 *
 * Memory: a random checkpoint of TinyLlama's shape, 1.1 billion parameters in bf16 and sharded, under the
 * command `rate`; 2.2 GB in TMPDIR for a minute.
 */
#include "tests/bench.h"

#include <stdint.h>
#include <sys/stat.h>
#include "estimators/transformer/compare.h"
#include "theory/random.h"

enum { N_THREADS = 2, N_TOKENS = 2048 };

struct shape {
    size_t n_vocabulary, n_width, n_hidden, n_layers, n_heads, n_kv_heads;
};
static const struct shape small = { 32000, 768, 2048, 12, 12, 12 };
static const struct shape large = { 32000, 2048, 5632, 22, 32, 4 };

/* Elements of the matrices that a token meets: layers and head. */
static double n_multiplied(const struct shape *s)
{
    size_t n_kv = s->n_width / s->n_heads * s->n_kv_heads;
    return (double)(s->n_layers * s->n_width * (2 * s->n_width + 2 * n_kv + 3 * s->n_hidden) +
                    s->n_vocabulary * s->n_width);
}

/* ---- checkpoints ------------------------------------------------------------------------------- */

/* Tensors on their way into a file, and the index of all files. */
struct writer {
    const char *folder;
    enum sb_dtype dtype;
    struct sb_tensor tensors[200];
    size_t n, n_files;
    struct sb_random random;
    FILE *index;
};

static void add(struct writer *w, size_t n_rows, size_t n_columns, const char *format, size_t layer)
{
    size_t n = n_rows * (n_columns ? n_columns : 1), size = w->dtype == SB_F32 ? 4 : 2;
    char name[128];
    uint8_t *data = malloc(n * size);
    snprintf(name, sizeof name, format, layer);
    if (!data)
        check(SB_MEMORY, NULL);
    for (size_t i = 0; i < n; i++) {
        float x = n_columns ? (float)(0.08 * (sb_random_unit(&w->random) - 0.5)) : 1;
        memcpy(data + i * size, (uint8_t *)&x + 4 - size, size); /* bf16: the upper half */
    }
    w->tensors[w->n++] = (struct sb_tensor){ .name = strdup(name),
                                             .dtype = w->dtype,
                                             .n_dims = n_columns ? 2 : 1,
                                             .shape = { n_rows, n_columns },
                                             .data = data,
                                             .n_elements = n };
}

static void write_shard(struct writer *w)
{
    char name[64], path[4300];
    struct sb_error error = { "" };
    snprintf(name, sizeof name, "model-%zu.safetensors", ++w->n_files);
    snprintf(path, sizeof path, "%s/%s", w->folder, name);
    check(sb_safetensors_write(path, w->tensors, w->n, &error), &error);
    for (size_t i = 0; i < w->n; i++) {
        fprintf(w->index, "%s\"%s\": \"%s\"", w->n_files + i > 1 ? "," : "", w->tensors[i].name,
                name);
        free((char *)w->tensors[i].name);
        free((void *)w->tensors[i].data);
    }
    w->n = 0;
}

static void add_layer(struct writer *w, const struct shape *s, size_t i)
{
    size_t n_kv = s->n_width / s->n_heads * s->n_kv_heads;
    add(w, s->n_width, 0, "model.layers.%zu.input_layernorm.weight", i);
    add(w, s->n_width, 0, "model.layers.%zu.post_attention_layernorm.weight", i);
    add(w, s->n_width, s->n_width, "model.layers.%zu.self_attn.q_proj.weight", i);
    add(w, n_kv, s->n_width, "model.layers.%zu.self_attn.k_proj.weight", i);
    add(w, n_kv, s->n_width, "model.layers.%zu.self_attn.v_proj.weight", i);
    add(w, s->n_width, s->n_width, "model.layers.%zu.self_attn.o_proj.weight", i);
    add(w, s->n_hidden, s->n_width, "model.layers.%zu.mlp.gate_proj.weight", i);
    add(w, s->n_hidden, s->n_width, "model.layers.%zu.mlp.up_proj.weight", i);
    add(w, s->n_width, s->n_hidden, "model.layers.%zu.mlp.down_proj.weight", i);
}

static FILE *open_in(const char *folder, const char *name)
{
    char path[4300];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file)
        return file;
    perror(path);
    exit(1);
}

static void write_config(const char *folder, const struct shape *s, enum sb_dtype dtype)
{
    FILE *file = open_in(folder, "config.json");
    fprintf(file,
            "{\"model_type\": \"llama\", \"vocab_size\": %zu, \"hidden_size\": %zu, "
            "\"intermediate_size\": %zu, \"num_hidden_layers\": %zu, \"num_attention_heads\": %zu, "
            "\"num_key_value_heads\": %zu, \"max_position_embeddings\": 2048, "
            "\"rms_norm_eps\": 1e-5, \"hidden_act\": \"silu\", \"tie_word_embeddings\": false, "
            "\"torch_dtype\": \"%s\"}\n",
            s->n_vocabulary, s->n_width, s->n_hidden, s->n_layers, s->n_heads, s->n_kv_heads,
            dtype == SB_F32 ? "float32" : "bfloat16");
    fclose(file);
}

static void write_checkpoint(const char *folder, const struct shape *s, enum sb_dtype dtype)
{
    struct writer w = { .folder = folder, .dtype = dtype };
    mkdir(folder, 0777);
    write_config(folder, s, dtype);
    w.index = open_in(folder, "model.safetensors.index.json");
    fprintf(w.index, "{\"weight_map\": {");
    sb_random_init(&w.random, 1, 0);
    add(&w, s->n_vocabulary, s->n_width, "model.embed_tokens.weight", 0);
    for (size_t i = 0; i < s->n_layers; i++) {
        add_layer(&w, s, i);
        if (i % 4 == 3)
            write_shard(&w);
    }
    add(&w, s->n_width, 0, "model.norm.weight", 0);
    add(&w, s->n_vocabulary, s->n_width, "lm_head.weight", 0);
    write_shard(&w);
    fprintf(w.index, "}}\n");
    fclose(w.index);
}

/* ---- speed ------------------------------------------------------------------------------------- */

struct subject {
    struct sb_checkpoint *checkpoint;
    struct sb_transformer *transformer;
};

/* Scores N_TOKENS random tokens, in documents of n_context behind a first one; with a second model, compares
 * the two on them. Tokens per second. */
static double score(const struct subject *s, const struct subject *other, size_t n_context)
{
    size_t n = N_TOKENS / n_context, n_ids = N_TOKENS + n;
    struct sb_scorer_options options = { n_context, n_context - 1, N_TOKENS, N_THREADS };
    struct sb_sequence *sequences = calloc(n, sizeof *sequences);
    uint32_t *ids = malloc(n_ids * sizeof *ids);
    double *log_p = malloc(n_ids * sizeof *log_p);
    struct sb_head_comparison *found = malloc(n_ids * sizeof *found),
                              **places = malloc(n * sizeof *places);
    struct sb_random random;
    sb_random_init(&random, 2, 0);
    if (!sequences || !ids || !log_p || !found || !places)
        check(SB_MEMORY, NULL);
    for (size_t i = 0; i < n_ids; i++)
        ids[i] = (uint32_t)sb_random_below(&random, s->checkpoint->config.n_vocabulary);
    for (size_t i = 0; i < n; i++) {
        size_t first = i * (n_context + 1);
        sequences[i] =
            (struct sb_sequence){ .ids = ids + first, .n = n_context + 1, .log_p = log_p + first };
        places[i] = found + first;
    }
    double start = now_s();
    if (other) {
        const struct sb_transformer *const pair[2] = { s->transformer, other->transformer };
        check(sb_compare_sequences(pair, sequences, n, &options, places), NULL);
    } else {
        check(sb_score_sequences(s->transformer, sequences, n, &options), NULL);
    }
    double seconds = now_s() - start;
    free(sequences);
    free(ids);
    free(log_p);
    free(found);
    free(places);
    return N_TOKENS / seconds;
}

/* The number in what a command prints that follows a mark, or precedes another one in its line; 0: none. */
static double number_in(const char *command, const char *mark, const char *unit)
{
    char line[4096];
    double number = 0;
    FILE *pipe = popen(command, "r");
    while (pipe && fgets(line, sizeof line, pipe)) {
        char *at = strstr(line, mark), *end = at && unit ? strstr(at, unit) : NULL;
        if (at && !unit)
            number = strtod(at + strlen(mark), NULL);
        while (end && end > at && end[-1] != ',')
            end--;
        if (end)
            number = strtod(end, NULL);
    }
    if (pipe)
        pclose(pipe);
    return number;
}

/* Tokens per second of llama.cpp in fp32 on two threads, at 512 (every token through the head, half of
 * them scored) and at 2,048 tokens; false where it cannot be run. */
static bool run_llama(double speeds[2])
{
    const char *model = getenv("LLAMA_GGUF");
    char command[4096];
    if (system("command -v llama-bench llama-perplexity >/dev/null 2>&1"))
        return false;
    if (!model) {
        printf("  llama.cpp is there: LLAMA_GGUF=FILE, a model of this shape, would run it\n");
        return false;
    }
    snprintf(command, sizeof command,
             "llama-perplexity -m '%s' -f docs/theory.md -c 512 -b 512 -t %d 2>&1", model,
             N_THREADS);
    speeds[0] = number_in(command, "prompt eval time", " tokens per second");
    snprintf(command, sizeof command, "llama-bench -m '%s' -p 2048 -n 0 -t %d -r %d -o json 2>&1",
             model, N_THREADS, RUNS);
    speeds[1] = number_in(command, "\"avg_ts\":", NULL);
    return speeds[0] > 0 && speeds[1] > 0;
}

/* Ours over llama.cpp's, in one run, or as shares of sgemm. Its own were measured in February 2025 on
 * two cores of a Xeon with AVX-512 whose best sgemm makes 300 GF/s: 687 and 522 tokens/s. */
static void compare_with_llama(const double ours[2], double gemm)
{
    double theirs[2];
    bool is_here = run_llama(theirs);
    if (!is_here && gemm == 0)
        return;
    double ratio[2] = { ours[0] / theirs[0], ours[1] / theirs[1] };
    if (is_here) {
        printf("  llama.cpp: %.0f tokens/s at 512, %.0f at 2,048\n", theirs[0], theirs[1]);
    } else {
        printf("  llama.cpp is not run: shares of sgemm, its own from another machine\n");
        ratio[0] = ours[0] / gemm / (687.0 / 300);
        ratio[1] = ours[1] / gemm / (522.0 / 300);
    }
    report("over llama-perplexity -c 512 -b 512", ratio[0], "", 1.4, false);
    report("over llama-bench -p 2048", ratio[1], "", 1.7, false);
}

static struct subject open_subject(const char *folder)
{
    struct subject s;
    struct sb_error error = { "" };
    check(sb_checkpoint_open(folder, NULL, &s.checkpoint, &error), &error);
    check(sb_transformer_create(s.checkpoint, sb_kernels_best(), 2048, &s.transformer, &error),
          &error);
    return s;
}

static void close_subject(struct subject *s)
{
    sb_transformer_free(s->transformer);
    sb_checkpoint_close(s->checkpoint);
}

static void bench_speed(const char *folder)
{
    static const int sizes[][3] = { { 2048, 2048, 2048 },
                                    { 2048, 2048, 768 },
                                    { 2048, 768, 2048 } };
    static const enum sb_dtype dtypes[] = { SB_F32, SB_BF16 };
    struct subject subjects[2];
    char path[4200];
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/%zu", folder, i);
        write_checkpoint(path, &small, dtypes[i]);
        subjects[i] = open_subject(path);
    }
    struct yardstick yardstick = load_yardstick();
    double f32[RUNS], bf16[RUNS], longer[RUNS], gemm[RUNS], shares[2][RUNS], ratios[2][RUNS];
    double work = 2e-9 * n_multiplied(&small); /* GF a token, attention not counted */
    for (size_t i = 0; i < RUNS; i++) {
        gemm[i] = best_sgemm(&yardstick, N_THREADS, sizes, 3);
        f32[i] = score(&subjects[0], NULL, 512);
        bf16[i] = score(&subjects[1], NULL, 512);
        longer[i] = score(&subjects[0], NULL, 2048);
        shares[0][i] = f32[i] * work / gemm[i];
        shares[1][i] = longer[i] * work / gemm[i];
        ratios[0][i] = bf16[i] / f32[i];
        ratios[1][i] = (1 / f32[i] + 1 / bf16[i]) * score(&subjects[0], &subjects[1], 512);
    }
    const double ours[2] = { median(f32, RUNS), median(longer, RUNS) };
    printf(
        "scoring, 134 M parameters, %d threads, %s kernels, %.0f MF a token; best sgemm %.0f GF/s\n"
        "  every token of 512: %.0f tokens/s in fp32, %.0f in bf16; of 2,048: %.0f in fp32\n",
        N_THREADS, sb_kernels_best()->name, 1e3 * work, median(gemm, RUNS), ours[0],
        median(bf16, RUNS), ours[1]);
    if (yardstick.sgemm) {
        report("share of sgemm at 512", median(shares[0], RUNS), "", 0.8, false);
        printf("  share of sgemm at 2,048: %.2f\n", median(shares[1], RUNS));
    }
    report("bf16 over fp32", median(ratios[0], RUNS), "", 1, false);
    printf("  two models compared: %.2f of the speed of scoring with each (by operations 0.82)\n",
           median(ratios[1], RUNS));
    compare_with_llama(ours, median(gemm, RUNS));
    for (size_t i = 0; i < 2; i++)
        close_subject(&subjects[i]);
}

/* ---- memory ------------------------------------------------------------------------------------ */

static void bench_memory(const char *folder, const char *binary)
{
    enum { N_DOCUMENTS = 4, N_IDS = 513 };
    char path[4200], command[14000];
    struct sb_random random;
    sb_random_init(&random, 3, 0);
    snprintf(path, sizeof path, "%s/large", folder);
    write_checkpoint(path, &large, SB_BF16);
    FILE *file = open_in(folder, "ids.jsonl");
    for (size_t i = 0; i < N_DOCUMENTS * N_IDS; i++)
        fprintf(file, "%s%u%s", i % N_IDS ? "," : "{\"ids\":[",
                (unsigned)sb_random_below(&random, large.n_vocabulary),
                i % N_IDS == N_IDS - 1 ? "]}\n" : "");
    fclose(file);
    snprintf(command, sizeof command,
             "%s rate --quiet --threads %d --model %s --data %s/ids.jsonl --tsv >/dev/null", binary,
             N_THREADS, path, folder);
    struct usage usage = run(command);
    printf("rate, 1.1 billion parameters in bf16, %d documents of %d tokens: %.0f s\n", N_DOCUMENTS,
           N_IDS - 1, usage.seconds);
    report("peak memory", usage.peak_MB / 1024, "GiB", 6, true);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: bench_transformer BINARY\n");
        return 2;
    }
    char folder[4096];
    make_temporary(folder, sizeof folder);
    bench_speed(folder);
    bench_memory(folder, argv[1]);
    remove_temporary(folder);
    return 0;
}

/* make bench: how fast, and how much memory, as ratios within one run.
 *
 *   bench BINARY [PART]...
 *
 * Of the parts named, or of all: see the end of this file.
 *
 * Whole commands are run in turn, A B A B ..., five times each; what is printed is the median of each
 * and the median of the ratios pair by pair, so that a machine whose speed drifts does not decide.
 * Timings never decide whether a test passes: of each bar it is said whether it was met.
 */
#include "tests/bench.h"

#include <gsl/gsl_cdf.h>
#include <stdint.h>
#include "data/corpus.h"
#include "data/table.h"
#include "data/language_options.h"
#include "estimators/curve.h"
#include "estimators/uncertainty.h"
#include "estimators/predictor.h"
#include "theory/arith_coder.h"
#include "theory/autocovariance.h"
#include "theory/certify.h"
#include "theory/disjoint.h"
#include "theory/fft.h"
#include "theory/huffman.h"
#include "theory/pareto.h"
#include "theory/random.h"
#include "theory/sum_distribution.h"
#include "theory/token_tree.h"

/* Median ratio of the times of a and b, run in turn; their medians in *seconds_a and *seconds_b. */
static double ratio(const char *a, const char *b, double *seconds_a, double *seconds_b)
{
    double times_a[RUNS], times_b[RUNS], ratios[RUNS];
    run(a); /* warm the caches */
    for (int i = 0; i < RUNS; i++) {
        times_a[i] = run(a).seconds;
        times_b[i] = run(b).seconds;
        ratios[i] = times_a[i] / times_b[i];
    }
    *seconds_a = median(times_a, RUNS);
    *seconds_b = median(times_b, RUNS);
    return median(ratios, RUNS);
}

/* ---- made-up text ----------------------------------------------------------------------------- */

/* Lines of words with a skewed distribution, n bytes in all; as JSON lines if asked. It compresses
 * about as English does. */
static void write_text(const char *path, size_t n, bool jsonl)
{
    FILE *file = fopen(path, "w");
    struct sb_random random;
    sb_random_init(&random, 1, jsonl);
    char line[4096];
    for (size_t written = 0; file && written < n;) {
        size_t size = 0, n_words = 4 + sb_random_below(&random, 24);
        for (size_t i = 0; i < n_words; i++) {
            double u = sb_random_unit(&random);
            uint64_t word = (uint64_t)(20000 * u * u * u); /* many rare, few common */
            struct sb_random letters;
            sb_random_init(&letters, 2, word);
            uint64_t n_letters = 1 + sb_random_below(&letters, 5) + sb_random_below(&letters, 6);
            for (uint64_t j = 0; j < n_letters; j++)
                line[size++] = (char)('a' + sb_random_below(&letters, 26));
            line[size++] = i + 1 < n_words ? ' ' : '.';
        }
        line[size] = 0;
        written += (size_t)fprintf(file, jsonl ? "{\"id\": %zu, \"text\": \"%s\"}\n" : "%.0zu%s\n",
                                   jsonl ? written : (size_t)0, line);
    }
    if (!file || fclose(file))
        fprintf(stderr, "bench: %s could not be written\n", path);
}

/* ---- what is measured ---------------------------------------------------------------------------- */

struct place {
    const char *self, *binary, *folder;
};

static void bench_reading(const struct place *p)
{
    char path[600], zst[620], line_a[1600], line_b[1600];
    double a, b;
    snprintf(path, sizeof path, "%s/lines.txt", p->folder);
    snprintf(zst, sizeof zst, "%s.zst", path);
    write_text(path, 1000u * 1000 * 1000, false);
    snprintf(line_a, sizeof line_a, "zstd -q -f -3 -T0 %s -o %s", path, zst);
    run(line_a);
    remove(path);
    snprintf(line_a, sizeof line_a, "%s data stats --split line %s >/dev/null", p->binary, zst);
    snprintf(line_b, sizeof line_b, "zstd -dc %s | wc -c >/dev/null", zst);
    double r = ratio(line_a, line_b, &a, &b);
    printf("documents, one per line, from 1 GB of .txt.zst: %.2f s; zstd -dc | wc -c: %.2f s\n", a,
           b);
    report("time over zstd -dc | wc -c", r, "", 1.5, true);
    report("peak memory", run(line_a).peak_MB, "MB", 200, true);
    remove(zst);
    snprintf(path, sizeof path, "%s/lines.jsonl", p->folder);
    write_text(path, 400u * 1000 * 1000, true);
    snprintf(line_a, sizeof line_a, "%s data stats %s >/dev/null", p->binary, path);
    ratio(line_a, "true", &a, &b);
    printf("documents from 400 MB of JSONL, about 100 bytes each: %.2f s\n", a);
    report("speed", 400 / a, "MB/s", 80, false);
    report("peak memory", run(line_a).peak_MB, "MB", 200, true);
    remove(path);
}

/* The command "bench --tree FILE": reads the file and builds its block tree at d = 64. */
static int build_tree(const char *path)
{
    struct sb_corpus_options options = sb_corpus_options_default();
    options.max_document_bytes = (size_t)1 << 30;
    struct sb_corpus *corpus;
    struct sb_document document;
    struct sb_token_tree *tree;
    struct sb_error error = { "out of memory" };
    if (sb_corpus_open(path, &options, &corpus, &error) ||
        sb_token_tree_create(SB_READING_BLOCKS, 64, &tree) ||
        sb_corpus_next(corpus, &document, &error) ||
        sb_token_tree_add(tree, document.bytes, document.n_bytes) || sb_token_tree_finish(tree)) {
        fprintf(stderr, "bench: %s\n", error.message);
        return 1;
    }
    printf("%zu leaves\n", sb_token_tree_n_leaves(tree, 64));
    sb_token_tree_free(tree);
    sb_corpus_close(corpus);
    return 0;
}

static void bench_tree(const struct place *p)
{
    char path[600], line_a[1600], line_b[1600];
    double a, b;
    snprintf(path, sizeof path, "%s/tree.txt", p->folder);
    write_text(path, 200u * 1000 * 1000, false);
    snprintf(line_a, sizeof line_a, "%s --tree %s >/dev/null", p->self, path);
    snprintf(line_b, sizeof line_b, "zstd -q -3 -T1 -c %s >/dev/null", path);
    double r = ratio(line_a, line_b, &a, &b);
    printf("block tree at d = 64 over 200 MB of text: %.2f s; zstd -3 -T1: %.2f s\n", a, b);
    report("time over zstd -3 -T1", r, "", 1, true);
    struct usage tree = run(line_a), zstd = run(line_b);
    printf("  processor time: %.2f s; zstd: %.2f s\n", tree.processor_seconds,
           zstd.processor_seconds);
    report("peak memory", tree.peak_MB, "MB", 8192, true);
    remove(path);
}

static void bench_tree_code(const struct place *p)
{
    char path[600], line_a[1600], line_b[1600];
    double a, b;
    snprintf(path, sizeof path, "%s/code.txt", p->folder);
    write_text(path, 20u * 1000 * 1000, false);
    snprintf(line_a, sizeof line_a, "%s code compress --model tree:d=16 %s | tail -c 1 >/dev/null",
             p->binary, path);
    snprintf(line_b, sizeof line_b,
             "%s code compress --model tree:d=16 %s | %s code decompress "
             "--model tree:d=16 | tail -c 1 >/dev/null",
             p->binary, path, p->binary);
    double r = ratio(line_b, line_a, &b, &a);
    printf("tree:d=16 codes 20 MB of text: %.1f MB/s; and back: %.1f MB/s\n", 20 / a, 20 / (b - a));
    report("time of both ways over one", r, "", 2.2, true);
    remove(path);
}

/* Decisions per second of the coder alone, and what the table of a large vocabulary costs. */
static void bench_coder(const struct place *p)
{
    (void)p;
    enum { N = 1 << 18, N_BITS = 1 << 24 };
    float *weights = malloc(N * sizeof *weights);
    uint64_t *table = malloc((N + 1) * sizeof *table);
    double bits_s[RUNS], table_s[RUNS], exp_s[RUNS], ratios[RUNS];
    struct sb_random random;
    sb_random_init(&random, 1, 0);
    for (int i = 0; weights && table && i < RUNS; i++) {
        struct sb_arith_encoder *encoder;
        if (sb_arith_encoder_create(&encoder))
            break;
        double start = now_s();
        for (int j = 0; j < N_BITS; j++)
            sb_arith_encode_bit(encoder, 1 + (j & 3), 3, j % 5 < 2);
        bits_s[i] = now_s() - start;
        sb_arith_encoder_free(encoder);
        start = now_s();
        for (size_t j = 0; j < N; j++)
            weights[j] = expf((float)(sb_random_unit(&random) * -20));
        exp_s[i] = now_s() - start;
        start = now_s();
        sb_arith_quantise_floats(weights, N, table);
        table_s[i] = now_s() - start;
        ratios[i] = table_s[i] / exp_s[i];
    }
    printf("arithmetic coder: %.0f million bits/s; table of 2^18 symbols: %.2f ms; as many expf: "
           "%.2f ms\n",
           N_BITS / 1e6 / median(bits_s, RUNS), 1e3 * median(table_s, RUNS),
           1e3 * median(exp_s, RUNS));
    report("time of the table over drawing its weights", median(ratios, RUNS), "", 1, true);
    free(weights);
    free(table);
}

static void bench_huffman(const struct place *p)
{
    (void)p;
    enum { N = 1 << 20 };
    double *weights = malloc(N * sizeof *weights), *copy = malloc(N * sizeof *copy);
    uint16_t *lengths = malloc(N * sizeof *lengths);
    double coding[RUNS], sorting[RUNS], ratios[RUNS];
    struct sb_random random;
    sb_random_init(&random, 1, 0);
    for (size_t i = 0; weights && i < N; i++)
        weights[i] = 1 / (1e-6 + sb_random_unit(&random)); /* heavy-tailed, as leaves are */
    for (int i = 0; weights && copy && lengths && i < RUNS; i++) {
        double start = now_s();
        sb_huffman_lengths(weights, N, lengths);
        coding[i] = now_s() - start;
        sorting[i] = 0;
        for (int twice = 0; twice < 2; twice++) {
            memcpy(copy, weights, N * sizeof *copy);
            start = now_s();
            sb_sort(copy, N);
            sorting[i] += now_s() - start;
        }
        ratios[i] = coding[i] / sorting[i];
    }
    printf("Huffman over 2^20 leaves: %.3f s; sorting them twice (qsort): %.3f s\n",
           median(coding, RUNS), median(sorting, RUNS));
    report("time over sorting twice", median(ratios, RUNS), "", 1, true);
    free(weights);
    free(copy);
    free(lengths);
}

static void bench_closed_form(const struct place *p)
{
    (void)p;
    enum { N = 1000000 };
    double evaluating[RUNS], logs[RUNS], ratios[RUNS];
    volatile double sink = 0;
    for (int i = 0; i < RUNS; i++) {
        double start = now_s(), total = 0;
        for (int j = 0; j < N; j++) {
            const double third = 1.0 / 3;
            total +=
                sb_disjoint_at(&(struct sb_disjoint){ 20, 0.45 * j / N, third, third, third, 0 }).R;
        }
        evaluating[i] = now_s() - start;
        start = now_s();
        for (int j = 0; j < N; j++)
            total += log(1.0 + j);
        logs[i] = now_s() - start;
        sink = sink + total;
        ratios[i] = evaluating[i] / logs[i];
    }
    printf("a million evaluations of R3: %.4f s; a million logarithms: %.4f s\n",
           median(evaluating, RUNS), median(logs, RUNS));
    report("time over logarithms", median(ratios, RUNS), "", 10, true);
}

static void bench_certificate(const struct place *p)
{
    (void)p;
    if (!sb_certify_available()) {
        printf("certificates are off: built without FLINT\n");
        return;
    }
    double making[RUNS], checking[RUNS];
    struct sb_finding finding = { .n_cases = 0 };
    struct sb_error error = { "" };
    for (int i = 0; i < RUNS; i++) {
        char *text = NULL;
        size_t size;
        double start = now_s();
        if (sb_certify("R3", &(struct sb_certify_input){ 0 }, &text, &size, &finding, &error))
            fprintf(stderr, "bench: %s\n", error.message);
        making[i] = now_s() - start;
        start = now_s();
        if (text && sb_recheck("R3", text, size, &finding, &error))
            fprintf(stderr, "bench: %s\n", error.message);
        checking[i] = now_s() - start;
        free(text);
    }
    printf("R3 certified over k in [1, 1e12], theta <= 0.9, pi_t in [0.01, 0.99]: %zu boxes\n",
           finding.n_cases);
    report("making", median(making, RUNS), "s", 5, true);
    report("rechecking, exactly", median(checking, RUNS), "s", 5, true);
}

/* An integral of R12 to 1e-10: the most evaluations of E_nu that any exponent takes. */
static void bench_overlap(const struct place *p)
{
    (void)p;
    const double w[] = { 1.0 / 3, 1.0 / 3, 1.0 / 3 };
    int most = 0, n;
    double a_t, error, worst = 0;
    for (double alpha = 1.02; alpha <= 50; alpha *= 1.05) {
        if (sb_pareto_overlap_a_t(alpha, w, &a_t, &error, &n))
            error = NAN;
        worst = !(error / a_t <= worst) ? error / a_t : worst;
        most = n > most ? n : most;
    }
    printf("an integral of R12, 1.02 <= alpha <= 50, relative error estimate at most %.1g\n",
           worst);
    report("evaluations of E_nu", most, "", 2000, true);
}

/* The distribution of a total of 10^6 documents on 2^20 bins, in transforms of that size. */
static void bench_distribution(const struct place *place)
{
    (void)place;
    enum { LOG2_POINTS = 20, LEAVES = 1000 };
    double values[LEAVES], p[LEAVES], transforms[RUNS], totals[RUNS], sum_p = 0;
    for (int x = 0; x < LEAVES; x++)
        sum_p += p[x] = 1.0 / (x + 1);
    for (int x = 0; x < LEAVES; x++) {
        p[x] /= sum_p;
        values[x] = -log2(p[x]);
    }
    const struct sb_terms terms = { values, p, LEAVES, 1000000 };
    struct sb_fft *fft;
    if (sb_fft_create(LOG2_POINTS, &fft)) {
        fprintf(stderr, "bench: no transform\n");
        return;
    }
    for (int i = 0; i < RUNS; i++) {
        struct sb_sum_distribution *sum;
        struct sb_tail tail;
        double *data = sb_fft_data(fft), start = now_s();
        if (sb_sum_distribution_create(&terms, LOG2_POINTS, &sum) ||
            sb_sum_distribution_tail(sum, 0, true, &tail))
            fprintf(stderr, "bench: no distribution\n");
        double mean = sum ? sb_sum_distribution_mean(sum) : NAN;
        if (sum && sb_sum_distribution_tail(sum, mean, true, &tail))
            fprintf(stderr, "bench: no tail\n");
        sb_sum_distribution_free(sum);
        totals[i] = now_s() - start;
        for (size_t x = 0; x < sb_fft_size(fft); x++)
            data[x] = (double)(x % 7);
        start = now_s();
        sb_fft_forward(fft);
        transforms[i] = now_s() - start;
    }
    sb_fft_free(fft);
    printf("the distribution of the code length of 10^6 documents on 2^20 bins: %.3f s\n",
           median(totals, RUNS));
    report("in transforms of that size", median(totals, RUNS) / median(transforms, RUNS), "", 10,
           true);
}

/* 10,000 replicates of 100,000 documents, a numerator and a denominator each, on two threads. */
static void bench_bootstrap(const struct place *p)
{
    (void)p;
    enum { N = 100000, REPLICATES = 10000 };
    double *columns = malloc(2 * N * sizeof *columns);
    double *sums = malloc(2 * REPLICATES * sizeof *sums);
    struct sb_random random;
    sb_random_init(&random, 1, 0);
    for (size_t i = 0; columns && i < 2 * N; i++)
        columns[i] = sb_random_unit(&random);
    double start = now_s();
    if (!columns || !sums ||
        sb_bootstrap_sums((const double *const[]){ columns, columns + N }, 2, N, REPLICATES, 1, 0,
                          2, sums, NULL))
        fprintf(stderr, "bench: the bootstrap failed\n");
    printf("10000 bootstrap replicates over 100000 documents\n");
    report("two threads", now_s() - start, "s", 10, true);
    free(columns);
    free(sums);
}

static double cell(const struct sb_table *table, size_t row, const char *name)
{
    size_t column;
    return sb_table_find_column(table, name, &column) ? sb_table_real_at(table, row, column) : NAN;
}

static const char *word(const struct sb_table *table, size_t row, const char *name)
{
    size_t column;
    return sb_table_find_column(table, name, &column) ? sb_table_text_at(table, row, column) : "";
}

/* Coverage of 95 % intervals where the truth is known: the table of docs/estimators.md. The bar is on
 * the default, t, from 60 documents on, where lengths have a variance. */
static void bench_coverage(const struct place *p)
{
    char path[600], line[1600];
    struct sb_table *table;
    struct sb_error error;
    double least = 1, most = 0;
    snprintf(path, sizeof path, "%s/coverage.tsv", p->folder);
    snprintf(line, sizeof line, "%s coverage --output %s --quiet", p->binary, path);
    double seconds = run(line).seconds;
    if (sb_table_read(path, &table, &error)) {
        fprintf(stderr, "bench: %s\n", error.message);
        return;
    }
    printf("coverage of 95 %% intervals, 2000 samples of each size (%.0f s)\n  | law | n |",
           seconds);
    for (int kind = 0; kind < SB_N_INTERVALS; kind++)
        printf(" %s |", sb_interval_names[kind]);
    printf(" t above, below | heavy |");
    for (size_t row = 0; row < sb_table_n_rows(table); row++) {
        double covered = cell(table, row, "coverage"), n = cell(table, row, "n_documents");
        if (row % SB_N_INTERVALS == 0)
            printf("\n  | %s | %g |", word(table, row, "law"), n);
        printf(" %.1f |", 100 * covered);
        if (row % SB_N_INTERVALS == SB_N_INTERVALS - 1)
            printf(" %.1f, %.1f | %.0f |",
                   100 * cell(table, row + 1 - SB_N_INTERVALS, "share_above"),
                   100 * cell(table, row + 1 - SB_N_INTERVALS, "share_below"),
                   100 * cell(table, row, "share_heavy_tailed"));
        if (strcmp(word(table, row, "interval"), "t") == 0 && n >= 60 &&
            strcmp(word(table, row, "lengths_have_variance"), "yes") == 0) {
            least = fmin(least, covered);
            most = fmax(most, covered);
        }
    }
    printf("\n");
    report("least coverage of t, n >= 60, lengths with a variance", 100 * least, "%", 93, false);
    report("greatest", 100 * most, "%", 97, true);
    sb_table_free(table);
}

/* Simultaneous 95 % bands of curves counted from documents of the language, for each of 200 seeds: how
 * many hold the whole true curve, as counted and with the jackknife. The last table of
 * docs/estimators.md. */
enum { BAND_POINTS = 6, BAND_SEEDS = 200 };

static bool band_holds(const struct sb_curve_point *truth, const struct sb_curve_point *points,
                       const double critical[SB_N_CURVE_VALUES], bool corrected,
                       enum sb_curve_value value)
{
    for (size_t i = 0; i < BAND_POINTS; i++) {
        const double *values = corrected ? points[i].corrected : points[i].value;
        if (!(fabs(values[value] - truth[i].value[value]) <=
              sb_curve_band(&points[i], critical, corrected, value)))
            return false;
    }
    return true;
}

static void bench_bands_of(const char *parameters, size_t n_documents)
{
    static const struct {
        enum sb_curve_value value;
        const char *name;
    } curves[] = { { SB_GAMMA_P_NATS, "gamma_p" },
                   { SB_GAMMA_A_NATS, "gamma_a" },
                   { SB_SLOPE_P_NATS, "gamma_p'" },
                   { SB_SLOPE_A_NATS, "gamma_a'" },
                   { SB_RATIO, "R" },
                   { SB_KAPPA_K, "kappa_k" } };
    enum { N_CURVES = sizeof curves / sizeof *curves };
    struct sb_language_options options = sb_language_options_default();
    struct sb_language *language = NULL;
    struct sb_curve_source source;
    struct sb_curve_point truth[BAND_POINTS], points[BAND_POINTS];
    double volumes[BAND_POINTS][SB_N_ROLES], critical[SB_N_CURVE_VALUES];
    size_t held[2][N_CURVES] = { { 0 } };
    for (size_t i = 0; i < BAND_POINTS; i++)
        memcpy(volumes[i], (double[]){ 20, 1, 0.02 + 0.086 * (double)i }, sizeof volumes[i]);
    if (sb_language_options_parse(parameters, &options, NULL) ||
        sb_language_create(&options, &language) ||
        sb_curve_exact(language, SB_LEVEL_DOCUMENT, &source))
        return;
    for (size_t i = 0; i < BAND_POINTS; i++)
        sb_curve_at(&source, volumes[i], SB_ROLE_T, &truth[i]);
    sb_curve_source_clear(&source);
    for (uint64_t seed = 1; seed <= BAND_SEEDS; seed++) {
        const struct sb_sup_t_options sup_t = { 0.95, NAN, 2000, seed, 2 };
        if (sb_curve_generated(language, SB_LEVEL_DOCUMENT, n_documents, seed, &source) ||
            sb_curve_bands(&source, volumes[0], BAND_POINTS, SB_ROLE_T, &sup_t, critical, NULL))
            break;
        for (size_t i = 0; i < BAND_POINTS; i++)
            sb_curve_at(&source, volumes[i], SB_ROLE_T, &points[i]);
        sb_curve_source_clear(&source);
        for (size_t c = 0; c < N_CURVES; c++)
            for (int corrected = 0; corrected < 2; corrected++)
                held[corrected][c] +=
                    band_holds(truth, points, critical, corrected, curves[c].value);
    }
    for (int corrected = 0; corrected < 2; corrected++) {
        printf("  | %s | %zu | %s |", parameters, n_documents, corrected ? "jackknife" : "counts");
        for (size_t c = 0; c < N_CURVES; c++)
            printf(" %s %.1f |", curves[c].name, 100.0 * (double)held[corrected][c] / BAND_SEEDS);
        printf("\n");
    }
    sb_language_free(language);
}

static void bench_bands(const struct place *place)
{
    (void)place;
    printf("simultaneous 95 %% bands over %d points that hold the whole true curve, %%\n",
           BAND_POINTS);
    bench_bands_of("overlap=0.3", 3000);
    bench_bands_of("overlap=0.6", 3000);
    bench_bands_of("overlap=0.6", 10000);
    bench_bands_of("overlap=0.9", 3000);
}

/* ---- classical predictors ------------------------------------------------------------------- */

/* What a shell command prints: a number, or NaN. */
static double number_from(const char *command)
{
    double x = NAN;
    FILE *pipe_in = popen(command, "r");
    if (!pipe_in || fscanf(pipe_in, "%lf", &x) != 1)
        x = NAN;
    if (pipe_in)
        pclose(pipe_in);
    return x;
}

/* Compressed size of a file by every peer that is installed. */
static void bench_peers(const char *path, size_t n_bytes)
{
    static const char *const peers[][2] = {
        { "xz -9e", "command -v xz >/dev/null && xz -9e -c %s | wc -c" },
        { "bzip2 -9", "command -v bzip2 >/dev/null && bzip2 -9 -c %s | wc -c" },
        { "zstd -19", "command -v zstd >/dev/null && zstd -q -19 -c %s | wc -c" },
        { "brotli -q 11", "command -v brotli >/dev/null && brotli -q 11 --lgwin=24 -c %s | wc -c" },
        { "7z PPMd o=16 mem=1g", "command -v 7z >/dev/null && 7z a -m0=PPMd:o=16:mem=1g -bd %s.7z "
                                 "%s >/dev/null && wc -c <%s.7z; rm -f %s.7z" },
        { "zpaq -m5", "command -v zpaq >/dev/null && zpaq a %s.zpaq %s -m5 -t1 >/dev/null 2>&1 && "
                      "wc -c <%s.zpaq; rm -f %s.zpaq" },
    };
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        char command[4096];
        snprintf(command, sizeof command, peers[i][1], path, path, path, path);
        char size_path[700], sized[4900];
        snprintf(size_path, sizeof size_path, "%s.size", path);
        snprintf(sized, sizeof sized, "{ %s; } >%s", command, size_path);
        double seconds = run(sized).processor_seconds;
        snprintf(sized, sizeof sized, "cat %s; rm -f %s", size_path, size_path);
        double size = number_from(sized);
        if (size > 0)
            printf("  %-58s %8.4f bits per byte, %.3g MB/s\n", peers[i][0],
                   8 * size / (double)n_bytes, 1e-6 * (double)n_bytes / seconds);
    }
}

static struct sb_predictor *predictor_of(const char *name)
{
    struct sb_model model;
    struct sb_predictor *predictor = NULL;
    struct sb_error error = { "" };
    if (sb_model_parse(name, &model, &error))
        return NULL;
    if (sb_predictor_create(&model, &predictor, &error) ||
        predictor->class->finish(predictor, &error))
        fprintf(stderr, "bench: %s\n", error.message);
    sb_model_clear(&model);
    return predictor;
}

static double processor_s(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

/* Codes the bytes for real, decodes them, compares. Speeds are by processor time. */
static bool code(const char *name, const uint8_t *bytes, size_t n, double *bits_per_byte,
                 double *MB_per_s, double *MB_per_s_back)
{
    struct sb_predictor *there = predictor_of(name), *back = predictor_of(name);
    struct sb_arith_encoder *encoder = NULL;
    struct sb_arith_decoder *decoder = NULL;
    struct sb_score score;
    const uint8_t *written = NULL;
    uint8_t *again = malloc(n);
    size_t n_written = 0;
    double start = processor_s();
    bool ok = there && back && again && !sb_arith_encoder_create(&encoder) &&
              !there->class->encode(there, bytes, n, encoder, &score, NULL) &&
              !sb_arith_encoder_finish(encoder, &written, &n_written);
    double middle = processor_s();
    sb_predictor_free(there);
    ok = ok && !sb_arith_decoder_create(written, n_written, &decoder) &&
         !back->class->decode(back, decoder, again, n, NULL) && memcmp(bytes, again, n) == 0;
    *bits_per_byte = 8 * (double)n_written / (double)n;
    *MB_per_s = 1e-6 * (double)n / (middle - start);
    *MB_per_s_back = 1e-6 * (double)n / (processor_s() - middle);
    sb_predictor_free(back);
    sb_arith_encoder_free(encoder);
    sb_arith_decoder_free(decoder);
    free(again);
    return ok;
}

/* The first 10,000,000 bytes of a dictionary. Nothing was tuned on the second. */
static void bench_coding(const struct place *p)
{
    static const struct {
        const char *package, *file;
        double bar_bits_per_byte;
    } texts[] = { { "dict-gcide", "gcide.dict.dz", 1.8 }, { "dict-wn", "wn.dict.dz", NAN } };
    enum { N = 10000000 };
    char path[600], command[1400];
    uint8_t *bytes = malloc(N);
    snprintf(path, sizeof path, "%s/text", p->folder);
    for (size_t i = 0; bytes && i < 2; i++) {
        snprintf(command, sizeof command,
                 "gzip -dc /usr/share/dictd/%s 2>/dev/null | head -c %d >%s", texts[i].file, N,
                 path);
        (void)!system(command);
        FILE *file = fopen(path, "rb");
        size_t n = file ? fread(bytes, 1, N, file) : 0;
        if (file)
            fclose(file);
        if (n < N) {
            printf("coding: %s is not installed\n", texts[i].package);
            continue;
        }
        static const char *const models[] = { "ctw:d=48", "ctw:d=48,estimator=kt" };
        printf("coding the first %d bytes of %s, adaptive, one thread; MB per s of processor "
               "time\n",
               N, texts[i].package);
        for (size_t k = 0; k < sizeof models / sizeof *models; k++) {
            double bits_per_byte, there, back;
            if (!code(models[k], bytes, n, &bits_per_byte, &there, &back))
                fprintf(stderr, "bench: %s: not decoded to what was coded\n", models[k]);
            printf("  %-58s %8.4f bits per byte, %.3g MB/s, back %.3g MB/s\n", models[k],
                   bits_per_byte, there, back);
            if (k == 0 && !isnan(texts[i].bar_bits_per_byte)) {
                report("bits per byte", bits_per_byte, "", texts[i].bar_bits_per_byte, true);
                report("speed of coding", there, "MB/s", 0.3, false);
                report("speed of decoding", back, "MB/s", 0.3, false);
            }
        }
        bench_peers(path, n);
    }
    free(bytes);
    remove(path);
}

/* The command "bench --ngram FILE": fits n-grams of order 5 on the bytes of a file. */
static int fit_ngrams(const char *path)
{
    struct sb_corpus_options options = sb_corpus_options_default();
    options.max_document_bytes = (size_t)1 << 30;
    struct sb_model model;
    struct sb_predictor *predictor = NULL;
    struct sb_error error = { "out of memory" };
    size_t n_bytes = 0;
    if (sb_model_parse("ngram:n=5", &model, &error) ||
        sb_predictor_create(&model, &predictor, &error) ||
        sb_predictor_train(predictor, path, &options, &n_bytes, &error) ||
        predictor->class->finish(predictor, &error)) {
        fprintf(stderr, "bench: %s\n", error.message);
        return 1;
    }
    sb_predictor_free(predictor);
    sb_model_clear(&model);
    return 0;
}

/* The text of the installed packages one after the other, made up to n bytes with words that are made
 * up: what it is made of is printed. */
static void write_real_text(const char *path, const char *scratch, size_t n)
{
    static const char *const parts[][2] = {
        { "dict-gcide", "gzip -dc /usr/share/dictd/gcide.dict.dz" },
        { "dict-wn", "gzip -dc /usr/share/dictd/wn.dict.dz" },
        { "mythes-en-us", "cat /usr/share/mythes/th_en_US_v2.dat" },
        { "dict-foldoc", "gzip -dc /usr/share/dictd/foldoc.dict.dz" },
        { "dict-jargon", "gzip -dc /usr/share/dictd/jargon.dict.dz" },
        { "dict-vera", "gzip -dc /usr/share/dictd/vera.dict.dz" },
    };
    char command[2400];
    double size = 0;
    printf("  text:");
    snprintf(command, sizeof command, ": >%s", path);
    (void)!system(command);
    for (size_t i = 0; i <= sizeof parts / sizeof *parts && size < (double)n; i++) {
        bool made_up = i == sizeof parts / sizeof *parts;
        if (made_up)
            write_text(scratch, n - (size_t)size, false);
        snprintf(command, sizeof command, "{ %s %s; } 2>/dev/null | head -c %zu >>%s; wc -c <%s",
                 made_up ? "cat" : parts[i][1], made_up ? scratch : "", n - (size_t)size, path,
                 path);
        double now = number_from(command);
        if (now > size)
            printf(" %.2f MB %s,", 1e-6 * (now - size), made_up ? "made up" : parts[i][0]);
        size = now;
    }
    printf(" %.0f bytes in all\n", size);
    remove(scratch);
}

/* Fitting n-grams against xz -6, once each: xz takes the better part of a minute. */
static void bench_ngram(const struct place *p)
{
    char path[600], scratch[600], command[1400];
    snprintf(path, sizeof path, "%s/text", p->folder);
    snprintf(scratch, sizeof scratch, "%s/more", p->folder);
    printf("n-grams of order 5 of 100 MB of text, one thread\n");
    write_real_text(path, scratch, 100u * 1000 * 1000);
    snprintf(command, sizeof command, "%s --ngram %s", p->self, path);
    struct usage fit = run(command);
    snprintf(command, sizeof command, "xz -6 -T1 -c %s >/dev/null", path);
    struct usage xz = run(command);
    printf("  fitted in %.2f s (%.2f s of processor time); xz -6 -T1: %.2f s (%.2f s)\n",
           fit.seconds, fit.processor_seconds, xz.seconds, xz.processor_seconds);
    report("time over xz -6", fit.seconds / xz.seconds, "", 1, true);
    report("peak memory", fit.peak_MB, "MB", 4096, true);
    remove(path);
}

/* A sequence of n: an AR(1), or white noise with a share of one. Returns its true long-run variance. */
static double draw_sequence(double *x, size_t n, double phi, double share, uint64_t stream)
{
    struct sb_random random;
    sb_random_init(&random, 3, stream);
    double innovation = sqrt(1 - phi * phi), z = sb_random_normal(&random);
    for (size_t t = 0; t < n; t++) {
        x[t] = share < 1 ? sqrt(1 - share) * sb_random_normal(&random) : 0;
        x[t] += sqrt(share) * z;
        z = phi * z + innovation * sb_random_normal(&random);
    }
    return 1 - share + share * (1 + phi) / (1 - phi);
}

/* The long-run variance against the truth: the other table of docs/estimators.md. */
static void bench_long_run(const struct place *p)
{
    (void)p;
    static const double phis[] = { 0, 0.7, 0.9, 0.98 };
    static const size_t sizes[] = { 500, 2000, 20000 };
    double *x = malloc(20000 * sizeof *x);
    printf("long-run variance over the truth, coverage: AR(1); noise with 5 %% of one\n");
    for (size_t i = 0; i < 12 && x; i++) {
        size_t n = sizes[i % 3], n_sequences = n < 20000 ? 1000 : 200;
        printf("  | %g | %zu |", phis[i / 3], n);
        for (int mixed = 0; mixed < 2; mixed++) {
            double ratio = 0, covered = 0;
            for (uint64_t s = 0; s < n_sequences; s++) {
                struct sb_long_run r;
                double truth = draw_sequence(x, n, phis[i / 3], mixed ? 0.05 : 1, s);
                if (sb_long_run_variance(x, n, &r))
                    continue;
                double half =
                    gsl_cdf_tdist_Pinv(0.975, r.freedom) * sqrt(r.long_run_variance / (double)n);
                covered += fabs(r.mean) <= half;
                ratio += r.long_run_variance / truth;
            }
            printf(" %.2f | %.1f |", ratio / (double)n_sequences,
                   100 * covered / (double)n_sequences);
        }
        printf("\n");
    }
    free(x);
}

static const struct {
    const char *name;
    void (*measure)(const struct place *);
} parts[] = {
    { "closed-form", bench_closed_form },
    { "certificate", bench_certificate },
    { "overlap", bench_overlap },
    { "distribution", bench_distribution },
    { "huffman", bench_huffman },
    { "coder", bench_coder },
    { "bootstrap", bench_bootstrap },
    { "coverage", bench_coverage },
    { "bands", bench_bands },
    { "long-run", bench_long_run },
    { "tree", bench_tree },
    { "tree-code", bench_tree_code },
    { "reading", bench_reading },
    { "ngram", bench_ngram },
    { "coding", bench_coding },
};

static bool is_named(const char *name, char **names)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--tree") == 0)
        return build_tree(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--ngram") == 0)
        return fit_ngrams(argv[2]);
    if (argc < 2) {
        fprintf(stderr, "usage: bench BINARY [PART]...\n");
        return 2;
    }
    char folder[512];
    make_temporary(folder, sizeof folder);
    printf("medians of %d interleaved runs; %ld processors\n", RUNS, sysconf(_SC_NPROCESSORS_ONLN));
    (void)!system("grep -m1 'model name' /proc/cpuinfo; zstd --version");
    struct place place = { argv[0], argv[1], folder };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (argc == 2 || is_named(parts[i].name, argv + 2))
            parts[i].measure(&place);
    remove_temporary(folder);
    return 0;
}

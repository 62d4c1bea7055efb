/* What the benchmarks share: clocks, medians, bars, whole commands, and the yardstick. */
#ifndef SB_TESTS_BENCH_H
#define SB_TESTS_BENCH_H

#include <dlfcn.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "theory/numeric.h"
#include "theory/status.h"

enum { RUNS = 5 };

static inline double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline double median(double *x, size_t n)
{
    sb_sort(x, n);
    return sb_quantile_sorted(x, n, 0.5);
}

/* A value beside its bar, and whether it is met. */
static inline void report(const char *what, double value, const char *unit, double bar,
                          bool at_most)
{
    bool met = at_most ? value <= bar : value >= bar;
    printf("  %-58s %8.3g %-5s (bar: %s %g)%s\n", what, value, unit,
           at_most ? "at most" : "at least", bar, met ? " met" : " MISSED");
    fflush(stdout);
}

static inline void check(enum sb_status status, const struct sb_error *error)
{
    if (!status)
        return;
    fprintf(stderr, "bench: %s\n", error && *error->message ? error->message : "no memory");
    exit(1);
}

/* A new folder, into name; to be removed by remove_temporary. */
static inline void make_temporary(char *name, size_t size)
{
    const char *base = getenv("TMPDIR");
    snprintf(name, size, "%s/springback-bench-XXXXXX", base ? base : "/tmp");
    if (mkdtemp(name))
        return;
    fprintf(stderr, "bench: %s: no temporary folder can be made there\n", base ? base : "/tmp");
    exit(1);
}

static inline void remove_temporary(const char *name)
{
    char command[4200];
    snprintf(command, sizeof command, "rm -r '%s'", name);
    if (system(command))
        fprintf(stderr, "bench: %s is left behind\n", name);
}

/* ---- whole commands ---------------------------------------------------------------------------- */

struct usage {
    double seconds;
    double processor_seconds; /* of user and system, which a busy machine does not stretch */
    double peak_MB;           /* of the largest process */
};

static inline double seconds_of(struct timeval t)
{
    return (double)t.tv_sec + 1e-6 * (double)t.tv_usec;
}

/* Runs a shell command in a process of its own, so that its peak memory is its own. */
static inline struct usage run(const char *command)
{
    int ends[2];
    struct usage usage = { NAN, NAN, NAN };
    if (pipe(ends))
        return usage;
    pid_t child = fork();
    if (child == 0) {
        double start = now_s();
        int status = system(command);
        struct rusage r;
        getrusage(RUSAGE_CHILDREN, &r);
        usage = (struct usage){ now_s() - start, seconds_of(r.ru_utime) + seconds_of(r.ru_stime),
                                (double)r.ru_maxrss / 1024 };
        if (status != 0)
            usage.seconds = NAN;
        _exit(write(ends[1], &usage, sizeof usage) != sizeof usage);
    }
    close(ends[1]);
    if (read(ends[0], &usage, sizeof usage) != sizeof usage || isnan(usage.seconds))
        fprintf(stderr, "bench: failed: %s\n", command);
    close(ends[0]);
    waitpid(child, NULL, 0);
    return usage;
}

/* ---- the yardstick ----------------------------------------------------------------------------- */

typedef void sgemm_function(int order, int transpose_a, int transpose_b, int m, int n, int k,
                            float alpha, const float *a, int lda, const float *b, int ldb,
                            float beta, float *c, int ldc);

/* OpenBLAS' product of matrices; sgemm NULL: there is none that counts. */
struct yardstick {
    sgemm_function *sgemm;
    void (*set_threads)(int n);
};

/* Loads OpenBLAS, which takes its core from the environment, says which it is, and does without it if it
 * is not the one asked for: one that does not know the processor is several times slower, and silent. */
static inline struct yardstick load_yardstick(void)
{
    struct yardstick y = { NULL, NULL };
    const char *core = __builtin_cpu_supports("avx512f") ? "SkylakeX" : "Haswell";
    setenv("OPENBLAS_CORETYPE", core, 1);
    void *library = dlopen("libopenblas.so.0", RTLD_NOW);
    char *(*name)(void) = NULL;
    if (library) {
        *(void **)&name = dlsym(library, "openblas_get_corename");
        *(void **)&y.sgemm = dlsym(library, "cblas_sgemm");
        *(void **)&y.set_threads = dlsym(library, "openblas_set_num_threads");
    }
    bool counts = name && y.sgemm && y.set_threads && strcasecmp(name(), core) == 0;
    printf("yardstick: OpenBLAS %s%s\n", name ? name() : "is not installed",
           name && !counts ? ", which is not the core asked for: it does not count" : "");
    return counts ? y : (struct yardstick){ NULL, NULL };
}

/* GF/s of an m by n by k product on n_threads threads; 0 without a yardstick. */
static inline double sgemm_speed(const struct yardstick *y, int n_threads, int m, int n, int k)
{
    if (!y->sgemm)
        return 0;
    float *a = calloc((size_t)m * (size_t)k, sizeof *a),
          *b = calloc((size_t)n * (size_t)k, sizeof *b),
          *c = calloc((size_t)m * (size_t)n, sizeof *c);
    if (!a || !b || !c)
        check(SB_MEMORY, NULL);
    y->set_threads(n_threads);
    double start = now_s();
    y->sgemm(101, 111, 112, m, n, k, 1, a, k, b, k, 0, c, n);
    double seconds = now_s() - start;
    free(a);
    free(b);
    free(c);
    return 2e-9 * m * n * k / seconds;
}

/* The best of some products, each twice. */
static inline double best_sgemm(const struct yardstick *y, int n_threads, const int (*sizes)[3],
                                size_t n)
{
    double best = 0;
    for (size_t i = 0; i < 2 * n; i++) {
        const int *size = sizes[i % n];
        best = fmax(best, sgemm_speed(y, n_threads, size[0], size[1], size[2]));
    }
    return best;
}

#endif

/* Shapes of tails that are known; kappa / chi^2 of a mixture that is known, and where it is not told. */
#include <math.h>
#include "estimators/pareto_tail.h"
#include "estimators/prefix_ratio.h"
#include "tests/helpers.h"
#include "theory/random.h"

/* Quantile u of the generalised Pareto law with P(X > x) = (1 + k x)^(-1/k). */
static double quantile(double k, double u)
{
    return k == 0 ? -log(1 - u) : (pow(1 - u, -k) - 1) / k;
}

/* Means over samples: k, drawn to 1/2 by ten observations, to within four standard errors, that of one
 * sample being (1 + k) / sqrt(n) for n numbers in the tail. */
static void shapes_are_found(void **state)
{
    (void)state;
    enum { N = 4000, N_SAMPLES = 200 };
    static const double shapes[] = { -0.5, 0, 0.3, 0.7, 1.2, 2 };
    double *x = malloc(N * sizeof *x);
    const double n_tail = ceil(3 * sqrt(N));
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        double mean = 0;
        for (size_t i = 0; i < N_SAMPLES; i++) {
            struct sb_random random;
            sb_random_init(&random, 11, i);
            for (size_t j = 0; j < N; j++)
                x[j] = 1 + quantile(shapes[s], sb_random_unit(&random));
            double k;
            assert_int_equal(sb_pareto_tail(x, N, &k), SB_OK);
            mean += k / N_SAMPLES;
        }
        double expected = (n_tail * shapes[s] + 5) / (n_tail + 10);
        if (!(fabs(mean - expected) < 4 * (1 + fabs(shapes[s])) / sqrt(n_tail * N_SAMPLES)))
            fail_msg("k = %g: %g, expected %g", shapes[s], mean, expected);
    }
    /* The unit of x does not enter; the order does not; x is left as it is. */
    double k, scaled, first = x[0];
    assert_int_equal(sb_pareto_tail(x, N, &k), SB_OK);
    assert_true(x[0] == first);
    for (size_t j = 0; j < (size_t)N / 2; j++) {
        double other = x[N - 1 - j];
        x[N - 1 - j] = 1024 * x[j];
        x[j] = 1024 * other;
    }
    assert_int_equal(sb_pareto_tail(x, N, &scaled), SB_OK);
    assert_true(scaled == k);
    free(x);
}

static void no_tail(void **state)
{
    (void)state;
    double x[100], k;
    for (size_t i = 0; i < 100; i++)
        x[i] = (double)i;
    assert_int_equal(sb_pareto_tail(x, 20, &k), SB_OK);
    assert_true(isnan(k)); /* a tail of 4 */
    assert_int_equal(sb_pareto_tail(x, 25, &k), SB_OK);
    assert_true(!isnan(k));
    assert_int_equal(sb_pareto_tail(x, 0, &k), SB_OK);
    assert_true(isnan(k));
    for (size_t i = 0; i < 100; i++)
        x[i] = i < 99;
    assert_int_equal(sb_pareto_tail(x, 100, &k), SB_OK);
    assert_true(isnan(k)); /* all of it is equal */
    assert_close(sb_pareto_tail_limit(100), 0.5, 1e-14);
    assert_close(sb_pareto_tail_limit(100000), 0.7, 1e-14);
    assert_true(sb_pareto_tail_limit(1) < 0);
}

/* ---- ratios ------------------------------------------------------------------------------------- */

/* One-token documents x in [0, 1), base density 1, dataset densities 1 + c cos(2 pi x): x at the quantiles
 * (i + 1/2) / n, so that means are integrals to O(1/n^2). The model is (1 - w) + w (1 + a cos). */
#define TURN 6.283185307179586

static double draw_at(double c, double u)
{
    double low = 0, high = 1; /* of x + c sin(2 pi x) / 2 pi = u */
    for (size_t i = 0; i < 60; i++) {
        double x = (low + high) / 2;
        if (x + c * sin(TURN * x) / (TURN) < u)
            low = x;
        else
            high = x;
    }
    return low;
}

enum { N = 2000, END = 9 };

struct fixture {
    struct sb_compared documents[2 * N];
    struct sb_compared_token tokens[2 * N][2];
    size_t first[3];
    struct sb_comparison comparison;
};

static struct fixture *make(double a, double t, double w)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    for (size_t i = 0; i < 2 * N; i++) {
        double x = draw_at(i < N ? a : t, ((double)(i % N) + 0.5) / N);
        f->tokens[i][0].log2_p[1] = log2(1 + w * a * cos(TURN * x)) - 3;
        f->tokens[i][0].log2_p[0] = -3;
        f->tokens[i][0].rank = 1;
        f->documents[i] = (struct sb_compared){ 1, f->tokens[i], 1, i % N };
    }
    f->first[1] = N;
    f->first[2] = 2 * N;
    f->comparison = (struct sb_comparison){ f->documents, 2 * N, f->first, 2, NULL, 0 };
    return f;
}

/* chi^2 = a^2/2, kappa = 1 - int (1 + a cos)(1 + t cos) = -a t / 2: the ratio is -t/a, whatever w. */
static void mixture_of_unknown_weight(void **state)
{
    (void)state;
    static const double weights[] = { 0.2, 0.5, 1 };
    double ratios[3];
    for (size_t i = 0; i < 3; i++) {
        struct fixture *f = make(0.8, -0.4, weights[i]);
        struct sb_prefix_ratio *r;
        size_t n;
        assert_int_equal(sb_prefix_ratios(&f->comparison, 0, 1, false, -1, 0.95, &r, &n), SB_OK);
        assert_int_equal(n, 1);
        assert_null(r->note);
        assert_close(r->rho[SB_PREFIX_ALIGN].value, 1 + weights[i] * 0.32, 1e-5);
        assert_close(r->rho[SB_PREFIX_PERTURB].value, 1 - weights[i] * 0.16, 1e-5);
        assert_close(r->ratio, 0.5, 1e-4);
        assert_true(r->low < 0.5 && r->high > 0.5 && r->high - r->low < 0.5);
        assert_true(r->shape[0] < r->limit[0] && r->limit[0] > 0.69);
        ratios[i] = r->high - r->low;
        free(r);
        /* Paired, what both have in common leaves the error: here they are opposed. */
        assert_int_equal(sb_prefix_ratios(&f->comparison, 0, 1, true, -1, 0.95, &r, &n), SB_OK);
        assert_close(r->ratio, 0.5, 1e-4);
        assert_true(fabs((r->high - r->low) / ratios[i] - 1) > 0.01);
        free(r);
        free(f);
    }
}

/* A tail with k = 0.9; one document only; data on which the model has not moved. */
static void where_it_is_not_told(void **state)
{
    (void)state;
    struct fixture *f = make(0.8, -0.4, 0.5);
    struct sb_prefix_ratio *r;
    size_t n;
    for (size_t i = 0; i < N; i++)
        f->tokens[i][0].log2_p[1] = log2(1 + quantile(0.9, ((double)i + 0.5) / N)) - 20;
    assert_int_equal(sb_prefix_ratios(&f->comparison, 0, 1, false, -1, 0.95, &r, &n), SB_OK);
    assert_true(r->shape[0] > 0.8 && r->shape[0] < 1 && r->shape[1] < r->limit[1]);
    assert_true(isnan(r->ratio) && isnan(r->low) && isnan(r->rho[0].value));
    assert_non_null(strstr(r->note, "too heavy"));
    free(r);
    free(f);
    f = make(0.8, -0.4, 1e-4);
    for (size_t i = 0; i < N; i++) /* rho_a is 1 but for noise */
        f->tokens[i][0].log2_p[1] = log2(1 + 0.1 * cos(TURN * (double)i / N)) - 3;
    assert_int_equal(sb_prefix_ratios(&f->comparison, 0, 1, false, -1, 0.95, &r, &n), SB_OK);
    assert_true(isnan(r->ratio) && strstr(r->note, "does not differ from 1"));
    free(r);
    f->first[1] = 1;
    assert_int_equal(sb_prefix_ratios(&f->comparison, 0, 1, false, -1, 0.95, &r, &n), SB_OK);
    assert_true(isnan(r->ratio) && strstr(r->note, "too few documents"));
    free(r);
    free(f);
}

/* Lengths 1, 2, 3; a short document counts beyond its length only if it ended. */
static void lengths_and_ends(void **state)
{
    (void)state;
    struct fixture *f = make(0.8, -0.4, 0.5);
    struct sb_compared_token three[3] = { f->tokens[0][0], f->tokens[0][0], f->tokens[0][0] };
    f->documents[0].tokens = three;
    f->documents[0].n = 3;
    f->tokens[5][0].id = END;
    f->documents[7].weight = 0;
    struct sb_prefix_ratio *r;
    size_t n;
    assert_int_equal(sb_prefix_ratios(&f->comparison, 0, 1, false, END, 0.95, &r, &n), SB_OK);
    assert_int_equal(n, 3);
    assert_true(r[0].n_tokens == 1 && r[1].n_tokens == 2 && r[2].n_tokens == 3);
    assert_true(r[0].n_documents[0] == N - 1 && r[0].n_documents[1] == N);
    assert_true(r[1].n_documents[0] == 2 && r[1].n_documents[1] == 0);
    free(r);
    free(f);
}

static void prompts(void **state)
{
    (void)state;
    struct fixture *f = make(0.8, -0.4, 0.5);
    bool same;
    assert_int_equal(sb_prefix_prompts(&f->comparison, 0, 1, &same), SB_OK);
    assert_true(same);
    f->documents[3].prompt_hash = 4; /* now 4 twice, 3 never */
    assert_int_equal(sb_prefix_prompts(&f->comparison, 0, 1, &same), SB_OK);
    assert_false(same);
    for (size_t i = 0; i < 2 * N; i++)
        f->documents[i].prompt_hash = 1;
    f->first[1] = N / 2; /* other numbers, the same shares */
    assert_int_equal(sb_prefix_prompts(&f->comparison, 0, 1, &same), SB_OK);
    assert_true(same);
    f->documents[1].prompt_hash = 2;
    assert_int_equal(sb_prefix_prompts(&f->comparison, 0, 1, &same), SB_OK);
    assert_false(same);
    f->documents[1].weight = 0;
    assert_int_equal(sb_prefix_prompts(&f->comparison, 0, 1, &same), SB_OK);
    assert_true(same);
    free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shapes_are_found),     cmocka_unit_test(no_tail),
        cmocka_unit_test(lengths_and_ends),     cmocka_unit_test(mixture_of_unknown_weight),
        cmocka_unit_test(where_it_is_not_told), cmocka_unit_test(prompts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

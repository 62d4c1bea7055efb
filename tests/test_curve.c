/* Curves of rates: the closed form against R3, the jackknife against leaving documents out by hand,
 * counts of real documents against a mixture worked out by hand. */
#include "helpers.h"

#include <gsl/gsl_errno.h>
#include "estimators/curve.h"
#include "theory/disjoint.h"
#include "theory/mixture.h"
#include "theory/numeric.h"
#include "theory/random.h"

static const double THIRDS[SB_N_ROLES] = { 1.0 / 3, 1.0 / 3, 1.0 / 3 };

static struct sb_language *make_language(const char *parameters)
{
    struct sb_language_options options = sb_language_options_default();
    struct sb_language *language;
    assert_int_equal(sb_language_options_parse(parameters, &options, NULL), SB_OK);
    assert_int_equal(sb_language_create(&options, &language), SB_OK);
    return language;
}

static struct sb_curve_point point_at(const struct sb_curve_source *source, double k, double l,
                                      enum sb_curve_role growing)
{
    const double volumes[SB_N_ROLES] = { k, 1, l };
    struct sb_curve_point point;
    assert_int_equal(sb_curve_at(source, volumes, growing, &point), SB_OK);
    return point;
}

/* Three leaves are R3, whatever k, l and pi. */
static void test_closed_form(void **state)
{
    (void)state;
    struct sb_random random;
    sb_random_init(&random, 5, 0);
    for (int trial = 0; trial < 200; trial++) {
        double k = exp(8 * sb_random_unit(&random)), l = sb_random_unit(&random), sum = 0;
        double pi[SB_N_ROLES];
        for (size_t i = 0; i < SB_N_ROLES; i++)
            sum += pi[i] = 0.1 + sb_random_unit(&random);
        for (size_t i = 0; i < SB_N_ROLES; i++)
            pi[i] /= sum;
        struct sb_curve_source source;
        assert_int_equal(sb_curve_closed(pi, 5, &source), SB_OK);
        struct sb_curve_point at_0 = point_at(&source, k, 0, SB_ROLE_T);
        struct sb_curve_point at_l = point_at(&source, k, l, SB_ROLE_T);
        struct sb_disjoint disjoint = { k, l, pi[0], pi[1], pi[2], 0 };
        struct sb_disjoint_values r3 = sb_disjoint_at(&disjoint);
        double change_a = at_l.value[SB_GAMMA_A_NATS] - at_0.value[SB_GAMMA_A_NATS];
        if (fabs(at_l.value[SB_RATIO] / r3.R - 1) > 1e-11 ||
            fabs(at_l.value[SB_SLOPE_A_NATS] / r3.slope_a_nats - 1) > 1e-12 ||
            fabs(change_a - sb_disjoint_changes(&disjoint).a_nats) > 1e-14 * k)
            fail_msg("k=%.17g l=%.17g pi=%.17g,%.17g,%.17g: R %.17g, R3 %.17g", k, l, pi[0], pi[1],
                     pi[2], at_l.value[SB_RATIO], r3.R);
        /* The entropy of the parts enters rates and nothing else: gamma_a(0) = 5 + ln(S/A). */
        assert_close(at_0.value[SB_GAMMA_A_NATS], 5 + log((k + 1) / (k * pi[1] + 1)), 1e-13);
        assert_close(at_l.value[SB_KAPPA_K], 1, 1e-13);
        assert_true(isnan(at_l.standard_error[SB_GAMMA_A_NATS]));
        sb_curve_source_clear(&source);
    }
}

/* The response matrix is symmetric, R belongs to the growing perturbation alone, and the balance
 * holds whatever grows. */
static void test_any_volume_may_grow(void **state)
{
    (void)state;
    struct sb_language *language = make_language("overlap=0.6,pi=5:3:2");
    struct sb_curve_source source;
    assert_int_equal(sb_curve_exact(language, SB_LEVEL_DOCUMENT, &source), SB_OK);
    struct sb_curve_point grown[SB_N_ROLES];
    for (size_t g = 0; g < SB_N_ROLES; g++)
        grown[g] = point_at(&source, 7, 0.3, (enum sb_curve_role)g);
    for (size_t g = 0; g < SB_N_ROLES; g++) {
        const double *slopes = grown[g].value + SB_SLOPE_P_NATS;
        for (size_t i = 0; i < SB_N_ROLES; i++)
            assert_close(slopes[i], grown[i].value[SB_SLOPE_P_NATS + g], 1e-11);
        assert_true(fabs(7 * slopes[0] + slopes[1] + 0.3 * slopes[2]) < 1e-15);
        assert_true(fabs(grown[g].value[SB_BALANCE_NATS]) < 1e-15);
        assert_int_equal(isnan(grown[g].value[SB_RATIO]), g != SB_ROLE_T);
        assert_close(grown[g].value[SB_KAPPA_K], grown[0].value[SB_KAPPA_K], 0);
    }
    sb_curve_source_clear(&source);
    sb_language_free(language);
}

/* Slopes are those of the rates: central differences in l. */
static void test_slopes_are_derivatives(void **state)
{
    (void)state;
    struct sb_language *language = make_language("");
    struct sb_curve_source source;
    assert_int_equal(sb_curve_exact(language, SB_LEVEL_DOCUMENT, &source), SB_OK);
    const double l = 0.2, h = 1e-4;
    struct sb_curve_point low = point_at(&source, 3, l - h, SB_ROLE_T);
    struct sb_curve_point high = point_at(&source, 3, l + h, SB_ROLE_T);
    struct sb_curve_point middle = point_at(&source, 3, l, SB_ROLE_T);
    for (size_t i = 0; i < SB_N_ROLES; i++) {
        double difference = high.value[SB_GAMMA_P_NATS + i] - low.value[SB_GAMMA_P_NATS + i];
        assert_true(fabs(difference / (2 * h) - middle.value[SB_SLOPE_P_NATS + i]) < 1e-7);
    }
    sb_curve_source_clear(&source);
    sb_language_free(language);
}

/* Without a neutral part R and l* do not depend on the overlap (R6): l* = pi_t/pi_a, and
 * R = (k pi_t + l)/(k (pi_t - l pi_a)). */
static void test_overlap_without_neutral_part(void **state)
{
    (void)state;
    static const char *const languages[] = { "pi=0:5:3,overlap=0", "pi=0:5:3,overlap=0.3",
                                             "pi=0:5:3,overlap=0.8" };
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        struct sb_language *language = make_language(languages[i]);
        struct sb_curve_source source;
        assert_int_equal(sb_curve_exact(language, SB_LEVEL_DOCUMENT, &source), SB_OK);
        const double *p = source.p;
        struct sb_parts parts = {
            p, p + source.n_leaves, p + 2 * source.n_leaves, source.n_leaves, 11, 0.2
        };
        struct sb_turning turning, turning_a;
        assert_int_equal(sb_elasticity_turning(&parts, &turning, &turning_a), SB_OK);
        assert_close(sb_turning_volume(&turning), 0.6, 1e-9);
        struct sb_curve_point point = point_at(&source, 11, 0.2, SB_ROLE_T);
        assert_close(point.value[SB_RATIO], (11 * 0.375 + 0.2) / (11 * (0.375 - 0.2 * 0.625)),
                     1e-9);
        sb_curve_source_clear(&source);
        sb_language_free(language);
    }
}

/* The same point by the three-part theorem's own function, and kappa at no volumes. */
static void test_elasticity_agrees(void **state)
{
    (void)state;
    struct sb_language *language = make_language("pi=8:1:1,overlap=0.6");
    struct sb_curve_source source;
    assert_int_equal(sb_curve_exact(language, SB_LEVEL_WORD, &source), SB_OK);
    const double *p = source.p;
    struct sb_parts parts = { p,  p + source.n_leaves, p + 2 * source.n_leaves, source.n_leaves, 20,
                              0.1 };
    struct sb_elasticity e;
    assert_int_equal(sb_elasticity_at(&parts, &e), SB_OK);
    struct sb_curve_point point = point_at(&source, 20, 0.1, SB_ROLE_T);
    assert_close(point.value[SB_GAMMA_T_NATS], e.t.gamma_nats, 0);
    assert_close(point.value[SB_SLOPE_P_NATS], e.p.slope_nats, 0);
    assert_close(point.value[SB_RATIO], e.R, 1e-15);
    assert_close(point.value[SB_KAPPA], e.kappa, 0);
    assert_close(point.value[SB_KAPPA_K], e.kappa_k, 1e-15);
    sb_curve_source_clear(&source);
    sb_language_free(language);
}

/* ---- counts ------------------------------------------------------------------------------------- */

enum { N_DOCUMENTS = 60 };

/* gamma_a and the slope of gamma_p from the words of all generated documents except numbers
 * skip, skip + 1 of each dataset. */
static void rates_without(const struct sb_language *language, uint64_t skip, double *gamma_a,
                          double *slope_p)
{
    size_t n_words = sb_language_vocabulary(language);
    double *counts = calloc(3 * n_words, sizeof *counts);
    assert_non_null(counts);
    struct sb_language_mixture speakers[3] = { sb_language_pretraining(language),
                                               sb_language_dialect(1), sb_language_dialect(2) };
    const double *p[3], volumes[3] = { 20, 1, 0.3 };
    for (size_t i = 0; i < 3; i++) {
        uint16_t words[29];
        double total = 0;
        for (uint64_t number = 0; number < N_DOCUMENTS; number++) {
            if (number / 2 == skip / 2)
                continue;
            sb_language_sample(language, &speakers[i], 9, number, words, NULL);
            sb_language_count(language, SB_LEVEL_WORD, words, counts + i * n_words);
            total += 29;
        }
        for (size_t x = 0; x < n_words; x++)
            counts[i * n_words + x] /= total;
        p[i] = counts + i * n_words;
    }
    struct sb_mixture mixture = { 3, n_words, p, volumes };
    struct sb_response responses[3];
    assert_int_equal(sb_mixture_respond(&mixture, 2, responses, NULL), SB_OK);
    *gamma_a = responses[1].gamma_nats;
    *slope_p = responses[0].slope_nats;
    free(counts);
}

/* 60 documents make 30 groups of two. */
static void test_jackknife(void **state)
{
    (void)state;
    struct sb_language *language = make_language("overlap=0.5");
    struct sb_curve_source source;
    assert_int_equal(sb_curve_generated(language, SB_LEVEL_WORD, N_DOCUMENTS, 9, &source), SB_OK);
    assert_int_equal(source.n_groups, 30);
    assert_int_equal(source.n[0], N_DOCUMENTS * 29);
    struct sb_curve_point point = point_at(&source, 20, 0.3, SB_ROLE_T);
    double gamma[30], slope[30], mean[2] = { 0 }, squares[2] = { 0 };
    for (uint64_t g = 0; g < 30; g++) {
        rates_without(language, 2 * g, &gamma[g], &slope[g]);
        mean[0] += gamma[g] / 30;
        mean[1] += slope[g] / 30;
    }
    for (uint64_t g = 0; g < 30; g++) {
        squares[0] += (gamma[g] - mean[0]) * (gamma[g] - mean[0]);
        squares[1] += (slope[g] - mean[1]) * (slope[g] - mean[1]);
    }
    assert_close(point.standard_error[SB_GAMMA_A_NATS], sqrt(squares[0] * 29 / 30), 1e-9);
    assert_close(point.standard_error[SB_SLOPE_P_NATS], sqrt(squares[1] * 29 / 30), 1e-9);
    rates_without(language, 2 * N_DOCUMENTS, &gamma[0], &slope[0]); /* without none */
    assert_close(point.value[SB_GAMMA_A_NATS], gamma[0], 1e-12);
    assert_close(point.value[SB_SLOPE_P_NATS], slope[0], 1e-10);
    sb_curve_source_clear(&source);
    /* One document has no spread. */
    assert_int_equal(sb_curve_generated(language, SB_LEVEL_DOCUMENT, 1, 9, &source), SB_OK);
    assert_int_equal(source.n_groups, 0);
    sb_curve_source_clear(&source);
    sb_language_free(language);
}

/* Counts go to the exact values: within five standard errors and the plug-in bias at 20,000. */
static void test_counts_converge(void **state)
{
    (void)state;
    struct sb_language *language = make_language("length=6,overlap=0.5");
    for (int level = SB_LEVEL_DOCUMENT; level <= SB_LEVEL_WORD; level++) {
        struct sb_curve_source exact, counts;
        enum sb_language_level l = (enum sb_language_level)level;
        assert_int_equal(sb_curve_exact(language, l, &exact), SB_OK);
        assert_int_equal(sb_curve_generated(language, l, 20000, 3, &counts), SB_OK);
        struct sb_curve_point expected = point_at(&exact, 4, 0.2, SB_ROLE_T);
        struct sb_curve_point actual = point_at(&counts, 4, 0.2, SB_ROLE_T);
        double bias = (double)(exact.n_leaves - 1) / (2 * 20000);
        for (size_t i = 0; i < SB_BALANCE_NATS; i++) {
            double error = fabs(actual.value[i] - expected.value[i]);
            if (!(error <= 5 * actual.standard_error[i] + bias))
                fail_msg("level %d, value %zu: %g +- %g, exact %g", level, i, actual.value[i],
                         actual.standard_error[i], expected.value[i]);
        }
        sb_curve_source_clear(&exact);
        sb_curve_source_clear(&counts);
    }
    sb_language_free(language);
}

/* Writes three line files, opens them and counts; the status, and the message where it fails. */
static enum sb_status count_lines(const char *const texts[SB_N_ROLES], enum sb_reading reading,
                                  unsigned depth, struct sb_curve_source *source,
                                  struct sb_error *error)
{
    static const char *const names[SB_N_ROLES] = { "pretrain", "align", "perturb" };
    char *folder = new_folder(), path[SB_N_ROLES][4200];
    struct sb_corpus *corpora[SB_N_ROLES];
    struct sb_corpus_options options = sb_corpus_options_default();
    options.split = SB_SPLIT_LINE;
    for (size_t i = 0; i < SB_N_ROLES; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s.txt", folder, names[i]);
        write_file(path[i], texts[i], strlen(texts[i]));
        assert_int_equal(sb_corpus_open(path[i], &options, &corpora[i], NULL), SB_OK);
    }
    enum sb_status status = sb_curve_counted(corpora, names, reading, depth, source, error);
    for (size_t i = 0; i < SB_N_ROLES; i++)
        sb_corpus_close(corpora[i]);
    remove_folder(folder);
    return status;
}

/* Bytes as leaves: pre-training has a, b and c in equal parts, alignment b, perturbation c, which is
 * the closed form for thirds with entropy 0. Read as prefixes of 16 bits, "a", "bb" and "cc" are
 * leaves as well, and "bbx" ends in the leaf of "bb". */
static void test_counts_of_documents(void **state)
{
    (void)state;
    static const struct {
        const char *texts[SB_N_ROLES];
        enum sb_reading reading;
        unsigned depth;
        unsigned long long n_p;
    } cases[] = {
        { { "abc\ncab\nbca\n", "b\nbbb\n", "cc\nc\nc\nc\n" }, SB_READING_BLOCKS, 8, 9 },
        { { "a\nbb\ncc\n", "bbx\nbb\n", "cc\n" }, SB_READING_PREFIX, 16, 3 },
    };
    struct sb_curve_source closed;
    assert_int_equal(sb_curve_closed(THIRDS, 0, &closed), SB_OK);
    struct sb_curve_point expected = point_at(&closed, 20, 0.1, SB_ROLE_T);
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct sb_curve_source source;
        struct sb_error error = { "" };
        if (count_lines(cases[c].texts, cases[c].reading, cases[c].depth, &source, &error))
            fail_msg("%s", error.message);
        assert_int_equal(source.n_leaves, 3);
        assert_int_equal(source.n[SB_ROLE_P], cases[c].n_p);
        struct sb_curve_point actual = point_at(&source, 20, 0.1, SB_ROLE_T);
        for (size_t i = 0; i < SB_BALANCE_NATS; i++)
            assert_close(actual.value[i], expected.value[i], 1e-12);
        sb_curve_source_clear(&source);
    }
    sb_curve_source_clear(&closed);
}

/* A dataset whose only block stands in one document has values but no standard error. */
static void test_documents_shorter_than_a_block(void **state)
{
    (void)state;
    const char *texts[SB_N_ROLES] = { "ab\ncd\nef\n", "ab\na\na\n", "cd\ncd\ncd\n" };
    struct sb_curve_source source = { 0 };
    struct sb_error error = { "" };
    assert_int_equal(count_lines(texts, SB_READING_BLOCKS, 16, &source, &error), SB_OK);
    struct sb_curve_point point = point_at(&source, 2, 0.1, SB_ROLE_T);
    assert_true(isfinite(point.value[SB_GAMMA_A_NATS]));
    assert_true(isnan(point.standard_error[SB_GAMMA_A_NATS]));
    sb_curve_source_clear(&source);
    texts[1] = "a\nb\n";
    assert_int_equal(count_lines(texts, SB_READING_BLOCKS, 16, &source, &error), SB_FORMAT);
    assert_non_null(strstr(error.message, "align: no document has a block of 16 bits"));
    assert_null(source.p);
}

/* Entropies: exact ones are cross-entropies with oneself; counted ones are those of the counts, whatever
 * the method; and with them the jackknife takes most of the bias from the rates. */
static void test_entropies_and_bias(void **state)
{
    (void)state;
    struct sb_language *language = make_language("overlap=0.6,length=12");
    struct sb_language_leaves leaves;
    assert_int_equal(sb_language_leaves_init(&leaves, language, SB_LEVEL_DOCUMENT), SB_OK);
    struct sb_language_mixture own = sb_language_dialect(1);
    struct sb_curve_source exact, counts;
    struct sb_entropy entropy, direct;
    assert_int_equal(sb_curve_exact(language, SB_LEVEL_DOCUMENT, &exact), SB_OK);
    assert_int_equal(sb_curve_entropy(&exact, SB_ROLE_A, SB_ENTROPY_NSB, &entropy), SB_OK);
    assert_close(entropy.bits,
                 sb_bits_from_nats(sb_language_cross_entropy_nats(&leaves, &own, &own)), 1e-13);
    assert_true(isnan(entropy.standard_error_bits));
    assert_int_equal(sb_curve_generated(language, SB_LEVEL_DOCUMENT, 3000, 4, &counts), SB_OK);
    double *n = calloc(leaves.n, sizeof *n);
    assert_non_null(n);
    for (size_t x = 0; x < leaves.n; x++)
        n[x] = nearbyint(counts.p[SB_ROLE_A * leaves.n + x] * 3000);
    for (int m = 0; m < SB_N_ENTROPY_METHODS; m++) {
        enum sb_entropy_method method = (enum sb_entropy_method)m;
        assert_int_equal(sb_curve_entropy(&counts, SB_ROLE_A, method, &entropy), SB_OK);
        assert_int_equal(sb_entropy_estimate(method, n, leaves.n, (double)leaves.n, &direct),
                         SB_OK);
        assert_close(entropy.bits, direct.bits + sb_bits_from_nats(leaves.common_nats), 1e-13);
        /* Documents are independent: both errors estimate one thing (30 groups: within a third). */
        if (method != SB_ENTROPY_NSB)
            assert_close(entropy.standard_error_bits, direct.standard_error_bits, 0.33);
    }
    struct sb_curve_point truth = point_at(&exact, 20, 0.2, SB_ROLE_T);
    struct sb_curve_point point = point_at(&counts, 20, 0.2, SB_ROLE_T);
    double before = point.value[SB_GAMMA_P_NATS] - truth.value[SB_GAMMA_P_NATS];
    double after = point.corrected[SB_GAMMA_P_NATS] - truth.value[SB_GAMMA_P_NATS];
    assert_true(before < -0.02 && fabs(after) < 0.4 * fabs(before));
    free(n);
    sb_curve_source_clear(&exact);
    sb_curve_source_clear(&counts);
    sb_language_leaves_clear(&leaves);
    sb_language_free(language);
}

/* G value - (G - 1) mean, on a source of two leaves and two groups written down: p_t = (1/2, 1/2) of 4,
 * and without the groups (1, 0) of 2 and (0, 1) of 2. At volumes 0 : 0 : 1 gamma_t is the entropy:
 * ln 2, and 0 without either group, so that it becomes 2 ln 2. */
static void test_corrected_by_hand(void **state)
{
    (void)state;
    double p[3 * 3 * 2 + 9] = { 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1, 0, 1, 0, 1, 0, 0, 1,
                                0,   1,   0,   1,   4,   4,   4, 2, 2, 2, 2, 2, 2 };
    struct sb_curve_source source = {
        .n_leaves = 2, .n_groups = 2, .p = p, .sizes = p + 18, .n_possible = 2, .n = { 4, 4, 4 }
    };
    const double volumes[SB_N_ROLES] = { 0, 0, 1 };
    struct sb_curve_point point;
    assert_int_equal(sb_curve_at(&source, volumes, SB_ROLE_T, &point), SB_OK);
    assert_close(point.value[SB_GAMMA_T_NATS], log(2), 1e-15);
    assert_close(point.corrected[SB_GAMMA_T_NATS], 2 * log(2), 1e-15);
    struct sb_entropy entropy;
    assert_int_equal(sb_curve_entropy(&source, SB_ROLE_T, SB_ENTROPY_MILLER_MADOW, &entropy),
                     SB_OK);
    assert_close(entropy.bits, 1 + 0.125 / log(2), 1e-14);
    assert_close(entropy.standard_error_bits, 0, 1e-15);
}

/* Bands of generated curves: one point needs Student's t with groups - 1 degrees of freedom, a curve
 * more, at most Sidak's correction; kappa is the same at all points, and needs no more than one. */
static void test_bands(void **state)
{
    (void)state;
    struct sb_language *language = make_language("overlap=0.6");
    struct sb_curve_source source;
    double volumes[5][SB_N_ROLES], one[SB_N_CURVE_VALUES], all[SB_N_CURVE_VALUES];
    for (size_t i = 0; i < 5; i++)
        memcpy(volumes[i], (double[]){ 20, 1, 0.3 * (double)i }, sizeof volumes[i]);
    assert_int_equal(sb_curve_generated(language, SB_LEVEL_WORD, 300, 1, &source), SB_OK);
    const struct sb_sup_t_options options = { 0.95, NAN, 20000, 3, 2 };
    assert_int_equal(sb_curve_bands(&source, volumes[0], 1, SB_ROLE_T, &options, one, NULL), SB_OK);
    assert_int_equal(sb_curve_bands(&source, volumes[0], 5, SB_ROLE_T, &options, all, NULL), SB_OK);
    /* t = 2.04523 with 29 degrees of freedom; Sidak's for 5: 2.75155. */
    for (size_t i = SB_GAMMA_P_NATS; i <= SB_KAPPA; i++) {
        if (i == SB_RATIO)
            continue;
        assert_close(one[i], 2.04523, 0.03);
        assert_true(all[i] > 2.01 && all[i] < 2.79);
    }
    assert_true(all[SB_SLOPE_P_NATS] > 2.2 && all[SB_KAPPA] == one[SB_KAPPA]);
    sb_curve_source_clear(&source);
    sb_language_free(language);

    /* Without groups there are none. */
    const double pi[SB_N_ROLES] = { 0.5, 0.25, 0.25 };
    assert_int_equal(sb_curve_closed(pi, 1, &source), SB_OK);
    assert_int_equal(sb_curve_bands(&source, volumes[0], 5, SB_ROLE_T, &options, all, NULL), SB_OK);
    assert_true(isnan(all[SB_GAMMA_A_NATS]));
    assert_int_equal(sb_curve_bands(&source, volumes[0], SB_CURVE_BAND_POINTS + 1, SB_ROLE_T,
                                    &options, all, NULL),
                     SB_LIMIT);
    sb_curve_source_clear(&source);
}

/* R's interval: at its ends c the slope -v_a gamma_a' - c v_p gamma_p' differs from 0 by t (29 degrees of
 * freedom: 2.045) standard errors of its own jackknife. */
static void test_ratio_interval(void **state)
{
    (void)state;
    struct sb_language *language = make_language("");
    struct sb_curve_source source;
    assert_int_equal(sb_curve_generated(language, SB_LEVEL_WORD, 500, 9, &source), SB_OK);
    struct sb_curve_point point = point_at(&source, 20, 0.2, SB_ROLE_T);
    for (int end = 0; end < 2; end++) {
        double c = end ? point.ratio_high[0] : point.ratio_low[0], without[30], mean = 0,
               squares = 0;
        for (size_t g = 0; g < source.n_groups; g++) {
            struct sb_curve_source rest = source;
            rest.p = source.p + (1 + g) * 3 * source.n_leaves;
            rest.n_groups = 0;
            struct sb_curve_point of_rest = point_at(&rest, 20, 0.2, SB_ROLE_T);
            assert_true(isnan(of_rest.ratio_low[0]));
            without[g] = -of_rest.value[SB_SLOPE_A_NATS] - c * 20 * of_rest.value[SB_SLOPE_P_NATS];
            mean += without[g] / 30;
        }
        for (size_t g = 0; g < 30; g++)
            squares += (without[g] - mean) * (without[g] - mean) * 29 / 30;
        double value = -point.value[SB_SLOPE_A_NATS] - c * 20 * point.value[SB_SLOPE_P_NATS];
        assert_close(fabs(value), 2.0452296 * sqrt(squares), 1e-6);
    }
    assert_true(point.ratio_low[0] < point.value[SB_RATIO]);
    assert_true(point.ratio_high[0] > point.value[SB_RATIO]);
    sb_curve_source_clear(&source);
    sb_language_free(language);
}

/* R with the jackknife is that of the corrected slopes, within its interval; where that is short, half its
 * width is t standard errors. Where gamma_p' may be 0, R's band knows no bound. */
static void test_corrected_ratio(void **state)
{
    (void)state;
    static const struct {
        const char *parameters;
        size_t n_documents;
        bool is_bounded;
    } cases[] = { { "overlap=0.3", 20000, true }, { "overlap=0.9", 3000, false } };
    for (size_t i = 0; i < 2; i++) {
        struct sb_language *language = make_language(cases[i].parameters);
        struct sb_curve_source source;
        double critical[SB_N_CURVE_VALUES];
        const double volumes[SB_N_ROLES] = { 20, 1, 0.1 };
        const struct sb_sup_t_options options = { 0.95, NAN, 1000, 3, 1 };
        assert_int_equal(
            sb_curve_generated(language, SB_LEVEL_DOCUMENT, cases[i].n_documents, 4, &source),
            SB_OK);
        struct sb_curve_point point = point_at(&source, 20, 0.1, SB_ROLE_T);
        assert_int_equal(sb_curve_bands(&source, volumes, 1, SB_ROLE_T, &options, critical, NULL),
                         SB_OK);
        double r = point.corrected[SB_RATIO], error = sb_curve_error(&point, true, SB_RATIO);
        assert_close(r, -point.corrected[SB_SLOPE_A_NATS] / (20 * point.corrected[SB_SLOPE_P_NATS]),
                     1e-14);
        double band = sb_curve_band(&point, critical, true, SB_RATIO);
        if (cases[i].is_bounded) {
            assert_true(point.ratio_low[1] < r && r < point.ratio_high[1]);
            assert_close(point.ratio_high[1] - point.ratio_low[1], 2 * 2.0452296 * error, 0.01);
            assert_close(band, critical[SB_RATIO] * error, 1e-14);
        } else {
            assert_true(point.ratio_low[1] == -INFINITY && band == INFINITY && error > 0);
        }
        assert_close(sb_curve_band(&point, critical, true, SB_SLOPE_A_NATS),
                     critical[SB_SLOPE_A_NATS] * point.standard_error[SB_SLOPE_A_NATS], 1e-14);
        sb_curve_source_clear(&source);
        sb_language_free(language);
    }
}

/* q = (0.7, 0.3) and p_t = (0.1, 0.9): p_t/q = 1/7 and 3, so that the mean over n is below 1 where fewer
 * than 0.3 n are of the second leaf. Drawn with 0.1 (p_a) that has probability 0.9477 at n = 4, 0.8857
 * at 6, 0.9743 at 7; more than 0.3 n with 0.5 (p_p): 0.9408 at 15, 0.9616 at 16. */
static void test_documents_for_a_sign(void **state)
{
    (void)state;
    double p[] = { 0.5, 0.5, 0.9, 0.1, 0.1, 0.9 };
    struct sb_curve_source source = { .n_leaves = 2, .p = p };
    const double volumes[SB_N_ROLES] = { 1, 1, 0 };
    uint64_t n;
    assert_int_equal(sb_curve_n_for_sign(&source, volumes, SB_ROLE_A, 0.95, &n), SB_OK);
    assert_int_equal(n, 7);
    assert_int_equal(sb_curve_n_for_sign(&source, volumes, SB_ROLE_P, 0.95, &n), SB_OK);
    assert_int_equal(n, 16);
    p[4] = 0.9;
    p[5] = 0.1;
    assert_int_equal(sb_curve_n_for_sign(&source, volumes, SB_ROLE_A, 0.95, &n), SB_OK);
    assert_int_equal(n, 0);
    assert_int_equal(sb_curve_n_for_sign(&source, volumes, SB_ROLE_T, 0.95, &n), SB_DOMAIN);
}

int main(void)
{
    gsl_set_error_handler_off();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_form),
        cmocka_unit_test(test_bands),
        cmocka_unit_test(test_any_volume_may_grow),
        cmocka_unit_test(test_slopes_are_derivatives),
        cmocka_unit_test(test_overlap_without_neutral_part),
        cmocka_unit_test(test_elasticity_agrees),
        cmocka_unit_test(test_jackknife),
        cmocka_unit_test(test_counts_converge),
        cmocka_unit_test(test_counts_of_documents),
        cmocka_unit_test(test_documents_shorter_than_a_block),
        cmocka_unit_test(test_entropies_and_bias),
        cmocka_unit_test(test_corrected_by_hand),
        cmocka_unit_test(test_ratio_interval),
        cmocka_unit_test(test_corrected_ratio),
        cmocka_unit_test(test_documents_for_a_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

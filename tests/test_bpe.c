/* Byte-pair encoding against its definition carried out step by step, on random vocabularies. */
#include "tests/helpers.h"

#include "data/bpe.h"
#include "theory/random.h"

enum { LETTERS = 4, MAX_TOKENS = 80, MAX_MERGES = 60, MAX_TEXT = 60 };

struct merges {
    struct pair {
        char left[64], right[64];
    } items[MAX_MERGES];
    size_t n;
};

/* Random merges of what there is, over the letters a, b, c, d. */
static void make_merges(struct sb_random *random, struct sb_vocabulary *vocabulary,
                        struct merges *merges)
{
    for (uint32_t i = 0; i < LETTERS; i++)
        assert_int_equal(sb_vocabulary_add(vocabulary, &"abcd"[i], 1, i, SB_TOKEN_MODEL), SB_OK);
    merges->n = 0;
    for (size_t tries = 0; tries < MAX_MERGES; tries++) {
        uint32_t id;
        size_t n_left, n_right;
        uint32_t a = (uint32_t)sb_random_below(random, vocabulary->n);
        uint32_t b = (uint32_t)sb_random_below(random, vocabulary->n);
        const uint8_t *left = sb_vocabulary_text(vocabulary, a, &n_left);
        const uint8_t *right = sb_vocabulary_text(vocabulary, b, &n_right);
        struct pair *pair = &merges->items[merges->n];
        if (n_left + n_right > 12)
            continue;
        snprintf(pair->left, sizeof pair->left, "%.*s", (int)n_left, (const char *)left);
        snprintf(pair->right, sizeof pair->right, "%.*s", (int)n_right, (const char *)right);
        bool is_there = false;
        for (size_t i = 0; i < merges->n; i++)
            is_there = is_there || (strcmp(merges->items[i].left, pair->left) == 0 &&
                                    strcmp(merges->items[i].right, pair->right) == 0);
        if (is_there)
            continue;
        char both[128];
        snprintf(both, sizeof both, "%s%s", pair->left, pair->right);
        if (!sb_vocabulary_find(vocabulary, both, strlen(both), &id))
            assert_int_equal(sb_vocabulary_add(vocabulary, both, strlen(both),
                                               (uint32_t)vocabulary->n, SB_TOKEN_MODEL),
                             SB_OK);
        merges->n++;
    }
}

/* The definition: again and again the pair of least rank, the leftmost of these. */
static size_t merge_slowly(const struct merges *merges, const char *text, char pieces[MAX_TEXT][64])
{
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++)
        snprintf(pieces[i], 64, "%c", text[i]);
    for (;;) {
        size_t best = merges->n, where = 0;
        for (size_t i = 0; i + 1 < n; i++)
            for (size_t r = 0; r < best; r++)
                if (strcmp(merges->items[r].left, pieces[i]) == 0 &&
                    strcmp(merges->items[r].right, pieces[i + 1]) == 0) {
                    best = r;
                    where = i;
                }
        if (best == merges->n)
            return n;
        size_t length = strlen(pieces[where]);
        snprintf(pieces[where] + length, 64 - length, "%s", merges->items[best].right);
        memmove(pieces[where + 1], pieces[where + 2], (n - where - 2) * sizeof *pieces);
        n--;
    }
}

static void assert_same(const struct sb_vocabulary *vocabulary, const struct sb_bpe_word *word,
                        char pieces[MAX_TEXT][64], size_t n, const char *text, uint64_t seed)
{
    bool same = word->n == n;
    size_t end = 0;
    for (size_t i = 0; same && i < n; i++) {
        size_t length;
        const uint8_t *token = sb_vocabulary_text(vocabulary, word->ids[i], &length);
        end += length;
        same = length == strlen(pieces[i]) && memcmp(token, pieces[i], length) == 0 &&
               word->ends[i] == end;
    }
    if (!same)
        fail_msg("seed %llu, \"%s\": not as by the definition", (unsigned long long)seed, text);
}

static void against_the_definition(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 150; seed++) {
        struct sb_random random;
        struct sb_vocabulary vocabulary = { 0 };
        struct merges merges;
        struct sb_bpe *bpe;
        struct sb_bpe_scratch *scratch;
        struct sb_bpe_options options = { .unknown = SB_BPE_NONE, .byte_level = seed % 2 == 0 };
        sb_random_init(&random, seed, 0);
        make_merges(&random, &vocabulary, &merges);
        assert_int_equal(sb_bpe_create(&vocabulary, &options, &bpe), SB_OK);
        for (size_t i = 0; i < merges.n; i++)
            assert_int_equal(sb_bpe_add_merge(bpe, (const uint8_t *)merges.items[i].left,
                                              strlen(merges.items[i].left),
                                              (const uint8_t *)merges.items[i].right,
                                              strlen(merges.items[i].right)),
                             SB_OK);
        assert_int_equal(sb_bpe_scratch_create(&scratch), SB_OK);
        for (size_t t = 0; t < 60; t++) {
            char text[MAX_TEXT + 1] = "", pieces[MAX_TEXT][64];
            size_t n = (size_t)sb_random_below(&random, MAX_TEXT), place;
            struct sb_bpe_word word;
            for (size_t i = 0; i < n; i++)
                text[i] = "abcd"[sb_random_below(&random, LETTERS)];
            size_t n_pieces = merge_slowly(&merges, text, pieces);
            for (int again = 0; again < 2; again++) { /* the second time from the cache */
                assert_int_equal(
                    sb_bpe_encode(bpe, scratch, (const uint8_t *)text, n, &word, &place), SB_OK);
                assert_same(&vocabulary, &word, pieces, n_pieces, text, seed);
            }
        }
        sb_bpe_scratch_free(scratch);
        sb_bpe_free(bpe);
        sb_vocabulary_clear(&vocabulary);
    }
}

/* Unknown characters: one token each, or one for all of a row; never merged with what they join. */
static void unknown(void **state)
{
    (void)state;
    for (int fuse = 0; fuse < 2; fuse++) {
        struct sb_vocabulary vocabulary = { 0 };
        struct sb_bpe *bpe;
        struct sb_bpe_scratch *scratch;
        struct sb_bpe_word word;
        struct sb_bpe_options options = { .unknown = 2, .fuse_unknown = fuse };
        size_t place;
        assert_int_equal(sb_vocabulary_add(&vocabulary, "a", 1, 0, SB_TOKEN_MODEL), SB_OK);
        assert_int_equal(sb_vocabulary_add(&vocabulary, "aa", 2, 1, SB_TOKEN_MODEL), SB_OK);
        assert_int_equal(sb_vocabulary_add(&vocabulary, "<unk>", 5, 2, SB_TOKEN_MODEL), SB_OK);
        assert_int_equal(sb_bpe_create(&vocabulary, &options, &bpe), SB_OK);
        assert_int_equal(sb_bpe_add_merge(bpe, (const uint8_t *)"a", 1, (const uint8_t *)"a", 1),
                         SB_OK);
        assert_int_equal(sb_bpe_scratch_create(&scratch), SB_OK);
        /* aa, U+00E9 x, aa */
        assert_int_equal(
            sb_bpe_encode(bpe, scratch, (const uint8_t *)"aa\xC3\xA9xaa", 7, &word, &place), SB_OK);
        assert_int_equal(word.n, fuse ? 3 : 4);
        assert_int_equal(word.ids[1], 2);
        assert_int_equal(word.ends[1], fuse ? 5 : 4);
        assert_int_equal(word.ids[word.n - 1], 1);
        sb_bpe_scratch_free(scratch);
        sb_bpe_free(bpe);
        sb_vocabulary_clear(&vocabulary);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(against_the_definition),
        cmocka_unit_test(unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

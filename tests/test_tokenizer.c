/* Tokenizers: small ones of each family (ids from a direct implementation of the definitions, written
 * apart from this one), the real ones where ../shared is, spans, damaged and hostile files. */
#include "tests/helpers.h"

#include <jansson.h>
#include "data/archive.h"
#include "data/hash.h"
#include "data/pattern.h"
#include "data/tokenizer.h"

static const char *const families[] = { "gpt2", "llama3", "qwen2", "llama2", "gemma", "metaspace" };
enum { N_FAMILIES = sizeof families / sizeof *families };

struct setting {
    struct sb_tokenizer *tokenizer;
    struct sb_encoder *encoder;
    struct sb_tokens tokens;
    struct sb_buffer text;
    struct sb_error error;
};

static void open_tokenizer(struct setting *s, const char *path)
{
    memset(s, 0, sizeof *s);
    if (sb_tokenizer_create(path, &s->tokenizer, &s->error))
        fail_msg("%s", s->error.message);
    assert_int_equal(sb_encoder_create(s->tokenizer, &s->encoder, &s->error), SB_OK);
}

static void open_family(struct setting *s, const char *family)
{
    char path[200];
    snprintf(path, sizeof path, "tests/fixtures/tokenizers/%s", family);
    open_tokenizer(s, path);
}

static void close_tokenizer(struct setting *s)
{
    sb_tokens_clear(&s->tokens);
    sb_buffer_clear(&s->text);
    sb_encoder_free(s->encoder);
    sb_tokenizer_free(s->tokenizer);
}

static void encode(struct setting *s, const char *text, size_t n, unsigned flags)
{
    sb_tokens_reset(&s->tokens);
    if (sb_encoder_encode(s->encoder, (const uint8_t *)text, n, flags, &s->tokens, &s->error))
        fail_msg("\"%.*s\": %s", (int)n, text, s->error.message);
    assert_int_equal(s->tokens.n_bytes, n);
    for (size_t i = 0; i < s->tokens.n; i++)
        assert_true(s->tokens.ends[i] >= (i ? s->tokens.ends[i - 1] : 0));
    if (s->tokens.n)
        assert_int_equal(s->tokens.ends[s->tokens.n - 1], n);
}

static void decode(struct setting *s)
{
    sb_buffer_reset(&s->text);
    if (sb_tokenizer_decode(s->tokenizer, s->tokens.ids, s->tokens.n, false, &s->text, &s->error))
        fail_msg("%s", s->error.message);
}

static bool restores(const struct setting *s, const char *text, size_t n)
{
    bool result;
    assert_int_equal(sb_tokenizer_restores(s->tokenizer, s->tokens.ids, s->tokens.n,
                                           (const uint8_t *)text, n, &result, NULL),
                     SB_OK);
    return result;
}

/* ---- ids --------------------------------------------------------------------------------------- */

static void assert_ids(const struct setting *s, const json_t *expected, const char *what,
                       const char *text)
{
    bool same = json_array_size(expected) == s->tokens.n;
    for (size_t i = 0; same && i < s->tokens.n; i++)
        same = json_integer_value(json_array_get(expected, i)) == s->tokens.ids[i];
    if (same)
        return;
    print_error("got");
    for (size_t i = 0; i < s->tokens.n; i++)
        print_error(" %u", (unsigned)s->tokens.ids[i]);
    char *dump = json_dumps(expected, 0);
    print_error("\nexpected %s\n", dump);
    free(dump);
    fail_msg("%s: \"%s\"", what, text);
}

static void check_cases(struct setting *s, const json_t *root, const char *what)
{
    size_t i;
    json_t *record, *cases = json_object_get(root, "cases");
    assert_true(json_array_size(cases) > 0);
    json_array_foreach(cases, i, record)
    {
        const json_t *source = json_object_get(record, "text");
        const json_t *decoded = json_object_get(record, "decoded");
        const char *text = json_string_value(source);
        size_t n = json_string_length(source);
        encode(s, text, n, SB_ENCODE_SPECIAL);
        assert_ids(s, json_object_get(record, "ids_with_special"), what, text);
        encode(s, text, n, 0);
        assert_ids(s, json_object_get(record, "ids"), what, text);
        decode(s);
        assert_int_equal(s->text.n, json_string_length(decoded));
        if (s->text.n)
            assert_memory_equal(s->text.bytes, json_string_value(decoded), s->text.n);
        bool is_same = n == s->text.n && (n == 0 || memcmp(text, s->text.bytes, n) == 0);
        assert_int_equal(restores(s, text, n), is_same);
    }
}

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (!root)
        fail_msg("%s: %s", path, error.text);
    return root;
}

static void small_families(void **state)
{
    (void)state;
    NEED_REGEX();
    for (size_t f = 0; f < N_FAMILIES; f++) {
        struct setting s;
        char path[200];
        snprintf(path, sizeof path, "tests/fixtures/tokenizers/%s/expected.json", families[f]);
        json_t *root = load(path);
        open_family(&s, families[f]);
        check_cases(&s, root, families[f]);
        json_decref(root);
        close_tokenizer(&s);
    }
}

/* The text of sample.txt: count and SHA-256 of its ids as little-endian 32-bit numbers. */
static void check_file(struct setting *s, const json_t *file, const char *what)
{
    size_t n;
    char hex[65];
    uint8_t digest[32];
    struct sb_hash hash;
    char *text = read_file("../shared/fixtures/tokenizer_ids/sample.txt", &n);
    encode(s, text, n, 0);
    if ((json_int_t)s->tokens.n != json_integer_value(json_object_get(file, "count")))
        fail_msg("%s: %zu tokens", what, s->tokens.n);
    sb_hash_init(&hash);
    for (size_t i = 0; i < s->tokens.n; i++) {
        uint8_t word[4];
        for (int b = 0; b < 4; b++)
            word[b] = (uint8_t)(s->tokens.ids[i] >> 8 * b);
        sb_hash_bytes(&hash, word, 4);
    }
    sb_hash_digest(&hash, digest, 32);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(hex, json_string_value(json_object_get(file, "sha256")));
    assert_true(restores(s, text, n));
    free(text);
}

static void real_ones(void **state)
{
    (void)state;
    NEED_REGEX();
    static const char *const names[] = { "gpt2", "llama2", "llama3", "gemma", "qwen2_5" };
    if (access("../shared/tokenizers", R_OK) != 0) {
        print_message("no ../shared/tokenizers: the real tokenizers are not compared\n");
        skip();
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct setting s;
        char path[200];
        snprintf(path, sizeof path, "../shared/fixtures/tokenizer_ids/%s/expected.json", names[i]);
        json_t *root = load(path);
        snprintf(path, sizeof path, "../shared/tokenizers/%s.json.xz", names[i]);
        open_tokenizer(&s, path);
        assert_int_equal(sb_tokenizer_n_vocabulary(s.tokenizer),
                         json_integer_value(json_object_get(root, "vocab_size")));
        check_cases(&s, root, names[i]);
        check_file(&s, json_object_get(root, "file"), names[i]);
        json_decref(root);
        close_tokenizer(&s);
    }
}

static void check_round_trip(struct setting *s, const char *path)
{
    struct sb_archive *archive;
    struct sb_archive_entry entry;
    const uint8_t *bytes;
    size_t n, most = 1 << 20;
    assert_int_equal(sb_archive_open(path, true, &archive, &s->error), SB_OK);
    assert_int_equal(sb_archive_next(archive, &entry, &s->error), SB_OK);
    assert_int_equal(sb_archive_read(archive, &bytes, &n, &s->error), SB_OK);
    n = n < most ? n : most; /* blocks may end within a character: bytes survive all the same */
    encode(s, (const char *)bytes, n, 0);
    assert_true(restores(s, (const char *)bytes, n));
    assert_in_range(s->tokens.n, n / 8, n / 2);
    sb_archive_close(archive);
}

static void springs_round_trip(void **state)
{
    (void)state;
    NEED_REGEX();
    static const char *const texts[] = { "../shared/data/english/train.txt.xz",
                                         "../shared/data/english/hold60.jsonl",
                                         "../shared/data/movie-reviews/neg_train.txt",
                                         "../shared/data/movie-reviews/pos_train.txt" };
    static const char *const models[] = { "base", "aligned", "inverse" };
    if (access("../shared/models/springs", R_OK) != 0) {
        print_message("no ../shared/models: their tokenizers are not tried\n");
        skip();
    }
    for (size_t m = 0; m < 3; m++) {
        struct setting s;
        char path[200];
        snprintf(path, sizeof path, "../shared/models/springs/%s", models[m]);
        open_tokenizer(&s, path);
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            check_round_trip(&s, texts[i]);
        close_tokenizer(&s);
    }
}

/* ---- spans, and texts in parts ----------------------------------------------------------------- */

static void assert_ends(const struct setting *s, const size_t *expected, size_t n)
{
    assert_int_equal(s->tokens.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(s->tokens.ends[i], expected[i]);
}

static void spans(void **state)
{
    (void)state;
    NEED_REGEX();
    struct setting s;
    open_family(&s, "qwen2");
    /* "e" and U+0301 are composed to U+00E9, two bytes: the first covers nothing, the second all
     * three bytes of the source. x is 0..1. */
    encode(&s, "xe\xCC\x81", 4, 0);
    assert_ends(&s, (const size_t[]){ 1, 1, 4 }, 3);
    /* An added token in the middle covers its own text. */
    encode(&s, "z<|im_start|>z", 14, 0);
    assert_ends(&s, (const size_t[]){ 1, 13, 14 }, 3);
    close_tokenizer(&s);

    open_family(&s, "llama2");
    /* <s> covers nothing; "_Z": the space before was put there, and covers nothing either, then Z as
     * its byte; <0xE4> <0xB8> <0xAD> a byte each. */
    encode(&s, "Z\xE4\xB8\xAD", 4, SB_ENCODE_SPECIAL);
    assert_ends(&s, (const size_t[]){ 0, 0, 1, 2, 3, 4 }, 6);
    close_tokenizer(&s);
}

static void texts_in_parts(void **state)
{
    (void)state;
    struct setting s;
    uint32_t ids[64];
    open_family(&s, "llama2");
    encode(&s, "the fox said", 12, SB_ENCODE_SPECIAL);
    size_t n = s.tokens.n;
    assert_in_range(n, 3, 12);
    memcpy(ids, s.tokens.ids, n * sizeof *ids);
    /* "the fox" and " said" apart: without a space put before the second, the same ids. */
    encode(&s, "the fox", 7, SB_ENCODE_SPECIAL);
    size_t n_prompt = s.tokens.n;
    assert_int_equal(sb_encoder_encode(s.encoder, (const uint8_t *)" said", 5, SB_ENCODE_CONTINUED,
                                       &s.tokens, &s.error),
                     SB_OK);
    assert_int_equal(s.tokens.n, n);
    assert_memory_equal(s.tokens.ids, ids, n * sizeof *ids);
    assert_int_equal(s.tokens.ends[n_prompt - 1], 7);
    assert_int_equal(s.tokens.ends[n - 1], 12);
    assert_int_equal(s.tokens.n_bytes, 12);
    /* With one, it is another token that comes first. */
    s.tokens.n = n_prompt;
    assert_int_equal(
        sb_encoder_encode(s.encoder, (const uint8_t *)" said", 5, 0, &s.tokens, &s.error), SB_OK);
    assert_true(s.tokens.ids[n_prompt] != ids[n_prompt]);
    close_tokenizer(&s);
}

static void lookups(void **state)
{
    (void)state;
    struct setting s;
    uint32_t id;
    size_t n;
    open_family(&s, "llama2");
    assert_true(sb_tokenizer_find(s.tokenizer, "<s>", &id));
    assert_int_equal(id, 1);
    assert_true(sb_tokenizer_is_special(s.tokenizer, id));
    assert_false(sb_tokenizer_find(s.tokenizer, "<no such token>", &id));
    assert_int_equal(*sb_tokenizer_prefix(s.tokenizer, &n), 1);
    assert_int_equal(n, 1);
    sb_tokenizer_suffix(s.tokenizer, &n);
    assert_int_equal(n, 0);
    assert_false(sb_tokenizer_is_special(s.tokenizer, 1000000));
    /* Special tokens are left out on request, and are text otherwise. */
    encode(&s, "fox</s>", 7, SB_ENCODE_SPECIAL);
    decode(&s);
    assert_int_equal(s.text.n, 11);
    assert_memory_equal(s.text.bytes, "<s> fox</s>", 11);
    sb_buffer_reset(&s.text);
    assert_int_equal(
        sb_tokenizer_decode(s.tokenizer, s.tokens.ids, s.tokens.n, true, &s.text, &s.error), SB_OK);
    assert_int_equal(s.text.n, 3);
    assert_memory_equal(s.text.bytes, "fox", 3);
    close_tokenizer(&s);
}

static void bytes(void **state)
{
    (void)state;
    struct setting s;
    open_tokenizer(&s, "bytes");
    assert_int_equal(sb_tokenizer_n_vocabulary(s.tokenizer), 256);
    encode(&s, "a\0\xFF", 3, SB_ENCODE_SPECIAL);
    assert_int_equal(s.tokens.n, 3);
    assert_int_equal(s.tokens.ids[2], 255);
    assert_true(restores(&s, "a\0\xFF", 3));
    s.tokens.ids[1] = 256;
    assert_int_equal(sb_tokenizer_decode(s.tokenizer, s.tokens.ids, 3, false, &s.text, &s.error),
                     SB_DOMAIN);
    assert_non_null(strstr(s.error.message, "256 at position 1"));
    assert_int_equal(s.text.n, 0);
    close_tokenizer(&s);
}

/* ---- what is no text, and what is long --------------------------------------------------------- */

static void any_bytes(void **state)
{
    (void)state;
    NEED_REGEX();
    static const char text[] =
        "fox\xFF\xE4\xB8the \xC0\x80lion\xF0\x9F\x98"; /* truncated, overlong */
    for (size_t f = 0; f < N_FAMILIES; f++) {
        struct setting s;
        open_family(&s, families[f]);
        encode(&s, text, sizeof text - 1, 0);
        assert_true(restores(&s, text, sizeof text - 1));
        uint8_t all[512];
        for (size_t i = 0; i < sizeof all; i++)
            all[i] = (uint8_t)(i * 37 % 256);
        encode(&s, (const char *)all, sizeof all, 0);
        assert_true(restores(&s, (const char *)all, sizeof all));
        close_tokenizer(&s);
    }
}

/* A long run of one character: were anything quadratic, this would take minutes. */
static void long_runs(void **state)
{
    (void)state;
    NEED_REGEX();
    enum { N = 1 << 18 };
    char *text = malloc(N);
    assert_non_null(text);
    for (size_t f = 0; f < N_FAMILIES; f++)
        for (const char *c = " aZ\n"; *c; c++) {
            struct setting s;
            open_family(&s, families[f]);
            memset(text, *c, N);
            encode(&s, text, N, 0);
            /* Metaspace cannot tell a space at the beginning from the one that it puts there. */
            bool is_lossy = *c == ' ' && strcmp(families[f], "metaspace") == 0;
            assert_int_equal(restores(&s, text, N), !is_lossy);
            close_tokenizer(&s);
        }
    free(text);
}

/* ---- refused ----------------------------------------------------------------------------------- */

/* A tokenizer of the letters a and b with one part put in. */
static const char TINY[] =
    "{\"normalizer\":%s,\"pre_tokenizer\":%s,\"post_processor\":%s,\"decoder\":%s,"
    "\"added_tokens\":[%s],\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"b\":1,\"ab\":2},"
    "\"merges\":[\"a b\"]%s}}";
static const char FUSE[] = "{\"type\":\"Fuse\"}";

static void assert_parse(const char *text, enum sb_status expected, const char *part)
{
    struct sb_tokenizer *tokenizer = (void *)1;
    struct sb_error error = { "" };
    enum sb_status status =
        sb_tokenizer_parse((const uint8_t *)text, strlen(text), "FILE", &tokenizer, &error);
    if (status != expected || (part && !strstr(error.message, part)))
        fail_msg("%s\n  status %d, \"%s\"; expected %d, \"%s\"", text, status, error.message,
                 expected, part ? part : "");
    assert_true((status == SB_OK) == (tokenizer != NULL));
    if (status)
        assert_ptr_equal(strstr(error.message, "FILE: "), error.message);
    sb_tokenizer_free(tokenizer);
}

static void refused_by_name(void **state)
{
    (void)state;
    NEED_REGEX();
    static const struct {
        const char *normalizer, *pretokenizer, *processor, *decoder, *added, *model;
        enum sb_status status;
        const char *part;
    } files[] = {
        { "null", "null", "null", FUSE, "", "", SB_OK, NULL },
        { "{\"type\":\"NFKC\"}", "null", "null", FUSE, "", "", SB_UNSUPPORTED,
          "normalizer type \"NFKC\"" },
        { "{\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"Lowercase\"}]}", "null", "null",
          FUSE, "", "", SB_UNSUPPORTED, "\"Lowercase\"" },
        { "null", "{\"type\":\"Whitespace\"}", "null", FUSE, "", "", SB_UNSUPPORTED,
          "pre_tokenizer type \"Whitespace\"" },
        { "null",
          "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"[a&&b]\"},\"behavior\":\"Isolated\"}",
          "null", FUSE, "", "", SB_UNSUPPORTED, "&&" },
        { "null", "{\"type\":\"Split\",\"pattern\":{\"Regex\":\"a*\"},\"behavior\":\"Isolated\"}",
          "null", FUSE, "", "", SB_UNSUPPORTED, "matching the empty string" },
        { "null", "{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},\"behavior\":\"Sideways\"}",
          "null", FUSE, "", "", SB_FORMAT, "behavior" },
        { "null", "null", "{\"type\":\"BertProcessing\"}", FUSE, "", "", SB_UNSUPPORTED,
          "post_processor type \"BertProcessing\"" },
        { "null", "null", "null", "{\"type\":\"WordPiece\"}", "", "", SB_UNSUPPORTED,
          "decoder type \"WordPiece\"" },
        { "null", "null", "null", "null", "", "", SB_UNSUPPORTED, "no decoder" },
        { "null", "null", "null", FUSE, "{\"id\":3,\"content\":\"x\",\"single_word\":true}", "",
          SB_UNSUPPORTED, "single_word" },
        { "null", "null", "null", FUSE, "{\"id\":2,\"content\":\"x\"}", "", SB_FORMAT,
          "\"x\" has id 2" },
        { "null", "null", "null", FUSE, "{\"id\":4000000000,\"content\":\"x\"}", "", SB_LIMIT,
          "4000000000" },
        { "null", "null", "null", FUSE, "", ",\"dropout\":0.1", SB_UNSUPPORTED, "dropout" },
        { "null", "null", "null", FUSE, "", ",\"byte_fallback\":true", SB_UNSUPPORTED,
          "byte_fallback without" },
        { "null", "null", "null", FUSE, "", ",\"end_of_word_suffix\":\"</w>\"", SB_UNSUPPORTED,
          "end_of_word_suffix" },
        { "null", "null", "null", FUSE, "", ",\"type\":\"Unigram\"", SB_UNSUPPORTED,
          "model type \"Unigram\"" },
        { "null", "null", "null", FUSE, "", ",\"vocab\":{\"a\":-1}", SB_FORMAT, "no whole number" },
        { "null", "null", "null", FUSE, "", ",\"merges\":[\"a b\",\"b a\"]", SB_FORMAT, "merge 2" },
        { "null", "null", "null", FUSE, "", ",\"merges\":[[\"a\",\"b\",\"a\"]]", SB_FORMAT,
          "merge 1 is not two tokens" },
        { "null", "null",
          "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"<s>\"}},"
          "{\"Sequence\":{}}],\"special_tokens\":{\"<s>\":{\"ids\":[77]}}}",
          FUSE, "", "", SB_FORMAT, "ids of tokens" },
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char text[2000];
        snprintf(text, sizeof text, TINY, files[i].normalizer, files[i].pretokenizer,
                 files[i].processor, files[i].decoder, files[i].added, files[i].model);
        assert_parse(text, files[i].status, files[i].part);
    }
    assert_parse("", SB_FORMAT, "tokenizer.json");
    assert_parse("[]", SB_FORMAT, "no object");
    assert_parse("{\"decoder\":{\"type\":\"Fuse\"}}", SB_FORMAT, "\"model\"");
}

/* No prefix of a file but the whole one is taken. */
static void truncated(void **state)
{
    (void)state;
    size_t n;
    char *text = read_file("tests/fixtures/tokenizers/llama2/tokenizer.json", &n);
    for (size_t i = 0; i < n; i++) {
        struct sb_tokenizer *tokenizer;
        uint8_t *exact = malloc(i + 1); /* so that reading beyond its end is seen */
        assert_non_null(exact);
        memcpy(exact, text, i);
        assert_int_equal(sb_tokenizer_parse(exact, i, "FILE", &tokenizer, NULL), SB_FORMAT);
        assert_null(tokenizer);
        free(exact);
    }
    free(text);
}

/* What has no token is named with its place, and leaves no tokens behind. */
static void unknown_text(void **state)
{
    (void)state;
    char text[2000];
    struct setting s = { 0 };
    snprintf(text, sizeof text, TINY, "null", "null", "null", FUSE, "", "");
    assert_int_equal(
        sb_tokenizer_parse((const uint8_t *)text, strlen(text), "FILE", &s.tokenizer, &s.error),
        SB_OK);
    assert_int_equal(sb_encoder_create(s.tokenizer, &s.encoder, &s.error), SB_OK);
    encode(&s, "abba", 4, 0);
    assert_int_equal(s.tokens.n, 3); /* ab b a */
    assert_int_equal(
        sb_encoder_encode(s.encoder, (const uint8_t *)"abxa", 4, 0, &s.tokens, &s.error),
        SB_FORMAT);
    assert_non_null(strstr(s.error.message, "78 (hexadecimal) at byte 2"));
    assert_int_equal(
        sb_encoder_encode(s.encoder, (const uint8_t *)"ab\xFF", 3, 0, &s.tokens, &s.error),
        SB_FORMAT);
    assert_non_null(strstr(s.error.message, "not UTF-8 at byte 2"));
    assert_int_equal(s.tokens.n, 3);
    assert_int_equal(s.tokens.n_bytes, 4);
    close_tokenizer(&s);
}

/* What a step of the decoder leaves nothing of, the next one sees nothing of. */
static void nothing_left(void **state)
{
    (void)state;
    static const char strip[] = "{\"type\":\"Strip\",\"content\":\"a\",\"start\":1,\"stop\":0}";
    char text[2000], decoder[500];
    struct setting s = { 0 };
    snprintf(decoder, sizeof decoder, "{\"type\":\"Sequence\",\"decoders\":[%s,%s]}", strip, strip);
    snprintf(text, sizeof text, TINY, "null", "null", "null", decoder, "", "");
    assert_int_equal(
        sb_tokenizer_parse((const uint8_t *)text, strlen(text), "FILE", &s.tokenizer, &s.error),
        SB_OK);
    assert_int_equal(sb_encoder_create(s.tokenizer, &s.encoder, &s.error), SB_OK);
    encode(&s, "a", 1, 0);
    decode(&s);
    assert_int_equal(s.text.n, 0);
    encode(&s, "ba", 2, 0);
    decode(&s);
    assert_int_equal(s.text.n, 1);
    assert_memory_equal(s.text.bytes, "b", 1);
    close_tokenizer(&s);
}

static void absent(void **state)
{
    (void)state;
    struct sb_tokenizer *tokenizer;
    struct sb_error error;
    assert_int_equal(sb_tokenizer_create("no/such/file", &tokenizer, &error), SB_IO);
    assert_non_null(strstr(error.message, "no/such/file"));
    assert_int_equal(sb_tokenizer_create("tests/fixtures", &tokenizer, &error), SB_IO);
    assert_non_null(strstr(error.message, "tests/fixtures/tokenizer.json"));
    assert_null(tokenizer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_families),
        cmocka_unit_test(real_ones),
        cmocka_unit_test(springs_round_trip),
        cmocka_unit_test(spans),
        cmocka_unit_test(texts_in_parts),
        cmocka_unit_test(lookups),
        cmocka_unit_test(bytes),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(long_runs),
        cmocka_unit_test(refused_by_name),
        cmocka_unit_test(truncated),
        cmocka_unit_test(unknown_text),
        cmocka_unit_test(nothing_left),
        cmocka_unit_test(absent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

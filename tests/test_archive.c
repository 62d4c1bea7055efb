/* Bytes from archives, compressed files and folders, made here with libarchive's writer. */
#include "tests/folder.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include "data/archive.h"

/* A path in the folder; valid until the call after the next three. */
static const char *in_folder(const char *name)
{
    static char paths[4][4200];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* ---- writing ---------------------------------------------------------------------------------- */

struct member {
    const char *name, *content;
    unsigned type; /* 0: a regular file */
};

static struct archive *begin_archive(const char *path, int format, int filter, const char *options)
{
    struct archive *writer = archive_write_new();
    assert_non_null(writer);
    setlocale(LC_CTYPE, "C.UTF-8"); /* for names that are not ASCII; only while writing */
    assert_int_equal(archive_write_set_format(writer, format), ARCHIVE_OK);
    assert_int_equal(archive_write_add_filter(writer, filter), ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(writer, 1);
    if (options) {
        assert_int_equal(archive_write_set_options(writer, options), ARCHIVE_OK);
        assert_int_equal(archive_write_set_passphrase(writer, "secret"), ARCHIVE_OK);
    }
    assert_int_equal(archive_write_open_filename(writer, path), ARCHIVE_OK);
    return writer;
}

static void add_bytes(struct archive *writer, const char *name, const void *bytes, size_t n,
                      unsigned type)
{
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, type ? type : AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, type ? 0 : (la_int64_t)n);
    if (type == AE_IFLNK)
        archive_entry_set_symlink(entry, "elsewhere");
    assert_true(archive_write_header(writer, entry) >= ARCHIVE_WARN);
    if (!type && n)
        assert_int_equal(archive_write_data(writer, bytes, n), n);
    archive_entry_free(entry);
}

static void end_archive(struct archive *writer)
{
    assert_int_equal(archive_write_close(writer), ARCHIVE_OK);
    archive_write_free(writer);
    setlocale(LC_CTYPE, "C");
}

/* Writes an archive into the folder and returns its path. */
static const char *write_archive(const char *name, int format, int filter,
                                 const struct member *members, size_t n)
{
    const char *path = in_folder(name);
    struct archive *writer = begin_archive(path, format, filter, NULL);
    for (size_t i = 0; i < n; i++)
        add_bytes(writer, members[i].name, members[i].content, strlen(members[i].content),
                  members[i].type);
    end_archive(writer);
    return path;
}

static const char *write_compressed(const char *name, int filter, const void *bytes, size_t n)
{
    const char *path = in_folder(name);
    struct archive *writer = begin_archive(path, ARCHIVE_FORMAT_RAW, filter, NULL);
    add_bytes(writer, "x", bytes, n, 0);
    end_archive(writer);
    return path;
}

/* ---- reading ---------------------------------------------------------------------------------- */

/* "source(name)=content;" of every entry, with the folder's name taken off; behind a failure "!" and
 * its line. */
static void drain(struct sb_archive *archive, char *text, size_t size)
{
    struct sb_archive_entry entry;
    struct sb_error error = { "" };
    enum sb_status status;
    size_t n = 0;
    while ((status = sb_archive_next(archive, &entry, &error)) == SB_OK) {
        const uint8_t *bytes;
        size_t got, skip = strncmp(entry.source, folder, strlen(folder)) ? 0 : strlen(folder) + 1;
        const char *slash = strrchr(entry.name, '/');
        n += (size_t)snprintf(text + n, size - n, "%s(%s)=", entry.source + skip,
                              slash ? slash + 1 : entry.name);
        while ((status = sb_archive_read(archive, &bytes, &got, &error)) == SB_OK) {
            assert_true(got >= 1 && got < size - n);
            memcpy(text + n, bytes, got);
            n += got;
        }
        if (status != SB_END)
            break;
        n += (size_t)snprintf(text + n, size - n, ";");
    }
    text[n] = 0;
    if (status != SB_END)
        snprintf(text + n, size - n, "!%s", error.message);
    if (status != SB_END && (!*error.message || strchr(error.message, '\n')))
        fail_msg("not one line: %s", error.message);
}

static char *read_all(const char *path)
{
    static char text[1 << 18];
    struct sb_archive *archive;
    struct sb_error error = { "" };
    if (sb_archive_open(path, false, &archive, &error)) {
        assert_null(archive);
        snprintf(text, sizeof text, "!%s", error.message);
        return text;
    }
    drain(archive, text, sizeof text);
    sb_archive_close(archive);
    return text;
}

static void assert_fails(const char *path, const char *part)
{
    const char *text = read_all(path), *message = strchr(text, '!');
    if (!message || !strstr(message, part))
        fail_msg("%s\n  gives    %s\n  expected %s", path, text, part);
}

/* ---- archives and compressed files -------------------------------------------------------------- */

static const struct {
    const char *suffix;
    int code;
} filters[] = {
    { "", ARCHIVE_FILTER_NONE },       { ".gz", ARCHIVE_FILTER_GZIP },
    { ".bz2", ARCHIVE_FILTER_BZIP2 },  { ".xz", ARCHIVE_FILTER_XZ },
    { ".zst", ARCHIVE_FILTER_ZSTD },   { ".lz4", ARCHIVE_FILTER_LZ4 },
    { ".lzma", ARCHIVE_FILTER_LZMA },  { ".lz", ARCHIVE_FILTER_LZIP },
    { ".Z", ARCHIVE_FILTER_COMPRESS },
};
enum { N_FILTERS = sizeof filters / sizeof *filters };

static const struct member docs[] = { { "docs/a.txt", "alpha", 0 },
                                      { "docs/empty.txt", "", 0 },
                                      { "docs/\xC3\xA9.txt", "e", 0 },
                                      { "b.jsonl", "{\"text\":\"b\"}\n", 0 } };

static void formats_and_filters(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int code;
    } formats[] = { { "x.tar", ARCHIVE_FORMAT_TAR_PAX_RESTRICTED },
                    { "x.tar", ARCHIVE_FORMAT_TAR_USTAR },
                    { "x.tar", ARCHIVE_FORMAT_TAR_GNUTAR },
                    { "x.zip", ARCHIVE_FORMAT_ZIP },
                    { "x.7z", ARCHIVE_FORMAT_7ZIP } };
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        for (size_t j = 0; j < (i < 3 ? N_FILTERS : 1); j++) {
            char name[64], expected[1024];
            snprintf(name, sizeof name, "%s%s", formats[i].name, filters[j].suffix);
            const char *path = write_archive(name, formats[i].code, filters[j].code, docs, 4);
            snprintf(expected, sizeof expected,
                     "%s:docs/a.txt(a.txt)=alpha;%s:docs/empty.txt(empty.txt)=;"
                     "%s:docs/\xC3\xA9.txt(\xC3\xA9.txt)=e;%s:b.jsonl(b.jsonl)={\"text\":\"b\"}\n;",
                     name, name, name, name);
            char *text = read_all(path);
            if (formats[i].code == ARCHIVE_FORMAT_7ZIP) /* its writer puts empty files last */
                assert_int_equal(strlen(text), strlen(expected));
            else
                assert_string_equal(text, expected);
        }
}

static void lone_compressed_files(void **state)
{
    (void)state;
    char *big = malloc(100000);
    assert_non_null(big);
    for (size_t i = 0; i < 100000; i++)
        big[i] = (char)('a' + i * i % 23);
    for (size_t j = 0; j < N_FILTERS; j++) {
        char name[32], expected[64];
        snprintf(name, sizeof name, "y.txt%s", filters[j].suffix);
        int n = snprintf(expected, sizeof expected, "%s(y.txt)=", name);
        const char *text = read_all(write_compressed(name, filters[j].code, big, 100000));
        assert_memory_equal(text, expected, (size_t)n);
        assert_memory_equal(text + n, big, 100000);
        assert_string_equal(text + n + 100000, ";");
        if (filters[j].code == ARCHIVE_FILTER_LZ4 || filters[j].code == ARCHIVE_FILTER_COMPRESS)
            continue; /* libarchive 3.6 cannot write an empty one */
        snprintf(expected, sizeof expected, "%s(y.txt)=;", name);
        assert_string_equal(read_all(write_compressed(name, filters[j].code, "", 0)), expected);
    }
    free(big);
}

/* Streams one behind the other, as from cat or parallel compressors, are one file. */
static void concatenated_streams(void **state)
{
    (void)state;
    for (size_t j = 1; j + 1 < N_FILTERS; j++) {
        if (filters[j].code == ARCHIVE_FILTER_LZMA)
            continue; /* has no end that another could follow */
        char name[32], expected[64];
        size_t n;
        snprintf(name, sizeof name, "two.txt%s", filters[j].suffix);
        char *bytes = read_file(write_compressed(name, filters[j].code, "once ", 5), &n);
        bytes = realloc(bytes, 2 * n);
        assert_non_null(bytes);
        memcpy(bytes + n, bytes, n);
        write_file(in_folder(name), bytes, 2 * n);
        free(bytes);
        snprintf(expected, sizeof expected, "%s(two.txt)=once once ;", name);
        assert_string_equal(read_all(in_folder(name)), expected);
    }
}

/* Texts that begin like something that libarchive knows, or as other tools might guess. */
static void text_is_text(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "#mtree\n./a type=file\n",
        "begin 644 a\n#86)C\n`\nend\n",
        "x\nbegin-base64 644 a\nYWJj\n====\n",
        "070707000000000000100644000000000000000001000000000000000000000100000000000a",
        "!<arch>\nx",
        "WARC/1.0\r\nWARC-Type: response\r\n",
        "<?xml version=\"1.0\"?><a/>",
        "{\"text\": 1}\n",
        "[1]",
        "PK and other things",
        "BZh9 is no bzip2",
        "MZ",
        "Rar!\x1A\x07",
        "MSCF",
        "\x1F",
        "7z",
        "]",
        "q\xC7",
        "a",
        "\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char expected[512];
        write_file(in_folder("t"), texts[i], strlen(texts[i]));
        snprintf(expected, sizeof expected, "t(t)=%s;", texts[i]);
        assert_string_equal(read_all(in_folder("t")), expected);
    }
}

/* Every prefix of a valid file is refused, except those that lack nothing but padding. */
static void check_prefixes(const char *path, const char *name, size_t n_whole)
{
    size_t n;
    char *whole = strdup(read_all(path)), *bytes = read_file(path, &n);
    const char *cut = in_folder(name);
    assert_non_null(whole);
    assert_null(strchr(whole, '!'));
    for (size_t i = 0; i < n_whole; i++) {
        write_file(cut, bytes, i);
        if (!strchr(read_all(cut), '!'))
            fail_msg("%s: its first %zu of %zu bytes are accepted: %s", name, i, n, read_all(cut));
    }
    write_file(cut, bytes, n);
    assert_string_equal(read_all(cut), whole);
    free(bytes);
    free(whole);
}

static void truncation(void **state)
{
    (void)state;
    const char text[] =
        "It was a file, and then it was cut; and cut again; and then it was a file.";
    for (size_t j = 1; j + 1 < N_FILTERS; j++) { /* .Z cannot tell its end */
        char name[64];
        size_t n;
        snprintf(name, sizeof name, "cut.txt%s", filters[j].suffix);
        const char *path = write_compressed(name, filters[j].code, text, sizeof text - 1);
        free(read_file(path, &n));
        check_prefixes(path, name, n);
    }
    /* Four headers of 512 bytes and three blocks of content, then the end-of-archive mark. */
    check_prefixes(write_archive("cut.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, docs, 4),
                   "cut.tar", 7 * 512 + 512);
    const char *path =
        write_archive("cut.tgz", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, docs, 4);
    size_t n;
    free(read_file(path, &n));
    check_prefixes(path, "cut.tgz", n);
    path = write_archive("cut.zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, docs, 4);
    free(read_file(path, &n));
    check_prefixes(path, "cut.zip", n);
    path = write_archive("cut.7z", ARCHIVE_FORMAT_7ZIP, ARCHIVE_FILTER_NONE, docs, 4);
    free(read_file(path, &n));
    check_prefixes(path, "cut.7z", n);
}

static void corruption(void **state)
{
    (void)state;
    size_t n;
    const char *path = write_archive("bad.zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, docs, 1);
    char *bytes = read_file(path, &n);
    write_file(in_folder("PKZIP"), bytes, n / 2);
    assert_fails(in_folder("PKZIP"), "truncated or damaged zip");
    bytes[40 + 2] ^= 1;
    write_file(in_folder("bad.zip"), bytes, n);
    assert_non_null(strchr(read_all(in_folder("bad.zip")), '!'));
    free(bytes);
    write_file(in_folder("x.gz"), "plain", 5);
    assert_fails(in_folder("x.gz"), "x.gz: not compressed as its name says");
    write_file(in_folder("x.tar"), "plain", 5);
    assert_fails(in_folder("x.tar"), "x.tar: not the archive that its name says");
    write_compressed("x.tar.xz", ARCHIVE_FILTER_XZ, "plain", 5);
    assert_fails(in_folder("x.tar.xz"), "x.tar.xz: not the archive that its name says");
}

static void encrypted_members(void **state)
{
    (void)state;
    static const char *const options[] = { "zip:encryption=traditional", "zip:encryption=aes256" };
    for (size_t i = 0; i < 2; i++) {
        const char *path = in_folder("secret.zip");
        struct archive *writer =
            begin_archive(path, ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, options[i]);
        add_bytes(writer, "a.txt", "alpha", 5, 0);
        end_archive(writer);
        assert_fails(path, "secret.zip:a.txt: encrypted; decrypt it first");
    }
}

/* ---- members ------------------------------------------------------------------------------------ */

static void unsafe_names(void **state)
{
    (void)state;
    static const char *const names[] = {
        "/etc/passwd", "../a", "a/../../b", "a/..", "..\\a", "\\a"
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct member member = { names[i], "x", 0 };
        assert_fails(
            write_archive("u.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, &member, 1),
            "is absolute or climbs with \"..\"");
    }
    struct member harmless = { "a/b../c..txt", "x", 0 };
    assert_string_equal(read_all(write_archive("u.tar", ARCHIVE_FORMAT_TAR_USTAR,
                                               ARCHIVE_FILTER_NONE, &harmless, 1)),
                        "u.tar:a/b../c..txt(c..txt)=x;");
}

static void what_is_left_out(void **state)
{
    (void)state;
    static const struct member members[] = {
        { "a/", "", AE_IFDIR },    { "a/link", "", AE_IFLNK }, { "a/pipe", "", AE_IFIFO },
        { "a/._mac.txt", "x", 0 }, { ".git/config", "x", 0 },  { "./a/b.txt", "kept", 0 }
    };
    assert_string_equal(
        read_all(write_archive("m.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, members, 6)),
        "m.tar:a/b.txt(b.txt)=kept;");
}

static void globs(void **state)
{
    (void)state;
    write_archive("g.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_GZIP, docs, 4);
    assert_string_equal(read_all(in_folder("g.tar:*.jsonl")),
                        "g.tar:b.jsonl(b.jsonl)={\"text\":\"b\"}\n;");
    assert_string_equal(read_all(in_folder("g.tar:docs/a*")), "g.tar:docs/a.txt(a.txt)=alpha;");
    assert_fails(in_folder("g.tar:*.csv"), "g.tar: no member matches \"*.csv\"");
    write_file(in_folder("plain.txt"), "x", 1);
    assert_fails(in_folder("plain.txt:a"), "plain.txt: not an archive");
    assert_fails(in_folder("absent.txt"), "absent.txt: No such file");
    assert_fails(in_folder("absent.txt:a"), "absent.txt:a: No such file");
    write_file(in_folder("with:colon"), "x", 1);
    assert_string_equal(read_all(in_folder("with:colon")), "with:colon(with:colon)=x;");
}

static void compressed_members(void **state)
{
    (void)state;
    size_t n;
    char *bytes = read_file(write_compressed("c", ARCHIVE_FILTER_GZIP, "inner text", 10), &n);
    struct archive *writer =
        begin_archive(in_folder("n.tar"), ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_ZSTD, NULL);
    add_bytes(writer, "a.jsonl.gz", bytes, n, 0);
    add_bytes(writer, "b.txt", "plain", 5, 0);
    end_archive(writer);
    assert_string_equal(read_all(in_folder("n.tar")),
                        "n.tar:a.jsonl.gz(a.jsonl)=inner text;n.tar:b.txt(b.txt)=plain;");
    for (size_t i = 0; i < n; i++) {
        writer =
            begin_archive(in_folder("n.tar"), ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, NULL);
        add_bytes(writer, "a.gz", bytes, i, 0);
        end_archive(writer);
        assert_fails(in_folder("n.tar"), "n.tar:a.gz: ");
    }
    free(bytes);
    static const struct member archives[] = { { "a/b.tar.gz", "", 0 }, { "b.zip", "", 0 } };
    for (size_t i = 0; i < 2; i++)
        assert_fails(
            write_archive("n.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, archives + i, 1),
            "an archive within an archive");
}

/* A sparse member: 3 bytes, a hole up to 100000, 3 bytes, a hole up to 200000. */
static void sparse_members(void **state)
{
    (void)state;
    static char expected[200000];
    memcpy(expected, "abc", 3);
    memcpy(expected + 100000, "def", 3);
    struct archive *writer = begin_archive(
        in_folder("sparse.tar"), ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE, ARCHIVE_FILTER_NONE, NULL);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, "hole.bin");
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_size(entry, sizeof expected);
    archive_entry_sparse_add_entry(entry, 0, 3);
    archive_entry_sparse_add_entry(entry, 100000, 3);
    assert_int_equal(archive_write_header(writer, entry), ARCHIVE_OK);
    assert_true(archive_write_data(writer, expected, sizeof expected) > 0);
    archive_entry_free(entry);
    end_archive(writer);

    struct sb_archive *archive;
    struct sb_archive_entry member;
    const uint8_t *bytes;
    size_t n, total = 0;
    assert_int_equal(sb_archive_open(in_folder("sparse.tar"), true, &archive, NULL), SB_OK);
    assert_int_equal(sb_archive_next(archive, &member, NULL), SB_OK);
    while (sb_archive_read(archive, &bytes, &n, NULL) == SB_OK) {
        assert_true(total + n <= sizeof expected);
        assert_memory_equal(bytes, expected + total, n);
        total += n;
    }
    assert_int_equal(total, sizeof expected);
    sb_archive_close(archive);
}

/* ---- folders, rewinding, digests ---------------------------------------------------------------- */

static void folders(void **state)
{
    (void)state;
    assert_int_equal(mkdir(in_folder("f"), 0777), 0);
    assert_int_equal(mkdir(in_folder("f/b"), 0777), 0);
    assert_int_equal(mkdir(in_folder("f/.cache"), 0777), 0);
    write_file(in_folder("f/b/z.txt"), "3", 1);
    write_file(in_folder("f/b.txt"), "2", 1);
    write_file(in_folder("f/.hidden"), "x", 1);
    write_file(in_folder("f/.cache/x"), "x", 1);
    write_compressed("f/a.txt.gz", ARCHIVE_FILTER_GZIP, "1", 1);
    assert_int_equal(symlink(in_folder("f/b.txt"), in_folder("f/c.txt")), 0);
    assert_int_equal(symlink(in_folder("f/b"), in_folder("f/loop")), 0);
    write_archive("f/d.tar", ARCHIVE_FORMAT_TAR_USTAR, ARCHIVE_FILTER_NONE, docs, 1);
    assert_string_equal(read_all(in_folder("f")),
                        "f/a.txt.gz(a.txt)=1;f/b.txt(b.txt)=2;f/b/z.txt(z.txt)=3;"
                        "f/c.txt(c.txt)=2;f/d.tar:docs/a.txt(a.txt)=alpha;");
    assert_string_equal(read_all(in_folder("f:b*")), "f/b.txt(b.txt)=2;f/b/z.txt(z.txt)=3;");
    assert_fails(in_folder("f:*.csv"), "no file in it matches \"*.csv\"");
}

static void rewinding(void **state)
{
    (void)state;
    char first[512], again[512];
    struct sb_archive *archive;
    write_archive("r.zip", ARCHIVE_FORMAT_ZIP, ARCHIVE_FILTER_NONE, docs, 4);
    assert_int_equal(sb_archive_open(in_folder("r.zip"), false, &archive, NULL), SB_OK);
    drain(archive, first, sizeof first);
    assert_int_equal(sb_archive_rewind(archive, NULL), SB_OK);
    drain(archive, again, sizeof again);
    assert_string_equal(first, again);
    sb_archive_close(archive);
    assert_int_equal(sb_archive_open(in_folder("r.zip"), true, &archive, NULL), SB_OK);
    assert_int_equal(sb_archive_rewind(archive, NULL), SB_DOMAIN);
    sb_archive_close(archive);
}

/* Bytes that come through a pipe, and what is read of them, twice if they can be. */
static void pipes(void **state)
{
    (void)state;
    char first[512], again[512], path[32];
    for (int once = 0; once <= 1; once++)
        for (int is_7z = 0; is_7z <= 1; is_7z++) {
            size_t n;
            int ends[2];
            char *bytes =
                read_file(write_archive("p", is_7z ? ARCHIVE_FORMAT_7ZIP : ARCHIVE_FORMAT_ZIP,
                                        ARCHIVE_FILTER_NONE, docs, 1),
                          &n);
            assert_int_equal(pipe(ends), 0);
            assert_int_equal(write(ends[1], bytes, n), n);
            close(ends[1]);
            free(bytes);
            struct sb_archive *archive;
            snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
            assert_int_equal(sb_archive_open(path, once, &archive, NULL), SB_OK);
            drain(archive, first, sizeof first);
            assert_non_null(strstr(first, once && is_7z ? "!" : "docs/a.txt(a.txt)=alpha;"));
            if (once)
                assert_true(!is_7z || strstr(first, "a 7z archive cannot be read from a pipe"));
            else {
                assert_int_equal(sb_archive_rewind(archive, NULL), SB_OK);
                drain(archive, again, sizeof again);
                assert_string_equal(first, again);
            }
            sb_archive_close(archive);
            close(ends[0]);
        }
}

static void digests(void **state)
{
    (void)state;
    uint64_t n;
    char one[65], two[65], untouched[65] = "as it was";
    write_file(in_folder("abc"), "abc", 3);
    assert_int_equal(sb_archive_digest(in_folder("abc"), &n, one, NULL), SB_OK);
    assert_int_equal(n, 3);
    /* FIPS 180-2, appendix B.1 */
    assert_string_equal(one, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(sb_archive_digest(folder, &n, one, NULL), SB_OK);
    assert_int_equal(rename(in_folder("abc"), in_folder("abd")), 0);
    assert_int_equal(sb_archive_digest(folder, &n, two, NULL), SB_OK);
    assert_int_equal(n, 3);
    assert_string_not_equal(one, two);
    n = 7;
    assert_int_equal(sb_archive_digest("-", &n, untouched, NULL), SB_DOMAIN);
    assert_int_equal(sb_archive_digest(in_folder("none"), &n, untouched, NULL), SB_IO);
    assert_int_equal(mkfifo(in_folder("pipe"), 0666), 0);
    assert_int_equal(sb_archive_digest(in_folder("pipe"), &n, untouched, NULL), SB_DOMAIN);
    assert_int_equal(n, 7);
    assert_string_equal(untouched, "as it was");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up_folder, tear_down_folder)
int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(formats_and_filters),
        TEST(lone_compressed_files),
        TEST(text_is_text),
        TEST(truncation),
        TEST(corruption),
        TEST(encrypted_members),
        TEST(unsafe_names),
        TEST(what_is_left_out),
        TEST(globs),
        TEST(compressed_members),
        TEST(sparse_members),
        TEST(folders),
        TEST(rewinding),
        TEST(digests),
        TEST(pipes),
        TEST(concatenated_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

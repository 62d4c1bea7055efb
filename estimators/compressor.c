#include "estimators/compressor.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "data/buffer.h"

/* ---- the compressors ----------------------------------------------------------------------- */

struct method {
    const struct sb_predictor_class *class;
    int (*add_filter)(struct archive *);
    size_t level_preset, level_least, level_most;
    size_t (*window_bytes)(size_t level);
};

static size_t gzip_window(size_t level)
{
    (void)level;
    return 32 << 10;
}

static size_t bzip2_window(size_t level)
{
    return level * 100000;
}

/* The dictionary sizes of xz's presets. */
static size_t xz_window(size_t level)
{
    static const unsigned char log2_bytes[] = { 18, 20, 21, 22, 22, 23, 23, 24, 25, 26 };
    return (size_t)1 << log2_bytes[level];
}

/* zstd's windows for input of unknown length, as of version 1.5. */
static size_t zstd_window(size_t level)
{
    if (level <= 2)
        return (size_t)1 << (18 + level);
    unsigned log2_bytes = level <= 8    ? 21
                          : level <= 16 ? 22
                          : level <= 19 ? 23
                                        : (unsigned)level + 5;
    return (size_t)1 << log2_bytes;
}

static size_t lz4_window(size_t level)
{
    (void)level;
    return 64 << 10;
}

static const struct method methods[] = {
    { &sb_gzip_class, archive_write_add_filter_gzip, 6, 1, 9, gzip_window },
    { &sb_bzip2_class, archive_write_add_filter_bzip2, 9, 1, 9, bzip2_window },
    { &sb_xz_class, archive_write_add_filter_xz, 6, 0, 9, xz_window },
    { &sb_zstd_class, archive_write_add_filter_zstd, 3, 1, 22, zstd_window },
    { &sb_lz4_class, archive_write_add_filter_lz4, 1, 1, 9, lz4_window },
};

static const struct method *find_method(const char *name)
{
    const struct method *method = methods;
    while (strcmp(method->class->name, name) != 0)
        method++;
    return method;
}

/* ---- lengths of compressed text ------------------------------------------------------------ */

struct compressor {
    struct sb_predictor base;
    const struct method *method;
    char level[8];
    struct sb_buffer train;
    size_t train_length; /* C(train) in bytes; 0 without training text */
};

static la_ssize_t count_bytes(struct archive *archive, void *context, const void *bytes, size_t n)
{
    (void)archive;
    (void)bytes;
    *(size_t *)context += n;
    return (la_ssize_t)n;
}

/* A stream of this compressor alone: no archive around it, no padding, no time stamp. */
static int set_up(struct archive *archive, const struct compressor *c)
{
    const char *name = c->method->class->name;
    int status = c->method->add_filter(archive);
    if (!status)
        status = archive_write_set_format_raw(archive);
    if (!status)
        status = archive_write_set_bytes_in_last_block(archive, 1);
    if (!status)
        status = archive_write_set_filter_option(archive, name, "compression-level", c->level);
    if (!status && c->method->class == &sb_gzip_class)
        status = archive_write_set_filter_option(archive, name, "timestamp", NULL);
    return status;
}

static int write_all(struct archive *archive, const uint8_t *bytes, size_t n)
{
    while (n > 0) {
        la_ssize_t written = archive_write_data(archive, bytes, n);
        if (written <= 0)
            return ARCHIVE_FATAL;
        bytes += written;
        n -= (size_t)written;
    }
    return ARCHIVE_OK;
}

static int compress(struct archive *archive, struct archive_entry *entry,
                    const struct compressor *c, const uint8_t *group, size_t n_group,
                    size_t *length)
{
    int status = set_up(archive, c);
    if (!status)
        status = archive_write_open2(archive, length, NULL, count_bytes, NULL, NULL);
    archive_entry_set_pathname(entry, "text");
    archive_entry_set_filetype(entry, AE_IFREG);
    if (!status)
        status = archive_write_header(archive, entry);
    if (!status)
        status = write_all(archive, c->train.bytes, c->train.n);
    if (!status)
        status = write_all(archive, group, n_group);
    if (!status)
        status = archive_write_close(archive);
    return status;
}

/* C(train + group) in bytes. */
static enum sb_status compressed_length(const struct compressor *c, const uint8_t *group,
                                        size_t n_group, size_t *n_bytes, struct sb_error *error)
{
    struct archive *archive = archive_write_new();
    struct archive_entry *entry = archive_entry_new();
    size_t length = 0;
    enum sb_status status = SB_OK;
    if (!archive || !entry) {
        status = sb_fail_memory(error);
    } else if (compress(archive, entry, c, group, n_group, &length)) {
        const char *reason = archive_error_string(archive);
        status = sb_fail(error, SB_UNSUPPORTED, "%s at level %s failed: %s", c->method->class->name,
                         c->level, reason ? reason : "libarchive was built without it");
    }
    archive_entry_free(entry);
    archive_write_free(archive);
    if (!status)
        *n_bytes = length;
    return status;
}

/* ---- the predictor ------------------------------------------------------------------------- */

static void compressor_free(struct sb_predictor *predictor)
{
    struct compressor *c = (struct compressor *)predictor;
    sb_buffer_clear(&c->train);
    free(c);
}

static enum sb_status compressor_create(const struct sb_model *model,
                                        struct sb_predictor **predictor, struct sb_error *error)
{
    const struct method *method = find_method(model->name);
    size_t level;
    enum sb_status status = sb_model_count(model, "level", method->level_preset,
                                           method->level_least, method->level_most, &level, error);
    if (status)
        return status;
    struct compressor *c = calloc(1, sizeof *c);
    if (!c)
        return sb_fail_memory(error);
    c->method = method;
    c->base.window_bytes = method->window_bytes(level);
    snprintf(c->level, sizeof c->level, "%u", (unsigned)level);
    *predictor = &c->base;
    return SB_OK;
}

static enum sb_status compressor_add(struct sb_predictor *predictor,
                                     const struct sb_document *document, struct sb_error *error)
{
    struct compressor *c = (struct compressor *)predictor;
    const uint8_t *span = document->bytes + document->span_begin;
    size_t n = document->span_end - document->span_begin;
    return sb_buffer_append(&c->train, span, n) ? sb_fail_memory(error) : SB_OK;
}

static enum sb_status compressor_finish(struct sb_predictor *predictor, struct sb_error *error)
{
    struct compressor *c = (struct compressor *)predictor;
    return c->train.n ? compressed_length(c, NULL, 0, &c->train_length, error) : SB_OK;
}

static enum sb_status compressor_score_group(const struct sb_predictor *predictor,
                                             const uint8_t *bytes, size_t n_bytes,
                                             struct sb_score *score, struct sb_error *error)
{
    const struct compressor *c = (const struct compressor *)predictor;
    size_t length;
    enum sb_status status = compressed_length(c, bytes, n_bytes, &length, error);
    if (status)
        return status;
    score->bits = length > c->train_length ? 8 * (double)(length - c->train_length) : 0;
    score->n_tokens = 0;
    return SB_OK;
}

static const char *const keys[] = { "level", NULL };

#define COMPRESSOR(NAME, TEXT)                                                                     \
    {                                                                                              \
        .name = NAME, .description = TEXT, .keys = keys, .is_fitted = true, .by_group = true,      \
        .create = compressor_create, .free = compressor_free, .add = compressor_add,               \
        .finish = compressor_finish, .score_group = compressor_score_group                         \
    }

const struct sb_predictor_class sb_gzip_class =
    COMPRESSOR("gzip", "compressor, level=1 to 9 (default 6); sees back 32 KiB");
const struct sb_predictor_class sb_bzip2_class =
    COMPRESSOR("bzip2", "compressor, level=1 to 9 (default 9); sees back level x 100 kB");
const struct sb_predictor_class sb_xz_class =
    COMPRESSOR("xz", "compressor, level=0 to 9 (default 6); sees back 256 KiB to 64 MiB");
const struct sb_predictor_class sb_zstd_class =
    COMPRESSOR("zstd", "compressor, level=1 to 22 (default 3); sees back 512 KiB to 128 MiB");
const struct sb_predictor_class sb_lz4_class =
    COMPRESSOR("lz4", "compressor, level=1 to 9 (default 1); sees back 64 KiB");

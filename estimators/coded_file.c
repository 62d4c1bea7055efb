#include "estimators/coded_file.h"

#include <stdio.h>
#include <string.h>

enum { VERSION = 1, PAYLOAD = 44, CHECKSUM = 4 };

_Static_assert(PAYLOAD + CHECKSUM == SB_CODED_FRAME_BYTES, "the frame is head and checksum");

static const uint8_t MAGIC[7] = { 0x89, 'S', 'B', 'c', 'o', 'd', 'e' };

/* A file's head, in the order of the file. */
struct head {
    uint8_t fingerprint[SB_FINGERPRINT_BYTES];
    uint64_t n_bytes, n_payload;
    uint32_t crc;
};

uint32_t sb_crc32(uint32_t crc, const uint8_t *bytes, size_t n)
{
    /* The remainders of four bits. */
    static const uint32_t remainders[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
        0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
        0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ remainders[crc & 15];
        crc = crc >> 4 ^ remainders[crc & 15];
    }
    return ~crc;
}

static void put_number(uint8_t *bytes, uint64_t number, int n)
{
    for (int i = 0; i < n; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t get_number(const uint8_t *bytes, int n)
{
    uint64_t number = 0;
    for (int i = 0; i < n; i++)
        number |= (uint64_t)bytes[i] << 8 * i;
    return number;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void write_head(uint8_t *bytes, const struct head *head)
{
    memcpy(bytes, MAGIC, sizeof MAGIC);
    bytes[7] = VERSION;
    memcpy(bytes + 8, head->fingerprint, sizeof head->fingerprint);
    put_number(bytes + 24, head->n_bytes, 8);
    put_number(bytes + 32, head->n_payload, 8);
    put_number(bytes + 40, head->crc, 4);
}

static enum sb_status append_file(struct sb_buffer *file, const struct head *head,
                                  const uint8_t *payload)
{
    size_t n_payload = (size_t)head->n_payload;
    enum sb_status status = sb_buffer_reserve(file, SB_CODED_FRAME_BYTES + n_payload);
    if (status)
        return status;
    uint8_t *bytes = file->bytes + file->n, *end = bytes + PAYLOAD + n_payload;
    write_head(bytes, head);
    if (n_payload > 0)
        memcpy(bytes + PAYLOAD, payload, n_payload);
    put_number(end, sb_crc32(0, bytes, PAYLOAD + n_payload), CHECKSUM);
    file->n += SB_CODED_FRAME_BYTES + n_payload;
    return SB_OK;
}

enum sb_status sb_coded_file_encode(struct sb_predictor *predictor, const uint8_t *bytes,
                                    size_t n_bytes, struct sb_buffer *file, struct sb_score *score,
                                    struct sb_error *error)
{
    struct head head = { .n_bytes = n_bytes, .crc = sb_crc32(0, bytes, n_bytes) };
    struct sb_arith_encoder *encoder;
    struct sb_score ideal;
    const uint8_t *payload;
    size_t n_payload;
    enum sb_status status = sb_predictor_fingerprint(predictor, head.fingerprint, error);
    if (status)
        return status;
    if (sb_arith_encoder_create(&encoder))
        return sb_fail_memory(error);
    status = predictor->class->encode(predictor, bytes, n_bytes, encoder, &ideal, error);
    if (!status && (status = sb_arith_encoder_finish(encoder, &payload, &n_payload)) == SB_OK) {
        head.n_payload = n_payload;
        status = append_file(file, &head, payload);
    }
    sb_arith_encoder_free(encoder);
    if (status == SB_MEMORY)
        return sb_fail_memory(error);
    if (!status)
        *score = ideal;
    return status;
}

/* ---- reading ------------------------------------------------------------------------------- */

static enum sb_status read_head(const uint8_t *file, size_t n, const char *name, struct head *head,
                                struct sb_error *error)
{
    if (memcmp(file, MAGIC, n < sizeof MAGIC ? n : sizeof MAGIC) != 0)
        return sb_fail(error, SB_FORMAT,
                       "%s: not a coded file; give one that springback code compress wrote", name);
    if (n > 7 && file[7] != VERSION)
        return sb_fail(error, SB_FORMAT,
                       "%s: version %d of coded files, where this program reads version %d; "
                       "decompress it with the program that wrote it",
                       name, file[7], VERSION);
    if (n < SB_CODED_FRAME_BYTES)
        return sb_fail(error, SB_FORMAT,
                       "%s: truncated: %zu bytes, where %d are the least; copy it again", name, n,
                       SB_CODED_FRAME_BYTES);
    memcpy(head->fingerprint, file + 8, sizeof head->fingerprint);
    head->n_bytes = get_number(file + 24, 8);
    head->n_payload = get_number(file + 32, 8);
    head->crc = (uint32_t)get_number(file + 40, 4);
    return SB_OK;
}

static enum sb_status check_damage(const uint8_t *file, size_t n, const char *name,
                                   const struct head *head, struct sb_error *error)
{
    size_t n_payload = n - SB_CODED_FRAME_BYTES;
    if (n_payload < head->n_payload)
        return sb_fail(error, SB_FORMAT,
                       "%s: truncated: %zu bytes of code, where its head says %llu; copy it again",
                       name, n_payload, (unsigned long long)head->n_payload);
    if (n_payload > head->n_payload)
        return sb_fail(error, SB_FORMAT,
                       "%s: %llu bytes stand behind the end of the code; copy it again", name,
                       (unsigned long long)(n_payload - head->n_payload));
    if (sb_crc32(0, file, n - CHECKSUM) != get_number(file + n - CHECKSUM, CHECKSUM))
        return sb_fail(error, SB_FORMAT,
                       "%s: damaged: the checksum of the file differs; copy it again", name);
    return SB_OK;
}

static void write_hexadecimal(const uint8_t *bytes, size_t n, char *text)
{
    for (size_t i = 0; i < n; i++)
        snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static enum sb_status check_model(const struct sb_predictor *predictor, const char *name,
                                  const char *model, const struct head *head,
                                  struct sb_error *error)
{
    uint8_t ours[SB_FINGERPRINT_BYTES];
    enum sb_status status = sb_predictor_fingerprint(predictor, ours, error);
    if (status || memcmp(ours, head->fingerprint, sizeof ours) == 0)
        return status;
    char there[2 * sizeof ours + 1], here[2 * sizeof ours + 1];
    write_hexadecimal(head->fingerprint, sizeof ours, there);
    write_hexadecimal(ours, sizeof ours, here);
    return sb_fail(error, SB_FORMAT,
                   "%s: coded under another model than \"%s\" (fingerprint %.16s..., here "
                   "%.16s...); give the same --model, with the same files behind it",
                   name, model, there, here);
}

/* The payload into room that is there. */
static enum sb_status decode_payload(struct sb_predictor *predictor, const uint8_t *payload,
                                     const struct head *head, const char *name, uint8_t *bytes,
                                     struct sb_error *error)
{
    struct sb_arith_decoder *decoder;
    size_t n_bytes = (size_t)head->n_bytes;
    if (sb_arith_decoder_create(payload, (size_t)head->n_payload, &decoder))
        return sb_fail_memory(error);
    struct sb_error problem = { "" };
    enum sb_status status = predictor->class->decode(predictor, decoder, bytes, n_bytes, &problem);
    sb_arith_decoder_free(decoder);
    if (status)
        return sb_fail(error, status, "%s: %s", name, problem.message);
    if (sb_crc32(0, bytes, n_bytes) != head->crc)
        return sb_fail(error, SB_FORMAT,
                       "%s: what was decoded has another checksum than what was coded; decode "
                       "with the version of springback that coded it",
                       name);
    return SB_OK;
}

enum sb_status sb_coded_file_decode(struct sb_predictor *predictor, const uint8_t *file, size_t n,
                                    const char *name, const char *model, size_t max_bytes,
                                    struct sb_buffer *bytes, struct sb_error *error)
{
    struct head head;
    enum sb_status status = read_head(file, n, name, &head, error);
    if (!status)
        status = check_damage(file, n, name, &head, error);
    if (!status)
        status = check_model(predictor, name, model, &head, error);
    if (status)
        return status;
    if (head.n_bytes > max_bytes)
        return sb_fail(error, SB_LIMIT,
                       "%s: holds %llu bytes, the limit is %zu; raise it with --max-bytes", name,
                       (unsigned long long)head.n_bytes, max_bytes);
    if (sb_buffer_reserve(bytes, head.n_bytes ? (size_t)head.n_bytes : 1))
        return sb_fail_memory(error);
    status = decode_payload(predictor, file + PAYLOAD, &head, name, bytes->bytes + bytes->n, error);
    if (!status)
        bytes->n += (size_t)head.n_bytes;
    return status;
}

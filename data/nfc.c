#include "data/nfc.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>
#include "data/utf8.h"

bool sb_nfc_is_plain(const uint8_t *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] >= 0xCC) /* the first byte of U+0300 */
            return false;
    return true;
}

/* Characters of combining class 0 that meet what stands before them all the same: the second halves of
 * composites (NFC_Quick_Check=Maybe), apart from the vowels and final consonants of Hangul; and three
 * that decompose into marks. */
static bool meets_backwards(uint32_t scalar)
{
    static const uint32_t seconds[] = { 0x09BE,  0x09D7,  0x0B3E,  0x0B56,  0x0B57,  0x0BBE,
                                        0x0BD7,  0x0CC2,  0x0CD5,  0x0CD6,  0x0D3E,  0x0D57,
                                        0x0DCF,  0x0DDF,  0x0F73,  0x0F75,  0x0F81,  0x102E,
                                        0x1B35,  0x11127, 0x1133E, 0x11357, 0x114B0, 0x114BA,
                                        0x114BD, 0x115AF, 0x11930 };
    if ((scalar >= 0x1161 && scalar <= 0x1175) || (scalar >= 0x11A8 && scalar <= 0x11C2))
        return true;
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        if (seconds[i] == scalar)
            return true;
    return false;
}

bool sb_nfc_begins_segment(uint32_t scalar)
{
    return scalar < 0x300 ||
           (utf8proc_get_property((utf8proc_int32_t)scalar)->combining_class == 0 &&
            !meets_backwards(scalar));
}

/* The character at text[i]; *length is that of its bytes. */
static uint32_t read_scalar(const struct sb_aligned_view *text, size_t i, size_t *length)
{
    utf8proc_int32_t scalar = 0;
    *length = (size_t)utf8proc_iterate(text->bytes + i, (utf8proc_ssize_t)(text->n - i), &scalar);
    return (uint32_t)scalar;
}

static size_t find_segment_end(const struct sb_aligned_view *text, size_t i)
{
    size_t length;
    read_scalar(text, i, &length);
    i += length;
    while (i < text->n && text->bytes[i] >= 0xCC) {
        if (sb_nfc_begins_segment(read_scalar(text, i, &length)))
            break;
        i += length;
    }
    return i;
}

static int combining_class(utf8proc_int32_t scalar)
{
    return utf8proc_get_property(scalar)->combining_class;
}

/* Puts n marks, none of class 0, into the order of their classes, equal ones as they stood. */
static enum sb_status sort_marks(utf8proc_int32_t *marks, size_t n)
{
    size_t starts[257] = { 0 };
    bool is_sorted = true;
    for (size_t i = 1; i < n && is_sorted; i++)
        is_sorted = combining_class(marks[i - 1]) <= combining_class(marks[i]);
    if (is_sorted)
        return SB_OK;
    utf8proc_int32_t *sorted = malloc(n * sizeof *sorted);
    if (!sorted)
        return SB_MEMORY;
    for (size_t i = 0; i < n; i++)
        starts[combining_class(marks[i]) + 1]++;
    for (size_t c = 1; c < 257; c++)
        starts[c] += starts[c - 1];
    for (size_t i = 0; i < n; i++)
        sorted[starts[combining_class(marks[i])]++] = marks[i];
    memcpy(marks, sorted, n * sizeof *marks);
    free(sorted);
    return SB_OK;
}

static enum sb_status sort_all_marks(utf8proc_int32_t *scalars, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t begin = i;
        while (i < n && combining_class(scalars[i]) != 0)
            i++;
        if (i > begin + 1 && sort_marks(scalars + begin, i - begin))
            return SB_MEMORY;
    }
    return SB_OK;
}

/* Decomposes, orders, composes; utf8proc's own ordering would be quadratic in the number of marks. */
static enum sb_status normalise(const struct sb_aligned_view *segment, utf8proc_int32_t *scalars,
                                size_t capacity, size_t *n)
{
    size_t used = 0, length;
    int last_class = 0;
    for (size_t i = 0; i < segment->n; i += length) {
        utf8proc_int32_t scalar = (utf8proc_int32_t)read_scalar(segment, i, &length);
        used += (size_t)utf8proc_decompose_char(scalar, scalars + used,
                                                (utf8proc_ssize_t)(capacity - used),
                                                UTF8PROC_DECOMPOSE, &last_class);
    }
    if (sort_all_marks(scalars, used))
        return SB_MEMORY;
    *n = (size_t)utf8proc_normalize_utf32(scalars, (utf8proc_ssize_t)used,
                                          UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    return SB_OK;
}

/* Whether it is one character, and that is its own decomposition (or a Hangul syllable). */
static bool is_inert(const struct sb_aligned_view *segment)
{
    size_t length;
    uint32_t scalar = read_scalar(segment, 0, &length);
    return length == segment->n &&
           utf8proc_get_property((utf8proc_int32_t)scalar)->decomp_seqindex == UINT16_MAX;
}

static enum sb_status append_segment(const struct sb_aligned_view *text, size_t begin, size_t end,
                                     struct sb_aligned *out)
{
    /* No character decomposes into more than 4, and each has at least one byte. */
    enum { LARGEST_DECOMPOSITION = 4, SMALL = 64 };
    struct sb_aligned_view segment = sb_aligned_slice(text, begin, end);
    if (is_inert(&segment))
        return sb_aligned_copy(out, text, begin, end);
    utf8proc_int32_t small[LARGEST_DECOMPOSITION * SMALL], *scalars = small;
    struct sb_buffer bytes = { 0 };
    size_t capacity = LARGEST_DECOMPOSITION * (segment.n > SMALL ? segment.n : SMALL), n;
    if (segment.n > SMALL && !(scalars = malloc(capacity * sizeof *scalars)))
        return SB_MEMORY;
    enum sb_status status = normalise(&segment, scalars, capacity, &n);
    if (status == SB_OK)
        status = sb_buffer_reserve(&bytes, 4 * n);
    for (size_t i = 0; status == SB_OK && i < n; i++)
        bytes.n += sb_utf8_encode((uint32_t)scalars[i], bytes.bytes + bytes.n);
    if (scalars != small)
        free(scalars);
    if (status == SB_OK) {
        bool is_same = bytes.n == segment.n && memcmp(bytes.bytes, segment.bytes, bytes.n) == 0;
        status = is_same ? sb_aligned_copy(out, text, begin, end)
                         : sb_aligned_put(out, bytes.bytes, bytes.n, segment.origin,
                                          sb_aligned_place(text, end));
    }
    sb_buffer_clear(&bytes);
    return status;
}

/* The end of what begins at i and needs no look: characters below U+0300, but for the last of them if
 * something above follows that it might compose with. */
static size_t find_plain_end(const struct sb_aligned_view *text, size_t i)
{
    size_t begin = i;
    while (i < text->n && text->bytes[i] < 0xCC)
        i++;
    if (i == text->n || i == begin)
        return i;
    do
        i--;
    while (i > begin && (text->bytes[i] & 0xC0) == 0x80);
    return i;
}

enum sb_status sb_nfc_append(const struct sb_aligned_view *text, struct sb_aligned *out)
{
    size_t i = 0;
    enum sb_status status = SB_OK;
    while (status == SB_OK && i < text->n) {
        size_t end = find_plain_end(text, i);
        if (end > i) {
            status = sb_aligned_copy(out, text, i, end);
        } else {
            end = find_segment_end(text, i);
            status = append_segment(text, i, end, out);
        }
        i = end;
    }
    return status;
}

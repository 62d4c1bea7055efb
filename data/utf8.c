#include "data/utf8.h"

#include <string.h>

/* Length of the well-formed sequence that starts with a byte >= 0x80, 0 if it is ill-formed.
 * The second byte's range depends on the first (RFC 3629, section 4). */
static size_t sequence_length(const uint8_t *bytes, size_t n)
{
    uint8_t first = bytes[0], low = 0x80, high = 0xBF;
    size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || length > n)
        return 0;
    if (first == 0xE0)
        low = 0xA0;
    else if (first == 0xED)
        high = 0x9F;
    else if (first == 0xF0)
        low = 0x90;
    else if (first == 0xF4)
        high = 0x8F;
    if (bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

size_t sb_utf8_valid_length(const uint8_t *bytes, size_t n)
{
    size_t i = 0;
    while (i < n) {
        uint64_t word;
        if (n - i >= sizeof word) {
            memcpy(&word, bytes + i, sizeof word);
            if (!(word & 0x8080808080808080u)) {
                i += sizeof word;
                continue;
            }
        }
        size_t length = bytes[i] < 0x80 ? 1 : sequence_length(bytes + i, n - i);
        if (!length)
            return i;
        i += length;
    }
    return n;
}

bool sb_utf8_valid(const uint8_t *bytes, size_t n)
{
    return sb_utf8_valid_length(bytes, n) == n;
}

size_t sb_utf8_encode(uint32_t scalar, uint8_t bytes[4])
{
    if (scalar < 0x80) {
        bytes[0] = (uint8_t)scalar;
        return 1;
    }
    size_t length = scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4;
    for (size_t i = length - 1; i > 0; i--, scalar >>= 6)
        bytes[i] = (uint8_t)(0x80 | (scalar & 0x3F));
    bytes[0] = (uint8_t)((length == 2 ? 0xC0 : length == 3 ? 0xE0 : 0xF0) | scalar);
    return length;
}

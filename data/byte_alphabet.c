#include "data/byte_alphabet.h"

#include <stdbool.h>
#include "data/utf8.h"

static bool is_itself(unsigned byte)
{
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
}

/* The bytes that are not themselves: 00..20, 7F..A0, AD. */
enum { N_FIRST = 0x21, N_SECOND = 0xA1 - 0x7F, N_MOVED = N_FIRST + N_SECOND + 1 };

size_t sb_byte_alphabet_write(uint8_t byte, uint8_t out[2])
{
    uint32_t scalar = byte;
    if (byte == 0xAD)
        scalar = 0x100 + N_MOVED - 1;
    else if (!is_itself(byte))
        scalar = byte < N_FIRST ? 0x100u + byte : 0x100u + N_FIRST + byte - 0x7F;
    uint8_t bytes[4];
    size_t length = sb_utf8_encode(scalar, bytes);
    for (size_t i = 0; i < length; i++)
        out[i] = bytes[i];
    return length;
}

int sb_byte_alphabet_read(const uint8_t *text, size_t n, size_t *length)
{
    *length = 1;
    if (text[0] < 0x80)
        return is_itself(text[0]) ? text[0] : -1;
    if (n < 2 || text[0] < 0xC2 || text[0] > 0xC5 || (text[1] & 0xC0) != 0x80)
        return -1;
    *length = 2;
    int scalar = (text[0] & 0x1F) << 6 | (text[1] & 0x3F);
    if (scalar < 0x100)
        return is_itself((unsigned)scalar) ? scalar : -1;
    int moved = scalar - 0x100;
    if (moved >= N_MOVED)
        return -1;
    return moved == N_MOVED - 1 ? 0xAD : moved < N_FIRST ? moved : moved - N_FIRST + 0x7F;
}

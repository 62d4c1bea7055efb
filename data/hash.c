#include "data/hash.h"

#include <string.h>

void sb_hash_init(struct sb_hash *hash)
{
    sha256_init(&hash->context);
}

void sb_hash_bytes(struct sb_hash *hash, const void *bytes, size_t n)
{
    sha256_update(&hash->context, n, bytes);
}

void sb_hash_number(struct sb_hash *hash, uint64_t number)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    sb_hash_bytes(hash, bytes, sizeof bytes);
}

void sb_hash_text(struct sb_hash *hash, const char *text)
{
    sb_hash_bytes(hash, text, strlen(text) + 1);
}

void sb_hash_digest(struct sb_hash *hash, uint8_t *digest, size_t n)
{
    sha256_digest(&hash->context, n, digest);
}

/* A hash over what a model is made of: SHA-256, fed piece by piece. Numbers enter as eight bytes, least
 * significant first, so that the hash is the same on every machine. */
#ifndef SB_DATA_HASH_H
#define SB_DATA_HASH_H

#include <nettle/sha2.h>
#include <stddef.h>
#include <stdint.h>

struct sb_hash {
    struct sha256_ctx context;
};

void sb_hash_init(struct sb_hash *hash);
void sb_hash_bytes(struct sb_hash *hash, const void *bytes, size_t n);
void sb_hash_number(struct sb_hash *hash, uint64_t number);
void sb_hash_text(struct sb_hash *hash, const char *text); /* with its terminating 0 */

/* The first n bytes of the digest, n <= 32. Starts over. */
void sb_hash_digest(struct sb_hash *hash, uint8_t *digest, size_t n);

#endif

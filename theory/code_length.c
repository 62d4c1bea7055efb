#include "theory/code_length.h"

#include <math.h>
#include <stdlib.h>
#include "theory/huffman.h"
#include "theory/numeric.h"

double sb_ideal_bits(double part, double rest)
{
    return rest < part ? sb_bits_from_nats(log1p(rest / part)) : log2((part + rest) / part);
}

double sb_entropy_bits(const double *weights, size_t n)
{
    size_t heaviest = 0;
    for (size_t x = 1; x < n; x++)
        if (weights[x] > weights[heaviest])
            heaviest = x;
    struct sb_sum others = { 0 };
    for (size_t x = 0; x < n; x++)
        if (x != heaviest)
            sb_sum_add(&others, weights[x]);
    double rest = sb_sum_value(&others), total = rest + weights[heaviest];
    struct sb_sum bits = { 0 };
    for (size_t x = 0; x < n; x++)
        if (weights[x] > 0)
            sb_sum_add(&bits,
                       weights[x] / total *
                           sb_ideal_bits(weights[x], x == heaviest ? rest : total - weights[x]));
    return sb_sum_value(&bits);
}

enum sb_status sb_code_length(const double *weights, size_t n, double n_blocks,
                              struct sb_code_length *result)
{
    uint16_t *lengths = malloc((n ? n : 1) * sizeof *lengths);
    if (!lengths)
        return SB_MEMORY;
    double huffman = 0;
    enum sb_status status = sb_huffman_lengths(weights, n, lengths);
    if (status == SB_OK)
        status = sb_huffman_mean_bits(weights, lengths, n, &huffman);
    free(lengths);
    if (status)
        return status;
    double entropy = sb_entropy_bits(weights, n);
    *result = (struct sb_code_length){
        .n_blocks = n_blocks,
        .entropy_bits_per_block = entropy,
        .huffman_bits_per_block = huffman,
        .lower_bits = n_blocks * entropy,
        .upper_bits = n_blocks * (entropy + 1),
        .huffman_bits = n_blocks * huffman,
        .paper_bits = n_blocks * ceil(entropy),
    };
    return SB_OK;
}

uint64_t sb_block_count(uint64_t n_bits, unsigned d)
{
    return n_bits / d + (n_bits % d != 0);
}

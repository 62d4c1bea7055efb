/* The compressors gzip, bzip2, xz, zstd and lz4 as predictors, through libarchive's write filters. The
 * only user of libarchive for writing. Lengths only: nothing compressed is kept.
 *
 * A compressed file has headers and a learning cost that dwarf a single document, so these know no
 * lengths of documents. Documents are put in groups, and a group costs
 *
 *     C(train + group) - C(train)   bits,
 *
 * C being the length of the compressed text, train the text of the training documents, + plain
 * concatenation without a separator. The text of a document is its scored span: context is not
 * compressed. Without training documents a group costs C(group), headers included: what
 * "gzip -9n FILE | wc -c" says. In the rare case that C(train + group) < C(train), the cost is 0.
 *
 * A compressor sees a window: what lies further back than window_bytes cannot help.
 *   gzip 32 KiB; bzip2 its block, level x 100 kB; xz the dictionary of its level, 256 KiB to 64 MiB;
 *   zstd the window of its level, 512 KiB to 128 MiB; lz4 64 KiB.
 *
 * The training text is held in memory, and beside it, on each thread, one encoder (xz at level 9:
 * 674 MB). Each group costs one compression of the training text.
 */
#ifndef SB_ESTIMATORS_COMPRESSOR_H
#define SB_ESTIMATORS_COMPRESSOR_H

#include "estimators/predictor.h"

/* Key level: as in the tool of that name, with the tool's default. */
extern const struct sb_predictor_class sb_gzip_class, sb_bzip2_class, sb_xz_class, sb_zstd_class,
    sb_lz4_class;

#endif

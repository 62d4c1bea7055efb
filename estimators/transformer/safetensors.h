/* Named tensors in a file: safetensors, memory-mapped, checked as a whole before anything is used.
 *
 * The header must be what the format demands: its length within the file and at most 100 MB; one JSON
 * object without a duplicate name; known types; the product of a shape times the size of its type
 * equal to the length of its data; data within the file, without overlap and without a hole. What
 * opens has then nothing left that can fail, except that the file is changed under the mapping.
 *
 * Files written before the format aligned its data exist (gpt2 on the hub is one): such tensors are
 * copied, so that data is always aligned to its type. Little-endian machines only.
 */
#ifndef SB_ESTIMATORS_TRANSFORMER_SAFETENSORS_H
#define SB_ESTIMATORS_TRANSFORMER_SAFETENSORS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "theory/status.h"

enum { SB_TENSOR_MAX_DIMS = 8 };

enum sb_dtype {
    SB_F32,
    SB_F16,
    SB_BF16,
    SB_OTHER /* a type of the format that holds no weights here: masks, counters, quantised values */
};

struct sb_tensor {
    const char *name;
    enum sb_dtype dtype;
    size_t n_dims, shape[SB_TENSOR_MAX_DIMS]; /* row-major; n_dims 0: a scalar */
    const void *data;                         /* aligned to its type unless SB_OTHER */
    size_t n_elements;                        /* product of the shape; may be 0 */
};

struct sb_safetensors; /* opaque: the mapping and its directory; read-only, shared by any threads */

/* Maps the file. SB_IO: the system refused; SB_FORMAT and SB_LIMIT say what is wrong with which tensor.
 * Costs the header; tensors stay on disk until they are read (misaligned ones are copied now). */
enum sb_status sb_safetensors_open(const char *path, struct sb_safetensors **file,
                                   struct sb_error *error);

/* The same of n bytes in memory, which must outlive *file; name stands for the file in messages. */
enum sb_status sb_safetensors_view(const void *bytes, size_t n, const char *name,
                                   struct sb_safetensors **file, struct sb_error *error);

/* Unmaps: every tensor of the file is gone. NULL is allowed. */
void sb_safetensors_close(struct sb_safetensors *file);

/* Tensors in the order of their names, 0 <= i < n; they live as long as the file. */
size_t sb_safetensors_n(const struct sb_safetensors *file);
const struct sb_tensor *sb_safetensors_tensor(const struct sb_safetensors *file, size_t i);

/* The tensor of that name, NULL if there is none. O(log n). */
const struct sb_tensor *sb_safetensors_find(const struct sb_safetensors *file, const char *name);

/* The file's path, as given. */
const char *sb_safetensors_path(const struct sb_safetensors *file);

/* Writes the tensors to path: whole or absent, data aligned, those of four bytes first, else in the order
 * given. Domain: SB_F32, SB_F16, SB_BF16; names that differ and are neither empty nor "__metadata__";
 * n_elements the product of the shape. SB_DOMAIN otherwise. The same tensors give the same bytes. */
enum sb_status sb_safetensors_write(const char *path, const struct sb_tensor *tensors, size_t n,
                                    struct sb_error *error);

/* Bytes of an element: 4 or 2; 0 for SB_OTHER. */
size_t sb_dtype_n_bytes(enum sb_dtype dtype);

/* "F32", "F16", "BF16", "other" */
const char *sb_dtype_name(enum sb_dtype dtype);

/* The index of the first NaN or infinity, n_elements if there is none (or SB_OTHER). At the speed at
 * which memory is read. */
size_t sb_tensor_first_not_finite(const struct sb_tensor *tensor);

#endif

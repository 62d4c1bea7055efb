/* Any bytes as a safetensors file: refused with a line, or tensors that can be read to the end.
 *
 * covers: estimators/transformer/safetensors.c data/json.c
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "estimators/transformer/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static void check(const struct sb_safetensors *file, const struct sb_tensor *tensor)
{
    size_t n_elements = 1, size = sb_dtype_n_bytes(tensor->dtype);
    for (size_t i = 0; i < tensor->n_dims; i++)
        n_elements *= tensor->shape[i];
    if (n_elements != tensor->n_elements || sb_safetensors_find(file, tensor->name) != tensor ||
        (size && (uintptr_t)tensor->data % size) ||
        sb_tensor_first_not_finite(tensor) > tensor->n_elements)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct sb_safetensors *file;
    struct sb_error error = { "" };
    enum sb_status status = sb_safetensors_view(bytes, n, "file", &file, &error);
    if ((status != SB_OK) != (file == NULL) || (status != SB_OK) != (*error.message != 0))
        abort();
    for (size_t i = 0; file && i < sb_safetensors_n(file); i++)
        check(file, sb_safetensors_tensor(file, i));
    sb_safetensors_close(file);
    return 0;
}

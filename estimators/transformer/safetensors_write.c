/* The writer of safetensors.h; the layout is drawn in safetensors.c. */
#include "estimators/transformer/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "data/buffer.h"
#include "data/output.h"
#include "data/utf8.h"

static bool is_name(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == '"' || name[i] == '\\')
            return false; /* nothing to escape */
    return n && strcmp(name, "__metadata__") != 0 &&
           sb_utf8_valid_length((const uint8_t *)name, n) == n;
}

static bool is_writable(const struct sb_tensor *tensor)
{
    size_t n = 1;
    if (tensor->dtype == SB_OTHER || tensor->n_dims > SB_TENSOR_MAX_DIMS || !is_name(tensor->name))
        return false;
    for (size_t i = 0; i < tensor->n_dims; i++)
        n *= tensor->shape[i];
    return n == tensor->n_elements;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum sb_status check_names_differ(const struct sb_tensor *tensors, size_t n,
                                         struct sb_error *error)
{
    const char **names = malloc((n + 1) * sizeof *names);
    enum sb_status status = SB_OK;
    if (!names)
        return sb_fail_memory(error);
    for (size_t i = 0; i < n; i++)
        names[i] = tensors[i].name;
    qsort(names, n, sizeof *names, compare_names);
    for (size_t i = 1; i < n && !status; i++)
        if (strcmp(names[i - 1], names[i]) == 0)
            status =
                sb_fail(error, SB_DOMAIN, "tensor \"%.200s\" is to be written twice", names[i]);
    free(names);
    return status;
}

static enum sb_status check(const struct sb_tensor *tensors, size_t n, struct sb_error *error)
{
    for (size_t i = 0; i < n; i++)
        if (!is_writable(&tensors[i]))
            return sb_fail(error, SB_DOMAIN,
                           "tensor \"%.200s\" cannot be written: its name, type or shape",
                           tensors[i].name);
    return check_names_differ(tensors, n, error);
}

/* ---- the header ------------------------------------------------------------------------------- */

static enum sb_status append(struct sb_buffer *header, const char *text)
{
    return sb_buffer_append(header, text, strlen(text));
}

static enum sb_status append_entry(struct sb_buffer *header, const struct sb_tensor *tensor,
                                   size_t begin, size_t end)
{
    char text[96];
    enum sb_status status = append(header, ",\"");
    if (!status)
        status = append(header, tensor->name);
    snprintf(text, sizeof text, "\":{\"dtype\":\"%s\",\"shape\":[", sb_dtype_name(tensor->dtype));
    if (!status)
        status = append(header, text);
    for (size_t i = 0; i < tensor->n_dims && !status; i++) {
        snprintf(text, sizeof text, "%s%zu", i ? "," : "", tensor->shape[i]);
        status = append(header, text);
    }
    snprintf(text, sizeof text, "],\"data_offsets\":[%zu,%zu]}", begin, end);
    return status ? status : append(header, text);
}

/* Element sizes in the order in which tensors are written: each then starts at a multiple of its own. */
static const size_t SIZES[] = { 4, 2 };

static enum sb_status build_header(struct sb_buffer *header, const struct sb_tensor *tensors,
                                   size_t n)
{
    size_t begin = 0;
    enum sb_status status = append(header, "{\"__metadata__\":{\"format\":\"pt\"}");
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < n && !status; i++)
            if (sb_dtype_n_bytes(tensors[i].dtype) == SIZES[s]) {
                size_t end = begin + tensors[i].n_elements * SIZES[s];
                status = append_entry(header, &tensors[i], begin, end);
                begin = end;
            }
    if (!status)
        status = append(header, "}");
    while (!status && header->n % 8)
        status = append(header, " ");
    return status;
}

/* ---- the file --------------------------------------------------------------------------------- */

static void write_all(FILE *file, const struct sb_buffer *header, const struct sb_tensor *tensors,
                      size_t n)
{
    uint64_t n_header = header->n;
    fwrite(&n_header, sizeof n_header, 1, file);
    fwrite(header->bytes, 1, header->n, file);
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < n; i++)
            if (sb_dtype_n_bytes(tensors[i].dtype) == SIZES[s] && tensors[i].n_elements)
                fwrite(tensors[i].data, SIZES[s], tensors[i].n_elements, file);
}

enum sb_status sb_safetensors_write(const char *path, const struct sb_tensor *tensors, size_t n,
                                    struct sb_error *error)
{
    struct sb_buffer header = { 0 };
    struct sb_output output;
    enum sb_status status = check(tensors, n, error);
    if (!status && build_header(&header, tensors, n))
        status = sb_fail_memory(error);
    if (!status)
        status = sb_output_open(&output, path, error);
    if (!status) {
        write_all(output.file, &header, tensors, n);
        status = sb_output_commit(&output, error);
    }
    sb_buffer_clear(&header);
    return status;
}

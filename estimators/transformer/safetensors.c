/*   0        8                    8 + N                           end of file
 *   | N: u64 | header: N bytes    | data                          |
 *            {"__metadata__": {"format": "pt"},
 *             "NAME": {"dtype": "F32", "shape": [2, 3], "data_offsets": [BEGIN, END]}, ...}
 *
 * Little-endian. The header may be padded with spaces. Offsets count from the start of the data; sorted
 * by BEGIN, the tensors cover the data from 0 to its end without overlap or hole. */
#include "estimators/transformer/safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "data/json.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "tensors are mapped as they are stored");

#define MAX_HEADER_BYTES ((uint64_t)100000000)

struct sb_safetensors {
    char *path;
    void *mapping; /* NULL: the bytes are the caller's */
    const uint8_t *bytes;
    size_t n_bytes;
    struct sb_tensor *tensors; /* sorted by name */
    size_t n_tensors;
    char *names;     /* what tensors[].name points into */
    uint8_t *copies; /* what misaligned tensors point into */
};

/* Where a tensor lies in the data, while the header is read. */
struct extent {
    uint64_t begin, end;
    size_t tensor;
};

struct parser {
    struct sb_safetensors *file;
    struct extent *extents; /* of tensors[i] in the header's order, then sorted by begin */
    const uint8_t *data;
    uint64_t n_data;
    struct sb_error *error;
};

static enum sb_status fail(const struct parser *p, const char *problem)
{
    return sb_fail(p->error, SB_FORMAT, "%s: %s; copy or download it again", p->file->path,
                   problem);
}

static enum sb_status fail_tensor(const struct parser *p, const struct sb_tensor *tensor,
                                  const char *problem)
{
    return sb_fail(p->error, SB_FORMAT, "%s: tensor \"%.200s\": %s", p->file->path, tensor->name,
                   problem);
}

/* ---- types ------------------------------------------------------------------------------------ */

static const struct type {
    const char *name;
    unsigned n_bits;
    enum sb_dtype dtype;
} TYPES[] = {
    { "F32", 32, SB_F32 },      { "F16", 16, SB_F16 },      { "BF16", 16, SB_BF16 },
    { "F64", 64, SB_OTHER },    { "BOOL", 8, SB_OTHER },    { "U8", 8, SB_OTHER },
    { "I8", 8, SB_OTHER },      { "U16", 16, SB_OTHER },    { "I16", 16, SB_OTHER },
    { "U32", 32, SB_OTHER },    { "I32", 32, SB_OTHER },    { "U64", 64, SB_OTHER },
    { "I64", 64, SB_OTHER },    { "C64", 64, SB_OTHER },    { "F8_E4M3", 8, SB_OTHER },
    { "F8_E5M2", 8, SB_OTHER }, { "F8_E8M0", 8, SB_OTHER }, { "F6_E2M3", 6, SB_OTHER },
    { "F6_E3M2", 6, SB_OTHER }, { "F4", 4, SB_OTHER },
};

static const struct type *find_type(const struct sb_json *name)
{
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++)
        if (sb_json_equals(name, TYPES[i].name, strlen(TYPES[i].name)))
            return &TYPES[i];
    return NULL;
}

size_t sb_dtype_n_bytes(enum sb_dtype dtype)
{
    return dtype == SB_F32 ? 4 : dtype == SB_OTHER ? 0 : 2;
}

const char *sb_dtype_name(enum sb_dtype dtype)
{
    static const char *const names[] = { "F32", "F16", "BF16", "other" };
    return names[dtype];
}

/* ---- one entry of the header ------------------------------------------------------------------ */

/* A JSON number that is a whole one below 2^64. */
static bool read_whole(const struct sb_json *number, uint64_t *whole)
{
    uint64_t value = 0;
    if (number->kind != SB_JSON_NUMBER)
        return false;
    for (size_t i = 0; i < number->n; i++) {
        unsigned digit = number->text[i] - (unsigned)'0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = 10 * value + digit;
    }
    *whole = value;
    return true;
}

/* Up to max whole numbers of a JSON array; the number of them, max + 1 if there are more or others. */
static size_t read_wholes(const struct sb_json *array, uint64_t *wholes, size_t max)
{
    if (array->kind != SB_JSON_ARRAY)
        return max + 1;
    struct sb_json_cursor cursor = sb_json_enter(array);
    struct sb_json unused, value;
    size_t n = 0;
    while (sb_json_next(&cursor, &unused, &value) == SB_OK) {
        if (n == max || !read_whole(&value, &wholes[n]))
            return max + 1;
        n++;
    }
    return n;
}

/* Bits of the tensor, in *n_bits; false where they do not fit in 64 bits. */
static bool count_elements(struct sb_tensor *tensor, const struct type *type, uint64_t *n_bits)
{
    uint64_t n = 1;
    for (size_t i = 0; i < tensor->n_dims; i++) {
        if (tensor->shape[i] && n > UINT64_MAX / 64 / tensor->shape[i])
            return false;
        n *= tensor->shape[i];
    }
    tensor->n_elements = n;
    *n_bits = n * type->n_bits;
    return true;
}

/* The members of an entry: each of the three exactly once. */
static enum sb_status split_entry(const struct parser *p, const struct sb_tensor *tensor,
                                  const struct sb_json *entry, struct sb_json fields[3])
{
    static const char *const keys[] = { "dtype", "shape", "data_offsets" };
    bool seen[3] = { false };
    if (entry->kind != SB_JSON_OBJECT)
        return fail_tensor(p, tensor, "not described by an object");
    struct sb_json_cursor cursor = sb_json_enter(entry);
    struct sb_json name, value;
    while (sb_json_next(&cursor, &name, &value) == SB_OK) {
        size_t k = 0;
        while (k < 3 && !sb_json_equals(&name, keys[k], strlen(keys[k])))
            k++;
        if (k == 3 || seen[k])
            return fail_tensor(p, tensor,
                               "described by other fields than dtype, shape and "
                               "data_offsets, or by one of them twice");
        seen[k] = true;
        fields[k] = value;
    }
    return seen[0] && seen[1] && seen[2]
               ? SB_OK
               : fail_tensor(p, tensor, "without dtype, shape or data_offsets");
}

static enum sb_status read_shape(const struct parser *p, struct sb_tensor *tensor,
                                 const struct sb_json *field)
{
    uint64_t shape[SB_TENSOR_MAX_DIMS];
    size_t n = read_wholes(field, shape, SB_TENSOR_MAX_DIMS);
    if (n > SB_TENSOR_MAX_DIMS)
        return fail_tensor(p, tensor, "its shape is not a list of at most 8 whole numbers");
    tensor->n_dims = n;
    for (size_t i = 0; i < n; i++)
        tensor->shape[i] = shape[i];
    return SB_OK;
}

static enum sb_status read_entry(struct parser *p, size_t index, const struct sb_json *entry)
{
    struct sb_tensor *tensor = &p->file->tensors[index];
    struct sb_json fields[3];
    uint64_t offsets[2], n_bits;
    enum sb_status status = split_entry(p, tensor, entry, fields);
    if (!status)
        status = read_shape(p, tensor, &fields[1]);
    if (status)
        return status;
    const struct type *type = fields[0].kind == SB_JSON_STRING ? find_type(&fields[0]) : NULL;
    if (!type)
        return sb_fail(p->error, SB_UNSUPPORTED, "%s: tensor \"%.200s\": unknown type %.*s",
                       p->file->path, tensor->name, (int)(fields[0].n < 40 ? fields[0].n : 40),
                       (const char *)fields[0].text);
    if (read_wholes(&fields[2], offsets, 2) != 2)
        return fail_tensor(p, tensor, "data_offsets are not two whole numbers");
    if (offsets[0] > offsets[1] || offsets[1] > p->n_data)
        return fail_tensor(p, tensor,
                           "its data are not within the file, which may be truncated; "
                           "copy or download it again");
    if (!count_elements(tensor, type, &n_bits) || n_bits % 8 ||
        n_bits / 8 != offsets[1] - offsets[0])
        return fail_tensor(p, tensor, "its data are not as long as its shape and type say");
    tensor->dtype = type->dtype;
    tensor->data = p->data + offsets[0];
    p->extents[index] = (struct extent){ offsets[0], offsets[1], index };
    return SB_OK;
}

/* ---- the header ------------------------------------------------------------------------------- */

static const char METADATA[] = "__metadata__";

static bool is_metadata(const struct sb_json *name)
{
    return sb_json_equals(name, METADATA, sizeof METADATA - 1);
}

/* Number of tensors, and bytes for their names. */
static enum sb_status count_entries(struct parser *p, const struct sb_json *header,
                                    size_t *n_name_bytes)
{
    struct sb_json_cursor cursor = sb_json_enter(header);
    struct sb_json name, value;
    size_t n_metadata = 0;
    *n_name_bytes = 0;
    while (sb_json_next(&cursor, &name, &value) == SB_OK) {
        if (is_metadata(&name)) {
            if (n_metadata++ || value.kind != SB_JSON_OBJECT)
                return fail(p, "\"__metadata__\" is not one object");
            continue;
        }
        p->file->n_tensors++;
        *n_name_bytes += name.n + 1;
    }
    return SB_OK;
}

static enum sb_status allocate(struct parser *p, size_t n_name_bytes)
{
    size_t n = p->file->n_tensors;
    p->file->names = malloc(n_name_bytes + 1);
    p->file->tensors = calloc(n + 1, sizeof *p->file->tensors);
    p->extents = calloc(n + 1, sizeof *p->extents);
    return p->file->names && p->file->tensors && p->extents ? SB_OK : sb_fail_memory(p->error);
}

static enum sb_status read_entries(struct parser *p, const struct sb_json *header)
{
    struct sb_json_cursor cursor = sb_json_enter(header);
    struct sb_json name, value;
    char *next_name = p->file->names;
    size_t i = 0;
    while (sb_json_next(&cursor, &name, &value) == SB_OK) {
        if (is_metadata(&name))
            continue;
        size_t n = sb_json_unescape(&name, (uint8_t *)next_name);
        next_name[n] = 0;
        p->file->tensors[i].name = next_name;
        if (n == 0 || strlen(next_name) != n)
            return fail(p, "a tensor's name is empty or holds a zero");
        next_name += n + 1;
        enum sb_status status = read_entry(p, i++, &value);
        if (status)
            return status;
    }
    return SB_OK;
}

static int compare_extents(const void *a, const void *b)
{
    const struct extent *x = a, *y = b;
    return x->begin != y->begin ? (x->begin > y->begin) - (x->begin < y->begin)
                                : (x->end > y->end) - (x->end < y->end);
}

static enum sb_status check_cover(struct parser *p)
{
    size_t n = p->file->n_tensors;
    uint64_t covered = 0;
    qsort(p->extents, n, sizeof *p->extents, compare_extents);
    for (size_t i = 0; i < n; i++) {
        const struct extent *extent = &p->extents[i];
        const struct sb_tensor *tensor = &p->file->tensors[extent->tensor];
        if (extent->begin < covered)
            return fail_tensor(p, tensor, "its data overlap those of another tensor");
        if (extent->begin > covered)
            return fail_tensor(p, tensor, "before its data lie bytes that belong to no tensor");
        covered = extent->end;
    }
    return covered == p->n_data ? SB_OK
                                : fail(p, "behind the tensors lie bytes that belong to none");
}

/* ---- alignment and order ---------------------------------------------------------------------- */

static size_t n_bytes_misaligned(const struct sb_tensor *tensor)
{
    size_t size = sb_dtype_n_bytes(tensor->dtype);
    return size && (uintptr_t)tensor->data % size ? tensor->n_elements * size : 0;
}

static size_t round_up(size_t n)
{
    return (n + 7) / 8 * 8;
}

static enum sb_status align(struct parser *p)
{
    struct sb_safetensors *file = p->file;
    size_t n_bytes = 0;
    for (size_t i = 0; i < file->n_tensors; i++)
        n_bytes += round_up(n_bytes_misaligned(&file->tensors[i]));
    if (n_bytes == 0)
        return SB_OK;
    uint8_t *at = file->copies = malloc(n_bytes);
    if (!at)
        return sb_fail_memory(p->error);
    for (size_t i = 0; i < file->n_tensors; i++) {
        size_t n = n_bytes_misaligned(&file->tensors[i]);
        if (n == 0)
            continue;
        memcpy(at, file->tensors[i].data, n);
        file->tensors[i].data = at;
        at += round_up(n);
    }
    return SB_OK;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct sb_tensor *)a)->name, ((const struct sb_tensor *)b)->name);
}

static enum sb_status sort_by_name(struct parser *p)
{
    struct sb_tensor *tensors = p->file->tensors;
    qsort(tensors, p->file->n_tensors, sizeof *tensors, compare_names);
    for (size_t i = 1; i < p->file->n_tensors; i++)
        if (compare_names(&tensors[i - 1], &tensors[i]) == 0)
            return fail_tensor(p, &tensors[i], "its name stands twice in the header");
    return SB_OK;
}

/* ---- the file --------------------------------------------------------------------------------- */

static enum sb_status read_header(struct parser *p, struct sb_json *header)
{
    const struct sb_safetensors *file = p->file;
    uint64_t n_header;
    if (file->n_bytes < sizeof n_header)
        return fail(p, "shorter than the 8 bytes with which a safetensors file begins");
    memcpy(&n_header, file->bytes, sizeof n_header);
    if (n_header > MAX_HEADER_BYTES)
        return fail(p,
                    "says that its header is longer than 100 MB, so this is no safetensors file");
    if (n_header > file->n_bytes - sizeof n_header)
        return fail(p, "truncated: it ends within its header");
    p->data = file->bytes + sizeof n_header + n_header;
    p->n_data = file->n_bytes - sizeof n_header - n_header;
    struct sb_json_cursor cursor = { .at = file->bytes + sizeof n_header, .end = p->data };
    if (n_header == 0 || *cursor.at != '{')
        return fail(p, "its header is not a JSON object");
    if (sb_json_read(&cursor, header))
        return sb_fail(p->error, SB_FORMAT, "%s: header, byte %zu: %s", file->path,
                       (size_t)(cursor.at - file->bytes), cursor.problem);
    return SB_OK;
}

static enum sb_status parse(struct parser *p)
{
    struct sb_json header;
    size_t n_name_bytes;
    enum sb_status status = read_header(p, &header);
    if (!status)
        status = count_entries(p, &header, &n_name_bytes);
    if (!status)
        status = allocate(p, n_name_bytes);
    if (!status)
        status = read_entries(p, &header);
    if (!status)
        status = check_cover(p);
    if (!status)
        status = align(p);
    return status ? status : sort_by_name(p);
}

/* Takes the mapping, NULL if the bytes are the caller's. */
static enum sb_status create(const uint8_t *bytes, size_t n, void *mapping, const char *name,
                             struct sb_safetensors **file, struct sb_error *error)
{
    struct sb_safetensors *new = calloc(1, sizeof *new);
    *file = NULL;
    if (!new) {
        if (mapping)
            munmap(mapping, n);
        return sb_fail_memory(error);
    }
    *new = (struct sb_safetensors){ strdup(name), mapping, bytes, n, NULL, 0, NULL, NULL };
    struct parser parser = { .file = new, .error = error };
    enum sb_status status = new->path ? parse(&parser) : sb_fail_memory(error);
    free(parser.extents);
    if (status)
        sb_safetensors_close(new);
    else
        *file = new;
    return status;
}

enum sb_status sb_safetensors_view(const void *bytes, size_t n, const char *name,
                                   struct sb_safetensors **file, struct sb_error *error)
{
    return create(bytes, n, NULL, name, file, error);
}

static enum sb_status map(int descriptor, const char *path, struct sb_safetensors **file,
                          struct sb_error *error)
{
    struct stat status;
    if (fstat(descriptor, &status))
        return sb_fail(error, SB_IO, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return sb_fail(error, SB_IO, "%s: not a regular file; weights are read from one", path);
    size_t n = (size_t)status.st_size;
    if (n == 0)
        return create(NULL, 0, NULL, path, file, error);
    void *mapping = mmap(NULL, n, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapping == MAP_FAILED)
        return sb_fail(error, SB_IO, "%s: cannot be mapped: %s", path, strerror(errno));
    return create(mapping, n, mapping, path, file, error);
}

enum sb_status sb_safetensors_open(const char *path, struct sb_safetensors **file,
                                   struct sb_error *error)
{
    *file = NULL;
    int descriptor = open(path, O_RDONLY | O_NONBLOCK); /* a pipe is refused, not waited for */
    if (descriptor < 0)
        return sb_fail(error, SB_IO, "%s: cannot be read: %s", path, strerror(errno));
    enum sb_status status = map(descriptor, path, file, error);
    close(descriptor);
    return status;
}

void sb_safetensors_close(struct sb_safetensors *file)
{
    if (!file)
        return;
    if (file->mapping)
        munmap(file->mapping, file->n_bytes);
    free(file->path);
    free(file->tensors);
    free(file->names);
    free(file->copies);
    free(file);
}

size_t sb_safetensors_n(const struct sb_safetensors *file)
{
    return file->n_tensors;
}

const struct sb_tensor *sb_safetensors_tensor(const struct sb_safetensors *file, size_t i)
{
    return &file->tensors[i];
}

const struct sb_tensor *sb_safetensors_find(const struct sb_safetensors *file, const char *name)
{
    struct sb_tensor key = { .name = name };
    return bsearch(&key, file->tensors, file->n_tensors, sizeof key, compare_names);
}

const char *sb_safetensors_path(const struct sb_safetensors *file)
{
    return file->path;
}

/* ---- values ----------------------------------------------------------------------------------- */

/* NaN and infinities are the numbers whose exponent has every bit set. Whole blocks are tested without a
 * branch, so that the compiler makes vectors of them; the faulty element is looked for only then. */
enum { BLOCK = 4096 };

static size_t first_with_bits_32(const uint32_t *x, size_t n, uint32_t exponent)
{
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t end = n - start < BLOCK ? n : start + BLOCK;
        uint32_t found = 0;
        for (size_t i = start; i < end; i++)
            found |= (x[i] & exponent) == exponent;
        for (size_t i = start; found && i < end; i++)
            if ((x[i] & exponent) == exponent)
                return i;
    }
    return n;
}

static size_t first_with_bits_16(const uint16_t *x, size_t n, uint16_t exponent)
{
    for (size_t start = 0; start < n; start += BLOCK) {
        size_t end = n - start < BLOCK ? n : start + BLOCK;
        uint16_t found = 0;
        for (size_t i = start; i < end; i++)
            found |= (uint16_t)((x[i] & exponent) == exponent);
        for (size_t i = start; found && i < end; i++)
            if ((x[i] & exponent) == exponent)
                return i;
    }
    return n;
}

size_t sb_tensor_first_not_finite(const struct sb_tensor *tensor)
{
    switch (tensor->dtype) {
    case SB_F32:
        return first_with_bits_32(tensor->data, tensor->n_elements, 0x7F800000);
    case SB_F16:
        return first_with_bits_16(tensor->data, tensor->n_elements, 0x7C00);
    case SB_BF16:
        return first_with_bits_16(tensor->data, tensor->n_elements, 0x7F80);
    case SB_OTHER:
        break;
    }
    return tensor->n_elements;
}

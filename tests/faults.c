/* Faults on demand, for tests/faults.sh: linked with the command's own objects under the linker's --wrap,
 * so that only calls from our code come here, never those from within libraries.
 *
 *   FAULTS_DEPTH=N   callers that tell two calls apart (6, at most 30)
 *   FAULTS_LOG=FILE  adds a line for every call of its own kind: its key, the function, its callers
 *   FAULTS=KEY:N     the N-th call with this key fails; KEY:N+, and every allocation after it
 *   FAULTS_KILL=N    the process is killed at its N-th call that makes, writes or renames a file
 *   FAULTS_COUNT=FILE  adds a line at the end: how many such calls there were
 *
 * The key is a hash of the function and of those that called it, as offsets in the program: it does not
 * depend on where the program was loaded, nor on other threads. What fails is an allocation (there is
 * no memory), making or renaming a file, and writing: from that call on the file's disk is full.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The linker's: where the program begins and its code ends. */
extern const char __executable_start, etext;

int __real_open(const char *path, int flags, ...);

enum { MOST_KEYS = 1 << 16, MOST_FRAMES = 32 };

static struct {
    pthread_mutex_t lock;
    bool begun;
    int depth, log; /* log: a file descriptor, or -1 */
    unsigned long n_file_calls, kill;
    uint64_t fault; /* 0: none */
    unsigned long nth;
    bool lasts, has_failed; /* memory does not come back */
    uint64_t keys[MOST_KEYS]; /* that have been met: a hash table, 0 where it is empty */
} the = { .lock = PTHREAD_MUTEX_INITIALIZER, .log = -1 };

static bool is_ours(const void *address)
{
    return (uintptr_t)address >= (uintptr_t)&__executable_start &&
           (uintptr_t)address < (uintptr_t)&etext;
}

static uintptr_t offset_of(const void *address)
{
    return (uintptr_t)address - (uintptr_t)&__executable_start;
}

static void begin(void)
{
    const char *depth = getenv("FAULTS_DEPTH"), *log = getenv("FAULTS_LOG"),
               *fault = getenv("FAULTS"), *kill = getenv("FAULTS_KILL");
    the.kill = kill ? strtoul(kill, NULL, 10) : 0;
    the.begun = true;
    the.depth = depth ? atoi(depth) : 6;
    if (the.depth < 1 || the.depth > MOST_FRAMES - 2)
        abort();
    if (log)
        the.log = __real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    char *end;
    if (fault && (the.fault = strtoull(fault, &end, 16)) != 0)
        the.nth = *end == ':' ? strtoul(end + 1, &end, 10) : 1;
    the.lasts = the.fault && *end == '+';
}

/* Whether the key is met for the first time. */
static bool is_new(uint64_t key)
{
    size_t i = key % MOST_KEYS;
    for (; the.keys[i]; i = (i + 1) % MOST_KEYS)
        if (the.keys[i] == key)
            return false;
    the.keys[i] = key;
    return true;
}

static void write_log(uint64_t key, const char *function, void *const *frames, int n)
{
    char line[1024];
    int end = snprintf(line, sizeof line, "%016llx %s", (unsigned long long)key, function);
    for (int i = 0; i < n && i < 8; i++)
        if (is_ours(frames[i]))
            end += snprintf(line + end, sizeof line - (size_t)end, " %#llx",
                            (unsigned long long)offset_of(frames[i]) - 1);
    dprintf(the.log, "%s\n", line);
}

/* Whether the call of function that is being made is to fail. */
static bool fails(const char *function, bool of_files)
{
    void *frames[MOST_FRAMES];
    int reason = errno;
    pthread_mutex_lock(&the.lock);
    if (!the.begun)
        begin();
    bool failing = false;
    if (of_files && ++the.n_file_calls == the.kill)
        raise(SIGKILL);
    if (the.log >= 0 || the.fault) {
        int n = backtrace(frames, MOST_FRAMES), n_callers = 0;
        uint64_t key = UINT64_C(0xcbf29ce484222325);
        for (const char *c = function; *c; c++)
            key = (key ^ (uint64_t)(unsigned char)*c) * UINT64_C(0x100000001b3);
        for (int i = 2; i < n && n_callers < the.depth; i++) { /* 0 is here, 1 the wrapper */
            if (is_ours(frames[i])) {
                key = (key ^ offset_of(frames[i])) * UINT64_C(0x100000001b3);
                n_callers++;
            }
        }
        if (the.fault)
            failing = (key == the.fault && --the.nth == 0) ||
                      (the.lasts && the.has_failed && !of_files);
        the.has_failed = the.has_failed || failing;
        if (the.log >= 0 && is_new(key))
            write_log(key, function, frames + 2, n - 2);
    }
    pthread_mutex_unlock(&the.lock);
    errno = reason;
    return failing;
}

__attribute__((destructor)) static void count(void)
{
    const char *path = getenv("FAULTS_COUNT");
    int file = path ? __real_open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;
    if (file >= 0)
        dprintf(file, "%lu\n", the.n_file_calls);
}

#define FAILS(type, function, parameters, arguments, value, reason)                                \
    type __real_##function parameters;                                                             \
    type __wrap_##function parameters;                                                             \
    type __wrap_##function parameters                                                              \
    {                                                                                              \
        if (fails(#function, reason != ENOMEM)) {                                                  \
            errno = reason;                                                                        \
            return value;                                                                          \
        }                                                                                          \
        return __real_##function arguments;                                                        \
    }

FAILS(void *, malloc, (size_t size), (size), NULL, ENOMEM)
FAILS(void *, calloc, (size_t n, size_t size), (n, size), NULL, ENOMEM)
FAILS(void *, realloc, (void *old, size_t size), (old, size), NULL, ENOMEM)
FAILS(void *, aligned_alloc, (size_t alignment, size_t size), (alignment, size), NULL, ENOMEM)
FAILS(char *, strdup, (const char *text), (text), NULL, ENOMEM)
FAILS(char *, strndup, (const char *text, size_t n), (text, n), NULL, ENOMEM)
FAILS(FILE *, open_memstream, (char **text, size_t *n), (text, n), NULL, ENOMEM)
FAILS(void *, mmap, (void *at, size_t n, int protection, int flags, int file, off_t offset),
      (at, n, protection, flags, file, offset), (void *)-1, ENOMEM)
FAILS(double *, fftw_alloc_real, (size_t n), (n), NULL, ENOMEM)
FAILS(void *, gsl_matrix_alloc, (size_t rows, size_t columns), (rows, columns), NULL, ENOMEM)
FAILS(void *, gsl_vector_alloc, (size_t n), (n), NULL, ENOMEM)
FAILS(void *, gsl_qrng_alloc, (const void *type, unsigned n), (type, n), NULL, ENOMEM)
FAILS(void *, gsl_integration_workspace_alloc, (size_t n), (n), NULL, ENOMEM)
FAILS(void *, gsl_multimin_fminimizer_alloc, (const void *type, size_t n), (type, n), NULL, ENOMEM)
FAILS(void *, gsl_multifit_nlinear_alloc,
      (const void *type, const void *parameters, size_t n, size_t p), (type, parameters, n, p),
      NULL, ENOMEM)
FAILS(void *, archive_read_new, (void), (), NULL, ENOMEM)
FAILS(void *, archive_write_new, (void), (), NULL, ENOMEM)
FAILS(void *, archive_entry_new, (void), (), NULL, ENOMEM)
FAILS(void *, XXH3_createState, (void), (), NULL, ENOMEM)
FAILS(void *, json_object, (void), (), NULL, ENOMEM)
FAILS(void *, json_array, (void), (), NULL, ENOMEM)
FAILS(void *, json_string, (const char *text), (text), NULL, ENOMEM)
FAILS(void *, json_stringn, (const char *text, size_t n), (text, n), NULL, ENOMEM)
FAILS(void *, json_real, (double value), (value), NULL, ENOMEM)
FAILS(void *, json_integer, (long long value), (value), NULL, ENOMEM)
FAILS(char *, json_dumps, (const void *json, size_t flags), (json, flags), NULL, ENOMEM)
FAILS(int, pthread_create,
      (pthread_t * thread, const pthread_attr_t *how, void *(*run)(void *), void *argument),
      (thread, how, run, argument), EAGAIN, EAGAIN)

FAILS(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL, EMFILE)
FAILS(FILE *, fdopen, (int file, const char *mode), (file, mode), NULL, ENOMEM)
FAILS(FILE *, tmpfile, (void), (), NULL, EMFILE)
FAILS(int, mkstemp, (char *name), (name), -1, EACCES)
FAILS(char *, mkdtemp, (char *name), (name), NULL, EACCES)
FAILS(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, EACCES)
FAILS(int, rename, (const char *from, const char *to), (from, to), -1, EACCES)
FAILS(int, ftruncate, (int file, off_t n), (file, n), -1, EIO)
FAILS(DIR *, opendir, (const char *path), (path), NULL, EMFILE)
FAILS(pid_t, fork, (void), (), -1, EAGAIN)

int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    int mode = flags & O_CREAT ? va_arg(rest, int) : 0;
    va_end(rest);
    if (fails("open", (flags & O_ACCMODE) != O_RDONLY)) {
        errno = EMFILE;
        return -1;
    }
    return __real_open(path, flags, mode);
}

/* Before a call that writes to a file: its disk may become full. Messages always have room. */
static void fill_disk(FILE *file, const char *function)
{
    int descriptor = file ? fileno(file) : -1;
    if (descriptor < 0 || descriptor == STDERR_FILENO || !fails(function, true))
        return;
    int full = __real_open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (full < 0 || dup2(full, descriptor) < 0)
        abort();
    close(full);
}

#define FILLS(type, function, parameters, arguments, file)                                         \
    type __real_##function parameters;                                                             \
    type __wrap_##function parameters;                                                             \
    type __wrap_##function parameters                                                              \
    {                                                                                              \
        fill_disk(file, #function);                                                                \
        return __real_##function arguments;                                                        \
    }

FILLS(size_t, fwrite, (const void *bytes, size_t size, size_t n, FILE *file),
      (bytes, size, n, file), file)
FILLS(int, fputs, (const char *text, FILE *file), (text, file), file)
FILLS(int, puts, (const char *text), (text), stdout)
FILLS(int, fputc, (int c, FILE *file), (c, file), file)
FILLS(int, putc, (int c, FILE *file), (c, file), file)
FILLS(int, putchar, (int c), (c), stdout)
FILLS(int, fflush, (FILE * file), (file), file)
FILLS(int, fclose, (FILE * file), (file), file)
FILLS(int, vfprintf, (FILE * file, const char *format, va_list values), (file, format, values),
      file)

int __wrap_fprintf(FILE *file, const char *format, ...);
int __wrap_fprintf(FILE *file, const char *format, ...)
{
    va_list values;
    fill_disk(file, "fprintf");
    va_start(values, format);
    int n = __real_vfprintf(file, format, values);
    va_end(values);
    return n;
}

int __wrap_printf(const char *format, ...);
int __wrap_printf(const char *format, ...)
{
    va_list values;
    fill_disk(stdout, "printf");
    va_start(values, format);
    int n = __real_vfprintf(stdout, format, values);
    va_end(values);
    return n;
}

#include "estimators/parallel.h"

#include <pthread.h>
#include <stdlib.h>

struct loop {
    sb_parallel_function *function;
    void *context;
    size_t n_items;
    pthread_mutex_t mutex; /* guards what follows */
    size_t next;
    enum sb_status status; /* of the failing item with the lowest index so far */
    size_t failed_item;
    struct sb_error error;
};

struct worker {
    pthread_t id;
    struct loop *loop;
    size_t number;
};

/* The next item, or n_items when there is none. Items are handed out in ascending order, so that
 * every item below a failing one has been started, and will be finished. */
static size_t take(struct loop *loop)
{
    pthread_mutex_lock(&loop->mutex);
    size_t item = loop->status ? loop->n_items : loop->next;
    if (item < loop->n_items)
        loop->next++;
    pthread_mutex_unlock(&loop->mutex);
    return item;
}

static void record(struct loop *loop, size_t item, enum sb_status status,
                   const struct sb_error *error)
{
    pthread_mutex_lock(&loop->mutex);
    if (!loop->status || item < loop->failed_item) {
        loop->status = status;
        loop->failed_item = item;
        loop->error = *error;
    }
    pthread_mutex_unlock(&loop->mutex);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    struct loop *loop = worker->loop;
    for (size_t item; (item = take(loop)) < loop->n_items;) {
        struct sb_error error = { "" };
        enum sb_status status = loop->function(loop->context, item, worker->number, &error);
        if (status)
            record(loop, item, status, &error);
    }
    return NULL;
}

/* On the calling thread, without a lock or an allocation. */
static enum sb_status run_alone(size_t n_items, sb_parallel_function *function, void *context,
                                struct sb_error *error)
{
    enum sb_status status = SB_OK;
    for (size_t item = 0; item < n_items && !status; item++)
        status = function(context, item, 0, error);
    return status;
}

enum sb_status sb_parallel_for(size_t n_threads, size_t n_items, sb_parallel_function *function,
                               void *context, struct sb_error *error)
{
    if (n_items == 0)
        return SB_OK;
    size_t n = n_threads < n_items ? n_threads : n_items, started = 1;
    if (n == 1)
        return run_alone(n_items, function, context, error);
    struct worker *workers = calloc(n, sizeof *workers);
    if (!workers)
        return sb_fail_memory(error);
    struct loop loop = { .function = function, .context = context, .n_items = n_items };
    pthread_mutex_init(&loop.mutex, NULL);
    for (size_t i = 0; i < n; i++)
        workers[i] = (struct worker){ .loop = &loop, .number = i };
    while (started < n && !pthread_create(&workers[started].id, NULL, work, &workers[started]))
        started++;
    work(&workers[0]);
    for (size_t i = 1; i < started; i++)
        pthread_join(workers[i].id, NULL);
    pthread_mutex_destroy(&loop.mutex);
    free(workers);
    if (loop.status && error)
        *error = loop.error;
    return loop.status;
}

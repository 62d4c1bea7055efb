#include "tests/helpers.h"

#include <pthread.h>
#include "estimators/parallel.h"

struct job {
    size_t calls[1000];
    size_t fail_at[3]; /* items that fail */
    int busy[16];      /* threads at work */
    bool overlap;      /* two calls had the same thread number at once */
    pthread_mutex_t mutex;
    pthread_t caller;
    bool caller_is_zero;
};

static enum sb_status visit(void *context, size_t item, size_t thread, struct sb_error *error)
{
    struct job *job = context;
    pthread_mutex_lock(&job->mutex);
    job->overlap |= job->busy[thread]++ > 0;
    job->caller_is_zero &= (pthread_equal(pthread_self(), job->caller) != 0) == (thread == 0);
    pthread_mutex_unlock(&job->mutex);
    job->calls[item]++;
    for (int i = 0; i < 50 && item % 7 == 0; i++)
        sched_yield(); /* let items finish out of order */
    pthread_mutex_lock(&job->mutex);
    job->busy[thread]--;
    pthread_mutex_unlock(&job->mutex);
    for (size_t i = 0; i < 3; i++)
        if (item == job->fail_at[i])
            return sb_fail(error, item % 2 ? SB_FORMAT : SB_LIMIT, "item %zu", item);
    return SB_OK;
}

static struct job new_job(void)
{
    struct job job = { .fail_at = { SIZE_MAX, SIZE_MAX, SIZE_MAX },
                       .caller = pthread_self(),
                       .caller_is_zero = true };
    pthread_mutex_init(&job.mutex, NULL);
    return job;
}

static void test_every_item_once(void **state)
{
    (void)state;
    static const size_t threads[] = { 1, 2, 5, 16 }, items[] = { 0, 1, 3, 1000 };
    for (size_t t = 0; t < 4; t++)
        for (size_t n = 0; n < 4; n++) {
            struct job job = new_job();
            assert_int_equal(sb_parallel_for(threads[t], items[n], visit, &job, NULL), SB_OK);
            for (size_t i = 0; i < 1000; i++)
                assert_int_equal(job.calls[i], i < items[n]);
            assert_false(job.overlap);
            assert_true(job.caller_is_zero);
        }
}

static void test_first_error_by_index(void **state)
{
    (void)state;
    for (size_t threads = 1; threads <= 16; threads *= 2)
        for (int repeat = 0; repeat < 20; repeat++) {
            struct job job = new_job();
            job.fail_at[0] = 77; /* slow: 77 % 7 == 0, so that 78 and 80 fail before it */
            job.fail_at[1] = 78;
            job.fail_at[2] = 80;
            struct sb_error error = { "" };
            assert_int_equal(sb_parallel_for(threads, 1000, visit, &job, &error), SB_FORMAT);
            assert_string_equal(error.message, "item 77");
            for (size_t i = 0; i <= 77; i++)
                assert_int_equal(job.calls[i], 1);
            assert_int_equal(job.calls[999], 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_item_once),
        cmocka_unit_test(test_first_error_by_index),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "kafka/worker.h"

#include "base/check.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum worker_state { WORKER_IDLE, WORKER_WAITING, WORKER_RUNNING, WORKER_DONE };

struct worker {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum worker_state state;
    bool owned; /* false: the owner is gone */
    int wake_fd;
    void (*run)(void *job);
    void (*drop)(void *job);
    void *job;
};

static void lock(struct worker *w)
{
    CHECK(pthread_mutex_lock(&w->lock) == 0);
}
static void unlock(struct worker *w)
{
    CHECK(pthread_mutex_unlock(&w->lock) == 0);
}

static void destroy(struct worker *w)
{
    (void)pthread_cond_destroy(&w->changed);
    (void)pthread_mutex_destroy(&w->lock);
    free(w);
}

static void wake(int fd)
{
    uint64_t one = 1;
    if (fd >= 0) {
        /* A full counter is as good as a written one. */
        ssize_t written = write(fd, &one, sizeof one);
        (void)written;
    }
}

static void *worker_main(void *argument)
{
    struct worker *w = argument;
    lock(w);
    for (;;) {
        while (w->owned && w->state != WORKER_WAITING) {
            (void)pthread_cond_wait(&w->changed, &w->lock);
        }
        if (w->state != WORKER_WAITING) {
            break;
        }
        w->state = WORKER_RUNNING;
        unlock(w);
        w->run(w->job);
        lock(w);
        w->state = WORKER_DONE;
        if (w->owned) {
            wake(w->wake_fd);
            (void)pthread_cond_broadcast(&w->changed);
        }
    }
    if (w->state == WORKER_DONE) {
        w->drop(w->job);
    }
    unlock(w);
    destroy(w);
    return NULL;
}

err_t worker_new(int wake_fd, struct worker **ret_worker)
{
    struct worker *w = calloc(1, sizeof *w);
    if (w == NULL) {
        return ERR(NO_MEMORY);
    }
    pthread_condattr_t clock;
    CHECK(pthread_condattr_init(&clock) == 0);
    CHECK(pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_mutex_init(&w->lock, NULL) == 0);
    CHECK(pthread_cond_init(&w->changed, &clock) == 0);
    CHECK(pthread_condattr_destroy(&clock) == 0);
    w->owned = true;
    w->wake_fd = wake_fd;

    pthread_attr_t detached;
    pthread_t thread;
    CHECK(pthread_attr_init(&detached) == 0);
    CHECK(pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED) == 0);
    int failed = pthread_create(&thread, &detached, worker_main, w);
    CHECK(pthread_attr_destroy(&detached) == 0);
    if (failed != 0) {
        destroy(w);
        return ERR(NO_MEMORY);
    }
    *ret_worker = w;
    return err_ok();
}

void worker_free(struct worker *w)
{
    if (w == NULL) {
        return;
    }
    lock(w);
    w->owned = false;
    (void)pthread_cond_broadcast(&w->changed);
    unlock(w);
}

void worker_submit(struct worker *w, void (*run)(void *job), void (*drop)(void *job), void *job)
{
    lock(w);
    CHECK(w->state == WORKER_IDLE);
    w->run = run;
    w->drop = drop;
    w->job = job;
    w->state = WORKER_WAITING;
    (void)pthread_cond_broadcast(&w->changed);
    unlock(w);
}

bool worker_busy(struct worker *w)
{
    lock(w);
    bool busy = w->state != WORKER_IDLE;
    unlock(w);
    return busy;
}

bool worker_is_done(struct worker *w)
{
    lock(w);
    bool done = w->state == WORKER_DONE;
    unlock(w);
    return done;
}

void *worker_take(struct worker *w, int64_t timeout_ms)
{
    struct timespec until = {0};
    CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
    until.tv_sec += (time_t)(timeout_ms / 1000);
    until.tv_nsec += (long)(timeout_ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    lock(w);
    bool late = timeout_ms <= 0;
    while (w->state != WORKER_DONE && w->state != WORKER_IDLE && !late) {
        late = pthread_cond_timedwait(&w->changed, &w->lock, &until) == ETIMEDOUT;
    }
    void *job = NULL;
    if (w->state == WORKER_DONE) {
        job = TAKE(w->job);
        w->state = WORKER_IDLE;
    }
    unlock(w);
    return job;
}

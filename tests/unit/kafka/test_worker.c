#include "kafka/worker.h"
#include "tests/support/unit.h"

#include <poll.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <time.h>

struct job {
    int64_t takes_ms;
    atomic_int *dropped;
    bool ran;
};

static void pause_ms(int64_t ms)
{
    const struct timespec span = {ms / 1000, (long)(ms % 1000) * 1000000L};
    (void)nanosleep(&span, NULL);
}

static void run(void *argument)
{
    struct job *job = argument;
    pause_ms(job->takes_ms);
    job->ran = true;
}

static void drop(void *argument)
{
    struct job *job = argument;
    atomic_fetch_add(job->dropped, 1);
    free(job);
}

static struct job *job_new(int64_t takes_ms, atomic_int *dropped)
{
    struct job *job = calloc(1, sizeof *job);
    *job = (struct job){.takes_ms = takes_ms, .dropped = dropped};
    return job;
}

static void a_job_is_run_and_taken_back(void **state)
{
    (void)state;
    static atomic_int dropped;
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    struct worker *w = NULL;
    EXPECT_OK("new", worker_new(fd, &w));
    EXPECT("idle", !worker_busy(w) && worker_take(w, 0) == NULL);
    for (int i = 0; i < 3; i++) {
        struct job *job = job_new(20, &dropped);
        worker_submit(w, run, drop, job);
        EXPECT("busy", worker_busy(w));
        EXPECT("not done yet", worker_take(w, 0) == NULL);
        EXPECT("done", worker_take(w, 5000) == job);
        EXPECT("it ran", job->ran);
        EXPECT("idle again", !worker_busy(w));
        free(job);
    }
    struct pollfd one = {.fd = fd, .events = POLLIN};
    EXPECT("the fd was written", poll(&one, 1, 0) == 1);
    EXPECT("waiting is bounded, and idle is at once", worker_take(w, 10) == NULL);
    worker_free(w);
    worker_free(NULL);
    EXPECT("nothing was dropped", atomic_load(&dropped) == 0);
    (void)close(fd);
}

static void an_abandoned_job_is_dropped_when_it_ends(void **state)
{
    (void)state;
    static atomic_int dropped;
    struct worker *w = NULL;
    EXPECT_OK("new", worker_new(-1, &w));
    worker_submit(w, run, drop, job_new(100, &dropped));
    EXPECT("not in time", worker_take(w, 10) == NULL);
    worker_free(w);
    EXPECT("not before it ends", atomic_load(&dropped) == 0);
    for (int i = 0; i < 100 && atomic_load(&dropped) == 0; i++) {
        pause_ms(20);
    }
    EXPECT("dropped once", atomic_load(&dropped) == 1);

    EXPECT_OK("new", worker_new(-1, &w));
    worker_submit(w, run, drop, job_new(0, &dropped));
    pause_ms(50);
    worker_free(w); /* done, but never taken */
    for (int i = 0; i < 100 && atomic_load(&dropped) == 1; i++) {
        pause_ms(20);
    }
    EXPECT("dropped as well", atomic_load(&dropped) == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_is_run_and_taken_back),
        cmocka_unit_test(an_abandoned_job_is_dropped_when_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "rt/stop.h"

#include "base/check.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Not only a flag of a signal handler: threads look at it too. */
static atomic_int requested;
STATIC_CHECK(ATOMIC_INT_LOCK_FREE == 2, "a signal handler writes it");
static int wake_fd = -1;             /* set once, before any thread or signal */
static atomic_int_fast64_t limit_ms; /* 0 = none */
static timer_t limit_timer;          /* made before the limit is set */

/* Only calls that a signal handler may make. */
static void arm(void)
{
    int64_t ms = atomic_load(&limit_ms);
    const struct itimerspec once = {
        .it_value = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000 * 1000}};
    if (ms > 0 && timer_settime(limit_timer, 0, &once, NULL) != 0) {
        _exit(0); /* better at once than never */
    }
}

static void on_signal(int number)
{
    (void)number;
    if (atomic_exchange(&requested, 1) != 0) {
        _exit(EXIT_AGAIN);
    }
    int kept = errno;
    arm();
    const uint64_t one = 1;
    if (write(wake_fd, &one, sizeof one) < 0) {
        /* The counter is full: then it is readable already. */
    }
    errno = kept;
}

void stop_install(void)
{
    CHECK(wake_fd < 0);
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    CHECK(wake_fd >= 0);
    struct sigaction action = {.sa_handler = on_signal};
    CHECK(sigemptyset(&action.sa_mask) == 0);
    CHECK(sigaction(SIGTERM, &action, NULL) == 0);
    CHECK(sigaction(SIGINT, &action, NULL) == 0);
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    CHECK(sigemptyset(&ignore.sa_mask) == 0);
    CHECK(sigaction(SIGPIPE, &ignore, NULL) == 0);
}

static void on_alarm(int number)
{
    (void)number;
    _exit(0);
}

void stop_within(span_ms_t limit)
{
    struct sigaction action = {.sa_handler = on_alarm};
    CHECK(sigemptyset(&action.sa_mask) == 0);
    CHECK(sigaction(SIGALRM, &action, NULL) == 0);
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    CHECK(timer_create(CLOCK_MONOTONIC, &event, &limit_timer) == 0);
    atomic_store(&limit_ms, limit.ms > 0 ? limit.ms : 1);
    if (stop_requested()) {
        arm();
    }
}

bool stop_requested(void)
{
    return atomic_load(&requested) != 0;
}

int stop_fd(void)
{
    return wake_fd;
}

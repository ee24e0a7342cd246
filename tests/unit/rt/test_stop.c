#include "rt/stop.h"
#include "tests/support/unit.h"

#include <poll.h>

/* In a child: 0 when the first signal raises flag and descriptor and SIGPIPE does nothing; the
 * second signal must end it. */
static void in_child(int second)
{
    stop_install();
    struct pollfd fd = {.fd = stop_fd(), .events = POLLIN};
    if (stop_requested() || poll(&fd, 1, 0) != 0 || raise(SIGPIPE) != 0) {
        _exit(1);
    }
    if (raise(SIGTERM) != 0 || !stop_requested() || poll(&fd, 1, 0) != 1) {
        _exit(2);
    }
    if (second != 0) {
        (void)raise(second);
        _exit(3);
    }
    _exit(0);
}

static int status_of_child(int second)
{
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        in_child(second);
    }
    int status = 0;
    EXPECT("waited", child > 0 && waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void first_drains_second_ends(void **state)
{
    (void)state;
    EXPECT("one signal asks", status_of_child(0) == 0);
    EXPECT("a second ends at once", status_of_child(SIGINT) == EXIT_AGAIN);
}

static void a_drain_has_an_end(void **state)
{
    (void)state;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        stop_install();
        stop_within(span_ms(50));
        (void)poll(NULL, 0, 200); /* nobody asked yet */
        if (raise(SIGTERM) != 0) {
            _exit(2);
        }
        for (int i = 0; i < 100; i++) {
            (void)poll(NULL, 0, 100); /* a call that does not come back */
        }
        _exit(1);
    }
    int status = 0;
    EXPECT("waited", child > 0 && waitpid(child, &status, 0) == child);
    EXPECT("a good end", WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(first_drains_second_ends),
                                       cmocka_unit_test(a_drain_has_an_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

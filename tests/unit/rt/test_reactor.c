#include "rt/reactor.h"
#include "tests/support/unit.h"

#include <sys/eventfd.h>

struct peer {
    struct reactor *reactor;
    int fd;
    int other; /* removed by the callback; -1 = none */
    int calls;
};

static void count_call(void *arg, uint32_t events)
{
    struct peer *p = arg;
    EXPECT("readable", (events & EPOLLIN) != 0);
    p->calls++;
    if (p->other >= 0) {
        reactor_remove(p->reactor, p->other);
    }
}

static int ready_fd(void)
{
    return eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK);
}

static void calls_what_is_ready(void **state)
{
    (void)state;
    CLEANUP_PTR(reactor) struct reactor *r = NULL;
    EXPECT_OK("made", reactor_new(&r));
    struct peer ready = {r, ready_fd(), -1, 0};
    struct peer idle = {r, eventfd(0, EFD_CLOEXEC), -1, 0};
    EXPECT_OK("added", reactor_add(r, ready.fd, EPOLLIN, count_call, &ready));
    EXPECT_OK("added", reactor_add(r, idle.fd, EPOLLIN, count_call, &idle));
    EXPECT_OK("ran", reactor_run_once(r, span_ms(1000)));
    EXPECT_OK("ran", reactor_run_once(r, span_ms(0)));
    EXPECT("level-triggered", ready.calls == 2 && idle.calls == 0);
    EXPECT_OK("quiet", reactor_modify(r, ready.fd, 0));
    EXPECT_OK("ran", reactor_run_once(r, span_ms(1)));
    EXPECT("not asked for any more", ready.calls == 2);
    reactor_remove(r, ready.fd);
    reactor_remove(r, ready.fd);
    EXPECT_OK("the number may come again", reactor_add(r, ready.fd, EPOLLIN, count_call, &ready));
    EXPECT_OK("ran", reactor_run_once(r, span_ms(0)));
    EXPECT("called again", ready.calls == 3);
    close(ready.fd);
    close(idle.fd);
}

static void removed_in_the_same_round_is_not_called(void **state)
{
    (void)state;
    CLEANUP_PTR(reactor) struct reactor *r = NULL;
    EXPECT_OK("made", reactor_new(&r));
    struct peer a = {r, ready_fd(), -1, 0};
    struct peer b = {r, ready_fd(), a.fd, 0};
    a.other = b.fd;
    EXPECT_OK("added", reactor_add(r, a.fd, EPOLLIN, count_call, &a));
    EXPECT_OK("added", reactor_add(r, b.fd, EPOLLIN, count_call, &b));
    EXPECT_OK("ran", reactor_run_once(r, span_ms(0)));
    EXPECT("whoever came first removed the other", a.calls + b.calls == 1);
    close(a.fd);
    close(b.fd);
}

static void descriptors_beyond_the_first_array(void **state)
{
    (void)state;
    CLEANUP_PTR(reactor) struct reactor *r = NULL;
    EXPECT_OK("made", reactor_new(&r));
    struct peer p = {r, dup2(ready_fd(), 700), -1, 0};
    EXPECT_OK("added", reactor_add(r, 700, EPOLLIN, count_call, &p));
    EXPECT_OK("ran", reactor_run_once(r, span_ms(0)));
    EXPECT("called", p.calls == 1);
    close(700);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_what_is_ready),
        cmocka_unit_test(removed_in_the_same_round_is_not_called),
        cmocka_unit_test(descriptors_beyond_the_first_array),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The server over real sockets: deadlines, order, limits, and its end. */
#include "base/limits.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/http_world.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const struct {
    const char *why;
    const char *first;
    const char *heard;
    const char *drip; /* said after each half of the deadline */
    int64_t deadline_ms;
    const char *late;
} deadlines[] = {
    {"who says nothing is let go of without a word", "", "-", "", LIMIT_HEAD_DEADLINE_MS, "."},
    {"an empty line is nothing", "\r\n", "-", "", LIMIT_HEAD_DEADLINE_MS, "."},
    {"half a head", "GET", "-", "", LIMIT_HEAD_DEADLINE_MS, "408 ."},
    {"a byte now and then wins no time", "GET /", "-", "x", LIMIT_HEAD_DEADLINE_MS, "408 ."},
    {"half a body", HALF, "-", "d", LIMIT_BODY_DEADLINE_MS, "408 ."},
    {"half a chunk", "POST /" HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\na", "-", "b",
     LIMIT_BODY_DEADLINE_MS, "408 ."},
    {"between two requests", GET, "200 ", "", LIMIT_IDLE_DEADLINE_MS, "."},
    {"half of the second head", GET "GET", "200 ", "", LIMIT_HEAD_DEADLINE_MS, "408 ."},
    {"who is refused and stays", "GET / HTTP/1.1\n", "400 .", "", LIMIT_LINGER_DEADLINE_MS, "."},
};

static void deadlines_are_of_the_whole(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(deadlines); i++) {
        const char *why = deadlines[i].why;
        struct world w;
        world_start(&w);
        int fd = client(&w, 1);
        go(&w);
        say(&w, fd, deadlines[i].first);
        EXPECT_TEXT(why, hear(fd), deadlines[i].heard);
        bool ended = strchr(deadlines[i].heard, '.') != NULL;
        pass(&w, deadlines[i].deadline_ms / 2);
        say(&w, fd, deadlines[i].drip);
        pass(&w, deadlines[i].deadline_ms - deadlines[i].deadline_ms / 2 - 1);
        EXPECT_TEXT(why, hear(fd), ended ? "." : "-");
        EXPECT(why,
               http_requests(w.http) == 1 || deadlines[i].deadline_ms == LIMIT_IDLE_DEADLINE_MS);
        pass(&w, 1);
        EXPECT_TEXT(why, hear(fd), deadlines[i].late);
        pass(&w, LIMIT_LINGER_DEADLINE_MS);
        EXPECT(why, http_requests(w.http) == 0);
        close(fd);
        http_free(w.http);
    }
}

static void answers_in_order(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    int fd = client(&w, 1);
    go(&w);
    say(&w, fd, "POST /park" HEAD "Content-Length: 2\r\n\r\nab" GET "GET /park" HEAD "\r\n" GET);
    EXPECT_TEXT("the first is parked, so the second waits", hear(fd), "-");
    pass(&w, 3600 * 1000);
    EXPECT_TEXT("no deadline of ours ends it", hear(fd), "-");
    w.serve.parked[0]->state = EXCHANGE_ANSWERED;
    http_wake(w.serve.parked[0]->transport);
    EXPECT("no time to wait", http_timeout(w.http, span_ms(100)).ms == 0);
    go(&w);
    EXPECT_TEXT("the first two", hear(fd), "200 200 ");
    EXPECT("one is parked now", w.serve.parked_count == 2);
    close(fd);
    go(&w);
    EXPECT("who went away is still parked", http_requests(w.http) == 1);
    w.serve.parked[1]->state = EXCHANGE_ANSWERED;
    http_wake(w.serve.parked[1]->transport);
    go(&w);
    EXPECT("and then gone", http_requests(w.http) == 0 && w.serve.ended >= 3);
    http_free(w.http);
}

static void says_continue_where_it_is_wanted(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    int fd = client(&w, 1);
    go(&w);
    say(&w, fd, "POST /" HEAD "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_TEXT("go on", hear(fd), "100 ");
    say(&w, fd, "ab");
    EXPECT_TEXT("it went on", hear(fd), "200 ");
    say(&w, fd, "POST /" HEAD "Expect: 100-continue\r\nContent-Length: 2\r\n\r\na");
    EXPECT_TEXT("has gone on by itself", hear(fd), "-");
    say(&w, fd, "bPOST /" HEAD "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n");
    EXPECT_TEXT("has nothing to go on with", hear(fd), "200 200 ");
    close(fd);
    http_free(w.http);
}

static void knows_the_last_of_a_connection(void **state)
{
    (void)state;
    static const char *const last[] = {
        "GET /" HEAD "Connection: close\r\n\r\n" GET,
        "GET / HTTP/1.0\r\n\r\n" GET,
        "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT_OF(last); i++) {
        struct world w;
        world_start(&w);
        int fd = client(&w, 1);
        go(&w);
        say(&w, fd, last[i]);
        EXPECT_TEXT(last[i], hear(fd), i < 2 ? "200 ." : "200 200 .");
        close(fd);
        http_free(w.http);
    }
}

/* More than is read at a time, and all of it there at once. */
static void takes_large_bodies(void **state)
{
    (void)state;
    static char body[120 * 1000];
    struct world w;
    world_start(&w);
    int fd = client(&w, 1);
    go(&w);
    memset(body, 'x', sizeof body);
    say(&w, fd, "POST /park" HEAD "Content-Length: 120000\r\n\r\n");
    size_t sent = 0;
    while (sent < sizeof body) {
        ssize_t got = send(fd, body + sent, sizeof body - sent, MSG_NOSIGNAL);
        sent += got > 0 ? (size_t)got : 0;
        go(&w);
    }
    for (unsigned i = 0; i < 100 && w.serve.parked_count == 0; i++) {
        go(&w);
    }
    EXPECT("all of it came", w.serve.parked_count == 1);
    EXPECT("and no more", w.serve.parked[0]->discarded == sizeof body);
    w.serve.parked[0]->state = EXCHANGE_ANSWERED;
    http_wake(w.serve.parked[0]->transport);
    go(&w);
    EXPECT_TEXT("answered", hear(fd), "200 ");
    close(fd);
    http_free(w.http);
}

static void reads_from_who_reads(void **state)
{
    (void)state;
    static char many[100 * sizeof GET];
    struct world w;
    world_start(&w);
    int fd = client(&w, 1);
    go(&w);
    for (size_t i = 0; i < 100; i++) {
        memcpy(many + i * (sizeof GET - 1), GET, sizeof GET);
    }
    size_t sent = 0;
    unsigned refused = 0;
    while (refused < 10 && sent < 64 * 1024 * 1024) {
        ssize_t got = send(fd, many, strlen(many), MSG_NOSIGNAL);
        sent += got > 0 ? (size_t)got : 0;
        refused = got > 0 ? 0 : refused + 1;
        go(&w);
    }
    EXPECT("is held back", refused == 10);
    size_t ended = w.serve.ended;
    go(&w);
    EXPECT("nothing more is taken from it", w.serve.ended == ended);
    pass(&w, LIMIT_WRITE_DEADLINE_MS - 1);
    EXPECT("has its time", http_requests(w.http) == 1);
    pass(&w, 1);
    EXPECT("and no more", http_requests(w.http) == 0);
    close(fd);
    http_free(w.http);
}

static void drains(void **state)
{
    (void)state;
    struct world w;
    world_start(&w);
    int idle = client(&w, 1);
    int half = client(&w, 1);
    int parked = client(&w, 1);
    int silent = client(&w, 1);
    go(&w);
    say(&w, idle, GET);
    say(&w, half, HALF);
    say(&w, parked, "GET /park" HEAD "\r\n");
    EXPECT_TEXT("answered", hear(idle), "200 ");
    int knocking = client(&w, 1);
    assert_true(send(knocking, GET, sizeof GET - 1, 0) > 0);
    http_quiesce(w.http);
    EXPECT_TEXT("who is idle is let go of", hear(idle), ".");
    EXPECT_TEXT("who has said nothing too", hear(silent), ".");
    EXPECT_TEXT("who had knocked was heard", hear(knocking), "200 .");
    EXPECT("nobody new", client(&w, 1) < 0);
    say(&w, half, "defghi");
    EXPECT_TEXT("what was begun is finished, and that is all", hear(half), "200 .");
    w.serve.parked[0]->state = EXCHANGE_ANSWERED;
    http_wake(w.serve.parked[0]->transport);
    go(&w);
    EXPECT_TEXT("so is what was parked", hear(parked), "200 .");
    close(half);
    close(parked);
    close(knocking);
    go(&w);
    EXPECT("all is over", http_requests(w.http) == 0);
    close(idle);
    close(silent);
    http_free(w.http);
}

/* Who comes when there is no room: the one that is idle for longest gives way, then who is slow. */
static void makes_room(void **state)
{
    (void)state;
    want_descriptors();
    static int crowd[LIMIT_CONNECTIONS_MAX];
    struct world w;
    world_start(&w);
    for (size_t i = 0; i < LIMIT_CONNECTIONS_MAX; i++) {
        crowd[i] = client(&w, 1 + (unsigned)(i / LIMIT_CONNECTIONS_PER_ADDRESS_MAX));
        http_run(w.http);
    }
    go(&w);
    for (size_t i = 0; i < LIMIT_CONNECTIONS_MAX; i++) {
        bool idle = i < 2 || i == LIMIT_CONNECTIONS_PER_ADDRESS_MAX;
        assert_true(send(crowd[i], GET, idle ? sizeof GET - 1 : 3, 0) > 0);
    }
    for (unsigned i = 0; i < 20; i++) {
        go(&w);
    }
    EXPECT_TEXT("the first is answered", hear(crowd[0]), "200 ");
    int same = client(&w, 2);
    go(&w);
    EXPECT_TEXT("the idle one of its address", hear(crowd[LIMIT_CONNECTIONS_PER_ADDRESS_MAX]),
                "200 .");
    int again = client(&w, 2);
    go(&w);
    EXPECT_TEXT("no room for more of that address", hear(again), ".");
    int other = client(&w, 3);
    go(&w);
    say(&w, other, GET);
    EXPECT_TEXT("another address has room", hear(other), "200 ");
    EXPECT_TEXT("of who was idle for longest", hear(crowd[0]), ".");
    close(other);
    pass(&w, 1000);
    int last[4];
    for (size_t i = 0; i < COUNT_OF(last); i++) {
        last[i] = client(&w, 3);
        go(&w);
        say(&w, last[i], "GET /park" HEAD "\r\n");
    }
    EXPECT("the slow ones give way to who is prompt", w.serve.parked_count == COUNT_OF(last));
    for (size_t i = 0; i < COUNT_OF(last); i++) {
        w.serve.parked[i]->state = EXCHANGE_ANSWERED;
        http_wake(w.serve.parked[i]->transport);
        go(&w);
        EXPECT_TEXT("served", hear(last[i]), "200 ");
        close(last[i]);
    }
    http_free(w.http);
    for (size_t i = 0; i < LIMIT_CONNECTIONS_MAX; i++) {
        close(crowd[i]);
    }
    close(same);
    close(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(deadlines_are_of_the_whole),
        cmocka_unit_test(answers_in_order),
        cmocka_unit_test(says_continue_where_it_is_wanted),
        cmocka_unit_test(knows_the_last_of_a_connection),
        cmocka_unit_test(takes_large_bodies),
        cmocka_unit_test(reads_from_who_reads),
        cmocka_unit_test(drains),
        cmocka_unit_test(makes_room),
    };
    return cmocka_run_group_tests_name("ingest/http", tests, NULL, NULL);
}

/* egress/http.h against servers that die or dawdle: each request is sent once, and ends in time. */
#include "base/limits.h"
#include "egress/http.h"
#include "tests/integration/egress/http_rig.h"
#include "tests/support/unit.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

/* ---- a connection that was used before dies: the moments in which libcurl would send again ----
 */

/* So that closing is a reset. */
static void reset_at_close(int fd)
{
    const struct linger now = {.l_onoff = 1};
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

static void answer_all(struct raw_server *s, int fd)
{
    while (raw_server_read(s, fd)) {
        raw_server_write(fd, OK_EMPTY);
    }
}

static bool answered_once(struct raw_server *s, int fd, size_t number)
{
    if (number > 0) {
        answer_all(s, fd);
        return false;
    }
    if (raw_server_read(s, fd)) {
        raw_server_write(fd, OK_EMPTY);
    }
    return true;
}

static void serve_once_then_close(struct raw_server *s, int fd, size_t number)
{
    if (answered_once(s, fd, number)) {
        (void)raw_server_read(s, fd);
    }
}

static void serve_once_then_reset(struct raw_server *s, int fd, size_t number)
{
    if (answered_once(s, fd, number)) {
        (void)raw_server_read(s, fd);
        reset_at_close(fd);
    }
}

/* Something of the second request came in, and nobody will ever know how much. */
static void serve_once_then_cut(struct raw_server *s, int fd, size_t number)
{
    char some[200];
    if (answered_once(s, fd, number)) {
        (void)recv(fd, some, sizeof some, MSG_WAITALL);
        reset_at_close(fd);
    }
}

/* The whole server is gone, as after a crash: libcurl tries to connect again, and cannot. */
static void serve_once_then_die(struct raw_server *s, int fd, size_t number)
{
    if (answered_once(s, fd, number)) {
        (void)raw_server_read(s, fd);
        raw_server_deafen(s);
    }
}

static void serve_once_then_leave(struct raw_server *s, int fd, size_t number)
{
    (void)answered_once(s, fd, number);
}

/* After this a connection to the server stands open, and is used for what comes next. */
static void use_once(const char *why)
{
    struct peer_request first = http_rig_request(http_rig_url("/first"), "POST", "{\"n\":1}");
    EXPECT(why, http_rig_call(&first).status == 200);
    EXPECT(why, raw_server_connections(rig.server) == 1);
}

static void test_no_silent_resend(void **state)
{
    (void)state;
    static char large[256 * 1024];
    memset(large, 'x', sizeof large - 1);
    const struct {
        const char *why, *method, *body;
        raw_serve serve;
        enum peer_result result;
        size_t seen;
    } rows[] = {
        {"a POST", "POST", "{\"n\":2}", serve_once_then_close, PEER_LOST, 1},
        {"a PUT", "PUT", "{\"n\":2}", serve_once_then_close, PEER_LOST, 1},
        {"a PATCH", "PATCH", "{\"n\":2}", serve_once_then_close, PEER_LOST, 1},
        {"a POST, reset", "POST", "{\"n\":2}", serve_once_then_reset, PEER_LOST, 1},
        {"a PUT, reset", "PUT", "{\"n\":2}", serve_once_then_reset, PEER_LOST, 1},
        {"half of a PUT", "PUT", large, serve_once_then_cut, PEER_LOST, 0},
        {"half of a POST", "POST", large, serve_once_then_cut, PEER_LOST, 0},
        {"it has left, whatever came of going back", "POST", "{}", serve_once_then_die, PEER_LOST,
         1},
        {"a PUT has, too", "PUT", "{}", serve_once_then_die, PEER_LOST, 1},
        /* On a fresh connection, where libcurl does not send again. */
        {"a POST without body", "POST", "", serve_once_then_close, PEER_ANSWERED, 1},
        {"a DELETE", "DELETE", "", serve_once_then_close, PEER_ANSWERED, 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rig.server = raw_server_new(rows[i].serve);
        use_once(rows[i].why);
        struct peer_request second =
            http_rig_request(http_rig_url("/second"), rows[i].method, rows[i].body);
        struct peer_answer answer = http_rig_call(&second);
        EXPECT(rows[i].why, answer.result == rows[i].result);
        EXPECT(rows[i].why, answer.status == (rows[i].result == PEER_LOST ? 0 : 200));
        EXPECT(rows[i].why, http_rig_seen("/second") == rows[i].seen);
        raw_server_free(rig.server);
        rig.server = NULL;
    }
}

static void test_a_connection_that_was_left_is_not_used(void **state)
{
    (void)state;
    rig.server = raw_server_new(serve_once_then_leave);
    use_once("the first");
    EXPECT_OK("its end comes in", reactor_run_once(rig.reactor, span_ms(50)));
    struct peer_request second = http_rig_request(http_rig_url("/second"), "POST", "{\"n\":2}");
    EXPECT("answered", http_rig_call(&second).status == 200);
    EXPECT("over another, once", http_rig_seen("/second") == 1);
}

/* ---- deadlines ---- */

static void serve_nothing(struct raw_server *s, int fd, size_t number)
{
    (void)number;
    while (raw_server_read(s, fd)) {
    }
}

/* A byte now and then: no silence would ever end this. */
static void trickle(int fd, const char *text)
{
    const struct timespec pause = {.tv_nsec = 50 * 1000000L};
    char one[2] = "";
    for (const char *c = text; *c != '\0'; c++) {
        one[0] = *c;
        raw_server_write(fd, one);
        (void)nanosleep(&pause, NULL);
    }
}

static void serve_slow_head(struct raw_server *s, int fd, size_t number)
{
    (void)number;
    if (raw_server_read(s, fd)) {
        trickle(fd, OK_EMPTY);
    }
}

static void serve_slow_body(struct raw_server *s, int fd, size_t number)
{
    (void)number;
    if (raw_server_read(s, fd)) {
        raw_server_write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n");
        trickle(fd, "{\"a\":\"0123456789012345678901234567890\"}");
    }
}

static void serve_interim(struct raw_server *s, int fd, size_t number)
{
    const struct timespec pause = {.tv_nsec = 50 * 1000000L};
    (void)number;
    bool more = raw_server_read(s, fd);
    for (int i = 0; more && i < 40; i++) {
        raw_server_write(fd, "HTTP/1.1 103 Early Hints\r\n\r\n");
        (void)nanosleep(&pause, NULL);
    }
}

/* Takes nothing in, so that a large request never leaves whole. */
static void serve_unread(struct raw_server *s, int fd, size_t number)
{
    (void)s;
    (void)number;
    struct pollfd hangup = {.fd = fd};
    (void)poll(&hangup, 1, 5000);
}

static void test_the_deadline_is_kept(void **state)
{
    (void)state;
    static char large[LIMIT_RECORD_BYTES_MAX];
    memset(large, 'x', sizeof large - 1);
    const struct {
        const char *why, *method, *body;
        raw_serve serve;
    } rows[] = {
        {"no answer", "POST", "{}", serve_nothing},
        {"no answer to a read", "GET", "", serve_nothing},
        {"the head of an answer comes slowly", "POST", "{}", serve_slow_head},
        {"its body comes slowly", "PUT", "{}", serve_slow_body},
        {"interim answers without end", "POST", "{}", serve_interim},
        {"the request is not taken in", "PUT", large, serve_unread},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        rig.server = raw_server_new(rows[i].serve);
        struct peer_request request =
            http_rig_request(http_rig_url("/"), rows[i].method, rows[i].body);
        request.deadline = span_ms(300);
        struct peer_answer answer = http_rig_call(&request);
        EXPECT(rows[i].why, answer.result == PEER_TIMED_OUT && answer.status == 0);
        EXPECT(rows[i].why, answer.took.ms >= 290 && answer.took.ms < 1500);
        EXPECT(rows[i].why, raw_server_connections(rig.server) == 1);
        raw_server_free(rig.server);
        rig.server = NULL;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(test_no_silent_resend),
        HTTP_TEST(test_a_connection_that_was_left_is_not_used),
        HTTP_TEST(test_the_deadline_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* egress/http.h against servers that misbehave: each request is sent once, or not at all. */
#include "base/limits.h"
#include "egress/http.h"
#include "rt/clock_sys.h"
#include "tests/support/raw_server.h"
#include "tests/support/unit.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define OK_EMPTY "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

static struct reactor *reactor;
static struct http *http;
static struct peer peer;
static struct raw_server *server;

static int setup(void **state)
{
    (void)state;
    EXPECT_OK("reactor", reactor_new(&reactor));
    EXPECT_OK("http", http_new(reactor, clock_sys(), "Tieline/test", &http));
    peer = http_port(http);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    http_free(http);
    reactor_free(reactor);
    if (server != NULL) {
        raw_server_free(server);
        server = NULL;
    }
    return 0;
}

static struct peer_request request_to(const char *url, const char *method, const char *body)
{
    return (struct peer_request){
        .method = slice_of(method),
        .url = slice_of(url),
        .body = slice_of(body),
        .headers = {SLICE("Content-Type: application/json"), SLICE("Authorization: Basic eDp5")},
        .header_count = 2,
        .deadline = span_s(5),
        .private_allowed = true,
        .cookie = 7,
    };
}

static char url_text[64];
static const char *url_of(const char *path)
{
    (void)snprintf(url_text, sizeof url_text, "http://127.0.0.1:%u%s",
                   (unsigned)raw_server_port(server), path);
    return url_text;
}

/* Submits and waits for the answer, which is valid until the next collect. */
static struct peer_answer call(const struct peer_request *request)
{
    struct peer_answer answer = {0};
    bool got = false;
    EXPECT_OK("submit", peer_submit(&peer, request));
    for (int i = 0; i < 2000 && !got; i++) {
        span_ms_t wait = http_tick(http);
        EXPECT_OK("wait", reactor_run_once(reactor, span_ms(wait.ms < 10 ? wait.ms : 10)));
        EXPECT_OK("collect", peer_collect(&peer, &answer, &got));
    }
    EXPECT("answered", got && answer.cookie == request->cookie);
    EXPECT("nothing left under way", peer_in_flight(&peer) == 0);
    return answer;
}

static void serve_headers(struct raw_server *s, int fd, size_t number)
{
    (void)number;
    while (raw_server_read(s, fd)) {
        raw_server_write(fd,
                         "HTTP/1.1 429 Too Many\r\nDate: Mon, 14 Sep 2026 09:12:06 GMT\r\n"
                         "Retry-After: 93\r\nX-Rate-Limit-Remaining: 12\r\n"
                         "X-Zendesk-Request-Id: abc-1\r\nContent-Length: 9\r\n\r\n{\"a\":1}\r\n");
    }
}

static void test_request_and_answer_whole(void **state)
{
    (void)state;
    server = raw_server_new(serve_headers);
    struct peer_request request = request_to(url_of("/v2/x"), "POST", "{\"b\":\"\xC3\xA4\"}");
    struct peer_answer answer = call(&request);
    EXPECT("answered", answer.result == PEER_ANSWERED && answer.status == 429);
    EXPECT_SLICE("body", answer.body, SLICE("{\"a\":1}\r\n"));
    EXPECT("Retry-After", answer.retry_after.ms == 93 * 1000);
    EXPECT("Date", answer.date.ms == INT64_C(1789377126000));
    EXPECT_SLICE("rate", answer.rate_remaining, SLICE("12"));
    EXPECT_SLICE("request id", answer.request_id, SLICE("abc-1"));
    const char *sent = raw_server_request(server, 0);
    EXPECT("request line", strncmp(sent, "POST /v2/x HTTP/1.1\r\n", 21) == 0);
    EXPECT("login", strstr(sent, "\r\nAuthorization: Basic eDp5\r\n") != NULL);
    EXPECT("agent", strstr(sent, "\r\nUser-Agent: Tieline/test\r\n") != NULL);
    EXPECT("no Expect", strstr(sent, "Expect") == NULL);
    EXPECT("not chunked", strstr(sent, "Transfer-Encoding") == NULL);
    EXPECT("the bytes", strcmp(strstr(sent, "\r\n\r\n") + 4, "{\"b\":\"\xC3\xA4\"}") == 0);
}

static void test_no_round_trip_before_a_large_body(void **state)
{
    (void)state;
    server = raw_server_new(serve_headers);
    static char body[LIMIT_RECORD_BYTES_MAX]; /* libcurl would ask from 1 MiB on */
    memset(body, 'x', sizeof body - 1);
    struct peer_request request = request_to(url_of("/"), "PUT", body);
    EXPECT("answered", call(&request).result == PEER_ANSWERED);
    const char *sent = raw_server_request(server, 0);
    EXPECT("no Expect", strstr(sent, "Expect") == NULL);
    EXPECT("the bytes", strcmp(strstr(sent, "\r\n\r\n") + 4, body) == 0);
}

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

static size_t times_seen(const char *path)
{
    size_t seen = 0;
    for (size_t r = 0; r < raw_server_requests(server); r++) {
        seen += strstr(raw_server_request(server, r), path) != NULL ? 1 : 0;
    }
    return seen;
}

/* After this a connection to the server stands open, and is used for what comes next. */
static void use_once(const char *why)
{
    struct peer_request first = request_to(url_of("/first"), "POST", "{\"n\":1}");
    EXPECT(why, call(&first).status == 200);
    EXPECT(why, raw_server_connections(server) == 1);
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
        server = raw_server_new(rows[i].serve);
        use_once(rows[i].why);
        struct peer_request second = request_to(url_of("/second"), rows[i].method, rows[i].body);
        struct peer_answer answer = call(&second);
        EXPECT(rows[i].why, answer.result == rows[i].result);
        EXPECT(rows[i].why, answer.status == (rows[i].result == PEER_LOST ? 0 : 200));
        EXPECT(rows[i].why, times_seen("/second") == rows[i].seen);
        raw_server_free(server);
        server = NULL;
    }
}

static void test_a_connection_that_was_left_is_not_used(void **state)
{
    (void)state;
    server = raw_server_new(serve_once_then_leave);
    use_once("the first");
    EXPECT_OK("its end comes in", reactor_run_once(reactor, span_ms(50)));
    struct peer_request second = request_to(url_of("/second"), "POST", "{\"n\":2}");
    EXPECT("answered", call(&second).status == 200);
    EXPECT("over another, once", times_seen("/second") == 1);
}

static void serve_redirect(struct raw_server *s, int fd, size_t number)
{
    static const char *const answers[] = {"HTTP/1.1 302 Found", "HTTP/1.1 303 See Other",
                                          "HTTP/1.1 307 Temporary Redirect",
                                          "HTTP/1.1 308 Permanent Redirect"};
    (void)number;
    for (size_t i = 0; raw_server_read(s, fd); i++) {
        raw_server_write(fd, answers[i % COUNT_OF(answers)]);
        raw_server_write(fd, "\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
    }
}

static void test_redirects_are_answers(void **state)
{
    (void)state;
    server = raw_server_new(serve_redirect);
    static const uint32_t statuses[] = {302, 303, 307, 308};
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        struct peer_request request =
            request_to(url_of("/here"), i % 2 == 0 ? "POST" : "PUT", "{}");
        EXPECT("told", call(&request).status == statuses[i]);
        EXPECT("not followed", raw_server_requests(server) == i + 1);
    }
    EXPECT("nowhere else", times_seen("/elsewhere") == 0);
}

static void serve_large(struct raw_server *s, int fd, size_t number)
{
    (void)number;
    static char block[64 * 1024 + 1];
    memset(block, 'x', sizeof block - 1);
    if (raw_server_read(s, fd)) {
        raw_server_write(fd, "HTTP/1.1 200 OK\r\n\r\n");
        for (int i = 0; i < 17; i++) {
            raw_server_write(fd, block);
        }
    }
}

static void test_oversize_answers_are_cut_off(void **state)
{
    (void)state;
    server = raw_server_new(serve_large);
    struct peer_request request = request_to(url_of("/"), "POST", "{}");
    struct peer_answer answer = call(&request);
    EXPECT("the other side has acted, perhaps", answer.result == PEER_LOST);
    EXPECT_SLICE("why", answer.error, SLICE("the answer is larger than its limit"));
    EXPECT("nothing of it is handed on", slice_empty(answer.body));
}

static void serve_half(struct raw_server *s, int fd, size_t number)
{
    (void)number;
    if (raw_server_read(s, fd)) {
        raw_server_write(fd, "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"mess");
    }
}

static void test_half_an_answer_is_none(void **state)
{
    (void)state;
    server = raw_server_new(serve_half);
    struct peer_request request = request_to(url_of("/"), "POST", "{}");
    struct peer_answer answer = call(&request);
    EXPECT("lost, whatever its status was", answer.result == PEER_LOST && answer.status == 0);
}

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
        server = raw_server_new(rows[i].serve);
        struct peer_request request = request_to(url_of("/"), rows[i].method, rows[i].body);
        request.deadline = span_ms(300);
        struct peer_answer answer = call(&request);
        EXPECT(rows[i].why, answer.result == PEER_TIMED_OUT && answer.status == 0);
        EXPECT(rows[i].why, answer.took.ms >= 290 && answer.took.ms < 1500);
        EXPECT(rows[i].why, raw_server_connections(server) == 1);
        raw_server_free(server);
        server = NULL;
    }
}

static void test_what_never_left(void **state)
{
    (void)state;
    server = raw_server_new(serve_nothing);
    char text[64];
    (void)snprintf(text, sizeof text, "http://127.0.0.1:%u/", (unsigned)raw_server_port(server));
    raw_server_free(server);
    server = NULL;
    struct peer_request request = request_to(text, "POST", "{}");
    EXPECT("nobody listens there any more", call(&request).result == PEER_NOT_SENT);
    request = request_to("http://no-such-host.invalid/", "POST", "{}");
    EXPECT("no such name", call(&request).result == PEER_NOT_SENT);
}

static void test_addresses_are_judged(void **state)
{
    (void)state;
    server = raw_server_new(serve_headers);
    unsigned port = raw_server_port(server);
    static const struct {
        const char *why, *format;
        bool private_allowed;
    } rows[] = {
        {"loopback, not allowed", "http://127.0.0.1:%u/", false},
        {"by name", "http://localhost:%u/", false},
        {"https too", "https://127.0.0.1:%u/", false},
        {"in other digits", "http://0x7f.1:%u/", false},
        {"mapped", "http://[::ffff:127.0.0.1]:%u/", false},
        {"unspecified is this host", "http://0.0.0.0:%u/", true},
        {"plain text beyond this host", "http://10.1.2.3:%u/", true},
        {"plain text to the Internet", "http://104.16.51.111:%u/", false},
        {"another scheme", "ftp://127.0.0.1:%u/", true},
        {"a file", "file:///etc/hostname?%u", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char url[80];
        /* Formats are the table's own. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        (void)snprintf(url, sizeof url, rows[i].format, port);
#pragma GCC diagnostic pop
        struct peer_request request = request_to(url, "POST", "{}");
        request.private_allowed = rows[i].private_allowed;
        struct peer_answer answer = call(&request);
        EXPECT(rows[i].why, answer.result == PEER_REFUSED);
        EXPECT("said why", !slice_empty(answer.error));
    }
    EXPECT("nobody was called", raw_server_connections(server) == 0);
}

static void test_trust_is_not_shared_by_connections(void **state)
{
    (void)state;
    server = raw_server_new(serve_headers);
    struct peer_request request = request_to(url_of("/"), "POST", "{}");
    EXPECT("allowed", call(&request).result == PEER_ANSWERED);
    request.private_allowed = false;
    EXPECT("not over the open connection of another", call(&request).result == PEER_REFUSED);
}

static void test_the_environments_proxy_is_not_used(void **state)
{
    (void)state;
    server = raw_server_new(serve_headers);
    EXPECT("set", setenv("http_proxy", url_of(""), 1) == 0 &&
                      setenv("https_proxy", url_text, 1) == 0 &&
                      setenv("all_proxy", url_text, 1) == 0);
    struct peer_request request = request_to("https://no-such-host.invalid/", "POST", "{}");
    EXPECT("name is asked for directly", call(&request).result == PEER_NOT_SENT);
    EXPECT("nobody was called", raw_server_connections(server) == 0);
    EXPECT("unset", unsetenv("http_proxy") == 0 && unsetenv("https_proxy") == 0 &&
                        unsetenv("all_proxy") == 0);
}

static void serve_all(struct raw_server *s, int fd, size_t number)
{
    (void)number;
    while (raw_server_read(s, fd)) {
        raw_server_write(fd, OK_EMPTY);
    }
}

static void test_many_at_a_time(void **state)
{
    (void)state;
    enum { CALLS = 600, AT_A_TIME = 30 };
    server = raw_server_new(serve_all);
    size_t sent = 0;
    size_t answered = 0;
    for (int i = 0; i < 20000 && answered < CALLS; i++) {
        while (sent < CALLS && peer_in_flight(&peer) < AT_A_TIME) {
            struct peer_request request = request_to(url_of("/"), "POST", "{\"n\":1}");
            request.cookie = ++sent;
            EXPECT_OK("submit", peer_submit(&peer, &request));
        }
        span_ms_t wait = http_tick(http);
        EXPECT_OK("wait", reactor_run_once(reactor, span_ms(wait.ms < 10 ? wait.ms : 10)));
        struct peer_answer answer = {0};
        bool got = true;
        while (got) {
            EXPECT_OK("collect", peer_collect(&peer, &answer, &got));
            EXPECT("good", !got || (answer.result == PEER_ANSWERED && answer.status == 200));
            answered += got ? 1 : 0;
        }
    }
    EXPECT("all", answered == CALLS && raw_server_requests(server) == CALLS);
    EXPECT("over few connections", raw_server_connections(server) <= AT_A_TIME);
}

static void test_bad_requests_are_refused_at_once(void **state)
{
    (void)state;
    struct peer_request request = request_to("https://x.example/", "POST", "{}");
    request.headers[1] = SLICE("X: a\r\nHost: evil.example");
    EXPECT_CODE("a header in a header", peer_submit(&peer, &request), ERR_SYNTAX);
    request = request_to("https://x.example/", "POST", "{}");
    request.url = SLICE("https://x.example\0.evil.example/");
    EXPECT_CODE("a NUL in the address", peer_submit(&peer, &request), ERR_SYNTAX);
    EXPECT("nothing is under way", peer_in_flight(&peer) == 0);
}

#define HTTP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(test_request_and_answer_whole),
        HTTP_TEST(test_no_round_trip_before_a_large_body),
        HTTP_TEST(test_no_silent_resend),
        HTTP_TEST(test_a_connection_that_was_left_is_not_used),
        HTTP_TEST(test_redirects_are_answers),
        HTTP_TEST(test_oversize_answers_are_cut_off),
        HTTP_TEST(test_half_an_answer_is_none),
        HTTP_TEST(test_the_deadline_is_kept),
        HTTP_TEST(test_what_never_left),
        HTTP_TEST(test_addresses_are_judged),
        HTTP_TEST(test_trust_is_not_shared_by_connections),
        HTTP_TEST(test_the_environments_proxy_is_not_used),
        HTTP_TEST(test_many_at_a_time),
        HTTP_TEST(test_bad_requests_are_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* egress/http.h: what is sent and what is read, and whom it calls at all. */
#include "base/limits.h"
#include "egress/http.h"
#include "tests/integration/egress/http_rig.h"
#include "tests/support/unit.h"

#include <string.h>

static void serve_headers(struct raw_server *s, int fd, size_t number)
{
    (void)number;
    while (raw_server_read(s, fd)) {
        raw_server_write(fd,
                         "HTTP/1.1 429 Too Many\r\nDate: Mon, 14 Sep 2026 09:12:06 GMT\r\n"
                         "Retry-After: 93\r\nX-Rate-Limit-Remaining: 12\r\n"
                         "X-Rate-Limit: 700\r\nratelimit-reset: 41\r\n"
                         "Zendesk-RateLimit-tickets-update: total=100; remaining=3; resets=7\r\n"
                         "X-Zendesk-Request-Id: abc-1\r\nContent-Length: 9\r\n\r\n{\"a\":1}\r\n");
    }
}

static void test_request_and_answer_whole(void **state)
{
    (void)state;
    rig.server = raw_server_new(serve_headers);
    struct peer_request request =
        http_rig_request(http_rig_url("/v2/x"), "POST", "{\"b\":\"\xC3\xA4\"}");
    struct peer_answer answer = http_rig_call(&request);
    EXPECT("answered", answer.result == PEER_ANSWERED && answer.status == 429);
    EXPECT_SLICE("body", answer.body, SLICE("{\"a\":1}\r\n"));
    EXPECT("Retry-After", answer.retry_after.ms == 93 * 1000);
    EXPECT("Date", answer.date.ms == INT64_C(1789377126000));
    EXPECT_SLICE("rate", answer.rate_remaining, SLICE("12"));
    EXPECT_SLICE("of how many", answer.rate_limit, SLICE("700"));
    EXPECT_SLICE("until when", answer.rate_reset, SLICE("41"));
    EXPECT_SLICE("of this endpoint", answer.rate_endpoint,
                 SLICE("total=100; remaining=3; resets=7"));
    EXPECT_SLICE("request id", answer.request_id, SLICE("abc-1"));
    const char *sent = raw_server_request(rig.server, 0);
    EXPECT("request line", strncmp(sent, "POST /v2/x HTTP/1.1\r\n", 21) == 0);
    EXPECT("login", strstr(sent, "\r\nAuthorization: Basic eDp5\r\n") != NULL);
    EXPECT("agent", strstr(sent, "\r\nUser-Agent: Tieline/test\r\n") != NULL);
    EXPECT("no Expect", strstr(sent, "Expect") == NULL);
    EXPECT("not chunked", strstr(sent, "Transfer-Encoding") == NULL);
    EXPECT("the bytes", strcmp(strstr(sent, "\r\n\r\n") + 4, "{\"b\":\"\xC3\xA4\"}") == 0);
}

static void serve_endpoints(struct raw_server *s, int fd, size_t number)
{
    static const char *const of_update[] = {"remaining=3; resets=7", "remaining=0; resets=7"};
    static const char *const of_list[] = {"remaining=0; resets=20", "remaining=5; resets=20",
                                          "remaining=0; resets=4"};
    (void)number;
    for (size_t i = 0; raw_server_read(s, fd); i++) {
        raw_server_write(fd, "HTTP/1.1 200 OK\r\nZendesk-RateLimit-tickets-update: total=100; ");
        raw_server_write(fd, of_update[i == 0 ? 0 : 1]);
        raw_server_write(fd, "\r\nZendesk-RateLimit-tickets-list: total=50; ");
        raw_server_write(fd, of_list[i % COUNT_OF(of_list)]);
        raw_server_write(fd, "\r\nContent-Length: 0\r\n\r\n");
    }
}

static void test_of_several_endpoints_the_one_that_is_used_up(void **state)
{
    static const struct {
        const char *why, *want;
    } rows[] = {
        {"the last", "total=50; remaining=0; resets=20"},
        {"the first", "total=100; remaining=0; resets=7"},
        {"both: for longer", "total=100; remaining=0; resets=7"},
    };
    (void)state;
    rig.server = raw_server_new(serve_endpoints);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct peer_request request = http_rig_request(http_rig_url("/"), "GET", "");
        struct peer_answer answer = http_rig_call(&request);
        EXPECT_SLICE(rows[i].why, answer.rate_endpoint, slice_of(rows[i].want));
    }
}

static void test_no_round_trip_before_a_large_body(void **state)
{
    (void)state;
    rig.server = raw_server_new(serve_headers);
    static char body[LIMIT_RECORD_BYTES_MAX]; /* libcurl would ask from 1 MiB on */
    memset(body, 'x', sizeof body - 1);
    struct peer_request request = http_rig_request(http_rig_url("/"), "PUT", body);
    EXPECT("answered", http_rig_call(&request).result == PEER_ANSWERED);
    const char *sent = raw_server_request(rig.server, 0);
    EXPECT("no Expect", strstr(sent, "Expect") == NULL);
    EXPECT("the bytes", strcmp(strstr(sent, "\r\n\r\n") + 4, body) == 0);
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
    rig.server = raw_server_new(serve_redirect);
    static const uint32_t statuses[] = {302, 303, 307, 308};
    for (size_t i = 0; i < COUNT_OF(statuses); i++) {
        struct peer_request request =
            http_rig_request(http_rig_url("/here"), i % 2 == 0 ? "POST" : "PUT", "{}");
        EXPECT("told", http_rig_call(&request).status == statuses[i]);
        EXPECT("not followed", raw_server_requests(rig.server) == i + 1);
    }
    EXPECT("nowhere else", http_rig_seen("/elsewhere") == 0);
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
    rig.server = raw_server_new(serve_large);
    struct peer_request request = http_rig_request(http_rig_url("/"), "POST", "{}");
    struct peer_answer answer = http_rig_call(&request);
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
    rig.server = raw_server_new(serve_half);
    struct peer_request request = http_rig_request(http_rig_url("/"), "POST", "{}");
    struct peer_answer answer = http_rig_call(&request);
    EXPECT("lost, whatever its status was", answer.result == PEER_LOST && answer.status == 0);
}

static void serve_nothing(struct raw_server *s, int fd, size_t number)
{
    (void)number;
    while (raw_server_read(s, fd)) {
    }
}

static void test_what_never_left(void **state)
{
    (void)state;
    rig.server = raw_server_new(serve_nothing);
    char text[64];
    (void)snprintf(text, sizeof text, "http://127.0.0.1:%u/",
                   (unsigned)raw_server_port(rig.server));
    raw_server_free(rig.server);
    rig.server = NULL;
    struct peer_request request = http_rig_request(text, "POST", "{}");
    EXPECT("nobody listens there any more", http_rig_call(&request).result == PEER_NOT_SENT);
    request = http_rig_request("http://no-such-host.invalid/", "POST", "{}");
    EXPECT("no such name", http_rig_call(&request).result == PEER_NOT_SENT);
}

static void test_addresses_are_judged(void **state)
{
    (void)state;
    rig.server = raw_server_new(serve_headers);
    unsigned port = raw_server_port(rig.server);
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
        struct peer_request request = http_rig_request(url, "POST", "{}");
        request.private_allowed = rows[i].private_allowed;
        struct peer_answer answer = http_rig_call(&request);
        EXPECT(rows[i].why, answer.result == PEER_REFUSED);
        EXPECT("said why", !slice_empty(answer.error));
    }
    EXPECT("nobody was called", raw_server_connections(rig.server) == 0);
}

static void test_trust_is_not_shared_by_connections(void **state)
{
    (void)state;
    rig.server = raw_server_new(serve_headers);
    struct peer_request request = http_rig_request(http_rig_url("/"), "POST", "{}");
    EXPECT("allowed", http_rig_call(&request).result == PEER_ANSWERED);
    request.private_allowed = false;
    EXPECT("not over the open connection of another",
           http_rig_call(&request).result == PEER_REFUSED);
}

static void test_the_environments_proxy_is_not_used(void **state)
{
    (void)state;
    rig.server = raw_server_new(serve_headers);
    const char *proxy = http_rig_url("");
    EXPECT("set", setenv("http_proxy", proxy, 1) == 0 && setenv("https_proxy", proxy, 1) == 0 &&
                      setenv("all_proxy", proxy, 1) == 0);
    struct peer_request request = http_rig_request("https://no-such-host.invalid/", "POST", "{}");
    EXPECT("name is asked for directly", http_rig_call(&request).result == PEER_NOT_SENT);
    EXPECT("nobody was called", raw_server_connections(rig.server) == 0);
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
    rig.server = raw_server_new(serve_all);
    size_t sent = 0;
    size_t answered = 0;
    for (int i = 0; i < 20000 && answered < CALLS; i++) {
        while (sent < CALLS && peer_in_flight(&rig.peer) < AT_A_TIME) {
            struct peer_request request = http_rig_request(http_rig_url("/"), "POST", "{\"n\":1}");
            request.cookie = ++sent;
            EXPECT_OK("submit", peer_submit(&rig.peer, &request));
        }
        span_ms_t wait = http_tick(rig.http);
        EXPECT_OK("wait", reactor_run_once(rig.reactor, span_ms(wait.ms < 10 ? wait.ms : 10)));
        struct peer_answer answer = {0};
        bool got = true;
        while (got) {
            EXPECT_OK("collect", peer_collect(&rig.peer, &answer, &got));
            EXPECT("good", !got || (answer.result == PEER_ANSWERED && answer.status == 200));
            answered += got ? 1 : 0;
        }
    }
    EXPECT("all", answered == CALLS && raw_server_requests(rig.server) == CALLS);
    EXPECT("over few connections", raw_server_connections(rig.server) <= AT_A_TIME);
}

static void test_bad_requests_are_refused_at_once(void **state)
{
    (void)state;
    struct peer_request request = http_rig_request("https://x.example/", "POST", "{}");
    request.headers[1] = SLICE("X: a\r\nHost: evil.example");
    EXPECT_CODE("a header in a header", peer_submit(&rig.peer, &request), ERR_SYNTAX);
    request = http_rig_request("https://x.example/", "POST", "{}");
    request.url = SLICE("https://x.example\0.evil.example/");
    EXPECT_CODE("a NUL in the address", peer_submit(&rig.peer, &request), ERR_SYNTAX);
    EXPECT("nothing is under way", peer_in_flight(&rig.peer) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        HTTP_TEST(test_request_and_answer_whole),
        HTTP_TEST(test_of_several_endpoints_the_one_that_is_used_up),
        HTTP_TEST(test_no_round_trip_before_a_large_body),
        HTTP_TEST(test_redirects_are_answers),
        HTTP_TEST(test_oversize_answers_are_cut_off),
        HTTP_TEST(test_half_an_answer_is_none),
        HTTP_TEST(test_what_never_left),
        HTTP_TEST(test_addresses_are_judged),
        HTTP_TEST(test_trust_is_not_shared_by_connections),
        HTTP_TEST(test_the_environments_proxy_is_not_used),
        HTTP_TEST(test_many_at_a_time),
        HTTP_TEST(test_bad_requests_are_refused_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

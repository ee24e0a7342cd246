/* egress/http.h while no name server answers: the deadline is kept, and nobody else waits. */
#include "egress/http.h"
#include "rt/clock_sys.h"
#include "tests/support/raw_server.h"
#include "tests/support/unit.h"

#include <netdb.h>
#include <string.h>
#include <time.h>

/* The name server of this process: it never answers in time. Addresses in digits are not asked for.
 */
__attribute__((visibility("default"))) int getaddrinfo(const char *name, const char *service,
                                                       const struct addrinfo *hints,
                                                       struct addrinfo **ret_list)
{
    const struct timespec pause = {.tv_sec = 3};
    (void)name, (void)service, (void)hints, (void)ret_list;
    (void)nanosleep(&pause, NULL);
    return EAI_AGAIN;
}

static void serve_all(struct raw_server *s, int fd, size_t number)
{
    (void)number;
    while (raw_server_read(s, fd)) {
        raw_server_write(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    }
}

static struct peer_request request_to(const char *url, int64_t deadline_ms, uint64_t cookie)
{
    return (struct peer_request){
        .method = SLICE("POST"),
        .url = slice_of(url),
        .body = SLICE("{}"),
        .deadline = span_ms(deadline_ms),
        .private_allowed = true,
        .cookie = cookie,
    };
}

static void a_name_server_that_is_silent_stops_nobody(void **state)
{
    (void)state;
    enum { UNRESOLVED = 1, DIRECT = 2 };
    struct clock clock = clock_sys();
    struct reactor *reactor = NULL;
    struct http *http = NULL;
    EXPECT_OK("reactor", reactor_new(&reactor));
    EXPECT_OK("http", http_new(reactor, clock, "Tieline/test", &http));
    struct peer peer = http_port(http);
    struct raw_server *server = raw_server_new(serve_all);
    char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", (unsigned)raw_server_port(server));
    struct peer_request request = request_to("http://silent.example/", 300, UNRESOLVED);
    EXPECT_OK("submit", peer_submit(&peer, &request));

    int64_t longest = 0;
    bool is_over = false;
    mono_ms_t began = clock_mono(&clock);
    mono_ms_t before = began;
    mono_ms_t sent = began;
    while (mono_since(before, began).ms < 1500) {
        if (peer_in_flight(&peer) == (is_over ? 0U : 1U) && mono_since(before, sent).ms >= 5) {
            sent = before;
            request = request_to(url, 5000, DIRECT);
            EXPECT_OK("submit", peer_submit(&peer, &request));
        }
        span_ms_t wait = http_tick(http);
        EXPECT_OK("wait", reactor_run_once(reactor, span_ms(wait.ms < 10 ? wait.ms : 10)));
        struct peer_answer answer = {0};
        bool got = true;
        while (got) {
            EXPECT_OK("collect", peer_collect(&peer, &answer, &got));
            if (got && answer.cookie == UNRESOLVED) {
                EXPECT("never sent", answer.result == PEER_NOT_SENT);
                EXPECT("at its deadline", answer.took.ms >= 290 && answer.took.ms < 1000);
                is_over = true;
            } else if (got) {
                EXPECT("the others go on", answer.status == 200);
            }
        }
        mono_ms_t now = clock_mono(&clock);
        longest = mono_since(now, before).ms > longest ? mono_since(now, before).ms : longest;
        before = now;
    }
    EXPECT("given up", is_over);
    print_message("the loop stood still for %lld ms at most\n", (long long)longest);
    EXPECT("the loop never waited for it", longest < 500);
    http_free(http);
    reactor_free(reactor);
    raw_server_free(server);
    const struct timespec rest = {.tv_sec = 3};
    (void)nanosleep(&rest, NULL); /* the thread that asks ends by itself, and frees what it has */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_server_that_is_silent_stops_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

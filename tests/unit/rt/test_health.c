/* health.c, and listen.c below it. */
#include "rt/health.h"
#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static char answer[64 * 1024];

static void ask(const struct health *h, const char *request)
{
    struct slice host;
    struct slice port;
    uint64_t number = 0;
    EXPECT("an address", slice_split(slice_of(health_address(h)), ':', &host, &port));
    EXPECT_OK("a port", slice_to_u64(port, &number));
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)number)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT("connected", connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    char text[256];
    int len =
        snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", request);
    EXPECT("sent", write(fd, text, (size_t)len) == len);
    size_t got = 0;
    ssize_t count = 1;
    while (count > 0 && got < sizeof answer - 1) {
        count = read(fd, answer + got, sizeof answer - 1 - got);
        got += count > 0 ? (size_t)count : 0;
    }
    answer[got] = '\0';
    close(fd);
}

static void expect_answer(const char *why, const char *part)
{
    if (strstr(answer, part) == NULL) {
        fail_msg("%s: \"%s\" not in: %s", why, part, answer);
    }
}

static void pages(void **state)
{
    (void)state;
    struct metrics *m = metrics_new();
    struct health *h = NULL;
    struct why why = {""};
    EXPECT_OK(why.text, health_new("127.0.0.1", 0, m, &why, &h));
    static const struct {
        const char *why, *request, *said;
    } rows[] = {
        {"lives", "GET /livez", "200 OK"},
        {"not ready before it is announced", "GET /readyz", "503 Service"},
        {"and why", "GET /readyz", "start: starting"},
        {"metrics", "GET /metrics", "tieline_build_info"},
        {"where readiness is one", "GET /metrics", "\ntieline_ready 0\n"},
        {"asked for and answered", "GET /metrics", "200 OK"},
        {"and since when it runs", "GET /metrics", "\ntieline_start_time_seconds 1"},
        {"head", "HEAD /metrics", "200 OK"},
        {"a method that does not exist here", "POST /livez", "405 Method"},
        {"and which do", "DELETE /readyz", "Allow: GET, HEAD"},
        {"a path that does not exist", "GET /", "404 Not Found"},
        {"nothing beside it", "GET /livez/../metrics", "404 Not Found"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ask(h, rows[i].request);
        expect_answer(rows[i].why, rows[i].said);
    }
    ask(h, "HEAD /metrics");
    EXPECT("no body for HEAD", strstr(answer, "tieline_build_info") == NULL);
    health_free(h);
    metrics_free(m);
}

static void readiness_is_the_and_of_its_conditions(void **state)
{
    (void)state;
    struct metrics *m = metrics_new();
    struct health *h = NULL;
    char path[] = "/tmp/test-health-XXXXXX";
    EXPECT_OK("made", health_new("localhost", 0, m, NULL, &h));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int placeholder = mkstemp(path); /* for a name that is free */
    EXPECT("a name", placeholder >= 0);
    close(placeholder);
    unlink(path);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    EXPECT("bound", bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    setenv("NOTIFY_SOCKET", path, 1);
    health_set(h, "broker", false, "no answer from 127.0.0.1:9092");
    health_announce(h, "test", NULL);
    unsetenv("NOTIFY_SOCKET");
    char note[32] = "";
    EXPECT("systemd is told", recv(fd, note, sizeof note - 1, 0) == 7);
    EXPECT_TEXT("systemd is told", note, "READY=1");
    EXPECT("one does not hold", !health_ready(h));
    ask(h, "GET /readyz");
    expect_answer("the reason", "broker: no answer from 127.0.0.1:9092\n");
    health_set(h, "broker", true, NULL);
    EXPECT("all hold", health_ready(h));
    ask(h, "GET /readyz");
    expect_answer("ready", "200 OK");
    ask(h, "GET /metrics");
    expect_answer("told to Prometheus", "\ntieline_ready 1\n");
    close(fd);
    unlink(path);
    health_free(h);
    metrics_free(m);
}

static void an_address_in_use_is_named(void **state)
{
    (void)state;
    struct metrics *m = metrics_new();
    struct health *first = NULL;
    struct health *second = NULL;
    struct why why = {""};
    EXPECT_OK("made", health_new("127.0.0.1", 0, m, NULL, &first));
    struct slice host;
    struct slice port;
    uint64_t number = 0;
    (void)slice_split(slice_of(health_address(first)), ':', &host, &port);
    EXPECT_OK("a port", slice_to_u64(port, &number));
    EXPECT_CODE("taken", health_new("127.0.0.1", (uint16_t)number, m, &why, &second),
                ERR_UNAVAILABLE);
    EXPECT("named", strstr(why.text, health_address(first)) != NULL);
    health_free(first);
    metrics_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages),
        cmocka_unit_test(readiness_is_the_and_of_its_conditions),
        cmocka_unit_test(an_address_in_use_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include "tests/unit/ingest/http_world.h"

#include "base/limits.h"
#include "tests/support/unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

void serve_begin(struct serve *s, struct exchange *x, const struct head *head)
{
    (void)head;
    s->crowded += x->crowded ? 1 : 0;
    (void)snprintf(s->client, sizeof s->client, "%s %s %s%s", x->client,
                   x->proxy == NULL ? "-" : x->proxy, x->scheme == NULL ? "-" : x->scheme,
                   x->malformed ? " ?" : "");
    x->state = EXCHANGE_READING;
}

bool serve_take(struct serve *s, struct exchange *x, struct slice piece)
{
    (void)s;
    x->discarded += piece.len;
    return true;
}

void serve_finish(struct serve *s, struct exchange *x, const struct head *head)
{
    x->answer.status = 200;
    x->answer.accepted = x->discarded;
    x->state = EXCHANGE_ANSWERED;
    if (slice_equal(head->target, SLICE("/park"))) {
        x->state = EXCHANGE_PARKED;
        s->parked[s->parked_count++] = x;
    }
}

void serve_refuse(struct serve *s, struct exchange *x, unsigned status, const char *detail)
{
    (void)s;
    x->answer = (struct answer){.status = status, .detail = detail, .close = true};
    x->state = EXCHANGE_ANSWERED;
}

void serve_end(struct serve *s, struct exchange *x)
{
    assert_true(x->state != EXCHANGE_PARKED);
    s->ended++;
}

err_t serve_write_answer(const struct exchange *x, struct buf *out)
{
    return buf_printf(out, "{%zu}", x->answer.accepted);
}

unsigned serve_retry_after_s(const struct exchange *x)
{
    (void)x;
    return 0;
}

void world_start(struct world *w)
{
    struct why why = {{0}};
    *w = (struct world){0};
    clock_double_init(&w->clock);
    EXPECT_OK("a proxy", proxies_add(&w->proxies, SLICE("127.0.0.9"), &why));
    EXPECT_OK("listens", http_new("127.0.0.1", 0, &w->proxies, &w->serve,
                                  clock_double_port(&w->clock), &why, &w->http));
}

void go(struct world *w)
{
    for (unsigned i = 0; i < 4; i++) {
        http_run(w->http);
    }
}

void pass(struct world *w, int64_t ms)
{
    clock_double_advance(&w->clock, span_ms(ms));
    http_sweep(w->http);
    go(w);
}

int client(const struct world *w, unsigned host)
{
    uint64_t port = 0;
    struct slice text = slice_of(http_address(w->http));
    EXPECT_OK("a port", slice_to_u64(slice_sub(text, slice_find(text, ':') + 1, text.len), &port));
    struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7F000000U + host)};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(0x7F000001U)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    const int one = 1;
    assert_int_equal(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
        close(fd);
        return -1;
    }
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

void say(struct world *w, int fd, const char *text)
{
    assert_true(send(fd, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text));
    go(w);
}

const char *hear(int fd)
{
    static char bytes[64 * 1024];
    static char heard[256];
    size_t len = 0;
    ssize_t got = 0;
    while (len < sizeof bytes - 1 && (got = recv(fd, bytes + len, sizeof bytes - 1 - len, 0)) > 0) {
        len += (size_t)got;
    }
    bytes[len] = '\0';
    size_t at = 0;
    for (const char *p = bytes; (p = strstr(p, "HTTP/1.1 ")) != NULL && at < 200; p += 9) {
        at += (size_t)snprintf(heard + at, sizeof heard - at, "%.3s ", p + 9);
    }
    (void)snprintf(heard + at, sizeof heard - at, "%s", got == 0 ? "." : at == 0 ? "-" : "");
    return heard;
}

void want_descriptors(void)
{
    struct rlimit limit = {0};
    const rlim_t wanted = 2 * LIMIT_CONNECTIONS_MAX + 100;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted || setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        skip();
    }
}

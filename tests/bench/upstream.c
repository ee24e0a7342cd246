/* upstream — a server that is never the bottleneck: answers as Zendesk's APIs would, after a delay
 * that is set, and keeps a tally of what it was asked.
 *
 *     upstream            prints {"ready":true,"url":"http://127.0.0.1:PORT"}; then, line by line:
 *       clear LOW HIGH    begin a new tally; each answer comes LOW to HIGH microseconds late
 *       clear hold        no answer comes at all
 *       count             {"writes":N,"reads":N} and nothing else: cheap enough to ask all the time
 *       report            the tally, see tally.h
 *
 * Each line is answered by one of JSON. Ends when its input does. HTTP/1.1, connections stay open,
 * one request on each at a time. Bounded: connections, bytes of a request, samples. One thread. */
#include "base/rng.h"
#include "tests/bench/tally.h"
#include "tests/bench/upstream_answer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 1100, /* a little more than one egress opens */
    REQUEST_BYTES_MAX = 16 * 1024,
    EVENTS_MAX = 256,
    LINE_BYTES_MAX = 256,
    DELAY_US_MAX = 60 * 1000 * 1000,
    DATE_BYTES = 40,
};

struct connection {
    int fd;       /* -1 = free */
    size_t place; /* in the heap, from 1; 0 = no answer of it waits */
    int64_t due_ns;
    size_t len;
    size_t answer_len;
    char request[REQUEST_BYTES_MAX];
    char answer[UPSTREAM_ANSWER_BYTES];
};

/* What an event of epoll is about: one of these, or a connection's number behind them. */
enum { ABOUT_LISTENER, ABOUT_TIMER, ABOUT_INPUT, ABOUT_CONNECTION };

struct upstream {
    struct tally *tally;
    struct connection *connections;
    struct connection *heap[CONNECTIONS_MAX + 1]; /* by due_ns, the first at 1 */
    size_t waiting;
    int64_t timer_ns; /* set for; 0 = not set */
    int epoll, listener, timer;
    bool holds;
    int64_t low_ns, high_ns;
    struct rng rng;
    uint64_t answered;
    int64_t date_s;
    char date[DATE_BYTES];
    char line[LINE_BYTES_MAX];
    size_t line_len;
};

static _Noreturn void fail(const char *what)
{
    (void)fprintf(stderr, "upstream: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- answers that wait: a heap */

static void heap_put(struct upstream *u, size_t place, struct connection *c)
{
    u->heap[place] = c;
    c->place = place;
}

static void heap_settle(struct upstream *u, size_t place)
{
    struct connection *c = u->heap[place];
    for (; place > 1 && u->heap[place / 2]->due_ns > c->due_ns; place /= 2) {
        heap_put(u, place, u->heap[place / 2]);
    }
    for (size_t child = 2 * place; child <= u->waiting; child = 2 * place) {
        if (child < u->waiting && u->heap[child + 1]->due_ns < u->heap[child]->due_ns) {
            child++;
        }
        if (u->heap[child]->due_ns >= c->due_ns) {
            break;
        }
        heap_put(u, place, u->heap[child]);
        place = child;
    }
    heap_put(u, place, c);
}

static void heap_add(struct upstream *u, struct connection *c)
{
    heap_put(u, ++u->waiting, c);
    heap_settle(u, u->waiting);
}

static void heap_remove(struct upstream *u, struct connection *c)
{
    size_t place = c->place;
    struct connection *last = u->heap[u->waiting--];
    c->place = 0;
    if (last != c) {
        heap_put(u, place, last);
        heap_settle(u, place);
    }
}

static void timer_set(struct upstream *u)
{
    int64_t at = u->waiting == 0 ? 0 : u->heap[1]->due_ns;
    if (at == u->timer_ns) {
        return;
    }
    u->timer_ns = at;
    struct itimerspec spec = {.it_value = {.tv_sec = at / 1000000000, .tv_nsec = at % 1000000000}};
    if (timerfd_settime(u->timer, TFD_TIMER_ABSTIME, &spec, NULL) != 0) {
        fail("the timer");
    }
}

/* ---- connections */

static void connection_close(struct upstream *u, struct connection *c)
{
    if (c->place != 0) {
        heap_remove(u, c);
    }
    (void)close(c->fd);
    c->fd = -1;
    c->len = 0;
    c->answer_len = 0;
}

static void answer_send(struct upstream *u, struct connection *c)
{
    ssize_t sent = send(c->fd, c->answer, c->answer_len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent != (ssize_t)c->answer_len) {
        connection_close(u, c); /* nobody reads, or it is gone */
        return;
    }
    c->answer_len = 0;
}

static const char *date_now(struct upstream *u)
{
    struct timespec now = {0};
    struct tm parts = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (now.tv_sec != u->date_s && gmtime_r(&now.tv_sec, &parts) != NULL) {
        u->date_s = now.tv_sec;
        (void)strftime(u->date, sizeof u->date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    }
    return u->date;
}

/* A whole request stands at the beginning of what was read; false = the connection is no good. */
static bool request_take(struct upstream *u, struct connection *c)
{
    struct upstream_request r = {0};
    size_t used = 0;
    if (!upstream_request_parse(slice_from(c->request, c->len), sizeof c->request, &r, &used)) {
        return false;
    }
    if (used == 0) {
        return true;
    }
    int64_t now = now_ns();
    tally_request(u->tally, now, r.is_read, r.body);
    c->answer_len = upstream_answer(&r, ++u->answered, date_now(u), c->answer);
    c->len -= used;
    memmove(c->request, c->request + used, c->len);
    if (u->holds) {
        return true;
    }
    if (u->high_ns == 0) {
        answer_send(u, c);
        return true;
    }
    uint64_t spread = (uint64_t)(u->high_ns - u->low_ns) + 1;
    c->due_ns = now + u->low_ns + (int64_t)rng_below(&u->rng, spread);
    heap_add(u, c);
    return true;
}

static void connection_ready(struct upstream *u, struct connection *c)
{
    if (c->fd < 0) {
        return; /* closed a moment ago, in the same batch */
    }
    ssize_t got = recv(c->fd, c->request + c->len, sizeof c->request - c->len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got > 0) {
        c->len += (size_t)got;
    }
    /* One that speaks before it was answered is no client of ours. */
    if (got <= 0 || c->answer_len != 0 || !request_take(u, c)) {
        connection_close(u, c);
    }
}

static void connection_take(struct upstream *u)
{
    int fd = accept(u->listener, NULL, NULL);
    if (fd < 0) {
        return;
    }
    int on = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = ABOUT_CONNECTION + i};
        if (u->connections[i].fd < 0 && epoll_ctl(u->epoll, EPOLL_CTL_ADD, fd, &event) == 0) {
            u->connections[i].fd = fd;
            return;
        }
    }
    (void)close(fd);
}

static void timer_ready(struct upstream *u)
{
    uint64_t times = 0;
    (void)!read(u->timer, &times, sizeof times);
    u->timer_ns = 0;
    int64_t now = now_ns();
    while (u->waiting > 0 && u->heap[1]->due_ns <= now) {
        struct connection *c = u->heap[1];
        heap_remove(u, c);
        answer_send(u, c);
    }
}

/* ---- what its owner says */

static bool command_clear(struct upstream *u, struct slice words)
{
    struct slice low = {0};
    struct slice high = {0};
    uint64_t low_us = 0;
    uint64_t high_us = 0;
    bool holds = slice_equal(words, SLICE("hold"));
    if (!holds &&
        (!slice_split(words, ' ', &low, &high) || err_failed(slice_to_u64(low, &low_us)) ||
         err_failed(slice_to_u64(high, &high_us)) || low_us > high_us || high_us > DELAY_US_MAX)) {
        return false;
    }
    u->holds = holds;
    u->low_ns = (int64_t)low_us * 1000;
    u->high_ns = (int64_t)high_us * 1000;
    tally_clear(u->tally);
    return true;
}

static void command(struct upstream *u, struct slice line)
{
    struct slice word = {0};
    struct slice rest = {0};
    (void)slice_split(line, ' ', &word, &rest);
    if (slice_equal(word, SLICE("report"))) {
        tally_print(u->tally, stdout);
        return;
    }
    if (slice_equal(word, SLICE("count"))) {
        tally_count(u->tally, stdout);
        return;
    }
    bool is_good = slice_equal(word, SLICE("clear")) && command_clear(u, rest);
    (void)printf("{\"cleared\":%s}\n", is_good ? "true" : "false");
    (void)fflush(stdout);
}

/* False at its end. */
static bool input_ready(struct upstream *u)
{
    ssize_t got = read(STDIN_FILENO, u->line + u->line_len, sizeof u->line - u->line_len);
    if (got <= 0) {
        return got < 0 && errno == EINTR;
    }
    u->line_len += (size_t)got;
    struct slice line = {0};
    struct slice rest = {0};
    while (slice_split(slice_from(u->line, u->line_len), '\n', &line, &rest)) {
        command(u, slice_trim(line));
        memmove(u->line, rest.ptr, rest.len);
        u->line_len = rest.len;
    }
    return u->line_len < sizeof u->line;
}

/* ---- made, run */

static void watch(const struct upstream *u, int fd, uint64_t about)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = about};
    if (epoll_ctl(u->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        fail("epoll");
    }
}

static void open_all(struct upstream *u)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *generic = (struct sockaddr *)&address;
    socklen_t len = sizeof address;
    u->connections = calloc(CONNECTIONS_MAX, sizeof *u->connections);
    if (u->connections == NULL || err_failed(tally_new(&u->tally))) {
        fail("memory");
    }
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        u->connections[i].fd = -1;
    }
    rng_seed(&u->rng, 1);
    u->epoll = epoll_create1(EPOLL_CLOEXEC);
    u->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    u->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (u->epoll < 0 || u->timer < 0 || u->listener < 0 || bind(u->listener, generic, len) != 0 ||
        listen(u->listener, CONNECTIONS_MAX) != 0 || getsockname(u->listener, generic, &len) != 0) {
        fail("cannot listen");
    }
    watch(u, u->listener, ABOUT_LISTENER);
    watch(u, u->timer, ABOUT_TIMER);
    watch(u, STDIN_FILENO, ABOUT_INPUT);
    (void)printf("{\"ready\":true,\"url\":\"http://127.0.0.1:%u\"}\n",
                 (unsigned)ntohs(address.sin_port));
    (void)fflush(stdout);
}

int main(void)
{
    struct upstream *u = calloc(1, sizeof *u);
    bool goes_on = true;
    if (u == NULL) {
        fail("memory");
    }
    open_all(u);
    while (goes_on) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(u->epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            switch (events[i].data.u64) {
            case ABOUT_LISTENER: connection_take(u); break;
            case ABOUT_TIMER: timer_ready(u); break;
            case ABOUT_INPUT: goes_on = goes_on && input_ready(u); break;
            default:
                connection_ready(u, &u->connections[events[i].data.u64 - ABOUT_CONNECTION]);
                break;
            }
        }
        timer_set(u);
    }
    tally_free(u->tally);
    free(u->connections);
    free(u);
    return 0;
}

/* http_load — webhooks at a server, and how it answered.
 *
 *     http_load HOST:PORT PATH SECRET CONNECTIONS MILLISECONDS RATE FIRST [FILE]
 *
 * RATE 0: every connection sends its next request when its last was answered. Else so many requests
 * a second are due, whatever the server does; one that finds no connection free waits, and its time
 * counts from when it was due (`slowest_ms` from when it was sent). FIRST is the number of the
 * first delivery (webhook.h). Prints one JSON line when the time is over and what is out was
 * answered or given up; then keeps its connections open, idle, until standard input ends.
 *
 * FILE gets a byte for each delivery, in order: '2' to '5' the class of its status, '0' none came.
 * One thread, epoll, HTTP/1.1 keep-alive; a connection that the server closes is opened again. */
#include "tests/bench/load.h"
#include "tests/bench/webhook.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 4000,
    PER_ADDRESS = 1000,
    REQUESTS_MAX = 16 * 1000 * 1000,
    SECONDS_MAX = 600,
    RATE_MAX = 1000 * 1000,
    ANSWER_BYTES = 2048,
    EVENTS_MAX = 256,
    STATUS_MAX = 600,
    PATIENCE_NS = 5 * 1000 * 1000, /* times 1,000: what an answer may take in the end */
    POLL_NS = 5 * 1000 * 1000,
};

struct connection {
    int fd;
    bool busy;
    uint64_t number;  /* of the request that is out, from 0 */
    int64_t since_ns; /* when it was due */
    int64_t sent_ns;
    size_t len;
    char answer[ANSWER_BYTES];
};

struct bench {
    struct sockaddr_in address;
    struct webhook webhook;
    int epoll;
    struct connection *connections;
    struct connection **idle;
    size_t count, idle_count;
    uint64_t first, sent, answered, broken;
    uint64_t rate; /* 0 = as fast as answers come */
    int64_t begun_ns, until_ns;
    int64_t slowest_ns; /* answer, since its request was sent */
    uint64_t statuses[STATUS_MAX];
    uint32_t *took_us; /* of each answer, in the order of answers */
    char *classes;
};

static void connection_open(struct bench *b, struct connection *c)
{
    int one = 1;
    /* From 127.0.0.1, 127.0.0.2, …: a server takes only so many from one address. */
    size_t thousand = (size_t)(c - b->connections) / PER_ADDRESS;
    struct sockaddr_in source = {.sin_family = AF_INET};
    source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (in_addr_t)thousand);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0 || bind(c->fd, (const struct sockaddr *)&source, sizeof source) != 0 ||
        connect(c->fd, (const struct sockaddr *)&b->address, sizeof b->address) != 0 ||
        setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) != 0) {
        load_fail("no connection: %s", strerror(errno));
    }
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(b->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) {
        load_fail("epoll: %s", strerror(errno));
    }
    c->busy = false;
    c->len = 0;
    b->idle[b->idle_count++] = c;
}

static void connection_again(struct bench *b, struct connection *c)
{
    (void)close(c->fd);
    if (c->busy) {
        b->broken++;
        connection_open(b, c);
        return;
    }
    for (size_t i = 0; i < b->idle_count; i++) {
        if (b->idle[i] == c) {
            b->idle[i] = b->idle[--b->idle_count];
            break;
        }
    }
    connection_open(b, c);
}

static void send_next(struct bench *b, int64_t since_ns, int64_t now)
{
    struct connection *c = b->idle[--b->idle_count];
    if (b->sent == REQUESTS_MAX) {
        load_fail("more requests than can be counted");
    }
    c->busy = true;
    c->number = b->sent++;
    c->since_ns = since_ns;
    c->sent_ns = now;
    webhook_number(&b->webhook, b->first + c->number);
    ssize_t sent = send(c->fd, b->webhook.text, b->webhook.len, MSG_NOSIGNAL);
    if (sent != (ssize_t)b->webhook.len) {
        connection_again(b, c);
    }
}

/* When the next request is due; INT64_MAX = when a connection is idle. */
static int64_t due_ns(const struct bench *b)
{
    return b->rate == 0 ? 0 : b->begun_ns + (int64_t)(b->sent * 1000000 / b->rate) * 1000;
}

static void send_due(struct bench *b)
{
    int64_t now = load_now_ns();
    while (b->idle_count > 0 && now < b->until_ns && due_ns(b) <= now && due_ns(b) < b->until_ns) {
        send_next(b, b->rate == 0 ? now : due_ns(b), now);
        now = b->rate == 0 ? load_now_ns() : now;
    }
}

/* The value of Content-Length between two places; fails without. */
static size_t length_of(const char *at, const char *end)
{
    static const char field[] = "Content-Length:";
    while (at < end && strncasecmp(at, field, sizeof field - 1) != 0) {
        at = strchr(at, '\n') + 1; /* the head is whole: its last line ends so */
    }
    if (at >= end) {
        load_fail("an answer without a length");
    }
    uint64_t length = 0;
    const char *value = at + sizeof field - 1;
    struct slice text = slice_trim(slice_from(value, (size_t)(strchr(value, '\r') - value)));
    if (err_failed(slice_to_u64(text, &length)) || length >= ANSWER_BYTES) {
        load_fail("an answer with the length `%.*s`", SLICE_ARG(text));
    }
    return (size_t)length;
}

/* Bytes of a whole answer at the beginning of what came, 0 = not whole yet. */
static size_t answer_bytes(struct connection *c, unsigned *ret_status)
{
    c->answer[c->len] = '\0';
    const char *end = strstr(c->answer, "\r\n\r\n");
    if (end == NULL) {
        return 0;
    }
    size_t all = (size_t)(end - c->answer) + 4 + length_of(c->answer, end + 2);
    struct slice status = slice_from(c->answer + sizeof "HTTP/1.1 " - 1, 3);
    uint64_t number = 0;
    bool known = !err_failed(slice_to_u64(status, &number)) && number < STATUS_MAX;
    *ret_status = (unsigned)number;
    if (all >= ANSWER_BYTES || !known) {
        load_fail("an answer that cannot be read: %.60s", c->answer);
    }
    return c->len < all ? 0 : all;
}

static void take_answer(struct bench *b, struct connection *c, unsigned status, int64_t now)
{
    int64_t took_us = (now - c->since_ns) / 1000;
    b->took_us[b->answered++] = took_us > UINT32_MAX ? UINT32_MAX : (uint32_t)took_us;
    b->slowest_ns = now - c->sent_ns > b->slowest_ns ? now - c->sent_ns : b->slowest_ns;
    b->statuses[status]++;
    b->classes[c->number] = (char)('0' + status / 100);
    c->busy = false;
    c->len = 0;
    b->idle[b->idle_count++] = c;
}

static void on_readable(struct bench *b, struct connection *c)
{
    unsigned status = 0;
    ssize_t got = recv(c->fd, c->answer + c->len, ANSWER_BYTES - 1 - c->len, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (got <= 0) {
        connection_again(b, c);
        return;
    }
    c->len += (size_t)got;
    if (answer_bytes(c, &status) > 0) {
        if (!c->busy) {
            load_fail("an answer that nobody waits for");
        }
        take_answer(b, c, status, load_now_ns());
    }
}

/* Sleeps until something comes or is due. */
static void await_ns(const struct bench *b, int64_t until_ns)
{
    int64_t left = until_ns - load_now_ns();
    if (left > 0) {
        struct timespec span = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
        fd_set set;
        FD_ZERO(&set);
        FD_SET(b->epoll, &set); /* one of the first numbers */
        (void)pselect(b->epoll + 1, &set, NULL, NULL, &span, NULL);
    }
}

static void run(struct bench *b)
{
    int64_t give_up_ns = b->until_ns + (int64_t)PATIENCE_NS * 1000;
    for (;;) {
        send_due(b);
        int64_t now = load_now_ns();
        bool over = now >= b->until_ns;
        if ((over && b->idle_count == b->count) || now >= give_up_ns) {
            return;
        }
        bool waits = !over && b->rate > 0 && b->idle_count > 0;
        int64_t next = waits ? due_ns(b) : now + POLL_NS;
        await_ns(b, next < now + POLL_NS ? next : now + POLL_NS);
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(b->epoll, events, EVENTS_MAX, 0);
        for (int i = 0; i < count; i++) {
            on_readable(b, events[i].data.ptr);
        }
    }
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static double share_ms(const struct bench *b, double share)
{
    if (b->answered == 0) {
        return 0;
    }
    size_t place = (size_t)((double)b->answered * share);
    return (double)b->took_us[place < b->answered ? place : b->answered - 1] / 1000;
}

static void report(struct bench *b, int64_t ended_ns)
{
    double seconds = (double)(ended_ns - b->begun_ns) / 1e9;
    qsort(b->took_us, b->answered, sizeof *b->took_us, compare);
    (void)printf("{\"sent\":%llu,\"answered\":%llu,\"broken\":%llu,\"seconds\":%.4f,\"rate\":%.1f,"
                 "\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"slowest_ms\":%.3f,\"status\":{",
                 (unsigned long long)b->sent, (unsigned long long)b->answered,
                 (unsigned long long)b->broken, seconds, (double)b->answered / seconds,
                 share_ms(b, 0.5), share_ms(b, 0.99), (double)b->slowest_ns / 1e6);
    const char *comma = "";
    for (size_t i = 0; i < STATUS_MAX; i++) {
        if (b->statuses[i] > 0) {
            (void)printf("%s\"%zu\":%llu", comma, i, (unsigned long long)b->statuses[i]);
            comma = ",";
        }
    }
    (void)printf("}}\n");
    (void)fflush(stdout);
}

static void keep_classes(const struct bench *b, const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(b->classes, 1, b->sent, file) != b->sent || fclose(file) != 0) {
        load_fail("%s: %s", path, strerror(errno));
    }
}

static void find(struct bench *b, const char *text)
{
    char host[64];
    const char *colon = strrchr(text, ':');
    if (colon == NULL || (size_t)(colon - text) >= sizeof host) {
        load_fail("`%s` is no HOST:PORT", text);
    }
    memcpy(host, text, (size_t)(colon - text));
    host[colon - text] = '\0';
    b->address.sin_family = AF_INET;
    b->address.sin_port = htons((uint16_t)load_number(colon + 1, UINT16_MAX));
    if (inet_pton(AF_INET, host, &b->address.sin_addr) != 1) {
        load_fail("`%s` is no IPv4 address", host);
    }
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    char rest[64];
    if (argc != 8 && argc != 9) {
        load_fail(
            "usage: http_load HOST:PORT PATH SECRET CONNECTIONS MILLISECONDS RATE FIRST [FILE]");
    }
    find(&b, argv[1]);
    webhook_make(&b.webhook, argv[1], argv[2], argv[3]);
    b.count = (size_t)load_number(argv[4], CONNECTIONS_MAX);
    b.rate = load_number(argv[6], RATE_MAX);
    b.first = load_number(argv[7], UINT64_MAX >> 1);
    b.epoll = epoll_create1(EPOLL_CLOEXEC);
    b.connections = calloc(b.count, sizeof *b.connections);
    b.idle = calloc(b.count, sizeof(struct connection *));
    b.took_us = calloc(REQUESTS_MAX, sizeof *b.took_us); /* touched as answers come */
    b.classes = calloc(REQUESTS_MAX, 1);
    if (b.epoll < 0 || b.connections == NULL || b.idle == NULL || b.took_us == NULL ||
        b.classes == NULL) {
        load_fail("no memory");
    }
    for (size_t i = 0; i < b.count; i++) {
        connection_open(&b, &b.connections[i]);
    }
    b.begun_ns = load_now_ns();
    b.until_ns = b.begun_ns + (int64_t)load_number(argv[5], SECONDS_MAX * 1000) * 1000000;
    run(&b);
    report(&b, load_now_ns());
    if (argc == 9) {
        for (uint64_t i = 0; i < b.sent; i++) {
            b.classes[i] = b.classes[i] == '\0' ? '0' : b.classes[i];
        }
        keep_classes(&b, argv[8]);
    }
    while (read(STDIN_FILENO, rest, sizeof rest) > 0) {
    }
    return 0;
}

#define _GNU_SOURCE /* accept4 */
#include "ingest/http.h"

#include "base/check.h"
#include "base/limits.h"
#include "ingest/connection.h"
#include "rt/listen.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    EVENTS_MAX = 256,
    ACCEPTS_MAX = 256,     /* in one round */
    PROMPT_HEAD_MS = 1000, /* who needs longer gives way when there is no room */
    ANSWER_BYTES_MAX = 3584,
    DESCRIPTORS_WANTED = LIMIT_CONNECTIONS_MAX + 512,
};

struct http {
    struct connections all;
    int epoll_fd;
    int listen_fd; /* -1 once it is closed */
    bool accepting;
    struct connection slots[LIMIT_CONNECTIONS_MAX];
    char address[LISTEN_TEXT_BYTES];
};

/* As many descriptors as the connections need; with fewer, accepting waits for one to be free. */
static void want_descriptors(void)
{
    struct rlimit limit = {0};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_WANTED) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool watch(struct http *h, int operation, int fd, uint32_t events, struct connection *c)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    return epoll_ctl(h->epoll_fd, operation, fd, &event) == 0;
}

static err_t start(struct http *h, const char *host, uint16_t port, struct why *why)
{
    const int one = 1;
    char *room = NULL;
    buf_init(&h->all.body, ANSWER_BYTES_MAX);
    TRY(buf_reserve(&h->all.body, ANSWER_BYTES_MAX, &room)); /* an answer must not fail for it */
    TRY(listen_open(host, port, why, &h->listen_fd, h->address));
    (void)setsockopt(h->listen_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* is inherited */
    h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    h->accepting = h->epoll_fd >= 0 && watch(h, EPOLL_CTL_ADD, h->listen_fd, EPOLLIN, NULL);
    if (!h->accepting) {
        why_set(why, "cannot wait for connections on %s", h->address);
        return ERR(IO);
    }
    return err_ok();
}

err_t http_new(const char *host, uint16_t port, const struct proxies *proxies, struct serve *serve,
               struct clock clock, struct why *why, struct http **ret_http)
{
    CLEANUP_PTR(http) struct http *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return ERR(NO_MEMORY);
    }
    h->epoll_fd = -1;
    h->listen_fd = -1;
    h->all.serve = serve;
    h->all.proxies = proxies;
    h->all.clock = clock;
    h->all.now = clock_mono(&h->all.clock);
    want_descriptors();
    TRY(start(h, host, port, why));
    *ret_http = TAKE(h);
    return err_ok();
}

void http_free(struct http *h)
{
    if (h == NULL) {
        return;
    }
    for (size_t i = 0; i < h->all.slots_used; i++) {
        if (h->slots[i].fd >= 0) {
            connection_close(&h->slots[i]);
        }
    }
    if (h->listen_fd >= 0) {
        (void)close(h->listen_fd);
    }
    if (h->epoll_fd >= 0) {
        (void)close(h->epoll_fd);
    }
    connections_deinit(&h->all);
    free(h);
}

const char *http_address(const struct http *h)
{
    return h->address;
}

int http_fd(const struct http *h)
{
    return h->epoll_fd;
}

static struct address address_of(const struct sockaddr_storage *from)
{
    struct address address = {{0}};
    if (from->ss_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, from, sizeof in);
        address.bytes[10] = address.bytes[11] = 0xFF;
        memcpy(address.bytes + 12, &in.sin_addr, sizeof in.sin_addr);
    } else if (from->ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, from, sizeof in6);
        memcpy(address.bytes, &in6.sin6_addr, sizeof address.bytes);
    }
    return address;
}

static size_t slot_of(const struct http *h, const struct connection *c)
{
    return (size_t)(c - h->slots);
}

static void recycle(struct http *h)
{
    connections_recycle(&h->all);
}

/* Who is idle for longest, of a source or (SOURCE_NONE) of all. */
static struct connection *idle_of(const struct http *h, uint64_t source)
{
    struct connection *c = h->all.phases[CONNECTION_IDLE].first;
    while (c != NULL && source != SOURCE_NONE && *c->source != source) {
        c = c->next;
    }
    return c;
}

/* Who has least to lose when there is no room; NULL when everybody is at work. */
static struct connection *dispensable(const struct http *h)
{
    struct connection *c = idle_of(h, SOURCE_NONE);
    if (c == NULL) {
        c = h->all.phases[CONNECTION_LINGERING].first;
    }
    struct connection *slow = h->all.phases[CONNECTION_HEAD].first;
    if (c == NULL && slow != NULL &&
        mono_since(slow->deadline, h->all.now).ms <= LIMIT_HEAD_DEADLINE_MS - PROMPT_HEAD_MS) {
        c = slow;
    }
    return c;
}

static bool give_up(struct http *h, struct connection *c)
{
    if (c != NULL) {
        connection_close(c);
        recycle(h);
    }
    return c != NULL;
}

static bool has_slot(const struct http *h)
{
    return h->all.phases[CONNECTION_FREE].count > 0 || h->all.slots_used < LIMIT_CONNECTIONS_MAX;
}

static struct connection *take_slot(struct http *h)
{
    struct connection *c = h->all.phases[CONNECTION_FREE].first;
    if (c == NULL) {
        c = &h->slots[h->all.slots_used++];
    }
    return c;
}

static void let_in(struct http *h, int fd, const struct address *address)
{
    uint64_t source = address_source(address);
    bool crowded = !proxies_trust(h->all.proxies, address) &&
                   connections_count(&h->all, source) >= LIMIT_CONNECTIONS_PER_ADDRESS_MAX;
    if ((crowded && !give_up(h, idle_of(h, source))) ||
        (!has_slot(h) && !give_up(h, dispensable(h)))) {
        (void)close(fd);
        return;
    }
    struct connection *c = take_slot(h);
    connection_open(&h->all, c, slot_of(h, c), fd, address);
    if (!watch(h, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, c)) {
        connection_close(c);
    }
}

/* There is no room: who waits does so in the kernel until accept_again(). */
static void pause_accepting(struct http *h)
{
    h->accepting = !watch(h, EPOLL_CTL_DEL, h->listen_fd, 0, NULL);
}

/* Somebody waits; perhaps others do. */
static void accept_some(struct http *h)
{
    for (unsigned i = 0; i < ACCEPTS_MAX; i++) {
        if (!has_slot(h) && dispensable(h) == NULL) {
            pause_accepting(h);
            return;
        }
        struct sockaddr_storage from;
        socklen_t size = sizeof from;
        memset(&from, 0, sizeof from);
        int fd =
            accept4(h->listen_fd, (struct sockaddr *)&from, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            struct address address = address_of(&from);
            let_in(h, fd, &address);
            continue;
        }
        if (errno == EAGAIN) {
            return;
        }
        bool starved = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
        if (starved && !give_up(h, dispensable(h))) {
            pause_accepting(h);
            return;
        }
    }
}

static void accept_again(struct http *h)
{
    if (!h->accepting && h->listen_fd >= 0 && (has_slot(h) || dispensable(h) != NULL)) {
        h->accepting = watch(h, EPOLL_CTL_ADD, h->listen_fd, EPOLLIN, NULL);
    }
}

span_ms_t http_timeout(const struct http *h, span_ms_t most)
{
    return h->all.due_first == NULL ? most : span_ms(0);
}

void http_run(struct http *h)
{
    struct epoll_event events[EVENTS_MAX];
    h->all.now = clock_mono(&h->all.clock);
    int count = epoll_wait(h->epoll_fd, events, EVENTS_MAX, 0);
    bool somebody_waits = false;
    for (int i = 0; i < count; i++) {
        if (events[i].data.ptr == NULL) {
            somebody_waits = true;
        } else {
            connection_event(events[i].data.ptr, events[i].events);
        }
    }
    connections_run_due(&h->all);
    recycle(h);
    accept_again(h);
    if (somebody_waits && h->accepting) {
        accept_some(h);
    }
}

void http_sweep(struct http *h)
{
    h->all.now = clock_mono(&h->all.clock);
    connections_sweep(&h->all);
    recycle(h);
    accept_again(h);
}

void http_wake(void *transport)
{
    connection_due(transport);
}

void http_quiesce(struct http *h)
{
    if (h->listen_fd >= 0) {
        http_run(h); /* who has knocked already is heard */
        http_run(h);
        (void)close(h->listen_fd); /* who comes now is refused, not kept waiting */
        h->listen_fd = -1;
        h->accepting = false;
        h->all.draining = true;
    }
    connections_close_idle(&h->all);
    recycle(h);
}

size_t http_requests(const struct http *h)
{
    static const enum connection_phase phases[] = {CONNECTION_HEAD, CONNECTION_BODY,
                                                   CONNECTION_PARKED, CONNECTION_WRITING,
                                                   CONNECTION_LINGERING};
    size_t count = 0;
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        count += h->all.phases[phases[i]].count;
    }
    return count;
}

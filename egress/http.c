#include "egress/http.h"

#include "base/check.h"
#include "base/limits.h"
#include "egress/http_exchange.h"

#include <curl/curl.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { IDLE_EXCHANGES_MAX = 256, AGENT_BYTES = 96, FOREVER_MS = 60 * 1000 };

/* Connections of one trust: [0] public addresses only, [1] private ones too. */
struct pool {
    struct http *http;
    CURLM *multi;
    bool has_timer;
    mono_ms_t timer;
};

/* One socket of libcurl's in the reactor. */
struct link {
    struct pool *pool;
    curl_socket_t fd;
};

struct http {
    struct reactor *reactor;
    struct clock clock;
    char agent[AGENT_BYTES];
    struct pool pools[2];
    struct exchange *out;                    /* under way */
    struct exchange *done_first, *done_last; /* finished, not collected */
    struct exchange *told;                   /* whose answer is being read */
    struct exchange *idle;
    size_t idle_count;
    size_t in_flight; /* under way or not collected */
};

/* ---- what libcurl finished */

static void list_remove(struct http *h, struct exchange *x)
{
    struct exchange **place = &h->out;
    if (x->prev != NULL) {
        place = &x->prev->next;
    }
    *place = x->next;
    if (x->next != NULL) {
        x->next->prev = x->prev;
    }
    x->next = NULL;
    x->prev = NULL;
}

static void finished(struct pool *pool)
{
    struct http *h = pool->http;
    CURLMsg *message = NULL;
    int left = 0;
    while ((message = curl_multi_info_read(pool->multi, &left)) != NULL) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        struct exchange *x = NULL;
        CHECK(curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &x) == CURLE_OK);
        CURLcode result = message->data.result; /* the message goes with its handle */
        CHECK(curl_multi_remove_handle(pool->multi, x->easy) == CURLM_OK);
        exchange_finish(x, result, clock_mono(&h->clock));
        list_remove(h, x);
        if (h->done_last == NULL) {
            h->done_first = x;
        } else {
            h->done_last->next = x;
        }
        h->done_last = x;
    }
}

static void act(struct pool *pool, curl_socket_t fd, int events)
{
    int running = 0;
    (void)curl_multi_socket_action(pool->multi, fd, events, &running);
    finished(pool);
}

/* ---- sockets and timers */

static void on_ready(void *arg, uint32_t events)
{
    const struct link *link = arg;
    int what = ((events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
               ((events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0) |
               ((events & (EPOLLERR | EPOLLHUP)) != 0 ? CURL_CSELECT_ERR : 0);
    act(link->pool, link->fd, what);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *pool_arg, void *link_arg)
{
    (void)easy;
    struct pool *pool = pool_arg;
    struct link *link = link_arg;
    if (what == CURL_POLL_REMOVE) {
        reactor_remove(pool->http->reactor, fd);
        (void)curl_multi_assign(pool->multi, fd, NULL);
        free(link);
        return 0;
    }
    uint32_t events = 0;
    events |= what == CURL_POLL_IN || what == CURL_POLL_INOUT ? (uint32_t)EPOLLIN : 0U;
    events |= what == CURL_POLL_OUT || what == CURL_POLL_INOUT ? (uint32_t)EPOLLOUT : 0U;
    if (link != NULL) {
        return err_failed(reactor_modify(pool->http->reactor, fd, events)) ? -1 : 0;
    }
    link = calloc(1, sizeof *link);
    if (link == NULL) {
        return -1;
    }
    *link = (struct link){pool, fd};
    if (err_failed(reactor_add(pool->http->reactor, fd, events, on_ready, link))) {
        free(link);
        return -1;
    }
    (void)curl_multi_assign(pool->multi, fd, link);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *pool_arg)
{
    (void)multi;
    struct pool *pool = pool_arg;
    pool->has_timer = timeout_ms >= 0;
    if (pool->has_timer) {
        pool->timer = mono_add(clock_mono(&pool->http->clock), span_ms(timeout_ms));
    }
    return 0;
}

span_ms_t http_tick(struct http *h)
{
    span_ms_t wait = span_ms(FOREVER_MS);
    for (size_t i = 0; i < 2; i++) {
        struct pool *pool = &h->pools[i];
        mono_ms_t now = clock_mono(&h->clock);
        if (pool->has_timer && !mono_before(now, pool->timer)) {
            pool->has_timer = false;
            act(pool, CURL_SOCKET_TIMEOUT, 0);
        }
        if (pool->has_timer) {
            span_ms_t left = mono_since(pool->timer, now);
            left.ms = left.ms < 0 ? 0 : left.ms;
            wait = left.ms < wait.ms ? left : wait;
        }
    }
    return h->done_first == NULL ? wait : span_ms(0);
}

/* ---- the port */

static err_t submit(void *self, const struct peer_request *request)
{
    struct http *h = self;
    if (h->in_flight >= LIMIT_CALLS_IN_FLIGHT_MAX) {
        return ERR(QUEUE_FULL);
    }
    CLEANUP_PTR(exchange) struct exchange *x = h->idle;
    if (x != NULL) {
        h->idle = x->next;
        h->idle_count--;
        x->next = NULL;
    } else {
        TRY(exchange_new(&x));
    }
    TRY(exchange_prepare(x, request, h->agent, clock_mono(&h->clock)));
    struct pool *pool = &h->pools[request->private_allowed ? 1 : 0];
    CURLMcode code = curl_multi_add_handle(pool->multi, x->easy);
    if (code != CURLM_OK) {
        return code == CURLM_OUT_OF_MEMORY ? ERR(NO_MEMORY) : ERR(UNAVAILABLE);
    }
    x->next = h->out;
    if (h->out != NULL) {
        h->out->prev = x;
    }
    h->out = x;
    x->pool = pool->multi;
    x = NULL;
    h->in_flight++;
    return err_ok();
}

/* Keeps the handle, which is dear to make, for the next request. Not after a failure: a reset
 * leaves libcurl's note in it that a body must go back to its beginning, and the next would fail by
 * that. */
static void recycle(struct http *h, struct exchange *x)
{
    if (x == NULL) {
        return;
    }
    if (h->idle_count >= IDLE_EXCHANGES_MAX || x->answer.result != PEER_ANSWERED) {
        exchange_free(x);
        return;
    }
    exchange_reset(x);
    x->next = h->idle;
    h->idle = x;
    h->idle_count++;
}

static err_t collect(void *self, struct peer_answer *ret_answer, bool *ret_got)
{
    struct http *h = self;
    recycle(h, h->told);
    h->told = h->done_first;
    *ret_got = h->told != NULL;
    if (h->told == NULL) {
        return err_ok();
    }
    h->done_first = h->told->next;
    if (h->done_first == NULL) {
        h->done_last = NULL;
    }
    h->told->next = NULL;
    h->in_flight--;
    *ret_answer = h->told->answer;
    return err_ok();
}

static size_t in_flight(void *self)
{
    return ((struct http *)self)->in_flight;
}

struct peer http_port(struct http *h)
{
    static const struct peer_ops ops = {submit, collect, in_flight};
    return (struct peer){&ops, h};
}

/* ---- made and freed */

static err_t pool_init(struct http *h, struct pool *pool)
{
    *pool = (struct pool){.http = h, .multi = curl_multi_init()};
    if (pool->multi == NULL) {
        return ERR(NO_MEMORY);
    }
    long most = LIMIT_CALLS_IN_FLIGHT_MAX;
    bool is_set =
        curl_multi_setopt(pool->multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
        curl_multi_setopt(pool->multi, CURLMOPT_SOCKETDATA, pool) == CURLM_OK &&
        curl_multi_setopt(pool->multi, CURLMOPT_TIMERFUNCTION, on_timer) == CURLM_OK &&
        curl_multi_setopt(pool->multi, CURLMOPT_TIMERDATA, pool) == CURLM_OK &&
        curl_multi_setopt(pool->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, most) == CURLM_OK &&
        curl_multi_setopt(pool->multi, CURLMOPT_MAXCONNECTS, most) == CURLM_OK;
    return is_set ? err_ok() : ERR(UNAVAILABLE);
}

err_t http_new(struct reactor *reactor, struct clock clock, const char *agent,
               struct http **ret_http)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return ERR(UNAVAILABLE);
    }
    CLEANUP_PTR(http) struct http *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return ERR(NO_MEMORY);
    }
    h->reactor = reactor;
    h->clock = clock;
    (void)snprintf(h->agent, sizeof h->agent, "%s", agent);
    TRY(pool_init(h, &h->pools[0]));
    TRY(pool_init(h, &h->pools[1]));
    *ret_http = TAKE(h);
    return err_ok();
}

static void exchanges_free(struct exchange *x)
{
    while (x != NULL) {
        struct exchange *next = x->next;
        exchange_free(x);
        x = next;
    }
}

void http_free(struct http *h)
{
    if (h == NULL) {
        return;
    }
    for (struct exchange *x = h->out; x != NULL; x = x->next) {
        (void)curl_multi_remove_handle(x->pool, x->easy);
    }
    exchanges_free(h->out);
    exchanges_free(h->done_first);
    exchanges_free(h->told);
    exchanges_free(h->idle);
    for (size_t i = 0; i < 2; i++) {
        if (h->pools[i].multi != NULL) {
            (void)curl_multi_cleanup(h->pools[i].multi);
        }
    }
    free(h);
}

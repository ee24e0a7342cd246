#include "ingest/connection.h"

#include "base/limits.h"
#include "ingest/core/http_answer.h"
#include "ingest/core/http_body.h"
#include "ingest/core/http_head.h"
#include "ingest/core/problem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_BYTES = 2 * LIMIT_HEADER_BYTES_MAX, /* a whole head, and room to read behind it */
    ROOM_BYTES_MIN = REQUEST_BYTES / 4,
    BODY_BYTES_MAX = 3584, /* of an answer: every byte of its detail escaped */
    SPARE_MAX = 64,
    STEPS_MAX = 64, /* before it is the others' turn */
    DISCARD_BYTES = 16 * 1024,
};

/* One request that has at least begun to come, and what came behind it.
 *
 *     bytes  [ … done | start: head | body_at: not looked at yet | len: room ] */
struct request {
    struct request *next_spare;
    struct exchange exchange;
    struct http_head head;
    struct http_body body;
    bool begun; /* serve knows of it */
    bool to_head;
    bool http10;
    bool keep_alive;
    char client[ADDRESS_TEXT_BYTES]; /* as a trusted proxy names him */
    size_t start;
    size_t body_at;
    size_t len;
    size_t out_at;
    size_t out_len;
    char out[HTTP_ANSWER_HEAD_BYTES_MAX + BODY_BYTES_MAX];
    char bytes[REQUEST_BYTES];
};

/* ---- memory of a request ---- */

static bool have_request(struct connection *c)
{
    struct connections *all = c->shared;
    if (c->request != NULL) {
        return true;
    }
    struct request *r = all->spare;
    if (r != NULL) {
        all->spare = r->next_spare;
        all->spare_count--;
    } else {
        r = malloc(sizeof *r);
        if (r == NULL) {
            return false;
        }
    }
    r->begun = false;
    r->start = r->len = 0;
    http_head_init(&r->head);
    c->request = r;
    return true;
}

static void end_exchange(struct connection *c)
{
    serve_end(c->shared->serve, &c->request->exchange);
    c->request->begun = false;
    if (c->by_proxy) {
        *c->source = SOURCE_PROXY;
    }
}

static void drop_request(struct connection *c)
{
    struct connections *all = c->shared;
    struct request *r = c->request;
    if (r == NULL) {
        return;
    }
    if (r->begun) {
        end_exchange(c);
    }
    c->request = NULL;
    if (all->spare_count == SPARE_MAX) {
        free(r);
        return;
    }
    r->next_spare = all->spare;
    all->spare = r;
    all->spare_count++;
}

void connection_close(struct connection *c)
{
    drop_request(c);
    (void)close(c->fd);
    c->fd = -1;
    connection_enter(c, CONNECTION_CLOSED);
}

/* ---- bytes in ---- */

enum received { RECEIVED, RECEIVED_NOTHING, RECEIVED_END };

static enum received receive_into(struct connection *c, char *room, size_t size, size_t *ret_len)
{
    ssize_t got = -1;
    do {
        got = recv(c->fd, room, size, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && (errno == EAGAIN)) {
        c->readable = false;
        return RECEIVED_NOTHING;
    }
    if (got <= 0) {
        return RECEIVED_END;
    }
    /* Less than there was room for: the next bytes will be a new edge. Not so the end. */
    c->readable = (size_t)got == size || c->hung_up;
    *ret_len = (size_t)got;
    return RECEIVED;
}

static enum received receive(struct connection *c)
{
    if (!c->readable) {
        return RECEIVED_NOTHING;
    }
    if (!have_request(c)) {
        return RECEIVED_END;
    }
    struct request *r = c->request;
    if (sizeof r->bytes - r->len < ROOM_BYTES_MIN && r->start > 0) {
        memmove(r->bytes, r->bytes + r->start, r->len - r->start);
        r->len -= r->start;
        r->body_at -= r->begun ? r->start : 0;
        r->start = 0;
    }
    size_t got = 0;
    enum received received = receive_into(c, r->bytes + r->len, sizeof r->bytes - r->len, &got);
    r->len += got;
    return received;
}

static struct slice bytes_of(const struct request *r)
{
    return slice_from(r->bytes + r->start, r->len - r->start);
}

/* ---- answers out ---- */

static void linger(struct connection *c)
{
    drop_request(c);
    (void)shutdown(c->fd, SHUT_WR);
    connection_enter(c, CONNECTION_LINGERING);
}

/* The answer is on its way: what comes behind it? */
static void finish(struct connection *c)
{
    struct request *r = c->request;
    bool last = !r->keep_alive || r->exchange.answer.close || c->shared->draining;
    end_exchange(c);
    if (last) {
        linger(c);
        return;
    }
    r->start = r->body_at;
    http_head_init(&r->head);
    if (r->start == r->len) {
        drop_request(c);
    }
    connection_enter(c, CONNECTION_IDLE);
}

/* False when the socket takes no more, or is gone. */
static bool step_write(struct connection *c)
{
    struct request *r = c->request;
    while (c->writable && r->out_at < r->out_len) {
        ssize_t sent = send(c->fd, r->out + r->out_at, r->out_len - r->out_at, MSG_NOSIGNAL);
        if (sent >= 0) {
            r->out_at += (size_t)sent;
        } else if (errno == EAGAIN) {
            c->writable = false;
        } else if (errno != EINTR) {
            connection_close(c);
            return false;
        }
    }
    if (r->out_at < r->out_len) {
        return false;
    }
    finish(c);
    return true;
}

static const char *date_of(struct connections *all)
{
    wall_ms_t now = clock_wall(&all->clock);
    if (now.ms / 1000 != all->date_s || all->date[0] == '\0') {
        all->date_s = now.ms / 1000;
        instant_format_http_date(now, all->date);
    }
    return all->date;
}

static bool answer(struct connection *c)
{
    struct connections *all = c->shared;
    struct request *r = c->request;
    const struct exchange *x = &r->exchange;
    buf_reset(&all->body);
    if (err_failed(serve_write_answer(x, &all->body))) {
        connection_close(c);
        return false;
    }
    struct http_answer answer = {
        .status = x->answer.status,
        .date = slice_of(date_of(all)),
        .body = buf_slice(&all->body),
        .challenge = x->answer.status == 401 ? problem_challenge(x->endpoint) : NULL,
        .retry_after_s = serve_retry_after_s(x),
        .to_head = r->to_head,
        .close = !r->keep_alive || x->answer.close || all->draining,
        .http10 = r->http10,
    };
    r->out_at = 0;
    r->out_len = http_answer_write(&answer, r->out);
    connection_enter(c, CONNECTION_WRITING);
    return step_write(c);
}

static void begin_exchange(struct connection *c)
{
    struct request *r = c->request;
    if (!r->begun) {
        r->begun = true;
        r->exchange = (struct exchange){.transport = c, .client = c->peer};
    }
}

/* Behind a trusted proxy the client is who the proxy names, and counts as if he had come himself.
 */
static void name_client(struct connection *c, const struct head *head)
{
    const struct connections *all = c->shared;
    struct request *r = c->request;
    struct forwarded told = proxies_read(all->proxies, &c->address, head);
    r->exchange.proxy = c->peer;
    r->exchange.scheme = told.scheme;
    r->exchange.malformed = told.malformed;
    if (proxies_trust(all->proxies, &told.client)) {
        return; /* the proxy's own: it asks how we are */
    }
    uint64_t source = address_source(&told.client);
    address_format(&told.client, r->client);
    r->exchange.client = r->client;
    r->exchange.crowded = connections_count(all, source) >= LIMIT_CONNECTIONS_PER_ADDRESS_MAX;
    *c->source = r->exchange.crowded ? SOURCE_PROXY : source;
}

/* What came is no request, or not in time. */
static bool refuse(struct connection *c, unsigned status, const char *detail)
{
    struct request *r = c->request;
    begin_exchange(c);
    serve_refuse(c->shared->serve, &r->exchange, status, detail);
    r->body_at = r->len;
    return answer(c);
}

/* ---- requests in ---- */

/* Only where the body is wanted and its sender waits for that. */
static bool send_continue(struct connection *c)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    ssize_t sent = send(c->fd, text, sizeof text - 1, MSG_NOSIGNAL);
    if (sent == (ssize_t)(sizeof text - 1)) {
        return true;
    }
    connection_close(c); /* not even so little has room */
    return false;
}

static bool begin(struct connection *c)
{
    struct request *r = c->request;
    struct head_field fields[HEAD_FIELDS_MAX];
    struct head head = http_head_view(&r->head, bytes_of(r), fields);
    r->to_head = slice_equal(head.method, SLICE("HEAD"));
    r->http10 = head.http10;
    struct fault fault = framing_judge(&head);
    r->keep_alive = head.keep_alive;
    if (fault.status != 0) {
        return refuse(c, fault.status, fault.detail);
    }
    r->body_at = r->start + r->head.at;
    http_body_init(&r->body, &head);
    begin_exchange(c);
    if (c->by_proxy) {
        name_client(c, &head);
    }
    serve_begin(c->shared->serve, &r->exchange, &head);
    if (r->exchange.state == EXCHANGE_ANSWERED) {
        return answer(c);
    }
    connection_enter(c, CONNECTION_BODY);
    bool waits = head.expects_continue && r->exchange.state == EXCHANGE_READING &&
                 r->body_at == r->len && r->body.phase != HTTP_BODY_DONE;
    return waits ? send_continue(c) : true;
}

static bool step_head(struct connection *c)
{
    struct request *r = c->request;
    if (r == NULL || r->head.at == r->len - r->start) {
        switch (receive(c)) {
        case RECEIVED: r = c->request; break;
        case RECEIVED_NOTHING:
            if (r != NULL && r->len == r->start) {
                drop_request(c);
            }
            return false;
        case RECEIVED_END: connection_close(c); return false;
        }
    }
    if (c->phase == CONNECTION_IDLE) {
        connection_enter(c, CONNECTION_HEAD);
    }
    switch (http_head_read(&r->head, bytes_of(r))) {
    case HTTP_HEAD_MORE: return true;
    case HTTP_HEAD_WHOLE: return begin(c);
    case HTTP_HEAD_FAULT: break;
    }
    struct slice method = slice_sub(bytes_of(r), r->head.method.from, r->head.method.to);
    r->to_head = slice_equal(method, SLICE("HEAD"));
    r->http10 = false;
    r->keep_alive = false;
    return refuse(c, r->head.status, r->head.detail);
}

static bool finish_body(struct connection *c)
{
    struct request *r = c->request;
    struct head_field fields[HEAD_FIELDS_MAX];
    struct head head = http_head_view(&r->head, bytes_of(r), fields);
    serve_finish(c->shared->serve, &r->exchange, &head);
    if (r->exchange.state == EXCHANGE_PARKED) {
        connection_enter(c, CONNECTION_PARKED);
        return false;
    }
    return answer(c);
}

/* What is there of the body; more of it is read by the next step. */
static enum http_body_result take_body(struct connection *c, struct fault *ret_fault)
{
    struct request *r = c->request;
    struct slice bytes = slice_from(r->bytes, r->len);
    struct slice piece = {0};
    enum http_body_result result = HTTP_BODY_PIECE;
    while (result == HTTP_BODY_PIECE) {
        result = http_body_read(&r->body, bytes, &r->body_at, &piece, ret_fault);
        if (result == HTTP_BODY_PIECE && !serve_take(c->shared->serve, &r->exchange, piece)) {
            break;
        }
    }
    return result;
}

static bool step_body(struct connection *c)
{
    struct request *r = c->request;
    struct fault fault = {0};
    switch (take_body(c, &fault)) {
    case HTTP_BODY_PIECE: return answer(c); /* far too much */
    case HTTP_BODY_WHOLE: return finish_body(c);
    case HTTP_BODY_FAULT: return refuse(c, fault.status, fault.detail);
    case HTTP_BODY_MORE: break;
    }
    r->body_at = r->len = r->start + r->head.at; /* all behind the head was taken */
    switch (receive(c)) {
    case RECEIVED: return true;
    case RECEIVED_NOTHING: return false;
    case RECEIVED_END: connection_close(c); break;
    }
    return false;
}

/* Until the peer has closed as well, so that no reset overtakes the last answer. */
static bool step_linger(struct connection *c)
{
    char room[DISCARD_BYTES];
    size_t got = 0;
    if (!c->readable) {
        return false;
    }
    enum received received = receive_into(c, room, sizeof room, &got);
    if (received == RECEIVED_END) {
        connection_close(c);
    }
    return received == RECEIVED;
}

/* One step; false when there is none to take for now. */
static bool step(struct connection *c)
{
    switch (c->phase) {
    case CONNECTION_IDLE:
    case CONNECTION_HEAD: return step_head(c);
    case CONNECTION_BODY: return step_body(c);
    case CONNECTION_PARKED:
        return c->request->exchange.state == EXCHANGE_ANSWERED ? answer(c) : false;
    case CONNECTION_WRITING: return step_write(c);
    case CONNECTION_LINGERING: return step_linger(c);
    case CONNECTION_FREE:
    case CONNECTION_CLOSED:
    case CONNECTION_PHASES: break;
    }
    return false;
}

void connection_go_on(struct connection *c)
{
    for (unsigned steps = 0; step(c); steps++) {
        if (steps == STEPS_MAX) {
            connection_due(c);
            return;
        }
    }
}

void connection_event(struct connection *c, uint32_t events)
{
    if (c->phase == CONNECTION_FREE || c->phase == CONNECTION_CLOSED) {
        return;
    }
    c->hung_up = c->hung_up || (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    c->readable = c->readable || c->hung_up || (events & EPOLLIN) != 0;
    c->writable = c->writable || (events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0;
    connection_go_on(c);
}

bool connection_has_begun(const struct connection *c)
{
    return c->request != NULL && !http_head_blank(&c->request->head);
}

void connection_late(struct connection *c)
{
    if (c->phase == CONNECTION_BODY || (c->phase == CONNECTION_HEAD && connection_has_begun(c))) {
        c->request->keep_alive = false;
        if (c->phase == CONNECTION_HEAD) {
            c->request->to_head = false;
            c->request->http10 = false;
        }
        (void)refuse(c, 408, "the request did not arrive in time");
        connection_due(c);
        return;
    }
    connection_close(c);
}

void connections_deinit(struct connections *all)
{
    while (all->spare != NULL) {
        struct request *r = all->spare;
        all->spare = r->next_spare;
        free(r);
    }
    buf_deinit(&all->body);
}

#include "ingest/http.h"

#include "base/check.h"
#include "ingest/core/problem.h"
#include "ingest/guard.h"
#include "rt/listen.h"

#include <microhttpd.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    ANSWER_BYTES_MAX = 4096,
    /* A head of the largest allowed size, and the library's own notes on it. */
    CONNECTION_MEMORY_BYTES = 32 * 1024,
    DESCRIPTORS_WANTED = LIMIT_CONNECTIONS_MAX + 512,
};

struct http {
    struct MHD_Daemon *daemon;
    struct serve *serve;
    struct clock clock;
    struct guard guard;
    struct buf answer;
    size_t requests;
    bool quiesced;
    char address[LISTEN_TEXT_BYTES];
};

/* One request and where it came from. */
struct call {
    struct exchange exchange;
    struct MHD_Connection *connection;
    size_t target_bytes;
};

struct fields {
    struct head_field *field;
    size_t count;
};

static struct guarded *guarded_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

static void enter(struct http *h, struct MHD_Connection *connection, enum guard_phase phase)
{
    struct guarded *guarded = guarded_of(connection);
    if (guarded != NULL && guarded->phase != phase) {
        guard_enter(guarded, phase, clock_mono(&h->clock));
    }
}

static enum MHD_Result add_field(void *context, enum MHD_ValueKind kind, const char *name,
                                 size_t name_len, const char *value, size_t value_len)
{
    struct fields *fields = context;
    (void)kind;
    fields->field[fields->count++] =
        (struct head_field){slice_from(name, name_len), slice_from(value, value_len)};
    return fields->count <= FRAMING_FIELDS_MAX ? MHD_YES : MHD_NO;
}

static enum MHD_Result queue(struct http *h, struct call *call)
{
    const struct exchange *x = &call->exchange;
    buf_reset(&h->answer);
    if (err_failed(serve_write_answer(x, &h->answer))) {
        return MHD_NO;
    }
    struct MHD_Response *response = MHD_create_response_from_buffer(
        h->answer.len, (void *)(uintptr_t)buf_text(&h->answer), MHD_RESPMEM_MUST_COPY);
    if (response == NULL) {
        return MHD_NO;
    }
    unsigned status = x->answer.status;
    char retry[12];
    (void)snprintf(retry, sizeof retry, "%u", serve_retry_after_s(x));
    const struct {
        bool wanted;
        const char *name;
        const char *value;
    } fields[] = {
        {true, "Content-Type", status == 200 ? "application/json" : "application/problem+json"},
        {status == 503, "Retry-After", retry},
        {status == 405, "Allow", "POST"},
        {status == 401, "WWW-Authenticate", problem_challenge(x->endpoint)},
        {x->answer.close, "Connection", "close"},
    };
    bool whole = true;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        if (fields[i].wanted) {
            whole = whole && MHD_add_response_header(response, fields[i].name, fields[i].value);
        }
    }
    enum MHD_Result queued = MHD_NO;
    if (whole) {
        enter(h, call->connection, GUARD_WRITING);
        queued = MHD_queue_response(call->connection, status, response);
    }
    MHD_destroy_response(response);
    return queued;
}

/* The head as the library has it; every field, doubled ones too. */
static struct head head_of(const struct call *call, const char *url, const char *method,
                           const char *version, struct head_field *room)
{
    struct fields fields = {room, 0};
    (void)MHD_get_connection_values_n(call->connection, MHD_HEADER_KIND, add_field, &fields);
    return (struct head){
        .method = slice_of(method),
        .target = slice_of(url),
        .target_bytes = call->target_bytes,
        .version = slice_of(version),
        .fields = fields.field,
        .field_count = fields.count,
    };
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *piece,
                                  size_t *piece_len, void **call_context)
{
    struct http *h = context;
    struct call *call = *call_context;
    if (call == NULL) {
        return MHD_NO; /* there was no memory for it */
    }
    struct exchange *x = &call->exchange;
    if (x->state == EXCHANGE_ANSWERED) {
        return queue(h, call); /* woken */
    }
    if (*piece_len > 0) {
        bool good = serve_take(h->serve, x, slice_from(piece, *piece_len));
        *piece_len = 0;
        return good ? MHD_YES : MHD_NO;
    }
    struct head_field room[FRAMING_FIELDS_MAX + 1];
    struct head head = head_of(call, url, method, version, room);
    if (x->state == EXCHANGE_NEW) {
        enter(h, connection, GUARD_BODY);
        serve_begin(h->serve, x, &head);
        return x->state == EXCHANGE_ANSWERED ? queue(h, call) : MHD_YES;
    }
    serve_finish(h->serve, x, &head);
    if (x->state == EXCHANGE_PARKED) {
        enter(h, connection, GUARD_WORKING);
        MHD_suspend_connection(connection);
        return MHD_YES;
    }
    return queue(h, call);
}

/* The request line was read: the first the library tells of a request. */
static void *on_target(void *context, const char *target, struct MHD_Connection *connection)
{
    struct http *h = context;
    struct call *call = calloc(1, sizeof *call);
    if (call != NULL) {
        call->connection = connection;
        call->exchange.transport = call;
        call->target_bytes = strlen(target);
        h->requests++;
    }
    return call;
}

static void on_completed(void *context, struct MHD_Connection *connection, void **call_context,
                         enum MHD_RequestTerminationCode code)
{
    struct http *h = context;
    struct call *call = *call_context;
    (void)code;
    if (call != NULL) {
        serve_end(h->serve, &call->exchange, 0);
        free(call);
        *call_context = NULL;
        h->requests--;
    }
    enter(h, connection, GUARD_IDLE);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http *h = context;
    struct guarded *guarded = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
        if (guarded != NULL) {
            guard_remove(&h->guard, guarded);
        }
        return;
    }
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (info != NULL &&
        !err_failed(guard_add(&h->guard, info->connect_fd, clock_mono(&h->clock), &guarded))) {
        *socket_context = guarded;
    }
}

/* Paths are compared as they were sent. */
static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* As many descriptors as the connections need; with fewer, accepting waits for one to be free. */
static void want_descriptors(void)
{
    struct rlimit limit = {0};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_WANTED) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static struct MHD_Daemon *start_daemon(struct http *h, int listen_fd)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, h,
                            MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_STRICT_FOR_CLIENT, 0,
                            MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_CONNECTION_LIMIT,
                            (unsigned)LIMIT_CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                            (unsigned)LIMIT_CONNECTIONS_PER_ADDRESS_MAX,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
                            MHD_OPTION_CONNECTION_TIMEOUT, 0U, MHD_OPTION_URI_LOG_CALLBACK,
                            on_target, h, MHD_OPTION_NOTIFY_COMPLETED, on_completed, h,
                            MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
                            MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL, MHD_OPTION_END);
}

err_t http_new(const char *host, uint16_t port, struct serve *serve, struct clock clock,
               struct why *why, struct http **ret_http)
{
    CLEANUP_PTR(http) struct http *h = calloc(1, sizeof *h);
    if (h == NULL) {
        return ERR(NO_MEMORY);
    }
    h->serve = serve;
    h->clock = clock;
    buf_init(&h->answer, ANSWER_BYTES_MAX);
    want_descriptors();
    int fd = -1;
    TRY(listen_open(host, port, why, &fd, h->address));
    h->daemon = start_daemon(h, fd);
    if (h->daemon == NULL) {
        (void)close(fd);
        why_set(why, "the HTTP library did not start on %s", h->address);
        return ERR(IO);
    }
    *ret_http = TAKE(h);
    return err_ok();
}

void http_free(struct http *h)
{
    if (h == NULL) {
        return;
    }
    if (h->daemon != NULL) {
        MHD_stop_daemon(h->daemon);
    }
    buf_deinit(&h->answer);
    free(h);
}

const char *http_address(const struct http *h)
{
    return h->address;
}

int http_fd(const struct http *h)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    CHECK(info != NULL);
    return info->epoll_fd;
}

span_ms_t http_timeout(const struct http *h, span_ms_t most)
{
    MHD_UNSIGNED_LONG_LONG ms = 0;
    bool bounded = MHD_get_timeout(h->daemon, &ms) == MHD_YES;
    return bounded && ms < (MHD_UNSIGNED_LONG_LONG)most.ms ? span_ms((int64_t)ms) : most;
}

void http_run(struct http *h)
{
    (void)MHD_run(h->daemon);
}

static void count_late(void *context)
{
    struct http *h = context;
    struct exchange nobody = {.begun = clock_mono(&h->clock)};
    serve_end(h->serve, &nobody, 408);
}

void http_sweep(struct http *h)
{
    guard_sweep(&h->guard, clock_mono(&h->clock), count_late, h);
}

void http_wake(void *transport)
{
    struct call *call = transport;
    MHD_resume_connection(call->connection);
}

void http_quiesce(struct http *h)
{
    if (!h->quiesced) {
        h->quiesced = true;
        MHD_socket fd = MHD_quiesce_daemon(h->daemon);
        if (fd != MHD_INVALID_SOCKET) {
            (void)close(fd); /* who comes now is refused, not kept waiting */
        }
    }
    guard_cut_idle(&h->guard);
}

size_t http_requests(const struct http *h)
{
    return h->requests;
}

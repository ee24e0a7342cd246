#include "sandbox/http.h"

#include "base/check.h"

#include <microhttpd.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HTTP_MAGIC = 0x68747470,
    PENDING_MAGIC = 0x70656e64,
    CONNECTION_MEMORY_BYTES = 64 * 1024,
    CONNECTION_TIMEOUT_S = 120,
    LISTEN_BACKLOG = 512,
    TRICKLE_STEPS = 20,
};

struct http {
    uint32_t magic;
    struct http_config config;
    struct MHD_Daemon *daemon;
    char address[HTTP_ADDRESS_BYTES];
};

/* What belongs to one request until its answer is sent. */
struct pending {
    uint32_t magic;
    struct buf uri;
    struct buf body;
    bool body_too_large;
    bool started;
};

/* A body that leaves slowly: `pause` between the pieces. */
struct trickle {
    char *bytes;
    size_t len;
    int64_t step_ms;
    const struct http *http;
};

void answer_header(struct answer *answer, const char *name, const char *value)
{
    if (answer->header_count == HTTP_HEADERS_MAX) {
        return;
    }
    struct header *header = &answer->headers[answer->header_count++];
    (void)snprintf(header->name, sizeof header->name, "%s", name);
    (void)snprintf(header->value, sizeof header->value, "%s", value);
}

static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text);
}

/* Keeps the target, with bytes that do not belong into one percent-encoded: it is text from here
 * on. */
static err_t keep_uri(struct buf *out, const char *uri)
{
    for (const char *at = uri; *at != '\0'; at++) {
        unsigned byte = (unsigned char)*at;
        if (byte <= ' ' || byte >= 0x7f) {
            TRY(buf_printf(out, "%%%02X", byte));
        } else {
            TRY(buf_append_char(out, *at));
        }
    }
    return err_ok();
}

/* libmicrohttpd shows the raw target here and nowhere else. */
static void *begin_request(void *context, const char *uri, struct MHD_Connection *connection)
{
    (void)context;
    (void)connection;
    struct pending *pending = calloc(1, sizeof *pending);
    if (pending == NULL) {
        return NULL;
    }
    pending->magic = PENDING_MAGIC;
    buf_init(&pending->uri, 3 * CONNECTION_MEMORY_BYTES);
    buf_init(&pending->body, HTTP_BODY_BYTES_MAX);
    if (err_failed(keep_uri(&pending->uri, uri))) {
        buf_reset(&pending->uri);
    }
    return pending;
}

static void end_request(void *context, struct MHD_Connection *connection, void **state,
                        enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)connection;
    (void)code;
    if (*state != NULL) {
        struct pending *pending = MAGIC_CAST(struct pending, PENDING_MAGIC, *state);
        buf_deinit(&pending->uri);
        buf_deinit(&pending->body);
        free(pending);
        *state = NULL;
    }
}

static struct slice header_of(struct MHD_Connection *connection, const char *name)
{
    return slice_of(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

struct slice http_header(const struct request *request, const char *name)
{
    return request->connection == NULL ? (struct slice){0} : header_of(request->connection, name);
}

static ssize_t trickle_read(void *context, uint64_t position, char *out, size_t room)
{
    struct trickle *t = context;
    size_t left = position < t->len ? t->len - (size_t)position : 0;
    size_t piece = t->len / TRICKLE_STEPS + 1;
    if (left == 0) {
        return MHD_CONTENT_READER_END_OF_STREAM;
    }
    t->http->config.pause(t->http->config.context, t->step_ms);
    piece = piece < left ? piece : left;
    piece = piece < room ? piece : room;
    memcpy(out, t->bytes + position, piece);
    return (ssize_t)piece;
}

static void trickle_free(void *context)
{
    struct trickle *t = context;
    free(t->bytes);
    free(t);
}

static struct MHD_Response *make_trickle(const struct http *http, struct answer *answer)
{
    struct trickle *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    t->http = http;
    t->step_ms = answer->slow_ms / TRICKLE_STEPS;
    t->bytes = buf_take(&answer->body, &t->len);
    struct MHD_Response *response =
        MHD_create_response_from_callback(t->len, 4096, trickle_read, t, trickle_free);
    if (response == NULL) {
        trickle_free(t);
    }
    return response;
}

static struct MHD_Response *make_response(const struct http *http, struct answer *answer)
{
    if (answer->fd >= 0) {
        return MHD_create_response_from_fd_at_offset64(answer->fd_bytes, answer->fd,
                                                       answer->fd_from);
    }
    if (answer->slow_ms > 0) {
        return make_trickle(http, answer);
    }
    size_t len = 0;
    char *bytes = buf_take(&answer->body, &len);
    if (bytes == NULL) {
        bytes = calloc(1, 1);
    }
    struct MHD_Response *response =
        MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
    if (response == NULL) {
        free(bytes);
    }
    return response;
}

static enum MHD_Result send_answer(const struct http *http, struct MHD_Connection *connection,
                                   struct answer *answer)
{
    char date[CLOCK_HTTP_DATE_BYTES];
    if (answer->drop) {
        return MHD_NO;
    }
    struct MHD_Response *response = make_response(http, answer);
    if (response == NULL) {
        return MHD_NO;
    }
    answer->fd = -1; /* the response owns it */
    clock_http_date(answer->date, date);
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_DATE, date);
    if (answer->content_type != NULL) {
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer->content_type);
    }
    for (size_t i = 0; i < answer->header_count; i++) {
        (void)MHD_add_response_header(response, answer->headers[i].name, answer->headers[i].value);
    }
    enum MHD_Result queued = MHD_queue_response(connection, answer->status, response);
    MHD_destroy_response(response);
    return queued;
}

static enum MHD_Result serve(const struct http *http, struct MHD_Connection *connection,
                             const char *method, const struct pending *pending)
{
    struct request request = {
        .method = slice_of(method),
        .uri = buf_slice(&pending->uri),
        .host = header_of(connection, MHD_HTTP_HEADER_HOST),
        .authorization = header_of(connection, MHD_HTTP_HEADER_AUTHORIZATION),
        .content_type = header_of(connection, MHD_HTTP_HEADER_CONTENT_TYPE),
        .idempotency_key = header_of(connection, "Idempotency-Key"),
        .body = buf_slice(&pending->body),
        .body_too_large = pending->body_too_large,
        .connection = connection,
    };
    (void)slice_split(request.uri, '?', &request.path, &request.query);
    struct answer answer = {.status = 500, .fd = -1};
    buf_init(&answer.body, HTTP_BODY_BYTES_MAX);
    http->config.serve(http->config.context, &request, &answer);
    enum MHD_Result result = send_answer(http, connection, &answer);
    if (answer.fd >= 0) {
        (void)close(answer.fd);
    }
    buf_deinit(&answer.body);
    return result;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_bytes, void **state)
{
    (void)url;
    (void)version;
    struct http *http = MAGIC_CAST(struct http, HTTP_MAGIC, context);
    if (*state == NULL) {
        return MHD_NO;
    }
    struct pending *pending = MAGIC_CAST(struct pending, PENDING_MAGIC, *state);
    if (!pending->started) {
        pending->started = true;
        return MHD_YES;
    }
    if (*upload_bytes > 0) {
        if (!pending->body_too_large &&
            err_failed(buf_append(&pending->body, slice_from(upload, *upload_bytes)))) {
            pending->body_too_large = true;
        }
        *upload_bytes = 0;
        return MHD_YES;
    }
    return serve(http, connection, method, pending);
}

static void set_no_delay(void *context, struct MHD_Connection *connection, void **socket_context,
                         enum MHD_ConnectionNotificationCode code)
{
    (void)context;
    (void)socket_context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int on = 1;
    if (code == MHD_CONNECTION_NOTIFY_STARTED && info != NULL) {
        (void)setsockopt(info->connect_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
}

static err_t split_address(struct slice listen, char host[HTTP_ADDRESS_BYTES],
                           char port[HTTP_ADDRESS_BYTES], struct why *why)
{
    size_t colon = listen.len;
    while (colon > 0 && listen.ptr[colon - 1] != ':') {
        colon--;
    }
    uint64_t number = 0;
    struct slice name = slice_sub(listen, 0, colon == 0 ? 0 : colon - 1);
    struct slice digits = slice_sub(listen, colon, listen.len);
    if (name.len >= 2 && name.ptr[0] == '[' && name.ptr[name.len - 1] == ']') {
        name = slice_sub(name, 1, name.len - 1);
    }
    if (slice_empty(name) || name.len >= HTTP_ADDRESS_BYTES ||
        err_failed(slice_to_u64(digits, &number)) || number > 65535) {
        why_set(why, "`%.*s` is not HOST:PORT", SLICE_ARG(listen));
        return ERR(USAGE);
    }
    (void)snprintf(host, HTTP_ADDRESS_BYTES, "%.*s", SLICE_ARG(name));
    (void)snprintf(port, HTTP_ADDRESS_BYTES, "%u", (unsigned)number);
    return err_ok();
}

static err_t open_socket(struct slice listen_on, struct why *why, int *ret_fd)
{
    char host[HTTP_ADDRESS_BYTES];
    char port[HTTP_ADDRESS_BYTES];
    TRY(split_address(listen_on, host, port, why));
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    if (getaddrinfo(host, port, &hints, &found) != 0 || found == NULL) {
        why_set(why, "`%s` is not an address of this host", host);
        return ERR(USAGE);
    }
    int on = 1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                 bind(fd, found->ai_addr, found->ai_addrlen) == 0 &&
                 listen(fd, LISTEN_BACKLOG) == 0;
    freeaddrinfo(found);
    if (!bound) {
        why_set(why, "cannot listen on %.*s: %s", SLICE_ARG(listen_on), strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return ERR(UNAVAILABLE);
    }
    *ret_fd = fd;
    return err_ok();
}

static void write_address(int fd, char address[HTTP_ADDRESS_BYTES])
{
    struct sockaddr_storage bound = {0};
    socklen_t bytes = sizeof bound;
    char text[INET6_ADDRSTRLEN] = "";
    CHECK(getsockname(fd, (struct sockaddr *)&bound, &bytes) == 0);
    if (bound.ss_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, &bound, sizeof in6);
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, text, sizeof text);
        (void)snprintf(address, HTTP_ADDRESS_BYTES, "[%s]:%u", text, ntohs(in6.sin6_port));
        return;
    }
    struct sockaddr_in in4;
    memcpy(&in4, &bound, sizeof in4);
    (void)inet_ntop(AF_INET, &in4.sin_addr, text, sizeof text);
    (void)snprintf(address, HTTP_ADDRESS_BYTES, "%s:%u", text, ntohs(in4.sin_port));
}

err_t http_start(const struct http_config *config, struct why *why, struct http **ret_http)
{
    int fd = -1;
    TRY(open_socket(config->listen, why, &fd));
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL) {
        (void)close(fd);
        return ERR(NO_MEMORY);
    }
    http->magic = HTTP_MAGIC;
    http->config = *config;
    write_address(fd, http->address);
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
                     MHD_USE_POLL | MHD_USE_SUPPRESS_DATE_NO_CLOCK;
    http->daemon = MHD_start_daemon(
        flags, 0, NULL, NULL, handle, http, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_URI_LOG_CALLBACK, begin_request, NULL, MHD_OPTION_NOTIFY_COMPLETED, end_request,
        NULL, MHD_OPTION_NOTIFY_CONNECTION, set_no_delay, NULL, MHD_OPTION_UNESCAPE_CALLBACK,
        keep_escapes, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)HTTP_CONNECTIONS_MAX,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_END);
    if (http->daemon == NULL) {
        (void)close(fd);
        free(http);
        why_set(why, "the HTTP server did not start");
        return ERR(UNAVAILABLE);
    }
    *ret_http = http;
    return err_ok();
}

const char *http_address(const struct http *http)
{
    return http->address;
}

void http_stop(struct http *http)
{
    if (http != NULL) {
        MHD_stop_daemon(http->daemon);
        free(http);
    }
}

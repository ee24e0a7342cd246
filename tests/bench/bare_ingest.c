/* bare_ingest — what ingest does, with libmicrohttpd, yajl, protobuf-c and librdkafka alone.
 *
 *     bare_ingest BROKERS TOPIC ACCOUNT SECRET [KEY=VALUE…]
 *
 * Takes a POST, checks its X-API-Key, reads its event (bare_event.h), produces the record with
 * acks=all and idempotence, and answers 200 once it is stored: 503 when it is not. One thread and
 * one epoll for sockets and reports, the way in which these libraries are fastest together.
 * KEY=VALUE are properties of librdkafka. Prints a ready line; SIGTERM ends it. */
#include "base/rng.h"
#include "tests/bench/bare_event.h"
#include "tests/bench/load.h"

#include <librdkafka/rdkafka.h>
#include <microhttpd.h>

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 2048,
    BODY_BYTES_MAX = 1024 * 1024,
    NAME_BYTES = 128,
    TRACE_BYTES = 56,
    TICK_MS = 100,
    FLUSH_MS = 2000,
};

struct request {
    struct request *next;
    struct MHD_Connection *connection;
    unsigned status; /* 0 = none yet */
    bool waits;
    size_t len, room;
    char *body;
};

struct bench {
    struct MHD_Daemon *daemon;
    struct MHD_Response *accepted, *trouble, *refused;
    rd_kafka_t *rk;
    rd_kafka_topic_t *topic;
    struct request *spare;
    const char *secret;
    struct rng rng;
    int wake_fd;
    struct bare_event event;
    unsigned char packed[BARE_EVENT_BYTES];
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* ---- to the log */

static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    (void)rk, (void)opaque;
    struct request *request = message->_private;
    request->status = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? 200 : 503;
    request->waits = false;
    MHD_resume_connection(request->connection);
}

static void trace_make(struct bench *b, char text[TRACE_BYTES])
{
    (void)snprintf(text, TRACE_BYTES, "00-%016llx%016llx-%016llx-01",
                   (unsigned long long)rng_next(&b->rng), (unsigned long long)rng_next(&b->rng),
                   (unsigned long long)rng_next(&b->rng));
}

static bool add_header(rd_kafka_headers_t *headers, const char *name, struct slice value)
{
    return rd_kafka_header_add(headers, name, -1, value.ptr, (ssize_t)value.len) ==
           RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool produce(struct bench *b, struct request *request, size_t len)
{
    const struct bare_event *event = &b->event;
    char source[NAME_BYTES];
    (void)snprintf(source, sizeof source, "%.*s/conversations", SLICE_ARG(event->account));
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    bool all =
        add_header(headers, "ce_specversion", SLICE("1.0")) &&
        add_header(headers, "ce_id", event->id) &&
        add_header(headers, "ce_type", SLICE("conversations.message")) &&
        add_header(headers, "ce_source", slice_of(source)) &&
        add_header(headers, "content-type", SLICE("application/protobuf")) &&
        add_header(headers, "traceparent", event->traceparent) &&
        rd_kafka_producev(b->rk, RD_KAFKA_VTYPE_RKT, b->topic, RD_KAFKA_VTYPE_PARTITION,
                          RD_KAFKA_PARTITION_UA, RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_MSG_F_COPY,
                          RD_KAFKA_VTYPE_KEY, event->key.ptr, event->key.len, RD_KAFKA_VTYPE_VALUE,
                          b->packed, len, RD_KAFKA_VTYPE_HEADERS, headers, RD_KAFKA_VTYPE_OPAQUE,
                          request, RD_KAFKA_VTYPE_END) == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (!all) {
        rd_kafka_headers_destroy(headers);
    }
    return all;
}

/* ---- from the sockets */

/* In the same time whatever it is. */
static bool is_secret(const struct bench *b, const char *given)
{
    size_t len = strlen(b->secret);
    unsigned char differs = given == NULL || strlen(given) != len ? 1 : 0;
    for (size_t i = 0; differs == 0 && i < len; i++) {
        differs |= (unsigned char)((unsigned char)b->secret[i] ^ (unsigned char)given[i]);
    }
    return differs == 0;
}

static struct request *request_new(struct bench *b, struct MHD_Connection *connection)
{
    struct request *request = b->spare;
    if (request != NULL) {
        b->spare = request->next;
    } else {
        request = calloc(1, sizeof *request);
        if (request == NULL) {
            load_fail("no memory");
        }
    }
    request->connection = connection;
    request->status = 0;
    request->len = 0;
    return request;
}

static bool request_append(struct request *request, const char *data, size_t len)
{
    if (len > BODY_BYTES_MAX - request->len) {
        return false;
    }
    if (request->len + len > request->room) {
        size_t room = 2 * (request->len + len);
        char *body = realloc(request->body, room);
        if (body == NULL) {
            load_fail("no memory");
        }
        request->body = body;
        request->room = room;
    }
    memcpy(request->body + request->len, data, len);
    request->len += len;
    return true;
}

static void take_in(struct bench *b, struct request *request)
{
    char trace[TRACE_BYTES];
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    trace_make(b, trace);
    b->event.traceparent = slice_of(trace);
    b->event.accepted_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    if (!bare_event_read(&b->event, slice_from(request->body, request->len))) {
        request->status = 503;
        return;
    }
    size_t len = bare_event_pack(&b->event, b->packed);
    MHD_suspend_connection(request->connection);
    request->waits = true;
    if (len == 0 || !produce(b, request, len)) {
        request->status = 503;
        request->waits = false;
        MHD_resume_connection(request->connection);
    }
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **request_at)
{
    (void)url, (void)version;
    struct bench *b = context;
    struct request *request = *request_at;
    if (request == NULL) {
        const char *given = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-API-Key");
        *request_at = request = request_new(b, connection);
        if (strcmp(method, "POST") != 0 || !is_secret(b, given)) {
            request->status = 401;
        }
        return MHD_YES;
    }
    if (*size > 0) {
        if (!request_append(request, data, *size)) {
            return MHD_NO;
        }
        *size = 0;
        return MHD_YES;
    }
    if (request->status == 0) {
        take_in(b, request);
        return MHD_YES;
    }
    struct MHD_Response *response = request->status == 200   ? b->accepted
                                    : request->status == 401 ? b->refused
                                                             : b->trouble;
    return MHD_queue_response(connection, request->status, response);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request_at,
                         enum MHD_RequestTerminationCode code)
{
    (void)connection, (void)code;
    struct bench *b = context;
    struct request *request = *request_at;
    if (request != NULL) {
        request->next = b->spare;
        b->spare = request;
        *request_at = NULL;
    }
}

/* ---- opening, running */

static void set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char text[512];
    if (rd_kafka_conf_set(conf, key, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
        load_fail("%s", text);
    }
}

static void open_producer(struct bench *b, const char *brokers, const char *topic, int count,
                          char **properties)
{
    static const uint64_t one = 1;
    char text[512];
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "enable.idempotence", "true");
    set(conf, "acks", "all");
    set(conf, "linger.ms", "0");
    set(conf, "partitioner", "murmur2_random");
    set(conf, "message.timeout.ms", "1800");
    set(conf, "socket.nagle.disable", "true");
    for (int i = 0; i < count; i++) {
        char *equals = strchr(properties[i], '=');
        if (equals == NULL) {
            load_fail("`%s` is no KEY=VALUE", properties[i]);
        }
        *equals = '\0';
        set(conf, properties[i], equals + 1);
    }
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    b->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
    if (b->rk == NULL) {
        load_fail("%s", text);
    }
    b->topic = rd_kafka_topic_new(b->rk, topic, NULL);
    b->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (b->wake_fd < 0 || rd_kafka_metadata(b->rk, 0, b->topic, &metadata, FLUSH_MS) != 0) {
        load_fail("%s is not there", topic);
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_main(b->rk);
    rd_kafka_queue_io_event_enable(queue, b->wake_fd, &one, sizeof one);
    rd_kafka_queue_destroy(queue);
}

static struct MHD_Response *response_of(char *body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(strlen(body), body, MHD_RESPMEM_PERSISTENT);
    if (response == NULL ||
        MHD_add_response_header(response, "Content-Type", "application/json") != MHD_YES) {
        load_fail("no memory");
    }
    return response;
}

static void open_daemon(struct bench *b)
{
    static char accepted[] = "{\"accepted\":1}", trouble[] = "{\"status\":503}",
                refused[] = "{\"status\":401}";
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    b->accepted = response_of(accepted);
    b->trouble = response_of(trouble);
    b->refused = response_of(refused);
    b->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, b,
        MHD_OPTION_SOCK_ADDR, (const struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)CONNECTIONS_MAX, MHD_OPTION_NOTIFY_COMPLETED, on_completed, b,
        MHD_OPTION_LISTEN_BACKLOG_SIZE, (unsigned)CONNECTIONS_MAX, MHD_OPTION_END);
    if (b->daemon == NULL) {
        load_fail("no server: %s", strerror(errno));
    }
}

static void watch(int epoll, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        load_fail("epoll: %s", strerror(errno));
    }
}

static void run(struct bench *b)
{
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, b->wake_fd);
    watch(epoll, MHD_get_daemon_info(b->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd);
    while (!stop) {
        MHD_UNSIGNED_LONG_LONG left = 0;
        bool due = MHD_get_timeout(b->daemon, &left) == MHD_YES && left < TICK_MS;
        struct epoll_event events[2];
        (void)epoll_wait(epoll, events, 2, due ? (int)left : TICK_MS);
        uint64_t woken = 0;
        ssize_t got = read(b->wake_fd, &woken, sizeof woken);
        if (got > 0 || due) {
            (void)rd_kafka_poll(b->rk, 0);
        }
        (void)MHD_run(b->daemon);
    }
    (void)close(epoll);
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        load_fail("usage: bare_ingest BROKERS TOPIC ACCOUNT SECRET [KEY=VALUE…]");
    }
    struct bench *b = calloc(1, sizeof *b);
    if (b == NULL) {
        load_fail("no memory");
    }
    b->event.account = slice_of(argv[3]);
    b->secret = argv[4];
    rng_seed(&b->rng, (uint64_t)load_now_ns());
    open_producer(b, argv[1], argv[2], argc - 5, argv + 5);
    open_daemon(b);
    struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGTERM, &action, NULL);
    (void)printf("{\"ready\":true,\"program\":\"bare_ingest\",\"listen\":\"127.0.0.1:%u\"}\n",
                 MHD_get_daemon_info(b->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    (void)fflush(stdout);
    run(b);
    return 0; /* what is under way is nobody's: a benchmark is over */
}

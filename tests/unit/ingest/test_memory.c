/* The n-th allocation fails, every n, in all that stands between a socket and the log: the caller
 * hears 503 or nothing, never 200 for what was not handed over whole, and the next one is served.
 */
#include "base/limits.h"
#include "ingest/http.h"
#include "tests/support/clock_double.h"
#include "tests/support/failing_heap.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/fixture.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PRODUCED_MAX = 64, HEARD_MAX = 4, REQUEST_BYTES_MAX = 256 * 1024, FAILURES_MAX = 500 };

/* A configuration that stands, and of which one is sure. */
struct config_live {
    const struct config_set *set;
};

const struct config_set *config_live_set(const struct config_live *c)
{
    return c->set;
}

bool config_live_sure(struct config_live *c)
{
    return c->set != NULL;
}

bool config_live_moved(const struct config_live *c)
{
    return c->set == NULL;
}

struct signing_secrets config_live_signing(struct config_live *c, struct auth_boxes boxes,
                                           struct slice owner)
{
    (void)c;
    (void)boxes;
    (void)owner;
    return (struct signing_secrets){.count = 0};
}

/* A log that takes all, and says so when the door has had its turn. */
struct world {
    struct clock_double clock;
    struct proxies proxies;
    struct config_live config;
    struct config_log *records;
    struct log *log;
    struct metrics *metrics;
    struct serve *serve;
    struct http *http;
    struct bus_handler handler;
    uint64_t cookies[PRODUCED_MAX];
    size_t produced;
    size_t reported;
};

static err_t produce(void *self, const struct bus_message *message)
{
    struct world *w = self;
    EXPECT("few records", w->produced < PRODUCED_MAX);
    w->cookies[w->produced++] = message->cookie;
    return err_ok();
}

static int32_t always_first(struct slice key, int32_t partitions)
{
    (void)key;
    (void)partitions;
    return 0;
}

static const struct bus_ops ops = {.produce = produce};

static void open_world(struct world *w)
{
    struct why why = {{0}};
    *w = (struct world){0};
    clock_double_init(&w->clock);
    w->config.set = fixture_set(&w->records);
    w->log = log_new("ingest", LOG_FORMAT_JSON, LOG_ERROR);
    w->metrics = metrics_new();
    struct serve_parts parts = {
        .config = &w->config,
        .log = w->log,
        .metrics = w->metrics,
        .clock = clock_double_port(&w->clock),
        .wake = http_wake,
    };
    EXPECT_OK("serve", serve_new(&parts, &w->serve));
    w->handler = publisher_handler(serve_publisher(w->serve));
    EXPECT_OK("a bus", publisher_set_bus(serve_publisher(w->serve), (struct bus){&ops, w},
                                         (struct publish_places){1, always_first}));
    EXPECT_OK("http", http_new("127.0.0.1", 0, &w->proxies, w->serve, clock_double_port(&w->clock),
                               &why, &w->http));
}

static void close_world(struct world *w)
{
    http_free(w->http);
    serve_free(w->serve);
    metrics_free(w->metrics);
    log_free(w->log);
    config_log_free(w->records);
}

/* Rounds of the loop: what was produced is confirmed in the next one. */
static void go(struct world *w)
{
    for (unsigned i = 0; i < 6; i++) {
        http_run(w->http);
        size_t end = w->produced;
        while (w->reported < end) {
            w->handler.on_delivery(w->handler.loop, w->cookies[w->reported++], err_ok(), 0, 1);
        }
    }
}

static int client(const struct world *w)
{
    uint64_t port = 0;
    struct slice text = slice_of(http_address(w->http));
    EXPECT_OK("a port", slice_to_u64(slice_sub(text, slice_find(text, ':') + 1, text.len), &port));
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(0x7F000001U)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT("connected", fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    EXPECT("open", fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
    return fd;
}

/* Sends as much as is taken while the door has its turns. */
static void say(struct world *w, int fd, struct slice bytes)
{
    size_t at = 0;
    for (unsigned i = 0; i < 1000 && at < bytes.len; i++) {
        ssize_t sent = send(fd, bytes.ptr + at, bytes.len - at, MSG_NOSIGNAL);
        at += sent > 0 ? (size_t)sent : 0;
        go(w);
    }
    go(w);
}

struct heard {
    unsigned status[HEARD_MAX];
    size_t count;
    bool ended;
};

static struct heard hear(int fd)
{
    static char bytes[64 * 1024];
    struct heard heard = {.count = 0};
    size_t len = 0;
    ssize_t got = 0;
    while (len < sizeof bytes - 1 && (got = recv(fd, bytes + len, sizeof bytes - 1 - len, 0)) > 0) {
        len += (size_t)got;
    }
    bytes[len] = '\0';
    for (const char *p = bytes; (p = strstr(p, "HTTP/1.1 ")) != NULL; p += 9) {
        EXPECT("few answers", heard.count < HEARD_MAX);
        uint64_t status = 0;
        EXPECT_OK("a status", slice_to_u64(slice_from(p + 9, 3), &status));
        heard.status[heard.count++] = (unsigned)status;
    }
    heard.ended = got == 0 || (got < 0 && errno == ECONNRESET);
    return heard;
}

#define HOOK "POST /api/v1/connectors/maple/webhook HTTP/1.1\r\nHost: x\r\nX-API-Key: hook-new\r\n"
#define TICKETS                                                                                    \
    "POST /api/v1/stores/bikes/tickets HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer bikes-1\r\n"
#define EVENTS                                                                                     \
    "POST /api/v1/stores/bikes/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer bikes-1\r\n"
#define NOBODY "POST /api/v1/connectors/maple/webhook HTTP/1.1\r\nHost: x\r\nX-API-Key: no\r\n"
#define NOTHING "GET /nothing HTTP/1.1\r\nHost: x\r\n"
#define END "{\"type\":\"end\",\"conversation\":\"maple/messaging/7b01\"}"

/* What is said twice on one connection, one request behind the other. */
static const struct {
    const char *why;
    const char *head;
    const char *file; /* of data/; NULL = `body` */
    const char *body;
    unsigned status;
    size_t records;
    bool chunked;
    size_t padding; /* blanks behind the body */
} rows[] = {
    {"a message", HOOK, "conversations/message_text", NULL, 200, 1, false, 0},
    {"a batch", HOOK, "conversations/batch_three", NULL, 200, 3, false, 0},
    {"a batch, part of it dead", HOOK, "conversations/batch_mixed", NULL, 200, 5, false, 0},
    {"no JSON of Zendesk's: dead", HOOK, NULL, "garbage", 200, 1, false, 0},
    {"an empty batch", HOOK, NULL, "{\"events\":[]}", 200, 0, false, 0},
    {"a ticket", TICKETS, "tickets/created", NULL, 200, 1, false, 0},
    {"the platform's", EVENTS, NULL, END, 200, 1, false, 0},
    {"in chunks", EVENTS, NULL, END, 200, 1, true, 0},
    {"a large one", EVENTS, NULL, END, 200, 1, false, 100 * 1000},
    {"what the platform garbled", EVENTS, NULL, "{", 400, 0, false, 0},
    {"a stranger", NOBODY, NULL, "{}", 401, 0, false, 0},
    {"nothing there", NOTHING, NULL, "", 404, 0, false, 0},
    {"no request", "GARBAGE\n", NULL, "", 400, 0, false, 0},
};

/* The bytes of a row's request; valid until the next call. */
static struct slice request_of(size_t row)
{
    static char bytes[REQUEST_BYTES_MAX];
    struct slice body =
        rows[row].file == NULL ? slice_of(rows[row].body) : fixture_file(rows[row].file);
    size_t all = body.len + rows[row].padding;
    int head =
        rows[row].chunked
            ? snprintf(bytes, sizeof bytes, "%sTransfer-Encoding: chunked\r\n\r\n%zx\r\n",
                       rows[row].head, all)
            : snprintf(bytes, sizeof bytes, "%sContent-Length: %zu\r\n\r\n", rows[row].head, all);
    size_t len = (size_t)head;
    EXPECT(rows[row].why, len + all + 16 < sizeof bytes);
    memcpy(bytes + len, body.ptr, body.len);
    memset(bytes + len + body.len, ' ', rows[row].padding);
    len += all;
    if (rows[row].chunked) {
        memcpy(bytes + len, "\r\n0\r\n\r\n", 7);
        len += 7;
    }
    return slice_from(bytes, len);
}

/* How those ended that met a failure, of all rows. */
static size_t sent_away;
static size_t let_go;

/* Every answer is the right one or 503, and 200 only for what the log has whole. */
static void judge(size_t row, unsigned n, struct heard heard, size_t stored, bool failed)
{
    char why[128];
    (void)snprintf(why, sizeof why, "%s, allocation %u", rows[row].why, n);
    size_t good = 0;
    for (size_t i = 0; i < heard.count; i++) {
        EXPECT(why, heard.status[i] == rows[row].status || (failed && heard.status[i] == 503));
        good += heard.status[i] == 200 ? 1 : 0;
        sent_away += heard.status[i] == 503 ? 1 : 0;
    }
    let_go += heard.count == 0 ? 1 : 0;
    EXPECT(why, stored >= good * rows[row].records);
    EXPECT(why, heard.count > 0 || (failed && heard.ended));
}

/* One connection with the n-th allocation failing, another one without. True: n was beyond the
 * last. */
static bool fails_at(size_t row, unsigned n)
{
    struct world w;
    open_world(&w);
    struct slice request = request_of(row);
    failing_heap_arm(n);
    int fd = client(&w);
    say(&w, fd, request);
    say(&w, fd, request);
    bool failed = failing_heap_disarm() != 0;
    judge(row, n, hear(fd), w.reported, failed);
    EXPECT(rows[row].why, publisher_waiting(serve_publisher(w.serve)) == 0);
    size_t stored = w.reported;
    int next = client(&w);
    say(&w, next, request);
    struct heard heard = hear(next);
    EXPECT(rows[row].why, heard.count == 1 && heard.status[0] == rows[row].status);
    EXPECT(rows[row].why, w.reported - stored == rows[row].records);
    (void)close(fd);
    (void)close(next);
    go(&w);
    EXPECT("nothing is left under way", http_requests(w.http) == 0);
    close_world(&w);
    return failed;
}

static void every_allocation_of_a_request(void **state)
{
    (void)state;
    for (size_t row = 0; row < COUNT_OF(rows); row++) {
        unsigned n = 1;
        while (fails_at(row, n)) {
            n++;
            EXPECT(rows[row].why, n < FAILURES_MAX);
        }
        EXPECT(rows[row].why, n > 1); /* else nothing was tried */
        print_message("%s: %u allocations\n", rows[row].why, n - 1);
    }
    print_message("%zu sent away, %zu let go without a word\n", sent_away, let_go);
    EXPECT("both were seen", sent_away > 0 && let_go > 0);
}

static void every_allocation_of_the_start(void **state)
{
    (void)state;
    struct world w;
    open_world(&w);
    bool failed = true;
    for (unsigned n = 1; failed; n++) {
        struct why why = {{0}};
        struct http *http = NULL;
        failing_heap_arm(n);
        err_t error =
            http_new("127.0.0.1", 0, &w.proxies, w.serve, clock_double_port(&w.clock), &why, &http);
        failed = failing_heap_disarm() != 0;
        EXPECT_CODE("no server, or a whole one", error, failed ? ERR_NO_MEMORY : ERR_OK);
        EXPECT("nothing half made", failed == (http == NULL));
        http_free(http);
    }
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_of_a_request),
        cmocka_unit_test(every_allocation_of_the_start),
    };
    return cmocka_run_group_tests_name("ingest/memory", tests, NULL, NULL);
}

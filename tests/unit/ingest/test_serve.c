/* serve.c: what a request leaves behind besides its answer. Counts what is in the log, and knows
 * whether a webhook was turned away that its sender may bring no second time. */
#include "ingest/serve.h"
#include "tests/support/clock_double.h"
#include "tests/support/unit.h"
#include "tests/unit/ingest/fixture.h"

enum { PRODUCED_MAX = 16, RENDERED_MAX = 64 * 1024 };

struct config_live {
    const struct config_set *set;
    bool unsure;
    bool moved;
};

const struct config_set *config_live_set(const struct config_live *c)
{
    return c->set;
}

bool config_live_sure(struct config_live *c)
{
    return !c->unsure;
}

bool config_live_moved(const struct config_live *c)
{
    return c->moved;
}

struct signing_secrets config_live_signing(struct config_live *c, struct auth_boxes boxes,
                                           struct slice owner)
{
    (void)c;
    (void)boxes;
    (void)owner;
    return (struct signing_secrets){.count = 0};
}

struct world {
    struct clock_double clock;
    struct config_live config;
    struct config_log *records;
    struct log *log;
    struct metrics *metrics;
    struct serve *serve;
    struct bus_handler handler;
    uint64_t cookies[PRODUCED_MAX];
    size_t produced;
    err_t produce_fails;
};

static err_t produce(void *self, const struct bus_message *message)
{
    struct world *w = self;
    TRY(w->produce_fails);
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

static void wake(void *transport)
{
    (void)transport;
}

static void open_world(struct world *w)
{
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
        .wake = wake,
    };
    EXPECT_OK("serve", serve_new(&parts, &w->serve));
    w->handler = publisher_handler(serve_publisher(w->serve));
    EXPECT_OK("a bus", publisher_set_bus(serve_publisher(w->serve), (struct bus){&ops, w},
                                         (struct publish_places){1, always_first}));
}

static void close_world(struct world *w)
{
    serve_free(w->serve);
    metrics_free(w->metrics);
    log_free(w->log);
    config_log_free(w->records);
}

#define HOOK "/api/v1/connectors/maple/webhook"
#define EVENTS "/api/v1/stores/bikes/events"
#define TWO                                                                                        \
    "{\"events\":[{\"id\":\"1\",\"type\":\"user:new\"},{\"id\":\"2\",\"type\":\"user:new\"},7]}"

struct request {
    const char *target;
    const char *key;
    const char *body;
};

/* Until it is parked or answered. */
static void bring(struct world *w, struct exchange *x, const struct request *r)
{
    char bearer[64];
    (void)snprintf(bearer, sizeof bearer, "Bearer %s", r->key);
    const struct head_field fields[] = {
        {SLICE("X-API-Key"), slice_of(r->key)},
        {SLICE("Authorization"), slice_of(bearer)},
    };
    const struct head head = {
        .method = SLICE("POST"),
        .target = slice_of(r->target),
        .fields = fields,
        .field_count = COUNT_OF(fields),
        .length = slice_of(r->body).len,
    };
    serve_begin(w->serve, x, &head);
    if (x->state == EXCHANGE_READING || x->state == EXCHANGE_DISCARDING) {
        EXPECT("few bytes", serve_take(w->serve, x, slice_of(r->body)));
    }
    serve_finish(w->serve, x, &head);
}

static void report(struct world *w, err_t result)
{
    for (size_t i = 0; i < w->produced; i++) {
        w->handler.on_delivery(w->handler.loop, w->cookies[i], result, 0, 1);
    }
    w->produced = 0;
}

static void expect_metric(const struct world *w, const char *why, const char *line, bool there)
{
    CLEANUP(buf) struct buf text = {0};
    buf_init(&text, RENDERED_MAX);
    EXPECT_OK(why, metrics_render(w->metrics, &text));
    if ((strstr(buf_text(&text), line) != NULL) != there) {
        fail_msg("%s: %s in %s", why, line, buf_text(&text));
    }
}

static void counts_what_the_log_confirmed(void **state)
{
    (void)state;
    static const char events[] =
        "tieline_events_total{type=\"conversations.other\",source=\"conversations\"} 2";
    static const char dead[] = "tieline_dead_total{stage=\"ingest\",class=\"poison\"} 1";
    struct world w;
    open_world(&w);
    const struct request request = {HOOK, "hook-new", TWO};
    for (unsigned good = 0; good < 2; good++) {
        struct exchange x = {0};
        bring(&w, &x, &request);
        EXPECT("waits for the log", x.state == EXCHANGE_PARKED && w.produced == 3);
        expect_metric(&w, "not before it is in the log", events, false);
        report(&w, good == 1 ? err_ok() : ERR(TIMEOUT));
        EXPECT("answered", x.answer.status == (good == 1 ? 200 : 503));
        expect_metric(&w, "events, when they are", events, good == 1);
        expect_metric(&w, "dead letters, too", dead, good == 1);
        serve_end(w.serve, &x);
    }
    close_world(&w);
}

static const struct {
    const char *why;
    struct request request;
    err_t fails; /* handing a record over */
    unsigned status;
    bool no_config;
    bool unsure;
    bool crowded;
    bool counts;
} doors[] = {
    {"taken in", {HOOK, "hook-new", TWO}, {0}, 200, false, false, false, false},
    {"a full queue", {HOOK, "hook-new", TWO}, {ERR_QUEUE_FULL, ""}, 503, false, false, false, true},
    {"no broker", {HOOK, "hook-new", TWO}, {ERR_UNAVAILABLE, ""}, 503, false, false, false, true},
    {"no configuration", {HOOK, "hook-new", TWO}, {0}, 503, true, false, false, true},
    {"a stranger", {HOOK, "no", TWO}, {0}, 401, false, false, false, false},
    {"perhaps a stranger", {HOOK, "no", TWO}, {0}, 503, false, true, false, true},
    {"a crowd of ours", {HOOK, "hook-new", TWO}, {0}, 503, false, false, true, true},
    {"a crowd of strangers", {HOOK, "no", TWO}, {0}, 503, false, false, true, false},
    {"a crowd at no door", {"/nothing", "no", TWO}, {0}, 503, false, false, true, false},
    {"the platform comes again", {EVENTS, "bikes-1", "{}"}, {0}, 503, true, false, false, false},
};

static void knows_that_a_webhook_was_turned_away(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(doors); i++) {
        struct world w;
        open_world(&w);
        w.config.set = doors[i].no_config ? NULL : w.config.set;
        w.config.unsure = doors[i].unsure;
        w.produce_fails = doors[i].fails;
        struct exchange x = {.crowded = doors[i].crowded};
        bring(&w, &x, &doors[i].request);
        report(&w, err_ok());
        EXPECT(doors[i].why, x.answer.status == doors[i].status);
        serve_end(w.serve, &x);
        EXPECT(doors[i].why, serve_turned_away(w.serve) == doors[i].counts);
        EXPECT("told once", !serve_turned_away(w.serve));
        close_world(&w);
    }
}

/* What came in at the old place would never be decided. */
static void a_deployment_that_was_moved_takes_nothing_in(void **state)
{
    (void)state;
    struct world w;
    const struct request request = {EVENTS, "bikes-1", "{\"type\":\"end\",\"chat\":\"1\"}"};
    open_world(&w);
    w.config.moved = true;
    struct exchange x = {0};
    bring(&w, &x, &request);
    EXPECT("come again, elsewhere", x.answer.status == 503 && w.produced == 0);
    serve_end(w.serve, &x);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_what_the_log_confirmed),
        cmocka_unit_test(knows_that_a_webhook_was_turned_away),
        cmocka_unit_test(a_deployment_that_was_moved_takes_nothing_in),
    };
    return cmocka_run_group_tests_name("ingest/serve", tests, NULL, NULL);
}

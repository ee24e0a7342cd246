/* Calls that do not come back, or not in time: a coordinator is away, the rest is there. Two
 * brokers of librdkafka's mock cluster, one of them with a coordinator alone. */
#include "kafka/client.h"
#include "kafka/startup.h"
#include "rt/stop.h"
#include "tests/integration/kafka_world.h"
#include "tests/support/unit.h"

#include <librdkafka/rdkafka_mock.h>

#include <pthread.h>
#include <string.h>

enum { BROKER_OF_ALL = 1, BROKER_APART = 2, LEFT_BEHIND_MAX = 3 };

struct pair {
    struct client *client;
    rd_kafka_mock_cluster_t *cluster;
    struct kafka_options options;
};

/* apart  the coordinator on the second broker: "group" or "transaction" */
static void pair_open(struct pair *p, const char *apart)
{
    bool is_group = strcmp(apart, "group") == 0;
    static const struct kafka_property none[] = {{NULL, NULL}};
    struct why why = {0};
    /* A long session: who is no member any more does not get as far as to the calls. */
    p->options = (struct kafka_options){.brokers = "",
                                        .prefix = "s.",
                                        .program = "processor",
                                        .instance = "0",
                                        .session_timeout = span_s(120)};
    EXPECT_OK("client",
              client_new(&p->options, RD_KAFKA_PRODUCER, none, NULL, NULL, &why, &p->client));
    p->cluster = rd_kafka_mock_cluster_new(client_handle(p->client), 2);
    for (int t = 0; t < TOPIC_COUNT; t++) {
        char name[CLIENT_TOPIC_NAME_BYTES];
        EXPECT("name", cluster_topic_name(&p->options, (enum topic)t, name, sizeof name));
        EXPECT("topic", rd_kafka_mock_topic_create(p->cluster, name, 1, 1) == 0);
        EXPECT("leader",
               rd_kafka_mock_partition_set_leader(p->cluster, name, 0, BROKER_OF_ALL) == 0);
    }
    (void)rd_kafka_mock_coordinator_set(p->cluster, "transaction", "s.processor-0",
                                        is_group ? BROKER_OF_ALL : BROKER_APART);
    (void)rd_kafka_mock_coordinator_set(p->cluster, "group", "s.processor",
                                        is_group ? BROKER_APART : BROKER_OF_ALL);
    p->options.brokers = rd_kafka_mock_cluster_bootstraps(p->cluster);
}

static void pair_close(struct pair *p)
{
    rd_kafka_mock_cluster_destroy(p->cluster);
    client_free(p->client, 5000);
}

/* Begins a transaction whose commit does not come back. */
static void stuck(struct loop *loop)
{
    const struct bus_offset next = {0, 1, {NULL, 0}};
    EXPECT_OK("begin", bus_begin(&loop->bus));
    loop_produce(loop, TOPIC_COMMANDS, 0, "x", 0);
    int64_t since = world_now_ms();
    err_t err = bus_commit(&loop->bus, &next, 1);
    int64_t took = world_now_ms() - since;
    print_message("%s after %lld ms\n", err_name(err), (long long)took);
    EXPECT_CODE("not known", err, ERR_TXN_UNKNOWN);
    EXPECT("bounded", took < 15000);
    EXPECT_CODE("dead", bus_begin(&loop->bus), ERR_TXN_UNKNOWN);
    EXPECT_CODE("dead", bus_abort(&loop->bus), ERR_TXN_UNKNOWN);
}

static void a_call_that_does_not_come_back_is_left_behind(void **state)
{
    (void)state;
    struct pair p = {0};
    struct loop loop;
    pair_open(&p, "group");
    struct log *log = log_new("test", LOG_FORMAT_TEXT, LOG_ERROR);
    loop_open(&loop, &p.options, BUS_TRANSACTIONS, TOPIC_EVENTS, log);
    loop.start_at_committed = true;
    EXPECT("assigned", loop_until(&loop, &loop.assigned_count, 1, 20000));
    (void)rd_kafka_mock_broker_set_down(p.cluster, BROKER_APART);
    stuck(&loop);
    for (int i = 1; i < LEFT_BEHIND_MAX; i++) {
        /* A new handle first ends what is pending in the group, which takes the coordinator too. */
        EXPECT_CODE("no use yet", bus_renew(&loop.bus), ERR_UNAVAILABLE);
    }
    /* There is an end to handles, and it is weather: nobody dies of a coordinator that is away. */
    int64_t since = world_now_ms();
    EXPECT_CODE("not another", bus_renew(&loop.bus), ERR_UNAVAILABLE);
    EXPECT("after some patience", world_now_ms() - since > 3000 && world_now_ms() - since < 8000);
    EXPECT_CODE("nothing before that", bus_begin(&loop.bus), ERR_TXN_UNKNOWN);
    (void)rd_kafka_mock_broker_set_up(p.cluster, BROKER_APART);
    /* The calls come back, and take their handles with them. */
    int64_t until = world_now_ms() + 20000;
    err_t renewed = bus_renew(&loop.bus);
    while (err_failed(renewed) && world_now_ms() < until) {
        renewed = bus_renew(&loop.bus);
    }
    EXPECT_OK("a new one", renewed);
    loop_for(&loop, 1000);
    EXPECT_OK("begin", bus_begin(&loop.bus));
    loop_produce(&loop, TOPIC_COMMANDS, 0, "y", 0);
    EXPECT_OK("commit", bus_commit(&loop.bus, NULL, 0));
    since = world_now_ms();
    loop_close(&loop);
    EXPECT("closing is bounded", world_now_ms() - since < 7000);
    pair_close(&p);
    log_free(log);
}

/* librdkafka repeats a request that got no answer, and then the call ends well. But a broker that
 * was only slow would take the first copy for a part of the next transaction. */
static void a_repeated_request_ends_the_handle_row(const char *why, int16_t api,
                                                   rd_kafka_resp_err_t fault, enum err_code wanted)
{
    struct pair p = {0};
    struct loop loop;
    pair_open(&p, "group");
    struct log *log = log_new("test", LOG_FORMAT_TEXT, LOG_ERROR);
    loop_open(&loop, &p.options, BUS_TRANSACTIONS, TOPIC_EVENTS, log);
    loop.start_at_committed = true;
    EXPECT(why, loop_until(&loop, &loop.assigned_count, 1, 20000));
    EXPECT_OK(why, bus_begin(&loop.bus));
    loop_produce(&loop, TOPIC_COMMANDS, 0, "x", 0);
    rd_kafka_mock_push_request_errors(p.cluster, api, 1, fault);
    const struct bus_offset next = {0, 1, {NULL, 0}};
    EXPECT_OK(why, bus_commit(&loop.bus, &next, 1));
    EXPECT_CODE(why, bus_begin(&loop.bus), wanted);
    if (wanted == ERR_OK) {
        EXPECT_OK(why, bus_abort(&loop.bus));
    } else {
        EXPECT_OK(why, bus_renew(&loop.bus));
    }
    EXPECT_OK(why, bus_begin(&loop.bus));
    loop_produce(&loop, TOPIC_COMMANDS, 0, "y", 0);
    EXPECT_OK(why, bus_commit(&loop.bus, &next, 1));
    EXPECT_OK(why, bus_begin(&loop.bus));
    EXPECT_OK(why, bus_abort(&loop.bus));
    loop_close(&loop);
    pair_close(&p);
    log_free(log);
}

static void a_repeated_request_ends_the_handle(void **state)
{
    (void)state;
    static const struct {
        const char *why;
        int16_t api;
        rd_kafka_resp_err_t fault;
        enum err_code begins;
    } rows[] = {
        {"the end, never answered", 26, RD_KAFKA_RESP_ERR__TRANSPORT, ERR_TXN_UNKNOWN},
        {"offsets, never answered", 28, RD_KAFKA_RESP_ERR__TRANSPORT, ERR_TXN_UNKNOWN},
        {"the group, never answered", 25, RD_KAFKA_RESP_ERR__TRANSPORT, ERR_TXN_UNKNOWN},
        {"refused and repeated is known", 26, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
         ERR_OK},
        {"offsets, the same", 28, RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, ERR_OK},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        a_repeated_request_ends_the_handle_row(rows[i].why, rows[i].api, rows[i].fault,
                                               rows[i].begins);
    }
}

/* Who waits for a report waits for ever if it is lost with the handle. */
static void a_handle_that_is_replaced_reports_everything(void **state)
{
    (void)state;
    enum { RECORDS = WORLD_NOTES_MAX };
    struct pair p = {0};
    struct loop loop;
    pair_open(&p, "group");
    struct log *log = log_new("test", LOG_FORMAT_TEXT, LOG_ERROR);
    loop_open(&loop, &p.options, BUS_PRODUCER, TOPIC_EVENTS, log);
    (void)rd_kafka_mock_broker_set_down(p.cluster, BROKER_OF_ALL);
    for (uint64_t i = 1; i <= RECORDS; i++) {
        loop_produce(&loop, TOPIC_EVENTS, 0, "x", i);
    }
    err_t renewed = bus_renew(&loop.bus); /* the other broker may not have answered yet */
    EXPECT("another", !err_failed(renewed) || err_is(renewed, ERR_UNAVAILABLE));
    EXPECT("each is reported", loop_until(&loop, &loop.delivered_count, RECORDS, 1000));
    for (size_t i = 0; i < RECORDS; i++) {
        EXPECT_CODE("it may be stored", loop.delivered[i].result, ERR_UNAVAILABLE);
    }
    loop_close(&loop);
    pair_close(&p);
    log_free(log);
}

static void *bring_back(void *cluster)
{
    world_pause(7000);
    (void)rd_kafka_mock_broker_set_up(cluster, BROKER_OF_ALL);
    (void)rd_kafka_mock_broker_set_up(cluster, BROKER_APART);
    return NULL;
}

/* The topics were there a moment ago: who starts waits for them again. */
static void brokers_that_leave_during_a_start_are_awaited(void **state)
{
    (void)state;
    struct pair p = {0};
    pair_open(&p, "group");
    (void)rd_kafka_mock_broker_set_down(p.cluster, BROKER_OF_ALL);
    (void)rd_kafka_mock_broker_set_down(p.cluster, BROKER_APART);
    struct log *log = log_new("test", LOG_FORMAT_TEXT, LOG_ERROR);
    const struct bus_handler handler = {0}; /* never called: nothing is written */
    struct startup startup = {.kafka = p.options};
    struct bus_kafka *bus = NULL;
    struct why why = {0};
    pthread_t thread;
    EXPECT("thread", pthread_create(&thread, NULL, bring_back, p.cluster) == 0);
    EXPECT_OK("made in the end",
              startup_bus(&startup, BUS_PRODUCER, TOPIC_EVENTS, &handler, log, &why, &bus));
    EXPECT("thread", pthread_join(thread, NULL) == 0);
    bus_kafka_free(bus);
    pair_close(&p);
    log_free(log);
}

static void *ask_to_stop(void *arg)
{
    (void)arg;
    world_pause(1500);
    (void)kill(getpid(), SIGTERM);
    return NULL;
}

/* The last: a stop is asked for once in a process. */
static void the_wait_for_transactions_ends_with_sigterm(void **state)
{
    (void)state;
    struct pair p = {0};
    pair_open(&p, "transaction");
    (void)rd_kafka_mock_broker_set_down(p.cluster, BROKER_APART);
    struct log *log = log_new("test", LOG_FORMAT_TEXT, LOG_ERROR);
    const struct bus_handler handler = {0}; /* never called: it is never made */
    struct bus_kafka *bus = NULL;
    struct why why = {0};
    pthread_t thread;
    stop_install();
    EXPECT("thread", pthread_create(&thread, NULL, ask_to_stop, NULL) == 0);
    int64_t since = world_now_ms();
    EXPECT_CODE(
        "not ready",
        bus_kafka_new(&p.options, BUS_TRANSACTIONS, TOPIC_EVENTS, &handler, log, &why, &bus),
        ERR_UNAVAILABLE);
    int64_t took = world_now_ms() - since;
    EXPECT("it waited for them", took > 1400);
    EXPECT("and not for half a minute", took < 5000);
    EXPECT("thread", pthread_join(thread, NULL) == 0);
    pair_close(&p);
    log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handle_that_is_replaced_reports_everything),
        cmocka_unit_test(a_repeated_request_ends_the_handle),
        cmocka_unit_test(a_call_that_does_not_come_back_is_left_behind),
        cmocka_unit_test(brokers_that_leave_during_a_start_are_awaited),
        cmocka_unit_test(the_wait_for_transactions_ends_with_sigterm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

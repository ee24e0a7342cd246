/* A transaction call that never comes back: the group's coordinator is away, the rest is there. Two
 * brokers of librdkafka's mock cluster, one of them with the group alone. */
#include "kafka/client.h"
#include "tests/integration/kafka_world.h"
#include "tests/support/unit.h"

#include <librdkafka/rdkafka_mock.h>

enum { BROKER_OF_ALL = 1, BROKER_OF_GROUP = 2 };

struct pair {
    struct client *client;
    rd_kafka_mock_cluster_t *cluster;
    struct kafka_options options;
};

static void pair_open(struct pair *p)
{
    static const struct kafka_property none[] = {{NULL, NULL}};
    struct why why = {0};
    p->options = (struct kafka_options){
        .brokers = "", .prefix = "s.", .program = "processor", .instance = "0", .embedded = true};
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
    (void)rd_kafka_mock_coordinator_set(p->cluster, "transaction", "s.processor-0", BROKER_OF_ALL);
    (void)rd_kafka_mock_coordinator_set(p->cluster, "group", "s.processor", BROKER_OF_GROUP);
    p->options.brokers = rd_kafka_mock_cluster_bootstraps(p->cluster);
}

static void a_call_that_does_not_come_back_is_left_behind(void **state)
{
    (void)state;
    struct pair p = {0};
    struct loop loop;
    pair_open(&p);
    struct log *log = log_new("test", LOG_FORMAT_TEXT, LOG_ERROR);
    loop_open(&loop, &p.options, BUS_TRANSACTIONS, TOPIC_EVENTS, log);
    loop.start_at_committed = true;
    EXPECT("assigned", loop_until(&loop, &loop.assigned_count, 1, 20000));
    EXPECT_OK("begin", bus_begin(&loop.bus));
    loop_produce(&loop, TOPIC_COMMANDS, 0, "x", 0);
    (void)rd_kafka_mock_broker_set_down(p.cluster, BROKER_OF_GROUP);
    const struct bus_offset next = {0, 1, {NULL, 0}};
    int64_t since = world_now_ms();
    err_t err = bus_commit(&loop.bus, &next, 1);
    int64_t took = world_now_ms() - since;
    print_message("%s after %lld ms\n", err_name(err), (long long)took);
    EXPECT_CODE("not known", err, ERR_TXN_UNKNOWN);
    EXPECT("bounded", took < 15000);
    EXPECT_CODE("dead", bus_begin(&loop.bus), ERR_TXN_UNKNOWN);
    EXPECT_CODE("dead", bus_abort(&loop.bus), ERR_TXN_UNKNOWN);
    EXPECT_OK("a new one", bus_renew(&loop.bus));
    (void)rd_kafka_mock_broker_set_up(p.cluster, BROKER_OF_GROUP);
    loop_for(&loop, 1000); /* the call comes back, and takes its handle with it */
    EXPECT_OK("begin", bus_begin(&loop.bus));
    loop_produce(&loop, TOPIC_COMMANDS, 0, "y", 0);
    EXPECT_OK("commit", bus_commit(&loop.bus, NULL, 0));
    since = world_now_ms();
    loop_close(&loop);
    EXPECT("closing is bounded", world_now_ms() - since < 7000);
    rd_kafka_mock_cluster_destroy(p.cluster);
    client_free(p.client, 5000);
    log_free(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_does_not_come_back_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

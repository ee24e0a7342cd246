/* Readers, the table, the cluster's state and the embedded broker's fill. */
#include "base/limits.h"
#include "kafka/admin.h"
#include "kafka/metadata.h"
#include "kafka/table.h"
#include "tests/integration/kafka_world.h"
#include "tests/support/unit.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static void write_records(struct world *w, enum topic topic, int32_t partition, int count)
{
    struct kafka_options o = world_options(w, "ingest", "0");
    struct loop loop;
    loop_open(&loop, &o, BUS_PRODUCER, TOPIC_EVENTS, w->log);
    for (int i = 0; i < count; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        loop_produce(&loop, topic, partition, text, 1);
    }
    EXPECT("stored", loop_until(&loop, &loop.delivered_count, (size_t)count, 10000));
    loop_close(&loop);
}

static size_t read_to_end(struct reader_port *port, struct reader *r)
{
    struct bus_record record;
    enum reader_status status = READER_IDLE;
    size_t count = 0;
    int64_t until = world_now_ms() + 10000;
    while (status != READER_END && world_now_ms() < until) {
        EXPECT_OK("read", reader_next(port, r, span_ms(100), &record, &status));
        count += status == READER_RECORD ? 1 : 0;
    }
    EXPECT("the end is told", status == READER_END);
    return count;
}

static void a_reader_tells_its_end_and_reads_on(void **state)
{
    struct world *w = *state;
    CLEANUP(reader_kafka) struct reader_kafka self = {.options = &w->options, .log = w->log};
    struct reader_port port = reader_kafka_port(&self);
    struct bus_record record;
    enum reader_status status;
    struct reader *r = NULL;
    write_records(w, TOPIC_CONVERSATIONS, 2, 30);
    EXPECT_OK("open", reader_open(&port, TOPIC_CONVERSATIONS, 2, 10, &r));
    EXPECT("the end", port.ops->end(r) == 30);
    EXPECT("the place", port.ops->position(r) == 10);
    EXPECT_OK("read", reader_next(&port, r, span_ms(1000), &record, &status));
    EXPECT("a record", status == READER_RECORD && record.offset == 10);
    EXPECT_SLICE("its value", record.value, SLICE("10"));
    EXPECT_SLICE("its key", record.key, SLICE("acme/conversations/1"));
    EXPECT_SLICE("a trace, which nobody asks a state for", record.traceparent, SLICE(""));
    EXPECT("its time", record.time.ms > 1600000000000);
    EXPECT("the rest", read_to_end(&port, r) == 19);
    EXPECT("at the end", port.ops->position(r) == 30);
    EXPECT_OK("once only", reader_next(&port, r, span_ms(50), &record, &status));
    EXPECT("idle", status == READER_IDLE);
    write_records(w, TOPIC_CONVERSATIONS, 2, 5);
    EXPECT("what came meanwhile", read_to_end(&port, r) == 5);

    struct reader *second = NULL;
    EXPECT_OK("a second one", reader_open(&port, TOPIC_CONVERSATIONS, 2, 34, &second));
    EXPECT("reads as well", read_to_end(&port, second) == 1);
    port.ops->close(second);
    port.ops->close(r);
    port.ops->close(NULL);
}

static void readers_open_fast_and_name_what_is_wrong(void **state)
{
    struct world *w = *state;
    CLEANUP(reader_kafka) struct reader_kafka self = {.options = &w->options, .log = w->log};
    struct reader_port port = reader_kafka_port(&self);
    struct reader *r[WORLD_PARTITIONS] = {NULL};
    struct reader *none = NULL;
    EXPECT_CODE("beyond the end", reader_open(&port, TOPIC_EVENTS, 0, 5, &none), ERR_RANGE);
    EXPECT_CODE("no such partition", reader_open(&port, TOPIC_CONFIG, WORLD_PARTITIONS, 0, &none),
                ERR_NO_TOPIC);
    int64_t since = world_now_ms();
    for (int i = 0; i < WORLD_PARTITIONS; i++) {
        EXPECT_OK("empty", reader_open(&port, TOPIC_EVENTS, i, READER_FROM_START, &r[i]));
        EXPECT("nothing in it", read_to_end(&port, r[i]) == 0);
    }
    print_message("%d empty partitions in %lld ms\n", WORLD_PARTITIONS,
                  (long long)(world_now_ms() - since));
    EXPECT("soon", world_now_ms() - since < 1000);
    for (int i = 0; i < WORLD_PARTITIONS; i++) {
        port.ops->close(r[i]);
    }
    write_records(w, TOPIC_COMMANDS, 1, 20);
    since = world_now_ms();
    for (int i = 0; i < 20; i++) {
        struct bus_record record;
        enum reader_status status = READER_IDLE;
        EXPECT_OK("one", reader_open(&port, TOPIC_COMMANDS, 1, i, &none));
        EXPECT_OK("read", reader_next(&port, none, span_ms(1000), &record, &status));
        EXPECT("it", status == READER_RECORD && record.offset == i);
        port.ops->close(none);
    }
    print_message("20 single reads in %lld ms\n", (long long)(world_now_ms() - since));
    EXPECT("no connection each", world_now_ms() - since < 2000);
}

static void the_table_follows_and_knows_its_age(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    CLEANUP_PTR(kafka_table) struct kafka_table *t = NULL;
    write_records(w, TOPIC_CONFIG, 0, 3);
    EXPECT_OK("new", kafka_table_new(&w->options, TOPIC_CONFIG, fd, w->log, &why, &t));
    struct bus_record record;
    bool got = false;
    int count = 0;
    int64_t until = world_now_ms() + 10000;
    while (kafka_table_age_ms(t) > 5000 && world_now_ms() < until) {
        EXPECT_OK("next", kafka_table_next(t, &record, &got));
        if (got) {
            EXPECT("in order", record.offset == count);
            count++;
            EXPECT("not at its end while a record is in use",
                   count < 3 || kafka_table_age_ms(t) == INT64_MAX);
        }
    }
    EXPECT("all three", count == 3);
    EXPECT("known to be at its end", kafka_table_age_ms(t) < 5000);
    write_records(w, TOPIC_CONFIG, 0, 1);
    until = world_now_ms() + 5000;
    for (got = false; !got && world_now_ms() < until;) {
        EXPECT_OK("next", kafka_table_next(t, &record, &got));
        world_pause(1);
    }
    EXPECT("the new one", got && record.offset == 3);
    uint64_t told = 0;
    EXPECT("the fd was written", read(fd, &told, sizeof told) == sizeof told && told == 4);
    int64_t since = world_now_ms();
    while (world_now_ms() - since < 4500) {
        EXPECT_OK("next", kafka_table_next(t, &record, &got));
        world_pause(10);
    }
    EXPECT("the end is asked for every 2 s", kafka_table_age_ms(t) < 3500);
    if (!w->real) {
        embedded_broker_free(w->broker);
        w->broker = NULL;
        world_pause(3000);
        EXPECT("it ages without a broker", kafka_table_age_ms(t) > 2500);
    }
    (void)close(fd);
}

static bool tick_twice(void *argument)
{
    int *ticks = argument;
    return ++*ticks < 2;
}

static void the_cluster_is_checked_by_name(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct cluster_info info = {0};
    struct topic_state topics[TOPIC_COUNT];
    EXPECT_OK("as it should be",
              cluster_check(&w->options, span_ms(5000), NULL, NULL, &why, &info));
    EXPECT("its partitions", info.partitions == WORLD_PARTITIONS);
    EXPECT("its kind", info.embedded == !w->real);
    EXPECT_OK("look", cluster_topics(&w->options, 0, &why, topics));
    for (int t = 0; t < TOPIC_COUNT; t++) {
        EXPECT("there", topics[t].exists && !topics[t].offsets_missing);
        EXPECT("right", topics[t].partitions == topics[t].partitions_wanted);
        EXPECT("known where settings are", topics[t].settings_known == w->real);
        EXPECT_TEXT("right", topics[t].settings_wrong, "");
    }
    struct kafka_options other = w->options;
    other.prefix = "nobody.";
    EXPECT_CODE("missing", cluster_check(&other, span_ms(5000), NULL, NULL, &why, &info),
                ERR_NO_TOPIC);
    EXPECT("each by name", strstr(why.text, "nobody.events") && strstr(why.text, "nobody.dead"));
    EXPECT("the remedy", strstr(why.text, "tieline topics --apply") != NULL);
    EXPECT_OK("look", cluster_topics(&other, 8, &why, topics));
    EXPECT("missing, as wanted", !topics[0].exists && topics[0].partitions_wanted == 8);
    other.brokers = "127.0.0.1:1";
    int ticks = 0;
    int64_t since = world_now_ms();
    EXPECT_CODE("nobody there",
                cluster_check(&other, span_ms(60000), tick_twice, &ticks, &why, &info),
                ERR_UNAVAILABLE);
    EXPECT("a tick ends it", ticks == 2 && world_now_ms() - since < 3000);
    EXPECT("where it looked", strstr(why.text, "127.0.0.1:1") != NULL);
}

/* What an operator may have done: a replay window of a minute, and a setting that is his to make.
 */
static void spoil_events(struct world *w)
{
    struct client *client = NULL;
    struct why why = {0};
    char name[CLIENT_TOPIC_NAME_BYTES];
    static const struct kafka_property none[] = {{NULL, NULL}};
    EXPECT_OK("client",
              client_new(&w->options, RD_KAFKA_PRODUCER, none, NULL, w->log, &why, &client));
    EXPECT("name", cluster_topic_name(&w->options, TOPIC_EVENTS, name, sizeof name));
    rd_kafka_ConfigResource_t *topic = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name);
    (void)rd_kafka_ConfigResource_set_config(topic, "retention.ms", "60000");
    (void)rd_kafka_ConfigResource_set_config(topic, "compression.type", "lz4");
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client_handle(client));
    rd_kafka_AlterConfigs(client_handle(client), &topic, 1, NULL, queue);
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 10000);
    EXPECT("spoilt", event != NULL && rd_kafka_event_error(event) == 0);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_ConfigResource_destroy(topic);
    client_free(client, 5000);
}

struct found {
    char compression[16];
};

static void on_found(void *argument, enum topic topic, const struct admin_setting *setting)
{
    struct found *found = argument;
    if (topic == TOPIC_EVENTS && strcmp(setting->key, "compression.type") == 0) {
        (void)snprintf(found->compression, sizeof found->compression, "%s", setting->value);
    }
}

static void settings_are_mended_and_first_offsets_made_once(void **state)
{
    struct world *w = *state;
    struct why why = {0};
    struct topic_state topics[TOPIC_COUNT];
    if (!w->real) {
        EXPECT_CODE("the embedded broker has none",
                    cluster_topics_apply(&w->options, 4, 1, "h", &why), ERR_CONFIG);
        skip();
    }
    EXPECT_OK("again", cluster_topics_apply(&w->options, 9, 1, "h=other", &why));
    EXPECT_OK("look", cluster_topics(&w->options, 0, &why, topics));
    EXPECT("the count stays", topics[TOPIC_EVENTS].partitions == WORLD_PARTITIONS);
    spoil_events(w);
    EXPECT_OK("look", cluster_topics(&w->options, 0, &why, topics));
    EXPECT("shown", strstr(topics[TOPIC_EVENTS].settings_wrong,
                           "retention.ms is 60000, should be at least 604800000") != NULL);
    EXPECT("also what fell back", strstr(topics[TOPIC_EVENTS].settings_wrong, "LogAppendTime"));
    EXPECT_OK("mend", cluster_topics_apply(&w->options, 0, 1, "h=0", &why));
    EXPECT_OK("look", cluster_topics(&w->options, 0, &why, topics));
    EXPECT_TEXT("all right", topics[TOPIC_EVENTS].settings_wrong, "");
    CLEANUP_PTR(client) struct client *client = NULL;
    struct found found = {0};
    const bool which[TOPIC_COUNT] = {[TOPIC_EVENTS] = true};
    EXPECT_OK("client", metadata_client(&w->options, &why, &client));
    EXPECT_OK("read", admin_describe(client, &w->options, which, on_found, &found, &why));
    EXPECT_TEXT("what is his stays", found.compression, "lz4");
    struct loop loop;
    struct kafka_options o = world_options(w, "egress", "0");
    loop_open(&loop, &o, BUS_READ_WRITE, TOPIC_COMMANDS, w->log);
    EXPECT("assigned", loop_until(&loop, &loop.assigned_count, WORLD_PARTITIONS, 20000));
    EXPECT_TEXT("the first offsets stay", loop.assigned[0].text, "h=0");
    loop_close(&loop);
}

static void the_embedded_broker_knows_how_full_it_is(void **state)
{
    struct world *w = *state;
    if (w->real) {
        skip();
    }
    struct kafka_options o = world_options(w, "ingest", "0");
    struct loop loop;
    loop_open(&loop, &o, BUS_PRODUCER, TOPIC_EVENTS, w->log);
    static char bytes[64 * 1024];
    memset(bytes, 'x', sizeof bytes);
    EXPECT("empty", embedded_broker_fill(w->broker) == 0);
    for (size_t i = 1; i <= 120; i++) {
        const struct bus_message message = {.topic = TOPIC_EVENTS,
                                            .partition = 1,
                                            .value = slice_from(bytes, sizeof bytes),
                                            .cookie = i};
        EXPECT_OK("produce", bus_produce(&loop.bus, &message));
        EXPECT("stored", loop_until(&loop, &loop.delivered_count, i, 5000));
        int64_t written = (int64_t)(i * sizeof bytes);
        int64_t fill = embedded_broker_fill(w->broker);
        for (int try = 0; i % 10 == 0 && try < 100 && fill < written; try++) {
            world_pause(10);
            fill = embedded_broker_fill(w->broker);
        }
        if (i % 10 != 0) {
            continue;
        }
        EXPECT("never too low", fill >= written);
        EXPECT("not much too high, before the limit",
               fill < written + 64 * 1024 || fill > EMBEDDED_PARTITION_BYTES);
    }
    EXPECT("more than it keeps", embedded_broker_fill(w->broker) > EMBEDDED_PARTITION_BYTES);
    loop_close(&loop);
}

static int open_world(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    world_open(w);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, open_world, close_world)

int main(int argc, char **argv)
{
    if (argc > 1) {
        cmocka_set_test_filter(argv[1]);
    }
    const struct CMUnitTest tests[] = {
        ROW(a_reader_tells_its_end_and_reads_on),
        ROW(readers_open_fast_and_name_what_is_wrong),
        ROW(the_table_follows_and_knows_its_age),
        ROW(the_cluster_is_checked_by_name),
        ROW(settings_are_mended_and_first_offsets_made_once),
        ROW(the_embedded_broker_knows_how_full_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

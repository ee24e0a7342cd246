#include "tests/integration/kafka_world.h"

#include "kafka/client.h"
#include "kafka/cluster.h"
#include "kafka/reader_kafka.h"
#include "tests/support/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { WORLD_SESSION_MS = 6000 };

int64_t world_now_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void world_pause(int64_t ms)
{
    const struct timespec span = {ms / 1000, (long)(ms % 1000) * 1000000L};
    (void)nanosleep(&span, NULL);
}

static void ok(err_t err, const struct why *why)
{
    if (err_failed(err)) {
        print_error("%s at %s: %s\n", err_name(err), err.where, why == NULL ? "" : why->text);
    }
    assert_false(err_failed(err));
}

struct kafka_options world_options(const struct world *w, const char *program, const char *instance)
{
    struct kafka_options options = w->options;
    options.program = program;
    options.instance = instance;
    return options;
}

void world_open(struct world *w)
{
    struct why why = {0};
    memset(w, 0, sizeof *w);
    (void)snprintf(w->prefix, sizeof w->prefix, "t%ld-%lld.", (long)getpid(),
                   (long long)world_now_ms());
    w->log = log_new("test", LOG_FORMAT_TEXT,
                     getenv("TIELINE_TEST_VERBOSE") == NULL ? LOG_ERROR : LOG_DEBUG);
    w->options = (struct kafka_options){.brokers = getenv("TIELINE_TEST_BROKERS"),
                                        .prefix = w->prefix,
                                        .program = "test",
                                        .instance = "0",
                                        .session_timeout = span_ms(WORLD_SESSION_MS)};
    w->real = w->options.brokers != NULL;
    if (w->real) {
        ok(cluster_topics_apply(&w->options, WORLD_PARTITIONS, 1, "h=0", &why), &why);
        return;
    }
    w->options.embedded = true;
    ok(embedded_broker_new(&w->options, WORLD_PARTITIONS, &why, &w->broker), &why);
    w->options.brokers = embedded_broker_brokers(w->broker);
    ok(cluster_first_offsets(&w->options, WORLD_PARTITIONS, "h=0", &why), &why);
}

void world_close(struct world *w)
{
    embedded_broker_free(w->broker);
    log_free(w->log);
}

/* ---- the loop ----------------------------------------------------------------------------- */

static void note_text(struct note *note, struct slice text)
{
    size_t length = text.len < sizeof note->text ? text.len : sizeof note->text - 1;
    if (length > 0) {
        memcpy(note->text, text.ptr, length);
    }
    note->text[length] = '\0';
}

static void on_assign(void *argument, const struct bus_offset *committed, size_t count)
{
    struct loop *loop = argument;
    loop->assigns++;
    for (size_t i = 0; i < count; i++) {
        assert_in_range(loop->assigned_count, 0, WORLD_PARTITIONS * 4 - 1);
        struct note *note = &loop->assigned[loop->assigned_count++];
        *note = (struct note){.partition = committed[i].partition, .offset = committed[i].offset};
        note_text(note, committed[i].metadata);
        if (loop->start_at_committed) {
            int64_t from = committed[i].offset < 0 ? 0 : committed[i].offset;
            ok(bus_start(&loop->bus, committed[i].partition, from), NULL);
        }
    }
}

static void on_revoke(void *argument, const int32_t *partitions, size_t count, bool lost)
{
    struct loop *loop = argument;
    (void)partitions;
    (void)count;
    loop->revokes++;
    loop->last_lost = lost;
    if (loop->on_revoke != NULL) {
        loop->on_revoke(loop);
    }
}

static void on_delivery(void *argument, uint64_t cookie, err_t result, int32_t partition,
                        int64_t offset)
{
    struct loop *loop = argument;
    assert_in_range(loop->delivered_count, 0, WORLD_NOTES_MAX - 1);
    loop->delivered[loop->delivered_count++] =
        (struct note){.partition = partition, .offset = offset, .cookie = cookie, .result = result};
}

static void on_commit(void *argument, err_t result, const struct bus_offset *offsets, size_t count)
{
    struct loop *loop = argument;
    assert_in_range(loop->committed_count, 0, 15);
    struct note *note = &loop->committed[loop->committed_count++];
    *note = (struct note){.result = result, .offset = count > 0 ? offsets[0].offset : -1};
}

void loop_open(struct loop *loop, const struct kafka_options *options, enum bus_role role,
               enum topic input, struct log *log)
{
    struct why why = {0};
    memset(loop, 0, sizeof *loop);
    loop->handler = (struct bus_handler){.loop = loop,
                                         .on_assign = on_assign,
                                         .on_revoke = on_revoke,
                                         .on_delivery = on_delivery,
                                         .on_commit = on_commit};
    ok(bus_kafka_new(options, role, input, &loop->handler, log, &why, &loop->kafka), &why);
    loop->bus = bus_kafka_port(loop->kafka);
}

void loop_close(struct loop *loop)
{
    bus_kafka_free(loop->kafka);
    loop->kafka = NULL;
}

static err_t poll_once(struct loop *loop, int64_t ms)
{
    struct bus_record record = {0};
    bool got = false;
    TRY(bus_poll(&loop->bus, span_ms(ms), &record, &got));
    if (got) {
        assert_in_range(loop->record_count, 0, WORLD_NOTES_MAX - 1);
        struct note *note = &loop->records[loop->record_count++];
        *note = (struct note){.partition = record.partition, .offset = record.offset};
        note_text(note, record.value);
    }
    return err_ok();
}

bool loop_until(struct loop *loop, const size_t *counter, size_t wanted, int64_t ms)
{
    int64_t until = world_now_ms() + ms;
    while (*counter < wanted && world_now_ms() < until) {
        ok(poll_once(loop, 20), NULL);
    }
    return *counter >= wanted;
}

void loop_for(struct loop *loop, int64_t ms)
{
    size_t never = 0;
    (void)loop_until(loop, &never, 1, ms);
}

err_t loop_error(struct loop *loop, int64_t ms)
{
    int64_t until = world_now_ms() + ms;
    while (world_now_ms() < until) {
        TRY(poll_once(loop, 20));
    }
    return err_ok();
}

void loop_produce(struct loop *loop, enum topic topic, int32_t partition, const char *value,
                  uint64_t cookie)
{
    const struct bus_message message = {.topic = topic,
                                        .partition = partition,
                                        .key = SLICE("acme/conversations/1"),
                                        .value = slice_of(value),
                                        .ce_id = SLICE("id-1"),
                                        .ce_type = SLICE("conversations.message"),
                                        .ce_source = SLICE("test"),
                                        .traceparent = SLICE("00-aa-bb-01"),
                                        .cookie = cookie};
    ok(bus_produce(&loop->bus, &message), NULL);
}

bool world_commands(struct world *w, char *text, size_t size)
{
    CLEANUP(reader_kafka) struct reader_kafka self = {.options = &w->options, .log = w->log};
    struct reader_port port = reader_kafka_port(&self);
    struct bus_record record;
    enum reader_status status = READER_IDLE;
    struct reader *r = NULL;
    size_t length = 0;
    text[0] = '\0';
    EXPECT_OK("open", reader_open(&port, TOPIC_COMMANDS, 0, READER_FROM_START, &r));
    int64_t until = world_now_ms() + 15000;
    while (status != READER_END && world_now_ms() < until) {
        EXPECT_OK("read", reader_next(&port, r, span_ms(100), &record, &status));
        if (status == READER_RECORD) {
            length +=
                (size_t)snprintf(text + length, size - length, "%.*s ", SLICE_ARG(record.value));
        }
    }
    EXPECT("the place is the end",
           status != READER_END || port.ops->position(r) >= port.ops->end(r));
    port.ops->close(r);
    return status == READER_END;
}

bool world_offset(struct world *w, const char *program, int32_t partition, int64_t *ret_offset)
{
    struct kafka_options o = world_options(w, program, "looks");
    char group[CLIENT_NAME_BYTES];
    struct client *client = NULL;
    struct why why = {0};
    EXPECT_OK("group", client_group(&o, group, &why));
    const struct kafka_property fixed[] = {{"group.id", group}, {NULL, NULL}};
    EXPECT_OK("client", client_new(&o, RD_KAFKA_CONSUMER, fixed, NULL, w->log, &why, &client));
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    char name[CLIENT_TOPIC_NAME_BYTES];
    EXPECT("name", cluster_topic_name(&o, TOPIC_EVENTS, name, sizeof name));
    (void)rd_kafka_topic_partition_list_add(list, name, partition);
    bool is_told = rd_kafka_committed(client_handle(client), list, 15000) == 0;
    *ret_offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    client_free(client, 5000);
    return is_told;
}

/* --- a processor, as the tests of transactions have it --- */

void open_processor(struct world *w, struct loop *loop, const struct kafka_options *o)
{
    loop_open(loop, o, BUS_TRANSACTIONS, TOPIC_EVENTS, w->log);
    loop->start_at_committed = true;
    EXPECT("assigned", loop_until(loop, &loop->assigned_count, WORLD_PARTITIONS, 20000));
}

void begin_with(struct loop *loop, const char *value)
{
    EXPECT_OK("begin", bus_begin(&loop->bus));
    loop_produce(loop, TOPIC_COMMANDS, 0, value, 0);
}

void expect_commands(struct world *w, const char *why, const char *wanted)
{
    char text[512];
    EXPECT("read to the end", world_commands(w, text, sizeof text));
    EXPECT_TEXT(why, text, wanted);
}

int64_t stored_offset(struct world *w, const char *program, int32_t partition)
{
    int64_t offset = -1;
    EXPECT("told", world_offset(w, program, partition, &offset));
    return offset;
}

/* A busy broker may refuse the end of a transaction whose records it has not met yet
 * (INVALID_TXN_STATE). Then the handle is replaced, as in the processor; nothing of it is seen. */
err_t abort_for_sure(struct loop *loop)
{
    err_t e = bus_abort(&loop->bus);
    return err_is(e, ERR_TXN_UNKNOWN) ? bus_renew(&loop->bus) : e;
}

int world_setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    world_open(w);
    struct kafka_options o = world_options(w, "ingest", "0");
    struct loop loop;
    loop_open(&loop, &o, BUS_PRODUCER, TOPIC_EVENTS, w->log);
    for (int i = 0; i < EVENTS_AT_FIRST; i++) {
        loop_produce(&loop, TOPIC_EVENTS, 0, "e", 1);
    }
    EXPECT("events", loop_until(&loop, &loop.delivered_count, EVENTS_AT_FIRST, 10000));
    loop_close(&loop);
    *state = w;
    return 0;
}

int world_teardown(void **state)
{
    world_close(*state);
    free(*state);
    return 0;
}

/* bare_decide — what the processor's work costs with librdkafka and protobuf-c alone: the same
 * events in, as many records of the same size out, in the same transactions; nothing is decided.
 *
 *     bare_decide BROKERS PREFIX_IN PREFIX_OUT EVENTS STATE_BYTES COMMAND_BYTES first|last
 *
 *     poll ─▶ unpack ─▶ a state, and where ours would a command ─▶ commit with the offsets
 *
 * Reads from the first event that is there, or from the next that comes. A transaction ends as in
 * processor/loop.c: when nothing waits to be read, or at 2,000 events or 50 ms; never two within
 * 5 ms. It stands still while it commits. Says "ready", and in the end one JSON line. */
#include "tests/bench/load.h"

#include "wire/event.pb-c.h"

#include <librdkafka/rdkafka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum {
    NAME_BYTES = 160,
    WAIT_MS = 10 * 1000,
    PATIENCE_MS = 30 * 1000,
    RECORD_BYTES_MAX = 1 << 20,
    PARTITIONS_MAX = 64,
    BATCH_EVENTS_MAX = 2000,
    BATCH_NS_MAX = 50 * 1000 * 1000,
    COMMIT_GAP_NS = 5 * 1000 * 1000,
    ID_BYTES = 32,
};

struct bench {
    rd_kafka_t *reader;
    rd_kafka_t *writer;
    rd_kafka_topic_t *to_commands;
    rd_kafka_topic_t *to_states;
    char from[NAME_BYTES];
    int64_t next[PARTITIONS_MAX]; /* -1 = nothing read since the last commit */
    const char *filler;
    size_t state_bytes, command_bytes;
    size_t batch;
    int64_t batch_began_ns, committed_ns;
};

static void need(rd_kafka_error_t *error, const char *what)
{
    if (error != NULL) {
        load_fail("%s: %s", what, rd_kafka_error_string(error));
    }
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char text[512];
    if (rd_kafka_conf_set(conf, key, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
        load_fail("%s", text);
    }
}

/* With a report callback: without one a commit looks for reports only every 10 ms. */
static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    (void)rk, (void)opaque;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        load_fail("not delivered: %s", rd_kafka_err2str(message->err));
    }
}

static rd_kafka_t *open_client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char text[512];
    rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof text);
    if (rk == NULL) {
        load_fail("%s", text);
    }
    return rk;
}

static rd_kafka_t *open_writer(const char *brokers, const char *name)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "enable.idempotence", "true");
    set(conf, "linger.ms", "5");
    set(conf, "transactional.id", name);
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    rd_kafka_t *rk = open_client(RD_KAFKA_PRODUCER, conf);
    need(rd_kafka_init_transactions(rk, WAIT_MS), "init transactions");
    return rk;
}

static rd_kafka_t *open_reader(const char *brokers, const char *group)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "group.id", group);
    set(conf, "isolation.level", "read_committed");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.auto.offset.store", "false");
    rd_kafka_t *rk = open_client(RD_KAFKA_CONSUMER, conf);
    (void)rd_kafka_poll_set_consumer(rk);
    return rk;
}

static rd_kafka_topic_t *open_topic(rd_kafka_t *rk, const char *prefix, const char *topic)
{
    char name[NAME_BYTES];
    (void)snprintf(name, sizeof name, "%s%s", prefix, topic);
    rd_kafka_topic_t *handle = rd_kafka_topic_new(rk, name, NULL);
    if (handle == NULL) {
        load_fail("cannot open %s", name);
    }
    return handle;
}

static void assign_all(struct bench *b, int64_t from)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(b->reader, b->from, NULL);
    if (handle == NULL || rd_kafka_metadata(b->reader, 0, handle, &metadata, WAIT_MS) != 0 ||
        metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt > PARTITIONS_MAX) {
        load_fail("what partitions has %s?", b->from);
    }
    int count = metadata->topics[0].partition_cnt;
    memset(b->next, -1, sizeof b->next);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int32_t i = 0; i < count; i++) {
        int64_t low = 0, high = 0;
        if (rd_kafka_query_watermark_offsets(b->reader, b->from, i, &low, &high, WAIT_MS) != 0) {
            load_fail("where does %s end?", b->from);
        }
        rd_kafka_topic_partition_list_add(list, b->from, i)->offset =
            from == RD_KAFKA_OFFSET_END ? high : low;
    }
    if (rd_kafka_assign(b->reader, list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        load_fail("cannot read %s", b->from);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
}

static void header(rd_kafka_headers_t *headers, const char *name, const void *value, size_t len)
{
    if (rd_kafka_header_add(headers, name, -1, value, (ssize_t)len) != 0) {
        load_fail("no header");
    }
}

static void produce(struct bench *b, rd_kafka_topic_t *topic, const rd_kafka_message_t *event,
                    size_t bytes, rd_kafka_headers_t *headers)
{
    char *value = NULL;
    memcpy(&value, &b->filler, sizeof value);
    for (;;) {
        rd_kafka_resp_err_t code =
            rd_kafka_producev(b->writer, RD_KAFKA_VTYPE_RKT, topic, RD_KAFKA_VTYPE_PARTITION,
                              event->partition, RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_MSG_F_COPY,
                              RD_KAFKA_VTYPE_KEY, event->key, event->key_len, RD_KAFKA_VTYPE_VALUE,
                              value, bytes, RD_KAFKA_VTYPE_HEADERS, headers, RD_KAFKA_VTYPE_END);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return;
        }
        if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
            load_fail("produce: %s", rd_kafka_err2str(code));
        }
        (void)rd_kafka_poll(b->writer, 1);
    }
}

/* The headers that ours writes with each record. */
static rd_kafka_headers_t *headers_of(bool is_command, const Tieline__V1__Event *event)
{
    static const char id[ID_BYTES] = "0123456789abcdef0123456789abcde";
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    header(headers, "ce_specversion", "1.0", 3);
    header(headers, "ce_source", "tieline/processor", 17);
    header(headers, "content-type", "application/protobuf", 20);
    if (is_command) {
        header(headers, "ce_id", id, sizeof id);
        header(headers, "ce_type", "tieline.command", 15);
        header(headers, "traceparent", event->traceparent.data, event->traceparent.len);
    }
    return headers;
}

static void copy(struct bench *b, const rd_kafka_message_t *message)
{
    Tieline__V1__Event *event =
        tieline__v1__event__unpack(NULL, message->len, (const uint8_t *)message->payload);
    if (event == NULL) {
        load_fail("an event that cannot be read");
    }
    if (b->batch == 0) {
        need(rd_kafka_begin_transaction(b->writer), "begin");
        b->batch_began_ns = load_now_ns();
    }
    const Tieline__V1__Outcome *outcome =
        event->body_case == TIELINE__V1__EVENT__BODY_OUTCOME ? event->outcome : NULL;
    if (outcome == NULL || outcome->answer != NULL) {
        produce(b, b->to_commands, message, b->command_bytes, headers_of(true, event));
    }
    produce(b, b->to_states, message, b->state_bytes, headers_of(false, event));
    b->next[message->partition] = message->offset + 1;
    b->batch++;
    (void)rd_kafka_poll(b->writer, 0);
    tieline__v1__event__free_unpacked(event, NULL);
}

static void commit(struct bench *b)
{
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(PARTITIONS_MAX);
    for (int32_t i = 0; i < PARTITIONS_MAX; i++) {
        if (b->next[i] >= 0) {
            rd_kafka_topic_partition_list_add(offsets, b->from, i)->offset = b->next[i];
            b->next[i] = -1;
        }
    }
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(b->reader);
    need(rd_kafka_send_offsets_to_transaction(b->writer, offsets, group, WAIT_MS), "offsets");
    need(rd_kafka_commit_transaction(b->writer, WAIT_MS), "commit");
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
    b->batch = 0;
    b->committed_ns = load_now_ns();
}

/* How long to wait for the next event, so that a commit that is due is not late. */
static int patience_ms(const struct bench *b)
{
    int64_t since = load_now_ns() - b->committed_ns;
    if (b->batch == 0) {
        return 100;
    }
    return since >= COMMIT_GAP_NS ? 0 : (int)((COMMIT_GAP_NS - since) / 1000000) + 1;
}

static void run(struct bench *b, uint64_t events)
{
    int64_t heard_ns = load_now_ns();
    for (uint64_t seen = 0; seen < events || b->batch > 0;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(b->reader, patience_ms(b));
        int64_t now = load_now_ns();
        if (message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            /* Of the partition's owner: ours writes some, and no state comes of them. */
            if (message->key_len > 0) {
                copy(b, message);
                seen++;
            }
            heard_ns = now;
        }
        bool is_drained = message == NULL;
        if (message != NULL) {
            rd_kafka_message_destroy(message);
        }
        bool is_due = is_drained || b->batch >= BATCH_EVENTS_MAX ||
                      now - b->batch_began_ns >= BATCH_NS_MAX || seen == events;
        if (b->batch > 0 && is_due && now - b->committed_ns >= COMMIT_GAP_NS) {
            commit(b);
        }
        if (now - heard_ns > (int64_t)PATIENCE_MS * 1000000) {
            load_fail("%llu events of %llu", (unsigned long long)seen, (unsigned long long)events);
        }
    }
}

static double cpu_us(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    struct bench b = {0};
    char name[NAME_BYTES];
    if (argc != 8) {
        load_fail("usage: bare_decide BROKERS PREFIX_IN PREFIX_OUT EVENTS STATE_BYTES "
                  "COMMAND_BYTES first|last");
    }
    uint64_t events = load_number(argv[4], UINT32_MAX);
    b.state_bytes = load_number(argv[5], RECORD_BYTES_MAX);
    b.command_bytes = load_number(argv[6], RECORD_BYTES_MAX);
    b.filler = calloc(RECORD_BYTES_MAX, 1);
    (void)snprintf(name, sizeof name, "%sbare", argv[3]);
    (void)snprintf(b.from, sizeof b.from, "%sevents", argv[2]);
    b.writer = open_writer(argv[1], name);
    b.reader = open_reader(argv[1], name);
    b.to_commands = open_topic(b.writer, argv[3], "commands");
    b.to_states = open_topic(b.writer, argv[3], "conversations");
    assign_all(&b, strcmp(argv[7], "last") == 0 ? RD_KAFKA_OFFSET_END : RD_KAFKA_OFFSET_BEGINNING);
    (void)printf("ready\n");
    (void)fflush(stdout);
    double before = cpu_us();
    run(&b, events);
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    (void)printf("{\"cpu_us_per_event\":%.3f,\"rss_mb\":%.1f}\n",
                 (cpu_us() - before) / (double)events, (double)usage.ru_maxrss / 1024);
    rd_kafka_topic_destroy(b.to_commands);
    rd_kafka_topic_destroy(b.to_states);
    (void)rd_kafka_consumer_close(b.reader);
    rd_kafka_destroy(b.reader);
    rd_kafka_destroy(b.writer);
    return 0;
}

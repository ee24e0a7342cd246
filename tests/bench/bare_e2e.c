/* bare_e2e — what the log alone costs from webhook to call: librdkafka and nothing of Tieline.
 *
 *   produce ─▶ events ─▶ consume ─▶ transaction ─▶ commands ─▶ consume      once for the bot's
 * turn,
 *                                   (+ a state, + the offset)               once for its reply
 *
 *     bare_e2e BROKERS PREFIX MESSAGES EVERY_MS
 *
 * The topics must be there (`tieline topics --apply --prefix PREFIX`). One thread does step after
 * step, so nothing waits for a thread to wake up either. Prints one JSON line. */
#include "base/slice.h"

#include <librdkafka/rdkafka.h>

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
    WARM_UP = 20,
    MESSAGES_MAX = 100 * 1000,
    NAME_BYTES = 160,
    WAIT_MS = 10 * 1000,
    COMMIT_GAP_US = 5000, /* two commits closer than this: one of a hundred takes 100 ms */
    EVENT_BYTES = 2000,   /* a webhook's event as ingest writes it */
    COMMAND_BYTES = 700,
    STATE_BYTES = 900,
    OUTCOME_BYTES = 500,
};

struct bench {
    rd_kafka_t *source;  /* as ingest and egress write: acks=all, idempotent */
    rd_kafka_t *decider; /* transactions */
    rd_kafka_t *events;
    rd_kafka_t *commands;
    rd_kafka_topic_t *to_events;
    rd_kafka_topic_t *to_commands;
    rd_kafka_topic_t *to_states;
    int64_t committed_us;
};

static _Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
static _Noreturn void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("bare_e2e: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    exit(1);
}

static void need(rd_kafka_error_t *error, const char *what)
{
    if (error != NULL) {
        fail("%s: %s", what, rd_kafka_error_string(error));
    }
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char text[512];
    if (rd_kafka_conf_set(conf, key, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
        fail("%s", text);
    }
}

/* With a report callback: without one a commit looks for reports only every 10 ms. */
static void on_report(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    (void)rk, (void)opaque;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail("not delivered: %s", rd_kafka_err2str(message->err));
    }
}

static rd_kafka_t *open_client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
    char text[512];
    rd_kafka_t *rk = rd_kafka_new(type, conf, text, sizeof text);
    if (rk == NULL) {
        fail("%s", text);
    }
    return rk;
}

static rd_kafka_t *open_producer(const char *brokers, const char *transactional_id)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "enable.idempotence", "true");
    set(conf, "linger.ms", "0");
    rd_kafka_conf_set_dr_msg_cb(conf, on_report);
    if (transactional_id != NULL) {
        set(conf, "transactional.id", transactional_id);
    }
    rd_kafka_t *rk = open_client(RD_KAFKA_PRODUCER, conf);
    if (transactional_id != NULL) {
        need(rd_kafka_init_transactions(rk, WAIT_MS), "init transactions");
    }
    return rk;
}

static rd_kafka_t *open_consumer(const char *brokers, const char *group, const char *topic)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "group.id", group);
    set(conf, "enable.auto.commit", "false");
    set(conf, "auto.offset.reset", "latest");
    set(conf, "isolation.level", "read_committed");
    rd_kafka_t *rk = open_client(RD_KAFKA_CONSUMER, conf);
    (void)rd_kafka_poll_set_consumer(rk);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    (void)rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    if (rd_kafka_subscribe(rk, topics) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail("cannot subscribe to %s", topic);
    }
    rd_kafka_topic_partition_list_destroy(topics);
    return rk;
}

/* A producer that has not asked for a topic's partitions yet waits up to a second at its first
 * record. */
static rd_kafka_topic_t *open_topic(rd_kafka_t *producer, const char *name)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, name, NULL);
    if (topic == NULL || rd_kafka_metadata(producer, 0, topic, &metadata, WAIT_MS) != 0 ||
        metadata->topic_cnt != 1 || metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail("no topic %s", name);
    }
    rd_kafka_metadata_destroy(metadata);
    return topic;
}

static int64_t now_us(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void sleep_until(int64_t at_us)
{
    int64_t left = at_us - now_us();
    if (left > 0) {
        struct timespec pause = {.tv_sec = left / 1000000, .tv_nsec = left % 1000000 * 1000};
        (void)nanosleep(&pause, NULL);
    }
}

static void produce(rd_kafka_t *producer, rd_kafka_topic_t *topic, const void *value, size_t bytes)
{
    static const char key[] = "acme/messaging/66aa01b2c3d4e5f607182930";
    void *copy = NULL;
    memcpy(&copy, &value, sizeof copy); /* RD_KAFKA_MSG_F_COPY: it only reads */
    if (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, copy, bytes, key,
                         sizeof key - 1, NULL) != 0) {
        fail("cannot produce: %s", rd_kafka_err2str(rd_kafka_last_error()));
    }
    (void)rd_kafka_poll(producer, 0);
}

static rd_kafka_message_t *consume(rd_kafka_t *consumer)
{
    int64_t since = now_us();
    while (now_us() - since < (int64_t)WAIT_MS * 1000) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        if (message != NULL && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return message;
        }
        if (message != NULL) {
            rd_kafka_message_destroy(message);
        }
    }
    fail("no record within %d ms", (int)WAIT_MS);
}

/* Until it has partitions, and stands at their ends. */
static void await_assignment(rd_kafka_t *consumer)
{
    int64_t since = now_us();
    for (int count = 0; count == 0;) {
        rd_kafka_topic_partition_list_t *partitions = NULL;
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 100);
        if (message != NULL) {
            rd_kafka_message_destroy(message);
        }
        if (rd_kafka_assignment(consumer, &partitions) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            count = partitions->cnt;
            rd_kafka_topic_partition_list_destroy(partitions);
        }
        if (now_us() - since > (int64_t)WAIT_MS * 1000) {
            fail("no partitions within %d ms", (int)WAIT_MS);
        }
    }
    for (int64_t settled = now_us(); now_us() - settled < 1000 * 1000;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(consumer, 50);
        if (message != NULL) {
            rd_kafka_message_destroy(message);
        }
    }
}

static void decide(struct bench *b, const rd_kafka_message_t *event)
{
    static const char command[COMMAND_BYTES] = "command";
    static const char state[STATE_BYTES] = "state";
    rd_kafka_topic_partition_list_t *offsets = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(offsets, rd_kafka_topic_name(event->rkt), event->partition)
        ->offset = event->offset + 1;
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(b->events);
    need(rd_kafka_begin_transaction(b->decider), "begin");
    produce(b->decider, b->to_commands, command, sizeof command);
    produce(b->decider, b->to_states, state, sizeof state);
    need(rd_kafka_send_offsets_to_transaction(b->decider, offsets, group, WAIT_MS), "offsets");
    sleep_until(b->committed_us + COMMIT_GAP_US);
    need(rd_kafka_commit_transaction(b->decider, WAIT_MS), "commit");
    b->committed_us = now_us();
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(offsets);
}

static void pass(struct bench *b, const void *value, size_t bytes)
{
    produce(b->source, b->to_events, value, bytes);
    rd_kafka_message_t *event = consume(b->events);
    decide(b, event);
    rd_kafka_message_destroy(event);
    rd_kafka_message_destroy(consume(b->commands));
}

static void open_bench(struct bench *b, const char *brokers, const char *prefix)
{
    char name[NAME_BYTES];
    char group[NAME_BYTES];
    (void)snprintf(group, sizeof group, "%sbare-%ld", prefix, (long)getpid());
    b->source = open_producer(brokers, NULL);
    b->decider = open_producer(brokers, group);
    (void)snprintf(name, sizeof name, "%sevents", prefix);
    b->to_events = open_topic(b->source, name);
    b->events = open_consumer(brokers, group, name);
    (void)snprintf(name, sizeof name, "%sconversations", prefix);
    b->to_states = open_topic(b->decider, name);
    (void)snprintf(name, sizeof name, "%scommands", prefix);
    b->to_commands = open_topic(b->decider, name);
    (void)snprintf(group, sizeof group, "%sbare-egress-%ld", prefix, (long)getpid());
    b->commands = open_consumer(brokers, group, name);
    await_assignment(b->events);
    await_assignment(b->commands);
}

static void close_bench(struct bench *b)
{
    (void)rd_kafka_flush(b->source, WAIT_MS);
    (void)rd_kafka_consumer_close(b->events);
    (void)rd_kafka_consumer_close(b->commands);
    rd_kafka_topic_destroy(b->to_events);
    rd_kafka_topic_destroy(b->to_commands);
    rd_kafka_topic_destroy(b->to_states);
    rd_kafka_destroy(b->events);
    rd_kafka_destroy(b->commands);
    rd_kafka_destroy(b->decider);
    rd_kafka_destroy(b->source);
}

static int by_size(const void *a, const void *b)
{
    int64_t first = 0;
    int64_t second = 0;
    memcpy(&first, a, sizeof first);
    memcpy(&second, b, sizeof second);
    return (first > second) - (first < second);
}

static int64_t cpu_us(void)
{
    struct rusage usage = {0};
    (void)getrusage(RUSAGE_SELF, &usage);
    return (int64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static void measure(struct bench *b, int64_t count, int64_t every_us, int64_t *took_us)
{
    static const char event[EVENT_BYTES] = "event";
    static const char outcome[OUTCOME_BYTES] = "outcome";
    int64_t next = now_us();
    for (int64_t i = -WARM_UP; i < count; i++) {
        sleep_until(next);
        int64_t since = now_us();
        pass(b, event, sizeof event);
        pass(b, outcome, sizeof outcome);
        if (i >= 0) {
            took_us[i] = now_us() - since;
        }
        next = since + every_us;
    }
}

static int64_t number(const char *text, uint64_t most)
{
    uint64_t value = 0;
    if (err_failed(slice_to_u64(slice_of(text), &value)) || value < 1 || value > most) {
        fail("`%s` is no number from 1 to %llu", text, (unsigned long long)most);
    }
    return (int64_t)value;
}

int main(int argc, char **argv)
{
    if (argc != 5) {
        fail("usage: bare_e2e BROKERS PREFIX MESSAGES EVERY_MS");
    }
    int64_t count = number(argv[3], MESSAGES_MAX);
    int64_t every_us = number(argv[4], WAIT_MS) * 1000;
    int64_t *took_us = calloc((size_t)count, sizeof *took_us);
    struct bench b = {0};
    struct rusage usage = {0};
    if (took_us == NULL) {
        fail("no memory");
    }
    open_bench(&b, argv[1], argv[2]);
    int64_t cpu_before = cpu_us();
    measure(&b, count, every_us, took_us);
    int64_t cpu = cpu_us() - cpu_before;
    (void)getrusage(RUSAGE_SELF, &usage);
    qsort(took_us, (size_t)count, sizeof *took_us, by_size);
    (void)printf("{\"messages\":%lld,\"p50_ms\":%.3f,\"p99_ms\":%.3f,\"cpu_us_per_event\":%.0f,"
                 "\"rss_mb\":%.1f}\n",
                 (long long)count, (double)took_us[count / 2] / 1000,
                 (double)took_us[count * 99 / 100] / 1000, (double)cpu / (double)(count + WARM_UP),
                 (double)usage.ru_maxrss / 1024);
    close_bench(&b);
    free(took_us);
    return 0;
}

/* decided — what came of events: how many commands and states, when, and how late they can be read.
 *
 *     decided BROKERS PREFIX all            everything that is there
 *     decided BROKERS PREFIX live COMMANDS  the next so many commands, as they come
 *
 * Reads as egress does, committed records only. Says "ready" once it reads, and in the end one JSON
 * line. `all`: {"commands","states","command_bytes","state_bytes","first_ms","last_ms"}, the bytes
 * those of a mean value and the times those that the log gave. `live`: {"p50_ms","p99_ms"}, from
 * the making of an event (load_trace) to the reading of its command, the first tenth left out. */
#include "tests/bench/load.h"

#include <librdkafka/rdkafka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 512, WAIT_MS = 10 * 1000, PATIENCE_MS = 30 * 1000 };

struct topic_sum {
    char name[TEXT_BYTES];
    uint64_t count, bytes;
};

struct sight {
    rd_kafka_t *rk;
    struct topic_sum commands, states;
    int64_t first_ms, last_ms;
    int open; /* partitions that were not read to their ends */
    int64_t *took_ns;
    size_t took, wanted;
};

static void set(rd_kafka_conf_t *conf, const char *key, const char *value)
{
    char text[TEXT_BYTES];
    if (rd_kafka_conf_set(conf, key, value, text, sizeof text) != RD_KAFKA_CONF_OK) {
        load_fail("%s", text);
    }
}

static rd_kafka_t *open_consumer(const char *brokers)
{
    char text[TEXT_BYTES];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", brokers);
    set(conf, "group.id", "bench-decided");
    set(conf, "isolation.level", "read_committed");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (rk == NULL) {
        load_fail("%s", text);
    }
    (void)rd_kafka_poll_set_consumer(rk);
    return rk;
}

static void add_topic(struct sight *s, rd_kafka_topic_partition_list_t *list, const char *topic,
                      bool from_end)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(s->rk, topic, NULL);
    if (handle == NULL || rd_kafka_metadata(s->rk, 0, handle, &metadata, WAIT_MS) != 0 ||
        metadata->topic_cnt != 1) {
        load_fail("what partitions has %s?", topic);
    }
    for (int32_t i = 0; i < metadata->topics[0].partition_cnt; i++) {
        int64_t low = 0, high = 0;
        if (rd_kafka_query_watermark_offsets(s->rk, topic, i, &low, &high, WAIT_MS) != 0) {
            load_fail("where does %s end?", topic);
        }
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = from_end ? high : low;
        s->open++;
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
}

static int64_t trace_of(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t len = 0;
    if (rd_kafka_message_headers(message, &headers) != 0 ||
        rd_kafka_header_get_last(headers, "traceparent", &value, &len) != 0) {
        return 0;
    }
    return load_trace_ns(slice_from(value, len));
}

static void take(struct sight *s, const rd_kafka_message_t *message)
{
    bool is_command = strcmp(rd_kafka_topic_name(message->rkt), s->commands.name) == 0;
    struct topic_sum *sum = is_command ? &s->commands : &s->states;
    int64_t time = rd_kafka_message_timestamp(message, NULL);
    if (message->key_len == 0 || *(const char *)message->key == '#') {
        return; /* a checkpoint */
    }
    sum->count++;
    sum->bytes += message->len;
    s->first_ms = s->first_ms == 0 || time < s->first_ms ? time : s->first_ms;
    s->last_ms = time > s->last_ms ? time : s->last_ms;
    int64_t since = is_command && s->took < s->wanted ? trace_of(message) : 0;
    if (since > 0) {
        s->took_ns[s->took++] = load_now_ns() - since;
    }
}

static bool is_done(const struct sight *s)
{
    return s->wanted > 0 ? s->took == s->wanted : s->open == 0;
}

static void read_on(struct sight *s)
{
    int64_t heard_ns = load_now_ns();
    while (!is_done(s)) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(s->rk, 100);
        if (message == NULL) {
            if (load_now_ns() - heard_ns > (int64_t)PATIENCE_MS * 1000000) {
                load_fail("%zu commands of %zu", s->took, s->wanted);
            }
            continue;
        }
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            heard_ns = load_now_ns();
            take(s, message);
        } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            s->open--;
        } else {
            load_fail("reading: %s", rd_kafka_message_errstr(message));
        }
        rd_kafka_message_destroy(message);
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t first = 0;
    int64_t second = 0;
    memcpy(&first, a, sizeof first);
    memcpy(&second, b, sizeof second);
    return (first > second) - (first < second);
}

static double percentile_ms(int64_t *sorted, size_t count, size_t percent)
{
    return (double)sorted[count * percent / 100] / 1e6;
}

static double mean(const struct topic_sum *sum)
{
    return sum->count == 0 ? 0 : (double)sum->bytes / (double)sum->count;
}

static void tell(struct sight *s)
{
    if (s->wanted == 0) {
        (void)printf("{\"commands\":%llu,\"states\":%llu,\"command_bytes\":%.0f,"
                     "\"state_bytes\":%.0f,\"first_ms\":%lld,\"last_ms\":%lld}\n",
                     (unsigned long long)s->commands.count, (unsigned long long)s->states.count,
                     mean(&s->commands), mean(&s->states), (long long)s->first_ms,
                     (long long)s->last_ms);
        return;
    }
    int64_t *counted = s->took_ns + s->took / 10;
    size_t count = s->took - s->took / 10;
    qsort(counted, count, sizeof *counted, by_size);
    (void)printf("{\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n", percentile_ms(counted, count, 50),
                 percentile_ms(counted, count, 99));
}

int main(int argc, char **argv)
{
    struct sight s = {0};
    bool is_live = argc == 5 && strcmp(argv[3], "live") == 0;
    if (!is_live && (argc != 4 || strcmp(argv[3], "all") != 0)) {
        load_fail("usage: decided BROKERS PREFIX all | decided BROKERS PREFIX live COMMANDS");
    }
    s.wanted = is_live ? load_number(argv[4], LOAD_CALLS_MAX) : 0;
    s.took_ns = calloc(s.wanted + 1, sizeof *s.took_ns);
    s.rk = open_consumer(argv[1]);
    (void)snprintf(s.commands.name, TEXT_BYTES, "%scommands", argv[2]);
    (void)snprintf(s.states.name, TEXT_BYTES, "%sconversations", argv[2]);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(64);
    add_topic(&s, list, s.commands.name, is_live);
    if (!is_live) {
        add_topic(&s, list, s.states.name, false);
    }
    if (s.took_ns == NULL || rd_kafka_assign(s.rk, list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        load_fail("cannot read");
    }
    (void)printf("ready\n");
    (void)fflush(stdout);
    read_on(&s);
    tell(&s);
    rd_kafka_topic_partition_list_destroy(list);
    (void)rd_kafka_consumer_close(s.rk);
    rd_kafka_destroy(s.rk);
    free(s.took_ns);
    return 0;
}

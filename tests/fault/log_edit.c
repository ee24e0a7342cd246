/* log_edit — does to a log what only a bad day does, for the fault tests.
 *
 *     log_edit BROKERS offsets GROUP TOPIC
 *     log_edit BROKERS move GROUP TOPIC PARTITION OFFSET METADATA
 *     log_edit BROKERS forget GROUP TOPIC
 *     log_edit BROKERS repeat TOPIC PARTITION
 *
 * offsets shows what the group has committed, a line for each partition with
 *         {"partition","offset","metadata","end"}
 * move    sets it, forget takes it away: the group must have no member
 * repeat  writes every record of a partition once more, at its end */
#include "base/slice.h"

#include <librdkafka/rdkafka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CALL_MS = 10000, WAIT_MS = 15000, EXIT_USAGE = 64, EXIT_FAILED = 69, PARTITIONS_MAX = 64 };

static void fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "log_edit: %s: %s\n", what, why);
    exit(EXIT_FAILED);
}

static void need(rd_kafka_resp_err_t code, const char *what)
{
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fail(what, rd_kafka_err2str(code));
    }
}

static int64_t number(const char *text)
{
    int64_t value = 0;
    if (err_failed(slice_to_i64(slice_of(text), &value))) {
        fail(text, "is no number");
    }
    return value;
}

static rd_kafka_t *client(rd_kafka_type_t type, const char *brokers, const char *group)
{
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const char *const settings[][2] = {{"bootstrap.servers", brokers},
                                       {"enable.auto.commit", "false"},
                                       {"enable.partition.eof", "true"},
                                       {"isolation.level", "read_committed"},
                                       {"group.id", group}};
    size_t count = type == RD_KAFKA_CONSUMER ? 5 : 1;
    for (size_t i = 0; i < count; i++) {
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why) !=
            RD_KAFKA_CONF_OK) {
            fail(settings[i][0], why);
        }
    }
    rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof why);
    if (rk == NULL) {
        fail("no client", why);
    }
    return rk;
}

/* All partitions of a topic. */
static rd_kafka_topic_partition_list_t *partitions_of(rd_kafka_t *rk, const char *topic)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(rk, topic, NULL);
    need(rd_kafka_metadata(rk, 0, handle, &metadata, CALL_MS), topic);
    int count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int i = 0; i < count; i++) {
        (void)rd_kafka_topic_partition_list_add(list, topic, i);
    }
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
    return list;
}

static void show(const char *brokers, const char *group, const char *topic)
{
    rd_kafka_t *rk = client(RD_KAFKA_CONSUMER, brokers, group);
    rd_kafka_topic_partition_list_t *list = partitions_of(rk, topic);
    need(rd_kafka_committed(rk, list, CALL_MS), "the committed offsets");
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *at = &list->elems[i];
        int64_t low = 0;
        int64_t end = 0;
        need(rd_kafka_query_watermark_offsets(rk, topic, at->partition, &low, &end, CALL_MS),
             topic);
        (void)printf("{\"partition\":%d,\"offset\":%lld,\"metadata\":\"%.*s\",\"end\":%lld}\n",
                     (int)at->partition, (long long)at->offset, (int)at->metadata_size,
                     at->metadata_size == 0 ? "" : (const char *)at->metadata, (long long)end);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
}

/* What the brokers said of each partition. */
static void need_each(const rd_kafka_group_result_t **groups, size_t count, const char *what)
{
    for (size_t g = 0; g < count; g++) {
        const rd_kafka_error_t *error = rd_kafka_group_result_error(groups[g]);
        if (error != NULL) {
            fail(what, rd_kafka_error_string(error));
        }
        const rd_kafka_topic_partition_list_t *list = rd_kafka_group_result_partitions(groups[g]);
        for (int i = 0; list != NULL && i < list->cnt; i++) {
            need(list->elems[i].err, what);
        }
    }
}

static rd_kafka_event_t *answer(rd_kafka_queue_t *queue, const char *what)
{
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, WAIT_MS);
    if (event == NULL) {
        fail(what, "no answer");
    }
    need(rd_kafka_event_error(event), what);
    return event;
}

static void move(const char *brokers, const char *group, const char *topic, char **rest)
{
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, brokers, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *at =
        rd_kafka_topic_partition_list_add(list, topic, (int32_t)number(rest[0]));
    at->offset = number(rest[1]);
    at->metadata = strdup(rest[2]);
    at->metadata_size = strlen(rest[2]);
    rd_kafka_AlterConsumerGroupOffsets_t *order =
        rd_kafka_AlterConsumerGroupOffsets_new(group, list);
    rd_kafka_AlterConsumerGroupOffsets(rk, &order, 1, NULL, queue);
    rd_kafka_event_t *event = answer(queue, "move");
    size_t count = 0;
    need_each(rd_kafka_AlterConsumerGroupOffsets_result_groups(
                  rd_kafka_event_AlterConsumerGroupOffsets_result(event), &count),
              count, "move");
    rd_kafka_event_destroy(event);
    rd_kafka_AlterConsumerGroupOffsets_destroy(order);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

static void forget(const char *brokers, const char *group, const char *topic)
{
    rd_kafka_t *rk = client(RD_KAFKA_PRODUCER, brokers, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(rk);
    rd_kafka_topic_partition_list_t *list = partitions_of(rk, topic);
    rd_kafka_DeleteConsumerGroupOffsets_t *order =
        rd_kafka_DeleteConsumerGroupOffsets_new(group, list);
    rd_kafka_DeleteConsumerGroupOffsets(rk, &order, 1, NULL, queue);
    rd_kafka_event_t *event = answer(queue, "forget");
    size_t count = 0;
    need_each(rd_kafka_DeleteConsumerGroupOffsets_result_groups(
                  rd_kafka_event_DeleteConsumerGroupOffsets_result(event), &count),
              count, "forget");
    rd_kafka_event_destroy(event);
    rd_kafka_DeleteConsumerGroupOffsets_destroy(order);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
    rd_kafka_destroy(rk);
}

/* One record as it was, headers and all. */
static void write_again(rd_kafka_t *writer, const char *topic, int32_t partition,
                        const rd_kafka_message_t *m)
{
    rd_kafka_headers_t *headers = NULL;
    rd_kafka_headers_t *copy = NULL;
    if (rd_kafka_message_headers(m, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        copy = rd_kafka_headers_copy(headers);
    }
    const rd_kafka_vu_t parts[] = {
        {.vtype = RD_KAFKA_VTYPE_TOPIC, .u.cstr = topic},
        {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = partition},
        {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {m->key, m->key_len}},
        {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {m->payload, m->len}},
        {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK},
        {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = copy},
    };
    rd_kafka_error_t *error =
        rd_kafka_produceva(writer, parts, sizeof parts / sizeof parts[0] - (copy == NULL ? 1 : 0));
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error != NULL) {
        code = rd_kafka_error_code(error);
        rd_kafka_error_destroy(error);
    }
    need(code, "a record");
    (void)rd_kafka_poll(writer, 0);
}

static void repeat(const char *brokers, const char *topic, int32_t partition)
{
    rd_kafka_t *reader = client(RD_KAFKA_CONSUMER, brokers, "log_edit");
    rd_kafka_t *writer = client(RD_KAFKA_PRODUCER, brokers, NULL);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    int64_t low = 0;
    int64_t high = 0;
    long count = 0;
    need(rd_kafka_query_watermark_offsets(reader, topic, partition, &low, &high, CALL_MS), topic);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = low;
    need(rd_kafka_assign(reader, list), topic);
    for (bool is_over = low >= high; !is_over;) {
        rd_kafka_message_t *m = rd_kafka_consumer_poll(reader, WAIT_MS);
        if (m == NULL) {
            fail(topic, "nothing comes");
        }
        /* The end of the partition may be a marker of a transaction. */
        is_over = m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF || m->offset >= high - 1;
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR && m->offset < high) {
            write_again(writer, topic, partition, m);
            count++;
        }
        rd_kafka_message_destroy(m);
    }
    need(rd_kafka_flush(writer, WAIT_MS), "flush");
    (void)printf("%ld\n", count);
    rd_kafka_topic_partition_list_destroy(list);
    need(rd_kafka_consumer_close(reader), "close");
    rd_kafka_destroy(reader);
    rd_kafka_destroy(writer);
}

int main(int argc, char **argv)
{
    const char *verb = argc > 2 ? argv[2] : "";
    if (strcmp(verb, "offsets") == 0 && argc == 5) {
        show(argv[1], argv[3], argv[4]);
    } else if (strcmp(verb, "move") == 0 && argc == 8) {
        move(argv[1], argv[3], argv[4], argv + 5);
    } else if (strcmp(verb, "forget") == 0 && argc == 5) {
        forget(argv[1], argv[3], argv[4]);
    } else if (strcmp(verb, "repeat") == 0 && argc == 5) {
        repeat(argv[1], argv[3], (int32_t)number(argv[4]));
    } else {
        (void)fprintf(stderr, "usage: log_edit BROKERS offsets|move|forget|repeat …\n");
        return EXIT_USAGE;
    }
    return 0;
}

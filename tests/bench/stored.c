/* stored — whether what was acknowledged stands in the log.
 *
 *     stored BROKERS TOPIC FIRST FILE
 *
 * FILE and FIRST are those of http_load: a byte for each delivery, '2' = acknowledged. Reads all of
 * the topic, finds each delivery by its header `ce_id`, and prints one JSON line:
 * {"acknowledged":N,"stored":N,"missing":N,"doubled":N}; `stored` counts the others too. */
#include "tests/bench/load.h"
#include "tests/bench/webhook.h"

#include <librdkafka/rdkafka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_BYTES = 512, WAIT_MS = 10 * 1000, BATCH = 1000, PARTITIONS_MAX = 1024 };
enum { FILE_BYTES_MAX = 64 * 1024 * 1024 };

struct check {
    uint64_t first;
    size_t count;
    char *classes;
    unsigned char *seen;
    size_t left; /* partitions that were not read to their ends */
    bool done[PARTITIONS_MAX];
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
    set(conf, "group.id", "bench-stored");
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.partition.eof", "true");
    set(conf, "auto.offset.reset", "earliest");
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (rk == NULL) {
        load_fail("%s", text);
    }
    return rk;
}

static void assign_all(rd_kafka_t *rk, const char *topic, struct check *c)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *handle = rd_kafka_topic_new(rk, topic, NULL);
    if (handle == NULL || rd_kafka_metadata(rk, 0, handle, &metadata, WAIT_MS) != 0 ||
        metadata->topic_cnt != 1 || metadata->topics[0].partition_cnt > PARTITIONS_MAX) {
        load_fail("what partitions has %s?", topic);
    }
    c->left = (size_t)metadata->topics[0].partition_cnt;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)c->left);
    for (size_t i = 0; i < c->left; i++) {
        rd_kafka_topic_partition_list_add(list, topic, (int32_t)i)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    }
    if (rd_kafka_assign(rk, list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        load_fail("cannot read %s", topic);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_metadata_destroy(metadata);
    rd_kafka_topic_destroy(handle);
}

static void take_record(struct check *c, const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers = NULL;
    const void *value = NULL;
    size_t len = 0;
    char text[WEBHOOK_ID_DIGITS + 1] = "";
    if (rd_kafka_message_headers(message, &headers) != 0 ||
        rd_kafka_header_get_last(headers, "ce_id", &value, &len) != 0 || len >= sizeof text) {
        return; /* of somebody else: signs of life, say */
    }
    memcpy(text, value, len);
    uint64_t number = 0;
    if (len != WEBHOOK_ID_DIGITS || err_failed(slice_to_u64(slice_of(text), &number))) {
        return;
    }
    number -= c->first;
    if (number < c->count && c->seen[number] < UINT8_MAX) {
        c->seen[number]++;
    }
}

static void take(struct check *c, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        take_record(c, message);
    } else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        c->left -= c->done[message->partition] ? 0 : 1;
        c->done[message->partition] = true;
    } else {
        load_fail("reading: %s", rd_kafka_message_errstr(message));
    }
}

static void read_all(rd_kafka_t *rk, struct check *c)
{
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    (void)rd_kafka_poll_set_consumer(rk);
    while (c->left > 0) {
        rd_kafka_message_t *messages[BATCH];
        ssize_t got = rd_kafka_consume_batch_queue(queue, WAIT_MS, messages, BATCH);
        if (got <= 0) {
            load_fail("nothing comes");
        }
        for (ssize_t i = 0; i < got; i++) {
            take(c, messages[i]);
            rd_kafka_message_destroy(messages[i]);
        }
    }
    rd_kafka_queue_destroy(queue);
}

static void read_file(struct check *c, const char *path)
{
    FILE *file = fopen(path, "rb");
    c->classes = calloc(FILE_BYTES_MAX, 1);
    c->seen = calloc(FILE_BYTES_MAX, 1);
    if (file == NULL || c->classes == NULL || c->seen == NULL) {
        load_fail("cannot read %s", path);
    }
    c->count = fread(c->classes, 1, FILE_BYTES_MAX, file);
    (void)fclose(file);
}

int main(int argc, char **argv)
{
    struct check c = {0};
    unsigned long long acknowledged = 0, stored = 0, missing = 0, doubled = 0;
    if (argc != 5) {
        load_fail("usage: stored BROKERS TOPIC FIRST FILE");
    }
    c.first = load_number(argv[3], UINT64_MAX >> 1);
    read_file(&c, argv[4]);
    rd_kafka_t *rk = open_consumer(argv[1]);
    assign_all(rk, argv[2], &c);
    read_all(rk, &c);
    for (size_t i = 0; i < c.count; i++) {
        acknowledged += c.classes[i] == '2' ? 1 : 0;
        stored += c.seen[i] > 0 ? 1 : 0;
        missing += c.classes[i] == '2' && c.seen[i] == 0 ? 1 : 0;
        doubled += c.seen[i] > 1 ? 1 : 0;
    }
    (void)printf("{\"acknowledged\":%llu,\"stored\":%llu,\"missing\":%llu,\"doubled\":%llu}\n",
                 acknowledged, stored, missing, doubled);
    (void)rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    free(c.classes);
    free(c.seen);
    return 0;
}

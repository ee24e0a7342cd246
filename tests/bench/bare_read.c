/* bare_read — what reading a partition costs with librdkafka alone: everything that a copy which
 * takes over must have read at least, and nothing of Tieline.
 *
 *     bare_read BROKERS TOPIC COUNT [PARTITIONS]
 *
 * Reads COUNT records of partition 0, or of the first so many, from their beginnings, prints one
 * JSON line:
 * {"read_s":…,"cpu_us_per_event":…,"rss_mb":…}, the time from the start of the program. */
#include "tests/bench/load.h"

#include <librdkafka/rdkafka.h>

#include <stdio.h>
#include <sys/resource.h>

enum {
    TEXT_BYTES = 512,
    POLL_MS = 100,
    BATCH = 1000,
    PATIENCE_S = 60,
    RECORDS_MAX = 100 * 1000 * 1000,
};

static rd_kafka_t *open_consumer(const char *brokers)
{
    static const char *const settings[][2] = {
        {"group.id", "bare-read"}, {"enable.auto.commit", "false"}, {"auto.offset.reset", "error"}};
    char text[TEXT_BYTES];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    if (rd_kafka_conf_set(conf, "bootstrap.servers", brokers, text, sizeof text) != 0) {
        load_fail("%s", text);
    }
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], text, sizeof text) != 0) {
            load_fail("%s", text);
        }
    }
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
    if (rk == NULL) {
        load_fail("%s", text);
    }
    return rk;
}

/* Returns the bytes that were read. */
static uint64_t read_all(rd_kafka_t *rk, const char *topic, uint64_t count, int32_t partitions)
{
    uint64_t bytes = 0;
    int64_t until = load_now_ns() + (int64_t)PATIENCE_S * 1000000000;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int32_t i = 0; i < partitions; i++) {
        rd_kafka_topic_partition_list_add(list, topic, i)->offset = 0;
    }
    if (rd_kafka_assign(rk, list) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        load_fail("cannot read %s", topic);
    }
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    for (uint64_t seen = 0; seen < count;) {
        rd_kafka_message_t *messages[BATCH];
        ssize_t got = rd_kafka_consume_batch_queue(queue, POLL_MS, messages, BATCH);
        for (ssize_t i = 0; i < got; i++) {
            if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                seen++;
                bytes += messages[i]->len;
            }
            rd_kafka_message_destroy(messages[i]);
        }
        if (load_now_ns() > until) {
            load_fail("%llu records of %llu within %d s", (unsigned long long)seen,
                      (unsigned long long)count, (int)PATIENCE_S);
        }
    }
    rd_kafka_queue_destroy(queue);
    return bytes;
}

int main(int argc, char **argv)
{
    int64_t since = load_now_ns();
    struct rusage usage = {0};
    if (argc != 4 && argc != 5) {
        load_fail("usage: bare_read BROKERS TOPIC COUNT [PARTITIONS]");
    }
    uint64_t count = load_number(argv[3], RECORDS_MAX);
    int32_t partitions = argc == 5 ? (int32_t)load_number(argv[4], 1000) : 1;
    rd_kafka_t *rk = open_consumer(argv[1]);
    uint64_t bytes = read_all(rk, argv[2], count, partitions);
    double took_s = (double)(load_now_ns() - since) / 1e9;
    (void)getrusage(RUSAGE_SELF, &usage);
    double cpu_us = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
                    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    (void)printf("{\"read_s\":%.4f,\"cpu_us_per_event\":%.2f,\"rss_mb\":%.1f,\"bytes\":%llu}\n",
                 took_s, count == 0 ? 0 : cpu_us / (double)count, (double)usage.ru_maxrss / 1024,
                 (unsigned long long)bytes);
    (void)rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return 0;
}
